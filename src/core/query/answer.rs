//! An answer: features, figures, what was left out and what must be said beside it.

use super::{AskError, Features, Layers, Question, ResultTable};
use crate::i18n::{Lang, between, count, tr};
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, FeatureWriter, ResultRows, free_names, write_in_blocks};
use crate::model::{Layer, ProblemKind, Shape};
use crate::progress::Progress;
use serde::Serialize;
use std::io::Write;
use std::sync::Arc;

/// Features that one core puts into text at a time.
const FEATURES_AT_ONCE: usize = 2_048;

/// Which input a feature belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// The layer asked about.
    Subject,
    /// The layer it is held against.
    Reference,
    /// The entrances.
    Entrances,
    /// The water that tells the sides of a shoreline.
    Water,
}

/// A feature that the question could not use.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftOut {
    /// Which layer.
    pub input: Input,
    /// Its row.
    pub row: usize,
    /// Its name or id.
    pub label: String,
    /// Why.
    pub reason: LeftOutReason,
}

/// Why a feature was left out.
#[derive(Clone, Debug, PartialEq)]
pub enum LeftOutReason {
    /// The layer's health list says so.
    Problem(ProblemKind),
    /// The question is about areas and it is none.
    NotAnArea,
    /// An entrance that names no facility of the layer.
    UnknownFacility,
}

impl LeftOutReason {
    /// A stable name for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Problem(kind) => kind.code(),
            Self::NotAnArea => "not-an-area",
            Self::UnknownFacility => "unknown-facility",
        }
    }
}

/// What must be said next to the figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum Note {
    /// Features with a gap lie within the radius of the edge of what the facilities' layer covers:
    /// facilities beyond it are unknown.
    EdgeOfLayer {
        /// How many.
        features: usize,
    },
    /// Facilities without an entrance were measured from their outline.
    OutlineInstead {
        /// Their names.
        facilities: Vec<String>,
    },
    /// No facility is large enough to serve (or there is none).
    NoFacilities,
    /// Features of which parts could not be used.
    PartsLeftOut {
        /// The layer's file.
        layer: String,
        /// How many features.
        features: usize,
        /// The names of the first of them.
        names: Vec<String>,
    },
    /// Features whose number of people is missing or no number.
    PeopleUnknown {
        /// How many.
        features: usize,
    },
}

impl Note {
    /// The note in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::EdgeOfLayer { features } => tr!(lang, "note.edge_of_layer", n = count(*features)),
            Self::OutlineInstead { facilities } => {
                let names = listed(facilities, facilities.len(), lang);
                tr!(lang, "note.outline_instead", n = count(facilities.len()), names = names)
            }
            Self::PartsLeftOut { layer, features, names } => {
                let names = listed(names, *features, lang);
                tr!(lang, "note.parts_left_out", layer = layer, n = count(*features), names = names)
            }
            Self::NoFacilities => tr!(lang, "note.no_facilities"),
            Self::PeopleUnknown { features } => tr!(lang, "note.people_unknown", n = count(*features)),
        }
        .into_owned()
    }
}

/// Names beside one another, with a sign that there are more.
fn listed(names: &[String], of: usize, lang: Lang) -> String {
    let more = if of > names.len() { "…" } else { "" };
    names.join(between(lang)) + more
}

/// Of which features of a layer parts could not be used, if of any.
pub(crate) fn parts_left_out(indexed: &IndexedLayer) -> Option<Note> {
    const NAMED: usize = 10;
    let layer = indexed.layer();
    let rows: Vec<usize> = layer.rows_in_part().filter(|row| indexed.is_in(*row)).collect();
    (!rows.is_empty()).then(|| Note::PartsLeftOut {
        layer: layer.source.file_name.clone(),
        features: rows.len(),
        names: rows.iter().take(NAMED).map(|row| layer.label(*row)).collect(),
    })
}

/// An overlap too thin or too small to be one: reported apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sliver {
    /// The subject's feature.
    pub feature: String,
    /// The reference's feature.
    pub with: String,
    /// Its area; m².
    pub area_m2: f64,
    /// 2·area/perimeter; metres.
    pub mean_width_m: f64,
}

/// The figures of a kind, named as on the command line.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Figures {
    /// Of `within`.
    Within {
        /// The greatest distance of a match; null without one.
        max_distance_m: Option<f64>,
        /// The smallest distance of all; null where the reference is empty.
        min_distance_m: Option<f64>,
    },
    /// Of `nearest`.
    Nearest {
        /// The greatest distance of a match.
        max_distance_m: Option<f64>,
        /// Features with nothing within the limit.
        unmatched: usize,
    },
    /// Of `gaps`.
    Gaps {
        /// Sum of the areas asked about; m².
        demand_m2: f64,
        /// Sum of what no facility reaches; m².
        unserved_m2: f64,
        /// 1 − unserved ÷ demand.
        covered_share: f64,
        /// Land that two or more features of the subject share, counted once; m².
        demand_overlap_m2: f64,
        /// Facilities that serve (large enough).
        facilities: usize,
        /// Features served wholly.
        wholly_served: usize,
        /// Features of which nothing is served.
        wholly_unserved: usize,
        /// Unserved pieces too thin or too small to be gaps.
        slivers: usize,
        /// Sum of their areas; m².
        slivers_m2: f64,
        /// Sum of the people; absent where no column was named.
        #[serde(skip_serializing_if = "Option::is_none")]
        people: Option<f64>,
        /// Sum of the people by unserved share.
        #[serde(skip_serializing_if = "Option::is_none")]
        people_unserved: Option<f64>,
    },
    /// Of `overlap`.
    Overlap {
        /// Overlapping pairs, slivers left out.
        pairs: usize,
        /// Sum over the pairs; m².
        overlap_m2: f64,
        /// The ground under any pair, counted once; m².
        overlap_union_m2: f64,
        /// Pieces of overlaps too thin or too small.
        slivers: usize,
        /// Sum of their areas; m².
        slivers_m2: f64,
    },
    /// Of `buffer`.
    Buffer {
        /// Sum of the regions' areas; m².
        area_m2: f64,
    },
}

/// The summary of an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Features of the subject, usable or not.
    pub features_in: usize,
    /// Features of the subject that the answer is about.
    pub matched: usize,
    /// Features of any input that could not be used.
    pub left_out: usize,
    /// The kind's own figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// An answer, complete: what the map, the table, the chart and the file show.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What was asked.
    pub question: Question,
    /// Names of the values added to each feature.
    pub columns: Vec<&'static str>,
    /// The features.
    pub features: Features,
    /// The figures.
    pub summary: Summary,
    /// What could not be used, by name.
    pub left_out: Vec<LeftOut>,
    /// What must be said beside it.
    pub notes: Vec<Note>,
    /// Overlaps that are none.
    pub slivers: Vec<Sliver>,
}

impl Answer {
    pub(super) fn new(question: Question, layers: &Layers, columns: Vec<&'static str>, figures: Figures) -> Self {
        let mut left_out = Vec::new();
        let inputs = [
            (Input::Subject, Some(&layers.subject)),
            (Input::Reference, layers.reference.as_ref()),
            (Input::Entrances, layers.entrances.as_ref()),
            (Input::Water, layers.water.as_ref()),
        ];
        for (input, layer) in &inputs {
            left_out.extend(layer.iter().flat_map(|l| unusable(*input, l)));
        }
        Self {
            question,
            columns,
            features: Features::Made(Vec::new()),
            summary: Summary { features_in: layers.subject.feature_count(), matched: 0, left_out: 0, figures },
            left_out,
            notes: inputs.iter().filter_map(|(_, layer)| parts_left_out((*layer)?)).collect(),
            slivers: Vec::new(),
        }
    }

    /// The columns it adds: the name each gets in the file (a free one), and the name it is asked by.
    pub fn column_names(&self, layers: &Layers) -> Vec<(String, &'static str)> {
        let names = free_names(Some(layers.subject.layer()), &self.columns);
        names.into_iter().map(std::borrow::Cow::into_owned).zip(self.columns.iter().copied()).collect()
    }

    /// The same where its features stand in a table.
    pub fn without_features(self) -> Self {
        Self { features: Features::InTable(self.features.len()), ..self }
    }

    /// How many features of the subject could not be used.
    pub fn left_out_of_subject(&self) -> usize {
        self.left_out.iter().filter(|l| l.input == Input::Subject).count()
    }

    /// The answer as a GeoJSON FeatureCollection in memory; see [`Self::write_geojson`].
    ///
    /// # Errors
    /// Where an input's file cannot be read or is no longer what it was.
    pub fn to_geojson(&self, name: &str, layers: &Layers, time: &str) -> std::io::Result<Vec<u8>> {
        let mut out = Vec::new();
        self.write_geojson(name, layers, time, &mut out)?;
        Ok(out)
    }

    /// Writes the answer as a GeoJSON FeatureCollection: the same bytes for the same inputs but for `time`. Features
    /// are put into text on all cores, while those before them are written.
    ///
    /// `time` is RFC 3339. The provenance is the foreign member `shanshui`.
    ///
    /// # Errors
    /// Where it cannot be written, or an input's file cannot be read or is no longer what it was.
    pub fn write_geojson(
        &self,
        name: &str,
        layers: &Layers,
        time: &str,
        out: &mut (dyn Write + Send),
    ) -> std::io::Result<()> {
        let subject = layers.subject.layer();
        let names = free_names(Some(subject), &self.columns);
        let other = layers.reference.as_ref().map(|reference| &**reference.layer());
        let put = |i: usize, out: Vec<u8>| -> std::io::Result<Vec<u8>> {
            let mut writer = FeatureWriter { layer: subject, other, names: &names, texts: &[], out };
            let feature = self.features.at(i).ok_or_else(|| std::io::Error::other("the features stand in a table"))?;
            match (feature.row, &feature.geometry) {
                (Some(row), geometry) => writer.feature(row, feature.id.as_deref(), &feature.values, geometry)?,
                (None, geometry) => writer.made(None, &feature.values, geometry),
            }
            Ok(writer.out)
        };
        let provenance = self.provenance(layers, time)?;
        write_in_blocks((name, &provenance), (self.features.len(), FEATURES_AT_ONCE), put, out)
    }

    /// The answer as a table, called `name`: what is exported of it is what [`Self::write_geojson`] writes.
    ///
    /// # Errors
    /// [`AskError`]: an input's file cannot be read or is no longer what it was; cancelled.
    pub fn table(&self, name: &str, layers: &Layers, time: &str, progress: &Progress) -> Result<ResultTable, AskError> {
        let provenance = self.provenance(layers, time).map_err(|e| AskError::Input(e.to_string()))?;
        let layer = self.rows(name, layers, progress)?;
        Ok(ResultTable { name: name.to_owned(), provenance: Arc::new(provenance), indexed: Arc::new(layer) })
    }

    /// The rows of the answer as a layer, called `name`.
    ///
    /// # Errors
    /// Cancelled.
    pub fn rows(&self, name: &str, layers: &Layers, progress: &Progress) -> Result<IndexedLayer, AskError> {
        let subject = layers.subject.layer();
        let names = free_names(Some(subject), &self.columns);
        let other = layers.reference.as_ref().map(|reference| &**reference.layer());
        let mut rows = ResultRows::new();
        for (i, feature) in self.features.iter().enumerate() {
            if i % FEATURES_AT_ONCE == 0 {
                progress.advance(0)?;
            }
            let of = feature.row.map(|row| (subject, row));
            let id = feature.id.as_deref().filter(|_| of.is_some());
            rows.push(of, id, (&names, &feature.values), (other, &[]), &feature.geometry);
        }
        let layer = rows.layer(&format!("{name}.geojson"), name);
        Ok(IndexedLayer::new(Arc::new(layer)))
    }

    fn provenance(&self, layers: &Layers, time: &str) -> std::io::Result<serde_json::Value> {
        let inputs: Vec<serde_json::Value> = [
            ("subject", Some(&layers.subject)),
            ("reference", layers.reference.as_ref()),
            ("entrances", layers.entrances.as_ref()),
            ("water", layers.water.as_ref()),
        ]
        .into_iter()
        .filter_map(|(role, layer)| layer.map(|l| super::provenance::input(role, l)))
        .collect::<std::io::Result<_>>()?;
        let left_out: Vec<_> = self
            .left_out
            .iter()
            .map(|l| {
                serde_json::json!({
                    "input": l.input,
                    "feature": l.row + 1,
                    "name": l.label,
                    "reason": l.reason.code(),
                })
            })
            .collect();
        Ok(serde_json::json!({
            "rule": self.question.kind(),
            "clause": null,
            "parameters": self.question,
            "inputs": inputs,
            "summary": self.summary,
            "left_out": left_out,
            "notes": self.notes,
            "slivers": self.slivers,
            "engine": crate::ENGINE,
            "version": env!("CARGO_PKG_VERSION"),
            "time": time,
        }))
    }
}

fn unusable(input: Input, indexed: &IndexedLayer) -> Vec<LeftOut> {
    let layer = indexed.layer();
    let mut reasons = std::collections::HashMap::new();
    for problem in layer.problems.iter().filter(|p| p.kind.severity() == crate::model::Severity::LeftOut) {
        if let Some(row) = problem.row {
            reasons.entry(row).or_insert(&problem.kind);
        }
    }
    (0..layer.len())
        .filter(|row| layer.unusable[*row] && !layer.is_gone(*row) && indexed.is_in(*row))
        .map(|row| LeftOut {
            input,
            row,
            label: layer.label(row),
            reason: LeftOutReason::Problem(reasons.get(&row).map_or(ProblemKind::MissingGeometry, |k| (*k).clone())),
        })
        .collect()
}

/// Names rows that are no areas, for questions that are about areas.
pub(super) fn not_areas(input: Input, indexed: &IndexedLayer) -> impl Iterator<Item = LeftOut> + '_ {
    let layer = indexed.layer();
    indexed.rows().filter(|row| !is_area(layer, *row)).map(move |row| LeftOut {
        input,
        row,
        label: layer.label(row),
        reason: LeftOutReason::NotAnArea,
    })
}

/// True where the row is a polygon.
pub(crate) fn is_area(layer: &Layer, row: usize) -> bool {
    layer.geometries.kind(row).is_some_and(|k| k.shape() == Shape::Polygons)
}

/// True where the row is a line.
pub(super) fn is_line(layer: &Layer, row: usize) -> bool {
    layer.geometries.kind(row).is_some_and(|k| k.shape() == Shape::Lines)
}

/// A length rounded to 0.1 mm, as it is written.
pub(crate) fn length(value_m: f64) -> Added {
    Added::Number((value_m * 1e4).round() / 1e4)
}

/// An area rounded to a square millimetre, as it is written.
pub(super) fn area(value_m2: f64) -> Added {
    Added::Number((value_m2 * 1e6).round() / 1e6)
}

/// A share rounded to nine decimals, as it is written.
pub(super) fn share(value: f64) -> Added {
    Added::Number((value * 1e9).round() / 1e9)
}

/// The `nearest_id` (or `with_id`) of a row of the reference.
pub(super) fn id_of(row: usize) -> Added {
    Added::IdOf(row as u32)
}

/// The `nearest_name` (or `with_name`) of a row of the reference.
pub(super) fn name_of(row: usize) -> Added {
    Added::NameOf(row as u32)
}
