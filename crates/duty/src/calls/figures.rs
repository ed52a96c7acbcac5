//! What a day's calls come to.

use super::{actions::bounds, sight};
use crate::{
    permissions::{Action, Permit, Scope},
    units,
};
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use kernel::{Result, StaffId};
use sqlx::types::Uuid;
use store::Cx;

/// Figures of a day until now: what people did, what callers did by keys alone, and what robots did, each by itself.
/// Calls that try a trunk or a telephone, and the legs of others, are not counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub incoming: i64,
    /// Callers whom an operator heard.
    pub answered: i64,
    /// Callers who were served by keys and asked for nobody.
    pub by_keys: i64,
    /// Callers who left a message.
    pub messages: i64,
    /// Callers who gave up before anybody heard them.
    pub abandoned: i64,
    /// Calls that operators asked for.
    pub outgoing: i64,
    /// Of those, picked up.
    pub picked_up: i64,
    /// Households that a robot called.
    pub robot: i64,
    /// Of those, they pressed answers, or were passed on to a person.
    pub robot_answered: i64,
    /// Of those, picked up by a mailbox, or by somebody who pressed nothing.
    pub robot_mailbox: i64,
    /// Of those whom an operator heard.
    pub average_wait: Option<SignedDuration>,
    /// Of all, those who wait now among them.
    pub longest_wait: Option<SignedDuration>,
    /// Most calls first.
    pub operators: Vec<ByOperator>,
}

/// What one operator has done at his telephone. Whoever was fetched into a robot's call sits in no room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByOperator {
    pub staff: StaffId,
    pub calls: i64,
    pub talked: SignedDuration,
}

/// The figures of today over the calls that the actor sees by his unit.
pub async fn today(cx: &mut Cx) -> Result<Figures> {
    cx.permit(Action::CallSee, Scope::Tenant)?;
    let day = units::today(cx).await?;
    let (from, to) = bounds(cx, day).await?;
    let units = sight::units(cx);
    let mut figures = counts(cx, from, to, units.as_deref()).await?;
    figures.operators = by_operator(cx, from, to, units.as_deref()).await?;
    Ok(figures)
}

async fn counts(cx: &mut Cx, from: Timestamp, to: Timestamp, units: Option<&[Uuid]>) -> Result<Figures> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let row = sqlx::query!(
        r#"select count(*) filter (where direction = 'in') as "incoming!",
                  count(*) filter (where direction = 'in' and served_at is not null) as "answered!",
                  count(*) filter (where direction = 'in' and served_at is null and outcome = 'completed') as "by_keys!",
                  count(*) filter (where direction = 'in' and served_at is null and outcome = 'voicemail') as "messages!",
                  count(*) filter (where direction = 'in' and served_at is null
                                     and (outcome = 'abandoned'
                                          or (waiting_since is not null
                                              and outcome not in ('completed', 'voicemail', 'handed_over'))))
                    as "abandoned!",
                  count(*) filter (where direction = 'out' and purpose in ('desk', 'call_back')) as "outgoing!",
                  count(*) filter (where direction = 'out' and purpose in ('desk', 'call_back')
                                     and answered_at is not null) as "picked_up!",
                  count(*) filter (where purpose = 'care') as "robot!",
                  count(*) filter (where purpose = 'care' and answered_at is not null
                                     and outcome in ('completed', 'partial', 'handed_over')) as "robot_answered!",
                  count(*) filter (where purpose = 'care' and answered_at is not null and outcome = 'voicemail')
                    as "robot_mailbox!",
                  (avg(extract(epoch from served_at - waiting_since))
                     filter (where served_at >= waiting_since))::bigint as "average_wait?",
                  max(extract(epoch from coalesce(served_at, ended_at, $4) - waiting_since))::bigint as "longest_wait?"
           from calls
           where tenant_id = $1 and began_at >= $2 and began_at < $3 and leg_of is null and purpose <> 'test'
             and ($5::uuid[] is null or unit_id = any($5))"#,
        tenant,
        from.to_sqlx(),
        to.to_sqlx(),
        now,
        units
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(Figures {
        incoming: row.incoming,
        answered: row.answered,
        by_keys: row.by_keys,
        messages: row.messages,
        abandoned: row.abandoned,
        outgoing: row.outgoing,
        picked_up: row.picked_up,
        robot: row.robot,
        robot_answered: row.robot_answered,
        robot_mailbox: row.robot_mailbox,
        average_wait: row.average_wait.map(SignedDuration::from_secs),
        longest_wait: row.longest_wait.map(SignedDuration::from_secs),
        operators: Vec::new(),
    })
}

async fn by_operator(
    cx: &mut Cx,
    from: Timestamp,
    to: Timestamp,
    units: Option<&[Uuid]>,
) -> Result<Vec<ByOperator>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select coalesce(served_by, staff_id) as "staff!", count(*) as "calls!",
                  coalesce(sum(extract(epoch from ended_at - coalesce(served_at, answered_at))), 0)::bigint as "talked!"
           from calls
           where tenant_id = $1 and began_at >= $2 and began_at < $3 and leg_of is null
             and purpose in ('hotline', 'desk', 'call_back')
             and coalesce(served_by, staff_id) is not null and coalesce(served_at, answered_at) is not null
             and ($4::uuid[] is null or unit_id = any($4))
           group by coalesce(served_by, staff_id)
           order by count(*) desc, coalesce(served_by, staff_id)"#,
        tenant,
        from.to_sqlx(),
        to.to_sqlx(),
        units
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ByOperator {
            staff: row.staff.into(),
            calls: row.calls,
            talked: SignedDuration::from_secs(row.talked),
        })
        .collect())
}
