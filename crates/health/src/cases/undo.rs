//! Taking the cases of a list back.

use super::{model::Classification, record::tell, same, sql_imports as sql};
use crate::people;
use duty::tickets::{self, State};
use kernel::{ImportId, MatterId, PersonId, Result};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event};

/// On how many cases of a list somebody has acted: a ticket taken up, a move, another result.
pub(crate) async fn acted_upon(cx: &mut Cx, import: ImportId, matters: &[MatterId]) -> Result<i64> {
    let mut acted = Vec::new();
    for matter in matters {
        let tickets = tickets::matter_tickets(cx, *matter).await?;
        if tickets.iter().any(|ticket| !matches!(ticket.state, State::Open | State::Merged)) {
            acted.push(matter.uuid());
        }
    }
    sql::touched(cx, import, &acted).await
}

/// What taking a list back came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Withdrawn {
    pub cases: u64,
    pub results: u64,
}

/// Takes the cases and results of a list off the record, closes the tickets that rang for them and
/// empties the people who were made by it and of whom nothing is left.
pub(crate) async fn withdraw(
    cx: &mut Cx,
    import: ImportId,
    matters: &[MatterId],
    made: &[PersonId],
    why: &str,
) -> Result<Withdrawn> {
    for matter in matters {
        tickets::retract(cx, *matter, why).await?;
    }
    same::let_go(cx, import).await?;
    let (gone, turned, results) = sql::withdraw(cx, import).await?;
    for case in &gone {
        cx.record(
            Event::new("case.withdrawn", case.id)
                .unit(case.ward)
                .data(json!({ "import": import, "confirmed_on": case.confirmed_on })),
        );
    }
    for case in turned {
        cx.record(Event::new("case.classified", case.id).unit(case.ward).data(json!({
            "from": Classification::Confirmed, "to": Classification::Suspected, "import": import,
            "confirmed_on": case.confirmed_on,
        })));
    }
    let made: Vec<Uuid> = made.iter().map(|id| id.uuid()).collect();
    let nobody = sql::without_record(cx, &made).await?;
    people::erase(cx, &nobody).await?;
    tell(cx);
    Ok(Withdrawn { cases: gone.len() as u64, results })
}
