//! Which files are layers, by their names and, where names do not tell, by a look into them.

use super::formats;
use std::path::Path;

/// How names of GeoJSON files end: collections, and features one a line.
pub const EXTENSIONS: [&str; 6] = ["geojson", "json", "geojsonl", "geojsons", "ndjson", "jsonl"];

/// Endings of the names of all files that are read, in lower case.
pub fn endings() -> Vec<&'static str> {
    let of_formats = formats::FORMATS.iter().flat_map(|format| format.extensions());
    EXTENSIONS.iter().chain(of_formats).copied().collect()
}

/// True for the ending (in lower case) of a format other than GeoJSON whose files are layers by themselves in a folder.
pub fn is_layer_ending(ending: &str) -> bool {
    formats::FORMATS.iter().any(|format| format.extensions().contains(&ending))
}

/// True for a text that holds boundary points (拐点坐标), by its content.
pub fn is_boundary_points(path: &Path) -> bool {
    formats::is_boundary_points(path)
}

/// Why a file is not read whose features somebody may miss (MapInfo, Access, RAR …), with the way out; `None` where it is read, or holds
/// none.
pub fn why_unread(path: &Path) -> Option<crate::i18n::Said> {
    formats::why_unread(path)
}

/// Members of an archive whose features somebody may miss, with why they are not read and the way out. Cost: a look at the archive's
/// list, and at the beginning of members that are no layers.
pub fn unread_members(path: &Path) -> Vec<(String, crate::i18n::Said)> {
    let is_archive = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"));
    if is_archive && path.is_file() { formats::unread_members(path) } else { Vec::new() }
}

/// True for a folder that is one set of layers (a file geodatabase, whatever it is called), not a folder of files.
pub fn is_layer_folder(path: &Path) -> bool {
    let is_called = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gdb"));
    let has_catalogue = || {
        let entries = std::fs::read_dir(path);
        entries.is_ok_and(|mut entries| {
            entries.any(|e| e.is_ok_and(|e| formats::is_catalogue(&e.file_name().to_string_lossy())))
        })
    };
    path.is_dir() && (is_called || has_catalogue())
}
