//! Levels of a ladder that are told by text. A text is a notice only: it says what kind of thing, which ward,
//! the ticket's code and where to answer it. Whoever sends one back has accepted nothing.

use super::{notices, preferences::Language, sql_notices, sql_texts, texts};
use crate::{
    staff,
    tickets::{
        self, Severity, Ticket,
        attempts::{self, Attempt, Outcome},
    },
    units,
};
use async_trait::async_trait;
use kernel::{Actor, AttemptId, Error, Phone, Result};
use serde_json::json;
use store::{
    Cx, Job, Store,
    jobs::{OnJob, Taken},
};
use url::Url;

const PART: Actor = Actor::system("messages.texts");

/// The handler of `messages.send_text`.
pub struct SendText {
    /// Where the centre's pages are found from outside.
    public_url: Url,
}

impl SendText {
    pub fn new(public_url: Url) -> Self {
        Self { public_url }
    }
}

#[async_trait]
impl OnJob for SendText {
    fn kind(&self) -> &'static str {
        tickets::SEND_TEXT
    }

    async fn run(&self, store: &Store, job: &Taken) -> Result<()> {
        let id: AttemptId = serde_json::from_value(job.args["attempt"].clone()).map_err(Error::internal)?;
        let mut cx = store.begin(job.tenant, PART).await?;
        let attempt = attempts::find(&mut cx, id).await?;
        let Some(staff) = attempt.staff else { return Ok(()) };
        if attempt.ended_at.is_some() || sql_texts::is_told(&mut cx, id).await? {
            return Ok(());
        }
        let number = staff::phone(&mut cx, staff).await?.and_then(|number| Phone::parse(&number).ok());
        let Some(number) = number else {
            attempts::ended(&mut cx, id, Outcome::Unreachable, None).await?;
            return cx.commit().await;
        };
        let (ticket, _) = tickets::ticket(&mut cx, attempt.ticket).await?;
        let wishes = sql_notices::preferences(&mut cx, staff).await?;
        let at = notices::not_before(&mut cx, &attempt, ticket.severity, &wishes).await?;
        if at > cx.now() {
            cx.enqueue(later(id, tickets::SEND_TEXT, at));
            return cx.commit().await;
        }
        let words = words(&mut cx, &self.public_url, &ticket, &attempt, wishes.language).await?;
        texts::text_attempt(&mut cx, id, &number, &words).await?;
        cx.commit().await
    }
}

/// The same job again, after quiet hours: while it runs its own key is still taken.
pub(super) fn later(attempt: AttemptId, kind: &'static str, at: jiff::Timestamp) -> Job {
    Job {
        queue: tickets::NOTICES,
        kind,
        key: format!("{attempt}@{}", at.as_second()),
        args: json!({ "attempt": attempt }),
        run_at: Some(at),
    }
}

/// What a ticket is about, in a reader's language: the ladder's name and the ward.
pub(super) async fn about(cx: &mut Cx, ticket: &Ticket, vi: bool) -> Result<String> {
    let tree = units::tree(cx).await?;
    let what = if vi { &ticket.ladder.name_vi } else { &ticket.ladder.name_en };
    let ward = ticket.ward.and_then(|ward| tree.get(ward));
    Ok(match ward {
        Some(ward) => format!("{what}, {}", if vi { &ward.short } else { &ward.name_en }),
        None => what.clone(),
    })
}

async fn words(
    cx: &mut Cx,
    public_url: &Url,
    ticket: &Ticket,
    attempt: &Attempt,
    language: Language,
) -> Result<String> {
    let vi = language == Language::Vi;
    let face = sql_notices::face(cx).await?;
    let about = about(cx, ticket, vi).await?;
    let base = public_url.as_str().trim_end_matches('/');
    let link = format!("{base}/{}/desk/tickets/{}", face.slug, ticket.id);
    let urgent = attempt.tone == "ring" || ticket.severity == Severity::Emergency;
    let code = &ticket.code;
    Ok(match (vi, urgent) {
        (true, true) => format!("KHẨN – {}: {about}. Phiếu {code}. Mở để nhận việc: {link}", face.name),
        (true, false) => format!("{}: {about}. Phiếu {code}. Xem tại: {link}", face.name),
        (false, true) => format!("URGENT – {}: {about}. Ticket {code}. Open to accept: {link}", face.name),
        (false, false) => format!("{}: {about}. Ticket {code}. See {link}", face.name),
    })
}
