//! The geometry of a placemark: points, lines, polygons, tracks, and several of them.

use super::flat::{Base, Coordinates, number};
use super::notes::{Trouble, refused};
use super::placemark::{Row, Want};
use crate::i18n::{Said, tr};
use crate::io::formats::FormatError;
use crate::io::formats::xml::{LONGEST_TEXT, Xml};

/// The most positions of a placemark before its last geometry, whose own are fewer than 2³¹.
const MOST_POSITIONS: usize = 1 << 31;

impl Row {
    /// Reads an element that may be a geometry; false where it is none.
    pub(super) fn geometry(&mut self, xml: &mut Xml, want: Want) -> Result<bool, FormatError> {
        if self.flat.positions() > MOST_POSITIONS {
            return Err(refused(Said::told(|lang| tr!(lang, "format.kml.many_positions").into_owned())).at(xml.line()));
        }
        match xml.name() {
            "Point" => self.simple(xml, want, Base::Point)?,
            "LineString" | "LinearRing" => self.simple(xml, want, Base::Line)?,
            "Polygon" => self.polygon(xml, want)?,
            "Track" => self.track(xml, want)?,
            "MultiGeometry" | "GeometryCollection" | "MultiTrack" | "MultiPoint" | "MultiLineString"
            | "MultiPolygon" => {
                self.flat.set_multi();
                while xml.child()? {
                    match xml.name() {
                        "altitudeMode" => self.altitude_mode(xml)?,
                        "interpolate" | "extrude" | "tessellate" | "drawOrder" => xml.skip()?,
                        _ => {
                            self.geometry(xml, want)?;
                        }
                    }
                }
            }
            "Model" => {
                self.trouble(Trouble::Unread("Model".to_owned()));
                xml.skip()?;
                return Ok(false);
            }
            _ => {
                self.trouble(Trouble::Unknown(xml.name().to_owned()));
                xml.skip()?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn altitude_mode(&mut self, xml: &mut Xml) -> Result<(), FormatError> {
        let mut text = std::mem::take(&mut self.text);
        xml.text(&mut text, LONGEST_TEXT)?;
        self.is_relative |= matches!(text.trim(), "relativeToGround" | "relativeToSeaFloor");
        self.text = text;
        Ok(())
    }

    /// Reads `<coordinates>` as a path. Nothing is added where they cannot be read.
    fn path(&mut self, xml: &mut Xml, want: Want, is_ring: bool) -> Result<(), FormatError> {
        if want == Want::Kinds {
            return xml.skip();
        }
        let from = self.flat.positions();
        let mut text = std::mem::take(&mut self.text);
        xml.text(&mut text, usize::MAX)?;
        match self.flat.coordinates(&text) {
            _ if text.trim().is_empty() => {}
            Coordinates::Plain => {}
            Coordinates::Guessed => self.trouble(Trouble::GuessedCoordinates),
            Coordinates::Bad => {
                let start = text.trim().chars().take(40).collect();
                self.trouble(Trouble::Coordinates(start));
            }
        }
        self.text = text;
        if self.flat.positions() > from && self.flat.end_path(from, is_ring) {
            self.trouble(Trouble::RingClosed);
        }
        Ok(())
    }

    /// A point or a line: `<coordinates>` among presentation.
    fn simple(&mut self, xml: &mut Xml, want: Want, base: Base) -> Result<(), FormatError> {
        let paths = self.flat.paths();
        while xml.child()? {
            match xml.name() {
                "coordinates" => {
                    let is_second = self.flat.paths() > paths;
                    if is_second {
                        self.trouble(Trouble::SeveralGeometries);
                        self.flat.end_part(base);
                    }
                    self.path(xml, want, false)?;
                }
                "altitudeMode" => self.altitude_mode(xml)?,
                _ => xml.skip()?,
            }
        }
        if base == Base::Point && self.flat.split_points(paths) {
            self.trouble(Trouble::SeveralGeometries);
        } else if self.flat.paths() > paths || want == Want::Kinds {
            self.flat.end_part(base);
        }
        Ok(())
    }

    fn polygon(&mut self, xml: &mut Xml, want: Want) -> Result<(), FormatError> {
        let mut first_path = self.flat.paths();
        let mut has_outer = false;
        let start = (self.flat.positions(), first_path);
        while xml.child()? {
            match xml.name() {
                "outerBoundaryIs" | "innerBoundaryIs" => {
                    let is_outer = xml.name() == "outerBoundaryIs";
                    while xml.child()? {
                        if xml.name() != "LinearRing" {
                            self.trouble(Trouble::Unknown(xml.name().to_owned()));
                            xml.skip()?;
                            continue;
                        }
                        while xml.child()? {
                            if xml.name() != "coordinates" {
                                xml.skip()?;
                                continue;
                            }
                            let before = self.flat.paths();
                            if is_outer && has_outer && want == Want::All {
                                self.trouble(Trouble::SeveralOuter);
                                self.flat.end_part(Base::Area);
                                (first_path, has_outer) = (before, false);
                            }
                            self.path(xml, want, true)?;
                            if is_outer && self.flat.paths() > before {
                                // Holes may stand before their exterior ring.
                                self.flat.last_path_first(first_path);
                                has_outer = true;
                            }
                        }
                    }
                }
                "altitudeMode" => self.altitude_mode(xml)?,
                _ => xml.skip()?,
            }
        }
        if want == Want::Kinds || has_outer {
            self.flat.end_part(Base::Area);
        } else if self.flat.paths() > first_path {
            // Interior rings without an exterior one are no area.
            self.trouble(Trouble::HolesAlone);
            self.flat.truncate_paths(first_path, start.0);
        }
        Ok(())
    }

    fn track(&mut self, xml: &mut Xml, want: Want) -> Result<(), FormatError> {
        let from = self.flat.positions();
        let (mut times, mut positions) = (0_u64, 0_u64);
        let mut text = String::new();
        while xml.child()? {
            match xml.name() {
                "when" => {
                    xml.text(&mut text, LONGEST_TEXT)?;
                    let when = text.trim();
                    if when.is_empty() {
                        continue;
                    }
                    times += 1;
                    self.span(when);
                }
                "coord" if want == Want::All => {
                    xml.text(&mut text, LONGEST_TEXT)?;
                    positions += 1;
                    let mut numbers = [f64::NAN; 3];
                    let mut count = 0;
                    let mut is_bad = false;
                    for piece in text.split(|c: char| c.is_ascii_whitespace() || c == ',').filter(|p| !p.is_empty()) {
                        match (numbers.get_mut(count), number(piece.as_bytes())) {
                            (Some(slot), Some(value)) => *slot = value,
                            _ => is_bad = true,
                        }
                        count += 1;
                    }
                    if count < 2 || is_bad {
                        // An empty one means that the position at this time is not known.
                        self.trouble(Trouble::TrackGap);
                    } else {
                        self.flat.position(numbers[0], numbers[1], numbers[2]);
                    }
                }
                "altitudeMode" => self.altitude_mode(xml)?,
                "ExtendedData" => {
                    self.trouble(Trouble::TrackValues);
                    xml.skip()?;
                }
                "Model" => {
                    self.trouble(Trouble::Unread("Model".to_owned()));
                    xml.skip()?;
                }
                _ => xml.skip()?,
            }
        }
        if times > 2 {
            self.trouble(Trouble::TrackTimes);
        }
        if want == Want::All && times > 0 && times != positions {
            self.trouble(Trouble::TrackCounts);
        }
        if self.flat.positions() > from {
            self.flat.end_path(from, false);
            self.flat.end_part(Base::Line);
        } else if want == Want::Kinds {
            self.flat.end_part(Base::Line);
        }
        Ok(())
    }
}
