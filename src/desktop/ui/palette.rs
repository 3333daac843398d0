//! The search for everything: commands with their keys, layers, features by name.

use super::context::{Act, Context, Looking};
use super::map::picking::Hit;
use super::panels::commands::{self, Entry};
use super::{icons, theme};
use crate::i18n::tr;
use crate::index::IndexedLayer;
use crate::session::Key as LayerKey;
use crate::ui::later::Later;
use eframe::egui::{self, Align2, Key, Modifiers, ScrollArea, Sense, TextEdit, WidgetInfo, vec2};
use std::sync::Arc;

/// Entries that are shown at most.
const SHOWN: usize = 60;
/// Features that are looked for at most.
const FEATURES: usize = 40;

/// What is typed, and what it found.
#[derive(Default)]
pub struct Palette {
    is_open: bool,
    wants_keyboard: bool,
    text: String,
    chosen: usize,
    features: Vec<(Hit, String)>,
    coming: Option<Later<Vec<(Hit, String)>>>,
    /// What the features were looked for by.
    looked_for: String,
}

impl Palette {
    /// Opens it, empty.
    pub fn open(&mut self) {
        *self = Self { is_open: true, wants_keyboard: true, ..Self::default() };
    }

    /// True where it has the keyboard.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Shows it.
    pub fn show(&mut self, ctx: &egui::Context, cx: &mut Context<'_>, looking: &Looking) {
        if !self.is_open {
            return;
        }
        self.look_for_features(ctx, cx);
        let entries = self.entries(cx, looking);
        let count = entries.len().min(SHOWN);
        let (down, up, enter, escape) = ctx.input_mut(|i| {
            let mut pressed = |key| i.consume_key(Modifiers::NONE, key);
            (pressed(Key::ArrowDown), pressed(Key::ArrowUp), pressed(Key::Enter), pressed(Key::Escape))
        });
        if count > 0 {
            self.chosen = (self.chosen + usize::from(down) + if up { count - 1 } else { 0 }) % count;
        }
        let mut done: Option<Act> = None;
        let lang = cx.lang;
        let moved = down || up;
        egui::Area::new(egui::Id::unique("palette"))
            .anchor(Align2::CENTER_TOP, vec2(0.0, 72.0))
            .order(egui::Order::Foreground)
            .show(ctx, |ui| {
                let palette = theme::palette(ui);
                egui::Frame::popup(ui.style()).inner_margin(10.0).show(ui, |ui| {
                    ui.set_width(520.0);
                    let hint = tr!(lang, "palette.hint");
                    let field = TextEdit::singleline(&mut self.text)
                        .desired_width(f32::INFINITY)
                        .margin(vec2(8.0, 6.0))
                        .hint_text(&*hint);
                    let field = ui.add(field);
                    field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &*hint));
                    if std::mem::take(&mut self.wants_keyboard) || field.lost_focus() {
                        field.request_focus();
                    }
                    if field.changed() {
                        self.chosen = 0;
                    }
                    ui.add_space(6.0);
                    ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
                        ui.spacing_mut().item_spacing.y = 0.0;
                        for (i, entry) in entries.iter().take(SHOWN).enumerate() {
                            let response = row(ui, entry, i == self.chosen, palette);
                            if moved && i == self.chosen {
                                response.scroll_to_me(None);
                            }
                            if response.clicked() || (enter && i == self.chosen) {
                                done.clone_from(&entry.act);
                            }
                        }
                        if entries.is_empty() {
                            super::widgets::quiet(ui, tr!(lang, "palette.nothing"));
                        }
                    });
                });
            });
        if let Some(act) = done {
            cx.acts.push(act);
            self.is_open = false;
        }
        if escape {
            self.is_open = false;
        }
    }

    /// What fits what is typed: commands that can be done first, then those that cannot, then features.
    fn entries(&self, cx: &Context<'_>, looking: &Looking) -> Vec<Entry> {
        let wanted = self.text.trim().to_lowercase();
        let mut found: Vec<(usize, Entry)> = commands::all(cx.session, looking, cx.lang)
            .into_iter()
            .filter_map(|entry| {
                Some((rank(&format!("{} {}", entry.title, entry.also).to_lowercase(), &wanted)?, entry))
            })
            .collect();
        found.sort_by_key(|(rank, entry)| (entry.act.is_none(), *rank));
        let mut entries: Vec<Entry> = found.into_iter().map(|(_, entry)| entry).collect();
        if !wanted.is_empty() {
            entries.extend(self.features.iter().map(|(hit, name)| {
                let layer = cx.session.layer(hit.key).map_or_else(String::new, |l| cx.session.title(l, cx.lang));
                let title = format!("{} {name}  ·  {layer}", icons::LOCATE);
                Entry { title, also: String::new(), shortcut: String::new(), act: Some(Act::GoTo(*hit)) }
            }));
        }
        entries
    }

    /// Features whose name holds what is typed, of all layers; beside the interface.
    fn look_for_features(&mut self, ctx: &egui::Context, cx: &Context<'_>) {
        if let Some(later) = &self.coming
            && let Ok(found) = later.take()
        {
            self.features = found.unwrap_or_default();
            self.coming = None;
        }
        let wanted = self.text.trim().to_lowercase();
        if wanted == self.looked_for || self.coming.is_some() {
            return;
        }
        self.looked_for.clone_from(&wanted);
        if wanted.is_empty() {
            self.features.clear();
            return;
        }
        let layers: Vec<(LayerKey, Arc<IndexedLayer>)> =
            cx.session.layers().iter().map(|l| (l.key, Arc::clone(&l.indexed))).collect();
        self.coming = Some(Later::start(ctx, move || named(&layers, &wanted)));
    }
}

/// Features whose name holds a text, in small letters.
fn named(layers: &[(LayerKey, Arc<IndexedLayer>)], wanted: &str) -> Vec<(Hit, String)> {
    let of = |(key, indexed): &(LayerKey, Arc<IndexedLayer>)| {
        let (key, layer) = (*key, Arc::clone(indexed.layer()));
        let labels = layer.rows().map(|row| (row, layer.label(row))).collect::<Vec<_>>();
        labels
            .into_iter()
            .filter_map(move |(row, label)| label.to_lowercase().contains(wanted).then_some((Hit { key, row }, label)))
    };
    layers.iter().flat_map(of).take(FEATURES).collect()
}

/// How well a title fits what is typed: 0 where it begins with it; `None` where a word of it is missing.
fn rank(title: &str, wanted: &str) -> Option<usize> {
    if title.starts_with(wanted) {
        return Some(0);
    }
    wanted.split_whitespace().all(|word| title.contains(word)).then(|| 1 + title.find(wanted).unwrap_or(title.len()))
}

fn row(ui: &mut egui::Ui, entry: &Entry, is_chosen: bool, palette: &theme::Palette) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::click());
    let enabled = entry.act.is_some();
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, enabled, is_chosen, &entry.title));
    if is_chosen || response.hovered() {
        ui.painter().rect_filled(rect, 4.0, if is_chosen { palette.selection } else { palette.raised });
    }
    let ink = if enabled { palette.text } else { palette.quiet };
    let small = egui::FontId::proportional(theme::SMALL);
    let shortcut = ui.painter().text(
        rect.right_center() - vec2(8.0, 0.0),
        Align2::RIGHT_CENTER,
        &entry.shortcut,
        small,
        palette.quiet,
    );
    let mut room = rect.shrink2(vec2(8.0, 0.0));
    room.max.x = shortcut.left() - 12.0;
    super::widgets::ellipsised(ui, room, &entry.title, egui::FontId::proportional(theme::BODY), ink);
    response
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn what_begins_alike_comes_first() {
        assert_eq!(rank("save layer", "save"), Some(0));
        assert_eq!(rank("save layer as", "layer as"), Some(6));
        assert!(rank("theme：dark", "dark theme").is_some());
        assert_eq!(rank("theme：dark", "light"), None);
        assert_eq!(rank("保存项目…", "项目"), Some(7));
    }
}
