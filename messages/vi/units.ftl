error-transfer-past = Ngày hiệu lực đã qua.
error-transfer-shares = Đơn vị nhập toàn bộ chỉ có một nơi tiếp nhận; đơn vị bị chia phải có ít nhất hai; nơi tiếp nhận không được là đơn vị cũng kết thúc trong lần này.
error-transfer-split-dependant = Đơn vị bị chia còn đơn vị trực thuộc chưa ghi về đâu.
