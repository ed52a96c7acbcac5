//! Swaps and covers on their way to agreement, and absences.

use super::{
    changes::Change,
    model::{Absence, AbsenceKind},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Error, Result, ShiftId, StaffId, UnitId};
use serde_json::Value;
use sqlx::types::Uuid;
use store::Cx;

/// A swap or cover as asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    pub id: Uuid,
    pub change: Change,
    pub first_shift: ShiftId,
    pub second_shift: Option<ShiftId>,
    pub first_unit: UnitId,
    pub second_unit: UnitId,
    /// Gives the hours away; nobody when an empty shift is covered.
    pub first_staff: Option<StaffId>,
    /// Takes the hours.
    pub second_staff: StaffId,
    pub first_consent: bool,
    pub second_consent: bool,
    pub asked_by: Option<StaffId>,
    pub agreed: bool,
    pub refused: bool,
}

struct Row {
    id: Uuid,
    body: Value,
    first_shift: Uuid,
    second_shift: Option<Uuid>,
    first_unit: Uuid,
    second_unit: Uuid,
    first_staff: Option<Uuid>,
    second_staff: Uuid,
    first_consent: bool,
    second_consent: bool,
    asked_by: Option<Uuid>,
    agreed: bool,
    refused: bool,
}

impl TryFrom<Row> for Asked {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            change: serde_json::from_value(row.body).map_err(Error::internal)?,
            first_shift: row.first_shift.into(),
            second_shift: row.second_shift.map(ShiftId),
            first_unit: row.first_unit.into(),
            second_unit: row.second_unit.into(),
            first_staff: row.first_staff.map(StaffId),
            second_staff: row.second_staff.into(),
            first_consent: row.first_consent,
            second_consent: row.second_consent,
            asked_by: row.asked_by.map(StaffId),
            agreed: row.agreed,
            refused: row.refused,
        })
    }
}

pub(super) async fn insert(cx: &mut Cx, asked: &Asked) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now());
    let body = serde_json::to_value(asked.change).map_err(Error::internal)?;
    let kind = match asked.change {
        Change::Swap(_) => "swap",
        Change::Cover(_) => "cover",
    };
    let at = |yes: bool| yes.then(|| now.to_sqlx());
    sqlx::query!(
        "insert into roster_changes (tenant_id, id, kind, body, first_shift, second_shift, first_unit, second_unit,
                                     first_staff, second_staff, first_consent_at, second_consent_at, asked_at, asked_by,
                                     agreed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        tenant,
        asked.id,
        kind,
        body,
        asked.first_shift.uuid(),
        asked.second_shift.map(Uuid::from),
        asked.first_unit.uuid(),
        asked.second_unit.uuid(),
        asked.first_staff.map(Uuid::from),
        asked.second_staff.uuid(),
        at(asked.first_consent) as Option<jiff_sqlx::Timestamp>,
        at(asked.second_consent) as Option<jiff_sqlx::Timestamp>,
        now.to_sqlx(),
        asked.asked_by.map(Uuid::from),
        at(asked.agreed) as Option<jiff_sqlx::Timestamp>
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Locks one; `NotFound` in another tenant.
pub(super) async fn lock(cx: &mut Cx, id: Uuid) -> Result<Asked> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        r#"select id, body, first_shift, second_shift, first_unit, second_unit, first_staff, second_staff,
                  first_consent_at is not null as "first_consent!", second_consent_at is not null as "second_consent!",
                  asked_by, agreed_at is not null as "agreed!",
                  (refused_at is not null or voided_at is not null) as "refused!"
           from roster_changes where tenant_id = $1 and id = $2 for update"#,
        tenant,
        id
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?
    .try_into()
}

/// What waits for somebody's word at a unit.
pub(super) async fn waiting(cx: &mut Cx, unit: UnitId) -> Result<Vec<Asked>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        r#"select id, body, first_shift, second_shift, first_unit, second_unit, first_staff, second_staff,
                  first_consent_at is not null as "first_consent!", second_consent_at is not null as "second_consent!",
                  asked_by, agreed_at is not null as "agreed!", refused_at is not null as "refused!"
           from roster_changes
           where tenant_id = $1 and (first_unit = $2 or second_unit = $2)
             and agreed_at is null and refused_at is null and voided_at is null
           order by asked_at, id"#,
        tenant,
        unit.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Asked::try_from).collect()
}

/// Saves who has agreed; `body` may have been fitted to the hour of agreement.
pub(super) async fn save(cx: &mut Cx, asked: &Asked) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let body = serde_json::to_value(asked.change).map_err(Error::internal)?;
    sqlx::query!(
        "update roster_changes
         set body = $3,
             first_consent_at = case when $4 then coalesce(first_consent_at, $8) else first_consent_at end,
             second_consent_at = case when $5 then coalesce(second_consent_at, $8) else second_consent_at end,
             agreed_at = case when $6 then coalesce(agreed_at, $8) else agreed_at end,
             refused_at = case when $7 then coalesce(refused_at, $8) else refused_at end
         where tenant_id = $1 and id = $2",
        tenant,
        asked.id,
        body,
        asked.first_consent,
        asked.second_consent,
        asked.agreed,
        asked.refused,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn void(cx: &mut Cx, id: Uuid) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update roster_changes set voided_at = $3 where tenant_id = $1 and id = $2",
        tenant,
        id,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Agreed changes that touch any of the shifts, in the order in which they were agreed.
pub(super) async fn agreed(cx: &mut Cx, shifts: &[ShiftId]) -> Result<Vec<(Uuid, Change)>> {
    let (tenant, ids) = (cx.tenant().uuid(), shifts.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select id, body from roster_changes
         where tenant_id = $1 and (first_shift = any($2) or second_shift = any($2))
           and agreed_at is not null and voided_at is null
         order by agreed_at, id",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| Ok((row.id, serde_json::from_value(row.body).map_err(Error::internal)?)))
        .collect()
}

const fn kind_str(kind: AbsenceKind) -> &'static str {
    match kind {
        AbsenceKind::Leave => "leave",
        AbsenceKind::Sick => "sick",
        AbsenceKind::Seconded => "seconded",
        AbsenceKind::Departed => "departed",
        AbsenceKind::PostEnded => "post_ended",
    }
}

pub(super) async fn insert_absence(cx: &mut Cx, id: Uuid, absence: &Absence) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let by = cx.actor.staff_id().map(StaffId::uuid);
    sqlx::query!(
        "insert into roster_absences (tenant_id, id, staff_id, kind, starts_at, ends_at, created_at, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant,
        id,
        absence.staff.uuid(),
        kind_str(absence.kind),
        absence.from.to_sqlx(),
        absence.until.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Timestamp>,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Whose absence it is, and from when until when.
pub(super) async fn absence(cx: &mut Cx, id: Uuid) -> Result<(StaffId, Timestamp, Option<Timestamp>)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select staff_id, starts_at, ends_at from roster_absences where tenant_id = $1 and id = $2 for update",
        tenant,
        id
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok((row.staff_id.into(), row.starts_at.to_jiff(), row.ends_at.map(jiff_sqlx::Timestamp::to_jiff)))
}

pub(super) async fn end_absence(cx: &mut Cx, id: Uuid, at: Timestamp) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update roster_absences set ends_at = $3 where tenant_id = $1 and id = $2",
        tenant,
        id,
        at.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The absences of people that reach beyond `from`, each with its id.
pub(super) async fn absences(
    cx: &mut Cx,
    staff: &[StaffId],
    from: Timestamp,
) -> Result<Vec<(Uuid, Absence)>> {
    let (tenant, ids) = (cx.tenant().uuid(), staff.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select id, staff_id, kind, starts_at, ends_at from roster_absences
         where tenant_id = $1 and staff_id = any($2) and (ends_at is null or ends_at > $3) order by starts_at, id",
        tenant,
        &ids,
        from.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let kind = match row.kind.as_str() {
                "leave" => AbsenceKind::Leave,
                "sick" => AbsenceKind::Sick,
                "seconded" => AbsenceKind::Seconded,
                "departed" => AbsenceKind::Departed,
                other => return Err(Error::internal(format!("not a kind of absence: {other}"))),
            };
            let until = row.ends_at.map(jiff_sqlx::Timestamp::to_jiff);
            Ok((row.id, Absence { staff: row.staff_id.into(), from: row.starts_at.to_jiff(), until, kind }))
        })
        .collect()
}
