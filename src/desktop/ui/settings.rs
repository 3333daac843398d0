//! What the window remembers from one start to the next: a struct apart from handles and caches.

use super::paper::Paper;
use super::tools::snap::Snapping;
use crate::i18n::Lang;
use crate::raster::{Backdrop, ServiceKey};
use crate::report::AreaUnit;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Which theme is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ThemeChoice {
    /// The operating system's.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Remembered settings. New fields take their default when an older file is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The language.
    pub lang: Lang,
    /// The theme.
    pub theme: ThemeChoice,
    /// The unit of areas.
    pub area_unit: AreaUnit,
    /// Files opened last, newest first.
    pub recent: Vec<PathBuf>,
    /// The left panel is open.
    pub left_open: bool,
    /// The right panel is open.
    pub right_open: bool,
    /// The bottom panel is open.
    pub bottom_open: bool,
    /// To what the cursor is drawn while something is drawn.
    pub snapping: Snapping,
    /// The page that was printed last.
    pub paper: Paper,
    /// The legend is unfolded or folded by the planner; without a word, unfolded where there is room.
    pub legend_open: Option<bool>,
    /// Backdrops that were added, the last first.
    pub backdrops: Vec<Backdrop>,
    /// The planner's keys for tile services, by scheme and server. They stand here alone.
    pub backdrop_keys: BTreeMap<String, ServiceKey>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lang: Lang::of_system(),
            theme: ThemeChoice::System,
            area_unit: AreaUnit::default(),
            recent: Vec::new(),
            left_open: true,
            right_open: true,
            bottom_open: true,
            snapping: Snapping::default(),
            paper: Paper::default(),
            legend_open: None,
            backdrops: Vec::new(),
            backdrop_keys: BTreeMap::new(),
        }
    }
}

/// How many backdrops are kept.
const BACKDROPS: usize = 20;

/// How many recent files are kept.
const RECENT: usize = 10;

impl Settings {
    /// Puts a file at the head of the recent ones.
    pub fn remember(&mut self, path: &Path) {
        self.recent.retain(|p| p != path);
        self.recent.insert(0, path.to_owned());
        self.recent.truncate(RECENT);
    }

    /// Puts a backdrop at the head of those that were added, without a key.
    pub fn remember_backdrop(&mut self, backdrop: Backdrop) {
        self.backdrops.retain(|known| !known.has_same_source(&backdrop));
        self.backdrops.insert(0, backdrop);
        self.backdrops.truncate(BACKDROPS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_files_stand_once_newest_first() {
        let mut settings = Settings { recent: Vec::new(), ..Settings::default() };
        for name in ["a", "b", "a"] {
            settings.remember(Path::new(name));
        }
        assert_eq!(settings.recent, [Path::new("a"), Path::new("b")]);
        (0..20).for_each(|i| settings.remember(Path::new(&i.to_string())));
        assert_eq!(settings.recent.len(), RECENT);
    }

    #[test]
    fn an_older_file_takes_defaults() {
        let settings: Settings = serde_json::from_str(r#"{"lang":"zh"}"#).expect("readable");
        assert_eq!(settings, Settings { lang: Lang::Zh, ..Settings::default() });
    }
}
