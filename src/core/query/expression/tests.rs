//! Expressions read and worked out, and held against geo's relations.

use super::*;
use crate::io::{ReadOptions, read_layer_bytes};
use crate::model::{Layer, Role};
use crate::progress::Progress;
use crate::vocabulary::{ColumnReading, Vocabulary};
use std::sync::Arc;

fn layer() -> Layer {
    let text = r#"{"type":"FeatureCollection","features":[
 {"type":"Feature","id":"a","properties":{"名称":"大河","class":"工业","n":3,"code":"007","d":"2024-05-01","on":true},"geometry":{"type":"Point","coordinates":[1,1]}},
 {"type":"Feature","properties":{"名称":"小溪","class":"农业","n":10.5,"code":"7","d":"2023-12-31","on":false},"geometry":{"type":"LineString","coordinates":[[0,0],[3,0]]}},
 {"type":"Feature","properties":{"名称":null,"class":"其他","n":null,"d":"2025"},"geometry":{"type":"Polygon","coordinates":[[[5,5],[6,5],[6,6],[5,6],[5,5]]]}}]}"#;
    read_layer_bytes(text.as_bytes(), "t.geojson", &ReadOptions::default(), &Progress::default()).expect("readable")
}

fn rows(text: &str) -> Vec<usize> {
    let indexed = IndexedLayer::new(Arc::new(layer()));
    Expression::parse(text).and_then(|e| e.rows(&indexed)).unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn filters_find_their_rows() {
    for (text, expected) in [
        ("class = '工业'", vec![0]),
        ("class <> '工业'", vec![1, 2]),
        ("n > 3", vec![1]),
        ("n >= 3 AND n <= 11", vec![0, 1]),
        ("n BETWEEN 3 AND 5", vec![0]),
        ("NOT (n > 3)", vec![0]),
        ("n IS NULL", vec![2]),
        ("名称 IS NOT NULL", vec![0, 1]),
        ("名称 LIKE '%河'", vec![0]),
        ("名称 LIKE '_溪'", vec![1]),
        ("名称 NOT LIKE '%河'", vec![1]),
        ("class IN ('工业','其他')", vec![0, 2]),
        ("class NOT IN ('工业','其他')", vec![1]),
        ("n > 5 OR class = '其他'", vec![1, 2]),
        ("n > 5 OR n <= 5", vec![0, 1]),
        ("code = '007'", vec![0]),
        ("number(code) = 7", vec![0, 1]),
        ("d >= DATE('2024-01-01')", vec![0, 2]),
        ("t_before(d, DATE('2024-01-01'))", vec![1]),
        ("\"on\"", vec![0]),
        ("\"on\" = false", vec![1]),
        ("n * 2 + 1 = 7", vec![0]),
        ("n % 2 = 1", vec![0]),
        ("length(名称) = 2", vec![0, 1]),
        ("CASEI(id()) = casei('A')", vec![0]),
        ("area_m2() > 1", vec![2]),
        ("length_m() > 1", vec![1, 2]),
        ("lon() = 1.5", vec![1]),
        ("coalesce(n, 0) = 0", vec![2]),
        ("S_INTERSECTS(geometry, POLYGON((0 0,2 0,2 2,0 2,0 0)))", vec![0, 1]),
        ("S_WITHIN(geometry, POLYGON((0 0,2 0,2 2,0 2,0 0)))", vec![0]),
        ("S_CONTAINS(POLYGON((0 0,2 0,2 2,0 2,0 0)), geometry)", vec![0]),
        ("S_DISJOINT(geometry, POINT(1 1))", vec![1, 2]),
        ("S_TOUCHES(geometry, POINT(5 5))", vec![2]),
        ("S_INTERSECTS(geometry, BBOX(4,4,7,7))", vec![2]),
        ("TRUE", vec![0, 1, 2]),
        ("n", vec![]),
    ] {
        assert_eq!(rows(text), expected, "{text}");
    }
}

#[test]
fn what_stands_beside_a_term_frees_nothing() {
    let of = |status: &str| {
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"status":"{status}"}},"geometry":{{"type":"Point","coordinates":[1,1]}}}}]}}"#
        )
    };
    let judged = |status: &str, text: &str, is_wholly: bool| {
        let layer = read_layer_bytes(of(status).as_bytes(), "t.geojson", &ReadOptions::default(), &Progress::default())
            .expect("readable");
        let expression = Expression::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        let reading = |name: &str| {
            let property = Vocabulary::builtin().property(Role::ContaminatedPlot, name)?;
            Some(Arc::new(ColumnReading::new(&layer, Role::ContaminatedPlot, property)))
        };
        let over = expression.over_reading(&layer, reading).expect("its columns");
        let over = if is_wholly { over.wholly(&[]) } else { over };
        match over.judged(0) {
            Judged::True => Some(true),
            Judged::False => Some(false),
            Judged::Doubtful(_) => None,
        }
    };
    let (is_out, is_not_out) = ("status = '已移出名录'", "status <> '已移出名录'");
    for (status, is_wholly, out, not_out) in [
        ("已移出名录", false, Some(true), Some(false)),
        ("风险管控", false, Some(false), Some(true)),
        // Of a plot that is caught one part is enough, and nothing is freed by another.
        ("已移出名录、风险管控", false, Some(true), Some(true)),
        ("已移出名录,待定", false, Some(true), None),
        ("已移出名录（拟）", false, Some(true), None),
        ("非污染", false, None, None),
        // Of a share every part has to be so.
        ("已移出名录", true, Some(true), Some(false)),
        ("已移出名录、风险管控", true, Some(false), Some(false)),
        ("已移出名录（拟）", true, None, Some(false)),
    ] {
        assert_eq!(judged(status, is_out, is_wholly), out, "{status} {is_wholly}");
        assert_eq!(judged(status, is_not_out, is_wholly), not_out, "{status} {is_wholly}");
        assert_eq!(judged(status, "NOT (status IN ('已移出名录'))", is_wholly), not_out, "{status} {is_wholly}");
        assert_eq!(judged(status, "status IN ('已移出名录')", is_wholly), out, "{status} {is_wholly}");
    }
}

#[test]
fn values_fill_columns() {
    let layer = layer();
    for (text, row, expected) in [
        ("n + 1", 0, "4"),
        ("n / 2", 1, "5.25"),
        ("n div 2", 1, "5"),
        ("2 ^ 10", 0, "1024"),
        ("round(1.005, 2)", 0, "1.01"),
        ("round(2.345, 2)", 0, "2.35"),
        ("round(-1.5)", 0, "-2"),
        ("round(1234, -2)", 0, "1200"),
        ("concat(class, '-', code)", 0, "\"工业-007\""),
        ("n + 1", 2, "null"),
        ("upper(id())", 0, "\"A\""),
        ("greatest(n, 5)", 0, "5"),
        ("1 / 0", 0, "null"),
        ("n > 1", 0, "true"),
    ] {
        let expression = Expression::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        let over = expression.over(&layer).expect("its columns");
        assert_eq!(over.value(row).to_json().to_string(), expected, "{text}");
    }
}

#[test]
fn a_column_is_found_by_its_title_where_one_alone_is_called_so() {
    let text = r#"{"type":"FeatureCollection","features":[
 {"type":"Feature","properties":{"class":"工业排污口","population":3,"width_m":4,"status":"已销号","名称":"甲"},"geometry":null},
 {"type":"Feature","properties":{"class":"农业排口","population":9,"width_m":1,"status":null,"名称":"乙"},"geometry":null}]}"#;
    let layer = read_layer_bytes(text.as_bytes(), "t.geojson", &ReadOptions::default(), &Progress::default());
    let indexed = IndexedLayer::new(Arc::new(layer.expect("readable")));
    for (text, expected) in [
        ("类型 = '工业排污口'", Ok(vec![0])),
        ("排污口类型 = '工业排污口'", Ok(vec![0])),
        ("人口 > 5", Ok(vec![1])),
        ("Population > 5", Ok(vec![1])),
        ("宽度 > 2", Ok(vec![0])),
        ("\"宽度（米）\" > 2", Ok(vec![0])),
        ("整治状态 IS NULL", Ok(vec![1])),
        ("名称 = '乙'", Ok(vec![1])),
        ("面积 > 2", Err(ExpressionError::NoColumn("面积".into()))),
        ("行业 = '化工'", Err(ExpressionError::NoColumn("行业".into()))),
    ] {
        assert_eq!(Expression::parse(text).and_then(|e| e.rows(&indexed)), expected, "{text}");
    }
    // Two columns of one title: nobody knows which is meant.
    let text = r#"{"type":"Feature","properties":{"status":"已销号","state":"销号"},"geometry":null}"#;
    let layer = read_layer_bytes(text.as_bytes(), "t.geojson", &ReadOptions::default(), &Progress::default());
    let layer = layer.expect("readable");
    let twice = Expression::parse("状态 = '销号'").expect("readable");
    assert_eq!(twice.over(&layer).map(drop), Err(ExpressionError::NoColumn("状态".into())));
}

#[test]
fn errors_tell_place_and_name() {
    let layer = layer();
    let error = |text: &str| match Expression::parse(text) {
        Ok(expression) => expression.over(&layer).expect_err(text),
        Err(e) => e,
    };
    assert_eq!(error("n = = 3"), ExpressionError::Syntax(1, 5));
    assert_eq!(error("  "), ExpressionError::Syntax(1, 1));
    assert_eq!(error("frob(n)"), ExpressionError::Unknown("frob".into()));
    assert_eq!(error("round()"), ExpressionError::Operands("round".into()));
    assert_eq!(error("人口 > 3"), ExpressionError::NoColumn("人口".into()));
    assert!(matches!(error("s_within(geometry, POLYGON((0 0,2 2,2 0,0 2,0 0)))"), ExpressionError::Literal(_)));
}

#[test]
fn names_and_texts_are_quoted_where_they_must_be() {
    assert_eq!(
        [quoted_name("人口"), quoted_name("a b"), quoted_name("in"), quoted_name("x\"y")],
        ["人口", "\"a b\"", "\"in\"", "\"x\"\"y\""]
    );
    for name in ["人口", "a b", "in", "x\"y", "名 称-1"] {
        let parsed = Expression::parse(&format!("{} = {}", quoted_name(name), quoted_text("o'k"))).expect("readable");
        let Node::Compare(_, nodes) = parsed.node else { panic!("{name}") };
        assert!(matches!(&nodes[0], Node::Column(n) if n == name), "{nodes:?}");
        assert!(matches!(&nodes[1], Node::Text(t) if t == "o'k"), "{nodes:?}");
    }
}

#[test]
fn patterns_go_back_where_they_must() {
    use super::compare::{is_like, pattern};
    for (text, like, expected) in [
        ("aXbXc", "%X_", true),
        ("abc", "%b%", true),
        ("abc", "%d%", false),
        ("", "%", true),
        ("a", "", false),
        ("50%", "50\\%", true),
        ("500", "50\\%", false),
        ("mississippi", "%iss%ippi", true),
    ] {
        assert_eq!(is_like(text, &pattern(like)), expected, "{text} like {like}");
    }
}

/// On a stack as small as this; bytes.
fn on_a_small_stack<T: Send + 'static>(bytes: usize, run: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(bytes).spawn(run).expect("a thread");
    thread.join().expect("no panic")
}

#[test]
fn what_nests_too_deeply_is_refused_wherever_it_is_read() {
    let around = |before: &str, inside: &str, after: &str, n: usize| before.repeat(n) + inside + &after.repeat(n);
    let texts = [
        around("(", "TRUE", ")", 65),
        around("(", "TRUE", ")", 1_525),
        around("(", "TRUE", ")", 100_000),
        around("(", "TRUE", "", 1_000_000),
        around("NOT ", "TRUE", "", 3_000),
        around("not(", "TRUE", ")", 3_000),
        around("NOT ", "TRUE", "", 200),
        around("abs(", "n", ")", 5_000),
        around("casei(upper(", "class", "))", 40),
        around("-", "n", "", 5_000) + " = 1",
        around("- ", "n", "", 300) + " = 1",
        vec!["1"; 10_000].join("+") + " > 1",
        vec!["n"; 3_000].join(" * ") + " > 1",
        vec!["n = 1"; 10_000].join(" OR "),
        vec!["n"; 2_500].join(" = "),
        vec!["n"; 300].join(" = "),
        around("n IN (", "1", ")", 300),
        around("n BETWEEN (", "1", ") AND 2", 300),
        around("n = (SELECT (", "1", "))", 100),
        format!("S_INTERSECTS(geometry, {})", around("GEOMETRYCOLLECTION(", "POINT(1 1)", ")", 500)),
        format!("n IN {}", around("(", "1, 2", "), 2", 70)),
    ];
    for text in texts {
        let said: String = text.chars().take(40).collect();
        let read = on_a_small_stack(512 << 10, move || Expression::parse(&text).map(drop));
        assert_eq!(read, Err(ExpressionError::TooDeep), "{said}");
    }
    assert!(ExpressionError::TooDeep.message(Lang::En).contains("nested too deeply"));
    assert!(ExpressionError::TooDeep.message(Lang::Zh).contains("嵌套过深"));
}

#[test]
fn what_is_long_and_not_deep_is_read_and_worked_out_on_small_stacks() {
    let brackets = |n: usize, inside: &str| format!("{}{inside}{}", "(".repeat(n), ")".repeat(n));
    let table = [
        (vec!["1"; 2_000].join("+") + " = 2000", vec![0, 1, 2]),
        (vec!["n"; 1_900].join("+") + " = 5700", vec![0]),
        (vec!["n = 3"; 1_900].join(" OR "), vec![0]),
        (vec!["n = 3"; 1_900].join(" AND "), vec![0]),
        (brackets(64, "n = 3"), vec![0]),
        (format!("n IN ({})", (0..20_000).map(|n| n.to_string()).collect::<Vec<_>>().join(",")), vec![0]),
        ("NOT ".repeat(100) + "(n = 3)", vec![0]),
        ("abs(".repeat(60) + "n" + &")".repeat(60) + " = 3", vec![0]),
        ((0..60).fold("n".to_owned(), |text, _| format!("({text} + 1)")) + " = 63", vec![0]),
    ];
    for (text, expected) in table {
        let said: String = text.chars().take(40).collect();
        let found = on_a_small_stack(512 << 10, move || {
            let layer = layer();
            let expression = Expression::parse(&text).unwrap_or_else(|e| panic!("{e}"));
            let over = expression.over(&layer).expect("columns");
            assert!(!expression.columns().is_empty() || expression.clone() == expression);
            layer.rows().filter(|row| over.is_true(*row)).collect::<Vec<_>>()
        });
        assert_eq!(found, expected, "{said}");
    }
}

#[test]
fn arithmetic_is_worked_out_from_the_left_with_its_precedence() {
    for (text, expected) in [
        ("10 - 3 - 2 = 5", true),
        ("10 - (3 - 2) = 9", true),
        ("2 + 3 * 4 - 1 = 13", true),
        ("(2 + 3) * 4 / 2 - 1 = 9", true),
        ("100 / 10 / 5 = 2", true),
        ("1 / 0 + 1 = 1", false),
        ("2 ^ 3 + 1 = 9", true),
    ] {
        assert_eq!(rows(text) == vec![0, 1, 2], expected, "{text}");
    }
}

#[test]
fn what_is_wrong_inside_many_brackets_is_refused_soon() {
    let around = |inside: &str, n: usize| "(".repeat(n) + inside + &")".repeat(n);
    let started = std::time::Instant::now();
    for text in [around("1 1", 60), around("", 40), "(".repeat(30), around("n IN (1, 2", 25), around("(1, 2), 2", 50)] {
        assert!(Expression::parse(&text).is_err(), "{text}");
    }
    // Each bracket would double the time: this is far below what the first of them would take.
    assert!(started.elapsed().as_secs() < 60);
    // The place is told where that is soon done.
    assert_eq!(Expression::parse(&around("1 1", 3)), Err(ExpressionError::Syntax(1, 6)));
}

/// What a long list costs a row does not grow with the list, whatever is in it, and the answer is that of a short one.
#[test]
fn a_long_list_is_looked_up() {
    use super::compare::COMPARED;
    let text = r#"{"type":"FeatureCollection","features":[
 {"type":"Feature","properties":{"class":"工业排污口","n":3,"code":"007"},"geometry":null},
 {"type":"Feature","properties":{"class":"雨水","n":10.5,"code":"词9"},"geometry":null},
 {"type":"Feature","properties":{"class":"没有这种口","n":null,"code":null},"geometry":null}]}"#;
    let layer = read_layer_bytes(text.as_bytes(), "t.geojson", &ReadOptions::default(), &Progress::default());
    let layer = layer.expect("readable");
    let reading = |name: &str| {
        let property = Vocabulary::builtin().property(Role::Outlet, name).filter(|_| name == "class")?;
        Some(Arc::new(ColumnReading::new(&layer, Role::Outlet, property)))
    };
    let lists: [(&str, fn(usize) -> String, &str); 6] = [
        ("n", |k| (k * 7 + 3).to_string(), "4"),
        ("n", |k| format!("'{}'", k * 7 + 3), "'x'"),
        ("code", |k| format!("'词{k}'"), "'007'"),
        ("code", |k| if k % 2 == 0 { format!("'词{k}'") } else { k.to_string() }, "NULL"),
        ("class", |k| format!("'词{k}'"), "'工业排污口'"),
        ("class", |k| format!("'词{k}'"), "'污水'"),
    ];
    for (column, item, last) in lists {
        let answers = |length: usize| {
            let items: Vec<String> = (0..length).map(item).collect();
            let text = format!("{column} IN ({},{last})", items.join(","));
            let expression = Expression::parse(&text).unwrap_or_else(|e| panic!("{e}"));
            let over = expression.over_reading(&layer, reading).expect("its columns");
            let wholly = expression.over_reading(&layer, reading).expect("its columns").wholly(&[]);
            let before = COMPARED.with(std::cell::Cell::get);
            let found: Vec<_> = (0..3).map(|row| [over.judged(row), wholly.judged(row)]).collect();
            (COMPARED.with(std::cell::Cell::get) - before, found)
        };
        // One is gone through; of the others the second is eight times as long.
        let (short, [few, many]) = (answers(12), [answers(200), answers(1_600)]);
        assert!(short.0 > 0 && few.0 == 0 && many.0 == 0, "{column} {last}: {short:?} {few:?} {many:?}");
        assert_eq!((&few.1, &many.1), (&short.1, &short.1), "{column} IN (…, {last})");
    }
}
