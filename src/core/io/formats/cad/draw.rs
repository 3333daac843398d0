//! Entities as geometries of the program.

use super::curve::{Nurbs, Stepping, unwrapped};
use super::kind::{FRAME, Shape, is_whole_turn};
use super::ring::{self, Path};
use super::space::{Affine, Xyz, cross, xyz};
use crate::io::formats::{RawGeometry, RawKind};
use crate::model::GeometryKind;
use acadrust::EntityType;
use acadrust::entities::{MLine, Spline};
use std::f64::consts::TAU;

/// Why a row has no geometry, or a doubtful one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trouble {
    /// A coordinate is no number.
    NotFinite,
    /// A spline's numbers make no curve.
    BadSpline,
    /// A hatch without a closed boundary.
    BadHatch,
    /// A gap in a hatch's boundary was closed.
    Gap,
    /// Too many nested boundaries.
    TooNested,
    /// Nothing to draw: no vertices.
    Empty,
}

/// Draws entities one after another, with room that is reused.
#[derive(Debug)]
pub(super) struct Drawer {
    /// How curves are stepped.
    pub stepping: Stepping,
    /// Largest distance between a chord and its curve, in drawing units.
    tolerance: f64,
    /// Metres in a drawing unit.
    factor: f64,
    pub(super) flat: Path,
    pub(super) solid: Vec<Xyz>,
}

impl Drawer {
    /// For a drawing whose unit is so many metres.
    pub(super) fn new(factor: f64) -> Self {
        Self { stepping: Stepping::new(), tolerance: 1e-4 / factor, factor, flat: Vec::new(), solid: Vec::new() }
    }

    /// Draws an entity of a frame; `out` is emptied first.
    ///
    /// # Errors
    /// What is wrong with it; after [`Trouble::Gap`] alone the geometry is there.
    pub(super) fn draw(
        &mut self,
        entity: &EntityType,
        shape: Shape,
        frame: &Affine,
        out: &mut RawGeometry,
    ) -> Result<(), Trouble> {
        let kind = match shape {
            Shape::Point => GeometryKind::Point,
            Shape::Line => GeometryKind::LineString,
            Shape::Area => GeometryKind::Polygon,
        };
        out.reset(RawKind::Simple(kind));
        self.stepping.tolerance = self.tolerance / frame.scale().max(1e-12);
        self.flat.clear();
        self.solid.clear();
        let drawn = self.entity(entity, shape, frame, out);
        if drawn.is_ok() || drawn == Err(Trouble::Gap) {
            if out.xy.is_empty() {
                return Err(Trouble::Empty);
            }
            let is_finite = out.xy.iter().all(|[x, y]| x.is_finite() && y.is_finite());
            if !is_finite {
                return Err(Trouble::NotFinite);
            }
            if out.z.iter().all(|z| *z == 0.0 || !z.is_finite()) {
                out.z.clear();
            }
        }
        drawn
    }

    pub(super) fn push(&self, at: Xyz, out: &mut RawGeometry) {
        out.xy.push([at[0] * self.factor, at[1] * self.factor]);
        out.z.push(at[2] * self.factor);
    }

    /// One part of one path from the flat positions, closed where an area is wanted.
    fn flat_path(&mut self, map: &Affine, height: f64, shape: Shape, out: &mut RawGeometry) {
        if shape == Shape::Area {
            ring::close(&mut self.flat, 0.0);
        }
        for [x, y] in &self.flat {
            self.push(map.position([*x, *y, height]), out);
        }
        out.end_path();
        out.end_part();
    }

    pub(super) fn solid_path(&mut self, map: &Affine, shape: Shape, out: &mut RawGeometry) {
        if shape == Shape::Area && self.solid.first() != self.solid.last() {
            self.solid.extend(self.solid.first().copied());
        }
        for at in &self.solid {
            self.push(map.position(*at), out);
        }
        out.end_path();
        out.end_part();
    }

    fn point(&self, at: Xyz, out: &mut RawGeometry) {
        self.push(at, out);
        out.end_path();
        out.end_part();
    }

    fn entity(
        &mut self,
        entity: &EntityType,
        shape: Shape,
        frame: &Affine,
        out: &mut RawGeometry,
    ) -> Result<(), Trouble> {
        use EntityType as E;
        let ocs = |normal| frame.after(&Affine::of_normal(normal));
        match entity {
            E::Point(point) => self.point(frame.position(xyz(point.location)), out),
            E::MText(text) => self.point(frame.position(xyz(text.insertion_point)), out),
            E::Text(_) | E::AttributeDefinition(_) | E::AttributeEntity(_) => {
                let (at, normal) = text_anchor(entity);
                self.point(ocs(normal).position(at), out);
            }
            E::Line(line) => {
                self.solid.extend([xyz(line.start), xyz(line.end)]);
                self.solid_path(frame, shape, out);
            }
            E::Circle(circle) => {
                let centre = circle.center;
                self.stepping.arc([centre.x, centre.y], circle.radius, 0.0, TAU, &mut self.flat);
                self.flat.pop();
                self.flat_path(&ocs(circle.normal), centre.z, shape, out);
            }
            E::Arc(arc) => {
                let sweep = turn(arc.end_angle - arc.start_angle);
                let centre = arc.center;
                self.stepping.arc([centre.x, centre.y], arc.radius, arc.start_angle, sweep, &mut self.flat);
                self.flat_path(&ocs(arc.normal), centre.z, shape, out);
            }
            E::Ellipse(ellipse) => {
                let major = xyz(ellipse.major_axis);
                let minor = cross(super::space::unit(xyz(ellipse.normal)), major).map(|n| n * ellipse.minor_axis_ratio);
                let sweep = turn(ellipse.end_parameter - ellipse.start_parameter);
                let centre = xyz(ellipse.center);
                self.stepping.ellipse(centre, [major, minor], ellipse.start_parameter, sweep, &mut self.solid);
                if shape == Shape::Area {
                    self.solid.pop();
                }
                self.solid_path(frame, shape, out);
            }
            E::LwPolyline(line) => {
                let vertices =
                    line.vertices.iter().map(|vertex| ([vertex.location.x, vertex.location.y], vertex.bulge));
                self.bulged(vertices, line.is_closed);
                self.flat_path(&ocs(line.normal), line.elevation, shape, out);
            }
            E::Polyline2D(line) => {
                let vertices = line.vertices.iter().filter(|vertex| vertex.flags.bits() & FRAME == 0);
                let height = vertices.clone().next().map_or(0.0, |vertex| vertex.location.z);
                let height = if height == 0.0 { line.elevation } else { height };
                self.bulged(vertices.map(|v| ([v.location.x, v.location.y], v.bulge)), line.flags.is_closed());
                self.flat_path(&ocs(line.normal), height, shape, out);
            }
            E::Polyline3D(line) => {
                let vertices = line.vertices.iter().filter(|vertex| vertex.flags & i32::from(FRAME) == 0);
                self.solid.extend(vertices.map(|vertex| xyz(vertex.position)));
                self.solid_closed(line.flags.closed);
                self.solid_path(frame, shape, out);
            }
            E::Polyline(line) => {
                let vertices = line.vertices.iter().filter(|vertex| vertex.flags.bits() & FRAME == 0);
                self.solid.extend(vertices.map(|vertex| xyz(vertex.location)));
                self.solid_closed(line.flags.is_closed());
                self.solid_path(frame, shape, out);
            }
            E::Spline(spline) => {
                self.spline(spline)?;
                self.solid_path(frame, shape, out);
            }
            E::Helix(helix) => {
                self.spline(&helix.spline)?;
                self.solid_path(frame, shape, out);
            }
            E::Solid(solid) => {
                let (c, d) = (xyz(solid.third_corner), xyz(solid.fourth_corner));
                // The corners of SOLID and TRACE run in a Z.
                self.face([xyz(solid.first_corner), xyz(solid.second_corner), d, c]);
                self.solid_path(&ocs(solid.normal), shape, out);
            }
            E::Face3D(face) => {
                self.face([face.first_corner, face.second_corner, face.third_corner, face.fourth_corner].map(xyz));
                self.solid_path(frame, shape, out);
            }
            E::MLine(line) => self.mline(line, frame, out)?,
            E::Hatch(hatch) => return self.hatch(hatch, &ocs(hatch.normal), out),
            other => return self.mesh(other, frame, out),
        }
        Ok(())
    }

    /// Vertices joined by straight lines and arcs.
    pub(super) fn bulged(&mut self, vertices: impl Iterator<Item = ([f64; 2], f64)>, is_closed: bool) {
        let (mut before, mut first): (Option<([f64; 2], f64)>, Option<[f64; 2]>) = (None, None);
        for (at, bulge) in vertices {
            match before {
                Some((from, bulge)) => self.stepping.bulge(from, at, bulge, &mut self.flat),
                None => {
                    first = Some(at);
                    self.flat.push(at);
                }
            }
            before = Some((at, bulge));
        }
        if let (true, Some((from, bulge)), Some(first)) = (is_closed, before, first)
            && from != first
        {
            self.stepping.bulge(from, first, bulge, &mut self.flat);
        }
    }

    /// A closed path of too few vertices for an area goes back to its start.
    fn solid_closed(&mut self, is_closed: bool) {
        if is_closed && self.solid.len() > 1 && self.solid.first() != self.solid.last() {
            self.solid.extend(self.solid.first().copied());
        }
    }

    fn face(&mut self, corners: [Xyz; 4]) {
        self.solid.extend(corners);
        self.solid.dedup();
        if self.solid.len() > 1 && self.solid.first() == self.solid.last() {
            self.solid.pop();
        }
        while self.solid.len() < 3 {
            self.solid.extend(self.solid.last().copied());
        }
    }

    fn spline(&mut self, spline: &Spline) -> Result<(), Trouble> {
        let points: Vec<Xyz> = spline.control_points.iter().map(|point| xyz(*point)).collect();
        let degree = usize::try_from(spline.degree).unwrap_or(0);
        let weights = if spline.weights.iter().all(|weight| *weight == 1.0) { &[][..] } else { &spline.weights };
        let curve = Nurbs { degree, knots: &spline.knots, points: &points, weights };
        if !points.is_empty() && self.stepping.nurbs(&curve, &mut self.solid) {
            return Ok(());
        }
        if let Some((knots, points, weights)) = unwrapped(degree, &spline.knots, &points, weights) {
            let curve = Nurbs { degree, knots: &knots, points: &points, weights: &weights };
            if self.stepping.nurbs(&curve, &mut self.solid) {
                return Ok(());
            }
        }
        if spline.fit_points.len() < 2 {
            return Err(Trouble::BadSpline);
        }
        let fit: Vec<Xyz> = spline.fit_points.iter().map(|point| xyz(*point)).collect();
        let tangent = |at: Xyz| (at != [0.0; 3]).then_some(at);
        self.stepping.through(
            &fit,
            [tangent(xyz(spline.begin_tangent)), tangent(xyz(spline.end_tangent))],
            &mut self.solid,
        );
        Ok(())
    }

    /// The parallel lines of a multiline, each a part.
    fn mline(&mut self, line: &MLine, frame: &Affine, out: &mut RawGeometry) -> Result<(), Trouble> {
        out.kind = RawKind::Simple(GeometryKind::MultiLineString);
        let elements = line.vertices.iter().map(|vertex| vertex.segments.len()).max().unwrap_or(0);
        let is_closed = line.flags.bits() & 2 != 0;
        for element in 0..elements.max(1) {
            let start = out.xy.len();
            for vertex in &line.vertices {
                let offset = vertex.segments.get(element).and_then(|segment| segment.parameters.first()).copied();
                let (at, miter, offset) = (xyz(vertex.position), xyz(vertex.miter), offset.unwrap_or(0.0));
                self.push(frame.position(std::array::from_fn(|k| at[k] + miter[k] * offset)), out);
            }
            if is_closed && out.xy.len() > start + 1 {
                out.xy.push(out.xy[start]);
                out.z.push(out.z[start]);
            }
            out.end_path();
            out.end_part();
        }
        if line.vertices.len() < 2 { Err(Trouble::Empty) } else { Ok(()) }
    }
}

/// Where a one-line text stands in its object coordinate system: its alignment point, or its start where it has none.
pub(super) fn text_anchor(entity: &EntityType) -> (Xyz, acadrust::Vector3) {
    use acadrust::entities::{
        HorizontalAlignment as H, TextHorizontalAlignment as T, TextVerticalAlignment as V, VerticalAlignment,
    };
    let attribute = |h: H, v: VerticalAlignment| (h as i32 != 0 || v as i32 != 0) && !matches!(h, H::Aligned | H::Fit);
    let (start, aligned, is_aligned, normal) = match entity {
        EntityType::Text(text) => {
            let (h, v) = (text.horizontal_alignment, text.vertical_alignment);
            let is_aligned = (h != T::Left || v != V::Baseline) && !matches!(h, T::Aligned | T::Fit);
            (text.insertion_point, text.alignment_point, is_aligned, text.normal)
        }
        EntityType::AttributeDefinition(text) => {
            let is_aligned = attribute(text.horizontal_alignment, text.vertical_alignment);
            (text.insertion_point, Some(text.alignment_point), is_aligned, text.normal)
        }
        EntityType::AttributeEntity(text) => {
            let is_aligned = attribute(text.horizontal_alignment, text.vertical_alignment);
            (text.insertion_point, Some(text.alignment_point), is_aligned, text.normal)
        }
        _ => return ([0.0; 3], acadrust::Vector3 { x: 0.0, y: 0.0, z: 1.0 }),
    };
    // Some writers leave the second point at zero.
    let aligned = aligned.filter(|at| is_aligned && (at.x, at.y) != (0.0, 0.0));
    (xyz(aligned.unwrap_or(start)), normal)
}

/// A counter-clockwise sweep in (0, 2π].
pub(super) fn turn(sweep: f64) -> f64 {
    if is_whole_turn(sweep) { TAU } else { sweep.rem_euclid(TAU) }
}
