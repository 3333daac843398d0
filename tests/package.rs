//! The package for Debian holds together: its files are there, its icons have their sizes, its metadata agree with one another.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn manifest() -> toml::Table {
    text("Cargo.toml").parse().expect("TOML")
}

fn deb() -> toml::Table {
    manifest()["package"]["metadata"]["deb"].as_table().expect("a package").clone()
}

/// Source and target of what is installed.
fn assets() -> Vec<(String, String)> {
    let of = |asset: &toml::Value| {
        let part = |n: usize| asset[n].as_str().expect("a path").to_owned();
        (part(0), part(1))
    };
    deb()["assets"].as_array().expect("files").iter().map(of).collect()
}

#[test]
fn everything_that_is_installed_is_there() {
    for (source, target) in assets() {
        assert!(!target.starts_with('/'), "{target}");
        if source.starts_with("target/") {
            continue;
        }
        let found = match source.rsplit_once("/*") {
            Some((folder, ending)) => std::fs::read_dir(root().join(folder)).is_ok_and(|mut all| {
                all.any(|file| file.is_ok_and(|file| file.file_name().to_string_lossy().ends_with(ending)))
            }),
            None => root().join(&source).is_file(),
        };
        assert!(found, "{source}");
    }
    let license = deb()["license-file"][0].as_str().expect("a file").to_owned();
    assert!(root().join(license).is_file());
}

#[test]
fn icons_have_the_sizes_of_their_folders() {
    let mut sizes = BTreeSet::new();
    for (source, target) in assets() {
        let Some(folder) = target.strip_prefix("usr/share/icons/hicolor/").and_then(|rest| rest.split('/').next())
        else {
            continue;
        };
        let Some((wide, high)) = folder.split_once('x') else { continue };
        let bytes = std::fs::read(root().join(&source)).expect("a picture");
        let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes")).to_string();
        assert_eq!((number(16).as_str(), number(20).as_str()), (wide, high), "{source}");
        sizes.insert(wide.parse::<u32>().expect("a number"));
    }
    assert_eq!(sizes.into_iter().collect::<Vec<_>>(), [16, 24, 32, 48, 64, 128, 256, 512]);
}

#[test]
fn menu_entry_file_types_and_metadata_agree() {
    let desktop = text("assets/linux/shanshui.desktop");
    let entry = |key: &str| {
        let line = desktop.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.unwrap_or_else(|| panic!("no {key}")).to_owned()
    };
    // The window says that it is this program, so that the desktop shows its icon.
    let window = text("src/desktop/ui/window.rs");
    assert!(window.contains(&format!("const NAME: &str = \"{}\"", entry("StartupWMClass"))));
    let icon = entry("Icon");
    assert!(assets().iter().any(|(_, target)| target.ends_with(&format!("/{icon}.svg"))));
    let opens: BTreeSet<String> =
        entry("MimeType").split(';').filter(|kind| !kind.is_empty()).map(str::to_owned).collect();
    let metadata = text("assets/linux/io.github.shanshui.Shanshui.metainfo.xml");
    let told: BTreeSet<String> = metadata
        .split("<mediatype>")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once("</mediatype>")?.0.to_owned()))
        .collect();
    assert_eq!(opens, told);
    let types = text("assets/linux/shanshui-mime.xml");
    let own = types.split("<mime-type type=\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0));
    own.for_each(|kind| assert!(opens.contains(kind), "{kind} is defined and not opened"));
    for ending in ["*.shanshui.json", "*.shanshui.zip"] {
        assert!(types.contains(&format!("<glob pattern=\"{ending}\"")), "{ending}");
    }
    let version = manifest()["package"]["version"].as_str().expect("a version").to_owned();
    assert!(metadata.contains(&format!("<release version=\"{version}\"")), "{version}");
    let installed = "shanshui.desktop";
    assert!(metadata.contains(&format!("<launchable type=\"desktop-id\">{installed}</launchable>")));
    assert!(assets().iter().any(|(source, _)| Path::new(source).file_name().is_some_and(|name| name == installed)));
}
