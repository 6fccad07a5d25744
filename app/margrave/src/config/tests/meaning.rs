//! What a file means.

use super::super::plan::{INSIDE, OUTSIDE};
use super::read;
use control_command::Fingerprint;
use media_offer_answer::IceMode;
use proto_base::Transport;
use sbc_policy::{Srtp, Trust};

const ROUTER: &str = r#"
[server]
address = "10.0.0.10:5060"
domain = "example.com"
[network.inside]
address = "10.0.0.5"
[network.outside]
ws = 8080
advertise = { address = "203.0.113.5", tcp = 443, udp = 443 }
"#;

fn addresses(plan: &super::Plan, network: usize) -> Vec<(Transport, String, String)> {
    plan.signalling.networks[network]
        .listeners
        .iter()
        .map(|listener| {
            (
                listener.transport,
                listener.bind.to_string(),
                listener.advertised.to_string(),
            )
        })
        .collect()
}

#[test]
fn media_of_a_server_or_a_trunk_is_encrypted_where_it_is_written() {
    let written = |more: &str| {
        let text = format!("[server]\naddress = \"10.0.0.10\"\n{more}");
        read(&text).map(|plan| (plan.signalling.peers[0].srtp, plan.warnings.concat()))
    };
    assert_eq!(written("").unwrap().0, Srtp::Never);
    let (offered, warnings) = written("srtp = \"offered\"\n").unwrap();
    assert_eq!(offered, Srtp::Offered);
    assert!(warnings.contains("keys of server's media"), "{warnings}");
    let tls = "srtp = \"required\"\ntransport = \"tls\"\n[network.inside]\nsip-tls = 5061\n";
    let (required, warnings) = written(tls).unwrap();
    assert_eq!(required, Srtp::Required);
    assert!(!warnings.contains("keys of"), "{warnings}");
    assert!(written("srtp = \"perhaps\"\n").is_err());
}

#[test]
fn a_server_alone_is_enough() {
    let plan = read("[server]\naddress = \"10.0.0.10\"\n").unwrap();
    assert_eq!(
        plan.signalling.peers[0].addresses[0].to_string(),
        "10.0.0.10:5060"
    );
    assert_eq!(plan.signalling.peers[0].network, INSIDE);
    assert_eq!(
        plan.inside.to_string(),
        "10.0.0.5",
        "found by the way to the server"
    );
    assert_eq!(plan.ws.unwrap().to_string(), "10.0.0.5:8080");
    assert_eq!(plan.wss, None);
    assert_eq!(plan.media.to_string(), "10.0.0.5:20000");
    assert_eq!((plan.rtp.first, plan.rtp.last), (30000, 30999));
    assert_eq!(plan.signalling.max_calls, 500);
    assert_eq!(plan.signalling.networks[0].trust, Trust::Inside);
    assert_eq!(plan.signalling.networks[1].trust, Trust::Outside);
}

#[test]
fn we_are_ice_lite_unless_the_outside_wants_a_full_agent() {
    let told = || Fingerprint {
        algorithm: "sha-256".into(),
        digest: vec![0; 32],
    };
    let plan = read(ROUTER).unwrap().media_plan(told());
    assert!(plan.networks.iter().all(|it| it.ice == IceMode::Lite));
    let full = ROUTER.replace("[network.outside]", "[network.outside]\nice = \"full\"");
    assert_ne!(full, ROUTER);
    let plan = read(&full).unwrap().media_plan(told());
    assert_eq!(plan.networks[0].ice, IceMode::Lite);
    assert_eq!(plan.networks[1].ice, IceMode::Full);
    let wrong = ROUTER.replace("[network.outside]", "[network.outside]\nice = \"half\"");
    assert!(read(&wrong).is_err());
}

#[test]
fn behind_a_router_each_network_is_told_its_own_addresses() {
    let plan = read(ROUTER).unwrap();
    assert_eq!(
        addresses(&plan, 0),
        [
            (
                Transport::Udp,
                "10.0.0.5:5060".into(),
                "10.0.0.5:5060".into()
            ),
            (
                Transport::Ws,
                "10.0.0.5:8080".into(),
                "10.0.0.5:8080".into()
            ),
        ]
    );
    assert_eq!(
        addresses(&plan, 1),
        [(
            Transport::Ws,
            "10.0.0.5:8080".into(),
            "203.0.113.5:443".into()
        )]
    );
    let media = plan.media_plan(Fingerprint {
        algorithm: "sha-256".into(),
        digest: vec![0; 32],
    });
    assert_eq!(media.networks[0].id, INSIDE);
    assert_eq!(
        media.networks[0].webrtc[0].advertised.to_string(),
        "10.0.0.5:20000"
    );
    assert!(media.networks[0].rtp.is_some());
    assert_eq!(media.networks[1].id, OUTSIDE);
    assert_eq!(
        media.networks[1].webrtc[0].advertised.to_string(),
        "203.0.113.5:443"
    );
    assert!(
        media.networks[1].rtp.is_none(),
        "no telephone lives outside"
    );
}

#[test]
fn with_a_certificate_there_is_tls_and_the_forwarded_port_leads_to_it() {
    let plan = read(
        "[server]\naddress = \"10.0.0.10\"\n[network.outside]\nws = 8080\ncertificate = \"fullchain.pem\"\nkey = \"privkey.pem\"\nadvertise = { address = \"203.0.113.5\", tcp = 443 }\n",
    )
    .unwrap();
    let (bind, files) = plan.wss.clone().unwrap();
    assert_eq!(bind.to_string(), "10.0.0.5:8443");
    assert_eq!(files.chain.to_str(), Some("/etc/margrave/fullchain.pem"));
    assert_eq!(
        addresses(&plan, 1),
        [
            (
                Transport::Ws,
                "10.0.0.5:8080".into(),
                "203.0.113.5:8080".into()
            ),
            (
                Transport::Wss,
                "10.0.0.5:8443".into(),
                "203.0.113.5:443".into()
            ),
        ]
    );
    assert_eq!(plan.advertised.udp, 20000);
}

#[test]
fn a_server_over_tcp_finds_us_over_tcp() {
    let plan = read("[server]\naddress = \"pbx.example.com\"\ntransport = \"tcp\"\n[network.inside]\naddress = \"10.0.0.5\"\n").unwrap();
    assert_eq!(
        plan.signalling.peers[0].at_start.unwrap().to_string(),
        "10.0.0.10:5060",
        "the address of our own kind"
    );
    assert_eq!(
        plan.signalling.networks[0].listeners[0].transport,
        Transport::Tcp
    );
    assert_eq!(
        plan.signalling.networks[0].listeners[0].bind.to_string(),
        "10.0.0.5:5060"
    );
}

#[test]
fn two_interfaces_share_the_media_port() {
    let plan =
        read("[server]\naddress = \"10.0.0.10\"\n[network.outside]\naddress = \"203.0.113.5\"\n")
            .unwrap();
    let sockets: Vec<String> = plan
        .media_sockets()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        sockets,
        ["203.0.113.5:20000", "10.0.0.5:20000"],
        "the inside is told 10.0.0.5:20000"
    );
    assert_eq!(
        addresses(&plan, 0)[1],
        (
            Transport::Ws,
            "10.0.0.5:8080".into(),
            "10.0.0.5:8080".into()
        )
    );
    assert_eq!(
        addresses(&plan, 1),
        [(
            Transport::Ws,
            "203.0.113.5:8080".into(),
            "203.0.113.5:8080".into()
        )]
    );
    assert_eq!(plan.advertised.address.to_string(), "203.0.113.5");
}

#[test]
fn ipv6_is_a_network_like_any_other() {
    let plan = read(
        "[server]\naddress = \"[2001:db8::10]:5070\"\n[network.inside]\naddress = \"2001:db8::5\"\nmembers = [\"2001:db8::/32\"]\n[network.outside]\nmedia = 20001\n",
    )
    .unwrap();
    assert_eq!(
        plan.signalling.peers[0].addresses[0].to_string(),
        "[2001:db8::10]:5070"
    );
    assert_eq!(plan.media.to_string(), "[2001:db8::5]:20001");
    assert!(super::super::explain(&plan).contains("told media [2001:db8::5]:20001"));
}

#[test]
fn members_default_to_the_private_ranges_and_may_be_nobody() {
    let plan = read(ROUTER).unwrap();
    let inside = |address: &str| {
        plan.members
            .iter()
            .any(|block| block.contains(address.parse().unwrap()))
    };
    assert!(inside("10.20.30.40") && inside("192.168.1.2") && inside("fe80::1"));
    assert!(!inside("203.0.113.9") && !inside("127.0.0.1"));
    let nobody =
        read("[server]\naddress = \"10.0.0.10\"\n[network.inside]\nmembers = []\n").unwrap();
    assert!(nobody.members.is_empty());
}

#[test]
fn odd_ends_of_the_range_are_cut_to_pairs() {
    let plan =
        read("[server]\naddress = \"10.0.0.10\"\n[network.inside]\nrtp-ports = \"30001-30006\"\n")
            .unwrap();
    assert_eq!((plan.rtp.first, plan.rtp.last), (30002, 30005));
    assert_eq!(plan.signalling.max_calls, 2);
}

#[test]
fn limits_and_log_are_what_was_written() {
    let plan = read(
        "[server]\naddress = \"10.0.0.10\"\n[limits]\ncalls = 7\ngrace-seconds = 0\nring-seconds = 60\nconnections = 8\nconnections-per-address = 9\nbindings-per-connection = 3\npatience-seconds = 2\nredirects = \"follow\"\n[log]\nlevel = \"debug\"\nformat = \"json\"\nredact = true\n",
    )
    .unwrap();
    assert_eq!(plan.signalling.max_calls, 7);
    assert_eq!(plan.signalling.grace.as_secs(), 0);
    assert_eq!(plan.signalling.ring.as_secs(), 60);
    assert_eq!(plan.signalling.patience.as_secs(), 2);
    assert_eq!(
        plan.signalling.redirects,
        sbc_policy::Redirects::Follow { max: 5 }
    );
    assert_eq!(plan.signalling.max_bindings_per_flow, 3);
    assert_eq!(plan.connections, (8, 9));
    assert_eq!(plan.log_level, "debug");
    assert_eq!(plan.log_format, engine_telemetry::Format::Json);
    assert_eq!(plan.redaction, engine_telemetry::Redaction::On);
}

/// (what was written below the server, a piece of each warning in order)
const DOUBTS: &[(&str, &[&str])] = &[
    (
        "[network.outside]\nadvertise = { address = \"203.0.113.5\" }\ncertificate = \"fullchain.pem\"\nkey = \"privkey.pem\"\n",
        &[],
    ),
    (
        "",
        &[
            "told 10.0.0.5, which the Internet cannot reach",
            "no microphone to a page without TLS",
        ],
    ),
    (
        "[network.outside]\nmedia = 443\nadvertise = { address = \"203.0.113.5\" }\ncertificate = \"fullchain.pem\"\nkey = \"privkey.pem\"\n",
        &["browsers inside are told 10.0.0.5:443, which Chromium refuses"],
    ),
    (
        "[network.outside]\nadvertise = { address = \"203.0.113.5\", udp = 500 }\ncertificate = \"fullchain.pem\"\nkey = \"privkey.pem\"\n",
        &["Chromium refuses media on 203.0.113.5:500"],
    ),
    (
        "[network.outside]\nmedia = 1000\ncertificate = \"fullchain.pem\"\nkey = \"privkey.pem\"\n",
        &[
            "the Internet cannot reach",
            "Chromium refuses media on 10.0.0.5:1000",
        ],
    ),
    (
        "[network.inside]\nmembers = [\"203.0.113.0/24\"]\n[network.outside]\nadvertise = { address = \"203.0.113.5\" }\ncertificate = \"fullchain.pem\"\nkey = \"privkey.pem\"\n",
        &["203.0.113.5 is among the inside's members"],
    ),
    (
        "[network.outside]\nadvertise = { address = \"203.0.113.5\" }\ncertificate = \"fullchain.pem\"\nkey = \"privkey.pem\"\n[limits]\ncalls = 501\n",
        &["calls = 501 is more than the rtp-ports have room for: 500"],
    ),
];

#[test]
fn what_is_probably_not_wanted_is_doubted() {
    for (text, pieces) in DOUBTS {
        let plan = read(&format!("[server]\naddress = \"10.0.0.10\"\n{text}")).unwrap();
        assert_eq!(
            plan.warnings.len(),
            pieces.len(),
            "for\n{text}\n{:#?}",
            plan.warnings
        );
        for (warning, piece) in plan.warnings.iter().zip(*pieces) {
            assert!(warning.contains(piece), "{warning}");
        }
    }
}

#[test]
fn the_explanation_says_what_the_router_has_to_forward() {
    let words = super::super::explain(&read(ROUTER).unwrap());
    let expected = "\
SIP server  10.0.0.10:5060 over UDP, for example.com

inside      our address 10.0.0.5
            SIP over UDP on 10.0.0.5:5060
            RTP on 10.0.0.5 ports 30000-30999 (500 calls)
            members 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16, fc00::/7, fe80::/10
            their browsers are told media 10.0.0.5:20000

outside     everybody else
            browsers on http://10.0.0.5:8080 (WS)
            media on udp 10.0.0.5:20000
            their browsers are told media 203.0.113.5:443
            pages of every origin may connect

On the router 203.0.113.5 forward
            tcp 443 to 10.0.0.5:8080
            udp 443 to 10.0.0.5:20000
";
    assert!(words.starts_with(expected), "{words}");
}

#[test]
fn proxies_are_trusted_by_name_and_the_proxy_protocol_needs_one() {
    let plan = read(
        "[server]\naddress = \"10.0.0.10\"\n[network.outside]\ntrusted-proxies = [\"10.0.0.7\", \"10.1.0.0/16\"]\nproxy-protocol = true\n",
    )
    .unwrap();
    assert!(plan.proxies.protocol);
    assert!(plan.proxies.trust("10.1.2.3".parse().unwrap()));
    assert!(!plan.proxies.trust("10.0.0.8".parse().unwrap()));
    let nobody = read("[server]\naddress = \"10.0.0.10\"\n").unwrap();
    assert!(!nobody.proxies.protocol && nobody.proxies.trusted.is_empty());
    let error =
        read("[server]\naddress = \"10.0.0.10\"\n[network.outside]\nproxy-protocol = true\n")
            .unwrap_err();
    assert!(error.contains("trusted-proxies"), "{error}");
}

#[test]
fn browsers_are_registered_as_each_server_wants_it() {
    let text = ROUTER.replace(
        "[server]\n",
        "[server]\nregistrations = \"user\"\nregistration-seconds = 7200\nregistration-jitter = 10\n",
    );
    let plan = read(&text).unwrap();
    let rules = plan.signalling.peers[0].registering;
    assert_eq!(rules.throttle, sbc_policy::Throttle::AddressOfRecord);
    assert_eq!((rules.outgoing_expires, rules.deviation), (7200, 10));
    assert!(read(&text.replace("\"user\"", "\"user\"\npath = true")).is_err());
    assert!(read(&text.replace("= 10\n", "= 60\n")).is_err());
}

#[test]
fn further_authorities_are_a_file_beside_the_configuration() {
    let plan = read("[server]\naddress = \"10.0.0.10\"\ntransport = \"tls\"\n[tls]\nauthorities = \"fullchain.pem\"\n").unwrap();
    assert_eq!(
        plan.authorities.unwrap().to_str(),
        Some("/etc/margrave/fullchain.pem")
    );
    let error = read("[server]\naddress = \"10.0.0.10\"\n[tls]\nauthorities = \"privkey.pem\"\n")
        .unwrap_err();
    assert!(error.contains("holds no certificate"), "{error}");
}
