//! A data set: a project as it was when it was taken in, and its layers as executors read them. Nothing in it changes.
//!
//! ```text
//! FOLDER/manifest.json        what is in it, with hashes; a folder without one is no data set
//! FOLDER/project/…            the project's files, byte for byte: who puts the rules reads them as the desktop does
//! FOLDER/layers/N.parquet     the geometries of a layer (GeoParquet)
//! FOLDER/jobs/…               tasks of runs that go on, and layers that rules made; empty otherwise
//! ```

use crate::identity::{HashWriter, hex};
use crate::layer_file::{self, Written};
use crate::texts::{ClusterError, told};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shanshui_core::i18n::Lang;
use shanshui_core::index::IndexedLayer;
use shanshui_core::io::disk;
use shanshui_core::model::{Layer, Role};
use shanshui_core::rules::RuleInput;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The form of data sets that this program writes, and the only one that it reads.
pub const FORM: u32 = 1;

/// The file that makes a folder a data set.
pub const MANIFEST: &str = "manifest.json";

/// The folder of a run's tasks.
pub const JOBS: &str = "jobs";

/// What a data set holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form: [`FORM`].
    pub form: u32,
    /// The program that wrote it.
    pub written_by: String,
    /// The build that wrote it. Others read it too: what executors do is held to the driver's build.
    pub build: String,
    /// The project in `project/`: its file, or nothing where the folder is one.
    pub project: Option<String>,
    /// How it was read, where its files do not say it: the options `--crs` and `--encoding`.
    pub read: BTreeMap<String, String>,
    /// Its layers as rules take them.
    pub layers: Vec<LayerOf>,
    /// By file of the project its SHA-256.
    pub files: BTreeMap<String, String>,
}

/// A layer of a data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerOf {
    /// Its file in the data set.
    pub file: String,
    /// Its name.
    pub name: String,
    /// The roles that rules take it in.
    pub roles: Vec<String>,
    /// The coordinate system that its file or the planner named; positions are longitude and latitude.
    pub system: Option<String>,
    /// Its box: west, south, east, north; degrees. None where nothing is located.
    pub bounds: Option<[f64; 4]>,
    /// Rows, positions, row groups and a hash.
    #[serde(flatten)]
    pub written: Written,
}

/// A data set that was opened.
#[derive(Debug)]
pub struct DataSet {
    /// Its folder, as every machine of the cluster finds it.
    pub folder: PathBuf,
    /// SHA-256 of its manifest.
    pub id: String,
    /// What it holds.
    pub manifest: Manifest,
}

impl DataSet {
    /// Opens one.
    ///
    /// # Errors
    /// Where there is none, or it is of another form.
    pub fn open(folder: &Path, lang: Lang) -> Result<Self, ClusterError> {
        let file = folder.join(MANIFEST);
        let failed = |cause: String| ClusterError::Input(told::no_data_set(lang, folder, &cause));
        let bytes = std::fs::read(&file).map_err(|e| failed(e.to_string()))?;
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|e| failed(e.to_string()))?;
        if manifest.form != FORM {
            return Err(failed(told::another_form(lang, manifest.form, FORM)));
        }
        let folder = folder.canonicalize().map_err(|e| failed(e.to_string()))?;
        Ok(Self { folder, id: hex(&Sha256::digest(&bytes)), manifest })
    }

    /// The project, as the desktop would be given it.
    pub fn project(&self) -> PathBuf {
        let project = self.folder.join("project");
        self.manifest.project.as_ref().map_or(project.clone(), |file| project.join(file))
    }
}

/// Layers as rules take them, each once, with their roles: those of one role together, and by themselves.
fn layers_of(input: &RuleInput) -> Vec<(Arc<IndexedLayer>, Vec<Role>)> {
    let mut all: Vec<(Arc<IndexedLayer>, Vec<Role>)> = Vec::new();
    let together = input.layers.iter().filter_map(|(role, _)| Some((*role, input.together(*role)?)));
    for (role, layer) in input.layers.iter().map(|(role, layer)| (*role, layer)).chain(together) {
        let geometries = |of: &Layer| of.geometries.shared().map(Arc::as_ptr);
        let known = all.iter_mut().find(|(other, _)| {
            let (own, other) = (geometries(layer.layer()), geometries(other.layer()));
            own.is_some() && own == other
        });
        match known {
            Some((_, roles)) if roles.contains(&role) => {}
            Some((_, roles)) => roles.push(role),
            None => all.push((Arc::clone(layer), vec![role])),
        }
    }
    all
}

/// Writes the layers of a project into a data set that is being made.
///
/// # Errors
/// What the system says, by the file.
pub fn write_layers(
    input: &RuleInput,
    folder: &Path,
    mut tell: impl FnMut(&LayerOf),
) -> Result<Vec<LayerOf>, (PathBuf, std::io::Error)> {
    let mut written: Vec<LayerOf> = Vec::new();
    for (indexed, roles) in layers_of(input) {
        let layer = indexed.layer();
        let file = format!("layers/{}.parquet", written.len());
        let path = folder.join(&file);
        let bounds = layer.bounds;
        let of = LayerOf {
            file,
            name: layer.name.clone(),
            roles: roles.iter().map(|role| role.id().to_owned()).collect(),
            system: layer.declared_crs.clone(),
            bounds: (!bounds.is_empty()).then_some([bounds.min.lon, bounds.min.lat, bounds.max.lon, bounds.max.lat]),
            written: layer_file::write(layer, &path).map_err(|e| (path, e))?,
        };
        tell(&of);
        written.push(of);
    }
    Ok(written)
}

/// Copies files into a folder, byte for byte; by name their SHA-256.
///
/// # Errors
/// What the system says, by the file.
pub fn copy_files(
    from: &Path,
    files: &[PathBuf],
    to: &Path,
) -> Result<BTreeMap<String, String>, (PathBuf, std::io::Error)> {
    let mut hashes = BTreeMap::new();
    for name in files {
        let path = from.join(name);
        let copy = || -> std::io::Result<String> {
            let target = to.join(name);
            if let Some(folder) = target.parent() {
                disk::create_dir_all(folder)?;
            }
            let mut source = std::fs::File::open(&path)?;
            let mut file = disk::File::create_new_readable(&target)?;
            let mut hash = Sha256::new();
            std::io::copy(&mut source, &mut Both(HashWriter(&mut hash), &mut file))?;
            file.sync_all()?;
            Ok(hex(&hash.finalize()))
        };
        hashes.insert(name.to_string_lossy().replace('\\', "/"), copy().map_err(|e| (path.clone(), e))?);
    }
    Ok(hashes)
}

/// Writes to two things.
struct Both<'a>(HashWriter<'a>, &'a mut disk::File);

impl std::io::Write for Both<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.1.write(bytes)?;
        self.0.write(&bytes[..written])
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.1.flush()
    }
}
