//! The keys that sign: one for passes, one for lists and codes. A key signs for a part of its life; the
//! next is made a month before that part ends, so that the root has time to name it.

use super::{
    law::Law,
    sql_holders,
    sql_keys::{self, Kept},
    trust,
};
use data_encoding::BASE64URL_NOPAD;
use duty::permissions::{Action, Permit, Scope};
use jiff::{SignedDuration, Timestamp};
use kernel::{Error, Result, Rng};
use pass::{Kid, SigningKey, Usage};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc};
use store::{Cx, Event};

/// What each of the two keys signs.
pub(super) const USAGES: [Usage; 2] = [Usage::PERSON.and(Usage::BUSINESS).and(Usage::VENUE), Usage::STATUS];

/// A key in a list of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub kid: Kid,
    /// The bits of the trust list.
    pub usage: u8,
    pub made_at: Timestamp,
    pub signs_until: Timestamp,
    pub valid_until: Timestamp,
    /// The trust list names it.
    pub trusted: bool,
    /// It signs now.
    pub signs: bool,
}

/// A public key as the root is handed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedKey {
    pub kid: String,
    pub usage: u8,
    pub from: Timestamp,
    pub until: Timestamp,
    /// The issuer it may sign for.
    pub territory: String,
    /// SubjectPublicKeyInfo, base64url without padding.
    pub public_key: String,
}

/// Everything that a root needs to sign the next trust list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    pub publisher: String,
    /// The number that the next list has to have, at least.
    pub sequence: u64,
    pub keys: Vec<ExportedKey>,
}

/// A key that signs now.
pub(super) struct Signer {
    pub key: SigningKey,
    until: Timestamp,
}

impl Signer {
    /// Nothing is good for longer than the key that signed it.
    pub fn cap(&self, wanted: Timestamp) -> Timestamp {
        wanted.min(self.until)
    }
}

/// The key that signs for `usage` now; `None` where there is none, or the trust list names none. Read once in a
/// transaction.
pub(super) async fn signer(cx: &mut Cx, usage: Usage) -> Result<Option<Arc<Signer>>> {
    let name = format!("pass key {}", usage.bits());
    if let Some(known) = cx.known(&name) {
        return Ok(Some(known));
    }
    let (keys, named, now) = (sql_keys::all(cx).await?, trust::named(cx).await?, cx.now());
    let Some(kept) = choose(&keys, named.as_ref(), usage, now) else { return Ok(None) };
    let (id, until) = (kept.id, kept.valid_until);
    let signer = Arc::new(Signer { key: sql_keys::signing(cx, id).await?, until });
    cx.learn(name, signer.clone());
    Ok(Some(signer))
}

/// Pure: `keys` are the newest first; `named`: by the trust list, `None` before the first. Until the root has
/// spoken the newest key signs, so that cards can be prepared. From then on only a key that it has named does:
/// nobody believes another. Where it is late to name the next, the one before signs on as long as it is believed.
fn choose<'a>(
    keys: &'a [Kept],
    named: Option<&BTreeSet<Kid>>,
    usage: Usage,
    now: Timestamp,
) -> Option<&'a Kept> {
    let fits = |key: &&Kept| Usage::of(key.usage.into()).includes(usage) && key.made_at <= now;
    let signs = |key: &&Kept| now < key.signs_until;
    let Some(named) = named else { return keys.iter().filter(fits).find(signs) };
    let believed = |key: &&Kept| fits(key) && named.contains(&key.kid) && now < key.valid_until;
    keys.iter().filter(believed).find(signs).or_else(|| keys.iter().find(believed))
}

/// Pure: the usages for which a key has to be made by now.
pub(super) fn lacking(keys: &[Kept], now: Timestamp, ahead: SignedDuration) -> Vec<Usage> {
    let covered = |usage: &Usage| {
        keys.iter().any(|key| Usage::of(key.usage.into()).includes(*usage) && key.signs_until > now + ahead)
    };
    USAGES.into_iter().filter(|usage| !covered(usage)).collect()
}

/// Makes the keys that are missing, or will be soon; how many.
pub(super) async fn keep(cx: &mut Cx) -> Result<usize> {
    let law = Law::today(cx).await?;
    let now = cx.now();
    if lacking(&sql_keys::all(cx).await?, now, law.next_key).is_empty() {
        return Ok(0);
    }
    sql_keys::queue_up(cx).await?;
    let usages = lacking(&sql_keys::all(cx).await?, now, law.next_key);
    make(cx, &law, &usages).await?;
    Ok(usages.len())
}

/// Makes new keys beside those that sign, because somebody asks for it: a key may have been seen. They
/// sign as soon as the trust list names them.
///
/// Errors: `Forbidden`.
pub async fn rotate(cx: &mut Cx) -> Result<Vec<Key>> {
    cx.permit(Action::TenantManage, Scope::Tenant)?;
    let law = Law::today(cx).await?;
    sql_keys::queue_up(cx).await?;
    make(cx, &law, &USAGES).await?;
    keys(cx).await
}

async fn make(cx: &mut Cx, law: &Law, usages: &[Usage]) -> Result<()> {
    for usage in usages {
        let (secret, key) = draw(cx.rng())?;
        let now = cx.now();
        let kept = Kept {
            id: cx.id(),
            kid: key.kid(),
            usage: usage.bits(),
            public: key.public().der().to_vec(),
            made_at: now,
            signs_until: now + law.key_signs,
            valid_until: now + law.key_good,
        };
        sql_keys::insert(cx, &kept, &secret).await?;
        cx.record(Event::new("pass_key.made", kept.id).data(json!({
            "kid": kept.kid.to_string(), "usage": kept.usage, "signs_until": kept.signs_until,
            "valid_until": kept.valid_until,
        })));
    }
    for usage in [Usage::PERSON, Usage::BUSINESS, Usage::VENUE, Usage::STATUS] {
        cx.unlearn(&format!("pass key {}", usage.bits()));
    }
    Ok(())
}

/// A key by chance.
pub(super) fn draw(rng: &Rng) -> Result<([u8; 32], SigningKey)> {
    for _ in 0..8 {
        let secret = rng.bytes::<32>();
        if let Ok(key) = SigningKey::of_secret(&secret) {
            return Ok((secret, key));
        }
    }
    Err(Error::internal("no key could be drawn"))
}

/// Every key, the newest first.
///
/// Errors: `NotFound` for those who do not run the place.
pub async fn keys(cx: &mut Cx) -> Result<Vec<Key>> {
    cx.permit_sight(Action::TenantManage, Scope::Tenant)?;
    let (keys, named, now) = (sql_keys::all(cx).await?, trust::named(cx).await?, cx.now());
    let choice = |usage: &Usage| choose(&keys, named.as_ref(), *usage, now).map(|key| key.kid);
    let signing: BTreeSet<Kid> = USAGES.iter().filter_map(choice).collect();
    let trusted = named.unwrap_or_default();
    Ok(keys
        .into_iter()
        .map(|key| Key {
            kid: key.kid,
            usage: key.usage,
            made_at: key.made_at,
            signs_until: key.signs_until,
            valid_until: key.valid_until,
            trusted: trusted.contains(&key.kid),
            signs: signing.contains(&key.kid),
        })
        .collect())
}

/// The public keys that are good now, for the root. Makes the first where there is none; the caller
/// commits.
///
/// Errors: `Forbidden`.
pub async fn export_keys(cx: &mut Cx) -> Result<Exported> {
    cx.permit(Action::TenantManage, Scope::Tenant)?;
    keep(cx).await?;
    exported(cx).await
}

pub(super) async fn exported(cx: &mut Cx) -> Result<Exported> {
    let (issuer, slug) = sql_holders::issuer(cx).await?;
    let now = cx.now();
    let last = sql_keys::newest_list(cx).await?.map_or(0, |list| list.sequence);
    let keys = sql_keys::all(cx).await?.into_iter().filter(|key| key.valid_until > now);
    Ok(Exported {
        publisher: slug,
        sequence: u64::try_from(last).unwrap_or(0) + 1,
        keys: keys
            .map(|key| ExportedKey {
                kid: key.kid.to_string(),
                usage: key.usage,
                from: key.made_at,
                until: key.valid_until,
                territory: issuer.clone(),
                public_key: BASE64URL_NOPAD.encode(&key.public),
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8, usage: Usage, made: i64, signs_until: i64) -> Kept {
        Kept {
            id: uuid::Uuid::from_u128(n.into()),
            kid: Kid::new([n; 8]),
            usage: usage.bits(),
            public: Vec::new(),
            made_at: day(made),
            signs_until: day(signs_until),
            valid_until: day(signs_until + 100),
        }
    }

    fn day(day: i64) -> Timestamp {
        Timestamp::from_second(day * 86_400).unwrap()
    }

    #[test]
    fn the_newest_key_that_is_named_signs_and_an_unnamed_one_only_before_the_root_has_spoken() {
        let [passes, lists] = USAGES;
        let keys = [key(3, passes, 150, 330), key(2, lists, 0, 180), key(1, passes, 0, 180)];
        let first = |key: Option<&Kept>| key.map(|key| key.kid.as_bytes()[0]);
        let chosen = |named: &[u8], usage, on| {
            let named: BTreeSet<Kid> = named.iter().map(|n| Kid::new([*n; 8])).collect();
            first(choose(&keys, Some(&named), usage, day(on)))
        };
        assert_eq!(first(choose(&keys, None, Usage::PERSON, day(160))), Some(3), "cards are prepared");
        assert_eq!(first(choose(&keys, None, Usage::STATUS, day(200))), None);
        assert_eq!(chosen(&[], Usage::PERSON, 160), None, "a list that names none, or has expired");
        assert_eq!(chosen(&[2], Usage::PERSON, 160), None, "nobody would believe it");
        assert_eq!(chosen(&[1, 2], Usage::BUSINESS, 160), Some(1));
        assert_eq!(chosen(&[1, 2, 3], Usage::PERSON, 160), Some(3));
        assert_eq!(chosen(&[1, 2], Usage::PERSON, 180), Some(1), "the root is late: the old one signs on");
        assert_eq!(chosen(&[1, 2], Usage::PERSON, 280), None, "but not when it is believed no more");
        assert_eq!(chosen(&[1, 2, 3], Usage::PERSON, 180), Some(3), "the old one signs no more");
        assert_eq!(chosen(&[1, 2, 3], Usage::PERSON, 149), Some(1), "not yet there");
        assert_eq!(chosen(&[1, 2, 3], Usage::STATUS, 200), Some(2));
    }

    #[test]
    fn the_next_key_is_made_a_month_ahead() {
        let [passes, lists] = USAGES;
        let month = SignedDuration::from_hours(24 * 30);
        let keys = [key(1, passes, 0, 180), key(2, lists, 0, 200)];
        assert_eq!(lacking(&[], day(0), month), USAGES);
        assert_eq!(lacking(&keys, day(149), month), []);
        assert_eq!(lacking(&keys, day(150), month), [passes]);
        assert_eq!(lacking(&keys, day(170), month), [passes, lists]);
    }
}
