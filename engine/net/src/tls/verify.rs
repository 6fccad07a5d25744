use super::{Authorities, Present, proved};
use crate::IdentityError;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, ServerConfig,
    SignatureScheme,
};
use std::sync::Arc;

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// What a `wss` listener speaks: TLS 1.2 and 1.3, HTTP/1.1, no client certificates.
pub(crate) fn web(present: Arc<Present>) -> Result<Arc<ServerConfig>, IdentityError> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| IdentityError(format!("TLS: {error}")))?
        .with_no_client_auth()
        .with_cert_resolver(present);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// What a `tls` listener speaks: TLS 1.2 and 1.3. A client that shows a certificate must show one that our authorities vouch for; if
/// `demanded`, every client must.
pub(crate) fn server(
    present: Arc<Present>,
    authorities: &Authorities,
    demanded: bool,
) -> Result<Arc<ServerConfig>, IdentityError> {
    let failed = |error: &dyn std::fmt::Display| IdentityError(format!("TLS: {error}"));
    let builder = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?;
    if authorities.is_empty() {
        if demanded {
            return Err(failed(
                &"clients must show certificates, but there are no authorities to vouch for them",
            ));
        }
        let config = builder.with_no_client_auth().with_cert_resolver(present);
        return Ok(Arc::new(config));
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(authorities.0.clone(), provider());
    let verifier = if demanded {
        verifier
    } else {
        verifier.allow_unauthenticated()
    };
    let verifier = Client {
        strict: verifier.build().map_err(|error| failed(&error))?,
        authorities: authorities.clone(),
        provider: provider(),
    };
    let config = builder
        .with_client_cert_verifier(Arc::new(verifier))
        .with_cert_resolver(present);
    Ok(Arc::new(config))
}

/// How a peer is dialled: its certificate must be vouched for and prove its name; ours is shown when asked for.
pub(crate) fn client(
    present: Option<Arc<Present>>,
    authorities: &Authorities,
) -> Result<Arc<ClientConfig>, IdentityError> {
    let verifier = Server {
        authorities: authorities.clone(),
        provider: provider(),
    };
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| IdentityError(format!("TLS: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    Ok(Arc::new(match present {
        Some(present) => builder.with_client_cert_resolver(present),
        None => builder.with_no_client_auth(),
    }))
}

/// Judges the certificate of a peer that we dial: the chain as everywhere, the name by RFC 5922 §7.
#[derive(Debug)]
struct Server {
    authorities: Authorities,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Server {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let parsed = ParsedCertificate::try_from(certificate)?;
        let algorithms = self.provider.signature_verification_algorithms.all;
        let roots = &self.authorities.0;
        verify_server_cert_signed_by_trust_anchor(&parsed, roots, intermediates, now, algorithms)?;
        match name {
            ServerName::DnsName(name) => {
                let names = proved(certificate);
                if !names
                    .iter()
                    .any(|one| one.eq_ignore_ascii_case(name.as_ref()))
                {
                    return Err(CertificateError::NotValidForName.into());
                }
            }
            // A peer known by its address alone.
            name => verify_server_name(&parsed, name)?,
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Judges the certificate of a peer that dials us. A SIP server's certificate is often for servers only, since public authorities
/// issue no others; it proves its name here all the same.
#[derive(Debug)]
struct Client {
    strict: Arc<dyn ClientCertVerifier>,
    authorities: Authorities,
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for Client {
    fn offer_client_auth(&self) -> bool {
        self.strict.offer_client_auth()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.strict.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.strict.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let strict = &self.strict;
        let Err(error) = strict.verify_client_cert(certificate, intermediates, now) else {
            return Ok(ClientCertVerified::assertion());
        };
        let parsed = ParsedCertificate::try_from(certificate)?;
        let algorithms = self.provider.signature_verification_algorithms.all;
        let roots = &self.authorities.0;
        verify_server_cert_signed_by_trust_anchor(&parsed, roots, intermediates, now, algorithms)
            .map_err(|_| error)?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.strict
            .verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.strict
            .verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.strict.supported_verify_schemes()
    }
}
