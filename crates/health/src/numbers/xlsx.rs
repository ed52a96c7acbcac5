//! The daily report as a workbook: numbers are numbers, so that an office goes on reckoning with them.

use super::{
    measure::{Measure, Values},
    report::{Line, Report},
};
use jiff::{civil::DateTime, tz::TimeZone};
use kernel::{
    Error, Result,
    dates::{shown_date, shown_date_time},
};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

/// The measures in the order in which the report tells them.
const COLUMNS: [Measure; 11] = [
    Measure::F0,
    Measure::AtHome,
    Measure::Facility,
    Measure::Hospital,
    Measure::Unplaced,
    Measure::Severe,
    Measure::Recovered,
    Measure::Died,
    Measure::F1,
    Measure::Tested,
    Measure::Positive,
];

/// Writes the report with its tables by ward, of beds and, where there are any, of stocks. `say` gives a
/// message by its key, `english` picks the names.
///
/// Errors: `Internal` when it cannot be written.
pub fn xlsx(
    report: &Report,
    zone: &TimeZone,
    english: bool,
    say: impl Fn(&str) -> String,
) -> Result<Vec<u8>> {
    let made = report.made_at.to_zoned(zone.clone()).datetime();
    Writer { report, made, zone, english, say: &say }.write().map_err(Error::internal)
}

struct Writer<'a> {
    report: &'a Report,
    made: DateTime,
    zone: &'a TimeZone,
    english: bool,
    say: &'a dyn Fn(&str) -> String,
}

type Written = std::result::Result<(), XlsxError>;

impl Writer<'_> {
    fn write(&self) -> std::result::Result<Vec<u8>, XlsxError> {
        let mut workbook = Workbook::new();
        let stamp =
            ExcelDateTime::from_ymd(self.made.year() as u16, self.made.month() as u8, self.made.day() as u8)?
                .and_hms(self.made.hour() as u16, self.made.minute() as u8, f64::from(self.made.second()))?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&stamp));
        let head = Format::new().set_bold().set_text_wrap();
        self.wards(workbook.add_worksheet(), &head)?;
        self.beds(workbook.add_worksheet(), &head)?;
        if !self.report.stocks.is_empty() {
            self.stocks(workbook.add_worksheet(), &head)?;
        }
        workbook.save_to_buffer()
    }

    fn word(&self, key: &str) -> String {
        (self.say)(key)
    }

    fn name<'b>(&self, vi: &'b str, en: &'b str) -> &'b str {
        if self.english { en } else { vi }
    }

    /// Title, state and head of a sheet; the row of its head.
    fn begin(
        &self,
        sheet: &mut Worksheet,
        name: &str,
        columns: &[String],
        head: &Format,
    ) -> std::result::Result<u32, XlsxError> {
        sheet.set_name(name)?;
        let state = match (self.report.provisional, self.report.kept) {
            (true, _) => "daily-provisional",
            (false, true) => "daily-kept-at",
            (false, false) => "daily-as-of",
        };
        sheet.write_string_with_format(
            0,
            0,
            format!("{} {}", self.word("daily-title-plain"), shown_date(self.report.day)),
            head,
        )?;
        sheet.write_string(1, 0, format!("{} {}", self.word(state), shown_date_time(self.made)))?;
        for (column, text) in columns.iter().enumerate() {
            sheet.write_string_with_format(3, column as u16, text, head)?;
        }
        sheet.set_freeze_panes(4, 1)?;
        sheet.set_column_width(0, 32)?;
        Ok(3)
    }

    fn wards(&self, sheet: &mut Worksheet, head: &Format) -> Written {
        let mut columns = vec![self.word("daily-ward")];
        columns.extend(
            COLUMNS
                .iter()
                .map(|measure| self.word(&format!("numbers-measure-{}", measure.as_str().replace('_', "-")))),
        );
        columns.extend(
            ["daily-change", "daily-mean", "daily-population", "daily-per-100k"].map(|key| self.word(key)),
        );
        let mut row = self.begin(sheet, &self.word("daily-sheet-wards"), &columns, head)?;
        for line in self.report.lines.iter().chain([&self.report.whole]) {
            row += 1;
            let whole = self.word(if line.rest { "daily-rest" } else { "daily-whole" });
            let name =
                if line.ward.is_none() { whole.as_str() } else { self.name(&line.name, &line.name_en) };
            self.line(sheet, row, name, line)?;
        }
        Ok(())
    }

    fn line(&self, sheet: &mut Worksheet, row: u32, name: &str, line: &Line) -> Written {
        sheet.write_string(row, 0, name)?;
        self.values(sheet, row, &line.day)?;
        let next = COLUMNS.len() as u16 + 1;
        sheet.write_number(row, next, line.change(Measure::F0) as f64)?;
        sheet.write_number(row, next + 1, line.mean_tenths() as f64 / 10.0)?;
        if let (Some(population), Some(share)) = (line.population, line.per_100k_tenths()) {
            sheet.write_number(row, next + 2, population as f64)?;
            sheet.write_number(row, next + 3, share as f64 / 10.0)?;
        }
        Ok(())
    }

    fn values(&self, sheet: &mut Worksheet, row: u32, values: &Values) -> Written {
        for (column, measure) in (1..).zip(COLUMNS) {
            sheet.write_number(row, column, values.of(measure) as f64)?;
        }
        Ok(())
    }

    fn beds(&self, sheet: &mut Worksheet, head: &Format) -> Written {
        let keys = [
            "beds-unit",
            "beds-beds",
            "beds-free",
            "beds-oxygen",
            "beds-oxygen-free",
            "beds-icu",
            "beds-icu-free",
            "beds-at",
        ];
        let columns = keys.map(|key| self.word(key));
        let mut row = self.begin(sheet, &self.word("daily-sheet-beds"), &columns, head)?;
        for house in &self.report.beds {
            row += 1;
            sheet.write_string(row, 0, self.name(&house.name, &house.name_en))?;
            let beds = house.beds;
            let numbers = [beds.beds, beds.free, beds.oxygen_beds, beds.oxygen_free, beds.icu, beds.icu_free];
            for (column, n) in (1..).zip(numbers) {
                sheet.write_number(row, column, f64::from(n))?;
            }
            sheet.write_string(row, 7, shown_date_time(house.at.to_zoned(self.zone.clone()).datetime()))?;
        }
        Ok(())
    }

    fn stocks(&self, sheet: &mut Worksheet, head: &Format) -> Written {
        let columns = ["daily-stock-unit", "daily-stock-item", "daily-stock-left"].map(|key| self.word(key));
        let mut row = self.begin(sheet, &self.word("daily-sheet-stocks"), &columns, head)?;
        for stock in &self.report.stocks {
            row += 1;
            sheet.write_string(row, 0, self.name(&stock.name, &stock.name_en))?;
            sheet.write_string(row, 1, &stock.item)?;
            sheet.write_number(row, 2, stock.n as f64)?;
        }
        Ok(())
    }
}
