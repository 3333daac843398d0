//! Answers in words: the sentence, what was left out, what must be said beside it. The same on screen and in the shell.

pub mod cards;
mod columns;
mod comments;
mod comparison;
mod findings;
mod html;
mod inspection;
mod joined;
mod links;
mod locator;
mod needs;
mod paste;
mod place;
mod rules;
mod sentence;
mod sheets;
mod workbook;

pub use cards::outlet_cards;
use columns::position_text;
pub use columns::{Identity, column_title, is_of_role};
pub use comparison::{
    became_text, change_text, comparison_lines, comparison_page, comparison_sentences, comparison_workbook,
    numbers_text, side_text,
};
pub use findings::{event_text, state_text};
pub use inspection::{inspection_page, sources};
pub use joined::joined_lines;
pub use needs::{answers_text, lacks_text, role_text, roles_text, why_text};
pub use paste::pasted_cell;
pub use place::ReportFiles;
pub use rules::{NotRun, RulePage, RulesReport};
pub use sentence::{Subject, area_text, inside_text, left_out_reason_text, left_out_text, sentence, unknown_text};

use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;

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

static OFFSET: std::sync::OnceLock<time::UtcOffset> = std::sync::OnceLock::new();

/// Notes how far local time is from UTC; called once, before there are threads.
pub fn note_local_offset() {
    if let Ok(offset) = time::UtcOffset::current_local_offset() {
        // The first is kept.
        let _ = OFFSET.set(offset);
    }
}

/// Now, in local time to the minute, with its distance from UTC: `2026-11-29 09:30 (UTC+08:00)`.
pub fn local_time() -> String {
    in_local_time(time::OffsetDateTime::now_utc())
}

/// A moment that [`timestamp`] gave, as [`local_time`] writes it; another text as it stands.
pub fn local_text(stamp: &str) -> String {
    time::OffsetDateTime::parse(stamp, &Rfc3339).map_or_else(|_| stamp.to_owned(), in_local_time)
}

fn in_local_time(moment: time::OffsetDateTime) -> String {
    let offset = OFFSET.get().copied().unwrap_or(time::UtcOffset::UTC);
    let here = moment.to_offset(offset);
    let (hours, minutes, _) = offset.as_hms();
    let sign = if offset.is_negative() { '-' } else { '+' };
    let (date, hour, minute) = (here.date(), here.hour(), here.minute());
    format!("{date} {hour:02}:{minute:02} (UTC{sign}{:02}:{:02})", hours.unsigned_abs(), minutes.unsigned_abs())
}

/// Now, as RFC 3339 in UTC, to the second: the only part of an answer's file that differs between two runs.
pub fn timestamp() -> String {
    let now = time::OffsetDateTime::now_utc();
    let now = now.replace_nanosecond(0).unwrap_or(now);
    now.format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_in_local_time() {
        // Nobody noted an offset: local time is UTC.
        assert_eq!(local_text("2026-11-29T09:30:05Z"), "2026-11-29 09:30 (UTC+00:00)");
        assert_eq!(local_text("t"), "t");
        assert_eq!(local_text(&timestamp()).len(), local_time().len());
    }
}
