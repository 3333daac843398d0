//! `Schema` elements: what a KML file says of its fields.

use crate::io::formats::FormatError;
use crate::io::formats::xml::{Declared, LONGEST_TEXT, Xml};
use std::collections::HashMap;

/// A declared field.
#[derive(Clone, Debug)]
pub struct SchemaField {
    /// Its name.
    pub name: String,
    /// Its title for people; empty where it has none.
    pub title: String,
    /// What its values are.
    pub declared: Declared,
}

/// A schema: its fields in order.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// Fields in order.
    pub fields: Vec<SchemaField>,
    by_name: HashMap<String, usize>,
}

impl Schema {
    /// A field by its name.
    pub fn field(&self, name: &str) -> Option<&SchemaField> {
        self.by_name.get(name).and_then(|at| self.fields.get(*at))
    }
}

/// All schemas of a file.
#[derive(Debug, Default)]
pub struct Schemas {
    all: Vec<Schema>,
    by_id: HashMap<String, usize>,
    /// Names of elements that stand for `Placemark`, as KML 2.0 and 2.1 let a schema define (`parent="Placemark"`).
    elements: HashMap<String, usize>,
}

impl Schemas {
    /// The place of a schema by its URL (`#parcels`); a URL of another file is told by its fragment too.
    pub fn find(&self, url: &str) -> Option<usize> {
        let id = url.rsplit('#').next().unwrap_or(url);
        self.by_id.get(id).copied()
    }

    /// A schema by its place.
    pub fn get(&self, at: usize) -> Option<&Schema> {
        self.all.get(at)
    }

    /// The schema whose name stands for `Placemark`.
    pub fn of_element(&self, name: &str) -> Option<usize> {
        self.elements.get(name).copied()
    }

    /// Reads a `Schema` element that was just opened.
    ///
    /// # Errors
    /// As [`Xml::child`].
    pub fn read(&mut self, xml: &mut Xml) -> Result<(), FormatError> {
        let (mut id, mut name, mut parent) = (String::new(), String::new(), String::new());
        xml.attribute("id", &mut id)?;
        xml.attribute("name", &mut name)?;
        xml.attribute("parent", &mut parent)?;
        let mut schema = Schema::default();
        let mut declared = String::new();
        while xml.child()? {
            match xml.name() {
                "SimpleField" | "SimpleArrayField" => {
                    let mut field = SchemaField { name: String::new(), title: String::new(), declared: Declared::Text };
                    xml.attribute("type", &mut declared)?;
                    let has_name = xml.attribute("name", &mut field.name)?;
                    let kind = declared.trim().rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
                    field.declared = match kind.as_str() {
                        "int" | "uint" | "short" | "ushort" | "long" | "integer" => Declared::Integer,
                        "float" | "double" => Declared::Real,
                        "bool" | "boolean" => Declared::Bool,
                        _ => Declared::Text,
                    };
                    while xml.child()? {
                        if xml.name() == "displayName" {
                            xml.text(&mut field.title, LONGEST_TEXT)?;
                        } else {
                            xml.skip()?;
                        }
                    }
                    if has_name && !schema.by_name.contains_key(&field.name) {
                        schema.by_name.insert(field.name.clone(), schema.fields.len());
                        schema.fields.push(field);
                    }
                }
                "parent" => xml.text(&mut parent, LONGEST_TEXT)?,
                _ => xml.skip()?,
            }
        }
        let at = self.all.len();
        if parent.trim() == "Placemark" && !name.is_empty() {
            self.elements.entry(name.clone()).or_insert(at);
        }
        // Some writers refer to the name.
        for key in [id, name] {
            if !key.is_empty() {
                self.by_id.entry(key).or_insert(at);
            }
        }
        self.all.push(schema);
        Ok(())
    }
}
