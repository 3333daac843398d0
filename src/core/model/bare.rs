//! Layers of geometries alone.

use super::{Attributes, Digest, Edits, FeatureText, Geometries, Layer, ReadAs, RowGeometries, Source, Table};
use crate::geodesy::LonLatBox;
use std::sync::Arc;

impl Layer {
    /// Rows without attributes, all of which a question can use: what work on rows needs of a layer. `bounds` is the box of the
    /// layer that they are rows of.
    pub fn of_geometries(geometries: Geometries, bounds: LonLatBox) -> Self {
        let (kinds, unusable) = (geometries.kinds_present(), Arc::new(vec![false; geometries.len()]));
        let table = Table { rows: geometries.len(), ..Table::default() };
        let as_read = FeatureText { unusable: Arc::clone(&unusable), table: Some(table), ..FeatureText::default() };
        let source = Source {
            path: None,
            file_name: String::new(),
            bytes: 0,
            digest: Digest::known(String::new()),
            stamp: None,
            unplaced: None,
            read_as: ReadAs::default(),
            store: None,
        };
        Self {
            name: String::new(),
            source,
            guessed_role: None,
            as_read: Arc::new(as_read),
            edits: Edits::default(),
            kinds,
            geometries: RowGeometries::new(geometries),
            attributes: Attributes::typed(Vec::new()),
            unusable,
            problems: Arc::default(),
            reprojected: false,
            declared_crs: None,
            encoding: String::new(),
            bounds,
        }
    }
}
