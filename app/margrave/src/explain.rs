//! Which way a call would take, and why: the very decision that the running border makes, with every step told.

use crate::check;
use crate::config::Plan;
use crate::exit::{Exit, Failure};
use proto_base::Random;
use sbc_policy::{Decision, Destination, Effect, Inquiry, Origin, Peer, Role, Whither};
use serde_json::{Value, json};
use sip_message::{Headers, Host, Method, NameAddr, Uri};
use std::fmt::{self, Write};
use std::path::Path;

/// Among peers of one priority chance draws; here it always draws the same, and the words say that it is chance.
const SEED: u64 = 0;

/// The question on the command line.
pub(crate) struct Question<'a> {
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    pub(crate) peer: Option<&'a str>,
    pub(crate) json: bool,
}

/// Reads a file and tells what becomes of one call.
pub(crate) fn explain(path: &Path, question: &Question<'_>) -> Result<Exit, Failure> {
    let plan = check::read(path)?;
    let asked = Asked::read(&plan, question)?;
    let proved = [question.from.to_owned()];
    let origin = match asked.peer {
        Some(peer) => Origin::Peer(peer.id),
        None => Origin::Browser {
            address_of_record: question.from,
            proved: &proved,
        },
    };
    let headers = Headers::new();
    let inquiry = Inquiry {
        origin,
        method: &Method::Invite,
        uri: &asked.uri,
        from: &asked.from,
        to: &asked.to,
        headers: &headers,
    };
    let decision = plan
        .signalling
        .explain(&inquiry, &mut Random::from_number(SEED));
    if question.json {
        println!("{:#}", as_json(&plan, &decision));
    } else {
        print!("{}", in_words(&plan, &asked, &decision));
    }
    Ok(match decision.outcome {
        Ok(_) => Exit::Well,
        Err(_) => Exit::Refused,
    })
}

/// The call in question.
struct Asked<'a> {
    peer: Option<&'a Peer>,
    uri: Uri,
    from: NameAddr,
    to: NameAddr,
}

impl<'a> Asked<'a> {
    fn read(plan: &'a Plan, question: &Question<'_>) -> Result<Self, Failure> {
        let peer = question.peer.map(|name| named(plan, name)).transpose()?;
        if peer.is_none() && !question.from.contains('@') {
            return Err(Failure::command(format!(
                "--from {} is no user's address\n  remedy: write user and domain, alice@example.com; for a call from a server or a trunk add --peer NAME",
                question.from
            )));
        }
        let home = match peer {
            Some(peer) => host_of(plan, peer),
            None => question
                .from
                .rsplit_once('@')
                .and_then(|(_, domain)| domain.parse().ok()),
        };
        let from = address(question.from, "--from", home.clone())?;
        // A peer calls us, whatever it is called itself.
        let to_host = match peer {
            Some(peer) => plan
                .signalling
                .advertised(peer.network, peer.transport, None)
                .map(|ours| Host::from(ours.ip())),
            None => home,
        };
        let uri = address(question.to, "--to", to_host)?;
        Ok(Self {
            peer,
            from: NameAddr::new(from),
            to: NameAddr::new(uri.clone()),
            uri,
        })
    }
}

fn named<'a>(plan: &'a Plan, name: &str) -> Result<&'a Peer, Failure> {
    let peers = &plan.signalling.peers;
    peers.iter().find(|peer| peer.name == name).ok_or_else(|| {
        let known: Vec<&str> = peers.iter().map(|peer| peer.name.as_str()).collect();
        Failure::command(format!(
            "no server or trunk is called \"{name}\"\n  remedy: the configuration knows {}",
            known.join(", ")
        ))
    })
}

fn host_of(plan: &Plan, peer: &Peer) -> Option<Host> {
    let domain = peer
        .domain
        .as_deref()
        .and_then(|domain| domain.parse().ok());
    let address = peer.at_start.or(peer.addresses.first().copied());
    let address = address.map(|address| Host::from(address.ip()));
    domain.or(address).or_else(|| {
        plan.signalling
            .advertised(peer.network, peer.transport, None)
            .map(|ours| Host::from(ours.ip()))
    })
}

/// A whole URI, or a user part with that host behind it.
fn address(text: &str, option: &str, host: Option<Host>) -> Result<Uri, Failure> {
    let whole = text.parse::<Uri>().ok();
    let with_scheme = || {
        text.contains('@')
            .then(|| format!("sip:{text}").parse::<Uri>().ok())
            .flatten()
    };
    let user_alone = || {
        let host = host.filter(|_| !text.contains('@'))?;
        Some(Uri::sip_host(Some(text), host))
    };
    whole
        .or_else(with_scheme)
        .or_else(user_alone)
        .ok_or_else(|| {
            Failure::command(format!(
                "{option} {text} is no address\n  remedy: write a number, user@domain, or a whole URI in quotes: \"sip:+49301234567@example.com\""
            ))
        })
}

fn in_words(plan: &Plan, asked: &Asked<'_>, decision: &Decision) -> String {
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = write_all(plan, asked, decision, &mut text);
    text
}

fn write_all(
    plan: &Plan,
    asked: &Asked<'_>,
    decision: &Decision,
    text: &mut String,
) -> fmt::Result {
    let who = asked.peer.map_or_else(|| "a browser".to_owned(), kind_of);
    writeln!(text, "{} ({who}) calls {}\n", asked.from.uri, asked.uri)?;
    let width = decision
        .trace
        .iter()
        .map(|step| step.what.chars().count())
        .max()
        .unwrap_or_default();
    for step in &decision.trace {
        let mark = if step.matched { '+' } else { '-' };
        writeln!(text, "{mark} {:<width$}  {}", step.what, step.why)?;
    }
    writeln!(text)?;
    match &decision.outcome {
        Err(refusal) => {
            writeln!(
                text,
                "refused: {} {}",
                refusal.status.code(),
                refusal.reason
            )?;
        }
        Ok(groups) => {
            for (place, group) in groups.iter().enumerate() {
                for destination in group {
                    write_destination(plan, place + 1, destination, text)?;
                }
            }
            if groups.len() > 1 {
                let statuses: Vec<String> = decision
                    .advance
                    .statuses
                    .iter()
                    .map(ToString::to_string)
                    .collect();
                writeln!(
                    text,
                    "\nthe next is tried after {}, when one is unreachable, and after {} s of silence",
                    statuses.join(", "),
                    decision.advance.silence.as_secs()
                )?;
                if let Some(ring) = decision.advance.ring {
                    writeln!(text, "or after {} s of ringing", ring.as_secs())?;
                }
            }
            if is_drawn(plan, decision) {
                writeln!(
                    text,
                    "the order among equal priorities is drawn by weight for each call"
                )?;
            }
        }
    }
    Ok(())
}

fn write_destination(
    plan: &Plan,
    place: usize,
    destination: &Destination,
    text: &mut String,
) -> fmt::Result {
    let whither = match &destination.whither {
        Whither::Peer(id) => match plan.signalling.peer(*id) {
            Some(peer) => format!("{} ({})", peer.name, kind_of(peer)),
            None => String::new(),
        },
        Whither::User(user) => format!("the browsers of {user}"),
    };
    writeln!(text, "{place}. {whither}")?;
    if let Whither::Peer(id) = &destination.whither
        && let Some(peer) = plan.signalling.peer(*id)
    {
        write_places(peer, text)?;
    }
    writeln!(text, "   INVITE {}", destination.uri)?;
    writeln!(text, "   From: {}", destination.from)?;
    writeln!(text, "   To: {}", destination.to)?;
    for header in destination.headers.iter() {
        writeln!(text, "   {}: {}", header.name, header.value)?;
    }
    Ok(())
}

/// Where a peer with several addresses is looked for, in their order.
fn write_places(peer: &Peer, text: &mut String) -> fmt::Result {
    let named = peer.uri.iter().map(|uri| format!("where {uri} leads"));
    let shares = peer.shares.iter().map(Some).chain(std::iter::repeat(None));
    let written = peer
        .addresses
        .iter()
        .zip(shares)
        .map(|(address, share)| match share {
            Some(share) => format!(
                "{address} (priority {}, weight {})",
                share.priority, share.weight
            ),
            None => address.to_string(),
        });
    let places: Vec<String> = named.chain(written).collect();
    if places.len() < 2 {
        return Ok(());
    }
    writeln!(text, "   at {}", places.join(", then "))
}

fn kind_of(peer: &Peer) -> String {
    match peer.role {
        Role::Registrar => "a SIP server".to_owned(),
        Role::Trunk => format!("a trunk over {}", peer.transport.via_token()),
    }
}

/// Whether chance has had a say.
fn is_drawn(plan: &Plan, decision: &Decision) -> bool {
    let name = decision.route.as_deref();
    let mut routes = plan.signalling.routes.iter();
    let route = routes.find(|route| Some(route.name.as_str()) == name);
    let Some(Effect::Peers(choices)) = route.map(|route| &route.effect) else {
        return false;
    };
    choices.iter().enumerate().any(|(place, one)| {
        let mut others = choices.iter().skip(place + 1);
        others.any(|other| other.priority == one.priority)
    })
}

fn as_json(plan: &Plan, decision: &Decision) -> Value {
    let destination = |destination: &Destination| {
        let headers: Vec<Value> = destination
            .headers
            .iter()
            .map(|header| json!([header.name.as_str(), header.value]))
            .collect();
        let mut told = json!({
            "uri": destination.uri.to_string(),
            "from": destination.from.to_string(),
            "to": destination.to.to_string(),
            "headers": headers,
        });
        let (key, name) = match &destination.whither {
            Whither::Peer(id) => {
                let peer = plan.signalling.peer(*id);
                ("peer", peer.map_or("", |peer| peer.name.as_str()))
            }
            Whither::User(user) => ("user", user.as_str()),
        };
        if let Some(told) = told.as_object_mut() {
            told.insert(key.to_owned(), json!(name));
        }
        told
    };
    let groups: Vec<Vec<Value>> = decision
        .outcome
        .iter()
        .flatten()
        .map(|group| group.iter().map(destination).collect())
        .collect();
    let refused = decision
        .outcome
        .as_ref()
        .err()
        .map(|refusal| json!({ "status": refusal.status.code(), "reason": refusal.reason }));
    let trace: Vec<Value> = decision
        .trace
        .iter()
        .map(|step| json!({ "what": step.what, "matched": step.matched, "why": step.why }))
        .collect();
    json!({
        "route": decision.route,
        "destinations": groups,
        "refused": refused,
        "advance": {
            "statuses": decision.advance.statuses,
            "silence-seconds": decision.advance.silence.as_secs(),
            "ring-seconds": decision.advance.ring.map(|ring| ring.as_secs()),
        },
        "drawn": is_drawn(plan, decision),
        "trace": trace,
    })
}
