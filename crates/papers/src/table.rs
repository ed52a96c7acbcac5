//! A table: columns as wide as what they hold asks for, rows whole, the head again on each page.

use crate::{
    Fault, Table,
    face::Face,
    lines::{Align, extent},
    sheet::{Column, LEFT, Mark, STROKE, Sheet, Style, WIDTH},
};

/// Of letters: the first of the larger ones at which no cell breaks, else the first at which no word does.
const SIZES: [f32; 4] = [12.0, 11.0, 10.0, 9.0];
const LARGER: usize = 3;
/// White to the left and right of what stands in a cell.
const PAD: f32 = 3.5;
/// White above and below.
const RISE: f32 = 1.5;

pub(crate) fn set(sheet: &mut Sheet, table: &Table) -> Result<(), Fault> {
    if table.rows.iter().any(|row| row.len() != table.head.len()) {
        return Err(Fault::Ragged);
    }
    if table.head.is_empty() {
        return Ok(());
    }
    let (size, widths) = measured(table);
    let row = |cells: &[String], face: Face, head: bool| {
        let aligns = table.head.iter().map(|column| match (head, column.number) {
            (true, _) => Align::Centre,
            (false, true) => Align::Right,
            (false, false) => Align::Left,
        });
        let styles: Vec<Style> = aligns.map(|align| Style::new(size, align)).collect();
        framed(cells, &widths, &styles, face)
    };
    let labels: Vec<String> = table.head.iter().map(|column| column.label.clone()).collect();
    let head = row(&labels, Face::Bold, true);
    let rows: Vec<Column> = table
        .rows
        .iter()
        .enumerate()
        .map(|(at, cells)| {
            let sum = table.sum && at + 1 == table.rows.len();
            row(cells, if sum { Face::Bold } else { Face::Regular }, false)
        })
        .collect();
    // A head never stands without a row.
    sheet.need(head.height + rows.first().map_or(0.0, |row| row.height));
    sheet.place(head.clone());
    for row in rows {
        if sheet.room() < row.height {
            sheet.turn();
            sheet.place(head.clone());
        }
        sheet.place(row);
    }
    Ok(())
}

/// The size of the letters and the widths of the columns, which fill the page.
fn measured(table: &Table) -> (f32, Vec<f32>) {
    let extents: Vec<(f32, f32)> = (0..table.head.len()).map(|at| column(table, at)).collect();
    let wants = |size: f32| -> Vec<(f32, f32)> {
        let padded = |ems: f32| ems * size + 2.0 * PAD + STROKE;
        extents.iter().map(|(least, most)| (padded(*least), padded(*most))).collect()
    };
    let whole = |size: &f32| wants(*size).iter().map(|(_, most)| most).sum::<f32>() <= WIDTH;
    let words = |size: &f32| wants(*size).iter().map(|(least, _)| least).sum::<f32>() <= WIDTH;
    let size = SIZES.into_iter().take(LARGER).find(whole).or_else(|| SIZES.into_iter().find(words));
    let size = size.unwrap_or(SIZES[SIZES.len() - 1]);
    (size, shared(&wants(size)))
}

/// The width of the widest word of a column and that of its longest text, in sizes of the letters.
fn column(table: &Table, at: usize) -> (f32, f32) {
    let (word, whole) = extent(&table.head[at].label, Face::Bold);
    let cells = table.rows.iter().map(|row| extent(&row[at], Face::Bold));
    // A head breaks into three lines before a column grows for it.
    cells.fold((word, word.max(whole * 0.4)), |a, b| (a.0.max(b.0), a.1.max(b.1)))
}

/// Shares the width of the page among columns: each what it wants, or between that and its least.
fn shared(wants: &[(f32, f32)]) -> Vec<f32> {
    let least: f32 = wants.iter().map(|want| want.0).sum();
    let most: f32 = wants.iter().map(|want| want.1).sum();
    if most <= WIDTH {
        return wants.iter().map(|want| want.1 * WIDTH / most).collect();
    }
    if least <= WIDTH {
        let part = (WIDTH - least) / (most - least);
        return wants.iter().map(|want| want.0 + (want.1 - want.0) * part).collect();
    }
    wants.iter().map(|want| want.0 * WIDTH / least).collect()
}

/// A row with the lines around its cells.
fn framed(cells: &[String], widths: &[f32], styles: &[Style], face: Face) -> Column {
    let mut row = Column::new(LEFT, WIDTH);
    let mut x = LEFT;
    let mut edges = vec![x];
    for ((cell, width), style) in cells.iter().zip(widths).zip(styles) {
        let mut column = Column::new(x + PAD, width - 2.0 * PAD);
        column.gap(RISE);
        column.text(cell, face, *style);
        column.height = column.height.max(style.leading() + RISE) + RISE;
        row.beside(column, 0.0);
        x += width;
        edges.push(x);
    }
    // The line below a row is the line above the next.
    let height = row.height;
    let mut ink: Vec<_> = edges.iter().map(|x| (x - STROKE / 2.0, 0.0, STROKE, height + STROKE)).collect();
    ink.extend([0.0, height].map(|y| (LEFT - STROKE / 2.0, y, WIDTH + STROKE, STROKE)));
    row.marks.push(Mark::Ink(ink));
    row
}
