sign-in = Đăng nhập
sign-in-login = Tên đăng nhập
sign-in-password = Mật khẩu
sign-in-code = Mã xác thực
sign-in-code-hint = Sáu chữ số trong ứng dụng xác thực trên điện thoại của anh/chị.
sign-in-passkey = Đăng nhập bằng khóa truy cập
sign-in-lost = Mất điện thoại hoặc quên mật khẩu: xin liên hệ quản trị hệ thống của trung tâm để được cấp đường dẫn khôi phục.
sign-in-demo = Tài khoản trình diễn
passkey-fault = Khóa truy cập chưa dùng được. Xin thử lại, hoặc dùng mật khẩu và mã xác thực.

error-sign-in = Tên đăng nhập, mật khẩu hoặc mã xác thực không đúng. Sau năm lần sai, tài khoản phải chờ 15 phút mới đăng nhập lại được; sai tiếp thì thời gian chờ tăng gấp đôi.
error-too-many-tries = Đã thử quá nhiều lần. Xin chờ 15 phút rồi thử lại.
