//! Whoever comes to a page that only a code opens: where the code is typed in, how often one address
//! may try, and what one reads whose code opens nothing.
//!
//! A code has 80 random bits, so guessing is hopeless; the limit on tries keeps guessers from costing
//! much. It is counted by address in this process only and written nowhere.

use crate::{
    home::Visit,
    limiter::{self, Limiter},
    report::Answers,
};
use axum::{
    Extension,
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use kernel::{Error, SecretCode};
use pages::{App, Fault, Outcome, Source, Words, forms::Errors, see_other};
use std::{marker::PhantomData, sync::Arc};

/// What a code opens.
pub trait Door: 'static {
    /// Its path below the tenant's: `track`.
    const PATH: &'static str;
    /// Whether those wait too whose code is good, while a guesser shares their address. Not where
    /// somebody may be telling of an emergency.
    const HOLDERS_WAIT: bool;

    /// The page on which a code is typed in.
    fn page(visit: &Visit, at: Threshold) -> Outcome;

    /// No code was typed.
    fn missing(w: Words) -> String;

    /// What was typed cannot be a code.
    fn wrong(w: Words) -> String;
}

/// What stands on the page before a door.
#[derive(Default)]
pub struct Threshold {
    pub typed: String,
    pub errors: Errors,
    /// The code could be one, but it opens nothing.
    pub unknown: bool,
    /// Minutes to wait.
    pub wait: Option<String>,
}

impl Threshold {
    fn of(typed: &str) -> Self {
        Self { typed: typed.chars().take(40).collect(), ..Self::default() }
    }
}

/// `GET /{tenant}/{door}`
pub async fn page<D: Door>(visit: Visit) -> Outcome {
    Ok(visit.keep_language(D::page(&visit, Threshold::default())?))
}

/// `POST /{tenant}/{door}`
pub async fn enter<D: Door>(visit: Visit, answers: Answers) -> Outcome {
    let typed = answers.get("code").unwrap_or_default();
    let told = match SecretCode::parse(typed) {
        Ok(code) => return Ok(see_other(&visit.frame().at(format_args!("{}/{code}", D::PATH)))),
        Err(Error::NotFound) if typed.trim().is_empty() => D::missing(visit.w),
        Err(Error::NotFound) => D::wrong(visit.w),
        Err(other) => return Err(other.into()),
    };
    let mut at = Threshold::of(typed);
    at.errors.add("code", told);
    let mut response = D::page(&visit, at)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// Someone who asks with a code, and the count of how often he does.
pub struct Asker<D> {
    pub visit: Visit,
    source: Source,
    limiter: Arc<Limiter>,
    /// Seconds that he waits if his code opens nothing.
    wait: Option<i64>,
    door: PhantomData<fn() -> D>,
}

/// Why someone with a code is shown nothing.
pub enum Refusal {
    Wait(Response),
    Fault(Fault),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Wait(response) => response,
            Self::Fault(fault) => fault.into_response(),
        }
    }
}

impl<D: Door> FromRequestParts<App> for Asker<D> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let visit = Visit::from_request_parts(parts, app).await?;
        let Ok(source) = Source::from_request_parts(parts, app).await;
        let Extension(limiter) = Extension::<Arc<Limiter>>::from_request_parts(parts, app)
            .await
            .map_err(|error| Fault(Error::internal(error)))?;
        let now = app.store().clock().now();
        match limiter.ask(visit.tenant.id, source.address, now).err() {
            Some(seconds) if D::HOLDERS_WAIT => Err(Refusal::Wait(told_to_wait::<D>(&visit, seconds)?)),
            wait => Ok(Self { visit, source, limiter, wait, door: PhantomData }),
        }
    }
}

impl<D: Door> Asker<D> {
    /// What to answer first where each try may be a guess; nothing while he need not wait.
    pub fn told_to_wait(&self) -> Option<Outcome> {
        self.wait.map(|seconds| told_to_wait::<D>(&self.visit, seconds))
    }

    /// From where he asks, as a text: what he shares with his household, and with everybody behind one address.
    pub fn source(&self) -> String {
        limiter::sender(self.source.address)
    }

    /// A try in vain.
    pub fn missed(&self) {
        let now = self.visit.app.store().clock().now();
        self.limiter.miss(self.visit.tenant.id, self.source.address, now);
    }

    /// What to answer when the room behind the door refuses: a code that opens nothing gets a page
    /// that says what to do.
    pub fn refuse(&self, code: &str, error: Error) -> Outcome {
        if !matches!(error, Error::NotFound) {
            return Err(error.into());
        }
        if let Some(seconds) = self.wait {
            return told_to_wait::<D>(&self.visit, seconds);
        }
        self.missed();
        let at = Threshold { unknown: true, ..Threshold::of(code) };
        let mut response = D::page(&self.visit, at)?;
        *response.status_mut() = StatusCode::NOT_FOUND;
        Ok(self.visit.keep_language(response))
    }
}

fn told_to_wait<D: Door>(visit: &Visit, seconds: i64) -> Outcome {
    let minutes = ((seconds + 59) / 60).to_string();
    let mut response = D::page(visit, Threshold { wait: Some(minutes), ..Threshold::default() })?;
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    Ok(response)
}
