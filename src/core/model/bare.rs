//! Layers without what a file brings: nothing, or geometries alone.

use super::{Attributes, Edits, FeatureText, Geometries, Layer, RowGeometries, Source, Table};
use crate::geodesy::LonLatBox;
use std::sync::Arc;

impl Layer {
    /// A layer without features, of no file.
    pub fn nothing() -> Self {
        Self {
            name: String::new(),
            source: Source::of_no_file(""),
            guessed_role: None,
            as_read: Arc::default(),
            edits: Edits::default(),
            geometries: RowGeometries::default(),
            kinds: Vec::new(),
            attributes: Attributes::lent(Vec::new()),
            unusable: Arc::default(),
            problems: Arc::default(),
            reprojected: false,
            declared_crs: None,
            encoding: "UTF-8".to_owned(),
            bounds: LonLatBox::EMPTY,
        }
    }

    /// Rows without attributes, all of which a question can use: what work on rows needs of a layer. `bounds` is the box of the
    /// layer that they are rows of.
    pub fn of_geometries(geometries: Geometries, bounds: LonLatBox) -> Self {
        let (kinds, unusable) = (geometries.kinds_present(), Arc::new(vec![false; geometries.len()]));
        let table = Table { rows: geometries.len(), ..Table::default() };
        let as_read = FeatureText { unusable: Arc::clone(&unusable), table: Some(table), ..FeatureText::default() };
        Self {
            as_read: Arc::new(as_read),
            kinds,
            geometries: RowGeometries::new(geometries),
            unusable,
            bounds,
            ..Self::nothing()
        }
    }
}
