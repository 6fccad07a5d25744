use super::fault::Fault;
use super::keys;
use super::settings::Settings;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// From text to what was written. The error is the first thing that is no TOML, no key of ours, or of the wrong kind.
pub(crate) fn parse(text: &str) -> Result<Settings, Fault> {
    let tree = DeTable::parse(text).map_err(|error| not_toml(text, &error))?;
    toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        match place(tree.get_ref(), &span, "") {
            Some(Place::Name { table, name }) => unknown(span, &table, &name),
            Some(Place::Value { path }) => wrong_kind(text, span, &path, error.message()),
            None => Fault::at(span, error.message(), "see docs/configuration.md"),
        }
    })
}

fn not_toml(text: &str, error: &toml::de::Error) -> Fault {
    let span = error.span().unwrap_or(0..0);
    let line_start = text
        .get(..span.start)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |newline| newline + 1);
    let line = text
        .get(line_start..)
        .and_then(|rest| rest.lines().next())
        .unwrap_or_default();
    let message = error.message();
    let remedy = if message.contains("duplicate key") {
        "write it once; a table too may be opened only once".to_owned()
    } else if let Some((key, value)) = line.split_once('=')
        && !value.trim().starts_with(['"', '\'', '[', '{'])
        && value.trim().parse::<i64>().is_err()
    {
        format!(
            "text and addresses stand in quotes: {} = \"{}\"",
            key.trim(),
            value
                .split('#')
                .next()
                .unwrap_or_default()
                .trim()
                .trim_matches('"')
        )
    } else {
        "a line is either [table] or key = value; text stands in double quotes, lists in brackets"
            .to_owned()
    };
    Fault::at(span, format!("not TOML: {message}"), remedy)
}

fn unknown(span: Range<usize>, table: &str, name: &str) -> Fault {
    let (problem, home) = if table.is_empty() {
        (
            format!("unknown table or key `{name}`"),
            "the file".to_owned(),
        )
    } else {
        (
            format!("unknown key `{name}` in [{table}]"),
            format!("[{table}]"),
        )
    };
    let known = keys::names_in(table).join(", ");
    let remedy = match keys::suggestion(table, name) {
        Some(suggestion) => suggestion,
        None if known.is_empty() => "see docs/configuration.md".to_owned(),
        None => format!("remove it; {home} knows: {known}"),
    };
    Fault::at(span, problem, remedy)
}

fn wrong_kind(text: &str, span: Range<usize>, path: &str, message: &str) -> Fault {
    let written = text.get(span.clone()).unwrap_or_default();
    match keys::find(path) {
        Some(key) => {
            let name = path.rsplit('.').next().unwrap_or(path);
            Fault::at(
                span,
                format!("`{name}` expects {}, not {written}", key.expects),
                format!("for example: {name} = {}", key.example),
            )
        }
        None if keys::names_in(path).is_empty() => {
            Fault::at(span, message, "see docs/configuration.md")
        }
        None => Fault::at(
            span,
            format!("`{path}` is a table, not a value"),
            format!(
                "open it with [{path}] on a line of its own; it knows: {}",
                keys::names_in(path).join(", ")
            ),
        ),
    }
}

/// What stands at a span of the file.
enum Place {
    /// A key's name.
    Name { table: String, name: String },
    /// A value, or a piece of it.
    Value { path: String },
}

fn place(table: &DeTable<'_>, span: &Range<usize>, path: &str) -> Option<Place> {
    for (name, value) in table {
        let below = if path.is_empty() {
            name.get_ref().to_string()
        } else {
            format!("{path}.{}", name.get_ref())
        };
        if name.span() == *span {
            return Some(Place::Name {
                table: path.to_owned(),
                name: name.get_ref().to_string(),
            });
        }
        // A table's own span is only its header, so tables are searched whatever their span.
        if let DeValue::Table(inner) = value.get_ref()
            && let Some(found) = place(inner, span, &below)
        {
            return Some(found);
        }
        // [[route]]: each of them may be meant. A value in brackets has no tables that anything is said of.
        if let DeValue::Array(items) = value.get_ref() {
            for item in items.iter() {
                if let DeValue::Table(inner) = item.get_ref()
                    && let Some(found) = place(inner, span, &below)
                {
                    return Some(found);
                }
            }
        }
        if value.span().start <= span.start && span.end <= value.span().end {
            return Some(Place::Value { path: below });
        }
    }
    None
}
