use super::Resolver;
use crate::config::settings;
use engine_hook::{Endpoint, HookSettings};
use sbc_policy::{HookPlan, Otherwise, PushPlan};
use std::time::Duration;
use toml::Spanned;

/// A hook on the same machine answers within a few milliseconds; who calls does not notice half a second.
const CALLS: u32 = 500;
/// A push service is far away, and only asked to take something on.
const WAKE: u32 = 3000;
/// A telephone that was woken needs some seconds to connect; who calls waits no longer than for a phone that rings.
const WAIT: u32 = 20;

/// What `[hook]` means, to the border and to who asks.
#[derive(Debug, Default)]
pub(super) struct Hooks {
    pub(super) settings: Option<HookSettings>,
    pub(super) plan: Option<HookPlan>,
    pub(super) push: Option<PushPlan>,
}

impl Resolver<'_> {
    pub(super) fn hooks(&mut self) -> Hooks {
        let Some(written) = &self.settings.hook else {
            return Hooks::default();
        };
        let hook = written.get_ref();
        let calls = self.endpoint(hook.calls.as_ref(), hook.calls_milliseconds.as_ref(), CALLS);
        let wake = self.endpoint(hook.wake.as_ref(), hook.wake_milliseconds.as_ref(), WAKE);
        if hook.calls.is_none() && hook.wake.is_none() {
            self.fault(
                written.span(),
                "nobody stands in [hook] who could be asked".to_owned(),
                "write calls = \"http://127.0.0.1:8000/calls\" or wake = \"http://127.0.0.1:8000/wake\"",
            );
        }
        let otherwise = self.otherwise(hook);
        let plan = calls.as_ref().map(|calls| HookPlan {
            patience: calls.timeout,
            otherwise,
        });
        let push = wake.is_some().then(|| self.push(hook)).flatten();
        Hooks {
            settings: Some(HookSettings { calls, wake }),
            plan,
            push,
        }
    }

    fn endpoint(
        &mut self,
        written: Option<&Spanned<String>>,
        milliseconds: Option<&Spanned<u32>>,
        default: u32,
    ) -> Option<Endpoint> {
        self.no_zero(milliseconds);
        let written = written?;
        let text = written.get_ref();
        let is_http = text.starts_with("http://") || text.starts_with("https://");
        let Some(url) = text.parse().ok().filter(|_| is_http) else {
            self.fault(
                written.span(),
                format!("\"{text}\" is no URL that could be asked"),
                "write it whole: \"http://127.0.0.1:8000/calls\" or \"https://hook.example.com/calls\"",
            );
            return None;
        };
        let milliseconds = milliseconds.map_or(default, |written| *written.get_ref());
        Some(Endpoint {
            url,
            timeout: Duration::from_millis(milliseconds.into()),
        })
    }

    fn otherwise(&mut self, hook: &settings::Hook) -> Otherwise {
        match hook
            .unanswered
            .as_ref()
            .map(|written| (written, written.get_ref().as_str()))
        {
            None | Some((_, "continue")) => Otherwise::Continue,
            Some((_, "refuse")) => Otherwise::Refuse,
            Some((written, other)) => {
                self.fault(
                    written.span(),
                    format!("unanswered \"{other}\" is not known"),
                    "write \"continue\" or \"refuse\"",
                );
                Otherwise::Continue
            }
        }
    }

    fn push(&mut self, hook: &settings::Hook) -> Option<PushPlan> {
        self.no_zero(hook.wake_seconds.as_ref());
        let providers: Vec<String> = hook
            .providers
            .iter()
            .flatten()
            .map(|provider| provider.get_ref().clone())
            .collect();
        if providers.is_empty() {
            let span = hook.wake.as_ref().map(Spanned::span).unwrap_or_default();
            self.fault(
                span,
                "which push services it serves is not told".to_owned(),
                "write their names as pn-provider says them: providers = [\"webpush\"]",
            );
            return None;
        }
        let wait = hook
            .wake_seconds
            .as_ref()
            .map_or(WAIT, |written| *written.get_ref());
        Some(PushPlan {
            providers,
            wait: Duration::from_secs(wait.into()),
            shown_upward: false,
        })
    }
}
