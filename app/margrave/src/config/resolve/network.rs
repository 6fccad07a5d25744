use super::Resolver;
use crate::config::address::{host_and_port, private};
use engine_net::Block;
use media_offer_answer::IceMode;
use std::net::IpAddr;
use toml::Spanned;

/// 500 calls; clear of the ephemeral range of Linux (32768 and above).
const RTP_PORTS: (u16, u16) = (30000, 30999);

/// The next thousand, for trunks on the outside.
const OUTSIDE_RTP_PORTS: (u16, u16) = (31000, 31999);

impl Resolver<'_> {
    pub(super) fn address(&mut self, written: &Spanned<String>) -> Option<IpAddr> {
        let parsed = written.get_ref().parse().ok();
        if parsed.is_none() {
            self.fault(
                written.span(),
                format!("\"{}\" is no IP address", written.get_ref()),
                "write it in numbers, without a port: \"10.0.0.5\" or \"2001:db8::5\"",
            );
        }
        parsed
    }

    pub(super) fn members(&mut self) -> Vec<Block> {
        let settings = self.settings;
        let Some(written) = &settings.network.inside.members else {
            return private().collect();
        };
        let mut members = Vec::new();
        for written in written {
            match Block::parse(written.get_ref()) {
                Some(block) => members.push(block),
                None => self.fault(
                    written.span(),
                    format!("\"{}\" is no network", written.get_ref()),
                    "write an address and how many leading bits count: \"10.0.0.0/8\"",
                ),
            }
        }
        members
    }

    pub(super) fn rtp_ports(&mut self) -> Option<(u16, u16)> {
        let settings = self.settings;
        self.range(settings.network.inside.rtp_ports.as_ref(), RTP_PORTS)
    }

    /// For trunks on the outside.
    pub(super) fn outside_rtp_ports(&mut self) -> Option<(u16, u16)> {
        let settings = self.settings;
        self.range(
            settings.network.outside.rtp_ports.as_ref(),
            OUTSIDE_RTP_PORTS,
        )
    }

    fn range(
        &mut self,
        written: Option<&Spanned<String>>,
        default: (u16, u16),
    ) -> Option<(u16, u16)> {
        let Some(written) = written else {
            return Some(default);
        };
        let bounds = written.get_ref().split_once('-').and_then(|(first, last)| {
            Some((
                first.trim().parse::<u16>().ok()?,
                last.trim().parse::<u16>().ok()?,
            ))
        });
        let Some((first, last)) = bounds else {
            self.fault(
                written.span(),
                format!("\"{}\" is no range of ports", written.get_ref()),
                "write the first and the last port: \"30000-30999\"",
            );
            return None;
        };
        // RTP has the even port, RTCP the odd one above (RFC 3550 §11).
        let even = first.checked_next_multiple_of(2);
        match even {
            Some(even) if first > 0 && even < last => {
                Some((even, if last % 2 == 0 { last - 1 } else { last }))
            }
            _ => {
                self.fault(
                    written.span(),
                    format!("the range \"{}\" has no room for a single call", written.get_ref()),
                    "a call needs an even port and the odd one above it: \"30000-30999\" has room for 500",
                );
                None
            }
        }
    }

    /// Which part of ICE we play on the outside.
    pub(super) fn ice(&mut self) -> IceMode {
        let written = self.settings.network.outside.ice.as_ref();
        match written.map(|written| written.get_ref().as_str()) {
            None | Some("lite") => IceMode::Lite,
            Some("full") => IceMode::Full,
            Some(other) => {
                let (span, told) = (
                    written.map_or(0..0, Spanned::span),
                    format!("\"{other}\" is no part of ICE"),
                );
                self.fault(
                    span,
                    told,
                    "write \"lite\" (browsers' checks reach us) or \"full\" (we check as well)",
                );
                IceMode::Lite
            }
        }
    }

    pub(super) fn origins(&mut self) -> Vec<String> {
        let settings = self.settings;
        let mut origins = Vec::new();
        for written in settings.network.outside.allowed_origins.iter().flatten() {
            let text = written.get_ref();
            let authority = text
                .strip_prefix("https://")
                .or(text.strip_prefix("http://"));
            if authority.and_then(host_and_port).is_some() {
                origins.push(text.to_ascii_lowercase());
            } else {
                self.fault(
                    written.span(),
                    format!("\"{text}\" is no origin"),
                    "write scheme and host as in the browser's address bar, without a path: \"https://phone.example.com\"",
                );
            }
        }
        origins
    }

    /// No port is 0: others must be told where to come.
    pub(super) fn ports(&mut self) {
        let settings = self.settings;
        let (inside, outside) = (&settings.network.inside, &settings.network.outside);
        let advertise = outside.advertise.as_ref().map(Spanned::get_ref);
        for written in [
            &inside.sip_udp,
            &inside.sip_tcp,
            &inside.sip_tls,
            &outside.sip_udp,
            &outside.sip_tcp,
            &outside.sip_tls,
            &outside.ws,
            &outside.wss,
            &outside.media,
            advertise.map_or(&None, |advertise| &advertise.tcp),
            advertise.map_or(&None, |advertise| &advertise.udp),
        ]
        .into_iter()
        .flatten()
        {
            if *written.get_ref() == 0 {
                self.fault(
                    written.span(),
                    "0 is no port".to_owned(),
                    "choose one from 1 to 65535; those below 1024 need privileges",
                );
            }
        }
    }
}
