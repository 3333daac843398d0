//! Answers in words: the sentence, what was left out, what must be said beside it. The same on screen and in the shell.

pub mod cards;
mod html;
mod inspection;
mod rules;
mod sentence;

pub use cards::outlet_cards;
pub use inspection::{inspection_page, sources};
pub use rules::{RulePage, figure_value, rules_report, rules_workbook};
pub use sentence::{Subject, area_text, left_out_reason_text, left_out_text, sentence};

use serde::{Deserialize, Serialize};

/// The unit areas are shown in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AreaUnit {
    /// Square metres.
    SquareMetre,
    /// 公顷: 10,000 m².
    #[default]
    Hectare,
    /// 亩: 2,000/3 m².
    Mu,
    /// Square kilometres.
    SquareKilometre,
}

impl AreaUnit {
    /// Every unit, in the order of the menu.
    pub const ALL: [Self; 4] = [Self::SquareMetre, Self::Hectare, Self::Mu, Self::SquareKilometre];

    /// Square metres in one.
    pub fn in_m2(self) -> f64 {
        match self {
            Self::SquareMetre => 1.0,
            Self::Hectare => 10_000.0,
            Self::Mu => 2_000.0 / 3.0,
            Self::SquareKilometre => 1e6,
        }
    }

    /// Its name.
    pub fn name(self, lang: crate::i18n::Lang) -> &'static str {
        match (self, lang) {
            (Self::SquareMetre, _) => "m²",
            (Self::Hectare, crate::i18n::Lang::Zh) => "公顷",
            (Self::Hectare, crate::i18n::Lang::En) => "ha",
            (Self::Mu, _) => "亩",
            (Self::SquareKilometre, _) => "km²",
        }
    }
}

/// This day in UTC, `2026-11-26`.
pub fn today() -> String {
    timestamp().chars().take(10).collect()
}

/// Now, as RFC 3339 in UTC, to the second: the only part of an answer's file that differs between two runs.
pub fn timestamp() -> String {
    let now = time::OffsetDateTime::now_utc();
    let now = now.replace_nanosecond(0).unwrap_or(now);
    now.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}
