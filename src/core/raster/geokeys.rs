//! The place of a GeoTIFF (OGC 19-008r4): its transformation, and its system by the keys.

use super::affine::Affine;
use crate::geodesy::crs::Crs;

/// What the tags of a GeoTIFF say.
#[derive(Clone, Debug, Default)]
pub(super) struct GeoTags {
    /// ModelPixelScaleTag.
    pub scale: Vec<f64>,
    /// ModelTiepointTag.
    pub tiepoints: Vec<f64>,
    /// ModelTransformationTag.
    pub matrix: Vec<f64>,
    /// GeoKeyDirectoryTag.
    pub keys: Vec<u16>,
    /// GeoAsciiParamsTag.
    pub texts: String,
}

const RASTER_TYPE: u16 = 1025;
const CITATION: u16 = 1026;
const GEOGRAPHIC: u16 = 2048;
const PROJECTED: u16 = 3072;
const PROJECTED_CITATION: u16 = 3073;
const LINEAR_UNITS: u16 = 3076;
/// PixelIsPoint.
const POINT: u16 = 2;
/// A parameter that is said otherwise than by a code.
const USER_DEFINED: u16 = 32_767;
/// The metre.
const METRE: u16 = 9001;

impl GeoTags {
    /// A key whose value is a number.
    fn short(&self, wanted: u16) -> Option<u16> {
        let (_, entries) = self.keys.split_at_checked(4)?;
        let key = entries.chunks_exact(4).find(|key| key[0] == wanted && key[1] == 0)?;
        Some(key[3])
    }

    /// A key whose value is a text.
    fn text(&self, wanted: u16) -> Option<&str> {
        const TEXTS: u16 = 34_737;
        let (_, entries) = self.keys.split_at_checked(4)?;
        let key = entries.chunks_exact(4).find(|key| key[0] == wanted && key[1] == TEXTS)?;
        let (at, length) = (usize::from(key[3]), usize::from(key[2]));
        Some(self.texts.get(at..at.checked_add(length)?)?.trim_end_matches(['|', '\0']).trim())
    }

    /// The way from pixels to coordinates, where the tags say one.
    pub fn affine(&self) -> Option<Affine> {
        let affine = match (&self.matrix[..], &self.scale[..], &self.tiepoints[..]) {
            ([a, b, _, c, d, e, _, f, ..], ..) => Affine { a: *a, b: *b, c: *c, d: *d, e: *e, f: *f },
            (_, [sx, sy, ..], [column, row, _, x, y, ..]) => {
                Affine { a: *sx, b: 0.0, c: x - column * sx, d: 0.0, e: -sy, f: y + row * sy }
            }
            _ => return None,
        };
        let affine = if self.short(RASTER_TYPE) == Some(POINT) { affine.of_middle() } else { affine };
        affine.is_usable().then_some(affine)
    }

    /// The system that the keys name, where they name one that is known: by its code, else by its name.
    pub fn crs(&self) -> Option<Crs> {
        let unit = self.short(LINEAR_UNITS);
        let code = |key| self.short(key).filter(|code| *code != 0 && *code != USER_DEFINED);
        if let Some(code) = code(PROJECTED) {
            return Crs::parse(&format!("EPSG:{code}")).ok();
        }
        if self.short(PROJECTED).is_some() {
            // By its own parameters: the name tells, where its unit is the metre.
            let name = self.text(PROJECTED_CITATION).or_else(|| self.text(CITATION))?;
            let name = name.strip_prefix("PCS Name = ").unwrap_or(name).split('|').next().unwrap_or_default();
            return Crs::parse(name).ok().filter(|_| unit.is_none_or(|unit| unit == METRE));
        }
        Crs::parse(&format!("EPSG:{}", code(GEOGRAPHIC)?)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(all: &[[u16; 4]]) -> Vec<u16> {
        [[1, 1, 0, all.len() as u16]].iter().chain(all).flatten().copied().collect()
    }

    #[test]
    fn scale_and_tiepoint_matrix_and_pixel_is_point() {
        let plain = GeoTags {
            scale: vec![2.0, 2.0, 0.0],
            tiepoints: vec![1.0, 1.0, 0.0, 102.0, 198.0, 0.0],
            ..GeoTags::default()
        };
        assert_eq!(plain.affine().expect("both").forward([0.0, 0.0]), [100.0, 200.0]);
        let point = GeoTags { keys: keys(&[[RASTER_TYPE, 0, 1, POINT]]), ..plain.clone() };
        assert_eq!(point.affine().expect("both").forward([0.0, 0.0]), [99.0, 201.0]);
        let mut matrix = vec![0.0; 16];
        (matrix[0], matrix[3], matrix[5], matrix[7], matrix[15]) = (2.0, 100.0, -2.0, 200.0, 1.0);
        let turned = GeoTags { matrix, ..GeoTags::default() };
        assert_eq!(turned.affine().expect("a matrix").forward([1.0, 1.0]), [102.0, 198.0]);
        let nowhere = GeoTags { scale: vec![0.0, f64::NAN, 0.0], ..plain };
        assert_eq!(nowhere.affine(), None);
        assert_eq!(GeoTags::default().affine(), None);
    }

    #[test]
    fn systems_by_code_by_name_or_not_at_all() {
        let of = |entries: &[[u16; 4]], texts: &str| {
            GeoTags { keys: keys(entries), texts: texts.to_owned(), ..GeoTags::default() }.crs()
        };
        assert_eq!(of(&[[PROJECTED, 0, 1, 4549]], "").and_then(|crs| crs.epsg()), Some(4549));
        assert_eq!(of(&[[GEOGRAPHIC, 0, 1, 4490]], "").and_then(|crs| crs.epsg()), Some(4490));
        let name = "CGCS2000_3_Degree_GK_CM_120E|";
        let named = [[PROJECTED, 0, 1, USER_DEFINED], [PROJECTED_CITATION, 34_737, name.len() as u16, 0]];
        assert_eq!(of(&named, name).and_then(|crs| crs.epsg()), Some(4549));
        let feet = [named[0], named[1], [LINEAR_UNITS, 0, 1, 9002]];
        assert!(of(&feet, name).is_none());
        assert!(of(&[[PROJECTED, 0, 1, USER_DEFINED]], "").is_none());
        assert!(of(&[[PROJECTED, 0, 1, 1]], "").is_none());
        assert!(of(&[], "").is_none());
        // Places outside of the texts.
        assert!(of(&[[PROJECTED, 0, 1, USER_DEFINED], [PROJECTED_CITATION, 34_737, 60_000, 60_000]], name).is_none());
        assert!(GeoTags { keys: vec![1, 1], ..GeoTags::default() }.crs().is_none());
    }
}
