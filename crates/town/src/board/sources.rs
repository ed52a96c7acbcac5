//! Where the data come from, and how fresh they are: for each data set its owner, its last update,
//! how many rows came in and were refused, and whether it can be trusted now. Each area tells its
//! own sets by one function; [`sources`] lists them.

use super::{arrivals, figures::behind, fold, tables::Voice, view::View};
use duty::{
    heartbeats::{self, State as Beat},
    permissions::Action,
    rules,
    units::{self, Tree},
};
use health::imports;
use jiff::{SignedDuration, Timestamp};
use kernel::{Result, UnitId};
use store::{Cx, ledger, outbox, subscriptions};

/// How a data set stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It arrives as it should.
    Fresh,
    /// Later than it should be.
    Late,
    /// Something is refused or cannot be handed over.
    Failing,
    /// Nothing has arrived yet.
    Empty,
    /// In use, though nobody has checked it against its source.
    Unverified,
}

impl State {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Late => "late",
            Self::Failing => "failing",
            Self::Empty => "empty",
            Self::Unverified => "unverified",
        }
    }
}

/// One data set.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its kind, which names it in messages: `ledger`, `board`, `outbox`, `units` …
    pub kind: &'static str,
    /// Which one, where a kind has several (a channel, a feed).
    pub part: Option<Part>,
    /// The unit that answers for it; `None` is the centre itself.
    pub owner: Option<UnitId>,
    pub last_update: Option<Timestamp>,
    pub rows_in: Option<i64>,
    pub rows_refused: Option<i64>,
    /// Not yet taken in or handed over.
    pub waiting: Option<i64>,
    pub state: State,
    /// What is wrong, as a message key; the error's own words are in the log.
    pub note: Option<&'static str>,
}

impl Source {
    const fn of(kind: &'static str, state: State) -> Self {
        Self {
            kind,
            part: None,
            owner: None,
            last_update: None,
            rows_in: None,
            rows_refused: None,
            waiting: None,
            state,
            note: None,
        }
    }
}

/// One of several of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// By language, as a pack names it.
    Named { vi: String, en: String },
    /// By its message key.
    Word(String),
}

impl Part {
    pub(super) fn said(&self, voice: &Voice<'_>) -> String {
        match self {
            Self::Named { en, .. } if voice.language == "en" => en.clone(),
            Self::Named { vi, .. } => vi.clone(),
            Self::Word(key) => (voice.say)(key),
        }
    }
}

/// Every data set of the tenant, those in trouble first.
pub async fn sources(cx: &mut Cx) -> Result<Vec<Source>> {
    let tree = units::tree(cx).await?;
    View::of(cx, &tree, Action::SourcesSee, None)?;
    let mut sources = ledger_sources(cx).await?;
    sources.extend(board_sources(cx).await?);
    sources.extend(outbox_sources(cx).await?);
    sources.extend(report_sources(cx).await?);
    sources.extend(result_sources(cx).await?);
    sources.extend(unit_sources(cx).await?);
    sources.extend(people_sources(cx).await?);
    sources.extend(rule_sources(cx).await?);
    sources.extend(heartbeat_sources(cx, &tree).await?);
    sources.sort_by_key(|source| match source.state {
        State::Failing => 0,
        State::Late => 1,
        State::Unverified => 2,
        State::Empty => 3,
        State::Fresh => 4,
    });
    Ok(sources)
}

/// The sealer is late when an event waits longer than this.
const SEAL_LAG: SignedDuration = SignedDuration::from_secs(10);

async fn ledger_sources(cx: &mut Cx) -> Result<Vec<Source>> {
    let now = cx.now();
    let head = ledger::head(cx).await?;
    let waiting = ledger::unsealed(cx).await?;
    let lag = waiting.oldest.map(|oldest| now.duration_since(oldest));
    let state = match (&head, lag) {
        (_, Some(lag)) if lag > SEAL_LAG => State::Late,
        (None, _) => State::Empty,
        _ => State::Fresh,
    };
    Ok(vec![Source {
        last_update: head.as_ref().map(|head| head.sealed_at),
        rows_in: head.map(|head| head.seq),
        waiting: Some(waiting.events),
        ..Source::of("ledger", state)
    }])
}

/// The counters lag when this many sealed events are not counted.
const BEHIND: i64 = 1000;

async fn board_sources(cx: &mut Cx) -> Result<Vec<Source>> {
    let behind = behind(cx).await?;
    let counted = subscriptions::cursor(cx, fold::NAME).await?;
    let state = match (counted, behind) {
        (_, behind) if behind > BEHIND => State::Late,
        (0, _) => State::Empty,
        _ => State::Fresh,
    };
    Ok(vec![Source {
        last_update: arrivals::sealed_at(cx, counted).await?,
        rows_in: Some(counted),
        waiting: Some(behind),
        ..Source::of("board", state)
    }])
}

/// A row of an outside channel waits its turn for a moment; more than this many is a jam.
const JAM: i64 = 50;

/// Channels to the outside; those with nothing on the way too.
async fn outbox_sources(cx: &mut Cx) -> Result<Vec<Source>> {
    let mut channels = outbox::waiting(cx).await?;
    if channels.iter().all(|channel| channel.channel != "email") {
        channels.push(outbox::Waiting { channel: "email".into(), waiting: 0, given_up: 0, last_error: None });
    }
    let mut sources = Vec::new();
    for channel in channels {
        let last_update = arrivals::handed_over_at(cx, &channel.channel).await?;
        let (state, note) = match (channel.given_up, &channel.last_error, channel.waiting) {
            (1.., ..) => (State::Failing, Some("source-note-given-up")),
            (_, Some(_), 1..) => (State::Failing, Some("source-note-retried")),
            (_, _, waiting) if waiting > JAM => (State::Late, None),
            (_, _, 0) if last_update.is_none() => (State::Empty, None),
            _ => (State::Fresh, None),
        };
        sources.push(Source {
            part: Some(Part::Word(format!("channel-{}", channel.channel))),
            last_update,
            rows_refused: Some(channel.given_up),
            waiting: Some(channel.waiting),
            note,
            ..Source::of("outbox", state)
        });
    }
    Ok(sources)
}

/// How far back reports are counted by channel.
const MONTH: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Residents' reports by the channel they came through.
async fn report_sources(cx: &mut Cx) -> Result<Vec<Source>> {
    let since = cx.now() - MONTH;
    let channels = arrivals::reports(cx, since).await?;
    if channels.is_empty() {
        return Ok(vec![Source::of("reports", State::Empty)]);
    }
    Ok(channels
        .into_iter()
        .map(|channel| Source {
            part: Some(Part::Word(format!("desk-report-channel-{}", channel.channel))),
            last_update: Some(channel.last),
            rows_in: Some(channel.reports),
            ..Source::of("reports", State::Fresh)
        })
        .collect())
}

/// The units themselves: names and codes that nobody has checked against a decision are said to be so.
async fn unit_sources(cx: &mut Cx) -> Result<Vec<Source>> {
    let facts = units::facts(cx).await?;
    let read = ["tenant.created", "unit.imported", "unit_boundaries.imported"];
    let last = arrivals::last_events(cx, &read).await?.into_values().max();
    let state = match facts.unverified {
        _ if facts.names == 0 => State::Empty,
        0 => State::Fresh,
        _ => State::Unverified,
    };
    Ok(vec![Source {
        last_update: last,
        rows_in: Some(facts.names),
        waiting: Some(facts.unverified),
        note: (state == State::Unverified).then_some("source-note-unverified"),
        ..Source::of("units", state)
    }])
}

/// Officials, and the plans of who is on duty.
async fn people_sources(cx: &mut Cx) -> Result<Vec<Source>> {
    let kept = arrivals::kept(cx).await?;
    let imported = arrivals::last_events(cx, &["staff.imported"]).await?.into_values().max();
    let state = |n: i64| if n == 0 { State::Empty } else { State::Fresh };
    Ok(vec![
        Source { last_update: imported, rows_in: Some(kept.staff), ..Source::of("staff", state(kept.staff)) },
        Source {
            last_update: kept.planned_at,
            rows_in: Some(kept.plans),
            waiting: Some(kept.gaps),
            note: (kept.gaps > 0).then_some("source-note-gaps"),
            ..Source::of("rosters", state(kept.plans))
        },
    ])
}

/// The rule from which working days are reckoned.
const HOLIDAYS: &str = "calendar.holidays";

/// The law as data, and the calendar of working days among it.
async fn rule_sources(cx: &mut Cx) -> Result<Vec<Source>> {
    let last_update = arrivals::rules_at(cx).await?;
    let listed = rules::list(cx).await?;
    let source = |kind, rules: Vec<&rules::Listed>| {
        let in_force =
            rules.iter().filter_map(|rule| rule.versions.iter().find(|v| Some(v.version) == rule.in_force));
        let unverified = in_force.clone().filter(|version| !version.verified).count() as i64;
        let (state, note) = match (in_force.count(), unverified) {
            _ if rules.is_empty() => (State::Empty, None),
            (0, _) => (State::Late, Some("source-note-none-in-force")),
            (_, 0) => (State::Fresh, None),
            _ => (State::Unverified, Some("source-note-unverified")),
        };
        Source {
            last_update,
            rows_in: Some(rules.iter().map(|rule| rule.versions.len() as i64).sum()),
            waiting: Some(unverified),
            note,
            ..Source::of(kind, state)
        }
    };
    let (calendar, rest): (Vec<_>, Vec<_>) = listed.iter().partition(|rule| rule.head.code == HOLIDAYS);
    Ok(vec![source("rules", rest), source("calendar", calendar)])
}

/// Lists of test results, by the unit that reads them in: its newest list.
async fn result_sources(cx: &mut Cx) -> Result<Vec<Source>> {
    let arrivals = imports::arrivals(cx).await?;
    if arrivals.is_empty() {
        return Ok(vec![Source::of("results", State::Empty)]);
    }
    Ok(arrivals
        .into_iter()
        .map(|newest| {
            // Refused rows are somebody's work until their file has been fetched.
            let state =
                if newest.refused > 0 && !newest.refused_fetched { State::Failing } else { State::Fresh };
            Source {
                owner: Some(newest.unit),
                last_update: Some(newest.staged_at),
                rows_in: Some(newest.rows - newest.refused),
                rows_refused: Some(newest.refused),
                note: (state == State::Failing).then_some("source-note-refused"),
                ..Source::of("results", state)
            }
        })
        .collect())
}

/// Gates, cameras, feeds and the centre itself, by the unit that the pack makes responsible.
async fn heartbeat_sources(cx: &mut Cx, tree: &Tree) -> Result<Vec<Source>> {
    let beats = heartbeats::status(cx).await?;
    let with = |name: &str, instance: &Option<String>| match instance {
        Some(instance) => format!("{name} ({instance})"),
        None => name.to_owned(),
    };
    Ok(beats
        .into_iter()
        .map(|beat| {
            let (state, note) = match beat.state {
                Beat::Silent => (State::Late, Some("source-note-silent")),
                _ if beat.failing_since.is_some() => (State::Failing, Some("source-note-unwell")),
                Beat::NotConnected => (State::Empty, None),
                Beat::Alive => (State::Fresh, None),
            };
            Source {
                part: Some(Part::Named {
                    vi: with(&beat.name_vi, &beat.instance),
                    en: with(&beat.name_en, &beat.instance),
                }),
                owner: tree.by_code(&beat.responsible).map(|unit| unit.id),
                last_update: beat.last_beat_at,
                note,
                ..Source::of("heartbeat", state)
            }
        })
        .collect())
}
