use crate::counter_mode::{CounterMode, RTCP_TAG};
use crate::derive::{Protocol, SessionKeys};
use crate::gcm::{Gcm, TAG};
use crate::{MasterKey, Profile};

/// The cryptographic transforms of one direction, keys scheduled: rebuilt from the master key, never written down.
#[expect(
    clippy::large_enum_variant,
    reason = "inline on purpose: a key record elsewhere on the heap costs a cache miss on every packet"
)]
pub(crate) enum Transform {
    Gcm {
        rtp: Gcm,
        rtcp: Gcm,
    },
    CounterMode {
        rtp: CounterMode,
        rtcp: CounterMode,
        /// Octets of SRTP's tag.
        tag: usize,
    },
}

impl Transform {
    pub(crate) fn new(profile: Profile, master: &MasterKey) -> Self {
        Self::keyed(
            profile,
            &SessionKeys::derive(profile, master, Protocol::Srtp),
            &SessionKeys::derive(profile, master, Protocol::Srtcp),
        )
    }

    pub(crate) fn keyed(profile: Profile, rtp: &SessionKeys, rtcp: &SessionKeys) -> Self {
        let counter_mode = |tag| Transform::CounterMode {
            rtp: CounterMode::new(profile, rtp),
            rtcp: CounterMode::new(profile, rtcp),
            tag,
        };
        match profile {
            Profile::AeadAes256Gcm | Profile::AeadAes128Gcm => Transform::Gcm {
                rtp: Gcm::new(profile, rtp),
                rtcp: Gcm::new(profile, rtcp),
            },
            Profile::Aes256CmHmacSha1_80 | Profile::Aes128CmHmacSha1_80 => counter_mode(10),
            Profile::Aes256CmHmacSha1_32 | Profile::Aes128CmHmacSha1_32 => counter_mode(4),
        }
    }

    /// Octets that SRTP adds.
    pub(crate) fn rtp_growth(&self) -> usize {
        match self {
            Transform::Gcm { .. } => TAG,
            Transform::CounterMode { tag, .. } => *tag,
        }
    }

    /// Octets that SRTCP adds.
    pub(crate) fn rtcp_growth(&self) -> usize {
        4 + match self {
            Transform::Gcm { .. } => TAG,
            Transform::CounterMode { .. } => RTCP_TAG,
        }
    }

    /// How far before the packet's end SRTCP's index word ends: GCM puts it last, RFC 3711 puts the tag last.
    pub(crate) fn after_index_word(&self) -> usize {
        match self {
            Transform::Gcm { .. } => 0,
            Transform::CounterMode { .. } => RTCP_TAG,
        }
    }

    /// Protects `buffer[..length]`; `extent` is the header's length and the whole, `place` the SSRC and index. The new length.
    pub(crate) fn seal_rtp(
        &self,
        buffer: &mut [u8],
        extent: (usize, usize),
        place: (u32, u64),
    ) -> Option<usize> {
        match self {
            Transform::Gcm { rtp, .. } => rtp.seal_rtp(buffer, extent, place),
            Transform::CounterMode { rtp, tag, .. } => rtp.seal_rtp(buffer, extent, place, *tag),
        }
    }

    /// The reverse; `None` if the tag is not the packet's.
    pub(crate) fn open_rtp(
        &self,
        buffer: &mut [u8],
        extent: (usize, usize),
        place: (u32, u64),
    ) -> Option<usize> {
        match self {
            Transform::Gcm { rtp, .. } => rtp.open_rtp(buffer, extent, place),
            Transform::CounterMode { rtp, tag, .. } => rtp.open_rtp(buffer, extent, place, *tag),
        }
    }

    /// Protects a compound RTCP packet; the new length.
    pub(crate) fn seal_rtcp(
        &self,
        buffer: &mut [u8],
        length: usize,
        place: (u32, u32),
    ) -> Option<usize> {
        match self {
            Transform::Gcm { rtcp, .. } => rtcp.seal_rtcp(buffer, length, place),
            Transform::CounterMode { rtcp, .. } => rtcp.seal_rtcp(buffer, length, place),
        }
    }

    /// The reverse; `None` if the tag is not the packet's.
    pub(crate) fn open_rtcp(
        &self,
        buffer: &mut [u8],
        length: usize,
        place: (u32, u32),
    ) -> Option<usize> {
        match self {
            Transform::Gcm { rtcp, .. } => rtcp.open_rtcp(buffer, length, place),
            Transform::CounterMode { rtcp, .. } => rtcp.open_rtcp(buffer, length, place),
        }
    }
}
