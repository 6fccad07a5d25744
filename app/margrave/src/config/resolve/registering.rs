use super::Resolver;
use crate::config::settings;
use sbc_policy::{Registering, Throttle};

impl Resolver<'_> {
    /// How browsers are registered with a server.
    pub(super) fn registering(&mut self, written: &settings::Peer) -> Registering {
        let usual = Registering::default();
        let seconds = |written: &Option<toml::Spanned<u32>>, usual| {
            written.as_ref().map_or(usual, |written| *written.get_ref())
        };
        let rules = Registering {
            throttle: self.throttle(written),
            outgoing_expires: seconds(&written.registration_seconds, usual.outgoing_expires),
            min_expires: seconds(&written.registration_min_seconds, usual.min_expires),
            max_expires: seconds(&written.registration_max_seconds, usual.max_expires),
            deviation: self.jitter(written),
            path: written.path.as_ref().is_some_and(|path| *path.get_ref()),
            features: written
                .features
                .as_ref()
                .is_some_and(|features| *features.get_ref()),
            flow_timer: written
                .flow_timer_seconds
                .as_ref()
                .map(|seconds| *seconds.get_ref()),
        };
        self.no_zero(written.registration_seconds.as_ref());
        self.no_zero(written.registration_max_seconds.as_ref());
        self.no_zero(written.flow_timer_seconds.as_ref());
        if rules.min_expires > rules.max_expires
            && let Some(written) = &written.registration_min_seconds
        {
            self.fault(
                written.span(),
                format!(
                    "{} seconds are more than the most, {}",
                    rules.min_expires, rules.max_expires
                ),
                "write fewer, or raise registration-max-seconds",
            );
        }
        if rules.path
            && rules.throttle == Throttle::AddressOfRecord
            && let Some(written) = &written.path
        {
            self.fault(
                written.span(),
                "a user whose browsers share one Contact has no Contact of any one browser"
                    .to_owned(),
                "remove the line, or write registrations = \"contact\" or \"mirror\"",
            );
        }
        rules
    }

    fn throttle(&mut self, written: &settings::Peer) -> Throttle {
        match written
            .registrations
            .as_ref()
            .map(|written| (written, written.get_ref().as_str()))
        {
            None | Some((_, "mirror")) => Throttle::Mirror,
            Some((_, "contact")) => Throttle::Contact,
            Some((_, "user")) => Throttle::AddressOfRecord,
            Some((written, other)) => {
                self.fault(
                    written.span(),
                    format!("\"{other}\" is no way to register"),
                    "write \"mirror\", \"contact\" or \"user\"",
                );
                Throttle::Mirror
            }
        }
    }

    fn jitter(&mut self, written: &settings::Peer) -> u8 {
        /// A time shortened by more would be another time.
        const MOST: u32 = 50;
        let Some(written) = &written.registration_jitter else {
            return 0;
        };
        let per_cent = *written.get_ref();
        if per_cent > MOST {
            self.fault(
                written.span(),
                format!("{per_cent} per cent are too many"),
                "write a number up to 50",
            );
        }
        u8::try_from(per_cent.min(MOST)).unwrap_or(0)
    }
}
