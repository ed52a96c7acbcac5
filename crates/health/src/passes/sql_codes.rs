//! Twelve digits and the pass they lead to.

use super::sql::{Kept, Row};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Error, PassId, PersonId, Result, StaffId};
use pass::Code;
use sqlx::types::Uuid;
use std::collections::{BTreeMap, HashMap};
use store::Cx;

const CODES: &str = "pass_codes";
/// Under which codes are hashed: a gate that keeps a code by its hash keeps it under this.
pub const INDEX: &str = "pass_code";

/// Writes codes for passes; those that were written. A code that somebody holds already is not, and a pass
/// that has one keeps it.
pub(super) async fn insert(cx: &mut Cx, new: &[(PassId, Code)]) -> Result<Vec<PassId>> {
    let n = new.len();
    let (mut ids, mut passes) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let (mut indexes, mut sealed) = (Vec::with_capacity(n), Vec::with_capacity(n));
    for (pass, code) in new {
        let (id, digits) = (cx.id::<Uuid>(), code.to_string());
        ids.push(id);
        passes.push(pass.uuid());
        indexes.push(cx.blind(INDEX, &digits)?);
        sealed.push(cx.seal(CODES, id, "code", &digits)?);
    }
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let written = sqlx::query_scalar!(
        "insert into pass_codes (tenant_id, id, pass_id, code_index, code, made_at, made_by)
         select $1, id, pass_id, code_index, code, $2, $3
         from unnest($4::uuid[], $5::uuid[], $6::bytea[], $7::bytea[]) as n (id, pass_id, code_index, code)
         on conflict do nothing
         returning pass_id",
        tenant,
        now,
        by,
        &ids,
        &passes,
        &indexes,
        &sealed
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(written.into_iter().map(PassId).collect())
}

/// The codes of these passes, and when each was last sent.
pub(super) async fn of(
    cx: &mut Cx,
    passes: &[PassId],
) -> Result<BTreeMap<PassId, (Code, Option<Timestamp>)>> {
    let (tenant, ids) = (cx.tenant().uuid(), passes.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select id, pass_id, code, sent_at from pass_codes where tenant_id = $1 and pass_id = any($2)",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let code = opened(cx, row.id, &row.code)?;
            Ok((row.pass_id.into(), (code, row.sent_at.map(jiff_sqlx::Timestamp::to_jiff))))
        })
        .collect()
}

fn opened(cx: &Cx, id: Uuid, sealed: &[u8]) -> Result<Code> {
    Code::parse(&cx.open(CODES, id, "code", sealed)?).map_err(Error::internal)
}

pub(super) async fn set_sent(cx: &mut Cx, pass: PassId) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update pass_codes set sent_at = $3 where tenant_id = $1 and pass_id = $2",
        tenant,
        pass.uuid(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Every code whose pass was not taken back for good, in the order of the passes.
pub(super) async fn live(cx: &mut Cx) -> Result<Vec<(PassId, Code)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select c.id, c.pass_id, c.code from pass_codes c
         join passes p on p.tenant_id = c.tenant_id and p.id = c.pass_id and p.revoked_at is null
         where c.tenant_id = $1 order by c.pass_id",
        tenant
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(|row| Ok((row.pass_id.into(), opened(cx, row.id, &row.code)?))).collect()
}

/// The passes of these codes. A code that is nobody's costs as much as one that is somebody's: one hash,
/// one look into one index.
pub(super) async fn named(cx: &mut Cx, codes: &[Code]) -> Result<HashMap<Code, Kept>> {
    let mut by_index = HashMap::with_capacity(codes.len());
    for code in codes {
        by_index.insert(cx.blind(INDEX, &code.to_string())?, *code);
    }
    let indexes: Vec<Vec<u8>> = by_index.keys().cloned().collect();
    let found = of_indexes(cx, &indexes).await?;
    Ok(found.into_iter().filter_map(|(index, kept)| Some((*by_index.get(&index)?, kept))).collect())
}

/// The passes of codes by their hashes.
pub(super) async fn of_indexes(cx: &mut Cx, indexes: &[Vec<u8>]) -> Result<HashMap<Vec<u8>, Kept>> {
    let tenant = cx.tenant().uuid();
    let found = sqlx::query!(
        "select code_index, pass_id from pass_codes where tenant_id = $1 and code_index = any($2)",
        tenant,
        indexes
    )
    .fetch_all(cx.conn())
    .await?;
    let ids: Vec<Uuid> = found.iter().map(|row| row.pass_id).collect();
    let rows = sqlx::query_as!(
        Row,
        "select id, number, kind, force, person_id, household_id, unit_id, organisation_id, ward_id, people, list, place,
                issued_at, suspended_by, suspended_for, revoked_at, revoked_as, replaced_by
         from passes where tenant_id = $1 and id = any($2)",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    let mut passes: HashMap<Uuid, Kept> = HashMap::with_capacity(rows.len());
    for row in rows {
        passes.insert(row.id, row.try_into()?);
    }
    Ok(found.into_iter().filter_map(|row| Some((row.code_index, passes.remove(&row.pass_id)?))).collect())
}

/// The numbers of every pass of a person, taken back or not, each with the hash of its code.
pub(super) async fn marks_of_person(
    cx: &mut Cx,
    person: PersonId,
) -> Result<Vec<(super::Number, Option<Vec<u8>>)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select p.number, c.code_index as "code_index?"
           from passes p left join pass_codes c on c.tenant_id = p.tenant_id and c.pass_id = p.id
           where p.tenant_id = $1 and p.person_id = $2 order by p.id"#,
        tenant,
        person.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let number =
                row.number.try_into().map_err(|_| Error::internal("a pass's number has eight bytes"))?;
            Ok((number, row.code_index))
        })
        .collect()
}
