//! Calling a household: its number is opened by one press, on record, and shown this once.

use super::{Ground, followed_as};
use crate::Me;
use askama::Template;
use duty::permissions::{Action, Scope, permits};
use health::{followups::Followed, households};
use kernel::{HouseholdId, Phone};
use pages::{Desk, Outcome, html};

#[derive(Template)]
#[template(path = "household_call.html")]
struct Page {
    d: Desk,
    code: String,
    back: String,
    action: String,
    /// It has been pressed.
    opened: bool,
    /// As people read it, and as telephones dial it; `None` where the household has none.
    phone: Option<(String, String)>,
    /// Whom to ask for; empty where nobody is named.
    whom: String,
    people: Vec<String>,
    /// Where it is called through the call room; `None` for those who do not sit there.
    room_href: Option<String>,
    household: String,
    enter_href: String,
    edit_href: String,
}

/// A number that was opened; `None` where the household has none.
struct Opened(Option<Phone>);

/// `GET /{tenant}/desk/households/{id}/call`
pub async fn page(me: &Me, id: HouseholdId) -> Outcome {
    let ground = Ground::of(me, id).await?;
    html(&called(me, id, &ground, None))
}

/// `POST /{tenant}/desk/households/{id}/call`: the number is the answer to the form itself; there is
/// no address at which it would open again unpressed.
pub async fn open(me: &Me, id: HouseholdId) -> Outcome {
    let mut ground = Ground::of(me, id).await?;
    let phone = households::open_contact(&mut ground.frame.cx, id).await?;
    let response = html(&called(me, id, &ground, Some(Opened(phone))))?;
    // Nobody sees the number before its opening is on record.
    ground.frame.cx.commit().await?;
    Ok(response)
}

/// `opened` is what the press came to; a household may have no number.
fn called(me: &Me, id: HouseholdId, ground: &Ground, opened: Option<Opened>) -> Page {
    let home = &ground.sheet.home;
    let whom = home.contact_person.and_then(|id| home.members.iter().find(|member| member.person.id == id));
    let about =
        |one: &Followed| format!("{} · {}", one.person.full_name, followed_as(me, &ground.frame, one));
    Page {
        code: home.code.clone(),
        back: me.at(format!("households/{id}")),
        action: me.at(format!("households/{id}/call")),
        opened: opened.is_some(),
        phone: opened
            .and_then(|opened| opened.0)
            .map(|phone| (phone.to_string(), phone.as_e164().to_owned())),
        whom: whom.map_or_else(String::new, |member| member.person.full_name.clone()),
        people: ground.running().map(about).collect(),
        room_href: permits(&me.actor, Action::CallMake, Scope::Tenant).then(|| me.at("calls")),
        household: id.to_string(),
        enter_href: me.at(format!("households/{id}/enter?channel=phone")),
        edit_href: me.at(format!("households/{id}/edit")),
        d: ground.frame.d.clone(),
    }
}
