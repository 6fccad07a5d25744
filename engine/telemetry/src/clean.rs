use std::fmt::{self, Write};

/// The longest text of a stranger in a log line, in characters; an address-of-record is rarely longer than 60.
const LONGEST: usize = 200;

/// Text of strangers, made safe for a log line (ATTACKS 43): control characters, line separators and what turns the direction of
/// writing appear as escapes, and what is too long is cut.
#[derive(Clone, Copy, Debug)]
pub struct Clean<'a>(pub &'a str);

impl fmt::Display for Clean<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut letters = self.0.chars();
        for letter in letters.by_ref().take(LONGEST) {
            if is_dangerous(letter) {
                write!(formatter, "{}", letter.escape_unicode())?;
            } else {
                formatter.write_char(letter)?;
            }
        }
        if letters.next().is_some() {
            formatter.write_str("...")?;
        }
        Ok(())
    }
}

fn is_dangerous(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{2028}' | '\u{2029}' // line and paragraph separator
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' // invisible, or turning the text round
            | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::Clean;

    #[test]
    fn a_stranger_cannot_write_a_line_of_its_own() {
        let text = Clean("a\r\n2026-01-01 ERROR all is lost\u{1b}[31m\u{202e}\u{2028}").to_string();
        assert_eq!(
            text,
            r"a\u{d}\u{a}2026-01-01 ERROR all is lost\u{1b}[31m\u{202e}\u{2028}"
        );
    }

    #[test]
    fn names_of_people_stay_readable() {
        assert_eq!(
            Clean("Jürgen 李 <sip:j@例え.jp>").to_string(),
            "Jürgen 李 <sip:j@例え.jp>"
        );
    }

    #[test]
    fn endless_text_is_cut() {
        let text = Clean(&"a".repeat(1_000_000)).to_string();
        assert_eq!(text.len(), 203);
        assert!(text.ends_with("..."));
    }
}
