//! The first pass over a KML file: its containers, the columns of their placemarks, its encoding.

use super::notes::refused;
use super::placemark::{From, Pair, Row, STANDARD, Want};
use super::schemas::Schemas;
use crate::i18n::{Said, tr};
use crate::io::formats::xml::{Charset, Column, Declared, LONGEST_TEXT, Xml};
use crate::io::formats::{Bytes, FormatError, RawKind, ReadHints};
use crate::progress::Progress;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Elements whose content may be HTML that is no XML.
pub const HTML: &[&str] = &["description", "text", "Snippet", "snippet"];

/// The most containers, and the most columns of all containers together.
const MOST_CONTAINERS: usize = 500_000;
pub(super) const MOST_COLUMNS: usize = 200_000;
/// The longest name of a container, in characters.
const LONGEST_NAME: usize = 200;

/// A `Document` or `Folder`. They are numbered in the order of their start tags; 0 is the file.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// The container it is in.
    pub parent: usize,
    /// The number behind the last container in it.
    pub end: usize,
    /// Its name, trimmed.
    pub name: String,
    /// Placemarks in it but in no container of it.
    pub direct: u64,
    /// All placemarks in it.
    pub total: u64,
    /// Kinds of their geometries.
    pub kinds: Vec<RawKind>,
}

/// A column of the placemarks that are directly in a container.
#[derive(Debug)]
pub struct Found {
    /// The container.
    pub node: usize,
    /// Where its values come from.
    pub from: From,
    /// The column.
    pub column: Column,
    /// The last placemark that had it in its data.
    last: u64,
}

/// What a file holds.
#[derive(Debug)]
pub struct Scan {
    /// Containers.
    pub nodes: Vec<Node>,
    /// Columns in the order in which they are met.
    pub found: Vec<Found>,
    /// Schemas.
    pub schemas: Schemas,
    /// The encoding in which it is read.
    pub charset: Charset,
    /// The one that it declares, where that is another.
    pub declared: Option<Charset>,
    /// True where bytes do not fit.
    pub has_bad_bytes: bool,
    /// Overlays, links and the like that are not read, and the first one's element.
    pub unread: (u64, String),
}

/// Something that is told of a file's containers and objects, by [`walk`].
pub trait Visit {
    /// What schemas are known.
    fn schemas(&self) -> &Schemas;
    /// A container begins.
    ///
    /// # Errors
    /// Where there are too many.
    fn enter(&mut self) -> Result<(), FormatError>;
    /// It ends.
    fn leave(&mut self);
    /// Its name stands open.
    ///
    /// # Errors
    /// As [`Xml::child`].
    fn name(&mut self, xml: &mut Xml) -> Result<(), FormatError>;
    /// A schema stands open.
    ///
    /// # Errors
    /// As [`Xml::child`].
    fn schema(&mut self, xml: &mut Xml) -> Result<(), FormatError>;
    /// A placemark stands open; `own` is the schema of an element that stands for one.
    ///
    /// # Errors
    /// As [`Xml::child`]; those of the sink.
    fn placemark(&mut self, xml: &mut Xml, own: Option<usize>) -> Result<(), FormatError>;
    /// An object that is not read stands open.
    ///
    /// # Errors
    /// As [`Xml::child`].
    fn unread(&mut self, xml: &mut Xml) -> Result<(), FormatError>;
}

/// Tells what a file holds, from its root to its end.
///
/// # Errors
/// Where it is no KML, malformed or cut short; those of `visit`.
pub fn walk(xml: &mut Xml, visit: &mut dyn Visit) -> Result<(), FormatError> {
    xml.root()?;
    match xml.name() {
        "kml" => container(xml, visit)?,
        // A fragment without its root.
        "Document" | "Folder" | "Placemark" => object(xml, visit)?,
        other => {
            let name = other.chars().take(60).collect::<String>();
            return Err(refused(Said::told(|lang| tr!(lang, "format.kml.not_kml", name = name).into_owned())));
        }
    }
    xml.finish()
}

fn container(xml: &mut Xml, visit: &mut dyn Visit) -> Result<(), FormatError> {
    while xml.child()? {
        object(xml, visit)?;
    }
    Ok(())
}

fn object(xml: &mut Xml, visit: &mut dyn Visit) -> Result<(), FormatError> {
    match xml.name() {
        "Document" | "Folder" => {
            visit.enter()?;
            container(xml, visit)?;
            visit.leave();
            Ok(())
        }
        "Placemark" => visit.placemark(xml, None),
        "name" => visit.name(xml),
        "Schema" => visit.schema(xml),
        "Style" | "StyleMap" | "StyleBlinker" | "styleUrl" | "visibility" | "open" | "description" | "Snippet"
        | "snippet" | "address" | "phoneNumber" | "AddressDetails" | "LookAt" | "Camera" | "View" | "Region"
        | "TimeSpan" | "TimeStamp" | "TimePrimitive" | "author" | "link" | "ExtendedData" | "Metadata"
        | "balloonVisibility" | "ListStyle" | "LookAtView" | "ScaleDenominator" | "DocumentSource" | "hint"
        | "rank" => xml.skip(),
        _ => match visit.schemas().of_element(xml.name()) {
            Some(own) => visit.placemark(xml, Some(own)),
            None => visit.unread(xml),
        },
    }
}

impl Scan {
    /// Reads a file once. An encoding that does not fit is replaced by the other one that a Chinese file may be in, where that does.
    ///
    /// # Errors
    /// As [`walk`].
    pub fn of(bytes: &Arc<dyn Bytes>, hints: &ReadHints, progress: Option<&Progress>) -> Result<Self, FormatError> {
        let charset = Charset::of(bytes.as_ref(), hints)?;
        let (mut scan, is_doubtful) = Self::in_charset(bytes, charset, progress)?;
        if is_doubtful
            && let Some(other) = charset.other()
            && let Ok((better, false)) = Self::in_charset(bytes, other, progress)
        {
            scan = Self { declared: Some(charset), ..better };
        }
        Ok(scan)
    }

    fn in_charset(
        bytes: &Arc<dyn Bytes>,
        charset: Charset,
        progress: Option<&Progress>,
    ) -> Result<(Self, bool), FormatError> {
        let mut xml = Xml::new(Arc::clone(bytes), charset, HTML);
        let mut scanner = Scanner {
            scan: Self {
                nodes: vec![Node::default()],
                found: Vec::new(),
                schemas: Schemas::default(),
                charset,
                declared: None,
                has_bad_bytes: false,
                unread: (0, String::new()),
            },
            node: 0,
            keys: HashMap::new(),
            by_key: HashMap::new(),
            schemas_of: HashSet::new(),
            row: Row::default(),
            count: 0,
            progress,
            told: 0,
        };
        walk(&mut xml, &mut scanner)?;
        scanner.tick(&xml)?;
        let mut scan = scanner.scan;
        scan.has_bad_bytes = xml.has_bad_bytes();
        scan.nodes[0].end = scan.nodes.len();
        for at in (1..scan.nodes.len()).rev() {
            let parent = scan.nodes[at].parent;
            scan.nodes[at].total += scan.nodes[at].direct;
            scan.nodes[parent].total += scan.nodes[at].total;
        }
        scan.nodes[0].total += scan.nodes[0].direct;
        Ok((scan, xml.is_encoding_doubtful()))
    }
}

struct Scanner<'a> {
    scan: Scan,
    node: usize,
    /// Numbers of columns' names, apart for each origin.
    keys: HashMap<String, usize>,
    by_key: HashMap<(usize, bool, usize), usize>,
    schemas_of: HashSet<(usize, usize)>,
    row: Row,
    count: u64,
    progress: Option<&'a Progress>,
    told: u64,
}

impl Scanner<'_> {
    fn tick(&mut self, xml: &Xml) -> Result<(), FormatError> {
        let at = xml.at();
        if let Some(progress) = self.progress
            && at > self.told
        {
            progress.advance(at - self.told)?;
            self.told = at;
        }
        Ok(())
    }

    /// The column of a container by its name, made where it is new; `None` where it is not to be taken from a description.
    fn column(&mut self, from: From, name: &str) -> Result<Option<&mut Column>, FormatError> {
        let (is_standard, key) = match from {
            From::Standard(at) => (true, at),
            From::Data | From::Balloon => match self.keys.get(name) {
                Some(key) => (false, *key),
                None => {
                    let key = self.keys.len();
                    self.keys.insert(name.to_owned(), key);
                    (false, key)
                }
            },
        };
        let found = &mut self.scan.found;
        let at = match self.by_key.get(&(self.node, is_standard, key)) {
            Some(at) => *at,
            None if found.len() >= MOST_COLUMNS && from == From::Balloon => return Ok(None),
            None if found.len() >= MOST_COLUMNS => return Err(too_many_fields()),
            None => {
                self.by_key.insert((self.node, is_standard, key), found.len());
                let mut column = Column { name: name.to_owned(), ..Column::default() };
                if let From::Standard(at) = from {
                    column.name = STANDARD[at].0.to_owned();
                    column.seen.declare(STANDARD[at].1);
                }
                found.push(Found { node: self.node, from, column, last: 0 });
                found.len() - 1
            }
        };
        match from {
            From::Data => (found[at].from, found[at].last) = (From::Data, self.count),
            // What stands in the data too is not taken from the description.
            From::Balloon if found[at].last == self.count => return Ok(None),
            _ => {}
        }
        Ok(Some(&mut found[at].column))
    }

    /// The columns of the schemas that a placemark refers to, once a container.
    fn schema_columns(&mut self, schemas: &[usize]) -> Result<(), FormatError> {
        for at in schemas {
            if !self.schemas_of.insert((self.node, *at)) {
                continue;
            }
            let fields = self.scan.schemas.get(*at).map(|schema| schema.fields.clone()).unwrap_or_default();
            for field in fields {
                if let Some(column) = self.column(From::Data, &field.name)? {
                    column.seen.declare(field.declared);
                    column.title = Some(field.title).filter(|title| !title.is_empty());
                }
            }
        }
        Ok(())
    }
}

/// There are more different fields than a table may have.
pub fn too_many_fields() -> FormatError {
    refused(Said::told(|lang| tr!(lang, "format.kml.many_fields").into_owned()))
}

impl Visit for Scanner<'_> {
    fn schemas(&self) -> &Schemas {
        &self.scan.schemas
    }

    fn enter(&mut self) -> Result<(), FormatError> {
        if self.scan.nodes.len() >= MOST_CONTAINERS {
            return Err(refused(Said::told(|lang| tr!(lang, "format.kml.many_containers").into_owned())));
        }
        let parent = std::mem::replace(&mut self.node, self.scan.nodes.len());
        self.scan.nodes.push(Node { parent, ..Node::default() });
        Ok(())
    }

    fn leave(&mut self) {
        let end = self.scan.nodes.len();
        let node = &mut self.scan.nodes[self.node];
        node.end = end;
        self.node = node.parent;
    }

    fn name(&mut self, xml: &mut Xml) -> Result<(), FormatError> {
        let mut name = String::new();
        xml.text(&mut name, LONGEST_TEXT)?;
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        self.scan.nodes[self.node].name = name.chars().take(LONGEST_NAME).collect();
        Ok(())
    }

    fn schema(&mut self, xml: &mut Xml) -> Result<(), FormatError> {
        self.scan.schemas.read(xml)
    }

    fn placemark(&mut self, xml: &mut Xml, own: Option<usize>) -> Result<(), FormatError> {
        let mut row = std::mem::take(&mut self.row);
        row.read(xml, &self.scan.schemas, own, Want::Kinds)?;
        self.schema_columns(&row.schemas)?;
        self.count += 1;
        let of_description = |pair: &&Pair| pair.from == From::Balloon;
        let pairs = row.pairs().iter().filter(|pair| !of_description(pair));
        for pair in pairs.chain(row.pairs().iter().filter(of_description)) {
            let Some(column) = self.column(pair.from, &pair.name)? else { continue };
            match pair.from {
                From::Standard(_) => {}
                // A value that no schema declares is text, whatever the others are.
                From::Data => column.seen.declare(pair.declared),
                From::Balloon => column.seen.declare(Declared::Text),
            }
            if !pair.is_null {
                column.seen.observe(&pair.value);
            }
            if column.title.is_none() && !pair.title.is_empty() {
                column.title = Some(pair.title.clone());
            }
        }
        let node = &mut self.scan.nodes[self.node];
        node.direct += 1;
        if let Some(kind) = row.flat.kind()
            && !node.kinds.contains(&kind)
        {
            node.kinds.push(kind);
        }
        self.row = row;
        self.tick(xml)
    }

    fn unread(&mut self, xml: &mut Xml) -> Result<(), FormatError> {
        self.scan.unread.0 += 1;
        if self.scan.unread.1.is_empty() {
            self.scan.unread.1 = xml.name().chars().take(60).collect();
        }
        xml.skip()?;
        self.tick(xml)
    }
}
