//! The streets of a list, many in one statement.

use super::listed::{Before, Known, Line};
use jiff_sqlx::ToSqlx;
use kernel::{ImportId, Result, UnitId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

/// Lists of streets take turns, so that two of them never make one stretch twice.
pub(super) async fn queue_up(cx: &mut Cx) -> Result<()> {
    let place = cx.tenant().to_string();
    sqlx::query!(r#"select pg_advisory_xact_lock(hashtextextended($1, 7705)) is null as "locked!""#, place)
        .fetch_one(cx.conn())
        .await?;
    Ok(())
}

/// What stands on record of these lines, by their place.
pub(super) async fn known(cx: &mut Cx, lines: &[Line<'_>]) -> Result<BTreeMap<usize, Known>> {
    let tenant = cx.tenant().uuid();
    let wards: Vec<Uuid> = lines.iter().map(|line| line.new.ward.uuid()).collect();
    let kinds: Vec<String> = lines.iter().map(|line| line.new.kind.as_str().to_owned()).collect();
    let searches: Vec<String> = lines.iter().map(|line| line.checked.search.clone()).collect();
    let parents: Vec<Uuid> = lines.iter().map(|line| line.parent.unwrap_or_default()).collect();
    let froms: Vec<i32> = lines.iter().map(|line| line.new.from_number.unwrap_or(0)).collect();
    let rows = sqlx::query!(
        r#"select a.place as "place!", s.id as "id!", s.name as "name!", s.to_number as "to_number?",
                  s.quarter_id as "quarter_id?", s.import_id as "import_id?", s.ended_at is not null as "ended!"
           from unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::int[]) with ordinality
                as a (ward, kind, search, parent, first, place)
           join streets s on s.tenant_id = $1 and s.ward_id = a.ward and s.kind = a.kind and s.search = a.search
                         and coalesce(s.parent_id, '00000000-0000-0000-0000-000000000000') = a.parent
                         and coalesce(s.from_number, 0) = a.first"#,
        tenant,
        &wards,
        &kinds,
        &searches,
        &parents,
        &froms
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let before = Before {
                name: row.name,
                to_number: row.to_number,
                quarter: row.quarter_id.map(UnitId),
                import: row.import_id.map(ImportId),
                ended: row.ended,
            };
            (usize::try_from(row.place - 1).unwrap_or(usize::MAX), Known { id: row.id, before })
        })
        .collect())
}

pub(super) async fn insert(cx: &mut Cx, import: ImportId, lines: &[(Uuid, &Line<'_>)]) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let ids: Vec<Uuid> = lines.iter().map(|(id, _)| *id).collect();
    let wards: Vec<Uuid> = lines.iter().map(|(_, line)| line.new.ward.uuid()).collect();
    let kinds: Vec<String> = lines.iter().map(|(_, line)| line.new.kind.as_str().to_owned()).collect();
    let names: Vec<String> = lines.iter().map(|(_, line)| line.checked.name.clone()).collect();
    let searches: Vec<String> = lines.iter().map(|(_, line)| line.checked.search.clone()).collect();
    let parents: Vec<Option<Uuid>> = lines.iter().map(|(_, line)| line.parent).collect();
    let froms: Vec<Option<i32>> = lines.iter().map(|(_, line)| line.new.from_number).collect();
    let tos: Vec<Option<i32>> = lines.iter().map(|(_, line)| line.new.to_number).collect();
    let quarters: Vec<Option<Uuid>> =
        lines.iter().map(|(_, line)| line.new.quarter.map(UnitId::uuid)).collect();
    sqlx::query!(
        "insert into streets (tenant_id, id, ward_id, kind, name, search, parent_id, from_number, to_number, quarter_id,
                              import_id, added_at)
         select $1, n.id, n.ward_id, n.kind, n.name, n.search, n.parent_id, n.from_number, n.to_number, n.quarter_id, $2, $3
         from unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::uuid[], $10::int[], $11::int[],
                     $12::uuid[])
              as n (id, ward_id, kind, name, search, parent_id, from_number, to_number, quarter_id)",
        tenant,
        import.uuid(),
        now,
        &ids,
        &wards,
        &kinds,
        &names,
        &searches,
        &parents as _,
        &froms as _,
        &tos as _,
        &quarters as _
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Stretches that are known get the spelling, the end and the quarter that are told now.
pub(super) async fn change(cx: &mut Cx, import: ImportId, lines: &[(Uuid, &Line<'_>)]) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let tenant = cx.tenant().uuid();
    let ids: Vec<Uuid> = lines.iter().map(|(id, _)| *id).collect();
    let names: Vec<String> = lines.iter().map(|(_, line)| line.checked.name.clone()).collect();
    let tos: Vec<Option<i32>> = lines.iter().map(|(_, line)| line.new.to_number).collect();
    let quarters: Vec<Option<Uuid>> =
        lines.iter().map(|(_, line)| line.new.quarter.map(UnitId::uuid)).collect();
    sqlx::query!(
        "update streets s
         set name = n.name, to_number = coalesce(n.to_number, s.to_number),
             quarter_id = coalesce(n.quarter_id, s.quarter_id), import_id = $2, ended_at = null
         from unnest($3::uuid[], $4::text[], $5::int[], $6::uuid[]) as n (id, name, to_number, quarter_id)
         where s.tenant_id = $1 and s.id = n.id",
        tenant,
        import.uuid(),
        &ids,
        &names,
        &tos as _,
        &quarters as _
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A stretch that a list made is none any more.
pub(super) async fn end(cx: &mut Cx, import: ImportId, id: Uuid) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update streets set ended_at = $4 where tenant_id = $1 and import_id = $2 and id = $3 and ended_at is null",
        tenant,
        import.uuid(),
        id,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A stretch that a list changed is what it was before; one that it had by a list which is no longer on
/// record either is none any more.
pub(super) async fn restore(cx: &mut Cx, import: ImportId, id: Uuid, before: &Before) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update streets
         set name = $4, to_number = $5, quarter_id = $6, import_id = $7,
             ended_at = case when $8 or exists (select from imports i
                                                where i.tenant_id = $1 and i.id = $7 and i.state in ('undoing', 'undone'))
                             then $9::timestamptz end
         where tenant_id = $1 and import_id = $2 and id = $3",
        tenant,
        import.uuid(),
        id,
        before.name,
        before.to_number,
        before.quarter.map(UnitId::uuid),
        before.import.map(ImportId::uuid),
        before.ended,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
