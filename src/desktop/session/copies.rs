//! Which files of a folder may be layers, by their names; and names by which systems and people call copies of files.

use super::contents::{Ignored, Why};
use super::project::is_project;
use crate::comments;
use crate::io::formats::geopackage::holds_only_tiles;
use crate::io::{EXTENSIONS, file_name, is_boundary_points, is_layer_ending, is_ours, why_unread};
use crate::rules::findings;
use std::path::{Path, PathBuf};

/// Files of a folder that are none of ours are looked into up to so many: a folder of pictures holds thousands.
const LOOKED_INTO: usize = 1_000;

/// The files of a folder that are layers as far as names tell, in the order of their names, and what is left out.
pub(super) fn files_of(folder: &Path) -> std::io::Result<(Vec<PathBuf>, Vec<Ignored>)> {
    let mut paths =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    let is_layer = |path: &PathBuf| {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        // Texts are notes, but for those of boundary points.
        let is_note = ending == "txt" && !is_boundary_points(path);
        is_geojson(path, &ending) || is_layer_ending(&ending) && !is_part(path, &paths) && !is_note
    };
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let stems: Vec<(String, String)> = paths
        .iter()
        .filter(|path| is_layer(path) && !file_name(path).starts_with('.'))
        .map(|path| (stem(path).to_lowercase(), file_name(path)))
        .collect();
    let (mut files, mut ignored) = (Vec::new(), Vec::new());
    let is_looked_into = paths.len() <= LOOKED_INTO;
    for path in &paths {
        let name = file_name(path);
        let why = match () {
            () if is_project(path) && path.is_file() => Some(Why::Project),
            () if !is_layer(path) => {
                match (is_looked_into && !name.starts_with('.')).then(|| why_unread(path)).flatten() {
                    Some(said) => Some(Why::Unread(said)),
                    None => continue,
                }
            }
            () if name.starts_with('.') => Some(Why::Hidden),
            () if name == findings::FILE => Some(Why::Findings),
            () if name == comments::FILE => Some(Why::Comments),
            // GeoJSON says of itself whose it is when it is read.
            () if !name.to_lowercase().ends_with(".geojson") && is_ours(path) => Some(Why::Answer),
            () if holds_only_tiles(path) => Some(Why::Tiles),
            () => copied_from(&stem(path)).and_then(|original| {
                let original = original.to_lowercase();
                stems.iter().find(|(stem, _)| *stem == original).map(|(_, file)| Why::Copy(file.clone()))
            }),
        };
        match why {
            Some(why) => ignored.push(Ignored { file: name, why }),
            None => files.push(path.clone()),
        }
    }
    Ok((files, ignored))
}

/// True for what is called GeoJSON and nothing else: `.json` may be anything.
fn is_geojson(path: &Path, ending: &str) -> bool {
    let is_lines = matches!(ending, "geojsonl" | "geojsons") && EXTENSIONS.contains(&ending);
    ending == "geojson" || is_lines || file_name(path).to_lowercase().ends_with(".geojson.gz")
}

/// True for a table, of which folders hold all kinds.
pub(super) fn is_mere_table(path: &Path) -> bool {
    const TABLES: [&str; 10] = ["csv", "tsv", "txt", "xlsx", "xlsm", "xls", "et", "ods", "dbf", "wkt"];
    path.extension().is_some_and(|ending| TABLES.iter().any(|table| ending.eq_ignore_ascii_case(table)))
}

/// True for a file that is part of another beside it: the table of a shapefile.
fn is_part(path: &Path, beside: &[PathBuf]) -> bool {
    let is_table = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("dbf"));
    let is_shape = |other: &PathBuf| {
        other.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("shp"))
            && other
                .with_extension("")
                .to_string_lossy()
                .eq_ignore_ascii_case(&path.with_extension("").to_string_lossy())
    };
    is_table && beside.iter().any(is_shape)
}

/// Words by which systems and people call a copy.
const WORDS: [&str; 8] = ["副本", "拷贝", "复件", "备份", "copy", "backup", "bak", "copie"];

/// What stands between a name and such a word.
const BETWEEN: [char; 7] = [' ', '-', '_', '.', '的', '　', '–'];

/// The stem of the file that a stem says it is a copy of: `outlet (1)`, `outlet - Copy (2)`, `outlet 副本 2`, `Copy of
/// outlet`. `None` where it says nothing of the kind.
pub(super) fn copied_from(stem: &str) -> Option<String> {
    let mut rest = stem.trim();
    while let Some(less) = without_end(rest).or_else(|| without_start(rest)) {
        rest = less.trim_matches(BETWEEN);
    }
    (rest != stem.trim() && !rest.is_empty()).then(|| rest.to_owned())
}

fn without_end(text: &str) -> Option<&str> {
    // In brackets: a number of up to three digits, or a word.
    if let Some(inside) = text.strip_suffix([')', '）'])
        && let Some(open) = inside.rfind(['(', '（'])
    {
        let within = inside[open..].trim_start_matches(['(', '（']).trim();
        let is_number = (1..=3).contains(&within.len()) && within.bytes().all(|b| b.is_ascii_digit());
        let lower = within.to_ascii_lowercase();
        return (is_number || WORDS.iter().any(|word| lower.contains(word))).then(|| &text[..open]);
    }
    // A word, with a number behind it or none.
    let text = text.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(BETWEEN);
    let lower = text.to_ascii_lowercase();
    let word = WORDS.iter().find(|word| lower.ends_with(**word))?;
    let less = &text[..text.len() - word.len()];
    // `photocopy` is no copy of `photo`.
    let is_apart = !word.is_ascii() || !less.ends_with(|c: char| c.is_ascii_alphanumeric());
    (is_apart && !less.is_empty()).then_some(less)
}

fn without_start(text: &str) -> Option<&str> {
    let lower = text.to_ascii_lowercase();
    let word = ["copy of ", "副本", "复件", "拷贝"].into_iter().find(|word| lower.starts_with(word))?;
    Some(&text[word.len()..]).filter(|less| !less.trim_matches(BETWEEN).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_known_by_their_names() {
        for stem in [
            "outlet (1)",
            "outlet(12)",
            "outlet（1）",
            "outlet copy",
            "outlet copy 2",
            "outlet_copy",
            "outlet-copy3",
            "outlet - Copy",
            "outlet - Copy (2)",
            "Outlet COPY",
            "outlet (copy)",
            "outlet (another copy)",
            "outlet (3rd copy)",
            "outlet 副本",
            "outlet副本2",
            "outlet 的副本",
            "outlet - 副本 (2)",
            "outlet（副本）",
            "outlet 拷贝",
            "复件 outlet",
            "副本outlet",
            "Copy of outlet",
            "Copy of outlet (1)",
            "outlet.bak",
            "outlet_backup",
            "outlet 备份",
        ] {
            let original = copied_from(stem).unwrap_or_else(|| panic!("{stem}"));
            assert!(original.eq_ignore_ascii_case("outlet"), "{stem}: {original}");
        }
        for stem in [
            "outlet",
            "outlet2",
            "outlet 2",
            "outlet (2024)",
            "photocopy",
            "copy",
            "副本",
            "(1)",
            "tabak",
            "red_line_before",
        ] {
            assert_eq!(copied_from(stem), None, "{stem}");
        }
    }
}
