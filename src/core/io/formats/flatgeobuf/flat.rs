//! FlatBuffers, as far as FlatGeobuf uses them: tables read with every offset checked, and built front to back.
//!
//! A table begins with the distance back to its vtable, which lists where in the table each field is; strings, vectors and
//! inner tables are elsewhere, at a distance that stands in the field. All numbers are little endian.

/// The bytes are no FlatBuffer: an offset or a length leads out of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken;

/// Fixed bytes at a place.
fn fixed<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], Broken> {
    bytes.get(at..).and_then(<[u8]>::first_chunk).copied().ok_or(Broken)
}

/// Where the distance at a place leads.
fn follow(bytes: &[u8], at: usize) -> Result<usize, Broken> {
    let distance = u32::from_le_bytes(fixed(bytes, at)?) as usize;
    at.checked_add(distance).filter(|to| *to < bytes.len() && distance > 0).ok_or(Broken)
}

/// A table in a buffer (without the prefix that gives its size).
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The fields' places in the table, two bytes each.
    fields: &'a [u8],
}

impl<'a> Table<'a> {
    /// The root table of a buffer.
    pub(super) fn root(bytes: &'a [u8]) -> Result<Self, Broken> {
        Self::at(bytes, follow(bytes, 0)?)
    }

    fn at(bytes: &'a [u8], at: usize) -> Result<Self, Broken> {
        let back = i64::from(i32::from_le_bytes(fixed(bytes, at)?));
        let vtable = usize::try_from(at as i64 - back).map_err(|_| Broken)?;
        let size = usize::from(u16::from_le_bytes(fixed(bytes, vtable)?));
        let fields = bytes.get(vtable + 4..vtable + size.max(4)).ok_or(Broken)?;
        Ok(Self { bytes, at, fields })
    }

    /// The place of a field in the buffer; `None` where the table has its default.
    fn place(&self, field: usize) -> Option<usize> {
        let distance = self.fields.get(field * 2..field * 2 + 2)?;
        let distance = usize::from(u16::from_le_bytes([distance[0], distance[1]]));
        (distance > 0).then_some(self.at + distance)
    }

    fn scalar<const N: usize>(&self, field: usize) -> Result<Option<[u8; N]>, Broken> {
        self.place(field).map(|at| fixed(self.bytes, at)).transpose()
    }

    pub(super) fn u8(&self, field: usize, default: u8) -> Result<u8, Broken> {
        Ok(self.scalar::<1>(field)?.map_or(default, |[byte]| byte))
    }

    pub(super) fn u16(&self, field: usize, default: u16) -> Result<u16, Broken> {
        Ok(self.scalar(field)?.map_or(default, u16::from_le_bytes))
    }

    pub(super) fn i32(&self, field: usize, default: i32) -> Result<i32, Broken> {
        Ok(self.scalar(field)?.map_or(default, i32::from_le_bytes))
    }

    pub(super) fn u64(&self, field: usize, default: u64) -> Result<u64, Broken> {
        Ok(self.scalar(field)?.map_or(default, u64::from_le_bytes))
    }

    /// The bytes of a vector of elements of `size` bytes; empty where there is none.
    pub(super) fn vector(&self, field: usize, size: usize) -> Result<&'a [u8], Broken> {
        let Some(place) = self.place(field) else {
            return Ok(&[]);
        };
        let at = follow(self.bytes, place)?;
        let count = u32::from_le_bytes(fixed(self.bytes, at)?) as usize;
        let end = count.checked_mul(size).and_then(|length| length.checked_add(at + 4)).ok_or(Broken)?;
        self.bytes.get(at + 4..end).ok_or(Broken)
    }

    /// The bytes of a string; `None` where there is none.
    pub(super) fn string(&self, field: usize) -> Result<Option<&'a [u8]>, Broken> {
        self.place(field).map(|_| self.vector(field, 1)).transpose()
    }

    pub(super) fn table(&self, field: usize) -> Result<Option<Self>, Broken> {
        self.place(field).map(|place| Self::at(self.bytes, follow(self.bytes, place)?)).transpose()
    }

    /// The tables of a vector; none where there is no vector.
    pub(super) fn tables(&self, field: usize) -> Result<Tables<'a>, Broken> {
        let offsets = self.vector(field, 4)?;
        // Where the offsets stand: they are distances from their own places.
        let first = match self.place(field) {
            Some(place) => follow(self.bytes, place)? + 4,
            None => 0,
        };
        Ok(Tables { bytes: self.bytes, first, count: offsets.len() / 4 })
    }
}

/// A vector of tables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tables<'a> {
    bytes: &'a [u8],
    first: usize,
    count: usize,
}

impl<'a> Tables<'a> {
    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Result<Table<'a>, Broken>> + '_ {
        (0..self.count).map(|i| Table::at(self.bytes, follow(self.bytes, self.first + 4 * i)?))
    }
}

/// A field of a table that is built.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slot {
    /// Its default: takes no room.
    Absent,
    U8(u8),
    U16(u16),
    I32(i32),
    U64(u64),
    /// A distance that is set later.
    Offset,
}

impl Slot {
    fn size(self) -> usize {
        match self {
            Self::Absent => 0,
            Self::U8(_) => 1,
            Self::U16(_) => 2,
            Self::I32(_) | Self::Offset => 4,
            Self::U64(_) => 8,
        }
    }
}

/// Builds one buffer with the prefix that gives its size, behind what `bytes` holds already. Numbers are aligned from the prefix on, as
/// the format's own library does it.
#[derive(Debug)]
pub(super) struct Builder<'a> {
    bytes: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Builder<'a> {
    /// Begins a buffer at the end of `bytes`.
    pub(super) fn new(bytes: &'a mut Vec<u8>) -> Self {
        let start = bytes.len();
        bytes.extend_from_slice(&[0; 8]);
        Self { bytes, start }
    }

    fn position(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// Fills up so that what comes `ahead` bytes later is aligned.
    fn align(&mut self, to: usize, ahead: usize) {
        let over = (self.position() + ahead) % to;
        self.bytes.resize(self.bytes.len() + if over == 0 { 0 } else { to - over }, 0);
    }

    /// Sets the distance at a place so that it leads here.
    fn lead_here(&mut self, place: usize) {
        let distance = (self.position() - place) as u32;
        self.bytes[self.start + place..self.start + place + 4].copy_from_slice(&distance.to_le_bytes());
    }

    /// A table to which `place` leads (4 for the root). Gives the places of its fields.
    pub(super) fn table<const N: usize>(&mut self, place: usize, slots: [Slot; N]) -> [usize; N] {
        let used = slots.iter().rposition(|slot| slot.size() > 0).map_or(0, |last| last + 1);
        let mut distances = [0_usize; N];
        let mut size = 4;
        // The largest first: behind the four bytes of the table's head everything is aligned.
        for wanted in [8, 4, 2, 1] {
            for (slot, distance) in slots.iter().zip(&mut distances).filter(|(slot, _)| slot.size() == wanted) {
                debug_assert!(slot.size() > 0);
                *distance = size;
                size += wanted;
            }
        }
        self.align(2, 0);
        let vtable = self.position();
        self.bytes.extend_from_slice(&((4 + 2 * used) as u16).to_le_bytes());
        self.bytes.extend_from_slice(&(size as u16).to_le_bytes());
        for distance in &distances[..used] {
            self.bytes.extend_from_slice(&(*distance as u16).to_le_bytes());
        }
        self.align(8, 4);
        self.lead_here(place);
        let table = self.position();
        self.bytes.extend_from_slice(&((table - vtable) as i32).to_le_bytes());
        let body = self.bytes.len() - 4;
        self.bytes.resize(body + size, 0);
        for (slot, distance) in slots.iter().zip(distances) {
            let into = &mut self.bytes[body + distance..];
            match slot {
                Slot::Absent | Slot::Offset => {}
                Slot::U8(value) => into[0] = *value,
                Slot::U16(value) => into[..2].copy_from_slice(&value.to_le_bytes()),
                Slot::I32(value) => into[..4].copy_from_slice(&value.to_le_bytes()),
                Slot::U64(value) => into[..8].copy_from_slice(&value.to_le_bytes()),
            }
        }
        distances.map(|distance| table + distance)
    }

    /// A vector of elements of `size` bytes each, to which `place` leads.
    pub(super) fn vector(&mut self, place: usize, size: usize, elements: &[u8]) {
        self.begin_vector(place, size, elements.len() / size);
        self.bytes.extend_from_slice(elements);
    }

    /// A vector of numbers.
    pub(super) fn numbers(&mut self, place: usize, numbers: &[f64]) {
        self.begin_vector(place, 8, numbers.len());
        self.bytes.reserve(numbers.len() * 8);
        for number in numbers {
            self.bytes.extend_from_slice(&number.to_le_bytes());
        }
    }

    /// A string.
    pub(super) fn string(&mut self, place: usize, text: &str) {
        self.vector(place, 1, text.as_bytes());
        self.bytes.push(0);
    }

    /// A vector of tables, which are built afterwards: the place that has to lead to each.
    pub(super) fn offsets(&mut self, place: usize, count: usize) -> impl Iterator<Item = usize> + use<> {
        self.begin_vector(place, 4, count);
        let first = self.position();
        self.bytes.resize(self.bytes.len() + 4 * count, 0);
        (0..count).map(move |i| first + 4 * i)
    }

    fn begin_vector(&mut self, place: usize, size: usize, count: usize) {
        self.align(size.max(4), 4);
        self.lead_here(place);
        self.bytes.extend_from_slice(&(count as u32).to_le_bytes());
    }

    /// Ends the buffer.
    pub(super) fn finish(mut self) {
        self.align(8, 0);
        let size = (self.position() - 4) as u32;
        self.bytes[self.start..self.start + 4].copy_from_slice(&size.to_le_bytes());
    }
}
