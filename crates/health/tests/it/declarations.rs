//! Somebody declares his health: on a telephone that a code has proven, or at the station.

use crate::{day::Day, home::Home};
use duty::tickets::{self, State};
use health::{
    alerts::Grade,
    declarations::{
        self, Answers, Declared, Device, NewDeclaration, Newcomer, Proved, Question, Seen, TRIES, Whom,
    },
    people,
    vitals::Symptom,
};
use jiff::SignedDuration;
use kernel::{Actor, Error, MatterId, PersonId, Result, SecretCode};
use uuid::Uuid;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Nothing is the matter.
fn well() -> Answers {
    Answers {
        symptoms: [Symptom::NoSymptom].into(),
        near_f0: Some(false),
        self_test: Some(false),
        came_back: Some(false),
        home_isolates: Some(false),
        ..Answers::default()
    }
}

fn near() -> Answers {
    Answers { near_f0: Some(true), ..well() }
}

fn form(key: u128, answers: Answers) -> NewDeclaration {
    NewDeclaration { form_key: Uuid::from_u128(key), answers }
}

impl Day {
    async fn ask_code(&self, phone: &str) -> Result<SecretCode> {
        let mut cx = self.centre.begin(Actor::public()).await;
        let key = declarations::ask(&mut cx, phone).await?;
        cx.commit().await?;
        Ok(key)
    }

    /// The digits of the text that was sent last.
    async fn code_sent(&self) -> String {
        let mut cx = self.centre.system().await;
        let (id, sealed): (Uuid, Vec<u8>) = sqlx::query_as(
            "select id, words from texts where tenant_id = $1 order by created_at desc, id desc limit 1",
        )
        .bind(self.centre.id().uuid())
        .fetch_one(cx.conn())
        .await
        .unwrap();
        let words = cx.open("texts", id, "words", &sealed).unwrap();
        words.chars().filter(char::is_ascii_digit).take(6).collect()
    }

    async fn prove(&self, key: &SecretCode, code: &str) -> Proved {
        let mut cx = self.centre.begin(Actor::public()).await;
        let proved = declarations::prove(&mut cx, key.canonical(), code).await.unwrap();
        cx.commit().await.unwrap();
        proved
    }

    async fn proven(&self, phone: &str) -> SecretCode {
        let key = self.ask_code(phone).await.unwrap();
        let code = self.code_sent().await;
        match self.prove(&key, &code).await {
            Proved::Device(key) => key,
            _ => panic!("the code that was sent is the code"),
        }
    }

    async fn device(&self, key: &SecretCode) -> Option<Device> {
        let mut cx = self.centre.begin(Actor::public()).await;
        declarations::device(&mut cx, key.canonical()).await.unwrap()
    }

    async fn declares(&self, device: &Device, whom: &Whom, new: &NewDeclaration) -> Result<Declared> {
        let mut cx = self.centre.begin(Actor::public()).await;
        let made = declarations::declare(&mut cx, &self.centre.tenant, device, whom, new).await?;
        cx.commit().await?;
        Ok(made)
    }

    /// Somebody whom nobody knows yet.
    fn somebody(&self, name: &str) -> Whom {
        Whom::New { full_name: name.into(), birth: "1990".into(), ward: Some(self.ward) }
    }

    async fn declarations_to_see(&self) -> Vec<(PersonId, Vec<Question>)> {
        let mut cx = self.centre.as_staff(self.nurse).await;
        let lines = declarations::to_see(&mut cx).await.unwrap();
        lines.into_iter().map(|line| (line.person.id, line.flags)).collect()
    }

    async fn declaration_matters(&self) -> Vec<MatterId> {
        self.matters().await.into_iter().filter(|(kind, _)| kind == "declaration").map(|(_, id)| id).collect()
    }

    async fn state_of(&self, matter: MatterId) -> State {
        let mut cx = self.centre.system().await;
        tickets::matter_tickets(&mut cx, matter).await.unwrap()[0].state
    }

    async fn looked(&self, id: Uuid, seen: Seen) -> Result<()> {
        let mut cx = self.centre.as_staff(self.nurse).await;
        declarations::see(&mut cx, id, seen).await?;
        cx.commit().await
    }
}

#[tokio::test]
async fn a_number_is_proven_by_a_code_with_few_tries_and_few_codes() {
    let day = Day::begin().await;
    for (typed, key) in [("", "error-phone-empty"), ("115", "error-phone-short")] {
        let refused = day.ask_code(typed).await;
        assert!(
            matches!(refused, Err(Error::Invalid { field: "phone", key: told }) if told == key),
            "{typed}"
        );
    }
    let fixed = day.ask_code("028 3785 0123").await;
    assert!(matches!(fixed, Err(Error::Invalid { key: "error-declare-not-mobile", .. })));

    let key = day.ask_code("0903 123 456").await.unwrap();
    let again = day.ask_code("0903 123 456").await;
    assert!(matches!(again, Err(Error::Invalid { key: "error-declare-pause", .. })));
    let code = day.code_sent().await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for left in (1..TRIES).rev() {
        assert!(matches!(day.prove(&key, wrong).await, Proved::Wrong(told) if told == left), "{left}");
    }
    assert!(matches!(day.prove(&key, wrong).await, Proved::Over));
    assert!(matches!(day.prove(&key, &code).await, Proved::Over), "the right one comes too late");

    day.centre.advance(MINUTE).await;
    let key = day.ask_code("0903 123 456").await.unwrap();
    let code = day.code_sent().await;
    day.centre.advance(MINUTE * 10).await;
    assert!(matches!(day.prove(&key, &code).await, Proved::Over), "ten minutes are over");
    for _ in 0..4 {
        day.ask_code("0903 123 456").await.unwrap();
        day.centre.advance(MINUTE).await;
    }
    let enough = day.ask_code("0903 123 456").await;
    assert!(matches!(enough, Err(Error::Invalid { key: "error-declare-enough", .. })));
    day.centre.advance(DAY).await;
    let device = day.proven("0903 123 456").await;
    assert!(day.device(&device).await.is_some());
    day.centre.advance(DAY * 30).await;
    assert!(day.device(&device).await.is_none(), "a month is over");
}

#[tokio::test]
async fn one_number_serves_a_family_and_whoever_holds_it_says_the_year_of_birth() {
    let day = Day::begin().await;
    // The patient left this number; her case stands, so nobody asks for her by it.
    let mother = day.record(&day.form(1)).await.person;
    let key = day.proven("0900 555 777").await;
    let device = day.device(&key).await.unwrap();
    let mut cx = day.centre.begin(Actor::public()).await;
    let people = declarations::people_of(&mut cx, &device).await.unwrap();
    assert_eq!(people.len(), 1);
    assert_eq!((people[0].name.as_str(), people[0].born.as_deref()), ("T·· T·· Bích", Some("19··")));
    assert!(!people[0].is_known_here && people[0].has_ward);
    assert!(!declarations::says_year(&mut cx, &device, mother, "1986").await.unwrap());
    assert!(declarations::says_year(&mut cx, &device, mother, "1985").await.unwrap());
    cx.commit().await.unwrap();

    let known = |birth: &str| Whom::Known { person: mother, birth: birth.into(), ward: None };
    let refused = day.declares(&device, &known("1986"), &form(1, well())).await;
    assert!(matches!(refused, Err(Error::Invalid { field: "birth", key: "error-declare-year" })));
    let made = day.declares(&device, &known("1985"), &form(1, near())).await.unwrap();
    assert_eq!((made.person, made.grade, made.rings), (mother, Grade::Well, false));
    assert_eq!(day.declarations_to_see().await, [], "an F0 asks for nobody by being near one");
    // Sent twice it is one.
    assert_eq!(day.declares(&device, &known("1985"), &form(1, near())).await.unwrap().id, made.id);
    assert_eq!(day.count("declarations").await, 1);

    // The second one on the same telephone is another person, and is found again by the same words.
    let son = Whom::New { full_name: "Nguyễn Văn Út".into(), birth: "2010".into(), ward: Some(day.ward) };
    let second = day.declares(&device, &son, &form(2, well())).await.unwrap();
    assert_ne!(second.person, mother);
    assert_eq!(day.declares(&device, &son, &form(3, well())).await.unwrap().person, second.person);
    let mut cx = day.centre.begin(Actor::public()).await;
    let people = declarations::people_of(&mut cx, &device).await.unwrap();
    assert_eq!(people.len(), 2);
    assert!(people.iter().all(|one| one.is_known_here), "this device need not say the year again");
    let last = declarations::last_by(&mut cx, &device, Some(mother)).await.unwrap().unwrap();
    assert!(last.answers == near(), "the next form begins with it");
    // Another number knows nobody.
    let other = day.proven("0900 555 999").await;
    let other = day.device(&other).await.unwrap();
    let mut cx = day.centre.begin(Actor::public()).await;
    assert_eq!(declarations::people_of(&mut cx, &other).await.unwrap(), []);
    let stolen = day.declares(&other, &known("1985"), &form(4, well())).await;
    assert!(matches!(stolen, Err(Error::NotFound)));
}

#[tokio::test]
async fn too_many_wrong_years_and_the_number_declares_for_nobody_new() {
    let day = Day::begin().await;
    let mother = day.record(&day.form(1)).await.person;
    let key = day.proven("0900 555 777").await;
    for year in 1950..1960 {
        let device = day.device(&key).await.unwrap();
        let mut cx = day.centre.begin(Actor::public()).await;
        let fits = declarations::says_year(&mut cx, &device, mother, &year.to_string()).await.unwrap();
        cx.commit().await.unwrap();
        assert!(!fits);
    }
    // Neither here nor on another device of this number.
    day.centre.advance(MINUTE).await;
    for key in [key, day.proven("0900 555 777").await] {
        let device = day.device(&key).await.unwrap();
        let mut cx = day.centre.begin(Actor::public()).await;
        let told = declarations::says_year(&mut cx, &device, mother, "1985").await;
        assert!(matches!(told, Err(Error::Invalid { key: "error-declare-year-enough", .. })));
    }
}

#[tokio::test]
async fn a_danger_sign_rings_as_that_of_a_diary_does() {
    let day = Day::begin().await;
    let key = day.proven("0903 123 456").await;
    let device = day.device(&key).await.unwrap();
    let answers = Answers { symptoms: [Symptom::Breathless].into(), ..near() };
    let made = day.declares(&device, &day.somebody("Lê Văn An"), &form(1, answers)).await.unwrap();
    assert_eq!((made.grade, made.rings), (Grade::Emergency, true));
    let matters = day.matters().await;
    let red: Vec<_> = matters.iter().filter(|(kind, _)| kind == "red_flag").collect();
    assert_eq!(red.len(), 1);
    assert!(!day.calls(red[0].1).await.is_empty(), "a telephone of the station rings");
    assert_eq!(day.count("households").await, 1, "he has a page now, on which the call is written down");
    // That he was near an F0 is looked at besides.
    let flags = vec![Question::Symptoms, Question::NearF0];
    assert_eq!(day.declarations_to_see().await, [(made.person, flags)]);
}

#[tokio::test]
async fn a_positive_test_at_home_is_a_self_test() {
    let day = Day::begin().await;
    let key = day.proven("0903 123 456").await;
    let device = day.device(&key).await.unwrap();
    let tested = |on: &str| Answers { self_test: Some(true), test_on: on.into(), ..well() };
    let whom = day.somebody("Lê Văn An");
    let refused = day.declares(&device, &whom, &form(1, tested("26/9/2021"))).await;
    assert!(matches!(refused, Err(Error::Invalid { field: "test_on", key: "error-date-future" })));
    assert_eq!(day.count("people").await, 0, "nothing of it is kept");
    let made = day.declares(&device, &whom, &form(1, tested("25/9/2021"))).await.unwrap();
    assert_eq!((made.grade, made.rings), (Grade::Well, false));
    let told = |all: Vec<(String, MatterId)>| all.iter().filter(|(kind, _)| kind == "self_test").count();
    assert_eq!((told(day.matters().await), day.count("cases").await), (1, 1), "a suspected case");
    assert_eq!(day.declarations_to_see().await, [], "its own ticket asks for it");
    // The same test told again with the next declaration is no second one.
    day.centre.advance(DAY).await;
    day.declares(&device, &whom, &form(2, tested("25/9/2021"))).await.unwrap();
    assert_eq!((told(day.matters().await), day.count("test_results").await), (1, 1));
}

#[tokio::test]
async fn red_flags_of_a_day_are_one_ticket_which_the_last_of_them_answers() {
    let day = Day::begin().await;
    let key = day.proven("0903 123 456").await;
    let device = day.device(&key).await.unwrap();
    let (an, binh) = (day.somebody("Lê Văn An"), day.somebody("Lê Văn Bình"));
    let first = day.declares(&device, &an, &form(1, near())).await.unwrap();
    day.centre.advance(MINUTE).await;
    let second = day.declares(&device, &binh, &form(2, near())).await.unwrap();
    let matters = day.declaration_matters().await;
    assert_eq!(matters.len(), 1, "a station is asked once");
    // He tells of it again: he waits once. That nothing is the matter now takes nobody off the list.
    let again = Answers { came_back: Some(true), ..near() };
    day.centre.advance(MINUTE).await;
    let third = day.declares(&device, &an, &form(3, again)).await.unwrap();
    day.declares(&device, &binh, &form(4, well())).await.unwrap();
    let flags = vec![Question::NearF0, Question::CameBack];
    assert_eq!(
        day.declarations_to_see().await,
        [(second.person, vec![Question::NearF0]), (third.person, flags)]
    );
    assert!(matches!(
        day.looked(first.id, Seen::Called).await,
        Err(Error::Conflict("error-declaration-seen"))
    ));
    day.looked(second.id, Seen::Called).await.unwrap();
    assert_eq!(day.state_of(matters[0]).await, State::Open);
    day.looked(third.id, Seen::Contact).await.unwrap();
    assert_eq!(day.state_of(matters[0]).await, State::Resolved);
    assert_eq!(day.declarations_to_see().await, []);
    let mut cx = day.centre.as_staff(day.other_nurse).await;
    assert!(matches!(declarations::one(&mut cx, third.id).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn whoever_is_followed_already_is_no_news() {
    let home = Home::begin().await;
    let day = &home.day;
    let mut cx = day.centre.as_staff(day.nurse).await;
    let tenant = &day.centre.tenant;
    let made = declarations::declare_for(&mut cx, tenant, home.grandmother, &form(1, near())).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!((made.grade, day.declarations_to_see().await), (Grade::Well, vec![]));
}

#[tokio::test]
async fn the_station_declares_for_whoever_has_no_telephone() {
    let day = Day::begin().await;
    let told = Newcomer {
        full_name: "Phạm Thị Sáu".into(),
        birth: "1950".into(),
        phone: String::new(),
        ward: Some(day.ward),
    };
    let tenant = &day.centre.tenant;
    let mut cx = day.centre.as_staff(day.other_nurse).await;
    let other = declarations::declare_for_new(&mut cx, tenant, &told, &form(1, well())).await;
    assert!(matches!(other, Err(Error::NotFound)), "not in another's ward");
    let mut cx = day.centre.as_staff(day.clerk).await;
    let clerk = declarations::declare_for_new(&mut cx, tenant, &told, &form(1, well())).await;
    assert!(matches!(clerk, Err(Error::Forbidden(_))));
    let mut cx = day.centre.as_staff(day.nurse).await;
    let made = declarations::declare_for_new(&mut cx, tenant, &told, &form(1, near())).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(made.valid_until, day.centre.store.clock().now() + DAY * 3);
    let mut cx = day.centre.as_staff(day.nurse).await;
    let (brief, lines) = declarations::of_person(&mut cx, made.person).await.unwrap();
    assert_eq!((brief.full_name.as_str(), lines.len()), ("Phạm Thị Sáu", 1));
    assert_eq!((lines[0].declared_by, lines[0].asks), (Some(day.nurse), true));
    assert_eq!(declarations::standing(&mut cx, made.person).await.unwrap(), Some((made.valid_until, true)));
}

#[tokio::test]
async fn a_lost_telephone_declares_no_more_and_after_four_weeks_all_is_forgotten() {
    let day = Day::begin().await;
    let key = day.proven("0903 123 456").await;
    let device = day.device(&key).await.unwrap();
    let made = day.declares(&device, &day.somebody("Lê Văn An"), &form(1, well())).await.unwrap();
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(declarations::revoke(&mut cx, made.person).await.unwrap(), 1);
    cx.commit().await.unwrap();
    assert!(day.device(&key).await.is_none());

    let purge = || async {
        let mut cx = day.centre.system().await;
        let gone = declarations::purge(&mut cx).await.unwrap();
        cx.commit().await.unwrap();
        gone
    };
    day.centre.advance(DAY * 27).await;
    assert_eq!(purge().await, 0);
    assert_eq!((day.count("declaration_codes").await, day.count("declaration_devices").await), (0, 1));
    day.centre.advance(DAY * 3).await;
    assert_eq!(purge().await, 1);
    assert_eq!((day.count("declarations").await, day.count("declaration_devices").await), (0, 0));
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert!(people::brief(&mut cx, made.person).await.is_ok(), "who he is stays on record");
    assert_eq!(declarations::standing(&mut cx, made.person).await.unwrap(), None);
}
