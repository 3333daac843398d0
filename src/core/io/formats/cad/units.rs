//! The unit of a drawing: what its header says, and whether that can be.

use super::notes;
use super::space::Xyz;
use crate::i18n::{Lang, tr};
use crate::io::formats::Note;

/// The unit of a drawing's coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Units {
    /// What `$INSUNITS` says.
    pub code: i16,
    /// Metres in one unit.
    pub factor: f64,
    /// True where the header says something else than metres, but the coordinates are plainly metres of a Gauss–Krüger zone.
    pub is_overruled: bool,
    /// True where the header says inches beside imperial measurement: what the imperial template says (and GDAL, which copies
    /// it into all files), whatever the drawing is in.
    pub is_template: bool,
}

impl Units {
    /// Nothing is said.
    pub(super) fn unknown() -> Self {
        Self { code: 0, factor: 1.0, is_overruled: false, is_template: false }
    }

    /// The unit by the header's code and positions of the model space.
    ///
    /// Templates of CAD programs say millimetres (or inches), and most Chinese drawings are drawn in metres all the same. Where
    /// nine of ten positions are what only metres of a Gauss–Krüger zone in China can be, they are left as they are.
    pub(super) fn of(code: i16, is_imperial: bool, positions: impl Iterator<Item = Xyz>) -> Self {
        let factor = match code {
            1 => 0.0254,
            2 => 0.3048,
            3 => 1_609.344,
            4 => 0.001,
            5 => 0.01,
            7 => 1_000.0,
            8 => 2.54e-8,
            9 => 2.54e-5,
            10 => 0.9144,
            11 => 1e-10,
            12 => 1e-9,
            13 => 1e-6,
            14 => 0.1,
            15 => 10.0,
            16 => 100.0,
            17 => 1e9,
            21 => 1_200.0 / 3_937.0,
            _ => 1.0,
        };
        let (mut projected, mut others) = (0_usize, 0_usize);
        if factor != 1.0 {
            for [x, y, _] in positions.filter(|position| *position != [0.0; 3]) {
                let is_projected =
                    (1.8e6..6.2e6).contains(&y) && ((1.6e5..8.4e5).contains(&x) || (13e6..46e6).contains(&x));
                *if is_projected { &mut projected } else { &mut others } += 1;
            }
        }
        let is_overruled = projected > 0 && projected >= others.saturating_mul(9);
        let is_template = code == 1 && is_imperial && !is_overruled;
        Self { code, factor: if is_overruled || is_template { 1.0 } else { factor }, is_overruled, is_template }
    }

    /// What the unit is called.
    fn name(self, lang: Lang) -> String {
        match self.code {
            1 => tr!(lang, "format.cad.unit.inch"),
            2 => tr!(lang, "format.cad.unit.foot"),
            3 => tr!(lang, "format.cad.unit.mile"),
            4 => tr!(lang, "format.cad.unit.mm"),
            5 => tr!(lang, "format.cad.unit.cm"),
            6 => tr!(lang, "format.cad.unit.m"),
            7 => tr!(lang, "format.cad.unit.km"),
            10 => tr!(lang, "format.cad.unit.yard"),
            14 => tr!(lang, "format.cad.unit.dm"),
            21 => tr!(lang, "format.cad.unit.survey_foot"),
            code => tr!(lang, "format.cad.unit.other", code = code),
        }
        .into_owned()
    }

    /// What is said of the unit and the extent (in drawing units: min x, min y, max x, max y).
    pub(super) fn note(self, extent: [f64; 4]) -> Note {
        let [x0, y0, x1, y1] = extent.map(|number| rounded(number * self.factor));
        let raw = extent.map(rounded);
        let factor = self.factor;
        if self.is_overruled {
            return notes::doubt("format.cad.units_overruled", None, |lang| {
                let unit = self.name(lang);
                tr!(lang, "format.cad.units_overruled", unit = unit, x0 = raw[0], y0 = raw[1], x1 = raw[2], y1 = raw[3])
                    .into_owned()
            });
        }
        if self.is_template {
            return notes::doubt("format.cad.units_template", None, |lang| {
                tr!(lang, "format.cad.units_template", x0 = x0, y0 = y0, x1 = x1, y1 = y1).into_owned()
            });
        }
        if self.factor != 1.0 {
            return notes::information("format.cad.units_scaled", |lang| {
                let unit = self.name(lang);
                tr!(lang, "format.cad.units_scaled", unit = unit, factor = factor, x0 = x0, y0 = y0, x1 = x1, y1 = y1)
                    .into_owned()
            });
        }
        if self.code == 6 {
            return notes::information("format.cad.units_metres", |lang| {
                tr!(lang, "format.cad.units_metres", x0 = x0, y0 = y0, x1 = x1, y1 = y1).into_owned()
            });
        }
        notes::information("format.cad.units_unknown", |lang| {
            let unit = self.name(lang);
            tr!(lang, "format.cad.units_unknown", unit = unit, x0 = x0, y0 = y0, x1 = x1, y1 = y1).into_owned()
        })
    }
}

/// To three decimals, without a negative zero.
fn rounded(number: f64) -> String {
    format!("{}", (number * 1e3).round() / 1e3 + 0.0)
}
