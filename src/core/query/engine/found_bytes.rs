//! What was found for a tile as bytes, and back into the rows of the layers.

use super::bytes::{Reader, WireError, Writer};
use super::found::{Found, Results};
use super::tiles::Tile;
use super::work::{Kind, RowWork};
use crate::geodesy::LonLat;
use crate::index::Nearest;
use crate::io::geojson::OutGeometry;
use crate::query::features::{Bank, Match};
use crate::query::overlap::{Overlaps, Pair};
use crate::query::part::{InArea, Outside};
use crate::query::served::Gap;
use crate::query::slivers::Thin;
use crate::query::within::Matches;

type Rings = Vec<Vec<LonLat>>;

/// With the numbers that the rows have there.
pub(super) fn written(found: &Found) -> Vec<u8> {
    let mut out = Writer::default();
    match &found.0 {
        Results::Matches(all) => {
            out.byte(0);
            out.list(&all.matches, put_match);
            out.option(all.max_distance_m, Writer::float);
            out.option(all.min_distance_m, Writer::float);
        }
        Results::Least(least) => {
            out.byte(1);
            out.option(*least, Writer::float);
        }
        Results::Gaps(all) => {
            out.byte(2);
            out.list(all, put_gap);
        }
        Results::Areas(all) => {
            out.byte(3);
            out.list(all, |out, m2| out.float(*m2));
        }
        Results::Overlaps(all, added_m2) => {
            out.byte(4);
            out.list(all, put_overlaps);
            out.list(added_m2, |out, m2| out.float(*m2));
        }
        Results::Pairs(all) => {
            out.byte(5);
            out.list(all, |out, (row, other)| {
                out.count(*row);
                out.count(*other);
            });
        }
        Results::Inside(all) => {
            out.byte(6);
            out.list(all, |out, one| {
                out.count(one.row);
                out.count(one.with);
                out.option(one.length_m, Writer::float);
            });
        }
        Results::Outside(all) => {
            out.byte(7);
            out.list(all, |out, (outside, slivers)| {
                out.option(outside.as_ref(), |out, one| {
                    out.count(one.row);
                    out.option(one.polygons.as_ref(), |out, polygons| put_polygons(out, polygons));
                    out.float(one.area_m2);
                    out.float(one.own_m2);
                });
                out.count(*slivers);
            });
        }
    }
    out.into_bytes()
}

fn put_position(out: &mut Writer, p: LonLat) {
    out.float(p.lon);
    out.float(p.lat);
}

fn put_rings(out: &mut Writer, rings: &Rings) {
    out.list(rings, |out, ring| out.list(ring, |out, p| put_position(out, *p)));
}

fn put_polygons(out: &mut Writer, polygons: &[Rings]) {
    out.list(polygons, put_rings);
}

fn put_match(out: &mut Writer, one: &Match) {
    out.count(one.row as usize);
    out.count(one.nearest as usize);
    out.float(one.distance_m());
    out.option(one.bank, |out, bank| {
        out.byte(match bank {
            Bank::Land => 0,
            Bank::Water => 1,
            Bank::Unknown => 2,
        });
    });
}

fn put_thin(out: &mut Writer, thin: &Thin) {
    out.float(thin.area_m2);
    out.float(thin.mean_width_m);
}

fn put_gap(out: &mut Writer, gap: &Gap) {
    out.float(gap.demand_m2);
    out.float(gap.unserved_m2);
    out.option(gap.unserved.as_ref(), |out, geometry| match geometry {
        OutGeometry::Unchanged => out.byte(0),
        OutGeometry::Polygons(polygons) => {
            out.byte(1);
            put_polygons(out, polygons);
        }
        OutGeometry::Lines(lines) => {
            out.byte(2);
            put_rings(out, lines);
        }
    });
    out.list(&gap.slivers, put_thin);
    out.option(gap.nearest.as_ref(), |out, (nearest, facility)| {
        out.count(*facility);
        out.count(nearest.row);
        out.float(nearest.distance_m);
        put_position(out, nearest.from());
        put_position(out, nearest.at);
        out.option(nearest.edge, |out, (a, b)| {
            put_position(out, a);
            put_position(out, b);
        });
    });
}

fn put_overlaps(out: &mut Writer, all: &Overlaps) {
    out.float(all.own_m2);
    out.list(&all.pairs, |out, pair| {
        out.count(pair.other);
        out.option(pair.polygons.as_ref(), |out, polygons| put_polygons(out, polygons));
        out.float(pair.area_m2);
    });
    out.list(&all.slivers, |out, (other, thin)| {
        out.count(*other);
        put_thin(out, thin);
    });
}

fn take_position(from: &mut Reader<'_>) -> Result<LonLat, WireError> {
    Ok(LonLat::new(from.float()?, from.float()?))
}

fn take_rings(from: &mut Reader<'_>) -> Result<Rings, WireError> {
    from.list(|from| from.list(take_position))
}

fn take_polygons(from: &mut Reader<'_>) -> Result<Vec<Rings>, WireError> {
    from.list(take_rings)
}

fn take_thin(from: &mut Reader<'_>) -> Result<Thin, WireError> {
    Ok(Thin { area_m2: from.float()?, mean_width_m: from.float()? })
}

/// The rows of the layers that numbers stand for.
struct Numbered<'a> {
    rows: &'a [Vec<usize>],
}

impl Numbered<'_> {
    fn of(&self, layer: usize) -> &[usize] {
        self.rows.get(layer).map(Vec::as_slice).unwrap_or_default()
    }

    /// A row of a layer.
    fn row(&self, from: &mut Reader<'_>, layer: usize) -> Result<usize, WireError> {
        let rows = self.of(layer);
        from.below(rows.len()).map(|at| rows[at])
    }

    fn match_of(&self, from: &mut Reader<'_>) -> Result<Match, WireError> {
        let (row, nearest, distance_m) = (self.row(from, 0)?, from.count()?, from.float()?);
        let bank = from.option(|from| match from.byte()? {
            0 => Ok(Bank::Land),
            1 => Ok(Bank::Water),
            2 => Ok(Bank::Unknown),
            _ => from.wrong("a side of the water that nobody knows"),
        })?;
        let nearest = match self.of(1).get(nearest) {
            _ if !distance_m.is_finite() => None,
            Some(nearest) => Some((*nearest, distance_m)),
            None => return from.wrong("the number of a row that is not there"),
        };
        Ok(Match::new(row, nearest, bank))
    }

    fn gap(&self, work: &RowWork<'_>, from: &mut Reader<'_>) -> Result<Gap, WireError> {
        let Kind::Gap { facility_of, .. } = &work.kind else { return from.wrong("an answer to another question") };
        let (demand_m2, unserved_m2) = (from.float()?, from.float()?);
        let unserved = from.option(|from| match from.byte()? {
            0 => Ok(OutGeometry::Unchanged),
            1 => take_polygons(from).map(OutGeometry::Polygons),
            2 => take_rings(from).map(OutGeometry::Lines),
            _ => from.wrong("a geometry that nobody knows"),
        })?;
        let slivers = from.list(take_thin)?;
        let facilities = self.of(1).len();
        let nearest = from.option(|from| {
            // An outline is its facility; the facility of an entrance has a number behind those.
            let (facility, at) = (from.count()?, from.count()?);
            let (row, facility) = if facility < facilities {
                let Some(row) = self.of(1).get(at) else { return from.wrong("a facility that is not there") };
                (*row, Some(self.of(1)[facility]))
            } else {
                let Some(row) = self.of(2).get(at) else { return from.wrong("an entrance that is not there") };
                (*row, facility_of.get(row).copied())
            };
            let Some(facility) = facility else { return from.wrong("an entrance of no facility") };
            let distance_m = from.float()?;
            let places = (take_position(from)?, take_position(from)?);
            let edge = from.option(|from| Ok((take_position(from)?, take_position(from)?)))?;
            Ok((Nearest::measured((row, distance_m), places, edge), facility))
        })?;
        Ok(Gap { demand_m2, unserved_m2, unserved, slivers, nearest })
    }

    fn overlaps(&self, from: &mut Reader<'_>) -> Result<Overlaps, WireError> {
        let own_m2 = from.float()?;
        let pairs = from.list(|from| {
            let (other, polygons) = (self.row(from, 1)?, from.option(take_polygons)?);
            Ok(Pair { other, polygons, area_m2: from.float()? })
        })?;
        let slivers = from.list(|from| Ok((self.row(from, 1)?, take_thin(from)?)))?;
        Ok(Overlaps { own_m2, pairs, slivers })
    }

    fn outside(&self, from: &mut Reader<'_>) -> Result<(Option<Outside>, usize), WireError> {
        let outside = from.option(|from| {
            let (row, polygons) = (self.row(from, 0)?, from.option(take_polygons)?);
            Ok(Outside { row, polygons, area_m2: from.float()?, own_m2: from.float()? })
        })?;
        Ok((outside, from.count()?))
    }
}

impl Found {
    /// What [`super::done_for`] found for a tile of a work, in the rows of the work's layers.
    ///
    /// # Errors
    /// [`WireError`] where it is no such thing; whether it is what the work asks for is seen when it is put together.
    pub fn of_bytes(work: &RowWork<'_>, tile: &Tile, bytes: &[u8]) -> Result<Self, WireError> {
        let (rows, mut from) = (Numbered { rows: &tile.needs.rows }, Reader::new(bytes));
        let results = match from.byte()? {
            0 => {
                let matches = from.list(|from| rows.match_of(from))?;
                let max_distance_m = from.option(Reader::float)?;
                Results::Matches(Matches { matches, max_distance_m, min_distance_m: from.option(Reader::float)? })
            }
            1 => Results::Least(from.option(Reader::float)?),
            2 => Results::Gaps(from.list(|from| rows.gap(work, from))?),
            3 => Results::Areas(from.list(Reader::float)?),
            4 => {
                let all = from.list(|from| rows.overlaps(from))?;
                Results::Overlaps(all, from.list(Reader::float)?)
            }
            5 => Results::Pairs(from.list(|from| Ok((rows.row(from, 0)?, rows.row(from, 1)?)))?),
            6 => {
                let inside = |from: &mut Reader<'_>| {
                    let (row, with) = (rows.row(from, 0)?, rows.row(from, 1)?);
                    Ok(InArea { row, with, length_m: from.option(Reader::float)? })
                };
                Results::Inside(from.list(inside)?)
            }
            7 => Results::Outside(from.list(|from| rows.outside(from))?),
            _ => return from.wrong("a kind of answer that nobody knows"),
        };
        from.end()?;
        Ok(Self(results))
    }
}
