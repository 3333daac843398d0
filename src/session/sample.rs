//! The sample map, built into the program so that it opens anywhere.

macro_rules! files {
    ($($name:literal,)*) => {
        &[$(($name, include_bytes!(concat!("../../maps/baoshan/", $name)) as &[u8]),)*]
    };
}

/// Names and bytes of the sample's layers (maps/README.md tells what each is; illustrative, not survey data).
pub fn sample_files() -> &'static [(&'static str, &'static [u8])] {
    const FILES: &[(&str, &[u8])] = files![
        "outlet.geojson",
        "shoreline.geojson",
        "red_line.geojson",
        "water_source_zone.geojson",
        "river.geojson",
        "town.geojson",
        "park.geojson",
        "residential.geojson",
        "plot.geojson",
        "water_body.geojson",
        "forest.geojson",
        "farmland.geojson",
        "district.geojson",
    ];
    FILES
}
