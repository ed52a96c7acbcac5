//! Lists of residents and of doses, and lists too long to be read at once.

use crate::day::Day;
use duty::sheets::Overrides;
use health::{
    facts::{self, Source},
    imports::{
        self, Direct, DirectOutcome, DirectReport, Expire, Import, Kind, SamplePeople, State, Undone, Upload,
    },
};
use jiff::{SignedDuration, civil::date};
use kernel::{Error, PersonId, Rng};
use std::sync::Arc;
use store::timers::Runner;

const RESIDENTS: &str = "STT,Họ và tên,Ngày sinh,Giới tính,CCCD,SĐT,Địa chỉ,Phường\n";
const DOSES: &str = "Họ và tên,Ngày sinh,SĐT,Mũi,Ngày tiêm,Loại vắc xin,Số lô\n";

fn list(head: &str, rows: &[&str]) -> Vec<u8> {
    format!("{head}{}\n", rows.join("\n")).into_bytes()
}

fn sample(rows: usize, twice: f64, broken: f64) -> SamplePeople<'static> {
    SamplePeople { rows, wards: &["Tân Phong"], day: date(2021, 9, 25), twice, broken }
}

impl Day {
    fn of_kind(&self, kind: Kind, bytes: Vec<u8>) -> Upload {
        Upload { kind, ..self.upload(bytes) }
    }

    /// A list read for trial and put on record.
    async fn put(&self, kind: Kind, bytes: Vec<u8>) -> Import {
        let staged = self.stage_upload(self.of_kind(kind, bytes)).await;
        self.apply(staged.id).await
    }

    /// Whoever bears this name, by its key.
    async fn named(&self, search: &str) -> PersonId {
        let mut cx = self.centre.system().await;
        let id = sqlx::query_scalar("select id from people where tenant_id = $1 and search = $2")
            .bind(self.centre.id().uuid())
            .bind(search)
            .fetch_one(cx.conn())
            .await
            .unwrap();
        PersonId(id)
    }

    async fn direct(&self, bytes: Vec<u8>, dry_run: bool) -> DirectReport {
        let list = Direct {
            kind: Kind::People,
            unit: self.station,
            file_name: "nhan-khau.csv".into(),
            bytes,
            overrides: None,
            dry_run,
            most_broken: 20,
        };
        match imports::read_direct(&self.centre.store, &self.centre.tenant, list).await.unwrap() {
            DirectOutcome::Read(report) => *report,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_list_of_residents_read_twice_makes_nobody_twice() {
    let day = Day::begin().await;
    let rows = [
        "1,Trần Thị Bích,02/03/1985,Nữ,079185012345,0900555777,12 Đường số 15,Tân Phong",
        "2,LE VAN HOA,1990,nam,,900555778,\"14 Đường số 15, KP3\",TAN PHONG",
        "3,Phạm Văn Hỏng,31/2/1990,nam,,0900555779,,",
        "4,Võ Chỉ Tên,,,,,,",
        "5,Ngô Nhà Bên,1990,nam,,0900555780,,Tân Quy",
    ];
    let staged = day.stage_upload(day.of_kind(Kind::People, list(RESIDENTS, &rows))).await;
    assert_eq!((staged.kind, staged.state), (Kind::People, State::Staged));
    assert_eq!((staged.counts.rows, staged.counts.good, staged.counts.errors), (5, 2, 3));
    assert_eq!((staged.counts.made, staged.counts.matched), (2, 0), "two are foreseen as new");
    assert_eq!(day.count("people").await, 0, "a dry run puts nothing on record");
    let mut cx = day.centre.as_staff(day.nurse).await;
    let told = imports::broken_rows(&mut cx, staged.id, 20).await.unwrap();
    let faults: Vec<_> = told.iter().map(|row| row.faults[0]).collect();
    assert_eq!(
        faults,
        [("birth", "error-date-none"), ("", "error-person-too-little"), ("ward", "error-ward-not-yours")]
    );
    drop(cx);

    let applied = day.apply(staged.id).await;
    assert_eq!((applied.state, applied.counts.done, applied.counts.made), (State::Applied, 2, 2));
    assert_eq!((day.count("people").await, day.count("person_phones").await), (2, 2));

    // The same file, and the same people in another office's hand.
    let again = day.put(Kind::People, list(RESIDENTS, &rows)).await;
    assert_eq!((again.counts.known, again.counts.done, again.counts.errors), (2, 0, 3));
    let other = [
        "1,TRẦN THỊ BÍCH,2-3-1985,nữ,079 185 012 345,84900555777,12 đường số 15,P. Tân Phong",
        "2,Lê Văn Hoà,1990,Nam,không có,0900.555.778,,",
        "3,Lê Văn Hoá,1990,Nam,,0900.555.778,,",
    ];
    let other = day.stage_upload(day.of_kind(Kind::People, list(RESIDENTS, &other))).await;
    assert_eq!((other.counts.known, other.counts.good), (2, 1), "one row says the same as a row before");
    let applied = day.apply(other.id).await;
    assert_eq!((applied.counts.done, applied.counts.matched, day.count("people").await), (0, 1, 2));
}

#[tokio::test]
async fn a_record_that_changed_is_completed_and_contradictions_stand_beside() {
    let day = Day::begin().await;
    day.put(Kind::People, list(RESIDENTS, &["1,Trần Thị Bích,1985,,,0900555777,,"])).await;
    let more = ["1,TRAN THI BICH,02/03/1985,nữ,079185012345,0900 555 777,12 Đường số 15,"];
    let staged = day.stage_upload(day.of_kind(Kind::People, list(RESIDENTS, &more))).await;
    assert_eq!((staged.counts.good, staged.counts.matched, staged.counts.made), (1, 1, 0));
    let applied = day.apply(staged.id).await;
    assert_eq!((applied.counts.known, applied.counts.matched, applied.counts.done), (1, 1, 0));
    let whole = "people where citizen_id is not null and birth_date = '1985-03-02' and sex = 'female'
                          and address_key is not null";
    assert_eq!((day.count("people").await, day.count(whole).await), (1, 1));
    // Born in another year he is somebody else, whatever the telephone says.
    let other = day.put(Kind::People, list(RESIDENTS, &["1,Trần Thị Bích,1958,,,0900555777,,"])).await;
    assert_eq!((other.counts.made, day.count("people").await), (1, 2));
    assert_eq!(day.count("people where birth_date = '1985-03-02'").await, 1);
}

#[tokio::test]
async fn two_lists_at_once_make_one_person() {
    let day = Day::begin().await;
    for rows in [
        ["1,Trần Thị Bích,1985,,,0900555777,12 Đường số 15,"],
        ["7,TRAN THI BICH,1985,nữ,,0900 555 777,14 Đường số 15,"],
    ] {
        let staged = day.stage_upload(day.of_kind(Kind::People, list(RESIDENTS, &rows))).await;
        let mut cx = day.centre.as_staff(day.nurse).await;
        imports::apply(&mut cx, staged.id).await.unwrap();
        cx.commit().await.unwrap();
    }
    tokio::join!(day.work_off(), day.work_off());
    day.work_off().await;
    assert_eq!(day.count("people").await, 1);
    assert_eq!(day.count("imports where state = 'applied'").await, 2);
}

#[tokio::test]
async fn the_sample_of_residents_is_as_untidy_as_real_ones_and_goes_in() {
    let day = Day::begin().await;
    let rng = Rng::seeded(11);
    let bytes = sample(200, 0.2, 0.3).xlsx(&rng).unwrap();
    let staged = day.stage_upload(day.of_kind(Kind::People, bytes)).await;
    assert_eq!(staged.counts.rows, 200);
    assert!((30..100).contains(&staged.counts.errors), "{:?}", staged.counts);
    let applied = day.apply(staged.id).await;
    let counts = applied.counts;
    assert_eq!(counts.done + counts.known + counts.errors, 200);
    assert_eq!(day.count("people").await, counts.made);
    assert!(counts.matched > 0 && counts.made < counts.rows - counts.errors, "{counts:?}");

    let sound = day.stage_upload(day.of_kind(Kind::People, sample(60, 0.0, 0.0).csv(&rng).unwrap())).await;
    assert_eq!((sound.counts.rows, sound.counts.errors), (60, 0));
}

#[tokio::test]
async fn a_long_sheet_with_a_third_broken_keeps_the_good_rows_and_holds_nobody_up() {
    let day = Day::begin().await;
    let rows = 20_000;
    let bytes = sample(rows, 0.2, 0.3).csv(&Rng::seeded(5)).unwrap();
    let imports::Staged::Ready(import) = day.stage_as(day.nurse, day.of_kind(Kind::People, bytes)).await
    else {
        panic!("the columns are known")
    };
    assert_eq!((import.state, import.progress(), import.counts.read), (State::Reading, Some(0), 0));
    assert!(import.counts.rows >= rows as i64, "{:?}", import.counts);
    let named: String = "HỌ VÀ TÊN".bytes().map(|byte| format!("{byte:02x}")).collect();
    let files = day.everything().await.into_iter().find(|(table, _)| table == "import_files").unwrap().1;
    assert!(!files.is_empty() && !files.contains(&named), "the file waits sealed");

    // A nurse enters a case and the record is sealed while the list is read.
    let beside = async {
        let recorded = day.record(&day.form(1)).await;
        day.centre.seal().await;
        recorded
    };
    let ((), recorded) = tokio::join!(day.read_lists(), beside);
    assert_eq!(day.matters().await.len(), 1, "{recorded:?}");
    let staged = day.import(import.id).await;
    let counts = staged.counts;
    assert_eq!((staged.state, counts.rows, counts.read), (State::Staged, rows as i64, rows as i64));
    assert_eq!(counts.good + counts.known + counts.errors, rows as i64);
    assert!((5_000..7_000).contains(&counts.errors), "{counts:?}");
    let steps = day.count("(select distinct xmin::text from import_rows) as steps").await;
    assert_eq!(steps, 10, "two thousand rows a transaction");
    assert_eq!(day.count("import_files").await, 0, "the file is gone once it is read");
}

#[tokio::test]
async fn a_file_that_breaks_off_is_told_and_nothing_of_it_is_kept() {
    let day = Day::begin().await;
    let mut bytes = sample(6_000, 0.0, 0.0).csv(&Rng::seeded(3)).unwrap();
    bytes.extend(b"x".iter().chain(b",x".repeat(250).iter()));
    let imports::Staged::Ready(import) = day.stage_as(day.nurse, day.of_kind(Kind::People, bytes)).await
    else {
        panic!("its beginning is sound")
    };
    day.read_lists().await;
    let import = day.import(import.id).await;
    assert_eq!((import.state, import.fault.as_deref()), (State::Unreadable, Some("error-sheet-columns")));
    assert_eq!((day.count("import_files").await, import.counts.good), (0, 0));
    assert_eq!(day.count("import_rows where body is not null").await, 0);
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert!(matches!(
        imports::apply(&mut cx, import.id).await,
        Err(Error::Conflict("error-import-not-staged"))
    ));
}

#[tokio::test]
async fn a_list_that_nobody_reads_in_a_week_is_let_go_of() {
    let day = Day::begin().await;
    let bytes = sample(5_000, 0.0, 0.0).csv(&Rng::seeded(4)).unwrap();
    let imports::Staged::Ready(import) = day.stage_as(day.nurse, day.of_kind(Kind::People, bytes)).await
    else {
        panic!("the columns are known")
    };
    let timers = Runner::new(day.centre.store.clone(), vec![Arc::new(Expire)]);
    day.centre.clock.advance(SignedDuration::from_hours(24 * 7));
    while timers.fire_due().await.unwrap() > 0 {}
    day.read_lists().await;
    assert_eq!(day.import(import.id).await.state, State::Expired);
    assert_eq!((day.count("import_files").await, day.count("import_rows").await), (0, 0));
}

#[tokio::test]
async fn doses_of_a_list_are_facts_and_go_with_it() {
    let day = Day::begin().await;
    let rows = [
        "Trần Thị Bích,1985,0900555777,Mũi 1,1/8/2021,AZ,A1",
        "TRAN THI BICH,1985,900555777,2,44459,Astra Zeneca,",
        "Lê Văn An,1990,0900555778,1,31/2/2021,,",
        "Lê Văn An,1990,0900555778,nhắc,1/8/2021,,",
    ];
    let applied = day.put(Kind::Vaccinations, list(DOSES, &rows)).await;
    assert_eq!((applied.counts.done, applied.counts.made, applied.counts.errors), (2, 1, 2));
    let person = day.named("tran thi bich").await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    let known = facts::of(&mut cx, person).await.unwrap();
    assert_eq!(known.len(), 2);
    for fact in &known {
        assert_eq!(
            (fact.source, fact.import, fact.words.as_str()),
            (Source::List, Some(applied.id), "AstraZeneca")
        );
    }
    assert_eq!(known[0].entered_by, Some(day.nurse));
    drop(cx);
    let again = day.put(Kind::Vaccinations, list(DOSES, &rows)).await;
    assert_eq!((again.counts.known, day.count("person_facts").await), (2, 2));
    // One column a dose, of the same doses.
    let wide = "Họ tên,Năm sinh,Điện thoại,Mũi 1,Vắc xin mũi 1,Số lô mũi 1,Mũi 2,Vắc xin mũi 2\n";
    let wide =
        list(wide, &["Trần Thị Bích,1985,0900555777,01/08/2021,AstraZeneca,A1,20/09/2021,AstraZeneca"]);
    let wide = day.put(Kind::Vaccinations, wide).await;
    assert_eq!((wide.counts.known, day.count("person_facts").await), (1, 2));

    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(imports::undo(&mut cx, applied.id, "Nhầm tệp").await.unwrap(), Undone::Begun);
    cx.commit().await.unwrap();
    day.work_off().await;
    assert_eq!(day.import(applied.id).await.state, State::Undone);
    assert_eq!(day.count("person_facts where withdrawn_at is null").await, 0);
    assert_eq!(day.count("people where erased_at is null").await, 1, "another list names her too");
}

#[tokio::test]
async fn a_list_of_doses_without_a_day_asks_for_its_column() {
    let day = Day::begin().await;
    let bytes = list("Họ và tên,Năm sinh,Lần,Hôm tiêm\n", &["Trần Thị Bích,1985,1,1/8/2021"]);
    let upload = day.of_kind(Kind::Vaccinations, bytes.clone());
    let imports::Staged::Columns { missing, headers } = day.stage_as(day.nurse, upload).await else {
        panic!("no dose can be read")
    };
    assert_eq!((missing, headers.len()), (vec!["dosed_on"], 4));
    let chosen =
        [("full_name", "Họ và tên"), ("birth", "Năm sinh"), ("dose", "Lần"), ("dosed_on", "Hôm tiêm")];
    let chosen = chosen.iter().map(|(field, header)| ((*field).into(), (*header).into())).collect();
    let upload =
        Upload { overrides: Some(Overrides(chosen)), ..day.of_kind(Kind::Vaccinations, bytes.clone()) };
    let staged = day.stage_upload(upload).await;
    assert_eq!(staged.counts.good, 1);
    day.apply(staged.id).await;
    // The unit has agreed to it for lists of doses, and for no others.
    let next = day.stage_upload(day.of_kind(Kind::Vaccinations, bytes.clone())).await;
    assert_eq!(next.counts.known, 1);
    let residents = day.stage_upload(day.of_kind(Kind::People, bytes)).await;
    assert_eq!(residents.mapping.len(), 2);
}

#[tokio::test]
async fn residents_are_taken_back_while_they_have_come_to_nothing() {
    let day = Day::begin().await;
    let rows = ["1,Trần Thị Bích,1985,,,0900555777,,", "2,Lê Văn An,1990,,,0900555778,,"];
    let first = day.put(Kind::People, list(RESIDENTS, &rows)).await;
    // Another list names one of them too.
    day.put(Kind::People, list(RESIDENTS, &["9,LE VAN AN,1990,nam,,0900 555 778,5 Đường số 9,"])).await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(imports::undo(&mut cx, first.id, "Nhầm phường").await.unwrap(), Undone::Begun);
    cx.commit().await.unwrap();
    assert_eq!(day.import(first.id).await.state, State::Undoing);
    day.work_off().await;
    let undone = day.import(first.id).await;
    assert_eq!((undone.state, undone.counts.done), (State::Undone, 0));
    assert_eq!(day.count("people where erased_at is null").await, 1);
    assert_eq!(day.count("people where search = 'le van an'").await, 1);

    // Read again she is new, and once she is a case the list stays.
    let again = day.put(Kind::People, list(RESIDENTS, &rows)).await;
    assert_eq!((again.counts.made, again.counts.matched), (1, 1));
    let mut case = day.form(1);
    case.citizen_id.clear();
    day.record(&case).await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(imports::undo(&mut cx, again.id, "Nhầm").await.unwrap(), Undone::Refused { acted: 1 });
}

#[tokio::test]
async fn a_list_read_at_the_machine_is_foreseen_goes_in_and_doubles_nothing() {
    let day = Day::begin().await;
    let bytes = sample(1_200, 0.2, 0.3).csv(&Rng::seeded(9)).unwrap();
    let dry = day.direct(bytes.clone(), true).await;
    assert_eq!((dry.rows, dry.good + dry.known + dry.errors), (1_200, 1_200));
    assert_eq!((day.count("people").await, day.count("imports").await), (0, 0));
    assert!(dry.errors > 200 && dry.broken.len() == 20 && dry.import.is_none());

    let report = day.direct(bytes.clone(), false).await;
    assert_eq!((report.rows, report.errors, report.known), (dry.rows, dry.errors, dry.known));
    assert_eq!(report.good, report.made + report.matched);
    assert!(report.matched > 0, "{report:?}");
    assert_eq!(day.count("people").await, report.made as i64);
    let import = day.import(report.import.unwrap()).await;
    assert_eq!((import.state, import.counts.rows, import.counts.good), (State::Applied, 1_200, 0));
    assert_eq!(import.counts.errors, report.errors as i64);

    let again = day.direct(bytes, false).await;
    assert_eq!((again.made, again.matched, again.known), (0, 0, 1_200 - report.errors));
    // In the desk it is a list like any other.
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(imports::undo(&mut cx, import.id, "Nhập thử").await.unwrap(), Undone::Begun);
    cx.commit().await.unwrap();
    day.work_off().await;
    assert_eq!(day.import(import.id).await.state, State::Undone);
}
