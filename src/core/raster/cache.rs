//! Tiles of services on the disk: up to so many bytes, the oldest out first.

use super::TileId;
use super::decode::TILE_BYTES;
use super::folder::read_small;
use crate::io::disk;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// A folder of tiles. Several programs may use it at a time.
#[derive(Debug)]
pub struct TileCache {
    folder: PathBuf,
    most: u64,
    /// What is in it, once that was counted; bytes.
    held: Mutex<Option<u64>>,
    /// Why a tile could not be kept, until that is told.
    trouble: Mutex<Option<String>>,
}

impl TileCache {
    /// A cache in a folder of its own, which is made with the first tile; at most so many bytes.
    pub fn new(folder: PathBuf, most: u64) -> Self {
        Self { folder, most, held: Mutex::new(None), trouble: Mutex::new(None) }
    }

    /// The folder of a service, by its address without the key.
    pub(super) fn source(address: &str) -> String {
        let hash = Sha256::digest(address.as_bytes());
        hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    fn place(&self, source: &str, tile: TileId) -> PathBuf {
        let TileId { level, x, y } = tile;
        self.folder.join(source).join(level.to_string()).join(format!("{x}-{y}.tile"))
    }

    /// A tile, and how long ago it was kept.
    pub(super) fn get(&self, source: &str, tile: TileId) -> Option<(Vec<u8>, Duration)> {
        let path = self.place(source, tile);
        let metadata = path.symlink_metadata().ok().filter(std::fs::Metadata::is_file)?;
        let age = SystemTime::now().duration_since(metadata.modified().ok()?).unwrap_or_default();
        Some((read_small(&path, TILE_BYTES).ok()?, age))
    }

    /// Keeps a tile. What cannot be kept is told by [`Self::take_trouble`]: the map does not wait for it.
    pub(super) fn put(&self, source: &str, tile: TileId, bytes: &[u8]) {
        let path = self.place(source, tile);
        let before = path.symlink_metadata().map_or(0, |metadata| metadata.len());
        if let Err(e) = write(&path, bytes) {
            *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(e.to_string());
            return;
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = match *held {
            Some(held) => (held + bytes.len() as u64).saturating_sub(before),
            None => files(&self.folder).iter().map(|(_, bytes, _)| bytes).sum(),
        };
        *held = Some(if now > self.most { self.shrink() } else { now });
    }

    /// Removes the oldest tiles until a tenth is free; what is left, bytes.
    fn shrink(&self) -> u64 {
        let mut all = files(&self.folder);
        all.sort();
        let mut left: u64 = all.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, bytes, path) in all {
            if left <= self.most / 10 * 9 {
                break;
            }
            // One that another program removed meanwhile is gone as well.
            if disk::remove_file(&path).is_ok() || !path.exists() {
                left -= bytes;
            }
        }
        left
    }

    /// How much is in it; bytes. Looks at every file.
    pub fn bytes(&self) -> u64 {
        files(&self.folder).iter().map(|(_, bytes, _)| bytes).sum()
    }

    /// Removes everything.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn clear(&self) -> std::io::Result<()> {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
        match self.folder.exists() {
            true => disk::remove_dir_all(&self.folder),
            false => Ok(()),
        }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Why a tile could not be kept, once.
    pub fn take_trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Writes a tile beside and puts it in place: another reader sees all of it or none.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    path.parent().map_or(Ok(()), disk::create_dir_all)?;
    let own = format!("{}-{}.part", std::process::id(), NEXT.fetch_add(1, Relaxed));
    let beside = path.with_file_name(own);
    let mut file = disk::File::create(&beside)?;
    let written = file.write_all(bytes);
    drop(file);
    let done = written.and_then(|()| disk::rename(&beside, path));
    if done.is_err() {
        // A rest is removed with the oldest tiles.
        drop(disk::remove_file(&beside));
    }
    done
}

/// Every file below a folder: when it was written, its bytes, its path.
fn files(folder: &Path) -> Vec<(SystemTime, u64, PathBuf)> {
    let below = |folder: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    };
    let levels = below(folder).into_iter().flat_map(|source| below(&source));
    let tiles = levels.flat_map(|level| below(&level));
    let known = tiles.filter_map(|path| {
        let metadata = path.symlink_metadata().ok().filter(std::fs::Metadata::is_file)?;
        Some((metadata.modified().ok()?, metadata.len(), path))
    });
    known.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn tile(x: u32) -> TileId {
        TileId { level: 3, x, y: 1 }
    }

    #[test]
    fn the_oldest_tiles_make_room() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = TileCache::new(folder.path().join("tiles"), 10_000);
        let source = TileCache::source("https://a.org/{z}/{x}/{y}");
        assert!(cache.get(&source, tile(0)).is_none() && cache.bytes() == 0);
        for x in 0..30 {
            cache.put(&source, tile(x), &[x as u8; 1_000]);
            let old = SystemTime::now() - Duration::from_secs(u64::from(1_000 - x));
            let file = std::fs::File::options().append(true).open(cache.place(&source, tile(x))).expect("there");
            file.set_modified(old).expect("its time");
            assert!(cache.bytes() <= 10_000, "{x}");
        }
        assert!(cache.get(&source, tile(0)).is_none());
        let (bytes, age) = cache.get(&source, tile(29)).expect("the last");
        assert!(bytes == [29; 1_000] && age > Duration::from_secs(900));
        assert_ne!(source, TileCache::source("https://b.org/{z}/{x}/{y}"));
        cache.clear().expect("writable");
        assert_eq!(cache.bytes(), 0);
    }

    #[test]
    fn what_cannot_be_kept_is_told_and_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = TileCache::new(folder.path().to_owned(), 1 << 20);
        cache.put("s", tile(1), b"first");
        let full = |operation, _: &Path| match operation {
            disk::Operation::Write => disk::Fate::Fails(std::io::ErrorKind::StorageFull.into()),
            _ => disk::Fate::Goes,
        };
        let judged = disk::judged(folder.path(), full);
        cache.put("s", tile(1), b"second");
        cache.put("s", tile(2), b"third");
        drop(judged);
        assert!(cache.take_trouble().is_some() && cache.take_trouble().is_none());
        assert_eq!(cache.get("s", tile(1)).map(|(bytes, _)| bytes), Some(b"first".to_vec()));
        assert!(cache.get("s", tile(2)).is_none());
        assert_eq!(files(folder.path()).len(), 1);
    }
}
