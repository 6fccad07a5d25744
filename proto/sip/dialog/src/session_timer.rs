//! The session timer of one leg (RFC 4028): asked for, agreed upon, refreshed, and what is due when it is not.
//!
//! One value serves both parts, for who sends a request may change with each: `ask` words our requests, `answered` reads
//! their 2xx, `too_small` their 422; `accept` judges the requests of the far end and words our 2xx.

use proto_base::Time;
use serde::{Deserialize, Serialize};
use sip_message::{HeaderName, Headers, Refresher, SessionExpires};
use std::time::Duration;

/// The least interval there is (RFC 4028 §5).
const LEAST: u32 = 90;
/// The greatest Min-SE that we follow: a day. Beyond it a timer finds nobody dead in time, and the call goes without.
const MOST: u32 = 86_400;
/// 422s followed for one request: each proxy on the way may have a minimum of its own (RFC 4028 §7.4).
const MAX_RETRIES: u32 = 4;
/// Who does not refresh hangs up this long before the end, or a third of the interval if that is less (RFC 4028 §10).
const MARGIN: Duration = Duration::from_secs(32);

/// What we want of a leg's session timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimerPolicy {
    /// Seconds that we ask for; 0 asks for no timer, and only follows what the far end asks.
    pub expires: u32,
    /// The least we bear, in seconds: below it 422. Never below the 90 of RFC 4028 §5.
    pub min_se: u32,
}

impl Default for TimerPolicy {
    /// Half an hour, as RFC 4028 §4 recommends.
    fn default() -> Self {
        Self {
            expires: 1800,
            min_se: LEAST,
        }
    }
}

/// A leg's session timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionTimer {
    policy: TimerPolicy,
    /// The greatest Min-SE heard (RFC 4028 §7.4).
    min_se: u32,
    retries: u32,
    agreed: Option<Agreed>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Agreed {
    seconds: u32,
    we_refresh: bool,
    /// When our refresh is due; `None` while one is under way, and for who waits for theirs.
    refresh: Option<Time>,
    /// When the session counts as dead.
    until: Time,
}

/// What the moment asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerDue {
    /// Nothing yet.
    Nothing,
    /// Our refresh: UPDATE or re-INVITE. Not asked for again until it is [answered](SessionTimer::answered) or
    /// [postponed](SessionTimer::postpone).
    Refresh,
    /// Nobody refreshed: BYE.
    Expired,
}

/// The far end asks for less than we bear: 422 with this Min-SE (RFC 4028 §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooSmall(pub u32);

impl SessionTimer {
    /// Nothing is agreed yet.
    pub fn new(policy: TimerPolicy) -> Self {
        let min_se = policy.min_se.max(LEAST);
        Self {
            policy: TimerPolicy { min_se, ..policy },
            min_se,
            retries: 0,
            agreed: None,
        }
    }

    /// Words an INVITE or UPDATE of ours. Within a call the refresher stays who it is (RFC 4028 §7.4).
    pub fn ask(&self, headers: &mut Headers) {
        let (seconds, refresher) = match &self.agreed {
            Some(agreed) => (agreed.seconds, Some(agreed.refresher_as_uac())),
            None if self.policy.expires == 0 => return,
            None => (self.policy.expires, None),
        };
        let seconds = seconds.max(self.min_se);
        let asked = SessionExpires { seconds, refresher };
        headers.set(HeaderName::SessionExpires, asked);
        if self.min_se > LEAST {
            headers.set(HeaderName::MinSe, self.min_se);
        }
    }

    /// The 2xx to such a request. Without Session-Expires there is no timer any more (RFC 4028 §7.2).
    pub fn answered(&mut self, now: Time, headers: &Headers) {
        self.retries = 0;
        self.agreed = match headers.session_expires() {
            Ok(Some(told)) => {
                // RFC 4028 §7.2: a response names the refresher. Where it does not, to refresh is the safe reading.
                let we_refresh = told.refresher != Some(Refresher::Uas);
                // What is below the least was allowed by nobody; refreshing faster than that is a flood.
                Some(Agreed::new(now, told.seconds.max(LEAST), we_refresh))
            }
            _ => None,
        };
    }

    /// Their 422. Whether the request is worth repeating, with what [`SessionTimer::ask`] says now.
    pub fn too_small(&mut self, headers: &Headers) -> bool {
        let Ok(Some(least)) = headers.min_se() else {
            return false;
        };
        let asked = self
            .agreed
            .map_or(self.policy.expires, |agreed| agreed.seconds)
            .max(self.min_se);
        if least <= asked || least > MOST || self.retries >= MAX_RETRIES {
            return false;
        }
        self.retries = self.retries.saturating_add(1);
        self.min_se = least;
        true
    }

    /// Judges an INVITE or UPDATE of the far end; gives the Session-Expires of our 2xx (and `Require: timer` belongs beside it, where
    /// the far end supports the extension). Nothing is agreed before [`SessionTimer::agree`].
    pub fn accept(&self, headers: &Headers) -> Result<Option<SessionExpires>, TooSmall> {
        let knows = supports_timer(headers);
        let Some(asked) = headers.session_expires().ok().flatten() else {
            // RFC 4028 §9: who knows timers and asks for none may be given one.
            let least = headers.min_se().ok().flatten().unwrap_or(LEAST);
            let wanted = self.policy.expires.max(least).max(self.policy.min_se);
            let gives = knows && self.policy.expires > 0;
            return Ok(gives.then(|| SessionExpires {
                seconds: self.agreed.map_or(wanted, |it| it.seconds.max(least)),
                refresher: Some(self.refresher_as_uas()),
            }));
        };
        if asked.seconds < self.policy.min_se {
            // Who does not know the extension does not know the 422: a proxy has asked, and goes without.
            return if knows {
                Err(TooSmall(self.policy.min_se))
            } else {
                Ok(None)
            };
        }
        let refresher = match asked.refresher {
            Some(refresher) if knows => refresher,
            None if knows => self.refresher_as_uas(),
            // RFC 4028 §9, table 2: who does not know timers does not refresh.
            _ => Refresher::Uas,
        };
        Ok(Some(SessionExpires {
            seconds: asked.seconds,
            refresher: Some(refresher),
        }))
    }

    /// Our 2xx leaves with this Session-Expires, or with none.
    pub fn agree(&mut self, now: Time, told: Option<SessionExpires>) {
        self.agreed = told.map(|told| {
            let we_refresh = told.refresher == Some(Refresher::Uas);
            Agreed::new(now, told.seconds, we_refresh)
        });
    }

    /// Our refresh came to nothing for now: again after `pause`.
    pub fn postpone(&mut self, now: Time, pause: Duration) {
        if let Some(agreed) = &mut self.agreed
            && agreed.we_refresh
        {
            agreed.refresh = Some(now + pause);
        }
    }

    /// No timer any more: the call is over.
    pub fn stop(&mut self) {
        self.agreed = None;
    }

    /// When to ask again.
    pub fn deadline(&self) -> Option<Time> {
        let agreed = self.agreed.as_ref()?;
        let refresh = agreed.refresh.unwrap_or(agreed.until);
        Some(refresh.min(agreed.until))
    }

    /// What is due now.
    pub fn poll(&mut self, now: Time) -> TimerDue {
        let Some(agreed) = &mut self.agreed else {
            return TimerDue::Nothing;
        };
        if now >= agreed.until {
            self.agreed = None;
            return TimerDue::Expired;
        }
        match agreed.refresh.take_if(|at| now >= *at) {
            Some(_) => TimerDue::Refresh,
            None => TimerDue::Nothing,
        }
    }

    /// Who refreshes, told in an answer of ours: whoever did; at first we, for a page in the background sleeps.
    fn refresher_as_uas(&self) -> Refresher {
        match self.agreed {
            Some(agreed) if !agreed.we_refresh => Refresher::Uac,
            _ => Refresher::Uas,
        }
    }
}

impl Agreed {
    fn new(now: Time, seconds: u32, we_refresh: bool) -> Self {
        let interval = Duration::from_secs(u64::from(seconds));
        let margin = MARGIN.min(interval / 3);
        Self {
            seconds,
            we_refresh,
            refresh: we_refresh.then(|| now + interval / 2),
            until: now + interval.saturating_sub(margin),
        }
    }

    fn refresher_as_uac(&self) -> Refresher {
        if self.we_refresh {
            Refresher::Uac
        } else {
            Refresher::Uas
        }
    }
}

/// Whether the sender of a request knows session timers (RFC 4028 §4).
pub fn supports_timer(headers: &Headers) -> bool {
    headers.has_token(&HeaderName::Supported, "timer")
        || headers.has_token(&HeaderName::Require, "timer")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{SessionTimer, TimerDue, TimerPolicy, TooSmall};
    use proto_base::Time;
    use sip_message::{HeaderName, Headers};
    use std::time::Duration;

    fn headers(pairs: &[(HeaderName, &str)]) -> Headers {
        let mut headers = Headers::new();
        for (name, value) in pairs {
            headers.push(name.clone(), value);
        }
        headers
    }

    fn at(seconds: u64) -> Time {
        Time::ZERO + Duration::from_secs(seconds)
    }

    fn timer() -> SessionTimer {
        SessionTimer::new(TimerPolicy::default())
    }

    fn asked(timer: &SessionTimer) -> (Option<String>, Option<String>) {
        let mut headers = Headers::new();
        timer.ask(&mut headers);
        let get = |name| headers.get(&name).map(str::to_owned);
        (get(HeaderName::SessionExpires), get(HeaderName::MinSe))
    }

    #[test]
    fn p41_a_refresh_every_45_seconds_is_accepted_with_the_refresher_that_was_asked_for() {
        let mut timer = timer();
        let asked = headers(&[
            (HeaderName::Supported, "timer, replaces"),
            (HeaderName::SessionExpires, "90;refresher=uac"),
        ]);
        let told = timer.accept(&asked).unwrap();
        assert_eq!(told.unwrap().to_string(), "90;refresher=uac");
        timer.agree(at(0), told);
        assert_eq!(timer.deadline(), Some(at(60)), "90 s less a third");
        assert_eq!(timer.poll(at(45)), TimerDue::Nothing, "it is theirs");
        timer.agree(at(45), told);
        assert_eq!(timer.poll(at(104)), TimerDue::Nothing);
        assert_eq!(timer.poll(at(105)), TimerDue::Expired);
        assert_eq!(timer.deadline(), None);
    }

    #[test]
    fn the_refresher_refreshes_at_half_time_and_hangs_up_32_seconds_before_the_end() {
        let mut timer = timer();
        assert_eq!(asked(&timer), (Some("1800".to_owned()), None));
        timer.answered(
            at(0),
            &headers(&[(HeaderName::SessionExpires, "1800;refresher=uac")]),
        );
        assert_eq!(timer.deadline(), Some(at(900)));
        assert_eq!(timer.poll(at(900)), TimerDue::Refresh);
        assert_eq!(timer.poll(at(901)), TimerDue::Nothing, "one is under way");
        assert_eq!(asked(&timer).0.unwrap(), "1800;refresher=uac");
        timer.postpone(at(901), Duration::from_secs(3));
        assert_eq!(timer.poll(at(904)), TimerDue::Refresh);
        assert_eq!(timer.deadline(), Some(at(1768)));
        assert_eq!(timer.poll(at(1768)), TimerDue::Expired);
    }

    #[test]
    fn less_than_is_borne_is_422_only_to_one_who_understands_it() {
        let timer = timer();
        let knows = [
            (HeaderName::Supported, "timer"),
            (HeaderName::SessionExpires, "60"),
        ];
        assert_eq!(timer.accept(&headers(&knows)), Err(TooSmall(90)));
        assert_eq!(timer.accept(&headers(&knows[1..])), Ok(None));
    }

    #[test]
    fn a_422_is_followed_as_long_as_it_says_something_new() {
        let mut timer = timer();
        let least = |text| headers(&[(HeaderName::MinSe, text)]);
        assert!(!timer.too_small(&Headers::new()));
        assert!(!timer.too_small(&least("1800")), "that was asked for");
        assert!(timer.too_small(&least("3600")));
        assert_eq!(
            asked(&timer),
            (Some("3600".to_owned()), Some("3600".to_owned()))
        );
        assert!(!timer.too_small(&least("4000000000")), "no such timer");
        for more in ["3601", "3602", "3603"] {
            assert!(timer.too_small(&least(more)));
        }
        assert!(!timer.too_small(&least("3604")), "for ever");
    }

    #[test]
    fn who_knows_timers_and_asks_for_none_gets_ours_and_we_refresh() {
        let mut timer = timer();
        let knows = headers(&[
            (HeaderName::Supported, "timer"),
            (HeaderName::MinSe, "2000"),
        ]);
        let told = timer.accept(&knows).unwrap();
        assert_eq!(told.unwrap().to_string(), "2000;refresher=uas");
        timer.agree(at(0), told);
        assert_eq!(timer.deadline(), Some(at(1000)));
        assert_eq!(timer.accept(&Headers::new()), Ok(None), "and nobody else");
    }

    #[test]
    fn who_does_not_know_timers_never_refreshes() {
        let asked = headers(&[(HeaderName::SessionExpires, "600;refresher=uac")]);
        let told = timer().accept(&asked).unwrap().unwrap();
        assert_eq!(told.to_string(), "600;refresher=uas");
    }

    #[test]
    fn the_refresher_stays_who_it_is_when_the_other_end_asks() {
        let mut timer = timer();
        timer.answered(
            at(0),
            &headers(&[(HeaderName::SessionExpires, "600;refresher=uas")]),
        );
        let again = headers(&[
            (HeaderName::Supported, "timer"),
            (HeaderName::SessionExpires, "600"),
        ]);
        let told = timer.accept(&again).unwrap().unwrap();
        assert_eq!(told.to_string(), "600;refresher=uac", "the sender now");
    }

    #[test]
    fn an_answer_without_a_timer_turns_it_off() {
        let mut timer = timer();
        timer.answered(at(0), &headers(&[(HeaderName::SessionExpires, "600")]));
        assert_eq!(timer.deadline(), Some(at(300)), "nobody named: we");
        timer.answered(at(1), &Headers::new());
        assert_eq!(timer.deadline(), None);
    }

    #[test]
    fn a_policy_of_none_follows_and_does_not_ask() {
        let timer = SessionTimer::new(TimerPolicy {
            expires: 0,
            min_se: 0,
        });
        assert_eq!(asked(&timer), (None, None));
        let knows = headers(&[(HeaderName::Supported, "timer")]);
        assert_eq!(timer.accept(&knows), Ok(None));
        let wants = headers(&[
            (HeaderName::Supported, "timer"),
            (HeaderName::SessionExpires, "90"),
        ]);
        assert!(timer.accept(&wants).unwrap().is_some());
    }
}
