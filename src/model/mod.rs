//! Layers as plain values: flat coordinate arrays, attribute columns, stable feature ids, roles, problems.

mod attributes;
mod geometry;
mod problem;
mod role;

pub use attributes::{Attributes, AttributesBuilder, Value};
pub use geometry::{Geometries, GeometryKind, Part, Shape};
pub use problem::{Datum, GeometryFault, Place, Places, Problem, ProblemKind, Severity};
pub use role::Role;

use crate::geodesy::LonLatBox;
use std::path::PathBuf;
use std::sync::Arc;

/// A feature's identity inside its layer: given once at reading and kept through edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FeatureId(pub u32);

/// Where a layer's bytes came from.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file, where there is one.
    pub path: Option<PathBuf>,
    /// The file's name, or what stands for it.
    pub file_name: String,
    /// Size of the file; bytes.
    pub bytes: u64,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// A stretch of a layer's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes of this stretch.
    pub fn of<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// A layer as read: immutable, shared by the map, the table and running questions.
#[derive(Debug)]
pub struct Layer {
    /// The name shown: the collection's `name`, or the file's stem.
    pub name: String,
    /// Where it came from.
    pub source: Source,
    /// What it was guessed to mean.
    pub guessed_role: Option<Role>,
    /// The text (UTF-8) that the spans below point into.
    pub text: Arc<[u8]>,
    /// Each feature's own bytes, so that an export gives unedited features back unchanged.
    pub feature_spans: Vec<Span>,
    /// Each feature's `id` member as JSON text, where it has one.
    pub id_spans: Vec<Option<Span>>,
    /// Stable ids, by row.
    pub ids: Vec<FeatureId>,
    /// Geometries, by row.
    pub geometries: Geometries,
    /// The geometry kinds present, each once, in order of first appearance.
    pub kinds: Vec<GeometryKind>,
    /// Attributes, by row.
    pub attributes: Attributes,
    /// Rows that a question cannot use; why stands in `problems`.
    pub unusable: Vec<bool>,
    /// What is wrong, in the order of the file.
    pub problems: Vec<Problem>,
    /// True where positions were converted from another coordinate system on reading, so that
    /// geometry has to be written anew.
    pub reprojected: bool,
    /// The coordinate system the file or the planner named; `None` where positions were taken as WGS 84.
    pub declared_crs: Option<String>,
    /// The encoding the text was in.
    pub encoding: String,
    /// The box of everything located.
    pub bounds: LonLatBox,
}

impl Layer {
    /// Number of features, located or not.
    pub fn len(&self) -> usize {
        self.feature_spans.len()
    }

    /// True where there is no feature.
    pub fn is_empty(&self) -> bool {
        self.feature_spans.is_empty()
    }

    /// The feature's own bytes (UTF-8 JSON).
    pub fn feature_text(&self, row: usize) -> &[u8] {
        self.feature_spans[row].of(&self.text)
    }

    /// The feature's `id` member as JSON text (`"a"` or `7`).
    pub fn id_json(&self, row: usize) -> Option<&str> {
        self.id_spans[row].and_then(|s| std::str::from_utf8(s.of(&self.text)).ok())
    }

    /// The feature's `id` member for people: a string without its quotes, or the number as written.
    pub fn id_text(&self, row: usize) -> Option<String> {
        self.id_json(row).map(|json| match serde_json::from_str::<String>(json) {
            Ok(text) => text,
            Err(_) => json.to_owned(),
        })
    }

    /// The feature's name for people: `name`, else `code`, else its id, else its number in the file.
    pub fn label(&self, row: usize) -> String {
        ["name", "名称", "code", "编码"]
            .iter()
            .filter_map(|column| self.attributes.column(column))
            .find_map(|column| match self.attributes.value(row, column) {
                Value::Text(text) if !text.is_empty() => Some(text.into_owned()),
                Value::Number(_, text) => Some(text.to_owned()),
                _ => None,
            })
            .or_else(|| self.id_text(row))
            .unwrap_or_else(|| format!("#{}", row + 1))
    }

    /// What most people would say the layer is made of: the shape of its first located feature.
    pub fn shape(&self) -> Option<Shape> {
        self.kinds.first().map(|kind| kind.shape())
    }
}
