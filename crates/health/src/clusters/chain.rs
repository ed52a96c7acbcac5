//! The chain of a cluster: two questions to the database, the rest is laid out here.

use super::{model::Chain, sql};
use crate::people;
use duty::permissions::Action;
use kernel::{ClusterId, Error, Result, UnitId};
use std::collections::BTreeSet;
use store::Cx;

/// Who infected whom in a cluster, laid out. Cases of wards that the actor does not see have no name.
///
/// Errors: `NotFound` where he sees none of its cases.
pub async fn chain(cx: &mut Cx, id: ClusterId) -> Result<Chain> {
    let seen = people::wards(cx, Action::CaseSee).await?;
    let mut cases = sql::infected(cx, id).await?;
    if let Some(seen) = seen {
        let seen: BTreeSet<UnitId> = seen.into_iter().collect();
        for case in &mut cases {
            if !seen.contains(&case.ward) {
                case.name = None;
            }
        }
    }
    if cases.iter().all(|case| case.name.is_none()) {
        return Err(Error::NotFound);
    }
    let perhaps = sql::perhaps(cx, id).await?;
    Ok(Chain::lay_out(cases, &perhaps))
}
