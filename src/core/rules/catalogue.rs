//! Rules from files: those of the program, and a planner's own beside them.

use super::parameters::fault_in_file;
use super::{Figure, Rule, Said, Work};
use crate::i18n::{Lang, tr};
use crate::io::is_safe_name;
use crate::model::{Role, Value, field_said};
use crate::query::expression::Expression;
use crate::vocabulary::{Reading, Vocabulary};
use include_dir::{Dir, include_dir};
use std::path::Path;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../assets/rules");

/// Why a file holds no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message(Lang::En))]
pub struct RuleError {
    /// The file.
    pub file: String,
    /// The line and the column, from 1, where they are known.
    pub place: Option<(usize, usize)>,
    /// What is wrong.
    pub cause: Said,
    /// The rule that the file says it is, where that can be told.
    pub id: Option<String>,
}

impl RuleError {
    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        let cause = self.cause.text(lang);
        match self.place {
            Some((line, column)) => {
                tr!(lang, "rule.wrong_at", file = self.file, line = line, column = column, cause = cause)
            }
            None => tr!(lang, "rule.wrong", file = self.file, cause = cause),
        }
        .into_owned()
    }
}

/// The rules, in the order of the catalogue.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// The rules.
    pub rules: Vec<Rule>,
    /// Files that hold no rule.
    pub wrong: Vec<RuleError>,
    /// Planners' own rules, which may have taken the place of the program's, with their files.
    pub own: Vec<(String, String)>,
}

impl Catalogue {
    /// The program's own rules.
    pub fn builtin() -> Self {
        let mut files: Vec<_> = FILES.files().collect();
        files.sort_by_key(|file| file.path());
        let rules = files.into_iter().filter_map(|file| {
            let name = file.path().display().to_string();
            // The tests read every one of them.
            parse(file.contents_utf8()?, &name).ok()
        });
        Self { rules: rules.collect(), wrong: Vec::new(), own: Vec::new() }
    }

    /// True for the id of one of the program's own rules: its file is called after it.
    pub fn is_builtin(id: &str) -> bool {
        FILES.get_file(format!("{id}.toml")).is_some()
    }

    /// Adds a planner's own rules: the `.toml` files of a folder. One of a known name takes its place. What cannot be read
    /// is told and kept in [`Self::wrong`], and the others serve; but not one of the program's in the place of one that was
    /// to take it.
    pub fn add_folder(&mut self, folder: &Path) -> Vec<RuleError> {
        let mut errors = Vec::new();
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<_> =
            entries.map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
        // Planners' words stand beside their rules.
        paths.retain(|path| path.file_name().is_some_and(|name| name != crate::vocabulary::FILE));
        // Hidden files are no rules: other systems leave such beside each file.
        paths.retain(|path| path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.')));
        paths.sort();
        let mut here: Vec<String> = Vec::new();
        for path in paths {
            let file = path.display().to_string();
            let wrong = |place, cause, id| RuleError { file: file.clone(), place, cause, id };
            let text = crate::model::small_text(&path).map_err(|e| wrong(None, Said::as_is(e.to_string()), None));
            match text.and_then(|text| self.told_apart(parse(&text, &file)?, &text, &here, wrong)) {
                Ok(rule) => {
                    here.push(rule.id.clone());
                    self.own.push((rule.id.clone(), file));
                    match self.rules.iter_mut().find(|known| known.id == rule.id) {
                        Some(known) => *known = rule,
                        None => self.rules.push(rule),
                    }
                }
                Err(e) => {
                    self.rules.retain(|rule| Some(&rule.id) != e.id.as_ref());
                    errors.push(e);
                }
            }
        }
        self.wrong.extend(errors.iter().cloned());
        errors
    }

    /// A rule whose id is another than those of the files beside it (`here`), and of any other rule also where file systems
    /// take small and capital letters for the same.
    fn told_apart(
        &self,
        rule: Rule,
        text: &str,
        here: &[String],
        wrong: impl Fn(Option<(usize, usize)>, Said, Option<String>) -> RuleError,
    ) -> Result<Rule, RuleError> {
        let is_alike = |other: &&Rule| {
            let is_one = other.id == rule.id;
            (is_one && here.contains(&rule.id)) || (!is_one && other.id.to_lowercase() == rule.id.to_lowercase())
        };
        match self.rules.iter().find(is_alike) {
            None => Ok(rule),
            Some(other) => {
                let cause = Said::told(|lang| tr!(lang, "rule.id_taken", id = rule.id, other = other.id).into_owned());
                Err(wrong(place_of_id(text), cause, Some(rule.id.clone())))
            }
        }
    }

    /// Why there is no rule of a name whose file is there: the file says that it is this rule, or is called after it.
    pub fn wrong_file_of(&self, id: &str) -> Option<&RuleError> {
        let is_called = |e: &&RuleError| Path::new(&e.file).file_stem().is_some_and(|stem| stem == id);
        let says = |e: &&RuleError| e.id.as_deref() == Some(id);
        self.wrong.iter().find(says).or_else(|| self.wrong.iter().find(|e| e.id.is_none() && is_called(e)))
    }

    /// Rules that have all they need of these roles, but for those that run only where they are named.
    pub fn runnable(&self, roles: &[Role]) -> Vec<String> {
        let has = |any: &Vec<Role>| any.iter().any(|role| roles.contains(role));
        let can = self.rules.iter().filter(|rule| !rule.is_on_demand() && rule.needs().iter().all(has));
        can.map(|rule| rule.id.clone()).collect()
    }

    /// A rule by its name.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

/// A rule from the text of its file.
fn parse(text: &str, file: &str) -> Result<Rule, RuleError> {
    let wrong_at = |place, cause| RuleError { file: file.to_owned(), place, cause, id: id_of(text) };
    let wrong = |place, cause: String| wrong_at(place, Said::as_is(cause));
    let rule: Rule = toml::from_str(text).map_err(|e| {
        let place = e.span().map(|span| place_of(text, span.start));
        wrong_at(place, field_said(e.message()))
    })?;
    if let Some(cause) = fault_of_id(&rule) {
        return Err(wrong_at(place_of_id(text), cause));
    }
    if let Some((at, fault)) = fault_in_file(text, &rule) {
        return Err(wrong_at(Some(place_of(text, at)), Said::told(|lang| fault.message(lang))));
    }
    // What would fail only when it runs is told now.
    for condition in rule.conditions() {
        let text = rule.with_values(condition, &super::Values::new());
        Expression::parse(&text).map_err(|e| {
            // The beginning tells which it is.
            let begin: String = condition.chars().take(80).collect();
            wrong(None, format!("{begin}{}: {e}", if begin.len() < condition.len() { "…" } else { "" }))
        })?;
    }
    if let Some(cause) = not_canonical(&rule) {
        return Err(wrong(None, cause));
    }
    for (number, step) in rule.steps.iter().enumerate() {
        let is_earlier = |n: usize| (1..=number).contains(&n) && rule.steps[n - 1].kind == super::StepKind::Gaps;
        if let Some(n) = step.left_by.filter(|n| !is_earlier(*n)) {
            return Err(wrong(None, format!("left_by = {n}: that is no earlier step about gaps")));
        }
    }
    for name in rule.named() {
        if !rule.parameters.iter().any(|p| p.name == *name) {
            return Err(wrong(None, format!("there is no parameter '{name}'")));
        }
    }
    Ok(rule)
}

/// The line and the column of a byte of a text, from 1.
fn place_of(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at.min(text.len())];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// Where a rule's file says its id.
fn place_of_id(text: &str) -> Option<(usize, usize)> {
    #[derive(serde::Deserialize)]
    struct Own {
        id: toml::Spanned<String>,
    }
    toml::from_str::<Own>(text).ok().map(|own| place_of(text, own.id.span().start))
}

/// Why an id cannot be the name of the file that an answer is written to; its answer must not stand where findings do.
fn fault_of_id(rule: &Rule) -> Option<Said> {
    let findings = super::findings::FILE.trim_end_matches(".geojson");
    if !is_safe_name(&rule.id) {
        // An id from elsewhere may hold anything: as it stands in the file.
        let id = rule.id.escape_debug().collect::<String>();
        Some(Said::told(|lang| tr!(lang, "rule.id_unfit", id = id).into_owned()))
    } else if rule.id.eq_ignore_ascii_case(findings) && !matches!(rule.work, Some(Work::Findings)) {
        Some(Said::told(|lang| tr!(lang, "rule.id_taken", id = rule.id, other = findings).into_owned()))
    } else {
        None
    }
}

/// The name that a rule's file says, also where the rest of it cannot be read.
fn id_of(text: &str) -> Option<String> {
    let value =
        |line: &str| Some(line.trim_start().strip_prefix("id")?.trim_start().strip_prefix('=')?.trim().to_owned());
    let line = text.lines().take_while(|line| !line.trim_start().starts_with('[')).find_map(value)?;
    let quote = line.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    line[1..].split(quote).next().filter(|id| !id.is_empty()).map(str::to_owned)
}

/// A text of a condition that is a spelling of a term and not the term: no cell would ever be that.
fn not_canonical(rule: &Rule) -> Option<String> {
    let vocabulary = Vocabulary::builtin();
    let of_steps = rule.steps.iter().flat_map(|step| {
        let own = step.subject_where.iter().chain(&step.subject_but).map(|text| (step.subject.clone(), text));
        let of = step.reference_where.iter().map(|text| (step.reference.clone(), text));
        own.chain(of).chain(step.subject_only.iter().map(|(role, text)| (vec![*role], text)))
    });
    for (roles, text) in of_steps.chain(rule.figures.iter().flat_map(Figure::conditions_of)) {
        let expression = Expression::parse(&rule.with_values(text, &super::Values::new())).ok()?;
        for (column, literal) in expression.literals() {
            for property in roles.iter().filter_map(|role| vocabulary.property(*role, column)) {
                let read = property.read(&Value::Text(literal.into()), column);
                let Reading::Terms(terms) = read else { continue };
                let is_spelling = !property.is_term(literal) && terms.own.iter().any(|term| property.is_term(term));
                if is_spelling {
                    return Some(format!("{column} = '{literal}': '{}'", terms.own.join("、")));
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::StepKind;

    #[test]
    fn every_rule_of_the_program_is_read() {
        for file in FILES.files() {
            let name = file.path().display().to_string();
            let rule = parse(file.contents_utf8().expect("UTF-8"), &name).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(format!("{}.toml", rule.id), name);
            let asks = !rule.steps.is_empty() || !rule.figures.is_empty() || rule.work.is_some();
            assert!(asks, "{name} asks nothing");
            assert!((!rule.needs().is_empty() || rule.is_derived()) && !rule.clause.is_empty(), "{name}");
            for step in &rule.steps {
                let needs_distance = matches!(
                    step.kind,
                    StepKind::Within | StepKind::Beyond | StepKind::Nearest | StepKind::Gaps | StepKind::Near
                );
                assert_eq!(step.distance.is_some(), needs_distance, "{name}");
                assert_eq!(step.reference.is_empty(), step.kind == StepKind::Match, "{name}");
            }
        }
        assert_eq!(Catalogue::builtin().rules.len(), FILES.files().count());
    }

    #[test]
    fn errors_name_line_and_field() {
        let error = parse("id = \"a\"\ntitle = 3\n", "mine.toml").expect_err("no rule");
        assert_eq!(error.place, Some((2, 9)), "{error}");
        let good = FILES.files().next().expect("one").contents_utf8().expect("UTF-8");
        let odd = parse(&format!("colour = 1\n{good}"), "mine.toml").expect_err("no such field");
        assert!(odd.cause.en.contains("colour") && odd.place == Some((1, 1)), "{odd}");
        let near = parse(&good.replacen("clause =", "cluase =", 1), "mine.toml").expect_err("misspelt");
        assert!(near.cause.en.contains("did you mean `clause`") && near.cause.zh.contains("clause"), "{near}");
        let spelt = FILES.get_file("outlets-in-source-zones.toml").and_then(|f| f.contents_utf8()).expect("there");
        let spelt = spelt.replace("level = '一级'", "level = '一级保护区'");
        let spelt = parse(&spelt, "mine.toml").expect_err("a spelling");
        assert!(spelt.cause.en.contains("一级保护区") && spelt.cause.en.ends_with("'一级'"), "{spelt}");
        let gaps = FILES.get_file("green-300-park-500.toml").and_then(|f| f.contents_utf8()).expect("there");
        let later = parse(&gaps.replace("left_by = 1", "left_by = 3"), "mine.toml").expect_err("no earlier step");
        assert!(later.cause.en.contains("left_by"), "{later}");
    }

    #[test]
    fn ids_make_names_of_files_or_are_refused_with_their_line() {
        let good = FILES.get_file("yangtze-chemical.toml").and_then(|f| f.contents_utf8()).expect("there");
        let with = |id: &str| {
            let line = format!("id = {}", serde_json::json!(id));
            let rest: Vec<&str> = good.lines().filter(|line| !line.starts_with("id = ")).collect();
            format!("# a comment\n{line}\n{}\n", rest.join("\n"))
        };
        for id in ["mine", "我的规则-1", "a.b_c", "YANGTZE"] {
            parse(&with(id), "mine.toml").unwrap_or_else(|e| panic!("{id}: {e}"));
        }
        let long = "x".repeat(300);
        let bad = [
            "../../victim",
            "/tmp/victim",
            "a/b",
            "..",
            ".hidden",
            "",
            "a b",
            "con",
            "a:b",
            "a\u{202e}b",
            "findings",
            "Findings",
            "a\nb",
            "a\\b",
            "x.",
            &long,
        ];
        for id in bad {
            let refused = parse(&with(id), "mine.toml").expect_err(id);
            assert_eq!(refused.place, Some((2, 6)), "{refused}");
            assert!(!refused.message(Lang::Zh).contains('\u{202e}') && !refused.message(Lang::En).contains('\n'));
        }
        // Hidden files beside them are none, and of two files with one id the second is wrong.
        let folder = tempfile::tempdir().expect("a folder");
        for file in ["a.toml", "._a.toml", ".hidden.toml", "b.toml"] {
            let text = if file.starts_with("._") { "\u{0}".to_owned() } else { with("mine") };
            std::fs::write(folder.path().join(file), text).expect("writable");
        }
        let mut catalogue = Catalogue::builtin();
        let errors = catalogue.add_folder(folder.path());
        assert!(errors.len() == 1 && errors[0].file.ends_with("b.toml"), "{errors:?}");
        // Two answers must not be one file where capitals do not count.
        let folder = tempfile::tempdir().expect("a folder");
        for (file, id) in [("a.toml", "mine"), ("b.toml", "Mine"), ("c.toml", "Yangtze-Chemical"), ("d.toml", "own")] {
            std::fs::write(folder.path().join(file), with(id)).expect("writable");
        }
        let mut catalogue = Catalogue::builtin();
        let errors = catalogue.add_folder(folder.path());
        assert!(catalogue.get("mine").is_some() && catalogue.get("own").is_some() && catalogue.get("Mine").is_none());
        assert!(errors.len() == 2 && errors[0].message(Lang::En).contains("mine"), "{errors:?}");
    }

    #[test]
    fn parameters_that_cannot_be_are_told_with_their_line() {
        let good = FILES.get_file("outlets-near-yangtze.toml").and_then(|f| f.contents_utf8()).expect("there");
        let line = |text: &str| good.lines().position(|l| l.starts_with(text)).expect("there") + 1;
        for (from, to, at, words) in [
            ("default = 2000.0", "default = nan", "default", "distance_m.default"),
            ("default = 2000.0", "default = inf", "default", "distance_m.default"),
            ("default = 2000.0", "default = -5.0", "default", "distance_m"),
            ("default = 2000.0", "default = 50001", "default", "50001"),
            ("min = 0.0", "min = -inf", "min", "distance_m.min"),
            ("min = 0.0", "min = 60000", "min", "60000"),
            ("max = 50000.0", "max = nan", "max", "distance_m.max"),
        ] {
            let text = good.replace(from, to);
            assert_ne!(text, good, "{from}");
            let error = parse(&text, "mine.toml").expect_err(to);
            assert_eq!(error.place.map(|(line, _)| line), Some(line(at)), "{to}: {error}");
            assert!(error.message(Lang::En).contains(words) && error.message(Lang::Zh).contains(words), "{error}");
            assert_eq!(error.id.as_deref(), Some("outlets-near-yangtze"));
        }
        let twice = "[[parameters]]\nname = \"distance_m\"\ntitle = { zh = \"a\", en = \"a\" }\nunit = \"m\"\ndefault = 1.0\nmin = 0.0\nmax = 2.0\n";
        let error = parse(&format!("{good}\n{twice}"), "mine.toml").expect_err("twice");
        assert!(error.cause.en.contains("distance_m"), "{error}");
    }

    #[test]
    fn ours_does_not_serve_in_the_place_of_a_wrong_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let own = FILES.get_file("yangtze-chemical.toml").and_then(|f| f.contents_utf8()).expect("there");
        std::fs::write(folder.path().join("mine.toml"), own.replace("default = 1000.0", "default = nan"))
            .expect("writable");
        std::fs::write(folder.path().join("other.toml"), "title = ").expect("writable");
        let mut catalogue = Catalogue::builtin();
        assert_eq!(catalogue.add_folder(folder.path()).len(), 2);
        assert!(catalogue.get("yangtze-chemical").is_none());
        assert!(catalogue.wrong_file_of("yangtze-chemical").is_some_and(|e| e.file.ends_with("mine.toml")));
        assert!(catalogue.wrong_file_of("other").is_some() && catalogue.wrong_file_of("mine").is_none());
    }

    #[test]
    fn a_planners_own_rule_takes_the_place_of_ours() {
        let folder = tempfile::tempdir().expect("a folder");
        let own = FILES.get_file("yangtze-chemical.toml").and_then(|f| f.contents_utf8()).expect("there");
        std::fs::write(folder.path().join("mine.toml"), own.replace("default = 1000.0", "default = 3000.0"))
            .expect("writable");
        std::fs::write(folder.path().join("broken.toml"), "id = ").expect("writable");
        let mut catalogue = Catalogue::builtin();
        let before = catalogue.rules.len();
        let errors = catalogue.add_folder(folder.path());
        assert_eq!((catalogue.rules.len(), errors.len()), (before, 1));
        assert_eq!(catalogue.get("yangtze-chemical").expect("there").parameters[0].default, 3_000.0);
    }
}
