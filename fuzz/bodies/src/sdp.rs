//! SDP: read, read every attribute, print, read again.

use media_sdp::{Fault, SessionDescription};

/// What was read once is printed and read back the same.
pub fn sdp(bytes: &[u8]) {
    let Ok(first) = SessionDescription::parse(bytes) else {
        return;
    };
    for section in first.sections() {
        let media = section.media();
        let formats = media.rtp_formats();
        assert!(formats.len() <= media.formats.len());
        for format in &formats {
            assert!(format.payload_type < 128 && format.clock_rate > 0 && format.channels > 0);
            let _ = media.attributes.fmtp(format.payload_type);
        }
        for fingerprint in section.fingerprints() {
            assert!(fingerprint.digest.len() >= 28);
        }
        let attributes = &media.attributes;
        for candidate in attributes.candidates() {
            assert!((1..=256).contains(&candidate.component));
        }
        let _ = (
            section.rtp_address(),
            section.rtcp_address(),
            section.direction(),
        );
        let _ = (section.setup(), section.ice_ufrag(), section.ice_pwd());
        let _ = (attributes.ssrcs().count(), attributes.extmaps().count());
        for crypto in attributes.crypto() {
            assert_eq!(crypto.key.len(), crypto.suite.material_length());
            let mut again = media_sdp::Attributes::default();
            again.push("crypto", &crypto.to_string());
            assert_eq!(again.crypto().next(), Some(crypto));
        }
        let _ = (attributes.msid(), attributes.ptime());
    }
    let printed = first.to_string();
    match SessionDescription::parse(printed.as_bytes()) {
        Ok(second) => {
            assert_eq!(first, second);
            assert_eq!(printed, second.to_string());
        }
        // A line end takes two octets, what was no UTF-8 three, and `s=` and `t=` are added.
        Err(error) => assert!(
            matches!(error.fault, Fault::TooLarge | Fault::TooManyLines),
            "{error}: {printed:?}"
        ),
    }
}
