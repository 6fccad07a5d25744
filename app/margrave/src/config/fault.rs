use std::fmt;
use std::ops::Range;

/// One thing wrong with the file, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where, in octets from the start of the file; `None`: something is missing altogether.
    pub(crate) at: Option<Range<usize>>,
    /// The other place of a contradiction.
    pub(crate) against: Option<Range<usize>>,
    /// What is wrong.
    pub(crate) problem: String,
    /// What to do.
    pub(crate) remedy: String,
}

impl Fault {
    /// Wrong at one place.
    pub(crate) fn at(
        span: Range<usize>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            at: Some(span),
            against: None,
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    /// Missing.
    pub(crate) fn missing(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            at: None,
            against: None,
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    /// The second of two places that do not go together.
    pub(crate) fn against(mut self, other: Option<Range<usize>>) -> Self {
        self.against = other;
        self
    }
}

/// All that is wrong with a file, ready to be read by whoever wrote it.
#[derive(Clone, Debug)]
pub(crate) struct Faults {
    name: String,
    text: String,
    faults: Vec<Fault>,
}

impl Faults {
    /// Of the file called `name` with that text.
    pub(crate) fn new(name: &str, text: &str, faults: Vec<Fault>) -> Self {
        Self {
            name: name.to_owned(),
            text: text.to_owned(),
            faults,
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            if index > 0 {
                writeln!(formatter)?;
            }
            match &fault.at {
                Some(span) => {
                    let place = Place::of(&self.text, span);
                    writeln!(
                        formatter,
                        "{}:{}:{}: {}",
                        self.name, place.line, place.column, fault.problem
                    )?;
                    place.show(formatter)?;
                }
                None => writeln!(formatter, "{}: {}", self.name, fault.problem)?,
            }
            if let Some(span) = &fault.against {
                let place = Place::of(&self.text, span);
                writeln!(formatter, "  against line {}:", place.line)?;
                place.show(formatter)?;
            }
            let mut lines = fault.remedy.lines();
            writeln!(formatter, "  remedy: {}", lines.next().unwrap_or_default())?;
            for line in lines {
                writeln!(formatter, "    {line}")?;
            }
        }
        Ok(())
    }
}

/// A span as people count: lines and columns from 1.
struct Place<'a> {
    line: usize,
    column: usize,
    text: &'a str,
    width: usize,
}

impl<'a> Place<'a> {
    fn of(text: &'a str, span: &Range<usize>) -> Self {
        let start = floor(text, span.start);
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let rest = text.get(line_start..).unwrap_or_default();
        let whole = rest.lines().next().unwrap_or_default();
        let marked = text.get(start..floor(text, span.end)).unwrap_or_default();
        Place {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            text: whole,
            width: marked
                .lines()
                .next()
                .unwrap_or_default()
                .chars()
                .count()
                .max(1),
        }
    }

    fn show(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{:5} | {}", self.line, self.text)?;
        // A tab stays a tab, so that the mark stands below its letter.
        let indent: String = self
            .text
            .chars()
            .take(self.column - 1)
            .map(|letter| if letter == '\t' { '\t' } else { ' ' })
            .collect();
        writeln!(formatter, "      | {indent}{}", "^".repeat(self.width))
    }
}

/// The nearest place at or before `index` where a letter begins.
fn floor(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}
