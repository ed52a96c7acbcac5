//! Who asks: an address, and behind it a device.

use super::{
    answer::{Refusal, words},
    rates::{Counts, Rates, Sender},
};
use crate::bearer::bearer;
use axum::{
    Extension,
    body::Bytes,
    extract::{FromRequestParts, rejection::BytesRejection},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use duty::tenants::Tenant;
use health::gates::{Device, Devices};
use jiff::Timestamp;
use kernel::Error;
use pages::{App, Source, Words};
use std::sync::Arc;

/// What this process remembers of gates.
pub(super) struct Doors {
    rates: Rates,
    counts: Counts,
    devices: Devices,
}

impl Doors {
    pub(super) fn new(rates: Rates) -> Self {
        Self { rates, counts: Counts::default(), devices: Devices::default() }
    }
}

/// A request whose address does not ask too often.
pub(super) struct Caller {
    pub app: App,
    pub tenant: Arc<Tenant>,
    pub w: Words,
    /// One instant for all that is decided.
    pub now: Timestamp,
    doors: Arc<Doors>,
    sender: Sender,
}

/// The same of a device that may scan.
pub(super) struct Gatekeeper {
    pub caller: Caller,
    pub device: Device,
}

/// A refusal with the language in which it is told.
pub(super) struct Turned(Words, Refusal);

impl IntoResponse for Turned {
    fn into_response(self) -> Response {
        self.1.tell(self.0)
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Turned> {
        let w = words(&parts.headers);
        let turned = |refusal| Turned(w, refusal);
        let slug = parts.uri.path().split('/').nth(1).unwrap_or_default().to_owned();
        let tenant = app.tenant(&slug).await.map_err(|error| turned(error.into()))?;
        let Ok(source) = Source::from_request_parts(parts, app).await;
        let Extension(doors) = Extension::<Arc<Doors>>::from_request_parts(parts, app)
            .await
            .map_err(|error| turned(Error::internal(error).into()))?;
        let (now, sender) = (app.store().clock().now(), Sender::of(source.address));
        let admitted = doors.counts.address(doors.rates, tenant.id, sender, now);
        admitted.map_err(|seconds| turned(Refusal::TooMany(seconds)))?;
        Ok(Self { app: app.clone(), tenant, w, now, doors, sender })
    }
}

impl FromRequestParts<App> for Gatekeeper {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Turned> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let token = bearer(&parts.headers).unwrap_or_default();
        match caller.device(token).await {
            Ok(device) => Ok(Self { caller, device }),
            Err(refusal) => Err(Turned(caller.w, refusal)),
        }
    }
}

impl Caller {
    async fn device(&self, token: &str) -> Result<Device, Refusal> {
        let (doors, store, tenant) = (&*self.doors, self.app.store(), self.tenant.id);
        // Whoever guesses is not looked up any more; who is known behind the same address goes on.
        if !doors.devices.knows(store, tenant, token)? {
            self.may_guess()?;
        }
        let Some(device) = doors.devices.of(store, tenant, token).await? else {
            self.guessed()?;
            return Err(Refusal::Unknown);
        };
        let admitted = doors.counts.device(doors.rates, tenant, device.id, self.now);
        admitted.map_err(Refusal::TooMany)?;
        Ok(device)
    }

    /// Refuses an address from which too many wrong tokens or invites came.
    pub(super) fn may_guess(&self) -> Result<(), Refusal> {
        let doors = &*self.doors;
        let asked = doors.counts.guesses(doors.rates, self.tenant.id, self.sender, self.now);
        asked.map_err(Refusal::TooMany)
    }

    /// Counts a wrong token or invite.
    pub(super) fn guessed(&self) -> Result<(), Refusal> {
        let doors = &*self.doors;
        let counted = doors.counts.wrong(doors.rates, self.tenant.id, self.sender, self.now);
        counted.map_err(Refusal::TooMany)
    }
}

impl Gatekeeper {
    /// Notes that the device lives, and what its clock lacks to ours, if it said.
    pub(super) async fn heard(&self, clock_add_ms: Option<i64>) -> Result<(), Refusal> {
        let Caller { app, tenant, doors, .. } = &self.caller;
        Ok(doors.devices.heard(app.store(), tenant.id, self.device, clock_add_ms).await?)
    }
}

/// The body, if it is not too large and came whole.
pub(super) fn whole(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Refusal> {
    body.map_err(|rejected| match rejected.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge,
        _ => Refusal::Fault(Error::invalid("body", "error-sent-json")),
    })
}
