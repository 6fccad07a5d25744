use media_codec::Broken;
use opusic_sys as opus;
use std::ffi::c_int;
use std::ptr::{NonNull, null};

/// A decoder's state.
#[derive(Debug)]
pub(crate) struct Reader(NonNull<opus::OpusDecoder>);

// SAFETY: the state is plain memory without ties to a thread, and nobody else has a pointer to it.
unsafe impl Send for Reader {}

impl Reader {
    pub(crate) fn new(rate: u32) -> Result<Self, Broken> {
        let rate = i32::try_from(rate).map_err(|_| Broken)?;
        let mut error: c_int = 0;
        // SAFETY: `error` lives during the call. The result is null or a state that is ours.
        let state = unsafe { opus::opus_decoder_create(rate, 1, &mut error) };
        let reader = Self(NonNull::new(state).ok_or(Broken)?);
        (error == opus::OPUS_OK).then_some(reader).ok_or(Broken)
    }

    /// Decodes a payload; without one, guesses what was lost, as many samples as there is room. With `copy`: what the payload holds of
    /// the packet before it, likewise.
    pub(crate) fn decode(
        &mut self,
        payload: &[u8],
        pcm: &mut [i16],
        copy: bool,
    ) -> Result<usize, Broken> {
        let length = i32::try_from(payload.len()).map_err(|_| Broken)?;
        let room = c_int::try_from(pcm.len()).map_err(|_| Broken)?;
        let data = if payload.is_empty() {
            null()
        } else {
            payload.as_ptr()
        };
        // SAFETY: the state is alive and ours, of one channel: `length` octets are read of `data` (null is what the library takes for
        // a loss) and at most `room` samples written to `pcm`, which is what the slices have. The library checks the payload itself:
        // RFC 6716 §4 makes every malformed packet an error.
        let samples = unsafe {
            opus::opus_decode(
                self.0.as_ptr(),
                data,
                length,
                pcm.as_mut_ptr(),
                room,
                c_int::from(copy),
            )
        };
        usize::try_from(samples).map_err(|_| Broken)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // SAFETY: made by `opus_decoder_create`, and not used after this.
        unsafe { opus::opus_decoder_destroy(self.0.as_ptr()) }
    }
}
