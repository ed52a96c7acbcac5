//! Taking a list of who was at a gate out of the house: one asks, with the reason; another one agrees; then the
//! one who asked has a day to fetch the file. All of it is on record, each fetching too.

use super::{
    model::{Colour, Direction},
    seen::{self, Seen, Spot, WHY_CAP},
    sql_exports::{self, Kept, NewExport},
};
use duty::{
    permissions::{Action, Permit, Scope, permits},
    sheets, units,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use kernel::{Error, Result, StaffId, dates, text::line};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event, Topic};

/// How long an approved list can be fetched.
const OPEN_FOR: SignedDuration = SignedDuration::from_hours(24);

/// A list that somebody has asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub id: Uuid,
    pub spot: Spot,
    pub from: Timestamp,
    pub to: Timestamp,
    pub why: String,
    pub asked_by: StaffId,
    pub asked_at: Timestamp,
    /// Who agreed or did not, and when.
    pub decided: Option<Decided>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    pub by: StaffId,
    pub at: Timestamp,
    pub agreed: bool,
}

impl Waiting {
    /// Whether the one who asked can fetch the file.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.decided.is_some_and(|decided| decided.is_open(now))
    }
}

impl Decided {
    fn is_open(&self, now: Timestamp) -> bool {
        self.agreed && now <= self.at + OPEN_FOR
    }
}

/// A file ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    pub name: String,
    /// CSV as spreadsheets open it.
    pub bytes: Vec<u8>,
}

/// Asks for a list; nothing is read yet.
///
/// Errors: `NotFound`, `Forbidden`; `why`: `error-reason-missing`, `error-text-too-long`; `to`:
/// `error-checkin-time`.
pub async fn ask(cx: &mut Cx, spot: Spot, from: Timestamp, to: Timestamp, why: &str) -> Result<Uuid> {
    let place = seen::place(cx, spot).await?;
    cx.permit(Action::CheckInExport, Scope::Units(&place.units))?;
    let by = cx.actor.staff_id().ok_or(Error::Forbidden(Action::CheckInExport.as_str()))?;
    seen::stretch(from, to)?;
    let why = seen::reason(why)?;
    let id = cx.id::<Uuid>();
    let words = cx.seal(sql_exports::TABLE, id, sql_exports::WORDS, &why)?;
    sql_exports::insert(cx, &NewExport { id, spot, from, to, words, by }).await?;
    cx.record(told("checkin_export.asked", id, spot, from, to).payload(json!({ "reason": why })));
    cx.tell(Topic::screen("checkins"));
    Ok(id)
}

fn told(kind: &'static str, id: Uuid, spot: Spot, from: Timestamp, to: Timestamp) -> Event {
    let (gate, place) = match spot {
        Spot::Gate(gate) => (Some(gate), None),
        Spot::Place(place) => (None, Some(place)),
    };
    Event::new(kind, id).data(json!({ "gate": gate, "place": place, "from": from, "to": to }))
}

/// Agrees to somebody else's list.
///
/// Errors: `NotFound`; `Forbidden`, also for one's own; Conflict `error-checkin-export-decided`.
pub async fn approve(cx: &mut Cx, id: Uuid) -> Result<()> {
    let (kept, by) = claim(cx, id).await?;
    sql_exports::decide(cx, id, by, true).await?;
    cx.record(told("checkin_export.approved", id, kept.spot, kept.from, kept.to));
    cx.tell(Topic::screen("checkins"));
    Ok(())
}

/// Does not agree, with the reason.
///
/// Errors: as for [`approve`]; `why`: `error-reason-missing`, `error-text-too-long`.
pub async fn refuse(cx: &mut Cx, id: Uuid, why: &str) -> Result<()> {
    let (kept, by) = claim(cx, id).await?;
    let why = line(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    if why.is_empty() {
        return Err(Error::invalid("why", "error-reason-missing"));
    }
    sql_exports::decide(cx, id, by, false).await?;
    cx.record(
        told("checkin_export.refused", id, kept.spot, kept.from, kept.to).payload(json!({ "reason": why })),
    );
    cx.tell(Topic::screen("checkins"));
    Ok(())
}

/// A list that waits, for somebody who may decide it.
async fn claim(cx: &mut Cx, id: Uuid) -> Result<(Kept, StaffId)> {
    let kept = sql_exports::lock(cx, id).await?;
    let place = seen::place(cx, kept.spot).await?;
    cx.permit(Action::CheckInApprove, Scope::Units(&place.units))?;
    let by = cx.actor.staff_id().filter(|by| *by != kept.asked_by);
    let by = by.filter(|_| cx.actor.on_behalf_of != Some(kept.asked_by));
    let by = by.ok_or(Error::Forbidden(Action::CheckInApprove.as_str()))?;
    if kept.decided.is_some() {
        return Err(Error::Conflict("error-checkin-export-decided"));
    }
    Ok((kept, by))
}

/// Lists that wait for this actor to decide, oldest first.
pub async fn to_decide(cx: &mut Cx) -> Result<Vec<Waiting>> {
    cx.permit_sight(Action::CheckInApprove, Scope::Tenant)?;
    let own = cx.actor.staff_id();
    let mut waiting = Vec::new();
    for kept in sql_exports::waiting(cx).await? {
        let Ok(place) = seen::place(cx, kept.spot).await else { continue };
        let may = permits(&cx.actor, Action::CheckInApprove, Scope::Units(&place.units));
        if may && own != Some(kept.asked_by) {
            waiting.push(open(cx, kept)?);
        }
    }
    Ok(waiting)
}

/// Lists that this actor has asked for, newest first.
pub async fn of_mine(cx: &mut Cx) -> Result<Vec<Waiting>> {
    cx.permit_sight(Action::CheckInExport, Scope::Tenant)?;
    let Some(own) = cx.actor.staff_id() else { return Ok(Vec::new()) };
    let kept = sql_exports::of(cx, own).await?;
    kept.into_iter().map(|kept| open(cx, kept)).collect()
}

fn open(cx: &Cx, kept: Kept) -> Result<Waiting> {
    Ok(Waiting {
        id: kept.id,
        spot: kept.spot,
        from: kept.from,
        to: kept.to,
        why: cx.open(sql_exports::TABLE, kept.id, sql_exports::WORDS, &kept.words)?,
        asked_by: kept.asked_by,
        asked_at: kept.asked_at,
        decided: kept.decided,
    })
}

/// The file of an approved list, for the one who asked and for a day.
///
/// Errors: `NotFound` for another's; Conflict `error-checkin-export-waits`, `error-checkin-export-refused`,
/// `error-checkin-export-over`; `to`: `error-checkin-many`.
pub async fn file(cx: &mut Cx, id: Uuid) -> Result<Export> {
    let kept = sql_exports::lock(cx, id).await?;
    if cx.actor.staff_id() != Some(kept.asked_by) {
        return Err(Error::NotFound);
    }
    let decided = kept.decided.ok_or(Error::Conflict("error-checkin-export-waits"))?;
    if !decided.agreed {
        return Err(Error::Conflict("error-checkin-export-refused"));
    }
    if !decided.is_open(cx.now()) {
        return Err(Error::Conflict("error-checkin-export-over"));
    }
    let place = seen::place(cx, kept.spot).await?;
    cx.permit(Action::CheckInExport, Scope::Units(&place.units))?;
    let seen = seen::read(cx, &place, kept.from, kept.to).await?;
    let zone = units::timezone(cx).await?;
    let table = table(&seen, &zone);
    let bytes = sheets::csv(&table).ok_or_else(|| Error::internal("rows of check-ins differ in length"))?;
    sql_exports::made(cx, id).await?;
    let mut event = told("checkin_export.made", id, kept.spot, kept.from, kept.to);
    event.data["n"] = json!(seen.len());
    cx.record(event);
    let day = kept.from.to_zoned(zone).date();
    Ok(Export { name: format!("luot-ra-vao-{day}.csv"), bytes })
}

const HEADER: [&str; 7] =
    ["Thời điểm", "Điểm kiểm soát", "Vào/ra", "Màu", "Họ và tên", "Năm sinh", "Ghi chú"];

fn table(seen: &[Seen], zone: &TimeZone) -> Vec<Vec<String>> {
    let header = HEADER.iter().map(|cell| (*cell).to_owned()).collect();
    let row = |one: &Seen| {
        let direction = if one.direction == Direction::In { "vào" } else { "ra" };
        let colour = match one.colour {
            Colour::Green => "xanh",
            Colour::Yellow => "vàng",
            Colour::Red => "đỏ",
        };
        let person = one.person.as_ref();
        let year = person.and_then(|person| person.birth_year).map(|year| year.to_string());
        let note = if one.doubted { "giờ của máy quét không đúng" } else { "" };
        vec![
            dates::shown_date_time(one.at.to_zoned(zone.clone()).datetime()),
            one.gate_name.clone(),
            direction.to_owned(),
            colour.to_owned(),
            person.map(|person| person.full_name.clone()).unwrap_or_default(),
            year.unwrap_or_default(),
            note.to_owned(),
        ]
    };
    std::iter::once(header).chain(seen.iter().map(row)).collect()
}
