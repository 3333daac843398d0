//! What a map is called where nobody gave it a title.

use crate::i18n::Lang;
use crate::model::Role;
use crate::session::{Key, Session};

/// The map's own name, the most telling first: the answer or the rule that it shows, the plan, the project, the one district.
/// `None` where it has none of these.
pub fn map_title(session: &Session, looked_at: Option<Key>, lang: Lang) -> Option<String> {
    let results = || session.rule_results().iter().filter(|result| result.visible);
    let looked = results().find(|result| Some(result.key) == looked_at);
    let rule = looked.or_else(|| Some(results().next()?).filter(|_| results().count() == 1));
    let rule = rule.map(|result| result.answer.rule.title.text(lang).to_owned());
    let answer = session.answers().iter().find(|answer| answer.visible);
    let answer = answer.map(|answer| crate::ui::panels::ask::title(answer, lang));
    let plan = || session.plan().map(|plan| plan.called().text(lang).to_owned()).filter(|title| !title.is_empty());
    let project = || session.open_project().map(|open| open.name());
    let district = || {
        let mut all = session.layers().iter().filter(|layer| layer.role == Some(Role::District));
        let only = all.next().filter(|_| all.next().is_none())?;
        let layer = only.layer();
        (layer.feature_count() == 1).then(|| layer.rows().next().map(|row| layer.label(row)))?
    };
    rule.or(answer).or_else(plan).or_else(project).or_else(district)
}
