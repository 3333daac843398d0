//! Questions of a project that have no answer: their layer is not there, their condition cannot be read, they were stopped or
//! need too much memory. They are told and stay in the project as they were.

use super::jobs::Event;
use super::project::{ProjectLayer, ProjectQuestion};
use super::{Command, Key, Operands, Session};
use crate::i18n::{Lang, between, bracketed, text_of, tr};
use crate::query::Question;

/// A layer of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    Open(Key),
    /// The layer of this file could not be read.
    Unread(String),
    /// The project has no layer of this number.
    Nothing(usize),
}

/// A question of a project that was not put.
#[derive(Clone, Debug, PartialEq)]
pub struct Unput {
    /// As it stands in the project.
    asked: ProjectQuestion,
    subject: Asked,
    reference: Option<Asked>,
    entrances: Option<Asked>,
}

impl Unput {
    /// What it asks and why it was not put.
    fn text(&self, lang: Lang) -> String {
        let all = std::iter::once(&self.subject).chain(&self.reference).chain(&self.entrances);
        let missing = all.filter_map(|asked| match asked {
            Asked::Open(_) => None,
            Asked::Unread(file) => Some(file.clone()),
            Asked::Nothing(number) => Some(tr!(lang, "project.no_layer", number = number).into_owned()),
        });
        let missing: Vec<String> = missing.collect();
        let kind = text_of(lang, &format!("question.{}", self.asked.question.kind()));
        format!("{kind}{}", bracketed(&missing.join(between(lang)), lang))
    }
}

/// The questions that were not put, in words.
pub fn unput_text(unput: &[Unput], lang: Lang) -> String {
    let all: Vec<String> = unput.iter().map(|one| one.text(lang)).collect();
    tr!(lang, "project.unput", questions = all.join(between(lang))).into_owned()
}

impl Session {
    /// Puts the questions of a project whose layers have these keys; those whose layers are not there are kept.
    pub(super) fn put_questions(
        &mut self,
        questions: &[ProjectQuestion],
        layers: &[ProjectLayer],
        keys: &[Option<Key>],
    ) {
        let of = |number: usize| match (keys.get(number).copied().flatten(), layers.get(number)) {
            (Some(key), _) => Asked::Open(key),
            (None, Some(layer)) => Asked::Unread(layer.file.clone()),
            (None, None) => Asked::Nothing(number),
        };
        (self.questions.unanswered, self.questions.unput) = (Vec::new(), Vec::new());
        let mut wanted = Vec::new();
        for asked in questions {
            let (reference, entrances) = (asked.reference.map(of), asked.entrances.map(of));
            let open = |asked: &Option<Asked>| match asked {
                None => Some(None),
                Some(Asked::Open(key)) => Some(Some(*key)),
                Some(_) => None,
            };
            let subject = of(asked.subject);
            match (&subject, open(&reference), open(&entrances)) {
                (Asked::Open(key), Some(reference), Some(entrances)) => {
                    let operands = Operands {
                        subject: *key,
                        reference,
                        entrances,
                        subject_where: asked.subject_where.clone(),
                        reference_where: asked.reference_where.clone(),
                    };
                    wanted.push((asked.question.clone(), operands));
                }
                _ => self.questions.unput.push(Unput { asked: asked.clone(), subject, reference, entrances }),
            }
        }
        self.questions.unanswered.clone_from(&wanted);
        // The newest is put last.
        for (question, operands) in wanted.into_iter().rev() {
            self.carry_out(Command::Ask(question, operands));
        }
        if !self.questions.unput.is_empty() {
            self.report(Event::Unput(self.questions.unput.clone()));
        }
    }

    /// A question has its answer: what becomes of it is what becomes of that.
    pub(super) fn is_answered(&mut self, question: &Question, operands: &Operands) {
        self.questions.unanswered.retain(|(own, of)| own != question || of != operands);
    }

    /// The question that a job was to answer, where it is one of the project's.
    pub(super) fn kept_question(&self, job: u64) -> Option<&'static str> {
        let (_, question, operands) = self.questions.asking.iter().find(|(id, ..)| *id == job)?;
        let is_kept = self.questions.unanswered.iter().any(|(own, of)| own == question && of == operands);
        is_kept.then(|| question.kind())
    }

    /// The questions as a project with these layers holds them, the newest first.
    pub(super) fn questions_of(&self, layers: &[ProjectLayer]) -> Vec<ProjectQuestion> {
        let number = |key: Key| self.layers.iter().position(|layer| layer.key == key);
        let answered = self.answers.iter().map(|answer| (&answer.answer.question, &answer.operands));
        let unanswered = self.questions.unanswered.iter().map(|(question, operands)| (question, operands));
        let known = answered.chain(unanswered);
        let is_known = |asked: &(&Question, &Operands)| known.clone().any(|known| known == *asked);
        let asking = self.questions.asking.iter().rev().map(|(_, question, operands)| (question, operands));
        let all = asking.filter(|asked| !is_known(asked)).chain(known.clone());
        let put = all.filter_map(|(question, own)| {
            // A layer that was taken out takes its questions along; they are no others without it.
            let of = |key: Option<Key>| key.map_or(Some(None), |key| number(key).map(Some));
            Some(ProjectQuestion {
                question: question.clone(),
                subject: number(own.subject)?,
                reference: of(own.reference)?,
                entrances: of(own.entrances)?,
                subject_where: own.subject_where.clone(),
                reference_where: own.reference_where.clone(),
            })
        });
        let mut questions: Vec<ProjectQuestion> = put.collect();
        let place = |asked: &Asked| match asked {
            Asked::Open(key) => number(*key),
            Asked::Unread(file) => layers.iter().position(|layer| layer.file == *file),
            // One that is there meanwhile is another.
            Asked::Nothing(number) => Some((*number).max(layers.len())),
        };
        questions.extend(self.questions.unput.iter().filter_map(|one| {
            let of = |asked: &Option<Asked>| asked.as_ref().map_or(Some(None), |asked| place(asked).map(Some));
            let (subject, reference, entrances) = (place(&one.subject)?, of(&one.reference)?, of(&one.entrances)?);
            Some(ProjectQuestion { subject, reference, entrances, ..one.asked.clone() })
        }));
        questions
    }
}
