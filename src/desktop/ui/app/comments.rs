//! Comments in the workbench: begun at a place, opened by their pin or from the list.

use super::Workbench;
use crate::comments::Comment;
use crate::geodesy::LonLat;
use crate::session::{Command, CommentCommand};
use crate::ui::context::Tab;
use crate::ui::map::pins::Pinned;

impl Workbench {
    /// Which comments are looked at.
    pub fn pinned(&self) -> &Pinned {
        &self.comments.pinned
    }

    /// Begins a comment at a place: the panel opens with a field for it.
    pub(super) fn begin_comment(&mut self, at: LonLat) {
        self.comments.begin(at);
        self.comments.pinned.is_hidden = false;
        (self.looking.tab, self.settings.right_open) = (Tab::Comments, true);
    }

    /// Opens a comment in the panel, or none.
    pub(super) fn select_comment(&mut self, id: Option<String>) {
        if id.is_some() {
            (self.looking.tab, self.settings.right_open) = (Tab::Comments, true);
        }
        self.comments.select(id);
    }

    /// Opens a comment and brings its place into view.
    pub(super) fn go_to_comment(&mut self, id: String) {
        let Some(at) = self.session.comments().get(&id).filter(|one| !one.is_deleted).map(|one| one.at) else { return };
        self.map.go_to(crate::geodesy::LonLatBox { min: at, max: at }, true, true);
        self.select_comment(Some(id));
    }

    /// Those that a page is to hold.
    pub(super) fn printed_comments(&self) -> Vec<Comment> {
        let all = self.session.comments().shown().filter(|one| self.comments.pinned.shows(one));
        all.filter(|_| self.settings.paper.comments).cloned().collect()
    }

    /// Takes in what other desks wrote while another window was in use.
    pub(super) fn refresh_comments(&mut self) {
        self.session.execute(Command::Comment(CommentCommand::Refresh));
    }
}
