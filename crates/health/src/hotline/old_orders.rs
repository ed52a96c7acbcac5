//! Orders as they were before they had a list of their own: jobs, which a desk of an older version asks for as long as
//! both versions run. One for a call that this process holds goes into the call's list. Any other is left for a while
//! to whoever holds the call, who may be of the older version and reads no list; then it goes into the list too, which
//! another process of this version may read. What is for no call that talks is dropped.

use super::{
    model::Kind,
    orders::{NEWS, To, running},
    sql_orders,
};
use async_trait::async_trait;
use duty::lines::Lines;
use jiff::SignedDuration;
use kernel::{Actor, CallId, Error, Result, StaffId, UnitId};
use serde::Deserialize;
use std::sync::Arc;
use store::{
    Store, Topic,
    jobs::{OnJob, Taken},
};

const PART: Actor = Actor::system("hotline.orders");
/// The kinds that there were.
const KINDS: [&str; 3] = ["hotline.transfer", "hotline.hold", "hotline.listen"];
/// From this try on a job goes into the list whoever holds the call.
const LEFT_UNTIL: i32 = 3;

/// What a job says.
#[derive(Deserialize)]
struct Args {
    call: CallId,
    by: Option<StaffId>,
    to: Option<OldTo>,
    #[serde(default)]
    on: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum OldTo {
    Operator(StaffId),
    Unit(UnitId),
}

/// The handler of one of the kinds.
pub struct OldOrder {
    kind: &'static str,
    lines: Option<Arc<dyn Lines>>,
}

impl OldOrder {
    /// Of every kind that there was, on this network.
    pub fn all(lines: Option<&Arc<dyn Lines>>) -> impl Iterator<Item = Arc<dyn OnJob>> {
        KINDS.into_iter().map(move |kind| Arc::new(Self { kind, lines: lines.cloned() }) as Arc<dyn OnJob>)
    }

    fn holds(&self, call: CallId) -> bool {
        self.lines.as_ref().is_some_and(|lines| lines.live().contains(&call))
    }
}

#[async_trait]
impl OnJob for OldOrder {
    fn kind(&self) -> &'static str {
        self.kind
    }

    async fn run(&self, store: &Store, job: &Taken) -> Result<()> {
        // What cannot be read is nothing that anybody waits for.
        let Ok(args) = serde_json::from_value::<Args>(job.args.clone()) else { return Ok(()) };
        let (kind, to) = match (self.kind, args.to) {
            ("hotline.hold", _) => (if args.on { Kind::Hold } else { Kind::Resume }, None),
            ("hotline.transfer", Some(OldTo::Operator(staff))) => (Kind::Transfer, Some(To::Operator(staff))),
            ("hotline.transfer", Some(OldTo::Unit(unit))) => (Kind::Transfer, Some(To::Unit(unit))),
            ("hotline.listen", _) => (Kind::Listen, None),
            _ => return Ok(()),
        };
        let Some(by) = args.by else { return Ok(()) };
        let mut cx = store.begin(job.tenant, PART).await?;
        let operator = match running(&mut cx, args.call).await {
            Err(Error::NotFound | Error::Conflict(_)) => return Ok(()),
            operator => operator?,
        };
        if job.attempt < LEFT_UNTIL && !self.holds(args.call) {
            return Err(Error::Unavailable("another process holds the call".into()));
        }
        sql_orders::insert(&mut cx, args.call, kind, to, by, operator).await?;
        cx.tell(Topic::screen(NEWS));
        cx.tell(Topic::screen("hotline"));
        cx.commit().await
    }

    fn max_attempts(&self) -> i32 {
        5
    }

    fn lease(&self) -> SignedDuration {
        SignedDuration::from_secs(10)
    }
}
