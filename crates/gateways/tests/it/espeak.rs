//! Speech by the real `espeak-ng`, and by programs that do not do what it does.

use async_trait::async_trait;
use duty::{
    lines::Spoken,
    prompts::{self, NewVersion, Prompter, Say, Speech},
};
use gateways::Espeak;
use jiff::SignedDuration;
use kernel::{Error, Result};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use store::Cx;
use testkit::TestCentre;

/// The program, or a word about what is missing.
async fn espeak() -> Option<Espeak> {
    let espeak = Espeak::default();
    if espeak.version().await.is_err() {
        println!("skipped: needs espeak-ng");
        return None;
    }
    Some(espeak)
}

/// As a conversation says it.
async fn spoken(prompter: &Prompter, cx: &mut Cx, says: &[Say]) -> Spoken {
    let ready = prompter.prepare(cx, says).await.unwrap();
    prompter.sound(&ready).await.unwrap()
}

fn seconds(samples: &[i16]) -> f64 {
    samples.len() as f64 / 8_000.0
}

/// Says how often it is asked.
struct Counted {
    inside: Espeak,
    asked: AtomicUsize,
}

#[async_trait]
impl Speech for Counted {
    fn voice(&self) -> &str {
        self.inside.voice()
    }

    async fn speak(&self, words: &str) -> Result<Vec<i16>> {
        self.asked.fetch_add(1, SeqCst);
        self.inside.speak(words).await
    }
}

#[tokio::test]
async fn the_real_program_speaks_at_the_line_s_rate() {
    let Some(espeak) = espeak().await else { return };
    assert!(espeak.probe().await.unwrap().starts_with("eSpeak NG") && espeak.works().await);
    let short = espeak.speak("Bấm phím một.").await.unwrap();
    let long = espeak.speak("Bấm phím một để nhận việc. Bấm phím hai để chuyển cấp trên.").await.unwrap();
    assert!((0.4..4.0).contains(&seconds(&short)), "{}", seconds(&short));
    assert!(seconds(&long) > 2.0 * seconds(&short) && seconds(&long) < 12.0, "{}", seconds(&long));
    assert!(long.iter().any(|sample| sample.unsigned_abs() > 2_000), "it can be heard");
    // Words that look like orders are words.
    assert!(seconds(&espeak.speak("--help [[hello]]").await.unwrap()) > 0.3);
    assert!(matches!(espeak.speak("").await, Err(Error::Unavailable(_))), "nothing is said of nothing");
}

#[tokio::test]
async fn what_names_nobody_is_synthesised_once_and_names_never_lie_on_the_disk() {
    let Some(espeak) = espeak().await else { return };
    let centre = TestCentre::new().await;
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("speech");
    let speech = Arc::new(Counted { inside: espeak, asked: AtomicUsize::new(0) });
    let says = [
        Say::clip("care.intro"),
        Say::text("Trạm y tế phường Tân Phong gọi ông, bà"),
        Say::Name("Nguyễn Văn An".into()),
        Say::Pause(SignedDuration::from_secs(1)),
        Say::Decimal(36, 5),
    ];
    let mut cx = centre.system().await;
    let prompter = Prompter::new(Some(speech.clone()), Some(cache.clone()));
    let first = spoken(&prompter, &mut cx, &says).await;
    assert_eq!(speech.asked.load(SeqCst), 4);
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 3, "all but the name");
    assert!(first.words.ends_with("Nguyễn Văn An ba mươi sáu phẩy năm"), "{}", first.words);
    let whole = first.samples.len() as f64 / 8_000.0;
    assert!(whole > 6.0 && (first.length.as_secs_f64() - whole).abs() < 0.01);
    // Another process over the same folder synthesises the name alone.
    let again = spoken(&Prompter::new(Some(speech.clone()), Some(cache)), &mut cx, &says).await;
    assert_eq!(speech.asked.load(SeqCst), 5);
    assert_eq!(again.samples, first.samples);
}

#[tokio::test]
async fn a_recording_stands_beside_what_is_synthesised() {
    let Some(espeak) = espeak().await else { return };
    let centre = TestCentre::new().await;
    let mut cx = centre.system().await;
    let tone: Vec<i16> = (0..8_000).map(|n| if n % 16 < 8 { 9_000 } else { -9_000 }).collect();
    let new = NewVersion { words: "Xin chào.".into(), samples: Some(tone.clone()) };
    prompts::keep(&mut cx, "hotline.welcome", &new).await.unwrap();
    let prompter = Prompter::new(Some(Arc::new(espeak)), None);
    let says = [Say::clip("hotline.welcome"), Say::text("Bấm phím 1.")];
    let heard = spoken(&prompter, &mut cx, &says).await;
    assert_eq!(heard.words, "Xin chào. Bấm phím 1.");
    assert_eq!(heard.samples[..8_000], tone[..]);
    assert!(heard.samples.len() > 8_000 + 4_000);
}

/// A program of two lines.
fn program(folder: &Path, name: &str, script: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[tokio::test]
async fn a_program_that_is_not_there_fails_or_hangs_is_unavailable_and_ended() {
    let folder = tempfile::tempdir().unwrap();
    let ended = folder.path().join("ended");
    let mute = program(folder.path(), "mute", "cat > /dev/null; exit 0");
    let broken = program(folder.path(), "broken", "exit 3");
    let noise = program(folder.path(), "noise", "cat > /dev/null; echo this is no sound");
    let hangs = program(folder.path(), "hangs", &format!("sleep 5; touch {}", ended.display()));
    for program in [folder.path().join("none"), mute, broken, noise, hangs] {
        let espeak = Espeak::at(&program).patient_for(Duration::from_millis(500));
        let spoken = espeak.speak("Nguyễn Văn An").await;
        let Err(Error::Unavailable(text)) = spoken else { panic!("{}: {spoken:?}", program.display()) };
        assert!(!text.contains("Nguyễn"), "no names in errors: {text}");
    }
    assert!(!ended.exists());
}

#[tokio::test]
async fn a_program_that_is_there_and_says_nothing_does_not_work() {
    let folder = tempfile::tempdir().unwrap();
    let script = "[ \"$1\" = --version ] && { echo 'eSpeak NG text-to-speech: 1.52'; exit 0; }; cat > /dev/null; exit 1";
    let espeak = Espeak::at(program(folder.path(), "no-voice", script));
    assert_eq!(espeak.version().await.unwrap(), "eSpeak NG text-to-speech: 1.52");
    assert!(matches!(espeak.probe().await, Err(Error::Unavailable(_))));
    assert!(!espeak.works().await);
}
