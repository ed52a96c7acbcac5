use super::model::*;
use crate::people::Birth;
use jiff::civil::date;

fn faults(field: Field, wanted: &str, on_day: &str, dose: Option<i16>) -> Vec<(&'static str, &'static str)> {
    let new = NewCorrection { on_day: on_day.into(), dose, ..NewCorrection::of(field, wanted) };
    new.faults(date(2021, 9, 25)).into_iter().map(|fault| (fault.field, fault.key)).collect()
}

#[test]
fn each_kind_of_correction_is_read_as_what_it_is() {
    for (field, good) in [
        (Field::Name, "Trần Thị Bích"),
        (Field::Birth, "2/3/1985"),
        (Field::Sex, "female"),
        (Field::CitizenId, "079185012345"),
        (Field::Phone, "0903 123 456"),
        (Field::Address, "12 Đường số 15, khu phố 2"),
    ] {
        assert_eq!(faults(field, good, "", None), [], "{good}");
        assert_eq!(faults(field, "", "", None).len(), 1, "{good}");
        assert_eq!(faults(field, "", "", None)[0].0, "wanted");
    }
    assert_eq!(faults(Field::Birth, "26/9/2021", "", None), [("wanted", "error-birth-future")]);
    assert_eq!(faults(Field::Sex, "cái", "", None), [("wanted", "error-choice-unknown")]);
    assert_eq!(faults(Field::Vaccination, "AstraZeneca", "1/9/2021", Some(2)), []);
    assert_eq!(
        faults(Field::Vaccination, "", "", Some(12)),
        [("on_day", "error-date-empty"), ("dose", "error-dose-number")]
    );
    assert_eq!(faults(Field::Recovery, "", "26/9/2021", None), [("on_day", "error-date-future")]);
    assert_eq!(faults(Field::Test, "", "", None), [("wanted", "error-text-missing")]);
    assert_eq!(faults(Field::Test, "Mẫu này không phải của tôi", "", None), []);
}

#[test]
fn both_values_are_shown_in_one_way() {
    let wanted = |field, text: &str| NewCorrection::of(field, text).check(date(2021, 9, 25)).unwrap();
    assert_eq!(wanted(Field::Phone, "0903123456").shown(Field::Phone), "0903 123 456");
    assert_eq!(wanted(Field::Birth, "2/3/1985").shown(Field::Birth), "02/03/1985");
    let dose = NewCorrection {
        on_day: "1/9/2021".into(),
        dose: Some(2),
        ..NewCorrection::of(Field::Vaccination, "AstraZeneca")
    };
    let dose = dose.check(date(2021, 9, 25)).unwrap();
    assert_eq!(dose.shown(Field::Vaccination), "2 · 01/09/2021 · AstraZeneca");
}

#[test]
fn what_the_code_shows_is_masked() {
    assert_eq!(masked_birth(Birth::Day(date(1985, 3, 2))), "··/··/1985");
    assert_eq!(masked_birth(Birth::Year(1985)), "1985");
    assert_eq!(masked_address("12/3 Đường số 15"), "··/· Đường số ··");
}
