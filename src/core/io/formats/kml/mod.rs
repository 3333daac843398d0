//! KML 2.0 to 2.3, and KMZ: our own reader on a stream of XML, and a writer.
//!
//! Two passes: one tells containers, columns and their types, one gives rows. Which folder becomes which layer: `plan`. KML is
//! always WGS 84, longitude before latitude; what a Chinese map provider shifted (GCJ-02) does not say so and is not guessed.
//!
//! Deliberately absent: styles, overlays, network links, models and tours. They are named in notes, and a file that holds nothing
//! else is refused.

mod archive;
mod balloon;
mod flat;
mod geometry;
mod notes;
mod placemark;
mod plan;
mod rows;
mod scan;
mod schemas;
mod write;

pub use write::KmlWriter;

use super::archive::unpacked_bytes;
use super::xml::root_of;
use super::{Bytes, Format, FormatError, Input, LayerInfo, Note, ReadHints, RowSink};
use crate::i18n::{Said, tr};
use crate::io::room::times;
use crate::progress::Progress;
use notes::{no_layer, refused};
use plan::{Plan, plans, tell_apart};
use scan::Scan;
use std::sync::Arc;

/// More KML members with placemarks than this are not read from one KMZ.
const MOST_MEMBERS: usize = 100;

/// KML and KMZ.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kml;

/// A KML file of the input, scanned.
struct Part {
    bytes: Arc<dyn Bytes>,
    scan: Scan,
    plans: Vec<Plan>,
    names: Vec<String>,
}

/// All of them, and those that hold objects which are not read and no placemark.
struct Parts {
    parts: Vec<Part>,
    left_out: Vec<(String, u64, String)>,
}

impl Parts {
    fn of(input: &Input, hints: &ReadHints, progress: Option<&Progress>) -> Result<Self, FormatError> {
        let bytes = input.open()?;
        let is_zip = bytes.stretch(0, 4)?.starts_with(b"PK");
        let members = if is_zip { archive::members(&bytes)? } else { vec![(input.name.clone(), bytes)] };
        if let Some(progress) = progress {
            // Twice over.
            progress.start(members.iter().map(|(_, bytes)| bytes.len().saturating_mul(2)).sum());
        }
        let mut all = Self { parts: Vec::new(), left_out: Vec::new() };
        let is_single = members.len() == 1;
        let mut empty = None;
        for (name, bytes) in members {
            let scan = Scan::of(&bytes, hints, progress).map_err(|e| if is_zip { e.of_file(&name) } else { e })?;
            if scan.nodes[0].total == 0 && scan.unread.0 > 0 {
                all.left_out.push((name, scan.unread.0, scan.unread.1));
                continue;
            }
            let is_empty = scan.nodes[0].total == 0;
            let plans = plans(&scan);
            let mut names = plans.iter().map(|plan| plan.name.clone()).collect::<Vec<_>>();
            if !is_single {
                let file = name.rsplit('/').next().unwrap_or(&name);
                let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
                for name in &mut names {
                    *name = if name.is_empty() || name == stem { stem.to_owned() } else { format!("{stem}/{name}") };
                }
            }
            let part = Part { bytes, scan, plans, names };
            if is_empty {
                empty = empty.or(Some(part));
            } else {
                all.parts.push(part);
            }
        }
        if all.parts.len() > MOST_MEMBERS {
            return Err(refused(Said::told(|lang| tr!(lang, "format.kml.many_members").into_owned())));
        }
        if all.parts.is_empty() {
            if let Some((_, _, what)) = all.left_out.first() {
                return Err(refused(Said::told(|lang| match what.as_str() {
                    "NetworkLink" | "NetworkLinkControl" => tr!(lang, "format.kml.only_links").into_owned(),
                    _ => tr!(lang, "format.kml.only_unread", what = what).into_owned(),
                })));
            }
            all.parts.extend(empty);
        }
        let mut names = all.parts.iter().flat_map(|part| part.names.iter().cloned()).collect::<Vec<_>>();
        tell_apart(&mut names);
        let mut names = names.into_iter();
        for slot in all.parts.iter_mut().flat_map(|part| &mut part.names) {
            *slot = names.next().unwrap_or_default();
        }
        Ok(all)
    }
}

impl Format for Kml {
    fn name(&self) -> &'static str {
        "KML"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["kml", "kmz"]
    }

    fn is_it(&self, input: &Input, head: &[u8]) -> bool {
        if head.starts_with(b"PK\x03\x04") {
            // The name of the first member stands at byte 30.
            let length =
                usize::from(head.get(26).copied().unwrap_or(0)) + 256 * usize::from(head.get(27).copied().unwrap_or(0));
            let first = head.get(30..30 + length).unwrap_or_default();
            return input.extension() == "kmz" || first.to_ascii_lowercase().ends_with(b".kml");
        }
        match root_of(head).as_deref() {
            Some("kml") => true,
            Some("Document" | "Folder" | "Placemark") => input.extension() == "kml",
            // A long comment before the root.
            None => input.extension() == "kml" && memchr::memchr(b'<', head).is_some(),
            Some(_) => false,
        }
    }

    fn memory(&self, input: &Input, _: Option<&str>) -> u64 {
        match &*input.extension() {
            // The text that it unpacks to is held meanwhile: a tenth of it is packed, or a twentieth.
            "kmz" => times(unpacked_bytes(input), 1.9),
            _ => times(input.size(), 1.2),
        }
    }

    fn layers(&self, input: &Input, hints: &ReadHints) -> Result<Vec<LayerInfo>, FormatError> {
        let all = Parts::of(input, hints, None)?;
        let layers =
            all.parts.iter().flat_map(|part| part.plans.iter().zip(&part.names)).map(|(plan, name)| LayerInfo {
                name: name.clone(),
                title: None,
                kinds: plan.kinds.clone(),
                is_table: false,
                rows: Some(plan.rows),
                crs: Some("EPSG:4326".to_owned()),
            });
        Ok(layers.collect())
    }

    fn read(
        &self,
        input: &Input,
        layer: &str,
        hints: &ReadHints,
        sink: &mut dyn RowSink,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        let all = Parts::of(input, hints, Some(progress))?;
        let mut is_first = true;
        for part in &all.parts {
            for (at, name) in part.names.iter().enumerate() {
                if name == layer {
                    let source = rows::Source { bytes: &part.bytes, scan: &part.scan, plans: &part.plans, at, name };
                    rows::read(&source, sink, progress)?;
                    if is_first {
                        for (member, n, what) in &all.left_out {
                            let said = Said::told(|lang| {
                                tr!(lang, "format.kml.member_unread", member = member, n = n, what = what).into_owned()
                            });
                            sink.note(Note { row: None, said, kind: "format.kml.member_unread", is_doubt: true });
                        }
                    }
                    return Ok(());
                }
                is_first = false;
            }
        }
        Err(no_layer(layer))
    }
}

#[cfg(test)]
mod tests;
