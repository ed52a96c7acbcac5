//! What happened to a case, in words. What its tickets went through stands with the matter.

use super::words;
use crate::{
    Me,
    frame::{self, Frame},
    tickets::{Line, Teller, word},
    traces,
};
use health::cases::{self, Care, Classification, Ending, TestKind, TestResult};
use kernel::{CaseId, Result, UnitId, dates};
use serde_json::Value;
use store::events::Recorded;

/// The timeline of a case, oldest first.
pub async fn lines(me: &Me, frame: &mut Frame, id: CaseId) -> Result<Vec<Line>> {
    let events = cases::timeline(&mut frame.cx, id).await?;
    let (tree, d) = (frame.tree.clone(), frame.d.clone());
    let teller = Teller::of(me, frame, &events).await?;
    let unit = |data: &Value, key: &str| frame::short(&tree, &d, word::<UnitId>(data, key));
    Ok(events
        .iter()
        .map(|event| {
            let quote = event.payload.as_ref().and_then(|payload| payload["why"].as_str().map(str::to_owned));
            let quote = quote.or_else(|| event.erased.then(|| me.w.story_erased()));
            let time = (d.clock.short(event.at), d.clock.full(event.at));
            Line::plain(told(me, event, &unit), teller.actor(event), quote, time)
        })
        .collect())
}

fn day(data: &Value, key: &str) -> String {
    word::<jiff::civil::Date>(data, key).map_or_else(String::new, dates::shown_date)
}

/// How it ended, and what was said of that before.
fn ended(me: &Me, data: &Value) -> String {
    let w = me.w;
    let how = |data: &Value| word::<Ending>(data, "as").map_or_else(String::new, |one| words::ending(w, one));
    let before = &data["before"];
    if before.is_null() {
        return w.case_story_ended(how(data), day(data, "on"));
    }
    let before = w.case_outcome_line(how(before), day(before, "on"));
    w.case_story_ended_anew(how(data), day(data, "on"), before)
}

fn told(
    me: &Me,
    event: &Recorded,
    unit: &dyn Fn(&Value, &str) -> String,
) -> (&'static str, &'static str, String) {
    let (w, data) = (me.w, &event.data);
    let classification =
        |key| word::<Classification>(data, key).map_or_else(String::new, |one| words::classification(w, one));
    let care = |key| word::<Care>(data, key).map_or_else(String::new, |one| words::care(w, one));
    match event.kind.as_str() {
        "case.recorded" if data["import"].is_string() => {
            ("opened", "file-import", w.case_story_recorded_list(classification("classification")))
        }
        "case.recorded" => ("opened", "virus", w.case_story_recorded(classification("classification"))),
        "case.classified" => (
            "directive",
            "stethoscope",
            w.case_story_classified(classification("from"), classification("to")),
        ),
        "case.moved" if data["facility"].is_string() => {
            ("", "building-hospital", w.case_story_moved_to(care("from"), care("to"), unit(data, "facility")))
        }
        "case.moved" => ("", "building-hospital", w.case_story_moved(care("from"), care("to"))),
        "case.moved_ward" => {
            ("climbed", "map-pin", w.case_story_moved_ward(unit(data, "from"), unit(data, "to")))
        }
        "case.announced" if data["of"].as_i64().is_some_and(|of| of > 1) => {
            let of = data["of"].as_i64().unwrap_or_default().to_string();
            ("accepted", "phone-ringing", w.case_story_announced_list(of))
        }
        "case.announced" => ("accepted", "phone-ringing", w.case_story_announced()),
        "case.ended" => ("resolved", "checks", ended(me, data)),
        "case.onset_set" if data["from"].is_string() => {
            ("climbed", "thermometer", w.case_story_onset_anew(day(data, "from"), day(data, "to")))
        }
        "case.onset_set" => ("", "thermometer", w.case_story_onset(day(data, "to"))),
        "case.severe_set" if data["severe"] == true => ("missed", "heartbeat", w.case_story_severe()),
        "case.severe_set" => ("", "heartbeat", w.case_story_severe_no()),
        "case.source_set" if data["by"].is_null() => {
            ("climbed", "arrows-exchange", w.case_story_source_none())
        }
        "case.source_set" if data["sure"] == true => ("climbed", "arrows-exchange", w.case_story_source()),
        "case.source_set" => ("", "arrows-exchange", w.case_story_source_proposed()),
        "visit.entered" => ("", "map-pin", w.case_story_visit()),
        "visit.widened" => ("", "map-pin", w.case_story_visit_widened(day(data, "from"), day(data, "to"))),
        "visit.withdrawn" => ("missed", "x", w.case_story_visit_withdrawn()),
        "case.checkins_read" => ("", "qrcode", w.case_story_checkins()),
        kind if kind.starts_with("contact.") => traces::words::story(w, kind, data),
        "case.joined" => ("climbed", "git-merge", w.case_story_joined()),
        "case.parted" => ("climbed", "git-merge", w.case_story_parted()),
        "case.file_opened" => ("", "file-text", w.case_story_file()),
        "case.withdrawn" => ("missed", "trash", w.case_story_withdrawn()),
        "test.recorded" => {
            let kind =
                word::<TestKind>(data, "kind").map_or_else(String::new, |one| words::test_kind(w, one));
            let result =
                word::<TestResult>(data, "result").map_or_else(String::new, |one| words::test_result(w, one));
            ("", "clipboard-check", w.case_story_test(kind, day(data, "sample_on"), result))
        }
        _ => ("", "info-circle", event.kind.clone()),
    }
}
