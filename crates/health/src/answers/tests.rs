use super::{law::Law, model::Meant, reply};

fn meant(words: &str) -> Meant {
    Law::read(None, 94).unwrap().told(words).meant
}

#[test]
fn danger_is_known_however_it_is_typed() {
    for words in [
        "khó thở",
        "Mẹ em KHÓ THỞ quá!!!",
        "kho tho",
        "khotho lam",
        "khó tho tu dem qua",
        "khó thỡ",
        "tức ngực",
        "Ba toi tuc nguc, sot",
        "tím tái",
        "tim tai roi",
        "bà ngất rồi",
        "co giat",
        "bé li bì, bé ly bì",
        "cap cuu",
        "Cấp cứu!",
        "k tho dc",
        "không thở được",
        "ko thở nổi nữa",
        "gọi không dậy",
        "Bố tôi […]khó thở",
        "1. kho tho",
        // Which of them is denied nobody knows.
        "không sốt khó thở",
        "không sốt, khó thở",
        "khó thở không",
    ] {
        assert_eq!(meant(words), Meant::Danger, "{words}");
    }
}

#[test]
fn het_takes_danger_back_only_where_it_means_no_longer() {
    for words in [
        "Má không ăn gì hết khó thở quá",
        "bà không biết gì hết khó thở",
        "bình oxy hết khó thở",
        "cả nhà bệnh hết khó thở",
        "chưa thấy khó thở giảm",
        "không thấy khó thở đỡ",
        "khong thay kho tho co bot",
        "chưa hết khó thở",
    ] {
        assert_eq!(meant(words), Meant::Danger, "{words}");
    }
    for words in ["đã hết khó thở", "hôm nay cũng hết khó thở", "bé hết khó thở rồi", "Dạ má đã hết tức ngực"]
    {
        assert_eq!(meant(words), Meant::Words, "{words}");
    }
}

#[test]
fn who_does_not_breathe_or_lies_dying_is_in_danger() {
    for words in [
        "bố không thở",
        "khong tho nua roi",
        "ngừng thở",
        "ba ngưng thở rồi",
        "ong tat tho",
        "hết thở rồi",
        "nguy kịch lắm",
        "sap chet",
        "đang hấp hối",
        "tay chân co quắp",
        "bà không cử động",
        "gọi số cấp cứu không ai nghe máy",
    ] {
        assert_eq!(meant(words), Meant::Danger, "{words}");
    }
    for words in ["không thở gấp", "số cấp cứu là bao nhiêu", "so cap cuu la gi"] {
        assert_eq!(meant(words), Meant::Words, "{words}");
    }
}

#[test]
fn a_reading_of_oxygen_below_the_limit_is_danger_and_no_other_number_is() {
    for words in [
        "SpO2 80",
        "oxy 85",
        "spo2 con 88%",
        "SpO₂: 93",
        "spo2=91",
        "spo285",
        "oxy của bà tụt còn 90",
        "SpO2 từ 98 xuống 86",
        "sp02 của má 89",
    ] {
        assert_eq!(meant(words), Meant::Danger, "{words}");
    }
    for words in [
        "SpO2 98 mạch 80",
        "SpO2 94",
        "spo2 98, 80",
        "oxy 0903123456",
        "gọi oxy 84 903 123 456",
        "bình oxy 80 lít",
        "oxy 25/09",
        "bà 85 tuổi, spo2 97",
        "oxy của bà 85 tuổi",
        "SpO2 8",
    ] {
        assert_eq!(meant(words), Meant::Words, "{words}");
    }
    // By the limit of the day.
    assert_eq!(Law::read(None, 90).unwrap().told("spo2 91").meant, Meant::Words);
}

#[test]
fn the_phrases_found_are_kept_each_once() {
    let told = Law::read(None, 94).unwrap().told("khó thở, KHO THO, bà ngất rồi");
    assert_eq!(told.signs, ["kho tho", "ngat"]);
}

#[test]
fn what_is_denied_is_no_danger_and_what_is_denied_twice_is() {
    for words in [
        "không khó thở",
        "ko kho tho",
        "k bi kho tho",
        "hết khó thở",
        "het kho tho roi",
        "Da het kho tho, cam on",
        "không còn khó thở nữa",
        "khong co dau hieu kho tho",
        "chưa thấy tức ngực",
        "không sốt, không khó thở, không đau ngực",
    ] {
        assert_eq!(meant(words), Meant::Words, "{words}");
    }
    for words in
        ["chưa hết khó thở", "khong het kho tho", "không khó thở nhưng tức ngực", "chua co xe cap cuu"]
    {
        assert_eq!(meant(words), Meant::Danger, "{words}");
    }
    // Whoever calls his father so denies nothing.
    assert_eq!(meant("cha kho tho"), Meant::Danger);
    assert_eq!(meant("dau hong kho tho"), Meant::Danger);
}

#[test]
fn other_words_of_the_same_letters_are_no_danger() {
    for words in [
        "tìm tại nhà",
        "có giặt đồ",
        "ngạt mũi",
        "ngat mui",
        "không cần cấp cứu",
        "số cấp cứu là gì",
        "Dạ con khỏe",
    ] {
        assert_eq!(meant(words), Meant::Words, "{words}");
    }
}

#[test]
fn a_wish_is_one_only_where_nothing_else_is_said() {
    for (words, expected) in [
        ("1", Meant::CallBack),
        (" GOI. ", Meant::CallBack),
        ("Gọi lại", Meant::CallBack),
        ("goi lai cho toi", Meant::CallBack),
        ("DUNG", Meant::Stop),
        ("dừng gọi", Meant::Stop),
        ("Stop", Meant::Stop),
        ("ko goi nua", Meant::Stop),
        ("TIEP", Meant::Resume),
        ("tiếp tục", Meant::Resume),
        // "Right": the letters are the same.
        ("Đúng", Meant::Words),
        ("dùng thuốc gì", Meant::Words),
        ("gọi cho bác Ba", Meant::Words),
        ("11", Meant::Words),
        ("", Meant::Words),
    ] {
        assert_eq!(meant(words), expected, "{words}");
    }
}

#[test]
fn our_own_answers_sent_back_mean_nothing_and_are_short() {
    for one in [Meant::Danger, Meant::CallBack, Meant::Stop, Meant::Resume] {
        for station in [None, Some("Trạm Y tế phường Tân Phong")] {
            let words = reply::words(one, station, "115");
            assert_eq!(meant(&words), Meant::Words, "{words}");
            // Two parts of a text with marks.
            assert!(words.contains("115") && words.chars().count() <= 134, "{words}");
        }
    }
    let quoted = reply::words(Meant::CallBack, None, "115");
    assert_eq!(meant(&format!("{quoted} Mẹ khó thở")), Meant::Danger, "more than our answer");
    let danger = reply::words(Meant::Danger, Some("Trạm Y tế phường Tân Phong"), "115");
    assert!(danger.starts_with("Gọi 115 ngay!") && danger.chars().count() <= 70, "one part: {danger}");
}
