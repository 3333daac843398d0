//! Geometries as columns of a written table: longitude and latitude of points, WKT of anything else.

use crate::i18n::{Said, tr};
use crate::io::formats::wkt::write_wkt;
use crate::io::formats::{FormatError, Loss, RawGeometry, RawKind, RowSource};
use crate::model::GeometryKind;

/// How geometries are written, and what the columns are called. They stand before the fields, so that they are found again first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GeometryColumns {
    /// Rows have none.
    None,
    /// Two columns of numbers: longitude and latitude, or easting and northing.
    Pair([String; 2]),
    /// One column of WKT, with the number of the system in front where it has one (EWKT).
    Wkt(String, Option<u32>),
}

/// True where a system's positions are longitudes and latitudes.
fn is_geographic(rows: &dyn RowSource) -> bool {
    let (definition, epsg) = rows.crs_definition();
    if let Some(definition) = definition {
        let definition = definition.trim_start().to_ascii_uppercase();
        return definition.starts_with("GEOGCS") || definition.starts_with("GEOGCRS");
    }
    match (epsg, rows.schema().crs.as_deref()) {
        (Some(epsg), _) => matches!(epsg, 4000..=4999) && !matches!(epsg, 4401..=4489 | 4491..=4600),
        (None, Some(crs)) => {
            ["GCJ-02", "BD-09"].contains(&crs) || crs.trim_start().to_ascii_uppercase().starts_with("GEOG")
        }
        (None, None) => false,
    }
}

/// The system as the headings of two columns of numbers tell it (`经度（GCJ-02）`, `东坐标（EPSG:4549）`), so that whoever reads the table need
/// not guess; `None` for longitude and latitude as everybody means them, and where it has no short name.
fn told_system(rows: &dyn RowSource) -> Option<String> {
    match (rows.crs_definition().1, rows.schema().crs.as_deref()) {
        (Some(4_326 | 4_490), _) => None,
        (Some(epsg), _) => Some(format!("EPSG:{epsg}")),
        (None, Some(crs @ ("GCJ-02" | "BD-09"))) => Some(crs.to_owned()),
        (None, _) => None,
    }
}

impl GeometryColumns {
    /// What suits the rows: one pass over them.
    ///
    /// # Errors
    /// Where a row cannot be read back.
    pub fn of(rows: &dyn RowSource) -> Result<Self, FormatError> {
        if rows.schema().is_table {
            return Ok(Self::None);
        }
        let (mut all_points, mut any) = (true, false);
        rows.each(&mut |_, geometry| {
            if let Some(geometry) = geometry {
                any = true;
                let is_point = geometry.kind == RawKind::Simple(GeometryKind::Point);
                all_points &= is_point && geometry.z.is_empty() && geometry.m.is_empty();
            }
            Ok(())
        })?;
        let names: Vec<&str> = rows.schema().fields.iter().map(|field| field.name.as_str()).collect();
        let system = told_system(rows);
        let free = |wanted: [&'static str; 3]| {
            let mut wanted = wanted.into_iter().map(|name| match &system {
                Some(system) => format!("{name}（{system}）"),
                None => name.to_owned(),
            });
            let first = wanted.next().unwrap_or_default();
            match names.contains(&&*first) {
                true => wanted.find(|name| !names.contains(&&**name)).unwrap_or(first),
                false => first,
            }
        };
        Ok(match (any, all_points, is_geographic(rows)) {
            (false, ..) => Self::None,
            (true, true, true) => Self::Pair([free(["经度", "lon", "X"]), free(["纬度", "lat", "Y"])]),
            (true, true, false) => Self::Pair([free(["东坐标", "E", "X"]), free(["北坐标", "N", "Y"])]),
            (true, false, _) => Self::Wkt(free(["WKT", "EWKT", "geom"]), rows.crs_definition().1),
        })
    }

    /// The names of the columns.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::None => Vec::new(),
            Self::Pair(names) => names.iter().map(String::as_str).collect(),
            Self::Wkt(name, _) => vec![name],
        }
    }

    /// A row's position as numbers; `None` where it has none.
    pub fn position(geometry: Option<&RawGeometry>) -> Option<[f64; 2]> {
        geometry.and_then(|geometry| geometry.xy.first().copied())
    }

    /// A row's geometry as WKT; empty where it has none.
    pub fn wkt(geometry: Option<&RawGeometry>, srid: Option<u32>, into: &mut String) {
        into.clear();
        if let Some(geometry) = geometry {
            if let Some(srid) = srid {
                into.push_str(&format!("SRID={srid};"));
            }
            write_wkt(geometry, into);
        }
    }

    /// What tables lose of geometries: the system.
    pub fn losses(&self, rows: &dyn RowSource) -> Vec<Loss> {
        let crs = rows.schema().crs.clone().unwrap_or_default();
        let said = match self {
            Self::None | Self::Wkt(_, Some(_)) => return Vec::new(),
            // Its headings tell it.
            Self::Pair(_) if told_system(rows).is_some() => return Vec::new(),
            Self::Pair(_) | Self::Wkt(_, None) => {
                Said::told(|lang| tr!(lang, "format.table.no_system", crs = crs).into_owned())
            }
        };
        vec![Loss { what: said, field: None }]
    }
}
