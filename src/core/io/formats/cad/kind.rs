//! What entities are: their names, their shapes, where they stand.

use super::clean::STUB;
use super::space::Xyz;
use acadrust::EntityType;
use acadrust::entities::ExtendedEntityData;

/// The geometry that an entity gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Shape {
    /// Positions: POINT, texts, inserted blocks.
    Point,
    /// Open curves.
    Line,
    /// Closed curves, hatches, faces.
    Area,
}

/// The shape of an entity; `None` where it is not read.
pub(super) fn shape(entity: &EntityType) -> Option<Shape> {
    use EntityType as E;
    let closed = |is_closed: bool| Some(if is_closed { Shape::Area } else { Shape::Line });
    match entity {
        E::Point(_) | E::Text(_) | E::MText(_) | E::Insert(_) | E::AttributeDefinition(_) | E::AttributeEntity(_) => {
            Some(Shape::Point)
        }
        E::Line(_) | E::Arc(_) | E::MLine(_) | E::Helix(_) => Some(Shape::Line),
        E::Circle(_) | E::Hatch(_) | E::Solid(_) | E::Face3D(_) => Some(Shape::Area),
        E::PolyfaceMesh(_) | E::PolygonMesh(_) | E::Mesh(_) => Some(Shape::Area),
        E::Ellipse(ellipse) => closed(is_whole_turn(ellipse.end_parameter - ellipse.start_parameter)),
        E::LwPolyline(line) => {
            let has_bulge = line.vertices.iter().any(|vertex| vertex.bulge != 0.0);
            let ends = line.vertices.first().zip(line.vertices.last());
            let meets = ends.is_some_and(|(a, b)| a.location.x == b.location.x && a.location.y == b.location.y);
            closed(encloses(line.vertices.len(), has_bulge, line.is_closed, meets))
        }
        E::Polyline2D(line) => {
            let vertices = || line.vertices.iter().filter(|vertex| vertex.flags.bits() & FRAME == 0);
            let has_bulge = vertices().any(|vertex| vertex.bulge != 0.0);
            let meets = vertices().next().zip(vertices().next_back()).is_some_and(|(a, b)| a.location == b.location);
            closed(encloses(vertices().count(), has_bulge, line.flags.is_closed(), meets))
        }
        E::Polyline3D(line) => {
            let vertices = || line.vertices.iter().filter(|vertex| vertex.flags & i32::from(FRAME) == 0);
            let meets = vertices().next().zip(vertices().next_back()).is_some_and(|(a, b)| a.position == b.position);
            closed(encloses(vertices().count(), false, line.flags.closed, meets))
        }
        E::Polyline(line) => {
            let vertices = || line.vertices.iter().filter(|vertex| vertex.flags.bits() & FRAME == 0);
            let meets = vertices().next().zip(vertices().next_back()).is_some_and(|(a, b)| a.location == b.location);
            closed(encloses(vertices().count(), false, line.flags.is_closed(), meets))
        }
        E::Spline(spline) => closed(spline.flags.closed || spline.flags.periodic),
        _ => None,
    }
}

/// The flag of a vertex that only steers a spline.
pub(super) const FRAME: u8 = 16;

fn encloses(vertices: usize, has_bulge: bool, is_closed: bool, meets: bool) -> bool {
    (is_closed && vertices >= if has_bulge { 2 } else { 3 }) || (meets && vertices >= if has_bulge { 3 } else { 4 })
}

/// True for a sweep of nothing or of whole turns, which both stand for the whole curve.
pub(super) fn is_whole_turn(sweep: f64) -> bool {
    let turns = sweep / std::f64::consts::TAU;
    (turns - turns.round()).abs() < 1e-9
}

/// The type of an entity as DXF files call it.
pub(super) fn name(entity: &EntityType) -> &str {
    use EntityType as E;
    match entity {
        E::Insert(_) => "INSERT",
        E::Solid(solid) if solid.is_trace => "TRACE",
        E::Hatch(hatch) if hatch.is_mpolygon => "MPOLYGON",
        E::PolyfaceMesh(_) | E::PolygonMesh(_) => "POLYLINE",
        E::Dimension(_) => "DIMENSION",
        E::Unknown(unknown) => unknown.dxf_name.trim_start_matches(STUB),
        E::Extended(extended) => match &extended.data {
            ExtendedEntityData::Proxy(_) => "ACAD_PROXY_ENTITY",
            ExtendedEntityData::OleFrame(_) => "OLEFRAME",
            ExtendedEntityData::RegisteredClass(class) => &class.dxf_name,
            ExtendedEntityData::ArcAlignedText(_) => "ARCALIGNEDTEXT",
            ExtendedEntityData::RemoteText(_) => "RTEXT",
            ExtendedEntityData::PointCloud(_) | ExtendedEntityData::PointCloudEx(_) => "POINTCLOUD",
            ExtendedEntityData::Arch(_) => "AEC",
            _ => "EXTENDED",
        },
        other => other.as_entity().entity_type(),
    }
}

/// A position of an entity in its own coordinate system, for an overview; `None` where it is not read.
pub(super) fn anchor(entity: &EntityType) -> Option<Xyz> {
    use EntityType as E;
    let flat = |x: f64, y: f64| [x, y, 0.0];
    match entity {
        E::Point(point) => Some(flat(point.location.x, point.location.y)),
        E::Text(text) => Some(flat(text.insertion_point.x, text.insertion_point.y)),
        E::MText(text) => Some(flat(text.insertion_point.x, text.insertion_point.y)),
        E::Insert(insert) => Some(flat(insert.insert_point.x, insert.insert_point.y)),
        E::AttributeDefinition(text) => Some(flat(text.insertion_point.x, text.insertion_point.y)),
        E::AttributeEntity(text) => Some(flat(text.insertion_point.x, text.insertion_point.y)),
        E::Line(line) => Some(flat(line.start.x, line.start.y)),
        E::Arc(arc) => Some(flat(arc.center.x, arc.center.y)),
        E::Circle(circle) => Some(flat(circle.center.x, circle.center.y)),
        E::Ellipse(ellipse) => Some(flat(ellipse.center.x, ellipse.center.y)),
        E::LwPolyline(line) => line.vertices.first().map(|vertex| flat(vertex.location.x, vertex.location.y)),
        E::Polyline2D(line) => line.vertices.first().map(|vertex| flat(vertex.location.x, vertex.location.y)),
        E::Polyline3D(line) => line.vertices.first().map(|vertex| flat(vertex.position.x, vertex.position.y)),
        E::Polyline(line) => line.vertices.first().map(|vertex| flat(vertex.location.x, vertex.location.y)),
        E::Spline(spline) => {
            spline.control_points.first().or(spline.fit_points.first()).map(|position| flat(position.x, position.y))
        }
        E::Helix(helix) => helix.spline.control_points.first().map(|position| flat(position.x, position.y)),
        E::Solid(solid) => Some(flat(solid.first_corner.x, solid.first_corner.y)),
        E::Face3D(face) => Some(flat(face.first_corner.x, face.first_corner.y)),
        E::MLine(line) => line.vertices.first().map(|vertex| flat(vertex.position.x, vertex.position.y)),
        E::Hatch(hatch) => {
            use acadrust::entities::BoundaryEdge as B;
            hatch.paths.first()?.edges.first().and_then(|edge| match edge {
                B::Line(line) => Some(flat(line.start.x, line.start.y)),
                B::CircularArc(arc) => Some(flat(arc.center.x, arc.center.y)),
                B::EllipticArc(arc) => Some(flat(arc.center.x, arc.center.y)),
                B::Spline(spline) => spline.control_points.first().map(|position| flat(position.x, position.y)),
                B::Polyline(line) => line.vertices.first().map(|vertex| flat(vertex.x, vertex.y)),
            })
        }
        E::PolyfaceMesh(mesh) => mesh.vertices.first().map(|vertex| flat(vertex.location.x, vertex.location.y)),
        E::PolygonMesh(mesh) => mesh.vertices.first().map(|vertex| flat(vertex.location.x, vertex.location.y)),
        E::Mesh(mesh) => mesh.vertices.first().map(|position| flat(position.x, position.y)),
        _ => None,
    }
}

/// Positions that an entity holds, about: what placing it once more costs.
pub(super) fn weight(entity: &EntityType) -> usize {
    use EntityType as E;
    let common = entity.common();
    let texts = |values: &[acadrust::xdata::XDataValue]| -> usize {
        let length = |value: &acadrust::xdata::XDataValue| match value {
            acadrust::xdata::XDataValue::String(text) => text.len() / 16,
            acadrust::xdata::XDataValue::BinaryData(bytes) => bytes.len() / 16,
            _ => 0,
        };
        values.iter().map(|value| 1 + length(value)).sum()
    };
    let data: usize = common.extended_data.records().iter().map(|record| texts(&record.values)).sum();
    let own = match entity {
        E::Text(text) => 1 + text.value.len() / 16,
        E::MText(text) => 1 + text.value.len() / 16,
        E::AttributeDefinition(text) => 1 + text.default_value.len() / 16,
        E::LwPolyline(line) => line.vertices.len(),
        E::Polyline2D(line) => line.vertices.len(),
        E::Polyline3D(line) => line.vertices.len(),
        E::Polyline(line) => line.vertices.len(),
        E::Spline(spline) => spline.control_points.len() + spline.fit_points.len(),
        E::MLine(line) => line.vertices.iter().map(|vertex| vertex.segments.len() + 1).sum(),
        E::Hatch(hatch) => hatch
            .paths
            .iter()
            .flat_map(|path| &path.edges)
            .map(|edge| match edge {
                acadrust::entities::BoundaryEdge::Polyline(line) => line.vertices.len(),
                acadrust::entities::BoundaryEdge::Spline(spline) => spline.control_points.len(),
                _ => 1,
            })
            .sum(),
        E::PolyfaceMesh(mesh) => mesh.faces.len() * 5,
        E::PolygonMesh(mesh) => mesh.vertices.len() * 5,
        E::Mesh(mesh) => mesh.faces.iter().map(|face| face.vertices.len() + 1).sum(),
        E::Insert(insert) => 1 + insert.attributes.len(),
        _ => 1,
    };
    own + data + common.layer.len() / 16
}
