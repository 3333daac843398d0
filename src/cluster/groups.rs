//! Row groups as executors hold them: decoded once, and the ones used last kept, up to a stated size.

use crate::task::{Failed, Rows};
use crate::wkb;
use datafusion::arrow::array::{Array, BinaryArray, Int64Array};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use shanshui_core::model::Geometries;
use std::collections::HashMap;
use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};

/// The rows of a row group.
#[derive(Debug, Default)]
pub struct Decoded {
    /// Their numbers in the layer, in rising order.
    pub ords: Vec<u32>,
    /// Their geometries, in that order.
    pub geometries: Geometries,
}

impl Decoded {
    /// About how much memory they take; bytes.
    fn bytes(&self) -> usize {
        // A position, and of a row its number, its box, its kind and the ends of its parts.
        self.geometries.position_count() * 16 + self.ords.len() * 64
    }
}

/// A row group by its data set and file, and its number. A folder may be taken away and hold another data set afterwards.
type Key = (Arc<str>, u32);

#[derive(Debug, Default)]
struct Kept {
    groups: HashMap<Key, (Arc<Decoded>, u64)>,
    files: HashMap<Arc<str>, (Arc<ArrowReaderMetadata>, u64)>,
    bytes: usize,
    /// Counts uses: what has the smallest number was not used for longest.
    now: u64,
}

/// Row groups that were read, those used last within a number of bytes.
#[derive(Debug)]
pub struct Groups {
    most_bytes: usize,
    kept: Mutex<Kept>,
}

/// Of so many files what stands at their ends is kept.
const FILES: usize = 256;

impl Groups {
    /// Keeps so many bytes at most.
    pub fn new(most_bytes: usize) -> Self {
        Self { most_bytes, kept: Mutex::default() }
    }

    /// Bytes that are kept.
    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows that a task needs of a layer, in their order; of a data set.
    ///
    /// # Errors
    /// Where the file cannot be read, or lacks one of them.
    pub fn rows(&self, data: &str, wanted: &Rows) -> Result<Geometries, Failed> {
        let failed = |cause: String| Failed::Data { file: wanted.file.clone(), cause };
        let known: Arc<str> = Arc::from(format!("{data} {}", wanted.file));
        // Which group has each, and where; none are read twice, and none is kept beyond its turn.
        let mut at: Vec<Option<(u32, u32)>> = vec![None; wanted.rows.len()];
        let mut groups = Vec::with_capacity(wanted.groups.len());
        for number in &wanted.groups {
            let group = self.group((&known, &wanted.file), *number).map_err(failed)?;
            let (mut here, mut there) = (0, 0);
            // Both rise.
            while let (Some(ord), Some(row)) = (group.ords.get(here), wanted.rows.get(there)) {
                match ord.cmp(row) {
                    std::cmp::Ordering::Less => here += 1,
                    std::cmp::Ordering::Greater => there += 1,
                    std::cmp::Ordering::Equal => {
                        at[there] = Some((groups.len() as u32, here as u32));
                        (here, there) = (here + 1, there + 1);
                    }
                }
            }
            groups.push(group);
        }
        let mut all = Geometries::default();
        for (place, row) in at.iter().zip(&wanted.rows) {
            let Some((group, row)) = place else {
                return Err(failed(format!("row {row} is in none of the row groups {:?}", wanted.groups)));
            };
            copy(&groups[*group as usize].geometries, *row as usize, &mut all);
        }
        Ok(all)
    }

    fn group(&self, file: (&Arc<str>, &str), number: u32) -> Result<Arc<Decoded>, String> {
        let key = (Arc::clone(file.0), number);
        {
            let mut kept = self.lock();
            kept.now += 1;
            let now = kept.now;
            if let Some((group, used)) = kept.groups.get_mut(&key) {
                *used = now;
                return Ok(Arc::clone(group));
            }
        }
        // Two that want one at once read it twice; that is rare and no harm.
        let group = Arc::new(self.read(file, number)?);
        let mut kept = self.lock();
        kept.now += 1;
        let now = kept.now;
        if kept.groups.insert(key, (Arc::clone(&group), now)).is_none() {
            kept.bytes += group.bytes();
        }
        while kept.bytes > self.most_bytes {
            let oldest = kept.groups.iter().min_by_key(|(_, (_, used))| *used).map(|(key, _)| key.clone());
            let Some((gone, _)) = oldest.and_then(|key| kept.groups.remove(&key)) else { break };
            kept.bytes -= gone.bytes();
        }
        Ok(group)
    }

    fn read(&self, (known, path): (&Arc<str>, &str), number: u32) -> Result<Decoded, String> {
        let file = File::open(path).map_err(|e| e.to_string())?;
        let metadata = self.metadata(known, &file)?;
        let groups = metadata.metadata().num_row_groups();
        if number as usize >= groups {
            return Err(format!("row group {number} of {groups}"));
        }
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, ArrowReaderMetadata::clone(&metadata));
        let columns = ProjectionMask::columns(builder.parquet_schema(), ["ord", "geometry"]);
        let reader = builder.with_projection(columns).with_row_groups(vec![number as usize]).with_batch_size(4_096);
        let mut decoded = Decoded::default();
        for batch in reader.build().map_err(|e| e.to_string())? {
            let batch = batch.map_err(|e| e.to_string())?;
            let ords = batch.column_by_name("ord").and_then(|column| column.as_any().downcast_ref::<Int64Array>());
            let geometries =
                batch.column_by_name("geometry").and_then(|column| column.as_any().downcast_ref::<BinaryArray>());
            let (Some(ords), Some(geometries)) = (ords, geometries) else {
                return Err("it has no columns ord (INT64) and geometry (BYTE_ARRAY)".to_owned());
            };
            for (ord, geometry) in ords.values().iter().zip(geometries) {
                let ord = u32::try_from(*ord).map_err(|_| format!("row group {number}: a row of number {ord}"))?;
                wkb::read(geometry.unwrap_or_default(), &mut decoded.geometries)
                    .map_err(|e| format!("row {ord}: {e}"))?;
                decoded.ords.push(ord);
            }
        }
        if !decoded.ords.is_sorted_by(|a, b| a < b) {
            return Err(format!("row group {number}: its rows do not rise"));
        }
        decoded.geometries.shrink();
        Ok(decoded)
    }

    fn metadata(&self, known: &Arc<str>, file: &File) -> Result<Arc<ArrowReaderMetadata>, String> {
        {
            let mut kept = self.lock();
            kept.now += 1;
            let now = kept.now;
            if let Some((metadata, used)) = kept.files.get_mut(known) {
                *used = now;
                return Ok(Arc::clone(metadata));
            }
        }
        let read = ArrowReaderMetadata::load(file, ArrowReaderOptions::default()).map_err(|e| e.to_string())?;
        let metadata = Arc::new(read);
        let mut kept = self.lock();
        kept.now += 1;
        let now = kept.now;
        kept.files.insert(Arc::clone(known), (Arc::clone(&metadata), now));
        if kept.files.len() > FILES {
            let oldest = kept.files.iter().min_by_key(|(_, (_, used))| *used).map(|(path, _)| Arc::clone(path));
            oldest.map(|path| kept.files.remove(&path));
        }
        Ok(metadata)
    }
}

/// Adds a row of other geometries.
fn copy(from: &Geometries, row: usize, to: &mut Geometries) {
    for part in from.parts(row) {
        for path in part.paths() {
            path.iter().for_each(|p| to.push_position(*p));
            to.end_path();
        }
        to.end_part();
    }
    to.end_row(from.kind(row));
}
