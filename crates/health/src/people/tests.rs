//! Many people written at once, on a real database.

use super::{
    Basis, Birth, Found, NewPerson, all_of, backfill, duplicates, find_or_make, find_or_make_all, merge,
    queue_up, unmerge,
};
use crate::streets::{self, Kind, NewStreet};
use jiff::civil::date;
use kernel::{
    ImportId, PersonId, Phone, UnitId,
    address::Address,
    citizen_id::{CitizenId, Sex},
    names::PersonName,
};
use store::{Cx, events};
use testkit::TestCentre;
use uuid::Uuid;

fn person(name: &str, birth: Option<Birth>) -> NewPerson {
    NewPerson {
        name: PersonName::parse(name).unwrap(),
        birth,
        sex: None,
        citizen_id: None,
        phone: None,
        address: None,
        ward: None,
        ward_guessed: false,
        quarter: None,
        import: None,
    }
}

fn day(y: i16, m: i8, d: i8) -> Option<Birth> {
    Some(Birth::Day(date(y, m, d)))
}

fn phone(text: &str) -> Option<Phone> {
    Some(Phone::parse(text).unwrap())
}

fn paper(text: &str) -> Option<CitizenId> {
    Some(CitizenId::parse(text).unwrap())
}

fn address(text: &str) -> Option<Address> {
    Some(Address::parse(text).unwrap())
}

async fn all(cx: &mut Cx, new: &[NewPerson]) -> Vec<Found> {
    find_or_make_all(cx, new).await.unwrap()
}

async fn count(cx: &mut Cx, table: &'static str) -> i64 {
    let text = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
    sqlx::query_scalar(text).fetch_one(cx.conn()).await.unwrap()
}

async fn pairs(cx: &mut Cx) -> Vec<(PersonId, PersonId, Basis)> {
    let found = duplicates(cx, 50).await.unwrap();
    let mut found: Vec<_> = found.into_iter().map(|one| (one.person, one.other, one.basis)).collect();
    found.sort();
    found
}

/// A list as offices keep it: somebody comes several times, spelt in several ways.
fn list() -> Vec<NewPerson> {
    let bich = |name| person(name, day(1985, 3, 2));
    vec![
        NewPerson {
            citizen_id: paper("079185012345"),
            phone: phone("0900 555 777"),
            ..bich("Trần Thị Bích")
        },
        NewPerson { citizen_id: paper("079185012345"), sex: Some(Sex::Female), ..bich("TRAN THI BICH") },
        NewPerson { phone: phone("0900555777"), ..bich("Trần Thị Bích") },
        bich("Trần Thị Bihc"),
        person("Trần Thị Bích", day(1985, 2, 3)),
        NewPerson { phone: phone("0900 555 777"), ..person("Trần Văn Hòa", Some(Birth::Year(1955))) },
    ]
}

#[tokio::test]
async fn rows_of_one_batch_find_each_other() {
    let centre = TestCentre::new().await;
    let mut cx = centre.system().await;
    let found = all(&mut cx, &list()).await;
    let made: Vec<bool> = found.iter().map(|one| one.made).collect();
    assert_eq!(made, [true, false, false, true, true, true]);
    assert!(found[0].person == found[1].person && found[1].person == found[2].person);
    // What a later row tells is kept.
    let (first, misspelt, swapped) = (found[0].person, found[3].person, found[4].person);
    let sex: Option<String> = sqlx::query_scalar("select sex from people where id = $1")
        .bind(first.uuid())
        .fetch_one(cx.conn())
        .await
        .unwrap();
    assert_eq!(sex.as_deref(), Some("female"));
    let pairs = pairs(&mut cx).await;
    assert!(pairs.contains(&(first.min(misspelt), first.max(misspelt), Basis::NameAlikeBirth)));
    assert!(pairs.contains(&(first.min(swapped), first.max(swapped), Basis::NameAlikeBirth)));
    // The father shares the phone and is nobody's pair.
    assert!(pairs.iter().all(|(one, other, _)| *one != found[5].person && *other != found[5].person));
}

#[tokio::test]
async fn a_list_read_twice_makes_nobody_twice() {
    let centre = TestCentre::new().await;
    let mut cx = centre.system().await;
    let first = all(&mut cx, &list()).await;
    cx.commit().await.unwrap();
    let mut cx = centre.system().await;
    let (people, phones, keys, known) = (
        count(&mut cx, "people").await,
        count(&mut cx, "person_phones").await,
        count(&mut cx, "person_keys").await,
        pairs(&mut cx).await,
    );
    let again = all(&mut cx, &list()[..3]).await;
    assert!(again.iter().zip(&first).all(|(one, other)| one.person == other.person && !one.made));
    assert_eq!(count(&mut cx, "people").await, people);
    assert_eq!(count(&mut cx, "person_phones").await, phones);
    assert_eq!(count(&mut cx, "person_keys").await, keys);
    assert_eq!(pairs(&mut cx).await, known);
}

#[tokio::test]
async fn a_batch_and_one_after_the_other_come_to_the_same() {
    let (one, other) = (TestCentre::new().await, TestCentre::new().await);
    let mut at_once = one.system().await;
    let found = all(&mut at_once, &list()).await;
    let mut singly = other.system().await;
    queue_up(&mut singly, list().iter().map(|one| &one.name)).await.unwrap();
    let mut slowly = Vec::new();
    for new in list() {
        slowly.push(find_or_make(&mut singly, &new).await.unwrap());
    }
    // Who is who, by the row that made him.
    let rows = |found: &[Found]| -> Vec<(usize, bool)> {
        let first = |id| found.iter().position(|one| one.person == id).unwrap();
        found.iter().map(|one| (first(one.person), one.made)).collect()
    };
    assert_eq!(rows(&found), rows(&slowly));
    let of = |pairs: Vec<(PersonId, PersonId, Basis)>, found: &[Found]| {
        let first = |id| found.iter().position(|one| one.person == id).unwrap();
        let mut rows: Vec<_> = pairs
            .into_iter()
            .map(|(one, other, basis)| (first(one).min(first(other)), first(one).max(first(other)), basis))
            .collect();
        rows.sort();
        rows
    };
    assert_eq!(of(pairs(&mut at_once).await, &found), of(pairs(&mut singly).await, &slowly));
}

#[tokio::test]
async fn a_batch_is_one_event_and_a_single_person_has_his_own() {
    let centre = TestCentre::new().await;
    let mut cx = centre.system().await;
    let import = ImportId(Uuid::from_u128(7));
    let new: Vec<NewPerson> =
        list().into_iter().map(|new| NewPerson { import: Some(import), ..new }).collect();
    let found = all(&mut cx, &new).await;
    cx.commit().await.unwrap();
    let mut cx = centre.system().await;
    let told = events::of_object(&mut cx, import.uuid()).await.unwrap();
    assert_eq!(told.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(), ["people.batch"]);
    assert_eq!(told[0].data["made"].as_array().unwrap().len(), 4);
    assert!(events::of_object(&mut cx, found[0].person.uuid()).await.unwrap().is_empty());
    // A new address of somebody on record keeps the one before in its sealed part.
    let moved = NewPerson { address: address("12 Đường số 15"), ..list().remove(0) };
    all(&mut cx, std::slice::from_ref(&moved)).await;
    let moved = NewPerson { address: address("40 Lý Phục Man"), ..moved };
    find_or_make(&mut cx, &moved).await.unwrap();
    cx.flush().await.unwrap();
    let told = events::of_object(&mut cx, found[0].person.uuid()).await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].kind, "person.updated");
    assert_eq!(told[0].payload.as_ref().unwrap()["before"]["address"], "12 Đường số 15");
}

#[tokio::test]
async fn two_lists_at_once_make_one_person() {
    let centre = TestCentre::new().await;
    let read = || async {
        let mut cx = centre.system().await;
        let found = all(&mut cx, &list()[..3]).await;
        cx.commit().await.unwrap();
        found[0].person
    };
    let (one, other) = tokio::join!(read(), read());
    assert_eq!(one, other);
    let mut cx = centre.system().await;
    assert_eq!(count(&mut cx, "people").await, 1);
}

#[tokio::test]
async fn whoever_is_told_by_a_joined_record_is_the_one_that_stays() {
    let centre = TestCentre::new().await;
    let mut cx = centre.system().await;
    let stays = person("Trần Thị Bích", day(1985, 3, 2));
    let goes = NewPerson { phone: phone("0900555777"), ..person("Trần T. Bích", Some(Birth::Year(1985))) };
    let found = all(&mut cx, &[stays, goes.clone()]).await;
    let (kept, gone) = (found[0].person, found[1].person);
    assert_ne!(kept, gone);
    merge(&mut cx, kept, gone, "Cùng một người, đã gọi hỏi").await.unwrap();
    assert_eq!(all_of(&mut cx, gone).await.unwrap(), [kept.uuid(), gone.uuid()]);
    let again = all(&mut cx, &[NewPerson { sex: Some(Sex::Female), ..goes.clone() }]).await;
    assert_eq!((again[0].person, again[0].made), (kept, false));
    // The record that stays was completed, the other is as it was.
    let sexes: Vec<Option<String>> = sqlx::query_scalar("select sex from people order by (id = $1) desc")
        .bind(kept.uuid())
        .fetch_all(cx.conn())
        .await
        .unwrap();
    assert_eq!(sexes, [Some("female".to_owned()), None]);
    assert_eq!(unmerge(&mut cx, gone, "Hai chị em").await.unwrap(), kept);
    assert_eq!(all(&mut cx, &[goes]).await[0].person, gone);
    assert_eq!(all_of(&mut cx, kept).await.unwrap(), [kept.uuid()]);
}

#[tokio::test]
async fn people_of_before_the_keys_are_found_once_they_have_theirs() {
    let centre = TestCentre::new().await;
    let mut cx = centre.system().await;
    let known = all(&mut cx, &[person("Trần Thị Bích", day(1985, 3, 2))]).await[0].person;
    for statement in ["delete from person_keys", "update people set keyed = false"] {
        sqlx::query(statement).execute(cx.conn()).await.unwrap();
    }
    let misspelt = person("Trần Thị Bihc", day(1985, 3, 2));
    assert!(all(&mut cx, std::slice::from_ref(&misspelt)).await[0].made);
    assert_eq!(pairs(&mut cx).await, []);
    assert_eq!(backfill(&mut cx, 1000).await.unwrap(), 1);
    assert_eq!(backfill(&mut cx, 1000).await.unwrap(), 0);
    all(&mut cx, &[person("Trần Thị Bíhc", day(1985, 3, 2))]).await;
    let pairs = pairs(&mut cx).await;
    assert_eq!(pairs.iter().filter(|(one, other, _)| *one == known || *other == known).count(), 1);
}

#[tokio::test]
async fn an_address_says_the_quarter_by_its_number_or_by_the_gazetteer() {
    let centre = TestCentre::new().await;
    let (ward, first, group) =
        (centre.unit("TPHONG").await, centre.unit("TPHONG.KP1").await, centre.unit("TPHONG.KP1.T1").await);
    let mut cx = centre.system().await;
    let street = |name: &str, kind, parent: Option<&str>, quarter: Option<UnitId>| NewStreet {
        ward,
        kind,
        name: name.into(),
        parent: parent.map(str::to_owned),
        from_number: None,
        to_number: None,
        quarter,
        import: None,
    };
    let streets = [
        street("Hẻm 40", Kind::Alley, Some("Lý Phục Man"), Some(group)),
        street("Đường Lý Phục Man", Kind::Street, None, Some(first)),
    ];
    let added = streets::add(&mut cx, &streets).await.unwrap();
    assert_eq!((added.new, added.changed), (2, 0));
    let added = streets::add(&mut cx, &streets).await.unwrap();
    assert_eq!((added.new, added.changed), (0, 2), "a list read twice changes nothing");
    let lives = |name, text| NewPerson { address: address(text), ward: Some(ward), ..person(name, None) };
    let found = all(
        &mut cx,
        &[
            lives("Lê Thị Một", "12 Đường số 15, khu phố 1"),
            lives("Lê Thị Hai", "702 Lý Phục Man"),
            lives("Lê Thị Ba", "5 hẻm 40 Lý Phục Man"),
            lives("Lê Thị Bốn", "12 Đường số 15"),
        ],
    )
    .await;
    let mut quarters = Vec::new();
    for one in &found {
        let quarter: Option<Uuid> = sqlx::query_scalar("select quarter_id from people where id = $1")
            .bind(one.person.uuid())
            .fetch_one(cx.conn())
            .await
            .unwrap();
        quarters.push(quarter.map(UnitId));
    }
    assert_eq!(quarters, [Some(first), Some(first), Some(group), None]);
    assert_eq!(streets::find(&mut cx, ward, "ly phuc", 10).await.unwrap()[0].name, "Đường Lý Phục Man");
    let lost = street("Hẻm 7", Kind::Alley, Some("Đường chưa có"), None);
    assert!(matches!(
        streets::add(&mut cx, &[lost]).await,
        Err(kernel::Error::Invalid { field: "parent", key: "error-street-unknown" })
    ));
}

#[tokio::test]
async fn a_ward_that_nobody_has_told_moves_nobody() {
    async fn lives(cx: &mut Cx, id: PersonId) -> (Option<Uuid>, Option<Uuid>) {
        sqlx::query_as("select ward_id, quarter_id from people where id = $1")
            .bind(id.uuid())
            .fetch_one(cx.conn())
            .await
            .unwrap()
    }
    let centre = TestCentre::new().await;
    let (ward, quarter, other) =
        (centre.unit("TPHONG").await, centre.unit("TPHONG.KP1").await, centre.unit("TQUY").await);
    let mut cx = centre.system().await;
    let an = || NewPerson { phone: phone("0900555701"), ..person("Lê Văn An", Some(Birth::Year(1990))) };
    let known = NewPerson { ward: Some(ward), quarter: Some(quarter), ..an() };
    let id = all(&mut cx, &[known]).await[0].person;
    let guessed = NewPerson { ward: Some(other), ward_guessed: true, ..an() };
    assert_eq!(all(&mut cx, std::slice::from_ref(&guessed)).await[0].person, id);
    assert_eq!(lives(&mut cx, id).await, (Some(ward.uuid()), Some(quarter.uuid())));
    // Told, it counts; and a guess is better than nothing.
    all(&mut cx, &[NewPerson { ward_guessed: false, ..guessed }]).await;
    assert_eq!(lives(&mut cx, id).await, (Some(other.uuid()), None));
    let bay = |ward| NewPerson {
        phone: phone("0900555702"),
        ward,
        ward_guessed: true,
        ..person("Ngô Thị Bảy", day(1977, 3, 2))
    };
    let id = all(&mut cx, &[bay(None)]).await[0].person;
    all(&mut cx, &[bay(Some(ward))]).await;
    assert_eq!(lives(&mut cx, id).await, (Some(ward.uuid()), None));
}
