use crate::front::Front;
use crate::interface::{Family, choose};
use crate::reply;
use crate::request::{Ice, Options, Profile, Request};
use crate::{Interface, Value};
use control_command::{Door, Dress, LegEnd, LegId, Offer, Offered, Refusal};
use proto_base::Time;

impl Front {
    /// An offer of one end, to be worded for the other.
    pub(crate) fn offer(&mut self, now: Time, door: &mut impl Door, request: &Request) -> Value {
        let (Some(sdp), Some(from_tag)) = (&request.sdp, &request.from_tag) else {
            return reply::error(if request.sdp.is_none() {
                "No SDP body in message"
            } else {
                "No from-tag in message"
            });
        };
        if request.call.is_empty() {
            return reply::error("No call-id in message");
        }
        if request.options.fragment {
            return self.trickle(now, door, request, from_tag, sdp);
        }
        let is_new = self.calls.get(&request.call).is_none();
        let offered = self.word(now, door, request, from_tag, sdp);
        match offered {
            Ok(body) => {
                // Whoever speaks of it wants it to live.
                self.calls.end_at(&request.call, None);
                reply::ok([("sdp", Value::Text(body))])
            }
            Err(refused) => {
                if is_new {
                    self.end(now, door, &request.call);
                }
                match refused {
                    Refused::Words(words) => reply::error(words),
                    Refused::Door(Refusal::Exhausted) => {
                        reply::overload("Ran out of ports", request.options.knows_load_limit)
                    }
                    Refused::Door(refusal) => reply::refusal(refusal),
                }
            }
        }
    }

    fn word(
        &mut self,
        now: Time,
        door: &mut impl Door,
        request: &Request,
        from_tag: &str,
        sdp: &[u8],
    ) -> Result<Vec<u8>, Refused> {
        let options = &request.options;
        let spoken = door.dress(sdp).map_err(Refused::Door)?;
        let interfaces = &self.settings.interfaces;
        let (from_name, to_name) = &options.direction;
        let here = choose(
            interfaces,
            from_name.as_deref(),
            options.received_from.map(Family::of),
        );
        let there = choose(interfaces, to_name.as_deref(), options.family);
        let (Some(here), Some(there)) = (here.cloned(), there.cloned()) else {
            return Err(Refused::Words("No such interface"));
        };
        let call = match self.calls.get_mut(&request.call) {
            Some(call) => call,
            None => self
                .calls
                .open(now, &request.call)
                .ok_or(Refused::Words("Parallel session limit reached"))?,
        };
        call.signalled = now;
        let session = call.session;
        let from = match call.tagged(from_tag) {
            Some(party) => party.leg,
            None => call
                .join(now, Some(from_tag), here.network, spoken)
                .ok_or(Refused::Door(Refusal::Exhausted))?,
        };
        if let Some(party) = call.party_mut(from) {
            party.dress = spoken;
            party.label = options.label.clone().or(party.label.take());
        }
        let branch = request.via_branch.as_deref();
        let known = call.other_end(from, request.to_tag.as_deref(), branch);
        let to = match known {
            Some(leg) => leg,
            None => {
                let dress = asked_for(options, spoken);
                let tag = request.to_tag.as_deref();
                call.join(now, tag, there.network, dress)
                    .ok_or(Refused::Door(Refusal::Exhausted))?
            }
        };
        let mut other = EndOf { leg: to, new: None };
        if let Some(party) = call.party_mut(to) {
            if branch.is_some() {
                party.branch = branch.map(str::to_owned);
            }
            // One that has never answered may be asked in another dress than before: a second attempt. That makes it another leg.
            let dress = match party.tag {
                None => asked_for(options, spoken),
                Some(_) => party.dress,
            };
            if party.dress != dress || (party.tag.is_none() && party.network != there.network) {
                other.new = Some((dress, there.clone()));
            }
        }
        if let Some((dress, interface)) = other.new {
            let branch = branch.map(str::to_owned);
            call.leave(to);
            door.release(now, session, to);
            let leg = call
                .join(now, None, interface.network, dress)
                .ok_or(Refused::Door(Refusal::Exhausted))?;
            if let Some(party) = call.party_mut(leg) {
                party.branch = branch;
            }
            other.leg = leg;
        }
        let to = other.leg;
        let (Some(one), Some(two)) = (call.party(from), call.party(to)) else {
            return Err(Refused::Door(Refusal::Unknown));
        };
        let offer = Offer {
            session,
            from: LegEnd {
                signalled_from: options.received_from,
                ..one.end()
            },
            to: two.end(),
            sdp: sdp.to_vec(),
        };
        let mut done = door.offer_chosen(now, offer.clone(), &options.codecs);
        if done == Err(Refusal::Pending) {
            // The one before came to nothing, and nobody told us: proxies need not.
            door.withdraw(now, session);
            done = door.offer_chosen(now, offer, &options.codecs);
        }
        match done.map_err(Refused::Door)? {
            Offered::Ask(description) => {
                note(&mut call.offered, from, to);
                Ok(description.sdp)
            }
            // Its author's alone, and answered already. The proxy carries it on all the same, so the other end is offered what
            // it was told last; its answer will change nothing.
            Offered::Settled(_) => {
                note(&mut call.offered, from, to);
                door.told(session, to)
                    .ok_or(Refused::Door(Refusal::Unknown))
            }
        }
    }

    fn trickle(
        &mut self,
        now: Time,
        door: &mut impl Door,
        request: &Request,
        from_tag: &str,
        fragment: &[u8],
    ) -> Value {
        let Some(call) = self.calls.get(&request.call) else {
            return reply::error("Unknown call-id");
        };
        let Some(party) = call.tagged(from_tag) else {
            return reply::error("From-tag not found");
        };
        match door.trickle(now, call.session, party.leg, fragment) {
            Ok(()) => reply::ok([]),
            Err(refusal) => reply::refusal(refusal),
        }
    }
}

enum Refused {
    Words(&'static str),
    Door(Refusal),
}

struct EndOf {
    leg: LegId,
    /// It is to be another one.
    new: Option<(Dress, Interface)>,
}

fn note(offered: &mut Option<crate::calls::Offered>, by: LegId, to: LegId) {
    match offered {
        Some(known) if known.by == by => {
            known.to.retain(|leg| *leg != to);
            known.to.push(to);
        }
        _ => *offered = Some(crate::calls::Offered { by, to: vec![to] }),
    }
}

/// The dress for whoever is offered something first: what is asked for, otherwise what the offerer speaks.
fn asked_for(options: &Options, spoken: Dress) -> Dress {
    let named = match options.transport {
        Some(Profile::Named(dress)) => dress,
        Some(Profile::Accept) | None => spoken,
    };
    match (named, options.ice) {
        (Dress::WebRtc, Ice::Remove) if options.transport.is_none() => Dress::Rtp,
        (dress, _) => dress,
    }
}
