//! The second pass over a KML file: the rows of a layer.

use super::notes::{Trouble, about_layer, note_of, unread};
use super::placemark::{From, Row, Want};
use super::plan::{Columns, MOST_LAYERS, Plan};
use super::scan::{HTML, Scan, Visit, walk};
use super::schemas::Schemas;
use crate::i18n::{Said, tr};
use crate::io::formats::xml::{LONGEST_TEXT, Xml, bad_bytes_note, cell, guessed_note};
use crate::io::formats::{Bytes, Cell, FieldKind, FormatError, Note, RowSink, Schema};
use crate::progress::Progress;
use std::borrow::Cow;
use std::sync::Arc;

/// The longest path of folders in a cell, in characters.
const LONGEST_PATH: usize = 1000;

/// What a layer is read from.
pub struct Source<'a> {
    /// The file.
    pub bytes: &'a Arc<dyn Bytes>,
    /// Its first pass.
    pub scan: &'a Scan,
    /// All of its layers.
    pub plans: &'a [Plan],
    /// The one wanted.
    pub at: usize,
    /// Its name among all of the input.
    pub name: &'a str,
}

/// Gives the rows of a layer to a sink.
///
/// # Errors
/// As [`walk`]; those of the sink.
pub fn read(source: &Source<'_>, sink: &mut dyn RowSink, progress: &Progress) -> Result<(), FormatError> {
    let Source { scan, plans, at, .. } = *source;
    let plan = &plans[at];
    let columns = Columns::of(scan, plan)?;
    let title = Some(scan.nodes[plan.base].name.clone()).filter(|title| !title.is_empty() && title != source.name);
    sink.schema(&Schema {
        name: source.name.to_owned(),
        title,
        fields: columns.all.iter().map(|column| column.field()).collect(),
        crs: Some("EPSG:4326".to_owned()),
        encoding: Some(scan.charset.name().to_owned()),
        has_ids: false,
        is_table: false,
        rows: Some(plan.rows),
    })?;
    layer_notes(scan, plan, &columns, sink);
    let mut xml = Xml::new(Arc::clone(source.bytes), scan.charset, HTML);
    let kinds = columns.all.iter().map(|column| column.seen.kind()).collect();
    let mut rows = Rows {
        scan,
        plans,
        at,
        columns: &columns,
        kinds,
        sink,
        progress,
        row: Row::default(),
        count: 0,
        node: 0,
        next: 1,
        path: String::new(),
        path_of: usize::MAX,
        is_relative: false,
        told: 0,
    };
    walk(&mut xml, &mut rows)?;
    rows.tick(&xml)?;
    Ok(())
}

/// What is said of the whole layer.
fn layer_notes(scan: &Scan, plan: &Plan, columns: &Columns, sink: &mut dyn RowSink) {
    if let Some(declared) = scan.declared {
        sink.note(guessed_note(declared, scan.charset));
    }
    if scan.has_bad_bytes {
        sink.note(bad_bytes_note(scan.charset));
    }
    if plan.is_gathered {
        let said = Said::told(|lang| tr!(lang, "format.kml.gathered", most = MOST_LAYERS).into_owned());
        sink.note(about_layer("format.kml.gathered", false, said));
    }
    let (of_descriptions, has_more) = columns.of_descriptions;
    if of_descriptions > 0 {
        let said = Said::told(|lang| tr!(lang, "format.kml.balloon", n = of_descriptions).into_owned());
        sink.note(about_layer("format.kml.balloon", false, said));
    }
    if has_more {
        let said = Said::told(|lang| tr!(lang, "format.kml.balloon_more", n = of_descriptions).into_owned());
        sink.note(about_layer("format.kml.balloon_more", true, said));
    }
    for column in columns.all.iter().filter(|column| column.seen.is_other_than_declared()) {
        let said = Said::told(|lang| tr!(lang, "format.kml.field_kind", field = column.name).into_owned());
        sink.note(about_layer("format.kml.field_kind", true, said));
    }
}

struct Rows<'a> {
    scan: &'a Scan,
    plans: &'a [Plan],
    at: usize,
    columns: &'a Columns,
    kinds: Vec<FieldKind>,
    sink: &'a mut dyn RowSink,
    progress: &'a Progress,
    row: Row,
    count: usize,
    node: usize,
    next: usize,
    path: String,
    path_of: usize,
    is_relative: bool,
    told: u64,
}

impl Rows<'_> {
    fn tick(&mut self, xml: &Xml) -> Result<(), FormatError> {
        let at = xml.at();
        if at > self.told {
            self.progress.advance(at - self.told)?;
            self.told = at;
        }
        Ok(())
    }

    /// Tells the path of folders from the layer's container to the placemark's.
    fn find_path(&mut self) {
        if self.path_of == self.node {
            return;
        }
        self.path_of = self.node;
        let mut names = Vec::new();
        let mut node = self.node;
        while node != self.plans[self.at].base && node > 0 {
            names.push(self.scan.nodes[node].name.as_str());
            node = self.scan.nodes[node].parent;
        }
        names.reverse();
        self.path = names.join("/");
        if let Some((cut, _)) = self.path.char_indices().nth(LONGEST_PATH) {
            self.path.truncate(cut);
            self.path.push('…');
        }
    }

    fn give(&mut self, xml: &mut Xml) -> Result<(), FormatError> {
        // Cells borrow the row while its geometry is finished in place.
        let mut flat = std::mem::take(&mut self.row.flat);
        let Self { row, columns, kinds, sink, count, path, .. } = self;
        let mut cells = vec![Cell::Missing; kinds.len()];
        if let Some(at) = columns.folder {
            cells[at] = if path.is_empty() { Cell::Null } else { Cell::Text(Cow::Borrowed(path)) };
        }
        let mut note = |note: Note| sink.note(note);
        let (mut repeated, mut unfit) = (None, None);
        for from_description in [false, true] {
            for pair in row.pairs().iter().filter(|pair| (pair.from == From::Balloon) == from_description) {
                let at = match pair.from {
                    From::Standard(at) => columns.standard[at],
                    From::Data | From::Balloon => columns.by_name.get(&pair.name).copied(),
                };
                let Some(at) = at else { continue };
                if cells[at] != Cell::Missing {
                    if !from_description {
                        repeated = Some(&pair.name);
                    }
                    continue;
                }
                cells[at] = if pair.is_null {
                    Cell::Null
                } else {
                    cell(kinds[at], &pair.value).unwrap_or_else(|| {
                        unfit = Some((&columns.all[at].name, &pair.value));
                        Cell::Null
                    })
                };
            }
        }
        if let Some(field) = repeated {
            note(note_of(Some(*count), &Trouble::Repeated(field.clone())));
        }
        if let Some((field, value)) = unfit {
            let value = value.chars().take(40).collect::<String>();
            let said = Said::told(|lang| tr!(lang, "format.kml.value", field = field, value = value).into_owned());
            note(Note { row: Some(*count), said, kind: "format.kml.value", is_doubt: true });
        }
        for trouble in &row.troubles {
            note(note_of(Some(*count), trouble));
        }
        if row.is_relative && !self.is_relative {
            self.is_relative = true;
            let said = Said::told(|lang| tr!(lang, "format.kml.relative_heights").into_owned());
            note(about_layer("format.kml.relative_heights", false, said));
        }
        xml.notes(Some(*count), &mut note);
        sink.row(None, &cells, flat.finish())?;
        self.row.flat = flat;
        self.count += 1;
        Ok(())
    }
}

impl Visit for Rows<'_> {
    fn schemas(&self) -> &Schemas {
        &self.scan.schemas
    }

    fn enter(&mut self) -> Result<(), FormatError> {
        // The file grew since it was first read.
        if self.next >= self.scan.nodes.len() {
            return Err(changed());
        }
        self.node = self.next;
        self.next += 1;
        Ok(())
    }

    fn leave(&mut self) {
        self.node = self.scan.nodes[self.node].parent;
    }

    fn name(&mut self, xml: &mut Xml) -> Result<(), FormatError> {
        xml.skip()
    }

    fn schema(&mut self, xml: &mut Xml) -> Result<(), FormatError> {
        xml.skip()
    }

    fn placemark(&mut self, xml: &mut Xml, own: Option<usize>) -> Result<(), FormatError> {
        if !self.plans[self.at].nodes.contains(&self.node) {
            xml.skip()?;
            return self.tick(xml);
        }
        self.row.read(xml, &self.scan.schemas, own, Want::All)?;
        if self.columns.folder.is_some() {
            self.find_path();
        }
        self.give(xml)?;
        self.tick(xml)
    }

    fn unread(&mut self, xml: &mut Xml) -> Result<(), FormatError> {
        let owner = self.plans.iter().position(|plan| plan.nodes.contains(&self.node)).unwrap_or(0);
        let element = xml.name().chars().take(60).collect::<String>();
        let mut name = String::new();
        while xml.child()? {
            if xml.name() == "name" && name.is_empty() {
                xml.text(&mut name, LONGEST_TEXT)?;
            } else {
                xml.skip()?;
            }
        }
        if owner == self.at {
            let name = name.trim().chars().take(60).collect::<String>();
            self.sink.note(unread(&element, &name));
        }
        self.tick(xml)
    }
}

fn changed() -> FormatError {
    FormatError::refused(Said::told(|lang| tr!(lang, "format.kml.changed").into_owned()))
}
