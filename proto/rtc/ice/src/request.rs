use crate::{Builder, Class, Message, Refused};

/// RFC 8445 §5.3: an ufrag has at most 256 characters.
const MAX_UFRAG: usize = 256;

/// What both kinds of agent want of a check before they look at it.
pub(crate) struct Request<'a> {
    /// Our ufrag, as the sender names it.
    pub(crate) ours: &'a [u8],
    /// The sender's.
    pub(crate) theirs: &'a [u8],
}

impl<'a> Request<'a> {
    /// A Binding request with USERNAME, MESSAGE-INTEGRITY and FINGERPRINT.
    pub(crate) fn read(message: &Message<'a>) -> Result<Self, Refused> {
        if message.class() != Class::Request
            || !message.is_binding()
            || !message.has_fingerprint()
            || !message.has_integrity()
        {
            return Err(Refused::NotACheck);
        }
        let (ours, theirs) = message.ufrags().ok_or(Refused::NotACheck)?;
        if theirs.len() > MAX_UFRAG {
            return Err(Refused::WrongUsername);
        }
        Ok(Self { ours, theirs })
    }

    /// Whether it was made with our password.
    pub(crate) fn verify(&self, message: &Message<'_>, password: &str) -> Result<(), Refused> {
        message
            .is_authentic(password)
            .then_some(())
            .ok_or(Refused::NotAuthentic)
    }
}

/// 420 for attributes that must be understood and are not (RFC 8489 §6.3.1).
pub(crate) fn refusal(message: &Message<'_>, password: &str) -> Option<Vec<u8>> {
    let unknown = message.unknown_attributes();
    (!unknown.is_empty()).then(|| {
        Builder::new(Class::Error, message.transaction())
            .error(420, "Unknown Attribute")
            .unknown_attributes(unknown)
            .finish(password)
    })
}
