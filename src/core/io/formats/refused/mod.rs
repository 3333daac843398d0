//! What is recognised and not read: each by its first bytes where it has some, else by the ending of its name, with the way out.

mod said;

use super::FormatError;
use super::xml::{Charset, root_of};
use said::{Refused, refusal};

/// Why a file of this name and these first bytes (4,096 at most) is not read; `None` where nothing is known of it. To be asked
/// after every format that is read: a GeoTIFF or MBTiles is told here as what cannot be a layer.
pub fn recognise(name: &str, head: &[u8]) -> Option<FormatError> {
    let (family, what) = family_of(&ending_of(name), head)?;
    Some(refusal(family, what))
}

/// Why a file whose features somebody may miss is not read, as [`recognise`]; `None` for pictures, documents and parts of other files,
/// of which folders are full.
pub fn unread(name: &str, head: &[u8]) -> Option<FormatError> {
    let ending = ending_of(name);
    // Tables of MapInfo have one file by which they are called.
    let is_part = matches!(&*ending, "map" | "dat" | "id" | "ind" | "mid");
    let (family, what) = family_of(&ending, head).filter(|(family, _)| !is_part && family.holds_features())?;
    Some(refusal(family, what))
}

fn ending_of(name: &str) -> String {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    file.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_ascii_lowercase())
}

fn family_of(ending: &str, head: &[u8]) -> Option<(Refused, &'static str)> {
    by_bytes(ending, head).or_else(|| by_text(ending, head)).or_else(|| by_ending(ending, head))
}

/// Signatures: where, what, which family, what it is called.
const SIGNATURES: &[(usize, &[u8], Refused, &str)] = &[
    (4, b"Standard Jet DB", Refused::Access, ""),
    (4, b"Standard ACE DB", Refused::Access, ""),
    (0, b"\x89PNG\r\n\x1a\n", Refused::Raster, "PNG"),
    (0, b"\xff\xd8\xff", Refused::Raster, "JPEG"),
    (0, b"II*\0", Refused::Raster, "GeoTIFF/TIFF"),
    (0, b"MM\0*", Refused::Raster, "GeoTIFF/TIFF"),
    (0, b"II+\0", Refused::Raster, "BigTIFF"),
    (0, b"MM\0+", Refused::Raster, "BigTIFF"),
    (0, b"GIF8", Refused::RasterOther, "GIF"),
    (4, b"jP  \r\n\x87\n", Refused::RasterOther, "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", Refused::RasterOther, "JPEG 2000"),
    (0, b"EHFA_HEADER_TAG", Refused::RasterOther, "ERDAS IMG"),
    (0, b"CDF\x01", Refused::RasterOther, "netCDF"),
    (0, b"CDF\x02", Refused::RasterOther, "netCDF"),
    (0, b"CDF\x05", Refused::RasterOther, "netCDF"),
    (0, b"\x89HDF\r\n\x1a\n", Refused::RasterOther, "HDF5/netCDF"),
    (0, b"\x0e\x03\x13\x01", Refused::RasterOther, "HDF4"),
    (0, b"GRIB", Refused::RasterOther, "GRIB"),
    (0, b"msid", Refused::RasterOther, "MrSID"),
    (0, b"ECW", Refused::RasterOther, "ECW"),
    (8, b"WEBP", Refused::Raster, "WebP"),
    (0, b"PMTiles", Refused::Tiles, "PMTiles"),
    (0, b"PAR1", Refused::Parquet, "Parquet/GeoParquet"),
    (0, b"ARROW1", Refused::Parquet, "Arrow/Feather"),
    (0, b"%PDF", Refused::Document, "PDF"),
    (0, b"{\\rtf", Refused::Document, "RTF"),
    (0, b"%!PS", Refused::Drawing, "PostScript/EPS"),
    (0, b"\xc5\xd0\xd3\xc6", Refused::Drawing, "EPS"),
    (0, b"Rar!\x1a\x07", Refused::Archive, "RAR"),
    (0, b"7z\xbc\xaf\x27\x1c", Refused::Archive, "7z"),
    (0, b"BZh", Refused::Archive, "bzip2"),
    (0, b"\xfd7zXZ\0", Refused::Archive, "xz"),
    (0, b"\x28\xb5\x2f\xfd", Refused::Archive, "zstd"),
    (257, b"ustar", Refused::Archive, "tar"),
    (0, b"LASF", Refused::PointCloud, "LAS/LAZ"),
    (0, b"glTF", Refused::Model, "glTF"),
    (0, b"b3dm", Refused::Model, "3D Tiles"),
    (0, b"i3dm", Refused::Model, "3D Tiles"),
    (0, b"pnts", Refused::PointCloud, "3D Tiles"),
    (0, b"Kaydara FBX", Refused::Model, "FBX"),
    (0, b"ISO-10303-21", Refused::Model, "IFC/STEP"),
    (0, b"\xff\xfe\xff\x0eS\0k\0e\0t\0c\0h\0U\0p\0", Refused::Model, "SketchUp"),
    (0, b"\x08\x09\xfe\x02", Refused::Dgn, ""),
    (0, b"\xc8\x09\xfe\x02", Refused::Dgn, ""),
    (6, b"OSMHeader", Refused::Osm, "PBF"),
    (0, b"\xff\xe0\x04o5m2", Refused::Osm, "o5m"),
    (0, b"WMAP", Refused::Mapgis, ""),
    (0, b"EXP  0", Refused::ArcExport, ""),
    // A MapInfo .MAP: its header block's magic number.
    (256, b"\xb2\x57\x87\x02", Refused::Mapinfo, ""),
];

fn by_bytes(ending: &str, head: &[u8]) -> Option<(Refused, &'static str)> {
    let holds = |at: usize, bytes: &[u8]| head.get(at..).is_some_and(|head| head.starts_with(bytes));
    if let Some((_, _, family, what)) = SIGNATURES.iter().find(|(at, bytes, ..)| holds(*at, bytes)) {
        // Packages of ArcGIS are 7z archives or zips.
        let is_package = *family == Refused::Archive && PACKAGES.contains(&ending);
        return Some(if is_package { (Refused::ArcgisPackage, "") } else { (*family, what) });
    }
    if holds(0, b"SQLite format 3\0") {
        return match ending {
            "mbtiles" => Some((Refused::Tiles, "MBTiles")),
            "udbx" => Some((Refused::Supermap, "")),
            "geodatabase" => Some((Refused::MobileGdb, "")),
            // The application id of an MBTiles.
            _ => holds(68, b"MPBX").then_some((Refused::Tiles, "MBTiles")),
        };
    }
    if holds(0, b"PK\x03\x04") {
        return in_zip(ending, head);
    }
    if holds(0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return match ending {
            "mxd" | "lyr" | "mxt" | "sxd" | "3dd" => Some((Refused::ArcgisDocument, "")),
            "dgn" => Some((Refused::Dgn, "")),
            "max" => Some((Refused::Model, "3ds Max")),
            "doc" | "dot" | "wps" => Some((Refused::Document, "Word")),
            "ppt" | "dps" => Some((Refused::Document, "PowerPoint")),
            // Workbooks are read elsewhere.
            _ => None,
        };
    }
    None
}

const PACKAGES: &[&str] = &["lpk", "mpk", "lpkx", "mpkx", "ppkx", "gpkx", "aptx", "slpk"];

/// Zips of other programs: by the ending, or by the name of their first member.
fn in_zip(ending: &str, head: &[u8]) -> Option<(Refused, &'static str)> {
    let holds = |text: &[u8]| memchr::memmem::find(head, text).is_some();
    match ending {
        "slpk" => Some((Refused::Model, "SLPK")),
        _ if PACKAGES.contains(&ending) => Some((Refused::ArcgisPackage, "")),
        "aprx" => Some((Refused::ArcgisDocument, "")),
        "qgz" => Some((Refused::QgisProject, "")),
        "smwu" | "sxwu" => Some((Refused::Supermap, "")),
        "docx" | "odt" | "wps" => Some((Refused::Document, "Word")),
        "pptx" | "odp" => Some((Refused::Document, "PowerPoint")),
        _ if holds(b"word/document.xml") || holds(b"opendocument.text") => Some((Refused::Document, "Word")),
        _ if holds(b"ppt/presentation.xml") => Some((Refused::Document, "PowerPoint")),
        _ if holds(b".qgs") => Some((Refused::QgisProject, "")),
        _ => None,
    }
}

/// Texts: XML by its root, JSON and others by their first words.
fn by_text(ending: &str, head: &[u8]) -> Option<(Refused, &'static str)> {
    let charset = Charset::of_head(head);
    let text = charset.encoding.decode(head).0;
    let text = text.trim_start();
    if text.starts_with('<') {
        let gml = || text.contains("opengis.net/gml") || text.contains("opengis.net/wfs");
        return match root_of(head)?.as_str() {
            "qgis" => Some((Refused::QgisProject, "")),
            "svg" => Some((Refused::Drawing, "SVG")),
            "osm" | "osmChange" => Some((Refused::Osm, "XML")),
            "CityModel" => Some((Refused::Gml, "CityGML")),
            "FeatureCollection" if text.contains("citygml") => Some((Refused::Gml, "CityGML")),
            "FeatureCollection" if gml() => Some((Refused::Gml, "GML")),
            "LandXML" => Some((Refused::Gml, "LandXML")),
            "VRTDataset" => Some((Refused::RasterOther, "VRT")),
            "OGRVRTDataSource" => Some((Refused::Gml, "OGR VRT")),
            "COLLADA" => Some((Refused::Model, "COLLADA")),
            "SuperMapWorkspace" | "sml" => Some((Refused::Supermap, "")),
            "html" | "HTML" if !matches!(ending, "xls" | "kml" | "gpx") => Some((Refused::Document, "HTML")),
            _ if gml() && matches!(ending, "gml" | "xml") => Some((Refused::Gml, "GML")),
            _ => None,
        };
    }
    if text.starts_with('{') || text.starts_with('[') {
        return in_json(ending, text);
    }
    let lower = text.get(..text.len().min(400)).unwrap_or(text).to_ascii_lowercase();
    if lower.starts_with("!table") || lower.starts_with("version") && lower.contains("charset") {
        return Some((Refused::Mapinfo, ""));
    }
    if lower.starts_with("headbegin") || lower.starts_with("datamark:") || lower.contains("datamark:landuse") {
        return Some((Refused::Vct, ""));
    }
    if lower.starts_with("ncols") && lower.contains("nrows") {
        return Some((Refused::RasterOther, "ASCII Grid"));
    }
    if lower.starts_with("dsaa") || lower.starts_with("dsbb") {
        return Some((Refused::RasterOther, "Surfer Grid"));
    }
    None
}

fn in_json(ending: &str, text: &str) -> Option<(Refused, &'static str)> {
    let holds = |word: &str| text.contains(word);
    if matches!(ending, "lyrx" | "mapx" | "pagx" | "stylx")
        || holds("\"CIMLayerDocument\"")
        || holds("\"CIMMapDocument\"")
    {
        return Some((Refused::ArcgisDocument, ""));
    }
    if holds("\"CityJSON\"") {
        return Some((Refused::Gml, "CityJSON"));
    }
    let is_geojson = holds("\"FeatureCollection\"") || holds("\"Feature\"") || holds("\"Topology\"");
    let has_shape = holds("\"rings\"") || holds("\"paths\"") || holds("\"hasZ\"") || holds("\"attributes\"");
    let is_esri = holds("\"esriGeometry")
        || holds("\"esriFieldType")
        || holds("\"wkid\"") && has_shape
        || holds("\"attributes\"") && (holds("\"rings\"") || holds("\"paths\"") || holds("\"x\""));
    (is_esri && !is_geojson).then_some((Refused::EsriJson, ""))
}

/// What has no signature, or was damaged: by the ending alone.
fn by_ending(ending: &str, head: &[u8]) -> Option<(Refused, &'static str)> {
    Some(match ending {
        "mif" => (Refused::Mapinfo, ""),
        "id" | "ind" if head.len().is_multiple_of(4) => (Refused::Mapinfo, ""),
        // `.mid` is music too, and `.dat` anything: a MapInfo one is a dBASE table.
        "mid" if !head.starts_with(b"MThd") => (Refused::Mapinfo, ""),
        "dat" if matches!(head.first(), Some(3)) => (Refused::Mapinfo, ""),
        "mdb" | "accdb" => (Refused::Access, ""),
        "cdf" => (Refused::CompressedGdb, ""),
        "mxd" | "aprx" | "lyr" | "lyrx" | "mapx" | "mxt" | "sxd" | "3dd" | "pagx" | "stylx" => {
            (Refused::ArcgisDocument, "")
        }
        _ if PACKAGES.contains(&ending) => (Refused::ArcgisPackage, ""),
        "geodatabase" => (Refused::MobileGdb, ""),
        "qgs" | "qgz" | "qlr" | "qml" => (Refused::QgisProject, ""),
        "shx" => (Refused::ShapefilePart, "shx"),
        "sbn" => (Refused::ShapefilePart, "sbn"),
        "sbx" => (Refused::ShapefilePart, "sbx"),
        "qix" => (Refused::ShapefilePart, "qix"),
        "prj" => (Refused::ShapefilePart, "prj"),
        "cpg" => (Refused::ShapefilePart, "cpg"),
        "tfw" | "tifw" | "jgw" | "jpgw" | "pgw" | "pngw" | "wld" | "aux" | "ovr" | "rrd" => (Refused::RasterPart, ""),
        "ecw" => (Refused::RasterOther, "ECW"),
        "sid" => (Refused::RasterOther, "MrSID"),
        "img" | "ige" => (Refused::RasterOther, "ERDAS IMG"),
        "nc" | "nc4" => (Refused::RasterOther, "netCDF"),
        "hdf" | "h5" => (Refused::RasterOther, "HDF"),
        "grib" | "grb" | "grib2" => (Refused::RasterOther, "GRIB"),
        "tif" | "tiff" => (Refused::Raster, "GeoTIFF/TIFF"),
        "png" => (Refused::Raster, "PNG"),
        "jpg" | "jpeg" => (Refused::Raster, "JPEG"),
        "bmp" => (Refused::RasterOther, "BMP"),
        "jp2" | "j2k" => (Refused::RasterOther, "JPEG 2000"),
        "adf" => (Refused::RasterOther, "ArcInfo Grid"),
        "grd" => (Refused::RasterOther, "Grid"),
        "vrt" => (Refused::RasterOther, "VRT"),
        "mbtiles" => (Refused::Tiles, "MBTiles"),
        "pmtiles" => (Refused::Tiles, "PMTiles"),
        "tpk" | "tpkx" => (Refused::Tiles, "TPK"),
        "vtpk" => (Refused::Tiles, "VTPK"),
        "gml" => (Refused::Gml, "GML"),
        "ifc" | "ifczip" => (Refused::Model, "IFC"),
        "skp" => (Refused::Model, "SketchUp"),
        "rvt" | "rfa" => (Refused::Model, "Revit"),
        "max" | "3ds" => (Refused::Model, "3ds Max"),
        "obj" => (Refused::Model, "OBJ"),
        "fbx" => (Refused::Model, "FBX"),
        "osgb" => (Refused::Model, "OSGB"),
        "glb" | "gltf" => (Refused::Model, "glTF"),
        "las" | "laz" => (Refused::PointCloud, "LAS/LAZ"),
        "e57" => (Refused::PointCloud, "E57"),
        "udb" | "udd" | "udbx" | "smwu" | "sxwu" | "smw" | "sxw" | "sdb" | "sdd" => (Refused::Supermap, ""),
        "wt" | "wl" | "wp" | "wn" | "wb" | "mpj" => (Refused::Mapgis, ""),
        "vct" => (Refused::Vct, ""),
        "e00" => (Refused::ArcExport, ""),
        "dgn" => (Refused::Dgn, ""),
        "svg" => (Refused::Drawing, "SVG"),
        "ai" => (Refused::Drawing, "Illustrator"),
        "cdr" => (Refused::Drawing, "CorelDRAW"),
        "psd" => (Refused::Drawing, "Photoshop"),
        "eps" => (Refused::Drawing, "EPS"),
        "vsd" | "vsdx" => (Refused::Drawing, "Visio"),
        "pdf" => (Refused::Document, "PDF"),
        "doc" | "docx" | "wps" => (Refused::Document, "Word"),
        "ppt" | "pptx" => (Refused::Document, "PowerPoint"),
        "rar" => (Refused::Archive, "RAR"),
        "7z" => (Refused::Archive, "7z"),
        "tar" | "tgz" => (Refused::Archive, "tar"),
        "parquet" | "geoparquet" => (Refused::Parquet, "Parquet/GeoParquet"),
        "arrow" | "feather" => (Refused::Parquet, "Arrow/Feather"),
        "pbf" => (Refused::Osm, "PBF"),
        "osm" => (Refused::Osm, "XML"),
        "o5m" => (Refused::Osm, "o5m"),
        "ovobj" | "ovjsn" | "ovkmz" => (Refused::Ovital, ""),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
