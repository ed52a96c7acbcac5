//! The telephone of this process: its trunks, the calls that come in by them, what it counts.

use crate::{
    incoming::{Offers, Whose},
    settings::Settings,
};
use duty::tenants;
use gateways::{SipLines, SipSettings, TrunkSettings};
use kernel::{Error, Result};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::Duration,
};
use store::Store;
use tokio::sync::{Mutex, watch};

/// Beside an Asterisk or Kamailio on the same machine, which has 5060.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 5_070);
/// Between two looks at the counters.
const LOOK: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    trunk: Vec<TrunkSettings>,
}

/// The trunks of the settings' file; none where no file is set.
pub fn trunks(settings: &Settings) -> Result<Vec<TrunkSettings>> {
    let Some(path) = &settings.sip_trunks else { return Ok(Vec::new()) };
    read(path)
}

fn read(path: &Path) -> Result<Vec<TrunkSettings>> {
    let fault = |what: String| Error::internal(format!("file of trunks {}: {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
    let file: File = toml::from_str(&text).map_err(|error| {
        // Without the line itself, which may be the one with the password.
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        fault(format!("line {}: {}", before.matches('\n').count() + 1, error.message()))
    })?;
    Ok(file.trunk)
}

/// How the telephone is set up; `None` where it has no trunks.
pub fn settings(settings: &Settings) -> Result<Option<SipSettings>> {
    if settings.sip_trunks.is_none() {
        return Ok(None);
    }
    let mut sip = SipSettings::new(settings.sip_listen.unwrap_or(LISTEN), trunks(settings)?);
    sip.public = settings.sip_public;
    sip.rtp_ports.clone_from(&settings.sip_rtp_ports);
    sip.channels = settings.sip_channels.unwrap_or(sip.channels);
    sip.calls_per_second = settings.sip_calls_per_second.unwrap_or(sip.calls_per_second);
    sip.check()?;
    Ok(Some(sip))
}

/// What keeps calls that come in by these trunks from a centre: one that does not exist, or none named though
/// there are several.
pub fn astray(trunks: &[TrunkSettings], centres: &BTreeSet<String>) -> Vec<String> {
    let fault = |trunk: &TrunkSettings| match &trunk.tenant {
        Some(slug) if !centres.contains(slug) => {
            Some(format!("the trunk {} leads to the centre {slug}, which does not exist", trunk.name))
        }
        None if centres.len() > 1 => Some(format!(
            "the trunk {} leads to none of {} centres: it needs tenant",
            trunk.name,
            centres.len()
        )),
        _ => None,
    };
    trunks.iter().filter_map(fault).collect()
}

/// The telephone at work. Cheap to clone.
#[derive(Clone)]
pub struct Telephone {
    pub lines: SipLines,
    offers: Offers,
    /// Whose calls come in by which trunk: the centre's name in addresses.
    centres: Arc<BTreeMap<String, String>>,
}

impl Telephone {
    /// `None` where the settings know no trunks.
    pub async fn start(settings: &Settings, store: &Store) -> Result<Option<Self>> {
        let Some(sip) = self::settings(settings)? else { return Ok(None) };
        if settings.demo {
            tracing::warn!("this demo telephones: the numbers of its people are rung through the trunks");
        }
        match tenants::find(store).await {
            Ok(known) => {
                for fault in astray(&sip.trunks, &known.into_keys().collect()) {
                    tracing::warn!("{fault}; calls that come in by it are refused");
                }
            }
            Err(error) => tracing::warn!(%error, "whose calls the trunks bring cannot be looked up yet"),
        }
        let centres =
            sip.trunks.iter().filter_map(|trunk| Some((trunk.name.clone(), trunk.tenant.clone()?))).collect();
        let (lines, offers) = SipLines::start(sip, store.clock().clone()).await?;
        tracing::info!(address = %lines.address(), "the telephone listens");
        Ok(Some(Self { lines, offers: Arc::new(Mutex::new(offers)), centres: Arc::new(centres) }))
    }

    /// Calls that come in.
    pub fn offers(&self) -> Offers {
        self.offers.clone()
    }

    /// Whose calls come in by which trunk.
    pub fn whose(&self) -> Whose {
        Whose::ByTrunk(self.centres.clone())
    }

    /// Tells the metrics what the user agent has counted, until `stop`; then ends all calls.
    pub async fn count(self, mut stop: watch::Receiver<bool>) {
        loop {
            for (what, count) in self.lines.counters() {
                metrics::counter!("vx_sip_total", "what" => what).absolute(count);
            }
            for trunk in self.lines.trunks() {
                let name = trunk.name.to_string();
                let works = !trunk.down && trunk.registered != Some(false);
                metrics::gauge!("vx_sip_trunk_works", "trunk" => name.clone())
                    .set(f64::from(u8::from(works)));
                metrics::gauge!("vx_sip_trunk_channels", "trunk" => name).set(trunk.channels as f64);
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = stop.changed() => break,
            }
        }
        self.lines.stop().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trunks_of(text: &str) -> Result<Vec<TrunkSettings>> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        read(file.path())
    }

    #[test]
    fn the_sample_in_the_guide_is_a_good_one() {
        let guide = include_str!("../../../docs/telephony.md");
        let sample = guide
            .split("```toml\n")
            .filter_map(|rest| rest.split("```").next())
            .find(|block| block.contains("[[trunk]]"))
            .unwrap();
        let trunks = trunks_of(sample).unwrap();
        assert_eq!(trunks[0].tenant.as_deref(), Some("quan7"));
        SipSettings::new(LISTEN, trunks).check().unwrap();
    }

    #[test]
    fn a_trunk_that_leads_to_no_centre_is_told() {
        let trunk = |name: &str, tenant: Option<&str>| {
            let mut trunk = TrunkSettings::at(name, "192.0.2.1");
            trunk.tenant = tenant.map(str::to_owned);
            trunk
        };
        let trunks = [trunk("a", Some("quan7")), trunk("b", Some("quan9")), trunk("c", None)];
        let centres = |slugs: &[&str]| slugs.iter().map(|slug| (*slug).to_owned()).collect();
        let one = astray(&trunks, &centres(&["quan7"]));
        assert!(one.len() == 1 && one[0].contains("trunk b") && one[0].contains("quan9"), "{one:?}");
        let two = astray(&trunks, &centres(&["quan7", "quan8"]));
        assert!(two.len() == 2 && two[1].contains("trunk c"), "{two:?}");
    }

    #[test]
    fn a_fault_is_told_by_its_line_and_never_with_the_password() {
        let text = "[[trunk]]\nname = \"a\"\nserver = \"192.0.2.1\"\npasword = \"hunter2\"\n";
        let error = trunks_of(text).unwrap_err().to_string();
        assert!(error.contains("line ") && error.contains("pasword"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
        let error = read(Path::new("nowhere.toml")).unwrap_err().to_string();
        assert!(error.contains("nowhere.toml"), "{error}");
    }
}
