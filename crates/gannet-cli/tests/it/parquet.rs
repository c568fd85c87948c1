//! Archived logs as Parquet, and those who read them without being told anything: DuckDB, Polars, pandas.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::run::{analyse, capture, log, temp};

/// Reads all of Parquet with each library that there is, and prints what each found, in JSON.
const READERS: &str = "
import json, sys
root, found = sys.argv[1], {}
glob = root + '/*/*/*/*/*.parquet'
try:
    import duckdb
    duckdb.sql(\"set timezone='UTC'\")
    rows = duckdb.sql(f\"select uid, \\\"id.orig_h\\\", \\\"id.resp_p\\\", epoch_us(ts), orig_bytes, log, sensor from read_parquet('{root}/log=conn/*/*/*/*.parquet', hive_partitioning=true) order by uid\").fetchall()
    kinds = dict(duckdb.sql(f\"select column_name, column_type from (describe select * from read_parquet('{root}/log=http/*/*/*/*.parquet'))\").fetchall())
    found['duckdb'] = {'rows': rows, 'ts': kinds['ts'], 'tags': kinds['tags'], 'bytes': kinds['response_body_len']}
except ImportError: pass
try:
    import polars
    frame = polars.scan_parquet(root + '/log=conn/**/*.parquet', hive_partitioning=True).sort('uid').collect()
    http = polars.read_parquet(root + '/log=http/**/*.parquet')
    found['polars'] = {'rows': [list(row) for row in frame.select('uid', 'id.orig_h', 'id.resp_p', polars.col('ts').dt.epoch('us'), 'orig_bytes', 'log', 'sensor').rows()], 'ts': str(frame.schema['ts']), 'tags': str(http.schema['tags'])}
except ImportError: pass
try:
    import pandas
    frame = pandas.read_parquet(root + '/log=conn').sort_values('uid')
    rows = [[r['uid'], r['id.orig_h'], int(r['id.resp_p']), r['ts'].value // 1000, None if pandas.isna(r['orig_bytes']) else int(r['orig_bytes']), 'conn', str(r['sensor'])] for _, r in frame.iterrows()]
    found['pandas'] = {'rows': rows, 'ts': str(frame['ts'].dtype)}
except ImportError: pass
print(json.dumps(found))
";

/// A Python that has one of the libraries: that of `GANNET_PYTHON`, or the first of the path.
fn python() -> Option<String> {
    let named = std::env::var("GANNET_PYTHON").ok();
    let has = |python: &String| {
        let script = "import importlib.util as u, sys; sys.exit(not any(u.find_spec(n) for n in ('duckdb', 'polars', 'pyarrow')))";
        Command::new(python).args(["-c", script]).output().is_ok_and(|output| output.status.success())
    };
    named.into_iter().chain(["python3".to_owned()]).find(has)
}

/// The files of a tree.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all.sort();
    all
}

#[test]
fn each_archived_log_is_there_as_parquet_under_names_that_others_know() {
    let dir = temp("parquet");
    let (read, parquet) = (capture("http-nginx"), dir.join("parquet"));
    let more = |spool: &str, format: &'static [&'static str]| {
        let out = dir.join(spool);
        let archive =
            ["--archive", dir.join(format!("{spool}-logs")).to_str().expect("text")].map(str::to_owned);
        let to = ["--parquet", parquet.to_str().expect("text"), "--sensor", "north/1", "--uid-seed", "x"]
            .map(str::to_owned);
        let all: Vec<String> = archive.into_iter().chain(to).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).chain(format.iter().copied()).collect();
        analyse(&read, &out, &all)
    };
    more("tsv", &[]);
    let first = files(&parquet);
    let shown: Vec<String> =
        first.iter().map(|path| path.strip_prefix(&parquet).expect("inside").display().to_string()).collect();
    let conn = shown.iter().find(|path| path.starts_with("log=conn/")).expect("a log");
    let parts: Vec<&str> = conn.split('/').collect();
    assert!(
        parts[1].starts_with("date=20") && parts[2].starts_with("hour=") && parts[3] == "sensor=north_1",
        "{conn}"
    );
    assert!(parts[4].ends_with(".parquet") && !parts[4].contains(':'), "{conn}");
    // The same logs once more change nothing; those in JSON are other logs.
    more("tsv", &[]);
    assert_eq!(files(&parquet), first);
    let (Some(python), plain) = (python(), dir.join("plain")) else {
        println!(
            "SKIPPED: Python has neither duckdb nor polars nor pyarrow (GANNET_PYTHON names another one)"
        );
        return;
    };
    analyse(&read, &plain, &["--uid-seed", "x", "--json"]);
    let mut wanted: Vec<Value> =
        log(&plain, "conn").lines().map(|line| serde_json::from_str(line).expect("a row")).collect();
    wanted.sort_by_key(|row| row["uid"].to_string());
    for format in [&[][..], &["--json"]] {
        let _old = fs::remove_dir_all(&parquet);
        more("again", format);
        let output = Command::new(&python).args(["-c", READERS]).arg(&parquet).output().expect("python");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let found: Value = serde_json::from_slice(&output.stdout).expect("an object");
        let readers = found.as_object().expect("readers");
        println!("read by {:?}", readers.keys().collect::<Vec<_>>());
        assert!(!readers.is_empty());
        for (reader, found) in readers {
            let rows = found["rows"].as_array().expect("rows");
            assert_eq!(rows.len(), wanted.len(), "{reader}");
            for (row, wanted) in rows.iter().zip(&wanted) {
                assert_eq!(
                    (&row[0], &row[1], &row[2]),
                    (&wanted["uid"], &wanted["id.orig_h"], &wanted["id.resp_p"]),
                    "{reader}"
                );
                let micros = (wanted["ts"].as_f64().expect("a time") * 1e6).round() as i64;
                assert!((row[3].as_i64().expect("a time") - micros).abs() <= 1, "{reader}: {row} {wanted}");
                assert_eq!(row[4], wanted["orig_bytes"], "{reader}");
                assert_eq!((&row[5], &row[6]), (&Value::from("conn"), &Value::from("north_1")), "{reader}");
            }
            let ts = found["ts"].as_str().expect("a type");
            assert!(ts.contains("UTC") || ts.contains("WITH TIME ZONE"), "{reader}: {ts}");
        }
    }
}
