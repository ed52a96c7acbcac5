//! The rest of a station's day: reminders, the share that is flagged, an F1 who turns out to be
//! protected, and the one order in which cases and households are taken.

use crate::home::{Home, saturated, well};
use async_trait::async_trait;
use duty::messages::{State, Text, Texting, Texts};
use health::{
    alerts::{Ended, Grade},
    cases::Ending,
    facts::{Kind, NewFact, Source, Withdrawn},
    followups::{self, ContactOutcome, Followed, Graded, Only, Share, Subject},
    households::NewMember,
    removals::{self, NewRemoval, Reason, Step},
};
use jiff::{
    SignedDuration,
    civil::{Date, date},
};
use kernel::{Actor, Error, FactId, PersonId, Result, Role, StaffId, UnitId};
use std::sync::{Arc, Mutex};
use store::outbox::Courier;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Where diaries are opened.
const DIARY: &str = "https://vungxanh.example/quan7/diary";

/// A network that carries every text.
#[derive(Default)]
struct Network(Mutex<Vec<Text>>);

#[async_trait]
impl Texting for Network {
    async fn send(&self, text: &Text) -> Result<Vec<String>> {
        self.0.lock().unwrap().push(text.clone());
        Ok(Vec::new())
    }
}

impl Home {
    async fn reminds(&self) -> Result<()> {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        followups::remind(&mut cx, &self.day.centre.tenant, self.id, DIARY).await?;
        cx.commit().await
    }

    /// Hands over what is on its way; what became of the last reminder.
    async fn texted(&self, network: Option<Arc<dyn Texting>>) -> State {
        let courier = Courier::new(self.day.centre.store.clone(), Arc::new(Texts::new(network)));
        courier.deliver_due().await.unwrap();
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        followups::last_reminder(&mut cx, self.id).await.unwrap().unwrap().state
    }
}

#[tokio::test]
async fn a_reminder_is_a_text_with_the_way_to_the_diary_and_says_whether_it_went() {
    let home = Home::begin().await;
    let day = &home.day;
    home.wait(HOUR * 7).await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert!(followups::last_reminder(&mut cx, home.id).await.unwrap().is_none());
    drop(cx);
    home.reminds().await.unwrap();
    let network = Arc::new(Network::default());
    assert_eq!(home.texted(Some(network.clone())).await, State::HandedOver);
    let text = {
        let texts = network.0.lock().unwrap();
        assert_eq!(texts.len(), 1);
        texts[0].clone()
    };
    assert_eq!(text.number, "+84900555777");
    assert!(text.words.starts_with("Trạm Y tế") && !text.words.contains("Bích"), "{}", text.words);
    let (_, rest) = text.words.split_once(&format!("{DIARY}/")).unwrap();
    let mut cx = day.centre.begin(Actor::public()).await;
    let code = rest.split_whitespace().next().unwrap();
    assert_eq!(followups::held(&mut cx, code).await.unwrap(), home.id);
    drop(cx);
    for (table, all) in day.everything().await {
        assert!(!all.contains("chưa ghi sổ sức khỏe") && !all.contains(code), "{table}");
    }
    // Where no network is connected it says so at once, and nothing waits.
    home.wait(HOUR).await;
    home.reminds().await.unwrap();
    assert_eq!(home.texted(None).await, State::GivenUp);
    let mut cx = day.centre.as_staff(day.nurse).await;
    let list = followups::morning(&mut cx, day.station, Only::All, 0).await.unwrap();
    drop(cx);
    let round = list.rounds.iter().find(|round| round.home.id == home.id).unwrap();
    assert!(round.reminded_at.is_some() && round.text == Some(State::GivenUp));
    // It has reminded nobody: whoever presses again is not told that it has.
    home.wait(SignedDuration::from_mins(1)).await;
    home.reminds().await.unwrap();
    assert!(
        matches!(home.reminds().await, Err(Error::Conflict("error-reminded-lately"))),
        "it is on its way"
    );
    // Without a number nobody is reminded.
    let mut cx = day.centre.system().await;
    let without = "update households set contact = null, contact_index = null where id = $1";
    sqlx::query(without).bind(home.id.uuid()).execute(cx.conn()).await.unwrap();
    cx.commit().await.unwrap();
    home.wait(HOUR).await;
    assert!(matches!(home.reminds().await, Err(Error::Conflict("error-reminder-no-number"))));
}

#[tokio::test]
async fn a_reminder_reaches_nobody_and_comes_once_an_hour() {
    let home = Home::begin().await;
    let remind = |staff: StaffId| {
        let (day, id) = (&home.day, home.id);
        async move {
            let mut cx = day.centre.as_staff(staff).await;
            let who = followups::remind(&mut cx, &day.centre.tenant, id, DIARY).await?;
            cx.commit().await?;
            Ok::<Vec<PersonId>, Error>(who)
        }
    };
    // Put on record after the morning's slot had opened: nobody owes anything yet.
    assert!(matches!(remind(home.day.nurse).await, Err(Error::Conflict("error-nobody-owes"))));
    home.wait(HOUR * 7).await;
    assert!(matches!(remind(home.day.other_nurse).await, Err(Error::NotFound)));
    assert!(matches!(remind(home.day.clerk).await, Err(Error::Forbidden(_))));
    assert_eq!(remind(home.day.nurse).await.unwrap().len(), 2);
    home.wait(SignedDuration::from_mins(59)).await;
    assert!(matches!(remind(home.rescuer).await, Err(Error::Conflict("error-reminded-lately"))));
    home.send(10, vec![well(home.mother)]).await;
    home.wait(SignedDuration::from_mins(1)).await;
    assert_eq!(remind(home.rescuer).await.unwrap(), [home.grandmother], "who still owes is reminded");

    let sheet = home.sheet().await;
    let grandmother = sheet.plans.iter().find(|one| one.person.id == home.grandmother).unwrap();
    let outcomes: Vec<_> = grandmother.contacts.iter().map(|contact| contact.outcome).collect();
    assert_eq!(outcomes, [ContactOutcome::Reminded, ContactOutcome::Reminded]);
    assert!(grandmother.contacts.iter().all(|contact| !contact.made().counts()));
    home.wait(HOUR * 4).await;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let list = followups::morning(&mut cx, home.day.station, Only::Silent, 0).await.unwrap();
    assert!(list.rounds[0].reminded_at.is_some());
    let asked = list.rounds[0].people.iter().find(|one| one.person.id == home.grandmother).unwrap();
    assert_eq!((asked.missed, asked.last_at), (1, None), "a reminder is not an answer");
}

impl Home {
    async fn share_as(&self, staff: StaffId, ward: Option<UnitId>) -> Result<Share> {
        let mut cx = self.day.centre.as_staff(staff).await;
        followups::share(&mut cx, date(2021, 9, 12), date(2021, 9, 26), ward).await
    }
}

#[tokio::test]
async fn the_share_that_is_flagged_is_told_by_day_version_and_what_it_led_to() {
    let home = Home::begin().await;
    let day = &home.day;
    let alert = home.send(10, vec![saturated(home.mother, "91"), well(home.grandmother)]).await.alerts[0];
    home.wait(HOUR * 24).await;
    home.send(11, vec![saturated(home.mother, "96"), well(home.grandmother)]).await;
    let share = home.share_as(day.nurse, None).await.unwrap();
    let whole = Graded { emergency: 1, today: 1, watch: 0, well: 2 };
    assert_eq!((share.whole, share.whole.per_mille(share.whole.flagged())), (whole, Some(500)));
    assert_eq!(share.days.len(), 15, "days without a report are days too");
    let of = |on: Date| share.days.iter().find(|(day, _)| *day == on).unwrap().1;
    assert_eq!(of(date(2021, 9, 24)), Graded::default());
    assert_eq!((of(date(2021, 9, 25)).emergency, of(date(2021, 9, 26)).today), (1, 1));
    assert_eq!(share.versions, [(Some(2), whole)], "4377/QĐ-BYT of 11/9/2021");
    let mut led_to = share.led_to;
    led_to.sort_unstable_by_key(|(grade, ..)| *grade);
    assert_eq!(led_to, [(Grade::Today, None, 1), (Grade::Emergency, None, 1)]);

    let mut cx = day.centre.as_staff(day.nurse).await;
    followups::end_alert(&mut cx, alert, Ended::Slip, "Đo lại 98").await.unwrap();
    cx.commit().await.unwrap();
    let share = home.share_as(day.nurse, Some(day.ward)).await.unwrap();
    assert!(share.led_to.contains(&(Grade::Emergency, Some(Ended::Slip), 1)));
    assert_eq!(share.whole, whole, "a slip was flagged all the same");

    // Each sees what he answers for; a ward that he does not see is not there.
    assert_eq!(home.share_as(day.other_nurse, None).await.unwrap().whole.all(), 0);
    assert!(matches!(home.share_as(day.other_nurse, Some(day.ward)).await, Err(Error::NotFound)));
    assert_eq!(home.share_as(day.director, None).await.unwrap().whole, whole);
    assert_eq!(home.share_as(home.rescuer, None).await.unwrap().whole, whole, "the team of the ward");
    let auditor = day.centre.staff("Kiểm toán").at(day.ward, Role::Auditor).create().await;
    assert!(matches!(home.share_as(auditor, None).await, Err(Error::Forbidden(_))));
    let mut cx = day.centre.as_staff(day.nurse).await;
    let backwards = followups::share(&mut cx, date(2021, 9, 26), date(2021, 9, 25), None).await;
    assert!(matches!(backwards, Err(Error::Invalid { field: "to", .. })));
}

/// A son who is followed as an F1 from 22/12/2021 on, when the days of the protected are fewer.
struct Son {
    home: Home,
    id: PersonId,
}

impl Son {
    async fn begin() -> Self {
        let home = Home::begin().await;
        home.day.centre.clock.advance(HOUR * 24 * 88);
        let mut cx = home.day.centre.as_staff(home.day.nurse).await;
        let son =
            NewMember { full_name: "Lê Văn Con".into(), birth: "1990".into(), ..NewMember::default() };
        let id = followups::add_member(&mut cx, home.id, &son, Some(Subject::F1)).await.unwrap();
        cx.commit().await.unwrap();
        Self { home, id }
    }

    async fn plan(&self) -> Followed {
        self.home.sheet().await.plans.into_iter().find(|one| one.person.id == self.id).unwrap()
    }

    async fn ends_on(&self) -> (Option<bool>, Date) {
        let plan = self.plan().await.kept;
        (plan.protected, plan.plan.ends_on)
    }

    async fn tell(&self, new: NewFact) -> FactId {
        let mut cx = self.home.day.centre.as_staff(self.home.day.nurse).await;
        let id = followups::add_fact(&mut cx, self.id, &new).await.unwrap().unwrap();
        cx.commit().await.unwrap();
        id
    }

    async fn take_back(&self, fact: FactId) {
        let mut cx = self.home.day.centre.as_staff(self.home.day.nurse).await;
        followups::withdraw_fact(&mut cx, fact, Withdrawn::Wrong, "Nhầm người").await.unwrap();
        cx.commit().await.unwrap();
    }
}

fn second_dose(on: &str) -> NewFact {
    NewFact {
        on_day: on.into(),
        dose: Some(2),
        words: "AstraZeneca".into(),
        ..NewFact::of(Kind::Vaccination, Source::Paper)
    }
}

const OTHER: (Option<bool>, Date) = (Some(false), date(2022, 1, 5));
const PROTECTED: (Option<bool>, Date) = (Some(true), date(2021, 12, 29));

#[tokio::test]
async fn an_f1_who_turns_out_to_be_protected_is_followed_for_fewer_days_and_loses_no_contact() {
    let son = Son::begin().await;
    assert_eq!(son.plan().await.kept.plan.start_on, date(2021, 12, 22));
    assert_eq!(son.ends_on().await, OTHER);
    // Nine days later somebody reads his paper.
    son.home.day.centre.clock.advance(HOUR * 24 * 9);
    son.home.send(30, vec![well(son.id)]).await;
    let fact = son.tell(second_dose("1/9/2021")).await;
    assert_eq!(son.ends_on().await, PROTECTED);
    let plan = son.plan().await;
    assert_eq!(plan.contacts.len(), 1, "it stays in view");
    assert!(plan.slots.iter().any(|slot| slot.state == followups::State::Outside));
    let mut cx = son.home.day.centre.system().await;
    let events = store::events::of_object(&mut cx, son.home.id.uuid()).await.unwrap();
    let told: Vec<_> = events.iter().filter(|event| event.kind == "follow.days_judged").collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].data["outside"], 1);
    assert_eq!(told[0].data["rules"][0]["code"], "follow.plans");
    assert!(told[0].data.get("protected").is_none(), "that he had doses is sealed");
    drop(cx);
    // The paper was somebody else's.
    son.take_back(fact).await;
    assert_eq!(son.ends_on().await, OTHER);
}

#[tokio::test]
async fn a_last_day_that_somebody_has_set_stays_and_days_that_are_over_too() {
    let son = Son::begin().await;
    let plan = son.plan().await.kept.id;
    let mut cx = son.home.day.centre.as_staff(son.home.day.nurse).await;
    followups::lengthen(&mut cx, plan, date(2022, 1, 3), "Còn triệu chứng").await.unwrap();
    cx.commit().await.unwrap();
    son.tell(second_dose("1/9/2021")).await;
    assert_eq!(son.ends_on().await, (Some(true), date(2022, 1, 3)));

    let late = Son::begin().await;
    late.home.day.centre.clock.advance(HOUR * 24 * 15);
    late.tell(second_dose("1/9/2021")).await;
    assert_eq!(late.ends_on().await, OTHER);
}

#[tokio::test]
async fn a_case_and_a_journey_that_end_at_once_do_not_wait_for_each_other() {
    let home = Home::begin().await;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let new = NewRemoval {
        person: home.mother,
        reason: Reason::RedFlag,
        vehicle: None,
        to_unit: None,
        to_name: String::new(),
    };
    let removal = removals::ask(&mut cx, home.id, &new).await.unwrap();
    removals::step(&mut cx, removal, Step::Left).await.unwrap();
    cx.commit().await.unwrap();
    let journey = async {
        let mut cx = home.day.centre.as_staff(home.rescuer).await;
        removals::end(&mut cx, removal, removals::Ended::DiedOnWay).await?;
        cx.commit().await
    };
    let case = async {
        let mut cx = home.day.centre.as_staff(home.day.nurse).await;
        followups::end_case(&mut cx, home.case, Ending::Died, date(2021, 9, 25), "").await?;
        cx.commit().await
    };
    let (journey, case) = tokio::join!(journey, case);
    assert!(matches!(journey, Ok(())), "{journey:?}");
    assert!(matches!(case, Ok(()) | Err(Error::Conflict("error-case-unchanged"))), "{case:?}");
    let plan = home.sheet().await.plans.into_iter().find(|one| one.person.id == home.mother).unwrap();
    assert_eq!(plan.kept.closed_as, Some(followups::Closed::Died));
}

#[tokio::test]
async fn recording_somebody_who_is_followed_already_follows_him_once() {
    let home = Home::begin().await;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let again = home.day.form(3);
    let (recorded, taken) = followups::record(&mut cx, &home.day.centre.tenant, &again).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!((recorded.case, taken.unwrap().fresh), (home.case, false));
    assert_eq!(home.day.count("follow_plans").await, 2);
}
