use crate::check;
use crate::exit::{Exit, Failure};
use crate::page;
use crate::service::Service;
use serde_json::json;
use std::path::Path;

/// Runs what a file describes until a signal ends it.
pub(crate) fn run(path: &Path) -> Result<Exit, Failure> {
    let plan = check::read(path)?;
    engine_telemetry::init(plan.log_format, &plan.log_level).map_err(Failure::start)?;
    for warning in &plan.warnings {
        tracing::warn!("{warning}");
    }
    // The web phone asks for user and password itself; only the domain is known.
    let told = json!({
        "domain": plan.signalling.registrars().find_map(|server| server.domain.as_ref()),
        "users": [],
        "services": [],
    });
    let service = Service::start(&plan, page::pages(&told))?;
    for network in &plan.signalling.networks {
        for listener in &network.listeners {
            tracing::info!(
                network = network.name,
                transport = listener.transport.via_token(),
                bound = %listener.bind,
                told = %listener.advertised,
                "listening"
            );
        }
    }
    tracing::info!(
        bound = %plan.media,
        outside = %std::net::SocketAddr::new(plan.advertised.address, plan.advertised.udp),
        "media"
    );
    tracing::info!("ready");
    service.until_signal()
}
