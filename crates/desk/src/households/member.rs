//! Who else lives there, and whether he is followed.

use super::{Ground, act::Sent, is_running, words};
use crate::Me;
use askama::Template;
use health::{
    followups::{self, Subject},
    households::{NewMember, Relation},
};
use kernel::{Error, HouseholdId, Result, text::search_key};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};

/// As what somebody may be followed here: an F0 is followed by his case.
const SUBJECTS: [Subject; 2] = [Subject::F1, Subject::Other];
/// Lives there and is followed by nobody.
const NOT_FOLLOWED: &str = "none";

#[derive(Clone, Default)]
struct Typed {
    full_name: String,
    birth: String,
    sex: String,
    phone: String,
    relation: String,
    subject: String,
}

impl Typed {
    fn of(sent: &Sent) -> Self {
        let text = |name| sent.of(name).to_owned();
        Self {
            full_name: text("full_name"),
            birth: text("birth"),
            sex: text("sex"),
            phone: text("phone"),
            relation: text("relation"),
            subject: text("subject"),
        }
    }

    fn member(&self) -> Result<NewMember> {
        Ok(NewMember {
            full_name: self.full_name.clone(),
            birth: self.birth.clone(),
            sex: self.sex.parse().ok(),
            phone: self.phone.clone(),
            relation: if self.relation.is_empty() { None } else { Some(self.relation.parse()?) },
        })
    }

    fn subject(&self) -> Result<Option<Subject>> {
        if self.subject == NOT_FOLLOWED {
            return Ok(None);
        }
        let subject = self.subject.parse::<Subject>().ok().filter(|one| SUBJECTS.contains(one));
        subject.map(Some).ok_or(Error::invalid("subject", "error-choose"))
    }
}

/// Code, label, chosen.
type Choice = (&'static str, String, bool);

#[derive(Template)]
#[template(path = "household_member.html")]
struct Page {
    d: Desk,
    code: String,
    back: String,
    action: String,
    typed: Typed,
    relations: Vec<Choice>,
    subjects: Vec<Choice>,
    errors: Errors,
}

/// `GET /{tenant}/desk/households/{id}/member`
pub async fn page(me: &Me, id: HouseholdId) -> Outcome {
    let typed = Typed { subject: Subject::F1.as_str().to_owned(), ..Typed::default() };
    show(me, id, typed, Errors::default()).await
}

/// `POST /{tenant}/desk/households/{id}/member`
pub async fn add(me: &Me, id: HouseholdId, sent: &Sent) -> Outcome {
    let typed = Typed::of(sent);
    let mut errors = Errors::default();
    let done = match enter(me, id, &typed, &mut errors).await {
        Ok(done) => done,
        Err(Error::Invalid { field, key }) => {
            errors.add(field, word(me, field, key));
            None
        }
        Err(Error::Conflict(key @ "error-already-followed")) => {
            // Sent twice, he is the one who stands there already.
            if is_here(me, id, &typed).await? {
                Some("member-known")
            } else {
                errors.add("subject", me.w.by_key(key));
                None
            }
        }
        Err(other) => return Err(other.into()),
    };
    match done {
        Some(done) => Ok(see_other(&me.at(format!("households/{id}?done={done}")))),
        None => show(me, id, typed, errors).await,
    }
}

/// What it came to; `None` when something must be mended first, which `errors` then tell.
async fn enter(me: &Me, id: HouseholdId, typed: &Typed, errors: &mut Errors) -> Result<Option<&'static str>> {
    let new = typed.member()?;
    let mut cx = me.begin().await?;
    let today = cx.now().to_zoned(me.tenant.timezone()).date();
    for fault in new.faults(today) {
        errors.add(fault.field, word(me, fault.field, fault.key));
    }
    let subject = typed.subject();
    if let Err(Error::Invalid { field, key }) = &subject {
        errors.add(field, me.w.by_key(key));
    }
    if !errors.is_empty() {
        return Ok(None);
    }
    followups::add_member(&mut cx, id, &new, subject?).await?;
    cx.commit().await?;
    Ok(Some("member"))
}

/// Whether somebody of this name is followed in this household.
async fn is_here(me: &Me, id: HouseholdId, typed: &Typed) -> Result<bool> {
    let mut cx = me.begin().await?;
    let sheet = followups::sheet(&mut cx, id).await?;
    let search = search_key(&typed.full_name);
    let mut running = sheet.plans.iter().filter(|one| is_running(one));
    Ok(running.any(|one| search_key(&one.person.full_name) == search))
}

fn word(me: &Me, field: &str, key: &str) -> String {
    match (field, key) {
        ("full_name", "error-text-too-long") => me.w.case_text_too_long("100"),
        _ => me.w.by_key(key),
    }
}

async fn show(me: &Me, id: HouseholdId, typed: Typed, errors: Errors) -> Outcome {
    let ground = Ground::of(me, id).await?;
    let w = me.w;
    let wrong = !errors.is_empty();
    let not_followed = (NOT_FOLLOWED, w.household_member_not_followed(), typed.subject == NOT_FOLLOWED);
    let page = Page {
        code: ground.sheet.home.code,
        back: me.at(format!("households/{id}")),
        action: me.at(format!("households/{id}/member")),
        relations: Relation::ALL
            .iter()
            .map(|one| (one.as_str(), words::relation(w, *one), typed.relation == one.as_str()))
            .collect(),
        subjects: SUBJECTS
            .iter()
            .map(|one| (one.as_str(), words::subject(w, *one), typed.subject == one.as_str()))
            .chain(std::iter::once(not_followed))
            .collect(),
        typed,
        errors,
        d: ground.frame.d,
    };
    form_page(&page, wrong)
}
