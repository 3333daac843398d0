//! The reader: one pass over the text into coordinate arrays and attribute cells, no tree between.
//!
//! A text that is not JSON is refused with its place. A feature that is JSON but no usable geometry
//! keeps its bytes and its row, and is named in the health list.

use super::coordinates::string_value;
use super::scanner::{Scanner, SyntaxError};
use crate::geodesy::crs::Crs;
use crate::geodesy::{LonLat, LonLatBox};
use crate::health;
use crate::io::encoding::{self, EncodingError};
use crate::io::{OutOfRange, ReadCause, ReadError, ReadOptions};
use crate::model::{
    AttributesBuilder, FeatureId, Geometries, GeometryFault, GeometryKind, Layer, Place, Places, Problem, ProblemKind,
    Role, Source, Span,
};
use crate::progress::{Cancelled, Progress};
use std::borrow::Cow;
use std::sync::Arc;

/// Reads a text as a layer. `stem` names it where the collection does not.
///
/// # Errors
/// [`ReadError`] without a file name (the caller knows it): not JSON, not GeoJSON, an unknown encoding
/// or coordinate system, positions that are no longitude and latitude, or cancelled.
pub fn read(bytes: &[u8], stem: String, options: &ReadOptions, progress: &Progress) -> Result<Layer, ReadError> {
    let fail = |cause| ReadError { file: String::new(), place: None, cause };
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(fail(ReadCause::NothingInIt));
    }
    let decoded = encoding::decode(bytes, options.encoding.as_deref()).map_err(|e| match e {
        EncodingError::UnknownName(name) => fail(ReadCause::Encoding(name)),
        EncodingError::Invalid { encoding, offset } => {
            ReadError { place: Some(Place::of(bytes, offset)), ..fail(ReadCause::Encoding(encoding.to_owned())) }
        }
    })?;
    let given = options.crs.as_deref().map(Crs::parse).transpose().map_err(|e| fail(ReadCause::Crs(e)))?.map(Arc::new);

    let text: Arc<[u8]> = Arc::from(&*decoded.text);
    let at = |offset: usize| Some(Place::of(&text, offset));
    let refuse = |e: Stop| match e {
        Stop::Syntax(e) => ReadError { place: at(e.offset), ..fail(ReadCause::Syntax(e.cause)) },
        Stop::Cancelled(_) => fail(ReadCause::Cancelled),
    };
    let mut read = Reader::new(&text, given.clone(), progress).document().map_err(refuse)?;
    let member = read.crs_member.map_or(CrsMember::Silent, |span| crs_member(span.of(&text)));
    let declared_name = match &member {
        CrsMember::Names(name) => Some(name.clone()),
        CrsMember::Silent | CrsMember::Unclear => None,
    };
    let declared = declared_name
        .as_deref()
        .map(Crs::parse)
        .transpose()
        .map_err(|e| ReadError { place: read.crs_member.and_then(|span| at(span.start)), ..fail(ReadCause::Crs(e)) })?;
    // What the file says of itself goes before what the planner says of files that say nothing. The member
    // may stand behind the features: then they are read once more.
    let crs = declared.map(Arc::new).or(given);
    let needed = crs.clone().filter(|crs| !crs.is_lon_lat());
    if declared_name.is_some() && (needed.is_some() || options.crs.is_some()) {
        read = Reader::new(&text, needed.clone(), progress).document().map_err(refuse)?;
    }
    let declared_crs = crs.map(|crs| crs.name().to_owned());
    let reprojected = needed;
    if !read.is_geojson {
        return Err(ReadError { place: at(0), ..fail(ReadCause::NotGeoJson) });
    }
    if let Some(out) = &read.out_of_range
        && options.out_of_range == OutOfRange::Refuse
        && out.features * 2 > out.located + out.features
    {
        return Err(ReadError {
            place: at(out.first_offset),
            ..fail(ReadCause::OutOfRange {
                features: out.features,
                of: read.spans.len(),
                first: crate::io::as_written(out.first),
                swapped: out.swappable * 2 > out.features,
            })
        });
    }
    let mut file_problems = Vec::new();
    if decoded.had_mark {
        file_problems.push(ProblemKind::ByteOrderMark);
    }
    if let Some(encoding) = decoded.converted_from {
        file_problems.push(ProblemKind::Decoded(encoding.to_owned()));
    }
    if let (CrsMember::Unclear, Some(span)) = (&member, read.crs_member) {
        let json: String = String::from_utf8_lossy(span.of(&text)).chars().take(80).collect();
        file_problems.push(ProblemKind::UnknownCrs(json));
    }
    if let Some(crs) = &reprojected {
        file_problems.push(ProblemKind::Reprojected(crs.name().to_owned()));
    }
    if read.out_of_range.as_ref().is_some_and(|out| out.swappable * 2 > out.features.max(out.located)) {
        file_problems.push(ProblemKind::Swapped);
    }
    let mut layer = read.into_layer(text.clone(), stem, reprojected.is_some());
    layer.declared_crs = declared_crs;
    layer.encoding = decoded.converted_from.unwrap_or("UTF-8").to_owned();
    layer.problems.extend(file_problems.into_iter().map(|kind| Problem { row: None, place: None, kind }));
    health::check(&mut layer);
    if progress.is_cancelled() {
        return Err(fail(ReadCause::Cancelled));
    }
    Ok(layer)
}

/// What a `crs` member says.
enum CrsMember {
    /// Nothing: it is null.
    Silent,
    /// This system (GeoJSON 2008's `name`, and forms seen in the wild).
    Names(String),
    /// Something that names no system.
    Unclear,
}

fn crs_member(json: &[u8]) -> CrsMember {
    use serde_json::Value;
    let Ok(value) = serde_json::from_slice::<Value>(json) else { return CrsMember::Unclear };
    let property = |name: &str| value.get("properties").and_then(|p| p.get(name));
    match &value {
        Value::Null => CrsMember::Silent,
        Value::String(name) if Crs::parse(name).is_ok() => CrsMember::Names(name.clone()),
        _ => match (property("name"), property("code")) {
            (Some(Value::String(name)), _) => CrsMember::Names(name.clone()),
            (_, Some(code @ (Value::Number(_) | Value::String(_)))) => {
                CrsMember::Names(format!("EPSG:{}", code.to_string().trim_matches('"')))
            }
            _ => CrsMember::Unclear,
        },
    }
}

pub(super) enum Stop {
    Syntax(SyntaxError),
    Cancelled(Cancelled),
}

impl From<SyntaxError> for Stop {
    fn from(e: SyntaxError) -> Self {
        Self::Syntax(e)
    }
}

pub(super) struct OutOfRangeCount {
    pub(super) features: usize,
    pub(super) located: usize,
    pub(super) swappable: usize,
    pub(super) first: LonLat,
    pub(super) first_offset: usize,
}

pub(super) struct Reader<'a> {
    pub(super) scanner: Scanner<'a>,
    pub(super) crs: Option<Arc<Crs>>,
    progress: &'a Progress,
    reported: usize,
    is_geojson: bool,
    name: Option<String>,
    crs_member: Option<Span>,
    spans: Vec<Span>,
    id_spans: Vec<Option<Span>>,
    pub(super) geometries: Geometries,
    attributes: AttributesBuilder,
    pub(super) unusable: Vec<bool>,
    /// Problems with the byte they stand at.
    pub(super) problems: Vec<(usize, Option<usize>, ProblemKind)>,
    pub(super) third_coordinate: Option<usize>,
    pub(super) out_of_range: Option<OutOfRangeCount>,
    pub(super) located: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a [u8], crs: Option<Arc<Crs>>, progress: &'a Progress) -> Self {
        Self {
            scanner: Scanner::new(text),
            crs,
            progress,
            reported: 0,
            is_geojson: false,
            name: None,
            crs_member: None,
            spans: Vec::new(),
            id_spans: Vec::new(),
            geometries: Geometries::default(),
            attributes: AttributesBuilder::default(),
            unusable: Vec::new(),
            problems: Vec::new(),
            third_coordinate: None,
            out_of_range: None,
            located: 0,
        }
    }

    /// The whole text: a FeatureCollection, a Feature, or a geometry alone.
    fn document(mut self) -> Result<Self, Stop> {
        let mut kind: &[u8] = b"";
        let mut has_features = false;
        let mut scanner = self.scanner.clone();
        if scanner.peek() != Some(b'{') {
            // Valid JSON or not decides between the two errors.
            scanner.value()?;
            scanner.end()?;
            return Ok(self);
        }
        let text = scanner.text();
        scanner.members::<Stop>(|s, name| {
            match name.of(text) {
                b"type" => kind = string_value(s)?.unwrap_or_default(),
                b"features" if s.peek() == Some(b'[') => {
                    has_features = true;
                    self.scanner.rewind(s.position());
                    self.features()?;
                    s.rewind(self.scanner.position());
                }
                b"name" => {
                    let span = s.value()?;
                    self.name = serde_json::from_slice(span.of(text)).ok();
                }
                b"crs" => self.crs_member = Some(s.value()?),
                _ => drop(s.value()?),
            }
            Ok(())
        })?;
        scanner.end()?;
        self.is_geojson = match kind {
            b"FeatureCollection" => has_features,
            b"Feature" => {
                self.scanner.rewind(0);
                self.feature()?;
                true
            }
            other => {
                let known = GeometryKind::parse(other).is_some() || other == b"GeometryCollection";
                if known {
                    self.lone_geometry()?;
                }
                known
            }
        };
        if let Some(out) = &mut self.out_of_range {
            out.located = self.located;
        }
        Ok(self)
    }

    /// A text that is a geometry is read as a feature without properties.
    fn lone_geometry(&mut self) -> Result<(), Stop> {
        self.scanner.rewind(0);
        self.scanner.peek();
        let start = self.scanner.position();
        let row = self.spans.len();
        self.geometry(row)?;
        self.spans.push(Span { start, end: self.scanner.position() });
        self.id_spans.push(None);
        self.attributes.end_row();
        Ok(())
    }

    fn features(&mut self) -> Result<(), Stop> {
        // `elements` would borrow the scanner that `feature` needs: the loop stands here instead.
        self.scanner.expect(b'[')?;
        if self.scanner.take(b']') {
            return Ok(());
        }
        loop {
            self.feature()?;
            if self.scanner.position() - self.reported > 1 << 16 {
                let read = self.scanner.position() - self.reported;
                self.reported = self.scanner.position();
                self.progress.advance(read as u64).map_err(Stop::Cancelled)?;
            }
            if self.scanner.take(b']') {
                return Ok(());
            }
            self.scanner.expect(b',')?;
        }
    }

    fn feature(&mut self) -> Result<(), Stop> {
        let first = self.scanner.peek();
        let start = self.scanner.position();
        let row = self.spans.len();
        let mut id = None;
        let mut geometry_seen = false;
        let mut is_feature = false;
        let problems_before = self.problems.len();
        if first == Some(b'{') {
            let text = self.scanner.text();
            self.scanner.expect(b'{')?;
            let mut more = !self.scanner.take(b'}');
            while more {
                let name = self.scanner.string()?;
                self.scanner.expect(b':')?;
                match name.of(text) {
                    b"type" => is_feature = string_value(&mut self.scanner)? == Some(b"Feature"),
                    b"geometry" if !geometry_seen => {
                        geometry_seen = true;
                        self.geometry(row)?;
                    }
                    b"properties" if self.scanner.peek() == Some(b'{') => self.properties()?,
                    b"properties" => {
                        let span = self.scanner.value()?;
                        if span.of(text) != b"null" {
                            self.problems.push((span.start, Some(row), ProblemKind::BadProperties));
                        }
                    }
                    b"id" => {
                        let span = self.scanner.value()?;
                        id = (text[span.start] != b'n').then_some(span);
                    }
                    _ => drop(self.scanner.value()?),
                }
                more = !self.scanner.take(b'}');
                if more {
                    self.scanner.expect(b',')?;
                }
            }
        } else {
            self.scanner.value()?;
        }
        if !is_feature && geometry_seen {
            // The geometry of something that is no Feature is not used.
            self.problems.truncate(problems_before);
        }
        if !geometry_seen {
            self.geometries.abandon_row();
            self.geometries.end_row(None);
            self.unusable.push(true);
            let kind = if is_feature {
                ProblemKind::MissingGeometry
            } else {
                ProblemKind::BadGeometry(GeometryFault::NotAFeature)
            };
            self.problems.push((start, Some(row), kind));
        } else if !is_feature {
            self.unusable[row] = true;
            self.problems.push((start, Some(row), ProblemKind::BadGeometry(GeometryFault::NotAFeature)));
        }
        self.spans.push(Span { start, end: self.scanner.position() });
        self.id_spans.push(id);
        self.attributes.end_row();
        Ok(())
    }

    fn properties(&mut self) -> Result<(), Stop> {
        let Self { scanner, attributes, .. } = self;
        let text = scanner.text();
        scanner.members(|s, name| {
            let raw = name.of(text);
            let name: Cow<'_, str> = if raw.contains(&b'\\') {
                let quoted = &text[name.start - 1..=name.end];
                serde_json::from_slice::<String>(quoted)
                    .map(Cow::Owned)
                    .unwrap_or_else(|_| String::from_utf8_lossy(raw))
            } else {
                String::from_utf8_lossy(raw)
            };
            attributes.push(&name, s.value()?);
            Ok::<(), Stop>(())
        })
    }

    fn into_layer(mut self, text: Arc<[u8]>, stem: String, reprojected: bool) -> Layer {
        if let Some(offset) = self.third_coordinate {
            self.problems.push((offset, None, ProblemKind::ThirdCoordinate));
        }
        self.geometries.shrink();
        let bounds = LonLatBox::of(self.geometries.positions());
        let attributes = self.attributes.finish(text.clone());
        let name = self.name.filter(|n| !n.trim().is_empty()).unwrap_or_else(|| stem.clone());
        let kinds = self.geometries.kinds_present();
        let shape = kinds.first().map(|kind| kind.shape());
        Layer {
            guessed_role: Role::guess(&stem, &name, &attributes, shape),
            name,
            source: Source { path: None, file_name: String::new(), bytes: 0, sha256: String::new() },
            ids: (0..self.spans.len() as u32).map(FeatureId).collect(),
            feature_spans: self.spans,
            id_spans: self.id_spans,
            geometries: self.geometries,
            kinds,
            attributes,
            unusable: self.unusable,
            problems: placed(&text, self.problems),
            reprojected,
            declared_crs: None,
            encoding: String::new(),
            bounds,
            text,
        }
    }
}

/// Problems with their line and column, in the order of the file; one pass over the text.
fn placed(text: &[u8], mut problems: Vec<(usize, Option<usize>, ProblemKind)>) -> Vec<Problem> {
    problems.sort_by_key(|(offset, ..)| *offset);
    let mut places = Places::new(text);
    problems.into_iter().map(|(offset, row, kind)| Problem { row, place: Some(places.of(offset)), kind }).collect()
}
