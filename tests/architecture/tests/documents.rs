//! What the papers name is there: the files they link to, the paths they mention, the tests they call as witnesses.

#![allow(clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// Folders of the root. A back-quoted word that begins with one of them is a path.
const FOLDERS: [&str; 11] = [
    ".ci/",
    "app/",
    "bench/",
    "docs/",
    "engine/",
    "examples/",
    "fuzz/",
    "proto/",
    "testkit/",
    "tests/",
    "xtask/",
];
/// Named, but made by a build.
const MADE: [&str; 1] = ["app/web/dist"];
/// Languages whose blocks the two READMEs share word for word; pictures and log lines are told in each reader's own.
const SHARED: [&str; 5] = ["sh", "toml", "js", "nginx", "ini"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn papers() -> Vec<(PathBuf, String)> {
    let mut open = vec![root().join("docs")];
    let mut found = vec![
        root().join("README.md"),
        root().join("README.zh-CN.md"),
        root().join("CHANGELOG.md"),
        root().join("bench/README.md"),
    ];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        (path, text)
    };
    found.into_iter().map(read).collect()
}

/// Text and target of each `[text](target)`.
fn links(text: &str) -> Vec<(&str, &str)> {
    let before = text.split("](");
    let after = text.split("](").skip(1);
    before
        .zip(after)
        .filter_map(|(before, after)| {
            let (_, name) = before.rsplit_once('[')?;
            let (target, _) = after.split_once(')')?;
            Some((name, target))
        })
        .collect()
}

/// What stands between back quotes in a line of prose.
fn quoted(text: &str) -> Vec<&str> {
    let mut fenced = false;
    let mut words = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            words.extend(line.split('`').skip(1).step_by(2));
        }
    }
    words
}

fn has_test(file: &Path, name: &str) -> bool {
    fs::read_to_string(file).is_ok_and(|text| text.contains(&format!("fn {name}(")))
}

#[test]
fn every_link_leads_somewhere_and_every_witness_is_there() {
    let mut missing = Vec::new();
    for (paper, text) in papers() {
        for (name, target) in links(&text) {
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let path = paper.parent().expect("a folder").join(file);
            // `name` of a Rust file is a function in it, "name" of another is a title in it.
            let witness = name.strip_prefix('`').and_then(|it| it.strip_suffix('`'));
            let title = name.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
            let there = match (witness, title) {
                (Some(test), _) if file.ends_with(".rs") && !test.contains(['/', '.']) => {
                    has_test(&path, test)
                }
                (_, Some(title)) => fs::read_to_string(&path).is_ok_and(|it| it.contains(title)),
                _ => path.exists(),
            };
            if !there {
                missing.push(format!("{}: [{name}]({target})", paper.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_path_between_back_quotes_is_there() {
    let mut missing = Vec::new();
    for (paper, text) in papers() {
        for word in quoted(&text) {
            let is_path = FOLDERS.iter().any(|folder| word.starts_with(folder));
            let is_pattern = word.contains(['*', '<', ' ', '…', '{']);
            if !is_path || is_pattern || MADE.iter().any(|made| word.starts_with(made)) {
                continue;
            }
            let there = match word.split_once("::") {
                Some((file, test)) => has_test(&root().join(file), test),
                None => root().join(word).exists(),
            };
            if !there {
                missing.push(format!("{}: {word}", paper.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// The blocks of code that a reader may copy.
fn blocks(text: &str) -> Vec<&str> {
    text.split("```")
        .skip(1)
        .step_by(2)
        .filter(|block| {
            let language = block.lines().next().unwrap_or_default();
            SHARED.contains(&language)
        })
        .collect()
}

#[test]
fn the_two_readmes_show_the_same_code_under_as_many_headings() {
    let read = |name: &str| fs::read_to_string(root().join(name)).expect("a README");
    let (english, chinese) = (read("README.md"), read("README.zh-CN.md"));
    assert!(!blocks(&english).is_empty());
    assert_eq!(blocks(&english), blocks(&chinese));
    let headings = |text: &str| text.lines().filter(|line| line.starts_with("## ")).count();
    assert_eq!(headings(&english), headings(&chinese));
}
