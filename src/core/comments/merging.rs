//! Comments of two desks that wrote at the same time: each field as it was set last, of replies all.
//!
//! Beside every field stand the moment and the value, as with findings ([`crate::rules::Changed`]). A value that is another
//! than the one noted was set by other hands (a GIS, an editor), at the latest when the file was written.

use super::{Comment, CommentState, Comments, Reply, Set};
use crate::geodesy::LonLat;
use crate::rules::FieldSet;
use std::collections::HashMap;

/// A field that people set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Text,
    State,
    Place,
    Deleted,
}

impl Field {
    const ALL: [Self; 4] = [Self::Text, Self::State, Self::Place, Self::Deleted];

    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::State => "state",
            Self::Place => "place",
            Self::Deleted => "deleted",
        }
    }

    fn of(self, comment: &Comment) -> String {
        match self {
            Self::Text => comment.text.clone(),
            Self::State => comment.state.id().to_owned(),
            Self::Place => place_text(comment.at),
            Self::Deleted => comment.is_deleted.to_string(),
        }
    }

    fn take_from(self, comment: &mut Comment, other: &Comment) {
        match self {
            Self::Text => comment.text.clone_from(&other.text),
            Self::State => comment.state = other.state,
            Self::Place => comment.at = other.at,
            Self::Deleted => comment.is_deleted = other.is_deleted,
        }
    }

    /// True where it is as a new comment has it.
    fn is_unset(self, comment: &Comment) -> bool {
        match self {
            Self::Text | Self::Place => false,
            Self::State => comment.state == CommentState::Open,
            Self::Deleted => !comment.is_deleted,
        }
    }
}

/// A place as its file has it: nine decimals are a tenth of a millimetre.
pub(super) fn place_text(at: LonLat) -> String {
    format!("{:.9},{:.9}", at.lon, at.lat)
}

impl Comment {
    fn note_set(&mut self, field: Field, at: &str) {
        let set = FieldSet { at: at.to_owned(), to: field.of(self) };
        self.changed.insert(field.name().to_owned(), set);
    }

    pub(super) fn note_made(&mut self, at: &str) {
        for field in [Field::Text, Field::Place] {
            self.note_set(field, at);
        }
    }

    /// Notes what other hands set in a file that was written at this moment.
    pub(super) fn note_other_hands(&mut self, written: &str) {
        for field in Field::ALL {
            let at = match self.changed.get(field.name()) {
                Some(set) if set.to == field.of(self) => continue,
                // Later than what was noted, whatever the clock of the file's machine says.
                Some(set) if set.at.as_str() >= written => format!("{}+", set.at),
                None if field.is_unset(self) => continue,
                _ => written.to_owned(),
            };
            self.note_set(field, &at);
        }
    }

    /// Sets a part; what it was before, `None` where nothing changes.
    pub(super) fn set(&mut self, set: Set, now: &str) -> Option<Set> {
        let (field, before) = match set {
            Set::Text(text) => (Field::Text, Set::Text(std::mem::replace(&mut self.text, text))),
            Set::State(state) => (Field::State, Set::State(std::mem::replace(&mut self.state, state))),
            Set::Place(at) => (Field::Place, Set::Place(std::mem::replace(&mut self.at, at))),
            Set::Deleted(is) => (Field::Deleted, Set::Deleted(std::mem::replace(&mut self.is_deleted, is))),
            Set::Reply(reply) => return self.set_reply(reply, now),
        };
        let is_other = match &before {
            Set::Text(text) => *text != self.text,
            Set::State(state) => *state != self.state,
            Set::Place(at) => *at != self.at,
            Set::Deleted(is) => *is != self.is_deleted,
            Set::Reply(_) => true,
        };
        is_other.then(|| {
            self.note_set(field, now);
            before
        })
    }

    fn set_reply(&mut self, reply: Reply, now: &str) -> Option<Set> {
        match self.replies.iter_mut().find(|own| own.id == reply.id) {
            Some(own) if own.text == reply.text => None,
            Some(own) => {
                let before = Set::Reply(own.clone());
                own.text = reply.text;
                now.clone_into(&mut own.set);
                Some(before)
            }
            None => {
                let taken_back = Reply { text: String::new(), ..reply.clone() };
                self.replies.push(reply);
                Some(Set::Reply(taken_back))
            }
        }
    }

    /// Two copies of one comment as one: of each field what was set last, of replies all. The same whichever is taken into the
    /// other.
    fn merged(mut self, other: Self) -> Self {
        for field in Field::ALL {
            let at = |one: &Self| one.changed.get(field.name()).map(|set| set.at.clone()).unwrap_or_default();
            let (own, theirs) = ((at(&self), field.of(&self)), (at(&other), field.of(&other)));
            if own < theirs {
                field.take_from(&mut self, &other);
                if let Some(set) = other.changed.get(field.name()) {
                    self.changed.insert(field.name().to_owned(), set.clone());
                }
            }
        }
        if self.author.is_empty() {
            self.author = other.author;
        }
        for reply in other.replies {
            match self.replies.iter_mut().find(|own| own.id == reply.id) {
                Some(own) if (own.since(), &own.text) < (reply.since(), &reply.text) => *own = reply,
                Some(_) => {}
                None => self.replies.push(reply),
            }
        }
        self.replies.sort_by(|a, b| a.made.cmp(&b.made).then_with(|| a.id.cmp(&b.id)));
        for (name, value) in other.more {
            self.more.entry(name).or_insert(value);
        }
        for (name, value) in other.foreign {
            self.foreign.entry(name).or_insert(value);
        }
        self
    }
}

impl Comments {
    /// Takes in comments that somebody else kept, each field as it was set last; what only we know comes behind.
    #[must_use]
    pub fn behind(self, theirs: Self) -> Self {
        let mut own: HashMap<String, Comment> =
            self.all.iter().map(|comment| (comment.id.clone(), comment.clone())).collect();
        let mut all: Vec<Comment> = Vec::with_capacity(theirs.all.len());
        for known in theirs.all {
            all.push(match own.remove(&known.id) {
                Some(mine) => mine.merged(known),
                None => known,
            });
        }
        all.extend(self.all.into_iter().filter(|comment| own.contains_key(&comment.id)));
        Self { all, more: theirs.more }
    }
}
