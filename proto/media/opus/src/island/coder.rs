use crate::OpusSettings;
use media_codec::Broken;
use opusic_sys as opus;
use std::ffi::c_int;
use std::ptr::NonNull;

/// An encoder's state.
#[derive(Debug)]
pub(crate) struct Coder(NonNull<opus::OpusEncoder>);

// SAFETY: the state is plain memory without ties to a thread, and nobody else has a pointer to it.
unsafe impl Send for Coder {}

impl Coder {
    pub(crate) fn new(rate: u32, complexity: i32, settings: OpusSettings) -> Result<Self, Broken> {
        let rate = i32::try_from(rate).map_err(|_| Broken)?;
        let mut error: c_int = 0;
        // SAFETY: `error` lives during the call. The result is null or a state that is ours.
        let state =
            unsafe { opus::opus_encoder_create(rate, 1, opus::OPUS_APPLICATION_VOIP, &mut error) };
        let mut coder = Self(NonNull::new(state).ok_or(Broken)?);
        if error != opus::OPUS_OK {
            return Err(Broken);
        }
        for (request, value) in [
            (opus::OPUS_SET_COMPLEXITY_REQUEST, complexity),
            (
                opus::OPUS_SET_BITRATE_REQUEST,
                i32::try_from(settings.bit_rate).map_err(|_| Broken)?,
            ),
            (opus::OPUS_SET_VBR_REQUEST, i32::from(!settings.constant)),
            (
                opus::OPUS_SET_INBAND_FEC_REQUEST,
                i32::from(settings.inband_fec),
            ),
            (
                opus::OPUS_SET_PACKET_LOSS_PERC_REQUEST,
                i32::from(settings.expected_loss.min(100)),
            ),
            (opus::OPUS_SET_DTX_REQUEST, i32::from(settings.dtx)),
            (opus::OPUS_SET_SIGNAL_REQUEST, opus::OPUS_SIGNAL_VOICE),
        ] {
            coder.set(request, value)?;
        }
        Ok(coder)
    }

    fn set(&mut self, request: c_int, value: i32) -> Result<(), Broken> {
        // SAFETY: the state is alive and ours; each request above takes one `opus_int32` by value.
        let done = unsafe { opus::opus_encoder_ctl(self.0.as_ptr(), request, value) };
        (done == opus::OPUS_OK).then_some(()).ok_or(Broken)
    }

    /// Codes a frame; the payload's length.
    pub(crate) fn encode(&mut self, pcm: &[i16], payload: &mut [u8]) -> Result<usize, Broken> {
        let samples = c_int::try_from(pcm.len()).map_err(|_| Broken)?;
        let room = i32::try_from(payload.len()).map_err(|_| Broken)?;
        // SAFETY: the state is alive and ours, of one channel: `samples` values are read of `pcm` and at most `room` octets written to
        // `payload`, which is what the slices have.
        let length = unsafe {
            opus::opus_encode(
                self.0.as_ptr(),
                pcm.as_ptr(),
                samples,
                payload.as_mut_ptr(),
                room,
            )
        };
        usize::try_from(length).map_err(|_| Broken)
    }
}

impl Drop for Coder {
    fn drop(&mut self) {
        // SAFETY: made by `opus_encoder_create`, and not used after this.
        unsafe { opus::opus_encoder_destroy(self.0.as_ptr()) }
    }
}
