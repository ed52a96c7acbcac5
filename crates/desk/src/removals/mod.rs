//! Journeys to hospital that are under way, and how one is shown: with the hours that were pressed,
//! where it goes, and the oxygen on the way. What is done about one is done at its household.

mod view;
mod words;

pub use view::{Journey, hospitals};
pub use words::{ended, reason, step, tenths, vehicle};

use crate::{Me, frame::Frame};
use askama::Template;
use axum::{Router, routing::get};
use duty::permissions::{Action, Scope, permits};
use health::removals;
use kernel::Error;
use pages::{App, Desk, Outcome, html};

pub fn routes() -> Router<App> {
    Router::new().route("/{tenant}/desk/removals", get(list))
}

#[derive(Template)]
#[template(path = "removals.html")]
struct Page {
    d: Desk,
    address: String,
    rows: Vec<Journey>,
}

/// `GET /{tenant}/desk/removals`: those the reader may see, the oldest first.
async fn list(me: Me) -> Outcome {
    if !permits(&me.actor, Action::CareSee, Scope::Tenant) {
        return Err(Error::Forbidden(Action::CareSee.as_str()).into());
    }
    let mut frame = Frame::new(&me, "rounds").await?;
    let open = removals::open(&mut frame.cx, None).await?;
    let page = Page {
        address: me.at("removals"),
        rows: open.iter().map(|one| Journey::new(&me, &frame, one)).collect(),
        d: frame.d,
    };
    html(&page)
}
