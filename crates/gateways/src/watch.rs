//! The watch outside, reached by a plain POST to an address it has given the operator.

use async_trait::async_trait;
use duty::heartbeats::Watch;
use kernel::{Error, Result};
use reqwest::{Client, Url};
use std::time::Duration;

/// Well within the minute between two signs of life.
const PATIENCE: Duration = Duration::from_secs(15);

/// A watch that expects an empty POST.
pub struct HttpWatch {
    client: Client,
    url: Url,
}

impl HttpWatch {
    pub fn new(url: Url) -> Result<Self> {
        let client = Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Error::internal(format!("watch: {error}")))?;
        Ok(Self { client, url })
    }
}

#[async_trait]
impl Watch for HttpWatch {
    async fn alive(&self) -> Result<()> {
        // The address is the watch's secret: it stays out of errors.
        let answer = self
            .client
            .post(self.url.clone())
            .send()
            .await
            .map_err(|error| Error::Unavailable(format!("the watch: {}", error.without_url())))?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(Error::Unavailable(format!("the watch answered {}", answer.status().as_u16())))
        }
    }
}
