//! The five figures on top of the board and of the brief.

use pages::{Words, charts, time};
use town::board::{Band, Figures, List, Opens, Value};

pub struct Tile {
    pub label: String,
    pub figure: String,
    /// The rest of a length of time, small beside its first number.
    pub small: String,
    pub change: String,
    /// `is-worse`, `is-better` or nothing.
    pub look: &'static str,
    pub icon: &'static str,
    pub href: Option<String>,
    pub spark: Option<String>,
    pub ringing: bool,
}

/// Less is better for each of them.
pub fn change(w: Words, now: i64, before: i64) -> (String, &'static str, &'static str) {
    let by = (now - before).abs().to_string();
    match now.cmp(&before) {
        std::cmp::Ordering::Greater => (w.board_more(by), "is-worse", "arrow-up"),
        std::cmp::Ordering::Less => (w.board_fewer(by), "is-better", "arrow-down"),
        std::cmp::Ordering::Equal => (w.board_same(), "", "minus"),
    }
}

/// The numbers of a series, read out.
pub fn said(w: Words, series: &[i64]) -> String {
    w.board_series(series.iter().map(i64::to_string).collect::<Vec<_>>().join(", "))
}

/// `list` turns what a figure opens into an address.
pub fn of_board(w: Words, figures: &Figures, list: impl Fn(&Opens) -> String) -> Vec<Tile> {
    let tile = |label, figure: i64, opens: &Opens| Tile {
        label,
        figure: figure.to_string(),
        small: String::new(),
        change: String::new(),
        look: "",
        icon: "minus",
        href: Some(list(opens)),
        spark: None,
        ringing: false,
    };
    let f0 = &figures.f0;
    let (text, look, icon) = change(w, f0.today, f0.yesterday);
    let ringing = figures.ringing.total > 0;
    let highest = figures.ringing.lines.iter().map(|line| line.level + 1).max();
    let missed = figures.missed_opens.clone().over(figures.today, figures.today);
    let times = &figures.accepts_today.emergency;
    let span = |seconds: Option<i64>| seconds.map_or_else(|| "–".to_owned(), |s| time::span(w, s));
    let median = span(times.median());
    let (figure, small) = median.split_once(' ').unwrap_or((&median, ""));
    let (figure, small) = (figure.to_owned(), small.to_owned());
    vec![
        Tile {
            ringing,
            icon: if ringing { "phone-ringing" } else { "circle-check" },
            change: highest
                .map_or_else(|| w.board_ringing_none(), |level| w.board_ringing_level(level.to_string())),
            ..tile(w.board_tile_ringing(), figures.ringing.total, &figures.ringing.opens)
        },
        Tile {
            change: w.board_than_yesterday(text, f0.yesterday.to_string()),
            look,
            icon,
            spark: Some(charts::spark(&f0.series, &said(w, &f0.series))),
            ..tile(w.board_tile_f0(), f0.today, &f0.opens)
        },
        Tile {
            change: w.board_of_open(figures.open.total().to_string()),
            look: if figures.overdue > 0 { "is-worse" } else { "" },
            icon: if figures.overdue > 0 { "alert-circle" } else { "circle-check" },
            ..tile(w.board_tile_overdue(), figures.overdue, &figures.overdue_opens)
        },
        Tile {
            figure,
            small,
            change: match times.p90() {
                Some(_) => w.board_p90(span(times.p90()), times.n().to_string()),
                None => w.board_accepts_none(),
            },
            icon: "clock",
            ..tile(w.board_tile_accept(), 0, &figures.accepts_opens)
        },
        Tile {
            change: w.board_missed_week(figures.missed_week.to_string()),
            icon: "phone-off",
            ..tile(w.board_tile_missed(), figures.missed_today, &missed)
        },
    ]
}

/// Figures of a brief against those of the brief before.
pub fn of_brief(
    w: Words,
    now: Value,
    before: Option<Value>,
    href: impl Fn(Opens) -> Option<String>,
) -> Vec<Tile> {
    let tile = |label, opens: Opens, figure: i64, before: Option<i64>| {
        let (change, look, icon) = match before {
            Some(before) => {
                let (text, look, icon) = change(w, figure, before);
                (w.brief_than_before(text, before.to_string()), look, icon)
            }
            None => (w.brief_first(), "", "minus"),
        };
        Tile {
            label,
            figure: figure.to_string(),
            small: String::new(),
            change,
            look,
            icon,
            href: href(opens),
            spark: None,
            ringing: false,
        }
    };
    vec![
        tile(w.brief_tile_f0(), Opens::of(List::F0), now.f0, before.map(|b| b.f0)),
        tile(w.board_tile_ringing(), Opens::of(List::Ringing), now.ringing, before.map(|b| b.ringing)),
        tile(w.brief_tile_open(), Opens::of(List::Open), now.open, before.map(|b| b.open)),
        tile(
            w.board_tile_overdue(),
            Opens::of(List::Open).band(Band::Late),
            now.overdue,
            before.map(|b| b.overdue),
        ),
        tile(w.brief_tile_missed(), Opens::of(List::Missed), now.missed, before.map(|b| b.missed)),
    ]
}
