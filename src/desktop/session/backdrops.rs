//! The backdrops that are set: values only. Whoever draws them opens their sources, and only of those that are on.

use super::paths::{absolute, from_folder, relative};
use super::project::{Project, folder_of};
use super::{Change, Key, Session};
use crate::i18n::{Said, between, tr};
use crate::raster::{Backdrop, Template};
use std::path::Path;
use std::sync::Arc;

/// A backdrop of the session.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenBackdrop {
    /// Its key.
    pub key: Key,
    /// What is set of it.
    pub backdrop: Arc<Backdrop>,
}

/// What is to be done with a backdrop.
#[derive(Clone, Debug)]
pub enum BackdropCommand {
    /// Put it on top of the others, as on as it says.
    Add(Box<Backdrop>),
    /// Show it or not; of a service: ask for its tiles from here on, or not.
    Turn(Key, bool),
    /// Set it otherwise; where `true`, in one step with the change before.
    Set(Key, Box<Backdrop>, bool),
    /// Take it out.
    Remove(Key),
    /// Draw it at this place among them, 0 on top.
    Move(Key, usize),
}

/// A backdrop as it is kept: without a key that stands in its address.
fn without_key(mut backdrop: Backdrop) -> Backdrop {
    if let Some(Ok((template, _))) = backdrop.url.as_deref().map(Template::parse) {
        backdrop.url = Some(template.text().to_owned());
    }
    backdrop
}

impl Session {
    /// The backdrops, the one drawn last (on top) first.
    pub fn backdrops(&self) -> &[OpenBackdrop] {
        &self.backdrops
    }

    /// A backdrop.
    pub fn backdrop(&self, key: Key) -> Option<&OpenBackdrop> {
        self.backdrops.iter().find(|open| open.key == key)
    }

    pub(super) fn carry_out_backdrop(&mut self, command: BackdropCommand) {
        let mut all = self.backdrops.clone();
        let of = |key: Key, all: &[OpenBackdrop]| all.iter().position(|open| open.key == key);
        match command {
            BackdropCommand::Add(backdrop) => {
                let (key, on) = (self.new_key(), backdrop.on);
                let backdrop = Backdrop { on: false, ..without_key(*backdrop) };
                all.insert(0, OpenBackdrop { key, backdrop: Arc::new(backdrop) });
                self.change(Change::SetBackdrops(all));
                // What was added is looked at; a step back and on does not turn a service on.
                return self.carry_out_backdrop(BackdropCommand::Turn(key, on));
            }
            BackdropCommand::Turn(key, on) => {
                // Looking is no step.
                if let Some(open) = self.backdrops.iter_mut().find(|open| open.key == key) {
                    Arc::make_mut(&mut open.backdrop).on = on;
                }
                return;
            }
            BackdropCommand::Set(key, backdrop, continues) => {
                let Some(at) = of(key, &all) else { return };
                let on = backdrop.on;
                all[at].backdrop = Arc::new(without_key(*backdrop));
                if !all[at].backdrop.has_same_source(&self.backdrops[at].backdrop) {
                    self.change(Change::SetBackdrops(all));
                    return self.carry_out_backdrop(BackdropCommand::Turn(key, on));
                }
                if continues && matches!(self.history.undo.last(), Some(Change::SetBackdrops(_))) {
                    drop(self.apply(Change::SetBackdrops(all)));
                    return;
                }
            }
            BackdropCommand::Remove(key) => all.retain(|open| open.key != key),
            BackdropCommand::Move(key, to) => {
                let Some(at) = of(key, &all) else { return };
                let moved = all.remove(at);
                all.insert(to.min(all.len()), moved);
            }
        }
        self.change(Change::SetBackdrops(all));
    }

    /// Sets all backdrops; what was set, or `None` where that is the same. A service is on as it was: a step back neither
    /// turns it on nor off.
    pub(super) fn set_backdrops(&mut self, mut all: Vec<OpenBackdrop>) -> Option<Vec<OpenBackdrop>> {
        for open in all.iter_mut().filter(|open| open.backdrop.is_online()) {
            let same = self.backdrop(open.key).filter(|own| own.backdrop.has_same_source(&open.backdrop));
            let is_on = same.is_some_and(|own| own.backdrop.on);
            if open.backdrop.on != is_on {
                Arc::make_mut(&mut open.backdrop).on = is_on;
            }
        }
        let before = std::mem::replace(&mut self.backdrops, all);
        (before != self.backdrops).then_some(before)
    }

    /// Takes up the backdrops of a project that stands in a folder. Those of services are off until somebody turns them on,
    /// and files outside the folder of an unpacked project are not opened; both are told.
    pub(super) fn add_backdrops(&mut self, project: &Project, path: &Path) -> Vec<Said> {
        let (mut waiting, mut outside) = (Vec::new(), Vec::new());
        for known in &project.backdrops {
            let mut backdrop = without_key(known.clone());
            if let Some(file) = known.file.as_ref().map(|file| file.to_string_lossy().into_owned()) {
                if project.leads_out(&file) {
                    outside.push(file);
                    self.backdrops_kept.push(known.clone());
                    continue;
                }
                backdrop.file = Some(from_folder(&file, folder_of(path)));
            }
            if self.backdrops.iter().any(|open| open.backdrop.has_same_source(&backdrop)) {
                continue;
            }
            if backdrop.is_online() {
                backdrop.on = false;
                waiting.push(backdrop.title.clone());
            }
            let key = self.new_key();
            self.backdrops.push(super::OpenBackdrop { key, backdrop: Arc::new(backdrop) });
        }
        let told = |key: &'static str, names: Vec<String>| {
            (!names.is_empty())
                .then(|| Said::told(|lang| tr!(lang, key, names = names.join(between(lang))).into_owned()))
        };
        [told("backdrop.waits", waiting), told("backdrop.outside", outside)].into_iter().flatten().collect()
    }

    /// The backdrops as a project in a folder keeps them.
    pub(super) fn backdrops_of(&self, folder: &Path) -> Vec<Backdrop> {
        let own = self.backdrops.iter().map(|open| {
            let file = open.backdrop.file.as_deref().map(|file| relative(file, folder).into());
            Backdrop { file, ..Backdrop::clone(&open.backdrop) }
        });
        own.chain(self.backdrops_kept.iter().cloned()).collect()
    }

    /// What of the backdrops a project's file holds, but for which are on.
    pub(super) fn backdrops_set(&self) -> Vec<Backdrop> {
        let all = self.backdrops.iter();
        all.map(|open| {
            let file = open.backdrop.file.as_deref().map(absolute);
            Backdrop { on: false, file, ..Backdrop::clone(&open.backdrop) }
        })
        .collect()
    }

    /// Takes up the backdrops that an ended session had set: none of a service is on.
    pub(super) fn take_backdrops(&mut self, all: Vec<Backdrop>) {
        let all = all.into_iter().map(|backdrop| OpenBackdrop { key: self.new_key(), backdrop: Arc::new(backdrop) });
        let all = all.collect();
        self.apply(Change::SetBackdrops(all));
    }
}
