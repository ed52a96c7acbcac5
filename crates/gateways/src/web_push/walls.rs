//! Addresses that a push never goes to. The address of a push service comes from a browser: without this,
//! whoever is signed in could have us write to machines behind our own walls.

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Looks names up, and keeps of their addresses only those that are anybody's to reach.
pub(super) struct Outside;

impl Resolve for Outside {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0))
                .await?
                .filter(|address| is_outside(address.ip()))
                .collect();
            if found.is_empty() {
                return Err("no public address".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether an address may be written to; names are looked up by [`Outside`]. `here` allows this machine itself.
pub(super) fn may(url: &Url, here: bool) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let ip: Option<IpAddr> = host.parse().ok();
    if here && ip.is_some_and(|ip| ip.is_loopback()) {
        return true;
    }
    url.scheme() == "https" && !host.is_empty() && ip.is_none_or(is_outside)
}

fn is_outside(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_outside_4(ip),
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(ip) => is_outside_4(ip),
            None => is_outside_6(ip),
        },
    }
}

fn is_outside_4(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    let within = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_unspecified()
        || ip.is_broadcast()
        || ip.is_multicast()
        || ip.is_documentation()
        // this network; carriers' own (RFC 6598); protocol assignments; benchmarks; reserved
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && ip.octets()[2] == 0)
        || (a == 198 && (18..20).contains(&b))
        || a >= 240;
    !within
}

fn is_outside_6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    // Global unicast alone, without documentation, 6to4, Teredo and the prefix that translates to IPv4.
    (a & 0xe000) == 0x2000 && !(a == 0x2001 && (b == 0x0db8 || b == 0)) && a != 0x2002
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_anybody_s_to_reach_is_reached() {
        for inside in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.5.4",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2001:db8::1",
            "2002:a00:1::",
        ] {
            assert!(!is_outside(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["203.119.8.106", "8.8.8.8", "2405:4800::1", "2a00:1450::1"] {
            assert!(is_outside(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn a_push_service_is_reached_over_tls_and_this_machine_only_where_it_is_allowed() {
        let may = |url: &str, here| may(&url.parse().unwrap(), here);
        assert!(may("https://push.example/x", false) && may("https://8.8.8.8/x", false));
        assert!(!may("http://push.example/x", false) && !may("http://push.example/x", true));
        assert!(!may("https://10.0.0.1/x", true) && !may("https://[::1]/x", false));
        assert!(may("http://127.0.0.1:4000/x", true) && !may("http://127.0.0.1:4000/x", false));
    }
}
