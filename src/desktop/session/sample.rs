//! The sample map, built into the program so that it opens anywhere.

use super::contents::Contents;
use super::jobs::{Event, Outcome};
use super::opening::Opened;
use super::{JobKind, Session};
use crate::io::{ReadOptions, read_layer_bytes};

macro_rules! files {
    ($($name:literal,)*) => {
        &[$(($name, include_bytes!(concat!("../../../maps/", $name)) as &[u8]),)*]
    };
}

/// Names and bytes of the sample's layers (maps/README.md tells what each is; illustrative, not survey data).
pub fn sample_files() -> &'static [(&'static str, &'static [u8])] {
    const FILES: &[(&str, &[u8])] = files![
        "baoshan/outlet.geojson",
        "baoshan/shoreline.geojson",
        "baoshan/red_line.geojson",
        "baoshan/water_source_zone.geojson",
        "baoshan/river.geojson",
        "baoshan/town.geojson",
        "baoshan/park.geojson",
        "baoshan/residential.geojson",
        "baoshan/plot.geojson",
        "baoshan/water_body.geojson",
        "shared/water_body.geojson",
        "baoshan/forest.geojson",
        "baoshan/farmland.geojson",
        "baoshan/district.geojson",
    ];
    FILES
}

impl Session {
    pub(super) fn start_sample(&mut self) {
        self.spawn(JobKind::Reading("maps".to_owned()), |progress, tell| {
            let mut layers = Vec::new();
            for (name, bytes) in sample_files() {
                match read_layer_bytes(bytes, name, &ReadOptions::default(), progress) {
                    Ok(layer) => layers.push((layer, false)),
                    Err(e) => return tell(Event::of_reading(e).into()),
                }
            }
            let opened = Opened { layers, contents: Contents::default(), folder: None };
            tell(Outcome::then(|session| session.take_opened(opened)));
        });
    }
}
