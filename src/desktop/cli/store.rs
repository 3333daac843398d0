//! `store`: layers of a shared store, and its addresses wherever a file may stand.

use super::arguments::{Command, Page, StoreCommand};
use super::packed::inputs;
use super::terminal::Watched;
use super::{Common, Failure, say};
use crate::i18n::{Lang, between, comma, count, tr};
use crate::io::store::{
    Initialised, Put, PutOptions, StoreError, StoreTable, StoreUrl, init, is_store, list, put, shown,
};
use crate::io::{ReadOptions, read_layer, read_layer_bytes};
use crate::model::Role;
use crate::progress::Progress;
use serde_json::json;
use std::path::{Path, PathBuf};

impl From<StoreError> for Failure {
    fn from(e: StoreError) -> Self {
        crate::io::ReadError::from(e).into()
    }
}

/// Where a command writes to.
fn outputs(command: &Command) -> Vec<&Path> {
    match command {
        Command::Inspect { out, .. }
        | Command::Within { out, .. }
        | Command::Nearest { out, .. }
        | Command::Gaps { out, .. }
        | Command::Overlap { out, .. }
        | Command::Buffer { out, .. }
        | Command::Audit { out, .. }
        | Command::Convert { out, .. }
        | Command::Join { out, .. }
        | Command::Run { out, .. }
        | Command::Report { out, .. }
        | Command::Cards { out, .. }
        | Command::Print { page: Page { out, .. }, .. } => vec![out],
        Command::Compare { out, .. } => out.iter().map(PathBuf::as_path).collect(),
        Command::View { screenshot, timings, .. } => screenshot.iter().chain(timings).map(PathBuf::as_path).collect(),
        Command::Demo | Command::Info { .. } | Command::Rules { .. } | Command::Store { .. } => Vec::new(),
    }
}

/// True for commands whose answer is a layer, which may be a table of a store.
fn writes_a_layer(command: &Command) -> bool {
    matches!(
        command,
        Command::Within { .. }
            | Command::Nearest { .. }
            | Command::Gaps { .. }
            | Command::Overlap { .. }
            | Command::Buffer { .. }
            | Command::Audit { .. }
            | Command::Convert { .. }
            | Command::Join { .. }
    )
}

/// Refuses addresses that are none, before anything is opened; and answers that would go to a store and cannot.
pub(super) fn check(common: &Common, command: Option<&Command>, layers: &[PathBuf]) -> Result<(), Failure> {
    let lang = common.lang();
    let parse = |path: &Path| StoreUrl::parse(path).map_err(|e| Failure::Usage(e.message(lang)));
    let mut read: Vec<&Path> = layers.iter().map(PathBuf::as_path).collect();
    match command {
        Some(Command::View { layers, .. } | Command::Print { layers, .. }) => read.extend(layers.iter().map(|p| &**p)),
        Some(Command::Report { project, .. }) => read.push(project),
        Some(command) => read.extend(inputs(command)),
        None => {}
    }
    let read: Vec<StoreUrl> =
        read.into_iter().filter(|path| is_store(path)).map(parse).collect::<Result<_, Failure>>()?;
    for out in command.map(outputs).unwrap_or_default().into_iter().filter(|out| is_store(out)) {
        let url = parse(out)?;
        let may_be = command.is_some_and(writes_a_layer) && url.table.is_some();
        // An answer takes the place of no table that it was made of.
        let is_input = read.iter().any(|own| is_one(own, &url));
        if !may_be || is_input {
            let given = shown(out);
            return Err(Failure::Usage(tr!(lang, "cli.store.out", given = given).into_owned()));
        }
    }
    Ok(())
}

/// True where two addresses mean one table.
fn is_one(a: &StoreUrl, b: &StoreUrl) -> bool {
    // One machine by its usual names.
    let host = |url: &StoreUrl| {
        let host = url.host.clone().unwrap_or_default().to_lowercase();
        if ["", "localhost", "127.0.0.1", "::1"].contains(&&*host) { "localhost".to_owned() } else { host }
    };
    let place = |url: &StoreUrl| (url.service.clone(), host(url), url.port.unwrap_or(5432), url.database.clone());
    place(a) == place(b) && a.schema() == b.schema() && (a.table == b.table || a.table.is_none())
}

/// Why nothing can be opened by a path that was given; whether a store is there is told when it is opened.
pub(super) fn missing(path: &Path) -> Option<std::io::Error> {
    if is_store(path) { None } else { std::fs::metadata(path).err() }
}

/// The table that an address names.
pub(super) fn table_of(path: &Path) -> Option<String> {
    if is_store(path) { StoreUrl::parse(path).ok()?.table } else { None }
}

pub(super) fn run(common: &Common, command: &StoreCommand) -> Result<(), Failure> {
    let lang = common.lang();
    let (StoreCommand::Init { url } | StoreCommand::Put { url, .. } | StoreCommand::List { url }) = command;
    if !is_store(url) {
        let given = url.display();
        return Err(Failure::Usage(tr!(lang, "cli.store.no_url", given = given).into_owned()));
    }
    StoreUrl::parse(url).map_err(|e| Failure::Usage(e.message(lang)))?;
    let text = match command {
        StoreCommand::Init { url } => initialised(&init(url)?, common),
        StoreCommand::List { url } => listed(&list(url)?, common),
        StoreCommand::Put { file, url, role } => putting(common, file, url, *role)?,
    };
    say::summary(common, &text)
}

fn putting(common: &Common, layer: &Path, url: &Path, role: Option<Role>) -> Result<String, Failure> {
    let lang = common.lang();
    let watched = Watched::new();
    let options = ReadOptions { is_hashed: false, ..common.read_options() };
    let layer = read_layer(layer, &options, watched.progress())?;
    common.check_layer(&layer)?;
    let is_table = layer.as_read.table.as_ref().is_some_and(|table| table.schema.is_table);
    if layer.declared_crs.is_none() && !is_table {
        say::warn(tr!(lang, "cli.taken_as_wgs84", files = layer.source.file_name));
    }
    let is_answer = layer.as_read.is_answer;
    let done = put(url, &layer, PutOptions { role, overwrite: common.overwrite, is_answer }, watched.progress())?;
    drop(watched);
    warn_of(&done, lang);
    if common.json {
        return Ok(format!(
            "{}\n",
            json!({
                "table": done.table,
                "rows": done.rows,
                "srid": done.srid,
                "without_geometry": done.without_geometry,
                "respelled": done.respelled,
                "not_whole": done.not_whole,
                "without_meanings": done.without_meanings,
                "replaced": done.replaced,
            })
        ));
    }
    let mut lines = String::new();
    say::line(&mut lines, put_text(&done, lang));
    Ok(lines)
}

fn put_text(done: &Put, lang: Lang) -> String {
    let Put { table, rows, srid, .. } = done;
    match srid {
        Some(srid) => tr!(lang, "cli.store.put", table = table, n = count(*rows), srid = srid),
        None => tr!(lang, "cli.store.put_table", table = table, n = count(*rows)),
    }
    .into_owned()
}

/// Says what is not as it was in the file.
fn warn_of(done: &Put, lang: Lang) {
    if done.made_register {
        say::warn(tr!(lang, "cli.store.made_register"));
    }
    if done.replaced {
        say::warn(tr!(lang, "cli.store.replaced", table = done.table));
    }
    if done.srid.is_some() && done.without_geometry > 0 {
        say::warn(tr!(lang, "cli.store.without_geometry", n = count(done.without_geometry)));
    }
    if done.respelled > 0 {
        say::warn(tr!(lang, "cli.store.respelled", n = count(done.respelled)));
    }
    if !done.without_meanings.is_empty() {
        say::warn(tr!(lang, "cli.store.without_meanings", names = done.without_meanings.join(between(lang))));
    }
    if let Some(first) = &done.first_not_whole {
        say::warn(tr!(lang, "cli.store.not_whole", n = count(done.not_whole), first = first));
    }
}

/// Puts an answer into the table that its address names.
pub(super) fn put_answer(url: &Path, text: &[u8], overwrite: bool, lang: Lang) -> Result<(), Failure> {
    let name = table_of(url).unwrap_or_default();
    let progress = Progress::default();
    let layer = read_layer_bytes(text, &name, &ReadOptions::default(), &progress)?;
    let options = PutOptions { role: None, overwrite, is_answer: layer.as_read.is_answer };
    let done = put(url, &layer, options, &progress)?;
    warn_of(&done, lang);
    say::warn(put_text(&done, lang));
    Ok(())
}

fn initialised(done: &Initialised, common: &Common) -> String {
    let Initialised { is_new, watched, known, of_others } = done;
    if common.json {
        let all = json!({"made": is_new, "watched": watched, "known": known, "of_others": of_others});
        return format!("{all}\n");
    }
    let lang = common.lang();
    let mut lines = String::new();
    let names = |all: &[String]| all.join(between(lang));
    say::line(
        &mut lines,
        if *is_new { tr!(lang, "cli.store.made_register") } else { tr!(lang, "cli.store.register_there") },
    );
    if !watched.is_empty() {
        say::line(&mut lines, tr!(lang, "cli.store.watched", names = names(watched)));
    }
    if !known.is_empty() {
        say::line(&mut lines, tr!(lang, "cli.store.known", names = names(known)));
    }
    if !of_others.is_empty() {
        say::line(&mut lines, tr!(lang, "cli.store.of_others", names = names(of_others)));
    }
    lines
}

fn listed(tables: &[StoreTable], common: &Common) -> String {
    let lang = common.lang();
    if common.json {
        let one = |table: &StoreTable| {
            json!({
                "schema": table.schema,
                "table": table.table,
                "title": table.title,
                "role": table.role.map(Role::id),
                "geometry": table.geometry,
                "srid": table.srid,
                "rows": table.rows,
                "rows_estimated": table.is_estimate,
                "feed": table.feed,
                "changed": table.changed,
                "readable": table.is_readable,
            })
        };
        return format!("{}\n", json!({"tables": tables.iter().map(one).collect::<Vec<_>>()}));
    }
    let mut lines = String::new();
    for table in tables {
        let rows = match table.rows.map(|rows| count(rows as usize)) {
            None => tr!(lang, "cli.store.not_readable").into_owned(),
            Some(rows) => {
                let rows = if table.is_estimate { tr!(lang, "cli.store.about", n = rows).into_owned() } else { rows };
                tr!(lang, "cli.store.rows", n = rows).into_owned()
            }
        };
        let geometry = match (&table.geometry, table.srid) {
            (Some(kind), Some(srid)) => format!("{kind} (SRID {srid})"),
            (Some(kind), None) => kind.clone(),
            (None, _) => tr!(lang, "cli.store.no_geometry").into_owned(),
        };
        let changed = match (&table.feed, &table.changed) {
            (Some(feed), Some(at)) => tr!(lang, "cli.store.changed", feed = feed, at = at).into_owned(),
            _ => tr!(lang, "cli.store.not_counted").into_owned(),
        };
        let title = table.title.as_ref().filter(|title| **title != table.table).map(|title| format!("  {title}"));
        let role = table.role.map(|role| format!("  [{}]", role.id())).unwrap_or_default();
        let told = [geometry, rows, changed].join(comma(lang));
        let name = format!("{}.{}", table.schema, table.table);
        say::line(&mut lines, format!("{name}{}{role}  {told}", title.unwrap_or_default()));
    }
    lines
}
