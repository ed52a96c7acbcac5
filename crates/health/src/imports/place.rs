//! Once a list of streets is on record, whoever lives at one of its addresses and lay in no quarter lies in
//! one.

use super::{
    apply::QUEUE,
    import::State,
    sql::{self, Locked},
    sql_rows,
};
use crate::{households, people};
use async_trait::async_trait;
use jiff::SignedDuration;
use kernel::{Actor, Error, ImportId, Result, UnitId};
use serde_json::json;
use sqlx::types::Uuid;
use store::{
    Cx, Event, Job, Store,
    jobs::{OnJob, Taken},
};

const KIND: &str = "imports.place";
/// People of one transaction.
pub(super) const STEP: i64 = 1_000;

/// Has those looked up who live in the wards of a list of streets.
pub(super) fn begin(cx: &mut Cx, import: ImportId) {
    cx.enqueue(Job {
        queue: QUEUE,
        kind: KIND,
        key: import.to_string(),
        args: json!({ "import": import }),
        run_at: None,
    });
}

/// The handler of `imports.place`: a thousand people a transaction, then the households. Done twice it
/// changes nothing more; what a person has said of somebody's quarter, or his address itself, stays.
pub struct Place;

#[derive(Clone, Copy)]
enum Whose {
    People,
    Households,
}

#[async_trait]
impl OnJob for Place {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, store: &Store, job: &Taken) -> Result<()> {
        let id: ImportId = serde_json::from_value(job.args["import"].clone()).map_err(Error::internal)?;
        let mut cx = store.begin(job.tenant, Actor::system(KIND)).await?;
        let wards = sql_rows::wards(&mut cx, id).await?;
        cx.rollback().await?;
        for whose in [Whose::People, Whose::Households] {
            let mut behind = Uuid::nil();
            loop {
                let mut cx = store.begin(job.tenant, Actor::system(KIND)).await?;
                let import = sql::lock(&mut cx, id).await?;
                // It is being taken back already.
                if import.state != State::Applied {
                    return Ok(());
                }
                cx.actor.on_behalf_of = import.applied_by;
                let Some(last) = step(&mut cx, id, &import, &wards, whose, behind).await? else { break };
                cx.commit().await?;
                behind = last;
            }
        }
        Ok(())
    }

    fn lease(&self) -> SignedDuration {
        SignedDuration::from_mins(20)
    }
}

async fn step(
    cx: &mut Cx,
    id: ImportId,
    import: &Locked,
    wards: &[UnitId],
    whose: Whose,
    behind: Uuid,
) -> Result<Option<Uuid>> {
    let (looked, data) = match whose {
        Whose::People => {
            let looked = people::place(cx, wards, behind, STEP).await?;
            (looked, json!({ "people": looked.placed }))
        }
        Whose::Households => {
            let looked = households::place(cx, wards, behind, STEP).await?;
            (looked, json!({ "households": looked.placed }))
        }
    };
    if looked.placed > 0 {
        cx.record(Event::new("street.placed", id).unit(import.unit).data(data));
    }
    Ok(looked.last)
}

/// Takes so many back whom a list of streets put into a quarter; false when none is left.
pub(super) async fn take_back(cx: &mut Cx, id: ImportId, import: &Locked) -> Result<bool> {
    let people = people::displace(cx, id, STEP).await?;
    let households = if people == 0 { households::displace(cx, id, STEP).await? } else { 0 };
    if people + households == 0 {
        return Ok(false);
    }
    cx.record(
        Event::new("street.displaced", id)
            .unit(import.unit)
            .data(json!({ "people": people, "households": households })),
    );
    Ok(true)
}
