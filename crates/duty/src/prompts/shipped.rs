//! The announcements that ship with the program, in the words that are synthesised until a district records
//! its own voice.

/// Every announcement with its Vietnamese words, part by part. Figures stand in words where they are no
/// numbers: 115 is dialled one by one.
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    SHIPPED
}

#[rustfmt::skip]
const SHIPPED: &[(&str, &str)] = &[
    ("ladder.intro", "Đây là cuộc gọi tự động của trung tâm điều hành. Có việc đang chờ anh, chị xử lý."),
    ("ladder.keys", "Bấm phím 1 để nhận việc. Bấm phím 2 để chuyển cấp trên."),
    ("ladder.accepted", "Anh, chị đã nhận việc. Xin mở phiếu trên màn hình để xử lý. Xin cảm ơn."),
    ("ladder.passed", "Việc đã được chuyển lên cấp trên. Xin cảm ơn."),

    ("care.intro", "Đây là cuộc gọi hỏi thăm sức khỏe hằng ngày của trạm y tế. Cuộc gọi không mất tiền, và không bao giờ hỏi tài khoản hay mật khẩu."),
    ("care.consent", "Bấm phím 1 để bắt đầu. Bấm phím 2 nếu hôm nay không muốn trả lời. Bấm phím 0 để gặp nhân viên y tế. Bấm phím sao để nghe lại."),
    ("care.goodbye", "Chúng tôi đã ghi lại các câu trả lời. Nếu khó thở, đau ngực hoặc lơ mơ, xin gọi ngay một, một, năm hoặc trạm y tế. Chúc gia đình mau khỏe."),
    ("care.flagged", "Câu trả lời vừa rồi là dấu hiệu cần thầy thuốc xem ngay. Chúng tôi đã báo trạm y tế."),
    ("care.doctor", "Xin giữ máy. Chúng tôi đang nối máy với thầy thuốc."),
    ("care.repeat", "Chúng tôi chưa nhận được phím nào. Xin nghe lại câu hỏi."),
    ("care.not_understood", "Phím vừa bấm không có trong các lựa chọn. Xin nghe lại câu hỏi."),

    ("hotline.welcome", "Xin chào. Đây là tổng đài phòng, chống dịch của địa bàn. Nếu có người nguy kịch, xin gọi ngay một, một, năm."),
    ("hotline.menu", "Bấm phím 1 nếu cần cấp cứu. Bấm phím 2 nếu có triệu chứng hoặc xét nghiệm dương tính. Bấm phím 3 để phản ánh, kiến nghị. Bấm phím 4 nếu cần lương thực, thuốc men. Bấm phím 5 để hỏi về hồ sơ của mình. Bấm phím 0 để gặp người trực. Bấm phím sao để nghe lại."),
    ("hotline.queue", "Các máy đang bận, xin giữ máy. Thứ tự chờ của ông, bà là"),
    ("hotline.voicemail", "Sau tiếng bíp, xin nói họ tên, địa chỉ và việc cần giúp. Nói xong, bấm phím thăng."),
    ("hotline.callback", "Chúng tôi đã ghi số máy này và sẽ gọi lại trong thời gian sớm nhất. Xin để máy bên mình."),
    ("hotline.closed", "Hiện không có người trực nghe máy. Nếu có người nguy kịch, xin gọi ngay một, một, năm."),
    ("hotline.recorded", "Cuộc gọi này được ghi âm để xử lý công việc."),
    ("hotline.supervised", "Người phụ trách ca trực đang cùng nghe cuộc gọi này."),

    ("number.khong", "không"),
    ("number.mot", "một"),
    ("number.hai", "hai"),
    ("number.ba", "ba"),
    ("number.bon", "bốn"),
    ("number.nam", "năm"),
    ("number.sau", "sáu"),
    ("number.bay", "bảy"),
    ("number.tam", "tám"),
    ("number.chin", "chín"),
    ("number.muoi", "mười"),
    ("number.muoi_tens", "mươi"),
    ("number.mot_tens", "mốt"),
    ("number.lam", "lăm"),
    ("number.le", "lẻ"),
    ("number.tram", "trăm"),
    ("number.nghin", "nghìn"),
    ("number.trieu", "triệu"),
    ("number.ty", "tỷ"),
    ("number.phay", "phẩy"),
    ("number.am", "âm"),
];

/// The part of the single words from which numbers are put together.
pub const NUMBER_WORDS: &str = "number";

/// The key of a single word of a number.
pub(super) fn number_key(word: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|(key, words)| key.starts_with("number.") && *words == word).map(|(key, _)| *key)
}

/// The key as it ships, and its words.
pub(super) fn known(key: &str) -> Option<(&'static str, &'static str)> {
    SHIPPED.iter().find(|(known, _)| *known == key).copied()
}
