//! Features changed: new bytes from the old ones, with nothing touched but what was changed.

use super::converted::written_position;
use super::geometry::geometry_text;
use super::scanner::{Scanner, SyntaxError};
use super::write::{FeatureWriter, OutGeometry, SEPARATOR, own_text, push_string, rounded_position};
use crate::geodesy::LonLat;
use crate::i18n::{Lang, tr};
use crate::io::{ReadOptions, read_layer_bytes};
use crate::model::{Edited, Geometry, Layer, Span};
use crate::progress::{Cancelled, Progress};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// A property, and what becomes of it.
pub type Member = (String, Put);

/// What becomes of a property.
#[derive(Clone, Debug, PartialEq)]
pub enum Put {
    /// It has this value.
    Value(serde_json::Value),
    /// It has this value, as it is written: no digit of a long number is lost.
    Json(String),
    /// It has another name, at its place.
    Renamed(String),
    /// It is gone.
    Gone,
}

/// Why a feature could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The row is gone.
    #[error("the feature is gone")]
    Gone,
    /// What was left in the file cannot be read back.
    #[error("{0}")]
    Source(String),
    /// Its borders go round nothing.
    #[error("its borders go round no ground")]
    NoArea,
    /// A line does not go through what it is to split.
    #[error("the line does not go through it")]
    NotThrough,
    /// A line meets the border fewer than two times.
    #[error("the line meets the border fewer than two times")]
    NotTwice,
    /// Features of different shapes cannot be joined.
    #[error("points, lines and areas cannot be merged with one another")]
    Unlike,
    /// A hole that is not inside.
    #[error("the hole lies not wholly inside the area")]
    NotInside,
    /// A part that overlaps the others, or is of another shape.
    #[error("a part must be of the same shape and lie beside the others")]
    NotBeside,
    /// Nothing would be left.
    #[error("nothing would be left of it")]
    NothingLeft,
    /// There is a column of this name already.
    #[error("there is a column '{0}' already")]
    ColumnIsThere(String),
    /// It was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The bytes are no feature.
    #[error("not a GeoJSON feature: {0}")]
    NotAFeature(String),
}

impl EditError {
    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::Gone => tr!(lang, "edit.gone"),
            Self::Source(cause) => tr!(lang, "edit.source", cause = cause),
            Self::NoArea => tr!(lang, "edit.no_area"),
            Self::NotThrough => tr!(lang, "edit.not_through"),
            Self::NotTwice => tr!(lang, "edit.not_twice"),
            Self::Unlike => tr!(lang, "edit.unlike"),
            Self::NotInside => tr!(lang, "edit.not_inside"),
            Self::NotBeside => tr!(lang, "edit.not_beside"),
            Self::NothingLeft => tr!(lang, "edit.nothing_left"),
            Self::ColumnIsThere(name) => tr!(lang, "edit.column_is_there", name = name),
            Self::Cancelled(_) => tr!(lang, "edit.cancelled"),
            Self::NotAFeature(cause) => tr!(lang, "edit.not_a_feature", cause = cause),
        }
        .into_owned()
    }
}

/// The properties of a row, as another feature may have them.
fn members(layer: &Layer, row: usize) -> Vec<Member> {
    let columns = layer.attributes.columns_of(row).into_iter();
    columns
        .filter_map(|column| {
            let json = layer.attributes.json(row, column)?.into_owned();
            Some((layer.attributes.names()[column].to_string(), Put::Json(json)))
        })
        .collect()
}

/// A row of a layer with another geometry, or other properties, or both. What it does not speak of keeps its bytes:
/// other members, their order, third coordinates of corners that stay.
///
/// # Errors
/// [`EditError`]: the row is gone, or its bytes cannot be read back.
pub fn edited(layer: &Layer, row: usize, geometry: Option<&Geometry>, members: &[Member]) -> Result<Edited, EditError> {
    read_feature(edited_text(layer, row, geometry, members)?)
}

fn edited_text(
    layer: &Layer,
    row: usize,
    geometry: Option<&Geometry>,
    members: &[Member],
) -> Result<Vec<u8>, EditError> {
    changed(&saved_text(layer, row)?, geometry, members).map_err(|e| EditError::NotAFeature(e.cause.message(Lang::En)))
}

/// The bytes of a row as it would be saved: in longitude and latitude.
///
/// # Errors
/// As [`edited`].
pub fn saved_text(layer: &Layer, row: usize) -> Result<Vec<u8>, EditError> {
    let source = |e: std::io::Error| EditError::Source(e.to_string());
    let Some((home, own)) = layer.home(row) else { return Err(EditError::Gone) };
    if home.reprojected && home.as_read.table.is_none() {
        let mut writer = FeatureWriter { layer, other: None, names: &[], texts: &[], out: Vec::new() };
        writer.feature(row, None, &[], &OutGeometry::Unchanged).map_err(source)?;
        return Ok(writer.out);
    }
    Ok(own_text(home, own).map_err(source)?.into_owned())
}

/// Rows that share one text, and may be let go together.
const ROWS_AT_ONCE: usize = 4_096;

/// What becomes of a row: its own new bytes, and features more that are made of it.
#[derive(Debug, Default)]
pub struct Rewritten {
    /// Its own bytes, where they change.
    own: Option<Vec<u8>>,
    /// Those of features more.
    more: Vec<Vec<u8>>,
}

impl Rewritten {
    /// As [`edited`] would change the row.
    ///
    /// # Errors
    /// As [`edited`].
    pub fn own(layer: &Layer, row: usize, geometry: Option<&Geometry>, members: &[Member]) -> Result<Self, EditError> {
        Ok(Self { own: Some(edited_text(layer, row, geometry, members)?), more: Vec::new() })
    }

    /// A feature more, with the properties of a row.
    ///
    /// # Errors
    /// As [`made`].
    pub fn with_more(mut self, layer: &Layer, like: usize, geometry: &Geometry) -> Result<Self, EditError> {
        self.more.push(made_text(geometry, &members(layer, like))?);
        Ok(self)
    }
}

/// Rows of a layer as `rewrite` says, on all cores, and the features more behind the layer's last row; one text for many.
///
/// # Errors
/// Those of `rewrite`; or it was stopped.
pub fn rewritten_rows<T: Sync>(
    layer: &Layer,
    items: &[T],
    rewrite: impl Fn(&T) -> Result<(usize, Rewritten), EditError> + Sync,
    progress: &Progress,
) -> Result<Vec<(usize, Option<Edited>)>, EditError> {
    progress.start(items.len() as u64);
    let block = |items: &[T]| {
        let (mut rows, mut texts, mut more) = (Vec::new(), Vec::new(), Vec::new());
        for item in items {
            progress.advance(1)?;
            let (row, rewritten) = rewrite(item)?;
            rows.extend(rewritten.own.is_some().then_some(row));
            texts.extend(rewritten.own);
            more.extend(rewritten.more);
        }
        texts.append(&mut more);
        Ok((rows, read_features(&texts)?))
    };
    let blocks = items.par_chunks(ROWS_AT_ONCE).map(block).collect::<Result<Vec<_>, EditError>>()?;
    let (mut changes, mut added) = (Vec::new(), Vec::new());
    for (rows, mut features) in blocks {
        added.extend(features.split_off(rows.len()).into_iter().map(Some));
        changes.extend(rows.into_iter().zip(features.into_iter().map(Some)));
    }
    changes.extend((layer.len()..).zip(added));
    Ok(changes)
}

/// Rows of a layer with other properties.
///
/// # Errors
/// As [`edited`]; or it was stopped.
pub fn edited_rows<M: AsRef<[Member]>>(
    layer: &Layer,
    rows: &[usize],
    members: impl Fn(usize) -> M + Sync,
    progress: &Progress,
) -> Result<Vec<(usize, Option<Edited>)>, EditError> {
    rewritten_rows(layer, rows, |row| Ok((*row, Rewritten::own(layer, *row, None, members(*row).as_ref())?)), progress)
}

/// A feature that no file has.
///
/// # Errors
/// [`EditError::NotAFeature`]; not for geometries that the program makes.
pub fn made(geometry: &Geometry, members: &[Member]) -> Result<Edited, EditError> {
    read_feature(made_text(geometry, members)?)
}

fn made_text(geometry: &Geometry, members: &[Member]) -> Result<Vec<u8>, EditError> {
    let text = changed(br#"{"type":"Feature","properties":{},"geometry":null}"#, Some(geometry), members);
    text.map_err(|e| EditError::NotAFeature(e.cause.message(Lang::En)))
}

/// A geometry from its JSON, by the reader of files; `None` where it is none that can be used.
pub fn geometry_of(json: &serde_json::Value) -> Option<Geometry> {
    let text = format!(r#"{{"type":"Feature","properties":{{}},"geometry":{json}}}"#);
    match read_feature(text.into_bytes()).ok()? {
        Edited::Feature(layer, row) => layer.geometries.geometry(row as usize),
        Edited::Gone => None,
    }
}

/// A feature from its bytes, by the reader of files.
///
/// # Errors
/// [`EditError::NotAFeature`]
pub fn read_feature(text: Vec<u8>) -> Result<Edited, EditError> {
    Ok(Edited::Feature(Arc::new(read_layer_of(&text, 1)?), 0))
}

/// Features from their bytes, in their order; many share one layer.
///
/// # Errors
/// [`EditError::NotAFeature`]
pub fn read_features<T: AsRef<[u8]>>(texts: &[T]) -> Result<Vec<Edited>, EditError> {
    let mut features = Vec::with_capacity(texts.len());
    for texts in texts.chunks(ROWS_AT_ONCE) {
        // A text that is a geometry alone is no feature of a collection.
        match texts.iter().all(|text| memchr::memmem::find(text.as_ref(), b"\"Feature\"").is_some()) {
            true => features.extend(read_together(texts)?),
            false => {
                for text in texts {
                    features.push(read_feature(text.as_ref().to_vec())?);
                }
            }
        }
    }
    Ok(features)
}

fn read_together<T: AsRef<[u8]>>(texts: &[T]) -> Result<impl Iterator<Item = Edited> + use<T>, EditError> {
    let mut all = br#"{"type":"FeatureCollection","features":["#.to_vec();
    for (i, text) in texts.iter().enumerate() {
        all.extend_from_slice(if i > 0 { SEPARATOR } else { b"" });
        all.extend_from_slice(text.as_ref());
    }
    all.extend_from_slice(b"]}");
    let layer = Arc::new(read_layer_of(&all, texts.len())?);
    Ok((0..texts.len()).map(move |row| Edited::Feature(Arc::clone(&layer), row as u32)))
}

fn read_layer_of(text: &[u8], features: usize) -> Result<Layer, EditError> {
    let layer = read_layer_bytes(text, "", &ReadOptions::default(), &Progress::default())
        .map_err(|e| EditError::NotAFeature(e.to_string()))?;
    if layer.len() == features { Ok(layer) } else { Err(EditError::NotAFeature(format!("{} features", layer.len()))) }
}

/// The bytes of a feature with another geometry and other properties.
fn changed(text: &[u8], geometry: Option<&Geometry>, members: &[Member]) -> Result<Vec<u8>, SyntaxError> {
    let mut own: Vec<(Span, Span)> = Vec::new();
    Scanner::new(text).members(|s, name| {
        own.push((name, s.value()?));
        Ok::<(), SyntaxError>(())
    })?;
    let is_feature = own.iter().any(|(n, v)| n.of(text) == b"type" && v.of(text) == b"\"Feature\"");
    if !is_feature {
        // A file that was a geometry alone becomes a feature around it.
        let around = [br#"{"type":"Feature","properties":{},"geometry":"#, text.trim_ascii(), b"}"].concat();
        return changed(&around, geometry, members);
    }
    let mut out = Vec::with_capacity(text.len() + 64);
    let mut kept = 0;
    let mut has = [false; 2];
    for (i, (name, value)) in own.iter().enumerate() {
        match (name.of(text), geometry) {
            (b"geometry", Some(geometry)) => {
                has[0] = true;
                out.extend_from_slice(&text[kept..value.start]);
                let tails = tails(value.of(text));
                out.extend(geometry_text(geometry, |p, out| {
                    let tail = |p: LonLat| tails.get(&[p.lon, p.lat].map(f64::to_bits));
                    // A position that was converted is written with nine decimals.
                    if let Some(tail) = tail(p).or_else(|| tail(rounded_position(p))) {
                        out.extend_from_slice(tail);
                    }
                }));
                kept = value.end;
            }
            (b"bbox", Some(_)) => {
                // It speaks of the geometry that was. Out with the comma before it, or else behind it.
                let from = if i > 0 { own[i - 1].1.end } else { name.start - 1 };
                let to = if i == 0 && own.len() > 1 { own[1].0.start - 1 } else { value.end };
                out.extend_from_slice(&text[kept.min(from)..from.max(kept)]);
                kept = to;
            }
            (b"properties", _) if !members.is_empty() => {
                has[1] = true;
                out.extend_from_slice(&text[kept..value.start]);
                push_properties(value.of(text), members, &mut out)?;
                kept = value.end;
            }
            _ => {}
        }
    }
    let end = text.trim_ascii_end().len() - 1;
    out.extend_from_slice(&text[kept..end]);
    if let (Some(geometry), false) = (geometry, has[0]) {
        out.extend_from_slice(b",\"geometry\":");
        out.extend(geometry_text(geometry, |_, _| {}));
    }
    if !has[1] && !members.is_empty() {
        out.extend_from_slice(b",\"properties\":");
        push_properties(b"{}", members, &mut out)?;
    }
    out.push(b'}');
    Ok(out)
}

/// A properties object with some members set or removed; those that stay keep their bytes and places.
fn push_properties(own: &[u8], members: &[Member], out: &mut Vec<u8>) -> Result<(), SyntaxError> {
    let own = if own.first() == Some(&b'{') { own } else { b"{}" };
    let mut set: Vec<(&str, &Put)> = members.iter().map(|(name, put)| (name.as_str(), put)).collect();
    let mut first = true;
    let mut comma = |out: &mut Vec<u8>| {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
    };
    out.push(b'{');
    Scanner::new(own).members(|s, name| {
        let value = s.value()?;
        // Names are compared as they are meant.
        let quoted = &own[name.start - 1..name.end + 1];
        let meant: String = serde_json::from_slice(quoted).unwrap_or_default();
        let new = set.iter().position(|(n, _)| *n == meant).map(|i| set.remove(i).1);
        match new {
            None => {
                comma(out);
                out.extend_from_slice(&own[name.start - 1..value.end]);
            }
            Some(Put::Value(new)) => {
                comma(out);
                out.extend_from_slice(quoted);
                out.push(b':');
                out.extend_from_slice(new.to_string().as_bytes());
            }
            Some(Put::Json(new)) => {
                comma(out);
                out.extend_from_slice(quoted);
                out.push(b':');
                out.extend_from_slice(new.as_bytes());
            }
            Some(Put::Renamed(name)) => {
                comma(out);
                push_string(out, name);
                out.push(b':');
                out.extend_from_slice(value.of(own));
            }
            Some(Put::Gone) => {}
        }
        Ok::<(), SyntaxError>(())
    })?;
    for (name, put) in set {
        let written = match put {
            Put::Value(value) => value.to_string(),
            Put::Json(json) => json.clone(),
            Put::Renamed(_) | Put::Gone => continue,
        };
        comma(out);
        push_string(out, name);
        out.push(b':');
        out.extend_from_slice(written.as_bytes());
    }
    out.push(b'}');
    Ok(())
}

/// What follows the two coordinates of positions, by their bits and as it is written: third coordinates, and what some write
/// behind them.
fn tails(geometry: &[u8]) -> HashMap<[u64; 2], &[u8]> {
    fn walk<'t>(s: &mut Scanner<'t>, found: &mut HashMap<[u64; 2], &'t [u8]>) -> Result<(), SyntaxError> {
        match written_position(s)? {
            Some((_, [])) => Ok(()),
            Some((position, tail)) => {
                found.insert(position.map(f64::to_bits), tail);
                Ok(())
            }
            None if s.peek() == Some(b'[') => s.elements(|s| walk(s, found)),
            None => s.value().map(drop),
        }
    }
    let mut found = HashMap::new();
    // The text was read before, so it scans.
    let _ = Scanner::new(geometry).members(|s, name| match name.of(geometry) {
        b"coordinates" => walk(s, &mut found),
        _ => s.value().map(drop),
    });
    found
}

#[cfg(test)]
mod tests {
    use super::super::layer_file::write_layer;
    use super::super::table_row::feature_text;
    use super::*;
    use crate::model::GeometryKind;
    use proptest::prelude::*;

    fn layer(text: &str) -> Layer {
        read_layer_bytes(text.as_bytes(), "t.geojson", &ReadOptions::default(), &Progress::default()).expect("readable")
    }

    fn saved(layer: &Layer) -> String {
        let mut out = Vec::new();
        write_layer(layer, &mut out).expect("memory");
        String::from_utf8(out).expect("UTF-8")
    }

    fn point(lon: f64, lat: f64) -> Geometry {
        Geometry { kind: GeometryKind::Point, parts: vec![vec![vec![LonLat::new(lon, lat)]]] }
    }

    const TEXT: &str = concat!(
        "{ \"type\":\"FeatureCollection\", \"x\":[1], \"features\": [\n",
        "  { \"id\" : 7, \"type\":\"Feature\", \"bbox\":[1,2,1,2], \"geometry\":{\"type\":\"Point\",\"coordinates\":[1.50,2.0]}, \"properties\":{\"a\" : 1.0,\"b\":\"x\"} , \"more\":null},\n",
        "  {\"type\":\"Feature\",\"properties\":null,\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[1,2,30.5],[3,4,5]]}},\n",
        "  {\"type\":\"Feature\",\"properties\":{},\"geometry\":null}\n",
        "], \"y\":{} }\n",
    );

    #[test]
    fn only_what_was_changed_changes() {
        let layer = layer(TEXT);
        assert_eq!(saved(&layer), TEXT);
        let a = edited(
            &layer,
            0,
            Some(&point(9.25, 8.5)),
            &[("a".into(), Put::Value(2.into())), ("c".into(), Put::Value("new".into()))],
        );
        let line = Geometry {
            kind: GeometryKind::LineString,
            parts: vec![vec![vec![LonLat::new(1.0, 2.0), LonLat::new(3.5, 4.0)]]],
        };
        let b = edited(&layer, 1, Some(&line), &[]);
        let now = layer.with_edits(&[(0, a.ok()), (1, b.ok())]);
        let expected = TEXT
            .replace(", \"bbox\":[1,2,1,2]", "")
            .replace("[1.50,2.0]", "[9.25,8.5]")
            .replace("{\"a\" : 1.0,\"b\":\"x\"}", "{\"a\":2,\"b\":\"x\",\"c\":\"new\"}")
            .replace("[[1,2,30.5],[3,4,5]]", "[[1,2,30.5],[3.5,4]]");
        assert_eq!(saved(&now), expected);
        assert_eq!(now.attributes.get(0, "c").display(), "new");
        assert_eq!((now.id_json(0), now.attributes.get(0, "a").as_number()), (Some("7".into()), Some(2.0)));
        assert_eq!(now.geometries.positions_of(1)[1], LonLat::new(3.5, 4.0));
        assert_eq!(saved(&now.with_edits(&[(0, None), (1, None)])), TEXT);
        assert_eq!(saved(&now.unedited()), TEXT);
    }

    #[test]
    fn properties_are_renamed_and_taken_out_where_they_stand() {
        let layer = layer(TEXT);
        let now = edited(&layer, 0, None, &[("a".into(), Put::Renamed("排口".into())), ("b".into(), Put::Gone)]);
        let expected = TEXT.replace("{\"a\" : 1.0,\"b\":\"x\"}", "{\"排口\":1.0}");
        assert_eq!(saved(&layer.with_edits(&[(0, now.ok())])), expected);
        assert_eq!(members(&layer, 0)[1], ("b".to_owned(), Put::Json("\"x\"".into())));
    }

    #[test]
    fn values_above_sixteen_mebibytes_are_whole() {
        // Three bytes a sign: cut anywhere it would be no text.
        let long = "山".repeat((17 << 20) / 3);
        let list = format!("[{}0]", "1,".repeat((17 << 20) / 2));
        let text = format!(
            r#"{{"type":"Feature","id":7,"properties":{{"a":"{long}","b":1.50,"c":{list},"d":"e"}},"geometry":null}}"#
        );
        let base = layer(&text);
        let whole = |layer: &Layer| {
            assert_eq!(layer.attributes.get(0, "a").display().len(), long.len());
            assert_eq!(layer.attributes.get(0, "b").display(), "1.50");
            assert_eq!(layer.attributes.get(0, "c").display().len(), list.len());
            assert_eq!(layer.attributes.get(0, "d").display(), "e");
        };
        whole(&base);
        let copy = made_text(&point(1.0, 2.0), &members(&base, 0)).expect("a feature");
        whole(&layer(&String::from_utf8(copy).expect("UTF-8")));
        let now = edited(&base, 0, Some(&point(1.0, 2.0)), &[("f".into(), Put::Value(1.into()))]).expect("a point");
        let now = base.with_edits(&[(0, Some(now))]);
        whole(&now);
        whole(&layer(&saved(&now)));
    }

    #[test]
    fn the_health_list_is_shared_until_an_edit_speaks_of_it() {
        let ring = |bend: f64| format!("[[[0,0],[{bend},1],[1,0],[0,1],[0,0]]]");
        let feature = |bend: f64| {
            format!(
                r#"{{"type":"Feature","properties":{{}},"geometry":{{"type":"Polygon","coordinates":{}}}}}"#,
                ring(bend)
            )
        };
        let text = format!(
            r#"{{"type":"FeatureCollection","features":[{},{},{{"type":"Feature","properties":{{}},"geometry":{{"type":"Point","coordinates":[5,5]}}}}]}}"#,
            feature(1.0),
            feature(2.0)
        );
        let base = layer(&text);
        let rows = |layer: &Layer| layer.problems.iter().filter_map(|p| p.row).collect::<Vec<_>>();
        let faulty = rows(&base);
        assert!(faulty.contains(&0) && faulty.contains(&1) && !faulty.contains(&2), "{faulty:?}");
        let sound = edited(&base, 2, Some(&point(6.0, 6.0)), &[]).expect("a point");
        let moved = base.with_edits(&[(2, Some(sound.clone())), (3, Some(sound.clone()))]);
        assert!(Arc::ptr_eq(&moved.problems, &base.problems), "copied");
        assert!(Arc::ptr_eq(&moved.with_edits(&[(3, Some(Edited::Gone)), (2, None)]).problems, &base.problems));
        // One that is mended is told no more, one that is put back is told again, in its place.
        let mended = moved.with_edits(&[(0, Some(sound.clone()))]);
        assert!(!rows(&mended).contains(&0) && rows(&mended).contains(&1));
        assert_eq!(rows(&mended.with_edits(&[(0, None)])), faulty);
        let gone = mended.with_edits(&[(1, Some(Edited::Gone))]);
        assert!(rows(&gone).is_empty() && Arc::ptr_eq(&gone.with_edits(&[(2, None)]).problems, &gone.problems));
    }

    #[test]
    fn heights_of_corners_that_stay_keep_their_digits() {
        // Of many digits, written otherwise than a float is, and measures behind them; beside coordinates of many digits.
        let corners = [
            ["121.43567890123456", "31.400000000000002", "4.50"],
            ["121.43567890123459", "31.400000000000006", "12345678901234567.25"],
            ["1.2143567890123459e2", "31.4", "-0.0"],
            ["121.5", "31.234567890123457", "1e-7, 20261129.000"],
        ];
        let written = |corners: &[[&str; 3]]| {
            corners.iter().map(|[x, y, z]| format!("[{x},{y},{z}]")).collect::<Vec<_>>().join(",")
        };
        let text = format!(
            r#"{{"type":"Feature","properties":null,"geometry":{{"type":"LineString","coordinates":[{},[1,2,3]]}}}}"#,
            written(&corners)
        );
        let layer = layer(&text);
        let mut path = layer.geometries.positions_of(0).to_vec();
        path[4] = LonLat::new(5.0, 6.0);
        let line = Geometry { kind: GeometryKind::LineString, parts: vec![vec![path]] };
        let now = edited(&layer, 0, Some(&line), &[]).expect("a line");
        let now = String::from_utf8_lossy(now.text().expect("there")).into_owned();
        for [_, _, z] in corners {
            assert!(now.contains(&format!(",{z}]")), "{z}: {now}");
        }
        assert!(now.contains("[5,6]") && !now.contains(",3]"), "{now}");
    }

    #[test]
    fn heights_of_converted_corners_are_kept() {
        let text = r#"{"type":"Feature","properties":null,"geometry":{"type":"LineString","coordinates":[[121.5,31.2,4.50],[121.51,31.2,5.50],[121.52,31.2,6.50]]}}"#;
        let options = ReadOptions { crs: Some("GCJ-02".to_owned()), ..ReadOptions::default() };
        let layer = read_layer_bytes(text.as_bytes(), "t.geojson", &options, &Progress::default()).expect("readable");
        let mut path = layer.geometries.positions_of(0).to_vec();
        path[1] = LonLat::new(121.6, 31.3);
        let line = Geometry { kind: GeometryKind::LineString, parts: vec![vec![path]] };
        let now = edited(&layer, 0, Some(&line), &[]).expect("a line");
        let now = String::from_utf8_lossy(now.text().expect("there")).into_owned();
        assert!(now.contains(",4.50],[121.6,31.3],[") && now.contains(",6.50]"), "{now}");
    }

    #[test]
    fn properties_are_copied_as_they_are_written() {
        let own = r#"{"id":12345678901234567890123,"area":1.50,"far":1e999,"list":[1.0, 2],"none":null}"#;
        let text = format!(r#"{{"type":"Feature","properties":{own},"geometry":null}}"#);
        let layer = layer(&text);
        let made = made_text(&point(1.0, 2.0), &members(&layer, 0)).expect("a feature");
        let made = String::from_utf8_lossy(&made).into_owned();
        assert!(made.contains(&format!(r#""properties":{own}"#)), "{made}");
    }

    #[test]
    fn rows_go_and_come_at_every_place() {
        let base = layer(TEXT);
        let new = made(&point(5.0, 6.0), &[("n".into(), Put::Value("新".into()))]).expect("a point");
        for gone in 0..8_usize {
            for added in 0..3_usize {
                let mut changes: Vec<(usize, Option<Edited>)> =
                    (0..3).filter(|row| gone >> row & 1 == 1).map(|row| (row, Some(Edited::Gone))).collect();
                changes.extend((0..added).map(|k| (3 + k, Some(new.clone()))));
                let now = base.with_edits(&changes);
                let text = saved(&now);
                let again = layer(&text);
                assert_eq!(again.len(), 3 - gone.count_ones() as usize + added, "{text}");
                assert_eq!((now.feature_count(), again.feature_count()), (again.len(), again.len()));
                let left: Vec<_> = now.rows().map(|row| feature_text(&now, row).expect("there").into_owned()).collect();
                let read: Vec<_> =
                    again.rows().map(|row| feature_text(&again, row).expect("there").into_owned()).collect();
                assert_eq!(left, read);
                assert!(text.ends_with("], \"y\":{} }\n") && text.starts_with("{ \"type\""), "{text}");
            }
        }
    }

    #[test]
    fn files_that_are_no_collection_become_one_when_they_have_to() {
        let lone = layer("{\"type\":\"Point\",\"coordinates\":[1,2]}");
        let moved = edited(&lone, 0, Some(&point(3.0, 4.0)), &[]).expect("a point");
        let now = layer(&saved(&lone.with_edits(&[(0, Some(moved))])));
        assert_eq!((now.len(), now.geometries.positions_of(0)), (1, &[LonLat::new(3.0, 4.0)][..]));
        let empty = layer("{\"type\":\"FeatureCollection\",\"features\":[ ]}");
        let new = made(&point(5.0, 6.0), &[]).expect("a point");
        assert_eq!(layer(&saved(&empty.with_edits(&[(0, Some(new))]))).len(), 1);
    }

    #[test]
    fn geometries_alone_are_read_among_features() {
        let feature = r#"{"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":[3,4]}}"#;
        let texts = [r#"{"type":"Point","coordinates":[1,2]}"#, feature];
        let read = read_features(&texts).expect("both");
        for ((edited, text), lon) in read.iter().zip(texts).zip([1.0, 3.0]) {
            let Edited::Feature(layer, row) = edited else { panic!("there") };
            assert_eq!(edited.text(), Some(text.as_bytes()));
            assert_eq!(layer.geometries.positions_of(*row as usize)[0].lon, lon);
        }
    }

    #[test]
    fn rings_are_closed_and_wound() {
        let ring = |corners: &[(f64, f64)]| corners.iter().map(|(x, y)| LonLat::new(*x, *y)).collect::<Vec<_>>();
        let shape = Geometry {
            kind: GeometryKind::Polygon,
            parts: vec![vec![
                ring(&[(0.0, 0.0), (0.0, 9.0), (9.0, 9.0), (9.0, 0.0)]),
                ring(&[(1.0, 1.0), (2.0, 1.0), (2.0, 2.0), (1.0, 1.0)]),
            ]],
        };
        let Ok(Edited::Feature(layer, 0)) = made(&shape, &[]) else { panic!("made") };
        assert!(layer.problems.is_empty(), "{:?}", layer.problems);
        assert_eq!(layer.geometries.positions_of(0).len(), 9);
    }

    proptest! {
        /// Any sequence of edits and its inverses, backwards, is where it began: rows, text, order.
        #[test]
        fn changes_and_their_inverses_cancel(steps in proptest::collection::vec((0..6_usize, 0..3_u8, -180.0..180.0_f64), 1..20)) {
            let mut now = layer(TEXT);
            let mut inverses = Vec::new();
            for (row, what, lon) in steps {
                let new = match what {
                    0 => Some(Edited::Gone),
                    1 => made(&point(lon, 1.0), &[]).ok(),
                    _ => None,
                };
                // A row is added behind the last, never beyond.
                let row = row.min(now.len());
                inverses.push((row, now.edits.get(row).cloned()));
                now = now.with_edits(&[(row, new)]);
            }
            for inverse in inverses.into_iter().rev() {
                now = now.with_edits(&[inverse]);
            }
            prop_assert_eq!(saved(&now), TEXT);
            prop_assert_eq!(now.feature_count(), 3);
            prop_assert_eq!(&now.unusable[..3], &layer(TEXT).unusable[..]);
        }
    }
}
