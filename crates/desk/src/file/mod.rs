//! The responsibility file of a matter as one paper: who was rung when, by what and for how many
//! seconds, what each did, what was ordered, who was late, and the seals that prove it. It is read
//! on the screen first and printed on A4 for whoever inspects; opening it is itself on record.

pub mod parts;

use crate::{Me, frame::Frame, paper, tickets::kind_word};
use askama::Template;
use axum::{Router, extract::Path, routing::get};
use duty::{
    staff::Badge,
    tickets::{self, MatterFile, Severity},
};
use kernel::{MatterId, StaffId, numbers};
use pages::{App, Desk, Outcome, html};
use parts::{Part, Seal};
use std::collections::BTreeMap;

pub fn routes() -> Router<App> {
    Router::new().route("/{tenant}/desk/matters/{id}/file", get(page))
}

#[derive(Template)]
#[template(path = "matter_file.html")]
struct Page {
    d: Desk,
    code: String,
    about: String,
    back: String,
    number: String,
    place_and_day: String,
    facts: Vec<(String, String)>,
    /// Each unit in one line: opened, due, accepted, answered.
    summary: Vec<parts::Answer>,
    tickets: Vec<Part>,
    directives: Vec<Part>,
    late: Vec<(String, String)>,
    called_head: Vec<String>,
    called: Vec<parts::CalledLine>,
    others: Vec<parts::Act>,
    proof: Vec<(String, String)>,
    verify: String,
    seals: Vec<Seal>,
    signer: String,
    maker: String,
    recipients: Vec<String>,
}

/// `GET /{tenant}/desk/matters/{id}/file`
async fn page(me: Me, Path((_, id)): Path<(String, MatterId)>) -> Outcome {
    let mut frame = Frame::new(&me, "tickets").await?;
    let file = tickets::file(&mut frame.cx, id, None).await?;
    let owed: Vec<_> = file.tickets.iter().chain(&file.directives).map(|part| part.ticket.id).collect();
    frame.learn_owing(&owed).await?;
    let sounds = parts::sounds(&mut frame.cx, &file).await?;
    let page = compose(&me, &frame, &file, &sounds);
    // That somebody read it is part of the record.
    frame.cx.commit().await?;
    html(&page)
}

/// People as they stood on the day of the matter: unit and post first.
pub fn badges(file: &MatterFile) -> BTreeMap<StaffId, Badge> {
    file.people
        .iter()
        .map(|(id, official)| {
            let post = official.posts.first();
            let badge = Badge {
                full_name: official.name.clone(),
                title: post.map(|post| post.title.clone()).unwrap_or_default(),
                title_en: post.map(|post| post.title_en.clone()).unwrap_or_default(),
                unit: post.map(|post| post.unit),
            };
            (*id, badge)
        })
        .collect()
}

fn compose(me: &Me, frame: &Frame, file: &MatterFile, sounds: &parts::Sounds) -> Page {
    let (w, d) = (me.w, &frame.d);
    let clock = &d.clock;
    let badges = badges(file);
    let people = parts::People { me, frame, badges: &badges, sounds: Some(sounds) };
    let place = &me.tenant.pack.place;
    let ward = match file.matter.ward {
        Some(ward) => crate::frame::short(&frame.tree, d, Some(ward)),
        None => place.name.clone(),
    };
    let all = || file.tickets.iter().chain(&file.directives);
    let mut recipients: Vec<String> = Vec::new();
    for part in all() {
        let name = frame.responsible(part.ticket.id, part.ticket.unit);
        if !recipients.contains(&name) {
            recipients.push(name);
        }
    }
    let severity = match file.matter.severity {
        Severity::Emergency => w.severity_emergency(),
        Severity::Notice => w.severity_notice(),
    };
    Page {
        about: w.file_about(kind_word(w, &file.matter.kind), ward.as_str()),
        back: me.at(format!("matters/{}", file.matter.id)),
        number: w.file_number(place.paper.centre_symbol.as_str()),
        place_and_day: paper::place_and_day(d, clock.day(file.made_at)),
        facts: vec![
            (w.file_matter(), file.matter.code.clone()),
            (w.file_kind(), kind_word(w, &file.matter.kind)),
            (w.board_severity(), severity),
            (w.board_ward(), ward),
            (w.file_opened(), parts::moment(clock, file.matter.opened_at)),
            (w.file_made(), parts::moment(clock, file.made_at)),
            (w.file_zone(), clock.offset(file.made_at)),
        ],
        summary: file.tickets.iter().map(|part| people.answer(part)).collect(),
        tickets: file.tickets.iter().map(|part| people.part(part)).collect(),
        directives: file.directives.iter().map(|part| people.part(part)).collect(),
        late: file.late.iter().map(|late| people.late(late, all())).collect(),
        called_head: parts::CALLED.iter().map(|column| column.label(w)).collect(),
        called: people.called(file),
        others: people.others(&file.events),
        proof: proof(me, file),
        verify: format!("vungxanh ledger verify --tenant {}", me.tenant.slug),
        seals: parts::seals(clock, file),
        signer: w.file_signer(),
        maker: file.made_by.map_or_else(String::new, |id| people.name(id)),
        recipients,
        code: file.matter.code.clone(),
        d: frame.d.clone(),
    }
}

fn proof(me: &Me, file: &MatterFile) -> Vec<(String, String)> {
    let w = me.w;
    let mut proof = vec![
        (w.file_sealed(), file.proof.sealed.to_string()),
        (w.file_unsealed(), file.proof.unsealed.to_string()),
        (w.file_erased(), file.proof.erased.to_string()),
    ];
    if let Some(head) = &file.proof.head {
        proof.push((w.file_head(), numbers::grouped(head.seq)));
        proof.push((w.ledger_hash(), head.hash.clone()));
        proof.push((w.ledger_signature(), head.signature.clone()));
    }
    proof
}
