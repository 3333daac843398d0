//! A plan's words in the reader's language: Chinese as the plan has them, English where its table gives it.

use super::Said;
use super::targets::{Plan, Target};
use crate::i18n::text_of;
use serde::{Deserialize, Serialize};

/// What a target is called and says in English; where a member is empty the plan's own words stand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InEnglish {
    /// The indicator.
    pub indicator: String,
    /// What the plan wants.
    pub text: String,
    /// Where it began.
    pub base: String,
}

fn said(own: &str, english: &str) -> Said {
    Said { zh: own.to_owned(), en: if english.is_empty() { own } else { english }.to_owned() }
}

impl Target {
    /// The indicator.
    pub fn called(&self) -> Said {
        said(&self.indicator, &self.in_english.indicator)
    }

    /// What the plan wants, as it says it.
    pub fn wanted(&self) -> Said {
        said(&self.text, &self.in_english.text)
    }

    /// Where it began, as the plan says it; empty where it does not.
    pub fn began(&self) -> Said {
        said(self.base.as_deref().unwrap_or_default(), &self.in_english.base)
    }

    /// 约束性 or 预期性; a planner's own word as it stands.
    pub fn binding(&self) -> Said {
        match self.kind.as_str() {
            "约束" => Said::told(|lang| text_of(lang, "targets.binding")),
            "预期" => Said::told(|lang| text_of(lang, "targets.expected")),
            own => Said::as_is(own.to_owned()),
        }
    }
}

impl Plan {
    /// The plan's title.
    pub fn called(&self) -> Said {
        said(&self.title, &self.in_english)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::rules::PLANS;

    #[test]
    fn built_in_plans_have_english_without_chinese_but_for_names_of_places() {
        let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        for id in PLANS {
            let plan = Plan::builtin(id).unwrap_or_else(|| panic!("{id}"));
            assert!(!is_chinese(plan.called().text(Lang::En)), "{id}");
            assert_eq!(plan.called().text(Lang::Zh), plan.title);
            for target in &plan.targets {
                let called = target.called();
                // A name of a place, or a term of grades, stands in brackets behind what it is.
                let plain = called.en.split(['(', '（']).next().unwrap_or_default().replace("镇管", "");
                assert!(called.en != called.zh && !is_chinese(&plain), "{id}: {}", called.en);
                for said in [target.wanted(), target.began(), target.binding()] {
                    assert!(!is_chinese(&said.en), "{id}, {}: {}", called.en, said.en);
                }
            }
        }
    }
}
