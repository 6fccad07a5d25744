use super::{MAX_NUMBER, Match};

/// One rule: which numbers, and what becomes of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which.
    pub when: Match,
    /// What.
    pub change: Change,
}

impl Rule {
    /// From the configuration: `112 -> 0112` puts one number in another's place, `0* -> +49*` one prefix in another's, `* -> 9*` sets
    /// a prefix in front, `/0(.*)/ -> +49$1` fills in the groups of a regular expression.
    pub fn parse(written: &str) -> Result<Self, String> {
        let (when, becomes) = written
            .split_once("->")
            .ok_or("there is no -> between what is dialled and what becomes of it")?;
        let (when, becomes) = (Match::parse(when.trim())?, becomes.trim());
        if becomes.is_empty() {
            return Err("nothing stands behind the ->".to_owned());
        }
        let affix = |strip: usize| match becomes.strip_suffix('*') {
            Some(add) => Change::Affix {
                strip,
                add: add.to_owned(),
            },
            None => Change::Replace(becomes.to_owned()),
        };
        let change = match &when {
            Match::Any => affix(0),
            Match::Prefix(prefix) => affix(prefix.chars().count()),
            Match::Exact(_) => Change::Replace(becomes.to_owned()),
            Match::Pattern(pattern) => {
                let missing = references(becomes).find(|group| *group > pattern.groups());
                if let Some(group) = missing {
                    return Err(format!("the expression has no group for ${group}"));
                }
                Change::Replace(becomes.to_owned())
            }
        };
        Ok(Rule { when, change })
    }
}

/// The groups that a replacement names by number.
fn references(replacement: &str) -> impl Iterator<Item = usize> + '_ {
    replacement.split('$').skip(1).filter_map(|rest| {
        let digits: String = rest
            .trim_start_matches('{')
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        digits.parse().ok()
    })
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
