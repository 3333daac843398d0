//! Writes 拐点坐标: GB 18030, X (north) first, a ring's number a ring, the first point again at its end.

use super::{BoundaryPoints, FIELDS};
use crate::i18n::{Said, tr};
use crate::io::formats::positions::{Datum, ZoneWidth};
use crate::io::formats::tabular::shown;
use crate::io::formats::{FormatError, Loss, Output, RawGeometry, RawKind, RowSource, WriteFormat};
use crate::model::GeometryKind;
use crate::progress::Progress;
use std::fmt::Write as _;
use std::io::Write as _;

/// A system of the description: the datum's name, degrees of a zone, the zone, whether eastings carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct System {
    name: &'static str,
    width: u32,
    zone: u32,
}

/// The Gauss–Krüger zone of an EPSG number.
fn system(epsg: u32) -> Option<System> {
    for (datum, name) in [
        (Datum::Cgcs2000, "2000国家大地坐标系"),
        (Datum::Xian80, "80国家大地坐标系"),
        (Datum::Beijing54, "54北京坐标系"),
    ] {
        for (width, zones, degrees) in [(ZoneWidth::Three, 25..=45, 3), (ZoneWidth::Six, 13..=23, 6)] {
            let is_it = |zone: &u32| {
                datum.zone(width, *zone) == Some(epsg) || datum.meridian(width, width.meridian(*zone)) == Some(epsg)
            };
            if let Some(zone) = zones.into_iter().find(is_it) {
                return Some(System { name, width: degrees, zone });
            }
        }
    }
    None
}

/// The area of a geometry in square metres of its plane.
fn plane_area(geometry: &RawGeometry) -> f64 {
    let mut all = 0.0;
    for paths in geometry.parts() {
        for (n, range) in paths.into_iter().enumerate() {
            let xy = &geometry.xy[range];
            let Some(origin) = xy.first() else { continue };
            let cross = |[a, b]: [[f64; 2]; 2]| {
                (a[0] - origin[0]) * (b[1] - origin[1]) - (b[0] - origin[0]) * (a[1] - origin[1])
            };
            let area = xy.windows(2).map(|pair| cross([pair[0], pair[1]])).sum::<f64>().abs() / 2.0;
            all += if n == 0 { area } else { -area };
        }
    }
    all
}

/// A text that can stand between commas.
fn fit(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            ',' => '，',
            '@' => '＠',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect()
}

fn word(kind: RawKind) -> Option<&'static str> {
    match kind {
        RawKind::Simple(GeometryKind::Point | GeometryKind::MultiPoint) => Some("点"),
        RawKind::Simple(GeometryKind::LineString | GeometryKind::MultiLineString) => Some("线"),
        RawKind::Simple(GeometryKind::Polygon | GeometryKind::MultiPolygon) => Some("面"),
        RawKind::Collection => None,
    }
}

/// Which field of the rows is each cell of a parcel's line.
fn columns(rows: &dyn RowSource) -> [Option<usize>; 8] {
    const OTHERS: [(usize, &str); 6] = [(2, "编号"), (2, "DKBH"), (3, "名称"), (3, "DKMC"), (6, "用途"), (7, "DLBM")];
    let fields = &rows.schema().fields;
    let at = |name: &str| fields.iter().position(|field| field.name.eq_ignore_ascii_case(name));
    std::array::from_fn(|cell| {
        at(FIELDS[cell].0).or_else(|| OTHERS.iter().filter(|(of, _)| *of == cell).find_map(|(_, name)| at(name)))
    })
}

impl WriteFormat for BoundaryPoints {
    fn losses(&self, rows: &dyn RowSource) -> Vec<Loss> {
        let mut losses = Vec::new();
        let columns = columns(rows);
        for (n, field) in rows.schema().fields.iter().enumerate() {
            if !columns.contains(&Some(n)) {
                let said = Said::told(|lang| tr!(lang, "format.points.no_field", name = field.name).into_owned());
                losses.push(Loss { what: said, field: Some(field.name.clone()) });
            }
        }
        let (mut without, mut heights, mut marks) = (0_usize, 0_usize, 0_usize);
        let _ = rows.each(&mut |cells, geometry| {
            match geometry {
                Some(geometry) if word(geometry.kind).is_some() && !geometry.is_empty() => {
                    heights += usize::from(!geometry.z.is_empty() || !geometry.m.is_empty());
                }
                _ => without += 1,
            }
            let texts = columns.iter().flatten().filter_map(|column| cells.get(*column)).filter_map(shown);
            marks += texts.filter(|text| fit(text) != *text).count();
            Ok(())
        });
        let mut lose = |said| losses.push(Loss { what: said, field: None });
        lose(Said::told(|lang| tr!(lang, "format.points.millimetres").into_owned()));
        if without > 0 {
            lose(Said::told(|lang| tr!(lang, "format.points.without", n = without).into_owned()));
        }
        if heights > 0 {
            lose(Said::told(|lang| tr!(lang, "format.points.heights", n = heights).into_owned()));
        }
        if marks > 0 {
            lose(Said::told(|lang| tr!(lang, "format.points.marks", n = marks).into_owned()));
        }
        if rows.crs_definition().1.and_then(system).is_none() {
            lose(Said::told(|lang| tr!(lang, "format.points.needs_plane").into_owned()));
        }
        losses
    }

    fn write(
        &self,
        rows: &dyn RowSource,
        name: &str,
        out: &mut dyn Output,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        progress.start(rows.len() as u64);
        let Some(system) = rows.crs_definition().1.and_then(system) else {
            return Err(FormatError::refused(Said::told(|lang| tr!(lang, "format.points.needs_plane").into_owned())));
        };
        let mut file = std::io::BufWriter::with_capacity(1 << 16, out.create(name)?);
        let mut text = format!(
            "[属性描述]\r\n格式版本号=1.01版本\r\n数据产生单位=\r\n数据产生日期=\r\n坐标系={}\r\n几度分带={}\r\n投影类型=高斯克吕格\r\n计量单位=米\r\n带号={}\r\n精度=0.001\r\n转换参数=,,,,,,\r\n[地块坐标]\r\n",
            system.name, system.width, system.zone
        );
        let columns = columns(rows);
        let mut number = 0_u64;
        rows.each(&mut |cells, geometry| {
            progress.advance(1)?;
            let Some((geometry, kind)) = geometry
                .filter(|geometry| !geometry.is_empty())
                .and_then(|geometry| word(geometry.kind).map(|word| (geometry, word)))
            else {
                return Ok(());
            };
            number += 1;
            let own = |cell: usize| {
                let value = columns[cell].and_then(|column| cells.get(column)).and_then(shown);
                fit(&value.unwrap_or_default())
            };
            let mut id = own(2);
            if id.is_empty() {
                id = number.to_string();
            }
            // Hectares.
            let area = if kind == "面" { format!("{:.4}", plane_area(geometry) / 10_000.0) } else { String::new() };
            let _ = write!(text, "{},{area},{id},{},{kind},{},{},", geometry.xy.len(), own(3), own(5), own(6));
            let code = own(7);
            text.push_str(&if code.is_empty() { "@\r\n".to_owned() } else { format!("{code},@\r\n") });
            let (mut ring, mut point) = (0, 0);
            for range in geometry.parts().flatten() {
                ring += if kind == "点" && ring > 0 { 0 } else { 1 };
                let first = point + 1;
                let last = range.end - 1;
                for at in range {
                    let [x, y] = geometry.xy[at];
                    let closes = kind == "面" && at == last;
                    point += u64::from(!closes);
                    let name = if closes { first } else { point };
                    let _ = write!(text, "J{name},{ring},{y:.3},{x:.3}\r\n");
                }
            }
            let (bytes, _, _) = encoding_rs::GB18030.encode(&text);
            file.write_all(&bytes)?;
            text.clear();
            Ok(())
        })?;
        let (bytes, _, _) = encoding_rs::GB18030.encode(&text);
        file.write_all(&bytes)?;
        Ok(file.flush()?)
    }
}
