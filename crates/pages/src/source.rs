//! Where a request comes from: for counts of tries only, never kept.

use crate::App;
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

/// The sender's address, and how the browser names itself.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// `None` when the server was not told.
    pub address: Option<IpAddr>,
    /// `User-Agent`; empty when there is none.
    pub agent: String,
}

impl FromRequestParts<App> for Source {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let address = if app.place().behind_proxy { forwarded(&parts.headers).or(peer) } else { peer };
        let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self { address, agent: agent.unwrap_or_default().to_owned() })
    }
}

/// The last address of `X-Forwarded-For`: the one our own proxy wrote. Those before it may be made up.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_address_our_proxy_wrote_counts() {
        let mut headers = HeaderMap::new();
        assert_eq!(forwarded(&headers), None);
        headers.append("x-forwarded-for", "203.0.113.9, 198.51.100.1".parse().unwrap());
        headers.append("x-forwarded-for", "192.0.2.1, 198.51.100.7".parse().unwrap());
        assert_eq!(forwarded(&headers), "198.51.100.7".parse().ok());
    }
}
