//! What every command that writes may not do: write over an input, over what the program did not make, or leave half.

use crate::common::maps;
use crate::program::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

/// A command that writes: its arguments, with OUT for what it writes; what it reads; what its output ends in.
struct Writes {
    arguments: &'static [&'static str],
    inputs: &'static [&'static str],
    ending: &'static str,
    /// True where it can write to standard output (and needs no driver).
    streams: bool,
}

const PROJECT: &[&str] = &[
    "outlet.geojson",
    "shoreline.geojson",
    "copy of outlet.geojson",
    "other.JSON",
    "findings.geojson",
    "rules/mine.toml",
    "rules/vocabulary.toml",
    "own.toml",
    "p.shanshui.json",
];

const COMMANDS: &[Writes] = &[
    Writes {
        arguments: &[
            "within",
            "outlet.geojson",
            "--of",
            "shoreline.geojson",
            "--distance",
            "9",
            "--water",
            "area.geojson",
            "-o",
            "OUT",
        ],
        inputs: &["outlet.geojson", "shoreline.geojson", "area.geojson"],
        ending: "geojson",
        streams: true,
    },
    Writes {
        arguments: &["nearest", "outlet.geojson", "--to", "shoreline.geojson", "-o", "OUT"],
        inputs: &["outlet.geojson", "shoreline.geojson"],
        ending: "geojson",
        streams: true,
    },
    Writes {
        arguments: &[
            "gaps",
            "area.geojson",
            "--from",
            "zone.geojson",
            "--radius",
            "9",
            "--entrances",
            "outlet.geojson",
            "-o",
            "OUT",
        ],
        inputs: &["area.geojson", "zone.geojson", "outlet.geojson"],
        ending: "geojson",
        streams: true,
    },
    Writes {
        arguments: &["overlap", "area.geojson", "--with", "zone.geojson", "-o", "OUT"],
        inputs: &["area.geojson", "zone.geojson"],
        ending: "geojson",
        streams: true,
    },
    Writes {
        arguments: &["buffer", "outlet.geojson", "--distance", "9", "-o", "OUT"],
        inputs: &["outlet.geojson"],
        ending: "geojson",
        streams: true,
    },
    Writes {
        arguments: &["audit", "area.geojson", "zone.geojson", "--key", "name", "-o", "OUT"],
        inputs: &["area.geojson", "zone.geojson"],
        ending: "geojson",
        streams: true,
    },
    Writes {
        arguments: &["convert", "outlet.geojson", "OUT"],
        inputs: &["outlet.geojson"],
        ending: "json",
        streams: true,
    },
    Writes {
        arguments: &["join", "area.geojson", "zone.geojson", "--on", "name", "-o", "OUT"],
        inputs: &["area.geojson", "zone.geojson"],
        ending: "json",
        streams: true,
    },
    Writes {
        arguments: &["inspect", ".", "--zone", "far/zone.geojson", "--plan", "own.toml", "-o", "OUT"],
        inputs: &[
            "far/zone.geojson",
            "outlet.geojson",
            "other.JSON",
            "findings.geojson",
            "rules/mine.toml",
            "own.toml",
        ],
        ending: "geojson",
        streams: true,
    },
    Writes {
        arguments: &["cards", ".", "--plan", "own.toml", "-o", "OUT"],
        inputs: PROJECT,
        ending: "html",
        streams: true,
    },
    Writes {
        arguments: &["cards", "p.shanshui.json", "-o", "OUT"],
        inputs: &[
            "p.shanshui.json",
            "far/layer.geojson",
            "far/base.png",
            "rules/mine.toml",
            "findings.geojson",
            "own.toml",
        ],
        ending: "html",
        streams: false,
    },
    Writes {
        arguments: &["compare", "p.shanshui.json", "--scenario", "甲", "-o", "OUT"],
        inputs: &["p.shanshui.json", "far/layer.geojson", "rules/mine.toml", "findings.geojson", "own.toml"],
        ending: "json",
        streams: false,
    },
    Writes {
        arguments: &["compare", "p.shanshui.json", "--scenario", "甲", "-o", "OUT"],
        inputs: &["p.shanshui.json", "far/layer.geojson", "rules/mine.toml", "findings.geojson", "own.toml"],
        ending: "html",
        streams: false,
    },
    Writes {
        arguments: &["report", ".", "--plan", "own.toml", "-o", "OUT"],
        inputs: PROJECT,
        ending: "html",
        streams: false,
    },
    Writes {
        arguments: &["print", ".", "--plan", "own.toml", "-o", "OUT"],
        inputs: PROJECT,
        ending: "pdf",
        streams: false,
    },
    Writes {
        arguments: &["print", "p.shanshui.json", "area.geojson", "-o", "OUT"],
        inputs: &["far/layer.geojson", "area.geojson", "far/base.png"],
        ending: "png",
        streams: false,
    },
    Writes {
        arguments: &["view", ".", "--plan", "own.toml", "--screenshot", "OUT"],
        inputs: PROJECT,
        ending: "png",
        streams: false,
    },
    Writes {
        arguments: &["view", ".", "--tour", "2", "--timings", "OUT"],
        inputs: PROJECT,
        ending: "json",
        streams: false,
    },
    // Each rule's file in a folder: the folder is what is named.
    Writes {
        arguments: &["run", ".", "mine", "--plan", "own.toml", "-o", "OUT"],
        inputs: PROJECT,
        ending: "",
        streams: false,
    },
];

/// Commands that write no file; `store` writes tables.
const READ_ONLY: [&str; 5] = ["demo", "info", "rules", "store", "help"];

/// A planner's own rule.
fn rule(id: &str) -> String {
    let ours = include_str!("../assets/rules/outlets-near-yangtze.toml");
    ours.replacen("id = \"outlets-near-yangtze\"", &format!("id = {}", serde_json::json!(id)), 1)
}

/// A planner's folder: layers, another one elsewhere, rules, words, findings, a plan, a project, other things.
fn planners() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        std::fs::write(path, text).expect("writable");
    };
    let collection = |geometry: &str| {
        let properties = r#"{"name":"甲","water":"长江"}"#;
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{properties},"geometry":{geometry}}}]}}"#
        )
    };
    let point = collection(r#"{"type":"Point","coordinates":[121.4,31.4]}"#);
    let line = collection(r#"{"type":"LineString","coordinates":[[121.4,31.4],[121.5,31.5]]}"#);
    let area = collection(
        r#"{"type":"Polygon","coordinates":[[[121.3,31.3],[121.5,31.3],[121.5,31.5],[121.3,31.5],[121.3,31.3]]]}"#,
    );
    for name in ["outlet.geojson", "copy of outlet.geojson", "other.JSON", "far/layer.geojson"] {
        put(name, &point);
    }
    put("shoreline.geojson", &line);
    for name in ["area.geojson", "zone.geojson", "far/zone.geojson"] {
        put(name, &area);
    }
    put("findings.geojson", r#"{"type":"FeatureCollection","features":[]}"#);
    put("rules/mine.toml", &rule("mine"));
    put("rules/vocabulary.toml", "");
    put("own.toml", "id = \"我区\"\n");
    put(
        "p.shanshui.json",
        r#"{"shanshui":1,"plan":"own.toml","layers":[{"file":"outlet.geojson","role":"outlet"},{"file":"far/layer.geojson"}],
            "backdrops":[{"file":"far/base.png","crs":"EPSG:4490"}],"scenarios":[{"name":"甲"}]}"#,
    );
    std::fs::write(folder.path().join("far/base.png"), include_bytes!("fuzz/corpus/raster/png")).expect("writable");
    put("far/base.pgw", "1e-4\n0\n0\n-1e-4\n121\n31\n");
    put("notes.txt", "a planner's own");
    folder
}

/// Every file below a folder, with what it holds; links by where they lead.
fn state(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            let found = path.symlink_metadata().expect("there");
            let name = path.strip_prefix(folder).expect("below").to_owned();
            if found.is_dir() {
                folders.push(path);
            } else if found.is_symlink() {
                all.insert(name, std::fs::read_link(&path).expect("a link").display().to_string().into_bytes());
            } else {
                all.insert(name, std::fs::read(&path).expect("readable"));
            }
        }
    }
    all
}

fn put_to(folder: &Path, command: &Writes, out: &str) -> Output {
    let arguments: Vec<&str> = command.arguments.iter().map(|a| if *a == "OUT" { out } else { a }).collect();
    run(folder, &arguments)
}

/// The same file by other names, each with the ending that the command's output has.
fn names_of(folder: &Path, input: &str, ending: &str) -> Vec<String> {
    let mut names = vec![
        input.to_owned(),
        format!("./rules/../{input}"),
        folder.join(input).display().to_string(),
        format!("hard.{ending}"),
    ];
    let at = |name: &str| folder.join(name);
    std::fs::hard_link(at(input), at(&format!("hard.{ending}"))).expect("a link");
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink(input, at(&format!("soft.{ending}"))).expect("a link");
        symlink(format!("soft.{ending}"), at(&format!("softer.{ending}"))).expect("a link");
        symlink(".", at("round")).expect("a link");
        names.extend([format!("soft.{ending}"), format!("softer.{ending}"), format!("round/{input}")]);
    }
    // Where capitals do not count.
    let capitals = input.to_uppercase();
    if capitals != input && at(&capitals).exists() {
        names.push(capitals);
    }
    names
}

#[test]
fn no_command_writes_over_what_it_reads() {
    for command in COMMANDS {
        for input in command.inputs {
            let folder = planners();
            let names = names_of(folder.path(), input, command.ending);
            let before = state(folder.path());
            for name in names {
                let refused = put_to(folder.path(), command, &name);
                let told = stderr(&refused);
                let what = format!("{:?} -o {name}: {told}", command.arguments);
                assert_eq!(status(&refused), 2, "{what}");
                assert!(told.contains("would overwrite an input") || command.arguments[0] == "run", "{what}");
                assert!(state(folder.path()) == before, "{what}");
            }
        }
    }
}

#[test]
fn every_command_that_writes_is_in_the_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let help = run(folder.path(), &["--help"]);
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let listed = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    let names: Vec<&str> = listed
        .take_while(|line| !line.is_empty())
        .filter(|l| !l.starts_with("   "))
        .filter_map(|l| l.split_whitespace().next())
        .collect();
    assert!(names.len() > 10, "{help}");
    for name in names {
        let writes = COMMANDS.iter().any(|command| command.arguments[0] == name);
        assert!(writes != READ_ONLY.contains(&name), "what may {name} write over?");
    }
}

#[test]
fn names_of_other_formats_are_refused() {
    for command in COMMANDS.iter().filter(|command| !command.ending.is_empty()) {
        let folder = planners();
        let before = state(folder.path());
        // Layers are written in other formats, too.
        let is_of_layers = ["convert", "join"].contains(&command.arguments[0]);
        for ending in ["xlsx", "toml", "zip", "shanshui.json"].into_iter().skip(usize::from(is_of_layers)) {
            let refused = put_to(folder.path(), command, &format!("new.{ending}"));
            assert_eq!(status(&refused), 2, "{:?} {ending}: {}", command.arguments, stderr(&refused));
            assert!(state(folder.path()) == before);
        }
    }
}

#[test]
fn standard_output_holds_one_file_or_is_refused() {
    for command in COMMANDS {
        let folder = planners();
        let before = state(folder.path());
        let several = matches!(command.arguments[0], "run" | "report");
        if !command.streams && !several {
            continue;
        }
        for out in if cfg!(unix) { &["-", "/dev/stdout"][..] } else { &["-"] } {
            let done = put_to(folder.path(), command, out);
            assert_eq!(status(&done), if several { 2 } else { 0 }, "{:?}: {}", command.arguments, stderr(&done));
            let starts = if command.ending == "html" { "<!DOCTYPE html>" } else { "{\"type\":\"FeatureCollection\"" };
            let text = String::from_utf8_lossy(&done.stdout).into_owned();
            assert!(
                if several { text.is_empty() } else { text.starts_with(starts) },
                "{:?}: {text}",
                command.arguments
            );
            assert!(state(folder.path()) == before, "{:?}", command.arguments);
        }
    }
}

#[cfg(unix)]
#[test]
fn standard_output_at_the_end_of_an_input_is_refused() {
    let folder = planners();
    let before = state(folder.path());
    let input = std::fs::OpenOptions::new().append(true).open(folder.path().join("outlet.geojson")).expect("there");
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_shanshui"))
        .args(["convert", "outlet.geojson", "-", "--lang", "en"])
        .current_dir(folder.path())
        .stdout(input)
        .output()
        .expect("the program runs");
    assert_eq!(status(&done), 2, "{}", stderr(&done));
    assert!(state(folder.path()) == before);
}

#[test]
fn two_outputs_are_not_one_file() {
    let folder = planners();
    let before = state(folder.path());
    let twice = ["view", ".", "--screenshot", "x", "--tour", "2", "--timings", "./x"];
    assert_eq!(status(&run(folder.path(), &twice)), 2);
    assert!(state(folder.path()) == before);
}

#[test]
fn what_the_program_did_not_make_is_not_replaced_by_files_that_it_names() {
    // What stands there, and the command that would put something in its place.
    let cases: &[(&str, &[&str])] = &[
        ("out/mine.geojson", &["run", ".", "mine", "-o", "out"]),
        ("out/summary.json", &["run", ".", "mine", "-o", "out"]),
        ("out/one-map.pdf", &["run", ".", "one-map", "-o", "out"]),
        ("out", &["run", ".", "mine", "-o", "out"]),
        ("rep.xlsx", &["report", ".", "-o", "rep.html"]),
        ("rep_files/mine.geojson", &["report", ".", "-o", "rep.html"]),
        ("rep_files/logo.png", &["report", ".", "-o", "rep.html"]),
        ("rep_files", &["report", ".", "-o", "rep.html"]),
    ];
    for (name, arguments) in cases {
        let folder = planners();
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        std::fs::write(&path, r#"{"type":"FeatureCollection","features":[]}"#).expect("writable");
        let before = state(folder.path());
        let refused = run(folder.path(), arguments);
        assert_eq!(status(&refused), 2, "{name}: {}", stderr(&refused));
        let said = Path::new(name).file_name().expect("a name").to_str().expect("text");
        // Of a folder that is somebody else's the folder is named.
        let is_told = stderr(&refused).contains(said) || (name.contains('/') && stderr(&refused).contains("rep_files"));
        assert!(is_told, "{name}: {}", stderr(&refused));
        assert!(state(folder.path()) == before, "{name}");
        // A link is not followed either, wherever it leads.
        #[cfg(unix)]
        if !name.ends_with(".png") {
            std::fs::remove_file(&path).expect("there");
            std::os::unix::fs::symlink(folder.path().join("notes.txt"), &path).expect("a link");
            let before = state(folder.path());
            let refused = run(folder.path(), arguments);
            assert_eq!(status(&refused), 2, "{name}: {}", stderr(&refused));
            assert!(state(folder.path()) == before, "{name}");
        }
    }
}

#[test]
fn an_answer_of_the_program_among_layers_may_be_written_again() {
    let folder = planners();
    let again = || run(folder.path(), &["inspect", ".", "--zone", "far/zone.geojson", "-o", "in.geojson"]);
    for _ in 0..2 {
        let done = again();
        assert_eq!(status(&done), 0, "{}", stderr(&done));
    }
}

/// What a planner's own file may hold where a command would write.
const THEIRS: [&str; 3] =
    ["a planner's own", r#"{"type":"FeatureCollection","features":[]}"#, "<!DOCTYPE html><p>mine</p>"];

#[test]
fn a_file_that_the_program_did_not_make_is_replaced_only_where_that_is_asked_for() {
    for command in COMMANDS.iter().filter(|command| !command.ending.is_empty()) {
        for theirs in THEIRS {
            let folder = planners();
            let name = format!("mine.{}", command.ending);
            std::fs::write(folder.path().join(&name), theirs).expect("writable");
            let mut names = vec![name.clone(), format!("./far/../{name}")];
            #[cfg(unix)]
            {
                let link = format!("link.{}", command.ending);
                std::os::unix::fs::symlink(&name, folder.path().join(&link)).expect("a link");
                names.push(link);
            }
            let before = state(folder.path());
            for out in &names {
                let refused = put_to(folder.path(), command, out);
                let what = format!("{:?} -o {out}: {}", command.arguments, stderr(&refused));
                assert_eq!(status(&refused), 2, "{what}");
                // Among the layers of a folder it is an input.
                let told = stderr(&refused);
                assert!(told.contains("--overwrite") || told.contains("would overwrite an input"), "{what}");
                assert!(state(folder.path()) == before, "{what}");
            }
            if command.streams {
                let folder = planners();
                let out = format!("far/{name}");
                std::fs::write(folder.path().join(&out), theirs).expect("writable");
                let arguments = [command.arguments, &["--overwrite"]].concat();
                let asked = Writes { arguments: arguments.leak(), inputs: &[], ..*command };
                let done = put_to(folder.path(), &asked, &out);
                assert_eq!(status(&done), 0, "{:?}: {}", command.arguments, stderr(&done));
                assert_ne!(std::fs::read(folder.path().join(&out)).expect("there"), theirs.as_bytes());
            }
        }
        // Its own output is written anew, and so is an empty file.
        let folder = planners();
        let out = format!("far/new.{}", command.ending);
        std::fs::write(folder.path().join(&out), "").expect("writable");
        for _ in 0..if command.streams { 3 } else { 0 } {
            let done = put_to(folder.path(), command, &out);
            assert_eq!(status(&done), 0, "{:?}: {}", command.arguments, stderr(&done));
        }
    }
}

#[test]
fn overwrite_takes_no_input_and_goes_with_named_files_only() {
    let folder = planners();
    let before = state(folder.path());
    for arguments in [
        &["convert", "outlet.geojson", "outlet.geojson", "--overwrite"][..],
        &["cards", ".", "-o", "outlet.geojson", "--overwrite"],
        &["--overwrite", "nearest", "outlet.geojson", "--to", "shoreline.geojson", "-o", "findings.geojson"],
        &["run", ".", "mine", "-o", "out", "--overwrite"],
        &["info", "outlet.geojson", "--overwrite"],
        &["rules", "--overwrite"],
    ] {
        let refused = run(folder.path(), arguments);
        assert_eq!(status(&refused), 2, "{arguments:?}: {}", stderr(&refused));
        assert!(state(folder.path()) == before, "{arguments:?}");
    }
}

#[test]
fn a_converted_layer_is_a_copy_until_somebody_saves_it() {
    let folder = planners();
    let convert = |from: &str, to: &str| status(&run(folder.path(), &["convert", from, to]));
    assert_eq!([convert("outlet.geojson", "far/c.geojson"), convert("outlet.geojson", "far/c.geojson")], [0, 0]);
    let text = std::fs::read_to_string(folder.path().join("far/c.geojson")).expect("there");
    // Of a copy there is one mark only, and it is a layer like others.
    assert_eq!(convert("far/c.geojson", "far/d.geojson"), 0);
    let again = std::fs::read_to_string(folder.path().join("far/d.geojson")).expect("there");
    assert_eq!((text.matches("written_by").count(), again.matches("written_by").count()), (1, 1));
    let beside = run(folder.path(), &["inspect", "far", "--zone", "area.geojson", "-o", "far/c.geojson"]);
    assert_eq!(status(&beside), 2, "{}", stderr(&beside));
    // As another program saves it: without the member, or with one of its own.
    for saved in [text.replace(",\"written_by\":\"shanshui convert\"", ""), text.replace("shanshui convert", "QGIS")] {
        std::fs::write(folder.path().join("far/c.geojson"), &saved).expect("writable");
        assert_eq!(convert("outlet.geojson", "far/c.geojson"), 2, "{saved}");
    }
}

/// A layer of several files is written over with all of them where that is asked for, and none of an input's is.
#[test]
fn parts_of_a_layer_are_held_to_the_same_as_the_layer() {
    let folder = planners();
    let at = |name: &str| folder.path().join(name);
    let go = |arguments: &[&str]| {
        let done = run(folder.path(), arguments);
        (status(&done), stderr(&done))
    };
    assert_eq!(go(&["convert", "area.geojson", "a.shp"]).0, 0);
    let before = state(folder.path());
    assert!(before.keys().filter(|name| name.to_string_lossy().starts_with("a.")).count() >= 3, "{:?}", before.keys());
    let (code, told) = go(&["convert", "zone.geojson", "a.shp"]);
    assert!(code == 2 && told.contains("--overwrite") && state(folder.path()) == before, "{told}");
    let (code, told) = go(&["convert", "zone.geojson", "a.shp", "--overwrite"]);
    assert_eq!(code, 0, "{told}");
    // Somebody else's part beside a name that is free.
    std::fs::write(at("b.dbf"), "a planner's own").expect("writable");
    let before = state(folder.path());
    let (code, told) = go(&["convert", "area.geojson", "b.shp"]);
    assert!(code == 2 && told.contains("b.dbf") && state(folder.path()) == before, "{told}");
    // Parts of what is read are read.
    for arguments in [
        &["convert", "a.shp", "a.dbf", "--overwrite"][..],
        &["convert", "a.shp", "a.shp", "--overwrite"],
        &["convert", "a.dbf", "a.shp", "--overwrite"],
        &["join", "a.shp", "zone.geojson", "--on", "name", "-o", "a.dbf", "--overwrite"],
        &["join", "zone.geojson", "a.dbf", "--on", "name", "-o", "A.shp", "--overwrite"],
    ] {
        let (code, told) = go(arguments);
        assert!(code == 2 && told.contains("would overwrite an input"), "{arguments:?}: {told}");
        assert_eq!(state(folder.path()), before, "{arguments:?}");
    }
}

#[test]
fn a_rule_writes_into_the_folder_only() {
    for id in ["../../victim", "/tmp/shanshui-victim", "..", "a/b", ".hidden", "con", "findings"] {
        let folder = planners();
        std::fs::write(folder.path().join("rules/mine.toml"), rule(id)).expect("writable");
        let before = state(folder.path());
        let told = run(folder.path(), &["run", ".", id, "-o", "o/x"]);
        // A file that holds no rule is an input that cannot be read.
        assert!(matches!(status(&told), 2 | 3) || id == "findings", "{id}: {}", stderr(&told));
        assert!(stderr(&told).contains("line 1,"), "{id}: {}", stderr(&told));
        let after = state(folder.path());
        assert!(before.iter().all(|(name, bytes)| after.get(name) == Some(bytes)), "{id}");
        assert!(after.keys().all(|name| before.contains_key(name) || name.starts_with("o/x")), "{id}");
    }
    // The name of a layer, into the folder of the layers.
    let folder = planners();
    std::fs::write(folder.path().join("rules/mine.toml"), rule("outlet")).expect("writable");
    let before = state(folder.path());
    let refused = run(folder.path(), &["run", ".", "outlet", "-o", "."]);
    assert_eq!(status(&refused), 2, "{}", stderr(&refused));
    assert!(stderr(&refused).contains("would overwrite an input") && state(folder.path()) == before);
}

#[test]
fn a_run_replaces_its_own_files_and_no_others() {
    let folder = planners();
    let done = || run(folder.path(), &["run", ".", "mine", "-o", "out"]);
    assert_eq!(status(&done()), 0, "{}", stderr(&done()));
    let at = |name: &str| folder.path().join("out").join(name);
    std::fs::write(at("notes.txt"), "mine").expect("writable");
    std::fs::write(at("sketch.geojson"), "mine too").expect("writable");
    assert_eq!(status(&done()), 0);
    let names: Vec<PathBuf> = state(&folder.path().join("out")).into_keys().collect();
    assert_eq!(names, ["mine.geojson", "notes.txt", "sketch.geojson", "summary.json"].map(PathBuf::from));
    // What the rule has no answer to any more does not stand there as one.
    std::fs::remove_file(folder.path().join("shoreline.geojson")).expect("there");
    assert_eq!(status(&done()), 0);
    let names: Vec<PathBuf> = state(&folder.path().join("out")).into_keys().collect();
    assert_eq!(names, ["notes.txt", "sketch.geojson", "summary.json"].map(PathBuf::from));
}

#[test]
fn a_run_tells_its_answers_from_those_of_earlier_runs() {
    let folder = planners();
    let other = include_str!("../assets/rules/outlets-near-yangtze.toml");
    std::fs::write(folder.path().join("rules/other.toml"), other.replacen("outlets-near-yangtze", "other", 1))
        .expect("writable");
    let earlier = |arguments: &[&str]| -> Vec<String> {
        let done = run(folder.path(), &[&["run", ".", "--json", "-o"][..], arguments].concat());
        let told = summary(&done);
        let kept = std::fs::read_to_string(folder.path().join(arguments[0]).join("summary.json")).expect("there");
        let kept: serde_json::Value = serde_json::from_str(&kept).expect("JSON");
        assert_eq!(kept["earlier"], told["earlier"]);
        let files = told["earlier"].as_array().expect("a list").iter();
        let files: Vec<String> = files.map(|one| one["file"].as_str().expect("a name").to_owned()).collect();
        // Said on standard error too, and nothing where there is nothing.
        assert!(files.iter().all(|file| stderr(&done).contains(file)), "{}", stderr(&done));
        assert_eq!(stderr(&done).contains("earlier runs"), !files.is_empty(), "{}", stderr(&done));
        files
    };
    let none: [&str; 0] = [];
    assert_eq!(earlier(&["out", "mine", "other"]), none);
    assert_eq!(earlier(&["out", "mine"]), ["other.geojson"]);
    assert_eq!(earlier(&["out", "mine"]), ["other.geojson"], "left where it is");
    assert_eq!(earlier(&["out", "other"]), ["mine.geojson"]);
    assert_eq!(earlier(&["out", "other", "mine"]), none);
    // In the planner's own folder: layers are no answers.
    assert_eq!(earlier(&[".", "mine"]), none);
    assert_eq!(earlier(&[".", "other"]), ["mine.geojson"]);
}

/// Runs the program where no file may grow beyond so many blocks; writing more kills it, or fails where that is ignored.
#[cfg(unix)]
fn run_short_of_room(folder: &Path, arguments: &str, is_killed: bool) -> Output {
    let trap = if is_killed { "" } else { "trap '' XFSZ; " };
    let program = env!("CARGO_BIN_EXE_shanshui");
    std::process::Command::new("sh")
        .args(["-c", &format!("{trap}ulimit -c 0; ulimit -f 8; exec '{program}' {arguments} --lang en")])
        .current_dir(folder)
        .output()
        .expect("a shell")
}

#[cfg(unix)]
#[test]
fn a_full_disk_or_a_kill_leaves_the_old_state_and_the_next_run_removes_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    for name in ["outlet.geojson", "water_source_zone.geojson", "shoreline.geojson"] {
        std::fs::create_dir_all(at("map")).expect("writable");
        std::fs::copy(maps().join("baoshan").join(name), at("map").join(name)).expect("writable");
    }
    let rules = "outlets-in-source-zones outlets-near-yangtze";
    let commands = [
        (format!("run map {rules} -o out"), "out"),
        ("convert map/outlet.geojson out/a.geojson".to_owned(), "out"),
        ("within map/outlet.geojson --of map/shoreline.geojson --distance 2000 -o out/a.geojson".to_owned(), "out"),
        ("cards map -o out/a.html".to_owned(), "out"),
        ("inspect map --zone map/water_source_zone.geojson -o out/a.geojson".to_owned(), "out"),
        (format!("run map {rules} -o new/below"), "new"),
    ];
    std::fs::create_dir(at("out")).expect("writable");
    for (arguments, target) in commands {
        // Into nothing, then over what is there.
        for _ in 0..2 {
            let before = state(folder.path());
            let failed = run_short_of_room(folder.path(), &arguments, false);
            assert_eq!(failed.status.code(), Some(4), "{arguments}: {}", stderr(&failed));
            assert!(state(folder.path()) == before, "{arguments}");
            assert!(at(target).exists() || target == "new");
            let killed = run_short_of_room(folder.path(), &arguments, true);
            assert_eq!(killed.status.code(), None, "{arguments}: {}", stderr(&killed));
            let mut after = state(folder.path());
            let is_left = |name: &PathBuf| name.iter().any(|part| part.to_string_lossy().starts_with(".shanshui-"));
            assert!(after.keys().any(is_left), "{arguments}: a kill leaves something");
            after.retain(|name, _| !is_left(name));
            assert!(after == before, "{arguments}: what was there is there");
            let arguments: Vec<&str> = arguments.split(' ').collect();
            let done = run(folder.path(), &arguments);
            assert_eq!(status(&done), 0, "{}", stderr(&done));
            assert!(!state(folder.path()).keys().any(is_left), "{arguments:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_link_as_output_means_what_it_leads_to() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    for command in COMMANDS.iter().filter(|command| command.streams) {
        let folder = planners();
        std::fs::create_dir(folder.path().join("elsewhere")).expect("writable");
        let (link, target) = (format!("far/link.{}", command.ending), format!("elsewhere/target.{}", command.ending));
        symlink(format!("../{target}"), folder.path().join(&link)).expect("a link");
        let plain = folder.path().join("notes.txt").metadata().expect("there").permissions().mode();
        // Nothing is at its end, then something is.
        for _ in 0..2 {
            let done = put_to(folder.path(), command, &link);
            assert_eq!(status(&done), 0, "{:?}: {}", command.arguments, stderr(&done));
            assert!(folder.path().join(&link).symlink_metadata().expect("there").is_symlink());
            let written = folder.path().join(&target).metadata().expect("written");
            assert_eq!((written.permissions().mode(), written.len() > 0), (plain, true), "{:?}", command.arguments);
        }
    }
}

#[test]
fn findings_are_written_by_runs_alone() {
    let folder = planners();
    let before = state(folder.path());
    for arguments in [
        &["convert", "outlet.geojson", "findings.geojson"][..],
        &["nearest", "outlet.geojson", "--to", "shoreline.geojson", "-o", "./findings.geojson"],
        &["buffer", "outlet.geojson", "--distance", "9", "-o", "rules/../findings.geojson"],
    ] {
        let refused = run(folder.path(), arguments);
        assert_eq!(status(&refused), 2, "{arguments:?}: {}", stderr(&refused));
        assert!(state(folder.path()) == before, "{arguments:?}");
    }
    // A run takes along what was typed into them, also beside the layers, again and again.
    for _ in 0..2 {
        let done = run(folder.path(), &["run", ".", "findings", "-o", "."]);
        assert_eq!(status(&done), 0, "{}", stderr(&done));
    }
}

/// A folder that looks like what a killed run left, made by a stranger: nothing leads out of where it stands.
#[cfg(unix)]
#[test]
fn what_looks_like_a_leftover_moves_nothing_elsewhere() {
    for (name, is_linked) in
        [("../../evil", false), ("/tmp/shanshui-evil", false), ("a/b/c", false), ("in/evil", true), ("evil", true)]
    {
        let folder = planners();
        let outside = tempfile::tempdir().expect("a folder");
        let left = folder.path().join("far/.shanshui-00000000000000aa.tmp");
        std::fs::create_dir_all(left.join("old/in")).expect("writable");
        std::fs::write(left.join("lock"), "").expect("writable");
        std::fs::write(folder.path().join("evil"), "mine").expect("writable");
        std::fs::write(outside.path().join("evil"), "theirs").expect("writable");
        if is_linked {
            std::os::unix::fs::symlink(outside.path().join("evil"), left.join("old").join(name)).expect("a link");
            std::os::unix::fs::symlink(outside.path(), folder.path().join("far/in")).expect("a link");
        }
        let moves = serde_json::json!([{"name": name, "is_replaced": true, "new": null}]);
        std::fs::write(left.join("moves.json"), moves.to_string()).expect("writable");
        let done = run(folder.path(), &["convert", "outlet.geojson", "far/x.geojson"]);
        assert_eq!(status(&done), 0, "{name}: {}", stderr(&done));
        assert_eq!(std::fs::read_to_string(folder.path().join("evil")).expect("there"), "mine");
        assert_eq!(std::fs::read_to_string(outside.path().join("evil")).expect("there"), "theirs");
        assert!(
            !folder.path().join("far/evil").exists() && !std::path::Path::new("/tmp/shanshui-evil").exists(),
            "{name}"
        );
    }
}
