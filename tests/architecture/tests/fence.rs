//! The drawing in docs/ARCHITECTURE.md, held against `cargo metadata`: arrows only go down, and no path leads from `proto/` to
//! an async runtime or a socket.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// The storeys from the cellar up. A crate may use crates of its own storey or of one below.
const STOREYS: [(&str, u8); 7] = [
    ("proto", 0),
    ("engine", 1),
    ("app", 2),
    ("testkit", 1),
    ("tests", 3),
    ("bench", 3),
    ("fuzz", 3),
];

/// Under `proto/`: which families a family may see besides itself.
const FAMILIES: [(&str, &[&str]); 7] = [
    ("base", &[]),
    ("sip", &["base"]),
    ("rtc", &["base"]),
    ("control", &["base"]),
    ("media", &["base", "control", "rtc"]),
    ("sbc", &["base", "control", "sip"]),
    ("demo", &["base", "sip", "media", "rtc"]),
];

/// Crates that open, wait, spawn or read the clock. None may be reached from `proto/`.
const WORLD: [&str; 22] = [
    "tokio",
    "async-std",
    "smol",
    "mio",
    "polling",
    "async-io",
    "socket2",
    "hyper",
    "axum",
    "reqwest",
    "quinn",
    "rustls",
    "tokio-rustls",
    "tokio-tungstenite",
    "tungstenite",
    "fastwebsockets",
    "hickory-resolver",
    "nix",
    "rustix",
    "crossbeam-channel",
    "parking_lot",
    "futures-executor",
];

struct House {
    /// Workspace crate → folder, relative to the root.
    folders: BTreeMap<String, String>,
    /// Workspace crate → the workspace crates it is built with (not for its tests).
    arrows: BTreeMap<String, BTreeSet<String>>,
    /// Package id → (name, ids of what it is built with).
    graph: BTreeMap<String, (String, Vec<String>)>,
}

fn house() -> House {
    // Only what this platform is built with is sure to be here without asking the network.
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", &platform])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .expect("cargo metadata runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let root = metadata["workspace_root"]
        .as_str()
        .expect("a root")
        .to_owned();
    let members: BTreeSet<&str> = metadata["workspace_members"]
        .as_array()
        .expect("members")
        .iter()
        .filter_map(Value::as_str)
        .collect();

    let mut folders = BTreeMap::new();
    let mut arrows = BTreeMap::new();
    for package in metadata["packages"].as_array().expect("packages") {
        if !members.contains(package["id"].as_str().unwrap_or_default()) {
            continue;
        }
        let name = package["name"].as_str().expect("a name").to_owned();
        let manifest = Path::new(package["manifest_path"].as_str().expect("a manifest"));
        let folder = manifest
            .parent()
            .and_then(|folder| folder.strip_prefix(&root).ok())
            .expect("inside the workspace");
        folders.insert(name.clone(), folder.to_string_lossy().into_owned());
        let uses = package["dependencies"]
            .as_array()
            .expect("dependencies")
            .iter()
            .filter(|dependency| {
                dependency["kind"].as_str() != Some("dev") && dependency["path"].is_string()
            })
            .filter_map(|dependency| dependency["name"].as_str().map(str::to_owned))
            .collect();
        arrows.insert(name, uses);
    }

    let mut names = BTreeMap::new();
    for package in metadata["packages"].as_array().expect("packages") {
        names.insert(
            package["id"].as_str().expect("an id").to_owned(),
            package["name"].as_str().expect("a name").to_owned(),
        );
    }
    let mut graph = BTreeMap::new();
    for node in metadata["resolve"]["nodes"]
        .as_array()
        .expect("a resolved graph")
    {
        let id = node["id"].as_str().expect("an id").to_owned();
        let built_with = node["deps"]
            .as_array()
            .expect("deps")
            .iter()
            .filter(|dependency| {
                dependency["dep_kinds"]
                    .as_array()
                    .is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"].is_null()))
            })
            .filter_map(|dependency| dependency["pkg"].as_str().map(str::to_owned))
            .collect();
        let name = names.get(&id).cloned().unwrap_or_default();
        graph.insert(id, (name, built_with));
    }
    House {
        folders,
        arrows,
        graph,
    }
}

fn storey(folder: &str) -> Option<u8> {
    let first = folder.split('/').next()?;
    STOREYS
        .iter()
        .find(|(name, _)| *name == first)
        .map(|(_, height)| *height)
}

fn family(folder: &str) -> Option<&str> {
    folder.strip_prefix("proto/")?.split('/').next()
}

#[test]
fn arrows_between_storeys_only_go_down() {
    let house = house();
    let mut upward = Vec::new();
    for (from, uses) in &house.arrows {
        for to in uses {
            let (from_folder, to_folder) = (&house.folders[from], &house.folders[to]);
            let (Some(above), Some(below)) = (storey(from_folder), storey(to_folder)) else {
                continue;
            };
            if below > above {
                upward.push(format!("{from_folder} → {to_folder}"));
            }
        }
    }
    assert!(upward.is_empty(), "these arrows go up: {upward:?}");
}

#[test]
fn nothing_but_tests_stands_on_the_testkit() {
    let house = house();
    for (from, uses) in &house.arrows {
        let folder = &house.folders[from];
        let may = ["tests/", "bench", "fuzz", "testkit"]
            .iter()
            .any(|place| folder.starts_with(place));
        assert!(
            may || !uses.contains("testkit"),
            "{folder} is built with the testkit"
        );
    }
}

#[test]
fn families_under_proto_see_only_those_below_them() {
    let house = house();
    let mut wrong = Vec::new();
    for (from, uses) in &house.arrows {
        let from_folder = &house.folders[from];
        let Some(from_family) = family(from_folder) else {
            continue;
        };
        let may = FAMILIES
            .iter()
            .find(|(name, _)| *name == from_family)
            .map(|(_, may)| *may);
        let may =
            may.unwrap_or_else(|| panic!("{from_folder}: a family that the drawing does not know"));
        for to in uses {
            let to_folder = &house.folders[to];
            let fine = family(to_folder)
                .is_some_and(|to_family| to_family == from_family || may.contains(&to_family));
            if !fine {
                wrong.push(format!("{from_folder} → {to_folder}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "these arrows are not in the drawing: {wrong:?}"
    );
}

#[test]
fn signalling_and_media_meet_only_at_the_door() {
    let house = house();
    for (from, uses) in &house.arrows {
        for to in uses {
            let pair = (family(&house.folders[from]), family(&house.folders[to]));
            let crossed = matches!(
                pair,
                (Some("sbc" | "sip"), Some("media" | "rtc"))
                    | (Some("media" | "rtc"), Some("sbc" | "sip"))
            );
            assert!(!crossed, "{from} sees {to}: they meet at control-command");
        }
    }
}

#[test]
fn the_rooms_of_the_sbc_do_not_know_each_other() {
    let house = house();
    let rooms = [
        "sbc-policy",
        "sbc-registrar",
        "sbc-call",
        "sbc-subscription",
        "sbc-trunk",
    ];
    for from in rooms {
        for to in rooms {
            assert!(
                from == to || !house.arrows[from].contains(to),
                "{from} sees {to}: only sbc-border composes them"
            );
        }
    }
}

#[test]
fn no_path_leads_from_proto_to_the_world() {
    let house = house();
    for (id, (name, _)) in &house.graph {
        if !house
            .folders
            .get(name)
            .is_some_and(|folder| folder.starts_with("proto/"))
            || !id.contains("proto/")
        {
            continue;
        }
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        let mut open = vec![id.as_str()];
        while let Some(at) = open.pop() {
            let (at_name, built_with) = &house.graph[at];
            if WORLD.contains(&at_name.as_str()) {
                let mut path = vec![at_name.clone()];
                let mut back = at;
                while let Some(previous) = seen.get(back) {
                    path.push(house.graph[*previous].0.clone());
                    back = previous;
                }
                path.reverse();
                panic!("a path from proto/ to the world: {}", path.join(" → "));
            }
            for next in built_with {
                if !seen.contains_key(next.as_str()) && next != id {
                    seen.insert(next, at);
                    open.push(next);
                }
            }
        }
    }
}

#[test]
fn a_crate_is_named_by_its_address() {
    let house = house();
    for (name, folder) in &house.folders {
        let Some(address) = folder
            .strip_prefix("proto/")
            .map(str::to_owned)
            .or_else(|| folder.starts_with("engine/").then(|| folder.clone()))
        else {
            continue;
        };
        let expected = if folder == "proto/base" {
            "proto-base".to_owned()
        } else {
            address.replace('/', "-")
        };
        assert_eq!(*name, expected, "{folder}");
    }
}
