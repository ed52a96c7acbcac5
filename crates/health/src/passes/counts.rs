//! How many passes there are, by kind and standing. Counted once a minute by whoever keeps passes, so that a board
//! that is looked at all day costs no more for four hundred thousand passes than for four.

use super::model::Standing;
use duty::permissions::{Action, Permit, Scope};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::Result;
use pass::Kind;
use store::Cx;

/// All passes as they were counted last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    pub at: Timestamp,
    /// Every kind, with how many stand how, in the order of [`Standing::ALL`].
    pub kinds: Vec<(Kind, Vec<i64>)>,
}

/// Counts all passes anew; the caller commits.
pub async fn count(cx: &mut Cx) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "insert into pass_counts as c (tenant_id, kind, standing, n, counted_at)
         select $1, kind,
                case when revoked_as in ('replaced', 'merged') then 'replaced'
                     when revoked_at is not null then 'revoked'
                     when suspended_at is not null then 'suspended'
                     else 'good' end,
                count(*), $2
         from passes where tenant_id = $1 group by 2, 3
         on conflict (tenant_id, kind, standing) do update set n = excluded.n, counted_at = excluded.counted_at",
        tenant,
        now
    )
    .execute(cx.conn())
    .await?;
    // What there is none of any more.
    sqlx::query!(
        "update pass_counts set n = 0, counted_at = $2 where tenant_id = $1 and counted_at <> $2",
        tenant,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// What was counted last; `None` while no pass was ever issued.
///
/// Errors: `NotFound` for those who see no board.
pub async fn counted(cx: &mut Cx) -> Result<Option<Counts>> {
    cx.permit_sight(Action::BoardSee, Scope::Tenant)?;
    let tenant = cx.tenant().uuid();
    let rows =
        sqlx::query!("select kind, standing, n, counted_at from pass_counts where tenant_id = $1", tenant)
            .fetch_all(cx.conn())
            .await?;
    let Some(at) = rows.iter().map(|row| row.counted_at.to_jiff()).max() else { return Ok(None) };
    let n = |kind: Kind, standing: Standing| {
        let is = |kept: i16, word: &str| kept == i16::from(kind.number()) && word == standing.as_str();
        rows.iter().find(|row| is(row.kind, &row.standing)).map_or(0, |row| row.n)
    };
    let kinds = Kind::ALL.into_iter().map(|kind| {
        let stand = Standing::ALL.iter().map(|standing| n(kind, *standing)).collect();
        (kind, stand)
    });
    Ok(Some(Counts { at, kinds: kinds.collect() }))
}
