//! Somebody reads his own record and has it put right.

use crate::{day::Day, home::Home};
use duty::tickets;
use health::{
    cases::{self, NewCase},
    corrections::{self, Field, NewCorrection, State},
    facts::{self, Kind, NewFact, Source},
    followups, people,
};
use jiff::SignedDuration;
use kernel::{Actor, CorrectionId, Error, PersonId, Result, SecretCode, StaffId};
use std::collections::BTreeSet;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

struct Record {
    day: Day,
    person: PersonId,
}

impl Record {
    async fn begin() -> Self {
        let day = Day::begin().await;
        let person = day.record(&day.form(1)).await.person;
        Self { day, person }
    }

    async fn code(&self) -> SecretCode {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        let (code, _) = corrections::issue_code(&mut cx, self.person, "In mã cho bà Bích").await.unwrap();
        cx.commit().await.unwrap();
        code
    }

    async fn own(&self, code: &SecretCode) -> Result<corrections::Own> {
        let mut cx = self.day.centre.begin(Actor::public()).await;
        let person = corrections::held(&mut cx, &code.to_string()).await?;
        corrections::own(&mut cx, person).await
    }

    /// The person asks with his code.
    async fn ask(&self, new: &NewCorrection) -> Result<CorrectionId> {
        let mut cx = self.day.centre.begin(Actor::citizen(self.person.uuid())).await;
        let id = corrections::ask(&mut cx, self.person, new).await?;
        cx.commit().await?;
        Ok(id)
    }

    async fn accept_as(&self, staff: StaffId, id: CorrectionId, answer: &str) -> Result<()> {
        let mut cx = self.day.centre.as_staff(staff).await;
        corrections::accept(&mut cx, id, answer).await?;
        cx.commit().await
    }

    async fn accept(&self, id: CorrectionId) {
        self.accept_as(self.day.nurse, id, "").await.unwrap();
    }

    /// The record as the nurse opens it.
    async fn opened(&self) -> people::Opened {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        let opened = people::read(&mut cx, self.person, "Gọi lại để hỏi thăm").await.unwrap();
        cx.commit().await.unwrap();
        opened
    }
}

#[tokio::test]
async fn a_correction_is_48_hours_and_shows_both_values() {
    let record = Record::begin().await;
    let id = record.ask(&NewCorrection::of(Field::Birth, "2/3/1984")).await.unwrap();
    let mut cx = record.day.centre.as_staff(record.day.nurse).await;
    let line = corrections::list(&mut cx, 0).await.unwrap().lines.remove(0);
    assert_eq!((line.id, line.by_himself, line.state), (id, true, State::Asked));
    assert_eq!(line.due_at.unwrap().duration_since(line.asked_at), HOUR * 48);
    let one = corrections::find(&mut cx, id).await.unwrap();
    assert_eq!((one.before.as_str(), one.wanted.as_str()), ("1985", "02/03/1984"));
    let (ticket, _) = tickets::ticket(&mut cx, one.ticket).await.unwrap();
    assert_eq!(ticket.warn_at.unwrap().duration_since(ticket.opened_at), HOUR * 36);
    assert_eq!((ticket.unit, ticket.kind.as_str()), (Some(record.day.station), corrections::CORRECTION));
    drop(cx);
    record.accept(id).await;
    assert_eq!(record.opened().await.birth.unwrap().shown(), "02/03/1984");
    let mut cx = record.day.centre.system().await;
    assert!(tickets::ticket(&mut cx, one.ticket).await.unwrap().0.is_closed());
    // What stood there stays in the sealed part of the record.
    let told = store::events::of_object(&mut cx, record.person.uuid()).await.unwrap();
    let corrected = told.iter().find(|event| event.kind == "person.corrected").unwrap();
    assert_eq!(corrected.payload.as_ref().unwrap()["before"], "1985");
    drop(cx);
    let again = record.accept_as(record.day.nurse, id, "").await;
    assert!(matches!(again, Err(Error::Conflict("error-correction-decided"))));
    for (table, text) in record.day.everything().await {
        assert!(table == "people" || !text.contains("02/03/1984"), "{table}");
    }
}

#[tokio::test]
async fn whoever_accepts_waits_for_the_household_before_he_holds_the_person() {
    let home = Home::begin().await;
    let (day, person) = (&home.day, home.mother);
    let mut cx = day.centre.begin(Actor::citizen(person.uuid())).await;
    let new = NewCorrection::of(Field::Birth, "2/3/1984");
    let id = corrections::ask(&mut cx, person, &new).await.unwrap();
    cx.commit().await.unwrap();
    // Somebody writes for the household, and of the person in it.
    let mut cx = day.centre.system().await;
    let lock = "select id from households where id = $1 for update";
    sqlx::query(lock).bind(home.id.uuid()).execute(cx.conn()).await.unwrap();
    let accepts = async {
        let mut cx = day.centre.as_staff(day.nurse).await;
        corrections::accept(&mut cx, id, "").await?;
        cx.commit().await
    };
    let writes = async {
        let waits = "select count(*) from pg_locks
                     where not granted and transactionid = pg_current_xact_id()::xid";
        while sqlx::query_scalar::<_, i64>(waits).fetch_one(cx.conn()).await.unwrap() == 0 {
            tokio::task::yield_now().await;
        }
        let lock = "select id from people where id = $1 for update nowait";
        sqlx::query(lock).bind(person.uuid()).execute(cx.conn()).await.unwrap();
        cx.commit().await.unwrap();
    };
    let (accepted, ()) = tokio::join!(accepts, writes);
    accepted.unwrap();
}

#[tokio::test]
async fn each_field_is_put_right_as_what_it_is() {
    let record = Record::begin().await;
    let own = record.own(&record.code().await).await.unwrap();
    let wrong_phone = own.phones[0].0;
    for new in [
        NewCorrection::of(Field::Name, "Trần Thị Bích Ngọc"),
        NewCorrection::of(Field::Sex, "male"),
        NewCorrection::of(Field::CitizenId, "079184054321"),
        NewCorrection::of(Field::Address, "14 Đường số 15"),
        NewCorrection { object: Some(wrong_phone), ..NewCorrection::of(Field::Phone, "0903 123 456") },
    ] {
        let id = record.ask(&new).await.unwrap();
        record.accept(id).await;
    }
    let opened = record.opened().await;
    assert_eq!(opened.full_name, "Trần Thị Bích Ngọc");
    assert_eq!(opened.sex.unwrap().as_str(), "male");
    assert_eq!(opened.citizen_id.unwrap().as_str(), "079184054321");
    assert_eq!(opened.address.as_deref(), Some("14 Đường số 15"));
    assert_eq!(opened.phones.iter().map(ToString::to_string).collect::<Vec<_>>(), ["0903 123 456"]);
}

#[tokio::test]
async fn a_wrong_dose_is_replaced_and_a_missing_one_added() {
    let record = Record::begin().await;
    let mut cx = record.day.centre.as_staff(record.day.nurse).await;
    let dose = |number: i16, on: &str| NewFact {
        on_day: on.into(),
        dose: Some(number),
        words: "AstraZeneca".into(),
        ..NewFact::of(Kind::Vaccination, Source::List)
    };
    let wrong = followups::add_fact(&mut cx, record.person, &dose(1, "1/6/2021")).await.unwrap().unwrap();
    cx.commit().await.unwrap();
    let right = NewCorrection {
        object: Some(wrong.uuid()),
        on_day: "11/6/2021".into(),
        dose: Some(1),
        ..NewCorrection::of(Field::Vaccination, "AstraZeneca")
    };
    let missing = NewCorrection {
        on_day: "1/9/2021".into(),
        dose: Some(2),
        ..NewCorrection::of(Field::Vaccination, "AstraZeneca")
    };
    let (right, missing) = (record.ask(&right).await.unwrap(), record.ask(&missing).await.unwrap());
    let mut cx = record.day.centre.as_staff(record.day.nurse).await;
    let shown = corrections::find(&mut cx, right).await.unwrap();
    assert_eq!(
        (shown.before.as_str(), shown.wanted.as_str()),
        ("1 · 01/06/2021 · AstraZeneca", "1 · 11/06/2021 · AstraZeneca")
    );
    drop(cx);
    record.accept(right).await;
    record.accept(missing).await;
    let mut cx = record.day.centre.as_staff(record.day.nurse).await;
    let known = facts::of(&mut cx, record.person).await.unwrap();
    let counting: Vec<_> =
        known.iter().filter(|fact| fact.withdrawn.is_none()).map(|fact| fact.dose).collect();
    assert_eq!((known.len(), counting.len()), (3, 2));
    drop(cx);
    let stranger = NewCorrection {
        object: Some(uuid::Uuid::from_u128(9)),
        on_day: "1/9/2021".into(),
        dose: Some(2),
        ..NewCorrection::of(Field::Vaccination, "")
    };
    assert!(matches!(record.ask(&stranger).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn a_refusal_has_a_reason_that_the_person_reads() {
    let record = Record::begin().await;
    let code = record.code().await;
    let id = record.ask(&NewCorrection::of(Field::Name, "Trần Thị B")).await.unwrap();
    let twice = record.ask(&NewCorrection::of(Field::Name, "Trần Thị C")).await;
    assert!(matches!(twice, Err(Error::Conflict("error-correction-open"))));
    let mut cx = record.day.centre.as_staff(record.day.nurse).await;
    let silent = corrections::refuse(&mut cx, id, " ").await;
    assert!(matches!(silent, Err(Error::Invalid { field: "answer", key: "error-reason-missing" })));
    corrections::refuse(&mut cx, id, "CCCD ghi Trần Thị Bích.").await.unwrap();
    cx.commit().await.unwrap();
    let mine = record.own(&code).await.unwrap().mine.remove(0);
    assert_eq!((mine.state, mine.answer.as_deref()), (State::Refused, Some("CCCD ghi Trần Thị Bích.")));
    assert_eq!(record.opened().await.full_name, "Trần Thị Bích");
    // It may be asked again.
    record.ask(&NewCorrection::of(Field::Name, "Trần Thị C")).await.unwrap();
    // A test result changes by hand, so whoever accepts says what he did.
    let test = record.own(&code).await.unwrap().tests[0].id;
    let wrong = NewCorrection {
        object: Some(test),
        ..NewCorrection::of(Field::Test, "Mẫu không phải của tôi")
    };
    let id = record.ask(&wrong).await.unwrap();
    let silent = record.accept_as(record.day.nurse, id, "").await;
    assert!(matches!(silent, Err(Error::Invalid { field: "answer", key: "error-text-missing" })));
    record.accept_as(record.day.nurse, id, "Đã chuyển mẫu về đúng người.").await.unwrap();
}

#[tokio::test]
async fn the_person_sees_who_read_his_record_and_why() {
    let record = Record::begin().await;
    record.opened().await;
    let own = record.own(&record.code().await).await.unwrap();
    assert_eq!(own.readings.len(), 2);
    assert_eq!(own.readings[0].unit, Some(record.day.station));
    // Whoever looks at the code could read the record: that is told like a reading.
    let why: Vec<_> = own.readings.iter().filter_map(|reading| reading.reason.as_deref()).collect();
    assert!(why.contains(&"Gọi lại để hỏi thăm") && why.contains(&"In mã cho bà Bích"), "{why:?}");
    // Masked, all of it but the name.
    assert_eq!((own.full_name.as_str(), own.birth.as_deref()), ("Trần Thị Bích", Some("1985")));
    assert_eq!(own.address.as_deref(), Some("·· Đường số ··"));
    assert!(!own.citizen_id.unwrap().contains("07918501"));
    assert!(own.phones[0].1.contains('·'));
    assert_eq!(own.tests.len(), 1);
}

#[tokio::test]
async fn an_expired_or_revoked_code_opens_nothing() {
    let record = Record::begin().await;
    let code = record.code().await;
    assert_eq!(record.code().await.to_string(), code.to_string(), "the same while it holds");
    assert!(record.own(&code).await.is_ok());
    let mut cx = record.day.centre.as_staff(record.day.nurse).await;
    corrections::revoke_code(&mut cx, record.person).await.unwrap();
    let twice = corrections::revoke_code(&mut cx, record.person).await;
    assert!(matches!(twice, Err(Error::NotFound)));
    cx.commit().await.unwrap();
    assert!(matches!(record.own(&code).await, Err(Error::NotFound)));
    let next = record.code().await;
    assert_ne!(next.to_string(), code.to_string());
    record.day.centre.clock.advance(HOUR * 24 * 30);
    assert!(matches!(record.own(&next).await, Err(Error::NotFound)));
    assert_ne!(record.code().await.to_string(), next.to_string());
    let mut cx = record.day.centre.begin(Actor::public()).await;
    assert!(matches!(corrections::own(&mut cx, record.person).await, Err(Error::NotFound)));
    for typed in ["", "0000-0000-0000-0000", "nothing"] {
        assert!(matches!(corrections::held(&mut cx, typed).await, Err(Error::NotFound)), "{typed}");
    }
}

#[tokio::test]
async fn the_list_goes_on_over_as_many_pages_as_there_are() {
    let record = Record::begin().await;
    record.ask(&NewCorrection::of(Field::Name, "Trần Thị B")).await.unwrap();
    let mut cx = record.day.centre.as_staff(record.day.nurse).await;
    let many = "insert into corrections (tenant_id, id, person_id, field, object_id, before, wanted, asked_at, unit_id,
                                         ticket_id, state)
                select tenant_id, gen_random_uuid(), person_id, field, gen_random_uuid(), before, wanted,
                       asked_at + n * interval '1 second', unit_id, ticket_id, state
                from corrections, generate_series(1, 250) n";
    sqlx::query(many).execute(cx.conn()).await.unwrap();
    let mut seen = BTreeSet::new();
    for page in 0..6 {
        let listed = corrections::list(&mut cx, page).await.unwrap();
        assert_eq!((listed.lines.len(), listed.more), (if page < 5 { 50 } else { 1 }, page < 5));
        seen.extend(listed.lines.iter().map(|line| line.id));
    }
    assert_eq!(seen.len(), 251, "each once");
    for beyond in [6, i64::MAX] {
        assert!(corrections::list(&mut cx, beyond).await.unwrap().lines.is_empty());
    }
    assert_eq!(corrections::list(&mut cx, -1).await.unwrap().lines.len(), 50);
}

#[tokio::test]
async fn a_code_is_not_shown_without_a_reason() {
    let record = Record::begin().await;
    let mut cx = record.day.centre.as_staff(record.day.nurse).await;
    let silent = corrections::issue_code(&mut cx, record.person, " ").await;
    assert!(matches!(silent, Err(Error::Invalid { field: "why", key: "error-reason-missing" })));
    assert_eq!(corrections::code_until(&mut cx, record.person).await.unwrap(), None);
    let (_, until) = corrections::issue_code(&mut cx, record.person, "In mã").await.unwrap();
    assert_eq!(corrections::code_until(&mut cx, record.person).await.unwrap(), Some(until));
}

#[tokio::test]
async fn the_code_of_a_joined_record_opens_the_one_that_stays_and_its_own_once_parted() {
    let record = Record::begin().await;
    let day = &record.day;
    let other = NewCase {
        full_name: "Trần Thị Bihc".into(),
        citizen_id: String::new(),
        phone: "0900 555 999".into(),
        ..day.form(2)
    };
    let stays = day.record(&other).await.person;
    assert_ne!(stays, record.person);
    let code = record.code().await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    cases::merge(&mut cx, stays, record.person, "Cùng một người, đã gọi hỏi").await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = day.centre.begin(Actor::public()).await;
    assert_eq!(corrections::held(&mut cx, &code.to_string()).await.unwrap(), stays);
    let own = corrections::own(&mut cx, stays).await.unwrap();
    assert_eq!((own.full_name.as_str(), own.tests.len()), ("Trần Thị Bihc", 2), "what is known by either");
    drop(cx);

    let mut cx = day.centre.as_staff(day.nurse).await;
    cases::part(&mut cx, record.person, "Hai chị em").await.unwrap();
    cx.commit().await.unwrap();
    let own = record.own(&code).await.unwrap();
    assert_eq!((own.full_name.as_str(), own.tests.len()), ("Trần Thị Bích", 1));
    let mut cx = day.centre.begin(Actor::public()).await;
    assert_eq!(corrections::held(&mut cx, &code.to_string()).await.unwrap(), record.person);
}

#[tokio::test]
async fn neighbours_and_strangers_decide_and_ask_nothing() {
    let record = Record::begin().await;
    let id = record.ask(&NewCorrection::of(Field::Name, "Trần Thị B")).await.unwrap();
    let other = record.accept_as(record.day.other_nurse, id, "").await;
    assert!(matches!(other, Err(Error::NotFound)));
    let clerk = record.accept_as(record.day.clerk, id, "").await;
    assert!(matches!(clerk, Err(Error::NotFound)));
    let mut cx = record.day.centre.as_staff(record.day.other_nurse).await;
    assert!(corrections::list(&mut cx, 0).await.unwrap().lines.is_empty());
    let theirs = corrections::issue_code(&mut cx, record.person, "Tò mò").await;
    assert!(matches!(theirs, Err(Error::NotFound)));
    assert!(matches!(corrections::code_until(&mut cx, record.person).await, Err(Error::NotFound)));
    let mut cx = record.day.centre.begin(Actor::citizen(uuid::Uuid::from_u128(9))).await;
    let asked = corrections::ask(&mut cx, record.person, &NewCorrection::of(Field::Sex, "male")).await;
    assert!(matches!(asked, Err(Error::NotFound)));
    let mut cx = record.day.centre.begin(Actor::citizen(record.person.uuid())).await;
    let wrong = corrections::ask(&mut cx, record.person, &NewCorrection::of(Field::Phone, "12")).await;
    assert!(matches!(wrong, Err(Error::Invalid { field: "wanted", .. })));
}
