//! What a DXF file does not keep of a layer.

use super::write::{MOST_XDATA, Roles, Value, each_simple};
use crate::i18n::{Lang, Said, count, tr};
use crate::io::formats::{Date, DateTime, FieldKind, Loss, RawGeometry, RawKind, RowSource, Time};
use crate::model::GeometryKind;
use std::collections::BTreeMap;

/// Tells all losses, by one pass over the rows.
pub(super) fn losses(rows: &dyn RowSource) -> Vec<Loss> {
    let schema = rows.schema();
    let mut all = Vec::new();
    let mut add = |field: Option<&str>, say: &dyn Fn(Lang) -> String| {
        all.push(Loss { what: Said::told(say), field: field.map(str::to_owned) });
    };
    add(None, &|lang| tr!(lang, "format.cad.loss.crs").into_owned());
    if is_geographic(rows) {
        add(None, &|lang| tr!(lang, "format.cad.loss.degrees").into_owned());
    }
    if !schema.fields.is_empty() {
        add(None, &|lang| tr!(lang, "format.cad.loss.fields").into_owned());
    }
    let seen = look(rows);
    for (index, field) in schema.fields.iter().enumerate() {
        let is_text = matches!(
            field.kind,
            FieldKind::Bool
                | FieldKind::Decimal
                | FieldKind::Date
                | FieldKind::Time
                | FieldKind::DateTime
                | FieldKind::Json
        );
        if is_text || seen.long_integers.contains(&index) {
            add(Some(&field.name), &|lang| tr!(lang, "format.cad.loss.as_text", field = field.name).into_owned());
        }
        if field.domain.is_some() {
            add(Some(&field.name), &|lang| tr!(lang, "format.cad.loss.domain", field = field.name).into_owned());
        }
    }
    let numbers: [(&str, usize); 7] = [
        ("null", seen.without),
        ("split", seen.split),
        ("hatch", seen.hatches),
        ("measure", seen.measured),
        ("height", seen.uneven),
        ("long", seen.long),
        ("deep", seen.deep),
    ];
    for (what, number) in numbers.into_iter().filter(|(_, number)| *number > 0) {
        let n = count(number);
        add(None, &|lang| {
            match what {
                "null" => tr!(lang, "format.cad.loss.null", n = n),
                "split" => tr!(lang, "format.cad.loss.split", n = n),
                "hatch" => tr!(lang, "format.cad.loss.hatch", n = n),
                "measure" => tr!(lang, "format.cad.loss.measure", n = n),
                "height" => tr!(lang, "format.cad.loss.height", n = n),
                "long" => tr!(lang, "format.cad.loss.long", n = n),
                _ => tr!(lang, "format.cad.loss.deep", n = n),
            }
            .into_owned()
        });
    }
    for (from, to) in &seen.renamed {
        add(None, &|lang| tr!(lang, "format.cad.loss.layer", from = from, to = to).into_owned());
    }
    all
}

/// True where coordinates are degrees.
pub(super) fn is_geographic(rows: &dyn RowSource) -> bool {
    let (definition, _) = rows.crs_definition();
    definition.is_some_and(|text| {
        let text = text.trim_start().to_ascii_uppercase();
        ["GEOGCS", "GEODCRS", "GEOGCRS", "GEODETICCRS", "GEOGRAPHICCRS"].iter().any(|word| text.starts_with(word))
    })
}

#[derive(Debug, Default)]
struct Seen {
    without: usize,
    split: usize,
    hatches: usize,
    measured: usize,
    uneven: usize,
    long: usize,
    deep: usize,
    long_integers: std::collections::BTreeSet<usize>,
    renamed: BTreeMap<String, String>,
}

fn look(rows: &dyn RowSource) -> Seen {
    let schema = rows.schema();
    let roles = Roles::of(schema);
    let mut seen = Seen::default();
    // A row that cannot be read back is told when it is written.
    let _ = rows.each(&mut |cells, geometry| {
        let mut size = 0;
        for (index, (field, cell)) in schema.fields.iter().zip(cells).enumerate() {
            let Some(value) = Value::of(cell) else { continue };
            size += value.size(&field.name);
            if matches!((&value, field.kind), (Value::Text(_), FieldKind::Integer)) {
                seen.long_integers.insert(index);
            }
        }
        seen.long += usize::from(size > MOST_XDATA);
        if let Some((from, to)) = roles.renamed(cells, schema)
            && seen.renamed.len() < 50
        {
            seen.renamed.insert(from, to);
        }
        match geometry {
            Some(geometry) if !geometry.is_empty() => {
                let mut reached = false;
                each_simple(geometry, &mut |geometry| {
                    reached = true;
                    seen.geometry(geometry);
                });
                seen.deep += usize::from(!reached);
            }
            _ => seen.without += 1,
        }
        Ok(())
    });
    seen
}

impl Seen {
    fn geometry(&mut self, geometry: &RawGeometry) {
        let RawKind::Simple(kind) = geometry.kind else { return };
        self.measured += usize::from(!geometry.m.is_empty());
        let paths = geometry.path_ends.len();
        match kind {
            GeometryKind::Polygon | GeometryKind::MultiPolygon if paths > 1 => {
                self.hatches += 1;
                let is_uneven = geometry.z.iter().any(|z| geometry.z.first() != Some(z));
                self.uneven += usize::from(is_uneven);
            }
            GeometryKind::MultiPoint if geometry.xy.len() > 1 => self.split += 1,
            GeometryKind::MultiLineString if paths > 1 => self.split += 1,
            _ => {}
        }
    }
}

/// A name as layers may have it: no `< > / \ " : ; ? * | , = backquote`, at most 255 characters.
pub(super) fn layer_name(name: &str) -> String {
    let is_bad = |c: char| c.is_control() || "<>/\\\":;?*|,=`".contains(c);
    let name: String = name.trim().chars().map(|c| if is_bad(c) { '_' } else { c }).take(255).collect();
    if name.is_empty() { "0".to_owned() } else { name }
}

/// `2026-11-29`.
pub(super) fn date(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
}

/// `08:05:00.25`.
pub(super) fn time(time: Time) -> String {
    let whole = format!("{:02}:{:02}:{:02}", time.hour, time.minute, time.second);
    match time.nanosecond {
        0 => whole,
        fraction => format!("{whole}.{}", format!("{fraction:09}").trim_end_matches('0')),
    }
}

/// `2026-11-29T08:05:00+08:00`.
pub(super) fn moment(moment: DateTime) -> String {
    let offset = match moment.offset_minutes {
        None => String::new(),
        Some(0) => "Z".to_owned(),
        Some(minutes) => {
            let sign = if minutes < 0 { '-' } else { '+' };
            format!("{sign}{:02}:{:02}", minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60)
        }
    };
    format!("{}T{}{offset}", date(moment.date), time(moment.time))
}
