//! One page an outlet (一口一档): its properties, where it drains to, the zones that it lies in, what became of it.

use super::findings::{event_text, state_text};
use super::html::{Table, document};
use super::inspection::sources;
use super::links::link;
use super::locator::locator;
use crate::i18n::{Lang, between, bracketed, colon, comma, count, number, text_of, tr};
use crate::index::{IndexedLayer, nearest_feature};
use crate::model::{Role, Value};
use crate::progress::Progress;
use crate::query::{AskError, meeting};
use crate::rules::findings::{Finding, Findings};
use crate::rules::{RuleInput, id_or_code};
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Roles whose areas an outlet's card names.
const ZONES: [Role; 10] = [
    Role::District,
    Role::Town,
    Role::Grid,
    Role::WaterSourceZone,
    Role::RedLine,
    Role::NatureReserve,
    Role::GroundwaterZone,
    Role::ControlUnit,
    Role::BanZone,
    Role::Wetland,
];

/// Roles whose nearest feature is told.
const NEAREST: [Role; 3] = [Role::River, Role::Shoreline, Role::Coastline];

/// The cards of all outlets as one HTML document, a page each when printed, with what was left out: files that are no layers
/// (`ignored`, in words), roles of which there is no layer, features that cannot be used.
///
/// # Errors
/// [`AskError::NoLayer`] where there are no outlets; cancelled.
pub fn outlet_cards(
    input: &RuleInput,
    findings: &Findings,
    ignored: Option<&str>,
    time: &str,
    lang: Lang,
    progress: &Progress,
) -> Result<String, AskError> {
    let outlets = input.together(Role::Outlet).ok_or(AskError::NoLayer(Role::Outlet))?;
    let mut zones: BTreeMap<usize, Vec<(Role, String)>> = BTreeMap::new();
    for role in ZONES {
        let Some(areas) = input.together(role) else { continue };
        for (row, area) in meeting(outlets, areas, progress)? {
            zones.entry(row).or_default().push((role, named(areas, area, role, lang)));
        }
    }
    let title = tr!(lang, "cards.title");
    let layer = outlets.layer();
    let mut cards = Vec::with_capacity(layer.feature_count());
    for row in layer.rows() {
        progress.advance(0)?;
        cards.push(card(outlets, row, input, zones.get(&row).map_or(&[], Vec::as_slice), findings, lang));
    }
    let body = html! {
        h1 { (title) }
        p class="quiet" { (time) " · WGS 84 / CGCS2000 · Shanshui " (env!("CARGO_PKG_VERSION")) }
        @for line in ignored.map(str::to_owned).into_iter().chain(left_out(input, lang)) { p class="left-out" { (line) } }
        @for card in &cards { section class="card" { (card) } }
        h2 { (tr!(lang, "inspect.sources")) }
        (sources(&input.layers, lang).markup())
    };
    Ok(document(&title, lang, &body))
}

/// What of the layers the cards do not tell: a line of each kind.
fn left_out(input: &RuleInput, lang: Lang) -> Vec<String> {
    let roles = || NEAREST.into_iter().chain(ZONES);
    let absent: Vec<&str> =
        roles().filter(|role| input.together(*role).is_none()).map(|role| role.title(lang)).collect();
    let mut lines = Vec::new();
    if !absent.is_empty() {
        lines.push(tr!(lang, "left_out.roles", roles = absent.join(between(lang))).into_owned());
    }
    let counted = input.layers.iter().filter_map(|(role, indexed)| {
        let layer = indexed.layer();
        let is_unusable = |row: &usize| layer.unusable.get(*row).is_some_and(|is| *is);
        let is_told = *role == Role::Outlet || roles().any(|told| told == *role);
        let n = if is_told { layer.rows().filter(is_unusable).count() } else { 0 };
        (n > 0).then(|| format!("{}{}", layer.name, bracketed(&count(n), lang)))
    });
    let counted: Vec<String> = counted.collect();
    if !counted.is_empty() {
        lines.push(tr!(lang, "left_out.unusable", layers = counted.join(between(lang))).into_owned());
    }
    lines
}

/// An area's name with its class, where that says more.
fn named(areas: &IndexedLayer, row: usize, role: Role, lang: Lang) -> String {
    let layer = areas.layer();
    let class = role.class_column().map(|column| layer.attributes.get(row, column).display().into_owned());
    let label = layer.label(row);
    // Many names say it themselves: 陈行水库水源保护区（准）.
    let is_said = |class: &String| match class.chars().count() {
        1 => [format!("（{class}）"), format!("({class})")].iter().any(|said| label.contains(said)),
        _ => label.contains(class),
    };
    match class.filter(|class| !class.is_empty() && class != "true" && class != "false" && !is_said(class)) {
        Some(class) => format!("{label}{}", bracketed(&class, lang)),
        None => label,
    }
}

fn card(
    outlets: &Arc<IndexedLayer>,
    row: usize,
    input: &RuleInput,
    zones: &[(Role, String)],
    findings: &Findings,
    lang: Lang,
) -> Markup {
    let layer = outlets.layer();
    let attributes = &layer.attributes;
    let mut rows: Vec<Vec<String>> = Vec::new();
    for column in attributes.columns_of(row) {
        let name = &attributes.names()[column];
        let value = attributes.value(row, column);
        if &**name != "photos" && !value.display().is_empty() {
            let key = format!("column.{name}");
            let title = text_of(lang, &key);
            let property = input.vocabulary().property(Role::Outlet, name);
            let title = match title.contains(&key) {
                true => property.map_or_else(|| name.to_string(), |property| property.called(lang).to_owned()),
                false => title,
            };
            let text = match value {
                Value::Bool(is) => text_of(lang, if is { "words.true" } else { "words.false" }),
                value => value.display().into_owned(),
            };
            rows.push(vec![title, text]);
        }
    }
    match layer.geometries.positions_of(row).first() {
        Some(p) => rows.push(vec![text_of(lang, "cards.position"), format!("{:.6}, {:.6}", p.lon, p.lat)]),
        None => rows.push(vec![text_of(lang, "cards.position"), "—".to_owned()]),
    }
    for role in NEAREST {
        let Some(others) = input.together(role) else { continue };
        if let Some(near) = nearest_feature(layer, row, others, f64::INFINITY) {
            let text = format!("{}{}{} m", others.layer().label(near.row), comma(lang), number(near.distance_m, 1));
            rows.push(vec![tr!(lang, "cards.nearest", role = role.title(lang)).into_owned(), text]);
        }
    }
    rows.extend(zones.iter().map(|(role, name)| vec![role.title(lang).to_owned(), name.clone()]));
    let table = Table { columns: vec![(String::new(), false), (String::new(), false)], rows };
    let photos = photos(&attributes.get(row, "photos"));
    let subject = input.identities(outlets).subject(row);
    // An earlier version knew it by its id, which may be another's.
    let (former, called) = (id_or_code(layer, row), layer.label(row));
    let is_own = |finding: &&Finding| {
        let is_it = finding.subject == subject || finding.subject == former && finding.name == called;
        finding.role == Role::Outlet.id() && is_it
    };
    let own: Vec<&Finding> = findings.all.iter().filter(is_own).collect();
    html! {
        h2 { (layer.label(row)) }
        @if let Some(map) = locator(input, layer, row, lang) { figure class="locator" { (map) } }
        (table.markup())
        @if !photos.is_empty() {
            p { (tr!(lang, "cards.photos")) (colon(lang)) @for photo in &photos { (link(photo)) " " } }
        }
        @if !own.is_empty() {
            h3 { (tr!(lang, "findings.title")) }
            @for finding in own {
                p { (finding.reason) " · " (state_text(finding.state, lang)) @if !finding.deadline.is_empty() { " · " (finding.deadline) } }
                @for event in &finding.history { p class="quiet" { (event.on) "  " (event_text(&event.what, lang)) } }
            }
        }
    }
}

/// What is said of pictures: an array, or a text with marks between them. Whether each may be a link is `link`'s to say.
pub fn photos(value: &Value<'_>) -> Vec<String> {
    let all: Vec<String> = match value {
        Value::Json(json) => match serde_json::from_str::<Vec<serde_json::Value>>(json) {
            Ok(all) => {
                all.into_iter().map(|photo| photo.as_str().map_or_else(|| photo.to_string(), str::to_owned)).collect()
            }
            Err(_) => vec![(*json).to_owned()],
        },
        value => value.display().split([',', ';', '、', ' ']).map(str::to_owned).collect(),
    };
    all.into_iter().filter(|photo| !photo.trim().is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    #[test]
    fn pictures_are_told_one_by_one() {
        assert_eq!(
            photos(&Value::Json(r#"["a.jpg","javascript:alert(1)",7,null]"#)),
            ["a.jpg", "javascript:alert(1)", "7", "null"]
        );
        assert_eq!(photos(&Value::Json(r#"{"a":"b"}"#)), [r#"{"a":"b"}"#]);
        assert_eq!(photos(&Value::Text(Cow::Borrowed("a.jpg; b.jpg"))), ["a.jpg", "b.jpg"]);
        assert!(photos(&Value::Null).is_empty());
    }

    #[test]
    fn pictures_that_run_something_are_no_links() {
        let text = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"甲","photos":
            ["java\tscript:alert(1)","\u0001javascript:alert(2)","data:text/html,<script>alert(5)</script>","\\\\evil.example\\x.jpg",
            "file:///etc/passwd","a.jpg","https://a.example/b.jpg"]},"geometry":{"type":"Point","coordinates":[121.4,31.4]}}]}"#;
        let options = crate::io::ReadOptions::default();
        let layer = crate::io::read_layer_bytes(text.as_bytes(), "outlet.geojson", &options, &Progress::default());
        let layer = std::sync::Arc::new(IndexedLayer::new(std::sync::Arc::new(layer.expect("JSON"))));
        let input = RuleInput::new(vec![(Role::Outlet, layer)]);
        let cards =
            outlet_cards(&input, &Findings::default(), Some("left out: x.geojson"), "", Lang::En, &Progress::default());
        let cards = cards.expect("cards");
        assert_eq!(cards.matches("href=").count(), 2, "{cards}");
        assert!(cards.contains(r#"href="a.jpg""#) && cards.contains("evil.example") && !cards.contains("<script>"));
        // What is not there and what is not counted is said.
        assert!(cards.contains("left out: x.geojson") && cards.contains("no layer of"), "{cards}");
    }
}
