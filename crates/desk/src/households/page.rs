//! A household's page: what is the matter, who is followed, what was reported, what was done.

use super::{
    Rights,
    act::{self, Asked},
    is_running, known,
    plans::{Member, Past, View},
    readings::{self, Readings},
    standing, story, words,
};
use crate::{
    Me,
    cases::{Due, due_line},
    frame::{self, Frame},
    removals::Journey,
    tickets::Line,
};
use askama::Template;
use axum::extract::{Path, Query};
use duty::{
    messages::{Sent, State as TextState},
    permissions::{Action, Scope, permits},
};
use health::{
    alerts::{Alert, Grade},
    care_calls,
    followups::{self, Followed, Sheet, State},
    removals, samples,
};
use kernel::{HouseholdId, PersonId};
use pages::{Desk, Outcome, Words, html, see_other};

/// Robot calls that are shown.
const CALLS: usize = 6;

/// Something to do for the household, on a page of its own.
struct Button {
    href: String,
    icon: &'static str,
    label: String,
}

/// An alert that nobody has ended.
struct Alarm {
    urgent: bool,
    grade: String,
    text: String,
    time: String,
    full: String,
    end_href: Option<String>,
    matter_href: Option<String>,
}

#[derive(Template)]
#[template(path = "household.html")]
struct Page {
    d: Desk,
    address: String,
    code: String,
    place: String,
    message: Vec<String>,
    /// The message is of danger.
    danger: bool,
    /// Where a visit is entered, when nobody can be reached otherwise.
    visit_href: Option<String>,
    medical: String,
    /// Where the number is opened; `None` for those who only look on.
    call_href: Option<String>,
    /// Where it is put on record that the household was reminded, when somebody there owes an entry.
    remind_href: Option<String>,
    buttons: Vec<Button>,
    facts: Vec<(String, String)>,
    alarms: Vec<Alarm>,
    /// The newest first.
    journeys: Vec<Journey>,
    /// The last robot calls to it, the newest first, and where all of them stand.
    calls: Vec<String>,
    calls_href: String,
    /// Tests that are owed to its people, or were.
    tests: Vec<Due>,
    /// Hours are pressed, and what else happens on the way is written, by the reader.
    records: bool,
    members: Vec<Member>,
    /// What was measured is shown.
    reads: bool,
    readings: Readings,
    past: Vec<Past>,
    /// What happened on days that are folded; empty where it is little.
    before: Vec<Line>,
    lines: Vec<Line>,
}

/// `GET /{tenant}/desk/households/{id}`
pub async fn page(me: Me, Path((_, id)): Path<(String, HouseholdId)>, Query(asked): Query<Asked>) -> Outcome {
    if let Some(there) = act::joined(&me, id).await? {
        return Ok(see_other(&there));
    }
    let mut frame = Frame::new(&me, "rounds").await?;
    let sheet = followups::sheet(&mut frame.cx, id).await?;
    let units = standing(&frame, &sheet.home);
    let rights = Rights::of(&me, &units);
    let events = story::events(&mut frame, id).await?;
    let whys = story::whys(&events);
    let (before, lines) = story::lines(&me, &mut frame, events, &sheet, rights).await?;
    let known = known::of(&mut frame, &people(&sheet)).await?;
    let journeys = removals::of_household(&mut frame.cx, id).await?;
    let tests = if rights.records { samples::of_household(&mut frame.cx, id).await? } else { Vec::new() };
    let (calls, _) = care_calls::tries_of(&mut frame.cx, id).await?;
    let reminder = followups::last_reminder(&mut frame.cx, id).await?;
    let mut facts = facts(me.w, &frame, &sheet);
    if let Some(text) = &reminder {
        facts.push((me.w.household_reminder(), reminded(me.w, &frame, text)));
    }
    let sees_matter = permits(&me.actor, Action::MatterSee, Scope::Units(&units));
    let pass_href = permits(&me.actor, Action::PassIssue, Scope::Units(&units))
        .then(|| me.at(format!("passes/new?household={id}")));
    let view = View { me: &me, frame: &frame, id, rights, units: &units, known: &known, whys: &whys };
    let page = Page {
        address: me.at(format!("households/{id}")),
        code: sheet.home.code.clone(),
        place: sheet.home.address.clone().unwrap_or_else(|| me.w.household_no_address()),
        message: message(me.w, &asked),
        danger: asked.done == "rings",
        visit_href: (rights.records && asked.done == "reminded-no-number")
            .then(|| me.at(format!("households/{id}/enter?channel=visit"))),
        medical: me.tenant.pack.place.emergency.medical.clone(),
        call_href: rights.records.then(|| me.at(format!("households/{id}/call"))),
        remind_href: (rights.records && owes(&sheet)).then(|| me.at(format!("households/{id}/remind"))),
        buttons: buttons(&me, id, rights, pass_href),
        facts,
        alarms: sheet.alerts.iter().map(|one| alarm(&me, &frame, &sheet, one, rights, sees_matter)).collect(),
        journeys: journeys.iter().map(|one| journey(&me, &frame, one, rights)).collect(),
        calls: calls.iter().take(CALLS).map(|one| crate::tries::tried(&frame, one)).collect(),
        calls_href: me.at(format!("care-calls/households/{id}")),
        tests: tests.iter().map(|one| due_line(&me, &frame, one)).collect(),
        records: rights.records,
        members: view.members(&sheet),
        past: view.past(&sheet),
        reads: rights.reads,
        readings: readings::of_household(&me, &frame, &sheet),
        before,
        lines,
        d: frame.d.clone(),
    };
    html(&page)
}

/// What the form that led here came to.
fn message(w: Words, asked: &Asked) -> Vec<String> {
    let outside = || (asked.outside > 0).then(|| w.household_done_outside(asked.outside.to_string()));
    match asked.done.as_str() {
        "entered" => vec![w.household_done_entered()],
        "rings" => vec![w.household_done_entered(), w.household_done_rings()],
        "today" => vec![w.household_done_entered(), w.household_done_today()],
        "unreached" => vec![w.household_done_unreached()],
        "again" => vec![w.household_done_again()],
        "member" => vec![w.household_done_member()],
        "member-known" => vec![w.household_done_member_known()],
        "edit" => vec![w.household_done_edit()],
        "restart" => std::iter::once(w.household_done_restart()).chain(outside()).collect(),
        "lengthen" => vec![w.household_done_lengthen()],
        "close" => vec![w.household_done_close()],
        "plan-known" => vec![w.household_done_plan_known()],
        "leave" => vec![w.household_done_leave()],
        "assign" => vec![w.household_done_assign()],
        "assign-known" => vec![w.household_done_assign_known()],
        "join" => vec![w.household_done_join()],
        "joined-known" => vec![w.household_done_joined_known()],
        "reminded" => vec![w.household_done_reminded()],
        "reminded-lately" => vec![w.household_done_reminded_lately()],
        "reminded-nobody" => vec![w.household_done_reminded_nobody()],
        "reminded-no-number" => vec![w.household_done_reminded_no_number()],
        "alert" => vec![w.household_done_alert()],
        "fact" => vec![w.fact_done_added()],
        "fact-days" => [w.fact_done_added(), w.fact_done_days()].into_iter().chain(outside()).collect(),
        "fact-known" => vec![w.fact_done_known()],
        "unfact" => vec![w.fact_done_withdrawn()],
        "unfact-days" => [w.fact_done_withdrawn(), w.fact_done_days()].into_iter().chain(outside()).collect(),
        "unfact-known" => vec![w.fact_done_withdrawn_known()],
        "removal" => vec![w.removal_done_asked()],
        "removal-known" => vec![w.removal_done_running()],
        "journey-step" => vec![w.removal_done_step()],
        "journey-direct" => vec![w.removal_done_direct()],
        "journey-oxygen" => vec![w.removal_done_oxygen()],
        "journey-refuse" => vec![w.removal_done_refuse()],
        "journey-end" => vec![w.removal_done_end()],
        "journey-known" => vec![w.removal_done_known()],
        "alert-known" => vec![w.household_done_alert_known()],
        "order" => vec![w.sample_done_order()],
        "order-known" => vec![w.sample_done_order_known()],
        "told" => vec![w.sample_done_told()],
        "result" => vec![w.sample_done_result()],
        "result-f0" => vec![w.sample_done_result_f0()],
        "result-known" => vec![w.sample_done_result_known()],
        _ => Vec::new(),
    }
}

/// Those who live there or are followed there.
fn people(sheet: &Sheet) -> Vec<PersonId> {
    let living = sheet.home.members.iter().map(|member| member.person.id);
    let mut people: Vec<PersonId> = living.chain(sheet.plans.iter().map(|one| one.person.id)).collect();
    people.sort_unstable();
    people.dedup();
    people
}

/// What whoever refused said of it is for those who see what was measured.
fn journey(me: &Me, frame: &Frame, one: &removals::Removal, rights: Rights) -> Journey {
    let journey = Journey::new(me, frame, one);
    if rights.reads { journey } else { Journey { refused: String::new(), ..journey } }
}

/// `pass_href`: for those who give out passes there.
fn buttons(me: &Me, id: HouseholdId, rights: Rights, pass_href: Option<String>) -> Vec<Button> {
    let w = me.w;
    let pass = pass_href.map(|href| Button { href, icon: "qrcode", label: w.passes_do_issue() });
    [
        (rights.records, "enter", "clipboard-check", w.household_do_enter()),
        (rights.records, "removal", "ambulance", w.removal_do_ask()),
        (rights.records && rights.tests, "order", "clipboard-list", w.sample_do_order()),
        (rights.records && rights.tests, "result", "checklist", w.sample_do_result()),
        (rights.records, "bags", "first-aid-kit", w.bag_page()),
        (rights.papers, "papers", "file-text", w.paper_page()),
        (rights.records, "needs", "basket", w.need_page()),
        (rights.records, "member", "user-plus", w.household_do_member()),
        (rights.records, "code", "qrcode", w.household_do_code()),
        (rights.records, "edit", "edit", w.household_do_edit()),
        (rights.assigns, "assign", "users-group", w.household_do_assign()),
        (rights.assigns, "join", "git-merge", w.household_do_join()),
    ]
    .into_iter()
    .filter(|(may, ..)| *may)
    .map(|(_, act, icon, label)| Button { href: me.at(format!("households/{id}/{act}")), icon, label })
    .chain(pass)
    .collect()
}

/// Whether an entry is owed now, or late.
fn owes(sheet: &Sheet) -> bool {
    let open = |one: &Followed| one.missed > 0 || one.slots.iter().any(|slot| slot.state == State::Open);
    sheet.plans.iter().filter(|one| is_running(one)).any(open)
}

fn facts(w: Words, frame: &Frame, sheet: &Sheet) -> Vec<(String, String)> {
    let home = &sheet.home;
    let unit = |id| frame::short(&frame.tree, &frame.d, id);
    let contact = home
        .contact_person
        .and_then(|person| home.members.iter().find(|member| member.person.id == person))
        .map_or_else(|| "–".to_owned(), |member| member.person.full_name.clone());
    let mut facts = vec![
        (w.household_ward(), unit(Some(home.ward))),
        (w.household_station(), unit(Some(home.station))),
        (w.household_team(), unit(home.care_team)),
    ];
    if home.mobile_station.is_some() {
        facts.push((w.household_mobile(), unit(home.mobile_station)));
    }
    facts.extend([
        (w.household_contact(), home.contact_masked.clone().unwrap_or_else(|| w.household_no_contact())),
        (w.household_contact_person(), contact),
        (w.household_oximeters(), home.oximeters.to_string()),
        (w.household_oxygen(), words::oxygen(w, home.oxygen)),
        (w.household_opened(), frame.d.clock.full(home.opened_at)),
    ]);
    facts
}

/// Whether the last text to the household was handed over, and came.
fn reminded(w: Words, frame: &Frame, text: &Sent) -> String {
    let clock = &frame.d.clock;
    let at = clock.full(text.queued_at);
    match (text.state, text.handed_over_at) {
        (TextState::HandedOver, Some(over)) => w.household_reminder_sent(at, clock.short(over)),
        (TextState::Delivered, _) => {
            w.household_reminder_came(at, clock.short(text.delivered_at.unwrap_or(text.queued_at)))
        }
        (TextState::Failed, _) => w.household_reminder_failed(at),
        (TextState::GivenUp | TextState::Withdrawn | TextState::Undeliverable, _) => {
            w.household_reminder_lost(at)
        }
        (TextState::Queued | TextState::HandedOver, _) => w.household_reminder_queued(at),
    }
}

fn alarm(me: &Me, frame: &Frame, sheet: &Sheet, alert: &Alert, rights: Rights, sees_matter: bool) -> Alarm {
    let (w, clock) = (me.w, &frame.d.clock);
    let members = sheet.home.members.iter().map(|member| &member.person);
    let who = members
        .chain(sheet.plans.iter().map(|one| &one.person))
        .find(|person| person.id == alert.person)
        .map_or_else(|| w.household_story_somebody(), |person| person.full_name.clone());
    Alarm {
        urgent: alert.grade == Grade::Emergency,
        grade: words::grade(w, alert.grade),
        text: if rights.reads { format!("{who}: {}", words::signs(w, &alert.signs)) } else { who },
        time: w.alert_raised_at(clock.short(alert.raised_at)),
        full: clock.full(alert.raised_at),
        end_href: rights.records.then(|| me.at(format!("alerts/{}/end", alert.id))),
        matter_href: alert.matter.filter(|_| sees_matter).map(|matter| me.at(format!("matters/{matter}"))),
    }
}
