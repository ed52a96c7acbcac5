//! Lists of contacts and of streets, and lists of doses of which only a part can be used.

use crate::day::Day;
use health::{
    cases::{self, NewCase},
    contacts::{self, Basis, State as Standing},
    imports::{self, Direct, DirectOutcome, DirectReport, Import, Kind, State, Undone, Upload},
};
use kernel::{ImportId, PersonId, UnitId};
use uuid::Uuid;

const CONTACTS: &str =
    "Họ và tên,Năm sinh,SĐT,Địa chỉ,Phường,Ngày tiếp xúc cuối,Quan hệ,Tiếp xúc với F0,SĐT F0\n";
const STREETS: &str = "Tên đường,Thuộc đường,Từ số,Đến số,Khu phố,Tổ,Phường\n";

fn list(head: &str, rows: &[&str]) -> Vec<u8> {
    format!("{head}{}\n", rows.join("\n")).into_bytes()
}

async fn staged(day: &Day, kind: Kind, bytes: Vec<u8>) -> Import {
    day.stage_upload(Upload { kind, ..day.upload(bytes) }).await
}

async fn put(day: &Day, kind: Kind, bytes: Vec<u8>) -> Import {
    let import = staged(day, kind, bytes).await;
    day.apply(import.id).await
}

async fn faults(day: &Day, id: ImportId) -> Vec<(&'static str, &'static str)> {
    let mut cx = day.centre.as_staff(day.nurse).await;
    let broken = imports::broken_rows(&mut cx, id, 20).await.unwrap();
    broken.iter().map(|row| row.faults[0]).collect()
}

async fn undo(day: &Day, id: ImportId) -> Undone {
    let mut cx = day.centre.as_staff(day.nurse).await;
    let undone = imports::undo(&mut cx, id, "Nhầm tệp").await.unwrap();
    cx.commit().await.unwrap();
    day.work_off().await;
    undone
}

async fn direct(day: &Day, kind: Kind, bytes: Vec<u8>, dry_run: bool) -> DirectReport {
    let list = Direct {
        kind,
        unit: day.station,
        file_name: "danh-sach.csv".into(),
        bytes,
        overrides: None,
        dry_run,
        most_broken: 20,
    };
    match imports::read_direct(&day.centre.store, &day.centre.tenant, list).await.unwrap() {
        DirectOutcome::Read(report) => *report,
        other => panic!("{other:?}"),
    }
}

const NEAR: [&str; 5] = [
    "LE VAN AN,1990,900555701,14 Đường số 15,Tân Quy,24/9/2021,Cùng phòng làm việc,TRAN THI BICH,",
    "Ngô Thị Bảy,1977,0900 555 702,,,44463,Hàng xóm,Trần Thị Bích,0900555777",
    "Võ Văn Tám,1980,0900555703,,,1/9/2021,,Trần Thị Bích,",
    "Đỗ Văn Chín,1981,0900555704,,,24/9/2021,,Người Không Có,",
    "Lê Văn Mười,1982,0900555705,,,24/9/2021,,,",
];

#[tokio::test]
async fn contacts_of_a_list_stand_on_the_list_of_their_f0_and_go_with_it() {
    let day = Day::begin().await;
    let case = day.record(&day.form(1)).await.case;
    let import = staged(&day, Kind::Contacts, list(CONTACTS, &NEAR)).await;
    assert_eq!((import.counts.rows, import.counts.good, import.counts.errors), (5, 2, 3));
    assert_eq!((import.counts.made, day.count("contacts").await), (2, 0), "a dry run names nobody");
    assert_eq!(
        faults(&day, import.id).await,
        [
            ("last_on", "error-exposure-before"),
            ("f0_name", "error-f0-unknown"),
            ("f0_name", "error-f0-missing")
        ]
    );
    let first = day.apply(import.id).await;
    assert_eq!((first.state, first.counts.done, first.counts.made), (State::Applied, 2, 2));
    let mut cx = day.centre.as_staff(day.nurse).await;
    let traced = contacts::of_case(&mut cx, case).await.unwrap();
    drop(cx);
    let mut told: Vec<_> = traced
        .contacts
        .iter()
        .map(|one| (one.person.full_name.as_str(), one.state, one.basis, one.relation.as_deref()))
        .collect();
    told.sort_by_key(|(name, ..)| (*name).to_owned());
    assert_eq!(
        told.iter().map(|(_, state, basis, relation)| (*state, *basis, *relation)).collect::<Vec<_>>(),
        [
            (Standing::Listed, Basis::List, Some("Cùng phòng làm việc")),
            (Standing::Listed, Basis::List, Some("Hàng xóm")),
        ],
        "{told:?}"
    );
    // In the database the words are sealed.
    let kept = day.everything().await.into_iter().find(|(table, _)| table == "contacts").unwrap().1;
    assert!(!kept.contains("Hàng xóm"));

    let again = put(&day, Kind::Contacts, list(CONTACTS, &NEAR)).await;
    assert_eq!((again.counts.known, again.counts.done), (2, 0));
    assert_eq!(day.count("contacts").await, 2, "a list read twice doubles nothing");

    assert_eq!(undo(&day, first.id).await, Undone::Begun);
    assert_eq!(day.import(first.id).await.state, State::Undone);
    assert_eq!((day.count("contacts").await, day.count("people where erased_at is null").await), (0, 1));

    // Read once more, and somebody is reached: the list stays.
    let third = put(&day, Kind::Contacts, list(CONTACTS, &NEAR)).await;
    assert_eq!((third.counts.done, day.count("contacts").await), (2, 2));
    let mut cx = day.centre.as_staff(day.nurse).await;
    let contact = contacts::of_case(&mut cx, case).await.unwrap().contacts[0].id;
    contacts::reach(&mut cx, contact, None).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(undo(&day, third.id).await, Undone::Refused { acted: 1 });
    assert_eq!(day.count("contacts").await, 2);
}

#[tokio::test]
async fn a_contact_who_is_reached_while_his_list_is_taken_back_stays() {
    let day = Day::begin().await;
    let case = day.record(&day.form(1)).await.case;
    let applied = put(&day, Kind::Contacts, list(CONTACTS, &NEAR)).await;
    assert_eq!(applied.counts.done, 2);
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(imports::undo(&mut cx, applied.id, "Nhầm tệp").await.unwrap(), Undone::Begun);
    cx.commit().await.unwrap();
    // The job has not come to him yet.
    let mut cx = day.centre.as_staff(day.nurse).await;
    let contact = contacts::of_case(&mut cx, case).await.unwrap().contacts[0].id;
    contacts::reach(&mut cx, contact, None).await.unwrap();
    cx.commit().await.unwrap();
    day.work_off().await;
    let undone = day.import(applied.id).await;
    assert_eq!((undone.state, undone.counts.done), (State::Undone, 1), "the list says that one stays");
    assert_eq!(day.count("contacts where state = 'reached'").await, 1);
    assert_eq!(day.count("contacts").await, 1);
    assert_eq!(day.count("events where kind = 'contact.taken_back'").await, 1);
    assert_eq!(day.count("people where erased_at is null").await, 2);
}

#[tokio::test]
async fn of_two_f0s_of_one_name_the_number_decides_and_a_contact_who_is_ill_is_no_f1() {
    let day = Day::begin().await;
    day.record(&day.form(1)).await;
    let mut namesake = day.form(2);
    namesake.birth = "1960".into();
    namesake.citizen_id.clear();
    namesake.phone = "0900 555 778".into();
    namesake.address = "99 Đường số 9".into();
    let other = day.record(&namesake).await.case;
    let rows = [
        "Lê Văn An,1990,0900555701,,,24/9/2021,,Trần Thị Bích,",
        "Ngô Thị Bảy,1977,0900555702,,,24/9/2021,,Trần Thị Bích,0900 555 778",
        // The other Bích herself.
        "Trần Thị Bích,1985,0900555777,,,24/9/2021,,Trần Thị Bích,0900 555 778",
    ];
    let import = staged(&day, Kind::Contacts, list(CONTACTS, &rows)).await;
    assert_eq!(faults(&day, import.id).await, [("f0_name", "error-f0-several")]);
    let applied = day.apply(import.id).await;
    assert_eq!((applied.counts.done, applied.counts.made), (2, 1));
    let mut cx = day.centre.as_staff(day.nurse).await;
    let traced = contacts::of_case(&mut cx, other).await.unwrap();
    let states: Vec<_> = traced.contacts.iter().map(|one| one.state).collect();
    assert!(states.contains(&Standing::Listed) && states.contains(&Standing::BecameCase), "{states:?}");
    drop(cx);
    undo(&day, applied.id).await;
    assert_eq!(day.count("contacts").await, 0);
    assert_eq!(
        day.count("cases where infected_by is not null").await,
        0,
        "a source that it proposed goes too"
    );
}

#[tokio::test]
async fn the_number_decides_among_more_namesakes_than_are_looked_at() {
    let day = Day::begin().await;
    let meant = day.record(&day.form(1)).await.case;
    for n in 2..=22 {
        let namesake = NewCase {
            birth: (1960 + n).to_string(),
            citizen_id: String::new(),
            phone: format!("09005560{n:02}"),
            address: String::new(),
            ..day.form(n)
        };
        day.record(&namesake).await;
    }
    let rows = ["Lê Văn An,1990,0900555701,,,24/9/2021,,Trần Thị Bích,0900 555 777"];
    let applied = put(&day, Kind::Contacts, list(CONTACTS, &rows)).await;
    assert_eq!((applied.counts.done, applied.counts.errors), (1, 0));
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(contacts::of_case(&mut cx, meant).await.unwrap().contacts.len(), 1);
}

#[tokio::test]
async fn an_f0_is_no_contact_of_his_own_under_whichever_record_the_list_finds_him() {
    let day = Day::begin().await;
    let recorded = day.record(&day.form(1)).await;
    let residents = list("Họ và tên,Năm sinh,SĐT,Địa chỉ\n", &["Trần Thị Bích,1985,0900555799,7 Đường số 9"]);
    put(&day, Kind::People, residents).await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    let other: Uuid = sqlx::query_scalar("select id from people where tenant_id = $1 and id <> $2")
        .bind(day.centre.id().uuid())
        .bind(recorded.person.uuid())
        .fetch_one(cx.conn())
        .await
        .unwrap();
    cases::merge(&mut cx, PersonId(other), recorded.person, "Cùng một người, đã gọi hỏi").await.unwrap();
    cx.commit().await.unwrap();
    let rows = ["Trần Thị Bích,1985,0900555799,,,24/9/2021,,Trần Thị Bích,"];
    let applied = put(&day, Kind::Contacts, list(CONTACTS, &rows)).await;
    assert_eq!(faults(&day, applied.id).await, [("full_name", "error-contact-self")]);
    assert_eq!(day.count("contacts").await, 0);
}

async fn quarter(day: &Day, search: &str) -> Option<UnitId> {
    let mut cx = day.centre.system().await;
    let quarter: Option<Uuid> =
        sqlx::query_scalar("select quarter_id from people where tenant_id = $1 and search = $2")
            .bind(day.centre.id().uuid())
            .bind(search)
            .fetch_one(cx.conn())
            .await
            .unwrap();
    quarter.map(UnitId)
}

#[tokio::test]
async fn a_gazetteer_says_where_those_live_who_lay_in_no_quarter() {
    let day = Day::begin().await;
    let (first, group) = (day.centre.unit("TPHONG.KP1").await, day.centre.unit("TPHONG.KP1.T1").await);
    let residents = list(
        "Họ và tên,Năm sinh,SĐT,Địa chỉ\n",
        &[
            "Trần Thị Bích,1985,0900555777,12 Đường số 15",
            "Lê Văn An,1990,0900555778,\"14 Đường số 15, khu phố 1\"",
        ],
    );
    put(&day, Kind::People, residents).await;
    assert_eq!((quarter(&day, "tran thi bich").await, quarter(&day, "le van an").await), (None, Some(first)));
    let rows = [
        // An alley may stand above its street.
        "Hẻm 40 Lý Phục Man,,,,KP1,,",
        "Lý Phục Man,,1,199,Khu phố 1,,TAN PHONG",
        "ĐƯỜNG SỐ 15,,,,1,1,",
        "Đường số 9,,9,1,1,,",
        "Hẻm 7,Đường chưa có,,,1,,",
        "Đường số 3,,,,99,,",
    ];
    let import = staged(&day, Kind::Streets, list(STREETS, &rows)).await;
    assert_eq!((import.counts.rows, import.counts.good, import.counts.errors), (6, 4, 2));
    assert_eq!(day.count("streets").await, 0, "a dry run puts no street on record");
    let applied = day.apply(import.id).await;
    assert_eq!((applied.state, applied.counts.done, applied.counts.errors), (State::Applied, 3, 3));
    assert_eq!(
        faults(&day, applied.id).await,
        [
            ("to_number", "error-street-backwards"),
            ("parent", "error-street-unknown"),
            ("quarter", "error-quarter-unknown")
        ]
    );
    assert_eq!(day.count("streets where parent_id is not null").await, 1);
    assert_eq!(quarter(&day, "tran thi bich").await, Some(group));
    assert_eq!(quarter(&day, "le van an").await, Some(first), "what his address says stays");
    assert_eq!(day.count("events where kind = 'street.placed'").await, 1);

    let again = put(&day, Kind::Streets, list(STREETS, &rows)).await;
    assert_eq!((again.counts.known, day.count("streets").await), (3, 3));

    // Another list knows more of a stretch; taken back, it leaves what was before.
    let more = put(&day, Kind::Streets, list(STREETS, &["Đường số 15,,,,1,,"])).await;
    assert_eq!((more.counts.done, day.count("streets").await), (1, 3));
    undo(&day, more.id).await;
    let before = "streets where search = '15' and ended_at is null and name = 'ĐƯỜNG SỐ 15'";
    assert_eq!(day.count(before).await, 1);

    assert_eq!(undo(&day, applied.id).await, Undone::Begun);
    assert_eq!(day.import(applied.id).await.state, State::Undone);
    assert_eq!(day.count("streets where ended_at is null").await, 0);
    assert_eq!((quarter(&day, "tran thi bich").await, quarter(&day, "le van an").await), (None, Some(first)));
}

#[tokio::test]
async fn whoever_is_written_after_a_wrong_list_of_streets_lies_in_no_quarter_once_it_is_gone() {
    let day = Day::begin().await;
    let head = "Họ và tên,Năm sinh,SĐT,Địa chỉ\n";
    put(&day, Kind::People, list(head, &["Lê Văn An,1990,0900555778,"])).await;
    let wrong = put(&day, Kind::Streets, list(STREETS, &["Đường số 15,,,,1,1,"])).await;
    // One is new, of the other the address is new.
    let rows = ["Trần Thị Bích,1985,0900555777,12 Đường số 15", "Lê Văn An,1990,0900555778,14 Đường số 15"];
    put(&day, Kind::People, list(head, &rows)).await;
    let group = Some(day.centre.unit("TPHONG.KP1.T1").await);
    assert_eq!((quarter(&day, "tran thi bich").await, quarter(&day, "le van an").await), (group, group));
    undo(&day, wrong.id).await;
    assert_eq!((quarter(&day, "tran thi bich").await, quarter(&day, "le van an").await), (None, None));
}

#[tokio::test]
async fn two_lists_of_streets_that_are_taken_back_in_the_order_of_reading_leave_no_street() {
    let day = Day::begin().await;
    let made = put(&day, Kind::Streets, list(STREETS, &["Đường số 15,,,,1,1,"])).await;
    let changed = put(&day, Kind::Streets, list(STREETS, &["Đường số 15,,,,1,,"])).await;
    assert_eq!((changed.counts.done, day.count("streets").await), (1, 1));
    undo(&day, made.id).await;
    assert_eq!(day.count("streets where ended_at is null").await, 1, "it is the other list's");
    undo(&day, changed.id).await;
    assert_eq!(day.count("streets where ended_at is null").await, 0);
}

#[tokio::test]
async fn lists_read_at_the_machine_are_foreseen_and_go_in_whatever_they_are_about() {
    let day = Day::begin().await;
    day.record(&day.form(1)).await;
    let dry = direct(&day, Kind::Contacts, list(CONTACTS, &NEAR), true).await;
    assert_eq!((dry.rows, dry.good, dry.errors, dry.made), (5, 2, 3, 2));
    assert_eq!((dry.broken.len(), day.count("imports").await, day.count("contacts").await), (3, 0, 0));
    let report = direct(&day, Kind::Contacts, list(CONTACTS, &NEAR), false).await;
    assert_eq!((report.rows, report.good, report.errors, report.made), (5, 2, 3, 2));
    assert_eq!((report.broken.len(), day.count("contacts").await), (3, 2));
    let again = direct(&day, Kind::Contacts, list(CONTACTS, &NEAR), false).await;
    assert_eq!((again.good, again.known, again.errors), (0, 2, 3));

    let rows = ["Hẻm 40 Lý Phục Man,,,,1,,", "Lý Phục Man,,,,1,,", "Hẻm 7,Đường chưa có,,,1,,"];
    let streets = direct(&day, Kind::Streets, list(STREETS, &rows), false).await;
    assert_eq!((streets.rows, streets.good, streets.errors), (3, 2, 1));
    assert_eq!((streets.broken[0].0.line, streets.broken[0].1[0].key), (4, "error-street-unknown"));
}

#[tokio::test]
async fn a_dose_that_is_refused_is_named_and_its_sister_stays_until_the_list_goes() {
    let day = Day::begin().await;
    let born = "1,Trần Bé An,15/08/2021,nam,079221000123,,12 Đường số 15,";
    put(&day, Kind::People, list("STT,Họ và tên,Ngày sinh,Giới tính,CCCD,SĐT,Địa chỉ,Phường\n", &[born]))
        .await;
    let head = "Họ tên,CCCD,Mũi 1,Vắc xin mũi 1,Mũi 2,Vắc xin mũi 2\n";
    let rows = ["TRAN BE AN,079221000123,01/08/2021,AZ,20/09/2021,AZ"];
    let applied = put(&day, Kind::Vaccinations, list(head, &rows)).await;
    assert_eq!((applied.counts.done, applied.counts.errors, applied.counts.good), (0, 1, 0));
    assert_eq!(faults(&day, applied.id).await, [("dose_1_on", "error-day-before-birth")]);
    assert_eq!(day.count("person_facts where withdrawn_at is null and dose = 2").await, 1);

    // Mended and read again the good dose is known.
    let mended = ["TRAN BE AN,079221000123,25/08/2021,AZ,20/09/2021,AZ"];
    put(&day, Kind::Vaccinations, list(head, &mended)).await;
    assert_eq!(day.count("person_facts where withdrawn_at is null").await, 2);

    assert_eq!(undo(&day, applied.id).await, Undone::Begun);
    assert_eq!(day.import(applied.id).await.state, State::Undone);
    assert_eq!(day.count("person_facts where withdrawn_at is null and dose = 1").await, 1);
    assert_eq!(day.count("person_facts where withdrawn_at is null and dose = 2").await, 0);
    assert_eq!(faults(&day, applied.id).await.len(), 1, "what was wrong with it stays known");
}
