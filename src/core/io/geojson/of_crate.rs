//! Layers to and from the `geojson` crate.

use super::table_row::feature_text;
use crate::io::{ReadError, ReadOptions, read_layer_bytes};
use crate::model::Layer;
use crate::progress::Progress;

/// Why a row is no feature of the `geojson` crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoFeature {
    /// What was left in the layer's file cannot be read back.
    #[error("row {row}: {cause}")]
    File {
        /// The row, from 0.
        row: usize,
        /// Why.
        cause: std::io::Error,
    },
    /// What stands there is no feature as that crate reads one.
    #[error("row {row}: {cause}")]
    Feature {
        /// The row, from 0.
        row: usize,
        /// Why.
        cause: serde_json::Error,
    },
}

/// Every row that is not gone, as it stands in its file or as its values say. Numbers become what `serde_json` reads: a
/// decimal of more digits than an f64 holds is rounded, which the layer itself does not do.
impl TryFrom<&Layer> for ::geojson::FeatureCollection {
    type Error = NoFeature;

    fn try_from(layer: &Layer) -> Result<Self, NoFeature> {
        let feature = |row: usize| {
            let text = feature_text(layer, row).map_err(|cause| NoFeature::File { row, cause })?;
            serde_json::from_slice(&text).map_err(|cause| NoFeature::Feature { row, cause })
        };
        let features: Vec<::geojson::Feature> = layer.rows().map(feature).collect::<Result<_, _>>()?;
        Ok(features.into_iter().collect())
    }
}

/// Written and read like a file of that text, so that the layer has the same health list; the cost is that of both.
impl TryFrom<&::geojson::FeatureCollection> for Layer {
    type Error = ReadError;

    fn try_from(collection: &::geojson::FeatureCollection) -> Result<Self, ReadError> {
        let text = ::geojson::GeoJson::from(collection.clone()).to_string();
        read_layer_bytes(text.as_bytes(), "features.geojson", &ReadOptions::default(), &Progress::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::GeometryKind;
    use ::geojson::{Feature, FeatureCollection};
    use serde_json::json;

    fn collection() -> FeatureCollection {
        let point = json!({"type": "Feature", "id": "A", "properties": {"名称": "甲", "n": 7}, "geometry": {"type": "Point", "coordinates": [121.5, 31.4]}});
        let none = json!({"type": "Feature", "properties": {}, "geometry": null});
        [point, none].into_iter().map(|json| serde_json::from_value::<Feature>(json).expect("a feature")).collect()
    }

    #[test]
    fn features_become_a_layer_and_features_again() {
        let theirs = collection();
        let layer = Layer::try_from(&theirs).expect("a layer");
        assert_eq!((layer.feature_count(), layer.geometries.kind(0)), (2, Some(GeometryKind::Point)));
        assert_eq!((layer.label(0), layer.problems.len()), ("甲".to_owned(), 1));
        assert_eq!(FeatureCollection::try_from(&layer).expect("features"), theirs);
    }

    #[test]
    fn features_that_are_none_are_refused() {
        let mut broken = collection();
        broken.foreign_members = Some(std::iter::once(("features".to_owned(), json!(1))).collect());
        assert!(Layer::try_from(&broken).is_err(), "a member twice told");
    }
}
