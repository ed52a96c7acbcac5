//! What happens to a plan: swaps, covers, absences, and the answers of those who are asked.

use super::{Asked, Choice, Typed, at, board, date_value, moment, people, take, unit_of, unprocessable};
use crate::{Me, frame::Frame};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query},
    response::Response,
};
use duty::rosters::{self, AbsenceKind, Period};
use kernel::{Error, Result, ShiftId, StaffId, UnitId, dates};
use pages::{Desk, Outcome, Words, forms::Errors, html, see_other};
use uuid::Uuid;

pub fn kind_word(w: Words, kind: AbsenceKind) -> String {
    match kind {
        AbsenceKind::Leave => w.absence_leave(),
        AbsenceKind::Sick => w.absence_sick(),
        AbsenceKind::Seconded => w.absence_seconded(),
        AbsenceKind::Departed => w.absence_departed(),
        AbsenceKind::PostEnded => w.absence_post_ended(),
    }
}

#[derive(Template)]
#[template(path = "roster_change.html")]
struct Page {
    d: Desk,
    act: String,
    unit: String,
    title: String,
    hint: String,
    back: String,
    action: String,
    typed: Typed,
    errors: Errors,
    /// One's own shifts, or all of the unit for whoever arranges its duty.
    mine: Vec<Choice>,
    shifts: Vec<Choice>,
    people: Vec<Choice>,
    kinds: Vec<Choice>,
}

/// `GET /{tenant}/desk/rosters/do/{act}`: `swap`, `cover`, `absence`.
pub async fn form(me: Me, Path((_, act)): Path<(String, String)>, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "rosters").await?;
    let unit = unit_of(&frame, asked.unit)?;
    let mut typed = Typed::default();
    typed.put("staff", me.staff.to_string());
    let now = frame.d.clock.now;
    typed.put("from", date_value(frame.d.clock.today()));
    typed.put("from-time", frame.d.clock.time(now));
    if let Some(shift) = asked.shift {
        // The hours of an open place are offered as they are planned.
        if let Ok(id) = shift.parse::<ShiftId>() {
            let far = now + jiff::SignedDuration::from_hours(35 * 24);
            let duty = rosters::roster(&mut frame.cx, unit, now, far).await?;
            if let Some(found) = duty.shifts.iter().find(|found| found.id == id) {
                typed = Typed::default();
                hours(&frame, &mut typed, found.planned);
            }
        }
        typed.put("shift", shift);
    }
    page(me, frame, unit, &act, typed, Errors::default()).await
}

fn hours(frame: &Frame, typed: &mut Typed, period: Period) {
    let clock = &frame.d.clock;
    for (name, at) in [("from", period.start()), ("until", period.end())] {
        typed.put(name, date_value(clock.day(at)));
        typed.put(format!("{name}-time"), clock.time(at));
    }
}

/// `POST /{tenant}/desk/rosters/do/{act}`
pub async fn act(
    me: Me,
    Path((_, act)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Outcome {
    let typed = Typed(typed);
    me.check(typed.get("csrf"))?;
    let mut frame = Frame::new(&me, "rosters").await?;
    let unit = unit_of(&frame, asked.unit)?;
    let to = at(&me, "", unit);
    match run(&mut frame, unit, &act, &typed).await {
        Ok(()) => {
            frame.cx.commit().await?;
            Ok(see_other(&to))
        }
        Err(error) => {
            let mut errors = Errors::default();
            take(&mut errors, me.w, "shift", error)?;
            let frame = Frame::new(&me, "rosters").await?;
            unprocessable(page(me, frame, unit, &act, typed, errors).await)
        }
    }
}

async fn run(frame: &mut Frame, unit: UnitId, act: &str, typed: &Typed) -> Result<()> {
    match act {
        "swap" => {
            let (first, second): (ShiftId, ShiftId) = (typed.chosen("shift")?, typed.chosen("second")?);
            rosters::swap(&mut frame.cx, first, second).await?;
        }
        "cover" => {
            let shift: ShiftId = typed.chosen("shift")?;
            let staff: StaffId = typed.chosen("staff")?;
            let period = if typed.get("from").is_empty() {
                whole(frame, unit, shift).await?
            } else {
                let from = moment(frame, typed, "from", "from-time")?;
                let until = moment(frame, typed, "until", "until-time")?;
                Period::new(from, until).map_err(|_| Error::invalid("until", "error-roster-backwards"))?
            };
            rosters::cover(&mut frame.cx, shift, staff, period).await?;
        }
        "absence" => {
            let staff: StaffId = typed.chosen("staff")?;
            let kind = match typed.get("kind") {
                "leave" => AbsenceKind::Leave,
                "sick" => AbsenceKind::Sick,
                "seconded" => AbsenceKind::Seconded,
                _ => return Err(Error::invalid("kind", "error-choose")),
            };
            let from = moment(frame, typed, "from", "from-time")?;
            let until = match typed.get("until") {
                "" => None,
                _ => Some(moment(frame, typed, "until", "until-time")?),
            };
            if until.is_some_and(|until| until <= from) {
                return Err(Error::invalid("until", "error-roster-backwards"));
            }
            rosters::absent(&mut frame.cx, staff, kind, from, until).await?;
        }
        _ => return Err(Error::NotFound),
    }
    Ok(())
}

/// The hours of a shift, when the form leaves them out.
async fn whole(frame: &mut Frame, unit: UnitId, shift: ShiftId) -> Result<Period> {
    let now = frame.d.clock.now;
    let far = now + jiff::SignedDuration::from_hours(35 * 24);
    let duty = rosters::roster(&mut frame.cx, unit, now, far).await?;
    let found = duty.shifts.iter().find(|found| found.id == shift);
    found.map(|found| found.planned).ok_or(Error::invalid("shift", "error-choose"))
}

async fn page(me: Me, mut frame: Frame, unit: UnitId, act: &str, typed: Typed, errors: Errors) -> Outcome {
    let w = me.w;
    let (title, hint) = match act {
        "swap" => (w.roster_do_swap(), w.roster_swap_hint()),
        "cover" => (w.roster_do_cover(), w.roster_cover_hint()),
        "absence" => (w.roster_do_absence(), w.roster_absence_hint()),
        _ => return Err(Error::NotFound.into()),
    };
    let manages = rosters::manages(&mut frame.cx, unit).await?;
    let shifts = board::shift_choices(&mut frame, unit, None).await?;
    let mine = match act {
        "swap" if !manages => board::shift_choices(&mut frame, unit, Some(me.staff)).await?,
        _ => shifts.clone(),
    };
    let mut people = people(&mut frame, unit).await?;
    if act == "absence" && !manages {
        people.retain(|(id, _)| *id == me.staff.to_string());
    }
    let kinds = [AbsenceKind::Leave, AbsenceKind::Sick, AbsenceKind::Seconded]
        .into_iter()
        .zip(["leave", "sick", "seconded"])
        .map(|(kind, id)| (id.to_owned(), kind_word(w, kind)))
        .collect();
    let page = Page {
        unit: frame.unit(unit),
        title,
        hint,
        back: at(&me, "", unit),
        action: at(&me, &format!("/do/{act}"), unit),
        act: act.to_owned(),
        typed,
        errors,
        mine,
        shifts,
        people,
        kinds,
        d: frame.d,
    };
    html(&page)
}

/// `POST /{tenant}/desk/rosters/changes/{id}/{answer}`: `agree` or `refuse`.
pub async fn answer(
    me: Me,
    Path((_, id, answer)): Path<(String, Uuid, String)>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Outcome {
    let typed = Typed(typed);
    me.check(typed.get("csrf"))?;
    let mut cx = me.begin().await?;
    match answer.as_str() {
        "agree" => rosters::agree(&mut cx, id).await?,
        "refuse" => rosters::refuse(&mut cx, id).await?,
        _ => return Err(Error::NotFound.into()),
    }
    cx.commit().await?;
    Ok(back(&me, &typed))
}

/// `POST /{tenant}/desk/rosters/absences/{id}/end`: he is back now.
pub async fn end_absence(
    me: Me,
    Path((_, id)): Path<(String, Uuid)>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Outcome {
    let typed = Typed(typed);
    me.check(typed.get("csrf"))?;
    let mut cx = me.begin().await?;
    let now = cx.now();
    rosters::end_absence(&mut cx, id, now).await?;
    cx.commit().await?;
    Ok(back(&me, &typed))
}

/// Back to the roster of the unit from which a button was pressed.
pub fn back(me: &Me, typed: &Typed) -> Response {
    see_other(&match typed.get("unit").parse::<UnitId>() {
        Ok(unit) => at(me, "", unit),
        Err(_) => me.at("rosters"),
    })
}

impl Page {
    /// A typed day as its field shows it.
    fn day(&self, name: &str) -> String {
        let text = self.typed.get(name);
        dates::parse_date(text).map_or_else(|_| text.to_owned(), date_value)
    }
}
