//! Somebody checks himself in by the poster of a place, with the twelve digits: what a gate would say of him is said
//! here, by the same law.

use crate::{
    cards::{self, Colour, Known, Reason},
    gates::{self, By, Scan, SelfCheckIn},
    passes::{self, Standing},
};
use duty::units;
use kernel::{Error, Result};
use store::Cx;

/// The scan that this check-in is.
///
/// Errors: `code`: `error-pass-code-refused`; `NotFound` for a gate that is none.
pub async fn judged(cx: &mut Cx, asked: SelfCheckIn) -> Result<Scan> {
    let SelfCheckIn { key, gate, direction, code } = asked;
    let named = passes::of_codes(cx, &[code]).await?.remove(&code);
    let named = named.ok_or(Error::invalid("code", "error-pass-code-refused"))?;
    let place = gates::at(cx, gate).await?.as_place();
    let today = units::today(cx).await?;
    let known = match named.person {
        Some(person) => cards::known(cx, person).await?,
        None => Known::of(named.kind, named.force),
    };
    let known = Known { kind: named.kind, force: named.force, ..known };
    let law = cards::pack_on(cx, today).await?;
    let pack = law.ok_or_else(|| Error::internal("no rules of cards are in force"))?;
    let ruling = cards::rule(&pack, &known, &place, today);
    let (colour, reasons) = match named.standing {
        Standing::Good => {
            (ruling.colour, ruling.reasons.iter().map(|Reason { key, .. }| (*key).to_owned()).collect())
        }
        _ => (Colour::Red, vec![super::Reason::REVOKED.key().to_owned()]),
    };
    Ok(Scan {
        key,
        at: cx.now(),
        from_future: false,
        gate,
        direction,
        by: By::Code,
        number: Some(code.to_string()),
        colour,
        reasons,
        rules: Some(ruling.rules),
        picked_of: None,
    })
}
