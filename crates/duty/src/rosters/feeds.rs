//! Calendar feeds: a person's or a unit's shifts for the calendar of a telephone, behind an address
//! that nobody can guess and that can be taken back.

use super::{
    access,
    ical::{Feed, Whose, Words},
    layout,
    model::{Post, Shift},
    sheet::post_words,
    sql,
};
use crate::{staff, units};
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use kernel::{Error, Result, StaffId, UnitId};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event};

/// What a feed shows of the past and of the time to come.
const PAST: SignedDuration = SignedDuration::from_hours(14 * 24);
const AHEAD: SignedDuration = SignedDuration::from_hours(35 * 24);
/// 160 random bits.
const TOKEN_CHARS: usize = 32;
const BLIND: &str = "calendar_feed";

/// A feed as its owner sees it in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenFeed {
    pub id: Uuid,
    pub whose: Whose,
    pub created_at: Timestamp,
}

/// One's own feed, or that of a unit whose duty the actor arranges.
async fn own(cx: &mut Cx, whose: Whose) -> Result<()> {
    match whose {
        Whose::Person(who) if cx.actor.staff_id() == Some(who) => access::see(cx),
        Whose::Person(_) => Err(Error::Forbidden("roster.edit")),
        Whose::Unit(unit) => access::manage(cx, unit).await,
    }
}

/// Opens a feed and gives its token, the only time it can be seen.
pub async fn open_feed(cx: &mut Cx, whose: Whose) -> Result<String> {
    own(cx, whose).await?;
    let (tenant, id, now) = (cx.tenant().uuid(), cx.id::<Uuid>(), cx.now().to_sqlx());
    let token = cx.rng().code(TOKEN_CHARS);
    let blind = cx.blind(BLIND, &token)?;
    let (person, unit) = match whose {
        Whose::Person(id) => (Some(id.uuid()), None),
        Whose::Unit(id) => (None, Some(id.uuid())),
    };
    let by = cx.actor.staff_id().map(StaffId::uuid);
    sqlx::query!(
        "insert into calendar_feeds (tenant_id, id, staff_id, unit_id, token, created_at, created_by)
         values ($1, $2, $3, $4, $5, $6, $7)",
        tenant,
        id,
        person,
        unit,
        blind,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    cx.record(Event::new("calendar_feed.opened", id).data(json!({ "staff": person, "unit": unit })));
    Ok(token)
}

/// The feeds that are open for a person or a unit.
pub async fn open_feeds(cx: &mut Cx, whose: Whose) -> Result<Vec<OpenFeed>> {
    own(cx, whose).await?;
    let tenant = cx.tenant().uuid();
    let id = match whose {
        Whose::Person(id) => id.uuid(),
        Whose::Unit(id) => id.uuid(),
    };
    let rows = sqlx::query!(
        "select id, created_at from calendar_feeds
         where tenant_id = $1 and (staff_id = $2 or unit_id = $2) and revoked_at is null order by id",
        tenant,
        id
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| OpenFeed { id: row.id, whose, created_at: row.created_at.to_jiff() })
        .collect())
}

/// Takes a feed back: its address finds nothing from now on.
pub async fn revoke_feed(cx: &mut Cx, id: Uuid) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let row = sqlx::query!(
        "select staff_id, unit_id from calendar_feeds where tenant_id = $1 and id = $2 and revoked_at is null for update",
        tenant,
        id
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    own(cx, whose(row.staff_id, row.unit_id)?).await?;
    sqlx::query!(
        "update calendar_feeds set revoked_at = $3 where tenant_id = $1 and id = $2",
        tenant,
        id,
        now
    )
    .execute(cx.conn())
    .await?;
    cx.record(Event::new("calendar_feed.revoked", id).data(json!({})));
    Ok(())
}

fn whose(staff: Option<Uuid>, unit: Option<Uuid>) -> Result<Whose> {
    match (staff, unit) {
        (Some(id), None) => Ok(Whose::Person(StaffId(id))),
        (None, Some(id)) => Ok(Whose::Unit(UnitId(id))),
        _ => Err(Error::internal("a calendar feed is of a person or of a unit")),
    }
}

/// The feed behind a token as `text/calendar`; `NotFound` when there is none, it was taken back, or
/// its person has left. `host` is the centre's own name.
pub async fn read_feed(cx: &mut Cx, token: &str, host: &str) -> Result<String> {
    let (tenant, blind) = (cx.tenant().uuid(), cx.blind(BLIND, token)?);
    let row = sqlx::query!(
        "select staff_id, unit_id from calendar_feeds where tenant_id = $1 and token = $2 and revoked_at is null",
        tenant,
        blind
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let whose = whose(row.staff_id, row.unit_id)?;
    let now = cx.now();
    let (from, to) = (now - PAST, now + AHEAD);
    let today = units::today(cx).await?;
    let tree = units::tree(cx).await?;
    let name_of = |unit: UnitId| tree.get(unit).map_or_else(String::new, |unit| unit.short.clone());
    let (name, shifts): (String, Vec<Shift>) = match whose {
        Whose::Person(id) => {
            let person = staff::of(cx, &[id]).await?.remove(&id).ok_or(Error::NotFound)?;
            if person.left_on.is_some_and(|day| day <= today) {
                return Err(Error::NotFound);
            }
            let rows = sql::standing(cx, &[], &[id], from, to).await?;
            let theirs = rows.iter().filter(|row| row.staff == id);
            (format!("Lịch trực {}", person.full_name), theirs.map(sql::Standing::shift).collect())
        }
        Whose::Unit(unit) => {
            let shifts = layout::worked_out(cx, unit, from, to).await?;
            (format!("Lịch trực {}", name_of(unit)), shifts)
        }
    };
    let people: Vec<StaffId> = shifts.iter().filter_map(|shift| shift.staff).collect();
    let people = staff::of(cx, &people).await?;
    let feed = Feed::of(&name, &shifts, whose, host, now, |shift| {
        let what = if shift.name.is_empty() { "Ca trực" } else { &shift.name };
        let who = shift.staff.and_then(|id| people.get(&id)).map(|person| person.full_name.as_str());
        let summary = match whose {
            Whose::Person(_) => format!("{what}, {}", name_of(shift.unit)),
            Whose::Unit(_) => format!("{what}: {}", who.unwrap_or("chưa có người trực")),
        };
        let description = (shift.post != Post::Primary).then(|| post_words(shift.post));
        Words { summary, location: Some(name_of(shift.unit)), description }
    });
    Ok(feed.to_text())
}
