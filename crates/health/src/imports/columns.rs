//! The columns of lists and the names they go by.

use duty::sheets::Column;

const fn column(field: &'static str, required: bool, names: &'static [&'static str]) -> Column {
    Column { field, required, names }
}

// Who a row is about: the same columns in every list.
const FULL_NAME: Column = column(
    "full_name",
    true,
    &[
        "Họ và tên",
        "Họ tên",
        "Họ và tên người được xét nghiệm",
        "Họ và tên người tiêm",
        "Họ và tên công dân",
        "Họ tên bệnh nhân",
        "Họ và tên bệnh nhân",
        "Tên bệnh nhân",
        "Tên",
        "Full name",
        "Name",
    ],
);
const BIRTH: Column = column(
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
);
// Two columns instead of one: the year stands under the sex.
const BIRTH_MALE: Column = column("birth_male", false, &["Nam", "Năm sinh nam", "Male"]);
const BIRTH_FEMALE: Column = column("birth_female", false, &["Nữ", "Năm sinh nữ", "Female"]);
const SEX: Column = column("sex", false, &["Giới tính", "Giới", "Phái", "Nam/Nữ", "Sex", "Gender"]);
const CITIZEN_ID: Column = column(
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
        "CMND/CCCD/Định danh",
        "Số định danh cá nhân",
        "Số giấy tờ",
        "Citizen id",
    ],
);
const PHONE: Column = column(
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
);
const ADDRESS: Column = column(
    "address",
    false,
    &[
        "Địa chỉ",
        "Địa chỉ nơi ở",
        "Nơi ở hiện tại",
        "Địa chỉ hiện tại",
        "Địa chỉ liên hệ",
        "Địa chỉ thường trú",
        "Chỗ ở hiện nay",
        "Nơi cư trú",
        "Nơi ở",
        "Address",
    ],
);
const WARD: Column = column("ward", false, &["Phường", "Phường/Xã", "Xã/Phường", "Phường, xã", "Ward"]);

const GROUP: &[&str] = &["Tổ", "Tổ dân phố", "TDP", "Tổ DP", "Tổ nhân dân", "Neighbourhood group"];
const QUARTER: &[&str] = &["Khu phố", "KP", "Ấp", "Khu phố/Ấp", "Quarter"];

/// A list of results.
pub(super) const RESULTS: &[Column] = &[
    FULL_NAME,
    BIRTH,
    BIRTH_MALE,
    BIRTH_FEMALE,
    SEX,
    CITIZEN_ID,
    PHONE,
    ADDRESS,
    WARD,
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

/// A list of residents. Where the parts of an address stand in columns of their own they are put
/// together.
pub(super) const PEOPLE: &[Column] = &[
    FULL_NAME,
    BIRTH,
    BIRTH_MALE,
    BIRTH_FEMALE,
    SEX,
    CITIZEN_ID,
    PHONE,
    column("house", false, &["Số nhà", "Nhà số", "Số nhà, hẻm", "House number"]),
    column("street", false, &["Đường", "Tên đường", "Đường/Phố", "Đường phố", "Street"]),
    ADDRESS,
    column("group", false, GROUP),
    column("quarter", false, QUARTER),
    WARD,
];

/// A list of doses: a row a dose, or a row a person with a column for each dose.
pub(super) const VACCINATIONS: &[Column] = &[
    FULL_NAME,
    BIRTH,
    BIRTH_MALE,
    BIRTH_FEMALE,
    SEX,
    CITIZEN_ID,
    PHONE,
    ADDRESS,
    WARD,
    column(
        "dose",
        false,
        &["Mũi", "Mũi tiêm", "Mũi thứ", "Mũi số", "Mũi tiêm thứ", "Số mũi", "Liều", "Dose"],
    ),
    column(
        "dosed_on",
        false,
        &["Ngày tiêm", "Ngày tiêm chủng", "Ngày tiêm vắc xin", "Thời gian tiêm", "Dose date"],
    ),
    column(
        "vaccine",
        false,
        &["Vắc xin", "Vaccine", "Tên vắc xin", "Loại vắc xin", "Loại vaccine", "Tên vaccine", "Vắc-xin"],
    ),
    column("lot", false, &["Số lô", "Lô", "Lô vắc xin", "Số lô vắc xin", "Lot"]),
    column(
        "dose_1_on",
        false,
        &["Ngày tiêm mũi 1", "Mũi 1", "Ngày mũi 1", "Ngày tiêm mũi thứ nhất", "First dose"],
    ),
    column(
        "vaccine_1",
        false,
        &["Vắc xin mũi 1", "Loại vắc xin mũi 1", "Vaccine mũi 1", "Tên vắc xin mũi 1"],
    ),
    column("lot_1", false, &["Số lô mũi 1", "Lô mũi 1"]),
    column(
        "dose_2_on",
        false,
        &["Ngày tiêm mũi 2", "Mũi 2", "Ngày mũi 2", "Ngày tiêm mũi thứ hai", "Second dose"],
    ),
    column(
        "vaccine_2",
        false,
        &["Vắc xin mũi 2", "Loại vắc xin mũi 2", "Vaccine mũi 2", "Tên vắc xin mũi 2"],
    ),
    column("lot_2", false, &["Số lô mũi 2", "Lô mũi 2"]),
    column(
        "dose_3_on",
        false,
        &["Ngày tiêm mũi 3", "Mũi 3", "Ngày mũi 3", "Ngày tiêm mũi thứ ba", "Third dose"],
    ),
    column(
        "vaccine_3",
        false,
        &["Vắc xin mũi 3", "Loại vắc xin mũi 3", "Vaccine mũi 3", "Tên vắc xin mũi 3"],
    ),
    column("lot_3", false, &["Số lô mũi 3", "Lô mũi 3"]),
];

/// A list of contacts, each with its F0.
pub(super) const CONTACTS: &[Column] = &[
    FULL_NAME,
    BIRTH,
    BIRTH_MALE,
    BIRTH_FEMALE,
    SEX,
    CITIZEN_ID,
    PHONE,
    ADDRESS,
    WARD,
    column(
        "f0_name",
        false,
        &[
            "F0",
            "Tên F0",
            "Họ tên F0",
            "Họ và tên F0",
            "F0 liên quan",
            "Tiếp xúc với",
            "Tiếp xúc với F0",
            "Tên ca bệnh",
            "Họ tên ca bệnh",
            "BN liên quan",
            "Case name",
        ],
    ),
    column("f0_code", false, &["Mã F0", "Mã hộ F0", "Mã hộ", "Mã số hộ", "Mã hộ của F0", "Case code"]),
    column("f0_phone", false, &["SĐT F0", "Điện thoại F0", "Số điện thoại F0", "ĐT F0", "Case phone"]),
    column(
        "first_on",
        false,
        &[
            "Ngày tiếp xúc đầu",
            "Ngày tiếp xúc đầu tiên",
            "Ngày tiếp xúc lần đầu",
            "Tiếp xúc từ ngày",
            "First exposure",
        ],
    ),
    column(
        "last_on",
        true,
        &[
            "Ngày tiếp xúc",
            "Ngày tiếp xúc cuối",
            "Ngày tiếp xúc cuối cùng",
            "Ngày tiếp xúc lần cuối",
            "Ngày tiếp xúc gần nhất",
            "Tiếp xúc lần cuối",
            "Tiếp xúc đến ngày",
            "Ngày TX",
            "Ngày TX cuối",
            "Last exposure",
        ],
    ),
    column(
        "relation",
        false,
        &[
            "Quan hệ",
            "Mối quan hệ",
            "Quan hệ với F0",
            "Mối quan hệ với F0",
            "Hoàn cảnh tiếp xúc",
            "Yếu tố dịch tễ",
            "Nơi tiếp xúc",
            "Địa điểm tiếp xúc",
            "Relation",
            "Setting",
        ],
    ),
    column("degree", false, &["Loại tiếp xúc", "Phân loại", "F1/F2", "Diện", "Degree"]),
];

/// The gazetteer of a ward.
pub(super) const STREETS: &[Column] = &[
    column(
        "street_name",
        true,
        &[
            "Tên đường",
            "Đường",
            "Tên đường/hẻm",
            "Tên đường, hẻm",
            "Đường/hẻm/chung cư",
            "Tên đường, hẻm, chung cư",
            "Đường phố",
            "Tên",
            "Street",
            "Name",
        ],
    ),
    column("street_kind", false, &["Loại", "Loại đường", "Phân loại", "Kind"]),
    column(
        "parent",
        false,
        &["Thuộc đường", "Đường chính", "Nhánh của đường", "Hẻm của đường", "Trên đường", "Off street"],
    ),
    column("from_number", false, &["Từ số", "Từ số nhà", "Số nhà đầu", "Số đầu", "From number"]),
    column("to_number", false, &["Đến số", "Đến số nhà", "Số nhà cuối", "Số cuối", "To number"]),
    column("group", false, GROUP),
    column("quarter", false, QUARTER),
    WARD,
];

/// The field of a stored word; the whole row where it is none.
pub(super) fn field(name: &str) -> &'static str {
    let all = [RESULTS, PEOPLE, VACCINATIONS, CONTACTS, STREETS];
    all.into_iter().flatten().find(|column| column.field == name).map_or("", |column| column.field)
}

/// Everything that can be wrong with a row.
const KEYS: &[&str] = &[
    "error-address-empty",
    "error-birth-future",
    "error-birth-too-old",
    "error-cell-formula",
    "error-cell-quote",
    "error-cell-required",
    "error-cell-too-long",
    "error-citizen-id-century",
    "error-citizen-id-empty",
    "error-citizen-id-format",
    "error-citizen-id-length",
    "error-citizen-id-province",
    "error-contact-self",
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
    "error-day-before-birth",
    "error-degree-unknown",
    "error-dose-before-vaccines",
    "error-dose-none",
    "error-dose-number",
    "error-dose-order",
    "error-exposure-before",
    "error-f0-missing",
    "error-f0-several",
    "error-f0-several-home",
    "error-f0-unknown",
    "error-name-empty",
    "error-name-format",
    "error-not-an-f0",
    "error-person-too-little",
    "error-phone-empty",
    "error-phone-format",
    "error-phone-length",
    "error-phone-scientific",
    "error-phone-short",
    "error-quarter-unknown",
    "error-result-before-sample",
    "error-result-contradictory",
    "error-result-unknown",
    "error-sample-before-birth",
    "error-sex-contradictory",
    "error-sex-unknown",
    "error-street-backwards",
    "error-street-kind-unknown",
    "error-street-number",
    "error-street-unknown",
    "error-test-kind-missing",
    "error-test-kind-unknown",
    "error-test-pooled",
    "error-text-control",
    "error-text-too-long",
    "error-time-format",
    "error-visit-backwards",
    "error-ward-elsewhere",
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
