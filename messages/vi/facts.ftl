error-dose-number = Xin chọn mũi thứ mấy, từ 1 đến 9.
error-fact-backwards = Ngày cuối trước ngày đầu. Xin kiểm tra lại.
error-fact-withdrawn = Thông tin này đã được rút lại rồi.
