//! A project in one file: a zip with the project and its layers as they are now.

use super::jobs::Outcome;
use super::project::{ENDING, Project, ProjectView, folder_of};
use super::unpack::folded;
use super::{JobKind, Own, Session};
use crate::io::geojson::write_layer;
use crate::io::{Form, safe_name, save_atomically};
use std::collections::BTreeSet;
use std::io::{Cursor, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zip::write::{SimpleFileOptions, ZipWriter};

/// How the names of packed projects end.
pub const PACKED: &str = ".shanshui.zip";

/// True where a path is that of a packed project.
pub fn is_packed(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().ends_with(".zip"))
}

impl Session {
    /// Writes what is open into one file: layers with their unsaved edits, beside the project that names them.
    pub(super) fn start_packing(&mut self, path: PathBuf, view: ProjectView) {
        if let Err(e) = self.may_write(Own::Nothing, &path, Form::Packed) {
            return self.report(Outcome::ExportFailed(e));
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
            taken.insert(folded(&name));
            layers.push((known.file.clone(), Arc::clone(&layer.indexed)));
        }
        let beside = self.packed_beside(&mut project);
        let title = crate::io::file_name(&path);
        let end = title.to_lowercase().find(".shanshui").or(title.rfind('.'));
        let name = format!("{}{ENDING}", safe_name(end.and_then(|end| title.get(..end)).unwrap_or(&title)));
        self.spawn(JobKind::Exporting(title.clone()), move |_progress, tell| {
            let written = save_atomically(&path, |out| {
                // A zip is written with steps back: into memory first, then to the file as a whole.
                let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
                pack(&mut zip, &name, &project, &layers, &beside)?;
                out.write_all(zip.finish().map_err(std::io::Error::other)?.get_ref())
            });
            tell(match written {
                Ok(()) => Outcome::Packed(path),
                Err(e) => Outcome::ExportFailed(e),
            });
        });
    }
}

impl Session {
    /// What a project has beside its layers: its findings, and its own table of targets, which the packed project names where
    /// it is packed.
    fn packed_beside(&self, project: &mut Project) -> Vec<(String, Vec<u8>)> {
        let mut beside = Vec::new();
        if !self.findings().all.is_empty() {
            beside.push((crate::rules::findings::FILE.to_owned(), self.findings().to_geojson().into_bytes()));
        }
        let folder = self.open_project().map(|open| folder_of(&open.path).to_owned());
        if let (Some(name), Some(folder)) = (self.plan_name(), folder)
            && crate::rules::Plan::builtin(name).is_none()
            && let Ok(table) = std::fs::read(folder.join(name))
        {
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
