//! A rule's figures by town, class or kind: bars beside their numbers, and by area on the map.

use crate::i18n::{comma, tr};
use crate::rules::{Group, RuleAnswer};
use crate::session::Command;
use crate::ui::context::Context;
use crate::ui::theme::{self, SMALL};
use crate::ui::widgets;
use eframe::egui::{self, Align2, FontId, Sense, Ui, vec2};

/// Rows of a breakdown that are shown before it is opened.
const FIRST: usize = 12;

/// Shows the breakdowns of an answer.
pub fn show(ui: &mut Ui, cx: &mut Context<'_>, answer: &RuleAnswer) {
    let mut rest = &answer.groups[..];
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|group| group.by == first.by && group.title == first.title).count();
        let (of_one, others) = rest.split_at(same);
        breakdown(ui, cx, answer, of_one);
        rest = others;
    }
}

/// One breakdown: every part's first figure as a bar; the others where the pointer rests.
fn breakdown(ui: &mut Ui, cx: &mut Context<'_>, answer: &RuleAnswer, groups: &[Group]) {
    let lang = cx.lang;
    let Some(figure) = groups.iter().find_map(|group| group.figures.first()) else { return };
    let title = format!("{} · {}", groups[0].title.text(lang), figure.title.text(lang));
    let id = ui.make_persistent_id((&answer.rule.id, &groups[0].by, &groups[0].title.zh));
    let head = egui::collapsing_header::CollapsingState::load_with_default_open(ui.ctx(), id, groups.len() <= FIRST);
    head.show_header(ui, |ui| {
        widgets::quiet(ui, title);
    })
    .body(|ui| {
        let most =
            groups.iter().filter_map(|g| g.figures.first()).filter_map(|f| f.value).map(f64::abs).fold(0.0, f64::max);
        for group in groups {
            row(ui, group, most, lang);
        }
        if groups.iter().any(|group| group.area.is_some())
            && widgets::secondary_button(ui, &tr!(lang, "rules.by_area_on_map"), true).clicked()
        {
            cx.command(Command::MapGroups(answer.rule.id.clone(), groups[0].by.clone(), lang));
        }
    });
}

fn row(ui: &mut Ui, group: &Group, most: f64, lang: crate::i18n::Lang) {
    let palette = theme::palette(ui);
    let Some(first) = group.figures.first() else { return };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width() - 4.0, 20.0), Sense::hover());
    let value = first.text(lang);
    // The name, the bar, the number.
    let (name_width, value_width) = (rect.width() * 0.4, 78.0);
    let room = (rect.width() - name_width - value_width - 12.0).max(8.0);
    let name = egui::Rect::from_min_size(rect.min, vec2(name_width, rect.height()));
    widgets::ellipsised(ui, name, group.name.text(lang), FontId::proportional(SMALL), palette.text);
    let share = if most > 0.0 { (first.value.map_or(0.0, f64::abs) / most) as f32 } else { 0.0 };
    let bar = egui::Rect::from_min_size(
        egui::pos2(rect.left() + name_width + 4.0, rect.center().y - 4.0),
        vec2((room * share).max(1.0), 8.0),
    );
    // What is not judged is no small number.
    if first.value.is_some() {
        ui.painter().rect_filled(bar, 2.0, palette.accent.gamma_multiply(0.75));
    }
    let at = egui::pos2(rect.right(), rect.center().y);
    ui.painter().text(at, Align2::RIGHT_CENTER, &value, FontId::proportional(SMALL), palette.text);
    let all: Vec<String> = group.figures.iter().map(|f| format!("{} {}", f.title.text(lang), f.text(lang))).collect();
    let label = format!("{}: {}", group.name.text(lang), all.join(comma(lang)));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &label));
    response.on_hover_text(format!("{}\n{}", group.name.text(lang), all.join("\n")));
}
