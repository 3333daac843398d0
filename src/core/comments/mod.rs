//! Comments pinned to places (批注): what people write on a map for one another, with author, time, state and replies. Kept as
//! GeoJSON beside a project; two desks that write at the same time lose nothing ([`Comments::behind`]).

mod merging;
mod text;

use crate::geodesy::LonLat;
use crate::i18n::{Lang, cause_text, tr};
use crate::io::{SaveError, save_atomically, short_hash};
use crate::model::small_text;
use crate::rules::{Changed, moment};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// The file of a project's comments, in its folder.
pub const FILE: &str = "comments.geojson";

/// Comments of a file at most, deleted ones among them.
pub const MOST: usize = 20_000;
/// Letters of a comment or a reply at most; what is typed beyond them is not taken.
pub const MOST_LETTERS: usize = 4_000;

/// How far a comment is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommentState {
    /// Somebody is to answer or to do something.
    #[default]
    Open,
    /// It is done with.
    Resolved,
}

impl CommentState {
    /// Its name in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resolved => "resolved",
        }
    }

    /// In the reader's language.
    pub fn text(self, lang: Lang) -> String {
        crate::i18n::text_of(lang, if self == Self::Open { "comment.open" } else { "comment.resolved" })
    }
}

/// What somebody answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// Its id, within its comment.
    pub id: String,
    /// The text; empty where it was taken back.
    pub text: String,
    /// Who wrote it.
    #[serde(default)]
    pub author: String,
    /// When ([`moment`]).
    #[serde(default)]
    pub made: String,
    /// When its text was set last, where that was later.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub set: String,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl Reply {
    /// When its text was set last.
    fn since(&self) -> &str {
        self.set.as_str().max(self.made.as_str())
    }
}

/// A comment.
#[derive(Clone, Debug, PartialEq)]
pub struct Comment {
    /// Its id, which no other desk gives.
    pub id: String,
    /// Where it is pinned; degrees.
    pub at: LonLat,
    /// What it says.
    pub text: String,
    /// Who wrote it.
    pub author: String,
    /// When it was made ([`moment`]).
    pub made: String,
    /// How far it is.
    pub state: CommentState,
    /// What was answered, the oldest first.
    pub replies: Vec<Reply>,
    /// True where somebody took it out: kept, so that another desk's copy does not bring it back.
    pub is_deleted: bool,
    /// When its fields were set, and to what.
    pub changed: Changed,
    /// Properties that this version does not know.
    pub more: Map<String, Value>,
    /// Members of its feature that this version does not know.
    pub foreign: Map<String, Value>,
}

/// A part of a comment that people set, and what it is set to.
#[derive(Clone, Debug, PartialEq)]
pub enum Set {
    /// Its text.
    Text(String),
    /// How far it is.
    State(CommentState),
    /// Where it is pinned.
    Place(LonLat),
    /// Whether it is taken out.
    Deleted(bool),
    /// A reply, in the place of the one of its id; an empty text takes it back.
    Reply(Reply),
}

/// An id that no other desk gives: of the moment, the process and a count.
fn new_id(prefix: &str, at: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    // Keys of a hasher are the system's own chance: two desks that start in one moment differ.
    let chance = {
        use std::hash::{BuildHasher, Hasher};
        std::collections::hash_map::RandomState::new().build_hasher().finish()
    };
    let n = COUNT.fetch_add(1, Ordering::Relaxed);
    let hash = short_hash(format!("{at}/{}/{n}/{chance}", std::process::id()).as_bytes());
    format!("{prefix}{hash}")
}

/// What is typed, without blanks about it and without what is too long.
pub fn typed(text: &str) -> String {
    text.trim().chars().take(MOST_LETTERS).collect()
}

impl Comment {
    /// A new one; `at` the place, `now` the moment ([`moment`]).
    pub fn new(at: LonLat, text: &str, author: &str, now: &str) -> Self {
        let mut comment = Self {
            id: new_id("c", now),
            at,
            text: typed(text),
            author: typed(author),
            made: now.to_owned(),
            state: CommentState::Open,
            replies: Vec::new(),
            is_deleted: false,
            changed: Changed::new(),
            more: Map::new(),
            foreign: Map::new(),
        };
        comment.note_made(now);
        comment
    }

    /// A reply to be set.
    pub fn reply(text: &str, author: &str, now: &str) -> Reply {
        Reply {
            id: new_id("r", now),
            text: typed(text),
            author: typed(author),
            made: now.to_owned(),
            set: String::new(),
            more: Map::new(),
        }
    }

    /// The replies that were not taken back.
    pub fn answers(&self) -> impl Iterator<Item = &Reply> {
        self.replies.iter().filter(|reply| !reply.text.is_empty())
    }

    /// The first line of its text.
    pub fn title(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }

    /// True where its text, its author or a reply holds a text, whatever its letters' case.
    pub fn mentions(&self, wanted: &str) -> bool {
        let wanted = wanted.trim().to_lowercase();
        let holds = |text: &str| text.to_lowercase().contains(&wanted);
        wanted.is_empty()
            || holds(&self.text)
            || holds(&self.author)
            || self.answers().any(|reply| holds(&reply.text) || holds(&reply.author))
    }
}

/// All comments of a project, in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comments {
    /// Them, those that were taken out among them.
    pub all: Vec<Comment>,
    /// Members of the file that this version does not know.
    more: Map<String, Value>,
}

/// Why there are no comments.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message(Lang::En))]
pub struct CommentsError {
    /// The file.
    pub file: String,
    /// What is wrong, with the line and the column or the feature.
    pub cause: String,
}

impl CommentsError {
    /// In the reader's language: file, cause, way out.
    pub fn message(&self, lang: Lang) -> String {
        tr!(lang, "comment.unreadable", file = self.file, cause = cause_text(&self.cause, lang)).into_owned()
    }
}

impl Comments {
    /// These comments.
    pub fn of(all: Vec<Comment>) -> Self {
        Self { all, more: Map::new() }
    }

    /// Those that were not taken out.
    pub fn shown(&self) -> impl Iterator<Item = &Comment> {
        self.all.iter().filter(|comment| !comment.is_deleted)
    }

    /// One by its id.
    pub fn get(&self, id: &str) -> Option<&Comment> {
        self.all.iter().find(|comment| comment.id == id)
    }

    /// Reads the comments of a file; none where there is no file.
    ///
    /// # Errors
    /// [`CommentsError`] where the file is there and holds something else, or more than [`MOST`].
    pub fn read(path: &Path) -> Result<Self, CommentsError> {
        let wrong = |cause: String| CommentsError { file: path.display().to_string(), cause };
        let mut comments = match small_text(path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(e) => return Err(wrong(e.to_string())),
            Ok(text) => Self::parse(&text).map_err(wrong)?,
        };
        let written = std::fs::metadata(path).and_then(|found| found.modified()).map(moment).unwrap_or_default();
        comments.all.iter_mut().for_each(|comment| comment.note_other_hands(&written));
        Ok(comments)
    }

    /// Writes them, or leaves what stood there.
    ///
    /// # Errors
    /// [`SaveError`] with the operating system's cause.
    pub fn write(&self, path: &Path) -> Result<(), SaveError> {
        save_atomically(path, |out| out.write_all(self.to_geojson().as_bytes()))
    }

    /// Adds one; false where there are too many.
    pub fn add(&mut self, comment: Comment) -> bool {
        let has_room = self.all.len() < MOST;
        if has_room {
            self.all.push(comment);
        }
        has_room
    }

    /// Sets a part of one at a moment; what it was before, `None` where nothing changes.
    pub fn set(&mut self, id: &str, set: Set, now: &str) -> Option<Set> {
        self.all.iter_mut().find(|comment| comment.id == id)?.set(set, now)
    }
}

/// The moment that it is.
pub fn now() -> String {
    moment(SystemTime::now())
}

#[cfg(test)]
mod tests;
