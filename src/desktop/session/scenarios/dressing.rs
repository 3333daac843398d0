//! Layers that are read while a scenario is on: what it draws is looked for in them by the job that reads them. In a large layer
//! that takes seconds, in which the window goes on.

use super::drawn::Content;
use super::{Drawn, Put};
use crate::model::{FeatureText, Layer};
use crate::progress::Progress;
use crate::rules::scenario::Resolved;
use crate::session::{Key, OpenLayer, Session};
use std::sync::Arc;

/// What the scenario that was on when a job began draws, for the job.
pub(in crate::session) struct Dressing(Vec<Arc<Drawn>>);

/// Features of a scenario found in a layer that is not open yet.
#[derive(Debug)]
pub(in crate::session) struct Looked {
    /// The layer, by what was read of it.
    of: Arc<FeatureText>,
    content: Content,
    pub(in crate::session) resolved: Resolved,
}

impl Looked {
    /// True where it says what a drawing makes of a layer that nobody edited.
    pub(super) fn is_of(&self, layer: &Layer, drawn: &Drawn) -> bool {
        Arc::ptr_eq(&self.of, &layer.as_read) && self.content == drawn.content() && layer.edits.is_empty()
    }
}

impl Dressing {
    /// Looks for the features in layers that were read. Nothing is found in a job that was stopped.
    pub(in crate::session) fn look<'a>(
        &self,
        layers: impl Iterator<Item = &'a Layer>,
        progress: &Progress,
    ) -> Vec<Looked> {
        let mut found = Vec::new();
        if self.0.is_empty() {
            return found;
        }
        for layer in layers {
            let open = OpenLayer::read(Key::default(), layer.clone());
            let Some(drawn) = self.0.iter().find(|drawn| drawn.is_of(&open)) else { continue };
            if !matches!(drawn.put(&open), Put::Unknown) {
                continue;
            }
            let Ok(resolved) = drawn.resolve(&open.indexed, progress) else { break };
            found.push(Looked { of: Arc::clone(&layer.as_read), content: drawn.content(), resolved });
        }
        found
    }
}

impl Session {
    /// What a job needs to know of the scenario that is on.
    pub(in crate::session) fn dressing(&self) -> Dressing {
        Dressing(self.scenario_on().map(|one| one.drawn.clone()).unwrap_or_default())
    }

    /// Takes layers in with what was found in them.
    pub(in crate::session) fn with_looked<T>(&mut self, looked: Vec<Looked>, take: impl FnOnce(&mut Self) -> T) -> T {
        self.scenarios.looked = looked;
        let done = take(self);
        self.scenarios.looked.clear();
        done
    }
}
