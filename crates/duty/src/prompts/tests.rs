//! What is said and how it sounds, without a database.

use super::{from_wav, model::Say, recording, shipped, spoken, to_wav};
use jiff::civil::date;
use kernel::Error;
use proptest::prelude::*;

/// A WAV file of a tone, as a recorder writes it.
fn wav(rate: u32, channels: u16, bits: u16, seconds: f64, hertz: f64, loud: f64) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels,
        sample_rate: rate,
        bits_per_sample: bits,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut file, spec).unwrap();
    let most = f64::from(2_i32.pow(u32::from(bits) - 1) - 1);
    for n in 0..(seconds * f64::from(rate)) as usize {
        let angle = std::f64::consts::TAU * hertz * n as f64 / f64::from(rate);
        for _ in 0..channels {
            writer.write_sample((angle.sin() * loud * most).clamp(-most, most) as i32).unwrap();
        }
    }
    writer.finalize().unwrap();
    file.into_inner()
}

fn refusal(bytes: &[u8]) -> &'static str {
    match recording(bytes) {
        Err(Error::Invalid { field: "file", key }) => key,
        other => panic!("taken in or refused otherwise: {:?}", other.is_ok()),
    }
}

/// How much of a frequency there is, as a share of the full scale.
fn strength(samples: &[i16], hertz: f64) -> f64 {
    let (mut sine, mut cosine) = (0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let angle = std::f64::consts::TAU * hertz * n as f64 / 8_000.0;
        sine += f64::from(*sample) * angle.sin();
        cosine += f64::from(*sample) * angle.cos();
    }
    2.0 * sine.hypot(cosine) / samples.len() as f64 / 32_767.0
}

#[test]
fn numbers_are_read_as_people_say_them() {
    for (value, words) in [
        (0, "không"),
        (5, "năm"),
        (10, "mười"),
        (11, "mười một"),
        (15, "mười lăm"),
        (20, "hai mươi"),
        (21, "hai mươi mốt"),
        (24, "hai mươi bốn"),
        (55, "năm mươi lăm"),
        (91, "chín mươi mốt"),
        (100, "một trăm"),
        (101, "một trăm lẻ một"),
        (105, "một trăm lẻ năm"),
        (110, "một trăm mười"),
        (115, "một trăm mười lăm"),
        (1_000, "một nghìn"),
        (1_005, "một nghìn không trăm lẻ năm"),
        (2_021, "hai nghìn không trăm hai mươi mốt"),
        (10_015, "mười nghìn không trăm mười lăm"),
        (91_477, "chín mươi mốt nghìn bốn trăm bảy mươi bảy"),
        (1_000_000, "một triệu"),
        (1_000_005, "một triệu không nghìn không trăm lẻ năm"),
        (360_000, "ba trăm sáu mươi nghìn"),
        (1_500_000_000, "một tỷ năm trăm triệu"),
        (-3, "âm ba"),
    ] {
        assert_eq!(spoken::number(value), words);
    }
    assert!(spoken::number(i64::MIN).starts_with("âm chín tỷ"));
}

#[test]
fn a_temperature_is_read_with_its_comma() {
    assert_eq!(spoken::decimal(36, 5), "ba mươi sáu phẩy năm");
    assert_eq!(spoken::decimal(38, 1), "ba mươi tám phẩy một");
    assert_eq!(spoken::decimal(37, 0), "ba mươi bảy");
}

#[test]
fn telephone_numbers_are_read_one_by_one_with_rests() {
    let words = "không chín không ba, một hai ba, bốn năm sáu";
    for text in ["0903123456", "0903 123 456", "+84903123456", "+84 903 123 456"] {
        assert_eq!(spoken::phone(text), words, "{text}");
    }
    assert_eq!(spoken::phone("02838721234"), "không hai tám, ba tám bảy hai, một hai ba bốn");
    assert_eq!(spoken::digits("12 34*#A"), "một hai, ba bốn sao thăng A");
    assert_eq!(spoken::digits(" . "), "");
}

#[test]
fn days_are_read_with_their_month() {
    assert_eq!(spoken::date(date(2021, 9, 25)), "ngày hai mươi lăm tháng chín");
    assert_eq!(spoken::date(date(2021, 4, 5)), "ngày năm tháng tư");
}

#[test]
fn figures_in_a_text_are_read_by_what_they_are() {
    for (text, words) in [
        ("Bấm phím 1 để nhận việc.", "Bấm phím một để nhận việc."),
        ("Nhiệt độ 36,5°C, SpO2 97%", "Nhiệt độ ba mươi sáu phẩy năm độ, SpO2 chín mươi bảy phần trăm"),
        ("Hẹn ngày 25/09 lúc 07:05", "Hẹn ngày hai mươi lăm tháng chín lúc bảy giờ năm phút"),
        ("từ 25/9/2021", "từ ngày hai mươi lăm tháng chín năm hai nghìn không trăm hai mươi mốt"),
        ("Gọi 0903 123 456 trước 8h.", "Gọi không chín không ba, một hai ba, bốn năm sáu trước tám giờ."),
        ("91.477 ca F0", "chín mươi mốt nghìn bốn trăm bảy mươi bảy ca F0"),
        ("nhà 45/12/3", "nhà bốn mươi lăm/mười hai/ba"),
        ("Số 12/10 đường 5", "Số mười hai/mười đường năm"),
        ("mã 007", "mã không không bảy"),
        ("1, 2, 3", "một, hai, ba"),
        ("", ""),
    ] {
        assert_eq!(spoken::aloud(text), words, "{text}");
    }
}

proptest! {
    #[test]
    fn two_numbers_never_sound_alike(a in 0_i64..2_000_000, b in 0_i64..2_000_000) {
        prop_assert_eq!(spoken::number(a) == spoken::number(b), a == b);
    }

    #[test]
    fn every_word_of_a_number_can_be_recorded(value in any::<i64>(), tenth in 0_u8..10) {
        for word in spoken::decimal(value, tenth).split(' ') {
            prop_assert!(super::shipped::number_key(word).is_some(), "{}", word);
        }
    }

    #[test]
    fn no_text_breaks_the_reading(text in any::<String>(), figures in "[0-9+/.,:h%° ngày]{0,24}") {
        for text in [&text, &figures] {
            let _ = (spoken::aloud(text), spoken::digits(text), spoken::phone(text));
        }
        // Nothing is left of a figure that stands alone.
        let read = spoken::aloud(&figures);
        prop_assert!(!read.starts_with(|c: char| c.is_ascii_digit()), "{}: {}", figures, read);
    }

    #[test]
    fn no_file_breaks_the_reader(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0_usize..1_000) {
        let _ = (recording(&bytes), from_wav(&bytes));
        let mut file = wav(8_000, 1, 16, 0.3, 440.0, 0.5);
        file.truncate(file.len().saturating_sub(cut));
        let _ = recording(&file);
        bytes.truncate(40);
        file[..bytes.len()].copy_from_slice(&bytes);
        let _ = (recording(&file), from_wav(&file));
    }
}

#[test]
fn every_announcement_has_a_key_of_its_own_and_words() {
    let mut keys: Vec<&str> = shipped().iter().map(|(key, _)| *key).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), shipped().len());
    for (key, words) in shipped() {
        assert!(key.contains('.') && !words.is_empty() && words.trim() == *words, "{key}");
        // A text is one announcement, and no single word of a number.
        let known = (!key.starts_with("number.")).then_some(*key);
        assert_eq!(super::key_of(&format!(" {words}, ")), known, "{key}");
    }
    assert_eq!((super::key_of("Năm"), super::key_of("Xin hỏi về {name}.")), (None, None));
    assert_eq!(super::shipped::number_key("mốt"), Some("number.mot_tens"));
    assert_eq!(super::shipped::number_key("trạm"), None);
}

#[test]
fn no_word_of_a_number_is_recorded_in_vain() {
    let numbers = (0..=115).chain([1_000, 2_000_000, 3_000_000_000, -1]);
    let said: Vec<String> = numbers.map(spoken::number).chain([spoken::decimal(36, 5)]).collect();
    let words = shipped().iter().filter(|(key, _)| key.starts_with(super::NUMBER_WORDS));
    for (key, word) in words {
        assert!(said.iter().any(|number| number.split(' ').any(|one| one == *word)), "{key}");
    }
}

#[test]
fn what_is_read_along_stands_in_the_words_that_ship() {
    let says = [
        Say::clip("ladder.ticket"),
        Say::Pause(jiff::SignedDuration::from_secs(1)),
        Say::together([Say::Digits("A7".into()), Say::clip("hotline.press"), Say::Number(2)]),
    ];
    assert_eq!(super::in_words(&says), "Phiếu số A7 bấm phím hai");
}

#[test]
fn names_and_telephone_numbers_never_lie_on_the_disk() {
    for say in [Say::Name("Nguyễn Văn An".into()), Say::Phone("0903123456".into()), Say::Digits("12".into())]
    {
        assert!(!say.may_be_kept(), "{say:?}");
    }
    assert!(Say::text("Trạm y tế phường Tân Phong").may_be_kept() && Say::Number(3).may_be_kept());
}

#[test]
fn a_recording_of_any_rate_comes_to_the_line_s_rate_equally_loud() {
    for (rate, channels) in [(8_000, 1), (16_000, 2), (22_050, 1), (44_100, 2), (48_000, 1)] {
        let samples = recording(&wav(rate, channels, 16, 1.0, 1_000.0, 0.1)).unwrap();
        assert!(samples.len().abs_diff(8_000) <= 1, "{rate}: {}", samples.len());
        // 3 dB below the most; the ends of a clip swing a little over.
        let inner = &samples[800..7_200];
        let tone = strength(inner, 1_000.0);
        assert!((0.6..=0.72).contains(&tone), "{rate}: {tone}");
        assert!(strength(inner, 2_000.0) < 0.01, "{rate}");
    }
}

#[test]
fn what_a_telephone_cannot_carry_does_not_fold_back() {
    // 6 kHz would come back as 2 kHz.
    let samples = from_wav(&wav(48_000, 1, 16, 1.0, 6_000.0, 0.8)).unwrap();
    assert!(strength(&samples[800..7_200], 2_000.0) < 0.002);
    let speech = from_wav(&wav(44_100, 1, 16, 1.0, 3_000.0, 0.5)).unwrap();
    assert!((strength(&speech[800..7_200], 3_000.0) - 0.5).abs() < 0.02);
}

#[test]
fn a_file_whose_head_does_not_know_its_length_is_read_to_its_end() {
    let mut piped = wav(22_050, 1, 16, 0.5, 440.0, 0.5);
    piped[40..44].copy_from_slice(&0x7fff_f000_u32.to_le_bytes());
    assert!(from_wav(&piped).unwrap().len().abs_diff(4_000) <= 1);
    // From a person it would be a recording that is not all there.
    assert_eq!(refusal(&piped), "error-prompt-long");
}

#[test]
fn a_preview_reads_back_as_it_was() {
    let samples = recording(&wav(8_000, 1, 16, 0.5, 440.0, 0.5)).unwrap();
    assert_eq!(from_wav(&to_wav(&samples).unwrap()).unwrap(), samples);
}

#[test]
fn what_cannot_be_heard_well_is_refused_in_words() {
    let whole = wav(8_000, 1, 16, 1.0, 440.0, 0.5);
    for (bytes, key) in [
        (Vec::new(), "error-prompt-file-missing"),
        (b"Xin chao, day khong phai la am thanh.".to_vec(), "error-prompt-not-wav"),
        (whole[..whole.len() / 2].to_vec(), "error-prompt-broken"),
        (wav(8_000, 1, 8, 1.0, 440.0, 0.5), "error-prompt-bits"),
        (wav(8_000, 1, 24, 1.0, 440.0, 0.5), "error-prompt-bits"),
        (wav(11_025, 1, 16, 1.0, 440.0, 0.5), "error-prompt-rate"),
        (wav(8_000, 4, 16, 1.0, 440.0, 0.5), "error-prompt-channels"),
        (wav(8_000, 1, 16, 0.1, 440.0, 0.5), "error-prompt-short"),
        (wav(8_000, 1, 16, 61.0, 440.0, 0.5), "error-prompt-long"),
        (wav(8_000, 1, 16, 1.0, 440.0, 0.0), "error-prompt-silent"),
        (wav(8_000, 1, 16, 1.0, 440.0, 0.005), "error-prompt-silent"),
        (wav(8_000, 1, 16, 1.0, 200.0, 2.0), "error-prompt-clipped"),
    ] {
        assert_eq!(refusal(&bytes), key);
    }
    // Loud is not cut off.
    assert!(recording(&wav(8_000, 1, 16, 1.0, 440.0, 0.99)).is_ok());
}
