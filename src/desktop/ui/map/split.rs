//! Two layers or answers side by side on the map: parted by a line that is dragged (a swipe), or each in a half of its own with one
//! camera for both.

use super::shown::Shown;
use crate::i18n::{Lang, tr};
use crate::session::{Key, Session};
use crate::ui::context::Act;
use crate::ui::panels::ask;
use crate::ui::{icons, theme, widgets};
use eframe::egui::{
    self, Align, Key as Pressed, Label, Layout, Rect, RichText, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

/// On which side of the line something is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// On both.
    #[default]
    Both,
    /// Left of it alone.
    Left,
    /// Right of it alone.
    Right,
}

/// What is compared, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    /// What is drawn left of the line alone.
    pub left: Key,
    /// What is drawn right of it alone.
    pub right: Key,
    /// Where the line stands, as a share of the map's width.
    pub share: f32,
    /// Each half shows the same ground, instead of one ground being parted.
    pub is_apart: bool,
}

/// A part of the map: the view that it is a part of, and what of it is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Half {
    pub view: Rect,
    pub clip: Rect,
    pub side: Side,
}

/// How the picture of the map is parted, points from its left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parting {
    /// Where the line stands.
    pub at: f32,
    /// How far what is left of it is moved to the left, and what is right of it to the right.
    pub shift: f32,
}

impl Split {
    /// Two beside one another, parted in the middle.
    pub fn new(left: Key, right: Key) -> Self {
        Self { left, right, share: 0.5, is_apart: false }
    }

    /// On which side something is drawn.
    pub fn side(&self, key: Key) -> Side {
        match key {
            key if key == self.left => Side::Left,
            key if key == self.right => Side::Right,
            _ => Side::Both,
        }
    }

    /// How a picture of so many points is parted: halves that show the same ground are alike.
    pub fn parting(&self, width: f32) -> Parting {
        match self.is_apart {
            true => Parting { at: width / 2.0, shift: width / 4.0 },
            false => Parting { at: (width * self.share).round(), shift: 0.0 },
        }
    }
}

/// The parts of a map: one where nothing is compared.
pub(super) fn halves(split: Option<Split>, view: Rect) -> Vec<Half> {
    let Some(split) = split else { return vec![Half { view, clip: view, side: Side::Both }] };
    let Parting { at, shift } = split.parting(view.width());
    let line = view.left() + at;
    let left = Rect::from_min_max(view.min, pos2(line, view.bottom()));
    let right = Rect::from_min_max(pos2(line, view.top()), view.max);
    [(left, -shift, Side::Left), (right, shift, Side::Right)]
        .map(|(clip, dx, side)| Half { view: view.translate(vec2(dx, 0.0)), clip, side })
        .to_vec()
}

/// What is drawn on a side.
pub(super) fn on_side(shown: &[Shown], side: Side) -> Vec<Shown> {
    let is_there = |what: &&Shown| side == Side::Both || what.side == Side::Both || what.side == side;
    shown.iter().filter(is_there).cloned().collect()
}

/// What a layer, an answer or what a rule found is called.
pub fn called(session: &Session, key: Key, lang: Lang) -> Option<String> {
    let layer = session.layer(key).map(|layer| session.title(layer, lang));
    let answer = || session.answer(key).map(|answer| ask::title(answer, lang));
    let rule = || {
        let result = session.rule_results().iter().find(|result| result.key == key)?;
        Some(result.answer.rule.title.text(lang).to_owned())
    };
    layer.or_else(answer).or_else(rule)
}

/// What something can be held beside: the other layers and answers, the answers first.
pub fn others(session: &Session, key: Key) -> Vec<Key> {
    let answers = session.answers().iter().map(|answer| answer.key);
    let layers = session.layers().iter().map(|layer| layer.key);
    answers.chain(layers).filter(|other| *other != key).collect()
}

fn swipe_id() -> egui::Id {
    egui::Id::unique("swipe")
}

/// True where the line has the keyboard: the arrows move it, and not the map.
pub(super) fn has_keyboard(ui: &Ui) -> bool {
    ui.memory(|memory| memory.has_focus(swipe_id()))
}

/// The line between both sides with its handle, and the card that says what is on which side.
pub(super) fn show(
    ui: &mut Ui,
    split: Split,
    view: Rect,
    room: Rect,
    session: &Session,
    lang: Lang,
    acts: &mut Vec<Act>,
) {
    let palette = theme::palette(ui);
    let x = view.left() + split.parting(view.width()).at;
    let line = Rect::from_center_size(pos2(x, view.center().y), vec2(12.0, view.height()));
    let painter = ui.painter_at(view);
    painter.vline(x, view.y_range(), egui::Stroke::new(3.0, palette.halo));
    painter.vline(x, view.y_range(), egui::Stroke::new(1.4, palette.text));
    if !split.is_apart {
        let handle = ui.interact(line, swipe_id(), Sense::click_and_drag());
        // Asked before: what asks for input holds it.
        let has_focus = handle.has_focus();
        if has_focus {
            let filter = egui::EventFilter { horizontal_arrows: true, ..Default::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(handle.id, filter));
        }
        let name = tr!(lang, "split.line");
        handle.widget_info(|| WidgetInfo::slider(true, f64::from(split.share), &*name));
        let knob = Rect::from_center_size(line.center(), vec2(22.0, 34.0));
        let fill = if handle.hovered() || handle.dragged() { palette.raised } else { palette.panel };
        painter.rect(knob, 6.0, fill, egui::Stroke::new(1.2, palette.text), egui::StrokeKind::Inside);
        for dx in [-3.0, 3.0] {
            painter.vline(knob.center().x + dx, knob.center().y - 6.0..=knob.center().y + 6.0, (1.4, palette.quiet));
        }
        let step = ui.input(|i| {
            let by = f32::from(u8::from(i.key_pressed(Pressed::ArrowRight)))
                - f32::from(u8::from(i.key_pressed(Pressed::ArrowLeft)));
            if has_focus { by * 0.02 } else { 0.0 }
        });
        let dragged = handle.dragged().then(|| handle.interact_pointer_pos()).flatten();
        let share = dragged.map_or(split.share + step, |at| (at.x - view.left()) / view.width()).clamp(0.02, 0.98);
        if share != split.share {
            acts.push(Act::Compare(Some(Split { share, ..split })));
        }
        if handle.hovered() || handle.dragged() {
            ui.set_cursor_icon(egui::CursorIcon::ResizeHorizontal);
        }
    }
    let name = |key: Key| called(session, key, lang).unwrap_or_default();
    let width = 440.0_f32.min(room.width() - 24.0);
    let left = (x - width / 2.0).clamp(room.left() + 12.0, (room.right() - 12.0 - width).max(room.left() + 12.0));
    let card = Rect::from_min_size(pos2(left, view.top() + 12.0), vec2(width, 34.0));
    painter.rect(card, 6.0, palette.panel, egui::Stroke::new(1.0, palette.line), egui::StrokeKind::Inside);
    // It keeps clicks from the map under it.
    ui.interact(card, egui::Id::unique("split card"), Sense::click_and_drag());
    let inside = UiBuilder::new().max_rect(card.shrink2(vec2(10.0, 3.0))).layout(Layout::right_to_left(Align::Center));
    ui.scope_builder(inside, |ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        if widgets::icon_button(ui, icons::X, &tr!(lang, "split.end")).clicked() {
            acts.push(Act::Compare(None));
        }
        let key = if split.is_apart { "split.swipe" } else { "split.apart" };
        if ui.add(egui::Button::new(RichText::new(tr!(lang, key)).size(theme::SMALL)).small()).clicked() {
            acts.push(Act::Compare(Some(Split { is_apart: !split.is_apart, ..split })));
        }
        let each = (ui.available_width() - 24.0) / 2.0;
        for (key, align) in [(Some(split.right), Align::Min), (None, Align::Center), (Some(split.left), Align::Max)] {
            let (room, text) = match key {
                Some(key) => (each, name(key)),
                None => (12.0, "|".to_owned()),
            };
            let layout = if align == Align::Max {
                Layout::right_to_left(Align::Center)
            } else {
                Layout::left_to_right(Align::Center)
            };
            ui.allocate_ui_with_layout(vec2(room, 28.0), layout, |ui| {
                ui.set_min_width(room);
                let ink = if key.is_some() { palette.text } else { palette.quiet };
                ui.add(Label::new(RichText::new(&text).size(theme::SMALL).color(ink)).truncate()).on_hover_text(&text);
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_is_parted_at_the_line_or_into_halves_of_the_same_ground() {
        let view = Rect::from_min_size(pos2(100.0, 50.0), vec2(800.0, 400.0));
        assert_eq!(halves(None, view), [Half { view, clip: view, side: Side::Both }]);
        let split = Split { share: 0.25, ..Split::new(Key(1), Key(2)) };
        let [left, right] = halves(Some(split), view)[..] else { panic!("two") };
        assert_eq!((left.clip.right(), right.clip.left()), (300.0, 300.0));
        assert_eq!((left.view, right.view), (view, view), "one ground");
        let apart = Split { is_apart: true, ..split };
        let [left, right] = halves(Some(apart), view)[..] else { panic!("two") };
        assert_eq!((left.clip.right(), right.clip.left()), (500.0, 500.0));
        // The middle of the ground is in the middle of both.
        assert_eq!(left.view.center().x, left.clip.center().x);
        assert_eq!(right.view.center().x, right.clip.center().x);
        assert_eq!([1, 2, 3].map(|key| split.side(Key(key))), [Side::Left, Side::Right, Side::Both]);
    }
}
