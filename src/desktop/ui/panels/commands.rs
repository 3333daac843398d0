//! Every command by its name, with its key: what the palette finds and what the menus hold.

use super::keys;
use crate::i18n::{Lang, colon, tr};
use crate::model::Role;
use crate::report::AreaUnit;
use crate::session::{Change, Command, Construct, Session};
use crate::ui::context::{Act, Looking};
use crate::ui::settings::{Settings, ThemeChoice};
use crate::ui::tools::Tool;
use eframe::egui::KeyboardShortcut;

/// A command.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is called.
    pub title: String,
    /// What else it is found by: an id.
    pub also: String,
    /// Its key, as people write it.
    pub shortcut: String,
    /// What is done; none where it cannot be done now.
    pub act: Option<Act>,
}

struct List {
    lang: Lang,
    entries: Vec<Entry>,
}

impl List {
    fn add(&mut self, key: &str, shortcut: Option<&KeyboardShortcut>, act: Option<Act>) {
        let title = crate::i18n::text_of(self.lang, key);
        self.entries.push(Entry {
            title,
            also: String::new(),
            shortcut: shortcut.map(keys::text).unwrap_or_default(),
            act,
        });
    }

    fn setting(&mut self, under: &str, title: String, set: fn(&mut Settings)) {
        let title = format!("{}{}{title}", crate::i18n::text_of(self.lang, under), colon(self.lang));
        self.entries.push(Entry { title, also: String::new(), shortcut: String::new(), act: Some(Act::Set(set)) });
    }
}

/// Every command, as things stand.
pub fn all(session: &Session, looking: &Looking, lang: Lang) -> Vec<Entry> {
    let mut list = List { lang, entries: Vec::new() };
    files(&mut list, session, looking);
    edits(&mut list, session, looking);
    selection(&mut list, session, looking);
    for (tool, name, _, key) in Tool::ALL {
        let title = format!("{}{}{}", tr!(lang, "palette.tool"), colon(lang), crate::i18n::text_of(lang, name));
        let shortcut = key.symbol_or_name().to_owned();
        list.entries.push(Entry { title, also: String::new(), shortcut, act: Some(Act::Tool(tool)) });
    }
    views(&mut list, session, looking);
    rules(&mut list, session);
    list.entries
}

/// The tabs, the rules and the plans.
fn rules(list: &mut List, session: &Session) {
    let lang = list.lang;
    for (tab, title) in super::tabs::TABS {
        let title = format!("{}{}{}", tr!(lang, "palette.tab"), colon(lang), crate::i18n::text_of(lang, title));
        list.entries.push(Entry { title, also: String::new(), shortcut: String::new(), act: Some(Act::Tab(tab)) });
    }
    let roles = session.roles();
    let runnable = session.catalogue().runnable(&roles);
    let run_all = (!runnable.is_empty()).then(|| Act::Session(Command::RunRules(runnable.clone(), lang)));
    list.add("rules.run_all", None, run_all);
    for rule in session.catalogue().rules.iter().filter(|rule| !rule.is_on_demand()) {
        let title = format!("{}{}{}", tr!(lang, "palette.rule"), colon(lang), rule.title.text(lang));
        let can = runnable.contains(&rule.id);
        list.entries.push(Entry {
            title,
            also: rule.id.clone(),
            shortcut: String::new(),
            act: can.then(|| Act::RunRule(rule.id.clone())),
        });
    }
    let has_outlets = roles.contains(&Role::Outlet);
    list.add("cards.write", None, has_outlets.then_some(Act::CardsDialog));
    for plan in crate::rules::PLANS {
        let title = format!("{}{}{plan}", tr!(lang, "targets.plan"), colon(lang));
        let act = Act::Session(Command::SetPlan(Some(plan.to_owned())));
        list.entries.push(Entry { title, also: String::new(), shortcut: String::new(), act: Some(act) });
    }
}

fn files(list: &mut List, session: &Session, looking: &Looking) {
    let some = !session.layers().is_empty();
    let layer = keys::current_layer(session, looking);
    let answer = keys::current_answer(session, looking);
    list.add("menu.open", Some(&keys::OPEN), Some(Act::OpenDialog));
    list.add("menu.sample", None, Some(Act::Session(Command::OpenSample)));
    list.add("menu.save_project", Some(&keys::SAVE_PROJECT), some.then_some(Act::SaveProject));
    list.add("menu.pack", None, some.then_some(Act::PackDialog));
    list.add("menu.save", Some(&keys::SAVE), layer.map(Act::Save));
    list.add("menu.save_as", Some(&keys::SAVE_AS), layer.map(Act::SaveAs));
    list.add("menu.export", Some(&keys::EXPORT), answer.map(Act::ExportDialog));
    list.add("menu.print", Some(&keys::PRINT), some.then_some(Act::PrintDialog));
    let can_report = !session.rule_results().is_empty() && looking.writing.is_none();
    list.add("report.write", None, can_report.then_some(Act::ReportDialog));
    list.add("menu.quit", Some(&keys::QUIT), Some(Act::Quit));
}

fn edits(list: &mut List, session: &Session, looking: &Looking) {
    let command = |can: bool, command: Command| can.then_some(Act::Session(command));
    list.add("ask.run", Some(&keys::RUN), Some(Act::Run));
    list.add("menu.cancel", Some(&keys::CANCEL), command(!session.jobs().is_empty(), Command::CancelAll));
    list.add("menu.undo", Some(&keys::UNDO), command(session.can_undo(), Command::Undo));
    list.add("menu.redo", Some(&keys::REDO), command(session.can_redo(), Command::Redo));
    let remove = looking.active.map(|key| Act::Session(Command::Change(Change::Remove(key))));
    list.add("menu.remove", Some(&keys::REMOVE), remove);
    let layer = looking.active.filter(|key| session.layer(*key).is_some());
    list.add("join.title", None, layer.map(Act::JoinDialog));
    let editable = session.layer(looking.active.unwrap_or(crate::session::Key(0)));
    let toggle = editable.map(|l| Act::Session(Command::SetEditable(l.key, !l.is_editable)));
    list.add(if editable.is_some_and(|l| l.is_editable) { "menu.end_editing" } else { "tool.allow" }, None, toggle);
}

fn selection(list: &mut List, session: &Session, looking: &Looking) {
    let chosen = &looking.selection;
    let some = !chosen.is_empty();
    let active = looking.active.is_some();
    list.add("menu.select", Some(&keys::SELECT), active.then_some(Act::SelectDialog));
    list.add("menu.select_all", Some(&keys::SELECT_ALL), active.then_some(Act::SelectAll));
    list.add("menu.select_invert", Some(&keys::SELECT_INVERT), active.then_some(Act::SelectInvert));
    list.add("menu.select_none", None, some.then_some(Act::SelectOne(None)));
    let key = chosen.key().filter(|key| session.layer(*key).is_some_and(|l| l.is_editable));
    let many = chosen.rows().len() > 1;
    for (text, what, can) in [
        ("step.merge", Construct::Merge, many),
        ("step.subtract", Construct::Subtract, many),
        ("step.duplicate", Construct::Duplicate([2e-4, -2e-4]), some),
    ] {
        let act = key.filter(|_| can).map(|key| Act::Session(Command::Construct(key, chosen.led_rows(), what)));
        list.add(text, None, act);
    }
    list.add("step.delete", Some(&keys::REMOVE), key.map(|key| Act::Session(Command::Delete(key, chosen.led_rows()))));
}

fn views(list: &mut List, session: &Session, looking: &Looking) {
    let lang = list.lang;
    list.add("menu.fit", Some(&keys::FIT), Some(Act::FitAll));
    list.add("menu.style", None, looking.active.filter(|key| session.layer(*key).is_some()).map(Act::StyleDialog));
    for layer in session.layers() {
        let title = session.title(layer, lang);
        for (key, act) in [
            ("palette.show_layer", Act::Activate(layer.key)),
            ("palette.zoom_layer", Act::ZoomTo(layer.key)),
            ("palette.toggle_layer", Act::Session(Command::SetVisible(layer.key, !layer.visible))),
        ] {
            let title = tr!(lang, key, layer = title).into_owned();
            list.entries.push(Entry { title, also: String::new(), shortcut: String::new(), act: Some(act) });
        }
        for role in Role::ALL.iter().filter(|role| layer.role != Some(**role) && looking.active == Some(layer.key)) {
            let title = format!("{}{}{}", tr!(lang, "layers.role"), colon(lang), role.title(lang));
            let act = Act::Session(Command::Change(Change::SetRole(layer.key, Some(*role))));
            list.entries.push(Entry { title, also: String::new(), shortcut: String::new(), act: Some(act) });
        }
    }
    list.add("menu.left_panel", None, Some(Act::Set(|s| s.left_open = !s.left_open)));
    list.add("menu.right_panel", None, Some(Act::Set(|s| s.right_open = !s.right_open)));
    list.add("menu.bottom_panel", None, Some(Act::Set(|s| s.bottom_open = !s.bottom_open)));
    list.add("menu.snap", None, Some(Act::Set(|s| s.snapping.features = !s.snapping.features)));
    list.add("menu.snap_grid", None, Some(Act::Set(|s| s.snapping.grid = !s.snapping.grid)));
    for (key, set) in THEMES {
        list.setting("menu.theme", crate::i18n::text_of(lang, key), set);
    }
    for (unit, set) in UNITS {
        list.setting("menu.area_unit", unit.name(lang).to_owned(), set);
    }
    list.setting("menu.language", "中文".to_owned(), |s| s.lang = Lang::Zh);
    list.setting("menu.language", "English".to_owned(), |s| s.lang = Lang::En);
    list.add("help.title", Some(&keys::HELP), Some(Act::Help(crate::ui::help::Topic::Start)));
    list.add("tour.take", None, Some(Act::Tour));
    list.add("menu.shortcuts", None, Some(Act::Shortcuts));
}

const THEMES: [(&str, fn(&mut Settings)); 3] = [
    ("theme.system", |s| s.theme = ThemeChoice::System),
    ("theme.light", |s| s.theme = ThemeChoice::Light),
    ("theme.dark", |s| s.theme = ThemeChoice::Dark),
];

const UNITS: [(AreaUnit, fn(&mut Settings)); 4] = [
    (AreaUnit::SquareMetre, |s| s.area_unit = AreaUnit::SquareMetre),
    (AreaUnit::Mu, |s| s.area_unit = AreaUnit::Mu),
    (AreaUnit::Hectare, |s| s.area_unit = AreaUnit::Hectare),
    (AreaUnit::SquareKilometre, |s| s.area_unit = AreaUnit::SquareKilometre),
];
