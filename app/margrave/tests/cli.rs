//! The built program, as people meet it.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod program;

use program::{Program, free_port, margrave, text, write};
use std::net::{TcpListener, UdpSocket};
use std::sync::{Mutex, PoisonError};

/// A demo looks for free ports and then takes them: two that start in the same moment may want the same.
static DEMO: Mutex<()> = Mutex::new(());

#[test]
fn help_and_version_say_what_it_is() {
    let help = margrave(&["--help"]);
    assert!(help.status.success());
    for word in ["run", "check", "demo", "Exit codes", "second signal"] {
        assert!(text(&help.stdout).contains(word), "{word}");
    }
    let version = margrave(&["--version"]);
    assert_eq!(
        text(&version.stdout),
        format!("margrave {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn a_wrong_command_line_is_exit_2() {
    assert_eq!(margrave(&["dance"]).status.code(), Some(2));
    assert_eq!(margrave(&["demo", "--port", "0"]).status.code(), Some(2));
}

#[test]
fn check_says_what_the_example_means() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/margrave.toml");
    let check = margrave(&["check", "--config", example]);
    let words = text(&check.stdout);
    assert_eq!(check.status.code(), Some(0), "{}", text(&check.stderr));
    assert!(
        words.contains("SIP server  10.0.0.10:5060 over UDP"),
        "{words}"
    );
    assert!(
        words.contains(
            "On the router 203.0.113.5 forward\n            tcp 443 to 10.0.0.5:8080\n            udp 443 to 10.0.0.5:20000\n"
        ),
        "{words}"
    );
    assert!(words.ends_with("is in order\n"), "{words}");
}

#[test]
fn check_and_run_tell_a_mistake_with_its_line_and_exit_1() {
    let file = write("mistake.toml", "[server]\nadress = \"10.0.0.10:5060\"\n");
    for command in ["check", "run"] {
        let refused = margrave(&[command, "--config", &file]);
        assert_eq!(refused.status.code(), Some(1));
        assert_eq!(text(&refused.stdout), "");
        assert_eq!(
            text(&refused.stderr),
            format!(
                "{file}:2:1: unknown key `adress` in [server]\n    2 | adress = \"10.0.0.10:5060\"\n      | ^^^^^^\n  remedy: did you mean `address`?\n"
            )
        );
    }
}

#[test]
fn a_file_that_is_not_there_is_told_with_a_remedy() {
    let refused = margrave(&["run", "--config", "/nowhere/margrave.toml"]);
    assert_eq!(refused.status.code(), Some(1));
    let words = text(&refused.stderr);
    assert!(
        words.starts_with("/nowhere/margrave.toml: cannot be read"),
        "{words}"
    );
    assert!(
        words.contains("remedy: name the file with --config"),
        "{words}"
    );
}

#[test]
fn check_bind_finds_a_taken_port() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let (ws, media, sip) = (taken.local_addr().unwrap().port(), free_port(), free_port());
    let file = write(
        "taken.toml",
        &format!(
            "[server]\naddress = \"127.0.0.2:5060\"\n[network.inside]\naddress = \"127.0.0.1\"\nsip-udp = {sip}\n[network.outside]\nws = {ws}\nmedia = {media}\n"
        ),
    );
    assert_eq!(
        margrave(&["check", "--config", &file]).status.code(),
        Some(0)
    );
    let refused = margrave(&["check", "--bind", "--config", &file]);
    assert_eq!(refused.status.code(), Some(3));
    let words = text(&refused.stderr);
    assert!(
        words.contains(&format!("tcp 127.0.0.1:{ws} cannot be had")),
        "{words}"
    );
    assert!(words.contains("remedy: another program has it"), "{words}");
    drop(taken);
    assert_eq!(
        margrave(&["check", "--bind", "--config", &file])
            .status
            .code(),
        Some(0)
    );
}

#[test]
fn the_demo_tells_its_address_serves_its_page_and_frees_its_ports_at_the_end() {
    let _alone = DEMO.lock().unwrap_or_else(PoisonError::into_inner);
    let port = free_port();
    let mut demo = Program::start(&["demo", "--port", &port.to_string()]);
    demo.says("Margrave demo is ready");
    demo.says(&format!("http://localhost:{port}"));
    let media = demo.says("Media   udp 127.0.0.1:");
    let media: u16 = media.rsplit(':').next().unwrap().trim().parse().unwrap();

    let page = program::get(port, "/");
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("text/html"), "{page}");
    let told = program::get(port, "/demo.json");
    assert!(told.contains("\"domain\":\"demo.example\""), "{told}");
    assert!(
        told.contains("wonderland") && told.contains("echo"),
        "{told}"
    );
    assert!(program::get(port, "/etc/passwd").starts_with("HTTP/1.1 404"));

    demo.signal("TERM");
    assert_eq!(demo.end(), Some(0));
    TcpListener::bind(("127.0.0.1", port)).expect("the page's port is free again");
    UdpSocket::bind(("127.0.0.1", media)).expect("the media port is free again");
}

#[test]
fn a_demo_on_a_taken_port_says_so_and_ends() {
    let _alone = DEMO.lock().unwrap_or_else(PoisonError::into_inner);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refused = margrave(&["demo", "--port", &port]);
    assert_eq!(refused.status.code(), Some(3));
    let words = text(&refused.stderr);
    assert!(words.contains("cannot be had"), "{words}");
    assert!(words.contains("remedy: another program has it"), "{words}");
}

#[test]
fn two_demos_get_out_of_each_others_way() {
    let _alone = DEMO.lock().unwrap_or_else(PoisonError::into_inner);
    let mut one = Program::start(&["demo"]);
    let first = one.says("http://localhost:");
    let mut two = Program::start(&["demo"]);
    let second = two.says("http://localhost:");
    assert_ne!(first, second);
    one.signal("INT");
    two.signal("INT");
    assert_eq!((one.end(), two.end()), (Some(0), Some(0)));
}

#[test]
fn run_stops_cleanly_on_a_signal() {
    let (ws, media, sip) = (free_port(), free_port(), free_port());
    let file = write(
        "run.toml",
        &format!(
            "[server]\naddress = \"127.0.0.2:5060\"\n[network.inside]\naddress = \"127.0.0.1\"\nsip-udp = {sip}\n[network.outside]\nws = {ws}\nmedia = {media}\n"
        ),
    );
    let mut running = Program::start(&["run", "--config", &file]);
    running.says("ready");
    assert!(program::get(ws, "/").starts_with("HTTP/1.1 200"));
    assert!(program::get(ws, "/demo.json").contains("\"users\":[]"));
    running.signal("INT");
    assert_eq!(running.end(), Some(0));
    TcpListener::bind(("127.0.0.1", ws)).expect("free again");
    UdpSocket::bind(("127.0.0.1", sip)).expect("free again");
}
