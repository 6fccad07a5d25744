use crate::Output;
use crate::dtls::Dtls;
use control_command::WebRtcPlan;
use proto_base::Time;
use rtc_dtls::Identity;
use rtc_ice::{Credentials, Lite, Message, Refused};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::net::SocketAddr;

/// One leg's ICE and DTLS.
#[derive(Debug, Serialize, Deserialize)]
pub struct Handshake {
    ice: Lite,
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
    pub fn new(now: Time, plan: &WebRtcPlan) -> Self {
        let remote = plan.remote.as_ref();
        let mut handshake = Self {
            ice: Lite::new(
                now,
                Credentials::new(&plan.local_ufrag, &plan.local_pwd),
                remote.map(|remote| remote.ufrag.as_str()),
            ),
            dtls: Dtls::default(),
            told: Told::default(),
            outputs: VecDeque::new(),
        };
        if let Some(remote) = remote {
            handshake.dtls.apply(now, remote);
        }
        handshake
    }

    /// Goes over to this plan: new credentials restart ICE, a new fingerprint begins a new DTLS association, and what is the
    /// same goes on undisturbed.
    pub fn apply(&mut self, now: Time, identity: &Identity, plan: &WebRtcPlan) {
        let remote = plan.remote.as_ref();
        let restarted = self.ice.apply(
            now,
            &Credentials::new(&plan.local_ufrag, &plan.local_pwd),
            remote.map(|remote| remote.ufrag.as_str()),
        );
        if let Some(remote) = remote {
            self.dtls.apply(now, remote);
        }
        if restarted {
            self.dtls.ice_restarted();
        }
        self.advance(now, identity);
    }

    /// Takes a STUN message that names one of this leg's ufrags.
    pub fn handle_stun(
        &mut self,
        now: Time,
        identity: &Identity,
        from: SocketAddr,
        message: &Message<'_>,
    ) -> Result<(), Refused> {
        let bytes = self.ice.handle(now, from, message)?;
        self.outputs.push_back(Output::Transmit { to: from, bytes });
        self.advance(now, identity);
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

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Time, identity: &Identity) {
        if self.ice.poll_timeout().is_some_and(|at| now >= at) {
            self.ice.handle_timeout(now);
        }
        self.dtls.handle_timeout(now, identity, self.ice.best());
        self.advance(now, identity);
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
        self.outputs.pop_front().or_else(|| self.dtls.poll_output())
    }

    /// Where media goes: the selected pair.
    pub fn selected(&self) -> Option<SocketAddr> {
        self.ice.selected()
    }

    /// The addresses that authentic checks have validated; one may be named twice.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.ice.addresses()
    }

    /// The ufrags by which checks may call us: two while a restart is under way.
    pub fn ufrags(&self) -> impl Iterator<Item = &str> {
        self.ice.ufrags()
    }

    fn advance(&mut self, now: Time, identity: &Identity) {
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
