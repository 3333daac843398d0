//! What this program made, known by its mark: answers by the member `shanshui`, HTML by a generator, PDF by a producer, PNG by a
//! text, workbooks by a property, summaries and timings by their members; and what an answer says of itself.

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// Who made an HTML document or a workbook.
pub const GENERATOR: &str = "Shanshui";
/// The tag by which an HTML document says so.
const HTML_MARK: &str = "<meta name=\"generator\" content=\"Shanshui";
/// The name of the property by which a workbook does.
pub const WORKBOOK_PROPERTY: &str = "generator";
/// The member by which a converted layer says that it is a copy which nobody edited.
pub const COPY_MARK: (&str, &str) = ("written_by", "shanshui convert");
/// The text by which a picture (PNG) says who made it: its keyword, which readers of pictures know.
pub const PICTURE_KEYWORD: &str = "Software";

/// Who made a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// This program: an answer, a report, a picture.
    Ours,
    /// This program, of a planner's layer: a copy in another form.
    Copy,
}

/// True where this program made a file, and nobody saved it from another program since: it has the mark of its format. What
/// cannot be read is not ours, nor is a converted layer.
pub fn is_ours(path: &Path) -> bool {
    marked(path) == Some(Mark::Ours)
}

/// The mark of a file, whatever it is called.
pub(super) fn marked(path: &Path) -> Option<Mark> {
    if !path.metadata().is_ok_and(|found| found.is_file()) {
        return None;
    }
    let mut head = Vec::new();
    File::open(path).ok()?.take(16).read_to_end(&mut head).ok()?;
    let is_marked = match &*head {
        [b'<', ..] => contains(path, HTML_MARK.as_bytes()),
        [b'%', b'P', b'D', b'F', ..] => contains(path, b"/Producer (Shanshui)"),
        [0x89, b'P', b'N', b'G', ..] => contains(path, format!("tEXt{PICTURE_KEYWORD}\0{GENERATOR}").as_bytes()),
        [b'P', b'K', 3, 4, ..] => is_own_workbook(path),
        _ => return said_of_itself(BufReader::with_capacity(1 << 16, File::open(path).ok()?)).mark,
    };
    is_marked.filter(|is_marked| *is_marked).map(|_| Mark::Ours)
}

/// True where a file contains some bytes.
fn contains(path: &Path, wanted: &[u8]) -> Option<bool> {
    let mut file = File::open(path).ok()?;
    let mut block = vec![0; 1 << 20];
    let mut kept = 0;
    loop {
        let read = file.read(&mut block[kept..]).ok()?;
        if read == 0 {
            return Some(false);
        }
        let filled = kept + read;
        if memchr::memmem::find(&block[..filled], wanted).is_some() {
            return Some(true);
        }
        kept = (wanted.len() - 1).min(filled);
        block.copy_within(filled - kept..filled, 0);
    }
}

/// True for a workbook of ours that no spreadsheet program saved since: that would be a later date than that of its making.
fn is_own_workbook(path: &Path) -> Option<bool> {
    let mut zip = zip::ZipArchive::new(File::open(path).ok()?).ok()?;
    let mut text = |name: &str| -> Option<String> {
        let mut text = String::new();
        zip.by_name(name).ok()?.take(1 << 16).read_to_string(&mut text).ok()?;
        Some(text)
    };
    let own = text("docProps/custom.xml")?;
    let core = text("docProps/core.xml")?;
    let of = |tag: &str| -> Option<&str> {
        let at = core.find(&format!("<dcterms:{tag}"))?;
        let from = at + core[at..].find('>')? + 1;
        Some(&core[from..from + core[from..].find('<')?])
    };
    Some(
        own.contains(&format!("name=\"{WORKBOOK_PROPERTY}\""))
            && own.contains(GENERATOR)
            && of("created") == of("modified"),
    )
}

/// Beginnings of files that are no longer than this tell what an answer is of; bytes.
const HEAD: u64 = 8 << 20;

/// What an answer of this program says of itself: its member `shanshui`. `None` for any other file, and where much stands
/// before it.
pub fn provenance_of(path: &Path) -> Option<serde_json::Value> {
    if !path.symlink_metadata().is_ok_and(|found| found.is_file()) {
        return None;
    }
    let file = File::open(path).ok()?.take(HEAD);
    said_of_itself(BufReader::with_capacity(1 << 16, file)).provenance
}

/// What JSON says of who wrote it.
#[derive(Default)]
struct Said {
    mark: Option<Mark>,
    provenance: Option<serde_json::Value>,
}

/// The mark of JSON that this program wrote: a collection with the member `shanshui`, an object; a converted layer; a summary of
/// a run; timings of a tour.
fn said_of_itself(text: impl Read) -> Said {
    struct Members<'a>(&'a mut Said);
    impl<'de> Visitor<'de> for Members<'_> {
        type Value = ();
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            // Of a summary and of timings two members each.
            let (mut summary, mut timings) = (0, 0);
            while let Some(name) = map.next_key::<String>()? {
                let known = ["shanshui", "rules", "seconds", "frames", "first_frame_ms", COPY_MARK.0];
                if !known.contains(&&*name) {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
                let value = map.next_value::<serde_json::Value>()?;
                match &*name {
                    // The head is enough of a long file.
                    "shanshui" => {
                        self.0.mark = value.is_object().then_some(Mark::Ours);
                        self.0.provenance = value.is_object().then_some(value);
                        return Err(serde::de::Error::custom("known"));
                    }
                    "rules" => summary += usize::from(value.is_array()),
                    "seconds" => summary += usize::from(value.is_object()),
                    "frames" => timings += usize::from(value.is_array()),
                    "first_frame_ms" => timings += usize::from(value.is_number()),
                    // An answer that was converted is one still: what follows is read, too.
                    _ => self.0.mark = (value.as_str() == Some(COPY_MARK.1)).then_some(Mark::Copy),
                }
                if summary == 2 || timings == 2 {
                    self.0.mark = Some(Mark::Ours);
                }
            }
            Ok(())
        }
    }
    impl<'de> DeserializeSeed<'de> for Members<'_> {
        type Value = ();
        fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
            deserializer.deserialize_map(self)
        }
    }
    let mut said = Said::default();
    // What is no JSON to its end, and did not say that it is ours before, is not.
    match Members(&mut said).deserialize(&mut serde_json::Deserializer::from_reader(text)) {
        Ok(()) | Err(_) => said,
    }
}
