use crate::Output;
use crate::agent::Agent;
use crate::dtls::Dtls;
use control_command::WebRtcPlan;
use proto_base::{Random, SocketId, Time};
use rtc_dtls::Identity;
use rtc_ice::full::Transmit;
use rtc_ice::{Message, Refused};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::net::SocketAddr;

/// One leg's ICE and DTLS.
#[derive(Debug, Serialize, Deserialize)]
pub struct Handshake {
    ice: Agent,
    dtls: Dtls,
    told: Told,
    #[serde(skip)]
    outputs: VecDeque<Output>,
}

/// What was told of ICE last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    selected: Option<SocketAddr>,
    /// Under the credentials in force.
    settled: bool,
    failed: bool,
}

impl Handshake {
    /// Begins with this plan. `identity` is the worker's certificate; it is lent to every call that may need it, so that the
    /// handshake can be written down without it.
    pub fn new(now: Time, plan: &WebRtcPlan, random: &mut Random) -> Self {
        let mut handshake = Self {
            ice: Agent::new(now, plan, random),
            dtls: Dtls::default(),
            told: Told::default(),
            outputs: VecDeque::new(),
        };
        if let Some(remote) = &plan.remote {
            handshake.dtls.apply(now, remote);
        }
        handshake
    }

    /// Goes over to this plan: new credentials restart ICE, a new fingerprint begins a new DTLS association, and what is the
    /// same goes on undisturbed.
    pub fn apply(
        &mut self,
        now: Time,
        identity: &Identity,
        random: &mut Random,
        plan: &WebRtcPlan,
    ) {
        let restarted = self.ice.apply(now, plan, random);
        if let Some(remote) = &plan.remote {
            self.dtls.apply(now, remote);
        }
        if restarted {
            self.dtls.ice_restarted();
        }
        self.advance(now, identity, random);
    }

    /// Takes a STUN message that names one of this leg's [`Handshake::names`], and the socket that it came in by.
    pub fn handle_stun(
        &mut self,
        now: Time,
        identity: &Identity,
        random: &mut Random,
        (socket, from): (SocketId, SocketAddr),
        message: &Message<'_>,
    ) -> Result<(), Refused> {
        let answer = self.ice.handle(now, random, (socket, from), message)?;
        self.outputs.extend(answer.map(transmit));
        self.advance(now, identity, random);
        Ok(())
    }

    /// Takes a DTLS datagram; whether it was of use. From an address that no check has validated it is not looked at
    /// (PITFALL P53).
    pub fn handle_dtls(
        &mut self,
        now: Time,
        identity: &Identity,
        from: SocketAddr,
        datagram: &[u8],
    ) -> bool {
        if !self.ice.is_valid(from) {
            return false;
        }
        self.dtls.handle(now, identity, self.ice.best(), datagram)
    }

    /// Does what is due. `media`: when an authentic packet of media came last on the leg; who sends it wants to be spoken to,
    /// whatever has become of its checks.
    pub fn handle_timeout(
        &mut self,
        now: Time,
        identity: &Identity,
        random: &mut Random,
        media: Option<Time>,
    ) {
        if self.ice.poll_timeout().is_some_and(|at| now >= at) {
            self.ice.handle_timeout(now, media, random);
        }
        self.dtls.handle_timeout(now, identity, self.ice.best());
        self.advance(now, identity, random);
    }

    /// When `handle_timeout` is wanted next.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.ice
            .poll_timeout()
            .into_iter()
            .chain(self.dtls.poll_timeout())
            .min()
    }

    /// What the leg wants; to be drained after every other call.
    pub fn poll_output(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front().or_else(|| self.dtls.poll_output());
        output.map(|output| match output {
            Output::Transmit {
                from: None,
                to,
                bytes,
            } => Output::Transmit {
                from: self.ice.best_socket(),
                to,
                bytes,
            },
            other => other,
        })
    }

    /// Where media goes: the selected pair.
    pub fn selected(&self) -> Option<SocketAddr> {
        self.ice.selected()
    }

    /// The addresses that authentic checks have validated; one may be named twice.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.ice.addresses()
    }

    /// Where media leaves from, if the agent knows: a full one.
    pub fn selected_socket(&self) -> Option<SocketId> {
        self.ice.selected_socket()
    }

    /// How STUN messages may call us: the ufrags of checks (two while a restart is under way), and the octets with which the
    /// transactions of a full agent begin, which its responses repeat.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.ice.names()
    }

    fn advance(&mut self, now: Time, identity: &Identity, random: &mut Random) {
        // What has just become due, a triggered check or a nomination, need not wait for the timer.
        self.ice.advance(now, random);
        while let Some(sent) = self.ice.poll_transmit() {
            self.outputs.push_back(transmit(sent));
        }
        let selected = self.ice.selected();
        let settled = self.ice.is_settled();
        let failed = self.ice.failure().is_some();
        if let Some(remote) = selected
            && (self.told.selected != selected || (settled && !self.told.settled))
        {
            self.outputs.push_back(Output::IceConnected(remote));
        }
        if failed && !self.told.failed {
            self.outputs.push_back(Output::IceFailed);
        }
        self.told = Told {
            selected,
            settled,
            failed,
        };
        self.dtls.advance(now, identity, self.ice.best());
    }
}

fn transmit(sent: Transmit) -> Output {
    Output::Transmit {
        from: Some(sent.socket),
        to: sent.to,
        bytes: sent.bytes,
    }
}
