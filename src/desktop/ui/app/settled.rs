//! Whether the window has come to rest, for whoever draws without a person and for tests; and what has the keyboard.

use super::Workbench;
use crate::ui::panels::keys::Focus;
use eframe::egui;

impl Workbench {
    /// True where nothing runs and everything shown has its buffers.
    pub fn is_settled(&self) -> bool {
        let has_looked = !self.dialogs.recovery.is_looking();
        let works = [
            self.selected.is_working(),
            self.mapping.is_working(),
            self.search.is_working(),
            self.join.is_working(),
            self.export.is_working(),
            self.settings.right_open && self.measured.is_working(),
            self.print.is_working(),
        ];
        has_looked
            && works == [false; 7]
            && self.session.jobs().is_empty()
            && self.scene.is_ready()
            // Where nothing is open there is no map to move.
            && (self.session.layers().is_empty() || self.map.is_still())
            && self.map.legend.is_counted()
            && self.has_backdrops()
    }

    /// True where nothing runs and everything is on the map, if only as a sketch.
    pub fn is_shown(&self) -> bool {
        self.session.jobs().is_empty() && self.scene.is_shown()
    }

    /// The ring round what has the keyboard, where one was drawn in the last frame.
    pub fn focus_ring(&self) -> Option<egui::Rect> {
        self.ring
    }

    /// True where a dialog waits for an answer and nothing else is to be done. Health, styles, columns and the selection are worked on
    /// beside the map, and help is read there.
    pub(super) fn dims(&self) -> bool {
        self.dialogs.is_open()
            || self.join.is_open()
            || self.export.is_open()
            || self.print.is_open()
            || self.backdrop_dialog.is_open()
            || self.mapping.is_open()
            || self.start.help.is_open()
    }

    /// What has the keyboard in this frame.
    pub(super) fn focus(&self, ctx: &egui::Context) -> Focus {
        let dialogs = [
            self.dialogs.is_open(),
            self.looking.health.is_some(),
            self.table.columns_dialog.is_open(),
            self.join.is_open(),
            self.export.is_open(),
            self.select.is_open(),
            self.print.is_open(),
            self.search.is_open(),
            self.backdrop_dialog.is_open(),
            self.mapping.is_open(),
            self.start.help.is_open(),
        ];
        // A slow frame brings many keys at once: those typed before a field gave the keyboard up were meant for it, and so
        // were those behind a click on something that lies over the window.
        let is_in_field = || {
            self.had_field || ctx.egui_wants_keyboard_input() || egui::Popup::is_any_open(ctx) || is_clicked_over(ctx)
        };
        match dialogs.contains(&true) {
            true => Focus::Dialog,
            false if is_in_field() => Focus::Field,
            false => Focus::Window,
        }
    }
}

/// True where the pointer was pressed in this frame on what lies over the window: a dialog, a choice.
fn is_clicked_over(ctx: &egui::Context) -> bool {
    let at = ctx.input(|i| i.pointer.any_pressed().then(|| i.pointer.interact_pos()).flatten());
    at.and_then(|at| ctx.layer_id_at(at)).is_some_and(|layer| layer.order != egui::Order::Background)
}
