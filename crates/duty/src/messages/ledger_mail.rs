//! The daily publication of the ledger: ten minutes after midnight the head of the chain is kept
//! as that day's and mailed to the auditors and the centre's director. Mails in other people's
//! boxes are what a chain that was altered and sealed anew, even with stolen keys, cannot fit.

use super::{
    notices::{self, News},
    sql_notices,
};
use async_trait::async_trait;
use jiff::{
    Timestamp,
    civil::{Time, time},
    tz::TimeZone,
};
use kernel::{Error, Result, Role};
use store::{
    Cx, Timer, ledger,
    timers::{Due, OnTimer},
};

const KIND: &str = "ledger.publish";
/// By the district's clock: after the day's last events have been sealed.
const AT: Time = time(0, 10, 0, 0);

/// Arms the daily publication where it is not armed: when a tenant is made, and at the start of a
/// process for tenants that came before it.
pub async fn install(cx: &mut Cx) -> Result<()> {
    if !sql_notices::has_timer(cx, KIND).await? {
        arm(cx).await?;
    }
    Ok(())
}

async fn arm(cx: &mut Cx) -> Result<()> {
    let zone = sql_notices::face(cx).await?.zone;
    let fire_at = next(cx.now(), &zone)?;
    cx.arm(Timer { kind: KIND, object: cx.tenant().uuid(), generation: 0, fire_at });
    Ok(())
}

fn next(now: Timestamp, zone: &TimeZone) -> Result<Timestamp> {
    let local = now.to_zoned(zone.clone());
    let day =
        if local.time() < AT { local.date() } else { local.date().tomorrow().map_err(Error::internal)? };
    Ok(day.to_datetime(AT).to_zoned(zone.clone()).map_err(Error::internal)?.timestamp())
}

/// The handler of `ledger.publish`.
pub struct PublishLedger;

#[async_trait]
impl OnTimer for PublishLedger {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn fire(&self, cx: &mut Cx, _due: &[Due]) -> Result<()> {
        let zone = sql_notices::face(cx).await?.zone;
        let day = cx.now().to_zoned(zone).date();
        if let Some(head) = ledger::publish(cx, day).await? {
            let news = News::LedgerHead {
                day,
                seq: head.seq,
                hash: head.hash,
                signature: head.signature,
                sealed_at: head.sealed_at,
            };
            for staff in sql_notices::holders(cx, &[Role::Auditor, Role::CentreDirector]).await? {
                notices::announce(cx, staff, &news).await?;
            }
        }
        arm(cx).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_is_published_once_a_day_ten_past_midnight() {
        let zone = TimeZone::get("Asia/Ho_Chi_Minh").unwrap();
        let next = |at: &str| next(at.parse().unwrap(), &zone).unwrap().to_string();
        assert_eq!(next("2021-09-24T17:09:59Z"), "2021-09-24T17:10:00Z");
        assert_eq!(next("2021-09-24T17:10:00Z"), "2021-09-25T17:10:00Z");
        assert_eq!(next("2021-09-25T00:05:00Z"), "2021-09-25T17:10:00Z");
    }
}
