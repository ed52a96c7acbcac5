//! The decision: what is right is written, or the reason why not is told.

use super::{
    list,
    model::{Field, State},
    sql::{self, Kept},
};
use crate::{
    facts::{Kind, NewFact, Source, Withdrawn},
    followups, people,
};
use duty::{tickets, units};
use kernel::{CorrectionId, Error, FactId, Result, dates::shown_date, text::paragraphs};
use serde_json::json;
use store::{Cx, Event, Topic};

/// Longest answer, in characters.
const ANSWER_CAP: usize = 1000;
/// Why a dose or recovery that was corrected counts no more.
const WHY: &str = "Đính chính theo yêu cầu của người có hồ sơ.";

/// Writes what was asked for into the record, and answers the ticket. A test result is not rewritten by
/// it: whoever accepts says in `answer` what he has done about it.
///
/// Errors: `NotFound`; `answer`: `error-text-missing` for a test, `error-text-too-long`; Conflict
/// `error-correction-decided`, `error-fact-withdrawn`.
pub async fn accept(cx: &mut Cx, id: CorrectionId, answer: &str) -> Result<()> {
    let kept = open(cx, id).await?;
    let answer = said(answer)?;
    if answer.is_empty() && kept.field == Field::Test {
        return Err(Error::invalid("answer", "error-text-missing"));
    }
    apply(cx, &kept).await?;
    end(cx, &kept, State::Accepted, &answer, "Đã đính chính.").await
}

/// Refuses, with the reason that the person reads.
///
/// Errors: `NotFound`; `answer`: `error-reason-missing`, `error-text-too-long`; Conflict
/// `error-correction-decided`.
pub async fn refuse(cx: &mut Cx, id: CorrectionId, why: &str) -> Result<()> {
    let kept = open(cx, id).await?;
    let why = said(why)?;
    if why.is_empty() {
        return Err(Error::invalid("answer", "error-reason-missing"));
    }
    end(cx, &kept, State::Refused, &why, "Không đính chính; lý do ở trang yêu cầu.").await
}

fn said(text: &str) -> Result<String> {
    paragraphs(text, ANSWER_CAP).map_err(|error| Error::invalid("answer", error.key))
}

/// A request that waits and that the actor decides, locked. The household comes before the person, as
/// everywhere: a new birth judges anew whoever is followed there.
async fn open(cx: &mut Cx, id: CorrectionId) -> Result<Kept> {
    let person = list::claim(cx, id).await?.person;
    followups::hold(cx, person, None).await?;
    let kept = sql::lock(cx, id).await?;
    if kept.state == State::Asked { Ok(kept) } else { Err(Error::Conflict("error-correction-decided")) }
}

async fn apply(cx: &mut Cx, kept: &Kept) -> Result<()> {
    let today = units::today(cx).await?;
    let wanted = kept.wanted(cx)?;
    if let Some(change) = wanted.change(kept.field, kept.object, today)? {
        people::correct(cx, kept.person, &change, kept.id.uuid()).await?;
        if kept.field == Field::Birth {
            // Age is the first thing by which a risk is judged.
            followups::rejudge(cx, &[kept.person]).await?;
        }
        return Ok(());
    }
    let kind = match kept.field {
        Field::Vaccination => Kind::Vaccination,
        Field::Recovery => Kind::Recovery,
        _ => return Ok(()),
    };
    if let Some(wrong) = kept.object {
        let of = followups::withdraw_fact(cx, FactId(wrong), Withdrawn::Corrected, WHY).await?;
        if of != kept.person {
            return Err(Error::NotFound);
        }
    }
    // A photo of the paper was seen.
    let source = if kept.file.is_some() { Source::Paper } else { Source::Person };
    let fact = NewFact {
        on_day: wanted.on_day.map(shown_date).unwrap_or_default(),
        dose: wanted.dose,
        words: wanted.text.clone(),
        ..NewFact::of(kind, source)
    };
    followups::add_fact(cx, kept.person, &fact).await?;
    Ok(())
}

async fn end(cx: &mut Cx, kept: &Kept, state: State, answer: &str, words: &str) -> Result<()> {
    sql::decide(cx, kept.id, state, answer).await?;
    let ticket = tickets::tickets(cx, &[kept.ticket]).await?.into_iter().next();
    let ticket = ticket.ok_or_else(|| Error::internal("a correction has no ticket"))?;
    if !ticket.is_closed() {
        match tickets::resolve(cx, kept.ticket, words, None).await {
            // Passed on to another unit: what it asks for is done all the same.
            Err(Error::Forbidden(_) | Error::NotFound) => {
                tickets::withdraw(cx, kept.ticket, words).await?;
            }
            other => other?,
        }
    }
    let event = Event::new("correction.decided", kept.id).unit(kept.unit).matter(ticket.matter);
    let event = event.data(json!({ "person": kept.person, "field": kept.field, "as": state }));
    cx.record(if answer.is_empty() { event } else { event.payload(json!({ "answer": answer })) });
    cx.tell(Topic::screen("corrections"));
    Ok(())
}
