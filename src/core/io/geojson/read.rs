//! The reader: one pass over the text into coordinate arrays and attribute cells, no tree between.
//!
//! A text that is not JSON is refused with its place. A large file is read in blocks on all cores and its long
//! coordinates are not kept as text; smaller ones, and those laid out unlike a FeatureCollection, are read from
//! memory by the same code.

use super::collect::{self, Collected, Stop};
use super::coordinates::string_value;
use super::crs_member::{CrsMember, crs_member};
use super::features::{End, Reader, Rows};
use super::lines;
use super::once::plain;
use super::scanner::{Scanner, SyntaxCause, SyntaxError};
use crate::geodesy::crs::Crs;
use crate::health;
use crate::i18n::{Said, tr};
use crate::io::encoding::{self, EncodingError};
use crate::io::source::{Input, SourceFile, hex, room_for};
use crate::io::{OutOfRange, ReadCause, ReadError, ReadOptions};
use crate::model::{
    Cut, Digest, Edits, FeatureText, GeometryKind, Layer, Lines, Place, Problem, ProblemKind, ReadAs, Role,
    RowGeometries, Source, Text,
};
use crate::progress::Progress;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

/// How much of a file may stand before its features.
const HEAD: usize = 1 << 18;

/// Reads a text in memory as a layer. `stem` names it where the collection does not.
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
    let mut text = match decoded.text {
        Cow::Owned(text) => text,
        Cow::Borrowed(text) => {
            let mut own = room_for(text.len() as u64).map_err(|e| fail(e.into()))?;
            own.extend_from_slice(text.as_ref());
            own
        }
    };
    let (had_mark, from) = (decoded.had_mark, decoded.converted_from);
    let mut reading = Reading { stem, options, progress, had_mark, from, is_line_delimited: false };
    let mut parts = reading.parts(&Input::Memory(&text));
    if matches!(parts, Err(Stop::Syntax(_, SyntaxCause::AnotherText))) {
        let collection = lines::as_collection(&text);
        let again = reading.parts(&Input::Memory(&collection));
        if matches!(again, Ok(Ok(_))) {
            (text, parts, reading.is_line_delimited) = (collection, again, true);
        }
    }
    let parts = parts.map_err(|stop| refusal(stop, options))?;
    reading.layer(parts?, |_, _| Text::whole(text))
}

/// Reads a file in blocks. `None` where it has to be read from memory: not UTF-8, or not laid out as most are.
///
/// # Errors
/// As [`read`].
pub(in crate::io) fn read_file(
    file: &Arc<SourceFile>,
    stem: String,
    options: &ReadOptions,
    progress: &Progress,
) -> Result<Option<Layer>, ReadError> {
    if !options.encoding.as_deref().is_none_or(encoding::is_utf8) {
        return Ok(None);
    }
    let mut mark = [0; 3];
    let had_mark = file.read_exact_at(0, &mut mark).is_ok() && mark == encoding::UTF8_MARK;
    let skip = if had_mark { mark.len() as u64 } else { 0 };
    let reading = Reading { stem, options, progress, had_mark, from: None, is_line_delimited: false };
    let unchanged = || file.check_unchanged().map_err(Stop::System);
    let parts = reading.parts(&Input::File { file, skip }).and_then(|parts| unchanged().map(|()| parts));
    match parts {
        Err(Stop::Irregular | Stop::Encoding | Stop::Syntax(_, SyntaxCause::AnotherText)) => Ok(None),
        Err(stop) => Err(refusal(stop, options)),
        Ok(parts) => {
            let origin = Arc::clone(file);
            reading.layer(parts?, |kept, cuts| Text::with_cuts(kept, cuts, origin)).map(Some)
        }
    }
}

/// Why reading stopped, for people.
fn refusal(stop: Stop, options: &ReadOptions) -> ReadError {
    let fail = |place, cause| ReadError { file: String::new(), place, cause };
    match stop {
        Stop::Syntax(place, cause) => fail(Some(place), ReadCause::Syntax(cause)),
        Stop::System(e) => fail(None, e.into()),
        Stop::Cancelled => fail(None, ReadCause::Cancelled),
        Stop::Irregular | Stop::Encoding => {
            fail(None, ReadCause::Encoding(options.encoding.clone().unwrap_or_else(|| "UTF-8".to_owned())))
        }
    }
}

/// One reading: what is known of the text beforehand.
struct Reading<'a> {
    stem: String,
    options: &'a ReadOptions,
    progress: &'a Progress,
    had_mark: bool,
    /// The encoding it was converted from.
    from: Option<&'static str>,
    /// True where its features stand one a line, with no collection round them.
    is_line_delimited: bool,
}

/// A document with the coordinate system that it was read in.
struct Parts {
    document: Document,
    declared_crs: Option<String>,
    /// The system that a planner named, because the file names none.
    named_crs: Option<String>,
    /// The name of the system that positions were converted from.
    reprojected: Option<String>,
    crs_unclear: bool,
    /// The system that the file names and that cannot be used, and the one that was named instead.
    instead: Option<(String, String)>,
}

impl Reading<'_> {
    /// What a file's bytes go through on the way, where their hash is wanted: its byte order mark has.
    fn hasher(&self, input: &Input<'_>) -> Option<Sha256> {
        let is_file = matches!(input, Input::File { .. });
        let mark: &[u8] = if self.had_mark { &encoding::UTF8_MARK } else { &[] };
        (is_file && self.options.is_hashed).then(|| Sha256::new_with_prefix(mark))
    }

    /// Reads the document, in the coordinate system that it or the planner names.
    fn parts(&self, input: &Input<'_>) -> Result<Result<Parts, ReadError>, Stop> {
        let fail = |place, e| ReadError { file: String::new(), place, cause: ReadCause::Crs(Box::new(e)) };
        let given = match self.options.crs.as_deref().map(Crs::parse).transpose() {
            Ok(given) => given,
            Err(e) => return Ok(Err(fail(None, e))),
        };
        let mut document = Document::read(input, given.as_ref(), self.hasher(input), self.progress)?;
        let member = document.crs_member.as_ref().map_or(CrsMember::Silent, |(json, _)| crs_member(json));
        let declared = match &member {
            CrsMember::Names(name) => match Crs::parse(name) {
                Ok(crs) => Some(crs),
                // What the planner says counts where the file says nothing that can be used.
                Err(_) if given.is_some() => None,
                Err(e) => return Ok(Err(fail(document.crs_member.as_ref().map(|(_, place)| *place), e))),
            },
            CrsMember::Silent | CrsMember::Unclear => None,
        };
        // What the file says of itself goes before what the planner says of files that say nothing. The member
        // may stand behind the features: then they are read once more.
        let again = declared.is_some();
        let crs_unclear = matches!(member, CrsMember::Unclear);
        let named_crs = self.options.crs.clone().filter(|_| !again);
        let crs = declared.or(given);
        let needed = crs.as_ref().filter(|crs| !crs.is_lon_lat());
        if again && (needed.is_some() || self.options.crs.is_some()) {
            document = Document::read(input, needed, self.hasher(input), self.progress)?;
        }
        Ok(Ok(Parts {
            document,
            reprojected: needed.map(|crs| crs.name().to_owned()),
            declared_crs: crs.map(|crs| crs.name().to_owned()),
            instead: match (member, again, &named_crs) {
                (CrsMember::Names(own), false, Some(crs)) => Some((own, crs.clone())),
                _ => None,
            },
            crs_unclear,
            named_crs,
        }))
    }

    fn layer(self, parts: Parts, text: impl FnOnce(Vec<u8>, Vec<Cut>) -> Text) -> Result<Layer, ReadError> {
        let Parts { document, declared_crs, named_crs, reprojected, crs_unclear, instead } = parts;
        let fail = |place, cause| ReadError { file: String::new(), place, cause };
        let mut read = document.collected;
        if !document.is_geojson {
            let cause = match &document.kind[..] {
                b"FeatureCollection" => ReadCause::NoFeatures,
                _ => ReadCause::NotGeoJson,
            };
            return Err(fail(Some(Lines::default().end()), cause));
        }
        if let Some((out, place)) = &read.out_of_range
            && self.options.out_of_range == OutOfRange::Refuse
            && out.features * 2 > read.located + out.features
        {
            let cause = ReadCause::OutOfRange {
                features: out.features,
                of: read.rows.spans.len(),
                first: crate::io::as_written(out.first),
                swapped: out.swappable * 2 > out.features,
                turned: out.turned * 2 > out.features,
            };
            return Err(fail(Some(*place), cause));
        }
        let mut of_the_file = document.twice;
        if self.is_line_delimited {
            of_the_file.push(ProblemKind::LineDelimited);
        }
        if self.had_mark {
            of_the_file.push(ProblemKind::ByteOrderMark);
        }
        if let Some(encoding) = self.from {
            of_the_file.push(ProblemKind::Decoded(encoding.to_owned()));
        }
        if let (true, Some((json, _))) = (crs_unclear, &document.crs_member) {
            of_the_file.push(ProblemKind::UnknownCrs(String::from_utf8_lossy(json).chars().take(80).collect()));
        }
        if let Some((own, crs)) = instead {
            let said = Said::told(|lang| tr!(lang, "format.crs_instead", own = own, crs = crs).into_owned());
            of_the_file.push(ProblemKind::OfFormat { said, code: "format.crs_instead", is_doubt: true });
        }
        if let Some(name) = &reprojected {
            of_the_file.push(ProblemKind::Reprojected(name.clone()));
        }
        if read.out_of_range.as_ref().is_some_and(|(out, _)| out.swappable * 2 > out.features.max(read.located)) {
            of_the_file.push(ProblemKind::Swapped);
        }
        read.problems.extend(of_the_file.into_iter().map(|kind| Problem { row: None, place: None, kind }));
        read.rows.shrink();
        let text = Arc::new(text(read.kept, read.cuts));
        let digest = read.hasher.map(|hasher| Digest::known(hex(&hasher.finalize()))).unwrap_or_default();
        let attributes = read.rows.attributes.finish(Arc::clone(&text));
        let name = document.name.filter(|n| !n.trim().is_empty()).unwrap_or_else(|| self.stem.clone());
        let kinds = read.rows.geometries.kinds_present();
        let shape = kinds.first().map(|kind| kind.shape());
        let unusable = Arc::new(read.rows.unusable);
        let read_as = ReadAs { crs: named_crs, encoding: self.options.encoding.clone(), ..ReadAs::default() };
        let mut layer = Layer {
            guessed_role: Role::guess(&self.stem, &name, &attributes, shape),
            name,
            source: Source {
                path: None,
                file_name: String::new(),
                bytes: 0,
                digest,
                stamp: None,
                unplaced: None,
                read_as,
                store: None,
            },
            bounds: read.rows.geometries.all_bounds(),
            as_read: Arc::new(FeatureText {
                text,
                spans: read.rows.spans,
                id_cells: read.rows.id_cells,
                property_cells: read.rows.property_cells,
                unusable: Arc::clone(&unusable),
                problems: Arc::default(),
                odd: read.rows.odd,
                is_odd: document.is_odd,
                is_answer: document.is_answer,
                table: None,
                made: None,
            }),
            edits: Edits::default(),
            geometries: RowGeometries::new(read.rows.geometries),
            kinds,
            attributes,
            unusable,
            problems: Arc::new(read.problems),
            reprojected: reprojected.is_some(),
            declared_crs,
            encoding: self.from.unwrap_or("UTF-8").to_owned(),
        };
        health::check(&mut layer);
        if let Some(as_read) = Arc::get_mut(&mut layer.as_read) {
            as_read.problems = Arc::clone(&layer.problems);
        }
        if self.progress.is_cancelled() {
            return Err(fail(None, ReadCause::Cancelled));
        }
        Ok(layer)
    }
}

/// A whole text: a FeatureCollection, a Feature, or a geometry alone.
struct Document {
    collected: Collected,
    is_geojson: bool,
    name: Option<String>,
    /// The `crs` member's JSON, and where it stands.
    crs_member: Option<(Vec<u8>, Place)>,
    kind: Vec<u8>,
    has_features: bool,
    /// Names of its members as they are meant.
    members: HashSet<Vec<u8>>,
    /// Members of the whole that stand there more than once, in the order in which that was found.
    twice: Vec<ProblemKind>,
    /// Names of them.
    told: HashSet<Vec<u8>>,
    /// True where its members are not written as they stand.
    is_odd: bool,
    /// True where it has the member of this program's answers.
    is_answer: bool,
}

/// The foreign member that every answer of this program has.
const ANSWER: &[u8] = b"shanshui";

/// What stopped the pass over a document's members.
enum Member {
    /// An array of features, whose first byte (behind the bracket) this is.
    Features(usize),
    /// The end of the object.
    End,
}

impl Document {
    fn read(input: &Input<'_>, crs: Option<&Crs>, hasher: Option<Sha256>, progress: &Progress) -> Result<Self, Stop> {
        let is_file = matches!(input, Input::File { .. });
        let mut document = Self {
            collected: Collected::new(is_file, hasher),
            is_geojson: false,
            name: None,
            crs_member: None,
            kind: Vec::new(),
            has_features: false,
            members: HashSet::new(),
            twice: Vec::new(),
            told: HashSet::new(),
            is_odd: false,
            is_answer: false,
        };
        let mut window = input.load(0, if is_file { HEAD.min(input.len()) } else { input.len() })?;
        let mut is_head = window.len() < input.len();
        loop {
            let lines = document.collected.lines;
            let behind_features = document.has_features;
            let stopped = |e: SyntaxError, is_head: bool| match is_head {
                // Perhaps nothing is wrong but that the head is long.
                true => Stop::Irregular,
                false => Stop::Syntax(lines.then(Lines::of(&window[..e.offset])).end(), e.cause),
            };
            match document.members(&window, behind_features).map_err(|e| stopped(e, is_head))? {
                Member::Features(start) => {
                    if is_file && std::str::from_utf8(&window[..start]).is_err() {
                        return Err(Stop::Encoding);
                    }
                    document.collected.pass(&window[..start]);
                    document.has_features = true;
                    // One is read on all cores; of many, which cost their beginning each, one behind another, in memory.
                    match document.told.contains(&b"features"[..]) {
                        false => collect::features(input, crs, progress, &mut document.collected)?,
                        true if is_file => return Err(Stop::Irregular),
                        true => collect::features_again(input, crs, progress, &mut document.collected)?,
                    }
                    window = input.load(document.collected.read, input.len())?;
                    is_head = false;
                }
                Member::End if is_head => return Err(Stop::Irregular),
                Member::End => {
                    if is_file && std::str::from_utf8(&window).is_err() {
                        return Err(Stop::Encoding);
                    }
                    document.collected.pass(&window);
                    break;
                }
            }
        }
        document.is_geojson = document.kind == b"FeatureCollection" && document.has_features;
        if !document.is_geojson {
            match input {
                Input::Memory(text) => document.lone(text, crs)?,
                Input::File { .. } => return Err(Stop::Irregular),
            }
        }
        Ok(document)
    }

    /// Takes members up to an array of features or the end of the text.
    fn members(&mut self, window: &[u8], mut behind_value: bool) -> Result<Member, SyntaxError> {
        let mut scanner = Scanner::new(window);
        // Lines up to the last `crs` member, of which there may be many.
        let (mut counted, mut lines) = (0, self.collected.lines);
        if !behind_value {
            if scanner.peek() == Some(0x1e) {
                return Err(SyntaxError { offset: scanner.position(), cause: SyntaxCause::AnotherText });
            }
            if scanner.peek() != Some(b'{') {
                // JSON or not decides between two errors.
                scanner.value()?;
                scanner.end()?;
                return Ok(Member::End);
            }
            scanner.expect(b'{')?;
        }
        loop {
            // Behind a comma a member follows; behind the bracket or a value the object may end.
            if scanner.take(b'}') {
                scanner.end()?;
                return Ok(Member::End);
            }
            if behind_value {
                scanner.expect(b',')?;
            }
            behind_value = true;
            let name = scanner.string()?;
            scanner.expect(b':')?;
            let called = plain(name.of(window));
            let is_first = self.members.insert(called.to_vec());
            self.is_odd |= !is_first || matches!(called, Cow::Owned(_));
            if !is_first {
                if self.told.insert(called.to_vec()) {
                    let name = String::from_utf8_lossy(&called).into_owned();
                    self.twice.push(ProblemKind::MemberTwice { name });
                }
                if *called == *b"features" {
                    self.collected.take_features_back();
                    self.has_features = false;
                }
            }
            self.is_answer |= *called == *ANSWER;
            match &*called {
                b"type" => self.kind = string_value(&mut scanner)?.unwrap_or_default().to_vec(),
                b"features" if scanner.peek() == Some(b'[') => return Ok(Member::Features(scanner.position() + 1)),
                b"name" => self.name = serde_json::from_slice(scanner.value()?.of(window)).ok(),
                b"crs" => {
                    let span = scanner.value()?;
                    lines = lines.then(Lines::of(&window[counted..span.start]));
                    counted = span.start;
                    self.crs_member = Some((span.of(window).to_vec(), lines.end()));
                }
                _ => drop(scanner.value()?),
            }
        }
    }

    /// A text that is a Feature or a geometry by itself.
    fn lone(&mut self, text: &[u8], crs: Option<&Crs>) -> Result<(), Stop> {
        let reader = Reader::new(text, crs, false, Rows::default());
        let features = match &self.kind[..] {
            b"Feature" => reader.lone_feature(),
            kind if GeometryKind::parse(kind).is_some() || kind == b"GeometryCollection" => reader.lone_geometry(),
            _ => return Ok(()),
        };
        if let End::Broken(e) = &features.end {
            return Err(Stop::Syntax(Place::of(text, e.offset), e.cause.clone()));
        }
        self.collected.read = 0;
        self.collected.lines = Lines::default();
        self.collected.append(text, &features, 0);
        self.is_geojson = true;
        Ok(())
    }
}
