//! The one page about a zone: its figures, what lies in it, the distances from it, the files it was read from.

use super::html::{Table, document, picture};
use super::{AreaUnit, area_text, inside_text};
use crate::i18n::{Lang, between, comma, count, number, text_of, tr};
use crate::index::IndexedLayer;
use crate::model::Role;
use crate::query::Inspection;
use maud::{Markup, html};
use std::sync::Arc;

/// The page; `map` is a picture of the zone (PNG).
pub fn inspection_page(
    found: &Inspection,
    layers: &[(Role, Arc<IndexedLayer>)],
    unit: AreaUnit,
    map: Option<&[u8]>,
    time: &str,
    lang: Lang,
) -> String {
    let title = tr!(lang, "inspect.report");
    let area = area_text(found.area_m2, unit, lang);
    let zone = tr!(lang, "inspect.zone", area = area, perimeter = number(found.perimeter_m, 1));
    let people = match found.people {
        Some(people) if people > 0.0 => Some(tr!(lang, "inspect.people", n = number(people, 0)).into_owned()),
        None if found.people_unread > 0 => Some(tr!(lang, "told.people_unread", n = found.people_unread).into_owned()),
        _ => None,
    };
    let told = Role::ALL.iter().filter_map(|role| Some((*role, found.layers.get(role.id())?)));
    let rows = told.filter(|(_, inside)| inside.count > 0).map(|(role, inside)| {
        let measure = inside_text(inside.inside, unit, lang);
        let by: Vec<String> = inside.by.iter().map(|(class, n)| format!("{class} {}", count(*n))).collect();
        vec![role.title(lang).to_owned(), count(inside.count), measure, by.join(between(lang))]
    });
    let heading = |key: &str, number: bool| (crate::i18n::text_of(lang, key), number);
    let contents = Table {
        columns: vec![
            heading("feature.layer", false),
            heading("inspect.count", true),
            heading("inspect.measure", true),
            heading("inspect.by", false),
        ],
        rows: rows.collect(),
    };
    let distances = Table {
        columns: vec![heading("inspect.distances", false), heading("ask.distance", true)],
        rows: Role::ALL
            .iter()
            .filter_map(|role| {
                let m = found.distances_m.get(role.id())?;
                Some(vec![role.title(lang).to_owned(), format!("{} m", number(*m, 1))])
            })
            .collect(),
    };
    let body = html! {
        h1 { (title) }
        p class="quiet" { (time) " · WGS 84 / CGCS2000" }
        p class="figure" { (zone) @if let Some(people) = people { (comma(lang)) (people) } }
        @if let Some(map) = map { (picture(map, &title)) }
        h2 { (tr!(lang, "inspect.contents")) }
        (contents.markup())
        (distances.markup())
        p class="quiet" { (tr!(lang, "inspect.method")) }
        h2 { (tr!(lang, "inspect.sources")) }
        (sources(layers, lang).markup())
    };
    document(&title, lang, &body)
}

/// The files that layers came from, with their hashes.
pub fn sources(layers: &[(Role, Arc<IndexedLayer>)], lang: Lang) -> Table {
    let heading = |key: &str, number: bool| (crate::i18n::text_of(lang, key), number);
    let row = |(role, indexed): &(Role, Arc<IndexedLayer>)| {
        let layer = indexed.layer();
        let sha256 = layer.source.digest.sha256().map(str::to_owned).unwrap_or_else(|e| e.to_string());
        let edits = layer.edits.count();
        let edited = (edits > 0).then(|| tr!(lang, "inspect.edited", n = count(edits)).into_owned());
        let file = [Some(layer.source.file_name.clone()), edited].into_iter().flatten().collect::<Vec<_>>().join(" · ");
        vec![role.title(lang).to_owned(), file, count(layer.feature_count()), sha256]
    };
    Table {
        columns: vec![
            heading("feature.layer", false),
            heading("inspect.file", false),
            heading("inspect.count", true),
            ("SHA-256".to_owned(), false),
        ],
        rows: layers.iter().map(row).collect(),
    }
}

/// What a project consists of: files, each with its role and the reason; nothing where no folder or project was opened.
pub(super) fn contents(rows: &[[String; 3]], lang: Lang) -> Markup {
    let columns = ["contents.file", "contents.role", "contents.reason"].map(|key| (text_of(lang, key), false)).to_vec();
    let table = Table { columns, rows: rows.iter().map(|row| row.to_vec()).collect() };
    html! {
        @if !rows.is_empty() {
            h2 { (tr!(lang, "contents.title")) }
            (table.markup())
        }
    }
}
