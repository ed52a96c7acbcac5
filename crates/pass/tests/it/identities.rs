//! Codes that people carry already.

use jiff::civil::date;
use pass::{Born, CitizenCard, Declared, InsuranceCard, NationalQr, Scan, Sex, read};
use proptest::prelude::*;

const ADDRESS: &str = "Số 1 Đường Số 2, Phường Tân Thuận, Thành phố Hồ Chí Minh";

#[test]
fn the_citizens_card_reads_in_each_of_its_forms() {
    let full = format!("079090123456|024123456|Nguyễn Văn An|17051990|Nam|{ADDRESS}|15042021");
    let card = CitizenCard::read(&full).unwrap();
    assert_eq!(card.number, "079090123456");
    assert_eq!(card.old_number.as_deref(), Some("024123456"));
    assert_eq!(card.name, "Nguyễn Văn An");
    assert_eq!(card.born, date(1990, 5, 17));
    assert_eq!(card.sex, Some(Sex::Male));
    assert_eq!(card.address.as_deref(), Some(ADDRESS));
    assert_eq!(card.issued, Some(date(2021, 4, 15)));
    let empty = full.replace("024123456", "");
    let left_out = full.replace("|024123456", "");
    for text in [&empty, &left_out] {
        let other = CitizenCard::read(text).unwrap();
        assert_eq!((other.old_number, &other.name), (None, &card.name), "{text}");
    }
    let without_issue = full.replace("|15042021", "");
    assert_eq!(CitizenCard::read(&without_issue).unwrap().issued, None);
    let longer = format!("{full}||Nguyễn Văn Bình|Lê Thị Cúc||x");
    assert_eq!(CitizenCard::read(&longer), Some(card));
}

#[test]
fn the_national_qr_reads_starred_or_not() {
    let text = "079090123456|NGUYEN VAN AN|1990-05-17|0|QID00001|x;1;DN4797912345678";
    let open = NationalQr::read(text).unwrap();
    assert_eq!((open.born, open.declared), (Born::Day(date(1990, 5, 17)), Declared::Holder));
    assert_eq!(open.more.as_deref(), Some("x;1;DN4797912345678"));
    let starred = NationalQr::read("******123456|NGUYEN VAN AN|1990-**-**|1|QID00001").unwrap();
    assert_eq!((starred.born.year(), starred.declared), (1990, Declared::Another));
    assert_eq!(starred.paper.as_deref(), Some("******123456"));
    for text in ["1|A|1990-13-01|0|Q|", "1|A|1990-05-17|2|Q|", "1||1990-05-17|0|Q|", "1|A|17051990|0|Q|"] {
        assert_eq!(NationalQr::read(text), None, "{text}");
    }
}

#[test]
fn the_insurance_card_reads_its_hexadecimal() {
    let hex = |text: &str| data_encoding::HEXUPPER.encode(text.as_bytes());
    let (name, address) = (hex("Nguyễn Văn An"), hex(ADDRESS));
    let text = format!("DN4797912345678|{name}|17/05/1990|1|{address}|79 - 012|01/01/2021|31/12/2021|x|$");
    let card = InsuranceCard::read(&text).unwrap();
    assert_eq!(card.name, "Nguyễn Văn An");
    assert_eq!(card.address.as_deref(), Some(ADDRESS));
    assert_eq!((card.born, card.sex), (Some(Born::Day(date(1990, 5, 17))), Some(Sex::Male)));
    assert_eq!((card.from, card.until), (Some(date(2021, 1, 1)), Some(date(2021, 12, 31))));
    let short = format!("7912345678|{name}|1950|2|{address}");
    let card = InsuranceCard::read(&short).unwrap();
    assert_eq!((card.born, card.sex), (Some(Born::Year(1950)), Some(Sex::Female)));
    assert_eq!(InsuranceCard::read(&text.replace(&name, "Nguyễn")), None);
}

#[test]
fn a_citizens_number_alone_is_no_code_of_ours_but_by_chance() {
    assert_eq!(read("079090123456"), Scan::MistypedCode);
}

proptest! {
    #[test]
    fn nothing_makes_reading_panic(text in "(VX1:|HC1:)?[ -~Ạ-ỹ|*/]{0,200}") {
        let _ = read(&text);
        let _ = pass::inspect(&text);
    }

    #[test]
    fn a_card_that_is_cut_is_never_another_card(cut in 0usize..200) {
        let full = format!("079090123456|024123456|Nguyễn Văn An|17051990|Nam|{ADDRESS}|15042021");
        let text: String = full.chars().take(cut).collect();
        if let Scan::CitizenCard(card) = read(&text) {
            prop_assert_eq!(card.name, "Nguyễn Văn An");
            prop_assert_eq!(card.born, date(1990, 5, 17));
        }
    }
}
