//! Reminding a household that it owes an entry, by a text to its number with the address and the code of its
//! diary. A reminder is a contact of its own: it reached nobody, fills no slot, and keeps the household
//! where it stands on the list.

use super::{
    calendar::State,
    enter,
    model::{Channel, ContactOutcome},
    settle::Courses,
    sql::{self, Contact, Kept, NewContact},
    sql_list,
};
use crate::{households, vitals::Vitals};
use duty::{messages, tenants::Tenant, units};
use jiff::{SignedDuration, Timestamp};
use kernel::{Error, HouseholdId, PersonId, PlanId, Result};
use serde_json::json;
use store::{Cx, Event, Topic};

/// Whoever is reminded more often hears it no more.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// Reminds a household of what it owes now by a text to its number; who owes it. `diary` is the address at
/// which diaries are opened. What became of the text: [`last_reminder`].
///
/// Errors: `NotFound`, `Forbidden`; Conflict `error-reminded-lately` within an hour of the last time, unless
/// its text was given up, `error-nobody-owes` where nothing is owed, `error-reminder-no-number` where no
/// number is known.
pub async fn remind(cx: &mut Cx, tenant: &Tenant, id: HouseholdId, diary: &str) -> Result<Vec<PersonId>> {
    let by_unit = enter::writer(cx, id).await?;
    let home = households::lock(cx, id).await?;
    let now = cx.now();
    let lately = sql_list::reminded(cx, &[id], now - AGAIN_AFTER).await?.contains_key(&id);
    // A text that was given up has reminded nobody.
    if lately
        && last_reminder(cx, id).await?.is_none_or(|text| {
            !matches!(text.state, messages::State::GivenUp | messages::State::Undeliverable)
        })
    {
        return Err(Error::Conflict("error-reminded-lately"));
    }
    let mut courses = Courses::new(cx).await?;
    let owing = owing_by(cx, &mut courses, &[id], now).await?;
    if owing.is_empty() {
        return Err(Error::Conflict("error-nobody-owes"));
    }
    let number = home.contact(cx)?.ok_or(Error::Conflict("error-reminder-no-number"))?;
    let words = words(cx, tenant, &home, diary).await?;
    let text = messages::text(cx, id.uuid(), &number, &words).await?;
    let (form_key, nothing) = (cx.id(), Vitals::default());
    for kept in &owing {
        let zone = courses.zone.clone();
        let course = courses.on(cx, kept.plan.start_on).await?;
        let new = NewContact {
            id: cx.id(),
            of: kept,
            form_key,
            at: now,
            slot: kept.plan.slot_of(course, &zone, now),
            channel: Channel::Phone,
            outcome: ContactOutcome::Reminded,
            vitals: &nothing,
            note: None,
            grade: None,
            rule_version: None,
            by_unit,
        };
        sql::insert_contact(cx, &new).await?;
    }
    let people: Vec<PersonId> = owing.iter().map(|kept| kept.person).collect();
    cx.record(
        Event::new("household.reminded", id)
            .unit(home.station)
            .data(json!({ "people": people, "text": text })),
    );
    cx.tell(Topic::screen("followups"));
    Ok(people)
}

/// What became of the last text to a household, or to one that has become one with it.
///
/// Errors: `NotFound` outside the actor's households.
pub async fn last_reminder(cx: &mut Cx, id: HouseholdId) -> Result<Option<messages::Sent>> {
    let homes: Vec<_> = households::all_of(cx, id).await?.into_iter().map(HouseholdId::uuid).collect();
    messages::last_text(cx, &homes).await
}

/// Who is asked for what and where it is written; no name and nothing of an illness, because a telephone
/// may be anybody's.
async fn words(cx: &mut Cx, tenant: &Tenant, home: &households::Kept, diary: &str) -> Result<String> {
    let secret = households::code_to_send(cx, home).await?;
    let tree = units::tree(cx).await?;
    let (station, code) = (&tree.unit(home.station)?.name, &home.code);
    let medical = &tenant.pack.place.emergency.medical;
    Ok(format!(
        "{station}: hộ {code} chưa ghi sổ sức khỏe. Mở {diary}/{secret} hoặc vào {diary} và nhập mã {secret}. Nguy kịch gọi {medical}."
    ))
}

/// Who in these households owes an entry now, or is late with it; the F0s first.
pub(crate) async fn owing(cx: &mut Cx, homes: &[HouseholdId]) -> Result<Vec<Kept>> {
    let mut courses = Courses::new(cx).await?;
    let now = cx.now();
    owing_by(cx, &mut courses, homes, now).await
}

async fn owing_by(
    cx: &mut Cx,
    courses: &mut Courses,
    homes: &[HouseholdId],
    now: Timestamp,
) -> Result<Vec<Kept>> {
    let plans = sql::of_households(cx, homes, false).await?;
    let ids: Vec<PlanId> = plans.iter().map(|kept| kept.id).collect();
    let contacts = sql::contacts(cx, &ids, false).await?;
    let zone = courses.zone.clone();
    let mut owing = Vec::new();
    for kept in plans {
        let made: Vec<_> = contacts.get(&kept.id).into_iter().flatten().map(Contact::made).collect();
        let course = courses.on(cx, kept.plan.start_on).await?;
        let slots = kept.plan.calendar(course, &made, &zone, now);
        // The last slot that has opened: what was missed before it nobody enters any more.
        let last = slots.iter().rev().find(|slot| {
            matches!(slot.state, State::Open | State::Missed | State::Filled) && slot.name.is_some()
        });
        if last.is_some_and(|slot| slot.state != State::Filled) {
            owing.push(kept);
        }
    }
    Ok(owing)
}
