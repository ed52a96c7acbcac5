//! What staff makes of a self-test that a household told of. Only by this the person becomes an F0.

use super::{
    model::{Reason, Seen},
    orders::{self, Wanted},
    owed,
    rule::Law,
    sight, sql_tests,
};
use crate::{
    cases::{self, Classification, TestKind, TestResult},
    households,
};
use duty::{permissions::Action, tenants::Tenant, units};
use kernel::{CaseId, Error, HouseholdId, Result, text::paragraphs};
use serde_json::json;
use std::collections::BTreeSet;
use store::{Cx, Event, Topic};
use uuid::Uuid;

/// Longest reason, in characters.
const WHY_CAP: usize = 500;

/// What looking at a self-test came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    pub household: HouseholdId,
    /// His case; the caller brings follow-up into step with it (`followups::take_on`).
    pub case: Option<CaseId>,
}

/// Writes what staff made of a self-test. Confirmed, its person is an F0 and is rung for; refused, it
/// counts no more, and a case that stood on it alone is none; a PCR may be ordered, and the case stays
/// suspected. Of a note nothing follows: a result that is not positive, or of an F0.
///
/// Errors: `NotFound`, `Forbidden`; Conflict `error-self-test-seen`; `seen_as`:
/// `error-self-test-not-positive`, `error-self-test-decide`; `why`: `error-reason-missing` where it is
/// refused, `error-text-too-long`.
pub async fn see(cx: &mut Cx, tenant: &Tenant, test: Uuid, seen: Seen, why: &str) -> Result<Judged> {
    let household = sql_tests::told_by(cx, test).await?;
    let home = households::claim(cx, household, Action::CaseRecord).await?;
    households::queue_up(cx, home.ward).await?;
    households::lock(cx, household).await?;
    let told = sql_tests::lock(cx, test).await?;
    if told.seen {
        return Err(Error::Conflict("error-self-test-seen"));
    }
    let why = paragraphs(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    if seen == Seen::Refused && why.is_empty() {
        return Err(Error::invalid("why", "error-reason-missing"));
    }
    let suspected = match told.case {
        Some(case) => cases::footing(cx, case).await?.classification == Classification::Suspected,
        None => false,
    };
    let open = told.result == TestResult::Positive && suspected;
    match seen {
        Seen::Confirmed if !open => return Err(Error::invalid("seen_as", "error-self-test-not-positive")),
        Seen::Noted if open => return Err(Error::invalid("seen_as", "error-self-test-decide")),
        _ => {}
    }
    sql_tests::set_seen(cx, test, seen).await?;
    let mut event = Event::new("self_test.seen", household)
        .unit(home.station)
        .data(json!({ "test": test, "person": told.person, "as": seen, "case": told.case }));
    if !why.is_empty() {
        event = event.payload(json!({ "why": why }));
    }
    cx.record(event);
    match (seen, told.case) {
        (Seen::Confirmed, Some(case)) => {
            cases::classify(cx, tenant, case, Classification::Confirmed, "").await?;
        }
        (Seen::Refused, Some(case)) if cases::rests_on(cx, case, test).await? => {
            cases::classify(cx, tenant, case, Classification::NotACase, &why).await?;
        }
        (Seen::PcrOrdered, case) => order(cx, &told, case).await?,
        _ => {}
    }
    cx.tell(Topic::screen("samples"));
    cx.tell(Topic::screen("followups"));
    let said = match seen {
        Seen::Confirmed => "Đã xác nhận kết quả tự xét nghiệm.",
        Seen::Refused => "Không xác nhận kết quả tự xét nghiệm.",
        Seen::PcrOrdered => "Đã chỉ định xét nghiệm PCR.",
        Seen::Noted => "Đã xem kết quả tự xét nghiệm.",
    };
    owed::answer(cx, &told.ticket.into_iter().collect::<BTreeSet<_>>(), said).await?;
    Ok(Judged { household, case: told.case })
}

async fn order(cx: &mut Cx, told: &sql_tests::Locked, case: Option<CaseId>) -> Result<()> {
    let whom = sight::of(cx, told.person).await?;
    let law = Law::today(cx).await?;
    let wanted = Wanted {
        whom: &whom,
        kind: TestKind::Pcr,
        reason: Reason::SelfTest,
        from_on: units::today(cx).await?,
        due_at: law.due(Reason::SelfTest, cx.now()),
        case,
        pool: None,
    };
    orders::place(cx, &law, &[wanted]).await?;
    Ok(())
}
