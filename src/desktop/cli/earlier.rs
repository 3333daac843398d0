//! Answers of earlier runs that stand in the folder of a run: they are left there, and told apart from its own.

use crate::i18n::{Lang, between, count, tr};
use crate::io::is_ours;
use crate::io::mark::provenance_of;
use serde::Serialize;
use std::path::Path;

/// The file of the one map.
pub(super) const ONE_MAP: &str = "one-map.pdf";

/// An answer that another run wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Earlier {
    /// Its file.
    file: String,
    /// The rule that it answers.
    rule: String,
    /// When it was written, where the file tells.
    time: Option<String>,
}

/// The file of a rule's answer.
pub(super) fn answer_file(id: &str) -> String {
    format!("{id}.geojson")
}

/// The answers of other rules than these in a folder, in the order of their names. A question's answer is called as its
/// planner likes and is none; nor are the findings, which one run after another updates.
pub(super) fn answers<'a>(folder: &Path, of_this_run: impl Iterator<Item = &'a str>) -> Vec<Earlier> {
    let own: Vec<&str> = of_this_run.collect();
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(file) = entry.file_name().into_string() else { continue };
        let is_of = |rule: &str| own.iter().any(|own| own.eq_ignore_ascii_case(rule));
        if file == ONE_MAP {
            if !is_of("one-map") && is_ours(&entry.path()) {
                all.push(Earlier { file, rule: "one-map".to_owned(), time: None });
            }
            continue;
        }
        let Some(stem) = file.strip_suffix(".geojson").filter(|stem| !is_of(stem)).map(str::to_owned) else { continue };
        let Some(said) = provenance_of(&entry.path()) else { continue };
        if said["rule"].as_str() == Some(stem.as_str()) && said["clause"].is_string() {
            all.push(Earlier { file, rule: stem, time: said["time"].as_str().map(str::to_owned) });
        }
    }
    all.sort_by(|a, b| a.file.cmp(&b.file));
    all
}

/// The same in a line.
pub(super) fn text(all: &[Earlier], folder: &Path, lang: Lang) -> String {
    const SHOWN: usize = 10;
    let mut files: Vec<String> = all.iter().take(SHOWN).map(|one| one.file.clone()).collect();
    if all.len() > SHOWN {
        files.push(tr!(lang, "contents.more", n = count(all.len() - SHOWN)).into_owned());
    }
    tr!(lang, "rules.earlier", folder = folder.display(), files = files.join(between(lang))).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_other_rules_are_told_apart_from_everything_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("writable");
        let answer = |rule: &str, clause: &str| {
            format!(
                r#"{{"type":"FeatureCollection","shanshui":{{"rule":"{rule}","clause":{clause},"time":"t"}},"features":[]}}"#
            )
        };
        for name in ["a", "b", "mine"] {
            put(&format!("{name}.geojson"), &answer(name, "\"1\""));
        }
        put("near.geojson", &answer("within", "null"));
        put("within.geojson", &answer("within", "null"));
        put("renamed.geojson", &answer("a", "\"1\""));
        put("outlet.geojson", r#"{"type":"FeatureCollection","features":[]}"#);
        put("findings.geojson", r#"{"type":"FeatureCollection","features":[]}"#);
        put("one-map.pdf", "%PDF");
        put("notes.txt", "a");
        let files = |own: &[&str]| -> Vec<String> {
            answers(folder.path(), own.iter().copied()).into_iter().map(|one| one.file).collect()
        };
        assert_eq!(files(&["mine"]), ["a.geojson", "b.geojson"]);
        assert_eq!(files(&["a", "b", "mine", "c"]), [""; 0]);
        put("one-map.pdf", "%PDF /Producer (Shanshui)");
        assert_eq!(files(&["A", "mine"]), ["b.geojson", "one-map.pdf"]);
        assert_eq!(files(&["a", "b", "mine", "one-map"]), [""; 0]);
        let all = answers(folder.path(), ["mine"].into_iter());
        assert_eq!(all[0], Earlier { file: "a.geojson".into(), rule: "a".into(), time: Some("t".into()) });
        assert!(text(&all, Path::new("out"), Lang::En).contains("a.geojson, b.geojson, one-map.pdf"));
        assert!(answers(&folder.path().join("new"), ["mine"].into_iter()).is_empty());
    }
}
