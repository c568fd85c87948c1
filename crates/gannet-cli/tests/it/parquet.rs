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

/// What a command prints, if it ends well.
fn prints(args: &[&str]) -> String {
    let ran = crate::run::run(args);
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""), "{args:?}");
    ran.out
}

/// The rows of a log, and the lines that say what they are.
fn told(log: &str) -> Vec<&str> {
    let is_told = |line: &&str| !line.starts_with("#open") && !line.starts_with("#close");
    log.lines().filter(is_told).collect()
}

#[test]
fn logs_come_back_from_parquet_as_they_were() {
    let dir = temp("parquet-convert");
    let mut logs = 0;
    for name in ["http-nginx", "tls-openssl", "mail-dovecot", "snmp-netsnmp", "dhcp-dnsmasq"] {
        let out = dir.join(name);
        analyse(&capture(name), &out, &["--uid-seed", "x"]);
        for path in files(&out).iter().filter(|path| path.extension().is_some_and(|end| end == "log")) {
            let (tsv, parquet) = (path.to_str().expect("text"), path.with_extension("parquet"));
            let parquet = parquet.to_str().expect("text");
            prints(&["convert", "--parquet", tsv, "-o", parquet]);
            let there = fs::read_to_string(path).expect("a log");
            assert_eq!(told(&prints(&["convert", "--tsv", parquet])), told(&there), "{tsv}");
            // From JSON, whose types are those of the log of that name, it is the same.
            let json = path.with_extension("json");
            let json = json.to_str().expect("text");
            prints(&["convert", "--json", tsv, "-o", json]);
            assert_eq!(prints(&["convert", parquet]), fs::read_to_string(json).expect("a log"), "{json}");
            fs::remove_file(json).expect("a file");
            logs += 1;
        }
    }
    assert!(logs > 20, "{logs}");
}

#[test]
fn parquet_is_searched_merged_and_compared_as_text_is() {
    let dir = temp("parquet-search");
    let (text, columns) = (dir.join("text"), dir.join("columns"));
    analyse(&capture("http-nginx"), &text, &["--uid-seed", "x"]);
    for name in ["conn", "http", "files"] {
        let hive = columns.join(format!("log={name}/date=2026-11-20/hour=14/sensor=a"));
        fs::create_dir_all(&hive).expect("a folder");
        let from = text.join(format!("{name}.log"));
        let to = hive.join("140000-150000-1.parquet");
        prints(&["convert", "--parquet", from.to_str().expect("text"), "-o", to.to_str().expect("text")]);
    }
    let (text, columns) = (text.to_str().expect("text"), columns.to_str().expect("text"));
    let conn = log(Path::new(text), "conn");
    let uid = crate::run::rows(&conn)[0].split('\t').nth(1).expect("an id");
    let uid = format!("uid == \"{uid}\"");
    for (predicate, more) in [
        ("true", &["--log", "conn", "--by", "service", "--top", "20"][..]),
        ("id.resp_p == 80 && orig_bytes > 0", &["--log", "conn", "--count"]),
        (
            "true",
            &["--log", "conn", "--by", "id.orig_h", "--sum", "orig_bytes,duration", "--distinct", "uid"],
        ),
        ("true", &["--log", "conn", "--every", "1s", "--count"]),
        (&uid, &["--log", "conn", "--columns", "ts,uid,id.resp_h,tunnel_parents"]),
        ("uid == \"no such id\"", &["--log", "conn", "--count"]),
        ("status_code >= 400", &["--columns", "uid,uri,tags", "--json"]),
        ("mime_type?", &["--by", "mime_type", "--json"]),
    ] {
        let args = |place| [&["search", predicate, place][..], more].concat();
        assert_eq!(prints(&args(columns)), prints(&args(text)), "{predicate} {more:?}");
    }
    // A whole row, which both print as it is in the log.
    let row = |place| prints(&["search", &uid, place, "--log", "conn"]).lines().last().map(str::to_owned);
    assert_eq!(row(columns), row(text));
    assert_eq!(
        told(&prints(&["cat", columns, "--log", "conn"])),
        told(&prints(&["cat", text, "--log", "conn"]))
    );
    assert!(prints(&["diff", text, columns, "--log", "conn,http,files"]).contains("conn"));
    // A folder that has both has the same rows twice: they are taken once.
    let both = dir.to_str().expect("text");
    let count = ["search", "true", both, "--log", "conn", "--count"];
    assert_eq!(prints(&count), prints(&["search", "true", text, "--log", "conn", "--count"]));
}

#[test]
fn columns_are_cut_out_of_parquet_as_out_of_text() {
    let dir = temp("parquet-cut");
    analyse(&capture("http-nginx"), &dir, &["--uid-seed", "x"]);
    let (tsv, parquet) = (dir.join("http.log"), dir.join("http.parquet"));
    let (tsv, parquet) = (tsv.to_str().expect("text"), parquet.to_str().expect("text"));
    prints(&["convert", "--parquet", tsv, "-o", parquet]);
    for args in [
        &["ts", "uid", "no_such", "tags", "uri"][..],
        &[],
        &["-n", "uid", "ts", "host"],
        &["-F", "|", "uid", "method"],
        &["-U", "%H:%M", "ts", "uid"],
        &["-m", "uid", "ts"],
        &["-c", "ts", "uid", "resp_mime_types"],
    ] {
        let cut = |file| {
            let ran = crate::run::run([&["cut", "-r", file], args].concat());
            let is_missing = args.contains(&"no_such");
            let told = if is_missing { "gannet: warning: there is no column no_such\n" } else { "" };
            assert_eq!((ran.status, ran.err.as_str()), (Some(0), told), "{args:?} {file}");
            ran.out
        };
        assert_eq!(told(&cut(parquet)), told(&cut(tsv)), "{args:?}");
    }
    // One behind the other, each with its header.
    let both = prints(&["cut", "-C", "-r", parquet, "-r", tsv, "uid"]);
    assert_eq!(both.matches("#fields\tuid\n").count(), 2);
}

#[cfg(feature = "sqlite")]
#[test]
fn logs_are_tables_of_a_database() {
    let script = "
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
print(json.dumps({
    'conn': db.execute('select uid, \"id.orig_h\", \"id.resp_p\", ts, orig_bytes, local_orig from conn order by uid').fetchall(),
    'http': db.execute('select count(*) from http').fetchone(),
    'mime': db.execute('select value, count(*) from http, json_each(resp_mime_types) group by 1 order by 1').fetchall(),
    'types': [(row[1], row[2]) for row in db.execute('pragma table_info(http)')],
    'check': db.execute('pragma integrity_check').fetchone(),
}))
";
    let dir = temp("sqlite");
    analyse(&capture("http-nginx"), &dir, &["--uid-seed", "x"]);
    let database = dir.join("logs.db");
    let database = database.to_str().expect("text");
    let path = |name: &str| dir.join(name).to_str().expect("text").to_owned();
    prints(&["convert", "--sqlite", &path("conn.log"), "-o", database]);
    prints(&["convert", "--parquet", &path("http.log"), "-o", &path("http.parquet")]);
    prints(&["convert", "--sqlite", &path("http.parquet"), "-o", database]);
    // What is there already is not there twice.
    let again = crate::run::run(["convert", "--sqlite", &path("conn.log"), "-o", database]);
    assert!(again.status == Some(1) && again.err.contains("already exists"), "{}", again.err);
    let output = Command::new("python3").args(["-c", script, database]).output().expect("Python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).expect("an object");
    assert_eq!(found["check"], serde_json::json!(["ok"]));
    prints(&["convert", "--json", &path("conn.log"), "-o", &path("conn.json")]);
    let rows = fs::read_to_string(path("conn.json")).expect("a log");
    let mut rows: Vec<Value> = rows.lines().map(|row| serde_json::from_str(row).expect("a row")).collect();
    rows.sort_by(|one, other| one["uid"].as_str().cmp(&other["uid"].as_str()));
    let conn = found["conn"].as_array().expect("rows");
    assert!(!rows.is_empty() && conn.len() == rows.len());
    for (found, wanted) in conn.iter().zip(&rows) {
        let wanted = serde_json::json!([
            wanted["uid"],
            wanted["id.orig_h"],
            wanted["id.resp_p"],
            wanted["ts"],
            wanted["orig_bytes"],
            wanted["local_orig"].as_bool().map(u8::from),
        ]);
        assert_eq!(found, &wanted);
    }
    let count = |column: &str| prints(&["search", "true", &path("http.log"), "--by", column]);
    let all: u64 =
        count("uid").lines().skip(1).filter_map(|line| line.rsplit('\t').next()?.parse::<u64>().ok()).sum();
    assert_eq!(found["http"], serde_json::json!([all]));
    let mimes = found["mime"].as_array().expect("rows");
    assert!(mimes.iter().any(|mime| mime[0] == "text/html"), "{mimes:?}");
    let types = found["types"].as_array().expect("rows");
    for (name, wanted) in [("ts", "REAL"), ("uid", "TEXT"), ("id.resp_p", "INTEGER"), ("tags", "TEXT")] {
        assert!(types.contains(&serde_json::json!([name, wanted])), "{name}: {types:?}");
    }
}

#[test]
fn what_is_no_parquet_is_said_to_be_none() {
    let dir = temp("parquet-torn");
    analyse(&capture("dns-bind"), &dir, &[]);
    let (tsv, parquet) = (dir.join("dns.log"), dir.join("dns.parquet"));
    let named = |path: &Path| path.to_str().expect("text").to_owned();
    prints(&["convert", "--parquet", &named(&tsv), "-o", &named(&parquet)]);
    let whole = fs::read(&parquet).expect("a file");
    for length in [4, 5, 20, whole.len() / 2, whole.len() - 1] {
        fs::write(&parquet, &whole[..length]).expect("a file");
        let ran = crate::run::run(["convert", &named(&parquet)]);
        assert!(
            ran.status == Some(1) && ran.err.contains("dns.parquet: cannot be read"),
            "{length}: {}",
            ran.err
        );
    }
    let mut other = whole.clone();
    for at in (4..whole.len()).step_by(151) {
        other[at] ^= 0x55;
        fs::write(&parquet, &other).expect("a file");
        other[at] ^= 0x55;
        // Whatever is wrong in it: it ends.
        let ran = crate::run::run(["search", "true", &named(&parquet), "--count"]);
        assert!(matches!(ran.status, Some(0..=2)), "{at}: {:?} {}", ran.status, ran.err);
    }
    let ran = crate::run::run(["convert", "--parquet", &named(&tsv)]);
    assert_eq!(ran.status, Some(2), "{}", ran.err);
}

#[test]
fn parquet_of_others_is_read() {
    let script = "
import sys
try:
    import pyarrow as pa, pyarrow.parquet as pq
except ImportError:
    sys.exit(7)
import datetime
at = datetime.datetime(2026, 11, 20, 14, 0, 0, 250000, tzinfo=datetime.timezone.utc)
table = pa.table({
    'ts': pa.array([at, None], pa.timestamp('ns', 'UTC')),
    'uid': ['C1', 'C-2'], 'id.resp_p': pa.array([80, 443], pa.int32()), 'orig_bytes': [5, None],
    'duration': [1.5, None], 'local_orig': [True, None], 'tunnel_parents': [['a', 'b,c'], None], 'other': [[1, 2], []],
})
# As writers of all times write, and rows enough for pages of both kinds.
table = pa.concat_tables([table] * 3000)
plain = [name for name in table.column_names if name not in ('tunnel_parents', 'other')]
for number, options in enumerate([
    {}, {'use_dictionary': False}, {'data_page_version': '2.0', 'data_page_size': 1024}, {'version': '1.0', 'compression': 'none'},
    {'dictionary_pagesize_limit': 10, 'data_page_size': 1024}, {'write_statistics': False, 'row_group_size': 1000},
    {'use_dictionary': False, 'column_encoding': {'uid': 'DELTA_BYTE_ARRAY', 'orig_bytes': 'DELTA_BINARY_PACKED', 'local_orig': 'RLE'}},
]):
    pq.write_table(table, f'{sys.argv[1]}{number}', **{'compression': 'snappy', **options})
";
    let Some(python) = python() else {
        println!("SKIPPED: Python has no pyarrow");
        return;
    };
    let path = temp("parquet-others").join("conn.parquet");
    let path = path.to_str().expect("text");
    let made = Command::new(python).args(["-c", script, path]).status().expect("Python");
    if made.code() == Some(7) {
        println!("SKIPPED: Python has no pyarrow");
        return;
    }
    assert!(made.success());
    for number in 0..7 {
        let path = &format!("{path}{number}");
        let tsv = prints(&["convert", "--log", "conn", "--tsv", path]);
        let mut lines = tsv.lines().filter(|line| line.starts_with("#types") || !line.starts_with('#'));
        let types = "#types\ttime\tstring\tport\tcount\tinterval\tbool\tset[string]\tvector[int]";
        assert_eq!(lines.next(), Some(types), "{number}");
        let rows: Vec<&str> = lines.collect();
        assert_eq!(rows.len(), 6000, "{number}");
        for two in rows.chunks(2) {
            assert_eq!(
                two,
                [
                    "1795183200.250000\tC1\t80\t5\t1.500000\tT\ta,b\\x2cc\t1,2",
                    "-\tC-2\t443\t-\t-\t-\t-\t(empty)",
                ],
                "{number}"
            );
        }
        for (predicate, rows) in
            [("uid == \"C-2\"", "3000"), ("orig_bytes > 5", "0"), ("id.resp_p in {443}", "3000")]
        {
            let found = prints(&["search", predicate, path, "--count"]);
            assert_eq!(found.lines().last(), Some(rows), "{number}: {predicate}");
        }
    }
}

#[test]
fn threads_that_read_one_file_side_by_side_do_not_get_in_each_others_way() {
    let dir = temp("parquet-wide");
    let (tsv, parquet) = (dir.join("conn.log"), dir.join("conn.parquet"));
    let mut text =
        "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n\
                    #fields\tts\tuid\tservice\torig_bytes\n#types\ttime\tstring\tstring\tcount\n"
            .to_owned();
    let services = ["-", "dns", "http", "ssl", "ssh"];
    for number in 0..500_000_u64 {
        let (mixed, service) = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15), services[number as usize % 5]);
        text += &format!(
            "{}.{:06}\tC{mixed:x}\t{service}\t{}\n",
            1_700_000_000 + number / 50,
            number % 1000,
            mixed % 9999
        );
    }
    fs::write(&tsv, &text).expect("a log");
    let (tsv, parquet) = (tsv.to_str().expect("text"), parquet.to_str().expect("text"));
    prints(&["convert", "--parquet", tsv, "-o", parquet]);
    let last = format!(
        "uid == \"{}\"",
        text.lines().last().and_then(|line| line.split('\t').nth(1)).expect("an id")
    );
    for (predicate, more) in [
        ("true", &["--by", "service", "--sum", "orig_bytes"][..]),
        ("orig_bytes > 5000 && service == \"dns\"", &["--count"]),
        (&last, &["--columns", "uid,ts"]),
        (&last, &[]),
    ] {
        let args = |file| [&["search", predicate, file, "--workers", "4"][..], more].concat();
        let rows = |text: &str| {
            text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(rows(&prints(&args(parquet))), rows(&prints(&args(tsv))), "{predicate} {more:?}");
    }
    assert!(prints(&["convert", "--tsv", parquet]).lines().eq(text.lines()));
}
