mod printed;

use crate::{
    Check, Fault, Head, Nation, Paper, Part, Recipients, Signature, Table,
    face::FACES,
    layout, pdf,
    sheet::{BOTTOM, LEFT, Mark, PAGE, Page, RIGHT, TOP},
};
use jiff::civil::date;
use std::{
    io::Write,
    process::{Command, Stdio},
};

/// Of rounding.
const HAIR: f32 = 0.1;

fn signer() -> Signature {
    Signature {
        title: vec!["TM. ỦY BAN NHÂN DÂN".to_owned(), "KT. CHỦ TỊCH".to_owned(), "PHÓ CHỦ TỊCH".to_owned()],
        name: "Nguyễn Thị Ngọc Phượng".to_owned(),
        ..Signature::default()
    }
}

fn code_of(n: usize) -> Vec<Vec<bool>> {
    (0..n).map(|y| (0..n).map(|x| (x * 7 + y * 5 + x * y) % 3 == 0).collect()).collect()
}

fn decision() -> Paper {
    let fact = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Paper {
        lang: "vi",
        nation: Some(Nation::vietnamese()),
        parent: "ỦY BAN NHÂN DÂN QUẬN 7".to_owned(),
        issuer: "ỦY BAN NHÂN DÂN PHƯỜNG TÂN PHONG".to_owned(),
        symbol: "Số: 05/QĐ-UBND".to_owned(),
        place_and_date: "Tân Phong, ngày 02 tháng 10 năm 2021".to_owned(),
        date: Some(date(2021, 10, 2)),
        title: "QUYẾT ĐỊNH".to_owned(),
        about: "Về việc cách ly y tế tại nhà để phòng, chống dịch COVID-19".to_owned(),
        parts: vec![
            Part::Ground("Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015;".to_owned()),
            Part::Ground("Căn cứ Luật Phòng, chống bệnh truyền nhiễm ngày 21 tháng 11 năm 2007; Nghị định số 101/2010/NĐ-CP ngày 30 tháng 9 năm 2010 của Chính phủ;".to_owned()),
            Part::Ground("Xét đề nghị của Trạm Y tế phường Tân Phong.".to_owned()),
            Part::Facts(vec![
                fact("Họ và tên", "Trần Thị Bích Ngọc"),
                fact("Ngày, năm sinh", "12/03/1987"),
                fact("Số CCCD, CMND hoặc hộ chiếu", "……………………………………"),
                fact("Nơi cách ly", "1806/127/2/6/15/27/3 Huỳnh Tấn Phát, khu phố 4, phường Tân Phong, Quận 7"),
            ]),
            Part::Article("Điều 1.".to_owned(), "Cách ly y tế tại nhà đối với ông (bà) Trần Thị Bích Ngọc, người nhiễm COVID-19 (F0), thời gian 14 ngày, từ ngày 02 tháng 10 năm 2021 đến hết ngày 16 tháng 10 năm 2021; kết thúc khi có giấy xác nhận hoàn thành.".to_owned()),
            Part::Article("Điều 2.".to_owned(), "Trong thời gian cách ly, ông (bà) Trần Thị Bích Ngọc thực hiện đúng hướng dẫn của Trạm Y tế phường Tân Phong, ghi sức khỏe hai lần mỗi ngày; có dấu hiệu nặng thì gọi ngay 115.".to_owned()),
        ],
        recipients: Recipients {
            label: "Nơi nhận:".to_owned(),
            lines: vec!["- Như Điều 3;".to_owned(), "- Lưu: VT.".to_owned()],
        },
        signer: signer(),
        check: Some(Check {
            text: "Kiểm tra giấy này tại https://vungxanh.example.gov.vn/quan7/check".to_owned(),
            code: "Mã: K7QF-2M9X-PD4T".to_owned(),
            qr: code_of(29),
        }),
        footer: "05/QĐ-UBND · K7QF-2M9X-PD4T".to_owned(),
        ..Paper::default()
    }
}

/// Every kind of part, with a table of 60 rows.
fn long() -> Paper {
    let head = [
        "Phường",
        "F0 mới",
        "So với hôm trước",
        "Trung bình 7 ngày",
        "Ca 7 ngày / 100.000 dân",
        "Khỏi bệnh",
        "Tử vong",
        "Kết quả xét nghiệm",
    ];
    let head = head.iter().enumerate().map(|(at, label)| Head { label: (*label).to_owned(), number: at > 0 });
    let row = |n: usize| {
        let cells = (0..7).map(|at| (n * 37 + at * 11).to_string());
        std::iter::once(format!("Phường Tân Thuận Đông {n}")).chain(cells).collect::<Vec<_>>()
    };
    let mut paper = decision();
    paper.parts.extend([
        Part::Notice("NHÀ CÓ NGƯỜI ĐANG CÁCH LY Y TẾ".to_owned()),
        Part::Heading("II. SỐ CA THEO PHƯỜNG".to_owned()),
        Part::Table(Table { head: head.collect(), rows: (1..=60).map(row).collect(), sum: true }),
        Part::Note("Trung bình và tỷ lệ tính trên 7 ngày đến hết ngày báo cáo.".to_owned()),
        Part::Item("F0 mới trong ngày: 25 (+3 so với hôm trước).".to_owned()),
        Part::Text("Nghiêng ngả, khuỷu tay, thuở xưa, quýt ngọt; ".repeat(120)),
        Part::Text(format!("https://vungxanh.example.gov.vn/{}", "a1b2c3".repeat(60))),
    ]);
    paper.void = "Giấy này đã bị thu hồi, không còn giá trị.".to_owned();
    paper
}

/// Each text with where it begins, where it ends, and on what it stands.
fn texts(page: &Page) -> Vec<(f32, f32, f32, &str)> {
    let text = |mark| match mark {
        &Mark::Text { x, y, size, ref run, .. } => Some((x, x + run.width() * size, y, run.text.as_str())),
        _ => None,
    };
    page.marks.iter().filter_map(text).collect()
}

fn all(page: &Page) -> String {
    texts(page).iter().map(|(.., text)| format!("{text}\n")).collect()
}

/// The text that others find in a file, its spaces made one; none where there is no program for it.
fn read_out(file: &[u8]) -> Option<String> {
    let child = Command::new("pdftotext")
        .args(["-layout", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        println!("skipped: needs pdftotext");
        return None;
    };
    child.stdin.take().unwrap().write_all(file).unwrap();
    let read = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    Some(read.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// What stands on a page in its lines, not in its margins.
fn body(page: &Page) -> Vec<(f32, f32, f32, &str)> {
    texts(page).into_iter().filter(|(.., y, _)| (TOP..=BOTTOM).contains(y)).collect()
}

#[test]
fn every_vietnamese_letter_has_a_glyph_in_each_font() {
    let vowels = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵ";
    assert_eq!(vowels.chars().count(), 12 * 6);
    let letters = format!("{vowels}đbcdghklmnpqrstvxfjwz");
    let signs = "0123456789.,;:/()\"'+-–—…%°²·“”‘’₫\u{a0}";
    for letter in format!("{letters}{}{signs}", letters.to_uppercase()).chars() {
        for face in FACES {
            assert!(face.has(letter), "{} has no {letter}", face.name());
        }
    }
    let names = FACES.map(crate::face::Face::name);
    assert_eq!(names, ["Regular", "Bold", "Italic", "Bold"].map(|kind| format!("LibertinusSerif-{kind}")));
}

#[test]
fn a_decision_stands_on_one_page_in_the_order_of_the_decree() {
    let pages = layout::pages(&decision()).unwrap();
    assert_eq!(pages.len(), 1);
    let y = |text: &str| {
        let found = texts(&pages[0]).into_iter().find(|(.., said)| said.contains(text));
        found.map_or_else(|| panic!("no {text}"), |(x, _, y, _)| (x, y))
    };
    let middle = PAGE.0 / 2.0;
    assert!(y("CỘNG HÒA").0 > 250.0 && y("ỦY BAN NHÂN DÂN QUẬN 7").0 < middle);
    assert!((y("Số: 05").1 - y("Tân Phong, ngày").1).abs() < HAIR, "number and date stand on one line");
    let order =
        ["CỘNG HÒA", "Độc lập", "Số: 05", "QUYẾT ĐỊNH", "Căn cứ", "Họ và tên", "Điều 1.", "Nơi nhận:"];
    assert!(order.windows(2).all(|pair| y(pair[0]).1 < y(pair[1]).1), "{}", all(&pages[0]));
    assert!(y("PHÓ CHỦ TỊCH").0 > middle && y("Nguyễn Thị Ngọc Phượng").1 > y("PHÓ CHỦ TỊCH").1 + 60.0);
}

#[test]
fn a_long_paper_turns_its_pages_and_nothing_leaves_the_margins() {
    let pages = layout::pages(&long()).unwrap();
    assert!((5..=8).contains(&pages.len()), "{} pages", pages.len());
    for (at, page) in pages.iter().enumerate() {
        for (from, to, y, text) in texts(page) {
            assert!(from >= LEFT - HAIR && to <= RIGHT + HAIR, "page {}: {from} to {to}: {text}", at + 1);
            assert!(y > 0.0 && y < PAGE.1, "page {}: {text}", at + 1);
        }
        assert!(!body(page).is_empty(), "page {} is empty", at + 1);
        let said = all(page);
        assert!(said.contains("không còn giá trị") && said.contains("05/QĐ-UBND ·"), "on each page");
        let number = texts(page).into_iter().any(|(.., y, text)| y < TOP && text == (at + 1).to_string());
        assert_eq!(number, at > 0, "the first page has no number");
    }
}

#[test]
fn the_head_of_a_table_stands_again_on_each_page_it_reaches() {
    let pages = layout::pages(&long()).unwrap();
    let with = |text: &str| -> Vec<usize> {
        let has = |page: &Page| texts(page).iter().any(|(.., said)| *said == text);
        (0..pages.len()).filter(|at| has(&pages[*at])).collect()
    };
    let rows: Vec<usize> = (0..pages.len())
        .filter(|at| texts(&pages[*at]).iter().any(|(.., text)| text.starts_with("Phường Tân Thuận")))
        .collect();
    assert!(rows.len() > 1, "{rows:?}");
    assert_eq!(with("Phường"), rows);
    assert_eq!(with("II. SỐ CA THEO PHƯỜNG"), [rows[0]], "a heading stands with what it heads");
}

#[test]
fn letters_shrink_before_the_names_of_wards_break() {
    let pages = layout::pages(&long()).unwrap();
    let rows = pages.iter().flat_map(texts).filter(|(.., text)| text.starts_with("Phường Tân Thuận"));
    let names: Vec<&str> = rows.map(|(.., text)| text).collect();
    assert!(names.len() == 60 && names.iter().all(|name| name.contains("Thuận Đông ")), "{names:?}");
}

#[test]
fn the_edges_of_a_paragraph_are_straight_and_no_line_stands_alone() {
    let pages = layout::pages(&long()).unwrap();
    let line = |text: &str| text.contains("khuỷu") || text.contains("thuở");
    let lines: Vec<Vec<_>> =
        pages.iter().map(|page| body(page).into_iter().filter(|(.., text)| line(text)).collect()).collect();
    let counts: Vec<usize> = lines.iter().map(Vec::len).filter(|n| *n > 0).collect();
    assert!(counts.len() > 1 && counts.iter().all(|n| *n > 1), "{counts:?}");
    let all: Vec<_> = lines.into_iter().flatten().collect();
    let (last, full) = all.split_last().unwrap();
    assert!(full.iter().all(|(_, to, ..)| (to - RIGHT).abs() < HAIR), "both edges");
    assert!(last.1 <= RIGHT);
}

#[test]
fn the_squares_of_a_code_are_those_of_its_modules() {
    let pages = layout::pages(&decision()).unwrap();
    let code = pages[0].marks.iter().find_map(|mark| match mark {
        Mark::Code(code) => Some(code),
        _ => None,
    });
    let drawn = code.unwrap();
    let dark = code_of(29).into_iter().flatten().filter(|dark| *dark).count();
    assert_eq!(drawn.bars.iter().map(|(.., length)| length).sum::<usize>(), dark);
    assert!((drawn.width() - 26.0 * 72.0 / 25.4).abs() < HAIR);
}

#[test]
fn a_ragged_table_and_a_code_that_is_no_square_are_faults() {
    let head = vec![Head::default(), Head::default()];
    let table = Table { head, rows: vec![vec!["1".to_owned()]], sum: false };
    let ragged = Paper { parts: vec![Part::Table(table)], ..decision() };
    assert!(matches!(pdf(&ragged), Err(Fault::Ragged)));
    let mut paper = decision();
    paper.check.as_mut().unwrap().qr[3].pop();
    assert!(matches!(pdf(&paper), Err(Fault::NotSquare)));
}

#[test]
fn the_same_paper_gives_the_same_bytes_and_the_day_comes_in() {
    let (one, other) = (pdf(&long()).unwrap(), pdf(&long()).unwrap());
    assert!(one == other, "two files of one paper differ");
    let text = String::from_utf8_lossy(&one).into_owned();
    assert!(text.starts_with("%PDF-1."));
    assert!(text.contains("D:20211002") && text.contains("<dc:title>"), "metadata");
    assert!(one.len() < 200_000, "{} bytes", one.len());
}

#[test]
fn nothing_and_what_no_font_has_are_set_too() {
    assert!(pdf(&Paper::default()).unwrap().starts_with(b"%PDF"));
    let odd = Paper { about: "Ghi chú \u{1f637}\u{0}\u{4e2d} x".to_owned(), ..Paper::default() };
    assert!(pdf(&odd).unwrap().starts_with(b"%PDF"));
    // Letters typed as a vowel and its tone are the letters themselves.
    let parted = Paper { title: "ĐI\u{1ec0}\u{300}U Tie\u{302}\u{301}ng".to_owned(), ..Paper::default() };
    assert!(pdf(&parted).unwrap().starts_with(b"%PDF"));
}

#[test]
fn what_stands_on_a_paper_can_be_read_out_of_its_file() {
    let Some(read) = read_out(&pdf(&decision()).unwrap()) else { return };
    for text in [
        "Độc lập - Tự do - Hạnh phúc",
        "Số: 05/QĐ-UBND",
        "Tân Phong, ngày 02 tháng 10 năm 2021",
        "Huỳnh Tấn Phát",
        "ghi sức khỏe hai lần mỗi ngày",
        "Nguyễn Thị Ngọc Phượng",
        "Mã: K7QF-2M9X-PD4T",
    ] {
        assert!(read.contains(text), "no {text} in:\n{read}");
    }
}
