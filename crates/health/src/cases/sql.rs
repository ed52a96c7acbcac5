use super::{
    lists::{Case, Filter, TestLine, WardCount},
    model::{Care, CaseReport, Classification, Ending},
};
use crate::{
    people::{self, Brief},
    streets,
    vitals::Symptom,
};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{CaseId, Error, ImportId, MatterId, PersonId, Result, StaffId, UnitId};
use serde_json::json;
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::{Cx, Event};

const CASES: &str = "cases";

/// Who stands behind an act: the official, or the one on whose behalf the program works off a list.
pub(super) fn author(cx: &Cx) -> Option<Uuid> {
    cx.actor.staff_id().or(cx.actor.on_behalf_of).map(StaffId::uuid)
}

/// Takes a form's key: `None` when it is new and now ours, the case when it was used before. A
/// second sender waits here for the first to commit.
pub(super) async fn claim_form(cx: &mut Cx, key: Uuid) -> Result<Option<CaseId>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let claimed = sqlx::query!(
        "insert into case_forms (tenant_id, form_key, at) values ($1, $2, $3) on conflict do nothing",
        tenant,
        key,
        now
    )
    .execute(cx.conn())
    .await?;
    if claimed.rows_affected() == 1 {
        return Ok(None);
    }
    let case = sqlx::query_scalar!(
        "select case_id from case_forms where tenant_id = $1 and form_key = $2",
        tenant,
        key
    )
    .fetch_one(cx.conn())
    .await?;
    case.map(|id| Some(CaseId(id))).ok_or(Error::Conflict("error-form-used"))
}

pub(super) async fn finish_form(cx: &mut Cx, key: Uuid, case: CaseId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update case_forms set case_id = $3 where tenant_id = $1 and form_key = $2",
        tenant,
        key,
        case.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The case a person is in.
#[derive(Clone, Copy)]
pub(super) struct Running {
    pub id: CaseId,
    pub classification: Classification,
    pub confirmed_on: Option<Date>,
    pub ward: UnitId,
}

/// The newest case of each of these people reported since then, in any of his records, that has not turned
/// out to be none; locked. By whom was asked for; `records` as `people::records_of` gives them.
pub(super) async fn running(
    cx: &mut Cx,
    records: &[(PersonId, PersonId)],
    since: Timestamp,
) -> Result<BTreeMap<PersonId, Running>> {
    let (tenant, ids) = (cx.tenant().uuid(), records.iter().map(|(_, id)| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select id, person_id, classification, confirmed_on, ward_id, reported_at from cases
         where tenant_id = $1 and person_id = any($2) and reported_at >= $3 and classification <> 'not_a_case'
           and withdrawn_at is null and same_as is null
         order by id for update",
        tenant,
        &ids,
        since.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    let mut newest: BTreeMap<PersonId, (Timestamp, Running)> = BTreeMap::new();
    for row in rows {
        let at = row.reported_at.to_jiff();
        let running = Running {
            id: row.id.into(),
            classification: row.classification.parse()?,
            confirmed_on: row.confirmed_on.map(jiff_sqlx::Date::to_jiff),
            ward: row.ward_id.into(),
        };
        for (asked, _) in records.iter().filter(|(_, record)| record.uuid() == row.person_id) {
            if newest.get(asked).is_none_or(|(before, _)| *before < at) {
                newest.insert(*asked, (at, running));
            }
        }
    }
    Ok(newest.into_iter().map(|(person, (_, running))| (person, running)).collect())
}

pub(super) async fn insert(
    cx: &mut Cx,
    id: CaseId,
    person: PersonId,
    report: &CaseReport,
    reported_on: Date,
) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), author(cx));
    let note = report.note.as_deref().map(|note| cx.seal(CASES, id.uuid(), "note", note)).transpose()?;
    let symptoms: Vec<String> = report.symptoms.iter().map(|symptom| symptom.as_str().to_owned()).collect();
    let confirmed_on = (report.classification == Classification::Confirmed).then(|| reported_on.to_sqlx());
    sqlx::query!(
        "insert into cases (tenant_id, id, person_id, ward_id, classification, classified_at, classified_by, care, care_at,
                            care_by, basis, reported_at, reported_on, confirmed_on, symptoms, note, no_phone_reason,
                            recorded_at, recorded_by, recorded_by_unit_id, import_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $6, $7, $9, $10, $11, $12, $13, $14, $15, $6, $7, $16, $17)",
        tenant,
        id.uuid(),
        person.uuid(),
        report.ward.uuid(),
        report.classification.as_str(),
        now,
        by,
        report.care.as_str(),
        report.basis.as_str(),
        report.reported_at.to_sqlx(),
        reported_on.to_sqlx(),
        confirmed_on as Option<jiff_sqlx::Date>,
        &symptoms,
        note,
        report.no_phone.map(super::NoPhone::as_str),
        report.unit.map(UnitId::uuid),
        report.import.map(ImportId::uuid)
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn classify(
    cx: &mut Cx,
    id: CaseId,
    to: Classification,
    confirmed_on: Option<Date>,
    import: Option<ImportId>,
) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), author(cx));
    sqlx::query!(
        "update cases set classification = $3, classified_at = $4, classified_by = $5, confirmed_on = $6, confirmed_import_id = $7
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        to.as_str(),
        now,
        by,
        confirmed_on.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Date>,
        import.map(ImportId::uuid)
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn move_care(cx: &mut Cx, id: CaseId, to: Care, facility: Option<UnitId>) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), author(cx));
    sqlx::query!(
        "update cases set care = $3, care_at = $4, care_by = $5, facility_id = $6 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        to.as_str(),
        now,
        by,
        facility.map(UnitId::uuid)
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn move_ward(cx: &mut Cx, id: CaseId, to: UnitId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update cases set ward_id = $3 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        to.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn set_matter(cx: &mut Cx, cases: &[CaseId], matter: MatterId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let ids: Vec<Uuid> = cases.iter().map(|id| id.uuid()).collect();
    sqlx::query!(
        "update cases set matter_id = $3 where tenant_id = $1 and id = any($2)",
        tenant,
        &ids,
        matter.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn matter(cx: &mut Cx, case: CaseId) -> Result<Option<MatterId>> {
    let tenant = cx.tenant().uuid();
    let matter = sqlx::query_scalar!(
        "select matter_id from cases where tenant_id = $1 and id = $2",
        tenant,
        case.uuid()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(matter.map(MatterId))
}

/// What an act on a case looks at first; locked.
pub(super) struct Locked {
    pub person: PersonId,
    pub classification: Classification,
    pub confirmed_on: Option<Date>,
    pub care: Care,
    pub facility: Option<UnitId>,
    pub onset_on: Option<Date>,
    pub outcome: Option<(Ending, Date)>,
    pub severe_since: Option<Timestamp>,
    pub ward: UnitId,
    pub recorded_by_unit: Option<UnitId>,
    pub matter: Option<MatterId>,
    /// Another case of the same illness counts in its place.
    pub joined: bool,
}

/// The end of a case as it lies in two columns.
fn ending(outcome: Option<&str>, on: Option<jiff_sqlx::Date>) -> Result<Option<(Ending, Date)>> {
    outcome.zip(on).map(|(outcome, on)| Ok((outcome.parse()?, on.to_jiff()))).transpose()
}

pub(super) async fn lock(cx: &mut Cx, id: CaseId) -> Result<Locked> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select person_id, classification, confirmed_on, care, facility_id, onset_on, outcome, outcome_on, severe_since,
                ward_id, recorded_by_unit_id, matter_id, same_as
         from cases where tenant_id = $1 and id = $2 and withdrawn_at is null for update",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Locked {
        person: row.person_id.into(),
        classification: row.classification.parse()?,
        confirmed_on: row.confirmed_on.map(jiff_sqlx::Date::to_jiff),
        care: row.care.parse()?,
        facility: row.facility_id.map(UnitId),
        onset_on: row.onset_on.map(jiff_sqlx::Date::to_jiff),
        outcome: ending(row.outcome.as_deref(), row.outcome_on)?,
        severe_since: row.severe_since.map(jiff_sqlx::Timestamp::to_jiff),
        ward: row.ward_id.into(),
        recorded_by_unit: row.recorded_by_unit_id.map(UnitId),
        matter: row.matter_id.map(MatterId),
        joined: row.same_as.is_some(),
    })
}

/// A case with its person still to be filled in.
pub(super) async fn find(cx: &mut Cx, id: CaseId) -> Result<Case> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select person_id, ward_id, classification, classified_at, classified_by, care, care_at, care_by, basis, reported_at,
                confirmed_on, onset_on, outcome, outcome_on, severe_since, facility_id, symptoms, note, no_phone_reason,
                recorded_at, recorded_by, recorded_by_unit_id, matter_id, import_id, same_as
         from cases where tenant_id = $1 and id = $2 and withdrawn_at is null",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let symptoms: Result<Vec<Symptom>> = row.symptoms.iter().map(|word| word.parse()).collect();
    Ok(Case {
        id,
        person: Brief {
            id: row.person_id.into(),
            full_name: String::new(),
            birth_year: None,
            sex: None,
            ward: None,
            phone_masked: None,
        },
        ward: row.ward_id.into(),
        classification: row.classification.parse()?,
        classified_at: row.classified_at.to_jiff(),
        classified_by: row.classified_by.map(StaffId),
        care: row.care.parse()?,
        care_at: row.care_at.to_jiff(),
        care_by: row.care_by.map(StaffId),
        basis: row.basis.parse()?,
        reported_at: row.reported_at.to_jiff(),
        confirmed_on: row.confirmed_on.map(jiff_sqlx::Date::to_jiff),
        onset_on: row.onset_on.map(jiff_sqlx::Date::to_jiff),
        outcome: ending(row.outcome.as_deref(), row.outcome_on)?,
        severe_since: row.severe_since.map(jiff_sqlx::Timestamp::to_jiff),
        facility: row.facility_id.map(UnitId),
        symptoms: symptoms?,
        note: row.note.map(|sealed| cx.open(CASES, id.uuid(), "note", &sealed)).transpose()?,
        no_phone: row.no_phone_reason.as_deref().map(str::parse).transpose()?,
        recorded_at: row.recorded_at.to_jiff(),
        recorded_by: row.recorded_by.map(StaffId),
        recorded_by_unit: row.recorded_by_unit_id.map(UnitId),
        matter: row.matter_id.map(MatterId),
        import: row.import_id.map(ImportId),
        same_as: row.same_as.map(CaseId),
        results: Vec::new(),
    })
}

pub(super) async fn results(cx: &mut Cx, case: CaseId) -> Result<Vec<TestLine>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select id, kind, result, sample_on, result_on, ct_hundredths, recorded_at,
                  clashes_with is not null as "clashes!",
                  (told_by_household_id is not null and seen_at is null) as "unseen!"
           from test_results
           where tenant_id = $1 and case_id = $2 and withdrawn_at is null order by sample_on, id"#,
        tenant,
        case.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(TestLine {
                id: row.id,
                kind: row.kind.parse()?,
                result: row.result.parse()?,
                sample_on: row.sample_on.to_jiff(),
                result_on: row.result_on.map(jiff_sqlx::Date::to_jiff),
                ct: row.ct_hundredths.map(|hundredths| f64::from(hundredths) / 100.0),
                recorded_at: row.recorded_at.to_jiff(),
                clashes: row.clashes,
                unseen: row.unseen,
            })
        })
        .collect()
}

/// One line of a list before its person is looked up.
pub(super) struct Listed {
    pub id: CaseId,
    pub person: PersonId,
    pub ward: UnitId,
    pub classification: Classification,
    pub care: Care,
    pub basis: super::TestKind,
    pub reported_at: Timestamp,
    pub matter: Option<MatterId>,
}

/// Newest first; `wards` is what the reader may see of what he asked for.
pub(super) async fn list(
    cx: &mut Cx,
    wards: Option<&[Uuid]>,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Listed>> {
    let tenant = cx.tenant().uuid();
    let (at, id) = filter.after.unzip();
    let rows = sqlx::query!(
        "select id, person_id, ward_id, classification, care, basis, reported_at, matter_id from cases
         where tenant_id = $1 and withdrawn_at is null and same_as is null
           and ($2::uuid[] is null or ward_id = any($2))
           and ($3::date is null or reported_on = $3)
           and ($4::text is null or classification = $4)
           and ($5::text is null or care = $5)
           and ($6::uuid is null or import_id = $6)
           and ($7::timestamptz is null or (reported_at, id) < ($7, $8))
         order by reported_at desc, id desc limit $9",
        tenant,
        wards,
        filter.day.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Date>,
        filter.classification.map(Classification::as_str),
        filter.care.map(Care::as_str),
        filter.import.map(ImportId::uuid),
        at.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Timestamp>,
        id.map(CaseId::uuid),
        limit
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

/// How many F0s and how many suspected cases each ward had on a day.
pub(super) async fn by_ward(cx: &mut Cx, day: Date) -> Result<Vec<WardCount>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select ward_id as "ward!", sum(confirmed)::bigint as "confirmed!", sum(suspected)::bigint as "suspected!"
           from (select ward_id, 1 as confirmed, 0 as suspected from cases
                 where tenant_id = $1 and confirmed_on = $2 and withdrawn_at is null and same_as is null
                 union all
                 select ward_id, 0, 1 from cases
                 where tenant_id = $1 and reported_on = $2 and classification = 'suspected' and withdrawn_at is null
                   and same_as is null) c
           group by ward_id"#,
        tenant,
        day.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| WardCount { ward: row.ward.into(), confirmed: row.confirmed, suspected: row.suspected })
        .collect())
}

/// Cases, people and streets of a ward that has passed into another are the other's; one event says so for all.
pub async fn move_to_ward(cx: &mut Cx, from: UnitId, to: UnitId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "with c as (update cases set ward_id = $3 where tenant_id = $1 and ward_id = $2)
         update people set ward_id = $3 where tenant_id = $1 and ward_id = $2",
        tenant,
        from.uuid(),
        to.uuid()
    )
    .execute(cx.conn())
    .await?;
    people::move_to_ward(cx, from, to).await?;
    streets::move_to_ward(cx, from, to).await?;
    cx.record(Event::new("ward.succeeded", from).unit(to).data(json!({ "from": from, "to": to })));
    Ok(())
}

/// What follow-up stands on: who, where, as what, since when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Footing {
    pub person: PersonId,
    pub ward: UnitId,
    pub classification: Classification,
    pub care: Care,
    pub outcome: Option<Ending>,
    pub onset_on: Option<Date>,
    /// Of the first positive sample.
    pub sample_on: Option<Date>,
    pub reported_on: Date,
    /// He told of symptoms.
    pub sick: bool,
    /// Off the record, or counted with another case of the same illness.
    pub withdrawn: bool,
    /// Counted with another case of the same illness.
    pub joined: bool,
}

pub(crate) async fn footing(cx: &mut Cx, id: CaseId) -> Result<Footing> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        r#"select c.person_id, c.ward_id, c.classification, c.care, c.outcome, c.onset_on, c.reported_on,
                  cardinality(array_remove(c.symptoms, 'none')) > 0 as "sick!",
                  (c.withdrawn_at is not null or c.same_as is not null) as "withdrawn!",
                  (c.withdrawn_at is null and c.same_as is not null) as "joined!",
                  (select min(t.sample_on) from test_results t
                   where t.tenant_id = c.tenant_id and t.case_id = c.id and t.result = 'positive'
                     and t.withdrawn_at is null) as sample_on
           from cases c where c.tenant_id = $1 and c.id = $2"#,
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Footing {
        person: row.person_id.into(),
        ward: row.ward_id.into(),
        classification: row.classification.parse()?,
        care: row.care.parse()?,
        outcome: row.outcome.as_deref().map(str::parse).transpose()?,
        onset_on: row.onset_on.map(jiff_sqlx::Date::to_jiff),
        sample_on: row.sample_on.map(jiff_sqlx::Date::to_jiff),
        reported_on: row.reported_on.to_jiff(),
        sick: row.sick,
        withdrawn: row.withdrawn,
        joined: row.joined,
    })
}

/// Whether a suspected case stands on this result alone: a self-test, no symptom, nothing else.
pub(crate) async fn rests_on(cx: &mut Cx, id: CaseId, result: Uuid) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    let alone = sqlx::query_scalar!(
        r#"select (c.classification = 'suspected' and c.basis = 'self_test'
                   and cardinality(array_remove(c.symptoms, 'none')) = 0
                   and not exists (select from test_results t
                                   where t.tenant_id = c.tenant_id and t.case_id = c.id and t.id <> $3
                                     and t.withdrawn_at is null)) as "alone!"
           from cases c where c.tenant_id = $1 and c.id = $2 and c.withdrawn_at is null"#,
        tenant,
        id.uuid(),
        result
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(alone.unwrap_or(false))
}
