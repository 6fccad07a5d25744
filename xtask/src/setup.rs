//! What the tests need from the outside: Debian's packages, and tools from the crate registry. Each is asked for only when
//! it is missing, and each refusal says what to do.

use crate::run::{Failure, run, succeeds};

/// A program (or a file, by its path) that must be there, and the Debian package that brings it.
const PROGRAMS: [(&str, &str); 17] = [
    ("cc", "gcc"),
    ("cmake", "cmake"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("chromium", "chromium"),
    ("firefox-esr", "firefox-esr"),
    ("kamailio", "kamailio"),
    (
        "/usr/lib/*/kamailio/modules/websocket.so",
        "kamailio-websocket-modules",
    ),
    ("baresip", "baresip-core"),
    ("nft", "nftables"),
    ("ip", "iproute2"),
    ("sysctl", "procps"),
    ("openssl", "openssl"),
    ("tcpdump", "tcpdump"),
    ("tshark", "tshark"),
    ("sipp", "sip-tester"),
    ("valgrind", "valgrind"),
];

/// Installs the Debian packages whose programs are missing.
pub(crate) fn debian() -> Result<(), Failure> {
    let missing: Vec<&str> = PROGRAMS
        .iter()
        .filter(|(program, _)| !is_there(program))
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!(
        "Missing here, to be installed from Debian's packages: {}",
        missing.join(" ")
    );
    if !is_there("apt-get") {
        return Err(Failure::new(format!(
            "this is no Debian: install {} by hand",
            missing.join(", ")
        )));
    }
    let sudo: &[&str] = if succeeds("sh", &["-c", "[ \"$(id -u)\" = 0 ]"]) {
        &[]
    } else {
        &["sudo"]
    };
    let apt = |words: &[&str]| {
        let mut command: Vec<&str> = sudo.to_vec();
        command.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        command.extend(words);
        let (program, words) = command
            .split_first()
            .map_or(("apt-get", &[][..]), |(program, words)| (*program, words));
        run(program, words)
    };
    apt(&["update", "-qq"])?;
    let mut words = vec!["install", "-y", "-qq"];
    words.extend(&missing);
    apt(&words)
}

/// Installs a cargo tool if it is missing. Built without optimisation: it runs once.
pub(crate) fn cargo_tool(name: &str, version: &str) -> Result<(), Failure> {
    if succeeds(
        "cargo",
        &[name.strip_prefix("cargo-").unwrap_or(name), "--version"],
    ) {
        return Ok(());
    }
    println!("Installing {name} {version} from the crate registry (a few minutes, once)");
    run(
        "env",
        &[
            "CARGO_PROFILE_RELEASE_OPT_LEVEL=0",
            "CARGO_PROFILE_RELEASE_LTO=off",
            "CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16",
            "cargo",
            "install",
            "--quiet",
            "--locked",
            name,
            "--version",
            version,
        ],
    )
}

fn is_there(program: &str) -> bool {
    // Not a program but a file of one: the machine's architecture is in its path.
    if program.starts_with('/') {
        return succeeds("sh", &["-c", &format!("ls {program}")]);
    }
    succeeds("sh", &["-c", &format!("command -v {program}")])
        || succeeds(
            "sh",
            &[
                "-c",
                &format!("PATH=$PATH:/usr/sbin:/sbin command -v {program}"),
            ],
        )
}
