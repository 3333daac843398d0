//! Tiles on threads of their own: what a view wants now, nearest first; what it no longer wants is given up.

use super::source::{About, Opening, TileSource, open};
use super::{Backdrop, Pixels, RasterError, RasterErrorKind, TileId};
use crate::i18n::Said;
use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Threads for a file, and for a service: few enough that no server minds.
const OF_FILE: usize = 2;
const OF_SERVICE: usize = 4;

/// What a loader has to tell.
#[derive(Clone, Debug)]
pub enum Told {
    /// The source is open.
    Opened(Arc<About>),
    /// A tile; `None` where the source has none there.
    Tile(TileId, Option<Pixels>),
    /// A tile that cannot be shown.
    Damaged(TileId, RasterError),
    /// The server does not answer; it is asked again.
    Waiting(RasterError),
    /// The server answers again.
    Back,
    /// Nothing of the source can be shown; the loader has ended.
    Failed(RasterError),
}

#[derive(Default)]
struct State {
    wanted: VecDeque<TileId>,
    /// Tiles that a thread is at, and how each is stopped.
    running: HashMap<TileId, Arc<AtomicBool>>,
    /// What was told already; asked for once.
    done: HashSet<TileId>,
    /// Until when the server is left alone.
    until: Option<Instant>,
    is_open: bool,
    has_ended: bool,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    sender: Mutex<Sender<Told>>,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, told: Told) {
        // Nobody listens any more where the loader was dropped.
        drop(self.sender.lock().unwrap_or_else(PoisonError::into_inner).send(told));
        (self.wake)();
    }

    fn end(&self) {
        let mut state = self.lock();
        state.has_ended = true;
        state.wanted.clear();
        state.running.values().for_each(|stop| stop.store(true, Relaxed));
        drop(state);
        self.changed.notify_all();
    }

    /// The next tile that is wanted, once there is one and the server may be asked; `None` where the loader has ended.
    fn next(&self) -> Option<(TileId, Arc<AtomicBool>)> {
        let mut state = self.lock();
        loop {
            if state.has_ended {
                return None;
            }
            let wait = state.until.and_then(|until| until.checked_duration_since(Instant::now()));
            let has_work = !state.wanted.is_empty();
            match wait {
                None if has_work => {
                    state.until = None;
                    let tile = state.wanted.pop_front()?;
                    let stop = Arc::new(AtomicBool::new(false));
                    state.running.insert(tile, Arc::clone(&stop));
                    return Some((tile, stop));
                }
                Some(wait) if has_work => {
                    let woken = self.changed.wait_timeout(state, wait.max(Duration::from_millis(1)));
                    state = woken.unwrap_or_else(PoisonError::into_inner).0;
                }
                _ => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn work(&self, source: &dyn TileSource, is_waiting: &AtomicBool) {
        while let Some((tile, stop)) = self.next() {
            // Decoders are fed by strangers: one that breaks down takes a tile along, and nothing else.
            let read = catch_unwind(AssertUnwindSafe(|| source.tile(tile, &stop)));
            let read = read.unwrap_or_else(|_| Err(RasterError::tile("", tile, Said::of("raster.broke_down"))));
            if self.lock().has_ended {
                return;
            }
            // It is told before it is no longer on its way.
            let becomes = match read {
                Ok(pixels) => {
                    if is_waiting.swap(false, Relaxed) {
                        self.tell(Told::Back);
                    }
                    self.tell(Told::Tile(tile, pixels));
                    Becomes::Done
                }
                Err(e) => match e.kind {
                    RasterErrorKind::Stopped => Becomes::Nothing,
                    RasterErrorKind::Later(wait) => {
                        if !is_waiting.swap(true, Relaxed) {
                            self.tell(Told::Waiting(e));
                        }
                        Becomes::Later(Instant::now() + wait)
                    }
                    RasterErrorKind::Tile => {
                        self.tell(Told::Damaged(tile, e));
                        Becomes::Done
                    }
                    RasterErrorKind::Source | RasterErrorKind::NeedsSystem => {
                        self.tell(Told::Failed(e));
                        return self.end();
                    }
                },
            };
            let mut state = self.lock();
            state.running.remove(&tile);
            match becomes {
                Becomes::Done => drop(state.done.insert(tile)),
                Becomes::Nothing => {}
                Becomes::Later(until) => {
                    state.until = Some(state.until.map_or(until, |known| known.max(until)));
                    if !stop.load(Relaxed) {
                        state.wanted.push_front(tile);
                    }
                }
            }
        }
    }
}

/// What becomes of a tile that a thread was at.
enum Becomes {
    Done,
    Nothing,
    /// It is wanted still.
    Later(Instant),
}

/// A backdrop whose tiles are brought. Dropping it ends its threads after the tiles that they are at.
pub struct Loader {
    shared: Arc<Shared>,
    told: Receiver<Told>,
}

impl std::fmt::Debug for Loader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Loader({} wanted)", self.shared.lock().wanted.len())
    }
}

impl Loader {
    /// Opens a backdrop's source on a thread; `wake` is called from there whenever there is something to tell.
    pub fn start(backdrop: Backdrop, opening: Opening, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let (sender, told) = channel();
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            sender: Mutex::new(sender),
            wake: Box::new(wake),
        });
        let own = Arc::clone(&shared);
        std::thread::spawn(move || {
            let opened = catch_unwind(AssertUnwindSafe(|| open(&backdrop, &opening)));
            let broken = || Err(RasterError::source(backdrop.title.clone(), Said::of("raster.broke_down")));
            let source = match opened.unwrap_or_else(|_| broken()) {
                Ok(source) => source,
                Err(e) => {
                    own.tell(Told::Failed(e));
                    return own.end();
                }
            };
            own.tell(Told::Opened(Arc::new(source.about().clone())));
            own.lock().is_open = true;
            let is_waiting = Arc::new(AtomicBool::new(false));
            let threads = if backdrop.is_online() { OF_SERVICE } else { OF_FILE };
            for _ in 1..threads {
                let (own, source, is_waiting) = (Arc::clone(&own), Arc::clone(&source), Arc::clone(&is_waiting));
                std::thread::spawn(move || own.work(&*source, &is_waiting));
            }
            own.work(&*source, &is_waiting);
        });
        Self { shared, told }
    }

    /// What is wanted from here on, the most wanted first, in the place of what was. A tile that was told is told again only
    /// after [`Self::forget`].
    pub fn want(&self, tiles: &[TileId]) {
        let mut state = self.shared.lock();
        if state.has_ended {
            return;
        }
        let wanted: HashSet<TileId> = tiles.iter().copied().collect();
        let given_up = state.running.iter().filter(|(tile, _)| !wanted.contains(tile));
        given_up.for_each(|(_, stop)| stop.store(true, Relaxed));
        let is_new = |tile: &&TileId| !state.done.contains(tile) && !state.running.contains_key(tile);
        let new: VecDeque<TileId> = tiles.iter().filter(is_new).copied().collect();
        let has_more = !new.is_empty();
        state.wanted = new;
        drop(state);
        if has_more {
            self.shared.changed.notify_all();
        }
    }

    /// A tile may be wanted again: whoever had it let it go.
    pub fn forget(&self, tile: TileId) {
        self.shared.lock().done.remove(&tile);
    }

    /// What there is to tell.
    pub fn poll(&self) -> Vec<Told> {
        self.told.try_iter().collect()
    }

    /// True where nothing is on its way: everything wanted was told, or waits for a server.
    pub fn is_idle(&self) -> bool {
        let state = self.shared.lock();
        let has_opened = state.is_open || state.has_ended;
        has_opened && state.running.is_empty() && (state.wanted.is_empty() || state.until.is_some())
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.shared.end();
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{CHINA, png};
    use super::*;

    /// What was told, until nothing is on its way.
    fn all(loader: &Loader) -> Vec<Told> {
        let start = Instant::now();
        let mut told = Vec::new();
        loop {
            let is_idle = loader.is_idle();
            told.extend(loader.poll());
            if is_idle {
                return told;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "{told:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    #[test]
    fn a_damaged_tile_is_told_once_and_the_others_come() {
        let folder = tempfile::tempdir().expect("a folder");
        let column = folder.path().join(format!("{}/{}", CHINA.level, CHINA.x));
        std::fs::create_dir_all(&column).expect("writable");
        let tiles: Vec<TileId> = (0..6).map(|n| TileId { y: CHINA.y + n, ..CHINA }).collect();
        for tile in &tiles[..5] {
            let bytes = if *tile == tiles[2] { b"damaged".to_vec() } else { png([4, 4], [1, 1, 1, 255]) };
            std::fs::write(column.join(format!("{}.png", tile.y)), bytes).expect("writable");
        }
        let backdrop = Backdrop { file: Some(folder.path().to_owned()), ..Backdrop::default() };
        let loader = Loader::start(backdrop, Opening::default(), || {});
        loader.want(&tiles);
        let told = all(&loader);
        assert!(matches!(told[0], Told::Opened(_)));
        let whole = told.iter().filter(|one| matches!(one, Told::Tile(_, Some(_)))).count();
        let damaged: Vec<_> = told.iter().filter(|one| matches!(one, Told::Damaged(..))).collect();
        assert!(whole == 4 && damaged.len() == 1, "{told:?}");
        assert!(told.iter().any(|one| matches!(one, Told::Tile(tile, None) if *tile == tiles[5])));
        loader.want(&tiles);
        assert!(all(&loader).is_empty(), "told once");
        loader.forget(tiles[0]);
        loader.want(&tiles);
        assert_eq!(all(&loader).len(), 1);
    }

    #[test]
    fn what_cannot_be_opened_is_told_and_ends() {
        let backdrop = Backdrop { title: "无".to_owned(), ..Backdrop::default() };
        let loader = Loader::start(backdrop, Opening::default(), || {});
        loader.want(&[CHINA]);
        let told = all(&loader);
        assert!(matches!(&told[..], [Told::Failed(_)]), "{told:?}");
    }
}
