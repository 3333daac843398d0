//! The question being put together: its kind, its layers, its distances, with sensible ones by role.

use crate::model::Role;
use crate::query::expression::Expression;
use crate::query::{Dissolve, Question, Side};
use crate::session::{KeptAnswer, Key, Operands, Session};
use crate::ui::context::Headline;

/// The kinds a planner chooses from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Within a distance.
    #[default]
    Within,
    /// Service gaps.
    Gaps,
    /// Nearest.
    Nearest,
    /// Overlap.
    Overlap,
    /// Buffer.
    Buffer,
}

/// What a question still lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lacking {
    /// A layer to put it to.
    Subject,
    /// A reference that is another layer.
    Reference,
    /// A condition that can be read, over properties that the layer has.
    Condition,
}

impl Lacking {
    /// The key of its text.
    pub fn key(self) -> &'static str {
        match self {
            Self::Subject => "ask.lacks_subject",
            Self::Reference => "ask.lacks_reference",
            Self::Condition => "ask.lacks_condition",
        }
    }
}

impl Kind {
    /// Every kind, in the order of the list.
    pub const ALL: [Self; 5] = [Self::Within, Self::Gaps, Self::Nearest, Self::Overlap, Self::Buffer];

    /// The name in keys of texts.
    pub fn id(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::Gaps => "gaps",
            Self::Nearest => "nearest",
            Self::Overlap => "overlap",
            Self::Buffer => "buffer",
        }
    }

    /// Roles that the question is usually put to, likeliest first: subject, then reference.
    fn roles(self) -> (&'static [Role], &'static [Role]) {
        match self {
            Self::Within => {
                (&[Role::Outlet, Role::Enterprise, Role::Plot], &[Role::Shoreline, Role::Coastline, Role::River])
            }
            Self::Gaps => (&[Role::Residential], &[Role::Park, Role::GreenSpace]),
            Self::Nearest => (&[Role::Outlet, Role::Enterprise], &[Role::River, Role::Shoreline]),
            Self::Overlap => {
                (&[Role::Plot, Role::Enterprise], &[Role::RedLine, Role::WaterSourceZone, Role::ControlUnit])
            }
            Self::Buffer => (&[Role::River, Role::Shoreline, Role::WaterBody], &[]),
        }
    }
}

/// The question being put together.
pub struct AskForm {
    pub(super) kind: Kind,
    pub(super) subject: Option<Key>,
    pub(super) reference: Option<Key>,
    pub(super) entrances: Option<Key>,
    /// What is typed to choose features of both layers by.
    pub(super) subject_where: String,
    pub(super) reference_where: String,
    pub(super) distance_m: f64,
    pub(super) side: Side,
    pub(super) radius_m: f64,
    pub(super) min_area_m2: f64,
    pub(super) people: Option<String>,
    pub(super) max_m: Option<f64>,
    pub(super) buffer_m: f64,
    pub(super) dissolve: Dissolve,
    /// Layers known when the operands were chosen.
    layers: Vec<(Key, Option<Role>)>,
    /// The planner chose the operands: layers that come later do not change them.
    pub(super) chosen: bool,
    /// The answer beside which the form stays unfolded, by its state.
    pub(super) unfolded: Option<u64>,
}

impl Default for AskForm {
    fn default() -> Self {
        Self {
            kind: Kind::Within,
            subject: None,
            reference: None,
            entrances: None,
            subject_where: String::new(),
            reference_where: String::new(),
            distance_m: 2_000.0,
            side: Side::Within,
            radius_m: 500.0,
            min_area_m2: 5_000.0,
            people: None,
            max_m: None,
            buffer_m: 200.0,
            dissolve: Dissolve::Each,
            layers: Vec::new(),
            chosen: false,
            unfolded: None,
        }
    }
}

impl AskForm {
    /// True where it asks what was answered.
    pub(super) fn is_of(&self, session: &Session, answer: &KeptAnswer) -> bool {
        let asked = self.question(session);
        asked.is_ok_and(|(question, operands)| question == answer.answer.question && operands == answer.operands)
    }

    /// Keeps the operands among what is open: sensible ones by role where there are none yet.
    pub fn follow(&mut self, session: &Session) {
        let now: Vec<(Key, Option<Role>)> = session.layers().iter().map(|l| (l.key, l.role)).collect();
        if now == self.layers {
            return;
        }
        let gone = |key: &Option<Key>| key.is_some_and(|k| session.layer(k).is_none());
        if gone(&self.entrances) {
            self.entrances = None;
        }
        if !self.chosen || gone(&self.subject) || gone(&self.reference) {
            self.suggest(session);
        }
        self.layers = now;
    }

    /// Chooses operands by role, the likeliest first.
    pub(super) fn suggest(&mut self, session: &Session) {
        let (subjects, references) = self.kind.roles();
        let find = |roles: &[Role], not: Option<Key>| {
            let open = |role: &Role| session.layers().iter().find(|l| l.role == Some(*role) && Some(l.key) != not);
            roles.iter().find_map(open).map(|l| l.key)
        };
        self.subject = find(subjects, None).or(session.layers().first().map(|l| l.key));
        let other = session.layers().iter().map(|l| l.key).find(|k| Some(*k) != self.subject);
        self.reference = find(references, self.subject).or(other);
        self.entrances = None;
        self.subject_where.clear();
        self.reference_where.clear();
        self.subject_chosen(session);
        self.facilities_chosen(session);
        self.chosen = false;
    }

    /// The column of people that goes with the subject.
    pub(super) fn subject_chosen(&mut self, session: &Session) {
        let layer = self.subject.and_then(|k| session.layer(k));
        let has = |name: &&&str| layer.is_some_and(|l| l.layer().attributes.column(name).is_some());
        self.people = ["population", "人口", "pop"].iter().find(has).map(|n| (*n).to_owned());
    }

    /// The least area that goes with the facilities: parks have the usual 5,000 m², a bus stop has none.
    pub(super) fn facilities_chosen(&mut self, session: &Session) {
        let role = self.reference.and_then(|k| session.layer(k)).and_then(|l| l.role);
        self.min_area_m2 = if matches!(role, Some(Role::Park | Role::GreenSpace)) { 5_000.0 } else { 0.0 };
    }

    /// Takes a headline question with the operands that go with it.
    pub fn take(&mut self, headline: Headline, session: &Session) {
        let kind = match headline {
            Headline::Outlets => Kind::Within,
            Headline::Parks => Kind::Gaps,
        };
        *self = Self { kind, ..Self::default() };
        self.follow(session);
    }

    /// Takes over a question that was asked before.
    pub fn load(&mut self, question: &Question, operands: &Operands) {
        self.subject = Some(operands.subject);
        self.reference = operands.reference;
        self.entrances = operands.entrances;
        self.subject_where = operands.subject_where.clone().unwrap_or_default();
        self.reference_where = operands.reference_where.clone().unwrap_or_default();
        self.chosen = true;
        match question.clone() {
            Question::Within { distance_m, side } => {
                (self.kind, self.distance_m, self.side) = (Kind::Within, distance_m, side);
            }
            Question::Gaps { radius_m, min_area_m2, people } => {
                self.kind = Kind::Gaps;
                (self.radius_m, self.min_area_m2, self.people) = (radius_m, min_area_m2, people);
            }
            Question::Nearest { max_m } => (self.kind, self.max_m) = (Kind::Nearest, max_m),
            Question::Overlap => self.kind = Kind::Overlap,
            Question::Buffer { distance_m, dissolve } => {
                (self.kind, self.buffer_m, self.dissolve) = (Kind::Buffer, distance_m, dissolve);
            }
        }
    }

    /// The question and its operands.
    ///
    /// # Errors
    /// The first thing that the form lacks.
    pub fn question(&self, session: &Session) -> Result<(Question, Operands), Lacking> {
        let open = |key: Option<Key>| key.filter(|k| session.indexed(*k).is_some());
        let question = match self.kind {
            Kind::Within => Question::Within { distance_m: self.distance_m, side: self.side },
            Kind::Gaps => {
                Question::Gaps { radius_m: self.radius_m, min_area_m2: self.min_area_m2, people: self.people.clone() }
            }
            Kind::Nearest => Question::Nearest { max_m: self.max_m },
            Kind::Overlap => Question::Overlap,
            Kind::Buffer => Question::Buffer { distance_m: self.buffer_m, dissolve: self.dissolve },
        };
        let subject = open(self.subject).ok_or(Lacking::Subject)?;
        let reference = open(self.reference).filter(|_| question.needs_reference());
        if question.needs_reference() && (reference.is_none() || reference == Some(subject)) {
            return Err(Lacking::Reference);
        }
        let entrances = open(self.entrances).filter(|_| self.kind == Kind::Gaps);
        let typed = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let subject_where = typed(&self.subject_where);
        let reference_where = typed(&self.reference_where).filter(|_| reference.is_some());
        let fits = |key: Option<Key>, text: &Option<String>| match (key.and_then(|k| session.indexed(k)), text) {
            (Some(layer), Some(text)) => Expression::parse(text).is_ok_and(|e| e.over(layer.layer()).is_ok()),
            _ => true,
        };
        if !fits(Some(subject), &subject_where) || !fits(reference, &reference_where) {
            return Err(Lacking::Condition);
        }
        Ok((question, Operands { subject, reference, entrances, subject_where, reference_where }))
    }
}
