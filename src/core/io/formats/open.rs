//! Which format a path is of, which layers it holds, and a layer of it. An archive is as many files as it has members that are layers.

use super::archive::{archive_input, gzip_input, refusal};
use super::filegdb::is_catalogue;
use super::on_disk::{OnDisk, Set, cause_of};
use super::refused::{recognise, unread};
use super::tabular::Preview;
use super::window::window;
use super::{FORMATS, Folder, Format, FormatError, FormatPlace, Input, LayerBuilder, LayerInfo, ReadHints, RowSink};
use crate::i18n::{Said, tr};
use crate::io::room::{GEOJSON, times};
use crate::io::{EXTENSIONS, ReadCause, ReadError, ReadOptions, file_name, geojson};
use crate::model::{Digest, GeometryFault, Layer, Origin, ProblemKind, Source};
use crate::progress::Progress;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The first bytes of a ZIP archive.
const ZIP: &[u8] = b"PK\x03\x04";
/// Members that are no layers are looked at where an archive has no more than so many.
const LOOKED_INTO: usize = 1_000;
/// Bytes of a file by which its format is told.
const HEAD: usize = 4_096;
/// The most that a GeoJSON text in an archive may have; bytes.
const TEXT: u64 = 1 << 30;

/// A file whose format is known.
pub(in crate::io) struct Found {
    path: PathBuf,
    folder: Arc<OnDisk>,
    parts: Vec<Part>,
    is_archive: bool,
    /// Members of the archive whose features somebody may miss, with why they are not read.
    unread: Vec<(String, Said)>,
}

/// A file of layers: the path itself, or a member of an archive.
struct Part {
    /// What its layers are called before their own names: where there are several parts.
    prefix: String,
    reader: Reader,
    input: Input,
}

enum Reader {
    Format(&'static dyn Format),
    GeoJson,
}

impl Part {
    /// About what a layer takes, bytes.
    fn memory(&self, layer: Option<&str>) -> u64 {
        match &self.reader {
            Reader::Format(format) => format.memory(&self.input, layer),
            // Its text is held meanwhile.
            Reader::GeoJson => times(self.input.size(), GEOJSON + 1.0),
        }
    }
}

/// A layer of a part, by the name that tells it from all others.
pub(super) struct Member<'a> {
    part: &'a Part,
    own_name: String,
    pub(super) info: LayerInfo,
}

/// The format of a path that is no GeoJSON by its name; `None` where none is known.
///
/// # Errors
/// [`ReadError`]: what is recognised and not read is told with the way out.
pub(in crate::io) fn find(path: &Path) -> Result<Option<Found>, ReadError> {
    let fail = |cause| ReadError { file: file_name(path), place: None, cause };
    let (folder, input) = OnDisk::at(path).map_err(|e| fail(e.into()))?;
    let head = match path.is_dir() {
        true => Vec::new(),
        false => {
            let bytes = input.open().map_err(|e| fail(cause_of(e)))?;
            bytes.stretch(0, HEAD).map_err(|e| fail(e.into()))?
        }
    };
    let format = format_of(&input, &head, path.is_dir());
    let is_packed = head.starts_with(ZIP) || head.starts_with(&[0x1f, 0x8b]);
    let ending = input.extension();
    let is_archive = format.is_none() && (is_packed || ending == "zip" || ending == "gz");
    let (parts, unread) = match format {
        Some(format) => (vec![Part { prefix: String::new(), reader: Reader::Format(format), input }], Vec::new()),
        None if is_archive => {
            let bytes = input.open().map_err(|e| fail(cause_of(e)))?;
            let inner = match ending == "gz" {
                true => gzip_input(bytes, &input.name),
                false => archive_input(bytes),
            };
            parts_of(inner.map_err(|e| e.in_file(&file_name(path)))?).map_err(|e| e.in_file(&file_name(path)))?
        }
        None => match recognise(&input.name, &head) {
            Some(e) => return Err(e.in_file(&file_name(path))),
            None => return Ok(None),
        },
    };
    Ok(Some(Found { path: path.to_owned(), folder, parts, is_archive, unread }))
}

/// The format of a file: by its content, else by its ending; a folder's by its content alone.
fn format_of(input: &Input, head: &[u8], is_folder: bool) -> Option<&'static dyn Format> {
    let ending = input.extension();
    let by_content = FORMATS.iter().find(|format| format.is_it(input, head));
    let by_name = || FORMATS.iter().find(|format| format.extensions().contains(&&*ending));
    (if is_folder { by_content } else { by_content.or_else(by_name) }).copied()
}

/// The members of an archive that are layers, and those that are not read though somebody may miss them, with why.
fn parts_of(folder: Arc<dyn Folder>) -> Result<(Vec<Part>, Vec<(String, Said)>), FormatError> {
    let names = folder.names()?;
    let (mut parts, mut others) = (Vec::new(), Vec::new());
    let mut databases: Vec<String> = Vec::new();
    let has_catalogue = names.iter().any(|name| is_catalogue(name));
    for name in &names {
        let is_hidden = name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX");
        if is_hidden {
            continue;
        }
        let lower = name.to_lowercase();
        // A geodatabase is the folder of its tables, whatever that is called.
        let is_table = lower.ends_with(".gdbtable") || lower.ends_with(".gdbtablx");
        let inside = lower.find(".gdb/").map(|end| end + 4);
        // Packed without its folder, the archive itself is the geodatabase.
        let whole = || (is_table && has_catalogue).then_some(0);
        if let Some(end) = inside.or_else(|| lower.rfind('/').filter(|_| is_table)).or_else(whole) {
            let database = name[..end].to_owned();
            if !databases.contains(&database) {
                databases.push(database);
            }
            continue;
        }
        let input = Input { folder: Arc::clone(&folder), name: name.clone() };
        let ending = input.extension();
        let prefix = name.rsplit_once('.').map_or(&**name, |(stem, _)| stem).to_owned();
        if EXTENSIONS.contains(&&*ending) {
            parts.push(Part { prefix, reader: Reader::GeoJson, input });
            continue;
        }
        // The table of a shapefile is part of it, and a text is a note unless its content says otherwise.
        let is_part =
            ending == "dbf" && names.iter().any(|other| other.to_lowercase() == lower.replace(".dbf", ".shp"));
        let is_known = FORMATS.iter().any(|format| format.extensions().contains(&&*ending));
        if is_part {
            continue;
        }
        if !is_known {
            if names.len() <= LOOKED_INTO {
                // One that cannot be opened (a password, damage) is told by its name, and hides no layer beside it.
                let head = input.open().and_then(|bytes| bytes.stretch(0, HEAD)).unwrap_or_default();
                let is_nested = ending == "zip" && head.starts_with(ZIP);
                let nested = || is_nested.then(|| Said::told(|lang| tr!(lang, "format.archive.nested").into_owned()));
                others.extend(why_left(&input, &head).or_else(nested).map(|why| (name.clone(), why)));
            }
            continue;
        }
        let head = input.open().map_err(refusal)?.stretch(0, HEAD)?;
        let format = match ending == "txt" {
            true => {
                FORMATS.iter().find(|format| format.extensions() == ["txt"] && format.is_it(&input, &head)).copied()
            }
            false => format_of(&input, &head, false),
        };
        parts.extend(format.map(|format| Part { prefix, reader: Reader::Format(format), input }));
    }
    for name in databases {
        let input = Input { folder: Arc::clone(&folder), name: name.clone() };
        let format = format_of(&input, &[], true);
        let prefix = name.strip_suffix(".gdb").unwrap_or(&name).to_owned();
        parts.extend(format.map(|format| Part { prefix, reader: Reader::Format(format), input }));
    }
    Ok((parts, others))
}

/// Why a file whose features somebody may miss is not read; `None` where it is read, or holds none.
pub(in crate::io) fn why_unread(path: &Path) -> Option<Said> {
    let input = OnDisk::input(path).ok()?;
    let head = input.open().and_then(|bytes| bytes.stretch(0, HEAD)).ok()?;
    why_left(&input, &head)
}

fn why_left(input: &Input, head: &[u8]) -> Option<Said> {
    match unread(&input.name, head) {
        Some(FormatError::Refused { said, .. }) => Some(said),
        _ => None,
    }
}

/// Members of an archive whose features somebody may miss, with why they are not read; none of what is no archive, or cannot be read at all.
pub(in crate::io) fn unread_members(path: &Path) -> Vec<(String, Said)> {
    find(path).ok().flatten().map(|found| found.unread).unwrap_or_default()
}

/// True for a text that holds boundary points, by its content.
pub(in crate::io) fn is_boundary_points(path: &Path) -> bool {
    let Ok(input) = OnDisk::input(path) else { return false };
    let head = input.open().and_then(|bytes| bytes.stretch(0, HEAD));
    head.is_ok_and(|head| super::boundary_points::BoundaryPoints.is_it(&input, &head))
}

impl Found {
    fn fail(&self, error: FormatError) -> ReadError {
        error.in_file(&file_name(&self.path))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What its format is called.
    pub(super) fn format_name(&self) -> &'static str {
        match &self.parts[..] {
            [Part { reader: Reader::Format(format), .. }] if !self.is_archive => format.name(),
            _ => "ZIP",
        }
    }

    /// Its layers, with what tells one from the other.
    pub(super) fn members(&self, options: &ReadOptions) -> Result<Vec<Member<'_>>, ReadError> {
        let is_one = self.parts.len() == 1;
        let mut members = Vec::new();
        for part in &self.parts {
            let layers = match &part.reader {
                Reader::GeoJson => Ok(vec![LayerInfo::default()]),
                Reader::Format(format) => format.layers(&part.input, &options.hints()),
            };
            let layers = match layers {
                Ok(layers) => layers,
                // One member that cannot be read hides no other: reading it says why.
                Err(e) if is_one => return Err(self.fail(e)),
                Err(_) => vec![LayerInfo::default()],
            };
            let is_alone = layers.len() == 1;
            for info in layers {
                let own_name = info.name.clone();
                let name = match (is_one, is_alone) {
                    (true, _) => own_name.clone(),
                    (false, _) if part.prefix.is_empty() => own_name.clone(),
                    (false, true) => part.prefix.clone(),
                    (false, false) => format!("{}/{own_name}", part.prefix),
                };
                members.push(Member { part, own_name, info: LayerInfo { name, ..info } });
            }
        }
        Ok(members)
    }

    /// Its layers.
    ///
    /// # Errors
    /// [`ReadError`]
    pub(in crate::io) fn layers(&self, options: &ReadOptions) -> Result<Vec<LayerInfo>, ReadError> {
        Ok(self.members(options)?.into_iter().map(|member| member.info).collect())
    }

    /// Gives the rows of a layer; none of a GeoJSON text, which is read as it is.
    pub(super) fn read_rows(
        member: &Member<'_>,
        options: &ReadOptions,
        sink: &mut dyn RowSink,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        match &member.part.reader {
            Reader::Format(format) => {
                format.read(&member.part.input, &member.own_name, &options.hints(), sink, progress)
            }
            Reader::GeoJson => Ok(()),
        }
    }
}

impl Found {
    /// True for a layer of a drawing.
    pub(super) fn is_drawing(member: &Member<'_>) -> bool {
        matches!(member.part.reader, Reader::Format(format) if !format.can_say_where())
    }

    /// A look at a layer of cells; `None` where it is none, or cannot be read.
    pub(super) fn table_of(&self, member: &Member<'_>, options: &ReadOptions) -> Option<Preview> {
        match &member.part.reader {
            Reader::Format(format) if format.has_cells() => {
                format.table(&member.part.input, &member.own_name, &options.hints()).ok().flatten()
            }
            _ => None,
        }
    }
}

/// The member that the options name, or the only one.
fn chosen<'a>(found: &Found, mut members: Vec<Member<'a>>, options: &ReadOptions) -> Result<Member<'a>, ReadError> {
    let named = options.layer.as_deref();
    let fail = |said| found.fail(FormatError::refused(said));
    let is_named = |member: &Member<'_>| named.is_some_and(|name| member.info.name == name);
    // Names in databases differ in case alone in no file seen.
    let is_like = |member: &Member<'_>| named.is_some_and(|name| member.info.name.eq_ignore_ascii_case(name));
    let like = members.iter().filter(|member| is_like(member)).count();
    let at = match (members.iter().position(is_named), &members[..]) {
        (Some(at), _) => at,
        (None, [_]) if named.is_none() => 0,
        (None, []) => return Err(fail(Said::told(|lang| tr!(lang, "format.no_layers").into_owned()))),
        (None, many) if like == 1 => many.iter().position(is_like).unwrap_or_default(),
        (None, many) => {
            let names: Vec<&str> = many.iter().map(|member| &*member.info.name).collect();
            let said = Said::told(|lang| {
                let names = names.join(crate::i18n::between(lang));
                match named {
                    None => tr!(lang, "format.which_layer", names = names).into_owned(),
                    Some(name) => tr!(lang, "format.no_such_layer", name = name, names = names).into_owned(),
                }
            });
            return Err(fail(said));
        }
    };
    Ok(members.swap_remove(at))
}

/// Reads the layer that the options name, or the only one. Where the system that it declares cannot be used, or puts it nowhere, and
/// the options name one, it is read in that.
///
/// # Errors
/// [`ReadError`]
pub(in crate::io) fn read(
    found: &Found,
    path: &Path,
    options: &ReadOptions,
    progress: &Progress,
) -> Result<Layer, ReadError> {
    let read = read_as_declared(found, path, options, progress);
    if options.crs.is_none() || !is_nowhere(&read) {
        return read;
    }
    let instead = ReadOptions { crs_goes_first: true, ..options.clone() };
    match read_as_declared(found, path, &instead, progress) {
        Ok(layer) if !layer.bounds.is_empty() => Ok(layer),
        _ => read,
    }
}

/// True where a layer has positions of which none has a place in the system that it was read in.
fn is_nowhere(read: &Result<Layer, ReadError>) -> bool {
    let is_about_place = |kind: &ProblemKind| {
        matches!(kind, ProblemKind::Placeless(_) | ProblemKind::OutOfRange { .. })
            || *kind == ProblemKind::BadGeometry(GeometryFault::NotProjected)
    };
    match read {
        Ok(layer) => layer.bounds.is_empty() && layer.problems.iter().any(|problem| is_about_place(&problem.kind)),
        Err(e) => matches!(e.cause, ReadCause::Crs(_) | ReadCause::OutOfRange { .. }),
    }
}

fn read_as_declared(
    found: &Found,
    path: &Path,
    options: &ReadOptions,
    progress: &Progress,
) -> Result<Layer, ReadError> {
    let fits = |part: &Part, layer: Option<&str>| {
        // Of a file that is read in part nobody knows how much that is: the builder looks meanwhile.
        let room = options.room.as_ref().filter(|_| options.bbox.is_none());
        let lacks = room.and_then(|room| room.lacks(|| part.memory(layer)));
        lacks.map_or(Ok(()), |cause| Err(ReadError { file: file_name(path), place: None, cause }))
    };
    // Telling the layers of some formats reads the whole file.
    if let [part] = &found.parts[..] {
        fits(part, None)?;
    }
    let members = found.members(options)?;
    let is_one_of_many = members.len() > 1;
    let Member { part, own_name, info } = chosen(found, members, options)?;
    let stem = if is_one_of_many { info.name.clone() } else { part.input.stem().to_owned() };
    // What is half of one state and half of another need not be of the format.
    let checked = || found.folder.check_read().map_err(|e| found.fail(e.into()));
    let in_file = |e: ReadError| ReadError { file: file_name(path), ..e };
    fits(part, Some(&own_name))?;
    if options.is_hashed {
        found.folder.hash_beside();
    }
    let mut layer = match &part.reader {
        Reader::Format(format) => {
            let given = options.crs.as_deref();
            let declared = info.crs.as_deref().filter(|_| !(options.crs_goes_first && given.is_some()));
            let window = options.bbox.and_then(|bbox| window(&bbox, declared.or(given)));
            let hints = ReadHints { window, ..options.hints() };
            let mut builder = LayerBuilder::new(options);
            let read = format.read(&part.input, &own_name, &hints, &mut builder, progress);
            if !matches!(read, Err(FormatError::Cancelled)) {
                checked()?;
            }
            read.map_err(|e| found.fail(e))?;
            builder.finish(&stem, progress).map_err(in_file)?
        }
        Reader::GeoJson if options.bbox.is_some() => return Err(crate::io::whole_alone(path)),
        Reader::GeoJson => {
            let bytes = part.input.open().map_err(|e| found.fail(refusal(e)))?;
            if bytes.len() > TEXT {
                return Err(found.fail(FormatError::TooLarge));
            }
            let text = bytes.stretch(0, bytes.len() as usize).map_err(|e| found.fail(e.into()))?;
            checked()?;
            geojson::read(&text, stem.clone(), options, progress).map_err(in_file)?
        }
    };
    let set = Set::new(file_name(path), found.folder.opened());
    layer.source = Source {
        path: Some(path.to_owned()),
        file_name: match is_one_of_many {
            true => format!("{}/{}", file_name(path), info.name),
            false => file_name(path),
        },
        bytes: set.bytes(),
        digest: Digest::of(Arc::new(set) as Arc<dyn Origin>),
        stamp: None,
        unplaced: None,
        store: None,
        read_as: std::mem::take(&mut layer.source.read_as),
    };
    layer.source.read_as.layer = (!info.name.is_empty()).then_some(info.name);
    Ok(layer)
}

impl FormatError {
    /// What a person is told of the file that it was met in.
    pub(in crate::io) fn in_file(self, main: &str) -> ReadError {
        let (file, place, cause) = match self {
            Self::Refused { file, place, said } => (file, place, ReadCause::Format(said)),
            Self::System(text) => (None, None, ReadCause::System(text)),
            Self::Changed => (None, None, ReadCause::Changed),
            Self::TooLarge => (None, None, ReadCause::TooLarge),
            Self::NeedsMemory { needs, room } => (None, None, ReadCause::NeedsMemory { needs, room }),
            Self::Cancelled => (None, None, ReadCause::Cancelled),
            Self::Crs(e) => (None, None, ReadCause::Crs(Box::new(e))),
        };
        let file = match file {
            Some(member) if member != main => format!("{main}/{member}"),
            _ => main.to_owned(),
        };
        let cause = match (cause, place) {
            (ReadCause::Format(said), Some(place)) => ReadCause::Format(Said::told(|lang| {
                let place = match &place {
                    FormatPlace::Row(row) => tr!(lang, "format.place.row", row = row),
                    FormatPlace::Line(line) => tr!(lang, "format.place.line", line = line),
                    FormatPlace::Byte(byte) => tr!(lang, "format.place.byte", byte = byte),
                    FormatPlace::Member(member) => std::borrow::Cow::Borrowed(&**member),
                };
                format!("{place}{}{}", crate::i18n::colon(lang), said.text(lang))
            })),
            (cause, _) => cause,
        };
        ReadError { file, place: None, cause }
    }
}

#[cfg(test)]
mod tests {
    use super::super::InMemory;
    use super::*;

    #[test]
    fn a_geodatabase_in_an_archive_is_one_part_however_it_was_packed() {
        let tables = ["a00000001.gdbtable", "a00000001.gdbtablx", "a00000009.gdbtable", "a00000009.gdbtablx", "gdb"];
        for (folder, beside, parts) in [
            ("x.gdb/", &[][..], 1),
            ("国土/x.GDB/", &[], 1),
            ("没有后缀/", &[], 1),
            // Packed without its folder.
            ("", &[], 1),
            ("", &["a00000009.spx", "timestamps", "说明.docx"], 1),
            ("", &["outlet.geojson"], 2),
        ] {
            let names = tables.iter().map(|name| format!("{folder}{name}"));
            let files = names.fold(InMemory::default(), |all, name| all.with(&name, vec![0]));
            let files = beside.iter().fold(files, |all, name| all.with(name, b"{}".to_vec()));
            let found = parts_of(files.input("").folder).expect("told");
            let kinds: Vec<_> = found
                .0
                .iter()
                .map(|part| match part.reader {
                    Reader::Format(format) => format.name(),
                    Reader::GeoJson => "GeoJSON",
                })
                .collect();
            assert_eq!(kinds.len(), parts, "{folder} {beside:?}: {kinds:?}");
            assert!(kinds.contains(&"File geodatabase"), "{kinds:?}");
        }
    }
}
