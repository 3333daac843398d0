//! The files in which the window keeps its settings. Its own (`settings.ron`) is written whole or not at all. The one beside it
//! (`app.ron`) is eframe's, which cuts it off and writes it anew: the window's place stands there, and what earlier versions kept.
//! Either is looked at before it is used: what cannot be read would be taken for nothing, and written over.

use super::settings::Settings;
use super::settings_text::{carried, holds_all};
use crate::cli::UnreadSettingsOptions;
use crate::io::{SaveCause, SaveError, disk, save_atomically};
use crate::session::journal::kept_path;
use std::collections::HashMap;
use std::path::Path;

/// The window's own file in the program's folder.
pub const FILE: &str = "settings.ron";

/// eframe's file there.
const EFRAMES: &str = "app.ron";

/// Where settings of earlier versions stand in eframe's storage.
const SETTINGS: &str = "settings";

/// Files larger than this are no settings; bytes.
const LARGEST: u64 = 16 << 20;

fn text(file: &Path) -> Option<String> {
    let is_small = file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() <= LARGEST);
    if is_small { std::fs::read_to_string(file).ok() } else { None }
}

/// What eframe's file holds.
fn of_eframe(file: &Path) -> Option<HashMap<String, String>> {
    ron::from_str(&text(file)?).ok()
}

/// The settings in a folder with their text: the window's own, or those of an earlier version.
pub fn read(folder: &Path) -> Option<(String, Settings)> {
    let own = folder.join(FILE);
    let text = match own.exists() {
        true => text(&own)?,
        false => of_eframe(&folder.join(EFRAMES))?.remove(SETTINGS)?,
    };
    let settings = ron::from_str(&text).ok()?;
    Some((text, settings))
}

/// Writes the settings, or leaves those that stood there; with what this version does not know of the text `before`. Where that
/// cannot be carried over, the file is kept as it was under another name beside.
///
/// # Errors
/// [`SaveError`] with the operating system's cause.
pub fn write(file: &Path, settings: &Settings, before: Option<&str>) -> Result<(), SaveError> {
    let failed = |cause: String| SaveError { file: file.display().to_string(), cause: SaveCause::System(cause) };
    let text = ron::to_string(settings).map_err(|e| failed(e.to_string()))?;
    // What is not known is kept as long as the whole is read as the same settings.
    let is_same = |kept: &String| {
        ron::from_str::<Settings>(kept).is_ok_and(|read| ron::to_string(&read).ok().as_ref() == Some(&text))
    };
    let written = before.map(|before| carried(before, &text)).filter(is_same).unwrap_or_else(|| text.clone());
    file.parent().map_or(Ok(()), disk::create_dir_all).map_err(|e| failed(e.to_string()))?;
    // Once: after that the file is another.
    if let Some(before) = before.filter(|before| !holds_all(before, &written, &text))
        && self::text(file).as_deref() == Some(before)
    {
        let kept = kept_path(file);
        save_atomically(&kept, |out| out.write_all(before.as_bytes()))?;
        tracing::warn!("what this version does not know of the settings is kept in {}", kept.display());
    }
    let text = written;
    save_atomically(file, |out| out.write_all(text.as_bytes()))
}

/// Puts a settings file in a folder that cannot be read out of the way, under another name beside; `None` where there is none
/// such.
pub fn keep_unreadable(folder: &Path) -> Option<UnreadSettingsOptions> {
    let (own, eframes) = (folder.join(FILE), folder.join(EFRAMES));
    let is_there = |file: &Path| file.metadata().is_ok_and(|metadata| metadata.is_file());
    let is_own_bad = is_there(&own) && text(&own).is_none_or(|text| ron::from_str::<Settings>(&text).is_err());
    let is_eframes_bad = || match of_eframe(&eframes) {
        Some(all) => all.get(SETTINGS).is_some_and(|own| ron::from_str::<Settings>(own).is_err()),
        None => is_there(&eframes),
    };
    // Beside the window's own file nothing of the planner's stands in eframe's.
    let bad = match is_own_bad {
        true => own,
        false if !is_there(&own) && is_eframes_bad() => eframes,
        false => return None,
    };
    let kept = kept_path(&bad);
    Some(UnreadSettingsOptions { kept: disk::rename(&bad, &kept).ok().map(|()| kept) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(folder: &Path) -> Option<Settings> {
        read(folder).map(|(_, settings)| settings)
    }

    #[test]
    fn settings_that_cannot_be_read_are_kept_and_others_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let here = folder.path();
        let file = here.join(EFRAMES);
        assert!(keep_unreadable(here).is_none(), "the first start");
        let good = ron::to_string(&Settings::default()).expect("written");
        let all = |own: &str| ron::to_string(&HashMap::from([(SETTINGS, own), ("window", "(x:1)")])).expect("written");
        for text in [all(&good), all("(lang:zh)"), "{}".to_owned(), all(&good.replace("lang", "of_a_newer_version"))] {
            std::fs::write(&file, &text).expect("writable");
            assert!(keep_unreadable(here).is_none() && file.exists(), "{text}");
        }
        let flipped = all(&good).replacen('{', " ", 1);
        let deep = "[".repeat(100_000);
        let bad: [&[u8]; 6] =
            [b"", b"\0\0\0\0", b"{\"settings\":\"\xff\"}", flipped.as_bytes(), deep.as_bytes(), b"{\"settings\":7}"];
        for (n, text) in bad.iter().enumerate() {
            std::fs::write(&file, text).expect("writable");
            let kept = keep_unreadable(here).expect("unreadable").kept.expect("kept");
            assert!(!file.exists(), "{n}");
            assert_eq!(std::fs::read(kept).expect("there"), *text, "{n}");
        }
        // A value that this version does not know is kept with all others.
        std::fs::write(&file, all("(theme:Purple)")).expect("writable");
        assert!(keep_unreadable(here).is_some());
        assert_eq!(std::fs::read_dir(here).expect("a folder").count(), 7, "none is kept over another");
        let huge = std::fs::File::create(&file).expect("writable");
        huge.set_len(1 << 40).expect("sparse");
        assert!(keep_unreadable(here).is_some(), "not read into memory");
        // The same of the window's own file; eframe's beside it holds nothing of the planner's then.
        let own = here.join(FILE);
        for text in ["", "(lang:zh", "(theme:Purple)", "7"] {
            std::fs::write(&own, text).expect("writable");
            std::fs::write(&file, "half").expect("writable");
            let kept = keep_unreadable(here).expect("unreadable").kept.expect("kept");
            assert_eq!(std::fs::read_to_string(kept).expect("there"), text);
            assert!(!own.exists() && file.exists());
        }
        write(&own, &Settings::default(), None).expect("writable");
        assert!(keep_unreadable(here).is_none() && file.exists());
    }

    #[test]
    fn settings_of_an_earlier_version_are_read_until_there_are_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let earlier = Settings { left_open: false, ..Settings::default() };
        let text = ron::to_string(&earlier).expect("written");
        let all = ron::to_string(&HashMap::from([(SETTINGS, text)])).expect("written");
        std::fs::write(folder.path().join(EFRAMES), all).expect("writable");
        assert_eq!(settings(folder.path()), Some(earlier));
        let own = Settings { right_open: false, ..Settings::default() };
        write(&folder.path().join(FILE), &own, Some("(of_a_newer_version:1)")).expect("writable");
        assert_eq!(settings(folder.path()), Some(own));
        assert!(read(folder.path()).expect("written").0.contains("of_a_newer_version:1"));
    }

    #[test]
    fn what_cannot_be_carried_over_is_kept_beside() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(FILE);
        let names = || std::fs::read_dir(folder.path()).expect("a folder").count();
        let now = ron::to_string(&Settings::default()).expect("written");
        let carried_over = now.replacen("(lang:", "(glow:1,lang:", 1);
        std::fs::write(&file, &carried_over).expect("writable");
        write(&file, &Settings { left_open: false, ..Settings::default() }, Some(&carried_over)).expect("writable");
        assert_eq!(names(), 1, "it is carried over");
        // Written by hand as no field of ours can be found in.
        let by_hand = format!("#![enable(implicit_some)]\n{carried_over}");
        std::fs::write(&file, &by_hand).expect("writable");
        for left_open in [false, true] {
            write(&file, &Settings { left_open, ..Settings::default() }, Some(&by_hand)).expect("writable");
        }
        assert_eq!(names(), 2, "kept once");
        let all = std::fs::read_dir(folder.path()).expect("a folder").flatten();
        let texts: Vec<String> = all.map(|one| std::fs::read_to_string(one.path()).expect("text")).collect();
        assert!(texts.contains(&by_hand), "as it was");
    }

    #[test]
    fn whatever_fails_the_settings_are_the_old_or_the_new() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let (old, new) = (Settings { left_open: false, ..Settings::default() }, Settings::default());
        for n in 0.. {
            let folder = tempfile::tempdir().expect("a folder");
            let file = folder.path().join("below").join(FILE);
            if n % 2 == 0 {
                write(&file, &old, None).expect("writable");
            }
            let before = settings(folder.path().join("below").as_path());
            let at = std::sync::Arc::new(AtomicUsize::new(0));
            let own = std::sync::Arc::clone(&at);
            let judged = disk::judged(folder.path(), move |_, _| match own.fetch_add(1, Ordering::SeqCst) == n / 2 {
                true => disk::Fate::Fails(std::io::ErrorKind::StorageFull.into()),
                false => disk::Fate::Goes,
            });
            let done = write(&file, &new, None);
            drop(judged);
            let now = settings(folder.path().join("below").as_path());
            match done {
                Ok(()) => assert_eq!(now, Some(new.clone()), "{n}"),
                Err(e) => {
                    assert_eq!(now, before, "{n}");
                    assert!(e.to_string().contains(FILE), "{e}");
                }
            }
            if n > 40 && at.load(Ordering::SeqCst) <= n / 2 {
                break;
            }
        }
    }
}
