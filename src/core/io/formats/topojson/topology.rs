//! A topology: its arcs as positions, its objects as layers.

use super::json::{Json, Kind};
use crate::i18n::{Said, tr};
use crate::io::formats::FormatError;

/// An object of the topology, or several that have no name.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Its name.
    pub name: String,
    /// Where the geometries of its rows stand.
    pub rows: Rows,
}

/// Where rows stand in the text.
#[derive(Clone, Debug, PartialEq)]
pub enum Rows {
    /// A list of geometries, at this byte.
    List(usize),
    /// Geometries by themselves, each at a byte.
    Each(Vec<usize>),
}

/// A topology.
#[derive(Debug, Default)]
pub struct Topology {
    /// Scale and translation of quantised positions.
    pub transform: Option<[[f64; 2]; 2]>,
    /// Positions of all arcs.
    pub xy: Vec<[f64; 2]>,
    /// Heights, where there are any.
    pub z: Vec<f64>,
    /// Ends of arcs in `xy`; `None` for one that cannot be read, which has no positions.
    pub arcs: Vec<Option<usize>>,
    /// Its objects in order.
    pub objects: Vec<Object>,
    /// The coordinate system, where the file names one.
    pub crs: Option<String>,
    /// Objects that are none.
    pub bad_objects: u64,
    /// True where commas stood before closing brackets.
    pub has_trailing_comma: bool,
}

impl Topology {
    /// Reads a topology. `stem` names objects that have no name.
    ///
    /// # Errors
    /// Where the text is malformed or no topology.
    pub fn of(text: &str, stem: &str) -> Result<Self, FormatError> {
        let mut topology = Self::default();
        let (mut is_topology, mut arcs, mut objects, mut transform) = (false, None, None, None);
        let mut json = Json::at(text, 0);
        json.object(|json, key| {
            let at = json.place();
            match key.as_ref() {
                "type" if json.kind()? == Kind::Text => {
                    is_topology = json.string()? == "Topology";
                    return Ok(());
                }
                "arcs" => arcs = Some(at),
                "objects" => objects = Some(at),
                "transform" => transform = Some(at),
                "crs" if json.kind()? == Kind::Object => {
                    topology.crs = crs(json)?;
                    return Ok(());
                }
                _ => {}
            }
            json.raw().map(|_| ())
        })?;
        json.finish()?;
        topology.has_trailing_comma = json.has_trailing_comma;
        let Some(objects) = objects.filter(|_| is_topology) else {
            return Err(FormatError::refused(Said::told(|lang| {
                tr!(lang, "format.topojson.not_topology").into_owned()
            })));
        };
        if let Some(at) = transform {
            topology.transform = read_transform(&mut Json::at(text, at))?;
        }
        if let Some(at) = arcs {
            topology.read_arcs(&mut Json::at(text, at))?;
        }
        topology.read_objects(text, objects, stem)?;
        Ok(topology)
    }

    fn read_arcs(&mut self, json: &mut Json<'_>) -> Result<(), FormatError> {
        if json.kind()? != Kind::Array {
            return json.raw().map(|_| ());
        }
        json.array(|json| {
            let from = self.xy.len();
            if json.kind()? != Kind::Array {
                self.arcs.push(None);
                return json.raw().map(|_| ());
            }
            let mut is_good = true;
            let mut sum = [0.0; 2];
            json.array(|json| {
                let Some([x, y, z]) = position(json)? else {
                    is_good = false;
                    return Ok(());
                };
                let xy = if self.transform.is_some() {
                    sum = [sum[0] + x, sum[1] + y];
                    self.unquantised(sum)
                } else {
                    [x, y]
                };
                is_good &= xy[0].is_finite() && xy[1].is_finite();
                if !z.is_nan() || !self.z.is_empty() {
                    self.z.resize(self.xy.len(), f64::NAN);
                    self.z.push(z);
                }
                self.xy.push(xy);
                Ok(())
            })?;
            if is_good {
                self.arcs.push(Some(self.xy.len()));
            } else {
                self.xy.truncate(from);
                self.z.truncate(from);
                self.arcs.push(None);
            }
            Ok(())
        })
    }

    /// A quantised position in coordinates of the file.
    pub fn unquantised(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        match self.transform {
            Some([scale, translate]) => [x * scale[0] + translate[0], y * scale[1] + translate[1]],
            None => [x, y],
        }
    }

    fn read_objects(&mut self, text: &str, at: usize, stem: &str) -> Result<(), FormatError> {
        let mut json = Json::at(text, at);
        let mut nameless = Vec::new();
        match json.kind()? {
            Kind::Object => json.object(|json, key| {
                let at = json.place();
                match rows_of(json)? {
                    Some((rows, _)) => {
                        let rows = rows.unwrap_or_else(|| Rows::Each(vec![at]));
                        self.objects.push(Object { name: key.into_owned(), rows });
                    }
                    None => self.bad_objects += 1,
                }
                Ok(())
            })?,
            // Not TopoJSON, but written: a list of objects without names.
            Kind::Array => json.array(|json| {
                let at = json.place();
                match rows_of(json)? {
                    Some((Some(rows), id)) => {
                        let name = id.unwrap_or_else(|| format!("objects[{}]", self.objects.len()));
                        self.objects.push(Object { name, rows });
                    }
                    Some((None, _)) => nameless.push(at),
                    None => self.bad_objects += 1,
                }
                Ok(())
            })?,
            _ => self.bad_objects += 1,
        }
        if !nameless.is_empty() {
            self.objects.push(Object { name: stem.to_owned(), rows: Rows::Each(nameless) });
        }
        // Names may repeat where a writer did not look.
        let mut taken = std::collections::HashMap::<String, usize>::new();
        for object in &mut self.objects {
            let first = object.name.clone();
            let mut count = taken.get(&first).copied().unwrap_or(0);
            while count > 0 {
                count += 1;
                object.name = format!("{first} ({count})");
                if !taken.contains_key(&object.name) {
                    taken.insert(first.clone(), count);
                    break;
                }
            }
            taken.insert(object.name.clone(), 1);
        }
        Ok(())
    }
}

/// Whether an object is a collection (its list and its id) or a geometry; `None` where it is neither.
fn rows_of(json: &mut Json<'_>) -> Result<Option<(Option<Rows>, Option<String>)>, FormatError> {
    if json.kind()? != Kind::Object {
        json.raw()?;
        return Ok(None);
    }
    let (mut kind, mut list, mut id) = (None, None, None);
    json.object(|json, key| {
        let at = json.place();
        match (key.as_ref(), json.kind()?) {
            ("type", Kind::Text) => kind = Some(json.string()?.into_owned()),
            ("type", Kind::Null) => {
                json.raw()?;
                kind = Some(String::new());
            }
            ("id", Kind::Text) => id = Some(json.string()?.into_owned()),
            ("geometries", Kind::Array) => {
                list = Some(at);
                json.raw()?;
            }
            _ => {
                json.raw()?;
            }
        }
        Ok(())
    })?;
    Ok(match kind.as_deref() {
        Some("GeometryCollection") => list.map(|list| (Some(Rows::List(list)), id)),
        Some(_) => Some((None, id)),
        None => None,
    })
}

fn read_transform(json: &mut Json<'_>) -> Result<Option<[[f64; 2]; 2]>, FormatError> {
    let refused = || FormatError::refused(Said::told(|lang| tr!(lang, "format.topojson.bad_transform").into_owned()));
    match json.kind()? {
        Kind::Null => return Ok(None),
        Kind::Object => {}
        _ => return Err(refused()),
    }
    let (mut scale, mut translate) = (None, None);
    json.object(|json, key| {
        let slot = match key.as_ref() {
            "scale" => &mut scale,
            "translate" => &mut translate,
            _ => return json.raw().map(|_| ()),
        };
        *slot = position(json)?.map(|[x, y, _]| [x, y]);
        Ok(())
    })?;
    match (scale, translate) {
        (Some(scale), Some(translate)) => Ok(Some([scale, translate])),
        _ => Err(refused()),
    }
}

/// A position: two numbers or more; the third, if any, is a height, else NaN. `None` where it is none.
pub fn position(json: &mut Json<'_>) -> Result<Option<[f64; 3]>, FormatError> {
    if json.kind()? != Kind::Array {
        json.raw()?;
        return Ok(None);
    }
    let mut numbers = [f64::NAN; 3];
    let mut count = 0;
    let mut is_good = true;
    json.array(|json| {
        if json.kind()? == Kind::Number {
            let value = json.number()?.parse().unwrap_or(f64::NAN);
            is_good &= value.is_finite();
            if let Some(slot) = numbers.get_mut(count) {
                *slot = value;
            }
        } else {
            json.raw()?;
            is_good = false;
        }
        count += 1;
        Ok(())
    })?;
    Ok((is_good && count >= 2).then_some(numbers))
}

/// The system of a `crs` member as GeoJSON of 2008 has it.
fn crs(json: &mut Json<'_>) -> Result<Option<String>, FormatError> {
    let mut name = None;
    json.object(|json, key| {
        if key != "properties" || json.kind()? != Kind::Object {
            return json.raw().map(|_| ());
        }
        json.object(|json, key| {
            if key == "name" && json.kind()? == Kind::Text {
                name = Some(json.string()?.into_owned());
                return Ok(());
            }
            json.raw().map(|_| ())
        })
    })?;
    Ok(name.and_then(|name| {
        let code = name.rsplit(':').next().unwrap_or_default();
        match code {
            "CRS84" | "84" => Some("EPSG:4326".to_owned()),
            _ if name.to_ascii_uppercase().contains("EPSG")
                && !code.is_empty()
                && code.bytes().all(|b| b.is_ascii_digit()) =>
            {
                Some(format!("EPSG:{code}"))
            }
            _ => None,
        }
    }))
}
