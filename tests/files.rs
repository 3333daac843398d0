//! Real files against what another program reads in them: `SHANSHUI_FILES=FOLDER cargo test --test all -- files:: --nocapture`, where the
//! folder holds a `MANIFEST.tsv` whose first column is a file and whose last is its number of features (`7`), those of its layers
//! (`a=2,b=3`) or `refuses`. Without the variable nothing is looked at, and the test says so by being ignored.

use shanshui::io::{OutOfRange, ReadOptions, read_layers};
use shanshui::progress::Progress;
use std::path::Path;
use std::time::Instant;

/// What a file gives: the rows of its layers, or why it gives none.
fn read(path: &Path) -> Result<Vec<(String, usize)>, String> {
    let options = ReadOptions { out_of_range: OutOfRange::Keep, ..ReadOptions::default() };
    let mut layers = Vec::new();
    for read in read_layers(path, &options, &Progress::default()) {
        match read {
            Ok(layer) => layers.push((layer.name.clone(), layer.len())),
            Err(e) => return Err(e.to_string()),
        }
    }
    Ok(layers)
}

/// True where what was read is what the manifest says.
fn agrees(expected: &str, read: &Result<Vec<(String, usize)>, String>) -> bool {
    match (expected, read) {
        ("refuses", Err(_)) => true,
        ("refuses", Ok(_)) | (_, Err(_)) => false,
        (expected, Ok(layers)) => {
            let total: usize = layers.iter().map(|(_, rows)| rows).sum();
            let parts = expected.split(',').map(|part| part.rsplit('=').next().unwrap_or(part).parse::<usize>());
            parts.sum::<Result<usize, _>>().is_ok_and(|sum| sum == total)
        }
    }
}

#[test]
#[ignore = "needs SHANSHUI_FILES, a folder of files with their manifest"]
fn real_files_give_what_their_manifest_says_or_say_why_not() {
    let folder = std::env::var_os("SHANSHUI_FILES").expect("SHANSHUI_FILES names a folder");
    let folder = Path::new(&folder);
    let manifest = std::fs::read_to_string(folder.join("MANIFEST.tsv")).expect("a manifest");
    let (mut alike, mut unlike) = (0, Vec::new());
    for line in manifest.lines().skip(1).filter(|line| !line.trim().is_empty()) {
        let mut columns = line.split('\t');
        let (Some(file), Some(expected)) = (columns.next(), columns.next_back()) else { continue };
        let began = Instant::now();
        let found = read(&folder.join(file));
        let seconds = began.elapsed().as_secs_f64();
        if agrees(expected.trim(), &found) {
            alike += 1;
        } else {
            unlike.push(format!("{file}: expected {expected}, {seconds:.2} s: {found:?}"));
        }
    }
    // Another program is a judge and not the law: what differs is for a person to look at.
    unlike.iter().for_each(|line| eprintln!("{line}"));
    eprintln!("{alike} as the manifest says, {} not", unlike.len());
    assert!(alike > unlike.len(), "most files are not read as the manifest says");
}
