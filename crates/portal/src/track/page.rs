//! What a resident may know of a report: where it stands, who has it, until when, what was answered.

use super::doorway::Asker;
use crate::{home::Visit, report::ward_name};
use askama::Template;
use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use duty::units::{self, Tree};
use jiff::Timestamp;
use kernel::{Actor, FileId, Result, UnitId};
use pages::{Outcome, Portal, forms::Errors, html};
use store::Cx;
use town::{
    files::Size,
    reports::{self, ReplyKind, State, StepKind, Track, TrackingCode},
};

#[derive(Template)]
#[template(path = "track.html")]
pub(super) struct Page {
    p: Portal,
    code: String,
    track: Track,
    category: String,
    ward: String,
    unit: Option<String>,
    replies: Vec<Reply>,
    steps: Vec<Step>,
    pub errors: Errors,
    pub why: String,
    pub score: String,
}

struct Reply {
    answer: bool,
    at: Timestamp,
    unit: Option<String>,
    text: String,
    file: Option<File>,
}

struct File {
    address: String,
    /// Shown as a picture; else a paper to open.
    picture: bool,
}

struct Step {
    at: Timestamp,
    text: String,
}

impl Page {
    pub(super) async fn load(visit: &Visit, cx: &mut Cx, typed: &str) -> Result<Self> {
        let track = reports::track(cx, typed).await?;
        let code = TrackingCode::parse(typed)?.to_string();
        let tree = units::tree(cx).await?;
        let name = |unit: Option<UnitId>| name(visit, &tree, unit);
        let p = visit.frame();
        let mut replies = Vec::new();
        for reply in &track.replies {
            let file = match reply.file {
                Some(id) => {
                    let small =
                        reports::tracked_file(cx, visit.app.vault(), typed, id, Size::Thumbnail).await;
                    let address = p.at(format_args!("track/{code}/files/{id}"));
                    Some(File { address, picture: small.is_ok() })
                }
                None => None,
            };
            replies.push(Reply {
                answer: reply.kind == ReplyKind::Answer,
                at: reply.at,
                unit: name(reply.unit),
                text: reply.text.clone(),
                file,
            });
        }
        let category = visit.tenant.pack.category(&track.category);
        let category =
            category.map(|category| visit.w.lang().pick(&category.name_vi, &category.name_en).to_owned());
        Ok(Self {
            category: category.unwrap_or_else(|| track.category.clone()),
            ward: tree
                .get(track.ward)
                .map(|ward| ward_name(ward, visit.w.lang()).to_owned())
                .unwrap_or_default(),
            unit: name(track.unit),
            steps: track
                .steps
                .iter()
                .map(|step| Step { at: step.at, text: told(visit, &tree, step) })
                .collect(),
            replies,
            track,
            code,
            p,
            errors: Errors::default(),
            why: String::new(),
            score: String::new(),
        })
    }

    fn state(&self) -> String {
        let w = self.p.w;
        match self.track.state {
            State::Received => w.track_state_received(),
            State::InProgress => w.track_state_in_progress(),
            State::Answered => w.track_state_answered(),
            State::Closed => w.track_state_closed(),
            State::Reopened => w.track_state_reopened(),
        }
    }

    fn icon(&self) -> &'static str {
        match self.track.state {
            State::Received => "clipboard-check",
            State::InProgress => "clock",
            State::Answered | State::Closed => "circle-check",
            State::Reopened => "refresh",
        }
    }

    fn is_answered(&self) -> bool {
        self.track.state.is_answered()
    }

    /// Nothing has happened yet but that it came in.
    fn is_new(&self) -> bool {
        self.track.state == State::Received && !self.track.with_leader
    }

    fn left(&self) -> String {
        self.p.clock.left(self.p.w, self.track.due_at)
    }

    fn pressure(&self) -> &'static str {
        self.p.clock.pressure(self.track.due_at, false)
    }

    fn at(&self, path: &str) -> String {
        self.p.at(format_args!("track/{}{path}", self.code))
    }

    fn scores(&self) -> [(&'static str, String); 5] {
        let w = self.p.w;
        [
            ("5", w.track_score_five()),
            ("4", w.track_score_four()),
            ("3", w.track_score_three()),
            ("2", w.track_score_two()),
            ("1", w.track_score_one()),
        ]
    }

    fn centre_body(&self) -> &str {
        &self.p.tenant.pack.place.paper.centre_body
    }
}

fn name(visit: &Visit, tree: &Tree, unit: Option<UnitId>) -> Option<String> {
    tree.get(unit?).map(|unit| unit.name_in(visit.w.lang().as_str()).to_owned())
}

/// A step in words.
fn told(visit: &Visit, tree: &Tree, step: &reports::Step) -> String {
    let w = visit.w;
    let unit = name(visit, tree, step.unit).unwrap_or_else(|| w.track_unit_unknown());
    match step.kind {
        StepKind::Received => w.track_step_received(unit),
        StepKind::Accepted => w.track_step_accepted(unit),
        StepKind::Forwarded => w.track_step_forwarded(unit),
        StepKind::Paused => w.track_step_paused(unit),
        StepKind::WithLeader => w.track_step_with_leader(unit),
        StepKind::Answered => w.track_step_answered(unit),
        StepKind::Reopened => w.track_step_reopened(),
    }
}

/// `GET /{tenant}/track/{code}`
pub(super) async fn page(asker: Asker, Path((_, code)): Path<(String, String)>) -> Outcome {
    let visit = &asker.visit;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    match Page::load(visit, &mut cx, &code).await {
        Ok(page) => Ok(visit.keep_language(html(&page)?)),
        Err(error) => asker.refuse(&code, error),
    }
}

/// The page again, with what was wrong in one of its forms.
pub(super) fn mended(visit: &Visit, page: &Page) -> Outcome {
    let mut response = html(page)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(visit.keep_language(response))
}

/// `GET /{tenant}/track/{code}/files/{file}`
pub(super) async fn whole(asker: Asker, Path((_, code, file)): Path<(String, String, String)>) -> Outcome {
    content(&asker, &code, &file, Size::Whole).await
}

/// `GET /{tenant}/track/{code}/files/{file}/small`
pub(super) async fn small(asker: Asker, Path((_, code, file)): Path<(String, String, String)>) -> Outcome {
    content(&asker, &code, &file, Size::Thumbnail).await
}

async fn content(asker: &Asker, code: &str, file: &str, size: Size) -> Outcome {
    let visit = &asker.visit;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    match read(visit, &mut cx, code, file, size).await {
        Ok(response) => Ok(response),
        Err(error) => asker.refuse(code, error),
    }
}

async fn read(visit: &Visit, cx: &mut Cx, code: &str, file: &str, size: Size) -> Result<Response> {
    let file: FileId = file.parse()?;
    let (kind, bytes) = reports::tracked_file(cx, visit.app.vault(), code, file, size).await?;
    // What is no picture is saved, never opened in the page's own name.
    let disposition = if kind.starts_with("image/") {
        "inline".to_owned()
    } else {
        format!("attachment; filename=\"{file}.pdf\"")
    };
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)], bytes).into_response())
}
