//! The affine way from an image's pixels to coordinates, and the world files that say it.

use crate::i18n::{Said, tr};
use std::path::{Path, PathBuf};

/// Coordinates of a place of an image: `x = a·column + b·row + c`, `y = d·column + e·row + f`, columns and rows counted from the
/// corner of the first pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Affine {
    pub a: f64,
    pub b: f64,
    pub c: f64,
    pub d: f64,
    pub e: f64,
    pub f: f64,
}

impl Affine {
    pub fn forward(&self, [column, row]: [f64; 2]) -> [f64; 2] {
        [self.a * column + self.b * row + self.c, self.d * column + self.e * row + self.f]
    }

    fn determinant(&self) -> f64 {
        self.a * self.e - self.b * self.d
    }

    /// The place of the image at coordinates.
    pub fn inverse(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let (x, y, det) = (x - self.c, y - self.f, self.determinant());
        [(self.e * x - self.b * y) / det, (self.a * y - self.d * x) / det]
    }

    /// True where it leads somewhere and back.
    pub fn is_usable(&self) -> bool {
        let all = [self.a, self.b, self.c, self.d, self.e, self.f];
        all.iter().all(|v| v.is_finite()) && self.determinant().abs() > 1e-30 && self.determinant().is_finite()
    }

    /// The same, counted from the middle of the first pixel.
    pub fn of_middle(self) -> Self {
        let [c, f] = self.forward([-0.5, -0.5]);
        Self { c, f, ..self }
    }

    /// True where no corner of an image of this size is more than half a pixel elsewhere.
    pub fn is_like(&self, other: &Self, size: [u32; 2]) -> bool {
        let [w, h] = size.map(f64::from);
        [[0.0, 0.0], [w, 0.0], [0.0, h], [w, h]].into_iter().all(|corner| {
            let there = other.inverse(self.forward(corner));
            (there[0] - corner[0]).abs() < 0.5 && (there[1] - corner[1]).abs() < 0.5
        })
    }
}

/// The file of that ending beside an image, in either case of letters.
pub(super) fn beside(path: &Path, endings: &[&str]) -> Option<PathBuf> {
    let cases = endings.iter().flat_map(|ending| [(*ending).to_owned(), ending.to_uppercase()]);
    cases.map(|ending| path.with_extension(ending)).find(|file| file.is_file())
}

/// The world file of an image, where there is one.
pub(super) fn world_file(path: &Path) -> Option<PathBuf> {
    let ending = path.extension()?.to_string_lossy().to_lowercase();
    let endings: &[&str] = match ending.as_str() {
        "tif" | "tiff" => &["tfw", "tifw", "tiffw", "wld"],
        "jpg" | "jpeg" => &["jgw", "jpgw", "jpegw", "wld"],
        "png" => &["pgw", "pngw", "wld"],
        "webp" => &["webpw", "wpw", "wld"],
        _ => &["wld"],
    };
    beside(path, endings)
}

/// Reads a world file: six numbers, a line each (ESRI's form).
pub(super) fn read_world(path: &Path) -> Result<Affine, Said> {
    let text = crate::model::small_text(path).map_err(|e| Said::as_is(e.to_string()))?;
    let numbers: Vec<f64> = text.split_whitespace().map_while(|n| n.replace(',', ".").parse().ok()).collect();
    let bad = |lang| tr!(lang, "raster.bad_world", file = crate::io::file_name(path)).into_owned();
    let [a, d, b, e, c, f] = numbers[..] else { return Err(Said::told(bad)) };
    let affine = Affine { a, b, c, d, e, f }.of_middle();
    if affine.is_usable() { Ok(affine) } else { Err(Said::told(bad)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_file_counts_from_the_middle_of_a_pixel() {
        let folder = tempfile::tempdir().expect("a folder");
        let image = folder.path().join("a.PNG");
        assert_eq!(world_file(&image), None);
        let file = folder.path().join("a.PGW");
        std::fs::write(&file, "2\n0\n0\n-2\n101\n199\n").expect("writable");
        let affine = read_world(&world_file(&image).expect("beside")).expect("six numbers");
        assert_eq!(affine.forward([0.0, 0.0]), [100.0, 200.0]);
        assert_eq!(affine.inverse([104.0, 190.0]), [2.0, 5.0]);
        for text in ["", "2\n0\n0\n-2\n101", "0\n0\n0\n0\n1\n1", "a\nb", "2\n0\n0\n-2\n1e999\n0"] {
            std::fs::write(&file, text).expect("writable");
            assert!(read_world(&file).is_err(), "{text}");
        }
    }

    #[test]
    fn turned_images_go_there_and_back() {
        let affine = Affine { a: 3.0, b: 0.5, c: 10.0, d: 0.4, e: -2.0, f: 20.0 };
        let [column, row] = affine.inverse(affine.forward([7.0, 9.0]));
        assert!((column - 7.0).abs() < 1e-9 && (row - 9.0).abs() < 1e-9);
        assert!(affine.is_like(&affine, [100, 100]));
        assert!(!affine.is_like(&Affine { c: 13.0, ..affine }, [100, 100]));
    }
}
