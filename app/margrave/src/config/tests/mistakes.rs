//! Files that are wrong in one place: each told with its line, the text and a remedy, to the letter.

use super::complaint;

/// (what was written, what is said)
const TABLE: &[(&str, &str)] = &[
    (
        "",
        "\
m.toml: there is no [server]
  remedy: tell where your SIP server (PBX) is, for example:
    [server]
    address = \"10.0.0.10:5060\"
",
    ),
    (
        "\n[server]\ndomain = \"example.com\"\n",
        "\
m.toml:2:1: [server] has no address
    2 | [server]
      | ^^^^^^^^
  remedy: tell where your SIP server (PBX) is, for example:
    [server]
    address = \"10.0.0.10:5060\"
",
    ),
    (
        "[server]\nadress = \"10.0.0.10:5060\"\n",
        "\
m.toml:2:1: unknown key `adress` in [server]
    2 | adress = \"10.0.0.10:5060\"
      | ^^^^^^
  remedy: did you mean `address`?
",
    ),
    (
        "[server]\naddress = \"10.0.0.10\"\nmedia = 20000\n",
        "\
m.toml:3:1: unknown key `media` in [server]
    3 | media = 20000
      | ^^^^^
  remedy: `media` belongs into [network.outside]
",
    ),
    (
        "[server]\ncolour = \"red\"\n",
        "\
m.toml:2:1: unknown key `colour` in [server]
    2 | colour = \"red\"
      | ^^^^^^
  remedy: remove it; [server] knows: address, further-addresses, transport, domain, probe-seconds, max-calls, calls-per-second, session-seconds, session-min-seconds, prack, hand-on-transfers, srtp, trusted, number-form, called-in, calling-in, called-out, calling-out, headers-from, headers-to, set-headers, registrations, registration-seconds, registration-min-seconds, registration-max-seconds, registration-jitter, path, features, flow-timer-seconds
",
    ),
    (
        "[sevrer]\n",
        "\
m.toml:1:2: unknown table or key `sevrer`
    1 | [sevrer]
      |  ^^^^^^
  remedy: did you mean `server`?
",
    ),
    (
        "[network.outside]\nadvertise = { addr = \"203.0.113.5\" }\n",
        "\
m.toml:2:15: unknown key `addr` in [network.outside.advertise]
    2 | advertise = { addr = \"203.0.113.5\" }
      |               ^^^^
  remedy: remove it; [network.outside.advertise] knows: address, tcp, udp
",
    ),
    (
        "[network.outside]\nws = \"8080\"\n",
        "\
m.toml:2:6: `ws` expects a port number from 1 to 65535, without quotes, not \"8080\"
    2 | ws = \"8080\"
      |      ^^^^^^
  remedy: for example: ws = 8080
",
    ),
    (
        "[network.outside]\nmedia = 70000\n",
        "\
m.toml:2:9: `media` expects a port number from 1 to 65535, without quotes, not 70000
    2 | media = 70000
      |         ^^^^^
  remedy: for example: media = 20000
",
    ),
    (
        "[network.inside]\nmembers = \"10.0.0.0/8\"\n",
        "\
m.toml:2:11: `members` expects a list of networks, each in quotes, not \"10.0.0.0/8\"
    2 | members = \"10.0.0.0/8\"
      |           ^^^^^^^^^^^^
  remedy: for example: members = [\"10.0.0.0/8\"]
",
    ),
    (
        "server = \"10.0.0.10\"\n",
        "\
m.toml:1:10: `server` is a table, not a value
    1 | server = \"10.0.0.10\"
      |          ^^^^^^^^^^^
  remedy: open it with [server] on a line of its own; it knows: address, further-addresses, transport, domain, probe-seconds, max-calls, calls-per-second, session-seconds, session-min-seconds, prack, hand-on-transfers, srtp, trusted, number-form, called-in, calling-in, called-out, calling-out, headers-from, headers-to, set-headers, registrations, registration-seconds, registration-min-seconds, registration-max-seconds, registration-jitter, path, features, flow-timer-seconds
",
    ),
    (
        "[server]\naddress = 10.0.0.10:5060 # the PBX\n",
        "\
m.toml:2:15: not TOML: invalid float, expected nothing
    2 | address = 10.0.0.10:5060 # the PBX
      |               ^^^^^^^^^^
  remedy: text and addresses stand in quotes: address = \"10.0.0.10:5060\"
",
    ),
    (
        "[server]\naddress = \"10.0.0.10\"\n[log]\n[server]\n",
        "\
m.toml:4:2: not TOML: duplicate key
    4 | [server]
      |  ^^^^^^
  remedy: write it once; a table too may be opened only once
",
    ),
    (
        "[server]\naddress = \"sip:10.0.0.10\"\n",
        "\
m.toml:2:11: \"sip:10.0.0.10\" is no host and port
    2 | address = \"sip:10.0.0.10\"
      |           ^^^^^^^^^^^^^^^
  remedy: write the SIP server's address, for example \"10.0.0.10:5060\" or \"pbx.example.com\"
",
    ),
    (
        "[server]\naddress = \"pbx.exmaple.com\"\n",
        "\
m.toml:2:11: the name \"pbx.exmaple.com\" cannot be resolved: no such name
    2 | address = \"pbx.exmaple.com\"
      |           ^^^^^^^^^^^^^^^^^
  remedy: check the name and this machine's DNS, or write the server's IP address
",
    ),
    (
        "[server]\naddress = \"0.0.0.0:5060\"\n",
        "\
m.toml:2:11: 0.0.0.0:5060 is nobody's address
    2 | address = \"0.0.0.0:5060\"
      |           ^^^^^^^^^^^^^^
  remedy: write the address that the SIP server listens on, for example \"10.0.0.10:5060\"
",
    ),
    (
        "[server]\naddress = \"[2001:db8::10]:5060\"\n",
        "\
m.toml:2:11: this machine has no way to 2001:db8::10: Network is unreachable
    2 | address = \"[2001:db8::10]:5060\"
      |           ^^^^^^^^^^^^^^^^^^^^^
  remedy: check the network, or write our own address towards the server:
    [network.inside]
    address = \"10.0.0.5\"
",
    ),
    (
        "[server]\naddress = \"10.0.0.10\"\ntransport = \"xmpp\"\ndomain = \"@example.com\"\n",
        "\
m.toml:3:13: transport \"xmpp\" is not known
    3 | transport = \"xmpp\"
      |             ^^^^^^
  remedy: write \"udp\", \"tcp\" or \"tls\"

m.toml:4:10: \"@example.com\" is no domain
    4 | domain = \"@example.com\"
      |          ^^^^^^^^^^^^^^
  remedy: write what stands behind the @ of your users' addresses, for example \"example.com\"
",
    ),
    (
        "[server]\naddress = \"10.0.0.10\"\n[network.inside]\naddress = \"10.0.0.5:5060\"\nmembers = [\"10.0.0.0/8\", \"10.0.0.0/33\"]\nrtp-ports = \"30001-30002\"\n",
        "\
m.toml:4:11: \"10.0.0.5:5060\" is no IP address
    4 | address = \"10.0.0.5:5060\"
      |           ^^^^^^^^^^^^^^^
  remedy: write it in numbers, without a port: \"10.0.0.5\" or \"2001:db8::5\"

m.toml:5:26: \"10.0.0.0/33\" is no network
    5 | members = [\"10.0.0.0/8\", \"10.0.0.0/33\"]
      |                          ^^^^^^^^^^^^^
  remedy: write an address and how many leading bits count: \"10.0.0.0/8\"

m.toml:6:13: the range \"30001-30002\" has no room for a single call
    6 | rtp-ports = \"30001-30002\"
      |             ^^^^^^^^^^^^^
  remedy: a call needs an even port and the odd one above it: \"30000-30999\" has room for 500
",
    ),
    (
        "[server]\naddress = \"10.0.0.10\"\n[network.inside]\nrtp-ports = \"30000\"\n",
        "\
m.toml:4:13: \"30000\" is no range of ports
    4 | rtp-ports = \"30000\"
      |             ^^^^^^^
  remedy: write the first and the last port: \"30000-30999\"
",
    ),
    (
        "[server]\naddress = \"10.0.0.10\"\n[network.outside]\nws = 0\nallowed-origins = [\"phone.example.com\"]\n[limits]\ncalls = 0\n",
        "\
m.toml:5:20: \"phone.example.com\" is no origin
    5 | allowed-origins = [\"phone.example.com\"]
      |                    ^^^^^^^^^^^^^^^^^^^
  remedy: write scheme and host as in the browser's address bar, without a path: \"https://phone.example.com\"

m.toml:4:6: 0 is no port
    4 | ws = 0
      |      ^
  remedy: choose one from 1 to 65535; those below 1024 need privileges

m.toml:7:9: 0 would let nothing through
    7 | calls = 0
      |         ^
  remedy: write a number above 0, or remove the line to have the default
",
    ),
    (
        "[server]\naddress = \"10.0.0.10\"\n[network.outside]\ncertificate = \"letter.txt\"\nkey = \"locked.pem\"\n",
        "\
m.toml:4:15: /etc/margrave/letter.txt holds no certificate
    4 | certificate = \"letter.txt\"
      |               ^^^^^^^^^^^^
  remedy: it must be in PEM: a text that begins with -----BEGIN

m.toml:5:7: /etc/margrave/locked.pem is locked with a passphrase
    5 | key = \"locked.pem\"
      |       ^^^^^^^^^^^^
  remedy: unlock it once: openssl pkey -in locked.pem -out privkey.pem
",
    ),
    (
        "[server]\naddress = \"10.0.0.10\"\n[log]\nlevel = \"loud\"\nformat = \"xml\"\n",
        "\
m.toml:4:9: log level \"loud\" is not known
    4 | level = \"loud\"
      |         ^^^^^^
  remedy: write \"error\", \"warn\", \"info\", \"debug\" or \"trace\"

m.toml:5:10: log format \"xml\" is not known
    5 | format = \"xml\"
      |          ^^^^^
  remedy: write \"text\" or \"json\"
",
    ),
];

#[test]
fn every_mistake_is_told_with_its_line_and_a_remedy() {
    for (text, words) in TABLE {
        assert_eq!(complaint(text), *words, "\nfor the file\n{text}");
    }
}

#[test]
fn letters_beyond_ascii_do_not_shift_the_mark() {
    let words = complaint(
        "[server]\n# die Anlage im Keller: ä\ndomain = \"münchen\"\naddress = \"10.0.0.10\"\n",
    );
    assert!(
        words.contains("    3 | domain = \"münchen\"\n      |          ^^^^^^^^^\n"),
        "{words}"
    );
}

/// Whatever stands in the file, something is said and nothing breaks.
#[test]
fn a_torn_file_is_told_of_and_never_a_panic() {
    let whole = include_str!("../../../../../examples/margrave.toml");
    for end in (0..whole.len()).filter(|end| whole.is_char_boundary(*end)) {
        let _ = super::read(&whole[..end]);
    }
    for start in (0..whole.len())
        .step_by(7)
        .filter(|start| whole.is_char_boundary(*start))
    {
        let _ = super::read(&whole[start..]);
    }
}
