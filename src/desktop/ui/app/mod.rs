//! The workbench: one session shown in panels. Panels read; what they want done goes to the session as commands.

mod act;
mod backdrops;
mod clipboard;
mod collect;
mod comments;
mod look;
mod picture;
mod settled;
mod start;
mod writing;

use crate::cli::WindowOptions;
use crate::io::SaveError;
use crate::session::{Command, Key, Session, Wake, crash, journal};
use crate::ui::context::{Act, Context, InWriting, Looking, Tab};
use crate::ui::dialogs::Dialogs;
use crate::ui::later::Later;
use crate::ui::map::Gpu;
use crate::ui::map::backdrop::Backdrops;
use crate::ui::map::canvas::{MapContext, MapView};
use crate::ui::map::drawn::DrawnMarks;
use crate::ui::map::overlay::scale_denominator;
use crate::ui::map::scene::Scene;
use crate::ui::map::shown::is_answer;
use crate::ui::notices::Notice;
use crate::ui::panels::ask_form::AskForm;
use crate::ui::panels::backdrop_dialog::BackdropDialog;
use crate::ui::panels::comments::CommentsPanel;
use crate::ui::panels::export::ExportDialog;
use crate::ui::panels::feature::Measured;
use crate::ui::panels::findings::FindingsPanel;
use crate::ui::panels::join::JoinDialog;
use crate::ui::panels::keys::Focus;
use crate::ui::panels::mapping::MappingDialog;
use crate::ui::panels::print::PrintDialog;
use crate::ui::panels::rules::RulesPanel;
use crate::ui::panels::scenarios::ScenariosPanel;
use crate::ui::panels::select::SelectDialog;
use crate::ui::panels::selected::SelectedPanel;
use crate::ui::panels::style_dialog::StyleDialog;
use crate::ui::panels::table::TableState;
use crate::ui::panels::targets::TargetsPanel;
use crate::ui::panels::{self, ask, bottom, card, inspect, layers, status, top};
use crate::ui::search::Search;
use crate::ui::selection::Selection;
use crate::ui::settings::Settings;
use crate::ui::tour::Parts;
use crate::ui::{theme, widgets};
use act::content;
use eframe::egui::{self, CentralPanel, Frame, Panel, Ui};
use std::path::PathBuf;
use std::sync::Arc;

/// In windows narrower than this the right panel lies over the map, points.
const OVERLAY_BELOW: f32 = 1280.0;
/// Its width there.
const OVERLAY_WIDTH: f32 = 340.0;

/// The window's content.
pub struct Workbench {
    session: Session,
    settings: Settings,
    looking: Looking,
    map: MapView,
    scene: Scene,
    gpu: Gpu,
    backdrops: Backdrops,
    backdrop_dialog: BackdropDialog,
    /// A backdrop that was added and is to be brought into view.
    to_show: Option<Key>,
    ask: AskForm,
    table: TableState,
    measured: Measured,
    selected: SelectedPanel,
    rules: RulesPanel,
    findings: FindingsPanel,
    targets: TargetsPanel,
    scenarios: ScenariosPanel,
    comments: CommentsPanel,
    drawn: DrawnMarks,
    select: SelectDialog,
    join: JoinDialog,
    export: ExportDialog,
    style: StyleDialog,
    print: PrintDialog,
    printing: Vec<writing::Writing>,
    /// A report that is written once the rules whose answers were out of date have run.
    report_after: Option<PathBuf>,
    search: Search,
    mapping: MappingDialog,
    /// True where a field had the keyboard when the last frame ended: what is typed before this one is drawn goes into it.
    had_field: bool,
    /// The ring round what has the keyboard, as it was drawn last.
    ring: Option<egui::Rect>,
    solo: look::Solo,
    /// A question or a rule was asked here, not read of a project: its answer is brought into view.
    awaits: bool,
    picture: picture::Picture,
    dialogs: Dialogs,
    start: start::Start,
    fitted: usize,
    /// The window is to be closed.
    quits: bool,
    ctx: egui::Context,
}

impl Workbench {
    /// Around what the command line asked for.
    pub fn new(ctx: &egui::Context, gpu: Gpu, settings: Settings, options: &WindowOptions) -> Self {
        theme::install(ctx, settings.lang);
        // Plus, minus and Ctrl 0 belong to the map.
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        let repaint = ctx.clone();
        let wake: Wake = Arc::new(move || repaint.request_repaint());
        let mut session = Session::new(options.read.clone(), Arc::clone(&wake));
        session.execute(Command::Speak(settings.lang));
        if let Some(plan) = &options.plan {
            session.give_plan(plan.clone());
        }
        if options.demo {
            session.execute(Command::OpenSample);
        }
        if !options.paths.is_empty() {
            session.execute(Command::Open(options.paths.clone(), None));
        }
        let mut dialogs = Dialogs::new(Arc::clone(&wake));
        if let Some(folder) = &options.journals {
            // Beside the window: a journal may be long. The session's own is held, and not looked at.
            let folder = folder.clone();
            session.keep_journal(folder.clone());
            dialogs.recovery.offer_later(Later::start(ctx, move || journal::left_in(&folder)));
        }
        if let Some(folder) = &options.crashes {
            dialogs.crashes = crash::reports_in(folder);
        }
        if let Some(unread) = &options.unread_settings {
            dialogs.notices.tell(Notice::SettingsKept(unread.kept.clone()));
        }
        Self {
            session,
            settings,
            looking: Looking::default(),
            map: MapView::default(),
            scene: Scene::new(Arc::clone(&wake)),
            gpu,
            backdrops: backdrops::of(options, wake),
            backdrop_dialog: BackdropDialog::default(),
            to_show: None,
            ask: AskForm::default(),
            table: TableState::default(),
            measured: Measured::default(),
            selected: SelectedPanel::default(),
            rules: RulesPanel::default(),
            findings: FindingsPanel::default(),
            targets: TargetsPanel::default(),
            scenarios: ScenariosPanel::default(),
            comments: CommentsPanel::default(),
            drawn: DrawnMarks::default(),
            select: SelectDialog::default(),
            join: JoinDialog::default(),
            export: ExportDialog::default(),
            style: StyleDialog::default(),
            print: PrintDialog::default(),
            printing: Vec::new(),
            report_after: None,
            search: Search::default(),
            mapping: MappingDialog::default(),
            had_field: false,
            ring: None,
            solo: None,
            awaits: false,
            picture: picture::Picture::default(),
            dialogs,
            start: start::Start::in_folder(options.settings.as_deref()),
            fitted: 0,
            quits: false,
            ctx: ctx.clone(),
        }
    }

    /// What is remembered.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What is remembered, to be changed.
    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// What is open.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// What is open, to be driven by a test.
    pub fn session_mut(&mut self) -> &mut Session {
        &mut self.session
    }

    /// The map's camera and tools.
    pub fn map(&self) -> &MapView {
        &self.map
    }

    /// True where a project says where the map looks.
    pub fn has_view(&self) -> bool {
        self.session.open_project().is_some_and(|open| open.project.view.is_some())
    }

    /// What is selected.
    pub fn selection(&self) -> &Selection {
        &self.looking.selection
    }

    /// The map's camera, to be led along a tour.
    pub fn map_mut(&mut self) -> &mut MapView {
        &mut self.map
    }

    /// From here on nothing is put on the map: nobody looks.
    pub fn draw_nothing(&mut self) {
        self.scene.sleep();
    }

    /// What failed last, where something did.
    pub fn error(&self) -> Option<String> {
        self.dialogs.notices.error(self.settings.lang)
    }

    /// Says which members of the settings this version does not know.
    pub(in crate::ui) fn tell_unknown(&mut self, keys: Vec<crate::model::UnknownKey>) {
        if !keys.is_empty() {
            self.dialogs.notices.tell(Notice::Unknown(keys));
        }
    }

    /// True where that is about a condition.
    pub fn is_condition_wrong(&self) -> bool {
        self.dialogs.notices.is_condition()
    }

    /// Tells that something of the window's own could not be written.
    pub(in crate::ui) fn tell_not_saved(&mut self, e: SaveError) {
        self.dialogs.notices.tell(Notice::Save(e));
    }

    /// Opens files as if they had been chosen in the dialog.
    pub fn open(&mut self, paths: Vec<PathBuf>) {
        self.session.execute(Command::Open(paths, None));
    }

    /// The window is closed: what is saved, or was given up, needs no journal.
    pub fn end(&mut self) {
        let is_unsaved = self.session.unsaved().next().is_some() || self.session.is_project_unsaved();
        let keeps = is_unsaved && !self.dialogs.may_close();
        let journal = self.session.journal_mut();
        if keeps { journal.flush() } else { journal.discard() }
    }

    /// Draws one frame and carries out what it asked for.
    pub fn show(&mut self, ui: &mut Ui) {
        self.collect();
        self.go_on();
        widgets::into_sight(ui.ctx());
        if let Some(tab) = self.start.tour.lead() {
            self.looking.tab = tab;
        }
        theme::choose(ui, self.settings.theme, self.settings.percent);
        let palette = theme::palette(ui);
        let lang = self.settings.lang;
        theme::speak(ui.ctx(), lang);
        if self.session.lang() != Some(lang) {
            self.session.execute(Command::Speak(lang));
        }
        self.looking.selection.follow_session(&self.session);
        self.looking.preview.take_if(|preview| !preview.is_current(&self.session));
        let shown = self.shown(ui.ctx());
        let waiting =
            |path: &std::path::Path| InWriting { file: crate::io::file_name(path), share: None, is_stopped: false };
        let writing = self.printing.first().map(|one| InWriting {
            share: one.progress.share(),
            is_stopped: one.progress.is_cancelled(),
            ..waiting(&one.path)
        });
        self.looking.writing = writing.or_else(|| self.report_after.as_deref().map(waiting));
        let mut acts = Vec::new();
        let mut cx = Context { session: &self.session, lang, acts: &mut acts };

        let bar = |margin| Frame::new().fill(palette.panel).inner_margin(margin);
        Panel::top("top").exact_size(36.0).frame(bar(egui::Margin::symmetric(12, 2))).show(ui, |ui| {
            let turns = self.map.views.can_turn();
            top::show(ui, &mut cx, &mut self.settings, &self.looking, &mut self.search, turns);
        });
        Panel::bottom("status").exact_size(26.0).frame(bar(egui::Margin::symmetric(12, 0))).show(ui, |ui| {
            let selected =
                self.selected.text(ui.ctx(), &self.session, &self.looking.selection, self.settings.area_unit, lang);
            status::show(ui, &mut cx, &self.map, selected, self.looking.writing.as_ref());
        });
        let empty = self.session.layers().is_empty()
            && self.session.answers().is_empty()
            && self.session.backdrops().is_empty();
        let mut left = None;
        if self.settings.left_open {
            let panel = Panel::left("layers")
                .default_size(264.0)
                .size_range(200.0..=420.0)
                .frame(Frame::new().fill(palette.panel).inner_margin(egui::Margin::symmetric(0, 8)))
                .show(ui, |ui| {
                    let denominator = scale_denominator(&self.map.camera);
                    let by_theme = &mut self.settings.by_theme;
                    layers::show(
                        ui,
                        &mut cx,
                        &mut self.map.legend,
                        &self.looking,
                        &self.backdrops,
                        by_theme,
                        denominator,
                    );
                });
            left = Some(panel.response.rect);
        }
        let window = ui.ctx().content_rect();
        let (right, narrow) = (self.settings.right_open && !empty, window.width() < OVERLAY_BELOW);
        let frame = Frame::new().fill(palette.panel).inner_margin(egui::Margin::symmetric(16, 12));
        let unit = self.settings.area_unit;
        let mut tab = self.looking.tab;
        let mut ask = |ui: &mut Ui, cx: &mut Context<'_>| {
            panels::tabs::show(ui, &mut tab, lang);
            let stack = self.looking.selection.lead().and_then(|lead| self.map.stack(lead));
            card::show(ui, cx, &self.looking, &mut self.measured, &mut self.selected, unit, stack);
            // Each tab scrolls by itself.
            ui.push_id(tab, |ui| match tab {
                Tab::Ask => ask::show(ui, cx, &mut self.ask, unit, &self.looking),
                Tab::Rules => self.rules.show(ui, cx, &self.looking),
                Tab::Findings => self.findings.show(ui, cx),
                Tab::Targets => self.targets.show(ui, cx),
                Tab::Scenarios => self.scenarios.show(ui, cx),
                Tab::Comments => self.comments.show(ui, cx, &mut self.settings.author),
                Tab::Inspect => {
                    let zone = self.map.zone(&self.session, &self.looking.selection);
                    let has_zone = zone.is_some();
                    inspect::follow(cx, zone);
                    inspect::show(ui, cx, has_zone, unit);
                }
            });
        };
        let mut right_part = None;
        if right && !narrow {
            let panel = Panel::right("ask")
                .default_size(372.0)
                .size_range(320.0..=520.0)
                .frame(frame)
                .show(ui, |ui| ask(ui, &mut cx));
            right_part = Some(panel.response.rect);
        } else if right {
            // Over the map, so that the map keeps its width.
            let height = window.height() - 36.0 - 26.0;
            let area = egui::Area::new(egui::Id::unique("ask"))
                .fixed_pos(egui::pos2(window.right() - OVERLAY_WIDTH, window.top() + 36.0))
                .order(egui::Order::Middle)
                .show(ui.ctx(), |ui| {
                    frame.stroke(egui::Stroke::new(1.0, palette.line)).show(ui, |ui| {
                        ui.set_width(OVERLAY_WIDTH - 34.0);
                        ui.set_height(height - 24.0);
                        ask(ui, &mut cx);
                    });
                });
            right_part = Some(area.response.rect);
        }
        self.looking.tab = tab;
        let covered = if right && narrow { OVERLAY_WIDTH } else { 0.0 };
        let mut bottom_part = None;
        if self.settings.bottom_open && self.looking.active.is_some() {
            let panel = Panel::bottom("table")
                .resizable(true)
                .default_size(220.0)
                .size_range(120.0..=520.0)
                .frame(Frame::new().fill(palette.panel))
                .show(ui, |ui| {
                    bottom::show(ui, &mut cx, &mut self.table, &self.looking, self.settings.area_unit, covered);
                });
            bottom_part = Some(panel.response.rect);
        }
        let focus = self.focus(ui.ctx());
        let recent = if empty { self.settings.recent.clone() } else { Vec::new() };
        let central = CentralPanel::default().frame(Frame::new().fill(palette.surface)).show(ui, |ui| {
            let map = MapContext {
                session: &self.session,
                shown: &shown,
                scene: &mut self.scene,
                gpu: &self.gpu,
                backdrops: &mut self.backdrops,
                lang,
                legend_open: &mut self.settings.legend_open,
                snapping: self.settings.snapping,
                covered,
                keys: focus == Focus::Window,
                selection: &self.looking.selection,
                pinned: &self.comments.pinned,
                preview: self.looking.preview.as_ref(),
                active: self.looking.active,
                split: self.looking.split,
                quiet: is_answer(&self.session, self.looking.active).then_some(self.looking.is_quiet),
                unit: self.settings.area_unit,
                acts: &mut acts,
            };
            if empty {
                panels::empty::show(ui, lang, &recent, &mut self.start.thumbnails, map.acts);
            } else {
                self.map.show(ui, map);
            }
        });
        // On the way nothing is asked for that the end of it does not show.
        if !empty && !self.scene.is_asleep() && self.map.is_still() {
            let view = self.map.zone_view();
            let wanted = self.session.zones_wanted(&self.map.visible(), &view);
            acts.extend(wanted.into_iter().map(|key| Act::Session(Command::DrawZone(key, view))));
        }
        panels::keys::read(ui, &self.session, &self.looking, focus, &mut acts);
        let mut cx = Context { session: &self.session, lang, acts: &mut acts };
        self.select.show(ui.ctx(), &mut cx, &self.looking);
        self.join.show(ui.ctx(), &mut cx);
        self.export.show(ui.ctx(), &mut cx, &self.looking.selection);
        self.style.show(ui.ctx(), &mut cx);
        if self.dims() {
            crate::ui::dialogs::dim(ui.ctx());
        }
        self.backdrop_dialog.show(ui.ctx(), &mut cx, &self.settings);
        let here = self.map.camera.center;
        self.search.show(ui.ctx(), &mut cx, &self.looking, here, &self.settings.bookmarks);
        self.mapping.show(ui.ctx(), &mut cx);
        let (session, map, lang) = (&self.session, &self.map, self.settings.lang);
        let looked_at = self.looking.active;
        self.print.show(ui.ctx(), &mut cx, |scale| content(session, map, looked_at, lang, scale));
        let at_risk = writing::at_risk(&self.session, &self.printing, self.report_after.as_deref());
        let mut room = central.response.rect;
        room.max.x -= covered;
        self.dialogs.show(ui.ctx(), &mut cx, &self.settings, &mut self.looking, &at_risk, room);
        let parts = Parts { left, right: right_part, bottom: bottom_part, map: room };
        self.lead(ui, &parts, focus, &mut acts);
        let dropped: Vec<PathBuf> = ui.input(|i| i.raw.dropped_files.iter().map(|f| f.path().to_owned()).collect());
        if !dropped.is_empty() {
            self.open(dropped);
        }
        if ui.input(|i| i.events.contains(&egui::Event::WindowFocused(true))) {
            // Other programs were at work meanwhile, and other desks.
            self.refresh_comments();
            let overtaken = self.session.layers().iter().filter(|layer| layer.is_overtaken());
            let files: Vec<String> = overtaken.map(|layer| layer.layer().source.file_name.clone()).collect();
            if !files.is_empty() {
                self.dialogs.notices.tell(Notice::Overtaken(files));
            }
        }
        self.copy_picture(ui.ctx());
        self.had_field = ui.ctx().egui_wants_keyboard_input();
        self.ring = widgets::focus_ring(ui.ctx(), palette);
        acts.into_iter().for_each(|act| self.act(act, &shown));
        self.close_when_asked(ui);
        if !self.session.jobs().is_empty() || !self.printing.is_empty() {
            // Progress moves without any input.
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(100));
        }
    }
}
