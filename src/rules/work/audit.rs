//! Two versions of a layer: land that breaks a promise is a ban.

use super::super::answer::{RuleAnswer, RuleFeature, RuleFigure, RuleValue};
use super::super::run::Asking;
use super::super::{Said, Verdict};
use crate::io::geojson::OutGeometry;
use crate::model::Role;
use crate::query::{AskError, AuditBy, LandChange, audit};
use serde::{Deserialize, Serialize};

/// Two versions of a layer of areas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditWork {
    /// The old version.
    pub before: Role,
    /// The new version.
    pub after: Role,
    /// The column that names a unit.
    pub key: String,
    /// The column of its function.
    pub function: String,
    /// The column that says whether it is core.
    pub core: String,
    /// What to call land that is lost, gained, under another function, and no longer core.
    pub reasons: [Said; 4],
}

impl AuditWork {
    pub(super) fn run(&self, asking: &Asking<'_>, answer: &mut RuleAnswer) -> Result<(), AskError> {
        let (Some(before), Some(after)) = (asking.input.together(self.before), asking.input.together(self.after))
        else {
            return Ok(());
        };
        let by =
            AuditBy { key: self.key.clone(), function: Some(self.function.clone()), core: Some(self.core.clone()) };
        let found = audit(before, after, &by, asking.progress)?;
        for (number, piece) in found.pieces.iter().enumerate() {
            let verdict = match piece.change {
                LandChange::Gained => Verdict::List,
                LandChange::Lost if found.kept.area => Verdict::Review,
                LandChange::Lost | LandChange::Function | LandChange::Downgraded => Verdict::Ban,
            };
            let role = if piece.change == LandChange::Lost { self.before } else { self.after };
            let because = self.reasons[piece.change as usize].clone();
            let geometry = OutGeometry::Polygons(piece.polygons.clone());
            let mut feature = RuleFeature::new(Some((role, piece.row)), verdict, because, geometry);
            // One unit may have several pieces: its id is the unit's, not theirs.
            feature.id = Some(format!("\"{}-{}\"", piece.change.term(), number + 1));
            feature.tag = Some(piece.change.term());
            let values = vec![("area_m2", RuleValue::rounded(piece.area_m2, 3))];
            answer.features.push(feature.with(values));
        }
        for (name, key, m2) in [
            ("net_ha", "rules.net_m2", found.after_m2 - found.before_m2),
            ("lost_ha", "rules.lost_m2", found.lost_m2),
            ("gained_ha", "rules.gained_m2", found.gained_m2),
            ("changed_ha", "rules.changed_m2", found.changed_m2),
            ("downgraded_ha", "rules.downgraded_m2", found.downgraded_m2),
        ] {
            answer.figures.push(RuleFigure::hectares(name, key, m2));
        }
        let promises = [
            (found.kept.area, "rules.kept_area", "rules.broken_area"),
            (found.kept.function, "rules.kept_function", "rules.broken_function"),
            (found.kept.nature, "rules.kept_nature", "rules.broken_nature"),
        ];
        answer.notes.extend(promises.map(|(is_kept, kept, broken)| Said::of(if is_kept { kept } else { broken })));
        answer.summaries.push(serde_json::to_value(&found).unwrap_or_default());
        Ok(())
    }
}
