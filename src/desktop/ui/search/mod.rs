//! The search for everything, in the top bar: commands with their keys, layers, rules, features, places, positions.

mod matching;
mod places;

use super::context::{Act, Context, Looking};
use super::map::picking::Hit;
use super::panels::commands::{self, Entry};
use super::panels::keys;
use super::{icons, theme, widgets};
use crate::geodesy::LonLat;
use crate::i18n::{Lang, tr};
use crate::index::IndexedLayer;
use crate::session::Key as LayerKey;
use crate::ui::later::Later;
use crate::ui::settings::Bookmark;
use eframe::egui::{self, Align2, Key, Modifiers, Pos2, Rect, ScrollArea, Sense, TextEdit, Ui, WidgetInfo, vec2};
use matching::Wanted;
use std::sync::Arc;

/// Entries that are shown at most.
const SHOWN: usize = 60;
/// How many of them are in sight at once.
const IN_SIGHT: usize = 14;
/// Features that are looked for, and shown, at most.
const LOOKED_FOR: usize = 400;
const FEATURES: usize = 40;
/// Width of the list, points; of the field at most and at least.
const LIST: f32 = 520.0;
const FIELD: std::ops::RangeInclusive<f32> = 150.0..=336.0;

/// A feature by its name, and how well that fits.
type Named = (usize, Hit, String);

/// What is typed, and what it found.
#[derive(Default)]
pub struct Search {
    is_open: bool,
    wants_keyboard: bool,
    text: String,
    chosen: usize,
    features: Vec<Named>,
    coming: Option<Later<Vec<Named>>>,
    /// What the features were looked for by.
    looked_for: Wanted,
    /// Where the field stands.
    place: Option<(egui::Id, Rect)>,
    pressed: Pressed,
}

/// Keys that belong to the list while it is open.
#[derive(Clone, Copy, Debug, Default)]
struct Pressed {
    down: bool,
    up: bool,
    enter: bool,
    escape: bool,
}

impl Search {
    /// Opens it, empty.
    pub fn open(&mut self) {
        *self = Self { is_open: true, wants_keyboard: true, place: self.place, ..Self::default() };
    }

    /// True where it has the keyboard.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// True while features are looked for.
    pub fn is_working(&self) -> bool {
        self.coming.is_some()
    }

    fn close(&mut self, ctx: &egui::Context) {
        if let Some((id, _)) = self.place {
            ctx.memory_mut(|memory| memory.surrender_focus(id));
        }
        *self = Self { place: self.place, ..Self::default() };
    }

    /// The field, at the right of the top bar.
    pub fn field(&mut self, ui: &mut Ui, lang: Lang) {
        let palette = theme::palette(ui);
        if self.is_open {
            let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
            self.pressed = Pressed {
                down: pressed(Key::ArrowDown),
                up: pressed(Key::ArrowUp),
                enter: pressed(Key::Enter),
                escape: pressed(Key::Escape),
            };
        }
        let width = (ui.available_width() - 150.0).clamp(*FIELD.start(), *FIELD.end());
        let hint = tr!(lang, "search.hint");
        let field = TextEdit::singleline(&mut self.text)
            .desired_width(width)
            .margin(vec2(8.0, 4.0))
            .background_color(palette.surface)
            .hint_text(&*hint);
        let field = ui.add(field);
        field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &*hint));
        self.place = Some((field.id, field.rect));
        if std::mem::take(&mut self.wants_keyboard) {
            field.request_focus();
        }
        if field.gained_focus() && !self.is_open {
            self.is_open = true;
        }
        if field.changed() {
            self.chosen = 0;
        }
        if !self.is_open && self.text.is_empty() {
            let shortcut = keys::text(&keys::PALETTE);
            let small = egui::FontId::proportional(theme::SMALL);
            let galley = ui.painter().layout_no_wrap(shortcut, small, palette.quiet);
            let at = field.rect.right_center() - vec2(galley.size().x + 10.0, galley.size().y / 2.0);
            if at.x > field.rect.left() + 130.0 {
                ui.painter().galley(at, galley, palette.quiet);
            }
        }
    }

    /// Shows what was found, below the field; `here` is where the map looks.
    pub fn show(
        &mut self,
        ctx: &egui::Context,
        cx: &mut Context<'_>,
        looking: &Looking,
        here: LonLat,
        bookmarks: &[Bookmark],
    ) {
        let Some((id, field)) = self.place.filter(|_| self.is_open) else { return };
        let wanted = Wanted::new(&self.text);
        self.look_for_features(ctx, cx, &wanted);
        let entries = self.entries(cx, looking, &wanted, (here, bookmarks));
        let count = entries.len().min(SHOWN);
        let Pressed { down, up, enter, escape } = std::mem::take(&mut self.pressed);
        if count > 0 {
            self.chosen = (self.chosen + usize::from(down) + if up { count - 1 } else { 0 }) % count;
        }
        let mut done: Option<Act> = None;
        let lang = cx.lang;
        let moved = down || up;
        let right = field.right().max(ctx.content_rect().left() + LIST + 24.0);
        let list = egui::Area::new(egui::Id::unique("search"))
            .pivot(Align2::RIGHT_TOP)
            .fixed_pos(Pos2::new(right, field.bottom() + 4.0))
            .order(egui::Order::Foreground)
            .show(ctx, |ui| {
                let palette = theme::palette(ui);
                egui::Frame::popup(ui.style()).inner_margin(8.0).show(ui, |ui| {
                    ui.set_width(LIST);
                    if entries.is_empty() {
                        widgets::quiet(ui, tr!(lang, "palette.nothing"));
                        return;
                    }
                    // As high as what was found, however high it was before.
                    let height = count.min(IN_SIGHT) as f32 * theme::ROW;
                    let rows = ScrollArea::vertical().max_height(height).min_scrolled_height(height);
                    rows.auto_shrink([false, false]).show(ui, |ui| {
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
                    });
                });
            });
        let at = ctx.input(|i| i.pointer.any_pressed().then(|| i.pointer.interact_pos()).flatten());
        let is_elsewhere = at.is_some_and(|at| !field.contains(at) && !list.response.rect.contains(at));
        // With Tab the keyboard goes on to the next control.
        let has_left = ctx.memory(|memory| memory.focused().is_some_and(|focused| focused != id))
            && ctx.input(|i| i.key_pressed(Key::Tab));
        if let Some(act) = done {
            cx.acts.push(act);
            self.close(ctx);
        } else if escape || is_elsewhere || has_left {
            self.close(ctx);
        }
    }

    /// What fits what is typed: positions first, then what can be done by how well it fits, then what cannot be done now.
    fn entries(
        &self,
        cx: &Context<'_>,
        looking: &Looking,
        wanted: &Wanted,
        (here, bookmarks): (LonLat, &[Bookmark]),
    ) -> Vec<Entry> {
        let plain =
            |title: String, act: Act| Entry { title, also: String::new(), shortcut: String::new(), act: Some(act) };
        let places = places::places(&self.text, cx.session, here, cx.lang).into_iter();
        let mut entries: Vec<Entry> = places
            .map(|place| plain(format!("{} {}", icons::MAP_PIN, place.title), Act::GoToPosition(place.at)))
            .collect();
        let mut found: Vec<(usize, Entry)> = commands::all(cx.session, looking, cx.lang)
            .into_iter()
            .chain(commands::bookmarks(bookmarks, cx.lang))
            .filter_map(|entry| Some((wanted.rank(&format!("{} {}", entry.title, entry.also))?, entry)))
            .collect();
        if !wanted.is_empty() {
            found.extend(self.features.iter().map(|(rank, hit, name)| {
                let layer = cx.session.layer(hit.key).map_or_else(String::new, |l| cx.session.title(l, cx.lang));
                (*rank, plain(format!("{} {name}  ·  {layer}", icons::LOCATE), Act::GoTo(*hit)))
            }));
        }
        // Commands stand before features that fit as well: the order is kept.
        found.sort_by_key(|(rank, entry)| (entry.act.is_none(), *rank));
        entries.extend(found.into_iter().map(|(_, entry)| entry));
        entries
    }

    /// Features whose name fits what is typed, of all layers; beside the interface.
    fn look_for_features(&mut self, ctx: &egui::Context, cx: &Context<'_>, wanted: &Wanted) {
        if let Some(later) = &self.coming
            && let Ok(found) = later.take()
        {
            self.features = found.unwrap_or_default();
            self.coming = None;
        }
        if *wanted == self.looked_for || self.coming.is_some() {
            return;
        }
        self.looked_for.clone_from(wanted);
        if wanted.is_empty() {
            self.features.clear();
            return;
        }
        let layers: Vec<(LayerKey, Arc<IndexedLayer>)> =
            cx.session.layers().iter().map(|l| (l.key, Arc::clone(&l.indexed))).collect();
        let wanted = wanted.clone();
        self.coming = Some(Later::start(ctx, move || named(&layers, &wanted)));
    }
}

/// Features whose name fits, the best first.
fn named(layers: &[(LayerKey, Arc<IndexedLayer>)], wanted: &Wanted) -> Vec<Named> {
    let rows = layers.iter().flat_map(|(key, indexed)| indexed.layer().rows().map(|row| (*key, indexed.layer(), row)));
    let fits = rows.filter_map(|(key, layer, row)| {
        let label = layer.label(row);
        Some((wanted.rank(&label)?, Hit { key, row }, label))
    });
    let mut found: Vec<Named> = fits.take(LOOKED_FOR).collect();
    found.sort_by_key(|(rank, ..)| *rank);
    found.truncate(FEATURES);
    found
}

fn row(ui: &mut Ui, entry: &Entry, is_chosen: bool, palette: &theme::Palette) -> egui::Response {
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
    widgets::ellipsised(ui, room, &entry.title, egui::FontId::proportional(theme::BODY), ink);
    response
}
