//! The commands that read logs: cut, search, cat, convert, diff.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::run::{Ran, analyse, capture, ended, fields, gannet, log, rows, run, temp};

/// Runs the program with this on its standard input.
fn piped(args: &[&str], input: &[u8], zone: &str) -> Ran {
    let mut command = gannet();
    command.args(args).env("TZ", zone).env_remove("ZEEK_CUT_TIMEFMT").env_remove("BRO_CUT_TIMEFMT");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let ran = ended(&child.wait_with_output().unwrap());
    let _closed = writer.join().unwrap();
    ran
}

const LOG: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tx\n#open\t2026-11-20-14-00-00\n\
                   #fields\tts\tuid\tn\tend\n#types\ttime\tstring\tcount\ttime\n\
                   1300475167.900000\tC1\t5\t-\n1300475168.000000\tC2\t-\t1.5\n#close\t2026-11-20-15-00-00\n";

/// What zeek-cut prints: arguments, and the expected output.
#[test]
fn cut_does_what_zeek_cut_does() {
    let header = LOG.split("#fields").next().unwrap();
    let close = "#close\t2026-11-20-15-00-00\n";
    let cases: &[(&[&str], String)] = &[
        (&[], "1300475167.900000\tC1\t5\t-\n1300475168.000000\tC2\t-\t1.5\n".into()),
        (&["uid", "ts"], "C1\t1300475167.900000\nC2\t1300475168.000000\n".into()),
        (&["uid", "uid"], "C1\tC1\nC2\tC2\n".into()),
        (&["none", "uid"], "\tC1\n\tC2\n".into()),
        (&["uid", "none"], "C1\t\nC2\t\n".into()),
        (&["-n", "ts", "end"], "C1\t5\nC2\t-\n".into()),
        (&["-n", "none"], "1300475167.900000\tC1\t5\t-\n1300475168.000000\tC2\t-\t1.5\n".into()),
        (&["-F", ";", "uid", "n"], "C1;5\nC2;-\n".into()),
        (&["-c", "uid", "n"], format!("{header}#fields\tuid\tn\n#types\tstring\tcount\nC1\t5\nC2\t-\n")),
        (&["-C", "uid"], format!("{header}#fields\tuid\n#types\tstring\nC1\nC2\n{close}")),
        (
            &["-C", "-F", ";", "n", "uid"],
            format!("{header}#fields;n;uid\n#types;count;string\n5;C1\n-;C2\n{close}"),
        ),
        (&["-m", "uid", "n"], "uid\tn\nC1\t5\nC2\t-\n".into()),
        (
            &["-u", "ts", "end"],
            "2011-03-18T19:06:07+0000\t-\n2011-03-18T19:06:08+0000\t1970-01-01T00:00:01+0000\n".into(),
        ),
        (&["-d", "ts"], "2011-03-18T20:06:07+0100\n2011-03-18T20:06:08+0100\n".into()),
        (&["-D", "%H:%M", "uid", "ts"], "C1\t20:06\nC2\t20:06\n".into()),
        (&["-U", "%d.%m.%Y %H Uhr", "ts"], "18.03.2011 19 Uhr\n18.03.2011 19 Uhr\n".into()),
        (
            &["-c", "-u", "ts"],
            format!(
                "{header}#fields\tts\n#types\tstring\n2011-03-18T19:06:07+0000\n2011-03-18T19:06:08+0000\n"
            ),
        ),
    ];
    for (args, expected) in cases {
        let ran = piped(&[&["cut"], *args].concat(), LOG.as_bytes(), "CET-1");
        assert_eq!((ran.status, ran.out.as_str()), (Some(0), expected.as_str()), "{args:?}: {}", ran.err);
    }
}

#[test]
fn cut_takes_logs_one_behind_the_other_and_rows_that_are_short() {
    let other = LOG
        .replace("#fields\tts\tuid\tn\tend", "#fields\tuid\tx")
        .replace("#types\ttime\tstring\tcount\ttime", "#types\tstring\tstring");
    let other: String =
        other.lines().filter(|line| line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    let other = other.replace("#close", "D1\ty\n#close");
    let ran = piped(&["cut", "uid"], format!("{LOG}{other}").as_bytes(), "UTC");
    assert_eq!(ran.out, "C1\nC2\nD1\n");
    let ran = piped(&["cut", "-m", "uid"], format!("{LOG}{other}").as_bytes(), "UTC");
    assert_eq!(ran.out, "uid\nC1\nC2\nD1\n");
    let ran = piped(&["cut", "-M", "uid"], format!("{LOG}{other}").as_bytes(), "UTC");
    assert_eq!(ran.out, "uid\nC1\nC2\nuid\nD1\n");
    let short = LOG.replace("C2\t-\t1.5", "C2");
    let ran = piped(&["cut", "uid", "n"], short.as_bytes(), "UTC");
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), "C1\t5\n"));
    assert!(ran.err.contains("expected 3 columns at least, found 2"), "{}", ran.err);
    let ran = piped(&["cut", "-n"], LOG.as_bytes(), "UTC");
    assert_eq!(ran.out, piped(&["cut"], LOG.as_bytes(), "UTC").out);
    // What no log has is told, and what one of several has is not; a log in the place of a column is an error.
    let ran = piped(&["cut", "uid", "none", "x"], format!("{LOG}{other}").as_bytes(), "UTC");
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), "gannet: warning: there is no column none\n"));
    let log = temp("cut-named").join("conn.log");
    std::fs::write(&log, LOG).unwrap();
    let ran = piped(&["cut", "ts", log.to_str().unwrap()], b"", "UTC");
    assert_eq!((ran.status, ran.out.as_str()), (Some(1), ""));
    assert!(ran.err.contains("is a file and no column: name it behind -r"), "{}", ran.err);
    let ran = piped(&["cut", "uid"], b"no\tlog\n", "UTC");
    assert_eq!((ran.status, ran.out.as_str()), (Some(1), ""));
    assert!(ran.err.contains("line 1: expected a header"), "{}", ran.err);
    assert!(piped(&["cut", "-U", "%!", "ts"], LOG.as_bytes(), "UTC").err.contains("no format of strftime"));
    // Another separator, an end without its line end.
    let bars = LOG.replace("\\x09", "|").replace('\t', "|");
    let bars = bars.split("\n#close").next().unwrap();
    assert_eq!(piped(&["cut", "uid", "n"], bars.as_bytes(), "UTC").out, "C1|5\nC2|-\n");
}

/// Logs of a capture: as TSV, as JSON, and packed.
fn written(name: &str) -> (PathBuf, PathBuf, PathBuf) {
    let (tsv, json, packed) =
        (temp(&format!("{name}-tsv")), temp(&format!("{name}-json")), temp(&format!("{name}-gz")));
    analyse(&capture("dns-bind"), &tsv, &["-q"]);
    analyse(&capture("dns-bind"), &json, &["-q", "--json"]);
    for entry in fs::read_dir(&tsv).unwrap() {
        let path = entry.unwrap().path();
        let file =
            fs::File::create(packed.join(format!("{}.gz", path.file_name().unwrap().to_string_lossy())));
        let gzip = Command::new("gzip").arg("-c").arg(&path).stdout(file.unwrap()).status();
        assert!(gzip.unwrap().success());
    }
    (tsv, json, packed)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn all_forms_of_a_log_are_searched_alike() {
    let (tsv, json, packed) = written("search");
    let conn = log(&tsv, "conn");
    let at = fields(&conn).iter().position(|field| *field == "service").unwrap();
    let mut counts = std::collections::BTreeMap::new();
    for row in rows(&conn) {
        *counts.entry(row.split('\t').nth(at).unwrap().to_owned()).or_insert(0_u64) += 1;
    }
    let mut expected: Vec<(String, u64)> = counts.into_iter().collect();
    expected.sort_by_key(|(name, count)| (u64::MAX - count, name.clone()));
    let expected: String =
        expected.iter().take(2).map(|(name, count)| format!("{name}\t{count}\n")).collect();
    for dir in [&tsv, &json, &packed] {
        for workers in ["1", "4"] {
            let ran = run([
                "search",
                "true",
                text(dir),
                "--log",
                "conn",
                "--by",
                "service",
                "--top",
                "2",
                "--workers",
                workers,
            ]);
            assert_eq!((ran.status, ran.out), (Some(0), format!("service\trows\n{expected}")), "{}", ran.err);
        }
    }
    // Rows as they are in the log, with its header.
    let ran = run(["search", "id.resp_p == 53 && proto == \"udp\"", text(&packed), "--log", "conn"]);
    let wanted: Vec<&str> = rows(&conn).into_iter().filter(|row| row.contains("\t53\tudp\t")).collect();
    assert!(!wanted.is_empty());
    assert_eq!(rows(&ran.out), wanted);
    assert_eq!(fields(&ran.out), fields(&conn));
    let json = run(["search", "id.resp_p == 53/udp", text(&json), "--log", "conn"]);
    assert_eq!(json.out.lines().count(), wanted.len());
    let some = run([
        "search",
        "id.resp_p == 53/udp",
        text(&tsv),
        "--log",
        "conn",
        "-f",
        "uid,id.resp_p",
        "--json",
        "--limit",
        "2",
    ]);
    let lines: Vec<serde_json::Value> =
        some.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), lines[0]["id.resp_p"].as_u64()), (2, Some(53)), "{}", some.out);
    // A uid in all logs that have one.
    let uid = wanted[0].split('\t').nth(1).unwrap();
    let all = run(["search", &format!("uid == \"{uid}\""), text(&tsv)]);
    assert!(all.out.contains("#path\tconn") && all.out.contains("#path\tdns"), "{}", all.out);
}

#[test]
fn rows_are_grouped_counted_and_limited() {
    let dir = temp("search-groups");
    let mut conn = "#fields\tts\thost\tbytes\tlength\n#types\ttime\taddr\tcount\tinterval\n".to_owned();
    for n in 0..3000_u32 {
        conn.push_str(&format!("{}.000000\t10.0.0.{}\t{n}\t0.500000\n", 1_300_000_800 + n, n % 7));
    }
    fs::write(dir.join("conn.log"), &conn).unwrap();
    let search = |args: &[&str]| run([&["search"], args, &[text(&dir)]].concat());
    assert_eq!(search(&["true", "--count"]).out, "rows\n3000\n");
    assert_eq!(search(&["false", "--count"]).out, "rows\n0\n");
    let ran =
        search(&["bytes < 14", "--by", "host", "--top", "2", "--sum", "bytes,length", "--distinct", "bytes"]);
    assert_eq!(
        ran.out,
        "host\trows\tsum(bytes)\tsum(length)\tdistinct(bytes)\n10.0.0.0\t2\t7\t1.000000\t2\n10.0.0.1\t2\t9\t1.000000\t2\n"
    );
    let ran = search(&["true", "--every", "30min", "--json"]);
    assert_eq!(
        ran.out,
        "{\"time\":\"2011-03-13T07:00:00Z\",\"rows\":600}\n{\"time\":\"2011-03-13T07:30:00Z\",\"rows\":1800}\n\
         {\"time\":\"2011-03-13T08:00:00Z\",\"rows\":600}\n"
    );
    let ran = search(&["true", "--count", "--from", "2011-03-13T07:23:20", "--to", "1300001001"]);
    assert_eq!(ran.out, "rows\n1\n");
    let ran = search(&["true", "--by", "bytes", "--memory", "64k"]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.err.contains("partial:"), "{}", ran.err);
    let ran = search(&["true", "--limit", "5", "--workers", "3"]);
    assert_eq!(rows(&ran.out), rows(&conn)[..5]);
    let short = search(&["true", "--timeout", "1ms"]);
    assert_eq!(short.err.contains("partial"), short.status == Some(1), "{}", short.err);
    for (args, expected) in [
        (
            ["hst == 10.0.0.1", "--count"].as_slice(),
            "conn has no column hst; did you mean host?\n  hst == 10.0.0.1\n  ^^^",
        ),
        (&["true", "--by", "hst"], "conn has no column hst"),
        (&["true", "--sum", "host"], "expected a column of numbers"),
        (&["true", "--top", "3"], "--top is for groups"),
        (&["host =="], "expected a value"),
        (&["true", "--log", "dns"], "no log dns was found"),
        (&["true", "--from", "+10m"], "expected a date and time"),
    ] {
        let ran = search(args);
        assert!(ran.status == Some(1) || ran.status == Some(2), "{args:?}");
        assert!(ran.err.contains(expected), "{args:?}: {}", ran.err);
    }
    // What is no row is told, and the others are there.
    fs::write(dir.join("conn.log"), format!("{conn}x\t1.2.3.4\t1\t0.0\n1.0\t1.2.3.4\n")).unwrap();
    let ran = search(&["ts? && true", "--count"]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(1), "rows\n3000\n"));
    assert!(ran.err.contains("conn.log, line 3003: column ts: expected a value of type time"), "{}", ran.err);
    assert!(ran.err.contains("conn.log, line 3004: expected 4 columns, found 2"), "{}", ran.err);
}

#[test]
fn rotated_logs_are_merged_in_the_order_of_time() {
    let dir = temp("cat");
    let header = |more: &str| {
        format!("#path\tconn\n#fields\tts\tuid{more}\n#types\ttime\tstring{}\n", more.replace("x", "count"))
    };
    let part = |times: &[u32], more: &str, cell: &str| -> String {
        let rows = times.iter().map(|t| format!("{t}.500000\tC{t}{cell}\n"));
        rows.fold(header(more), |text, row| text + &row)
    };
    fs::write(dir.join("conn.2026-01-01-00-00-00.log"), part(&[10, 13, 12, 30], "", "")).unwrap();
    fs::write(dir.join("conn.2026-01-01-01-00-00.log"), part(&[11, 31, 29, 40], "\tx", "\t7")).unwrap();
    fs::write(dir.join("dns.log"), part(&[1], "", "")).unwrap();
    let cat = |args: &[&str]| run([&["cat", text(&dir)], args].concat());
    let times = |ran: &Ran| -> Vec<u32> {
        rows(&ran.out).iter().map(|row| row.split('.').next().unwrap().parse().unwrap()).collect()
    };
    let all = cat(&["--log", "conn"]);
    assert_eq!(times(&all), [10, 11, 12, 13, 29, 30, 31, 40]);
    assert_eq!(fields(&all.out), ["ts", "uid", "x"]);
    assert!(all.out.contains("10.500000\tC10\t-\n11.500000\tC11\t7\n"), "{}", all.out);
    assert_eq!(times(&cat(&["--log", "conn", "--from", "12", "--to", "30"])), [12, 13, 29]);
    let json = cat(&["--log", "conn", "--json", "--to", "11"]);
    assert_eq!(json.out, "{\"ts\":10.5,\"uid\":\"C10\"}\n");
    let tight = cat(&["--log", "conn", "--memory", "1"]);
    assert_eq!(rows(&tight.out).len(), 8);
    assert!(tight.err.contains("not in order"), "{}", tight.err);
    assert!(cat(&[]).err.contains("logs of several kinds (conn, dns)"));
}

#[test]
fn logs_are_converted_and_come_back() {
    let (tsv, json, packed) = written("convert");
    let dir = temp("converted");
    for name in ["conn", "dns"] {
        let (there, back) = (dir.join(format!("{name}.json")), dir.join(format!("{name}.log")));
        let file = packed.join(format!("{name}.log.gz"));
        assert_eq!(run(["convert", text(&file), "-o", text(&there)]).status, Some(0));
        assert_eq!(fs::read_to_string(&there).unwrap(), log(&json, name), "{name}");
        assert_eq!(run(["convert", text(&there), "-o", text(&back)]).status, Some(0));
        let (original, back) = (log(&tsv, name), fs::read_to_string(&back).unwrap());
        assert_eq!(rows(&back), rows(&original), "{name}");
        assert_eq!(fields(&back), fields(&original));
    }
    let same = run(["diff", text(&tsv), text(&json)]);
    assert_eq!(same.status, Some(0), "{}", same.out);
}

#[test]
fn folders_of_logs_are_compared() {
    let (one, other) = (temp("diff-one"), temp("diff-other"));
    let conn = |rows: &str| {
        format!(
            "#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tservice\tset\n\
                 #types\ttime\tstring\taddr\tport\taddr\tport\tstring\tset[string]\n{rows}"
        )
    };
    let dns = |uid: &str| format!("#path\tdns\n#fields\tuid\tquery\n#types\tstring\tstring\n{uid}\tx\n");
    let row = |ts: &str, uid: &str, port: u16, service: &str, set: &str| {
        format!("{ts}\t{uid}\t10.0.0.1\t{port}\t10.0.0.2\t53\t{service}\t{set}\n")
    };
    let (a, b) = (row("1.000001", "CA", 1, "dns", "x,y"), row("2.000000", "CB", 2, "-", "-"));
    fs::write(one.join("conn.log"), conn(&format!("{a}{b}"))).unwrap();
    fs::write(one.join("dns.log"), dns("CA")).unwrap();
    // Another order, other ids, a time that is rounded otherwise, a set in another order.
    let (c, d) = (row("2.000000", "C9", 2, "-", "-"), row("1.000002", "C7", 1, "dns", "y,x"));
    fs::write(other.join("conn.log"), conn(&format!("{c}{d}"))).unwrap();
    fs::write(other.join("dns.log"), dns("C7")).unwrap();
    let same = run(["diff", text(&one), text(&other)]);
    assert_eq!(same.status, Some(0), "{}", same.out);
    assert!(same.out.contains("rows equal 100.00% (3 of 3); logs identical 2 of 2"), "{}", same.out);
    // A column, an id that stands for something else, a row too few.
    let c = row("2.000000", "C9", 2, "ntp", "-");
    fs::write(other.join("conn.log"), conn(&format!("{c}{d}"))).unwrap();
    fs::write(other.join("dns.log"), dns("C9")).unwrap();
    let differs = run(["diff", text(&one), text(&other)]);
    assert_eq!(differs.status, Some(1));
    assert!(differs.out.contains("service: wanted -, found ntp"), "{}", differs.out);
    assert!(
        differs.out.contains("service x1") && differs.out.contains("rows equal 33.33% (1 of 3)"),
        "{}",
        differs.out
    );
    let ignored =
        run(["diff", text(&one), text(&other), "--ignore", "conn.service", "--log", "conn", "--json"]);
    assert_eq!(ignored.status, Some(0));
    let object: serde_json::Value = serde_json::from_str(&ignored.out).unwrap();
    assert_eq!((object["equal"].as_u64(), object["logs"][0]["same"].as_bool()), (Some(2), Some(true)));
    fs::remove_file(other.join("dns.log")).unwrap();
    let missing = run(["diff", text(&one), text(&other), "--log", "dns"]);
    assert!(missing.status == Some(1) && missing.out.contains("<log missing>"), "{}", missing.out);
    assert!(run(["diff", text(&one), "/nowhere"]).err.contains("is no folder"));
}
