use crate::{HeaderError, syntax};

/// The entries of a comma-separated value, trimmed. Commas in quotes and in `<>` separate nothing. An empty entry is an error, as
/// are quotes or `<` that nothing closes; after an error nothing follows.
pub(crate) fn entries(value: &str) -> impl Iterator<Item = Result<&str, HeaderError>> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let entry = cut(text).and_then(|(entry, after)| {
            rest = after;
            match syntax::trim(entry) {
                "" => Err(HeaderError {
                    what: "empty entry of a list",
                }),
                entry => Ok(entry),
            }
        });
        if entry.is_err() {
            rest = None;
        }
        Some(entry)
    })
}

enum Place {
    Outside,
    Quotes,
    Escape,
    Brackets,
}

fn cut(text: &str) -> Result<(&str, Option<&str>), HeaderError> {
    let mut place = Place::Outside;
    for (at, byte) in text.bytes().enumerate() {
        place = match (place, byte) {
            (Place::Outside, b',') => {
                let (entry, rest) = text.split_at_checked(at).unwrap_or((text, ""));
                return Ok((entry, rest.strip_prefix(',')));
            }
            (Place::Outside, b'"') => Place::Quotes,
            (Place::Outside, b'<') => Place::Brackets,
            (Place::Quotes, b'\\') => Place::Escape,
            (Place::Escape, _) => Place::Quotes,
            (Place::Quotes, b'"') | (Place::Brackets, b'>') => Place::Outside,
            (place, _) => place,
        };
    }
    match place {
        Place::Outside => Ok((text, None)),
        Place::Brackets => Err(HeaderError {
            what: "< not closed",
        }),
        Place::Quotes | Place::Escape => Err(HeaderError {
            what: "quotes not closed",
        }),
    }
}
