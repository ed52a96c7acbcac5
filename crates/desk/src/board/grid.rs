//! A table as pages and prints show it: first column names the line, numbers stand to the right,
//! any cell may open a list.

use jiff::Timestamp;
use pages::{Words, time::Clock, words::heading};
use town::board::{Table, Voice};

#[derive(Clone, Debug, Default)]
pub struct Grid {
    pub head: Vec<Head>,
    pub rows: Vec<Vec<Cell>>,
}

#[derive(Clone, Debug)]
pub struct Head {
    pub label: String,
    pub number: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Cell {
    pub text: String,
    pub href: Option<String>,
    pub number: bool,
    /// Past its time.
    pub late: bool,
    /// Steps below the top of a tree.
    pub depth: usize,
    /// A time that runs down on the screen; `text` is what is left of it now.
    pub due: Option<Due>,
}

#[derive(Clone, Debug)]
pub struct Due {
    pub rfc: String,
    pub full: String,
    /// `calm`, `soon` or `late`.
    pub look: &'static str,
    /// Seconds before the end from which it presses.
    pub soon: i64,
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub fn number(n: i64) -> Self {
        Self { text: n.to_string(), number: true, ..Self::default() }
    }

    /// What is left until `at`.
    pub fn until(w: Words, clock: &Clock, at: Timestamp, urgent: bool) -> Self {
        let due = Due {
            rfc: clock.rfc(at),
            full: clock.full(at),
            look: clock.pressure(at, urgent),
            soon: if urgent { 900 } else { 6 * 3600 },
        };
        Self { text: clock.left(w, at), due: Some(due), ..Self::default() }
    }

    #[must_use]
    pub fn to(self, href: impl Into<Option<String>>) -> Self {
        Self { href: href.into(), ..self }
    }

    #[must_use]
    pub fn late(self, late: bool) -> Self {
        Self { late, ..self }
    }

    #[must_use]
    pub fn below(self, depth: usize) -> Self {
        Self { depth: depth.min(5), ..self }
    }
}

/// Columns of figures.
const NUMBERS: [&str; 35] = [
    "board-f0",
    "board-f0-before",
    "board-ringing",
    "board-ringing-before",
    "board-open",
    "board-open-before",
    "board-overdue",
    "board-overdue-before",
    "board-missed",
    "board-missed-before",
    "board-total",
    "board-band-late",
    "board-band-soon",
    "board-band-today",
    "board-band-more",
    "board-band-paused",
    "board-accepted",
    "board-median-s",
    "board-p90-s",
    "board-level",
    "board-round",
    "board-seconds-left",
    "board-tickets",
    "board-resolved",
    "outcome-not-answered",
    "outcome-heard-not-accepted",
    "outcome-busy",
    "outcome-rejected",
    "outcome-unreachable",
    "source-rows-in",
    "source-rows-refused",
    "source-waiting",
    "ledger-number",
    "board-late-tickets",
    "board-missed-week-head",
];

impl Grid {
    /// With columns by their message keys.
    pub fn new(voice: &Voice<'_>, keys: &[&str]) -> Self {
        let head = keys
            .iter()
            .map(|key| Head { label: heading(&(voice.say)(key)), number: NUMBERS.contains(key) })
            .collect();
        Self { head, rows: Vec::new() }
    }

    /// A domain table as it is.
    pub fn plain(voice: &Voice<'_>, table: &Table) -> Self {
        let mut grid = Self::new(voice, &table.head);
        grid.rows = table
            .rows
            .iter()
            .map(|row| {
                row.iter()
                    .zip(&table.head)
                    .map(|(text, key)| Cell {
                        text: text.clone(),
                        number: NUMBERS.contains(key),
                        ..Cell::default()
                    })
                    .collect()
            })
            .collect();
        grid
    }

    /// Puts a column after the first.
    pub fn insert_second(&mut self, label: String, cells: Vec<Cell>) {
        self.head.insert(1, Head { label, number: false });
        for (row, cell) in self.rows.iter_mut().zip(cells) {
            row.insert(1, cell);
        }
    }

    /// Lets the first cell of each row open something.
    pub fn link(&mut self, hrefs: impl IntoIterator<Item = Option<String>>) {
        for (row, href) in self.rows.iter_mut().zip(hrefs) {
            if let Some(first) = row.first_mut() {
                first.href = href;
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
