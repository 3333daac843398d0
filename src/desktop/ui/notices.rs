//! What jobs had to say: cards over the lower end of the map, beside tools and legend. Errors stay until they are closed.

use super::map::backdrop::News;
use super::offscreen::DrawError;
use super::{icons, panels, theme, widgets};
use crate::i18n::{Lang, Said, between, cause_text, count, text_of, tr};
use crate::io::geojson::EditError;
use crate::io::{ReadError, SaveError};
use crate::model::UnknownKey;
use crate::query::AskError;
use crate::rules::{RuleError, ValueError};
use crate::session::contents::Contents;
use crate::session::journal::TakenUp;
use crate::session::project::ProjectError;
use crate::session::{FollowingError, UnpackError};
use crate::vocabulary::WordsError;
use eframe::egui::{self, Align2, Label, Rect, RichText, ScrollArea, Ui, pos2, vec2};
use std::path::PathBuf;
use std::sync::Arc;

/// Something to be told. Kept as what happened, so that it is told in the language of the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A file could not be read.
    Read(ReadError),
    /// A question has no answer.
    Ask(AskError),
    /// Questions of a project that were not put; it keeps them.
    Unput(Said),
    /// A question of this kind of a project that has no answer; it keeps it.
    QuestionKept(&'static str, AskError),
    /// An answer could not be written.
    Save(SaveError),
    /// A feature could not be changed.
    Edit(EditError),
    /// A project could not be opened.
    Project(ProjectError),
    /// Layers that have no file stand in the way of a project.
    ProjectNeeds(Vec<String>),
    /// Another program wrote these files since they were read.
    Overtaken(Vec<String>),
    /// What a folder or a project consists of; an error where that is to be decided.
    Contents(Arc<Contents>),
    /// A value of a project for a parameter cannot be used.
    Value(ValueError),
    /// A rule's file could not be read.
    Rule(RuleError),
    /// Planners' words that cannot be used.
    Words(WordsError),
    /// Members of a file that this version does not know.
    Unknown(Vec<UnknownKey>),
    /// Something to know.
    Told(Said),
    /// The plan's targets or the findings could not be read.
    Following(FollowingError),
    /// Edits are not in the journal.
    Journal(String),
    /// The map could not be drawn on paper.
    Draw(DrawError),
    /// A packed project was not unpacked.
    Unpack(UnpackError),
    /// Edits of an ended session were taken up, and not all of them, or not where they were.
    TakenUp(TakenUp),
    /// Journals that were given up are kept here.
    JournalsKept(Vec<PathBuf>),
    /// The settings could not be read; their file is kept here, where that could be done.
    SettingsKept(Option<PathBuf>),
    /// A job broke down.
    BrokeDown,
    /// So many of the oldest steps cannot be taken back any more.
    StepsLetGo(usize),
    /// What becomes of a backdrop.
    Backdrop(News),
    /// A layer of this name could not be drawn.
    NotDrawn(String),
    /// An answer was written here.
    Exported(PathBuf),
    /// A layer was saved here.
    Saved(PathBuf),
    /// Features of what is called this were not deleted: it is not open for editing; or it is an answer, which never is.
    Locked(String, Deletes),
    /// A job was stopped.
    Cancelled,
}

/// Of what features were to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletes {
    /// A layer, which can be opened for editing.
    Layer,
    /// An answer.
    Answer,
}

impl Notice {
    /// True for what stays until it is closed, though it is no error: what somebody should know, and members of a file that
    /// seem to be misspelt.
    fn is_to_be_read(&self) -> bool {
        match self {
            Self::Told(_) | Self::Backdrop(_) => true,
            Self::Unknown(keys) => keys.iter().any(|key| key.nearest.is_some()),
            _ => false,
        }
    }

    /// The error's text; `None` for what is no error.
    fn error(&self, lang: Lang) -> Option<String> {
        match self {
            Self::Read(e) => Some(e.message(lang)),
            Self::Ask(e) => Some(panels::ask::error_text(e, lang)),
            Self::Save(e) => Some(e.message(lang)),
            Self::Project(e) => Some(e.message(lang)),
            Self::ProjectNeeds(layers) => {
                Some(tr!(lang, "project.needs", layers = layers.join(between(lang))).into_owned())
            }
            Self::Overtaken(files) => {
                Some(tr!(lang, "notice.overtaken", files = files.join(between(lang))).into_owned())
            }
            Self::Edit(e) => Some(tr!(lang, "notice.edit", cause = e.message(lang)).into_owned()),
            Self::Journal(cause) => Some(tr!(lang, "notice.journal", cause = cause_text(cause, lang)).into_owned()),
            Self::Contents(contents) => contents.doubled_text(lang).and_then(|_| contents.notice_text(lang)),
            Self::Unput(unput) => Some(unput.text(lang).to_owned()),
            Self::QuestionKept(kind, e) => {
                let question = text_of(lang, &format!("question.{kind}"));
                let cause = panels::ask::error_text(e, lang);
                Some(tr!(lang, "project.question_kept", question = question, cause = cause).into_owned())
            }
            Self::Value(e) => Some(e.message(lang)),
            Self::Rule(e) => Some(e.message(lang)),
            Self::Words(e) => Some(e.message(lang)),
            Self::Following(e) => Some(e.message(lang)),
            Self::Draw(e) => Some(tr!(lang, "notice.draw", cause = e.message(lang)).into_owned()),
            Self::Unpack(e) => Some(e.message(lang)),
            Self::TakenUp(taken_up) => Some(taken_up.message(lang)),
            Self::JournalsKept(paths) => {
                let mut files: Vec<String> = paths.iter().take(3).map(|path| path.display().to_string()).collect();
                if paths.len() > 3 {
                    files.push(tr!(lang, "contents.more", n = count(paths.len() - 3)).into_owned());
                }
                Some(tr!(lang, "recovery.given_up", file = files.join(between(lang))).into_owned())
            }
            Self::SettingsKept(Some(path)) => Some(tr!(lang, "settings.kept", file = path.display()).into_owned()),
            Self::SettingsKept(None) => Some(tr!(lang, "settings.unreadable").into_owned()),
            Self::BrokeDown => Some(tr!(lang, "notice.broke_down").into_owned()),
            Self::StepsLetGo(steps) => Some(tr!(lang, "notice.steps_let_go", n = count(*steps)).into_owned()),
            Self::Backdrop(news) => news.error(lang),
            Self::NotDrawn(layer) => Some(tr!(lang, "notice.not_drawn", layer = layer).into_owned()),
            Self::Exported(_)
            | Self::Saved(_)
            | Self::Cancelled
            | Self::Unknown(_)
            | Self::Told(_)
            | Self::Locked(..) => None,
        }
    }
}

/// A notice, and since when it is shown.
struct Told {
    notice: Notice,
    since: Option<f64>,
}

/// How long a notice that is no error is shown, seconds.
const PASSING: f64 = 6.0;

/// How many notices stand on the window at most; the rest follow when they are closed.
const NOTICES: usize = 3;

/// What tools and legend take of the map's width, points; and the least that is left for notices between them.
const TOOLS: f32 = 104.0;
const LEGEND: f32 = 232.0;
const LEAST: f32 = 280.0;

/// The text of a notice is not shown higher than this; points.
const TALLEST: f32 = 132.0;

/// The notices, oldest first.
#[derive(Default)]
pub struct Notices {
    told: Vec<Told>,
}

impl Notices {
    /// Tells something. An error stays until it is closed; what is no error makes room for the next.
    pub fn tell(&mut self, notice: Notice) {
        self.told.retain(|told| {
            let stays = told.notice.is_to_be_read() || told.notice.error(Lang::En).is_some();
            stays && told.notice != notice
        });
        self.told.push(Told { notice, since: None });
    }

    /// The last error that was told.
    pub fn error(&self, lang: Lang) -> Option<String> {
        self.told.iter().rev().find_map(|told| told.notice.error(lang))
    }

    /// True where the last error is a condition that is none, or that nests too deeply.
    pub fn is_condition(&self) -> bool {
        let last = self.told.iter().rev().find(|told| told.notice.error(Lang::En).is_some());
        last.is_some_and(|told| {
            matches!(&told.notice, Notice::Ask(why) | Notice::QuestionKept(_, why) if matches!(why, AskError::Expression(_)))
        })
    }

    /// Shows what is to be told over the lower end of a room of the window, where no button lies below.
    pub fn show(&mut self, ctx: &egui::Context, lang: Lang, room: Rect) {
        let now = ctx.input(|i| i.time);
        // What is to be read and put right stays, though it is no error.
        let stays = |told: &Told| told.notice.is_to_be_read() || told.notice.error(lang).is_some();
        let passes = |told: &Told| !stays(told);
        self.told.retain(|told| !passes(told) || told.since.is_none_or(|since| now - since < PASSING));
        self.told.iter_mut().for_each(|told| told.since = told.since.or(Some(now)));
        if self.told.iter().any(passes) {
            ctx.request_repaint_after(std::time::Duration::from_secs_f64(PASSING + 0.1));
        }
        let mut closed = None;
        // Tools stand at the left of the map, its legend at the right.
        let between = Rect::from_x_y_ranges(room.left() + TOOLS..=room.right() - LEGEND, room.y_range());
        let middle = if between.width() >= LEAST { between } else { room };
        let width = (middle.width() - 16.0).clamp(160.0, 560.0);
        let more = self.told.len().saturating_sub(NOTICES);
        egui::Area::new(egui::Id::unique("notice"))
            .pivot(Align2::CENTER_BOTTOM)
            .fixed_pos(pos2(middle.center().x, middle.bottom() - 24.0))
            .order(egui::Order::Foreground)
            .show(ctx, |ui| {
                ui.set_max_width(width);
                // The newest on top.
                for (i, told) in self.told.iter().enumerate().rev().take(NOTICES) {
                    if ui.push_id(i, |ui| notice_card(ui, &told.notice, lang, width)).inner {
                        closed = Some(i);
                    }
                }
                if more > 0 {
                    let palette = theme::palette(ui);
                    egui::Frame::new().fill(palette.panel).corner_radius(6.0).inner_margin(6.0).show(ui, |ui| {
                        widgets::quiet(ui, tr!(lang, "notice.more", n = count(more)));
                    });
                }
            });
        if let Some(i) = closed {
            self.told.remove(i);
        }
    }
}

/// A way to the folder of what was written for others to read.
fn open_folder(ui: &mut Ui, notice: &Notice, lang: Lang) {
    let Notice::Exported(path) = notice else { return };
    let folder = std::path::absolute(path).ok().and_then(|path| url::Url::from_directory_path(path.parent()?).ok());
    let Some(folder) = folder else { return };
    let text = RichText::new(tr!(lang, "crash.folder")).size(theme::SMALL).color(theme::palette(ui).accent);
    if ui.add(egui::Button::new(text).frame(false)).clicked() {
        ui.ctx().open_url(egui::OpenUrl::new_tab(folder));
    }
}

/// Members that are not known, a line each, and how many more there are.
fn unknown_text(keys: &[UnknownKey], lang: Lang) -> String {
    const SHOWN: usize = 4;
    let mut lines: Vec<String> = keys.iter().take(SHOWN).map(|key| key.message(lang)).collect();
    if keys.len() > SHOWN {
        lines.push(tr!(lang, "contents.more", n = count(keys.len() - SHOWN)).into_owned());
    }
    lines.join("\n")
}

/// Draws one notice; true where it was closed.
fn notice_card(ui: &mut Ui, notice: &Notice, lang: Lang, width: f32) -> bool {
    let palette = theme::palette(ui);
    let (icon, text, (ink, ground)) = match (notice.error(lang), notice) {
        (Some(text), _) => (icons::CIRCLE_X, text, palette.ban),
        (None, Notice::Exported(path)) => {
            (icons::CIRCLE_CHECK, tr!(lang, "ask.saved", file = path.display()).into_owned(), palette.met)
        }
        (None, Notice::Saved(path)) => {
            (icons::CIRCLE_CHECK, tr!(lang, "notice.saved", file = path.display()).into_owned(), palette.met)
        }
        (None, Notice::Locked(name, of)) => {
            let key = if *of == Deletes::Layer { "notice.locked" } else { "notice.locked_answer" };
            (icons::INFO, tr!(lang, key, name = name).into_owned(), palette.review)
        }
        (None, Notice::Unknown(keys)) => (icons::INFO, unknown_text(keys, lang), palette.review),
        (None, Notice::Told(said)) => (icons::INFO, said.text(lang).to_owned(), palette.review),
        (None, Notice::Backdrop(news)) => (icons::INFO, news.note(lang), palette.review),
        (None, Notice::Contents(contents)) => {
            // The list of layers says the others.
            (icons::INFO, contents.notice_text(lang).unwrap_or_default(), palette.review)
        }
        (None, _) => (icons::INFO, tr!(lang, "notice.cancelled").into_owned(), palette.review),
    };
    let frame = egui::Frame::new()
        .fill(ground)
        .corner_radius(6.0)
        .stroke(egui::Stroke::new(1.0, ink.gamma_multiply(0.4)))
        .inner_margin(10.0);
    let shown = frame.show(ui, |ui| {
        ui.set_max_width(width - 20.0);
        ui.horizontal_top(|ui| {
            ui.label(RichText::new(icon).font(theme::icon_font(16.0)).color(ink));
            let width = ui.available_width() - 32.0;
            ui.allocate_ui(vec2(width.min(500.0), 0.0), |ui| {
                // However long it is, the button that closes it is seen.
                ScrollArea::vertical().max_height(TALLEST).min_scrolled_height(TALLEST).show(ui, |ui| {
                    ui.add(Label::new(RichText::new(text).color(ink)).wrap().selectable(true));
                    open_folder(ui, notice, lang);
                });
            });
            widgets::icon_button(ui, icons::X, &tr!(lang, "notice.close")).clicked()
        })
        .inner
    });
    shown.inner
}
