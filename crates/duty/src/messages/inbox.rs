//! Texts that come in. A long one comes in parts, in any order and some twice; it is put together when all are
//! there, or ten minutes after its first part as far as it came, with a mark where something is missing.
//!
//! The number that a network names proves nothing: a text never accepts a ticket and never enters anything. It is an
//! answer that an area waits for ([`Knows`]), or it opens a ticket, or stands on the ticket that the same number has
//! opened and that is still owed an answer. One from an official's number, in which no area hears anything, is kept
//! and listed.

use super::{
    sql_inbox::{self, Kept, New},
    texts::{self, OnText, Piece, Receipt},
};
use crate::{
    staff,
    tickets::{self, NewMatter, NewTicket, Responsible, Severity, ladder},
    units,
};
use async_trait::async_trait;
use data_encoding::BASE64URL_NOPAD;
use jiff::SignedDuration;
use kernel::{Actor, Error, MessageId, Phone, Result, StaffId, TenantId, TicketId};
use serde_json::json;
use std::sync::Arc;
use store::{
    Cx, Event, Store, Timer, Topic, Turns,
    timers::{Due, OnTimer},
};

const PART: Actor = Actor::system("messages.inbox");
const GATHER: &str = "messages.gather_text";
/// How long a part may be behind the first one, and how long the same part from the same number counts as sent
/// again by the network.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);
/// The same for a text in one piece: no longer than a network tries again. Whoever writes "khó thở" a second time
/// after his answer means it. Counted in slots, so it is a few seconds less.
const AGAIN: (SignedDuration, i64) = (SignedDuration::from_secs(10), 6);
/// What stands in the words where a part is missing.
pub const MISSING: &str = "[…]";
/// The matter, and the ladder of tenants that have one of their own for it.
pub const KIND: &str = "text_received";

/// A text that has come in, as the areas are asked about it.
#[derive(Clone)]
pub struct Received {
    pub id: MessageId,
    /// As the network says; never a proof. None when the sender is no telephone.
    pub number: Option<Phone>,
    pub words: String,
    /// Whether all its parts are there.
    pub whole: bool,
    /// It comes from an official's number. He may be ill himself: danger is danger, but what else he writes is no
    /// wish of a household.
    pub official: bool,
}

/// A text that an area has taken in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// On which it stands, where somebody has to act. What the same number writes next, and no area waits for,
    /// stands there too.
    pub ticket: Option<TicketId>,
}

/// An area that waits for answers by text.
#[async_trait]
pub trait Knows: Send + Sync {
    /// What became of a text that it waited for; `None` of any other, which somebody must read.
    async fn heard(&self, cx: &mut Cx, text: &Received) -> Result<Option<Taken>>;
}

/// The areas that are asked about each text, in order.
pub type Areas = Arc<[Arc<dyn Knows>]>;

/// Takes in what comes, for one centre of the cell.
pub struct Inbox {
    store: Store,
    /// The centre whose number it is, by its name in addresses; the first one where none is named.
    centre: Option<String>,
    areas: Areas,
}

impl Inbox {
    pub fn new(store: Store, centre: Option<String>, areas: Areas) -> Self {
        Self { store, centre, areas }
    }

    /// Asked for each time: a centre may be made while this process runs.
    async fn tenant(&self) -> Result<TenantId> {
        let mut cell = self.store.cell().await?;
        let found = match &self.centre {
            Some(slug) => cell.tenants().await?.into_iter().find(|row| row.slug == *slug).map(|row| row.id),
            None => cell.tenant_ids().await?.first().copied(),
        };
        found.ok_or_else(|| Error::Unavailable("no centre takes in texts".into()))
    }

    async fn take_in(&self, piece: &Piece) -> Result<()> {
        let mut cx = self.store.begin(self.tenant().await?, PART).await?;
        match take(&mut cx, piece).await? {
            Came::Twice => return cx.rollback().await,
            Came::Waits => {}
            Came::Whole(id) => close(&mut cx, &self.areas, id).await?,
            Came::After { incomplete, whole } => {
                close(&mut cx, &self.areas, incomplete).await?;
                if let Some(id) = whole {
                    close(&mut cx, &self.areas, id).await?;
                }
            }
        }
        cx.commit().await
    }
}

#[async_trait]
impl OnText for Inbox {
    async fn came(&self, piece: &Piece) -> Result<()> {
        let mut turns = Turns::default();
        loop {
            match self.take_in(piece).await {
                Err(error) if turns.again(&error) => {}
                done => return done,
            }
        }
    }

    async fn became(&self, receipt: &Receipt) -> Result<bool> {
        // Any centre of the cell may have sent it: they share the line.
        let tenants = self.store.cell().await?.tenant_ids().await?;
        for tenant in tenants {
            let mut cx = self.store.begin(tenant, PART).await?;
            if texts::became(&mut cx, receipt).await? {
                cx.commit().await?;
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What a piece was.
enum Came {
    /// It has come before.
    Twice,
    /// Other parts are missing.
    Waits,
    Whole(MessageId),
    /// The sender's counter has come round: the text that was gathered under it stays as it is.
    After {
        incomplete: MessageId,
        whole: Option<MessageId>,
    },
}

async fn take(cx: &mut Cx, piece: &Piece) -> Result<Came> {
    let number = number(&piece.from);
    let marks = marks(cx, piece, &number)?;
    if sql_inbox::is_marked(cx, &marks).await? {
        return Ok(Came::Twice);
    }
    let part = piece.part.filter(|part| part.of > 1 && (1..=part.of).contains(&part.number));
    let new = New {
        number: &number,
        came_to: &piece.to,
        reference: part.map(|part| i32::from(part.reference)),
        parts: part.map_or(1, |part| i16::from(part.of)),
    };
    let index = part.map_or(1, |part| i16::from(part.number));
    let mark = marks.first().map_or("", String::as_str);
    let (mut id, mut fresh) = sql_inbox::open(cx, &new).await?;
    let mut incomplete = None;
    if !fresh && sql_inbox::has_part(cx, id, index).await? {
        sql_inbox::set_incomplete(cx, id).await?;
        cx.disarm(GATHER, id.uuid());
        incomplete = Some(id);
        (id, fresh) = sql_inbox::open(cx, &new).await?;
    }
    if !sql_inbox::add(cx, id, index, mark, &piece.units).await? {
        return Ok(Came::Twice);
    }
    if fresh && new.parts > 1 {
        let fire_at = cx.now() + PATIENCE;
        cx.arm(Timer { kind: GATHER, object: id.uuid(), generation: 0, fire_at });
    }
    let whole = sql_inbox::counted(cx, id).await?.then_some(id);
    if whole.is_some() {
        cx.disarm(GATHER, id.uuid());
    }
    Ok(match (incomplete, whole) {
        (Some(incomplete), whole) => Came::After { incomplete, whole },
        (None, Some(id)) => Came::Whole(id),
        (None, None) => Came::Waits,
    })
}

/// The number as it is kept: E.164 where it is one. A sender may also be a word, or a short number.
fn number(from: &str) -> String {
    Phone::parse(from).map_or_else(|_| from.trim().to_owned(), |phone| phone.as_e164().to_owned())
}

/// By what a piece is known again: the network's id, or what it says within a slot of time, and for the look-up
/// the slots before.
fn marks(cx: &Cx, piece: &Piece, number: &str) -> Result<Vec<String>> {
    if let Some(id) = &piece.network_id {
        let blind = cx.blind("text id", &format!("{number}|{}|{id}", piece.to))?;
        return Ok(vec![BASE64URL_NOPAD.encode(&blind)]);
    }
    let whole = piece.part.is_none_or(|part| part.of <= 1);
    let (length, slots) = if whole { AGAIN } else { (PATIENCE, 2) };
    let slot = cx.now().as_second() / length.as_secs();
    let part =
        piece.part.map_or_else(String::new, |part| format!("{}.{}.{}", part.reference, part.number, part.of));
    let units: String = piece.units.iter().map(|unit| format!("{unit:04x}")).collect();
    (0..slots)
        .map(|back| {
            let slot = slot - back;
            let blind = cx.blind("text part", &format!("{number}|{}|{part}|{slot}|{units}", piece.to))?;
            Ok(BASE64URL_NOPAD.encode(&blind))
        })
        .collect()
}

/// Puts a text together and finds who is to read it.
async fn close(cx: &mut Cx, areas: &Areas, id: MessageId) -> Result<()> {
    let kept = sql_inbox::lock(cx, id).await?;
    let parts = sql_inbox::words(cx, id).await?;
    let words = put_together(&parts, kept.parts);
    let whole = parts.len() == usize::try_from(kept.parts).unwrap_or(0);
    let number = Phone::parse(&kept.number).ok();
    let staff = match &number {
        Some(number) => staff::by_phone(cx, number.as_e164()).await?.first().copied(),
        None => None,
    };
    let received = Received { id, number, words, whole, official: staff.is_some() };
    let ticket = owed(cx, areas, &kept, &received, staff).await?;
    sql_inbox::close(cx, id, &received, staff, ticket).await?;
    cx.record(Event::new("text.received", id).data(json!({
        "parts": kept.parts, "came": parts.len(), "whole": whole, "staff": staff.is_some(), "ticket": ticket,
    })));
    cx.tell(Topic::screen(texts::SCREEN));
    Ok(())
}

/// The ticket on which somebody must read it; none where nobody must.
async fn owed(
    cx: &mut Cx,
    areas: &Areas,
    kept: &Kept,
    received: &Received,
    staff: Option<StaffId>,
) -> Result<Option<TicketId>> {
    let mut failed = false;
    for area in areas.iter() {
        match ask(cx, area.as_ref(), received).await? {
            Ok(Some(taken)) => return Ok(taken.ticket),
            Ok(None) => {}
            Err(error) => {
                tracing::error!(text = %received.id.uuid(), %error, "an area could not hear a text, somebody must read it");
                failed = true;
            }
        }
    }
    if staff.is_some() && !failed {
        return Ok(None);
    }
    if let Some(ticket) = sql_inbox::last_ticket(cx, &kept.number).await?
        && tickets::remark(cx, ticket, &received.words).await?
    {
        return Ok(Some(ticket));
    }
    let tree = units::tree(cx).await?;
    let new = NewMatter {
        kind: KIND,
        severity: Severity::Notice,
        ward: None,
        object_kind: "text",
        object: received.id.uuid(),
    };
    let ticket = NewTicket {
        kind: KIND.to_owned(),
        // The room where the centre's telephones stand.
        responsible: Responsible::Unit(tree.director()),
        ladder: ladder::by_code_or(cx, KIND, "report").await?,
        task: json!({
            "vi": "Tin nhắn gửi đến trung tâm. Đọc, gọi lại khi cần, chuyển đơn vị có thẩm quyền. Số máy gửi không chứng minh được người gửi là ai.",
            "en": "A text sent to the centre. Read it, call back where needed, forward it to the unit in charge. The number proves nothing about who sent it.",
        }),
        words: Some(received.words.clone()),
        given_by: None,
        assignee: None,
        due_at: None,
    };
    let opened = tickets::open_ticket(cx, &new, ticket).await?;
    opened.tickets.first().copied().map(Some).ok_or_else(|| Error::internal("a matter opened no ticket"))
}

/// Asks an area. Inner error: it failed, and what it did is taken back; the text itself stands. What gave way to
/// another transaction is tried again.
async fn ask(cx: &mut Cx, area: &dyn Knows, received: &Received) -> Result<Result<Option<Taken>>> {
    let mut turns = Turns::default();
    loop {
        let mark = cx.mark().await?;
        let mut heard = area.heard(cx, received).await;
        if heard.is_ok()
            && let Err(error) = cx.flush().await
        {
            heard = Err(error);
        }
        match heard {
            Ok(taken) => return Ok(Ok(taken)),
            Err(error) => {
                cx.back_to(&mark).await?;
                if !turns.again(&error) {
                    return Ok(Err(error));
                }
            }
        }
    }
}

/// The words of all parts in their order. Characters that lie across two parts are whole again.
fn put_together(parts: &[(i16, Vec<u16>)], of: i16) -> String {
    let mut words = String::new();
    let mut run: Vec<u16> = Vec::new();
    for number in 1..=of {
        if let Some((_, units)) = parts.iter().find(|(known, _)| *known == number) {
            run.extend(units);
        } else {
            words.push_str(&String::from_utf16_lossy(&run));
            run.clear();
            words.push_str(MISSING);
        }
    }
    words.push_str(&String::from_utf16_lossy(&run));
    // No column keeps a NUL, and some telephones end their texts with one.
    words.replace('\0', "")
}

/// The handler of `messages.gather_text`: the rest of a long text has not come.
pub struct GatherTexts {
    areas: Areas,
}

impl GatherTexts {
    pub fn new(areas: Areas) -> Self {
        Self { areas }
    }
}

#[async_trait]
impl OnTimer for GatherTexts {
    fn kind(&self) -> &'static str {
        GATHER
    }

    async fn fire(&self, cx: &mut Cx, due: &[Due]) -> Result<()> {
        for due in due {
            let id = MessageId(due.object);
            // The last part may have come in this very moment.
            if sql_inbox::lock(cx, id).await?.gathering {
                close(cx, &self.areas, id).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    #[test]
    fn parts_are_put_in_order_and_a_missing_one_is_marked() {
        let parts = [(3, units("thở.")), (1, units("Tôi "))];
        assert_eq!(put_together(&parts, 3), "Tôi […]thở.");
        let parts = [(2, units("khó ")), (3, units("thở.")), (1, units("Tôi "))];
        assert_eq!(put_together(&parts, 3), "Tôi khó thở.");
    }

    #[test]
    fn a_character_that_lies_across_two_parts_is_whole_again() {
        let whole = units("😷");
        assert_eq!(put_together(&[(2, whole[1..].to_vec()), (1, whole[..1].to_vec())], 2), "😷");
        assert_eq!(put_together(&[(1, whole[..1].to_vec())], 2), "\u{fffd}[…]");
    }

    #[test]
    fn a_number_is_kept_in_one_way_and_a_word_as_it_is() {
        assert_eq!(number("84903123456"), "+84903123456");
        assert_eq!(number("0903123456"), "+84903123456");
        assert_eq!(number(" Viettel "), "Viettel");
    }
}
