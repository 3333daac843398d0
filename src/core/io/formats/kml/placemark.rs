//! A placemark: its texts, its times, its fields, its geometry.

use super::balloon;
use super::flat::Flat;
use super::notes::Trouble;
use super::schemas::Schemas;
use crate::io::formats::FormatError;
use crate::io::formats::xml::{Declared, LONGEST_TEXT, Xml};

/// Columns that every KML may have, in the order in which they stand.
pub const STANDARD: [(&str, Declared); 9] = [
    ("id", Declared::Text),
    ("name", Declared::Text),
    ("description", Declared::Text),
    ("Snippet", Declared::Text),
    ("address", Declared::Text),
    ("phoneNumber", Declared::Text),
    ("timestamp", Declared::Time),
    ("begin", Declared::Time),
    ("end", Declared::Time),
];

const ID: usize = 0;
const NAME: usize = 1;
const DESCRIPTION: usize = 2;
const SNIPPET: usize = 3;
const ADDRESS: usize = 4;
const PHONE: usize = 5;
const TIMESTAMP: usize = 6;
const BEGIN: usize = 7;
const END: usize = 8;

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// One of [`STANDARD`].
    Standard(usize),
    /// `ExtendedData`, or a schema's own element.
    Data,
    /// A table in the description.
    Balloon,
}

/// A value of a placemark.
#[derive(Debug)]
pub struct Pair {
    /// Where it comes from.
    pub from: From,
    /// The field's name; empty for a standard one.
    pub name: String,
    /// The value as text.
    pub value: String,
    /// True where it is null.
    pub is_null: bool,
    /// What the file says of the field.
    pub declared: Declared,
    /// The field's title; empty where it has none.
    pub title: String,
}

/// Whether positions are wanted, or only what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// The kinds of geometries.
    Kinds,
    /// Everything.
    All,
}

/// A placemark as it is read. Used for many: its room is kept.
#[derive(Debug, Default)]
pub struct Row {
    pairs: Vec<Pair>,
    used: usize,
    /// The geometry.
    pub flat: Flat,
    /// Schemas that its data refer to.
    pub schemas: Vec<usize>,
    /// What was doubtful, each kind once.
    pub troubles: Vec<Trouble>,
    /// True where heights are not above sea level.
    pub is_relative: bool,
    geometries: usize,
    pub(super) text: String,
    key: String,
}

impl Row {
    /// Its values.
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs[..self.used]
    }

    /// Reads a placemark that was just opened. `own_schema` is that of an element that stands for `Placemark`.
    ///
    /// # Errors
    /// As [`Xml::child`].
    pub fn read(
        &mut self,
        xml: &mut Xml,
        schemas: &Schemas,
        own_schema: Option<usize>,
        want: Want,
    ) -> Result<(), FormatError> {
        self.used = 0;
        self.flat.reset();
        self.schemas.clear();
        self.troubles.clear();
        (self.is_relative, self.geometries) = (false, 0);
        self.schemas.extend(own_schema);
        let mut id = std::mem::take(&mut self.text);
        if xml.attribute("id", &mut id)? {
            self.pair(From::Standard(ID)).value.push_str(&id);
        }
        self.text = id;
        while xml.child()? {
            match xml.name() {
                "name" => self.standard(xml, NAME)?,
                "description" => self.description(xml)?,
                "Snippet" | "snippet" => self.standard(xml, SNIPPET)?,
                "address" => self.standard(xml, ADDRESS)?,
                "phoneNumber" => self.standard(xml, PHONE)?,
                "TimeStamp" | "TimeSpan" | "TimeInstant" | "TimePeriod" | "TimePrimitive" => self.times(xml)?,
                "ExtendedData" => self.extended_data(xml, schemas)?,
                "styleUrl" | "Style" | "StyleMap" | "StyleBlinker" | "visibility" | "open" | "author" | "link"
                | "LookAt" | "Camera" | "View" | "Region" | "balloonVisibility" | "Metadata" | "AddressDetails"
                | "refreshInterval" | "drawOrder" | "abstractView" | "rank" => xml.skip()?,
                _ => {
                    if !self.own_field(xml, schemas, own_schema)? && self.geometry(xml, want)? {
                        self.geometries += 1;
                    }
                }
            }
        }
        if self.geometries > 1 {
            self.flat.set_multi();
            self.trouble(Trouble::SeveralGeometries);
        }
        if self.flat.is_out_of_range {
            self.trouble(Trouble::OutOfRange);
        }
        if want == Want::All && self.geometries > 0 && self.flat.positions() == 0 {
            self.trouble(Trouble::Empty);
        }
        Ok(())
    }

    /// Notes a doubt, each kind once.
    pub(super) fn trouble(&mut self, trouble: Trouble) {
        let kind = std::mem::discriminant(&trouble);
        if self.troubles.iter().all(|before| std::mem::discriminant(before) != kind) {
            self.troubles.push(trouble);
        }
    }

    fn pair(&mut self, from: From) -> &mut Pair {
        if self.used == self.pairs.len() {
            let (name, value, title) = (String::new(), String::new(), String::new());
            self.pairs.push(Pair { from, name, value, is_null: false, declared: Declared::Text, title });
        }
        let pair = &mut self.pairs[self.used];
        self.used += 1;
        pair.from = from;
        (pair.is_null, pair.declared) = (false, Declared::Text);
        pair.name.clear();
        pair.value.clear();
        pair.title.clear();
        pair
    }

    fn standard(&mut self, xml: &mut Xml, at: usize) -> Result<(), FormatError> {
        let mut text = std::mem::take(&mut self.text);
        xml.text(&mut text, LONGEST_TEXT)?;
        let value = text.trim();
        // ArcGIS writes an empty snippet so that Google Earth shows none.
        if at != SNIPPET || !value.is_empty() {
            self.set_standard(at, value);
        }
        self.text = text;
        Ok(())
    }

    fn set_standard(&mut self, at: usize, value: &str) {
        if self.pairs().iter().any(|pair| pair.from == From::Standard(at)) {
            self.trouble(Trouble::Repeated(STANDARD[at].0.to_owned()));
        } else {
            self.pair(From::Standard(at)).value.push_str(value);
        }
    }

    fn description(&mut self, xml: &mut Xml) -> Result<(), FormatError> {
        let mut text = std::mem::take(&mut self.text);
        xml.text(&mut text, LONGEST_TEXT)?;
        self.set_standard(DESCRIPTION, &text);
        if text.contains("<t") || text.contains("<T") {
            balloon::fields(&text, |name, value| {
                let pair = self.pair(From::Balloon);
                pair.name.push_str(name);
                pair.is_null = value.is_none();
                pair.value.push_str(value.unwrap_or_default());
            });
        }
        self.text = text;
        Ok(())
    }

    fn times(&mut self, xml: &mut Xml) -> Result<(), FormatError> {
        while xml.child()? {
            match xml.name() {
                "when" | "timePosition" => self.standard(xml, TIMESTAMP)?,
                "begin" => self.standard(xml, BEGIN)?,
                "end" => self.standard(xml, END)?,
                // KML 2.0: a point of time within.
                "TimeInstant" => self.times(xml)?,
                _ => xml.skip()?,
            }
        }
        Ok(())
    }

    /// A child element that the schema of a derived placemark names.
    fn own_field(&mut self, xml: &mut Xml, schemas: &Schemas, own: Option<usize>) -> Result<bool, FormatError> {
        let field = own.and_then(|at| schemas.get(at)).and_then(|schema| schema.field(xml.name()));
        let Some(field) = field else { return Ok(false) };
        let pair = self.pair(From::Data);
        pair.name.push_str(&field.name);
        pair.title.push_str(&field.title);
        pair.declared = field.declared;
        xml.text(&mut pair.value, LONGEST_TEXT)?;
        Ok(true)
    }

    fn extended_data(&mut self, xml: &mut Xml, schemas: &Schemas) -> Result<(), FormatError> {
        while xml.child()? {
            match xml.name() {
                "Data" => {
                    let pair = self.pair(From::Data);
                    xml.attribute("name", &mut pair.name)?;
                    let mut has_value = false;
                    while xml.child()? {
                        match xml.name() {
                            "value" if !has_value => {
                                xml.text(&mut pair.value, LONGEST_TEXT)?;
                                has_value = true;
                            }
                            "displayName" => xml.text(&mut pair.title, LONGEST_TEXT)?,
                            _ => xml.skip()?,
                        }
                    }
                    pair.is_null = !has_value;
                }
                "SchemaData" => self.schema_data(xml, schemas)?,
                // Elements of any other vocabulary.
                _ => {
                    let pair = self.pair(From::Data);
                    pair.name.push_str(xml.name());
                    xml.text(&mut pair.value, LONGEST_TEXT)?;
                }
            }
        }
        Ok(())
    }

    fn schema_data(&mut self, xml: &mut Xml, schemas: &Schemas) -> Result<(), FormatError> {
        let mut url = std::mem::take(&mut self.key);
        xml.attribute("schemaUrl", &mut url)?;
        let at = schemas.find(&url);
        self.key = url;
        self.schemas.extend(at);
        let schema = at.and_then(|at| schemas.get(at));
        while xml.child()? {
            match xml.name() {
                "SimpleData" => {
                    let pair = self.pair(From::Data);
                    xml.attribute("name", &mut pair.name)?;
                    if let Some(field) = schema.and_then(|schema| schema.field(&pair.name)) {
                        pair.declared = field.declared;
                        pair.title.push_str(&field.title);
                    }
                    xml.text(&mut pair.value, LONGEST_TEXT)?;
                }
                "SimpleArrayData" => {
                    self.trouble(Trouble::TrackValues);
                    xml.skip()?;
                }
                _ => {
                    self.trouble(Trouble::Unknown(xml.name().to_owned()));
                    xml.skip()?;
                }
            }
        }
        Ok(())
    }

    /// Widens the placemark's time to a time of a track: the first is the beginning, the last the end.
    pub(super) fn span(&mut self, when: &str) {
        if self.pairs().iter().all(|pair| pair.from != From::Standard(BEGIN)) {
            self.pair(From::Standard(BEGIN)).value.push_str(when);
        }
        let used = self.used;
        match self.pairs[..used].iter_mut().find(|pair| pair.from == From::Standard(END)) {
            Some(pair) => {
                pair.value.clear();
                pair.value.push_str(when);
            }
            None => self.pair(From::Standard(END)).value.push_str(when),
        }
    }
}
