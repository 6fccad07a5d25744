use crate::Credentials;

/// The `response` that these credentials must carry (RFC 7616 §3.4.1 to §3.4.3).
///
/// `nc` is hashed as eight lower-case digits, which is how everyone writes it.
pub(crate) fn expected(credentials: &Credentials, password: &str, method: &str) -> String {
    let algorithm = credentials.algorithm;
    let a1 = algorithm.hash(&[&credentials.username, &credentials.realm, password]);
    let a2 = algorithm.hash(&[method, &credentials.uri]);
    match &credentials.qop_auth {
        Some(counted) => algorithm.hash(&[
            &a1,
            &credentials.nonce,
            &counted.nc_text(),
            &counted.cnonce,
            "auth",
            &a2,
        ]),
        None => algorithm.hash(&[&a1, &credentials.nonce, &a2]),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::expected;
    use crate::Algorithm;
    use crate::{Credentials, credentials::Counted};

    /// RFC 7616 §3.9.1: "Mufasa", "Circle of Life".
    fn mufasa(algorithm: Algorithm) -> Credentials {
        Credentials {
            username: "Mufasa".to_owned(),
            realm: "http-auth@example.org".to_owned(),
            nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v".to_owned(),
            uri: "/dir/index.html".to_owned(),
            response: String::new(),
            algorithm,
            opaque: Some("FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS".to_owned()),
            qop_auth: Some(Counted {
                nc: 1,
                cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ".to_owned(),
            }),
        }
    }

    #[test]
    fn rfc_7616_section_3_9_1_with_md5() {
        assert_eq!(
            expected(&mufasa(Algorithm::Md5), "Circle of Life", "GET"),
            "8ca523f5e9506fed4657c9700eebdbec"
        );
    }

    #[test]
    fn rfc_7616_section_3_9_1_with_sha_256() {
        assert_eq!(
            expected(&mufasa(Algorithm::Sha256), "Circle of Life", "GET"),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        );
    }

    #[test]
    fn rfc_2617_section_3_5_with_md5() {
        let credentials = Credentials {
            realm: "testrealm@host.com".to_owned(),
            nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093".to_owned(),
            qop_auth: Some(Counted {
                nc: 1,
                cnonce: "0a4f113b".to_owned(),
            }),
            ..mufasa(Algorithm::Md5)
        };
        assert_eq!(
            expected(&credentials, "Circle Of Life", "GET"),
            "6629fae49393a05397450978507c4ef1"
        );
    }
}
