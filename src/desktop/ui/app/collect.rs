//! What jobs have come to is taken in, before the frame.

use super::Workbench;
use crate::i18n::Said;
use crate::io::SaveCause;
use crate::session::{Event, stored_text, unput_text};
use crate::ui::map::scene::{self};
use crate::ui::notices::Notice;
use crate::ui::reporting::ReportError;

impl Workbench {
    /// Takes in what jobs have come to.
    pub(super) fn collect(&mut self) {
        for one in std::mem::take(&mut self.printing) {
            let Ok(done) = one.later.take() else {
                self.printing.push(one);
                continue;
            };
            let path = one.path;
            if !matches!(done, Some(Ok(()))) {
                self.dialogs.stay_open();
            }
            self.dialogs.notices.tell(match done {
                Some(Ok(())) => Notice::Exported(path),
                Some(Err(ReportError::Save(e))) => Notice::Save(e),
                Some(Err(ReportError::Draw(e))) => Notice::Draw(e),
                Some(Err(ReportError::Cancelled(_))) => Notice::Cancelled,
                None => Notice::BrokeDown,
            });
        }
        self.collect_report();
        self.collect_backdrops();
        for layer in self.scene.take_failed() {
            self.dialogs.notices.tell(Notice::NotDrawn(layer));
        }
        for event in self.session.poll() {
            if event.is_failure() {
                // What could not be saved is not to be lost by closing.
                self.dialogs.stay_open();
            }
            match event {
                Event::LayerAdded(key) => {
                    let path = self.session.layer(key).and_then(|l| l.layer().source.path.clone());
                    // Relative paths would mean something else at the next start.
                    if let Some(path) = path.and_then(|p| std::path::absolute(p).ok()) {
                        self.settings.remember(&path);
                    }
                }
                Event::AlreadyOpen(key) => self.looking.active = Some(key),
                Event::Answered(key) => {
                    self.looking.active = Some(key);
                    self.looking.selection.set(None);
                    if self.awaits {
                        self.show_answer(key);
                    }
                }
                // Where everything in a folder counts, the list of layers says it.
                Event::Contents(contents) => {
                    let lang = self.settings.lang;
                    if contents.notice_text(lang).is_some() {
                        self.dialogs.notices.tell(Notice::Contents(contents));
                    }
                }
                Event::StepsLetGo(steps) => self.dialogs.notices.tell(Notice::StepsLetGo(steps)),
                Event::ValueFailed(e) => self.dialogs.notices.tell(Notice::Value(e)),
                Event::Undecided(examined) => {
                    let around = crate::ui::import::around(&self.session);
                    let said_before = self.settings.said_of(&examined.path).map(str::to_owned);
                    self.dialogs.import.take(&examined, around, said_before.as_deref());
                }
                Event::ReadFailed(e) => self.dialogs.notices.tell(Notice::Read(e)),
                Event::TooLarge(command, why) => self.dialogs.too_large(*command, why),
                Event::ClusterEnded(ended) => self.dialogs.cluster_ended(ended),
                Event::Unput(unput) => {
                    self.dialogs.notices.tell(Notice::Unput(Said::told(|lang| unput_text(&unput, lang))));
                }
                Event::QuestionKept(kind, e) => self.dialogs.notices.tell(Notice::QuestionKept(kind, e)),
                Event::AskFailed(e) => self.dialogs.notices.tell(Notice::Ask(e)),
                Event::ExportFailed(e) => self.dialogs.notices.tell(Notice::Save(e)),
                Event::SaveFailed(key, e) => {
                    if e.cause == SaveCause::ChangedOnDisk {
                        self.dialogs.overtaken(key);
                    } else if matches!(e.cause, SaveCause::Loses(_)) {
                        self.dialogs.stay_open();
                        if let Some(command) = self.dialogs.losing.ask(key, e) {
                            self.session.execute(command);
                        }
                    } else {
                        self.dialogs.notices.tell(Notice::Save(e));
                    }
                }
                Event::Saved(_, path) => {
                    if let Ok(path) = std::path::absolute(&path) {
                        self.settings.remember(&path);
                    }
                    self.dialogs.notices.tell(Notice::Saved(path));
                }
                Event::Stored(_, written) => self.dialogs.notices.tell(Notice::Told(stored_text(&written))),
                Event::Conflicts(key, conflicts) => self.dialogs.conflicts.ask(key, conflicts),
                Event::ProjectOpened(view) => {
                    if let Some(path) = self.session.open_project().map(|open| open.path.clone()) {
                        self.settings.remember(&path);
                        self.start.thumbnails.ask_for(&path);
                    }
                    if let Some(view) = view {
                        self.map.look(view.center, view.scale);
                        self.fitted = self.session.layers().len();
                    }
                }
                Event::Told(said) => self.dialogs.notices.tell(Notice::Told(said)),
                Event::Packed(path) => self.dialogs.notices.tell(Notice::Saved(path)),
                Event::UnpackFailed(e) => self.dialogs.notices.tell(Notice::Unpack(e)),
                Event::TakenUp(taken_up) => self.dialogs.notices.tell(Notice::TakenUp(taken_up)),
                Event::ProjectSaved(path) => {
                    self.settings.remember(&path);
                    self.start.thumbnails.ask_for(&path);
                    self.dialogs.notices.tell(Notice::Saved(path));
                }
                Event::ProjectFailed(e) => self.dialogs.notices.tell(Notice::Project(e)),
                Event::ProjectNeeds(layers) => self.dialogs.notices.tell(Notice::ProjectNeeds(layers)),
                Event::JournalFailed(cause) => self.dialogs.notices.tell(Notice::Journal(cause)),
                Event::FollowingFailed(e) => self.dialogs.notices.tell(Notice::Following(e)),
                Event::RuleFailed(e) => self.dialogs.notices.tell(Notice::Rule(e)),
                Event::WordsFailed(e) => self.dialogs.notices.tell(Notice::Words(e)),
                Event::UnknownKeys(keys) => self.dialogs.notices.tell(Notice::Unknown(keys)),
                Event::Ruled(key) => {
                    // Where nothing was found, or nothing that has a place, there is nothing to look at; but whoever ran
                    // the rule that is open is told so, and does not read the rows of another.
                    let has_place = self.session.indexed(key).is_some_and(|found| !found.layer().bounds.is_empty());
                    let ran = self.session.rule_results().iter().find(|result| result.key == key);
                    if has_place || ran.is_some_and(|result| self.rules.is_open(&result.answer.rule.id)) {
                        self.looking.active = Some(key);
                        self.looking.selection.set(None);
                    }
                    // Of many that run together none takes the map.
                    if self.awaits && has_place && ran.is_some_and(|result| self.rules.is_open(&result.answer.rule.id))
                    {
                        self.show_answer(key);
                    }
                }
                Event::Compared => {}
                Event::FindingsBeside(beside) => self.dialogs.merging.ask(beside),
                Event::EditFailed(e) => self.dialogs.notices.tell(Notice::Edit(e)),
                Event::Exported(_, path) => self.dialogs.notices.tell(Notice::Exported(path)),
                Event::Cancelled(_) => self.dialogs.notices.tell(Notice::Cancelled),
                Event::BrokeDown(_) => self.dialogs.notices.tell(Notice::BrokeDown),
            }
        }
        if self.session.jobs().is_empty() {
            self.awaits = false;
        }
        // The first layers that arrive are brought into view; later ones leave the view alone.
        if self.fitted == 0 && self.session.jobs().is_empty() && !self.session.layers().is_empty() {
            self.map.fit_all(&scene::shown(&self.session, &self.looking.selection, None, 0.0));
        }
        if self.session.jobs().is_empty() {
            self.fitted = self.session.layers().len();
        }
        self.ask.follow(&self.session);
        if self.looking.active.is_some_and(|key| self.is_gone(key)) {
            // Back to the answer that is shown; what is shown stays as it is.
            self.looking.active = self.session.answers().iter().find(|a| a.visible).map(|a| a.key);
        }
        if self.looking.active.is_none() {
            self.looking.active = self.session.layers().first().map(|l| l.key);
        }
        if self.looking.health.is_some_and(|key| self.is_gone(key)) {
            self.looking.health = None;
        }
    }
}
