use super::Resolver;
use engine_telemetry::Format;
use sbc_policy::Redirects;
use std::ops::Range;
use toml::Spanned;

/// Contacts of redirections followed in one call: as many as a telephone that is forwarded to one that is forwarded needs, and few
/// enough that nobody makes us call half a town.
const MAX_FOLLOWED: u8 = 5;

impl Resolver<'_> {
    pub(super) fn limits(&mut self) {
        let limits = &self.settings.limits;
        let zeros: Vec<Range<usize>> = [
            &limits.calls,
            &limits.connections,
            &limits.connections_per_address,
            &limits.peer_connections,
            &limits.bindings_per_connection,
            &limits.calls_per_user,
            &limits.patience_seconds,
            &limits.ring_seconds,
        ]
        .into_iter()
        .flatten()
        .filter(|written| *written.get_ref() == 0)
        .map(Spanned::span)
        .collect();
        for span in zeros {
            self.fault(
                span,
                "0 would let nothing through".to_owned(),
                "write a number above 0, or remove the line to have the default",
            );
        }
    }

    pub(super) fn redirects(&mut self) -> Redirects {
        let Some(written) = self.settings.limits.redirects.as_ref() else {
            return Redirects::default();
        };
        match written.get_ref().as_str() {
            "hide" => Redirects::Hide,
            "pass" => Redirects::Pass,
            "follow" => Redirects::Follow { max: MAX_FOLLOWED },
            other => {
                self.fault(
                    written.span(),
                    format!("\"{other}\" is no way to treat a redirection"),
                    "write \"hide\", \"pass\" or \"follow\"",
                );
                Redirects::default()
            }
        }
    }

    pub(super) fn log(&mut self) -> (String, Format) {
        let settings = self.settings;
        let level = settings.log.level.as_ref();
        if let Some(written) = level
            && !["error", "warn", "info", "debug", "trace"].contains(&written.get_ref().as_str())
        {
            self.fault(
                written.span(),
                format!("log level \"{}\" is not known", written.get_ref()),
                "write \"error\", \"warn\", \"info\", \"debug\" or \"trace\"",
            );
        }
        let format = match settings.log.format.as_ref() {
            Some(written) if written.get_ref() == "json" => Format::Json,
            Some(written) if written.get_ref() != "text" => {
                self.fault(
                    written.span(),
                    format!("log format \"{}\" is not known", written.get_ref()),
                    "write \"text\" or \"json\"",
                );
                Format::Text
            }
            _ => Format::Text,
        };
        (
            level.map_or_else(|| "info".to_owned(), |written| written.get_ref().clone()),
            format,
        )
    }
}
