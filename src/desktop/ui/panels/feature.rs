//! The chosen feature with all its properties.

use super::photos::{self, Photos};
use super::pick_list::{CHEVRON, Choices, Known, has_codes};
use super::table::{Made, cell_text, is_copied, made_name};
use crate::geodesy::{LonLat, path_length_m};
use crate::i18n::{Lang, bracketed, number, tr};
use crate::index::IndexedLayer;
use crate::model::{Layer, Role, Severity, Shape, Value};
use crate::query::polygons_area_m2;
use crate::report::{AreaUnit, area_text};
use crate::session::Command;
use crate::ui::context::{Act, Context};
use crate::ui::map::overlay::{metres_name, position_text};
use crate::ui::map::picking::Hit;
use crate::ui::preview::Preview;
use crate::ui::{theme, widgets};
use crate::vocabulary::Vocabulary;
use eframe::egui::{RichText, TextEdit, Ui, WidgetInfo, vec2};

/// The name of a property for people: the plans' word where there is one, else as it is written.
pub fn column_title(name: &str, made: Made<'_>, unit: AreaUnit, lang: Lang) -> String {
    let known = made_name(made, name);
    let title = crate::report::column_title(known.unwrap_or(name), unit.name(lang), lang);
    let title = title.unwrap_or_else(|| property_title(name, made, lang));
    match known {
        // A column of the other feature beside one of the same name.
        Some(of) if of != name && is_copied(of) => tr!(lang, "column.of_other", column = title).into_owned(),
        _ => title,
    }
}

/// What the vocabulary calls a property in the table of an answer; a planner's layer keeps the names of its file.
fn property_title(name: &str, made: Made<'_>, lang: Lang) -> String {
    if made.is_empty() {
        return name.to_owned();
    }
    let property = Role::ALL.iter().find_map(|role| Vocabulary::builtin().property(*role, name));
    property.map_or_else(|| name.to_owned(), |property| property.called(lang).to_owned())
}

/// Says what to do to choose a feature.
pub fn none(ui: &mut Ui, lang: Lang) {
    widgets::section(ui, &tr!(lang, "feature.title"));
    widgets::quiet(ui, tr!(lang, "feature.none"));
}

/// Shows what a feature is of, its properties and measures.
pub fn show(ui: &mut Ui, cx: &mut Context<'_>, hit: Hit, measured: &mut Measured, unit: AreaUnit) {
    let lang = cx.lang;
    let palette = theme::palette(ui);
    let Some(indexed) = cx.session.indexed(hit.key) else { return };
    let layer = indexed.layer();
    let of_rule = cx.session.rule_results().iter().find(|r| r.key == hit.key);
    let answer = cx.session.answer(hit.key).map(|a| &a.added[..]);
    let made = answer.or(of_rule.map(|r| &r.added[..])).unwrap_or_default();
    if hit.row >= layer.len() || layer.is_gone(hit.row) {
        return;
    }
    let source = cx
        .session
        .layer(hit.key)
        .map_or_else(|| tr!(lang, "legend.answer").into_owned(), |l| cx.session.title(l, lang));
    row(ui, &tr!(lang, "feature.layer"), &source);
    if let Some(id) = layer.id_text(hit.row) {
        row(ui, "id", &id);
    }
    let editable = cx.session.layer(hit.key).is_some_and(|l| l.is_editable);
    let names = layer.attributes.names();
    // A field for every column that the layer has, unless they are more than anybody fills in.
    let is_wide = names.len() > MOST_FIELDS;
    let columns = if is_wide { layer.attributes.columns_of(hit.row) } else { (0..names.len()).collect() };
    for (i, name) in columns.into_iter().take(MOST_FIELDS).map(|i| (i, &names[i])) {
        let value = layer.attributes.value(hit.row, i);
        let own = layer.field(i).and_then(|field| field.title.clone());
        let title = own.unwrap_or_else(|| column_title(name, made, unit, lang));
        if editable {
            let known =
                Known { indexed, column: i, role: cx.session.layer(hit.key).and_then(|layer| layer.role), lang };
            let known =
                Some(known).filter(|_| !matches!(value, Value::Number(..)) || layer.field(i).is_some_and(has_codes));
            if let Some(text) = measured.field(ui, (hit, Some(name)), &title, &value.display(), known) {
                cx.command(Command::SetProperty(hit.key, hit.row, name.to_string(), text));
            }
        } else if value != Value::Missing {
            let mut text = cell_text(made_name(made, name), &value, unit, lang);
            if let Some(meaning) = layer.meaning(hit.row, i) {
                text = format!("{meaning}{}", bracketed(&text, lang));
            }
            row(ui, &title, if text.is_empty() { "—" } else { &text });
        }
    }
    if editable && let Some((name, text)) = measured.new_property(ui, hit, lang) {
        cx.command(Command::SetProperty(hit.key, hit.row, name, text));
    }
    if let Some(folder) = cx.session.layer(hit.key).and_then(|open| open.path.as_deref()?.parent()) {
        let files = photos::files(layer, hit.row, folder);
        measured.photos.show(ui, &files, lang);
    }
    for measure in measured.of(indexed, hit.row) {
        let (name, text) = measure.text(unit, lang);
        row(ui, &name, &text);
    }
    for problem in layer.problems.iter().filter(|p| p.row == Some(hit.row)) {
        ui.add_space(4.0);
        eframe::egui::Frame::new().fill(palette.review.1).corner_radius(6.0).inner_margin(8.0).show(ui, |ui| {
            ui.set_width(ui.available_width());
            let text = format!("{}{}", problem.kind.message(lang), bracketed(&problem.kind.done(lang), lang));
            ui.add(eframe::egui::Label::new(RichText::new(text).size(theme::SMALL).color(palette.review.0)).wrap());
            let mendable =
                editable && problem.kind.severity() == Severity::LeftOut && layer.geometries.kind(hit.row).is_some();
            if mendable && widgets::secondary_button(ui, &tr!(lang, "feature.repair"), true).clicked() {
                let preview = Preview::repair(cx.session, hit.key, hit.row);
                cx.acts.extend(preview.map(|preview| Act::Preview(Box::new(preview))));
            }
        });
    }
}

/// Columns that a feature is shown with at most.
const MOST_FIELDS: usize = 400;

fn row(ui: &mut Ui, name: &str, value: &str) {
    let palette = theme::palette(ui);
    ui.horizontal_top(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(96.0, 20.0), eframe::egui::Sense::hover());
        widgets::ellipsised(ui, rect, name, eframe::egui::FontId::proportional(theme::BODY), palette.quiet);
        ui.add(eframe::egui::Label::new(RichText::new(value).color(palette.text)).wrap().selectable(true));
    });
}

/// A figure of a geometry, on the ellipsoid.
#[derive(Clone, Copy)]
enum Measure {
    Position(LonLat),
    LengthM(f64),
    AreaM2(f64),
    PerimeterM(f64),
}

impl Measure {
    fn text(self, unit: AreaUnit, lang: Lang) -> (String, String) {
        let metres = |value: f64| format!("{} {}", number(value, 1), metres_name(lang));
        let (key, text) = match self {
            Self::Position(p) => (tr!(lang, "feature.position"), position_text(p)),
            Self::LengthM(m) => (tr!(lang, "feature.length"), metres(m)),
            Self::AreaM2(m2) => (tr!(lang, "feature.area"), area_text(m2, unit, lang)),
            Self::PerimeterM(m) => (tr!(lang, "feature.perimeter"), metres(m)),
        };
        (key.into_owned(), text)
    }
}

/// What the chosen feature measures: worked out once, not in every frame.
#[derive(Default)]
pub struct Measured {
    of: Option<(u64, usize)>,
    measures: Vec<Measure>,
    /// The property that is being typed, and what stands in its field.
    typed: Option<(Hit, Option<String>, String)>,
    /// The name of a property to be added.
    added: String,
    choices: Choices,
    photos: Photos,
}

impl Measured {
    /// The card is not shown: nothing of it is read.
    pub fn close(&mut self) {
        (self.photos, self.choices) = (Photos::default(), Choices::default());
    }

    /// True while something of the card is read.
    pub fn is_working(&self) -> bool {
        self.photos.is_working() || self.choices.is_working()
    }

    /// A field for a property (of no name yet where there is none); what was typed, once the field is left.
    fn field(
        &mut self,
        ui: &mut Ui,
        (hit, name): (Hit, Option<&str>),
        title: &str,
        value: &str,
        known: Option<Known<'_>>,
    ) -> Option<String> {
        let palette = theme::palette(ui);
        let is_typed = |typed: &&mut (Hit, Option<String>, String)| typed.0 == hit && typed.1.as_deref() == name;
        let mut text = match self.typed.as_mut().filter(is_typed) {
            Some((_, _, text)) => text.clone(),
            None => value.to_owned(),
        };
        let mut picked = None;
        let response = ui
            .horizontal(|ui| {
                let (rect, _) = ui.allocate_exact_size(vec2(96.0, 24.0), eframe::egui::Sense::hover());
                let font = eframe::egui::FontId::proportional(theme::BODY);
                widgets::ellipsised(ui, rect, title, font, palette.quiet);
                // A row that is wider than the panel would widen it, and move the map under the pointer.
                let spacing = ui.spacing();
                let button = CHEVRON + 2.0 * spacing.button_padding.x + spacing.item_spacing.x + 2.0;
                let room = ui.available_width() - if known.is_some() { button } else { 0.0 };
                let field = TextEdit::singleline(&mut text).desired_width((room - 12.0).max(24.0));
                let field = ui.add(field.margin(vec2(6.0, 3.0)));
                if let Some(known) = known {
                    picked = self.choices.show(ui, &known, title, value);
                }
                field
            })
            .inner;
        response.widget_info(|| WidgetInfo::labeled(eframe::egui::Role::TextInput, true, title));
        if picked.is_some() {
            self.typed = None;
            return picked.filter(|picked| picked != value);
        }
        if response.changed() {
            self.typed = Some((hit, name.map(str::to_owned), text.clone()));
        }
        if !response.lost_focus() {
            return None;
        }
        let given_up = ui.input(|i| i.key_pressed(eframe::egui::Key::Escape));
        self.typed = None;
        (!given_up && text != value).then_some(text)
    }

    /// Fields for a property more: its name and what was typed, once both are there.
    fn new_property(&mut self, ui: &mut Ui, hit: Hit, lang: Lang) -> Option<(String, String)> {
        let title = tr!(lang, "feature.new_property");
        let name = TextEdit::singleline(&mut self.added).desired_width(88.0).margin(vec2(6.0, 3.0)).hint_text(&*title);
        let name = ui.add(name);
        name.widget_info(|| WidgetInfo::labeled(eframe::egui::Role::TextInput, true, &*title));
        if self.added.trim().is_empty() {
            return None;
        }
        let text = self.field(ui, (hit, None), self.added.trim().to_owned().as_str(), "", None)?;
        Some((std::mem::take(&mut self.added).trim().to_owned(), text))
    }

    fn of(&mut self, indexed: &IndexedLayer, row: usize) -> &[Measure] {
        let of = Some((indexed.id(), row));
        if self.of != of {
            self.of = of;
            let layer = indexed.layer();
            // What a geometry that cannot be used would measure says nothing.
            self.measures = if layer.unusable[row] { Vec::new() } else { measures(layer, row) };
        }
        &self.measures
    }
}

fn measures(layer: &Layer, row: usize) -> Vec<Measure> {
    let Some(kind) = layer.geometries.kind(row) else { return Vec::new() };
    let length = || -> f64 { layer.geometries.paths(row).map(path_length_m).sum() };
    match kind.shape() {
        Shape::Points => {
            layer.geometries.positions_of(row).first().map(|p| Measure::Position(*p)).into_iter().collect()
        }
        Shape::Lines => vec![Measure::LengthM(length())],
        Shape::Polygons => {
            let polygons: Vec<Vec<Vec<_>>> =
                layer.geometries.parts(row).map(|p| p.paths().map(<[_]>::to_vec).collect()).collect();
            vec![Measure::AreaM2(polygons_area_m2(&polygons)), Measure::PerimeterM(length())]
        }
    }
}
