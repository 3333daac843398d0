//! Two versions of a layer: land that breaks a promise is a ban.

use super::super::RuleFigure;
use super::super::answer::{RuleAnswer, RuleFeature, RuleValue};
use super::super::choose::Chosen;
use super::super::run::Asking;
use super::super::told::doubt_text;
use super::super::{Said, Verdict};
use crate::geodesy::{LonLat, LonLatBox};
use crate::i18n::tr;
use crate::io::geojson::OutGeometry;
use crate::model::Role;
use crate::query::{AskError, Audit, AuditBy, AuditPiece, LandChange, Qualities, Quality, Unjudged, audit, is_area};
use crate::vocabulary::{ColumnReading, Doubt, Reading, folded};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is said of the three promises: kept, broken, not judged.
const AREA: [&str; 3] = ["rules.kept_area", "rules.broken_area", "rules.open_area"];
const FUNCTION: [&str; 3] = ["rules.kept_function", "rules.broken_function", "rules.open_function"];
const NATURE: [&str; 3] = ["rules.kept_nature", "rules.broken_nature", "rules.open_nature"];

/// Two versions of a layer of areas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditWork {
    /// The old version.
    pub before: Role,
    /// The new version.
    pub after: Role,
    /// Only features of both for which this CQL2 text is true.
    #[serde(default, rename = "where")]
    pub only: Option<String>,
    /// The column that names a unit.
    #[serde(default)]
    pub key: Option<String>,
    /// The column of its function.
    #[serde(default)]
    pub function: Option<String>,
    /// The column that says whether it is core.
    #[serde(default)]
    pub core: Option<String>,
    /// What land that was lost is good for; without it a review, and a ban where there is less in all.
    #[serde(default)]
    pub lost: Option<Verdict>,
    /// What land that was gained is good for where there is more in all; a list without it.
    #[serde(default)]
    pub gained: Option<Verdict>,
    /// What to call land that is lost, gained, under another function, and no longer core.
    pub reasons: Vec<Said>,
    /// True where land that is lost or gained is called 减少 or 增加, and not 调出 or 调入 as that of a red line is.
    #[serde(default)]
    pub is_plain: bool,
}

/// Boxes that share less than this, about a centimetre, share a border.
const HAIR_DEG: f64 = 1e-7;

impl AuditWork {
    pub(super) fn run(&self, asking: &Asking<'_>, answer: &mut RuleAnswer) -> Result<(), AskError> {
        let only = self.only.as_ref();
        let (Some(before), Some(after)) = (asking.chosen(self.before, only)?, asking.chosen(self.after, only)?) else {
            return Ok(());
        };
        let functions = self.function.as_ref().map(|column| self.functions(asking, column)).transpose();
        let cores = self.core.as_ref().map(|column| self.cores(asking, column)).transpose();
        let by = AuditBy {
            key: self.key.clone(),
            function: self.function.clone(),
            functions: self.told(asking, functions, answer)?,
            cores: self.told(asking, cores, answer)?,
        };
        let found = audit(&before.certain, &after.certain, &by, asking.progress)?;
        let is_open = |chosen: &Chosen| chosen.doubtful.is_some();
        // With features that may be in a version nobody knows whether there is less or more in all.
        let (before_known, after_known) = (!is_open(&before), !is_open(&after));
        let both = before_known && after_known;
        let is_less = both && found.kept.area == Some(false);
        let is_left_out = |why: &Unjudged| matches!(why, Unjudged::LeftOutBefore(_) | Unjudged::LeftOutAfter(_));
        // Where units have no area nobody knows whether there is more or less.
        let is_whole = both && !found.unjudged.iter().any(is_left_out);
        let was_in_old = |why: &Unjudged| matches!(why, Unjudged::LeftOutBefore(_));
        let is_more = both && found.after_m2 > found.before_m2 + 1.0 && !found.unjudged.iter().any(was_in_old);
        for (number, piece) in found.pieces.iter().enumerate() {
            // What a feature covers that may be in the other version may have been there, or be there still.
            let other = if piece.change == LandChange::Lost { &after } else { &before };
            let may_be = self.may_be_in(other, piece);
            let verdict = match (piece.change, piece.is_doubtful || !may_be.is_empty()) {
                (_, true) => Verdict::Review,
                (LandChange::Gained, _) => match self.gained {
                    Some(gained) if is_more => gained,
                    Some(gained) => gained.min(Verdict::Review),
                    None => Verdict::List,
                },
                (LandChange::Lost, _) => self.lost.unwrap_or(if is_less { Verdict::Ban } else { Verdict::Review }),
                (LandChange::Function | LandChange::Downgraded, _) => Verdict::Ban,
            };
            let role = if piece.change == LandChange::Lost { self.before } else { self.after };
            let because = self.reasons.get(piece.change as usize).cloned().unwrap_or_else(|| Said {
                zh: self.term(piece.change).to_owned(),
                en: format!("{:?}", piece.change).to_lowercase(),
            });
            let geometry = OutGeometry::Polygons(piece.polygons.clone());
            let mut feature = RuleFeature::new(Some((role, piece.row)), verdict, because, geometry);
            if piece.is_doubtful {
                feature.because.push(self.doubt(asking, &by, piece, role));
            }
            if !may_be.is_empty() {
                feature.because.push(doubt_text(asking.input, &may_be));
            }
            // One unit may have several pieces: its id is the unit's, not theirs.
            let term = self.term(piece.change);
            feature.id = Some(format!("\"{term}-{}\"", number + 1));
            feature.tag = Some(term);
            let values = vec![("area_m2", RuleValue::rounded(piece.area_m2, 3))];
            answer.features.push(feature.with(values));
        }
        for chosen in [&before, &after] {
            let Some(doubtful) = &chosen.doubtful else { continue };
            for (row, doubts) in doubtful.doubts.iter() {
                let because = doubt_text(asking.input, doubts);
                let of = Some((chosen.role, *row));
                answer.features.push(RuleFeature::new(of, Verdict::Review, because, OutGeometry::Unchanged));
            }
        }
        // What nobody can compare is no figure.
        let known = |m2: f64, is_known: bool| is_known.then_some(m2);
        let (lost_key, gained_key) = match self.is_plain {
            true => ("rules.less_m2", "rules.more_m2"),
            false => ("rules.lost_m2", "rules.gained_m2"),
        };
        let mut figures = vec![
            ("net_ha", "rules.net_m2", known(found.after_m2 - found.before_m2, is_whole)),
            ("lost_ha", lost_key, known(found.lost_m2, both)),
            ("gained_ha", gained_key, known(found.gained_m2, both)),
        ];
        if self.function.is_some() {
            figures.push(("changed_ha", "rules.changed_m2", known(found.changed_m2, found.kept.function.is_some())));
        }
        if self.core.is_some() {
            figures.push((
                "downgraded_ha",
                "rules.downgraded_m2",
                known(found.downgraded_m2, found.kept.nature.is_some()),
            ));
        }
        figures.push(("before_ha", "rules.before_m2", known(found.before_m2, before_known)));
        figures.push(("after_ha", "rules.after_m2", known(found.after_m2, after_known)));
        answer.figures.extend(figures.into_iter().map(|(name, key, m2)| RuleFigure::hectares(name, key, m2)));
        let kept = found.kept;
        let mut promises = vec![(kept.area.filter(|_| both), AREA)];
        promises.extend(self.function.iter().map(|_| (kept.function, FUNCTION)));
        promises.extend(self.core.iter().map(|_| (kept.nature, NATURE)));
        if self.function.is_some() || self.core.is_some() {
            for (is_kept, [kept, broken, open]) in promises {
                let key = match is_kept {
                    Some(true) => kept,
                    Some(false) => broken,
                    None => open,
                };
                answer.notes.push(Said::of(key));
            }
        }
        self.tell_unjudged(asking, &found, answer);
        // What is no figure is none in the summary either.
        let mut summary = serde_json::to_value(&found).unwrap_or_default();
        for (name, is_known) in [
            ("before_m2", before_known),
            ("after_m2", after_known),
            ("lost_m2", both),
            ("gained_m2", both),
            ("slivers_lost_m2", both),
            ("slivers_gained_m2", both),
            ("changed_m2", both && kept.function.is_some()),
            ("downgraded_m2", both && kept.nature.is_some()),
        ] {
            if !is_known {
                summary[name] = serde_json::Value::Null;
            }
        }
        if !both {
            summary["kept"]["area"] = serde_json::Value::Null;
        }
        answer.summaries.push(summary);
        Ok(())
    }

    /// Says why a promise is not judged.
    fn tell_unjudged(&self, asking: &Asking<'_>, found: &Audit, answer: &mut RuleAnswer) {
        // Where a part of a version is asked for, that it has none of it is an answer: no field was 严格管控类 before.
        let has_areas = |role: Role| {
            let layer = asking.input.together(role).map(|indexed| indexed.layer());
            layer.is_some_and(|layer| layer.rows().any(|row| is_area(layer, row)))
        };
        let is_answer = |why: &Unjudged| {
            let is_none = matches!(why, Unjudged::NothingBefore | Unjudged::NothingAfter | Unjudged::NothingCommon);
            is_none && self.only.is_some() && has_areas(self.before) && has_areas(self.after)
        };
        for why in found.unjudged.iter().filter(|why| !is_answer(why)) {
            let (role, key, n) = match *why {
                Unjudged::NothingBefore => (self.before, "rules.open_nothing", 0),
                Unjudged::NothingAfter => (self.after, "rules.open_nothing", 0),
                Unjudged::NothingCommon => (self.after, "rules.open_common", 0),
                Unjudged::LeftOutBefore(n) => (self.before, "rules.open_left_out", n),
                Unjudged::LeftOutAfter(n) => (self.after, "rules.open_left_out", n),
            };
            answer.note(Said::told(|lang| tr!(lang, key, role = role.title(lang), n = n).into_owned()));
        }
    }

    /// What a change of land is called.
    fn term(&self, change: LandChange) -> &'static str {
        match (change, self.is_plain) {
            (LandChange::Lost, true) => "减少",
            (LandChange::Gained, true) => "增加",
            (change, _) => change.term(),
        }
    }

    /// What it depends on whether features of a version that may be in it cover a piece of the other.
    fn may_be_in(&self, other: &Chosen, piece: &AuditPiece) -> Vec<Doubt> {
        let Some(doubtful) = &other.doubtful else { return Vec::new() };
        if !matches!(piece.change, LandChange::Lost | LandChange::Gained) {
            return Vec::new();
        }
        let points: Vec<LonLat> = piece.polygons.iter().flatten().flatten().copied().collect();
        let own = LonLatBox::of(&points);
        let mut doubts: Vec<Doubt> = Vec::new();
        for (row, of) in doubtful.doubts.iter() {
            let theirs = doubtful.layer.layer().geometries.bounds(*row);
            // Neighbours share a border and no ground.
            let common = own.intersection(theirs);
            let shares = common.max.lon - common.min.lon > HAIR_DEG && common.max.lat - common.min.lat > HAIR_DEG;
            doubts.extend(of.iter().filter(|_| shares).cloned());
        }
        doubts.sort();
        doubts.dedup();
        doubts
    }

    /// What two versions are compared by; a column that one of them lacks is told, and then nothing is compared.
    fn told(
        &self,
        asking: &Asking<'_>,
        found: Result<Option<Qualities>, AskError>,
        answer: &mut RuleAnswer,
    ) -> Result<Option<Arc<Qualities>>, AskError> {
        match found {
            Ok(found) => Ok(found.map(Arc::new)),
            Err(AskError::Lacks(role, column)) => {
                answer.tell_no_column(asking, role, &column);
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }

    fn readings(&self, asking: &Asking<'_>, column: &str) -> Result<[(Role, Arc<ColumnReading>); 2], AskError> {
        let of = |role: Role| {
            let reading = asking.input.reading(role, column);
            let is_empty = asking.input.together(role).is_some_and(|layer| layer.layer().is_empty());
            let reading = reading.filter(|reading| reading.has_column() || is_empty);
            reading.map(|reading| (role, reading)).ok_or_else(|| AskError::Lacks(role, column.to_owned()))
        };
        Ok([of(self.before)?, of(self.after)?])
    }

    /// The function of every row: the first that is named is the main one.
    fn functions(&self, asking: &Asking<'_>, column: &str) -> Result<Qualities, AskError> {
        let readings = self.readings(asking, column)?;
        let of = |(role, reading): &(Role, Arc<ColumnReading>)| -> Vec<Quality> {
            let layer = asking.input.together(*role).map(|layer| layer.layer());
            let importance = asking.input.vocabulary().property(*role, "importance");
            let said = |row: usize| match &**reading.of(row) {
                Reading::Unknown(text) => folded(text),
                Reading::Terms(terms) if !terms.unknown.is_empty() => folded(&terms.raw),
                _ => String::new(),
            };
            let quality = |row: usize| match &**reading.of(row) {
                Reading::Terms(terms) => {
                    let value = layer.map(|layer| layer.attributes.get(row, column));
                    let rank = importance.zip(value).and_then(|(p, value)| p.rank(&value)).unwrap_or(0);
                    let all: Vec<String> = terms.own.iter().map(|term| folded(term)).collect();
                    // A part that nobody knows may take back the one before it: 水源涵养（已降级）.
                    let is_unknown = !terms.unknown.is_empty();
                    let said = said(row);
                    Quality { main: all.first().cloned(), all: all.into_iter().collect(), rank, is_unknown, said }
                }
                _ => Quality { is_unknown: true, said: said(row), ..Quality::default() },
            };
            (0..layer.map_or(0, |layer| layer.len())).map(quality).collect()
        };
        let [before, after] = readings.each_ref().map(of);
        Ok(Qualities { before, after })
    }

    /// Which rows are core.
    fn cores(&self, asking: &Asking<'_>, column: &str) -> Result<Qualities, AskError> {
        let readings = self.readings(asking, column)?;
        let of = |(role, reading): &(Role, Arc<ColumnReading>)| -> Vec<Quality> {
            let layer = asking.input.together(*role).map(|layer| layer.layer());
            let core = || Some(column.to_owned());
            let quality = |row: usize| match &**reading.of(row) {
                Reading::Truth(true) => {
                    Quality { main: core(), all: core().into_iter().collect(), ..Quality::default() }
                }
                Reading::Truth(false) => Quality::default(),
                _ => Quality { is_unknown: true, ..Quality::default() },
            };
            (0..layer.map_or(0, |layer| layer.len())).map(quality).collect()
        };
        let [before, after] = readings.each_ref().map(of);
        Ok(Qualities { before, after })
    }

    /// Why a piece is looked at.
    fn doubt(&self, asking: &Asking<'_>, by: &AuditBy, piece: &AuditPiece, role: Role) -> Said {
        let is_core = piece.change == LandChange::Downgraded;
        let column = if is_core { &self.core } else { &self.function };
        let reading = column.as_ref().and_then(|column| asking.input.reading(role, column));
        let doubts = reading.map(|reading| reading.doubts(piece.row)).unwrap_or_default();
        if !doubts.is_empty() {
            return doubt_text(asking.input, &doubts);
        }
        let qualities = by.functions.as_ref().filter(|_| !is_core);
        let lacks_rank = qualities.and_then(|q| Some((q.after.get(piece.row)?, &q.before)));
        let lacks_rank = lacks_rank.is_some_and(|(own, before)| before.iter().any(|old| own.lacks_rank_of(old)));
        Said::of(if lacks_rank { "words.doubt_rank" } else { "words.doubt_before" })
    }

    /// Roles with the columns that are read of them.
    pub(super) fn columns_read(&self, columns: &dyn Fn(&String) -> Vec<String>) -> Vec<(Vec<Role>, Vec<String>)> {
        let both = vec![self.before, self.after];
        let named = [&self.function, &self.core].into_iter().flatten().cloned().collect();
        let chosen = self.only.iter().map(|text| (both.clone(), columns(text)));
        chosen.chain([(both.clone(), named)]).collect()
    }
}
