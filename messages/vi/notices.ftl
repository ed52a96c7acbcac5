outcome-not-wanted = chỉ nhận tin tại bàn trực
outcome-withdrawn = phiếu đã được rút
outcome-mailed = đã gửi thư
outcome-not-mailed = chưa gửi được thư

message-queued = chờ gửi lúc { $at }
message-handed-over = đã chuyển đến máy chủ thư lúc { $at }
message-handed-over-after = đã chuyển đến máy chủ thư lúc { $at }, sau { $tries } lần thử
message-failed = gửi chưa được sau { $tries } lần thử, thử lại lúc { $at }: { $why }
message-given-up = không gửi được sau { $tries } lần thử, không gửi nữa: { $why }
message-withdrawn = không gửi vì không còn cần
message-why-answer = máy chủ thư trả lời mã { $code }
message-why-silent = không kết nối được máy chủ thư

heartbeat-not-connected = Chưa kết nối
heartbeat-alive = Đang có tín hiệu
heartbeat-silent = Mất tín hiệu

error-quiet-hours = Giờ bắt đầu và giờ kết thúc yên lặng phải khác nhau.
error-language-unknown = Xin chọn tiếng Việt hoặc tiếng Anh.
error-heartbeat-instance = Tên điểm báo tín hiệu quá dài hoặc có ký tự lạ, tối đa 60 ký tự.
error-email-missing = Chưa có địa chỉ thư điện tử.
error-email-format = Địa chỉ thư điện tử chưa đúng.
error-text-network = Chưa nối mạng tin nhắn nào.
error-email-refused = Máy chủ thư báo không có hộp thư này.
