//! Where a code is typed in; also what one sees whose code nobody holds, or who tries too often.

use crate::{
    asker::{self, Door, Threshold},
    home::Visit,
};
use askama::Template;
use pages::{Outcome, Portal, Words, html};

#[derive(Template)]
#[template(path = "track_enter.html")]
struct Page {
    p: Portal,
    at: Threshold,
}

/// The door to what became of a report.
pub(super) enum Track {}

pub(super) type Asker = asker::Asker<Track>;

impl Door for Track {
    const PATH: &'static str = "track";
    const HOLDERS_WAIT: bool = true;

    fn page(visit: &Visit, at: Threshold) -> Outcome {
        html(&Page { p: visit.frame(), at })
    }

    fn missing(w: Words) -> String {
        w.track_enter_missing()
    }

    fn wrong(w: Words) -> String {
        w.track_enter_wrong()
    }
}
