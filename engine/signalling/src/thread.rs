//! The signalling thread's turn: 1. what the operator wishes, 2. what our own sending and asking brought about, 3. deadlines, 4. media's events,
//! 5. the network's. Each has its share of a turn and no more, so that a flood of messages keeps neither timers nor an end waiting.

use crate::intake::{Intake, Take};
use crate::translate::{input, overdue, target};
use crate::wish::{Wish, Wishes};
use crate::{Outcome, SignallingSettings, Wires};
use control_command::Event;
use engine_dns::Dns;
use engine_hook::{HookAnswers, HookOutlet, Question as Asked};
use engine_media::MediaCommands;
use engine_net::{NetEvents, Outlet, Undelivered};
use engine_telemetry::{Counters, Telemetry};
use media_offer_answer::Negotiator;
use proto_base::{Random, Time};
use sbc_border::{Border, Input, Output, Tell};
use sip_locate::{Answer, Question};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Messages of the network in one turn, each some tens of microseconds: a turn stays within a few milliseconds.
const NET_TURN: usize = 64;
/// Messages read in one turn: more than are handled, so that what is under way is found behind what is new.
const NET_READ: usize = 1024;
/// Events of media in one turn.
const MEDIA_TURN: usize = 64;
/// Closed flows and unreachable targets that our own sending found, in one turn.
const OWN_TURN: usize = 64;
/// Longest wait, whatever the border says.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// After a panic in a deadline's handling: the same deadline may still be there.
const BREATH: Duration = Duration::from_secs(1);

/// Whom the thread listens to. It waits for all of them where the network's events are.
pub(crate) struct Ears {
    pub(crate) net: NetEvents,
    pub(crate) media: Option<mpsc::Receiver<Event>>,
    pub(crate) names: mpsc::Receiver<(Question, Answer)>,
    pub(crate) hook: Option<HookAnswers>,
    pub(crate) wishes: Arc<Wishes>,
}

pub(crate) struct Thread {
    border: Border,
    negotiator: Negotiator,
    telemetry: Telemetry,
    outlet: Outlet,
    commands: MediaCommands,
    dns: Dns,
    hook: Option<HookOutlet>,
    epoch: Instant,
    drain: Duration,
    /// What was read and waits.
    intake: Intake,
    /// What our own sending brought about, to be told to the border.
    own: VecDeque<Input>,
    /// No deadline is served before this.
    breath: Time,
    /// When a shutdown has lasted long enough.
    overdue: Option<Time>,
    drained: bool,
}

impl Thread {
    pub(crate) fn new(
        settings: SignallingSettings,
        wires: &Wires,
        (dns, hook): (Dns, Option<HookOutlet>),
        border: Random,
        negotiator: Random,
    ) -> Self {
        Self {
            border: Border::new(settings.plan, border),
            negotiator: Negotiator::new(settings.media, negotiator),
            telemetry: Telemetry::new(settings.redaction),
            outlet: wires.outlet.clone(),
            commands: wires.commands.clone(),
            dns,
            hook,
            epoch: settings.epoch,
            drain: settings.drain,
            intake: Intake::default(),
            own: VecDeque::new(),
            breath: Time::ZERO,
            overdue: None,
            drained: false,
        }
    }

    pub(crate) fn counters(&self) -> Arc<Counters> {
        self.telemetry.counters()
    }

    fn now(&self) -> Time {
        let micros = u64::try_from(self.epoch.elapsed().as_micros()).unwrap_or(u64::MAX);
        Time::from_micros(micros)
    }

    /// Turns until the end.
    pub(crate) fn run(&mut self, mut ears: Ears) -> Outcome {
        let waker = ears.net.waker();
        let mut context = Context::from_waker(&waker);
        let (mut from_net, mut from_media) = (Vec::new(), Vec::new());
        // Nobody knows yet whom to wake.
        let mut more = true;
        loop {
            let wait = if more { Duration::ZERO } else { self.wait() };
            if let Err(error) = ears.net.wait(wait) {
                tracing::error!(%error, "signalling cannot wait for the network");
                return Outcome::Broken;
            }
            more = self.hear(&mut ears, &mut context, &mut from_media);
            let room = NET_READ.min(self.intake.room());
            if ears.net.take(&mut from_net, room).is_err() {
                tracing::error!("the network is gone");
                return Outcome::Broken;
            }

            // 1. Wishes.
            match ears.wishes.get() {
                Wish::Serve => {}
                Wish::Drain => self.begin_to_end(),
                Wish::Stop => return Outcome::Broken,
            }
            // 2. What our own sending brought about.
            for _ in 0..OWN_TURN {
                let Some(input) = self.own.pop_front() else {
                    break;
                };
                self.handle(input);
            }
            // 3. Deadlines.
            self.serve_deadline();
            // 4. Media.
            for event in from_media.drain(..) {
                self.media(event);
            }
            // 5. The network.
            let read = Instant::now();
            self.intake.extend(read, &mut from_net, NET_TURN);
            for _ in 0..NET_TURN {
                let Some(take) = self.intake.next(read) else {
                    break;
                };
                self.handle(match take {
                    Take::Handle(event) => input(event),
                    Take::Refuse(event) => overdue(event),
                });
            }

            if let Some(outcome) = self.end() {
                return outcome;
            }
        }
    }

    /// Takes what media, DNS and the hook have told, each its share. `true`: there may be more, and nobody will say so.
    fn hear(
        &mut self,
        ears: &mut Ears,
        context: &mut Context<'_>,
        from_media: &mut Vec<Event>,
    ) -> bool {
        let mut more = false;
        if let Some(media) = &mut ears.media {
            match fill(from_media, MEDIA_TURN, || media.poll_recv(context)) {
                Told::All => {}
                Told::Some => more = true,
                Told::Gone => ears.media = None,
            }
        }
        let mut found = Vec::new();
        more |= fill(&mut found, OWN_TURN, || ears.names.poll_recv(context)) == Told::Some;
        let found = found.into_iter();
        self.own
            .extend(found.map(|(question, answer)| Input::Found(question, answer)));
        if let Some(hook) = &mut ears.hook {
            let mut answers = Vec::new();
            let told = fill(&mut answers, OWN_TURN, || hook.poll_recv(context));
            self.own.extend(answers);
            match told {
                Told::All => {}
                Told::Some => more = true,
                Told::Gone => {
                    tracing::error!("the hook is gone");
                    ears.hook = None;
                    self.hook = None;
                }
            }
        }
        more
    }

    /// How long nothing needs us, unless something comes.
    fn wait(&self) -> Duration {
        if !self.own.is_empty() || self.intake.waiting() > 0 {
            return Duration::ZERO;
        }
        let now = self.now();
        let mut wait = LONGEST_WAIT;
        if let Some((due, reason)) = self.border.poll_timeout() {
            let due = due.max(self.breath);
            wait = wait.min(due.since(now));
            tracing::trace!(?reason, ?wait, "next deadline");
        }
        if let Some(overdue) = self.overdue {
            wait = wait.min(overdue.since(now));
        }
        wait
    }

    fn serve_deadline(&mut self) {
        let now = self.now();
        let due = self.border.poll_timeout();
        if now >= self.breath
            && due.is_some_and(|(due, _)| due <= now)
            && !self.handle(Input::Timeout)
        {
            self.breath = now + BREATH;
        }
    }

    fn media(&mut self, event: Event) {
        self.negotiator.hear(&event);
        self.handle(Input::Media(event));
    }

    fn begin_to_end(&mut self) {
        if self.overdue.is_none() {
            self.overdue = Some(self.now() + self.drain);
            self.handle(Input::Shutdown);
        }
    }

    /// Whether this is the end. Calls are over when the border says so; their ports are free when the workers have said so.
    fn end(&self) -> Option<Outcome> {
        let overdue = self.overdue?;
        if self.drained && self.negotiator.is_idle() {
            return Some(Outcome::Drained);
        }
        (self.now() >= overdue).then_some(Outcome::Overdue)
    }

    /// One input, and all that follows from it. `false`: it panicked.
    ///
    /// A panic is a bug of ours. It is logged with its place and costs what this input was about: the border is as the panic left
    /// it, with the changes made until then and without those that were to come, and what it had already put out is still sent.
    /// A call that is stuck thereby ends by its own timers.
    fn handle(&mut self, input: Input) -> bool {
        let now = self.now();
        let handled = catch_unwind(AssertUnwindSafe(|| {
            self.border.handle(now, input, &mut self.negotiator);
        }));
        let followed = catch_unwind(AssertUnwindSafe(|| self.follow(now)));
        let well = handled.is_ok() && followed.is_ok();
        if !well {
            let counters = self.telemetry.counters();
            counters.panics.fetch_add(1, Ordering::Relaxed);
        }
        well
    }

    /// Asks somebody else. Without a hook there is nobody who could answer.
    fn ask(&mut self, question: Asked) {
        let outcome = match &self.hook {
            Some(hook) => hook.ask(question),
            None => Err(Box::new(question.unanswered())),
        };
        if let Err(unanswered) = outcome {
            self.own.push_back(*unanswered);
        }
    }

    /// Does what the border and the negotiator want of the world.
    fn follow(&mut self, now: Time) {
        while let Some(output) = self.border.poll_output() {
            match output {
                Output::Send(to, message) => match self.outlet.send(target(to), message) {
                    Ok(()) => {}
                    Err(Undelivered::Closed(flow)) => self.own.push_back(Input::Closed(flow)),
                    Err(Undelivered::Unreachable) => self.own.push_back(Input::Unreachable(to)),
                },
                Output::Lookup(question) => {
                    if !self.dns.ask(question.clone()) {
                        self.own.push_back(Input::Found(question, Answer::Failed));
                    }
                }
                Output::Expect(network, address, domain) => {
                    self.outlet.expect(network, address, &domain);
                }
                Output::Close(flow) => self.outlet.close(flow),
                Output::Wake(wake) => self.ask(Asked::Wake(wake)),
                Output::Consult(consult) => self.ask(Asked::Consult(consult)),
                Output::Tell(tell) => {
                    self.drained |= matches!(tell, Tell::Drained);
                    self.telemetry.tell(now, &tell);
                }
            }
        }
        while let Some((worker, command)) = self.negotiator.poll_command() {
            if !self.commands.command(worker, command) {
                tracing::error!(worker, "there is no such media worker");
            }
        }
    }
}

/// How much of what was told has been taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// All; whoever tells more wakes us.
    All,
    /// A share of it.
    Some,
    /// Nobody is there any more who could tell.
    Gone,
}

/// Fills a turn's share.
fn fill<T>(share: &mut Vec<T>, most: usize, mut poll: impl FnMut() -> Poll<Option<T>>) -> Told {
    while share.len() < most {
        match poll() {
            Poll::Ready(Some(item)) => share.push(item),
            Poll::Ready(None) => return Told::Gone,
            Poll::Pending => return Told::All,
        }
    }
    Told::Some
}
