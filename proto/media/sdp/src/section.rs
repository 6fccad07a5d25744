use crate::{Connection, Direction, Fingerprint, Media, SessionDescription, Setup};
use std::net::{IpAddr, SocketAddr};

/// A media description in its session: what it does not say itself, the session says for it.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    session: &'a SessionDescription,
    media: &'a Media,
}

impl<'a> Section<'a> {
    pub(crate) fn new(session: &'a SessionDescription, media: &'a Media) -> Self {
        Self { session, media }
    }

    /// The media description alone.
    pub fn media(&self) -> &'a Media {
        self.media
    }

    /// The first value of an attribute: the media description's, otherwise the session's.
    pub fn first(&self, name: &str) -> Option<&'a str> {
        self.media
            .attributes
            .first(name)
            .or_else(|| self.session.attributes.first(name))
    }

    /// `c=`
    pub fn connection(&self) -> Option<&'a Connection> {
        self.media
            .connection
            .as_ref()
            .or(self.session.connection.as_ref())
    }

    /// `sendrecv` if nothing is said (RFC 8866 §6.7).
    pub fn direction(&self) -> Direction {
        self.media
            .attributes
            .direction()
            .or_else(|| self.session.attributes.direction())
            .unwrap_or_default()
    }

    /// Where RTP is received, if `c=` is an address.
    pub fn rtp_address(&self) -> Option<SocketAddr> {
        let address = self.connection()?.ip()?;
        Some(SocketAddr::new(address, self.media.port))
    }

    /// Where RTCP is received: `a=rtcp` (RFC 3605), otherwise the port above RTP's.
    pub fn rtcp_address(&self) -> Option<SocketAddr> {
        let rtp = self.rtp_address()?;
        let (address, port) = match self.media.attributes.rtcp() {
            Some(rtcp) => {
                let told: Option<IpAddr> = rtcp.address.as_ref().and_then(Connection::ip);
                (told.unwrap_or(rtp.ip()), rtcp.port)
            }
            None => (rtp.ip(), rtp.port().checked_add(1)?),
        };
        Some(SocketAddr::new(address, port))
    }

    /// `a=ice-ufrag`
    pub fn ice_ufrag(&self) -> Option<&'a str> {
        self.first("ice-ufrag")
    }

    /// `a=ice-pwd`
    pub fn ice_pwd(&self) -> Option<&'a str> {
        self.first("ice-pwd")
    }

    /// `a=fingerprint`; those of the session count only where the media description has none (RFC 8122 §5).
    pub fn fingerprints(&self) -> Vec<Fingerprint> {
        let own: Vec<Fingerprint> = self.media.attributes.fingerprints().collect();
        if own.is_empty() {
            return self.session.attributes.fingerprints().collect();
        }
        own
    }

    /// `a=setup`
    pub fn setup(&self) -> Option<Setup> {
        self.media
            .attributes
            .setup()
            .or_else(|| self.session.attributes.setup())
    }
}
