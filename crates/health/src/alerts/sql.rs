use super::{
    model::{Ended, Grade, Law, Verdict},
    raise::Of,
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{AlertId, CaseId, Error, HouseholdId, MatterId, PersonId, Result, StaffId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

pub(super) const ALERTS: &str = "alerts";

/// An alert as its household's page shows it.
#[derive(Clone, Debug)]
pub struct Alert {
    pub id: AlertId,
    pub household: HouseholdId,
    pub person: PersonId,
    pub grade: Grade,
    /// Words of symptoms, or of the reading that raised it ("spo2", "respiratory_rate").
    pub signs: Vec<String>,
    pub rule_version: i32,
    pub raised_at: Timestamp,
    pub matter: Option<MatterId>,
}

pub(super) struct NewAlert<'a> {
    pub id: AlertId,
    pub of: &'a Of<'a>,
    pub verdict: &'a Verdict,
    pub law: &'a Law,
    pub matter: Option<MatterId>,
}

pub(super) async fn insert(cx: &mut Cx, new: &NewAlert<'_>) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let signs: Vec<String> = new.verdict.signs.iter().map(|sign| (*sign).to_owned()).collect();
    sqlx::query!(
        "insert into alerts (tenant_id, id, household_id, person_id, ward_id, case_id, grade, signs, rule_code, rule_version,
                             raised_at, raised_on, matter_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        tenant,
        new.id.uuid(),
        new.of.home.id.uuid(),
        new.of.person.uuid(),
        new.of.home.ward.uuid(),
        new.of.case.map(CaseId::uuid),
        new.verdict.grade.as_str(),
        &signs,
        new.law.code(),
        new.law.version(),
        now,
        new.law.day.to_sqlx(),
        new.matter.map(MatterId::uuid)
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn set_matter(cx: &mut Cx, id: AlertId, matter: Option<MatterId>) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update alerts set matter_id = $3 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        matter.map(MatterId::uuid)
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The newest matter that rings for a person and whose alerts nobody has ended, with all the signs
/// of which it knows.
pub(super) async fn ringing(cx: &mut Cx, person: PersonId) -> Result<Option<(MatterId, Vec<String>)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select matter_id as "matter!", signs from alerts
           where tenant_id = $1 and person_id = $2 and matter_id is not null and ended_at is null
           order by matter_id desc, id"#,
        tenant,
        person.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    let Some(newest) = rows.first().map(|row| row.matter) else { return Ok(None) };
    let signs = rows.into_iter().filter(|row| row.matter == newest).flat_map(|row| row.signs).collect();
    Ok(Some((MatterId(newest), signs)))
}

/// The matter that rings for an alert; none for what waits on the morning list.
pub(crate) async fn matter_of(cx: &mut Cx, id: AlertId) -> Result<Option<MatterId>> {
    let tenant = cx.tenant().uuid();
    let matter = sqlx::query_scalar!(
        "select matter_id from alerts where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(matter.flatten().map(MatterId))
}

/// The household of an alert; where that has become one with another, the one that stays.
pub(crate) async fn household_of(cx: &mut Cx, id: AlertId) -> Result<HouseholdId> {
    let tenant = cx.tenant().uuid();
    let household = sqlx::query_scalar!(
        r#"select coalesce(h.joined_into, h.id) as "household!" from alerts a
           join households h on h.tenant_id = a.tenant_id and h.id = a.household_id
           where a.tenant_id = $1 and a.id = $2"#,
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(household.into())
}

/// Alerts of these households that nobody has ended, worst first.
pub(crate) async fn open_of_households(cx: &mut Cx, homes: &[HouseholdId]) -> Result<Vec<Alert>> {
    let (tenant, ids) = (cx.tenant().uuid(), homes.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select id, household_id, person_id, grade, signs, rule_version, raised_at, matter_id from alerts
         where tenant_id = $1 and household_id = any($2) and ended_at is null
         order by (grade <> 'emergency'), raised_at desc",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Alert {
                id: row.id.into(),
                household: row.household_id.into(),
                person: row.person_id.into(),
                grade: row.grade.parse()?,
                signs: row.signs,
                rule_version: row.rule_version,
                raised_at: row.raised_at.to_jiff(),
                matter: row.matter_id.map(MatterId),
            })
        })
        .collect()
}

/// The worst alert of each person that nobody has ended.
pub(crate) async fn worst(cx: &mut Cx, people: &[PersonId]) -> Result<BTreeMap<PersonId, Grade>> {
    let (tenant, ids) = (cx.tenant().uuid(), people.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select distinct on (person_id) person_id, grade from alerts
         where tenant_id = $1 and person_id = any($2) and ended_at is null
         order by person_id, (grade <> 'emergency')",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(|row| Ok((row.person_id.into(), row.grade.parse()?))).collect()
}

/// An alert, locked: its household, its person, and whether it is over.
pub(super) async fn lock(cx: &mut Cx, id: AlertId) -> Result<(HouseholdId, PersonId, bool)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select household_id, person_id, ended_at from alerts where tenant_id = $1 and id = $2 for update",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok((row.household_id.into(), row.person_id.into(), row.ended_at.is_some()))
}

/// An alert that has ended, and the matter that rang for it.
pub(super) struct Over {
    pub id: Uuid,
    pub matter: Option<MatterId>,
}

/// Ends an alert and, with it, the earlier ones of the same person that are no worse, which it
/// answers too.
pub(super) async fn end(cx: &mut Cx, id: AlertId, ended: Ended, note: &str) -> Result<Vec<Over>> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let sealed = (!note.is_empty()).then(|| cx.seal(ALERTS, id.uuid(), "note", note)).transpose()?;
    let rows = sqlx::query!(
        "update alerts a
         set ended_at = $3, ended_by = $4, ended_as = case when a.id = $2 then $5 else 'superseded' end,
             note = case when a.id = $2 then $6::bytea end
         from alerts one
         where one.tenant_id = $1 and one.id = $2 and a.tenant_id = $1 and a.person_id = one.person_id
           and a.ended_at is null
           and (a.id = one.id
                or a.raised_at <= one.raised_at and (one.grade = 'emergency' or a.grade <> 'emergency'))
         returning a.id, a.matter_id",
        tenant,
        id.uuid(),
        now,
        by,
        ended.as_str(),
        sealed
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| Over { id: row.id, matter: row.matter_id.map(MatterId) }).collect())
}

/// Ends what is still open of somebody who is followed no more; how many.
pub(crate) async fn supersede(cx: &mut Cx, person: PersonId) -> Result<u64> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let ended = sqlx::query!(
        "update alerts set ended_at = $3, ended_by = $4, ended_as = 'superseded'
         where tenant_id = $1 and person_id = $2 and ended_at is null",
        tenant,
        person.uuid(),
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(ended.rows_affected())
}

/// What is still open of a household goes with its people into the other.
pub(crate) async fn move_open(cx: &mut Cx, from: HouseholdId, into: HouseholdId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update alerts set household_id = $3 where tenant_id = $1 and household_id = $2 and ended_at is null",
        tenant,
        from.uuid(),
        into.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
