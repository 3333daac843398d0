//! A PostgreSQL server with PostGIS of the tests' own: in a folder that goes away, on a free port, as a user that is not root.

use postgres::{Client, NoTls};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The owner of everything.
pub const OWNER: &str = "owner";
/// A user with a password.
pub const LOCKED: &str = "locked";
/// That password.
pub const PASSWORD: &str = "s3cret-塘";

/// Where programs of a server stand, by Debian's habit and by others'.
fn programs() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = debian.map(|entry| entry.path().join("bin")).collect();
    versions.sort();
    versions.into_iter().rev().find(|folder| folder.join("initdb").is_file())
}

/// A server that runs.
pub struct Server {
    programs: PathBuf,
    folder: tempfile::TempDir,
    child: Child,
    user: Option<(u32, u32)>,
    pub port: u16,
}

/// Whom a server runs as: nobody it could hurt. `None`: as who we are.
fn user() -> Option<(u32, u32)> {
    let text = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(&format!("{name}:")))?;
        let mut fields = line.split(':').skip(2).map(|id| id.parse().ok());
        Some((fields.next()??, fields.next()??))
    };
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if is_root { of("postgres").or_else(|| of("nobody")) } else { None }
}

fn command(programs: &Path, name: &str, user: Option<(u32, u32)>, folder: &Path) -> Command {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new(programs.join(name));
    // What it says is looked for in English.
    command.env("LC_ALL", "C.UTF-8").current_dir(folder).stdin(Stdio::null());
    for name in ["PGPASSWORD", "PGUSER", "PGHOST", "PGPORT", "PGDATABASE", "PGSERVICE"] {
        command.env_remove(name);
    }
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    command
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("bound").port()
}

impl Server {
    /// Starts one; `None` where PostgreSQL or PostGIS is not installed.
    pub fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new().prefix("shanshui-store").tempdir().expect("a folder");
        let user = user();
        if let Some((user, group)) = user {
            std::os::unix::fs::chown(folder.path(), Some(user), Some(group)).expect("root");
        }
        let data = folder.path().join("data");
        let made = command(&programs, "initdb", user, folder.path())
            .args(["-D"])
            .arg(&data)
            .args(["-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync"])
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let rules = format!(
            "host all {LOCKED} 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n\
             host replication all 127.0.0.1/32 trust\n"
        );
        std::fs::write(data.join("pg_hba.conf"), rules).expect("ours");
        let mut server = Self::run(programs, folder, user)?;
        let mut client = server.client("postgres");
        let has_postgis: i64 = client
            .query_one("SELECT count(*) FROM pg_available_extensions WHERE name = 'postgis'", &[])
            .expect("an answer")
            .get(0);
        if has_postgis == 0 {
            server.stop();
            return None;
        }
        client
            .batch_execute(&format!("CREATE ROLE {LOCKED} LOGIN PASSWORD '{PASSWORD}'; CREATE ROLE reader LOGIN;"))
            .expect("roles");
        Some(server)
    }

    /// Runs the server whose data stand in a folder.
    fn run(programs: PathBuf, folder: tempfile::TempDir, user: Option<(u32, u32)>) -> Option<Self> {
        let port = free_port();
        let log = File::create(folder.path().join("log")).expect("a log");
        let settings = [
            format!("port={port}"),
            "listen_addresses=127.0.0.1".to_owned(),
            format!("unix_socket_directories={}", folder.path().display()),
            "fsync=off".to_owned(),
            "max_connections=40".to_owned(),
        ];
        let child = command(&programs, "postgres", user, folder.path())
            .arg("-D")
            .arg(folder.path().join("data"))
            .args(settings.iter().flat_map(|setting| ["-c", setting]))
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("postgres runs");
        let server = Self { programs, folder, child, user, port };
        let started = Instant::now();
        while Client::connect(&server.parameters("postgres", OWNER), NoTls).is_err() {
            let log = || std::fs::read_to_string(server.folder.path().join("log")).unwrap_or_default();
            assert!(started.elapsed() < Duration::from_secs(60), "{}", log());
            std::thread::sleep(Duration::from_millis(30));
        }
        Some(server)
    }

    /// A standby of this one, which only reads.
    pub fn standby(&self) -> Self {
        let folder = tempfile::Builder::new().prefix("shanshui-standby").tempdir().expect("a folder");
        if let Some((user, group)) = self.user {
            std::os::unix::fs::chown(folder.path(), Some(user), Some(group)).expect("root");
        }
        let made = command(&self.programs, "pg_basebackup", self.user, folder.path())
            .arg("-D")
            .arg(folder.path().join("data"))
            .args(["-R", "-c", "fast", "-X", "stream", "-h", "127.0.0.1", "-U", OWNER, "-p", &self.port.to_string()])
            .output()
            .expect("pg_basebackup runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self::run(self.programs.clone(), folder, self.user).expect("a standby")
    }

    fn parameters(&self, database: &str, user: &str) -> String {
        format!("host=127.0.0.1 port={} user={user} dbname={database}", self.port)
    }

    /// A connection of the tests' own.
    pub fn client(&self, database: &str) -> Client {
        Client::connect(&self.parameters(database, OWNER), NoTls).expect("it runs")
    }

    /// A new database with PostGIS.
    pub fn database(&self, name: &str) -> Client {
        self.client("postgres").batch_execute(&format!("CREATE DATABASE {name}")).expect("a database");
        let mut client = self.client(name);
        client.batch_execute("CREATE EXTENSION postgis").expect("PostGIS");
        client
    }

    /// The address of a database, as the program takes it.
    pub fn url(&self, database: &str, rest: &str) -> String {
        format!("postgres://{OWNER}@127.0.0.1:{}/{database}{rest}", self.port)
    }

    /// Stops it.
    pub fn stop(&mut self) {
        let data = self.folder.path().join("data");
        let stopped = command(&self.programs, "pg_ctl", self.user, self.folder.path())
            .arg("-D")
            .arg(data)
            .args(["stop", "-m", "immediate", "-w", "-t", "20"])
            .output();
        if !stopped.is_ok_and(|stopped| stopped.status.success()) {
            // It ended by itself, or hangs.
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
