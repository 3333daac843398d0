//! Names of members: decoded, and harmless.

use encoding_rs::GB18030;
use std::collections::HashSet;

/// The name of a member: strict UTF-8, whatever the flag says (many programs do not set it), else GB 18030, else
/// with U+FFFD where it is neither.
pub(super) fn decoded(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => GB18030.decode_without_bom_handling(raw).0.into_owned(),
    }
}

/// The same with `/` between folders and without what leads out of the folder: `..`, `.`, drives, a leading `/`.
/// `None` for a folder and for what macOS adds beside every file.
pub(super) fn harmless(name: &str) -> Option<String> {
    let name = name.replace('\\', "/");
    if name.ends_with('/') {
        return None;
    }
    let is_drive = |part: &str| part.len() == 2 && part.ends_with(':');
    let parts: Vec<_> = name
        .split('/')
        .filter(|part| !matches!(*part, "" | "." | "..") && !is_drive(part))
        .map(|part| part.chars().map(|c| if c.is_control() { '_' } else { c }).collect::<String>())
        .collect();
    let last = parts.last()?;
    let is_mac = parts[0] == "__MACOSX" || last == ".DS_Store" || last.starts_with("._");
    (!is_mac).then(|| parts.join("/"))
}

/// Names given once: a name that was given before gets a number (`roads (2).shp`).
#[derive(Debug, Default)]
pub(super) struct Given {
    names: HashSet<String>,
    /// The number tried last, so that many members of one name do not take quadratic time.
    last: std::collections::HashMap<String, usize>,
}

impl Given {
    /// The name, or with a number.
    pub(super) fn apart(&mut self, name: String) -> String {
        if self.names.insert(name.clone()) {
            return name;
        }
        let folder_end = name.rfind('/').map_or(0, |at| at + 1);
        let (stem, ending) = match name[folder_end..].find('.') {
            Some(at) => name.split_at(folder_end + at),
            None => (name.as_str(), ""),
        };
        let number = self.last.entry(name.clone()).or_insert(1);
        loop {
            *number += 1;
            let numbered = format!("{stem} ({number}){ending}");
            if self.names.insert(numbered.clone()) {
                return numbered;
            }
        }
    }
}
