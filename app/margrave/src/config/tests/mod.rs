#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod contradictions;
mod documentation;
mod meaning;
mod mistakes;
mod routing;

use super::{Plan, World};
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// A machine that is 10.0.0.5, knows one name, and has one certificate.
pub(super) struct Dream {
    files: BTreeMap<PathBuf, &'static str>,
}

impl Default for Dream {
    fn default() -> Self {
        let files = [
            (
                "/etc/margrave/fullchain.pem",
                "-----BEGIN CERTIFICATE-----\n",
            ),
            ("/etc/margrave/privkey.pem", "-----BEGIN PRIVATE KEY-----\n"),
            (
                "/etc/margrave/locked.pem",
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\n",
            ),
            ("/etc/margrave/letter.txt", "Dear Sir\n"),
            ("/etc/margrave/carrier.password", "sesame\n"),
        ];
        Self {
            files: files
                .into_iter()
                .map(|(name, text)| (name.into(), text))
                .collect(),
        }
    }
}

impl World for Dream {
    fn look_up(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        match host {
            "pbx.example.com" => Ok(vec![
                SocketAddr::new("2001:db8::10".parse().unwrap(), port),
                SocketAddr::new("10.0.0.10".parse().unwrap(), port),
            ]),
            _ => host
                .parse::<IpAddr>()
                .map(|address| vec![SocketAddr::new(address, port)])
                .map_err(|_| io::Error::other("no such name")),
        }
    }

    fn address_towards(&self, remote: SocketAddr) -> io::Result<IpAddr> {
        if remote.is_ipv4() {
            Ok("10.0.0.5".parse().unwrap())
        } else {
            Err(io::Error::other("Network is unreachable"))
        }
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.files.get(path) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => Err(io::Error::other("No such file")),
        }
    }
}

/// The meaning of a file, or all that is said against it.
pub(super) fn read(text: &str) -> Result<Plan, String> {
    super::plan(text, Path::new("/etc/margrave/m.toml"), &Dream::default())
        .map_err(|faults| faults.to_string())
}

/// What is said against a file, without the folder's name.
pub(super) fn complaint(text: &str) -> String {
    match read(text) {
        Ok(plan) => panic!("nothing was said against\n{text}\nit means {plan:?}"),
        Err(words) => words.replace("/etc/margrave/m.toml", "m.toml"),
    }
}
