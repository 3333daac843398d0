//! Numbers, years and dates as offices write them.

use super::*;

fn number(role: Role, property: &str, text: &str) -> Option<f64> {
    read(role, property, text).number()
}

/// A year is that of a date, a year, or a year with a word that says that something was so then.
#[test]
fn years_are_read_from_dates_alone() {
    for text in [
        "2022",
        "2022年",
        "2022.0",
        "2022-05",
        "2022年5月",
        "2022/5/1",
        "2022-05-01T08:00:00Z",
        "2022/5/1 10:20",
        "建成于2022年",
        "2022年建成",
        "2022年投用",
        "2022建",
        "2022年底",
        "12/31/2022",
        "31/12/2022",
        "05/2022",
    ] {
        for role in [Role::Greenway, Role::Park] {
            assert_eq!(number(role, "year", text), Some(2022.0), "{text}");
        }
    }
    for text in [
        "2022年前",
        "2022年以前",
        "早于2022年",
        "不晚于2022",
        "拟2022年建",
        "计划2022年建成",
        "规划2022",
        "2022年规划",
        "2022未建成",
        "2022年未完工",
        "2022年开工",
        "预计2022",
        "2022年改造",
        "沪绿2022-12号",
        "第2022号",
        "2022米",
        "2022平方米",
        "2022年后",
        "2022年拟建",
        "2022家",
        "始建于2022年",
        "2022年拆除",
        "约2022年",
        "2020-2022",
    ] {
        let reading = read(Role::Greenway, "year", text);
        assert!(matches!(reading, Reading::Unknown(_)), "{text}: {reading:?}");
    }
}

/// A comma parts thousands before three digits, and nothing else.
#[test]
fn commas_and_points_are_read_with_care() {
    for text in ["1,2万", "12.000", "1,20", "1234,567", "1,2345", "12.500人", "1.250", "1,000,00", "5,5万人"] {
        assert_eq!(number(Role::Town, "population", text), None, "{text}");
    }
    for (text, expected) in [
        ("12,000", 12_000.0),
        ("1,234,567", 1_234_567.0),
        ("12,000 人", 12_000.0),
        ("1.125万", 11_250.0),
        ("1.5E+04", 15_000.0),
        ("1.234E+04", 12_340.0),
        ("12.0", 12.0),
    ] {
        assert_eq!(number(Role::Town, "population", text), Some(expected), "{text}");
    }
    for text in ["1,0", "60,000", "1e9", "25公里", "3,5", "20001"] {
        assert_eq!(number(Role::River, "width_m", text), None, "{text}");
    }
    for (text, expected) in [("60", 60.0), ("1,500", 1_500.0), ("12.500", 12.5), ("20公里", 20_000.0)] {
        assert_eq!(number(Role::River, "width_m", text), Some(expected), "{text}");
    }
    let population = Vocabulary::builtin().property(Role::Town, "population").expect("there");
    let of_column = population.read(&Value::Text(Cow::Borrowed("12.125")), "人口（万人）");
    assert_eq!(of_column.number(), Some(121_250.0));
}
