//! What the planners of a session said that values mean, and what layers of national databases are read as.

use super::contents::rule_folders;
use super::jobs::Event;
use super::project::OpenProject;
use super::{OpenLayer, Session};
use crate::i18n::{Lang, Said};
use crate::model::Role;
use crate::rules::{Given, RoleLayers, Values, as_national};
use crate::vocabulary::{Vocabulary, Word, WordsError, words_of};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

impl Session {
    /// What a layer without a role is read as where it is one of a national database: in words, and by roles.
    pub fn national(&self, layer: &OpenLayer) -> (Option<Said>, RoleLayers) {
        if layer.is_apart {
            return Default::default();
        }
        let id = layer.indexed.id();
        if let Some(known) = self.rules.national.borrow().get(&id) {
            return known.clone();
        }
        // What cannot be read has no role.
        let told = |lang| as_national(&layer.indexed, &self.rules.vocabulary, lang);
        let read = told(Lang::Zh).map(|read| {
            let en = told(Lang::En).map_or_else(|| read.told.clone(), |read| read.told);
            (Some(Said { zh: read.told, en }), read.layers)
        });
        let read = read.unwrap_or_default();
        let mut known = self.rules.national.borrow_mut();
        known.retain(|id, _| self.layers.iter().any(|layer| layer.indexed.id() == *id));
        known.insert(id, read.clone());
        read
    }

    /// The roles that a layer has, or is read as where it is one of a national database.
    pub fn roles_of(&self, layer: &OpenLayer) -> Vec<Role> {
        match layer.role {
            Some(role) => vec![role],
            None => self.national(layer).1.into_iter().map(|(role, _)| role).collect(),
        }
    }

    /// The roles that open layers have or are read as, each once: what rules can be put to.
    pub fn roles(&self) -> Vec<Role> {
        let mut roles: Vec<Role> = self.layers.iter().flat_map(|layer| self.roles_of(layer)).collect();
        roles.sort();
        roles.dedup();
        roles
    }

    /// The vocabulary, with the planners' words.
    pub fn vocabulary(&self) -> &Arc<Vocabulary> {
        &self.rules.vocabulary
    }

    /// What planners said that values mean.
    pub fn words(&self) -> &[Word] {
        &self.rules.words
    }

    /// Adds the rules that stand beside a project or in a folder, and those of the planner's configuration; tells those that
    /// cannot be read.
    pub(super) fn open_rules(&mut self, path: &Path) {
        for folder in rule_folders(Some(path)) {
            let wrong = self.rules.catalogue.add_folder(&folder);
            wrong.into_iter().for_each(|e| self.report(Event::RuleFailed(e)));
        }
    }

    /// Takes the values of a project's parameters; those that cannot be used are told, and their rules run with their own.
    pub(super) fn open_values(&mut self, open: &OpenProject) {
        let file = crate::io::file_name(&open.path);
        let (values, faults) = open.project.values(&self.rules.catalogue, &file);
        self.rules.values = values;
        for e in faults {
            if let (Some(name), Some(values)) = (e.fault.value_of(), self.rules.values.get_mut(&e.rule)) {
                values.remove(name);
            }
            self.report(Event::ValueFailed(e));
        }
        self.rules.refused.clone_from(&open.project.parameters);
        for (rule, given) in &mut self.rules.refused {
            given.0.retain(|name, _| self.rules.values.get(rule).is_none_or(|values| !values.contains_key(name)));
        }
        self.rules.refused.retain(|_, given| !given.0.is_empty());
    }

    /// Sets the values of a rule; what its project gave it and could not be used is given up.
    pub(super) fn set_rule_values(&mut self, rule: String, values: Values) {
        self.rules.refused.remove(&rule);
        self.rules.values.insert(rule, values);
    }

    /// Parameters as a project's file holds them: those that are not the defaults, and those that could not be used.
    pub(super) fn given_parameters(&self) -> BTreeMap<String, Given> {
        let mut all = self.rules.refused.clone();
        for (rule, values) in self.parameters() {
            all.entry(rule.clone()).or_default().0.extend(Given::from(values).0);
        }
        all
    }

    /// Takes the words of a project or a folder, of the rules beside it and of the planner's own; tells those that mean
    /// nothing.
    pub(super) fn open_words(&mut self, path: &Path, words: Vec<Word>) {
        self.rules.folder_words.clear();
        for folder in rule_folders(Some(path)) {
            match words_of(&folder) {
                Ok(words) => self.rules.folder_words.extend(words),
                Err(e) => self.report(Event::WordsFailed(e)),
            }
        }
        for word in &words {
            if let Some(cause) = Vocabulary::builtin().fault_of(word) {
                let file = path.display().to_string();
                self.report(Event::WordsFailed(WordsError { file, line: None, cause }));
            }
        }
        self.set_words(words);
    }

    /// Puts other words in the place of those that are there; gives them.
    pub(super) fn set_words(&mut self, words: Vec<Word>) -> Vec<Word> {
        let before = std::mem::replace(&mut self.rules.words, words);
        let all: Vec<Word> = self.rules.folder_words.iter().chain(&self.rules.words).cloned().collect();
        self.rules.vocabulary = Arc::new(Vocabulary::builtin().with_words(&all));
        before
    }
}
