//! Papers of a household: issued from what is on record, taken back, replaced.

use super::{
    Ground,
    act::{Asked, Sent},
    change,
};
use crate::{Me, papers::kind};
use askama::Template;
use health::care::papers::{self, Kind, NewPapers, Paper, Signer};
use kernel::{Error, HouseholdId, PaperId, PersonId, Result, dates};
use pages::{Desk, Outcome, Words, form_page, forms::Errors, see_other};

/// A paper that was issued.
struct Row {
    id: String,
    href: String,
    title: String,
    /// Whom it names; empty where it names nobody.
    name: String,
    symbol: String,
    issued: String,
    days: String,
    /// Why it no longer stands; empty while it does.
    withdrawn: String,
    stands: bool,
}

#[derive(Template)]
#[template(path = "household_papers.html")]
struct Page {
    d: Desk,
    code: String,
    back: String,
    action: String,
    message: String,
    /// Code, label, chosen.
    people: Vec<(String, String, bool)>,
    kinds: Vec<(String, String, bool)>,
    signer_title: String,
    signer_name: String,
    rows: Vec<Row>,
    errors: Errors,
}

/// `GET /{tenant}/desk/households/{id}/papers?member=`
pub async fn page(me: &Me, id: HouseholdId, asked: &Asked) -> Outcome {
    let sent = Sent(vec![("person".to_owned(), asked.member.clone())]);
    show(me, id, &asked.done, &sent, Errors::default()).await
}

/// `POST /{tenant}/desk/households/{id}/papers`: `do` is `issue`, `withdraw` or `replace`
pub async fn act(me: &Me, id: HouseholdId, sent: &Sent) -> Outcome {
    // Only who issues papers may know which there are.
    drop(Ground::of_papers(me, id).await?);
    let done = match sent.of("do") {
        "issue" => issue(me, id, sent).await,
        "withdraw" | "replace" => take_back(me, sent).await,
        _ => return Err(Error::NotFound.into()),
    };
    let error = match done {
        Ok(done) => return Ok(see_other(&me.at(format!("households/{id}/papers?done={done}")))),
        Err(Error::Conflict("error-paper-withdrawn")) => {
            return Ok(see_other(&me.at(format!("households/{id}/papers?done=known"))));
        }
        Err(Error::Conflict(key @ "error-paper-other-plan")) => Error::Invalid { field: "why", key },
        Err(Error::Conflict(key)) => Error::Invalid { field: "kinds", key },
        Err(error) => error,
    };
    let mut errors = Errors::default();
    match error {
        Error::Invalid { field: "why", key } => {
            let text = match key {
                "error-text-too-long" => me.w.case_text_too_long("200"),
                key => me.w.by_key(key),
            };
            errors.add(&format!("why-{}", sent.of("paper")), text);
        }
        other => errors = change::told(me, other)?,
    }
    show(me, id, "", sent, errors).await
}

fn signer(sent: &Sent) -> Signer {
    Signer { title: sent.of("signer_title").to_owned(), name: sent.of("signer_name").to_owned() }
}

async fn issue(me: &Me, id: HouseholdId, sent: &Sent) -> Result<&'static str> {
    let new = NewPapers {
        person: sent.of("person").parse::<PersonId>().ok(),
        kinds: sent.all("kinds").filter_map(|code| code.parse::<Kind>().ok()).collect(),
        signer: signer(sent),
    };
    let mut cx = me.begin().await?;
    let issued = papers::issue(&mut cx, &me.tenant, id, &new).await?;
    cx.commit().await?;
    Ok(match (issued.made.is_empty(), issued.known.is_empty()) {
        (true, _) => "known",
        (false, true) => "issued",
        (false, false) => "some",
    })
}

async fn take_back(me: &Me, sent: &Sent) -> Result<&'static str> {
    let paper = sent.of("paper").parse::<PaperId>()?;
    let mut cx = me.begin().await?;
    let done = if sent.of("do") == "replace" {
        papers::replace(&mut cx, &me.tenant, paper, &signer(sent), sent.of("why")).await?;
        "replaced"
    } else {
        papers::withdraw(&mut cx, paper, sent.of("why")).await?;
        "withdrawn"
    };
    cx.commit().await?;
    Ok(done)
}

fn message(w: Words, done: &str) -> String {
    match done {
        "issued" => w.paper_done_issued(),
        "some" => w.paper_done_some(),
        "known" => w.paper_done_known(),
        "withdrawn" => w.paper_done_withdrawn(),
        "replaced" => w.paper_done_replaced(),
        _ => String::new(),
    }
}

async fn show(me: &Me, id: HouseholdId, done: &str, sent: &Sent, errors: Errors) -> Outcome {
    let w = me.w;
    let mut ground = Ground::of_papers(me, id).await?;
    let all = papers::of_household(&mut ground.frame.cx, id).await?;
    let ticked: Vec<&str> = sent.all("kinds").collect();
    let person = sent.of("person");
    let mut people: Vec<(String, String, bool)> = Vec::new();
    for one in &ground.sheet.plans {
        let id = one.person.id.to_string();
        if people.iter().all(|(known, ..)| *known != id) {
            let here = id == person;
            people.push((id, one.person.full_name.clone(), here));
        }
    }
    let wrong = !errors.is_empty();
    let page = Page {
        code: ground.sheet.home.code.clone(),
        back: me.at(format!("households/{id}")),
        action: me.at(format!("households/{id}/papers")),
        message: message(w, done),
        people,
        kinds: Kind::ALL
            .iter()
            .map(|one| (one.as_str().to_owned(), kind(w, *one), ticked.contains(&one.as_str())))
            .collect(),
        signer_title: sent.of("signer_title").to_owned(),
        signer_name: sent.of("signer_name").to_owned(),
        rows: all.iter().map(|paper| row(me, paper)).collect(),
        errors,
        d: ground.frame.d,
    };
    form_page(&page, wrong)
}

fn row(me: &Me, paper: &Paper) -> Row {
    let (w, kept) = (me.w, &paper.kept);
    let days = kept.from_on.zip(kept.to_on);
    Row {
        id: kept.id.to_string(),
        href: me.at(format!("papers/{}", kept.id)),
        title: kind(w, kept.kind),
        name: paper.person.as_ref().map(|person| person.full_name.clone()).unwrap_or_default(),
        symbol: kept.symbol.clone(),
        issued: dates::shown_date(kept.issued_on),
        days: days.map_or_else(String::new, |(from, to)| {
            w.follow_from_to(dates::shown_date(from), dates::shown_date(to))
        }),
        withdrawn: match (&paper.why, kept.replaced_by) {
            (None, _) => String::new(),
            (Some(why), None) => w.paper_withdrawn_because(why.as_str()),
            (Some(why), Some(_)) => w.paper_replaced_because(why.as_str()),
        },
        stands: kept.withdrawn.is_none(),
    }
}
