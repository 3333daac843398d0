//! Words that stand round terms: what their lists refuse, and that each of them does what its list says.

use super::super::phrases::phrases;
use super::*;

/// The table with one text put in the place of another.
fn parsed(from: &str, to: &str) -> Result<(), String> {
    assert!(TABLE.contains(from), "{from}");
    Vocabulary::parse(&TABLE.replacen(from, to, 1)).map(|_| ()).map_err(|e| e.to_string())
}

#[test]
fn lists_that_would_not_work_are_refused_with_the_reason() {
    assert_eq!(parsed("version = 1", "version = 1"), Ok(()));
    for (from, to, said) in [
        (r#"past = ["原为", "#, r#"past = ["原为", "原为", "#, "stands twice"),
        (r#"past = ["原为", "#, r#"past = ["原 为", "#, "not written as it is compared"),
        (r#"past = ["原为", "#, r#"past = ["", "#, "not written as it is compared"),
        (r#"left_out = ["除外", "例外"]"#, "left_out = []", "without words"),
        (r#"left_out = ["除外", "例外"]"#, "", "missing field `left_out`"),
        (r#"left_out = ["#, r#"left_outs = ["#, "left_outs"),
        (r#"words = ["亩"]"#, r#"words = ["亩", "公顷"]"#, "stands twice"),
        (r#"times = 1e8"#, r#"times = 0.0"#, "multiplied"),
        (r#"of = "metres""#, r#"of = "miles""#, "miles"),
        (
            "[phrases.dates]\nsource = \"竣工验收备案与台账的日期写法\"",
            "[phrases.dates]\nsource = \" \"",
            "a source without words",
        ),
    ] {
        let error = parsed(from, to).expect_err(to);
        assert!(error.contains(said), "{to}: {error}");
    }
}

/// The longest word goes first whatever the order in the file, so that none hides another.
#[test]
fn the_longest_word_of_a_list_is_taken() {
    let words = phrases();
    for list in [&words.asides.leading, &words.asides.now, &words.numbers.before_length, &words.cells.measures] {
        for word in list.iter() {
            assert_eq!(list.leads(word), Some(word.as_str()));
        }
    }
    for list in [&words.dates.behind, &words.numbers.behind_side, &words.cells.measures] {
        for word in list.iter() {
            assert_eq!(list.before(word), Some(""), "{word}");
        }
    }
    assert_eq!(words.cells.measures.behind("平方公里内"), Some("内"));
    assert!(words.asides.beside.iter().all(|word| words.asides.open.has(word)), "beside is a part of open");
}

/// Each word of these lists, and not a few of them, does what its list is for.
#[test]
fn every_word_does_what_its_list_says() {
    let words = phrases();
    let level = |remark: &str| {
        let text = format!("一级（{remark}）");
        let is_open = is_open(Role::WaterSourceZone, "level", &text);
        (has(Role::WaterSourceZone, "level", &text, "一级"), is_open)
    };
    for word in words.asides.takes_back.iter().chain(words.asides.uncertain.iter()).chain(words.asides.ended.iter()) {
        assert_eq!(level(word), (None, true), "一级（{word}）");
    }
    for word in words.asides.says_nothing.iter() {
        assert_eq!(level(word), (Some(true), false), "一级（{word}）");
    }
    for word in words.cells.nothing.iter() {
        assert_eq!(read(Role::Plot, "stage", word), Reading::Empty, "{word}");
    }
    for word in words.cells.no_names.iter() {
        assert!(is_open(Role::Service, "kind", word), "{word}");
    }
    for word in words.sentences.turns.iter() {
        let text = format!("{word}化工");
        assert_ne!(has(Role::ControlUnit, "forbids", &text, "化工"), Some(true), "{text}");
    }
    for (word, unit, times) in &words.units.units {
        assert_eq!(quantity(&format!("2{word}"), *unit), Some(2.0 * times), "2{word}");
    }
    for (word, times) in &words.units.multiples {
        assert_eq!(quantity(&format!("2{word}"), Unit::Count), Some(2.0 * times), "2{word}");
    }
    for word in words.dates.before.iter() {
        assert_eq!(read(Role::Park, "year", &format!("{word}2022年")), Reading::Number(2022.0), "{word}");
    }
    for word in words.dates.behind.iter() {
        assert_eq!(read(Role::Park, "year", &format!("2022年{word}")), Reading::Number(2022.0), "{word}");
    }
    for word in words.numbers.before_side.iter() {
        assert_eq!(read(Role::River, "buffer_m", &format!("{word}20米")), Reading::Number(20.0), "{word}");
    }
    for word in words.numbers.behind_side.iter().map(String::as_str).chain(["（单侧）"]) {
        assert_eq!(read(Role::River, "buffer_m", &format!("20米{word}")), Reading::Number(20.0), "{word}");
    }
}
