//! Work that only one process may do at a time, by a lease in the database.

use crate::Store;
use jiff::SignedDuration;
use jiff_sqlx::ToSqlx;
use kernel::Result;
use sqlx::types::Uuid;

/// Takes or renews the lease `name` for `holder`; false while another holds it.
pub async fn hold(store: &Store, name: &str, holder: Uuid, for_: SignedDuration) -> Result<bool> {
    let now = store.clock().now();
    let taken = sqlx::query!(
        "insert into leases (name, holder, until) values ($1, $2, $3)
         on conflict (name) do update set holder = excluded.holder, until = excluded.until
         where leases.holder = excluded.holder or leases.until <= $4",
        name,
        holder,
        (now + for_).to_sqlx(),
        now.to_sqlx()
    )
    .execute(&store.pool)
    .await?;
    Ok(taken.rows_affected() == 1)
}
