//! Features on the clipboard: copied from any layer or answer, put into the layer that is looked at.

use super::Workbench;
use crate::i18n::{Said, count, tr};
use crate::session::{Command, MOST_COPIED, copied};
use crate::ui::notices::Notice;
use crate::ui::selection::How;

impl Workbench {
    /// Copies what is selected as GeoJSON; of very many it is said that a file is better.
    pub(super) fn copy_features(&mut self) {
        let selection = &self.looking.selection;
        let Some(indexed) = selection.key().and_then(|key| self.session.indexed(key)) else { return };
        let rows = selection.rows();
        let n = rows.len();
        if n > MOST_COPIED {
            let said = move |lang| tr!(lang, "copy.too_many", n = count(n), most = count(MOST_COPIED)).into_owned();
            return self.dialogs.notices.tell(Notice::Told(Said::told(said)));
        }
        match copied(indexed.layer(), rows) {
            Ok(text) => {
                self.ctx.copy_text(text);
                let said = move |lang| tr!(lang, "copy.done", n = count(n)).into_owned();
                self.dialogs.notices.tell(Notice::Told(Said::told(said)));
            }
            Err(e) => {
                let cause = e.to_string();
                let said = move |lang| crate::i18n::cause_text(&cause, lang);
                self.dialogs.notices.tell(Notice::Told(Said::told(said)));
            }
        }
    }

    /// Puts features into the layer that is looked at where that may be edited, else into a new one, and selects them.
    pub(super) fn paste(&mut self, text: String) {
        let into = self.looking.active.filter(|key| self.session.layer(*key).is_some_and(|layer| layer.is_editable));
        let before = into.and_then(|key| self.session.layer(key)).map(|layer| layer.layer().len());
        let layers = self.session.layers().len();
        let name = tr!(self.settings.lang, "paste.layer").into_owned();
        self.session.execute(Command::Paste(into, text, name));
        let (key, first) = match (into, before) {
            (Some(key), Some(before)) => (key, before),
            _ if self.session.layers().len() > layers => {
                let Some(layer) = self.session.layers().iter().max_by_key(|layer| layer.key) else { return };
                (layer.key, 0)
            }
            _ => return,
        };
        self.looking.active = Some(key);
        let now = self.session.layer(key).map_or(0, |layer| layer.layer().len());
        let rows: Vec<usize> = (first..now).collect();
        if !rows.is_empty() {
            self.looking.selection.put(key, &rows, How::Replace);
        }
    }
}
