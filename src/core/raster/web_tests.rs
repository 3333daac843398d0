//! A server on this machine stands in for the services: what it says, and what it is asked for.

use super::super::tests::{CHINA, png};
use super::super::{Loader, Told};
use super::*;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

/// A server that says what a function has for a path. It ends with the test.
struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answer: impl Fn(&str, usize) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (own, answer) = (Arc::clone(&asked), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (own, answer) = (Arc::clone(&own), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let mut reader = BufReader::new(stream);
                    let mut line = String::new();
                    if reader.read_line(&mut line).is_err() {
                        return;
                    }
                    let mut header = String::from("?");
                    while !header.trim().is_empty() {
                        header.clear();
                        if reader.read_line(&mut header).unwrap_or(0) == 0 {
                            return;
                        }
                    }
                    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
                    let number = {
                        let mut asked = own.lock().expect("whole");
                        asked.push(path.clone());
                        asked.len()
                    };
                    drop(reader.get_mut().write_all(&answer(&path, number)));
                });
            }
        });
        Self { port, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("whole").clone()
    }

    fn backdrop(&self, path: &str) -> Backdrop {
        Backdrop { url: Some(format!("http://127.0.0.1:{}/{path}", self.port)), ..Backdrop::default() }
    }

    fn tiles(&self, path: &str, opening: &Opening) -> WebTiles {
        let backdrop = self.backdrop(path);
        WebTiles::new(&backdrop, backdrop.url.as_deref().expect("there"), opening).unwrap_or_else(|e| panic!("{e}"))
    }
}

fn says(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let out = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    [out.as_bytes(), body].concat()
}

fn tile() -> Vec<u8> {
    says("200 OK", "Content-Type: image/png\r\n", &png([256, 256], [7, 8, 9, 255]))
}

static GO: AtomicBool = AtomicBool::new(false);
const XYZ: &str = "{z}/{x}/{y}.png?tk={key}";

fn with_key() -> Opening {
    Opening { key: ServiceKey("a b&c".to_owned()), cache: None }
}

#[test]
fn a_tile_is_asked_for_with_the_key_and_kept_without_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = Arc::new(TileCache::new(folder.path().join("tiles"), 1 << 20));
    let server = Server::start(|_, _| tile());
    let opening = Opening { cache: Some(Arc::clone(&cache)), ..with_key() };
    let tiles = server.tiles(XYZ, &opening);
    assert!(server.asked().is_empty(), "opening asks for nothing");
    for _ in 0..2 {
        assert_eq!(tiles.tile(CHINA, &GO).expect("there").expect("a tile").rgba[..4], [7, 8, 9, 255]);
    }
    assert_eq!(server.asked(), ["/10/857/418.png?tk=a+b%26c"], "once");
    // Another key, the same tiles; and nothing of the key on the disk.
    let other = Opening { key: ServiceKey("other".to_owned()), cache: Some(cache) };
    assert!(server.tiles(XYZ, &other).tile(CHINA, &GO).expect("kept").is_some());
    assert_eq!(server.asked().len(), 1);
    assert!(
        WebTiles::new(&server.backdrop(XYZ), &server.backdrop(XYZ).url.expect("one"), &Opening::default()).is_err()
    );
}

#[test]
fn an_old_tile_is_asked_for_again_and_serves_where_that_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = Arc::new(TileCache::new(folder.path().join("tiles"), 1 << 20));
    let server = Server::start(|_, number| if number == 1 { tile() } else { says("500 Oh", "", b"") });
    let opening = Opening { cache: Some(Arc::clone(&cache)), ..Opening::default() };
    let path = "{z}/{x}/{y}";
    assert!(server.tiles(path, &opening).tile(CHINA, &GO).expect("there").is_some());
    let level = std::fs::read_dir(cache.folder()).expect("there").next().expect("one").expect("read").path().join("10");
    let file = std::fs::read_dir(level).expect("there").next().expect("one").expect("read").path();
    let old = std::time::SystemTime::now() - Duration::from_secs(40 * 24 * 3600);
    std::fs::File::options().append(true).open(&file).and_then(|file| file.set_modified(old)).expect("its time");
    assert!(server.tiles(path, &opening).tile(CHINA, &GO).expect("the old one").is_some());
    assert_eq!(server.asked().len(), 2);
    // One that was damaged on the disk is asked for again.
    std::fs::write(&file, b"damaged").expect("writable");
    assert!(server.tiles(path, &opening).tile(CHINA, &GO).is_err());
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn what_a_server_says_is_told_by_its_kind() {
    let server = Server::start(|path, _| match path.split('/').nth(1).unwrap_or_default() {
        "none" => says("404 Not Found", "", b"none"),
        "bad" => says("200 OK", "", br#"{"code":301,"msg":"bad key"}"#),
        "html" => says("200 OK", "", b"<!DOCTYPE html><html>login</html>"),
        "gone" => says("503 Busy", "Retry-After: 7\r\n", b""),
        "key" => says("403 Forbidden", "", b"no"),
        "odd" => says("400 Bad", "", b""),
        "long" => says("200 OK", "", &vec![0; TILE_BYTES as usize + 1]),
        "cut" => {
            let mut whole = tile();
            whole.truncate(whole.len() - 20);
            whole
        }
        "large" => says("200 OK", "", &png([2000, 10], [1, 1, 1, 255])),
        _ => tile(),
    });
    let ask = |path: &str| server.tiles(&format!("{path}/{{z}}/{{x}}/{{y}}"), &Opening::default()).tile(CHINA, &GO);
    assert_eq!(ask("none"), Ok(None));
    for (path, kind, word) in [
        ("bad", RasterErrorKind::Tile, "bad key"),
        ("html", RasterErrorKind::Tile, "web page"),
        ("gone", RasterErrorKind::Later(Duration::from_secs(7)), "503"),
        ("key", RasterErrorKind::Source, "key"),
        ("odd", RasterErrorKind::Tile, "400"),
        ("long", RasterErrorKind::Tile, "8388608"),
        ("cut", RasterErrorKind::Later(Duration::from_secs(1)), "broke off"),
        ("large", RasterErrorKind::Tile, "2000"),
    ] {
        let e = ask(path).expect_err(path);
        assert_eq!(e.kind, kind, "{path}: {e}");
        assert!(e.to_string().contains(word) && e.of == "127.0.0.1", "{path}: {e}");
    }
}

#[test]
fn redirections_lead_to_the_same_server_or_nowhere() {
    let server = Server::start(|path, _| {
        let to = |location: &str| says("302 Found", &format!("Location: {location}\r\n"), b"");
        match path.split('/').nth(1).unwrap_or_default() {
            "moved" => to(&path.replace("moved", "here")),
            "file" => to("file:///etc/passwd"),
            "ftp" => to("ftp://127.0.0.1/a"),
            "other" => to("http://localhost/a"),
            "round" => to(path),
            "empty" => says("302 Found", "", b""),
            _ => tile(),
        }
    });
    let ask = |path: &str| server.tiles(&format!("{path}/{{z}}/{{x}}/{{y}}"), &Opening::default()).tile(CHINA, &GO);
    assert!(ask("moved").expect("followed").is_some());
    for (path, named) in
        [("file", "file://"), ("ftp", "ftp://127.0.0.1"), ("other", "http://localhost"), ("empty", "?")]
    {
        let e = ask(path).expect_err(path);
        assert_eq!(e.kind, RasterErrorKind::Source, "{path}");
        assert!(e.to_string().contains(named), "{e}");
    }
    let asked = server.asked().len();
    assert_eq!(ask("round").expect_err("round and round").kind, RasterErrorKind::Source);
    assert_eq!(server.asked().len() - asked, HOPS + 1);
    // From a private way to an open one: never.
    let tiles = server.tiles("{z}/{x}/{y}", &Opening::default());
    let from = Url::parse("https://a.cn/x").expect("a URL");
    assert!(tiles.redirected(&from, Some("http://a.cn/x")).is_err());
    assert!(tiles.redirected(&from, Some("/y")).is_ok_and(|to| to.as_str() == "https://a.cn/y"));
}

#[test]
fn a_server_that_fails_is_left_alone_for_longer_and_longer() {
    let server = Server::start(|_, _| says("500 Oh", "", b""));
    let tiles = server.tiles("{z}/{x}/{y}", &Opening::default());
    let mut waits = Vec::new();
    for _ in 0..8 {
        let RasterErrorKind::Later(wait) = tiles.tile(CHINA, &GO).expect_err("fails").kind else { panic!("later") };
        waits.push(wait.as_secs());
        assert!(tiles.tile(TileId { x: 0, ..CHINA }, &GO).is_err(), "not asked");
        tiles.failing.lock().expect("whole").until = None;
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
    assert_eq!(server.asked().len(), 8);
}

#[test]
fn a_later_refusal_is_about_its_tile() {
    let server = Server::start(|_, number| if number == 1 { tile() } else { says("403 Forbidden", "", b"") });
    let tiles = server.tiles("{z}/{x}/{y}", &Opening::default());
    assert!(tiles.tile(CHINA, &GO).expect("there").is_some());
    assert_eq!(tiles.tile(TileId { x: 0, ..CHINA }, &GO).expect_err("refused").kind, RasterErrorKind::Tile);
}

#[test]
fn nobody_there_is_told_without_the_key() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    let url = format!("http://127.0.0.1:{port}/{XYZ}");
    let tiles = WebTiles::new(&Backdrop::default(), &url, &with_key()).expect("opened");
    let e = tiles.tile(CHINA, &GO).expect_err("nobody");
    assert!(matches!(e.kind, RasterErrorKind::Later(_)), "{e:?}");
    assert!(!format!("{e:?}{e}").contains("a b"), "{e:?}");
}

#[test]
fn a_slow_tile_that_nobody_wants_is_given_up() {
    let server = Server::start(|path, _| {
        if path.contains("/857/") {
            std::thread::sleep(Duration::from_millis(400));
        }
        tile()
    });
    let loader = Loader::start(server.backdrop("{z}/{x}/{y}"), Opening::default(), || {});
    loader.want(&[CHINA]);
    while server.asked().is_empty() {
        std::thread::sleep(Duration::from_millis(2));
    }
    let other = TileId { x: 1, ..CHINA };
    loader.want(&[other]);
    let start = Instant::now();
    let mut told = Vec::new();
    while !loader.is_idle() || !told.iter().any(|one| matches!(one, Told::Tile(tile, _) if *tile == other)) {
        told.extend(loader.poll());
        assert!(start.elapsed() < Duration::from_secs(20), "{told:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
    told.extend(loader.poll());
    assert!(!told.iter().any(|one| matches!(one, Told::Tile(tile, _) if *tile == CHINA)), "{told:?}");
}

#[test]
fn a_server_that_comes_back_is_told_once_gone_and_once_back() {
    let server =
        Server::start(|_, number| if number <= 2 { says("503 Busy", "Retry-After: 0\r\n", b"") } else { tile() });
    let loader = Loader::start(server.backdrop("{z}/{x}/{y}"), Opening::default(), || {});
    loader.want(&[CHINA]);
    let start = Instant::now();
    let mut told = Vec::new();
    while !told.iter().any(|one| matches!(one, Told::Tile(..))) {
        told.extend(loader.poll());
        assert!(start.elapsed() < Duration::from_secs(20), "{told:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
    let count = |is: fn(&Told) -> bool| told.iter().filter(|one| is(one)).count();
    assert_eq!(count(|one| matches!(one, Told::Waiting(_))), 1, "{told:?}");
    assert_eq!(count(|one| matches!(one, Told::Back)), 1);
}
