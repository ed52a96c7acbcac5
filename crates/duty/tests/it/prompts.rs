//! What calls say in a district: versions of its own over what ships, and how they sound.

use async_trait::async_trait;
use duty::{
    lines::Spoken,
    prompts::{self, NewVersion, Prompter, Say, Speech},
};
use jiff::SignedDuration;
use kernel::{Error, Result, Role};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use store::Cx;
use testkit::TestCentre;

/// Speaks a tenth of a second for each character, and keeps what it was given.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

#[async_trait]
impl Speech for Told {
    fn voice(&self) -> &'static str {
        "test"
    }

    async fn speak(&self, words: &str) -> Result<Vec<i16>> {
        self.0.lock().unwrap().push(words.to_owned());
        Ok(vec![1_000; words.chars().count() * 800])
    }
}

impl Told {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// As a conversation says it.
async fn spoken(prompter: &Prompter, cx: &mut Cx, says: &[Say]) -> Result<Spoken> {
    let ready = prompter.prepare(cx, says).await?;
    prompter.sound(&ready).await
}

fn worded(words: &str) -> NewVersion {
    NewVersion { words: words.into(), samples: None }
}

fn recorded(words: &str, samples: Vec<i16>) -> NewVersion {
    NewVersion { words: words.into(), samples: Some(samples) }
}

#[tokio::test]
async fn a_version_is_heard_until_another_takes_its_place_and_an_older_one_comes_back() {
    let centre = TestCentre::new().await;
    let director =
        centre.staff("Giám đốc").at(centre.unit("TTDH").await, Role::CentreDirector).create().await;
    let mut cx = centre.as_staff(director).await;
    let first = prompts::current(&mut cx, "care.intro").await.unwrap();
    assert!(first.own.is_none() && first.words() == first.shipped);
    assert_eq!(prompts::keep(&mut cx, "care.intro", &worded("  Trạm y tế\n xin chào. ")).await.unwrap(), 1);
    cx.commit().await.unwrap();
    centre.advance(SignedDuration::from_hours(1)).await;
    let mut cx = centre.as_staff(director).await;
    let voice = vec![7_i16; 12_000];
    assert_eq!(
        prompts::keep(&mut cx, "care.intro", &recorded("Xin chào bà con.", voice.clone())).await.unwrap(),
        2
    );
    let second = prompts::current(&mut cx, "care.intro").await.unwrap();
    assert!(second.recorded() && second.words() == "Xin chào bà con.");
    let own = second.own.unwrap();
    assert_eq!((own.seconds, own.created_by), (Some(1.5), Some(director)));
    assert_eq!(prompts::samples_of(&mut cx, own.id).await.unwrap(), Some(voice.clone()));
    assert_eq!(prompts::back(&mut cx, "care.intro", 1).await.unwrap(), 3);
    assert_eq!(prompts::current(&mut cx, "care.intro").await.unwrap().words(), "Trạm y tế xin chào.");
    assert_eq!(prompts::back(&mut cx, "care.intro", 2).await.unwrap(), 4);
    let now = prompts::current(&mut cx, "care.intro").await.unwrap().own.unwrap();
    assert_eq!((now.again, now.sha256.is_some()), (Some(2), true));
    assert_eq!(now.sha256, own.sha256, "the same sound");
    let kept = prompts::versions(&mut cx, "care.intro").await.unwrap();
    assert_eq!(kept.iter().map(|kept| kept.version).collect::<Vec<_>>(), [4, 3, 2, 1]);
    assert!(kept[0].retired_at.is_none() && kept[3].retired_at == Some(cx.now()));
    assert!(kept[3].valid_from < kept[2].valid_from);
    assert!(prompts::withdraw(&mut cx, "care.intro").await.unwrap());
    assert!(!prompts::withdraw(&mut cx, "care.intro").await.unwrap(), "nothing of our own is heard");
    assert!(prompts::current(&mut cx, "care.intro").await.unwrap().own.is_none());
    let told = crate::events(&mut cx, "prompt.kept").await;
    assert_eq!(told.len(), 4);
    assert_eq!(told[1]["key"], "care.intro");
    assert_eq!(told[1]["version"], 2);
    assert_eq!(told[1]["seconds"], 1.5);
    assert_eq!(crate::events(&mut cx, "prompt.withdrawn").await.len(), 1);
}

#[tokio::test]
async fn who_may_not_change_announcements_and_what_is_no_version_is_refused() {
    let centre = TestCentre::new().await;
    let unit = centre.unit("TTDH").await;
    let auditor = centre.staff("Kiểm tra").at(unit, Role::Auditor).create().await;
    let operator = centre.staff("Trực tổng đài").at(unit, Role::Operator).create().await;
    let mut cx = centre.as_staff(auditor).await;
    assert_eq!(prompts::list(&mut cx).await.unwrap().len(), prompts::shipped().len());
    let refused = prompts::keep(&mut cx, "care.intro", &worded("Khác.")).await;
    assert!(matches!(refused, Err(Error::Forbidden("prompt.edit"))), "{refused:?}");
    let mut cx = centre.as_staff(operator).await;
    assert!(matches!(prompts::list(&mut cx).await, Err(Error::NotFound)));
    assert!(matches!(prompts::withdraw(&mut cx, "care.intro").await, Err(Error::NotFound)));

    let mut cx = centre.system().await;
    let shipped = prompts::current(&mut cx, "care.intro").await.unwrap().shipped;
    for (words, key) in [
        ("", "error-text-missing"),
        (shipped, "error-prompt-unchanged"),
        (&*"dài ".repeat(300), "error-text-too-long"),
    ] {
        let refused = prompts::keep(&mut cx, "care.intro", &worded(words)).await;
        assert!(matches!(refused, Err(Error::Invalid { field: "words", key: k }) if k == key), "{refused:?}");
    }
    assert!(matches!(prompts::keep(&mut cx, "care.none", &worded("a")).await, Err(Error::NotFound)));
    assert!(matches!(prompts::back(&mut cx, "care.intro", 1).await, Err(Error::NotFound)));
    prompts::keep(&mut cx, "care.intro", &worded("Khác.")).await.unwrap();
    let refused = prompts::back(&mut cx, "care.intro", 1).await;
    assert!(matches!(refused, Err(Error::Conflict("error-prompt-heard-already"))), "{refused:?}");
}

#[tokio::test]
async fn recorded_words_make_a_number_and_until_all_are_there_it_is_synthesised_whole() {
    let centre = TestCentre::new().await;
    let speech = Arc::new(Told::default());
    let prompter = Prompter::new(Some(speech.clone()), None);
    let mut cx = centre.system().await;
    let says = [Say::Number(91)];
    spoken(&prompter, &mut cx, &says).await.unwrap();
    assert_eq!(speech.take(), ["chín mươi mốt"]);
    for (key, level) in [("number.chin", 1), ("number.muoi_tens", 2)] {
        prompts::keep(&mut cx, key, &recorded("x", vec![level; 800])).await.unwrap();
    }
    let whole = spoken(&prompter, &mut cx, &says).await.unwrap();
    assert_eq!(whole.length, SignedDuration::from_millis(1_300), "thirteen characters, from memory");
    assert!(speech.take().is_empty());
    prompts::keep(&mut cx, "number.mot_tens", &recorded("x", vec![3; 800])).await.unwrap();
    let joined = spoken(&prompter, &mut cx, &says).await.unwrap();
    assert_eq!(joined.words, "chín mươi mốt");
    // Three words and two short rests of 40 ms.
    assert_eq!(joined.samples.len(), 3 * 800 + 2 * 320);
    assert_eq!((joined.samples[0], joined.samples[800], joined.samples[1_120]), (1, 0, 2));
    assert!(speech.take().is_empty());
}

#[tokio::test]
async fn what_a_call_says_is_put_together_from_all_its_pieces() {
    let centre = TestCentre::new().await;
    let other = centre.add_tenant("tan-hung").await;
    let folder = tempfile::tempdir().unwrap();
    let speech = Arc::new(Told::default());
    let prompter = Prompter::new(Some(speech.clone()), Some(folder.path().to_owned()));
    let mut cx = centre.system().await;
    prompts::keep(&mut cx, "ladder.intro", &recorded("Có việc.", vec![5; 4_000])).await.unwrap();
    let says = [
        Say::clip("ladder.intro"),
        Say::text("Ca F0 mới, báo trước 07:05 ngày 25/09"),
        Say::Name("Nguyễn Văn An".into()),
        Say::Pause(SignedDuration::from_millis(500)),
        Say::Phone("0903123456".into()),
        Say::clip("ladder.keys"),
    ];
    let ready = prompter.prepare(&mut cx, &says).await.unwrap();
    let heard = prompter.sound(&ready).await.unwrap();
    assert_eq!(
        heard.words,
        "Có việc. Ca F0 mới, báo trước 07:05 ngày 25/09 Nguyễn Văn An \
         không chín không ba, một hai ba, bốn năm sáu Bấm phím 1 để nhận việc. Bấm phím 2 để chuyển cấp trên."
    );
    assert_eq!(heard.samples[..4_000], [5; 4_000]);
    let told = speech.take();
    assert_eq!(told[0], "Ca F0 mới, báo trước bảy giờ năm phút ngày hai mươi lăm tháng chín");
    assert_eq!(told[1], "Nguyễn Văn An");
    // Figure by figure, each once.
    assert_eq!(told[2..10], ["không", "chín", "ba", "một", "hai", "bốn", "năm", "sáu"]);
    assert_eq!(told[10], "Bấm phím một để nhận việc. Bấm phím hai để chuyển cấp trên.");
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, 10, "all but the name");
    // Another district has its own voice; what was synthesised serves it too.
    let mut cx = centre.store.begin(other.id, kernel::Actor::system("test")).await.unwrap();
    let elsewhere =
        spoken(&prompter, &mut cx, &[Say::clip("ladder.intro"), Say::clip("ladder.keys")]).await.unwrap();
    assert!(elsewhere.words.starts_with("Đây là cuộc gọi tự động"));
    assert_eq!(speech.take().len(), 1);
}

#[tokio::test]
async fn what_says_something_only_as_a_whole_is_said_whole_or_not_at_all() {
    let centre = TestCentre::new().await;
    let mut cx = centre.system().await;
    for (key, level) in [("hotline.press", 1), ("hotline.connecting", 2), ("ladder.keys", 3)] {
        prompts::keep(&mut cx, key, &recorded(key, vec![level; 800])).await.unwrap();
    }
    let choice = || vec![Say::Name("Nguyễn Văn An".into()), Say::clip("hotline.press")];
    let says = [
        Say::Together { says: choice(), instead: Some("hotline.connecting") },
        Say::together(choice()),
        Say::text("Ca F0 mới"),
        Say::clip("ladder.keys"),
    ];
    let mute = Prompter::new(None, None);
    let ready = mute.prepare(&mut cx, &says).await.unwrap();
    assert!(matches!(mute.sound(&ready).await, Err(Error::Unavailable(_))), "a text of its own is needed");
    let heard = mute.sound_with_gaps(&ready).await.unwrap();
    assert_eq!(heard.words, "hotline.connecting ladder.keys");
    // Two clips and the rest between them.
    assert_eq!((heard.samples.len(), heard.samples[0], heard.samples[2_000]), (2_800, 2, 3));
    let needed = mute.prepare(&mut cx, &[says[1].clone(), says[3].clone()]).await.unwrap();
    assert_eq!(mute.sound(&needed).await.unwrap().words, "ladder.keys", "what may be lacking is no fault");
    let nothing = mute.prepare(&mut cx, &[Say::text("Xin chào"), says[1].clone()]).await.unwrap();
    assert!(matches!(mute.sound_with_gaps(&nothing).await, Err(Error::Unavailable(_))));
    let voice = Prompter::new(Some(Arc::new(Told::default())), None);
    let whole = spoken(&voice, &mut cx, &says).await.unwrap();
    assert!(whole.words.starts_with("Nguyễn Văn An hotline.press Nguyễn"), "{}", whole.words);
}

/// Speaks only once it is let.
struct Slow(tokio::sync::Semaphore, Told);

#[async_trait]
impl Speech for Slow {
    fn voice(&self) -> &'static str {
        "slow"
    }

    async fn speak(&self, words: &str) -> Result<Vec<i16>> {
        self.0.acquire().await.map_err(Error::internal)?.forget();
        self.1.speak(words).await
    }
}

#[tokio::test]
async fn the_same_words_are_synthesised_once_for_all_who_wait_and_recordings_wait_for_nobody() {
    let centre = TestCentre::new().await;
    let mut cx = centre.system().await;
    prompts::keep(&mut cx, "ladder.keys", &recorded("Phím.", vec![3; 800])).await.unwrap();
    let slow = Arc::new(Slow(tokio::sync::Semaphore::new(0), Told::default()));
    let prompter = Prompter::new(Some(slow.clone()), None);
    let ready = prompter.prepare(&mut cx, &[Say::text("Ca F0 mới"), Say::clip("ladder.keys")]).await.unwrap();
    drop(cx);
    let first = prompter.sound(&ready);
    let second = prompter.sound_with_gaps(&ready);
    let meanwhile = async {
        assert_eq!(prompter.sound_at_once(&ready).await.unwrap().words, "Phím.");
        slow.0.add_permits(1);
    };
    let all = async { tokio::join!(first, second, meanwhile) };
    let (first, second, ()) = tokio::time::timeout(Duration::from_secs(10), all).await.unwrap();
    assert_eq!(first.unwrap().samples, second.unwrap().samples);
    assert_eq!(slow.1.take(), ["Ca F0 mới"]);
    assert_eq!(prompter.sound_at_once(&ready).await.unwrap().words, "Ca F0 mới Phím.", "from memory");
}

#[tokio::test]
async fn without_a_voice_only_recordings_are_heard_and_the_silent_one_gives_words_and_a_length() {
    let centre = TestCentre::new().await;
    let mut cx = centre.system().await;
    prompts::keep(&mut cx, "hotline.welcome", &recorded("Xin chào.", vec![5; 4_000])).await.unwrap();
    let mute = Prompter::new(None, None);
    assert!(!mute.synthesises().await);
    let heard = spoken(&mute, &mut cx, &[Say::clip("hotline.welcome")]).await.unwrap();
    assert_eq!((heard.words.as_str(), heard.length), ("Xin chào.", SignedDuration::from_millis(500)));
    for say in [Say::clip("hotline.menu"), Say::text("Xin chào"), Say::Number(1)] {
        assert!(matches!(spoken(&mute, &mut cx, &[say]).await, Err(Error::Unavailable(_))));
    }
    let unknown = spoken(&mute, &mut cx, &[Say::clip("hotline.none")]).await;
    assert!(matches!(unknown, Err(Error::Internal(text)) if text.contains("hotline.none")));

    let silent = Prompter::silent();
    let says = [
        Say::clip("hotline.welcome"),
        Say::text("Mười bốn chữ x"),
        Say::Number(1),
        Say::Pause(SignedDuration::from_secs(2)),
    ];
    let heard = spoken(&silent, &mut cx, &says).await.unwrap();
    assert_eq!(heard.words, "Xin chào. Mười bốn chữ x một");
    assert!(heard.samples.is_empty());
    // 28 characters at fourteen a second, and the pause.
    assert_eq!(heard.length, SignedDuration::from_secs(4));
    let short = spoken(&silent, &mut cx, &[Say::Number(1)]).await.unwrap();
    assert_eq!(short.length, SignedDuration::from_secs(1));
}
