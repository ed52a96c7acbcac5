use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::ops::ControlFlow;

use jiff::civil::date;
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

const COLUMNS: [Column; 4] = [
    Column { field: "name", required: true, names: &["họ tên", "họ và tên", "full name"] },
    Column {
        field: "phone", required: true, names: &["điện thoại", "sđt", "số điện thoại", "phone"]
    },
    Column { field: "sampled", required: false, names: &["ngày lấy mẫu", "sampled on"] },
    Column { field: "ward", required: false, names: &["phường", "ward"] },
];

fn map() -> ColumnMap<'static> {
    ColumnMap::new(&COLUMNS)
}

fn read_text(text: &str) -> Sheet {
    read(text.as_bytes(), &map()).unwrap()
}

fn refusal(bytes: &[u8]) -> &'static str {
    read(bytes, &map()).unwrap_err().key
}

fn workbook(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(workbook.add_worksheet());
    workbook.save_to_buffer().unwrap()
}

#[test]
fn separators_and_encodings_do_not_matter() {
    let table = "Họ và tên;SĐT;Phường\r\nNguyễn Thị Hoà;0903 123 456;Tân Phong\r\n";
    let utf16 =
        |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> { text.encode_utf16().flat_map(bytes).collect() };
    let files = [
        table.as_bytes().to_vec(),
        format!("\u{feff}{table}").into_bytes(),
        format!("sep=;\n{table}").into_bytes(),
        table.replace(';', ",").into_bytes(),
        table.replace(';', "\t").into_bytes(),
        table.replace("\r\n", "\r").into_bytes(),
        utf16(&format!("\u{feff}{table}"), u16::to_le_bytes),
        utf16(&format!("\u{feff}{table}"), u16::to_be_bytes),
    ];
    for (at, file) in files.iter().enumerate() {
        let sheet = read(file, &map()).unwrap();
        assert_eq!(sheet.rows.len(), 1, "file {at}");
        assert_eq!(sheet.rows[0].text("name"), "Nguyễn Thị Hoà", "file {at}");
        assert_eq!(sheet.rows[0].text("phone"), "0903 123 456", "file {at}");
        assert_eq!(sheet.rows[0].line, if at == 2 { 3 } else { 2 });
        assert!(sheet.missing_columns.is_empty() && sheet.errors.is_empty());
    }
}

#[test]
fn the_old_vietnamese_code_page_is_read() {
    // "Họ tên,Điện thoại\nTrần Thị Bé,0903123456", tone marks behind their vowels.
    let bytes = b"Ho\xF2 t\xEAn,\xD0i\xEA\xF2n thoa\xF2i\nTr\xE2\xCCn Thi\xF2 Be\xEC,0903123456\n";
    let sheet = read(bytes, &map()).unwrap();
    assert_eq!(sheet.rows[0].text("name"), "Trần Thị Bé");
}

#[test]
fn headers_are_known_in_any_spelling() {
    for head in ["HO TEN,DIEN THOAI", "Họ_tên,Số điện thoại (*)", "full name,PHONE", "HoTen,\"Điện\nthoại\""]
    {
        let sheet = read_text(&format!("{head}\nAn,0903123456\n"));
        assert_eq!(sheet.rows[0].text("phone"), "0903123456", "{head}");
    }
    let columns = [Column { field: "signature", required: true, names: &["chữ ký hoá"] }];
    let sheet = read("Chữ ký hóa\nx\n".as_bytes(), &ColumnMap::new(&columns)).unwrap();
    assert_eq!(sheet.rows[0].text("signature"), "x");
}

#[test]
fn titles_empty_lines_numbering_and_repeated_headers_are_not_rows() {
    let sheet = read_text(
        "ỦY BAN NHÂN DÂN PHƯỜNG,,,\n\nDANH SÁCH LẤY MẪU,,,\nSTT,Họ tên,SĐT,Ghi chú\n(1),(2),(3),(4)\n\
         1,An,0903123456,\"hai\ndòng\"\n\n2,Bình,0903123457,\nSTT,Họ tên,SĐT,Ghi chú\n3,,,\n4,,0903123458,\n",
    );
    assert_eq!(sheet.header_line, 4);
    let lines: Vec<u32> = sheet.rows.iter().map(|row| row.line).collect();
    // The cell of two lines is one line of the sheet.
    assert_eq!(lines, [6, 8, 11]);
    assert_eq!(sheet.skipped, [10]);
    assert_eq!(sheet.unknown_columns, ["STT", "Ghi chú"]);
    assert_eq!(sheet.errors.len(), 1);
    assert_eq!(
        (sheet.errors[0].line, sheet.errors[0].field, sheet.errors[0].key),
        (11, "name", "error-cell-required")
    );
    assert_eq!(sheet.sound_rows().count(), 2);
}

#[test]
fn a_mapping_by_hand_is_remembered_as_json() {
    let table = "Bệnh nhân,Liên hệ,SĐT\nAn,0903123456,0283785012\n";
    assert_eq!(read_text(table).missing_columns, ["name"]);
    let overrides: Overrides = serde_json::from_str(r#"{"name":"bệnh nhân","phone":"Liên hệ"}"#).unwrap();
    let sheet = read(table.as_bytes(), &ColumnMap { overrides: Some(&overrides), ..map() }).unwrap();
    assert_eq!((sheet.rows[0].text("name"), sheet.rows[0].text("phone")), ("An", "0903123456"));
    assert_eq!(sheet.unknown_columns, ["SĐT"]);
    assert_eq!(
        sheet.mapping,
        BTreeMap::from([("name", "Bệnh nhân".to_owned()), ("phone", "Liên hệ".to_owned())])
    );
    assert_eq!(headers("Bệnh nhân,Liên hệ\nAn,1\n".as_bytes(), &map()).unwrap(), ["Bệnh nhân", "Liên hệ"]);
}

#[test]
fn a_workbook_gives_numbers_dates_and_merged_cells_as_a_person_sees_them() {
    let bytes = workbook(|sheet| {
        let day = Format::new().set_num_format("dd/mm/yyyy");
        let moment = Format::new().set_num_format("dd/mm/yyyy hh:mm");
        sheet.merge_range(0, 0, 0, 3, "DANH SÁCH", &Format::new()).unwrap();
        for (column, head) in ["Phường", "Họ tên", "Điện thoại", "Ngày lấy mẫu"].into_iter().enumerate()
        {
            sheet.merge_range(2, column as u16, 3, column as u16, head, &Format::new()).unwrap();
        }
        sheet.merge_range(4, 0, 5, 0, "Tân Phong", &Format::new()).unwrap();
        sheet.write(4, 1, "An").unwrap();
        sheet.write(4, 2, 903_123_456).unwrap();
        sheet.write_with_format(4, 3, ExcelDateTime::from_ymd(2021, 9, 25).unwrap(), &day).unwrap();
        sheet.write(5, 1, "Bình").unwrap();
        sheet.write(5, 2, "0903123457").unwrap();
        let at = ExcelDateTime::from_ymd(2021, 9, 25).unwrap().and_hms(7, 5, 0).unwrap();
        sheet.write_with_format(5, 3, &at, &moment).unwrap();
        sheet.write(6, 1, "Chi").unwrap();
        sheet.write(6, 2, "0903123458").unwrap();
        sheet.write(6, 3, "25/9/2021").unwrap();
        // One cell far down costs no memory.
        sheet.write(1_000_000, 1, "Dung").unwrap();
    });
    let sheet = read(&bytes, &map()).unwrap();
    assert_eq!((sheet.name.as_str(), sheet.header_line), ("Sheet1", 3));
    let texts = |field| sheet.rows.iter().map(|row| row.text(field)).collect::<Vec<_>>();
    assert_eq!(texts("ward"), ["Tân Phong", "Tân Phong", "", ""]);
    assert_eq!(texts("phone"), ["903123456", "0903123457", "0903123458", ""]);
    assert_eq!(texts("sampled"), ["25/09/2021", "25/09/2021 07:05", "25/9/2021", ""]);
    assert_eq!(sheet.rows[3].line, 1_000_001);
}

#[test]
fn the_worksheet_with_the_header_is_taken_or_the_named_one() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Trống").unwrap();
    book.add_worksheet().set_name("Hướng dẫn").unwrap().write(0, 0, "Điền vào bảng sau").unwrap();
    for (name, person) in [("Ngày 1", "An"), ("Ngày 2", "Bình")] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        sheet.write_row(0, 0, ["Họ tên", "SĐT"]).unwrap();
        sheet.write_row(1, 0, [person, "0903123456"]).unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    assert_eq!(read(&bytes, &map()).unwrap().rows[0].text("name"), "An");
    let second = ColumnMap { worksheet: Some("Ngày 2"), ..map() };
    assert_eq!(read(&bytes, &second).unwrap().rows[0].text("name"), "Bình");
    let error = read(&bytes, &ColumnMap { worksheet: Some("Ngày 3"), ..map() }).unwrap_err();
    assert_eq!(error.key, "error-sheet-worksheet");
    assert_eq!(error.args[1].1, "Trống, Hướng dẫn, Ngày 1, Ngày 2");
}

#[test]
fn a_merged_text_reaches_the_rows_of_its_region_and_no_other() {
    let bytes = workbook(|sheet| {
        sheet.write_row(0, 0, ["Phường", "Họ tên", "SĐT"]).unwrap();
        sheet.merge_range(1, 0, 3, 0, "Tân Phong", &Format::new()).unwrap();
        sheet.merge_range(4, 0, 5, 0, "Tân Quy", &Format::new()).unwrap();
        // A title over several columns stays where it is.
        sheet.merge_range(7, 0, 7, 2, "Phường khác", &Format::new()).unwrap();
        for row in [1, 2, 3, 4, 5, 6] {
            sheet.write_row(row, 1, ["An", "0903123456"]).unwrap();
        }
    });
    let sheet = read(&bytes, &map()).unwrap();
    let wards: Vec<&str> = sheet.rows.iter().map(|row| row.text("ward")).collect();
    assert_eq!(wards, ["Tân Phong", "Tân Phong", "Tân Phong", "Tân Quy", "Tân Quy", "", "Phường khác"]);
}

#[test]
fn rows_are_handed_on_one_by_one_until_somebody_has_had_enough() {
    let table = format!("Danh sách\nHọ tên,SĐT\n{}", "An,1\n,2\n".repeat(500));
    let mut seen = Vec::new();
    let head = read_rows(table.as_bytes(), &map(), |row, faults| {
        seen.push((row.line, faults.len()));
        if seen.len() == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap();
    assert_eq!(seen, [(3, 0), (4, 1), (5, 0)]);
    assert_eq!((head.header_line, head.headers, head.about), (2, vec!["Họ tên".into(), "SĐT".into()], 1000));
    // The same, from a workbook, which knows how long it is; and a look reads one row.
    let bytes = workbook(|sheet| {
        sheet.write_row(0, 0, ["Họ tên", "SĐT"]).unwrap();
        for row in 1..=100 {
            sheet.write_row(row, 0, ["An", "0903123456"]).unwrap();
        }
    });
    let head = look(&bytes, &map()).unwrap();
    assert_eq!((head.about, head.missing_columns.len(), head.name.as_str()), (100, 0, "Sheet1"));
    assert_eq!(look("Họ tên,SĐT\n".as_bytes(), &map()).unwrap_err().key, "error-sheet-no-rows");
}

#[test]
fn what_is_no_table_is_refused_by_name() {
    assert_eq!(refusal(b""), "error-sheet-empty");
    assert_eq!(refusal(b"  \r\n\r\n"), "error-sheet-empty");
    assert_eq!(refusal("Họ tên,SĐT\n".as_bytes()), "error-sheet-no-rows");
    assert_eq!(
        refusal(&workbook(|sheet| drop(sheet.write_row(0, 0, ["Họ tên", "SĐT"])))),
        "error-sheet-no-rows"
    );
    assert_eq!(refusal(&workbook(|_| ())), "error-sheet-empty");
    assert_eq!(refusal(b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff"), "error-sheet-not-a-table");
    assert_eq!(refusal(b"MZ\x00\x01\x02\x03abcdefgh\x00\x01"), "error-sheet-not-a-table");
    assert_eq!(refusal(b"%PDF-1.7\n"), "error-sheet-not-a-table");
    assert_eq!(refusal(b"<html><table><tr><td>a</td></tr></table>"), "error-sheet-not-a-table");
    assert_eq!(refusal(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 old"), "error-sheet-old-excel");
    assert_eq!(refusal(b"PK\x03\x04 cut off"), "error-sheet-damaged");
    assert_eq!(refusal(&vec![b'a'; MAX_BYTES + 1]), "error-sheet-too-big");
    let error = read("a,b\n1,2\n".as_bytes(), &map()).unwrap_err();
    assert_eq!((error.key, error.args[0].1.as_str()), ("error-sheet-header", "a | b"));
}

#[test]
fn broken_utf8_names_its_line() {
    let mut bytes = "Họ tên,SĐT\nAn,0903123456\nBình".as_bytes().to_vec();
    bytes.extend(b"\xC3\x28,0903123457\n");
    let error = read(&bytes, &map()).unwrap_err();
    assert_eq!((error.key, error.args[0].1.as_str()), ("error-sheet-encoding", "3"));
    assert_eq!(refusal(b"name,phone\nA\xFFB\xF1,1\n"), "error-sheet-encoding");
}

#[test]
fn limits_have_their_own_errors() {
    let rows = format!("Họ tên,SĐT\n{}", "An,1\n".repeat(MAX_ROWS + 1));
    assert_eq!(refusal(rows.as_bytes()), "error-sheet-rows");
    let wide = format!("Họ tên,SĐT{}\nAn,1\n", ",x".repeat(MAX_COLUMNS));
    assert_eq!(refusal(wide.as_bytes()), "error-sheet-columns");
    let sheet = read_text(&format!("Họ tên,SĐT\nAn,{}\nBình,2\n", "9".repeat(MAX_CELL_CHARS + 1)));
    assert_eq!(
        (sheet.errors[0].line, sheet.errors[0].field, sheet.errors[0].key),
        (2, "phone", "error-cell-too-long")
    );
    assert_eq!(sheet.sound_rows().count(), 1);
}

#[test]
fn a_quote_never_closed_and_a_failed_formula_break_their_row_only() {
    let sheet = read_text("Họ tên,SĐT,Phường\nAn,1,a\n\"Bình,2,b\nChi,3,c\nDung,4,d\n");
    assert_eq!((sheet.errors[0].line, sheet.errors[0].key), (3, "error-cell-quote"));
    let bytes = workbook(|sheet| {
        sheet.write_row(0, 0, ["Họ tên", "SĐT"]).unwrap();
        sheet.write(1, 0, "An").unwrap();
        sheet.write_formula(1, 1, rust_xlsxwriter::Formula::new("=NA()").set_result("#N/A")).unwrap();
    });
    let sheet = read(&bytes, &map()).unwrap();
    assert_eq!((sheet.errors[0].field, sheet.errors[0].key), ("phone", "error-cell-formula"));
}

#[test]
fn a_package_that_unpacks_without_end_is_refused() {
    let mut package = ZipWriter::new(Cursor::new(Vec::new()));
    package.start_file("xl/workbook.xml", SimpleFileOptions::default()).unwrap();
    package.write_all(b"<workbook/>").unwrap();
    let mut zeros = ZipWriter::new(Cursor::new(Vec::new()));
    zeros.start_file("zeros", SimpleFileOptions::default()).unwrap();
    zeros.write_all(&vec![0; 8 * 1024 * 1024]).unwrap();
    let mut zeros = zeros.finish_into_readable().unwrap();
    for copy in 0..49 {
        package.raw_copy_file_rename(zeros.by_index(0).unwrap(), format!("xl/{copy}.xml")).unwrap();
    }
    let bytes = package.finish().unwrap().into_inner();
    assert!(bytes.len() < MAX_BYTES);
    assert_eq!(refusal(&bytes), "error-sheet-unpacked");
    // A document of another program in the same kind of package.
    let mut package = ZipWriter::new(Cursor::new(Vec::new()));
    package.start_file("word/document.xml", SimpleFileOptions::default()).unwrap();
    assert_eq!(refusal(&package.finish().unwrap().into_inner()), "error-sheet-not-a-table");
}

#[test]
fn broken_rows_come_back_with_their_reason_and_can_be_imported_again() {
    let sheet = read_text("STT,Họ tên,SĐT\n1,An,0903123456\n2,=HYPERLINK(1),+84903\n3,,0903123458\n");
    let errors = [sheet.rows[1].error("phone", "error-phone-length")];
    let say = |error: &RowError| format!("{}: {}", error.field, error.key);
    let files = errors_file(&sheet, &errors, "Lỗi", say, date(2021, 9, 25).at(7, 5, 0, 0)).unwrap();
    let text = String::from_utf8(files.csv.clone()).unwrap();
    assert_eq!(
        text,
        "\u{feff}STT,Họ tên,SĐT,Lỗi\r\n2,'=HYPERLINK(1),'+84903,phone: error-phone-length\r\n\
         3,,0903123458,name: error-cell-required\r\n"
    );
    for file in [&files.csv, &files.xlsx] {
        let again = read(file, &map()).unwrap();
        assert_eq!(again.headers, ["STT", "Họ tên", "SĐT"]);
        assert_eq!(again.unknown_columns, ["STT"]);
        assert_eq!(again.rows[0].text("phone"), "+84903");
        assert_eq!(again.rows[0].text("name"), "=HYPERLINK(1)");
        assert_eq!(again.rows.len(), 2);
    }
}

#[test]
fn logs_do_not_show_cells() {
    let sheet = read_text("Họ tên,SĐT\nAn,0903123456\n");
    let shown = format!("{:?} {:?}", sheet.rows[0], sheet.rows[0].error("phone", "error-phone-length"));
    assert!(!shown.contains("0903123456") && !shown.contains("An"), "{shown}");
    let error = read("An,0903123456\nBình,0903123457\n".as_bytes(), &map()).unwrap_err();
    assert_eq!(format!("{error} {error:?}"), "error-sheet-header SheetError(error-sheet-header)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..400), text in any::<String>()) {
        let _ = read(&bytes, &map());
        let _ = read(text.as_bytes(), &map());
        let mut table = "Họ tên,SĐT\n".as_bytes().to_vec();
        table.extend(&bytes);
        let _ = read(&table, &map());
    }

    #[test]
    fn a_worksheet_spoilt_anywhere_is_refused_or_read(at in 0_usize..900, spoilt in any::<u8>()) {
        let part = |name: &str| -> Vec<u8> {
            let bytes = workbook(|sheet| {
                sheet.write_row(0, 0, ["Họ tên", "SĐT"]).unwrap();
                sheet.merge_range(1, 0, 2, 0, "An", &Format::new()).unwrap();
                sheet.write(1, 1, 903_123_456).unwrap();
            });
            let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
            let mut package = ZipWriter::new(Cursor::new(Vec::new()));
            for index in 0..archive.len() {
                let mut file = archive.by_index(index).unwrap();
                let path = file.name().unwrap().into_owned();
                let mut content = Vec::new();
                std::io::copy(&mut file, &mut content).unwrap();
                if path == name {
                    let at = at % content.len();
                    content[at] = spoilt;
                }
                package.start_file(path, SimpleFileOptions::default()).unwrap();
                package.write_all(&content).unwrap();
            }
            package.finish().unwrap().into_inner()
        };
        for name in ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"] {
            let _ = read(&part(name), &map());
        }
    }

    #[test]
    fn a_written_table_reads_back(cells in proptest::collection::vec("[A-Za-zÀ-ỹ0-9=+@,;\"' -]{1,12}", 1..6)) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["Họ tên", "SĐT"]).unwrap();
        for cell in &cells {
            writer.write_record([cell.as_str(), "0903123456"]).unwrap();
        }
        let sheet = read(&writer.into_inner().unwrap(), &map()).unwrap();
        prop_assert_eq!(sheet.rows.len(), cells.len());
    }
}
