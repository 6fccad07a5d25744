use rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

/// Names taken from one certificate: those of a large hoster's, and no more work for a stranger's.
const MOST: usize = 64;

/// The SIP domains that a certificate proves (RFC 5922 §7.1): its `sip:` URIs without a user, and only if it has none, its DNS
/// names. Wildcards prove nothing (§7.2). In small letters.
pub(crate) fn proved(certificate: &CertificateDer<'_>) -> Vec<String> {
    let Ok(certificate) = EndEntityCert::try_from(certificate) else {
        return Vec::new();
    };
    let mut has_sip = false;
    let mut names: Vec<String> = Vec::new();
    for uri in certificate.valid_uri_names().take(MOST) {
        if let Some((scheme, rest)) = uri.split_once(':')
            && scheme.eq_ignore_ascii_case("sip")
        {
            has_sip = true;
            names.extend(domain(rest));
        }
    }
    if !has_sip {
        let all = certificate.valid_dns_names().take(MOST);
        names.extend(
            all.filter(|name| !name.contains('*'))
                .map(str::to_ascii_lowercase),
        );
    }
    names.dedup();
    names
}

/// Of `sip:example.com` what follows the scheme: a user's URI proves no domain, and what has a port or parameters is no domain.
fn domain(rest: &str) -> Option<String> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    (!rest.is_empty() && rest.bytes().all(is_name)).then(|| rest.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::proved;
    use rcgen::{CertificateParams, KeyPair, SanType};

    fn names(sans: &[SanType]) -> Vec<String> {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.subject_alt_names = sans.to_vec();
        let key = KeyPair::generate().unwrap();
        proved(params.self_signed(&key).unwrap().der())
    }

    fn dns(name: &str) -> SanType {
        SanType::DnsName(name.try_into().unwrap())
    }

    fn uri(uri: &str) -> SanType {
        SanType::URI(uri.try_into().unwrap())
    }

    #[test]
    fn sip_uris_come_before_dns_names_and_wildcards_prove_nothing() {
        assert_eq!(
            names(&[dns("PBX.example.com"), dns("*.example.com")]),
            ["pbx.example.com"]
        );
        assert_eq!(
            names(&[uri("sip:example.com"), dns("pbx.example.com")]),
            ["example.com"]
        );
        assert_eq!(names(&[uri("sip:alice@example.com"), dns("a")]), [""; 0]);
        assert_eq!(
            names(&[uri("https://example.com"), dns("a.example")]),
            ["a.example"]
        );
        assert!(names(&[]).is_empty());
    }
}
