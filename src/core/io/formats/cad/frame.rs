//! What a DXF file of R2000 must hold around its entities: header, tables, blocks, the root dictionary.

use super::tags::Tags;
use super::xdata::APPLICATION;
use std::io::Result;

/// The handle of the model space's block record.
pub(super) const MODEL: u64 = 0x1F;
const PAPER: u64 = 0x1E;
const ROOT: u64 = 0xC;
const GROUPS: u64 = 0xD;
const LAYERS: u64 = 0x2;

/// What the header and tables say of the drawing.
#[derive(Debug)]
pub(super) struct Head {
    /// Layers besides `0`.
    pub layers: Vec<String>,
    is_geographic: bool,
    extent: [f64; 4],
}

impl Head {
    /// Of a drawing in degrees, or in metres.
    pub(super) fn new(is_geographic: bool) -> Self {
        let nothing = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        Self { layers: Vec::new(), is_geographic, extent: nothing }
    }

    /// Makes the extent reach a position.
    pub(super) fn include(&mut self, [x, y]: [f64; 2]) {
        let e = self.extent;
        self.extent = [e[0].min(x), e[1].min(y), e[2].max(x), e[3].max(y)];
    }
}

/// Writes what comes before the entities; gives the place of the handle seed.
pub(super) fn begin(tags: &mut Tags<'_>, head: &Head) -> Result<u64> {
    let [x0, y0, x1, y1] = if head.extent[0] <= head.extent[2] { head.extent } else { [0.0; 4] };
    section(tags, "HEADER")?;
    tags.text(9, "$ACADVER")?;
    tags.text(1, "AC1015")?;
    tags.text(9, "$DWGCODEPAGE")?;
    tags.text(3, "ANSI_936")?;
    tags.text(9, "$INSBASE")?;
    tags.position(10, [0.0; 3])?;
    tags.text(9, "$EXTMIN")?;
    tags.position(10, [x0, y0, 0.0])?;
    tags.text(9, "$EXTMAX")?;
    tags.position(10, [x1, y1, 0.0])?;
    tags.text(9, "$INSUNITS")?;
    tags.whole(70, if head.is_geographic { 0 } else { 6 })?;
    tags.text(9, "$MEASUREMENT")?;
    tags.whole(70, 1)?;
    tags.text(9, "$HANDSEED")?;
    let seed = tags.seed()?;
    tags.text(0, "ENDSEC")?;
    section(tags, "CLASSES")?;
    tags.text(0, "ENDSEC")?;
    section(tags, "TABLES")?;
    viewport(tags, [x0, y0, x1, y1])?;
    table(tags, "LTYPE", 0x5, 3)?;
    for (handle, name) in [(0x14, "ByBlock"), (0x15, "ByLayer"), (0x16, "Continuous")] {
        record(tags, "LTYPE", handle, 0x5, "AcDbLinetypeTableRecord", name)?;
        tags.text(3, "")?;
        tags.whole(72, 65)?;
        tags.whole(73, 0)?;
        tags.real(40, 0.0)?;
    }
    tags.text(0, "ENDTAB")?;
    table(tags, "LAYER", LAYERS, head.layers.len() + 1)?;
    layer(tags, 0x10, "0")?;
    for name in &head.layers {
        let handle = tags.new_handle();
        layer(tags, handle, name)?;
    }
    tags.text(0, "ENDTAB")?;
    table(tags, "STYLE", 0x3, 1)?;
    record(tags, "STYLE", 0x11, 0x3, "AcDbTextStyleTableRecord", "Standard")?;
    tags.real(40, 0.0)?;
    tags.real(41, 1.0)?;
    tags.real(50, 0.0)?;
    tags.whole(71, 0)?;
    tags.real(42, 2.5)?;
    tags.text(3, "simsun.ttc")?;
    tags.text(4, "")?;
    tags.text(0, "ENDTAB")?;
    for (name, handle) in [("VIEW", 0x6), ("UCS", 0x7)] {
        table(tags, name, handle, 0)?;
        tags.text(0, "ENDTAB")?;
    }
    table(tags, "APPID", 0x9, 2)?;
    for (handle, name) in [(0x12, "ACAD"), (0x13, APPLICATION)] {
        record(tags, "APPID", handle, 0x9, "AcDbRegAppTableRecord", name)?;
    }
    tags.text(0, "ENDTAB")?;
    table(tags, "DIMSTYLE", 0xA, 1)?;
    tags.text(100, "AcDbDimStyleTable")?;
    tags.whole(71, 0)?;
    tags.text(0, "DIMSTYLE")?;
    tags.handle(105, 0x27)?;
    tags.handle(330, 0xA)?;
    tags.text(100, "AcDbSymbolTableRecord")?;
    tags.text(100, "AcDbDimStyleTableRecord")?;
    tags.text(2, "Standard")?;
    tags.whole(70, 0)?;
    tags.text(0, "ENDTAB")?;
    table(tags, "BLOCK_RECORD", 0x1, 2)?;
    for (handle, name) in [(MODEL, "*Model_Space"), (PAPER, "*Paper_Space")] {
        tags.text(0, "BLOCK_RECORD")?;
        tags.handle(5, handle)?;
        tags.handle(330, 0x1)?;
        tags.text(100, "AcDbSymbolTableRecord")?;
        tags.text(100, "AcDbBlockTableRecord")?;
        tags.text(2, name)?;
        tags.whole(70, 0)?;
        tags.whole(280, 1)?;
        tags.whole(281, 0)?;
    }
    tags.text(0, "ENDTAB")?;
    tags.text(0, "ENDSEC")?;
    section(tags, "BLOCKS")?;
    block(tags, [0x20, 0x21], MODEL, "*Model_Space")?;
    block(tags, [0x1C, 0x1D], PAPER, "*Paper_Space")?;
    tags.text(0, "ENDSEC")?;
    section(tags, "ENTITIES")?;
    Ok(seed)
}

/// Writes what comes after the entities.
pub(super) fn end(tags: &mut Tags<'_>, seed: u64) -> Result<()> {
    tags.text(0, "ENDSEC")?;
    section(tags, "OBJECTS")?;
    for (handle, owner) in [(ROOT, 0), (GROUPS, ROOT)] {
        tags.text(0, "DICTIONARY")?;
        tags.handle(5, handle)?;
        tags.handle(330, owner)?;
        tags.text(100, "AcDbDictionary")?;
        tags.whole(281, 1)?;
        if handle == ROOT {
            tags.text(3, "ACAD_GROUP")?;
            tags.handle(350, GROUPS)?;
        }
    }
    tags.text(0, "ENDSEC")?;
    tags.text(0, "EOF")?;
    tags.finish(seed)
}

fn section(tags: &mut Tags<'_>, name: &str) -> Result<()> {
    tags.text(0, "SECTION")?;
    tags.text(2, name)
}

fn table(tags: &mut Tags<'_>, name: &str, handle: u64, entries: usize) -> Result<()> {
    tags.text(0, "TABLE")?;
    tags.text(2, name)?;
    tags.handle(5, handle)?;
    tags.handle(330, 0)?;
    tags.text(100, "AcDbSymbolTable")?;
    tags.whole(70, entries as i64)
}

fn record(tags: &mut Tags<'_>, kind: &str, handle: u64, owner: u64, class: &str, name: &str) -> Result<()> {
    tags.text(0, kind)?;
    tags.handle(5, handle)?;
    tags.handle(330, owner)?;
    tags.text(100, "AcDbSymbolTableRecord")?;
    tags.text(100, class)?;
    tags.text(2, name)?;
    tags.whole(70, 0)
}

fn layer(tags: &mut Tags<'_>, handle: u64, name: &str) -> Result<()> {
    record(tags, "LAYER", handle, LAYERS, "AcDbLayerTableRecord", name)?;
    tags.whole(62, 7)?;
    tags.text(6, "Continuous")?;
    tags.whole(370, -3)?;
    tags.handle(390, 0xF)
}

/// The view that opens with the drawing: all of it.
fn viewport(tags: &mut Tags<'_>, [x0, y0, x1, y1]: [f64; 4]) -> Result<()> {
    table(tags, "VPORT", 0x8, 1)?;
    record(tags, "VPORT", 0x22, 0x8, "AcDbViewportTableRecord", "*Active")?;
    let two = |tags: &mut Tags<'_>, code: i32, x: f64, y: f64| -> Result<()> {
        tags.real(code, x)?;
        tags.real(code + 10, y)
    };
    two(tags, 10, 0.0, 0.0)?;
    two(tags, 11, 1.0, 1.0)?;
    two(tags, 12, (x0 + x1) / 2.0, (y0 + y1) / 2.0)?;
    two(tags, 13, 0.0, 0.0)?;
    two(tags, 14, 10.0, 10.0)?;
    two(tags, 15, 10.0, 10.0)?;
    tags.position(16, [0.0, 0.0, 1.0])?;
    tags.position(17, [0.0; 3])?;
    tags.real(40, (y1 - y0).max((x1 - x0) / 1.5).max(1e-3) * 1.05)?;
    tags.real(41, 1.5)?;
    tags.real(42, 50.0)?;
    tags.text(0, "ENDTAB")
}

fn block(tags: &mut Tags<'_>, [begin, end]: [u64; 2], owner: u64, name: &str) -> Result<()> {
    for (kind, handle, class) in [("BLOCK", begin, "AcDbBlockBegin"), ("ENDBLK", end, "AcDbBlockEnd")] {
        tags.text(0, kind)?;
        tags.handle(5, handle)?;
        tags.handle(330, owner)?;
        tags.text(100, "AcDbEntity")?;
        if owner == PAPER {
            tags.whole(67, 1)?;
        }
        tags.text(8, "0")?;
        tags.text(100, class)?;
        if kind == "BLOCK" {
            tags.text(2, name)?;
            tags.whole(70, 0)?;
            tags.position(10, [0.0; 3])?;
            tags.text(3, name)?;
            tags.text(1, "")?;
        }
    }
    Ok(())
}
