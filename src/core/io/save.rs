//! Atomic saving: write beside, flush to disk, rename.

use super::disk::File;
use super::guard::Refusal;
use super::temporary::TemporaryFile;
use crate::i18n::{Lang, Said, cause_text, tr};
use crate::model::{FileStamp, SourceChanged};
use std::io::{Error, ErrorKind, Result, Write};
use std::path::{Path, PathBuf};

impl FileStamp {
    /// Of a file as it is now.
    ///
    /// # Errors
    /// Where there is none, or it cannot be looked at.
    pub fn of(path: &Path) -> Result<Self> {
        let metadata = std::fs::metadata(path)?;
        Ok(Self { bytes: metadata.len(), written: metadata.modified().ok() })
    }
}

/// Why a file could not be written. The old file, if there was one, is untouched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message(Lang::En))]
pub struct SaveError {
    /// The file.
    pub file: String,
    /// Why.
    pub cause: SaveCause,
}

/// Why a file could not be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaveCause {
    /// The operating system says so.
    System(String),
    /// An input (its name) was changed by another program since it was read, and is needed for the answer.
    InputChanged(String),
    /// What was to be written is no longer there.
    Gone,
    /// It may not be written over, or not under this name.
    Refused(Refusal),
    /// Its format does not hold what was to be written: why, and what to do.
    Format(Said),
    /// Its format does not hold all of the layer: what would be lost. Nothing was written; it is, where somebody agrees.
    Loses(Vec<Said>),
    /// Another program changed the file since it was read or saved.
    ChangedOnDisk,
    /// Another program is reading and writing it, and does not come to an end.
    Busy,
    /// Of several files some were replaced, and not all of those could be put back: why. What stood there is kept aside, and
    /// put back by the next that writes into the folder.
    HalfMoved(String),
}

impl From<Error> for SaveCause {
    fn from(e: Error) -> Self {
        match e.get_ref().and_then(|inner| inner.downcast_ref::<SourceChanged>()) {
            Some(SourceChanged(file)) => Self::InputChanged(file.clone()),
            None => Self::System(e.to_string()),
        }
    }
}

impl SaveError {
    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match &self.cause {
            SaveCause::System(cause) => {
                tr!(lang, "save.error", file = self.file, cause = cause_text(cause, lang))
            }
            SaveCause::InputChanged(input) => tr!(lang, "save.input_changed", file = self.file, input = input),
            SaveCause::Refused(why) => return why.message(&self.file, lang),
            SaveCause::Format(said) => tr!(lang, "save.format", file = self.file, cause = said.text(lang)),
            SaveCause::Loses(what) => {
                let what: Vec<&str> = what.iter().map(|said| said.text(lang)).collect();
                tr!(lang, "save.loses", file = self.file, what = what.join("\n"))
            }
            SaveCause::ChangedOnDisk => tr!(lang, "save.changed_on_disk", file = self.file),
            SaveCause::Gone => tr!(lang, "save.gone", file = self.file),
            SaveCause::Busy => tr!(lang, "save.busy", file = self.file),
            SaveCause::HalfMoved(cause) => tr!(lang, "save.half_moved", file = self.file, cause = cause),
        }
        .into_owned()
    }
}

/// How many links are followed from one to the next.
const LINKS: usize = 40;

/// The file that a path means: where it is a link, what the link leads to, whether that is there or not.
///
/// # Errors
/// Links that lead to one another without end.
pub fn target_of(path: &Path) -> Result<PathBuf> {
    let mut at = path.to_owned();
    for _ in 0..LINKS {
        match at.symlink_metadata() {
            Ok(found) if found.is_symlink() => {
                let to = std::fs::read_link(&at)?;
                at = at.parent().unwrap_or(Path::new("")).join(to);
            }
            _ => return Ok(at),
        }
    }
    Err(Error::other("too many links"))
}

/// True where a path means standard output.
pub fn is_stdout(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| path == Path::new(name))
}

/// True where a path means an open descriptor of a process: what it leads to is added to. A folder in memory (`/dev/shm`) holds
/// files as any other.
fn is_descriptor(path: &Path) -> bool {
    let is_stream = ["/dev/stdin", "/dev/stdout", "/dev/stderr"].iter().any(|name| path == Path::new(name));
    let is_of_process = path.starts_with("/proc") && path.parent().is_some_and(|folder| folder.ends_with("fd"));
    is_stream || is_of_process || path.starts_with("/dev/fd")
}

/// Writes to standard output where that is what the path means, else as [`save_atomically`].
///
/// # Errors
/// [`SaveError`] with the operating system's cause, or `write`'s.
pub fn write_out(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>,
) -> std::result::Result<(), SaveError> {
    if !is_stdout(path) {
        return save_atomically(path, write);
    }
    super::write_stdout(write).map_err(|e| SaveError { file: "-".to_owned(), cause: e.into() })
}

/// Writes to `path` what `write` gives, so that a crash, a full disk or a failure leaves either the old file or
/// the new one, never a part. A link is followed, also where nothing is at its end yet. A new file has the mode that the
/// process gives to files (`umask`); one that is replaced keeps its own. A file that is marked as read-only is not
/// replaced. What killed runs left in the folder is removed.
///
/// # Errors
/// [`SaveError`] with the operating system's cause, or `write`'s.
pub fn save_atomically(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>,
) -> std::result::Result<(), SaveError> {
    let save = || -> Result<()> {
        let before = match path.metadata() {
            Ok(found) if found.is_dir() => return Err(Error::from(ErrorKind::IsADirectory)),
            // A pipe or a device can only be written to, never replaced; nor what an open descriptor leads to.
            Ok(found) if !found.is_file() => return write(&mut File::open(path)?),
            Ok(_) if is_descriptor(path) => return write(&mut File::open_at_end(path)?),
            Ok(found) if found.permissions().readonly() => return Err(Error::from(ErrorKind::PermissionDenied)),
            found => found.ok(),
        };
        let target = target_of(path)?;
        let mut new = TemporaryFile::new_in(target.parent().unwrap_or(Path::new("")))?;
        write(&mut new.file)?;
        if let Some(before) = before {
            new.file.take_access(&before)?;
        }
        new.rename(&target)
    };
    save().map_err(|e| SaveError { file: path.display().to_string(), cause: e.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_devices_written_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        std::fs::write(&target, b"old").expect("writable");
        std::os::unix::fs::symlink(&target, &link).expect("a link");
        save_atomically(&link, |out| out.write_all(b"new")).expect("writable");
        assert!(link.symlink_metadata().expect("there").is_symlink());
        assert_eq!(std::fs::read(&target).expect("readable"), b"new");
        save_atomically(Path::new("/dev/null"), |out| out.write_all(b"gone")).expect("writable");
        assert!(!Path::new("/dev/null").is_file(), "still a device");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_in_a_folder_of_memory_is_replaced_and_a_descriptor_added_to() {
        use std::os::fd::AsRawFd;
        let other = tempfile::tempdir().expect("a folder");
        let in_memory = tempfile::tempdir_in("/dev/shm");
        let folder = in_memory.as_ref().unwrap_or(&other).path();
        let path = folder.join("a");
        for text in ["a long text", "short"] {
            save_atomically(&path, |out| out.write_all(text.as_bytes())).expect("writable");
            assert_eq!(std::fs::read_to_string(&path).expect("readable"), text);
        }
        let open = std::fs::OpenOptions::new().append(true).open(&path).expect("there");
        for descriptor in [format!("/proc/self/fd/{}", open.as_raw_fd()), format!("/dev/fd/{}", open.as_raw_fd())] {
            assert!(is_descriptor(Path::new(&descriptor)));
            save_atomically(Path::new(&descriptor), |out| out.write_all(b"+")).expect("writable");
        }
        assert_eq!(std::fs::read_to_string(&path).expect("readable"), "short++");
    }

    #[cfg(unix)]
    #[test]
    fn the_end_of_a_link_is_written_with_a_mode_of_its_own() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let mode = |name: &str| at(name).metadata().expect("there").permissions().mode() & 0o777;
        std::fs::create_dir_all(at("sub")).expect("writable");
        std::fs::write(at("plain"), b"").expect("writable");
        // Straight, over another link, through a linked folder, up and down.
        symlink("sub", at("linked")).expect("a link");
        for (link, to, target) in [
            ("one", "sub/one.geojson", "sub/one.geojson"),
            ("two", "three", "sub/two.geojson"),
            ("four", "linked/four.geojson", "sub/four.geojson"),
            ("five", "sub/../five.geojson", "five.geojson"),
        ] {
            symlink(to, at(link)).expect("a link");
            if link == "two" {
                symlink("sub/two.geojson", at("three")).expect("a link");
            }
            save_atomically(&at(link), |out| out.write_all(b"new")).expect("writable");
            assert!(at(link).symlink_metadata().expect("there").is_symlink(), "{link}");
            assert_eq!(std::fs::read(at(target)).expect("written"), b"new");
            assert_eq!(mode(target), mode("plain"), "{link}");
        }
        symlink("round", at("round")).expect("a link");
        save_atomically(&at("round"), |out| out.write_all(b"x")).expect_err("a link to itself");
        symlink("missing/x", at("lost")).expect("a link");
        save_atomically(&at("lost"), |out| out.write_all(b"x")).expect_err("no such folder");
        assert!(at("lost").symlink_metadata().expect("there").is_symlink());
        // What is replaced keeps its mode; what is read-only is not replaced.
        std::fs::set_permissions(at("plain"), PermissionsExt::from_mode(0o640)).expect("own");
        save_atomically(&at("plain"), |out| out.write_all(b"x")).expect("writable");
        assert_eq!(mode("plain"), 0o640);
        std::fs::set_permissions(at("plain"), PermissionsExt::from_mode(0o440)).expect("own");
        save_atomically(&at("plain"), |out| out.write_all(b"y")).expect_err("read-only");
        assert_eq!(std::fs::read(at("plain")).expect("readable"), b"x");
        save_atomically(&at("sub"), |out| out.write_all(b"y")).expect_err("a folder");
    }

    #[test]
    fn a_failure_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = folder.path().join("missing").join("a.geojson");
        let error = save_atomically(&missing, |out| out.write_all(b"x")).expect_err("no such folder");
        assert!(error.message(Lang::En).contains("a.geojson"));
        let file = folder.path().join("a.geojson");
        save_atomically(&file, |out| out.write_all(b"one")).expect("writable");
        save_atomically(&file, |out| out.write_all(b"two")).expect("writable");
        assert_eq!(std::fs::read(&file).expect("readable"), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}
