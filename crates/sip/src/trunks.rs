//! The trunks at work: where each is, how much of it is taken, whether it failed a moment ago.

use crate::{
    agent::Shared,
    clock,
    config::{Over, Timers, Trunk},
    limits::{Channel, Channels, Full, Rate},
    peers::Peers,
    tls::Target,
};
use rsipstack::{
    dialog::{authenticate::Credential, registration::Registration},
    sip::{Auth, Domain, Host, HostWithPort, Param, Port, Scheme, Transport, Uri},
    transaction::endpoint::TargetLocator,
    transport::{SipAddr, SipConnection},
};
use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Unless the server names another.
const PORT: u16 = 5_060;
const TLS_PORT: u16 = 5_061;
/// A name service slower than this is as good as none.
const LOOKUP: Duration = Duration::from_secs(2);
/// An attempt to connect that fails sooner than this costs nobody's time, and is made anew for each call.
const SOON: Duration = Duration::from_millis(200);

/// How a trunk stands, for pages and metrics.
#[derive(Clone, Debug)]
pub struct TrunkStatus {
    pub name: Arc<str>,
    /// `None` for a trunk that does not register.
    pub registered: Option<bool>,
    /// It failed a moment ago and is tried last.
    pub down: bool,
    pub channels: usize,
}

pub(crate) struct TrunkState {
    pub name: Arc<str>,
    pub config: Trunk,
    channels: Arc<Channels>,
    rate: Rate,
    standing: Mutex<Standing>,
    /// One Call-ID and a rising CSeq for all REGISTERs (RFC 3261 §10.2).
    pub registration: tokio::sync::Mutex<Option<Registration>>,
    /// Whom to expect over TLS.
    target: Option<Arc<Target>>,
    /// One connection is opened, however many calls wait for it.
    connecting: tokio::sync::Mutex<()>,
    /// What calls over TLS have named as their other side, and how many.
    named: Mutex<HashMap<HostWithPort, usize>>,
}

/// Where a call over TLS says that its other side is; while this stands, what is addressed there goes over TLS.
pub(crate) struct Named {
    trunk: Arc<TrunkState>,
    there: HostWithPort,
}

impl Drop for Named {
    fn drop(&mut self) {
        let mut named = self.trunk.named();
        if let Some(count) = named.get_mut(&self.there) {
            *count -= 1;
            if *count == 0 {
                named.remove(&self.there);
            }
        }
    }
}

/// A trunk that can be spoken to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reached {
    pub address: SocketAddr,
    /// Where it reaches us.
    pub us: SocketAddr,
}

#[derive(Debug, Default)]
struct Standing {
    address: Option<(SocketAddr, Instant)>,
    /// Where it was last, for calls that stand.
    last: Option<SocketAddr>,
    down_until: Option<Instant>,
    registered: bool,
    /// Over TLS.
    connection: Option<SipConnection>,
    /// When calls have waited in vain for a connection over TLS.
    silent_at: Option<Instant>,
}

impl Standing {
    /// Whether an attempt to connect was vain for so long that calls do not wait for another yet.
    fn rests(&self, now: Instant, rest: Duration) -> bool {
        self.silent_at.is_some_and(|at| now < at + rest)
    }

    /// What came of an attempt that began then.
    fn tried(&mut self, connection: Option<SipConnection>, began: Instant, now: Instant) {
        self.silent_at = (connection.is_none() && now >= began + SOON).then_some(now);
        self.connection = connection;
    }
}

impl TrunkState {
    /// Fails where TLS is asked for and could verify nothing.
    pub(crate) fn new(config: Trunk) -> Result<Arc<Self>, String> {
        let target = match config.over {
            Over::Tls => {
                let (host, _) = server(&config);
                Some(Arc::new(Target::new(host, config.ca.as_deref())?))
            }
            Over::Udp | Over::Tcp => None,
        };
        Ok(Arc::new(Self {
            name: config.name.as_str().into(),
            channels: Channels::new(config.max_channels),
            rate: Rate::new(config.calls_per_second, clock::now()),
            standing: Mutex::default(),
            registration: tokio::sync::Mutex::default(),
            target,
            connecting: tokio::sync::Mutex::default(),
            named: Mutex::default(),
            config,
        }))
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn named(&self) -> MutexGuard<'_, HashMap<HostWithPort, usize>> {
        self.named.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a call over TLS addresses there goes to this trunk.
    pub(crate) fn over_tls_to(self: &Arc<Self>, there: HostWithPort) -> Named {
        *self.named().entry(there.clone()).or_default() += 1;
        Named { trunk: Arc::clone(self), there }
    }

    /// The connection over TLS, if there is one.
    pub(crate) fn flow(&self) -> Option<SipConnection> {
        self.standing().connection.clone()
    }

    pub(crate) fn status(&self) -> TrunkStatus {
        TrunkStatus {
            name: Arc::clone(&self.name),
            registered: self.config.register.then(|| self.standing().registered),
            down: self.is_down(),
            channels: self.channels.taken(),
        }
    }

    pub(crate) fn free(&self) -> usize {
        self.channels.free()
    }

    /// A channel for a call that we place.
    pub(crate) fn take(&self) -> Result<Channel, Full> {
        let channel = self.channels.take().ok_or(Full::Channels)?;
        if self.rate.take(clock::now()) { Ok(channel) } else { Err(Full::Rate) }
    }

    /// A channel for a call that comes in; its rate is the other side's matter.
    pub(crate) fn take_inbound(&self) -> Option<Channel> {
        self.channels.take_inbound()
    }

    /// Whether the number that was called is this trunk's own, however the network writes it.
    pub(crate) fn is_called(&self, number: &str) -> bool {
        let own = digits(&self.config.from);
        !own.is_empty() && own == digits(number)
    }

    pub(crate) fn is_down(&self) -> bool {
        self.standing().down_until.is_some_and(|until| until > clock::now())
    }

    pub(crate) fn failed(&self, how_long: Duration) {
        tracing::warn!(trunk = %self.name, ?how_long, "the trunk failed and is tried last for a while");
        let mut standing = self.standing();
        standing.down_until = Some(clock::now() + how_long);
        // Perhaps it has moved.
        standing.address = None;
    }

    pub(crate) fn works(&self) {
        self.standing().down_until = None;
    }

    pub(crate) fn set_registered(&self, registered: bool) {
        self.standing().registered = registered;
    }

    /// Where it is now; looked up anew when the last answer is old.
    pub(crate) async fn address(&self, peers: &Peers, timers: &Timers) -> io::Result<SocketAddr> {
        let known = self.standing().address;
        if let Some((address, until)) = known
            && until > clock::now()
        {
            return Ok(address);
        }
        let (host, port) = self.server();
        let looked_up = if let Ok(ip) = host.parse::<IpAddr>() {
            vec![SocketAddr::new(ip, port)]
        } else {
            tokio::time::timeout(LOOKUP, tokio::net::lookup_host((host, port)))
                .await
                .map_err(|_| io::ErrorKind::TimedOut)??
                .collect()
        };
        let &address = looked_up.first().ok_or(io::ErrorKind::NotFound)?;
        peers.set_trunk(Arc::clone(&self.name), looked_up.iter().map(SocketAddr::ip));
        let mut standing = self.standing();
        standing.address = Some((address, clock::now() + timers.names));
        standing.last = Some(address);
        Ok(address)
    }

    /// Where it is now; over TLS a connection to it stands then. Calls that wait for a connection that does not
    /// come all fail with the first, and others for a while at once: the next trunk may take them in time.
    pub(crate) async fn reach(&self, shared: &Shared) -> io::Result<Reached> {
        self.reach_after(shared, shared.timers.down).await
    }

    /// The same for what keeps the trunk up, which tries whatever came of it before.
    pub(crate) async fn reach_anew(&self, shared: &Shared) -> io::Result<Reached> {
        self.reach_after(shared, Duration::ZERO).await
    }

    /// `rest`: how long after a vain attempt there is no other.
    async fn reach_after(&self, shared: &Shared, rest: Duration) -> io::Result<Reached> {
        self.forget_lost();
        let address = self.address(&shared.peers, &shared.timers).await?;
        let Some(target) = &self.target else { return Ok(Reached { address, us: shared.us }) };
        shared.tls.claim(address, target)?;
        let _one = self.connecting.lock().await;
        let began = clock::now();
        if self.standing().rests(began, rest) {
            return Err(io::Error::new(io::ErrorKind::NotConnected, "no connection came a moment ago"));
        }
        let destination = self.destination(address);
        let connecting = shared.layer.endpoint.transport_layer.lookup(&destination, None);
        let connected = async {
            let connected = tokio::time::timeout(shared.timers.silent, connecting).await;
            let (connection, _) =
                connected.map_err(|_| io::ErrorKind::TimedOut)?.map_err(io::Error::other)?;
            let us = connection.get_addr().get_socketaddr().map_err(io::Error::other)?;
            Ok((connection, us))
        };
        let connected = connected.await.inspect_err(|error: &io::Error| {
            tracing::warn!(trunk = %self.name, %error, "no connection over TLS");
        });
        let connection = connected.as_ref().ok().map(|(connection, _)| connection.clone());
        self.standing().tried(connection, began, clock::now());
        connected.map(|(_, us)| Reached { address, us })
    }

    /// A connection that was lost is lost once: whoever waits for it to be lost is not told again.
    fn forget_lost(&self) {
        let mut standing = self.standing();
        let token = standing.connection.as_ref().and_then(SipConnection::cancel_token);
        if token.is_some_and(|token| token.is_cancelled()) {
            standing.connection = None;
        }
    }

    /// Returns when the connection over TLS is lost, if there is one.
    pub(crate) async fn lost(&self) {
        let token = self.standing().connection.as_ref().and_then(SipConnection::cancel_token);
        match token {
            Some(token) => token.cancelled().await,
            None => std::future::pending().await,
        }
    }

    /// A server given as an address may call us at once; one with a name when it has been looked up.
    pub(crate) fn introduce(&self, peers: &Peers) {
        if let Ok(ip) = self.server().0.parse::<IpAddr>() {
            peers.set_trunk(Arc::clone(&self.name), [ip]);
        }
    }

    fn server(&self) -> (&str, u16) {
        server(&self.config)
    }

    pub(crate) fn transport(&self) -> Transport {
        match self.config.over {
            Over::Udp => Transport::Udp,
            Over::Tcp => Transport::Tcp,
            Over::Tls => Transport::Tls,
        }
    }

    pub(crate) fn destination(&self, address: SocketAddr) -> SipAddr {
        SipAddr { r#type: Some(self.transport()), addr: address.into() }
    }

    pub(crate) fn credential(&self) -> Option<Credential> {
        (!self.config.user.is_empty()).then(|| Credential {
            username: self.config.user.clone(),
            password: self.config.password.clone(),
            realm: None,
            auth_username: None,
        })
    }

    /// The trunk's part of an address, `@` excluded.
    pub(crate) fn host(&self) -> HostWithPort {
        let (host, port) = self.server();
        match &self.config.domain {
            Some(domain) => HostWithPort { host: host_of(domain), port: None },
            None => HostWithPort {
                host: host_of(host),
                port: (port != default_port(self.config.over)).then_some(Port(port)),
            },
        }
    }

    /// Whether this host is the trunk's, by any of its names, at any port.
    fn is_at(&self, host: &Host) -> bool {
        let last = self.standing().last;
        matches!((host, last), (Host::IpAddr(ip), Some(last)) if *ip == last.ip())
            || is_same(host, &host_of(self.server().0))
            || is_same(host, &self.host().host)
    }

    /// `sip:user@trunk`.
    pub(crate) fn uri(&self, user: &str) -> Uri {
        Uri {
            scheme: Some(Scheme::Sip),
            auth: (!user.is_empty()).then(|| Auth { user: user.to_owned(), password: None }),
            host_with_port: self.host(),
            ..Uri::default()
        }
    }

    /// Where the trunk reaches us.
    pub(crate) fn contact(&self, us: SocketAddr) -> Uri {
        let user = if self.config.user.is_empty() { &self.config.from } else { &self.config.user };
        Uri {
            scheme: Some(Scheme::Sip),
            auth: (!user.is_empty()).then(|| Auth { user: user.clone(), password: None }),
            host_with_port: us.into(),
            params: match self.config.over {
                Over::Udp => Vec::new(),
                Over::Tcp | Over::Tls => vec![Param::Transport(self.transport())],
            },
            ..Uri::default()
        }
    }
}

const fn default_port(over: Over) -> u16 {
    match over {
        Over::Udp | Over::Tcp => PORT,
        Over::Tls => TLS_PORT,
    }
}

/// The host and the port of a trunk's server.
fn server(trunk: &Trunk) -> (&str, u16) {
    let (server, port) = (trunk.server.as_str(), default_port(trunk.over));
    // `2001:db8::1` has no port, `[2001:db8::1]:5070` has.
    if server.parse::<IpAddr>().is_ok() {
        return (server, port);
    }
    match server.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?))) {
        Some((host, port)) => (host.trim_matches(['[', ']']), port),
        None => (server, port),
    }
}

/// A number as it is dialled at home: `+842838123456` is `02838123456`.
fn digits(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix("84") {
        Some(national) if national.len() >= 9 && !national.starts_with('0') => format!("0{national}"),
        _ => digits,
    }
}

/// The one of trunks at one address that a call comes in by: its user is called, or else its number. Where
/// neither is, and the calls of the trunks are of different owners, it is none: a call must not come to others.
pub(crate) fn meant<'a>(here: &[&'a Arc<TrunkState>], called: &str) -> Option<&'a Arc<TrunkState>> {
    let those = |is: &dyn Fn(&TrunkState) -> bool| -> Vec<&'a Arc<TrunkState>> {
        here.iter().copied().filter(|trunk| is(trunk)).collect()
    };
    let by_user = those(&|trunk| !called.is_empty() && trunk.config.user == called);
    let by_number = those(&|trunk| trunk.is_called(called));
    let possible = [by_user, by_number].into_iter().find(|found| !found.is_empty());
    let possible = possible.unwrap_or_else(|| here.to_vec());
    let mut owned = possible.iter().copied().filter(|trunk| trunk.config.owner.is_some());
    let Some(first) = owned.next() else { return possible.first().copied() };
    owned.all(|other| other.config.owner == first.config.owner).then_some(first)
}

fn host_of(host: &str) -> Host {
    host.parse().map_or_else(|_| Host::Domain(Domain(host.to_owned())), Host::IpAddr)
}

fn is_same(one: &Host, other: &Host) -> bool {
    one.to_string().eq_ignore_ascii_case(&other.to_string())
}

/// Sends what is addressed to a trunk's domain to the trunk. Without it the stack would look the domain
/// up by itself, and a CANCEL would go elsewhere than its INVITE.
pub(crate) struct Locator(pub Vec<Arc<TrunkState>>);

#[async_trait::async_trait]
impl TargetLocator for Locator {
    async fn locate(&self, uri: &Uri) -> rsipstack::Result<SipAddr> {
        let trunk = self.meant(uri);
        let Some(trunk) = trunk else { return SipAddr::try_from(uri) };
        if trunk.config.over == Over::Tls {
            let last = trunk.standing().last;
            let unknown = || rsipstack::Error::Error(format!("the trunk {} is nowhere yet", trunk.name));
            return last.map(|address| trunk.destination(address)).ok_or_else(unknown);
        }
        let known = trunk.standing().address;
        match known {
            Some((address, _)) => Ok(trunk.destination(address)),
            None => SipAddr::try_from(uri),
        }
    }
}

impl Locator {
    /// The trunk that an address means: one that a call over TLS has named and that stands; a trunk's own; or
    /// another at a host where no trunk speaks in the clear, whatever it says of the way there.
    fn meant(&self, uri: &Uri) -> Option<&Arc<TrunkState>> {
        let there = &uri.host_with_port;
        let named = self.0.iter().find(|trunk| trunk.named().contains_key(there));
        if let Some(trunk) = named.or_else(|| self.0.iter().find(|trunk| trunk.host() == *there)) {
            return Some(trunk);
        }
        let mut here = self.0.iter().filter(|trunk| trunk.is_at(&there.host)).peekable();
        let first = *here.peek()?;
        here.all(|trunk| trunk.config.over == Over::Tls).then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trunk(server: &str) -> Arc<TrunkState> {
        TrunkState::new(Trunk { max_channels: 1, ..Trunk::new("carrier", server) }).unwrap()
    }

    #[test]
    fn a_server_is_a_host_with_or_without_a_port() {
        for (server, host, port) in [
            ("sip.example.vn", "sip.example.vn", 5_060),
            ("sip.example.vn:5070", "sip.example.vn", 5_070),
            ("192.0.2.1", "192.0.2.1", 5_060),
            ("2001:db8::1", "2001:db8::1", 5_060),
            ("[2001:db8::1]:5070", "2001:db8::1", 5_070),
        ] {
            assert_eq!(trunk(server).server(), (host, port));
        }
    }

    #[test]
    fn addresses_carry_the_domain_and_escape_what_they_must() {
        let with_domain =
            Trunk { domain: Some("ims.example.vn".into()), ..Trunk::new("a", "192.0.2.1:5070") };
        assert_eq!(
            TrunkState::new(with_domain).unwrap().uri("+84901234567").to_string(),
            "sip:+84901234567@ims.example.vn"
        );
        assert_eq!(trunk("192.0.2.1:5070").uri("*100#").to_string(), "sip:*100%23@192.0.2.1:5070");
    }

    #[test]
    fn trunks_behind_one_exchange_are_told_apart_by_the_number_called() {
        let of = |name: &str, owner: &str, user: &str, from: &str| {
            let owner = (!owner.is_empty()).then(|| owner.to_owned());
            let (user, from) = (user.to_owned(), from.to_owned());
            TrunkState::new(Trunk { user, from, owner, ..Trunk::new(name, "192.0.2.1") }).unwrap()
        };
        let seven = of("seven", "quan7", "centre7", "02838123456");
        let eight = of("eight", "quan8", "centre8", "+842838999999");
        let meant = |here: &[&Arc<TrunkState>], called: &str| {
            super::meant(here, called).map(|trunk| trunk.name.to_string())
        };
        for (called, name) in [
            ("centre8", Some("eight")),
            ("02838123456", Some("seven")),
            ("+842838123456", Some("seven")),
            ("842838999999", Some("eight")),
            ("02838999999", Some("eight")),
            ("02838000000", None),
            ("anonymous", None),
            ("", None),
        ] {
            assert_eq!(meant(&[&seven, &eight], called).as_deref(), name, "{called}");
        }
        // One owner, or none named: the first takes what is called by no number of ours.
        let second = of("second", "quan7", "", "");
        assert_eq!(meant(&[&seven, &second], "200").as_deref(), Some("seven"));
        let (one, other) = (of("one", "", "", ""), of("other", "", "", ""));
        assert_eq!(meant(&[&one, &other], "200").as_deref(), Some("one"));
        assert_eq!(meant(&[&one, &seven], "200").as_deref(), Some("seven"));
        // The same number in two centres says nothing.
        let twin = of("twin", "quan8", "", "02838123456");
        assert_eq!(meant(&[&seven, &twin], "02838123456"), None);
        assert_eq!(meant(&[], "200"), None);
    }

    #[test]
    fn a_failed_trunk_is_down_for_a_while() {
        let trunk = trunk("192.0.2.1");
        trunk.failed(Duration::from_mins(1));
        assert!(trunk.is_down());
        trunk.works();
        assert!(!trunk.is_down());
        trunk.failed(Duration::ZERO);
        assert!(!trunk.is_down());
    }

    #[test]
    fn a_vain_wait_for_a_connection_is_not_repeated_at_every_call() {
        let (start, down) = (clock::now(), Duration::from_secs(30));
        let mut standing = Standing::default();
        assert!(!standing.rests(start, down), "nobody has tried");
        let silent = start + Duration::from_secs(5);
        standing.tried(None, start, silent);
        assert!(standing.rests(silent, down) && standing.rests(silent + Duration::from_secs(29), down));
        assert!(!standing.rests(silent + down, down), "calls try it again");
        assert!(!standing.rests(silent, Duration::ZERO), "what keeps the trunk up tries it at once");
        // Refused at once it costs nobody's time.
        let again = silent + down;
        standing.tried(None, again, again + Duration::from_millis(3));
        assert!(!standing.rests(again + Duration::from_millis(4), down));
    }

    #[tokio::test]
    async fn the_address_makes_the_trunk_known() {
        let peers = Peers::new(crate::Strangers::Silence, crate::Counters::default());
        let trunk = trunk("192.0.2.1:5070");
        assert_eq!(
            trunk.address(&peers, &Timers::default()).await.unwrap(),
            "192.0.2.1:5070".parse().unwrap()
        );
        assert!(peers.knows("192.0.2.1".parse().unwrap()));
        let locator = Locator(vec![Arc::clone(&trunk)]);
        assert_eq!(
            locator.locate(&trunk.uri("1")).await.unwrap(),
            trunk.destination("192.0.2.1:5070".parse().unwrap())
        );
    }

    #[tokio::test]
    async fn nothing_is_said_in_the_clear_where_a_trunk_speaks_tls() {
        let Some(authority) = crate::test_peers::tls::Authority::new() else { return };
        let peers = Peers::new(crate::Strangers::Silence, crate::Counters::default());
        let over_tls = Trunk {
            over: Over::Tls,
            ca: Some(authority.certificates()),
            ..Trunk::new("encrypted", "192.0.2.1")
        };
        let encrypted = TrunkState::new(over_tls).unwrap();
        let address = encrypted.address(&peers, &Timers::default()).await.unwrap();
        assert_eq!(address, "192.0.2.1:5061".parse().unwrap());
        assert_eq!(encrypted.uri("1").to_string(), "sip:1@192.0.2.1");
        // A Contact that says nothing of TLS.
        let contact = Uri::try_from("sip:gateway@192.0.2.1:9999").unwrap();
        let locator = Locator(vec![Arc::clone(&encrypted)]);
        assert_eq!(locator.locate(&contact).await.unwrap(), encrypted.destination(address));
        let clear = trunk("192.0.2.1");
        clear.address(&peers, &Timers::default()).await.unwrap();
        let both = Locator(vec![encrypted, clear]);
        assert_eq!(both.locate(&contact).await.unwrap(), SipAddr::try_from(&contact).unwrap());
    }

    #[tokio::test]
    async fn what_a_call_over_tls_names_is_not_spoken_to_in_the_clear_while_it_lasts() {
        let Some(authority) = crate::test_peers::tls::Authority::new() else { return };
        let peers = Peers::new(crate::Strangers::Silence, crate::Counters::default());
        let over_tls = Trunk {
            over: Over::Tls,
            ca: Some(authority.certificates()),
            domain: Some("sip.example.vn".into()),
            ..Trunk::new("encrypted", "192.0.2.1")
        };
        let trunk = TrunkState::new(over_tls).unwrap();
        let locator = Locator(vec![Arc::clone(&trunk)]);
        let uri = |text: &str| Uri::try_from(text).unwrap();
        assert!(locator.locate(&uri("sip:1@sip.example.vn")).await.is_err(), "not in the clear either");
        let address = trunk.address(&peers, &Timers::default()).await.unwrap();
        // What failed a moment ago is looked up anew, but not for a call that stands.
        trunk.failed(Duration::from_mins(1));
        for its in ["sip:1@sip.example.vn", "sip:1@SIP.example.vn:5061", "sip:1@192.0.2.1:9999"] {
            assert_eq!(locator.locate(&uri(its)).await.unwrap(), trunk.destination(address), "{its}");
        }
        let gateway = uri("sip:gateway@198.51.100.7:5070");
        assert_eq!(locator.locate(&gateway).await.unwrap(), SipAddr::try_from(&gateway).unwrap());
        let named = trunk.over_tls_to(gateway.host_with_port.clone());
        let again = trunk.over_tls_to(gateway.host_with_port.clone());
        drop(named);
        assert_eq!(locator.locate(&gateway).await.unwrap(), trunk.destination(address));
        drop(again);
        assert_eq!(locator.locate(&gateway).await.unwrap(), SipAddr::try_from(&gateway).unwrap());
    }
}
