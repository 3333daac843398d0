//! Comments pinned to places: kept beside the open project, written as they are made, merged with what other desks wrote.
//! Every one is a step that can be taken back; taking back is a change of its own time, so that it counts on other desks too.

use super::jobs::{Event, Outcome};
use super::project::folder_of;
use super::{Change, JobKind, Session};
use crate::comments::{Comment, CommentState, Comments, CommentsError, FILE, MOST, Reply, Set, now, typed};
use crate::geodesy::LonLat;
use crate::i18n::{Said, count, tr};
use crate::io::{FileStamp, Held, SaveError};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What the window asks of the comments.
#[derive(Clone, Debug)]
pub enum CommentCommand {
    /// Pin one to a place: its text, and who writes it.
    Add(LonLat, String, String),
    /// Let one say something else.
    Text(String, String),
    /// Say how far one is.
    State(String, CommentState),
    /// Pin one elsewhere.
    Place(String, LonLat),
    /// Answer one: the text, and who writes it.
    Reply(String, String, String),
    /// Take a reply back.
    TakeBack(String, String),
    /// Take one out.
    Delete(String),
    /// Take in what another desk wrote since.
    Refresh,
}

/// A change of a comment that can be taken back.
#[derive(Clone, Debug)]
pub enum CommentChange {
    /// A new one.
    Add(Box<Comment>),
    /// A part of the one of this id.
    Set(String, Box<Set>),
}

/// The comments of a session.
#[derive(Debug)]
pub(super) struct CommentsKept {
    all: Comments,
    /// False where the file cannot be read: it is not written over.
    are_kept: bool,
    /// Those that no file holds as they are.
    unsaved: BTreeSet<String>,
    /// The file as it was read or written last.
    stamp: Option<FileStamp>,
    /// How often they changed.
    version: u64,
    /// The job that writes them, and true where another is to follow.
    writing: Option<u64>,
    again: bool,
}

impl Default for CommentsKept {
    fn default() -> Self {
        Self {
            all: Comments::default(),
            are_kept: true,
            unsaved: BTreeSet::new(),
            stamp: None,
            version: 0,
            writing: None,
            again: false,
        }
    }
}

impl Session {
    /// The comments, those that were taken out among them.
    pub fn comments(&self) -> &Comments {
        &self.comments.all
    }

    /// How often they changed: who keeps something made of them looks whether it is another number.
    pub fn comments_version(&self) -> u64 {
        self.comments.version
    }

    /// The file that keeps them; none where no project is open, or where it could not be read.
    pub fn comments_file(&self) -> Option<PathBuf> {
        self.project.as_ref().filter(|_| self.comments.are_kept).map(|open| folder_of(&open.path).join(FILE))
    }

    /// True where some are in no file.
    pub(super) fn are_comments_unsaved(&self) -> bool {
        !self.comments.unsaved.is_empty()
    }

    /// Those that no file holds, as GeoJSON; none where there are none.
    pub(super) fn unsaved_comments(&self) -> Option<String> {
        let is_one = |comment: &&Comment| self.comments.unsaved.contains(&comment.id);
        let all: Vec<Comment> = self.comments.all.all.iter().filter(is_one).cloned().collect();
        (!all.is_empty()).then(|| Comments::of(all).to_geojson())
    }

    /// Carries a command out.
    pub(super) fn comment(&mut self, command: CommentCommand) {
        let change = match command {
            CommentCommand::Refresh => return self.refresh_comments(),
            CommentCommand::Add(at, text, author) if !typed(&text).is_empty() => {
                if self.comments.all.all.len() >= MOST {
                    let said = |lang| tr!(lang, "comment.too_many", n = count(MOST)).into_owned();
                    return self.report(Event::Told(Said::told(said)));
                }
                CommentChange::Add(Box::new(Comment::new(at, &text, &author, &now())))
            }
            CommentCommand::Text(id, text) if !typed(&text).is_empty() => {
                CommentChange::Set(id, Box::new(Set::Text(typed(&text))))
            }
            // Nothing is said.
            CommentCommand::Add(..) | CommentCommand::Text(..) => return,
            CommentCommand::State(id, state) => CommentChange::Set(id, Box::new(Set::State(state))),
            CommentCommand::Place(id, at) => CommentChange::Set(id, Box::new(Set::Place(at))),
            CommentCommand::Delete(id) => CommentChange::Set(id, Box::new(Set::Deleted(true))),
            CommentCommand::Reply(id, text, author) => {
                let reply = Comment::reply(&text, &author, &now());
                if reply.text.is_empty() {
                    return;
                }
                CommentChange::Set(id, Box::new(Set::Reply(reply)))
            }
            CommentCommand::TakeBack(id, reply) => {
                let known = self.comments.all.get(&id).and_then(|one| one.replies.iter().find(|own| own.id == reply));
                let Some(known) = known else { return };
                CommentChange::Set(id, Box::new(Set::Reply(Reply { text: String::new(), ..known.clone() })))
            }
        };
        self.change(Change::Comment(change));
    }

    /// Applies a change; its inverse, or `None` where there was nothing to change.
    pub(super) fn apply_to_comments(&mut self, change: CommentChange) -> Option<CommentChange> {
        let (id, inverse) = match change {
            CommentChange::Add(comment) => {
                let id = comment.id.clone();
                if !self.comments.all.add(*comment) {
                    return None;
                }
                (id, Set::Deleted(true))
            }
            CommentChange::Set(id, set) => {
                let inverse = self.comments.all.set(&id, *set, &now())?;
                (id, inverse)
            }
        };
        self.comments.version += 1;
        self.comments.unsaved.insert(id.clone());
        self.write_comments();
        Some(CommentChange::Set(id, Box::new(inverse)))
    }

    /// Reads what the open project's folder keeps. What is in no file yet stays, and is to be saved.
    pub(super) fn read_comments(&mut self) {
        let Some(file) = self.project.as_ref().map(|open| folder_of(&open.path).join(FILE)) else { return };
        let own = std::mem::take(&mut self.comments);
        let kept = own.all.all.into_iter().filter(|comment| own.unsaved.contains(&comment.id)).collect();
        self.comments.version = own.version + 1;
        self.comments.writing = own.writing;
        self.comments.unsaved = own.unsaved;
        self.comments.all = Comments::of(kept);
        match Comments::read(&file) {
            Ok(theirs) => self.take_comments(theirs, &file),
            Err(e) => {
                self.comments.are_kept = false;
                self.report_comments(&e);
            }
        }
    }

    /// Reads what a folder of layers keeps, which is no project; it is never written to.
    pub(super) fn read_comments_of(&mut self, folder: &Path) {
        let file = folder.join(FILE);
        match Comments::read(&file) {
            Ok(theirs) => self.take_comments(theirs, &file),
            Err(e) => self.report_comments(&e),
        }
    }

    fn take_comments(&mut self, theirs: Comments, file: &Path) {
        self.comments.all = std::mem::take(&mut self.comments.all).behind(theirs);
        self.comments.stamp = FileStamp::of(file).ok();
        self.comments.version += 1;
    }

    fn report_comments(&self, e: &CommentsError) {
        self.report(Event::Told(Said::told(|lang| e.message(lang))));
    }

    /// Takes in what another desk wrote since the file was read last.
    fn refresh_comments(&mut self) {
        let Some(file) = self.comments_file() else { return };
        if FileStamp::of(&file).ok() == self.comments.stamp {
            return;
        }
        match Comments::read(&file) {
            Ok(theirs) => self.take_comments(theirs, &file),
            // It is being written, or somebody broke it: told when it is written next.
            Err(e) => tracing::warn!("{e}"),
        }
    }

    /// Takes up what an ended session had said and no file holds.
    pub(super) fn take_up_comments(&mut self, text: &str) {
        let Ok(left) = Comments::parse(text) else { return };
        self.comments.unsaved.extend(left.all.iter().map(|comment| comment.id.clone()));
        let own = std::mem::take(&mut self.comments.all);
        self.comments.all = left.behind(own);
        self.comments.version += 1;
        self.write_comments();
    }

    /// Keeps the comments beside a project that was saved here: behind those that are there already.
    pub(super) fn keep_comments_here(&mut self) {
        self.comments.are_kept = true;
        let Some(file) = self.comments_file() else { return };
        if !self.comments.all.all.is_empty() || file.exists() {
            self.write_comments();
        }
    }

    /// True while a job writes them.
    pub(super) fn are_comments_on_the_way(&self) -> bool {
        self.comments.writing.is_some_and(|id| self.jobs.running.iter().any(|job| job.id == id))
    }

    /// A job writes them beside the project, where one is open; what is changed meanwhile goes with the next. What cannot be
    /// written stays unsaved, and in the journal.
    fn write_comments(&mut self) {
        let Some(file) = self.comments_file() else { return };
        self.comments.again = self.are_comments_on_the_way();
        if self.comments.again {
            return;
        }
        let (own, version) = (self.comments.all.clone(), self.comments.version);
        let id = self.spawn(JobKind::Exporting(crate::io::file_name(&file)), move |_, tell| {
            let written = write(own, &file);
            tell(Outcome::done(move |session| session.comments_written(&file, version, written)));
        });
        self.comments.writing = Some(id);
    }

    fn comments_written(
        &mut self,
        file: &Path,
        version: u64,
        written: Result<(Comments, Option<FileStamp>), Unwritten>,
    ) {
        self.comments.writing = None;
        let goes_on = std::mem::take(&mut self.comments.again);
        let is_here = self.comments_file().as_deref() == Some(file);
        match written {
            // Another project is open.
            Ok(_) if !is_here => {}
            Ok((all, stamp)) => {
                if !goes_on {
                    self.comments.unsaved.clear();
                }
                if version == self.comments.version {
                    (self.comments.all, self.comments.stamp) = (all, stamp);
                    self.comments.version += 1;
                }
            }
            Err(Unwritten::Unread(e)) => {
                self.comments.are_kept &= !is_here;
                self.report_comments(&e);
            }
            Err(Unwritten::Unsaved(e)) => self.report(Event::ExportFailed(e)),
        }
        if goes_on {
            self.write_comments();
        }
        self.note_settings();
    }
}

/// Why the file is as it was.
enum Unwritten {
    Unread(CommentsError),
    Unsaved(SaveError),
}

/// What stands in the file is taken in first: nothing that another desk wrote since is lost, and none writes between.
fn write(own: Comments, file: &Path) -> Result<(Comments, Option<FileStamp>), Unwritten> {
    let _held = Held::hold_patiently(file, Held::LONG).map_err(Unwritten::Unsaved)?;
    let theirs = Comments::read(file).map_err(Unwritten::Unread)?;
    let both = own.behind(theirs);
    both.write(file).map_err(Unwritten::Unsaved)?;
    Ok((both, FileStamp::of(file).ok()))
}
