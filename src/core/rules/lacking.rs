//! What a rule lacks of a project: layers, and columns without which it cannot be answered. Told by looking at the columns;
//! only where that depends on what the rule finds is it run.

use super::answer::{RuleAnswer, Status};
use super::run::{Asking, missing_roles, run};
use super::{Figure, Rule, RuleInput, Values};
use crate::progress::{Cancelled, Progress};
use crate::query::AskError;

/// Whether a rule can be answered, and the roles or columns that it lacks.
///
/// # Errors
/// Where it was stopped.
pub fn lacking(
    rule: &Rule,
    input: &RuleInput,
    values: &Values,
    progress: &Progress,
) -> Result<(Status, Vec<String>), Cancelled> {
    let missing = missing_roles(rule, input);
    if !missing.is_empty() {
        return Ok((Status::MissingLayer, missing));
    }
    let asking = Asking { rule, input, values, progress };
    let mut looked = RuleAnswer::of(rule, values);
    let answer = match looked.has_columns(&asking) {
        Ok(true) => looked,
        Ok(false) => run(rule, input, values, progress)?,
        Err(e) => {
            looked.fails(e, input)?;
            looked
        }
    };
    Ok((answer.status, answer.missing))
}

impl RuleAnswer {
    /// True where the layers have every column without which the rule is not answered, false where that depends on what it
    /// finds.
    fn has_columns(&mut self, asking: &Asking<'_>) -> Result<bool, AskError> {
        let rule = asking.rule;
        for step in &rule.steps {
            let (subjects, references) = match self.put_to(asking, step) {
                Ok(Some(put)) => put,
                Ok(None) => continue,
                // What other steps find may answer it.
                Err(AskError::Lacks(..)) if rule.steps.iter().any(|step| step.optional) => return Ok(false),
                Err(e) => return Err(e),
            };
            for subject in &subjects {
                step.check_columns(subject, &references)?;
            }
        }
        let of_work = rule.work.as_ref().map_or(Ok(true), |work| work.has_columns(asking))?;
        let lacks = |figure: &Figure| !figure.optional && figure.lacks_column(asking);
        Ok(of_work && !rule.figures.iter().any(lacks))
    }
}
