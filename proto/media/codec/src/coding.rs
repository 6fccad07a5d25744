/// A codec that sound can be taken out of and put into, as SDP names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// G.711 mu-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// G.722 at 64 kbit/s.
    G722,
    /// G.726, by the bits of one sample.
    G726 {
        /// 2 to 5 bits a sample: 16, 24, 32 or 40 kbit/s.
        bits: u8,
        /// The first sample stands in the high bits, as in ATM AAL2 (RFC 3551 §4.5.4), not in the low ones.
        high_first: bool,
    },
    /// Samples of 16 bits as they are (RFC 3551 §4.5.11), in one channel.
    L16 {
        /// Samples a second.
        rate: u32,
    },
    /// Opus (RFC 7587).
    Opus,
}

impl Coding {
    /// The codec of an `a=rtpmap`; `None` for what cannot be translated.
    pub fn of(encoding: &str, clock_rate: u32, channels: u8) -> Option<Self> {
        let is = |name: &str| encoding.eq_ignore_ascii_case(name);
        if is("opus") {
            // RFC 7587 §4.1: always two; some answer without them.
            return (clock_rate == 48_000).then_some(Self::Opus);
        }
        if channels > 1 {
            return None;
        }
        if is("L16") {
            let known = [8000, 16_000, 48_000].contains(&clock_rate);
            return known.then_some(Self::L16 { rate: clock_rate });
        }
        if clock_rate != 8000 {
            return None;
        }
        if is("PCMU") {
            return Some(Self::Pcmu);
        }
        if is("PCMA") {
            return Some(Self::Pcma);
        }
        if is("G722") {
            return Some(Self::G722);
        }
        let (high_first, name) = match encoding.get(..5) {
            Some(prefix) if prefix.eq_ignore_ascii_case("AAL2-") => (true, encoding.get(5..)?),
            _ => (false, encoding),
        };
        let bits = match name.to_ascii_uppercase().as_str() {
            "G726-16" => 2,
            "G726-24" => 3,
            "G726-32" => 4,
            "G726-40" => 5,
            _ => return None,
        };
        Some(Self::G726 { bits, high_first })
    }

    /// Samples a second of the sound that it carries; of Opus the most that it can.
    pub fn rate(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma | Self::G726 { .. } => 8000,
            Self::G722 => 16_000,
            Self::L16 { rate } => rate,
            Self::Opus => 48_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Coding;

    #[test]
    fn codecs_are_known_by_their_maps() {
        for (encoding, clock, channels, coding) in [
            ("pcmu", 8000, 1, Some(Coding::Pcmu)),
            ("PCMA", 8000, 1, Some(Coding::Pcma)),
            ("G722", 8000, 1, Some(Coding::G722)),
            ("opus", 48_000, 2, Some(Coding::Opus)),
            ("OPUS", 48_000, 1, Some(Coding::Opus)),
            ("opus", 8000, 1, None),
            ("L16", 16_000, 1, Some(Coding::L16 { rate: 16_000 })),
            ("L16", 44_100, 1, None),
            ("L16", 8000, 2, None),
            ("PCMU", 16_000, 1, None),
            ("G729", 8000, 1, None),
            ("telephone-event", 8000, 1, None),
            (
                "G726-32",
                8000,
                1,
                Some(Coding::G726 {
                    bits: 4,
                    high_first: false,
                }),
            ),
            (
                "AAL2-G726-40",
                8000,
                1,
                Some(Coding::G726 {
                    bits: 5,
                    high_first: true,
                }),
            ),
            ("AAL2-PCMU", 8000, 1, None),
            ("äöüß", 8000, 1, None),
        ] {
            assert_eq!(Coding::of(encoding, clock, channels), coding, "{encoding}");
        }
    }
}
