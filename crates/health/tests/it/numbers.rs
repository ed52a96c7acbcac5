use crate::{
    day::Day,
    home::{Home, saturated},
};
use duty::{
    heartbeats::{self, State},
    sheets::Taken,
};
use health::{
    cases::{self, Care, Classification, Ending},
    imports,
    numbers::{self, Beds, Fold, MakeReport, Measure, Values},
    removals::{self, Ended, NewRemoval, Reason},
};
use jiff::{
    SignedDuration,
    civil::{Date, date},
};
use kernel::{Error, Role, StaffId};
use std::sync::Arc;
use store::{subscriptions::Reader, timers::Runner};
use uuid::Uuid;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const TODAY: Date = date(2021, 9, 25);

/// Seals what has happened and counts it.
async fn fold(day: &Day) {
    day.centre.seal().await;
    let reader = Reader::new(day.centre.store.clone(), vec![Arc::new(Fold)]);
    while reader.read(day.centre.id()).await.unwrap() > 0 {}
}

/// The numbers of Tân Phong of a day, as its nurse sees them.
async fn of_ward(day: &Day, on: Date) -> Values {
    let mut cx = day.centre.as_staff(day.nurse).await;
    numbers::numbers(&mut cx, on, on, Some(day.ward)).await.unwrap().on(Some(day.ward), 0)
}

fn told<const N: usize>(values: &Values, measures: [Measure; N]) -> [i64; N] {
    measures.map(|measure| values.of(measure))
}

/// What is kept of the numbers, and what is remembered beside them.
async fn kept(day: &Day) -> (Vec<String>, Vec<String>) {
    let mut cx = day.centre.system().await;
    let days = "select concat_ws(' ', measure, day, ward_id, n) from case_days where n <> 0 order by 1";
    let days = sqlx::query_scalar(days).fetch_all(cx.conn()).await.unwrap();
    let objects = "select concat_ws(' ', object_id, ward_id, body) from counted_objects order by 1";
    (days, sqlx::query_scalar(objects).fetch_all(cx.conn()).await.unwrap())
}

async fn list_taken_back(day: &Day) {
    let list = "Họ và tên,Năm sinh,SĐT,Ngày lấy mẫu,Loại XN,Kết quả\n\
                Lê Văn An,1990,0900555778,24/9/2021,PCR,Dương tính\n\
                Phạm Thị Hoa,1991,0900555779,24/9/2021,PCR,Âm tính\n";
    let list = day.stage(list).await;
    day.apply(list.id).await;
    fold(day).await;
    let values = of_ward(day, TODAY).await;
    let measures = [Measure::F0, Measure::Unplaced, Measure::Tested, Measure::Positive];
    assert_eq!(told(&values, measures), [2, 1, 3, 2]);
    let mut cx = day.centre.as_staff(day.nurse).await;
    let undone = imports::undo(&mut cx, list.id, "Nhầm tệp").await.unwrap();
    assert!(matches!(undone, imports::Undone::Done { .. }), "{undone:?}");
    cx.commit().await.unwrap();
    fold(day).await;
    assert_eq!(told(&of_ward(day, TODAY).await, measures), [1, 0, 1, 1]);
}

#[tokio::test]
async fn a_days_numbers_rebuilt_from_the_record_are_the_same() {
    let home = Home::begin().await;
    let day = &home.day;
    list_taken_back(day).await;
    let standing = [Measure::AtHome, Measure::Hospital, Measure::Severe, Measure::F1];
    assert_eq!(told(&of_ward(day, TODAY).await, standing), [1, 0, 0, 1]);

    // The mother is taken to hospital; a neighbour is only suspected; another has recovered.
    let mut cx = day.centre.as_staff(day.nurse).await;
    cases::set_severe(&mut cx, home.case, true).await.unwrap();
    let hospital = NewRemoval {
        person: home.mother,
        reason: Reason::RedFlag,
        vehicle: None,
        to_unit: Some(day.centre.unit("BVQ7").await),
        to_name: String::new(),
    };
    let removal = removals::ask(&mut cx, home.id, &hospital).await.unwrap();
    removals::end(&mut cx, removal, Ended::Admitted).await.unwrap();
    cx.commit().await.unwrap();
    let mut neighbour = day.form(2);
    neighbour.full_name = "Lê Văn Ba".into();
    neighbour.citizen_id = String::new();
    neighbour.phone = "0900555780".into();
    neighbour.classification = Classification::Suspected;
    day.record(&neighbour).await;
    let other = cases::NewCase {
        form_key: Uuid::from_u128(3),
        full_name: "Võ Thị Tư".into(),
        phone: "0900555781".into(),
        classification: Classification::Confirmed,
        care: Care::Facility,
        ..neighbour
    };
    let other = day.record(&other).await.case;
    let mut cx = day.centre.as_staff(day.nurse).await;
    cases::end(&mut cx, other, Ending::Recovered, TODAY, "").await.unwrap();
    cx.commit().await.unwrap();
    fold(day).await;
    assert_eq!(told(&of_ward(day, TODAY).await, standing), [0, 1, 1, 1]);
    let happened = [Measure::F0, Measure::Recovered, Measure::Facility];
    assert_eq!(told(&of_ward(day, TODAY).await, happened), [2, 1, 0]);
    // What stands goes on standing, what happened does not happen again.
    day.centre.advance(HOUR * 24).await;
    let next = of_ward(day, date(2021, 9, 26)).await;
    assert_eq!(told(&next, [Measure::F0, Measure::Hospital, Measure::F1]), [0, 1, 1]);

    fold(day).await;
    let before = kept(day).await;
    assert!(before.0.len() > 5 && before.1.len() > 3, "{before:?}");
    let mut cx = day.centre.system().await;
    let rebuilt = numbers::rebuild(&mut cx).await.unwrap();
    assert!(rebuilt.events > 20, "{rebuilt:?}");
    cx.commit().await.unwrap();
    assert_eq!(kept(day).await, before);
    // And what comes after is counted once.
    fold(day).await;
    assert_eq!(kept(day).await, before);
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert!(matches!(numbers::rebuild(&mut cx).await, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn numbers_are_the_boards_and_each_sees_his_own_wards() {
    let day = Day::begin().await;
    day.record(&day.form(1)).await;
    fold(&day).await;
    let mut cx = day.centre.as_staff(day.director).await;
    let all = numbers::numbers(&mut cx, date(2021, 9, 20), TODAY, None).await.unwrap();
    let counted = cases::by_ward(&mut cx, TODAY).await.unwrap();
    assert_eq!((all.days.len(), all.wards.len(), all.on(None, 5).of(Measure::F0)), (6, 10, 1));
    for ward in &counted {
        assert_eq!(all.on(Some(ward.ward), 5).of(Measure::F0), ward.confirmed);
    }
    let mut cx = day.centre.as_staff(day.other_nurse).await;
    let theirs = numbers::numbers(&mut cx, TODAY, TODAY, None).await.unwrap();
    assert_eq!((theirs.wards.len(), theirs.on(None, 0).of(Measure::F0)), (1, 0));
    let ours = numbers::numbers(&mut cx, TODAY, TODAY, Some(day.ward)).await;
    assert!(matches!(ours, Err(Error::NotFound)));
    let backwards = numbers::numbers(&mut cx, TODAY, date(2021, 9, 24), None).await;
    assert!(matches!(backwards, Err(Error::Invalid { field: "from", key: "error-date-order" })));
    let long = numbers::numbers(&mut cx, date(2020, 1, 1), TODAY, None).await;
    assert!(matches!(long, Err(Error::Invalid { field: "from", key: "error-period-long" })));
}

#[tokio::test]
async fn a_report_is_kept_by_one_press_and_stays_as_it_was() {
    let day = Day::begin().await;
    day.record(&day.form(1)).await;
    fold(&day).await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert!(matches!(numbers::freeze(&mut cx).await, Err(Error::Forbidden(_))));
    drop(cx);
    let mut cx = day.centre.as_staff(day.director).await;
    let now = numbers::report(&mut cx, TODAY).await.unwrap();
    assert_eq!((now.kept, now.whole.day.of(Measure::F0), now.lines.len()), (false, 1, 10));
    assert_eq!(numbers::freeze(&mut cx).await.unwrap(), TODAY);
    cx.commit().await.unwrap();

    let mut second = day.form(2);
    second.full_name = "Lê Văn Ba".into();
    second.citizen_id = String::new();
    second.phone = "0900555780".into();
    day.record(&second).await;
    fold(&day).await;
    assert_eq!(of_ward(&day, TODAY).await.of(Measure::F0), 2);
    let mut cx = day.centre.as_staff(day.director).await;
    let report = numbers::report(&mut cx, TODAY).await.unwrap();
    assert_eq!((report.kept, report.made_by), (true, Some(day.director)));
    assert_eq!((report.whole.day.of(Measure::F0), report.whole.week), (1, 1));
    let ours = report.lines.iter().find(|line| line.ward == Some(day.ward)).unwrap();
    // 36,572 people live in Tân Phong: one case is 2.7 of 100,000.
    assert_eq!((ours.change(Measure::F0), ours.mean_tenths(), ours.per_100k_tenths()), (1, 1, Some(27)));
    assert!(matches!(numbers::freeze(&mut cx).await, Err(Error::Conflict("error-daily-kept"))));
    assert_eq!(numbers::reports(&mut cx, 5).await.unwrap().len(), 1);
    let coming = numbers::report(&mut cx, date(2021, 9, 26)).await;
    assert!(matches!(coming, Err(Error::NotFound)));
    // A ward has its own lines and their sum.
    let mut cx = day.centre.as_staff(day.other_nurse).await;
    let theirs = numbers::report(&mut cx, TODAY).await.unwrap();
    assert_eq!((theirs.lines.len(), theirs.whole.day.of(Measure::F0)), (1, 0));

    let zone = jiff::tz::TimeZone::get("Asia/Ho_Chi_Minh").unwrap();
    let book = numbers::xlsx(&report, &zone, false, str::to_owned).unwrap();
    assert!(book.starts_with(b"PK"));
}

#[tokio::test]
async fn the_whole_day_is_kept_after_midnight_with_the_f0s_of_its_evening() {
    let day = Day::begin().await;
    let mut cx = day.centre.system().await;
    numbers::arm(&mut cx).await.unwrap();
    cx.commit().await.unwrap();
    day.record(&day.form(1)).await;
    fold(&day).await;
    let timer = Runner::new(day.centre.store.clone(), vec![Arc::new(MakeReport)]);
    // Five past five in the afternoon: what is printed and sent now is provisional, and says up to when.
    day.centre.advance(HOUR * 10).await;
    assert_eq!(timer.fire_due().await.unwrap(), 0);
    let mut cx = day.centre.as_staff(day.director).await;
    let printed = numbers::report(&mut cx, TODAY).await.unwrap();
    assert_eq!((printed.kept, printed.provisional, printed.made_at), (false, true, cx.now()));
    numbers::freeze(&mut cx).await.unwrap();
    cx.commit().await.unwrap();
    day.centre.advance(HOUR * 3).await;
    let evening = cases::NewCase {
        full_name: "Lê Văn Ba".into(),
        citizen_id: String::new(),
        phone: "0900555780".into(),
        ..day.form(2)
    };
    day.record(&evening).await;
    fold(&day).await;
    // Five past midnight, and five past one.
    day.centre.advance(HOUR * 4).await;
    assert_eq!(timer.fire_due().await.unwrap(), 0);
    day.centre.advance(HOUR).await;
    assert_eq!(timer.fire_due().await.unwrap(), 1);
    let mut cx = day.centre.as_staff(day.director).await;
    let report = numbers::report(&mut cx, TODAY).await.unwrap();
    assert_eq!((report.kept, report.provisional, report.made_by), (true, false, None));
    assert_eq!(report.whole.day.of(Measure::F0), 2);
    assert_eq!(report.lines.iter().map(|line| line.day.of(Measure::F0)).sum::<i64>(), 2);
    let sent = numbers::provisional(&mut cx, TODAY).await.unwrap();
    assert_eq!((sent.whole.day.of(Measure::F0), sent.made_at), (1, printed.made_at), "as it was sent");
    assert!(matches!(numbers::provisional(&mut cx, date(2021, 9, 24)).await, Err(Error::NotFound)));
    assert_eq!(numbers::reports(&mut cx, 5).await.unwrap().len(), 1);
    drop(cx);
    // The next day's waits for its own hour; arming again moves nothing.
    let mut cx = day.centre.system().await;
    numbers::arm(&mut cx).await.unwrap();
    cx.commit().await.unwrap();
    day.centre.advance(HOUR * 23).await;
    assert_eq!(timer.fire_due().await.unwrap(), 0);
    day.centre.advance(HOUR).await;
    assert_eq!(timer.fire_due().await.unwrap(), 1);
    let mut cx = day.centre.as_staff(day.director).await;
    assert_eq!(numbers::reports(&mut cx, 5).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_wards_report_tells_of_its_own_beds_and_stocks_and_the_districts_of_all() {
    let day = Day::begin().await;
    let hospital = day.centre.unit("BVQ7").await;
    let manager = day.centre.staff("Trực lãnh đạo").at(hospital, Role::DepartmentOfficial).create().await;
    let mut cx = day.centre.as_staff(manager).await;
    numbers::report_beds(&mut cx, hospital, &Beds { beds: 120, free: 8, ..Beds::default() }).await.unwrap();
    cx.commit().await.unwrap();
    let other_station = day.centre.unit("TQUY.TYT").await;
    let mut cx = day.centre.system().await;
    for unit in [day.station, other_station] {
        let stock = "insert into unit_stocks (tenant_id, unit_id, item, n) values ($1, $2, 'bag_a', 20)";
        let tenant = cx.tenant().uuid();
        sqlx::query(stock).bind(tenant).bind(unit.uuid()).execute(cx.conn()).await.unwrap();
    }
    cx.commit().await.unwrap();
    let mut cx = day.centre.as_staff(day.director).await;
    let all = numbers::report(&mut cx, TODAY).await.unwrap();
    assert_eq!((all.beds.len(), all.stocks.len()), (1, 2));
    let mut cx = day.centre.as_staff(day.nurse).await;
    let ours = numbers::report(&mut cx, TODAY).await.unwrap();
    assert_eq!((ours.beds.len(), ours.all_beds()), (0, Beds::default()), "the hospital is the district's");
    assert_eq!(ours.stocks.iter().map(|stock| stock.unit).collect::<Vec<_>>(), [day.station]);
}

#[tokio::test]
async fn a_day_is_not_kept_before_all_of_it_is_counted() {
    let day = Day::begin().await;
    fold(&day).await;
    let mut cx = day.centre.system().await;
    numbers::arm(&mut cx).await.unwrap();
    cx.commit().await.unwrap();
    day.record(&day.form(1)).await;
    day.centre.seal().await;
    let timer = Runner::new(day.centre.store.clone(), vec![Arc::new(MakeReport)]);
    day.centre.advance(HOUR * 18).await;
    assert_eq!(timer.fire_due().await.unwrap(), 1);
    let whole = async || {
        let mut cx = day.centre.as_staff(day.director).await;
        let report = numbers::report(&mut cx, TODAY).await.unwrap();
        (report.kept, report.whole.day.of(Measure::F0))
    };
    assert_eq!(whole().await, (false, 0), "it waits for the counter");
    fold(&day).await;
    day.centre.advance(SignedDuration::from_mins(1)).await;
    assert_eq!(timer.fire_due().await.unwrap(), 1);
    assert_eq!(whole().await, (true, 1));
}

async fn import(day: &Day, who: StaffId, file: &[u8], apply: bool) -> Taken {
    let mut cx = day.centre.as_staff(who).await;
    let tenant = &day.centre.tenant;
    let taken = numbers::import_history(&mut cx, tenant, file, "", None, apply).await.unwrap();
    cx.commit().await.unwrap();
    taken
}

#[tokio::test]
async fn three_rows_of_another_province_are_given_back() {
    let Some(path) = testkit::test_data("district7-daily-cases-2021.csv") else { return };
    let file = std::fs::read(path).unwrap();
    let day = Day::begin().await;
    let dry = import(&day, day.director, &file, false).await;
    let refused: Vec<_> = dry.errors.iter().map(|error| (error.line, error.key)).collect();
    let key = "error-history-province";
    assert_eq!(refused, [(50, key), (59, key), (76, key)]);
    assert_eq!((dry.added, dry.changed, dry.unchanged), (111, 0, 0));
    let values: Vec<_> = dry.errors.iter().map(|error| error.value.as_str()).collect();
    assert_eq!(values, ["Bình Dương", "Long An", "Trà Vinh"]);
    assert_eq!(day.count("published_days").await, 0, "nothing is written for trial");

    assert_eq!(import(&day, day.director, &file, true).await.added, 111);
    let again = import(&day, day.director, &file, true).await;
    assert_eq!((again.added, again.changed, again.unchanged), (0, 0, 111));
    let mut cx = day.centre.as_staff(day.director).await;
    let history = numbers::history(&mut cx, None, None).await.unwrap();
    assert_eq!(history.lines.iter().map(|line| line.new_cases).sum::<i32>(), 381);
    assert_eq!(history.sources, [numbers::SOURCE]);
    assert_eq!((history.lines[0].day, history.lines[110].day), (date(2021, 5, 19), date(2021, 7, 13)));
    // Published numbers are never our own count.
    let own = numbers::numbers(&mut cx, date(2021, 5, 19), date(2021, 7, 13), None).await.unwrap();
    assert_eq!(own.over(None).of(Measure::F0), 0);
}

#[tokio::test]
async fn published_numbers_are_taken_row_by_row_and_a_correction_is_told() {
    let day = Day::begin().await;
    let list = "Ngày,Phường,Quận/Huyện,Tỉnh/Thành phố,Số ca mới,Nguồn\n\
                19/5/2021,Tân Phong,Quận 7,TP. Hồ Chí Minh,2,HCDC\n\
                20/5/2021,P. TAN PHONG,Q7,,3,\n\
                20/5/2021,Tân Phong,,,3,\n\
                20/5/2021,Tân Phong,,,4,\n\
                21/5/2021,Tân Quy,,,1,\n\
                31/2/2021,Tân Phong,,,1,\n\
                22/5/2021,Bến Nghé,,,1,\n\
                22/5/2021,Tân Phong,Quận 8,,1,\n\
                23/5/2021,Tân Phong,,,nhiều,\n";
    let taken = import(&day, day.nurse, list.as_bytes(), true).await;
    let faults: Vec<_> = taken.errors.iter().map(|error| (error.line, error.key)).collect();
    let expected = [
        (5, "error-history-twice"),
        (6, "error-ward-not-yours"),
        (7, "error-date-none"),
        (8, "error-ward-unknown"),
        (9, "error-history-district"),
        (10, "error-history-count"),
    ];
    assert_eq!(faults, expected);
    assert_eq!((taken.added, taken.changed, taken.unchanged), (2, 0, 1));
    let corrected = list.replace("Hồ Chí Minh,2,HCDC", "Hồ Chí Minh,5,HCDC");
    let taken = import(&day, day.nurse, corrected.as_bytes(), true).await;
    assert_eq!((taken.added, taken.changed, taken.unchanged), (0, 1, 2));
    let mut cx = day.centre.as_staff(day.nurse).await;
    let history = numbers::history(&mut cx, None, Some(day.ward)).await.unwrap();
    let lines: Vec<_> =
        history.lines.iter().map(|line| (line.day.day(), line.new_cases, line.source.as_str())).collect();
    assert_eq!(lines, [(19, 5, "HCDC"), (20, 3, numbers::SOURCE)]);
    drop(cx);

    for (file, key) in
        [(&b"\x89PNG\r\n\x1a\n"[..], "error-sheet-not-a-table"), (&b"a,b\n1,2\n"[..], "error-sheet-header")]
    {
        let mut cx = day.centre.as_staff(day.nurse).await;
        let refused = numbers::import_history(&mut cx, &day.centre.tenant, file, "", None, true).await;
        assert!(matches!(refused, Err(Error::Invalid { field: "file", key: k }) if k == key), "{key}");
    }
    let mut cx = day.centre.as_staff(day.clerk).await;
    let refused = numbers::import_history(&mut cx, &day.centre.tenant, list.as_bytes(), "", None, true).await;
    assert!(matches!(refused, Err(Error::NotFound)));
}

#[tokio::test]
async fn a_house_reports_its_beds_and_its_silence_is_noticed() {
    let day = Day::begin().await;
    let hospital = day.centre.unit("BVQ7").await;
    let manager = day.centre.staff("Trực lãnh đạo").at(hospital, Role::DepartmentOfficial).create().await;
    let beds = |free| Beds { beds: 120, free, oxygen_beds: 40, oxygen_free: 2, icu: 10, icu_free: 0 };
    let mut cx = day.centre.as_staff(manager).await;
    numbers::report_beds(&mut cx, hospital, &beds(8)).await.unwrap();
    let elsewhere = numbers::report_beds(&mut cx, day.station, &beds(8)).await;
    assert!(matches!(elsewhere, Err(Error::Invalid { field: "unit", key: "error-choice-unknown" })));
    cx.commit().await.unwrap();
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert!(matches!(numbers::report_beds(&mut cx, hospital, &beds(8)).await, Err(Error::NotFound)));
    drop(cx);
    day.centre.advance(HOUR * 8).await;
    let mut cx = day.centre.as_staff(manager).await;
    numbers::report_beds(&mut cx, hospital, &beds(5)).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = day.centre.as_staff(day.nurse).await;
    let houses = numbers::beds(&mut cx).await.unwrap();
    assert_eq!(
        houses.iter().map(|house| (house.unit, house.beds)).collect::<Vec<_>>(),
        [(hospital, beds(5))]
    );
    drop(cx);
    let state = || async {
        let mut cx = day.centre.system().await;
        let all = heartbeats::status(&mut cx).await.unwrap();
        let house = all.into_iter().find(|one| one.instance.as_deref() == Some("BVQ7")).unwrap();
        (house.code, house.state)
    };
    assert_eq!(state().await, ("beds".to_owned(), State::Alive));
    day.centre.advance(HOUR * 13).await;
    assert_eq!(state().await.1, State::Silent);
}

#[tokio::test]
async fn readings_change_no_number() {
    let home = Home::begin().await;
    fold(&home.day).await;
    let before = kept(&home.day).await;
    home.send(10, vec![saturated(home.mother, "97")]).await;
    fold(&home.day).await;
    assert_eq!(kept(&home.day).await, before);
}
