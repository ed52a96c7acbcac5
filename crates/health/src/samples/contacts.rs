//! What the program orders by itself: for whoever is sick and not confirmed, and for an F1 on the days
//! that the rule names.

use super::{
    model::Reason,
    orders::{self, Wanted},
    owed,
    rule::Law,
    sight, sql,
};
use crate::cases::{self, Classification, TestKind};
use duty::units;
use jiff::{Span, civil::Date};
use kernel::{CaseId, Error, OrderId, PersonId, Result};
use serde_json::json;
use store::{Cx, Event, Topic};

/// The two tests of an F1.
const OF_CONTACT: [Reason; 2] = [Reason::F1First, Reason::F1Last];

/// Orders a test at once for a case that is only suspected and told of symptoms. Whoever records or
/// changes a case does so in the same transaction; done twice it orders once.
pub async fn suspected(cx: &mut Cx, case: CaseId) -> Result<Option<OrderId>> {
    let footing = cases::footing(cx, case).await?;
    let waits = footing.classification == Classification::Suspected
        && footing.sick
        && footing.outcome.is_none()
        && !footing.withdrawn;
    if !waits {
        return Ok(None);
    }
    let whom = sight::of(cx, footing.person).await?;
    let law = Law::today(cx).await?;
    let wanted = Wanted {
        whom: &whom,
        kind: TestKind::Rapid,
        reason: Reason::Symptoms,
        from_on: units::today(cx).await?,
        due_at: law.due(Reason::Symptoms, cx.now()),
        case: Some(case),
        pool: None,
    };
    Ok(orders::place(cx, &law, &[wanted]).await?.pop())
}

/// Orders the first and the last test of an F1, on these days of his plan: the first and the last of
/// them. Said again with another first day, what is still owed moves with it, and what was done for an earlier
/// exposure is owed anew, unless the sample was taken on the day that is due now or later. A day that is over
/// is not ordered any more.
pub(crate) async fn of_contact(cx: &mut Cx, person: PersonId, start_on: Date, days: &[i16]) -> Result<()> {
    forget_contact(cx, person).await?;
    let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else { return Ok(()) };
    let today = units::today(cx).await?;
    let zone = units::timezone(cx).await?;
    let whom = sight::of(cx, person).await?;
    let law = Law::today(cx).await?;
    let mut wanted = Vec::new();
    for (reason, day) in [(Reason::F1First, first), (Reason::F1Last, last)] {
        let Some(on) = Span::new().try_days(*day).ok().and_then(|days| start_on.checked_add(days).ok())
        else {
            continue;
        };
        let twice = reason == Reason::F1Last && first == last;
        if twice || on < today || sql::done_on(cx, person, &OF_CONTACT, on).await? {
            continue;
        }
        let end = on.tomorrow().and_then(|next| next.to_zoned(zone.clone())).map_err(Error::internal)?;
        wanted.push(Wanted {
            whom: &whom,
            kind: TestKind::Rapid,
            reason,
            from_on: on,
            due_at: end.timestamp(),
            case: None,
            pool: None,
        });
    }
    orders::place(cx, &law, &wanted).await?;
    Ok(())
}

/// Takes back what is still owed to somebody as an F1: he is one no more, or from another day on.
pub(crate) async fn forget_contact(cx: &mut Cx, person: PersonId) -> Result<()> {
    let open = sql::open_of(cx, person, &OF_CONTACT).await?;
    if open.is_empty() {
        return Ok(());
    }
    let whom = sight::of(cx, person).await?;
    let gone = sql::withdraw(cx, &open).await?;
    for one in &gone {
        cx.record(Event::new("sample.withdrawn", whom.object()).unit(whom.station).data(json!({
            "order": one.id, "person": person, "reason": one.reason, "by_plan": true,
        })));
    }
    cx.tell(Topic::screen("samples"));
    let tickets = gone.iter().filter_map(|one| one.ticket).collect();
    owed::answer(cx, &tickets, "Không còn theo dõi là F1.").await
}

/// Whether the last test of an F1 is ordered and nothing has answered it.
pub(crate) async fn owes_last(cx: &mut Cx, person: PersonId) -> Result<bool> {
    let lines = sql::all_of(cx, Some(person), &[]).await?;
    Ok(lines.iter().any(|line| line.reason == Reason::F1Last && line.is_open()))
}
