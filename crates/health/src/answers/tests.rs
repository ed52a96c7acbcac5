use super::{law::Law, model::Meant, reply};

fn meant(words: &str) -> Meant {
    Law::read(None).unwrap().meant(words)
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
    let danger = reply::words(Meant::Danger, Some("Trạm Y tế phường Tân Phong"), "115");
    assert!(danger.starts_with("Gọi 115 ngay!") && danger.chars().count() <= 70, "one part: {danger}");
}
