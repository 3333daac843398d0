//! What is said of files that are recognised and not read: what it is, and which program writes what we read.

use crate::i18n::{Lang, Said, tr};
use crate::io::formats::FormatError;

/// Families of files that have one way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Refused {
    Mapinfo,
    EsriJson,
    Access,
    CompressedGdb,
    ArcgisDocument,
    ArcgisPackage,
    MobileGdb,
    QgisProject,
    ShapefilePart,
    Raster,
    RasterPart,
    RasterOther,
    Tiles,
    Gml,
    Model,
    PointCloud,
    Supermap,
    Mapgis,
    Vct,
    ArcExport,
    Dgn,
    Drawing,
    Document,
    Archive,
    Parquet,
    Osm,
    Ovital,
}

impl Refused {
    /// True where files of the family hold features that somebody may miss: not pictures, documents, or parts of others.
    pub(super) fn holds_features(self) -> bool {
        match self {
            Self::Mapinfo
            | Self::EsriJson
            | Self::Access
            | Self::CompressedGdb
            | Self::ArcgisPackage
            | Self::MobileGdb
            | Self::Gml
            | Self::Supermap
            | Self::Mapgis
            | Self::Vct
            | Self::ArcExport
            | Self::Dgn
            | Self::Archive
            | Self::Parquet
            | Self::Osm
            | Self::Ovital => true,
            Self::ArcgisDocument
            | Self::QgisProject
            | Self::ShapefilePart
            | Self::Raster
            | Self::RasterPart
            | Self::RasterOther
            | Self::Tiles
            | Self::Model
            | Self::PointCloud
            | Self::Drawing
            | Self::Document => false,
        }
    }
}

/// The refusal of a family; `what` names the very kind: `GeoTIFF`.
pub(super) fn refusal(family: Refused, what: &str) -> FormatError {
    let said = |lang: Lang| match family {
        Refused::Mapinfo => tr!(lang, "format.refused.mapinfo"),
        Refused::EsriJson => tr!(lang, "format.refused.esri_json"),
        Refused::Access => tr!(lang, "format.refused.access"),
        Refused::CompressedGdb => tr!(lang, "format.refused.compressed_gdb"),
        Refused::ArcgisDocument => tr!(lang, "format.refused.arcgis_document"),
        Refused::ArcgisPackage => tr!(lang, "format.refused.arcgis_package"),
        Refused::MobileGdb => tr!(lang, "format.refused.mobile_gdb"),
        Refused::QgisProject => tr!(lang, "format.refused.qgis_project"),
        Refused::ShapefilePart => tr!(lang, "format.refused.shapefile_part", ending = what),
        Refused::Raster => tr!(lang, "format.refused.raster", what = what),
        Refused::RasterPart => tr!(lang, "format.refused.raster_part"),
        Refused::RasterOther => tr!(lang, "format.refused.raster_other", what = what),
        Refused::Tiles => tr!(lang, "format.refused.tiles", what = what),
        Refused::Gml => tr!(lang, "format.refused.gml", what = what),
        Refused::Model => tr!(lang, "format.refused.model", what = what),
        Refused::PointCloud => tr!(lang, "format.refused.point_cloud", what = what),
        Refused::Supermap => tr!(lang, "format.refused.supermap"),
        Refused::Mapgis => tr!(lang, "format.refused.mapgis"),
        Refused::Vct => tr!(lang, "format.refused.vct"),
        Refused::ArcExport => tr!(lang, "format.refused.arc_export"),
        Refused::Dgn => tr!(lang, "format.refused.dgn"),
        Refused::Drawing => tr!(lang, "format.refused.drawing", what = what),
        Refused::Document => tr!(lang, "format.refused.document", what = what),
        Refused::Archive => tr!(lang, "format.refused.archive", what = what),
        Refused::Parquet => tr!(lang, "format.refused.parquet", what = what),
        Refused::Osm => tr!(lang, "format.refused.osm", what = what),
        Refused::Ovital => tr!(lang, "format.refused.ovital"),
    };
    FormatError::refused(Said::told(|lang| said(lang).into_owned()))
}
