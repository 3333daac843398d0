//! Dialogs: files to open, where to export, health lists, keys, errors. A typed path always works;
//! the system's own dialog is asked off the interface thread.

mod asking;
mod choices;
mod closing;
mod cluster;
mod conflicts;
mod crash;
mod frame;
mod losing;
mod merging;
mod places;
mod removing;
mod store;

pub use closing::{AtRisk, Before, Closing};
pub use frame::{dim, scroll_list, title, window};

pub(in crate::ui) use self::places::{documents, free_path, typed_path};

use self::places::browse;
use crate::i18n::tr;
use crate::io::{Form, SaveError};
use crate::report::ReportFiles;
use crate::session::crash::CrashReport;
use crate::session::{ClusterAnswers, Command, Key, Own, Session, TooLarge, Wake};
use crate::ui::context::{Act, Context, InspectionForm, Looking};
use crate::ui::import::Import;
use crate::ui::notices::{Notice, Notices};
use crate::ui::recovery::Recovery;
use crate::ui::settings::Settings;
use crate::ui::{health_list, theme, widgets};
use eframe::egui::{self, RichText};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

enum Asked {
    Open,
    Write(Target),
}

/// What is written to a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    /// An answer, or a layer.
    Key(Key),
    /// The project.
    Project,
    /// The project with its layers.
    Packed,
    /// The map on paper.
    Page,
    /// The report of the rules.
    Report,
    Cards,
    /// What was inspected.
    Inspection(InspectionForm),
}

enum Chosen {
    Open(Vec<PathBuf>),
    Write(Target, PathBuf),
}

/// The dialogs and what stands in them.
pub struct Dialogs {
    asked: Option<Asked>,
    path: String,
    /// The coordinate system of files that declare none; empty for WGS 84.
    crs: String,
    help: bool,
    /// What jobs had to say.
    pub notices: Notices,
    /// An export that would replace a file of somebody else's: asked for once more.
    replacing: Option<PathBuf>,
    browsing: bool,
    sender: Sender<Option<Chosen>>,
    chosen: Receiver<Option<Chosen>>,
    wake: Wake,
    focus: bool,
    /// A layer whose file another program changed.
    overtaken: Option<Key>,
    /// A shared store that is to be opened.
    store: store::StoreDialog,
    cluster: cluster::ClusterDialog,
    /// Rows of a shared store that were changed on both sides.
    pub conflicts: conflicts::Conflicts,
    /// A layer that is to be removed, and of which something is in no file.
    removing: Option<Key>,
    /// A layer that is to be called otherwise, and how.
    renaming: Option<(Key, String)>,
    /// What needs more memory than the program takes by itself.
    too_large: Option<(Command, TooLarge)>,
    closing: Closing,
    /// What ended sessions left.
    pub recovery: Recovery,
    /// What was written when the program broke down.
    pub crashes: Vec<CrashReport>,
    /// Files of which something has to be said before they are read.
    pub import: Import,
    /// Savings that would lose something.
    pub losing: losing::Losing,
    /// Another desk's findings.
    pub merging: merging::Merging,
}

impl Dialogs {
    /// None is open.
    pub fn new(wake: Wake) -> Self {
        let (sender, chosen) = channel();
        Self {
            asked: None,
            path: String::new(),
            crs: String::new(),
            help: false,
            notices: Notices::default(),
            replacing: None,
            browsing: false,
            sender,
            chosen,
            wake,
            focus: false,
            overtaken: None,
            conflicts: conflicts::Conflicts::default(),
            store: store::StoreDialog::default(),
            cluster: cluster::ClusterDialog::default(),
            removing: None,
            renaming: None,
            too_large: None,
            closing: Closing::No,
            recovery: Recovery::default(),
            crashes: Vec::new(),
            import: Import::default(),
            losing: losing::Losing::default(),
            merging: merging::Merging::default(),
        }
    }

    /// True where a dialog wants the keyboard.
    pub fn is_open(&self) -> bool {
        self.has_another() || self.recovery.is_open() || !self.crashes.is_empty()
    }

    /// True where a dialog besides those of the start wants it.
    fn has_another(&self) -> bool {
        let asks =
            self.too_large.is_some() || self.removing.is_some() || self.renaming.is_some() || self.losing.is_open();
        self.asks_for_a_file() || asks || self.help || self.import.is_open() || self.is_closing()
    }

    /// True where a file is to be named, or a choice about one made.
    fn asks_for_a_file(&self) -> bool {
        self.asked.is_some()
            || self.overtaken.is_some()
            || self.conflicts.is_open()
            || self.store.is_open()
            || self.cluster.is_open()
            || self.merging.is_open()
    }

    /// Opens the dialog for files.
    pub fn open_files(&mut self) {
        self.asked = Some(Asked::Open);
        self.path.clear();
        self.crs.clear();
        self.focus = true;
    }

    /// Opens the dialog for a shared store.
    pub fn open_store(&mut self) {
        self.store.open();
    }

    /// Opens the dialog for a run on a cluster.
    pub fn open_cluster(&mut self, session: &Session) {
        self.cluster.open(session);
    }

    /// Shows what came of a run on a cluster.
    pub fn cluster_ended(&mut self, ended: Result<Box<ClusterAnswers>, String>) {
        self.cluster.ended(ended);
    }

    /// Asks what is to become of a file that another program changed.
    pub fn overtaken(&mut self, layer: Key) {
        self.stay_open();
        self.overtaken = Some(layer);
    }

    /// Asks what is to become of a layer that is to be removed, of which something is in no file.
    pub fn ask_to_remove(&mut self, layer: Key) {
        self.removing = Some(layer);
    }

    /// Asks what a layer is to be called.
    pub fn rename(&mut self, layer: Key, name: String) {
        (self.renaming, self.focus) = (Some((layer, name)), true);
    }

    /// Asks whether something is to be done that needs more memory than the program takes by itself.
    pub fn too_large(&mut self, command: Command, why: TooLarge) {
        self.too_large = Some((command, why));
    }

    /// Opens the list of keys.
    pub fn shortcuts(&mut self) {
        self.help = true;
    }

    /// Shows what is open; notices stand in `room`.
    pub fn show(
        &mut self,
        ctx: &egui::Context,
        cx: &mut Context<'_>,
        settings: &Settings,
        looking: &mut Looking,
        at_risk: &AtRisk<'_>,
        room: egui::Rect,
    ) {
        while let Ok(chosen) = self.chosen.try_recv() {
            self.browsing = false;
            match chosen {
                Some(Chosen::Open(paths)) => {
                    self.asked = None;
                    cx.command(Command::Open(paths, self.declared_crs()));
                }
                Some(Chosen::Write(key, path)) => {
                    // The system's dialog has asked before it let a file be replaced.
                    self.replacing = Some(path.clone());
                    self.try_write(cx, key, path);
                }
                None => {}
            }
        }
        let alone = !self.has_another() && looking.health.is_none();
        if ctx.input(|i| i.key_pressed(egui::Key::Escape)) {
            self.asked = None;
            self.help = false;
            self.overtaken = None;
            self.conflicts.close();
            self.merging.close();
            self.store.close();
            self.cluster.close();
            self.removing = None;
            self.renaming = None;
            self.too_large = None;
            self.import.close();
            self.stay_open();
            looking.health = None;
        }
        self.import.show(ctx, cx);
        self.losing.show(ctx, cx);
        self.choices(ctx, cx);
        self.conflicts.show(ctx, cx);
        self.merging.show(ctx, cx);
        self.store.show(ctx, cx, &self.wake);
        self.cluster.show(ctx, cx);
        self.removing(ctx, cx);
        self.renaming(ctx, cx);
        self.memory(ctx, cx);
        self.closing(ctx, cx, at_risk);
        self.crash(ctx, cx.lang, alone);
        let kept = self.recovery.show(ctx, cx, alone);
        if !kept.is_empty() {
            self.notices.tell(Notice::JournalsKept(kept));
        }
        self.paths(ctx, cx, settings);
        self.help(ctx, cx.lang);
        self.notices.show(ctx, cx.lang, room);
        if let Some(layer) = looking.health.and_then(|k| cx.session.layer(k)) {
            let mut open = true;
            let (key, title) = (layer.key, cx.session.title(layer, cx.lang));
            health_list::show(ctx, cx, key, &title, layer.indexed.layer(), &mut open);
            if !open {
                looking.health = None;
            }
        }
    }

    fn paths(&mut self, ctx: &egui::Context, cx: &mut Context<'_>, settings: &Settings) {
        let lang = cx.lang;
        let Some(asked) = &self.asked else { return };
        let export = match asked {
            Asked::Open => None,
            Asked::Write(key) => Some(*key),
        };
        let is_layer = |key| cx.session.layer(key).is_some();
        let (title, hint) = match export {
            Some(Target::Key(key)) if is_layer(key) => ("dialog.save_layer", "dialog.save_layer_hint"),
            Some(Target::Key(_)) => ("dialog.export", "dialog.export_hint"),
            Some(Target::Project) => ("menu.save_project", "dialog.project_hint"),
            Some(Target::Packed) => ("menu.pack", "dialog.pack_hint"),
            Some(Target::Report) => ("report.write", "dialog.report_hint"),
            Some(Target::Cards) => ("cards.write", "dialog.cards_hint"),
            Some(Target::Page) => ("menu.print", "dialog.page_hint"),
            Some(Target::Inspection(InspectionForm::GeoJson)) => ("inspect.export", "dialog.inspection_hint"),
            Some(Target::Inspection(InspectionForm::Page)) => ("inspect.page", "dialog.inspection_page_hint"),
            None => ("dialog.open", "dialog.open_hint"),
        };
        let (title, hint) = (tr!(lang, title), tr!(lang, hint));
        let title = title.trim_end_matches('…');
        let mut open = true;
        let mut go: Option<PathBuf> = None;
        window(title, &mut open).show(ctx, |ui| {
            ui.set_width(520.0);
            let label = widgets::quiet(ui, hint);
            ui.add_space(4.0);
            let field = ui.add(widgets::field(&mut self.path).hint_text(tr!(lang, "dialog.path")));
            let field = field.labelled_by(label.id);
            if export.is_none() {
                ui.add_space(8.0);
                ui.horizontal(|ui| {
                    let label = widgets::quiet(ui, tr!(lang, "dialog.crs"));
                    ui.add(widgets::field(&mut self.crs).hint_text("WGS 84"))
                        .labelled_by(label.id)
                        .on_hover_text(tr!(lang, "dialog.crs_hint"));
                });
            }
            if std::mem::take(&mut self.focus) {
                field.request_focus();
            }
            let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            widgets::actions(ui, |ui| {
                let replacing = self.replacing.as_deref() == Some(typed_path(&self.path).as_path());
                let text = match export {
                    Some(_) if replacing => tr!(lang, "dialog.replace"),
                    Some(Target::Key(key)) if !is_layer(key) => tr!(lang, "dialog.export_button"),
                    Some(_) => tr!(lang, "dialog.save"),
                    None => tr!(lang, "dialog.open_button"),
                };
                // A project without a name would be a hidden file.
                let is_nameless = export == Some(Target::Project) && is_nameless(&typed_path(&self.path));
                let ready = !self.path.trim().is_empty() && !is_nameless;
                if (widgets::primary_button(ui, &text, "", ready).clicked() || entered) && ready {
                    go = Some(typed_path(&self.path));
                }
                if widgets::secondary_button(ui, &tr!(lang, "dialog.browse"), !self.browsing).clicked() {
                    self.browsing = true;
                    browse(export, &self.path, self.sender.clone(), Arc::clone(&self.wake));
                }
                if self.browsing {
                    widgets::quiet(ui, tr!(lang, "dialog.browsing"));
                }
            });
            if let Some(path) = self.replacing.as_ref().filter(|p| **p == typed_path(&self.path)) {
                ui.add_space(8.0);
                let text = tr!(lang, "dialog.exists", file = crate::io::file_name(path));
                ui.label(RichText::new(text).size(theme::SMALL).color(theme::palette(ui).review.0));
            }
            if export.is_none() && !settings.recent.is_empty() {
                ui.add_space(12.0);
                widgets::section(ui, &tr!(lang, "menu.recent"));
                for path in &settings.recent {
                    let text = RichText::new(path.display().to_string()).color(theme::palette(ui).accent);
                    if ui.add(egui::Button::new(text).frame(false).truncate()).clicked() {
                        go = Some(path.clone());
                    }
                }
            }
        });
        if let Some(path) = go {
            match export {
                Some(key) => self.try_write(cx, key, path),
                None => {
                    cx.command(Command::Open(vec![path], self.declared_crs()));
                    self.asked = None;
                }
            }
        } else if !open {
            self.asked = None;
            self.stay_open();
        }
    }

    /// The coordinate system typed into the dialog, if any.
    fn declared_crs(&self) -> Option<String> {
        Some(self.crs.trim().to_owned()).filter(|crs| !crs.is_empty())
    }

    /// Exports an answer or saves a layer, but never over another open layer's file, and over any other file only when it
    /// is asked for twice.
    fn try_write(&mut self, cx: &mut Context<'_>, what: Target, path: PathBuf) {
        if let Err(e) = may_write(cx.session, what, &path) {
            return self.notices.tell(Notice::Save(e));
        }
        let before = match what {
            Target::Key(key) => {
                let answer = cx.session.answer(key).and_then(|a| a.saved_to.as_ref());
                answer.or(cx.session.layer(key).and_then(|l| l.path.as_ref()))
            }
            Target::Project => cx.session.open_project().map(|open| &open.path),
            Target::Packed | Target::Page | Target::Report | Target::Cards | Target::Inspection(_) => None,
        };
        let known = before == Some(&path);
        if path.exists() && !known && self.replacing.as_ref() != Some(&path) {
            self.replacing = Some(path);
            self.focus = true;
            return;
        }
        match what {
            Target::Key(key) if cx.session.layer(key).is_some() => {
                cx.command(Command::Save { layer: key, path, over: false });
            }
            Target::Key(key) => cx.command(Command::Export(key, path)),
            Target::Project => cx.acts.push(Act::SaveProjectTo(path)),
            Target::Packed => cx.acts.push(Act::PackTo(path)),
            Target::Report => cx.acts.push(Act::ReportTo(path)),
            Target::Cards => cx.acts.push(Act::CardsTo(path)),
            Target::Page => cx.acts.push(Act::PrintTo(path)),
            Target::Inspection(form) => cx.acts.push(Act::InspectionTo(form, path)),
        }
        self.replacing = None;
        self.asked = None;
    }
}

/// Whether something may be written to a path: the decision that commands go by.
fn may_write(session: &Session, what: Target, path: &Path) -> Result<(), SaveError> {
    let form = match what {
        Target::Report => {
            let rules = session.catalogue().rules.iter().map(|rule| &*rule.id);
            return ReportFiles::of(path).check(&session.guard(Own::Nothing), rules);
        }
        Target::Key(key) if session.layer(key).is_some() => Form::Layer,
        Target::Key(_) | Target::Inspection(InspectionForm::GeoJson) => Form::GeoJson,
        Target::Inspection(InspectionForm::Page) | Target::Cards => Form::Html,
        Target::Project => Form::Project,
        Target::Packed => Form::Packed,
        Target::Page => Form::Page,
    };
    let own = match what {
        Target::Key(key) => Own::Layer(key),
        Target::Project => Own::Project,
        _ => Own::Nothing,
    };
    session.may_write(own, path, form)
}

/// True for the ending of projects alone.
fn is_nameless(path: &Path) -> bool {
    let name = crate::io::file_name(path).to_lowercase();
    name == ".shanshui.json" || name == ".json"
}
