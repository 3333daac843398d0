//! A session that ended without saving, and the next.

use super::{Window, click, picture, settle};
use egui_kittest::kittest::Queryable as _;
use shanshui::cli::WindowOptions;
use shanshui::geodesy::LonLat;
use shanshui::i18n::Lang;
use shanshui::io::ReadOptions;
use shanshui::model::{Geometry, GeometryKind};
use shanshui::session::journal::left_in;
use shanshui::session::{Command, Session};
use std::path::Path;
use std::sync::Arc;

fn next(journals: &Path) -> Window {
    let options =
        WindowOptions { journals: Some(journals.to_owned()), lang: Some(Lang::En), ..WindowOptions::default() };
    let mut window = super::window(options, [1280.0, 800.0], false);
    settle(&mut window);
    window
}

fn session_that_ends(journals: &Path) {
    let at = |lon, lat| LonLat::new(lon, lat);
    let ring = vec![at(121.40, 31.40), at(121.42, 31.40), at(121.42, 31.42), at(121.40, 31.40)];
    let mut session = Session::new(ReadOptions::default(), Arc::new(|| {}));
    session.keep_journal(journals.to_owned());
    let geometry = Geometry { kind: GeometryKind::Polygon, parts: vec![vec![ring]] };
    session.execute(Command::Draw(None, Box::new(geometry), "Drawn".to_owned()));
    session.journal_mut().flush();
}

pub fn what_an_ended_session_left_is_offered() {
    let folder = tempfile::tempdir().expect("a folder");
    let journals = folder.path().join("journal");
    session_that_ends(&journals);
    let mut window = next(&journals);
    window.get_by_label("Edits that were not saved");
    picture(&mut window, "recovery");
    click(&mut window, "Recover");
    let layers = window.state().workbench().session().layers();
    assert_eq!((layers.len(), layers[0].layer().name.as_str(), layers[0].layer().feature_count()), (1, "Drawn", 1));
    assert!(layers[0].is_unsaved());
    // The edits stand in the new session's journal now, and the old one is gone.
    window.state_mut().workbench_mut().session_mut().journal_mut().sync();
    assert_eq!(std::fs::read_dir(&journals).expect("there").count(), 1);

    // Closed by itself with nothing saved it would leave them again; given up, nothing.
    window.state_mut().workbench_mut().end();
    drop(window);
    assert_eq!(left_in(&journals).len(), 1);
    let mut window = next(&journals);
    click(&mut window, "Discard");
    assert!(left_in(&journals).is_empty());
}
