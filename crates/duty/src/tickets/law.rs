//! Under which law an answer is owed: kept with the opening of a ticket, so that a later version of
//! the rule changes nothing about it.

use crate::{
    calendars::{self, ClockKind},
    rules::{self, Rule},
    units,
};
use kernel::Result;
use store::{Cx, Event};

/// The law in force today, by kind of ticket and clock; looked up once for the tickets of a matter.
#[derive(Default)]
pub(super) struct Law(Vec<((String, ClockKind), Vec<Rule>)>);

impl Law {
    /// Writes into the event of an opening the versions in force: of the rule for this kind of ticket,
    /// and on the working clock of the calendar that its due time leans on.
    pub(super) async fn judge(
        &mut self,
        cx: &mut Cx,
        event: Event,
        kind: &str,
        clock: ClockKind,
    ) -> Result<Event> {
        let asked = (kind.to_owned(), clock);
        let known = self.0.iter().position(|(known, _)| *known == asked);
        let at = if let Some(at) = known {
            at
        } else {
            let found = in_force(cx, kind, clock).await?;
            self.0.push((asked, found));
            self.0.len() - 1
        };
        let rules: Vec<&Rule> = self.0[at].1.iter().collect();
        Ok(if rules.is_empty() { event } else { rules::judged(event, &rules) })
    }
}

/// A gap in the law is no reason not to ring anybody: what is not in force is left out.
async fn in_force(cx: &mut Cx, kind: &str, clock: ClockKind) -> Result<Vec<Rule>> {
    let calendar = match clock {
        ClockKind::Working => calendars::RULES,
        ClockKind::Calendar => &[],
    };
    let codes: Vec<&str> = rules::rule_of(kind).into_iter().chain(calendar.iter().copied()).collect();
    let mut found = Vec::with_capacity(codes.len());
    if codes.is_empty() {
        return Ok(found);
    }
    let today = units::today(cx).await?;
    for code in codes {
        found.extend(rules::known_on(cx, code, today).await?);
    }
    Ok(found)
}
