//! The documentation, the example and the program know the same keys.

use super::super::keys::KEYS;
use std::collections::BTreeMap;

const DOCUMENTATION: &str = include_str!("../../../../../docs/configuration.md");
const EXAMPLE: &str = include_str!("../../../../../examples/margrave.toml");

/// Every documented key with its default, as the tables say.
fn documented() -> BTreeMap<String, String> {
    let mut table = String::new();
    let mut keys = BTreeMap::new();
    for line in DOCUMENTATION.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            table = heading.trim_matches(['[', ']']).to_owned();
        }
        if let Some(row) = line.strip_prefix("| `") {
            let name = row.split('`').next().unwrap();
            let default = row.trim_end_matches('|').rsplit('|').next().unwrap().trim();
            keys.insert(format!("{table}.{name}"), default.to_owned());
        }
    }
    keys
}

/// The example with everything switched on.
fn complete() -> String {
    EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest)
                if rest
                    .split_once(" = ")
                    .is_some_and(|(key, _)| !key.contains(' '))
                    || rest.starts_with('[') =>
            {
                rest
            }
            _ => line,
        })
        .map(|line| format!("{line}\n"))
        .collect()
}

/// With the name that the file gives to its trunk.
fn leaves(table: &toml::Table, path: &str, found: &mut Vec<String>) {
    for (name, value) in table {
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        match value {
            toml::Value::Table(inner) => {
                if path == "network.outside.advertise" {
                    found.push(path.clone());
                }
                leaves(inner, &path, found);
            }
            toml::Value::Array(items) if path == "route" => {
                for item in items {
                    leaves(item.as_table().unwrap(), &path, found);
                }
            }
            _ => found.push(path.replace("trunk.carrier", "trunk.NAME")),
        }
    }
}

#[test]
fn every_key_is_documented_with_its_default() {
    let known: BTreeMap<String, String> = KEYS
        .iter()
        .map(|key| (key.path.to_owned(), key.default.to_owned()))
        .collect();
    assert_eq!(documented(), known);
}

#[test]
fn the_example_shows_every_key_and_no_other() {
    let mut shown = Vec::new();
    leaves(&toml::from_str(&complete()).unwrap(), "", &mut shown);
    shown.sort();
    shown.dedup();
    // The password itself stands in place of its file, never beside it.
    let mut known: Vec<String> = KEYS
        .iter()
        .map(|key| key.path.to_owned())
        .filter(|path| path != "trunk.NAME.password")
        .collect();
    known.sort();
    assert_eq!(shown, known);
}

#[test]
fn the_example_is_in_order_as_it_stands_and_with_everything_switched_on() {
    super::read(EXAMPLE).unwrap();
    super::read(&complete()).unwrap();
}

#[test]
fn what_the_example_calls_a_default_is_one() {
    let (plain, complete) = (
        super::read(EXAMPLE).unwrap(),
        super::read(&complete()).unwrap(),
    );
    assert_eq!(plain.signalling.grace, complete.signalling.grace);
    assert_eq!(plain.signalling.patience, complete.signalling.patience);
    assert_eq!(plain.signalling.ring, complete.signalling.ring);
    assert_eq!(plain.signalling.max_calls, complete.signalling.max_calls);
    assert_eq!(
        plain.signalling.max_bindings_per_flow,
        complete.signalling.max_bindings_per_flow
    );
    assert_eq!(plain.connections, complete.connections);
    assert_eq!(plain.rtp, complete.rtp);
    assert_eq!(plain.log_level, complete.log_level);
}

#[test]
fn every_example_in_the_remedies_is_of_the_right_kind() {
    for key in KEYS
        .iter()
        .filter(|key| key.path != "network.outside.advertise")
    {
        let (table, name) = key.path.rsplit_once('.').unwrap();
        let heading = match table {
            "route" => "[[route]]".to_owned(),
            _ => format!("[{table}]"),
        };
        let text = format!("{heading}\n{name} = {}\n", key.example);
        super::super::syntax::parse(&text).unwrap_or_else(|fault| panic!("{text}{fault:?}"));
    }
}
