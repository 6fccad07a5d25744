use crate::IdentityError;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::Path;
use std::sync::Arc;

/// Where systems keep the certificates of public authorities, in one file of PEM.
const SYSTEM: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// Whose signature under a certificate is believed. By default nobody's: then no peer can be dialled over TLS.
#[derive(Clone)]
pub struct Authorities(pub(crate) Arc<RootCertStore>);

impl Authorities {
    /// From certificates in DER.
    pub fn from_der(certificates: Vec<Vec<u8>>) -> Result<Self, IdentityError> {
        let mut store = RootCertStore::empty();
        for certificate in certificates {
            store
                .add(CertificateDer::from(certificate))
                .map_err(|error| {
                    IdentityError(format!("an authority's certificate is not usable: {error}"))
                })?;
        }
        Ok(Self(Arc::new(store)))
    }

    /// From a file of certificates in PEM.
    pub fn from_pem_file(file: &Path) -> Result<Self, IdentityError> {
        let unreadable = |error: &dyn std::fmt::Display| {
            IdentityError(format!(
                "{}: no authorities' certificates can be read from it: {error}",
                file.display()
            ))
        };
        let certificates = CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| unreadable(&error))?;
        let mut store = RootCertStore::empty();
        // A system's bundle may hold some that are too old to be understood.
        let (added, _) = store.add_parsable_certificates(certificates);
        if added == 0 {
            return Err(unreadable(&"there is none in it"));
        }
        Ok(Self(Arc::new(store)))
    }

    /// The public authorities that this system believes.
    pub fn of_system() -> Result<Self, IdentityError> {
        let found = SYSTEM.iter().map(Path::new).find(|file| file.exists());
        match found {
            Some(file) => Self::from_pem_file(file),
            None => Err(IdentityError(format!(
                "this system has no list of certificate authorities ({} is the usual place)",
                SYSTEM.first().copied().unwrap_or_default()
            ))),
        }
    }

    /// These and the `others` together.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        let mut store = Arc::unwrap_or_clone(self.0);
        store.extend(others.0.roots.iter().cloned());
        Self(Arc::new(store))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Default for Authorities {
    fn default() -> Self {
        Self(Arc::new(RootCertStore::empty()))
    }
}

impl std::fmt::Debug for Authorities {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Authorities({})", self.0.len())
    }
}
