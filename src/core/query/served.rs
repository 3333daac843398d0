//! What facilities serve: everything within a radius of their outlines or their entrances, and what a home lacks of it.

use super::answer::is_area;
use super::outline::within_distance;
use super::overlay::{Contour, Plane, Polygons, Winding, polygons_area_m2, row_area_m2};
use super::reach::{Left, Outlines, Reach};
use super::region::Region;
use super::slivers::{Sifted, Thin};
use super::{AskError, FEATURES_AT_ONCE};
use crate::geodesy::{LocalFrame, LonLat, LonLatBox};
use crate::index::{IndexedLayer, Nearest, PackedTree, nearest_feature};
use crate::io::geojson::OutGeometry;
use crate::model::Layer;
use crate::progress::Progress;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// What one feature of the demand lacks.
#[derive(Clone, Debug)]
pub(super) struct Gap {
    pub(super) demand_m2: f64,
    pub(super) unserved_m2: f64,
    /// `None` where it is served wholly.
    pub(super) unserved: Option<OutGeometry>,
    /// Unserved pieces that are no gaps.
    pub(super) slivers: Vec<Thin>,
    /// The nearest facility, and its row.
    pub(super) nearest: Option<(Nearest, usize)>,
}

/// Which facilities serve: those of at least a size, by their outlines or, where they have some, by their entrances.
pub(super) struct Facilities {
    /// Those that serve by their outline.
    pub(super) outlines: IndexedLayer,
    /// The entrances of those that serve by them.
    pub(super) entrances: Option<IndexedLayer>,
    /// The facility of each entrance.
    pub(super) facility_of: HashMap<usize, usize>,
    /// How many serve.
    pub(super) count: usize,
    /// Entrances that name no facility.
    pub(super) unknown_entrances: Vec<usize>,
    /// Facilities without an entrance, where entrances are asked for.
    pub(super) without_entrance: Vec<usize>,
}

impl Facilities {
    /// Of at least `min_area_m2`; points and lines have no area and serve where none is asked.
    pub(super) fn new(reference: &IndexedLayer, entrances: Option<&IndexedLayer>, min_area_m2: f64) -> Self {
        let layer = reference.layer();
        let rows: Vec<usize> = reference.rows().collect();
        let area_m2 = |row: &usize| if is_area(layer, *row) { row_area_m2(layer, *row) } else { 0.0 };
        let areas_m2: Vec<f64> = rows.par_iter().with_min_len(FEATURES_AT_ONCE).map(area_m2).collect();
        let mut large = vec![false; layer.len()];
        for (row, area_m2) in rows.iter().zip(areas_m2) {
            large[*row] = area_m2 >= min_area_m2;
        }
        let mut found = Self {
            count: large.iter().filter(|is_large| **is_large).count(),
            outlines: IndexedLayer::restricted(Arc::clone(layer), Vec::new()),
            entrances: None,
            facility_of: HashMap::new(),
            unknown_entrances: Vec::new(),
            without_entrance: Vec::new(),
        };
        if let Some(entrances) = entrances {
            let (facility_of, unknown) = facilities_of_entrances(entrances, reference);
            let mut open = vec![false; entrances.layer().len()];
            for (entrance, facility) in &facility_of {
                open[*entrance] = large[*facility];
            }
            for facility in facility_of.values() {
                large[*facility] = false;
            }
            found.without_entrance = (0..layer.len()).filter(|row| large[*row]).collect();
            found.entrances = Some(IndexedLayer::restricted(Arc::clone(entrances.layer()), open));
            (found.facility_of, found.unknown_entrances) = (facility_of, unknown);
        }
        found.outlines = IndexedLayer::restricted(Arc::clone(layer), large);
        found
    }
}

/// What facilities serve, made ready for many rows.
pub(super) struct Served<'a> {
    layer: &'a IndexedLayer,
    outlines: Outlines,
    regions: Regions,
    entrances: Option<&'a IndexedLayer>,
    /// The facility of each entrance.
    facility_of: &'a HashMap<usize, usize>,
}

impl<'a> Served<'a> {
    /// Of facilities by their outlines, and of entrances. Homes lie in the box beside `progress`.
    ///
    /// # Errors
    /// Cancelled.
    pub(super) fn new(
        layer: &'a IndexedLayer,
        entrances: Option<&'a IndexedLayer>,
        facility_of: &'a HashMap<usize, usize>,
        radius_m: f64,
        (homes, progress): (&LonLatBox, &Progress),
    ) -> Result<Self, AskError> {
        let regions = Regions::new(layer, radius_m, homes, progress)?;
        let outlines = Self::outlines(layer, &regions, radius_m);
        Ok(Self { layer, outlines, regions, entrances, facility_of })
    }

    /// The outlines of facilities without a region of their own; their trees are built beside.
    fn outlines(layer: &IndexedLayer, regions: &Regions, radius_m: f64) -> Outlines {
        let trees = || rayon::join(|| layer.build_edges(), || layer.build_features());
        rayon::join(|| Outlines::new(layer, |row| !regions.has(row), radius_m), trees).0
    }

    /// The nearest outline or entrance, with the facility's row.
    fn nearest(&self, demand: &Layer, row: usize, likely_m: f64) -> Option<(Nearest, usize)> {
        // Most gaps begin where the radius of something ends.
        let outline = nearest_feature(demand, row, self.layer, likely_m)
            .or_else(|| nearest_feature(demand, row, self.layer, f64::INFINITY))
            .map(|n| (n, n.row));
        let limit = outline.map_or(f64::INFINITY, |(n, _)| n.distance_m);
        let door = self
            .entrances
            .and_then(|doors| nearest_feature(demand, row, doors, limit))
            .map(|n| (n, self.facility_of[&n.row]));
        match (outline, door) {
            (Some(o), Some(d)) if o.0.distance_m <= d.0.distance_m => Some(o),
            (outline, door) => door.or(outline),
        }
    }

    pub(super) fn gap(&self, demand: &Layer, row: usize, radius_m: f64) -> Gap {
        let demand_m2 = row_area_m2(demand, row);
        let mut left = Sifted::default();
        match self.cut(demand, row, radius_m) {
            Cut::Served => {
                return Gap { demand_m2, unserved_m2: 0.0, unserved: None, slivers: Vec::new(), nearest: None };
            }
            Cut::Unserved => {}
            Cut::Left(polygons) => {
                left = Sifted::new(polygons);
                if left.polygons.is_empty() {
                    let slivers = left.slivers;
                    let nearest = if slivers.is_empty() { None } else { self.nearest(demand, row, radius_m) };
                    return Gap { demand_m2, unserved_m2: 0.0, unserved: None, slivers, nearest };
                }
            }
        }
        let nearest = self.nearest(demand, row, radius_m);
        if nearest.as_ref().is_none_or(|(n, _)| n.distance_m > radius_m) {
            let unserved = Some(OutGeometry::Unchanged);
            return Gap { demand_m2, unserved_m2: demand_m2, unserved, slivers: Vec::new(), nearest };
        }
        if left.polygons.is_empty() {
            // It touches what is served, and nothing was cut off.
            left.polygons = Plane::about(&demand.geometries.bounds(row)).ground(demand, row);
            left.area_m2 = polygons_area_m2(&left.polygons);
        }
        let unserved_m2 = left.area_m2.min(demand_m2);
        let unserved = Some(OutGeometry::Polygons(left.polygons));
        Gap { demand_m2, unserved_m2, unserved, slivers: left.slivers, nearest }
    }

    /// The row less everything within the radius of a facility.
    fn cut(&self, demand: &Layer, row: usize, radius_m: f64) -> Cut {
        let bounds = demand.geometries.bounds(row);
        let reach = Reach::new(bounds, radius_m);
        let Some(near) = self.outlines.near(&reach, demand.geometries.positions_of(row)) else { return Cut::Served };
        let plane = Plane::about(&bounds);
        let mut contours = Vec::new();
        plane.row(demand, row, &bounds, &mut contours);
        let mut left = Left::new(&plane, contours, reach);
        for region in self.regions.near(&bounds) {
            let window = left.window();
            left.take(region.contours(&plane, &window));
            if left.is_empty() {
                return Cut::Served;
            }
        }
        let facilities = self.layer.layer();
        let ground = |facility: usize, window: &LonLatBox, out: &mut Vec<Contour>| {
            if is_area(facilities, facility) && facilities.geometries.bounds(facility).intersects(window) {
                plane.row(facilities, facility, window, out);
            }
        };
        // A facility's own ground is served with what lies round it; one that holds the home may have no border near.
        let rows = self.outlines.take_near(&near, &mut left, ground);
        let holding = self.layer.rows_in(&bounds).into_iter();
        for facility in holding.filter(|row| !rows.contains(row) && !self.regions.has(*row)) {
            let mut contours = Vec::new();
            ground(facility, &left.window(), &mut contours);
            left.take(contours);
        }
        if let Some(doors) = &self.entrances {
            let window = bounds.padded(radius_m);
            // Those on the other side of the antimeridian are a turn away.
            for (window, by_deg) in std::iter::once((window, 0.0)).chain(window.turns()) {
                doors.runs_in(&window, |run, _| {
                    for p in run.of(doors.layer()) {
                        let mut region = Region::new(&plane, radius_m);
                        region.disc(LonLat::new(p.lon - by_deg, p.lat));
                        left.take(region.out);
                    }
                });
            }
        }
        match left.taken() {
            None => Cut::Unserved,
            Some(polygons) if polygons.is_empty() => Cut::Served,
            Some(polygons) => Cut::Left(polygons),
        }
    }
}

/// The region that a facility serves, made once: where it has so many corners that making the pieces near every home
/// would cost more than all else.
struct ServedRegion {
    polygons: Polygons,
    bounds: LonLatBox,
}

impl ServedRegion {
    /// In a plane, clipped to a window.
    fn contours(&self, plane: &Plane, window: &LonLatBox) -> Vec<Contour> {
        let mut out = Vec::new();
        for (i, ring) in self.polygons.iter().flat_map(|rings| rings.iter().enumerate()) {
            let winding = if i == 0 { Winding::CounterClockwise } else { Winding::Clockwise };
            out.extend(plane.ring_in(ring, winding, window));
        }
        out
    }
}

/// The regions of facilities with many corners within the radius.
struct Regions {
    regions: Vec<ServedRegion>,
    /// Over their boxes, and which of them each item is.
    tree: (PackedTree, Vec<u32>),
    /// Their rows, in rising order.
    rows: Vec<usize>,
}

impl Regions {
    /// Facilities of fewer corners are taken piece by piece.
    const CORNERS: usize = 256;
    /// So are those of which the radius spans fewer edges.
    const EDGES: f64 = 4.0;

    /// Of the facilities that may serve a home in a box; those by the antimeridian stand on its other side too.
    fn new(layer: &IndexedLayer, radius_m: f64, homes: &LonLatBox, progress: &Progress) -> Result<Self, AskError> {
        let geometries = &layer.layer().geometries;
        let is_wide = |row: &usize| {
            let corners = geometries.positions_of(*row).len();
            let bounds = geometries.bounds(*row);
            // An outline is about three times as long as its box is across.
            let [x, y] = LocalFrame::at(bounds.center()).to_xy(bounds.max);
            let length_m = (6.0 * x.hypot(y)).max(f64::MIN_POSITIVE);
            let may_serve = || {
                let window = bounds.padded(radius_m);
                std::iter::once(window).chain(window.turns().map(|(turned, _)| turned)).any(|w| w.intersects(homes))
            };
            corners >= Self::CORNERS && radius_m * corners as f64 > Self::EDGES * length_m && may_serve()
        };
        let wide: Vec<usize> = layer.rows().filter(is_wide).collect();
        let found: Vec<Option<(usize, Polygons)>> = wide
            .par_iter()
            .map(|row| {
                let plane = Plane::about(&geometries.bounds(*row));
                match within_distance(layer.layer(), &[*row], &plane, radius_m, progress) {
                    Ok(region) => Ok(Some((*row, plane.positions(&region)))),
                    // No home lies so near a pole; it stays with the others.
                    Err(AskError::Pole) => Ok(None),
                    Err(other) => Err(other),
                }
            })
            .collect::<Result<_, AskError>>()?;
        let (mut regions, mut rows) = (Vec::new(), Vec::new());
        for (row, polygons) in found.into_iter().flatten() {
            rows.push(row);
            let positions = polygons.iter().flatten().flatten();
            let bounds = positions.fold(LonLatBox::EMPTY, |bounds, p| bounds.with(*p));
            let turned = |by_deg: f64| -> Polygons {
                let ring = |ring: &Vec<LonLat>| ring.iter().map(|p| LonLat::new(p.lon + by_deg, p.lat)).collect();
                polygons.iter().map(|rings| rings.iter().map(ring).collect()).collect()
            };
            regions.extend(bounds.turns().map(|(bounds, by_deg)| ServedRegion { polygons: turned(by_deg), bounds }));
            regions.push(ServedRegion { polygons, bounds });
        }
        let boxes: Vec<LonLatBox> = regions.iter().map(|region| region.bounds).collect();
        Ok(Self { regions, tree: PackedTree::new(&boxes), rows })
    }

    /// True for a facility that has one.
    fn has(&self, row: usize) -> bool {
        self.rows.binary_search(&row).is_ok()
    }

    /// Those that may serve a home, by its box.
    fn near(&self, home: &LonLatBox) -> Vec<&ServedRegion> {
        let mut found = Vec::new();
        if !self.regions.is_empty() {
            self.tree.0.search(home, |item| found.push(self.tree.1[item] as usize));
        }
        found.sort_unstable();
        found.into_iter().map(|region| &self.regions[region]).collect()
    }
}

/// What is left of a row.
enum Cut {
    /// Nothing.
    Served,
    /// All of it: nothing that serves comes near.
    Unserved,
    /// These pieces of it, perhaps none.
    Left(Polygons),
}

/// The facility of every entrance: by the entrance's `park` (or `facility`), held against ids and names; of
/// several of one name the nearest. Without such a column, the nearest facility within 50 m.
fn facilities_of_entrances(entrances: &IndexedLayer, reference: &IndexedLayer) -> (HashMap<usize, usize>, Vec<usize>) {
    const BESIDE_M: f64 = 50.0;
    let doors = entrances.layer();
    let facilities = reference.layer();
    let column = ["park", "facility", "公园"].iter().find_map(|name| doors.attributes.column(name));
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for row in reference.rows() {
        for name in [Some(facilities.label(row)), facilities.id_text(row)].into_iter().flatten() {
            by_name.entry(name).or_default().push(row);
        }
    }
    let mut found = HashMap::new();
    let mut unknown = Vec::new();
    for door in entrances.rows() {
        let named = column.map(|c| doors.attributes.value(door, c).display().into_owned()).filter(|n| !n.is_empty());
        let facility = match named.map(|name| by_name.get(&name)) {
            Some(None) => None,
            Some(Some(rows)) if rows.iter().all(|r| *r == rows[0]) => Some(rows[0]),
            Some(Some(rows)) => {
                let same_name = IndexedLayer::of_rows(Arc::clone(facilities), rows.iter().copied());
                nearest_feature(doors, door, &same_name, f64::INFINITY).map(|n| n.row)
            }
            None => nearest_feature(doors, door, reference, BESIDE_M).map(|n| n.row),
        };
        match facility {
            Some(facility) => drop(found.insert(door, facility)),
            None => unknown.push(door),
        }
    }
    (found, unknown)
}
