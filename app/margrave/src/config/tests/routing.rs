//! Trunks, routes and numbers: what they mean, and what is said against them.

use super::super::plan::{INSIDE, OUTSIDE};
use super::{complaint, read};
use control_command::Fingerprint;
use proto_base::Transport;
use sbc_policy::{Advance, Effect, NumberForm, PeerId, Role, Whose};

const COMPANY: &str = r#"
[server]
address = "10.0.0.10"
domain = "example.com"
[registrar.branch]
address = "10.0.1.10:5070"
domain = "branch.example"
[network.outside]
advertise = { address = "203.0.113.5" }
[trunk.carrier]
address = "sip.carrier.example"
transport = "tcp"
username = "margrave"
password-file = "carrier.password"
register = true
caller-id = "+49305550"
caller-ids = ["+4930555*"]
called-out = ["+49* -> 0*"]
set-headers = ["X-Border: margrave"]
[trunk.spare]
address = "203.0.113.30"
probe-seconds = 0
max-calls = 5
calls-per-second = 2
number-form = "national"
trusted = true
[dialling]
country-code = "49"
[[route]]
name = "premium"
called = ["+49900*", '/\+88\d*/']
refuse = 403
[[route]]
from = ["branch", "browsers"]
called = ["+*"]
to = [{ peer = "carrier", priority = 1, weight = 3 }, { peer = "spare", priority = 1 }, "server"]
advance-on = [503]
silence-seconds = 2
[[route]]
users = ["*@example.com"]
"#;

#[test]
fn servers_and_trunks_are_peers_in_order() {
    let plan = read(COMPANY).unwrap().signalling;
    let peers: Vec<(u16, &str, Role)> = plan
        .peers
        .iter()
        .map(|peer| (peer.id.0, peer.name.as_str(), peer.role))
        .collect();
    assert_eq!(
        peers,
        [
            (0, "server", Role::Registrar),
            (1, "branch", Role::Registrar),
            (2, "carrier", Role::Trunk),
            (3, "spare", Role::Trunk),
        ]
    );
    assert_eq!(plan.registrar_for("branch.example").unwrap().id, PeerId(1));
    let (branch, carrier, spare) = (&plan.peers[1], &plan.peers[2], &plan.peers[3]);
    assert_eq!(branch.addresses[0].to_string(), "10.0.1.10:5070");
    assert_eq!((branch.network, branch.probe), (INSIDE, None));
    assert!(branch.rules.trusted && !carrier.rules.trusted && spare.rules.trusted);

    assert_eq!(
        (carrier.network, carrier.transport),
        (OUTSIDE, Transport::Tcp)
    );
    assert!(carrier.addresses.is_empty());
    let uri = carrier.uri.as_ref().unwrap().to_string();
    assert_eq!(uri, "sip:sip.carrier.example;transport=tcp");
    assert_eq!(carrier.domain.as_deref(), Some("sip.carrier.example"));
    let account = carrier.account.as_ref().unwrap();
    assert_eq!(
        (account.username.as_str(), account.password.0.as_str()),
        ("margrave", "sesame")
    );
    assert_eq!(carrier.register.unwrap().as_secs(), 600);
    assert_eq!(carrier.probe.unwrap().as_secs(), 30);
    assert_eq!(carrier.rules.form, NumberForm::Plus);
    assert_eq!(carrier.rules.caller_id.shown_for("100"), Some("+49305550"));
    assert_eq!(carrier.rules.outgoing.called.0.len(), 1);

    assert_eq!(spare.addresses[0].to_string(), "203.0.113.30:5060");
    assert_eq!(spare.rules.form, NumberForm::National);
    assert_eq!(
        (spare.max_calls, spare.calls_per_second, spare.probe),
        (Some(5), Some(2), None)
    );
}

#[test]
fn routes_are_what_was_written() {
    let plan = read(COMPANY).unwrap().signalling;
    let dialling = plan.dialling.unwrap();
    assert_eq!(
        (dialling.national.as_str(), dialling.international.as_str()),
        ("0", "00")
    );
    let [premium, world, rest] = plan.routes.as_slice() else {
        panic!("{:?}", plan.routes);
    };
    assert_eq!(
        premium.effect,
        Effect::Refuse {
            status: 403,
            reason: None
        }
    );
    assert_eq!(premium.called.len(), 2);
    assert_eq!(premium.advance, Advance::default());
    assert_eq!(world.name, "2");
    assert_eq!(world.from, [Whose::Peer(PeerId(1)), Whose::Browsers]);
    let Effect::Peers(choices) = &world.effect else {
        panic!("{world:?}");
    };
    let choices: Vec<_> = choices
        .iter()
        .map(|choice| (choice.peer.0, choice.priority, choice.weight))
        .collect();
    assert_eq!(choices, [(2, 1, 3), (3, 1, 1), (0, 3, 1)]);
    assert_eq!(
        (
            world.advance.statuses.as_slice(),
            world.advance.silence.as_secs()
        ),
        (&[503][..], 2)
    );
    assert_eq!(rest.effect, Effect::Users(vec!["*@example.com".to_owned()]));
}

#[test]
fn a_trunk_on_the_outside_has_ports_there_and_the_router_hears_of_them() {
    let plan = read(COMPANY).unwrap();
    let listeners: Vec<String> = plan.signalling.networks[1]
        .listeners
        .iter()
        .filter(|listener| !listener.transport.is_websocket())
        .map(|listener| {
            format!(
                "{:?} {} {}",
                listener.transport, listener.bind, listener.advertised
            )
        })
        .collect();
    assert_eq!(
        listeners,
        [
            "Udp 10.0.0.5:5080 203.0.113.5:5080",
            "Tcp 10.0.0.5:5080 203.0.113.5:5080"
        ]
    );
    let media = plan.media_plan(Fingerprint {
        algorithm: "sha-256".into(),
        digest: vec![0; 32],
    });
    let rtp = media.networks[1].rtp.unwrap();
    assert_eq!(
        (rtp.bind.to_string(), rtp.advertised.to_string()),
        ("10.0.0.5".into(), "203.0.113.5".into())
    );
    assert_eq!((rtp.first, rtp.last), (31000, 31999));
    let words = super::super::explain(&plan);
    for piece in [
        "SIP server  10.0.0.10:5060 over UDP, for example.com",
        "registrar   branch: 10.0.1.10:5070 over UDP, for branch.example",
        "trunk       carrier: sip:sip.carrier.example;transport=tcp over TCP, outside, registers as margrave",
        "trunk       spare: 203.0.113.30:5060 over UDP, outside",
        "udp 5080 to 10.0.0.5:5080",
        "tcp 5080 to 10.0.0.5:5080",
        "udp 31000-31999 to 10.0.0.5, the same ports",
        "route       premium: +49900*, /\\+88\\d*/ -> refused with 403",
        "route       2: from branch, browsers: +* -> carrier, spare, server",
        "route       3: every number -> *@example.com",
    ] {
        assert!(words.contains(piece), "{piece}\n{words}");
    }
    assert!(!words.contains("sesame"), "{words}");
    assert!(!format!("{plan:?}").contains("sesame"));
}

#[test]
fn without_a_trunk_nothing_more_is_bound() {
    let plan = read("[server]\naddress = \"10.0.0.10\"\n").unwrap();
    assert!(plan.outside_rtp.is_none());
    assert!(
        plan.signalling.networks[1]
            .listeners
            .iter()
            .all(|listener| listener.transport.is_websocket())
    );
}

/// (what stands below the server, what is said)
const MISTAKES: &[(&str, &str)] = &[
    (
        "[trunk.carrier]\ntransport = \"tls\"\n",
        "\
m.toml:3:1: [trunk.carrier] has no address
    3 | [trunk.carrier]
      | ^^^^^^^^^^^^^^^
  remedy: tell where the trunk is, for example:
    [trunk.carrier]
    address = \"sip.carrier.example\"
",
    ),
    (
        "[trunk.carrier]\nadress = \"sip.carrier.example\"\n",
        "\
m.toml:4:1: unknown key `adress` in [trunk.carrier]
    4 | adress = \"sip.carrier.example\"
      | ^^^^^^
  remedy: did you mean `address`?
",
    ),
    (
        "[trunk.carrier]\naddress = \"203.0.113.20\"\nmax-calls = \"many\"\n",
        "\
m.toml:5:13: `max-calls` expects a whole number above 0, without quotes, not \"many\"
    5 | max-calls = \"many\"
      |             ^^^^^^
  remedy: for example: max-calls = 100
",
    ),
    (
        "[trunk.carrier]\naddress = \"203.0.113.20\"\nregister = true\n",
        "\
m.toml:5:12: registering needs an account
    5 | register = true
      |            ^^^^
  remedy: write username and password-file
",
    ),
    (
        "[trunk.carrier]\naddress = \"203.0.113.20\"\nusername = \"margrave\"\npassword-file = \"nowhere\"\n",
        "\
m.toml:6:17: /etc/margrave/nowhere cannot be read: No such file
    6 | password-file = \"nowhere\"
      |                 ^^^^^^^^^
  remedy: write the name of a file that holds the password alone, readable for Margrave; it counts from the configuration file's folder
",
    ),
    (
        "username = \"margrave\"\n",
        "\
m.toml:3:12: `username` is for trunks: with a SIP server the users register themselves
    3 | username = \"margrave\"
      |            ^^^^^^^^^^
  remedy: remove it, or describe a server that Margrave itself registers with as [trunk.NAME]
",
    ),
    (
        "number-form = \"national\"\n",
        "\
m.toml:3:15: how numbers are dialled is not told, so they cannot be brought into a form
    3 | number-form = \"national\"
      |               ^^^^^^^^^^
  remedy: tell it, for example:
    [dialling]
    country-code = \"49\"
    national-prefix = \"0\"
    international-prefix = \"00\"
",
    ),
    (
        "called-in = [\"0 4\", '/(/ -> 1']\nheaders-to = [\"Via\"]\n",
        "\
m.toml:3:14: \"0 4\" is no rule for numbers: there is no -> between what is dialled and what becomes of it
    3 | called-in = [\"0 4\", '/(/ -> 1']
      |              ^^^^^
  remedy: write what is matched and what becomes of it: \"112 -> 0112\", \"0* -> +49*\", or '/0([1-9]\\d*)/ -> +49$1' in single quotes

m.toml:3:21: \"/(/ -> 1\" is no rule for numbers: unclosed group
    3 | called-in = [\"0 4\", '/(/ -> 1']
      |                     ^^^^^^^^^^
  remedy: write what is matched and what becomes of it: \"112 -> 0112\", \"0* -> +49*\", or '/0([1-9]\\d*)/ -> +49$1' in single quotes

m.toml:4:15: Via is not decided by such a rule
    4 | headers-to = [\"Via\"]
      |               ^^^^^
  remedy: remove it: headers of the protocol are written anew for each side, and who calls is told by trust (`trusted`, `caller-id`)
",
    ),
    (
        "[dialling]\ncountry-code = \"+49\"\n",
        "\
m.toml:4:16: \"+49\" is not what is dialled there
    4 | country-code = \"+49\"
      |                ^^^^^
  remedy: write digits only, without +: country-code = \"49\", national-prefix = \"0\", international-prefix = \"00\"
",
    ),
    (
        "[[route]]\ncalled = [\"112\"]\n[[route]]\nto = [\"server\", \"carier\"]\nrefuse = 403\n[[route]]\nto = [\"server\", \"carier\"]\nadvance-on = [486]\n",
        "\
m.toml:3:1: this route leads nowhere
    3 | [[route]]
      | ^^^^^^^^^
  remedy: write one of the three: to = [\"carrier\"], users = [\"alice@example.com\"], or refuse = 403

m.toml:5:1: this route leads to several kinds of ends
    5 | [[route]]
      | ^^^^^^^^^
  remedy: write one of the three: to = [\"carrier\"], users = [\"alice@example.com\"], or refuse = 403

m.toml:10:15: after 486 nobody else is tried
   10 | advance-on = [486]
      |               ^^^
  remedy: name statuses that say that a way is broken: 408, 500, 502, 503, 504; who is busy or has declined must not ring a second time

m.toml:9:17: nobody is called \"carier\"
    9 | to = [\"server\", \"carier\"]
      |                 ^^^^^^^^
  remedy: known are: server; \"server\" is [server], others have their names from [trunk.NAME] and [registrar.NAME]
",
    ),
    (
        "[[route]]\ncaled = [\"112\"]\n",
        "\
m.toml:4:1: unknown key `caled` in [route]
    4 | caled = [\"112\"]
      | ^^^^^
  remedy: did you mean `called`?
",
    ),
    (
        "[[route]]\nrefuse = 302\n",
        "\
m.toml:4:10: 302 refuses nothing
    4 | refuse = 302
      |          ^^^
  remedy: write a status of SIP from 400 to 699: 403 (forbidden), 404 (not found), 603 (declined)
",
    ),
    (
        "[trunk.carrier]\naddress = \"203.0.113.20\"\n[network.outside]\nsip-udp = 5060\n",
        "\
m.toml:6:11: `sip-udp` (5060) and `sip-udp` (5060, the default) want the same UDP port of this machine
    6 | sip-udp = 5060
      |           ^^^^
  remedy: give one of them another port: `sip-udp` or `sip-udp`
",
    ),
];

#[test]
fn every_mistake_is_told_with_its_line_and_a_remedy() {
    for (text, words) in MISTAKES {
        let text = format!("[server]\naddress = \"10.0.0.10\"\n{text}");
        assert_eq!(complaint(&text), *words, "\nfor the file\n{text}");
    }
}

#[test]
fn a_peer_with_several_addresses_shares_its_calls_among_them() {
    let text = format!(
        "{COMPANY}[trunk.cluster]\naddress = \"203.0.113.40\"\nfurther-addresses = [\"203.0.113.42\", {{ address = \"203.0.113.41:5070\", priority = 1, weight = 3 }}]\n"
    );
    let plan = read(&text).unwrap();
    let cluster = plan.signalling.peer_called("cluster").unwrap();
    let addresses: Vec<String> = cluster.addresses.iter().map(ToString::to_string).collect();
    assert_eq!(
        addresses,
        [
            "203.0.113.40:5060",
            "203.0.113.41:5070",
            "203.0.113.42:5060"
        ]
    );
    let shares: Vec<(u16, u16)> = cluster
        .shares
        .iter()
        .map(|share| (share.priority, share.weight))
        .collect();
    assert_eq!(shares, [(1, 1), (1, 3), (2, 1)]);
    for wrong in ["\"203.0.113.40\"", "\"pbx.example.com\"", "\"0.0.0.0\""] {
        let text = format!(
            "{COMPANY}[trunk.cluster]\naddress = \"203.0.113.40\"\nfurther-addresses = [{wrong}]\n"
        );
        assert!(complaint(&text).contains("is no further address"));
    }
}

#[test]
fn a_servers_name_is_looked_up_while_we_run_and_stands_for_what_was_found_until_then() {
    let text = "[server]\naddress = \"pbx.example.com:5070\"\nfurther-addresses = [\"10.0.0.11\"]\n[network.inside]\naddress = \"10.0.0.5\"\n";
    let plan = read(text).unwrap();
    let server = plan.signalling.peers.first().unwrap();
    assert_eq!(server.at_start, Some("10.0.0.10:5070".parse().unwrap()));
    let uri = server.uri.as_ref().unwrap().to_string();
    assert_eq!(uri, "sip:pbx.example.com:5070;transport=udp");
    assert_eq!(server.addresses, ["10.0.0.11:5060".parse().unwrap()]);
    assert!(server.shares.is_empty(), "its records say how it is shared");
    assert_eq!(plan.server().unwrap().0.to_string(), "10.0.0.10:5070");
}

#[test]
fn how_calls_are_kept_up_is_a_peers_own_affair() {
    let with = |keys: &str| COMPANY.replace("probe-seconds = 0", keys);
    let plan = read(&with(
        "session-seconds = 600\nsession-min-seconds = 120\nprack = false",
    ))
    .unwrap();
    let of = |name| plan.signalling.peer_called(name).unwrap().session;
    let spare = of("spare");
    assert_eq!(
        (spare.expires, spare.least, spare.reliable),
        (600, 120, false)
    );
    assert_eq!(of("carrier"), sbc_policy::Session::default());
    assert!(read(&with("session-seconds = 0")).is_ok(), "no timer");
    assert!(complaint(&with("session-seconds = 60")).contains("shorter than"));
    assert!(complaint(&with("session-min-seconds = 60")).contains("RFC 4028"));
}

#[test]
fn a_route_says_how_long_each_of_its_ends_rings() {
    let text = COMPANY.replace(
        "silence-seconds = 2",
        "silence-seconds = 2\nring-seconds = 20",
    );
    let plan = read(&text).unwrap().signalling;
    let rings: Vec<_> = plan.routes.iter().map(|route| route.advance.ring).collect();
    let twenty = std::time::Duration::from_secs(20);
    assert_eq!(rings, [None, Some(twenty), None]);
}

#[test]
fn certificates_may_be_demanded_where_tls_is_spoken() {
    let text = COMPANY.replace(
        "advertise =",
        "sip-tls = 5081\nsip-tls-mutual = true\nadvertise =",
    );
    assert_eq!(read(&text).unwrap().mutual, [OUTSIDE]);
    let idle = COMPANY.replace("advertise =", "sip-tls-mutual = true\nadvertise =");
    assert!(complaint(&idle).contains("where no SIP over TLS is heard"));
}
