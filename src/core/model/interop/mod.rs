//! Geometry as other Rust programs have it: `geo_types` by copying, `geo_traits` by borrowing. What the `geojson`
//! crate calls a collection becomes a layer where layers are read.
//!
//! Positions are longitude and latitude in degrees (WGS 84 or CGCS2000), in that order.
//!
//! ```
//! use geo_types::{Geometry as Theirs, point};
//! use shanshui_core::model::Geometry;
//!
//! let outlet = Theirs::Point(point! { x: 121.5, y: 31.4 });
//! let ours = Geometry::try_from(&outlet)?;
//! assert_eq!(Theirs::from(&ours), outlet);
//! # Ok::<(), shanshui_core::model::NoGeometry>(())
//! ```

mod row;
mod simple;

pub use row::{BorrowedPart, BorrowedPath, BorrowedPosition, BorrowedRow};
pub use simple::NoGeometry;
