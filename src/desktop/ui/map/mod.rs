//! The map canvas: camera, buffers, GPU, picking, and what is written over it.

pub mod backdrop;
mod builder;
pub mod camera;
pub mod canvas;
pub mod detail;
pub mod draw_list;
pub mod drawn;
pub mod flight;
pub mod frame;
pub mod glow_backend;
pub mod hexes;
pub mod labels;
pub mod legend;
mod menu;
mod over;
pub mod overlay;
pub mod picking;
pub mod pins;
mod pointing;
pub mod scene;
pub mod shown;
mod sketch;
pub mod split;
mod strip;
pub mod style;
pub mod tessellate;
pub mod views;
pub mod wgpu_backend;

use eframe::egui::PaintCallback;
use frame::MapFrame;
use std::sync::Arc;

/// How the map reaches the screen.
#[derive(Clone)]
pub enum Gpu {
    /// Through wgpu.
    Wgpu,
    /// Through OpenGL.
    Glow(glow_backend::SharedGlMap),
    /// Not drawn: whoever writes the page takes it from its shapes ([`mapped`]).
    Paper,
    /// Not at all: only what egui draws by itself (a test without a driver).
    None,
}

impl Gpu {
    /// What paints a picture of the map.
    pub fn callback(&self, frame: Arc<MapFrame>) -> Option<PaintCallback> {
        match self {
            Self::Wgpu => Some(wgpu_backend::callback(frame)),
            Self::Glow(map) => Some(glow_backend::callback(Arc::clone(map), frame)),
            Self::Paper => Some(PaintCallback { rect: frame.rect, callback: Arc::new(Mapped(frame)) }),
            Self::None => None,
        }
    }
}

/// A picture of the map among the shapes of a page.
struct Mapped(Arc<MapFrame>);

/// The picture of the map that a shape of a page stands for.
pub fn mapped(callback: &PaintCallback) -> Option<&MapFrame> {
    callback.callback.downcast_ref::<Mapped>().map(|mapped| &*mapped.0)
}
