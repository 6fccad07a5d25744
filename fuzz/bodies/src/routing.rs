//! What is dialled, against routes and rules for numbers: whatever it is, a decision is made, and no number leaves its place.

use proto_base::{NetworkId, Random, Transport};
use sbc_policy::{
    Choice, Dialling, Effect, Inquiry, Match, NumberForm, Origin, Peer, PeerId, Plan, Rewrite,
    Role, Route, Rule, Rules, Whose,
};
use sip_message::{Headers, Message, Method, NameAddr, Uri};

const PBX: PeerId = PeerId(0);
const CARRIER: PeerId = PeerId(1);

/// A message's request, if it is one; else the bytes are what is dialled.
pub fn routing(bytes: &[u8]) {
    let plan = plan();
    if let Ok(Message::Request(request)) = sip_message::parse(bytes) {
        if let (Ok(from), Ok(to)) = (request.headers.from(), request.headers.to()) {
            asked(
                &plan,
                &request.method,
                &request.uri,
                (&from, &to),
                &request.headers,
            );
        }
        return;
    }
    let user = String::from_utf8_lossy(bytes);
    let Ok(host) = "example.com".parse() else {
        return;
    };
    let uri = Uri::sip_host(Some(&user), host);
    let name = NameAddr::new(uri.clone());
    asked(
        &plan,
        &Method::Invite,
        &uri,
        (&name, &name),
        &Headers::new(),
    );
    // And as it comes back from the wire.
    if let Ok(uri) = uri.to_string().parse() {
        asked(
            &plan,
            &Method::Invite,
            &uri,
            (&name, &name),
            &Headers::new(),
        );
    }
    if let Some(dialling) = &plan.dialling {
        let once = dialling.to_e164(&user);
        assert_eq!(dialling.to_e164(&once), once, "done twice is done once");
    }
    // Rules themselves are the operator's, and must not be able to do harm either.
    if let Ok(rule) = Rule::parse(&user) {
        let _ = Rewrite(vec![rule]).apply("+49301234567");
    }
}

fn asked(
    plan: &Plan,
    method: &Method,
    uri: &Uri,
    (from, to): (&NameAddr, &NameAddr),
    headers: &Headers,
) {
    let proved = ["alice@example.com".to_owned()];
    let browser = Origin::Browser {
        address_of_record: "alice@example.com",
        proved: &proved,
    };
    for origin in [
        browser,
        Origin::Peer(PBX),
        Origin::Peer(CARRIER),
        Origin::Peer(PeerId(9)),
    ] {
        let inquiry = Inquiry {
            origin,
            method,
            uri,
            from,
            to,
            headers,
        };
        let decision = plan.explain(&inquiry, &mut Random::from_number(1));
        for destination in decision.outcome.iter().flatten().flatten() {
            let text = destination.uri.to_string();
            match text.parse::<Uri>() {
                Ok(read) => assert_eq!(read.host, destination.uri.host, "{text}"),
                // What came too long goes on as it came.
                Err(_) => assert!(text.len() > 256 || destination.uri == *uri, "{text}"),
            }
        }
        let _ = plan.to_user(&inquiry, "alice@example.com");
    }
}

fn plan() -> Plan {
    let carrier = Peer {
        rules: Rules {
            form: NumberForm::National,
            trusted: true,
            ..Rules::default()
        },
        ..Peer::new(CARRIER, Role::Trunk, NetworkId(0), Transport::Udp).serving("carrier.example")
    };
    let mut plan = Plan::new(
        Vec::new(),
        vec![
            Peer::new(PBX, Role::Registrar, NetworkId(0), Transport::Udp).serving("example.com"),
            carrier,
        ],
    );
    plan.dialling = Some(Dialling {
        country: "49".to_owned(),
        national: "0".to_owned(),
        international: "00".to_owned(),
    });
    let rules = ["/0(.*)(\\d+)/ -> $2$1", "00* -> +*"];
    let route = Route {
        name: "all".to_owned(),
        from: vec![Whose::Browsers, Whose::Peer(PBX), Whose::Peer(CARRIER)],
        called: Match::parse("/[+*#0-9].*/").into_iter().collect(),
        domains: Vec::new(),
        numbers: sbc_policy::Numbers {
            called: Rewrite(
                rules
                    .iter()
                    .filter_map(|rule| Rule::parse(rule).ok())
                    .collect(),
            ),
            calling: Rewrite::default(),
        },
        caller_id: None,
        effect: Effect::Peers(vec![Choice {
            peer: CARRIER,
            priority: 1,
            weight: 1,
        }]),
        advance: sbc_policy::Advance::default(),
    };
    plan.routes = vec![route];
    plan
}
