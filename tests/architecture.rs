//! The rules of the house that a compiler does not know.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Modules from the ground up: each may use those before it (and itself). `ARCHITECTURE.md` says why.
const ORDER: [&str; 17] = [
    "progress",
    "i18n",
    "geodesy",
    "model",
    "vocabulary",
    "index",
    "health",
    "io",
    "raster",
    "query",
    "rules",
    "comments",
    "report",
    "allocator",
    "session",
    "cli",
    "ui",
];

/// The cluster's, in the same way; it uses the core, and of the desktop the command line.
const CLUSTER: [&str; 20] = [
    "identity",
    "wkb",
    "task",
    "texts",
    "say",
    "layer_file",
    "data",
    "ingest",
    "groups",
    "worker",
    "function",
    "services",
    "client",
    "receipts",
    "files",
    "engine",
    "arguments",
    "commands",
    "local",
    "cli",
];

/// Modules of the member that a file stands in.
fn order(path: &Path) -> &'static [&'static str] {
    if path.starts_with(src().join("cluster")) { &CLUSTER } else { &ORDER }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The module of a file of a member under `src`; `None` for `lib.rs` and `main.rs`.
fn module(path: &Path) -> Option<String> {
    let rest = path.strip_prefix(src()).ok()?;
    // Behind the member's folder.
    let name = rest.components().nth(1)?.as_os_str().to_string_lossy().into_owned();
    let name = name.strip_suffix(".rs").unwrap_or(&name).to_owned();
    (name != "lib" && name != "main").then_some(name)
}

/// True for a file that holds tests alone.
fn is_of_tests(path: &Path) -> bool {
    let is_one = |part: &str| part == "tests" || part.ends_with("tests.rs");
    path.strip_prefix(src())
        .is_ok_and(|rest| rest.components().any(|part| part.as_os_str().to_str().is_some_and(is_one)))
}

/// What of a file stands above its tests; nothing of one that holds tests alone.
fn product(path: &Path) -> String {
    if is_of_tests(path) {
        return String::new();
    }
    let text = std::fs::read_to_string(path).expect("readable");
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned()
}

#[test]
fn modules_use_only_what_is_below_them() {
    for path in sources(&src()) {
        let Some(module) = module(&path).filter(|_| !is_of_tests(&path)) else { continue };
        let rank = |name: &str| order(&path).iter().position(|m| *m == name);
        let own = rank(&module).unwrap_or_else(|| panic!("{module} has no place in the order"));
        for (line, text) in product(&path).lines().enumerate() {
            for used in text.split("crate::").skip(1) {
                let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let Some(used_rank) = rank(&used) else { continue };
                // The window takes its options from the command line's types, and nothing else of it.
                let options = module == "ui" && used == "cli";
                assert!(
                    used_rank <= own && (!options || text.contains("Options")),
                    "{}:{}: {module} uses {used}",
                    path.display(),
                    line + 1
                );
            }
        }
    }
}

#[test]
fn the_core_knows_no_window_and_no_command_line() {
    let manifest = std::fs::read_to_string(src().join("core/Cargo.toml")).expect("readable");
    let names = manifest.lines().filter_map(|line| line.split_once(['=', '.'])).map(|(name, _)| name.trim());
    for name in names {
        let is_of_the_window = ["egui", "wgpu", "winit", "rfd", "clap", "glow"].iter().any(|word| name.contains(word));
        assert!(!is_of_the_window, "the core depends on {name}");
    }
    let of_core = |module: &str| ORDER[..13].contains(&module);
    for path in sources(&src()) {
        let member =
            path.strip_prefix(src()).ok().and_then(|rest| rest.components().next().map(|c| c.as_os_str() == "core"));
        if let (Some(module), Some(is_core)) = (module(&path), member) {
            assert_eq!(of_core(&module), is_core, "{} stands in the wrong member", path.display());
        }
    }
}

#[test]
fn only_the_cluster_knows_the_cluster() {
    const OF_CLUSTER: [&str; 4] = ["shanshui-cluster", "ballista", "datafusion", "parquet ="];
    for manifest in ["Cargo.toml", "src/core/Cargo.toml"] {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(manifest)).expect("readable");
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            // Its hot crates are optimised where all are; that is no dependency.
            let is_profile = line.starts_with("[profile.");
            let word = OF_CLUSTER.iter().find(|word| line.contains(**word));
            assert!(is_profile || word.is_none(), "{manifest}: {line}");
        }
    }
    for member in ["core", "desktop"] {
        for path in sources(&src().join(member)) {
            let text = product(&path);
            let known = ["shanshui_cluster", "ballista", "datafusion::"].iter().find(|word| text.contains(**word));
            assert!(known.is_none(), "{} knows {known:?}", path.display());
        }
    }
    // Of the desktop it uses the command line alone: what is asked and written is one code.
    for path in sources(&src().join("cluster")) {
        let text = product(&path);
        for used in text.split("shanshui::").skip(1) {
            assert!(
                used.starts_with("cli::"),
                "{}: shanshui::{}",
                path.display(),
                used.lines().next().unwrap_or_default()
            );
        }
    }
}

#[test]
fn the_screen_is_known_to_the_window_alone_and_karney_to_geodesy() {
    for path in sources(&src()) {
        let module = module(&path);
        let text = product(&path);
        for (word, only) in [
            ("egui", "ui"),
            ("wgpu::", "ui"),
            ("geographiclib_rs", "geodesy"),
            ("i_overlay", "query"),
            ("rstar::", "index"),
        ] {
            let used = text.lines().any(|l| l.contains(word) && !l.trim_start().starts_with("//"));
            // What is written is settled on the grid of the file, below the questions.
            let settles = word == "i_overlay" && path.ends_with("core/io/geojson/settle.rs");
            assert!(!used || settles || module.as_deref() == Some(only), "{} uses {word}", path.display());
        }
    }
}

#[test]
fn files_say_what_they_are_for_and_stay_readable() {
    for path in sources(&src()) {
        let text = std::fs::read_to_string(&path).expect("readable");
        assert!(text.starts_with("//! "), "{} opens without a line of purpose", path.display());
        let product = product(&path);
        // A file of tests is a list of cases.
        let is_long = if is_of_tests(&path) { text.lines().count() > 900 } else { product.lines().count() > 480 };
        assert!(!is_long, "{} wants to be two files", path.display());
        for word in [".unwrap()", "todo!", "unimplemented!", "dbg!"] {
            assert!(!product.contains(word), "{} has {word}", path.display());
        }
    }
}

#[test]
fn tests_run_with_the_features_that_ship() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).expect("readable");
    let manifest: toml::Table = toml::from_str(&text).expect("TOML");
    let names = |table: &str| -> BTreeSet<String> {
        manifest.get(table).and_then(toml::Value::as_table).into_iter().flat_map(|t| t.keys().cloned()).collect()
    };
    // Named once more it may have features that only tests see: what they hold then nobody else has.
    let twice: Vec<String> = names("dependencies").intersection(&names("dev-dependencies")).cloned().collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn one_place_writes_to_the_disk() {
    // So that a test can let each operation fail (tests/faults.rs).
    const WRITING: [&str; 13] = [
        "fs::write",
        "fs::rename",
        "fs::remove_",
        "fs::create_dir",
        "fs::copy",
        "fs::hard_link",
        "fs::set_permissions",
        "fs::symlink",
        "fs::DirBuilder",
        "fs::File::create",
        "fs::File::options",
        "File::options",
        "OpenOptions",
    ];
    // A file of the system's own, where it is more than read.
    const OF_FILES: [&str; 6] =
        ["File::create", ".sync_all", ".sync_data", ".set_len", ".try_lock", ".set_permissions"];
    for path in sources(&src()) {
        if path.ends_with("io/disk.rs") {
            continue;
        }
        let text = product(&path);
        let is_import = |line: &str| line.starts_with("use std::fs::") && line.contains("File");
        let has_file = text.lines().any(is_import);
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for word in WRITING.iter().chain(OF_FILES.iter().filter(|_| has_file)) {
                assert!(!line.contains(word), "{}:{}: {word} (io/disk.rs writes)", path.display(), at + 1);
            }
        }
    }
}

#[test]
fn one_place_prints() {
    // The macros end the program where nobody reads what it says, and pass on whatever stands in a stranger's file.
    let main = src().join("desktop/main.rs");
    for path in sources(&src()) {
        let text = product(&path);
        let says = path.ends_with("cli/say.rs") || path.ends_with("io/stdout.rs");
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for word in ["println!", "eprintln!", "print!(", "eprint!("] {
                assert!(!line.contains(word), "{}:{}: {word} (cli/say.rs prints)", path.display(), at + 1);
            }
            for word in ["io::stdout", "io::stderr"] {
                // Whether it is a terminal may be asked.
                let prints = line.contains(word) && !line.contains("is_terminal");
                assert!(says || !prints, "{}:{}: {word} (cli/say.rs prints)", path.display(), at + 1);
            }
        }
    }
    assert!(product(&main).contains("say::"));
}

/// Lists of Chinese words in the source that are no words of planning data, with what they are.
const LISTS_THAT_STAY: [(&str, &str); 4] = [
    ("core/io/formats/positions/names.rs", "names of columns with positions (docs/files.md)"),
    ("core/io/formats/positions/systems.rs", "names of coordinate systems (docs/files.md)"),
    ("core/model/role.rs", "names of files, which `model` guesses roles by before there is a vocabulary"),
    ("desktop/session/copies.rs", "names of copies of files"),
];

/// What offices write stands in `assets/vocabulary.toml`: a list of words in the source would be read by one place alone.
#[test]
fn no_source_keeps_lists_of_chinese_words() {
    let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let mut stays = BTreeSet::new();
    for path in sources(&src()) {
        let text = product(&path);
        let code: String = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
        let name = path.strip_prefix(src()).expect("below").to_string_lossy().replace('\\', "/");
        for list in code.split('[').skip(1).filter_map(|rest| rest.split(']').next()) {
            // The texts of a list of nothing but texts: every other stretch between quotation marks.
            let pieces: Vec<&str> = list.split('"').collect();
            let is_of_texts = pieces.len() > 2
                && pieces.iter().step_by(2).all(|between| between.chars().all(|c| c == ',' || c.is_whitespace()));
            // 厘米 of a unit is a word; 一 and 年 alone are letters of a grammar.
            let words = pieces.iter().skip(1).step_by(2).filter(|word| word.chars().filter(|c| is_han(*c)).count() > 1);
            let number = words.count();
            if !is_of_texts || number < 3 {
                continue;
            }
            let known = LISTS_THAT_STAY.iter().find(|(file, _)| *file == name);
            assert!(known.is_some(), "{name}: [{list}] belongs into assets/vocabulary.toml");
            stays.insert(name.clone());
        }
    }
    // What is said of no list any more goes.
    assert!(LISTS_THAT_STAY.iter().all(|(file, _)| stays.contains(*file)), "{stays:?}");
}

#[test]
fn every_text_is_there_in_both_languages_and_used() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/locales");
    let mut files: Vec<_> = std::fs::read_dir(folder).expect("there").map(|e| e.expect("readable").path()).collect();
    files.sort();
    let texts = files.iter().map(|file| std::fs::read_to_string(file).expect("readable"));
    let file = texts.map(|text| text.replace("_version: 2", "")).collect::<Vec<_>>().join("\n");
    let mut known = BTreeSet::new();
    let mut languages: Vec<&str> = Vec::new();
    let mut key = String::new();
    for line in file.lines().chain(["end:"]) {
        if let Some(language) = line.strip_prefix("  ") {
            languages.push(&language[..2]);
        } else if line.ends_with(':') {
            assert!(key.is_empty() || languages == ["zh", "en"], "{key} has {languages:?}");
            languages.clear();
            assert!(
                known.insert(std::mem::replace(&mut key, line.trim_end_matches(':').to_owned())),
                "{line} stands twice"
            );
        }
    }
    known.remove("");
    let code: String = sources(&src()).iter().map(|p| product(p)).collect();
    // Keys put together while the program runs.
    let built = ["question.", "column."];
    for key in &known {
        let used = code.contains(&format!("\"{key}\"")) || built.iter().any(|b| key.starts_with(b));
        assert!(used, "nothing shows {key}");
    }
    for piece in code.split("tr!(").skip(1) {
        let Some(name) = piece
            .split('"')
            .nth(1)
            .filter(|_| piece.split(',').nth(1).is_some_and(|a| a.trim_start().starts_with('"')))
        else {
            continue;
        };
        assert!(known.contains(name), "{name} has no text");
    }
}

#[test]
fn every_file_of_the_clusters_tests_is_run() {
    let tests = src().join("cluster/tests");
    let all = std::fs::read_to_string(tests.join("all.rs")).expect("readable");
    for path in sources(&tests).iter().filter(|path| !path.ends_with("all.rs")) {
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        assert!(all.contains(&format!("\nmod {name};")), "{name} is no module of all.rs");
    }
}

#[test]
fn every_file_of_tests_is_run() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).expect("readable");
    let all = std::fs::read_to_string(tests.join("all.rs")).expect("readable");
    for entry in std::fs::read_dir(&tests).expect("a folder") {
        let path = entry.expect("an entry").path();
        let (Some(name), true) = (path.file_stem().and_then(|name| name.to_str()), path.extension().is_some()) else {
            continue;
        };
        let is_module = all.contains(&format!("\nmod {name};"));
        let is_binary = manifest.contains(&format!("[[test]]\nname = \"{name}\"\n"));
        assert!(is_module != is_binary, "{name}: a module of tests/all.rs, or a [[test]] of Cargo.toml");
    }
}
