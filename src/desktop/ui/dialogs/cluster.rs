//! The dialog for a run on a cluster: where, of what, into which folder; how far it is; and its answers to be opened.

use super::{scroll_list, window};
use crate::i18n::{Lang, count, text_of, tr};
use crate::session::project::folder_of;
use crate::session::{ClusterAnswers, ClusterAt, ClusterRun, Command, JobKind, Session};
use crate::ui::context::Context;
use crate::ui::{theme, widgets};
use eframe::egui::{self, DragValue, Grid, Label, RichText, Ui};
use std::path::{Path, PathBuf};

/// Executors on this machine, at most.
const WORKERS: usize = 64;

/// The column of the fields' names; points.
const NAMES: f32 = 128.0;

/// The columns of answers.
const HEADS: [&str; 4] =
    ["cluster.dialog.rule", "cluster.dialog.features", "cluster.dialog.bans", "cluster.dialog.reviews"];

/// What is typed, and what came of the last run.
#[derive(Default)]
pub struct ClusterDialog {
    is_open: bool,
    is_elsewhere: bool,
    workers: usize,
    project: String,
    address: String,
    data: String,
    out: String,
    program: String,
    ended: Option<Result<Box<ClusterAnswers>, String>>,
    chosen: Vec<bool>,
}

/// How many works the run that is under way has done, and the number of its job.
fn under_way(session: &Session) -> Option<(u64, u64)> {
    session.jobs().iter().find_map(|job| match job.kind {
        JobKind::Clustering(works) => Some((job.id, works)),
        _ => None,
    })
}

impl ClusterDialog {
    /// Opens it, with what was typed last; what is empty is filled by what is open.
    pub(super) fn open(&mut self, session: &Session) {
        self.is_open = true;
        let fill = |field: &mut String, path: Option<PathBuf>| {
            if field.is_empty() {
                *field = path.map(|path| path.display().to_string()).unwrap_or_default();
            }
        };
        let project = session.open_project().map(|open| open.path.clone());
        let folder = project.as_deref().map(folder_of).map(Path::to_owned);
        fill(&mut self.program, ClusterRun::program());
        fill(&mut self.project, project);
        fill(&mut self.out, folder.map(|folder| folder.join("answers")));
        if self.workers == 0 {
            self.workers = 2;
        }
    }

    pub(super) fn close(&mut self) {
        self.is_open = false;
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// A run came to its end: that is shown.
    pub(super) fn ended(&mut self, ended: Result<Box<ClusterAnswers>, String>) {
        self.chosen = ended.as_ref().map_or_else(|_| Vec::new(), |answers| vec![false; answers.rules.len()]);
        self.ended = Some(ended);
        self.is_open = true;
    }

    /// What is asked for; what is missing otherwise.
    fn asked(&self, lang: Lang) -> Result<ClusterRun, &'static str> {
        let of = |field: &str| Some(PathBuf::from(field.trim())).filter(|path| !path.as_os_str().is_empty());
        let program = of(&self.program).filter(|program| program.is_file()).ok_or("cluster.dialog.no_program")?;
        let at = if self.is_elsewhere {
            let address = Some(self.address.trim().to_owned()).filter(|address| address.contains(':'));
            let data = of(&self.data).filter(|data| data.is_dir()).ok_or("cluster.dialog.no_data")?;
            ClusterAt::Scheduler { address: address.ok_or("cluster.dialog.no_address")?, data }
        } else {
            let project = of(&self.project).filter(|project| project.exists()).ok_or("cluster.dialog.no_project")?;
            ClusterAt::Here { workers: self.workers.clamp(1, WORKERS), project }
        };
        let out = of(&self.out).ok_or("cluster.dialog.no_out")?;
        Ok(ClusterRun { program, at, rules: Vec::new(), out, lang })
    }

    pub(super) fn show(&mut self, ctx: &egui::Context, cx: &mut Context<'_>) {
        if !self.is_open {
            return;
        }
        let lang = cx.lang;
        let mut open = true;
        window(&tr!(lang, "cluster.dialog.title"), &mut open).show(ctx, |ui| {
            let screen = ui.ctx().content_rect();
            ui.set_width(560.0_f32.min(screen.width() - 80.0));
            ui.add(Label::new(tr!(lang, "cluster.dialog.text")).wrap());
            ui.add_space(6.0);
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = 16.0;
                widgets::radio_value(ui, &mut self.is_elsewhere, false, tr!(lang, "cluster.dialog.here"));
                widgets::radio_value(ui, &mut self.is_elsewhere, true, tr!(lang, "cluster.dialog.elsewhere"));
            });
            ui.add_space(6.0);
            self.fields(ui, lang);
            ui.add_space(6.0);
            let asked = self.asked(lang);
            let running = under_way(cx.session);
            widgets::actions(ui, |ui| {
                let may = asked.is_ok() && running.is_none();
                let label = tr!(lang, "cluster.dialog.run");
                // Once there are answers, opening them is what comes next.
                let run = match &self.ended {
                    Some(Ok(_)) => widgets::secondary_button(ui, &label, may),
                    _ => widgets::primary_button(ui, &label, "", may),
                };
                if run.clicked()
                    && let Ok(asked) = &asked
                {
                    self.ended = None;
                    cx.command(Command::RunOnCluster(Box::new(asked.clone())));
                }
                if let Some((job, works)) = running {
                    if widgets::secondary_button(ui, &tr!(lang, "menu.cancel"), true).clicked() {
                        cx.command(Command::Cancel(job));
                    }
                    ui.add(egui::Spinner::new().size(16.0));
                    widgets::quiet(ui, tr!(lang, "job.clustering", n = works));
                } else if let Err(key) = asked {
                    widgets::quiet(ui, tr!(lang, key));
                }
            });
            self.answered(ui, cx, screen.height());
        });
        self.is_open &= open;
    }

    fn fields(&mut self, ui: &mut Ui, lang: Lang) {
        ui.spacing_mut().item_spacing.y = 6.0;
        let field = |ui: &mut Ui, key: &str, text: &mut String, usual: &str| {
            let name = text_of(lang, key);
            widgets::named(ui, NAMES, &name, |ui, label| {
                ui.add(widgets::field(text).hint_text(usual)).labelled_by(label);
            });
        };
        if self.is_elsewhere {
            field(ui, "cluster.dialog.address", &mut self.address, "10.0.0.1:50050");
            field(ui, "cluster.dialog.data", &mut self.data, "");
        } else {
            field(ui, "cluster.dialog.project", &mut self.project, "");
            widgets::named(ui, NAMES, &tr!(lang, "cluster.dialog.workers"), |ui, label| {
                ui.add(DragValue::new(&mut self.workers).range(1..=WORKERS)).labelled_by(label);
            });
        }
        field(ui, "cluster.dialog.out", &mut self.out, "");
        field(ui, "cluster.dialog.program", &mut self.program, "");
    }

    /// What came of it: why not, or its answers to choose from.
    fn answered(&mut self, ui: &mut Ui, cx: &mut Context<'_>, height: f32) {
        let lang = cx.lang;
        let Some(ended) = &self.ended else { return };
        let palette = theme::palette(ui);
        ui.separator();
        let answers = match ended {
            Ok(answers) => answers,
            Err(said) => {
                ui.add(Label::new(tr!(lang, "cluster.dialog.failed")).wrap());
                scroll_list(160.0).show(ui, |ui| {
                    ui.add(Label::new(RichText::new(said).color(palette.ban.0)).wrap());
                });
                return;
            }
        };
        let told = |name: &str| count(answers.told[name].as_u64().unwrap_or_default() as usize);
        let (works, tiles, folder) = (told("works"), told("tiles"), answers.folder.display());
        let text =
            tr!(lang, "cluster.dialog.done", n = answers.rules.len(), works = works, tiles = tiles, folder = folder);
        ui.add(Label::new(text).wrap());
        scroll_list((height - 540.0).max(120.0)).show(ui, |ui| {
            Grid::new("cluster-answers").num_columns(4).spacing([16.0, 4.0]).show(ui, |ui| {
                for key in HEADS {
                    ui.label(RichText::new(tr!(lang, key)).color(palette.quiet).small());
                }
                ui.end_row();
                for (answer, chosen) in answers.rules.iter().zip(&mut self.chosen) {
                    let rule = cx.session.catalogue().get(&answer.rule);
                    let title = rule.map_or_else(|| answer.rule.clone(), |rule| rule.title.text(lang).to_owned());
                    ui.add_enabled_ui(answer.file.is_some(), |ui| widgets::checkbox(ui, chosen, title));
                    answer.counts.iter().for_each(|n| {
                        ui.label(count(*n as usize));
                    });
                    ui.end_row();
                }
            });
        });
        let files = answers.rules.iter().zip(&self.chosen).filter(|(_, chosen)| **chosen);
        let files: Vec<PathBuf> = files.filter_map(|(answer, _)| answer.file.clone()).collect();
        ui.add_space(6.0);
        let label = tr!(lang, "cluster.dialog.open", n = files.len());
        if widgets::actions(ui, |ui| widgets::primary_button(ui, &label, "", !files.is_empty()).clicked()) {
            cx.command(Command::Open(files, None));
            self.is_open = false;
        }
    }
}
