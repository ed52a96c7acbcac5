error-removal-running = Người này đang có một chuyến chuyển viện chưa kết thúc.
error-removal-over = Chuyến chuyển viện này đã kết thúc. Cần thì lập chuyến mới.
error-removal-step = Giờ này, hoặc một giờ sau đó, đã được ghi rồi.
error-removal-not-left = Chưa ghi giờ xe rời nhà. Xin ghi giờ trước.
error-removal-left = Xe đã đi cùng người bệnh. Xin chọn kết quả khác.
