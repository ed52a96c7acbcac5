use super::model::{Ended, Reason, State, Step, Vehicle};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{AlertId, CaseId, Error, HouseholdId, PersonId, RemovalId, Result, StaffId, UnitId};
use sqlx::types::Uuid;
use store::Cx;

const REMOVALS: &str = "removals";

/// A removal as it lies in its row.
#[derive(Clone, Debug)]
pub struct Kept {
    pub id: RemovalId,
    pub household: HouseholdId,
    pub person: PersonId,
    pub case: Option<CaseId>,
    pub alert: Option<AlertId>,
    pub reason: Reason,
    pub vehicle: Option<Vehicle>,
    pub to_unit: Option<UnitId>,
    /// A house outside the district.
    pub to_name: Option<String>,
    pub asked_at: Timestamp,
    pub asked_by: Option<StaffId>,
    pub state: State,
    refused_why: Option<Vec<u8>>,
    pub oxygen_from: Option<Timestamp>,
    /// Tenths of a litre a minute.
    pub oxygen_litres_tenths: Option<i16>,
}

impl Kept {
    pub(super) fn refused_why(&self, cx: &Cx) -> Result<Option<String>> {
        let why = self.refused_why.as_deref();
        why.map(|sealed| cx.open(REMOVALS, self.id.uuid(), "refused_why", sealed)).transpose()
    }
}

struct Row {
    id: Uuid,
    household_id: Uuid,
    person_id: Uuid,
    case_id: Option<Uuid>,
    alert_id: Option<Uuid>,
    reason: String,
    vehicle: Option<String>,
    to_unit_id: Option<Uuid>,
    to_name: Option<String>,
    asked_at: jiff_sqlx::Timestamp,
    asked_by: Option<Uuid>,
    called_at: Option<jiff_sqlx::Timestamp>,
    left_at: Option<jiff_sqlx::Timestamp>,
    arrived_at: Option<jiff_sqlx::Timestamp>,
    refused_at: Option<jiff_sqlx::Timestamp>,
    refused_why: Option<Vec<u8>>,
    oxygen_from: Option<jiff_sqlx::Timestamp>,
    oxygen_litres_tenths: Option<i16>,
    ended_as: Option<String>,
}

impl TryFrom<Row> for Kept {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let at = |at: Option<jiff_sqlx::Timestamp>| at.map(jiff_sqlx::Timestamp::to_jiff);
        Ok(Self {
            id: row.id.into(),
            household: row.household_id.into(),
            person: row.person_id.into(),
            case: row.case_id.map(CaseId),
            alert: row.alert_id.map(AlertId),
            reason: row.reason.parse()?,
            vehicle: row.vehicle.as_deref().map(str::parse).transpose()?,
            to_unit: row.to_unit_id.map(UnitId),
            to_name: row.to_name,
            asked_at: row.asked_at.to_jiff(),
            asked_by: row.asked_by.map(StaffId),
            state: State {
                called_at: at(row.called_at),
                left_at: at(row.left_at),
                arrived_at: at(row.arrived_at),
                refused_at: at(row.refused_at),
                ended: row.ended_as.as_deref().map(str::parse).transpose()?,
            },
            refused_why: row.refused_why,
            oxygen_from: at(row.oxygen_from),
            oxygen_litres_tenths: row.oxygen_litres_tenths,
        })
    }
}

/// A removal about to be written.
pub(super) struct NewRow {
    pub id: RemovalId,
    pub household: HouseholdId,
    pub person: PersonId,
    pub case: Option<CaseId>,
    pub alert: Option<AlertId>,
    pub reason: Reason,
    pub vehicle: Option<Vehicle>,
    pub to_unit: Option<UnitId>,
    pub to_name: Option<String>,
}

/// Writes it; false when one of this person is under way.
pub(super) async fn insert(cx: &mut Cx, new: &NewRow) -> Result<bool> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let added = sqlx::query!(
        "insert into removals (tenant_id, id, household_id, person_id, case_id, alert_id, reason, vehicle, to_unit_id, to_name,
                               asked_at, asked_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (tenant_id, person_id) where ended_as is null and refused_at is null do nothing",
        tenant,
        new.id.uuid(),
        new.household.uuid(),
        new.person.uuid(),
        new.case.map(CaseId::uuid),
        new.alert.map(AlertId::uuid),
        new.reason.as_str(),
        new.vehicle.map(Vehicle::as_str),
        new.to_unit.map(UnitId::uuid),
        new.to_name,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(added.rows_affected() == 1)
}

pub(super) async fn find(cx: &mut Cx, id: RemovalId) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        r#"select r.id, coalesce(h.joined_into, r.household_id) as "household_id!", r.person_id, r.case_id, r.alert_id,
                  r.reason, r.vehicle, r.to_unit_id, r.to_name, r.asked_at, r.asked_by, r.called_at, r.left_at, r.arrived_at,
                  r.refused_at, r.refused_why, r.oxygen_from, r.oxygen_litres_tenths, r.ended_as
           from removals r join households h on h.tenant_id = r.tenant_id and h.id = r.household_id
           where r.tenant_id = $1 and r.id = $2"#,
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?
    .try_into()
}

/// Those under way, the oldest first.
pub(super) async fn open(cx: &mut Cx, answering: Option<&[Uuid]>, limit: i64) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        r#"select r.id, h.id as household_id, r.person_id, r.case_id, r.alert_id, r.reason, r.vehicle, r.to_unit_id,
                  r.to_name, r.asked_at, r.asked_by, r.called_at, r.left_at, r.arrived_at, r.refused_at, r.refused_why,
                  r.oxygen_from, r.oxygen_litres_tenths, r.ended_as
           from removals r
           join households own on own.tenant_id = r.tenant_id and own.id = r.household_id
           join households h on h.tenant_id = own.tenant_id and h.id = coalesce(own.joined_into, own.id)
           where r.tenant_id = $1 and r.ended_as is null and r.refused_at is null
             and ($2::uuid[] is null or h.ward_id = any($2) or h.station_id = any($2) or h.mobile_station_id = any($2)
                  or h.care_team_id = any($2))
           order by r.asked_at, r.id limit $3"#,
        tenant,
        answering,
        limit
    )
    .fetch_all(cx.conn())
    .await?
    .into_iter()
    .map(Kept::try_from)
    .collect()
}

/// All of a household and of those that have become one with it, the newest first.
pub(super) async fn of_household(cx: &mut Cx, home: HouseholdId) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        r#"select r.id, coalesce(h.joined_into, r.household_id) as "household_id!", r.person_id, r.case_id, r.alert_id,
                  r.reason, r.vehicle, r.to_unit_id, r.to_name, r.asked_at, r.asked_by, r.called_at, r.left_at, r.arrived_at,
                  r.refused_at, r.refused_why, r.oxygen_from, r.oxygen_litres_tenths, r.ended_as
           from households h join removals r on r.tenant_id = h.tenant_id and r.household_id = h.id
           where h.tenant_id = $1 and (h.id = $2 or h.joined_into = $2)
           order by r.asked_at desc, r.id"#,
        tenant,
        home.uuid()
    )
    .fetch_all(cx.conn())
    .await?
    .into_iter()
    .map(Kept::try_from)
    .collect()
}

pub(super) async fn step(cx: &mut Cx, id: RemovalId, step: Step) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update removals
         set called_at = case when $3 = 'called' then $4 else called_at end, left_at = case when $3 = 'left' then $4 else left_at end,
             arrived_at = case when $3 = 'arrived' then $4 else arrived_at end
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        step.as_str(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Writes who takes him and where to; `None` leaves the vehicle as it is, a place takes the other's.
pub(super) async fn direct(
    cx: &mut Cx,
    id: RemovalId,
    vehicle: Option<Vehicle>,
    to: Option<(Option<UnitId>, Option<&str>)>,
) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let (told, (unit, name)) = (to.is_some(), to.unwrap_or_default());
    sqlx::query!(
        "update removals
         set vehicle = coalesce($3, vehicle), to_unit_id = case when $4 then $5 else to_unit_id end,
             to_name = case when $4 then $6 else to_name end
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        vehicle.map(Vehicle::as_str),
        told,
        unit.map(UnitId::uuid),
        name
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Oxygen from now on, or at another flow from now on.
pub(super) async fn give_oxygen(cx: &mut Cx, id: RemovalId, litres_tenths: Option<i16>) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update removals
         set oxygen_from = coalesce(oxygen_from, $3), oxygen_litres_tenths = coalesce($4, oxygen_litres_tenths)
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        now,
        litres_tenths
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn refuse(cx: &mut Cx, id: RemovalId, why: &str) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let sealed = cx.seal(REMOVALS, id.uuid(), "refused_why", why)?;
    sqlx::query!(
        "update removals set refused_at = $3, refused_why = $4 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        now,
        sealed
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn end(cx: &mut Cx, id: RemovalId, ended: Ended) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update removals set ended_as = $3 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        ended.as_str()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
