//! Who was at a gate or place with a case: picked out by ticks and put on the list of its contacts.

use super::{
    SCREEN, must,
    visits::{self, Wanted},
};
use crate::{Me, cases, frame::Frame, questions::Typed, traces};
use axum::Form;
use duty::permissions::Action;
use health::{
    cases as health_cases,
    checkins::{self, Meeting, Met, Taken, Together},
    contacts::State,
};
use jiff::Timestamp;
use kernel::{CaseId, PersonId, Result};
use pages::{Outcome, Words, forms::Errors};
use store::Turns;

/// Somebody who was there.
pub(super) struct Row {
    pub id: String,
    pub name: String,
    pub about: String,
    pub came: String,
    pub left: String,
    /// Together with the case; a dash where nobody knows.
    pub minutes: String,
    /// What he is on the list of contacts; empty for nobody on it.
    pub state: String,
    /// He can be picked.
    pub open: bool,
}

/// Those who were there, for the case for which it was asked.
pub(super) struct Panel {
    /// The case by the name of its person.
    pub case: String,
    pub case_href: String,
    /// When the case itself was there.
    pub stays: String,
    pub rows: Vec<Row>,
    /// Who cannot be picked because nobody knows who it is.
    pub notes: Vec<String>,
    pub action: String,
    /// What the form sends along, so that the same is read again.
    pub hidden: Vec<(&'static str, String)>,
    pub button: String,
}

impl Panel {
    pub(super) fn may_take(&self) -> bool {
        self.rows.iter().any(|row| row.open)
    }
}

/// The page's part about a case.
pub(super) async fn panel(
    me: &Me,
    frame: &mut Frame,
    id: CaseId,
    typed: &Typed,
    meeting: &Meeting,
) -> Result<Panel> {
    let w = me.w;
    let case = health_cases::find(&mut frame.cx, id).await?.person.full_name;
    let counted = [
        (meeting.unknown, w.checkins_met_unknown(meeting.unknown.to_string())),
        (meeting.shared, w.checkins_met_shared(meeting.shared.to_string())),
        (meeting.unmarked, w.checkins_met_unmarked(meeting.unmarked.to_string())),
    ];
    Ok(Panel {
        case_href: me.at(format!("cases/{id}#contacts")),
        stays: stays(w, frame, meeting),
        rows: meeting.people.iter().map(|one| row(w, frame, one)).collect(),
        notes: counted.into_iter().filter(|(n, _)| *n > 0).map(|(_, note)| note).collect(),
        action: me.at("checkins/visits/contacts"),
        hidden: ["spot", "from", "to", "why", "case"].map(|name| (name, typed.of(name).to_owned())).to_vec(),
        button: w.checkins_do_contacts(case.as_str()),
        case,
    })
}

fn dash() -> String {
    "–".to_owned()
}

/// "07:10 – 07:55; 16:20 – ?"
fn stays(w: Words, frame: &Frame, meeting: &Meeting) -> String {
    let end = |at: Option<Timestamp>| at.map_or_else(|| "?".to_owned(), |at| frame.d.clock.short(at));
    let stays: Vec<String> =
        meeting.stays.iter().map(|stay| format!("{} – {}", end(stay.came), end(stay.left))).collect();
    if stays.is_empty() { w.checkins_met_unseen() } else { w.checkins_met_stays(stays.join("; ")) }
}

fn row(w: Words, frame: &Frame, one: &Met) -> Row {
    let clock = &frame.d.clock;
    let born = cases::birth_and_sex(w, &one.person);
    let unseen = one.came.or(one.left).is_none();
    Row {
        id: one.person.id.to_string(),
        name: one.person.full_name.clone(),
        about: match &one.person.phone_masked {
            Some(phone) => format!("{born} · {phone}"),
            None => born,
        },
        came: match one.came {
            Some(at) => clock.short(at),
            None if unseen => w.checkins_met_scanned(clock.short(one.first)),
            None => dash(),
        },
        left: one.left.map_or_else(dash, |at| clock.short(at)),
        minutes: match one.together {
            Together::Unknown => dash(),
            Together::AtLeast(minutes) => w.checkins_met_minutes_at_least(minutes.to_string()),
            Together::Exactly(minutes) => w.checkins_met_minutes(minutes.to_string()),
        },
        state: one.stands.map_or_else(String::new, |state| traces::words::state(w, state)),
        open: one.stands.is_none_or(|state| state == State::Proposed),
    }
}

/// `POST /{tenant}/desk/checkins/visits/contacts`: the ticked ones become contacts of the case. The list is read
/// again, and shown as it stands then.
pub async fn take(me: Me, Form(pairs): Form<Vec<(String, String)>>) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    must(&me, Action::CheckInRead)?;
    must(&me, Action::CaseRecord)?;
    let mut errors = Errors::default();
    let asked = visits::parsed(&me, &typed, &mut errors).await?;
    let Some((wanted, case)) = asked.and_then(|wanted| wanted.case.map(|case| (wanted, case))) else {
        if typed.of("case").is_empty() {
            errors.add("case", me.w.error_choose());
        }
        return visits::show(&me, Frame::new(&me, SCREEN).await?, &typed, errors).await;
    };
    let ticked = typed.0.iter().filter(|(name, _)| name == "person");
    let persons: Vec<PersonId> = ticked.filter_map(|(_, id)| id.parse().ok()).collect();
    let mut turns = Turns::default();
    let taken = loop {
        match put(&me, &wanted, case, &persons).await {
            Err(error) if turns.again(&error) => {}
            taken => break taken,
        }
    };
    let message = match taken {
        Ok(taken) => told(me.w, taken),
        Err(error) => visits::take(&me, &mut errors, error).map(|()| String::new())?,
    };
    match visits::read(&me, &wanted, &mut errors).await? {
        Some(found) => visits::seen_page(&me, &typed, &wanted, &found, message, errors).await,
        None => visits::show(&me, Frame::new(&me, SCREEN).await?, &typed, errors).await,
    }
}

async fn put(me: &Me, wanted: &Wanted, case: CaseId, persons: &[PersonId]) -> Result<Taken> {
    let mut cx = me.begin().await?;
    let taken = checkins::take_met(&mut cx, &wanted.look(case), persons).await?;
    cx.commit().await?;
    Ok(taken)
}

/// What became of those who were ticked, one sentence each.
fn told(w: Words, taken: Taken) -> String {
    let told = [
        (taken.listed, w.checkins_taken_listed(taken.listed.to_string())),
        (taken.followed, w.checkins_taken_followed(taken.followed.to_string())),
        (taken.ill, w.checkins_taken_ill(taken.ill.to_string())),
        (taken.known, w.checkins_taken_known(taken.known.to_string())),
        (taken.early, w.checkins_taken_early(taken.early.to_string())),
    ];
    let told: Vec<String> = told.into_iter().filter(|(n, _)| *n > 0).map(|(_, text)| text).collect();
    told.join(" ")
}
