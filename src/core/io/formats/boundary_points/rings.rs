//! Rings of a parcel: where they end, which is a hole of which.

use crate::io::formats::{RawGeometry, RawKind};
use crate::model::GeometryKind;

/// Rings of a parcel, at most.
pub const RINGS: usize = 4000;

/// The points of a parcel as they come.
#[derive(Clone, Debug, Default)]
pub struct Points {
    /// Positions: easting, northing.
    pub xy: Vec<[f64; 2]>,
    /// Where rings end, but for the last.
    ends: Vec<usize>,
    ring: String,
    /// True where the ring that is being read has come back to its first point.
    is_closed: bool,
    /// Rings that were left open.
    pub open: usize,
}

impl Points {
    /// One more point of the ring of this number. A ring ends where the number changes, or where it has come back to its first
    /// point and goes on.
    pub fn push(&mut self, ring: &str, position: [f64; 2]) {
        let from = self.ends.last().copied().unwrap_or(0);
        let is_new = self.xy.len() > from && (self.ring != ring || self.is_closed);
        if is_new {
            self.ends.push(self.xy.len());
        }
        if self.ring != ring {
            ring.clone_into(&mut self.ring);
        }
        let from = self.ends.last().copied().unwrap_or(0);
        self.is_closed = self.xy.len() >= from + 3 && self.xy[from] == position;
        self.xy.push(position);
    }

    fn ranges(&self) -> Vec<std::ops::Range<usize>> {
        let mut from = 0;
        let ends = self.ends.iter().copied().chain([self.xy.len()]);
        ends.map(|end| std::mem::replace(&mut from, end)..end).filter(|range| !range.is_empty()).collect()
    }

    /// The parcel as points.
    pub fn points(&self, into: &mut RawGeometry) {
        let kind = if self.xy.len() == 1 { GeometryKind::Point } else { GeometryKind::MultiPoint };
        into.reset(RawKind::Simple(kind));
        for position in &self.xy {
            into.xy.push(*position);
            into.end_path();
            into.end_part();
        }
    }

    /// The parcel as lines. False where one has a single point.
    pub fn lines(&self, into: &mut RawGeometry) -> bool {
        let ranges = self.ranges();
        let kind = if ranges.len() == 1 { GeometryKind::LineString } else { GeometryKind::MultiLineString };
        into.reset(RawKind::Simple(kind));
        for range in &ranges {
            into.xy.extend_from_slice(&self.xy[range.clone()]);
            into.end_path();
            into.end_part();
        }
        ranges.iter().all(|range| range.len() >= 2)
    }

    /// The parcel as areas: a ring in an odd number of others is a hole of the smallest of them, any other begins a part. False
    /// where a ring has fewer than three points or there are too many rings.
    pub fn areas(&mut self, into: &mut RawGeometry) -> bool {
        let ranges = self.ranges();
        into.reset(RawKind::Simple(GeometryKind::Polygon));
        if ranges.is_empty() || ranges.len() > RINGS {
            return false;
        }
        let mut open_rings = 0;
        let mut rings: Vec<Ring<'_>> = Vec::with_capacity(ranges.len());
        for range in ranges {
            let open = match &self.xy[range] {
                [rest @ .., last] if rest.first() == Some(last) => rest,
                all => {
                    open_rings += 1;
                    all
                }
            };
            if open.len() < 3 {
                return false;
            }
            rings.push(Ring::new(open));
        }
        let inside: Vec<Vec<usize>> = (0..rings.len())
            .map(|inner| {
                (0..rings.len()).filter(|outer| *outer != inner && rings[*outer].contains(&rings[inner])).collect()
            })
            .collect();
        let is_hole = |ring: usize| inside[ring].len() % 2 == 1;
        let mut holes: Vec<Vec<usize>> = vec![Vec::new(); rings.len()];
        for hole in (0..rings.len()).filter(|ring| is_hole(*ring)) {
            let shells = inside[hole].iter().copied().filter(|outer| !is_hole(*outer));
            if let Some(shell) = shells.min_by(|a, b| rings[*a].area.total_cmp(&rings[*b].area)) {
                holes[shell].push(hole);
            }
        }
        for shell in (0..rings.len()).filter(|ring| !is_hole(*ring)) {
            for ring in std::iter::once(shell).chain(holes[shell].iter().copied()) {
                into.xy.extend_from_slice(rings[ring].xy);
                into.xy.push(rings[ring].xy[0]);
                into.end_path();
            }
            into.end_part();
        }
        self.open = open_rings;
        if into.part_ends.len() > 1 {
            into.kind = RawKind::Simple(GeometryKind::MultiPolygon);
        }
        true
    }
}

struct Ring<'a> {
    /// Without the closing position.
    xy: &'a [[f64; 2]],
    area: f64,
    least: [f64; 2],
    most: [f64; 2],
}

impl<'a> Ring<'a> {
    fn new(xy: &'a [[f64; 2]]) -> Self {
        let origin = xy[0];
        let (mut twice, mut least, mut most) = (0.0, origin, origin);
        for (n, [x, y]) in xy.iter().enumerate() {
            let [u, v] = xy[(n + 1) % xy.len()];
            twice += (x - origin[0]) * (v - origin[1]) - (u - origin[0]) * (y - origin[1]);
            (least, most) = ([least[0].min(*x), least[1].min(*y)], [most[0].max(*x), most[1].max(*y)]);
        }
        Self { xy, area: (twice / 2.0).abs(), least, most }
    }

    /// True where another ring lies in this one, touching it at most.
    fn contains(&self, other: &Ring<'_>) -> bool {
        let within = (0..2).all(|axis| self.least[axis] <= other.least[axis] && other.most[axis] <= self.most[axis]);
        if !within || other.area >= self.area {
            return false;
        }
        // The first corner that does not touch decides; then the middles of edges.
        let middles = other.xy.iter().zip(other.xy.iter().cycle().skip(1));
        let middles = middles.map(|([x, y], [u, v])| [(x + u) / 2.0, (y + v) / 2.0]);
        other.xy.iter().copied().chain(middles).find_map(|position| self.side(position)).unwrap_or(true)
    }

    /// True for a position inside, false outside, `None` on the ring.
    fn side(&self, [x, y]: [f64; 2]) -> Option<bool> {
        let mut inside = false;
        for (n, [ax, ay]) in self.xy.iter().enumerate() {
            let [bx, by] = self.xy[(n + 1) % self.xy.len()];
            let turn = (bx - ax) * (y - ay) - (x - ax) * (by - ay);
            let between = ax.min(bx) <= x && x <= ax.max(bx) && ay.min(by) <= y && y <= ay.max(by);
            if turn == 0.0 && between {
                return None;
            }
            if (*ay > y) != (by > y) && (turn > 0.0) == (by > *ay) {
                inside = !inside;
            }
        }
        Some(inside)
    }
}
