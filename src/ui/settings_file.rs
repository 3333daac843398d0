//! The file in which the window keeps its settings, before eframe reads it: eframe would take what it cannot read for nothing,
//! and write over it.

use super::settings::Settings;
use crate::cli::UnreadSettingsOptions;
use crate::session::journal::kept_path;
use std::collections::HashMap;
use std::path::Path;

/// Where settings stand in eframe's storage.
pub const SETTINGS: &str = "settings";

/// Files larger than this are no settings; bytes.
const LARGEST: u64 = 16 << 20;

fn is_readable(file: &Path) -> bool {
    let is_small = file.metadata().is_ok_and(|metadata| metadata.len() <= LARGEST);
    let text = || std::fs::read_to_string(file).ok();
    let Some(all) = text().filter(|_| is_small).and_then(|text| ron::from_str::<HashMap<String, String>>(&text).ok())
    else {
        return false;
    };
    all.get(SETTINGS).is_none_or(|own| ron::from_str::<Settings>(own).is_ok())
}

/// Puts a settings file that cannot be read out of the way, under another name beside; `None` where there is none such.
pub fn keep_unreadable(file: &Path) -> Option<UnreadSettingsOptions> {
    if !file.metadata().is_ok_and(|metadata| metadata.is_file()) || is_readable(file) {
        return None;
    }
    let kept = kept_path(file);
    Some(UnreadSettingsOptions { kept: std::fs::rename(file, &kept).ok().map(|()| kept) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_be_read_are_kept_and_others_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("app.ron");
        assert!(keep_unreadable(&file).is_none(), "the first start");
        let good = ron::to_string(&Settings::default()).expect("written");
        let all = |own: &str| ron::to_string(&HashMap::from([(SETTINGS, own), ("window", "(x:1)")])).expect("written");
        for text in [all(&good), all("(lang:zh)"), "{}".to_owned(), all(&good.replace("lang", "of_a_newer_version"))] {
            std::fs::write(&file, &text).expect("writable");
            assert!(keep_unreadable(&file).is_none() && file.exists(), "{text}");
        }
        let flipped = all(&good).replacen('{', " ", 1);
        let deep = "[".repeat(100_000);
        let bad: [&[u8]; 6] =
            [b"", b"\0\0\0\0", b"{\"settings\":\"\xff\"}", flipped.as_bytes(), deep.as_bytes(), b"{\"settings\":7}"];
        for (n, text) in bad.iter().enumerate() {
            std::fs::write(&file, text).expect("writable");
            let kept = keep_unreadable(&file).expect("unreadable").kept.expect("kept");
            assert!(!file.exists(), "{n}");
            assert_eq!(std::fs::read(kept).expect("there"), *text, "{n}");
        }
        // A value that this version does not know is kept with all others.
        std::fs::write(&file, all("(theme:Purple)")).expect("writable");
        assert!(keep_unreadable(&file).is_some());
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 7, "none is kept over another");
        let huge = std::fs::File::create(&file).expect("writable");
        huge.set_len(1 << 40).expect("sparse");
        assert!(keep_unreadable(&file).is_some(), "not read into memory");
    }
}
