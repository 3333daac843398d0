//! Meshes: their faces as areas.

use super::draw::{Drawer, Trouble};
use super::kind::Shape;
use super::space::{Affine, Xyz, xyz};
use crate::io::formats::{RawGeometry, RawKind};
use crate::model::GeometryKind;
use acadrust::EntityType;

impl Drawer {
    /// The faces of a mesh, each a part.
    pub(super) fn mesh(&mut self, entity: &EntityType, frame: &Affine, out: &mut RawGeometry) -> Result<(), Trouble> {
        out.kind = RawKind::Simple(GeometryKind::MultiPolygon);
        match entity {
            EntityType::PolyfaceMesh(mesh) => {
                for face in &mesh.faces {
                    let corners =
                        [face.index1, face.index2, face.index3, face.index4].into_iter().filter(|index| *index != 0);
                    let at = |index: i16| mesh.vertices.get(usize::from(index.unsigned_abs()) - 1);
                    self.mesh_face(corners.map(|index| at(index).map(|vertex| xyz(vertex.location))), frame, out)?;
                }
            }
            EntityType::PolygonMesh(mesh) => {
                let (m, n) = (mesh.m_vertex_count.max(0) as usize, mesh.n_vertex_count.max(0) as usize);
                if m.saturating_mul(n) != mesh.vertices.len() || m < 2 || n < 2 {
                    return Err(Trouble::Empty);
                }
                let flags = mesh.flags.bits();
                let (rows, columns) = (m - usize::from(flags & 1 == 0), n - usize::from(flags & 32 == 0));
                for (i, j) in (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))) {
                    let at =
                        |i: usize, j: usize| mesh.vertices.get((i % m) * n + j % n).map(|vertex| xyz(vertex.location));
                    self.mesh_face([at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)].into_iter(), frame, out)?;
                }
            }
            EntityType::Mesh(mesh) => {
                for face in &mesh.faces {
                    let corners = face.vertices.iter().map(|index| mesh.vertices.get(*index).map(|at| xyz(*at)));
                    self.mesh_face(corners, frame, out)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn mesh_face(
        &mut self,
        corners: impl Iterator<Item = Option<Xyz>>,
        frame: &Affine,
        out: &mut RawGeometry,
    ) -> Result<(), Trouble> {
        self.solid.clear();
        for corner in corners {
            self.solid.push(corner.ok_or(Trouble::Empty)?);
        }
        if self.solid.len() > 2 {
            self.solid_path(frame, Shape::Area, out);
        }
        Ok(())
    }
}
