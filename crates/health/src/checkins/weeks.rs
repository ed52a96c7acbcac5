//! The parts of the table, a week each. They are the owner's; two functions of the database make and drop them.

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use kernel::Result;
use store::Store;

/// Parts are there so long before they are needed: whoever looks after the house may be away for a week.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 21);

/// The week of an instant, counted from a Monday of 1970 by UTC.
pub(super) fn week(at: Timestamp) -> i64 {
    // The fifth of January 1970 was the first Monday.
    (at.as_second() - 4 * 86_400).div_euclid(7 * 86_400)
}

/// Makes the parts of the coming weeks, where they are missing; how many were.
pub async fn make_weeks(store: &Store) -> Result<i32> {
    let now = store.clock().now();
    make(store, now, now + AHEAD).await
}

/// Makes the parts of these instants and of the weeks between them.
pub(super) async fn make(store: &Store, first: Timestamp, last: Timestamp) -> Result<i32> {
    let mut cell = store.cell().await?;
    let made = sqlx::query_scalar!(
        r#"select vx_make_checkin_weeks($1, $2) as "made!""#,
        first.to_sqlx(),
        last.to_sqlx()
    )
    .fetch_one(cell.conn())
    .await?;
    cell.commit().await?;
    Ok(made)
}

/// Drops the parts of weeks that had ended by then, of those that hold anything the oldest alone; how many. Whatever
/// the time, none that lies near the newest scan goes: the database looks after that itself.
pub(super) async fn drop_ended(store: &Store, before: Timestamp) -> Result<i32> {
    let mut cell = store.cell().await?;
    let dropped = sqlx::query_scalar!(r#"select vx_drop_checkin_weeks($1) as "dropped!""#, before.to_sqlx())
        .fetch_one(cell.conn())
        .await?;
    cell.commit().await?;
    Ok(dropped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_begins_on_monday() {
        let week = |at: &str| week(at.parse().unwrap());
        assert_eq!(week("2021-09-20T00:00:00Z"), week("2021-09-26T23:59:59Z"));
        assert_eq!(week("2021-09-26T23:59:59Z") + 1, week("2021-09-27T00:00:00Z"));
    }
}
