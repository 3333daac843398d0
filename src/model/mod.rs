//! Layers as plain values: flat coordinate arrays, attribute columns, stable feature ids, roles, problems.

mod attributes;
mod geometry;
mod problem;
mod role;
mod text;

pub use attributes::{Attributes, AttributesBuilder, Cell, Value};
pub use geometry::{Geometries, GeometryKind, Part, Shape};
pub use problem::{Datum, GeometryFault, Problem, ProblemKind, Severity};
pub use role::Role;
pub use text::{Cut, Lines, Origin, Place, Places, SourceChanged, Text};

use crate::geodesy::LonLatBox;
use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

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
    /// Its hash.
    pub digest: Digest,
}

/// SHA-256 of a source: known, or worked out from the file when it is first asked for.
#[derive(Clone, Debug)]
pub struct Digest {
    known: OnceLock<String>,
    origin: Option<Arc<dyn Origin>>,
}

impl Digest {
    /// A hash that is known, in hexadecimal.
    pub fn known(sha256: String) -> Self {
        Self { known: OnceLock::from(sha256), origin: None }
    }

    /// The hash of a file.
    pub fn of(origin: Arc<dyn Origin>) -> Self {
        Self { known: OnceLock::new(), origin: Some(origin) }
    }

    /// SHA-256 in hexadecimal; reads the file the first time.
    ///
    /// # Errors
    /// Where the file cannot be read or is no longer what it was.
    pub fn sha256(&self) -> std::io::Result<&str> {
        if let Some(known) = self.known.get() {
            return Ok(known);
        }
        let sha256 = self.origin.as_ref().map_or(Ok(String::new()), |origin| origin.sha256())?;
        Ok(self.known.get_or_init(|| sha256))
    }
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
    pub text: Arc<Text>,
    /// Each feature's own bytes, so that an export gives unedited features back unchanged.
    pub feature_spans: Vec<Span>,
    /// Each feature's `id` member as JSON text, where it has one.
    pub id_cells: Vec<Cell>,
    /// Each feature's `properties` object, where it is a Feature that has one.
    pub property_cells: Vec<Cell>,
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

    /// The feature's own bytes (UTF-8 JSON), read back from the file where they were left there.
    ///
    /// # Errors
    /// Where the file cannot be read or is no longer what it was.
    pub fn feature_text(&self, row: usize) -> std::io::Result<Cow<'_, [u8]>> {
        self.text.restored(self.feature_spans[row])
    }

    /// The feature's `id` member as JSON text (`"a"` or `7`).
    pub fn id_json(&self, row: usize) -> Option<&str> {
        self.id_cells[row].span().and_then(|s| std::str::from_utf8(s.of(self.text.kept())).ok())
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
