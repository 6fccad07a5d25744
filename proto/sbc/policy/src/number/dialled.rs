use sip_message::{Scheme, Uri};

/// Longest thing dialled that is looked at. E.164 ends at 15 digits; names and star codes with what follows them are longer,
/// and whatever is longer than this is no number that anybody dials.
pub const MAX_NUMBER: usize = 128;

/// What was dialled: the user part without escapes, for `tel:` the number. From what looks like a telephone number the visual
/// separators (RFC 3966 §5.1.1) and the parameters behind `;` fall out, so that no spelling is a way around a rule about
/// the number. Names stay as they are.
pub fn dialled(uri: &Uri) -> String {
    let decoded = uri
        .user_decoded()
        .unwrap_or_else(|| uri.user.clone().unwrap_or_default());
    let number = decoded.split(';').next().unwrap_or_default();
    match without_separators(number) {
        Some(number) => number,
        None if uri.scheme == Scheme::Tel => number.to_owned(),
        None => decoded,
    }
}

/// The number without `-`, `.`, `(`, `)` and blanks; `None` if it is none: a number has a digit, `*` or `#` and nothing else but a
/// `+` in front.
fn without_separators(text: &str) -> Option<String> {
    let mut number = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '0'..='9' | '*' | '#' => number.push(letter),
            '+' if number.is_empty() => number.push(letter),
            '-' | '.' | '(' | ')' | ' ' => {}
            _ => return None,
        }
    }
    number.contains(|letter| letter != '+').then_some(number)
}
