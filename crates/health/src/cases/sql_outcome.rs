use super::{model::Ending, sql::author};
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use kernel::{CaseId, Result};
use store::Cx;

pub(super) async fn end(cx: &mut Cx, id: CaseId, ending: Ending, on: Date) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), author(cx));
    sqlx::query!(
        "update cases set outcome = $3, outcome_on = $4, outcome_at = $5, outcome_by = $6 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        ending.as_str(),
        on.to_sqlx(),
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn set_onset(cx: &mut Cx, id: CaseId, on: Date) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update cases set onset_on = $3 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        on.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn set_severe(cx: &mut Cx, id: CaseId, severe: bool) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update cases set severe_since = case when $3 then $4::timestamptz end where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        severe,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
