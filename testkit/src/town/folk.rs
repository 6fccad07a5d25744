use super::{DOMAIN, EXCHANGE, Town, at};
use crate::agent::{Account, Habitat, Seen, UserAgent};
use crate::sound::Media;
use proto_base::Flow;
use sbc_border::{Arrival, Input};

/// A browser's page in the town.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page(pub(super) usize);

/// A desk phone in the town.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Desk(pub(super) usize);

/// Someone in the town.
pub trait Person: Copy {
    /// The place in the town's list.
    fn index(self) -> usize;
}

impl Person for Page {
    fn index(self) -> usize {
        self.0
    }
}

impl Person for Desk {
    fn index(self) -> usize {
        self.0
    }
}

/// The password of everyone in the town.
pub(crate) fn password(user: &str) -> String {
    format!("{user}-secret")
}

impl Town {
    /// A page on the Internet opens its WebSocket. Its voice is `tone` Hz.
    pub fn page(&mut self, user: &str, tone: f64) -> Page {
        let index = self.folk.len();
        let number = u8::try_from(index).unwrap_or(u8::MAX);
        let flow = Flow::Connection(100 + u64::from(number));
        let account = Account {
            user: user.to_owned(),
            password: password(user),
            domain: DOMAIN.to_owned(),
        };
        let host = format!("{user}{index}.invalid");
        let media = Media::page(
            at(198, 51, 100, 10 + number, 50_000),
            tone,
            self.seed ^ u64::from(number),
        );
        self.folk.push(UserAgent::new(
            account,
            Habitat::Page {
                flow,
                host,
                secure: false,
            },
            media,
            self.seed ^ (77 + u64::from(number)),
        ));
        let arrival = self.arrival(flow);
        self.border_input(Input::Opened(arrival, Vec::new()));
        Page(index)
    }

    /// A desk phone in the inner network. Its voice is `tone` Hz.
    pub fn desk(&mut self, user: &str, tone: f64) -> Desk {
        let index = self.folk.len();
        let number = u8::try_from(index).unwrap_or(u8::MAX);
        let account = Account {
            user: user.to_owned(),
            password: password(user),
            domain: DOMAIN.to_owned(),
        };
        let address = at(10, 0, 0, 20 + number, 5060);
        let media = Media::desk(
            at(10, 0, 0, 20 + number, 40_000),
            tone,
            self.seed ^ u64::from(number),
        );
        let habitat = Habitat::Desk {
            at: address,
            exchange: EXCHANGE,
        };
        self.folk.push(UserAgent::new(
            account,
            habitat,
            media,
            self.seed ^ (99 + u64::from(number)),
        ));
        Desk(index)
    }

    /// Someone does something now; what follows from it goes into the post.
    pub fn does(&mut self, who: impl Person, what: impl FnOnce(&mut UserAgent, proto_base::Time)) {
        let now = self.now;
        if let Some(agent) = self.folk.get_mut(who.index()) {
            what(agent, now);
        }
        self.drain_folk();
    }

    /// Someone, to ask them things.
    #[allow(clippy::indexing_slicing)] // a Person is made only by the town, and nobody leaves it
    pub fn ask(&self, who: impl Person) -> &UserAgent {
        &self.folk[who.index()]
    }

    /// The page's connection breaks now.
    pub fn breaks(&mut self, page: Page) {
        let flow = self.ask(page).habitat.flow();
        let now = self.now;
        self.post.break_connection(now, flow);
    }

    /// The page's network changes: it opens another connection, and what comes on the old one reaches nobody. Gives the old one,
    /// which the border still takes for open.
    pub fn moves(&mut self, page: Page) -> Flow {
        /// Above every page's first.
        const SECOND: u64 = 50;
        let old = self.ask(page).habitat.flow();
        let new = match old {
            Flow::Connection(number) => Flow::Connection(number + SECOND),
            datagram @ Flow::Datagram(..) => datagram,
        };
        if let Some(agent) = self.folk.get_mut(page.0)
            && let Habitat::Page { flow, .. } = &mut agent.habitat
        {
            *flow = new;
        }
        let arrival = self.arrival(new);
        self.border_input(Input::Opened(arrival, Vec::new()));
        old
    }

    /// The border finds that a connection is dead.
    pub fn is_found_dead(&mut self, flow: Flow) {
        self.border_input(Input::Closed(flow));
    }

    /// Time passes until someone has seen something; at most a minute.
    pub fn sees(&mut self, who: impl Person, what: &Seen) -> Result<(), String> {
        self.sees_times(who, what, 1)
    }

    /// Time passes until someone has seen something so many times.
    pub fn sees_times(
        &mut self,
        who: impl Person,
        what: &Seen,
        times: usize,
    ) -> Result<(), String> {
        self.until(|town| town.ask(who).times(what) >= times)
            .map_err(|_| {
                let agent = self.ask(who);
                format!(
                    "{} did not see {what:?} {times} time(s), but {:?}; complaints {:?}",
                    agent.account.user, agent.seen, agent.complaints
                )
            })
    }

    /// Time passes until someone hears a tone.
    pub fn hears(&mut self, who: impl Person, tone: f64) -> Result<(), String> {
        let now = self.now;
        if let Some(agent) = self.folk.get_mut(who.index()) {
            agent.media.forget(now);
        }
        self.until(|town| town.ask(who).media.level(tone) > 0.1)
            .map_err(|_| {
                let agent = self.ask(who);
                format!(
                    "{} does not hear {tone} Hz (level {}), after {:?}",
                    agent.account.user,
                    agent.media.level(tone),
                    agent.seen
                )
            })
    }

    /// Over the next second nothing of a tone reaches someone.
    pub fn does_not_hear(&mut self, who: impl Person, tone: f64) -> Result<(), String> {
        self.pass(std::time::Duration::from_millis(300));
        let now = self.now;
        if let Some(agent) = self.folk.get_mut(who.index()) {
            agent.media.forget(now);
        }
        self.pass(std::time::Duration::from_secs(1));
        let level = self.ask(who).media.level(tone);
        if level < 0.02 {
            Ok(())
        } else {
            Err(format!(
                "{} still hears {tone} Hz at {level}",
                self.ask(who).account.user
            ))
        }
    }

    pub(super) fn arrival(&self, flow: Flow) -> Arrival {
        let number = match flow {
            Flow::Connection(number) => u8::try_from(number.saturating_sub(100)).unwrap_or(u8::MAX),
            Flow::Datagram(..) => 0,
        };
        Arrival {
            flow,
            network: super::OUTSIDE,
            transport: proto_base::Transport::Ws,
            local: super::BORDER_WS,
            remote: at(198, 51, 100, 10 + number, 40_000),
        }
    }
}
