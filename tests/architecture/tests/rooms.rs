//! Rules that hold for every file: its length, its freedom from unsafe code, and the words that must not stand in it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::path::{Path, PathBuf};

/// Above this a room holds more than one verb.
const LONGEST: usize = 800;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if path.is_dir() {
            if !["target", "node_modules", "dist", ".git", "corpus"].contains(&name.as_ref()) {
                sources(&path, found);
            }
        } else if [".rs", ".ts", ".mjs", ".js", ".css", ".html"]
            .iter()
            .any(|ending| name.ends_with(ending))
        {
            found.push(path);
        }
    }
}

fn all() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    sources(&root(), &mut found);
    found.sort();
    found
        .into_iter()
        .filter_map(|path| std::fs::read_to_string(&path).ok().map(|text| (path, text)))
        .collect()
}

#[test]
fn no_file_grows_past_the_limit() {
    let crowded: Vec<String> = all()
        .iter()
        .filter(|(_, text)| text.lines().count() > LONGEST)
        .map(|(path, text)| format!("{}: {} lines", path.display(), text.lines().count()))
        .collect();
    assert!(
        crowded.is_empty(),
        "which verb inside could have a file of its own? {crowded:#?}"
    );
}

#[test]
fn the_pure_storey_holds_no_clock_socket_thread_lock_or_await() {
    let words = [
        "Instant::now(",
        "SystemTime::now(",
        "std::thread",
        "Mutex<",
        "RwLock<",
        ".await",
        "async fn",
        "UdpSocket",
        "TcpStream",
        "TcpListener",
        "RefCell<",
        "thread_local!",
    ];
    let mut found = Vec::new();
    for (path, text) in all() {
        let shown = path.to_string_lossy().replace('\\', "/");
        if !shown.contains("/proto/") || shown.contains("/tests/") || shown.ends_with("tests.rs") {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            let line_code = line.split("//").next().unwrap_or_default();
            if words.iter().any(|word| line_code.contains(word)) {
                found.push(format!("{shown}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn unsafe_code_stands_only_in_the_named_islands() {
    /// Islands, each with its safety argument inside: the batched socket calls, libopus, and the counting allocator of a test.
    const ISLANDS: [&str; 3] = [
        "engine/wait/src/island/",
        "proto/media/opus/src/island/",
        "tests/no_allocation.rs",
    ];
    let word = concat!("un", "safe ");
    for (path, text) in all() {
        let shown = path.to_string_lossy().replace('\\', "/");
        if !shown.ends_with(".rs") || ISLANDS.iter().any(|island| shown.contains(island)) {
            continue;
        }
        for line in text.lines() {
            let code = line.split("//").next().unwrap_or_default();
            assert!(
                !code.contains(word) || code.contains('"'),
                "{shown}: {line}"
            );
        }
    }
}

#[test]
fn every_crate_keeps_the_lints_of_the_house() {
    let mut manifests = Vec::new();
    let mut open = vec![root()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy().into_owned();
            if entry.path().is_dir() && !["target", "node_modules", ".git"].contains(&name.as_str())
            {
                open.push(entry.path());
            } else if name == "Cargo.toml" {
                manifests.push(entry.path());
            }
        }
    }
    for manifest in manifests {
        let text = std::fs::read_to_string(&manifest).expect("readable");
        if !text.contains("[package]") || manifest.ends_with("fuzz/Cargo.toml") {
            continue;
        }
        let keeps =
            text.contains("[lints]\nworkspace = true") || text.contains("unsafe_code = \"deny\"");
        assert!(
            keeps,
            "{}: neither the house's lints nor a reasoned exception",
            manifest.display()
        );
    }
}
