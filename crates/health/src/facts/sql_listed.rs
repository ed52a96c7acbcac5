//! The facts of a list, many in one statement.

use super::{
    model::{Body, Kind, Told},
    sql::FACTS,
};
use jiff_sqlx::ToSqlx;
use kernel::{Error, FactId, ImportId, PersonId, Result, StaffId, UnitId};
use sqlx::types::Uuid;
use std::collections::BTreeSet;
use store::Cx;

/// A fact as it is written.
pub(super) struct Row {
    id: Uuid,
    person: Uuid,
    kind: &'static str,
    source: &'static str,
    on_day: Option<jiff_sqlx::Date>,
    dose: Option<i16>,
    body: Option<Vec<u8>>,
    hash: Vec<u8>,
}

impl Row {
    pub fn of(cx: &Cx, id: FactId, person: PersonId, told: &Told) -> Result<Self> {
        let words = (told.body != Body::default())
            .then(|| serde_json::to_string(&told.body))
            .transpose()
            .map_err(Error::internal)?;
        Ok(Self {
            id: id.uuid(),
            person: person.uuid(),
            kind: told.kind.as_str(),
            source: told.source.as_str(),
            on_day: told.on_day.map(ToSqlx::to_sqlx),
            dose: told.dose,
            body: words.map(|words| cx.seal(FACTS, id.uuid(), "body", &words)).transpose()?,
            hash: cx.blind("person_fact", &told.canonical(person))?,
        })
    }
}

/// Writes facts; those that were not known.
pub(super) async fn insert(
    cx: &mut Cx,
    import: ImportId,
    unit: UnitId,
    rows: &[Row],
) -> Result<BTreeSet<FactId>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let by = cx.actor.staff_id().or(cx.actor.on_behalf_of).map(StaffId::uuid);
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let people: Vec<Uuid> = rows.iter().map(|row| row.person).collect();
    let kinds: Vec<String> = rows.iter().map(|row| row.kind.to_owned()).collect();
    let sources: Vec<String> = rows.iter().map(|row| row.source.to_owned()).collect();
    let days: Vec<Option<jiff_sqlx::Date>> = rows.iter().map(|row| row.on_day).collect();
    let doses: Vec<Option<i16>> = rows.iter().map(|row| row.dose).collect();
    let bodies: Vec<Option<Vec<u8>>> = rows.iter().map(|row| row.body.clone()).collect();
    let hashes: Vec<Vec<u8>> = rows.iter().map(|row| row.hash.clone()).collect();
    let added = sqlx::query_scalar!(
        "insert into person_facts (tenant_id, id, person_id, kind, on_day, dose, body, source, fact_hash, import_id,
                                   entered_at, entered_by, by_unit_id)
         select $1, f.id, f.person, f.kind, f.on_day, f.dose, f.body, f.source, f.hash, $2, $3, $4, $5
         from unnest($6::uuid[], $7::uuid[], $8::text[], $9::date[], $10::smallint[], $11::bytea[], $12::text[], $13::bytea[])
              as f (id, person, kind, on_day, dose, body, source, hash)
         on conflict (tenant_id, person_id, fact_hash) where withdrawn_at is null do nothing
         returning id",
        tenant,
        import.uuid(),
        now,
        by,
        unit.uuid(),
        &ids,
        &people,
        &kinds,
        &days as _,
        &doses as _,
        &bodies as _,
        &sources,
        &hashes
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(added.into_iter().map(FactId).collect())
}

/// Takes back what still counts of a list's facts about these people.
pub(super) async fn withdraw(
    cx: &mut Cx,
    import: ImportId,
    people: &[PersonId],
) -> Result<Vec<(FactId, PersonId, Kind)>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let by = cx.actor.staff_id().or(cx.actor.on_behalf_of).map(StaffId::uuid);
    let people: Vec<Uuid> = people.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        "update person_facts set withdrawn_at = $4, withdrawn_by = $5, withdrawn_as = 'import_undone'
         where tenant_id = $1 and person_id = any($2) and import_id = $3 and withdrawn_at is null
         returning id, person_id, kind",
        tenant,
        &people,
        import.uuid(),
        now,
        by
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(|row| Ok((row.id.into(), row.person_id.into(), row.kind.parse()?))).collect()
}
