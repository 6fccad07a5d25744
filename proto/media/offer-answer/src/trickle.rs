//! Candidates that come after the description (RFC 8840 §4).

use crate::Negotiator;
use crate::session::Remote;
use crate::told::{CANDIDATES, usable_candidate};
use control_command::{LegId, Refusal, SessionId};
use media_sdp::IceFragment;

impl Negotiator {
    /// Adds them to the far end that they name. Those of another ICE generation than the leg's are refused (RFC 8840 §4.4).
    pub(crate) fn add_candidates(
        &mut self,
        id: SessionId,
        leg: LegId,
        fragment: &[u8],
    ) -> Result<(), Refusal> {
        let session = self.state.sessions.get_mut(&id).ok_or(Refusal::Unknown)?;
        if !session.identities.contains_key(&leg) {
            return Err(Refusal::Unknown);
        }
        let fragment = IceFragment::parse(fragment).map_err(|_| Refusal::Malformed)?;
        let mut is_known = false;
        for state in session.states_of(leg) {
            let mid = state
                .layout
                .lines
                .get(state.layout.audio)
                .and_then(|line| line.mid.as_deref());
            let Some(Remote::WebRtc { transport, .. }) = &mut state.remote else {
                continue;
            };
            for part in fragment.parts() {
                let of_another_line = part.mid.is_some() && mid.is_some() && part.mid != mid;
                if of_another_line
                    || part.ufrag != Some(transport.ufrag.as_str())
                    || part.pwd != Some(transport.pwd.as_str())
                {
                    continue;
                }
                is_known = true;
                transport.ice.candidates_ended |= part.is_last;
                for candidate in part.candidates.filter_map(usable_candidate) {
                    let known = &mut transport.candidates;
                    let is_new = known.iter().all(|it| it.address != candidate.address);
                    if is_new && known.len() < CANDIDATES {
                        known.push(candidate);
                    }
                }
            }
        }
        if !is_known {
            return Err(Refusal::NotAcceptable);
        }
        self.apply(id);
        Ok(())
    }
}
