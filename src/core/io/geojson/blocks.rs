//! Where a `features` array can be split: before features that begin as the first one does.
//!
//! A guess, made from the bytes alone so that every block finds its own ends without its neighbours: the reader of a
//! stretch says whether it ended where a feature ends, and a wrong guess costs time and nothing else.

use super::scanner::Scanner;
use crate::io::source::{Input, room_for};
use memchr::memmem::Finder;
use std::io::Result;

/// White space and a comma between features are looked for this far back.
const LOOK_BACK: usize = 64;

/// How features of one text begin.
pub(super) struct Splitter {
    opening: Finder<'static>,
    length: usize,
}

impl Splitter {
    /// From the text behind the array's bracket: the first feature up to its first member's name, and the value where
    /// that is a type. `None` where no object stands there.
    pub(super) fn learn(features: &[u8]) -> Option<Self> {
        let mut scanner = Scanner::new(features);
        if scanner.peek() != Some(b'{') {
            return None;
        }
        let start = scanner.position();
        scanner.expect(b'{').ok()?;
        let name = scanner.string().ok()?;
        scanner.expect(b':').ok()?;
        if name.of(features) == b"type" && scanner.peek() == Some(b'"') {
            scanner.string().ok()?;
        }
        let opening = &features[start..scanner.position()];
        Some(Self { opening: Finder::new(opening).into_owned(), length: opening.len() })
    }

    /// The first place in `text`, not before `from`, where a feature seems to begin behind another.
    fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        self.opening.find_iter(&text[from..]).map(|at| from + at).find(|at| {
            let before = text[at.saturating_sub(LOOK_BACK)..*at].trim_ascii_end();
            before.strip_suffix(b",").is_some_and(|b| b.trim_ascii_end().ends_with(b"}"))
        })
    }
}

/// A stretch of a text that seems to hold whole features.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// Its first byte in the text.
    pub(super) start: usize,
    /// One past its last.
    pub(super) end: usize,
    /// True where the text ends with it.
    pub(super) is_last: bool,
    /// What the buffer begins with.
    base: usize,
}

impl Stretch {
    /// From the first split at or behind `from` (or `from` itself, where it `is_start`) to the first split at or behind
    /// `to`; `None` where there is no split between them. A file's bytes are read into `buffer`.
    pub(super) fn find(
        input: &Input<'_>,
        splitter: &Splitter,
        (from, is_start): (usize, bool),
        to: usize,
        buffer: &mut Vec<u8>,
    ) -> Result<Option<Self>> {
        let len = input.len();
        let base = from.saturating_sub(LOOK_BACK);
        let mut window = Window { input, base, end: base, buffer };
        let mut room = 1 << 14;
        window.extend_to((to + room).min(len))?;
        let start = if is_start { Some(from) } else { splitter.find(window.text(), from - base).map(|at| at + base) };
        let Some(start) = start.filter(|start| *start < to) else { return Ok(None) };
        let mut searched = to.min(len);
        let end = loop {
            match splitter.find(window.text(), searched - base) {
                Some(at) => break at + base,
                None if window.end == len => break len,
                None => {}
            }
            searched = window.end.saturating_sub(splitter.length).max(searched);
            room *= 2;
            window.extend_to((window.end + room).min(len))?;
        };
        Ok(Some(Self { start, end, is_last: end == len, base }))
    }

    /// The rest of the text.
    pub(super) fn rest(input: &Input<'_>, start: usize, buffer: &mut Vec<u8>) -> Result<Self> {
        let end = input.len();
        Window { input, base: start, end: start, buffer }.extend_to(end)?;
        Ok(Self { start, end, is_last: true, base: start })
    }

    /// Its bytes; `buffer` is what it was found with.
    pub(super) fn of<'s>(&self, input: &'s Input<'_>, buffer: &'s [u8]) -> &'s [u8] {
        match input {
            Input::Memory(text) => &text[self.start..self.end],
            Input::File { .. } => &buffer[self.start - self.base..self.end - self.base],
        }
    }
}

/// A part of a text that grows at its end.
struct Window<'s> {
    input: &'s Input<'s>,
    base: usize,
    end: usize,
    buffer: &'s mut Vec<u8>,
}

impl Window<'_> {
    fn extend_to(&mut self, end: usize) -> Result<()> {
        if let Input::File { .. } = self.input {
            let (from, to) = (self.end - self.base, end - self.base);
            if self.buffer.len() < to {
                if to > self.buffer.capacity() {
                    // Refused where there is not so much memory.
                    let larger = room_for(to as u64)?;
                    let before = std::mem::replace(self.buffer, larger);
                    self.buffer.extend_from_slice(&before);
                }
                self.buffer.resize(to, 0);
            }
            self.input.read(self.end, &mut self.buffer[from..to])?;
        }
        self.end = end;
        Ok(())
    }

    fn text(&self) -> &[u8] {
        match self.input {
            Input::Memory(text) => &text[self.base..self.end],
            Input::File { .. } => &self.buffer[..self.end - self.base],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_stand_between_features_and_every_block_finds_the_same() {
        let text = br#" { "type" : "Feature","k":"},\n { \"type\" : \"Feature"} ,
            { "type" : "Feature"},{ "type" : "Feature","z":{ "type" : "Feature"}}]}"#;
        let splitter = Splitter::learn(text).expect("an object");
        let input = Input::Memory(text);
        for block in 1..40 {
            let mut at = 0;
            let mut starts = Vec::new();
            for k in 0..text.len().div_ceil(block) {
                let blocks = (k * block, k == 0);
                let found = Stretch::find(&input, &splitter, blocks, (k + 1) * block, &mut Vec::new()).expect("memory");
                if let Some(stretch) = found {
                    assert_eq!(stretch.start, at, "stretches meet");
                    at = stretch.end;
                    starts.push(stretch.start);
                }
            }
            assert_eq!(at, text.len());
            assert!(starts.iter().all(|s| *s == 0 || text[*s..].starts_with(b"{ \"type\" : \"Feature\"")));
        }
        assert!(
            Splitter::learn(b" ]}").is_none() && Splitter::learn(b"[1").is_none() && Splitter::learn(b"").is_none()
        );
    }
}
