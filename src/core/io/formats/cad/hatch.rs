//! Hatches: boundaries of edges as areas with holes.

use super::curve::Nurbs;
use super::draw::{Drawer, Trouble, turn};
use super::ring::{self, Fill, Path};
use super::space::{Affine, Xyz};
use crate::io::formats::{RawGeometry, RawKind};
use crate::model::GeometryKind;
use acadrust::entities::{BoundaryEdge, Hatch, HatchStyleType};

impl Drawer {
    /// The area of a hatch.
    ///
    /// # Errors
    /// Where its boundary makes no area; [`Trouble::Gap`] where one was closed.
    pub(super) fn hatch(&mut self, hatch: &Hatch, map: &Affine, out: &mut RawGeometry) -> Result<(), Trouble> {
        let (mut rings, mut has_gap) = (Vec::new(), false);
        for path in &hatch.paths {
            let mut pieces: Vec<Path> = Vec::with_capacity(path.edges.len());
            for edge in &path.edges {
                let mut piece = Path::new();
                if self.edge(edge, false, &mut piece)? {
                    ring::close(&mut piece, 0.0);
                }
                pieces.push(piece);
            }
            let size = pieces.iter().flatten().fold(0.0_f64, |most, [x, y]| most.max(x.abs()).max(y.abs()));
            let tolerance = self.stepping.tolerance.max(size * 1e-9);
            self.turn_clockwise(&path.edges, &mut pieces, tolerance)?;
            let (joined, is_open) = ring::join(pieces, tolerance);
            has_gap |= is_open;
            rings.extend(joined);
        }
        if rings.iter().flatten().any(|[x, y]| !x.is_finite() || !y.is_finite()) {
            return Err(Trouble::NotFinite);
        }
        if rings.is_empty() {
            return Err(Trouble::BadHatch);
        }
        let fill = match hatch.style {
            HatchStyleType::Normal => Fill::Alternating,
            HatchStyleType::Outer => Fill::Outer,
            HatchStyleType::Ignore => Fill::Whole,
        };
        let groups = ring::nest(&rings, fill).ok_or(Trouble::TooNested)?;
        if groups.len() > 1 {
            out.kind = RawKind::Simple(GeometryKind::MultiPolygon);
        }
        for group in groups {
            for index in group {
                for [x, y] in &rings[index] {
                    self.push(map.position([*x, *y, hatch.elevation]), out);
                }
                out.end_path();
            }
            out.end_part();
        }
        if has_gap { Err(Trouble::Gap) } else { Ok(()) }
    }

    /// Programs disagree on the angles of clockwise arcs: as they are, or mirrored. Takes what meets the neighbours.
    fn turn_clockwise(&mut self, edges: &[BoundaryEdge], pieces: &mut [Path], tolerance: f64) -> Result<(), Trouble> {
        let n = edges.len();
        for i in (0..n).filter(|_| n > 1) {
            let is_clockwise = match &edges[i] {
                BoundaryEdge::CircularArc(arc) => !arc.counter_clockwise,
                BoundaryEdge::EllipticArc(arc) => !arc.counter_clockwise,
                _ => false,
            };
            if !is_clockwise {
                continue;
            }
            let (before, after) = (&pieces[(i + n - 1) % n], &pieces[(i + 1) % n]);
            let met = |piece: &Path| ring::ends_met(piece, before, tolerance) + ring::ends_met(piece, after, tolerance);
            if met(&pieces[i]) >= 2 {
                continue;
            }
            let mut mirrored = Path::new();
            self.edge(&edges[i], true, &mut mirrored)?;
            if met(&mirrored) > met(&pieces[i]) {
                pieces[i] = mirrored;
            }
        }
        Ok(())
    }

    /// An edge of a hatch, its angles mirrored at the axis where wanted; true where it is a ring by itself.
    fn edge(&mut self, edge: &BoundaryEdge, is_mirrored: bool, out: &mut Path) -> Result<bool, Trouble> {
        let sign = if is_mirrored { -1.0 } else { 1.0 };
        match edge {
            BoundaryEdge::Line(line) => out.extend([[line.start.x, line.start.y], [line.end.x, line.end.y]]),
            BoundaryEdge::CircularArc(arc) => {
                let (from, to) = (arc.start_angle * sign, arc.end_angle * sign);
                let sweep = directed(from, to, arc.counter_clockwise);
                self.stepping.arc([arc.center.x, arc.center.y], arc.radius, from, sweep, out);
            }
            BoundaryEdge::EllipticArc(arc) => {
                let major = [arc.major_axis_endpoint.x, arc.major_axis_endpoint.y, 0.0];
                let minor = [-major[1] * arc.minor_axis_ratio, major[0] * arc.minor_axis_ratio, 0.0];
                let (from, to) = (arc.start_angle * sign, arc.end_angle * sign);
                let sweep = directed(from, to, arc.counter_clockwise);
                self.solid.clear();
                let centre = [arc.center.x, arc.center.y, 0.0];
                self.stepping.ellipse(centre, [major, minor], from, sweep, &mut self.solid);
                out.extend(self.solid.iter().map(|at| [at[0], at[1]]));
            }
            BoundaryEdge::Spline(spline) => {
                self.solid.clear();
                let points: Vec<Xyz> = spline.control_points.iter().map(|point| [point.x, point.y, 0.0]).collect();
                let weights: Vec<f64> = spline.control_points.iter().map(|point| point.z).collect();
                let degree = usize::try_from(spline.degree).unwrap_or(0);
                let weights = if spline.rational { &weights[..] } else { &[] };
                let curve = Nurbs { degree, knots: &spline.knots, points: &points, weights };
                if !self.stepping.nurbs(&curve, &mut self.solid) {
                    if spline.fit_points.len() < 2 {
                        return Err(Trouble::BadSpline);
                    }
                    let fit: Vec<Xyz> = spline.fit_points.iter().map(|point| [point.x, point.y, 0.0]).collect();
                    let tangent = |x: f64, y: f64| ((x, y) != (0.0, 0.0)).then_some([x, y, 0.0]);
                    let ends = [
                        tangent(spline.start_tangent.x, spline.start_tangent.y),
                        tangent(spline.end_tangent.x, spline.end_tangent.y),
                    ];
                    self.stepping.through(&fit, ends, &mut self.solid);
                }
                out.extend(self.solid.iter().map(|at| [at[0], at[1]]));
            }
            BoundaryEdge::Polyline(line) => {
                self.flat.clear();
                self.bulged(line.vertices.iter().map(|vertex| ([vertex.x, vertex.y], vertex.z)), true);
                out.append(&mut self.flat);
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn directed(from: f64, to: f64, is_counter_clockwise: bool) -> f64 {
    if is_counter_clockwise { turn(to - from) } else { -turn(from - to) }
}
