//! Distances to waters, from the bank: a river's is the border of its water body, else half of its width from the centreline.
//! And the nearest of several layers, whatever they are.

use super::answer::RuleAnswer;
use super::run::Asking;
use super::told::first_names;
use super::{Said, UnknownValue};
use crate::i18n::tr;
use crate::index::IndexedLayer;
use crate::io::geojson::Added;
use crate::model::Role;
use crate::query::{Answer, AskError, Layers, Question, Side, ask_by, water_bodies_of};
use crate::vocabulary::{Doubt, Reading};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Features that distances are measured to.
#[derive(Clone, Debug)]
pub(super) struct Bank {
    /// Them.
    layer: Arc<IndexedLayer>,
    /// How far the bank lies from their geometry; metres.
    offset_m: f64,
    /// The layer that they are named by, and the row of each in it, where that is another.
    named: Option<(Arc<IndexedLayer>, Arc<HashMap<usize, usize>>)>,
}

/// What is nearest to a row.
#[derive(Clone, Debug)]
pub(super) struct NearestBank {
    pub(super) row: usize,
    /// From the bank; metres.
    pub(super) distance_m: f64,
    /// The layer of what is nearest, and its row there.
    pub(super) of: (Arc<IndexedLayer>, usize),
    /// 陆域, 水域 or nothing.
    pub(super) side: Option<Added>,
}

/// What distances to waters were measured from, for the notes.
#[derive(Clone, Debug, Default)]
pub(super) struct Banks {
    pub(super) all: Vec<Bank>,
    /// Rivers that have neither a width nor a water body: measured from their centreline.
    pub(super) without_bank: Vec<String>,
    /// Those whose width is a span: by its larger end.
    pub(super) spans: Unread,
    /// Those whose width is not understood: measured from their centreline.
    pub(super) unread: Unread,
    /// Those again, as wide as they may be: what is near only then depends on the width.
    pub(super) open: Vec<Bank>,
    /// What that depends on, by their rows.
    pub(super) doubts: BTreeMap<usize, Vec<Doubt>>,
}

/// How far the bank of a river, or the edge of a road, may lie from its line where its width is not understood; metres.
const MAY_BE_WIDE_M: [(Role, f64); 3] = [(Role::River, 500.0), (Role::Road, 50.0), (Role::Corridor, 50.0)];

/// How far the bank may lie of what has an unread width; metres.
pub(super) fn open_half_m(role: Role) -> f64 {
    MAY_BE_WIDE_M.iter().find(|(of, _)| *of == role).map_or(0.0, |(_, half_m)| *half_m)
}

/// Rivers and roads by the width that stands in the file.
pub(super) type Unread = Vec<(Role, String, String)>;

/// Rivers whose water bodies one core looks for before another may take over.
const ROWS_AT_ONCE: usize = 32;

impl Asking<'_> {
    /// What distances to the features of a role are measured to.
    pub(super) fn banks(&self, role: Role, layer: &Arc<IndexedLayer>) -> Banks {
        let has_width = matches!(role, Role::River | Role::Road | Role::Corridor);
        if !has_width || layer.feature_count() == 0 {
            let all = vec![Bank { layer: Arc::clone(layer), offset_m: 0.0, named: None }];
            return Banks { all, ..Banks::default() };
        }
        let rivers = layer.layer();
        let width = self.input.reading(role, WIDTH);
        let width_m = |row: usize| width.as_ref().and_then(|w| w.of(row).number()).filter(|m| *m > 0.0);
        let largest_m = |row: usize| width.as_ref().and_then(|w| w.largest(row)).filter(|m| *m > 0.0);
        let unread_text = |row: usize| match width.as_ref().map(|w| &**w.of(row)) {
            Some(Reading::Unknown(text)) => Some((role, rivers.label(row), text.clone())),
            _ => None,
        };
        let bodies = self.input.together(Role::WaterBody).filter(|_| role == Role::River);
        // Rivers by half of their width, and the river of each water body.
        let mut by_offset: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        let mut river_of: HashMap<usize, usize> = HashMap::new();
        let (mut without_bank, mut spans, mut unread) = (Vec::new(), Vec::new(), Vec::new());
        let mut doubts: BTreeMap<usize, Vec<Doubt>> = BTreeMap::new();
        if let Some(bodies) = bodies {
            bodies.build_features();
        }
        let bodies_of = |row: usize| (row, bodies.map(|of| water_bodies_of(rivers, row, of)).unwrap_or_default());
        let rows: Vec<usize> = layer.rows().collect();
        let of_rows: Vec<(usize, (Vec<usize>, bool))> =
            rows.into_par_iter().with_max_len(ROWS_AT_ONCE).map(bodies_of).collect();
        for (row, (own, holds_all)) in of_rows {
            let has_body = !own.is_empty();
            for body in own {
                river_of.entry(body).or_insert(row);
            }
            if holds_all {
                continue;
            }
            let largest_m = largest_m(row);
            let half_m = width_m(row).or(largest_m).map_or(0.0, |m| m / 2.0);
            match unread_text(row) {
                Some(text) if largest_m.is_some() => spans.push(text),
                Some(text) => {
                    unread.push(text);
                    doubts.insert(row, width.as_ref().map(|width| width.doubts(row)).unwrap_or_default());
                }
                None if half_m == 0.0 && !has_body && role == Role::River => without_bank.push(rivers.label(row)),
                None => {}
            }
            by_offset.entry(half_m.to_bits()).or_default().push(row);
        }
        let mut all: Vec<Bank> = by_offset
            .into_iter()
            .map(|(bits, rows)| Bank {
                layer: Arc::new(IndexedLayer::of_rows(Arc::clone(rivers), rows)),
                offset_m: f64::from_bits(bits),
                named: None,
            })
            .collect();
        if let Some(bodies) = bodies.filter(|_| !river_of.is_empty()) {
            let layer_of = IndexedLayer::of_rows(Arc::clone(bodies.layer()), river_of.keys().copied());
            let named = Some((Arc::clone(layer), Arc::new(river_of)));
            all.push(Bank { layer: Arc::new(layer_of), offset_m: 0.0, named });
        }
        let rows: Vec<usize> = doubts.keys().copied().collect();
        let open = (!rows.is_empty()).then(|| Bank {
            layer: Arc::new(IndexedLayer::of_rows(Arc::clone(rivers), rows)),
            offset_m: open_half_m(role),
            named: None,
        });
        Banks { all, without_bank, spans, unread, open: open.into_iter().collect(), doubts }
    }

    /// The nearest bank of every row that has one within the distance; the answer of the question where there is only one.
    pub(super) fn within_banks(
        &self,
        subject: &Arc<IndexedLayer>,
        banks: &[Bank],
        distance_m: f64,
        water: Option<&Arc<IndexedLayer>>,
    ) -> Result<(Vec<NearestBank>, Option<Answer>), AskError> {
        let mut nearest: BTreeMap<usize, NearestBank> = BTreeMap::new();
        let mut only = None;
        for bank in banks {
            let layers = Layers {
                subject: Arc::clone(subject),
                reference: Some(Arc::clone(&bank.layer)),
                entrances: None,
                water: water.cloned(),
            };
            let question = Question::Within { distance_m: distance_m + bank.offset_m, side: Side::Within };
            let answer = ask_by(&question, &layers, self.by())?;
            for feature in answer.features.iter() {
                let (Some(row), Some(found_m)) = (feature.row, feature.values.first().and_then(Added::number)) else {
                    continue;
                };
                let Some(Added::IdOf(of)) = feature.values.get(1).copied() else { continue };
                let of = match &bank.named {
                    Some((layer, rows)) => (Arc::clone(layer), rows.get(&(of as usize)).copied().unwrap_or_default()),
                    None => (Arc::clone(&bank.layer), of as usize),
                };
                let one = NearestBank {
                    row,
                    distance_m: (found_m - bank.offset_m).max(0.0),
                    of,
                    side: feature.values.get(3).copied(),
                };
                match nearest.get(&row) {
                    Some(known) if known.distance_m <= one.distance_m => {}
                    _ => drop(nearest.insert(row, one)),
                }
            }
            only = (banks.len() == 1 && bank.offset_m == 0.0).then_some(answer);
        }
        Ok((nearest.into_values().collect(), only))
    }
}

impl Banks {
    /// How far the water's edge lies from each row of a layer of rivers, and the water bodies of those that have one.
    pub(super) fn edges(&self, rows: usize) -> (Vec<f64>, Option<Arc<IndexedLayer>>) {
        let (mut offset_m, mut bodies) = (vec![0.0; rows], None);
        for bank in &self.all {
            match &bank.named {
                Some(_) => bodies = Some(Arc::clone(&bank.layer)),
                None => bank.layer.rows().for_each(|row| offset_m[row] = bank.offset_m),
            }
        }
        (offset_m, bodies)
    }
}

impl RuleAnswer {
    /// Says of which rivers and roads nobody knows where their bank is.
    pub(super) fn tell_banks(&mut self, banks: &Banks) {
        if !banks.without_bank.is_empty() {
            let names = |lang| first_names(&banks.without_bank, lang);
            let n = banks.without_bank.len();
            self.note(Said::told(|lang| tr!(lang, "told.without_bank", n = n, names = names(lang)).into_owned()));
        }
        for (unread, key) in [(&banks.spans, "told.width_span"), (&banks.unread, "told.width_unread")] {
            let Some((role, ..)) = unread.first() else { continue };
            let names: Vec<String> = unread.iter().map(|(_, name, text)| format!("{name}（{text}）")).collect();
            let n = unread.len();
            self.note(Said::told(|lang| {
                let m = open_half_m(*role);
                tr!(lang, key, n = n, m = m, role = role.title(lang), names = first_names(&names, lang)).into_owned()
            }));
            for (role, _, value) in unread {
                let is_it =
                    |known: &UnknownValue| (known.role, known.property.as_str(), &known.value) == (*role, WIDTH, value);
                if !self.unknown_values.iter().any(is_it) {
                    let count = unread.iter().filter(|(_, _, other)| other == value).count();
                    let (property, value) = (WIDTH.to_owned(), value.clone());
                    self.unknown_values.push(UnknownValue { role: *role, property, value, count });
                }
            }
        }
    }
}

/// The property of a river's, or a road's, width; metres.
pub(super) const WIDTH: &str = "width_m";
