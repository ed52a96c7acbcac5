//! The words of texts.

use crate::{
    Me,
    frame::{self, Frame},
};
use duty::{
    messages::{
        notices::State,
        text_size::{GSM, Size, UCS2},
    },
    staff::{self, Badge},
};
use health::answers::Meant;
use kernel::{Result, StaffId};
use pages::Words;
use std::collections::BTreeMap;

/// How far a text of ours has come; `at` is when the network said so.
pub fn sent(w: Words, state: State, tries: i32, at: String) -> String {
    let tries = tries.to_string();
    match state {
        State::Queued => w.text_state_queued(),
        State::HandedOver => w.text_handed_over(at),
        State::Delivered => w.text_delivered(at),
        State::Undeliverable => w.text_undeliverable(at),
        State::Failed => w.text_state_failed(tries),
        State::GivenUp => w.text_given_up(tries),
        State::Withdrawn => w.message_withdrawn(),
    }
}

pub const fn is_lost(state: State) -> bool {
    matches!(state, State::Failed | State::GivenUp | State::Undeliverable)
}

/// How much of a text has come; its parts are put together once they are `closed`.
pub fn received(w: Words, closed: bool, whole: bool, (came, parts): (i16, i16)) -> String {
    let (came, parts) = (came.to_string(), parts.to_string());
    match (closed, whole) {
        (false, _) => w.texts_gathering(came, parts),
        (true, true) => w.texts_whole(),
        (true, false) => w.texts_incomplete(came, parts),
    }
}

pub fn side(w: Words, official: bool) -> String {
    if official { w.texts_from_staff() } else { w.texts_from_others() }
}

/// What it was taken for, where that is more than words to be read.
pub fn meant(w: Words, meant: Meant) -> String {
    match meant {
        Meant::Danger => w.texts_meant_danger(),
        Meant::CallBack => w.texts_meant_call_back(),
        Meant::Stop => w.texts_meant_stop(),
        Meant::Resume => w.texts_meant_resume(),
        Meant::Words => String::new(),
    }
}

/// "58 ký tự, 1 tin".
pub fn size(w: Words, size: Size) -> String {
    w.texts_answer_size(size.characters.to_string(), size.parts.to_string())
}

/// The measures by which a script counts while somebody types: alphabet of GSM, then with marks.
pub fn measures() -> String {
    format!("{} {} {} {}", GSM.0, GSM.1, UCS2.0, UCS2.1)
}

/// People with their units, as the page names them.
pub struct Names(BTreeMap<StaffId, Badge>);

impl Names {
    pub async fn of(frame: &mut Frame, ids: &[StaffId]) -> Result<Self> {
        Ok(Self(staff::badges(&mut frame.cx, ids).await?))
    }

    /// Unit and role first, the name last.
    pub fn name(&self, me: &Me, frame: &Frame, id: StaffId) -> String {
        let Some(badge) = self.0.get(&id) else { return "–".to_owned() };
        let title = me.w.lang().pick(&badge.title, &badge.title_en);
        let unit = frame::short(&frame.tree, &frame.d, badge.unit);
        format!("{unit} · {title} · {}", badge.full_name)
    }
}
