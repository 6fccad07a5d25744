mod table;

pub(crate) use table::{KEYS, Key};

/// Stands for the name that the writer gave to a trunk.
const NAME: &str = "NAME";

/// The path as [`KEYS`] has it: names of the writer's own become [`NAME`], and a further registrar has the keys of `[server]`.
fn general(path: &str) -> String {
    let mut parts: Vec<&str> = path.split('.').collect();
    match parts.as_mut_slice() {
        ["trunk", name, ..] => *name = NAME,
        ["registrar", _, ..] => {
            parts.splice(..2, ["server"]);
        }
        _ => {}
    }
    parts.join(".")
}

/// The key of that path.
pub(crate) fn find(path: &str) -> Option<&'static Key> {
    let path = general(path);
    KEYS.iter().find(|key| key.path == path)
}

/// The names that may stand in a table: its keys, or the tables below it.
pub(crate) fn names_in(table: &str) -> Vec<&'static str> {
    let table = &general(table);
    let mut names: Vec<&'static str> = Vec::new();
    for key in KEYS {
        let rest = if table.is_empty() {
            Some(key.path)
        } else {
            key.path
                .strip_prefix(table.as_str())
                .and_then(|rest| rest.strip_prefix('.'))
        };
        if let Some(name) = rest.and_then(|rest| rest.split('.').next())
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    if table.is_empty() {
        names.push("registrar");
    }
    names.retain(|name| *name != NAME);
    names
}

/// What the writer may have meant by `name` in `table`: a neighbour that looks alike, or the same name in another table.
pub(crate) fn suggestion(table: &str, name: &str) -> Option<String> {
    let plain = plain(name);
    let nearest = names_in(table)
        .into_iter()
        .map(|candidate| (distance(&plain, &self::plain(candidate)), candidate))
        .min_by_key(|(distance, _)| *distance);
    // A third of the letters may be wrong: enough for a slip of the finger, too little for another word.
    if let Some((distance, candidate)) = nearest
        && distance <= plain.chars().count().div_ceil(3)
    {
        return Some(format!("did you mean `{candidate}`?"));
    }
    let (elsewhere, _) = KEYS
        .iter()
        .filter_map(|key| key.path.rsplit_once('.'))
        .find(|(_, last)| self::plain(last) == plain)?;
    Some(format!("`{name}` belongs into [{elsewhere}]"))
}

/// Letters only, small: `allowed_origins`, `allowedOrigins` and `allowed-origins` are one word.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// How many letters must be put in, left out, changed, or swapped with their neighbour (Damerau and Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    let mut last_letter = None;
    for (row, letter) in one.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, &other_letter) in other.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX);
            let mut best = at(&above, column)
                .saturating_add(usize::from(letter != other_letter))
                .min(at(&above, column + 1).saturating_add(1))
                .min(at(&current, column).saturating_add(1));
            if column > 0
                && last_letter == Some(other_letter)
                && other.get(column - 1) == Some(&letter)
            {
                best = best.min(at(&before, column - 1).saturating_add(1));
            }
            current.push(best);
        }
        before = std::mem::replace(&mut above, current);
        last_letter = Some(letter);
    }
    above.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        assert_eq!(
            suggestion("server", "adress").as_deref(),
            Some("did you mean `address`?")
        );
        assert_eq!(
            suggestion("server", "tarnsport").as_deref(),
            Some("did you mean `transport`?")
        );
        assert_eq!(
            suggestion("network.outside", "allowed_origins").as_deref(),
            Some("did you mean `allowed-origins`?")
        );
    }

    #[test]
    fn a_key_in_the_wrong_table_is_sent_home() {
        assert_eq!(
            suggestion("server", "rtp-ports").as_deref(),
            Some("`rtp-ports` belongs into [network.inside]")
        );
    }

    #[test]
    fn another_word_is_not_guessed_at() {
        assert_eq!(suggestion("server", "colour"), None);
    }
}
