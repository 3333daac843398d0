//! Where a store is: `postgres://user@host/db?schema=plan`, `…?table=plan.outlet`. A URL holds no password.

use super::StoreError;
use crate::i18n::{Said, tr};
use std::path::{Path, PathBuf};
use url::Url;

/// How the URLs of stores begin.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// The schema that is meant where a URL names none.
pub const PUBLIC: &str = "public";

/// True for a path that is the URL of a store.
pub fn is_store(path: &Path) -> bool {
    let text = path.as_os_str().as_encoded_bytes();
    SCHEMES.iter().any(|scheme| text.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme.as_bytes())))
}

/// A path as it may be shown: of a store's URL without the password that somebody put into it.
pub fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    if !is_store(path) {
        return text;
    }
    let (scheme, rest) = text.split_once("://").unwrap_or(("postgres", &text));
    // Up to the last @ before the path: a password may have any of these signs.
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = rest[authority..]
        .find('@')
        .filter(|_| !rest[..authority].contains('@'))
        .map_or(authority, |at| authority + at + 1);
    let (authority, tail) = rest.split_at(authority);
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) => format!("{}@{host}", user.split(':').next().unwrap_or_default()),
        None => authority.to_owned(),
    };
    let (place, query) = tail.split_once('?').map_or((tail, None), |(place, query)| (place, Some(query)));
    let is_open = |pair: &&str| !pair.split("=").next().unwrap_or_default().to_ascii_lowercase().contains("pass");
    let query: Option<String> = query.map(|q| q.split('&').filter(is_open).collect::<Vec<_>>().join("&"));
    let query = query.filter(|query| !query.is_empty()).map(|query| format!("?{query}")).unwrap_or_default();
    format!("{scheme}://{authority}{place}{query}")
}

/// What a URL says. What it leaves open is taken from a service, the environment, or what is usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreUrl {
    /// The user.
    pub user: Option<String>,
    /// The server: a name, an address, or the folder of its socket.
    pub host: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// The database.
    pub database: Option<String>,
    /// The schema whose tables are meant.
    pub schema: Option<String>,
    /// The one table that is meant.
    pub table: Option<String>,
    /// The column of its geometry, where it has several.
    pub geometry: Option<String>,
    /// A section of the service file.
    pub service: Option<String>,
    /// What is wanted of encryption: `disable`, `prefer`, `require` …
    pub ssl_mode: Option<String>,
    /// How long to wait for the server; seconds.
    pub connect_timeout: Option<u64>,
}

impl StoreUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`StoreError`]: it is none, holds a password, or a parameter is unknown.
    pub fn parse(path: &Path) -> Result<Self, StoreError> {
        let fail = |said| StoreError::new(shown(path), said);
        let wrong = |cause: &str| {
            let said = Said::told(|lang| tr!(lang, "store.url.wrong", cause = cause).into_owned());
            StoreError::new(shown(path), said)
        };
        let text = path.to_str().ok_or_else(|| wrong("UTF-8"))?;
        let url = Url::parse(text).map_err(|e| wrong(&e.to_string()))?;
        let secret = || fail(Said::of("store.url.password"));
        if url.password().is_some() {
            return Err(secret());
        }
        let decoded = |text: &str| -> Option<String> {
            let pair = format!("x={}", text.replace('+', "%2B"));
            let value = url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned());
            value.filter(|value| !value.is_empty())
        };
        let mut own = Self {
            user: decoded(url.username()),
            host: url.host_str().and_then(decoded).map(|host| host.trim_matches(['[', ']']).to_owned()),
            port: url.port(),
            database: decoded(url.path().trim_start_matches('/')),
            ..Self::default()
        };
        for (name, value) in url.query_pairs() {
            let value = value.into_owned();
            if value.is_empty() {
                return Err(wrong(&format!("{name}=")));
            }
            match &*name.to_ascii_lowercase() {
                "schema" => own.schema = Some(value),
                "table" => match qualified(&value) {
                    Some((schema, table)) => {
                        own.schema = schema.or(own.schema);
                        own.table = Some(table);
                    }
                    None => return Err(wrong(&format!("table={value}"))),
                },
                "geometry" => own.geometry = Some(value),
                "service" => own.service = Some(value),
                "sslmode" => own.ssl_mode = Some(value),
                "user" => own.user = Some(value),
                "host" => own.host = Some(value),
                "dbname" => own.database = Some(value),
                "port" => own.port = Some(value.parse().map_err(|_| wrong(&format!("port={value}")))?),
                "connect_timeout" => {
                    own.connect_timeout = Some(value.parse().map_err(|_| wrong(&format!("connect_timeout={value}")))?);
                }
                "password" | "passfile" | "sslpassword" => return Err(secret()),
                unknown => {
                    return Err(fail(Said::told(|lang| tr!(lang, "store.url.parameter", name = unknown).into_owned())));
                }
            }
        }
        Ok(own)
    }

    /// The address, as it is read again; without a password, which it never holds.
    pub fn address(&self) -> PathBuf {
        // A plus is itself in an address, so a space is not one.
        let coded = |text: &str| -> String {
            url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
        };
        let host = self.host.as_deref().filter(|host| !host.starts_with('/'));
        let mut text = "postgres://".to_owned();
        if let Some(host) = host {
            text.extend(self.user.iter().map(|user| format!("{}@", coded(user))));
            text.push_str(&if host.contains(':') { format!("[{host}]") } else { coded(host) });
            text.extend(self.port.map(|port| format!(":{port}")));
        }
        text.push('/');
        text.extend(self.database.as_deref().map(coded));
        let name = |name: &str| match name.contains(['.', '"']) {
            true => format!("\"{}\"", name.replace('"', "\"\"")),
            false => name.to_owned(),
        };
        let table = self.table.as_deref().map(name);
        let is_apart = host.is_none();
        let pairs = [
            ("host", self.host.clone().filter(|_| is_apart)),
            ("user", self.user.clone().filter(|_| is_apart)),
            ("port", self.port.map(|port| port.to_string()).filter(|_| is_apart)),
            ("schema", self.schema.clone()),
            ("table", table),
            ("geometry", self.geometry.clone()),
            ("service", self.service.clone()),
            ("sslmode", self.ssl_mode.clone()),
            ("connect_timeout", self.connect_timeout.map(|seconds| seconds.to_string())),
        ];
        let pairs: Vec<String> =
            pairs.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", coded(&value?)))).collect();
        if !pairs.is_empty() {
            text.push('?');
            text.push_str(&pairs.join("&"));
        }
        PathBuf::from(text)
    }

    /// The schema that is meant.
    pub fn schema(&self) -> &str {
        self.schema.as_deref().unwrap_or(PUBLIC)
    }
}

/// A table's name with its schema, where that is named: `plan.outlet`, `"a.b"."c"`.
fn qualified(text: &str) -> Option<(Option<String>, String)> {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = text;
    loop {
        let part;
        if let Some(inside) = rest.strip_prefix('"') {
            let mut name = String::new();
            let mut signs = inside.char_indices();
            let mut end = None;
            while let Some((at, sign)) = signs.next() {
                match sign {
                    '"' if inside[at + 1..].starts_with('"') => {
                        name.push('"');
                        signs.next();
                    }
                    '"' => {
                        end = Some(at + 1);
                        break;
                    }
                    sign => name.push(sign),
                }
            }
            part = name;
            rest = &inside[end?..];
        } else {
            let end = rest.find('.').unwrap_or(rest.len());
            part = rest[..end].to_owned();
            rest = &rest[end..];
        }
        if part.is_empty() {
            return None;
        }
        parts.push(part);
        match rest.strip_prefix('.') {
            Some(more) => rest = more,
            None if rest.is_empty() => break,
            None => return None,
        }
    }
    let table = parts.pop()?;
    match parts.len() {
        0 => Some((None, table)),
        1 => Some((parts.pop(), table)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_again() {
        let url = |host: &str, user: &str, table: Option<&str>| StoreUrl {
            host: Some(host.to_owned()),
            user: Some(user.to_owned()),
            port: Some(5433),
            database: Some("城 市+1".to_owned()),
            schema: Some("规划 a&b".to_owned()),
            table: table.map(str::to_owned),
            ..StoreUrl::default()
        };
        for own in [
            url("db.example", "li", Some("排污口")),
            url("::1", "李 四@bureau", Some("a.\"b\"")),
            url("/run/pg", "li", None),
            StoreUrl { service: Some("city".to_owned()), ..StoreUrl::default() },
        ] {
            let address = own.address();
            let read = StoreUrl::parse(&address).unwrap_or_else(|e| panic!("{}: {e}", address.display()));
            assert_eq!(read, own, "{}", address.display());
        }
    }

    #[test]
    fn urls_are_read() {
        let parse = |text: &str| StoreUrl::parse(Path::new(text)).unwrap_or_else(|e| panic!("{e}"));
        let url = parse("postgres://li@db.example:5433/city?schema=plan");
        assert_eq!((url.user.as_deref(), url.host.as_deref(), url.port), (Some("li"), Some("db.example"), Some(5433)));
        assert_eq!((url.database.as_deref(), url.schema(), url.table.as_deref()), (Some("city"), "plan", None));
        let url = parse("postgresql:///city?host=/run/pg&table=规划.排污口&sslmode=require&geometry=geom");
        assert_eq!(
            (url.host.as_deref(), url.schema(), url.table.as_deref()),
            (Some("/run/pg"), "规划", Some("排污口"))
        );
        assert_eq!((url.ssl_mode.as_deref(), url.geometry.as_deref()), (Some("require"), Some("geom")));
        let url = parse("postgres://%E6%9D%8E@[::1]/%E5%9F%8E%E5%B8%82?schema=a&table=%22b.c%22");
        assert_eq!((url.user.as_deref(), url.host.as_deref()), (Some("李"), Some("::1")));
        assert_eq!((url.database.as_deref(), url.schema(), url.table.as_deref()), (Some("城市"), "a", Some("b.c")));
        assert_eq!(parse("postgres://h/d").schema(), PUBLIC);
    }

    #[test]
    fn a_password_is_refused_and_not_shown() {
        for text in [
            "postgres://li:s3cret@h/d",
            "postgres://li@h/d?password=s3cret",
            "postgres://h/d?schema=a&sslpassword=s3cret",
            "postgres://li:p/s3cret@h/d?schema=plan",
            "postgres://li:s3cret@h/d?schema=plan&nonsense=1",
        ] {
            let e = StoreUrl::parse(Path::new(text)).expect_err(text);
            let all = format!("{e} {e:?} {} {}", e.said.zh, shown(Path::new(text)));
            assert!(!all.contains("s3cret"), "{all}");
        }
        assert_eq!(shown(Path::new("postgres://li:x@h/d?schema=a&password=x")), "postgres://li@h/d?schema=a");
        assert_eq!(shown(Path::new("postgres://li@h:5/d?schema=a")), "postgres://li@h:5/d?schema=a");
    }

    #[test]
    fn what_is_wrong_in_a_url_is_named() {
        for (text, part) in [
            ("postgres://h/d?shema=plan", "shema"),
            ("postgres://h/d?port=x", "port=x"),
            ("postgres://h/d?table=a.b.c", "a.b.c"),
            ("postgres://h/d?table=", "table="),
            ("postgres://h:99999/d", "port"),
        ] {
            let e = StoreUrl::parse(Path::new(text)).expect_err(text).to_string();
            assert!(e.contains(part), "{e}");
        }
        assert!(!is_store(Path::new("plan/postgres.geojson")) && is_store(Path::new("Postgres://h/d")));
    }

    #[test]
    fn names_of_tables_are_taken_apart() {
        let of = |text: &str| qualified(text).map(|(schema, table)| (schema.unwrap_or_default(), table));
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(of("outlet"), pair("", "outlet"));
        assert_eq!(of("plan.outlet"), pair("plan", "outlet"));
        assert_eq!(of(r#""a.b"."c""d""#), pair("a.b", "c\"d"));
        for wrong in ["", ".", "a.", ".a", "a.b.c", "\"a", "\"a\"b"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
