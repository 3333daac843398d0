//! A tile's work as bytes for whoever has its rows, and doing it there: of a layer nothing but the geometries of those rows is needed.
//!
//! Rows are numbered anew: the first that a tile needs of a layer is 0, and their order stays, so that what goes by the order of
//! rows goes the same way there.

use super::bytes::{Reader, WireError, Writer};
use super::found_bytes;
use super::tiles::Tile;
use super::work::{Kind, RowWork};
use crate::geodesy::{LonLat, LonLatBox};
use crate::index::IndexedLayer;
use crate::model::{Geometries, Layer};
use crate::progress::Progress;
use crate::query::within::Told;
use crate::query::{AskError, Side};
use std::collections::HashSet;
use std::sync::Arc;

/// Why a tile's work was not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// It is not a work that this program sends.
    #[error("the work cannot be read: {0}")]
    Question(#[from] WireError),
    /// It is about other layers than were handed over.
    #[error("the work is about {asked} layers with {asked_rows:?} rows, and there are {rows:?} rows")]
    Rows {
        /// How many layers it is about.
        asked: usize,
        /// Rows of each.
        asked_rows: Vec<usize>,
        /// Rows that are there of each.
        rows: Vec<usize>,
    },
    /// It was begun and failed.
    #[error(transparent)]
    Ask(#[from] AskError),
}

impl RowWork<'_> {
    /// A tile of it as bytes; about eight a row that is worked on.
    pub fn to_bytes(&self, tile: &Tile) -> Vec<u8> {
        let mut out = Writer::default();
        let layers = std::iter::once(self.subject()).chain(self.references().iter().copied());
        let layers: Vec<(&IndexedLayer, usize)> = layers.zip(tile.needs.rows.iter().map(Vec::len)).collect();
        out.list(&layers, |out, (layer, rows)| {
            out.count(*rows);
            put_box(out, layer.layer().bounds);
        });
        let local = |layer: usize, row: usize| tile.needs.rows.get(layer)?.binary_search(&row).ok();
        let own: Vec<usize> = tile.own.iter().filter_map(|row| local(0, *row)).collect();
        out.list(&own, |out, row| out.count(*row));
        match &self.kind {
            Kind::Within { distance_m, side, told } => {
                out.byte(0);
                out.float(*distance_m);
                out.byte(u8::from(*side == Side::Beyond));
                put_told(&mut out, told, &tile.needs.rows);
            }
            Kind::Least => out.byte(1),
            Kind::Nearest { max_m } => {
                out.byte(2);
                out.option(*max_m, Writer::float);
            }
            // Which facility an entrance belongs to, whoever asked knows.
            Kind::Gap { radius_m, facility_of: _ } => {
                out.byte(3);
                out.float(*radius_m);
            }
            Kind::Shared => out.byte(4),
            Kind::Overlap { with_added } => {
                out.byte(5);
                out.byte(u8::from(*with_added));
            }
            Kind::Meet => out.byte(6),
            Kind::InArea => out.byte(7),
            Kind::Outside => out.byte(8),
            Kind::Ground => out.byte(9),
        }
        out.into_bytes()
    }
}

fn put_box(out: &mut Writer, bounds: LonLatBox) {
    [bounds.min.lon, bounds.min.lat, bounds.max.lon, bounds.max.lat].into_iter().for_each(|value| out.float(value));
}

fn take_box(from: &mut Reader<'_>) -> Result<LonLatBox, WireError> {
    let min = LonLat::new(from.float()?, from.float()?);
    Ok(LonLatBox { min, max: LonLat::new(from.float()?, from.float()?) })
}

/// What is told of the sides of the lines, and of the water, that a tile needs.
fn put_told(out: &mut Writer, told: &Told, rows: &[Vec<usize>]) {
    let [lines, water] = [1, 2].map(|layer| rows.get(layer).map(Vec::as_slice).unwrap_or_default());
    let numbered = || lines.iter().enumerate();
    let said: Vec<(usize, Option<bool>)> =
        numbered().filter_map(|(at, row)| Some((at, *told.said.get(row)?))).collect();
    out.list(&said, |out, (line, is_left)| {
        out.count(*line);
        out.option(*is_left, |out, is_left| out.byte(u8::from(is_left)));
    });
    let water_of: Vec<(usize, usize)> =
        numbered().filter_map(|(at, row)| Some((at, *told.water_of.get(row)?))).collect();
    out.list(&water_of, |out, (line, water)| {
        out.count(*line);
        out.count(*water);
    });
    out.list(&told.polygons, |out, polygons| {
        let here = |(at, row)| polygons.contains(row).then_some(at);
        let here: Vec<usize> = water.iter().enumerate().filter_map(here).collect();
        out.list(&here, |out, row| out.count(*row));
    });
}

fn take_told(from: &mut Reader<'_>, [lines, water]: [usize; 2]) -> Result<Told, WireError> {
    let said = from.list(|from| Ok((from.below(lines)?, from.option(Reader::truth)?)))?;
    let water_of = from.list(|from| Ok((from.below(lines)?, from.count()?)))?;
    let polygons =
        from.list(|from| Ok(from.list(|from| from.below(water))?.into_iter().collect::<HashSet<usize>>()))?;
    Ok(Told { said: said.into_iter().collect(), water_of: water_of.into_iter().collect(), polygons })
}

/// What a tile's work is about.
struct Asked {
    /// Rows and box of each layer.
    layers: Vec<(usize, LonLatBox)>,
    own: Vec<usize>,
    kind: Kind,
}

fn asked(question: &[u8]) -> Result<Asked, WireError> {
    let mut from = Reader::new(question);
    let layers = from.list(|from| Ok((from.count()?, take_box(from)?)))?;
    let rows_of = |layer: usize| layers.get(layer).map_or(0, |(rows, _)| *rows);
    let own = from.list(|from| from.below(rows_of(0)))?;
    if !own.is_sorted_by(|a, b| a < b) {
        return from.wrong("rows that do not rise");
    }
    let kind = match from.byte()? {
        0 => {
            let distance_m = from.float()?;
            let side = if from.truth()? { Side::Beyond } else { Side::Within };
            let told = Arc::new(take_told(&mut from, [1, 2].map(rows_of))?);
            Kind::Within { distance_m, side, told }
        }
        1 => Kind::Least,
        2 => Kind::Nearest { max_m: from.option(Reader::float)? },
        // Which facilities entrances belong to is put in when their number is known to be right.
        3 => Kind::Gap { radius_m: from.float()?, facility_of: Arc::default() },
        4 => Kind::Shared,
        5 => Kind::Overlap { with_added: from.truth()? },
        6 => Kind::Meet,
        7 => Kind::InArea,
        8 => Kind::Outside,
        9 => Kind::Ground,
        _ => return from.wrong("a kind of work that nobody knows"),
    };
    from.end()?;
    Ok(Asked { layers, own, kind })
}

/// Does a tile's work: `layers` are the rows that it needs, of the subject and of each reference, in their order. What it found,
/// for [`super::Found::of_bytes`].
///
/// # Errors
/// [`RemoteError`]
pub fn done_for(question: &[u8], layers: Vec<Geometries>, progress: &Progress) -> Result<Vec<u8>, RemoteError> {
    let Asked { layers: asked, own, mut kind } = asked(question)?;
    let (asked_rows, rows): (Vec<usize>, Vec<usize>) =
        (asked.iter().map(|(rows, _)| *rows).collect(), layers.iter().map(Geometries::len).collect());
    if asked_rows != rows || rows.is_empty() {
        return Err(RemoteError::Rows { asked: asked.len(), asked_rows, rows });
    }
    if let Kind::Gap { facility_of, .. } = &mut kind {
        // The facility of an entrance has a number behind those of the facilities.
        let [facilities, entrances] = [1, 2].map(|layer| rows.get(layer).copied().unwrap_or(0));
        *facility_of = Arc::new((0..entrances).map(|at| (at, facilities + at)).collect());
    }
    let indexed = |(geometries, (_, bounds)): (Geometries, (usize, LonLatBox))| {
        IndexedLayer::new(Arc::new(Layer::of_geometries(geometries, bounds)))
    };
    let layers: Vec<IndexedLayer> = layers.into_iter().zip(asked).map(indexed).collect();
    let work = RowWork::new(kind, &layers[0], &layers[1..]);
    Ok(found_bytes::written(&work.done(&own, progress)?))
}
