//! Every command by its name, with its key: what the palette finds and what the menus hold.

use super::keys;
use crate::comments::CommentState;
use crate::i18n::{Lang, colon, text_of, tr};
use crate::model::Role;
use crate::report::AreaUnit;
use crate::session::{Change, Command, Construct, ScenarioCommand, Session};
use crate::ui::context::{Act, Looking};
use crate::ui::map::split::{self, Split};
use crate::ui::map::views::Turn;
use crate::ui::settings::{Bookmark, SCALES, Settings, ThemeChoice};
use crate::ui::tools::Tool;
use eframe::egui::KeyboardShortcut;

/// A command.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is called.
    pub title: String,
    /// What else it is found by: an id, the other language, words that mean the same.
    pub also: String,
    /// Its key, as people write it.
    pub shortcut: String,
    /// What is done; none where it cannot be done now.
    pub act: Option<Act>,
}

/// Commands with other words for them, in each language: what people call them who come from other programs.
const ALSO: [(&str, &str); 40] = [
    ("series.title", "also.series"),
    ("join.title", "also.join"),
    ("menu.scale", "also.scale"),
    ("merging.open", "also.merging"),
    ("comment.add", "also.comment"),
    ("scenario.new", "also.scenario"),
    ("compare.run", "also.compare"),
    ("backdrop.add", "also.backdrop"),
    ("menu.open", "also.open"),
    ("menu.open_store", "also.open_store"),
    ("menu.cluster", "also.cluster"),
    ("menu.save_project", "also.save_project"),
    ("menu.save", "also.save"),
    ("menu.export", "also.export"),
    ("menu.print", "also.print"),
    ("report.write", "also.report"),
    ("ask.run", "also.run"),
    ("menu.undo", "also.undo"),
    ("menu.redo", "also.redo"),
    ("menu.remove", "also.remove"),
    ("step.delete", "also.delete"),
    ("menu.select", "also.select"),
    ("split.with", "also.split"),
    ("menu.copy_features", "also.copy_features"),
    ("menu.paste_features", "also.paste_features"),
    ("menu.fit", "also.fit"),
    ("menu.view_back", "also.view_back"),
    ("menu.quieten", "also.quieten"),
    ("map.copy_picture", "also.copy_picture"),
    ("bookmark.add", "also.bookmark"),
    ("menu.style", "also.style"),
    ("menu.pack", "also.pack"),
    ("menu.theme", "also.theme"),
    ("menu.language", "also.language"),
    ("menu.shortcuts", "also.shortcuts"),
    ("menu.snap", "also.snap"),
    ("step.merge", "also.merge"),
    ("step.subtract", "also.subtract"),
    ("tool.measure", "also.measure"),
    ("mapping.open", "also.mapping"),
];

/// What a command is called in the other language, and other words for it in both.
fn also(lang: Lang, key: &str) -> String {
    let other = if lang == Lang::Zh { Lang::En } else { Lang::Zh };
    let words = ALSO.iter().filter(|(of, _)| *of == key);
    let words = words.flat_map(|(_, words)| [Lang::Zh, Lang::En].map(|lang| text_of(lang, words)));
    std::iter::once(text_of(other, key)).chain(words).collect::<Vec<_>>().join(" ")
}

/// Comments among the commands at most; the panel finds the others.
const COMMENTS: usize = 200;

struct List {
    lang: Lang,
    entries: Vec<Entry>,
}

impl List {
    fn add(&mut self, key: &str, shortcut: Option<&KeyboardShortcut>, act: Option<Act>) {
        let title = text_of(self.lang, key);
        let shortcut = shortcut.map(keys::text).unwrap_or_default();
        self.entries.push(Entry { title, also: also(self.lang, key), shortcut, act });
    }

    fn setting(&mut self, under: &str, title: String, set: fn(&mut Settings)) {
        let title = format!("{}{}{title}", text_of(self.lang, under), colon(self.lang));
        self.entries.push(Entry {
            title,
            also: also(self.lang, under),
            shortcut: String::new(),
            act: Some(Act::Set(set)),
        });
    }
}

/// Every command, as things stand.
pub fn all(session: &Session, looking: &Looking, lang: Lang) -> Vec<Entry> {
    let mut list = List { lang, entries: Vec::new() };
    files(&mut list, session, looking);
    edits(&mut list, session, looking);
    selection(&mut list, session, looking);
    for (tool, name, _, key) in Tool::ALL {
        let title = format!("{}{}{}", tr!(lang, "palette.tool"), colon(lang), text_of(lang, name));
        let shortcut = key.symbol_or_name().to_owned();
        list.entries.push(Entry { title, also: also(lang, name), shortcut, act: Some(Act::Tool(tool)) });
    }
    views(&mut list, session, looking);
    rules(&mut list, session);
    list.entries
}

/// The tabs, the rules and the plans.
fn rules(list: &mut List, session: &Session) {
    let lang = list.lang;
    for (tab, title) in super::tabs::TABS {
        let title = format!("{}{}{}", tr!(lang, "palette.tab"), colon(lang), text_of(lang, title));
        list.entries.push(Entry { title, also: String::new(), shortcut: String::new(), act: Some(Act::Tab(tab)) });
    }
    let roles = session.roles();
    let runnable = session.catalogue().runnable(&roles);
    let run_all = (!runnable.is_empty()).then(|| Act::Session(Command::RunRules(runnable.clone(), lang)));
    list.add("rules.run_all", None, run_all);
    let other = if lang == Lang::Zh { Lang::En } else { Lang::Zh };
    for rule in session.catalogue().rules.iter().filter(|rule| !rule.is_on_demand()) {
        let title = format!("{}{}{}", tr!(lang, "palette.rule"), colon(lang), rule.title.text(lang));
        let can = runnable.contains(&rule.id);
        list.entries.push(Entry {
            title,
            also: format!("{} {} {}", rule.id, rule.title.text(other), rule.clause),
            shortcut: String::new(),
            act: can.then(|| Act::RunRule(rule.id.clone())),
        });
    }
    let some = !session.layers().is_empty();
    let name = || session.free_scenario_name(&tr!(lang, "scenario.title"));
    list.add("scenario.new", None, some.then(|| Act::Session(Command::Scenario(ScenarioCommand::Add(name())))));
    let all: Vec<u64> = session.scenarios().iter().map(|one| one.id).collect();
    let compare = Command::Scenario(ScenarioCommand::Compare(all.clone(), lang));
    list.add("comment.add", None, some.then_some(Act::Tool(Tool::Comment)));
    for comment in session.comments().shown().filter(|one| one.state == CommentState::Open).take(COMMENTS) {
        let title = format!("{}{}{}", tr!(lang, "comment.title"), colon(lang), comment.title());
        let also = format!("{} {}", also(lang, "comment.title"), comment.author);
        let act = Some(Act::GoToComment(comment.id.clone()));
        list.entries.push(Entry { title, also, shortcut: String::new(), act });
    }
    let keeps = !session.findings().all.is_empty() || session.open_project().is_some();
    list.add("merging.open", None, keeps.then_some(Act::OpenDialog));
    list.add("compare.run", None, (!all.is_empty()).then_some(Act::Session(compare)));
    let on = session.scenario_on().map(|one| one.id);
    let names = session.scenarios().iter().map(|one| (Some(one.id), one.name.clone()));
    let stands = (!all.is_empty()).then(|| (None, text_of(lang, "compare.before")));
    for (id, name) in stands.into_iter().chain(names).filter(|(id, _)| *id != on) {
        let title = tr!(lang, "scenario.switch", name = name).into_owned();
        let act = Act::Session(Command::Scenario(ScenarioCommand::Switch(id)));
        list.entries.push(Entry { title, also: also(lang, "scenario.title"), shortcut: String::new(), act: Some(act) });
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
    list.add("menu.open_store", None, Some(Act::StoreDialog));
    list.add("menu.cluster", None, Some(Act::ClusterDialog));
    list.add("menu.sample", None, Some(Act::Session(Command::OpenSample)));
    list.add("backdrop.add", None, Some(Act::BackdropDialog(None)));
    list.add("backdrop.clear", None, Some(Act::ClearTiles));
    list.add("menu.save_project", Some(&keys::SAVE_PROJECT), some.then_some(Act::SaveProject));
    list.add("menu.save_project_as", Some(&keys::SAVE_PROJECT_AS), some.then_some(Act::SaveProjectAs));
    list.add("menu.pack", None, some.then_some(Act::PackDialog));
    list.add("menu.save", Some(&keys::SAVE), layer.map(Act::Save));
    list.add("menu.save_as", Some(&keys::SAVE_AS), layer.map(Act::SaveAs));
    list.add("menu.export", Some(&keys::EXPORT), answer.map(Act::ExportDialog));
    list.add("export.open", None, keys::current(session, looking).map(Act::ExportAsDialog));
    list.add("menu.print", Some(&keys::PRINT), some.then_some(Act::PrintDialog));
    let has_series = crate::ui::paper::series::first(session).is_some();
    list.add("series.title", None, has_series.then_some(Act::SeriesDialog));
    let can_report = !session.rule_results().is_empty() && looking.writing.is_none();
    list.add("report.write", None, can_report.then_some(Act::ReportDialog));
    list.add("menu.quit", Some(&keys::QUIT), Some(Act::Quit));
}

fn edits(list: &mut List, session: &Session, looking: &Looking) {
    let command = |can: bool, command: Command| can.then_some(Act::Session(command));
    list.add("ask.run", Some(&keys::RUN), Some(Act::Run));
    let works = !session.jobs().is_empty() || looking.writing.is_some();
    list.add("menu.cancel", Some(&keys::CANCEL), works.then_some(Act::CancelAll));
    list.add("menu.undo", Some(&keys::UNDO), command(session.can_undo(), Command::Undo));
    list.add("menu.redo", Some(&keys::REDO), command(session.can_redo(), Command::Redo));
    list.add("menu.remove", Some(&keys::REMOVE), looking.active.map(Act::Remove));
    let layer = looking.active.filter(|key| session.layer(*key).is_some());
    list.add("join.title", None, layer.map(Act::JoinDialog));
    let editable = session.layer(looking.active.unwrap_or(crate::session::Key(0)));
    let toggle = editable.map(|l| Act::Session(Command::SetEditable(l.key, !l.is_editable)));
    list.add(if editable.is_some_and(|l| l.is_editable) { "menu.end_editing" } else { "tool.allow" }, None, toggle);
}

/// The views with names, the newest first.
pub fn bookmarks(all: &[Bookmark], lang: Lang) -> Vec<Entry> {
    let one = |(number, bookmark): (usize, &Bookmark)| Entry {
        title: format!("{}{}{}", tr!(lang, "bookmark.title"), colon(lang), bookmark.name),
        also: format!("{} {}", also(lang, "bookmark.title"), also(lang, "bookmark.add")),
        shortcut: String::new(),
        act: Some(Act::GoToBookmark(number)),
    };
    all.iter().enumerate().rev().map(one).collect()
}

fn selection(list: &mut List, session: &Session, looking: &Looking) {
    let chosen = &looking.selection;
    let some = !chosen.is_empty();
    let active = looking.active.is_some();
    list.add("menu.select", Some(&keys::SELECT), active.then_some(Act::SelectDialog));
    list.add("menu.select_all", Some(&keys::SELECT_ALL), active.then_some(Act::SelectAll));
    list.add("menu.select_invert", Some(&keys::SELECT_INVERT), active.then_some(Act::SelectInvert));
    list.add("menu.select_none", None, some.then_some(Act::SelectOne(None)));
    list.add("menu.copy_features", Some(&keys::COPY), some.then_some(Act::CopyFeatures));
    list.add("menu.paste_features", Some(&keys::PASTE), Some(Act::PasteWanted));
    let key = chosen.key().filter(|key| session.layer(*key).is_some_and(|l| l.is_editable));
    let many = chosen.rows().len() > 1;
    for (text, what, can) in [
        ("step.merge", Construct::Merge, many),
        ("step.subtract", Construct::Subtract, many),
        ("step.duplicate", Construct::Duplicate([2e-4, -2e-4]), some),
    ] {
        list.add(text, None, key.filter(|_| can).map(|_| Act::Construct(what)));
    }
    list.add("step.delete", Some(&keys::DELETE), key.filter(|_| some).map(|_| Act::DeleteSelected));
}

fn views(list: &mut List, session: &Session, looking: &Looking) {
    let lang = list.lang;
    list.add("menu.fit", Some(&keys::FIT), Some(Act::FitAll));
    // What is typed there is gone to.
    list.add("search.position", None, None);
    list.add("menu.view_back", Some(&keys::VIEW_BACK), Some(Act::View(Turn::Back)));
    list.add("menu.view_on", Some(&keys::VIEW_ON), Some(Act::View(Turn::On)));
    let some = !session.layers().is_empty();
    let answer = crate::ui::map::shown::is_answer(session, looking.active);
    list.add("menu.quieten", Some(&keys::QUIETEN), answer.then_some(Act::Quieten));
    list.add("bookmark.add", Some(&keys::BOOKMARK), some.then_some(Act::AddBookmark));
    list.add("map.copy_picture", Some(&keys::COPY_PICTURE), some.then_some(Act::CopyPicture));
    list.add("layers.by_theme", None, some.then_some(Act::Set(|s| s.by_theme = Some(!s.by_theme.unwrap_or(false)))));
    if looking.split.is_some() {
        list.add("split.end", None, Some(Act::Compare(None)));
    }
    for (key, other) in
        looking.active.into_iter().flat_map(|key| split::others(session, key).into_iter().map(move |o| (key, o)))
    {
        let named = |key| split::called(session, key, lang).unwrap_or_default();
        let title = tr!(lang, "split.both", left = named(key), right = named(other)).into_owned();
        let act = Some(Act::Compare(Some(Split::new(key, other))));
        list.entries.push(Entry { title, also: also(lang, "split.with"), shortcut: String::new(), act });
    }
    let layer = looking.active.filter(|key| session.layer(*key).is_some());
    list.add("menu.style", None, layer.map(Act::StyleDialog));
    list.add("layers.rename", None, layer.map(Act::RenameDialog));
    list.add("mapping.open", None, layer.map(Act::MappingDialog));
    for layer in session.layers() {
        let title = session.title(layer, lang);
        // By its file, too, and by its role in either language.
        let role =
            layer.role.map(|role| [Lang::Zh, Lang::En].map(|lang| role.title(lang)).join(" ")).unwrap_or_default();
        let also = format!("{} {} {role}", layer.layer().source.file_name, layer.own_name());
        for (key, act) in [
            ("palette.show_layer", Act::Activate(layer.key)),
            ("palette.zoom_layer", Act::ZoomTo(layer.key)),
            ("palette.toggle_layer", Act::Session(Command::SetVisible(layer.key, !layer.visible))),
        ] {
            let title = tr!(lang, key, layer = title).into_owned();
            list.entries.push(Entry { title, also: also.clone(), shortcut: String::new(), act: Some(act) });
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
        list.setting("menu.theme", text_of(lang, key), set);
    }
    let sizes: [fn(&mut Settings); SCALES.len()] = [
        |s| s.percent = SCALES[0],
        |s| s.percent = SCALES[1],
        |s| s.percent = SCALES[2],
        |s| s.percent = SCALES[3],
        |s| s.percent = SCALES[4],
    ];
    for (percent, set) in SCALES.into_iter().zip(sizes) {
        list.setting("menu.scale", format!("{percent} %"), set);
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

const THEMES: [(&str, fn(&mut Settings)); 5] = [
    ("theme.system", |s| s.theme = ThemeChoice::System),
    ("theme.light", |s| s.theme = ThemeChoice::Light),
    ("theme.dark", |s| s.theme = ThemeChoice::Dark),
    ("theme.contrast", |s| s.theme = ThemeChoice::Contrast),
    ("theme.contrast_dark", |s| s.theme = ThemeChoice::ContrastDark),
];

const UNITS: [(AreaUnit, fn(&mut Settings)); 4] = [
    (AreaUnit::SquareMetre, |s| s.area_unit = AreaUnit::SquareMetre),
    (AreaUnit::Mu, |s| s.area_unit = AreaUnit::Mu),
    (AreaUnit::Hectare, |s| s.area_unit = AreaUnit::Hectare),
    (AreaUnit::SquareKilometre, |s| s.area_unit = AreaUnit::SquareKilometre),
];
