//! A look at geometries before a shapefile is written: which type it has, how long it gets, its extent.

use super::super::dbase::TWO_GB;
use super::super::{FormatError, Loss, RawGeometry, RawKind};
use super::record::{Dims, ShapeType};
use crate::i18n::{Said, count, tr};
use crate::model::GeometryKind;

/// What was seen of the geometries.
#[derive(Clone, Debug)]
pub(super) struct Survey {
    nothing: u64,
    points: u64,
    multipoints: u64,
    lines: u64,
    areas: u64,
    collections: u64,
    /// Rows with heights for all positions, and those that lack some.
    with_z: u64,
    without_z: u64,
    with_m: u64,
    /// Parts, positions (with those that close rings), and parts that have to be said by a number.
    paths: u64,
    positions: u64,
    /// Least and greatest x, y, z, m.
    pub(super) extent: [[f64; 2]; 4],
}

impl Default for Survey {
    fn default() -> Self {
        Self {
            nothing: 0,
            points: 0,
            multipoints: 0,
            lines: 0,
            areas: 0,
            collections: 0,
            with_z: 0,
            without_z: 0,
            with_m: 0,
            paths: 0,
            positions: 0,
            extent: [[f64::INFINITY, f64::NEG_INFINITY]; 4],
        }
    }
}

impl Survey {
    /// Looks at a row's geometry.
    pub(super) fn row(&mut self, geometry: Option<&RawGeometry>) {
        let Some(geometry) = geometry.filter(|geometry| !geometry.is_empty()) else {
            self.nothing += 1;
            return;
        };
        let RawKind::Simple(kind) = geometry.kind else {
            self.collections += 1;
            return;
        };
        match kind {
            GeometryKind::Point => self.points += 1,
            GeometryKind::MultiPoint => self.multipoints += 1,
            GeometryKind::LineString | GeometryKind::MultiLineString => self.lines += 1,
            GeometryKind::Polygon | GeometryKind::MultiPolygon => self.areas += 1,
        }
        self.positions += geometry.xy.len() as u64;
        self.paths += geometry.path_ends.len() as u64;
        if matches!(kind, GeometryKind::Polygon | GeometryKind::MultiPolygon) {
            let open = geometry.parts().flatten().filter(|ring| is_open(geometry, ring)).count();
            self.positions += open as u64;
        }
        let has_z = geometry.z.iter().any(|z| z.is_finite());
        self.with_z += u64::from(has_z);
        self.without_z += u64::from(!has_z || geometry.z.iter().any(|z| !z.is_finite()));
        self.with_m += u64::from(geometry.m.iter().any(|m| m.is_finite()));
        let [x, y, z, m] = &mut self.extent;
        geometry.xy.iter().for_each(|place| {
            widen(x, place[0]);
            widen(y, place[1]);
        });
        geometry.z.iter().for_each(|value| widen(z, *value));
        geometry.m.iter().for_each(|value| widen(m, *value));
    }

    /// The type of the file, where its geometries can be in one.
    ///
    /// # Errors
    /// Where they are of several types, or collections.
    pub(super) fn shape(&self) -> Result<ShapeType, FormatError> {
        let points = self.points + self.multipoints;
        let kinds = [points, self.lines, self.areas].iter().filter(|rows| **rows > 0).count();
        if kinds > 1 || self.collections > 0 {
            let counts = [points, self.lines, self.areas, self.collections].map(|rows| count(rows as usize));
            return Err(FormatError::refused(Said::told(|lang| {
                let [points, lines, areas, others] = &counts;
                tr!(lang, "format.shapefile.mixed", points = points, lines = lines, areas = areas, others = others)
                    .into_owned()
            })));
        }
        let dims = match (self.with_z, self.with_m) {
            (0, 0) => Dims::Xy,
            (0, _) => Dims::Xym,
            _ => Dims::Xyzm,
        };
        Ok(match (self.multipoints, self.points, self.lines, self.areas) {
            (0, 0, 0, 0) => ShapeType::Null,
            (0, 1.., _, _) => ShapeType::Point(dims),
            (1.., _, _, _) => ShapeType::MultiPoint(dims),
            (_, _, 1.., _) => ShapeType::PolyLine(dims),
            _ => ShapeType::Polygon(dims),
        })
    }

    /// True where records have measures.
    pub(super) fn has_measures(&self) -> bool {
        self.with_m > 0
    }

    /// Bytes of the `.shp` file.
    pub(super) fn size(&self, shape: ShapeType) -> u64 {
        let rows = self.points + self.multipoints + self.lines + self.areas;
        let has_m = self.has_measures();
        let (fixed, per_path, is_point) = match shape {
            ShapeType::Null | ShapeType::MultiPatch => (4, 0, false),
            ShapeType::Point(_) => (4, 0, true),
            ShapeType::MultiPoint(_) => (40, 0, false),
            ShapeType::PolyLine(_) | ShapeType::Polygon(_) => (44, 4, false),
        };
        let (values, ranges) = match shape.dims() {
            Dims::Xy => (0, 0),
            Dims::Xym => (1, 1),
            Dims::Xyzm => (1 + u64::from(has_m || is_point), 1 + u64::from(has_m)),
        };
        let ranges = if is_point { 0 } else { ranges * 16 };
        100 + self.nothing * 12
            + rows * (8 + fixed + ranges)
            + self.paths * per_path
            + self.positions * (16 + values * 8)
    }

    /// Why the shapes cannot be written.
    ///
    /// # Errors
    /// Several types, or more than 2 GB.
    pub(super) fn check(&self) -> Result<ShapeType, FormatError> {
        let shape = self.shape()?;
        let size = self.size(shape);
        if size > TWO_GB {
            let size = count((size >> 20) as usize);
            return Err(FormatError::refused(Said::told(|lang| {
                tr!(lang, "format.shapefile.too_big", size = size).into_owned()
            })));
        }
        Ok(shape)
    }

    /// What will be lost or changed.
    pub(super) fn losses(&self) -> Vec<Loss> {
        let mut losses = Vec::new();
        let mut say = |what: Said| losses.push(Loss { what, field: None });
        if let Err(FormatError::Refused { said, .. }) = self.check() {
            say(said);
        }
        if self.points > 0 && self.multipoints > 0 {
            let n = count(self.points as usize);
            say(Said::told(|lang| tr!(lang, "format.shapefile.loss_points", n = n).into_owned()));
        }
        if self.with_z > 0 && self.without_z > 0 {
            let n = count(self.without_z as usize);
            say(Said::told(|lang| tr!(lang, "format.shapefile.loss_heights", n = n).into_owned()));
        }
        losses
    }
}

fn widen(range: &mut [f64; 2], value: f64) {
    *range = [range[0].min(value), range[1].max(value)];
}

/// True where a ring's last position is not its first.
pub(super) fn is_open(geometry: &RawGeometry, ring: &std::ops::Range<usize>) -> bool {
    !ring.is_empty() && geometry.xy[ring.start] != geometry.xy[ring.end - 1]
}
