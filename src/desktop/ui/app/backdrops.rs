//! Backdrops between session, settings and map.

use super::Workbench;
use crate::cli::WindowOptions;
use crate::i18n::Said;
use crate::io::{SaveCause, SaveError};
use crate::raster::{Backdrop, ServiceKey, TileCache};
use crate::session::{BackdropCommand, Command, Key, Wake};
use crate::ui::map::backdrop::{Backdrops, Under};
use crate::ui::notices::Notice;
use std::sync::Arc;

/// The most that tiles of services take on the disk; bytes.
const ON_DISK: u64 = 512 << 20;

/// With tiles of services kept where the options say.
pub(super) fn of(options: &WindowOptions, wake: Wake) -> Backdrops {
    let cache = options.tiles.clone().map(|folder| Arc::new(TileCache::new(folder, ON_DISK)));
    Backdrops::new(cache, wake)
}

impl Workbench {
    /// Opens and closes backdrops as the session has them, and tells what became of them.
    pub(super) fn collect_backdrops(&mut self) {
        if self.scene.is_asleep() {
            return;
        }
        self.backdrops.follow(&self.ctx, self.session.backdrops(), &self.settings.backdrop_keys);
        for news in self.backdrops.take_news() {
            self.dialogs.notices.tell(Notice::Backdrop(news));
        }
        // What is added to an empty map is brought into view, once it is known where it lies.
        let is_bare = self.session.layers().is_empty() && self.session.answers().is_empty();
        if let Some(key) = self.to_show {
            if let Some(about) = self.backdrops.about(key) {
                let is_of_the_world = about.bounds.max.lon - about.bounds.min.lon > 180.0;
                if is_bare && !is_of_the_world {
                    self.map.fit(about.bounds);
                }
                self.to_show = None;
            } else if self.session.backdrop(key).is_none_or(|open| !open.backdrop.on) {
                self.to_show = None;
            }
        }
    }

    /// True where every backdrop that is on is there, or cannot be.
    pub(super) fn has_backdrops(&self) -> bool {
        self.backdrops.is_settled() && !self.backdrop_dialog.is_working()
    }

    /// The backdrops that are on, for a page.
    pub(in crate::ui) fn under(&self) -> Under {
        let on = self.session.backdrops().iter().filter(|open| open.backdrop.on);
        let cache = self.backdrops.cache().cloned();
        Under { all: on.cloned().collect(), keys: self.settings.backdrop_keys.clone(), cache }
    }

    /// Adds a backdrop, or sets one otherwise. Its key goes into the settings and nowhere else.
    pub(super) fn set_backdrop(&mut self, of: Option<Key>, backdrop: Box<Backdrop>, key: Option<(String, ServiceKey)>) {
        if let Some((server, key)) = key {
            self.settings.backdrop_keys.insert(server, key);
        }
        let command = match of {
            Some(key) => BackdropCommand::Set(key, backdrop, false),
            None => BackdropCommand::Add(backdrop),
        };
        self.session.execute(Command::Backdrop(command));
        let key = of.or_else(|| self.session.backdrops().first().map(|open| open.key));
        if let Some(open) = key.and_then(|key| self.session.backdrop(key)) {
            // As the session has it: without a key in its address.
            self.settings.remember_backdrop(Backdrop { on: false, ..Backdrop::clone(&open.backdrop) });
        }
        self.to_show = key;
    }

    /// Removes the tiles of services from the disk.
    pub(super) fn clear_tiles(&mut self) {
        let Some(cache) = self.backdrops.cache() else { return };
        let told = match cache.clear() {
            Ok(()) => Notice::Told(Said::of("backdrop.cleared")),
            Err(e) => {
                let file = cache.folder().display().to_string();
                Notice::Save(SaveError { file, cause: SaveCause::System(e.to_string()) })
            }
        };
        self.dialogs.notices.tell(told);
    }
}
