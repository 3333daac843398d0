//! A project in one file: a zip with the project and its layers as they are now.

use super::jobs::Event;
use super::left_out::listed;
use super::project::{ENDING, Project, ProjectView, folder_of};
use super::unpack::folded;
use super::{JobKind, Own, Session};
use crate::i18n::{Said, tr};
use crate::io::geojson::write_layer;
use crate::io::{Form, SaveCause, SaveError, safe_name, save_atomically};
use crate::model::ReadAs;
use crate::raster::Backdrop;
use std::collections::BTreeSet;
use std::io::{BufWriter, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zip::write::{SimpleFileOptions, ZipWriter};

/// How the names of packed projects end.
pub const PACKED: &str = ".shanshui.zip";

/// True where a path is that of a packed project.
pub fn is_packed(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().ends_with(".zip"))
}

/// True where a path is that of a packed project: by its name, or an archive with a project in it. Others hold layers.
pub fn holds_project(path: &Path) -> bool {
    let is_called = path.file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().ends_with(PACKED));
    is_packed(path) && (is_called || !super::unpack::projects_in(path).is_empty())
}

impl Session {
    /// Writes what is open into one file: layers with their unsaved edits, beside the project that names them.
    pub(super) fn start_packing(&mut self, path: PathBuf, view: ProjectView) {
        if let Err(e) = self.may_write(Own::Nothing, &path, Form::Packed) {
            return self.report(Event::ExportFailed(e));
        }
        let mut project = self.project_of(self.open_project().map(|open| &open.project), view, |_| String::new());
        let mut taken = BTreeSet::new();
        let mut layers = Vec::new();
        for (layer, known) in self.layers().iter().zip(&mut project.layers) {
            let own = safe_name(&layer.layer().name);
            // Where it is unpacked capitals may not count.
            let free = |name: &String| !taken.contains(&folded(name));
            let numbered = (2..).map(|n| format!("{own}-{n}.geojson"));
            let name = std::iter::once(format!("{own}.geojson")).chain(numbered).find(free).unwrap_or_default();
            known.file = format!("layers/{name}");
            // Packed, it is longitude and latitude, UTF-8.
            known.read_as = ReadAs::default();
            taken.insert(folded(&name));
            layers.push((known.file.clone(), Arc::clone(layer.own())));
        }
        // Pictures are large, and others may use them only where they are: services alone go along.
        let (online, files): (Vec<_>, Vec<_>) = self.backdrops().iter().partition(|open| open.backdrop.is_online());
        project.backdrops = online.into_iter().map(|open| Backdrop::clone(&open.backdrop)).collect();
        if let Err(cause) = self.put_scenarios(&mut project, crate::io::file_name) {
            let file = path.display().to_string();
            return self.report(Event::ExportFailed(SaveError { file, cause: SaveCause::System(cause) }));
        }
        // What is packed has a stamp of its own; what features were is told by themselves.
        project.scenarios.iter_mut().flat_map(|one| &mut one.layers).for_each(|drawn| drawn.stamp = None);
        // Words beside its rules stand in no other file of the archive.
        project.words = self.rules.folder_words.iter().chain(&self.rules.words).cloned().collect();
        let mut left_out: Vec<String> = project.layers.iter().skip(layers.len()).map(|one| one.file.clone()).collect();
        left_out.extend(files.into_iter().map(|open| open.backdrop.title.clone()));
        let beside = self.packed_beside(&mut project, &mut left_out);
        left_out.extend(self.catalogue().own.iter().map(|(_, file)| file.clone()));
        let left_out = (!left_out.is_empty())
            .then(|| Said::told(|lang| tr!(lang, "pack.left_out", files = listed(&left_out, lang)).into_owned()));
        let title = crate::io::file_name(&path);
        let end = title.to_lowercase().find(".shanshui").or(title.rfind('.'));
        let name = format!("{}{ENDING}", safe_name(end.and_then(|end| title.get(..end)).unwrap_or(&title)));
        self.spawn(JobKind::Exporting(title.clone()), move |_progress, tell| {
            let written = save_atomically(&path, |out| {
                // Without steps back, so that no more of it is in memory than what is being written.
                let mut zip = ZipWriter::new_stream(BufWriter::with_capacity(1 << 20, out));
                pack(&mut zip, &name, &project, &layers, &beside)?;
                zip.finish().map_err(std::io::Error::other)?.flush()
            });
            match written {
                Ok(()) => {
                    tell(Event::Packed(path).into());
                    left_out.into_iter().for_each(|said| tell(Event::Told(said).into()));
                }
                Err(e) => tell(Event::ExportFailed(e).into()),
            }
        });
    }
}

impl Session {
    /// What a project has beside its layers: its findings and comments, and its own table of targets, which the packed project names where
    /// it is packed; a table that cannot be read is left out.
    fn packed_beside(&self, project: &mut Project, left_out: &mut Vec<String>) -> Vec<(String, Vec<u8>)> {
        let mut beside = Vec::new();
        if !self.findings().all.is_empty() {
            beside.push((crate::rules::findings::FILE.to_owned(), self.findings().to_geojson().into_bytes()));
        }
        if self.comments().shown().next().is_some() {
            beside.push((crate::comments::FILE.to_owned(), self.comments().to_geojson().into_bytes()));
        }
        let folder = self.open_project().map(|open| folder_of(&open.path).to_owned());
        if let (Some(name), Some(folder)) = (self.plan_name(), folder)
            && crate::rules::Plan::builtin(name).is_none()
        {
            let Ok(table) = std::fs::read(folder.join(name)) else {
                left_out.push(name.to_owned());
                return beside;
            };
            // Wherever the table stands, in the archive it stands beside the project.
            let own = safe_name(&crate::io::file_name(Path::new(name)));
            if project.plan.as_deref() == Some(name) {
                project.plan = Some(own.clone());
            }
            beside.push((own, table));
        }
        beside
    }
}

fn pack<W: Write + Seek>(
    zip: &mut ZipWriter<W>,
    name: &str,
    project: &Project,
    layers: &[(String, Arc<crate::index::IndexedLayer>)],
    beside: &[(String, Vec<u8>)],
) -> std::io::Result<()> {
    let options = || SimpleFileOptions::default().large_file(true);
    zip.start_file(name, options()).map_err(std::io::Error::other)?;
    let text = project.to_json().and_then(|all| serde_json::to_vec_pretty(&all)).map_err(std::io::Error::other)?;
    zip.write_all(&text)?;
    for (file, indexed) in layers {
        zip.start_file(file, options()).map_err(std::io::Error::other)?;
        write_layer(indexed.layer(), zip)?;
    }
    for (file, bytes) in beside {
        zip.start_file(file, options()).map_err(std::io::Error::other)?;
        zip.write_all(bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::IndexedLayer;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::progress::Progress;
    use std::io::Read;
    use std::sync::Mutex;

    /// What reached the file, as whoever writes sees it.
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("whole").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_archive_reaches_the_file_while_it_is_packed() {
        // Digits that hardly get smaller.
        let mut dice = 7_u64;
        let mut digits = || {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            dice >> 20
        };
        let feature = |n: u64| format!(r#"{{"type":"Feature","properties":{{"n":{n}}},"geometry":null}}"#);
        let features: Vec<String> = (0..40_000).map(|_| feature(digits())).collect();
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
        let layer = read_layer_bytes(text.as_bytes(), "a", &ReadOptions::default(), &Progress::default());
        let indexed = Arc::new(IndexedLayer::new(Arc::new(layer.expect("readable"))));
        let layers = [("layers/a.geojson".to_owned(), indexed)];
        let beside = [("t.toml".to_owned(), b"x".to_vec())];
        let file = Shared::default();
        let mut zip = ZipWriter::new_stream(file.clone());
        pack(&mut zip, "p.shanshui.json", &Project::default(), &layers, &beside).expect("in memory");
        let before = file.0.lock().expect("whole").len();
        zip.finish().expect("in memory");
        let all = file.0.lock().expect("whole").clone();
        assert!(before > all.len() * 9 / 10 && all.len() > 100_000, "{before} of {}", all.len());
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(all)).expect("an archive");
        for (name, expected) in [("layers/a.geojson", text.as_bytes()), ("t.toml", &b"x"[..])] {
            let mut own = Vec::new();
            archive.by_name(name).expect("packed").read_to_end(&mut own).expect("readable");
            assert!(own == expected, "{name}");
        }
    }
}
