//! The announcements that ship with the program, in the words that are synthesised until a district records
//! its own voice. Whatever calls say of themselves stands here: an announcement that no call says would be
//! recorded in vain, and words that stand elsewhere could be recorded by nobody. What stands before or after a
//! name is an announcement of its own.

/// Every announcement with its Vietnamese words, part by part. Figures stand in words where they are no
/// numbers: 115 is dialled one by one.
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    SHIPPED
}

#[rustfmt::skip]
const SHIPPED: &[(&str, &str)] = &[
    ("ladder.intro", "Đây là cuộc gọi tự động của trung tâm điều hành. Có việc đang chờ anh, chị xử lý."),
    ("ladder.ticket", "Phiếu số"),
    ("ladder.keys", "Bấm phím 1 để nhận việc. Bấm phím 2 để chuyển cấp trên."),
    ("ladder.accepted", "Anh, chị đã nhận việc. Xin mở phiếu trên màn hình để xử lý. Xin cảm ơn."),
    ("ladder.passed", "Việc đã được chuyển lên cấp trên. Xin cảm ơn."),
    ("ladder.put_through", "Đã nhận việc. Đang nối với gia đình."),
    ("ladder.too_late", "Phiếu này đã có người nhận hoặc đã chuyển lên cấp trên. Xin cảm ơn."),

    ("care.greeting", "Xin chào anh chị. Đây là cuộc gọi tự động của"),
    ("care.station", "trạm y tế"),
    ("care.intro", "hỏi thăm sức khỏe gia đình hôm nay. Người nghe không mất tiền."),
    ("care.notice", "Cuộc gọi được ghi âm để theo dõi và chăm sóc sức khỏe. Chúng tôi không hỏi mật khẩu hay tài khoản ngân hàng."),
    ("care.consent", "Để bắt đầu, xin bấm 1. Nếu không muốn trả lời, xin bấm 9. Muốn gặp nhân viên y tế, xin bấm 0. Muốn nghe lại câu nào, xin bấm phím sao."),
    ("care.goodbye", "Cảm ơn anh chị. Câu trả lời đã được chuyển đến"),
    ("care.advice", "Khi có người khó thở, đau ngực, tím môi hoặc lơ mơ, xin gọi ngay 1 1 5. Chúc gia đình mau khỏe."),
    ("care.refused", "Chúng tôi ghi nhận anh chị chưa muốn trả lời qua điện thoại. Nhân viên"),
    ("care.refused_then", "có thể gọi lại hoặc đến thăm. Khi có người khó thở, đau ngực, tím môi hoặc lơ mơ, xin gọi ngay 1 1 5. Xin chào anh chị."),
    ("care.gave_up", "Chúng tôi chưa nhận được câu trả lời nên xin phép dừng ở đây. Nhân viên"),
    ("care.gave_up_then", "sẽ liên hệ lại. Khi có người khó thở, đau ngực, tím môi hoặc lơ mơ, xin gọi ngay 1 1 5. Xin chào anh chị."),
    ("care.repeat", "Chúng tôi chưa nghe thấy phím nào."),
    ("care.not_understood", "Câu này không có phím vừa bấm. Xin nghe lại."),
    ("care.flagged", "Câu trả lời vừa rồi là dấu hiệu cần thầy thuốc xem ngay. Chúng tôi đã báo trạm y tế."),
    ("care.medical", "Nếu người bệnh nguy kịch, xin gọi ngay"),
    ("care.doctor", "Xin giữ máy. Chúng tôi đang nối máy với thầy thuốc."),
    ("care.hold", "Xin giữ máy, chúng tôi đang gọi người trực trạm y tế để nói chuyện với gia đình."),
    ("care.hold_superior", "Xin giữ máy, chúng tôi đang gọi người phụ trách cấp trên của trạm y tế để nói chuyện với gia đình."),
    ("care.hang_up_and_call", "Nếu người bệnh nguy kịch, xin gác máy và gọi ngay"),
    ("care.busy", "Người trực đang bận. Trạm y tế sẽ gọi lại ngay, xin để máy bên mình."),
    ("care.household", "Cuộc gọi tự động của trung tâm điều hành. Hộ"),
    ("care.alarm", "có người vừa báo dấu hiệu nặng. Bấm phím 1 để nhận việc và nói chuyện với gia đình."),
    ("care.wanted", "gia đình muốn nói chuyện với nhân viên y tế. Bấm phím 1 để nói chuyện với gia đình."),

    ("ask.intro", "Xin trả lời vài câu hỏi về triệu chứng bằng cách bấm phím. Muốn nghe lại, xin bấm phím sao. Muốn gặp nhân viên y tế, xin bấm 0."),
    ("ask.patient", "Người bệnh"),
    ("ask.about", "Xin hỏi về"),
    ("ask.today", "Hôm nay"),
    ("ask.feel", "thấy thế nào? Khỏe thì bấm 1. Mệt hơn hôm qua thì bấm 2. Rất mệt hoặc khó thở thì bấm 3."),
    ("ask.temperature_of", "Nhiệt độ của"),
    ("ask.temperature", "đo được là bao nhiêu? Xin bấm từng số rồi bấm phím thăng, ví dụ 37 độ 5 thì bấm 3, 7, 5. Nếu không đo, xin bấm 0 rồi bấm phím thăng."),
    ("ask.spo2_of", "Chỉ số SpO2 trên máy kẹp ngón tay của"),
    ("ask.spo2", "là bao nhiêu? Xin bấm số đó rồi bấm phím thăng, ví dụ 9, 7. Nếu không có máy đo, xin bấm 0 rồi bấm phím thăng."),
    ("ask.resting", "Khi ngồi nghỉ,"),
    ("ask.breath", "có khó thở không? Có thì bấm 1, không thì bấm 2."),
    ("ask.chest", "có đau ngực hoặc tức ngực không? Có thì bấm 1, không thì bấm 2."),
    ("ask.alert", "có lơ mơ, khó đánh thức hoặc nói lẫn không? Có thì bấm 1, không thì bấm 2."),
    ("ask.cyanosis", "có tím môi hoặc tím đầu ngón tay không? Có thì bấm 1, không thì bấm 2."),
    ("ask.fever", "có sốt không? Có thì bấm 1, không thì bấm 2."),
    ("ask.cough", "có ho không? Có thì bấm 1, không thì bấm 2."),
    ("ask.throat", "có đau họng không? Có thì bấm 1, không thì bấm 2."),
    ("ask.taste", "có mất vị giác hoặc mất khứu giác không? Có thì bấm 1, không thì bấm 2."),
    ("ask.not_temperature", "Số vừa bấm không thể là nhiệt độ cơ thể. Xin xem lại nhiệt kế và bấm lại."),
    ("ask.not_spo2", "Số vừa bấm không thể là chỉ số SpO2. Xin xem lại máy đo và bấm lại."),
    ("ask.not_reading", "Số vừa bấm không phù hợp. Xin xem lại và bấm lại."),
    ("ask.thanks", "Cảm ơn anh chị. Nhân viên y tế sẽ xem câu trả lời và liên hệ lại. Nếu thấy khó thở, đau ngực, tím môi hoặc lơ mơ, xin gọi ngay 1 1 5."),

    ("hotline.line_of", "Tổng đài"),
    ("hotline.welcome", "Xin chào. Nếu có người nguy kịch, xin gọi ngay một, một, năm."),
    ("hotline.recorded", "Cuộc gọi này được ghi âm để xử lý công việc."),
    ("hotline.closed", "Hiện ngoài giờ làm việc. Trường hợp cấp cứu vẫn được tiếp nhận, bấm phím 1."),
    ("hotline.menu", "Bấm phím 1 nếu cần cấp cứu. Bấm phím 2 nếu có triệu chứng hoặc xét nghiệm dương tính. Bấm phím 3 để phản ánh, kiến nghị. Bấm phím 4 nếu cần lương thực, thuốc men. Bấm phím 5 để hỏi về hồ sơ của mình. Bấm phím 0 để gặp người trực. Bấm phím sao để nghe lại."),
    ("hotline.strange", "Phím vừa bấm không có trong danh sách."),
    ("hotline.limited", "Số máy này đã gọi nhiều lần trong một giờ. Nếu là cấp cứu, bấm phím 1."),
    ("hotline.emergency", "Nếu người bệnh khó thở, tím tái, đau ngực, lơ mơ hoặc bất tỉnh, hãy gọi ngay 1 1 5. Chúng tôi đang nối máy tới cán bộ trực, xin giữ máy."),
    ("hotline.danger", "Đây là dấu hiệu nặng. Hãy gọi ngay 1 1 5, cho người bệnh nằm đầu cao và mở cửa cho thoáng. Cán bộ y tế đang được gọi."),
    ("hotline.advice", "Xin cảm ơn. Hãy ở nhà, đeo khẩu trang, ở phòng riêng, uống đủ nước, đo nhiệt độ sáng và chiều. Khi khó thở, đau ngực hoặc lơ mơ, gọi ngay 1 1 5."),
    ("hotline.called_back", "Trạm y tế sẽ gọi lại vào số máy này để hỏi thêm và theo dõi."),
    ("hotline.tested", "Đã ghi nhận là người nghi mắc. Trạm y tế sẽ liên hệ để lấy mẫu xét nghiệm."),
    ("hotline.entered", "Đã ghi vào nhật ký sức khỏe của gia đình."),
    ("hotline.ward", "Xin chọn phường nơi người bệnh đang ở."),
    ("hotline.who", "Xin chọn người có triệu chứng."),
    ("hotline.press", "bấm phím"),
    ("hotline.end_with_hash", "Kết thúc bằng phím thăng."),
    ("hotline.has_code", "Nếu gia đình đang được theo dõi tại nhà và có mã nhật ký, bấm phím 1. Nếu không, bấm phím 2."),
    ("hotline.code", "Bấm 16 ký tự của mã nhật ký. Chữ số bấm phím số, chữ cái bấm phím có chữ cái đó. Bấm phím thăng để kết thúc."),
    ("hotline.code_wrong", "Mã nhật ký không đúng hoặc không dùng được cho số máy đang gọi."),
    ("hotline.no_code", "Không có mã nhật ký thì tổng đài không đọc được nội dung hồ sơ. Mã in trên tờ giấy mà trạm y tế đã phát. Cần giúp, hãy gặp cán bộ trực, bấm phím 0."),
    ("hotline.nobody_followed", "Hiện không ai trong gia đình đang được theo dõi."),
    ("hotline.day", "Ngày theo dõi thứ"),
    ("hotline.of_days", "trên"),
    ("hotline.owes_entry", "Hôm nay còn phải khai sức khỏe."),
    ("hotline.has_entered", "Đã khai sức khỏe."),
    ("hotline.connecting", "Đang nối máy tới cán bộ trực, xin giữ máy."),
    ("hotline.queue", "Các máy đang bận, xin giữ máy. Thứ tự chờ của ông, bà là"),
    ("hotline.nobody", "Hiện chưa có cán bộ trực máy."),
    ("hotline.leave", "Để lại lời nhắn, bấm phím 1. Được gọi lại, bấm phím 2. Hoặc tiếp tục giữ máy."),
    ("hotline.ask_back", "Được gọi lại, bấm phím 2. Hoặc tiếp tục giữ máy."),
    ("hotline.voicemail", "Sau tiếng bíp, xin nói họ tên, địa chỉ và việc cần giúp. Nói xong, bấm phím thăng."),
    ("hotline.message_kept", "Lời nhắn đã được ghi lại. Cán bộ sẽ nghe và trả lời. Xin cảm ơn và tạm biệt."),
    ("hotline.no_message", "Lời nhắn không ghi lại được. Chúng tôi sẽ gọi lại. Xin cảm ơn và tạm biệt."),
    ("hotline.which_number", "Để được gọi lại vào số máy đang gọi, bấm phím thăng. Vào số máy khác, bấm số máy đó rồi bấm phím thăng."),
    ("hotline.no_number", "Số máy này được giấu nên chúng tôi không gọi lại được. Xin bấm số máy để chúng tôi gọi lại, kết thúc bằng phím thăng."),
    ("hotline.number_wrong", "Số máy vừa bấm không đúng."),
    ("hotline.will_call", "Chúng tôi sẽ gọi lại vào số"),
    ("hotline.callback", "Chúng tôi đã ghi số máy này và sẽ gọi lại trong thời gian sớm nhất. Xin để máy bên mình."),
    ("hotline.no_call_back", "Không có số máy nên chúng tôi không gọi lại được. Nếu là cấp cứu, hãy gọi 1 1 5. Xin cảm ơn đã gọi. Tạm biệt."),
    ("hotline.held", "Cán bộ đang kiểm tra thông tin, xin giữ máy."),
    ("hotline.supervised", "Người phụ trách ca trực đang nghe giám sát cuộc gọi này."),
    ("hotline.transferring", "Đang chuyển máy, xin giữ máy."),
    ("hotline.not_transferred", "Chưa chuyển được máy. Nối lại cuộc gọi."),
    ("hotline.fault", "Tổng đài đang gặp sự cố. Nếu là cấp cứu, hãy gọi 1 1 5. Chúng tôi sẽ gọi lại."),
    ("hotline.thanks", "Xin cảm ơn đã gọi. Tạm biệt."),
    ("hotline.about_emergency", "Cuộc gọi cấp cứu."),
    ("hotline.about_symptoms", "Người gọi có triệu chứng bệnh."),
    ("hotline.about_report", "Người gọi muốn phản ánh."),
    ("hotline.about_support", "Người gọi cần hỗ trợ."),
    ("hotline.about_record", "Người gọi hỏi về hồ sơ."),
    ("hotline.about_person", "Người gọi cần gặp cán bộ."),
    ("hotline.transferred", "Tổng đài chuyển máy."),
    ("hotline.take", "Bấm phím 1 để nhận."),
    ("hotline.overhear", "Bấm phím 1 để nghe giám sát cuộc gọi."),

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

/// The words that ship under a key.
pub fn words_of(key: &str) -> Option<&'static str> {
    known(key).map(|(_, words)| words)
}

/// The announcement that a text is, word by word; a mark at its end counts for nothing. Single words of numbers
/// are none: people are called Ba and Năm.
pub fn key_of(text: &str) -> Option<&'static str> {
    let words = unmarked(text);
    let mut announcements = SHIPPED.iter().filter(|(key, _)| !key.starts_with("number."));
    announcements.find(|(_, known)| unmarked(known) == words).map(|(key, _)| *key)
}

fn unmarked(text: &str) -> &str {
    text.trim().trim_end_matches([',', '.', ';', ':'])
}

/// The key as it ships, and its words.
pub(super) fn known(key: &str) -> Option<(&'static str, &'static str)> {
    SHIPPED.iter().find(|(known, _)| *known == key).copied()
}
