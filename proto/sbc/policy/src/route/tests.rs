#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
use super::*;
use crate::{
    Change, Dialling, HeaderRules, Listener, Match, Network, NumberForm, Numbers, Peer, PeerId,
    Plan, Rewrite, Role, Rule, Rules, Trust,
};
use proptest::prelude::*;
use proto_base::{NetworkId, Random, Transport};
use sip_message::{HeaderName, Headers, Method, NameAddr, Uri};

const INSIDE: NetworkId = NetworkId(0);
const OUTSIDE: NetworkId = NetworkId(1);
pub(super) const PBX: PeerId = PeerId(0);
pub(super) const CARRIER: PeerId = PeerId(1);
const SPARE: PeerId = PeerId(2);

fn network(id: NetworkId, trust: Trust, address: &str) -> Network {
    let address = address.parse().unwrap();
    Network {
        id,
        name: String::new(),
        trust,
        listeners: vec![Listener {
            transport: Transport::Udp,
            bind: address,
            advertised: address,
        }],
    }
}

fn route(name: &str, called: &[&str], effect: Effect) -> Route {
    Route {
        name: name.to_owned(),
        from: Vec::new(),
        called: called
            .iter()
            .map(|text| Match::parse(text).unwrap())
            .collect(),
        domains: Vec::new(),
        numbers: Numbers::default(),
        caller_id: None,
        effect,
        advance: Advance::default(),
    }
}

fn to(peers: &[PeerId]) -> Effect {
    let choice = |(place, peer): (usize, &PeerId)| Choice {
        peer: *peer,
        priority: u16::try_from(place).unwrap(),
        weight: 1,
    };
    Effect::Peers(peers.iter().enumerate().map(choice).collect())
}

/// A company in Germany with its PBX inside and two carriers outside.
pub(super) fn plan() -> Plan {
    let mut carrier = Peer::new(CARRIER, Role::Trunk, OUTSIDE, Transport::Udp)
        .at("203.0.113.20:5060".parse().unwrap())
        .serving("carrier.example");
    carrier.name = "carrier".to_owned();
    carrier.rules = Rules {
        form: NumberForm::Plus,
        ..Rules::default()
    };
    let mut spare = Peer::new(SPARE, Role::Trunk, OUTSIDE, Transport::Udp)
        .at("203.0.113.30:5060".parse().unwrap());
    spare.name = "spare".to_owned();
    spare.rules = Rules {
        form: NumberForm::National,
        ..Rules::default()
    };
    let mut plan = Plan::new(
        vec![
            network(INSIDE, Trust::Inside, "10.0.0.1:5060"),
            network(OUTSIDE, Trust::Outside, "203.0.113.5:5060"),
        ],
        vec![
            Peer::new(PBX, Role::Registrar, INSIDE, Transport::Udp)
                .at("10.0.0.2:5060".parse().unwrap())
                .serving("example.com"),
            carrier,
            spare,
        ],
    );
    plan.dialling = Some(Dialling {
        country: "49".to_owned(),
        national: "0".to_owned(),
        international: "00".to_owned(),
    });
    plan.routes = vec![
        route("emergency", &["112", "110"], to(&[CARRIER])),
        route(
            "no-premium",
            &["+49900*", "+88*"],
            Effect::Refuse {
                status: 403,
                reason: Some("No premium numbers".to_owned()),
            },
        ),
        route("world", &["+*"], to(&[CARRIER, SPARE])),
        route(
            "sales",
            &["700"],
            Effect::Users(vec![
                "alice@example.com".to_owned(),
                "bob@example.com".to_owned(),
            ]),
        ),
    ];
    plan
}

struct Asked {
    method: Method,
    uri: Uri,
    from: NameAddr,
    to: NameAddr,
    headers: Headers,
}

fn asked(from: &str, to: &str) -> Asked {
    Asked {
        method: Method::Invite,
        uri: to.parse().unwrap(),
        from: from.parse().unwrap(),
        to: format!("<{to}>;tag=x").parse().unwrap(),
        headers: Headers::new(),
    }
}

impl Asked {
    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers
            .push(name.parse::<HeaderName>().unwrap(), value);
        self
    }

    fn by<'a>(&'a self, origin: Origin<'a>) -> Inquiry<'a> {
        Inquiry {
            origin,
            method: &self.method,
            uri: &self.uri,
            from: &self.from,
            to: &self.to,
            headers: &self.headers,
        }
    }
}

fn alice(proved: &[String]) -> Origin<'_> {
    Origin::Browser {
        address_of_record: "alice@example.com",
        proved,
    }
}

fn decide(plan: &Plan, inquiry: &Inquiry<'_>) -> Decision {
    plan.route(inquiry, &mut Random::from_number(1))
}

/// Request-URIs in order, or the refusal.
fn outcome(plan: &Plan, asked: &Asked, origin: Origin<'_>) -> String {
    match decide(plan, &asked.by(origin)).outcome {
        Ok(groups) => {
            let group = |group: &Vec<Destination>| {
                let uris: Vec<String> = group.iter().map(|to| to.uri.to_string()).collect();
                uris.join(" & ")
            };
            groups.iter().map(group).collect::<Vec<_>>().join(", ")
        }
        Err(refusal) => format!("{} {}", refusal.status.code(), refusal.reason),
    }
}

fn first(plan: &Plan, asked: &Asked, origin: Origin<'_>) -> Destination {
    decide(plan, &asked.by(origin))
        .outcome
        .unwrap()
        .remove(0)
        .remove(0)
}

fn value<'a>(destination: &'a Destination, name: &str) -> Option<&'a str> {
    destination.headers.get(&name.parse().unwrap())
}

/// (who, what is dialled, what comes out)
const TABLE: &[(&str, &str, &str)] = &[
    (
        "alice",
        "sip:030123456@example.com",
        "sip:+4930123456@carrier.example, sip:030123456@203.0.113.30",
    ),
    (
        "alice",
        "sip:0033123456@example.com",
        "sip:+33123456@carrier.example, sip:0033123456@203.0.113.30",
    ),
    (
        "alice",
        "sip:+49-30-123456@example.com;user=phone",
        "sip:+4930123456@carrier.example, sip:030123456@203.0.113.30",
    ),
    (
        "alice",
        "tel:+49-30-123456",
        "sip:+4930123456@carrier.example, sip:030123456@203.0.113.30",
    ),
    ("alice", "sip:112@example.com", "sip:112@carrier.example"),
    (
        "alice",
        "sip:0900123456@example.com",
        "403 No premium numbers",
    ),
    (
        "alice",
        "sip:%30900%31%323456@example.com",
        "403 No premium numbers",
    ),
    (
        "alice",
        "sip:+49(900)123456@example.com",
        "403 No premium numbers",
    ),
    (
        "alice",
        "sip:+00900123456@example.com",
        "484 a number with + that is none",
    ),
    (
        "alice",
        "sip:bob@example.com;x=y",
        "sip:bob@example.com;x=y",
    ),
    ("alice", "sip:100@example.com", "sip:100@example.com"),
    (
        "alice",
        "sip:700@example.com",
        "sip:alice@example.com & sip:bob@example.com",
    ),
    (
        "pbx",
        "sip:030123456@10.0.0.1",
        "sip:+4930123456@carrier.example, sip:030123456@203.0.113.30",
    ),
    ("pbx", "sip:0900123456@10.0.0.1", "403 No premium numbers"),
    ("pbx", "sip:100@10.0.0.1", "404 no such user"),
    (
        "carrier",
        "sip:+4930123456@203.0.113.5",
        "sip:+4930123456@example.com",
    ),
    ("carrier", "sip:100@203.0.113.5", "sip:100@example.com"),
];

#[test]
fn calls_go_where_the_table_says() {
    let plan = plan();
    let proved = ["alice@example.com".to_owned()];
    for (who, dialled, expected) in TABLE {
        let (origin, from) = match *who {
            "alice" => (alice(&proved), "<sip:alice@example.com>;tag=1"),
            "pbx" => (Origin::Peer(PBX), "<sip:100@10.0.0.2>;tag=1"),
            _ => (
                Origin::Peer(CARRIER),
                "<sip:+33123456@carrier.example>;tag=1",
            ),
        };
        let asked = asked(from, dialled);
        assert_eq!(
            outcome(&plan, &asked, origin),
            *expected,
            "{who} dials {dialled}"
        );
    }
}

#[test]
fn without_routes_everything_goes_as_it_always_did() {
    let mut plan = plan();
    plan.routes.clear();
    plan.dialling = None;
    let proved = ["alice@example.com".to_owned()];
    let asked = asked(
        "\"Alice\" <sip:alice@example.com;x=y>;tag=1",
        "sip:0301@Example.com;a=b",
    )
    .with("Proxy-Authorization", "Digest username=\"alice\"")
    .with("P-Asserted-Identity", "<sip:chief@example.com>");
    let told = first(&plan, &asked, alice(&proved));
    assert_eq!(told.whither, Whither::Peer(PBX));
    assert_eq!(told.uri, asked.uri);
    assert_eq!(told.from.to_string(), "\"Alice\" <sip:alice@example.com>");
    assert_eq!(told.to.to_string(), "<sip:0301@Example.com;a=b>");
    assert!(value(&told, "Proxy-Authorization").is_some());
    assert_eq!(
        value(&told, "P-Asserted-Identity"),
        Some("\"Alice\" <sip:alice@example.com>"),
        "what it has proved, not what it says"
    );
}

#[test]
fn credentials_go_to_the_users_own_server_and_nowhere_else() {
    let plan = plan();
    let proved = ["alice@example.com".to_owned()];
    for credentials in ["Authorization", "Proxy-Authorization"] {
        let asked = asked("<sip:alice@example.com>", "sip:030123456@example.com")
            .with(credentials, "Digest username=\"alice\"");
        let told = first(&plan, &asked, alice(&proved));
        assert_eq!(told.whither, Whither::Peer(CARRIER));
        assert_eq!(value(&told, credentials), None);
    }
}

#[test]
fn a_trunks_calls_leave_through_a_trunk_only_where_a_route_names_it() {
    let mut plan = plan();
    let asked = asked(
        "<sip:+33123456@carrier.example>",
        "sip:+4930123456@203.0.113.5",
    );
    assert_eq!(
        first(&plan, &asked, Origin::Peer(CARRIER)).whither,
        Whither::Peer(PBX)
    );
    plan.routes[2].from = vec![Whose::Peer(CARRIER)];
    plan.routes[2].effect = to(&[SPARE]);
    assert_eq!(
        first(&plan, &asked, Origin::Peer(CARRIER)).whither,
        Whither::Peer(SPARE)
    );
    let proved = ["alice@example.com".to_owned()];
    assert_eq!(
        first(&plan, &asked, alice(&proved)).whither,
        Whither::Peer(PBX),
        "and is nobody else's then"
    );
}

#[test]
fn a_route_may_be_for_one_domain() {
    let mut plan = plan();
    plan.routes = vec![Route {
        domains: vec!["Partner.example".to_owned()],
        ..route("partner", &[], to(&[SPARE]))
    }];
    let proved = ["alice@example.com".to_owned()];
    let partner = asked("<sip:alice@example.com>", "sip:bob@partner.example");
    assert_eq!(
        outcome(&plan, &partner, alice(&proved)),
        "sip:bob@203.0.113.30"
    );
    let own = asked("<sip:alice@example.com>", "sip:bob@example.com");
    assert_eq!(
        first(&plan, &own, alice(&proved)).whither,
        Whither::Peer(PBX)
    );
}

#[test]
fn numbers_are_rewritten_on_the_route_and_then_for_each_peer() {
    let mut plan = plan();
    let rule = |when: &str, change| {
        Rewrite(vec![Rule {
            when: Match::parse(when).unwrap(),
            change,
        }])
    };
    plan.routes = vec![Route {
        numbers: Numbers {
            called: rule("/9(.*)/", Change::Replace("+49$1".to_owned())),
            calling: rule(
                "1*",
                Change::Affix {
                    strip: 0,
                    add: "+4930555".to_owned(),
                },
            ),
        },
        ..route("nine", &["9*"], to(&[CARRIER, SPARE]))
    }];
    plan.peers[1].rules.outgoing.called = rule(
        "+49*",
        Change::Affix {
            strip: 1,
            add: "1010".to_owned(),
        },
    );
    let asked = asked("<sip:100@10.0.0.2>", "sip:930123456@10.0.0.1");
    assert_eq!(
        outcome(&plan, &asked, Origin::Peer(PBX)),
        "sip:10104930123456@carrier.example, sip:030123456@203.0.113.30"
    );
    let told = first(&plan, &asked, Origin::Peer(PBX));
    assert_eq!(told.from.uri.to_string(), "sip:+4930555100@carrier.example");
}

#[test]
fn a_caller_is_shown_as_the_carrier_allows() {
    let mut plan = plan();
    let asked = |from: &str| asked(from, "sip:030123456@10.0.0.1");
    plan.peers[1].rules.caller_id = CallerId {
        allowed: vec![Match::parse("+4930555*").unwrap()],
        shown: Some("+49305550".to_owned()),
    };
    let shown = |plan: &Plan, from: &str| {
        first(plan, &asked(from), Origin::Peer(PBX))
            .from
            .to_string()
    };
    assert_eq!(
        shown(&plan, "\"Bob\" <sip:+4930555100@10.0.0.2>"),
        "\"Bob\" <sip:+4930555100@carrier.example>"
    );
    assert_eq!(
        shown(&plan, "\"Chancellor\" <sip:+49301@10.0.0.2>"),
        "<sip:+49305550@carrier.example>"
    );
    plan.peers[1].rules.caller_id.shown = None;
    assert_eq!(
        outcome(&plan, &asked("<sip:+49301@10.0.0.2>"), Origin::Peer(PBX)),
        "sip:030123456@203.0.113.30",
        "the carrier that may not show it is left out"
    );
    plan.routes[2].effect = to(&[CARRIER]);
    assert_eq!(
        outcome(&plan, &asked("<sip:+49301@10.0.0.2>"), Origin::Peer(PBX)),
        "403 this caller may not be shown there"
    );
}

#[test]
fn an_identity_is_believed_and_told_within_the_trust_domain_only() {
    let mut plan = plan();
    let asked = asked("\"Bob\" <sip:100@10.0.0.2>", "sip:030123456@10.0.0.1")
        .with("P-Asserted-Identity", "\"Bob\" <sip:+4930555100@10.0.0.2>")
        .with("Diversion", "<sip:200@10.0.0.2>;reason=away");
    let told = first(&plan, &asked, Origin::Peer(PBX));
    assert_eq!(
        value(&told, "P-Asserted-Identity"),
        None,
        "a carrier is a stranger unless declared a friend"
    );
    assert_eq!(value(&told, "Diversion"), None);
    assert_eq!(
        told.from.to_string(),
        "\"Bob\" <sip:+4930555100@carrier.example>"
    );
    plan.peers[1].rules.trusted = true;
    let told = first(&plan, &asked, Origin::Peer(PBX));
    assert_eq!(
        value(&told, "P-Asserted-Identity"),
        Some("\"Bob\" <sip:+4930555100@carrier.example>")
    );
    assert_eq!(
        value(&told, "Diversion"),
        Some("<sip:200@10.0.0.2>;reason=away")
    );

    let inward = self::asked("<sip:+33123456@carrier.example>", "sip:100@203.0.113.5")
        .with("P-Asserted-Identity", "<sip:+33999999@carrier.example>");
    let told = first(&plan, &inward, Origin::Peer(CARRIER));
    assert_eq!(
        value(&told, "P-Asserted-Identity"),
        Some("<sip:+33999999@10.0.0.1>")
    );
    plan.peers[1].rules.trusted = false;
    let told = first(&plan, &inward, Origin::Peer(CARRIER));
    assert_eq!(value(&told, "P-Asserted-Identity"), None);
    assert_eq!(told.from.to_string(), "<sip:+33123456@10.0.0.1>");
}

#[test]
fn a_caller_without_a_name_does_not_show_where_it_is() {
    let plan = plan();
    for (from, told_as) in [
        ("<sip:10.0.0.2:5070>", "<sip:carrier.example>"),
        (
            "\"Anonymous\" <sip:anonymous@anonymous.invalid:5070;x=10.0.0.2>",
            "\"Anonymous\" <sip:anonymous@anonymous.invalid>",
        ),
    ] {
        let asked = asked(from, "sip:030123456@10.0.0.1");
        let told = first(&plan, &asked, Origin::Peer(PBX));
        assert_eq!(told.from.to_string(), told_as);
    }
}

#[test]
fn who_wants_to_be_private_is_nobody_to_strangers() {
    let mut plan = plan();
    for privacy in ["id", "user", "header;critical"] {
        let asked = asked(
            "\"Bob\" <sip:+4930555100@10.0.0.2>",
            "sip:030123456@10.0.0.1",
        )
        .with("Privacy", privacy);
        plan.peers[1].rules.trusted = false;
        let told = first(&plan, &asked, Origin::Peer(PBX));
        assert_eq!(
            told.from.to_string(),
            "\"Anonymous\" <sip:anonymous@anonymous.invalid>"
        );
        assert!(told.headers.is_empty(), "{:?}", told.headers);
        plan.peers[1].rules.trusted = true;
        let asked = Asked {
            headers: asked.headers.clone(),
            ..asked
        }
        .with("P-Asserted-Identity", "<sip:+4930555100@10.0.0.2>");
        let told = first(&plan, &asked, Origin::Peer(PBX));
        assert_eq!(
            told.from.to_string(),
            "\"Anonymous\" <sip:anonymous@anonymous.invalid>"
        );
        assert_eq!(
            value(&told, "P-Asserted-Identity"),
            Some("<sip:+4930555100@carrier.example>"),
            "the friend may trace it"
        );
        assert_eq!(value(&told, "Privacy"), Some(privacy));
        let user = plan
            .to_user(&asked.by(Origin::Peer(PBX)), "alice@example.com")
            .unwrap();
        assert_eq!(
            user.from.to_string(),
            "\"Anonymous\" <sip:anonymous@example.com>"
        );
        assert!(user.headers.is_empty(), "{:?}", user.headers);
    }
}

#[test]
fn a_browser_may_prefer_another_of_its_own_identities() {
    let plan = plan();
    let proved = [
        "alice@example.com".to_owned(),
        "sales@example.com".to_owned(),
    ];
    for (preferred, asserted) in [("sales", "sales"), ("chief", "alice")] {
        let asked = asked("<sip:alice@example.com>", "sip:100@example.com").with(
            "P-Preferred-Identity",
            &format!("<sip:{preferred}@example.com>"),
        );
        let told = first(&plan, &asked, alice(&proved));
        assert_eq!(
            value(&told, "P-Asserted-Identity").unwrap(),
            format!("<sip:{asserted}@example.com>")
        );
        assert_eq!(value(&told, "P-Preferred-Identity"), None);
    }
}

#[test]
fn headers_cross_where_both_sides_let_them() {
    let mut plan = plan();
    let name = |text: &str| text.parse::<HeaderName>().unwrap();
    plan.browsers.headers.from = vec![name("X-Account"), name("User-to-User")];
    plan.peers[0].rules.headers = HeaderRules {
        from: vec![name("Alert-Info")],
        to: vec![name("User-to-User"), name("X-Inside")],
        set: vec![(name("X-Border"), "margrave".to_owned())],
    };
    let proved = ["alice@example.com".to_owned()];
    let asked = asked("<sip:alice@example.com>", "sip:100@example.com")
        .with("User-to-User", "00c8;encoding=hex")
        .with("X-Account", "7")
        .with("X-Inside", "yes")
        .with("X-Border", "forged");
    let told = first(&plan, &asked, alice(&proved));
    let names: Vec<&str> = told
        .headers
        .iter()
        .map(|header| header.name.as_str())
        .collect();
    assert_eq!(names, ["User-to-User", "X-Border", "P-Asserted-Identity"]);
    assert_eq!(value(&told, "X-Border"), Some("margrave"));
}

#[test]
fn a_server_does_not_take_a_stranger_for_its_own_user() {
    let plan = plan();
    let asked = asked("<sip:100@example.com>", "sip:200@203.0.113.5");
    let told = first(&plan, &asked, Origin::Peer(CARRIER));
    assert_eq!(told.from.to_string(), "<sip:100@10.0.0.1>");
}

#[test]
fn the_explanation_tells_each_route_looked_at() {
    let plan = plan();
    let proved = ["alice@example.com".to_owned()];
    let asked = asked("<sip:alice@example.com>", "sip:030123456@example.com");
    let decision = plan.explain(&asked.by(alice(&proved)), &mut Random::from_number(1));
    assert_eq!(decision.route.as_deref(), Some("world"));
    let told: Vec<String> = decision
        .trace
        .iter()
        .map(|step| {
            format!(
                "{} {}: {}",
                if step.matched { "+" } else { "-" },
                step.what,
                step.why
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "+ called: 030123456 is +4930123456",
            "+ calling: alice",
            "- route emergency: +4930123456 is none of its numbers",
            "- route no-premium: +4930123456 is none of its numbers",
            "+ route world: +4930123456 is one of +*",
            "+ peer carrier: called +4930123456, calling alice",
            "+ peer spare: called 030123456, calling alice",
        ]
    );
    assert!(decide(&plan, &asked.by(alice(&proved))).trace.is_empty());
}

#[test]
fn nobody_who_was_reached_is_rung_a_second_time() {
    let advance = Advance {
        statuses: vec![408, 486, 503, 603, 200, 302],
        ..Advance::default()
    };
    for (status, goes_on) in [
        (503, true),
        (408, true),
        (486, false),
        (603, false),
        (200, false),
        (302, false),
        (404, false),
    ] {
        assert_eq!(advance.after(status), goes_on, "{status}");
    }
}

proptest! {
    #[test]
    fn a_decision_is_made_whatever_is_dialled(
        user in "[+0-9*#%a-f.;()-]{1,40}|[!-~]{1,200}",
        caller in "[+0-9a-z]{1,20}",
        origin in 0..4_u16,
    ) {
        let plan = plan();
        let mut uri = Uri::sip_host(Some(&user), "example.com".parse().unwrap());
        if let Ok(read) = uri.to_string().parse() {
            uri = read;
        }
        let mut asked = asked(&format!("<sip:{caller}@example.com>"), "sip:x@example.com");
        asked.uri = uri;
        let proved = ["alice@example.com".to_owned()];
        let origin = if origin == 0 { alice(&proved) } else { Origin::Peer(PeerId(origin)) };
        let decision = decide(&plan, &asked.by(origin));
        if let Ok(groups) = decision.outcome {
            prop_assert!(!groups.is_empty());
            for destination in groups.iter().flatten() {
                let read: Uri = destination.uri.to_string().parse().unwrap();
                prop_assert_eq!(read.host, destination.uri.host.clone(), "no number leaves the user part");
            }
        }
    }
}
