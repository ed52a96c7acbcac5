use super::model::{Channel, Closed, ContactOutcome, Made, Plan, Standing, Subject};
use crate::{
    alerts::Grade,
    people,
    vitals::{Symptom, Vitals},
};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{AlertId, CaseId, Error, HouseholdId, PersonId, PlanId, Result, StaffId, TicketId, UnitId};
use sqlx::types::Uuid;
use std::collections::{BTreeMap, BTreeSet};
use store::Cx;

const CONTACTS: &str = "follow_contacts";

/// A plan as it lies in its row.
#[derive(Clone, Debug)]
pub struct Kept {
    pub id: PlanId,
    pub household: HouseholdId,
    pub person: PersonId,
    pub ward: UnitId,
    pub case: Option<CaseId>,
    pub plan: Plan,
    /// The version that judged the risk, and when; `None` before the first.
    pub risk_version: Option<i32>,
    pub risk_at: Option<Timestamp>,
    /// Whether an F1 is followed as somebody protected; `None` where it makes no difference.
    pub protected: Option<bool>,
    /// What he says of it himself.
    pub(super) told: Option<bool>,
    /// What the newest contact in which somebody was reached came to.
    pub last_grade: Option<Grade>,
    pub silence_ticket: Option<TicketId>,
    pub closed_as: Option<Closed>,
    /// It was closed by what became of its case, not by somebody.
    pub(super) closed_by_case: bool,
    /// Entries missed in a row when it was reckoned last.
    pub(super) missed: i16,
}

/// A contact as it was made.
#[derive(Clone, Debug)]
pub struct Contact {
    pub id: Uuid,
    pub plan: PlanId,
    pub person: PersonId,
    pub at: Timestamp,
    pub channel: Channel,
    pub outcome: ContactOutcome,
    pub vitals: Vitals,
    pub note: Option<String>,
    pub grade: Option<Grade>,
    pub by: Option<StaffId>,
    pub withdrawn: bool,
}

impl Contact {
    pub fn made(&self) -> Made {
        Made { at: self.at, outcome: self.outcome, withdrawn: self.withdrawn }
    }
}

pub(super) struct Row {
    pub id: Uuid,
    pub household_id: Uuid,
    pub person_id: Uuid,
    pub ward_id: Uuid,
    pub case_id: Option<Uuid>,
    pub subject: String,
    pub basis: String,
    pub start_on: jiff_sqlx::Date,
    pub ends_on: jiff_sqlx::Date,
    pub risk: String,
    pub risk_version: Option<i32>,
    pub risk_at: Option<jiff_sqlx::Timestamp>,
    pub last_grade: Option<String>,
    pub silence_ticket_id: Option<Uuid>,
    pub opened_at: jiff_sqlx::Timestamp,
    pub closed_at: Option<jiff_sqlx::Timestamp>,
    pub closed_as: Option<String>,
    pub missed: i16,
    pub closed_by_case: bool,
    pub protected: Option<bool>,
    pub protected_told: Option<bool>,
}

impl TryFrom<Row> for Kept {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            household: row.household_id.into(),
            person: row.person_id.into(),
            ward: row.ward_id.into(),
            case: row.case_id.map(CaseId),
            plan: Plan {
                subject: row.subject.parse()?,
                basis: row.basis.parse()?,
                start_on: row.start_on.to_jiff(),
                ends_on: row.ends_on.to_jiff(),
                risk: row.risk.parse()?,
                opened_at: row.opened_at.to_jiff(),
                closed_at: row.closed_at.map(jiff_sqlx::Timestamp::to_jiff),
            },
            risk_version: row.risk_version,
            risk_at: row.risk_at.map(jiff_sqlx::Timestamp::to_jiff),
            last_grade: row.last_grade.as_deref().map(str::parse).transpose()?,
            silence_ticket: row.silence_ticket_id.map(TicketId),
            closed_as: row.closed_as.as_deref().map(str::parse).transpose()?,
            closed_by_case: row.closed_by_case,
            missed: row.missed,
            protected: row.protected,
            told: row.protected_told,
        })
    }
}

/// A plan about to be opened.
pub(super) struct NewPlan<'a> {
    pub id: PlanId,
    pub household: HouseholdId,
    pub person: PersonId,
    pub ward: UnitId,
    pub case: Option<CaseId>,
    pub plan: &'a Plan,
    pub length: i16,
    pub protected: Option<bool>,
    pub told: Option<bool>,
    pub rule: (&'a str, i32),
}

pub(super) async fn insert(cx: &mut Cx, new: &NewPlan<'_>) -> Result<()> {
    let (tenant, by) = (cx.tenant().uuid(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "insert into follow_plans (tenant_id, id, household_id, person_id, ward_id, case_id, subject, basis, start_on,
                                   length_days, ends_on, rule_code, rule_version, risk, opened_at, opened_by, protected,
                                   protected_told)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        tenant,
        new.id.uuid(),
        new.household.uuid(),
        new.person.uuid(),
        new.ward.uuid(),
        new.case.map(CaseId::uuid),
        new.plan.subject.as_str(),
        new.plan.basis.as_str(),
        new.plan.start_on.to_sqlx(),
        new.length,
        new.plan.ends_on.to_sqlx(),
        new.rule.0,
        new.rule.1,
        new.plan.risk.as_str(),
        new.plan.opened_at.to_sqlx(),
        by,
        new.protected,
        new.told
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The running plan of somebody, by whichever of his records; the strongest where several run.
pub(crate) async fn running(cx: &mut Cx, person: PersonId) -> Result<Option<Kept>> {
    let records = records(cx, person).await?;
    Ok(strongest(running_of(cx, &records).await?))
}

/// All records of a person.
pub(super) async fn records(cx: &mut Cx, person: PersonId) -> Result<Vec<PersonId>> {
    Ok(people::all_of(cx, person).await?.into_iter().map(PersonId).collect())
}

/// Of plans of one person the one by which he is followed: an F0's before an F1's before another's, then
/// the one that goes on longest, then the earliest.
pub(super) fn strongest(plans: Vec<Kept>) -> Option<Kept> {
    let weight = |subject| match subject {
        Subject::F0 => 2,
        Subject::F1 => 1,
        Subject::Other => 0,
    };
    plans.into_iter().max_by_key(|kept| {
        (weight(kept.plan.subject), kept.plan.ends_on, std::cmp::Reverse(kept.plan.opened_at))
    })
}

/// The running plans of these people.
pub(super) async fn running_of(cx: &mut Cx, people: &[PersonId]) -> Result<Vec<Kept>> {
    let (tenant, ids) = (cx.tenant().uuid(), people.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    sqlx::query_as!(
        Row,
        "select id, household_id, person_id, ward_id, case_id, subject, basis, start_on, ends_on, risk, risk_version, risk_at,
                last_grade, silence_ticket_id, opened_at, closed_at, closed_as, missed, closed_by_case, protected,
                protected_told
         from follow_plans where tenant_id = $1 and person_id = any($2) and closed_at is null order by id",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?
    .into_iter()
    .map(Kept::try_from)
    .collect()
}

pub(crate) async fn find(cx: &mut Cx, id: PlanId) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        "select id, household_id, person_id, ward_id, case_id, subject, basis, start_on, ends_on, risk, risk_version, risk_at,
                last_grade, silence_ticket_id, opened_at, closed_at, closed_as, missed, closed_by_case, protected,
                protected_told
         from follow_plans where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?
    .try_into()
}

/// The plans of these households: those that run first, and of them the F0s.
pub(super) async fn of_households(cx: &mut Cx, ids: &[HouseholdId], closed_too: bool) -> Result<Vec<Kept>> {
    let (tenant, ids) = (cx.tenant().uuid(), ids.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    sqlx::query_as!(
        Row,
        "select id, household_id, person_id, ward_id, case_id, subject, basis, start_on, ends_on, risk, risk_version, risk_at,
                last_grade, silence_ticket_id, opened_at, closed_at, closed_as, missed, closed_by_case, protected,
                protected_told
         from follow_plans
         where tenant_id = $1 and household_id = any($2) and (closed_at is null or $3)
         order by (closed_at is not null), (subject <> 'f0'), opened_at, id",
        tenant,
        &ids,
        closed_too
    )
    .fetch_all(cx.conn())
    .await?
    .into_iter()
    .map(Kept::try_from)
    .collect()
}

/// The running plans of a unit's households whose last day is not after `until`, the longest over first.
pub(crate) async fn ending(cx: &mut Cx, unit: UnitId, until: Date, limit: i64) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        "select p.id, p.household_id, p.person_id, p.ward_id, p.case_id, p.subject, p.basis, p.start_on, p.ends_on, p.risk,
                p.risk_version, p.risk_at, p.last_grade, p.silence_ticket_id, p.opened_at, p.closed_at, p.closed_as, p.missed,
                p.closed_by_case, p.protected, p.protected_told
         from households h
         join follow_plans p on p.tenant_id = h.tenant_id and p.household_id = h.id and p.closed_at is null
         where h.tenant_id = $1 and h.followed > 0 and p.ends_on <= $3
           and (h.station_id = $2 or h.mobile_station_id = $2 or h.care_team_id = $2)
         order by p.ends_on, p.household_id, p.id limit $4",
        tenant,
        unit.uuid(),
        until.to_sqlx(),
        limit
    )
    .fetch_all(cx.conn())
    .await?
    .into_iter()
    .map(Kept::try_from)
    .collect()
}

/// The plan that follows a case, running or not; the newest.
pub(super) async fn of_case(cx: &mut Cx, case: CaseId) -> Result<Option<Kept>> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        "select id, household_id, person_id, ward_id, case_id, subject, basis, start_on, ends_on, risk, risk_version, risk_at,
                last_grade, silence_ticket_id, opened_at, closed_at, closed_as, missed, closed_by_case, protected,
                protected_told
         from follow_plans where tenant_id = $1 and case_id = $2
         order by (closed_at is not null), opened_at desc, id desc limit 1",
        tenant,
        case.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .map(Kept::try_from)
    .transpose()
}

/// Households with a plan in which a slot has opened or become late, of at most so many plans;
/// whether there were as many.
pub(super) async fn turned(cx: &mut Cx, limit: i64) -> Result<(Vec<HouseholdId>, bool)> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let ids = sqlx::query_scalar!(
        "select household_id from follow_plans
         where tenant_id = $1 and closed_at is null and settle_at is not null and settle_at <= $2
         order by settle_at, id limit $3",
        tenant,
        now,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    let full = ids.len() as i64 == limit;
    let homes: BTreeSet<HouseholdId> = ids.into_iter().map(HouseholdId).collect();
    Ok((homes.into_iter().collect(), full))
}

/// A contact about to be written.
pub(super) struct NewContact<'a> {
    pub id: Uuid,
    pub of: &'a Kept,
    pub form_key: Uuid,
    pub at: Timestamp,
    pub slot: Option<(Date, &'a str)>,
    pub channel: Channel,
    pub outcome: ContactOutcome,
    pub vitals: &'a Vitals,
    pub note: Option<&'a str>,
    pub grade: Option<Grade>,
    /// The version that graded it.
    pub rule_version: Option<i32>,
    pub by_unit: Option<UnitId>,
}

/// Writes a contact; false when this form has been taken in for this person before.
pub(super) async fn insert_contact(cx: &mut Cx, new: &NewContact<'_>) -> Result<bool> {
    let (tenant, by) = (cx.tenant().uuid(), cx.actor.staff_id().map(StaffId::uuid));
    let note = new.note.map(|note| cx.seal(CONTACTS, new.id, "note", note)).transpose()?;
    let symptoms: Vec<String> = new.vitals.symptoms.iter().map(|one| one.as_str().to_owned()).collect();
    let (systolic, diastolic) = new.vitals.pressure.unzip();
    let added = sqlx::query!(
        "insert into follow_contacts (tenant_id, id, plan_id, household_id, person_id, form_key, at, for_day, slot, channel,
                                      outcome, temperature_tenths, spo2, respiratory_rate, pulse, systolic, diastolic,
                                      symptoms, note, grade, by_staff, by_unit_id, rule_version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
         on conflict (tenant_id, form_key, person_id) do nothing",
        tenant,
        new.id,
        new.of.id.uuid(),
        new.of.household.uuid(),
        new.of.person.uuid(),
        new.form_key,
        new.at.to_sqlx(),
        new.slot.map(|(day, _)| day.to_sqlx()) as Option<jiff_sqlx::Date>,
        new.slot.map(|(_, name)| name),
        new.channel.as_str(),
        new.outcome.as_str(),
        new.vitals.temperature_tenths,
        new.vitals.spo2,
        new.vitals.respiratory_rate,
        new.vitals.pulse,
        systolic,
        diastolic,
        &symptoms,
        note,
        new.grade.map(Grade::as_str),
        by,
        new.by_unit.map(UnitId::uuid),
        new.rule_version
    )
    .execute(cx.conn())
    .await?;
    Ok(added.rows_affected() == 1)
}

pub(super) async fn set_alert(cx: &mut Cx, contact: Uuid, alert: AlertId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update follow_contacts set alert_id = $3 where tenant_id = $1 and id = $2",
        tenant,
        contact,
        alert.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The contacts of these plans, in order of time; notes stay sealed. What was entered in a plan that was
/// joined with one of them is told with that one.
pub(super) async fn contacts(
    cx: &mut Cx,
    plans: &[PlanId],
    notes: bool,
) -> Result<BTreeMap<PlanId, Vec<Contact>>> {
    let (tenant, ids) = (cx.tenant().uuid(), plans.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        r#"with asked as (
               select id, id as counts_in from follow_plans
               where tenant_id = $1 and id = any($2) and (joined_into is null or joined_into <> all($2))
               union all
               select id, joined_into from follow_plans
               where tenant_id = $1 and joined_into is not null and joined_into = any($2))
           select f.id, a.counts_in as "counts_in!", f.plan_id, f.person_id, f.at, f.channel, f.outcome, f.temperature_tenths,
                  f.spo2, f.respiratory_rate, f.pulse, f.systolic, f.diastolic, f.symptoms, f.note, f.grade, f.by_staff,
                  f.withdrawn_at is not null as "withdrawn!"
           from asked a join follow_contacts f on f.tenant_id = $1 and f.plan_id = a.id
           order by f.at, f.id"#,
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    let mut of: BTreeMap<PlanId, Vec<Contact>> = BTreeMap::new();
    for row in rows {
        let symptoms: Result<_> = row.symptoms.iter().map(|word| word.parse::<Symptom>()).collect();
        let note = match row.note.filter(|_| notes) {
            Some(sealed) => Some(cx.open(CONTACTS, row.id, "note", &sealed)?),
            None => None,
        };
        of.entry(row.counts_in.into()).or_default().push(Contact {
            id: row.id,
            plan: row.plan_id.into(),
            person: row.person_id.into(),
            at: row.at.to_jiff(),
            channel: row.channel.parse()?,
            outcome: row.outcome.parse()?,
            vitals: Vitals {
                temperature_tenths: row.temperature_tenths,
                spo2: row.spo2,
                respiratory_rate: row.respiratory_rate,
                pulse: row.pulse,
                pressure: row.systolic.zip(row.diastolic),
                symptoms: symptoms?,
            },
            note,
            grade: row.grade.as_deref().map(str::parse).transpose()?,
            by: row.by_staff.map(StaffId),
            withdrawn: row.withdrawn,
        });
    }
    Ok(of)
}

/// A plan's line, reckoned anew.
pub(super) struct Line {
    pub plan: PlanId,
    pub standing: Standing,
    pub last_at: Option<Timestamp>,
    pub last_grade: Option<Grade>,
}

pub(super) async fn stand(cx: &mut Cx, lines: &[Line]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_microsecond);
    let ids: Vec<Uuid> = lines.iter().map(|line| line.plan.uuid()).collect();
    let dues: Vec<Option<i64>> = lines.iter().map(|line| micros(line.standing.due_at)).collect();
    let turns: Vec<Option<i64>> = lines.iter().map(|line| micros(line.standing.settle_at)).collect();
    let missed: Vec<i16> = lines.iter().map(|line| line.standing.missed).collect();
    let ranks: Vec<i16> = lines.iter().map(|line| line.standing.rank).collect();
    let lasts: Vec<Option<i64>> = lines.iter().map(|line| micros(line.last_at)).collect();
    let grades: Vec<Option<String>> =
        lines.iter().map(|line| line.last_grade.map(|grade| grade.as_str().to_owned())).collect();
    sqlx::query!(
        "update follow_plans p
         set due_at = timestamptz 'epoch' + n.due * interval '1 microsecond',
             settle_at = timestamptz 'epoch' + n.settle * interval '1 microsecond', missed = n.missed, rank = n.rank,
             last_at = timestamptz 'epoch' + n.last * interval '1 microsecond', last_grade = n.grade
         from unnest($2::uuid[], $3::bigint[], $8::bigint[], $4::smallint[], $5::smallint[], $6::bigint[], $7::text[])
              as n (id, due, settle, missed, rank, last, grade)
         where p.tenant_id = $1 and p.id = n.id",
        tenant,
        &ids,
        &dues as _,
        &missed,
        &ranks,
        &lasts as _,
        &grades as _,
        &turns as _
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn close(cx: &mut Cx, id: PlanId, closed: Closed, by_case: bool) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "update follow_plans
         set closed_at = $3, closed_by = $4, closed_as = $5, closed_by_case = $6, due_at = null, settle_at = null, rank = 0,
             silence_ticket_id = null
         where tenant_id = $1 and id = $2 and closed_at is null",
        tenant,
        id.uuid(),
        now,
        by,
        closed.as_str(),
        by_case
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Writes the days of a plan.
pub(super) async fn set_days(cx: &mut Cx, id: PlanId, plan: &Plan) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let length = plan.start_on.until(plan.ends_on).map_err(Error::internal)?.get_days();
    let length = i16::try_from(length).ok().filter(|days| (1..=60).contains(days));
    sqlx::query!(
        "update follow_plans set basis = $3, start_on = $4, ends_on = $5, length_days = $6 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        plan.basis.as_str(),
        plan.start_on.to_sqlx(),
        plan.ends_on.to_sqlx(),
        length.ok_or(Error::invalid("ends_on", "error-plan-length"))?
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn set_silence(cx: &mut Cx, plans: &[PlanId], ticket: Option<TicketId>) -> Result<()> {
    let (tenant, ids) = (cx.tenant().uuid(), plans.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    sqlx::query!(
        "update follow_plans set silence_ticket_id = $3 where tenant_id = $1 and id = any($2)",
        tenant,
        &ids,
        ticket.map(TicketId::uuid)
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// How many of these cases have a plan with a contact.
pub(super) async fn heard_of(cx: &mut Cx, cases: &[CaseId]) -> Result<i64> {
    let (tenant, ids) = (cx.tenant().uuid(), cases.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    Ok(sqlx::query_scalar!(
        r#"select count(distinct p.case_id) as "count!" from follow_plans p
           join follow_contacts f on f.tenant_id = p.tenant_id and f.plan_id = p.id
           where p.tenant_id = $1 and p.case_id = any($2)"#,
        tenant,
        &ids
    )
    .fetch_one(cx.conn())
    .await?)
}

/// Contacts by which these alerts were raised were slips of the pen: they stay, and count no more.
pub(super) async fn withdraw_contacts(cx: &mut Cx, alerts: &[Uuid]) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "update follow_contacts set withdrawn_at = $3, withdrawn_by = $4
         where tenant_id = $1 and alert_id = any($2) and withdrawn_at is null",
        tenant,
        alerts,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn set_protected(cx: &mut Cx, id: PlanId, protected: bool) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update follow_plans set protected = $3 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        protected
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// What an F1 says of his doses or his recovery.
pub(super) async fn set_told(cx: &mut Cx, id: PlanId, told: Option<bool>) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update follow_plans set protected_told = $3 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        told
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The plans of a household, those that run and those that are closed, go with its people into the
/// other. What was entered for them stays as it was made.
pub(super) async fn move_plans(cx: &mut Cx, from: HouseholdId, into: HouseholdId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update follow_plans set household_id = $3 where tenant_id = $1 and household_id = $2",
        tenant,
        from.uuid(),
        into.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
