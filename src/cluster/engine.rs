//! The engine that has work on rows done by executors: tile by tile, each of which is a task with a receipt.

use crate::client::{Client, JobError, write_task};
use crate::data::DataSet;
use crate::files::{LayerFiles, RunFolder};
use crate::receipts::{Asked, checked};
use crate::say::Form;
use crate::task::{Receipt, Task};
use crate::texts::told;
use serde_json::json;
use shanshui::cli::Elsewhere;
use shanshui_core::i18n::Lang;
use shanshui_core::index::IndexedLayer;
use shanshui_core::io::disk;
use shanshui_core::progress::{Cancelled, Progress};
use shanshui_core::query::{AskError, Engine, Found, RowWork, Tile, in_tiles};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How work is parted.
#[derive(Clone, Copy, Debug)]
pub struct Parting {
    /// Tiles of a work; by its size where there is none.
    pub tiles: Option<usize>,
    /// Work on rows of fewer corners than this is done here: a job costs about a tenth of a second.
    pub here_below: usize,
    /// A job that takes longer has failed.
    pub timeout: Duration,
}

/// A tile has about so many corners of the rows that are worked on.
pub const TILE_CORNERS: usize = 100_000;

/// Work on fewer corners than this is done here, where nothing else is said.
pub const HERE_BELOW: usize = 200_000;

/// Tiles of a work at least: so that several executors have some, and the last is not waited for long.
const LEAST_TILES: usize = 16;

impl Parting {
    /// Into how many tiles rows of so many corners are parted.
    fn tiles(&self, corners: usize) -> usize {
        self.tiles.unwrap_or_else(|| corners.div_ceil(TILE_CORNERS).max(LEAST_TILES))
    }
}

/// What a run had done, and by whom.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunFigures {
    /// Works that executors did.
    pub works: usize,
    /// Tiles of them.
    pub tiles: usize,
    /// Rows worked on.
    pub owned: usize,
    /// Rows read for that.
    pub read: usize,
    /// Seconds that executors worked, all together.
    pub seconds: f64,
    /// Of the works of which the slowest tile took longest compared with the median tile: how many times as long.
    pub slowest_over_median: f64,
    /// Jobs that were sent again.
    pub again: usize,
}

/// Executors of a cluster.
#[derive(Debug)]
pub struct Ballista {
    client: Client,
    data: DataSet,
    build: String,
    files: LayerFiles,
    folder: RunFolder,
    parting: Parting,
    lang: Lang,
    progress: Form,
    jobs: AtomicUsize,
    figures: Mutex<RunFigures>,
    failed: OnceLock<String>,
}

/// A job is sent so often before the run is given up: an executor that is lost when it is done, and before its results are fetched,
/// fails the job.
const TIMES: usize = 3;

/// A cluster that works answers a greeting within this time.
const GREETING: Duration = Duration::from_secs(30);

impl Ballista {
    /// For a data set, by a scheduler.
    pub fn new(
        (client, build): (Client, String),
        (data, folder): (DataSet, RunFolder),
        parting: Parting,
        (lang, progress): (Lang, Form),
    ) -> Self {
        let files = LayerFiles::new(&data, folder.path());
        let (jobs, figures, failed) = (AtomicUsize::new(0), Mutex::default(), OnceLock::new());
        Self { client, data, build, files, folder, parting, lang, progress, jobs, figures, failed }
    }

    /// What was done until now.
    pub fn figures(&self) -> RunFigures {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why it does no more.
    pub fn failure(&self) -> Option<String> {
        self.failed.get().cloned()
    }

    /// Has an executor answer, so that a cluster that cannot work is known before anything is asked.
    ///
    /// # Errors
    /// Why it cannot, in the reader's language.
    pub fn greet(&self, progress: &Progress) -> Result<String, String> {
        let empty = Task {
            build: self.build.clone(),
            data: self.data.id.clone(),
            tile: 0,
            layers: Vec::new(),
            owned: 0,
            question: Vec::new(),
        };
        // It has no rows, which the executor finds wrong; that it says so is what is wanted.
        let timeout = self.parting.timeout.min(GREETING);
        let receipts = self.job(&[empty.to_bytes()], timeout, progress).map_err(|e| self.why(&e))?;
        match receipts.into_iter().next() {
            Some(Receipt { found: Err(crate::task::Failed::Build { asked, own }), executor, .. }) => {
                Err(self.failed_with(&told::builds(self.lang, &executor, &own, &asked)))
            }
            Some(receipt) => Ok(receipt.executor),
            None => Err(self.failed_with(&told::receipts(self.lang, "0 / 1"))),
        }
    }

    fn failed_with(&self, cause: &str) -> String {
        told::failed(self.lang, &self.client.scheduler(), cause)
    }

    fn why(&self, e: &JobError) -> String {
        match e {
            JobError::Timeout(seconds) => self.failed_with(&told::timeout(self.lang, *seconds)),
            e => self.failed_with(&e.to_string()),
        }
    }

    /// Has tasks done, each given as bytes; again where the job failed.
    fn job(&self, tasks: &[Vec<u8>], timeout: Duration, progress: &Progress) -> Result<Vec<Receipt>, JobError> {
        let failed = |path: &Path, e: &std::io::Error| JobError::Failed(format!("{}: {e}", path.display()));
        let mut again = 0;
        loop {
            // A folder that no job had before: what is known of files is kept by their names.
            let folder = self.folder.path().join(format!("job-{}", self.jobs.fetch_add(1, Ordering::Relaxed)));
            disk::create_dir(&folder).map_err(|e| failed(&folder, &e))?;
            // The heaviest first.
            let mut order: Vec<usize> = (0..tasks.len()).collect();
            order.sort_by_key(|tile| std::cmp::Reverse(tasks[*tile].len()));
            for (place, tile) in order.into_iter().enumerate() {
                let path = folder.join(format!("{place:06}.parquet"));
                write_task(&path, tile as u32, &tasks[tile]).map_err(|e| failed(&path, &e))?;
            }
            let done = self.client.run((&folder, tasks.len()), timeout, progress);
            // What stays is taken away with the run's folder.
            let _ = disk::remove_dir_all(&folder);
            match done {
                Err(JobError::Failed(cause)) if again + 1 < TIMES => {
                    again += 1;
                    self.figures.lock().unwrap_or_else(PoisonError::into_inner).again += 1;
                    self.progress.tell("again", json!({ "cause": cause }), || format!("again: {cause}"));
                    std::thread::sleep(Duration::from_millis(500));
                }
                done => return done,
            }
        }
    }

    /// Does the tiles of a round.
    fn round(&self, work: &RowWork<'_>, round: &[Tile], progress: &Progress) -> Result<Vec<Found>, String> {
        let started = Instant::now();
        let layers = std::iter::once(work.subject()).chain(work.references().iter().copied());
        let files = layers.map(|layer| self.files.of(layer.layer())).collect::<Result<Vec<_>, _>>();
        let files = files.map_err(|cause| self.failed_with(&cause))?;
        let task = |(number, tile): (usize, &Tile)| -> Result<Vec<u8>, String> {
            let layers = files.iter().zip(&tile.needs.rows).map(|(file, rows)| file.rows(rows));
            let task = Task {
                build: self.build.clone(),
                data: self.data.id.clone(),
                tile: number as u32,
                layers: layers.collect::<Result<_, _>>()?,
                owned: tile.own.len() as u32,
                question: work.to_bytes(tile),
            };
            Ok(task.to_bytes())
        };
        let tasks = round.iter().enumerate().map(task).collect::<Result<Vec<_>, _>>();
        let tasks = tasks.map_err(|cause| self.failed_with(&cause))?;
        let receipts = self.job(&tasks, self.parting.timeout, progress).map_err(|e| match e {
            JobError::Cancelled => String::new(),
            e => self.why(&e),
        })?;
        drop(tasks);
        let owned: Vec<usize> = round.iter().map(|tile| tile.own.len()).collect();
        let asked = Asked { build: &self.build, data: &self.data.id, owned: &owned };
        let receipts = checked(receipts, asked, self.lang).map_err(|cause| self.failed_with(&cause))?;
        self.note(&receipts, started.elapsed().as_secs_f64());
        let found = |(tile, receipt): (&Tile, Receipt)| {
            let found = receipt.found.map_err(|e| e.to_string())?;
            Found::of_bytes(work, tile, &found).map_err(|e| format!("{} ({})", e, receipt.executor))
        };
        let found = round.iter().zip(receipts).map(found).collect::<Result<Vec<_>, _>>();
        found.map_err(|cause| self.failed_with(&told::receipts(self.lang, &cause)))
    }

    /// Counts a round, and tells it.
    fn note(&self, receipts: &[Receipt], elapsed: f64) {
        let mut seconds: Vec<f64> = receipts.iter().map(|receipt| receipt.seconds).collect();
        seconds.sort_by(f64::total_cmp);
        let (median, slowest) = (seconds[seconds.len() / 2], seconds[seconds.len() - 1]);
        let sum = |of: fn(&Receipt) -> u32| receipts.iter().map(|receipt| of(receipt) as usize).sum::<usize>();
        let (owned, read) = (sum(|receipt| receipt.owned), sum(|receipt| receipt.read));
        let mut executors: Vec<&str> = receipts.iter().map(|receipt| &*receipt.executor).collect();
        executors.sort_unstable();
        executors.dedup();
        let number = {
            let mut figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
            figures.works += 1;
            figures.tiles += receipts.len();
            figures.owned += owned;
            figures.read += read;
            figures.seconds += seconds.iter().sum::<f64>();
            if median > 0.0 && seconds.len() > 2 {
                figures.slowest_over_median = figures.slowest_over_median.max(slowest / median);
            }
            figures.works
        };
        let values = json!({
            "work": number, "tiles": receipts.len(), "rows": owned, "rows_read": read, "seconds": elapsed,
            "tile_seconds": { "median": median, "slowest": slowest, "all": seconds.iter().sum::<f64>() },
            "executors": executors,
        });
        self.progress.tell("work", values, || {
            format!("work {number}: {owned} rows in {} tiles, {read} read, {elapsed:.2} s", receipts.len())
        });
    }
}

/// Corners of some rows, and the rows themselves.
fn size_of(layer: &IndexedLayer, rows: &[usize]) -> usize {
    let geometries = &layer.layer().geometries;
    rows.iter().map(|row| geometries.positions_of(*row).len() + 1).sum()
}

impl Engine for Ballista {
    fn rows(&self, work: &RowWork<'_>, rows: &[usize], progress: &Progress) -> Result<Found, AskError> {
        if let Some(why) = self.failed.get() {
            return Err(AskError::Engine(why.clone()));
        }
        let size = size_of(work.subject(), rows);
        if rows.is_empty() || size < self.parting.here_below {
            return work.done(rows, progress);
        }
        let found = in_tiles((work, rows), (self.parting.tiles(size), 1.0), |round| {
            progress.advance(0)?;
            self.round(work, round, progress).map_err(|why| match progress.is_cancelled() {
                true => AskError::Cancelled(Cancelled),
                false => AskError::Engine(why),
            })
        });
        if let Err(AskError::Engine(why)) = &found {
            // The first stays.
            let _ = self.failed.set(why.clone());
        }
        found
    }
}

/// A run on a cluster.
#[derive(Debug)]
pub struct OnCluster(pub Arc<Ballista>);

impl Elsewhere for OnCluster {
    fn name(&self) -> &str {
        "cluster"
    }

    fn engine(&self) -> Arc<dyn Engine> {
        Arc::clone(&self.0) as Arc<dyn Engine>
    }

    fn failure(&self) -> Option<String> {
        self.0.failure()
    }
}
