//! A project, or a folder, as commands put rules to it: its layers by role, its plan, its own rules and parameters.

use super::terminal::Watched;
use super::{Common, Failure, say};
use crate::i18n::{Lang, between, count, tr};
use crate::index::IndexedLayer;
use crate::io::store::is_store;
use crate::model::Role;
use crate::rules::findings::Findings;
use crate::rules::{Catalogue, Plan, RoleLayers, Rule, RuleInput, Values, as_national, named_as_national, national_of};
use crate::session::contents::{self, Contents, Ignored, Reason, Taken, Why, rule_folders};
use crate::session::outside_told;
use crate::session::project::{Project, folder_of, is_project};
use crate::vocabulary::{Vocabulary, WordsError, words_of};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Members that are not known and are told at most.
const UNKNOWN: usize = 20;

/// A project that was read.
pub(super) struct Opened {
    pub(super) layers: RoleLayers,
    pub(super) plan: Option<Plan>,
    /// Values of parameters, by rule.
    values: BTreeMap<String, Values>,
    /// The folder that it stands in.
    pub(super) folder: PathBuf,
    /// The vocabulary, with the words of its planners.
    pub(super) vocabulary: Arc<Vocabulary>,
    /// What it consists of.
    pub(super) contents: Contents,
}

impl Opened {
    /// Reads a project and its layers that have a role; the values of its parameters are held to the rules.
    pub(super) fn read(
        common: &Common,
        path: &Path,
        catalogue: &Catalogue,
        watched: &Watched,
    ) -> Result<Self, Failure> {
        let lang = common.lang();
        let project = Project::of(path).map_err(|e| Failure::Input(e.message(lang)))?;
        project.unknown.iter().take(UNKNOWN).for_each(|key| say::warn_once(key.message(lang)));
        if project.unknown.len() > UNKNOWN {
            say::warn_once(tr!(lang, "contents.more", n = count(project.unknown.len() - UNKNOWN)));
        }
        outside_told(&project, path).iter().for_each(|said| say::warn_once(said.text(lang)));
        let (values, faults) = project.values(catalogue, &crate::io::file_name(path));
        if !faults.is_empty() {
            let faults: Vec<String> = faults.iter().map(|fault| fault.message(lang)).collect();
            return Err(Failure::Input(faults.join("\n")));
        }
        let folder = folder_of(path).to_owned();
        let plan = match &common.plan {
            // A planner's own table stands where it was named; one in the project, beside it.
            Some(name) => project.targets(Some(name), Path::new("")),
            None => project.targets(None, &folder),
        };
        let plan = plan.map_err(|e| Failure::Input(e.message(lang)))?;
        let mut words = Vec::new();
        for folder in rule_folders(Some(path)) {
            words.extend(words_of(&folder).map_err(|e| Failure::Input(e.message(lang)))?);
        }
        for word in &project.words {
            if let Some(cause) = Vocabulary::builtin().fault_of(word) {
                say::warn_once(WordsError { file: path.display().to_string(), line: None, cause }.message(lang));
            }
        }
        words.extend(project.words.iter().cloned());
        let vocabulary = Arc::new(Vocabulary::builtin().with_words(&words));
        let read = contents::read(path, &project, &common.read_options(), &vocabulary, watched.progress());
        if let Some(e) = read.failed.into_iter().next() {
            return Err(e.into());
        }
        if let Some(text) = read.contents.doubled_text(lang) {
            return Err(Failure::Input(text));
        }
        let mut layers: RoleLayers = Vec::new();
        let mut contents = read.contents;
        // One of a national database may be several.
        contents.layers.retain(|taken| taken.reason != Reason::National);
        for one in read.layers {
            let file = one.layer.source.file_name.clone();
            let is_said = one.known.is_some_and(|known| known.role.is_some());
            let names = one.known.map(|known| known.names.clone()).unwrap_or_default();
            let is_national = national_of(&one.layer, &vocabulary).is_some();
            let indexed = Arc::new(IndexedLayer::new(Arc::new(one.layer.with_column_names(names))));
            match one.role {
                // It was named above.
                None if one.is_apart => {}
                Some(role) if is_said || !is_national => {
                    layers.push((role, named_as_national(role, &indexed, &vocabulary)));
                }
                _ => {
                    let read = as_national(&indexed, &vocabulary, lang).map_err(|e| Failure::Input(e.to_string()))?;
                    match read {
                        Some(read) => {
                            say::warn(&read.told);
                            let taken = read.layers.iter().map(|(role, _)| Taken {
                                file: file.clone(),
                                role: Some(*role),
                                reason: Reason::National,
                            });
                            contents.layers.extend(taken);
                            layers.extend(read.layers);
                        }
                        None => say::warn(tr!(lang, "inspect.no_role", file = file)),
                    }
                }
            }
        }
        Ok(Self { layers, plan, values, folder, vocabulary, contents })
    }

    /// Says on standard error what a folder or a project consists of.
    pub(super) fn tell(&self, path: &Path, lang: Lang) {
        if is_project(path) || is_store(path) || (path.is_dir() && !crate::io::is_layer_folder(path)) {
            say::error_lines(&format!("{}\n", self.contents.layers_text(lang)));
            self.contents.ignored_text(lang).iter().for_each(say::warn);
        }
    }

    /// Leaves out layers whose file was given under the same role before; adds those that stay to what was.
    pub(super) fn leave_out_given(&mut self, given: &mut Vec<(PathBuf, Role)>) {
        let mut again = Vec::new();
        self.layers.retain(|(role, indexed)| {
            let source = &indexed.layer().source;
            let path = source.path.as_ref().and_then(|path| path.canonicalize().ok());
            let Some(place) = path.map(|path| (path, *role)) else { return true };
            let is_new = !given.contains(&place);
            if is_new {
                given.push(place);
            } else {
                let file = source.file_name.clone();
                again.push(Ignored { why: Why::SameFile(file.clone()), file });
            }
            is_new
        });
        self.contents.layers.retain(|taken| !again.iter().any(|ignored| ignored.file == taken.file));
        self.contents.ignored.extend(again);
    }

    /// Its layers as rules are put to them, read with the planner's own words.
    pub(super) fn input(&mut self) -> Result<RuleInput, Failure> {
        let layers = std::mem::take(&mut self.layers);
        RuleInput::with_vocabulary(layers, Arc::clone(&self.vocabulary)).map_err(|e| Failure::Input(e.to_string()))
    }

    /// A rule with the project's values of its parameters.
    pub(super) fn with_values(&self, rule: &Rule) -> (Rule, Values) {
        (rule.clone(), self.values.get(&rule.id).cloned().unwrap_or_default())
    }
}

/// The findings of a file; properties of theirs that this version does not know are said.
pub(super) fn read_findings(file: &Path, lang: Lang) -> Result<Findings, Failure> {
    let findings = Findings::read(file).map_err(|e| Failure::Input(e.to_string()))?;
    findings.unknown(file).iter().take(UNKNOWN).for_each(|key| say::warn_once(key.message(lang)));
    Ok(findings)
}

/// The rules of the program, of the planner's configuration, and of the project's folder.
pub(super) fn catalogue(project: Option<&Path>, lang: Lang) -> Catalogue {
    let mut catalogue = Catalogue::builtin();
    for folder in rule_folders(project) {
        catalogue.add_folder(&folder).iter().for_each(|e| say::warn_once(e.message(lang)));
    }
    let replaced: Vec<&str> =
        catalogue.own.iter().map(|(id, _)| &**id).filter(|id| Catalogue::is_builtin(id)).collect();
    if !replaced.is_empty() {
        say::warn_once(tr!(lang, "rules.own_instead", ids = replaced.join(between(lang))));
    }
    catalogue
}
