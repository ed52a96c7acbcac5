//! The mail by which an organisation hears that it owes an answer. Its contact has no account here:
//! the mail says what kind of thing, until when, and whom to ask; never what somebody wrote.

use super::{mailer::Mail, mailer::Mailer, sql_notices};
use crate::{
    organisations,
    tickets::{self, Ticket},
    units,
};
use async_trait::async_trait;
use kernel::{Actor, Error, MessageId, Result, TenantId, TicketId, dates};
use serde_json::json;
use std::sync::Arc;
use store::{Cx, Event, Store, outbox::OnPost};

const PART: Actor = Actor::system("messages.organisations");
/// As long as notices are tried: two days of a mail server that is down.
const TRIES: i32 = 300;

/// The courier of [`organisations::MAIL`]; a message there is the ticket itself.
pub struct OrganisationMails {
    mailer: Arc<dyn Mailer>,
}

impl OrganisationMails {
    pub fn new(mailer: Arc<dyn Mailer>) -> Self {
        Self { mailer }
    }
}

/// The letter as it is now; `None` when the ticket no longer waits for the organisation.
async fn write(cx: &mut Cx, ticket: &Ticket) -> Result<Option<Mail>> {
    let Some(organisation) = ticket.organisation.filter(|_| !ticket.is_closed()) else { return Ok(None) };
    let Some(to) = organisations::email(cx, organisation).await? else { return Ok(None) };
    let face = sql_notices::face(cx).await?;
    let tree = units::tree(cx).await?;
    let asks = ticket.called_unit().and_then(|unit| tree.get(unit));
    let due = dates::shown_date_time(ticket.due_at.to_zoned(face.zone).datetime());
    let (code, what) = (&ticket.code, &ticket.ladder.name_vi);
    let subject = format!("Đề nghị trả lời: {what} – phiếu {code}");
    let mut text = format!(
        "Trung tâm điều hành {}\n\n{what}, phiếu {code}, được giao cho quý cơ quan, đơn vị.\nThời hạn trả lời: {due}.\n",
        face.name
    );
    if let Some(unit) = asks {
        text.push_str(&format!(
            "Xin liên hệ {} để nhận nội dung và trả lời; khi liên hệ, nêu mã phiếu.\n",
            unit.name
        ));
    }
    text.push_str("\nThư gửi tự động, xin không trả lời thư này.\n");
    Ok(Some(Mail { id: MessageId(ticket.id.uuid()), to, subject, text, at: cx.now() }))
}

async fn ticket(cx: &mut Cx, id: MessageId) -> Result<Ticket> {
    tickets::tickets(cx, &[TicketId(id.uuid())]).await?.pop().ok_or(Error::NotFound)
}

fn event(kind: &'static str, ticket: &Ticket, tries: Option<i32>) -> Event {
    Event::new(kind, ticket.id)
        .matter(ticket.matter)
        .unit(ticket.called_unit())
        .data(json!({ "organisation": ticket.organisation, "tries": tries }))
}

#[async_trait]
impl OnPost for OrganisationMails {
    fn channel(&self) -> &'static str {
        organisations::MAIL
    }

    async fn deliver(&self, store: &Store, tenant: TenantId, id: MessageId, attempt: i32) -> Result<()> {
        let mut cx = store.begin(tenant, PART).await?;
        let ticket = ticket(&mut cx, id).await?;
        let mail = write(&mut cx, &ticket).await?;
        // No transaction waits for a mail server.
        cx.rollback().await?;
        let Some(mail) = mail else { return Ok(()) };
        self.mailer.send(&mail).await?;
        let mut cx = store.begin(tenant, PART).await?;
        cx.record(event("ticket.organisation_told", &ticket, Some(attempt)));
        cx.commit().await
    }

    async fn give_up(&self, store: &Store, tenant: TenantId, id: MessageId, _why: &str) -> Result<()> {
        let mut cx = store.begin(tenant, PART).await?;
        let ticket = ticket(&mut cx, id).await?;
        cx.record(event("ticket.organisation_not_told", &ticket, None));
        cx.commit().await
    }

    fn max_attempts(&self) -> i32 {
        TRIES
    }
}
