//! Configuration in two types: [`settings::Settings`] is what was written, [`Plan`] is what it means.

mod address;
mod contradiction;
mod explain;
mod fault;
mod keys;
mod plan;
mod resolve;
mod settings;
mod syntax;
mod world;

pub(crate) use explain::explain;
pub(crate) use fault::Faults;
pub(crate) use plan::{Certificate, INSIDE, OUTSIDE, Plan, WORKERS};
pub(crate) use world::{System, World};

use resolve::resolve;
use std::path::Path;

/// Reads a file's text all the way to its meaning.
pub(crate) fn plan(text: &str, path: &Path, world: &dyn World) -> Result<Plan, Faults> {
    let name = path.display().to_string();
    let settings = syntax::parse(text).map_err(|fault| Faults::new(&name, text, vec![fault]))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    resolve(&settings, folder, world).map_err(|faults| Faults::new(&name, text, faults))
}

#[cfg(test)]
#[path = "tests/mod.rs"]
mod tests;
