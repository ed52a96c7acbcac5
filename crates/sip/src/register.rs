//! REGISTER, kept fresh; and the addresses of trunks that do not register, kept known.

use crate::{
    agent::Shared,
    clock,
    counters::Count,
    trunks::{Reached, TrunkState},
};
use rsipstack::{
    dialog::registration::{Registration, backoff_interval, refresh_interval},
    sip::{Param, StatusCodeKind, Transport, typed::Contact},
};
use std::{sync::Arc, time::Duration};
use tokio::time::{sleep, sleep_until, timeout};

/// A registrar that does not answer a REGISTER for so long is asked again.
const PATIENCE: Duration = Duration::from_secs(10);
/// Before a lost connection is opened again.
const BREATH: Duration = Duration::from_secs(1);

/// Runs until the agent stops.
pub(crate) async fn keep(shared: Arc<Shared>, trunk: Arc<TrunkState>) {
    let mut failures = 0;
    loop {
        let next = if trunk.config.register {
            match register(&shared, &trunk).await {
                Ok(granted) => {
                    failures = 0;
                    refresh_interval(granted)
                }
                Err(why) => {
                    tracing::warn!(trunk = %trunk.name, why, failures, "not registered");
                    failures += 1;
                    backoff_interval(failures - 1)
                }
            }
        } else {
            let _ = trunk.reach_anew(&shared).await;
            shared.timers.names
        };
        tokio::select! {
            () = sleep_until((clock::now() + next).into()) => {}
            () = trunk.lost() => {
                // A trunk that closes each connection at once is not tried without end.
                tracing::info!(trunk = %trunk.name, "the connection was lost");
                sleep(BREATH).await;
            }
            () = shared.stopping.cancelled() => return,
        }
    }
}

/// Says how many seconds were granted.
async fn register(shared: &Shared, trunk: &TrunkState) -> Result<u32, String> {
    let outcome = ask(shared, trunk, trunk.config.expires.as_secs() as u32).await;
    let registered = outcome.is_ok();
    trunk.set_registered(registered);
    shared.counters.one(if registered { Count::Registrations } else { Count::RegistrationsFailed });
    outcome
}

async fn ask(shared: &Shared, trunk: &TrunkState, expires: u32) -> Result<u32, String> {
    let Reached { address, us } = trunk.reach_anew(shared).await.map_err(|error| error.to_string())?;
    let mut registration = trunk.registration.lock().await;
    let registration = registration
        .get_or_insert_with(|| Registration::new(Arc::clone(&shared.layer.endpoint), trunk.credential()));
    // Over TLS another after each connection.
    registration.contact = Some(Contact { display_name: None, uri: trunk.contact(us), params: Vec::new() });
    registration.outbound_proxy = Some(address);
    let mut server = trunk.uri("");
    if trunk.transport() != Transport::Udp {
        server.params.push(Param::Transport(trunk.transport()));
    }
    let response = timeout(PATIENCE, registration.register(server, Some(expires)))
        .await
        .map_err(|_| "no answer".to_owned())?
        .map_err(|error| error.to_string())?;
    if response.status_code.kind() == StatusCodeKind::Successful {
        Ok(registration.granted_expires.unwrap_or(expires))
    } else {
        Err(response.status_code.to_string())
    }
}

/// Takes the registration back, so that the trunk does not call a program that is gone.
pub(crate) async fn take_back(shared: &Shared, trunk: &TrunkState) {
    if trunk.status().registered == Some(true) {
        let _ = ask(shared, trunk, 0).await;
        trunk.set_registered(false);
    }
}
