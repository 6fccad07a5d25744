//! Where a REFER leads (RFC 3515), and who carries it out.
//!
//! We do, unless the plan hands REFERs on to the peer whose side would have to call. The target is called in the name of the one
//! who is transferred, as it would call itself (RFC 5589); on whose word, stands in Referred-By (RFC 3892), which is ours to write and
//! nobody's to claim. The target goes through the same rules and limits as a call of the referrer's own: a REFER reaches nobody else.

use crate::Border;
use crate::route::{self, Called};
use crate::state::Party;
use crate::turn::Turn;
use control_command::LegId;
use sbc_call::Invitation;
use sbc_policy::{Decision, Destination, Inquiry, Origin, PeerId, Referral, Role, Whither};
use sip_dialog::DialogState;
use sip_message::{
    HeaderName, Headers, Host, Method, NameAddr, Params, Replaces, Request, StatusCode, Uri,
};

/// RFC 3261 §8.1.1.6: a call of our own begins with as many.
const MAX_FORWARDS: u8 = 70;

/// What becomes of a REFER.
enum Verdict {
    /// These are called; or else the transferee is told with these headers.
    Call(Vec<Called>, Option<Headers>),
    Pass(Headers),
    Refuse(u16),
}

/// Who is who in a REFER.
struct Referring {
    referrer: (LegId, Party),
    transferee: (LegId, Party),
    /// As the transferee is known to us.
    from: NameAddr,
    /// In whose name the target is called on the referrer's word.
    by: Uri,
}

impl Border {
    pub(crate) fn referred(&mut self, turn: &mut Turn<'_>, id: u64, leg: LegId, to: &NameAddr) {
        let verdict = match self.referring(id, leg) {
            Some(referring) => self.judge(id, &referring, &to.uri),
            None => Verdict::Refuse(481),
        };
        let verdict = match verdict {
            Verdict::Call(called, fallback) => match self.keep_called_to_limits(called) {
                Ok(called) => Verdict::Call(called, fallback),
                Err(_) => Verdict::Refuse(503),
            },
            other => other,
        };
        match verdict {
            Verdict::Call(called, fallback) => {
                let Some(tracked) = self.state.calls.get_mut(&id) else {
                    return;
                };
                let members = &mut tracked.members;
                let destinations: Vec<_> = called
                    .into_iter()
                    .filter_map(|called| route::destination(called, members))
                    .collect();
                self.with_call(turn, id, |call, context| {
                    call.transfer(context, leg, destinations, fallback);
                });
            }
            Verdict::Pass(headers) => self.with_call(turn, id, |call, context| {
                call.pass_refer(context, leg, &headers);
            }),
            Verdict::Refuse(code) => self.with_call(turn, id, |call, context| {
                call.refuse_refer(context, leg, StatusCode::of(code));
            }),
        }
    }

    fn referring(&self, id: u64, leg: LegId) -> Option<Referring> {
        let tracked = self.state.calls.get(&id)?;
        let other = tracked.call.talking(tracked.call.side(leg)?.other())?;
        let (referrer, transferee) = (tracked.party(leg)?.clone(), tracked.party(other)?.clone());
        let known = |leg: LegId, party: &Party| match party {
            Party::Browser {
                address_of_record, ..
            } => format!("sip:{address_of_record}").parse().ok(),
            Party::Peer(_) => Some(tracked.call.dialog(leg)?.remote().ok()?.uri),
        };
        let display = tracked.call.dialog(other)?.remote().ok()?.display;
        Some(Referring {
            by: known(leg, &referrer)?,
            from: NameAddr {
                display,
                uri: known(other, &transferee)?,
                params: Params::default(),
            },
            referrer: (leg, referrer),
            transferee: (other, transferee),
        })
    }

    fn judge(&mut self, id: u64, referring: &Referring, to: &Uri) -> Verdict {
        let mut target = to.clone();
        target.headers = None;
        target.params.remove("method");
        let replaced = match to.header("Replaces").map(|text| text.parse::<Replaces>()) {
            None => None,
            Some(Err(_)) => return Verdict::Refuse(400),
            Some(Ok(replaces)) => self.replaced_by(&referring.referrer.1, &replaces),
        };
        let passes = match &referring.transferee.1 {
            Party::Peer(peer) => self
                .plan
                .peer(*peer)
                .is_some_and(|peer| peer.referral == Referral::Pass),
            Party::Browser { .. } => false,
        };
        // A carrier's users are not its side's to command, and a page would ask its person first.
        let is_outsider =
            matches!(&referring.referrer.1, Party::Peer(peer) if !self.is_registrar(*peer));
        let may_answer = match &referring.transferee.1 {
            Party::Peer(peer) => !is_outsider && self.is_registrar(*peer),
            Party::Browser { .. } => false,
        };
        // What a telephone may call with its own credentials is not for a carrier to ask of it.
        let is_carriers = match &referring.referrer.1 {
            Party::Peer(peer) => !self.is_registrar(*peer),
            Party::Browser { .. } => false,
        };
        match replaced {
            Some((call, _)) if call == id => Verdict::Refuse(403),
            Some((call, leg)) => {
                let Some(far) = self.far_end(call, leg) else {
                    return Verdict::Refuse(481);
                };
                let are_neighbours = far.party == referring.transferee.1;
                target = far.target.clone();
                target.set_headers(&[("Replaces", &far.replaces.to_string())]);
                let headers = refer_headers(referring, target);
                if passes && are_neighbours {
                    return Verdict::Pass(headers);
                }
                let fallback = may_answer.then_some(headers).filter(|_| are_neighbours);
                self.call_far_end(referring, far, fallback)
            }
            None if passes && !is_carriers => {
                // Whoever then calls would do it at our word: it is no way around our routes.
                if let Err(code) = self.aims(referring, &target) {
                    return Verdict::Refuse(code);
                }
                if let Some(replaces) = to.header("Replaces") {
                    // A dialog that we have no part in: the peer may.
                    target.set_headers(&[("Replaces", &replaces)]);
                }
                Verdict::Pass(refer_headers(referring, target))
            }
            None => {
                let may_answer = may_answer && !is_carriers;
                let fallback = may_answer.then(|| refer_headers(referring, target.clone()));
                self.call_target(referring, &target, to.header("Replaces"), fallback)
            }
        }
    }

    /// The leg whose dialog Replaces names as its far end sees it, if that is the same party: nobody speaks for others' calls
    /// (RFC 3891 §5).
    pub(crate) fn replaced_by(&self, party: &Party, replaces: &Replaces) -> Option<(u64, LegId)> {
        let (call, leg) = self.dialog_named(replaces)?;
        let theirs = self.state.calls.get(&call)?.party(leg)?;
        let is_same = match (party, theirs) {
            (
                Party::Browser {
                    address_of_record, ..
                },
                Party::Browser {
                    address_of_record: theirs,
                    ..
                },
            ) => address_of_record == theirs,
            (Party::Peer(peer), Party::Peer(theirs)) => peer == theirs,
            _ => false,
        };
        is_same.then_some((call, leg))
    }

    /// The leg of a live call with these names. Its far end's own tag must be right too.
    pub(crate) fn dialog_named(&self, replaces: &Replaces) -> Option<(u64, LegId)> {
        let name = (replaces.call_id.clone(), replaces.to_tag.clone());
        let (call, leg) = *self.state.legs.get(&name)?;
        let tracked = self.state.calls.get(&call)?;
        let dialog = tracked.call.dialog(leg)?;
        (tracked.call.is_live() && dialog.remote_tag() == replaces.from_tag).then_some((call, leg))
    }

    /// Whom a leg talks with, through us, and how that one knows our dialog.
    fn far_end(&mut self, call: u64, leg: LegId) -> Option<FarEnd> {
        let tracked = self.state.calls.get(&call)?;
        let far = tracked.call.talking(tracked.call.side(leg)?.other())?;
        let dialog = tracked.call.dialog(far)?;
        if dialog.state() != DialogState::Confirmed {
            return None;
        }
        Some(FarEnd {
            party: tracked.party(far)?.clone(),
            flow: tracked.call.flow(far)?,
            target: dialog.remote_target().clone(),
            hop: dialog.next_hop().clone(),
            to: NameAddr {
                params: Params::default(),
                ..dialog.remote().ok()?
            },
            replaces: Replaces {
                call_id: dialog.call_id().to_owned(),
                to_tag: dialog.remote_tag().to_owned(),
                from_tag: dialog.local_tag().to_owned(),
                early_only: false,
            },
        })
    }

    /// Attended: the far end of the referrer's other call is called, to put the new dialog in that one's place.
    fn call_far_end(
        &mut self,
        referring: &Referring,
        far: FarEnd,
        fallback: Option<Headers>,
    ) -> Verdict {
        let mut headers = Headers::new();
        headers.push(HeaderName::Replaces, &far.replaces);
        // Who does not know Replaces would ring once more, and be left with two calls.
        headers.push(HeaderName::Require, "replaces");
        headers.push(HeaderName::ReferredBy, NameAddr::new(referring.by.clone()));
        let from = self.transferee_towards(referring, &far.party);
        let user = self.new_id();
        let place = match &far.party {
            Party::Peer(peer) => self.place_at_peer(*peer, &user),
            Party::Browser { .. } => match self.place_at_browser(far.flow) {
                Some(place) => place,
                None => return Verdict::Refuse(480),
            },
        };
        let invitation = self.invitation(far.target, from, far.to, headers);
        let called = Called {
            place,
            invitation,
            party: far.party,
            reaches: None,
            hop: Some(far.hop),
        };
        Verdict::Call(vec![called], fallback)
    }

    /// Blind.
    fn call_target(
        &mut self,
        referring: &Referring,
        target: &Uri,
        replaces: Option<String>,
        fallback: Option<Headers>,
    ) -> Verdict {
        let mut headers = Headers::new();
        headers.push(HeaderName::ReferredBy, NameAddr::new(referring.by.clone()));
        if let Some(replaces) = replaces {
            // A dialog of the far side, that we have no part in.
            headers.push(HeaderName::Replaces, replaces);
        }
        let whithers = match self.aims(referring, target) {
            Ok(whithers) => whithers,
            Err(code) => return Verdict::Refuse(code),
        };
        let mut called = Vec::new();
        for (whither, uri, trunk_from) in whithers {
            match whither {
                Whither::Peer(peer) => {
                    let party = Party::Peer(peer);
                    let from = match trunk_from {
                        Some(from) => from,
                        None => self.transferee_towards(referring, &party),
                    };
                    let user = self.new_id();
                    let place = self.place_at_peer(peer, &user);
                    let to = NameAddr::new(uri.clone());
                    called.push(Called {
                        place,
                        invitation: self.invitation(uri, from, to, headers.clone()),
                        party,
                        reaches: None,
                        hop: None,
                    });
                }
                Whither::User(address_of_record) => {
                    let bindings = self.state.bindings.of_address_of_record(&address_of_record);
                    let places: Vec<_> = bindings
                        .into_iter()
                        .map(|binding| (binding.token.clone(), binding.uri.clone(), binding.flow))
                        .collect();
                    let to = format!("sip:{address_of_record}")
                        .parse()
                        .map(NameAddr::new);
                    let Ok(to) = to else {
                        continue;
                    };
                    for (token, uri, flow) in places {
                        let place = flow.and_then(|flow| self.place_at_browser(flow));
                        let Some(place) = place else {
                            continue;
                        };
                        let party = Party::Browser {
                            address_of_record: address_of_record.clone(),
                            token,
                        };
                        let from = self.transferee_towards(referring, &party);
                        called.push(Called {
                            place,
                            invitation: self.invitation(uri, from, to.clone(), headers.clone()),
                            party,
                            reaches: None,
                            hop: None,
                        });
                    }
                }
            }
        }
        if called.is_empty() {
            return Verdict::Refuse(404);
        }
        Verdict::Call(called, fallback)
    }

    /// Whom the target stands for: nobody but whom the referrer could have called itself.
    fn aims(&mut self, referring: &Referring, target: &Uri) -> Result<Vec<Aim>, u16> {
        match &referring.referrer.1 {
            Party::Browser {
                address_of_record, ..
            } => {
                let proved = [address_of_record.to_owned()];
                let origin = Origin::Browser {
                    address_of_record,
                    proved: &proved,
                };
                let decision = self.decide_target(origin, &referring.by, target);
                let groups = decision.outcome;
                groups
                    .map(|groups| self.aimed(groups, false))
                    .map_err(|refusal| refusal.status.code())
            }
            Party::Peer(peer) => self.aims_of_peer(*peer, &referring.by, target),
        }
    }

    fn decide_target(&mut self, origin: Origin<'_>, by: &Uri, target: &Uri) -> Decision {
        let inquiry = Inquiry {
            origin,
            method: &Method::Invite,
            uri: target,
            from: &NameAddr::new(by.clone()),
            to: &NameAddr::new(target.clone()),
            headers: &Headers::new(),
        };
        self.plan.route(&inquiry, &mut self.state.random)
    }

    /// A carrier's word calls in the carrier's name, as its own calls do: a server may let its users do more.
    fn aimed(&self, groups: Vec<Vec<Destination>>, is_carriers: bool) -> Vec<Aim> {
        let aims = groups.into_iter().flatten().map(|destination| {
            let is_trunk = match &destination.whither {
                Whither::Peer(peer) => !self.is_registrar(*peer),
                Whither::User(_) => false,
            };
            // A carrier knows the numbers it has let, and nobody else's.
            let from = (is_trunk || is_carriers).then_some(destination.from);
            (destination.whither, destination.uri, from)
        });
        aims.collect()
    }

    /// A registrar knows browsers by the tokens it got from us. Else what holds for calls of a peer holds here; but where no route
    /// speaks, a registrar's own users are reached through it, as it could reach them without us. A carrier is not called back: it
    /// would be at our cost.
    fn aims_of_peer(&mut self, peer: PeerId, by: &Uri, target: &Uri) -> Result<Vec<Aim>, u16> {
        let token = target.user.as_deref().unwrap_or_default();
        let binding = self
            .state
            .bindings
            .find(token)
            .filter(|binding| self.home_peer(&binding.address_of_record) == Some(peer));
        if let Some(binding) = binding {
            let user = Whither::User(binding.address_of_record.clone());
            return Ok(vec![(user, target.clone(), None)]);
        }
        let decision = self.decide_target(Origin::Peer(peer), by, target);
        match decision.outcome {
            Ok(groups) => Ok(self.aimed(groups, !self.is_registrar(peer))),
            Err(_) if decision.route.is_none() && self.is_registrar(peer) => {
                Ok(vec![(Whither::Peer(peer), target.clone(), None)])
            }
            Err(refusal) => Err(refusal.status.code()),
        }
    }

    fn is_registrar(&self, peer: PeerId) -> bool {
        let peer = self.plan.peer(peer);
        peer.is_some_and(|peer| peer.role == Role::Registrar)
    }

    /// The transferee's name, as this party may see it: no host of another side's.
    fn transferee_towards(&mut self, referring: &Referring, party: &Party) -> NameAddr {
        let from = &referring.from;
        let host: Option<Host> = match (&referring.transferee.1, party) {
            (Party::Peer(theirs), Party::Peer(peer)) if theirs == peer => None,
            (Party::Browser { .. }, Party::Peer(_)) => None,
            (Party::Peer(_), Party::Peer(peer)) => Some(self.own_host(*peer)),
            (
                _,
                Party::Browser {
                    address_of_record, ..
                },
            ) => {
                let home = format!("sip:{address_of_record}").parse::<Uri>();
                home.ok().map(|home| home.host)
            }
        };
        let user = from.uri.user.as_deref();
        let uri = match host {
            Some(host) => Uri::sip_host(user.or(Some("anonymous")), host),
            None => Uri::sip_host(user, from.uri.host.clone()),
        };
        NameAddr {
            display: from.display.clone(),
            uri,
            params: Params::default(),
        }
    }

    pub(crate) fn place_at_peer(&mut self, peer: PeerId, user: &str) -> sbc_call::Party {
        sbc_call::Party {
            end: self.peer_end(peer, LegId(0)),
            flow: self.peer_hop(peer).flow,
            contact: self.peer_contact(peer, user),
            manners: self.manners_with(peer),
        }
    }

    fn place_at_browser(&mut self, flow: proto_base::Flow) -> Option<sbc_call::Party> {
        let arrival = self.state.connections.get(&flow).copied()?;
        Some(sbc_call::Party {
            end: crate::invite::browser_end(LegId(0), &arrival),
            flow,
            contact: self.outer_contact(flow),
            manners: Default::default(),
        })
    }

    fn invitation(
        &mut self,
        uri: Uri,
        from: NameAddr,
        to: NameAddr,
        headers: Headers,
    ) -> Invitation {
        Invitation {
            uri,
            from,
            to,
            call_id: self.new_id(),
            from_tag: self.new_id(),
            cseq: 1,
            max_forwards: MAX_FORWARDS,
            headers,
        }
    }
}

/// For a REFER that is handed on.
fn refer_headers(referring: &Referring, target: Uri) -> Headers {
    let mut headers = Headers::new();
    headers.push(HeaderName::ReferTo, NameAddr::new(target));
    headers.push(HeaderName::ReferredBy, NameAddr::new(referring.by.clone()));
    headers
}

/// Where to, with which Request-URI, and in which name if not the transferee's.
type Aim = (Whither, Uri, Option<NameAddr>);

struct FarEnd {
    party: Party,
    flow: proto_base::Flow,
    target: Uri,
    /// Its side's server may refuse to carry what is not for its own users: it goes the way that the dialog's requests go.
    hop: Uri,
    to: NameAddr,
    replaces: Replaces,
}

/// A NOTIFY of a REFER's progress says one line; what else a far side writes there is its own affair (RFC 3420 §2.1, §5).
pub(crate) fn keep_status_line(request: &mut Request) {
    let is_fragment = request
        .headers
        .get(&HeaderName::ContentType)
        .is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default();
            kind.trim().eq_ignore_ascii_case("message/sipfrag")
        });
    if request.method != Method::Notify || !is_fragment {
        return;
    }
    let end = request
        .body
        .iter()
        .position(|byte| matches!(byte, b'\r' | b'\n'))
        .unwrap_or(request.body.len());
    request.body.truncate(end);
    request.body.extend_from_slice(b"\r\n");
}
