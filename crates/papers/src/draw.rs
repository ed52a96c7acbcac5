//! Pages as a file.

use crate::{
    Fault, Paper,
    sheet::{Area, Mark, PAGE, Page},
};
use krilla::{
    Document,
    color::luma,
    geom::{Path, PathBuilder, Point, Rect, Transform},
    metadata::{DateTime, Metadata},
    page::PageSettings,
    paint::Fill,
};

pub(crate) fn file(paper: &Paper, pages: &[Page]) -> Result<Vec<u8>, Fault> {
    let mut document = Document::new();
    document.set_metadata(metadata(paper));
    let settings =
        || PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| Fault::Written("no page".to_owned()));
    for page in pages {
        let mut leaf = document.start_page_with(settings()?);
        let mut surface = leaf.surface();
        surface.set_fill(Some(Fill { paint: luma::Color::black().into(), ..Fill::default() }));
        for mark in &page.marks {
            match mark {
                Mark::Text { x, y, size, run } => {
                    let (at, font) = (Point::from_xy(*x, *y), run.face.font());
                    let slant =
                        run.face.slant().map(|by| Transform::from_row(1.0, 0.0, -by, 1.0, by * y, 0.0));
                    if let Some(slant) = &slant {
                        surface.push_transform(slant);
                    }
                    surface.draw_glyphs(at, &run.drawn(), font, &run.text, *size, false);
                    if slant.is_some() {
                        surface.pop();
                    }
                }
                Mark::Ink(areas) => {
                    if let Some(path) = outlined(areas) {
                        surface.draw_path(&path);
                    }
                }
            }
        }
        surface.finish();
        leaf.finish();
    }
    document.finish().map_err(|error| Fault::Written(error.to_string()))
}

fn outlined(areas: &[Area]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (x, y, width, height) in areas {
        path.push_rect(Rect::from_xywh(*x, *y, *width, *height)?);
    }
    path.finish()
}

fn metadata(paper: &Paper) -> Metadata {
    let named = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    // "QUYẾT ĐỊNH – Số: 05/QĐ-UBND"
    let told = [&paper.title, &paper.symbol].map(|text| named(text));
    let title = told.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" – ");
    let mut metadata = Metadata::new()
        .title(title)
        .description(named(&paper.about))
        .language(paper.lang.to_owned())
        .creator("Vùng Xanh".to_owned());
    if !paper.issuer.is_empty() {
        metadata = metadata.authors(vec![named(&paper.issuer)]);
    }
    if let Some(date) = paper.date {
        let (year, month, day) = (date.year().unsigned_abs(), date.month(), date.day());
        metadata =
            metadata.creation_date(DateTime::new(year).month(month.unsigned_abs()).day(day.unsigned_abs()));
    }
    metadata
}
