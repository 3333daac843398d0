//! What journals left is taken up again: every row that can be read, into its file's layer or, where that is not there, into
//! a layer of its own. What cannot be is named, and its journal kept.

use super::editing::empty_layer;
use super::jobs::Outcome;
use super::journal::{BadRow, Left, Numbering, Recovered, Saving, UnreadLine, kept_path};
use super::line::State;
use super::settings::Settings;
use super::{Event, JobKind, Session};
use crate::i18n::{Lang, between, count, tr};
use crate::index::IndexedLayer;
use crate::io::geojson::{EditError, feature_text, read_features};
use crate::io::{FileStamp, ReadCause, ReadError, ReadOptions, read_layer};
use crate::model::{Edited, Layer, ReadAs};
use crate::progress::{Cancelled, Progress};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What of a journal could not be taken up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// A line that could not be read, or not wholly.
    Line(UnreadLine),
    /// Rows of this layer whose features cannot be read.
    Rows(String, Vec<BadRow>),
    /// So many deletions in this layer: their features are in a file that is not there.
    Deletions(String, usize),
    /// The layer cannot be made: why.
    Layer(String, String),
    /// What was set of the layers in these files, which are not open.
    Settings(Vec<String>),
}

/// Why features stand in a layer of their own, and not in the one of their file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The file is not there.
    Missing,
    /// It is not as it was when they were edited.
    Changed,
    /// It has so many features, and had so many.
    Count(usize, usize),
    /// It cannot be read.
    Unreadable(ReadError),
    /// Lines are lost that would tell which features of the file they are.
    Unsure,
}

/// A layer whose features stand in one of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apart {
    /// Its name.
    pub layer: String,
    /// The file that they are not put into.
    pub file: PathBuf,
    /// Why.
    pub why: Why,
}

/// What is to be told of a journal that was taken up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenUp {
    /// Where the journal is kept, where something of it is lost.
    pub kept: Option<PathBuf>,
    /// What is.
    pub lost: Vec<Lost>,
    /// Layers whose features are not in their file's.
    pub apart: Vec<Apart>,
}

/// Rows, lines and layers that are named; more are counted.
const NAMED: usize = 6;

/// The first of some texts, and how many more there are.
fn first_of(texts: impl Iterator<Item = String>, more: usize, lang: Lang) -> Vec<String> {
    let mut told: Vec<String> = texts.take(NAMED).collect();
    if more > NAMED {
        told.push(tr!(lang, "recovery.more", n = count(more - NAMED)).into_owned());
    }
    told
}

impl Lost {
    fn message(&self, lang: Lang) -> String {
        match self {
            Self::Line(line) => line.message(lang),
            Self::Rows(layer, rows) => {
                let named = rows.iter().map(|bad| match bad.row {
                    Some(row) => format!("{} ({})", count(row.saturating_add(1)), bad.cause),
                    None => format!("? ({})", bad.cause),
                });
                let rows = first_of(named, rows.len(), lang).join(between(lang));
                tr!(lang, "recovery.lost_rows", layer = layer, rows = rows).into_owned()
            }
            Self::Deletions(layer, n) => {
                tr!(lang, "recovery.lost_deletions", layer = layer, n = count(*n)).into_owned()
            }
            Self::Settings(files) => {
                tr!(lang, "recovery.lost_settings", files = files.join(between(lang))).into_owned()
            }
            Self::Layer(layer, cause) => tr!(lang, "recovery.lost_layer", layer = layer, cause = cause).into_owned(),
        }
    }
}

impl Apart {
    fn message(&self, lang: Lang) -> String {
        let file = self.file.display().to_string();
        let why = match &self.why {
            Why::Missing => tr!(lang, "recovery.apart_missing", file = file),
            Why::Changed => tr!(lang, "recovery.apart_changed", file = file),
            Why::Count(now, then) => {
                tr!(lang, "recovery.apart_count", file = file, now = count(*now), before = count(*then))
            }
            Why::Unreadable(e) => e.message(lang).into(),
            Why::Unsure => tr!(lang, "recovery.apart_unsure", file = file),
        };
        tr!(lang, "recovery.apart", layer = self.layer, why = why).into_owned()
    }
}

impl TakenUp {
    /// True where there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is lost, what stands elsewhere, and where the journal is, in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        let lost = first_of(self.lost.iter().map(|lost| lost.message(lang)), self.lost.len(), lang);
        let apart = first_of(self.apart.iter().map(|apart| apart.message(lang)), self.apart.len(), lang);
        let mut lines: Vec<String> = Vec::new();
        if let Some(kept) = &self.kept {
            lines.push(tr!(lang, "recovery.kept", file = kept.display()).into_owned());
        }
        lines.extend(lost);
        lines.extend(apart);
        lines.join("\n")
    }
}

impl Session {
    /// Opens layers with the edits that a journal holds of them. Where a file is no longer what was edited, the edited
    /// features stand in a layer of their own.
    pub(super) fn start_recovering(&mut self, left: Left) {
        if let Some(settings) = &left.settings {
            self.start_settings(Settings::clone(settings));
        }
        let read = self.read.clone();
        let name = left.layers.first().map_or_else(|| crate::io::file_name(left.path()), |l| l.name.clone());
        self.spawn(JobKind::Reading(name), move |progress, tell| {
            let mut taken_up =
                TakenUp { lost: left.unread.iter().cloned().map(Lost::Line).collect(), ..TakenUp::default() };
            let mut layers = Vec::new();
            for recovered in &left.layers {
                match recover(recovered, &read, progress) {
                    Ok(taken) => {
                        layers.extend(taken.indexed);
                        taken_up.lost.extend(taken.lost);
                        taken_up.apart.extend(taken.apart);
                    }
                    // Nothing of it is opened, and the journal is as it was.
                    Err(e) => return tell(Outcome::edit_failed(EditError::Cancelled(e))),
                }
            }
            let recovered = |indexed| Outcome::then(|session| Some(Event::LayerAdded(session.add_recovered(indexed))));
            layers.into_iter().for_each(|indexed| tell(recovered(indexed)));
            // Only now that everything is open, and noted anew.
            tell(Outcome::then(move |session| session.take_over(&left, taken_up)));
        });
    }

    /// Everything of a journal is open and noted anew: it goes, or is kept where something of it is lost.
    pub(super) fn take_over(&mut self, left: &Left, mut taken_up: TakenUp) -> Option<Event> {
        taken_up.kept = (!taken_up.lost.is_empty()).then(|| kept_path(left.path()));
        if !self.journal_mut().take_over(left, taken_up.kept.clone()) {
            taken_up.kept = taken_up.kept.map(|_| left.path().to_owned());
        }
        (!taken_up.is_empty()).then_some(Event::TakenUp(taken_up))
    }
}

/// A layer taken up, and what of it could not be.
#[derive(Default)]
struct Taken {
    indexed: Option<IndexedLayer>,
    lost: Vec<Lost>,
    apart: Option<Apart>,
}

/// True where a layer is what a saving would have written.
fn is_written_by(saving: &Saving, layer: &Layer) -> bool {
    let is_there = |(row, text): (&usize, &String)| {
        *row < layer.len() && feature_text(layer, *row).is_ok_and(|own| *own == *text.as_bytes())
    };
    layer.len() == saving.file_rows && saving.texts.iter().all(is_there)
}

/// The layer of a file; `Ok(Err)` where it cannot be read.
fn layer_of(file: &Path, options: &ReadOptions, progress: &Progress) -> Result<Result<Layer, ReadError>, Cancelled> {
    match read_layer(file, options, progress) {
        Err(e) if e.cause == ReadCause::Cancelled => Err(Cancelled),
        read => Ok(read),
    }
}

/// The layer that recovered rows are rows of, with those rows; or why there is none.
fn base_of<'a>(
    recovered: &'a Recovered,
    options: &ReadOptions,
    progress: &Progress,
) -> Result<Result<(Layer, &'a std::collections::BTreeMap<usize, State>), Option<Apart>>, Cancelled> {
    let apart = |file: &Path, why| Ok(Err(Some(Apart { layer: recovered.name.clone(), file: file.to_owned(), why })));
    // What the session's last saving wrote, where it ended between that and the line that says so.
    let written = |layer: &Layer| recovered.saving.as_ref().filter(|saving| is_written_by(saving, layer));
    let fits = |layer: Layer, file: &Path| match recovered.numbering {
        Numbering::Of(rows) if rows != layer.len() => apart(file, Why::Count(layer.len(), rows)),
        Numbering::Lost => apart(file, Why::Unsure),
        Numbering::Of(_) | Numbering::Unknown => Ok(Ok((layer, &recovered.rows))),
    };
    // What was edited, and what this program wrote of it.
    let edited = recovered.read_as.as_ref().map_or_else(|| options.clone(), |known| options.only(known));
    let saved = options.only(&ReadAs::default());
    if let Some(file) = &recovered.pointed {
        if recovered.saving.is_some()
            && let Ok(layer) = layer_of(file, &saved, progress)?
            && let Some(saving) = written(&layer)
        {
            return Ok(Ok((layer, &saving.rows)));
        }
        return match layer_of(file, &edited, progress)? {
            Ok(layer) => fits(layer, file),
            Err(e) => apart(file, Why::Unreadable(e)),
        };
    }
    let Some(file) = &recovered.file else {
        return match recovered.numbering {
            Numbering::Of(_) => Ok(Err(None)),
            Numbering::Unknown | Numbering::Lost => apart(Path::new("?"), Why::Unsure),
        };
    };
    if recovered.is_file_there() {
        return match layer_of(file, &edited, progress)? {
            Ok(layer) => fits(layer, file),
            Err(e) => apart(file, Why::Unreadable(e)),
        };
    }
    if let Some(saving) = &recovered.saving
        && let Ok(layer) = layer_of(&saving.file, &saved, progress)?
        && is_written_by(saving, &layer)
    {
        return Ok(Ok((layer, &saving.rows)));
    }
    let is_lost = recovered.numbering == Numbering::Lost;
    let why = match FileStamp::of(file) {
        Ok(_) if is_lost => Why::Unsure,
        Ok(_) => Why::Changed,
        Err(_) => Why::Missing,
    };
    apart(file, why)
}

/// Features from their texts, each by itself where one of them is none.
fn read_each(texts: &[&String], features: &mut Vec<Result<Edited, EditError>>) {
    match read_features(texts) {
        Ok(read) => features.extend(read.into_iter().map(Ok)),
        Err(e) if texts.len() == 1 => features.push(Err(e)),
        Err(_) => {
            let (one, other) = texts.split_at(texts.len() / 2);
            read_each(one, features);
            read_each(other, features);
        }
    }
}

/// Why a text is no JSON object by itself. Read together with others it could pass for one.
fn no_object(text: &str) -> Option<String> {
    use serde::de::IgnoredAny;
    match serde_json::from_str::<IgnoredAny>(text) {
        Err(e) => Some(e.to_string()),
        Ok(_) if !text.trim_start().starts_with('{') => Some("no object".to_owned()),
        Ok(_) => None,
    }
}

fn recover(recovered: &Recovered, options: &ReadOptions, progress: &Progress) -> Result<Taken, Cancelled> {
    let name = if recovered.name.is_empty() { "recovered" } else { &recovered.name };
    let (base, rows, apart) = match base_of(recovered, options, progress)? {
        Ok((layer, rows)) => (Some(layer), rows, None),
        Err(apart) => (None, &recovered.rows, apart.map(|apart| Apart { layer: name.to_owned(), ..apart })),
    };
    let mut bad = recovered.bad.clone();
    let (mut numbers, mut texts, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    for (row, state) in rows {
        match state {
            State::Text(text) => match no_object(text) {
                None => {
                    numbers.push(*row);
                    texts.push(text);
                }
                Some(cause) => bad.push(BadRow { row: Some(*row), cause }),
            },
            State::Gone(_) => gone.push(*row),
            State::AsRead(_) => {}
        }
    }
    let mut features = Vec::with_capacity(texts.len());
    if !texts.is_empty() {
        read_each(&texts, &mut features);
    }
    let there = base.as_ref().map_or(0, Layer::len);
    // Rows of the file where they stand; others behind its last, without gaps, whatever their numbers are.
    let (mut changes, mut added) = (Vec::new(), there);
    for (row, feature) in numbers.into_iter().zip(features) {
        match feature {
            Ok(feature) if row < there => changes.push((row, Some(feature))),
            Ok(feature) => {
                changes.push((added, Some(feature)));
                added += 1;
            }
            Err(e) => bad.push(BadRow { row: Some(row), cause: e.message(Lang::En) }),
        }
    }
    let lost_deletions = gone.iter().filter(|row| **row >= there).count();
    changes.extend(gone.into_iter().filter(|row| *row < there).map(|row| (row, Some(Edited::Gone))));
    let mut taken = Taken::default();
    if !bad.is_empty() {
        bad.sort_by_key(|bad| bad.row);
        taken.lost.push(Lost::Rows(name.to_owned(), bad));
    }
    if lost_deletions > 0 {
        taken.lost.push(Lost::Deletions(name.to_owned(), lost_deletions));
    }
    if changes.is_empty() {
        return Ok(taken);
    }
    changes.sort_by_key(|(row, _)| *row);
    taken.apart = apart;
    match base.map_or_else(|| empty_layer(name), Ok) {
        Ok(base) => taken.indexed = Some(IndexedLayer::new(Arc::new(base)).with_edits(&changes)),
        Err(e) => taken.lost.push(Lost::Layer(name.to_owned(), e.message(Lang::En))),
    }
    Ok(taken)
}
