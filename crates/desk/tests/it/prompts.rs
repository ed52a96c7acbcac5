//! The director listens to what calls say, records it in a voice of the district, and goes back.

use crate::browser::{Browser, app, centre};
use async_trait::async_trait;
use axum::{
    body::to_bytes,
    http::{Request, StatusCode, header},
};
use duty::prompts::{Prompter, Speech, to_wav};
use kernel::{Result, Role};
use pages::Place;
use std::sync::Arc;

/// Says anything in a second of the same sound.
struct Hum;

#[async_trait]
impl Speech for Hum {
    fn voice(&self) -> &'static str {
        "hum"
    }

    async fn speak(&self, _words: &str) -> Result<Vec<i16>> {
        Ok(vec![1_234; 8_000])
    }
}

/// A tone as loud as this, in a WAV file.
fn tone(samples: usize, loud: i16) -> Vec<u8> {
    let wave: Vec<i16> = (0..samples).map(|n| if n % 16 < 8 { loud } else { -loud }).collect();
    to_wav(&wave).unwrap()
}

/// Samples that a browser hears.
async fn heard(who: &Browser, path: &str) -> Vec<i16> {
    let response = who.response(path).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "audio/wav");
    let bytes = to_bytes(response.into_body(), 1 << 24).await.unwrap();
    duty::prompts::from_wav(&bytes).unwrap()
}

#[tokio::test]
async fn an_announcement_is_listened_to_recorded_anew_and_taken_back() {
    let centre = centre().await;
    let unit = centre.unit("TTDH").await;
    let director = centre.staff("Giám đốc trung tâm").at(unit, Role::CentreDirector).create().await;
    let auditor = centre.staff("Kiểm tra").at(unit, Role::Auditor).create().await;
    let place = || Place { demo: true, ..Place::default() };
    let speaking = app(&centre, place()).speaking(Prompter::new(Some(Arc::new(Hum)), None));
    let director = Browser::at(speaking.clone(), &centre, director).await;
    let auditor = Browser::at(speaking, &centre, auditor).await;

    let list = director.page("prompts").await;
    assert!(list.contains("Mở đầu cuộc gọi hỏi thăm") && list.contains("Bấm phím 1 để nhận việc."));
    assert!(list.contains("/desk/prompts/care.intro/wav") && !list.contains("espeak-ng"));
    assert!(!list.contains("thu âm, 1,5"), "nobody has recorded anything");
    assert_eq!(heard(&director, "prompts/care.intro/wav").await, vec![1_234; 8_000]);
    let page = director.page("prompts/care.intro").await;
    assert!(page.contains("Chưa có bản nào của địa bàn") && page.contains("type=\"file\""));

    let words = [("words", "Trạm y tế phường xin chào bà con.")];
    let kept = director.post_with("prompts/care.intro", &words, ("chao.wav", &tone(12_000, 4_000))).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.text);
    let page = director.page(&kept.to).await;
    assert!(page.contains("Đã lưu.") && page.contains("thu âm, 1,5 giây"));
    assert!(page.contains("Giám đốc trung tâm") && page.contains("Lời gốc của chương trình:"));
    let voice = heard(&director, "prompts/care.intro/wav").await;
    // As it was, and as loud as every other.
    assert_eq!((voice.len(), voice[0], voice[8]), (12_000, 23_198, -23_198));
    assert_eq!(heard(&director, "prompts/care.intro/wav?version=0").await.len(), 8_000, "the original words");
    assert!(auditor.page("prompts").await.contains("thu âm, 1,5 giây"));

    // A browser that takes it in parts.
    let part = Request::get("/quan7demo/desk/prompts/care.intro/wav").header(header::RANGE, "bytes=0-3");
    let part = director.send(part, "").await;
    assert_eq!((part.status, part.text.as_str()), (StatusCode::PARTIAL_CONTENT, "RIFF"));

    // New words alone are read by the machine.
    let words = [("words", "Xin chào, đây là trạm y tế.")];
    let reworded = director.post_with("prompts/care.intro", &words, ("", b"")).await;
    assert_eq!(reworded.status, StatusCode::SEE_OTHER, "{}", reworded.text);
    assert_eq!(heard(&director, "prompts/care.intro/wav").await, vec![1_234; 8_000]);
    assert_eq!(heard(&director, "prompts/care.intro/wav?version=1").await, voice);

    let back = director.post("prompts/care.intro/back", &[("version", "1")]).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text);
    let page = director.page(&back.to).await;
    assert!(page.contains("Đã quay về bản đã chọn.") && page.contains("dùng lại bản 1"));
    assert_eq!(heard(&director, "prompts/care.intro/wav").await, voice);
    // Pressed again it stays.
    assert_eq!(
        director.post("prompts/care.intro/back", &[("version", "3")]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        director.post("prompts/care.intro/back", &[("version", "9")]).await.status,
        StatusCode::NOT_FOUND
    );
    let original = director.post("prompts/care.intro/back", &[("version", "0")]).await;
    assert_eq!(original.status, StatusCode::SEE_OTHER);
    assert!(!director.page("prompts").await.contains("thu âm, 1,5"));

    // Who audits listens and changes nothing.
    assert!(!auditor.page("prompts/care.intro").await.contains("<textarea"));
    let refused = auditor.post_with("prompts/care.intro", &words, ("a.wav", &tone(8_000, 4_000))).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(director.open("prompts/care.none").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_recording_that_cannot_be_heard_well_is_refused_in_words_and_nothing_is_lost() {
    let centre = centre().await;
    let director =
        centre.staff("Giám đốc").at(centre.unit("TTDH").await, Role::CentreDirector).create().await;
    let director = Browser::of(&centre, director).await;
    let mut eight_bits = tone(8_000, 4_000);
    // One byte a sample, and so half the bytes a second.
    eight_bits[28..36].copy_from_slice(&[0x40, 0x1f, 0, 0, 1, 0, 8, 0]);
    let whole = tone(8_000, 4_000);
    let quiet = to_wav(&vec![0; 8_000]).unwrap();
    let long = tone(61 * 8_000, 4_000);
    for (file, text) in [
        (&b"Xin chao, day la mot tep van ban."[..], "Đây không phải tệp âm thanh WAV."),
        (&eight_bits[..], "Bản thu âm phải là WAV 16 bit"),
        (&[][..], "Tệp không có nội dung."),
        (&long[..], "Bản thu âm dài quá 60 giây."),
        (&quiet[..], "Không nghe thấy gì trong bản thu âm."),
        (&whole[..whole.len() / 2], "Tệp bị hỏng hoặc chưa tải lên hết."),
    ] {
        let words = [("words", "Lời <mới> của trạm.")];
        let refused = director.post_with("prompts/care.intro", &words, ("a.wav", file)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        assert!(refused.text.contains(text), "{text}");
        assert!(refused.text.contains("Lời &#60;mới&#62; của trạm."), "what was typed stands there");
    }
    let empty = director.post_with("prompts/care.intro", &[("words", " ")], ("", b"")).await;
    assert!(empty.status == StatusCode::UNPROCESSABLE_ENTITY && empty.text.contains("Xin nhập nội dung."));
    // Nothing was kept, and without a voice nothing is heard: both are said.
    let page = director.page("prompts/care.intro").await;
    assert!(page.contains("Chưa có bản nào của địa bàn") && page.contains("espeak-ng"));
    assert!(director.page("prompts").await.contains("chưa nghe được"));
    let mute = director.open("prompts/care.intro/wav").await;
    assert!(
        mute.status == StatusCode::CONFLICT && mute.text.contains("Lời này chưa thu âm"),
        "{}",
        mute.text
    );
}
