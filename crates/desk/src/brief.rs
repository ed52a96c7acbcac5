//! The brief of 07:00 and 17:00, kept as it was, and one of this moment: five figures against the
//! brief before, who is late, which directives are overdue. Made to be read aloud and printed.

use crate::{
    Me,
    board::{
        csv_of,
        grid::{Cell, Grid},
        list_href,
        tiles::{self, Tile},
        voice,
    },
    frame::Frame,
};
use askama::Template;
use axum::{Router, extract::Path, routing::get};
use jiff::civil::Date;
use kernel::{Error, Result, UnitId, dates};
use pages::{App, Desk, Outcome, html, see_other};
use town::board::{self, Band, Brief, Kept, List, Opens, Slot, Table, Voice};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/brief", get(newest))
        .route("/{tenant}/desk/brief/now", get(now))
        .route("/{tenant}/desk/brief/now/csv", get(now_csv))
        .route("/{tenant}/desk/brief/{day}/{slot}", get(kept))
        .route("/{tenant}/desk/brief/{day}/{slot}/csv", get(kept_csv))
}

#[derive(Template)]
#[template(path = "brief.html")]
struct Page {
    d: Desk,
    title: String,
    since: String,
    made: String,
    tiles: Vec<Tile>,
    units: Grid,
    late: Grid,
    directives: Grid,
    csv_href: String,
    now_href: String,
    /// Label, address, whether it is this one.
    others: Vec<(String, String, bool)>,
    place_and_day: String,
}

/// Briefs one press away: a week of them.
const OTHERS: i64 = 14;

/// `GET /{tenant}/desk/brief`: the newest that was kept; before the first, the one of this moment.
async fn newest(me: Me) -> Outcome {
    let mut frame = Frame::new(&me, "brief").await?;
    match board::briefs(&mut frame.cx, 1).await?.first() {
        Some(newest) => Ok(see_other(&href(&me, *newest))),
        None => Ok(see_other(&me.at("brief/now"))),
    }
}

/// `GET /{tenant}/desk/brief/now`
async fn now(me: Me) -> Outcome {
    let mut frame = Frame::new(&me, "brief").await?;
    let brief = board::brief_now(&mut frame.cx).await?;
    show(&me, frame, &brief).await
}

/// `GET /{tenant}/desk/brief/{day}/{slot}`: `2021-09-25/morning`
async fn kept(me: Me, Path((_, day, slot)): Path<(String, String, String)>) -> Outcome {
    let mut frame = Frame::new(&me, "brief").await?;
    let (day, slot) = read(&day, &slot)?;
    let brief = board::brief(&mut frame.cx, day, slot).await?;
    show(&me, frame, &brief).await
}

/// `GET /{tenant}/desk/brief/now/csv`
async fn now_csv(me: Me) -> Outcome {
    let mut frame = Frame::new(&me, "brief").await?;
    let brief = board::brief_now(&mut frame.cx).await?;
    file(&me, &frame, &brief)
}

/// `GET /{tenant}/desk/brief/{day}/{slot}/csv`
async fn kept_csv(me: Me, Path((_, day, slot)): Path<(String, String, String)>) -> Outcome {
    let mut frame = Frame::new(&me, "brief").await?;
    let (day, slot) = read(&day, &slot)?;
    let brief = board::brief(&mut frame.cx, day, slot).await?;
    file(&me, &frame, &brief)
}

fn file(me: &Me, frame: &Frame, brief: &Brief) -> Outcome {
    let say = |key: &str| me.w.by_key(key);
    let name = format!("brief-{}", brief.slot.map_or("now", slot_word));
    Ok(csv_of(me, &name, brief.day, &Table::brief(brief, &voice(frame, &say)))?)
}

const fn slot_word(slot: Slot) -> &'static str {
    match slot {
        Slot::Morning => "morning",
        Slot::Evening => "evening",
    }
}

fn read(day: &str, slot: &str) -> Result<(Date, Slot)> {
    let day: Date = day.parse().map_err(|_| Error::NotFound)?;
    let slot = [Slot::Morning, Slot::Evening].into_iter().find(|known| slot_word(*known) == slot);
    Ok((day, slot.ok_or(Error::NotFound)?))
}

fn href(me: &Me, kept: Kept) -> String {
    me.at(format!("brief/{}/{}", kept.day, slot_word(kept.slot)))
}

fn hour(slot: Slot) -> String {
    format!("{:02}:00", slot.hour())
}

async fn show(me: &Me, mut frame: Frame, brief: &Brief) -> Outcome {
    let w = me.w;
    let kept = board::briefs(&mut frame.cx, OTHERS).await?;
    let others = kept
        .into_iter()
        .map(|kept| {
            let label = format!("{} {}", hour(kept.slot), dates::shown_date(kept.day));
            (label, href(me, kept), brief.slot == Some(kept.slot) && brief.day == kept.day)
        })
        .collect();
    let clock = &frame.d.clock;
    let list = |opens| list(me, brief, opens);
    let say = |key: &str| w.by_key(key);
    let voice = voice(&frame, &say);
    let page = Page {
        title: match brief.slot {
            Some(slot) => w.brief_title(hour(slot), dates::shown_date(brief.day)),
            None => w.brief_title_now(clock.time(brief.made_at), dates::shown_date(brief.day)),
        },
        since: w.brief_since(clock.full(brief.since)),
        made: w.brief_made(clock.full(brief.made_at)),
        tiles: tiles::of_brief(w, brief.whole(), brief.before(), list),
        units: units(&voice, brief, list),
        late: late(&frame, &voice, brief, list),
        directives: directives(me, &frame, &voice, brief),
        csv_href: match brief.slot {
            Some(slot) => me.at(format!("brief/{}/{}/csv", brief.day, slot_word(slot))),
            None => me.at("brief/now/csv"),
        },
        now_href: me.at("brief/now"),
        others,
        place_and_day: crate::paper::place_and_day(&frame.d, clock.day(brief.made_at)),
        d: frame.d,
    };
    html(&page)
}

/// The list behind a figure of a brief. What has happened has its span; what stood open in a brief
/// that was kept is kept with it, and in one of this moment it is what stands open now.
fn list(me: &Me, brief: &Brief, opens: Opens) -> Option<String> {
    let opens = match (opens.list, brief.slot) {
        (List::F0 | List::Missed, _) => opens.between(brief.since, brief.made_at),
        (_, None) => opens,
        (_, Some(slot)) => brief.stood.as_ref().map(|_| opens.in_brief(brief.day, slot))?,
    };
    Some(list_href(me, &opens))
}

/// The unit's name of that day; organisations and units of the past by what the board calls them.
fn named(voice: &Voice<'_>, vi: &str, en: &str, unit: Option<UnitId>) -> String {
    match (vi.is_empty(), voice.language, unit) {
        (true, _, Some(unit)) => voice.unit(unit),
        (true, _, None) => String::new(),
        (false, "en", _) => en.to_owned(),
        _ => vi.to_owned(),
    }
}

fn units(voice: &Voice<'_>, brief: &Brief, list: impl Fn(Opens) -> Option<String>) -> Grid {
    let mut grid = Grid::new(
        voice,
        &["board-unit", "board-f0", "board-ringing", "board-open", "board-overdue", "board-missed"],
    );
    let figure = |opens: Opens, now: i64, before: Option<i64>| {
        let mut cell = Cell::number(now).to(if now > 0 { list(opens) } else { None });
        if let Some(change) = before.map(|before| now - before).filter(|change| *change != 0) {
            cell.text = format!("{now} ({change:+})");
        }
        cell
    };
    grid.rows = brief
        .units
        .iter()
        .map(|line| {
            let (now, before) = (line.value, line.before);
            let of = |list| Opens::of(list).at(line.unit);
            vec![
                Cell::text(named(voice, &line.name, &line.name_en, Some(line.unit))),
                figure(of(List::F0), now.f0, before.map(|b| b.f0)),
                figure(of(List::Ringing), now.ringing, before.map(|b| b.ringing)),
                figure(of(List::Open), now.open, before.map(|b| b.open)),
                figure(of(List::Open).band(Band::Late), now.overdue, before.map(|b| b.overdue))
                    .late(now.overdue > 0),
                figure(of(List::Missed), now.missed, before.map(|b| b.missed)),
            ]
        })
        .collect();
    grid
}

fn late(frame: &Frame, voice: &Voice<'_>, brief: &Brief, list: impl Fn(Opens) -> Option<String>) -> Grid {
    let mut grid = Grid::new(voice, &["board-unit", "board-late-tickets", "board-oldest-due"]);
    grid.rows = brief
        .late
        .iter()
        .map(|line| {
            let opens = Opens::of(List::Open).at(line.unit).band(Band::Late);
            vec![
                Cell::text(named(voice, &line.name, &line.name_en, Some(line.unit))),
                Cell::number(line.late).to(list(opens)),
                Cell::text(line.oldest_due.map_or_else(String::new, |due| frame.d.clock.full(due))),
            ]
        })
        .collect();
    grid
}

fn directives(me: &Me, frame: &Frame, voice: &Voice<'_>, brief: &Brief) -> Grid {
    let mut grid = Grid::new(voice, &["board-code", "board-unit", "board-due"]);
    grid.rows = brief
        .directives
        .iter()
        .map(|line| {
            vec![
                Cell::text(&line.code).to(me.at(format!("tickets/{}", line.ticket))),
                Cell::text(named(voice, &line.name, &line.name_en, line.unit)),
                Cell::text(frame.d.clock.full(line.due_at)),
            ]
        })
        .collect();
    grid
}
