//! The columns of a list of results and the names they go by.

use duty::sheets::Column;

const fn column(field: &'static str, required: bool, names: &'static [&'static str]) -> Column {
    Column { field, required, names }
}

/// What a list of results is read for. Accents, capitals and punctuation of a header do not matter.
pub const COLUMNS: &[Column] = &[
    column(
        "full_name",
        true,
        &[
            "Họ và tên",
            "Họ tên",
            "Họ và tên người được xét nghiệm",
            "Họ tên bệnh nhân",
            "Họ và tên bệnh nhân",
            "Tên bệnh nhân",
            "Tên",
            "Full name",
            "Name",
        ],
    ),
    column(
        "birth",
        false,
        &[
            "Năm sinh",
            "Ngày sinh",
            "Ngày tháng năm sinh",
            "Ngày, tháng, năm sinh",
            "Ngày/tháng/năm sinh",
            "NTNS",
            "NS",
            "Năm sinh/Ngày sinh",
            "Date of birth",
            "Year of birth",
        ],
    ),
    // Two columns instead of one: the year stands under the sex.
    column("birth_male", false, &["Nam", "Năm sinh nam", "Male"]),
    column("birth_female", false, &["Nữ", "Năm sinh nữ", "Female"]),
    column("sex", false, &["Giới tính", "Giới", "Phái", "Nam/Nữ", "Sex", "Gender"]),
    column(
        "citizen_id",
        false,
        &[
            "CCCD",
            "CMND",
            "CMND/CCCD",
            "CCCD/CMND",
            "Số CCCD",
            "Số CMND",
            "Số CMND/CCCD",
            "Số CCCD/CMND",
            "Căn cước công dân",
            "CMND/CCCD/Hộ chiếu",
            "Số định danh cá nhân",
            "Số giấy tờ",
            "Citizen id",
        ],
    ),
    column(
        "phone",
        false,
        &[
            "Điện thoại",
            "Số điện thoại",
            "SĐT",
            "ĐT",
            "Số ĐT",
            "Di động",
            "Điện thoại liên hệ",
            "Số điện thoại liên hệ",
            "Phone",
            "Mobile",
        ],
    ),
    column(
        "address",
        false,
        &[
            "Địa chỉ",
            "Địa chỉ nơi ở",
            "Nơi ở hiện tại",
            "Địa chỉ hiện tại",
            "Địa chỉ liên hệ",
            "Chỗ ở hiện nay",
            "Nơi cư trú",
            "Nơi ở",
            "Address",
        ],
    ),
    column("ward", false, &["Phường", "Phường/Xã", "Xã/Phường", "Phường, xã", "Ward"]),
    column(
        "sample_on",
        true,
        &[
            "Ngày lấy mẫu",
            "Ngày LM",
            "Ngày lấy mẫu xét nghiệm",
            "Thời gian lấy mẫu",
            "Ngày xét nghiệm",
            "Ngày XN",
            "Sample date",
        ],
    ),
    column(
        "result_on",
        false,
        &["Ngày trả kết quả", "Ngày có kết quả", "Ngày trả KQ", "Ngày KQ", "Ngày kết quả", "Result date"],
    ),
    column(
        "kind",
        false,
        &[
            "Loại xét nghiệm",
            "Loại XN",
            "Phương pháp",
            "Phương pháp xét nghiệm",
            "Kỹ thuật xét nghiệm",
            "Loại test",
            "Test type",
        ],
    ),
    column("result", true, &["Kết quả", "Kết quả xét nghiệm", "KQ", "KQXN", "KQ XN", "Result"]),
    column("ct", false, &["CT", "Giá trị CT", "Chỉ số CT", "CT value"]),
];

/// The field of a stored word; the whole row where it is none.
pub(super) fn field(name: &str) -> &'static str {
    COLUMNS.iter().find(|column| column.field == name).map_or("", |column| column.field)
}

/// Everything that can be wrong with a row.
const KEYS: &[&str] = &[
    "error-address-empty",
    "error-birth-future",
    "error-birth-too-old",
    "error-cell-formula",
    "error-cell-required",
    "error-cell-too-long",
    "error-citizen-id-century",
    "error-citizen-id-empty",
    "error-citizen-id-format",
    "error-citizen-id-length",
    "error-citizen-id-province",
    "error-ct-format",
    "error-ct-range",
    "error-date-before-epidemic",
    "error-date-empty",
    "error-date-format",
    "error-date-future",
    "error-date-month-first",
    "error-date-none",
    "error-date-two-digit-year",
    "error-date-year-only",
    "error-name-empty",
    "error-name-format",
    "error-phone-empty",
    "error-phone-format",
    "error-phone-length",
    "error-phone-scientific",
    "error-phone-short",
    "error-result-before-sample",
    "error-result-contradictory",
    "error-result-unknown",
    "error-sample-before-birth",
    "error-sex-contradictory",
    "error-sex-unknown",
    "error-test-kind-missing",
    "error-test-kind-unknown",
    "error-test-pooled",
    "error-text-control",
    "error-text-too-long",
    "error-time-format",
    "error-ward-missing",
    "error-ward-not-yours",
    "error-ward-unknown",
];

/// What a row of an unknown fault says: that it cannot be used.
const UNUSABLE: &str = "error-row-unusable";

/// The message key of a stored word.
pub(super) fn key(name: &str) -> &'static str {
    KEYS.iter().find(|known| **known == name).copied().unwrap_or(UNUSABLE)
}

/// Whether a key comes back from the database as itself.
#[cfg(test)]
pub(super) fn is_known(name: &str) -> bool {
    key(name) == name
}
