//! What becomes of files that are opened while others are open, whichever way they come: a file that is open is not opened
//! again, a copy of one and an answer of this program have no role, and of several files of a role one counts until somebody
//! says more. What was left out is named.

use super::contents::{self, Contents, Depth, Doubled, Failed, Ignored, Why};
use super::importing::{undecided, undecided_of};
use super::jobs::Outcome;
use super::members::is_folder;
use super::pack::holds_project;
use super::project::{Project, is_project};
use super::{Change, Command, Event, JobKind, Key, OpenLayer, Session, TooLarge};
use crate::i18n::Lang;
use crate::index::IndexedLayer;
use crate::io::{ReadCause, ReadError};
use crate::model::{Layer, Problem, ReadAs, Role};
use crate::rules::is_national_otherwise;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Layers of a folder, of a file or of the sample, as they were read.
pub(super) struct Opened {
    /// The layers, and whether they count for nothing.
    pub(super) layers: Vec<(Layer, bool)>,
    /// What the folder or the file consists of.
    pub(super) contents: Contents,
    /// The folder, where it is one.
    pub(super) folder: Option<PathBuf>,
    /// True where somebody said how they are to be read: one that is open is read so in its place.
    pub(super) is_said: bool,
}

/// What stands against counting a layer.
enum Against {
    /// It is open already.
    Same(Key),
    /// It has the bytes of an open file, or is an answer of this program.
    Left(Why),
    /// This open layer has one of its roles.
    Second(Role, Key),
}

fn place_of(path: Option<&Path>) -> Option<PathBuf> {
    path.and_then(|path| path.canonicalize().ok())
}

/// True where two layers were read from the same bytes.
fn has_bytes_of(one: &Layer, other: &Layer) -> bool {
    let (one, other) = (&one.source, &other.source);
    one.bytes > 0
        && one.read_as.layer == other.read_as.layer
        && one.bytes == other.bytes
        && matches!((one.digest.sha256(), other.digest.sha256()), (Ok(a), Ok(b)) if a == b)
}

/// The file of an open layer, told from one of the same name.
fn called(open: &OpenLayer, beside: &str) -> String {
    let name = open.layer().source.file_name.clone();
    match &open.path {
        Some(path) if name == beside => path.display().to_string(),
        _ => name,
    }
}

impl Session {
    /// Reads files and folders, as `known` says where they do not say it themselves; projects among them are opened.
    /// Where `anyway` says so, however much memory they need.
    pub(super) fn start_reading(&mut self, paths: Vec<PathBuf>, known: &ReadAs, anyway: bool) {
        let (packed, paths): (Vec<PathBuf>, Vec<PathBuf>) = paths.into_iter().partition(|path| holds_project(path));
        packed.into_iter().for_each(|path| self.start_unpacking(path));
        let (projects, paths): (Vec<PathBuf>, Vec<PathBuf>) = paths.into_iter().partition(|path| is_project(path));
        projects.into_iter().for_each(|project| self.start_project(project));
        let (findings, paths): (Vec<PathBuf>, Vec<PathBuf>) =
            paths.into_iter().partition(|path| self.is_second_findings(path));
        findings.into_iter().for_each(|file| self.start_beside(file));
        if paths.is_empty() {
            return;
        }
        let mut options = self.read.with(known);
        if anyway {
            options.room = None;
        }
        let memory = self.memory();
        let crs = known.crs.clone();
        let title = match &paths[..] {
            [one] => crate::io::file_name(one),
            many => format!("{} …", many.first().map(|p| crate::io::file_name(p)).unwrap_or_default()),
        };
        // Layers that are open already tell whether a new one is shifted against them.
        let open: Vec<Arc<IndexedLayer>> = self.layers.iter().map(|l| Arc::clone(&l.indexed)).collect();
        let vocabulary = Arc::clone(&self.rules.vocabulary);
        let dressing = self.dressing();
        self.spawn(JobKind::Reading(title), move |progress, tell| {
            let sizes: Vec<u64> = paths.iter().filter_map(|path| Some(path.metadata().ok()?.len())).collect();
            // What is asked is told last: it is seen against what is open by then.
            let mut asked = Vec::new();
            for path in paths {
                match undecided(&path, &options, progress) {
                    Ok(None) => {}
                    Ok(Some(examined)) => {
                        asked.push(examined);
                        continue;
                    }
                    Err(e) => {
                        tell(Event::of_reading(e).into());
                        continue;
                    }
                }
                let project = Project::default();
                let mut read = contents::read(&path, Depth::Whole, &project, &options, &vocabulary, progress);
                let undecided = undecided_of(&mut read, is_folder(&path), &options, progress);
                let is_undecided = !undecided.is_empty();
                asked.extend(undecided);
                for Failed { error: e, path: failed, .. } in read.failed {
                    if let ReadCause::NeedsMemory { needs, .. } = e.cause {
                        let open = Command::Open(vec![failed], crs.clone());
                        tell(Event::TooLarge(Box::new(open), TooLarge { needs, memory }).into());
                        continue;
                    }
                    let stop = e.cause == ReadCause::Cancelled;
                    tell(Event::of_reading(e).into());
                    if stop {
                        return;
                    }
                }
                let is_empty = read.layers.is_empty() && read.contents.ignored.is_empty() && !is_undecided;
                if is_folder(&path) && is_empty {
                    let file = crate::io::file_name(&path);
                    tell(Event::of_reading(ReadError { file, place: None, cause: ReadCause::EmptyFolder }).into());
                }
                let layers = prepare_all(read.layers, &open, &sizes);
                let folder = is_folder(&path).then_some(path);
                let opened = Opened { layers, contents: read.contents, folder, is_said: false };
                let looked = dressing.look(opened.layers.iter().map(|(layer, _)| layer), progress);
                tell(Outcome::then(|session| session.with_looked(looked, |session| session.take_opened(opened))));
            }
            asked.into_iter().for_each(|examined| tell(Event::Undecided(Arc::new(examined)).into()));
        });
    }

    /// Adds a layer where its role is drawn: points above lines above areas, ground at the bottom. Opening is no step of the
    /// history.
    pub(super) fn add(&mut self, mut layer: OpenLayer) {
        self.dress(&mut layer);
        let rank = rank(layer.role, layer.layer());
        let at = self.layers.iter().position(|l| self::rank(l.role, l.layer()) > rank).unwrap_or(self.layers.len());
        self.step_back(&layer);
        self.layers.insert(at, layer);
    }

    /// Layers that only the history holds give way to one that is opened now: brought back, they count for nothing beside it
    /// until somebody says more.
    fn step_back(&mut self, opened: &OpenLayer) {
        let place = place_of(opened.path.as_deref());
        let kept = self.history.undo.iter_mut().chain(&mut self.history.redo).filter_map(|change| match change {
            Change::InsertLayer(_, layer) => Some(&mut **layer),
            _ => None,
        });
        for layer in kept {
            let is_same = place.is_some() && place_of(layer.path.as_deref()) == place;
            if is_same || (layer.role.is_some() && layer.role == opened.role) {
                (layer.role, layer.is_apart) = (None, true);
            }
        }
    }
}

impl Session {
    /// The open layer that is in the file of this one.
    pub(super) fn same_as(&self, layer: &OpenLayer, open: &[Key]) -> Option<Key> {
        let own = place_of(layer.path.as_deref());
        let is_same = |known: &&OpenLayer| match &own {
            Some(own) => {
                known.layer().source.read_as.layer == layer.layer().source.read_as.layer
                    && place_of(known.path.as_deref()).as_ref() == Some(own)
            }
            // Of the sample, which is in no file.
            None => {
                known.path.is_none()
                    && known.layer().source.file_name == layer.layer().source.file_name
                    && has_bytes_of(known.layer(), layer.layer())
            }
        };
        self.layers().iter().filter(|known| open.contains(&known.key)).find(is_same).map(|known| known.key)
    }

    /// The open layer that this one is, read otherwise; `None` where it is not open, was read so, or has edits that would go.
    /// Where nobody said how, only another part of the file is another reading.
    fn read_otherwise(&self, layer: &OpenLayer, open: &[Key], is_said: bool) -> Option<Key> {
        let known = self.layer(self.same_as(layer, open)?)?;
        let is_other = if is_said { known.read_as != layer.read_as } else { known.read_as.bbox != layer.read_as.bbox };
        (is_other && !known.is_unsaved()).then_some(known.key)
    }

    fn against(&self, layer: &OpenLayer, open: &[Key]) -> Option<Against> {
        if let Some(known) = self.same_as(layer, open).and_then(|key| self.layer(key)) {
            // One that another program changed since is another state, to be looked at beside.
            return Some(match known.is_overtaken() {
                true => Against::Left(Why::SameFile(called(known, ""))),
                false => Against::Same(known.key),
            });
        }
        if layer.layer().as_read.is_answer {
            return Some(Against::Left(Why::Answer));
        }
        let copied = |known: &&OpenLayer| open.contains(&known.key) && has_bytes_of(known.layer(), layer.layer());
        if let Some(known) = self.layers().iter().find(copied) {
            let beside = &layer.layer().source.file_name;
            return Some(Against::Left(Why::SameContent(called(known, beside))));
        }
        self.second_of(layer, open).map(|(role, key)| Against::Second(role, key))
    }

    /// A role of a layer that an open one has.
    fn second_of(&self, layer: &OpenLayer, open: &[Key]) -> Option<(Role, Key)> {
        let roles = self.roles_of(layer);
        let shares = |known: &OpenLayer| {
            let theirs = self.roles_of(known);
            roles.iter().copied().find(|role| theirs.contains(role)).map(|role| (role, known.key))
        };
        self.layers().iter().filter(|known| open.contains(&known.key)).find_map(shares)
    }

    /// What a layer seems to mean. The name of a national layer says more than words in it.
    pub(super) fn guess_of(&self, layer: &Layer) -> Option<Role> {
        layer.guessed_role.filter(|role| !is_national_otherwise(layer, *role, self.vocabulary()))
    }

    /// The files of a role of which the first counts.
    fn doubled(&self, role: Role, counted: Key, other: &str) -> Doubled {
        let first = self.layer(counted).map(|known| called(known, other)).unwrap_or_default();
        Doubled { role, files: vec![first, other.to_owned()] }
    }

    /// Adds what was read to what is open; tells what does not count.
    pub(super) fn take_opened(&mut self, opened: Opened) -> Vec<Event> {
        let Opened { layers, mut contents, folder, is_said } = opened;
        if let Some(folder) = folder.as_deref().filter(|_| self.open_project().is_none()) {
            // As the command line does: rules and words of the folder's own stand in it.
            self.open_rules(folder);
            self.open_words(folder, self.words().to_vec());
            self.read_findings_of(folder);
            self.read_comments_of(folder);
        }
        let open: Vec<Key> = self.layers().iter().map(|layer| layer.key).collect();
        let mut events = Vec::new();
        for (mut layer, is_apart) in layers {
            layer.guessed_role = self.guess_of(&layer);
            let key = self.new_key();
            let file = layer.source.file_name.clone();
            let mut layer = OpenLayer::read(key, layer);
            layer.is_apart = is_apart;
            if let Some(known) = self.read_otherwise(&layer, &open, is_said) {
                self.take_reloaded(known, Layer::clone(layer.layer()));
                continue;
            }
            let against = self.against(&layer, &open);
            if against.is_some() {
                contents.layers.retain(|taken| taken.file != file);
                contents.ignored.retain(|ignored| ignored.file != file);
                (layer.role, layer.is_apart) = (None, true);
            }
            match against {
                None => {}
                Some(Against::Same(known)) => {
                    let of = self.layer(known).map(|known| called(known, "")).unwrap_or_default();
                    contents.ignored.push(Ignored { file, why: Why::SameFile(of) });
                    events.push(Event::AlreadyOpen(known));
                    continue;
                }
                Some(Against::Left(why)) => {
                    let is_copy = matches!(why, Why::SameContent(_));
                    contents.ignored.push(Ignored { file, why });
                    if is_copy && folder.is_some() {
                        // As a copy within a folder.
                        continue;
                    }
                }
                Some(Against::Second(role, known)) => contents.doubled.push(self.doubled(role, known, &file)),
            }
            self.add(layer);
            events.push(Event::LayerAdded(key));
        }
        if folder.is_some() || contents.notice_text(Lang::En).is_some() {
            events.push(Event::Contents(Arc::new(contents.clone())));
        }
        if folder.is_none() {
            // A file that was named is in the list of layers.
            contents.layers.clear();
            contents.ignored.retain(|ignored| ignored.why != Why::NoRole);
        }
        self.extend_contents(contents);
        events
    }

    /// Adds the layer of a project at its place, or finds it open; its key. What the project says counts before what was
    /// open and is none of its layers.
    pub(super) fn insert_of_project(
        &mut self,
        at: usize,
        mut layer: OpenLayer,
        is_said: bool,
        open: &[Key],
        contents: &mut Contents,
    ) -> Key {
        let file = layer.layer().source.file_name.clone();
        let same = self.same_as(&layer, open);
        let others: Vec<Key> = open.iter().copied().filter(|key| Some(*key) != same).collect();
        // One that is open and of which the project says nothing stays what it is.
        while (is_said || same.is_none())
            && let Some((role, known)) = self.second_of(&layer, &others)
        {
            if !is_said {
                contents.doubled.push(self.doubled(role, known, &file));
                (layer.role, layer.is_apart) = (None, true);
                break;
            }
            let stepped_back = self.layer(known).map(|known| called(known, &file)).unwrap_or_default();
            contents.doubled.push(Doubled { role, files: vec![file.clone(), stepped_back] });
            self.apply(Change::SetRole(known, None));
            self.apply(Change::SetApart(known, true));
        }
        let Some(key) = same else {
            let key = layer.key;
            self.step_back(&layer);
            self.apply(Change::InsertLayer(at, Box::new(layer)));
            return key;
        };
        let of = self.layer(key).map(|known| called(known, "")).unwrap_or_default();
        contents.ignored.push(Ignored { file, why: Why::SameFile(of) });
        if is_said {
            self.apply(Change::SetRole(key, layer.role));
        } else if layer.is_apart {
            self.apply(Change::SetRole(key, None));
            self.apply(Change::SetApart(key, true));
        }
        self.apply(Change::SetStyle(key, Arc::clone(&layer.style)));
        self.apply(Change::Rename(key, layer.title.clone()));
        self.set_column_names(key, layer.layer().attributes.column_names().clone());
        self.apply(Change::Move(key, at));
        key
    }

    /// Adds a layer with edits, to be saved: in the place of the same file where that is open as it was read. Its key, and what
    /// takes it back, where that is to be a step.
    pub(super) fn insert_edited(&mut self, mut layer: OpenLayer) -> (Key, Option<Change>) {
        let open: Vec<Key> = self.layers().iter().map(|layer| layer.key).collect();
        let same = layer.path.as_ref().and_then(|_| self.same_as(&layer, &open));
        if let Some(known) = same.and_then(|key| self.layer(key)).filter(|known| !known.is_unsaved()) {
            let (key, role, is_apart) = (known.key, known.role, known.is_apart);
            let (style, title) = (Arc::clone(&known.style), known.title.clone());
            let layer = OpenLayer { key, role, is_apart, style, title, ..layer };
            return (key, self.apply(Change::Replace(Box::new(layer))));
        }
        if let Some((role, known)) = self.second_of(&layer, &open) {
            let name = layer.layer().name.clone();
            let doubled = vec![self.doubled(role, known, &name)];
            self.tell_contents(Contents { name, doubled, ..Contents::default() });
            (layer.role, layer.is_apart) = (None, true);
        }
        let key = layer.key;
        (key, self.apply(Change::InsertLayer(0, Box::new(layer))))
    }
}

/// Layers that were read, held against those that are open: whether they are shifted, and whether they are copies.
pub(super) fn prepare_all(
    read: Vec<contents::ReadLayer<'_>>,
    open: &[Arc<IndexedLayer>],
    sizes: &[u64],
) -> Vec<(Layer, bool)> {
    let mut layers: Vec<(Layer, bool)> = read.into_iter().map(|one| (one.layer, one.is_apart)).collect();
    for (layer, _) in &mut layers {
        let shift = open.iter().find_map(|o| crate::health::suspect_shift(layer, o.layer()));
        Arc::make_mut(&mut layer.problems).splice(0..0, shift.map(|kind| Problem { row: None, place: None, kind }));
        prepare(layer, open.iter().map(|open| &**open.layer()), sizes);
    }
    layers
}

/// Works out the hashes that will be compared, so that nobody waits for them later; `sizes` are those of files that are
/// opened together.
pub(super) fn prepare<'a>(layer: &Layer, others: impl Iterator<Item = &'a Layer>, sizes: &[u64]) {
    if sizes.iter().filter(|size| **size == layer.source.bytes).count() > 1 {
        // A file that cannot be read any more is no copy.
        let _ = layer.source.digest.sha256();
    }
    for other in others {
        has_bytes_of(layer, other);
    }
}

/// The place of a role in the drawing order, top first: points, lines, zones, then the ground.
fn rank(role: Option<Role>, layer: &Layer) -> usize {
    use crate::model::Shape;
    const ORDER: [Role; 36] = [
        Role::Outlet,
        Role::Enterprise,
        Role::Facility,
        Role::Service,
        Role::SensitiveSite,
        Role::ParkEntrance,
        Role::Shoreline,
        Role::Coastline,
        Role::RedLine,
        Role::RedLineBefore,
        Role::WaterSourceZone,
        Role::NatureReserve,
        Role::BanZone,
        Role::GroundwaterZone,
        Role::ControlUnit,
        Role::GreenLine,
        Role::UrbanBoundary,
        Role::Greenway,
        Role::River,
        Role::Road,
        Role::Corridor,
        Role::Town,
        Role::Grid,
        Role::ContaminatedPlot,
        Role::CandidateSite,
        Role::Building,
        Role::Park,
        Role::GreenSpace,
        Role::Residential,
        Role::Plot,
        Role::WaterBody,
        Role::Wetland,
        Role::Forest,
        Role::BasicFarmland,
        Role::Farmland,
        Role::District,
    ];
    match role {
        Some(role) => ORDER.iter().position(|r| *r == role).unwrap_or(ORDER.len()),
        None => match layer.shape() {
            None | Some(Shape::Points) => 0,
            Some(Shape::Lines) => ORDER.iter().position(|r| *r == Role::River).unwrap_or(0),
            Some(Shape::Polygons) => ORDER.iter().position(|r| *r == Role::ContaminatedPlot).unwrap_or(0),
        },
    }
}
