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
        "220501",
        "2205",
        "1022",
        "20220",
        "20222",
        // Siblings.
        "221231",
        "2212",
        "19990",
        "1201",
        "3022",
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

/// A unit in the cell goes before that of the column, and a unit that nobody reads makes a number none.
#[test]
fn a_unit_in_the_cell_goes_before_that_of_the_column() {
    let read_in = |role: Role, property: &str, column: &str, text: &str| {
        let property = Vocabulary::builtin().property(role, property).expect("there");
        property.read(&Value::Text(Cow::Owned(text.to_owned())), column).number()
    };
    for (column, text, expected) in [
        ("宽度（cm）", "60米", Some(60.0)),
        ("宽度（公里）", "6米", Some(6.0)),
        ("宽度（公里）", "0.06公里", Some(60.0)),
        ("宽度/km", "0.06", Some(60.0)),
        ("宽度（单位：km）", "0.06", Some(60.0)),
        ("宽度km", "0.06", Some(60.0)),
        ("河宽公里", "约0.06", Some(60.0)),
        ("宽度（丈）", "18", None),
        ("宽度（丈）", "60米", Some(60.0)),
        // Siblings.
        ("宽度（毫米）", "60000", Some(60.0)),
        ("宽度（里）", "0.12", None),
        ("宽度（里）", "0.06km", Some(60.0)),
        ("宽度_dm", "600", Some(60.0)),
        ("宽度（公里）", "六十米", Some(60.0)),
        ("宽度（公里）", "60", None),
    ] {
        let found = read_in(Role::River, "width_m", column, text);
        let is_near = match (found, expected) {
            (Some(a), Some(b)) => (a - b).abs() < 1e-9,
            (a, b) => a == b,
        };
        assert!(is_near, "{column} {text}: {found:?}");
    }
    for (column, text, expected) in [
        ("人口（万人）", "1.2万", Some(12_000.0)),
        ("人口（万人）", "1.2", Some(12_000.0)),
        ("人口（万人）", "1.2万人", Some(12_000.0)),
        ("人口（万人）", "12000人", Some(12_000.0)),
        ("人口万人", "1.2", Some(12_000.0)),
        ("人口/万人", "1.2", Some(12_000.0)),
        ("人口（户）", "4000", None),
        ("人口（户）", "12000人", Some(12_000.0)),
        // Siblings.
        ("人口（千人）", "12", Some(12_000.0)),
        ("人口（千人）", "1.2万", Some(12_000.0)),
        ("人口（亿）", "1.2万", Some(12_000.0)),
        ("人口（万人）", "1.2人", None),
        ("population_wan", "1.2", Some(12_000.0)),
    ] {
        assert_eq!(read_in(Role::Town, "population", column, text), expected, "{column} {text}");
    }
}

/// Blanks part thousands and nothing else; nobody is less than nobody; a number is a number however it is written.
#[test]
fn blanks_and_bounds_of_numbers() {
    for text in [
        "5000 7000",
        "12000 13000",
        "60 80",
        "6 0",
        "-12000",
        "1e10",
        "3e9",
        "2500000000",
        "12.000人",
        "true",
        // Siblings.
        "12 0000",
        "1.2 000",
        "12,000 13,000",
        "1 2",
        "1000\u{3000}2000",
    ] {
        assert_eq!(number(Role::Residential, "population", text), None, "{text}");
    }
    for (text, expected) in
        [("12 000", 12_000.0), ("1 200 000人", 1_200_000.0), ("1.2 万", 12_000.0), ("12 000 人", 12_000.0)]
    {
        assert_eq!(number(Role::Residential, "population", text), Some(expected), "{text}");
    }
    let population = Vocabulary::builtin().property(Role::Residential, "population").expect("there");
    for (n, expected) in [(12.125, Some(12.125)), (-5.0, None), (1e10, None), (0.0, Some(0.0))] {
        let json = n.to_string();
        let layer = format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"population":{json}}},"geometry":null}}]}}"#
        );
        let layer = crate::io::read_layer_bytes(
            layer.as_bytes(),
            "t",
            &crate::io::ReadOptions::default(),
            &crate::progress::Progress::default(),
        )
        .expect("GeoJSON");
        assert_eq!(population.read(&layer.attributes.get(0, "population"), "population").number(), expected, "{n}");
        assert_eq!(people(&layer.attributes.get(0, "population"), "population"), expected, "{n}");
    }
}

/// A number of JSON is read as its text would be, whatever the column is called.
#[test]
fn numbers_of_people_are_what_their_texts_say() {
    let population = Vocabulary::builtin().property(Role::Residential, "population").expect("there");
    let numbers = ["0", "-0", "12", "12.125", "1.5e3", "1.25e-3", "-7", "4e9", "1e300", "0.30000000000000004", "2.50"];
    for text in numbers {
        let value = Value::Number(text.parse().expect("a number"), crate::model::Written::Text(text));
        for column in ["population", "people", "人口", "人口（万人）", "户数", "people_2", "x", "密度（人）", "面积_km"]
        {
            assert_eq!(people(&value, column), population.read(&value, column).number(), "{text} in {column}");
        }
    }
}

/// Widths and strips where the meaning is plain; what may be more or less is not known.
#[test]
fn widths_are_read_where_their_meaning_is_plain() {
    for text in [
        "60米宽",
        "六十米",
        "60（m）",
        "60米（平均）",
        "河面宽60",
        "口宽60米",
        "2×30",
        "宽约60米",
        "河宽：60米",
        "60",
        // Siblings.
        "30×2米",
        "六十",
        "水面宽度60m",
        "60（米）",
        "路宽六十米",
        "60.0米宽",
    ] {
        for role in [Role::River, Role::Road] {
            assert_eq!(number(role, "width_m", text), Some(60.0), "{text}");
        }
    }
    for text in [
        "60?",
        "60（洪水期80）",
        "60..80",
        "几十米",
        "数十米",
        "见断面",
        "40×60",
        "60（户）",
        "底宽60",
        "一百二",
        "60米（待测）",
    ] {
        assert_eq!(number(Role::River, "width_m", text), None, "{text}");
    }
    for text in
        ["两侧各20米", "单侧20", "每侧20米", "二十米", "20（m）", "左右岸各20", "两岸各二十米", "20米/侧", "单侧宽20米"]
    {
        assert_eq!(number(Role::River, "buffer_m", text), Some(20.0), "{text}");
    }
    for text in ["20?", "20米（左岸）30米（右岸）", "-20", "2×20", "两侧20米", "两侧共20米", "左岸20", "20（左岸）"]
    {
        assert_eq!(number(Role::River, "buffer_m", text), None, "{text}");
    }
    let width = Vocabulary::builtin().property(Role::River, "width_m").expect("there");
    for (text, expected) in [
        ("60 80", Some(80.0)),
        ("60..80", Some(80.0)),
        ("60...80米", Some(80.0)),
        ("60（洪水期80）", Some(80.0)),
        ("60米（枯水期）", Some(60.0)),
        ("60±5", Some(65.0)),
        ("40 60 80米", Some(80.0)),
        ("6 0", None),
        ("60?", None),
        ("见断面", None),
        ("60 80亩", None),
    ] {
        assert_eq!(width.largest(text, "width_m"), expected, "{text}");
    }
    assert_eq!(width.largest("0.06～0.08", "宽度（km）"), Some(80.0));
    assert_eq!(width.largest("60～80米", "宽度（km）"), Some(80.0));
}
