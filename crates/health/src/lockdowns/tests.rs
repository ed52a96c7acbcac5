use super::model::*;
use jiff::civil::date;
use kernel::UnitId;
use uuid::Uuid;

const SQUARE: &str = r#"{"type":"Polygon","coordinates":[[[106.70,10.72],[106.71,10.72],[106.71,10.73],[106.70,10.73],[106.70,10.72]]]}"#;

fn form() -> NewLockdown {
    NewLockdown {
        ward: Some(UnitId(Uuid::from_u128(1))),
        quarter: None,
        place: None,
        name: "Hẻm 88".into(),
        number: "1234/QĐ-UBND".into(),
        decision_on: "25/9/2021".into(),
        signer_title: "Chủ tịch".into(),
        signer: "Nguyễn Văn Ký".into(),
        area: SQUARE.into(),
        households: "ABC1234, def5678\nABC1234".into(),
        planned_until: "9/10/2021".into(),
        tests_due: "28/9/2021".into(),
        words_vi: "Một đoạn hẻm ở khu phố 2 tạm phong tỏa.".into(),
        words_en: "Part of a lane in quarter 2 is closed off.".into(),
    }
}

fn faults(edit: impl Fn(&mut NewLockdown)) -> Vec<(&'static str, &'static str)> {
    let mut new = form();
    edit(&mut new);
    new.faults(date(2021, 9, 25)).into_iter().map(|fault| (fault.field, fault.key)).collect()
}

#[test]
fn each_field_of_a_decision_says_what_is_wrong_with_it() {
    assert_eq!(faults(|_| {}), []);
    assert_eq!(faults(|new| new.ward = None), [("ward", "error-choose")]);
    assert_eq!(faults(|new| new.name.clear()), [("name", "error-text-missing")]);
    assert_eq!(faults(|new| new.number = " ".into()), [("number", "error-text-missing")]);
    assert_eq!(faults(|new| new.decision_on = "26/9/2021".into()), [("decision_on", "error-date-future")]);
    assert_eq!(
        faults(|new| new.planned_until = "24/9/2021".into()),
        [("planned_until", "error-lockdown-day-past")]
    );
    assert_eq!(faults(|new| new.planned_until.clear()), [("planned_until", "error-date-empty")]);
    assert_eq!(faults(|new| new.tests_due = "24/9/2021".into()), [("tests_due", "error-lockdown-day-past")]);
    assert_eq!(faults(|new| new.tests_due.clear()), []);
    assert_eq!(faults(|new| new.area = "{".into()), [("area", "error-geojson-damaged")]);
    let point = r#"{"type":"Point","coordinates":[106.7,10.7]}"#;
    assert_eq!(faults(|new| new.area = point.into()), [("area", "error-geojson-not-an-area")]);
    let open = r#"{"type":"Polygon","coordinates":[[[106.7,10.7],[106.8,10.7],[106.8,10.8]]]}"#;
    assert_eq!(faults(|new| new.area = open.into()), [("area", "error-geojson-coordinates")]);
    assert_eq!(faults(|new| new.area.clear()), []);
    assert_eq!(faults(|new| new.words_en.clear()), [("words_en", "error-text-missing")]);
    assert_eq!(codes_in("ABC1234, def5678\nABC1234"), ["ABC1234", "DEF5678"]);
}

#[test]
fn no_announcement_names_anybody_or_his_house() {
    let private = Private { names: vec!["tran thi bich".into()], addresses: vec!["12 duong so 15".into()] };
    for words in ["Hộ bà Trần Thị Bích", "hộ TRẦN THỊ BÍCH,", "nhà 12 Đường số 15 bị phong tỏa"]
    {
        assert_eq!(private.in_words(words), Some("error-lockdown-words-private"), "{words}");
    }
    assert_eq!(private.in_words("Gọi 0903 123 456"), Some("error-lockdown-words-number"));
    for words in ["Khu phố 2, gần Đường số 15, đến ngày 09.10.2021", "112 Đường số 15 không nằm trong đó"]
    {
        assert_eq!(private.in_words(words), None, "{words}");
    }
}

#[test]
fn a_point_is_late_from_the_day_after_its_planned_one() {
    let until = Some(date(2021, 10, 9));
    assert_eq!(late_by(until, false, date(2021, 10, 9)), None);
    assert_eq!(late_by(until, false, date(2021, 10, 12)), Some(3));
    assert_eq!(late_by(until, true, date(2021, 10, 12)), None);
    assert_eq!(late_by(None, false, date(2021, 10, 12)), None);
}
