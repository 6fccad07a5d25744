//! A request as we understand it. Keys that are not known are passed over, as the protocol has it, and told for the log.

use crate::interface::Family;
use crate::value::{Value, is_same_key};
use control_command::{CodecWishes, Dress};
use std::net::IpAddr;
use std::time::Duration;

/// Octets of a Call-ID, tag, branch or label. SIP sets no limit; more than this is no such thing.
pub(crate) const NAME: usize = 512;

/// Words told of what was passed over.
const PASSED_OVER: usize = 8;

/// The protocol's own delay between a `delete` and the end.
const DELETE_DELAY: Duration = Duration::from_secs(30);

/// A longer one is cut: what it holds is held for nothing.
const LONGEST_DELETE_DELAY: Duration = Duration::from_secs(3600);

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Ping,
    Offer,
    Answer,
    Delete,
    Query,
    List,
    Unknown,
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) command: Command,
    pub(crate) call: String,
    pub(crate) from_tag: Option<String>,
    pub(crate) to_tag: Option<String>,
    pub(crate) via_branch: Option<String>,
    pub(crate) sdp: Option<Vec<u8>>,
    pub(crate) options: Options,
    /// Keys and flags that mean nothing to us, for the log.
    pub(crate) passed_over: Vec<String>,
}

/// Keys and flags beside the names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) transport: Option<Profile>,
    pub(crate) ice: Ice,
    /// `DTLS=off`: to the far end of an offer.
    pub(crate) without_dtls: bool,
    /// `SDES-off`
    pub(crate) without_sdes: bool,
    /// `OSRTP-offer`: RTP/AVP with keys beside (RFC 8643).
    pub(crate) best_effort: bool,
    /// From which interface and to which.
    pub(crate) direction: (Option<String>, Option<String>),
    pub(crate) family: Option<Family>,
    pub(crate) received_from: Option<IpAddr>,
    pub(crate) label: Option<String>,
    pub(crate) delete_delay: Duration,
    pub(crate) fast: bool,
    pub(crate) fatal: bool,
    pub(crate) fragment: bool,
    /// Of the response that an answer came in.
    pub(crate) sip_code: Option<i64>,
    pub(crate) limit: Option<i64>,
    /// `codec`, and the flags that mean the same.
    pub(crate) codecs: CodecWishes,
    /// `supports: ["load limit"]`
    pub(crate) knows_load_limit: bool,
}

/// What the other end of an offer is to be told to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// This.
    Named(Dress),
    /// What the offer says.
    Accept,
}

/// What is to become of ICE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ice {
    /// As the profile has it.
    #[default]
    Default,
    /// Away, and with it what needs it.
    Remove,
    /// Always.
    Force,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            transport: None,
            ice: Ice::default(),
            without_dtls: false,
            without_sdes: false,
            best_effort: false,
            direction: (None, None),
            family: None,
            received_from: None,
            label: None,
            delete_delay: DELETE_DELAY,
            fast: false,
            fatal: false,
            fragment: false,
            sip_code: None,
            limit: None,
            codecs: CodecWishes::default(),
            knows_load_limit: false,
        }
    }
}

impl Request {
    /// Reads a dictionary; without a command there is nothing to do.
    pub(crate) fn of(message: &Value) -> Option<Self> {
        let command = match message.get("command")?.as_str()? {
            "ping" => Command::Ping,
            "offer" => Command::Offer,
            "answer" => Command::Answer,
            "delete" => Command::Delete,
            "query" => Command::Query,
            "list" => Command::List,
            _ => Command::Unknown,
        };
        let name = |key| message.get(key).and_then(name);
        let mut request = Self {
            command,
            call: name("call-id").unwrap_or_default(),
            from_tag: name("from-tag"),
            to_tag: name("to-tag"),
            via_branch: name("via-branch"),
            sdp: message
                .get("sdp")
                .and_then(Value::as_bytes)
                .map(<[u8]>::to_vec),
            options: Options::default(),
            passed_over: Vec::new(),
        };
        if let Value::Dictionary(entries) = message {
            for (key, value) in entries {
                request.key(&String::from_utf8_lossy(key), value);
            }
        }
        request.settle();
        Some(request)
    }

    fn key(&mut self, key: &str, value: &Value) {
        let is = |known: &str| is_same_key(key.as_bytes(), known.as_bytes());
        let options = &mut self.options;
        /// Read already, or without meaning for what we do: sources are judged by what signalling says in any case, `o=` is ours
        /// in any case, and nothing is taken from a packet unauthenticated.
        const SILENT: [&str; 12] = [
            "command",
            "call-id",
            "from-tag",
            "to-tag",
            "via-branch",
            "sdp",
            "cookie",
            "sip-message-type",
            "set-label",
            "TOS",
            "record-call",
            "replace",
        ];
        if SILENT.iter().any(|known| is(known)) {
            if is("set-label") {
                options.label = name(value);
            }
        } else if is("flags") {
            value.words().into_iter().for_each(|flag| self.flag(flag));
        } else if is("rtpp-flags") {
            // The configuration's own string, which the proxy hands on unread.
            let text = value.as_str().unwrap_or_default().to_owned();
            for word in text.split_ascii_whitespace() {
                match word.split_once('=') {
                    Some((key, value)) => {
                        let value = value.trim_start_matches('[').trim_end_matches(']');
                        let value = if is_same_key(key.as_bytes(), b"direction") {
                            Value::texts(value.split([' ', ',']))
                        } else {
                            Value::text(value)
                        };
                        self.key(key, &value);
                    }
                    None => self.flag(word),
                }
            }
        } else if is("supports") {
            options.knows_load_limit = value.words().contains(&"load limit");
        } else if is("direction") {
            if let [from, to] = value.words().as_slice() {
                options.direction = (Some((*from).to_owned()), Some((*to).to_owned()));
            } else if let [one] = value.words().as_slice() {
                // Proxies collect two keys of one name.
                match &options.direction {
                    (Some(_), None) => options.direction.1 = Some((*one).to_owned()),
                    _ => options.direction.0 = Some((*one).to_owned()),
                }
            }
        } else if is("from-interface") {
            options.direction.0 = value.as_str().map(str::to_owned);
        } else if is("to-interface") || is("interface") {
            options.direction.1 = value.as_str().map(str::to_owned);
        } else if is("received-from") {
            let words = value.words();
            let told = words.iter().find_map(|word| word.parse().ok());
            options.received_from = told.or(options.received_from);
        } else if is("transport-protocol") {
            let told = value.as_str().and_then(profile);
            options.transport = told.or(options.transport);
        } else if is("ICE") {
            options.ice = match value.as_str().unwrap_or_default() {
                "remove" => Ice::Remove,
                "force" | "force-relay" | "force_relay" => Ice::Force,
                _ => Ice::Default,
            };
        } else if is("DTLS") {
            let word = value.as_str().unwrap_or_default();
            options.without_dtls = matches!(word, "off" | "no" | "disable");
        } else if is("SDES") {
            for word in value.words() {
                if word == "off" || word == "no" || word == "disable" {
                    options.without_sdes = true;
                }
            }
        } else if is("OSRTP") {
            options.best_effort = value
                .words()
                .iter()
                .any(|it| *it == "offer" || *it == "offer-RFC");
        } else if is("address-family") {
            options.family = match value.as_str().unwrap_or_default() {
                "IP4" | "inet" => Some(Family::V4),
                "IP6" | "inet6" => Some(Family::V6),
                _ => None,
            };
        } else if is("delete-delay") {
            let seconds = value.as_integer().and_then(|it| u64::try_from(it).ok());
            let delay = seconds.map_or(DELETE_DELAY, Duration::from_secs);
            options.delete_delay = delay.min(LONGEST_DELETE_DELAY);
        } else if is("codec") {
            if let Value::Dictionary(entries) = value {
                for (how, names) in entries {
                    let how = String::from_utf8_lossy(how);
                    for name in names.words() {
                        self.codec(&how, name);
                    }
                }
            }
        } else if is("sip-code") {
            options.sip_code = value.as_integer();
        } else if is("limit") {
            options.limit = value.as_integer();
        } else if !is("rtcp-mux") {
            // RTCP goes where the dress has it: beside RTP for browsers, on a port of its own for telephones.
            self.pass_over(key);
        }
    }

    /// What is to become of a codec of the offer; whether we know how.
    fn codec(&mut self, how: &str, name: &str) -> bool {
        /// Names of one kind; there are no more codecs.
        const NAMES: usize = 32;
        let wishes = &mut self.options.codecs;
        let names = match how {
            "strip" => &mut wishes.without,
            "mask" | "consume" => &mut wishes.hidden,
            "offer" | "except" => &mut wishes.kept,
            "transcode" => &mut wishes.translated,
            // What is accepted only, or set, changes nothing of what is told.
            "accept" | "set" | "ignore" => return true,
            _ => return false,
        };
        // Behind the third slash stand bit rates and the like.
        let parts: Vec<&str> = name.split('/').take(3).collect();
        let name = parts.join("/");
        if names.len() < NAMES && name.len() <= NAME {
            if how == "transcode" && name.is_empty() {
                return true;
            }
            names.push(name);
        }
        true
    }

    /// `codec-strip-PCMU`, `transcode-opus/48000/2`
    fn codec_flag(&mut self, flag: &str) -> bool {
        if let Some(name) = flag.strip_prefix("transcode-") {
            return self.codec("transcode", name);
        }
        let Some(rest) = flag.strip_prefix("codec-") else {
            return false;
        };
        rest.split_once('-')
            .is_some_and(|(how, name)| self.codec(how, name))
    }

    fn flag(&mut self, flag: &str) {
        if self.codec_flag(flag) {
            return;
        }
        let options = &mut self.options;
        let is = |known: &str| is_same_key(flag.as_bytes(), known.as_bytes());
        // What we do in any case, or what asks for the opposite of a safeguard: it asks for nothing that a peer needs.
        const SILENT: [&str; 22] = [
            "trust-address",
            "SIP-source-address",
            "symmetric",
            "strict-source",
            "media-handover",
            "port-latching",
            "no-port-latching",
            "reset",
            "loop-protect",
            "no-rtcp-attribute",
            "full-rtcp-attribute",
            "generate-RTCP",
            "generate-mid",
            "trickle-ICE",
            "directional",
            "unidirectional",
            "single-codec",
            "no-redis-update",
            "debug",
            "original-sendrecv",
            "pad-crypto",
            "all",
        ];
        if is("fast") {
            options.fast = true;
        } else if is("fatal") {
            options.fatal = true;
        } else if is("fragment") {
            options.fragment = true;
        } else if is("WebRTC") {
            options.transport = Some(Profile::Named(Dress::WebRtc));
            options.ice = Ice::Force;
        } else if is("reject-ICE") {
            options.ice = Ice::Remove;
        } else if is("SDES-off") || is("SDES-no") || is("SDES-disable") {
            options.without_sdes = true;
        } else if is("DTLS-off") || is("DTLS-no") || is("DTLS-disable") {
            options.without_dtls = true;
        } else if is("OSRTP-offer") || is("OSRTP-offer-RFC") {
            options.best_effort = true;
        } else if let Some(profile) = profile(flag) {
            options.transport = Some(profile);
        } else if let Some((key, value)) = flag.split_once('=') {
            self.key(key, &Value::text(value));
        } else {
            let prefixed = ["replace-", "rtcp-mux-"];
            let is_silent = SILENT.iter().any(|known| is(known))
                || prefixed.iter().any(|prefix| flag.starts_with(prefix));
            if !is_silent {
                self.pass_over(flag);
            }
        }
    }

    /// Keys may come in any order, so what they mean together is known last.
    fn settle(&mut self) {
        let options = &mut self.options;
        let Some(Profile::Named(dress)) = options.transport else {
            return;
        };
        let named = match dress {
            Dress::WebRtc if options.without_dtls && options.without_sdes => Dress::RtpFeedback,
            Dress::WebRtc if options.without_dtls => Dress::SrtpFeedback,
            Dress::Rtp if options.best_effort && !options.without_sdes => Dress::BestEffort,
            other => other,
        };
        options.transport = Some(Profile::Named(named));
    }

    fn pass_over(&mut self, word: &str) {
        if self.passed_over.len() < PASSED_OVER {
            let word: String = word.chars().take(NAME).collect();
            self.passed_over.push(word);
        }
    }
}

/// A word that names something, if it can.
fn name(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let fits = !text.is_empty() && text.len() <= NAME && !text.contains(char::is_control);
    fits.then(|| text.to_owned())
}

/// A profile by its name, or by one of the short words of the proxies' own flags.
fn profile(word: &str) -> Option<Profile> {
    Some(Profile::Named(match word {
        "RTP/AVP" | "RTP" | "AVP" => Dress::Rtp,
        "RTP/AVPF" | "AVPF" => Dress::RtpFeedback,
        "RTP/SAVP" | "SRTP" | "SAVP" => Dress::Srtp,
        "RTP/SAVPF" | "SAVPF" => Dress::SrtpFeedback,
        "UDP/TLS/RTP/SAVPF" | "UDP/TLS/RTP/SAVP" | "DTLS" => Dress::WebRtc,
        "accept" => return Some(Profile::Accept),
        _ => return None,
    }))
}
