//! The network's words and the border's: the same things, named on both sides so that neither crate sees the other.

use engine_net::NetEvent;
use sbc_border::{Arrival, Input, Target};

pub(crate) fn input(event: NetEvent) -> Input {
    match event {
        NetEvent::Opened(at, names) => Input::Opened(arrival(at), names),
        NetEvent::Received(at, message) => Input::Received(arrival(at), message),
        NetEvent::Closed(flow) => Input::Closed(flow),
        NetEvent::Unreachable(engine_net::Target::Flow(flow)) => {
            Input::Unreachable(Target::Flow(flow))
        }
        NetEvent::Unreachable(engine_net::Target::Address {
            network,
            transport,
            address,
        }) => Input::Unreachable(Target::Address {
            network,
            transport,
            address,
        }),
    }
}

/// New work that has waited too long.
pub(crate) fn overdue(event: NetEvent) -> Input {
    match input(event) {
        Input::Received(arrival, message) => Input::Overdue(arrival, message),
        other => other,
    }
}

fn arrival(at: engine_net::Arrival) -> Arrival {
    Arrival {
        flow: at.flow,
        network: at.network,
        transport: at.transport,
        local: at.local,
        remote: at.remote,
    }
}

pub(crate) fn target(target: Target) -> engine_net::Target {
    match target {
        Target::Flow(flow) => engine_net::Target::Flow(flow),
        Target::Address {
            network,
            transport,
            address,
        } => engine_net::Target::Address {
            network,
            transport,
            address,
        },
    }
}
