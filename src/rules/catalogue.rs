//! Rules from files: those of the program, and a planner's own beside them.

use super::{Figure, Rule};
use crate::i18n::{Lang, tr};
use crate::model::{Role, Value};
use crate::query::expression::Expression;
use crate::vocabulary::{Reading, Vocabulary};
use include_dir::{Dir, include_dir};
use std::path::Path;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/assets/rules");

/// Why a file holds no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message(Lang::En))]
pub struct RuleError {
    /// The file.
    pub file: String,
    /// The line and the column, from 1, where they are known.
    pub place: Option<(usize, usize)>,
    /// What is wrong.
    pub cause: String,
}

impl RuleError {
    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match self.place {
            Some((line, column)) => {
                tr!(lang, "rule.wrong_at", file = self.file, line = line, column = column, cause = self.cause)
            }
            None => tr!(lang, "rule.wrong", file = self.file, cause = self.cause),
        }
        .into_owned()
    }
}

/// The rules, in the order of the catalogue.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// The rules.
    pub rules: Vec<Rule>,
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
        Self { rules: rules.collect() }
    }

    /// Adds a planner's own rules: the `.toml` files of a folder. One of a known name takes its place. What cannot be read
    /// is told, and the others serve.
    pub fn add_folder(&mut self, folder: &Path) -> Vec<RuleError> {
        let mut errors = Vec::new();
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<_> =
            entries.map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
        // Planners' words stand beside their rules.
        paths.retain(|path| path.file_name().is_some_and(|name| name != crate::vocabulary::FILE));
        paths.sort();
        for path in paths {
            let file = path.display().to_string();
            let text = std::fs::read_to_string(&path);
            let rule = text.map_err(|e| RuleError { file: file.clone(), place: None, cause: e.to_string() });
            match rule.and_then(|text| parse(&text, &file)) {
                Ok(rule) => match self.rules.iter_mut().find(|known| known.id == rule.id) {
                    Some(known) => *known = rule,
                    None => self.rules.push(rule),
                },
                Err(e) => errors.push(e),
            }
        }
        errors
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
    let wrong = |place, cause: String| RuleError { file: file.to_owned(), place, cause };
    let rule: Rule = toml::from_str(text).map_err(|e| {
        let place = e.span().map(|span| {
            let before = &text[..span.start.min(text.len())];
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
        });
        wrong(place, e.message().to_owned())
    })?;
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

/// A text of a condition that is a spelling of a term and not the term: no cell would ever be that.
fn not_canonical(rule: &Rule) -> Option<String> {
    let vocabulary = Vocabulary::builtin();
    let of_steps = rule.steps.iter().flat_map(|step| {
        let own = step.subject_where.iter().map(|text| (step.subject.clone(), text));
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
        assert!(odd.cause.contains("colour") && odd.place == Some((1, 1)), "{odd}");
        let spelt = FILES.get_file("outlets-in-source-zones.toml").and_then(|f| f.contents_utf8()).expect("there");
        let spelt = spelt.replace("level = '一级'", "level = '一级保护区'");
        let spelt = parse(&spelt, "mine.toml").expect_err("a spelling");
        assert!(spelt.cause.contains("一级保护区") && spelt.cause.ends_with("'一级'"), "{spelt}");
        let gaps = FILES.get_file("green-300-park-500.toml").and_then(|f| f.contents_utf8()).expect("there");
        let later = parse(&gaps.replace("left_by = 1", "left_by = 3"), "mine.toml").expect_err("no earlier step");
        assert!(later.cause.contains("left_by"), "{later}");
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
