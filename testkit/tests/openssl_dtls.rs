//! Other people's DTLS: handshakes with OpenSSL over loopback, in both roles, with each SRTP profile. Both ends must export the
//! same keying material (RFC 5764 §4.2). Without the `openssl` program there is nothing to compare with, and the tests say so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use proto_base::Time;
use rtc_dtls::{
    Association, Identity, KeyingMaterial, Output, PeerCertificate, Role, SrtpProfile,
    generate_certificate,
};
use std::fmt::Write as _;
use std::io::Read;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// As long as a busy machine may need.
const PATIENCE: Duration = Duration::from_secs(20);

const PROFILES: [(&str, SrtpProfile, usize); 3] = [
    ("SRTP_AEAD_AES_256_GCM", SrtpProfile::AeadAes256Gcm, 88),
    ("SRTP_AEAD_AES_128_GCM", SrtpProfile::AeadAes128Gcm, 56),
    (
        "SRTP_AES128_CM_SHA1_80",
        SrtpProfile::Aes128CmHmacSha1_80,
        60,
    ),
];

fn openssl_is_here() -> bool {
    let here = Command::new("openssl").arg("version").output().is_ok();
    if !here {
        eprintln!("no openssl program: not compared");
    }
    here
}

/// OpenSSL's certificate and key, as files that go with the value.
struct Files {
    folder: PathBuf,
    fingerprint: [u8; 32],
}

impl Files {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("margrave-openssl-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (certificate, key) = generate_certificate().unwrap();
        std::fs::write(folder.join("certificate.der"), &certificate).unwrap();
        std::fs::write(folder.join("key.der"), &key).unwrap();
        let identity = Identity::new(certificate, key, Instant::now()).unwrap();
        Self {
            folder,
            fingerprint: identity.fingerprint(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        Path::new(&self.folder).join(name)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn openssl(files: &Files, what: &str, profile: &str, length: usize, more: &[&str]) -> Child {
    Command::new("openssl")
        .args([what, "-dtls1_2", "-certform", "DER", "-keyform", "DER"])
        .arg("-cert")
        .arg(files.path("certificate.der"))
        .arg("-key")
        .arg(files.path("key.der"))
        .args(["-use_srtp", profile])
        .args(["-keymatexport", "EXTRACTOR-dtls_srtp"])
        .args(["-keymatexportlen", &length.to_string()])
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Our end, on a real socket. `to` is learned from the first datagram if we are server.
fn shake_hands(
    socket: &UdpSocket,
    mut to: Option<SocketAddr>,
    role: Role,
) -> (KeyingMaterial, PeerCertificate) {
    let (certificate, key) = generate_certificate().unwrap();
    let epoch = Instant::now();
    let identity = Identity::new(certificate, key, epoch).unwrap();
    let now = || Time::from_micros(u64::try_from(epoch.elapsed().as_micros()).unwrap());
    let mut association = Association::new(now(), &identity, role);
    let mut certificate = None;
    let mut keys = None;
    let mut buffer = [0; 2048];
    socket
        .set_read_timeout(Some(Duration::from_millis(20)))
        .unwrap();
    while epoch.elapsed() < PATIENCE {
        while let Some(output) = association.poll_output() {
            match output {
                Output::Transmit(bytes) => {
                    if let Some(to) = to {
                        // Nobody may be listening yet.
                        let _ = socket.send_to(&bytes, to);
                    }
                }
                Output::PeerCertificate(shown) => certificate = Some(shown),
                Output::Connected(material) => keys = Some(material),
                Output::Failed(why) => panic!("{role:?}: {why}"),
                Output::Closed => {}
            }
        }
        if let (Some(keys), Some(certificate)) = (&keys, &certificate) {
            return (keys.clone(), certificate.clone());
        }
        if let Ok((length, from)) = socket.recv_from(&mut buffer) {
            to = Some(from);
            association.handle_datagram(now(), &buffer[..length]);
        }
        association.handle_timeout(now());
    }
    panic!("{role:?}: no handshake in time");
}

/// Reads on until OpenSSL has printed the keying material.
fn printed_material(child: &mut Child) -> String {
    let mut printed = String::new();
    let mut output = child.stdout.take().unwrap();
    let mut chunk = [0; 4096];
    loop {
        let wanted = "Keying material: ";
        if let Some(at) = printed.find(wanted) {
            let rest = &printed[at + wanted.len()..];
            if let Some(end) = rest.find('\n') {
                return rest[..end].trim().to_owned();
            }
        }
        let length = output.read(&mut chunk).unwrap();
        assert!(length > 0, "openssl ended: {printed}");
        printed.push_str(&String::from_utf8_lossy(&chunk[..length]));
    }
}

fn hex(octets: &[u8]) -> String {
    let mut text = String::new();
    for octet in octets {
        write!(text, "{octet:02X}").unwrap();
    }
    text
}

fn compare(
    mut child: Child,
    files: &Files,
    seen: (KeyingMaterial, PeerCertificate),
    wanted: SrtpProfile,
) {
    let (keys, certificate) = seen;
    let printed = printed_material(&mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(keys.profile, wanted);
    assert_eq!(printed, hex(&keys.octets));
    assert_eq!(certificate.sha256(), files.fingerprint);
}

#[test]
fn openssl_as_client_connects_with_each_profile() {
    if !openssl_is_here() {
        return;
    }
    for (name, profile, length) in PROFILES {
        let files = Files::new(&format!("client-{name}"));
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let at = socket.local_addr().unwrap().to_string();
        let child = openssl(&files, "s_client", name, length, &["-connect", &at]);
        let seen = shake_hands(&socket, None, Role::Server);
        compare(child, &files, seen, profile);
    }
}

#[test]
fn openssl_as_server_connects_with_each_profile() {
    if !openssl_is_here() {
        return;
    }
    for (name, profile, length) in PROFILES {
        let files = Files::new(&format!("server-{name}"));
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        // A port that was free a moment ago.
        let port = UdpSocket::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let at = port.to_string();
        let child = openssl(
            &files,
            "s_server",
            name,
            length,
            &["-accept", &at, "-Verify", "1"],
        );
        let seen = shake_hands(&socket, Some(port), Role::Client);
        compare(child, &files, seen, profile);
    }
}
