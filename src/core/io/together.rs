//! Several files that appear together or not at all: the answers of a run with their summary, a report with its parts.
//!
//! They are written into a temporary folder first. A folder that is not there yet is that temporary folder, renamed: one
//! step. In a folder that is there, nothing is touched until all files are on disk; then what stands in their places is set
//! aside and they are moved there, file by file (milliseconds). Where a step fails, what was set aside goes back. Where the
//! process is killed in between, or the disk refuses even that, the next run that writes there puts it back before it does
//! anything else. Files that other people keep in the folder are never touched.

use super::FileStamp;
use super::disk::{self, File, sync_folder};
use super::save::{SaveCause, SaveError, target_of};
use super::temporary::{MOVING, TemporaryFolder, remove_leftovers};
use serde::{Deserialize, Serialize};
use std::fs::Metadata;
use std::io::{Error, ErrorKind, Result, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::PoisonError;

const NEW: &str = "new";
const OLD: &str = "old";
/// So many folders above the one that is written to are looked through for what killed runs left.
const ABOVE: usize = 3;
/// Stands in the temporary folder while files are moved: what was to be moved.
const MOVES: &str = "moves.json";

/// A file that is put in place, or only taken away.
#[derive(Serialize, Deserialize)]
struct Move {
    name: PathBuf,
    /// True where something stood there before.
    is_replaced: bool,
    /// The new file, as it was moved; `None` for what is only taken away.
    new: Option<FileStamp>,
}

/// Files of a folder that are being written.
#[derive(Debug)]
pub struct Together {
    root: PathBuf,
    /// True where the folder is not there yet.
    is_new: bool,
    temporary: TemporaryFolder,
    names: Vec<PathBuf>,
    gone: Vec<PathBuf>,
    /// Files that were read, as they were then.
    read: Vec<(PathBuf, Option<FileStamp>)>,
}

fn failed(path: &Path) -> impl Fn(Error) -> SaveError {
    let file = path.display().to_string();
    move |e| SaveError { file: file.clone(), cause: e.into() }
}

/// The nearest folder above a path that is there.
fn ancestor(path: &Path) -> PathBuf {
    let above = path.ancestors().skip(1).find(|above| above.is_dir());
    above.filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

/// A run that was killed may have made folders on its way and nothing in them: what it left stands above those.
fn remove_leftovers_above(folder: &Path) -> Result<()> {
    let is_empty = |folder: &&Path| std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    let empty = folder.ancestors().take_while(is_empty);
    empty.filter_map(Path::parent).try_for_each(remove_leftovers)
}

impl Together {
    /// In a folder, which is made where it is missing, once everything is written.
    ///
    /// # Errors
    /// [`SaveError`] where nothing can be written there.
    pub fn begin(folder: &Path) -> std::result::Result<Self, SaveError> {
        let begin = || -> Result<Self> {
            let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            let root = target_of(here)?;
            let is_new = match root.metadata() {
                Ok(found) if found.is_dir() => false,
                Ok(_) => return Err(Error::from(ErrorKind::NotADirectory)),
                Err(e) if e.kind() == ErrorKind::NotFound => true,
                Err(e) => return Err(e),
            };
            let here = if is_new { ancestor(&root) } else { root.clone() };
            match is_new {
                true => remove_leftovers_above(&here)?,
                // One that was killed when the folder had just got its name left its own above. What cannot be put back
                // there is no hindrance here.
                false => root.ancestors().skip(1).take(ABOVE).for_each(|above| drop(remove_leftovers(above))),
            }
            let temporary = TemporaryFolder::new_in(&here)?;
            disk::create_dir(&temporary.path.join(NEW))?;
            Ok(Self { root, is_new, temporary, names: Vec::new(), gone: Vec::new(), read: Vec::new() })
        };
        begin().map_err(failed(folder))
    }

    /// Where a file of this name (relative to the folder) is to be written before [`Self::commit`].
    ///
    /// # Errors
    /// [`SaveError`] where a folder for it cannot be made.
    pub fn place(&mut self, name: impl AsRef<Path>) -> std::result::Result<PathBuf, SaveError> {
        let name = name.as_ref();
        let place = self.temporary.path.join(NEW).join(name);
        let made = place.parent().map_or(Ok(()), disk::create_dir_all);
        made.map_err(failed(&self.root.join(name)))?;
        if !self.names.iter().any(|own| own == name) {
            self.names.push(name.to_owned());
        }
        Ok(place)
    }

    /// Writes a file of this name, relative to the folder.
    ///
    /// # Errors
    /// [`SaveError`] with the operating system's cause, or `write`'s.
    pub fn write(
        &mut self,
        name: impl AsRef<Path>,
        write: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>,
    ) -> std::result::Result<(), SaveError> {
        let place = self.place(&name)?;
        let written = File::create(&place).and_then(|mut file| {
            write(&mut file)?;
            file.sync_all()
        });
        written.map_err(failed(&self.root.join(name)))
    }

    /// Takes away a file of this name that an earlier run of this program left and that this one has not.
    pub fn remove(&mut self, name: impl Into<PathBuf>) {
        self.gone.push(name.into());
    }

    /// Notes that a file of the folder is read: where another program writes it before [`Self::commit`], nothing is written.
    pub fn reads(&mut self, name: impl AsRef<Path>) {
        let path = self.root.join(name);
        let stamp = FileStamp::of(&path).ok();
        self.read.push((path, stamp));
    }

    /// Puts all files in their places, or none.
    ///
    /// # Errors
    /// [`SaveError`]: the old state remains.
    pub fn commit(self) -> std::result::Result<(), SaveError> {
        if let Some((path, _)) = self.read.iter().find(|(path, stamp)| FileStamp::of(path).ok() != *stamp) {
            return Err(SaveError { file: path.display().to_string(), cause: SaveCause::ChangedOnDisk });
        }
        self.sync_folders();
        let _moving = MOVING.lock().unwrap_or_else(PoisonError::into_inner);
        match self.is_new {
            true => self.rename().map_err(failed(&self.root)),
            false => self.swap(),
        }
    }

    /// The names of the new files are on disk before anything is moved.
    fn sync_folders(&self) {
        let new = self.temporary.path.join(NEW);
        let mut folders: Vec<PathBuf> =
            self.names.iter().filter_map(|name| Some(new.join(name).parent()?.to_owned())).collect();
        folders.push(new);
        folders.sort();
        folders.dedup();
        folders.iter().for_each(|folder| sync_folder(Some(folder)));
    }

    /// The temporary folder becomes the folder.
    fn rename(&self) -> Result<()> {
        let above = self.root.parent().filter(|above| !above.as_os_str().is_empty());
        let missing: Vec<&Path> = above
            .into_iter()
            .flat_map(Path::ancestors)
            .take_while(|a| !a.as_os_str().is_empty() && !a.exists())
            .collect();
        let made = above.map_or(Ok(()), disk::create_dir_all);
        let renamed = made.and_then(|()| disk::rename(&self.temporary.path.join(NEW), &self.root));
        if renamed.is_err() {
            // What was made for it goes again; a folder that holds something stays.
            missing.iter().for_each(|folder| drop(disk::remove_dir(folder)));
        }
        sync_folder(self.root.parent());
        renamed
    }

    /// The files take the places of those that stand in the folder.
    fn swap(mut self) -> std::result::Result<(), SaveError> {
        let mut moves = Vec::new();
        let gone = self.gone.iter().filter(|name| !self.names.contains(name));
        for (name, is_new) in self.names.iter().map(|name| (name, true)).chain(gone.map(|name| (name, false))) {
            let to = self.root.join(name);
            let is_replaced = match to.symlink_metadata() {
                Ok(found) if found.is_dir() => return Err(failed(&to)(Error::from(ErrorKind::IsADirectory))),
                Ok(found) if found.permissions().readonly() => {
                    return Err(failed(&to)(Error::from(ErrorKind::PermissionDenied)));
                }
                Ok(found) => Some(found),
                Err(_) => None,
            };
            let new = match is_new {
                true => Some(self.made_ready(name, is_replaced.as_ref()).map_err(failed(&to))?),
                false => None,
            };
            if is_replaced.is_some() || is_new {
                moves.push(Move { name: name.clone(), is_replaced: is_replaced.is_some(), new });
            }
        }
        let begun = serde_json::to_vec(&moves).map_err(Error::other).and_then(|text| {
            let mut file = File::create(&self.temporary.path.join(MOVES))?;
            file.write_all(&text)?;
            file.sync_all()
        });
        begun.map_err(failed(&self.root))?;
        sync_folder(Some(&self.temporary.path));
        for one in &moves {
            if let Err(e) = self.put(one) {
                let why = failed(&self.root.join(&one.name))(e);
                return Err(self.put_back(why));
            }
        }
        sync_folder(Some(&self.root));
        // From here on the new state holds.
        disk::remove_file(&self.temporary.path.join(MOVES)).map_err(|e| {
            let why = failed(&self.root)(e);
            self.put_back(why)
        })
    }

    /// Puts back what was set aside; what cannot be put back is kept for the next run. The error to be told.
    fn put_back(&mut self, why: SaveError) -> SaveError {
        match roll_back(&self.temporary.path, &self.root) {
            Ok(()) => why,
            Err(e) => {
                self.temporary.keep();
                let file = self.root.display().to_string();
                SaveError { file, cause: SaveCause::HalfMoved(format!("{e}; {}", self.temporary.path.display())) }
            }
        }
    }

    /// A new file with the mode and owner of the one that it replaces; its stamp.
    fn made_ready(&self, name: &Path, before: Option<&Metadata>) -> Result<FileStamp> {
        let path = self.temporary.path.join(NEW).join(name);
        if let Some(before) = before {
            File::open(&path)?.take_access(before)?;
        }
        FileStamp::of(&path)
    }

    fn put(&self, one: &Move) -> Result<()> {
        let to = self.root.join(&one.name);
        let of = |which: &str| self.temporary.path.join(which).join(&one.name);
        if one.is_replaced {
            of(OLD).parent().map_or(Ok(()), disk::create_dir_all)?;
            disk::rename(&to, &of(OLD))?;
        }
        if one.new.is_some() {
            to.parent().map_or(Ok(()), disk::create_dir_all)?;
            disk::rename(&of(NEW), &to)?;
        }
        Ok(())
    }
}

/// Lists of moves are no longer than this; bytes.
const LARGEST_LIST: u64 = 4 << 20;

/// True for the name of a file in a folder, or in a folder below it: it leads nowhere else.
fn is_plain(name: &Path) -> bool {
    let mut parts = name.components();
    parts.clone().count() <= 2 && parts.clone().count() > 0 && parts.all(|part| matches!(part, Component::Normal(_)))
}

/// Puts back what was set aside in a temporary folder whose files were being moved. What somebody wrote there since stays.
///
/// # Errors
/// Where something cannot be put back: the list of what was moved stays, so that it can be tried again.
pub(super) fn roll_back(temporary: &Path, root: &Path) -> Result<()> {
    let list = temporary.join(MOVES);
    // A folder may come from a stranger: only what this program leaves is believed.
    if !list.symlink_metadata().is_ok_and(|found| found.is_file() && found.len() <= LARGEST_LIST) {
        return Ok(());
    }
    let text = std::fs::read(&list)?;
    // Half a list was written before anything was moved.
    let moves: Vec<Move> = serde_json::from_slice(&text).unwrap_or_default();
    let is_inside = |one: &&Move| {
        let below = |of: PathBuf| of.parent().is_none_or(|folder| !folder.is_symlink());
        is_plain(&one.name) && below(root.join(&one.name)) && below(temporary.join(OLD).join(&one.name))
    };
    let mut outcome = Ok(());
    for one in moves.iter().rev().filter(is_inside) {
        let to = root.join(&one.name);
        let of = |which: &str| temporary.join(which).join(&one.name);
        let is_ours = one.new.is_some() && FileStamp::of(&to).ok() == one.new;
        let is_moved = one.new.is_some() && !of(NEW).exists();
        if one.is_replaced && of(OLD).symlink_metadata().is_ok_and(|found| found.is_file()) {
            if is_ours || (to.symlink_metadata().is_err() && !is_moved) {
                outcome = outcome.and(disk::rename(&of(OLD), &to));
            }
        } else if !one.is_replaced && is_moved && is_ours {
            outcome = outcome.and(disk::remove_file(&to));
            if let Some(folder) = to.parent().filter(|folder| *folder != root) {
                // Only one that was made for it is empty.
                let _ = disk::remove_dir(folder);
            }
        }
    }
    outcome?;
    sync_folder(Some(root));
    // Read again, it moves nothing.
    let _ = disk::remove_file(&list);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn put(together: &mut Together, name: &str, text: &str) {
        together.write(name, |out| out.write_all(text.as_bytes())).expect("writable");
    }

    /// Every file below a folder with its text.
    fn state(folder: &Path) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            if path.is_dir() {
                all.extend(state(&path).into_iter().map(|(below, text)| (format!("{name}/{below}"), text)));
            } else {
                all.insert(name, std::fs::read_to_string(&path).expect("readable"));
            }
        }
        all
    }

    fn texts(of: &[(&str, &str)]) -> BTreeMap<String, String> {
        of.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_folder_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("a/b/out");
        let mut dropped = Together::begin(&out).expect("writable");
        put(&mut dropped, "one", "1");
        drop(dropped);
        assert!(state(folder.path()).is_empty() && !folder.path().join("a").exists());
        let mut together = Together::begin(&out).expect("writable");
        put(&mut together, "one", "1");
        put(&mut together, "x_files/two", "2");
        assert!(!folder.path().join("a").exists(), "nothing is there before");
        together.commit().expect("writable");
        assert_eq!(state(folder.path()), texts(&[("a/b/out/one", "1"), ("a/b/out/x_files/two", "2")]));
    }

    #[test]
    fn files_of_others_stay_and_what_fails_changes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [("one", "old"), ("stale", "old"), ("notes.txt", "theirs")] {
            std::fs::write(folder.path().join(name), text).expect("writable");
        }
        std::fs::create_dir(folder.path().join("three")).expect("writable");
        let before = state(folder.path());
        // A folder stands where the last file is to be.
        let mut together = Together::begin(folder.path()).expect("writable");
        put(&mut together, "one", "1");
        put(&mut together, "three", "3");
        together.commit().expect_err("a folder");
        assert_eq!(state(folder.path()), before);
        // Something stands where a folder is to be made: found when it is moved, and what was moved goes back.
        let mut together = Together::begin(folder.path()).expect("writable");
        put(&mut together, "one", "1");
        put(&mut together, "two", "2");
        put(&mut together, "notes.txt/four", "4");
        together.remove("stale");
        together.commit().expect_err("a file is no folder");
        assert_eq!(state(folder.path()), before);
        let mut together = Together::begin(folder.path()).expect("writable");
        put(&mut together, "one", "1");
        put(&mut together, "sub/two", "2");
        together.remove("stale");
        together.remove("never there");
        together.commit().expect("writable");
        assert_eq!(state(folder.path()), texts(&[("notes.txt", "theirs"), ("one", "1"), ("sub/two", "2")]));
    }

    #[test]
    fn what_another_program_writes_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("findings"), "read").expect("writable");
        let mut together = Together::begin(folder.path()).expect("writable");
        together.reads("findings");
        put(&mut together, "findings", "ours");
        std::fs::write(folder.path().join("findings"), "typed meanwhile").expect("writable");
        let refused = together.commit().expect_err("changed");
        assert_eq!(refused.cause, SaveCause::ChangedOnDisk);
        assert_eq!(state(folder.path()), texts(&[("findings", "typed meanwhile")]));
    }

    #[test]
    fn a_run_killed_at_any_step_is_undone_by_the_next() {
        // The steps of `put` by hand, up to any of them.
        for killed_after in 0..=5 {
            let folder = tempfile::tempdir().expect("a folder");
            let root = folder.path();
            for (name, text) in [("one", "old 1"), ("stale", "old 2")] {
                std::fs::write(root.join(name), text).expect("writable");
            }
            let before = state(root);
            let mut together = Together::begin(root).expect("writable");
            put(&mut together, "one", "new 1");
            put(&mut together, "two", "new 2");
            let temporary = together.temporary.path.clone();
            let stamp = |name: &str| FileStamp::of(&temporary.join(NEW).join(name)).ok();
            let moves = [
                Move { name: "one".into(), is_replaced: true, new: stamp("one") },
                Move { name: "two".into(), is_replaced: false, new: stamp("two") },
                Move { name: "stale".into(), is_replaced: true, new: None },
            ];
            std::fs::write(temporary.join(MOVES), serde_json::to_vec(&moves).expect("JSON")).expect("writable");
            std::fs::create_dir(temporary.join(OLD)).expect("writable");
            let steps: [(PathBuf, PathBuf); 4] = [
                (root.join("one"), temporary.join("old/one")),
                (temporary.join("new/one"), root.join("one")),
                (temporary.join("new/two"), root.join("two")),
                (root.join("stale"), temporary.join("old/stale")),
            ];
            for (from, to) in steps.iter().take(killed_after) {
                std::fs::rename(from, to).expect("moved");
            }
            if killed_after == 5 {
                std::fs::remove_file(temporary.join(MOVES)).expect("there");
            }
            // A killed process drops nothing, but its locks.
            let Together { temporary: kept, .. } = together;
            let left = root.join(".shanshui-00000000000000aa.tmp");
            std::fs::rename(&kept.path, &left).expect("moved");
            drop(kept);
            let next = Together::begin(root).expect("writable");
            drop(next);
            match killed_after {
                5 => assert_eq!(state(root), texts(&[("one", "new 1"), ("two", "new 2")]), "it was done"),
                _ => assert_eq!(state(root), before, "killed after {killed_after}"),
            }
        }
    }

    #[test]
    fn whatever_two_operations_fail_all_is_old_or_new_after_the_next_start() {
        use std::sync::Arc;
        use std::sync::atomic::{AtomicUsize, Ordering};
        let old = texts(&[("one", "old 1"), ("below/two", "old 2"), ("stale", "old 3"), ("theirs", "x")]);
        let new = texts(&[("one", "new 1"), ("below/two", "new 2"), ("three", "new 3"), ("theirs", "x")]);
        // What room is needed for is all written before anything is moved.
        let moves = |operation| {
            matches!(operation, disk::Operation::Rename | disk::Operation::Remove | disk::Operation::RemoveFolder)
        };
        let mut kept = 0;
        'all: for first in 0.. {
            // Another one, or none.
            for second in first + 1.. {
                let folder = tempfile::tempdir().expect("a folder");
                let root = folder.path();
                std::fs::create_dir(root.join("below")).expect("writable");
                old.iter().for_each(|(name, text)| std::fs::write(root.join(name), text).expect("writable"));
                let seen = Arc::new(AtomicUsize::new(0));
                let own = Arc::clone(&seen);
                let judged = disk::judged(root, move |operation, _| {
                    if !moves(operation) {
                        return disk::Fate::Goes;
                    }
                    let number = own.fetch_add(1, Ordering::SeqCst);
                    match number == first || number == second {
                        true => disk::Fate::Fails(ErrorKind::StorageFull.into()),
                        false => disk::Fate::Goes,
                    }
                });
                let write = || -> std::result::Result<(), SaveError> {
                    let mut together = Together::begin(root)?;
                    together.write("one", |out| out.write_all(b"new 1"))?;
                    together.write("below/two", |out| out.write_all(b"new 2"))?;
                    together.write("three", |out| out.write_all(b"new 3"))?;
                    together.remove("stale");
                    together.commit()
                };
                let done = write();
                drop(judged);
                let then = state(root);
                let why = format!("{first} and {second}: {done:?}");
                let has = |all: &BTreeMap<String, String>| all.iter().all(|(name, text)| then.get(name) == Some(text));
                match &done {
                    Ok(()) => assert!(has(&new), "{why}"),
                    Err(SaveError { cause: SaveCause::HalfMoved(_), .. }) => kept += 1,
                    Err(_) => assert!(has(&old), "{why}"),
                }
                drop(Together::begin(root).expect("writable"));
                let (now, expected) = (state(root), if done.is_ok() { &new } else { &old });
                assert!(now == *expected, "{why}: {now:?}");
                let seen = seen.load(Ordering::SeqCst);
                if seen <= first {
                    break 'all;
                }
                if seen <= second {
                    break;
                }
            }
        }
        assert!(kept > 0, "some cannot be put back at once");
    }
}
