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
    /// Black on white, every text at least 7 : 1.
    Contrast,
    /// White on black, the same.
    ContrastDark,
}

/// Sizes of everything in the window that are offered, hundredths.
pub const SCALES: [u16; 5] = [90, 100, 115, 130, 150];

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
    /// Layers stand under the themes that they are of, or in the order of their drawing; without a word by theme where they
    /// are many.
    pub by_theme: Option<bool>,
    /// Views with names, the newest last.
    pub bookmarks: Vec<Bookmark>,
    /// The coordinate systems that were said of files without one, by their folders, the last first.
    pub said_systems: Vec<SaidSystem>,
    /// The size of letters and everything else in the window, hundredths of the usual.
    pub percent: u16,
    /// Who writes comments here.
    pub author: String,
}

/// A coordinate system that was said of files of a folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SaidSystem {
    /// The folder.
    pub folder: PathBuf,
    /// The ending of the files, in lower case: a ledger and a drawing of one office lie in different systems.
    pub ending: String,
    /// The system, as [`crate::geodesy::crs::Crs::parse`] reads it.
    pub crs: String,
}

/// A view with a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bookmark {
    /// What it is called.
    pub name: String,
    /// Longitude and latitude of the middle, degrees.
    pub center: [f64; 2],
    /// Points of the screen per degree of latitude.
    pub scale: f64,
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
            by_theme: None,
            bookmarks: Vec::new(),
            said_systems: Vec::new(),
            percent: 100,
            author: String::new(),
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
        // A relative path would mean something else at the next start.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        self.recent.retain(|p| *p != path);
        self.recent.insert(0, path);
        self.recent.truncate(RECENT);
    }

    /// Puts a backdrop at the head of those that were added, without a key.
    pub fn remember_backdrop(&mut self, backdrop: Backdrop) {
        self.backdrops.retain(|known| !known.has_same_source(&backdrop));
        self.backdrops.insert(0, backdrop);
        self.backdrops.truncate(BACKDROPS);
    }
}

/// Of how many folders systems are kept.
const SAID: usize = 100;

/// What a file has in common with others of its folder, of which the same is said.
fn kin(path: &Path) -> (PathBuf, String) {
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    (folder, path.extension().unwrap_or_default().to_string_lossy().to_lowercase())
}

impl Settings {
    /// Keeps the system that was said of a file.
    pub fn remember_crs(&mut self, path: &Path, crs: String) {
        let (folder, ending) = kin(path);
        self.said_systems.retain(|said| (&said.folder, &said.ending) != (&folder, &ending));
        self.said_systems.insert(0, SaidSystem { folder, ending, crs });
        self.said_systems.truncate(SAID);
    }

    /// The system that was said the last time of a file of this folder and kind.
    pub fn said_of(&self, path: &Path) -> Option<&str> {
        let (folder, ending) = kin(path);
        self.said_systems.iter().find(|said| said.folder == folder && said.ending == ending).map(|said| &*said.crs)
    }
}

/// How many bookmarks are kept.
const BOOKMARKS: usize = 60;

impl Settings {
    /// Keeps a view; one of the same name gives way, and the oldest of too many.
    pub fn keep_view(&mut self, bookmark: Bookmark) {
        self.bookmarks.retain(|own| own.name != bookmark.name);
        self.bookmarks.push(bookmark);
        let too_many = self.bookmarks.len().saturating_sub(BOOKMARKS);
        self.bookmarks.drain(..too_many);
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
        // Whole paths: the next start may be in another folder.
        let whole = ["a", "b"].map(|name| std::path::absolute(name).expect("a path"));
        assert_eq!(settings.recent, whole);
        (0..20).for_each(|i| settings.remember(Path::new(&i.to_string())));
        assert_eq!(settings.recent.len(), RECENT);
    }

    #[test]
    fn a_bookmark_of_the_same_name_gives_way_and_they_are_not_kept_without_end() {
        let view = |name: &str, scale: f64| Bookmark { name: name.to_owned(), center: [121.4, 31.4], scale };
        let mut settings = Settings::default();
        for (name, scale) in [("a", 1.0), ("b", 2.0), ("a", 3.0)] {
            settings.keep_view(view(name, scale));
        }
        assert_eq!(settings.bookmarks, [view("b", 2.0), view("a", 3.0)]);
        (0..200).for_each(|i| settings.keep_view(view(&i.to_string(), 1.0)));
        assert_eq!((settings.bookmarks.len(), settings.bookmarks[0].name.as_str()), (BOOKMARKS, "140"));
    }

    #[test]
    fn what_was_said_of_a_folder_goes_for_files_of_its_kind_alone() {
        let mut settings = Settings::default();
        let at = |path: &str| Path::new(path).to_owned();
        settings.remember_crs(&at("a/x.dxf"), "EPSG:4549".to_owned());
        settings.remember_crs(&at("a/y.DXF"), "EPSG:4550".to_owned());
        settings.remember_crs(&at("a/t.xlsx"), "GCJ-02".to_owned());
        let said = |path: &str| settings.said_of(Path::new(path)).map(str::to_owned);
        assert_eq!(said("a/z.dxf").as_deref(), Some("EPSG:4550"));
        assert_eq!(said("a/u.xlsx").as_deref(), Some("GCJ-02"));
        assert_eq!((said("b/z.dxf"), said("a/z.csv")), (None, None));
        (0..300).for_each(|i| settings.remember_crs(&at(&format!("{i}/x.csv")), "LATLON".to_owned()));
        assert_eq!(settings.said_systems.len(), SAID);
    }

    #[test]
    fn an_older_file_takes_defaults() {
        let settings: Settings = serde_json::from_str(r#"{"lang":"zh"}"#).expect("readable");
        assert_eq!(settings, Settings { lang: Lang::Zh, ..Settings::default() });
    }
}
