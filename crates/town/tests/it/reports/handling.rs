use crate::town::{Town, picture};
use ::town::{
    files::{self, Purpose, Size, Vault},
    reports::{self, Channel, Filter, NewReport, ReplyKind, State, StepKind},
};
use duty::tickets;
use jiff::{SignedDuration, civil::date};
use kernel::{Actor, Error, Role};
use object_store::memory::InMemory;
use std::sync::Arc;
use store::events;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[tokio::test]
async fn after_forty_eight_hours_without_an_answer_it_stands_before_the_districts_leader() {
    let town = Town::new().await;
    let submitted = town.submit(town.rubbish("form-0001")).await.unwrap();
    let code = submitted.code.to_string();
    town.centre.advance(HOUR * 36).await;
    assert!(!town.track(&code).await.unwrap().with_leader);
    town.centre.advance(HOUR * 12).await;
    let track = town.track(&code).await.unwrap();
    assert!(track.with_leader && track.overdue);
    assert_eq!(track.unit, Some(town.ward), "the ward still owes the answer");
    assert_eq!(track.steps.iter().filter(|step| step.kind == StepKind::WithLeader).count(), 1);
    let leaders = town.centre.unit("LDQ").await;
    let mut cx = town.centre.as_staff(town.leader).await;
    let ticket = reports::report(&mut cx, submitted.id).await.unwrap().ticket;
    assert!(tickets::seats(&mut cx, ticket).await.unwrap().contains(&leaders));
    let queue = tickets::Filter { units: vec![leaders], limit: 10, ..Default::default() };
    assert_eq!(tickets::queue(&mut cx, &queue).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_answer_reaches_the_citizen_from_the_unit_with_its_proof() {
    let town = Town::new().await;
    let vault = Vault::over(Arc::new(InMemory::new()));
    let submitted = town.submit(town.rubbish("form-0001")).await.unwrap();
    town.centre.advance(HOUR).await;
    let mut cx = town.centre.as_staff(town.clerk).await;
    let ticket = reports::report(&mut cx, submitted.id).await.unwrap().ticket;
    tickets::accept(&mut cx, ticket).await.unwrap();
    tickets::note(&mut cx, ticket, "Ghi nội bộ: gọi chị Tám bên DVCI").await.unwrap();
    reports::progress(&mut cx, submitted.id, "Đội thu gom sẽ đến chiều nay.").await.unwrap();
    assert!(matches!(
        reports::answer(&mut cx, submitted.id, " ", None).await,
        Err(Error::Invalid { field: "text", .. })
    ));
    cx.commit().await.unwrap();
    town.centre.advance(HOUR).await;
    let mut cx = town.centre.as_staff(town.clerk).await;
    let photo = picture(300, 200, image::ImageFormat::Jpeg);
    let proof = files::keep(&mut cx, &vault, photo, Purpose::Proof).await.unwrap();
    reports::answer(&mut cx, submitted.id, "Đã thu gom xong.", Some(proof)).await.unwrap();
    cx.commit().await.unwrap();

    let code = submitted.code.to_string();
    let track = town.track(&code).await.unwrap();
    assert_eq!(track.state, State::Answered);
    assert!(track.asks_rating && track.may_contest);
    let told: Vec<_> =
        track.replies.iter().map(|reply| (reply.kind, reply.text.as_str(), reply.unit)).collect();
    assert_eq!(
        told,
        [
            (ReplyKind::Progress, "Đội thu gom sẽ đến chiều nay.", Some(town.ward)),
            (ReplyKind::Answer, "Đã thu gom xong.", Some(town.ward)),
        ]
    );
    let shown = format!("{track:?}");
    assert!(!shown.contains("chị Tám") && !shown.contains(&town.clerk.to_string()), "{shown}");
    let kinds: Vec<_> = track.steps.iter().map(|step| step.kind).collect();
    assert_eq!(kinds, [StepKind::Received, StepKind::Accepted, StepKind::Answered]);
    let mut cx = town.centre.begin(Actor::public()).await;
    reports::tracked_file(&mut cx, &vault, &code, proof, Size::Whole).await.unwrap();
    // An answer is given once.
    let again = town.answer(town.clerk, &submitted).await;
    assert!(matches!(again, Err(Error::Conflict("error-ticket-closed"))));
}

#[tokio::test]
async fn a_contested_answer_opens_the_ticket_again_and_counts_as_late() {
    let town = Town::new().await;
    let submitted = town.submit(town.rubbish("form-0001")).await.unwrap();
    let early = town.contest(&submitted).await;
    assert!(matches!(early, Err(Error::Conflict("error-report-not-answered"))));
    let early = town.rate(&submitted, 5, true).await;
    assert!(matches!(early, Err(Error::Conflict("error-report-not-answered"))));
    town.centre.advance(HOUR).await;
    town.answer(town.clerk, &submitted).await.unwrap();
    town.centre.advance(HOUR).await;
    assert!(matches!(town.rate(&submitted, 6, true).await, Err(Error::Invalid { field: "score", .. })));
    town.rate(&submitted, 1, false).await.unwrap();
    assert!(matches!(town.rate(&submitted, 5, true).await, Err(Error::Conflict("error-report-rated"))));
    town.contest(&submitted).await.unwrap();
    let code = submitted.code.to_string();
    let track = town.track(&code).await.unwrap();
    assert_eq!((track.state, track.reopened), (State::Reopened, 1));
    let mut cx = town.centre.as_staff(town.clerk).await;
    let ticket = reports::report(&mut cx, submitted.id).await.unwrap().ticket;
    assert!(tickets::seats(&mut cx, ticket).await.unwrap().contains(&town.centre.unit("TNMT").await));
    drop(cx);

    town.centre.advance(HOUR).await;
    town.answer(town.clerk, &submitted).await.unwrap();
    town.rate(&submitted, 4, true).await.unwrap();
    let track = town.track(&code).await.unwrap();
    assert_eq!((track.state, track.rating), (State::Closed, Some(4)));
    assert!(matches!(town.contest(&submitted).await, Err(Error::Conflict("error-report-closed"))));
    let mut cx = town.centre.system().await;
    let recorded = events::of_object(&mut cx, ticket.uuid()).await.unwrap();
    let late: Vec<_> = recorded
        .iter()
        .filter(|event| event.kind == "ticket.resolved")
        .map(|event| event.data["late"].clone())
        .collect();
    assert_eq!(late, [false, true]);
    let rated = events::of_object(&mut cx, submitted.id.uuid()).await.unwrap();
    let rated = rated.iter().find(|event| event.kind == "report.rated").unwrap();
    assert_eq!((rated.actor_kind.as_str(), rated.actor_id), ("citizen", Some(submitted.id.uuid())));
}

#[tokio::test]
async fn a_unit_that_is_only_told_may_look_and_note_until_it_is_made_responsible() {
    let town = Town::new().await;
    let office = town.centre.unit("TNMT").await;
    let official = town.centre.staff("Phòng TNMT").at(office, Role::DepartmentOfficial).create().await;
    let submitted = town.submit(town.rubbish("form-0001")).await.unwrap();
    let mut cx = town.centre.as_staff(official).await;
    let ticket = reports::report(&mut cx, submitted.id).await.unwrap().ticket;
    tickets::note(&mut cx, ticket, "Đã biết.").await.unwrap();
    let refused = reports::answer(&mut cx, submitted.id, "Không phải việc của tôi.", None).await;
    assert!(matches!(refused, Err(Error::Forbidden("ticket.resolve"))));
    let lines = reports::list(&mut cx, &town.centre.tenant, &Filter { limit: 10, ..Default::default() })
        .await
        .unwrap();
    assert_eq!(lines.len(), 1);
    drop(cx);

    let mut cx = town.centre.as_staff(town.clerk).await;
    let due = reports::report(&mut cx, submitted.id).await.unwrap().due_at;
    reports::forward(&mut cx, submitted.id, office, "Rác công nghiệp, thuộc thẩm quyền Phòng TNMT")
        .await
        .unwrap();
    cx.commit().await.unwrap();
    let track = town.track(&submitted.code.to_string()).await.unwrap();
    assert_eq!((track.unit, track.due_at), (Some(office), due), "the clock runs on");
    assert!(track.steps.iter().any(|step| step.kind == StepKind::Forwarded && step.unit == Some(office)));
    town.answer(official, &submitted).await.unwrap();
}

#[tokio::test]
async fn only_the_centre_opens_who_reported_and_the_record_says_why() {
    let town = Town::new().await;
    let submitted = town.submit(town.rubbish("form-0001")).await.unwrap();
    for handler in [town.clerk, town.chair, town.leader] {
        let mut cx = town.centre.as_staff(handler).await;
        let report = reports::report(&mut cx, submitted.id).await.unwrap();
        assert!(!format!("{report:?}").contains("Lê Thị"));
        let refused = reports::reporter(&mut cx, &town.centre.tenant, submitted.id, "Muốn biết").await;
        assert!(matches!(refused, Err(Error::Forbidden("report.identity"))));
        assert!(reports::code(&mut cx, submitted.id).await.is_err());
        let phone = kernel::Phone::parse("0903123456").unwrap();
        assert!(reports::of_phone(&mut cx, &phone, Channel::Phone, "form").await.is_err());
    }
    let mut cx = town.centre.as_staff(town.operator).await;
    let without = reports::reporter(&mut cx, &town.centre.tenant, submitted.id, "  ").await;
    assert!(matches!(without, Err(Error::Invalid { field: "why", .. })));
    let reporter =
        reports::reporter(&mut cx, &town.centre.tenant, submitted.id, "Gọi lại hỏi lối vào").await.unwrap();
    assert_eq!(reporter.name.as_deref(), Some("Lê Thị Thử"));
    assert_eq!(reporter.phone.unwrap().as_e164(), "+84903123456");
    cx.commit().await.unwrap();
    let mut cx = town.centre.system().await;
    let recorded = events::of_object(&mut cx, submitted.id.uuid()).await.unwrap();
    let opened = recorded.iter().find(|event| event.kind == "report.reporter_opened").unwrap();
    assert_eq!(opened.actor_id, Some(town.operator.uuid()));
    assert_eq!(opened.payload.as_ref().unwrap()["why"], "Gọi lại hỏi lối vào");
}

#[tokio::test]
async fn whoever_lies_ill_is_called_back_by_the_station_that_must_answer_and_the_record_says_why() {
    let town = Town::new().await;
    let tenant = &town.centre.tenant;
    let (station, elsewhere) = (town.centre.unit("TPHONG.TYT").await, town.centre.unit("TQUY.TYT").await);
    let at = |name, unit| town.centre.staff(name).at(unit, Role::StationStaff);
    let nurse = at("Trực trạm", station).phone("+84900000001").on_duty().create().await;
    let stranger = at("Trực trạm bên", elsewhere).on_duty().create().await;
    let ill = NewReport {
        category: "illness".into(),
        details: "Ông cụ nhà bên khó thở, môi tím.".into(),
        ..town.rubbish("form-0001")
    };
    let ill = town.submit(ill).await.unwrap();
    let mut cx = town.centre.as_staff(nurse).await;
    let report = reports::report(&mut cx, ill.id).await.unwrap();
    assert!(reports::may_identify(&cx, tenant, &report));
    let unsaid = reports::reporter(&mut cx, tenant, ill.id, " ").await;
    assert!(matches!(unsaid, Err(Error::Invalid { field: "why", .. })));
    let reporter = reports::reporter(&mut cx, tenant, ill.id, "Gọi lại hướng dẫn thở ô xy").await.unwrap();
    assert_eq!(reporter.phone.unwrap().as_e164(), "+84903123456");
    cx.commit().await.unwrap();
    let mut cx = town.centre.system().await;
    let recorded = events::of_object(&mut cx, ill.id.uuid()).await.unwrap();
    let opened = recorded.iter().find(|event| event.kind == "report.reporter_opened").unwrap();
    assert_eq!((opened.actor_id, &opened.data["right"]), (Some(nurse.uuid()), &"report.call_back".into()));
    assert_eq!(opened.payload.as_ref().unwrap()["why"], "Gọi lại hướng dẫn thở ô xy");

    // Another station does not know of it, the ward's clerk has no call to make, and once it is answered
    // nobody calls back. Rubbish is no emergency of anybody.
    let mut cx = town.centre.as_staff(stranger).await;
    assert!(matches!(reports::reporter(&mut cx, tenant, ill.id, "Xem").await, Err(Error::NotFound)));
    let mut cx = town.centre.as_staff(town.clerk).await;
    assert!(matches!(reports::reporter(&mut cx, tenant, ill.id, "Xem").await, Err(Error::Forbidden(_))));
    town.answer(nurse, &ill).await.unwrap();
    let mut cx = town.centre.as_staff(nurse).await;
    assert!(matches!(reports::reporter(&mut cx, tenant, ill.id, "Xem").await, Err(Error::Forbidden(_))));
    let rubbish = town.submit(town.rubbish("form-0002")).await.unwrap();
    let mut cx = town.centre.as_staff(town.clerk).await;
    assert!(matches!(reports::reporter(&mut cx, tenant, rubbish.id, "Xem").await, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn abusive_words_are_hidden_with_a_reason_and_kept() {
    let town = Town::new().await;
    let submitted = town.submit(town.rubbish("form-0001")).await.unwrap();
    let mut cx = town.centre.as_staff(town.clerk).await;
    let refused = reports::moderate(&mut cx, submitted.id, "Không thích").await;
    assert!(matches!(refused, Err(Error::Forbidden("report.moderate"))));
    let mut cx = town.centre.as_staff(town.operator).await;
    reports::moderate(&mut cx, submitted.id, "Xúc phạm cá nhân").await.unwrap();
    let again = reports::moderate(&mut cx, submitted.id, "Xúc phạm cá nhân").await;
    assert!(matches!(again, Err(Error::Conflict("error-report-hidden"))));
    cx.commit().await.unwrap();
    let mut cx = town.centre.as_staff(town.clerk).await;
    let report = reports::report(&mut cx, submitted.id).await.unwrap();
    assert_eq!((report.details, report.address), (None, None));
    assert_eq!(report.hidden.as_deref(), Some("Xúc phạm cá nhân"));
    let track = town.track(&submitted.code.to_string()).await.unwrap();
    assert_eq!(track.hidden.as_deref(), Some("Xúc phạm cá nhân"));
    let mut cx = town.centre.as_staff(town.operator).await;
    assert!(reports::report(&mut cx, submitted.id).await.unwrap().details.is_some());
}

#[tokio::test]
async fn lists_are_by_time_left_in_pages_and_show_each_reader_his_own() {
    let town = Town::new().await;
    let tenant = &town.centre.tenant;
    let elsewhere = town.centre.unit("TQUY").await;
    let mut ids = Vec::new();
    for count in 0..5 {
        let mut new = town.rubbish(&format!("form-000{count}"));
        if count == 4 {
            new.ward = Some(elsewhere);
        }
        ids.push(town.submit(new).await.unwrap().id);
        town.centre.advance(HOUR * 10).await;
    }
    let mut cx = town.centre.as_staff(town.operator).await;
    let page = Filter { limit: 2, ..Default::default() };
    let mut seen = Vec::new();
    let mut filter = page.clone();
    loop {
        let lines = reports::list(&mut cx, tenant, &filter).await.unwrap();
        let Some(last) = lines.last() else { break };
        filter.after = Some((last.due_at, last.id));
        seen.extend(lines.iter().map(|line| line.id));
    }
    assert_eq!(seen, ids);
    let all = Filter { limit: 50, ..Default::default() };
    let count =
        async |cx: &mut store::Cx, filter: Filter| reports::list(cx, tenant, &filter).await.unwrap().len();
    // Received at 07:05 and 17:05 on the 25th, at 03:05 and so on after it, by the clock on the wall.
    assert_eq!(count(&mut cx, Filter { day: Some(date(2021, 9, 25)), ..all.clone() }).await, 2);
    assert_eq!(count(&mut cx, Filter { day: Some(date(2021, 9, 26)), ..all.clone() }).await, 3);
    assert_eq!(count(&mut cx, Filter { ward: Some(elsewhere), ..all.clone() }).await, 1);
    assert_eq!(count(&mut cx, Filter { unit: Some(town.ward), ..all.clone() }).await, 4);
    assert_eq!(count(&mut cx, Filter { category: Some("noise".into()), ..all.clone() }).await, 0);
    assert_eq!(count(&mut cx, Filter { channel: Some(reports::Channel::Web), ..all.clone() }).await, 5);
    assert_eq!(count(&mut cx, Filter { state: Some(State::Answered), ..all.clone() }).await, 0);
    assert_eq!(count(&mut cx, Filter { open: true, ..all.clone() }).await, 5);
    let mut cx = town.centre.as_staff(town.clerk).await;
    assert_eq!(count(&mut cx, all.clone()).await, 4);
    let administrator = town.centre.staff("Quản trị").at(town.ward, Role::Administrator).create().await;
    let mut cx = town.centre.as_staff(administrator).await;
    assert!(matches!(reports::list(&mut cx, tenant, &all).await, Err(Error::Forbidden("report.see"))));
}
