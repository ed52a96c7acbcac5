//! Notices to browsers, by their push services (Web Push: RFC 8030, 8291, 8292). The crates for it bring OpenSSL
//! or a second set of primitives; what it needs is a screen of code over the primitives that are here anyway.

mod seal;
mod vapid;
mod walls;

use async_trait::async_trait;
use duty::messages::{Push, Pushed, Pushing};
use kernel::{Error, Result, Rng};
use reqwest::{Client, StatusCode, Url, header, redirect::Policy};
use std::{sync::Arc, time::Duration};

/// A push service that is slower than this is tried again.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a service keeps a push for a machine that is off, in seconds: later the ladder has climbed.
const KEEP: &str = "60";

/// The way to any push service.
pub struct WebPush {
    client: Client,
    rng: Rng,
    here: bool,
}

impl WebPush {
    pub fn new(rng: Rng) -> Result<Self> {
        Self::made(rng, false)
    }

    /// The same, and it also reaches push services on this machine itself, in clear.
    pub fn for_tests(rng: Rng) -> Result<Self> {
        Self::made(rng, true)
    }

    fn made(rng: Rng, here: bool) -> Result<Self> {
        let client = Client::builder()
            .timeout(PATIENCE)
            .redirect(Policy::none())
            .dns_resolver(Arc::new(walls::Outside))
            .build()
            .map_err(|error| Error::internal(format!("push: {error}")))?;
        Ok(Self { client, rng, here })
    }
}

#[async_trait]
impl Pushing for WebPush {
    async fn push(&self, push: &Push) -> Result<Pushed> {
        // A subscription that cannot be reached by right is as good as gone.
        let Ok(url) = push.endpoint.parse::<Url>() else { return Ok(Pushed::Gone) };
        if !walls::may(&url, self.here) {
            return Ok(Pushed::Gone);
        }
        let (own, salt) = (self.rng.bytes::<32>(), self.rng.bytes::<16>());
        let body = match seal::seal(&push.payload, &push.p256dh, &push.auth, &own, &salt) {
            Err(Error::Invalid { .. }) => return Ok(Pushed::Gone),
            sealed => sealed?,
        };
        let answer = self
            .client
            .post(url.clone())
            .header(header::AUTHORIZATION, vapid::authorization(push, &url)?)
            .header(header::CONTENT_ENCODING, "aes128gcm")
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header("ttl", KEEP)
            .header("urgency", if push.urgent { "high" } else { "normal" })
            // A newer one for the same takes its place while the machine is off.
            .header("topic", topic(push))
            .body(body)
            .send()
            .await
            // The address is the browser's secret: it stays out of errors.
            .map_err(|error| Error::Unavailable(format!("the push service: {}", error.without_url())))?;
        match answer.status() {
            status if status.is_success() => Ok(Pushed::Taken),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(Pushed::Gone),
            status => Err(Error::Unavailable(format!("the push service answered {}", status.as_u16()))),
        }
    }
}

/// At most 32 characters of base64url (RFC 8030, 5.4): the message's id.
fn topic(push: &Push) -> String {
    push.id.uuid().simple().to_string()
}
