//! A made-up list of residents, as untidy as real ones: for tests, figures and the demo. Names are put
//! together at random; every number begins with 0900.

use super::sample::{FAMILIES, GIVEN, MIDDLE, STREETS, one, serial};
use duty::sheets;
use jiff::civil::{Date, date};
use kernel::{Error, Result, Rng, dates::shown_date, text::search_key};
use rust_xlsxwriter::{Format, Workbook, XlsxError};

/// What the list is to hold.
pub struct SamplePeople<'a> {
    pub rows: usize,
    /// Names without "Phường".
    pub wards: &'a [&'a str],
    /// The day on which it is handed in.
    pub day: Date,
    /// Share of rows that tell of somebody further up again, otherwise spelt or with other words; 0 to 1.
    pub twice: f64,
    /// Share of rows that nobody could use, 0 to 1.
    pub broken: f64,
}

const HEADERS: [&str; 11] = [
    "STT",
    "HỌ VÀ TÊN",
    "Ngày sinh",
    "Giới tính",
    "Số CMND/CCCD",
    "Số điện thoại",
    "Số nhà",
    "Đường",
    "Tổ",
    "Khu phố",
    "Phường",
];
/// Rows that share the cell of their ward.
const BLOCK: usize = 25;
/// The same sound with its mark on either vowel.
const TONES: [(&str, &str); 6] =
    [("òa", "oà"), ("óa", "oá"), ("ọa", "oạ"), ("ủy", "uỷ"), ("úy", "uý"), ("ùy", "uỳ")];

/// A cell as an office types it.
enum Cell {
    Text(String),
    Number(f64),
}

#[derive(Clone)]
struct Resident {
    name: String,
    woman: bool,
    born: Date,
    /// Six digits behind the paper's first six; none where he showed no paper.
    paper: Option<String>,
    /// Six digits behind 0900.
    phone: Option<String>,
    house: String,
    street: &'static str,
    group: u64,
    quarter: u64,
}

impl SamplePeople<'_> {
    /// The list as a workbook, with its wards in merged cells. `Internal` when it cannot be written.
    pub fn xlsx(&self, rng: &Rng) -> Result<Vec<u8>> {
        let lines = self.lines(rng);
        self.write(&lines).map_err(Error::internal)
    }

    /// The list as CSV.
    pub fn csv(&self, rng: &Rng) -> Result<Vec<u8>> {
        let mut table: Vec<Vec<String>> = vec![HEADERS.iter().map(|head| (*head).to_owned()).collect()];
        for (index, line) in self.lines(rng).into_iter().enumerate() {
            let mut cells = vec![(index + 1).to_string()];
            cells.extend(line.into_iter().map(|cell| match cell {
                Cell::Text(text) => text,
                Cell::Number(number) => number.to_string(),
            }));
            cells.push(self.ward(index).to_owned());
            table.push(cells);
        }
        sheets::csv(&table).ok_or_else(|| Error::internal("rows of different lengths"))
    }

    fn ward(&self, index: usize) -> &str {
        let block = index / BLOCK;
        self.wards.get(block % self.wards.len().max(1)).copied().unwrap_or_default()
    }

    /// The cells of each row between its number and its ward.
    fn lines(&self, rng: &Rng) -> Vec<Vec<Cell>> {
        let mut known: Vec<Resident> = Vec::with_capacity(self.rows);
        let mut lines = Vec::with_capacity(self.rows);
        for _ in 0..self.rows {
            let again = if rng.chance(self.twice) { rng.pick(&known).cloned() } else { None };
            let resident = again.map_or_else(|| Resident::new(rng), |one| one.retold(rng));
            let broken = rng.chance(self.broken).then(|| rng.below(5));
            lines.push(resident.line(rng, broken));
            if broken.is_none() {
                known.push(resident);
            }
        }
        lines
    }

    fn write(&self, lines: &[Vec<Cell>]) -> std::result::Result<Vec<u8>, XlsxError> {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        let (title, plain) = (Format::new().set_bold(), Format::new());
        let last = HEADERS.len() as u16 - 1;
        sheet.merge_range(0, 0, 0, 5, "ỦY BAN NHÂN DÂN PHƯỜNG (DỮ LIỆU GIẢ ĐỊNH)", &title)?;
        let heading = format!("DANH SÁCH NHÂN KHẨU NGÀY {}", shown_date(self.day));
        sheet.merge_range(1, 0, 1, last, &heading, &title)?;
        for (column, header) in HEADERS.iter().enumerate() {
            sheet.write_string(3, column as u16, *header)?;
            sheet.write_number(4, column as u16, column as f64 + 1.0)?;
        }
        for (index, line) in lines.iter().enumerate() {
            let row = 5 + index as u32;
            sheet.write_number(row, 0, index as f64 + 1.0)?;
            for (column, cell) in line.iter().enumerate() {
                let column = column as u16 + 1;
                match cell {
                    Cell::Text(text) => sheet.write_string(row, column, text)?,
                    Cell::Number(number) => sheet.write_number(row, column, *number)?,
                };
            }
        }
        for first in (0..lines.len()).step_by(BLOCK) {
            let (from, until) = (5 + first as u32, 4 + lines.len().min(first + BLOCK) as u32);
            let ward = self.ward(first);
            if from < until {
                sheet.merge_range(from, last, until, last, ward, &plain)?;
            } else {
                sheet.write_string(from, last, ward)?;
            }
        }
        sheet.write_string(6 + lines.len() as u32, 0, "NGƯỜI LẬP BẢNG")?;
        workbook.save_to_buffer()
    }
}

impl Resident {
    fn new(rng: &Rng) -> Self {
        let woman = rng.chance(0.5);
        let sexed = usize::from(woman);
        let (month, day) = (1 + rng.below(12) as i8, 1 + rng.below(28) as i8);
        let six = || format!("{:06}", rng.below(1_000_000));
        Self {
            name: format!("{} {} {}", one(rng, &FAMILIES), one(rng, MIDDLE[sexed]), one(rng, GIVEN[sexed])),
            woman,
            born: date(1940 + rng.below(75) as i16, month, day),
            paper: rng.chance(0.5).then(six),
            phone: rng.chance(0.8).then(six),
            house: format!("{}/{}", 1 + rng.below(400), 1 + rng.below(30)),
            street: rng.pick(&STREETS).copied().unwrap_or("Đường số 9"),
            group: 1 + rng.below(40),
            quarter: 1 + rng.below(6),
        }
    }

    /// The same person as another list tells of him: word for word, or something is missing, newer or
    /// misspelt.
    fn retold(mut self, rng: &Rng) -> Self {
        match rng.below(5) {
            0 if self.phone.is_some() => self.paper = None,
            1 if self.paper.is_some() => self.phone = None,
            2 => self.house = format!("{}/{}", 1 + rng.below(400), 1 + rng.below(30)),
            3 => {
                if let Some(last) = self.name.pop() {
                    self.name.extend([last, last]);
                }
            }
            _ => {}
        }
        self
    }

    fn line(&self, rng: &Rng, broken: Option<u64>) -> Vec<Cell> {
        let text = |text: &str| Cell::Text(text.to_owned());
        let name = match rng.below(4) {
            0 => search_key(&self.name).to_uppercase(),
            1 => self.name.to_uppercase(),
            2 => TONES.iter().fold(self.name.clone(), |name, (one, other)| name.replace(one, other)),
            _ => self.name.clone(),
        };
        let born = match rng.below(3) {
            0 => Cell::Text(shown_date(self.born)),
            1 => Cell::Text(format!("{}-{}-{}", self.born.day(), self.born.month(), self.born.year())),
            // A serial number that lost its format.
            _ => Cell::Number(f64::from(serial(self.born))),
        };
        let sex = if self.woman { ["Nữ", "NU", "nữ"] } else { ["Nam", "NAM", "nam"] };
        let year = self.born.year();
        let century = if year >= 2000 { 2 } else { 0 } + i32::from(self.woman);
        let paper = self.paper.as_ref().map_or_else(
            || one(rng, &["", "không có", "-"]).to_owned(),
            |six| format!("079{century}{:02}{six}", year.rem_euclid(100)),
        );
        let phone = match &self.phone {
            None => text(one(rng, &["", "ko có"])),
            Some(six) => match rng.below(4) {
                // A number loses its zero.
                0 => Cell::Number(900_000_000.0 + six.parse::<f64>().unwrap_or_default()),
                1 => Cell::Text(format!("0900 {} {}", &six[..3], &six[3..])),
                2 => Cell::Text(format!("0900.{}.{}", &six[..3], &six[3..])),
                _ => Cell::Text(format!("0900{six}")),
            },
        };
        vec![
            if broken == Some(0) { text("") } else { Cell::Text(name) },
            match broken {
                Some(1) => text("31/02/1985"),
                Some(2) => text("15/10/2099"),
                _ => born,
            },
            text(one(rng, &sex)),
            if broken == Some(3) { text("0791") } else { Cell::Text(paper) },
            if broken == Some(4) { text("09001") } else { phone },
            text(&self.house),
            text(self.street),
            Cell::Text(self.group.to_string()),
            Cell::Text(format!("KP{}", self.quarter)),
        ]
    }
}
