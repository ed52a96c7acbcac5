//! Where everything stands (Decree 30/2020, appendix I).

use crate::{
    Check, Fault, Paper, Part, Signature,
    code::{Code, QUIET},
    face::{self, Face},
    lines::{Align, extent},
    sheet::{BOTTOM, Column, LEFT, Mark, PAGE, Page, RIGHT, STROKE, Sheet, Style, TOP, WIDTH, mm},
    table,
};

/// Of the body.
const BODY: f32 = 14.0;
const HEAD: f32 = 13.0;
const SMALL: f32 = 11.0;
const FOOTER: f32 = 9.0;
/// Of the first line of a paragraph.
const INDENT: f32 = mm(10.0);
/// Between paragraphs.
const GAP: f32 = 6.0;
/// The left half of the head; the nation asks for more.
const HEAD_LEFT: f32 = mm(67.0);
/// Between what stands side by side.
const ALLEY: f32 = mm(4.0);
/// Between letters and the rule below them.
const RISE: f32 = 2.0;
/// Where a hand signs.
const HAND: f32 = mm(22.0);
const CODE: f32 = mm(26.0);

/// The paper as pages.
pub(crate) fn pages(paper: &Paper) -> Result<Vec<Page>, Fault> {
    face::check()?;
    let mut sheet = Sheet::new(crown(&paper.void));
    sheet.place(head(paper));
    sheet.place(title(paper));
    for part in &paper.parts {
        set(&mut sheet, part)?;
    }
    sheet.gap(GAP * 2.0);
    sheet.place(foot(paper)?);
    let mut pages = sheet.pages;
    number(&mut pages);
    footer(&mut pages, &paper.footer);
    Ok(pages)
}

/// That the paper no longer stands.
fn crown(void: &str) -> Column {
    let mut column = Column::new(LEFT, WIDTH);
    if !void.is_empty() {
        framed(&mut column, void, BODY, 1.5);
        column.gap(GAP * 2.0);
    }
    column
}

fn framed(column: &mut Column, text: &str, size: f32, stroke: f32) {
    let top = column.height;
    let mut inner = Column::new(column.x + GAP, column.width - 2.0 * GAP);
    inner.gap(GAP);
    inner.text(text, Face::Bold, Style::new(size, Align::Centre));
    inner.gap(GAP);
    column.beside(inner, top);
    column.frame(top, stroke);
}

fn head(paper: &Paper) -> Column {
    let centred = Style::new(HEAD, Align::Centre);
    let mut left = Column::new(LEFT, HEAD_LEFT);
    left.text(&paper.parent, Face::Regular, centred);
    let issuer = left.text(&paper.issuer, Face::Bold, centred);
    if issuer > 0.0 {
        // From a third to half as long as the line above it.
        left.gap(RISE);
        left.rule(issuer * 0.4);
    }
    let x = LEFT + HEAD_LEFT + ALLEY;
    let mut right = Column::new(x, RIGHT - x);
    if let Some(nation) = &paper.nation {
        right.text(&nation.name, Face::Bold, Style::new(12.0, Align::Centre));
        let motto = right.text(&nation.motto, Face::Bold, centred);
        right.gap(RISE);
        right.rule(motto);
    }
    // The number and the date stand on one line.
    let row = left.height.max(right.height) + GAP;
    let mut number = Column::new(LEFT, HEAD_LEFT);
    number.text(&paper.symbol, Face::Regular, centred);
    let mut date = Column::new(x, RIGHT - x);
    date.text(&paper.place_and_date, Face::Italic, centred);
    left.beside(right, 0.0);
    left.beside(number, row);
    left.beside(date, row);
    left
}

fn title(paper: &Paper) -> Column {
    let bold = Style::new(BODY, Align::Centre);
    let mut column = Column::new(LEFT, WIDTH);
    column.gap(GAP * 3.0);
    column.text(&paper.title, Face::Bold, bold);
    let mut about = Column::new(LEFT + INDENT, WIDTH - 2.0 * INDENT);
    let widest = about.text(&paper.about, Face::Bold, bold);
    if widest > 0.0 {
        about.gap(RISE);
        about.rule(widest * 0.4);
    }
    let top = column.height;
    column.beside(about, top);
    column.gap(GAP);
    column
}

fn set(sheet: &mut Sheet, part: &Part) -> Result<(), Fault> {
    let full = Style::new(BODY, Align::Full);
    sheet.gap(GAP);
    match part {
        Part::Heading(text) => {
            let style = Style::new(BODY, Align::Left);
            // With two lines of what it heads.
            sheet.need(style.leading() * 3.0 + GAP);
            sheet.paragraph(&[(text, Face::Bold)], style, LEFT);
        }
        Part::Ground(text) => sheet.paragraph(&[(text, Face::Italic)], full.indented(INDENT), LEFT),
        Part::Article(lead, text) => {
            sheet.paragraph(&[(lead, Face::Bold), (text, Face::Regular)], full.indented(INDENT), LEFT);
        }
        Part::Text(text) => {
            for text in text.lines() {
                sheet.paragraph(&[(text, Face::Regular)], full.indented(INDENT), LEFT);
            }
        }
        Part::Item(text) => {
            sheet.paragraph(&[("–", Face::Regular), (text, Face::Regular)], full.indented(INDENT), LEFT);
        }
        Part::Note(text) => {
            sheet.paragraph(&[(text, Face::Italic)], Style::new(SMALL, Align::Left), LEFT);
        }
        Part::Notice(text) => {
            let mut column = Column::new(LEFT, WIDTH);
            framed(&mut column, text, 28.0, 2.0);
            sheet.place(column);
        }
        Part::Facts(facts) => set_facts(sheet, facts),
        Part::Table(table) => table::set(sheet, table)?,
    }
    Ok(())
}

/// Names to the left, as wide as the widest of them but never more than half.
fn set_facts(sheet: &mut Sheet, facts: &[(String, String)]) {
    let style = Style::new(BODY, Align::Left);
    let labels: Vec<String> = facts.iter().map(|(name, _)| format!("{name}:")).collect();
    let widths = labels.iter().map(|label| extent(label, Face::Regular).1 * BODY);
    let width = widths.fold(0.0, f32::max).min(WIDTH / 2.0) + 0.5;
    let x = LEFT + width + ALLEY;
    for (label, (_, value)) in labels.iter().zip(facts) {
        let mut name = Column::new(LEFT, width);
        name.text(label, Face::Regular, style);
        let mut said = Column::new(x, RIGHT - x);
        said.text(value, Face::Regular, style);
        name.beside(said, 0.0);
        sheet.place(name);
    }
}

/// Who gets it, who promises, who signs.
fn foot(paper: &Paper) -> Result<Column, Fault> {
    let half = (WIDTH - ALLEY) / 2.0;
    let mut left = Column::new(LEFT, half);
    let mut right = Column::new(LEFT + half + ALLEY, half);
    sign(&mut right, &paper.signer);
    sign(&mut left, &paper.holder);
    if !paper.recipients.lines.is_empty() {
        left.text(&paper.recipients.label, Face::BoldItalic, Style::new(12.0, Align::Left));
        for line in &paper.recipients.lines {
            left.text(line, Face::Regular, Style::new(SMALL, Align::Left));
        }
    }
    if let Some(check) = &paper.check {
        left.gap(GAP * 1.5);
        set_check(&mut left, check)?;
    }
    left.beside(right, 0.0);
    Ok(left)
}

fn sign(column: &mut Column, signature: &Signature) {
    if signature.title.is_empty() {
        return;
    }
    for line in &signature.title {
        column.text(line, Face::Bold, Style::new(HEAD, Align::Centre));
    }
    column.text(&signature.hint, Face::Italic, Style::new(12.0, Align::Centre));
    column.gap(HAND);
    column.text(&signature.name, Face::Bold, Style::new(BODY, Align::Centre));
    column.gap(GAP);
}

/// The code as a picture, and beside it as text.
fn set_check(column: &mut Column, check: &Check) -> Result<(), Fault> {
    let (top, n) = (column.height, check.qr.len());
    let mut x = column.x;
    if n > 0 {
        let side = CODE / n as f32;
        column.marks.push(Mark::Code(Code::new(&check.qr, x, top, side)?));
        x += CODE + QUIET * side;
    }
    let mut said = Column::new(x, column.x + column.width - x);
    said.text(&check.text, Face::Regular, Style::new(10.0, Align::Left));
    said.text(&check.code, Face::Bold, Style::new(10.0, Align::Left));
    column.beside(said, top);
    if n > 0 {
        column.height = column.height.max(top + CODE);
    }
    Ok(())
}

/// At the top, in the middle, from the second page on.
fn number(pages: &mut [Page]) {
    for (at, page) in pages.iter_mut().enumerate().skip(1) {
        let mut column = Column::new(LEFT, WIDTH);
        column.gap(TOP - HEAD * 1.6);
        column.text(&(at + 1).to_string(), Face::Regular, Style::new(HEAD, Align::Centre));
        page.marks.extend(column.marks);
    }
}

fn footer(pages: &mut [Page], text: &str) {
    if text.is_empty() {
        return;
    }
    for page in pages {
        let mut column = Column::new(LEFT, WIDTH);
        column.gap(BOTTOM + mm(4.0));
        column.rule(WIDTH);
        column.gap(STROKE * 3.0);
        column.text(text, Face::Regular, Style::new(FOOTER, Align::Left));
        debug_assert!(column.height < PAGE.1, "a footer of one line");
        page.marks.extend(column.marks);
    }
}
