//! Programs that read Zeek's logs: what they rely on, without the programs.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;

use crate::run::{analyse, capture, log, logs, temp};

/// A log as zeek-cut reads it: the separator by its escape, the columns by their names.
fn cut(text: &str, wanted: &[&str]) -> Vec<Vec<String>> {
    let mut separator = "\t".to_owned();
    let mut places = Vec::new();
    let mut rows = Vec::new();
    for line in text.lines() {
        if let Some(escape) = line.strip_prefix("#separator \\x") {
            separator = char::from(u8::from_str_radix(escape, 16).expect("two digits")).to_string();
        } else if let Some(fields) = line.strip_prefix("#fields") {
            let fields: Vec<&str> = fields.split(separator.as_str()).skip(1).collect();
            let place = |name: &&str| fields.iter().position(|field| field == name);
            places =
                wanted.iter().map(|name| place(name).unwrap_or_else(|| panic!("no column {name}"))).collect();
        } else if !line.starts_with('#') {
            let cells: Vec<&str> = line.split(separator.as_str()).collect();
            rows.push(places.iter().map(|place| cells[*place].to_owned()).collect());
        }
    }
    rows
}

fn written(name: &str, more: &[&str]) -> std::path::PathBuf {
    let out = temp(name);
    let args: Vec<&str> = ["-q", "--long-conns", "1s"].into_iter().chain(more.iter().copied()).collect();
    analyse(&capture("tcp-basics"), &out, &args);
    out
}

#[test]
fn columns_by_their_names_are_the_values_of_json() {
    let (tsv, json) = (written("readers-tsv", &[]), written("readers-json", &["--json"]));
    let names = ["uid", "id.orig_h", "id.resp_p", "proto", "conn_state", "history", "community_id"];
    let cells = cut(&log(&tsv, "conn"), &names);
    let json = log(&json, "conn");
    assert_eq!(cells.len(), json.lines().count());
    for (cells, line) in cells.iter().zip(json.lines()) {
        let row: Value = serde_json::from_str(line).expect("JSON");
        for (name, cell) in names.iter().zip(cells) {
            let value = match &row[*name] {
                Value::Null => "-".to_owned(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            assert_eq!(cell, &value, "{name} in {line}");
        }
    }
}

/// The log that RITA takes a file for, by the beginning of its name.
fn rita_takes(file: &str) -> Option<&'static str> {
    let open = ["open_conn", "open_http", "open_ssl"].into_iter();
    let all = open.chain(["dns", "http", "ssl"]);
    let conn =
        file.starts_with("conn") && !file.starts_with("conn_summary") && !file.starts_with("conn-summary");
    if conn { Some("conn") } else { all.into_iter().find(|prefix| file.starts_with(prefix)) }
}

#[test]
fn rita_takes_each_log_for_what_it_is() {
    let out = written("readers-rita", &[]);
    let files = logs(&out);
    assert!(files.contains_key("open_conn.log"), "{:?}", files.keys());
    for (file, text) in &files {
        let text = String::from_utf8_lossy(text);
        let path = text.lines().find_map(|line| line.strip_prefix("#path\t")).expect("a path");
        if let Some(taken) = rita_takes(file) {
            assert_eq!(taken, path, "{file}");
        }
    }
    // Also by its schema: no log of any name is taken for another.
    for stream in gannet_logs::streams() {
        let taken = rita_takes(&format!("{}.log", stream.name));
        assert!(taken.is_none_or(|taken| taken == stream.name), "{} is taken for {taken:?}", stream.name);
    }
}

/// Malcolm reads tab-separated rows by position.
#[test]
fn columns_of_connections_come_in_the_order_of_scripts_of_zeek() {
    let out = written("readers-order", &[]);
    for name in ["conn", "open_conn"] {
        let text = log(&out, name);
        let fields: HashMap<&str, usize> =
            crate::run::fields(&text).into_iter().enumerate().map(|(at, name)| (name, at)).collect();
        let order = [
            "tunnel_parents",
            "ip_proto",
            "vlan",
            "inner_vlan",
            "orig_l2_addr",
            "resp_l2_addr",
            "community_id",
        ];
        let places: Vec<usize> = order.iter().map(|name| fields[name]).collect();
        assert_eq!(places, (places[0]..places[0] + order.len()).collect::<Vec<_>>(), "{name}");
        assert_eq!(fields["community_id"] + 1, fields.len(), "{name}");
    }
}

/// Malcolm takes the date off a file's name; what is left is the log.
#[test]
fn logs_that_were_moved_aside_keep_their_name_in_front() {
    let name = |file: &str| {
        let stem = Path::new(file).file_stem().expect("a stem").to_string_lossy().into_owned();
        let (log, date) = stem.split_once('.').expect("a date");
        assert!(date.len() == 19 && date.split('-').map(str::len).eq([4, 2, 2, 2, 2, 2]), "{date}");
        log.to_owned()
    };
    assert_eq!(name(&format!("conn.{}.log", gannet_logs::calendar_text(gannet::Timestamp::ZERO))), "conn");
}
