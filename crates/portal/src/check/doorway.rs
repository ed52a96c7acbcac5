//! Where the code of a paper is typed in; also what one sees whose code nobody issued, or who tries too
//! often.

use crate::{
    asker::{self, Door, Threshold},
    home::Visit,
};
use askama::Template;
use pages::{Outcome, Portal, Words, html};

#[derive(Template)]
#[template(path = "check_enter.html")]
struct Page {
    p: Portal,
    at: Threshold,
}

/// The door to a paper's standing.
pub(super) enum Check {}

pub(super) type Asker = asker::Asker<Check>;

impl Door for Check {
    const PATH: &'static str = "check";
    const HOLDERS_WAIT: bool = true;

    fn page(visit: &Visit, at: Threshold) -> Outcome {
        html(&Page { p: visit.frame(), at })
    }

    fn missing(w: Words) -> String {
        w.check_enter_missing()
    }

    fn wrong(w: Words) -> String {
        w.check_enter_wrong()
    }
}
