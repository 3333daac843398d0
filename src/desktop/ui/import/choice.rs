//! What somebody says of a file before it is read.

use crate::geodesy::crs::{Crs, CrsError};
use crate::io::formats::{Examined, ExaminedLayer};
use crate::model::ReadAs;
use crate::session::Command;
use std::path::PathBuf;
use std::sync::Arc;

/// A file and what is said of it so far.
pub(super) struct Choice {
    pub(super) examined: Arc<Examined>,
    /// Which of its layers are taken.
    pub(super) wanted: Vec<bool>,
    /// The reading that was chosen.
    chosen: Option<String>,
    /// A system typed in; it goes before the reading.
    pub(super) typed: String,
    /// True where all readings are shown.
    pub(super) shows_all: bool,
}

impl Choice {
    pub(super) fn new(examined: Arc<Examined>) -> Self {
        let wanted = examined.layers.iter().map(|layer| layer.failed.is_none()).collect();
        let mut choice = Self { examined, wanted, chosen: None, typed: String::new(), shows_all: false };
        choice.chosen = choice.placeless().and_then(|layer| Some(layer.readings.first()?.crs.clone()));
        choice
    }

    /// The same file looked into once more: what was chosen stays where it still can be.
    pub(super) fn renew(&mut self, examined: Arc<Examined>) {
        let was = std::mem::replace(self, Self::new(examined));
        if was.wanted.len() == self.wanted.len() {
            self.wanted = was.wanted;
        }
        (self.typed, self.shows_all) = (was.typed, was.shows_all);
        let placeless = self.placeless();
        let is_there = |crs: &String| placeless.as_ref().is_some_and(|l| l.readings.iter().any(|r| r.crs == *crs));
        self.chosen = was.chosen.filter(is_there).or(self.chosen.take());
    }

    pub(super) fn take_all(&mut self, is_wanted: bool) {
        let layers = self.examined.layers.iter().map(|layer| is_wanted && layer.failed.is_none());
        self.wanted = layers.collect();
    }

    /// The first layer taken of which nobody knows where it lies.
    pub(super) fn placeless(&self) -> Option<ExaminedLayer> {
        let wanted = self.examined.layers.iter().zip(&self.wanted).filter(|(_, is_wanted)| **is_wanted);
        wanted.map(|(layer, _)| layer).find(|layer| layer.needs_crs()).cloned()
    }

    pub(super) fn choose(&mut self, crs: &str) {
        self.chosen = Some(crs.to_owned());
        self.typed.clear();
    }

    /// The reading that stands.
    pub(super) fn reading(&self) -> Option<String> {
        self.chosen.clone().filter(|_| self.typed.trim().is_empty())
    }

    /// The system that was said: typed, else by a reading.
    fn crs(&self) -> Option<String> {
        match self.typed.trim() {
            "" => self.chosen.clone(),
            typed => Some(typed.to_owned()),
        }
    }

    /// Why what was typed is no system.
    pub(super) fn typed_error(&self) -> Option<CrsError> {
        Some(self.typed.trim()).filter(|typed| !typed.is_empty()).and_then(|typed| Crs::parse(typed).err())
    }

    /// How many of its layers are taken.
    pub(super) fn wanted_layers(&self) -> usize {
        self.wanted.iter().filter(|is_wanted| **is_wanted).count()
    }

    /// True where nothing has to be said any more.
    pub(super) fn is_decided(&self) -> bool {
        self.placeless().is_none() || self.crs().is_some_and(|crs| Crs::parse(&crs).is_ok())
    }

    /// Its layers that are taken, each as it is to be read.
    pub(super) fn decided(&self) -> Vec<(PathBuf, ReadAs)> {
        let wanted = self.examined.layers.iter().zip(&self.wanted).filter(|(_, is_wanted)| **is_wanted);
        let one = |(layer, _): (&ExaminedLayer, &bool)| {
            let said = self.crs().filter(|_| layer.needs_crs());
            let read_as = ReadAs { crs: said.or(layer.read_as.crs.clone()), ..layer.read_as.clone() };
            (self.examined.path.clone(), read_as)
        };
        wanted.map(one).collect()
    }

    /// True where its text may be in one of several encodings.
    pub(super) fn has_encoding(&self) -> bool {
        self.examined.layers.iter().any(|layer| layer.encoding.is_some())
    }

    /// Looks into it once more, in another encoding.
    pub(super) fn in_encoding(&self, encoding: String) -> Command {
        let crs = self.examined.layers.first().and_then(|layer| layer.read_as.crs.clone());
        Command::Examine(self.examined.path.clone(), ReadAs { encoding: Some(encoding), crs, ..ReadAs::default() })
    }
}
