//! Builds nothing (the web phone is built by `cargo xtask web`); only says when the embedded files are to be read again.

use std::path::Path;

fn main() {
    // A missing path would count as changed each time.
    let watched = if Path::new("../web/dist").exists() {
        "../web/dist"
    } else {
        "../web"
    };
    println!("cargo:rerun-if-changed={watched}");
}
