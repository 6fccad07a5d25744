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
        "\"udp\" or \"tcp\"",
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
        "5060 if the server's transport is \"udp\"",
    ),
    key(
        "network.inside.sip-tcp",
        PORT,
        "5060",
        "5060 if the server's transport is \"tcp\"",
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
        "log.level",
        "\"error\", \"warn\", \"info\", \"debug\" or \"trace\"",
        "\"info\"",
        "\"info\"",
    ),
    key("log.format", "\"text\" or \"json\"", "\"text\"", "\"text\""),
    key("log.redact", "true or false", "true", "false"),
];

/// The key of that path.
pub(crate) fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// The names that may stand in a table: its keys, or the tables below it.
pub(crate) fn names_in(table: &str) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    for key in KEYS {
        let rest = if table.is_empty() {
            Some(key.path)
        } else {
            key.path
                .strip_prefix(table)
                .and_then(|rest| rest.strip_prefix('.'))
        };
        if let Some(name) = rest.and_then(|rest| rest.split('.').next())
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// What the writer may have meant by `name` in `table`: a neighbour that looks alike, or the same name in another table.
pub(crate) fn suggestion(table: &str, name: &str) -> Option<String> {
    let plain = plain(name);
    let nearest = names_in(table)
        .into_iter()
        .map(|candidate| (distance(&plain, &self::plain(candidate)), candidate))
        .min_by_key(|(distance, _)| *distance);
    // A third of the letters may be wrong: enough for a slip of the finger, too little for another word.
    if let Some((distance, candidate)) = nearest
        && distance <= plain.chars().count().div_ceil(3)
    {
        return Some(format!("did you mean `{candidate}`?"));
    }
    let (elsewhere, _) = KEYS
        .iter()
        .filter_map(|key| key.path.rsplit_once('.'))
        .find(|(_, last)| self::plain(last) == plain)?;
    Some(format!("`{name}` belongs into [{elsewhere}]"))
}

/// Letters only, small: `allowed_origins`, `allowedOrigins` and `allowed-origins` are one word.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// How many letters must be put in, left out, changed, or swapped with their neighbour (Damerau and Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    let mut last_letter = None;
    for (row, letter) in one.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, &other_letter) in other.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX);
            let mut best = at(&above, column)
                .saturating_add(usize::from(letter != other_letter))
                .min(at(&above, column + 1).saturating_add(1))
                .min(at(&current, column).saturating_add(1));
            if column > 0
                && last_letter == Some(other_letter)
                && other.get(column - 1) == Some(&letter)
            {
                best = best.min(at(&before, column - 1).saturating_add(1));
            }
            current.push(best);
        }
        before = std::mem::replace(&mut above, current);
        last_letter = Some(letter);
    }
    above.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        assert_eq!(
            suggestion("server", "adress").as_deref(),
            Some("did you mean `address`?")
        );
        assert_eq!(
            suggestion("server", "tarnsport").as_deref(),
            Some("did you mean `transport`?")
        );
        assert_eq!(
            suggestion("network.outside", "allowed_origins").as_deref(),
            Some("did you mean `allowed-origins`?")
        );
    }

    #[test]
    fn a_key_in_the_wrong_table_is_sent_home() {
        assert_eq!(
            suggestion("server", "rtp-ports").as_deref(),
            Some("`rtp-ports` belongs into [network.inside]")
        );
    }

    #[test]
    fn another_word_is_not_guessed_at() {
        assert_eq!(suggestion("server", "colour"), None);
    }
}
