//! The dialog for a layer's style: by what it is drawn, its signs, names on the map, scales, and what is shown at all.

use super::symbol::{color_field, symbol_editor};
use crate::i18n::{Lang, number, tr};
use crate::model::{Category, LabelStyle, Layer, LayerStyle, Method, StyleBy, StyleRule, Symbol, breaks};
use crate::query::expression::Expression;
use crate::session::{Command, Key, OpenLayer};
use crate::ui::collate::sort_key;
use crate::ui::context::Context;
use crate::ui::dialogs;
use crate::ui::map::scene::Shown;
use crate::ui::map::style::{Emphasis, RAMPS, category_color};
use crate::ui::{icons, theme, widgets};
use eframe::egui::{self, ComboBox, DragValue, RichText, ScrollArea, TextEdit, Ui, WidgetInfo, vec2};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// More categories than this are no legend.
const CATEGORIES: usize = 32;

/// Whose style is open, and what is typed for it.
#[derive(Default)]
pub struct StyleDialog {
    layer: Option<Key>,
    classes: usize,
    /// The filter as it is typed.
    filter: String,
    /// The state of the style that was shown last.
    of: Option<Arc<LayerStyle>>,
}

/// By what a layer is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Role,
    Single,
    Category,
    Graduated,
    Rules,
}

impl Kind {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Role, "style.role"),
        (Self::Single, "style.single"),
        (Self::Category, "style.category"),
        (Self::Graduated, "style.graduated"),
        (Self::Rules, "style.rules"),
    ];

    fn of(by: Option<&StyleBy>) -> Self {
        match by {
            None => Self::Role,
            Some(StyleBy::Single { .. }) => Self::Single,
            Some(StyleBy::Category { .. }) => Self::Category,
            Some(StyleBy::Graduated { .. }) => Self::Graduated,
            Some(StyleBy::Rules { .. }) => Self::Rules,
        }
    }
}

impl StyleDialog {
    /// Opens it about a layer.
    pub fn open(&mut self, layer: Key) {
        *self = Self { layer: Some(layer), classes: 5, ..Self::default() };
    }

    /// True where it is open.
    pub fn is_open(&self) -> bool {
        self.layer.is_some()
    }

    /// Shows it.
    pub fn show(&mut self, ctx: &egui::Context, cx: &mut Context<'_>) {
        let lang = cx.lang;
        let Some(open) = self.layer.and_then(|key| cx.session.layer(key)) else {
            self.layer = None;
            return;
        };
        let mut style = LayerStyle::clone(&open.style);
        if !self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, &open.style)) {
            self.filter = style.filter.clone().unwrap_or_default();
            self.of = Some(Arc::clone(&open.style));
        }
        let was_busy = ctx.egui_wants_keyboard_input() || egui::Popup::is_any_open(ctx);
        let title = tr!(lang, "style.title", layer = cx.session.title(open, lang));
        let mut is_open = true;
        egui::Window::new(dialogs::title(&title))
            .id(egui::Id::unique("style"))
            .open(&mut is_open)
            .collapsible(false)
            .default_width(380.0)
            .default_pos(ctx.content_rect().right_top() + vec2(-408.0, 72.0))
            .show(ctx, |ui| {
                ScrollArea::vertical().min_scrolled_height((ctx.content_rect().height() - 240.0).min(560.0)).show(
                    ui,
                    |ui| {
                        ui.spacing_mut().item_spacing.y = 6.0;
                        ui.set_width(360.0);
                        self.by(ui, open, &mut style, lang);
                        ui.separator();
                        self.labels_and_scales(ui, open.layer(), &mut style, lang);
                        ui.separator();
                        self.filter(ui, open.layer(), &mut style, lang);
                    },
                );
            });
        if style != *open.style {
            // What changes while the button is down is one step.
            let continues = ctx.input(|i| i.pointer.any_down());
            cx.command(Command::Style(open.key, Arc::new(style), continues));
        }
        // Escape leaves a field or a list of the dialog first.
        let escaped = ctx.input(|i| i.key_pressed(egui::Key::Escape)) && !was_busy;
        if !is_open || escaped {
            self.layer = None;
        }
    }

    fn by(&mut self, ui: &mut Ui, open: &OpenLayer, style: &mut LayerStyle, lang: Lang) {
        let layer = open.layer();
        let kind = Kind::of(style.by.as_ref());
        let mut chosen = kind;
        let text = |kind: Kind| {
            let (_, key) = Kind::ALL[Kind::ALL.iter().position(|(k, _)| *k == kind).unwrap_or(0)];
            crate::i18n::text_of(lang, key)
        };
        named(ui, &tr!(lang, "style.by"), |ui, label| {
            ComboBox::from_id_salt("style by")
                .selected_text(text(kind))
                .width(200.0)
                .show_ui(ui, |ui| {
                    for (kind, _) in Kind::ALL {
                        ui.selectable_value(&mut chosen, kind, text(kind));
                    }
                })
                .response
                .labelled_by(label);
        });
        if chosen != kind {
            style.by = begun(chosen, open);
        }
        match &mut style.by {
            None => drop(widgets::quiet(ui, tr!(lang, "style.role_hint"))),
            Some(StyleBy::Single { symbol }) => symbol_editor(ui, symbol, layer.shape(), lang),
            Some(StyleBy::Category { column, classes, other }) => {
                let before = column.clone();
                column_choice(ui, layer, column, lang);
                let again = widgets::secondary_button(ui, &tr!(lang, "style.classify"), true).clicked();
                if *column != before || again {
                    *classes = categories(layer, column, base(open));
                }
                signs(ui, classes, layer, lang);
                let mut has_other = other.is_some();
                if widgets::checkbox(ui, &mut has_other, tr!(lang, "style.other")).clicked() {
                    *other = has_other.then(|| base(open));
                }
                if let Some(other) = other {
                    symbol_editor(ui, other, layer.shape(), lang);
                }
            }
            Some(StyleBy::Graduated { column, method, breaks: bounds, ramp, symbol }) => {
                let before = (column.clone(), *method, self.classes);
                column_choice(ui, layer, column, lang);
                self.graduation(ui, method, ramp, lang);
                if before != (column.clone(), *method, self.classes) {
                    *bounds = breaks(*method, numbers(layer, column), self.classes);
                }
                let text: Vec<String> =
                    bounds.iter().map(|b| number(*b, if b.fract() == 0.0 { 0 } else { 2 })).collect();
                widgets::quiet(ui, tr!(lang, "style.bounds", bounds = text.join(" · ")));
                symbol_editor(ui, symbol, layer.shape(), lang);
            }
            Some(StyleBy::Rules { rules }) => self::rules(ui, rules, layer, base(open), lang),
        }
    }

    fn graduation(&mut self, ui: &mut Ui, method: &mut Method, ramp: &mut String, lang: Lang) {
        let name = |method: Method| match method {
            Method::Equal => tr!(lang, "style.equal"),
            Method::Quantile => tr!(lang, "style.quantile"),
            Method::Natural => tr!(lang, "style.natural"),
        };
        named(ui, &tr!(lang, "style.method"), |ui, label| {
            ComboBox::from_id_salt("method")
                .selected_text(name(*method))
                .show_ui(ui, |ui| {
                    for other in Method::ALL {
                        ui.selectable_value(method, other, name(other));
                    }
                })
                .response
                .labelled_by(label);
            let classes =
                DragValue::new(&mut self.classes).range(2..=9).suffix(format!(" {}", tr!(lang, "style.classes")));
            ui.add(classes).labelled_by(label);
        });
        named(ui, &tr!(lang, "style.ramp"), |ui, label| {
            ComboBox::from_id_salt("ramp")
                .selected_text(ramp_title(ramp, lang))
                .width(160.0)
                .show_ui(ui, |ui| {
                    for (name, gradient) in RAMPS {
                        ui.horizontal(|ui| {
                            ramp_swatch(ui, gradient);
                            ui.selectable_value(ramp, name.to_owned(), ramp_title(name, lang));
                        });
                    }
                })
                .response
                .labelled_by(label);
            if let Some((_, gradient)) = RAMPS.iter().find(|(name, _)| *name == ramp.as_str()) {
                ramp_swatch(ui, *gradient);
            }
        });
    }

    fn labels_and_scales(&mut self, ui: &mut Ui, layer: &Layer, style: &mut LayerStyle, lang: Lang) {
        let mut has = style.labels.is_some();
        if widgets::checkbox(ui, &mut has, tr!(lang, "style.labels")).clicked() {
            let names = layer.attributes.names();
            let column = ["name", "名称", "code"].iter().find(|n| layer.attributes.column(n).is_some());
            let column = column.map(|n| (*n).to_owned()).or_else(|| names.first().map(|n| n.to_string()));
            style.labels = column.filter(|_| has).map(|column| LabelStyle { column, size: 12.0 });
        }
        if let Some(labels) = &mut style.labels {
            column_choice(ui, layer, &mut labels.column, lang);
            named(ui, &tr!(lang, "style.size"), |ui, label| {
                ui.add(DragValue::new(&mut labels.size).range(6.0..=48.0).speed(0.2)).labelled_by(label);
            });
        }
        for (key, value) in [("style.smallest", &mut style.smallest), ("style.largest", &mut style.largest)] {
            let mut has = value.is_some();
            ui.horizontal(|ui| {
                let check = widgets::checkbox(ui, &mut has, tr!(lang, key));
                if check.clicked() {
                    *value = has.then_some(50_000.0);
                }
                if let Some(denominator) = value {
                    ui.label("1 :");
                    let drag = DragValue::new(denominator).range(1.0..=1e9).speed(1_000.0).max_decimals(0);
                    ui.add(drag).labelled_by(check.id);
                }
            });
        }
    }

    fn filter(&mut self, ui: &mut Ui, layer: &Layer, style: &mut LayerStyle, lang: Lang) {
        let name = tr!(lang, "style.filter");
        widgets::quiet(ui, &*name);
        let field = ui.add(widgets::field(&mut self.filter).hint_text(tr!(lang, "columns.example")));
        field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &*name));
        let typed = Some(self.filter.trim().to_owned()).filter(|text| !text.is_empty());
        let judged = typed.as_deref().map(|text| Expression::parse(text).and_then(|e| e.over(layer).map(drop)));
        match judged {
            Some(Err(e)) => drop(ui.label(RichText::new(e.message(lang)).color(theme::palette(ui).ban.0))),
            _ if field.changed() => style.filter = typed,
            _ => {}
        }
    }
}

/// What a ramp is called; a name that this version does not know stays as it is.
fn ramp_title(name: &str, lang: Lang) -> Cow<'_, str> {
    let key = match name {
        "blues" => "style.ramp_blues",
        "greens" => "style.ramp_greens",
        "oranges" => "style.ramp_oranges",
        "purples" => "style.ramp_purples",
        "reds" => "style.ramp_reds",
        "viridis" => "style.ramp_viridis",
        "yellow_green_blue" => "style.ramp_yellow_green_blue",
        "red_yellow_blue" => "style.ramp_red_yellow_blue",
        other => return Cow::Borrowed(other),
    };
    tr!(lang, key)
}

/// A ramp's colours from its palest class on.
fn ramp_swatch(ui: &mut Ui, gradient: colorous::Gradient) {
    let (place, _) = ui.allocate_exact_size(vec2(80.0, 12.0), egui::Sense::hover());
    for k in 0..16 {
        let colorous::Color { r, g, b } = gradient.eval_rational(k + 1, 17);
        let left = place.left() + place.width() * k as f32 / 16.0;
        let block = egui::Rect::from_min_size(egui::pos2(left, place.top()), vec2(5.5, 12.0));
        ui.painter().rect_filled(block, 0.0, egui::Color32::from_rgb(r, g, b));
    }
}

/// The layer's sign as it is drawn now, to begin with.
fn base(open: &OpenLayer) -> Symbol {
    let what = Shown {
        style: Arc::clone(&open.style),
        ..Shown::plain(open.key, Arc::clone(&open.indexed), open.role, Emphasis::Plain)
    };
    let styler = what.styler(false);
    let first = what.classes(false).into_iter().next().map(|class| class.value).unwrap_or_default();
    styler.symbol(&first)
}

/// A style of a kind to begin with.
fn begun(kind: Kind, open: &OpenLayer) -> Option<StyleBy> {
    let (layer, symbol) = (open.layer(), base(open));
    let column = |wanted: &dyn Fn(usize) -> bool| {
        let names = layer.attributes.names();
        let found = (0..names.len()).find(|c| wanted(*c)).or(Some(0)).and_then(|c| names.get(c));
        found.map(|name| name.to_string()).unwrap_or_default()
    };
    match kind {
        Kind::Role => None,
        Kind::Single => Some(StyleBy::Single { symbol }),
        Kind::Category => {
            let few = |c: usize| {
                let n = values(layer, c).len();
                (2..=12).contains(&n)
            };
            let column = column(&few);
            Some(StyleBy::Category { classes: categories(layer, &column, symbol), column, other: Some(symbol) })
        }
        Kind::Graduated => {
            let is_number = |c: usize| {
                let rows = layer.attributes.rows_of(c, layer.len().min(50));
                rows.into_iter()
                    .take(50)
                    .any(|row| matches!(layer.attributes.value(row, c), crate::model::Value::Number(..)))
            };
            let column = column(&is_number);
            let method = Method::default();
            let breaks = breaks(method, numbers(layer, &column), 5);
            let opaque = |own: Option<crate::model::Rgba>| {
                own.map(|crate::model::Rgba([r, g, b, a])| crate::model::Rgba([r, g, b, a.max(200)]))
            };
            let fill = opaque(symbol.fill).or(opaque(symbol.stroke));
            Some(StyleBy::Graduated {
                column,
                method,
                breaks,
                ramp: "blues".to_owned(),
                symbol: Symbol { fill, ..symbol },
            })
        }
        Kind::Rules => {
            Some(StyleBy::Rules { rules: vec![StyleRule { title: "1".into(), filter: "TRUE".into(), symbol }] })
        }
    }
}

/// Values of a column with their counts, of the first hundred thousand rows.
fn values(layer: &Layer, column: usize) -> HashMap<String, usize> {
    let mut values: HashMap<String, usize> = HashMap::new();
    let rows = layer.attributes.rows_of(column, layer.len());
    let without = layer.feature_count().saturating_sub(rows.len());
    if without > 0 {
        values.insert(String::new(), without);
    }
    for row in rows.into_iter().filter(|row| !layer.is_gone(*row)).take(100_000) {
        *values.entry(layer.attributes.value(row, column).display().into_owned()).or_default() += 1;
        if values.len() > 4 * CATEGORIES {
            break;
        }
    }
    values
}

/// The commonest values of a column, each in a colour of its own.
fn categories(layer: &Layer, column: &str, symbol: Symbol) -> Vec<Category> {
    let Some(column) = layer.attributes.column(column) else { return Vec::new() };
    let mut values: Vec<(String, usize)> = values(layer, column).into_iter().collect();
    values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| sort_key(&a.0).cmp(&sort_key(&b.0))));
    let is_line = layer.shape() == Some(crate::model::Shape::Lines);
    let colored = |i: usize| {
        let color = category_color(i);
        match is_line {
            true => Symbol { stroke: Some(color), ..symbol },
            false => Symbol { fill: Some(color), ..symbol },
        }
    };
    values
        .into_iter()
        .take(CATEGORIES)
        .enumerate()
        .map(|(i, (value, _))| Category { value, symbol: colored(i) })
        .collect()
}

fn numbers(layer: &Layer, column: &str) -> Vec<f64> {
    let Some(column) = layer.attributes.column(column) else { return Vec::new() };
    layer.rows().filter_map(|row| layer.attributes.value(row, column).as_number()).collect()
}

fn signs(ui: &mut Ui, classes: &mut Vec<Category>, layer: &Layer, lang: Lang) {
    let mut gone = None;
    for (i, class) in classes.iter_mut().enumerate() {
        ui.horizontal(|ui| {
            color_field(ui, &mut class.symbol, layer.shape(), &class.value);
            ui.menu_button("…", |ui| {
                ui.set_min_width(300.0);
                symbol_editor(ui, &mut class.symbol, layer.shape(), lang);
            });
            let text = if class.value.is_empty() { "—" } else { &class.value };
            ui.add(egui::Label::new(text).truncate());
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if widgets::icon_button(ui, icons::X, &tr!(lang, "style.drop")).clicked() {
                    gone = Some(i);
                }
            });
        });
    }
    if let Some(i) = gone {
        classes.remove(i);
    }
}

fn rules(ui: &mut Ui, rules: &mut Vec<StyleRule>, layer: &Layer, base: Symbol, lang: Lang) {
    let mut gone = None;
    for (i, rule) in rules.iter_mut().enumerate() {
        ui.horizontal(|ui| {
            color_field(ui, &mut rule.symbol, layer.shape(), &rule.title);
            ui.menu_button("…", |ui| {
                ui.set_min_width(300.0);
                symbol_editor(ui, &mut rule.symbol, layer.shape(), lang);
            });
            let title = TextEdit::singleline(&mut rule.title).desired_width(70.0).margin(vec2(4.0, 2.0));
            let named = |text: &str| WidgetInfo::labeled(egui::Role::TextInput, true, text);
            ui.add(title).widget_info(|| named(&tr!(lang, "style.rule_title")));
            let filter = TextEdit::singleline(&mut rule.filter).desired_width(150.0).margin(vec2(4.0, 2.0));
            ui.add(filter).widget_info(|| named(&tr!(lang, "style.filter")));
            if widgets::icon_button(ui, icons::X, &tr!(lang, "style.drop")).clicked() {
                gone = Some(i);
            }
        });
        if let Err(e) = Expression::parse(&rule.filter).and_then(|e| e.over(layer).map(drop)) {
            ui.label(RichText::new(e.message(lang)).size(theme::SMALL).color(theme::palette(ui).ban.0));
        }
    }
    if let Some(i) = gone {
        rules.remove(i);
    }
    if widgets::secondary_button(ui, &tr!(lang, "style.add_rule"), true).clicked() {
        let fill = Some(category_color(rules.len()));
        let title = (rules.len() + 1).to_string();
        rules.push(StyleRule { title, filter: "TRUE".into(), symbol: Symbol { fill, ..base } });
    }
    widgets::quiet(ui, tr!(lang, "style.rules_hint"));
}

fn column_choice(ui: &mut Ui, layer: &Layer, column: &mut String, lang: Lang) {
    named(ui, &tr!(lang, "style.column"), |ui, label| {
        let choice = ComboBox::from_id_salt(("column", ui.next_auto_id())).selected_text(column.as_str()).width(200.0);
        let shown = choice.show_ui(ui, |ui| {
            for name in layer.attributes.names() {
                ui.selectable_value(column, name.to_string(), &**name);
            }
        });
        shown.response.labelled_by(label);
    });
}

/// A name and what is chosen beside it.
pub(super) fn named(ui: &mut Ui, name: &str, content: impl FnOnce(&mut Ui, egui::Id)) {
    widgets::named(ui, 84.0, name, content);
}
