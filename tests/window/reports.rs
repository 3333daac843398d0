//! The report, held against the findings and the answers that it was made of.

use serde_json::Value;
use std::path::Path;

/// The cells of the tables below a heading: of each table its rows of texts.
fn tables_below(report: &str, heading: &str) -> Vec<Vec<Vec<String>>> {
    let below = report.split_once(&format!("<h2>{heading}</h2>")).unwrap_or_else(|| panic!("no {heading}")).1;
    let section = below.split_once("<h2>").map_or(below, |(section, _)| section);
    let text = |cell: &str| {
        let cell = cell.split_once('>').map_or("", |(_, text)| text);
        let cell = cell.split_once("</t").map_or(cell, |(text, _)| text);
        cell.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
    };
    let row = |row: &str| row.split("<td").skip(1).map(text).collect::<Vec<String>>();
    let rows = |table: &str| table.split("<tr>").map(row).filter(|cells| !cells.is_empty()).collect();
    section.split("<table").skip(1).map(rows).collect()
}

/// The middle of all positions of a geometry, as a report has it.
fn middle(geometry: &Value) -> String {
    let mut bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    fn take(value: &Value, bounds: &mut [f64; 4]) {
        let Some(all) = value.as_array() else { return };
        match (all.first().and_then(Value::as_f64), all.get(1).and_then(Value::as_f64)) {
            (Some(lon), Some(lat)) => {
                *bounds = [bounds[0].min(lon), bounds[1].min(lat), bounds[2].max(lon), bounds[3].max(lat)];
            }
            _ => all.iter().for_each(|one| take(one, bounds)),
        }
    }
    take(&geometry["coordinates"], &mut bounds);
    format!("{:.6}, {:.6}", (bounds[0] + bounds[2]) / 2.0, (bounds[1] + bounds[3]) / 2.0)
}

fn features(path: &Path) -> Vec<Value> {
    let text = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut collection: Value = serde_json::from_slice(&text).expect("JSON");
    collection["features"].as_array_mut().map(std::mem::take).expect("features")
}

fn is_grave(feature: &&Value) -> bool {
    ["ban", "review"].iter().any(|verdict| feature["properties"]["verdict"] == *verdict)
}

/// Every row of the table of findings is the finding, and the row of its rule, that it says it is: id, name, place, what it
/// is held against, verdict. Two facilities may stand at one address.
pub(super) fn every_finding_in_a_report_names_its_own_party() {
    let maps = Path::new(env!("CARGO_MANIFEST_DIR")).join("maps");
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_shanshui"));
        let output = program.args(arguments).current_dir(folder.path()).output().expect("the program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    for name in ["baoshan", "putuo", "jinshan"] {
        let map = maps.join(name).display().to_string();
        run(&["run", &map, "findings", "--out", name, "--lang", "zh"]);
        run(&["report", &map, "-o", &format!("{name}.html"), "--lang", "zh"]);
        let report = std::fs::read_to_string(folder.path().join(format!("{name}.html"))).expect("a report");
        let findings = features(&folder.path().join(name).join("findings.geojson"));
        let tables = tables_below(&report, "处置");
        let rows = tables.first().expect("a table");
        assert_eq!(rows.len(), findings.len(), "{name}: all of them");
        let mut of_rules: std::collections::BTreeMap<String, std::vec::IntoIter<Value>> = Default::default();
        for (row, finding) in rows.iter().zip(&findings) {
            let own = &finding["properties"];
            let rule = own["rule"].as_str().expect("a rule").to_owned();
            // What a rule found, in its order, as its own file has it.
            let answers = of_rules.entry(rule.clone()).or_insert_with(|| {
                let all = features(&folder.path().join(format!("{name}_files/{rule}.geojson")));
                all.iter().filter(is_grave).cloned().collect::<Vec<_>>().into_iter()
            });
            let answer = answers.next().expect("as many as there are findings");
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let [_, id, told, _, position, with, verdict, ..] = &row[..] else { panic!("{name}: {row:?}") };
            assert_eq!(id, &text(&answer["id"]), "{name} {rule}: {row:?}");
            assert_eq!(position, &middle(&finding["geometry"]), "{name} {rule}: {row:?}");
            assert_eq!(with, &text(&own["with"]), "{name} {rule}: {row:?}");
            let words = if own["verdict"] == "ban" { "疑似违反" } else { "待核" };
            assert_eq!((verdict.as_str(), &answer["properties"]["verdict"]), (words, &own["verdict"]), "{row:?}");
            if let Some(name) = answer["properties"]["name"].as_str() {
                assert_eq!((told.as_str(), own["name"].as_str()), (name, Some(name)), "{rule}: {row:?}");
            } else {
                assert_eq!(told, &text(&own["name"]), "{name} {rule}: {row:?}");
            }
        }
        assert!(of_rules.values_mut().all(|rest| rest.next().is_none()), "{name}: none is left");
        let catalogue = shanshui::rules::Catalogue::builtin();
        for rule in of_rules.keys() {
            // The rule's own table has every ban and review too, each with who it is.
            let all = features(&folder.path().join(format!("{name}_files/{rule}.geojson")));
            let grave = all.iter().filter(is_grave).count();
            let tables = tables_below(&report, &catalogue.get(rule).expect("a rule").title.zh);
            let rows = tables.last().expect("rows");
            let is_of_grave = |row: &&Vec<String>| row.iter().any(|cell| cell == "疑似违反" || cell == "待核");
            assert_eq!(rows.iter().filter(is_of_grave).count(), grave, "{name} {rule}");
            assert!(rows.iter().all(|row| !row[0].is_empty() && !row[3].is_empty()), "{name} {rule}: id and position");
        }
        // What lacks a column did not run, and stands with the reason where that is said.
        let not_run = tables_below(&report, "未运行的规则").concat();
        let overview = tables_below(&report, "总表").concat();
        for (of, title, column) in
            [("jinshan", "河湖缓冲带", "width_m"), ("putuo", "敏感目标周边餐饮油烟在线监控", "monitored")]
        {
            let is_it = |row: &&Vec<String>| row[0] == title;
            assert!(of != name || !overview.iter().any(|row| is_it(&row)), "{name}: {title}");
            let told = not_run.iter().find(is_it).map(|row| row[2].clone()).unwrap_or_default();
            assert_eq!(told.contains("请指定对应列") && told.contains(column), of == name, "{name}: {told}");
        }
    }
}
