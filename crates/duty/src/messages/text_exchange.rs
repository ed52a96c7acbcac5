//! What was written and spoken with a number, both ways: whoever answers a text has to know what came before it.
//!
//! The words of what went out stand here only where it answered a text: what else goes to a household may hold its
//! code. Whoever works on one ticket alone sees what stands on his tickets, and how much more there is.

use super::{
    notices::State,
    sql_text_exchange as sql,
    text_number::{Sight, seen},
};
use crate::calls::{self, Call};
use jiff::Timestamp;
use kernel::{Error, MessageId, Result, StaffId};
use std::{fmt, str::FromStr};
use store::Cx;
use uuid::Uuid;

/// Texts and calls on a page.
const PAGE: usize = 30;

/// A text or a call.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: Uuid,
    pub at: Timestamp,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    Received(Received),
    Sent(Sent),
    Called(Box<Call>),
}

/// A text that came from the number.
#[derive(Clone, Debug)]
pub struct Received {
    /// None while parts are still waited for.
    pub words: Option<String>,
    pub came: i16,
    pub parts: i16,
    pub whole: bool,
}

/// A text that went to it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Of one that answers a text.
    pub words: Option<String>,
    /// Who wrote it; none where the program did.
    pub by: Option<StaffId>,
    pub state: State,
    pub tries: i32,
    pub told_at: Option<Timestamp>,
}

/// Where a page ends, written `microseconds.id`: what is older comes after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    pub at: Timestamp,
    pub id: Uuid,
}

impl fmt::Display for Before {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.as_microsecond(), self.id)
    }
}

impl FromStr for Before {
    type Err = Error;
    fn from_str(s: &str) -> Result<Self> {
        let read = || {
            let (at, id) = s.split_once('.')?;
            let at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
            Some(Self { at, id: Uuid::parse_str(id).ok()? })
        };
        read().ok_or(Error::invalid("before", "error-choice-unknown"))
    }
}

/// One page.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    /// The first first.
    pub entries: Vec<Entry>,
    /// There are older ones than this.
    pub older: Option<Before>,
    /// So many on this page are not for the reader.
    pub hidden: usize,
}

/// What was written and spoken with the number of a text, the newest of it, or of what is older than `before`.
///
/// Errors: `NotFound` for whoever does not see the text.
pub async fn exchange(cx: &mut Cx, id: MessageId, before: Option<Before>) -> Result<Exchange> {
    let kept = seen(cx, id).await?;
    let until = before.map(|before| (before.at, before.id));
    let mut found = sql::texts(cx, &kept.number_hash, until, PAGE as i64 + 1).await?;
    let calls = calls::of_number(cx, &kept.number, until).await?;
    found.extend(calls.into_iter().map(|call| {
        let (id, at) = (call.id.uuid(), call.began_at);
        (Entry { id, at, what: What::Called(Box::new(call)) }, None)
    }));
    found.sort_by_key(|(entry, _)| std::cmp::Reverse((entry.at, entry.id)));
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let last = found.last().map(|(entry, _)| Before { at: entry.at, id: entry.id });
    let all = found.len();
    let mut sight = Sight::of(cx);
    let mut entries = Vec::with_capacity(all);
    for (entry, ticket) in found {
        let sees = match &entry.what {
            What::Called(call) => calls::sees(cx, call),
            What::Received(_) | What::Sent(_) => entry.id == id.uuid() || sight.covers(cx, ticket).await?,
        };
        if sees {
            entries.push(entry);
        }
    }
    let hidden = all - entries.len();
    // What answers a text at once has its moment, and comes after it.
    entries.sort_by_key(|entry| (entry.at, matches!(entry.what, What::Sent(_)), entry.id));
    Ok(Exchange { entries, older: last.filter(|_| more), hidden })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_page_is_written_and_read_alike() {
        let before = Before {
            at: Timestamp::from_microsecond(1_632_531_600_000_123).unwrap(),
            id: Uuid::from_u128(7),
        };
        assert_eq!(before.to_string().parse::<Before>().unwrap(), before);
        for wrong in ["", "12", "x.00000000-0000-0000-0000-000000000007", "12.7"] {
            assert!(wrong.parse::<Before>().is_err(), "{wrong}");
        }
    }
}
