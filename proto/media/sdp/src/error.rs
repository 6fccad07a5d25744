use std::fmt;

/// Why a body is no SDP that we read, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The line, counted from 1; 0 if it is about the whole.
    pub line: usize,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// More octets than [`crate::limits::OCTETS`].
    TooLarge,
    /// More lines than [`crate::limits::LINES`].
    TooManyLines,
    /// More media descriptions than [`crate::limits::MEDIA`].
    TooManyMedia,
    /// More formats in one than [`crate::limits::FORMATS`].
    TooManyFormats,
    /// More candidates than [`crate::limits::CANDIDATES`].
    TooManyCandidates,
    /// Not of the form `letter=value`, or with a NUL or CR inside.
    NotALine,
    /// A type letter that RFC 8866 does not know, or not at this place.
    UnknownType,
    /// The first line is not `v=0`, or there are two.
    Version,
    /// No `o=`, a second one, or one that cannot be read.
    Origin,
    /// A `c=` that cannot be read.
    Connection,
    /// An `m=` that cannot be read.
    Media,
    /// An `a=` without a name.
    Attribute,
}

impl fmt::Display for ParseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.fault {
            Fault::TooLarge => "the body is too large",
            Fault::TooManyLines => "there are too many lines",
            Fault::TooManyMedia => "there are too many media descriptions",
            Fault::TooManyFormats => "there are too many formats",
            Fault::TooManyCandidates => "there are too many candidates",
            Fault::NotALine => "this is no line of SDP",
            Fault::UnknownType => "the type letter is unknown or misplaced",
            Fault::Version => "v=0 is expected once, first",
            Fault::Origin => "o= is missing, doubled or malformed",
            Fault::Connection => "c= is malformed",
            Fault::Media => "m= is malformed",
            Fault::Attribute => "the attribute has no name",
        };
        match self.line {
            0 => formatter.write_str(what),
            line => write!(formatter, "line {line}: {what}"),
        }
    }
}

impl std::error::Error for ParseError {}
