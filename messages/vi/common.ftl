skip = Đến nội dung chính
demo-banner = Bản trình diễn
demo-people = Dữ liệu tổng hợp, không có người thật.
demo-phones = Điện thoại mô phỏng
theme-toggle = Đổi nền sáng, tối
sign-out = Đăng xuất
acting-for = Thay mặt { $leader }
nav-label = Khu vực làm việc

left-days = còn { $n } ngày
left-hours = còn { $n } giờ
left-minutes = còn { $n } phút
left-seconds = còn { $n } giây
late-days = trễ { $n } ngày
late-hours = trễ { $n } giờ
late-minutes = trễ { $n } phút
late-seconds = trễ { $n } giây
span-seconds = { $s } giây
span-minutes = { $m } phút
span-minutes-seconds = { $m } phút { $s } giây
span-hours = { $h } giờ
span-hours-minutes = { $h } giờ { $m } phút
span-days-hours = { $d } ngày { $h } giờ

ring-title = Chuông khẩn
ring-heading = Chuông đang gọi
ring-off = Chuông đang tắt: thiết bị này sẽ không báo chuông khi có việc khẩn.
ring-arm = Bật chuông
ring-test = Thử chuông
ring-on = Chuông đang bật
ring-emergency = KHẨN CẤP
ring-notice = Thông báo
ring-level = cấp
ring-seconds = giây
ring-fault = Chưa nhận được việc vì mất kết nối. Bấm lại, hoặc bấm phím 1 trên điện thoại.
ring-later = Để sau
ring-rest = Thông báo khác đang chờ:
ring-rest-all = Xem tất cả
ring-rest-later = Để tất cả lại sau
ring-open = Xem
live-lost = Mất kết nối với máy chủ, đang nối lại. Danh sách có thể chưa cập nhật.

fault-go-home = Về trang chính
fault-not-found-title = Không tìm thấy trang này
fault-not-found-text = Địa chỉ hoặc mã không đúng, hoặc trang không còn nữa. Xin kiểm tra lại mã, phân biệt số 0 và chữ O.
fault-bad-request-title = Hệ thống không đọc được nội dung vừa gửi
fault-bad-request-text = Xin tải lại trang rồi gửi lại. Nếu vẫn lỗi, xin báo cho trung tâm.
fault-too-large-title = Tệp quá lớn
fault-too-large-text = Tệp gửi lên vượt quá dung lượng cho phép. Xin chọn tệp nhỏ hơn rồi gửi lại.
fault-forbidden-title = Không thực hiện được việc này
fault-forbidden-text = Vai trò hoặc đơn vị của anh/chị không có quyền làm việc này. Nếu cần, xin nhờ lãnh đạo đơn vị.
fault-conflict-title = Việc này chưa thực hiện được
fault-unavailable-title = Hệ thống tạm thời gián đoạn
fault-unavailable-text = Dữ liệu đã gửi trước đó không mất. Xin thử lại sau ít phút. Có người nguy kịch, xin gọi 115 ngay.
fault-internal-title = Hệ thống gặp lỗi
fault-internal-text = Lỗi đã được ghi lại. Xin thử lại; nếu vẫn lỗi, xin báo cho trung tâm.

portal-foot = Cần giúp thêm, xin gọi tổng đài { $city }.

error-already-there = Nội dung này đã có rồi.
error-text-missing = Xin nhập nội dung.
error-text-too-long = Nội dung quá dài, tối đa 2.000 ký tự.

print = In
download-pdf = Tải PDF
filter = Lọc
next-page = Trang sau
cancel = Hủy
choose = Chọn…
form-errors = Còn chỗ cần sửa
keys-hint = Phím ? xem phím tắt

nav-tickets = Việc cần xử lý
nav-cases = Ca F0
nav-reports = Phản ánh
nav-board = Bảng điều hành
nav-brief = Báo cáo nhanh
nav-rosters = Lịch trực
nav-units = Đơn vị
nav-staff = Cán bộ
nav-ladders = Quy trình gọi theo cấp
nav-rules = Quy định áp dụng
nav-sources = Nguồn dữ liệu
nav-ledger = Nhật ký xử lý
nav-record = Kết quả gọi
nav-accounts = Tài khoản

role-operator = Trực tổng đài
role-ward-official = Cán bộ phường
role-ward-leader = Lãnh đạo phường
role-station-staff = Nhân viên trạm y tế
role-care-team = Tổ chăm sóc F0, phản ứng nhanh
role-department-official = Cán bộ phòng, ban
role-district-leader = Lãnh đạo quận
role-centre-director = Giám đốc trung tâm
role-leaders-office = Văn phòng giúp việc lãnh đạo
role-auditor = Kiểm tra, giám sát
role-administrator = Quản trị hệ thống

error-choose = Xin chọn một mục.
error-hours = Xin nhập số giờ, từ 1 đến 720.

error-restore-not-empty = Chỉ khôi phục được vào cơ sở dữ liệu trống.
