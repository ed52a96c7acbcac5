use crate::day::Day;
use duty::{sheets::Overrides, tickets};
use health::{
    cases::{self, Care, Filter, TestKind},
    followups::{self, Channel, DiaryForm, MemberEntry, Only},
    imports::{self, Expire, SampleList, Staged, State, Undone, Upload, sample_list},
};
use jiff::{SignedDuration, civil::date};
use kernel::{Actor, Error, Rng};
use std::sync::Arc;
use store::timers::Runner;

const HEAD: &str = "STT,Họ và tên,Năm sinh,CCCD,SĐT,Địa chỉ,Phường,Ngày lấy mẫu,Loại XN,Kết quả\n";

fn list(rows: &[&str]) -> String {
    format!("{HEAD}{}\n", rows.join("\n"))
}

fn positives(n: usize) -> String {
    let rows: Vec<String> = (0..n)
        .map(|i| {
            format!(
                "{i},Nguyễn Văn Số{i},1980,0790800{i:05},0900{i:06},{i} Đường số 9,,24/9/2021,PCR,Dương tính"
            )
        })
        .collect();
    format!("{HEAD}{}\n", rows.join("\n"))
}

#[tokio::test]
async fn a_single_positive_rings_as_if_a_nurse_had_entered_it() {
    let day = Day::begin().await;
    let staged = day
        .stage(list(&[
            "1,Trần Thị Bích,1985,079185012345,0900555777,12 Đường số 15,Tân Phong,24/9/2021,RT-PCR,DƯƠNG TÍNH (CT 21)",
            "2,LE VAN AN,02/03/1990,,900555778,,,24/9/2021,test nhanh,âm tính",
            "3,Phạm Văn Hỏng,1990,,12,,,24/9/2021,test nhanh,dương tính",
            "4,Ngô Thị Nhà Bên,1990,,0900555779,,Tân Quy,24/9/2021,test nhanh,dương tính",
        ]))
        .await;
    assert_eq!(
        (staged.state, staged.counts.rows, staged.counts.good, staged.counts.errors),
        (State::Staged, 4, 2, 2)
    );
    assert_eq!((staged.counts.positives, staged.counts.positive_errors), (1, 2));
    assert_eq!(
        (day.count("people").await, day.count("cases").await),
        (0, 0),
        "a dry run puts nothing on record"
    );

    let applied = day.apply(staged.id).await;
    assert_eq!((applied.state, applied.counts.done, applied.progress()), (State::Applied, 2, Some(100)));
    assert_eq!((day.count("cases").await, day.count("test_results").await), (1, 2));
    let matters = day.matters().await;
    assert_eq!(matters.len(), 1);
    assert_eq!(matters[0].0, "f0_news");
    assert_eq!(day.calls(matters[0].1).await.len(), 3);
    let mut cx = day.centre.as_staff(day.nurse).await;
    let page = cases::list(&mut cx, &Filter { import: Some(staged.id), limit: 10, ..Filter::default() })
        .await
        .unwrap();
    let case = cases::find(&mut cx, page.lines[0].id).await.unwrap();
    assert_eq!((case.recorded_by, case.import), (Some(day.nurse), Some(staged.id)));
    assert_eq!(case.results[0].ct, Some(21.0));
}

#[tokio::test]
async fn forty_positives_are_three_calls() {
    let day = Day::begin().await;
    let staged = day.stage(positives(40)).await;
    let applied = day.apply(staged.id).await;
    assert_eq!((applied.counts.done, day.count("cases").await), (40, 40));
    let matters = day.matters().await;
    assert_eq!(matters.len(), 1);
    let (kind, matter) = &matters[0];
    assert_eq!(kind, "f0_list");
    assert_eq!(day.calls(*matter).await.len(), 3);
    let mut cx = day.centre.as_staff(day.nurse).await;
    let task =
        tickets::matter_tickets(&mut cx, *matter).await.unwrap()[0].task["vi"].as_str().unwrap().to_owned();
    assert!(task.contains("40 ca F0") && task.contains(&staged.code), "{task}");
    let page = cases::list(&mut cx, &Filter { limit: 100, ..Filter::default() }).await.unwrap();
    assert!(page.lines.iter().all(|line| line.matter == Some(*matter)));
}

#[tokio::test]
async fn each_ward_of_a_district_list_is_rung_for_its_own() {
    let day = Day::begin().await;
    let bytes = list(&[
        "1,Trần Văn Một,1985,,0900000101,,Tân Phong,24/9/2021,PCR,+",
        "2,Trần Văn Hai,1986,,0900000102,,TAN QUY,24/9/2021,PCR,+",
        "3,Trần Văn Ba,1987,,0900000103,5 Nguyễn Thị Thập P. Tân Quy,,24/9/2021,PCR,+",
        "4,Trần Văn Bốn,1988,,0900000104,,Phường 99,24/9/2021,PCR,+",
        "5,Trần Văn Năm,1989,,0900000105,,,24/9/2021,PCR,+",
    ]);
    let unit = day.centre.unit("TTDH").await;
    let upload = Upload { unit, ..day.upload(bytes.into_bytes()) };
    let Staged::Ready(staged) = day.stage_as(day.director, upload).await else {
        panic!("the list is readable")
    };
    assert_eq!((staged.counts.good, staged.counts.errors), (3, 2));
    day.apply_as(day.director, staged.id).await;
    let mut kinds: Vec<String> = day.matters().await.into_iter().map(|(kind, _)| kind).collect();
    kinds.sort();
    assert_eq!(kinds, ["f0_list", "f0_news"]);
}

#[tokio::test]
async fn a_list_read_twice_doubles_nothing() {
    let day = Day::begin().await;
    let first = day.stage(positives(5)).await;
    day.apply(first.id).await;
    let again = day.stage(positives(5)).await;
    assert_eq!((again.counts.known, again.counts.good), (5, 0));
    assert_eq!(again.file_hash, first.file_hash);
    let applied = day.apply(again.id).await;
    assert_eq!((applied.counts.known, applied.counts.done), (5, 0));

    // The same people spelt otherwise, one with a new sample, one row twice.
    let other = list(&[
        "1,NGUYEN VAN SO0,1980,079080000000,0900 000 000,,,24-09-2021,rt pcr,POS",
        "2,Nguyễn Văn Số1,1980,079080000001,0900000001,,,25/9/2021,PCR,Dương tính",
        "3,Nguyễn Văn Số1,1980,079080000001,0900000001,,,25/9/2021,PCR,Dương tính",
    ]);
    let third = day.stage(other).await;
    assert_eq!((third.counts.known, third.counts.good), (2, 1));
    day.apply(third.id).await;
    assert_eq!(
        (day.count("people").await, day.count("cases").await, day.count("test_results").await),
        (5, 5, 6)
    );
    assert_eq!(day.matters().await.len(), 1);
}

#[tokio::test]
async fn broken_rows_come_back_and_can_be_read_in_again() {
    let day = Day::begin().await;
    let staged = day
        .stage(list(&[
            "1,Trần Thị Bích,1985,,0900555777,,,24/9/2021,PCR,Dương tính",
            "2,<script>alert(1)</script>,1985,,0900555701,\"'; drop table people; --\",,31/2/2021,PCR,Dương tính",
            "3,Lê Văn An,2030,,0900555702,,,24/9/2021,PCR,chờ",
        ]))
        .await;
    day.apply(staged.id).await;
    assert_eq!(day.count("cases").await, 1);
    let mut cx = day.centre.as_staff(day.nurse).await;
    let tenant = &day.centre.tenant;
    let say = |error: &duty::sheets::RowError| format!("{}: {}", error.field, error.key);
    let file = imports::error_file(&mut cx, tenant, staged.id, "Lỗi", say).await.unwrap();
    cx.commit().await.unwrap();
    let csv = String::from_utf8(file.csv).unwrap();
    assert!(csv.contains("sample_on: error-date-none") && csv.contains("<script>alert(1)</script>"), "{csv}");
    assert!(csv.contains("birth: error-birth-future; result: error-result-unknown"), "{csv}");
    assert!(!csv.contains("Bích"));

    // Mended by hand, read in again: the text survives as text.
    let mended = csv.replace("31/2/2021", "23/9/2021").replace("2030", "2003").replace("chờ", "(-)");
    let again = day.stage(mended).await;
    assert_eq!((again.counts.good, again.counts.errors), (2, 0));
    day.apply(again.id).await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    let page = cases::list(&mut cx, &Filter { limit: 10, ..Filter::default() }).await.unwrap();
    assert!(page.lines.iter().any(|line| line.person.full_name == "<script>alert(1)</script>"));

    // An hour after they were fetched the broken rows are gone.
    let timers = Runner::new(day.centre.store.clone(), vec![Arc::new(Expire)]);
    day.centre.clock.advance(SignedDuration::from_mins(61));
    while timers.fire_due().await.unwrap() > 0 {}
    let mut cx = day.centre.as_staff(day.nurse).await;
    let gone = imports::error_file(&mut cx, tenant, staged.id, "Lỗi", say).await;
    assert!(matches!(gone, Err(Error::Conflict("error-import-errors-gone"))));
    // Where and why stays told, and to nobody else.
    let told = imports::broken_rows(&mut cx, staged.id, 20).await.unwrap();
    assert_eq!(told.len(), 2);
    assert!(told.iter().any(|row| row.faults.contains(&("sample_on", "error-date-none"))), "{told:?}");
    let mut cx = day.centre.as_staff(day.other_nurse).await;
    assert!(matches!(imports::broken_rows(&mut cx, staged.id, 20).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn fetching_the_broken_rows_of_a_staged_list_leaves_the_good_ones_their_week() {
    let day = Day::begin().await;
    let staged = day
        .stage(list(&[
            "1,Trần Thị Bích,1985,,0900555777,,,24/9/2021,PCR,Dương tính",
            "2,Lê Văn An,1990,,0900555702,,,31/2/2021,PCR,Dương tính",
        ]))
        .await;
    let say = |error: &duty::sheets::RowError| error.key.to_owned();
    let mut cx = day.centre.as_staff(day.nurse).await;
    imports::error_file(&mut cx, &day.centre.tenant, staged.id, "Lỗi", say).await.unwrap();
    cx.commit().await.unwrap();
    let timers = Runner::new(day.centre.store.clone(), vec![Arc::new(Expire)]);
    day.centre.clock.advance(SignedDuration::from_hours(2));
    while timers.fire_due().await.unwrap() > 0 {}
    let mut cx = day.centre.as_staff(day.nurse).await;
    let gone = imports::error_file(&mut cx, &day.centre.tenant, staged.id, "Lỗi", say).await;
    assert!(matches!(gone, Err(Error::Conflict("error-import-errors-gone"))));
    drop(cx);
    let import = day.import(staged.id).await;
    assert_eq!((import.state, import.counts.good), (State::Staged, 1));
    day.apply(staged.id).await;
    assert_eq!(day.count("cases").await, 1);
}

#[tokio::test]
async fn a_staged_list_whose_broken_rows_were_fetched_still_ends_after_its_week() {
    let day = Day::begin().await;
    let staged = day
        .stage(list(&[
            "1,Trần Thị Bích,1985,,0900555777,,,24/9/2021,PCR,Dương tính",
            "2,Lê Văn An,1990,,0900555702,,,31/2/2021,PCR,Dương tính",
        ]))
        .await;
    let say = |error: &duty::sheets::RowError| error.key.to_owned();
    let mut cx = day.centre.as_staff(day.nurse).await;
    imports::error_file(&mut cx, &day.centre.tenant, staged.id, "Lỗi", say).await.unwrap();
    cx.commit().await.unwrap();
    let timers = Runner::new(day.centre.store.clone(), vec![Arc::new(Expire)]);
    for (hours, state) in [(1, State::Staged), (24 * 7 - 2, State::Staged), (1, State::Expired)] {
        day.centre.clock.advance(SignedDuration::from_hours(hours));
        while timers.fire_due().await.unwrap() > 0 {}
        assert_eq!(day.import(staged.id).await.state, state, "{hours}");
    }
}

#[tokio::test]
async fn a_staged_list_that_nobody_applies_is_forgotten_in_a_week() {
    let day = Day::begin().await;
    let staged = day.stage(positives(3)).await;
    let timers = Runner::new(day.centre.store.clone(), vec![Arc::new(Expire)]);
    day.centre.clock.advance(SignedDuration::from_hours(24 * 7));
    while timers.fire_due().await.unwrap() > 0 {}
    assert_eq!(day.import(staged.id).await.state, State::Expired);
    let mut cx = day.centre.as_staff(day.nurse).await;
    let late = imports::apply(&mut cx, staged.id).await;
    assert!(matches!(late, Err(Error::Conflict("error-import-not-staged"))));
}

#[tokio::test]
async fn a_list_is_taken_back_while_nobody_has_acted_on_it() {
    let day = Day::begin().await;
    let staged = day.stage(positives(4)).await;
    day.apply(staged.id).await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    let undone = imports::undo(&mut cx, staged.id, "Nhầm danh sách quận khác").await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(undone, Undone::Done { cases: 4, results: 4 });
    let matter = day.matters().await[0].1;
    assert!(day.calls(matter).await.iter().all(|call| call.ended_at.is_some()), "the phones are silent");
    day.centre.advance(SignedDuration::from_mins(10)).await;
    assert_eq!(day.calls(matter).await.len(), 3, "nobody is called on");
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert!(cases::list(&mut cx, &Filter { limit: 10, ..Filter::default() }).await.unwrap().lines.is_empty());
    drop(cx);
    let named = day.everything().await.into_iter().find(|(table, _)| table == "people").unwrap().1;
    assert!(!named.contains("Nguyễn"), "the people it made are emptied");
    // The right list of the same people goes in afresh.
    let again = day.stage(positives(4)).await;
    assert_eq!(again.counts.good, 4);
    day.apply(again.id).await;

    let mut cx = day.centre.as_staff(day.nurse).await;
    let page = cases::list(&mut cx, &Filter { limit: 10, ..Filter::default() }).await.unwrap();
    assert_eq!(page.lines.len(), 4);
    cx.rollback().await.unwrap();
    day.centre.advance(SignedDuration::from_secs(30)).await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    cases::move_care(&mut cx, page.lines[0].id, Care::Hospital, "").await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(imports::undo(&mut cx, again.id, "Nhầm").await.unwrap(), Undone::Refused { acted: 1 });
    let ticket = tickets::matter_tickets(&mut cx, page.lines[0].matter.unwrap()).await.unwrap()[0].id;
    tickets::accept(&mut cx, ticket).await.unwrap();
    assert_eq!(imports::undo(&mut cx, again.id, "Nhầm").await.unwrap(), Undone::Refused { acted: 4 });
}

#[tokio::test]
async fn columns_a_person_chose_are_remembered_for_the_unit() {
    let day = Day::begin().await;
    let bytes = "Bệnh nhân,Sinh,Hôm lấy,Cách thử,Kết luận\nTrần Thị Bích,1985,24/9/2021,PCR,Âm tính\n";
    let Staged::Unreadable(error) = day.stage_as(day.nurse, day.upload(bytes.into())).await else {
        panic!("no name fits")
    };
    assert_eq!(error.key, "error-sheet-header");
    let chosen = [
        ("full_name", "Bệnh nhân"),
        ("birth", "Sinh"),
        ("sample_on", "Hôm lấy"),
        ("kind", "Cách thử"),
        ("result", "Kết luận"),
    ];
    let overrides =
        Overrides(chosen.iter().map(|(field, header)| ((*field).into(), (*header).into())).collect());
    let upload = Upload { overrides: Some(overrides), ..day.upload(bytes.into()) };
    let Staged::Ready(staged) = day.stage_as(day.nurse, upload).await else {
        panic!("the columns were named")
    };
    assert_eq!(staged.counts.good, 1);
    day.apply(staged.id).await;
    let next = bytes.replace("24/9", "25/9");
    assert_eq!(day.stage(next).await.counts.good, 1);
}

#[tokio::test]
async fn a_list_without_its_kind_of_test_takes_the_one_that_is_said() {
    let day = Day::begin().await;
    let bytes = "Họ tên,Năm sinh,Ngày lấy mẫu,Kết quả\nTrần Thị Bích,1985,24/9/2021,Âm tính\n";
    assert_eq!(day.stage(bytes).await.counts.errors, 1);
    let upload = Upload { default_kind: Some(TestKind::Rapid), ..day.upload(bytes.into()) };
    let Staged::Ready(staged) = day.stage_as(day.nurse, upload).await else { panic!("readable") };
    assert_eq!(staged.counts.good, 1);
    let missing = "Họ tên,Năm sinh,SĐT\nTrần Thị Bích,1985,0900555777\n";
    let Staged::Columns { missing, headers } = day.stage_as(day.nurse, day.upload(missing.into())).await
    else {
        panic!("two columns are missing")
    };
    assert_eq!(
        (missing, headers),
        (vec!["sample_on", "result"], vec!["Họ tên".into(), "Năm sinh".into(), "SĐT".into()])
    );
}

#[tokio::test]
async fn a_file_that_is_no_list_is_refused_in_words_and_others_see_nothing_of_a_list() {
    let day = Day::begin().await;
    for (bytes, key) in [
        (b"%PDF-1.4".to_vec(), "error-sheet-not-a-table"),
        (Vec::new(), "error-sheet-empty"),
        (vec![b'a'; 32 * 1024 * 1024 + 1], "error-sheet-too-big"),
    ] {
        let Staged::Unreadable(error) = day.stage_as(day.nurse, day.upload(bytes)).await else {
            panic!("{key}")
        };
        assert_eq!(error.key, key);
    }
    let staged = day.stage(positives(2)).await;
    let mut cx = day.centre.as_staff(day.other_nurse).await;
    assert!(matches!(imports::find(&mut cx, staged.id).await, Err(Error::NotFound)));
    assert!(matches!(imports::apply(&mut cx, staged.id).await, Err(Error::NotFound)));
    assert!(imports::recent(&mut cx, 10).await.unwrap().is_empty());
    let upload = day.upload(positives(1).into_bytes());
    let refused = imports::stage(&mut cx, &day.centre.tenant, upload).await;
    assert!(matches!(refused, Err(Error::NotFound)));
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(imports::recent(&mut cx, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_list_of_ten_megabytes_is_staged_whole() {
    let day = Day::begin().await;
    let mut bytes = HEAD.replace("Kết quả\n", "Kết quả,Ghi chú\n");
    let note = "Đã gọi hai lần, hẹn chiều gọi lại. ".repeat(40);
    let mut rows = 0;
    while bytes.len() + 4096 < 10 * 1024 * 1024 {
        let n = rows;
        bytes.push_str(&format!(
            "{n},Lê Văn An,1980,,0900{n:06},{n} Đường số 9,,24/9/2021,PCR,Âm tính,\"{note}\"\n"
        ));
        rows += 1;
    }
    assert!(bytes.len() > 10_000_000);
    let staged = day.stage(bytes).await;
    assert_eq!((staged.counts.rows, staged.counts.good, staged.counts.errors), (rows, rows, 0));
}

#[tokio::test]
async fn the_sample_list_is_as_untidy_as_real_ones_and_goes_in() {
    let day = Day::begin().await;
    let rng = Rng::seeded(7);
    let bytes = sample_list(&rng, 200, &["Tân Phong"], date(2021, 9, 25)).unwrap();
    let staged = day.stage(bytes).await;
    assert_eq!(staged.counts.rows, 200);
    assert!((1..20).contains(&staged.counts.errors), "{:?}", staged.counts);
    let applied = day.apply(staged.id).await;
    assert_eq!(applied.counts.done + applied.counts.known + applied.counts.errors, 200);
    assert_eq!(day.count("cases").await, applied.counts.positives);
    assert_eq!(day.matters().await.len(), 1);

    let sound =
        SampleList { rows: 60, wards: &["Tân Phong"], day: date(2021, 9, 25), positive: 0.5, broken: 0.0 };
    let staged = day.stage(sound.xlsx(&rng).unwrap()).await;
    assert_eq!(staged.counts.errors, 0);
}

#[tokio::test]
async fn a_list_whose_people_have_been_asked_how_they_are_is_not_taken_back() {
    let day = Day::begin().await;
    let import = day.stage(positives(1)).await;
    day.apply(import.id).await;
    assert_eq!(day.count("follow_plans").await, 1, "whoever a list makes an F0 is followed too");
    let (household, person) = {
        let mut cx = day.centre.as_staff(day.nurse).await;
        let morning = followups::morning(&mut cx, day.station, Only::All, 0).await.unwrap();
        (morning.rounds[0].home.id, morning.rounds[0].people[0].person.id)
    };
    let mut cx = day.centre.begin(Actor::citizen(household.uuid())).await;
    let well = MemberEntry { spo2: "98".into(), ..MemberEntry::of(person) };
    let form = DiaryForm {
        form_key: uuid::Uuid::from_u128(1),
        at: None,
        channel: Channel::Household,
        members: vec![well],
    };
    followups::enter(&mut cx, &day.centre.tenant, household, &form).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = day.centre.as_staff(day.nurse).await;
    let refused = imports::undo(&mut cx, import.id, "Nhập nhầm").await.unwrap();
    assert_eq!(refused, Undone::Refused { acted: 1 });
}
