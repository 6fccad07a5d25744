use crate::Value;
use crate::calls::{Call, Party};
use crate::front::{Front, Outcome};
use crate::reply;
use crate::request::{Command, Request};
use control_command::{LegCounters, LegId};
use proto_base::Time;

/// Octets of the ends of a call that are told of: the whole must stay below 64 kB, which is all that a datagram and one of the
/// clients can take, and JSON may double what it quotes.
const OCTETS: usize = 28_000;

impl Front {
    /// What there is to say of a call.
    pub(crate) fn query(&self, request: &Request) -> Outcome {
        match self.calls.get(&request.call) {
            Some(call) => Outcome::Statistics(call.clone()),
            None => Outcome::Reply(reply::error("Unknown call-id")),
        }
    }

    /// The reply to `query` and `delete`.
    pub(crate) fn statistics(
        &self,
        call: &Call,
        request: &Request,
        counters: &[(LegId, LegCounters)],
    ) -> Value {
        let seconds = |at: Time| {
            let since = at.as_micros().checked_div(1_000_000).unwrap_or_default();
            Value::count(self.settings.started.saturating_add(since))
        };
        let of = |leg: LegId| {
            let mut counters = counters.iter();
            counters
                .find(|(known, _)| *known == leg)
                .map(|(_, counters)| *counters)
                .unwrap_or_default()
        };
        let sum = |of: fn(&LegCounters) -> u64| {
            let all = counters.iter().map(|(_, counters)| of(counters));
            Value::count(all.fold(0, u64::saturating_add))
        };
        let rtp = Value::dictionary([
            ("packets", sum(|it| it.packets_received)),
            ("bytes", sum(|it| it.octets_received)),
            ("errors", sum(|it| it.packets_refused)),
        ]);
        let rtcp = Value::dictionary([
            ("packets", Value::Integer(0)),
            ("bytes", Value::Integer(0)),
            ("errors", Value::Integer(0)),
        ]);
        let asked = [&request.from_tag, &request.to_tag];
        let is_asked = |party: &&Party| {
            let is_query = request.command == Command::Query;
            let named = asked.iter().any(|tag| tag.is_some());
            !(is_query && named) || asked.contains(&&party.tag)
        };
        let mut room = OCTETS;
        let fits = |party: &&Party| match room.checked_sub(octets(party)) {
            Some(left) => {
                room = left;
                true
            }
            None => false,
        };
        let parties = call.parties.iter().filter(is_asked).take_while(fits);
        let tags = parties.map(|party| {
            let name = name(party);
            (
                name.clone(),
                tag(call, party, &name, of(party.leg), &seconds),
            )
        });
        let microseconds = call.created.as_micros().checked_rem(1_000_000);
        reply::ok([
            ("created", seconds(call.created)),
            ("created_us", Value::count(microseconds.unwrap_or_default())),
            ("last signal", seconds(call.signalled)),
            ("SSRC", Value::Dictionary(Vec::new())),
            ("totals", Value::dictionary([("RTP", rtp), ("RTCP", rtcp)])),
            ("tags", Value::dictionary(tags.collect::<Vec<_>>())),
        ])
    }
}

/// About what it takes to tell of one: its own tag twice, that of the other end twice, and figures.
fn octets(party: &Party) -> usize {
    /// Figures, and another's tag.
    const REST: usize = 800 + 2 * crate::request::NAME;
    let named = [&party.tag, &party.tag, &party.branch, &party.label];
    let lengths = named.into_iter().flatten().map(String::len);
    lengths.fold(REST, usize::saturating_add)
}

/// The tag, or a stand-in for whoever has none.
fn name(party: &Party) -> String {
    match &party.tag {
        Some(tag) => tag.clone(),
        None => format!("(leg {})", party.leg.0),
    }
}

fn tag(
    call: &Call,
    party: &Party,
    name: &str,
    counters: LegCounters,
    seconds: &impl Fn(Time) -> Value,
) -> Value {
    let stats = |packets: u64, octets: u64, errors: u64| {
        Value::dictionary([
            ("packets", Value::count(packets)),
            ("bytes", Value::count(octets)),
            ("errors", Value::count(errors)),
        ])
    };
    let stream = Value::dictionary([
        (
            "stats",
            stats(
                counters.packets_received,
                counters.octets_received,
                counters.packets_refused,
            ),
        ),
        (
            "stats_out",
            stats(counters.packets_sent, counters.octets_sent, 0),
        ),
        (
            "cumulative loss",
            Value::Integer(counters.packets_lost.max(0)),
        ),
        ("jitter", Value::count(counters.jitter.into())),
    ]);
    let media = Value::dictionary([
        ("index", Value::Integer(1)),
        ("type", Value::text("audio")),
        ("protocol", Value::text(party.dress.protocol())),
        ("streams", Value::List(vec![stream])),
    ]);
    let mut entries = vec![("tag", Value::text(name))];
    if let Some(branch) = &party.branch {
        entries.push(("via-branch", Value::text(branch)));
    }
    if let Some(label) = &party.label {
        entries.push(("label", Value::text(label)));
    }
    entries.push(("created", seconds(party.created)));
    let with = party.with.and_then(|leg| call.party(leg));
    if let Some(with) = with {
        let subscription = Value::dictionary([
            ("tag", Value::text(self::name(with))),
            ("type", Value::text("offer/answer")),
        ]);
        let list = Value::List(vec![subscription]);
        entries.push(("subscriptions", list.clone()));
        entries.push(("subscribers", list));
    }
    entries.push(("medias", Value::List(vec![media])));
    Value::dictionary(entries)
}
