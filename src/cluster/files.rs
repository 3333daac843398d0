//! Which file holds a layer's geometries: one of the data set, known by its content, or one that is written for the run.

use crate::data::DataSet;
use crate::layer_file::{self, NOWHERE};
use crate::task::Rows;
use shanshui_core::io::disk;
use shanshui_core::model::{Geometries, Layer};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// A file with the geometries of a layer.
#[derive(Debug)]
pub struct LayerFile {
    path: String,
    /// By row of the layer the row group that holds it.
    group_of: Vec<u32>,
}

impl LayerFile {
    /// What a task says of rows of it, given in rising order.
    ///
    /// # Errors
    /// Where a row stands in no row group.
    pub fn rows(&self, rows: &[usize]) -> Result<Rows, String> {
        let mut groups = Vec::new();
        for row in rows {
            match self.group_of.get(*row).copied() {
                None | Some(NOWHERE) => return Err(format!("{}: it does not hold row {row}", self.path)),
                Some(group) => groups.push(group),
            }
        }
        groups.sort_unstable();
        groups.dedup();
        Ok(Rows { file: self.path.clone(), groups, rows: rows.iter().map(|row| *row as u32).collect() })
    }
}

/// Arrays that several layers share, or a layer whose rows were edited.
#[derive(Debug)]
enum Known {
    Shared(Weak<Geometries>, Arc<LayerFile>),
    Edited(Weak<Layer>, Arc<LayerFile>),
}

#[derive(Debug, Default)]
struct State {
    /// By the places in memory of the geometries and of what is unusable.
    known: HashMap<(usize, usize), Known>,
    of_content: HashMap<String, Arc<LayerFile>>,
    written: usize,
}

/// The files of layers that a run asks about.
#[derive(Debug)]
pub struct LayerFiles {
    /// The run's own folder.
    folder: PathBuf,
    /// Files of the data set by the content of their layers.
    of_data: HashMap<String, (PathBuf, usize)>,
    state: Mutex<State>,
}

impl LayerFiles {
    /// Of a data set, for a run that writes into this folder.
    pub fn new(data: &DataSet, folder: &Path) -> Self {
        let entry = |layer: &crate::data::LayerOf| {
            (layer.written.content.clone(), (data.folder.join(&layer.file), layer.written.rows))
        };
        let of_data = data.manifest.layers.iter().map(entry).collect();
        Self { folder: folder.to_owned(), of_data, state: Mutex::default() }
    }

    /// The file of a layer. The first time its content is hashed; where the data set has none of it, it is written.
    ///
    /// # Errors
    /// What the system says, with the file.
    pub fn of(&self, layer: &Arc<Layer>) -> Result<Arc<LayerFile>, String> {
        let key = match layer.geometries.shared() {
            Some(shared) => (Arc::as_ptr(shared).addr(), Arc::as_ptr(&layer.unusable).addr()),
            None => (Arc::as_ptr(layer).addr(), 0),
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // What nobody holds any more may have had the same place.
        match state.known.get(&key) {
            Some(Known::Shared(held, file)) if held.strong_count() > 0 => return Ok(Arc::clone(file)),
            Some(Known::Edited(held, file)) if held.strong_count() > 0 => return Ok(Arc::clone(file)),
            _ => {}
        }
        let content = layer_file::content(layer);
        let file = match state.of_content.get(&content) {
            Some(file) => Arc::clone(file),
            None => {
                let file = Arc::new(match self.of_data.get(&content) {
                    Some((path, rows)) => LayerFile {
                        path: path.display().to_string(),
                        group_of: layer_file::groups_of(path, *rows).map_err(|e| format!("{}: {e}", path.display()))?,
                    },
                    None => {
                        let path = self.folder.join(format!("layer-{}.parquet", state.written));
                        state.written += 1;
                        let written = layer_file::write(layer, &path);
                        let written = written.map_err(|e| format!("{}: {e}", path.display()))?;
                        LayerFile { path: path.display().to_string(), group_of: written.group_of }
                    }
                });
                state.of_content.insert(content, Arc::clone(&file));
                file
            }
        };
        let known = match layer.geometries.shared() {
            Some(shared) => Known::Shared(Arc::downgrade(shared), Arc::clone(&file)),
            None => Known::Edited(Arc::downgrade(layer), Arc::clone(&file)),
        };
        state.known.insert(key, known);
        Ok(file)
    }
}

/// The folder of one run, gone when it is dropped. A run that is killed leaves it; the next one takes it away.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// Locked as long as the run lasts.
    _lock: disk::File,
}

/// The lock's name in the folder.
const LOCK: &str = "lock";

impl RunFolder {
    /// A new one below a folder, which is made where it is missing.
    ///
    /// # Errors
    /// What the system says.
    pub fn new(jobs: &Path) -> std::io::Result<Self> {
        disk::create_dir_all(jobs)?;
        for entry in std::fs::read_dir(jobs)?.flatten() {
            let lock = disk::File::open_to_read(&entry.path().join(LOCK));
            // Where nobody holds the lock its run has ended. That it cannot be taken away is no harm.
            if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
                let _ = disk::remove_dir_all(&entry.path());
            }
        }
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let name = format!("run-{}-{}", std::process::id(), since.map_or(0, |since| since.as_nanos()));
        // Under a name of its own until it is locked, or another run might take it for one that ended.
        let making = jobs.join(format!("{name}-new"));
        disk::create_dir(&making)?;
        let lock = disk::File::create_new_readable(&making.join(LOCK))?;
        lock.lock()?;
        let path = jobs.join(name);
        disk::rename(&making, &path)?;
        Ok(Self { path, _lock: lock })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        // What stays is taken away by the next run.
        let _ = disk::remove_dir_all(&self.path);
    }
}
