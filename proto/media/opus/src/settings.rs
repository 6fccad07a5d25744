/// What a receiver's `a=fmtp` asks of an encoder (RFC 7587 §6.1), within what is sensible for one voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpusSettings {
    /// Bits a second on average, 6000 to 128000.
    pub bit_rate: u32,
    /// Constant bit rate.
    pub constant: bool,
    /// Each packet holds a coarse copy of the one before, if loss is expected.
    pub inband_fec: bool,
    /// Silence is not sent.
    pub dtx: bool,
    /// The loss that FEC is made for, in per cent.
    pub expected_loss: u8,
}

/// Speech at 8 or 16 kHz gains nothing that a telephone's ear would hear above this; it is what browsers choose for one voice.
const BIT_RATE: u32 = 32_000;
/// What a receiver may ask for (RFC 7587 §6.1 allows up to 510000, which is for music in stereo).
const BIT_RATES: std::ops::RangeInclusive<u32> = 6000..=128_000;

impl Default for OpusSettings {
    fn default() -> Self {
        Self {
            bit_rate: BIT_RATE,
            constant: false,
            inband_fec: false,
            dtx: false,
            expected_loss: 0,
        }
    }
}

impl OpusSettings {
    /// Reads an `a=fmtp`. What it does not say is as [by default](OpusSettings::default).
    pub fn of(parameters: &str) -> Self {
        let mut settings = Self::default();
        for pair in parameters.split(';') {
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            let value = value.trim();
            let on = value == "1";
            match name.trim().to_ascii_lowercase().as_str() {
                // A ceiling, and never a wish for more than a voice needs.
                "maxaveragebitrate" => {
                    if let Ok(most) = value.parse::<u32>() {
                        let most = most.clamp(*BIT_RATES.start(), *BIT_RATES.end());
                        settings.bit_rate = settings.bit_rate.min(most);
                    }
                }
                "cbr" => settings.constant = on,
                "useinbandfec" => settings.inband_fec = on,
                "usedtx" => settings.dtx = on,
                _ => {}
            }
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::OpusSettings;

    #[test]
    fn p61_what_the_receiver_asks_for_is_honoured() {
        let asked = "minptime=10; useinbandfec=1;maxaveragebitrate=20000;cbr=1;usedtx=1;stereo=1";
        assert_eq!(
            OpusSettings::of(asked),
            OpusSettings {
                bit_rate: 20_000,
                constant: true,
                inband_fec: true,
                dtx: true,
                expected_loss: 0,
            }
        );
    }

    #[test]
    fn nonsense_changes_nothing() {
        for asked in [
            "",
            ";;=;",
            "maxaveragebitrate=lots",
            "useinbandfec",
            "cbr=2",
        ] {
            assert_eq!(OpusSettings::of(asked), OpusSettings::default(), "{asked}");
        }
        assert_eq!(OpusSettings::of("maxaveragebitrate=1").bit_rate, 6000);
        assert_eq!(
            OpusSettings::of("maxaveragebitrate=510000").bit_rate,
            32_000
        );
    }
}
