//! What was done, step by step: any step can be gone back to.

use crate::comments::Set;
use crate::i18n::{Lang, text_of, tr};
use crate::session::{Change, Command, CommentChange, EditKind, ScenarioChange, Session};
use crate::ui::context::Context;
use crate::ui::{theme, widgets};
use eframe::egui::{Button, RichText, ScrollArea, Ui};

/// The steps that can be taken back, the last first, and those that can be made again, the next first.
pub fn texts(session: &Session, lang: Lang) -> (Vec<String>, Vec<String>) {
    let (undo, redo) = session.history();
    // What takes a step back tells the step the other way round.
    (
        undo.map(|change| text(session, change, true, lang)).collect(),
        redo.map(|c| text(session, c, false, lang)).collect(),
    )
}

fn text(session: &Session, change: &Change, is_inverse: bool, lang: Lang) -> String {
    let name = |key| session.layer(key).map_or_else(String::new, |layer| session.title(layer, lang));
    let (key, of) = match change {
        Change::Edit(edit) => (edit_key(edit.name.kind), edit.name.of.clone()),
        Change::Remove(layer) if is_inverse => ("step.open", name(*layer)),
        Change::Remove(layer) => ("step.remove", name(*layer)),
        Change::InsertLayer(_, layer) if is_inverse => ("step.remove", session.title(layer, lang)),
        Change::InsertLayer(_, layer) => ("step.open", session.title(layer, lang)),
        Change::Replace(layer) => ("step.reload", session.title(layer, lang)),
        Change::InsertAnswer(_, answer) => ("step.answer", super::ask::title(answer, lang)),
        Change::SetRole(layer, _) => ("step.role", name(*layer)),
        Change::SetApart(layer, _) => ("step.role", name(*layer)),
        Change::Move(layer, _) => ("step.order", name(*layer)),
        Change::Rename(layer, _) => ("step.rename", name(*layer)),
        Change::SetColumnNames(layer, _) => ("step.columns", name(*layer)),
        Change::SetBackdrops(_) => ("change.backdrops", String::new()),
        Change::SetWords(_) => ("change.words", String::new()),
        Change::SetStyle(layer, _) => ("step.style", name(*layer)),
        Change::Findings(_) => ("step.findings_merge", String::new()),
        Change::Comment(change) => comment(session, change, is_inverse),
        Change::Scenario(change) => scenario(session, change, is_inverse, lang),
    };
    format!("{} {of}", text_of(lang, key)).trim_end().to_owned()
}

/// What a step with a comment is called, and of which.
fn comment(session: &Session, change: &CommentChange, is_inverse: bool) -> (&'static str, String) {
    let (id, key) = match change {
        CommentChange::Add(_) => (None, "step.comment_add"),
        CommentChange::Set(id, set) => (
            Some(id),
            match &**set {
                Set::Deleted(is) if *is == is_inverse => "step.comment_add",
                Set::Deleted(_) => "step.comment_delete",
                Set::Text(_) => "step.comment_text",
                Set::State(_) => "step.comment_state",
                Set::Place(_) => "step.comment_place",
                Set::Reply(_) => "step.comment_reply",
            },
        ),
    };
    let comment = id.and_then(|id| session.comments().get(id));
    (key, comment.map(|one| one.title().chars().take(24).collect()).unwrap_or_default())
}

/// What a step with the scenarios is called, and of which.
fn scenario(session: &Session, change: &ScenarioChange, is_inverse: bool, lang: Lang) -> (&'static str, String) {
    let named = |id: Option<u64>| id.and_then(|id| session.scenario(id)).map(|one| one.name.clone());
    match change {
        ScenarioChange::Insert(_, one) if is_inverse => ("step.scenario_remove", one.name.clone()),
        ScenarioChange::Insert(_, one) => ("step.scenario_add", one.name.clone()),
        ScenarioChange::Remove(id) if is_inverse => ("step.scenario_add", named(Some(*id)).unwrap_or_default()),
        ScenarioChange::Remove(id) => ("step.scenario_remove", named(Some(*id)).unwrap_or_default()),
        ScenarioChange::Set(one) => ("step.scenario_set", one.name.clone()),
        ScenarioChange::Switch(to, _) => {
            let shown = if is_inverse { session.scenario_on().map(|one| one.id) } else { *to };
            ("step.scenario_switch", named(shown).unwrap_or_else(|| text_of(lang, "compare.before")))
        }
    }
}

fn edit_key(kind: EditKind) -> &'static str {
    match kind {
        EditKind::Draw => "step.draw",
        EditKind::TakeTheirs => "step.take_theirs",
        EditKind::Delete => "step.delete",
        EditKind::Move => "step.move",
        EditKind::MoveVertex => "step.move_vertex",
        EditKind::AddVertex => "step.add_vertex",
        EditKind::DeleteVertex => "step.delete_vertex",
        EditKind::SetProperty => "step.set_property",
        EditKind::Repair => "step.repair",
        EditKind::Split => "step.split",
        EditKind::Merge => "step.merge",
        EditKind::Subtract => "step.subtract",
        EditKind::Reshape => "step.reshape",
        EditKind::Rotate => "step.rotate",
        EditKind::Duplicate => "step.duplicate",
        EditKind::Simplify => "step.simplify",
        EditKind::Hole => "step.hole",
        EditKind::Part => "step.part",
        EditKind::Fill => "step.fill",
        EditKind::Join => "step.join",
        EditKind::RenameColumn => "step.rename_column",
        EditKind::RemoveColumn => "step.remove_column",
        EditKind::Restore => "step.restore",
        EditKind::Adopt => "step.adopt",
        EditKind::Paste => "step.paste",
    }
}

/// The steps, the newest on top; the present stands between those taken back and those done.
pub fn show(ui: &mut Ui, cx: &mut Context<'_>, undo: &[String], redo: &[String]) {
    let palette = theme::palette(ui);
    ui.set_min_width(240.0);
    ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
        for (n, step) in redo.iter().enumerate().rev() {
            if ui.add(Button::new(RichText::new(step).color(palette.quiet)).frame(false)).clicked() {
                (0..=n).for_each(|_| cx.command(Command::Redo));
                ui.close();
            }
        }
        widgets::section(ui, &tr!(cx.lang, "history.now"));
        for (n, step) in undo.iter().enumerate() {
            if ui.add(Button::new(step).frame(false)).clicked() {
                (0..=n).for_each(|_| cx.command(Command::Undo));
                ui.close();
            }
        }
    });
}
