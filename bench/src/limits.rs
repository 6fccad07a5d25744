//! `limits.toml`: what each load may cost.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// How far above its limit a count may lie, in percent: compilers and libraries move it a little.
const TOLERANCE: u64 = 5;

/// The committed limits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Instructions for one repetition of each load.
    instructions: BTreeMap<String, u64>,
}

impl Limits {
    fn path() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("limits.toml")
    }

    /// Reads the file.
    pub fn read() -> Result<Self, String> {
        let path = Self::path();
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Writes it.
    pub fn write(&self) -> Result<(), String> {
        let path = Self::path();
        let text = toml::to_string(self).map_err(|error| error.to_string())?;
        let text = format!(
            "# Instructions for one repetition, as `bench count` counts them; `bench count --update` writes this file.\n\n{text}"
        );
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The limit of a load.
    pub fn of(&self, load: &str) -> Option<u64> {
        self.instructions.get(load).copied()
    }

    /// Sets it.
    pub fn set(&mut self, load: &str, count: u64) {
        self.instructions.insert(load.into(), count);
    }

    /// Whether a count is within a limit and its tolerance.
    pub fn keeps(count: u64, limit: u64) -> bool {
        count.saturating_mul(100) <= limit.saturating_mul(100 + TOLERANCE)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Limits;
    use crate::loads;

    #[test]
    fn five_percent_above_is_kept_and_six_are_not() {
        assert!(Limits::keeps(1050, 1000) && Limits::keeps(3, 1000));
        assert!(!Limits::keeps(1060, 1000));
    }

    #[test]
    fn every_load_has_a_limit() {
        let limits = Limits::read().unwrap();
        for load in loads::ALL {
            assert!(limits.of(load.name).is_some(), "{}", load.name);
        }
    }
}
