use super::{
    Act, Choice, Effect, GAVE_UP, Kind, Line, Member, Piece, Question, Reading, Run, Script, Slots, Step,
    check, pieces, play, shipped, typed, words, written,
};
use crate::vitals::Symptom;
use duty::{
    lines::Heard,
    prompts::{self, Say},
};
use kernel::PersonId;
use proptest::prelude::*;
use std::collections::BTreeSet;
use uuid::Uuid;

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn members(count: u128) -> Vec<Member> {
    let member =
        |n| Member { person: person(n), name_words: format!("Thành viên {n}"), asked: BTreeSet::new() };
    (1..=count).map(member).collect()
}

fn care() -> Script {
    shipped("care").unwrap()
}

fn slots() -> Slots {
    Slots {
        ward: "Phường Tân Phong".into(),
        station: "Trạm Y tế Tân Phong".into(),
        number: "028 1022".into(),
    }
}

fn begun(count: u128) -> Run {
    Run::new(&care(), members(count)).with(slots())
}

/// Hears everything up to the next question, or to the end.
fn listen(run: &mut Run) -> String {
    let mut heard = Vec::new();
    loop {
        match run.step() {
            Step::Say(says) => {
                heard.push(words(&says));
                run.said();
            }
            Step::Ask { says, .. } => {
                heard.push(words(&says));
                return heard.join("\n");
            }
            Step::Person | Step::Done => return heard.join("\n"),
        }
    }
}

fn press(run: &mut Run, keys: &str) -> Effect {
    listen(run);
    run.answer(&Heard::Keys(keys.to_owned()))
}

fn is_done(run: &mut Run) -> bool {
    listen(run);
    matches!(run.step(), Step::Done)
}

#[test]
fn a_name_is_said_apart_from_the_words_that_are_kept_as_speech() {
    let mut run = begun(1);
    press(&mut run, "1");
    let mut heard = Vec::new();
    while let Step::Say(says) = run.step() {
        heard.extend(says);
        run.said();
    }
    if let Step::Ask { says, .. } = run.step() {
        heard.extend(says);
    }
    assert!(heard.iter().any(|say| matches!(say, Say::Name(name) if name.contains("Thành viên 1"))));
    assert!(heard.iter().all(|say| !matches!(say, Say::Text(text) if text.contains("Thành viên"))));
}

#[test]
fn whatever_a_script_ships_with_can_be_recorded() {
    for key in super::KEYS {
        for question in shipped(key).unwrap().questions {
            for piece in &question.says {
                let Piece::Text(text) = piece else { continue };
                let words = text.trim_matches([' ', ',', '.']);
                assert!(
                    words.is_empty() || prompts::key_of(words).is_some(),
                    "{key} {}: {text}",
                    question.key
                );
            }
        }
    }
    let mut run = begun(1);
    let Step::Say(says) = run.step() else { panic!("a greeting") };
    assert_eq!((&says[0], &says[3]), (&Say::clip("care.greeting"), &Say::clip("care.intro")));
    run.said();
    // Of whom nothing is known all is recorded.
    let unknown = vec![Member { name_words: super::somebody(), ..members(1).remove(0) }];
    let mut run = Run::new(&shipped("symptoms").unwrap(), unknown).with(Slots::general());
    while let Step::Say(says) | Step::Ask { says, .. } = run.step() {
        assert!(says.iter().all(|say| matches!(say, Say::Clip(_))), "{says:?}");
        if run.asking().is_some() {
            run.answer(&Heard::Keys("2".to_owned()));
        } else {
            run.said();
        }
    }
    // What a district words otherwise, and the names in it, nobody has recorded.
    let mut own = care();
    own.questions[0].says = pieces("Xin chào từ {station}.");
    let Step::Say(says) = Run::new(&own, members(1)).with(slots()).step() else { panic!("a greeting") };
    assert!(says.iter().all(|say| matches!(say, Say::Text(_))), "{says:?}");
}

#[test]
fn three_members_are_asked_one_after_the_other() {
    let mut run = begun(3);
    let intro = listen(&mut run);
    assert!(intro.contains("Trạm Y tế Tân Phong, Phường Tân Phong"), "{intro}");
    assert!(intro.contains("ghi âm") && intro.contains("xin bấm 9"), "{intro}");
    assert_eq!(press(&mut run, "1"), Effect::Next);
    for n in 1..=3 {
        assert!(listen(&mut run).contains(&format!("Xin hỏi về Thành viên {n}.")));
        assert_eq!(press(&mut run, "1"), Effect::Next);
        assert_eq!(press(&mut run, "375"), Effect::Next);
        assert_eq!(press(&mut run, "97"), Effect::Next);
        assert_eq!(press(&mut run, "2"), Effect::Next);
        assert_eq!(press(&mut run, "2"), Effect::MemberDone(person(n)));
        let entry = run.entry(person(n));
        assert_eq!((entry.temperature.as_str(), entry.spo2.as_str()), ("37,5", "97"));
        assert_eq!(entry.symptoms, BTreeSet::from([Symptom::NoSymptom]));
        assert!(entry.note.is_empty());
    }
    let farewell = listen(&mut run);
    assert!(farewell.contains("Cảm ơn") && matches!(run.step(), Step::Done), "{farewell}");
    assert_eq!(run.finished(), [person(1), person(2), person(3)]);
}

#[test]
fn a_flag_is_told_at_once_and_what_was_said_stands_in_the_entry() {
    let mut run = begun(1);
    press(&mut run, "1");
    assert_eq!(press(&mut run, "3"), Effect::Flagged(person(1)));
    assert_eq!(run.entry(person(1)).symptoms, BTreeSet::from([Symptom::Breathless]));
    assert!(run.finished().is_empty());
    for keys in ["0", "0", "1"] {
        press(&mut run, keys);
    }
    // The last answer is a flag, and he is finished by it.
    assert_eq!(press(&mut run, "1"), Effect::Flagged(person(1)));
    assert_eq!(run.finished(), [person(1)]);
    let entry = run.entry(person(1));
    assert_eq!(entry.symptoms, BTreeSet::from([Symptom::Breathless, Symptom::ChestPain]));
    assert!(entry.temperature.is_empty() && entry.spo2.is_empty() && entry.note.is_empty());
}

#[test]
fn a_star_repeats_and_too_many_end_the_call() {
    let mut run = begun(1);
    let first = listen(&mut run);
    assert_eq!(press(&mut run, "*"), Effect::Repeat);
    assert!(first.ends_with(&listen(&mut run)));
    press(&mut run, "1");
    press(&mut run, "1");
    assert_eq!(press(&mut run, "*"), Effect::Repeat);
    assert!(listen(&mut run).contains("Nhiệt độ của Thành viên 1"));
    let effects: Vec<Effect> = (0..5).map(|_| press(&mut run, "*")).collect();
    assert_eq!(effects[4], Effect::GaveUp);
    assert!(is_done(&mut run));
}

#[test]
fn a_zero_asks_for_a_person_and_the_questions_can_go_on() {
    let mut run = begun(1);
    assert_eq!(press(&mut run, "0"), Effect::WantsPerson);
    assert!(matches!(run.step(), Step::Person));
    run.said();
    assert!(matches!(run.step(), Step::Person));
    run.go_on();
    assert_eq!(press(&mut run, "1"), Effect::Next);
    press(&mut run, "1");
    // Where a zero says that nothing was measured, two ask for a person.
    assert_eq!(press(&mut run, "00"), Effect::WantsPerson);
    run.go_on();
    assert_eq!(press(&mut run, "0"), Effect::Next);
    assert!(listen(&mut run).contains("SpO2"));
}

#[test]
fn two_silences_in_a_row_give_up_politely_and_nobody_is_well_by_them() {
    let mut run = begun(2);
    press(&mut run, "1");
    listen(&mut run);
    assert_eq!(run.answer(&Heard::Nothing), Effect::Repeat);
    assert!(listen(&mut run).starts_with("Chúng tôi chưa nghe thấy phím nào."));
    assert_eq!(press(&mut run, "1"), Effect::Next);
    listen(&mut run);
    assert_eq!(run.answer(&Heard::Nothing), Effect::Repeat);
    assert_eq!(run.answer(&Heard::Keys(String::new())), Effect::GaveUp);
    let Step::Say(farewell) = run.step() else { panic!("a farewell") };
    assert!(words(&farewell).contains("Trạm Y tế Tân Phong sẽ liên hệ lại"));
    assert!(is_done(&mut run));
    assert!(run.entry(person(1)).symptoms.is_empty() && run.finished().is_empty());
    assert!(run.entry(person(2)).symptoms.is_empty());
}

#[test]
fn whoever_refuses_is_let_go_with_a_farewell() {
    let mut run = begun(2);
    assert_eq!(press(&mut run, "9"), Effect::Refused);
    let farewell = listen(&mut run);
    assert!(farewell.contains("chưa muốn trả lời") && matches!(run.step(), Step::Done), "{farewell}");
    // A script without closing words has the usual ones.
    let mut script = care();
    script.questions.retain(|question| !question.is_closing());
    let mut run = Run::new(&script, members(1)).with(slots());
    listen(&mut run);
    assert_eq!(run.answer(&Heard::Keys("9".into())), Effect::Refused);
    assert!(listen(&mut run).contains("chưa muốn trả lời"));
}

#[test]
fn a_call_that_is_gone_is_over() {
    let mut run = begun(1);
    press(&mut run, "1");
    listen(&mut run);
    assert_eq!(run.answer(&Heard::Gone), Effect::GaveUp);
    assert!(matches!(run.step(), Step::Done));
    assert_eq!(run.answer(&Heard::Keys("1".into())), Effect::Next);
}

#[test]
fn after_each_answer_a_new_call_asks_nothing_twice() {
    let keys = ["1", "2", "375", "98", "2", "2", "1", "0", "980", "980", "1", "2"];
    for upto in 0..=keys.len() {
        let mut run = begun(2);
        for keys in &keys[..upto] {
            press(&mut run, keys);
        }
        let told = run.answers();
        let before: Vec<_> = (1..=2).map(|n| run.entry(person(n))).collect();
        let mut again = Run::resume(&care(), members(2), told.clone()).with(slots());
        let intro = listen(&mut again);
        assert!(intro.contains("Đây là cuộc gọi tự động"), "who calls is said again");
        assert_eq!(again.finished(), run.finished());
        for (n, entry) in before.iter().enumerate() {
            let now = again.entry(person(n as u128 + 1));
            assert_eq!(
                (&now.temperature, &now.spo2, &now.note),
                (&entry.temperature, &entry.spo2, &entry.note)
            );
            assert_eq!(now.symptoms, entry.symptoms, "after {upto}");
        }
        if (1..keys.len()).contains(&upto) {
            let about = if upto < 6 { "Thành viên 1" } else { "Thành viên 2" };
            assert!(intro.contains(about), "after {upto}: {intro}");
            assert!(!intro.contains("Để bắt đầu"), "after {upto}: {intro}");
        }
        for keys in &keys[upto..] {
            // The first of two readings that could not be is no answer, and is asked again.
            if upto == 9 && *keys == "980" {
                press(&mut again, "980");
            }
            press(&mut again, keys);
        }
        assert!(is_done(&mut again), "after {upto}");
        let note = again.entry(person(2)).note;
        assert_eq!(note, "SpO2: đã bấm 980, không đọc được.");
        assert_eq!(again.finished(), [person(1), person(2)]);
    }
    let mut run = Run::resume(&care(), members(1), serde_json::json!("nonsense"));
    assert!(listen(&mut run).contains("Để bắt đầu"));
}

#[test]
fn readings_come_as_a_diary_takes_them_and_none_is_put_right() {
    for (keys, text) in [
        ("375", Some("37,5")),
        ("36", Some("36")),
        ("365", Some("36,5")),
        ("36*5", Some("36,5")),
        ("40", Some("40")),
        ("98", None),
        ("980", None),
        ("3750", None),
        ("9", None),
        ("3*75", None),
        ("36**", None),
        ("", None),
    ] {
        assert_eq!(typed(Reading::Temperature, keys).as_deref(), text, "{keys}");
    }
    for (keys, text) in [("98", Some("98")), ("100", Some("100")), ("9", None), ("980", None), ("9*8", None)]
    {
        assert_eq!(typed(Reading::Spo2, keys).as_deref(), text, "{keys}");
    }
    assert_eq!(typed(Reading::Pulse, "82").as_deref(), Some("82"));
    assert_eq!(typed(Reading::RespiratoryRate, "200"), None);
}

#[test]
fn a_reading_that_cannot_be_is_asked_again_once_and_then_told_in_the_note() {
    let mut run = begun(1);
    press(&mut run, "1");
    press(&mut run, "1");
    assert_eq!(press(&mut run, "98"), Effect::Repeat);
    assert!(listen(&mut run).starts_with("Số vừa bấm không thể là nhiệt độ cơ thể."));
    assert_eq!(press(&mut run, "980"), Effect::Next);
    assert_eq!(press(&mut run, "9"), Effect::Repeat);
    assert_eq!(press(&mut run, "95"), Effect::Next);
    let entry = run.entry(person(1));
    assert_eq!((entry.temperature.as_str(), entry.spo2.as_str()), ("", "95"));
    assert_eq!(entry.note, "Nhiệt độ: đã bấm 980, không đọc được.");
}

#[test]
fn what_is_known_of_a_member_is_not_asked() {
    let mut all = members(2);
    all[0].asked = ["feel", "temperature", "spo2"].map(String::from).into();
    let mut run = Run::new(&care(), all).with(slots());
    press(&mut run, "1");
    assert!(listen(&mut run).contains("Khi ngồi nghỉ, Thành viên 1"));
    press(&mut run, "2");
    assert_eq!(press(&mut run, "2"), Effect::MemberDone(person(1)));
    assert!(listen(&mut run).contains("Xin hỏi về Thành viên 2"));
    // Nobody to be asked about: what concerns the house is said, and the call ends.
    let mut run = begun(0);
    press(&mut run, "1");
    assert!(is_done(&mut run));
}

#[test]
fn a_text_reads_as_it_was_written_and_a_mark_stays_with_its_slot() {
    let text = "Thưa {name}, đây là {station}.{pause} Số {number}{clip:care.intro}";
    assert_eq!(written(&pieces(text)), text);
    assert_eq!(pieces("a {tên} {"), [Piece::Text("a {tên} {".into())]);
    let mut run = Run::new(
        &Script { questions: vec![said("a", "{station}, {ward}. Số {number}.")], ..care() },
        Vec::new(),
    )
    .with(slots());
    assert_eq!(listen(&mut run), "Trạm Y tế Tân Phong, Phường Tân Phong. Số 0281022");
}

fn said(key: &str, text: &str) -> Question {
    let (says, again) = (pieces(text), Vec::new());
    Question { key: key.into(), says, again, kind: Kind::Statement, once: true, next: None }
}

fn asked(key: &str, text: &str, keys: &str) -> Question {
    let choice =
        |key| Choice { key, label: "có".into(), next: None, symptom: None, flag: false, act: Act::Next };
    let kind = Kind::Choice(keys.chars().map(choice).collect());
    Question { kind, once: false, ..said(key, text) }
}

fn faults(questions: &[Question]) -> Vec<(Option<usize>, &'static str, &'static str)> {
    check(questions).iter().map(|fault| (fault.question, fault.field, fault.key)).collect()
}

#[test]
fn what_ships_has_no_fault() {
    for key in super::KEYS {
        let found = faults(&shipped(key).unwrap().questions);
        assert!(found.is_empty(), "{key}: {found:?}");
    }
    assert!(shipped("other").is_err());
}

#[test]
fn every_fault_stands_at_its_place() {
    let good = || vec![said("hello", "Xin chào."), asked("how", "{name} khỏe không?", "12")];
    assert!(faults(&good()).is_empty());
    let with = |change: fn(&mut Vec<Question>)| {
        let mut questions = good();
        change(&mut questions);
        faults(&questions)
    };
    assert_eq!(faults(&[]), [(None, "questions", "error-script-empty")]);
    assert_eq!(with(|q| q[0].key = "Chào".into()), [(Some(0), "key", "error-script-key")]);
    assert_eq!(with(|q| q[1].key = "hello".into()), [(Some(1), "key", "error-script-key-twice")]);
    assert_eq!(with(|q| q[0].says.clear()), [(Some(0), "says", "error-script-words")]);
    assert_eq!(
        with(|q| q[0].says = pieces(&"a".repeat(401))),
        [(Some(0), "says", "error-script-words-long")]
    );
    assert_eq!(with(|q| q[0].says = pieces("Chào {tên}")), [(Some(0), "says", "error-script-slot")]);
    assert_eq!(with(|q| q[0].says = pieces("{clip:care.none}")), [(Some(0), "says", "error-script-slot")]);
    assert_eq!(with(|q| q[0].says = pieces("Chào {name}")), [(Some(0), "says", "error-script-name-once")]);
    assert_eq!(with(|q| q[1].says = pieces("Khỏe không?")), [(Some(1), "says", "error-script-name-first")]);
    assert_eq!(with(|q| q[0].next = Some("x".into())), [(Some(0), "next", "error-script-next")]);
    assert_eq!(
        with(|q| q[1] = asked("how", "{name}?", "")),
        [(Some(1), "choices", "error-script-no-choice")]
    );
    for reserved in ["0", "*", "#"] {
        let mut questions = good();
        questions[1] = asked("how", "{name}?", reserved);
        assert_eq!(faults(&questions), [(Some(1), "key", "error-script-reserved")]);
    }
    assert_eq!(
        with(|q| q[1] = asked("how", "{name}?", "11")),
        [(Some(1), "key", "error-script-choice-twice")]
    );
    assert_eq!(with(|q| q[1] = asked("how", "{name}?", "a")), [(Some(1), "key", "error-script-choice-key")]);
    assert_eq!(
        with(|q| q[0].next = Some("end".into())),
        [(Some(1), "key", "error-script-unreachable"), (None, "questions", "error-script-no-member"),]
    );
    assert_eq!(
        with(|q| q[1].next = Some("hello".into())),
        [
            (Some(0), "next", "error-script-loop"),
            (Some(1), "next", "error-script-loop"),
            (None, "questions", "error-script-no-way-out"),
            (Some(1), "once", "error-script-apart"),
        ]
    );
    assert_eq!(
        with(|q| q[0] = Question { key: GAVE_UP.into(), once: false, ..q[0].clone() }),
        [(Some(0), "kind", "error-script-closing")]
    );
    let digits = Kind::Digits { most: 9, reading: Reading::Pulse, unknown: '*' };
    let mut questions = good();
    questions.insert(1, Question { kind: digits, ..said("pulse", "Mạch bao nhiêu?") });
    assert_eq!(
        faults(&questions),
        [
            (Some(1), "most", "error-script-most"),
            (Some(1), "unknown", "error-script-unknown"),
            (Some(1), "once", "error-script-reading-once"),
        ]
    );
    let many: Vec<Question> = (0..41).map(|n| said(&format!("a{n}"), "Xin chào.")).collect();
    assert_eq!(faults(&many), [(None, "questions", "error-script-many")]);
}

#[test]
fn a_dry_run_shows_what_is_said_pressed_and_come_to() {
    let answers: Vec<String> = ["1", "3", "", "375"].map(String::from).into();
    let played = play(&care(), members(1), slots(), &answers);
    assert!(played.waits && !played.person);
    assert_eq!(played.flagged, [person(1)]);
    assert!(played.lines.contains(&Line::Came(Effect::Flagged(person(1)))));
    assert!(played.lines.contains(&Line::Pressed(String::new())));
    let Some(Line::Said(last)) = played.lines.last() else { panic!("a question") };
    assert!(last.contains("SpO2"));
    assert!(play(&care(), members(1), slots(), &["0".into()]).person);
}

/// A script of any shape: ways forward and back, loops, questions of members anywhere.
fn any_script() -> impl Strategy<Value = Script> {
    let question =
        (0_u8..4, any::<bool>(), proptest::option::of(0_usize..8), proptest::option::of(0_usize..8));
    proptest::collection::vec(question, 1..8).prop_map(|shapes| {
        let to = |place: Option<usize>| place.map(|place| format!("q{place}"));
        let questions = shapes.into_iter().enumerate().map(|(n, (kind, once, one, other))| {
            let mut question = asked(&format!("q{n}"), "{name}?", "12");
            question.once = once;
            question.next = to(other);
            match kind {
                0 => question.kind = Kind::Statement,
                1 => question.kind = Kind::Digits { most: 3, reading: Reading::Spo2, unknown: '0' },
                _ => {
                    if let Kind::Choice(choices) = &mut question.kind {
                        choices[0].next = to(one);
                        choices[1].act = if kind == 3 { Act::Person } else { Act::Next };
                    }
                }
            }
            question
        });
        Script { questions: questions.collect(), ..care() }
    })
}

/// Plays keys, then silence, and counts the steps until the end.
fn ends(mut run: Run, keys: &[String]) {
    let mut keys = keys.iter();
    for _ in 0..5_000 {
        match run.step() {
            Step::Say(_) => run.said(),
            Step::Ask { most, .. } => {
                let heard =
                    keys.next().map_or(Heard::Nothing, |keys| Heard::Keys(keys.chars().take(most).collect()));
                run.answer(&heard);
                let told = run.answers();
                assert!(told["given"].is_array());
            }
            Step::Person => run.go_on(),
            Step::Done => return,
        }
    }
    panic!("it never ends");
}

proptest! {
    #[test]
    fn any_keys_end_and_never_panic(keys in proptest::collection::vec("[0-9*#]{0,5}", 0..40), count in 0_u128..4) {
        for key in super::KEYS {
            ends(Run::new(&shipped(key).unwrap(), members(count)), &keys);
        }
    }

    #[test]
    fn any_script_ends_too(script in any_script(), keys in proptest::collection::vec("[0-9*#]{0,3}", 0..60)) {
        ends(Run::new(&script, members(3)), &keys);
        let _ = check(&script.questions);
    }
}

#[test]
fn a_thousand_keys_of_one_kind_end() {
    for keys in ["*", "#", "1", "2", "0", "00", "5", "", "999999", "ă"] {
        let keys: Vec<String> = vec![keys.to_owned(); 1_000];
        ends(begun(3), &keys);
    }
}

#[test]
fn danger_pressed_as_a_loop_ends_is_told_as_danger() {
    let mut question = asked("q0", "{name}?", "12");
    if let Kind::Choice(choices) = &mut question.kind {
        (choices[0].flag, choices[0].next) = (true, Some("q0".to_owned()));
    }
    let mut run = Run::new(&Script { questions: vec![question], ..care() }, members(1));
    let mut last = Effect::Next;
    while let Step::Ask { .. } = run.step() {
        last = run.answer(&Heard::Keys("1".to_owned()));
    }
    assert!(matches!(last, Effect::Flagged(_)), "{last:?}");
    assert!(run.gave_up());
}
