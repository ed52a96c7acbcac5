//! What is printed for gates and doors.

use super::{HAIR, code_of, read_out, texts};
use crate::{
    Batch, Card, Fault, Format, Poster, Said, Sign, Told, Zone, batch,
    card::{self, plate},
    code::{Code, DOT, QUIET},
    face, poster,
    sheet::{Colour, Mark, PAGE, Page, mm},
    sign,
};

/// As long as names become: the letters of a pass, and a business with all that the law asks of its name.
const LONG_NAME: &str =
    "Công Tằng Tôn Nữ Thị Nguyễn Hoàng Phượng Nghiêng Huyền Trương Khuynh Đường Thưởng Ngọc";
const LONG_BUSINESS: &str = "Công ty Trách nhiệm hữu hạn Một thành viên Sản xuất Thương mại Dịch vụ Xuất nhập khẩu \
    Thực phẩm Đông lạnh và Nông sản Nguyễn Trường Khương - Chi nhánh Thành phố Hồ Chí Minh";
const LINK: &str = "https://vx.example.vn/q7/v/K7QF2M";

fn said(label: &str, text: &str) -> Said {
    Said { label: label.to_owned(), text: text.to_owned() }
}

fn told(text: &str, translated: &str) -> Told {
    Told { text: text.to_owned(), translated: translated.to_owned() }
}

fn shipper() -> Card {
    Card {
        lang: "vi",
        issuer: "Ủy ban nhân dân phường Tân Phong, Quận 7".to_owned(),
        kind: "THẺ LỰC LƯỢNG".to_owned(),
        role: "Người giao hàng (shipper)".to_owned(),
        name: "Nguyễn Thị Ngọc Phượng".to_owned(),
        figure: said("Năm sinh", "1987"),
        until: said("Dùng đến hết ngày", "31/12/2021"),
        code: said("Mã 12 số, đọc khi không quét được", "4821 0937 5516"),
        qr: code_of(53),
    }
}

fn longest() -> Card {
    Card {
        issuer: "Ban chỉ đạo phòng, chống dịch COVID-19 phường Tân Thuận Đông, Quận 7, Thành phố Hồ Chí Minh"
            .to_owned(),
        kind: "THẺ NGƯỜI ĐẠI DIỆN DOANH NGHIỆP ĐƯỢC HOẠT ĐỘNG".to_owned(),
        role: "Người đại diện doanh nghiệp được phép hoạt động trở lại từ ngày 16 tháng 9".to_owned(),
        name: LONG_NAME.to_owned(),
        ..shipper()
    }
}

fn shop() -> Sign {
    Sign {
        lang: "vi",
        issuer: "Ủy ban nhân dân Quận 7".to_owned(),
        zone: Some(Zone::Green),
        title: told("CỬA HÀNG XANH", "GREEN SHOP"),
        name: "Tạp hóa Ánh Dương".to_owned(),
        address: "1806/127/2/6 Huỳnh Tấn Phát, khu phố 4, phường Tân Phong, Quận 7".to_owned(),
        until: said("Có giá trị đến hết ngày", "31/12/2021"),
        limit: said("Cùng lúc không quá", "20 người"),
        hint: told(
            "Quét mã để kiểm tra biển này còn giá trị.",
            "Scan to see whether this sign still stands.",
        ),
        footer: "In lúc 25/09/2021 07:05".to_owned(),
        qr: code_of(53),
    }
}

fn wall() -> Poster {
    Poster {
        lang: "vi",
        format: Format::A4,
        issuer: "Ủy ban nhân dân Quận 7".to_owned(),
        title: told("QUÉT MÃ KHI VÀO", "SCAN WHEN YOU COME IN"),
        name: "Siêu thị Ánh Dương, cửa Nguyễn Thị Thập".to_owned(),
        link: LINK.to_owned(),
        steps: [
            told(
                "Mở máy ảnh của điện thoại, đưa vào ô vuông.",
                "Open your phone's camera and point it at the square.",
            ),
            told("Bấm vào địa chỉ hiện ra.", "Tap the address that appears."),
            told(
                "Xem màu và giơ màn hình cho người gác cửa.",
                "See your colour and show the screen to the guard.",
            ),
        ],
        qr: code_of(29),
    }
}

fn codes(page: &Page) -> Vec<&Code> {
    let marks = page.marks.iter();
    let codes = marks.filter_map(|mark| match mark {
        Mark::Code(code) => Some(code),
        _ => None,
    });
    codes.collect()
}

/// Left, top, right, bottom.
type Edges = (f32, f32, f32, f32);

/// Of a code with its white.
fn white(code: &Code) -> Edges {
    let (white, width) = (QUIET * code.side, code.width());
    (code.x - white, code.y - white, code.x + width + white, code.y + width + white)
}

/// Each line of text: where its letters stand, without their accents, and the text.
fn lines(page: &Page) -> Vec<(Edges, &str)> {
    let line = |mark| match mark {
        &Mark::Text { x, y, size, ref run, .. } => {
            Some(((x, y - 0.65 * size, x + run.width() * size, y), run.text.as_str()))
        }
        _ => None,
    };
    page.marks.iter().filter_map(line).collect()
}

fn meet(a: Edges, b: Edges) -> bool {
    a.0 + HAIR < b.2 && b.0 + HAIR < a.2 && a.1 + HAIR < b.3 && b.1 + HAIR < a.3
}

/// All letters on the page `edge` from its edges, none on another or in the white of a code, and every
/// code on the page with its white.
fn stands_apart(page: &Page, edge: f32) {
    let (width, height) = page.size;
    let lines = lines(page);
    for (at, (line, text)) in lines.iter().enumerate() {
        let inside = line.0 >= edge - HAIR && line.2 <= width - edge + HAIR;
        assert!(inside && line.1 >= edge && line.3 <= height - edge, "{text} at {line:?}");
        for code in codes(page) {
            assert!(!meet(*line, white(code)), "{text} in the white of a code");
        }
        for (other, said) in &lines[at + 1..] {
            assert!(!meet(*line, *other), "{text} on {said}");
        }
    }
    for code in codes(page) {
        let white = white(code);
        assert!(white.0 >= -HAIR && white.1 >= -HAIR && white.2 <= width + HAIR && white.3 <= height + HAIR);
    }
}

/// Width and height of each page, as the file says.
fn sizes(file: &[u8]) -> Vec<(f32, f32)> {
    let text = String::from_utf8_lossy(file).into_owned();
    let boxes = text.split("/MediaBox").skip(1).map(|rest| {
        let numbers = rest.trim_start().trim_start_matches('[').split(']').next().unwrap();
        let numbers: Vec<f32> = numbers.split_whitespace().map(|number| number.parse().unwrap()).collect();
        (numbers[2] - numbers[0], numbers[3] - numbers[1])
    });
    boxes.collect()
}

fn measures(file: &[u8], width: f32, height: f32) {
    let sizes = sizes(file);
    assert!(!sizes.is_empty());
    for size in sizes {
        assert!((size.0 - mm(width)).abs() < 0.01 && (size.1 - mm(height)).abs() < 0.01, "{size:?}");
    }
}

fn cards(n: usize) -> Vec<Card> {
    (0..n).map(|at| Card { name: format!("Trần Văn {at}"), ..shipper() }).collect()
}

fn batch() -> Batch {
    Batch {
        lang: "vi",
        name: "Công ty Ánh Dương, ca ngày".to_owned(),
        unit: "Ủy ban nhân dân phường Tân Phong".to_owned(),
        time: "In lúc 25/09/2021 07:05".to_owned(),
        page: "Trang".to_owned(),
        left: String::new(),
    }
}

#[test]
fn pages_measure_what_they_are_cut_and_printed_to() {
    measures(&crate::card(&shipper()).unwrap(), 85.60, 53.98);
    measures(&crate::sheet(&batch(), &cards(2)).unwrap(), 210.0, 297.0);
    measures(&crate::sign(&shop()).unwrap(), 210.0, 297.0);
    measures(&crate::poster(&wall()).unwrap(), 210.0, 297.0);
    measures(&crate::poster(&Poster { format: Format::A3, ..wall() }).unwrap(), 297.0, 420.0);
}

#[test]
fn ten_cards_stand_on_a_sheet_and_the_eleventh_on_the_next() {
    face::check().unwrap();
    for (n, pages) in [(1, 1), (10, 1), (11, 2), (95, 10)] {
        let set = batch::pages(&batch(), &cards(n)).unwrap();
        assert_eq!(set.len(), pages);
        assert_eq!(set.iter().map(|page| codes(page).len()).sum::<usize>(), n);
        for (page, at) in set.iter().zip(1..) {
            stands_apart(page, mm(3.0));
            let said: Vec<&str> = texts(page).into_iter().map(|(.., text)| text).collect();
            assert!(said[0].starts_with("Công ty Ánh Dương, ca ngày · Ủy ban"), "{}", said[0]);
            assert_eq!(said[1], format!("In lúc 25/09/2021 07:05 · Trang {at}/{pages}"));
        }
    }
    assert_eq!(sizes(&crate::sheet(&batch(), &cards(11)).unwrap()).len(), 2);
    assert!(matches!(crate::sheet(&batch(), &[]), Err(Fault::NoCards)));
}

#[test]
fn how_many_are_not_printed_stands_at_the_foot_of_the_last_page() {
    face::check().unwrap();
    let batch = Batch { left: "3 thẻ không in".to_owned(), ..batch() };
    let pages = batch::pages(&batch, &cards(11)).unwrap();
    let said = |page: &Page| {
        let lines = lines(page);
        lines.into_iter().find(|(_, text)| *text == "3 thẻ không in").map(|(edges, _)| edges)
    };
    assert!(said(&pages[0]).is_none());
    let edges = said(&pages[1]).unwrap();
    assert!(edges.1 > batch::corner(0, 5).1 + mm(1.0), "below the cards: {edges:?}");
    for page in &pages {
        stands_apart(page, mm(3.0));
    }
}

#[test]
fn cards_are_cut_at_their_true_size_along_the_marks() {
    let pages = batch::pages(&batch(), &cards(1)).unwrap();
    let cuts = pages[0].marks.iter().find_map(|mark| match mark {
        Mark::Ink(areas) => Some(areas.clone()),
        _ => None,
    });
    let cuts = cuts.unwrap();
    let mut across: Vec<f32> = cuts.iter().filter(|cut| cut.2 < cut.3).map(|cut| cut.0).collect();
    let mut down: Vec<f32> = cuts.iter().filter(|cut| cut.2 > cut.3).map(|cut| cut.1).collect();
    for (lines, step, n) in [(&mut across, mm(85.60), 3), (&mut down, mm(53.98), 6)] {
        lines.sort_by(f32::total_cmp);
        lines.dedup_by(|a, b| (*a - *b).abs() < HAIR);
        assert_eq!(lines.len(), n);
        assert!(lines.windows(2).all(|pair| (pair[1] - pair[0] - step).abs() < 0.01), "{lines:?}");
    }
    assert!(across[0] > mm(15.0) && down[0] > mm(12.0), "{across:?} {down:?}");
}

#[test]
fn the_longest_name_stays_in_its_box_and_none_of_it_is_lost() {
    for card in [shipper(), longest(), Card { name: LONG_BUSINESS.to_owned(), ..longest() }] {
        let page = plate(&card).unwrap().page();
        stands_apart(&page, mm(2.8));
        let all: Vec<&str> = lines(&page).into_iter().map(|(_, text)| text).collect();
        let all = all.join(" ");
        for text in [&card.issuer, &card.kind, &card.role, &card.name] {
            assert!(all.contains(text.as_str()), "no {text} in: {all}");
        }
    }
    let sizes = |name: &str| -> Vec<f32> {
        let page = plate(&Card { name: name.to_owned(), ..shipper() }).unwrap().page();
        let size = |mark: &Mark| match mark {
            Mark::Text { size, run, .. } if name.contains(run.text.as_str()) => Some(*size),
            _ => None,
        };
        page.marks.iter().filter_map(size).collect()
    };
    assert!(sizes("Lê An")[0] > 16.9 && sizes("Nguyễn Thị Ngọc Phượng")[0] > 15.0);
    assert!(sizes(LONG_NAME)[0] > 8.0, "{:?}", sizes(LONG_NAME));
}

#[test]
fn what_no_letters_are_small_enough_for_is_cut_and_says_so() {
    let endless = [LONG_BUSINESS; 12].join(" ");
    for name in [endless.clone(), "Nguyễn".repeat(200)] {
        let card = Card { name: name.clone(), issuer: name.clone(), role: name.clone(), ..longest() };
        let page = plate(&card).unwrap().page();
        stands_apart(&page, mm(2.8));
        assert_eq!(lines(&page).iter().filter(|(_, text)| text.ends_with('…')).count(), 3);
        let title = told(&name, &name);
        let sign = Sign { name: name.clone(), address: name.clone(), title, ..shop() };
        stands_apart(&sign::page(&sign).unwrap(), mm(6.0));
        let poster = Poster { name: name.clone(), steps: [0; 3].map(|_| told(&name, &name)), ..wall() };
        stands_apart(&poster::page(&poster).unwrap(), mm(6.0));
    }
}

#[test]
fn modules_are_whole_dots_and_coarse_enough_for_a_cheap_camera() {
    let whole = |length: f32| (length / DOT - (length / DOT).round()).abs() < 0.01;
    let mut codes_seen = 0;
    let mut pages = batch::pages(&batch(), &cards(10)).unwrap();
    pages.push(plate(&shipper()).unwrap().page());
    pages.push(sign::page(&shop()).unwrap());
    pages.push(poster::page(&Poster { qr: code_of(53), ..wall() }).unwrap());
    for code in pages.iter().flat_map(codes) {
        codes_seen += 1;
        assert!(whole(code.side) && whole(code.x) && whole(code.y), "{} {} {}", code.side, code.x, code.y);
        assert!(code.side >= mm(0.5), "{} pt", code.side);
    }
    assert_eq!(codes_seen, 13);
    for n in [45, 49, 53, 57, 61, 77] {
        let page = plate(&Card { qr: code_of(n), ..shipper() }).unwrap().page();
        let (left, top, right, bottom) = white(codes(&page)[0]);
        assert!(right - left >= mm(30.0) && (right - left - (bottom - top)).abs() < 0.01, "{n} modules");
        stands_apart(&page, mm(2.8));
    }
    assert!(matches!(plate(&Card { qr: code_of(81), ..shipper() }), Err(Fault::Fine)));
}

#[test]
fn a_module_is_a_square_in_the_file_too() {
    let page = plate(&shipper()).unwrap().page();
    let code = codes(&page)[0];
    let dark: usize = code_of(53).into_iter().flatten().filter(|dark| *dark).count();
    assert_eq!(code.bars.iter().map(|(.., length)| length).sum::<usize>(), dark);
    assert!(code.bars.iter().all(|(x, y, length)| x + length <= 53 && *y < 53 && *length > 0));
    assert!((code.width() - 53.0 * 7.0 * DOT).abs() < 0.01);
}

#[test]
fn the_code_of_a_poster_measures_fifteen_centimetres_whatever_its_address() {
    for format in [Format::A4, Format::A3] {
        for n in [21, 25, 29, 33, 37, 41, 45, 53] {
            let page = poster::page(&Poster { format, qr: code_of(n), ..wall() }).unwrap();
            let code = codes(&page)[0];
            assert!(code.width() >= mm(150.0) - 0.01, "{n}: {}", code.width());
            stands_apart(&page, mm(5.0));
            let link = lines(&page).into_iter().find(|(_, text)| *text == LINK).unwrap().0;
            assert!(link.1 > code.y + code.width() && link.3 - link.1 > mm(4.0), "below, and large");
        }
    }
}

#[test]
fn signs_differ_by_shape_and_word_as_well_as_by_colour() {
    let shapes = |zone| -> Vec<String> {
        let page = sign::page(&Sign { zone, ..shop() }).unwrap();
        let shape = |mark: &Mark| match mark {
            Mark::Shape { corners, .. } => Some(format!("{corners:?}")),
            Mark::Disc { radius, .. } => Some(format!("disc {radius}")),
            _ => None,
        };
        page.marks.iter().filter_map(shape).collect()
    };
    let zones = [Zone::Green, Zone::Yellow, Zone::Orange, Zone::Red].map(|zone| shapes(Some(zone)));
    for (at, zone) in zones.iter().enumerate() {
        assert!(zones[at + 1..].iter().all(|other| other != zone));
    }
    let page = sign::page(&shop()).unwrap();
    stands_apart(&page, mm(6.0));
    let title = lines(&page).into_iter().find(|(_, text)| *text == "CỬA HÀNG XANH").unwrap().0;
    assert!(title.3 - title.1 > mm(8.0), "the word is read from across the street");
    let plain = Sign { title: told("DOANH NGHIỆP XANH", ""), name: LONG_BUSINESS.to_owned(), ..shop() };
    stands_apart(&sign::page(&plain).unwrap(), mm(6.0));
}

#[test]
fn a_sign_of_an_unknown_zone_claims_no_colour() {
    let sign = Sign { zone: None, title: told("KHU PHỐ", "NEIGHBOURHOOD"), ..shop() };
    let page = sign::page(&sign).unwrap();
    let black = |mark: &Mark| match mark {
        Mark::Shape { colour, .. } | Mark::Text { colour, .. } | Mark::Disc { colour, .. } => {
            matches!(colour, Colour::Black)
        }
        _ => true,
    };
    assert!(page.marks.iter().all(black));
    assert!(
        !page.marks.iter().any(|mark| matches!(mark, Mark::Disc { .. })),
        "nor a shape that stands for one"
    );
    let title = lines(&page).into_iter().find(|(_, text)| *text == "KHU PHỐ").unwrap().0;
    assert!(title.3 - title.1 > mm(8.0));
}

#[test]
fn the_same_cards_give_the_same_bytes_and_a_thousand_stay_small() {
    let all = cards(200);
    let (one, other) = (crate::sheet(&batch(), &all).unwrap(), crate::sheet(&batch(), &all).unwrap());
    assert!(one == other && one.starts_with(b"%PDF-1."));
    assert!(one.len() < 200 * 6_000, "{} bytes for 200 cards", one.len());
    assert!(crate::card(&shipper()).unwrap() == crate::card(&shipper()).unwrap());
    assert!(crate::sign(&shop()).unwrap() == crate::sign(&shop()).unwrap());
    assert!(crate::poster(&wall()).unwrap() == crate::poster(&wall()).unwrap());
}

#[test]
fn nothing_is_printed_without_its_code() {
    assert!(matches!(crate::card(&Card { qr: Vec::new(), ..shipper() }), Err(Fault::NotSquare)));
    let mut ragged = code_of(53);
    ragged[7].pop();
    assert!(matches!(crate::card(&Card { qr: ragged.clone(), ..shipper() }), Err(Fault::NotSquare)));
    assert!(matches!(crate::sign(&Sign { qr: ragged.clone(), ..shop() }), Err(Fault::NotSquare)));
    assert!(matches!(crate::poster(&Poster { qr: ragged, ..wall() }), Err(Fault::NotSquare)));
    assert!(matches!(crate::poster(&Poster::default()), Err(Fault::NotSquare)));
    let bare = Card { qr: code_of(53), ..Card::default() };
    assert!(crate::card(&bare).unwrap().starts_with(b"%PDF"));
}

#[test]
fn what_stands_on_cards_signs_and_posters_can_be_read_out_of_their_files() {
    let files = [
        (
            crate::card(&shipper()).unwrap(),
            vec!["Năm sinh", "1987", "4821 0937 5516", "31/12/2021", "(shipper)"],
        ),
        (crate::sheet(&batch(), &cards(11)).unwrap(), vec!["Trang 1/2", "Trang 2/2", "Trần Văn 10"]),
        (
            crate::sign(&shop()).unwrap(),
            vec!["CỬA HÀNG XANH", "Tạp hóa Ánh Dương", "Huỳnh Tấn Phát", "20 người"],
        ),
        (crate::poster(&wall()).unwrap(), vec![LINK, "QUÉT MÃ KHI VÀO", "Tap the address that appears."]),
    ];
    for (file, texts) in files {
        let Some(read) = read_out(&file) else { return };
        for text in texts {
            assert!(read.contains(text), "no {text} in:\n{read}");
        }
    }
}

#[test]
fn a_card_is_as_large_as_a_bank_card() {
    assert!((card::SIZE.0 / mm(1.0) - 85.6).abs() < 0.001 && (card::SIZE.1 / mm(1.0) - 53.98).abs() < 0.001);
    assert!(2.0 * card::SIZE.0 < PAGE.0 && 5.0 * card::SIZE.1 < PAGE.1);
}
