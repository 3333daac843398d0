//! The status bar: position, scale, coordinate system, running job, memory.

use crate::i18n::{Lang, count, text_of, tr};
use crate::session::{Command, JobKind};
use crate::ui::context::{Act, Context, InWriting};
use crate::ui::map::canvas::MapView;
use crate::ui::map::overlay::{position_text, scale_text};
use crate::ui::theme::{self, SMALL};
use eframe::egui::{Align, Button, Label, Layout, ProgressBar, RichText, Ui, vec2};

/// Shows the bar.
pub fn show(ui: &mut Ui, cx: &mut Context<'_>, map: &MapView, selected: Option<String>, writing: Option<&InWriting>) {
    let lang = cx.lang;
    let palette = theme::palette(ui);
    let text = |s: String| RichText::new(s).size(SMALL).color(palette.quiet);
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 20.0;
        if !cx.session.layers().is_empty() {
            let position = map.cursor.map_or_else(|| "—".to_owned(), position_text);
            // A fixed width keeps what follows in its place while the cursor moves.
            ui.allocate_ui_with_layout(vec2(172.0, 20.0), Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_width(172.0);
                ui.add(Label::new(text(position)));
            });
            ui.label(text(scale_text(&map.camera)));
            ui.label(text("WGS 84 / CGCS2000".to_owned()));
            ui.add(Label::new(RichText::new(selected.unwrap_or_default()).size(SMALL).color(palette.text)).truncate());
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let features: usize = cx.session.layers().iter().map(|l| l.layer().feature_count()).sum();
            let mut parts = vec![tr!(lang, "status.features", n = count(features)).into_owned()];
            parts.extend(resident_megabytes().map(|mb| format!("{} MB", count(mb))));
            ui.label(text(parts.join(" · ")));
            // A job shorter than this needs no notice.
            let job = cx.session.jobs().iter().find(|j| j.elapsed().as_millis() > 300);
            match (job, writing) {
                // What is written is written whole, or not at all.
                (None, Some(InWriting { file, share, is_stopped })) => {
                    let cancel = Button::new(text(tr!(lang, "menu.cancel").into_owned())).small();
                    if ui.add_enabled(!is_stopped, cancel).clicked() {
                        cx.acts.push(Act::StopWriting);
                    }
                    if let Some(share) = share {
                        ui.add(ProgressBar::new(*share).desired_width(120.0).desired_height(6.0));
                    }
                    let is_report = std::path::Path::new(file).extension().is_some_and(|ending| ending == "html");
                    let said = match is_report {
                        true => tr!(lang, "job.reporting", file = file),
                        false => tr!(lang, "job.exporting", file = file),
                    };
                    ui.label(text(said.into_owned()));
                }
                (None, None) => drop(ui.label(text(tr!(lang, "status.ready").into_owned()))),
                (Some(job), _) => {
                    let id = job.id;
                    let name = job_text(&job.kind, lang);
                    let share = job.share().unwrap_or(0.0);
                    if ui.add(Button::new(text(tr!(lang, "menu.cancel").into_owned())).small()).clicked() {
                        cx.acts.push(Act::Session(Command::Cancel(id)));
                    }
                    ui.add(ProgressBar::new(share).desired_width(120.0).desired_height(6.0));
                    ui.label(text(name));
                }
            }
        });
    });
}

/// What a job does, in words.
pub fn job_text(kind: &JobKind, lang: Lang) -> String {
    match kind {
        JobKind::Reading(file) => tr!(lang, "job.reading", file = file),
        JobKind::Asking(kind) => tr!(lang, "job.asking", question = text_of(lang, &format!("question.{kind}"))),
        JobKind::Drawing(_) => tr!(lang, "job.drawing"),
        JobKind::Ruling(rule) => tr!(lang, "job.ruling", rule = rule),
        JobKind::Inspecting => tr!(lang, "job.inspecting"),
        JobKind::Making(layer) => tr!(lang, "job.making", layer = layer),
        JobKind::Editing(layer) => tr!(lang, "job.editing", layer = layer),
        JobKind::Filtering { name, .. } => tr!(lang, "job.filtering", layer = name),
        JobKind::Switching(name) => tr!(lang, "job.switching", name = name),
        JobKind::Comparing(names) => tr!(lang, "job.comparing", names = names),
        JobKind::Clustering(works) => tr!(lang, "job.clustering", n = works),
        JobKind::Exporting(file) => tr!(lang, "job.exporting", file = file),
    }
    .into_owned()
}

/// Memory this process holds, where the system tells (Linux).
fn resident_megabytes() -> Option<usize> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = statm.split_whitespace().nth(1)?.parse().ok()?;
    // Pages are 4 KiB on every desktop Linux this runs on.
    Some(pages * 4096 / 1_000_000)
}
