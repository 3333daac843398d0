//! Names of things as names of files.

use unicode_normalization::UnicodeNormalization as _;

/// Bytes of a name that every file system takes, with an ending behind it.
const BYTES: usize = 180;

/// Names that Windows keeps for devices, whatever their ending.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// True for a name that Windows keeps for a device, whatever its ending.
pub fn is_device_name(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = ["com", "lpt"].iter().any(|port| {
        stem.strip_prefix(port).is_some_and(|n| n.chars().count() == 1 && n.chars().all(|c| c.is_numeric()))
    });
    DEVICES.contains(&&*stem) || numbered
}

/// True for a name that is the name of a file on every system as it stands: letters of any script, digits, `-`, `_` and `.`,
/// no dot at either end, composed (NFC), at most 180 bytes, no name of a device.
pub fn is_safe_name(name: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty()
        && name.len() <= BYTES
        && name.chars().all(fits)
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !is_device_name(name)
        && name.nfc().eq(name.chars())
}

/// A name as the name of a file, without an ending: what no system takes, or what leads elsewhere, becomes `_`; what is too
/// long is cut; a name of nothing becomes `_`.
pub fn safe_name(name: &str) -> String {
    let fit = |c: char| match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
        // Turned text shows another name than it is.
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => '_',
        c if c.is_control() => '_',
        c => c,
    };
    let mut safe = String::new();
    for c in name.nfc().map(fit) {
        if safe.len() + c.len_utf8() > BYTES {
            break;
        }
        safe.push(c);
    }
    let mut safe = safe.trim().trim_end_matches(['.', ' ']).to_owned();
    if safe.starts_with('.') {
        safe.replace_range(..1, "_");
    }
    if safe.is_empty() || is_device_name(&safe) {
        safe.insert(0, '_');
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_names_of_files() {
        for good in ["outlets-near-yangtze", "一口一档", "a.b_c-1", "Ünder", "規則2", "nullable", "com10", "lpt"]
        {
            assert!(is_safe_name(good), "{good}");
        }
        let long = "山".repeat(61);
        let bad = [
            "",
            ".",
            "..",
            "../../victim",
            "/etc/passwd",
            "a/b",
            "a\\b",
            "c:a",
            ".hidden",
            "a.",
            "a b",
            "a\0b",
            "a\nb",
            "nul",
            "CON",
            "aux.geojson",
            "com1",
            "LPT9",
            "a\u{202e}b",
            "a*",
            "a?",
            "e\u{301}",
            "～",
            "a'",
            &long,
        ];
        for bad in bad {
            assert!(!is_safe_name(bad), "{bad:?}");
        }
    }

    #[test]
    fn names_are_made_fit() {
        for (name, safe) in [
            ("排口 2026", "排口 2026"),
            ("../../victim", "_._.._victim"),
            ("a/b\\c:d", "a_b_c_d"),
            (".hidden", "_hidden"),
            ("..", "_"),
            ("", "_"),
            ("  ", "_"),
            ("nul", "_nul"),
            ("a. ", "a"),
            ("a\u{202e}gnp", "a_gnp"),
            ("a\n\0b", "a__b"),
            ("e\u{301}", "é"),
        ] {
            assert_eq!(safe_name(name), safe, "{name:?}");
        }
        let cut = safe_name(&"山".repeat(1000));
        assert!(cut.len() <= BYTES && cut.len() > BYTES - 3 && cut.chars().all(|c| c == '山'));
    }
}
