//! Numbers as text, without the way through a formatter: a description is full of them.

/// Appends a number's decimal digits.
pub(crate) fn push_number(to: &mut String, number: u32) {
    let mut room = [0_u8; 10];
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
    to.extend(room.iter().skip(from).map(|digit| char::from(*digit)));
}

#[cfg(test)]
mod tests {
    use super::push_number;

    #[test]
    fn a_number_is_written_as_formatting_writes_it() {
        for number in [0, 7, 10, 99, 100, 8000, 48_000, u32::MAX] {
            let mut text = String::new();
            push_number(&mut text, number);
            assert_eq!(text, number.to_string());
        }
    }
}
