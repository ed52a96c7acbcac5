//! The words of tracing.

use crate::tickets::word;
use health::{
    contacts::{Basis, Ended, State},
    people::Brief,
    places,
};
use pages::Words;
use serde_json::Value;

fn kebab(code: &str) -> String {
    code.replace('_', "-")
}

/// "Ở cùng nhà"
pub fn basis(w: Words, one: Basis) -> String {
    w.by_key(&format!("contact-basis-{}", kebab(one.as_str())))
}

pub fn state(w: Words, one: State) -> String {
    w.by_key(&format!("contact-state-{}", kebab(one.as_str())))
}

pub fn ended(w: Words, one: Ended) -> String {
    w.by_key(&format!("contact-state-{}", kebab(one.as_str())))
}

/// "F1 · 1985", as much of it as is known.
pub fn who(w: Words, second: bool, person: &Brief) -> String {
    about(degree(w, second), person)
}

/// "F0 · 1988": a contact who has a case of his own.
pub fn ill(w: Words, person: &Brief) -> String {
    about(w.contact_degree_case(), person)
}

fn about(as_what: String, person: &Brief) -> String {
    let known = person.birth_year.map(|year| year.to_string());
    std::iter::once(as_what).chain(known).collect::<Vec<_>>().join(" · ")
}

pub fn place_kind(w: Words, one: places::Kind) -> String {
    w.by_key(&format!("place-kind-{}", kebab(one.as_str())))
}

pub fn place_state(w: Words, one: places::State) -> String {
    w.by_key(&format!("place-state-{}", one.as_str()))
}

/// What a case had to do at a place.
pub fn role(w: Words, one: places::Role) -> String {
    w.by_key(&format!("place-role-{}", one.as_str()))
}

pub fn measure(w: Words, one: places::Measure) -> String {
    w.by_key(&format!("place-measure-{}", one.as_str()))
}

/// F1 or F2.
pub fn degree(w: Words, second: bool) -> String {
    if second { w.contact_degree_second() } else { w.contact_degree_first() }
}

/// What happened to the contacts of a case: look, icon, words.
pub fn story(w: Words, kind: &str, data: &Value) -> (&'static str, &'static str, String) {
    let how = word::<Basis>(data, "basis").map_or_else(String::new, |one| basis(w, one).to_lowercase());
    match kind {
        "contact.proposed" => ("", "users", w.contact_story_proposed(how)),
        "contact.listed" => ("opened", "user-plus", w.contact_story_listed(how)),
        "contact.reached" => ("accepted", "phone-check", w.contact_story_reached()),
        "contact.became_case" => ("missed", "virus", w.contact_story_became_case()),
        "contact.ended" => {
            let how = word::<Ended>(data, "as").map_or_else(String::new, |one| ended(w, one).to_lowercase());
            ("missed", "user-off", w.contact_story_ended(how))
        }
        "contact.phone_opened" => ("", "phone-outgoing", w.contact_story_phone_opened()),
        "contact.all_reached" => {
            let n = data["contacts"].as_i64().unwrap_or_default().to_string();
            ("resolved", "checks", w.contact_story_all_reached(n))
        }
        "contact.taken" => {
            ("opened", "user-plus", w.contact_story_taken(data["n"].as_i64().unwrap_or_default().to_string()))
        }
        "contact.from_checkins" => (
            "opened",
            "user-plus",
            w.contact_story_from_checkins(data["n"].as_i64().unwrap_or_default().to_string()),
        ),
        "contact.dismissed" => (
            "missed",
            "user-off",
            w.contact_story_dismissed(data["n"].as_i64().unwrap_or_default().to_string()),
        ),
        "contact.closed" => ("resolved", "checks", w.contact_story_closed()),
        "contact.dropped" => ("missed", "x", w.contact_story_dropped()),
        "contact.taken_back" => ("missed", "x", w.contact_story_taken_back()),
        _ => ("", "info-circle", kind.to_owned()),
    }
}
