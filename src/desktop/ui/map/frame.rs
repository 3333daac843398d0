//! One picture of the map, as the GPU gets it: a camera, a size, the draw lists in order.

use super::camera::Camera;
use super::shown::Strength;
use super::tessellate::{DrawList, Tile};
use crate::geodesy::LonLatBox;
use bytemuck::{Pod, Zeroable};
use eframe::egui::{Color32, Pos2, Rect};
use std::sync::Arc;

/// What is to be drawn. Two equal frames look the same, so the second need not be drawn.
#[derive(Clone, Debug)]
pub struct MapFrame {
    /// Where the map stands on the window, points.
    pub rect: Rect,
    /// Pixels to a point.
    pub pixels_per_point: f32,
    /// Where the map looks.
    pub camera: Camera,
    /// Behind everything.
    pub background: Color32,
    /// From the bottom to the top, each with its share of ink.
    pub lists: Vec<(Arc<DrawList>, Strength)>,
    /// Not drawn yet, but handed to the GPU meanwhile.
    pub coming: Vec<Arc<DrawList>>,
}

/// What the shaders need to place a tile.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct ViewUniform {
    /// Points per degree east and north.
    pub scale: [f32; 2],
    /// The tile's origin, points from the picture's top left.
    pub origin: [f32; 2],
    /// Size of the picture, points.
    pub size: [f32; 2],
    /// Pixels to a point.
    pub pixels_per_point: f32,
    /// Share of its ink that the list is drawn with, from 0 to 1.
    pub strength: f32,
    /// Size of its marks, as a share of their own.
    pub marks: f32,
    /// Unused: the size of a uniform is a multiple of 16 bytes.
    pub pad: [f32; 3],
}

/// Which buffer a tile belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Triangles.
    Fill,
    /// Segments.
    Line,
    /// Marks.
    Mark,
}

/// One draw call.
#[derive(Clone, Debug)]
pub struct Draw<'a> {
    /// The list.
    pub list: &'a DrawList,
    /// The buffer.
    pub stage: Stage,
    /// The tile.
    pub tile: &'a Tile,
    /// Its uniform.
    pub view: ViewUniform,
}

impl MapFrame {
    /// Size of the picture in pixels, at least one each way.
    pub fn pixels(&self) -> [u32; 2] {
        let size = self.rect.size() * self.pixels_per_point;
        [(size.x.round() as u32).max(1), (size.y.round() as u32).max(1)]
    }

    /// True where `other` would look the same, wherever it stands on the window.
    pub fn looks_like(&self, other: &Self) -> bool {
        self.pixels() == other.pixels()
            && self.camera == other.camera
            && self.background == other.background
            && self.pixels_per_point == other.pixels_per_point
            && self.lists.len() == other.lists.len()
            && self.lists.iter().zip(&other.lists).all(|((a, ink), (b, other))| a.id == b.id && ink == other)
    }

    /// The draw calls, bottom to top, tiles out of sight left out.
    pub fn draws(&self) -> Vec<Draw<'_>> {
        // Marks and line widths reach a little over the edge.
        let view = Rect::from_min_size(Pos2::ZERO, self.rect.size());
        let visible = self.camera.visible(view.expand(16.0));
        let size = view.size();
        let scale = self.camera.points_per_degree();
        let mut draws = Vec::new();
        for (list, strength) in &self.lists {
            for (stage, tiles) in
                [(Stage::Fill, &list.fill_tiles), (Stage::Line, &list.segment_tiles), (Stage::Mark, &list.mark_tiles)]
            {
                let marks = strength.marks;
                let strength = if stage == Stage::Line { strength.lines } else { strength.all };
                if strength <= 0.0 {
                    continue;
                }
                draws.extend(tiles.iter().filter(|tile| in_sight(&tile.bounds, &visible)).map(|tile| {
                    let origin = self.camera.screen_from_world(view, tile.origin);
                    Draw {
                        list,
                        stage,
                        tile,
                        view: ViewUniform {
                            scale: scale.map(|s| s as f32),
                            origin: origin.into(),
                            size: size.into(),
                            pixels_per_point: self.pixels_per_point,
                            strength,
                            marks,
                            pad: [0.0; 3],
                        },
                    }
                }));
            }
        }
        draws
    }
}

fn in_sight(tile: &LonLatBox, visible: &LonLatBox) -> bool {
    tile.intersects(visible)
}
