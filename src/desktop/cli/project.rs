//! A project, or a folder, as commands put rules to it: its layers by role, its plan, its own rules and parameters.

use super::terminal::Watched;
use super::{Common, Failure, say};
use crate::i18n::{Lang, between, count, tr};
use crate::index::IndexedLayer;
use crate::io::store::is_store;
use crate::model::Role;
use crate::rules::scenario::{Doubts, DrawnLayer, Scenario, resolved};
use crate::rules::{Catalogue, Plan, RoleLayers, Rule, RuleInput, Values, as_national, named_as_national, national_of};
use crate::session::contents::{self, Contents, Depth, Ignored, Reason, Taken, Why, rule_folders};
use crate::session::outside_told;
use crate::session::project::{Project, folder_of, is_project};
use crate::vocabulary::{Vocabulary, WordsError, words_of};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Members that are not known and are told at most.
pub(super) const UNKNOWN: usize = 20;

/// A project that was read.
pub(super) struct Opened {
    pub(super) layers: RoleLayers,
    /// Its layers as they were read.
    read: Vec<ReadOf>,
    /// Its scenarios.
    scenarios: Vec<Scenario>,
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

/// Of a layer without a role its file, and what it is read as: in words, and its roles.
type ToldOf = (String, Option<(String, Vec<Role>)>);

/// A layer of a project as it was read.
struct ReadOf {
    indexed: Arc<IndexedLayer>,
    role: Option<Role>,
    /// True where it is read as a layer of a national database.
    is_national: bool,
    is_apart: bool,
    /// Its file as the project names it, and the layer of it.
    named: Option<(String, Option<String>)>,
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
        let options = common.read_options();
        let read = contents::read(path, Depth::Alone, &project, &options, &vocabulary, watched.progress());
        if let Some(failed) = read.failed.into_iter().next() {
            return Err(failed.error.into());
        }
        if let Some(text) = read.contents.doubled_text(lang) {
            return Err(Failure::Input(text));
        }
        let mut contents = read.contents;
        // One of a national database may be several.
        contents.layers.retain(|taken| taken.reason != Reason::National);
        let mut all = Vec::new();
        for one in read.layers {
            let is_said = one.known.is_some_and(|known| known.role.is_some());
            let names = one.known.map(|known| known.names.clone()).unwrap_or_default();
            let is_national = national_of(&one.layer, &vocabulary).is_some();
            let named = one.known.map(|known| (known.file.clone(), known.read_as.layer.clone()));
            let indexed = Arc::new(IndexedLayer::new(Arc::new(one.layer.with_column_names(names))));
            let is_national = one.role.is_none() || (!is_said && is_national);
            all.push(ReadOf { indexed, role: one.role, is_national, is_apart: one.is_apart, named });
        }
        let scenarios = project.scenarios.clone();
        let mut opened = Self { layers: Vec::new(), read: all, scenarios, plan, values, folder, vocabulary, contents };
        let (layers, told) = opened.by_role(|of| Ok(Arc::clone(&of.indexed)), lang)?;
        opened.layers = layers;
        for (file, national) in told {
            match national {
                Some((text, roles)) => {
                    say::warn(&text);
                    let taken = roles.into_iter().map(|role| Taken {
                        file: file.clone(),
                        role: Some(role),
                        reason: Reason::National,
                    });
                    opened.contents.layers.extend(taken);
                }
                None => say::warn(tr!(lang, "inspect.no_role", file = file)),
            }
        }
        Ok(opened)
    }

    /// Its layers by their roles, each in the state that `state` says; and what is to be said of those without a role: what
    /// they are read as, or nothing.
    fn by_role(
        &self,
        state: impl Fn(&ReadOf) -> Result<Arc<IndexedLayer>, Failure>,
        lang: Lang,
    ) -> Result<(RoleLayers, Vec<ToldOf>), Failure> {
        let (mut layers, mut told) = (RoleLayers::new(), Vec::new());
        for of in &self.read {
            let indexed = state(of)?;
            match of.role {
                // It was named above.
                None if of.is_apart => {}
                Some(role) if !of.is_national => {
                    layers.push((role, named_as_national(role, &indexed, &self.vocabulary)));
                }
                _ => {
                    let file = indexed.layer().source.file_name.clone();
                    let read = as_national(&indexed, &self.vocabulary, lang);
                    told.push((
                        file,
                        read.map(|read| {
                            let roles = read.layers.iter().map(|(role, _)| *role).collect();
                            layers.extend(read.layers);
                            (read.told, roles)
                        }),
                    ));
                }
            }
        }
        Ok((layers, told))
    }

    /// The scenario of this name.
    pub(super) fn scenario(&self, name: &str, lang: Lang) -> Result<&Scenario, Failure> {
        let mut of_name = self.scenarios.iter().filter(|one| one.name == name);
        match (of_name.next(), of_name.next()) {
            (Some(one), None) => Ok(one),
            (Some(_), Some(_)) => Err(Failure::Input(tr!(lang, "scenario.twice", name = name).into_owned())),
            (None, _) if self.scenarios.is_empty() => {
                Err(Failure::Usage(tr!(lang, "scenario.none_there", name = name).into_owned()))
            }
            (None, _) => {
                let names: Vec<&str> = self.scenarios.iter().map(|one| &*one.name).collect();
                let names = names.join(between(lang));
                Err(Failure::Usage(tr!(lang, "scenario.unknown", name = name, names = names).into_owned()))
            }
        }
    }

    /// Its layers by their roles under a scenario, and what must be said of it.
    pub(super) fn under(
        &self,
        scenario: &Scenario,
        lang: Lang,
        watched: &Watched,
    ) -> Result<(RoleLayers, Vec<Doubts>), Failure> {
        let doubts = RefCell::new(Vec::new());
        let is_of = |drawn: &DrawnLayer, of: &ReadOf| {
            of.named.as_ref().is_some_and(|(file, layer)| *file == drawn.file && *layer == drawn.layer)
        };
        if let Some(drawn) = scenario.layers.iter().find(|drawn| !self.read.iter().any(|of| is_of(drawn, of))) {
            let (file, n) = (drawn.file.clone(), drawn.changes.len());
            return Err(Failure::Input(tr!(lang, "scenario.not_open", file = file, n = count(n)).into_owned()));
        }
        let state = |of: &ReadOf| -> Result<Arc<IndexedLayer>, Failure> {
            let mut state = Arc::clone(&of.indexed);
            for drawn in scenario.layers.iter().filter(|drawn| is_of(drawn, of)) {
                let resolved = resolved(&state, drawn, watched.progress())?;
                state = Arc::new(state.with_edits(&resolved.rows));
                if !resolved.doubts.is_empty() {
                    doubts.borrow_mut().push(resolved.doubts);
                }
            }
            Ok(state)
        };
        let (layers, _) = self.by_role(state, lang)?;
        Ok((layers, doubts.into_inner()))
    }

    /// Says on standard error what a folder or a project consists of.
    pub(super) fn tell(&self, path: &Path, lang: Lang) {
        if is_project(path) || is_store(path) || (path.is_dir() && !crate::io::is_layer_folder(path)) {
            say::error_lines(&format!("{}\n", self.contents.layers_text(lang)));
        }
        self.contents.ignored_text(lang).iter().for_each(say::warn);
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

    /// Puts it under a scenario from here on; what must be said of it is said.
    pub(super) fn put_under(&mut self, name: &str, lang: Lang, watched: &Watched) -> Result<Vec<Doubts>, Failure> {
        let scenario = self.scenario(name, lang)?;
        let (layers, doubts) = self.under(scenario, lang, watched)?;
        self.layers = layers;
        doubts.iter().for_each(|doubt| say::warn(doubt.message(lang)));
        Ok(doubts)
    }

    /// Its layers as rules are put to them, read with the planner's own words.
    pub(super) fn input(&mut self) -> RuleInput {
        RuleInput::with_vocabulary(std::mem::take(&mut self.layers), Arc::clone(&self.vocabulary))
    }

    /// A rule with the project's values of its parameters.
    pub(super) fn with_values(&self, rule: &Rule) -> (Rule, Values) {
        (rule.clone(), self.values.get(&rule.id).cloned().unwrap_or_default())
    }
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
