//! What is measured. A new load is a function here and a line in [`ALL`].

mod call;
mod peers;
mod relay;
mod transcode;

pub use peers::held;

use std::time::Duration;

/// A piece of work that is done many times.
#[derive(Debug)]
pub struct Load {
    /// By which limits.toml knows it.
    pub name: &'static str,
    /// How often it is done for one count: enough that a single instruction shows.
    pub repetitions: u32,
    /// Prepares so many repetitions and does so many of them; how long the doing took.
    pub run: fn(prepared: u32, done: u32) -> Duration,
}

/// Packets for one count.
const PACKETS: u32 = 4000;

/// Packets that are transcoded for one count: each costs as much as a hundred that are relayed.
const SOUNDS: u32 = 400;

/// Calls for one count.
const CALLS: u32 = 100;

/// All loads, in the order they are shown.
pub const ALL: &[Load] = &[
    Load {
        name: "relay/srtp-to-rtp/gcm-128",
        repetitions: PACKETS,
        run: relay::srtp_to_rtp_gcm_128,
    },
    Load {
        name: "relay/rtp-to-srtp/gcm-128",
        repetitions: PACKETS,
        run: relay::rtp_to_srtp_gcm_128,
    },
    Load {
        name: "relay/srtp-to-rtp/gcm-256",
        repetitions: PACKETS,
        run: relay::srtp_to_rtp_gcm_256,
    },
    Load {
        name: "relay/rtp-to-srtp/gcm-256",
        repetitions: PACKETS,
        run: relay::rtp_to_srtp_gcm_256,
    },
    Load {
        name: "relay/srtp-to-rtp/cm-sha1-80",
        repetitions: PACKETS,
        run: relay::srtp_to_rtp_counter_mode,
    },
    Load {
        name: "relay/rtp-to-srtp/cm-sha1-80",
        repetitions: PACKETS,
        run: relay::rtp_to_srtp_counter_mode,
    },
    Load {
        name: "relay/rtp-to-rtp",
        repetitions: PACKETS,
        run: relay::rtp_to_rtp,
    },
    Load {
        name: "transcode/opus-to-pcmu",
        repetitions: SOUNDS,
        run: transcode::opus_to_pcmu,
    },
    Load {
        name: "transcode/pcmu-to-opus",
        repetitions: SOUNDS,
        run: transcode::pcmu_to_opus,
    },
    Load {
        name: "call/page-to-phone",
        repetitions: CALLS,
        run: call::call,
    },
    Load {
        name: "call/trunk-to-server",
        repetitions: CALLS,
        run: peers::call,
    },
];

/// The load of that name.
pub fn named(name: &str) -> Option<&'static Load> {
    ALL.iter().find(|load| load.name == name)
}
