//! The day's page: who was reached, who raised the alarm, who refused, who was not reached, who waits, and who
//! cannot be called. Each number is a list, each line tells every try with its time.

use super::{
    make,
    model::{Came, Campaign, State},
    sql_campaign, sql_day,
};
use crate::households;
use duty::{
    permissions::{Action, Permit, Scope},
    units,
};
use jiff::{Timestamp, civil::Date};
use kernel::{HouseholdId, Result, StaffId, TicketId, UnitId};
use store::Cx;
use uuid::Uuid;

/// Households on a page.
const PAGE: i64 = 50;
/// Tries on a household's own page.
const NEWEST: i64 = 60;

/// A part of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Not reached as often as the rule asks: the care team's list.
    Listed,
    Flagged,
    Reached,
    Refused,
    Unreached,
    Waiting,
    /// Of those that wait, nobody has told them yet who will call: they are not called before.
    Untold,
    /// The window went by and no line was free.
    Uncalled,
    NoNumber,
}

impl Part {
    pub const ALL: &'static [Self] = &[
        Self::Listed,
        Self::Flagged,
        Self::Reached,
        Self::Refused,
        Self::Unreached,
        Self::Waiting,
        Self::Untold,
        Self::Uncalled,
        Self::NoNumber,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Flagged => "flagged",
            Self::Reached => "reached",
            Self::Refused => "refused",
            Self::Unreached => "unreached",
            Self::Waiting => "waiting",
            Self::Untold => "untold",
            Self::Uncalled => "uncalled",
            Self::NoNumber => "no-number",
        }
    }

    pub(super) const fn states(self) -> &'static [State] {
        match self {
            // Whoever was reached after all is on the list no more.
            Self::Listed => &[State::Waiting, State::Calling, State::Unreached],
            Self::Flagged => &[State::Flagged],
            Self::Reached => &[State::Reached, State::Handed, State::Written],
            Self::Refused => &[State::Refused],
            Self::Unreached => &[State::Unreached],
            Self::Waiting => &[State::Waiting, State::Calling],
            Self::Untold => &[State::Waiting],
            Self::Uncalled => &[State::Uncalled],
            Self::NoNumber => &[State::NoNumber],
        }
    }
}

/// How many households stand in each part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub listed: i64,
    pub flagged: i64,
    pub reached: i64,
    pub refused: i64,
    pub unreached: i64,
    pub waiting: i64,
    /// Of those that wait, on the telephone now.
    pub calling: i64,
    /// Of those that wait, not told yet who will call; none where none has to be told.
    pub untold: i64,
    pub uncalled: i64,
    pub no_number: i64,
    /// They waited on in the next window; none of this one's any more.
    pub moved: i64,
}

impl Counts {
    pub const fn of(&self, part: Part) -> i64 {
        match part {
            Part::Listed => self.listed,
            Part::Flagged => self.flagged,
            Part::Reached => self.reached,
            Part::Refused => self.refused,
            Part::Unreached => self.unreached,
            Part::Waiting => self.waiting,
            Part::Untold => self.untold,
            Part::Uncalled => self.uncalled,
            Part::NoNumber => self.no_number,
        }
    }

    /// All households of the campaign.
    pub const fn all(&self) -> i64 {
        self.flagged
            + self.reached
            + self.refused
            + self.unreached
            + self.waiting
            + self.uncalled
            + self.no_number
    }

    /// Nobody was to be called in this window.
    pub const fn is_empty(&self) -> bool {
        self.all() == 0 && self.moved == 0
    }

    /// Those that wait for no further call.
    pub const fn over(&self) -> i64 {
        self.all() - self.waiting
    }

    fn add(&mut self, state: State, count: i64, listed: i64) {
        match state {
            State::Waiting | State::Calling => self.waiting += count,
            State::Reached | State::Handed | State::Written => self.reached += count,
            State::Flagged => self.flagged += count,
            State::Refused => self.refused += count,
            State::Unreached => self.unreached += count,
            State::Uncalled => self.uncalled += count,
            State::NoNumber => self.no_number += count,
            State::Moved => self.moved += count,
        }
        if state == State::Calling {
            self.calling += count;
        }
        if Part::Listed.states().contains(&state) {
            self.listed += listed;
        }
    }
}

/// One try to reach a household.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Try {
    pub at: Timestamp,
    pub answered_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// `None` while it runs.
    pub came: Option<Came>,
}

/// A household of a campaign.
#[derive(Clone, Debug)]
pub struct Line {
    pub row: Uuid,
    pub household: HouseholdId,
    pub code: String,
    pub address: Option<String>,
    pub station: UnitId,
    pub care_team: Option<UnitId>,
    pub state: State,
    pub unanswered: i16,
    /// When it is called next, while it waits.
    pub next_at: Timestamp,
    pub listed_at: Option<Timestamp>,
    /// When the network took the text that tells the number it has now who will call.
    pub announced_at: Option<Timestamp>,
    /// When and by whom it was told so himself, at the number that it has now.
    pub told: Option<(Timestamp, StaffId)>,
    /// The text could not be sent, or did not come.
    pub text_failed: bool,
    /// No robot calls it.
    pub paused_at: Option<Timestamp>,
    /// By a text of the family alone: nobody of staff has spoken with it about that.
    pub paused_by_text: bool,
    pub visit: Option<TicketId>,
    pub call_back: Option<TicketId>,
    /// All of the day, in order of time.
    pub tries: Vec<Try>,
}

/// A day's page.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Of the day, in the order of their windows.
    pub campaigns: Vec<Campaign>,
    /// The one that is shown.
    pub here: Option<Campaign>,
    pub counts: Counts,
    pub lines: Vec<Line>,
    /// There is a next page.
    pub more: bool,
    /// The newest day before that has a campaign.
    pub before: Option<Date>,
    /// Households are told who will call before they are called.
    pub announces: bool,
    /// Households are told before they are called, and no number is named in the rule that they could be told.
    pub nameless: bool,
}

/// A part of a day's campaign, of a unit or of all that the actor sees; `window` is the newest when `None`.
/// Pages are counted from 0.
///
/// Errors: `NotFound` for a unit whose households the actor does not see.
pub async fn day(
    cx: &mut Cx,
    day: Date,
    window: Option<i16>,
    unit: Option<UnitId>,
    part: Part,
    page: i64,
) -> Result<Shown> {
    cx.permit_sight(Action::CareSee, Scope::Tenant)?;
    let units = households::answered_by(cx, unit).await?;
    let campaigns = sql_campaign::campaigns(cx, day).await?;
    let before = sql_campaign::day_before(cx, day).await?;
    let here = match window {
        Some(window) => campaigns.iter().find(|one| one.window == window),
        None => campaigns.last(),
    };
    let here = here.cloned();
    let law = make::law_on(cx, day).await?;
    let nameless = law.announce_first && law.caller_number.trim().is_empty();
    let mut shown = Shown {
        campaigns,
        here,
        counts: Counts::default(),
        lines: Vec::new(),
        more: false,
        before,
        announces: law.announce_first,
        nameless,
    };
    let Some(id) = shown.here.as_ref().map(|here| here.id) else { return Ok(shown) };
    if law.announce_first {
        shown.counts.untold = sql_day::untold(cx, id, units.as_deref()).await?;
    }
    for (state, count, listed) in sql_day::counts(cx, id, units.as_deref()).await? {
        shown.counts.add(state, count, listed);
    }
    let behind = page.clamp(0, 10_000) * PAGE;
    let mut lines = sql_day::lines(cx, id, units.as_deref(), part, PAGE + 1, behind).await?;
    shown.more = lines.len() as i64 > PAGE;
    lines.truncate(PAGE as usize);
    let homes: Vec<HouseholdId> = lines.iter().map(|line| line.household).collect();
    let mut tries = sql_day::tries_of_day(cx, &homes, day).await?;
    for line in &mut lines {
        line.tries = tries.remove(&line.household).unwrap_or_default();
    }
    shown.lines = lines;
    Ok(shown)
}

/// When the next window after a moment opens, by the rule of its day; `None` where it names none that comes.
pub async fn next_window(cx: &mut Cx, after: Timestamp) -> Result<Option<Timestamp>> {
    let zone = units::timezone(cx).await?;
    let mut day = after.to_zoned(zone.clone()).date();
    for _ in 0..2 {
        let law = make::law_on(cx, day).await?;
        let opens =
            law.windows.iter().filter_map(|window| zone.to_timestamp(day.to_datetime(window.opens)).ok());
        if let Some(next) = opens.filter(|at| *at > after).min() {
            return Ok(Some(next));
        }
        let Ok(tomorrow) = day.tomorrow() else { return Ok(None) };
        day = tomorrow;
    }
    Ok(None)
}

/// The calls of the last days to a household, the newest first, and whether robots call it no more.
///
/// Errors: `NotFound` outside the actor's households.
pub async fn tries_of(cx: &mut Cx, id: HouseholdId) -> Result<(Vec<Try>, bool)> {
    let homes = households::all_of(cx, id).await?;
    let tries = sql_day::tries(cx, &homes, NEWEST).await?;
    Ok((tries, sql_day::is_held(cx, id).await?))
}
