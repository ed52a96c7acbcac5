//! Pages as a file.

use crate::{
    Fault,
    code::Code,
    sheet::{Area, Colour, Mark, Page},
};
use jiff::civil::Date;
use krilla::{
    Document,
    color::{luma, rgb},
    geom::{Path, PathBuilder, Point, Rect, Transform},
    metadata::{DateTime, Metadata},
    page::PageSettings,
    paint::Fill,
    surface::Surface,
};

/// What a file says of itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Imprint<'a> {
    pub lang: &'a str,
    /// Those that are empty are left out.
    pub title: Vec<&'a str>,
    pub about: &'a str,
    pub author: &'a str,
    pub date: Option<Date>,
}

pub(crate) fn file(imprint: &Imprint<'_>, pages: &[Page]) -> Result<Vec<u8>, Fault> {
    let mut document = Document::new();
    document.set_metadata(metadata(imprint));
    for page in pages {
        let (width, height) = page.size;
        let settings =
            PageSettings::from_wh(width, height).ok_or_else(|| Fault::Written("no page".to_owned()))?;
        let mut leaf = document.start_page_with(settings);
        let mut surface = leaf.surface();
        for mark in &page.marks {
            draw(&mut surface, mark);
        }
        surface.finish();
        leaf.finish();
    }
    document.finish().map_err(|error| Fault::Written(error.to_string()))
}

fn draw(surface: &mut Surface<'_>, mark: &Mark) {
    surface.set_fill(Some(match mark {
        Mark::Text { colour, .. } | Mark::Shape { colour, .. } | Mark::Disc { colour, .. } => fill(*colour),
        Mark::Ink(_) | Mark::Code(_) => fill(Colour::Black),
    }));
    match mark {
        Mark::Text { x, y, size, run, .. } => {
            let (at, font) = (Point::from_xy(*x, *y), run.face.font());
            let slant = run.face.slant().map(|by| Transform::from_row(1.0, 0.0, -by, 1.0, by * y, 0.0));
            if let Some(slant) = &slant {
                surface.push_transform(slant);
            }
            surface.draw_glyphs(at, &run.drawn(), font, &run.text, *size, false);
            if slant.is_some() {
                surface.pop();
            }
        }
        Mark::Ink(areas) => fill_path(surface, outlined(areas)),
        Mark::Shape { corners, .. } => fill_path(surface, polygon(corners)),
        Mark::Disc { x, y, radius, .. } => fill_path(surface, disc(*x, *y, *radius)),
        Mark::Code(code) => draw_code(surface, code),
    }
}

/// In modules, whole numbers: the shortest way to write them, and no edge a hair beside its neighbour.
fn draw_code(surface: &mut Surface<'_>, code: &Code) {
    let areas: Vec<Area> =
        code.bars.iter().map(|(x, y, length)| (*x as f32, *y as f32, *length as f32, 1.0)).collect();
    surface.push_transform(&Transform::from_row(code.side, 0.0, 0.0, code.side, code.x, code.y));
    fill_path(surface, outlined(&areas));
    surface.pop();
}

fn fill(colour: Colour) -> Fill {
    let paint = match colour {
        Colour::Black => luma::Color::black().into(),
        Colour::White => luma::Color::white().into(),
        Colour::Mixed(red, green, blue) => rgb::Color::new(red, green, blue).into(),
    };
    Fill { paint, ..Fill::default() }
}

fn fill_path(surface: &mut Surface<'_>, path: Option<Path>) {
    if let Some(path) = path {
        surface.draw_path(&path);
    }
}

fn outlined(areas: &[Area]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (x, y, width, height) in areas {
        path.push_rect(Rect::from_xywh(*x, *y, *width, *height)?);
    }
    path.finish()
}

fn polygon(corners: &[(f32, f32)]) -> Option<Path> {
    let mut path = PathBuilder::new();
    let ((x, y), rest) = corners.split_first()?;
    path.move_to(*x, *y);
    for (x, y) in rest {
        path.line_to(*x, *y);
    }
    path.close();
    path.finish()
}

/// Four curves.
fn disc(x: f32, y: f32, radius: f32) -> Option<Path> {
    // How far a curve's handles reach so that a quarter of a circle comes of it.
    let (r, h) = (radius, radius * 0.552_284_8);
    let mut path = PathBuilder::new();
    path.move_to(x + r, y);
    path.cubic_to(x + r, y + h, x + h, y + r, x, y + r);
    path.cubic_to(x - h, y + r, x - r, y + h, x - r, y);
    path.cubic_to(x - r, y - h, x - h, y - r, x, y - r);
    path.cubic_to(x + h, y - r, x + r, y - h, x + r, y);
    path.close();
    path.finish()
}

fn metadata(imprint: &Imprint<'_>) -> Metadata {
    let named = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    // "QUYẾT ĐỊNH – Số: 05/QĐ-UBND"
    let told = imprint.title.iter().map(|text| named(text));
    let title = told.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" – ");
    let mut metadata = Metadata::new()
        .title(title)
        .description(named(imprint.about))
        .language(imprint.lang.to_owned())
        .creator("Vùng Xanh".to_owned());
    if !imprint.author.is_empty() {
        metadata = metadata.authors(vec![named(imprint.author)]);
    }
    if let Some(date) = imprint.date {
        let (year, month, day) = (date.year().unsigned_abs(), date.month(), date.day());
        metadata =
            metadata.creation_date(DateTime::new(year).month(month.unsigned_abs()).day(day.unsigned_abs()));
    }
    metadata
}
