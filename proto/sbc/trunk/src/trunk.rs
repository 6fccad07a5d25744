use crate::{Account, Probe, Rate, Registration, Standing};
use proto_base::{Random, Time};
use serde::{Deserialize, Serialize};
use sip_message::{CSeq, HeaderName, Method, NameAddr, Request, Response, Uri};
use std::time::Duration;

/// What was agreed with a peer.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// User and password, for its challenges.
    pub account: Option<(String, String)>,
    /// We register, and ask for this long.
    pub register: Option<Duration>,
    /// How often it is asked whether it is there.
    pub probe: Option<Duration>,
    /// Most new calls to it a second.
    pub calls_per_second: Option<u32>,
}

/// Who is where, for the requests of a trunk.
#[derive(Clone, Debug)]
pub struct Place {
    /// The Request-URI of a REGISTER, and of an OPTIONS.
    pub registrar: Uri,
    /// Us, at the peer.
    pub address_of_record: Uri,
    /// Where we are reached.
    pub contact: Uri,
}

/// What is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// A REGISTER.
    Register(Request),
    /// An OPTIONS.
    Probe(Request),
}

/// Our side of a peer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trunk {
    account: Option<Account>,
    registration: Option<Registration>,
    probe: Option<Probe>,
    rate: Option<Rate>,
    tag: String,
    call_id: String,
}

impl Trunk {
    /// As agreed; everything is due at once.
    pub fn new(settings: &Settings, random: &mut Random) -> Self {
        Self {
            account: settings
                .account
                .as_ref()
                .map(|(user, password)| Account::new(user, password)),
            registration: settings
                .register
                .map(|wanted| Registration::new(wanted, random)),
            probe: settings.probe.map(Probe::new),
            rate: settings
                .calls_per_second
                .map(|rate| Rate::new(rate, Time::ZERO)),
            tag: random.token(16),
            call_id: random.token(20),
        }
    }

    /// When [`Trunk::poll`] has something to send next.
    pub fn deadline(&self) -> Option<Time> {
        let registration = self.registration.as_ref().and_then(Registration::deadline);
        let probe = self.probe.as_ref().and_then(Probe::deadline);
        [registration, probe].into_iter().flatten().min()
    }

    /// What is due now. Each must be followed by its answer or its failure.
    pub fn poll(&mut self, now: Time, place: &Place, random: &mut Random) -> Vec<Due> {
        let mut due = Vec::new();
        if let Some(registration) = &mut self.registration
            && let Some(request) = registration.poll(now, place, self.account.as_mut(), random)
        {
            due.push(Due::Register(request));
        }
        if let Some(probe) = &mut self.probe
            && probe.is_due(now)
        {
            let cseq = probe.cseq;
            due.push(Due::Probe(self.options(place, cseq)));
        }
        due
    }

    fn options(&self, place: &Place, number: u32) -> Request {
        let mut request = Request::new(Method::Options, place.registrar.clone());
        let us = NameAddr::new(place.address_of_record.clone());
        let headers = &mut request.headers;
        headers.push(HeaderName::MaxForwards, 70);
        headers.push(HeaderName::From, us.with_tag(&self.tag));
        headers.push(HeaderName::To, NameAddr::new(place.registrar.clone()));
        headers.push(HeaderName::CallId, &self.call_id);
        headers.push(
            HeaderName::CSeq,
            CSeq {
                number,
                method: Method::Options,
            },
        );
        headers.push(HeaderName::Contact, NameAddr::new(place.contact.clone()));
        headers.push(HeaderName::Accept, "application/sdp");
        request
    }

    /// The REGISTER was answered.
    pub fn registered(&mut self, now: Time, response: &Response, random: &mut Random) -> Standing {
        match &mut self.registration {
            Some(registration) => {
                registration.answered(now, response, self.account.as_mut(), random)
            }
            None => Standing::Same,
        }
    }

    /// The REGISTER was not answered.
    pub fn unregistered(&mut self, now: Time, random: &mut Random) -> Standing {
        match &mut self.registration {
            Some(registration) => registration.unanswered(now, random),
            None => Standing::Same,
        }
    }

    /// The OPTIONS was answered, with this status, or not at all. Gives whether the peer counts as down.
    pub fn probed(&mut self, now: Time, status: Option<u16>, random: &mut Random) -> bool {
        match (&mut self.probe, status) {
            (Some(probe), Some(status)) => probe.answered(now, status, random),
            (Some(probe), None) => probe.missed(now, random),
            (None, _) => false,
        }
    }

    /// Whether the peer has our contact; `None` if we do not register.
    pub fn is_registered(&self) -> Option<bool> {
        self.registration.as_ref().map(Registration::is_registered)
    }

    /// Whether a challenge of this peer can be answered at all.
    pub fn has_account(&self) -> bool {
        self.account.is_some()
    }

    /// Answers a challenge to any request of ours: `false` if that cannot be done.
    pub fn answer(
        &mut self,
        challenged: &Response,
        request: &mut Request,
        random: &mut Random,
    ) -> bool {
        let account = self.account.as_mut();
        account.is_some_and(|account| account.answer(challenged, request, random).is_ok())
    }

    /// One more call to it, if the rate allows.
    pub fn may_call(&mut self, now: Time) -> bool {
        self.rate.as_mut().is_none_or(|rate| rate.take(now))
    }

    /// We go: the REGISTER that takes our contact back.
    pub fn end(&mut self, place: &Place, random: &mut Random) -> Option<Request> {
        self.probe = None;
        let account = self.account.as_mut();
        self.registration.as_mut()?.end(place, account, random)
    }
}
