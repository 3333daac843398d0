//! Scenarios in and out of projects and journals.

use super::super::Session;
use super::super::paths::{absolute, relative};
use super::super::project::{OpenProject, Project, ProjectLayer, folder_of};
use super::{Drawn, KeptScenario, OpenScenario};
use crate::io::store::is_store;
use crate::rules::scenario::{DrawnLayer, Scenario};
use std::path::Path;
use std::sync::Arc;

impl Session {
    /// Takes the scenarios of a project that is opened; none of them is on.
    pub(in crate::session) fn open_scenarios(&mut self, open: &OpenProject) {
        let folder = folder_of(&open.path);
        let is_again = self.project.as_ref().is_some_and(|known| absolute(&known.path) == absolute(&open.path));
        for Scenario { name, note, layers } in open.project.scenarios.clone() {
            if is_again && self.scenario_named(&name).is_some() {
                // It is here, and may have been drawn on.
                continue;
            }
            // What stands there of one layer twice is one drawing.
            let mut own: Vec<DrawnLayer> = Vec::new();
            for drawn in layers {
                match own.iter_mut().find(|known| known.file == drawn.file && known.layer == drawn.layer) {
                    Some(known) => known.changes.extend(drawn.changes),
                    None => own.push(drawn),
                }
            }
            let place = |drawn: &DrawnLayer| {
                let layer = ProjectLayer { file: drawn.file.clone(), ..ProjectLayer::default() };
                let file = Project::file(&layer, folder);
                if is_store(&file) { file } else { absolute(&file) }
            };
            let drawn = own.into_iter().map(|drawn| {
                let file = place(&drawn);
                Arc::new(Drawn::read(drawn, file))
            });
            let kept = KeptScenario { name, note, drawn: drawn.collect() };
            self.add_kept(kept, false);
        }
    }

    /// Adds a scenario that was read, or puts it in the place of the one of its name. That is no step.
    pub(in crate::session) fn add_kept(&mut self, kept: KeptScenario, replaces: bool) {
        let KeptScenario { name, note, drawn } = kept;
        let on = self.scenarios.on;
        let known = self.scenarios.all.iter_mut().find(|one| replaces && one.name == name && Some(one.id) != on);
        if let Some(known) = known {
            (known.note, known.drawn) = (note, drawn);
            return;
        }
        let name = self.free_scenario_name(&name);
        self.scenarios.next += 1;
        self.scenarios.all.push(OpenScenario { id: self.scenarios.next, name, note, doubts: Vec::new(), drawn });
    }

    /// Lets those go that an ended session had taken out or called otherwise: all but these, and the one that is on. That is no step.
    pub(in crate::session) fn keep_scenarios(&mut self, kept: &[KeptScenario]) {
        let on = self.scenarios.on;
        self.scenarios.all.retain(|one| Some(one.id) == on || kept.iter().any(|kept| kept.name == one.name));
    }

    /// Writes the scenarios into a project whose layers are named; layers that are not open as `other` says.
    ///
    /// # Errors
    /// Why a feature of one cannot be written.
    pub(in crate::session) fn put_scenarios(
        &self,
        project: &mut Project,
        other: impl Fn(&Path) -> String,
    ) -> Result<(), String> {
        let mut all = Vec::new();
        for kept in self.kept_scenarios() {
            let layers = kept.drawn.iter().map(|drawn| {
                let open = self.layers.iter().zip(&project.layers).find(|(layer, _)| drawn.is_of(layer));
                match (open, &drawn.place.file) {
                    (Some((_, known)), _) => drawn.in_file(known.file.clone(), known.read_as.layer.clone()),
                    (None, Some(file)) => drawn.in_file(other(file), drawn.place.member.clone()),
                    (None, None) => drawn.in_file(String::new(), Some(drawn.place.called())),
                }
            });
            let layers = layers.collect::<Result<Vec<_>, String>>()?;
            all.push(Scenario { name: kept.name, note: kept.note, layers });
        }
        project.scenarios = all;
        Ok(())
    }

    /// The same for a project in a folder.
    ///
    /// # Errors
    /// As [`Self::put_scenarios`].
    pub(in crate::session) fn put_scenarios_in(&self, project: &mut Project, folder: &Path) -> Result<(), String> {
        let named =
            |file: &Path| if is_store(file) { file.to_string_lossy().into_owned() } else { relative(file, folder) };
        self.put_scenarios(project, named)
    }
}
