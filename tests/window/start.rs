//! How one begins: the empty window, its headline questions, projects opened last, the tour, the help by topic.

use super::hands::unnamed;
use super::tools::{key, tap};
use super::*;
use eframe::egui::{PointerButton, pos2};

fn empty(lang: Lang, size: [f32; 2], dark: bool, settings: Option<&std::path::Path>) -> Window {
    let settings = settings.map(std::path::Path::to_owned);
    let options = WindowOptions { lang: Some(lang), settings, ..WindowOptions::default() };
    let mut window = window(options, size, dark);
    settle(&mut window);
    window
}

const QUESTIONS: [&str; 2] =
    ["Which outlets lie within 2 km of the Yangtze?", "Which homes lie further than 500 m from a park?"];

pub fn the_empty_window_answers_both_questions_in_one_action() {
    for (question, matched) in QUESTIONS.into_iter().zip([54, 1_720]) {
        let mut window = empty(Lang::En, [1440.0, 900.0], false, None);
        assert_eq!(unnamed(&window), Vec::<String>::new());
        click(&mut window, question);
        let answers = window.state().workbench().session().answers();
        assert_eq!(answers.len(), 1, "{question}");
        assert_eq!(answers[0].answer.summary.matched, matched, "{question}");
    }
    // Nothing of it waits for what is opened afterwards.
    let mut window = empty(Lang::En, [1440.0, 900.0], false, None);
    click(&mut window, "Sample map");
    assert!(window.state().workbench().session().answers().is_empty());
}

pub fn the_empty_window_fits_every_size_in_both_languages_and_themes() {
    for (lang, words) in [(Lang::Zh, "打开图层"), (Lang::En, "Open layers")] {
        for dark in [false, true] {
            for size in [[1024.0, 700.0], [1440.0, 900.0]] {
                let mut window = empty(lang, size, dark, None);
                for label in [words, if lang == Lang::Zh { "五步入门" } else { "Tour in five steps" }] {
                    let place = window.get_all_by_label(label).next().expect("a button").rect();
                    assert!(
                        place.min.x >= 0.0 && place.max.x <= size[0] && place.max.y <= size[1],
                        "{label}: {place:?}"
                    );
                }
                picture(&mut window, &format!("empty-{}-{dark}-{}", lang.code(), size[0]));
            }
        }
    }
}

pub fn projects_opened_last_are_shown_with_their_pictures() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = folder.path().join("program");
    let project = folder.path().join("我区.shanshui.json");
    let outlets = folder.path().join("outlet.geojson");
    let map = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("maps/baoshan/outlet.geojson");
    std::fs::copy(map, &outlets).expect("copied");
    let options = WindowOptions { paths: vec![outlets], settings: Some(settings.clone()), ..WindowOptions::default() };
    let mut window = window(WindowOptions { lang: Some(Lang::En), ..options }, [1440.0, 900.0], false);
    settle(&mut window);
    let view = shanshui::session::project::ProjectView {
        center: window.state().workbench().map().camera.center,
        scale: 3_000.0,
    };
    window
        .state_mut()
        .workbench_mut()
        .session_mut()
        .execute(shanshui::session::Command::SaveProject(project.clone(), view));
    settle(&mut window);
    let pictures = settings.join("thumbnails");
    let start = Instant::now();
    while std::fs::read_dir(&pictures).map_or(0, Iterator::count) == 0 {
        window.step();
        assert!(start.elapsed() < Duration::from_secs(60), "no picture was drawn");
        std::thread::sleep(Duration::from_millis(20));
    }
    let recent = window.state().workbench().settings().recent.clone();
    assert_eq!(recent.first(), Some(&project));
    // The next start.
    let mut window = empty(Lang::En, [1280.0, 800.0], false, Some(&settings));
    window.state_mut().workbench_mut().settings_mut().recent = recent;
    settle(&mut window);
    picture(&mut window, "empty-recent");
    assert_eq!(unnamed(&window), Vec::<String>::new());
    click(&mut window, "我区");
    assert_eq!(window.state().workbench().session().layers().len(), 1);
    assert!(window.state().workbench().session().open_project().is_some());
}

pub fn the_tour_has_five_steps_and_can_be_skipped() {
    let mut window = empty(Lang::En, [1440.0, 900.0], false, None);
    click(&mut window, "Tour in five steps");
    assert!(!window.state().workbench().session().layers().is_empty(), "there is something to show");
    for step in 1..=5 {
        window.get_by_label(&format!("Step {step} of 5"));
        picture(&mut window, &format!("tour-{step}"));
        click(&mut window, if step == 5 { "Done" } else { "Next" });
    }
    assert!(window.query_by_label_contains("of 5").is_none());
    // From the menu, back one step, and away by either way.
    for skips in [true, false] {
        click(&mut window, "Help");
        click(&mut window, "Tour in five steps");
        click(&mut window, "Next");
        click(&mut window, "Previous");
        window.get_by_label("Step 1 of 5");
        if skips {
            click(&mut window, "Skip the tour");
        } else {
            key(&mut window, Key::Escape);
        }
        assert!(window.query_by_label_contains("of 5").is_none(), "{skips}");
    }
    for (lang, dark) in [(Lang::Zh, true), (Lang::Zh, false)] {
        let mut window = empty(lang, [1024.0, 700.0], dark, None);
        click(&mut window, "五步入门");
        click(&mut window, "下一步");
        click(&mut window, "下一步");
        picture(&mut window, &format!("tour-zh-{dark}"));
    }
}

pub fn help_opens_at_what_is_in_use() {
    let mut window = empty(Lang::En, [1440.0, 900.0], false, None);
    let says = |window: &Window, text: &str| window.query_by_label_contains(text).is_some();
    key(&mut window, Key::F1);
    assert!(says(&window, "drop files or a folder on the window"), "nothing is open");
    picture(&mut window, "help-start");
    key(&mut window, Key::Escape);
    assert!(window.query_by_label("Files and importing").is_none(), "Escape closes it");
    click(&mut window, "Sample map");
    for (at, topic) in [
        (pos2(100.0, 300.0), "shows the layer's rows"),
        (pos2(650.0, 300.0), "Wheel or + −"),
        (pos2(500.0, 800.0), "A click on a row moves"),
        (pos2(1300.0, 600.0), "which features lie within"),
    ] {
        window.hover_at(at);
        settle(&mut window);
        key(&mut window, Key::F1);
        assert!(says(&window, topic), "{topic}");
        key(&mut window, Key::Escape);
    }
    // The keyboard tells more than the pointer; a tab and a dialog have pages of their own.
    let search = window.get_by(|n| n.role() == Role::TextInput && n.label().as_deref() == Some("Search"));
    search.focus();
    window.step();
    key(&mut window, Key::F1);
    assert!(says(&window, "A click on a row moves"), "a field of the table has the keyboard");
    key(&mut window, Key::Escape);
    tap(&mut window, pos2(1300.0, 860.0), PointerButton::Primary);
    tab(&mut window, "Rules");
    window.hover_at(pos2(1300.0, 600.0));
    key(&mut window, Key::F1);
    assert!(says(&window, "Each rule is a clause"));
    picture(&mut window, "help-rules");
    // Another topic is a click away.
    window.get_by_label("Map on paper").scroll_to_me();
    settle(&mut window);
    click(&mut window, "Map on paper");
    assert!(says(&window, "A4 or A3"));
    key(&mut window, Key::Escape);
    assert!(!says(&window, "A4 or A3"));
    window.key_press_modifiers(Modifiers::COMMAND, Key::P);
    settle(&mut window);
    key(&mut window, Key::F1);
    assert!(says(&window, "A4 or A3"));
    for dark in [true, false] {
        let mut window = empty(Lang::Zh, [1024.0, 700.0], dark, None);
        key(&mut window, Key::F1);
        picture(&mut window, &format!("help-zh-{dark}"));
    }
}

pub fn a_map_on_paper_is_called_what_it_shows() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    let title = |window: &mut Window| {
        window.key_press_modifiers(Modifiers::COMMAND, Key::P);
        settle(window);
        let field = window.get_by(|n| n.role() == Role::TextInput && n.label().as_deref() == Some("Title"));
        let title = field.value().unwrap_or_default();
        key(window, Key::Escape);
        title
    };
    assert_eq!(title(&mut window), "宝山区", "the district");
    let session = window.state_mut().workbench_mut().session_mut();
    session.execute(shanshui::session::Command::SetPlan(Some("JS".to_owned())));
    settle(&mut window);
    assert_eq!(title(&mut window), "Beautiful Jinshan: three-year action plan, 2024 to 2026");
    click(&mut window, "Run");
    assert_eq!(title(&mut window), "outlets within 2,000 m of 长江岸线（宝山段）");
}
