//! What a scenario changes in a layer: drawn over an open one, or read of a project and put to no layer yet. As a file has it
//! is worked out when it is written: on the journal's thread, or with the project.

use super::super::OpenLayer;
use super::super::open::Reading;
use super::super::paths::absolute;
use crate::index::IndexedLayer;
use crate::io::store::is_store;
use crate::model::{Edited, FileStamp};
use crate::progress::{Cancelled, Progress};
use crate::rules::scenario::{DrawnChange, DrawnLayer, Resolved, Scenario, carried, changes_of, resolved};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// What lies below the drawing of the scenario that is on.
#[derive(Clone, Debug)]
pub struct Under {
    /// The layer without the scenario.
    pub(in crate::session) base: Arc<IndexedLayer>,
    /// Changes of the scenario that could not be put to this layer; it keeps them.
    pub(in crate::session) left: Arc<Vec<DrawnChange>>,
    /// The state that the layer had when the scenario was put over it, and what was put: while it has that state, nothing was
    /// drawn since.
    pub(in crate::session) dressed: Option<(u64, Content)>,
}

/// What tells whether two drawings are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Content {
    /// It was read, as so many were before it.
    Read(u64),
    /// It is what stands between two states.
    Between(u64, u64),
}

static READ: AtomicU64 = AtomicU64::new(0);

/// Where the layer of a drawing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::session) struct Place {
    /// Its file, or the address of a shared store.
    pub(in crate::session) file: Option<PathBuf>,
    /// The layer of it, where it holds several.
    pub(in crate::session) member: Option<String>,
    /// What the layer calls itself.
    name: String,
    stamp: Option<FileStamp>,
}

impl Place {
    pub(in crate::session) fn of(layer: &OpenLayer) -> Self {
        Self {
            file: layer.path.as_deref().map(whole),
            member: layer.read_as.layer.clone(),
            name: layer.layer().name.clone(),
            stamp: layer.stamp,
        }
    }

    /// What it is called in messages.
    pub(in crate::session) fn called(&self) -> String {
        self.file.as_deref().map_or_else(|| self.name.clone(), crate::io::file_name)
    }
}

fn whole(path: &Path) -> PathBuf {
    if is_store(path) { path.to_owned() } else { absolute(path) }
}

/// A drawing over an open layer.
#[derive(Clone, Debug)]
struct Over {
    reading: Reading,
    base: Arc<IndexedLayer>,
    state: Arc<IndexedLayer>,
    left: Arc<Vec<DrawnChange>>,
}

/// What a scenario changes in a layer.
#[derive(Debug)]
pub(in crate::session) struct Drawn {
    pub(in crate::session) place: Place,
    over: Option<Over>,
    content: Content,
    /// As a file has it, or why it cannot be written.
    saved: OnceLock<Result<Vec<DrawnChange>, String>>,
}

impl PartialEq for Drawn {
    fn eq(&self, other: &Self) -> bool {
        self.content == other.content && self.place.file == other.place.file
    }
}

/// Rows of an open layer under a drawing.
pub(in crate::session) enum Put {
    /// The state that it has been in.
    State(Arc<IndexedLayer>, Arc<Vec<DrawnChange>>),
    /// Rows of the layer as it is now.
    Rows(Vec<(usize, Option<Edited>)>, Arc<Vec<DrawnChange>>),
    /// The features have to be looked for.
    Unknown,
}

impl Drawn {
    /// Read of a project or a journal.
    pub(in crate::session) fn read(drawn: DrawnLayer, file: PathBuf) -> Self {
        let DrawnLayer { file: named, layer, stamp, changes } = drawn;
        let is_file = !named.is_empty();
        let name = if is_file { crate::io::file_name(&file) } else { layer.clone().unwrap_or_default() };
        let member = layer.filter(|_| is_file);
        let place = Place { file: is_file.then_some(file), member, name, stamp };
        let content = Content::Read(READ.fetch_add(1, Ordering::Relaxed));
        Self { place, over: None, content, saved: OnceLock::from(Ok(changes)) }
    }

    /// What is drawn over a layer now; `None` where that is nothing.
    pub(in crate::session) fn of(layer: &OpenLayer) -> Option<Self> {
        let under = layer.under.as_ref()?;
        let (base, state) = (&under.base, &layer.indexed);
        let is_same = base.id() == state.id() || state.layer().edits.since(&base.layer().edits).is_empty();
        if is_same && under.left.is_empty() {
            return None;
        }
        let dressed = under.dressed.filter(|(id, _)| *id == state.id());
        let content = dressed.map_or(Content::Between(base.id(), state.id()), |(_, content)| content);
        let (base, state, left) = (Arc::clone(base), Arc::clone(state), Arc::clone(&under.left));
        let over = Some(Over { reading: layer.reading, base, state, left });
        Some(Self { place: Place::of(layer), over, content, saved: OnceLock::new() })
    }

    pub(in crate::session) fn content(&self) -> Content {
        self.content
    }

    /// True where it is of this layer.
    pub(in crate::session) fn is_of(&self, layer: &OpenLayer) -> bool {
        if self.over.as_ref().is_some_and(|over| over.reading == layer.reading) {
            return true;
        }
        match (&self.place.file, &layer.path) {
            (Some(file), Some(path)) => *file == whole(path) && self.place.member == layer.read_as.layer,
            (None, None) => self.place.name == layer.layer().name,
            _ => false,
        }
    }

    /// What it makes of a layer, as far as that is known without looking for features.
    pub(in crate::session) fn put(&self, layer: &OpenLayer) -> Put {
        let Some(over) = self.over.as_ref().filter(|over| over.reading == layer.reading) else { return Put::Unknown };
        let own = layer.own();
        if over.base.id() == own.id() {
            return Put::State(Arc::clone(&over.state), Arc::clone(&over.left));
        }
        Put::Rows(carried(over.base.layer(), over.state.layer(), own.layer()), Arc::clone(&over.left))
    }

    /// Looks for its features in a layer.
    pub(in crate::session) fn resolve(
        &self,
        own: &Arc<IndexedLayer>,
        progress: &Progress,
    ) -> Result<Resolved, Cancelled> {
        // What cannot be read back from a file that is gone is told when the scenario is written.
        let changes = self.saved().unwrap_or_default().to_vec();
        let drawn = DrawnLayer { stamp: self.place.stamp, changes, ..DrawnLayer::default() };
        resolved(own, &drawn, progress)
    }

    /// How many features it changes.
    pub(in crate::session) fn count(&self) -> usize {
        match &self.over {
            Some(over) => {
                let (base, state) = (over.base.layer(), over.state.layer());
                let was_there = |row: usize| row < base.len() && !base.is_gone(row);
                let changed = state.edits.since(&base.edits).into_iter();
                changed.filter(|row| was_there(*row) || !state.is_gone(*row)).count() + over.left.len()
            }
            None => self.saved().map_or(0, |changes| changes.len()),
        }
    }

    /// As a file has it. Cost, the first time: the rows of the layer.
    ///
    /// # Errors
    /// Why a feature cannot be read back.
    pub(in crate::session) fn saved(&self) -> Result<&[DrawnChange], String> {
        let saved = self.saved.get_or_init(|| {
            let Some(over) = &self.over else { return Ok(Vec::new()) };
            let mut changes = changes_of(&over.base, &over.state).map_err(|e| e.to_string())?;
            changes.extend(over.left.iter().cloned());
            Ok(changes)
        });
        saved.as_deref().map_err(String::clone)
    }

    /// The same, of a file that is called so.
    pub(in crate::session) fn in_file(&self, file: String, layer: Option<String>) -> Result<DrawnLayer, String> {
        Ok(DrawnLayer { file, layer, stamp: self.place.stamp, changes: self.saved()?.to_vec() })
    }

    fn in_journal(&self) -> Result<DrawnLayer, String> {
        match &self.place.file {
            Some(file) => self.in_file(file.to_string_lossy().into_owned(), self.place.member.clone()),
            // A layer without a file goes by its name.
            None => self.in_file(String::new(), Some(self.place.name.clone())),
        }
    }
}

/// A scenario as journal and project know it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::session) struct KeptScenario {
    pub(in crate::session) name: String,
    pub(in crate::session) note: String,
    pub(in crate::session) drawn: Vec<Arc<Drawn>>,
}

impl Serialize for KeptScenario {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let layers = self.drawn.iter().map(|drawn| drawn.in_journal()).collect::<Result<Vec<_>, String>>();
        let layers = layers.map_err(serde::ser::Error::custom)?;
        Scenario { name: self.name.clone(), note: self.note.clone(), layers }.serialize(to)
    }
}

impl<'de> Deserialize<'de> for KeptScenario {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Scenario { name, note, layers } = Scenario::deserialize(from)?;
        let drawn = layers.into_iter().map(|drawn| {
            let file = PathBuf::from(&drawn.file);
            Arc::new(Drawn::read(drawn, file))
        });
        Ok(Self { name, note, drawn: drawn.collect() })
    }
}
