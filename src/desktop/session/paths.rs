//! Where a project says that its layers are: seen from its folder, `/` between folders on every system; whole where the two are
//! on different drives or shares.

use std::path::{Path, PathBuf};

/// How a system writes paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum System {
    /// `/srv/a.geojson`
    Unix,
    /// `C:\a.geojson`, `\\server\share\a.geojson`
    Windows,
}

const HERE: System = if cfg!(windows) { System::Windows } else { System::Unix };

/// What an absolute path begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Root {
    /// The one root of a Unix system; on Windows that of the drive one is on.
    Slash,
    /// A drive, by its letter in capitals.
    Drive(char),
    /// A share of a server.
    Share(String, String),
}

impl Root {
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Share(server, share), Self::Share(other_server, other_share)) => {
                server.eq_ignore_ascii_case(other_server) && share.eq_ignore_ascii_case(other_share)
            }
            _ => self == other,
        }
    }

    /// As a project writes it, with the slash behind it.
    fn text(&self) -> String {
        match self {
            Self::Slash => "/".to_owned(),
            Self::Drive(letter) => format!("{letter}:/"),
            Self::Share(server, share) => format!("//{server}/{share}/"),
        }
    }
}

/// The root of a path, where it has one, and the folders and the file behind it.
fn split(path: &str, system: System) -> (Option<Root>, Vec<&str>) {
    if system == System::Unix {
        return (path.starts_with('/').then_some(Root::Slash), parts(path, system));
    }
    // What Windows resolves begins with `\\?\`, before a drive or before UNC.
    let plain = path.strip_prefix(r"\\?\").unwrap_or(path);
    let share = match plain.strip_prefix(r"UNC\").filter(|_| plain.len() < path.len()) {
        Some(share) => Some(share),
        None => plain.strip_prefix(r"\\").or_else(|| plain.strip_prefix("//")),
    };
    if let Some(share) = share {
        let mut all = parts(share, system).into_iter();
        return match (all.next(), all.next()) {
            (Some(server), Some(share)) => (Some(Root::Share(server.to_owned(), share.to_owned())), all.collect()),
            _ => (Some(Root::Slash), Vec::new()),
        };
    }
    let mut signs = plain.chars();
    match (signs.next(), signs.next(), signs.next()) {
        (Some(letter), Some(':'), Some('\\' | '/')) if letter.is_ascii_alphabetic() => {
            (Some(Root::Drive(letter.to_ascii_uppercase())), parts(&plain[2..], system))
        }
        (Some('\\' | '/'), ..) => (Some(Root::Slash), parts(plain, system)),
        _ => (None, parts(plain, system)),
    }
}

/// The folders and the file of a path.
fn parts(path: &str, system: System) -> Vec<&str> {
    let is_between = |c: char| c == '/' || system == System::Windows && c == '\\';
    path.split(is_between).filter(|part| !part.is_empty() && *part != ".").collect()
}

/// An absolute path as a project in an absolute folder writes it.
fn stored(path: &str, folder: &str, system: System) -> String {
    let ((root, own), (from_root, from)) = (split(path, system), split(folder, system));
    let is_same_root = matches!((&root, &from_root), (Some(root), Some(from)) if root.is(from));
    let shared = own.iter().zip(&from).take_while(|(a, b)| a == b).count();
    // A drive may have another letter tomorrow; everything on a Unix system has one root.
    if is_same_root && (shared > 0 || system == System::Windows) {
        let up = std::iter::repeat_n("..", from.len() - shared);
        return up.chain(own[shared..].iter().copied()).collect::<Vec<_>>().join("/");
    }
    root.map_or_else(String::new, |root| root.text()) + &own.join("/")
}

/// What a project writes, as the system writes it, where it is absolute.
fn opened(stored: &str, system: System) -> Option<String> {
    let (root, parts) = split(stored, system);
    let whole = root?.text() + &parts.join("/");
    Some(if system == System::Windows { whole.replace('/', "\\") } else { whole })
}

/// A path as it stands in a project in a folder.
pub(super) fn relative(path: &Path, folder: &Path) -> String {
    let text = |path: &Path| absolute(path).to_string_lossy().into_owned();
    stored(&text(path), &text(folder), HERE)
}

/// The path that a project in a folder means.
pub(super) fn from_folder(stored: &str, folder: &Path) -> PathBuf {
    match opened(stored, HERE) {
        Some(whole) => whole.into(),
        None => {
            // Pushed, not joined: each join would copy what stands before it.
            let mut path = folder.to_owned();
            split(stored, HERE).1.into_iter().for_each(|part| path.push(part));
            path
        }
    }
}

/// A path as the system has it, links followed where it is there.
pub(super) fn absolute(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_the_project() {
        let folder = tempfile::tempdir().expect("a folder");
        let (maps, plans) = (folder.path().join("maps"), folder.path().join("plans").join("2026"));
        std::fs::create_dir_all(&maps).expect("writable");
        std::fs::create_dir_all(&plans).expect("writable");
        let file = maps.join("公园.geojson");
        std::fs::write(&file, "{}").expect("writable");
        let seen = relative(&file, &plans);
        assert_eq!(seen, "../../maps/公园.geojson");
        assert_eq!(absolute(&from_folder(&seen, &plans)), absolute(&file));
        assert_eq!(relative(&file, &maps), "公园.geojson");
        assert_eq!(from_folder("./a//b.geojson", &plans), plans.join("a").join("b.geojson"));
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_whole_stays_so() {
        assert_eq!(from_folder("/srv/a.geojson", Path::new("/home/p")), Path::new("/srv/a.geojson"));
        // Another system's: a file that is not there, which is told by its name.
        assert_eq!(from_folder("C:/maps/a.geojson", Path::new("/home/p")), Path::new("/home/p/C:/maps/a.geojson"));
    }

    #[test]
    fn drives_and_shares_are_told_apart() {
        use System::{Unix, Windows};
        let cases = [
            (Unix, "/home/p/maps/a.geojson", "/home/p/plans", "../maps/a.geojson"),
            (Unix, "/home/p/plans/a.geojson", "/home/p/plans", "a.geojson"),
            (Unix, "/srv/a.geojson", "/home/p", "/srv/a.geojson"),
            (Unix, r"/home/p/a\b:c.geojson", "/home/p", r"a\b:c.geojson"),
            (Windows, r"C:\maps\a.geojson", r"C:\plans\2026", "../../maps/a.geojson"),
            (Windows, r"\\?\C:\maps\a.geojson", r"c:\plans", "../maps/a.geojson"),
            (Windows, r"D:\maps\a.geojson", r"C:\plans", "D:/maps/a.geojson"),
            (Windows, r"\\?\D:\maps\a.geojson", r"\\?\C:\plans", "D:/maps/a.geojson"),
            (Windows, r"\\server\share\maps\a.geojson", r"C:\plans", "//server/share/maps/a.geojson"),
            (Windows, r"\\?\UNC\server\share\maps\a.geojson", r"\\?\C:\plans", "//server/share/maps/a.geojson"),
            (Windows, r"\\?\UNC\server\share\maps\a.geojson", r"\\SERVER\Share\plans", "../maps/a.geojson"),
            (Windows, r"\\server\other\a.geojson", r"\\server\share", "//server/other/a.geojson"),
            (Windows, r"C:\UNC\a.geojson", r"C:\UNC", "a.geojson"),
        ];
        for (system, path, folder, expected) in cases {
            assert_eq!(stored(path, folder, system), expected, "{path} from {folder}");
        }
        for (system, stored, expected) in [
            (Windows, "D:/maps/a.geojson", Some(r"D:\maps\a.geojson")),
            (Windows, r"d:\maps\a.geojson", Some(r"D:\maps\a.geojson")),
            (Windows, "//server/share/maps/a.geojson", Some(r"\\server\share\maps\a.geojson")),
            (Windows, r"\\server\share\a.geojson", Some(r"\\server\share\a.geojson")),
            (Windows, "/maps/a.geojson", Some(r"\maps\a.geojson")),
            (Windows, "../maps/a.geojson", None),
            (Windows, "C:a.geojson", None),
            (Unix, "/srv//a.geojson", Some("/srv/a.geojson")),
            (Unix, "../a.geojson", None),
            (Unix, "C:/a.geojson", None),
        ] {
            assert_eq!(opened(stored, system).as_deref(), expected, "{stored}");
        }
        // Whatever is written is what is meant.
        for (system, path, folder, _) in cases {
            let text = stored(path, folder, system);
            if let Some(whole) = opened(&text, system) {
                let (root, parts) = split(path, system);
                assert_eq!(split(&whole, system), (root, parts), "{text}");
            }
        }
    }
}
