//! Tests of reading.

use gannet::events::{Kind, OwnedValue};
use gannet_query::{Query, Row, Saved};

use super::find::log_name;
use super::*;
use crate::options::Format;

const HEADER: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tx\n\
                      #open\t2026-11-20-14-00-00\n";

fn log(fields: &str, types: &str, rows: &str) -> String {
    let words = |text: &str| text.replace(' ', "\t");
    format!(
        "{HEADER}#fields\t{}\n#types\t{}\n{rows}#close\t2026-11-20-15-00-00\n",
        words(fields),
        words(types)
    )
}

/// All rows with their lines, as values; and all that is wrong.
fn read(text: &[u8], name: &str) -> (Vec<(u64, Vec<OwnedValue>)>, Vec<String>) {
    let mut reader = LogReader::from_reader(std::io::Cursor::new(text.to_vec()), "f", name).unwrap();
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    loop {
        match reader.next_block() {
            Ok(None) => return (rows, wrong),
            Err(error) => {
                wrong.push(error.to_string());
                return (rows, wrong);
            }
            Ok(Some(block)) => block.each(&Wanted::all(&block.shape), &mut |row, line| {
                let row = row.and_then(|row| {
                    let values =
                        (0..block.shape.columns.len()).map(|place| row.value(place).into()).collect();
                    row.check("f", line).map(|()| values)
                });
                match row {
                    Ok(values) => rows.push((line, values)),
                    Err(error) => wrong.push(error.to_string()),
                }
                true
            }),
        }
    }
}

fn text(text: &[u8]) -> OwnedValue {
    OwnedValue::Text(text.into())
}

#[test]
fn values_of_every_type() {
    let fields = "t i d c n b p a e s set vec";
    let types = "time interval double count int bool port addr enum string set[addr] vector[string]";
    let row = "1300475167.096535\t-0.5\t2.5\t18446744073709551615\t-9\tT\t443\t::1\ttcp\ta\\x09\\\\b\t1.2.3.4,::2\t\\x2c,(empty),-,x\n";
    let unset = "-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\n";
    let empty = "-\t-\t-\t-\t-\t-\t-\t-\t-\t(empty)\t(empty)\t(empty)\n";
    let (rows, wrong) = read(log(fields, types, &format!("{row}{unset}{empty}")).as_bytes(), "x");
    assert!(wrong.is_empty(), "{wrong:?}");
    let address = |text: &str| OwnedValue::Addr(text.parse().unwrap());
    let full = vec![
        OwnedValue::Time(gannet::Timestamp::from_parts(1_300_475_167, 96_535_000)),
        OwnedValue::Interval(gannet::Interval::from_millis(-500)),
        OwnedValue::Double(2.5),
        OwnedValue::Count(u64::MAX),
        OwnedValue::Int(-9),
        OwnedValue::Bool(true),
        OwnedValue::Port(443),
        address("::1"),
        text(b"tcp"),
        text(b"a\t\\b"),
        OwnedValue::List(vec![address("1.2.3.4"), address("::2")]),
        OwnedValue::List(vec![text(b","), text(b""), OwnedValue::Unset, text(b"x")]),
    ];
    assert_eq!(rows[0], (9, full));
    assert_eq!(rows[1], (10, vec![OwnedValue::Unset; 12]));
    assert_eq!(rows[2].1[9..], [text(b""), OwnedValue::List(vec![]), OwnedValue::List(vec![])]);
}

#[test]
fn times_that_are_far_away_or_odd() {
    let types = "time interval";
    for (cell, expected) in [
        ("253402300799.000000", OwnedValue::Date(253_402_300_799)),
        ("-1.5", OwnedValue::Time(gannet::Timestamp::from_nanos(-1_500_000_000))),
        ("5", OwnedValue::Time(gannet::Timestamp::from_parts(5, 0))),
        ("1.0e-06", OwnedValue::Time(gannet::Timestamp::from_nanos(1_000))),
        ("1.1234567891", OwnedValue::Time(gannet::Timestamp::from_parts(1, 123_456_789))),
    ] {
        let (rows, wrong) = read(log("t i", types, &format!("{cell}\t1\n")).as_bytes(), "x");
        assert!(wrong.is_empty(), "{cell}: {wrong:?}");
        assert_eq!(rows[0].1[0], expected, "{cell}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let fields = "t a";
    let types = "time addr";
    let with = |row: &str| log(fields, types, &format!("1.0\t1.2.3.4\n{row}\n2.0\t::1\n"));
    for (text, expected) in [
        (with("1.0"), "f, line 10: expected 2 columns, found 1"),
        (with("1.0\t::1\tx"), "f, line 10: expected 2 columns, found 3"),
        (with("x\t::1"), "f, line 10: column t: expected a value of type time"),
        (with("1.0\t1.2.3"), "f, line 10: column a: expected a value of type addr"),
        ("1.0\tx\n".to_owned(), "f, line 1: expected a header"),
        ("#fields\ta\n1\n".to_owned(), "f, line 2: expected a line #types"),
        ("#types\tstring\n1\n".to_owned(), "f, line 1: expected 0 types"),
        (
            "#fields\ta\tb\n#types\tstring\n".to_owned(),
            "f, line 2: expected 2 types, as many as #fields has names, found 1",
        ),
        ("#fields\ta\ta\n".to_owned(), "f, line 1: two columns are called a"),
        ("#separator \\x\n".to_owned(), "f, line 1: expected one character behind #separator"),
        ("#separator \\x0a\n".to_owned(), "f, line 1: expected one character behind #separator"),
        (
            "#separator \\x09\n#set_separator\t,,\n".to_owned(),
            "f, line 2: expected one character behind #set_separator",
        ),
        ("{\"a\":1}\n{\"a\":}\n".to_owned(), "f, line 2: no JSON object: expected a value at byte 5"),
        ("{\"a\":1}\nx\n".to_owned(), "f, line 2: no JSON object: expected { at byte 0"),
        ("{\"a\":\"x\n".to_owned(), "f, line 1: no JSON object: this string does not end at byte 5"),
    ] {
        let (_, wrong) = read(text.as_bytes(), "x");
        assert_eq!(wrong.len(), 1, "{text:?}: {wrong:?}");
        assert!(wrong[0].starts_with(expected), "{wrong:?}");
    }
    // Good rows around a bad one are read.
    assert_eq!(read(with("1.0").as_bytes(), "x").0.len(), 2);
}

#[test]
fn logs_one_behind_the_other_have_headers_of_their_own() {
    let one = log("a b", "count string", "1\tx\n");
    let other = log("b", "string", "y\n").replace("\\x09", "|").replace('\t', "|");
    let (rows, wrong) = read(format!("{one}{other}{one}").as_bytes(), "x");
    assert!(wrong.is_empty(), "{wrong:?}");
    let values: Vec<usize> = rows.iter().map(|(_, values)| values.len()).collect();
    assert_eq!(values, [2, 1, 2]);
    assert_eq!(rows[1].1, [text(b"y")]);
}

#[test]
fn cut_off_and_empty_logs() {
    assert_eq!(read(b"", "x"), (vec![], vec![]));
    assert_eq!(read(log("a", "count", "").as_bytes(), "x"), (vec![], vec![]));
    let whole = log("a b", "count string", "1\tx\n2\ty");
    let cut = whole.split("#close").next().unwrap();
    assert_eq!(read(cut.as_bytes(), "x").0.len(), 2, "a last line without its end");
    let windows = log("a b", "count string", "1\tx\n").replace('\n', "\r\n");
    assert_eq!(read(windows.as_bytes(), "x").0[0].1, [OwnedValue::Count(1), text(b"x")]);
}

#[test]
fn json_by_the_name_of_the_log() {
    let row = r#"{"ts":1300475167.096535,"uid":"C1","id.orig_h":"10.0.0.1","id.resp_p":53,"duration":1e-05,"local_orig":true,"tunnel_parents":["a","b\u00e9\\xff"],"more":{"x":[1,2]},"other":2.5}"#;
    let mut reader = LogReader::from_reader(std::io::Cursor::new(format!("{row}\n")), "f", "conn").unwrap();
    let block = reader.next_block().unwrap().unwrap();
    let shape = &block.shape;
    assert_eq!((shape.format, shape.path.as_str()), (Format::Json, "conn"));
    let ask = |text: &str| {
        let predicate = Query::parse(text).unwrap().check(&shape.scheme(), &Saved::default()).unwrap();
        let mut found = false;
        let wanted = Wanted::new(shape, predicate.columns().iter().copied());
        block.each(&wanted, &mut |row, _| {
            found = predicate.matches(row.unwrap());
            true
        });
        found
    };
    for text in [
        "ts == 1300475167.096535 && uid == \"C1\" && id.orig_h in 10.0.0.0/8 && id.resp_p == 53 && local_orig",
        "duration == 10us && tunnel_parents has \"a\" && other > 2.4 && !service?",
        r#"tunnel_parents has "b\xc3\xa9\xff""#,
        "more ~ /x/",
    ] {
        assert!(ask(text), "{text}");
    }
    assert_eq!(shape.columns[shape.find("other").unwrap()].kind, Kind::Double);
}

#[test]
fn json_of_an_unknown_log_shows_its_types() {
    let rows = "{\"_path\":\"new\",\"ts\":\"2026-11-20T14:00:00Z\",\"n\":1,\"s\":null,\"l\":[1,2]}\n{\"n\":2.5,\"s\":\"x\",\"z\":false}\n";
    let (values, wrong) = read(rows.as_bytes(), "x");
    assert!(wrong.is_empty(), "{wrong:?}");
    let two = OwnedValue::List(vec![OwnedValue::Int(1), OwnedValue::Int(2)]);
    let unset = OwnedValue::Unset;
    let ts = OwnedValue::Time(gannet::Timestamp::from_parts(1_795_183_200, 0));
    assert_eq!(values[0].1, [text(b"new"), ts, OwnedValue::Double(1.0), unset.clone(), two, unset.clone()]);
    assert_eq!(values[1].1[2..4], [OwnedValue::Double(2.5), text(b"x")]);
}

#[test]
fn what_is_read_can_be_written_again() {
    let fields = "t i c b a s set vec";
    let types = "time interval count bool addr string set[string] vector[interval]";
    let rows = "1300475167.096535\t0.000001\t7\tF\t10.0.0.1\t\\xff\\x00 \\\\x41 \\x09é\ta\\x2cb,(empty)\t1.500000,-\n\
                -\t-\t-\t-\t-\t(empty)\t(empty)\t-\n\\x2d\n";
    let rows = rows.replace("\\x2d\n", "0.000000\t0.000000\t0\tT\t::1\t\\x2d\t-\t(empty)\n");
    let original = log(fields, types, &rows);
    let convert = |text: &str, format: Format| {
        let mut reader = LogReader::from_reader(std::io::Cursor::new(text.to_owned()), "f", "x").unwrap();
        let mut out = Vec::new();
        while let Some(block) = reader.next_block().unwrap() {
            let places: Vec<usize> = (0..block.shape.columns.len()).collect();
            let writer = RowWriter::new(format, &block.shape, &places);
            block.each(&Wanted::all(&block.shape), &mut |row, _| {
                writer.row(row.unwrap(), &mut out);
                true
            });
        }
        String::from_utf8(out).unwrap()
    };
    assert_eq!(convert(&original, Format::Tsv), rows);
    let json = convert(&original, Format::Json);
    for line in json.lines() {
        let _object: serde_json::Value = serde_json::from_str(line).unwrap();
    }
    assert!(
        json.starts_with(r#"{"t":1300475167.096535,"i":0.000001,"c":7,"b":false,"a":"10.0.0.1","s":"#),
        "{json}"
    );
}

/// Every log that there is, as JSON and as TSV, through the reader and out again.
#[test]
fn records_come_back_as_they_were() {
    use gannet::events::{Key, Meta, Record};
    let record =
        gannet::events::Weird::net(gannet::Timestamp::from_parts(5, 7_000), "a_name", "detail\t\u{e9}\u{1}");
    for format in [Format::Tsv, Format::Json] {
        let options = crate::Options::new(format);
        let mut text = Vec::new();
        crate::header(record.stream(), &options, gannet::Timestamp::ZERO, &mut text);
        let meta = Meta::new(Key::at(gannet::Timestamp::ZERO), None);
        let _cut = crate::Formatter::new(options.clone()).row(&meta, &record, &mut text);
        let (rows, wrong) = read(&text, "weird");
        assert!(wrong.is_empty(), "{wrong:?}");
        let shown = crate::columns(record.stream(), &options);
        for (place, column) in shown.iter().enumerate() {
            let Some(value) = record.field(column.name) else { continue };
            let (mut one, mut other) = (Vec::new(), Vec::new());
            crate::value_text(value, &mut one);
            crate::value_text(rows[0].1[place].as_value(), &mut other);
            assert_eq!(
                String::from_utf8_lossy(&one),
                String::from_utf8_lossy(&other),
                "{format:?} {}",
                column.name
            );
        }
    }
}

#[test]
fn names_of_files() {
    for (file, log) in [
        ("conn.log", "conn"),
        ("conn.14:00:00-15:00:00.log.gz", "conn"),
        ("conn_20261120_14:00:00-15:00:00.log", "conn"),
        ("smb_files.2026-11-20-14-00-00.log", "smb_files"),
        ("http-443.log", "http-443"),
        ("known_hosts", "known_hosts"),
    ] {
        assert_eq!(log_name(file), log);
    }
}

#[test]
fn members_of_objects() {
    let mut keys = Vec::new();
    let object = br#" { "a" : [ 1 , {"b":"}"} ] , "c\"" : null , "d":-1.5e+3} "#;
    let ended = members(object, &mut |key, value| {
        keys.push(format!("{}={}", String::from_utf8_lossy(key), String::from_utf8_lossy(value)));
        true
    });
    assert_eq!(ended, Ok(()));
    assert_eq!(keys, [r#""a"=[ 1 , {"b":"}"} ]"#, r#""c\""=null"#, r#""d"=-1.5e+3"#]);
    let deep = format!("{{\"a\":{}}}", "[".repeat(100));
    assert_eq!(members(deep.as_bytes(), &mut |_, _| true), Err((5 + 64, "too deep")));
}

/// What stands at the end of a header's line is a name, too; found by libFuzzer.
#[test]
fn the_last_column_may_have_an_empty_name_or_type() {
    let log = "#separator |\n#fields|a|b \n#types|string|\nx|1\n#separator |\n#fields|a|\r\n#types|string|string\ny|2\n";
    let mut reader = LogReader::from_reader(std::io::Cursor::new(log), "f", "x").unwrap();
    let (mut again, mut names) = (Vec::new(), Vec::new());
    while let Some(block) = reader.next_block().unwrap() {
        let writer = RowWriter::new(Format::Tsv, &block.shape, &[0, 1]);
        writer.header("x", b"", &mut again);
        names.push(block.shape.columns[1].name.clone());
        block.each(&Wanted::all(&block.shape), &mut |row, _| {
            writer.row(row.unwrap(), &mut again);
            true
        });
    }
    assert_eq!(names, ["b ", ""]);
    let (rows, wrong) = read(&again, "x");
    let values = |line: usize| rows[line].1.clone();
    assert_eq!((rows.len(), wrong), (2, vec![]), "{}", String::from_utf8_lossy(&again));
    assert_eq!((values(0), values(1)), (vec![text(b"x"), text(b"1")], vec![text(b"y"), text(b"2")]));
}
