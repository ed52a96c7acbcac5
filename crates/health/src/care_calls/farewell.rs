//! What a family is left with to which nobody came: it hears that it is called back, whatever has failed meanwhile, and
//! a ticket says who owes the call.

use super::{
    conduct::{Conductor, Ground},
    settle,
};
use duty::{
    lines::{Spoken, Talk},
    prompts::Say,
    tenants::Tenant,
};
use kernel::Result;
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

/// A database that is away for a moment is asked once more while the family is still there.
const TRIES: [Duration; 2] = [Duration::ZERO, Duration::from_secs(2)];

/// The words, once they are sound: made before anything can fail.
pub(super) type Farewell = Arc<OnceLock<Spoken>>;

/// Why a family is called back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// It asked for a person.
    Asked,
    /// It told of danger, and something failed.
    Alarm,
}

impl Conductor {
    /// Begins to make the words sound; nobody waits for it.
    pub(super) fn farewell(&self, tenant: &Tenant) -> Farewell {
        let farewell = Farewell::default();
        let (own, kept, id, says) = (self.clone(), Arc::clone(&farewell), tenant.id, words(tenant));
        tokio::spawn(async move {
            match own.spoken(id, &says).await {
                Ok(spoken) => drop(kept.set(spoken)),
                Err(error) => tracing::warn!(%error, "that a family is called back is not sound yet"),
            }
        });
        farewell
    }

    /// Tells the family that it is called back; whether it has heard that to the end.
    pub(super) async fn told_of_call_back(&self, ground: &Ground, talk: &mut Talk) -> bool {
        self.tell_of_call_back(ground, talk).await.unwrap_or_else(|error| {
            tracing::warn!(call = %talk.call, %error, "a family was not told that it is called back");
            false
        })
    }

    async fn tell_of_call_back(&self, ground: &Ground, talk: &mut Talk) -> Result<bool> {
        let spoken = match ground.farewell.get() {
            Some(spoken) => spoken.clone(),
            None => self.spoken(ground.tenant.id, &words(&ground.tenant)).await?,
        };
        talk.say(&spoken).await
    }

    /// Opens the ticket of the call that is owed; `false` where that is left to the end of this call.
    pub(super) async fn book(&self, ground: &Ground, why: Why) -> bool {
        for pause in TRIES {
            tokio::time::sleep(pause).await;
            match settle::ask_call_back(&self.store, &ground.tenant, &ground.row, &ground.home, why).await {
                Ok(()) => return true,
                Err(error) => {
                    tracing::error!(household = %ground.home.id, %error, "a call back could not be asked for yet");
                }
            }
        }
        false
    }
}

fn words(tenant: &Tenant) -> [Say; 3] {
    let medical = tenant.pack.place.emergency.medical.clone();
    [Say::clip("care.busy"), Say::clip("care.medical"), Say::Digits(medical)]
}
