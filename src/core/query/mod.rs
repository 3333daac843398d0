//! One kind of question a file: parameters and layers in, features and a summary out.
//!
//! Every question is pure, parallel and cancellable. [`Question`] is plain data without a layer, a
//! thread or a screen in it, so that the same question can be put to PostGIS or Sedona.

mod answer;
mod audit;
mod buffer;
pub mod construct;
mod coverage;
mod cutter;
mod engine;
mod estimate;
pub mod expression;
mod features;
mod gaps;
mod inspect;
mod join;
mod meeting;
mod near;
mod nearest;
mod network;
mod outline;
mod overlap;
mod overlay;
mod part;
pub(crate) mod provenance;
mod quality;
mod reach;
mod region;
mod repair;
mod result;
mod roads;
mod served;
mod siting;
mod slivers;
mod strip;
mod totals;
mod within;
mod zone;
mod zoning;

pub use answer::{Answer, Figures, Input, LeftOut, LeftOutReason, Note, Sliver, Summary};
pub(crate) use answer::{is_area, length as length_value, parts_left_out};
pub use audit::{Audit, AuditBy, AuditPiece, AuditUnit, Kept, LandChange, Unjudged, audit};
pub use coverage::{CoveragePoint, coverage_curve};
pub use engine::{
    By, Engine, Found, Here, Needs, Reach, Reader, RemoteError, RowWork, Tile, TileFigures, Tiles, WireError, Writer,
    done_for, in_tiles,
};
pub use estimate::{AnswerFor, memory_needed, memory_needed_by_audit};
pub use features::{AnswerFeature, Bank, Features, Match, Values};
pub(crate) use gaps::count_of;
pub use inspect::{Inside, Inspection, RoleInside, inspect, measured_inside, union_area_m2};
pub use join::{JoinError, Joined, join, join_table, joined_rows, key_text};
pub use meeting::{meeting, meeting_by, meeting_made};
pub use network::{Component, Link, Network, network};
pub use overlap::{CommonPair, common_pairs};
pub(crate) use overlay::row_area_m2;
pub use overlay::{Polygons, polygons_area_m2, union_of_polygons_m2};
pub(crate) use part::together_m2;
pub use part::{
    Common, InArea, Outside, common_ground, in_areas, is_screened, lines_and_points, lines_and_points_in, outside,
};
pub use quality::{Qualities, Quality};
pub use repair::repaired;
pub use result::ResultTable;
pub use roads::{Accesses, Roads};
pub use siting::{Site, Siting, SitingBy, SitingPoint, siting};
pub use strip::{Edge, LandSide, StripLayers, StripPiece, StripWidths, Strips, strips, water_bodies_of};
pub use totals::{Totals, totals};
pub use zone::{Bounds as ZoneBounds, ViewedZone, ZoneView, zone_in_view};
pub use zoning::{Ground, ZonePiece, Zoning, zoning};

use crate::index::IndexedLayer;
use crate::progress::{Cancelled, Progress};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which side of a distance is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// At most the distance away.
    Within,
    /// Further away.
    Beyond,
}

/// How a buffer is given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dissolve {
    /// One region a feature.
    Each,
    /// One region in all.
    Union,
}

/// A question and its parameters. Lengths in metres, areas in square metres.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Question {
    /// Which features of the subject lie within (or beyond) a distance of the reference?
    Within {
        /// The distance; "within" includes it.
        distance_m: f64,
        /// Which side.
        side: Side,
    },
    /// Which feature of the reference is nearest to each of the subject's?
    Nearest {
        /// Features of the subject with none nearer than this are not matched.
        max_m: Option<f64>,
    },
    /// Which parts of the subject lie further than a radius from every feature of the reference?
    Gaps {
        /// The radius; what lies at it is served.
        radius_m: f64,
        /// Facilities smaller than this do not serve.
        min_area_m2: f64,
        /// The column that holds the number of people.
        people: Option<String>,
    },
    /// Which features of the subject overlap which of the reference, by how much?
    Overlap,
    /// Which land lies within a distance of the subject?
    Buffer {
        /// The distance.
        distance_m: f64,
        /// One region each, or one in all.
        dissolve: Dissolve,
    },
}

impl Question {
    /// The kind's name, as on the command line.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Within { .. } => "within",
            Self::Nearest { .. } => "nearest",
            Self::Gaps { .. } => "gaps",
            Self::Overlap => "overlap",
            Self::Buffer { .. } => "buffer",
        }
    }

    /// True where the question compares with a second layer.
    pub fn needs_reference(&self) -> bool {
        !matches!(self, Self::Buffer { .. })
    }
}

/// The layers a question reads.
#[derive(Clone, Debug)]
pub struct Layers {
    /// The layer asked about: outlets, homes, plots.
    pub subject: Arc<IndexedLayer>,
    /// What it is held against: shoreline, parks, red line.
    pub reference: Option<Arc<IndexedLayer>>,
    /// Entrances of the reference's facilities (`gaps`): distances are measured from them.
    pub entrances: Option<Arc<IndexedLayer>>,
    /// Water polygons that tell the land side from the water side (`within`).
    pub water: Option<Arc<IndexedLayer>>,
}

impl Layers {
    /// A subject alone.
    pub fn of(subject: Arc<IndexedLayer>) -> Self {
        Self { subject, reference: None, entrances: None, water: None }
    }

    /// The same with a reference.
    pub fn and(self, reference: Arc<IndexedLayer>) -> Self {
        Self { reference: Some(reference), ..self }
    }
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// It was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A second layer is needed and none was given.
    #[error("the question needs a reference layer")]
    NoReference,
    /// A region would come so near a pole that its border cannot be drawn straight in longitude and latitude.
    #[error("too near a pole: a region round it cannot be drawn as a polygon of longitudes and latitudes")]
    Pole,
    /// A column was named that the subject does not have.
    #[error("the layer has no column '{0}'")]
    NoColumn(String),
    /// The layer of this role has no such column.
    #[error("the layer '{}' has no column '{}'", .0.id(), .1)]
    Lacks(crate::model::Role, String),
    /// A layer of this role is needed and none is there.
    #[error("there is no layer '{}'", .0.id())]
    NoLayer(crate::model::Role),
    /// A layer's file cannot be read any more.
    #[error("{0}")]
    Input(String),
    /// An engine could not do its work: which part of it, and why.
    #[error("{0}")]
    Engine(String),
    /// An expression that chooses features cannot be worked out.
    #[error(transparent)]
    Expression(#[from] expression::ExpressionError),
}

/// Rows that one core works on before it looks whether somebody asked to stop, and before another may take over.
const ROWS_AT_ONCE: usize = 256;

/// As [`ROWS_AT_ONCE`], where each is cut. rayon by itself hands over a quarter of the work to each of two cores, and
/// one waits for the other at the end.
const FEATURES_AT_ONCE: usize = 32;

/// What `work` gives for blocks of rows, in their order; on all cores.
fn for_blocks<R: Sync, T: Send>(
    rows: &[R],
    progress: &Progress,
    work: impl Fn(&[R]) -> T + Sync,
) -> Result<Vec<T>, AskError> {
    progress.start(rows.len() as u64);
    rows.par_chunks(ROWS_AT_ONCE)
        .with_max_len(1)
        .map(|block| {
            progress.advance(block.len() as u64)?;
            Ok(work(block))
        })
        .collect()
}

/// Answers a question.
///
/// # Errors
/// [`AskError`]: cancelled, or a layer or column is missing.
pub fn ask(question: &Question, layers: &Layers, progress: &Progress) -> Result<Answer, AskError> {
    ask_by(question, layers, (&Here, progress))
}

/// The same, where an engine does what is done row by row.
///
/// # Errors
/// As [`ask`]; what the engine says.
pub fn ask_by(question: &Question, layers: &Layers, by: By<'_>) -> Result<Answer, AskError> {
    let reference = || layers.reference.as_deref().ok_or(AskError::NoReference);
    let mut answer = match question {
        Question::Within { distance_m, side } => within::ask(*distance_m, *side, layers, reference()?, by)?,
        Question::Nearest { max_m } => nearest::ask(*max_m, layers, reference()?, by)?,
        Question::Gaps { radius_m, min_area_m2, people } => {
            gaps::ask(*radius_m, *min_area_m2, people.as_deref(), layers, reference()?, by)?
        }
        Question::Overlap => overlap::ask(layers, reference()?, by)?,
        Question::Buffer { distance_m, dissolve } => buffer::ask(*distance_m, *dissolve, layers, by.1)?,
    };
    answer.question = question.clone();
    answer.summary.left_out = answer.left_out.len();
    Ok(answer)
}
