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
    /// The layer whose rows are shown, by its place, where somebody chose one.
    pub(super) looked_at: Option<usize>,
    /// The reading that was chosen.
    chosen: Option<String>,
    /// A system typed in; it goes before the reading.
    pub(super) typed: String,
    /// True where all readings are shown.
    pub(super) shows_all: bool,
    /// True where what is said of it could be said of another file on the page.
    pub(super) goes_for_others: bool,
    /// True where what is said of it goes for the others.
    pub(super) goes_for_all: bool,
}

impl Choice {
    /// `said_before`: the system that was said of files of its folder the last time.
    pub(super) fn new(examined: Arc<Examined>, said_before: Option<&str>) -> Self {
        let wanted = examined.layers.iter().map(|layer| layer.failed.is_none()).collect();
        let mut choice = Self {
            examined,
            wanted,
            looked_at: None,
            chosen: None,
            typed: String::new(),
            shows_all: false,
            goes_for_others: false,
            goes_for_all: false,
        };
        // What is likely is chosen; degrees far from China are what small numbers of a drawing look like.
        let likely = choice.asked().and_then(|layer| layer.readings.first().cloned());
        choice.chosen = likely.filter(|reading| reading.share_in_china > 0.5).map(|reading| reading.crs);
        said_before.iter().for_each(|crs| choice.choose_if_there(crs));
        choice
    }

    /// The same file looked into once more: what was chosen stays where it still can be.
    pub(super) fn renew(&mut self, examined: Arc<Examined>) {
        let was = std::mem::replace(self, Self::new(examined, None));
        if was.wanted.len() == self.wanted.len() {
            (self.wanted, self.looked_at) = (was.wanted, was.looked_at);
        }
        (self.typed, self.shows_all) = (was.typed, was.shows_all);
        let placeless = self.asked();
        let is_there = |crs: &String| placeless.as_ref().is_some_and(|l| l.readings.iter().any(|r| r.crs == *crs));
        self.chosen = was.chosen.filter(is_there).or(self.chosen.take());
    }

    /// Some of its layers looked into once more; `None`, where they are not all of them known here, for the whole file.
    pub(super) fn with_layers(&self, again: &Examined) -> Option<Examined> {
        let mut all = Examined::clone(&self.examined);
        for layer in &again.layers {
            *all.layers.iter_mut().find(|known| known.info.name == layer.info.name)? = layer.clone();
        }
        Some(all)
    }

    /// The place of the layer whose rows are shown.
    pub(super) fn shown(&self) -> Option<usize> {
        let has_rows = |layer: &ExaminedLayer| layer.failed.is_none() && !layer.rows.is_empty();
        let chosen = self.looked_at.filter(|at| self.examined.layers.get(*at).is_some_and(has_rows));
        chosen.or_else(|| self.examined.layers.iter().position(has_rows))
    }

    pub(super) fn take_all(&mut self, is_wanted: bool) {
        let layers = self.examined.layers.iter().map(|layer| is_wanted && layer.failed.is_none());
        self.wanted = layers.collect();
    }

    /// The first layer taken of which nobody knows where it lies, else one that may lie beside its place.
    pub(super) fn asked(&self) -> Option<ExaminedLayer> {
        let wanted = || {
            let all = self.examined.layers.iter().zip(&self.wanted);
            all.filter(|(_, is_wanted)| **is_wanted).map(|(layer, _)| layer)
        };
        wanted().find(|layer| layer.needs_crs()).or_else(|| wanted().find(|layer| layer.asks_crs())).cloned()
    }

    /// Chooses a reading where it is one of those of a layer that is asked about.
    pub(super) fn choose_if_there(&mut self, crs: &str) {
        if self.has_reading(crs) {
            self.choose(crs);
        }
    }

    /// True where a layer is asked about that has this reading.
    pub(super) fn has_reading(&self, crs: &str) -> bool {
        self.asked().is_some_and(|layer| layer.readings.iter().any(|reading| reading.crs == crs))
    }

    pub(super) fn choose(&mut self, crs: &str) {
        self.chosen = Some(crs.to_owned());
        self.typed.clear();
    }

    /// The reading that stands.
    pub(super) fn reading(&self) -> Option<String> {
        self.chosen.clone().filter(|_| self.typed.trim().is_empty())
    }

    /// The system that was said where it is asked for, and can be used.
    pub(super) fn said(&self) -> Option<String> {
        self.asked()?;
        self.crs().filter(|crs| Crs::parse(crs).is_ok())
    }

    /// The system that was said: typed, else by a reading.
    pub(super) fn crs(&self) -> Option<String> {
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
        self.asked().is_none() || self.crs().is_some_and(|crs| Crs::parse(&crs).is_ok())
    }

    /// Its layers that are taken, each as it is to be read.
    pub(super) fn decided(&self) -> Vec<(PathBuf, ReadAs)> {
        let wanted = self.examined.layers.iter().zip(&self.wanted).filter(|(_, is_wanted)| **is_wanted);
        let one = |(layer, _): (&ExaminedLayer, &bool)| {
            let said = self.crs().filter(|_| layer.asks_crs());
            let read_as = ReadAs { crs: said.or(layer.read_as.crs.clone()), ..layer.read_as.clone() };
            (self.examined.path.clone(), read_as)
        };
        wanted.map(one).collect()
    }

    /// True where its text may be in one of several encodings.
    pub(super) fn has_encoding(&self) -> bool {
        self.examined.layers.iter().any(|layer| layer.encoding.is_some())
    }

    /// How it was looked at. Of several layers each has columns of its own.
    pub(super) fn read_as(&self) -> ReadAs {
        let is_one = self.examined.layers.len() == 1;
        let of = |l: &ExaminedLayer| {
            let columns = l.read_as.columns.clone().filter(|_| is_one);
            ReadAs { layer: None, columns, ..l.read_as.clone() }
        };
        self.examined.layers.first().map_or_else(ReadAs::default, of)
    }

    /// How one of its layers was looked at: named, where there are others.
    pub(super) fn read_layer_as(&self, layer: &ExaminedLayer) -> ReadAs {
        match self.examined.layers.len() {
            1 => self.read_as(),
            _ => layer.read_as.clone(),
        }
    }

    /// Looks into it once more, otherwise.
    pub(super) fn again(&self, read_as: ReadAs) -> Command {
        Command::Examine(self.examined.path.clone(), read_as)
    }
}
