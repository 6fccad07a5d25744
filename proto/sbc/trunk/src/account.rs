use proto_base::Random;
use serde::{Deserialize, Serialize};
use sip_auth::{Client, Unanswerable};
use sip_message::{HeaderName, Request, Response};

/// Who we are to a peer. Holds the password: whoever writes it down must seal it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    client: Client,
}

impl Account {
    /// A name and its proof.
    pub fn new(username: &str, password: &str) -> Self {
        Self {
            client: Client::new(username, password),
        }
    }

    /// Puts an answer to the challenges of a 401 or 407 into `request` (RFC 3261 §22). It needs a new CSeq and branch then.
    ///
    /// `Err`: there is nothing that we could answer, or our password was refused already.
    pub fn answer(
        &mut self,
        challenged: &Response,
        request: &mut Request,
        random: &mut Random,
    ) -> Result<(), Unanswerable> {
        self.client.answer(challenged, request, random)
    }

    /// Puts fresh credentials into a request if the peer has challenged us before: it spares a round trip.
    pub fn authorize(&mut self, request: &mut Request, random: &mut Random) {
        self.client.authorize(request, random);
    }
}

/// Takes out the credentials of an earlier trial.
pub(crate) fn without_credentials(request: &mut Request) {
    request.headers.remove(&HeaderName::Authorization);
    request.headers.remove(&HeaderName::ProxyAuthorization);
}
