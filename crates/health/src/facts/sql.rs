use super::model::{Body, Counted, Fact, Kind, Source, Told, Withdrawn};
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use kernel::{Error, FactId, ImportId, OrganisationId, PersonId, Result, StaffId, UnitId};
use sqlx::types::Uuid;
use store::Cx;

pub(super) const FACTS: &str = "person_facts";

/// Writes a fact; false when it is known.
pub(super) async fn insert(
    cx: &mut Cx,
    id: FactId,
    person: PersonId,
    told: &Told,
    by_unit: Option<UnitId>,
) -> Result<bool> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let hash = cx.blind("person_fact", &told.canonical(person))?;
    let body = (told.body != Body::default())
        .then(|| serde_json::to_string(&told.body))
        .transpose()
        .map_err(Error::internal)?;
    let sealed = body.map(|body| cx.seal(FACTS, id.uuid(), "body", &body)).transpose()?;
    let added = sqlx::query!(
        "insert into person_facts (tenant_id, id, person_id, kind, on_day, until_day, dose, body, source, fact_hash,
                                   organisation_id, entered_at, entered_by, by_unit_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict (tenant_id, person_id, fact_hash) where withdrawn_at is null do nothing",
        tenant,
        id.uuid(),
        person.uuid(),
        told.kind.as_str(),
        told.on_day.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Date>,
        told.until_day.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Date>,
        told.dose,
        sealed,
        told.source.as_str(),
        hash,
        told.organisation.map(OrganisationId::uuid),
        now,
        by,
        by_unit.map(UnitId::uuid)
    )
    .execute(cx.conn())
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Everything in these records of a person: what counts first, then the newest.
pub(super) async fn of(cx: &mut Cx, person: PersonId, records: &[Uuid]) -> Result<Vec<Fact>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, kind, on_day, until_day, dose, body, source, organisation_id, import_id, entered_at, entered_by,
                by_unit_id, withdrawn_at, withdrawn_as
         from person_facts where tenant_id = $1 and person_id = any($2)
         order by (withdrawn_at is not null), kind, on_day desc nulls last, entered_at desc, id",
        tenant,
        records
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let body = row.body.map(|sealed| cx.open(FACTS, row.id, "body", &sealed)).transpose()?;
            let body: Option<Body> =
                body.map(|body| serde_json::from_str(&body)).transpose().map_err(Error::internal)?;
            let Body { words, lot } = body.unwrap_or_default();
            let withdrawn_as: Option<Withdrawn> = row.withdrawn_as.as_deref().map(str::parse).transpose()?;
            Ok(Fact {
                id: row.id.into(),
                person,
                kind: row.kind.parse()?,
                on_day: row.on_day.map(jiff_sqlx::Date::to_jiff),
                until_day: row.until_day.map(jiff_sqlx::Date::to_jiff),
                dose: row.dose,
                words,
                lot,
                organisation: row.organisation_id.map(OrganisationId),
                source: row.source.parse::<Source>()?,
                import: row.import_id.map(ImportId),
                entered_at: row.entered_at.to_jiff(),
                entered_by: row.entered_by.map(StaffId),
                by_unit: row.by_unit_id.map(UnitId),
                withdrawn: row.withdrawn_at.map(jiff_sqlx::Timestamp::to_jiff).zip(withdrawn_as),
            })
        })
        .collect()
}

/// What counts of these people, unsorted; `zone` says on which day it was told.
pub(super) async fn counted(
    cx: &mut Cx,
    people: &[PersonId],
    zone: &jiff::tz::TimeZone,
) -> Result<Vec<(PersonId, Counted)>> {
    let (tenant, ids) = (cx.tenant().uuid(), people.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select person_id, kind, on_day, until_day, dose, entered_at, source from person_facts
         where tenant_id = $1 and person_id = any($2) and withdrawn_at is null
           and kind in ('vaccination', 'recovery', 'illness', 'pregnancy', 'newly_delivered', 'obesity')
         order by on_day, dose, id",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let told_on: Date = row.entered_at.to_jiff().to_zoned(zone.clone()).date();
            let counted = Counted {
                kind: row.kind.parse()?,
                on_day: row.on_day.map(jiff_sqlx::Date::to_jiff),
                until_day: row.until_day.map(jiff_sqlx::Date::to_jiff),
                dose: row.dose,
                told_on,
                source: row.source.parse()?,
            };
            Ok((row.person_id.into(), counted))
        })
        .collect()
}

/// Whose fact it is, of which kind, and whether it still counts; locked.
pub(super) async fn lock(cx: &mut Cx, id: FactId) -> Result<(PersonId, Kind, bool)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select person_id, kind, withdrawn_at from person_facts where tenant_id = $1 and id = $2 for update",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok((row.person_id.into(), row.kind.parse()?, row.withdrawn_at.is_none()))
}

pub(super) async fn withdraw(cx: &mut Cx, id: FactId, withdrawn: Withdrawn) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "update person_facts set withdrawn_at = $3, withdrawn_by = $4, withdrawn_as = $5
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        now,
        by,
        withdrawn.as_str()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The employers of somebody that are on record as organisations.
pub(crate) async fn employers(cx: &mut Cx, person: PersonId) -> Result<Vec<OrganisationId>> {
    let tenant = cx.tenant().uuid();
    let employers = sqlx::query_scalar!(
        r#"select distinct organisation_id as "id!" from person_facts
           where tenant_id = $1 and person_id = $2 and kind = 'employer' and organisation_id is not null
             and withdrawn_at is null order by 1"#,
        tenant,
        person.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(employers.into_iter().map(OrganisationId).collect())
}

/// Who works at an organisation, as far as it is on record.
pub(crate) async fn employed(cx: &mut Cx, organisation: OrganisationId, limit: i64) -> Result<Vec<PersonId>> {
    let tenant = cx.tenant().uuid();
    let people = sqlx::query_scalar!(
        "select distinct person_id from person_facts
         where tenant_id = $1 and organisation_id = $2 and kind = 'employer' and withdrawn_at is null
         order by person_id limit $3",
        tenant,
        organisation.uuid(),
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(people.into_iter().map(PersonId).collect())
}
