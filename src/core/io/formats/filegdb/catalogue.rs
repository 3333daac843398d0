//! What tables a geodatabase has, and what its system tables say of them.

use super::super::{Cell, FormatError};
use super::crs::System;
use super::definition::{Definition, DomainDefinition, FieldDefinition, domains_of};
use super::files::{Files, table_file};
use super::offsets::Offsets;
use super::rows::Rows;
use super::table::Table;
use super::values::{self, Reading};
use super::xml::Element;
use std::collections::HashMap;

/// The tables of a geodatabase.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    /// Tables that people made, in the order of the catalogue.
    pub(super) entries: Vec<Entry>,
    /// Domains by their names in lower case.
    pub(super) domains: HashMap<String, DomainDefinition>,
    /// Coordinate systems of feature datasets by their paths in lower case.
    pub(super) datasets: HashMap<String, System>,
    /// True where the catalogue has no definitions of items at all.
    pub(super) has_no_items: bool,
}

/// A table of the catalogue.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) name: String,
    /// `a00000009.gdbtable`.
    pub(super) file: String,
    /// Its path, with the feature dataset it is in: `\规划\地块`; empty where unknown.
    pub(super) path: String,
    pub(super) definition: Option<Definition>,
    /// True where domains of its fields are kept in a way that is not read (geodatabases of 9.x).
    pub(super) has_old_domains: bool,
    pub(super) store: Store,
}

/// How a table is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Store {
    #[default]
    Rows,
    /// In a compressed file (`.cdf`).
    Compressed,
    /// It is a raster or mosaic dataset.
    Raster,
    /// Its file is not there.
    Missing,
}

const CATALOGUE_TABLE: u64 = 1;

impl Catalogue {
    /// Reads the catalogue. Definitions of items are read for the table `only` alone, where one is wanted.
    ///
    /// # Errors
    /// A refusal where a system table is damaged; what the system says.
    pub(super) fn read(files: &Files, only: Option<&str>) -> Result<Self, FormatError> {
        let mut catalogue = Self::default();
        let mut system: HashMap<String, String> = HashMap::new();
        let mut found: Vec<(String, u64)> = Vec::new();
        scan(files, &table_file(CATALOGUE_TABLE), &["Name"], |id, cells| {
            if let [Cell::Text(name)] = cells
                && let Ok(number) = u64::try_from(id)
            {
                if name.to_ascii_lowercase().starts_with("gdb_") {
                    system.insert(name.to_ascii_lowercase(), table_file(number));
                } else if !name.is_empty() {
                    found.push((name.to_string(), number));
                }
            }
        })?;
        let wanted = |name: &str| only.is_none_or(|only| only.eq_ignore_ascii_case(name));
        let has = |table: &str| system.get(table).filter(|file| files.has(file));
        let mut definitions: HashMap<String, (String, Definition)> = HashMap::new();
        let mut old_domains: Vec<String> = Vec::new();
        if let Some(items) = has("gdb_items") {
            scan(files, items, &["Name", "Path", "Definition"], |_, cells| {
                catalogue.item(cells, &wanted, &mut definitions);
            })?;
        } else if let Some(classes) = has("gdb_objectclasses") {
            let fields = has("gdb_fieldinfo").map(String::as_str);
            let subtypes = has("gdb_subtypes").map(String::as_str);
            definitions = old_definitions(files, classes, fields, subtypes, &mut old_domains)?;
        } else {
            catalogue.has_no_items = true;
        }
        let is_raster = |definition: &Definition| {
            matches!(definition.dataset_type.as_str(), "esriDTRasterDataset" | "esriDTMosaicDataset")
        };
        let rasters: Vec<String> = definitions
            .iter()
            .filter(|(_, (_, definition))| is_raster(definition))
            .map(|(name, _)| name.clone())
            .collect();
        for (name, number) in found {
            let key = name.to_lowercase();
            // The bands and blocks of a raster dataset are not tables of their own.
            let of_raster =
                ["fras_ras_", "fras_aux_", "fras_bnd_", "fras_blk_"].iter().find_map(|p| key.strip_prefix(p));
            if of_raster.is_some_and(|name| rasters.iter().any(|raster| raster == name)) {
                continue;
            }
            let file = table_file(number);
            let (path, definition) = definitions.remove(&key).unzip();
            let store = match &definition {
                Some(definition) if is_raster(definition) => Store::Raster,
                _ if files.has(&file) => Store::Rows,
                _ if files.has(&file.replace(".gdbtable", ".cdf")) => Store::Compressed,
                Some(_) => Store::Missing,
                None => continue,
            };
            let has_old_domains = old_domains.contains(&key);
            catalogue.entries.push(Entry {
                name,
                file,
                path: path.unwrap_or_default(),
                definition,
                has_old_domains,
                store,
            });
        }
        Ok(catalogue)
    }

    /// Takes what an item says: a domain, a feature dataset's system, a table's definition.
    fn item(
        &mut self,
        cells: &[Cell<'_>],
        wanted: &dyn Fn(&str) -> bool,
        definitions: &mut HashMap<String, (String, Definition)>,
    ) {
        let [Cell::Text(name), path, Cell::Text(text)] = cells else { return };
        let is_dataset = text.contains("<DatasetType>");
        let is_feature_dataset = text.contains("<DatasetType>esriDTFeatureDataset<");
        let is_raster = text.contains("<DatasetType>esriDTRasterDataset<");
        let has_domains = text.contains("<DomainName>");
        let is_wanted = if is_dataset { is_feature_dataset || is_raster || wanted(name) } else { has_domains };
        let Some(root) = is_wanted.then(|| Element::parse(text)).flatten() else { return };
        let path = match path {
            Cell::Text(path) => path.to_string(),
            _ => String::new(),
        };
        match Definition::of(&root) {
            Some(definition) if is_feature_dataset => {
                if let Some(system) = definition.system {
                    self.datasets.insert(path.to_lowercase(), system);
                }
            }
            Some(definition) => {
                definitions.insert(name.to_lowercase(), (path, definition));
            }
            None => self.domains.extend(domains_of(&root)),
        }
    }

    /// The table of this name.
    pub(super) fn entry(&self, name: &str) -> Option<&Entry> {
        let exact = self.entries.iter().find(|entry| entry.name == name);
        exact.or_else(|| self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name)))
    }

    /// The system of the feature dataset that a table is in.
    pub(super) fn dataset_system(&self, entry: &Entry) -> Option<&System> {
        let dataset = entry.dataset()?;
        self.datasets.get(&format!("\\{}", dataset.to_lowercase()))
    }
}

impl Entry {
    /// The feature dataset it is in.
    pub(super) fn dataset(&self) -> Option<&str> {
        let (dataset, _) = self.path.trim_start_matches('\\').rsplit_once('\\')?;
        Some(dataset)
    }
}

/// What the system tables of a geodatabase of 9.x say of its tables. `domains` gets the tables whose fields have domains.
fn old_definitions(
    files: &Files,
    classes: &str,
    fields: Option<&str>,
    subtypes: Option<&str>,
    domains: &mut Vec<String>,
) -> Result<HashMap<String, (String, Definition)>, FormatError> {
    let owned = |cell: &Cell<'_>| match cell {
        Cell::Text(text) if !text.is_empty() => Some(text.to_string()),
        _ => None,
    };
    let mut names: HashMap<i64, String> = HashMap::new();
    let mut definitions: HashMap<String, (String, Definition)> = HashMap::new();
    scan(files, classes, &["Name", "AliasName", "SubtypeField"], |id, cells| {
        if let [name, alias, subtype] = cells
            && let Some(name) = owned(name)
        {
            let subtype_field = owned(subtype).unwrap_or_default();
            let definition = Definition { alias: owned(alias), subtype_field, ..Definition::default() };
            definitions.insert(name.to_lowercase(), (String::new(), definition));
            names.insert(id, name.to_lowercase());
        }
    })?;
    if let Some(fields) = fields {
        scan(files, fields, &["ClassID", "FieldName", "AliasName", "DefaultDomainName"], |_, cells| {
            if let [Cell::Integer(class), field, alias, domain] = cells
                && let (Some(class), Some(name)) = (names.get(class), owned(field))
                && let Some((_, definition)) = definitions.get_mut(class)
            {
                if owned(domain).is_some() {
                    domains.push(class.clone());
                }
                definition.fields.push(FieldDefinition { name, alias: owned(alias), ..FieldDefinition::default() });
            }
        })?;
    }
    if let Some(subtypes) = subtypes {
        scan(files, subtypes, &["ClassID", "SubtypeCode", "SubtypeName"], |_, cells| {
            if let [Cell::Integer(class), Cell::Integer(code), name] = cells
                && let Some((_, definition)) = names.get(class).and_then(|class| definitions.get_mut(class))
            {
                let name = owned(name).unwrap_or_default();
                definition.subtypes.push(super::definition::Subtype {
                    code: code.to_string(),
                    name,
                    domains: Vec::new(),
                });
            }
        })?;
    }
    Ok(definitions)
}

/// Reads some columns of a system table: `each` gets the OBJECTID and a cell a column, `Missing` where the table lacks it.
fn scan(
    files: &Files,
    file: &str,
    columns: &[&str],
    mut each: impl FnMut(i64, &[Cell<'_>]),
) -> Result<(), FormatError> {
    let table = Table::open(files, file)?;
    let places: Vec<Option<usize>> = columns.iter().map(|column| table.index(column)).collect();
    let is_kept = |index: usize| places.contains(&Some(index));
    let readings: Vec<Reading> =
        (0..table.fields.len()).map(|index| Reading { is_kept: is_kept(index), ..Reading::default() }).collect();
    // The place of a field among those that are kept.
    let kept = |place: usize| (0..place).filter(|index| is_kept(*index)).count();
    let places: Vec<Option<usize>> = places.iter().map(|place| place.map(kept)).collect();
    let offsets = Offsets::open(files, &table)?;
    if offsets.as_ref().is_some_and(|offsets| !offsets.has_ids) {
        // System tables are told apart by their numbers.
        return Err(super::said::damaged_offsets().of_file(&table.offsets_file()));
    }
    let mut rows = Rows::new(&table, offsets);
    while let Some(row) = rows.next()? {
        let (mut cells, mut doubts) = (Vec::new(), Vec::new());
        let read = values::read(&table, row.bytes, &readings, None, &mut cells, &mut doubts);
        if read.is_none() {
            return Err(super::said::damaged_row().of_file(file).at(super::super::FormatPlace::Byte(row.at)));
        }
        let ordered: Vec<Cell<'_>> = places
            .iter()
            .map(|place| place.and_then(|place| cells.get(place)).cloned().unwrap_or(Cell::Missing))
            .collect();
        each(row.id, &ordered);
    }
    Ok(())
}
