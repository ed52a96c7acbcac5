//! What the hotline says. The voice speaks Vietnamese; names and addresses of people are never in it,
//! except the given names of a household whose code has been pressed.

use super::model::Topic;
use duty::prompts::Say;
use jiff::SignedDuration;
use kernel::Phone;

/// How long an answer by one key is waited for.
pub(super) const ONE_KEY: SignedDuration = SignedDuration::from_secs(6);
/// How long the next key of a number or code is waited for.
pub(super) const MORE_KEYS: SignedDuration = SignedDuration::from_secs(8);
/// How long somebody whose telephone rang is waited for to press the key that takes the call: it has to come
/// off his ear first.
pub(super) const TAKEN_WITHIN: SignedDuration = SignedDuration::from_secs(8);

/// Pieces that stand here with their words; the others ship with the announcements that a centre may record.
pub const PROMPTS: &[(&str, &str)] = &[
    ("hotline.after_hours", "Hiện ngoài giờ làm việc. Trường hợp cấp cứu vẫn được tiếp nhận, bấm phím 1."),
    ("hotline.strange", "Phím vừa bấm không có trong danh sách."),
    (
        "hotline.emergency",
        "Nếu người bệnh khó thở, tím tái, đau ngực, lơ mơ hoặc bất tỉnh, hãy gọi ngay 1 1 5. Chúng tôi đang nối máy tới cán bộ trực, xin giữ máy.",
    ),
    (
        "hotline.danger",
        "Đây là dấu hiệu nặng. Hãy gọi ngay 1 1 5, cho người bệnh nằm đầu cao và mở cửa cho thoáng. Cán bộ y tế đang được gọi.",
    ),
    (
        "hotline.advice",
        "Xin cảm ơn. Hãy ở nhà, đeo khẩu trang, ở phòng riêng, uống đủ nước, đo nhiệt độ sáng và chiều. Khi khó thở, đau ngực hoặc lơ mơ, gọi ngay 1 1 5.",
    ),
    ("hotline.called_back", "Trạm y tế sẽ gọi lại vào số máy này để hỏi thêm và theo dõi."),
    (
        "hotline.no_number",
        "Số máy này được giấu nên chúng tôi không gọi lại được. Xin bấm số máy để chúng tôi gọi lại, kết thúc bằng phím thăng.",
    ),
    ("hotline.tested", "Đã ghi nhận là người nghi mắc. Trạm y tế sẽ liên hệ để lấy mẫu xét nghiệm."),
    ("hotline.entered", "Đã ghi vào nhật ký sức khỏe của gia đình."),
    (
        "hotline.has_code",
        "Nếu gia đình đang được theo dõi tại nhà và có mã nhật ký, bấm phím 1. Nếu không, bấm phím 2.",
    ),
    (
        "hotline.code",
        "Bấm 16 ký tự của mã nhật ký. Chữ số bấm phím số, chữ cái bấm phím có chữ cái đó. Bấm phím thăng để kết thúc.",
    ),
    ("hotline.code_wrong", "Mã nhật ký không đúng hoặc không dùng được cho số máy đang gọi."),
    (
        "hotline.no_code",
        "Không có mã nhật ký thì tổng đài không đọc được nội dung hồ sơ. Mã in trên tờ giấy mà trạm y tế đã phát. Cần giúp, hãy gặp cán bộ trực, bấm phím 0.",
    ),
    ("hotline.nobody_followed", "Hiện không ai trong gia đình đang được theo dõi."),
    ("hotline.connecting", "Đang nối máy tới cán bộ trực, xin giữ máy."),
    ("hotline.leave", "Để lại lời nhắn, bấm phím 1. Được gọi lại, bấm phím 2. Hoặc tiếp tục giữ máy."),
    ("hotline.ask_back", "Được gọi lại, bấm phím 2. Hoặc tiếp tục giữ máy."),
    ("hotline.nobody", "Hiện chưa có cán bộ trực máy."),
    ("hotline.message_kept", "Lời nhắn đã được ghi lại. Cán bộ sẽ nghe và trả lời. Xin cảm ơn và tạm biệt."),
    ("hotline.no_message", "Lời nhắn không ghi lại được. Chúng tôi sẽ gọi lại. Xin cảm ơn và tạm biệt."),
    (
        "hotline.which_number",
        "Để được gọi lại vào số máy đang gọi, bấm phím thăng. Vào số máy khác, bấm số máy đó rồi bấm phím thăng.",
    ),
    (
        "hotline.no_call_back",
        "Không có số máy nên chúng tôi không gọi lại được. Nếu là cấp cứu, hãy gọi 1 1 5. Xin cảm ơn đã gọi. Tạm biệt.",
    ),
    ("hotline.number_wrong", "Số máy vừa bấm không đúng."),
    ("hotline.will_call", "Chúng tôi sẽ gọi lại vào số"),
    ("hotline.held", "Cán bộ đang kiểm tra thông tin, xin giữ máy."),
    ("hotline.take", "Bấm phím 1 để nhận."),
    ("hotline.listen", "Bấm phím 1 để nghe cùng cuộc gọi."),
    ("hotline.transferring", "Đang chuyển máy, xin giữ máy."),
    ("hotline.transferred", "Tổng đài chuyển máy."),
    ("hotline.not_transferred", "Chưa chuyển được máy. Nối lại cuộc gọi."),
    ("hotline.thanks", "Xin cảm ơn đã gọi. Tạm biệt."),
    ("hotline.limited", "Số máy này đã gọi nhiều lần trong một giờ. Nếu là cấp cứu, bấm phím 1."),
    ("hotline.fault", "Tổng đài đang gặp sự cố. Nếu là cấp cứu, hãy gọi 1 1 5. Chúng tôi sẽ gọi lại."),
    ("hotline.ward", "Xin chọn phường nơi người bệnh đang ở."),
    ("hotline.who", "Xin chọn người có triệu chứng."),
];

/// A piece by its key.
pub(super) fn piece(key: &str) -> Say {
    match PROMPTS.iter().find(|(known, _)| *known == key) {
        Some((_, words)) => Say::text(*words),
        None => Say::clip(key),
    }
}

/// Several pieces after each other.
pub(super) fn all(keys: &[&str]) -> Vec<Say> {
    keys.iter().map(|key| piece(key)).collect()
}

/// The name of the centre, that it records, and the menu.
pub(super) fn welcome(centre: &str, closed: bool) -> Vec<Say> {
    let mut says = vec![Say::text(format!("Tổng đài {centre} xin nghe.")), piece("hotline.recorded")];
    if closed {
        says.push(piece("hotline.after_hours"));
    }
    says.push(piece("hotline.menu"));
    says
}

/// What can be done instead of waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instead {
    /// Nothing: in an emergency nobody is led away from the line.
    Nothing,
    CallBack,
    /// A message too.
    Message,
}

/// The place in the line, and what can be done instead of waiting.
pub(super) fn place(place: usize, anybody: bool, instead: Instead) -> Vec<Say> {
    let mut says = Vec::new();
    if anybody {
        says.push(piece("hotline.queue"));
        says.push(Say::Number(i64::try_from(place).unwrap_or(i64::MAX)));
    } else {
        says.push(piece("hotline.nobody"));
    }
    says.extend(match instead {
        Instead::Nothing => None,
        Instead::CallBack => Some(piece("hotline.ask_back")),
        Instead::Message => Some(piece("hotline.leave")),
    });
    says
}

/// What an operator hears before he hears the caller.
pub(super) fn topic(topic: Topic) -> Say {
    Say::text(match topic {
        Topic::Emergency => "Cuộc gọi cấp cứu.",
        Topic::Symptoms => "Người gọi có triệu chứng bệnh.",
        Topic::Report => "Người gọi muốn phản ánh.",
        Topic::Support => "Người gọi cần hỗ trợ.",
        Topic::Record => "Người gọi hỏi về hồ sơ.",
        Topic::Person => "Người gọi cần gặp cán bộ.",
    })
}

/// The same, and by what key he takes the call: a machine that answers presses none.
pub(super) fn offered(about: Topic) -> Vec<Say> {
    vec![topic(about), piece("hotline.take")]
}

/// That somebody is called back at a number that he has pressed himself.
pub(super) fn will_call(number: &Phone) -> Vec<Say> {
    vec![piece("hotline.will_call"), Say::Phone(number.to_string()), piece("hotline.thanks")]
}

/// The choices, counted from 1.
pub(super) fn choose(key: &str, names: &[Say]) -> Vec<Say> {
    let mut says = vec![piece(key)];
    for (at, name) in names.iter().enumerate() {
        says.push(name.clone());
        says.push(Say::text(format!("bấm phím {}.", at + 1)));
    }
    if names.len() > 9 {
        says.push(Say::text("Kết thúc bằng phím thăng."));
    }
    says
}

/// What a household hears of one of its own.
pub(super) fn own(name: &str, day: i32, days: i32, owed: bool) -> [Say; 2] {
    let entry = if owed { "Hôm nay còn phải khai sức khỏe." } else { "Đã khai sức khỏe." };
    [Say::Name(name.to_owned()), Say::text(format!("Ngày theo dõi thứ {day} trên {days}. {entry}"))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_has_words_and_stands_once() {
        for (at, (key, said)) in PROMPTS.iter().enumerate() {
            assert!(key.starts_with("hotline.") && !said.is_empty());
            assert!(PROMPTS[at + 1..].iter().all(|(other, _)| other != key), "{key} stands twice");
        }
    }

    #[test]
    fn a_place_is_told_only_where_somebody_is_there_to_answer() {
        assert!(place(3, true, Instead::Message).contains(&Say::Number(3)));
        assert!(place(1, false, Instead::CallBack).iter().all(|say| !matches!(say, Say::Number(_))));
        assert_eq!(place(1, true, Instead::Nothing).len(), 2);
    }

    #[test]
    fn names_and_numbers_of_people_are_said_as_such() {
        assert!(matches!(own("Bích", 3, 14, true)[0], Say::Name(_)));
        let number = Phone::parse("0903123456").unwrap();
        assert!(will_call(&number).iter().any(|say| matches!(say, Say::Phone(_))));
    }

    #[test]
    fn ten_choices_and_more_end_with_a_key() {
        let names: Vec<Say> = (1..=10).map(|n| Say::text(format!("Phường {n}"))).collect();
        assert_eq!(choose("hotline.ward", &names).len(), 22);
        assert_eq!(choose("hotline.ward", &names[..2]).len(), 5);
    }
}
