//! Signing: what stands in the QR code of a telephone, and of a card.

use super::{
    codes,
    holders::Known,
    keys::{Signer, signer},
    law::Law,
    model::{Standing, Whose},
    sql::{self, Kept},
    sql_codes, sql_holders, sql_keys,
};
use duty::units;
use jiff::{Timestamp, civil::Date};
use kernel::{Error, PassId, Result, UnitId};
use pass::{Code, Facts, Force, Issuer, Kind, Pass, Usage};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};
use store::{Cx, Event};

/// What stands in a QR code, and until when it is good.
#[derive(Clone, Debug)]
pub struct Signed {
    pub text: String,
    pub until: Timestamp,
}

/// A pass as it is printed on a card.
#[derive(Clone, Debug)]
pub struct Printed {
    pub pass: PassId,
    pub whose: Whose,
    pub kind: Kind,
    pub force: Option<Force>,
    /// As people write it.
    pub name: String,
    pub birth_year: Option<i16>,
    /// How many belong to a household, or may be inside a business.
    pub people: Option<u32>,
    pub ward: Option<UnitId>,
    /// The last day on which the card is good.
    pub until: Date,
    /// The `VX1:` text of the QR code.
    pub text: String,
    pub code: Code,
    pub standing: Standing,
}

fn usage(kind: Kind) -> Usage {
    if kind == Kind::Business { Usage::BUSINESS } else { Usage::PERSON }
}

async fn key_for(cx: &mut Cx, kind: Kind) -> Result<Arc<Signer>> {
    if let Some(signer) = signer(cx, usage(kind)).await? {
        return Ok(signer);
    }
    // What an unnamed key signs no gate believes: nothing is handed out rather than that.
    let unnamed = sql_keys::newest_list(cx).await?.is_some();
    Err(Error::Conflict(if unnamed { "error-pass-key-unnamed" } else { "error-pass-no-key" }))
}

fn written(
    issuer: &Issuer,
    kept: &Kept,
    facts: Facts,
    now: Timestamp,
    until: Timestamp,
    signer: &Signer,
) -> Result<Signed> {
    let until = signer.cap(until);
    let pass = Pass::new(issuer.clone(), kept.number, now, until, facts).map_err(Error::internal)?;
    Ok(Signed { text: pass::issue(&pass, &signer.key).map_err(Error::internal)?, until })
}

/// The text of a pass as of now, for the page that shows it: what is known of the person today, good for
/// some days. One that is turned back is signed all the same: its status list says so. The caller answers
/// for the permission.
///
/// Errors: `NotFound`; Conflict `error-pass-revoked`, `error-pass-no-key`, `error-pass-key-unnamed` while the
/// trust list names no key that signs, `error-pass-birth-year`, `error-pass-name`.
pub async fn text(cx: &mut Cx, id: PassId) -> Result<String> {
    Ok(signed(cx, id).await?.text)
}

/// The same with the moment until which it is good.
///
/// Errors: as for [`text`].
pub async fn signed(cx: &mut Cx, id: PassId) -> Result<Signed> {
    let kept = sql::kept(cx, id).await?;
    if kept.revoked.is_some() {
        return Err(Error::Conflict("error-pass-revoked"));
    }
    let law = Law::today(cx).await?;
    let facts = Known::of(cx, &[kept.whose], true).await?.facts(&kept)?;
    let (code, _) = sql_holders::issuer(cx).await?;
    let issuer = Issuer::parse(&code).map_err(Error::internal)?;
    let signer = key_for(cx, kept.whose.kind()).await?;
    let now = cx.now();
    written(&issuer, &kept, facts, now, now + law.phone, &signer)
}

/// The card of a pass whose holder prints it himself: his address has been asked ([`super::held`]).
///
/// Errors: those of [`text`]; Conflict `error-pass-resting`, `error-pass-card-short`.
pub async fn own_card(cx: &mut Cx, id: PassId) -> Result<Printed> {
    let kept = sql::kept(cx, id).await?;
    if kept.revoked.is_some() {
        return Err(Error::Conflict("error-pass-revoked"));
    }
    if kept.suspended.is_some() {
        return Err(Error::Conflict("error-pass-resting"));
    }
    let printed = cards(cx, &[id], &BTreeMap::from([(id, kept)])).await?;
    printed.into_iter().next().ok_or(Error::NotFound)
}

/// Cards of these, which are among `passes`; the permission asked by the caller. That they were printed stands on
/// record.
///
/// Errors: those of [`text`]; Conflict `error-pass-card-short` while the key that signs ends so soon that a card would
/// be good for a few days at most.
pub(super) async fn cards(
    cx: &mut Cx,
    ids: &[PassId],
    passes: &BTreeMap<PassId, Kept>,
) -> Result<Vec<Printed>> {
    let whose: Vec<Whose> = passes.values().map(|kept| kept.whose).collect();
    let known = Known::of(cx, &whose, true).await?;
    codes::make(cx, ids).await?;
    let digits = sql_codes::of(cx, ids).await?;
    let (law, today, zone) = (Law::today(cx).await?, units::today(cx).await?, units::timezone(cx).await?);
    let (until, soonest) = (law.card_until(today), law.card_soonest(today));
    let (end, now) = (law.card_end(until, &zone)?, cx.now());
    let (code, _) = sql_holders::issuer(cx).await?;
    let issuer = Issuer::parse(&code).map_err(Error::internal)?;
    let mut cards = Vec::with_capacity(ids.len());
    for id in ids {
        let kept = passes.get(id).ok_or(Error::NotFound)?;
        let signer = key_for(cx, kept.whose.kind()).await?;
        let (code, _) = digits.get(id).copied().ok_or_else(|| Error::internal("a code was not kept"))?;
        let facts = known.facts(kept)?;
        let people = facts.holder.people();
        let signed = written(&issuer, kept, facts, now, end, &signer)?;
        // A card says no day that its key does not live to see.
        let last = signed.until.to_zoned(zone.clone()).date().yesterday().map_err(Error::internal)?;
        if last < soonest {
            return Err(Error::Conflict("error-pass-card-short"));
        }
        cards.push(Printed {
            pass: *id,
            whose: kept.whose,
            people,
            kind: kept.whose.kind(),
            force: kept.whose.force(),
            name: known.name(kept.whose)?.to_owned(),
            birth_year: known.born(kept.whose),
            ward: kept.ward,
            until: last,
            text: signed.text,
            code,
            standing: kept.standing(),
        });
        cx.record(Event::new("pass.printed", *id).unit(kept.ward).data(json!({ "until": last })));
    }
    Ok(cards)
}
