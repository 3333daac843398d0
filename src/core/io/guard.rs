//! Whether a file may be written: one place for all commands and for the window's dialogs.
//!
//! - No input is written over, by whatever path it is named: another spelling, `..`, a link, a hard link, other case where
//!   the file system takes it for the same name.
//! - A file that a person names (`-o`) takes the place of one that this program made, of an empty one, and of no other
//!   unless they say so (`--overwrite`); the window asks.
//! - A file that a command names by itself (a workbook beside a report, the answers in a folder) takes the place of one
//!   that this program made, and of no other. Those carry a mark: answers the member `shanshui`, HTML a generator, PDF a
//!   producer, PNG a text, workbooks a property, summaries and timings their members. A converted layer is marked too
//!   (`written_by`): it may be converted anew, but is the planner's own layer otherwise.
//! - What is written has the ending of its format.

use super::mark::{is_ours, marked};
use super::save::{is_stdout, target_of};
use super::{SaveCause, SaveError};
use crate::i18n::{Lang, tr};
use std::path::{Path, PathBuf};

/// How names of projects end.
pub const PROJECT: &str = ".shanshui.json";

/// Why a file is not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is an input: this one.
    Input(String),
    /// It stands there, and this program did not make it.
    NotOurs,
    /// So it is with a file that a person named, who can ask for it all the same.
    Theirs,
    /// It is a link, which may lead anywhere.
    Link,
    /// It is a file where a folder is wanted.
    NotAFolder,
    /// Its name ends as those of another format; names of this one end so.
    Ending(String),
    /// Two things would be written to it.
    Twice,
    /// More than one file is written, which standard output cannot hold.
    SeveralFiles,
}

impl Refusal {
    /// The reason in the reader's language: file, cause, way out.
    pub fn message(&self, file: &str, lang: Lang) -> String {
        match self {
            Self::Input(input) => tr!(lang, "write.input", file = file, input = input),
            Self::NotOurs => tr!(lang, "write.not_ours", file = file),
            Self::Theirs => tr!(lang, "write.theirs", file = file),
            Self::Link => tr!(lang, "write.link", file = file),
            Self::NotAFolder => tr!(lang, "write.not_a_folder", file = file),
            Self::Ending(endings) => tr!(lang, "write.ending", file = file, endings = endings),
            Self::Twice => tr!(lang, "write.twice", file = file),
            Self::SeveralFiles => tr!(lang, "write.several_files"),
        }
        .into_owned()
    }
}

fn refused(path: &Path, why: Refusal) -> SaveError {
    SaveError { file: path.display().to_string(), cause: SaveCause::Refused(why) }
}

/// What is written to a file that somebody named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An answer.
    GeoJson,
    /// A layer, in any format that is written.
    Layer,
    /// A document.
    Html,
    /// A map on paper.
    Page,
    /// A picture.
    Png,
    /// Figures.
    Json,
    /// A project.
    Project,
    /// A project with its layers in one file.
    Packed,
}

/// Endings of formats that something else than layers is kept in.
const OTHER: [&str; 56] = [
    "html", "htm", "xlsx", "xls", "xlsm", "ods", "doc", "docx", "wps", "et", "ppt", "pptx", "pdf", "png", "jpg",
    "jpeg", "tif", "tiff", "svg", "zip", "gz", "7z", "rar", "tar", "toml", "csv", "tsv", "txt", "md", "xml", "gpkg",
    "shp", "shx", "dbf", "prj", "cpg", "kml", "kmz", "gml", "gpx", "fgb", "dxf", "dwg", "parquet", "sqlite", "db",
    "mdb", "mbtiles", "pmtiles", "gdb", "topojson", "tab", "mif", "qgz", "qgs", "mxd",
];

impl Form {
    /// Endings of its own; without any, all but those of other formats serve.
    fn own(self) -> &'static [&'static str] {
        match self {
            Self::GeoJson | Self::Layer | Self::Project => &[],
            Self::Html => &["html", "htm"],
            Self::Page => &["pdf", "png"],
            Self::Png => &["png"],
            Self::Json => &["json"],
            Self::Packed => &["zip"],
        }
    }

    /// Refuses a name that ends as those of another format. One without an ending serves, and so does a device.
    fn check(self, path: &Path) -> Result<(), Refusal> {
        let Some(ending) = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()) else {
            return Ok(());
        };
        if path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir()) {
            return Ok(());
        }
        let is_project = path.file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().ends_with(PROJECT));
        let own = self.own();
        let serves = match self {
            Self::GeoJson => !OTHER.contains(&&*ending) && !is_project,
            Self::Layer => !is_project && (!OTHER.contains(&&*ending) || super::formats::writer_of(path).is_some()),
            Self::Project => !OTHER.contains(&&*ending) && ending != "geojson",
            _ => own.contains(&&*ending) && !is_project,
        };
        match (serves, self) {
            (true, _) => Ok(()),
            (false, Self::GeoJson) => Err(Refusal::Ending(".geojson".to_owned())),
            (false, Self::Layer) => {
                let written = super::formats::WRITERS.iter().flat_map(|(endings, _)| endings.iter());
                let endings: Vec<String> = written.map(|ending| format!(".{ending}")).collect();
                Err(Refusal::Ending(format!(".geojson {}", endings.join(" "))))
            }
            (false, Self::Project) => Err(Refusal::Ending(PROJECT.to_owned())),
            (false, _) => Err(Refusal::Ending(own.iter().map(|own| format!(".{own}")).collect::<Vec<_>>().join(" "))),
        }
    }
}

/// The inputs of a command or a session, none of which is written over.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    inputs: Vec<PathBuf>,
    /// Inputs by the folder they stand in: answers of this program among them are none.
    unmarked: Vec<PathBuf>,
    /// Names under which files hold what stands nowhere else.
    kept: Vec<&'static str>,
    /// Folders of which everything is read: tiles.
    whole: Vec<PathBuf>,
}

impl Guard {
    /// Files that are read.
    pub fn new<P: Into<PathBuf>>(inputs: impl IntoIterator<Item = P>) -> Self {
        Self { inputs: inputs.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Adds files that are read.
    #[must_use]
    pub fn and<P: Into<PathBuf>>(mut self, inputs: impl IntoIterator<Item = P>) -> Self {
        self.inputs.extend(inputs.into_iter().map(Into::into));
        self
    }

    /// Adds pictures that are read: files, or folders of tiles, of which each is one.
    #[must_use]
    pub fn and_pictures<P: Into<PathBuf>>(mut self, pictures: impl IntoIterator<Item = P>) -> Self {
        let (folders, files): (Vec<PathBuf>, _) = pictures.into_iter().map(Into::into).partition(|path| path.is_dir());
        self.whole.extend(folders);
        self.and::<PathBuf>(files)
    }

    /// Adds files of a folder that are read for standing there, but for those that this program made.
    #[must_use]
    pub fn and_unmarked(mut self, inputs: impl IntoIterator<Item = PathBuf>) -> Self {
        self.unmarked.extend(inputs);
        self
    }

    /// Lets no file of a name be written over, wherever it stands: what was typed into it stands nowhere else.
    #[must_use]
    pub fn keeping(mut self, name: &'static str) -> Self {
        self.kept.push(name);
        self
    }

    /// The input that a path means.
    fn input(&self, path: &Path) -> Option<PathBuf> {
        let same = |input: &&PathBuf| is_same_file(input, path) || is_part_of(path, input);
        let by_name = self.inputs.iter().find(same);
        let place = written(path);
        let holds = |folder: &&PathBuf| folder.canonicalize().is_ok_and(|folder| place.starts_with(folder));
        let input = by_name
            .or_else(|| self.whole.iter().find(holds))
            .or_else(|| self.unmarked.iter().find(same).filter(|input| !is_ours(input)));
        input.cloned().or_else(|| {
            let target = target_of(path).ok().filter(|target| target.is_file())?;
            let is_kept = |place: &Path| {
                let called = place.file_name().unwrap_or_default().to_string_lossy();
                self.kept.iter().any(|name| called.eq_ignore_ascii_case(name))
            };
            (is_kept(path) || is_kept(&target)).then_some(target)
        })
    }

    fn check_input(&self, path: &Path) -> Result<(), Refusal> {
        self.input(path).map_or(Ok(()), |input| Err(Refusal::Input(input.display().to_string())))
    }

    /// Whether a file may be written that somebody named; standard output may.
    ///
    /// # Errors
    /// [`SaveError`] with [`SaveCause::Refused`]: it is an input, or has the ending of another format.
    pub fn file(&self, path: &Path, form: Form) -> Result<(), SaveError> {
        if is_stdout(path) {
            // It may be redirected to the end of an input.
            return match cfg!(unix) {
                true => self.check_input(Path::new("/dev/stdout")).map_err(|why| refused(path, why)),
                false => Ok(()),
            };
        }
        self.check_input(path).and_then(|()| form.check(path)).map_err(|why| refused(path, why))
    }

    /// Whether a file that somebody named takes the place of nothing that the program did not make: nothing is there, or an
    /// empty file, a device, an earlier answer, a converted layer.
    ///
    /// # Errors
    /// [`SaveError`] with [`Refusal::Theirs`].
    pub fn replaces_ours(path: &Path) -> Result<(), SaveError> {
        let is_free = is_stdout(path)
            || !path.metadata().is_ok_and(|found| found.is_file() && found.len() > 0)
            || marked(path).is_some();
        if is_free { Ok(()) } else { Err(refused(path, Refusal::Theirs)) }
    }

    /// Whether a file may be written that the program named.
    ///
    /// # Errors
    /// [`SaveError`] with [`SaveCause::Refused`]: it is an input, a link, or was not made by this program.
    pub fn part(&self, path: &Path) -> Result<(), SaveError> {
        let why = match path.symlink_metadata() {
            Err(_) => return Ok(()),
            Ok(_) if self.input(path).is_some() => self.check_input(path),
            Ok(found) if found.is_symlink() => Err(Refusal::Link),
            Ok(_) if is_ours(path) => Ok(()),
            Ok(_) => Err(Refusal::NotOurs),
        };
        why.map_err(|why| refused(path, why))
    }

    /// Whether a file may be written that belongs to one which somebody named, of which a format is several files.
    ///
    /// # Errors
    /// [`SaveError`] with [`SaveCause::Refused`]: it is an input, or a link.
    pub fn beside(&self, path: &Path) -> Result<(), SaveError> {
        let why = match path.symlink_metadata() {
            Ok(found) if found.is_symlink() => Err(Refusal::Link),
            _ => self.check_input(path),
        };
        why.map_err(|why| refused(path, why))
    }

    /// Whether files may be put into a folder.
    ///
    /// # Errors
    /// [`SaveError`] with [`SaveCause::Refused`]: standard output is none, and neither is a file.
    pub fn folder(path: &Path) -> Result<(), SaveError> {
        if is_stdout(path) {
            return Err(refused(path, Refusal::SeveralFiles));
        }
        match path.metadata() {
            Ok(found) if !found.is_dir() => Err(refused(path, Refusal::NotAFolder)),
            _ => Ok(()),
        }
    }

    /// Whether a folder may be used that the program named: a new one, an empty one, or one with a file of ours.
    ///
    /// # Errors
    /// [`SaveError`] with [`SaveCause::Refused`]: a link, a file, or a folder of somebody else's.
    pub fn part_folder(&self, path: &Path) -> Result<(), SaveError> {
        match path.symlink_metadata() {
            Err(_) => return Ok(()),
            Ok(found) if found.is_symlink() => return Err(refused(path, Refusal::Link)),
            Ok(found) if !found.is_dir() => return Err(refused(path, Refusal::NotAFolder)),
            Ok(_) => {}
        }
        let files = || std::fs::read_dir(path).into_iter().flatten().flatten();
        match files().next().is_none() || files().any(|entry| is_ours(&entry.path())) {
            true => Ok(()),
            false => Err(refused(path, Refusal::NotOurs)),
        }
    }
}

/// Refuses paths of which two mean one file.
///
/// # Errors
/// [`SaveError`] with [`Refusal::Twice`].
pub fn check_apart(paths: &[&Path]) -> Result<(), SaveError> {
    for (at, path) in paths.iter().enumerate() {
        let is_same = |other: &&Path| match (is_stdout(other), is_stdout(path)) {
            (true, true) => true,
            (false, false) => is_same_file(other, path) || written(other) == written(path),
            _ => false,
        };
        if !is_device(path) && paths[..at].iter().any(is_same) {
            return Err(refused(path, Refusal::Twice));
        }
    }
    Ok(())
}

/// The file that is written to for a path, whether it is there or not.
fn written(path: &Path) -> PathBuf {
    let target = target_of(path).unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned()).join(target.file_name().unwrap_or_default())
}

/// Endings of the files that are one shapefile, by one name.
const SHAPEFILE: [&str; 9] = ["shp", "shx", "dbf", "prj", "cpg", "qix", "sbn", "sbx", "qpj"];

/// Endings of pictures with places, and of the files beside them that say where they lie.
const PICTURE: [&str; 6] = ["tif", "tiff", "jpg", "jpeg", "png", "webp"];
const PLACE: [&str; 12] = ["prj", "wld", "tfw", "tifw", "tiffw", "jgw", "jpgw", "jpegw", "pgw", "pngw", "webpw", "wpw"];

/// True for a file, there or not, that is a part of an input: of a shapefile those called like it, of a picture those that say
/// where it lies, of a geodatabase all that stands in its folder.
fn is_part_of(path: &Path, input: &Path) -> bool {
    let ending = |path: &Path| path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    let of_input = ending(input);
    if of_input == "gdb" && input.is_dir() {
        return input.canonicalize().is_ok_and(|folder| written(path).starts_with(folder));
    }
    let is_shapefile = SHAPEFILE.contains(&&*of_input) && SHAPEFILE.contains(&&*ending(path));
    // Names with several points have their endings from the last on: a.b.png has a.b.pgw.
    let is_picture = PICTURE.contains(&&*of_input) && PLACE.contains(&&*ending(path));
    (is_shapefile || is_picture) && name(input) == name(path) && written(input).parent() == written(path).parent()
}

fn is_device(path: &Path) -> bool {
    !is_stdout(path) && path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// True where two paths mean one file that is there: links followed, hard links too, and whatever the file system takes
/// for one name.
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if let (Ok(a), Ok(b)) = (a.metadata(), b.metadata())
            && (a.dev(), a.ino()) == (b.dev(), b.ino())
        {
            return true;
        }
    }
    #[cfg(not(unix))]
    if a.is_file() && b.is_file() && same_file::is_same_file(a, b).unwrap_or(false) {
        return true;
    }
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_known_by_any_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("sub")).expect("writable");
        std::fs::write(at("a.geojson"), "{}").expect("writable");
        std::fs::hard_link(at("a.geojson"), at("hard.geojson")).expect("a link");
        let guard = Guard::new([at("a.geojson"), at("missing.geojson")]);
        let mut names = vec!["a.geojson", "sub/../a.geojson", "./a.geojson", "hard.geojson"];
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("a.geojson", at("soft.geojson")).expect("a link");
            std::os::unix::fs::symlink("..", at("sub/up")).expect("a link");
            names.extend(["soft.geojson", "sub/up/a.geojson", "sub/up/soft.geojson"]);
        }
        if at("A.GEOJSON").exists() {
            names.push("A.GEOJSON");
        }
        for name in names {
            for form in [Form::GeoJson, Form::Html, Form::Page, Form::Png, Form::Json, Form::Project, Form::Packed] {
                let refused = guard.file(&at(name), form).expect_err(name);
                assert!(matches!(refused.cause, SaveCause::Refused(Refusal::Input(_))), "{name}");
                assert!(refused.message(Lang::En).contains("would overwrite an input"));
            }
        }
        for name in ["b.geojson", "missing.geojson", "sub/a.geojson"] {
            guard.file(&at(name), Form::GeoJson).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
    }

    #[test]
    fn parts_of_an_input_are_inputs() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("city.gdb")).expect("writable");
        std::fs::create_dir(at("sub")).expect("writable");
        for name in ["roads.shp", "roads.dbf", "lone.dbf", "city.gdb/a00000001.gdbtable"] {
            std::fs::write(at(name), "x").expect("writable");
        }
        let guard = Guard::new([at("roads.shp"), at("lone.dbf"), at("city.gdb")]);
        for name in [
            "roads.dbf",
            "ROADS.DBF",
            "roads.prj",
            "sub/../roads.shx",
            "lone.shp",
            "city.gdb/a.shp",
            "city.gdb/new.csv",
        ] {
            let refused = guard.file(&at(name), Form::Layer).or_else(|_| guard.beside(&at(name))).expect_err(name);
            assert!(matches!(refused.cause, SaveCause::Refused(Refusal::Input(_))), "{name}: {refused:?}");
        }
        for name in ["roads.csv", "roads.geojson", "sub/roads.shp", "roads-2.dbf", "city.geojson"] {
            guard.file(&at(name), Form::Layer).unwrap_or_else(|e| panic!("{name}: {e}"));
            guard.beside(&at(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("lone.dbf", at("new.dbf")).expect("a link");
            guard.beside(&at("new.dbf")).expect_err("a link");
        }
    }

    #[test]
    fn pictures_are_inputs_with_their_places_and_folders_of_tiles_as_a_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("tiles/3/1")).expect("writable");
        for name in ["图.v2.PNG", "图.v2.pgw", "base.tif", "base.mbtiles", "tiles/3/1/2.png", "base.csv"] {
            std::fs::write(at(name), "x").expect("writable");
        }
        let guard = Guard::default().and_pictures(["图.v2.PNG", "base.tif", "base.mbtiles", "tiles"].map(at));
        let mut bad = vec![
            "图.v2.PNG",
            "图.v2.pgw",
            "图.v2.prj",
            "base.tif",
            "base.TFW",
            "base.prj",
            "tiles/../base.wld",
            "base.mbtiles",
            "tiles/3/1/2.png",
            "tiles/9/new.geojson",
            "tiles/3/1/new.png",
        ];
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("tiles/3", at("elsewhere")).expect("a link");
            bad.extend(["elsewhere/1/2.png", "elsewhere/1/new.png"]);
        }
        for name in bad {
            let refused = guard.beside(&at(name)).expect_err(name);
            assert!(matches!(refused.cause, SaveCause::Refused(Refusal::Input(_))), "{name}: {refused:?}");
            guard.file(&at(name), Form::Page).expect_err(name);
        }
        for name in ["图.png", "图.pgw", "base.csv", "base.pdf", "base-2.prj", "tiles.png", "far/base.prj", "base.shp"]
        {
            guard.beside(&at(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
    }

    #[test]
    fn files_of_a_kept_name_are_inputs_wherever_they_stand() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("far")).expect("writable");
        for name in ["kept.geojson", "far/kept.geojson", "other.geojson"] {
            std::fs::write(at(name), "{}").expect("writable");
        }
        let mut bad = vec!["kept.geojson", "far/kept.geojson", "far/../kept.geojson"];
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("far/kept.geojson", at("link.geojson")).expect("a link");
            bad.push("link.geojson");
        }
        let guard = Guard::default().keeping("kept.geojson");
        for name in bad {
            guard.file(&at(name), Form::GeoJson).expect_err(name);
            guard.part(&at(name)).expect_err(name);
            Guard::default().file(&at(name), Form::GeoJson).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
        for name in ["other.geojson", "new/kept.geojson", "unkept.geojson"] {
            guard.file(&at(name), Form::GeoJson).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
    }

    #[test]
    fn names_end_as_their_format() {
        let check = |name: &str, form: Form| form.check(Path::new(name)).is_ok();
        for (form, good, bad) in [
            (
                Form::GeoJson,
                vec!["a.geojson", "a.json", "a", "a.out", ".a"],
                vec!["a.html", "a.XLSX", "a.shanshui.json"],
            ),
            (
                Form::Html,
                vec!["a.html", "A.HTM", "a", "2026.11.html"],
                vec!["a.xlsx", "a.geojson", "a.txt", "a.html.pdf"],
            ),
            (Form::Page, vec!["a.pdf", "a.PNG", "a"], vec!["a.geojson", "a.html", "a.shanshui.json"]),
            (Form::Png, vec!["a.png", "a"], vec!["a.pdf", "a.geojson"]),
            (Form::Json, vec!["a.json", "a"], vec!["a.shanshui.json", "a.geojson", "a.png"]),
            (Form::Project, vec!["a.shanshui.json", "a.json"], vec!["a.geojson", "a.zip", "a.html"]),
            (Form::Packed, vec!["a.shanshui.zip", "a.zip"], vec!["a.geojson", "a.shanshui.json"]),
        ] {
            good.iter().for_each(|name| assert!(check(name, form), "{name} {form:?}"));
            bad.iter().for_each(|name| assert!(!check(name, form), "{name} {form:?}"));
        }
    }

    #[test]
    fn only_what_carries_our_mark_is_ours() {
        let folder = tempfile::tempdir().expect("a folder");
        let ours = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("writable");
            is_ours(&path)
        };
        let mut head = Vec::new();
        crate::io::geojson::push_head(&mut head, "a", &serde_json::json!({"engine": "shanshui"}));
        crate::io::geojson::push_tail(&mut head, true);
        assert!(ours("a.geojson", std::str::from_utf8(&head).expect("UTF-8")));
        // As another program may write it again: the members in another order.
        assert!(ours("b.geojson", r#"{"features":[{"a":[1,2]}],"shanshui":{"rule":"x"},"type":"FeatureCollection"}"#));
        assert!(ours("summary.json", r#"{"rules":[],"plan":null,"seconds":{}}"#));
        assert!(ours("a.html", "<!DOCTYPE html><meta name=\"generator\" content=\"Shanshui 0.1\">"));
        assert!(ours("a.pdf", &format!("%PDF{}/Producer (Shanshui)", " ".repeat(3_000_000))));
        for (name, text) in [
            ("c.geojson", r#"{"type":"FeatureCollection","features":[{"properties":{"shanshui":{"x":1}}}]}"#),
            ("d.geojson", r#"{"shanshui":1,"layers":[]}"#),
            ("e.geojson", r#"{"name":"\"shanshui\":{}","features":[]}"#),
            ("f.geojson", ""),
            ("g.geojson", "[1,2"),
            ("summary.json", r#"{"rules":[]}"#),
            ("b.html", "<p>Shanshui</p>"),
            ("b.pdf", "%PDF"),
            ("b.xlsx", "PK"),
        ] {
            assert!(!ours(name, text), "{name}: {text}");
        }
        // A converted layer may be converted anew, and is no answer.
        let copy = r#"{"type":"FeatureCollection","written_by":"shanshui convert","name":"a","features":[]}"#;
        let replaces = |name: &str| Guard::replaces_ours(&folder.path().join(name)).is_ok();
        assert!(!ours("copy.geojson", copy) && replaces("copy.geojson"));
        assert!(!ours("copy.geojson", &copy.replace("convert", "else")) && !replaces("copy.geojson"));
        // Whatever the name ends in; timings and pictures by what they hold.
        assert!(
            ours("page", "%PDF /Producer (Shanshui)") && ours("times.json", r#"{"first_frame_ms":1.5,"frames":[]}"#)
        );
        assert!(ours("a.png", "\u{89}PNG") == ours("b.png", "PNG"), "no picture of ours");
        std::fs::write(folder.path().join("c.png"), b"\x89PNG\r\n\x1a\n\0\0\0\x0etEXtSoftware\0Shanshui 0.1")
            .expect("writable");
        assert!(replaces("c.png") && !replaces("c.geojson") && replaces("f.geojson") && replaces("new.geojson"));
        let guard = Guard::default();
        let part = |name: &str| guard.part(&folder.path().join(name));
        assert!(part("a.geojson").is_ok() && part("new.geojson").is_ok());
        let refused = part("c.geojson").expect_err("theirs");
        assert_eq!(refused.cause, SaveCause::Refused(Refusal::NotOurs));
    }

    #[test]
    fn folders_of_others_are_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let guard = Guard::default();
        std::fs::create_dir(at("empty")).expect("writable");
        std::fs::create_dir(at("theirs")).expect("writable");
        std::fs::write(at("theirs/logo.png"), "x").expect("writable");
        std::fs::create_dir(at("both")).expect("writable");
        std::fs::write(at("both/logo.png"), "x").expect("writable");
        std::fs::write(at("both/a.geojson"), r#"{"shanshui":{}}"#).expect("writable");
        for name in ["new", "empty", "both"] {
            guard.part_folder(&at(name)).unwrap_or_else(|e| panic!("{e}"));
        }
        for name in ["theirs", "theirs/logo.png"] {
            guard.part_folder(&at(name)).expect_err("theirs");
        }
        Guard::folder(&at("theirs/logo.png")).expect_err("a file");
        Guard::folder(Path::new("-")).expect_err("standard output");
        Guard::folder(&at("new")).unwrap_or_else(|e| panic!("{e}"));
    }

    #[test]
    fn two_outputs_are_two_files() {
        let apart = |a: &str, b: &str| check_apart(&[Path::new(a), Path::new(b)]).is_ok();
        assert!(
            apart("a.png", "a.json")
                && !apart("a", "./a")
                && !apart("a", "io/../a")
                && apart("io/a", "a")
                && !apart("-", "-")
        );
    }
}
