use crate::{Direction, LegId, SessionId};
use proto_base::{NetworkId, Time};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What a leg's far end speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dress {
    /// A browser: `UDP/TLS/RTP/SAVPF`, ICE, DTLS-SRTP, rtcp-mux, BUNDLE.
    WebRtc,
    /// A telephone: `RTP/AVP` on a port pair.
    Rtp,
    /// The same with the feedback profile (RFC 4585): `RTP/AVPF`.
    RtpFeedback,
    /// A telephone that encrypts with keys from its SDP (RFC 4568): `RTP/SAVP` on a port pair, and never in the clear.
    Srtp,
    /// The same with the feedback profile (RFC 5124): `RTP/SAVPF`.
    SrtpFeedback,
    /// A telephone that may encrypt (RFC 8643): `RTP/AVP` with keys beside, on a port pair; in the clear with those who take no key.
    /// Once encrypted it stays so.
    BestEffort,
}

/// One end of an offer: the leg, where it lives and what it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegEnd {
    /// Which leg of the session.
    pub leg: LegId,
    /// Its network: decides addresses told and ports bound.
    pub network: NetworkId,
    /// What its far end speaks.
    pub dress: Dress,
    /// Where its signalling comes from: with the address in the SDP, the only plausible sources of its RTP.
    pub signalled_from: Option<IpAddr>,
}

/// An SDP offer (RFC 3264) that `from` made, to be told to `to` in `to`'s dress. The first one opens the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The call's media.
    pub session: SessionId,
    /// Who offered.
    pub from: LegEnd,
    /// To whom.
    pub to: LegEnd,
    /// The body, as received.
    pub sdp: Vec<u8>,
}

/// Which codecs of an offer go on to whom it is for, where signalling has a wish of its own. Names are those of an `a=rtpmap`, with or
/// without clock and channels (`opus`, `L16/8000/2`), in any case of letters; `all` is every codec but telephone events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodecWishes {
    /// As if they had not been offered.
    pub without: Vec<String>,
    /// Not told, although the offerer may still be answered with them: what is told instead is translated.
    pub hidden: Vec<String>,
    /// Exempt from both.
    pub kept: Vec<String>,
    /// Told besides, and translated.
    pub translated: Vec<String>,
}

/// An SDP answer that `from` gave to the offer outstanding towards it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The call's media.
    pub session: SessionId,
    /// Who answered.
    pub from: LegId,
    /// The body, as received.
    pub sdp: Vec<u8>,
    /// In a provisional response: a 200 will repeat or replace it. Once the final answer is given the exchange is closed.
    pub provisional: bool,
}

/// What to tell the other leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The body to send.
    pub sdp: Vec<u8>,
    /// What the description just received asks for, seen from its author: `SendOnly` or `Inactive` is a hold.
    pub direction: Direction,
}

/// Why media cannot do what was asked. Each maps to one SIP status in the border.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The body is no SDP, or breaks a limit: 400.
    Malformed,
    /// Nothing in it that we can carry: no audio, no common codec, no fingerprint: 488.
    NotAcceptable,
    /// An offer is already outstanding: 491.
    Pending,
    /// No such session or leg, or nothing was offered to that leg: 500, our own fault.
    Unknown,
    /// No port or worker is free: 503.
    Exhausted,
}

/// What there is to say of a session when it ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The codecs agreed last, leg by leg, as in an rtpmap (`PCMU/8000`).
    pub codecs: Vec<String>,
}

/// What became of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offered {
    /// It concerns the other leg, which is to be told this.
    Ask(Description),
    /// It concerns nobody else: a refresh, an ICE restart, another address or port of the one who offered. This is the answer, and
    /// nothing is outstanding.
    Settled(Description),
}

/// What became of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// For the leg whose offer was answered. Where we made the offer ourselves ([`Proposal`]) and the other leg has no description
    /// yet: the offer for it. Where it has one: what it was told last, and it need not be told again.
    pub description: Description,
    /// The other leg's agreement does not fit this one any more (a direction, a codec): it is to be offered anew, with a
    /// [`Proposal`].
    pub unfit: bool,
}

/// An offer of our own making, for a leg that asked for one (RFC 3261 §14.1: an INVITE without a description), or that must be
/// brought in line with the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The call's media.
    pub session: SessionId,
    /// Who is offered. A leg that the session does not know joins it.
    pub to: LegEnd,
    /// Whom it is to talk with. Its agreement, where there is one, bounds what is offered; its dress, where there is none.
    pub with: LegEnd,
}

/// The media side, as signalling sees it. Every call answers at once, so the B2BUA has no state in which it waits for media.
pub trait Door {
    /// Takes an offer of one leg and words it for the other. A session's first offer opens it; a later one from either
    /// leg renegotiates, and while it is outstanding the session stands as it was (RFC 3264 §8, RFC 6141).
    ///
    /// The very offer that is outstanding, to another leg than before, forks: each leg it was worded for may answer, and the
    /// first final answer closes the exchange. Legs that lost are [released](Door::release). One tried after another is released
    /// before the next is offered the same; then whoever offered keeps the answer that it has heard early media by.
    fn offer(&mut self, now: Time, offer: Offer) -> Result<Offered, Refusal>;

    /// The same with a choice of codecs. (A door for signalling without such wishes need not have this.)
    fn offer_chosen(
        &mut self,
        now: Time,
        offer: Offer,
        codecs: &CodecWishes,
    ) -> Result<Offered, Refusal> {
        let _ = codecs;
        self.offer(now, offer)
    }

    /// Takes the answer and words it for the leg that offered. The same answer again gives the same description, and a
    /// browser gets one constant answer however many provisional ones, of however many forks, arrive; a final one that does not go
    /// with it is `unfit`. Of several legs that answer early the first is heard.
    fn answer(&mut self, now: Time, answer: Answer) -> Result<Answered, Refusal>;

    /// Makes an offer of our own. It is outstanding like any other until the leg has [answered](Door::answer) it, and forks like any
    /// other: the same `with`, another `to`. Where `with` has no agreement yet it stays outstanding until `with` has answered, too,
    /// what it was told of it.
    fn propose(&mut self, now: Time, proposal: Proposal) -> Result<Description, Refusal>;

    /// Candidates that a leg found later (RFC 8840 §4): an `application/trickle-ice-sdpfrag` body. Of another ICE generation than
    /// the leg's they are [not acceptable](Refusal::NotAcceptable).
    fn trickle(
        &mut self,
        now: Time,
        session: SessionId,
        leg: LegId,
        fragment: &[u8],
    ) -> Result<(), Refusal>;

    /// The outstanding offer was refused or cancelled: the session stands as before it. Without one, nothing happens.
    fn withdraw(&mut self, now: Time, session: SessionId);

    /// A leg leaves the session: a fork that lost, a leg that was transferred away. What it held is free; the others stay. An offer
    /// outstanding towards it alone is withdrawn. Its number is not used again. Idempotent.
    fn release(&mut self, now: Time, session: SessionId, leg: LegId);

    /// Ends the session and frees what it held. Idempotent.
    fn delete(&mut self, now: Time, session: SessionId) -> Option<Summary>;

    /// What the author of an offer speaks: for a signalling that is not told so beforehand.
    /// (A door for signalling that knows its peers need not have this, nor the two that follow.)
    fn dress(&self, sdp: &[u8]) -> Result<Dress, Refusal> {
        let _ = sdp;
        Err(Refusal::NotAcceptable)
    }

    /// The description that a leg was given last: for a signalling that carries on an offer which is
    /// [settled](Offered::Settled).
    fn told(&self, session: SessionId, leg: LegId) -> Option<Vec<u8>> {
        let _ = (session, leg);
        None
    }

    /// Asks the session's worker what its legs have carried; [`What::Counted`](crate::What::Counted) brings it. `false`: there is
    /// nothing to ask for.
    fn count(&mut self, now: Time, session: SessionId) -> bool {
        let _ = (now, session);
        false
    }
}

impl Dress {
    /// As in an `m=` line.
    pub const fn protocol(self) -> &'static str {
        match self {
            Dress::WebRtc => "UDP/TLS/RTP/SAVPF",
            Dress::Rtp | Dress::BestEffort => "RTP/AVP",
            Dress::RtpFeedback => "RTP/AVPF",
            Dress::Srtp => "RTP/SAVP",
            Dress::SrtpFeedback => "RTP/SAVPF",
        }
    }

    /// Whether keys stand in its SDP.
    pub const fn tells_keys(self) -> bool {
        match self {
            Dress::WebRtc | Dress::Rtp | Dress::RtpFeedback => false,
            Dress::Srtp | Dress::SrtpFeedback | Dress::BestEffort => true,
        }
    }

    /// Whether nothing may travel in the clear.
    pub const fn is_always_encrypted(self) -> bool {
        matches!(self, Dress::WebRtc | Dress::Srtp | Dress::SrtpFeedback)
    }
}
