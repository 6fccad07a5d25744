use sha1::block_api::compress;

/// SHA-1 before the first block (FIPS 180-4 §5.3.1).
const INITIAL: [u32; 5] = [
    0x6745_2301,
    0xefcd_ab89,
    0x98ba_dcfe,
    0x1032_5476,
    0xc3d2_e1f0,
];
const BLOCK: usize = 64;

/// HMAC-SHA1 (RFC 2104) with both padded keys hashed already: it saves two of a packet's six compressions.
#[derive(Clone)]
pub(crate) struct HmacSha1 {
    inner: [u32; 5],
    outer: [u32; 5],
}

impl HmacSha1 {
    pub(crate) fn new(key: &[u8; 20]) -> Self {
        let after = |pad: u8| {
            let mut block = [pad; BLOCK];
            for (octet, key) in block.iter_mut().zip(key) {
                *octet ^= key;
            }
            let mut state = INITIAL;
            compress(&mut state, &[block]);
            state
        };
        Self {
            inner: after(0x36),
            outer: after(0x5c),
        }
    }

    /// The tag over `message` followed by `trailer`: SRTP's ROC of four octets, which is not in the packet, or nothing.
    pub(crate) fn tag(&self, message: &[u8], trailer: &[u8]) -> [u8; 20] {
        let mut state = self.inner;
        let (blocks, rest) = message.as_chunks::<BLOCK>();
        compress(&mut state, blocks);

        // The last octets, the trailer, 0x80 and the length: one block or two.
        let mut tail = [0; 2 * BLOCK];
        let end = put(&mut tail, 0, rest);
        let end = put(&mut tail, end, trailer);
        put(&mut tail, end, &[0x80]);
        let bits = 8 * (BLOCK + message.len() + trailer.len()) as u64;
        let (tail, _) = tail.as_chunks_mut::<BLOCK>();
        let used = if end + 1 + 8 <= BLOCK { 1 } else { 2 };
        if let Some(tail) = tail.get_mut(..used) {
            if let Some(length) = tail.last_mut().and_then(|last| last.last_chunk_mut()) {
                *length = bits.to_be_bytes();
            }
            compress(&mut state, tail);
        }

        let mut block = [0; BLOCK];
        write(&mut block, state);
        block[20] = 0x80;
        if let Some(length) = block.last_chunk_mut() {
            *length = (8 * (BLOCK as u64 + 20)).to_be_bytes();
        }
        let mut state = self.outer;
        compress(&mut state, &[block]);
        let mut tag = [0; 20];
        write(&mut tag, state);
        tag
    }
}

/// Writes octets at a place, if there is room, and gives the place after them.
fn put(tail: &mut [u8], place: usize, octets: &[u8]) -> usize {
    let end = place + octets.len();
    if let Some(room) = tail.get_mut(place..end) {
        room.copy_from_slice(octets);
    }
    end
}

fn write(to: &mut [u8], state: [u32; 5]) {
    for (octets, word) in to.chunks_exact_mut(4).zip(state) {
        octets.copy_from_slice(&word.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::HmacSha1;
    use crate::tests::unhex;

    /// RFC 2202 §3, cases 1 and 6's kin; the others have keys of another length.
    #[test]
    fn tags_are_those_of_rfc_2202() {
        let hmac = HmacSha1::new(&[0x0b; 20]);
        assert_eq!(
            hmac.tag(b"Hi There", b"")[..],
            unhex("b617318655057264e28bc0b6fb378c8ef146be00")[..]
        );
        let hmac = HmacSha1::new(&[0xaa; 20]);
        assert_eq!(
            hmac.tag(&[0xdd; 50], b"")[..],
            unhex("125d7342b9ac11cd91a39af48aa17b4f63f175d3")[..]
        );
    }

    #[test]
    fn where_the_message_is_cut_does_not_matter() {
        let hmac = HmacSha1::new(&[7; 20]);
        let message: Vec<u8> = (0..200).collect();
        for length in 4..message.len() {
            let (whole, _) = message.split_at(length);
            let (head, tail) = whole.split_at(length - 4);
            assert_eq!(hmac.tag(whole, b""), hmac.tag(head, tail), "{length}");
        }
    }
}
