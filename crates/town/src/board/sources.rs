//! Where the data come from, and how fresh they are: for each data set its owner, its last update,
//! how many rows came in and were refused, and whether it can be trusted now. Each area tells its
//! own sets by one function; [`sources`] lists them.

use super::{figures::behind, fold, view::View};
use duty::{
    heartbeats::{self, State as Beat},
    permissions::Action,
    units,
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
    /// The last error, for operators.
    pub note: Option<String>,
}

/// One of several of a kind, by language; a technical name is the same in both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub vi: String,
    pub en: String,
}

impl Part {
    fn plain(name: String) -> Self {
        Self { en: name.clone(), vi: name }
    }

    /// The name in a language ("vi", "en").
    pub fn name_in(&self, language: &str) -> &str {
        if language == "en" { &self.en } else { &self.vi }
    }
}

/// Every data set of the tenant, those in trouble first.
pub async fn sources(cx: &mut Cx) -> Result<Vec<Source>> {
    let tree = units::tree(cx).await?;
    View::of(cx, &tree, Action::SourcesSee, None)?;
    let mut sources = ledger_sources(cx).await?;
    sources.extend(board_sources(cx).await?);
    sources.extend(outbox_sources(cx).await?);
    sources.extend(unit_sources(cx).await?);
    sources.extend(result_sources(cx).await?);
    sources.extend(heartbeat_sources(cx).await?);
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
        kind: "ledger",
        part: None,
        owner: None,
        last_update: head.as_ref().map(|head| head.sealed_at),
        rows_in: head.map(|head| head.seq),
        rows_refused: None,
        waiting: Some(waiting.events),
        state,
        note: None,
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
        kind: "board",
        part: None,
        owner: None,
        last_update: None,
        rows_in: Some(counted),
        rows_refused: None,
        waiting: Some(behind),
        state,
        note: None,
    }])
}

/// A row of an outside channel waits its turn for a moment; more than this many is a jam.
const JAM: i64 = 50;

async fn outbox_sources(cx: &mut Cx) -> Result<Vec<Source>> {
    let channels = outbox::waiting(cx).await?;
    Ok(channels
        .into_iter()
        .map(|channel| Source {
            kind: "outbox",
            state: if channel.given_up > 0 || channel.last_error.is_some() {
                State::Failing
            } else if channel.waiting > JAM {
                State::Late
            } else {
                State::Fresh
            },
            part: Some(Part::plain(channel.channel)),
            owner: None,
            last_update: None,
            rows_in: None,
            rows_refused: Some(channel.given_up),
            waiting: Some(channel.waiting),
            note: channel.last_error,
        })
        .collect())
}

/// The units themselves: names and codes that nobody has checked against a decision are said to be so.
async fn unit_sources(cx: &mut Cx) -> Result<Vec<Source>> {
    let facts = units::facts(cx).await?;
    Ok(vec![Source {
        kind: "units",
        part: None,
        owner: None,
        last_update: None,
        rows_in: Some(facts.names),
        rows_refused: None,
        waiting: Some(facts.unverified),
        state: match facts.unverified {
            _ if facts.names == 0 => State::Empty,
            0 => State::Fresh,
            _ => State::Unverified,
        },
        note: None,
    }])
}

/// Lists of test results, by the unit that reads them in: its newest list.
async fn result_sources(cx: &mut Cx) -> Result<Vec<Source>> {
    let arrivals = imports::arrivals(cx).await?;
    let source = |owner, state| Source {
        kind: "results",
        part: None,
        owner,
        last_update: None,
        rows_in: None,
        rows_refused: None,
        waiting: None,
        state,
        note: None,
    };
    if arrivals.is_empty() {
        return Ok(vec![source(None, State::Empty)]);
    }
    Ok(arrivals
        .into_iter()
        .map(|newest| {
            // Refused rows are somebody's work until their file has been fetched.
            let state =
                if newest.refused > 0 && !newest.refused_fetched { State::Failing } else { State::Fresh };
            Source {
                last_update: Some(newest.staged_at),
                rows_in: Some(newest.rows - newest.refused),
                rows_refused: Some(newest.refused),
                ..source(Some(newest.unit), state)
            }
        })
        .collect())
}

/// Gates, cameras, feeds and the centre itself.
async fn heartbeat_sources(cx: &mut Cx) -> Result<Vec<Source>> {
    let beats = heartbeats::status(cx).await?;
    let with = |name: &str, instance: &Option<String>| match instance {
        Some(instance) => format!("{name} ({instance})"),
        None => name.to_owned(),
    };
    Ok(beats
        .into_iter()
        .map(|beat| Source {
            kind: "heartbeat",
            part: Some(Part {
                vi: with(&beat.name_vi, &beat.instance),
                en: with(&beat.name_en, &beat.instance),
            }),
            owner: None,
            last_update: beat.last_beat_at,
            rows_in: None,
            rows_refused: None,
            waiting: None,
            state: match beat.state {
                Beat::Silent => State::Late,
                _ if beat.failing_since.is_some() => State::Failing,
                Beat::NotConnected => State::Empty,
                Beat::Alive => State::Fresh,
            },
            note: beat.last_error,
        })
        .collect())
}
