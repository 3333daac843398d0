//! A waypoint, route or track as it is read.

use crate::io::formats::xml::{Declared, LONGEST_TEXT, Moment, Xml, moment};
use crate::io::formats::{FormatError, RawGeometry, RawKind};
use crate::model::GeometryKind;

/// The names that GPX 1.0 and 1.1 have, and what they are.
const STANDARD: &[(&str, Declared)] = &[
    ("name", Declared::Text),
    ("cmt", Declared::Text),
    ("desc", Declared::Text),
    ("src", Declared::Text),
    ("link", Declared::Text),
    ("url", Declared::Text),
    ("urlname", Declared::Text),
    ("sym", Declared::Text),
    ("type", Declared::Text),
    ("number", Declared::Integer),
    ("time", Declared::Time),
    ("begin", Declared::Time),
    ("end", Declared::Time),
    ("magvar", Declared::Real),
    ("geoidheight", Declared::Real),
    ("course", Declared::Real),
    ("speed", Declared::Real),
    ("fix", Declared::Text),
    ("sat", Declared::Integer),
    ("hdop", Declared::Real),
    ("vdop", Declared::Real),
    ("pdop", Declared::Real),
    ("ageofdgpsdata", Declared::Real),
    ("dgpsid", Declared::Integer),
];

/// What a field of this name is; text where GPX does not have it.
pub fn declared(name: &str) -> Declared {
    STANDARD.iter().find(|(standard, _)| *standard == name).map_or(Declared::Text, |(_, declared)| *declared)
}

/// What was doubtful about a feature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Doubts {
    /// Positions without latitude or longitude, or with such that cannot be read.
    pub bad_positions: u64,
    /// Positions outside of their range.
    pub is_out_of_range: bool,
    /// Heights that cannot be read.
    pub bad_heights: u64,
    /// There is no position.
    pub is_empty: bool,
    /// Times of positions between the first and the last.
    pub has_times: bool,
    /// Names, pulses and the like of positions.
    pub has_values: bool,
    /// A field has several values.
    pub has_repeated: bool,
}

/// Which elements are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Fields alone, to tell the columns.
    Fields,
    /// Everything.
    All,
}

/// A feature. Used for many: its room is kept.
#[derive(Debug)]
pub struct Feature {
    pairs: Vec<(String, String)>,
    used: usize,
    /// Its positions.
    pub geometry: RawGeometry,
    /// What was doubtful.
    pub doubts: Doubts,
    text: String,
    times: u64,
}

impl Default for Feature {
    fn default() -> Self {
        let geometry = RawGeometry::new(RawKind::Simple(GeometryKind::Point));
        Self { pairs: Vec::new(), used: 0, geometry, doubts: Doubts::default(), text: String::new(), times: 0 }
    }
}

impl Feature {
    /// Its fields: name and text.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs[..self.used]
    }

    /// Reads a `wpt`, `rte` or `trk` that was just opened.
    ///
    /// # Errors
    /// As [`Xml::child`].
    pub fn read(&mut self, xml: &mut Xml, kind: GeometryKind, want: Want) -> Result<(), FormatError> {
        self.used = 0;
        self.geometry.reset(RawKind::Simple(kind));
        (self.doubts, self.times) = (Doubts::default(), 0);
        let position = if kind == GeometryKind::Point { self.position(xml)? } else { None };
        let mut height = f64::NAN;
        let mut links = 0;
        while xml.child()? {
            match xml.name() {
                "ele" if kind == GeometryKind::Point => height = self.height(xml)?,
                "rtept" if kind == GeometryKind::LineString => self.point(xml, want)?,
                "trkseg" if kind == GeometryKind::MultiLineString => {
                    let from = self.geometry.xy.len();
                    while xml.child()? {
                        if xml.name() == "trkpt" { self.point(xml, want)? } else { xml.skip()? }
                    }
                    if self.geometry.xy.len() > from {
                        self.geometry.end_path();
                        self.geometry.end_part();
                    }
                }
                "link" => {
                    links += 1;
                    self.link(xml, links)?;
                }
                "extensions" => {
                    // Texts of elements without elements become fields.
                    self.extension(xml, &mut String::new())?;
                }
                _ => {
                    let at = self.slot(xml.name());
                    let mut text = std::mem::take(&mut self.pairs[at].1);
                    xml.text(&mut text, LONGEST_TEXT)?;
                    if text.trim().len() < text.len() {
                        text = text.trim().to_owned();
                    }
                    self.pairs[at].1 = text;
                    self.keep_first(at);
                }
            }
        }
        if let Some([x, y]) = position {
            self.add(x, y, height);
        }
        if kind != GeometryKind::MultiLineString && !self.geometry.xy.is_empty() {
            self.geometry.end_path();
            self.geometry.end_part();
        }
        self.doubts.is_empty = self.geometry.xy.is_empty();
        self.doubts.has_times = self.times > 2;
        Ok(())
    }

    /// The place of a new field.
    fn slot(&mut self, name: &str) -> usize {
        if self.used == self.pairs.len() {
            self.pairs.push((String::new(), String::new()));
        }
        let (slot, value) = &mut self.pairs[self.used];
        slot.clear();
        slot.push_str(name);
        value.clear();
        self.used += 1;
        self.used - 1
    }

    /// Takes a new field back where there is one of its name.
    fn keep_first(&mut self, at: usize) {
        // A feature has a handful of fields; one that has a thousand is not looked through.
        if at < 1000 && self.pairs[..at].iter().any(|(name, _)| *name == self.pairs[at].0) {
            self.doubts.has_repeated = true;
            self.used = at;
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        let at = self.slot(name);
        self.pairs[at].1.push_str(value);
        self.keep_first(at);
    }

    fn link(&mut self, xml: &mut Xml, count: usize) -> Result<(), FormatError> {
        let name = if count == 1 { "link".to_owned() } else { format!("link_{count}") };
        // More than a few links have nowhere to go.
        if count > 20 {
            self.doubts.has_repeated = true;
            return xml.skip();
        }
        let mut text = std::mem::take(&mut self.text);
        if xml.attribute("href", &mut text)? {
            self.set(&name, text.trim());
        }
        while xml.child()? {
            let part = format!("{name}_{}", xml.name());
            xml.text(&mut text, LONGEST_TEXT)?;
            if !text.trim().is_empty() {
                self.set(&part, text.trim());
            }
        }
        self.text = text;
        Ok(())
    }

    /// Reads an element of an extension: its text, or its elements; true where it has any.
    fn extension(&mut self, xml: &mut Xml, text: &mut String) -> Result<bool, FormatError> {
        let mut has_children = false;
        while xml.child_or_text(text)? {
            has_children = true;
            let own = xml.name().to_owned();
            let mut inner = String::new();
            if !self.extension(xml, &mut inner)? && !inner.trim().is_empty() {
                let is_taken = STANDARD.iter().any(|(name, _)| *name == own) || own == "ele";
                let name = if is_taken { format!("extensions_{own}") } else { own };
                self.set(&name, inner.trim());
            }
        }
        Ok(has_children)
    }

    fn height(&mut self, xml: &mut Xml) -> Result<f64, FormatError> {
        let mut text = std::mem::take(&mut self.text);
        xml.text(&mut text, LONGEST_TEXT)?;
        let height = finite(&text);
        self.doubts.bad_heights += u64::from(height.is_none() && !text.trim().is_empty());
        self.text = text;
        Ok(height.unwrap_or(f64::NAN))
    }

    /// Longitude and latitude of the element that was just opened.
    fn position(&mut self, xml: &mut Xml) -> Result<Option<[f64; 2]>, FormatError> {
        let mut text = std::mem::take(&mut self.text);
        xml.attribute("lat", &mut text)?;
        let lat = finite(&text);
        xml.attribute("lon", &mut text)?;
        let lon = finite(&text);
        self.text = text;
        if let (Some(lon), Some(lat)) = (lon, lat) {
            return Ok(Some([lon, lat]));
        }
        self.doubts.bad_positions += 1;
        Ok(None)
    }

    /// Reads a point of a route or a track.
    fn point(&mut self, xml: &mut Xml, want: Want) -> Result<(), FormatError> {
        // To tell the columns, the first time is enough: all that are taken are of one kind.
        if want == Want::Fields && self.times > 0 {
            return xml.skip();
        }
        let position = if want == Want::All { self.position(xml)? } else { None };
        let mut height = f64::NAN;
        while xml.child()? {
            match xml.name() {
                "ele" if want == Want::All => height = self.height(xml)?,
                "ele" => xml.skip()?,
                "time" => {
                    let mut text = std::mem::take(&mut self.text);
                    xml.text(&mut text, LONGEST_TEXT)?;
                    self.span(text.trim());
                    self.text = text;
                }
                _ => {
                    self.doubts.has_values = true;
                    xml.skip()?;
                }
            }
        }
        if let Some([x, y]) = position {
            self.add(x, y, height);
        }
        Ok(())
    }

    /// Widens the feature's time to that of a position.
    fn span(&mut self, time: &str) {
        if !matches!(moment(time), Some(Moment::DateTime(_))) {
            return;
        }
        self.times += 1;
        if self.times == 1 {
            self.set("begin", time);
            self.set("end", time);
            return;
        }
        let used = self.used;
        if let Some((_, end)) = self.pairs[..used].iter_mut().find(|(name, _)| name == "end") {
            end.clear();
            end.push_str(time);
        }
    }

    fn add(&mut self, x: f64, y: f64, z: f64) {
        let geometry = &mut self.geometry;
        self.doubts.is_out_of_range |= !(x.abs() <= 360.0 && y.abs() <= 90.0);
        if !z.is_nan() || !geometry.z.is_empty() {
            geometry.z.resize(geometry.xy.len(), f64::NAN);
            geometry.z.push(z);
        }
        geometry.xy.push([x, y]);
    }
}

fn finite(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|value: &f64| value.is_finite())
}
