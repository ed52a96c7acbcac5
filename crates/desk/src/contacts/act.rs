//! What is done about one contact: called, reached, ended, a proposal accepted.

use crate::{
    Me,
    frame::{self, Frame},
    traces::{FormPage, Question, fault, words},
};
use askama::Template;
use axum::{Form, extract::Path};
use duty::{
    permissions::{Action, Scope, permits},
    units::UnitKind,
};
use health::contacts::{self, Contact, Ended};
use kernel::{CaseId, ContactId, Error, Phone, Result, UnitId, dates};
use pages::{Desk, Outcome, form_page, forms::Errors, html, see_other};
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    csrf: String,
    protected: String,
    ended_as: String,
    why: String,
}

#[derive(Template)]
#[template(path = "contact_call.html")]
struct Call {
    d: Desk,
    back: String,
    action: String,
    name: String,
    about: String,
    /// It has been pressed.
    opened: bool,
    /// As people read it, and as telephones dial it; `None` where none is known.
    phone: Option<(String, String)>,
    reach_href: String,
    end_href: String,
}

/// `GET /{tenant}/desk/contacts/{id}/{act}`
pub async fn form(me: Me, Path((_, id, act)): Path<(String, ContactId, String)>) -> Outcome {
    show(&me, id, &act, Typed::default(), Errors::default()).await
}

/// `POST /{tenant}/desk/contacts/{id}/{act}`
pub async fn act(
    me: Me,
    Path((_, id, act)): Path<(String, ContactId, String)>,
    Form(typed): Form<Typed>,
) -> Outcome {
    me.check(&typed.csrf)?;
    let done = match act.as_str() {
        "call" => return open(&me, id).await,
        "accept" | "reach" | "end" => change(&me, id, &act, &typed).await,
        _ => Err(Error::NotFound),
    };
    match done {
        Ok(case) => Ok(see_other(&me.at(format!("cases/{case}?done=contact-{act}#contacts")))),
        // Pressed twice, or somebody else was quicker.
        Err(Error::Conflict("error-contact-over" | "error-contact-reached")) => {
            let mut frame = Frame::new(&me, "contacts").await?;
            let case = contacts::find(&mut frame.cx, id).await?.case;
            Ok(see_other(&me.at(format!("cases/{case}?done=contact-over#contacts"))))
        }
        Err(Error::Invalid { field, key }) => {
            let mut errors = Errors::default();
            errors.add(field, fault(&me, field, key));
            show(&me, id, &act, typed, errors).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn change(me: &Me, id: ContactId, act: &str, typed: &Typed) -> Result<CaseId> {
    let mut cx = me.begin().await?;
    let case = match act {
        "accept" => contacts::accept(&mut cx, id).await?,
        "reach" => {
            let protected = match typed.protected.as_str() {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            };
            contacts::reach(&mut cx, id, protected).await?
        }
        _ => {
            // Whoever may not ends nothing, whatever he chose.
            let Ok(ended) = typed.ended_as.parse::<Ended>() else {
                may(me, &mut Frame::new(me, "contacts").await?, id).await?;
                return Err(Error::invalid("ended_as", "error-choose"));
            };
            contacts::end(&mut cx, id, ended, &typed.why).await?
        }
    };
    cx.commit().await?;
    Ok(case)
}

/// A contact for those who work on him.
async fn may(me: &Me, frame: &mut Frame, id: ContactId) -> Result<Contact> {
    let contact = contacts::find(&mut frame.cx, id).await?;
    let case = health::cases::find(&mut frame.cx, contact.case).await;
    let mut units: Vec<UnitId> = vec![contact.ward];
    units.extend(frame.tree.in_ward(contact.ward, UnitKind::Station));
    match case {
        Ok(case) => units.extend(crate::cases::standing(frame, &case)),
        Err(Error::NotFound) => {}
        Err(other) => return Err(other),
    }
    if permits(&me.actor, Action::CaseRecord, Scope::Units(&units)) {
        Ok(contact)
    } else {
        Err(Error::Forbidden(Action::CaseRecord.as_str()))
    }
}

/// The number is the answer to the form itself; there is no address at which it would open again
/// unpressed.
async fn open(me: &Me, id: ContactId) -> Outcome {
    let mut frame = Frame::new(me, "contacts").await?;
    let contact = contacts::find(&mut frame.cx, id).await?;
    let phone = contacts::open_phone(&mut frame.cx, id).await?;
    let response = html(&called(me, &frame, &contact, Some(Opened(phone))))?;
    // Nobody sees the number before its opening is on record.
    frame.cx.commit().await?;
    Ok(response)
}

/// A number that was opened; `None` where none is known.
struct Opened(Option<Phone>);

/// `opened` is what the press came to.
fn called(me: &Me, frame: &Frame, contact: &Contact, opened: Option<Opened>) -> Call {
    let id = contact.id;
    Call {
        back: me.at("contacts"),
        action: me.at(format!("contacts/{id}/call")),
        name: contact.person.full_name.clone(),
        about: about(me, frame, contact),
        opened: opened.is_some(),
        phone: opened
            .and_then(|opened| opened.0)
            .map(|phone| (phone.to_string(), phone.as_e164().to_owned())),
        reach_href: me.at(format!("contacts/{id}/reach")),
        end_href: me.at(format!("contacts/{id}/end")),
        d: frame.d.clone(),
    }
}

/// "F1 · Ở cùng nhà · đến 24/09/2021 · Tân Phong"
fn about(me: &Me, frame: &Frame, contact: &Contact) -> String {
    [
        words::degree(me.w, contact.second),
        words::basis(me.w, contact.basis),
        me.w.contact_until(dates::shown_date(contact.exposed_to)),
        frame::short(&frame.tree, &frame.d, Some(contact.ward)),
    ]
    .join(" · ")
}

async fn show(me: &Me, id: ContactId, act: &str, typed: Typed, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "contacts").await?;
    let contact = may(me, &mut frame, id).await?;
    let (w, wrong) = (me.w, !errors.is_empty());
    let chosen = |of: &str, code: &str| of == code;
    let (title, hint, questions, why) = match act {
        "call" => return html(&called(me, &frame, &contact, None)),
        "reach" => {
            let answers = [("yes", w.contact_protected_yes()), ("no", w.contact_protected_no())]
                .into_iter()
                .map(|(code, label)| (code.to_owned(), label, chosen(&typed.protected, code)))
                .collect();
            let question = Question::choice("protected", w.contact_protected(), answers);
            (w.contact_do_reach(), w.contact_reach_hint(), vec![question], None)
        }
        "end" => {
            let endings = Ended::ALL
                .iter()
                .map(|one| {
                    (one.as_str().to_owned(), words::ended(w, *one), chosen(&typed.ended_as, one.as_str()))
                })
                .collect();
            let question = Question::choice("ended_as", w.contact_ended_as(), endings);
            let why = Some(("why", w.case_why(), typed.why.clone()));
            (w.contact_do_end(), w.contact_end_hint(), vec![question], why)
        }
        _ => return Err(Error::NotFound.into()),
    };
    let back = (me.at("contacts"), w.trace_tab_contacts());
    let action = me.at(format!("contacts/{id}/{act}"));
    let page = FormPage {
        hint: format!("{} {hint}", about(me, &frame, &contact)),
        name: contact.person.full_name.clone(),
        questions,
        words: why,
        ..FormPage::new(&frame, back, action, title, errors)
    };
    form_page(&page, wrong)
}
