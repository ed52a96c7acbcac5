//! The fonts and what a text measures in them.
//!
//! Libertinus Serif has every Vietnamese letter; its licence (`fonts/OFL.txt`) lets a program carry it
//! and a file embed it.

use crate::Fault;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, Face as Shaper, Feature, ShapePlan, UnicodeBuffer, script, ttf_parser::Tag};
use std::{ops::Range, sync::LazyLock};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    Regular,
    Bold,
    Italic,
    /// Bold letters, slanted: the family's own bold italic lacks ơ and ư.
    BoldItalic,
}

#[cfg(test)]
pub(crate) const FACES: [Face; 4] = [Face::Regular, Face::Bold, Face::Italic, Face::BoldItalic];
const FILES: [&[u8]; 3] = [
    include_bytes!("../fonts/LibertinusSerif-Regular.otf"),
    include_bytes!("../fonts/LibertinusSerif-Bold.otf"),
    include_bytes!("../fonts/LibertinusSerif-Italic.otf"),
];

struct Loaded {
    shaper: Shaper<'static>,
    /// Made once: it costs more than a word.
    plan: ShapePlan,
    font: Font,
}

static LOADED: LazyLock<Vec<Loaded>> = LazyLock::new(|| {
    // Joined letters ("Th" as one glyph) read oddly in Vietnamese, where it begins every tenth word.
    let apart = [b"liga", b"clig"].map(|tag| Feature::new(Tag::from_bytes(tag), 0, ..));
    let load = |bytes: &'static [u8]| {
        let shaper = Shaper::from_slice(bytes, 0)?;
        let plan = ShapePlan::new(&shaper, Direction::LeftToRight, Some(script::LATIN), None, &apart);
        Some(Loaded { shaper, plan, font: Font::new(bytes.into(), 0)? })
    };
    FILES.into_iter().map_while(load).collect()
});

/// Fails where a font of the program is broken. Asked once, before anything is measured.
pub(crate) fn check() -> Result<(), Fault> {
    if LOADED.len() == FILES.len() { Ok(()) } else { Err(Fault::Font) }
}

impl Face {
    fn loaded(self) -> &'static Loaded {
        &LOADED[match self {
            Self::Regular => 0,
            Self::Bold | Self::BoldItalic => 1,
            Self::Italic => 2,
        }]
    }

    /// To the right for each step up.
    pub(crate) const fn slant(self) -> Option<f32> {
        if matches!(self, Self::BoldItalic) { Some(0.21) } else { None }
    }

    pub(crate) fn font(self) -> Font {
        self.loaded().font.clone()
    }

    /// Whether the font has a glyph for the letter.
    #[cfg(test)]
    pub(crate) fn has(self, letter: char) -> bool {
        self.loaded().shaper.glyph_index(letter).is_some()
    }

    #[cfg(test)]
    pub(crate) fn name(self) -> String {
        let names = self.loaded().shaper.names();
        names.into_iter().find(|name| name.name_id == 6).and_then(|name| name.to_string()).unwrap_or_default()
    }
}

/// A text of one face with its glyphs; lengths are in ems.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub text: String,
    pub face: Face,
    glyphs: Vec<Glyph>,
}

#[derive(Clone, Debug)]
struct Glyph {
    id: u32,
    advance: f32,
    x: f32,
    y: f32,
    /// The bytes of the text that it stands for.
    of: Range<usize>,
}

impl Run {
    pub(crate) fn new(text: String, face: Face) -> Self {
        let Loaded { shaper, plan, .. } = face.loaded();
        let em = shaper.units_per_em() as f32;
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(&text);
        buffer.set_direction(Direction::LeftToRight);
        buffer.set_script(script::LATIN);
        let shaped = rustybuzz::shape_with_plan(shaper, plan, buffer);
        let starts: Vec<usize> = shaped.glyph_infos().iter().map(|info| info.cluster as usize).collect();
        let glyphs = shaped
            .glyph_infos()
            .iter()
            .zip(shaped.glyph_positions())
            .zip(1..)
            .map(|((info, position), next)| {
                let start = info.cluster as usize;
                let end = starts[next..].iter().copied().find(|other| *other > start);
                Glyph {
                    id: info.glyph_id,
                    advance: position.x_advance as f32 / em,
                    x: position.x_offset as f32 / em,
                    y: position.y_offset as f32 / em,
                    of: start..end.unwrap_or(text.len()),
                }
            })
            .collect();
        Self { text, face, glyphs }
    }

    /// How many bytes of the text stand in so many ems; its first letter always.
    pub(crate) fn most(&self, ems: f32) -> usize {
        let mut filled = 0.0;
        let over = self.glyphs.iter().find(|glyph| {
            filled += glyph.advance;
            filled > ems && glyph.of.start > 0
        });
        over.map_or(self.text.len(), |glyph| glyph.of.start)
    }

    pub(crate) fn width(&self) -> f32 {
        self.glyphs.iter().map(|glyph| glyph.advance).sum()
    }

    pub(crate) fn spaces(&self) -> usize {
        self.glyphs.iter().filter(|glyph| self.is_space(glyph)).count()
    }

    /// Makes each space wider, or narrower.
    pub(crate) fn widen(&mut self, by: f32) {
        for at in 0..self.glyphs.len() {
            if self.is_space(&self.glyphs[at]) {
                self.glyphs[at].advance += by;
            }
        }
    }

    fn is_space(&self, glyph: &Glyph) -> bool {
        &self.text[glyph.of.clone()] == " "
    }

    /// What is drawn.
    pub(crate) fn drawn(&self) -> Vec<KrillaGlyph> {
        let glyph = |one: &Glyph| {
            KrillaGlyph::new(GlyphId::new(one.id), one.advance, one.x, one.y, 0.0, one.of.clone(), None)
        };
        self.glyphs.iter().map(glyph).collect()
    }
}
