use kernel::Result;
use store::Cx;

/// Counts one more in this minute; how many there are in the window with it.
pub(in super::super) async fn add(cx: &mut Cx, key: &[u8], minute: i64, window: i64) -> Result<i64> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"with own as (
               insert into sign_in_tries (tenant_id, key, minute, count) values ($1, $2, $3, 1)
               on conflict (tenant_id, key, minute) do update set count = sign_in_tries.count + 1
               returning count)
           select (select count from own)
                  + coalesce((select sum(count) from sign_in_tries
                              where tenant_id = $1 and key = $2 and minute > $3 - $4 and minute < $3), 0)::bigint
                  as "count!""#,
        tenant,
        key,
        minute,
        window
    )
    .fetch_one(cx.conn())
    .await?)
}

pub(in super::super) async fn take_back(cx: &mut Cx, keys: &[Vec<u8>], minute: i64) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update sign_in_tries set count = greatest(count - 1, 0)
         where tenant_id = $1 and key = any($2) and minute = $3",
        tenant,
        keys,
        minute
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Forgets minutes that no window reaches.
pub(in super::super) async fn sweep(cx: &mut Cx, before: i64) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!("delete from sign_in_tries where tenant_id = $1 and minute < $2", tenant, before)
        .execute(cx.conn())
        .await?;
    Ok(())
}
