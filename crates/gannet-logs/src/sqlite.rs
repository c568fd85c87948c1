//! A log as a table of a SQLite database: times and lengths of time are seconds, addresses are text, truths are 0 and 1, and sets and
//! vectors are arrays of JSON, which SQLite's `json_each` takes apart.
//!
//! A table is there with all its rows, or not at all.

use std::io;
use std::path::Path;

use gannet::events::{Kind, List, Value};
use gannet_query::Row;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement, ToSql};

use crate::format::{address, json_quoted, utf8, value_text};

fn failed(error: rusqlite::Error) -> io::Error {
    io::Error::other(error)
}

/// A database that logs are added to.
pub struct SqliteFile(Connection);

impl SqliteFile {
    /// Opens a database, or makes one.
    ///
    /// # Errors
    /// A file that is none, or cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        Connection::open(path).map(Self).map_err(failed)
    }

    /// Adds a log with these columns as a table of its name, whose rows `fill` gives one after the other.
    ///
    /// # Errors
    /// A table that is there already, a file that cannot be written, and what `fill` says: then there is no table.
    pub fn add<E: From<io::Error>>(
        &mut self,
        log: &str,
        columns: &[(&str, Kind)],
        fill: impl FnOnce(&mut SqliteLog<'_>) -> Result<(), E>,
    ) -> Result<u64, E> {
        let change = self.0.transaction().map_err(failed)?;
        let create = table(log, columns);
        change.execute(&create, []).map_err(failed)?;
        let places = vec!["?"; columns.len()].join(", ");
        let insert = format!("INSERT INTO {} VALUES ({places})", quoted(log));
        let mut rows = SqliteLog {
            insert: change.prepare(&insert).map_err(failed)?,
            columns: columns.len(),
            text: Vec::new(),
            rows: 0,
        };
        fill(&mut rows)?;
        let count = rows.rows;
        drop(rows);
        change.commit().map_err(failed)?;
        Ok(count)
    }
}

/// A table that rows are added to.
pub struct SqliteLog<'a> {
    insert: Statement<'a>,
    columns: usize,
    text: Vec<u8>,
    rows: u64,
}

impl SqliteLog<'_> {
    /// Adds a row, which has a value for each column.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn row(&mut self, row: &dyn Row) -> io::Result<()> {
        for place in 0..self.columns {
            self.text.clear();
            let cell = cell(row.value(place), &mut self.text);
            self.insert.raw_bind_parameter(place + 1, cell).map_err(failed)?;
        }
        self.insert.raw_execute().map_err(failed)?;
        self.rows += 1;
        Ok(())
    }
}

/// A name as a statement has it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The statement that makes a table. What each column holds is a rule, not advice (STRICT).
fn table(log: &str, columns: &[(&str, Kind)]) -> String {
    let column = |(name, kind): &(&str, Kind)| {
        let holds = match kind {
            Kind::Time | Kind::Interval | Kind::Double => "REAL",
            Kind::Count | Kind::Int | Kind::Bool | Kind::Port => "INTEGER",
            _ => "TEXT",
        };
        format!("{} {holds}", quoted(name))
    };
    let columns: Vec<String> = columns.iter().map(column).collect();
    format!("CREATE TABLE {} ({}) STRICT", quoted(log), columns.join(", "))
}

/// A value as SQLite has it.
struct Cell<'a>(ValueRef<'a>);

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.0))
    }
}

fn cell<'a>(value: Value<'_>, text: &'a mut Vec<u8>) -> Cell<'a> {
    let whole = |number: u64| ValueRef::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    Cell(match value {
        Value::Unset => ValueRef::Null,
        // To the microsecond, as logs have them: finer ones are not whole in a double, and would be rounded twice.
        Value::Time(at) => ValueRef::Real(at.nanos().div_euclid(1000) as f64 / 1e6),
        Value::Date(seconds) => ValueRef::Real(seconds as f64),
        Value::Interval(length) => ValueRef::Real(length.nanos() as f64 / 1e9),
        Value::Double(number) => ValueRef::Real(number),
        Value::Count(number) => whole(number),
        Value::Int(number) => ValueRef::Integer(number),
        Value::Bool(truth) => ValueRef::Integer(truth.into()),
        Value::Port(port) => ValueRef::Integer(port.into()),
        Value::List(list) => {
            array(list, text);
            ValueRef::Text(text)
        }
        scalar => {
            plain(scalar, text);
            ValueRef::Text(text)
        }
    })
}

/// A text, an address or an id.
fn plain(value: Value<'_>, text: &mut Vec<u8>) {
    match value {
        Value::Text(bytes) => utf8(bytes, text),
        Value::Enum(name) => text.extend_from_slice(name.as_bytes()),
        Value::Addr(at) => address(at, text),
        other => value_text(other, text),
    }
}

/// A list as an array of JSON.
fn array(list: &dyn List, text: &mut Vec<u8>) {
    let (mut first, mut element) = (true, Vec::new());
    text.push(b'[');
    list.each(&mut |value| {
        text.extend_from_slice(if std::mem::take(&mut first) { b"" } else { b"," });
        element.clear();
        match value {
            Value::Unset | Value::List(_) => text.extend_from_slice(b"null"),
            Value::Bool(truth) => text.extend_from_slice(if truth { b"true" } else { b"false" }),
            Value::Double(number) if !number.is_finite() => text.extend_from_slice(b"null"),
            Value::Time(_)
            | Value::Date(_)
            | Value::Interval(_)
            | Value::Double(_)
            | Value::Count(_)
            | Value::Int(_)
            | Value::Port(_) => value_text(value, text),
            other => {
                plain(other, &mut element);
                json_quoted(&element, text);
            }
        }
    });
    text.push(b']');
}
