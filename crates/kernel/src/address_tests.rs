use proptest::prelude::*;

use super::*;

fn parts(text: &str) -> Parts {
    Address::parse(text).unwrap().parts().clone()
}

fn shown(text: &str) -> String {
    Address::parse(text).unwrap().to_string()
}

const FULL: &str = "702 Nguyễn Văn Linh, khu phố 3, Phường Tân Phong, Quận 7, Thành phố Hồ Chí Minh";

#[test]
fn abbreviations_and_full_words_give_the_same_address() {
    for text in [
        FULL,
        "702 Nguyễn Văn Linh, KP 3, P. Tân Phong, Q. 7, TP. Hồ Chí Minh",
        "702 Nguyễn Văn Linh, KP3, P.Tân Phong, Q.7, TP.HCM",
        "702 Nguyễn Văn Linh KP.03 P.Tân Phong Q7 TPHCM",
        "Số 702 Đ. Nguyễn Văn Linh, Khu phố 3, phường Tân Phong, quận 07, Hồ Chí Minh",
        "số nhà 702, đường Nguyễn Văn Linh - kp 3 - p Tân Phong - q 7 - tp HCM",
    ] {
        assert_eq!(shown(text), FULL, "{text}");
    }
}

#[test]
fn a_line_without_accents_is_read_too() {
    let read = parts("12 Le Van Luong khu pho 2 phuong Tan Kieng quan 7 tp HCM");
    assert_eq!(read.street.as_deref(), Some("Le Van Luong"));
    assert_eq!(read.khu_pho.as_deref(), Some("2"));
    assert_eq!(read.ward, Some(Place { kind: PlaceKind::Phuong, name: "Tan Kieng".into() }));
    assert_eq!(read.district, Some(Place { kind: PlaceKind::Quan, name: "7".into() }));
    assert_eq!(read.city, Some(Place { kind: PlaceKind::ThanhPho, name: "Hồ Chí Minh".into() }));
}

#[test]
fn house_numbers_stay_text() {
    for number in ["1806/127/2/6/15/27/3", "12A", "45Bis", "A12-03", "15/2B"] {
        let read = parts(&format!("{number} Huỳnh Tấn Phát, P. Phú Thuận, Q.7"));
        assert_eq!(read.number.as_deref(), Some(number));
        assert_eq!(read.street.as_deref(), Some("Huỳnh Tấn Phát"));
    }
}

#[test]
fn an_alley_stands_between_number_and_street() {
    let read = parts("12 hẻm 1806 Huỳnh Tấn Phát, tổ 5, KP2, P. Phú Mỹ");
    assert_eq!(read.number.as_deref(), Some("12"));
    assert_eq!(read.alley.as_deref(), Some("1806"));
    assert_eq!(read.street.as_deref(), Some("Huỳnh Tấn Phát"));
    assert_eq!(read.to_dan_pho.as_deref(), Some("5"));
    assert_eq!(
        shown("12 hẻm 1806 Huỳnh Tấn Phát, tổ 5, KP2, P. Phú Mỹ"),
        "12 hẻm 1806 Huỳnh Tấn Phát, tổ dân phố 5, khu phố 2, Phường Phú Mỹ"
    );
}

#[test]
fn numbered_streets_keep_their_word() {
    assert_eq!(shown("15 Đường số 7, P. Tân Kiểng"), "15 đường số 7, Phường Tân Kiểng");
    assert_eq!(shown("15 đường 7, P. Tân Kiểng"), "15 đường 7, Phường Tân Kiểng");
}

#[test]
fn a_provincial_road_is_a_street_and_no_province() {
    for text in
        ["123 Tỉnh lộ 10, P. Tân Kiểng", "Số 123, tỉnh lộ 10, P. Tân Kiểng", "123 tinh lo 10, p. Tan Kieng"]
    {
        let read = parts(text);
        assert_eq!(
            (read.number.as_deref(), read.street.as_deref()),
            (Some("123"), Some("Tỉnh lộ 10")),
            "{text}"
        );
        assert_eq!(read.city, None, "{text}");
    }
    let read = parts("ấp 5, Tỉnh lộ 10, tỉnh Long An");
    assert_eq!(read.street.as_deref(), Some("Tỉnh lộ 10"));
    assert_eq!(read.city, Some(Place { kind: PlaceKind::Tinh, name: "Long An".into() }));
    assert_eq!(shown("Tỉnh lộ 10"), shown(&shown("Tỉnh lộ 10")));
}

#[test]
fn a_flat_stands_first() {
    let read = parts("Căn hộ A12-03, chung cư Bình Minh, 15 Đường số 7, P. Tân Kiểng, Q.7");
    assert_eq!(read.flat.as_deref(), Some("căn hộ A12-03, chung cư Bình Minh"));
    assert_eq!(read.number.as_deref(), Some("15"));
    assert_eq!(read.street.as_deref(), Some("số 7"));
}

#[test]
fn a_ward_without_its_word_needs_a_caller_who_knows_it() {
    let text = "702 Nguyễn Văn Linh, Tân Phong, Q.7";
    assert_eq!(parts(text).other, ["Tân Phong"]);
    let known = Address::parse_knowing(text, &["Tân Phú", "Tân Phong"]).unwrap();
    assert_eq!(known.to_string(), "702 Nguyễn Văn Linh, Phường Tân Phong, Quận 7");
    // The ward name Tân Phong is not the word "phòng", nor Phú Mỹ a market behind it.
    assert_eq!(parts("sau chợ Phú Mỹ, Tân Phong").other, ["sau chợ Phú Mỹ", "Tân Phong"]);
}

#[test]
fn communes_and_towns_outside_the_district_are_told_apart() {
    let read = parts("ấp 5, xã Phước Kiển, huyện Nhà Bè, TP.HCM");
    assert_eq!(read.ward.unwrap().kind, PlaceKind::Xa);
    assert_eq!(read.district.unwrap().name, "Nhà Bè");
    assert_eq!(read.other, ["ấp 5"]);
    let read = parts("5 Võ Văn Ngân, P. Linh Chiểu, TP. Thủ Đức, TP.HCM");
    assert_eq!(read.district.unwrap().to_string(), "Thành phố Thủ Đức");
    assert_eq!(read.city.unwrap().name, "Hồ Chí Minh");
}

#[test]
fn what_was_typed_is_kept_and_not_logged() {
    let address = Address::parse("  nhà  cô Tư, sau chợ ").unwrap();
    assert_eq!(address.original(), "nhà cô Tư, sau chợ");
    assert_eq!(address.to_string(), "nhà cô Tư, sau chợ");
    assert_eq!(format!("{address:?}"), "Address(hidden)");
    assert_eq!(Address::parse(" ").unwrap_err().key, "error-address-empty");
    assert_eq!(Address::parse(&"a".repeat(301)).unwrap_err().key, "error-text-too-long");
}

proptest! {
    #[test]
    fn what_is_shown_reads_back(
        number in "([1-9][0-9]{0,3}(/[1-9][0-9]{0,2}){0,4}[A-C]?|45Bis)",
        alley in proptest::option::of("[1-9][0-9]{0,3}(/[1-9][0-9]?)?"),
        street in "(Huỳnh Tấn Phát|Nguyễn Thị Thập|Lê Văn Lương|số [1-9][0-9]?)",
        to_dan_pho in proptest::option::of("[1-9][0-9]?"),
        khu_pho in proptest::option::of("[1-9]"),
        ward in proptest::option::of("(Tân Thuận Đông|Phú Mỹ|Bình Thuận|Tân Phong|[1-9])"),
        district in proptest::option::of("(7|Bình Thạnh)"),
    ) {
        let parts = Parts {
            number: Some(number),
            alley,
            street: Some(street),
            to_dan_pho,
            khu_pho,
            ward: ward.map(|name| Place { kind: PlaceKind::Phuong, name }),
            district: district.map(|name| Place { kind: PlaceKind::Quan, name }),
            city: Some(Place { kind: PlaceKind::ThanhPho, name: "Hồ Chí Minh".into() }),
            ..Parts::default()
        };
        let address = Address { original: String::new(), parts };
        let read = Address::parse(&address.to_string()).unwrap();
        prop_assert_eq!(read.parts(), address.parts());
    }

    #[test]
    fn no_text_breaks_it_and_each_word_is_kept(
        text in any::<String>(),
        mixed in "(P\\.|Q|KP|hẻm|đường|số|tổ|[0-9/]{1,5}|Tân|,|\\.| ){0,30}",
    ) {
        for text in [text, mixed] {
            if let Ok(address) = Address::parse(&text) {
                let _ = address.to_string();
                prop_assert_eq!(address.original(), crate::text::tidy(&text));
            }
        }
    }
}
