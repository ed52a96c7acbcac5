//! Where the key of a pass is typed in; also what one sees whose key opens none, or who tries too often.

use crate::{
    asker::{self, Door, Threshold},
    home::Visit,
};
use askama::Template;
use pages::{Outcome, Portal, Words, html};

#[derive(Template)]
#[template(path = "pass_enter.html")]
struct Page {
    p: Portal,
    at: Threshold,
}

/// The door to somebody's own pass.
pub(super) enum OwnPass {}

pub(super) type Asker = asker::Asker<OwnPass>;

impl Door for OwnPass {
    const PATH: &'static str = "pass";
    /// Before a market hundreds share an address: nobody stands at its gate because one of them guesses.
    const HOLDERS_WAIT: bool = false;

    fn page(visit: &Visit, at: Threshold) -> Outcome {
        html(&Page { p: visit.frame(), at })
    }

    fn missing(w: Words) -> String {
        w.pass_enter_missing()
    }

    fn wrong(w: Words) -> String {
        w.pass_enter_wrong()
    }
}
