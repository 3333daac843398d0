//! What the operating system and readers of JSON say, in the reader's language where it is known. They speak English; what is
//! not known is left as they say it.

use super::{Lang, text_of, tr};

/// Numbers of system errors and what they mean.
#[cfg(windows)]
const SYSTEM: [(i32, &str); 14] = [
    (2, "cause.not_there"),
    (3, "cause.not_there"),
    (5, "cause.denied"),
    (19, "cause.read_only"),
    (32, "cause.in_use"),
    (33, "cause.in_use"),
    (39, "cause.full"),
    (80, "cause.exists"),
    (112, "cause.full"),
    (123, "cause.long_name"),
    (145, "cause.not_empty"),
    (183, "cause.exists"),
    (206, "cause.long_name"),
    (1117, "cause.device"),
];
#[cfg(not(windows))]
const SYSTEM: [(i32, &str); 14] = [
    (1, "cause.denied"),
    (2, "cause.not_there"),
    (5, "cause.device"),
    (13, "cause.denied"),
    (16, "cause.in_use"),
    (17, "cause.exists"),
    (20, "cause.no_folder"),
    (21, "cause.is_folder"),
    (26, "cause.in_use"),
    (28, "cause.full"),
    (30, "cause.read_only"),
    (36, "cause.long_name"),
    (39, "cause.not_empty"),
    (122, "cause.full"),
];

/// How readers of JSON begin, and what that means; what stands in backticks is named.
const JSON: [(&str, &str); 8] = [
    ("missing field `", "cause.missing_field"),
    ("unknown field `", "cause.unknown_field"),
    ("unknown variant `", "cause.unknown_variant"),
    ("duplicate field `", "cause.duplicate_field"),
    ("EOF while parsing", "cause.cut"),
    ("trailing characters", "cause.trailing"),
    ("invalid type: ", "cause.type"),
    ("invalid value: ", "cause.type"),
];

/// A cause in the reader's language.
pub fn cause_text(cause: &str, lang: Lang) -> String {
    if lang == Lang::En {
        return cause.to_owned();
    }
    of_system(cause, lang).or_else(|| of_json(cause, lang)).unwrap_or_else(|| cause.to_owned())
}

/// `a.geojson: Permission denied (os error 13)`.
fn of_system(cause: &str, lang: Lang) -> Option<String> {
    let (before, number) = cause.strip_suffix(')')?.rsplit_once(" (os error ")?;
    let number: i32 = number.parse().ok()?;
    let key = SYSTEM.iter().find(|(own, _)| *own == number).map(|(_, key)| *key)?;
    let file = before.rsplit_once(": ").map(|(file, _)| format!("{file}：")).unwrap_or_default();
    Some(tr!(lang, "cause.system", file = file, what = text_of(lang, key), number = number).into_owned())
}

/// ``missing field `file` at line 2 column 20``.
fn of_json(cause: &str, lang: Lang) -> Option<String> {
    let (what, place) = match cause.rsplit_once(" at line ") {
        Some((what, place)) => (what, place.split_once(" column ")),
        None => (cause, None),
    };
    let (start, key) = *JSON.iter().find(|(start, _)| what.starts_with(*start))?;
    let rest = &what[start.len()..];
    let name = match start.ends_with('`') {
        true => rest.split('`').next().unwrap_or_default(),
        false => rest,
    };
    let what = tr!(lang, key, name = name).into_owned();
    Some(match place {
        Some((line, column)) => tr!(lang, "cause.at", what = what, line = line, column = column).into_owned(),
        None => what,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_said_in_chinese_where_they_are_known() {
        let zh = |cause: &str| cause_text(cause, Lang::Zh);
        #[cfg(not(windows))]
        {
            assert_eq!(zh("No such file or directory (os error 2)"), "找不到文件或文件夹（系统错误 2）");
            assert_eq!(zh("a/b.geojson: Permission denied (os error 13)"), "a/b.geojson：没有权限（系统错误 13）");
        }
        let missing = serde_json::from_str::<Vec<crate::i18n::Said>>("[\n{\"zh\":\"a\"}]").expect_err("no English");
        assert!(zh(&missing.to_string()).starts_with("缺少成员 en"), "{}", zh(&missing.to_string()));
        let cut = serde_json::from_str::<serde_json::Value>("{\"a\":").expect_err("cut");
        assert!(zh(&cut.to_string()).contains("提前结束"), "{}", zh(&cut.to_string()));
        for other in ["what nobody knows", "x (os error 99999)", ""] {
            assert_eq!(zh(other), other);
        }
        for cause in ["No such file or directory (os error 2)", "missing field `a`"] {
            assert_eq!(cause_text(cause, Lang::En), cause);
        }
    }
}
