ticket-do-accept = Nhận việc
ticket-do-pass-up = Chuyển cấp trên
