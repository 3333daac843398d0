//! Letters of a PDF: the outlines of the program's own fonts, each as often as it is used, as fonts of type 3 that say which
//! character a letter stands for, so that a page can be searched and copied from.

use super::super::theme;
use crate::i18n::Lang;
use eframe::egui::FontFamily;
use pdf_writer::types::{SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str};
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};
use std::collections::HashMap;

/// A font of type 3 has so many letters at most.
const LETTERS: usize = 256;

/// Where a letter is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Letter {
    /// The font, from 0.
    pub font: usize,
    /// The byte in it.
    pub code: u8,
}

/// One of the program's fonts.
struct Face {
    name: &'static str,
    font: FontRef<'static>,
    units_per_em: f32,
}

/// Letters of one face in one font of the file.
struct Font {
    face: usize,
    of: Ref,
    letters: Vec<(char, GlyphId)>,
}

/// The letters that a file's pages use.
pub(super) struct Letters {
    faces: Vec<Face>,
    /// The faces of each family, the first that has a character counts.
    families: HashMap<FontFamily, Vec<usize>>,
    known: HashMap<(usize, char), Letter>,
    fonts: Vec<Font>,
}

impl Letters {
    /// For texts of a language.
    pub(super) fn new(lang: Lang) -> Self {
        let face = |(name, bytes): (&'static str, &'static [u8])| {
            let font = FontRef::new(bytes).ok()?;
            let units_per_em = f32::from(font.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
            Some(Face { name, font, units_per_em })
        };
        let faces: Vec<Face> = theme::FACES.iter().copied().filter_map(face).collect();
        let numbered = |names: Vec<String>| {
            names.iter().filter_map(|name| faces.iter().position(|face| face.name == name)).collect()
        };
        let families =
            theme::fonts(lang).families.into_iter().map(|(family, names)| (family, numbered(names))).collect();
        Self { faces, families, known: HashMap::new(), fonts: Vec::new() }
    }

    /// The letter for a character; `None` where no font of the family has it.
    pub(super) fn letter(&mut self, family: &FontFamily, c: char, new_ref: impl FnOnce() -> Ref) -> Option<Letter> {
        let faces = self.families.get(family)?;
        let (face, glyph) = faces.iter().find_map(|face| Some((*face, self.faces[*face].font.charmap().map(c)?)))?;
        if let Some(known) = self.known.get(&(face, c)) {
            return Some(*known);
        }
        let has_room = |font: &Font| font.face == face && font.letters.len() < LETTERS;
        let font = self.fonts.iter().position(has_room).unwrap_or_else(|| {
            self.fonts.push(Font { face, of: new_ref(), letters: Vec::new() });
            self.fonts.len() - 1
        });
        let letters = &mut self.fonts[font].letters;
        letters.push((c, glyph));
        let letter = Letter { font, code: (letters.len() - 1) as u8 };
        self.known.insert((face, c), letter);
        Some(letter)
    }

    /// The object of a font.
    pub(super) fn font(&self, font: usize) -> Ref {
        self.fonts[font].of
    }

    /// Writes the fonts.
    pub(super) fn write(&self, pdf: &mut Pdf, mut new_ref: impl FnMut() -> Ref) {
        for font in &self.fonts {
            let Face { font: face, units_per_em, .. } = &self.faces[font.face];
            let (outlines, metrics) =
                (face.outline_glyphs(), face.glyph_metrics(Size::unscaled(), LocationRef::default()));
            let names: Vec<String> = (0..font.letters.len()).map(|i| format!("g{i}")).collect();
            let (procs, unicode): (Vec<Ref>, Ref) = (names.iter().map(|_| new_ref()).collect(), new_ref());
            let widths: Vec<f32> =
                font.letters.iter().map(|(_, glyph)| metrics.advance_width(*glyph).unwrap_or_default()).collect();
            let mut map = UnicodeCmap::<u8>::new(
                Name(b"Shanshui"),
                SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"UCS"), supplement: 0 },
            );
            let mut all = [0.0_f32; 4];
            for (i, (c, glyph)) in font.letters.iter().enumerate() {
                map.pair(i as u8, *c);
                let bounds = metrics.bounds(*glyph).unwrap_or_default();
                let bounds = [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max];
                all = [all[0].min(bounds[0]), all[1].min(bounds[1]), all[2].max(bounds[2]), all[3].max(bounds[3])];
                let mut pen = Pen { content: Content::new(), at: [0.0; 2] };
                pen.content.start_shape_glyph(widths[i], bounds[0], bounds[1], bounds[2], bounds[3]);
                let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
                // A letter without an outline is a space.
                if outlines.get(*glyph).is_some_and(|outline| outline.draw(settings, &mut pen).is_ok()) {
                    pen.content.fill_nonzero();
                }
                super::pdf::packed(pdf, procs[i], &pen.content.finish());
            }
            let mut written = pdf.type3_font(font.of);
            written.bbox(Rect::new(all[0], all[1], all[2], all[3]));
            written.matrix([units_per_em.recip(), 0.0, 0.0, units_per_em.recip(), 0.0, 0.0]);
            let mut named = written.char_procs();
            named.pairs(names.iter().zip(&procs).map(|(name, of)| (Name(name.as_bytes()), *of)));
            named.finish();
            let mut encoding = written.encoding_custom();
            encoding.differences().consecutive(0, names.iter().map(|name| Name(name.as_bytes())));
            encoding.finish();
            written.first_char(0).last_char((font.letters.len() - 1) as u8).widths(widths);
            written.resources();
            written.to_unicode(unicode);
            written.finish();
            pdf.cmap(unicode, &map.finish());
        }
    }
}

/// An outline as operators.
struct Pen {
    content: Content,
    at: [f32; 2],
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.content.move_to(x, y);
        self.at = [x, y];
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.content.line_to(x, y);
        self.at = [x, y];
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        // The cubic curve that is the same.
        let [from_x, from_y] = self.at;
        let third = |end: f32, middle: f32| end + (middle - end) * 2.0 / 3.0;
        self.content.cubic_to(third(from_x, cx), third(from_y, cy), third(x, cx), third(y, cy), x, y);
        self.at = [x, y];
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.content.cubic_to(ax, ay, bx, by, x, y);
        self.at = [x, y];
    }

    fn close(&mut self) {
        self.content.close_path();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_found_in_the_first_face_that_has_them_once_each() {
        let mut letters = Letters::new(Lang::Zh);
        assert_eq!(letters.faces.len(), theme::FACES.len(), "every font can be read");
        let mut next = 10;
        let mut new = || {
            next += 1;
            Ref::new(next)
        };
        let plain = FontFamily::Proportional;
        let a = letters.letter(&plain, '河', &mut new).expect("a letter");
        let b = letters.letter(&plain, 'A', &mut new).expect("a letter");
        let bold = letters.letter(&theme::bold_family(), '河', &mut new).expect("a letter");
        assert_eq!((a.font, b.font, bold.font), (0, 0, 1));
        assert_eq!(letters.letter(&plain, '河', &mut new), Some(a));
        // A character of GBK that the bold font of GB 2312 has not comes from the other.
        let rare = letters.letter(&theme::bold_family(), '镕', &mut new).expect("a letter");
        assert_eq!(rare.font, 0);
        assert_eq!(letters.letter(&plain, '\u{10FFFF}', &mut new), None);
        // Quotation marks are as wide as a character in Chinese alone.
        let english = Letters::new(Lang::En).letter(&plain, '“', &mut new).expect("a letter");
        let chinese = letters.letter(&plain, '“', &mut new).expect("a letter");
        assert_eq!((english.code, chinese.font), (0, 0));
        // More than a font holds.
        let many: Vec<Letter> = ('\u{4e00}'..'\u{4f00}').filter_map(|c| letters.letter(&plain, c, &mut new)).collect();
        assert!(many.iter().any(|letter| letter.font > 1), "{many:?}");
    }
}
