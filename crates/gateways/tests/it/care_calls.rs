//! A care call as a family hears it, over the simulated network.

mod between;
mod ladder;
mod locks;
mod voices;

use duty::{
    lines::Happened,
    prompts::Prompter,
    tickets::{self, attempts},
};
use gateways::phones::Exchange;
use health::{
    care_calls::{self, Came, Campaigns, Dialler, Line, Part, Shown, State},
    cases::{self, Care, Classification, NewCase, TestKind},
    followups::{self, Channel, Closed, Contact, ContactOutcome, Followed, Slots, Subject},
    households::NewMember,
};
use jiff::{
    SignedDuration,
    civil::{Date, date},
};
use kernel::{AttemptId, CallId, HouseholdId, PersonId, Role, UnitId};
use std::sync::Arc;
use store::timers::Runner;
use testkit::TestCentre;
use uuid::Uuid;

const FAMILY: &str = "+84900555777";
const DOCTOR: &str = "+84900000001";
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Somebody who is well: feels well, 36,8, 97 %, no breathlessness, no chest pain.
const WELL: [&str; 5] = ["1", "368#", "97#", "2", "2"];

/// Somebody with name and year of birth who was found by a test yesterday, and stays at home.
fn f0(n: u128, (name, birth): (&str, &str), address: &str, phone: &str, ward: UnitId) -> NewCase {
    NewCase {
        form_key: Uuid::from_u128(n),
        full_name: name.into(),
        birth: birth.into(),
        sex: None,
        citizen_id: String::new(),
        phone: phone.into(),
        no_phone_reason: None,
        address: address.into(),
        ward: Some(ward),
        classification: Classification::Confirmed,
        basis: TestKind::Rapid,
        sample_on: "24/9/2021".into(),
        result_on: String::new(),
        reported_at: None,
        symptoms: Vec::new(),
        care: Care::Home,
        note: String::new(),
    }
}

/// A family of three in Tân Phong, a station with somebody on duty, and a network.
struct Day {
    centre: TestCentre,
    exchange: Exchange,
    dialler: Dialler,
    home: HouseholdId,
    mother: PersonId,
}

impl Day {
    /// Two in the afternoon: the family owes its entries and knows who will call.
    async fn begin() -> Self {
        let centre = TestCentre::new().await;
        let (ward, station) = (centre.unit("TPHONG").await, centre.unit("TPHONG.TYT").await);
        let doctor = centre.staff("Bác sĩ trực").at(station, Role::StationStaff);
        doctor.phone(DOCTOR).on_duty().create().await;
        let mut cx = centre.system().await;
        let new = f0(1, ("Trần Thị Bích", "1985"), "12 Đường số 15", FAMILY, ward);
        let recorded = cases::record(&mut cx, &centre.tenant, &new).await.unwrap();
        let home = followups::take_on(&mut cx, recorded.case).await.unwrap().unwrap().household;
        for (name, birth) in [("Lê Thị Hạnh", "1948"), ("Lê Văn Nam", "2010")] {
            let member = NewMember { full_name: name.into(), birth: birth.into(), ..NewMember::default() };
            followups::add_member(&mut cx, home, &member, Some(Subject::F1)).await.unwrap();
        }
        followups::install(&mut cx).await.unwrap();
        cx.commit().await.unwrap();
        let exchange = Exchange::new(centre.store.clone());
        let dialler = Dialler::new(centre.store.clone(), Arc::new(exchange.clone()), Prompter::silent());
        let day = Self { centre, exchange, dialler, home, mother: recorded.person };
        // The first look tells the family who will call.
        day.wait(HOUR * 7).await;
        assert_eq!(day.dialler.tick().await.unwrap(), 0);
        day.wait(MINUTE * 11).await;
        day
    }

    /// Time passes; the network takes what families are told, diaries become due, campaigns are made.
    async fn wait(&self, by: SignedDuration) {
        self.run(
            "update texts set state = 'handed_over', handed_over_at = created_at
             where state = 'queued' and attempt_id is null",
        )
        .await;
        self.centre.advance(by).await;
        let handlers: Vec<Arc<dyn store::timers::OnTimer>> = vec![Arc::new(Slots), Arc::new(Campaigns)];
        let runner = Runner::new(self.centre.store.clone(), handlers);
        while runner.fire_due().await.unwrap() > 0 {}
    }

    /// Another household of the ward; it is told today who will call, and called tomorrow.
    async fn neighbour(&self, n: u128, who: (&str, &str), phone: &str) -> HouseholdId {
        let new = f0(n, who, &format!("{n} Đường số 17"), phone, self.centre.unit("TPHONG").await);
        let mut cx = self.centre.system().await;
        let recorded = cases::record(&mut cx, &self.centre.tenant, &new).await.unwrap();
        let home = followups::take_on(&mut cx, recorded.case).await.unwrap().unwrap().household;
        cx.commit().await.unwrap();
        home
    }

    /// The dialler looks, and the family's phone rings.
    async fn rings(&self) -> CallId {
        assert_eq!(self.dialler.tick().await.unwrap(), 1);
        self.exchange.rings(FAMILY).await
    }

    /// The phone rings, is answered, and the greeting is heard.
    async fn greeted(&self) -> CallId {
        let call = self.rings().await;
        self.exchange.answer(call);
        assert!(self.listens(call).await.contains("Trạm Y tế"));
        self.listens(call).await;
        call
    }

    /// Hears something to its end, and for some time after it.
    async fn listens(&self, call: CallId) -> String {
        let words = self.exchange.said(call).await;
        self.centre.clock.advance(MINUTE);
        self.exchange.tick();
        self.exchange.tick();
        words
    }

    /// Hears the next question and answers it.
    async fn answers(&self, call: CallId, keys: &str) -> String {
        let words = self.exchange.said(call).await;
        self.exchange.press(call, keys);
        words
    }

    /// The family holds the line until it is told that somebody will call back; how often it was asked to.
    async fn waits_in_vain(&self, call: CallId) -> usize {
        let mut asked = 0;
        loop {
            let words = self.listens(call).await;
            if words.contains("gọi lại") {
                return asked;
            }
            assert!(words.contains("Xin giữ máy, chúng tôi đang gọi"), "{words}");
            asked += 1;
        }
    }

    async fn answers_all(&self, call: CallId, all: &[&str]) {
        for keys in all {
            self.answers(call, keys).await;
        }
    }

    async fn people(&self) -> Vec<Followed> {
        let mut cx = self.centre.system().await;
        followups::sheet(&mut cx, self.home).await.unwrap().plans
    }

    /// Everything written into the diaries by calls.
    async fn contacts(&self) -> Vec<Contact> {
        let all = self.people().await.into_iter().flat_map(|one| one.contacts);
        all.filter(|contact| contact.channel == Channel::Robot).collect()
    }

    async fn of(&self, person: PersonId) -> Vec<Contact> {
        self.contacts().await.into_iter().filter(|contact| contact.person == person).collect()
    }

    async fn shown(&self, day: Date, part: Part) -> Shown {
        let mut cx = self.centre.system().await;
        care_calls::day(&mut cx, day, None, None, part, 0).await.unwrap()
    }

    /// The household's line, in whichever part it stands.
    async fn line(&self) -> Line {
        self.line_on(date(2021, 9, 25)).await
    }

    async fn line_on(&self, day: Date) -> Line {
        for part in Part::ALL.iter().filter(|part| **part != Part::Listed) {
            if let Some(line) = self.shown(day, *part).await.lines.pop() {
                return line;
            }
        }
        panic!("the household is in no part")
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let mut cx = self.centre.system().await;
        sqlx::query_scalar(sql).fetch_one(cx.conn()).await.unwrap()
    }

    async fn run(&self, sql: &'static str) {
        let mut cx = self.centre.system().await;
        sqlx::query(sql).execute(cx.conn()).await.unwrap();
        cx.commit().await.unwrap();
    }

    /// Somebody is followed no more.
    async fn release(&self, person: PersonId) {
        let plan = self.people().await.into_iter().find(|one| one.person.id == person).unwrap().kept.id;
        let mut cx = self.centre.system().await;
        followups::close(&mut cx, plan, Closed::Released, "Đủ ngày").await.unwrap();
        cx.commit().await.unwrap();
    }

    /// The first call of the alarm's ladder to the doctor.
    async fn ladder_rings(&self) -> AttemptId {
        let mut cx = self.centre.system().await;
        let id: Uuid =
            sqlx::query_scalar("select id from attempts where channel = 'call' and staff_id is not null order by started_at, id limit 1")
                .fetch_one(cx.conn())
                .await
                .unwrap();
        AttemptId(id)
    }

    /// Whether whoever this attempt calls is in a call of ours.
    async fn is_engaged(&self, attempt: AttemptId) -> bool {
        let mut cx = self.centre.system().await;
        let attempt = attempts::find(&mut cx, attempt).await.unwrap();
        tickets::talks_about_another(&mut cx, &attempt).await.unwrap()
    }

    async fn red_flags(&self) -> i64 {
        self.count("select count(*) from matters where kind = 'red_flag'").await
    }
}

/// How each try came out.
fn came(line: &Line) -> Vec<Option<Came>> {
    line.tries.iter().map(|one| one.came).collect()
}

#[tokio::test]
async fn a_call_of_three_members_writes_three_diaries() {
    let day = Day::begin().await;
    let call = day.greeted().await;
    day.answers(call, "1").await;
    for _ in 0..3 {
        day.answers_all(call, &WELL).await;
    }
    assert!(day.listens(call).await.contains("Cảm ơn"));
    day.dialler.finished().await;
    let contacts = day.contacts().await;
    assert_eq!(contacts.len(), 3);
    for contact in &contacts {
        assert_eq!(contact.outcome, ContactOutcome::Reached);
        assert_eq!((contact.vitals.temperature_tenths, contact.vitals.spo2), (Some(368), Some(97)));
    }
    let line = day.line().await;
    assert_eq!((line.state, came(&line)), (State::Reached, vec![Some(Came::Completed)]));
    // What stands in the diary stands nowhere else.
    assert_eq!(day.count("select count(*) from care_calls where answers is not null").await, 0);
    // Asked once, it is not called again.
    day.wait(HOUR).await;
    assert_eq!(day.dialler.tick().await.unwrap(), 0);
    assert_eq!(day.red_flags().await, 0);
}

#[tokio::test]
async fn the_family_is_told_by_a_text_before_it_is_called() {
    let day = Day::begin().await;
    let texts = "select count(*) from care_call_homes where announced_at is not null and text_id is not null";
    assert_eq!(day.count(texts).await, 1);
    day.dialler.tick().await.unwrap();
    assert_eq!(day.count("select count(*) from care_call_homes").await, 1);
}

#[tokio::test]
async fn saturation_of_91_rings_before_the_call_ends_and_the_station_speaks_with_the_family() {
    let day = Day::begin().await;
    let call = day.greeted().await;
    day.answers_all(call, &["1", "1", "368#", "91#"]).await;
    // While the family still hears what to do, the alarm stands.
    assert!(day.listens(call).await.contains("dấu hiệu"));
    assert_eq!(day.red_flags().await, 1);
    assert!(!day.exchange.call(call).unwrap().is_over());
    day.listens(call).await;
    let doctor = day.exchange.rings(DOCTOR).await;
    day.exchange.answer(doctor);
    day.answers(doctor, "1").await;
    while !day.exchange.hears(call).contains(&doctor) {
        tokio::task::yield_now().await;
    }
    // While he talks here his phone is engaged for the ladder, and that is no missed call of his.
    let rung = day.ladder_rings().await;
    assert!(day.is_engaged(rung).await);
    day.exchange.hang_up_there(doctor);
    day.dialler.finished().await;
    assert!(!day.is_engaged(rung).await);
    let taken =
        "select count(*) from tickets t join matters m on m.tenant_id = t.tenant_id and m.id = t.matter_id
                 where m.kind = 'red_flag' and t.state = 'accepted' and t.accepted_by is not null";
    assert_eq!(day.count(taken).await, 1, "whoever came has accepted the station's ticket");
    assert!(day.exchange.call(call).unwrap().is_over());
    let line = day.line().await;
    assert_eq!((line.state, came(&line)), (State::Flagged, vec![Some(Came::Flagged)]));
    let entered = day.of(day.mother).await;
    assert_eq!((entered.len(), entered[0].vitals.spo2), (1, Some(91)));
}

#[tokio::test]
async fn the_key_that_ends_a_reading_is_no_answer_to_what_is_asked_after_it() {
    let day = Day::begin().await;
    let call = day.greeted().await;
    day.answers_all(call, &["1", "1", "36*5", "#100"]).await;
    // The key comes when breath is asked about already: it is neither wrong nor an answer.
    let breath = day.exchange.said(call).await;
    assert!(breath.contains("khó thở"), "{breath}");
    day.exchange.press(call, "#2");
    let chest = day.exchange.said(call).await;
    assert!(chest.contains("đau ngực") && !chest.contains("không dùng được"), "{chest}");
    day.exchange.press(call, "2");
    day.exchange.said(call).await;
    day.exchange.hang_up_there(call);
    day.dialler.finished().await;
    let mother = day.of(day.mother).await;
    assert_eq!((mother.len(), mother[0].vitals.spo2), (1, Some(100)));
    assert_eq!(mother[0].vitals.temperature_tenths, Some(365));
}

#[tokio::test]
async fn who_was_asked_before_the_alarm_stands_in_the_diary_once() {
    let day = Day::begin().await;
    let call = day.greeted().await;
    day.answers(call, "1").await;
    day.answers_all(call, &WELL).await;
    day.answers_all(call, &WELL).await;
    day.answers_all(call, &["1", "368#", "91#"]).await;
    day.listens(call).await;
    day.exchange.hang_up_there(call);
    day.dialler.finished().await;
    assert_eq!((day.line().await.state, day.red_flags().await), (State::Flagged, 1));
    let mut read: Vec<_> = day.contacts().await.iter().map(|contact| contact.vitals.spo2).collect();
    read.sort_unstable();
    assert_eq!(read, [Some(91), Some(97), Some(97)]);
}

#[tokio::test]
async fn where_nobody_answers_at_the_station_the_family_is_told_that_it_will_call_back() {
    let day = Day::begin().await;
    let call = day.greeted().await;
    day.answers_all(call, &["1", "3"]).await;
    day.listens(call).await;
    day.listens(call).await;
    day.exchange.rings(DOCTOR).await;
    day.centre.clock.advance(SignedDuration::from_secs(31));
    day.exchange.tick();
    // The ladder rings on: for as long as the rule says the family is asked to hold the line.
    assert!(day.waits_in_vain(call).await >= 1);
    day.dialler.finished().await;
    assert_eq!((day.line().await.state, day.red_flags().await), (State::Flagged, 1));
    let noted = "select count(*) from events where kind = 'ticket.noted'";
    assert!(day.count(noted).await >= 1, "the ticket says so");
}

#[tokio::test]
async fn whoever_wants_a_person_gets_one_or_a_call_back() {
    let day = Day::begin().await;
    let call = day.greeted().await;
    day.answers(call, "0").await;
    day.listens(call).await;
    let doctor = day.exchange.rings(DOCTOR).await;
    day.exchange.reject(doctor);
    assert!(day.listens(call).await.contains("gọi lại"));
    day.dialler.finished().await;
    let line = day.line().await;
    assert_eq!(line.state, State::Handed);
    assert!(line.call_back.is_some());
    let asked = "select count(*) from matters where kind = 'care_call_back'";
    assert_eq!(day.count(asked).await, 1);
    assert!(day.contacts().await.is_empty());
}

#[tokio::test]
async fn a_mailbox_at_the_station_is_nobody() {
    let day = Day::begin().await;
    let call = day.greeted().await;
    day.answers(call, "0").await;
    day.listens(call).await;
    let doctor = day.exchange.rings(DOCTOR).await;
    day.exchange.answer(doctor);
    day.listens(doctor).await;
    assert!(day.listens(call).await.contains("gọi lại"));
    day.dialler.finished().await;
    assert!(day.exchange.call(doctor).unwrap().is_over());
    assert!(day.line().await.call_back.is_some());
}

#[tokio::test]
async fn whoever_refuses_is_not_called_again_and_is_not_well() {
    let day = Day::begin().await;
    let call = day.greeted().await;
    day.answers(call, "9").await;
    day.listens(call).await;
    day.dialler.finished().await;
    let line = day.line().await;
    assert_eq!((line.state, came(&line)), (State::Refused, vec![Some(Came::Refused)]));
    let contacts = day.contacts().await;
    assert_eq!(contacts.len(), 3);
    assert!(contacts.iter().all(|one| one.outcome == ContactOutcome::Refused && one.vitals.is_empty()));
    day.wait(HOUR * 2).await;
    assert_eq!(day.dialler.tick().await.unwrap(), 0);
}

#[tokio::test]
async fn a_mailbox_that_presses_no_key_is_a_try_and_no_answer() {
    let day = Day::begin().await;
    let call = day.greeted().await;
    // The question, the question again, the farewell.
    for _ in 0..3 {
        day.listens(call).await;
    }
    day.dialler.finished().await;
    let line = day.line().await;
    assert_eq!((line.state, line.unanswered, came(&line)), (State::Waiting, 1, vec![Some(Came::Silent)]));
    assert!(day.contacts().await.is_empty());
}

#[tokio::test]
async fn whoever_hangs_up_in_the_middle_is_asked_only_for_the_rest() {
    let day = Day::begin().await;
    let call = day.greeted().await;
    day.answers(call, "1").await;
    day.answers_all(call, &WELL).await;
    day.exchange.said(call).await;
    day.exchange.hang_up_there(call);
    day.dialler.finished().await;
    assert_eq!(day.of(day.mother).await.len(), 1, "what was said is kept");
    let line = day.line().await;
    assert_eq!((line.state, came(&line)), (State::Waiting, vec![Some(Came::Partial)]));
    day.wait(HOUR + MINUTE).await;
    let call = day.greeted().await;
    assert!(!day.answers(call, "1").await.contains("Bích"));
    day.answers_all(call, &WELL[1..]).await;
    day.answers_all(call, &WELL).await;
    day.listens(call).await;
    day.dialler.finished().await;
    assert_eq!(day.line().await.state, State::Reached);
    let contacts = day.contacts().await;
    assert_eq!((contacts.len(), day.of(day.mother).await.len()), (3, 1));
}

#[tokio::test]
async fn a_busy_line_is_called_at_another_hour() {
    let day = Day::begin().await;
    day.exchange.busy(FAMILY);
    assert_eq!(day.dialler.tick().await.unwrap(), 1);
    day.dialler.finished().await;
    let line = day.line().await;
    assert_eq!((line.state, came(&line)), (State::Waiting, vec![Some(Came::Busy)]));
    day.exchange.restore(FAMILY);
    day.wait(MINUTE * 59).await;
    assert_eq!(day.dialler.tick().await.unwrap(), 0);
    day.wait(MINUTE * 2).await;
    day.rings().await;
}

#[tokio::test]
async fn a_process_that_dies_loses_no_answer_and_leaves_no_phone_ringing() {
    let mut day = Day::begin().await;
    let call = day.greeted().await;
    day.answers(call, "1").await;
    day.answers_all(call, &WELL).await;
    day.answers(call, "1").await;
    day.exchange.said(call).await;
    assert_eq!(day.dialler.tick().await.unwrap(), 0, "it holds its call");
    let lines = Arc::new(day.exchange.clone());
    // With the dialler its calls end.
    day.dialler = Dialler::new(day.centre.store.clone(), lines, Prompter::silent());
    assert_eq!(day.dialler.tick().await.unwrap(), 0, "it may live still");
    day.centre.clock.advance(SignedDuration::from_secs(11));
    let again = day.greeted().await;
    assert_ne!(again, call);
    assert!(matches!(day.exchange.over(call).await, Happened::Ended(_)));
    // Neither the first member nor the second's first answer is asked again.
    assert!(!day.answers(again, "368#").await.contains("Bích"));
    day.answers_all(again, &WELL[2..]).await;
    day.answers_all(again, &WELL).await;
    day.listens(again).await;
    day.dialler.finished().await;
    let line = day.line().await;
    assert_eq!((line.state, line.unanswered), (State::Reached, 0));
    assert_eq!(came(&line), [Some(Came::Lost), Some(Came::Completed)]);
    assert_eq!(day.contacts().await.len(), 3);
}

#[tokio::test]
async fn after_three_tries_people_take_over_and_after_two_days_somebody_goes_there() {
    let day = Day::begin().await;
    day.exchange.off(FAMILY);
    for _ in 0..3 {
        assert_eq!(day.dialler.tick().await.unwrap(), 1);
        day.dialler.finished().await;
        day.wait(HOUR + MINUTE).await;
    }
    let today = date(2021, 9, 25);
    let listed = day.shown(today, Part::Listed).await;
    assert_eq!((listed.counts.listed, listed.counts.unreached), (1, 1));
    assert_eq!(came(&listed.lines[0]), [Some(Came::Unreachable); 3]);
    let contacts = day.contacts().await;
    assert_eq!(contacts.len(), 3);
    assert!(contacts.iter().all(|one| one.outcome == ContactOutcome::NotReached && one.vitals.is_empty()));
    for one in day.people().await {
        assert!(one.slots.iter().all(|slot| slot.state != followups::State::Filled), "nobody is well by it");
    }
    assert_eq!(day.dialler.tick().await.unwrap(), 0);
    // Nine the next morning, and again nobody answers.
    day.wait(HOUR * 15 + MINUTE * 40).await;
    for _ in 0..3 {
        assert_eq!(day.dialler.tick().await.unwrap(), 1);
        day.dialler.finished().await;
        day.wait(HOUR + MINUTE).await;
    }
    let line = day.line_on(date(2021, 9, 26)).await;
    assert_eq!(line.state, State::Unreached);
    assert!(line.visit.is_some(), "somebody goes there");
}

#[tokio::test]
async fn a_trunk_that_is_down_costs_no_try() {
    let day = Day::begin().await;
    day.exchange.trunk_down(true);
    assert_eq!(day.dialler.tick().await.unwrap(), 0);
    assert_eq!((day.line().await.state, day.line().await.unanswered), (State::Waiting, 0));
    day.exchange.trunk_down(false);
    day.wait(MINUTE * 3).await;
    day.rings().await;
}

#[tokio::test]
async fn two_diallers_do_not_call_a_household_twice() {
    let day = Day::begin().await;
    let lines = Arc::new(day.exchange.clone());
    let other = Dialler::new(day.centre.store.clone(), lines, Prompter::silent());
    let (one, two) = tokio::join!(day.dialler.tick(), other.tick());
    assert_eq!(one.unwrap() + two.unwrap(), 1);
    assert_eq!(day.exchange.calls().len(), 1);
}

#[tokio::test]
async fn what_waits_when_the_day_is_over_is_not_reached_or_was_not_called() {
    let day = Day::begin().await;
    day.exchange.busy(FAMILY);
    assert_eq!(day.dialler.tick().await.unwrap(), 1);
    day.dialler.finished().await;
    // Past the last window of the day.
    day.wait(HOUR * 5).await;
    day.dialler.tick().await.unwrap();
    assert_eq!(day.line().await.state, State::Unreached);
}
