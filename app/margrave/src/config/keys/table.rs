/// One key of the file: what a value looks like and what stands in for it when it is left out.
///
/// The errors take their remedies from here, and a test holds `docs/configuration.md` to it.
pub(crate) struct Key {
    /// With its tables: `network.outside.advertise.udp`.
    pub(crate) path: &'static str,
    /// What its value is, to follow the word "expects".
    pub(crate) expects: &'static str,
    /// A value that could stand there.
    pub(crate) example: &'static str,
    /// What holds when it is left out, as the documentation says it.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the documentation is held to it")
    )]
    pub(crate) default: &'static str,
}

const fn key(
    path: &'static str,
    expects: &'static str,
    example: &'static str,
    default: &'static str,
) -> Key {
    Key {
        path,
        expects,
        example,
        default,
    }
}

const PORT: &str = "a port number from 1 to 65535, without quotes";
const TEXT_ADDRESS: &str = "an IP address in quotes";
const COUNT: &str = "a whole number above 0, without quotes";
const SECONDS: &str = "a number of seconds, without quotes";

/// Every key there is, in the order of the documentation.
pub(crate) const KEYS: &[Key] = &[
    key(
        "server.address",
        "a host and port in quotes",
        "\"10.0.0.10:5060\"",
        "none; must be given",
    ),
    key(
        "server.transport",
        "\"udp\", \"tcp\" or \"tls\"",
        "\"udp\"",
        "\"udp\"",
    ),
    key(
        "server.domain",
        "a host name in quotes",
        "\"example.com\"",
        "any domain a browser names",
    ),
    key(
        "server.probe-seconds",
        "a number of seconds, without quotes",
        "30",
        "0",
    ),
    key(
        "server.max-calls",
        "a whole number above 0, without quotes",
        "100",
        "no limit of its own",
    ),
    key(
        "server.calls-per-second",
        "a whole number above 0, without quotes",
        "10",
        "no limit",
    ),
    key("server.hand-on-transfers", "true or false", "true", "false"),
    key("server.trusted", "true or false", "true", "true"),
    key(
        "server.number-form",
        "\"as-dialled\", \"plus\", \"digits\", \"international\" or \"national\"",
        "\"plus\"",
        "\"as-dialled\"",
    ),
    key(
        "server.called-in",
        "a list of rules for numbers, each in quotes",
        "[\"0* -> *\"]",
        "none",
    ),
    key(
        "server.calling-in",
        "a list of rules for numbers, each in quotes",
        "[\"0* -> +49*\"]",
        "none",
    ),
    key(
        "server.called-out",
        "a list of rules for numbers, each in quotes",
        "[\"+49* -> 0*\"]",
        "none",
    ),
    key(
        "server.calling-out",
        "a list of rules for numbers, each in quotes",
        "[\"1* -> +4930555*\"]",
        "none",
    ),
    key(
        "server.headers-from",
        "a list of headers, each in quotes",
        "[\"User-to-User\"]",
        "none",
    ),
    key(
        "server.headers-to",
        "a list of headers, each in quotes",
        "[\"User-to-User\"]",
        "none",
    ),
    key(
        "server.set-headers",
        "a list of headers, each in quotes",
        "[\"X-Border: margrave\"]",
        "none",
    ),
    key(
        "network.inside.address",
        TEXT_ADDRESS,
        "\"10.0.0.5\"",
        "this machine's address towards the server",
    ),
    key(
        "network.inside.members",
        "a list of networks, each in quotes",
        "[\"10.0.0.0/8\"]",
        "the private ranges",
    ),
    key(
        "network.inside.sip-udp",
        PORT,
        "5060",
        "5060 if somebody there is spoken to over \"udp\"",
    ),
    key(
        "network.inside.sip-tcp",
        PORT,
        "5060",
        "5060 if somebody there is spoken to over \"tcp\"",
    ),
    key(
        "network.inside.sip-tls",
        PORT,
        "5061",
        "5061 if somebody there is spoken to over \"tls\"",
    ),
    key(
        "network.inside.rtp-ports",
        "a range of ports in quotes",
        "\"30000-30999\"",
        "\"30000-30999\"",
    ),
    key(
        "network.outside.address",
        TEXT_ADDRESS,
        "\"10.0.0.5\"",
        "the inside address",
    ),
    key(
        "network.outside.ws",
        PORT,
        "8080",
        "8080 if neither wss nor a certificate is given",
    ),
    key(
        "network.outside.wss",
        PORT,
        "8443",
        "8443 if a certificate is given",
    ),
    key(
        "network.outside.certificate",
        "a file name in quotes",
        "\"fullchain.pem\"",
        "none",
    ),
    key(
        "network.outside.key",
        "a file name in quotes",
        "\"privkey.pem\"",
        "none",
    ),
    key("network.outside.media", PORT, "20000", "20000"),
    key(
        "network.outside.sip-udp",
        PORT,
        "5080",
        "5080 if a trunk there speaks \"udp\"",
    ),
    key(
        "network.outside.sip-tcp",
        PORT,
        "5080",
        "5080 if a trunk there speaks \"tcp\"",
    ),
    key(
        "network.outside.sip-tls",
        PORT,
        "5081",
        "5081 if a trunk there speaks \"tls\"",
    ),
    key(
        "network.outside.rtp-ports",
        "a range of ports in quotes",
        "\"31000-31999\"",
        "\"31000-31999\" if a trunk is there",
    ),
    key(
        "network.outside.advertise",
        "a table in braces",
        "{ address = \"203.0.113.5\", tcp = 443, udp = 443 }",
        "what is bound is what is told",
    ),
    key(
        "network.outside.advertise.address",
        TEXT_ADDRESS,
        "\"203.0.113.5\"",
        "the outside address",
    ),
    key(
        "network.outside.advertise.tcp",
        PORT,
        "443",
        "the wss port, else the ws port",
    ),
    key(
        "network.outside.advertise.udp",
        PORT,
        "443",
        "the media port",
    ),
    key(
        "network.outside.allowed-origins",
        "a list of origins, each in quotes",
        "[\"https://phone.example.com\"]",
        "every page",
    ),
    key(
        "network.outside.trusted-proxies",
        "a list of networks, each in quotes",
        "[\"10.0.0.7\"]",
        "nobody",
    ),
    key(
        "network.outside.proxy-protocol",
        "true or false",
        "true",
        "false",
    ),
    key(
        "trunk.NAME.address",
        "a host and port in quotes",
        "\"sip.carrier.example\"",
        "none; must be given",
    ),
    key(
        "trunk.NAME.transport",
        "\"udp\", \"tcp\" or \"tls\"",
        "\"tls\"",
        "\"udp\"",
    ),
    key(
        "trunk.NAME.network",
        "\"inside\" or \"outside\"",
        "\"outside\"",
        "\"outside\"",
    ),
    key(
        "trunk.NAME.domain",
        "a host name in quotes",
        "\"carrier.example\"",
        "the name in address, if it is one",
    ),
    key(
        "trunk.NAME.username",
        "a text in quotes",
        "\"margrave\"",
        "none",
    ),
    key(
        "trunk.NAME.auth-username",
        "a text in quotes",
        "\"margrave-auth\"",
        "the username",
    ),
    key(
        "trunk.NAME.password-file",
        "a file name in quotes",
        "\"carrier.password\"",
        "none",
    ),
    key(
        "trunk.NAME.password",
        "a text in quotes",
        "\"secret\"",
        "none",
    ),
    key("trunk.NAME.register", "true or false", "true", "false"),
    key(
        "trunk.NAME.register-seconds",
        "a number of seconds, without quotes",
        "600",
        "600",
    ),
    key(
        "trunk.NAME.probe-seconds",
        "a number of seconds, without quotes",
        "30",
        "30",
    ),
    key(
        "trunk.NAME.max-calls",
        "a whole number above 0, without quotes",
        "100",
        "no limit of its own",
    ),
    key(
        "trunk.NAME.calls-per-second",
        "a whole number above 0, without quotes",
        "10",
        "no limit",
    ),
    key(
        "trunk.NAME.hand-on-transfers",
        "true or false",
        "true",
        "false",
    ),
    key("trunk.NAME.trusted", "true or false", "true", "false"),
    key(
        "trunk.NAME.caller-id",
        "a number in quotes",
        "\"+49305550\"",
        "none",
    ),
    key(
        "trunk.NAME.caller-ids",
        "a list of numbers, each in quotes",
        "[\"+4930555*\"]",
        "every caller",
    ),
    key(
        "trunk.NAME.number-form",
        "\"as-dialled\", \"plus\", \"digits\", \"international\" or \"national\"",
        "\"plus\"",
        "\"plus\"",
    ),
    key(
        "trunk.NAME.called-in",
        "a list of rules for numbers, each in quotes",
        "[\"0* -> *\"]",
        "none",
    ),
    key(
        "trunk.NAME.calling-in",
        "a list of rules for numbers, each in quotes",
        "[\"0* -> +49*\"]",
        "none",
    ),
    key(
        "trunk.NAME.called-out",
        "a list of rules for numbers, each in quotes",
        "[\"+49* -> 0*\"]",
        "none",
    ),
    key(
        "trunk.NAME.calling-out",
        "a list of rules for numbers, each in quotes",
        "[\"1* -> +4930555*\"]",
        "none",
    ),
    key(
        "trunk.NAME.headers-from",
        "a list of headers, each in quotes",
        "[\"User-to-User\"]",
        "none",
    ),
    key(
        "trunk.NAME.headers-to",
        "a list of headers, each in quotes",
        "[\"User-to-User\"]",
        "none",
    ),
    key(
        "trunk.NAME.set-headers",
        "a list of headers, each in quotes",
        "[\"X-Border: margrave\"]",
        "none",
    ),
    key(
        "browsers.number-form",
        "\"as-dialled\", \"plus\", \"digits\", \"international\" or \"national\"",
        "\"plus\"",
        "\"as-dialled\"",
    ),
    key(
        "browsers.called-in",
        "a list of rules for numbers, each in quotes",
        "[\"0* -> *\"]",
        "none",
    ),
    key(
        "browsers.headers-from",
        "a list of headers, each in quotes",
        "[\"User-to-User\"]",
        "none",
    ),
    key(
        "browsers.headers-to",
        "a list of headers, each in quotes",
        "[\"User-to-User\"]",
        "none",
    ),
    key(
        "browsers.set-headers",
        "a list of headers, each in quotes",
        "[\"X-Border: margrave\"]",
        "none",
    ),
    key(
        "dialling.country-code",
        "digits in quotes",
        "\"49\"",
        "none; must be given",
    ),
    key(
        "dialling.national-prefix",
        "digits in quotes",
        "\"0\"",
        "\"0\"",
    ),
    key(
        "dialling.international-prefix",
        "digits in quotes",
        "\"00\"",
        "\"00\"",
    ),
    key(
        "route.name",
        "a text in quotes",
        "\"world\"",
        "its place, from 1",
    ),
    key(
        "route.from",
        "a list of names, each in quotes",
        "[\"browsers\", \"server\"]",
        "browsers and servers",
    ),
    key(
        "route.called",
        "a list of numbers, each in quotes",
        "[\"+49*\", \"112\"]",
        "every number",
    ),
    key(
        "route.domains",
        "a list of host names, each in quotes",
        "[\"partner.example\"]",
        "every domain",
    ),
    key(
        "route.to",
        "a list of trunks or servers, each in quotes",
        "[\"carrier\", \"spare\"]",
        "one of the three is needed",
    ),
    key(
        "route.users",
        "a list of addresses, each in quotes",
        "[\"alice@example.com\"]",
        "one of the three is needed",
    ),
    key(
        "route.refuse",
        "a status of SIP, without quotes",
        "403",
        "one of the three is needed",
    ),
    key(
        "route.reason",
        "a text in quotes",
        "\"No premium numbers\"",
        "the status's own words",
    ),
    key(
        "route.called-rules",
        "a list of rules for numbers, each in quotes",
        "[\"9* -> +49*\"]",
        "none",
    ),
    key(
        "route.calling-rules",
        "a list of rules for numbers, each in quotes",
        "[\"1* -> +4930555*\"]",
        "none",
    ),
    key(
        "route.caller-id",
        "a number in quotes",
        "\"+49305550\"",
        "the peer's own rule",
    ),
    key(
        "route.caller-ids",
        "a list of numbers, each in quotes",
        "[\"+4930555*\"]",
        "the peer's own rule",
    ),
    key(
        "route.advance-on",
        "a list of statuses of SIP, without quotes",
        "[408, 503]",
        "408, 500, 502, 503, 504",
    ),
    key(
        "route.silence-seconds",
        "a number of seconds, without quotes",
        "4",
        "4",
    ),
    key(
        "limits.calls",
        COUNT,
        "500",
        "as many as rtp-ports has pairs",
    ),
    key("limits.connections", COUNT, "10000", "10000"),
    key("limits.connections-per-address", COUNT, "64", "64"),
    key("limits.bindings-per-connection", COUNT, "10", "10"),
    key("limits.grace-seconds", SECONDS, "15", "15"),
    key("limits.patience-seconds", SECONDS, "5", "5"),
    key("limits.ring-seconds", SECONDS, "170", "170"),
    key(
        "limits.redirects",
        "\"hide\", \"pass\" or \"follow\"",
        "\"hide\"",
        "\"hide\"",
    ),
    key(
        "log.level",
        "\"error\", \"warn\", \"info\", \"debug\" or \"trace\"",
        "\"info\"",
        "\"info\"",
    ),
    key("log.format", "\"text\" or \"json\"", "\"text\"", "\"text\""),
    key("log.redact", "true or false", "true", "false"),
];
