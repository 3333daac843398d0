//! Every rule on maps drawn by hand, a few features each, with answers worked out by hand: a file a rule in
//! `tests/fixtures/rules`, with what is a violation, what is none, and what nobody can know. What a person reads of each
//! answer stands in `tests/fixtures/answers` (`UPDATE_GOLDEN=1` writes it anew).

use serde::Deserialize;
use serde_json::{Value, json};
use shanshui::geodesy::{LocalFrame, LonLat};
use shanshui::i18n::Lang;
use shanshui::index::IndexedLayer;
use shanshui::io::{ReadOptions, read_layer_bytes};
use shanshui::model::{Problem, ProblemKind, Role, Value as Cell};
use shanshui::progress::Progress;
use shanshui::rules::{Catalogue, RuleAnswer, RuleFigure, RuleInput, Status, Values, Verdict, run};
use shanshui::vocabulary::{Property, Reading, Vocabulary};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    why: String,
    #[serde(default)]
    parameters: Values,
    #[serde(default)]
    layers: BTreeMap<String, Vec<String>>,
    expect: Expected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    #[serde(default)]
    found: Vec<String>,
    /// A number, or `"null"` where nothing says what it is.
    #[serde(default)]
    figures: BTreeMap<String, Figure>,
    /// `by name figure`.
    #[serde(default)]
    groups: BTreeMap<String, Figure>,
    #[serde(default)]
    status: Option<String>,
    /// `role.property=value count`, all of which are listed as unknown.
    #[serde(default)]
    unknown: Vec<String>,
    /// Words that stand in a reason or a note.
    #[serde(default)]
    said: Vec<String>,
    /// Roles, or `role.property`, that are named as not looked at.
    #[serde(default)]
    not_checked: Vec<String>,
}

#[derive(Deserialize, Debug, Clone, PartialEq)]
#[serde(untagged)]
enum Figure {
    Number(f64),
    Null(String),
}

impl Figure {
    fn is(&self, found: Option<Option<f64>>) -> bool {
        match (self, found) {
            (Self::Number(wanted), Some(Some(found))) => (found - wanted).abs() <= wanted.abs() * 1e-3 + 1e-6,
            (Self::Null(_), Some(None)) => true,
            _ => false,
        }
    }
}

/// A position so many metres east and north of where the maps are drawn.
fn position(east_m: f64, north_m: f64) -> [f64; 2] {
    let p = LocalFrame::at(LonLat::new(121.4, 31.3)).to_lon_lat([east_m, north_m]);
    [p.lon, p.lat]
}

/// `point x y`, `line x y, x y`, `box w s e n`.
fn geometry(text: &str) -> Value {
    let (kind, rest) = text.trim().split_once(' ').expect("a kind and numbers");
    let numbers: Vec<f64> = rest
        .split([' ', ','])
        .filter(|word| !word.is_empty())
        .map(|word| word.parse().unwrap_or_else(|_| panic!("a number: {word}")))
        .collect();
    let positions: Vec<[f64; 2]> = numbers.chunks(2).map(|p| position(p[0], p[1])).collect();
    match (kind, &numbers[..]) {
        ("point", [_, _]) => json!({"type": "Point", "coordinates": positions[0]}),
        ("line", _) => json!({"type": "LineString", "coordinates": positions}),
        ("box", [w, s, e, n]) => {
            let ring = [position(*w, *s), position(*e, *s), position(*e, *n), position(*w, *n), position(*w, *s)];
            json!({"type": "Polygon", "coordinates": [ring]})
        }
        _ => panic!("no geometry: {text}"),
    }
}

fn feature(text: &str) -> Value {
    let parts: Vec<&str> = text.split('|').map(str::trim).collect();
    let mut properties = serde_json::Map::new();
    properties.insert("name".into(), parts[0].into());
    for pair in parts.get(2).into_iter().flat_map(|all| all.split(';')) {
        let (name, value) = pair.split_once('=').unwrap_or_else(|| panic!("name=value: {pair}"));
        let value = serde_json::from_str(value.trim()).unwrap_or_else(|_| value.trim().into());
        properties.insert(name.trim().into(), value);
    }
    json!({"type": "Feature", "properties": properties, "geometry": geometry(parts[1])})
}

fn input(layers: &BTreeMap<String, Vec<String>>) -> RuleInput {
    input_of(layers.iter().map(|(role, features)| (role, features.clone())))
}

/// The same of layers in an order, of which several may have one role.
fn input_of<'a>(layers: impl Iterator<Item = (&'a String, Vec<String>)>) -> RuleInput {
    let layer = |(role, features): (&String, Vec<String>)| {
        let all: Vec<Value> = features.iter().map(|text| feature(text)).collect();
        let text = json!({"type": "FeatureCollection", "features": all}).to_string();
        let layer = read_layer_bytes(text.as_bytes(), role, &ReadOptions::default(), &Progress::default());
        let role = Role::parse(role).unwrap_or_else(|| panic!("no role {role}"));
        (role, Arc::new(IndexedLayer::new(Arc::new(layer.expect("GeoJSON")))))
    };
    RuleInput::new(layers.map(layer).collect())
}

/// Every rule's cases, by the rule's name.
fn cases() -> Vec<(String, Vec<Case>)> {
    let mut paths: Vec<_> = std::fs::read_dir("tests/fixtures/rules")
        .expect("beside the tests")
        .map(|e| e.expect("an entry").path())
        .collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let rule = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).expect("readable");
        let cases = toml::from_str::<Cases>(&text).unwrap_or_else(|e| panic!("{rule}: {e}"));
        (rule, cases.case)
    };
    paths.iter().map(read).collect()
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Answered => "answered",
        Status::NeedsInput => "needs-input",
        Status::MissingLayer => "missing-layer",
        Status::Error => "error",
    }
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}

/// What is wrong with an answer.
fn faults(answer: &RuleAnswer, input: &RuleInput, expect: &Expected) -> Vec<String> {
    let wanted = expect.status.as_deref().unwrap_or("answered");
    if status(answer.status) != wanted {
        return vec![format!("{} {:?} {:?}", status(answer.status), answer.missing, answer.error)];
    }
    let mut wrong = Vec::new();
    let found = sorted(answer.features.iter().map(|f| format!("{} {}", f.verdict.id(), name(f.of, input))).collect());
    if found != sorted(expect.found.clone()) {
        wrong.push(format!("found {found:?}, not {:?}", expect.found));
    }
    for (name, wanted) in &expect.figures {
        let found = answer.figures.iter().find(|figure| figure.name == *name).map(|figure| figure.value);
        if !wanted.is(found) {
            wrong.push(format!("{name} is {found:?}, not {wanted:?}"));
        }
    }
    for (path, wanted) in &expect.groups {
        let words: Vec<&str> = path.split(' ').collect();
        let mut of_part = answer.groups.iter().filter(|g| g.by == words[0] && g.name.zh == words[1]);
        let found = of_part.find_map(|g| g.figures.iter().find(|f| f.name == words[2])).map(|f| f.value);
        if !wanted.is(found) {
            wrong.push(format!("{path} is {found:?}, not {wanted:?}"));
        }
    }
    let unknown: Vec<String> = answer
        .unknown_values
        .iter()
        .map(|u| format!("{}.{}={} {}", u.role.id(), u.property, u.value, u.count))
        .collect();
    wrong.extend(
        expect.unknown.iter().filter(|w| !unknown.contains(w)).map(|w| format!("unknown {unknown:?}, not {w}")),
    );
    let reasons = answer.features.iter().map(|f| answer.reason(f, Lang::Zh));
    let told: Vec<String> = reasons.chain(answer.all_notes().map(|note| note.text(Lang::Zh).to_owned())).collect();
    let is_said = |word: &&String| told.iter().any(|text| text.contains(word.as_str()));
    wrong.extend(expect.said.iter().filter(|w| !is_said(w)).map(|w| format!("says {told:?}, not {w}")));
    let unchecked: Vec<String> = answer
        .not_checked
        .iter()
        .flat_map(|n| {
            let role = n.role.id().to_owned();
            let column = n.property.as_ref().map(|property| format!("{role}.{property}"));
            column.into_iter().chain([role])
        })
        .collect();
    let lacking = expect.not_checked.iter().filter(|w| !unchecked.contains(w));
    wrong.extend(lacking.map(|w| format!("not checked {unchecked:?}, not {w}")));
    wrong
}

fn name(of: Option<(Role, usize)>, input: &RuleInput) -> String {
    of.map_or_else(|| "made".to_owned(), |(role, row)| input.together(role).expect("there").layer().label(row))
}

/// What a person reads of an answer.
fn told(answer: &RuleAnswer, input: &RuleInput) -> String {
    let mut text = format!("{}\n", status(answer.status));
    for missing in &answer.missing {
        text += &format!("  缺 {missing}\n");
    }
    let mut lines: Vec<String> = answer
        .features
        .iter()
        .map(|f| format!("  {} {}：{}\n", f.verdict.id(), name(f.of, input), answer.reason(f, Lang::Zh)))
        .collect();
    lines.sort();
    text += &lines.concat();
    for figure in &answer.figures {
        text += &format!("  {} {}\n", figure.title.text(Lang::Zh), figure.text(Lang::Zh));
    }
    for note in answer.all_notes() {
        text += &format!("  注：{}\n", note.text(Lang::Zh));
    }
    for value in &answer.unknown_values {
        text += &format!("  不认识：{}\n", value.text(input.vocabulary(), Lang::Zh));
    }
    text
}

#[test]
fn answers_are_those_worked_out_by_hand() {
    let catalogue = Catalogue::builtin();
    let (mut wrong, mut stale) = (Vec::new(), Vec::new());
    for (id, cases) in cases() {
        let rule = catalogue.get(&id).unwrap_or_else(|| panic!("no rule {id}"));
        let mut read = String::new();
        for case in cases {
            let of = format!("{id} ({})", case.why);
            let input = input(&case.layers);
            let answer = run(rule, &input, &case.parameters, &Progress::default()).expect("nobody stopped it");
            wrong.extend(faults(&answer, &input, &case.expect).into_iter().map(|fault| format!("{of}: {fault}")));
            read += &format!("# {}\n{}\n", case.why, told(&answer, &input));
            // What is written reads back, with a reason for everything.
            let mut text = Vec::new();
            answer.write_geojson(&input, "t", Lang::En, &mut text).expect("in memory");
            let layer = read_layer_bytes(&text, "t", &ReadOptions::default(), &Progress::default()).expect("GeoJSON");
            assert_eq!(layer.feature_count(), answer.features.len(), "{of}");
            for row in layer.rows() {
                assert!(!layer.attributes.get(row, "reason").display().is_empty(), "{of}");
            }
        }
        let path = format!("tests/fixtures/answers/{id}.txt");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::create_dir_all("tests/fixtures/answers").expect("writable");
            std::fs::write(&path, &read).expect("writable");
        } else if std::fs::read_to_string(&path).ok().as_deref() != Some(&read) {
            stale.push(path);
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(stale.is_empty(), "UPDATE_GOLDEN=1 writes anew what a person reads: {stale:?}");
}

#[test]
fn every_rule_has_a_map_of_its_own() {
    let cases = cases();
    for rule in Catalogue::builtin().rules.iter().filter(|rule| !rule.is_on_demand()) {
        assert!(cases.iter().any(|(id, _)| *id == rule.id), "{}", rule.id);
    }
}

/// The layers of a case with every value of the vocabulary changed: `change` gives what stands in the place of a value of a
/// role's property, the spellings of its term at hand.
fn changed(
    layers: &BTreeMap<String, Vec<String>>,
    mut change: impl FnMut(Role, &Property, &str, &[&str]) -> Option<String>,
) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for (id, features) in layers {
        let role = Role::parse(id).expect("a role");
        let mut feature = |text: &String| {
            let mut parts: Vec<String> = text.split('|').map(|part| part.trim().to_owned()).collect();
            if let Some(properties) = parts.get_mut(2) {
                let pairs: Vec<String> = properties
                    .split(';')
                    .map(|pair| {
                        let (name, value) = pair.split_once('=').expect("name=value");
                        let known = Vocabulary::builtin().property(role, name.trim());
                        let new = known.and_then(|property| {
                            let read = property.read(&Cell::Text(value.trim().into()), name.trim());
                            let term = match read {
                                Reading::Terms(terms) if terms.own.len() == 1 && terms.unknown.is_empty() => {
                                    terms.own.into_iter().next()
                                }
                                Reading::Truth(is) => Some(is.to_string()),
                                _ => None,
                            };
                            let term = term.filter(|term| property.is_term(term))?;
                            change(role, property, value.trim(), &property.spellings(&term))
                        });
                        new.map_or_else(|| pair.trim().to_owned(), |new| format!("{}={new}", name.trim()))
                    })
                    .collect();
                *properties = pairs.join("; ");
            }
            parts.join(" | ")
        };
        all.insert(id.clone(), features.iter().map(&mut feature).collect());
    }
    all
}

/// The rules, read once.
fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(Catalogue::builtin)
}

fn asked(id: &str, layers: &BTreeMap<String, Vec<String>>, parameters: &Values) -> (RuleAnswer, RuleInput) {
    let catalogue = catalogue();
    let input = input(layers);
    let rule = catalogue.get(id).expect("a rule");
    let answer = run(rule, &input, parameters, &Progress::default()).expect("nobody stopped it");
    (answer, input)
}

fn verdicts(answer: &RuleAnswer, input: &RuleInput) -> Vec<String> {
    sorted(answer.features.iter().map(|f| format!("{} {}", f.verdict.id(), name(f.of, input))).collect())
}

fn figures(answer: &RuleAnswer) -> Vec<(String, Option<String>)> {
    answer.figures.iter().map(|f| (f.name.clone(), f.value.map(|v| format!("{v:.6e}")))).collect()
}

#[test]
fn a_synonym_changes_no_answer() {
    for (id, cases) in cases() {
        for case in cases {
            let (plain, input) = asked(&id, &case.layers, &case.parameters);
            // The spellings in turn, each at least once where a case has values enough.
            let mut turn = 0;
            let layers = changed(&case.layers, |_, _, _, spellings| {
                turn += 7;
                let fit: Vec<&&str> = spellings.iter().filter(|word| !word.contains([';', '|', '='])).collect();
                fit.get(turn % fit.len().max(1)).map(|word| (**word).to_owned())
            });
            let (other, other_input) = asked(&id, &layers, &case.parameters);
            assert_eq!(verdicts(&plain, &input), verdicts(&other, &other_input), "{id} ({}) {layers:?}", case.why);
            assert_eq!(figures(&plain), figures(&other), "{id} ({}) {layers:?}", case.why);
        }
    }
}

#[test]
fn an_unknown_word_never_lowers_the_gravity() {
    for (id, cases) in cases() {
        for case in cases {
            let (plain, input) = asked(&id, &case.layers, &case.parameters);
            let grave = |answer: &RuleAnswer, input: &RuleInput| -> BTreeSet<String> {
                let grave = answer.features.iter().filter(|f| f.verdict > Verdict::List && f.of.is_some());
                grave.map(|f| name(f.of, input)).collect()
            };
            let mut properties = BTreeSet::new();
            let _ = changed(&case.layers, |role, property, _, _| {
                properties.insert((role, property.name.clone(), property.is_open));
                None
            });
            for (role, property, is_open) in properties {
                // Other names of an open property are other things. A strip that is not drawn is named; a river of unknown
                // grade has none.
                let is_grade = role == Role::River && property == "grade";
                if is_open || is_grade {
                    continue;
                }
                let layers = changed(&case.layers, |own, of, _, _| {
                    (own == role && of.name == property).then(|| "从未听说的词".to_owned())
                });
                let (other, other_input) = asked(&id, &layers, &case.parameters);
                assert_eq!(other.status, plain.status, "{id} ({})", case.why);
                let (before, after) = (grave(&plain, &input), grave(&other, &other_input));
                assert!(before.is_subset(&after), "{id} ({}) {role:?}.{property}: {before:?} {after:?}", case.why);
                let names_it = other.unknown_values.iter().any(|u| u.role == role && u.property == property);
                let reads_it = plain.rule.columns_read_of(role).contains(&property);
                assert!(
                    names_it || !reads_it || other.status != Status::Answered,
                    "{id} ({}) {role:?}.{property}",
                    case.why
                );
            }
        }
    }
}

#[test]
fn a_layer_that_is_taken_away_is_named() {
    for (id, cases) in cases() {
        for case in cases {
            let (plain, _) = asked(&id, &case.layers, &case.parameters);
            for role in case.layers.keys() {
                let mut fewer = case.layers.clone();
                fewer.remove(role);
                let (other, _) = asked(&id, &fewer, &case.parameters);
                let own = Role::parse(role).expect("a role");
                let is_read = plain.rule.roles().contains(&own) && !plain.rule.is_derived();
                let is_named = other.not_checked.iter().any(|told| told.role == own)
                    || other.missing.iter().any(|missing| missing.split(['|', '.']).any(|id| id == role))
                    || other.notes.iter().any(|note| note.zh.contains(own.title(Lang::Zh)) || note.zh.contains("道路"));
                // Parts of the ground and entrances are asked for by parameters; of a district its towns serve.
                let by_choice =
                    [Role::UrbanBoundary, Role::ParkEntrance, Role::District, Role::Square, Role::WaterBody];
                assert!(
                    !is_read || is_named || by_choice.contains(&own) || other.status != Status::Answered,
                    "{id} ({}) {role}",
                    case.why
                );
                // A column that nothing needs any more is read as empty, where it was not checked: both name it.
                let named = |answer: &RuleAnswer, but: Option<Role>| -> Vec<String> {
                    let told = answer.not_checked.iter().filter(|told| Some(told.role) != but);
                    told.map(|told| told.why.zh.split('，').next().unwrap_or_default().to_owned()).collect()
                };
                let (lost, still) = (named(&plain, Some(own)), named(&other, None));
                if other.status == Status::Answered {
                    assert!(
                        lost.iter().all(|why| still.contains(why)),
                        "{id} ({}) {role}: {lost:?} {still:?}",
                        case.why
                    );
                }
            }
        }
    }
}

/// The order of features and of layers decides nothing: the same verdicts, figures, counts by group and values not understood.
#[test]
fn the_order_of_features_and_layers_changes_nothing() {
    for (id, cases) in cases() {
        for case in cases {
            let (plain, plain_input) = asked(&id, &case.layers, &case.parameters);
            // From the last, and every second feature in a file of its own.
            let halves = |(role, features): (&'_ String, &Vec<String>)| {
                let half = |from: usize| features.iter().rev().skip(from).step_by(2).cloned().collect::<Vec<_>>();
                let files = [half(1), half(0)].map(|features| (role.clone(), features));
                files.into_iter().filter(|(_, features)| !features.is_empty()).collect::<Vec<_>>()
            };
            let turned: Vec<(String, Vec<String>)> = case.layers.iter().rev().flat_map(halves).collect();
            let other_input = input_of(turned.iter().map(|(role, features)| (role, features.clone())));
            let rule = catalogue().get(&id).expect("a rule");
            let other = run(rule, &other_input, &case.parameters, &Progress::default()).expect("nobody stopped it");
            let of = |answer: &RuleAnswer, input: &RuleInput| {
                let shown = |value: Option<f64>| value.map(|value| format!("{value:.6e}"));
                let groups = answer.groups.iter().flat_map(|group| {
                    let of = |f: &RuleFigure| format!("{} {} {} {:?}", group.by, group.name.zh, f.name, shown(f.value));
                    group.figures.iter().map(of)
                });
                let unknown = answer.unknown_values.iter().map(|unknown| format!("{unknown:?}"));
                // What one file of several lacks is said of the file.
                let told = answer.not_checked.iter().map(|told| told.why.zh.clone());
                let told = told.filter(|why| !why.contains("的文件 "));
                let said: BTreeSet<String> = groups.chain(unknown).chain(told).collect();
                (answer.status, verdicts(answer, input), figures(answer), said)
            };
            assert_eq!(of(&plain, &plain_input), of(&other, &other_input), "{id} ({})", case.why);
        }
    }
}

/// What a rule writes opens again without a complaint that its inputs do not have.
#[test]
fn what_is_written_is_sound() {
    let unsound = |problems: &[Problem]| {
        let of = |problem: &&Problem| {
            matches!(
                problem.kind,
                ProblemKind::SelfIntersection { .. }
                    | ProblemKind::HoleOutside { .. }
                    | ProblemKind::HolesOverlap { .. }
                    | ProblemKind::NoArea
                    | ProblemKind::TooShort
                    | ProblemKind::WrongWinding
            )
        };
        problems.iter().filter(of).map(|problem| format!("{problem:?}")).collect::<Vec<_>>()
    };
    for (id, cases) in cases() {
        for case in cases {
            let (answer, input) = asked(&id, &case.layers, &case.parameters);
            let is_sound = Role::ALL
                .iter()
                .filter_map(|role| input.together(*role))
                .all(|layer| unsound(&layer.layer().problems).is_empty());
            if !is_sound || answer.features.is_empty() {
                continue;
            }
            let mut text = Vec::new();
            answer.write_geojson(&input, "t", Lang::Zh, &mut text).expect("in memory");
            let layer = read_layer_bytes(&text, "t", &ReadOptions::default(), &Progress::default()).expect("GeoJSON");
            assert_eq!(unsound(&layer.problems), [""; 0], "{id} ({})", case.why);
        }
    }
}

#[test]
fn the_order_of_features_changes_nothing() {
    for (id, cases) in cases() {
        for case in cases {
            let (plain, input) = asked(&id, &case.layers, &case.parameters);
            let turned =
                case.layers.iter().map(|(role, all)| (role.clone(), all.iter().rev().cloned().collect())).collect();
            let (other, other_input) = asked(&id, &turned, &case.parameters);
            assert_eq!(verdicts(&plain, &input), verdicts(&other, &other_input), "{id} ({})", case.why);
            for (a, b) in plain.figures.iter().zip(&other.figures) {
                let is_same = match (a.value, b.value) {
                    (Some(a), Some(b)) => (a - b).abs() <= 1e-6 * a.abs().max(1.0),
                    (a, b) => a == b,
                };
                assert!(is_same, "{id} ({}) {}: {:?} {:?}", case.why, a.name, a.value, b.value);
            }
        }
    }
}
