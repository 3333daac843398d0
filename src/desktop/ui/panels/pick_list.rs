//! Values that a column is known to hold, to choose from in the form of a feature: coded values, terms of the rules, and what other
//! rows of the layer have.

use crate::i18n::{Lang, bracketed, tr};
use crate::index::IndexedLayer;
use crate::model::{Field, Role, Value};
use crate::ui::collate::sort_key;
use crate::ui::later::Later;
use crate::ui::{icons, theme, widgets};
use crate::vocabulary::{Kind, Vocabulary};
use eframe::egui::{Button, RichText, ScrollArea, Ui, WidgetInfo};
use std::collections::HashMap;
use std::sync::Arc;

/// Values in a list at most: of more nobody chooses.
const MOST: usize = 80;
/// Different values that are looked at, and the longest of them, letters.
const LOOKED_AT: usize = 2_000;
const LONGEST: usize = 60;
/// Layers of more rows are read beside the window.
const AT_ONCE: usize = 20_000;

/// The size of the sign on the button.
pub(super) const CHEVRON: f32 = 14.0;

/// A column whose values are offered.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The layer.
    pub indexed: &'a Arc<IndexedLayer>,
    /// The column.
    pub column: usize,
    /// What the layer means.
    pub role: Option<Role>,
    /// The language.
    pub lang: Lang,
}

/// True for a field whose values are codes that its file explains.
pub fn has_codes(field: &Field) -> bool {
    field.domain.as_ref().is_some_and(|domain| !domain.values.is_empty())
}

/// Values of a column, what each stands for where it is a code, and whether there are too many to list.
#[derive(Clone, Debug, Default, PartialEq)]
struct Offered {
    values: Vec<(String, Option<String>)>,
    are_all: bool,
}

/// The list that is open, kept while it is.
#[derive(Default)]
pub struct Choices {
    of: Option<(u64, usize)>,
    offered: Option<Offered>,
    coming: Option<Later<Offered>>,
}

/// What is offered for a column: the codes of its file; else the terms of the rules for it, then what the rows have, the commonest
/// where they are many. Cost: the rows.
fn offered(indexed: &IndexedLayer, column: usize, role: Option<Role>) -> Offered {
    let layer = indexed.layer();
    if let Some(domain) = layer.field(column).and_then(|field| field.domain.as_deref()) {
        let values = domain.values.iter().map(|(code, meaning)| (code.clone(), Some(meaning.clone())));
        return Offered { values: values.collect(), are_all: true };
    }
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut are_all = true;
    for row in layer.rows() {
        let value = layer.attributes.value(row, column);
        if matches!(value, Value::Missing | Value::Null | Value::Json(_)) {
            continue;
        }
        let text = value.display();
        if text.is_empty() || text.chars().count() > LONGEST {
            continue;
        }
        if let Some(n) = counts.get_mut(&*text) {
            *n += 1;
        } else if counts.len() < LOOKED_AT {
            counts.insert(text.into_owned(), 1);
        } else {
            are_all = false;
        }
    }
    let name = &layer.attributes.names()[column];
    let names = layer.attributes.column_names();
    // The word of the rules that this column stands for.
    let word = names.iter().find(|(_, own)| ***own == **name).map_or(&**name, |(word, _)| word);
    let property = role.and_then(|role| Vocabulary::builtin().property(role, word));
    let terms = property.filter(|property| property.kind == Kind::Terms).map(|property| property.choices());
    for term in terms.into_iter().flatten() {
        counts.entry(term.to_owned()).or_default();
    }
    let mut all: Vec<(String, usize)> = counts.into_iter().collect();
    if all.len() > MOST {
        all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| sort_key(&a.0).cmp(&sort_key(&b.0))));
        all.truncate(MOST);
        are_all = false;
    }
    let mut values: Vec<(String, Option<String>)> = all.into_iter().map(|(value, _)| (value, None)).collect();
    values.sort_by_cached_key(|(value, _)| sort_key(value));
    Offered { values, are_all }
}

impl Choices {
    /// A button that opens the list; the value that was chosen.
    pub fn show(&mut self, ui: &mut Ui, known: &Known<'_>, title: &str, now: &str) -> Option<String> {
        let (lang, palette) = (known.lang, theme::palette(ui));
        let mut chosen = None;
        let icon = RichText::new(icons::CHEVRON_DOWN).font(theme::icon_font(CHEVRON)).color(palette.quiet);
        let menu = ui.menu_button(icon, |ui| {
            ui.set_min_width(180.0);
            let Some(offered) = self.follow(ui, known) else {
                widgets::quiet(ui, tr!(lang, "mapping.reading"));
                return;
            };
            if offered.values.is_empty() {
                widgets::quiet(ui, tr!(lang, "pick_list.none"));
            }
            ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                for (value, meaning) in &offered.values {
                    let text = match meaning {
                        Some(meaning) => format!("{meaning}{}", bracketed(value, lang)),
                        None => value.clone(),
                    };
                    if ui.add(Button::selectable(value == now, text)).clicked() {
                        chosen = Some(value.clone());
                        ui.close();
                    }
                }
                if !offered.are_all {
                    widgets::quiet(ui, tr!(lang, "pick_list.most", n = MOST));
                }
            });
        });
        if menu.inner.is_none() && self.of == Some((known.indexed.id(), known.column)) {
            // Closed: opened again it is read anew.
            *self = Self::default();
        }
        let name = tr!(lang, "pick_list.of", column = title).into_owned();
        menu.response.widget_info(|| WidgetInfo::labeled(eframe::egui::Role::Button, true, &*name));
        menu.response.on_hover_text(name);
        chosen
    }

    /// What is offered for the column whose list is open; `None` while it is read.
    fn follow(&mut self, ui: &Ui, known: &Known<'_>) -> Option<&Offered> {
        let of = Some((known.indexed.id(), known.column));
        if self.of != of {
            (self.of, self.offered, self.coming) = (of, None, None);
            let (indexed, column, role) = (Arc::clone(known.indexed), known.column, known.role);
            match indexed.layer().len() <= AT_ONCE {
                true => self.offered = Some(offered(&indexed, column, role)),
                false => self.coming = Some(Later::start(ui.ctx(), move || offered(&indexed, column, role))),
            }
        }
        if let Some(Ok(done)) = self.coming.as_ref().map(Later::take) {
            (self.offered, self.coming) = (Some(done.unwrap_or_default()), None);
        }
        self.offered.as_ref()
    }

    /// True while values are read.
    pub fn is_working(&self) -> bool {
        self.coming.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::progress::Progress;

    fn layer(values: &[String]) -> IndexedLayer {
        let row = |value: &String| format!(r#"{{"type":"Feature","properties":{{"v":{value}}},"geometry":null}}"#);
        let rows: Vec<String> = values.iter().map(row).collect();
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, rows.join(","));
        let layer = read_layer_bytes(text.as_bytes(), "t", &ReadOptions::default(), &Progress::default());
        IndexedLayer::new(Arc::new(layer.expect("readable")))
    }

    #[test]
    fn values_are_offered_once_in_order_and_the_commonest_of_many() {
        let few = layer(&["\"罗店\"", "\"大场\"", "\"罗店\"", "null", "\"\"", "{\"a\":1}"].map(str::to_owned));
        let values = |offered: &Offered| offered.values.iter().map(|(value, _)| value.clone()).collect::<Vec<_>>();
        let of = offered(&few, 0, None);
        assert_eq!((values(&of), of.are_all), (vec!["大场".to_owned(), "罗店".to_owned()], true));
        let mut many: Vec<String> = (0..500).map(|i| format!("\"v{i}\"")).collect();
        many.extend(std::iter::repeat_n("\"v499\"".to_owned(), 3));
        let of = offered(&layer(&many), 0, None);
        assert_eq!((of.values.len(), of.are_all), (MOST, false));
        assert!(values(&of).contains(&"v499".to_owned()));
    }

    #[test]
    fn terms_of_the_rules_are_offered_where_no_row_has_them() {
        let text = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"class":"工业排污口"},"geometry":null}]}"#;
        let layer = read_layer_bytes(text.as_bytes(), "outlet", &ReadOptions::default(), &Progress::default());
        let indexed = IndexedLayer::new(Arc::new(layer.expect("readable")));
        let all = offered(&indexed, 0, Some(Role::Outlet));
        assert!(all.values.len() > 3, "{all:?}");
    }
}
