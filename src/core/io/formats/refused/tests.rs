//! What is recognised, by which bytes or ending.

use super::*;
use crate::io::formats::xml::tests::refusal;

#[test]
fn files_are_recognised_with_their_way_out() {
    let ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice();
    let zip = |name: &str| [b"PK\x03\x04".to_vec(), vec![0; 26], name.as_bytes().to_vec()].concat();
    let mut tar = vec![0; 300];
    tar[257..262].copy_from_slice(b"ustar");
    let mut map = vec![0; 300];
    map[256..260].copy_from_slice(b"\xb2\x57\x87\x02");
    let mut mbtiles = b"SQLite format 3\0".to_vec();
    mbtiles.resize(100, 0);
    let sqlite = mbtiles.clone();
    mbtiles[68..72].copy_from_slice(b"MPBX");
    for (name, head, expected) in [
        ("a.TAB", &b"!table\r\n!version 300"[..], "MapInfo"),
        ("a.tab", b"name\tlon\tlat\n", "-"),
        ("a.mif", b"Version 300\nCharset \"Neutral\"", "MapInfo"),
        ("a.mid", b"1,2", "MapInfo"),
        ("a.mid", b"MThd\0\0", "-"),
        ("a.map", &map, "MapInfo"),
        ("a.json", br#"{"displayFieldName":"","geometryType":"esriGeometryPolygon","features":[]}"#, "Esri JSON"),
        ("a.json", br#"{ "features" : [{"attributes":{"a":1},"geometry":{"rings":[]}}]}"#, "Esri JSON"),
        ("a.json", br#"{"rings":[],"spatialReference":{"wkid":4490}}"#, "Esri JSON"),
        ("a.json", br#"{"type":"FeatureCollection","features":[{"properties":{"attributes":1,"rings":2}}]}"#, "-"),
        ("a.json", b"{}", "-"),
        ("a.mdb", b"\0\x01\0\0Standard Jet DB\0", "Access"),
        ("a.bin", b"\0\x01\0\0Standard ACE DB\0", "Access"),
        ("x.gdb/a00000009.cdf", b"\0\0", "compressed file geodatabase"),
        ("a.cdf", b"CDF\x01", "raster (netCDF)"),
        ("图.mxd", ole, "ArcGIS map document"),
        ("a.aprx", &zip("GISProject.xml"), "ArcGIS map document"),
        ("a.lyrx", b"{\"type\":\"CIMLayerDocument\"}", "ArcGIS map document"),
        ("a.lpk", b"7z\xbc\xaf\x27\x1c", "ArcGIS package"),
        ("a.qgs", b"<!DOCTYPE qgis PUBLIC 'x' 'y'>\n<qgis version='3'>", "QGIS project"),
        ("a.qgz", &zip("a.qgs"), "QGIS project"),
        ("a.zip", &zip("a.qgs"), "QGIS project"),
        ("a.zip", &zip("a.shp"), "-"),
        ("a.xlsx", &zip("[Content_Types].xml"), "-"),
        ("a.xls", ole, "-"),
        ("a.sbn", b"\0\0\x27\x0a", "(.sbn)"),
        ("A.SHX", b"\0\0\x27\x0a", "(.shx)"),
        ("a.shp", b"\0\0\x27\x0a", "-"),
        ("a.tif", b"II*\0", "raster (GeoTIFF"),
        ("a.dat", b"MM\0*", "raster (GeoTIFF"),
        ("a.tfw", b"1.0", "belongs to a raster"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "raster (PNG)"),
        ("a", b"\xff\xd8\xff\xe0", "raster (JPEG)"),
        ("a.ecw", b"ee", "raster (ECW)"),
        ("a.img", b"EHFA_HEADER_TAG\0", "raster (ERDAS IMG)"),
        ("a.nc", b"\x89HDF\r\n\x1a\n", "raster (HDF5"),
        ("a.asc", b"ncols 10\nnrows 10\n", "raster (ASCII Grid)"),
        ("a.db", &mbtiles, "map tiles (MBTiles)"),
        ("a.mbtiles", &sqlite, "map tiles (MBTiles)"),
        ("a.gpkg", &sqlite, "-"),
        ("a.udbx", &sqlite, "SuperMap"),
        ("a.geodatabase", &sqlite, "mobile geodatabase"),
        ("a.pmtiles", b"PMTiles\x03", "map tiles (PMTiles)"),
        ("a.gml", b"<?xml version='1.0'?><gml:FeatureCollection xmlns:gml='http://www.opengis.net/gml'>", "is GML"),
        ("a.xml", b"<wfs:FeatureCollection xmlns:wfs='http://www.opengis.net/wfs'>", "is GML"),
        ("a.gml", b"<core:CityModel xmlns:core='http://www.opengis.net/citygml/2.0'>", "is CityGML"),
        ("a.json", b"{\"type\":\"CityJSON\"}", "is CityJSON"),
        ("a.ifc", b"ISO-10303-21;\nHEADER;", "3D model (IFC"),
        ("a.udb", b"", "SuperMap"),
        ("a.smwu", b"<x/>", "SuperMap"),
        ("a.wp", b"WMAP`D23", "MapGIS"),
        ("a.WT", b"", "MapGIS"),
        ("a.vct", b"Datamark:CNSDTF-VCT", "VCT"),
        ("a.txt", b"HeadBegin\r\nDataMark:LANDUSE-VCT", "VCT"),
        ("a.e00", b"EXP  0 X.E00", "ArcInfo"),
        ("a.dgn", b"\x08\x09\xfe\x02", "MicroStation"),
        ("a.dgn", ole, "MicroStation"),
        ("a.pdf", b"%PDF-1.7", "document (PDF)"),
        ("a.docx", &zip("word/document.xml"), "document (Word)"),
        ("a.doc", ole, "document (Word)"),
        ("a.rar", b"Rar!\x1a\x07\x01\0", "RAR archive"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c", "7z archive"),
        ("a.tar", &tar, "tar archive"),
        ("a.parquet", b"PAR1", "Parquet"),
        ("a.arrow", b"ARROW1\0\0", "Arrow"),
        ("a.osm.pbf", b"\0\0\0\x0d\x0a\x09OSMHeader", "OpenStreetMap data (PBF)"),
        ("a.osm", b"<?xml version='1.0'?><osm version='0.6'>", "OpenStreetMap data (XML)"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'>", "drawing (SVG)"),
        ("a.ovobj", b"", "Ovital"),
        ("a.las", b"LASF", "point cloud"),
        ("a.kml", b"<kml>", "-"),
        ("a.gpx", b"<gpx>", "-"),
        ("a.csv", b"a,b\n", "-"),
        ("", b"", "-"),
    ] {
        let told = recognise(name, head).map_or("-".to_owned(), |e| refusal(&e));
        assert!(told == expected || expected != "-" && told.contains(expected), "{name}: {told}");
    }
}

#[test]
fn any_bytes_are_taken() {
    for ending in ["", "json", "tab", "xml", "zip", "gml", "dat"] {
        for seed in 0..2000_u32 {
            let head = (0..seed % 70)
                .map(|at| (seed.wrapping_mul(2_654_435_761).rotate_left(at) >> 7) as u8)
                .collect::<Vec<_>>();
            recognise(&format!("a.{ending}"), &head);
            recognise(&format!("a.{ending}"), &[b"<!".as_slice(), &head].concat());
            recognise(&format!("a.{ending}"), &[b"{".as_slice(), &head].concat());
        }
    }
}
