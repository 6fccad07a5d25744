//! Lines that are right each by itself and wrong together: both are named, and what to do.

use super::complaint;

const TABLE: &[(&str, &str)] = &[
    (
        "[server]\naddress = \"10.0.0.10\"\n[network.inside]\nsip-udp = 20000\n[network.outside]\nmedia = 20000\n",
        "\
m.toml:6:9: `media` (20000) and `sip-udp` (20000) want the same UDP port of this machine
    6 | media = 20000
      |         ^^^^^
  against line 4:
    4 | sip-udp = 20000
      |           ^^^^^
  remedy: give one of them another port: `media` or `sip-udp`
",
    ),
    (
        "[server]\naddress = \"10.0.0.10\"\n[network.outside]\nmedia = 30010\n",
        "\
m.toml:4:9: `media` (30010) and `rtp-ports` (30000-30999, the default) want the same UDP port of this machine
    4 | media = 30010
      |         ^^^^^
  remedy: give one of them another port: `media` or `rtp-ports`
",
    ),
    (
        "[server]\naddress = \"10.0.0.10\"\n[network.inside]\nrtp-ports = \"19000-21000\"\n",
        "\
m.toml:4:13: `media` (20000, the default) and `rtp-ports` (19000-20999) want the same UDP port of this machine
    4 | rtp-ports = \"19000-21000\"
      |             ^^^^^^^^^^^^^
  remedy: give one of them another port: `media` or `rtp-ports`
",
    ),
    (
        "[server]\naddress = \"10.0.0.10\"\n[network.outside]\nws = 443\nwss = 443\ncertificate = \"fullchain.pem\"\nkey = \"privkey.pem\"\n",
        "\
m.toml:5:7: `wss` (443) and `ws` (443) want the same TCP port of this machine
    5 | wss = 443
      |       ^^^
  against line 4:
    4 | ws = 443
      |      ^^^
  remedy: give one of them another port: `wss` or `ws`
",
    ),
    (
        "[server]\naddress = \"10.0.0.10\"\n[network.outside]\nwss = 8443\n",
        "\
m.toml:4:7: wss without a certificate
    4 | wss = 8443
      |       ^^^^
  remedy: name the files: certificate = \"fullchain.pem\" and key = \"privkey.pem\";
    or listen without TLS behind a proxy that has them: ws = 8080
",
    ),
    (
        "[server]\naddress = \"10.0.0.10\"\n[network.outside]\nkey = \"privkey.pem\"\n",
        "\
m.toml:4:7: a key without its certificate
    4 | key = \"privkey.pem\"
      |       ^^^^^^^^^^^^^
  remedy: name the certificate's file too: certificate = \"fullchain.pem\"
",
    ),
    (
        "[server]\naddress = \"10.0.0.5:5060\"\n[network.inside]\nsip-udp = 5060\n",
        "\
m.toml:2:11: the server's address 10.0.0.5:5060 is our own: Margrave would call itself
    2 | address = \"10.0.0.5:5060\"
      |           ^^^^^^^^^^^^^^^
  against line 4:
    4 | sip-udp = 5060
      |           ^^^^
  remedy: write where the SIP server listens; if it runs on this machine, give Margrave another port:
    [network.inside]
    sip-udp = 5070
",
    ),
    (
        "[server]\naddress = \"[2001:db8::10]:5060\"\n[network.inside]\naddress = \"10.0.0.5\"\n",
        "\
m.toml:4:11: our inside address 10.0.0.5 cannot reach the server 2001:db8::10: one is IPv4, the other IPv6
    4 | address = \"10.0.0.5\"
      |           ^^^^^^^^^^
  against line 2:
    2 | address = \"[2001:db8::10]:5060\"
      |           ^^^^^^^^^^^^^^^^^^^^^
  remedy: write our address of the same kind as the server's
",
    ),
    (
        "[server]\naddress = \"10.0.0.10\"\n[network.inside]\naddress = \"0.0.0.0\"\n",
        "\
m.toml:4:11: 0.0.0.0 is no address that the server could answer to
    4 | address = \"0.0.0.0\"
      |           ^^^^^^^^^
  remedy: write this machine's own address in the inside network, or remove the line to have it found
",
    ),
    (
        "[server]\naddress = \"10.0.0.10\"\n[network.outside]\naddress = \"0.0.0.0\"\n",
        "\
m.toml:4:11: 0.0.0.0 cannot be told to browsers: it is nobody's address
    4 | address = \"0.0.0.0\"
      |           ^^^^^^^^^
  remedy: tell the address under which the outside finds us: advertise = { address = \"203.0.113.5\" }
",
    ),
    (
        "[server]\naddress = \"10.0.0.10\"\n[network.outside]\naddress = \"10.0.0.5\"\nadvertise = { address = \"2001:db8::1\" }\n",
        "\
m.toml:5:25: 2001:db8::1 is advertised, but media is bound on 10.0.0.5: one is IPv4, the other IPv6
    5 | advertise = { address = \"2001:db8::1\" }
      |                         ^^^^^^^^^^^^^
  against line 4:
    4 | address = \"10.0.0.5\"
      |           ^^^^^^^^^^
  remedy: advertise an address of the same kind as the outside address
",
    ),
    (
        "[server]\naddress = \"[2001:db8::10]:5060\"\n[network.inside]\naddress = \"2001:db8::5\"\n[network.outside]\naddress = \"0.0.0.0\"\nadvertise = { address = \"203.0.113.5\" }\n",
        "\
m.toml:6:11: 0.0.0.0 does not reach the inside address 2001:db8::5, where browsers of the LAN are told the media port is: one is IPv4, the other IPv6
    6 | address = \"0.0.0.0\"
      |           ^^^^^^^^^
  against line 4:
    4 | address = \"2001:db8::5\"
      |           ^^^^^^^^^^^^^
  remedy: write this machine's outside address itself
",
    ),
];

#[test]
fn every_contradiction_names_both_lines_and_a_remedy() {
    for (text, words) in TABLE {
        assert_eq!(complaint(text), *words, "\nfor the file\n{text}");
    }
}
