//! Texts as the desk lists them: what went out and how far it came, what came in. Numbers are masked. The words
//! of what went out are not shown, because they may hold a household's code.

use super::{notices::State, sql_text_list as sql};
use crate::permissions::{Action, Permit, Scope};
use jiff::Timestamp;
use kernel::{MessageId, Result, TicketId};
use std::str::FromStr;
use store::Cx;

/// Texts on one page.
const PAGE: i64 = 50;

/// Which texts are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    #[default]
    All,
    Sent,
    Received,
    /// Sent, and not come: failed, given up, undeliverable.
    Lost,
}

impl Which {
    pub const ALL: [Self; 4] = [Self::All, Self::Sent, Self::Received, Self::Lost];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Lost => "lost",
        }
    }
}

impl FromStr for Which {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|which| which.as_str() == s).ok_or(())
    }
}

/// To or from whom, without saying who.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// To an official, of a level of a ladder; or from an official's number.
    Staff,
    Others,
}

/// A line of the list.
#[derive(Clone, Debug)]
pub struct Listed {
    pub id: MessageId,
    /// The number, masked; a sender that is no telephone as it is.
    pub number: String,
    pub side: Side,
    pub at: Timestamp,
    pub what: Kind,
    pub ticket: Option<TicketId>,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Sent {
        state: State,
        tries: i32,
        told_at: Option<Timestamp>,
    },
    /// `words` is none while parts are still waited for.
    Received {
        words: Option<String>,
        came: i16,
        parts: i16,
        whole: bool,
    },
}

/// One page.
pub struct Texts {
    pub lines: Vec<Listed>,
    /// There are more on the next one.
    pub more: bool,
}

/// Texts, the newest first. `page` counts from 0.
pub async fn texts(cx: &mut Cx, which: Which, page: i64) -> Result<Texts> {
    cx.permit_sight(Action::TextSee, Scope::Tenant)?;
    // Pages that nobody can have opened show nothing.
    let skip = page.clamp(0, 10_000) * PAGE;
    let mut lines = sql::list(cx, which, PAGE + 1, skip).await?;
    let more = lines.len() as i64 > PAGE;
    lines.truncate(PAGE as usize);
    Ok(Texts { lines, more })
}
