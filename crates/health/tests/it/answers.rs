//! Texts from households: danger, wishes, whatever the station reads.

use crate::home::{Home, saturated};
use async_trait::async_trait;
use duty::{
    messages::{Inbox, Knows, OnText, Piece, Received, Taken},
    tickets::{self, Severity, Ticket},
};
use health::{
    answers::{Answers, DANGER},
    care_calls, followups,
};
use jiff::SignedDuration;
use kernel::{Error, HouseholdId, MatterId, Result, Role};
use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};
use store::{Cx, events};
use testkit::TestCentre;
use uuid::Uuid;

/// The number of the household.
const OWN: &str = "0900555777";
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

struct Line {
    home: Home,
    inbox: Inbox,
}

impl Line {
    async fn begin() -> Self {
        Self::with(vec![Arc::new(Answers)]).await
    }

    async fn with(areas: Vec<Arc<dyn Knows>>) -> Self {
        let home = Home::begin().await;
        let areas = Arc::from(areas);
        let inbox = Inbox::new(home.day.centre.store.clone(), None, areas);
        Self { home, inbox }
    }

    fn centre(&self) -> &TestCentre {
        &self.home.day.centre
    }

    async fn say(&self, from: &str, words: &str) {
        let piece = Piece {
            network_id: None,
            from: from.into(),
            to: "8099".into(),
            units: words.encode_utf16().collect(),
            part: None,
        };
        self.inbox.came(&piece).await.unwrap();
    }

    async fn wait(&self, minutes: i64) {
        self.centre().advance(SignedDuration::from_mins(minutes)).await;
    }

    /// Matters of a kind, oldest first.
    async fn matters(&self, kind: &str) -> Vec<MatterId> {
        let all = self.home.day.matters().await;
        all.into_iter().filter(|(known, _)| known == kind).map(|(_, id)| id).collect()
    }

    async fn tickets(&self, matter: MatterId) -> Vec<Ticket> {
        let mut cx = self.centre().system().await;
        tickets::matter_tickets(&mut cx, matter).await.unwrap()
    }

    /// Number and words of each text that went out, oldest first.
    async fn sent(&self) -> Vec<(String, String)> {
        let mut cx = self.centre().system().await;
        let rows: Vec<(Uuid, Vec<u8>, Vec<u8>)> =
            sqlx::query_as("select id, number, words from texts order by created_at, id")
                .fetch_all(cx.conn())
                .await
                .unwrap();
        let open = |id, column: &str, sealed: &[u8]| cx.open("texts", id, column, sealed).unwrap();
        rows.iter()
            .map(|(id, number, words)| (open(*id, "number", number), open(*id, "words", words)))
            .collect()
    }

    /// Whoever is rung accepts.
    async fn accept(&self, matter: MatterId) {
        for ticket in self.tickets(matter).await {
            let rescue = ticket.unit == Some(self.home.rapid_team);
            let who = if rescue { self.home.rescuer } else { self.home.day.nurse };
            let mut cx = self.centre().as_staff(who).await;
            tickets::accept(&mut cx, ticket.id).await.unwrap();
            cx.commit().await.unwrap();
        }
    }

    /// What somebody wrote beside a ticket, oldest first.
    async fn remarks(&self, ticket: &Ticket) -> Vec<String> {
        let mut cx = self.centre().system().await;
        let past = events::of_object(&mut cx, ticket.id.uuid()).await.unwrap();
        past.iter()
            .filter(|event| event.kind == "ticket.noted")
            .filter_map(|event| event.payload.as_ref()?["text"].as_str().map(str::to_owned))
            .collect()
    }

    async fn words_on(&self, ticket: &Ticket) -> Option<String> {
        let mut cx = self.centre().system().await;
        tickets::ticket(&mut cx, ticket.id).await.unwrap().1
    }

    /// Whether robots leave the household alone.
    async fn is_held(&self) -> bool {
        let mut cx = self.centre().system().await;
        sqlx::query_scalar(
            "select exists (select from care_call_homes where household_id = $1 and paused_at is not null)",
        )
        .bind(self.home.id.uuid())
        .fetch_one(cx.conn())
        .await
        .unwrap()
    }
}

#[tokio::test]
async fn words_of_danger_ring_station_and_rapid_team_and_the_sender_is_told_to_call_115() {
    let line = Line::begin().await;
    line.say("84900555777", "Bà ngoại kho tho từ đêm qua").await;
    let matters = line.matters(DANGER).await;
    assert_eq!(matters.len(), 1);
    let rung = line.tickets(matters[0]).await;
    assert_eq!(rung.len(), 2);
    assert!(rung.iter().all(|ticket| ticket.severity == Severity::Emergency && ticket.level >= 0));
    for unit in [line.home.day.station, line.home.rapid_team] {
        assert!(rung.iter().any(|ticket| ticket.unit == Some(unit)));
    }
    assert!(!line.home.day.calls(matters[0]).await.is_empty(), "telephones ring");
    let sent = line.sent().await;
    assert_eq!((sent.len(), sent[0].0.as_str()), (1, "+84900555777"));
    assert!(sent[0].1.starts_with("Gọi 115 ngay! Trạm Y tế"), "{}", sent[0].1);
    // It stands in the story of the household, its words sealed beside it.
    let mut cx = line.centre().system().await;
    let story = events::of_object(&mut cx, line.home.id.uuid()).await.unwrap();
    let told = story.iter().find(|event| event.kind == "household.text_received").unwrap();
    assert_eq!(told.data["as"], "danger");
    assert!(!told.data.to_string().contains("kho tho"));
    assert_eq!(told.payload.as_ref().unwrap()["words"], "Bà ngoại kho tho từ đêm qua");
    // The page of the household is where they are read, not the ticket.
    drop(cx);
    assert!(line.words_on(&rung[0]).await.is_none());
}

#[tokio::test]
async fn the_next_words_of_danger_stand_on_the_open_ticket_until_they_tell_of_another_sign_or_it_is_old() {
    let line = Line::begin().await;
    line.say(OWN, "tức ngực").await;
    line.wait(2).await;
    line.say(OWN, "tím tái rồi").await;
    let matters = line.matters(DANGER).await;
    assert_eq!((matters.len(), line.sent().await.len()), (1, 1));
    for ticket in line.tickets(matters[0]).await {
        assert_eq!(line.remarks(&ticket).await.len(), 1);
    }
    // What else is written meanwhile goes to those who are rung.
    line.say(OWN, "Nhà ở hẻm bên hông chợ").await;
    assert!(line.matters("text_received").await.is_empty());
    line.accept(matters[0]).await;
    line.wait(3).await;
    line.say(OWN, "còn tức ngực, tim tai").await;
    assert_eq!((line.matters(DANGER).await.len(), line.sent().await.len()), (1, 1), "somebody is on his way");
    line.wait(1).await;
    line.say(OWN, "ngất rồi").await;
    let matters = line.matters(DANGER).await;
    assert_eq!((matters.len(), line.sent().await.len()), (2, 2), "and does not know of this");
    line.accept(matters[1]).await;
    line.wait(1).await;
    for words in ["ngất nữa", "tức ngực nữa"] {
        line.say(OWN, words).await;
    }
    assert_eq!((line.matters(DANGER).await.len(), line.sent().await.len()), (2, 2));
    line.wait(61).await;
    line.say(OWN, "lại tức ngực").await;
    assert_eq!((line.matters(DANGER).await.len(), line.sent().await.len()), (3, 3));
}

#[tokio::test]
async fn an_alarm_of_the_diary_that_still_climbs_rings_for_the_text_too() {
    let line = Line::begin().await;
    line.home.send(1, vec![saturated(line.home.mother, "88")]).await;
    line.say(OWN, "khó thở").await;
    assert!(line.matters(DANGER).await.is_empty());
    let alarm = line.matters("red_flag").await;
    assert_eq!(alarm.len(), 1);
    assert_eq!(line.remarks(&line.tickets(alarm[0]).await[0]).await.len(), 1);
    assert!(line.sent().await[0].1.starts_with("Gọi 115 ngay!"));
}

#[tokio::test]
async fn a_sign_that_is_denied_rings_nobody_and_is_read_by_the_station() {
    let line = Line::begin().await;
    line.say(OWN, "Cả nhà không khó thở, còn ho").await;
    assert!(line.matters(DANGER).await.is_empty() && line.sent().await.is_empty());
    let read = line.matters("text_received").await;
    assert_eq!(read.len(), 1);
    let ticket = line.tickets(read[0]).await.remove(0);
    assert_eq!((ticket.unit, ticket.ward), (Some(line.home.day.station), Some(line.home.day.ward)));
    assert_eq!(line.words_on(&ticket).await.as_deref(), Some("Cả nhà không khó thở, còn ho"));
    let mut cx = line.centre().system().await;
    let matter = tickets::matter(&mut cx, read[0]).await.unwrap();
    assert_eq!((matter.object_kind.as_str(), matter.object), ("household", line.home.id.uuid()));
    drop(cx);
    line.wait(1).await;
    line.say(OWN, "Nhà hết thuốc hạ sốt").await;
    assert_eq!(line.matters("text_received").await.len(), 1);
    assert_eq!(line.remarks(&ticket).await, ["Nhà hết thuốc hạ sốt"]);
}

#[tokio::test]
async fn a_text_enters_no_reading() {
    let line = Line::begin().await;
    let before = line.home.day.count("follow_contacts").await;
    line.say(OWN, "nhiet do 36,8 spo2 98, khong trieu chung").await;
    assert_eq!(line.home.day.count("follow_contacts").await, before);
}

#[tokio::test]
async fn who_asks_to_be_called_back_is_owed_one_call_by_the_station() {
    let line = Line::begin().await;
    line.say(OWN, "GOI").await;
    line.wait(1).await;
    line.say(OWN, "1").await;
    let asked = line.matters(care_calls::CALL_BACK).await;
    assert_eq!((asked.len(), line.sent().await.len()), (1, 1));
    let ticket = line.tickets(asked[0]).await.remove(0);
    assert_eq!(ticket.unit, Some(line.home.day.station));
    assert_eq!(ticket.due_at, ticket.opened_at + SignedDuration::from_hours(4));
    assert_eq!(line.remarks(&ticket).await.len(), 1);
    assert!(line.sent().await[0].1.contains("sẽ gọi lại số này"));
}

#[tokio::test]
async fn a_family_stops_the_robot_and_lets_it_call_again_but_undoes_nothing_of_the_station() {
    let line = Line::begin().await;
    line.say(OWN, "Đúng").await;
    assert!(!line.is_held().await, "yes is not stop");
    line.say(OWN, "DUNG").await;
    assert!(line.is_held().await);
    line.wait(1).await;
    line.say(OWN, "TIEP").await;
    assert!(!line.is_held().await);
    let sent = line.sent().await;
    assert!(sent[0].1.contains("Nhắn TIEP") && sent[1].1.contains("Nhắn DUNG"), "{sent:?}");
    let mut cx = line.centre().as_staff(line.home.day.nurse).await;
    care_calls::hold_home(&mut cx, line.home.id).await.unwrap();
    cx.commit().await.unwrap();
    line.wait(1).await;
    line.say(OWN, "tiếp tục").await;
    assert!(line.is_held().await);
    assert_eq!(line.sent().await.len(), 2);
    // Somebody reads it.
    let read = line.tickets(line.matters("text_received").await[0]).await.remove(0);
    assert_eq!(line.remarks(&read).await, ["tiếp tục"]);
}

#[tokio::test]
async fn a_number_whose_household_is_followed_no_more_is_one_like_any_other_until_there_is_danger() {
    let line = Line::begin().await;
    line.home.release(line.home.mother).await;
    line.home.release(line.home.grandmother).await;
    line.say(OWN, "GOI").await;
    assert!(line.matters(care_calls::CALL_BACK).await.is_empty() && line.sent().await.is_empty());
    let read = line.tickets(line.matters("text_received").await[0]).await.remove(0);
    assert_ne!(read.unit, Some(line.home.day.station));
    line.wait(1).await;
    line.say(OWN, "khó thở").await;
    let rung = line.tickets(line.matters(DANGER).await[0]).await;
    assert!(rung.iter().all(|ticket| ticket.ward == Some(line.home.day.ward)));
    for unit in [line.home.day.station, line.home.rapid_team] {
        assert!(rung.iter().any(|ticket| ticket.unit == Some(unit)), "it is known where they live");
    }
    assert!(line.sent().await[0].1.starts_with("Gọi 115 ngay! Trạm Y tế"));
}

#[tokio::test]
async fn danger_from_an_unknown_number_rings_the_duty_leader_and_what_follows_stands_there() {
    let line = Line::begin().await;
    line.say("0903999888", "cap cuu, bo toi bat tinh").await;
    let alarm = line.matters(DANGER).await;
    assert_eq!(alarm.len(), 1);
    let ticket = line.tickets(alarm[0]).await.remove(0);
    let mut cx = line.centre().system().await;
    let leader = duty::units::tree(&mut cx).await.unwrap().duty_leader();
    drop(cx);
    assert_eq!((ticket.unit, ticket.severity), (Some(leader), Severity::Emergency));
    assert_eq!(line.words_on(&ticket).await.as_deref(), Some("cap cuu, bo toi bat tinh"));
    let sent = line.sent().await;
    assert!(sent.len() == 1 && sent[0].1.starts_with("Gọi 115 ngay! Trung tâm"), "{sent:?}");
    line.wait(1).await;
    line.say("0903999888", "12 Đường số 15").await;
    line.say("0903999888", "khong tho duoc").await;
    assert_eq!(line.matters(DANGER).await.len(), 1);
    assert!(line.matters("text_received").await.is_empty());
    assert_eq!(line.remarks(&ticket).await, ["12 Đường số 15", "khong tho duoc"]);
}

#[tokio::test]
async fn many_unknown_numbers_at_once_ring_a_few_times_and_the_rest_stands_on_the_newest_alarm() {
    let line = Line::begin().await;
    for n in 1..=7 {
        line.say(&format!("090399980{n}"), "cap cuu").await;
    }
    let alarms = line.matters(DANGER).await;
    assert_eq!((alarms.len(), line.sent().await.len()), (5, 7), "all are answered");
    let mut remarks = Vec::new();
    for alarm in &alarms {
        let ticket = line.tickets(*alarm).await.remove(0);
        remarks.extend(line.remarks(&ticket).await);
    }
    assert_eq!(remarks, ["Số khác (0903 ··· 806) nhắn: cap cuu", "Số khác (0903 ··· 807) nhắn: cap cuu"]);
    line.wait(11).await;
    line.say("0903999808", "cap cuu").await;
    assert_eq!(line.matters(DANGER).await.len(), 6);
}

#[tokio::test]
async fn machines_and_numbers_abroad_are_not_answered_and_nobody_twice_within_an_hour() {
    let line = Line::begin().await;
    for from in ["8099", "VIETTEL"] {
        line.say(from, "cap cuu").await;
    }
    assert!(line.matters(DANGER).await.is_empty() && line.sent().await.is_empty());
    assert_eq!(line.matters("text_received").await.len(), 2, "somebody reads them");
    line.say("+12025550143", "cap cuu").await;
    assert!(line.matters(DANGER).await.len() == 1 && line.sent().await.is_empty());
    for _ in 0..5 {
        line.say("0903999888", "cap cuu").await;
        line.say(OWN, "GOI").await;
        line.wait(10).await;
    }
    let sent = line.sent().await;
    let to = |number: &str| sent.iter().filter(|(known, _)| known == number).count();
    assert_eq!((to("+84903999888"), to("+84900555777")), (1, 1));
    // What has been answered is no reason to be silent where it is danger now.
    line.say(OWN, "khó thở").await;
    assert!(line.sent().await.last().unwrap().1.starts_with("Gọi 115 ngay!"));
}

#[tokio::test]
async fn a_number_is_answered_a_few_times_a_day_and_danger_always_rings_and_is_answered() {
    let line = Line::begin().await;
    let own = async || {
        let sent = line.sent().await.into_iter();
        sent.filter(|(to, _)| to == "+84900555777").map(|(_, words)| words).collect::<Vec<String>>()
    };
    for n in 0..8 {
        line.say(OWN, if n % 2 == 0 { "DUNG" } else { "TIEP" }).await;
        line.wait(61).await;
    }
    assert_eq!(own().await.len(), 6);
    assert!(!line.is_held().await, "what it wishes is done all the same");
    line.say(OWN, "GOI").await;
    assert_eq!((line.matters(care_calls::CALL_BACK).await.len(), own().await.len()), (1, 6));
    line.say(OWN, "khó thở quá").await;
    let danger = line.matters(DANGER).await;
    assert_eq!((danger.len(), own().await.len()), (1, 7));
    assert!(own().await[6].starts_with("Gọi 115 ngay!"));
    line.accept(danger[0]).await;
    // The next day it is answered again.
    line.wait(60 * 24).await;
    line.say(OWN, "DUNG").await;
    assert_eq!(own().await.len(), 8);
}

/// A second household with the same number, in the ward of another station.
async fn second_home(line: &Line) -> HouseholdId {
    let day = &line.home.day;
    let mut new = day.form(2);
    new.ward = Some(day.centre.unit("TQUY").await);
    (new.full_name, new.citizen_id) = ("Phạm Văn Cường".into(), String::new());
    new.address = "99 Đường số 17".into();
    let mut cx = day.centre.as_staff(day.other_nurse).await;
    let recorded = health::cases::record(&mut cx, &day.centre.tenant, &new).await.unwrap();
    let taken = followups::take_on(&mut cx, recorded.case).await.unwrap().unwrap();
    cx.commit().await.unwrap();
    taken.household
}

#[tokio::test]
async fn a_number_of_two_households_rings_for_both_and_is_answered_once() {
    let line = Line::begin().await;
    let other = second_home(&line).await;
    assert_ne!(other, line.home.id);
    line.say(OWN, "khó thở").await;
    let mut wards = Vec::new();
    for matter in line.matters(DANGER).await {
        wards.extend(line.tickets(matter).await.first().and_then(|ticket| ticket.ward));
    }
    let other_ward = line.centre().unit("TQUY").await;
    assert_eq!(wards.len(), 2);
    assert!(wards.contains(&line.home.day.ward) && wards.contains(&other_ward));
    let sent = line.sent().await;
    assert!(sent.len() == 1 && sent[0].1.starts_with("Gọi 115 ngay! Trạm y tế đang"), "{sent:?}");
    // One of them is followed no more: the other alone is meant.
    line.home.release(line.home.mother).await;
    line.home.release(line.home.grandmother).await;
    line.wait(1).await;
    line.say(OWN, "GOI").await;
    let asked = line.matters(care_calls::CALL_BACK).await;
    assert_eq!(asked.len(), 1);
    assert_eq!(line.tickets(asked[0]).await[0].ward, Some(other_ward));
}

#[tokio::test]
async fn an_official_who_is_ill_is_heard_and_his_other_texts_are_only_listed() {
    let line = Line::begin().await;
    let ward = line.centre().unit("TPHONG").await;
    let clerk = line.centre().staff("Trực ủy ban hai").at(ward, Role::WardOfficial).phone("+84900555777");
    clerk.create().await;
    for words in ["GOI", "1", "Đã giao gạo cho hộ"] {
        line.say(OWN, words).await;
    }
    assert!(line.matters(care_calls::CALL_BACK).await.is_empty());
    assert!(line.matters("text_received").await.is_empty() && line.sent().await.is_empty());
    line.say(OWN, "khó thở quá").await;
    assert_eq!((line.matters(DANGER).await.len(), line.sent().await.len()), (1, 1));
    // One whose number leads to no household.
    line.say("0900000001", "tôi tức ngực").await;
    assert_eq!(line.matters(DANGER).await.len(), 2);
}

/// An area that does its work, and then fails.
struct Fails {
    /// How many times more.
    left: AtomicU8,
    gave_way: bool,
}

#[async_trait]
impl Knows for Fails {
    async fn heard(&self, cx: &mut Cx, text: &Received) -> Result<Option<Taken>> {
        let taken = Answers.heard(cx, text).await?;
        let left = self.left.load(Ordering::SeqCst);
        if left == 0 {
            return Ok(taken);
        }
        self.left.store(left - 1, Ordering::SeqCst);
        if self.gave_way {
            return Err(Error::Unavailable("gave way to another transaction: deadlock detected".into()));
        }
        sqlx::query("select 1 / 0").execute(cx.conn()).await?;
        Ok(taken)
    }
}

#[tokio::test]
async fn an_area_that_fails_loses_no_text_and_leaves_nothing_half_done() {
    let line = Line::with(vec![Arc::new(Fails { left: AtomicU8::new(1), gave_way: false })]).await;
    line.say(OWN, "khó thở quá").await;
    assert!(line.matters(DANGER).await.is_empty() && line.sent().await.is_empty());
    let read = line.matters("text_received").await;
    assert_eq!(read.len(), 1);
    let ticket = line.tickets(read[0]).await.remove(0);
    assert_eq!(line.words_on(&ticket).await.as_deref(), Some("khó thở quá"));
    line.wait(1).await;
    line.say(OWN, "khó thở quá").await;
    assert_eq!((line.matters(DANGER).await.len(), line.sent().await.len()), (1, 1));
}

#[tokio::test]
async fn what_gave_way_to_another_transaction_is_heard_again() {
    let line = Line::with(vec![Arc::new(Fails { left: AtomicU8::new(2), gave_way: true })]).await;
    line.say(OWN, "khó thở quá").await;
    assert_eq!((line.matters(DANGER).await.len(), line.sent().await.len()), (1, 1));
    assert!(line.matters("text_received").await.is_empty());
}

#[tokio::test]
async fn the_same_text_twice_at_once_is_heard_once() {
    let line = Line::begin().await;
    line.say(OWN, "khó thở").await;
    line.say(OWN, "khó thở").await;
    let matter = line.matters(DANGER).await[0];
    assert!(line.remarks(&line.tickets(matter).await[0]).await.is_empty());
    line.centre().advance(MINUTE).await;
    line.say(OWN, "khó thở").await;
    assert_eq!(line.remarks(&line.tickets(matter).await[0]).await.len(), 1);
}

#[tokio::test]
async fn no_word_and_no_number_of_a_text_lies_open() {
    let line = Line::begin().await;
    for words in ["khó thở nghẹn ngào", "GOI", "xin gửi thêm mật ong nghẹn ngào"] {
        line.say("0903999888", words).await;
        line.say(OWN, words).await;
    }
    for (table, text) in line.home.day.everything().await {
        assert!(!text.contains("nghẹn ngào"), "{table}");
        assert!(!text.contains("903999888") && !text.contains("900555777"), "{table}");
    }
}
