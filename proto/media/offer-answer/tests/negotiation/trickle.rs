//! Candidates that come after their description (RFC 8840).

use crate::desk::*;
use control_command::Refusal;

fn fragment(ufrag: &str, candidates: &[&str]) -> String {
    let mut text = format!(
        "a=ice-ufrag:{ufrag}\r\na=ice-pwd:p9Fh3kQ0vXr7LmZt5sWcYb1N\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
    );
    for candidate in candidates {
        text += &format!("a=candidate:{candidate}\r\n");
    }
    text
}

const LATE: &str =
    "9 1 udp 1686052607 198.51.100.7 40000 typ srflx raddr 0.0.0.0 rport 0 ufrag Xk2Q";

#[test]
fn a_late_candidate_is_told_to_the_worker_once() {
    let mut desk = browser_calls_phone();
    assert_eq!(desk.far_browser(A).candidates.len(), 1);
    let applied = desk.applied;
    for _ in 0..2 {
        desk.trickle(A, &fragment("Xk2Q", &[LATE])).unwrap();
    }
    assert_eq!(desk.applied, applied + 1);
    let last = desk.far_browser(A).candidates.last().unwrap();
    assert_eq!(last.address.to_string(), "198.51.100.7:40000");
    let end = fragment("Xk2Q", &[]) + "a=end-of-candidates\r\n";
    assert!(!desk.far_browser(A).ice.candidates_ended);
    for _ in 0..2 {
        desk.trickle(A, &end).unwrap();
    }
    assert!(desk.far_browser(A).ice.candidates_ended);
    assert_eq!(desk.applied, applied + 2);
}

#[test]
fn a_candidate_may_come_before_the_answer() {
    let mut desk = Desk::new();
    desk.offer(browser(A), phone(B), &sample("chromium-sipjs-offer"))
        .unwrap();
    desk.trickle(A, &fragment("Xk2Q", &[LATE])).unwrap();
    desk.answer(B, &sample("baresip-answer")).unwrap();
    assert_eq!(desk.far_browser(A).candidates.len(), 2);
}

#[test]
fn what_belongs_to_another_generation_or_line_is_refused() {
    let mut desk = browser_calls_phone();
    let (plan, applied) = (desk.plan().clone(), desk.applied);
    let good = fragment("Xk2Q", &[LATE]);
    for (bad, why) in [
        (fragment("Old1", &[LATE]), Refusal::NotAcceptable),
        (good.replace("p9Fh3", "p0000"), Refusal::NotAcceptable),
        (
            good.replace("a=ice-ufrag:Xk2Q\r\n", ""),
            Refusal::NotAcceptable,
        ),
        (good.replace("mid:0", "mid:video"), Refusal::NotAcceptable),
        ("v=0\r\n".to_owned(), Refusal::Malformed),
        (String::new(), Refusal::NotAcceptable),
    ] {
        assert_eq!(desk.trickle(A, &bad), Err(why), "{bad}");
    }
    assert_eq!(
        desk.trickle(B, &good),
        Err(Refusal::NotAcceptable),
        "a telephone"
    );
    assert_eq!(
        desk.trickle(control_command::LegId(7), &good),
        Err(Refusal::Unknown)
    );
    assert_eq!((desk.plan(), desk.applied), (&plan, applied));
    desk.settle(browser(A), phone(B), &sample("chromium-restart-offer"));
    assert_eq!(
        desk.trickle(A, &good),
        Err(Refusal::NotAcceptable),
        "restarted"
    );
}

#[test]
fn of_many_candidates_some_are_kept_and_names_none() {
    let mut desk = browser_calls_phone();
    for port in 1..100 {
        let candidate = format!("9 1 udp 5 198.51.100.7 {port} typ host");
        desk.trickle(A, &fragment("Xk2Q", &[&candidate])).unwrap();
    }
    assert_eq!(desk.far_browser(A).candidates.len(), 16);
    let mut desk = browser_calls_phone();
    for strange in [
        "9 1 udp 5 0a1b.local 4000 typ host",
        "9 1 tcp 5 198.51.100.7 9 typ host tcptype active",
        "9 2 udp 5 198.51.100.7 4001 typ host",
        "9 1 udp 5 198.51.100.7 4000 typ srflx ufrag Old1",
    ] {
        desk.trickle(A, &fragment("Xk2Q", &[strange])).unwrap();
    }
    assert_eq!(desk.far_browser(A).candidates.len(), 1);
}
