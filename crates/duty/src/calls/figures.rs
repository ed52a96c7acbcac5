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

/// Figures of a day until now; calls that try a trunk, and the legs of others, are not counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub incoming: i64,
    pub outgoing: i64,
    /// Somebody was heard: by an operator where he waited for one.
    pub answered: i64,
    /// Callers who gave up before anybody heard them.
    pub abandoned: i64,
    /// Of those whom an operator heard.
    pub average_wait: Option<SignedDuration>,
    /// Of all, those who wait now among them.
    pub longest_wait: Option<SignedDuration>,
    /// Most calls first.
    pub operators: Vec<ByOperator>,
}

/// What one operator has done.
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
                  count(*) filter (where direction = 'out') as "outgoing!",
                  count(*) filter (where answered_at is not null
                                     and (waiting_since is null or served_at is not null)) as "answered!",
                  count(*) filter (where direction = 'in' and ended_at is not null
                                     and (outcome = 'abandoned'
                                          or (waiting_since is not null and served_at is null
                                              and outcome not in ('voicemail', 'handed_over')))) as "abandoned!",
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
        outgoing: row.outgoing,
        answered: row.answered,
        abandoned: row.abandoned,
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
           where tenant_id = $1 and began_at >= $2 and began_at < $3 and leg_of is null and purpose <> 'test'
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
