//! What is said of rows with a doubtful geometry, and of types that are not read.

use super::draw::Trouble;
use super::notes;
use crate::i18n::{Lang, count, tr};
use crate::io::formats::Note;
use std::collections::BTreeMap;

/// The note on a row.
pub(super) fn trouble_note(trouble: Trouble, row: usize, kind: &str) -> Note {
    let (key, say): (&'static str, Box<dyn Fn(Lang) -> String + '_>) = match trouble {
        Trouble::NotFinite => (
            "format.cad.not_finite",
            Box::new(move |lang| tr!(lang, "format.cad.not_finite", kind = kind).into_owned()),
        ),
        Trouble::BadSpline => {
            ("format.cad.bad_spline", Box::new(|lang| tr!(lang, "format.cad.bad_spline").into_owned()))
        }
        Trouble::BadHatch => ("format.cad.bad_hatch", Box::new(|lang| tr!(lang, "format.cad.bad_hatch").into_owned())),
        Trouble::Gap => ("format.cad.hatch_gap", Box::new(|lang| tr!(lang, "format.cad.hatch_gap").into_owned())),
        Trouble::TooNested => {
            ("format.cad.too_nested", Box::new(|lang| tr!(lang, "format.cad.too_nested").into_owned()))
        }
        Trouble::Empty => {
            ("format.cad.empty", Box::new(move |lang| tr!(lang, "format.cad.empty", kind = kind).into_owned()))
        }
    };
    notes::doubt(key, Some(row), say)
}

/// Types with their numbers, the most first.
pub(super) fn list(counts: &BTreeMap<String, usize>) -> String {
    let mut all: Vec<(&String, &usize)> = counts.iter().collect();
    all.sort_by_key(|(_, number)| std::cmp::Reverse(**number));
    let told = all.iter().take(12).map(|(name, number)| format!("{name} {}", count(**number)));
    let more = if all.len() > 12 { "…" } else { "" };
    format!("{}{more}", told.collect::<Vec<_>>().join("、"))
}
