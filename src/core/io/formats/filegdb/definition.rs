//! What an item's definition (XML in `GDB_Items`) says of a table: aliases, domains, subtypes, the coordinate system.

use super::super::Domain;
use super::crs::System;
use super::xml::Element;
use std::collections::HashMap;
use std::sync::Arc;

/// The definition of a table, a feature class or a feature dataset.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Definition {
    /// Esri's word for what it is: `esriDTFeatureClass`, `esriDTTable`, `esriDTRasterDataset`.
    pub(super) dataset_type: String,
    /// `esriGeometryPolygon`; empty for tables.
    pub(super) shape_type: String,
    pub(super) alias: Option<String>,
    pub(super) fields: Vec<FieldDefinition>,
    /// Fields of editor tracking whose dates are in UTC, in lower case.
    pub(super) utc_fields: Vec<String>,
    /// The field that holds the subtype; empty where there is none.
    pub(super) subtype_field: String,
    pub(super) subtypes: Vec<Subtype>,
    pub(super) system: Option<System>,
}

/// What a definition says of a field.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FieldDefinition {
    pub(super) name: String,
    pub(super) alias: Option<String>,
    /// The name of its domain.
    pub(super) domain: Option<String>,
    /// True where its dates keep thousandths of a second.
    pub(super) has_thousandths: bool,
}

/// One of the kinds that rows of a table are told apart by.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Subtype {
    pub(super) code: String,
    pub(super) name: String,
    /// Fields with the names of the domains that they have in this subtype.
    pub(super) domains: Vec<(String, String)>,
}

/// A domain of the geodatabase.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum DomainDefinition {
    /// Codes and what they mean.
    Coded(Arc<Domain>),
    /// The least and the greatest value, as they are written.
    Range(String, String),
}

/// What a field's domain is, all subtypes taken together.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum FieldDomain {
    None,
    Coded(Arc<Domain>),
    /// Name, least, greatest.
    Range(String, String, String),
    /// Subtypes give a code different meanings.
    Conflict,
    /// A domain of this name is not in the geodatabase.
    Unknown(String),
}

impl Definition {
    /// The definition of an item; `None` where the item is no dataset.
    pub(super) fn of(root: &Element) -> Option<Self> {
        let dataset_type = root.text_of("DatasetType")?.to_owned();
        let owned = |name: &str| root.text_of(name).map(str::to_owned);
        let fields = match root.list("GPFieldInfoExs") {
            [] => root.child("Fields").map_or(&[][..], |fields| fields.list("FieldArray")),
            fields => fields,
        };
        let mut utc_fields = Vec::new();
        if root.is("IsTimeInUTC") && root.is("EditorTrackingEnabled") {
            utc_fields.extend(["CreatedAtFieldName", "EditedAtFieldName"].iter().filter_map(|name| owned(name)));
            utc_fields.iter_mut().for_each(|name| *name = name.to_lowercase());
        }
        let system = root.child("SpatialReference").map(|system| {
            let number = |name: &str| system.text_of(name).and_then(|text| text.trim().parse().ok()).unwrap_or(0);
            let wkt = system.text_of("WKT").unwrap_or("").trim().to_owned();
            System { wkt, wkid: number("WKID"), latest_wkid: number("LatestWKID") }
        });
        Some(Self {
            dataset_type,
            shape_type: owned("ShapeType").unwrap_or_default(),
            alias: owned("AliasName"),
            fields: fields.iter().filter_map(FieldDefinition::of).collect(),
            utc_fields,
            subtype_field: owned("SubtypeFieldName").unwrap_or_default(),
            subtypes: root.list("Subtypes").iter().filter_map(Subtype::of).collect(),
            system,
        })
    }

    /// What it says of a field.
    pub(super) fn field(&self, name: &str) -> Option<&FieldDefinition> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The domain of a field: its subtypes' names where it is the subtype field, the domain of the field itself, or those of the
    /// subtypes together.
    pub(super) fn domain(&self, field: &str, domains: &HashMap<String, DomainDefinition>) -> FieldDomain {
        if !self.subtypes.is_empty() && self.subtype_field.eq_ignore_ascii_case(field) {
            let values = self.subtypes.iter().map(|subtype| (subtype.code.clone(), subtype.name.clone())).collect();
            return FieldDomain::Coded(Arc::new(Domain { name: self.subtype_field.clone(), values }));
        }
        let own = self.field(field).and_then(|field| field.domain.as_deref());
        let of_subtypes = self.subtypes.iter().flat_map(|subtype| &subtype.domains);
        let of_subtypes =
            of_subtypes.filter(|(name, _)| name.eq_ignore_ascii_case(field)).map(|(_, domain)| domain.as_str());
        let mut names: Vec<&str> = own.into_iter().chain(of_subtypes).collect();
        names.sort_unstable();
        names.dedup();
        let mut coded: Vec<&Arc<Domain>> = Vec::new();
        let mut range = None;
        for name in &names {
            match domains.get(&name.to_lowercase()) {
                Some(DomainDefinition::Coded(domain)) => coded.push(domain),
                Some(DomainDefinition::Range(least, greatest)) => {
                    range = Some(FieldDomain::Range((*name).to_owned(), least.clone(), greatest.clone()));
                }
                None => return FieldDomain::Unknown((*name).to_owned()),
            }
        }
        match (coded.as_slice(), range) {
            ([], None) => FieldDomain::None,
            ([], Some(range)) if names.len() == 1 => range,
            ([one], None) => FieldDomain::Coded((*one).clone()),
            (_, Some(_)) => FieldDomain::Conflict,
            (several, None) => together(several),
        }
    }
}

/// Domains of several subtypes as one, where no code means two things.
fn together(domains: &[&Arc<Domain>]) -> FieldDomain {
    let mut meanings: HashMap<&str, &str> = HashMap::new();
    let mut values = Vec::new();
    for (code, meaning) in domains.iter().flat_map(|domain| &domain.values) {
        match meanings.insert(code, meaning) {
            None => values.push((code.clone(), meaning.clone())),
            Some(before) if before == meaning => {}
            Some(_) => return FieldDomain::Conflict,
        }
    }
    let names: Vec<&str> = domains.iter().map(|domain| domain.name.as_str()).collect();
    FieldDomain::Coded(Arc::new(Domain { name: names.join(" + "), values }))
}

impl FieldDefinition {
    fn of(element: &Element) -> Option<Self> {
        let owned = |name: &str| element.text_of(name).map(str::to_owned);
        let inline = element.child("Domain").and_then(|domain| domain.text_of("DomainName")).map(str::to_owned);
        Some(Self {
            name: owned("Name")?,
            alias: owned("AliasName"),
            domain: owned("DomainName").or(inline),
            has_thousandths: element.is("HighPrecision"),
        })
    }
}

impl Subtype {
    fn of(element: &Element) -> Option<Self> {
        let domains = element.list("FieldInfos").iter();
        let domains = domains
            .filter_map(|info| Some((info.text_of("FieldName")?.to_owned(), info.text_of("DomainName")?.to_owned())));
        Some(Self {
            code: element.text_of("SubtypeCode")?.trim().to_owned(),
            name: element.text_of("SubtypeName").unwrap_or("").to_owned(),
            domains: domains.collect(),
        })
    }
}

/// The domains that an item's definition holds: the item itself, or those of a workspace.
pub(super) fn domains_of(root: &Element) -> Vec<(String, DomainDefinition)> {
    let one = |element: &Element| {
        let name = element.text_of("DomainName")?.to_owned();
        let text = |name: &str| element.text_of(name).map(|text| text.trim().to_owned());
        let definition = match (element.child("CodedValues"), text("MinValue"), text("MaxValue")) {
            (Some(values), ..) => {
                let value = |value: &Element| {
                    Some((value.text_of("Code")?.to_owned(), value.text_of("Name").unwrap_or("").to_owned()))
                };
                let values = values.children.iter().filter_map(value).collect();
                DomainDefinition::Coded(Arc::new(Domain { name: name.clone(), values }))
            }
            (None, Some(least), Some(greatest)) => DomainDefinition::Range(least, greatest),
            _ => return None,
        };
        Some((name.to_lowercase(), definition))
    };
    std::iter::once(root).chain(root.list("Domains")).filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "<DEFeatureClassInfo><DatasetType>esriDTFeatureClass</DatasetType><AliasName>地类图斑</AliasName>\
        <GPFieldInfoExs><GPFieldInfoEx><Name>DLBM</Name><AliasName>地类编码</AliasName><DomainName>DL</DomainName></GPFieldInfoEx>\
        <GPFieldInfoEx><Name>KIND</Name></GPFieldInfoEx><GPFieldInfoEx><Name>A</Name></GPFieldInfoEx><GPFieldInfoEx><Name>B</Name>\
        </GPFieldInfoEx><GPFieldInfoEx><Name>T</Name><HighPrecision>true</HighPrecision></GPFieldInfoEx></GPFieldInfoExs>\
        <EditorTrackingEnabled>true</EditorTrackingEnabled><CreatedAtFieldName>Made</CreatedAtFieldName><IsTimeInUTC>true</IsTimeInUTC>\
        <SubtypeFieldName>KIND</SubtypeFieldName><DefaultSubtypeCode>1</DefaultSubtypeCode><Subtypes>\
        <Subtype><SubtypeName>路</SubtypeName><SubtypeCode>1</SubtypeCode><FieldInfos>\
        <SubtypeFieldInfo><FieldName>A</FieldName><DomainName>ONE</DomainName></SubtypeFieldInfo>\
        <SubtypeFieldInfo><FieldName>B</FieldName><DomainName>ONE</DomainName></SubtypeFieldInfo></FieldInfos></Subtype>\
        <Subtype><SubtypeName>河</SubtypeName><SubtypeCode>2</SubtypeCode><FieldInfos>\
        <SubtypeFieldInfo><FieldName>A</FieldName><DomainName>TWO</DomainName></SubtypeFieldInfo>\
        <SubtypeFieldInfo><FieldName>B</FieldName><DomainName>DL</DomainName></SubtypeFieldInfo></FieldInfos></Subtype></Subtypes>\
        <SpatialReference><WKT>PROJCS[&quot;x&quot;]</WKT><WKID>4549</WKID></SpatialReference></DEFeatureClassInfo>";

    fn domains() -> HashMap<String, DomainDefinition> {
        let coded = |name: &str, values: &[(&str, &str)]| {
            let values: String = values
                .iter()
                .map(|(code, name)| format!("<CodedValue><Name>{name}</Name><Code>{code}</Code></CodedValue>"))
                .collect();
            format!("<Domain><DomainName>{name}</DomainName><CodedValues>{values}</CodedValues></Domain>")
        };
        let text = format!(
            "<DEWorkspace><Domains>{}{}{}<Domain><DomainName>R</DomainName><MinValue>0</MinValue><MaxValue>1.5</MaxValue></Domain></Domains></DEWorkspace>",
            coded("DL", &[("01", "耕地"), ("02", "园地")]),
            coded("ONE", &[("1", "a")]),
            coded("TWO", &[("1", "a"), ("2", "b")]),
        );
        domains_of(&Element::parse(&text).expect("a tree")).into_iter().collect()
    }

    #[test]
    fn aliases_domains_and_subtypes_are_read() {
        let definition = Definition::of(&Element::parse(TABLE).expect("a tree")).expect("a dataset");
        assert_eq!(definition.alias.as_deref(), Some("地类图斑"));
        assert_eq!(definition.field("dlbm").and_then(|field| field.alias.as_deref()), Some("地类编码"));
        assert!(definition.field("T").is_some_and(|field| field.has_thousandths));
        assert_eq!(definition.utc_fields, ["made"]);
        assert_eq!(definition.system.as_ref().map(|system| system.wkid), Some(4549));
        let values = |field: &str| match definition.domain(field, &domains()) {
            FieldDomain::Coded(domain) => {
                domain.values.iter().map(|(code, name)| format!("{code}={name}")).collect::<Vec<_>>().join(" ")
            }
            other => format!("{other:?}"),
        };
        assert_eq!(values("DLBM"), "01=耕地 02=园地");
        assert_eq!(values("KIND"), "1=路 2=河");
        assert_eq!(values("A"), "1=a 2=b");
        assert_eq!(values("B"), "01=耕地 02=园地 1=a");
        assert_eq!(values("T"), "None");
    }

    #[test]
    fn ranges_unknown_domains_and_conflicts_are_told_apart() {
        let of = |fields: &[(&str, &str)]| Definition {
            subtypes: fields
                .iter()
                .map(|(field, domain)| Subtype {
                    domains: vec![((*field).into(), (*domain).into())],
                    ..Subtype::default()
                })
                .collect(),
            ..Definition::default()
        };
        let clash = [(
            "clash".to_owned(),
            DomainDefinition::Coded(Arc::new(Domain { name: "CLASH".into(), values: vec![("1".into(), "z".into())] })),
        )];
        let all: HashMap<_, _> = domains().into_iter().chain(clash).collect();
        for (fields, wanted) in [
            (&[("F", "R")][..], FieldDomain::Range("R".into(), "0".into(), "1.5".into())),
            (&[("F", "GONE")], FieldDomain::Unknown("GONE".into())),
            (&[("F", "ONE"), ("F", "CLASH")], FieldDomain::Conflict),
            (&[("F", "ONE"), ("F", "R")], FieldDomain::Conflict),
            (&[("G", "ONE")], FieldDomain::None),
        ] {
            assert_eq!(of(fields).domain("F", &all), wanted, "{fields:?}");
        }
    }
}
