//! Ids of connections and files differ between programs: each is replaced by what it stands for.

use std::collections::{BTreeMap, HashMap};

use super::field::Field;
use super::load::Log;

/// Columns that hold ids of connections.
const CONNECTIONS: [&str; 6] = ["uid", "uids", "tunnel_parents", "conn_uids", "parent_uid", "tunnel_parent"];
/// Columns that hold ids of files.
const FILES: [&str; 10] = [
    "fuid",
    "fuids",
    "orig_fuids",
    "resp_fuids",
    "cert_chain_fuids",
    "client_cert_chain_fuids",
    "parent_fuid",
    "file_fuid",
    "parent_fuids",
    "id",
];
/// Logs whose column `id` is that of a file.
const ID_OF_FILE: [&str; 3] = ["pe", "x509", "ocsp"];
const ENDS: [&str; 4] = ["id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"];

/// What the ids of a folder's logs stand for.
#[derive(Debug, Default)]
pub(super) struct Ids {
    connections: HashMap<Vec<u8>, String>,
    files: HashMap<Vec<u8>, String>,
}

fn ends(log: &Log, row: &[Field]) -> String {
    ENDS.map(|name| log.value(row, name).to_string()).join("|")
}

impl Ids {
    /// What ids stand for: a connection for its first time and its ends, a file for its source, its times and its sizes.
    pub(super) fn of(logs: &BTreeMap<String, Log>) -> Self {
        let mut ids = Self::default();
        let conn = logs.iter().filter(|(name, _)| *name == "conn");
        for (name, log) in conn.chain(logs.iter().filter(|(name, _)| *name != "conn")) {
            for row in &log.rows {
                let Field::Text(uid) = log.value(row, "uid") else { continue };
                if *log.value(row, "id.orig_h") == Field::Unset || ids.connections.contains_key(uid) {
                    continue;
                }
                let time = match log.value(row, "ts") {
                    Field::Number(time) if name == "conn" => format!("@{time:.3}"),
                    _ => String::new(),
                };
                ids.connections.insert(uid.clone(), format!("C({}{time})", ends(log, row)));
            }
        }
        let mut files: HashMap<Vec<u8>, Vec<String>> = HashMap::new();
        for (log, row) in
            logs.get("files").into_iter().flat_map(|log| log.rows.iter().map(move |row| (log, row)))
        {
            let Field::Text(fuid) = log.value(row, "fuid") else { continue };
            let time = match log.value(row, "ts") {
                Field::Number(time) => *time,
                _ => 0.0,
            };
            let (source, seen) = (log.value(row, "source"), log.value(row, "seen_bytes"));
            let text = format!("{source} {} {time:.3} {seen}", ends(log, row));
            files.entry(fuid.clone()).or_default().push(text);
        }
        // A file that came over several connections has a row for each, in any order.
        let file = |(id, of): (Vec<u8>, Vec<String>)| {
            let more = if of.len() > 1 { format!(" +{}", of.len() - 1) } else { String::new() };
            (id, format!("F({}{more})", of.iter().min().map_or("", String::as_str)))
        };
        ids.files = files.into_iter().map(file).collect();
        ids
    }

    /// The value with what its ids stand for in their place.
    pub(super) fn replaced(&self, log: &str, column: &str, field: &Field) -> Field {
        let known = if CONNECTIONS.contains(&column) {
            (&self.connections, "C?")
        } else if FILES.contains(&column) && (column != "id" || ID_OF_FILE.contains(&log)) {
            (&self.files, "F?")
        } else {
            return field.clone();
        };
        let of = |id: &Vec<u8>| known.0.get(id).map_or(known.1, String::as_str).as_bytes().to_vec();
        match field {
            Field::Text(id) => Field::Text(of(id)),
            Field::List(ids) => {
                let mut all: Vec<Vec<u8>> = ids.iter().map(of).collect();
                if CONNECTIONS.contains(&column) {
                    all.sort_unstable();
                }
                Field::List(all)
            }
            other => other.clone(),
        }
    }
}
