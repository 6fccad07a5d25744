use super::{Authorities, Present, client, server, web};
use crate::{Identity, IdentityError};
use std::sync::Arc;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// What TLS needs on either side.
#[derive(Clone)]
pub(crate) struct Credentials {
    present: Option<Arc<Present>>,
    authorities: Authorities,
    connector: TlsConnector,
}

impl Credentials {
    pub(crate) fn new(
        identity: Option<&Identity>,
        authorities: Authorities,
    ) -> Result<Self, IdentityError> {
        let present = identity.map(Present::new).transpose()?;
        let connector = TlsConnector::from(client(present.clone(), &authorities)?);
        Ok(Self {
            present,
            authorities,
            connector,
        })
    }

    /// For browsers. `None`: there is no identity.
    pub(crate) fn web(&self) -> Option<Result<TlsAcceptor, IdentityError>> {
        let present = self.present.clone()?;
        Some(web(present).map(TlsAcceptor::from))
    }

    /// For SIP servers and telephones. `None`: there is no identity.
    pub(crate) fn sip(&self, demanded: bool) -> Option<Result<TlsAcceptor, IdentityError>> {
        let present = self.present.clone()?;
        Some(server(present, &self.authorities, demanded).map(TlsAcceptor::from))
    }

    pub(crate) fn connector(&self) -> TlsConnector {
        self.connector.clone()
    }

    pub(crate) fn renew(&self, identity: &Identity) -> Result<(), IdentityError> {
        match &self.present {
            Some(present) => present.renew(identity),
            None => Err(IdentityError(
                "there was no certificate at the start, so there is none to renew".to_owned(),
            )),
        }
    }
}
