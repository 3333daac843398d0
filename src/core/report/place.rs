//! The files of a report: the document, a workbook beside it, and a folder of all rows.

use crate::io::{Form, Guard, Refusal, SaveCause, SaveError, is_stdout};
use std::path::{Path, PathBuf};

/// Where the parts of a report stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFiles {
    /// The folder that holds them all.
    pub root: PathBuf,
    /// The name of the document (HTML) in it.
    pub document: PathBuf,
    /// The name of the workbook in it.
    pub workbook: PathBuf,
    /// The name of the folder with the rows of every rule (GeoJSON) in it.
    pub rows: PathBuf,
}

impl ReportFiles {
    /// By the path of the document. Where that is a link, all stand where it leads.
    pub fn of(path: &Path) -> Self {
        // What standard output stands for is no place of theirs.
        let target = if is_stdout(path) { None } else { crate::io::target_of(path).ok() };
        let path = target.unwrap_or_else(|| path.to_owned());
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let document = PathBuf::from(path.file_name().unwrap_or_default());
        Self {
            root: path.parent().unwrap_or(Path::new("")).to_owned(),
            workbook: document.with_extension("xlsx"),
            rows: format!("{stem}_files").into(),
            document,
        }
    }

    /// Whether the report may be written, with the rows of these rules.
    ///
    /// # Errors
    /// [`SaveError`] with [`SaveCause::Refused`]: a part would take the place of an input, or of what this program did not
    /// make; or the name is of another format.
    pub fn check<'a>(&self, guard: &Guard, rules: impl IntoIterator<Item = &'a str>) -> Result<(), SaveError> {
        let at = |name: &Path| self.root.join(name);
        let document = at(&self.document);
        let is_device = document.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir());
        if is_stdout(&document) || is_device {
            let file = document.display().to_string();
            return Err(SaveError { file, cause: SaveCause::Refused(Refusal::SeveralFiles) });
        }
        guard.file(&document, Form::Html)?;
        guard.part(&at(&self.workbook))?;
        guard.part_folder(&at(&self.rows))?;
        rules.into_iter().try_for_each(|id| guard.part(&at(&self.rows_of(id))))
    }

    /// The name of the file with the rows of a rule.
    pub fn rows_of(&self, id: &str) -> PathBuf {
        self.rows.join(format!("{id}.geojson"))
    }

    /// Names of files with rows that an earlier report left.
    pub fn earlier_rows(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.root.join(&self.rows)).into_iter().flatten().flatten();
        let rows = entries.filter(|entry| Path::new(&entry.file_name()).extension().is_some_and(|e| e == "geojson"));
        rows.filter(|entry| crate::io::is_ours(&entry.path())).map(|entry| self.rows.join(entry.file_name())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_held_to_the_same_as_the_report() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let check = |name: &str| ReportFiles::of(&at(name)).check(&Guard::new([at("in.xlsx")]), ["mine"]);
        std::fs::create_dir_all(at("theirs_files")).expect("writable");
        std::fs::create_dir_all(at("mixed_files")).expect("writable");
        for (name, text) in [
            ("outlets.xlsx", "a planner's own"),
            ("in.xlsx", "an input"),
            ("theirs_files/logo.png", "a saved page"),
            ("mixed_files/other.geojson", r#"{"shanshui":{}}"#),
            ("mixed_files/mine.geojson", "{}"),
            ("flat_files", "a file"),
        ] {
            std::fs::write(at(name), text).expect("writable");
        }
        for bad in ["outlets.html", "in.html", "theirs.html", "mixed.html", "flat.html", "report.xlsx", "report.txt"] {
            let refused = check(bad).expect_err(bad);
            assert!(matches!(refused.cause, SaveCause::Refused(_)), "{refused}");
        }
        for good in ["new.html", "new", "outlets2.HTM", "missing/new.html"] {
            check(good).unwrap_or_else(|e| panic!("{e}"));
        }
        ReportFiles::of(Path::new("-")).check(&Guard::default(), []).expect_err("several files");
        #[cfg(unix)]
        ReportFiles::of(Path::new("/dev/null")).check(&Guard::default(), []).expect_err("a device");
    }
}
