/// Packs codes of so many bits into octets, the first in the low bits or in the high ones.
pub(super) fn pack(
    codes: impl Iterator<Item = u8>,
    bits: u8,
    high_first: bool,
    payload: &mut Vec<u8>,
) {
    let (mut held, mut count) = (0_u32, 0_u8);
    for code in codes {
        if high_first {
            held = held << bits | u32::from(code);
        } else {
            held |= u32::from(code) << count;
        }
        count += bits;
        if count >= 8 {
            count -= 8;
            if high_first {
                payload.push((held >> count) as u8);
                held &= (1 << count) - 1;
            } else {
                payload.push(held as u8);
                held >>= 8;
            }
        }
    }
    // RFC 3551 §4.5.4: packets hold whole octets; what is left over of an odd frame is filled with zeros.
    if count > 0 {
        payload.push(if high_first {
            (held << (8 - count)) as u8
        } else {
            held as u8
        });
    }
}

/// The codes that whole octets hold.
pub(super) fn unpack(payload: &[u8], bits: u8, high_first: bool) -> impl Iterator<Item = u8> {
    let codes = payload.len() * 8 / usize::from(bits.max(1));
    let mut octets = payload.iter();
    let (mut held, mut count) = (0_u32, 0_u8);
    let mask = (1_u32 << bits) - 1;
    (0..codes).map_while(move |_| {
        if count < bits {
            let octet = u32::from(*octets.next()?);
            if high_first {
                held = (held << 8 | octet) & 0xffff;
            } else {
                held |= octet << count;
            }
            count += 8;
        }
        count -= bits;
        let code = if high_first {
            held >> count & mask
        } else {
            let code = held & mask;
            held >>= bits;
            code
        };
        Some(code as u8)
    })
}
