//! Whether the window has come to rest: for whoever draws without a person, and for tests.

use super::Workbench;

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
        ];
        has_looked
            && works == [false; 5]
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
}
