use super::{check::initials, compose, model::*};
use jiff::civil::date;

#[test]
fn a_number_and_a_day_are_written_as_papers_write_them() {
    assert_eq!(compose::symbol(Kind::Decision, 5), "05/QĐ-UBND");
    assert_eq!(compose::symbol(Kind::Completion, 128), "128/GXN-UBND");
    assert_eq!(compose::day_in_words(date(2021, 9, 5)), "ngày 05 tháng 9 năm 2021");
    assert_eq!(compose::day_in_words(date(2022, 2, 15)), "ngày 15 tháng 02 năm 2022");
}

#[test]
fn initials_are_enough_to_compare_and_too_little_to_learn() {
    assert_eq!(initials("Trần Thị Bích"), "T. T. B.");
    assert_eq!(initials(" đỗ  Ân "), "Đ. Â.");
    assert_eq!(initials(""), "");
}
