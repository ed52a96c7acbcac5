//! The plan editor: rows of weekdays × hours × person for the week, and orders of people for
//! rotations. Adding and removing a row is a button that sends the form and gets it back.

use super::{Asked, Choice, Typed, at, date, date_value, must_manage, people, unit_of, unprocessable};
use crate::{Me, frame::Frame};
use askama::Template;
use axum::{Form, extract::Query};
use duty::rosters::{
    self, Band, Pattern, Plan, Post, Restriction, Rotation, Slot, StoredPlan, TurnLength, WeekdaySet,
};
use jiff::civil::Weekday;
use kernel::{Error, StaffId, UnitId, dates};
use pages::{Desk, Outcome, forms::Errors, html, see_other};

/// The most rows of a week, rotations, people of a rotation and limits of a rotation.
const ROWS: usize = 40;
const ROTATIONS: usize = 6;
const PEOPLE: usize = 31;
const LIMITS: usize = 7;

#[derive(Template)]
#[template(path = "roster_plan.html")]
struct Page {
    d: Desk,
    unit: String,
    back: String,
    action: String,
    typed: Typed,
    errors: Errors,
    people: Vec<Choice>,
    posts: Vec<Choice>,
    week: Vec<Choice>,
}

/// A field of the form that is wrong, and why.
type Wrong = (String, &'static str);

/// `GET /{tenant}/desk/rosters/plan`
pub async fn form(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "rosters").await?;
    let unit = unit_of(&frame, asked.unit)?;
    must_manage(&mut frame, unit).await?;
    let today = frame.d.clock.today();
    let plans = rosters::plans(&mut frame.cx, unit).await?;
    let mut typed = Typed::default();
    typed.put("from", date_value(today.tomorrow().unwrap_or(today)));
    fill(&mut typed, plans.iter().filter(|plan| plan.valid_to.is_none_or(|to| to > today)));
    page(&me, frame, unit, typed, Errors::default()).await
}

/// `POST /{tenant}/desk/rosters/plan`: a button that changes rows, or the saving.
pub async fn save(me: Me, Query(asked): Query<Asked>, Form(typed): Form<Vec<(String, String)>>) -> Outcome {
    let mut typed = Typed(typed);
    me.check(typed.get("csrf"))?;
    let mut frame = Frame::new(&me, "rosters").await?;
    let unit = unit_of(&frame, asked.unit)?;
    must_manage(&mut frame, unit).await?;
    let pressed = typed.get("do").to_owned();
    if pressed != "save" {
        rows(&mut typed, &pressed);
        return page(&me, frame, unit, typed, Errors::default()).await;
    }
    let mut errors = Errors::default();
    match set(&mut frame, unit, &typed).await {
        Ok(()) => {
            frame.cx.commit().await?;
            return Ok(see_other(&at(&me, "", unit)));
        }
        Err(Fault::Field((field, key))) => errors.add(&field, me.w.by_key(key)),
        Err(Fault::Other(error)) => super::take(&mut errors, me.w, "from", error)?,
    }
    let frame = Frame::new(&me, "rosters").await?;
    unprocessable(page(&me, frame, unit, typed, errors).await)
}

enum Fault {
    Field(Wrong),
    Other(Error),
}

impl From<Wrong> for Fault {
    fn from(wrong: Wrong) -> Self {
        Self::Field(wrong)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

async fn set(frame: &mut Frame, unit: UnitId, typed: &Typed) -> std::result::Result<(), Fault> {
    let from = date(typed, "from")?;
    let plans = read(unit, from, typed)?;
    rosters::set_plans(&mut frame.cx, unit, from, plans).await?;
    Ok(())
}

/// Writes stored plans into the form. Slots that differ in the weekday alone share a row.
fn fill<'a>(typed: &mut Typed, plans: impl Iterator<Item = &'a StoredPlan>) {
    let (mut row, mut rotation) = (0, 0);
    for stored in plans {
        match &stored.plan {
            Plan::Weekly(pattern) => {
                let mut groups: Vec<(&Slot, Vec<Weekday>)> = Vec::new();
                for slot in &pattern.slots {
                    let same = |(other, _): &&mut (&Slot, Vec<Weekday>)| {
                        (&other.band, other.post, other.staff) == (&slot.band, slot.post, slot.staff)
                    };
                    match groups.iter_mut().find(same) {
                        Some((_, days)) => days.push(slot.weekday),
                        None => groups.push((slot, vec![slot.weekday])),
                    }
                }
                for (slot, days) in groups {
                    put_days(typed, &format!("w{row}-day"), WeekdaySet::of(&days));
                    put_band(typed, &format!("w{row}"), &slot.band);
                    typed.put(format!("w{row}-post"), u8::from(slot.post).to_string());
                    typed.put(
                        format!("w{row}-staff"),
                        slot.staff.map(|id| id.to_string()).unwrap_or_default(),
                    );
                    row += 1;
                }
            }
            Plan::Rotation(plan) => {
                fill_rotation(typed, rotation, plan);
                rotation += 1;
            }
            Plan::Sheet(_) => {}
        }
    }
    typed.put("rows", row.to_string());
    typed.put("rotations", rotation.to_string());
}

fn fill_rotation(typed: &mut Typed, n: usize, plan: &Rotation) {
    let name = |field: &str| format!("r{n}-{field}");
    typed.put(name("name"), plan.name.clone());
    typed.put(name("post"), u8::from(plan.post).to_string());
    typed.put(name("start"), date_value(plan.start));
    typed.put(name("until"), plan.until.map(date_value).unwrap_or_default());
    typed.put(name("handover"), dates::shown_time(plan.handover));
    let turn = plan.turn.to_string();
    // `P7D` and `PT12H` are how a turn writes itself.
    let days = turn.strip_prefix('P').and_then(|rest| rest.strip_suffix('D'));
    let hours = turn.strip_prefix("PT").and_then(|rest| rest.strip_suffix('H'));
    typed.put(name("turn"), days.or(hours).unwrap_or_default());
    typed.put(name("turn-unit"), if days.is_some() { "days" } else { "hours" });
    for staff in &plan.staff {
        typed.put(name("staff"), staff.to_string());
    }
    for (x, limit) in plan.restrictions.iter().enumerate() {
        put_days(typed, &name(&format!("x{x}-day")), limit.weekdays);
        put_band(typed, &name(&format!("x{x}")), &limit.band);
    }
}

pub fn put_days(typed: &mut Typed, name: &str, days: WeekdaySet) {
    for number in 1..=7_i8 {
        if Weekday::from_monday_one_offset(number).is_ok_and(|day| days.contains(day)) {
            typed.put(name, number.to_string());
        }
    }
}

fn put_band(typed: &mut Typed, row: &str, band: &Band) {
    typed.put(format!("{row}-name"), band.name.clone());
    typed.put(format!("{row}-start"), dates::shown_time(band.start));
    typed.put(format!("{row}-end"), dates::shown_time(band.end));
}

/// Adds or takes away what a button names: `add-row`, `drop-row-2`, `add-rotation`,
/// `drop-rotation-0`; `more` only asks for more empty lines.
fn rows(typed: &mut Typed, pressed: &str) {
    match pressed {
        "add-row" => add_one(typed, "rows", ROWS),
        "add-rotation" => add_one(typed, "rotations", ROTATIONS),
        _ => {
            let dropped = |prefix: &str| pressed.strip_prefix(prefix).and_then(|n| n.parse::<usize>().ok());
            if let Some(n) = dropped("drop-row-") {
                drop_numbered(typed, 'w', n, "rows", ROWS);
            } else if let Some(n) = dropped("drop-rotation-") {
                drop_numbered(typed, 'r', n, "rotations", ROTATIONS);
            }
        }
    }
}

fn add_one(typed: &mut Typed, counter: &str, most: usize) {
    let count = typed.count(counter, most);
    typed.0.retain(|(key, _)| key != counter);
    typed.put(counter, (count + 1).min(most).to_string());
}

/// Takes row `n` of a letter away; the rows after it move up.
pub fn drop_numbered(typed: &mut Typed, letter: char, n: usize, counter: &str, most: usize) {
    let count = typed.count(counter, most);
    typed.0.retain(|(key, _)| key != counter && number(key, letter) != Some(n));
    for (key, _) in &mut typed.0 {
        if let Some(at) = number(key, letter).filter(|at| *at > n) {
            let rest = key.split_once('-').map_or("", |(_, rest)| rest).to_owned();
            *key = format!("{letter}{}-{rest}", at - 1);
        }
    }
    typed.put(counter, count.saturating_sub(1).to_string());
}

/// The row a field such as `w3-staff` belongs to.
fn number(key: &str, letter: char) -> Option<usize> {
    key.strip_prefix(letter)?.split_once('-')?.0.parse().ok()
}

/// The plans that were typed.
fn read(unit: UnitId, from: jiff::civil::Date, typed: &Typed) -> std::result::Result<Vec<Plan>, Wrong> {
    let mut slots = Vec::new();
    for row in 0..typed.count("rows", ROWS) {
        let field = |name: &str| format!("w{row}-{name}");
        let (days, band) = stretch(typed, &format!("w{row}"), typed.get(&field("name")).to_owned())?;
        let staff = person(typed.get(&field("staff"))).map_err(|key| (field("staff"), key))?;
        let post = post(typed.get(&field("post"))).map_err(|key| (field("post"), key))?;
        for number in 1..=7_i8 {
            let Ok(weekday) = Weekday::from_monday_one_offset(number) else { continue };
            if days.contains(weekday) {
                slots.push(Slot { weekday, band: band.clone(), post, staff });
            }
        }
    }
    let mut plans = Vec::new();
    if !slots.is_empty() {
        plans.push(Plan::Weekly(Pattern { unit, from, until: None, slots }));
    }
    for n in 0..typed.count("rotations", ROTATIONS) {
        plans.push(Plan::Rotation(rotation(unit, typed, n)?));
    }
    Ok(plans)
}

fn rotation(unit: UnitId, typed: &Typed, n: usize) -> std::result::Result<Rotation, Wrong> {
    let field = |name: &str| format!("r{n}-{name}");
    let day = |name: &str| {
        let text = typed.get(&field(name));
        text.parse().or_else(|_| dates::parse_date(text)).map_err(|_| (field(name), "error-date-format"))
    };
    let mut people = Vec::new();
    for text in typed.all(&field("staff")).take(PEOPLE) {
        people.extend(person(text).map_err(|key| (field("staff"), key))?);
    }
    if people.is_empty() {
        return Err((field("staff"), "error-roster-rotation"));
    }
    let turn: u16 = typed.get(&field("turn")).parse().map_err(|_| (field("turn"), "error-roster-turn"))?;
    let turn = if typed.get(&field("turn-unit")) == "hours" {
        TurnLength::hours(turn)
    } else {
        TurnLength::days(turn)
    };
    let start = day("start")?;
    let until = if typed.get(&field("until")).is_empty() { None } else { Some(day("until")?) };
    if until.is_some_and(|until| until <= start) {
        return Err((field("until"), "error-roster-backwards"));
    }
    let mut restrictions = Vec::new();
    for x in 0..LIMITS {
        let row = field(&format!("x{x}"));
        if !typed.get(&format!("{row}-start")).is_empty() {
            let name = typed.get(&format!("{row}-name")).to_owned();
            let (weekdays, band) = stretch(typed, &row, name)?;
            restrictions.push(Restriction { weekdays, band });
        }
    }
    Ok(Rotation {
        unit,
        name: typed.get(&field("name")).to_owned(),
        post: post(typed.get(&field("post"))).map_err(|key| (field("post"), key))?,
        staff: people,
        turn: turn.map_err(|_| (field("turn"), "error-roster-turn"))?,
        handover: time(typed, &field("handover"))?,
        start,
        until,
        restrictions,
    })
}

/// The weekdays and hours of a row.
pub fn stretch(typed: &Typed, row: &str, name: String) -> std::result::Result<(WeekdaySet, Band), Wrong> {
    let field = format!("{row}-day");
    let days: Vec<Weekday> = typed
        .all(&field)
        .filter_map(|number| Weekday::from_monday_one_offset(number.parse().ok()?).ok())
        .collect();
    if days.is_empty() {
        return Err((format!("{row}-start"), "error-roster-no-day"));
    }
    let (start, end) = (time(typed, &format!("{row}-start"))?, time(typed, &format!("{row}-end"))?);
    Ok((WeekdaySet::of(&days), Band { name, start, end }))
}

fn time(typed: &Typed, field: &str) -> std::result::Result<jiff::civil::Time, Wrong> {
    dates::parse_time(typed.get(field)).map_err(|_| (field.to_owned(), "error-time-format"))
}

fn person(text: &str) -> std::result::Result<Option<StaffId>, &'static str> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| "error-choose") }
}

fn post(text: &str) -> std::result::Result<Post, &'static str> {
    text.parse::<u8>().ok().filter(|order| *order <= 5).map(Post::from).ok_or("error-choose")
}

async fn page(me: &Me, mut frame: Frame, unit: UnitId, typed: Typed, errors: Errors) -> Outcome {
    let page = Page {
        unit: frame.unit(unit),
        back: at(me, "", unit),
        action: at(me, "/plan", unit),
        typed,
        errors,
        people: people(&mut frame, unit).await?,
        posts: (0..=3_u8).map(|n| (n.to_string(), super::post_word(me.w, Post::from(n)))).collect(),
        week: super::week(me.w),
        d: frame.d,
    };
    html(&page)
}

impl Page {
    fn rows(&self) -> std::ops::Range<usize> {
        0..self.typed.count("rows", ROWS)
    }

    fn rotations(&self) -> std::ops::Range<usize> {
        0..self.typed.count("rotations", ROTATIONS)
    }

    fn value(&self, row: &str, name: &str) -> String {
        self.typed.get(&format!("{row}-{name}")).to_owned()
    }

    fn is(&self, row: &str, name: &str, value: &str) -> bool {
        self.typed.get(&format!("{row}-{name}")) == value
    }

    fn on(&self, row: &str, day: &str) -> bool {
        self.typed.all(&format!("{row}-day")).any(|chosen| chosen == day)
    }

    fn wrong(&self, row: &str, name: &str) -> Option<&str> {
        self.errors.of(&format!("{row}-{name}"))
    }

    /// The order of people of a rotation, with room for more.
    fn order(&self, row: &str) -> Vec<String> {
        let name = format!("{row}-staff");
        let mut order: Vec<String> =
            self.typed.all(&name).filter(|id| !id.is_empty()).map(str::to_owned).collect();
        let room = (order.len() + 2).clamp(4, PEOPLE);
        order.resize(room.max(order.len()), String::new());
        order
    }

    /// The limits of a rotation, with room for one more.
    fn limits(&self, row: &str) -> Vec<String> {
        let filled = |x: &usize| !self.typed.get(&format!("{row}-x{x}-start")).is_empty();
        let used = (0..LIMITS).rev().find(filled).map_or(0, |last| last + 1);
        (0..(used + 1).min(LIMITS)).map(|x| format!("{row}-x{x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> Typed {
        let mut typed = Typed::default();
        for (name, value) in [
            ("rows", "2"),
            ("w0-day", "1"),
            ("w0-start", "07:00"),
            ("w0-end", "19:00"),
            ("w0-post", "0"),
            ("w1-day", "6"),
            ("w1-day", "7"),
            ("w1-name", "Ca đêm"),
            ("w1-start", "19:00"),
            ("w1-end", "07:00"),
            ("w1-post", "1"),
        ] {
            typed.put(name, value);
        }
        typed
    }

    #[test]
    fn a_row_taken_away_lets_the_next_move_up() {
        let mut typed = typed();
        rows(&mut typed, "drop-row-0");
        assert_eq!(typed.get("rows"), "1");
        assert_eq!(typed.get("w0-name"), "Ca đêm");
        assert_eq!(typed.all("w0-day").collect::<Vec<_>>(), ["6", "7"]);
        rows(&mut typed, "add-row");
        assert_eq!(typed.get("rows"), "2");
    }

    #[test]
    fn what_was_typed_comes_back_as_it_was_stored() {
        let (unit, from) = (UnitId(uuid::Uuid::nil()), jiff::civil::date(2021, 9, 26));
        let Ok(plans) = read(unit, from, &typed()) else { panic!("the rows are good") };
        let stored =
            StoredPlan { id: uuid::Uuid::nil(), valid_from: from, valid_to: None, plan: plans[0].clone() };
        let mut again = Typed::default();
        fill(&mut again, std::iter::once(&stored));
        assert_eq!(read(unit, from, &again), Ok(plans));
        assert_eq!(again.get("rows"), "2");
    }

    #[test]
    fn a_row_without_a_day_says_where_it_is_wrong() {
        let mut typed = typed();
        typed.0.retain(|(name, _)| name != "w0-day");
        let from = jiff::civil::date(2021, 9, 26);
        let wrong = read(UnitId(uuid::Uuid::nil()), from, &typed);
        assert_eq!(wrong, Err(("w0-start".to_owned(), "error-roster-no-day")));
    }
}
