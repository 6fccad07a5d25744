use crate::HeaderError;

/// Classes of bytes, one bit each (RFC 3261 §25.1).
pub(crate) const TOKEN: u16 = 1;
/// `unreserved` and `user-unreserved`, and `#`: dial strings carry it unescaped in the wild.
pub(crate) const USER: u16 = 1 << 1;
/// What a password may hold.
pub(crate) const PASSWORD: u16 = 1 << 2;
/// `paramchar` of a URI.
pub(crate) const URI_PARAM: u16 = 1 << 3;
/// The value of a URI's parameter: `paramchar`, and `=`, for base64 with its padding is common there.
pub(crate) const URI_VALUE: u16 = 1 << 11;
/// `headers` of a URI, with its separators.
pub(crate) const URI_HEADER: u16 = 1 << 4;
/// What may stand in a host name; `_` as well, for names in private networks have it.
pub(crate) const HOST: u16 = 1 << 5;
/// Whatever follows the scheme of a URI that is not ours (RFC 3986).
pub(crate) const URI_OTHER: u16 = 1 << 6;
/// A header parameter's value without quotes: `token`, `host`, and what else cannot end the parameter.
pub(crate) const BARE_VALUE: u16 = 1 << 7;
/// Visible ASCII: what a Call-ID may hold. Wider than `word`, because a Call-ID is only ever compared.
pub(crate) const VISIBLE: u16 = 1 << 8;
/// A header parameter's value that any peer reads without quotes: `token` or `host`.
pub(crate) const PLAIN_VALUE: u16 = 1 << 9;
/// `unreserved` (RFC 3261 §25.1).
pub(crate) const UNRESERVED: u16 = 1 << 10;

const CLASSES: [u16; 256] = classes();

const fn among(byte: u8, set: &[u8]) -> bool {
    let mut rest = set;
    while let [first, tail @ ..] = rest {
        if *first == byte {
            return true;
        }
        rest = tail;
    }
    false
}

#[allow(
    clippy::indexing_slicing,
    reason = "evaluated while compiling, over all 256 bytes"
)]
const fn classes() -> [u16; 256] {
    let mut table = [0_u16; 256];
    let mut byte = 0_u8;
    loop {
        let alphanumeric = byte.is_ascii_alphanumeric();
        let unreserved = alphanumeric || among(byte, b"-_.!~*'()");
        let token = alphanumeric || among(byte, b"-.!%*_+`'~");
        let mut bits = 0;
        if token {
            bits |= TOKEN;
        }
        if token || among(byte, b"[]:") {
            bits |= PLAIN_VALUE;
        }
        if unreserved {
            bits |= UNRESERVED;
        }
        if unreserved || among(byte, b"&=+$,;?/#") {
            bits |= USER;
        }
        if unreserved || among(byte, b"&=+$,") {
            bits |= PASSWORD;
        }
        if unreserved || among(byte, b"[]/:&+$") {
            bits |= URI_PARAM | URI_VALUE;
        }
        if byte == b'=' {
            bits |= URI_VALUE;
        }
        if unreserved || among(byte, b"[]/?:+$&=;") {
            bits |= URI_HEADER;
        }
        if unreserved || among(byte, b";/?:@&=+$,[]#") {
            bits |= URI_OTHER;
        }
        if alphanumeric || among(byte, b"-._") {
            bits |= HOST;
        }
        if byte.is_ascii_graphic() {
            bits |= VISIBLE;
            if !among(byte, b"\",;<>\\") {
                bits |= BARE_VALUE;
            }
        }
        table[byte as usize] = bits;
        if byte == u8::MAX {
            return table;
        }
        byte += 1;
    }
}

/// Whether a byte belongs to any of the classes.
#[allow(
    clippy::indexing_slicing,
    reason = "the table has an entry for every byte"
)]
pub(crate) const fn is(byte: u8, class: u16) -> bool {
    CLASSES[byte as usize] & class != 0
}

/// Whether every byte belongs to the class.
pub(crate) fn all(text: &str, class: u16) -> bool {
    text.bytes().all(|byte| is(byte, class))
}

/// Whether the text is a `token`.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && all(text, TOKEN)
}

/// Whether every byte belongs to the class or to an `escaped` (`%` and two hexadecimal digits).
pub(crate) fn all_or_escaped(text: &str, class: u16) -> bool {
    // Nearly always there is no escape, and no class that may be escaped holds `%`.
    let plain = text.bytes().take_while(|byte| is(*byte, class)).count();
    let mut rest = text.as_bytes().get(plain..).unwrap_or_default();
    loop {
        match rest {
            [] => return true,
            [b'%', high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                rest = tail;
            }
            [byte, tail @ ..] if is(*byte, class) && *byte != b'%' => rest = tail,
            _ => return false,
        }
    }
}

/// A control character, which no header and no start line may hold. Horizontal tab is white space.
pub(crate) const fn is_control(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t') || byte == 0x7f
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * ONES;

/// Where the first byte is that `mark` marks. Eight bytes at a time, for every byte of every message comes through here: `mark` sets
/// the high bit of the first byte that it looks for, clears those before it, and may do what it likes behind it.
fn first_marked(bytes: &[u8], mark: impl Fn(u64) -> u64) -> Option<usize> {
    let place = |marks: u64| (marks.trailing_zeros() / 8) as usize;
    let (eights, rest) = bytes.as_chunks::<8>();
    let mut at = 0_usize;
    for eight in eights {
        let marks = mark(u64::from_le_bytes(*eight));
        if marks != 0 {
            return at.checked_add(place(marks));
        }
        at = at.saturating_add(8);
    }
    if rest.is_empty() {
        return None;
    }
    // What is left over is looked at together with some that was before, or with nothing.
    let (last, from) = match bytes.last_chunk::<8>() {
        Some(last) => (*last, bytes.len().saturating_sub(8)),
        None => {
            let mut last = [b' '; 8];
            last.get_mut(..rest.len())?.copy_from_slice(rest);
            (last, 0)
        }
    };
    let marks = mark(u64::from_le_bytes(last));
    let found = from.checked_add(place(marks))?;
    (marks != 0 && found < bytes.len()).then_some(found)
}

/// Bytes below 0x20, and 0x7f. A tab is among them.
const fn below_space_or_delete(word: u64) -> u64 {
    let is_delete = word ^ (0x7f * ONES);
    let low = word.wrapping_sub(0x20 * ONES) & !word;
    let delete = is_delete.wrapping_sub(ONES) & !is_delete;
    (low | delete) & HIGH
}

/// Where the first byte of this kind is.
pub(crate) fn find(bytes: &[u8], byte: u8) -> Option<usize> {
    let all = u64::from(byte) * ONES;
    first_marked(bytes, |word| {
        let differs = word ^ all;
        differs.wrapping_sub(ONES) & !differs & HIGH
    })
}

/// Where the first control character is.
pub(crate) fn control_at(bytes: &[u8]) -> Option<usize> {
    let mut from = 0_usize;
    loop {
        let rest = bytes.get(from..)?;
        let at = from.checked_add(first_marked(rest, below_space_or_delete)?)?;
        if bytes.get(at).is_some_and(|byte| is_control(*byte)) {
            return Some(at);
        }
        // A tab.
        from = at.checked_add(1)?;
    }
}

/// Whether there is a control character at all.
pub(crate) fn has_control(bytes: &[u8]) -> bool {
    control_at(bytes).is_some()
}

/// Linear white space, once folds are gone.
pub(crate) const fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Without white space around it.
pub(crate) fn trim(text: &str) -> &str {
    trim_end(trim_start(text))
}

/// Without white space after it.
pub(crate) fn trim_end(mut text: &str) -> &str {
    while let [rest @ .., b' ' | b'\t'] = text.as_bytes() {
        text = text.get(..rest.len()).unwrap_or_default();
    }
    text
}

/// Without white space before it.
pub(crate) fn trim_start(text: &str) -> &str {
    match text.as_bytes() {
        [b' ' | b'\t', ..] => {
            let mut white = text.bytes().take_while(|byte| is_white(*byte));
            text.get(white.by_ref().count()..).unwrap_or_default()
        }
        _ => text,
    }
}

/// What stands before the first of an ASCII character, and what after it. For the short texts of headers quicker than `split_once`.
pub(crate) fn cut(text: &str, at: u8) -> Option<(&str, &str)> {
    let found = find(text.as_bytes(), at)?;
    Some((text.get(..found)?, text.get(found.checked_add(1)?..)?))
}

/// Cuts after the longest beginning whose bytes are of the class.
pub(crate) fn take(text: &str, class: u16) -> (&str, &str) {
    let end = text
        .bytes()
        .position(|byte| !is(byte, class))
        .unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// What follows a separator with white space on both sides, if the text begins so (`SLASH`, `EQUAL`, `COLON`, ...).
pub(crate) fn after(text: &str, separator: u8) -> Option<&str> {
    let text = trim_start(text);
    match text.as_bytes() {
        [first, ..] if *first == separator => text.get(1..).map(trim_start),
        _ => None,
    }
}

/// A `quoted-string` at the beginning: what is between the quotes, still escaped, and what follows.
pub(crate) fn quoted(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut escaped = false;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            byte if is_control(byte) => return None,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => {
                let (inside, rest) = inner.split_at_checked(at)?;
                return Some((inside, rest.strip_prefix('"')?));
            }
            _ => {}
        }
    }
    None
}

/// Resolves `quoted-pair`s.
pub(crate) fn unescape(inside: &str) -> String {
    if !inside.contains('\\') {
        return inside.to_owned();
    }
    let mut text = String::with_capacity(inside.len());
    let mut letters = inside.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.extend(letters.next()),
            _ => text.push(letter),
        }
    }
    text
}

/// Writes a `quoted-string`. Control characters become spaces.
pub(crate) fn write_quoted(out: &mut impl std::fmt::Write, text: &str) -> std::fmt::Result {
    out.write_char('"')?;
    for letter in text.chars() {
        match letter {
            '"' | '\\' => {
                out.write_char('\\')?;
                out.write_char(letter)?;
            }
            _ if letter.is_ascii() && is_control(letter as u8) => out.write_char(' ')?,
            _ => out.write_char(letter)?,
        }
    }
    out.write_char('"')
}

/// Writes a part of a URI: bytes of the class and whole escapes as they are, all others escaped, so that nothing can leave
/// its part of the URI.
pub(crate) fn write_escaped(
    out: &mut impl std::fmt::Write,
    text: &str,
    class: u16,
) -> std::fmt::Result {
    if all_or_escaped(text, class) {
        return out.write_str(text);
    }
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        let is_escape = *byte == b'%'
            && matches!(tail, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit());
        if is_escape || (is(*byte, class) && *byte != b'%') {
            out.write_char(char::from(*byte))?;
        } else {
            write!(out, "%{byte:02X}")?;
        }
        rest = tail;
    }
    Ok(())
}

/// Writes a token; what no token may hold becomes `-`.
pub(crate) fn write_token(out: &mut impl std::fmt::Write, text: &str) -> std::fmt::Result {
    if all(text, TOKEN) {
        return out.write_str(text);
    }
    for letter in text.chars() {
        let legal = letter.is_ascii() && is(letter as u8, TOKEN);
        out.write_char(if legal { letter } else { '-' })?;
    }
    Ok(())
}

/// A number's decimal digits, at the end of the room.
fn digits(number: u64, room: &mut [u8; 20]) -> &str {
    let mut left = number;
    let mut used = 0_usize;
    for place in room.iter_mut().rev() {
        // Below ten.
        *place = b'0'.wrapping_add((left % 10) as u8);
        left /= 10;
        used = used.saturating_add(1);
        if left == 0 {
            break;
        }
    }
    let from = room.len().saturating_sub(used);
    let written = room.get(from..).unwrap_or_default();
    std::str::from_utf8(written).unwrap_or_default()
}

/// Writes a decimal number.
pub(crate) fn write_number(out: &mut impl std::fmt::Write, number: u64) -> std::fmt::Result {
    out.write_str(digits(number, &mut [b'0'; 20]))
}

/// Appends a decimal number.
pub(crate) fn push_number(to: &mut String, number: u64) {
    to.push_str(digits(number, &mut [b'0'; 20]));
}

/// Appends an address and a port, as they stand in a Via or a URI.
pub(crate) fn push_socket(to: &mut String, at: std::net::SocketAddr) {
    match at {
        std::net::SocketAddr::V4(at) => to.push_str(TextV4::of(*at.ip()).as_str()),
        std::net::SocketAddr::V6(at) => {
            use std::fmt::Write;
            let _ = write!(to, "[{}]", at.ip());
        }
    }
    to.push(':');
    push_number(to, at.port().into());
}

/// Writes `:port`.
pub(crate) fn write_port(out: &mut impl std::fmt::Write, port: u16) -> std::fmt::Result {
    out.write_str(":")?;
    write_number(out, port.into())
}

/// An IPv4 address as text, at a fraction of the work of `fmt`: addresses stand in every message several times.
pub(crate) struct TextV4 {
    room: [u8; 15],
    used: usize,
}

impl TextV4 {
    pub(crate) fn of(address: std::net::Ipv4Addr) -> Self {
        let mut text = Self {
            room: [0; 15],
            used: 0,
        };
        for (at, octet) in address.octets().into_iter().enumerate() {
            if at > 0 {
                text.push(b'.');
            }
            if octet >= 100 {
                text.push(b'0'.wrapping_add(octet / 100));
            }
            if octet >= 10 {
                text.push(b'0'.wrapping_add(octet / 10 % 10));
            }
            text.push(b'0'.wrapping_add(octet % 10));
        }
        text
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.room.get_mut(self.used) {
            *place = byte;
            self.used = self.used.saturating_add(1);
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        let written = self.room.get(..self.used).unwrap_or_default();
        std::str::from_utf8(written).unwrap_or_default()
    }
}

/// Reads what [`TextV4`] writes: four numbers of one to three digits, none with a zero before it, with dots between them.
pub(crate) fn v4(text: &str) -> Option<std::net::Ipv4Addr> {
    let mut address = 0_u32;
    // What is being read; `None` before its first digit.
    let mut number: Option<u8> = None;
    let mut dots = 0_u8;
    for byte in text.bytes() {
        let digit = byte.wrapping_sub(b'0');
        match (byte, number) {
            (b'0'..=b'9', None) => number = Some(digit),
            (b'0'..=b'9', Some(before @ 1..)) => {
                number = Some(before.checked_mul(10)?.checked_add(digit)?);
            }
            (b'.', Some(octet)) if dots < 3 => {
                address = address << 8 | u32::from(octet);
                number = None;
                dots = dots.saturating_add(1);
            }
            _ => return None,
        }
    }
    let last = number.filter(|_| dots == 3)?;
    Some((address << 8 | u32::from(last)).into())
}

/// A decimal number without sign, at most `max`. Leading zeros are legal (RFC 4475 §3.1.1.1).
pub(crate) fn number(text: &str, max: u64, what: &'static str) -> Result<u64, HeaderError> {
    let bad = HeaderError { what };
    if text.is_empty() {
        return Err(bad);
    }
    let mut value = 0_u64;
    for byte in text.bytes() {
        if !byte.is_ascii_digit() {
            return Err(bad);
        }
        value = value
            .checked_mul(10)
            .and_then(|tens| tens.checked_add(u64::from(byte.wrapping_sub(b'0'))))
            .filter(|value| *value <= max)
            .ok_or(HeaderError { what })?;
    }
    Ok(value)
}

/// `delta-seconds`; what does not fit is the greatest that does.
pub(crate) fn seconds(text: &str, what: &'static str) -> Result<u32, HeaderError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(HeaderError { what });
    }
    Ok(text.parse().unwrap_or(u32::MAX))
}
