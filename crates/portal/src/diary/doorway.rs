//! Where the code of a household is typed in; also what one sees whose code opens no diary.

use crate::{
    asker::{self, Door, Threshold},
    home::Visit,
};
use askama::Template;
use pages::{Outcome, Portal, Words, html};

#[derive(Template)]
#[template(path = "diary_enter.html")]
struct Page {
    p: Portal,
    at: Threshold,
}

/// The door to a household's diary.
pub(super) enum Diary {}

pub(super) type Asker = asker::Asker<Diary>;

impl Door for Diary {
    const PATH: &'static str = "diary";
    const HOLDERS_WAIT: bool = false;

    fn page(visit: &Visit, at: Threshold) -> Outcome {
        html(&Page { p: visit.frame(), at })
    }

    fn missing(w: Words) -> String {
        w.diary_enter_missing()
    }

    fn wrong(w: Words) -> String {
        w.diary_enter_wrong()
    }
}
