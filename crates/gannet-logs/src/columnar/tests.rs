//! Values of every type, there and back.

use std::net::IpAddr;

use ::parquet::bloom_filter::Sbbf;
use ::parquet::file::properties::ReaderProperties;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::file::serialized_reader::ReadOptionsBuilder;
use bytes::Bytes;
use gannet::events::{List, Value};
use gannet::{Interval, Timestamp};

use super::*;

const TEXT: Kind = Kind::Text;

struct Texts(&'static [&'static [u8]]);

impl List for Texts {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn each(&self, f: &mut dyn FnMut(Value<'_>)) {
        self.0.iter().for_each(|text| f(Value::Text(text)));
    }
}

/// A row that has these values; what is behind them is unset.
struct Values<'a>(&'a [Value<'a>]);

impl Row for Values<'_> {
    fn value(&self, index: usize) -> Value<'_> {
        self.0.get(index).copied().unwrap_or(Value::Unset)
    }
}

fn file(columns: &[(&str, Kind)], rows: &[&[Value<'_>]]) -> Bytes {
    let mut to = Vec::new();
    let mut log = ParquetLog::new(&mut to, "test", columns).unwrap();
    for row in rows {
        log.row(&Values(row)).unwrap();
    }
    assert_eq!(log.finish().unwrap(), rows.len() as u64);
    Bytes::from(to)
}

fn shown(file: &Bytes) -> Vec<String> {
    let reader = SerializedFileReader::new(file.clone()).unwrap();
    reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect()
}

#[test]
fn each_type_has_its_column() {
    let columns = [
        ("ts", Kind::Time),
        ("duration", Kind::Interval),
        ("share", Kind::Double),
        ("bytes", Kind::Count),
        ("depth", Kind::Int),
        ("is", Kind::Bool),
        ("id.resp_p", Kind::Port),
        ("id.resp_h", Kind::Addr),
        ("proto", Kind::Enum),
        ("host", TEXT),
        ("names", Kind::Set(&TEXT)),
    ];
    let address: IpAddr = "2001:db8::1".parse().unwrap();
    let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
    let (some, none) = (Texts(&[b"a", b"", b"c,d"]), Texts(&[]));
    let first = [
        Value::Time(Timestamp::from_nanos(1_795_183_200_123_456_789)),
        Value::Interval(Interval::from_millis(1500)),
        Value::Double(0.1),
        Value::Count(u64::MAX),
        Value::Int(-7),
        Value::Bool(true),
        Value::Port(65_535),
        Value::Addr(address),
        Value::Enum("tcp"),
        Value::Text("käse\t\u{0}".as_bytes()),
        Value::List(&some),
    ];
    // A value that is not of its column's type is unset, and so is one that is not given.
    let second = [
        Value::Date(-5),
        Value::Text(b"no"),
        Value::Unset,
        Value::Count(0),
        Value::Count(7),
        Value::Unset,
        Value::Unset,
        Value::Addr(mapped),
        Value::Unset,
        Value::Text(b"\xff\t\xc3\xa4"),
        Value::List(&none),
    ];
    let file = file(&columns, &[&first, &second, &[]]);
    let rows = shown(&file);
    assert_eq!(
        rows[0],
        "{ts: 2026-11-20 14:00:00.123456 +00:00, duration: 1.5, share: 0.1, bytes: 9223372036854775807, depth: -7, is: true, \
         id.resp_p: 65535, id.resp_h: \"2001:db8::1\", proto: \"tcp\", host: \"käse\t\u{0}\", names: [\"a\", \"\", \"c,d\"]}"
    );
    assert_eq!(
        rows[1],
        "{ts: 1969-12-31 23:59:55.000000 +00:00, duration: null, share: null, bytes: 0, depth: 7, is: null, id.resp_p: null, \
         id.resp_h: \"192.0.2.1\", proto: null, host: \"\\xff\\x09\\xc3\\xa4\", names: []}"
    );
    assert_eq!(rows[2].matches(": null").count(), columns.len(), "{}", rows[2]);
}

#[test]
fn many_rows_are_groups_and_what_is_not_there_is_passed_over() {
    let columns = [("uid", TEXT), ("n", Kind::Count)];
    let mut to = Vec::new();
    let mut log = ParquetLog::new(&mut to, "test", &columns).unwrap();
    let total = MOST_ROWS as u64 + 10;
    for number in 0..total {
        let uid = format!("C{number}");
        log.row(&Values(&[Value::Text(uid.as_bytes()), Value::Count(number)])).unwrap();
    }
    assert_eq!(log.finish().unwrap(), total);
    let properties = ReaderProperties::builder().set_read_bloom_filter(true).build();
    let options = ReadOptionsBuilder::new().with_reader_properties(properties).build();
    let reader = SerializedFileReader::new_with_options(Bytes::from(to), options).unwrap();
    assert_eq!(reader.metadata().num_row_groups(), 2);
    let filter: Sbbf = reader.get_row_group(0).unwrap().get_column_bloom_filter(0).unwrap().clone();
    assert!(filter.check(&"C5") && !filter.check(&"no such id"));
    assert!(reader.get_row_group(0).unwrap().get_column_bloom_filter(1).is_none());
    assert_eq!(reader.get_row_iter(None).unwrap().count() as u64, total);
}

#[test]
fn a_file_without_rows_is_one() {
    assert!(shown(&file(&[("ts", Kind::Time)], &[])).is_empty());
}

#[test]
fn a_disk_that_is_full_is_said_to_be() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let log = ParquetLog::new(Full, "test", &[("ts", Kind::Time)]);
    let done = log.and_then(|mut log| {
        log.row(&Values(&[Value::Date(1)]))?;
        log.finish()
    });
    assert_eq!(done.unwrap_err().kind(), io::ErrorKind::StorageFull);
}
