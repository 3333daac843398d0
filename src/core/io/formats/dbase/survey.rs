//! A look at rows before a table is written: which type and width each field needs, and what will not survive.

use super::super::{Cell, Field, FieldKind, FormatError, FormatPlace, Loss};
use super::names;
use super::write::{Column, Plan, TEXT_BYTES, TableEncoding, Type, put_text};
use crate::i18n::{Lang, Said, count, tr};

/// Digits that a number of a table keeps in every program (as many as 64 bits hold in any case).
const DIGITS: usize = 18;
/// The longest form of a floating point number that keeps its value.
const REAL_WIDTH: usize = 24;
/// Fields that ESRI's programs read.
const ESRI_FIELDS: usize = 255;
/// What the lengths in the header allow.
pub(in crate::io::formats) const MOST_FIELDS: usize = 2046;
const LONGEST_RECORD: usize = 65_535;
/// Most programs cannot read beyond.
pub(in crate::io::formats) const TWO_GB: u64 = (1 << 31) - 1;

/// What was seen of a field.
#[derive(Clone, Debug, Default)]
struct Seen {
    bools: u64,
    integers: u64,
    decimals: u64,
    reals: u64,
    dates: u64,
    texts: u64,
    others: u64,
    /// The longest form as a number, and digits behind the point in it.
    number_length: usize,
    fraction: usize,
    has_exponent: bool,
    /// The longest form as text, in bytes.
    text_length: usize,
    too_long: u64,
    empty: u64,
    trimmed: u64,
    /// A character that the encoding lacks, and the row it is in.
    lacks: Option<(u64, char)>,
    lacking: u64,
}

/// Looks at rows one by one.
#[derive(Debug)]
pub(in crate::io::formats) struct Survey<'a> {
    fields: &'a [Field],
    encoding: TableEncoding,
    seen: Vec<Seen>,
    rows: u64,
    text: String,
}

impl<'a> Survey<'a> {
    /// Nothing seen yet.
    pub(in crate::io::formats) fn new(fields: &'a [Field], encoding: TableEncoding) -> Self {
        Self { fields, encoding, seen: vec![Seen::default(); fields.len()], rows: 0, text: String::new() }
    }

    /// Looks at a row.
    pub(in crate::io::formats) fn row(&mut self, cells: &[Cell<'_>]) {
        self.rows += 1;
        for (seen, cell) in self.seen.iter_mut().zip(cells) {
            self.text.clear();
            match cell {
                Cell::Missing | Cell::Null => continue,
                Cell::Bool(_) => seen.bools += 1,
                Cell::Integer(_) => seen.integers += 1,
                Cell::Real(_) => seen.reals += 1,
                Cell::Decimal(_) => seen.decimals += 1,
                Cell::Text(_) => seen.texts += 1,
                Cell::Date(date) if (1..=9999).contains(&date.year) => seen.dates += 1,
                Cell::Date(_) | Cell::Time(_) | Cell::DateTime(_) | Cell::Json(_) => seen.others += 1,
            }
            let text = put_text(cell, &mut self.text);
            if matches!(cell, Cell::Integer(_) | Cell::Real(_) | Cell::Decimal(_)) {
                seen.number_length = seen.number_length.max(text.len());
                match text.find(['e', 'E']) {
                    Some(_) => seen.has_exponent = true,
                    None => {
                        let fraction = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
                        seen.fraction = seen.fraction.max(fraction);
                    }
                }
            }
            let length = self.encoding.length(text);
            seen.text_length = seen.text_length.max(length);
            seen.too_long += u64::from(length > TEXT_BYTES);
            seen.empty += u64::from(text.is_empty());
            seen.trimmed += u64::from(text.ends_with(' ') || text.contains('\0'));
            if let Some(lacks) = self.encoding.lacks(text) {
                seen.lacks = seen.lacks.or(Some((self.rows, lacks)));
                seen.lacking += 1;
            }
        }
    }

    /// The table as it will be written.
    pub(in crate::io::formats) fn plan(&self) -> Plan {
        let names = names::proposed(self.fields.iter().map(|field| field.name.as_str()), self.encoding);
        let columns = self.fields.iter().zip(&self.seen).zip(names);
        let columns: Vec<_> = columns.map(|((field, seen), name)| column(field, seen, name)).collect();
        Plan { encoding: self.encoding, rows: self.rows, columns }
    }

    /// Why the table cannot be written at all.
    ///
    /// # Errors
    /// More fields or bytes than a table can have; letters that the encoding lacks.
    pub(in crate::io::formats) fn check(&self, plan: &Plan) -> Result<(), FormatError> {
        let refused = |said: Said| Err(FormatError::refused(said));
        let (fields, record) = (plan.columns.len(), plan.record());
        if fields > MOST_FIELDS || record > LONGEST_RECORD {
            let (fields, record) = (count(fields), count(record));
            return refused(Said::told(|lang| {
                tr!(lang, "format.dbase.too_many_fields", fields = fields, record = record).into_owned()
            }));
        }
        if plan.size() > TWO_GB {
            let size = count((plan.size() >> 20) as usize);
            return refused(Said::told(|lang| tr!(lang, "format.dbase.too_big", size = size).into_owned()));
        }
        for (field, seen) in self.fields.iter().zip(&self.seen) {
            if let Some((row, lacks)) = seen.lacks {
                let (name, encoding) = (&field.name, self.encoding.name());
                let said = Said::told(|lang| {
                    tr!(lang, "format.dbase.lacks", field = name, letter = lacks, encoding = encoding).into_owned()
                });
                return Err(FormatError::refused(said).at(FormatPlace::Row(row)));
            }
        }
        Ok(())
    }

    /// What will be lost or changed.
    pub(in crate::io::formats) fn losses(&self, plan: &Plan) -> Vec<Loss> {
        let mut losses = Vec::new();
        for ((field, seen), column) in self.fields.iter().zip(&self.seen).zip(&plan.columns) {
            let name = field.name.as_str();
            let mut say = |say: &dyn Fn(Lang) -> String| {
                losses.push(Loss { what: Said::told(say), field: Some(name.to_owned()) });
            };
            if column.name != name {
                let written = &column.name;
                say(&|lang| tr!(lang, "format.dbase.loss_name", field = name, written = written).into_owned());
            }
            let is_text = column.kind == Type::Text;
            if is_text && !matches!(field.kind, FieldKind::Text) {
                let reason = if matches!(field.kind, FieldKind::Integer | FieldKind::Decimal | FieldKind::Real) {
                    |lang: Lang, name: &str| tr!(lang, "format.dbase.loss_digits", field = name).into_owned()
                } else {
                    |lang: Lang, name: &str| tr!(lang, "format.dbase.loss_type", field = name).into_owned()
                };
                say(&|lang| reason(lang, name));
            }
            if field.kind == FieldKind::Decimal && matches!(column.kind, Type::Number) && column.decimals > 0 {
                say(&|lang| tr!(lang, "format.dbase.loss_decimal", field = name).into_owned());
            }
            if is_text && seen.too_long > 0 {
                let n = count(seen.too_long as usize);
                say(&|lang| tr!(lang, "format.dbase.loss_long", field = name, n = n).into_owned());
            }
            if is_text && seen.empty > 0 {
                let n = count(seen.empty as usize);
                say(&|lang| tr!(lang, "format.dbase.loss_empty", field = name, n = n).into_owned());
            }
            if is_text && seen.trimmed > 0 {
                let n = count(seen.trimmed as usize);
                say(&|lang| tr!(lang, "format.dbase.loss_spaces", field = name, n = n).into_owned());
            }
            if let Some((_, lacks)) = seen.lacks {
                let (n, encoding) = (count(seen.lacking as usize), self.encoding.name());
                say(&|lang| {
                    tr!(lang, "format.dbase.loss_lacks", field = name, n = n, letter = lacks, encoding = encoding)
                        .into_owned()
                });
            }
        }
        if plan.columns.len() > ESRI_FIELDS {
            let n = count(plan.columns.len());
            losses.push(Loss {
                what: Said::told(|lang| tr!(lang, "format.dbase.loss_fields", n = n).into_owned()),
                field: None,
            });
        }
        if plan.columns.is_empty() {
            losses.push(Loss {
                what: Said::told(|lang| tr!(lang, "format.dbase.loss_no_field").into_owned()),
                field: None,
            });
        }
        if let Err(FormatError::Refused { said, .. }) = self.check(plan)
            && self.seen.iter().all(|seen| seen.lacks.is_none())
        {
            losses.push(Loss { what: said, field: None });
        }
        losses
    }
}

/// The type, width and decimals of a field: those of its kind where all values fit, else text.
fn column(field: &Field, seen: &Seen, name: String) -> Column {
    let numbers = seen.integers + seen.decimals + seen.reals;
    let all = numbers + seen.bools + seen.dates + seen.texts + seen.others;
    let kind = match all {
        0 => field.kind,
        _ if seen.bools == all => FieldKind::Bool,
        _ if seen.dates == all => FieldKind::Date,
        _ if seen.reals > 0 && numbers == all => FieldKind::Real,
        _ if seen.decimals > 0 && numbers == all => FieldKind::Decimal,
        _ if seen.integers == all => FieldKind::Integer,
        _ => FieldKind::Text,
    };
    let width = field.width.map(|width| width as usize);
    let length = seen.number_length;
    let text = |width: usize| (Type::Text, width.clamp(1, TEXT_BYTES), 0);
    let (kind, width, decimals) = match kind {
        FieldKind::Bool => (Type::Bool, 1, 0),
        FieldKind::Date => (Type::Date, 8, 0),
        FieldKind::Integer | FieldKind::Decimal if length <= DIGITS && seen.fraction == 0 && !seen.has_exponent => {
            let usual = if length <= 9 { 9 } else { DIGITS };
            (Type::Number, width.filter(|width| *width <= DIGITS).unwrap_or(usual).max(length), 0)
        }
        FieldKind::Decimal if length <= DIGITS + 2 && (1..=15).contains(&seen.fraction) && !seen.has_exponent => {
            let decimals = seen.fraction.max(field.decimals.map_or(0, |decimals| decimals.min(15) as usize));
            let width = width.filter(|width| *width <= DIGITS + 2).unwrap_or(DIGITS).max(length);
            (Type::Number, width.max(decimals + 2), decimals)
        }
        FieldKind::Real => {
            let decimals = seen.fraction.max(field.decimals.map_or(1, |decimals| decimals as usize)).clamp(1, 15);
            let width = width.filter(|width| *width <= REAL_WIDTH).unwrap_or(19).max(length);
            (Type::Number, width.max(decimals + 2).min(REAL_WIDTH), decimals)
        }
        _ => text(
            width
                .filter(|width| *width <= TEXT_BYTES && field.kind == FieldKind::Text)
                .unwrap_or(1)
                .max(seen.text_length),
        ),
    };
    Column { name, kind, width, decimals }
}
