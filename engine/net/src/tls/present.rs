use crate::{Identity, IdentityError};
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::sync::{Arc, PoisonError, RwLock};

/// The certificate that we show, to browsers and peers, as server and as client. Renewed without touching what is connected
/// (PITFALLS P17): each handshake takes the one of its moment.
pub(crate) struct Present(RwLock<Arc<CertifiedKey>>);

impl Present {
    pub(crate) fn new(identity: &Identity) -> Result<Arc<Self>, IdentityError> {
        Ok(Arc::new(Self(RwLock::new(identity.certified()?))))
    }

    /// From now on this one. The old one stays if the new one cannot be used.
    pub(crate) fn renew(&self, identity: &Identity) -> Result<(), IdentityError> {
        let renewed = identity.certified()?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = renewed;
        Ok(())
    }

    fn current(&self) -> Arc<CertifiedKey> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl ResolvesServerCert for Present {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

impl ResolvesClientCert for Present {
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let current = self.current();
        let usable = current.key.choose_scheme(schemes).is_some();
        usable.then_some(current)
    }

    fn has_certs(&self) -> bool {
        true
    }
}

impl std::fmt::Debug for Present {
    /// The key is not for logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Present(..)")
    }
}
