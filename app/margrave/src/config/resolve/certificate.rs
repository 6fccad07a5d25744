use super::Resolver;
use crate::config::plan::Certificate;
use toml::Spanned;

impl Resolver<'_> {
    pub(super) fn certificate(&mut self) -> Option<Certificate> {
        let settings = self.settings;
        let outside = &settings.network.outside;
        let chain = outside
            .certificate
            .as_ref()
            .map(|written| self.pem(written, "CERTIFICATE-----"));
        let key = outside
            .key
            .as_ref()
            .map(|written| self.pem(written, "PRIVATE KEY-----"));
        match (chain, key) {
            (Some(chain), Some(key)) => Some(Certificate { chain, key }),
            (Some(_), None) => {
                let span = outside
                    .certificate
                    .as_ref()
                    .map(Spanned::span)
                    .unwrap_or_default();
                self.fault(
                    span,
                    "a certificate without its key".to_owned(),
                    "name the private key's file too: key = \"privkey.pem\"",
                );
                None
            }
            (None, Some(_)) => {
                let span = outside.key.as_ref().map(Spanned::span).unwrap_or_default();
                self.fault(
                    span,
                    "a key without its certificate".to_owned(),
                    "name the certificate's file too: certificate = \"fullchain.pem\"",
                );
                None
            }
            (None, None) => {
                if let Some(wss) = &outside.wss {
                    self.fault(
                        wss.span(),
                        "wss without a certificate".to_owned(),
                        "name the files: certificate = \"fullchain.pem\" and key = \"privkey.pem\";\nor listen without TLS behind a proxy that has them: ws = 8080",
                    );
                }
                None
            }
        }
    }

    /// Who may vouch for peers besides the system's authorities.
    pub(super) fn authorities(&mut self) -> Option<std::path::PathBuf> {
        let written = self.settings.tls.authorities.as_ref()?;
        Some(self.pem(written, "CERTIFICATE-----"))
    }

    /// A file beside the configuration's, in PEM. That it fits is said by whoever opens it.
    pub(super) fn pem(&mut self, written: &Spanned<String>, marker: &str) -> std::path::PathBuf {
        let path = self.folder.join(written.get_ref());
        match self.world.read(&path) {
            Err(error) => self.fault(
                written.span(),
                format!("{} cannot be read: {error}", path.display()),
                "check the name (it counts from this file's folder) and who may read it",
            ),
            Ok(content) => {
                let text = String::from_utf8_lossy(&content);
                if text.contains("-----BEGIN ENCRYPTED") {
                    self.fault(
                        written.span(),
                        format!("{} is locked with a passphrase", path.display()),
                        "unlock it once: openssl pkey -in locked.pem -out privkey.pem",
                    );
                } else if !text.contains(marker) {
                    self.fault(
                        written.span(),
                        format!(
                            "{} holds no {}",
                            path.display(),
                            marker.trim_end_matches('-').to_lowercase()
                        ),
                        "it must be in PEM: a text that begins with -----BEGIN",
                    );
                }
            }
        }
        path
    }
}
