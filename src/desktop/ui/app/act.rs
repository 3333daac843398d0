//! What panels asked for is done, after the frame.

use super::Workbench;
use super::writing::at_risk;
use crate::i18n::{Lang, tr};
use crate::model::Bbox;
use crate::session::project::ProjectView;
use crate::session::{Change, Command, JobKind, KeptAnswer, Key, OpenLayer, Session};
use crate::ui::context::{Act, Tab};
use crate::ui::dialogs::Before;
use crate::ui::map::backdrop::Under;
use crate::ui::map::canvas::MapView;
use crate::ui::map::drawn::DrawnMarks;
use crate::ui::map::legend;
use crate::ui::map::overlay::scale_denominator;
use crate::ui::map::scene::{self, Shown};
use crate::ui::map::style::Emphasis;
use crate::ui::notices::{Deletes, Notice};
use crate::ui::panels::ask;
use crate::ui::paper::{self, Content, ZoneOf};
use crate::ui::selection::How;
use crate::ui::selection::Selection;
use eframe::egui::{Ui, ViewportCommand};
use std::path::PathBuf;
use std::sync::Arc;

/// What the map shows, with the names of its legend.
pub(super) fn content(
    session: &Session,
    map: &MapView,
    looked_at: Option<Key>,
    lang: Lang,
    scale: Option<f64>,
) -> Content {
    let bounds = map.visible_free();
    let none = Selection::default();
    let shown = scene::shown(session, &none, looked_at, scale_denominator(&map.camera)).into_iter();
    let named = shown.chain(DrawnMarks::default().follow(session).to_vec()).map(|what| {
        let name = legend::title(session, what.key, &what, lang);
        (what, name)
    });
    // Zones are drawn for the page.
    let shown = named.filter(|(what, _)| what.emphasis != Emphasis::Zone).collect();
    let of = |answer: &KeptAnswer| {
        let (reference, distance_m) = answer.zone_around()?;
        let name = tr!(lang, "legend.zone").into_owned();
        Some(ZoneOf { answer: answer.key, reference: Arc::clone(reference), distance_m, name })
    };
    let zones = session.answers().iter().filter(|answer| answer.visible).filter_map(of).collect();
    Content {
        shown,
        bounds,
        scale,
        zones,
        leaves_out_zones: false,
        left_out: session.not_shown(lang),
        comments: Vec::new(),
        under: Under::default(),
    }
}

impl Workbench {
    pub(super) fn act(&mut self, act: Act, shown: &[Shown]) {
        match act {
            Act::Session(command) => {
                let drawn = matches!(command, Command::Draw(..));
                self.awaits |= matches!(command, Command::Ask(..) | Command::RunRules(..) | Command::Anyway(_));
                let layers = self.session.layers().len();
                self.session.execute(command);
                if drawn && self.session.layers().len() > layers {
                    // What is drawn next goes into the layer just made.
                    self.looking.active = self.session.layers().first().map(|layer| layer.key);
                }
            }
            Act::Save(key) => self.save(key),
            Act::SaveAs(key) => {
                if let Some(layer) = self.session.layer(key) {
                    self.dialogs.save(layer);
                }
            }
            Act::SaveProject => match self.session.open_project().map(|open| open.path.clone()) {
                Some(path) => self.save_project(path),
                None => self.dialogs.save_project(&self.session),
            },
            Act::SaveProjectAs => self.dialogs.save_project_as(&self.session),
            Act::SaveProjectTo(path) => self.save_project(path),
            Act::Tool(tool) => self.map.tools.take(tool),
            Act::OpenInView(paths, crs) => {
                self.session.execute(Command::OpenWithin(paths, crs, Bbox::from(&self.map.visible())));
            }
            Act::OpenDialog => self.dialogs.open_files(),
            Act::ClusterDialog => self.dialogs.open_cluster(&self.session),
            Act::StoreDialog => self.dialogs.open_store(),
            Act::ExportDialog(key) => {
                if let Some(answer) = self.session.answer(key) {
                    self.dialogs.export(answer);
                } else if let Some(result) = self.session.rule_results().iter().find(|r| r.key == key) {
                    self.dialogs.export_rule(key, &result.answer.rule.id);
                }
            }
            Act::ZoomTo(key) => {
                if let Some(layer) = self.session.indexed(key) {
                    self.map.fit(layer.layer().bounds);
                }
            }
            Act::FitAll => self.map.fit_all(shown),
            Act::GoTo(hit) => self.go_to(hit),
            Act::Set(set) => set(&mut self.settings),
            Act::RememberCrs(path, crs) => self.settings.remember_crs(&path, crs),
            Act::Palette => self.search.open(),
            Act::SelectAll | Act::SelectInvert => {
                let Some(key) = self.looking.active else { return };
                let Some(indexed) = self.session.indexed(key).cloned() else { return };
                match act {
                    Act::SelectAll => {
                        let rows: Vec<usize> = indexed.layer().rows().collect();
                        self.looking.selection.put(key, &rows, How::Replace);
                    }
                    _ => self.looking.selection.invert(key, indexed.layer()),
                }
            }
            Act::StyleDialog(key) => self.style.open(key),
            Act::PrintDialog | Act::SeriesDialog => {
                let own = paper::map_title(&self.session, self.looking.active, self.settings.lang);
                let selected = self.selected_bounds();
                let series = match act {
                    Act::SeriesDialog => paper::series::first(&self.session),
                    _ => None,
                };
                self.print.open(&self.settings.paper, own.unwrap_or_default(), selected, series);
            }
            Act::PrintWhere => {
                self.settings.paper = self.print.paper.clone();
                self.dialogs.page(&self.settings.paper.title);
            }
            Act::PrintTo(path) => self.print_to(path),
            Act::InspectionDialog(form) => self.dialogs.inspection(form),
            Act::InspectionTo(form, path) => self.inspection_to(form, path),
            Act::ReportDialog => self.dialogs.report(&self.session),
            Act::ReportTo(path) => self.report_to(path),
            Act::CardsDialog => self.dialogs.cards(&self.session),
            Act::CardsTo(path) => self.cards_to(path),
            Act::Tab(tab) => {
                self.looking.tab = tab;
                self.settings.right_open = true;
            }
            Act::RunRule(id) => {
                self.rules.open(&id);
                (self.looking.tab, self.settings.right_open) = (Tab::Rules, true);
                self.awaits = true;
                self.session.execute(Command::RunRules(vec![id], self.settings.lang));
            }
            Act::PackDialog => self.dialogs.pack(&self.session),
            Act::PackTo(path) => {
                let view = self.view();
                self.session.execute(Command::Pack(path, view));
            }
            Act::CancelAll => {
                self.session.execute(Command::CancelAll);
                self.stop_writing();
            }
            Act::StopWriting => self.stop_writing(),
            Act::Quit => self.quits = true,
            Act::SelectDialog => self.select.open(&self.session, &self.looking),
            Act::JoinDialog(key) => self.join.open(key),
            Act::ExportAsDialog(key) => self.export.open(key, &self.session),
            Act::Preview(preview) => self.looking.preview = Some(*preview),
            Act::EndPreview => self.looking.preview = None,
            Act::Quieten => self.looking.is_quiet = !self.looking.is_quiet,
            Act::OnlyVerdict(key, verdict) => self.show_verdict(key, verdict),
            Act::Compare(split) => self.compare(split),
            Act::Solo(key) => self.solo(key),
            Act::AddBookmark => self.add_bookmark(),
            Act::GoToBookmark(number) => self.go_to_bookmark(number),
            Act::RemoveBookmark(number) if number < self.settings.bookmarks.len() => {
                self.settings.bookmarks.remove(number);
            }
            Act::RemoveBookmark(_) => {}
            Act::CopyPicture => self.picture.ask(&self.ctx),
            Act::SelectOne(hit) => self.looking.selection.set(hit),
            Act::SelectMore(hit) => self.looking.selection.toggle(hit),
            Act::Select(key, rows, how) => self.looking.selection.put(key, &rows, how),
            Act::GoToPlace(place) => self.map.fit(place),
            Act::GoToGround(ground) => self.map.go_to(ground, ground.min == ground.max, true),
            Act::GoToPosition(p) => self.map.go_to_position(p),
            Act::View(turn) => self.map.turn(turn),
            Act::Remove(key) => self.remove(key),
            Act::Locked(key) => self.tell_locked(key),
            Act::RenameDialog(key) => {
                if let Some(layer) = self.session.layer(key) {
                    self.dialogs.rename(key, self.session.title(layer, self.settings.lang));
                }
            }
            Act::MappingDialog(key) => self.mapping.open(key),
            Act::Construct(what) => self.of_selection(|key, rows| Command::Construct(key, rows, what)),
            Act::CopyFeatures => self.copy_features(),
            Act::PasteWanted => self.ctx.send_viewport_cmd(ViewportCommand::RequestPaste),
            Act::Paste(text) => self.paste(text),
            Act::DeleteSelected => self.of_selection(Command::Delete),
            Act::Activate(key) => self.activate(key),
            Act::Health(key) => self.looking.health = Some(key),
            Act::Run => {
                let asking = self.session.jobs().iter().any(|j| matches!(j.kind, JobKind::Asking(_)));
                if asking {
                    return;
                }
                if let Ok((question, operands)) = self.ask.question(&self.session) {
                    self.awaits = true;
                    self.session.execute(Command::Ask(question, operands));
                }
            }
            Act::BackdropDialog(of) => self.backdrop_dialog.open(&self.session, of),
            Act::SetBackdrop(of, backdrop, key) => self.set_backdrop(of, backdrop, key),
            Act::ClearTiles => self.clear_tiles(),
            Act::Shortcuts => self.dialogs.shortcuts(),
            Act::Help(topic) => self.start.help.open(topic),
            Act::BeginComment(at) => self.begin_comment(at),
            Act::SelectComment(id) => self.select_comment(id),
            Act::GoToComment(id) => self.go_to_comment(id),
            Act::Tour => self.take_tour(),
            Act::Headline(headline) => self.ask_headline(headline),
        }
    }

    /// Closes the window where that is wanted: at once where nothing would be lost, else as the planner says.
    pub(super) fn close_when_asked(&mut self, ui: &Ui) {
        match self.dialogs.before_closing(&at_risk(&self.session, &self.printing, self.report_after.as_deref())) {
            None => {}
            Some(Before::Save(key)) => self.save(key),
            Some(Before::SaveProject) => self.act(Act::SaveProject, &[]),
            Some(Before::Nothing) => self.quits = true,
        }
        if std::mem::take(&mut self.quits) {
            ui.ctx().send_viewport_cmd(ViewportCommand::Close);
        }
        // What would be lost is gathered when it matters, not in every frame.
        if ui.input(|i| i.viewport().close_requested())
            && !self.dialogs.may_close()
            && !at_risk(&self.session, &self.printing, self.report_after.as_deref()).is_empty()
        {
            ui.ctx().send_viewport_cmd(ViewportCommand::CancelClose);
            self.dialogs.ask_to_close();
        }
    }

    /// Takes a layer or an answer out; a layer of which no file holds all is asked about first.
    fn remove(&mut self, key: Key) {
        let is_nowhere =
            |layer: &OpenLayer| layer.is_unsaved() || layer.path.as_ref().is_some_and(|path| !path.exists());
        match self.session.layer(key).is_some_and(is_nowhere) {
            true => self.dialogs.ask_to_remove(key),
            false => self.session.execute(Command::Change(Change::Remove(key))),
        }
    }

    /// Says that features were not deleted, since what they are of is not open for editing.
    fn tell_locked(&mut self, key: Key) {
        let lang = self.settings.lang;
        let told = match (self.session.layer(key), self.session.answer(key)) {
            (Some(layer), _) => Notice::Locked(self.session.title(layer, lang), Deletes::Layer),
            (None, Some(answer)) => Notice::Locked(ask::title(answer, lang), Deletes::Answer),
            (None, None) => {
                let rule = self.session.rule_results().iter().find(|result| result.key == key);
                let name = rule.map_or_else(String::new, |rule| rule.answer.rule.title.text(lang).to_owned());
                Notice::Locked(name, Deletes::Answer)
            }
        };
        self.dialogs.notices.tell(told);
    }

    /// Does something with what is selected, where that may be edited.
    fn of_selection(&mut self, command: impl FnOnce(Key, Vec<usize>) -> Command) {
        let selection = &self.looking.selection;
        let key = selection.key().filter(|key| self.session.layer(*key).is_some_and(|layer| layer.is_editable));
        if let Some(key) = key {
            let rows = selection.led_rows();
            self.session.execute(command(key, rows));
        }
    }

    /// Saves a layer where it is, or asks where.
    fn save(&mut self, key: Key) {
        let Some(layer) = self.session.layer(key) else { return };
        match layer.path.clone() {
            None if layer.store().is_some() => {
                let (ours, theirs) = Default::default();
                self.session.execute(Command::Store { layer: key, ours, theirs });
            }
            Some(path) => self.session.execute(Command::Save { layer: key, path, over: false }),
            None => self.dialogs.save(layer),
        }
    }

    fn view(&self) -> ProjectView {
        ProjectView { center: self.map.camera.center, scale: self.map.camera.scale }
    }

    fn save_project(&mut self, path: PathBuf) {
        let view = self.view();
        self.session.execute(Command::SaveProject(path, view));
    }

    /// What the map shows, to be put on paper at a scale of one to this.
    pub fn content(&self, scale: Option<f64>) -> Content {
        content(&self.session, &self.map, self.looking.active, self.settings.lang, scale)
    }

    pub(super) fn is_gone(&self, key: Key) -> bool {
        self.session.indexed(key).is_none()
    }

    /// Looks at a layer or an answer; an answer is shown, with its question in the form.
    fn activate(&mut self, key: Key) {
        self.looking.active = Some(key);
        if let Some(answer) = self.session.answer(key) {
            self.ask.load(&answer.answer.question, &answer.operands);
            self.session.execute(Command::ShowAnswer(key));
        }
    }
}
