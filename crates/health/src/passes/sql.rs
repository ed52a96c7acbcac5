//! The passes themselves.

use super::model::{Cause, Illness, Number, Reason, Standing, Whose};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{CaseId, Error, OrganisationId, PassId, PersonId, Result, SecretCode, StaffId, UnitId};
use pass::{Force, Kind, StatusPlace};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

const PASSES: &str = "passes";
const KEY: &str = "pass_key";

/// A pass as it is kept.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub id: PassId,
    pub number: Number,
    pub whose: Whose,
    pub ward: Option<UnitId>,
    pub place: StatusPlace,
    pub issued_at: Timestamp,
    /// What has turned it back.
    pub suspended: Option<Cause>,
    pub revoked: Option<Reason>,
    pub revoked_at: Option<Timestamp>,
    pub replaced_by: Option<PassId>,
}

impl Kept {
    pub fn standing(&self) -> Standing {
        Standing::of(self.suspended.is_some(), self.revoked)
    }
}

/// A row of `passes` as every statement here reads it.
pub(super) struct Row {
    pub id: Uuid,
    pub number: Vec<u8>,
    pub kind: i16,
    pub force: i16,
    pub person_id: Option<Uuid>,
    pub household_id: Option<Uuid>,
    pub unit_id: Option<Uuid>,
    pub organisation_id: Option<Uuid>,
    pub ward_id: Option<Uuid>,
    pub people: Option<i32>,
    pub list: i64,
    pub place: i32,
    pub issued_at: jiff_sqlx::Timestamp,
    pub suspended_by: Option<String>,
    pub suspended_for: Option<Uuid>,
    pub revoked_at: Option<jiff_sqlx::Timestamp>,
    pub revoked_as: Option<String>,
    pub replaced_by: Option<Uuid>,
}

impl TryFrom<Row> for Kept {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let strange = || Error::internal(format!("pass {} is of no kind", row.id));
        let kind = u64::try_from(row.kind).ok().and_then(|kind| Kind::of(kind).ok()).ok_or_else(strange)?;
        let person = row.person_id.map(PersonId);
        let organisation = row.organisation_id.map(OrganisationId);
        let force = || u64::try_from(row.force).ok().and_then(|force| Force::of(force).ok());
        let whose = match kind {
            Kind::Person => person.map(Whose::Person),
            Kind::Force => {
                force().zip(person).map(|(force, person)| Whose::Force { force, person, organisation })
            }
            Kind::Household => row.household_id.map(|id| Whose::Household(id.into())),
            Kind::Neighbourhood => row.unit_id.map(|id| Whose::Neighbourhood(id.into())),
            Kind::Business => organisation.map(|organisation| Whose::Business {
                organisation,
                people: row.people.and_then(|people| u32::try_from(people).ok()),
            }),
        };
        let (list, index) = (u64::try_from(row.list), u64::try_from(row.place));
        Ok(Self {
            id: row.id.into(),
            number: row.number.as_slice().try_into().map_err(|_| strange())?,
            whose: whose.ok_or_else(strange)?,
            ward: row.ward_id.map(UnitId),
            place: StatusPlace { list: list.map_err(|_| strange())?, index: index.map_err(|_| strange())? },
            issued_at: row.issued_at.to_jiff(),
            suspended: row
                .suspended_by
                .zip(row.suspended_for)
                .map(|(word, id)| Cause::read(&word, id))
                .transpose()?,
            revoked: row.revoked_as.as_deref().map(str::parse).transpose()?,
            revoked_at: row.revoked_at.map(jiff_sqlx::Timestamp::to_jiff),
            replaced_by: row.replaced_by.map(PassId),
        })
    }
}

/// A pass on its way into the table.
pub(super) struct NewRow {
    pub id: PassId,
    pub number: Number,
    pub whose: Whose,
    pub ward: Option<UnitId>,
    pub place: StatusPlace,
    pub key: SecretCode,
    /// What turns it back from the first moment.
    pub suspended: Option<Cause>,
}

/// Writes passes; those that were written. A holder who has one of the kind already keeps that.
pub(super) async fn insert(cx: &mut Cx, new: &[NewRow]) -> Result<Vec<PassId>> {
    let n = new.len();
    let (mut ids, mut numbers) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let (mut kinds, mut forces) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let (mut people, mut homes, mut units) =
        (Vec::with_capacity(n), Vec::with_capacity(n), Vec::with_capacity(n));
    let (mut organisations, mut wards, mut most) =
        (Vec::with_capacity(n), Vec::with_capacity(n), Vec::with_capacity(n));
    let (mut lists, mut places) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let (mut indexes, mut keys) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let (mut words, mut causes) = (Vec::with_capacity(n), Vec::with_capacity(n));
    for row in new {
        ids.push(row.id.uuid());
        numbers.push(row.number.to_vec());
        kinds.push(i16::from(row.whose.kind().number()));
        forces.push(row.whose.force().map_or(0, |force| i16::from(force.number())));
        people.push(row.whose.person().map(PersonId::uuid));
        let (mut home, mut unit, mut organisation, mut inside) = (None, None, None, None);
        match row.whose {
            Whose::Person(_) => {}
            Whose::Force { organisation: of, .. } => organisation = of.map(OrganisationId::uuid),
            Whose::Household(id) => home = Some(id.uuid()),
            Whose::Neighbourhood(id) => unit = Some(id.uuid()),
            Whose::Business { organisation: of, people } => {
                organisation = Some(of.uuid());
                inside = people.and_then(|people| i32::try_from(people).ok());
            }
        }
        homes.push(home);
        units.push(unit);
        organisations.push(organisation);
        most.push(inside);
        wards.push(row.ward.map(UnitId::uuid));
        lists.push(i64::try_from(row.place.list).map_err(Error::internal)?);
        places.push(i32::try_from(row.place.index).map_err(Error::internal)?);
        indexes.push(cx.blind(KEY, row.key.canonical())?);
        keys.push(cx.seal(PASSES, row.id.uuid(), "key", row.key.canonical())?);
        words.push(row.suspended.map(|cause| cause.word().to_owned()));
        causes.push(row.suspended.map(Cause::id));
    }
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let written = sqlx::query_scalar!(
        "insert into passes (tenant_id, id, number, kind, force, person_id, household_id, unit_id, organisation_id,
                             ward_id, people, list, place, key_index, key, issued_at, issued_by, suspended_by,
                             suspended_for, suspended_at)
         select $1, id, number, kind, force, person_id, household_id, unit_id, organisation_id, ward_id, people, list,
                place, key_index, key, $2::timestamptz, $3, suspended_by, suspended_for,
                case when suspended_for is not null then $2::timestamptz end
         from unnest($4::uuid[], $5::bytea[], $6::smallint[], $7::smallint[], $8::uuid[], $9::uuid[], $10::uuid[],
                     $11::uuid[], $12::uuid[], $13::integer[], $14::bigint[], $15::integer[], $16::bytea[], $17::bytea[],
                     $18::text[], $19::uuid[])
              as n (id, number, kind, force, person_id, household_id, unit_id, organisation_id, ward_id, people, list,
                    place, key_index, key, suspended_by, suspended_for)
         on conflict do nothing
         returning id",
        tenant,
        now,
        by,
        &ids,
        &numbers,
        &kinds,
        &forces,
        &people as _,
        &homes as _,
        &units as _,
        &organisations as _,
        &wards as _,
        &most as _,
        &lists,
        &places,
        &indexes,
        &keys,
        &words as _,
        &causes as _
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(written.into_iter().map(PassId).collect())
}

/// The passes that hold of any of these holders: by person, household, neighbourhood, business.
pub(super) async fn live(
    cx: &mut Cx,
    people: &[Uuid],
    homes: &[Uuid],
    units: &[Uuid],
    businesses: &[Uuid],
) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select id, number, kind, force, person_id, household_id, unit_id, organisation_id, ward_id, people, list, place,
                issued_at, suspended_by, suspended_for, revoked_at, revoked_as, replaced_by
         from passes
         where tenant_id = $1 and revoked_at is null
           and (person_id = any($2) or household_id = any($3) or unit_id = any($4)
                or (kind = 3 and organisation_id = any($5)))
         order by id",
        tenant,
        people,
        homes,
        units,
        businesses
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// These passes, in no order.
pub(super) async fn kept_all(cx: &mut Cx, ids: &[PassId]) -> Result<Vec<Kept>> {
    let (tenant, ids) = (cx.tenant().uuid(), ids.iter().map(|id| id.uuid()).collect::<Vec<_>>());
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
    rows.into_iter().map(Kept::try_from).collect()
}

pub(super) async fn kept(cx: &mut Cx, id: PassId) -> Result<Kept> {
    kept_all(cx, &[id]).await?.pop().ok_or(Error::NotFound)
}

/// The same, and nobody else changes it meanwhile.
pub(super) async fn lock(cx: &mut Cx, id: PassId) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    sqlx::query!("select id from passes where tenant_id = $1 and id = $2 for update", tenant, id.uuid())
        .fetch_optional(cx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    kept(cx, id).await
}

/// What opens the page of a pass.
pub(super) async fn key(cx: &mut Cx, id: PassId) -> Result<SecretCode> {
    let tenant = cx.tenant().uuid();
    let sealed =
        sqlx::query_scalar!("select key from passes where tenant_id = $1 and id = $2", tenant, id.uuid())
            .fetch_optional(cx.conn())
            .await?
            .ok_or(Error::NotFound)?;
    SecretCode::parse(&cx.open(PASSES, id.uuid(), "key", &sealed)?)
}

pub(super) async fn by_key(cx: &mut Cx, key: &SecretCode) -> Result<PassId> {
    let (tenant, index) = (cx.tenant().uuid(), cx.blind(KEY, key.canonical())?);
    let id =
        sqlx::query_scalar!("select id from passes where tenant_id = $1 and key_index = $2", tenant, index)
            .fetch_optional(cx.conn())
            .await?;
    id.map(PassId).ok_or(Error::NotFound)
}

/// Takes a pass back for good.
pub(super) async fn revoke(cx: &mut Cx, id: PassId, reason: Reason) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "update passes set revoked_at = $3, revoked_by = $4, revoked_as = $5
         where tenant_id = $1 and id = $2 and revoked_at is null",
        tenant,
        id.uuid(),
        now,
        by,
        reason.as_str()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn set_replaced(cx: &mut Cx, id: PassId, by: PassId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update passes set replaced_by = $3 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        by.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A pass that was taken back because its record was joined with another holds again.
pub(super) async fn stand_again(cx: &mut Cx, id: PassId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update passes set revoked_at = null, revoked_by = null, revoked_as = null, replaced_by = null
         where tenant_id = $1 and id = $2 and revoked_as = 'merged'",
        tenant,
        id.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Passes of these records that were taken back when they were joined with another.
pub(super) async fn merged_of(cx: &mut Cx, records: &[Uuid]) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select id, number, kind, force, person_id, household_id, unit_id, organisation_id, ward_id, people, list, place,
                issued_at, suspended_by, suspended_for, revoked_at, revoked_as, replaced_by
         from passes
         where tenant_id = $1 and person_id = any($2) and revoked_as = 'merged' order by id desc",
        tenant,
        records
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// Turns passes back, or good again; those that turned, or are turned back by something else from now on.
pub(super) async fn turn(cx: &mut Cx, ids: &[PassId], cause: Option<Cause>) -> Result<Vec<PassId>> {
    let (tenant, ids) = (cx.tenant().uuid(), ids.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let now = cx.now().to_sqlx();
    let turned = sqlx::query_scalar!(
        "update passes
         set suspended_at = case when $4::uuid is not null then coalesce(suspended_at, $5::timestamptz) end,
             suspended_by = $3, suspended_for = $4
         where tenant_id = $1 and id = any($2) and revoked_at is null
           and (suspended_by, suspended_for) is distinct from ($3::text, $4::uuid)
         returning id",
        tenant,
        &ids,
        cause.map(Cause::word),
        cause.map(Cause::id),
        now
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(turned.into_iter().map(PassId).collect())
}

/// By which cases the passes of these people and households were turned back, the latest first: those that were
/// replaced or revoked meanwhile too. What else turned one back has ended with it; which of the cases is open still is
/// the caller's to ask.
pub(super) async fn held_back(
    cx: &mut Cx,
    people: &[Uuid],
    homes: &[Uuid],
) -> Result<BTreeMap<Uuid, Vec<CaseId>>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select holder as "holder!", suspended_for as "case!"
           from (select person_id as holder, suspended_for, suspended_at from passes
                 where tenant_id = $1 and person_id = any($2) and suspended_by = 'case'
                 union all
                 select household_id, suspended_for, suspended_at from passes
                 where tenant_id = $1 and household_id = any($3) and suspended_by = 'case') t
           order by holder, suspended_at desc, suspended_for"#,
        tenant,
        people,
        homes
    )
    .fetch_all(cx.conn())
    .await?;
    let mut held: BTreeMap<Uuid, Vec<CaseId>> = BTreeMap::new();
    for row in rows {
        held.entry(row.holder).or_default().push(row.case.into());
    }
    Ok(held)
}

/// The cases of these records, as far as they turn passes.
pub(super) async fn illnesses(
    cx: &mut Cx,
    records: &[Uuid],
    since: Timestamp,
) -> Result<BTreeMap<PersonId, Vec<Illness>>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select id, person_id, outcome, reported_at, same_as,
                  (classification = 'confirmed' and withdrawn_at is null and same_as is null) as "confirmed!"
           from cases where tenant_id = $1 and person_id = any($2) order by reported_at, id"#,
        tenant,
        records
    )
    .fetch_all(cx.conn())
    .await?;
    let mut illnesses: BTreeMap<PersonId, Vec<Illness>> = BTreeMap::new();
    for row in rows {
        illnesses.entry(row.person_id.into()).or_default().push(Illness {
            case: row.id.into(),
            confirmed: row.confirmed,
            runs: row.reported_at.to_jiff() >= since,
            ending: row.outcome.as_deref().map(str::parse).transpose()?,
            same_as: row.same_as.map(CaseId),
        });
    }
    Ok(illnesses)
}

/// A ward has passed into another: its passes are the other's.
pub(super) async fn follow_ward(cx: &mut Cx, from: UnitId, to: UnitId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update passes set ward_id = $3 where tenant_id = $1 and ward_id = $2",
        tenant,
        from.uuid(),
        to.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
