//! The rows of campaigns while they are called, and what holds for a household whatever the campaign.

use super::model::{Came, State};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{CallId, CampaignId, Error, HouseholdId, MessageId, PersonId, Phone, Result, StaffId, TicketId};
use serde_json::Value;
use sqlx::types::Uuid;
use store::Cx;

const TABLE: &str = "care_calls";

/// One process at a time takes the next households.
pub(super) async fn queue_up(cx: &mut Cx) -> Result<()> {
    let place = cx.tenant().to_string();
    sqlx::query!(r#"select pg_advisory_xact_lock(hashtextextended($1, 7717)) is null as "locked!""#, place)
        .fetch_one(cx.conn())
        .await?;
    Ok(())
}

/// How many calls of the tenant run now.
pub(super) async fn calling(cx: &mut Cx) -> Result<i64> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from care_calls where tenant_id = $1 and state = 'calling'"#,
        tenant
    )
    .fetch_one(cx.conn())
    .await?)
}

/// A household whose turn it is.
pub(super) struct Turn {
    pub row: Uuid,
    pub household: HouseholdId,
    /// The keyed hash of its number: two households may have one telephone.
    pub number: Option<Vec<u8>>,
}

/// The next households that may be called, locked; those in another process's hands are passed over, and those for
/// which somebody writes just now: he holds the household, and wants its row next. With `announced` only those for
/// whose present number the network had taken the text by then, or whom somebody has told himself. A telephone that is
/// being called for another household is not called for this one.
pub(super) async fn turns(cx: &mut Cx, announced: Option<Timestamp>, limit: i64) -> Result<Vec<Turn>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let rows = sqlx::query!(
        "select c.id, c.household_id, h.contact_index
         from care_campaigns k
         join care_calls c on c.tenant_id = k.tenant_id and c.campaign_id = k.id and c.state = 'waiting' and c.next_at <= $2
         join households h on h.tenant_id = c.tenant_id and h.id = c.household_id
         left join care_call_homes o on o.tenant_id = c.tenant_id and o.household_id = c.household_id
         left join texts t on t.tenant_id = o.tenant_id and t.id = o.text_id
         where k.tenant_id = $1 and k.opens_at <= $2 and k.closes_at > $2 and k.paused_at is null and k.stopped_at is null
           and o.paused_at is null
           and ($3::timestamptz is null
                or o.told_index = h.contact_index
                or o.contact_index = h.contact_index and t.state in ('handed_over', 'delivered')
                   and t.handed_over_at <= $3::timestamptz)
           and not exists (select from care_calls x
                           where x.tenant_id = c.tenant_id and x.household_id = c.household_id and x.state = 'calling')
           and not exists (select from care_calls x
                           join households y on y.tenant_id = x.tenant_id and y.id = x.household_id
                           where x.tenant_id = $1 and x.state = 'calling' and y.contact_index = h.contact_index)
         order by c.place, c.id limit $4 for update of c skip locked for key share of h skip locked",
        tenant,
        now,
        announced.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Timestamp>,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Turn { row: row.id, household: row.household_id.into(), number: row.contact_index })
        .collect())
}

/// A row begins to be called.
pub(super) async fn begin(
    cx: &mut Cx,
    row: Uuid,
    household: HouseholdId,
    call: CallId,
    held_until: Timestamp,
) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update care_calls set state = 'calling', call_id = $3, held_until = $4 where tenant_id = $1 and id = $2",
        tenant,
        row,
        call.uuid(),
        held_until.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    sqlx::query!(
        "insert into care_call_tries (tenant_id, call_id, care_call_id, household_id, dialled_at)
         values ($1, $2, $3, $4, $5)",
        tenant,
        call.uuid(),
        row,
        household.uuid(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn answered(cx: &mut Cx, call: CallId, at: Timestamp) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update care_call_tries set answered_at = $3 where tenant_id = $1 and call_id = $2 and answered_at is null",
        tenant,
        call.uuid(),
        at.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The try is over; false when it was already.
pub(super) async fn end_try(cx: &mut Cx, call: CallId, came: Came) -> Result<bool> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let done = sqlx::query!(
        "update care_call_tries set ended_at = $3, came = $4 where tenant_id = $1 and call_id = $2 and ended_at is null",
        tenant,
        call.uuid(),
        now,
        came.as_str()
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// This process lives, and holds these calls.
pub(super) async fn hold(cx: &mut Cx, calls: &[CallId], until: Timestamp) -> Result<()> {
    let (tenant, ids) = (cx.tenant().uuid(), calls.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    sqlx::query!(
        // In one order: the looks and what renews beside them may do it at once.
        "update care_calls c set held_until = $3
         from (select id from care_calls where tenant_id = $1 and call_id = any($2) and state = 'calling'
               order by id for update) held
         where c.tenant_id = $1 and c.id = held.id",
        tenant,
        &ids,
        until.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Calls that nobody holds any more.
pub(super) async fn lost(cx: &mut Cx) -> Result<Vec<CallId>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let rows = sqlx::query_scalar!(
        r#"select call_id as "call_id!" from care_calls
           where tenant_id = $1 and state = 'calling' and call_id is not null and held_until < $2
           order by id limit 200"#,
        tenant,
        now
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(CallId).collect())
}

/// A row as it lies.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub id: Uuid,
    pub campaign: CampaignId,
    pub household: HouseholdId,
    pub state: State,
    pub unanswered: i16,
    pub people: Vec<PersonId>,
    pub answers: Option<Value>,
    pub day: Date,
}

struct Raw {
    id: Uuid,
    campaign_id: Uuid,
    household_id: Uuid,
    state: String,
    unanswered: i16,
    people: Vec<Uuid>,
    answers: Option<Vec<u8>>,
    on_day: jiff_sqlx::Date,
}

fn row(cx: &Cx, raw: Raw) -> Result<Row> {
    let answers = match raw.answers {
        Some(sealed) => {
            let text = cx.open(TABLE, raw.id, "answers", &sealed)?;
            Some(serde_json::from_str(&text).map_err(Error::internal)?)
        }
        None => None,
    };
    Ok(Row {
        id: raw.id,
        campaign: CampaignId(raw.campaign_id),
        household: raw.household_id.into(),
        state: raw.state.parse()?,
        unanswered: raw.unanswered,
        people: raw.people.into_iter().map(PersonId).collect(),
        answers,
        day: raw.on_day.to_jiff(),
    })
}

/// The row that this call is made for, while it is.
pub(super) async fn of_call(cx: &mut Cx, call: CallId) -> Result<Option<Row>> {
    let tenant = cx.tenant().uuid();
    let raw = sqlx::query_as!(
        Raw,
        "select c.id, c.campaign_id, c.household_id, c.state, c.unanswered, c.people, c.answers, k.on_day
         from care_calls c join care_campaigns k on k.tenant_id = c.tenant_id and k.id = c.campaign_id
         where c.tenant_id = $1 and c.call_id = $2 and c.state = 'calling'",
        tenant,
        call.uuid()
    )
    .fetch_optional(cx.conn())
    .await?;
    raw.map(|raw| row(cx, raw)).transpose()
}

/// The newest row of a household.
pub(super) async fn newest(cx: &mut Cx, household: HouseholdId) -> Result<Option<Row>> {
    let tenant = cx.tenant().uuid();
    let raw = sqlx::query_as!(
        Raw,
        "select c.id, c.campaign_id, c.household_id, c.state, c.unanswered, c.people, c.answers, k.on_day
         from care_calls c join care_campaigns k on k.tenant_id = c.tenant_id and k.id = c.campaign_id
         where c.tenant_id = $1 and c.household_id = $2 order by c.id desc limit 1",
        tenant,
        household.uuid()
    )
    .fetch_optional(cx.conn())
    .await?;
    raw.map(|raw| row(cx, raw)).transpose()
}

/// Rows that wait still though no window of their day comes any more, or people have stopped their campaign.
pub(super) async fn left_over(cx: &mut Cx, today: Date, limit: i64) -> Result<Vec<Row>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let rows = sqlx::query_as!(
        Raw,
        "select c.id, c.campaign_id, c.household_id, c.state, c.unanswered, c.people, c.answers, k.on_day
         from care_campaigns k
         join care_calls c on c.tenant_id = k.tenant_id and c.campaign_id = k.id and c.state = 'waiting'
         where k.tenant_id = $1 and (k.stopped_at is not null or k.closes_at <= $2 and (k.is_last or k.on_day < $3))
         order by c.household_id limit $4",
        tenant,
        now,
        today.to_sqlx(),
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(|raw| row(cx, raw)).collect()
}

/// Whether a row still waits, now that its household is locked.
pub(super) async fn waits(cx: &mut Cx, id: Uuid) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    let state = sqlx::query_scalar!(
        "select state from care_calls where tenant_id = $1 and id = $2 for update",
        tenant,
        id
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(state.as_deref() == Some("waiting"))
}

/// Who is asked in this row, kept with the first call so that a later one asks the same.
pub(super) async fn set_people(cx: &mut Cx, id: Uuid, people: &[PersonId]) -> Result<()> {
    let (tenant, people) = (cx.tenant().uuid(), people.iter().map(|one| one.uuid()).collect::<Vec<_>>());
    sqlx::query!("update care_calls set people = $3 where tenant_id = $1 and id = $2", tenant, id, &people)
        .execute(cx.conn())
        .await?;
    Ok(())
}

/// What has been answered so far.
pub(super) async fn keep_answers(cx: &mut Cx, id: Uuid, answers: &Value) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let sealed = cx.seal(TABLE, id, "answers", &answers.to_string())?;
    sqlx::query!("update care_calls set answers = $3 where tenant_id = $1 and id = $2", tenant, id, sealed)
        .execute(cx.conn())
        .await?;
    Ok(())
}

/// It is called again, not before then.
pub(super) async fn again(cx: &mut Cx, id: Uuid, at: Timestamp, unanswered: i16) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update care_calls set state = 'waiting', next_at = $3, unanswered = $4, held_until = null
         where tenant_id = $1 and id = $2",
        tenant,
        id,
        at.to_sqlx(),
        unanswered
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// What was answered is the diary's from then on, or was carried into another row: it stays nowhere else.
pub(super) async fn over(cx: &mut Cx, id: Uuid, state: State, unanswered: i16) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update care_calls set state = $3, unanswered = $4, held_until = null, answers = null, over_at = $5
         where tenant_id = $1 and id = $2",
        tenant,
        id,
        state.as_str(),
        unanswered,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The household has written its diary itself before it was called.
pub(super) async fn written(cx: &mut Cx, id: Uuid) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update care_calls set state = 'written', answers = null, over_at = $3 where tenant_id = $1 and id = $2",
        tenant,
        id,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// It stands on the care team's list from now on.
pub(super) async fn list(cx: &mut Cx, id: Uuid) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update care_calls set listed_at = $3 where tenant_id = $1 and id = $2 and listed_at is null",
        tenant,
        id,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn set_visit(cx: &mut Cx, id: Uuid, ticket: TicketId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update care_calls set visit_ticket_id = $3 where tenant_id = $1 and id = $2",
        tenant,
        id,
        ticket.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn set_call_back(cx: &mut Cx, id: Uuid, ticket: TicketId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update care_calls set call_back_ticket_id = $3 where tenant_id = $1 and id = $2",
        tenant,
        id,
        ticket.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// On how many days since `since` calls reached nobody there, and whether somebody was heard meanwhile, by
/// whichever way.
pub(super) async fn silent_days(
    cx: &mut Cx,
    household: HouseholdId,
    since: Date,
    since_at: Timestamp,
) -> Result<(i64, bool)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        r#"select count(distinct k.on_day) filter (where c.state = 'unreached') as "silent!",
                  coalesce(bool_or(c.state in ('reached', 'flagged', 'handed', 'written')), false)
                  or exists (select from follow_contacts f
                             where f.tenant_id = $1 and f.household_id = $2 and f.at >= $4 and f.outcome = 'reached'
                               and f.withdrawn_at is null) as "heard!"
           from care_calls c join care_campaigns k on k.tenant_id = c.tenant_id and k.id = c.campaign_id
           where c.tenant_id = $1 and c.household_id = $2 and k.on_day >= $3"#,
        tenant,
        household.uuid(),
        since.to_sqlx(),
        since_at.to_sqlx()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok((row.silent, row.heard))
}

/// When a row was last dialled, and last answered.
pub(super) struct LastTries {
    pub dialled_at: Option<Timestamp>,
    pub answered_at: Option<Timestamp>,
    /// Tries of which nobody but we and the network had any part.
    pub ours: i64,
}

pub(super) async fn last_tries(cx: &mut Cx, id: Uuid) -> Result<LastTries> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        r#"select max(dialled_at) as "dialled_at?", max(answered_at) as "answered_at?",
                  count(*) filter (where came in ('lost', 'no_line')) as "ours!"
           from care_call_tries where tenant_id = $1 and care_call_id = $2"#,
        tenant,
        id
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(LastTries {
        dialled_at: row.dialled_at.map(jiff_sqlx::Timestamp::to_jiff),
        answered_at: row.answered_at.map(jiff_sqlx::Timestamp::to_jiff),
        ours: row.ours,
    })
}

/// What was answered in a row that has moved goes on in the row of the next window.
pub(super) async fn carry(cx: &mut Cx, from: Uuid, into: Uuid) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let found = sqlx::query!(
        r#"select people, answers as "answers!" from care_calls
           where tenant_id = $1 and id = $2 and state = 'moved' and answers is not null"#,
        tenant,
        from
    )
    .fetch_optional(cx.conn())
    .await?;
    let Some(found) = found else { return Ok(()) };
    let text = cx.open(TABLE, from, "answers", &found.answers)?;
    let sealed = cx.seal(TABLE, into, "answers", &text)?;
    sqlx::query!(
        "update care_calls set people = $3, answers = $4 where tenant_id = $1 and id = $2",
        tenant,
        into,
        &found.people,
        sealed
    )
    .execute(cx.conn())
    .await?;
    sqlx::query!("update care_calls set answers = null where tenant_id = $1 and id = $2", tenant, from)
        .execute(cx.conn())
        .await?;
    Ok(())
}

/// The newest tickets by which somebody was sent to a household.
pub(super) async fn visits(cx: &mut Cx, household: HouseholdId) -> Result<Vec<TicketId>> {
    let tenant = cx.tenant().uuid();
    let ids = sqlx::query_scalar!(
        r#"select visit_ticket_id as "ticket!" from care_calls
           where tenant_id = $1 and household_id = $2 and visit_ticket_id is not null order by id desc limit 5"#,
        tenant,
        household.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(TicketId).collect())
}

/// A household with a number that no text, and nobody of the station, has told who will call.
pub(super) struct Untold {
    pub household: HouseholdId,
    /// When a text went that never came, or to a number that is its own no more.
    pub before: Option<Timestamp>,
}

/// The next of them. A text that never came is sent again when it is as old as `stale`.
pub(super) async fn unannounced(cx: &mut Cx, stale: Timestamp, limit: i64) -> Result<Vec<Untold>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select h.id, o.announced_at as "announced_at?" from households h
           left join care_call_homes o on o.tenant_id = h.tenant_id and o.household_id = h.id
           left join texts x on x.tenant_id = o.tenant_id and x.id = o.text_id
           where h.tenant_id = $1 and h.followed > 0 and h.joined_into is null and h.contact is not null
             and (o.told_index = h.contact_index) is not true
             and (o.announced_at is null or o.contact_index is distinct from h.contact_index
                  or x.state in ('given_up', 'undeliverable') and o.announced_at <= $2)
           order by h.rank desc, h.due_at, h.id limit $3"#,
        tenant,
        stale.to_sqlx(),
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Untold {
            household: row.id.into(),
            before: row.announced_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
        .collect())
}

/// Notes that a household is told at this number now; false when another process has done so meanwhile.
pub(super) async fn announce(cx: &mut Cx, untold: &Untold, number: &Phone) -> Result<bool> {
    let (tenant, now, index) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.blind("phone", number.as_e164())?);
    let done = sqlx::query!(
        "insert into care_call_homes (tenant_id, household_id, announced_at, contact_index) values ($1, $2, $3, $4)
         on conflict (tenant_id, household_id) do update
         set announced_at = excluded.announced_at, contact_index = excluded.contact_index, text_id = null
         where care_call_homes.announced_at is not distinct from $5",
        tenant,
        untold.household.uuid(),
        now,
        index,
        untold.before.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Timestamp>
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn set_text(cx: &mut Cx, household: HouseholdId, text: MessageId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update care_call_homes set text_id = $3 where tenant_id = $1 and household_id = $2",
        tenant,
        household.uuid(),
        text.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Notes that somebody has told a household who will call it at the number that it has now; false where it has none,
/// or was told at it.
pub(super) async fn tell_home(cx: &mut Cx, household: HouseholdId, by: StaffId) -> Result<bool> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let done = sqlx::query!(
        "insert into care_call_homes (tenant_id, household_id, told_at, told_by, told_index)
         select tenant_id, id, $3, $4, contact_index from households
         where tenant_id = $1 and id = $2 and contact_index is not null
         on conflict (tenant_id, household_id) do update
         set told_at = excluded.told_at, told_by = excluded.told_by, told_index = excluded.told_index
         where care_call_homes.told_index is distinct from excluded.told_index",
        tenant,
        household.uuid(),
        now,
        by.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Nobody calls a household by robot from now on, or again.
pub(super) async fn hold_home(cx: &mut Cx, household: HouseholdId, held: bool) -> Result<bool> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let done = sqlx::query!(
        "insert into care_call_homes (tenant_id, household_id, paused_at, paused_by)
         values ($1, $2, case when $3 then $4::timestamptz end, case when $3 then $5::uuid end)
         on conflict (tenant_id, household_id) do update set paused_at = excluded.paused_at, paused_by = excluded.paused_by
         where (care_call_homes.paused_at is null) = $3",
        tenant,
        household.uuid(),
        held,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A household that has stopped the calls itself is called again; not one that somebody of staff has taken out.
pub(super) async fn release_own(cx: &mut Cx, household: HouseholdId) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    let done = sqlx::query!(
        "update care_call_homes set paused_at = null
         where tenant_id = $1 and household_id = $2 and paused_at is not null and paused_by is null",
        tenant,
        household.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}
