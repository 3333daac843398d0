//! How much memory reading a file takes, told before it is read.

use super::ReadCause;
use std::fmt;
use std::sync::Arc;

/// What a GeoJSON layer takes for each byte of its file; rather too much than too little. Measured: of points 1.6, of areas 1.0 to 1.3.
pub(super) const GEOJSON: f64 = 1.8;

/// A smaller need is no reason to look: whoever reads has that much.
const LEAST: u64 = 128 << 20;

/// So many bytes, so many times.
pub(super) fn times(bytes: u64, factor: f64) -> u64 {
    (bytes as f64 * factor) as u64
}

/// How much memory a reading may take by itself, asked each time.
#[derive(Clone)]
pub struct Room(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Room {
    /// What `left` says when it is asked; bytes.
    pub fn new(left: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(left))
    }

    /// What is left now; bytes.
    pub(super) fn left(&self) -> u64 {
        (self.0)()
    }

    /// Why nothing is read, where more is needed than there is.
    pub(super) fn lacks(&self, needs: impl FnOnce() -> u64) -> Option<ReadCause> {
        let needs = needs();
        if needs <= LEAST {
            return None;
        }
        let room = self.left();
        (needs > room).then_some(ReadCause::NeedsMemory { needs, room })
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
    use crate::geodesy::crs::Crs;
    use crate::io::formats::{self, OnDisk};
    use crate::io::{ReadOptions, read_layer};
    use crate::progress::Progress;
    use std::io::Write as _;
    use std::path::{Path, PathBuf};

    /// A file of this size without a byte written.
    fn sparse(folder: &Path, name: &str, bytes: u64) -> PathBuf {
        let path = folder.join(name);
        std::fs::File::create(&path).and_then(|file| file.set_len(bytes)).expect("writable");
        path
    }

    fn is_refused(path: &Path, options: &ReadOptions) -> bool {
        match read_layer(path, options, &Progress::default()) {
            Err(e) => matches!(e.cause, ReadCause::NeedsMemory { needs, room } if needs > room),
            Ok(_) => false,
        }
    }

    fn with_room(bytes: u64) -> ReadOptions {
        ReadOptions { room: Some(Room::new(move || bytes)), ..ReadOptions::default() }
    }

    #[test]
    fn what_needs_more_than_there_is_is_refused_before_a_byte_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let (gb, options) = (1_u64 << 30, with_room(4 << 30));
        for (name, bytes, needs_more) in [
            ("a.geojson", 3 * gb, true),
            ("a.GEOJSON", 3 * gb, true),
            ("a.csv", 3 * gb, true),
            ("a.fgb", 3 * gb, true),
            ("a.kml", 4 * gb, true),
            ("a.dxf", gb / 2, true),
            ("a.gpx", 3 * gb, true),
            ("a.dbf", 3 * gb, true),
            ("a.topojson", 3 * gb, true),
            ("b.geojson", gb / 16, false),
        ] {
            let path = sparse(folder.path(), name, bytes);
            assert_eq!(is_refused(&path, &options), needs_more, "{name}");
        }
        // What an archive unpacks to counts.
        let packed = folder.path().join("a.kmz");
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&packed).expect("writable"));
        zip.start_file("doc.kml", zip::write::SimpleFileOptions::default()).expect("begun");
        zip.write_all(&vec![b' '; 72 << 20]).expect("written");
        zip.finish().expect("ended");
        assert!(packed.metadata().expect("there").len() < 1 << 20);
        assert!(is_refused(&packed, &with_room(LEAST)));
        // Attributes count.
        let shape = sparse(folder.path(), "c.shp", gb);
        assert!(!is_refused(&shape, &options));
        sparse(folder.path(), "c.DBF", gb);
        assert!(is_refused(&shape, &options));
    }

    /// A layer of so many points with a note of so many bytes each.
    fn points(count: usize, note: usize) -> crate::model::Layer {
        let note = "n".repeat(note);
        let feature = |i: usize| {
            let lon = 121.0 + i as f64 * 1e-5;
            let geometry = format!(r#"{{"type":"Point","coordinates":[{lon},31.0]}}"#);
            format!(r#"{{"type":"Feature","properties":{{"note":"{note}{i}"}},"geometry":{geometry}}}"#)
        };
        let features: Vec<String> = (0..count).map(feature).collect();
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
        crate::io::geojson::read(text.as_bytes(), "points".into(), &ReadOptions::default(), &Progress::default())
            .expect("a layer")
    }

    #[test]
    fn what_a_container_needs_is_told_of_the_layer_that_is_wanted() {
        let folder = tempfile::tempdir().expect("a folder");
        let layer = points(5_000, 30_000);
        let large = folder.path().join("large.gpkg");
        let written = |name: &str, layer: &crate::model::Layer| {
            let path = folder.path().join(name);
            let rows: Vec<usize> = (0..layer.len()).collect();
            let crs = Crs::parse("EPSG:4326").expect("known");
            let writer = formats::writer_of(&path).expect("written");
            let source = formats::LayerRows::new(layer, &rows, &crs);
            formats::write(writer, &source, &path, &|_| Ok(()), &Progress::default()).expect("written");
            path
        };
        written("large.gpkg", &layer);
        // The same file with a layer of a few rows beside the large one.
        let db = rusqlite::Connection::open(&large).expect("opened");
        db.execute_batch(
            "CREATE TABLE few (id INTEGER PRIMARY KEY, name TEXT);
             INSERT INTO few (name) VALUES ('a');
             INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('few', 'attributes', 'few');",
        )
        .expect("made");
        drop(db);
        let options = with_room(200 << 20);
        let of = |layer: &str| ReadOptions { layer: Some(layer.into()), ..options.clone() };
        assert!(is_refused(&large, &of("points")));
        assert!(!is_refused(&large, &of("few")));
        assert!(!is_refused(&large, &ReadOptions { layer: Some("points".into()), ..with_room(4 << 30) }));
        // A workbook is packed: 200 MB of notes that are alike are a small file.
        let book = written("book.xlsx", &layer);
        assert!(book.metadata().expect("written").len() < 20 << 20);
        assert!(is_refused(&book, &options));
        let input = OnDisk::input(&book).expect("there");
        assert!(formats::Format::memory(&formats::spreadsheet::Spreadsheet, &input, None) > 200 << 20);
    }
}
