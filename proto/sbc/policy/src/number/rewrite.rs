use super::{MAX_NUMBER, Match};

/// One rule: which numbers, and what becomes of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which.
    pub when: Match,
    /// What.
    pub change: Change,
}

/// What becomes of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// That many letters fall away in front, then these come in front.
    Affix {
        /// How many fall away.
        strip: usize,
        /// What comes in their place.
        add: String,
    },
    /// This stands in its place; `$1` is the first group of the rule's expression.
    Replace(String),
}

/// Rules in order; the first that speaks of a number is the only one applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewrite(pub Vec<Rule>);

/// What rules made of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The number.
    pub number: String,
    /// Which rule spoke of it, by its place.
    pub rule: Option<usize>,
}

impl Rewrite {
    /// Applies the rule that speaks of it. `None`: nothing is left of it, or more than [`MAX_NUMBER`].
    pub fn apply(&self, number: &str) -> Option<Rewritten> {
        let mut rules = self.0.iter().enumerate();
        let Some((place, rule)) = rules.find(|(_, rule)| rule.when.matches(number)) else {
            return Some(Rewritten {
                number: number.to_owned(),
                rule: None,
            });
        };
        let changed = match &rule.change {
            Change::Affix { strip, add } => {
                let rest: String = number.chars().skip(*strip).collect();
                format!("{add}{rest}")
            }
            Change::Replace(replacement) => match &rule.when {
                Match::Pattern(pattern) => pattern.replace(number, replacement)?,
                _ => replacement.clone(),
            },
        };
        (!changed.is_empty() && changed.len() <= MAX_NUMBER).then_some(Rewritten {
            number: changed,
            rule: Some(place),
        })
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
