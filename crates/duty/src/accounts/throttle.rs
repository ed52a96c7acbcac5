//! How many wrong tries one address, one login, or one machine has in a quarter of an hour. Counted in the
//! database by keyed hash, so that all processes share it and nobody's address is kept.

use super::sql;
use kernel::{Error, Result};
use std::net::IpAddr;
use store::Cx;

/// A whole office may sit behind one address and mistype on the same morning.
const BY_SOURCE: i64 = 50;
const BY_LOGIN: i64 = 20;
/// Wrong keys of machines; counted apart, so that a gate with an old key locks nobody's sign-in.
const BY_MACHINE: i64 = 60;
/// Passkey ceremonies begun, each a row until it is answered or swept; browsers begin one with each
/// press of the button.
const BY_CEREMONY: i64 = 50;
/// Minutes that a try is counted for.
pub(super) const WINDOW: i64 = 15;

/// Tries that were counted and can be given back when they turn out right.
#[derive(Debug, Default)]
pub(super) struct Taken {
    keys: Vec<Vec<u8>>,
    minute: i64,
}

pub(super) fn minute(cx: &Cx) -> i64 {
    cx.now().as_second().div_euclid(60)
}

/// Counts a try before it is judged. Too many are a `Conflict`; commit only what was admitted.
pub(super) async fn take(cx: &mut Cx, source: Option<IpAddr>, login: Option<&str>) -> Result<Taken> {
    let mut taken = Taken { keys: Vec::new(), minute: minute(cx) };
    let source = source.map(|source| ("source", group(source), BY_SOURCE));
    let login = login.map(|login| ("login", login.to_owned(), BY_LOGIN));
    for (kind, text, most) in [source, login].into_iter().flatten() {
        let key = cx.blind(kind, &text)?;
        if sql::tries::add(cx, &key, taken.minute, WINDOW).await? > most {
            return Err(Error::Conflict("error-too-many-tries"));
        }
        taken.keys.push(key);
    }
    Ok(taken)
}

/// Counts a passkey ceremony that somebody unknown begins.
pub(super) async fn begin(cx: &mut Cx, source: Option<IpAddr>) -> Result<()> {
    let Some(source) = source else { return Ok(()) };
    let key = cx.blind("ceremony", &group(source))?;
    let minute = minute(cx);
    if sql::tries::add(cx, &key, minute, WINDOW).await? > BY_CEREMONY {
        return Err(Error::Conflict("error-too-many-tries"));
    }
    Ok(())
}

/// The try was right: it does not count.
pub(super) async fn give_back(cx: &mut Cx, taken: &Taken) -> Result<()> {
    sql::tries::take_back(cx, &taken.keys, taken.minute).await
}

/// Counts a machine's wrong key. Too many from one source are a `Conflict`; commit only what was
/// admitted.
pub async fn count_wrong_key(cx: &mut Cx, source: Option<IpAddr>) -> Result<()> {
    let Some(source) = source else { return Ok(()) };
    let key = cx.blind("machine", &group(source))?;
    let minute = minute(cx);
    if sql::tries::add(cx, &key, minute, WINDOW).await? > BY_MACHINE {
        return Err(Error::Conflict("error-too-many-tries"));
    }
    Ok(())
}

/// Who counts as one source: an IPv4 address, or the IPv6 network a household gets.
fn group(source: IpAddr) -> String {
    match source.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::group;

    #[test]
    fn a_household_is_one_source() {
        let group = |text: &str| group(text.parse().unwrap());
        assert_eq!(group("203.0.113.7"), group("::ffff:203.0.113.7"));
        assert_ne!(group("203.0.113.7"), group("203.0.113.8"));
        assert_eq!(group("2001:db8:1:2::1"), group("2001:db8:1:2:ffff::9"));
        assert_ne!(group("2001:db8:1:2::1"), group("2001:db8:1:3::1"));
    }
}
