//! The findings, for people and for programs.

use serde_json::{Value, json};

use super::note::ConnNote;
use super::tally::{Failed, Findings, Table};
use crate::human::{bytes, count, printable, share, span, time};
use crate::summary::Account;

/// Characters of a cell, at most.
const WIDEST: usize = 60;

/// One table for people: its columns, and which of them are numbers.
struct Sheet {
    title: String,
    columns: Vec<(&'static str, bool)>,
    rows: Vec<Vec<String>>,
}

/// Lines for people.
pub(super) fn text(account: &Account<'_>, findings: &Findings) -> String {
    let mut out = account.text_of_capture();
    for sheet in sheets(findings) {
        out.push('\n');
        out += &sheet.text();
    }
    out
}

fn sheets(findings: &Findings) -> Vec<Sheet> {
    let mut sheets = vec![talkers("Hosts by bytes", &findings.by_bytes)];
    sheets.push(talkers("Hosts by connections", &findings.by_connections));
    let services = findings.services.rows.iter();
    sheets.push(Sheet {
        title: title("Services", &findings.services),
        columns: vec![("service", false), ("connections", true), ("bytes", true)],
        rows: services
            .map(|(name, n, of)| vec![printable(name.as_bytes()), count(*n), bytes(of.bytes)])
            .collect(),
    });
    let names = findings.names.rows.iter();
    sheets.push(Sheet {
        title: title("Names asked for", &findings.names),
        columns: vec![("name", false), ("queries", true), ("failed", true)],
        rows: names.map(|(name, n, of)| vec![printable(name), count(*n), count(of.failed)]).collect(),
    });
    let files = findings.files.rows.iter();
    sheets.push(Sheet {
        title: title("Downloads by type", &findings.files),
        columns: vec![("type", false), ("files", true), ("bytes", true)],
        rows: files.map(|(mime, n, of)| vec![mime.to_string(), count(of.files), bytes(*n)]).collect(),
    });
    sheets.push(failures(&findings.failed));
    sheets.push(Sheet {
        title: "Longest connections".to_owned(),
        columns: vec![
            ("from", false),
            ("to", false),
            ("service", false),
            ("duration", true),
            ("begin", false),
            ("uid", false),
        ],
        rows: findings.longest.iter().map(longest).collect(),
    });
    let beacons = findings.beacons.rows.iter();
    sheets.push(Sheet {
        title: title("Beacons (connections at regular intervals)", &findings.beacons),
        columns: vec![
            ("from", false),
            ("to", false),
            ("connections", true),
            ("every", true),
            ("regular", true),
        ],
        rows: beacons
            .map(|((from, to, port, proto), n, rhythm)| {
                let regular = share((rhythm.regular * 1000.0) as u64, 1000);
                vec![from.to_string(), end(to, *port, proto), count(*n), span(rhythm.interval), regular]
            })
            .collect(),
    });
    sheets.retain(|sheet| !sheet.rows.is_empty());
    sheets
}

fn talkers(name: &str, table: &Table<super::tally::Row<std::net::IpAddr, super::tally::Host>>) -> Sheet {
    let row = |(host, _, of): &(std::net::IpAddr, u64, super::tally::Host)| {
        vec![host.to_string(), count(of.connections), bytes(of.sent), bytes(of.received)]
    };
    Sheet {
        title: title(name, table),
        columns: vec![("host", false), ("connections", true), ("sent", true), ("received", true)],
        rows: table.rows.iter().map(row).collect(),
    }
}

fn failures(table: &Table<super::tally::Row<super::tally::Pair, Failed>>) -> Sheet {
    let row = |((from, to), n, of): &(super::tally::Pair, u64, Failed)| {
        vec![from.to_string(), to.to_string(), port(of), count(*n), count(of.unanswered), count(of.refused)]
    };
    Sheet {
        title: title("Failed connections (TCP)", table),
        columns: vec![
            ("from", false),
            ("to", false),
            ("port", true),
            ("connections", true),
            ("no answer", true),
            ("refused", true),
        ],
        rows: table.rows.iter().map(row).collect(),
    }
}

fn port(of: &Failed) -> String {
    match of.port {
        Some(port) if !of.other_ports => port.to_string(),
        _ => "several".to_owned(),
    }
}

fn longest(conn: &ConnNote) -> Vec<String> {
    vec![
        conn.orig.to_string(),
        end(&conn.resp, conn.port, conn.proto),
        conn.service.as_deref().map_or_else(|| "-".to_owned(), |name| printable(name.as_bytes())),
        span(conn.duration),
        time(conn.ts),
        conn.uid.clone(),
    ]
}

/// `192.0.2.1 443/tcp`; what has no ports is named by its protocol alone.
fn end(host: &std::net::IpAddr, port: u16, proto: &str) -> String {
    match proto {
        "tcp" | "udp" => format!("{host} {port}/{proto}"),
        other => format!("{host} {other}"),
    }
}

/// A title that says what is not shown, and whether numbers may be too high.
fn title<T>(name: &str, table: &Table<T>) -> String {
    let mut text = name.to_owned();
    if table.all > table.rows.len() {
        text += &format!(", {} of {}", count(table.rows.len() as u64), count(table.all as u64));
        if !table.exact {
            text += " or more";
        }
    }
    if !table.exact {
        text += "; too many to count exactly: numbers may be too high";
    }
    text
}

impl Sheet {
    fn text(&self) -> String {
        let cut = |cell: &str| match cell.char_indices().nth(WIDEST) {
            Some(_) => cell.chars().take(WIDEST - 1).chain(['…']).collect(),
            None => cell.to_owned(),
        };
        let rows: Vec<Vec<String>> =
            self.rows.iter().map(|row| row.iter().map(|cell| cut(cell)).collect()).collect();
        let mut widths: Vec<usize> = self.columns.iter().map(|(name, _)| name.len()).collect();
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        let line = |cells: &mut dyn Iterator<Item = &str>| {
            let mut line = String::from(" ");
            for ((cell, width), (_, number)) in cells.zip(&widths).zip(&self.columns) {
                line += &if *number { format!(" {cell:>width$} ") } else { format!(" {cell:<width$} ") };
            }
            format!("{}\n", line.trim_end())
        };
        let mut out = format!("{}\n", self.title);
        out += &line(&mut self.columns.iter().map(|(name, _)| *name));
        for row in &rows {
            out += &line(&mut row.iter().map(String::as_str));
        }
        out
    }
}

/// One object for programs.
pub(super) fn json(account: &Account<'_>, findings: &Findings) -> String {
    let seconds = |length: gannet::Interval| length.nanos() as f64 / 1e9;
    let host = |(host, _, of): &(std::net::IpAddr, u64, super::tally::Host)| json!({"host": host, "connections": of.connections, "sent": of.sent, "received": of.received});
    let object = json!({
        "run": account.object(),
        "hosts_by_bytes": list(&findings.by_bytes, host),
        "hosts_by_connections": list(&findings.by_connections, host),
        "services": list(&findings.services, |(name, n, of)| {
            json!({"service": name, "connections": n, "bytes": of.bytes})
        }),
        "names": list(&findings.names, |(name, n, of)| {
            json!({"name": printable(name), "queries": n, "failed": of.failed})
        }),
        "downloads": list(&findings.files, |(mime, n, of)| json!({"type": mime, "files": of.files, "bytes": n})),
        "failed": list(&findings.failed, |((from, to), n, of)| {
            json!({
                "from": from,
                "to": to,
                "port": of.port.filter(|_| !of.other_ports),
                "connections": n,
                "unanswered": of.unanswered,
                "refused": of.refused,
            })
        }),
        "longest": findings.longest.iter().map(|conn| {
            json!({
                "uid": conn.uid,
                "begin": conn.ts.nanos() as f64 / 1e9,
                "from": conn.orig,
                "to": conn.resp,
                "port": conn.port,
                "proto": conn.proto,
                "service": conn.service,
                "duration": seconds(conn.duration),
            })
        }).collect::<Vec<_>>(),
        "beacons": list(&findings.beacons, |((from, to, port, proto), n, rhythm)| {
            json!({
                "from": from,
                "to": to,
                "port": port,
                "proto": proto,
                "connections": n,
                "interval": seconds(rhythm.interval),
                "regular": rhythm.regular,
            })
        }),
    });
    format!("{object}\n")
}

/// Rows, how many there are in all, and whether the numbers are exact.
fn list<T>(table: &Table<T>, row: impl Fn(&T) -> Value) -> Value {
    json!({
        "rows": table.rows.iter().map(row).collect::<Vec<_>>(),
        "all": table.all,
        "exact": table.exact,
    })
}
