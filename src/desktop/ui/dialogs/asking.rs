//! Where something is to be written: the dialog with a name to begin with.

use super::places::{documents, folder_beside, free_path};
use super::{Asked, Dialogs, Target};
use crate::io::safe_name;
use crate::session::{KeptAnswer, Key, OpenLayer, Session};
use crate::ui::context::InspectionForm;
use std::path::{Path, PathBuf};

impl Dialogs {
    /// Opens the dialog for an answer's file.
    pub fn export(&mut self, answer: &KeptAnswer) {
        let name = format!("{}.geojson", answer.answer.question.kind());
        // Beside the layer that was asked about; the sample has no folder of its own.
        let beside = answer.layers.subject.layer().source.path.as_deref().and_then(|p| p.parent()).map(PathBuf::from);
        let folder = beside.or_else(documents).unwrap_or_default();
        let suggestion = answer.saved_to.clone().unwrap_or_else(|| free_path(&folder, &name));
        self.ask_where(Target::Key(answer.key), &suggestion);
    }

    /// Opens the dialog for a rule's answer.
    pub fn export_rule(&mut self, key: Key, id: &str) {
        self.ask_where(Target::Key(key), &free_path(&documents().unwrap_or_default(), &format!("{id}.geojson")));
    }

    fn ask_where(&mut self, what: Target, suggestion: &Path) {
        self.asked = Some(Asked::Write(what));
        self.path = suggestion.display().to_string();
        self.replacing = None;
        self.focus = true;
    }

    /// Opens the dialog for a layer's file.
    pub fn save(&mut self, layer: &OpenLayer) {
        let name = format!("{}.geojson", safe_name(&layer.layer().name));
        let suggestion = layer.path.clone().unwrap_or_else(|| free_path(&documents().unwrap_or_default(), &name));
        self.ask_where(Target::Key(layer.key), &suggestion);
    }

    /// Opens the dialog for the project's file, beside the first layer's.
    pub fn save_project(&mut self, session: &Session) {
        let name = format!("plan{}", crate::session::project::ENDING);
        self.ask_where(Target::Project, &free_path(&folder_beside(session), &name));
    }

    /// Opens the dialog for another file of the project, beside the one that it has.
    pub fn save_project_as(&mut self, session: &Session) {
        match session.open_project() {
            Some(open) => self.ask_where(Target::Project, &open.path),
            None => self.save_project(session),
        }
    }

    /// Opens the dialog for the packed project.
    pub fn pack(&mut self, session: &Session) {
        let name = session.open_project().map_or_else(|| "plan".to_owned(), crate::session::project::OpenProject::name);
        let name = format!("{name}{}", crate::session::pack::PACKED);
        self.ask_where(Target::Packed, &free_path(&folder_beside(session), &name));
    }

    /// Opens the dialog for the report of the rules.
    pub fn report(&mut self, session: &Session) {
        self.ask_where(Target::Report, &free_path(&folder_beside(session), "report.html"));
    }

    /// Opens the dialog for the cards of the outlets.
    pub fn cards(&mut self, session: &Session) {
        self.ask_where(Target::Cards, &free_path(&folder_beside(session), "cards.html"));
    }

    /// Opens the dialog for what was inspected.
    pub fn inspection(&mut self, form: InspectionForm) {
        let name = if form == InspectionForm::Page { "zone.html" } else { "zone.geojson" };
        self.ask_where(Target::Inspection(form), &free_path(&documents().unwrap_or_default(), name));
    }

    /// Opens the dialog for a page.
    pub fn page(&mut self, title: &str) {
        let name = format!("{}.pdf", safe_name(title));
        self.ask_where(Target::Page, &free_path(&documents().unwrap_or_default(), &name));
    }
}
