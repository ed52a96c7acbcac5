//! The scripts that ship. Their words are the program's own choice; a district writes its own versions.

use super::model::{Act, Choice, GAVE_UP, Kind, Piece, Question, REFUSED, Reading, Script, pieces};
use crate::vitals::Symptom;
use jiff::civil::Date;
use kernel::{Error, Result, ScriptId};
use uuid::Uuid;

/// The conversations there are.
pub const KEYS: [&str; 2] = ["care", "symptoms"];

/// The program's own version of a script, version 0.
///
/// Errors: `NotFound` for a conversation that there is not.
pub fn shipped(key: &str) -> Result<Script> {
    let questions = match key {
        "care" => care(),
        "symptoms" => symptoms(),
        _ => return Err(Error::NotFound),
    };
    let id = ScriptId(Uuid::nil());
    Ok(Script { id, key: key.to_owned(), version: 0, valid_from: Date::MIN, questions })
}

/// Said where a question names no words of its own for an answer that cannot be.
pub(super) fn usual_again(kind: &Kind) -> Vec<Piece> {
    pieces(match kind {
        Kind::Digits { reading: Reading::Temperature, .. } => {
            "Số vừa bấm không thể là nhiệt độ cơ thể. Xin xem lại nhiệt kế và bấm lại."
        }
        Kind::Digits { reading: Reading::Spo2, .. } => {
            "Số vừa bấm không thể là chỉ số SpO2. Xin xem lại máy đo và bấm lại."
        }
        Kind::Digits { .. } => "Số vừa bấm không phù hợp. Xin xem lại và bấm lại.",
        Kind::Choice(_) | Kind::Statement => "Câu này không có phím vừa bấm. Xin nghe lại.",
    })
}

/// Said before a question that nobody answered is put again.
pub(super) fn usual_silence() -> Vec<Piece> {
    pieces("Chúng tôi chưa nghe thấy phím nào.")
}

/// Said where a script has no closing words of its own.
pub(super) fn usual_closing(key: &str) -> Vec<Piece> {
    pieces(if key == REFUSED { REFUSED_WORDS } else { GAVE_UP_WORDS })
}

const REFUSED_WORDS: &str = "Chúng tôi ghi nhận anh chị chưa muốn trả lời qua điện thoại. Nhân viên {station} có thể \
    gọi lại hoặc đến thăm. Khi có người khó thở, đau ngực, tím môi hoặc lơ mơ, xin gọi ngay 1 1 5. Xin chào anh chị.";
const GAVE_UP_WORDS: &str = "Chúng tôi chưa nhận được câu trả lời nên xin phép dừng ở đây. Nhân viên {station} sẽ \
    liên hệ lại. Khi có người khó thở, đau ngực, tím môi hoặc lơ mơ, xin gọi ngay 1 1 5. Xin chào anh chị.";

fn statement(key: &str, says: &str) -> Question {
    question(key, says, Kind::Statement, true)
}

fn question(key: &str, says: &str, kind: Kind, once: bool) -> Question {
    Question { key: key.to_owned(), says: pieces(says), again: Vec::new(), kind, once, next: None }
}

fn digits(key: &str, says: &str, reading: Reading, most: usize) -> Question {
    question(key, says, Kind::Digits { most, reading, unknown: '0' }, false)
}

fn choice(key: char, label: &str) -> Choice {
    Choice { key, label: label.to_owned(), next: None, symptom: None, flag: false, act: Act::Next }
}

fn sign(key: char, label: &str, symptom: Symptom, flag: bool) -> Choice {
    Choice { symptom: Some(symptom), flag, ..choice(key, label) }
}

/// A sign asked for: 1 yes, 2 no.
fn has(key: &str, says: &str, symptom: Symptom, flag: bool) -> Question {
    let choices = vec![sign('1', "có", symptom, flag), choice('2', "không")];
    question(key, says, Kind::Choice(choices), false)
}

fn temperature() -> Question {
    digits(
        "temperature",
        "Nhiệt độ của {name} đo được là bao nhiêu? Xin bấm từng số rồi bấm phím thăng, ví dụ 37 độ 5 thì bấm 3, 7, 5. \
         Nếu không đo, xin bấm 0 rồi bấm phím thăng.",
        Reading::Temperature,
        4,
    )
}

fn spo2() -> Question {
    digits(
        "spo2",
        "Chỉ số SpO2 trên máy kẹp ngón tay của {name} là bao nhiêu? Xin bấm số đó rồi bấm phím thăng, ví dụ 9, 7. \
         Nếu không có máy đo, xin bấm 0 rồi bấm phím thăng.",
        Reading::Spo2,
        3,
    )
}

fn breath() -> Question {
    let says = "Khi ngồi nghỉ, {name} có khó thở không? Có thì bấm 1, không thì bấm 2.";
    has("breath", says, Symptom::Breathless, true)
}

fn chest() -> Question {
    let says = "{name} có đau ngực hoặc tức ngực không? Có thì bấm 1, không thì bấm 2.";
    has("chest", says, Symptom::ChestPain, true)
}

/// The day's call to a household that is cared for at home.
fn care() -> Vec<Question> {
    let refuse = Choice { act: Act::Refuse, ..choice('9', "không trả lời") };
    vec![
        statement(
            "intro",
            "Xin chào anh chị. Đây là cuộc gọi tự động của {station}, {ward}, hỏi thăm sức khỏe gia đình hôm nay. \
             Người nghe không mất tiền.",
        ),
        statement(
            "notice",
            "Cuộc gọi được ghi âm để theo dõi và chăm sóc sức khỏe. Chúng tôi không hỏi mật khẩu hay tài khoản ngân hàng.",
        ),
        question(
            "consent",
            "Để bắt đầu, xin bấm 1. Nếu không muốn trả lời, xin bấm 9. Muốn gặp nhân viên y tế, xin bấm 0. \
             Muốn nghe lại câu nào, xin bấm phím sao.",
            Kind::Choice(vec![choice('1', "bắt đầu"), refuse]),
            true,
        ),
        question(
            "feel",
            "Xin hỏi về {name}. Hôm nay {name} thấy thế nào? Khỏe thì bấm 1. Mệt hơn hôm qua thì bấm 2. \
             Rất mệt hoặc khó thở thì bấm 3.",
            Kind::Choice(vec![
                choice('1', "khỏe"),
                sign('2', "mệt hơn", Symptom::Tired, false),
                sign('3', "rất mệt hoặc khó thở", Symptom::Breathless, true),
            ]),
            false,
        ),
        temperature(),
        spo2(),
        breath(),
        chest(),
        statement(
            "thanks",
            "Cảm ơn anh chị. Câu trả lời đã được chuyển đến {station}. Khi có người khó thở, đau ngực, tím môi hoặc lơ mơ, \
             xin gọi ngay 1 1 5. Chúc gia đình mau khỏe.",
        ),
        statement(REFUSED, REFUSED_WORDS),
        statement(GAVE_UP, GAVE_UP_WORDS),
    ]
}

/// Somebody who has called and does not feel well.
fn symptoms() -> Vec<Question> {
    vec![
        statement(
            "intro",
            "Xin trả lời vài câu hỏi về triệu chứng bằng cách bấm phím. Muốn nghe lại, xin bấm phím sao. \
             Muốn gặp nhân viên y tế, xin bấm 0.",
        ),
        has(
            "alert",
            "{name} có lơ mơ, khó đánh thức hoặc nói lẫn không? Có thì bấm 1, không thì bấm 2.",
            Symptom::NotAlert,
            true,
        ),
        breath(),
        chest(),
        has(
            "cyanosis",
            "{name} có tím môi hoặc tím đầu ngón tay không? Có thì bấm 1, không thì bấm 2.",
            Symptom::Cyanosis,
            true,
        ),
        has("fever", "{name} có sốt không? Có thì bấm 1, không thì bấm 2.", Symptom::Fever, false),
        temperature(),
        spo2(),
        has("cough", "{name} có ho không? Có thì bấm 1, không thì bấm 2.", Symptom::Cough, false),
        has("throat", "{name} có đau họng không? Có thì bấm 1, không thì bấm 2.", Symptom::SoreThroat, false),
        has(
            "taste",
            "{name} có mất vị giác hoặc mất khứu giác không? Có thì bấm 1, không thì bấm 2.",
            Symptom::TasteSmellLoss,
            false,
        ),
        statement(
            "thanks",
            "Cảm ơn anh chị. Nhân viên y tế sẽ xem câu trả lời và liên hệ lại. Nếu thấy khó thở, đau ngực, tím môi hoặc \
             lơ mơ, xin gọi ngay 1 1 5.",
        ),
        statement(REFUSED, REFUSED_WORDS),
        statement(GAVE_UP, GAVE_UP_WORDS),
    ]
}
