//! Files of every format that are cut off, whose sizes lie, or that shrink while they are read: a refusal or a layer that says what it
//! lacks, in bounded time and memory. Each format is held to the same; what is special about one stands beside its reader.

use shanshui::geodesy::crs::Crs;
use shanshui::io::formats::{self, LayerRows};
use shanshui::io::{OutOfRange, ReadError, ReadOptions, read_layer, read_layers};
use shanshui::model::{Layer, Severity};
use shanshui::progress::Progress;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What one file may take; a debug build on a busy machine is some ten times slower than what is promised.
const LONGEST: Duration = Duration::from_secs(10);
/// What they may take of memory at any moment, with all other tests of the binary, mebibytes.
const MOST_MIB: u64 = 4_000;

/// Formats that we write, with the file of each that is changed.
const WRITTEN: [(&str, &str); 11] = [
    ("a.shp", "shp"),
    ("a.shp", "shx"),
    ("a.shp", "dbf"),
    ("a.gpkg", "gpkg"),
    ("a.fgb", "fgb"),
    ("a.kml", "kml"),
    ("a.dxf", "dxf"),
    ("a.xlsx", "xlsx"),
    ("a.csv", "csv"),
    ("a.wkt", "wkt"),
    ("a.dbf", "dbf"),
];

/// Formats that we read alone, and GeoJSON: texts with two features and more.
fn texts() -> Vec<(&'static str, Vec<u8>)> {
    let gpx: String =
        (0..40).map(|i| format!("<wpt lat=\"31.{i}\" lon=\"121.{i}\"><name>点{i}</name></wpt>")).collect();
    let geojson: Vec<String> = (0..40)
        .map(|i| format!(r#"{{"type":"Feature","properties":{{"n":{i}}},"geometry":{{"type":"Point","coordinates":[121.{i},31.{i}]}}}}"#))
        .collect();
    let points: Vec<String> =
        (0..40).map(|i| format!(r#"{{"type":"Point","coordinates":[{i},{i}],"properties":{{"n":{i}}}}}"#)).collect();
    let boundary: String = (0..20)
        .map(|k| {
            let x = f64::from(k) * 300.0 + 3_470_000.0;
            format!(
                "4,1.0,DK{k},地块{k},面,,,,@\r\nJ1,1,{x},40500000\r\nJ2,1,{x},40500100\r\nJ3,1,{},40500100\r\nJ1,1,{x},40500000\r\n",
                x + 100.0
            )
        })
        .collect();
    let head = "[属性描述]\r\n坐标系=2000国家大地坐标系\r\n几度分带=3\r\n带号=40\r\n[地块坐标]\r\n";
    vec![
        ("t.gpx", format!("<?xml version=\"1.0\"?><gpx version=\"1.1\" creator=\"x\">{gpx}</gpx>").into_bytes()),
        ("t.geojson", format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", geojson.join(",\n")).into_bytes()),
        (
            "t.topojson",
            format!(
                r#"{{"type":"Topology","transform":{{"scale":[0.001,0.001],"translate":[121,31]}},"objects":{{"a":{{"type":"GeometryCollection","geometries":[{}]}}}},"arcs":[]}}"#,
                points.join(",")
            )
            .into_bytes(),
        ),
        ("t.txt", format!("{head}{boundary}").into_bytes()),
    ]
}

/// Outlets of the sample, some of them.
fn sample() -> Layer {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("maps/baoshan/outlet.geojson");
    read_layer(&path, &ReadOptions::default(), &Progress::default()).expect("the sample")
}

fn write(layer: &Layer, rows: &[usize], path: &Path) {
    let crs = Crs::parse("EPSG:4326").expect("known");
    let writer = formats::writer_of(path).expect("written");
    let source = LayerRows::new(layer, rows, &crs);
    formats::write(writer, &source, path, &|_| Ok(()), &Progress::default()).unwrap_or_else(|e| panic!("{e}"));
}

/// A file whose bytes are changed, among those that belong to it; and the file that is opened.
struct Victim {
    _folder: tempfile::TempDir,
    opened: PathBuf,
    changed: PathBuf,
    whole: Vec<u8>,
    /// Its rows as it was.
    rows: usize,
}

impl Victim {
    fn read(&self) -> Result<Layer, ReadError> {
        let options = ReadOptions { out_of_range: OutOfRange::Keep, ..ReadOptions::default() };
        let mut layers = read_layers(&self.opened, &options, &Progress::default()).into_iter();
        layers.next().expect("one at least")
    }

    fn put(&self, bytes: &[u8]) {
        let mut file = std::fs::File::create(&self.changed).expect("writable");
        file.write_all(bytes).expect("written");
        // What was written just now is waited for, in case it is still being written.
        file.set_modified(std::time::SystemTime::now() - Duration::from_secs(60)).expect("dated");
    }
}

fn victims(rows: usize) -> Vec<(String, Victim)> {
    let layer = sample();
    let rows: Vec<usize> = (0..rows).collect();
    let mut all = Vec::new();
    let victim = |folder: tempfile::TempDir, opened: PathBuf, changed: PathBuf| {
        let whole = std::fs::read(&changed).expect("there");
        let mut victim = Victim { _folder: folder, opened, changed, whole, rows: 0 };
        victim.rows = victim.read().unwrap_or_else(|e| panic!("{e}")).len();
        victim
    };
    for (name, part) in WRITTEN {
        let folder = tempfile::tempdir().expect("a folder");
        let opened = folder.path().join(name);
        write(&layer, &rows, &opened);
        let changed = opened.with_extension(part);
        all.push((format!("{name} .{part}"), victim(folder, opened, changed)));
    }
    for (name, bytes) in texts() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        std::fs::write(&path, &bytes).expect("writable");
        all.push((name.to_owned(), victim(folder, path.clone(), path)));
        // The same in an archive.
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.zip");
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).expect("writable"));
        zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("a member");
        zip.write_all(&bytes).expect("written");
        zip.finish().expect("finished");
        all.push((format!("{name} in a zip"), victim(folder, path.clone(), path)));
    }
    all
}

/// Whether a layer says that something is amiss with it.
fn is_doubted(layer: &Layer) -> bool {
    use shanshui::model::ProblemKind;
    layer.problems.iter().any(|problem| match &problem.kind {
        ProblemKind::OfFormat { is_doubt, .. } => *is_doubt,
        kind => kind.severity() != Severity::Note || matches!(kind, ProblemKind::Empty),
    })
}

fn peak_mib() -> u64 {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return 0 };
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Reads what a file has become: no panic, no hang; and no fewer rows without a word.
fn judge(name: &str, what: &str, victim: &Victim, can_tell: bool) {
    let began = Instant::now();
    let read = victim.read();
    let took = began.elapsed();
    assert!(took < LONGEST, "{name}, {what}: {took:?}");
    match read {
        Ok(layer) if can_tell && layer.len() < victim.rows => {
            assert!(is_doubted(&layer), "{name}, {what}: {} of {} rows, and nothing said", layer.len(), victim.rows);
        }
        Ok(_) => {}
        Err(e) => {
            let text = e.to_string();
            assert!(
                !text.is_empty() && text.contains(&shanshui::io::file_name(&victim.opened)),
                "{name}, {what}: {text}"
            );
        }
    }
}

#[test]
fn a_file_that_is_cut_off_is_refused_or_says_so() {
    for (name, victim) in victims(40) {
        // Of rows of a text that end anywhere nobody can tell whether there were more.
        let can_tell =
            !["a.csv", "a.wkt", "t.txt"].iter().any(|own| name == *own || name.starts_with(&format!("{own} .")));
        let step = (victim.whole.len() / 60).max(1);
        for length in (0..victim.whole.len()).step_by(step).chain((1..=12).map(|less| victim.whole.len() - less)) {
            victim.put(&victim.whole[..length]);
            judge(&name, &format!("cut at {length} of {}", victim.whole.len()), &victim, can_tell);
        }
        victim.put(&victim.whole);
        assert_eq!(victim.read().expect("whole again").len(), victim.rows, "{name}");
    }
    assert!(peak_mib() < MOST_MIB, "{} MiB", peak_mib());
}

#[test]
fn sizes_that_lie_reserve_nothing_and_loop_nowhere() {
    for (name, victim) in victims(12) {
        let length = victim.whole.len();
        // The head by every byte, the rest here and there; as counts of either order of bytes, and of either sign.
        let places = (0..length.min(160)).chain((160..length).step_by((length / 40).max(1)));
        for at in places {
            for lie in [[0xff_u8; 4], [0xff, 0xff, 0xff, 0x7f], [0x7f, 0xff, 0xff, 0xff], [0; 4]] {
                let mut bytes = victim.whole.clone();
                let end = (at + 4).min(length);
                bytes[at..end].copy_from_slice(&lie[..end - at]);
                if bytes == victim.whole {
                    continue;
                }
                victim.put(&bytes);
                judge(&name, &format!("{lie:02x?} at {at}"), &victim, false);
            }
        }
    }
    assert!(peak_mib() < MOST_MIB, "{} MiB", peak_mib());
}

#[test]
fn a_file_that_shrinks_while_it_is_read_is_refused_or_whole() {
    for (name, victim) in victims(244) {
        for delay_us in [0, 200, 1_000, 4_000] {
            victim.put(&victim.whole);
            let (path, half) = (victim.changed.clone(), victim.whole.len() as u64 / 2);
            let shrinks = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_micros(delay_us));
                let file = std::fs::OpenOptions::new().write(true).open(path).expect("there");
                file.set_len(half).expect("shrunk");
            });
            let can_tell = !["a.csv .csv", "a.wkt .wkt", "t.txt"].contains(&&*name);
            judge(&name, &format!("shrunk after {delay_us} µs"), &victim, can_tell);
            shrinks.join().expect("shrunk");
        }
    }
}

#[test]
fn archives_that_unpack_without_end_are_refused_by_every_reader() {
    for name in [
        "a.geojson",
        "a.csv",
        "a.kml",
        "a.gpx",
        "a.topojson",
        "a.dxf",
        "a.wkt",
        "a.shp",
        "a.fgb",
        "a.gpkg",
        "a.xlsx",
        "x.gdb/a00000001.gdbtable",
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bomb.zip");
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).expect("writable"));
        zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("a member");
        let zeros = vec![b' '; 1 << 20];
        (0..200).for_each(|_| zip.write_all(&zeros).expect("written"));
        zip.finish().expect("finished");
        let began = Instant::now();
        let read = read_layers(&path, &ReadOptions::default(), &Progress::default());
        assert!(began.elapsed() < LONGEST * 3, "{name}: {:?}", began.elapsed());
        // An archive with no layer in it gives none; what it gives is no layer with rows.
        let has_rows = read.iter().any(|layer| layer.as_ref().is_ok_and(|layer| !layer.is_empty()));
        assert!(!has_rows, "{name}: {read:?}");
    }
    assert!(peak_mib() < MOST_MIB, "{} MiB", peak_mib());
}

#[test]
fn names_in_archives_lead_nowhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("out.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).expect("writable"));
    let text = br#"{"type":"FeatureCollection","features":[]}"#;
    for name in ["../../outside.geojson", "/tmp/absolute.geojson", "a/../../b.geojson", "C:\\windows\\c.geojson"] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("a member");
        zip.write_all(text).expect("written");
    }
    zip.finish().expect("finished");
    let before: Vec<_> = std::fs::read_dir(folder.path()).expect("readable").collect();
    let _ = read_layers(&path, &ReadOptions::default(), &Progress::default());
    let after: Vec<_> = std::fs::read_dir(folder.path()).expect("readable").collect();
    assert_eq!(before.len(), after.len(), "nothing is unpacked to the disk");
    assert!(!folder.path().parent().expect("one").join("outside.geojson").exists());
}
