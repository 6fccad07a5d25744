use super::Resolver;
use super::peer::{BROWSERS, SERVER};
use crate::config::settings;
use sbc_policy::{
    Advance, CallerId, Choice, Dialling, Effect, HeaderRules, Match, Numbers, Peer, PeerId,
    Rewrite, Route, Rule, Rules, Whose,
};
use sip_message::{HeaderName, Uri};
use std::time::Duration;
use toml::Spanned;

impl Resolver<'_> {
    pub(super) fn dialling(&mut self) -> Option<Dialling> {
        let written = self.settings.dialling.as_ref()?;
        let table = written.get_ref();
        let text = |written: &Option<Spanned<String>>, default: &str| {
            written
                .as_ref()
                .map_or_else(|| default.to_owned(), |text| text.get_ref().clone())
        };
        let Some(country) = &table.country_code else {
            self.fault(
                written.span(),
                "[dialling] has no country-code".to_owned(),
                "write the code of the country you are in, for example country-code = \"49\"",
            );
            return None;
        };
        for (written, may_be_empty) in [
            (Some(country), false),
            (table.national_prefix.as_ref(), true),
            (table.international_prefix.as_ref(), false),
        ] {
            let Some(written) = written else { continue };
            let text = written.get_ref();
            let is_wrong = !text.bytes().all(|digit| digit.is_ascii_digit())
                || text.len() > 5
                || (text.is_empty() && !may_be_empty);
            if is_wrong {
                self.fault(
                    written.span(),
                    format!("\"{text}\" is not what is dialled there"),
                    "write digits only, without +: country-code = \"49\", national-prefix = \"0\", international-prefix = \"00\"",
                );
            }
        }
        Some(Dialling {
            country: country.get_ref().clone(),
            national: text(&table.national_prefix, "0"),
            international: text(&table.international_prefix, "00"),
        })
    }

    pub(super) fn browsers(&mut self) -> Rules {
        let written = &self.settings.browsers;
        Rules {
            trusted: false,
            form: self.number_form(
                written.number_form.as_ref(),
                sbc_policy::NumberForm::AsDialled,
            ),
            incoming: Numbers {
                called: self.rewrite(written.called_in.as_deref()),
                calling: Rewrite::default(),
            },
            outgoing: Numbers::default(),
            caller_id: CallerId::default(),
            headers: self.header_rules(
                written.headers_from.as_deref(),
                written.headers_to.as_deref(),
                written.set_headers.as_deref(),
            ),
        }
    }

    pub(super) fn rewrite(&mut self, written: Option<&[Spanned<String>]>) -> Rewrite {
        let mut rules = Vec::new();
        for written in written.unwrap_or_default() {
            match Rule::parse(written.get_ref()) {
                Ok(rule) => rules.push(rule),
                Err(why) => self.fault(
                    written.span(),
                    format!("\"{}\" is no rule for numbers: {why}", written.get_ref()),
                    "write what is matched and what becomes of it: \"112 -> 0112\", \"0* -> +49*\", or '/0([1-9]\\d*)/ -> +49$1' in single quotes",
                ),
            }
        }
        Rewrite(rules)
    }

    fn matches(&mut self, written: Option<&[Spanned<String>]>) -> Vec<Match> {
        let mut matches = Vec::new();
        for written in written.unwrap_or_default() {
            match Match::parse(written.get_ref()) {
                Ok(number) => matches.push(number),
                Err(why) => self.fault(
                    written.span(),
                    format!("\"{}\" means no number: {why}", written.get_ref()),
                    "write a number \"112\", a beginning \"+49*\", or a regular expression '/[1-9]\\d{2}/' in single quotes",
                ),
            }
        }
        matches
    }

    /// `None`: nothing was written.
    pub(super) fn caller_id(
        &mut self,
        shown: Option<&Spanned<String>>,
        allowed: Option<&[Spanned<String>]>,
    ) -> Option<CallerId> {
        if shown.is_none() && allowed.is_none() {
            return None;
        }
        if let Some(shown) = shown {
            let text = shown.get_ref();
            let legal = |letter: char| letter.is_ascii_alphanumeric() || "+*#-_.".contains(letter);
            if text.is_empty() || !text.chars().all(legal) {
                self.fault(
                    shown.span(),
                    format!("\"{text}\" is no number to be shown"),
                    "write it as your carrier wants it: \"+4930123456\"",
                );
            }
        }
        Some(CallerId {
            allowed: self.matches(allowed),
            shown: shown.map(|shown| shown.get_ref().clone()),
        })
    }

    pub(super) fn header_rules(
        &mut self,
        from: Option<&[Spanned<String>]>,
        to: Option<&[Spanned<String>]>,
        set: Option<&[Spanned<String>]>,
    ) -> HeaderRules {
        let mut rules = HeaderRules {
            from: self.header_names(from),
            to: self.header_names(to),
            set: Vec::new(),
        };
        for written in set.unwrap_or_default() {
            let Some((name, value)) = written.get_ref().split_once(':') else {
                self.fault(
                    written.span(),
                    format!("\"{}\" is no header", written.get_ref()),
                    "write name and value: \"X-Border: margrave\"",
                );
                continue;
            };
            if let Some(name) = self.header_name(written, name.trim()) {
                rules.set.push((name, value.trim().to_owned()));
            }
        }
        rules
    }

    fn header_names(&mut self, written: Option<&[Spanned<String>]>) -> Vec<HeaderName> {
        written
            .unwrap_or_default()
            .iter()
            .filter_map(|written| self.header_name(written, written.get_ref()))
            .collect()
    }

    fn header_name(&mut self, written: &Spanned<String>, text: &str) -> Option<HeaderName> {
        let Ok(name) = text.parse::<HeaderName>() else {
            self.fault(
                written.span(),
                format!("\"{text}\" is no header's name"),
                "write it as it stands before the colon: \"User-to-User\"",
            );
            return None;
        };
        if !HeaderRules::may_name(&name) {
            self.fault(
                written.span(),
                format!("{name} is not decided by such a rule"),
                "remove it: headers of the protocol are written anew for each side, and who calls is told by trust (`trusted`, `caller-id`)",
            );
            return None;
        }
        Some(name)
    }

    pub(super) fn routes(&mut self, peers: &[Peer]) -> Vec<Route> {
        let settings = self.settings;
        settings
            .route
            .iter()
            .enumerate()
            .filter_map(|(place, written)| self.route(place, written, peers))
            .collect()
    }

    fn route(
        &mut self,
        place: usize,
        written: &Spanned<settings::Route>,
        peers: &[Peer],
    ) -> Option<Route> {
        let route = written.get_ref();
        let mut from = Vec::new();
        for whose in route.from.iter().flatten() {
            if whose.get_ref() == BROWSERS {
                from.push(Whose::Browsers);
            } else if let Some(peer) = self.peer_called(whose, whose.get_ref(), peers, true) {
                from.push(Whose::Peer(peer));
            }
        }
        let mut domains = Vec::new();
        for domain in route.domains.iter().flatten() {
            domains.extend(self.domain_of(Some(domain)));
        }
        let called = self.matches(route.called.as_deref());
        let numbers = Numbers {
            called: self.rewrite(route.called_rules.as_deref()),
            calling: self.rewrite(route.calling_rules.as_deref()),
        };
        let caller_id = self.caller_id(route.caller_id.as_ref(), route.caller_ids.as_deref());
        let advance = self.advance(route);
        let effect = self.effect(written, peers)?;
        let name = route
            .name
            .as_ref()
            .map_or_else(|| format!("{}", place + 1), |name| name.get_ref().clone());
        Some(Route {
            name,
            from,
            called,
            domains,
            numbers,
            caller_id,
            effect,
            advance,
        })
    }

    fn effect(&mut self, written: &Spanned<settings::Route>, peers: &[Peer]) -> Option<Effect> {
        const REMEDY: &str = "write one of the three: to = [\"carrier\"], users = [\"alice@example.com\"], or refuse = 403";
        let route = written.get_ref();
        match (&route.to, &route.users, &route.refuse) {
            (Some(to), None, None) => {
                let mut choices = Vec::new();
                for (place, written) in to.get_ref().iter().enumerate() {
                    let choice = written.get_ref();
                    if let Some(peer) = self.peer_called(written, &choice.peer, peers, false) {
                        // Without a priority the order is the one that was written.
                        let place = u16::try_from(place + 1).unwrap_or(u16::MAX);
                        choices.push(Choice {
                            peer,
                            priority: choice.priority.unwrap_or(place),
                            weight: choice.weight.unwrap_or(1),
                        });
                    }
                }
                if to.get_ref().is_empty() {
                    self.fault(to.span(), "this route leads nowhere".to_owned(), REMEDY);
                }
                Some(Effect::Peers(choices))
            }
            (None, Some(users), None) => {
                for user in users.get_ref() {
                    let text = user.get_ref();
                    let is_user = text.contains('@')
                        && format!("sip:{}", text.replace('*', "1"))
                            .parse::<Uri>()
                            .is_ok();
                    if !is_user {
                        self.fault(
                            user.span(),
                            format!("\"{text}\" is no user's address"),
                            "write user and domain: \"alice@example.com\"; * stands for the number called: \"*@example.com\"",
                        );
                    }
                }
                if users.get_ref().is_empty() {
                    self.fault(users.span(), "this route leads nowhere".to_owned(), REMEDY);
                }
                let users = users.get_ref().iter();
                Some(Effect::Users(
                    users.map(|user| user.get_ref().clone()).collect(),
                ))
            }
            (None, None, Some(status)) => {
                if !(400..=699).contains(status.get_ref()) {
                    self.fault(
                        status.span(),
                        format!("{} refuses nothing", status.get_ref()),
                        "write a status of SIP from 400 to 699: 403 (forbidden), 404 (not found), 603 (declined)",
                    );
                }
                Some(Effect::Refuse {
                    status: *status.get_ref(),
                    reason: route.reason.as_ref().map(|reason| reason.get_ref().clone()),
                })
            }
            (None, None, None) => {
                self.fault(
                    written.span(),
                    "this route leads nowhere".to_owned(),
                    REMEDY,
                );
                None
            }
            _ => {
                self.fault(
                    written.span(),
                    "this route leads to several kinds of ends".to_owned(),
                    REMEDY,
                );
                None
            }
        }
    }

    fn advance(&mut self, route: &settings::Route) -> Advance {
        let mut advance = Advance::default();
        if let Some(statuses) = &route.advance_on {
            advance.statuses = statuses.iter().map(|status| *status.get_ref()).collect();
            for status in statuses
                .iter()
                .filter(|status| !Advance::may_name(*status.get_ref()))
            {
                self.fault(
                    status.span(),
                    format!("after {} nobody else is tried", status.get_ref()),
                    "name statuses that say that a way is broken: 408, 500, 502, 503, 504; who is busy or has declined must not ring a second time",
                );
            }
        }
        if let Some(seconds) = &route.silence_seconds {
            self.no_zero(Some(seconds));
            advance.silence = Duration::from_secs((*seconds.get_ref()).into());
        }
        if let Some(seconds) = &route.ring_seconds {
            self.no_zero(Some(seconds));
            advance.ring = Some(Duration::from_secs((*seconds.get_ref()).into()));
        }
        advance
    }

    fn peer_called<T>(
        &mut self,
        written: &Spanned<T>,
        name: &str,
        peers: &[Peer],
        with_browsers: bool,
    ) -> Option<PeerId> {
        let found = peers
            .iter()
            .find(|peer| peer.name == name)
            .map(|peer| peer.id);
        if found.is_none() {
            let mut known: Vec<&str> = peers.iter().map(|peer| peer.name.as_str()).collect();
            if with_browsers {
                known.insert(0, BROWSERS);
            }
            let remedy = format!(
                "known are: {}; \"{SERVER}\" is [server], others have their names from [trunk.NAME] and [registrar.NAME]",
                known.join(", ")
            );
            self.fault(
                written.span(),
                format!("nobody is called \"{name}\""),
                remedy,
            );
        }
        found
    }
}
