outcome-not-wanted = chỉ nhận tin tại bàn trực
outcome-withdrawn = phiếu đã được rút
outcome-mailed = đã gửi thư
outcome-not-mailed = chưa gửi được thư

message-queued = Đang chờ gửi
message-handed-over = Đã gửi
message-failed = Gửi chưa được, sẽ thử lại
message-given-up = Không gửi được
message-withdrawn = Không còn cần gửi

heartbeat-not-connected = Chưa kết nối
heartbeat-alive = Đang có tín hiệu
heartbeat-silent = Mất tín hiệu

error-quiet-hours = Giờ bắt đầu và giờ kết thúc yên lặng phải khác nhau.
error-language-unknown = Xin chọn tiếng Việt hoặc tiếng Anh.
error-heartbeat-instance = Tên điểm báo tín hiệu quá dài hoặc có ký tự lạ, tối đa 60 ký tự.
error-email-missing = Chưa có địa chỉ thư điện tử.
error-email-format = Địa chỉ thư điện tử chưa đúng.
error-email-refused = Máy chủ thư báo không có hộp thư này.
