//! A packed project is unpacked: regular files inside a folder of their own, within limits, all of them or none. An archive may
//! come from anybody; what a good one never has is refused by name.

use super::jobs::{Event, Outcome};
use super::project::ENDING;
use super::workshop::Workshop;
use super::{JobKind, Session};
use crate::i18n::{Lang, between, cause_text, count, tr};
use crate::io::disk::{self, File};
use crate::io::{TEMPORARY, is_device_name};
use crate::progress::{Cancelled, Progress};
use std::collections::BTreeSet;
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use unicode_normalization::UnicodeNormalization as _;
use zip::ZipArchive;

/// What an archive may hold. Bytes are counted as they are unpacked; what the archive says of itself is not believed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Members.
    pub members: usize,
    /// Bytes unpacked.
    pub bytes: u64,
    /// Bytes unpacked for each of the archive's own, once there are more than `small`.
    pub ratio: u64,
    /// Bytes unpacked that are no harm, whatever the ratio.
    pub small: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { members: 4_096, bytes: 8 << 30, ratio: 200, small: 64 << 20 }
    }
}

/// Why an archive was not unpacked. Nothing of it is left.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message(Lang::En))]
pub struct UnpackError {
    /// The archive.
    pub file: String,
    /// Why.
    pub cause: UnpackCause,
}

/// Why an archive was not unpacked. Members are named as the archive names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnpackCause {
    /// The operating system says so.
    System(String),
    /// It is no zip, or a damaged one: why.
    Damaged(String),
    /// No project is in it.
    NoProject,
    /// It holds several projects: these.
    SeveralProjects(Vec<String>),
    /// A member's name would lead out of the folder, or means something else to some system.
    Name(String),
    /// A member is a link.
    Link(String),
    /// A member is a device, a pipe, or of a kind that no file has.
    Special(String),
    /// A member wants to run with its owner's rights.
    Rights(String),
    /// Two members have the same name, or names that some systems take for the same.
    Twice(String, String),
    /// A member is encrypted.
    Encrypted(String),
    /// There are more members than so many.
    Members(usize),
    /// It unpacks to more than so many bytes; at this member.
    Bytes(String, u64),
    /// It unpacks to more than so many times its size; at this member.
    Ratio(String, u64),
    /// The planner stopped it.
    Cancelled,
}

impl UnpackError {
    /// The error in the reader's language: which archive, which member, why, and what to do.
    pub fn message(&self, lang: Lang) -> String {
        let named = |name: &String| shown(name);
        let (cause, is_refused) = match &self.cause {
            UnpackCause::System(cause) => (tr!(lang, "unpack.system", cause = cause_text(cause, lang)), false),
            UnpackCause::Damaged(cause) => (tr!(lang, "unpack.damaged", cause = cause), false),
            UnpackCause::NoProject => (tr!(lang, "unpack.no_project"), false),
            UnpackCause::SeveralProjects(names) => {
                let names: Vec<String> = names.iter().map(named).collect();
                (tr!(lang, "unpack.several", names = names.join(between(lang))), true)
            }
            UnpackCause::Cancelled => (tr!(lang, "read.cancelled"), false),
            UnpackCause::Name(name) => (tr!(lang, "unpack.name", name = named(name)), true),
            UnpackCause::Link(name) => (tr!(lang, "unpack.link", name = named(name)), true),
            UnpackCause::Special(name) => (tr!(lang, "unpack.special", name = named(name)), true),
            UnpackCause::Rights(name) => (tr!(lang, "unpack.rights", name = named(name)), true),
            UnpackCause::Twice(a, b) => (tr!(lang, "unpack.twice", name = named(a), other = named(b)), true),
            UnpackCause::Encrypted(name) => (tr!(lang, "unpack.encrypted", name = named(name)), true),
            UnpackCause::Members(most) => (tr!(lang, "unpack.members", most = count(*most)), true),
            UnpackCause::Bytes(name, most) => {
                (tr!(lang, "unpack.bytes", name = named(name), most = count((*most >> 20) as usize)), true)
            }
            UnpackCause::Ratio(name, most) => {
                (tr!(lang, "unpack.ratio", name = named(name), most = count(*most as usize)), true)
            }
        };
        let way_out = if is_refused { tr!(lang, "unpack.way.refused") } else { tr!(lang, "unpack.way.failed") };
        tr!(lang, "unpack.error", file = self.file, cause = cause, way_out = way_out).into_owned()
    }
}

/// A member's name for people: what would change a terminal or hide a part of it is escaped.
fn shown(name: &str) -> String {
    let plain = |c: char| {
        !c.is_control() && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}')
    };
    name.chars().take(120).map(|c| if plain(c) { c.to_string() } else { c.escape_unicode().to_string() }).collect()
}

impl From<Cancelled> for UnpackCause {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<std::io::Error> for UnpackCause {
    fn from(e: std::io::Error) -> Self {
        match e.kind() {
            // The archive's own faults.
            ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof => Self::Damaged(e.to_string()),
            _ => Self::System(e.to_string()),
        }
    }
}

impl From<zip::result::ZipError> for UnpackCause {
    fn from(e: zip::result::ZipError) -> Self {
        match e {
            zip::result::ZipError::Io(e) => e.into(),
            e => Self::Damaged(e.to_string()),
        }
    }
}

impl Session {
    /// Unpacks a project beside its zip and opens it.
    pub(super) fn start_unpacking(&mut self, path: PathBuf) {
        self.spawn(JobKind::Reading(crate::io::file_name(&path)), move |progress, tell| {
            tell(match unpack(&path, &Limits::default(), progress) {
                Ok(project) => Outcome::done(|session| session.start_unpacked(project)),
                Err(e) => Event::of_unpacking(e).into(),
            });
        });
    }
}

/// True where a part of a path may be a file's or a folder's name on every system.
pub(super) fn is_safe_part(part: &str) -> bool {
    !part.is_empty()
        && part.len() <= 255
        // What runs that were killed leave is put back by the next run there.
        && !part.to_lowercase().starts_with(TEMPORARY)
        && !part.contains(|c: char| c.is_control() || "\\/:*?\"<>|".contains(c))
        && !part.ends_with(['.', ' '])
        && !is_device_name(part)
}

/// A name as systems compare it that know no case, or one form of a letter only.
pub(super) fn folded(name: &str) -> String {
    name.nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

/// The parts of a member's name; `None` where it is not to be trusted.
fn parts(name: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = name.strip_suffix('/').unwrap_or(name).split('/').collect();
    let is_fine = parts.len() <= 32 && name.len() <= 1_024 && parts.iter().all(|part| is_safe_part(part));
    is_fine.then_some(parts)
}

/// What the directory of an archive says of a member.
struct Entry {
    name: Vec<u8>,
    /// Kind and rights, as Unix has them; 0 where they are not told.
    mode: u32,
}

/// The directory of an archive as it stands there: the reader of archives keeps one member of a name, and forgets what some
/// systems note.
fn entries(file: &mut (impl Read + Seek), start: u64, most: usize) -> Result<Vec<Entry>, UnpackCause> {
    const SIGNATURE: [u8; 4] = [0x50, 0x4b, 0x01, 0x02];
    file.seek(SeekFrom::Start(start))?;
    let mut all = Vec::new();
    loop {
        let mut signature = [0; 4];
        match file.read_exact(&mut signature) {
            Ok(()) if signature == SIGNATURE => {}
            _ => return Ok(all),
        }
        if all.len() == most {
            return Err(UnpackCause::Members(most));
        }
        let mut head = [0; 42];
        file.read_exact(&mut head)?;
        let short = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
        let (name_len, extra, comment) = (short(24), short(26), short(28));
        let external = u32::from_le_bytes([head[34], head[35], head[36], head[37]]);
        let mut name = vec![0; usize::from(name_len)];
        file.read_exact(&mut name)?;
        file.seek_relative(i64::from(extra) + i64::from(comment))?;
        all.push(Entry { name, mode: external >> 16 });
    }
}

const KIND: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;
const LINK: u32 = 0o120_000;
const RIGHTS: u32 = 0o007_000;

/// Everything that the directory tells is checked before anything is written.
fn check(entries: &[Entry], names: &[String]) -> Result<(), UnpackCause> {
    for entry in entries {
        let name = || String::from_utf8_lossy(&entry.name).into_owned();
        let is_folder = entry.name.ends_with(b"/");
        match entry.mode & KIND {
            LINK => return Err(UnpackCause::Link(name())),
            0 => {}
            REGULAR if !is_folder => {}
            FOLDER if is_folder => {}
            _ => return Err(UnpackCause::Special(name())),
        }
        if entry.mode & RIGHTS != 0 && !is_folder {
            return Err(UnpackCause::Rights(name()));
        }
    }
    let mut raw = BTreeSet::new();
    if let Some(twice) = entries.iter().find(|entry| !raw.insert(&entry.name)) {
        let name = String::from_utf8_lossy(&twice.name).into_owned();
        return Err(UnpackCause::Twice(name.clone(), name));
    }
    let mut files: Vec<(String, &String)> = Vec::new();
    for name in names {
        if parts(name).is_none() {
            return Err(UnpackCause::Name(name.clone()));
        }
        if !name.ends_with('/') {
            files.push((folded(name), name));
        }
    }
    files.sort();
    // A file under the name of another, or of another's folder.
    let same = |pair: &&[(String, &String)]| pair[0].0 == pair[1].0;
    if let Some(pair) = files.windows(2).find(same) {
        return Err(UnpackCause::Twice(pair[0].1.clone(), pair[1].1.clone()));
    }
    for name in names {
        let folded = folded(name);
        for (end, _) in folded.match_indices('/') {
            if let Ok(at) = files.binary_search_by(|(file, _)| file.as_str().cmp(&folded[..end])) {
                return Err(UnpackCause::Twice(files[at].1.clone(), name.clone()));
            }
        }
    }
    Ok(())
}

/// Unpacks a project beside its zip, into a folder of its own that was not there before; the project's file.
///
/// # Errors
/// [`UnpackError`]: it cannot be read or written, holds no project, or something that is refused; nothing of it is left then.
pub fn unpack(path: &Path, limits: &Limits, progress: &Progress) -> Result<PathBuf, UnpackError> {
    unpacked(path, limits, progress).map_err(|cause| UnpackError { file: path.display().to_string(), cause })
}

fn unpacked(path: &Path, limits: &Limits, progress: &Progress) -> Result<PathBuf, UnpackCause> {
    if !path.metadata()?.is_file() {
        return Err(UnpackCause::Damaged(std::io::Error::from(ErrorKind::InvalidInput).to_string()));
    }
    let mut file = std::fs::File::open(path)?;
    let own = file.metadata()?.len();
    let mut zip = ZipArchive::new(BufReader::new(file.try_clone()?))?;
    if zip.len() > limits.members {
        return Err(UnpackCause::Members(limits.members));
    }
    let start = zip.central_directory_start();
    let entries = entries(&mut BufReader::new(&mut file), start, limits.members)?;
    let names: Vec<String> = zip.file_names().map(str::to_owned).collect();
    check(&entries, &names)?;
    if entries.len() != names.len() {
        return Err(UnpackCause::Damaged(format!("{} members, {} names", entries.len(), names.len())));
    }
    let project = match &projects(&names)[..] {
        [] => return Err(UnpackCause::NoProject),
        [one] => one.clone(),
        several => return Err(UnpackCause::SeveralProjects(several.to_vec())),
    };
    let beside = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let workshop = Workshop::new(beside)?;
    progress.start(own);
    let mut budget = Budget { limits, own, written: 0, told: 0 };
    for at in 0..zip.len() {
        let mut member = zip.by_index(at).map_err(|e| match e {
            zip::result::ZipError::UnsupportedArchive(zip::result::ZipError::PASSWORD_REQUIRED) => {
                UnpackCause::Encrypted(names.get(at).cloned().unwrap_or_default())
            }
            e => e.into(),
        })?;
        let name = member.name().to_owned();
        let Some(parts) = parts(&name) else { return Err(UnpackCause::Name(name)) };
        if member.is_symlink() {
            return Err(UnpackCause::Link(name));
        }
        if member.encrypted() {
            return Err(UnpackCause::Encrypted(name));
        }
        if name.ends_with('/') {
            continue;
        }
        let to = parts.iter().fold(workshop.content(), |path, part| path.join(part));
        if let Some(folder) = to.parent() {
            disk::create_dir_all(folder)?;
        }
        let mut out = File::create_new_readable(&to)?;
        budget.copy(&name, &mut member, &mut out, progress)?;
        out.sync_all()?;
    }
    let folder = free_folder(path, beside);
    disk::rename(&workshop.content(), &folder)?;
    disk::sync_folder(Some(beside));
    Ok(folder.join(project))
}

/// The projects among an archive's members: not those in folders, nor the hidden files that macOS puts beside each file.
fn projects(names: &[String]) -> Vec<String> {
    let is_one = |name: &&String| name.ends_with(ENDING) && !name.contains('/') && !name.starts_with('.');
    let mut projects: Vec<String> = names.iter().filter(is_one).cloned().collect();
    projects.sort();
    projects
}

/// The projects that an archive holds, by their names in it; none where it cannot be read.
pub fn projects_in(path: &Path) -> Vec<String> {
    // A pipe of that name would keep its reader waiting.
    let is_file = path.metadata().is_ok_and(|found| found.is_file());
    let file = is_file.then(|| std::fs::File::open(path).ok()).flatten();
    let zip = file.and_then(|file| ZipArchive::new(BufReader::new(file)).ok());
    let names: Vec<String> = zip.iter().flat_map(|zip| zip.file_names().map(str::to_owned)).collect();
    projects(&names).into_iter().filter(|name| is_safe_part(name)).collect()
}

/// A folder beside an archive that is called like it; numbered where something has that name, be it a link that leads nowhere.
fn free_folder(path: &Path, beside: &Path) -> PathBuf {
    let title = crate::io::file_name(path);
    let stem = title.split('.').next().filter(|stem| is_safe_part(stem)).unwrap_or("project");
    let numbered = (2..).map(|n| format!("{stem}-{n}"));
    let mut folders = std::iter::once(stem.to_owned()).chain(numbered).map(|name| beside.join(name));
    let is_free = |folder: &PathBuf| folder.symlink_metadata().is_err_and(|e| e.kind() == ErrorKind::NotFound);
    let own = beside.join(format!("{stem}-{}", std::process::id()));
    folders.by_ref().take(10_000).find(is_free).unwrap_or(own)
}

/// How much may still be written.
struct Budget<'a> {
    limits: &'a Limits,
    own: u64,
    written: u64,
    /// Of the archive, told as progress.
    told: u64,
}

impl Budget<'_> {
    fn copy(
        &mut self,
        name: &str,
        from: &mut impl Read,
        to: &mut impl Write,
        progress: &Progress,
    ) -> Result<(), UnpackCause> {
        let mut block = vec![0; 256 << 10];
        loop {
            let read = match from.read(&mut block) {
                Ok(0) => return Ok(()),
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                read => read?,
            };
            self.written += read as u64;
            let Limits { bytes, ratio, small, .. } = *self.limits;
            if self.written > bytes {
                return Err(UnpackCause::Bytes(name.to_owned(), bytes));
            }
            if self.written > small && self.written > self.own.saturating_mul(ratio) {
                return Err(UnpackCause::Ratio(name.to_owned(), ratio));
            }
            to.write_all(&block[..read])?;
            // How much of the archive that was is not known; about a tenth of what came out.
            let now = (self.written / 10).min(self.own);
            progress.advance(now - self.told)?;
            self.told = now;
        }
    }
}
