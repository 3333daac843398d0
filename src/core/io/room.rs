//! How much memory reading a file takes, told before it is read.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// What a layer takes for each byte of its file, by the file's ending; rather too much than too little. Measured: GeoJSON of points 1.6, of
/// areas 1.0 to 1.3. What is not here is small, says by itself how large it is (archives), or holds many layers of which one is read.
const TIMES: [(&str, f64); 10] = [
    ("geojson", 1.8),
    ("json", 1.8),
    ("geojsonl", 1.8),
    ("geojsons", 1.8),
    ("ndjson", 1.8),
    ("topojson", 1.8),
    ("csv", 1.8),
    ("tsv", 1.8),
    ("fgb", 1.6),
    ("shp", 1.6),
];

/// A smaller need is no reason to look: whoever reads has that much.
const LEAST: u64 = 128 << 20;

/// About what the layer of a file takes; bytes. 0 where nothing can be told from the file's size.
pub fn memory_to_read(path: &Path) -> u64 {
    let size = |path: &Path| path.metadata().map_or(0, |file| file.len());
    let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    let Some((_, times)) = TIMES.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known)) else { return 0 };
    // The attributes of a shapefile stand beside it.
    let beside = if ending.eq_ignore_ascii_case("shp") {
        ["dbf", "DBF"].iter().map(|ending| size(&path.with_extension(ending))).max().unwrap_or(0)
    } else {
        0
    };
    ((size(path) + beside) as f64 * times) as u64
}

/// How much memory a reading may take by itself, asked each time.
#[derive(Clone)]
pub struct Room(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Room {
    /// What `left` says when it is asked; bytes.
    pub fn new(left: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(left))
    }

    /// What a file needs and what there is, in bytes, where it needs more.
    pub(super) fn lacks(&self, path: &Path) -> Option<(u64, u64)> {
        let needs = memory_to_read(path);
        if needs <= LEAST {
            return None;
        }
        let left = (self.0)();
        (needs > left).then_some((needs, left))
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Room")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ReadCause, ReadOptions, read_layer};
    use crate::progress::Progress;

    /// A file of this size without a byte written.
    fn sparse(folder: &Path, name: &str, bytes: u64) -> std::path::PathBuf {
        let path = folder.join(name);
        std::fs::File::create(&path).and_then(|file| file.set_len(bytes)).expect("writable");
        path
    }

    #[test]
    fn what_needs_more_than_there_is_is_refused_before_a_byte_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let (gb, room) = (1_u64 << 30, Room::new(|| 4 << 30));
        let options = ReadOptions { room: Some(room), ..ReadOptions::default() };
        for (name, bytes, is_refused) in [
            ("a.geojson", 3 * gb, true),
            ("a.GEOJSON", 3 * gb, true),
            ("a.csv", 3 * gb, true),
            ("a.fgb", 3 * gb, true),
            ("b.geojson", gb / 16, false),
        ] {
            let path = sparse(folder.path(), name, bytes);
            let error = read_layer(&path, &options, &Progress::default()).expect_err("no layer");
            let refused =
                matches!(error.cause, ReadCause::NeedsMemory { needs, room } if needs > room && room == 4 * gb);
            assert_eq!(refused, is_refused, "{name} {error}");
        }
        // Attributes count.
        let shape = sparse(folder.path(), "c.shp", gb);
        sparse(folder.path(), "c.dbf", 2 * gb);
        assert!(memory_to_read(&shape) > 4 * gb);
        // What a container holds is not told by its size.
        assert_eq!(memory_to_read(&sparse(folder.path(), "d.gpkg", 9 * gb)), 0);
    }
}
