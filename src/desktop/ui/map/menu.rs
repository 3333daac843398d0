//! The menu of a place on the map: what lies there, its coordinates, a picture of the map.

use super::canvas::MapView;
use super::overlay::position_text;
use super::picking::{Hit, under};
use super::pins::Pinned;
use super::scene::Shown;
use crate::geodesy::LonLat;
use crate::i18n::{Lang, tr};
use crate::session::{Command, CommentCommand, Session};
use crate::ui::context::Act;
use crate::ui::map::views::Turn;
use crate::ui::panels::ask;
use crate::ui::widgets;
use eframe::egui::{Button, Rect, Response, Ui};

/// Features that the menu names at most.
const MOST: usize = 8;

/// What the menu is about.
#[derive(Default)]
pub struct Menu {
    of: Option<(LonLat, Vec<Hit>)>,
    is_open: bool,
}

impl Menu {
    /// True while it is shown.
    pub fn is_open(&self) -> bool {
        self.is_open
    }
}

/// What a feature under the pointer is called: its name, and what it is of.
pub(super) fn named(session: &Session, hit: Hit, lang: Lang) -> Option<String> {
    let name = session.indexed(hit.key)?.layer().label(hit.row);
    let of = match (session.layer(hit.key), session.answer(hit.key)) {
        (Some(layer), _) => session.title(layer, lang),
        (None, Some(answer)) => ask::title(answer, lang),
        (None, None) => {
            let result = session.rule_results().iter().find(|result| result.key == hit.key)?;
            result.answer.rule.title.text(lang).to_owned()
        }
    };
    Some(format!("{name} · {of}"))
}

impl MapView {
    /// Opens the menu at a right click, and shows it.
    #[expect(clippy::too_many_arguments, reason = "what stands in it depends on all of them")]
    pub(super) fn place_menu(
        &mut self,
        response: &Response,
        view: Rect,
        session: &Session,
        shown: &[Shown],
        pinned: &Pinned,
        lang: Lang,
        acts: &mut Vec<Act>,
    ) {
        if response.secondary_clicked()
            && let Some(at) = response.interact_pointer_pos()
        {
            let hits = under(shown, &self.camera, view, at);
            self.menu.of = Some((self.camera.world_from_screen(view, at), hits));
        }
        let can_turn = self.views.can_turn();
        let Some((here, hits)) = &self.menu.of else { return };
        let shown = response.context_menu(|ui| contents(ui, session, *here, hits, pinned, can_turn, lang, acts));
        self.menu.is_open = shown.is_some();
    }
}

#[expect(clippy::too_many_arguments, reason = "what stands in it depends on all of them")]
fn contents(
    ui: &mut Ui,
    session: &Session,
    here: LonLat,
    hits: &[Hit],
    pinned: &Pinned,
    can_turn: (bool, bool),
    lang: Lang,
    acts: &mut Vec<Act>,
) {
    ui.set_min_width(220.0);
    let mut item = |ui: &mut Ui, text: &str, can: bool, act: Act| {
        if ui.add_enabled(can, Button::new(text).truncate()).clicked() {
            acts.push(act);
            ui.close();
        }
    };
    widgets::section(ui, &tr!(lang, if hits.is_empty() { "map.nothing_here" } else { "map.here" }));
    for hit in hits.iter().take(MOST) {
        if let Some(name) = named(session, *hit, lang) {
            item(ui, &name, true, Act::SelectOne(Some(*hit)));
        }
    }
    ui.separator();
    widgets::quiet(ui, position_text(here));
    if ui.button(tr!(lang, "map.copy_position")).clicked() {
        // As other programs take it: longitude, latitude; degrees.
        ui.ctx().copy_text(format!("{:.6},{:.6}", here.lon, here.lat));
        ui.close();
    }
    item(ui, &tr!(lang, "map.mark"), true, Act::GoToPosition(here));
    item(ui, &tr!(lang, "comment.here"), true, Act::BeginComment(here));
    if let Some(comment) = pinned.selected.as_ref().and_then(|id| session.comments().get(id)) {
        let text = tr!(lang, "comment.move_here", text = comment.title());
        let command = CommentCommand::Place(comment.id.clone(), here);
        item(ui, &text, true, Act::Session(Command::Comment(command)));
    }
    ui.separator();
    item(ui, &tr!(lang, "menu.view_back"), can_turn.0, Act::View(Turn::Back));
    item(ui, &tr!(lang, "menu.fit"), true, Act::FitAll);
    item(ui, &tr!(lang, "bookmark.add"), true, Act::AddBookmark);
    item(ui, &tr!(lang, "map.copy_picture"), true, Act::CopyPicture);
}
