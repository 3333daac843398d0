//! What stands for what in a layer: the words that rules use, the layer's columns, and the values in them that nobody knows.

use super::unknown_words;
use crate::i18n::{Lang, count, text_of, tr, with_key};
use crate::index::IndexedLayer;
use crate::model::{ColumnNames, Role};
use crate::report::{AreaUnit, column_title};
use crate::rules::UnknownValue;
use crate::session::{Change, Command, Key, OpenLayer, Session};
use crate::ui::context::Context;
use crate::ui::dialogs::window;
use crate::ui::later::Later;
use crate::ui::{theme, widgets};
use crate::vocabulary::{ColumnReading, Vocabulary};
use eframe::egui::{self, ComboBox, Grid, RichText, ScrollArea, Ui, WidgetInfo};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// The width of the choice of a column; points.
const COLUMN: f32 = 230.0;
/// Values that are named for one column at most.
const VALUES: usize = 40;

/// The table of a layer, as a dialog.
#[derive(Default)]
pub struct MappingDialog {
    layer: Option<Key>,
    of: Option<ReadBy>,
    lines: Vec<Line>,
    coming: Option<(ReadBy, Later<Vec<Line>>)>,
}

/// Of which state of the layer, and by which vocabulary, values were read. The vocabulary is held: another could stand where it
/// stood.
#[derive(Clone)]
struct ReadBy {
    state: u64,
    vocabulary: Arc<Vocabulary>,
}

impl PartialEq for ReadBy {
    fn eq(&self, other: &Self) -> bool {
        self.state == other.state && Arc::ptr_eq(&self.vocabulary, &other.vocabulary)
    }
}

/// A word of the rules, as a layer has it.
#[derive(Clone, Debug)]
struct Line {
    role: Role,
    /// The word's name in rules.
    name: String,
    /// How many values there are, and which nobody knows; nothing where the word is read as it stands.
    values: Option<(usize, Vec<UnknownValue>)>,
}

impl MappingDialog {
    /// Opens it about a layer.
    pub fn open(&mut self, layer: Key) {
        *self = Self { layer: Some(layer), ..Self::default() };
    }

    /// True where it has the keyboard.
    pub fn is_open(&self) -> bool {
        self.layer.is_some()
    }

    /// True while values are read.
    pub fn is_working(&self) -> bool {
        self.coming.is_some()
    }

    /// Shows it.
    pub fn show(&mut self, ctx: &egui::Context, cx: &mut Context<'_>) {
        let Some(layer) = self.layer.and_then(|key| cx.session.layer(key)) else {
            self.layer = None;
            return;
        };
        self.follow(ctx, cx.session, layer);
        // Escape closes an open choice first.
        let has_choice = egui::Popup::is_any_open(ctx);
        let lang = cx.lang;
        let title = tr!(lang, "mapping.title", layer = cx.session.title(layer, lang));
        let mut open = true;
        let most = (ctx.content_rect().height() - 220.0).max(200.0);
        window(&title, &mut open).show(ctx, |ui| {
            ui.set_width(680.0_f32.min(ctx.content_rect().width() - 80.0));
            if cx.session.roles_of(layer).is_empty() {
                widgets::quiet(ui, tr!(lang, "mapping.no_role"));
                return;
            }
            widgets::quiet(ui, tr!(lang, "mapping.hint"));
            ui.add_space(8.0);
            ScrollArea::vertical().max_height(most).min_scrolled_height(most.min(360.0)).show(ui, |ui| {
                Grid::new(("mapping", layer.key)).num_columns(3).spacing([16.0, 6.0]).min_col_width(120.0).show(
                    ui,
                    |ui| {
                        for key in ["mapping.word", "mapping.column", "mapping.values"] {
                            widgets::section(ui, &text_of(lang, key));
                        }
                        ui.end_row();
                        for line in &self.lines {
                            show_line(ui, cx, layer, line);
                            ui.end_row();
                        }
                    },
                );
                if self.lines.is_empty() && self.coming.is_some() {
                    widgets::quiet(ui, tr!(lang, "mapping.reading"));
                }
            });
        });
        if !open || (ctx.input(|i| i.key_pressed(egui::Key::Escape)) && !has_choice) {
            self.layer = None;
        }
    }

    /// Reads the values beside the window, whenever the layer or the vocabulary is another.
    fn follow(&mut self, ctx: &egui::Context, session: &Session, layer: &OpenLayer) {
        if let Some((of, later)) = &self.coming
            && let Ok(done) = later.take()
        {
            self.of = Some(of.clone());
            self.lines = done.unwrap_or_default();
            self.coming = None;
        }
        let vocabulary = Arc::clone(session.vocabulary());
        let of = ReadBy { state: layer.indexed.id(), vocabulary: Arc::clone(&vocabulary) };
        if self.of.iter().chain(self.coming.iter().map(|(of, _)| of)).any(|known| *known == of) {
            return;
        }
        let words = words_of(session, layer, &vocabulary);
        let indexed = Arc::clone(&layer.indexed);
        let later = Later::start(ctx, move || lines(&indexed, words, &vocabulary));
        self.coming = Some((of, later));
    }
}

/// The words that rules read of a layer's roles, those of the vocabulary first.
fn words_of(session: &Session, layer: &OpenLayer, vocabulary: &Vocabulary) -> Vec<(Role, String)> {
    let roles = session.roles_of(layer);
    let mut words = BTreeSet::new();
    for role in roles {
        let read = session.catalogue().rules.iter().filter(|rule| rule.roles().contains(&role));
        words.extend(read.flat_map(|rule| rule.columns_read_of(role)).map(|name| (role, name)));
        let known = vocabulary.properties().filter(|(of, _)| *of == role);
        words.extend(known.map(|(_, property)| (role, property.name.clone())));
    }
    let mut words: Vec<(Role, String)> = words.into_iter().collect();
    words.sort_by_key(|(role, name)| (*role, vocabulary.property(*role, name).is_none(), name.clone()));
    words
}

/// Reads the columns. Those that the layer has stand first, those with doubtful values before all.
fn lines(indexed: &IndexedLayer, words: Vec<(Role, String)>, vocabulary: &Vocabulary) -> Vec<Line> {
    let layer = indexed.layer();
    let read = |(role, name): (Role, String)| {
        let property = vocabulary.property(role, &name).filter(|_| layer.attributes.column(&name).is_some());
        let values = property.map(|property| {
            let reading = ColumnReading::new(layer, role, property);
            let unknown = reading.unknown_values(layer).into_iter();
            let property = name.clone();
            let unknown = unknown.map(|(value, count)| UnknownValue { role, property: property.clone(), value, count });
            let column = layer.attributes.column(&name);
            let cells = layer.rows().filter_map(|row| layer.attributes.json(row, column?));
            (cells.collect::<HashSet<_>>().len(), unknown.collect())
        });
        Line { role, name, values }
    };
    let mut lines: Vec<Line> = words.into_iter().map(read).collect();
    lines.sort_by_key(|line| {
        let is_doubtful = line.values.as_ref().is_some_and(|(_, unknown)| !unknown.is_empty());
        (!is_doubtful, layer.attributes.column(&line.name).is_none())
    });
    lines
}

/// What a word of the rules is called.
pub fn word_title(session: &Session, role: Role, name: &str, lang: Lang) -> String {
    let known = session.vocabulary().property(role, name).map(|property| property.called(lang).to_owned());
    // Else as a table calls the column, or as it is called of another role.
    let of_table = || column_title(name, AreaUnit::default().name(lang), lang);
    let of_other = || {
        let other = Role::ALL.iter().find_map(|role| session.vocabulary().property(*role, name));
        other.map(|property| property.called(lang).to_owned())
    };
    known.or_else(of_table).or_else(of_other).unwrap_or_else(|| name.to_owned())
}

fn show_line(ui: &mut Ui, cx: &mut Context<'_>, layer: &OpenLayer, line: &Line) {
    let lang = cx.lang;
    let palette = theme::palette(ui);
    let attributes = &layer.layer().attributes;
    let title = word_title(cx.session, line.role, &line.name, lang);
    ui.label(RichText::new(&title).color(palette.text)).on_hover_text(&line.name);
    // Its own column, the one that stands for it, or none.
    let own = attributes.column(&line.name).and_then(|column| attributes.names().get(column));
    let is_said = attributes.column_names().contains_key(&line.name);
    let area_unit = AreaUnit::default().name(lang);
    let called = |name: &str| with_key(column_title(name, area_unit, lang).as_deref(), name, lang);
    let shown = own.map_or_else(|| "—".to_owned(), |name| called(name));
    let label = tr!(lang, "mapping.column_of", word = title).into_owned();
    let mut chosen: Option<Option<String>> = None;
    let combo =
        ComboBox::from_id_salt(("mapped", layer.key.0, line.role, &line.name)).selected_text(shown).width(COLUMN);
    let combo = combo.height(360.0).truncate().show_ui(ui, |ui| {
        if ui.selectable_label(!is_said, tr!(lang, "mapping.by_name")).clicked() {
            chosen = Some(None);
        }
        for name in attributes.names() {
            if ui.selectable_label(own == Some(name), called(name)).clicked() {
                chosen = Some(Some(name.to_string()));
            }
        }
    });
    combo.response.widget_info(|| WidgetInfo::labeled(egui::Role::ComboBox, true, &*label));
    if let Some(chosen) = chosen {
        let mut names: ColumnNames = attributes.column_names().clone();
        match chosen.filter(|own| *own != line.name) {
            Some(own) => drop(names.insert(line.name.clone(), own)),
            None => drop(names.remove(&line.name)),
        }
        cx.command(Command::SetColumnNames(layer.key, names));
    }
    // One line stands beside its row, several begin there.
    match is_open(cx.session, line) {
        true => drop(ui.vertical(|ui| values(ui, cx, line))),
        false => values(ui, cx, line),
    }
}

/// True where values of a line are known to nobody.
fn is_open(session: &Session, line: &Line) -> bool {
    line.values.iter().flat_map(|(_, unknown)| unknown).any(|value| !session.is_told(value))
}

/// How many values there are; those that nobody knows, each with a choice of what it means.
fn values(ui: &mut Ui, cx: &mut Context<'_>, line: &Line) {
    let lang = cx.lang;
    let Some((distinct, unknown)) = &line.values else {
        widgets::quiet(ui, "—");
        return;
    };
    let open: Vec<&UnknownValue> = unknown.iter().filter(|value| !cx.session.is_told(value)).collect();
    if open.is_empty() {
        widgets::quiet(ui, tr!(lang, "mapping.known", n = count(*distinct)));
        return;
    }
    let palette = theme::palette(ui);
    let text = tr!(lang, "mapping.unknown", n = count(*distinct), unknown = count(open.len()));
    ui.label(RichText::new(text).size(theme::SMALL).color(palette.review.0));
    let mut said = None;
    for value in open.iter().take(VALUES) {
        if let Some(is) = unknown_words::choice(ui, cx, value, lang) {
            said = Some(((*value).clone(), is));
        }
    }
    if open.len() > VALUES {
        widgets::quiet(ui, tr!(lang, "contents.more", n = count(open.len() - VALUES)));
    }
    if let Some((value, is)) = said {
        cx.command(Command::Change(Change::SetWords(unknown_words::with(cx.session, &value, is))));
    }
}

/// A button that leads to the table of a layer, or of one of several.
pub fn button(ui: &mut Ui, cx: &mut Context<'_>, layers: &[Key]) {
    use crate::ui::context::Act;
    let lang = cx.lang;
    let text = RichText::new(text_of(lang, "mapping.open")).color(theme::palette(ui).accent);
    match layers {
        [] => {}
        [one] => {
            if ui.button(text).clicked() {
                cx.acts.push(Act::MappingDialog(*one));
            }
        }
        many => {
            ui.menu_button(text, |ui| {
                for key in many {
                    let title = cx.session.layer(*key).map_or_else(String::new, |layer| cx.session.title(layer, lang));
                    if ui.button(title).clicked() {
                        cx.acts.push(Act::MappingDialog(*key));
                        ui.close();
                    }
                }
            });
        }
    }
}
