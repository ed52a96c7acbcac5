//! Cases of people who were on record twice.

use super::{model::Classification, sql::Listed};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{CaseId, Error, ImportId, MatterId, PersonId, Result, UnitId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

/// A case as joining looks at it.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub id: CaseId,
    pub person: PersonId,
    pub ward: UnitId,
    pub classification: Classification,
    pub confirmed_on: Option<Date>,
    pub reported_at: Timestamp,
    pub same_as: Option<CaseId>,
}

struct Row {
    id: Uuid,
    person_id: Uuid,
    ward_id: Uuid,
    classification: String,
    confirmed_on: Option<jiff_sqlx::Date>,
    reported_at: jiff_sqlx::Timestamp,
    same_as: Option<Uuid>,
}

impl TryFrom<Row> for Standing {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            person: row.person_id.into(),
            ward: row.ward_id.into(),
            classification: row.classification.parse()?,
            confirmed_on: row.confirmed_on.map(jiff_sqlx::Date::to_jiff),
            reported_at: row.reported_at.to_jiff(),
            same_as: row.same_as.map(CaseId),
        })
    }
}

/// The cases of these records that count, in the order of their reports; locked.
pub(super) async fn of_records(cx: &mut Cx, people: &[Uuid]) -> Result<Vec<Standing>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select id, person_id, ward_id, classification, confirmed_on, reported_at, same_as from cases
         where tenant_id = $1 and person_id = any($2) and classification <> 'not_a_case' and withdrawn_at is null
           and same_as is null
         order by reported_at, id for update",
        tenant,
        people
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Standing::try_from).collect()
}

/// Cases of one side that count with a case of the other; locked.
pub(super) async fn joined_across(cx: &mut Cx, theirs: &[Uuid], his: &[Uuid]) -> Result<Vec<Standing>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select c.id, c.person_id, c.ward_id, c.classification, c.confirmed_on, c.reported_at, c.same_as from cases c
         join cases k on k.tenant_id = c.tenant_id and k.id = c.same_as
         where c.tenant_id = $1 and ((c.person_id = any($2) and k.person_id = any($3))
                                     or (c.person_id = any($3) and k.person_id = any($2)))
         order by c.id for update of c",
        tenant,
        theirs,
        his
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Standing::try_from).collect()
}

/// Cases of a list that count with another, and those that count with one of the list; locked.
pub(super) async fn joined_by(cx: &mut Cx, import: ImportId) -> Result<Vec<Standing>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select c.id, c.person_id, c.ward_id, c.classification, c.confirmed_on, c.reported_at, c.same_as from cases c
         join cases k on k.tenant_id = c.tenant_id and k.id = c.same_as
         where c.tenant_id = $1
           and (c.import_id = $2 or c.confirmed_import_id = $2 or k.import_id = $2 or k.confirmed_import_id = $2)
         order by c.id for update of c",
        tenant,
        import.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Standing::try_from).collect()
}

pub(super) async fn join(cx: &mut Cx, joined: CaseId, kept: CaseId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update cases set same_as = $3 where tenant_id = $1 and id = $2",
        tenant,
        joined.uuid(),
        kept.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn stand_again(cx: &mut Cx, cases: &[CaseId]) -> Result<()> {
    let (tenant, cases) = (cx.tenant().uuid(), cases.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    sqlx::query!("update cases set same_as = null where tenant_id = $1 and id = any($2)", tenant, &cases)
        .execute(cx.conn())
        .await?;
    Ok(())
}

/// The newest case of each of these records that was reported since then and has not turned out to be none.
pub(super) async fn running_of(
    cx: &mut Cx,
    people: &[PersonId],
    since: Timestamp,
) -> Result<BTreeMap<PersonId, CaseId>> {
    let (tenant, ids) = (cx.tenant().uuid(), people.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select person_id, id from cases
         where tenant_id = $1 and person_id = any($2) and reported_at >= $3 and classification <> 'not_a_case'
           and withdrawn_at is null
         order by reported_at, id",
        tenant,
        &ids,
        since.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.person_id.into(), row.id.into())).collect())
}

/// Every case of these records, newest first.
pub(super) async fn of_people(cx: &mut Cx, people: &[Uuid]) -> Result<Vec<Listed>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, person_id, ward_id, classification, care, basis, reported_at, matter_id from cases
         where tenant_id = $1 and person_id = any($2) and withdrawn_at is null
         order by reported_at desc, id desc limit 50",
        tenant,
        people
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Listed {
                id: row.id.into(),
                person: row.person_id.into(),
                ward: row.ward_id.into(),
                classification: row.classification.parse()?,
                care: row.care.parse()?,
                basis: row.basis.parse()?,
                reported_at: row.reported_at.to_jiff(),
                matter: row.matter_id.map(MatterId),
            })
        })
        .collect()
}
