//! The room on a wall: large figures, who waits, how the operators stand.

use super::{
    Tile, must,
    room::{self, Room},
    span,
};
use crate::{Me, board::grid::Grid, frame::Frame};
use askama::Template;
use duty::{calls::operators::Presence, permissions::Action};
use pages::{Desk, Outcome, html};

/// Lines that stand on the wall; nothing may fall below the edge.
const LINES: usize = 10;

#[derive(Template)]
#[template(path = "calls_wall.html")]
struct Wall {
    d: Desk,
    updated: String,
    address: String,
    room_href: String,
    tiles: Vec<Tile>,
    /// Somebody waits.
    waits: bool,
    queue: Grid,
    operators: Grid,
    /// How many more there are than lines; 0 mostly.
    queue_more: usize,
    operators_more: usize,
}

/// `GET /{tenant}/desk/calls/wall`
pub async fn page(me: Me) -> Outcome {
    must(&me, Action::CallSee)?;
    let mut frame = Frame::new(&me, "calls").await?;
    let room = Room::of(&mut frame).await?;
    let w = me.w;
    let figures = room.figures();
    let tile = |label: String, figure: String, note: String| Tile { label, figure, note };
    let here = room.count(Presence::Ready)
        + room.count(Presence::Talking)
        + room.count(Presence::Writing)
        + room.count(Presence::Away);
    let tiles = vec![
        tile(w.call_waiting(), room.waiting().to_string(), w.call_longest_wait(span(w, room.longest()))),
        tile(
            w.call_talking(),
            room.by_people().to_string(),
            w.call_talking_note(room.by_robot().to_string(), room.at_keys().to_string()),
        ),
        tile(w.call_ready(), room.count(Presence::Ready).to_string(), w.call_of_operators(here.to_string())),
        room::answered(w, figures),
        tile(
            w.call_abandoned(),
            figures.abandoned.to_string(),
            w.call_average_wait_is(span(w, figures.average_wait)),
        ),
        room::robot(w, figures),
    ];
    let cut = |mut grid: Grid| {
        let more = grid.rows.len().saturating_sub(LINES);
        grid.rows.truncate(LINES);
        (grid, more)
    };
    let (queue, queue_more) = cut(room.queue(&me, &frame));
    let (operators, operators_more) = cut(room.operators(&me, &frame));
    let page = Wall {
        updated: frame.d.clock.seconds(frame.d.clock.now),
        address: me.at("calls/wall"),
        room_href: me.at("calls"),
        tiles,
        waits: room.waiting() > 0,
        queue,
        operators,
        queue_more,
        operators_more,
        d: frame.d,
    };
    html(&page)
}
