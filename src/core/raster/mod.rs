//! Backdrops (底图): pictures under the layers of a map, by tiles, from files and from tile services.
//!
//! A [`Backdrop`] is a value: where the pictures are, and how they are shown. [`open`] makes a [`TileSource`] of it, a [`Loader`]
//! brings what a view wants on threads of its own. No tile is projected: a tile is an image and a [`Grid`] that says where its
//! parts lie, so whoever draws it puts it there as a mesh.
//!
//! The only module that speaks to a network, and only for a backdrop with an address that somebody opened.

mod affine;
mod cache;
mod decode;
mod error;
mod folder;
mod geokeys;
mod gpkg_tiles;
mod grid;
mod image_file;
mod loader;
mod mbtiles;
mod pmtiles;
mod source;
mod store;
mod template;
#[cfg(test)]
mod tests;
mod tiff_file;
mod web;

pub use cache::TileCache;
pub use decode::decode as decode_picture;
pub use error::{RasterError, RasterErrorKind};
pub use grid::{Grid, TileId, Tiles};
pub use loader::{Loader, Told};
pub use source::{About, Opening, TileSource, open};
pub use template::{ServiceKey, Template, TemplateError};

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A picture: rows from the top, four bytes a pixel (red, green, blue, opacity; colours not multiplied by it).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// Width and height; pixels.
    pub size: [usize; 2],
    /// `4 * width * height` bytes.
    pub rgba: Vec<u8>,
}

/// How the tiles of a service cut the world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tiling {
    /// Web Mercator (EPSG:3857), one tile at level 0; 天地图's matrix set `w`.
    #[default]
    Mercator,
    /// Longitude and latitude (EPSG:4490, EPSG:4326), 360° to a tile at level 0; 天地图's matrix set `c`.
    Geographic,
}

/// What the positions of a service mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shift {
    /// WGS 84 or CGCS2000.
    #[default]
    None,
    /// GCJ-02, as public map services of mainland China have it: drawn shifted back.
    Gcj02,
}

/// A backdrop as a planner sets it and a project keeps it. Either `file` or `url` is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Backdrop {
    /// What it is called.
    pub title: String,
    /// A folder of tiles (`z/x/y.png`), an MBTiles or PMTiles file, or an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// The address of a tile of a service, with `{z}`, `{x}`, `{y}` and, where one is needed, `{key}` in the place of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The system of an image that does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crs: Option<String>,
    /// How a service cuts the world.
    #[serde(skip_serializing_if = "is_default")]
    pub tiling: Tiling,
    /// What positions mean.
    #[serde(skip_serializing_if = "is_default")]
    pub shift: Shift,
    /// The coarsest level that a service has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_zoom: Option<u8>,
    /// The finest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_zoom: Option<u8>,
    /// Whose the pictures are, as it is to stand on the map.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub attribution: String,
    /// From 0 (not seen) to 1.
    pub opacity: f32,
    /// Shown when the project is opened; one with an address waits until somebody turns it on.
    pub on: bool,
}

impl Default for Backdrop {
    fn default() -> Self {
        Self {
            title: String::new(),
            file: None,
            url: None,
            crs: None,
            tiling: Tiling::default(),
            shift: Shift::default(),
            min_zoom: None,
            max_zoom: None,
            attribution: String::new(),
            opacity: 1.0,
            on: false,
        }
    }
}

impl Backdrop {
    /// True where its pictures come over a network.
    pub fn is_online(&self) -> bool {
        self.url.is_some()
    }

    /// Its opacity, whatever a file says: from 0 to 1.
    pub fn opacity(&self) -> f32 {
        if self.opacity.is_finite() { self.opacity.clamp(0.0, 1.0) } else { 1.0 }
    }

    /// True where both show the same pictures at the same places.
    pub fn has_same_source(&self, other: &Self) -> bool {
        let (a, b) = (self, other);
        (&a.file, &a.url, &a.crs, a.tiling, a.shift) == (&b.file, &b.url, &b.crs, b.tiling, b.shift)
            && (a.min_zoom, a.max_zoom) == (b.min_zoom, b.max_zoom)
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
