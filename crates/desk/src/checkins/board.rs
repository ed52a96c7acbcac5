//! The board of the gates: who was scanned today and how it went, minute by minute; why people were turned away;
//! how full it is; which gates are silent; what was unusual; how many passes there are.

use super::{SCREEN, gate_href, today, words};
use crate::{
    Me,
    board::grid::{Cell, Grid, Head},
    frame::{self, Frame},
    numbers::download,
};
use askama::Template;
use duty::permissions::{Action, Scope, permits};
use health::{
    checkins::{self, Alert, Colours, Minute, Reason, Room, Silent},
    gates,
    passes::{self, Counts, Standing},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{Error, GateId, Result, numbers};
use pages::{Desk, Lang, Outcome, Words, charts, html};
use std::collections::BTreeMap;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Lines of a part; what is over is told as a number.
const LINES: usize = 20;

struct Tile {
    label: String,
    figure: String,
    note: String,
    late: bool,
    href: String,
}

struct Refusal {
    words: String,
    n: i64,
    bar: String,
    href: String,
}

struct Line {
    name: String,
    unit: String,
    href: Option<String>,
    /// "12 / 40", a time.
    value: String,
    bar: String,
    late: bool,
}

struct AlertLine {
    kind: String,
    place: String,
    at: String,
    full: String,
    href: String,
}

#[derive(Template)]
#[template(path = "checkins.html")]
struct Page {
    d: Desk,
    updated: String,
    reads: bool,
    /// Nothing was ever scanned.
    empty: bool,
    tiles: Vec<Tile>,
    scanned_lately: bool,
    chart: String,
    minutes: Grid,
    refusals: Vec<Refusal>,
    rooms: Vec<Line>,
    silent: Vec<Line>,
    silent_more: String,
    alerts: Vec<AlertLine>,
    alerts_more: String,
    passes: Grid,
    passes_at: String,
}

/// `GET /{tenant}/desk/checkins`
pub async fn page(me: Me) -> Outcome {
    let mut frame = Frame::new(&me, SCREEN).await?;
    let w = me.w;
    let (from, to) = today(&frame.d.clock)?;
    let colours = checkins::by_colour(&mut frame.cx, from, to).await?;
    let minutes = last_hour(&mut frame).await?;
    let refusals = checkins::refusals(&mut frame.cx, from, to).await?;
    let rooms = checkins::rooms(&mut frame.cx).await?;
    let silent = checkins::silent(&mut frame.cx).await?;
    let since = frame.d.clock.now - DAY;
    let alerts = checkins::alerts_of(&mut frame.cx, None, since).await?;
    let counted_at = checkins::counted_at(&mut frame.cx).await?;
    let passes = passes::counted(&mut frame.cx).await?;
    let more = |all: usize| match all.saturating_sub(LINES) {
        0 => String::new(),
        over => w.checkins_more(over.to_string()),
    };
    let page = Page {
        updated: match counted_at {
            Some(at) => w.checkins_updated(frame.d.clock.full(at)),
            None => w.checkins_never(),
        },
        reads: permits(&me.actor, Action::CheckInRead, Scope::Tenant),
        empty: counted_at.is_none(),
        tiles: tiles(&me, colours, &minutes, silent.len(), alerts.len()),
        scanned_lately: minutes.iter().any(|minute| minute.n > 0),
        chart: chart(&me, &frame, &minutes),
        minutes: table(&me, &frame, &minutes),
        refusals: lines_of_refusals(&me, &refusals),
        rooms: rooms.iter().take(LINES).map(|room| room_line(&me, &frame, room)).collect(),
        silent_more: more(silent.len()),
        silent: silent.iter().take(LINES).map(|one| silent_line(&me, &frame, one)).collect(),
        alerts_more: more(alerts.len()),
        alerts: alert_lines(&me, &mut frame, &alerts).await?,
        passes_at: passes.as_ref().map(|counts| frame.d.clock.full(counts.at)).unwrap_or_default(),
        passes: passes.map(|counts| passes_grid(&me, &counts)).unwrap_or_default(),
        d: frame.d,
    };
    html(&page)
}

/// The last sixty minutes, the one that runs with them, those without a scan too.
async fn last_hour(frame: &mut Frame) -> Result<Vec<Minute>> {
    let now = frame.d.clock.now.as_second();
    let last = Timestamp::from_second(now - now.rem_euclid(60)).map_err(Error::internal)?;
    let (from, to) = (last + MINUTE - HOUR, last + MINUTE);
    let known = checkins::per_minute(&mut frame.cx, from, to).await?;
    let known: BTreeMap<Timestamp, i64> = known.into_iter().map(|minute| (minute.at, minute.n)).collect();
    let each = (0..60).map(|minute| from + MINUTE * minute);
    Ok(each.map(|at| Minute { at, n: known.get(&at).copied().unwrap_or(0) }).collect())
}

fn minute_href(me: &Me, at: Timestamp) -> String {
    me.at(format!("checkins/gates?minute={}", at.as_second()))
}

fn tiles(me: &Me, colours: Colours, minutes: &[Minute], silent: usize, alerts: usize) -> Vec<Tile> {
    let w = me.w;
    let tile = |label: String, n: i64, note: String, path: &str| Tile {
        label,
        figure: n.to_string(),
        note,
        late: false,
        href: me.at(format!("checkins{path}")),
    };
    let all = colours.green + colours.yellow + colours.red;
    let share = |n: i64| match all {
        0 => w.checkins_today(),
        all => w.checkins_share(((n * 200 + all) / (all * 2)).to_string()),
    };
    let of = |colour: &str, n: i64| {
        tile(words::colour(w, colour), n, share(n), &format!("/gates?colour={colour}"))
    };
    let hour: i64 = minutes.iter().map(|minute| minute.n).sum();
    let late = |tile: Tile, n: usize| Tile { late: n > 0, ..tile };
    vec![
        of("green", colours.green),
        of("yellow", colours.yellow),
        of("red", colours.red),
        tile(w.checkins_hour(), hour, hour_note(w, hour), "#minutes"),
        late(tile(w.checkins_part_silent(), silent as i64, w.checkins_silent_note(), "#silent"), silent),
        late(tile(w.checkins_part_alerts(), alerts as i64, w.checkins_alerts_note(), "#alerts"), alerts),
    ]
}

/// Scans of an hour by its minutes; so few that they would round to none are told as few.
fn hour_note(w: Words, hour: i64) -> String {
    match hour {
        ..=0 => w.checkins_hour_none(),
        1..=5 => w.checkins_hour_few(),
        _ => w.checkins_hour_note(per_minute(w, hour)),
    }
}

/// "0,9"
fn per_minute(w: Words, hour: i64) -> String {
    let text = numbers::decimal(hour as f64 / 60.0, 1);
    if w.lang() == Lang::Vi { text } else { text.replace(',', "_").replace('.', ",").replace('_', ".") }
}

fn chart(me: &Me, frame: &Frame, minutes: &[Minute]) -> String {
    let w = me.w;
    let bars: Vec<charts::Bar> = minutes
        .iter()
        .map(|minute| {
            let time = frame.d.clock.time(minute.at);
            charts::Bar {
                title: w.checkins_minute(time.as_str(), minute.n.to_string()),
                label: time,
                value: minute.n,
                href: minute_href(me, minute.at),
            }
        })
        .collect();
    charts::bars(&w.checkins_chart(), &w.checkins_axis_time(), &w.checkins_axis_scans(), &bars)
}

/// The same numbers, the newest first; minutes without a scan are left out.
fn table(me: &Me, frame: &Frame, minutes: &[Minute]) -> Grid {
    let w = me.w;
    let head = vec![
        Head { label: w.checkins_axis_time(), number: false },
        Head { label: w.checkins_axis_scans(), number: true },
    ];
    let rows = minutes.iter().rev().filter(|minute| minute.n > 0);
    let rows = rows
        .map(|minute| {
            let time = Cell::text(frame.d.clock.time(minute.at));
            vec![time, Cell::number(minute.n).to(minute_href(me, minute.at))]
        })
        .collect();
    Grid { head, rows }
}

fn lines_of_refusals(me: &Me, refusals: &[(Reason, i64)]) -> Vec<Refusal> {
    let most = refusals.iter().map(|(_, n)| *n).max().unwrap_or(0);
    refusals
        .iter()
        .map(|(reason, n)| {
            let words = words::reason(me.w, *reason);
            Refusal {
                bar: charts::share(*n, most, "calm", &format!("{words}: {n}")),
                href: me.at(format!("checkins/gates?reason={}", reason.key())),
                n: *n,
                words,
            }
        })
        .collect()
}

fn room_line(me: &Me, frame: &Frame, room: &Room) -> Line {
    let (inside, late) = (i64::from(room.inside), room.is_over());
    let value = match room.limit {
        Some(limit) => format!("{inside} / {limit}"),
        None => inside.to_string(),
    };
    let pressure = match room.limit {
        Some(_) if late => "late",
        Some(limit) if inside * 10 >= limit * 9 => "soon",
        _ => "calm",
    };
    let bar = room.limit.map(|limit| charts::share(inside, limit, pressure, &value)).unwrap_or_default();
    Line {
        name: room.gate.name.clone(),
        unit: frame::short(&frame.tree, &frame.d, Some(room.gate.unit)),
        href: gate_href(me, &frame.tree, room.gate.id, room.gate.unit),
        value,
        bar,
        late,
    }
}

fn silent_line(me: &Me, frame: &Frame, one: &Silent) -> Line {
    Line {
        name: one.name.clone(),
        unit: frame::short(&frame.tree, &frame.d, Some(one.unit)),
        href: gate_href(me, &frame.tree, one.gate, one.unit),
        value: one.last_at.map_or_else(|| me.w.checkins_silent_never(), |at| frame.d.clock.short(at)),
        bar: String::new(),
        late: false,
    }
}

async fn alert_lines(me: &Me, frame: &mut Frame, alerts: &[Alert]) -> Result<Vec<AlertLine>> {
    let shown = &alerts[..alerts.len().min(LINES)];
    let ids: Vec<GateId> = shown.iter().flat_map(|one| [Some(one.gate), one.other]).flatten().collect();
    let known = gates::of(&mut frame.cx, &ids).await?;
    let name = |gate: GateId| known.get(&gate).map_or("–", |gate| gate.name.as_str());
    let line = |one: &Alert| {
        let place = match one.other {
            Some(other) => format!("{} · {}", name(one.gate), name(other)),
            None => name(one.gate).to_owned(),
        };
        let kind = words::alert(me.w, one.kind);
        AlertLine {
            kind: match one.inside {
                Some(n) => format!("{kind} ({n})"),
                None => kind,
            },
            place,
            at: frame.d.clock.short(one.at),
            full: frame.d.clock.full(one.at),
            href: me.at(format!("tickets/{}", one.ticket)),
        }
    };
    Ok(shown.iter().map(line).collect())
}

/// Kinds down, standings across; a figure opens its passes for those who give them out.
fn passes_grid(me: &Me, counts: &Counts) -> Grid {
    let w = me.w;
    let opens = permits(&me.actor, Action::PassIssue, Scope::Tenant);
    let standings = Standing::ALL.iter().map(|one| Head { label: words::standing(w, *one), number: true });
    let kind = Head { label: w.checkins_pass_kind(), number: false };
    let row = |name: &str, stand: &[i64]| {
        let figures = Standing::ALL.iter().zip(stand).map(|(standing, n)| {
            let query = format!("passes?kind={name}&standing={}", standing.as_str());
            Cell::number(*n).to((opens && *n > 0).then(|| me.at(query)))
        });
        std::iter::once(Cell::text(words::kind(w, name))).chain(figures).collect()
    };
    Grid {
        head: std::iter::once(kind).chain(standings).collect(),
        rows: counts.kinds.iter().map(|(kind, stand)| row(kind.name(), stand)).collect(),
    }
}

/// `GET /{tenant}/desk/checkins/csv`: scans of the last sixty minutes.
pub async fn csv(me: Me) -> Outcome {
    let mut frame = Frame::new(&me, SCREEN).await?;
    let mut rows = vec![vec![me.w.checkins_axis_time(), me.w.checkins_axis_scans()]];
    for minute in last_hour(&mut frame).await? {
        rows.push(vec![frame.d.clock.full(minute.at), minute.n.to_string()]);
    }
    Ok(download("luot-quet-theo-phut", frame.d.clock.today(), &rows)?)
}
