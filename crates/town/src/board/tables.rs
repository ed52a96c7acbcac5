//! The board's tables as plain rows, for the page behind each chart and for download.

use super::{brief::Brief, figures::Figures, listing::Listed, sources::Source};
use duty::{sheets, units::Tree};
use jiff::{Timestamp, tz::TimeZone};
use kernel::{Error, Result, UnitId, dates};

/// A table: message keys of its columns, and its rows as people read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub head: Vec<&'static str>,
    pub rows: Vec<Vec<String>>,
}

/// In whose words and whose time.
pub struct Voice<'a> {
    pub tree: &'a Tree,
    pub zone: TimeZone,
    /// "vi" or "en".
    pub language: &'a str,
    /// A message by its key.
    pub say: &'a dyn Fn(&str) -> String,
}

impl Voice<'_> {
    /// What a line of the board calls a unit; organisations stand together under the unit of zeros.
    pub fn unit(&self, unit: UnitId) -> String {
        match self.tree.get(unit) {
            Some(known) => known.name_in(self.language).to_owned(),
            None if unit.uuid().is_nil() => (self.say)("board-organisations"),
            None => (self.say)("board-former-unit"),
        }
    }

    fn unit_or_none(&self, unit: Option<UnitId>) -> String {
        unit.map_or_else(String::new, |unit| self.unit(unit))
    }

    /// A ward as a place, by its short name: "Phường Tân Phong", not its committee.
    fn ward(&self, ward: Option<UnitId>) -> String {
        match ward.and_then(|ward| self.tree.get(ward)) {
            Some(known) if self.language == "en" => known.name_en.clone(),
            Some(known) => known.short.clone(),
            None => self.unit_or_none(ward),
        }
    }

    fn time(&self, at: Timestamp) -> String {
        dates::shown_date_time(at.to_zoned(self.zone.clone()).datetime())
    }

    fn time_or_none(&self, at: Option<Timestamp>) -> String {
        at.map_or_else(String::new, |at| self.time(at))
    }
}

fn number(n: Option<i64>) -> String {
    n.map_or_else(String::new, |n| n.to_string())
}

impl Table {
    fn new<const N: usize>(head: [&'static str; N], rows: impl Iterator<Item = [String; N]>) -> Self {
        Self { head: head.to_vec(), rows: rows.map(Vec::from).collect() }
    }

    /// As a file that spreadsheets open: UTF-8 with a byte order mark.
    pub fn csv(&self, say: impl Fn(&str) -> String) -> Result<Vec<u8>> {
        let head = self.head.iter().map(|key| say(key)).collect();
        let table: Vec<Vec<String>> = std::iter::once(head).chain(self.rows.iter().cloned()).collect();
        sheets::csv(&table).ok_or_else(|| Error::internal("a table whose rows differ in length"))
    }

    /// News of F0 by ward, the last fourteen days.
    pub fn f0(figures: &Figures, voice: &Voice<'_>) -> Self {
        let days = figures.f0.days.iter().enumerate();
        Self::new(
            ["board-day", "board-ward", "board-f0"],
            days.flat_map(|(index, day)| {
                figures.f0.wards.iter().map(move |ward| {
                    [dates::shown_date(*day), voice.ward(Some(ward.ward)), ward.series[index].to_string()]
                })
            }),
        )
    }

    /// Open tickets by unit and time left.
    pub fn open(figures: &Figures, voice: &Voice<'_>) -> Self {
        Self::new(
            [
                "board-unit",
                "board-band-late",
                "board-band-soon",
                "board-band-today",
                "board-band-more",
                "board-band-paused",
                "board-total",
                "board-oldest-due",
            ],
            figures.open_units.iter().map(|line| {
                let bands = line.bands;
                [
                    voice.unit(line.unit),
                    bands.late.to_string(),
                    bands.soon.to_string(),
                    bands.today.to_string(),
                    bands.more.to_string(),
                    bands.paused.to_string(),
                    bands.total().to_string(),
                    voice.time_or_none(line.oldest_due),
                ]
            }),
        )
    }

    /// Time to accept by unit, the last seven days; seconds.
    pub fn accepts(figures: &Figures, voice: &Voice<'_>) -> Self {
        Self::new(
            ["board-unit", "board-severity", "board-accepted", "board-median-s", "board-p90-s"],
            figures.accepts_week.units.iter().map(|line| {
                [
                    voice.unit(line.unit),
                    (voice.say)(match line.severity {
                        duty::tickets::Severity::Emergency => "severity-emergency",
                        duty::tickets::Severity::Notice => "severity-notice",
                    }),
                    line.times.n().to_string(),
                    number(line.times.median()),
                    number(line.times.p90()),
                ]
            }),
        )
    }

    /// Calls missed by unit called, the last seven days.
    pub fn missed(figures: &Figures, voice: &Voice<'_>) -> Self {
        Self::new(
            [
                "board-unit",
                "outcome-not-answered",
                "outcome-heard-not-accepted",
                "outcome-busy",
                "outcome-rejected",
                "outcome-unreachable",
                "board-total",
            ],
            figures.missed.iter().map(|line| {
                [
                    voice.unit(line.unit),
                    line.not_answered.to_string(),
                    line.heard_not_accepted.to_string(),
                    line.busy.to_string(),
                    line.rejected.to_string(),
                    line.unreachable.to_string(),
                    line.total().to_string(),
                ]
            }),
        )
    }

    /// What rings now.
    pub fn ringing(figures: &Figures, voice: &Voice<'_>) -> Self {
        Self::new(
            [
                "board-code",
                "board-unit",
                "board-ward",
                "board-opened",
                "board-level",
                "board-round",
                "board-seconds-left",
            ],
            figures.ringing.lines.iter().map(|line| {
                [
                    line.code.clone(),
                    voice.unit_or_none(line.unit),
                    voice.ward(line.ward),
                    voice.time(line.opened_at),
                    (line.level + 1).to_string(),
                    number(Some(i64::from(line.round)).filter(|round| *round > 0)),
                    number(line.seconds_left(figures.at)),
                ]
            }),
        )
    }

    /// Directives past their due time.
    pub fn directives(figures: &Figures, voice: &Voice<'_>) -> Self {
        Self::new(
            ["board-code", "board-unit", "board-given-by", "board-opened", "board-due"],
            figures.directives.overdue.iter().map(|line| {
                [
                    line.code.clone(),
                    voice.unit_or_none(line.unit),
                    voice.unit_or_none(line.given_by),
                    voice.time(line.opened_at),
                    voice.time(line.due_at),
                ]
            }),
        )
    }

    /// A brief by unit, each figure beside that of the brief before.
    pub fn brief(brief: &Brief, voice: &Voice<'_>) -> Self {
        let name = |vi: &str, en: &str, unit: UnitId| {
            if vi.is_empty() {
                voice.unit(unit)
            } else if voice.language == "en" {
                en.into()
            } else {
                vi.into()
            }
        };
        Self::new(
            [
                "board-unit",
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
            ],
            brief.units.iter().map(|line| {
                let (value, before) = (line.value, line.before);
                [
                    name(&line.name, &line.name_en, line.unit),
                    value.f0.to_string(),
                    number(before.map(|before| before.f0)),
                    value.ringing.to_string(),
                    number(before.map(|before| before.ringing)),
                    value.open.to_string(),
                    number(before.map(|before| before.open)),
                    value.overdue.to_string(),
                    number(before.map(|before| before.overdue)),
                    value.missed.to_string(),
                    number(before.map(|before| before.missed)),
                ]
            }),
        )
    }

    /// The data sources.
    pub fn sources(sources: &[Source], voice: &Voice<'_>) -> Self {
        Self::new(
            [
                "source-name",
                "source-owner",
                "source-last-update",
                "source-rows-in",
                "source-rows-refused",
                "source-waiting",
                "source-state",
                "source-note",
            ],
            sources.iter().map(|source| {
                let kind = (voice.say)(&format!("source-{}", source.kind));
                [
                    match &source.part {
                        Some(part) => format!("{kind}: {}", part.said(voice)),
                        None => kind,
                    },
                    // What no unit answers for, the centre does.
                    source.owner.map_or_else(|| (voice.say)("source-centre"), |owner| voice.unit(owner)),
                    voice.time_or_none(source.last_update),
                    number(source.rows_in),
                    number(source.rows_refused),
                    number(source.waiting),
                    (voice.say)(&format!("source-state-{}", source.state.as_str())),
                    source.note.map_or_else(String::new, |note| (voice.say)(note)),
                ]
            }),
        )
    }

    /// The list behind a figure.
    pub fn listed(listed: &Listed, voice: &Voice<'_>) -> Self {
        match listed {
            Listed::Tickets(lines) => Self::new(
                [
                    "board-code",
                    "board-unit",
                    "board-ward",
                    "board-opened",
                    "board-due",
                    "board-state",
                    "board-accepted-at",
                ],
                lines.iter().map(|line| {
                    [
                        line.code.clone(),
                        voice.unit_or_none(line.unit),
                        voice.ward(line.ward),
                        voice.time(line.opened_at),
                        voice.time(line.due_at),
                        (voice.say)(&format!("ticket-state-{}", line.state.as_str())),
                        voice.time_or_none(line.accepted_at),
                    ]
                }),
            ),
            Listed::Missed(lines) => Self::new(
                [
                    "board-code",
                    "board-unit",
                    "board-channel",
                    "board-level",
                    "board-started",
                    "board-ended",
                    "board-outcome",
                ],
                lines.iter().map(|line| {
                    [
                        line.code.clone(),
                        voice.unit_or_none(line.unit),
                        (voice.say)(&format!("channel-{}", line.channel)),
                        (line.level + 1).to_string(),
                        voice.time(line.started_at),
                        voice.time(line.ended_at),
                        (voice.say)(&format!("outcome-{}", line.outcome.replace('_', "-"))),
                    ]
                }),
            ),
            Listed::News(lines) => Self::new(
                [
                    "board-code",
                    "board-ward",
                    "board-f0-since",
                    "board-f0",
                    "board-tickets",
                    "board-accepted",
                    "board-resolved",
                    "board-overdue",
                ],
                lines.iter().map(|line| {
                    [
                        line.code.clone().unwrap_or_default(),
                        voice.ward(Some(line.ward)),
                        voice.time(line.since),
                        line.cases.to_string(),
                        line.tickets.to_string(),
                        line.accepted.to_string(),
                        line.resolved.to_string(),
                        line.overdue.to_string(),
                    ]
                }),
            ),
        }
    }
}
