//! What is open: layers, answers with everything to show and ask them again, a zone that was inspected.

use super::ShownRows;
use super::scenarios::Under;
use crate::i18n::{Lang, text_of};
use crate::index::IndexedLayer;
use crate::io::FileStamp;
use crate::model::{Geometry, Layer, LayerStyle, ReadAs, Role};
use crate::query::{Answer, CoveragePoint, Inspection, Layers, ResultTable, ZoneView};
use crate::rules::ZoneVerdict;
use std::path::PathBuf;
use std::sync::Arc;

/// What a layer or an answer is called inside a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub u64);

/// The state of a layer that edits begin with, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reading(pub u64);

/// An open layer.
#[derive(Clone, Debug)]
pub struct OpenLayer {
    /// Its key.
    pub key: Key,
    /// Which reading of its file it is, or which making: what the journal knows it by. A file read anew keeps its key and is
    /// another; the one before it goes on where it was when that is taken back.
    pub(super) reading: Reading,
    /// The layer with its trees; under a scenario that changes it, with what that draws.
    pub indexed: Arc<IndexedLayer>,
    /// What lies below the scenario that is on, where that changes the layer.
    pub(in crate::session) under: Option<Under>,
    /// What it means: guessed, or the planner's word.
    pub role: Option<Role>,
    /// True where it counts for nothing until somebody gives it a role: it is a copy, an answer of this program, or another
    /// file has its role.
    pub is_apart: bool,
    /// What a planner called it.
    pub title: Option<String>,
    /// Drawn or not.
    pub visible: bool,
    /// True where tools may change it: the planner said so, or drew it.
    pub is_editable: bool,
    /// The file it is in.
    pub path: Option<PathBuf>,
    /// The file's size and time when it was read or saved.
    pub stamp: Option<FileStamp>,
    /// What was named of the file, because it does not say so itself.
    pub read_as: ReadAs,
    /// How it is drawn.
    pub style: Arc<LayerStyle>,
    /// The rows that its filter leaves; all where there is none.
    pub shown: Option<ShownRows>,
    /// The state that was saved last.
    pub(crate) saved: Option<u64>,
}

impl OpenLayer {
    /// The layer.
    pub fn layer(&self) -> &Layer {
        self.indexed.layer()
    }

    /// The name of the layer itself: what its file calls it. A drawing that was saved goes by its file: all are called alike.
    pub fn own_name(&self) -> String {
        let name = &self.layer().name;
        let is_drawn = [Lang::Zh, Lang::En].iter().any(|lang| *name == text_of(*lang, "draw.new_layer"));
        let stem = self.path.as_deref().and_then(|path| path.file_stem()).filter(|_| is_drawn);
        stem.map_or_else(|| name.clone(), |stem| stem.to_string_lossy().into_owned())
    }
}

/// Which layers a question is put to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operands {
    /// The layer asked about.
    pub subject: Key,
    /// What it is held against.
    pub reference: Option<Key>,
    /// Entrances of the reference's facilities.
    pub entrances: Option<Key>,
    /// Only features of the layer asked about for which this CQL2 text is true.
    pub subject_where: Option<String>,
    /// Only such features of what it is held against.
    pub reference_where: Option<String>,
}

/// An answer that is kept, with everything needed to show, export and ask it again.
#[derive(Clone, Debug)]
pub struct KeptAnswer {
    /// Its key.
    pub key: Key,
    /// The layers asked.
    pub operands: Operands,
    /// What it came to: figures, notes, what was left out.
    pub answer: Arc<Answer>,
    /// The layers as they were when it was asked.
    pub layers: Layers,
    /// Roles of subject and reference then.
    pub roles: (Option<Role>, Option<Role>),
    /// The columns it added: the name in the file, and the name it would have had if that were free.
    pub added: Vec<(String, &'static str)>,
    /// Its rows, as map and table show them and an export writes them. The answer itself holds them no longer.
    pub table: ResultTable,
    /// The land within the distance of the reference (`within`), as the map shows it.
    pub zone: Option<KeptZone>,
    /// The view for which it was asked last.
    pub(super) zone_asked: Option<ZoneView>,
    /// The covered share by radius (`gaps`), for the chart.
    pub curve: Option<Arc<Vec<CoveragePoint>>>,
    /// How long the question took; seconds.
    pub seconds: f64,
    /// Drawn or not.
    pub visible: bool,
    /// Where it was exported to.
    pub saved_to: Option<PathBuf>,
}

/// The land within the distance of an answer's reference, as one view of the map shows it.
#[derive(Clone, Debug)]
pub struct KeptZone {
    /// The view.
    pub view: ZoneView,
    /// What of the zone is in it, where something is.
    pub layer: Option<Arc<IndexedLayer>>,
    /// True where it is not drawn: at this scale it is too narrow, or its border too long.
    pub is_left_out: bool,
}

/// A zone, and what was found in it.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// The zone.
    pub zone: Geometry,
    /// The states of the layers that were read.
    pub(super) states: Vec<u64>,
    /// What lies in it.
    pub found: Arc<Inspection>,
    /// Bans and reviews of the rules that ran, in it.
    pub verdicts: Vec<ZoneVerdict>,
}
