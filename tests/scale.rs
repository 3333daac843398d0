//! The oracles again on layers large enough for every shortcut: trees of several levels, cells, blocks of a file.
//!
//! `SHANSHUI_SCALE=10 cargo test --release --test all scale::` makes them ten times as large.

use crate::common::{along, exported, layer_of, number};
use geo::algorithm::{Area, BooleanOps, Contains};
use geo::geometry::{LineString, MultiPolygon, Point, Polygon};
use serde_json::{Value, json};
use shanshui::geodesy::{LocalFrame, LonLat};
use shanshui::io::{ReadOptions, read_layer, read_layer_bytes};
use shanshui::model::{Layer, SourceChanged};
use shanshui::progress::Progress;
use shanshui::query::{Layers, Question, Side, ask};
use std::sync::Arc;

fn scale() -> usize {
    std::env::var("SHANSHUI_SCALE").ok().and_then(|s| s.parse().ok()).unwrap_or(1)
}

/// A sequence that looks random and is the same everywhere (Knuth's MMIX).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn between(&mut self, min: f64, max: f64) -> f64 {
        min + (max - min) * self.roll()
    }

    fn place(&mut self, width: f64, height: f64) -> LonLat {
        LonLat::new(121.0 + self.between(0.0, width), 31.0 + self.between(0.0, height))
    }

    /// A jagged ring about a place.
    fn ring(&mut self, center: LonLat, size_deg: f64) -> Vec<LonLat> {
        let n = 5 + (self.roll() * 20.0) as usize;
        let mut ring: Vec<LonLat> = (0..n)
            .map(|i| {
                let (s, c) = (i as f64 / n as f64 * std::f64::consts::TAU).sin_cos();
                let r = size_deg * self.between(0.4, 1.0);
                LonLat::new(center.lon + r * c, center.lat + r * s)
            })
            .collect();
        ring.push(ring[0]);
        ring
    }
}

fn coordinates(path: &[LonLat]) -> Vec<[f64; 2]> {
    path.iter().map(|p| [(p.lon * 1e7).round() / 1e7, (p.lat * 1e7).round() / 1e7]).collect()
}

fn rounded(path: &[LonLat]) -> Vec<LonLat> {
    coordinates(path).into_iter().map(LonLat::from).collect()
}

/// Karney's distance from a place to the nearest of many edges: a plain look in a plane at all of them, then the slow
/// way for those that come close to the best.
fn slow_nearest(p: LonLat, edges: &[[LonLat; 2]]) -> f64 {
    let cos = p.lat.to_radians().cos();
    let xy = |q: LonLat| [(q.lon - p.lon) * cos * 111_320.0, (q.lat - p.lat) * 110_900.0];
    let rough = |[a, b]: &[LonLat; 2]| {
        let ([ax, ay], [bx, by]) = (xy(*a), xy(*b));
        let (ux, uy) = (bx - ax, by - ay);
        let length_2 = ux * ux + uy * uy;
        let t = if length_2 > 0.0 { (-(ax * ux + ay * uy) / length_2).clamp(0.0, 1.0) } else { 0.0 };
        (ax + t * ux).hypot(ay + t * uy)
    };
    let least = edges.iter().map(rough).fold(f64::INFINITY, f64::min);
    let near = edges.iter().filter(|edge| rough(edge) <= least * 1.02 + 1.0);
    near.map(|[a, b]| crate::common::slow_distance(p, *a, *b)).fold(f64::INFINITY, f64::min)
}

fn edges(paths: &[Vec<LonLat>]) -> Vec<[LonLat; 2]> {
    paths.iter().flat_map(|path| path.windows(2).map(|e| [e[0], e[1]])).collect()
}

#[test]
fn ten_thousand_outlets_lie_where_karney_has_them() {
    let mut dice = Dice(1);
    let shores: Vec<Vec<LonLat>> = (0..4)
        .map(|_| {
            let mut at = dice.place(1.0, 0.6);
            let path: Vec<LonLat> = (0..300)
                .map(|_| {
                    at = LonLat::new(at.lon + dice.between(-0.004, 0.006), at.lat + dice.between(-0.005, 0.005));
                    at
                })
                .collect();
            rounded(&path)
        })
        .collect();
    let outlets: Vec<LonLat> = rounded(&(0..10_500 * scale()).map(|_| dice.place(1.2, 0.8)).collect::<Vec<_>>());
    let points: Vec<Value> = outlets.iter().map(|p| json!({"type": "Point", "coordinates": [p.lon, p.lat]})).collect();
    let lines: Vec<Value> =
        shores.iter().map(|s| json!({"type": "LineString", "coordinates": coordinates(s)})).collect();
    let (subject, reference) = (layer_of(&points), layer_of(&lines));
    let question = Question::Within { distance_m: 2_000.0, side: Side::Within };
    let layers = Layers::of(Arc::clone(&subject)).and(Arc::clone(&reference));
    let found = ask(&question, &layers, &Progress::default()).expect("an answer");
    let mut distances = vec![None; outlets.len()];
    for feature in &exported(&question, &subject, Some(&reference)).features {
        let Some(geojson::feature::Id::Number(id)) = &feature.id else { panic!("an id") };
        distances[id.as_u64().expect("a row") as usize] = Some(number(feature, "distance_m"));
    }
    assert_eq!(found.summary.matched, distances.iter().flatten().count());
    let edges = edges(&shores);
    for (p, ours) in outlets.iter().zip(distances) {
        let theirs = slow_nearest(*p, &edges);
        match ours {
            Some(ours) => assert!((ours - theirs).abs() < 1e-3, "{p:?}: {ours} {theirs}"),
            None => assert!(theirs > 2_000.0, "{p:?}: {theirs}"),
        }
    }
}

#[test]
fn homes_lack_a_park_exactly_where_it_is_too_far() {
    let mut dice = Dice(2);
    // As dense, over more land.
    let wider = (scale() as f64).sqrt();
    let rings = |dice: &mut Dice, n: usize, size: f64| -> Vec<Vec<LonLat>> {
        (0..n)
            .map(|_| {
                let c = dice.place(0.12 * wider, 0.1 * wider);
                let s = size * dice.between(0.3, 1.0);
                rounded(&dice.ring(c, s))
            })
            .collect()
    };
    let parks = rings(&mut dice, 150 * scale(), 0.0015);
    let homes = rings(&mut dice, 400 * scale(), 0.003);
    let polygons = |rings: &[Vec<LonLat>]| -> Vec<Value> {
        rings.iter().map(|r| json!({"type": "Polygon", "coordinates": [coordinates(r)]})).collect()
    };
    let (demand, facilities) = (layer_of(&polygons(&homes)), layer_of(&polygons(&parks)));
    let radius = 500.0;
    let question = Question::Gaps { radius_m: radius, min_area_m2: 0.0, people: None };
    let mut gaps: Vec<Option<MultiPolygon>> = vec![None; homes.len()];
    for feature in exported(&question, &demand, Some(&facilities)).features {
        let Some(geojson::feature::Id::Number(id)) = &feature.id else { panic!("an id") };
        let row = id.as_u64().expect("a row") as usize;
        let geometry: geo::Geometry = feature.geometry.expect("a geometry").try_into().expect("readable");
        gaps[row] = Some(match geometry {
            geo::Geometry::Polygon(p) => MultiPolygon::new(vec![p]),
            geo::Geometry::MultiPolygon(m) => m,
            other => panic!("{other:?}"),
        });
    }
    let edges = edges(&parks);
    let outline = |ring: &[LonLat]| LineString::from_iter(ring.iter().map(|p| (p.lon, p.lat)));
    let grounds: Vec<Polygon> = parks.iter().map(|p| Polygon::new(outline(p), Vec::new())).collect();
    let (mut cut, mut looked) = (0, 0);
    for (home, gap) in homes.iter().zip(&gaps) {
        let ground = Polygon::new(outline(home), Vec::new());
        cut += usize::from(gap.as_ref().is_some_and(|gap| gap.unsigned_area() < ground.unsigned_area() * 0.999));
        for _ in 0..6 {
            // Well inside, for on the border either answer is right.
            let mut corner = || home[(dice.roll() * (home.len() - 1) as f64) as usize];
            let (a, b, c) = (corner(), corner(), corner());
            let p = along(along(a, b, 0.37), c, 0.43);
            let place = Point::new(p.lon, p.lat);
            let border: Vec<[LonLat; 2]> = home.windows(2).map(|e| [e[0], e[1]]).collect();
            if !ground.contains(&place) || slow_nearest(p, &border) < 0.5 {
                continue;
            }
            let inside = grounds.iter().any(|park| park.contains(&place));
            let nearest = if inside { 0.0 } else { slow_nearest(p, &edges) };
            // The curve is a polygon within 0.02 % of the radius; a sliver is 0.1 m wide.
            if (nearest - radius).abs() > 0.2 {
                looked += 1;
                let in_gap = gap.as_ref().is_some_and(|gap| gap.contains(&place));
                assert_eq!(in_gap, nearest > radius, "{p:?} {nearest}");
            }
        }
    }
    assert!(cut > 20 * scale() && looked > 500 * scale(), "{cut} {looked}");
}

#[test]
fn plots_overlap_counties_as_geo_cuts_them() {
    let mut dice = Dice(3);
    let counties: Vec<Vec<LonLat>> = (0..8)
        .map(|_| {
            let c = dice.place(0.6, 0.4);
            let s = dice.between(0.05, 0.2);
            rounded(&dice.ring(c, s))
        })
        .collect();
    let plots: Vec<Vec<LonLat>> = (0..600 * scale())
        .map(|_| {
            let c = dice.place(0.6, 0.4);
            let s = dice.between(0.001, 0.006);
            rounded(&dice.ring(c, s))
        })
        .collect();
    let polygons = |rings: &[Vec<LonLat>]| -> Vec<Value> {
        rings.iter().map(|r| json!({"type": "Polygon", "coordinates": [coordinates(r)]})).collect()
    };
    let found = exported(&Question::Overlap, &layer_of(&polygons(&plots)), Some(&layer_of(&polygons(&counties))));
    let mut pairs = 0;
    for (i, plot) in plots.iter().enumerate() {
        let frame = LocalFrame::at(plot[0]);
        let plane =
            |ring: &[LonLat]| Polygon::new(LineString::from_iter(ring.iter().map(|p| frame.to_xy(*p))), Vec::new());
        let own = plane(plot);
        for (k, county) in counties.iter().enumerate() {
            let area = own.intersection(&plane(county)).unsigned_area();
            let id = geojson::feature::Id::String(format!("{i}+{k}"));
            let ours = found.features.iter().find(|f| f.id == Some(id.clone())).map(|f| number(f, "area_m2"));
            pairs += usize::from(ours.is_some());
            // The plane is off by a millionth at most over a plot.
            match ours {
                Some(ours) => {
                    assert!((ours / area - 1.0).abs() < 1e-4 || (ours - area).abs() < 0.5, "{i}+{k}: {ours} {area}")
                }
                None => assert!(area < 1.5, "{i}+{k}: {area}"),
            }
        }
    }
    assert_eq!(pairs, found.features.len());
    assert!(pairs > 300 * scale());
}

/// A text of more than four mebibytes, so that it is read from its file in blocks, with what can be wrong in it.
fn large_text() -> String {
    let mut dice = Dice(4);
    let mut text = String::from("{\"type\":\"FeatureCollection\",\n\"name\":\"大图层\",\"features\":[\n");
    for i in 0..12_000 {
        let center = dice.place(3.0, 3.0);
        let mut ring = dice.ring(center, 0.01);
        match i % 1_000 {
            7 => ring.swap(1, 3),
            8 => drop(ring.pop()),
            9 => ring[2].lon = 200.0,
            _ => {}
        }
        let id = if i % 4_000 == 1 { 1 } else { i };
        let geometry = json!({"coordinates": [coordinates(&ring)], "type": "Polygon"});
        let separator = if i == 0 { "" } else { ",\n" };
        let note = if i % 500 == 3 { "},{\\\"type\\\":\\\"Feature\\\"" } else { "公园" };
        text += &format!(
            "{separator}{{\"type\":\"Feature\",\"id\":{id},\"properties\":{{\"name\":\"{note}{i}\",\"area\":1.50}},\n\"geometry\":{geometry}}}"
        );
    }
    text + "\n]}\n"
}

fn told(layer: &Layer) -> String {
    let rows: Vec<String> = (0..layer.len())
        .map(|row| {
            let text = shanshui::io::geojson::feature_text(layer, row).expect("readable");
            let positions = layer.geometries.positions_of(row);
            format!("{} {:?} {positions:?} {}", String::from_utf8_lossy(&text), layer.id_json(row), layer.label(row))
        })
        .collect();
    let (name, bounds, unusable) = (&layer.name, layer.bounds, &layer.unusable);
    format!("{name} {bounds:?} {unusable:?} {:?}\n{}", layer.problems, rows.join("\n"))
}

#[test]
fn a_large_file_is_read_as_it_would_be_from_memory() {
    let text = large_text();
    assert!(text.len() > 4 << 20, "{}", text.len());
    let (options, progress) = (ReadOptions::default(), Progress::default());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large.geojson");
    std::fs::write(&path, &text).expect("writable");
    let from_file = read_layer(&path, &options, &progress).expect("readable");
    let from_memory = read_layer_bytes(text.as_bytes(), "large.geojson", &options, &progress).expect("readable");
    assert!(told(&from_file) == told(&from_memory), "the two differ");
    assert!(from_file.problems.len() > 36 && from_file.problems.iter().all(|p| p.place.is_some()));
    assert_eq!(from_file.source.digest.sha256().expect("there"), from_memory.source.digest.sha256().expect("known"));
    assert!(from_file.as_read.text.kept().len() < text.len() / 2, "the coordinates were left in the file");

    // A place inside of it that is no longer JSON is told alike.
    let broken = text.replacen("\"公园7000\"", "NaN", 1);
    std::fs::write(&path, &broken).expect("writable");
    let from_file = read_layer(&path, &options, &progress).expect_err("not JSON");
    assert_eq!(
        from_file,
        read_layer_bytes(broken.as_bytes(), "large.geojson", &options, &progress).expect_err("not JSON")
    );
    // Bytes of another encoding are converted, whatever the size.
    let (gbk, _, _) = encoding_rs::GB18030.encode(&text);
    std::fs::write(&path, &gbk).expect("writable");
    let layer = read_layer(&path, &options, &progress).expect("readable");
    assert_eq!((layer.encoding.as_str(), layer.name.as_str(), layer.len()), ("gb18030", "大图层", 12_000));
}

#[test]
fn an_answer_is_not_written_from_a_file_that_was_changed() {
    let text = large_text();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large.geojson");
    std::fs::write(&path, &text).expect("writable");
    let layer = read_layer(&path, &ReadOptions::default(), &Progress::default()).expect("readable");
    let layer = Arc::new(shanshui::index::IndexedLayer::new(Arc::new(layer)));
    let layers = Layers::of(Arc::clone(&layer)).and(layer);
    let answer = ask(&Question::Nearest { max_m: None }, &layers, &Progress::default()).expect("an answer");
    let written = answer.to_geojson("near", &layers, "t").expect("the file is as it was");
    let collection: Value = serde_json::from_slice(&written).expect("JSON");
    let original: Value = serde_json::from_str(&text).expect("JSON");
    for (ours, theirs) in collection["features"]
        .as_array()
        .expect("features")
        .iter()
        .zip(original["features"].as_array().expect("features"))
        .take(5)
    {
        assert_eq!(ours["geometry"], theirs["geometry"]);
    }
    // Touched, written again as it was, longer behind what is needed: it still says the same.
    let wait = || std::thread::sleep(std::time::Duration::from_millis(30));
    let as_it_was: [&dyn Fn(); 3] = [
        &|| {
            let file = std::fs::File::options().append(true).open(&path).expect("there");
            file.set_modified(std::time::SystemTime::UNIX_EPOCH).expect("own");
        },
        &|| std::fs::write(&path, &text).expect("writable"),
        &|| std::fs::write(&path, format!("{text} ")).expect("writable"),
    ];
    for change in as_it_was {
        wait();
        change();
        assert!(answer.to_geojson("near", &layers, "t").expect("the same") == written);
    }
    // Another digit of as many, none at all, and nothing where it was.
    let other = text.replace('1', "2");
    for changed in [other.as_str(), "", text.split("公园6000").next().expect("a half")] {
        wait();
        std::fs::write(&path, changed).expect("writable");
        let error = answer.to_geojson("near", &layers, "t").expect_err("changed");
        let changed = error.get_ref().and_then(|e| e.downcast_ref::<SourceChanged>());
        assert_eq!(changed, Some(&SourceChanged("large.geojson".to_owned())));
    }
}

#[test]
fn a_large_layer_is_edited_and_saved_after_its_file_was_touched() {
    let text = large_text();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large.geojson");
    std::fs::write(&path, &text).expect("writable");
    let layer = read_layer(&path, &ReadOptions::default(), &Progress::default()).expect("readable");
    assert!(layer.as_read.text.kept().len() < text.len(), "coordinates were left in the file");
    let file = std::fs::File::options().append(true).open(&path).expect("there");
    file.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(60)).expect("own");
    let geometry = layer.geometries.geometry(0).expect("located");
    let edited = shanshui::io::geojson::edited(&layer, 0, Some(&geometry), &[]).expect("the file is as it was");
    let now = layer.with_edits(&[(0, Some(edited))]);
    shanshui::session::save_layer(&now, &path, &shanshui::progress::Progress::default())
        .expect("the file is as it was");
    let again = read_layer(&path, &ReadOptions::default(), &Progress::default()).expect("readable");
    assert_eq!(again.len(), layer.len());
    assert!(again.rows().skip(1).all(|row| again.geometries.positions_of(row) == layer.geometries.positions_of(row)));
}
