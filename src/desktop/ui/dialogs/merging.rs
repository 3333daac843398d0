//! Another desk's findings beside those kept here: per finding what differs, which was set later and is taken, and whose is to stand.

use super::{scroll_list, window};
use crate::i18n::{Lang, colon, count, text_of, tr};
use crate::report::{local_text, state_text};
use crate::rules::FindingField;
use crate::rules::beside::{Choices, Desk, FieldBeside, FindingBeside};
use crate::rules::findings::State;
use crate::session::{Command, FindingsBeside};
use crate::ui::context::Context;
use crate::ui::{theme, widgets};
use eframe::egui::{self, Grid, Label, RichText, Ui, WidgetInfo};
use std::sync::Arc;

/// Findings that are shown at most; those beyond go by time, and are counted.
const MOST: usize = 300;

/// What is asked about, and what was chosen.
#[derive(Default)]
pub struct Merging {
    asked: Option<Arc<FindingsBeside>>,
    choices: Choices,
}

impl Merging {
    /// Shows findings beside those kept here.
    pub fn ask(&mut self, beside: Arc<FindingsBeside>) {
        (self.asked, self.choices) = (Some(beside), Choices::new());
    }

    /// True where something is asked.
    pub fn is_open(&self) -> bool {
        self.asked.is_some()
    }

    /// Leaves everything as it is.
    pub(super) fn close(&mut self) {
        self.asked = None;
    }

    fn choose_all(&mut self, of: &[FindingBeside], desk: Desk) {
        let fields = of.iter().flat_map(|one| one.fields.iter().map(|field| ((one.id.clone(), field.field), desk)));
        self.choices = fields.collect();
    }

    pub(super) fn show(&mut self, ctx: &egui::Context, cx: &mut Context<'_>) {
        let Some(asked) = self.asked.clone() else { return };
        let (lang, beside) = (cx.lang, &asked.beside);
        let (mut open, mut done) = (true, false);
        window(&tr!(lang, "merging.title"), &mut open).show(ctx, |ui| {
            let screen = ui.ctx().content_rect();
            ui.set_width(760.0_f32.min(screen.width() - 80.0));
            let (differ, mine, alike) = (beside.differing.len(), beside.only_mine, beside.alike);
            let theirs = beside.only_theirs.len();
            let file = asked.file.display().to_string();
            widgets::quiet(ui, file);
            let said = tr!(
                lang,
                "merging.text",
                differ = count(differ),
                theirs = count(theirs),
                mine = count(mine),
                alike = count(alike)
            );
            ui.add(Label::new(said).wrap());
            if differ > 0 {
                widgets::quiet(ui, tr!(lang, "merging.rule"));
                ui.horizontal(|ui| {
                    if widgets::secondary_button(ui, &tr!(lang, "merging.all_later"), true).clicked() {
                        self.choices.clear();
                    }
                    if widgets::secondary_button(ui, &tr!(lang, "merging.all_mine"), true).clicked() {
                        self.choose_all(&beside.differing, Desk::Mine);
                    }
                    if widgets::secondary_button(ui, &tr!(lang, "merging.all_theirs"), true).clicked() {
                        self.choose_all(&beside.differing, Desk::Theirs);
                    }
                });
            }
            ui.separator();
            // The buttons below stay in sight, however many findings there are.
            let height = (screen.height() - 430.0).max(120.0);
            scroll_list(height).show(ui, |ui| {
                for finding in beside.differing.iter().take(MOST) {
                    self.one(ui, cx, finding);
                    ui.separator();
                }
                if differ > MOST {
                    widgets::quiet(ui, tr!(lang, "merging.more", n = count(differ - MOST)));
                }
                if theirs > 0 {
                    let names: Vec<&str> = beside.only_theirs.iter().take(12).map(String::as_str).collect();
                    let names = names.join(crate::i18n::between(lang));
                    widgets::quiet(ui, tr!(lang, "merging.new", n = count(theirs), names = names));
                }
            });
            widgets::actions(ui, |ui| {
                let can = differ + theirs > 0;
                if widgets::primary_button(ui, &tr!(lang, "merging.merge"), "", can).clicked() {
                    cx.command(Command::MergeFindings(Arc::clone(&asked), self.choices.clone()));
                    done = true;
                }
                done |= widgets::secondary_button(ui, &tr!(lang, "merging.leave"), true).clicked();
                widgets::quiet(ui, tr!(lang, "merging.undo"));
            });
        });
        if done || !open {
            self.asked = None;
        }
    }

    /// A finding: both values of what differs, when they were set, and which is taken.
    fn one(&mut self, ui: &mut Ui, cx: &Context<'_>, finding: &FindingBeside) {
        let (lang, palette) = (cx.lang, theme::palette(ui));
        ui.horizontal_wrapped(|ui| {
            let name = if finding.name.is_empty() { &finding.id } else { &finding.name };
            ui.label(RichText::new(name).font(theme::bold(theme::BODY)));
            let rule = cx.session.catalogue().get(&finding.rule).map(|rule| rule.title.text(lang));
            ui.label(RichText::new(rule.unwrap_or(&finding.rule)).small().color(palette.quiet));
        });
        Grid::new(("merging", &finding.id)).num_columns(4).spacing([16.0, 6.0]).min_col_width(90.0).show(ui, |ui| {
            for key in ["merging.field", "merging.mine", "merging.theirs", "merging.merged"] {
                ui.label(RichText::new(text_of(lang, key)).small().color(palette.quiet));
            }
            ui.end_row();
            for field in &finding.fields {
                let taken = self.choices.get(&(finding.id.clone(), field.field)).copied().unwrap_or(field.later);
                let title = text_of(lang, title_of(field.field));
                ui.label(&title);
                for (at, desk) in [Desk::Mine, Desk::Theirs].into_iter().enumerate() {
                    let value = value_text(field, at, lang);
                    let side = text_of(lang, if at == 0 { "merging.mine" } else { "merging.theirs" });
                    ui.vertical(|ui| {
                        ui.set_max_width(220.0);
                        let radio = widgets::radio(ui, taken == desk, RichText::new(&value).strong());
                        let name = format!("{} · {title} · {side}{}{value}", finding.name, colon(lang));
                        radio
                            .widget_info(|| WidgetInfo::selected(egui::Role::RadioButton, true, taken == desk, &*name));
                        if radio.clicked() {
                            self.choices.insert((finding.id.clone(), field.field), desk);
                        }
                        let mut when: String = local_text(&field.set[at]).chars().take(16).collect();
                        if field.later == desk {
                            when = format!("{when} {}", text_of(lang, "merging.later"));
                        }
                        widgets::quiet(ui, when.trim());
                    });
                }
                let merged = value_text(field, usize::from(taken == Desk::Theirs), lang);
                ui.label(RichText::new(merged).color(palette.met.0));
                ui.end_row();
            }
        });
    }
}

fn title_of(field: FindingField) -> &'static str {
    match field {
        FindingField::State => "findings.state",
        FindingField::Deadline => "findings.deadline",
        FindingField::Owner => "findings.owner",
        FindingField::PassedTo => "findings.passed_to",
        FindingField::Note => "findings.note",
    }
}

fn value_text(field: &FieldBeside, at: usize, lang: Lang) -> String {
    let value = &field.values[at];
    let state = State::ALL.into_iter().find(|state| field.field == FindingField::State && state.term() == value);
    match state {
        Some(state) => state_text(state, lang).to_string(),
        None if value.is_empty() => "—".to_owned(),
        None => value.clone(),
    }
}
