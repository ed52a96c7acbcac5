//! The outside world's sides, against real servers where there are any.

mod care_calls;
mod email;
mod espeak;
mod exchange;
mod http_lines;
mod hotline;
mod ladder_speech;
mod notices;
mod phones;
mod sip;
mod push;
mod smpp;
mod texts;
mod watch;

use duty::tickets::{
    self, NewMatter, NewTicket, Opened, Responsible,
    ladder::{self, LadderSpec},
};
use kernel::UnitId;
use serde_json::json;
use store::Cx;
use testkit::TestCentre;
use uuid::Uuid;

/// Opens a matter of one ticket on a ladder of the pack.
async fn open(cx: &mut Cx, ladder: &str, unit: UnitId, ward: Option<UnitId>) -> Opened {
    let ladder = ladder::by_code(cx, ladder).await.unwrap();
    open_on(cx, ladder, unit, ward).await
}

/// The same on a ladder of one's own.
async fn open_on(cx: &mut Cx, ladder: LadderSpec, unit: UnitId, ward: Option<UnitId>) -> Opened {
    let new = NewMatter {
        kind: "report",
        severity: ladder.severity,
        ward,
        object_kind: "report",
        object: Uuid::from_u128(1),
    };
    let ticket = NewTicket {
        kind: "report".into(),
        responsible: Responsible::Unit(unit),
        ladder,
        task: json!({}),
        words: None,
        given_by: None,
        assignee: None,
        due_at: None,
    };
    tickets::open_ticket(cx, &new, ticket).await.unwrap()
}

/// Lets due jobs of the notices' queue run.
async fn run_notices(centre: &TestCentre) {
    let public = "https://vungxanh.example/".parse().unwrap();
    let handlers: Vec<std::sync::Arc<dyn store::jobs::OnJob>> = vec![
        std::sync::Arc::new(duty::messages::SendNotice),
        std::sync::Arc::new(duty::messages::SendText::new(public)),
        std::sync::Arc::new(duty::messages::SendPush),
    ];
    let worker = store::jobs::Worker::new(centre.store.clone(), tickets::NOTICES, handlers);
    while worker.run_due(16).await.unwrap() > 0 {}
}
