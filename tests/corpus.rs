//! The corpus of the fuzz targets (tests/fuzz), whole and mangled, put into the functions that they fuzz; and texts made to take
//! long there.

#[path = "fuzz/entries.rs"]
mod entries;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// A file and what becomes of it: cut off, a byte changed, a part doubled or left out. The same at every run.
fn mangled(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    const TIMES: usize = 24;
    const SIGNS: &[u8] = b"\"'{}[](),:-0\0\n\xff";
    let mut state = bytes
        .iter()
        .fold(0x9e37_79b9_7f4a_7c15_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    let mut below = move |most: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % most.max(1)
    };
    (0..TIMES).map(move |round| {
        let mut changed = bytes.to_vec();
        let (from, length) = (below(bytes.len()), below(16) + 1);
        let to = (from + length).min(bytes.len());
        match round % 5 {
            0 => changed.truncate(from),
            1 if !changed.is_empty() => changed[from] ^= 1 << below(8),
            2 => drop(changed.drain(from..to)),
            3 => drop(changed.splice(from..from, bytes[from..to].repeat(below(40) + 1))),
            _ if !changed.is_empty() => changed[from] = SIGNS[below(SIGNS.len())],
            _ => {}
        }
        changed
    })
}

#[test]
fn the_corpus_ends_nothing() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    for (name, entry) in entries::ENTRIES {
        let mut files: Vec<_> = std::fs::read_dir(corpus.join(name))
            .expect("a corpus")
            .map(|file| file.expect("an entry").path())
            .collect();
        files.sort();
        assert!(files.len() >= 4, "{name}: {files:?}");
        for file in files {
            let bytes = std::fs::read(&file).expect("readable");
            for (round, bytes) in std::iter::once(bytes.clone()).chain(mangled(&bytes)).enumerate() {
                let done = catch_unwind(AssertUnwindSafe(|| entry(&bytes)));
                assert!(done.is_ok(), "{}, round {round}: {}", file.display(), String::from_utf8_lossy(&bytes));
            }
        }
    }
}

/// A sequence that looks random.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most.max(1)
    }
}

/// A file of a corpus after one to eight changes: as [`mangled`], with parts of its neighbours, and numbers at their limits.
fn changed(files: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    const WORDS: [&[u8]; 12] = [
        b"-1",
        b"0",
        b"1e999",
        b"-0.0",
        b"99999999999999999999",
        b"18446744073709551615",
        b"null",
        b"[[]]",
        b"{}",
        b"\"\"",
        b"\xff\xfe",
        b"\xf0\x9f\x92\xa9",
    ];
    let mut bytes = files[dice.below(files.len())].clone();
    for _ in 0..=dice.below(8) {
        let at = dice.below(bytes.len());
        let to = (at + dice.below(24) + 1).min(bytes.len());
        match dice.below(9) {
            0 => bytes.truncate(at),
            1 | 2 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            3 => drop(bytes.drain(at..to)),
            4 => {
                let part = bytes[at..to].repeat(dice.below(60) + 1);
                drop(bytes.splice(at..at, part));
            }
            5 => {
                let other = &files[dice.below(files.len())];
                let from = dice.below(other.len());
                let until = (from + dice.below(400)).min(other.len());
                drop(bytes.splice(at..to, other[from..until].iter().copied()));
            }
            6 => drop(bytes.splice(at..to, WORDS[dice.below(WORDS.len())].iter().copied())),
            7 => {
                let width = [1, 2, 4, 8][dice.below(4)];
                let end = (at + width).min(bytes.len());
                let fill = [0x00, 0xff, 0x7f, 0x80][dice.below(4)];
                bytes[at..end].fill(fill);
            }
            _ if at < bytes.len() => bytes[at] = b"\"'{}[](),:-0\0\n\xff"[dice.below(15)],
            _ => {}
        }
    }
    bytes.truncate(1 << 20);
    bytes
}

/// `SHANSHUI_CORPUS=60 cargo test --release --test all -- --nocapture the_corpus_is_changed` changes the corpus of every entry for so
/// many seconds, where there is no cargo-fuzz. What ends the process by itself (a stack that overflows) stands in the folder that is told.
#[test]
fn the_corpus_is_changed_for_as_long_as_is_wanted() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let Some(seconds) = number("SHANSHUI_CORPUS") else { return };
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |now| now.as_secs());
    let seed = number("SHANSHUI_SOAK_SEED").unwrap_or(now);
    let folder = std::env::temp_dir().join(format!("shanshui-corpus-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    println!("seed {seed}, what is tried stands in {}", folder.display());
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    std::panic::set_hook(Box::new(|_| {}));
    let mut found = Vec::new();
    for (name, entry) in entries::ENTRIES {
        let entries = std::fs::read_dir(corpus.join(name)).expect("a corpus");
        let mut paths: Vec<_> = entries.map(|file| file.expect("an entry").path()).collect();
        paths.sort();
        let files: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).expect("readable")).collect();
        let mut dice = Dice(seed);
        let (start, mut tried, mut longest) = (Instant::now(), 0_usize, Duration::ZERO);
        while start.elapsed() < Duration::from_secs(seconds) && found.len() < 20 {
            let bytes = changed(&files, &mut dice);
            let now = folder.join(name);
            std::fs::write(&now, &bytes).expect("writable");
            let from = Instant::now();
            let done = catch_unwind(AssertUnwindSafe(|| entry(&bytes)));
            let took = from.elapsed();
            longest = longest.max(took);
            tried += 1;
            if done.is_err() || took > Duration::from_secs(10) {
                let kept = folder.join(format!("{name}-{tried}"));
                std::fs::rename(&now, &kept).expect("renamed");
                let why = done.err().map_or("it took long".to_owned(), |e| {
                    let text = e.downcast_ref::<String>().cloned();
                    text.or_else(|| e.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
                });
                found.push(format!("{}: {}", kept.display(), why.chars().take(300).collect::<String>()));
            }
        }
        println!("{name}: {tried} tried, the longest {} ms", longest.as_millis());
    }
    let _ = std::panic::take_hook();
    assert!(found.is_empty(), "{found:#?}");
    std::fs::remove_dir_all(&folder).expect("ours");
}

#[test]
fn every_entry_has_a_target_and_a_corpus() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).expect("readable");
    for (name, _) in entries::ENTRIES {
        let target = format!("fuzz_targets/{name}.rs");
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"{target}\"")), "{name}");
        let text = std::fs::read_to_string(fuzz.join(&target)).expect("a target");
        assert!(text.contains(&format!("entries::{name}(bytes)")), "{name}");
    }
}

/// A text of about so many bytes: parts one after another, between a beginning and an end.
fn text(begin: &str, part: impl Fn(usize) -> String, end: &str, bytes: usize) -> Vec<u8> {
    let mut text = begin.to_owned();
    for number in 0.. {
        text.push_str(&part(number));
        if text.len() >= bytes {
            break;
        }
    }
    text.push_str(end);
    text.into_bytes()
}

const COLLECTION: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature","#;

/// A polygon of long teeth side by side: their edges lie along one another, turned by `turn`, and meet nowhere.
fn comb(turn: f64, bytes: usize) -> Vec<u8> {
    let (sin, cos) = turn.sin_cos();
    let teeth = bytes / 90;
    let corner = |x: f64, y: f64| format!("[{:.6},{:.6}]", x * cos - y * sin, x * sin + y * cos);
    let height = |k: usize| k as f64 / teeth as f64;
    let tooth = |k: usize| format!("{},{},", corner(0.1, height(2 * k)), corner(1.0, height(2 * k)));
    let gap = |k: usize| format!("{},{},", corner(1.0, height(2 * k + 1)), corner(0.1, height(2 * k + 1)));
    let ring: String = (0..teeth).map(|k| tooth(k) + &gap(k)).collect();
    let (top, bottom) = (corner(0.0, height(2 * teeth)), corner(0.0, 0.0));
    let geometry = format!("[[{bottom},{ring}{top},{bottom}]]");
    format!(r#"{COLLECTION}"properties":null,"geometry":{{"type":"Polygon","coordinates":{geometry}}}}}]}}"#)
        .into_bytes()
}

/// What is made to take long: a name, its entry, and the text of about so many bytes.
type Slow = (&'static str, fn(&[u8]), fn(usize) -> Vec<u8>);

/// Of each kind that was slow once, by the square of its length, and of their siblings.
const SLOW: &[Slow] = &[
    ("arrays of features", entries::geojson, |n| {
        text(r#"{"type":"FeatureCollection","#, |_| r#""features":[],"#.into(), r#""features":[]}"#, n)
    }),
    ("arrays of a feature", entries::geojson, |n| {
        text(r#"{"type":"FeatureCollection","#, |_| r#""features":[{}],"#.into(), r#""features":[]}"#, n)
    }),
    ("systems of coordinates", entries::geojson, |n| {
        text(r#"{"type":"FeatureCollection","#, |_| r#""crs":1,"#.into(), r#""features":[]}"#, n)
    }),
    ("members twice each", entries::geojson, |n| {
        let member = |k: usize| format!(r#""m{k}":1,"m{k}":2,"#);
        text(r#"{"type":"FeatureCollection","#, member, r#""features":[]}"#, n)
    }),
    ("ids of a feature", entries::geojson, |n| {
        text(COLLECTION, |k| format!(r#""id":{k},"#), r#""geometry":null}]}"#, n)
    }),
    ("properties of a feature", entries::geojson, |n| {
        text(COLLECTION, |k| format!(r#""properties":{{"a":{k},"b":1}},"#), r#""geometry":null}]}"#, n)
    }),
    ("geometries of a feature", entries::geojson, |n| {
        let geometry = |k: usize| format!(r#""geometry":{{"type":"Point","coordinates":[{},200]}},"#, k % 100);
        text(COLLECTION, geometry, r#""geometry":null}]}"#, n)
    }),
    ("one property again and again", entries::geojson, |n| {
        text(&format!(r#"{COLLECTION}"properties":{{"#), |_| r#""a":1,"#.into(), r#""b":1},"geometry":null}]}"#, n)
    }),
    ("columns", entries::geojson, |n| {
        let begin = format!(r#"{COLLECTION}"properties":{{"#);
        text(&begin, |k| format!(r#""p{k}":1,"#), r#""b":1},"geometry":null}]}"#, n)
    }),
    ("a column a feature", entries::geojson, |n| {
        let feature = |k: usize| format!(r#"{{"type":"Feature","properties":{{"p{k}":1}},"geometry":null}},"#);
        text(r#"{"type":"FeatureCollection","features":["#, feature, "{}]}", n)
    }),
    ("one id", entries::geojson, |n| {
        let feature = |_| r#"{"type":"Feature","id":1,"properties":null,"geometry":null},"#.to_owned();
        text(r#"{"type":"FeatureCollection","features":["#, feature, "{}]}", n)
    }),
    ("lines", entries::geojson, |n| text("", |_| "{}\n".into(), "", n)),
    ("records", entries::geojson, |n| text("\u{1e}", |_| "{}\n\u{1e}".into(), "", n)),
    ("brackets", entries::geojson, |n| text("", |_| "[".into(), "", n)),
    ("a comb of parallels", entries::geojson, |n| comb(0.0, n)),
    ("a comb of meridians", entries::geojson, |n| comb(std::f64::consts::FRAC_PI_2, n)),
    ("a comb askew", entries::geojson, |n| comb(0.7, n)),
    ("strips of a polygon", entries::geojson, |n| {
        let begin = format!(r#"{COLLECTION}"properties":null,"geometry":{{"type":"MultiPolygon","coordinates":["#);
        let strip = |k: usize| {
            let (a, b) = (k as f64 * 2e-6, k as f64 * 2e-6 + 1e-6);
            format!("[[[0,{a:.6}],[9,{a:.6}],[9,{b:.6}],[0,{b:.6}],[0,{a:.6}]]],")
        };
        text(&begin, strip, "[[[0,-2],[9,-2],[9,-1],[0,-2]]]]}}]}", n)
    }),
    ("petals about a point", entries::geojson, |n| {
        let petals = n / 60;
        let begin = format!(r#"{COLLECTION}"properties":null,"geometry":{{"type":"Polygon","coordinates":[[[0,0],"#);
        let petal = |k: usize| {
            let corner = |part: f64| {
                let (sin, cos) = ((k as f64 + part) / petals as f64 * std::f64::consts::TAU).sin_cos();
                format!("[{cos:.9},{sin:.9}],")
            };
            format!("{}{}[0,0],", corner(0.0), corner(0.5))
        };
        let all: String = (0..petals).map(petal).collect();
        format!("{begin}{}]]}}}}]}}", all.trim_end_matches(',')).into_bytes()
    }),
    ("stretches there and back", entries::geojson, |n| {
        let begin = format!(r#"{COLLECTION}"properties":null,"geometry":{{"type":"Polygon","coordinates":[[[0,0],"#);
        let way = |k: usize| {
            let lat = k as f64 * 1e-4;
            format!("[1,{lat:.4}],[9,{lat:.4}],[1,{lat:.4}],[9,{lat:.4}],")
        };
        text(&begin, way, "[0,80],[0,0]]]}}]}", n)
    }),
    ("holes in a shell of one side", entries::geojson, |n| {
        let begin = format!(r#"{COLLECTION}"properties":null,"geometry":{{"type":"Polygon","coordinates":[[[0,0],"#);
        let side = text(&begin, |k| format!("[9.0{},{:.5}],", k % 2, k as f64 * 1e-4), "[0,90],[0,0]]", n / 2);
        let hole = |k: usize| {
            let (x, y) = (1.0 + (k % 50) as f64 * 0.1, 1e-3 + (k / 50) as f64 * 1e-3);
            format!(",[[{x:.1},{y:.4}],[{x:.1},{:.4}],[{:.2},{y:.4}],[{x:.1},{y:.4}]]", y + 5e-4, x + 0.05)
        };
        text(&String::from_utf8_lossy(&side), hole, "]}}]}", n)
    }),
    ("columns of a late row", entries::geojson, |n| {
        let early = r#"{"type":"Feature","properties":null,"geometry":null},"#.repeat(62);
        let begin = format!(r#"{{"type":"FeatureCollection","features":[{early}{{"type":"Feature","properties":{{"#);
        text(&begin, |k| format!(r#""p{k}":1,"#), r#""b":1},"geometry":null}]}"#, n)
    }),
    ("words", entries::table, |n| {
        let word = |k: usize| {
            format!("[[word]]\nrole = \"outlet\"\nproperty = \"class\"\nvalue = \"v{k}\"\nis = \"工业排污口\"\n")
        };
        text("", word, "", n)
    }),
    ("events of a finding", entries::findings, |n| {
        let begin = r#"{"features":[{"properties":{"id":"a","rule":"r","name":"","verdict":"ban","reason":"","state":"发现","found_on":"","seen_on":"","history":["#;
        text(begin, |k| format!(r#"{{"on":"{k}","what":"x"}},"#), r#"{"on":"","what":""}]}}]}"#, n)
    }),
    ("savings that are begun", entries::journal, |n| {
        let edits = text("{\"edit\":{\"key\":1,\"rows\":[", |k| format!("[{k},\"x\"],"), "[0,\"x\"]]}}\n", n / 2);
        let saving = |k: usize| format!("{{\"saving\":{{\"key\":1,\"state\":{k},\"file\":\"\"}}}}\n");
        text(&String::from_utf8_lossy(&edits), saving, "", n)
    }),
    ("savings that are done", entries::journal, |n| {
        let edits = text("{\"edit\":{\"key\":1,\"rows\":[", |k| format!("[{k},true],"), "[0,true]]}}\n", n / 2);
        let saving = |k: usize| {
            let line = |what: &str, rest: &str| format!("{{\"{what}\":{{\"key\":1,\"state\":{k},{rest}}}}}\n");
            line("saving", "\"file\":\"\"") + &line("saved", "\"stamp\":null")
        };
        text(&String::from_utf8_lossy(&edits), saving, "", n)
    }),
    ("bad rows in a line", entries::journal, |n| {
        let bad = text("{\"edit\":{\"key\":1,\"rows\":[", |k| format!("[{k},7],"), "", n / 2);
        text(&String::from_utf8_lossy(&bad), |k| format!("[{k},\"\"],"), "[0,\"x\"]]}}\n", n)
    }),
    ("bad rows before lines", entries::journal, |n| {
        let bad = text("{\"edit\":{\"key\":1,\"rows\":[", |k| format!("[{k},7],"), "[0,7]]}}\n", n / 2);
        text(&String::from_utf8_lossy(&bad), |_| "{\"edit\":{\"key\":1,\"rows\":[]}}\n".into(), "", n)
    }),
    ("layers of one key", entries::journal, |n| {
        let line = |_| "{\"layer\":{\"key\":1,\"name\":\"\",\"stamp\":null,\"rows\":9}}\n{\"edit\":{\"key\":1,\"rows\":[[1,true]]}}\n";
        text("", |k| line(k).to_owned(), "", n)
    }),
    ("a path", entries::project, |n| text(r#"{"shanshui":1,"layers":[{"file":""#, |_| "a/".into(), r#""}]}"#, n)),
    ("values and words", entries::project, |n| {
        let word = |k: usize| format!(r#"{{"role":"outlet","property":"class","value":"v{k}","is":"工业排污口"}},"#);
        text(
            r#"{"shanshui":1,"layers":[],"words":["#,
            word,
            r#"{"role":"outlet","property":"class","value":"a","is":"b"}]}"#,
            n,
        )
    }),
    ("parameters and conditions", entries::rule, |n| {
        let head = include_str!("fuzz/corpus/rule/within").split("[[parameters]]").next().expect("a head");
        let parameter = |k: usize| {
            format!(
                "[[parameters]]\nname = \"p{k}\"\ntitle = {{ zh = \"a\", en = \"a\" }}\nunit = \"m\"\ndefault = 1.0\nmin = 0.0\nmax = 2.0\n"
            )
        };
        let half = text(head, parameter, "", n / 2);
        let step = |_| {
            "[[steps]]\nkind = \"match\"\nsubject = [\"outlet\"]\nsubject_where = \"a = {p0}\"\nverdict = \"list\"\nreason = { zh = \"a\", en = \"a\" }\n"
                .to_owned()
        };
        text(&String::from_utf8_lossy(&half), step, "", n)
    }),
    ("keys of keys", entries::rule, |n| text("a", |_| ".a".into(), " = 1\n", n)),
    ("tables", entries::rule, |n| text("", |k| format!("[t.a{k}]\n"), "", n)),
    ("brackets of brackets", entries::rule, |n| text("a = ", |_| "[".into(), "", n)),
    ("names", entries::condition, |n| text("concat(", |k| format!("c{k},"), "c0) = ''", n)),
    ("values", entries::condition, |n| text("n IN (", |k| format!("{k},"), "0)", n)),
    ("brackets that are tried twice", entries::condition, |n| text(&"(".repeat(60), |_| "1, a".into(), "", n)),
    ("open brackets", entries::condition, |n| text("", |_| "(((((((((n = 1))))) AND ".into(), "n = 1", n)),
    ("quotes", entries::condition, |n| text("name = '", |_| "''".into(), "'", n)),
    ("digits", entries::condition, |n| text("n = ", |_| "9".into(), "", n)),
    ("signs", entries::condition, |n| text("name LIKE '", |_| "%a".into(), "'", n)),
    ("a collection", entries::condition, |n| {
        text("S_INTERSECTS(geom, GEOMETRYCOLLECTION(", |_| "POINT(1 2 3),".into(), "POINT(1 2 3)))", n)
    }),
    ("a place", entries::condition, |n| {
        let corner = |k: usize| {
            let (sin, cos) = (k as f64 * 1e-3).sin_cos();
            format!("{:.6} {:.6},", (1.0 + k as f64 * 1e-6) * cos, (1.0 + k as f64 * 1e-6) * sin)
        };
        text("S_INTERSECTS(geom, LINESTRING(", corner, "0 0))", n)
    }),
];

/// The time that an entry takes; the least of two.
fn taken(entry: fn(&[u8]), bytes: &[u8]) -> Duration {
    let once = || {
        let from = Instant::now();
        entry(bytes);
        from.elapsed()
    };
    once().min(once())
}

/// Texts made to take long are read to their end. With `SHANSHUI_SCALE=1`, on a machine that does nothing else, every time is
/// told for a MiB and held to: four times the text may take five times as long, and as much again; not sixteen times.
#[test]
fn no_text_takes_the_square_of_its_length() {
    const BYTES: usize = 48 << 10;
    let is_told = std::env::var_os("SHANSHUI_SCALE").is_some();
    let mut slow = Vec::new();
    for (name, entry, of) in SLOW {
        if is_told {
            eprintln!("{name}: {:?}", taken(*entry, &of(1 << 20)));
        }
        if !is_told {
            entry(&of(BYTES));
            continue;
        }
        let is_slow = || {
            let long = taken(*entry, &of(4 * BYTES));
            long > Duration::from_millis(100) && long > taken(*entry, &of(BYTES)) * 10
        };
        if (0..3).all(|_| is_slow()) {
            slow.push(name);
        }
    }
    assert!(slow.is_empty(), "{slow:?}");
}
