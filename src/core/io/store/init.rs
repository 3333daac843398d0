//! The register of layers: what tables cannot say of themselves, and how often each was changed.

use super::catalogue::{Entry, entries, entry};
use super::columns::columns;
use super::connect::Connection;
use super::url::{StoreUrl, shown};
use super::{StoreError, literal, quoted};
use crate::i18n::Said;
use crate::model::Role;
use std::path::Path;

/// The triggers of a table whose changes are counted.
pub(super) const TRIGGERS: [&str; 4] = ["shanshui_insert", "shanshui_update", "shanshui_delete", "shanshui_truncate"];

/// The register. Everybody may read it; who owns a table may enter it. Changes are counted with the rights of its owner, so that who
/// may change a table need not be able to change the register. `NOTIFY` is a hint: the number is what counts.
const REGISTER: &str = r#"
CREATE SCHEMA IF NOT EXISTS shanshui;
GRANT USAGE ON SCHEMA shanshui TO PUBLIC;
CREATE TABLE IF NOT EXISTS shanshui.layer (
  schema_name text NOT NULL,
  table_name text NOT NULL,
  title text,
  role text,
  reading json,
  is_answer boolean NOT NULL DEFAULT false,
  seq bigint NOT NULL DEFAULT 0,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (schema_name, table_name)
);
GRANT SELECT ON shanshui.layer TO PUBLIC;
COMMENT ON TABLE shanshui.layer IS 'Shanshui: layers of this database, how they are read, and how often they were changed';
CREATE OR REPLACE FUNCTION shanshui.note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE own bigint;
BEGIN
  IF TG_OP <> 'TRUNCATE' THEN
    -- Triggers of statements fire for no rows, too.
    IF NOT EXISTS (SELECT FROM changed) THEN RETURN NULL; END IF;
  END IF;
  UPDATE shanshui.layer SET seq = seq + 1, changed_at = clock_timestamp()
    WHERE schema_name = TG_TABLE_SCHEMA AND table_name = TG_TABLE_NAME RETURNING seq INTO own;
  PERFORM pg_notify('shanshui', format('%I.%I %s', TG_TABLE_SCHEMA, TG_TABLE_NAME, own));
  RETURN NULL;
END $body$;
CREATE OR REPLACE FUNCTION shanshui.enter(of_schema text, of_table text, new_title text, new_role text, new_reading json, answer boolean)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE own bigint;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = of_schema AND c.relname = of_table AND pg_has_role(session_user, c.relowner, 'USAGE')) THEN
    RAISE EXCEPTION '%.% is not yours', of_schema, of_table USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO shanshui.layer AS l (schema_name, table_name, title, role, reading, is_answer)
    VALUES (of_schema, of_table, new_title, new_role, new_reading, answer)
    ON CONFLICT (schema_name, table_name) DO UPDATE SET title = excluded.title, role = excluded.role, reading = excluded.reading,
      is_answer = excluded.is_answer, seq = l.seq + 1, changed_at = clock_timestamp()
    RETURNING l.seq INTO own;
  RETURN own;
END $body$;
"#;

/// What `store init` did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Initialised {
    /// True where the register was made now.
    pub is_new: bool,
    /// Tables whose changes are counted from now on.
    pub watched: Vec<String>,
    /// Tables whose changes were counted before.
    pub known: Vec<String>,
    /// Tables of others: their owners may do the same.
    pub of_others: Vec<String>,
}

/// Makes the register in a database, and has changes of the schema's tables counted (or of the one that the URL names).
///
/// # Errors
/// [`StoreError`]: the user may not make a schema, the server only reads (a standby).
pub fn init(path: &Path) -> Result<Initialised, StoreError> {
    let url = StoreUrl::parse(path)?;
    let store = shown(path);
    let mut connection = Connection::open(path, &url, true)?;
    let mut done = Initialised { is_new: ensure(&mut connection, &store)?, ..Initialised::default() };
    let all = match url.table {
        Some(_) => vec![entry(&mut connection, &store, &url, None)?],
        None => entries(&mut connection, &store, url.schema(), None)?,
    };
    for entry in all.into_iter().filter(|entry| matches!(&*entry.kind, "r" | "p") && entry.schema != "shanshui") {
        if columns(&mut connection, &store, entry.oid)?.geometries.is_empty() {
            continue;
        }
        let called = entry.called();
        if entry.entered.is_some() && super::catalogue::is_watched(&mut connection, &store, &entry)? {
            done.known.push(called);
        } else if entry.is_own {
            if entry.entered.is_none() {
                enter(&mut connection, &store, &entry.schema, &entry.name, None, None, None, false)?;
            }
            watch(&mut connection, &store, &entry.schema, &entry.name)?;
            done.watched.push(called);
        } else {
            done.of_others.push(called);
        }
    }
    connection.commit(&store)?;
    Ok(done)
}

/// Makes the register where it is not there; true where it was not.
pub(super) fn ensure(connection: &mut Connection, store: &str) -> Result<bool, StoreError> {
    if connection.has_register {
        return Ok(false);
    }
    connection.run(store, REGISTER).map_err(|e| StoreError::new(store, why_not_made(e.said)))?;
    connection.look_around(store)?;
    Ok(true)
}

fn why_not_made(cause: Said) -> Said {
    Said::told(|lang| crate::i18n::tr!(lang, "store.no_register", cause = cause.text(lang)).into_owned())
}

/// Enters a table; the number of its last change.
#[expect(clippy::too_many_arguments, reason = "the row of a table")]
pub(super) fn enter(
    connection: &mut Connection,
    store: &str,
    schema: &str,
    table: &str,
    title: Option<&str>,
    role: Option<Role>,
    reading: Option<&str>,
    is_answer: bool,
) -> Result<i64, StoreError> {
    let text = |text: Option<&str>| text.map_or("NULL".to_owned(), literal);
    let sql = format!(
        "SELECT shanshui.enter({}, {}, {}, {}, {}::json, {is_answer})",
        literal(schema),
        literal(table),
        text(title),
        text(role.map(Role::id)),
        reading.unwrap_or("NULL"),
    );
    let row = connection.client.query_one(&sql, &[]).map_err(|e| StoreError::of_server(store, &e))?;
    Ok(row.get(0))
}

/// Has the changes of a table counted.
pub(super) fn watch(connection: &mut Connection, store: &str, schema: &str, table: &str) -> Result<(), StoreError> {
    let on = format!("{}.{}", quoted(schema), quoted(table));
    let [insert, update, delete, truncate] = TRIGGERS;
    let mut sql: String = TRIGGERS.map(|name| format!("DROP TRIGGER IF EXISTS {name} ON {on};\n")).concat();
    for (name, event, rows) in [(insert, "INSERT", "NEW"), (update, "UPDATE", "NEW"), (delete, "DELETE", "OLD")] {
        sql.push_str(&format!(
            "CREATE TRIGGER {name} AFTER {event} ON {on} REFERENCING {rows} TABLE AS changed \
             FOR EACH STATEMENT EXECUTE FUNCTION shanshui.note_change();\n"
        ));
    }
    sql.push_str(&format!(
        "CREATE TRIGGER {truncate} AFTER TRUNCATE ON {on} FOR EACH STATEMENT EXECUTE FUNCTION shanshui.note_change();"
    ));
    connection.run(&format!("{schema}.{table}"), &sql).map_err(|e| StoreError { store: store.to_owned(), ..e })
}

/// The table of a name, as it is now.
pub(super) fn named(
    connection: &mut Connection,
    store: &str,
    schema: &str,
    table: &str,
) -> Result<Option<Entry>, StoreError> {
    Ok(entries(connection, store, schema, Some(table))?.into_iter().next())
}
