//! What a result that has come means for what was owed: the orders it answers, and whether it says
//! otherwise than another of the same day.

use super::{
    model::Reason,
    orders::{self, Wanted},
    owed,
    rule::Law,
    sight, sql, sql_tests,
};
use crate::cases::TestKind;
use kernel::{HouseholdId, PersonId, Result, TicketId};
use serde_json::json;
use std::collections::BTreeSet;
use store::{Cx, Event, Topic};

/// Brings the orders of these people into step with their results; whoever writes a result does so in
/// the same transaction. Done twice it changes nothing. An order is answered by the first result of a
/// sample of its day or later, by a PCR where a PCR was ordered; a self-test and a result that says
/// nothing answer none.
pub async fn settle(cx: &mut Cx, people: &[PersonId]) -> Result<()> {
    answer(cx, people).await?;
    let clashes = sql_tests::clashes(cx, people).await?;
    if clashes.is_empty() {
        return Ok(());
    }
    let law = Law::today(cx).await?;
    for clash in clashes {
        let whom = sight::of(cx, clash.person).await?;
        sql_tests::mark_clash(cx, clash.one, clash.other).await?;
        cx.record(Event::new("sample.clashed", whom.object()).unit(whom.station).data(json!({
            "person": clash.person, "tests": [clash.one, clash.other], "sample_on": clash.sample_on,
        })));
        let wanted = Wanted {
            kind: TestKind::Pcr,
            reason: Reason::Clash,
            from_on: clash.sample_on,
            due_at: law.due(Reason::Clash, cx.now()),
            case: clash.case,
            pool: None,
            whom: &whom,
        };
        orders::place(cx, &law, &[wanted]).await?;
    }
    Ok(())
}

async fn answer(cx: &mut Cx, people: &[PersonId]) -> Result<()> {
    let answered = sql::answer(cx, people).await?;
    if answered.is_empty() {
        return Ok(());
    }
    let mut tickets: BTreeSet<TicketId> = BTreeSet::new();
    for one in answered {
        let object = one.household.map_or(one.person.uuid(), HouseholdId::uuid);
        cx.record(Event::new("sample.answered", object).unit(one.station).data(json!({
            "order": one.id, "person": one.person, "reason": one.reason, "test": one.result,
        })));
        tickets.extend(one.ticket);
    }
    cx.tell(Topic::screen("samples"));
    owed::answer(cx, &tickets, "Đã có kết quả xét nghiệm.").await
}
