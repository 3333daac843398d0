//! The sentence an answer reads as.

use super::AreaUnit;
use crate::i18n::{Lang, asked, count, metres, number, semicolon, tr};
use crate::model::{Layer, Role};
use crate::query::{Answer, Dissolve, Figures, Inside, LeftOutReason, Question, Side};

/// Values that nobody knows, in one line: 3 个取值不认识：核心 = 甲类（5 个要素）.
pub fn unknown_text(
    values: &[crate::rules::UnknownValue],
    vocabulary: &crate::vocabulary::Vocabulary,
    lang: Lang,
) -> String {
    let texts: Vec<String> = values.iter().map(|value| value.text(vocabulary, lang)).collect();
    tr!(lang, "words.unknown_values", n = values.len(), values = texts.join(semicolon(lang))).into_owned()
}

/// The names that stand in a sentence.
#[derive(Clone, Debug)]
pub struct Subject {
    /// What is asked about, as a plural: outlets, homes.
    pub subject: String,
    /// What it is held against: 长江岸线, parks.
    pub reference: String,
}

impl Subject {
    /// Names of two layers: a role's word where there is one, a lone feature's own name, else the layer's name.
    pub fn of(subject: (&Layer, Option<Role>), reference: Option<(&Layer, Option<Role>)>, lang: Lang) -> Self {
        Self {
            subject: noun(subject.0, subject.1, lang),
            reference: reference.map_or_else(String::new, |(layer, role)| {
                let lone = (layer.len() == 1).then(|| layer.label(0)).filter(|name| !name.starts_with('#'));
                lone.unwrap_or_else(|| noun(layer, role, lang))
            }),
        }
    }
}

fn noun(layer: &Layer, role: Option<Role>, lang: Lang) -> String {
    match (role, lang) {
        (Some(Role::Outlet), Lang::En) => "outlets".into(),
        (Some(Role::Outlet), Lang::Zh) => "排污口".into(),
        (Some(Role::Residential), Lang::En) => "residential blocks".into(),
        (Some(Role::Residential), Lang::Zh) => "居住地块".into(),
        (Some(Role::Plot), Lang::Zh) => "地块".into(),
        (Some(role), Lang::En) => role.title(lang).to_lowercase(),
        (Some(role), Lang::Zh) => role.title(lang).to_owned(),
        (None, _) => layer.name.clone(),
    }
}

/// An area in the planner's unit.
pub fn area_text(area_m2: f64, unit: AreaUnit, lang: Lang) -> String {
    let value = area_m2 / unit.in_m2();
    let decimals = if unit == AreaUnit::SquareMetre || value >= 10_000.0 {
        0
    } else if value >= 100.0 {
        1
    } else {
        2
    };
    format!("{} {}", number(value, decimals), unit.name(lang))
}

/// How much of a role's features lies in a zone: the ground of areas, the length of lines, or both; empty for points.
pub fn inside_text(inside: Inside, unit: AreaUnit, lang: Lang) -> String {
    let area = inside.area_m2.map(|m2| area_text(m2, unit, lang));
    // Of features drawn as areas alone nothing is said of lines, and the other way round.
    let length = inside.length_m.map(|m| format!("{} m", number(m, 1)));
    area.into_iter().chain(length).collect::<Vec<_>>().join(" + ")
}

fn percent(share: f64) -> String {
    format!("{}\u{a0}%", number(share * 100.0, 2))
}

/// The answer in one sentence, without what was left out.
pub fn sentence(answer: &Answer, names: &Subject, unit: AreaUnit, lang: Lang) -> String {
    let summary = &answer.summary;
    let usable = summary.features_in - answer.left_out_of_subject();
    let (matched, of) = (count(summary.matched), count(usable));
    let (subject, reference) = (&names.subject, &names.reference);
    if usable == 0 {
        return tr!(lang, "sentence.nothing_usable", subject = subject).into_owned();
    }
    match (&answer.question, &summary.figures) {
        (Question::Within { distance_m, side }, Figures::Within { min_distance_m, .. }) => {
            let distance = asked(*distance_m);
            let nearest = min_distance_m.map_or_else(|| "—".to_owned(), metres);
            match (side, summary.matched) {
                (Side::Within, 0) => {
                    tr!(
                        lang,
                        "sentence.within_none",
                        subject = subject,
                        reference = reference,
                        of = of,
                        distance = distance,
                        nearest = nearest
                    )
                }
                (Side::Within, _) => {
                    tr!(
                        lang,
                        "sentence.within",
                        subject = subject,
                        reference = reference,
                        matched = matched,
                        of = of,
                        distance = distance,
                        nearest = nearest
                    )
                }
                (Side::Beyond, _) => {
                    tr!(
                        lang,
                        "sentence.beyond",
                        subject = subject,
                        reference = reference,
                        matched = matched,
                        of = of,
                        distance = distance
                    )
                }
            }
        }
        (Question::Nearest { max_m }, Figures::Nearest { max_distance_m, unmatched }) => {
            let farthest = max_distance_m.map_or_else(|| "—".to_owned(), metres);
            match max_m {
                None => tr!(
                    lang,
                    "sentence.nearest",
                    subject = subject,
                    reference = reference,
                    matched = matched,
                    farthest = farthest
                ),
                Some(max) => tr!(
                    lang,
                    "sentence.nearest_max",
                    subject = subject,
                    reference = reference,
                    matched = matched,
                    of = of,
                    unmatched = count(*unmatched),
                    distance = asked(*max)
                ),
            }
        }
        (
            Question::Gaps { radius_m, .. },
            Figures::Gaps { unserved_m2, covered_share, people, people_unserved, .. },
        ) => {
            let distance = asked(*radius_m);
            let area = area_text(*unserved_m2, unit, lang);
            let covered = percent(*covered_share);
            match (summary.matched, people.zip(*people_unserved)) {
                (0, _) => tr!(
                    lang,
                    "sentence.gaps_none",
                    subject = subject,
                    reference = reference,
                    of = of,
                    distance = distance
                ),
                (_, Some((people, unserved))) => tr!(
                    lang,
                    "sentence.gaps_people",
                    subject = subject,
                    reference = reference,
                    matched = matched,
                    of = of,
                    distance = distance,
                    area = area,
                    covered = covered,
                    people = number(people, 0),
                    unserved = number(unserved, 0)
                ),
                _ => tr!(
                    lang,
                    "sentence.gaps",
                    subject = subject,
                    reference = reference,
                    matched = matched,
                    of = of,
                    distance = distance,
                    area = area,
                    covered = covered
                ),
            }
        }
        (_, Figures::Overlap { pairs, overlap_union_m2, slivers, .. }) => {
            let area = area_text(*overlap_union_m2, unit, lang);
            if *pairs == 0 {
                tr!(
                    lang,
                    "sentence.overlap_none",
                    subject = subject,
                    reference = reference,
                    of = of,
                    slivers = count(*slivers)
                )
            } else {
                tr!(
                    lang,
                    "sentence.overlap",
                    subject = subject,
                    reference = reference,
                    matched = matched,
                    of = of,
                    area = area,
                    pairs = count(*pairs),
                    slivers = count(*slivers)
                )
            }
        }
        (Question::Buffer { distance_m, dissolve }, Figures::Buffer { area_m2 }) => {
            let key = match dissolve {
                Dissolve::Each => "sentence.buffer",
                Dissolve::Union => "sentence.buffer_union",
            };
            tr!(
                lang,
                key,
                subject = subject,
                matched = matched,
                distance = asked(*distance_m),
                area = area_text(*area_m2, unit, lang)
            )
        }
        // Figures are made by the question's own kind.
        _ => Default::default(),
    }
    .into_owned()
}

/// "2 features left out", or nothing.
pub fn left_out_text(answer: &Answer, lang: Lang) -> Option<String> {
    match answer.left_out.len() {
        0 => None,
        1 => Some(tr!(lang, "sentence.left_out_one").into_owned()),
        n => Some(tr!(lang, "sentence.left_out", n = count(n)).into_owned()),
    }
}

/// Why a feature was left out, in a sentence.
pub fn left_out_reason_text(reason: &LeftOutReason, lang: Lang) -> String {
    match reason {
        LeftOutReason::Problem(kind) => kind.message(lang),
        LeftOutReason::NotAnArea => tr!(lang, "left_out.not_an_area").into_owned(),
        LeftOutReason::UnknownFacility => tr!(lang, "left_out.unknown_facility").into_owned(),
    }
}
