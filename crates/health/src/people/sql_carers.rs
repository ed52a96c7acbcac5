use super::carers::{CarerKind, Consent};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Error, PersonId, Result, StaffId};
use sqlx::types::Uuid;
use store::Cx;

/// Somebody who acts for a person, as he lies in his row.
pub(super) struct CarerRow {
    pub id: Uuid,
    pub carer: PersonId,
    pub kind: CarerKind,
    pub consent: Consent,
    pub from_at: Timestamp,
    pub recorded_by: Option<StaffId>,
    pub ended_at: Option<Timestamp>,
}

/// Of these records of a person: those who may act for him first, then the newest.
pub(super) async fn of(cx: &mut Cx, ids: &[Uuid]) -> Result<Vec<CarerRow>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, carer_id, kind, consent, from_at, recorded_by, ended_at from person_carers
         where tenant_id = $1 and person_id = any($2)
         order by (ended_at is not null), from_at desc, id",
        tenant,
        ids
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(CarerRow {
                id: row.id,
                carer: row.carer_id.into(),
                kind: row.kind.parse()?,
                consent: row.consent.parse()?,
                from_at: row.from_at.to_jiff(),
                recorded_by: row.recorded_by.map(StaffId),
                ended_at: row.ended_at.map(jiff_sqlx::Timestamp::to_jiff),
            })
        })
        .collect()
}

/// Writes it; false when this one acts for the person already.
pub(super) async fn insert(
    cx: &mut Cx,
    id: Uuid,
    person: PersonId,
    carer: PersonId,
    kind: CarerKind,
    consent: Consent,
) -> Result<bool> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let added = sqlx::query!(
        "insert into person_carers (tenant_id, id, person_id, carer_id, kind, consent, from_at, recorded_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (tenant_id, person_id, carer_id) where ended_at is null do nothing",
        tenant,
        id,
        person.uuid(),
        carer.uuid(),
        kind.as_str(),
        consent.as_str(),
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Who acts for whom, and whether that has ended; locked.
pub(super) async fn lock(cx: &mut Cx, id: Uuid) -> Result<(PersonId, PersonId, bool)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select person_id, carer_id, ended_at from person_carers where tenant_id = $1 and id = $2 for update",
        tenant,
        id
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok((row.person_id.into(), row.carer_id.into(), row.ended_at.is_some()))
}

pub(super) async fn end(cx: &mut Cx, id: Uuid) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "update person_carers set ended_at = $3, ended_by = $4 where tenant_id = $1 and id = $2",
        tenant,
        id,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
