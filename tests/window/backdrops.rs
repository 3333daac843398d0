//! Backdrops under the map: added, seen, turned off; and nothing on the network before somebody turns one on.

use super::*;
use std::io::{BufRead, BufReader, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A PNG of one colour.
fn tile(colour: [u8; 3]) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(256, 256, image::Rgb(colour));
    picture.write_to(&mut out, image::ImageFormat::Png).expect("memory");
    out.into_inner()
}

const RED: [u8; 3] = [240, 20, 200];

/// Pixels of that colour, or nearly.
fn red(window: &mut Window) -> usize {
    let picture = window.render().expect("a picture");
    picture.pixels().filter(|p| (0..3).all(|n| p.0[n].abs_diff(RED[n]) < 6)).count()
}

fn type_into(window: &mut Window, label: &str, text: &str) {
    window.get_by(|n| n.role() == Role::TextInput && n.label().as_deref() == Some(label)).focus();
    window.step();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.event(eframe::egui::Event::Text(text.to_owned()));
    settle(window);
}

pub fn a_backdrop_is_added_seen_and_turned_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let tiles = folder.path().join("影像");
    std::fs::create_dir_all(tiles.join("0/0")).expect("writable");
    std::fs::write(tiles.join("0/0/0.png"), tile(RED)).expect("writable");
    let mut window = demo(Lang::Zh, [1280.0, 800.0], false);
    assert_eq!(red(&mut window), 0);
    click(&mut window, "添加底图…");
    type_into(&mut window, "路径", &tiles.display().to_string());
    window.get_by_label_contains("瓦片文件夹，0～0 级");
    click(&mut window, "添加");
    settle(&mut window);
    let seen = red(&mut window);
    picture(&mut window, "backdrop-zh");
    // Land, under the layers: a good part of the map.
    assert!(seen > 30_000, "{seen}");
    click(&mut window, "隐藏底图 影像");
    assert_eq!(red(&mut window), 0);
    click(&mut window, "显示底图 影像");
    assert!(red(&mut window) > 30_000);
    let session = window.state().workbench().session();
    assert_eq!(session.backdrops().len(), 1);
    keys(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(window.state().workbench().session().backdrops().is_empty() && red(&mut window) == 0);
}

pub fn a_project_with_a_service_asks_nothing_until_it_is_turned_on() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let asked = Arc::new(AtomicUsize::new(0));
    let own = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            own.fetch_add(1, Ordering::SeqCst);
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream);
                let mut line = String::from("?");
                while !line.trim().is_empty() {
                    line.clear();
                    if reader.read_line(&mut line).unwrap_or(0) == 0 {
                        return;
                    }
                }
                let body = tile(RED);
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                drop(reader.get_mut().write_all(&[head.as_bytes(), &body].concat()));
            });
        }
    });
    let folder = tempfile::tempdir().expect("a folder");
    let project = folder.path().join("p.shanshui.json");
    let text = format!(
        r#"{{"shanshui":1,"layers":[],"backdrops":[{{"title":"影像","url":"http://127.0.0.1:{port}/{{z}}/{{x}}/{{y}}","attribution":"© 测绘","opacity":1.0,"on":true}}],
            "view":{{"center":{{"lon":121.4,"lat":31.4}},"scale":3000.0}}}}"#
    );
    std::fs::write(&project, text).expect("writable");
    let options = WindowOptions {
        lang: Some(Lang::Zh),
        paths: vec![project],
        tiles: Some(folder.path().join("tiles")),
        ..WindowOptions::default()
    };
    let mut window = window(options, [1280.0, 800.0], true);
    settle(&mut window);
    // It is said, and nobody was asked.
    window.get_by_label_contains("网络底图未开启，没有联网：影像");
    assert_eq!((asked.load(Ordering::SeqCst), red(&mut window)), (0, 0));
    click(&mut window, "显示底图 影像");
    settle(&mut window);
    let now = asked.load(Ordering::SeqCst);
    picture(&mut window, "backdrop-service-zh-dark");
    assert!(now > 0 && red(&mut window) > 100_000, "{now}");
    // Turned off and on again, the tiles are those on the disk.
    click(&mut window, "隐藏底图 影像");
    click(&mut window, "显示底图 影像");
    settle(&mut window);
    assert!(red(&mut window) > 100_000);
    assert_eq!(asked.load(Ordering::SeqCst), now);
}

pub fn a_backdrop_is_on_the_page_and_in_the_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("影像/0/0")).expect("writable");
    std::fs::write(folder.path().join("影像/0/0/0.png"), tile(RED)).expect("writable");
    let outlets = concat!(env!("CARGO_MANIFEST_DIR"), "/maps/baoshan/outlet.geojson");
    // Nobody answers at this address; the page does not wait for whoever is off.
    let project = serde_json::json!({"shanshui": 1, "layers": [{"file": outlets, "role": "outlet"}], "backdrops": [
        {"title": "服务", "url": "http://127.0.0.1:9/{z}/{x}/{y}", "on": true},
        {"title": "影像", "file": "影像", "attribution": "© 测绘", "on": true},
    ]});
    std::fs::write(folder.path().join("p.shanshui.json"), project.to_string()).expect("writable");
    for (arguments, file) in [
        (&["print", "p.shanshui.json", "-o", "page.png", "--lang", "zh"][..], "page.png"),
        (&["view", "p.shanshui.json", "--size", "1000x700", "--screenshot", "view.png", "--lang", "zh"], "view.png"),
    ] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_shanshui"));
        let output = command.current_dir(folder.path()).args(arguments).output().expect("runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let picture = image::open(folder.path().join(file)).expect("a picture").into_rgb8();
        let seen = picture.pixels().filter(|p| (0..3).all(|n| p.0[n].abs_diff(RED[n]) < 6)).count();
        let share = seen as f64 / f64::from(picture.width() * picture.height());
        // The picture is of the whole window, at its least size.
        assert!(share > if file == "page.png" { 0.2 } else { 0.03 }, "{file}: {share}");
        if let Some(kept) = std::env::var_os("SHANSHUI_PICTURES") {
            picture.save(std::path::Path::new(&kept).join(format!("backdrop-{file}"))).expect("writable");
        }
    }
}
