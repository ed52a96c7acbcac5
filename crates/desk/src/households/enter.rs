//! The page of the diary for staff: what was heard on the telephone, seen on a visit or measured at
//! the station; or that nobody was reached, which is never the same as well.

use super::{
    Ground,
    act::{Asked, Sent},
    entry::{CHANNELS, OUTCOMES, READINGS, Typed, TypedMember},
    followed_as, words,
};
use crate::{Me, cases};
use askama::Template;
use health::{
    alerts::Grade,
    followups::{self, ContactOutcome, Entered, Followed},
    vitals::Symptom,
};
use kernel::{Error, HouseholdId, PersonId, Result};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other, time::Clock};
use uuid::Uuid;

/// The keys that a telephone shows for each reading.
const KEYS: [&str; 5] = ["decimal", "numeric", "numeric", "numeric", "text"];

/// One field of a member's readings.
struct Field {
    id: String,
    label: String,
    keys: &'static str,
    value: String,
    error: Option<String>,
}

struct MemberForm {
    n: usize,
    person: String,
    name: String,
    about: String,
    fields: Vec<Field>,
    /// "Không có triệu chứng" stands before the list.
    none: bool,
    /// Code, label, ticked.
    symptoms: Vec<(&'static str, String, bool)>,
    /// The list is open.
    open: bool,
    symptoms_error: Option<String>,
    note: String,
    note_error: Option<String>,
}

/// Code, label, chosen.
type Choice = (&'static str, String, bool);

#[derive(Template)]
#[template(path = "household_enter.html")]
struct Page {
    d: Desk,
    code: String,
    back: String,
    action: String,
    form_key: String,
    at: String,
    channels: Vec<Choice>,
    outcomes: Vec<Choice>,
    members: Vec<MemberForm>,
    medical: String,
    /// Who has been taken in already, while others must be mended.
    saved: Option<String>,
    rings: bool,
    errors: Errors,
}

/// What has been taken in of a form of which something must be mended.
#[derive(Default)]
struct Saved {
    people: Vec<PersonId>,
    rings: bool,
}

/// `GET /{tenant}/desk/households/{id}/enter?channel=`
pub async fn page(me: &Me, id: HouseholdId, asked: &Asked) -> Outcome {
    let typed = Typed {
        channel: if asked.channel.is_empty() { "phone".to_owned() } else { asked.channel.clone() },
        outcome: ContactOutcome::Reached.as_str().to_owned(),
        ..Typed::default()
    };
    show(me, id, typed, Errors::default(), Saved::default()).await
}

/// `POST /{tenant}/desk/households/{id}/enter`
pub async fn take(me: &Me, id: HouseholdId, sent: &Sent) -> Outcome {
    let mut typed = Typed::of(sent);
    let mut errors = Errors::default();
    match record(me, id, &typed).await {
        Ok(entered) if entered.faults.is_empty() => {
            Ok(see_other(&me.at(format!("households/{id}?done={}", came_to(&typed, &entered)))))
        }
        Ok(entered) => {
            // Only what must be mended comes back, under a key of its own: with the old one the
            // mended entry would pass for one that is known.
            typed.members.retain(|one| entered.faults.iter().any(|(person, _)| *person == one.person));
            typed.form_key.clear();
            for (person, fault) in &entered.faults {
                if let Some(n) = typed.members.iter().position(|one| one.person == *person) {
                    errors.add(&format!("m{n}_{}", fault.field), fault_word(me, fault.field, fault.key));
                }
            }
            let saved = Saved { people: entered.saved, rings: entered.rings };
            show(me, id, typed, errors, saved).await
        }
        Err(error) => {
            match error {
                Error::Invalid { field, key } => errors.add(field, me.w.by_key(key)),
                // Somebody has been released, or moved, while this was typed.
                Error::NotFound => errors.add("members", me.w.by_key("error-follow-changed")),
                other => return Err(other.into()),
            }
            show(me, id, typed, errors, Saved::default()).await
        }
    }
}

async fn record(me: &Me, id: HouseholdId, typed: &Typed) -> Result<Entered> {
    let mut cx = me.begin().await?;
    let form = typed.form(&Clock { zone: me.tenant.timezone(), now: cx.now() })?;
    let entered = followups::enter(&mut cx, &me.tenant, id, &form).await?;
    cx.commit().await?;
    Ok(entered)
}

fn came_to(typed: &Typed, entered: &Entered) -> &'static str {
    if entered.again {
        "again"
    } else if typed.outcome != ContactOutcome::Reached.as_str() {
        "unreached"
    } else if entered.rings {
        "rings"
    } else if entered.worst >= Grade::Today {
        "today"
    } else {
        "entered"
    }
}

fn fault_word(me: &Me, field: &str, key: &str) -> String {
    match (field, key) {
        ("note", "error-text-too-long") => me.w.case_text_too_long("500"),
        _ => me.w.by_key(key),
    }
}

async fn show(me: &Me, id: HouseholdId, typed: Typed, errors: Errors, saved: Saved) -> Outcome {
    let ground = Ground::of(me, id).await?;
    let w = me.w;
    let name = |person: &PersonId| {
        let one = ground.sheet.plans.iter().find(|one| one.person.id == *person)?;
        Some(one.person.full_name.clone())
    };
    let people: Vec<String> = saved.people.iter().filter_map(name).collect();
    let form_key = typed.form_key.parse::<Uuid>().unwrap_or_else(|_| ground.frame.cx.id::<Uuid>());
    // Those who came back to be mended, or everybody who is followed.
    let asked: Vec<(&Followed, TypedMember)> = if typed.members.is_empty() {
        ground.running().map(|one| (one, TypedMember::of(one.person.id))).collect()
    } else {
        let of = |one: &TypedMember| ground.running().find(|plan| plan.person.id == one.person);
        typed.members.iter().filter_map(|one| Some((of(one)?, one.clone()))).collect()
    };
    let members = asked
        .into_iter()
        .enumerate()
        .map(|(n, (one, typed))| member(me, &ground, one, &typed, n, &errors))
        .collect();
    let wrong = !errors.is_empty();
    let page = Page {
        code: ground.sheet.home.code.clone(),
        back: me.at(format!("households/{id}")),
        action: me.at(format!("households/{id}/enter")),
        form_key: form_key.to_string(),
        at: typed.at,
        channels: CHANNELS
            .iter()
            .map(|one| (one.as_str(), words::channel(w, *one), typed.channel == one.as_str()))
            .collect(),
        outcomes: OUTCOMES
            .iter()
            .map(|one| (one.as_str(), words::outcome(w, *one), typed.outcome == one.as_str()))
            .collect(),
        members,
        medical: me.tenant.pack.place.emergency.medical.clone(),
        saved: (!people.is_empty()).then(|| w.household_enter_saved(people.join(", "))),
        rings: saved.rings,
        errors,
        d: ground.frame.d.clone(),
    };
    form_page(&page, wrong)
}

fn member(
    me: &Me,
    ground: &Ground,
    one: &Followed,
    typed: &TypedMember,
    n: usize,
    errors: &Errors,
) -> MemberForm {
    let w = me.w;
    let error = |name: &str| errors.of(&format!("m{n}_{name}")).map(str::to_owned);
    let labels = [
        w.reading_temperature(),
        w.reading_spo2(),
        w.reading_breaths(),
        w.reading_pulse(),
        w.reading_pressure(),
    ];
    let fields = labels.into_iter().enumerate().map(|(at, label)| Field {
        id: format!("m{n}_{}", READINGS[at]),
        label,
        keys: KEYS[at],
        value: typed.readings[at].clone(),
        error: error(READINGS[at]),
    });
    let listed = Symptom::ALL.iter().filter(|one| **one != Symptom::NoSymptom);
    MemberForm {
        n,
        person: one.person.id.to_string(),
        name: one.person.full_name.clone(),
        about: format!("{} · {}", cases::birth_and_sex(w, &one.person), followed_as(me, &ground.frame, one)),
        fields: fields.collect(),
        none: typed.symptoms.contains(Symptom::NoSymptom.as_str()),
        open: typed.symptoms.iter().any(|one| one != Symptom::NoSymptom.as_str()),
        symptoms: listed
            .map(|one| (one.as_str(), cases::symptom(w, *one), typed.symptoms.contains(one.as_str())))
            .collect(),
        symptoms_error: error("symptoms"),
        note: typed.note.clone(),
        note_error: error("note"),
    }
}
