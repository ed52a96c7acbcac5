//! A made-up list of results, as untidy as real ones: for tests and for the demo's simulator. Every
//! name is put together at random; every number begins with 0900.

use jiff::{Span, civil::Date};
use kernel::{Error, Result, Rng, dates::shown_date, text::search_key};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

/// What the list is to hold.
pub struct SampleList<'a> {
    pub rows: usize,
    /// Names without "Phường".
    pub wards: &'a [&'a str],
    /// The day on which it is handed in.
    pub day: Date,
    /// Share of positive rows, 0 to 1.
    pub positive: f64,
    /// Share of rows that nobody could use, 0 to 1.
    pub broken: f64,
}

pub(super) const FAMILIES: [&str; 14] =
    ["Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Phan"];
pub(super) const MIDDLE: [&[&str]; 2] = [
    &["Văn", "Hữu", "Minh", "Quốc", "Đức", "Thanh", "Công", "Gia"],
    &["Thị", "Ngọc", "Thị Mỹ", "Kim", "Thanh", "Thị Thu", "Bảo", "Phương"],
];
pub(super) const GIVEN: [&[&str]; 2] = [
    &[
        "An", "Bình", "Cường", "Dũng", "Hải", "Hòa", "Khang", "Long", "Nam", "Phúc", "Sơn", "Tuấn", "Thủy",
        "Vinh",
    ],
    &[
        "Ánh", "Bích", "Chi", "Dung", "Hạnh", "Hoa", "Lan", "Mai", "Nga", "Oanh", "Thảo", "Thúy", "Trang",
        "Yến",
    ],
];
pub(super) const STREETS: [&str; 8] = [
    "Nguyễn Thị Thập",
    "Lê Văn Lương",
    "Huỳnh Tấn Phát",
    "Trần Xuân Soạn",
    "Đường số 15",
    "Lâm Văn Bền",
    "Đường số 9",
    "Nguyễn Hữu Thọ",
];
const HEADERS: [&str; 13] = [
    "STT",
    "HỌ VÀ TÊN",
    "Giới tính",
    "Năm sinh",
    "Số CMND/CCCD",
    "SĐT",
    "Địa chỉ",
    "Phường",
    "Ngày lấy mẫu",
    "Ngày trả kết quả",
    "Loại XN",
    "KẾT QUẢ",
    "CT",
];

/// A list of `n` results of a few days before `day`: about one in eight positive, one in forty
/// unusable.
pub fn sample_list(rng: &Rng, n: usize, wards: &[&str], day: Date) -> Result<Vec<u8>> {
    SampleList { rows: n, wards, day, positive: 0.12, broken: 0.025 }.xlsx(rng)
}

impl SampleList<'_> {
    /// The list as a workbook. `Internal` when it cannot be written.
    pub fn xlsx(&self, rng: &Rng) -> Result<Vec<u8>> {
        self.write(rng).map_err(Error::internal)
    }

    fn write(&self, rng: &Rng) -> std::result::Result<Vec<u8>, XlsxError> {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        let title = Format::new().set_bold();
        let last = HEADERS.len() as u16 - 1;
        sheet.merge_range(0, 0, 0, 5, "TRUNG TÂM Y TẾ QUẬN (DỮ LIỆU GIẢ ĐỊNH)", &title)?;
        let heading = format!("DANH SÁCH KẾT QUẢ XÉT NGHIỆM SARS-CoV-2 NGÀY {}", shown_date(self.day));
        sheet.merge_range(1, 0, 1, last, &heading, &title)?;
        for (column, header) in HEADERS.iter().enumerate() {
            sheet.write_string(3, column as u16, *header)?;
            sheet.write_number(4, column as u16, column as f64 + 1.0)?;
        }
        for index in 0..self.rows {
            self.line(sheet, 5 + index as u32, index, rng)?;
        }
        sheet.write_string(6 + self.rows as u32, 0, "NGƯỜI LẬP BẢNG")?;
        workbook.save_to_buffer()
    }

    fn line(
        &self,
        sheet: &mut Worksheet,
        row: u32,
        index: usize,
        rng: &Rng,
    ) -> std::result::Result<(), XlsxError> {
        let woman = rng.chance(0.5);
        let sexed = usize::from(woman);
        let name = format!("{} {} {}", one(rng, &FAMILIES), one(rng, MIDDLE[sexed]), one(rng, GIVEN[sexed]));
        let year = 1940 + rng.below(75) as i16;
        let digits = format!("{:06}", rng.below(1_000_000));
        let century = if year >= 2000 { 2 } else { 0 } + i32::from(woman);
        let positive = rng.chance(self.positive);
        let sampled = self.day.saturating_sub(Span::new().days(rng.below(3) as i64));
        let pcr = rng.chance(0.6);
        let broken = rng.chance(self.broken).then(|| rng.below(4));

        sheet.write_number(row, 0, index as f64 + 1.0)?;
        let name = match rng.below(4) {
            0 => search_key(&name).to_uppercase(),
            1 => name.to_uppercase(),
            _ => name,
        };
        sheet.write_string(row, 1, if broken == Some(0) { String::new() } else { name })?;
        let sex = if woman { ["Nữ", "NU", "nữ"] } else { ["Nam", "NAM", "nam"] };
        sheet.write_string(row, 2, one(rng, &sex))?;
        if rng.chance(0.7) {
            sheet.write_number(row, 3, f64::from(year))?;
        } else {
            sheet.write_string(
                row,
                3,
                format!("{:02}/{:02}/{year}", 1 + rng.below(28), 1 + rng.below(12)),
            )?;
        }
        if rng.chance(0.6) {
            sheet.write_string(row, 4, format!("079{century}{:02}{digits}", year.rem_euclid(100)))?;
        }
        match rng.below(10) {
            // A number loses its zero.
            0..=3 => sheet.write_number(row, 5, 900_000_000.0 + rng.below(1_000_000) as f64)?,
            4..=6 => sheet.write_string(row, 5, format!("0900 {} {}", &digits[..3], &digits[3..]))?,
            7 => sheet.write_string(row, 5, format!("0900{digits} / 0900{:06}", rng.below(1_000_000)))?,
            8 => sheet.write_string(row, 5, "không có")?,
            _ => sheet.write_string(row, 5, if broken == Some(1) { "09001" } else { "" })?,
        };
        let ward = one(rng, self.wards);
        let house = 1 + rng.below(400);
        let street = one(rng, &STREETS);
        // The ward stands in its own column, or in the address, or in both.
        let in_address = rng.chance(0.3);
        let address =
            if in_address { format!("{house} {street}, P. {ward}") } else { format!("{house} {street}") };
        sheet.write_string(row, 6, address)?;
        if !in_address {
            let ward = [ward.to_owned(), format!("Phường {ward}"), search_key(ward).to_uppercase()];
            sheet.write_string(row, 7, &ward[rng.below(3) as usize])?;
        }
        match broken {
            Some(2) => sheet.write_string(row, 8, "31/02/2021")?,
            _ if rng.chance(0.5) => sheet.write_string(row, 8, shown_date(sampled))?,
            // A serial number that lost its format.
            _ => sheet.write_number(row, 8, f64::from(serial(sampled)))?,
        };
        sheet.write_string(row, 9, shown_date(self.day))?;
        sheet.write_string(
            row,
            10,
            if pcr { one(rng, &["RT-PCR", "PCR", "Realtime PCR"]) } else { "Test nhanh" },
        )?;
        let said = if positive {
            one(rng, &["DƯƠNG TÍNH", "Dương tính", "duong tinh", "Dương tính (+)", "POS"])
        } else {
            one(rng, &["ÂM TÍNH", "Âm tính", "am tinh", "(-)", "Negative"])
        };
        sheet.write_string(row, 11, if broken == Some(3) { "đang chờ" } else { said })?;
        if pcr && positive {
            sheet.write_string(row, 12, format!("{},{}", 14 + rng.below(20), rng.below(100)))?;
        }
        Ok(())
    }
}

pub(super) fn one<'a>(rng: &Rng, from: &[&'a str]) -> &'a str {
    rng.pick(from).copied().unwrap_or_default()
}

/// Days since 30 December 1899.
pub(super) fn serial(day: Date) -> i32 {
    let epoch = jiff::civil::date(1899, 12, 30);
    day.since(epoch).map_or(0, |span| span.get_days())
}
