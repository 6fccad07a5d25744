use serde::{Deserialize, Serialize};

/// ITU-T E.164 §6.1: an international number has at most 15 digits, the country code counted.
const MAX_DIGITS: usize = 15;
/// Fewer digits behind `+` or an international prefix are no subscriber's number (the shortest in use have seven); short codes stay
/// as they are dialled.
const MIN_DIGITS: usize = 5;
/// Fewer digits behind the national prefix are a short code.
const MIN_NATIONAL: usize = 3;

/// How numbers are dialled where the company is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialling {
    /// The country code, digits only: `49`.
    pub country: String,
    /// What stands in front of a number of the same country: `0`. Empty: numbers are not told apart that way.
    pub national: String,
    /// What stands in front of a country code: `00`.
    pub international: String,
}

/// How a peer wants to be given numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum NumberForm {
    /// As they were dialled.
    #[default]
    AsDialled,
    /// `+493012345`
    Plus,
    /// `493012345`
    Digits,
    /// `00493012345`
    International,
    /// `03012345` for the own country, `0033…` for others.
    National,
}

/// Whether it is `+`, a country code and a number (ITU-T E.164): digits only, the first no 0, 15 at most.
pub fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (MIN_DIGITS..=MAX_DIGITS).contains(&digits.len())
            && all_digits(digits)
            && !digits.starts_with('0')
    })
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|letter| letter.is_ascii_digit())
}

impl Dialling {
    /// A dialled number as E.164 with `+`. What is no number of the international plan (extensions, short codes, star codes,
    /// names) stays as it is; so doing it twice is doing it once.
    pub fn to_e164(&self, dialled: &str) -> String {
        let international = dialled
            .strip_prefix(&self.international)
            .filter(|_| !self.international.is_empty())
            .map(|rest| format!("+{rest}"));
        let national = dialled
            .strip_prefix(&self.national)
            .filter(|rest| {
                !self.national.is_empty() && rest.len() >= MIN_NATIONAL && !rest.starts_with('0')
            })
            .map(|rest| format!("+{}{rest}", self.country));
        [international, national]
            .into_iter()
            .flatten()
            .find(|number| is_e164(number))
            .unwrap_or_else(|| dialled.to_owned())
    }

    /// A number of E.164 in the form that a peer wants; anything else as it is.
    pub fn told(&self, number: &str, form: NumberForm) -> String {
        let Some(digits) = number.strip_prefix('+').filter(|_| is_e164(number)) else {
            return number.to_owned();
        };
        match form {
            NumberForm::AsDialled | NumberForm::Plus => number.to_owned(),
            NumberForm::Digits => digits.to_owned(),
            NumberForm::International => format!("{}{digits}", self.international),
            NumberForm::National => match digits.strip_prefix(&self.country) {
                Some(rest) if !self.country.is_empty() => format!("{}{rest}", self.national),
                _ => format!("{}{digits}", self.international),
            },
        }
    }
}
