//! Calendar feeds: opening, taking back, and reading one by its address.

use super::{Asked, Typed, changes::back};
use crate::{Me, frame::Frame};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use duty::rosters::{self, ical::Whose};
use kernel::{Actor, Error, Result, UnitId};
use pages::{App, Desk, Outcome, html};
use uuid::Uuid;

/// A feed that is open.
pub struct FeedLine {
    pub id: String,
    pub whose: String,
    pub since: String,
}

/// The reader's own feeds, and the unit's for whoever arranges its duty.
pub async fn lines(me: &Me, frame: &mut Frame, unit: UnitId, manages: bool) -> Result<Vec<FeedLine>> {
    let mut open = rosters::open_feeds(&mut frame.cx, Whose::Person(me.staff)).await?;
    if manages {
        open.extend(rosters::open_feeds(&mut frame.cx, Whose::Unit(unit)).await?);
    }
    Ok(open
        .into_iter()
        .map(|feed| FeedLine {
            id: feed.id.to_string(),
            whose: match feed.whose {
                Whose::Person(_) => me.w.roster_feed_mine(),
                Whose::Unit(_) => me.w.roster_feed_unit(),
            },
            since: frame.d.clock.full(feed.created_at),
        })
        .collect())
}

#[derive(Template)]
#[template(path = "roster_feed.html")]
struct Page {
    d: Desk,
    back: String,
    address: String,
    whose: String,
}

/// `POST /{tenant}/desk/rosters/feeds`: opens one and shows its address, once.
pub async fn open(me: Me, Query(asked): Query<Asked>, Form(typed): Form<Vec<(String, String)>>) -> Outcome {
    let typed = Typed(typed);
    me.check(typed.get("csrf"))?;
    let mut frame = Frame::new(&me, "rosters").await?;
    let unit = super::unit_of(&frame, asked.unit)?;
    let (whose, word) = match typed.get("whose") {
        "mine" => (Whose::Person(me.staff), me.w.roster_feed_mine()),
        "unit" => (Whose::Unit(unit), me.w.roster_feed_unit()),
        _ => return Err(Error::invalid("whose", "error-choose").into()),
    };
    let token = rosters::open_feed(&mut frame.cx, whose).await?;
    frame.cx.commit().await?;
    let place = me.app.place().public_url.trim_end_matches('/').to_owned();
    let page = Page {
        back: super::at(&me, "", unit),
        address: format!("{place}/{}/feeds/{token}.ics", me.tenant.slug),
        whose: word,
        d: frame.d,
    };
    html(&page)
}

/// `POST /{tenant}/desk/rosters/feeds/{id}/revoke`
pub async fn revoke(
    me: Me,
    Path((_, id)): Path<(String, Uuid)>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Outcome {
    let typed = Typed(typed);
    me.check(typed.get("csrf"))?;
    let mut cx = me.begin().await?;
    rosters::revoke_feed(&mut cx, id).await?;
    cx.commit().await?;
    Ok(back(&me, &typed))
}

/// `GET /{tenant}/feeds/{token}.ics`: for calendars, which do not sign in.
pub async fn read(State(app): State<App>, Path((slug, file)): Path<(String, String)>) -> Outcome {
    let token = file.strip_suffix(".ics").ok_or(Error::NotFound)?;
    let tenant = app.tenant(&slug).await?;
    let mut cx = app.store().begin(tenant.id, Actor::system("calendar_feed")).await?;
    let host = host(&app.place().public_url).to_owned();
    let text = rosters::read_feed(&mut cx, token, &host).await?;
    let kind = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CACHE_CONTROL, "private, max-age=900"),
    ];
    let response: Response = (kind, text).into_response();
    Ok(response)
}

/// The host name of an address.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['/', ':']).unwrap_or(rest.len());
    if end == 0 { "vungxanh" } else { &rest[..end] }
}

#[cfg(test)]
mod tests {
    #[test]
    fn events_are_named_after_the_host() {
        assert_eq!(super::host("https://centre.example.org:8443/x"), "centre.example.org");
        assert_eq!(super::host(""), "vungxanh");
    }
}
