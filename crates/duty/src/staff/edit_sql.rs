//! What the edit actions and imports write and look up.

use super::{Contact, NewStaff, PostRow};
use crate::{permissions::on_duty_as, units};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{Error, Result, Role, StaffId, UnitId};
use sqlx::types::Uuid;
use std::collections::{BTreeMap, BTreeSet};
use store::Cx;

const TABLE: &str = "staff";

/// Everyone who holds a post at a unit today or will.
pub async fn holders(cx: &mut Cx, unit: UnitId) -> Result<Vec<StaffId>> {
    let (tenant, today) = (cx.tenant().uuid(), units::today(cx).await?.to_sqlx());
    let ids = sqlx::query_scalar!(
        "select distinct p.staff_id from posts p
         join staff f on f.tenant_id = $1 and f.id = p.staff_id and f.left_on is null
         where p.tenant_id = $1 and p.unit_id = $2
           and (p.valid_to is null or p.valid_to >= $3)",
        tenant,
        unit.uuid(),
        today
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(StaffId).collect())
}

/// Code, name and opened telephone of people, in order of code: for rosters and their papers.
pub async fn contacts(cx: &mut Cx, ids: &[StaffId]) -> Result<Vec<Contact>> {
    let (tenant, ids) = (cx.tenant().uuid(), ids.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select id, code, full_name, phone, email from staff where tenant_id = $1 and id = any($2) order by code",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let open = |column, sealed: Option<Vec<u8>>| {
                sealed.map(|sealed| cx.open(TABLE, row.id, column, &sealed)).transpose()
            };
            Ok(Contact {
                id: row.id.into(),
                phone: open("phone", row.phone)?,
                email: open("email", row.email)?,
                code: row.code,
                full_name: row.full_name,
            })
        })
        .collect()
}

/// Name and title of the head of a unit today.
pub async fn head_of(cx: &mut Cx, unit: UnitId) -> Result<Option<(String, String)>> {
    let (tenant, today) = (cx.tenant().uuid(), units::today(cx).await?.to_sqlx());
    let row = sqlx::query!(
        "select f.full_name, p.title from posts p
         join staff f on f.tenant_id = $1 and f.id = p.staff_id and f.left_on is null
         where p.tenant_id = $1 and p.unit_id = $2 and p.head
           and p.valid_from <= $3
           and (p.valid_to is null or p.valid_to >= $3)
         order by p.id limit 1",
        tenant,
        unit.uuid(),
        today
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(row.map(|row| (row.full_name, row.title)))
}

/// Locks a person's row; `NotFound` in another tenant. The day he has left, if he has.
pub(super) async fn lock(cx: &mut Cx, staff: StaffId) -> Result<Option<Date>> {
    let tenant = cx.tenant().uuid();
    let left = sqlx::query_scalar!(
        "select left_on from staff where tenant_id = $1 and id = $2 for update",
        tenant,
        staff.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(left.map(jiff_sqlx::Date::to_jiff))
}

pub(super) async fn by_code(cx: &mut Cx, code: &str) -> Result<Option<StaffId>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        "select id from staff where tenant_id = $1 and lower(code) = lower($2)",
        tenant,
        code
    )
    .fetch_optional(cx.conn())
    .await?
    .map(StaffId))
}

/// People still here with this telephone number (E.164).
pub async fn by_phone(cx: &mut Cx, phone: &str) -> Result<Vec<StaffId>> {
    let (tenant, blind) = (cx.tenant().uuid(), cx.blind("phone", phone)?);
    let ids = sqlx::query_scalar!(
        "select id from staff where tenant_id = $1 and phone_index = $2 and left_on is null",
        tenant,
        blind
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(StaffId).collect())
}

/// People of a unit whose name has this search key.
pub(super) async fn by_name(cx: &mut Cx, unit: UnitId, search: &str) -> Result<Vec<StaffId>> {
    let tenant = cx.tenant().uuid();
    let ids = sqlx::query_scalar!(
        "select distinct f.id from staff f
         join posts p on p.tenant_id = $1 and p.staff_id = f.id and p.unit_id = $2 and p.valid_to is null
         where f.tenant_id = $1 and f.search = $3 and f.left_on is null",
        tenant,
        unit.uuid(),
        search
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(StaffId).collect())
}

/// Name, phone and email as they are now to be.
pub(super) async fn update(cx: &mut Cx, id: StaffId, staff: &NewStaff) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let (mut phone, mut phone_index, mut email) = (None, None, None);
    if let Some(number) = &staff.phone {
        phone = Some(cx.seal(TABLE, id.uuid(), "phone", number)?);
        phone_index = Some(cx.blind("phone", number)?);
    }
    if let Some(address) = &staff.email {
        email = Some(cx.seal(TABLE, id.uuid(), "email", address)?);
    }
    sqlx::query!(
        "update staff set full_name = $3, search = $4, phone = $5, phone_index = $6, email = $7
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        staff.full_name,
        staff.search,
        phone,
        phone_index,
        email
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Marks the day from which a person is no longer there; posts and delegations end before it.
pub(super) async fn depart(cx: &mut Cx, staff: StaffId, on: Date, last: Date, at: Timestamp) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update staff set left_on = $3 where tenant_id = $1 and id = $2",
        tenant,
        staff.uuid(),
        on.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    sqlx::query!(
        "update posts set valid_to = greatest($3, valid_from - 1)
         where tenant_id = $1 and staff_id = $2 and (valid_to is null or valid_to > $3)",
        tenant,
        staff.uuid(),
        last.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    sqlx::query!(
        "update delegations set valid_to = greatest($3, valid_from)
         where tenant_id = $1 and (leader_id = $2 or deputy_id = $2) and (valid_to is null or valid_to > $3)",
        tenant,
        staff.uuid(),
        at.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A person's posts that have not ended.
pub async fn post_rows(cx: &mut Cx, staff: StaffId) -> Result<Vec<PostRow>> {
    let (tenant, today) = (cx.tenant().uuid(), units::today(cx).await?.to_sqlx());
    let rows = sqlx::query!(
        "select id, unit_id, role, title, head, on_call, valid_from, valid_to from posts
         where tenant_id = $1 and staff_id = $2
           and (valid_to is null or valid_to >= $3)
         order by valid_from, id",
        tenant,
        staff.uuid(),
        today
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(PostRow {
                id: row.id,
                staff,
                unit: row.unit_id.into(),
                role: row.role.parse()?,
                title: row.title,
                head: row.head,
                on_call: row.on_call,
                valid_from: row.valid_from.to_jiff(),
                valid_to: row.valid_to.map(jiff_sqlx::Date::to_jiff),
            })
        })
        .collect()
}

/// Whose post it is, at which unit, since when and until when.
pub(super) async fn lock_post(cx: &mut Cx, id: Uuid) -> Result<(StaffId, UnitId, Date, Option<Date>)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select staff_id, unit_id, valid_from, valid_to from posts where tenant_id = $1 and id = $2 for update",
        tenant,
        id
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let until = row.valid_to.map(jiff_sqlx::Date::to_jiff);
    Ok((row.staff_id.into(), row.unit_id.into(), row.valid_from.to_jiff(), until))
}

/// Of these people, those who ever held a post at a unit, with the last day of the last of them
/// (`None` where one has no end), and when that end was written down.
pub(crate) async fn tenures(
    cx: &mut Cx,
    unit: UnitId,
    staff: &[StaffId],
) -> Result<BTreeMap<StaffId, Option<(Date, Timestamp)>>> {
    let (tenant, ids) = (cx.tenant().uuid(), staff.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        r#"select staff_id, case when bool_or(valid_to is null) then null else max(valid_to) end as until,
                  max(ended_at) as "ended_at: jiff_sqlx::Timestamp"
           from posts where tenant_id = $1 and unit_id = $2 and staff_id = any($3) group by staff_id"#,
        tenant,
        unit.uuid(),
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let noted = row.ended_at.map_or(Timestamp::MIN, jiff_sqlx::Timestamp::to_jiff);
            (row.staff_id.into(), row.until.map(|last| (last.to_jiff(), noted)))
        })
        .collect())
}

/// Those among people who hold a post, now or to come, at a unit, or elsewhere one with which one
/// handles tickets on duty.
pub(crate) async fn able_to_stand(cx: &mut Cx, unit: UnitId, staff: &[StaffId]) -> Result<BTreeSet<StaffId>> {
    let (tenant, today) = (cx.tenant().uuid(), units::today(cx).await?.to_sqlx());
    let ids: Vec<Uuid> = staff.iter().map(|id| id.uuid()).collect();
    let roles: Vec<String> = Role::ALL
        .into_iter()
        .filter(|role| on_duty_as(*role).is_some())
        .map(|role| role.as_str().to_owned())
        .collect();
    let ids = sqlx::query_scalar!(
        "select distinct staff_id from posts
         where tenant_id = $1 and staff_id = any($2) and (role = any($3) or unit_id = $5)
           and (valid_to is null or valid_to >= $4)",
        tenant,
        &ids,
        &roles,
        today,
        unit.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(StaffId).collect())
}

/// Takes away the hours from `at` on that were put in by hand for a person at a unit.
pub(super) async fn cut_shifts(cx: &mut Cx, unit: UnitId, staff: StaffId, at: Timestamp) -> Result<()> {
    let (tenant, at) = (cx.tenant().uuid(), at.to_sqlx());
    sqlx::query!(
        "delete from shifts
         where tenant_id = $1 and unit_id = $2 and staff_id = $3 and source <> 'roster' and starts_at >= $4",
        tenant,
        unit.uuid(),
        staff.uuid(),
        at
    )
    .execute(cx.conn())
    .await?;
    sqlx::query!(
        "update shifts set ends_at = $4
         where tenant_id = $1 and unit_id = $2 and staff_id = $3 and source <> 'roster' and ends_at > $4",
        tenant,
        unit.uuid(),
        staff.uuid(),
        at
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn end_post(cx: &mut Cx, id: Uuid, last: Date) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update posts set valid_to = $3, ended_at = $4 where tenant_id = $1 and id = $2",
        tenant,
        id,
        last.to_sqlx(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
