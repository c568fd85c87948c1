//! The columns of JSON rows, which have no header: those of the log of that name, and what the first rows show.

use gannet::events::Kind;

use super::json::{self, members};
use super::shape::{LogColumn, LogShape};
use super::text::json_text;
use crate::format::columns;
use crate::options::{Format, Options};
use crate::records::streams;

/// Rows that are looked at.
const ROWS: usize = 100_000;
/// Columns of a log, at most.
const MAX_COLUMNS: usize = 4096;

/// The shape of a log with these rows. `name` is what its file is called.
pub(super) fn shape(name: &str, rows: &[u8]) -> LogShape {
    let mut keys: Vec<(String, Option<Kind>)> = Vec::new();
    let mut path = None;
    for line in rows.split(|byte| *byte == b'\n').take(ROWS) {
        // A line that is none is told when it is its turn.
        let _wrong = members(line, &mut |key, value| {
            let key =
                json_text(key).map(|key| String::from_utf8_lossy(&key).into_owned()).unwrap_or_default();
            if key == "_path" && path.is_none() {
                path = json_text(value).map(|path| String::from_utf8_lossy(&path).into_owned());
            }
            let kind = of_value(value);
            match keys.iter_mut().find(|(known, _)| *known == key) {
                Some((_, known)) => *known = joined(*known, kind),
                None => keys.push((key, kind)),
            }
            keys.len() < MAX_COLUMNS
        });
    }
    let mut shape = LogShape::new(Format::Json, path.as_deref().unwrap_or(name));
    let known = declared(&shape.path);
    // Columns that the log may have, in their order, and behind them what else is there.
    let others = keys.iter().filter(|(key, _)| !known.iter().any(|(name, _)| name == key));
    let others = others.map(|(key, kind)| (key.clone(), by_name(key, *kind)));
    let marks = |name: &str| matches!(name, "_path" | "_write_ts" | "_system_name");
    let (first, last): (Vec<_>, Vec<_>) = others.partition(|(name, _)| marks(name));
    let all = first.into_iter().chain(known).chain(last);
    shape.columns = all.map(|(name, kind)| LogColumn::new(&name, kind)).collect();
    shape
}

/// The columns of a log that there is, by its name.
pub(super) fn declared(log: &str) -> Vec<(String, Kind)> {
    let stream = streams().into_iter().find(|stream| stream.name == log);
    let all = stream.map(|stream| columns(stream, &Options::new(Format::Json))).unwrap_or_default();
    all.into_iter().map(|column| (column.name.to_owned(), column.kind)).collect()
}

/// The type that a value may be of; nothing if it says nothing.
fn of_value(raw: &[u8]) -> Option<Kind> {
    match raw {
        b"null" => None,
        b"true" | b"false" => Some(Kind::Bool),
        [b'"', ..] => Some(Kind::Text),
        [b'[', ..] => {
            let mut kind = None;
            json::elements(raw, &mut |element| kind = joined(kind, of_value(element)));
            Some(match kind {
                Some(Kind::Double) => Kind::Vector(&Kind::Double),
                Some(Kind::Int) => Kind::Vector(&Kind::Int),
                Some(Kind::Bool) => Kind::Vector(&Kind::Bool),
                _ => Kind::Vector(&Kind::Text),
            })
        }
        [b'{', ..] => Some(Kind::Text),
        _ if raw.iter().any(|byte| b".eE".contains(byte)) => Some(Kind::Double),
        _ => Some(Kind::Int),
    }
}

fn joined(one: Option<Kind>, other: Option<Kind>) -> Option<Kind> {
    match (one, other) {
        (None, kind) | (kind, None) => kind,
        (Some(one), Some(other)) if one == other => Some(one),
        (Some(Kind::Int | Kind::Double), Some(Kind::Int | Kind::Double)) => Some(Kind::Double),
        _ => Some(Kind::Text),
    }
}

/// The type of a column that other logs have, too; else what its values are.
fn by_name(name: &str, found: Option<Kind>) -> Kind {
    match (name, found) {
        ("ts" | "_write_ts", _) => Kind::Time,
        ("id.orig_h" | "id.resp_h", _) => Kind::Addr,
        ("id.orig_p" | "id.resp_p", _) => Kind::Port,
        ("duration" | "rtt", Some(Kind::Int | Kind::Double)) => Kind::Interval,
        _ => found.unwrap_or(Kind::Text),
    }
}
