use super::ical::{Feed, Whose, Words};
use super::*;
use crate::calendars::{Holiday, Opening, WeekHours, WorkCalendar, YearDays};
use proptest::prelude::*;

fn people() -> Vec<Person> {
    let person = |id, code: &str, name: &str, phone: &str| Person {
        id,
        code: Some(code.into()),
        name: name.into(),
        phone: Some(phone.into()),
    };
    vec![
        person(AN, "TP01", "Lê Thị An", "0901 000 001"),
        person(BINH, "TP02", "Trần Hòa Bình", "0901 000 002"),
        person(CHI, "TP03", "Phạm Văn Hùng", "0901 000 003"),
    ]
}

fn table(rows: &[&[&str]]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.iter().map(|&cell| cell.to_owned()).collect()).collect()
}

fn read(rows: &[&[&str]]) -> SheetReading {
    read_sheet(&table(rows), STATION, &people(), &[day(), night()], &saigon())
}

#[test]
fn a_table_with_titles_merged_dates_and_known_shifts_is_read() {
    let reading = read(&[
        &["TRẠM Y TẾ PHƯỜNG TÂN PHONG"],
        &["LỊCH TRỰC THÁNG 09/2021"],
        &["Ngày", "Ca trực", "Từ giờ", "Đến giờ", "Vị trí", "Họ và tên", "Điện thoại"],
        &["01/9/2021", "ca ngày", "", "", "", "Lê Thị An", "0901000001"],
        &["", "Ca đêm", "", "", "Trực chính", "TP02", "+84 901 000 002"],
        &["", "Ca đêm", "", "", "Dự phòng 2", "Pham Van Hung", "901000003"],
        &["", "", "", "", "", "", ""],
        &["44441", "Trực lễ", "7h30", "16:30:00", "", "Trần Hoà Bình", ""],
    ]);
    assert_eq!(reading.faults, []);
    assert_eq!(reading.remarks, []);
    let told: Vec<_> = reading.proposed.iter().map(|s| (s.row, s.post, s.staff, s.period)).collect();
    assert_eq!(
        told,
        [
            (4, Post::Primary, Some(AN), period("2021-09-01T06:00", "2021-09-01T18:00")),
            (5, Post::Primary, Some(BINH), period("2021-09-01T18:00", "2021-09-02T06:00")),
            (6, Post::Backup(2), Some(CHI), period("2021-09-01T18:00", "2021-09-02T06:00")),
            (8, Post::Primary, Some(BINH), period("2021-09-02T07:30", "2021-09-02T16:30")),
        ]
    );
    assert_eq!(reading.proposed[0].name, "Ca ngày");
    assert_eq!(reading.proposed[3].clone().into_shift(shift_id(9)).owner, Some(BINH));
}

#[test]
fn each_bad_row_is_named_and_the_good_ones_stay() {
    let reading = read(&[
        &["Ngày", "Ca", "Từ", "Đến", "Vị trí", "Họ tên", "SĐT"],
        &["31/9/2021", "Ca ngày", "", "", "", "Lê Thị An", ""],
        &["", "Ca đêm", "", "", "", "Lê Thị An", ""],
        &["01/9/2021", "Ca ngày", "25:00", "", "", "Lê Thị An", ""],
        &["01/9/2021", "Trực lễ", "", "", "", "Lê Thị An", ""],
        &["01/9/2021", "Ca ngày", "", "", "trưởng", "Lê Thị An", ""],
        &["01/9/2021", "Ca ngày", "", "", "", "Phạm Văn Hưng", ""],
        &["01/9/2021", "Ca ngày", "", "", "", "Lê Thị An", "0999 999 999"],
        &["01/9/2021", "Ca ngày", "", "", "", "TP03", ""],
        &["02/9/2021", "Ca đêm", "", "", "", "", ""],
    ]);
    let faults: Vec<_> = reading.faults.iter().map(|f| (f.row, f.column, f.problem.clone())).collect();
    assert_eq!(
        faults,
        [
            (2, SheetColumn::Date, RowProblem::BadDate("31/9/2021".into())),
            (3, SheetColumn::Date, RowProblem::BadDate(String::new())),
            (4, SheetColumn::Start, RowProblem::BadTime("25:00".into())),
            (5, SheetColumn::Start, RowProblem::NoHours),
            (6, SheetColumn::Post, RowProblem::BadPost("trưởng".into())),
            (7, SheetColumn::Staff, RowProblem::UnknownStaff("Phạm Văn Hưng".into())),
            (9, SheetColumn::Date, RowProblem::Repeated(8)),
        ]
    );
    let remarks: Vec<_> = reading.remarks.iter().map(|f| (f.row, f.problem.clone())).collect();
    assert_eq!(remarks, [(8, RowProblem::OtherPhone), (10, RowProblem::NobodyNamed)]);
    assert_eq!(reading.proposed.iter().map(|s| s.row).collect::<Vec<_>>(), [8, 10]);
    assert_eq!(read(&[&["Ca", "Từ"]]).faults.len(), 2, "no date and nobody");
}

#[test]
fn two_people_of_one_name_are_told_apart_by_telephone() {
    let mut people = people();
    people.push(Person {
        id: StaffId(Uuid::from_u128(14)),
        phone: Some("0901000004".into()),
        ..people[0].clone()
    });
    people[3].code = None;
    let read = |phone: &str| {
        let rows =
            table(&[&["date", "shift", "name", "phone"], &["2021-09-01", "Ca ngày", "lê thị an", phone]]);
        read_sheet(&rows, STATION, &people, &[day()], &saigon())
    };
    assert_eq!(read("0901000004").proposed[0].staff, Some(StaffId(Uuid::from_u128(14))));
    for phone in ["", "0901000009"] {
        let problem = read(phone).faults[0].problem.clone();
        assert_eq!(problem, RowProblem::AmbiguousStaff("lê thị an".into()));
    }
}

#[test]
fn a_roster_taken_home_can_be_handed_in_again() {
    let shifts = two_weeks_of_nights();
    let out = write_sheet(&shifts, &people(), &saigon());
    assert_eq!(
        out[1],
        ["06/09/2021", "Ca đêm", "18:00", "06:00", "Trực chính", "TP01", "Lê Thị An", "0901 000 001"]
    );
    let back = read_sheet(&out, STATION, &people(), &[], &saigon());
    assert_eq!((back.faults.len(), back.remarks.len()), (0, 0));
    let told: Vec<_> = back.proposed.iter().map(|s| (s.period, s.staff, s.post, s.name.as_str())).collect();
    let stored: Vec<_> = shifts.iter().map(|s| (s.period, s.staff, s.post, s.name.as_str())).collect();
    assert_eq!(told, stored);
}

#[test]
fn a_week_long_turn_takes_a_row_for_each_day() {
    let rotation = Rotation { restrictions: vec![], ..nights_by_week() };
    let shifts = rotation.materialise(date("2021-09-06"), date("2021-09-07"), &saigon(), counted());
    let out = write_sheet(&shifts, &people(), &saigon());
    assert_eq!(out.len(), 1 + 7);
    assert_eq!(out[7][0..4], ["12/09/2021", "Trực tuần", "07:30", "07:30"]);
}

fn calendar() -> WorkCalendar {
    let hours = WeekHours::weekdays(&[Opening { start: time("07:30"), end: time("17:00") }]).expect("hours");
    let holiday = |day: &str| Holiday {
        date: date(day),
        name_vi: "Quốc khánh".into(),
        name_en: "National Day".into(),
        verified: true,
    };
    let days = YearDays { holidays: vec![holiday("2021-09-02"), holiday("2021-09-03")], make_up: vec![] };
    WorkCalendar::new(saigon(), hours, [(2021, days)]).expect("calendar")
}

fn form(shifts: &[Shift]) -> RosterForm {
    let head = FormHead {
        parent: Some("Trung tâm Y tế Quận 7".into()),
        unit: "Trạm Y tế phường Tân Phong".into(),
        number: None,
        place: "Tân Phong".into(),
        signed_on: date("2021-09-01"),
        drafter: None,
        authority: vec!["TRƯỞNG TRẠM".into()],
        signer: None,
        recipients: vec!["Lưu: VT".into()],
    };
    RosterForm::lay_out(head, date("2021-09-15"), shifts, &people(), &calendar())
}

#[test]
fn the_signed_form_of_september_shows_the_holiday_the_cover_and_the_open_night() {
    let mut planned =
        nights_by_week().materialise(date("2021-09-06"), date("2021-10-04"), &saigon(), counted());
    planned.push(shift(90, STATION, Post::Primary, CHI, "2021-09-02T07:30", "2021-09-02T17:00"));
    let cover =
        Cover { shift: shift_id(1), staff: CHI, period: period("2021-09-06T22:00", "2021-09-07T02:00") };
    let leave = Absence {
        staff: BINH,
        from: at("2021-09-14T18:00"),
        until: Some(at("2021-09-15T06:00")),
        kind: AbsenceKind::Leave,
    };
    let form = form(&apply(&planned, &[Change::Cover(cover)], &[leave]).shifts);
    assert_eq!(form.title, "LỊCH TRỰC THÁNG 09/2021");
    assert_eq!(form.parent.as_deref(), Some("TRUNG TÂM Y TẾ QUẬN 7"));
    assert_eq!(form.unit, "TRẠM Y TẾ PHƯỜNG TÂN PHONG");
    assert_eq!(form.place_and_date, "Tân Phong, ngày 01 tháng 9 năm 2021");
    let columns: Vec<_> = form.columns.iter().map(|c| (c.name.as_str(), c.hours.as_str())).collect();
    assert_eq!(columns, [("Ca trực", "07:30–17:00"), ("Ca đêm", "18:00–06:00")]);
    assert_eq!(form.days.len(), 30);
    assert_eq!(form.signatures[0].authority, ["NGƯỜI LẬP BIỂU"]);

    let second = &form.days[1];
    assert_eq!((second.weekday, second.off), ("Thứ Năm", true));
    assert_eq!(second.mark.as_deref(), Some("Quốc khánh"));
    assert_eq!(second.cells[0][0].phone.as_deref(), Some("0901 000 003"));
    assert_eq!(form.days[4].weekday, "Chủ nhật");
    assert!(form.days[4].off && !form.days[5].off);

    let sixth: Vec<_> = form.days[5].cells[1]
        .iter()
        .map(|e| (e.name.as_deref(), e.part.as_deref(), e.standing_for.as_deref()))
        .collect();
    assert_eq!(
        sixth,
        [
            (Some("Lê Thị An"), Some("18:00–22:00"), None),
            (Some("Phạm Văn Hùng"), Some("22:00–02:00"), Some("trực thay Lê Thị An")),
            (Some("Lê Thị An"), Some("02:00–06:00"), None),
        ],
        "the hours after midnight stand in the row of their night"
    );
    assert_eq!(form.open_days().collect::<Vec<_>>(), [date("2021-09-14")]);
}

#[test]
fn a_week_long_turn_stands_in_the_row_of_each_of_its_days() {
    let rotation = Rotation { restrictions: vec![], start: date("2021-08-30"), ..nights_by_week() };
    let form = form(&rotation.materialise(date("2021-08-30"), date("2021-10-04"), &saigon(), counted()));
    let names: Vec<_> = form.days.iter().map(|day| day.cells[0][0].name.as_deref()).collect();
    assert_eq!(names[4], Some("Lê Thị An"));
    assert_eq!(names[5], Some("Trần Hòa Bình"));
    assert!(form.days.iter().all(|day| day.cells[0].len() == 1 && day.cells[0][0].part.is_none()));
}

fn words(shift: &Shift) -> Words {
    Words {
        summary: shift.name.clone(), location: Some("Trạm Y tế, Tân Phong".into()), description: None
    }
}

#[test]
fn a_nurse_subscribes_to_her_own_nights() {
    let shifts = two_weeks_of_nights();
    let stamp = at("2021-09-01T07:00");
    let feed = Feed::of("Lịch trực", &shifts[..1], Whose::Person(AN), "centre.example", stamp, words);
    let text = feed.to_text();
    let expected = "BEGIN:VCALENDAR\r\n\
        VERSION:2.0\r\n\
        PRODID:-//Vung Xanh//Rosters//VI\r\n\
        CALSCALE:GREGORIAN\r\n\
        METHOD:PUBLISH\r\n\
        NAME:Lịch trực\r\n\
        X-WR-CALNAME:Lịch trực\r\n\
        REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n\
        X-PUBLISHED-TTL:PT1H\r\n\
        BEGIN:VEVENT\r\n\
        UID:00000000-0000-0000-0000-000000000001-1630926000@centre.example\r\n\
        DTSTAMP:20210901T000000Z\r\n\
        DTSTART:20210906T110000Z\r\n\
        DTEND:20210906T230000Z\r\n\
        SUMMARY:Ca đêm\r\n\
        LOCATION:Trạm Y tế\\, Tân Phong\r\n\
        STATUS:CONFIRMED\r\n\
        END:VEVENT\r\n\
        END:VCALENDAR\r\n";
    assert_eq!(text, expected);
    let mine = Feed::of("Lịch trực", &shifts, Whose::Person(BINH), "centre.example", stamp, words);
    assert_eq!(mine.events.len(), 7);
}

#[test]
fn a_unit_sees_its_open_shift_as_not_yet_certain() {
    let mut shifts = two_weeks_of_nights();
    shifts[3].staff = None;
    let feed =
        Feed::of("Trạm", &shifts, Whose::Unit(STATION), "centre.example", at("2021-09-01T07:00"), words);
    assert_eq!(feed.events.len(), 14);
    assert_eq!(feed.to_text().matches("STATUS:TENTATIVE").count(), 1);
}

proptest! {
    #[test]
    fn a_long_line_folds_without_breaking_a_letter(summary in "[\\PCđêơưạ\n;,\\\\]{0,200}") {
        let words = |_: &Shift| Words { summary: summary.clone(), location: None, description: None };
        let shifts = two_weeks_of_nights();
        let stamp = at("2021-09-01T07:00");
        let text = Feed::of("Lịch", &shifts[..1], Whose::Unit(STATION), "centre.example", stamp, words).to_text();
        for line in text.split_terminator("\r\n") {
            prop_assert!(line.len() <= 75 && !line.contains('\n'));
        }
        let unfolded = text.replace("\r\n ", "");
        let line = unfolded.lines().find_map(|l| l.strip_prefix("SUMMARY:")).unwrap_or_default();
        let mut plain = String::new();
        let mut chars = line.chars();
        while let Some(c) = chars.next() {
            plain.push(match c {
                '\\' => chars.next().map_or('\\', |escaped| if escaped == 'n' { '\n' } else { escaped }),
                c => c,
            });
        }
        prop_assert_eq!(plain, summary);
    }

    #[test]
    fn no_table_however_strange_breaks_the_reading(
        cells in prop::collection::vec(prop::collection::vec("\\PC{0,12}", 0..8), 0..8),
    ) {
        let mut rows = table(&[&["Ngày", "Ca", "Từ", "Đến", "Vị trí", "Mã", "Họ tên", "SĐT"]]);
        rows.extend(cells.clone());
        let reading = read_sheet(&rows, STATION, &people(), &[day(), night()], &saigon());
        let empty = cells.iter().filter(|row| row.iter().all(|cell| cell.trim().is_empty())).count();
        prop_assert_eq!(reading.proposed.len() + reading.faults.len() + empty, cells.len());
    }
}
