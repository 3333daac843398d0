//! Makes geodatabases, and takes what is read of them.

use super::super::super::{Cell, FormatError, InMemory, Note, RawGeometry, ReadHints, RowSink, Schema};
use super::super::super::{Format, LayerInfo};
use super::super::FileGdb;
use crate::progress::Progress;

pub(super) fn varuint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7F {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

pub(super) fn varint(value: i64) -> Vec<u8> {
    let magnitude = value.unsigned_abs();
    let sign = if value < 0 { 0x40 } else { 0 };
    if magnitude < 0x40 {
        return vec![magnitude as u8 | sign];
    }
    let mut bytes = vec![(magnitude & 0x3F) as u8 | sign | 0x80];
    bytes.extend(varuint(magnitude >> 6));
    bytes
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A length and as many bytes.
pub(super) fn sized(bytes: &[u8]) -> Vec<u8> {
    [varuint(bytes.len() as u64), bytes.to_vec()].concat()
}

/// The description of a field: names, type, and what follows for the type.
pub(super) fn field(name: &str, alias: &str, code: u8, rest: &[u8]) -> Vec<u8> {
    let named = |text: &str| [vec![text.encode_utf16().count() as u8], utf16(text)].concat();
    [named(name), named(alias), vec![code], rest.to_vec()].concat()
}

/// An OBJECTID, a nullable text, a nullable field of a fixed width.
pub(super) fn id_field() -> Vec<u8> {
    field("OBJECTID", "", 6, &[4, 2])
}

pub(super) fn text_field(name: &str) -> Vec<u8> {
    field(name, "", 4, &[255, 0, 0, 0, 1, 0])
}

pub(super) fn fixed_field(name: &str, code: u8, width: u8) -> Vec<u8> {
    field(name, "", code, &[width, 1, 0])
}

/// A nullable geometry field with origin (0, 0), 1,000 units a metre, heights and measures likewise.
pub(super) fn shape_field(wkt: &str) -> Vec<u8> {
    let wkt = utf16(wkt);
    let numbers = |n: &[f64]| n.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
    let rest = [
        vec![0, 7],
        (wkt.len() as u16).to_le_bytes().to_vec(),
        wkt,
        vec![7],
        numbers(&[0.0, 0.0, 1000.0, 0.0, 1000.0, 0.0, 1000.0, 0.001, 0.001, 0.001]),
        numbers(&[0.0, 0.0, 1e6, 1e6]),
        vec![0],
        1_u32.to_le_bytes().to_vec(),
        numbers(&[1000.0]),
    ];
    field("SHAPE", "", 7, &rest.concat())
}

/// How a table is stored.
#[derive(Clone, Copy)]
pub(super) struct Stored {
    /// Bytes of an offset.
    pub(super) width: usize,
    /// OBJECTIDs of 64 bits.
    pub(super) is_64_bit: bool,
    /// Blocks without rows are left out.
    pub(super) is_sparse: bool,
    pub(super) is_utf16: bool,
    /// What the low byte of the flags says of the geometry.
    pub(super) geometry_type: u8,
}

pub(super) const PLAIN: Stored =
    Stored { width: 5, is_64_bit: false, is_sparse: false, is_utf16: false, geometry_type: 0 };

/// A table and its offsets: a row for each OBJECTID from 1, `None` where it is deleted.
pub(super) fn table(fields: &[Vec<u8>], rows: &[Option<Vec<u8>>], stored: Stored) -> (Vec<u8>, Vec<u8>) {
    let flags = u32::from(stored.geometry_type) | if stored.is_utf16 { 0 } else { 0x100 };
    let description = [
        4_u32.to_le_bytes().to_vec(),
        flags.to_le_bytes().to_vec(),
        (fields.len() as u16).to_le_bytes().to_vec(),
        fields.concat(),
    ]
    .concat();
    let valid = rows.iter().flatten().count();
    let mut bytes = if stored.is_64_bit {
        [
            &4_u32.to_le_bytes()[..],
            &1_u32.to_le_bytes(),
            &99_u32.to_le_bytes(),
            &5_u32.to_le_bytes(),
            &(valid as u64).to_le_bytes(),
        ]
        .concat()
    } else {
        [&3_u32.to_le_bytes()[..], &(valid as u32).to_le_bytes(), &99_u32.to_le_bytes(), &5_u32.to_le_bytes(), &[0; 8]]
            .concat()
    };
    bytes.extend([0_u64.to_le_bytes(), 40_u64.to_le_bytes()].concat());
    bytes.extend((description.len() as u32).to_le_bytes());
    bytes.extend(description);
    let mut offsets = Vec::new();
    for row in rows {
        let offset = row.as_ref().map_or(0, |row| {
            let at = bytes.len() as u64;
            bytes.extend((row.len() as u32).to_le_bytes());
            bytes.extend(row);
            at
        });
        offsets.push(offset);
    }
    let mut blocks: Vec<Vec<u64>> =
        offsets.chunks(1024).map(|block| [block, &vec![0; 1024 - block.len()]].concat()).collect();
    let total = blocks.len();
    let is_there: Vec<bool> = blocks.iter().map(|block| !stored.is_sparse || block.iter().any(|o| *o > 0)).collect();
    let mut there = is_there.iter();
    blocks.retain(|_| there.next().copied().unwrap_or(false));
    let number = |n: usize| (n as u32).to_le_bytes().to_vec();
    let version = if stored.is_64_bit { 4 } else { 3 };
    let mut index = [number(version), number(blocks.len())].concat();
    index.extend(number(if stored.is_64_bit { 0 } else { rows.len() }));
    index.extend(number(stored.width));
    index.extend(blocks.iter().flatten().flat_map(|offset| offset.to_le_bytes()[..stored.width].to_vec()));
    let mut map = vec![0_u8; if stored.is_64_bit { 32_768 } else { total.div_ceil(8) }];
    for (block, _) in is_there.iter().enumerate().filter(|(_, is)| **is) {
        map[block / 8] |= 1 << (block % 8);
    }
    if stored.is_64_bit {
        index.extend((rows.len() as u64).to_le_bytes());
        if stored.is_sparse {
            let section = [vec![1, 0, 1, 0, 0, 0], vec![0; 16], map, vec![1], vec![0; 51]].concat();
            index.extend(number(section.len()));
            index.extend(section);
        } else {
            index.extend(number(0));
        }
    } else if stored.is_sparse {
        index.extend([number(map.len().div_ceil(4)), number(total), number(blocks.len()), number(0), map].concat());
    } else {
        index.extend([number(0), number(blocks.len()), number(blocks.len()), number(0)].concat());
    }
    (bytes, index)
}

/// A row: its null flags, then its values.
pub(super) fn row(nulls: &[u8], values: &[&[u8]]) -> Option<Vec<u8>> {
    Some([nulls.to_vec(), values.concat()].concat())
}

/// A geodatabase `x.gdb` of tables (with their names, from number 9 on) and items (name, path, definition).
pub(super) fn geodatabase(tables: &[(&str, (Vec<u8>, Vec<u8>))], items: &[(&str, &str, &str)]) -> InMemory {
    let named = |name: &str| row(&[0xFE], &[&sized(name.as_bytes())]);
    let mut names = vec![named("GDB_SystemCatalog"), None, None, named("GDB_Items"), None, None, None, None];
    names.extend(tables.iter().map(|(name, _)| named(name)));
    let catalogue = table(&[id_field(), text_field("Name")], &names, PLAIN);
    let item = |(name, path, definition): &(&str, &str, &str)| {
        row(&[0xF8], &[&sized(name.as_bytes()), &sized(path.as_bytes()), &sized(definition.as_bytes())])
    };
    let fields = [id_field(), text_field("Name"), text_field("Path"), field("Definition", "", 12, &[0, 1])];
    let items = table(&fields, &items.iter().map(item).collect::<Vec<_>>(), PLAIN);
    let mut files = InMemory::default();
    let numbered =
        [(1, catalogue), (4, items)].into_iter().chain((9..).zip(tables.iter().map(|(_, table)| table.clone())));
    for (number, (table, offsets)) in numbered {
        files = files.with(&format!("x.gdb/a{number:08x}.gdbtable"), table);
        files = files.with(&format!("x.gdb/a{number:08x}.gdbtablx"), offsets);
    }
    files
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) schema: Schema,
    pub(super) rows: Vec<(Option<i64>, Vec<Cell<'static>>, Option<RawGeometry>)>,
    pub(super) notes: Vec<Note>,
}

impl Taken {
    pub(super) fn kinds(&self) -> Vec<&'static str> {
        let mut kinds: Vec<_> = self.notes.iter().map(|note| note.kind.trim_start_matches("format.filegdb.")).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}

impl RowSink for Taken {
    fn schema(&mut self, schema: &Schema) -> Result<(), FormatError> {
        self.schema = schema.clone();
        Ok(())
    }

    fn row(&mut self, id: Option<i64>, cells: &[Cell<'_>], geometry: Option<&RawGeometry>) -> Result<(), FormatError> {
        assert_eq!(cells.len(), self.schema.fields.len());
        let kept = |cell: &Cell<'_>| match cell {
            Cell::Text(text) => Cell::Text(text.to_string().into()),
            Cell::Missing => Cell::Missing,
            Cell::Null => Cell::Null,
            Cell::Integer(n) => Cell::Integer(*n),
            Cell::Real(n) => Cell::Real(*n),
            Cell::Date(date) => Cell::Date(*date),
            Cell::Time(time) => Cell::Time(*time),
            Cell::DateTime(moment) => Cell::DateTime(*moment),
            other => panic!("not given by geodatabases: {other:?}"),
        };
        if let Some(g) = geometry {
            let ends = |ends: &[u32], of: usize| {
                ends.windows(2).all(|p| p[0] <= p[1]) && ends.last().copied().unwrap_or(0) as usize == of
            };
            assert!(ends(&g.path_ends, g.xy.len()) && ends(&g.part_ends, g.path_ends.len()), "{g:?}");
            assert!([&g.z, &g.m].iter().all(|values| values.is_empty() || values.len() == g.xy.len()), "{g:?}");
        }
        self.rows.push((id, cells.iter().map(kept).collect(), geometry.cloned()));
        Ok(())
    }

    fn note(&mut self, note: Note) {
        assert!(!note.said.zh.contains("format.") && !note.said.en.contains("%{"), "{note:?}");
        self.notes.push(note);
    }
}

pub(super) fn layers(files: &InMemory) -> Result<Vec<LayerInfo>, FormatError> {
    FileGdb.layers(&files.clone().input("x.gdb"), &ReadHints::default())
}

pub(super) fn read_with(files: &InMemory, layer: &str, hints: &ReadHints) -> Result<Taken, FormatError> {
    let mut taken = Taken::default();
    FileGdb.read(&files.clone().input("x.gdb"), layer, hints, &mut taken, &Progress::default())?;
    Ok(taken)
}

pub(super) fn read(files: &InMemory, layer: &str) -> Result<Taken, FormatError> {
    read_with(files, layer, &ReadHints::default())
}

/// The English text of a refusal, with the file and the place.
pub(super) fn refusal(error: FormatError) -> String {
    match error {
        FormatError::Refused { file, place, said } => format!("{}|{place:?}|{}", file.unwrap_or_default(), said.en),
        other => panic!("{other:?}"),
    }
}
