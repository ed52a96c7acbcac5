//! What is unusual at a gate becomes a ticket of whoever runs it: the business its own, else the unit that answers
//! for the gate.

use super::{
    law::{Law, metres},
    model::{AlertKind, By, Colour, Reason},
    recent::Recent,
    sql_alerts::{self, Elsewhere, NewAlert},
    sql_counts::Look,
    whose::Kin,
};
use crate::{
    cards,
    gates::{self, Gate},
};
use duty::{
    messages,
    permissions::{Action, Permit, Scope},
    rules,
    tickets::{self, NewMatter, NewTicket, Responsible, Severity, ladder},
    units::{self, Tree},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use kernel::{Error, GateId, Result, TicketId, UnitId, dates};
use serde_json::{Value, json};
use sqlx::types::Uuid;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use store::{Cx, Event, Topic};

pub use super::sql_alerts::Alert;

/// The kind of an alert's ticket, and the ladder it climbs.
pub const KIND: &str = "gate_alert";

/// Something unusual, before it is known whether it has been told.
#[derive(Clone, Debug, PartialEq)]
struct Found {
    kind: AlertKind,
    gate: GateId,
    at: Timestamp,
    number: Option<Vec<u8>>,
    /// The gate before, and how long before.
    before: Option<(GateId, SignedDuration)>,
    /// How many are inside, and how many may be.
    inside: Option<(u32, i64)>,
}

/// Looks at scans that have just been counted; `inside` is what their gates hold now, `portal` where owners answer.
pub(super) async fn look(
    cx: &mut Cx,
    law: &Law,
    (looks, recent): (&[Look], &Recent),
    inside: &BTreeMap<GateId, u32>,
    portal: Option<&str>,
) -> Result<()> {
    let mut found: Vec<Found> = looks.iter().filter_map(used).collect();
    let marks: Vec<(By, &[u8])> =
        looks.iter().filter_map(|look| Some((look.by, look.number.as_deref()?))).collect();
    let kin = Kin::of(cx, &marks).await?;
    let elsewhere = sql_alerts::elsewhere(cx, looks, (&kin, recent), law.apart_within).await?;
    let mut asked: BTreeSet<GateId> = found.iter().map(|one| one.gate).collect();
    asked.extend(inside.keys());
    asked.extend(elsewhere.iter().flat_map(|one| [one.gate, one.other]));
    if asked.is_empty() {
        return Ok(());
    }
    let gates = gates::of(cx, &asked.into_iter().collect::<Vec<_>>()).await?;
    found.extend(elsewhere.iter().filter_map(|one| apart(law, &gates, one)));
    found.extend(full(looks, &limits(cx, inside).await?, inside));
    if found.is_empty() {
        return Ok(());
    }
    let raising = Raising {
        law,
        tree: units::tree(cx).await?,
        zone: units::timezone(cx).await?,
        gates: &gates,
        portal: match portal {
            Some(portal) => Some(format!("{portal}/{}", sql_alerts::slug(cx).await?)),
            None => None,
        },
    };
    for one in found {
        // A gate that is not on record has nobody to answer for it.
        let Some(gate) = gates.get(&one.gate) else { continue };
        let two = one.kind == AlertKind::TwoGates;
        let of = (!two).then_some(one.gate);
        let number = one.number.as_deref();
        // Of two gates it was told by whichever mark was read first.
        let numbers: Vec<&[u8]> = number
            .into_iter()
            .flat_map(|number| kin.all(number).take(if two { usize::MAX } else { 1 }))
            .collect();
        if !sql_alerts::is_told(cx, one.kind, of, &numbers, one.at, law.told_again_after).await? {
            raising.raise(cx, gate, &one).await?;
        }
    }
    Ok(())
}

/// A pass that was shown although it is red. A card that only says who somebody is, is none.
fn used(look: &Look) -> Option<Found> {
    let is_pass = matches!(look.by, By::Pass | By::Certificate | By::Code);
    if look.colour != Colour::Red || !is_pass {
        return None;
    }
    let kind = if look.reasons.contains(&Reason::REVOKED) { AlertKind::Revoked } else { AlertKind::Red };
    let number = Some(look.number.clone()?);
    Some(Found { kind, gate: look.gate, at: look.at, number, before: None, inside: None })
}

/// One pass at two gates: told of the later one.
fn apart(law: &Law, gates: &BTreeMap<GateId, Gate>, one: &Elsewhere) -> Option<Found> {
    let point = |gate: GateId| gates.get(&gate).and_then(|gate| gate.point);
    let metres = metres(point(one.gate)?, point(one.other)?);
    let apart = one.at.duration_since(one.other_at);
    if !law.is_too_fast(metres, apart) {
        return None;
    }
    let (gate, at, before) =
        if apart.is_negative() { (one.other, one.other_at, one.gate) } else { (one.gate, one.at, one.other) };
    let number = Some(one.number.clone());
    let before = Some((before, apart.abs()));
    Some(Found { kind: AlertKind::TwoGates, gate, at, number, before, inside: None })
}

/// How many may be inside these gates by the rules of today, which may be fewer than find room.
async fn limits(cx: &mut Cx, inside: &BTreeMap<GateId, u32>) -> Result<BTreeMap<GateId, i64>> {
    if inside.is_empty() {
        return Ok(BTreeMap::new());
    }
    let today = units::today(cx).await?;
    let ids: Vec<GateId> = inside.keys().copied().collect();
    let (known, law) = (gates::of(cx, &ids).await?, cards::pack_on(cx, today).await?);
    Ok(known.iter().filter_map(|(id, gate)| Some((*id, gates::limit(law.as_ref(), gate)?))).collect())
}

/// Gates that hold more than they may.
fn full<'a>(
    looks: &'a [Look],
    limits: &'a BTreeMap<GateId, i64>,
    inside: &'a BTreeMap<GateId, u32>,
) -> impl Iterator<Item = Found> + 'a {
    inside.iter().filter_map(|(gate, n)| {
        let limit = *limits.get(gate)?;
        if i64::from(*n) <= limit {
            return None;
        }
        let at = looks.iter().filter(|look| look.gate == *gate).map(|look| look.at).max()?;
        let (kind, inside) = (AlertKind::OverLimit, Some((*n, limit)));
        Some(Found { kind, gate: *gate, at, number: None, before: None, inside })
    })
}

/// What alerts are raised with.
struct Raising<'a> {
    law: &'a Law,
    tree: Arc<Tree>,
    zone: TimeZone,
    gates: &'a BTreeMap<GateId, Gate>,
    /// Where this tenant's pages for everybody begin; `None`: no owner is sent a text, since he could not answer.
    portal: Option<String>,
}

impl Raising<'_> {
    async fn raise(&self, cx: &mut Cx, gate: &Gate, found: &Found) -> Result<()> {
        let id = cx.id::<Uuid>();
        let ward = self.tree.get(gate.unit).map(|unit| unit.ward.unwrap_or(unit.id));
        let ladder = ladder::by_code_or(cx, KIND, "report").await?;
        let new = NewMatter { kind: KIND, severity: Severity::Notice, ward, object_kind: KIND, object: id };
        let ticket = NewTicket {
            kind: KIND.to_owned(),
            responsible: gate.organisation.map_or(Responsible::Unit(gate.unit), Responsible::Organisation),
            ladder,
            task: task(&self.zone, self.gates, gate, found),
            words: None,
            given_by: None,
            assignee: None,
            due_at: None,
        };
        let opened = tickets::open_ticket(cx, &new, ticket).await?;
        let ticket: TicketId =
            opened.tickets.first().copied().ok_or_else(|| Error::internal("a matter opened no ticket"))?;
        let texted = self.text_owner(cx, id, gate, found.kind, ticket).await?;
        let alert = NewAlert {
            id,
            kind: found.kind,
            gate: found.gate,
            other: found.before.map(|(gate, _)| gate),
            at: found.at,
            number: found.number.as_deref(),
            inside: found.inside.and_then(|(n, _)| i32::try_from(n).ok()),
            ticket,
            texted_at: texted.then(|| cx.now()),
        };
        sql_alerts::insert(cx, &alert).await?;
        let event = Event::new("gate_alert.raised", id).matter(opened.matter).unit(gate.unit).data(json!({
            "kind": found.kind, "gate": found.gate, "other": alert.other, "at": found.at, "inside": found.inside.map(|(n, _)| n),
            "organisation": gate.organisation, "ticket": ticket, "texted": texted,
        }));
        cx.record(rules::judged(event, &[&self.law.rule]));
        cx.tell(Topic::screen("checkins"));
        Ok(())
    }

    /// Tells the owner of a gate by a text to the telephone on record, where he has no mailbox or does not look:
    /// of each kind once in the time after which the law tells again, however many alerts there are.
    async fn text_owner(
        &self,
        cx: &mut Cx,
        alert: Uuid,
        gate: &Gate,
        kind: AlertKind,
        ticket: TicketId,
    ) -> Result<bool> {
        let (Some(portal), Some(organisation)) = (&self.portal, gate.organisation) else { return Ok(false) };
        let since = cx.now() - self.law.told_again_after;
        if sql_alerts::is_texted(cx, kind, gate.id, since).await? {
            return Ok(false);
        }
        let Some(phone) = gates::phone_on_record(cx, organisation).await? else { return Ok(false) };
        let ticket = tickets::tickets(cx, &[ticket]).await?.pop().ok_or(Error::NotFound)?;
        let due = dates::shown_date_time(ticket.due_at.to_zoned(self.zone.clone()).datetime());
        let words = format!(
            "Vùng Xanh: {} có cảnh báo, {}. Xem và trả lời trước {due}: {portal}/v/{}/owner",
            gate.name,
            in_a_word(kind),
            gate.poster
        );
        messages::text(cx, alert, &phone, &words).await?;
        Ok(true)
    }
}

/// What a text says of an alert: it goes to a telephone that may be anybody's.
const fn in_a_word(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Revoked => "có người đưa mã đã bị thu hồi",
        AlertKind::Red => "có người đưa mã màu đỏ",
        AlertKind::TwoGates => "một mã được quét ở hai nơi cách xa nhau",
        AlertKind::OverLimit => "bên trong đông quá giới hạn",
    }
}

/// What is to be done, in words that name the gate and nobody.
fn task(zone: &TimeZone, gates: &BTreeMap<GateId, Gate>, gate: &Gate, found: &Found) -> Value {
    let (name, at) = (&gate.name, dates::shown_date_time(found.at.to_zoned(zone.clone()).datetime()));
    match found.kind {
        AlertKind::Revoked => json!({
            "vi": format!("{name}: lúc {at} có người đưa mã đã bị thu hồi. Không cho vào; đối chiếu tên và năm sinh với giấy tờ, hỏi vì sao còn dùng mã này. Ghi kết quả vào phiếu."),
            "en": format!("{name}: at {at} a pass was shown that had been taken back. Do not let in; compare name and birth year with a card, ask why it is still used. Write down what came of it."),
        }),
        AlertKind::Red => json!({
            "vi": format!("{name}: lúc {at} có người đưa mã màu đỏ. Không cho vào; chỉ cho họ việc cần làm để được thẻ xanh, báo trạm y tế nếu có triệu chứng. Ghi kết quả vào phiếu."),
            "en": format!("{name}: at {at} a red pass was shown. Do not let in; say what is needed for a green one, tell the health station of symptoms. Write down what came of it."),
        }),
        AlertKind::TwoGates => {
            let before = found.before.and_then(|(gate, apart)| Some((gates.get(&gate)?, apart)));
            let other = before.map_or("?", |(gate, _)| gate.name.as_str());
            let minutes = before.map_or(0, |(_, apart)| apart.as_mins());
            json!({
                "vi": format!("{name} và {other}: lúc {at} cùng một mã được quét ở hai nơi cách xa nhau trong {minutes} phút. Có thể mã đã bị chụp lại: đối chiếu tên và năm sinh với giấy tờ của người cầm mã. Ghi kết quả vào phiếu."),
                "en": format!("{name} and {other}: at {at} one pass was scanned at two distant places within {minutes} minutes. It may be a picture of somebody else's: compare name and birth year with a card. Write down what came of it."),
            })
        }
        AlertKind::OverLimit => {
            let (n, most) = found.inside.unwrap_or_default();
            json!({
                "vi": format!("{name}: lúc {at} có {n} người bên trong, giới hạn là {most}. Tạm dừng cho vào đến khi đủ chỗ. Ghi kết quả vào phiếu."),
                "en": format!("{name}: at {at} {n} people were inside, {most} may be. Let nobody in until there is room. Write down what came of it."),
            })
        }
    }
}

/// Alerts of some gates, or of all that the actor sees, since an instant, newest first.
pub async fn alerts_of(cx: &mut Cx, gates: Option<&[GateId]>, since: Timestamp) -> Result<Vec<Alert>> {
    cx.permit_sight(Action::BoardSee, Scope::Tenant)?;
    let found = sql_alerts::since(cx, gates, since).await?;
    let asked: BTreeSet<GateId> = found.iter().map(|alert| alert.gate).collect();
    let known = gates::of(cx, &asked.into_iter().collect::<Vec<_>>()).await?;
    let mut unit_of: BTreeMap<GateId, Vec<UnitId>> = BTreeMap::new();
    for (id, gate) in &known {
        unit_of.insert(*id, super::seen::units_of(cx, gate).await?);
    }
    let sees = |alert: &Alert| {
        let units = unit_of.get(&alert.gate).map_or(&[][..], Vec::as_slice);
        duty::permissions::permits(&cx.actor, Action::BoardSee, Scope::Units(units))
    };
    Ok(found.into_iter().filter(sees).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkins::model::Direction;

    fn look(by: By, colour: Colour, number: Option<u8>, reasons: &[&str]) -> Look {
        Look {
            gate: GateId(Uuid::from_u128(2)),
            at: "2021-09-25T01:00:00Z".parse().unwrap(),
            direction: Direction::In,
            by,
            colour,
            number: number.map(|byte| vec![byte; 8]),
            reasons: reasons.iter().map(|key| Reason::of(key)).collect(),
        }
    }

    #[test]
    fn a_red_pass_is_told_and_a_card_or_a_text_that_nobody_could_read_is_not() {
        let kind = |look: &Look| used(look).map(|found| found.kind);
        assert_eq!(kind(&look(By::Pass, Colour::Green, Some(1), &[])), None);
        assert_eq!(kind(&look(By::Pass, Colour::Red, Some(1), &["gate-revoked"])), Some(AlertKind::Revoked));
        assert_eq!(kind(&look(By::Code, Colour::Red, Some(1), &["gate-lacks-doses"])), Some(AlertKind::Red));
        assert_eq!(kind(&look(By::Pass, Colour::Red, None, &["gate-not-genuine"])), None);
        assert_eq!(kind(&look(By::Identity, Colour::Red, Some(1), &["gate-only-identity"])), None);
    }
}
