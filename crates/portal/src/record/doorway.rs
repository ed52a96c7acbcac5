//! Where the code of a record is typed in; also what one sees whose code opens none, or who tries too
//! often.

use crate::{
    asker::{self, Door, Threshold},
    home::Visit,
};
use askama::Template;
use pages::{Outcome, Portal, Words, html};

#[derive(Template)]
#[template(path = "record_enter.html")]
struct Page {
    p: Portal,
    at: Threshold,
}

/// The door to somebody's own record.
pub(super) enum Record {}

pub(super) type Asker = asker::Asker<Record>;

impl Door for Record {
    const PATH: &'static str = "record";
    const HOLDERS_WAIT: bool = true;

    fn page(visit: &Visit, at: Threshold) -> Outcome {
        html(&Page { p: visit.frame(), at })
    }

    fn missing(w: Words) -> String {
        w.record_enter_missing()
    }

    fn wrong(w: Words) -> String {
        w.record_enter_wrong()
    }
}
