//! The program broke down the last time: its report is offered, to be read, copied, found and put aside.

use super::{Dialogs, window};
use crate::i18n::{Lang, count, tr};
use crate::session::crash::looked_at;
use crate::ui::{theme, widgets};
use eframe::egui::{self, Key, Label, OpenUrl, RichText, ScrollArea};

/// What of the window's height is not the report.
const BESIDE: f32 = 296.0;

impl Dialogs {
    /// Offers the reports that nobody looked at yet, once nothing else is asked.
    pub(super) fn crash(&mut self, ctx: &egui::Context, lang: Lang, alone: bool) {
        let Some(newest) = self.crashes.first().filter(|_| !self.recovery.is_open()) else { return };
        let room = ctx.content_rect().size();
        let (mut open, mut dismissed) = (true, false);
        window(&tr!(lang, "crash.title"), &mut open).show(ctx, |ui| {
            ui.set_width((room.x - 48.0).clamp(200.0, 560.0));
            ui.add(Label::new(tr!(lang, "crash.text", n = count(self.crashes.len()))).wrap());
            ui.add_space(4.0);
            ui.add(Label::new(RichText::new(newest.path.display().to_string()).size(theme::SMALL)).truncate());
            ui.add_space(4.0);
            let most = (room.y - BESIDE).clamp(48.0, 320.0);
            ScrollArea::both().auto_shrink([false, true]).max_height(most).min_scrolled_height(most).show(ui, |ui| {
                ui.add(Label::new(RichText::new(&newest.text).monospace().size(theme::SMALL)).extend());
            });
            widgets::actions(ui, |ui| {
                if widgets::primary_button(ui, &tr!(lang, "crash.copy"), "", true).clicked() {
                    let all: Vec<&str> = self.crashes.iter().map(|report| report.text.as_str()).collect();
                    ctx.copy_text(all.join("\n\n"));
                }
                let folder = newest.path.parent().and_then(|folder| url::Url::from_directory_path(folder).ok());
                if widgets::secondary_button(ui, &tr!(lang, "crash.folder"), folder.is_some()).clicked()
                    && let Some(folder) = folder
                {
                    ctx.open_url(OpenUrl::new_tab(folder));
                }
                dismissed = widgets::secondary_button(ui, &tr!(lang, "crash.dismiss"), true).clicked();
            });
        });
        if dismissed {
            self.crashes.drain(..).for_each(|report| looked_at(&report));
        } else if !open || (alone && ctx.input(|i| i.key_pressed(Key::Escape))) {
            // Offered again at the next start.
            self.crashes.clear();
        }
    }
}
