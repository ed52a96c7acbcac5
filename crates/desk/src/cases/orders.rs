//! Tests that are owed, as lists and pages show them.

use super::words::{birth_and_sex, test_kind, test_reason, test_result};
use crate::{Me, frame::Frame};
use health::samples::Line;
use kernel::dates;

/// A test that is owed, or was.
pub struct Due {
    pub name: String,
    pub about: String,
    /// Its address and code.
    pub household: Option<(String, String)>,
    pub kind: String,
    pub reason: String,
    pub rfc: String,
    pub full: String,
    pub left: String,
    pub pressure: &'static str,
    /// Empty while it is owed.
    pub over: String,
    pub result_href: String,
    pub withdraw_href: String,
}

/// One order as lists show it.
pub fn due_line(me: &Me, frame: &Frame, one: &Line) -> Due {
    let (w, clock) = (me.w, &frame.d.clock);
    Due {
        name: one.person.full_name.clone(),
        about: birth_and_sex(w, &one.person),
        household: one
            .household
            .as_ref()
            .map(|(id, code)| (me.at(format!("households/{id}")), w.household_title(code.as_str()))),
        kind: test_kind(w, one.kind),
        reason: test_reason(w, one.reason),
        rfc: clock.rfc(one.due_at),
        full: clock.full(one.due_at),
        left: clock.left(w, one.due_at),
        pressure: clock.pressure(one.due_at, false),
        over: match (one.answer, one.withdrawn_at) {
            (Some((result, on)), _) => w.sample_answered(test_result(w, result), dates::shown_date(on)),
            (None, Some(at)) => w.sample_withdrawn(clock.short(at)),
            (None, None) => String::new(),
        },
        result_href: me.at(format!("samples/orders/{}/result", one.id)),
        withdraw_href: me.at(format!("samples/orders/{}/withdraw", one.id)),
    }
}
