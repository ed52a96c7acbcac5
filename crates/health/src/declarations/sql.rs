use super::model::Answers;
use crate::alerts::Grade;
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{Error, PersonId, Result, StaffId, UnitId};
use sqlx::types::Uuid;
use store::Cx;

const DECLARATIONS: &str = "declarations";

pub(super) struct NewRow<'a> {
    pub id: Uuid,
    pub form_key: Uuid,
    pub person: PersonId,
    pub ward: UnitId,
    pub station: UnitId,
    pub device: Option<Uuid>,
    pub made_on: Date,
    pub valid_until: Timestamp,
    pub rule_version: i32,
    pub grade: Grade,
    pub answers: &'a Answers,
    pub asks: bool,
}

pub(super) async fn insert(cx: &mut Cx, new: &NewRow<'_>) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let by = if new.device.is_none() { cx.actor.staff_id().map(StaffId::uuid) } else { None };
    let answers = serde_json::to_string(new.answers).map_err(Error::internal)?;
    let sealed = cx.seal(DECLARATIONS, new.id, "answers", &answers)?;
    sqlx::query!(
        "insert into declarations (tenant_id, id, form_key, person_id, ward_id, station_id, device_id, declared_by,
                                   made_at, made_on, valid_until, rule_version, grade, answers, asks)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        tenant,
        new.id,
        new.form_key,
        new.person.uuid(),
        new.ward.uuid(),
        new.station.uuid(),
        new.device,
        by,
        now,
        new.made_on.to_sqlx(),
        new.valid_until.to_sqlx(),
        new.rule_version,
        new.grade.as_str(),
        sealed,
        new.asks
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// What a form became.
pub(super) struct Made {
    pub id: Uuid,
    pub person: PersonId,
    pub device: Option<Uuid>,
    pub declared_by: Option<StaffId>,
    pub grade: Grade,
    pub valid_until: Timestamp,
}

pub(super) async fn by_form(cx: &mut Cx, form_key: Uuid) -> Result<Option<Made>> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select id, person_id, device_id, declared_by, grade, valid_until from declarations
         where tenant_id = $1 and form_key = $2",
        tenant,
        form_key
    )
    .fetch_optional(cx.conn())
    .await?;
    row.map(|row| {
        Ok(Made {
            id: row.id,
            person: row.person_id.into(),
            device: row.device_id,
            declared_by: row.declared_by.map(StaffId),
            grade: row.grade.parse()?,
            valid_until: row.valid_until.to_jiff(),
        })
    })
    .transpose()
}

/// For whom a device has declared.
pub(super) async fn people_of_device(cx: &mut Cx, device: Uuid) -> Result<Vec<PersonId>> {
    let tenant = cx.tenant().uuid();
    let ids = sqlx::query_scalar!(
        "select distinct person_id from declarations where tenant_id = $1 and device_id = $2",
        tenant,
        device
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(PersonId).collect())
}

/// What a device declared last.
pub(super) struct Last {
    pub person: PersonId,
    pub made_at: Timestamp,
    pub valid_until: Timestamp,
    pub grade: Grade,
    pub answers: Answers,
    pub asks: bool,
}

pub(super) async fn last_by(cx: &mut Cx, device: Uuid, person: Option<PersonId>) -> Result<Option<Last>> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select id, person_id, made_at, valid_until, grade, answers, asks from declarations
         where tenant_id = $1 and device_id = $2 and ($3::uuid is null or person_id = $3)
         order by made_at desc, id desc limit 1",
        tenant,
        device,
        person.map(PersonId::uuid)
    )
    .fetch_optional(cx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Last {
        person: row.person_id.into(),
        made_at: row.made_at.to_jiff(),
        valid_until: row.valid_until.to_jiff(),
        grade: row.grade.parse()?,
        answers: opened(cx, row.id, &row.answers)?,
        asks: row.asks,
    }))
}

pub(super) fn opened(cx: &Cx, id: Uuid, sealed: &[u8]) -> Result<Answers> {
    serde_json::from_str(&cx.open(DECLARATIONS, id, "answers", sealed)?).map_err(Error::internal)
}

/// Forgets declarations made before then; how many.
pub(super) async fn purge(cx: &mut Cx, before: Timestamp) -> Result<u64> {
    let tenant = cx.tenant().uuid();
    let gone = sqlx::query!(
        "delete from declarations where tenant_id = $1 and made_at <= $2",
        tenant,
        before.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(gone.rows_affected())
}
