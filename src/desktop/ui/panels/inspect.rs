//! What lies in the zone that is drawn or selected: filled while it is drawn.

use crate::i18n::{count, number, text_of, tr};
use crate::model::{Geometry, Role, Shape};
use crate::query::Inspection;
use crate::report::{AreaUnit, area_text, inside_text};
use crate::rules::{Verdict, ZoneVerdict};
use crate::session::{Command, JobKind};
use crate::ui::context::{Act, Context, InspectionForm};
use crate::ui::theme::{self, SMALL};
use crate::ui::widgets;
use eframe::egui::{self, Layout, RichText, ScrollArea, Ui};

/// Asks for an inspection of a zone that was not inspected; one at a time, so that a zone that is being drawn is
/// followed as fast as the answers come.
pub fn follow(cx: &mut Context<'_>, zone: Option<Geometry>) {
    let Some(zone) = zone.filter(|zone| zone.kind.shape() == Shape::Polygons) else { return };
    let is_running = cx.session.jobs().iter().any(|job| job.kind == JobKind::Inspecting);
    if !is_running && !cx.session.is_inspected(&zone) {
        cx.command(Command::Inspect(Box::new(zone)));
    }
}

/// Shows what was found, or what to do.
pub fn show(ui: &mut Ui, cx: &mut Context<'_>, has_zone: bool, unit: AreaUnit) {
    let lang = cx.lang;
    let inspected = cx.session.inspection().filter(|_| has_zone);
    let Some((found, verdicts)) = inspected.map(|i| (i.found.clone(), i.verdicts.clone())) else {
        widgets::quiet(ui, tr!(lang, "inspect.begin"));
        return;
    };
    ScrollArea::vertical().show(ui, |ui| {
        let palette = theme::palette(ui);
        let zone = tr!(
            lang,
            "inspect.zone",
            area = area_text(found.area_m2, unit, lang),
            perimeter = number(found.perimeter_m, 1)
        );
        ui.label(RichText::new(zone).font(theme::bold(theme::BODY)).color(palette.text));
        if let Some(people) = found.people.filter(|people| *people > 0.0) {
            ui.label(tr!(lang, "inspect.people", n = number(people, 0)));
        }
        if found.people_unread > 0 {
            ui.label(tr!(lang, "told.people_unread", n = found.people_unread));
        }
        ui.add_space(6.0);
        ui.horizontal_wrapped(|ui| {
            for (key, form) in [("inspect.export", InspectionForm::GeoJson), ("inspect.page", InspectionForm::Page)] {
                if widgets::secondary_button(ui, &crate::i18n::text_of(lang, key), true).clicked() {
                    cx.acts.push(Act::InspectionDialog(form));
                }
            }
        });
        judged(ui, cx, &verdicts);
        ui.add_space(8.0);
        let rows = Role::ALL.iter().filter_map(|role| Some((*role, found.layers.get(role.id())?)));
        for (role, inside) in rows.filter(|(_, inside)| inside.count > 0) {
            let measure = inside_text(inside.inside, unit, lang);
            line(ui, role.title(lang), &count(inside.count), &measure);
            let by: Vec<String> = inside.by.iter().map(|(class, n)| format!("{class} {}", count(*n))).collect();
            if !by.is_empty() {
                widgets::quiet(ui, by.join("  ·  "));
            }
        }
        distances(ui, &found, lang);
    });
}

/// Bans and reviews of the rules that ran, in the zone; rule by rule, the gravest first.
fn judged(ui: &mut Ui, cx: &Context<'_>, verdicts: &[ZoneVerdict]) {
    let lang = cx.lang;
    let palette = theme::palette(ui);
    ui.add_space(8.0);
    widgets::section(ui, &tr!(lang, "inspect.verdicts"));
    if cx.session.rule_results().is_empty() {
        widgets::quiet(ui, tr!(lang, "inspect.no_rules"));
    } else if verdicts.is_empty() {
        widgets::quiet(ui, tr!(lang, "inspect.no_verdicts"));
    }
    let mut verdicts: Vec<&ZoneVerdict> = verdicts.iter().collect();
    verdicts.sort_by_key(|of| std::cmp::Reverse(of.verdict));
    for of in verdicts {
        let tone = if of.verdict == Verdict::Ban { palette.ban } else { palette.review };
        ui.horizontal(|ui| {
            widgets::chip(
                ui,
                &format!("{} {}", text_of(lang, &format!("verdict.{}", of.verdict.id())), count(of.count)),
                tone,
            );
            let title = cx.session.catalogue().get(&of.id).map_or(of.id.as_str(), |rule| rule.title.text(lang));
            ui.add(egui::Label::new(RichText::new(title).color(palette.text)).truncate());
        });
    }
}

fn distances(ui: &mut Ui, found: &Inspection, lang: crate::i18n::Lang) {
    if found.distances_m.is_empty() {
        return;
    }
    ui.add_space(8.0);
    widgets::section(ui, &tr!(lang, "inspect.distances"));
    for role in Role::ALL {
        if let Some(distance_m) = found.distances_m.get(role.id()) {
            line(ui, role.title(lang), "", &format!("{} m", number(*distance_m, 1)));
        }
    }
}

/// A name, a number, and a measure at the right.
fn line(ui: &mut Ui, name: &str, n: &str, measure: &str) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).color(palette.text));
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(RichText::new(measure).color(palette.text));
            ui.label(RichText::new(n).size(SMALL).color(palette.quiet));
        });
    });
}
