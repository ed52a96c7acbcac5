//! How our telephone is set up: where it listens, and the trunks through which it reaches people.

use kernel::{Error, Result};
use serde::Deserialize;
use sip::{Config, Law, Limits, RtpSource, Trunk};
use std::{
    collections::BTreeSet,
    fmt,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    path::PathBuf,
    time::Duration,
};

/// A peer that has vanished without a BYE sends no audio for so long. Less would end calls of exchanges that
/// send none while somebody listens.
const RTP_LOST: Duration = Duration::from_mins(1);

/// One SIP user agent.
#[derive(Clone, Debug)]
pub struct SipSettings {
    pub listen: SocketAddr,
    /// Where others reach us, when it is not the address we listen at.
    pub public: Option<IpAddr>,
    /// The ports of the audio; any free one when `None`.
    pub rtp_ports: Option<RangeInclusive<u16>>,
    /// Calls at once, over all trunks.
    pub channels: usize,
    /// Calls begun in a second, over all trunks.
    pub calls_per_second: f64,
    /// In the order in which they are tried.
    pub trunks: Vec<TrunkSettings>,
}

/// A way into the telephone network, as the file of trunks writes it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrunkSettings {
    pub name: String,
    /// `host` or `host:port`.
    pub server: String,
    #[serde(default)]
    pub over: Over,
    /// Over TLS: a file of the certificates (PEM) that sign the server's, instead of this machine's roots.
    pub ca: Option<PathBuf>,
    /// The domain in addresses, when it is not the server's.
    pub domain: Option<String>,
    /// For digest authentication and REGISTER.
    #[serde(default)]
    pub user: String,
    #[serde(default)]
    pub password: String,
    /// The calling number that people see.
    pub from: Option<String>,
    #[serde(default)]
    pub register: bool,
    pub max_channels: Option<usize>,
    pub calls_per_second: Option<f64>,
    /// Connections that its address may open to us and hold.
    pub max_connections: Option<usize>,
    /// The preferred first.
    pub codecs: Option<Vec<Codec>>,
    /// Audio may come from any port of the negotiated address.
    #[serde(default)]
    pub rtp_same_host: bool,
    /// Audio is encrypted, or there is no call; only with `over = "tls"`.
    #[serde(default)]
    pub srtp: bool,
    /// The centre, by its name in addresses, whose calls come in by this trunk.
    pub tenant: Option<String>,
}

// By hand, so that a password never stands in a log.
impl fmt::Debug for TrunkSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrunkSettings")
            .field("name", &self.name)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Over {
    #[default]
    Udp,
    Tcp,
    Tls,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// A-law, what Vietnamese networks use among themselves.
    Pcma,
    /// µ-law.
    Pcmu,
}

impl SipSettings {
    /// As many calls as one process carries without effort; the trunks' own limits are the narrower ones.
    pub fn new(listen: SocketAddr, trunks: Vec<TrunkSettings>) -> Self {
        let Limits { channels, calls_per_second, .. } = Limits::default();
        Self { listen, public: None, rtp_ports: None, channels, calls_per_second, trunks }
    }

    /// Says what an operator must mend.
    pub fn check(&self) -> Result<()> {
        let fault = |text: String| Err(Error::internal(text));
        let rate = |rate: f64| rate.is_finite() && rate > 0.0;
        if self.trunks.is_empty() {
            return fault("there is no trunk to telephone through".into());
        }
        if self.channels == 0 || !rate(self.calls_per_second) {
            return fault("a telephone needs one channel and some calls a second at least".into());
        }
        let mut names = BTreeSet::new();
        for trunk in &self.trunks {
            let TrunkSettings { name, server, max_channels, calls_per_second, codecs, .. } = trunk;
            if name.trim().is_empty() || server.trim().is_empty() {
                return fault(format!("the trunk \"{name}\" needs a name and a server"));
            }
            if !names.insert(name) {
                return fault(format!("two trunks are called {name}"));
            }
            if *max_channels == Some(0) || calls_per_second.is_some_and(|per_second| !rate(per_second)) {
                return fault(format!(
                    "the trunk {name} could never call: see max_channels, calls_per_second"
                ));
            }
            if trunk.max_connections == Some(0) {
                return fault(format!("the trunk {name} could never connect: see max_connections"));
            }
            if codecs.as_ref().is_some_and(Vec::is_empty) {
                return fault(format!("the trunk {name} has no codec left"));
            }
            if trunk.ca.is_some() && trunk.over != Over::Tls {
                return fault(format!("the trunk {name} names a ca, which is for over = \"tls\""));
            }
            if trunk.srtp && trunk.over != Over::Tls {
                return fault(format!(
                    "the trunk {name} wants srtp, whose keys would be sent in the clear: it needs over = \"tls\""
                ));
            }
            if trunk.register && trunk.user.is_empty() {
                return fault(format!("the trunk {name} registers, so it needs a user"));
            }
        }
        Ok(())
    }

    /// As the user agent knows it.
    pub fn config(&self) -> Config {
        let mut config = Config::new(self.listen);
        config.public = self.public;
        config.rtp_ports.clone_from(&self.rtp_ports);
        config.timers.rtp_lost = Some(RTP_LOST);
        config.limits.channels = self.channels;
        config.limits.calls_per_second = self.calls_per_second;
        config.trunks = self.trunks.iter().map(TrunkSettings::trunk).collect();
        config
    }
}

impl TrunkSettings {
    /// A trunk of which nothing is known but where it is.
    pub fn at(name: impl Into<String>, server: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            server: server.into(),
            over: Over::Udp,
            ca: None,
            domain: None,
            user: String::new(),
            password: String::new(),
            from: None,
            register: false,
            max_channels: None,
            calls_per_second: None,
            max_connections: None,
            codecs: None,
            rtp_same_host: false,
            srtp: false,
            tenant: None,
        }
    }

    /// As the user agent knows it.
    pub fn trunk(&self) -> Trunk {
        let mut trunk = Trunk::new(self.name.as_str(), self.server.as_str());
        trunk.over = match self.over {
            Over::Udp => sip::Over::Udp,
            Over::Tcp => sip::Over::Tcp,
            Over::Tls => sip::Over::Tls,
        };
        trunk.ca.clone_from(&self.ca);
        trunk.domain.clone_from(&self.domain);
        trunk.user.clone_from(&self.user);
        trunk.password.clone_from(&self.password);
        if let Some(from) = &self.from {
            trunk.from.clone_from(from);
        } else if !self.user.is_empty() {
            trunk.from.clone_from(&self.user);
        }
        trunk.owner.clone_from(&self.tenant);
        trunk.register = self.register;
        trunk.srtp = self.srtp;
        trunk.max_channels = self.max_channels.unwrap_or(trunk.max_channels);
        trunk.calls_per_second = self.calls_per_second.unwrap_or(trunk.calls_per_second);
        trunk.max_connections = self.max_connections.unwrap_or(trunk.max_connections);
        if let Some(codecs) = &self.codecs {
            trunk.codecs = codecs
                .iter()
                .map(|codec| match codec {
                    Codec::Pcma => Law::Pcma,
                    Codec::Pcmu => Law::Pcmu,
                })
                .collect();
        }
        if self.rtp_same_host {
            trunk.rtp_source = RtpSource::SameHost;
        }
        trunk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(change: impl FnOnce(&mut SipSettings)) -> String {
        let trunks = vec![TrunkSettings::at("one", "192.0.2.1"), TrunkSettings::at("two", "192.0.2.2")];
        let mut settings = SipSettings::new("127.0.0.1:0".parse().unwrap(), trunks);
        settings.check().unwrap();
        change(&mut settings);
        settings.check().unwrap_err().to_string()
    }

    #[test]
    fn what_could_never_call_is_refused_and_named() {
        assert!(fault(|it| it.trunks.clear()).contains("no trunk"));
        assert!(fault(|it| it.channels = 0).contains("channel"));
        assert!(fault(|it| it.calls_per_second = f64::NAN).contains("calls a second"));
        assert!(fault(|it| it.trunks[1].name = "one".into()).contains("two trunks are called one"));
        assert!(fault(|it| it.trunks[0].server.clear()).contains("server"));
        assert!(fault(|it| it.trunks[0].max_channels = Some(0)).contains("max_channels"));
        assert!(fault(|it| it.trunks[0].calls_per_second = Some(-1.0)).contains("calls_per_second"));
        assert!(fault(|it| it.trunks[0].max_connections = Some(0)).contains("max_connections"));
        assert!(fault(|it| it.trunks[0].codecs = Some(Vec::new())).contains("codec"));
        assert!(fault(|it| it.trunks[0].register = true).contains("user"));
        assert!(fault(|it| it.trunks[0].srtp = true).contains("in the clear"));
        assert!(fault(|it| it.trunks[0].ca = Some("/etc/ca.pem".into())).contains("tls"));
    }

    #[test]
    fn a_peer_that_vanishes_holds_no_channel_for_an_hour_and_a_trunk_says_whose_it_is() {
        let mut trunk = TrunkSettings::at("carrier", "192.0.2.1");
        (trunk.tenant, trunk.max_connections) = (Some("quan7".into()), Some(30));
        let config = SipSettings::new("127.0.0.1:0".parse().unwrap(), vec![trunk]).config();
        assert_eq!(config.timers.rtp_lost, Some(Duration::from_mins(1)));
        assert_eq!(
            (config.trunks[0].owner.as_deref(), config.trunks[0].max_connections),
            (Some("quan7"), 30)
        );
    }

    #[test]
    fn an_encrypted_trunk_keeps_its_authority() {
        let mut trunk = TrunkSettings::at("carrier", "sip.example.vn");
        (trunk.over, trunk.srtp, trunk.ca) = (Over::Tls, true, Some("/etc/ca.pem".into()));
        let settings = SipSettings::new("127.0.0.1:0".parse().unwrap(), vec![trunk]);
        settings.check().unwrap();
        let trunk = &settings.config().trunks[0];
        assert_eq!((trunk.over, trunk.srtp), (sip::Over::Tls, true));
        assert_eq!(trunk.ca.as_deref(), Some(std::path::Path::new("/etc/ca.pem")));
    }

    #[test]
    fn a_password_is_never_printed_and_the_user_is_the_number_shown() {
        let mut trunk = TrunkSettings::at("carrier", "192.0.2.1");
        (trunk.user, trunk.password) = ("0281115".into(), "hunter2".into());
        assert_eq!(trunk.trunk().from, "0281115");
        let settings = SipSettings::new("127.0.0.1:0".parse().unwrap(), vec![trunk]);
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
