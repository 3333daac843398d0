//! How one begins: a headline question on the sample, the tour, the help about what is in use, pictures of projects.

use super::Workbench;
use crate::session::Command;
use crate::ui::context::{Headline, Tab};
use crate::ui::help::Topic;
use crate::ui::panels::keys;
use crate::ui::thumbnails::Thumbnails;
use crate::ui::tools::Tool;
use crate::ui::tour::{Parts, Tour};
use eframe::egui::{self, Rect, Ui};

/// What leads a newcomer.
#[derive(Default)]
pub(super) struct Start {
    pub help: crate::ui::help::Help,
    pub tour: Tour,
    pub thumbnails: Thumbnails,
    /// A question that is put once the sample is there.
    headline: Option<Headline>,
}

impl Start {
    /// With the pictures of the program's own folder.
    pub fn in_folder(settings: Option<&std::path::Path>) -> Self {
        Self { thumbnails: Thumbnails::in_folder(settings), ..Self::default() }
    }
}

impl Workbench {
    /// Opens the sample and puts a question to it.
    pub(super) fn ask_headline(&mut self, headline: Headline) {
        self.start.headline = Some(headline);
        self.session.execute(Command::OpenSample);
    }

    /// Begins the tour, on the sample where nothing is open.
    pub(super) fn take_tour(&mut self) {
        if self.session.layers().is_empty() {
            self.session.execute(Command::OpenSample);
        }
        (self.settings.left_open, self.settings.right_open, self.settings.bottom_open) = (true, true, true);
        self.start.tour.begin();
    }

    /// Does what waited for the sample, or for everything to be on the map.
    pub(super) fn go_on(&mut self) {
        if !self.session.jobs().is_empty() {
            return;
        }
        // Where the sample could not be opened, nothing waits for what is opened later.
        if let Some(headline) = self.start.headline.take().filter(|_| !self.session.layers().is_empty()) {
            self.ask.take(headline, &self.session);
            (self.looking.tab, self.settings.right_open) = (Tab::Ask, true);
            if let Ok((question, operands)) = self.ask.question(&self.session) {
                self.awaits = true;
                self.session.execute(Command::Ask(question, operands));
            }
        }
        self.start.thumbnails.collect();
        if self.start.thumbnails.is_due() && self.scene.is_ready() && !self.session.layers().is_empty() {
            let content = self.content(None);
            self.start.thumbnails.draw(&self.ctx, content, self.settings.lang);
        }
    }

    /// Shows the help and the tour; F1 opens the page about what is in use.
    pub(super) fn lead(&mut self, ui: &Ui, parts: &Parts, focus: keys::Focus, acts: &mut Vec<crate::ui::context::Act>) {
        let lang = self.settings.lang;
        if ui.input_mut(|i| i.consume_shortcut(&keys::HELP)) {
            self.start.help.open(self.topic(ui.ctx(), parts));
        }
        self.start.tour.show(ui.ctx(), lang, parts, focus == keys::Focus::Window);
        self.start.help.show(ui.ctx(), lang, acts);
    }

    /// What the help should be about: a dialog that is open, the panel with the keyboard, else the one under the pointer.
    fn topic(&self, ctx: &egui::Context, parts: &Parts) -> Topic {
        if self.print.is_open() {
            return Topic::Paper;
        }
        if self.table.columns_dialog.is_open() || self.select.is_open() {
            return Topic::Table;
        }
        if self.looking.health.is_some() {
            return Topic::Layers;
        }
        if self.dialogs.is_open() {
            return Topic::Files;
        }
        if self.style.is_open() {
            return Topic::Style;
        }
        if self.session.layers().is_empty() && self.session.answers().is_empty() {
            return Topic::Start;
        }
        let focused = ctx.memory(|memory| memory.focused()).and_then(|id| ctx.read_response(id));
        let at = focused.map(|response| response.rect.center()).or_else(|| ctx.pointer_latest_pos());
        let is_in = |part: Option<Rect>| at.is_some_and(|at| part.is_some_and(|part| part.contains(at)));
        if is_in(parts.left) {
            return Topic::Layers;
        }
        if is_in(parts.bottom) {
            return Topic::Table;
        }
        if is_in(Some(parts.map)) {
            return if self.map.tools.tool() == Tool::Select { Topic::Map } else { Topic::Tools };
        }
        match self.looking.tab {
            Tab::Ask => Topic::Ask,
            Tab::Inspect => Topic::Inspect,
            Tab::Rules => Topic::Rules,
            Tab::Findings => Topic::Findings,
            Tab::Targets => Topic::Targets,
            Tab::Scenarios => Topic::Scenarios,
            Tab::Comments => Topic::Comments,
        }
    }
}
