//! What a URL leaves open: services, the environment, password files. As libpq reads them; nothing of it is kept or shown.

use super::url::StoreUrl;
use super::{StoreError, url};
use crate::i18n::{Said, tr};
use std::path::{Path, PathBuf};

/// The port of a server where nobody says another.
const PORT: u16 = 5432;
/// How long to wait for a server; seconds.
const PATIENCE: u64 = 10;

/// A password, which no text of the program shows.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Password(String);

impl Password {
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Everything that a connection needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) user: String,
    /// A name, an address, or the folder of a socket.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) database: String,
    pub(super) password: Option<Password>,
    pub(super) ssl_mode: SslWish,
    pub(super) connect_timeout: u64,
    /// A password file that others may read, and that was left alone for it.
    pub(super) open_file: Option<PathBuf>,
}

/// What is wanted of encryption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SslWish {
    /// None, or only where it is to be had.
    None,
    /// It must be there.
    Required,
}

impl Settings {
    /// What server and database are meant: what two connections must agree on to be one.
    pub(super) fn server(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    pub(super) fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }
}

/// Where settings are looked up.
pub(super) struct Surroundings<'a> {
    pub(super) variable: &'a dyn Fn(&str) -> Option<String>,
    pub(super) home: Option<PathBuf>,
}

impl Surroundings<'_> {
    /// Those of this process.
    pub(super) fn of_process() -> Self {
        Self {
            variable: &|name| std::env::var(name).ok().filter(|value| !value.is_empty()),
            home: std::env::home_dir(),
        }
    }

    fn get(&self, name: &str) -> Option<String> {
        (self.variable)(name)
    }

    /// The folder of the user's own settings, by the name that libpq gives them.
    fn own_file(&self, unix: &str, windows: &str) -> Option<PathBuf> {
        match cfg!(windows) {
            true => self.get("APPDATA").map(|folder| Path::new(&folder).join("postgresql").join(windows)),
            false => self.home.as_ref().map(|home| home.join(unix)),
        }
    }
}

/// Completes what a URL says: by its service, then the environment, then what is usual.
///
/// # Errors
/// [`StoreError`]: the service is not there, or a value of it cannot be read.
pub(super) fn settings(url: &StoreUrl, path: &Path, around: &Surroundings<'_>) -> Result<Settings, StoreError> {
    let fail = |said| StoreError::new(url::shown(path), said);
    let named = url.service.clone().or_else(|| around.get("PGSERVICE"));
    let service = named.map(|name| service(&name, around).map_err(fail)).transpose()?.unwrap_or_default();
    let of_service = |key: &str| service.iter().rev().find(|(own, _)| own == key).map(|(_, value)| value.clone());
    let open = |key: &str, variable: &str| of_service(key).or_else(|| around.get(variable));
    let number = |text: String, name: &str| {
        text.trim().parse::<u64>().map_err(|_| {
            let pair = format!("{name}={text}");
            fail(Said::told(|lang| tr!(lang, "store.url.wrong", cause = pair).into_owned()))
        })
    };
    let user = url.user.clone().or_else(|| open("user", "PGUSER"));
    let user = user.or_else(|| around.get(if cfg!(windows) { "USERNAME" } else { "USER" }));
    let user = user.or_else(|| around.get("LOGNAME")).ok_or_else(|| fail(Said::of("store.no_user")))?;
    let host = url.host.clone().or_else(|| open("host", "PGHOST")).unwrap_or_else(|| "localhost".to_owned());
    if host.contains(',') {
        return Err(fail(Said::of("store.many_hosts")));
    }
    let port = match url.port {
        Some(port) => port,
        None => match open("port", "PGPORT") {
            None => PORT,
            Some(text) => u16::try_from(number(text.clone(), "port")?).map_err(|_| {
                let pair = format!("port={text}");
                fail(Said::told(|lang| tr!(lang, "store.url.wrong", cause = pair).into_owned()))
            })?,
        },
    };
    let database = url.database.clone().or_else(|| open("dbname", "PGDATABASE")).unwrap_or_else(|| user.clone());
    let wish = url.ssl_mode.clone().or_else(|| open("sslmode", "PGSSLMODE"));
    let ssl_mode = match wish.as_deref() {
        None | Some("disable" | "allow" | "prefer") => SslWish::None,
        Some("require" | "verify-ca" | "verify-full") => SslWish::Required,
        Some(other) => {
            let pair = format!("sslmode={other}");
            return Err(fail(Said::told(|lang| tr!(lang, "store.url.wrong", cause = pair).into_owned())));
        }
    };
    let connect_timeout = match url.connect_timeout {
        Some(seconds) => seconds,
        None => {
            open("connect_timeout", "PGCONNECT_TIMEOUT").map_or(Ok(PATIENCE), |text| number(text, "connect_timeout"))?
        }
    };
    let mut settings = Settings {
        user,
        host,
        port,
        database,
        password: None,
        ssl_mode,
        connect_timeout: connect_timeout.max(1),
        open_file: None,
    };
    settings.password = of_service("password").or_else(|| around.get("PGPASSWORD")).map(Password);
    if settings.password.is_none() {
        let file = around.get("PGPASSFILE").map(PathBuf::from).or_else(|| around.own_file(".pgpass", "pgpass.conf"));
        match file.map(|file| of_file(&file, &settings)) {
            None | Some(Kept::Nothing) => {}
            Some(Kept::Password(password)) => settings.password = Some(password),
            Some(Kept::IsOpen(file)) => settings.open_file = Some(file),
        }
    }
    Ok(settings)
}

/// A section of a service file, in the order of its lines.
fn service(name: &str, around: &Surroundings<'_>) -> Result<Vec<(String, String)>, Said> {
    let own = around.get("PGSERVICEFILE").map(PathBuf::from);
    let own = own.or_else(|| around.own_file(".pg_service.conf", ".pg_service.conf"));
    let of_system = around.get("PGSYSCONFDIR").map(|folder| Path::new(&folder).join("pg_service.conf"));
    for file in own.into_iter().chain(of_system) {
        let Ok(text) = crate::model::small_text(&file) else { continue };
        if let Some(section) = section(&text, name) {
            return Ok(section);
        }
    }
    Err(Said::told(|lang| tr!(lang, "store.no_service", name = name).into_owned()))
}

/// The lines `key=value` under `[name]`.
fn section(text: &str, name: &str) -> Option<Vec<(String, String)>> {
    let mut found: Option<Vec<(String, String)>> = None;
    let mut is_inside = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(own) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            is_inside = own == name;
            if is_inside {
                found.get_or_insert_with(Vec::new);
            }
        } else if let (true, Some(found), Some((key, value))) = (is_inside, &mut found, line.split_once('=')) {
            found.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    found
}

/// What a password file has for a connection.
#[derive(Debug, PartialEq, Eq)]
enum Kept {
    Nothing,
    Password(Password),
    /// Others may read it.
    IsOpen(PathBuf),
}

fn of_file(file: &Path, settings: &Settings) -> Kept {
    let Ok(text) = crate::model::small_text(file) else { return Kept::Nothing };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if file.metadata().is_ok_and(|found| found.permissions().mode() & 0o077 != 0) {
            return Kept::IsOpen(file.to_owned());
        }
    }
    let host = if settings.is_socket() { "localhost" } else { &settings.host };
    let wanted = [host, &settings.port.to_string(), &settings.database, &settings.user];
    let password = text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let parts = fields(line);
        let [own @ .., password] = &parts[..] else { return None };
        let fits = own.len() == 4 && own.iter().zip(wanted).all(|(own, wanted)| own == "*" || own == wanted);
        fits.then(|| password.clone())
    });
    password.map_or(Kept::Nothing, |password| Kept::Password(Password(password)))
}

/// The five fields of a line, `\:` and `\\` as what they stand for; the password may hold colons.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut signs = line.chars();
    while let Some(sign) = signs.next() {
        let text = match sign {
            '\\' => signs.next().unwrap_or('\\'),
            ':' if fields.len() < 5 => {
                fields.push(String::new());
                continue;
            }
            sign => sign,
        };
        if let Some(last) = fields.last_mut() {
            last.push(text);
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(text: &str, variables: &[(&str, &str)], home: &Path) -> Result<Settings, StoreError> {
        let path = Path::new(text);
        let url = StoreUrl::parse(path)?;
        let variable =
            |name: &str| variables.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned());
        settings(&url, path, &Surroundings { variable: &variable, home: Some(home.to_owned()) })
    }

    fn keep(file: &Path, text: &str, mode: u32) {
        std::fs::write(file, text).expect("writable");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).expect("mine");
        }
    }

    #[test]
    fn what_a_url_leaves_open_is_found() {
        let home = tempfile::tempdir().expect("a folder");
        let found = complete("postgres://h/d", &[("USER", "li")], home.path()).expect("complete");
        assert_eq!((&*found.user, &*found.host, found.port, &*found.database), ("li", "h", 5432, "d"));
        assert_eq!((found.ssl_mode, found.password), (SslWish::None, None));
        keep(
            &home.path().join(".pg_service.conf"),
            "# bureau\n[other]\nhost=no\n[plan]\nhost=db\nport = 5433\ndbname=city\nuser=wang\nsslmode=require\n",
            0o644,
        );
        let variables = [("PGSERVICE", "plan"), ("PGPASSWORD", "p"), ("PGHOST", "elsewhere"), ("USER", "li")];
        let found = complete("postgres:///?schema=a", &variables, home.path()).expect("complete");
        assert_eq!((&*found.user, &*found.host, found.port, &*found.database), ("wang", "db", 5433, "city"));
        assert_eq!(found.ssl_mode, SslWish::Required);
        assert_eq!(found.password.as_ref().map(Password::reveal), Some("p"));
        assert!(!format!("{found:?}").contains("\"p\""));
        let e = complete("postgres://h/d?service=none", &[("USER", "li")], home.path()).expect_err("no such service");
        assert!(e.to_string().contains("none"), "{e}");
        let e = complete("postgres://h/d?sslmode=maybe", &[("USER", "li")], home.path()).expect_err("no such mode");
        assert!(e.to_string().contains("maybe"), "{e}");
    }

    #[cfg(unix)]
    #[test]
    fn password_files_are_read_as_libpq_reads_them() {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join(".pgpass");
        let lines = "# all\nother:5432:*:li:no\nh:5432:d\\:1:li:a\\:b\\\\c:d\n*:*:*:*:any\n";
        keep(&file, lines, 0o600);
        let password = |text: &str| {
            let found = complete(text, &[("USER", "li")], home.path()).expect("complete");
            (found.password.map(|password| password.reveal().to_owned()), found.open_file)
        };
        assert_eq!(password("postgres://h/d%3A1").0.as_deref(), Some("a:b\\c:d"));
        assert_eq!(password("postgres://h/e").0.as_deref(), Some("any"));
        // As ssh does with keys: what others may read is no secret.
        keep(&file, lines, 0o644);
        assert_eq!(password("postgres://h/e"), (None, Some(file)));
    }
}
