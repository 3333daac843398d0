//! What a rule lacks, and what of the open layers may take its place: a layer for a role, a column for a word.

use super::mapping;
use crate::i18n::{Lang, tr};
use crate::model::Role;
use crate::report::{roles_text, why_text};
use crate::rules::Rule;
use crate::session::{Change, Command, Key, OpenLayer, RuleResult, Session};
use crate::ui::context::Context;
use crate::ui::theme::{self, SMALL};
use eframe::egui::{self, ComboBox, RichText, Ui, WidgetInfo};

/// Roles of each of which a layer is missing, in words.
pub(super) fn lacking_text(lacking: &[Vec<Role>], lang: Lang) -> String {
    let ids = lacking.iter().map(|any| any.iter().map(|role| role.id()).collect::<Vec<_>>().join("|"));
    roles_text(&ids.collect::<Vec<_>>(), lang)
}

/// Which roles are missing; for each an open layer may take its place.
pub(super) fn layers(ui: &mut Ui, cx: &mut Context<'_>, lacking: &[Vec<Role>]) {
    let lang = cx.lang;
    let palette = theme::palette(ui);
    let text = tr!(lang, "rules.lacks_layers", roles = lacking_text(lacking, lang));
    ui.label(RichText::new(text).size(SMALL).color(palette.review.0));
    let open: Vec<_> = cx.session.layers().iter().map(|l| (l.key, cx.session.title(l, lang))).collect();
    if open.is_empty() {
        return;
    }
    for role in lacking.iter().filter_map(|any| any.first()) {
        ui.horizontal(|ui| {
            let label = tr!(lang, "rules.take_as", role = role.title(lang));
            ui.label(RichText::new(&*label).size(SMALL).color(palette.quiet));
            let combo = ComboBox::from_id_salt(("take", role.id())).selected_text("—").width(150.0);
            let shown = combo.show_ui(ui, |ui| {
                for (key, title) in &open {
                    if ui.selectable_label(false, title).clicked() {
                        cx.command(Command::Change(Change::SetRole(*key, Some(*role))));
                    }
                }
            });
            shown.response.widget_info(|| WidgetInfo::labeled(egui::Role::ComboBox, true, &*label));
        });
    }
}

/// The layers that a rule reads.
pub(super) fn read_by(session: &Session, rule: &Rule) -> Vec<Key> {
    let roles = rule.roles();
    let reads = |l: &&OpenLayer| session.roles_of(l).iter().any(|role| roles.contains(role));
    session.layers().iter().filter(reads).map(|layer| layer.key).collect()
}

/// Which column is missing; one of a layer that the rule reads may stand for it, and the rule runs again.
pub(super) fn columns(ui: &mut Ui, cx: &mut Context<'_>, result: &RuleResult) {
    let lang = cx.lang;
    let palette = theme::palette(ui);
    let answer = &result.answer;
    let text = why_text(answer, cx.session.vocabulary(), lang);
    ui.label(RichText::new(text).color(palette.review.0));
    let keys = read_by(cx.session, &answer.rule);
    for missing in &answer.missing {
        // `river.width_m` names the layer too; of `use|industry` one will do.
        let name = missing.rsplit('.').next().unwrap_or(missing);
        let name = name.split('|').next().unwrap_or(name);
        let session = cx.session;
        let layers = keys.iter().filter_map(|key| session.layer(*key));
        let lacking: Vec<_> = layers.filter(|l| l.layer().attributes.column(name).is_none()).collect();
        for layer in lacking {
            ui.horizontal(|ui| {
                let title = cx.session.title(layer, lang);
                let role = session
                    .roles_of(layer)
                    .into_iter()
                    .find(|role| session.vocabulary().property(*role, name).is_some());
                let word = role.map_or_else(|| name.to_owned(), |role| mapping::word_title(session, role, name, lang));
                let label = tr!(lang, "rules.column_is", layer = title, column = word);
                ui.label(RichText::new(&*label).size(SMALL).color(palette.quiet));
                let combo = ComboBox::from_id_salt(("column", layer.key.0, name)).selected_text("—").width(130.0);
                let shown = combo.show_ui(ui, |ui| {
                    for own in layer.layer().attributes.names() {
                        if ui.selectable_label(false, &**own).clicked() {
                            let mut names = layer.layer().attributes.column_names().clone();
                            names.insert(name.to_owned(), own.to_string());
                            cx.command(Command::SetColumnNames(layer.key, names));
                            // What stands here is about the layer as it was.
                            cx.command(Command::RunRules(vec![answer.rule.id.clone()], lang));
                        }
                    }
                });
                shown.response.widget_info(|| WidgetInfo::labeled(egui::Role::ComboBox, true, &*label));
            });
        }
    }
    mapping::button(ui, cx, &keys);
}
