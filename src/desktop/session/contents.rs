//! What a folder or a project consists of: which files are its layers, of which role and why, and which are left out and
//! why. Decided here once, for the command line, for reports and for the window.
//!
//! Of a folder every `.geojson` file is a layer, but for hidden ones, the findings, answers of this program, and copies of
//! another. Two that have one role are a doubt that a person decides: what is counted twice would be wrong in silence. What
//! a project names is a layer, whatever it is called; only the role of two of its files is not guessed to be the same.

use super::copies::is_mere_table;
use super::counted::decide;
use super::folders::files_in;
pub use super::folders::{Depth, rule_folders};
use super::members::{is_folder, members_of, tables_of};
use super::project::{Project, ProjectLayer, folder_of, is_project};
use crate::i18n::{Lang, Said, between, bracketed, colon, count, semicolon, text_of, tr};
use crate::io::store::is_store;
use crate::io::{ReadCause, ReadError, ReadOptions, file_name, read_layer, unread_members};
use crate::model::{GuessedBy, Layer, ReadAs, Role};
use crate::progress::Progress;
use crate::rules::{is_national_otherwise, national_of};
use crate::vocabulary::Vocabulary;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Why a layer has its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The project says so.
    Project,
    /// The shared store that it is a table of says so.
    Store,
    /// The file is called after the role, or a word in a name or columns tell it.
    Guessed(GuessedBy),
    /// It is a layer of a national database.
    National,
}

impl Reason {
    /// Its name in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Guessed(GuessedBy::FileName) => "name",
            Self::Guessed(GuessedBy::Word) => "word",
            Self::Guessed(GuessedBy::Columns) => "columns",
            Self::National => "national",
            Self::Store => "store",
        }
    }

    /// In the reader's language.
    pub fn text(self, lang: Lang) -> String {
        text_of(
            lang,
            match self {
                Self::Project => "contents.by_project",
                Self::Guessed(GuessedBy::FileName) => "contents.by_name",
                Self::Guessed(GuessedBy::Word) => "contents.by_word",
                Self::Guessed(GuessedBy::Columns) => "contents.by_columns",
                Self::National => "contents.by_database",
                Self::Store => "contents.by_store",
            },
        )
    }
}

/// Why a file is no layer of a folder or a project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It has the member `shanshui`: this program wrote it.
    Answer,
    /// It holds the findings.
    Findings,
    /// It holds the comments.
    Comments,
    /// Its name begins with a dot: hidden, as what macOS leaves on shares (`._outlet.geojson`).
    Hidden,
    /// It is called a copy of this file.
    Copy(String),
    /// It has the same bytes as this file of the same role.
    SameContent(String),
    /// It is this file once more.
    SameFile(String),
    /// It is a project, which is opened by itself.
    Project,
    /// The project says that it does not count.
    SetApart,
    /// It is a table without positions, to be joined to a layer.
    Table,
    /// It holds tiles and no layers: a backdrop.
    Tiles,
    /// It is a table in a folder and cannot be read, or of a format that is recognised and not read: why, in English and Chinese.
    Unread(Said),
    /// It is a folder or an archive with layers of its own, in a folder of which they are not taken for layers.
    Folder,
    /// What it means cannot be told.
    NoRole,
    /// An archive's project names it, and it lies outside of what was unpacked.
    Outside,
}

impl Why {
    /// Its name in files.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Findings => "findings",
            Self::Comments => "comments",
            Self::Hidden => "hidden",
            Self::Copy(_) => "copy",
            Self::SameContent(_) => "same-content",
            Self::SameFile(_) => "same-file",
            Self::Project => "project",
            Self::SetApart => "not-counted",
            Self::Table => "table",
            Self::Tiles => "tiles",
            Self::Unread(_) => "unread",
            Self::Folder => "folder",
            Self::NoRole => "no-role",
            Self::Outside => "outside",
        }
    }

    /// In the reader's language.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Answer => tr!(lang, "contents.answer"),
            Self::Findings => tr!(lang, "contents.findings"),
            Self::Comments => tr!(lang, "contents.comments"),
            Self::Hidden => tr!(lang, "contents.hidden"),
            Self::Copy(of) => tr!(lang, "contents.copy", file = of),
            Self::SameContent(of) => tr!(lang, "contents.same_content", file = of),
            Self::SameFile(of) => tr!(lang, "contents.same_file", file = of),
            Self::Project => tr!(lang, "contents.project"),
            Self::SetApart => tr!(lang, "contents.set_apart"),
            Self::Table => tr!(lang, "contents.table"),
            Self::Tiles => tr!(lang, "contents.tiles"),
            Self::Unread(said) => said.text(lang).to_owned().into(),
            Self::Folder => tr!(lang, "contents.folder"),
            Self::NoRole => tr!(lang, "contents.no_role"),
            Self::Outside => tr!(lang, "contents.outside"),
        }
        .into_owned()
    }

    /// The file that it is a copy of.
    fn of(&self) -> Option<&str> {
        match self {
            Self::Copy(of) | Self::SameContent(of) | Self::SameFile(of) => Some(of),
            _ => None,
        }
    }
}

/// A layer of a folder or a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its file.
    pub file: String,
    /// Its role; several layers come of one file of a national database.
    pub role: Option<Role>,
    /// Why it has that role.
    pub reason: Reason,
}

/// A file that is no layer of a folder or a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// The file.
    pub file: String,
    /// Why.
    pub why: Why,
}

/// Files that seem to have one role, where nobody said that they have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubled {
    /// The role.
    pub role: Role,
    /// The files, the one that counts until somebody says more first.
    pub files: Vec<String>,
}

/// What a folder or a project consists of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// What it is called.
    pub name: String,
    /// Its layers, in the order of the files.
    pub layers: Vec<Taken>,
    /// What is left out.
    pub ignored: Vec<Ignored>,
    /// What is to be decided.
    pub doubled: Vec<Doubled>,
}

impl Contents {
    /// Adds those of another folder or project.
    pub fn extend(&mut self, other: Self) {
        let Self { name, layers, ignored, doubled } = other;
        if self.name.is_empty() {
            self.name = name;
        }
        self.layers.extend(layers);
        self.ignored.extend(ignored);
        self.doubled.extend(doubled);
    }

    /// The layers in a line, by how their roles are known: their number, and of each kind of reason the first ten.
    pub fn layers_text(&self, lang: Lang) -> String {
        const SHOWN: usize = 10;
        let mut text = tr!(lang, "contents.layers", n = count(self.layers.len())).into_owned();
        let mut reasons: Vec<Reason> = self.layers.iter().map(|taken| taken.reason).collect();
        reasons.sort_unstable();
        reasons.dedup();
        for reason in reasons {
            let of_reason = || self.layers.iter().filter(|taken| taken.reason == reason);
            let files = of_reason().take(SHOWN).map(|taken| match (taken.role, reason) {
                (Some(role), Reason::Guessed(GuessedBy::FileName)) => role.id().to_owned(),
                (Some(role), _) => format!("{} → {}", taken.file, role.id()),
                (None, _) => taken.file.clone(),
            });
            let mut files: Vec<String> = files.collect();
            let more = of_reason().count() - files.len();
            if more > 0 {
                files.push(tr!(lang, "contents.more", n = count(more)).into_owned());
            }
            let files = files.join(between(lang));
            text = format!("{text}{}{}{}{files}", semicolon(lang), reason.text(lang), colon(lang));
        }
        text
    }

    /// What is left out, in a line; nothing where everything counts.
    pub fn ignored_text(&self, lang: Lang) -> Option<String> {
        const SHOWN: usize = 12;
        // What has no role is told by itself.
        let told: Vec<&Ignored> = self.ignored.iter().filter(|ignored| ignored.why != Why::NoRole).collect();
        let one = |ignored: &&Ignored| format!("{}{}", ignored.file, bracketed(&ignored.why.text(lang), lang));
        let mut files: Vec<String> = told.iter().take(SHOWN).map(one).collect();
        if told.len() > SHOWN {
            files.push(tr!(lang, "contents.more", n = count(told.len() - SHOWN)).into_owned());
        }
        (!files.is_empty()).then(|| tr!(lang, "contents.ignored", files = files.join(between(lang))).into_owned())
    }

    /// What is to be decided, in words; nothing where there is nothing.
    pub fn doubled_text(&self, lang: Lang) -> Option<String> {
        let one = |doubled: &Doubled| {
            let files = doubled.files.join(between(lang));
            tr!(lang, "contents.doubled", role = doubled.role.title(lang), files = files, name = self.name).into_owned()
        };
        let all: Vec<String> = self.doubled.iter().map(one).collect();
        let way = tr!(lang, "contents.way.doubled", id = self.doubled.first()?.role.id());
        Some(format!("{} {way}", all.join(" ")))
    }

    /// What a person who opened it is told: what is to be decided, what is left out, what no rule reads; nothing where
    /// everything counts.
    pub fn notice_text(&self, lang: Lang) -> Option<String> {
        let without: Vec<&str> =
            self.ignored.iter().filter(|ignored| ignored.why == Why::NoRole).map(|ignored| &*ignored.file).collect();
        let files = without.join(between(lang));
        let without = (!without.is_empty()).then(|| tr!(lang, "contents.without_role", files = files).into_owned());
        let lines: Vec<String> =
            [self.doubled_text(lang), self.ignored_text(lang), without].into_iter().flatten().collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// The layers, as they stand in a summary.
    pub fn layers_json(&self) -> serde_json::Value {
        let one = |taken: &Taken| {
            let role = taken.role.map(Role::id);
            serde_json::json!({"role": role, "file": taken.file, "reason": taken.reason.id()})
        };
        self.layers.iter().map(one).collect()
    }

    /// What is left out, as it stands in a summary.
    pub fn ignored_json(&self) -> serde_json::Value {
        let one = |ignored: &Ignored| {
            let mut json = serde_json::json!({"file": ignored.file, "reason": ignored.why.id()});
            if let Some(of) = ignored.why.of() {
                json["of"] = of.into();
            }
            json
        };
        self.ignored.iter().map(one).collect()
    }
}

/// A layer that was read.
#[derive(Debug)]
pub struct ReadLayer<'a> {
    /// The layer. Its guessed role is the one that it has, where nobody said another.
    pub layer: Layer,
    /// What the project says of it.
    pub known: Option<&'a ProjectLayer>,
    /// Its number in the project, or in the folder.
    pub number: usize,
    /// Its role; none where it is a layer of a national database with several, or nobody knows.
    pub role: Option<Role>,
    /// True where it counts for nothing until somebody gives it a role.
    pub is_apart: bool,
    /// Why it has that role.
    pub(super) reason: Option<Reason>,
    pub(super) path: PathBuf,
}

impl ReadLayer<'_> {
    /// What its file is called without its ending; its table in a shared store.
    pub(super) fn stem(&self) -> Cow<'_, str> {
        match &self.layer.source.store {
            Some(_) => Cow::Borrowed(&self.layer.source.file_name),
            None => self.path.file_stem().unwrap_or_default().to_string_lossy(),
        }
    }
}

/// A folder or a project that was read.
#[derive(Debug, Default)]
pub struct Read<'a> {
    /// Its layers, in the order of the files.
    pub layers: Vec<ReadLayer<'a>>,
    /// What it consists of.
    pub contents: Contents,
    /// Files that could not be read.
    pub failed: Vec<Failed>,
}

/// A file, or a layer of it, that could not be read.
#[derive(Debug)]
pub struct Failed {
    /// Where the file is.
    pub path: PathBuf,
    /// Which of its layers, where it holds several.
    pub layer: Option<String>,
    /// Why.
    pub error: ReadError,
}

/// Members of an archive that are not read though somebody may miss them.
pub fn unread_in(file: &Path) -> impl Iterator<Item = Ignored> {
    let name = file_name(file);
    let members = unread_members(file).into_iter();
    members.map(move |(member, said)| Ignored { file: format!("{name}/{member}"), why: Why::Unread(said) })
}

/// Reads a folder, a project, or a file alone (by `path`, whose project this is), and decides what it consists of. `depth` is how far a
/// folder is looked into. Stops where it is cancelled.
pub fn read<'a>(
    path: &Path,
    depth: Depth,
    project: &'a Project,
    options: &ReadOptions,
    vocabulary: &Vocabulary,
    progress: &Progress,
) -> Read<'a> {
    let is_folder = is_folder(path);
    // Layers of a shared store are of one moment, whatever is written there meanwhile.
    let options = &options.in_one_snapshot();
    let mut read = Read::default();
    read.contents.name = file_name(&path.canonicalize().unwrap_or_else(|_| path.to_owned()));
    let all = |files, read: &mut Read<'_>| {
        let (members, failed) = members_of(files, options);
        read.failed.extend(failed.into_iter().map(|(path, error)| Failed { path, layer: None, error }));
        members.into_iter().map(|(file, read_as)| (file, read_as, None)).collect::<Vec<_>>()
    };
    let files: Vec<(PathBuf, ReadAs, Option<&ProjectLayer>)> = match is_folder {
        true => match files_in(path, depth) {
            Ok((files, ignored)) => {
                read.contents.ignored = ignored;
                all(files, &mut read)
            }
            Err(e) => {
                let error = ReadError { file: file_name(path), place: None, cause: e.into() };
                read.failed.push(Failed { path: path.to_owned(), layer: None, error });
                Vec::new()
            }
        },
        false if is_store(path) => {
            let (tables, others, failed) = tables_of(path, options);
            read.contents.ignored.extend(others.into_iter().map(|file| Ignored { file, why: Why::Table }));
            read.failed.extend(failed.map(|error| Failed { path: path.to_owned(), layer: None, error }));
            tables.into_iter().map(|(file, read_as)| (file, read_as, None)).collect()
        }
        false if is_project(path) => {
            let folder = folder_of(path);
            let one = |known: &'a ProjectLayer| (Project::file(known, folder), known.read_as.clone(), Some(known));
            project.layers.iter().map(one).collect()
        }
        false => all(vec![path.to_owned()], &mut read),
    };
    // What of an archive is no layer.
    let archives: BTreeSet<&PathBuf> = files.iter().map(|(file, ..)| file).collect();
    read.contents.ignored.extend(archives.into_iter().flat_map(|file| unread_in(file)));
    // A plan that is named by its file, too.
    let plan = project.plan.iter().filter(|plan| project.leads_out(plan));
    read.contents.ignored.extend(plan.map(|plan| Ignored { file: plan.clone(), why: Why::Outside }));
    for (number, (file, read_as, known)) in files.into_iter().enumerate() {
        if let Some(known) = known.filter(|known| project.leads_out(&known.file)) {
            read.contents.ignored.push(Ignored { file: known.file.clone(), why: Why::Outside });
            continue;
        }
        let mut layer = match read_layer(&file, &options.with(&read_as), progress) {
            Ok(layer) => layer,
            Err(e) => {
                let is_cancelled = e.cause == ReadCause::Cancelled;
                // In a window it is asked where one lies.
                let is_asked = depth == Depth::Whole && e.is_about_place();
                if is_folder && !is_cancelled && !is_asked && is_mere_table(&file) {
                    // Folders hold tables of all kinds; one that is none of ours stops nothing.
                    let why = Why::Unread(Said::told(|lang| e.message(lang)));
                    read.contents.ignored.push(Ignored { file: file_name(&file), why });
                    continue;
                }
                read.failed.push(Failed { path: file, layer: read_as.layer, error: e });
                if is_cancelled {
                    return read;
                }
                continue;
            }
        };
        let is_answer = layer.as_read.is_answer || layer.source.store.as_ref().is_some_and(|store| store.is_answer);
        if (is_folder || is_store(&file) && known.is_none()) && is_answer {
            read.contents.ignored.push(Ignored { file: layer.source.file_name, why: Why::Answer });
            continue;
        }
        let is_table = layer.as_read.table.as_ref().is_some_and(|table| table.schema.is_table);
        if is_table && is_folder {
            read.contents.ignored.push(Ignored { file: layer.source.file_name, why: Why::Table });
            continue;
        }
        // Of a project what counts is what it says; and its own answers are no layers that rules read unless it says so.
        let is_apart = is_table && known.is_none_or(|known| known.role.is_none())
            || known.is_some_and(|known| known.role.is_none() && (!known.counted || is_answer));
        let (role, reason) = if is_apart { (None, None) } else { role_of(&layer, known, vocabulary) };
        layer.guessed_role = layer.guessed_role.filter(|_| !is_apart || known.is_some_and(|known| !known.counted));
        read.layers.push(ReadLayer { layer, known, number, role, is_apart, reason, path: file });
    }
    decide(&mut read, is_folder);
    read
}

/// The role of a layer, and why: the project's word, or a guess that no national database contradicts.
fn role_of(layer: &Layer, known: Option<&ProjectLayer>, vocabulary: &Vocabulary) -> (Option<Role>, Option<Reason>) {
    if let Some(role) = known.and_then(|known| known.role) {
        return (Some(role), Some(Reason::Project));
    }
    if let Some(role) = layer.source.store.as_ref().and_then(|store| store.role) {
        return (Some(role), Some(Reason::Store));
    }
    let guess = layer.guessed_role.filter(|role| !is_national_otherwise(layer, *role, vocabulary));
    match national_of(layer, vocabulary) {
        Some(national) if guess.is_some() || national.role.is_some() => {
            (guess.or(national.role), Some(Reason::National))
        }
        Some(national) if national.code_column(&layer.attributes).is_some() => (None, Some(Reason::National)),
        _ => (guess, guess.map(|role| Reason::Guessed(layer.guessed_by(role)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_of_layers_are_cut_and_counted() {
        let text = |by_name: usize, by_word: usize| {
            let taken = |n: usize, reason| {
                let one = move |i| Taken { file: format!("f{i}.geojson"), role: Some(Role::Outlet), reason };
                (0..n).map(one).collect::<Vec<_>>()
            };
            let mut layers = taken(by_name, Reason::Guessed(GuessedBy::FileName));
            layers.extend(taken(by_word, Reason::Guessed(GuessedBy::Word)));
            Contents { layers, ..Contents::default() }.layers_text(Lang::En)
        };
        for (by_name, by_word, names, files, more) in [
            (3, 0, 3, 0, None),
            (10, 10, 20, 10, None),
            (40, 2, 12, 2, Some("30 more")),
            (40, 12, 20, 10, Some("2 more")),
        ] {
            let told = text(by_name, by_word);
            let found = (told.matches("outlet").count(), told.matches(".geojson").count());
            assert_eq!(found, (names, files), "{told}");
            assert!(told.contains(&(by_name + by_word).to_string()), "{told}");
            assert_eq!(told.contains(" more"), more.is_some(), "{told}");
            assert!(more.is_none_or(|more| told.contains(more)), "{told}");
        }
    }
}
