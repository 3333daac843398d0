//! Addresses of tile services: XYZ templates and WMTS as key-value pairs or as a path, with the planner's key apart.

use super::{Shift, TileId, Tiling};
use crate::i18n::{Lang, tr};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use url::Url;

/// A planner's key for a service. It is shown nowhere, and stands in no project.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ServiceKey(pub String);

impl std::fmt::Debug for ServiceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_empty() { "ServiceKey()" } else { "ServiceKey(…)" })
    }
}

impl ServiceKey {
    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }
}

/// Why an address is none of a tile service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("{}", self.message(Lang::En))]
pub enum TemplateError {
    /// It does not begin with `http://` or `https://`, or has no server.
    NoAddress,
    /// It has no place for level, column and row.
    NoTile,
    /// It has a place of this name, which nothing is known for.
    Unknown(String),
    /// A name and a password stand in it.
    Password,
}

impl TemplateError {
    /// The error in the reader's language, with the way out.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::NoAddress => tr!(lang, "raster.url.no_address"),
            Self::NoTile => tr!(lang, "raster.url.no_tile"),
            Self::Unknown(name) => tr!(lang, "raster.url.unknown", name = name),
            Self::Password => tr!(lang, "raster.url.password"),
        }
        .into_owned()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Level,
    Column,
    Row,
    /// The row, counted from the south.
    RowFromSouth,
    /// One of several servers.
    Server(Vec<String>),
    Key,
}

/// The address of a tile, with places for its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
    text: String,
    origin: String,
    host: String,
}

/// Parameters that hold keys.
const KEYS: [&str; 9] =
    ["tk", "key", "token", "access_token", "apikey", "api_key", "ak", "accesskey", "subscription-key"];

impl Template {
    /// Reads a template. A key that stands in it is taken out and given beside it.
    ///
    /// # Errors
    /// [`TemplateError`]
    pub fn parse(text: &str) -> Result<(Self, ServiceKey), TemplateError> {
        let (text, key) = without_key(text.trim());
        let scheme = ["http://", "https://"]
            .into_iter()
            .find(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
        let scheme = scheme.ok_or(TemplateError::NoAddress)?;
        let rest = &text[scheme.len()..];
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let authority = &rest[..end];
        if authority.is_empty() {
            return Err(TemplateError::NoAddress);
        }
        if authority.contains('@') {
            return Err(TemplateError::Password);
        }
        let pieces = pieces(&text, authority)?;
        let has = |wanted: &[Piece]| pieces.iter().any(|piece| wanted.contains(piece));
        if !has(&[Piece::Level]) || !has(&[Piece::Column]) || !has(&[Piece::Row, Piece::RowFromSouth]) {
            return Err(TemplateError::NoTile);
        }
        let host = authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        let host = host.map_or(authority, |(host, _)| host).to_owned();
        let origin = format!("{scheme}{}", authority.to_ascii_lowercase());
        // Only one of several servers may be chosen in the server's name.
        let is_plain = pieces_of(authority).all(is_server);
        let template = Self { pieces, text, origin, host };
        let example = template.address(TileId { level: 0, x: 0, y: 0 }, &ServiceKey::default());
        let has_server = Url::parse(&example).is_ok_and(|url| url.has_host());
        if has_server && is_plain { Ok((template, key)) } else { Err(TemplateError::NoAddress) }
    }

    /// As it is kept: without the key.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Scheme, server and port: for whom a key is.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The server's name.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// True where it wants a key.
    pub fn needs_key(&self) -> bool {
        self.pieces.contains(&Piece::Key)
    }

    /// The address of a tile.
    pub(super) fn address(&self, tile: TileId, key: &ServiceKey) -> String {
        let TileId { level, x, y } = tile;
        let mut out = String::with_capacity(self.text.len() + 32);
        for piece in &self.pieces {
            // Writing to a String cannot fail.
            let _ = match piece {
                Piece::Text(text) => out.write_str(text),
                Piece::Level => write!(out, "{level}"),
                Piece::Column => write!(out, "{x}"),
                Piece::Row => write!(out, "{y}"),
                Piece::RowFromSouth => write!(out, "{}", (1_u64 << level).saturating_sub(1 + u64::from(y))),
                Piece::Server(all) => out.write_str(&all[(x.wrapping_add(y)) as usize % all.len()]),
                Piece::Key => {
                    out.write_str(&url::form_urlencoded::byte_serialize(key.0.trim().as_bytes()).collect::<String>())
                }
            };
        }
        out
    }

    /// How the service cuts the world, as its address tells: 天地图's matrix set `c` is longitude and latitude.
    pub fn guessed_tiling(&self) -> Tiling {
        let text = self.text.to_ascii_lowercase();
        let is_c = ["tilematrixset=c&", "_c/wmts", "tilematrixset=epsg:4326", "tilematrixset=epsg:4490", "/epsg:4326/"];
        let is_geographic = is_c.iter().any(|mark| text.contains(mark)) || text.ends_with("tilematrixset=c");
        if is_geographic { Tiling::Geographic } else { Tiling::Mercator }
    }

    /// What its positions mean, as its server tells: services of mainland China's web maps are shifted.
    pub fn guessed_shift(&self) -> Shift {
        let host = self.host.to_ascii_lowercase();
        let shifted = ["autonavi.com", "amap.com", "gtimg.com", "map.qq.com", "google.cn"];
        if shifted.iter().any(|name| host.ends_with(name)) { Shift::Gcj02 } else { Shift::None }
    }
}

/// The names in braces.
fn pieces_of(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name)
}

fn is_server(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower == "s" || lower.starts_with("switch:")
}

fn pieces(text: &str, authority: &str) -> Result<Vec<Piece>, TemplateError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        let Some((name, after)) = from[1..].split_once('}') else { break };
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        let lower = name.to_ascii_lowercase();
        pieces.push(match lower.as_str() {
            "z" | "zoom" | "level" | "tilematrix" => Piece::Level,
            "x" | "tilecol" => Piece::Column,
            "y" | "tilerow" => Piece::Row,
            "-y" => Piece::RowFromSouth,
            "s" if authority.contains("tianditu") => Piece::Server((0..8).map(|n| n.to_string()).collect()),
            "s" => Piece::Server(["a", "b", "c"].map(str::to_owned).to_vec()),
            _ if KEYS.contains(&lower.as_str()) => Piece::Key,
            _ => match name.get(7..).filter(|_| is_server(name)) {
                Some(all) if !all.is_empty() => {
                    Piece::Server(all.split(',').map(|one| one.trim().to_owned()).collect())
                }
                _ => return Err(TemplateError::Unknown(name.chars().take(40).collect())),
            },
        });
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

/// A text with `{key}` in the place of a key that stands in its query.
fn without_key(text: &str) -> (String, ServiceKey) {
    let Some((path, query)) = text.split_once('?') else { return (text.to_owned(), ServiceKey::default()) };
    let mut key = ServiceKey::default();
    let parameters = query.split('&').map(|parameter| match parameter.split_once('=') {
        Some((name, value)) if KEYS.contains(&name.to_ascii_lowercase().as_str()) && !value.contains('{') => {
            if !value.is_empty() {
                key = ServiceKey(decoded(value));
            }
            format!("{name}={{key}}")
        }
        _ => parameter.to_owned(),
    });
    let query: Vec<String> = parameters.collect();
    (format!("{path}?{}", query.join("&")), key)
}

fn decoded(value: &str) -> String {
    let pair = format!("k={value}");
    url::form_urlencoded::parse(pair.as_bytes()).next().map_or_else(String::new, |(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIANDITU: &str = "https://t{s}.tianditu.gov.cn/img_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=img\
        &STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=secret%2B1";

    #[test]
    fn a_key_is_taken_out_of_the_address() {
        let (template, key) = Template::parse(TIANDITU).expect("a template");
        assert_eq!(key, ServiceKey("secret+1".to_owned()));
        assert!(!format!("{template:?}{key:?}").contains("secret"));
        assert!(template.text().ends_with("&tk={key}") && template.needs_key());
        assert_eq!(template.origin(), "https://t{s}.tianditu.gov.cn");
        let address = template.address(TileId { level: 12, x: 3430, y: 1673 }, &key);
        assert!(address.starts_with("https://t7.tianditu.gov.cn/img_w/wmts?"), "{address}");
        assert!(address.ends_with("&TILEMATRIX=12&TILEROW=1673&TILECOL=3430&tk=secret%2B1"), "{address}");
        assert_eq!(template.guessed_tiling(), Tiling::Mercator);
        let (again, none) = Template::parse(template.text()).expect("a template");
        assert_eq!((again, none), (template, ServiceKey::default()));
    }

    #[test]
    fn paths_servers_and_rows_from_the_south() {
        let of = |text: &str| Template::parse(text).unwrap_or_else(|e| panic!("{text}: {e}")).0;
        let tile = TileId { level: 3, x: 5, y: 2 };
        let none = ServiceKey::default();
        for (text, expected) in [
            ("http://127.0.0.1:8080/{z}/{x}/{y}.png", "http://127.0.0.1:8080/3/5/2.png"),
            ("HTTPS://{switch:a,b}.x.org/{z}/{x}/{-y}", "HTTPS://b.x.org/3/5/5"),
            ("https://x.cn/wmts/w/{TileMatrix}/{TileRow}/{TileCol}.jpg", "https://x.cn/wmts/w/3/2/5.jpg"),
            ("https://x.cn/{z}/{y}/{x}?token={token}", "https://x.cn/3/2/5?token="),
        ] {
            assert_eq!(of(text).address(tile, &none), expected);
        }
        assert_eq!(of("https://x.cn/vec_c/wmts?a={x}{y}{z}").guessed_tiling(), Tiling::Geographic);
        assert_eq!(of("https://webrd01.is.autonavi.com/a?x={x}&y={y}&z={z}").guessed_shift(), Shift::Gcj02);
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_reason() {
        for (text, error) in [
            ("", TemplateError::NoAddress),
            ("file:///etc/{z}/{x}/{y}", TemplateError::NoAddress),
            ("ftp://a/{z}/{x}/{y}", TemplateError::NoAddress),
            ("http:///{z}/{x}/{y}", TemplateError::NoAddress),
            ("https://{x}.evil.org/{z}/{x}/{y}", TemplateError::NoAddress),
            ("https://{key}.evil.org/{z}/{x}/{y}", TemplateError::NoAddress),
            ("https://a.org/{z}/{x}", TemplateError::NoTile),
            ("https://me:pw@a.org/{z}/{x}/{y}", TemplateError::Password),
            ("https://a.org/{z}/{x}/{y}/{quadkey}", TemplateError::Unknown("quadkey".to_owned())),
            ("https://a.org/{z}/{x}/{y}/{switch:}", TemplateError::Unknown("switch:".to_owned())),
        ] {
            assert_eq!(Template::parse(text).expect_err(text), error, "{text}");
        }
    }
}
