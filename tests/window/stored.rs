//! A layer of a shared store: edited, written back, and decided where somebody else changed it too.

use super::*;
use shanshui::session::Command;

#[cfg(unix)]
#[allow(dead_code)] // The store's own tests use all of it.
#[path = "../store/server.rs"]
mod server;

#[cfg(unix)]
const TABLE: &str = r#"CREATE TABLE outlet (fid serial PRIMARY KEY, name text, status text, geom geometry(Point, 4326));
    INSERT INTO outlet (name, status, geom) SELECT '排口' || n, '待整治', ST_SetSRID(ST_MakePoint(121.4 + n * 0.01, 31.4), 4326)
    FROM generate_series(1, 3) n;"#;

#[cfg(not(unix))]
pub fn edits_of_a_store_are_written_and_conflicts_decided() {
    println!("the store's tests need Unix: they run a server as another user");
}

#[cfg(unix)]
pub fn edits_of_a_store_are_written_and_conflicts_decided() {
    let Some(mut server) = server::Server::start() else {
        assert!(std::env::var_os("SHANSHUI_REQUIRE_POSTGIS").is_none(), "no PostgreSQL with PostGIS was found");
        println!("no PostgreSQL with PostGIS was found: not tried");
        return;
    };
    let mut client = server.database("stored");
    client.batch_execute(TABLE).expect("a table");
    for (lang, size, dark) in [(Lang::Zh, [1280.0, 800.0], false), (Lang::En, [1024.0, 700.0], true)] {
        client.batch_execute("UPDATE outlet SET status = '待整治'").expect("it");
        let options = WindowOptions { lang: Some(lang), ..WindowOptions::default() };
        let mut window = window(options, size, dark);
        open_by_dialog(&mut window, &server, lang, dark);
        let layer = window.state().workbench().session().layers()[0].clone();
        let title = window.state().workbench().session().title(&layer, lang);
        look(&mut window, &title);
        let set = |window: &mut Window, row: usize, value: &str| {
            let session = window.state_mut().workbench_mut().session_mut();
            session.execute(Command::SetEditable(layer.key, true));
            session.execute(Command::SetProperty(layer.key, row, "status".to_owned(), value.to_owned()));
            settle(window);
        };
        let there = |client: &mut postgres::Client| -> String {
            client.query_one("SELECT string_agg(status, ',' ORDER BY fid) FROM outlet", &[]).expect("it").get(0)
        };
        set(&mut window, 2, "已整治");
        keys(&mut window, Modifiers::COMMAND, Key::S);
        assert_eq!(there(&mut client), "待整治,待整治,已整治");
        window.get_by_label_contains(if lang == Lang::Zh {
            "已写入共享库：改 1 行"
        } else {
            "1 rows changed"
        });
        // Both edit the first two.
        client.batch_execute("UPDATE outlet SET status = '整治中' WHERE fid < 3").expect("it");
        set(&mut window, 0, "已整治");
        set(&mut window, 1, "已整治");
        keys(&mut window, Modifiers::COMMAND, Key::S);
        let (title, mine, theirs, write) = match lang {
            Lang::Zh => ("他人也改了这些要素", "用我的", "用库中的", "写入"),
            Lang::En => ("Others changed these features too", "Mine", "Theirs", "Write"),
        };
        window.get_by_label(title);
        assert_eq!(window.get_all_by_role_and_label(Role::RadioButton, mine).count(), 2, "a choice for each");
        picture(&mut window, &format!("conflict-{}", if dark { "en-dark" } else { "zh-light" }));
        assert_eq!(there(&mut client), "整治中,整治中,已整治", "nothing is written before it is decided");
        let radio = |label: &str, at: usize, window: &mut Window| {
            let found: Vec<_> = window.get_all_by_role_and_label(Role::RadioButton, label).collect();
            found[at].click();
        };
        radio(mine, 0, &mut window);
        settle(&mut window);
        radio(theirs, 1, &mut window);
        settle(&mut window);
        click(&mut window, write);
        assert_eq!(there(&mut client), "已整治,整治中,已整治");
        assert!(window.query_by_label(title).is_none());
        let now = window.state().workbench().session().layers()[0].clone();
        let status = |row: usize| now.layer().attributes.get(row, "status").display().into_owned();
        assert_eq!([status(0), status(1), status(2)], ["已整治", "整治中", "已整治"]);
        assert!(!now.is_unsaved());
    }
    server.stop();
}

/// Opens the table by the dialog: what is typed, a database that is not there, the list, the choice.
#[cfg(unix)]
fn open_by_dialog(window: &mut Window, server: &server::Server, lang: Lang, dark: bool) {
    let zh = lang == Lang::Zh;
    let text = |zh_text: &'static str, en_text: &'static str| if zh { zh_text } else { en_text };
    click(window, text("文件", "File"));
    click(window, text("打开共享库…", "Open shared store…"));
    let typed = |window: &mut Window, label: &str, value: &str| {
        let field = window.get_by(|n| n.role() == Role::TextInput && n.label().as_deref() == Some(label));
        field.focus();
        window.step();
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window.event(eframe::egui::Event::Text(value.to_owned()));
        settle(window);
    };
    let waits_for = |window: &mut Window, label: &str| {
        let start = Instant::now();
        while window.query_by_label_contains(label).is_none() {
            assert!(start.elapsed() < Duration::from_secs(60), "{label}");
            std::thread::sleep(Duration::from_millis(5));
            window.step();
        }
    };
    typed(window, text("服务器", "Server"), "127.0.0.1");
    typed(window, text("端口", "Port"), &server.port.to_string());
    typed(window, text("用户", "User"), server::OWNER);
    window.get_by_label(text("请填写数据库名", "Name the database"));
    typed(window, text("数据库", "Database"), "nowhere");
    click(window, text("连接并列出表", "Connect and list tables"));
    waits_for(window, "nowhere");
    typed(window, text("数据库", "Database"), "stored");
    click(window, text("连接并列出表", "Connect and list tables"));
    waits_for(window, text("全部打开", "Open all"));
    click(window, "outlet");
    picture(window, &format!("store-{}", if dark { "en-dark" } else { "zh-light" }));
    click(window, text("打开所选（1）", "Open chosen (1)"));
    settle(window);
}
