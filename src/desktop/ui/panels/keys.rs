//! The keyboard: every command has a key.

use crate::session::{Command, Session};
use crate::ui::context::{Act, Looking};
use crate::ui::map::views::Turn;
use eframe::egui::{Event, Key, KeyboardShortcut, Modifiers, Ui};

/// Open files.
pub const OPEN: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::O);
/// Put the question.
pub const RUN: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter);
/// Export the answer.
pub const EXPORT: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::E);
/// Save the layer.
pub const SAVE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::S);
/// Save the layer under another name.
pub const SAVE_AS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::S);
/// Save the project.
pub const SAVE_PROJECT: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::ALT), Key::S);
/// Save the project under another name.
pub const SAVE_PROJECT_AS: KeyboardShortcut =
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::ALT).plus(Modifiers::SHIFT), Key::S);
/// Show everything.
pub const FIT: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Num0);
/// Take back.
pub const UNDO: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Z);
/// Make again.
pub const REDO: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);
/// Stop what runs.
pub const CANCEL: KeyboardShortcut = KeyboardShortcut::new(Modifiers::NONE, Key::Escape);
/// Take the layer or answer that is looked at out of the list.
pub const REMOVE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::D);
/// Delete what is selected on the map: never a layer.
pub const DELETE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::NONE, Key::Delete);
/// Look where the map looked before.
pub const VIEW_BACK: KeyboardShortcut = KeyboardShortcut::new(Modifiers::ALT, Key::ArrowLeft);
/// Look where the map looked after that.
pub const VIEW_ON: KeyboardShortcut = KeyboardShortcut::new(Modifiers::ALT, Key::ArrowRight);
/// Quieten the layers beside an answer, or bring them back.
pub const QUIETEN: KeyboardShortcut = KeyboardShortcut::new(Modifiers::NONE, Key::Q);
/// Keep where the map looks.
pub const BOOKMARK: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::B);
/// A picture of the map on the clipboard.
pub const COPY_PICTURE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::M);
/// Find everything.
pub const PALETTE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::K);
/// Copy what is selected.
pub const COPY: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::C);
/// Put in what was copied.
pub const PASTE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::V);
/// Select by attribute or by place.
pub const SELECT: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::F);
/// Select all.
pub const SELECT_ALL: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::A);
/// Select the others.
pub const SELECT_INVERT: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::I);
/// The map on paper.
pub const PRINT: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::P);
/// Closes the window.
pub const QUIT: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Q);
/// The help about what is in use.
pub const HELP: KeyboardShortcut = KeyboardShortcut::new(Modifiers::NONE, Key::F1);

/// Every command with its text's key and its shortcut.
pub const ALL: [(&str, KeyboardShortcut); 27] = [
    ("menu.palette", PALETTE),
    ("menu.open", OPEN),
    ("menu.save_project", SAVE_PROJECT),
    ("menu.save_project_as", SAVE_PROJECT_AS),
    ("menu.save", SAVE),
    ("menu.save_as", SAVE_AS),
    ("ask.run", RUN),
    ("menu.cancel", CANCEL),
    ("menu.export", EXPORT),
    ("menu.print", PRINT),
    ("menu.select", SELECT),
    ("menu.select_all", SELECT_ALL),
    ("menu.select_invert", SELECT_INVERT),
    ("menu.fit", FIT),
    ("menu.view_back", VIEW_BACK),
    ("menu.view_on", VIEW_ON),
    ("menu.quieten", QUIETEN),
    ("bookmark.add", BOOKMARK),
    ("map.copy_picture", COPY_PICTURE),
    ("menu.copy_features", COPY),
    ("menu.paste_features", PASTE),
    ("menu.undo", UNDO),
    ("menu.redo", REDO),
    ("step.delete", DELETE),
    ("menu.remove", REMOVE),
    ("help.title", HELP),
    ("menu.quit", QUIT),
];

/// What has the keyboard in this frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// The map and the panels.
    Window,
    /// A field or an open choice.
    Field,
    /// A dialog: it closes by its own keys.
    Dialog,
}

/// Turns keys pressed in this frame into acts. A dialog keeps all keys to itself, a field those that edit text.
pub fn read(ui: &Ui, session: &Session, looking: &Looking, focus: Focus, acts: &mut Vec<Act>) {
    if focus == Focus::Dialog {
        return;
    }
    let pressed = |shortcut: &KeyboardShortcut| ui.input_mut(|i| i.consume_shortcut(shortcut));
    if focus == Focus::Window {
        // The longer shortcut first: the shorter one would take its key.
        if pressed(&REDO) {
            acts.push(Act::Session(Command::Redo));
        }
        if pressed(&UNDO) {
            acts.push(Act::Session(Command::Undo));
        }
        if let Some(key) = looking.active
            && pressed(&REMOVE)
        {
            acts.push(Act::Remove(key));
        }
        // The toolkit makes events of these keys, since systems have their own for them.
        let events = ui.input_mut(|i| {
            let is_own = |event: &Event| matches!(event, Event::Copy | Event::Paste(_));
            i.events.extract_if(.., |event| is_own(event)).collect::<Vec<_>>()
        });
        for event in events {
            match event {
                Event::Paste(text) => acts.push(Act::Paste(text)),
                _ if !looking.selection.is_empty() => acts.push(Act::CopyFeatures),
                _ => {}
            }
        }
        if pressed(&VIEW_BACK) {
            acts.push(Act::View(Turn::Back));
        }
        if pressed(&VIEW_ON) {
            acts.push(Act::View(Turn::On));
        }
        if pressed(&QUIETEN) {
            acts.push(Act::Quieten);
        }
        if !session.layers().is_empty() {
            if pressed(&COPY_PICTURE) {
                acts.push(Act::CopyPicture);
            }
            if pressed(&BOOKMARK) {
                acts.push(Act::AddBookmark);
            }
        }
        if (!session.jobs().is_empty() || looking.writing.is_some()) && pressed(&CANCEL) {
            acts.push(Act::CancelAll);
        }
    }
    if pressed(&PALETTE) {
        acts.push(Act::Palette);
    }
    if pressed(&QUIT) {
        acts.push(Act::Quit);
    }
    if !session.layers().is_empty() && pressed(&PRINT) {
        acts.push(Act::PrintDialog);
    }
    if looking.active.is_some() {
        if pressed(&SELECT_INVERT) {
            acts.push(Act::SelectInvert);
        }
        if pressed(&SELECT) {
            acts.push(Act::SelectDialog);
        }
        // In a field it marks what is typed.
        if focus == Focus::Window && pressed(&SELECT_ALL) {
            acts.push(Act::SelectAll);
        }
    }
    if pressed(&OPEN) {
        acts.push(Act::OpenDialog);
    }
    if !session.layers().is_empty() {
        // The longer shortcut first here too.
        if pressed(&SAVE_PROJECT_AS) {
            acts.push(Act::SaveProjectAs);
        }
        if pressed(&SAVE_PROJECT) {
            acts.push(Act::SaveProject);
        }
    }
    if let Some(layer) = current_layer(session, looking) {
        if pressed(&SAVE_AS) {
            acts.push(Act::SaveAs(layer));
        }
        if pressed(&SAVE) {
            acts.push(Act::Save(layer));
        }
    }
    if pressed(&RUN) {
        acts.push(Act::Run);
    }
    if pressed(&FIT) {
        acts.push(Act::FitAll);
    }
    if let Some(answer) = current_answer(session, looking)
        && pressed(&EXPORT)
    {
        acts.push(Act::ExportDialog(answer));
    }
}

/// The answer that is looked at, to a question or of a rule, else the newest: what Export writes.
pub fn current_answer(session: &Session, looking: &Looking) -> Option<crate::session::Key> {
    let is_of_rule = |key| session.rule_results().iter().any(|result| result.key == key);
    let active = looking.active.filter(|key| session.answer(*key).is_some() || is_of_rule(*key));
    active.or_else(|| session.answers().first().map(|a| a.key))
}

/// The layer or answer that is looked at, else the first layer: what a copy is written of.
pub fn current(session: &Session, looking: &Looking) -> Option<crate::session::Key> {
    let active = looking.active.filter(|key| session.indexed(*key).is_some());
    active.or_else(|| session.layers().first().map(|layer| layer.key))
}

/// The layer that is looked at, else the first with edits that no file holds: what Save writes.
pub fn current_layer(session: &Session, looking: &Looking) -> Option<crate::session::Key> {
    let active = looking.active.filter(|key| session.layer(*key).is_some());
    active.or_else(|| session.unsaved().next().map(|layer| layer.key))
}

/// A shortcut as people write it: Ctrl O.
pub fn text(shortcut: &KeyboardShortcut) -> String {
    let m = shortcut.modifiers;
    let mut parts = Vec::new();
    if m.command || m.ctrl {
        parts.push(if cfg!(target_os = "macos") { "Cmd" } else { "Ctrl" });
    }
    if m.alt {
        parts.push("Alt");
    }
    if m.shift {
        parts.push("Shift");
    }
    parts.push(match shortcut.logical_key {
        Key::Enter => "Enter",
        Key::Escape => "Esc",
        Key::Delete => "Del",
        // The font of the window has these arrows, and not the triangles of the toolkit.
        Key::ArrowLeft => "←",
        Key::ArrowRight => "→",
        key => key.symbol_or_name(),
    });
    parts.join(" ")
}
