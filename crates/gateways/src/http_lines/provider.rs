//! Requests to the provider: calls placed, changed and ended, recordings fetched.

use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use kernel::{Clock, Error, Result, Rng};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url, header};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);
/// A long recording takes as long as it takes; between two pieces of it nothing does.
const LONG: Duration = Duration::from_mins(30);
/// How long one signed permission is good for, in seconds.
const GOOD_FOR: i64 = 300;
/// A recording of an hour, two channels, 16 bits, 16,000 samples a second, and room.
pub(super) const LARGEST: usize = 256 * 1024 * 1024;

/// How we prove to the provider who we are.
#[derive(Clone)]
pub enum Key {
    /// Sent as it is: a key, or a token that the provider has issued.
    Bearer(String),
    /// Signs a JWT (HS256) anew for each request; `issuer` is the key's own name at the provider.
    Signed { issuer: String, secret: String },
}

pub(super) struct Provider {
    client: Client,
    calls: Url,
    key: Key,
    recordings: String,
    clock: Clock,
    rng: Rng,
}

impl Provider {
    pub(super) fn new(
        calls: Url,
        key: Key,
        recordings: Option<String>,
        clock: Clock,
        rng: Rng,
    ) -> Result<Self> {
        let client = Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Error::internal(format!("voice provider: {error}")))?;
        let host = calls.host_str().ok_or_else(|| Error::internal("voice_http_url names no host"))?;
        let recordings = recordings.unwrap_or_else(|| host.to_owned());
        Ok(Self { client, calls, key, recordings, clock, rng })
    }

    /// Places a call and returns the provider's own name for it, where it says one.
    pub(super) async fn place(&self, call: &Value) -> Result<Option<String>> {
        let answer = self.ask(Method::POST, self.calls.clone(), call).await?;
        match answer.status() {
            status if status.is_success() => {}
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                return Err(Error::invalid("number", "error-phone-format"));
            }
            status => return Err(refused(status)),
        }
        // Without a name the first webhook tells it.
        let said: Value = answer.json().await.unwrap_or_default();
        Ok(["uuid", "call_id", "callId"].iter().find_map(|name| said[*name].as_str()).map(str::to_owned))
    }

    /// Puts a new action list in place of the running one.
    pub(super) async fn transfer(&self, id: &str, list: &Value) -> Result<()> {
        self.change(
            id,
            &[],
            &json!({ "action": "transfer", "destination": { "type": "ncco", "ncco": list } }),
        )
        .await
    }

    pub(super) async fn hang_up(&self, id: &str) -> Result<()> {
        self.change(id, &[], &json!({ "action": "hangup" })).await
    }

    pub(super) async fn press(&self, id: &str, keys: &str) -> Result<()> {
        self.change(id, &["dtmf"], &json!({ "digits": keys })).await
    }

    /// The bytes of a recording. Our key goes to the provider's own hosts only, whatever a webhook says.
    pub(super) async fn recording(&self, url: &str) -> Result<Vec<u8>> {
        let url: Url = url.parse().map_err(|_| Error::internal("a recording without an address"))?;
        let own = url.host_str() == Some(self.recordings.as_str())
            && (url.scheme() == "https" || url.scheme() == self.calls.scheme());
        if !own {
            return Err(Error::internal("a recording on a host that is not the provider's"));
        }
        let begun = timeout(PATIENCE, self.request(Method::GET, url).timeout(LONG).send()).await;
        let mut answer = begun.map_err(|_| silent())?.map_err(|error| unreachable(&error))?;
        if !answer.status().is_success() {
            return Err(refused(answer.status()));
        }
        let mut file = Vec::new();
        loop {
            let piece = timeout(PATIENCE, answer.chunk()).await.map_err(|_| silent())?;
            let Some(piece) = piece.map_err(|error| unreachable(&error))? else { break };
            if file.len() + piece.len() > LARGEST {
                return Err(Error::internal("a recording that is too large"));
            }
            file.extend_from_slice(&piece);
        }
        Ok(file)
    }

    async fn change(&self, id: &str, rest: &[&str], order: &Value) -> Result<()> {
        let mut url = self.calls.clone();
        url.path_segments_mut()
            .map_err(|()| Error::internal("voice_http_url is no web address"))?
            .pop_if_empty()
            .push(id)
            .extend(rest);
        let answer = self.ask(Method::PUT, url, order).await?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            // It has ended meanwhile; its events tell the rest.
            StatusCode::NOT_FOUND => Err(Error::NotFound),
            status => Err(refused(status)),
        }
    }

    async fn ask(&self, method: Method, url: Url, body: &Value) -> Result<Response> {
        let request = self.request(method, url);
        let request = if body.is_null() { request } else { request.json(body) };
        request.send().await.map_err(|error| unreachable(&error))
    }

    fn request(&self, method: Method, url: Url) -> RequestBuilder {
        let permission = match &self.key {
            Key::Bearer(key) => format!("Bearer {key}"),
            Key::Signed { issuer, secret } => {
                format!("Bearer {}", signed(issuer, secret, self.clock.now().as_second(), &self.rng))
            }
        };
        self.client.request(method, url).header(header::AUTHORIZATION, permission)
    }
}

fn silent() -> Error {
    Error::Unavailable("the voice provider stopped in the middle of a recording".into())
}

/// Addresses of calls stay out of errors.
fn unreachable(error: &reqwest::Error) -> Error {
    let why = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "a broken answer"
    };
    Error::Unavailable(format!("the voice provider: {why}"))
}

fn refused(status: StatusCode) -> Error {
    Error::Unavailable(format!("the voice provider answered {}", status.as_u16()))
}

/// A JWT (RFC 7519) signed by HS256.
fn signed(issuer: &str, secret: &str, now: i64, rng: &Rng) -> String {
    let part = |value: Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let head = part(json!({ "alg": "HS256", "typ": "JWT" }));
    let claims =
        json!({ "iss": issuer, "iat": now, "exp": now + GOOD_FOR, "jti": rng.code(24), "rest_api": true });
    let what = format!("{head}.{}", part(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = hmac::sign(&key, what.as_bytes());
    format!("{what}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_names_its_key_ends_soon_and_is_signed() {
        let token = signed("SK.1", "secret", 1_632_500_000, &Rng::seeded(1));
        let parts: Vec<&str> = token.split('.').collect();
        let claims: Value =
            serde_json::from_slice(&BASE64URL_NOPAD.decode(parts[1].as_bytes()).unwrap()).unwrap();
        assert_eq!((claims["iss"].as_str(), claims["exp"].as_i64()), (Some("SK.1"), Some(1_632_500_300)));
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
        let what = format!("{}.{}", parts[0], parts[1]);
        let signature = BASE64URL_NOPAD.decode(parts[2].as_bytes()).unwrap();
        hmac::verify(&key, what.as_bytes(), &signature).unwrap();
    }

    #[tokio::test]
    async fn our_key_goes_to_no_other_host() {
        let calls = "https://voice.example/v1/calls".parse().unwrap();
        let provider =
            Provider::new(calls, Key::Bearer("k".into()), None, Clock::system(), Rng::seeded(1)).unwrap();
        for wrong in
            ["https://elsewhere.example/x.wav", "http://voice.example/x.wav", "file:///etc/passwd", "x"]
        {
            assert!(matches!(provider.recording(wrong).await, Err(Error::Internal(_))), "{wrong}");
        }
    }
}
