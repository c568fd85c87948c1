//! Rows of arbitrary values: TSV keeps its columns and lines, JSON parses and says what was put in.

use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use gannet::events::{ConnTag, Date, Key, Meta, Port, Record, Set, Uid, Vector};
use gannet::{Interval, Timestamp};
use gannet_logs::{Format, Formatter, Options, RowLimits, columns};
use serde_json::Value;

use crate::cursor::Cursor;
use crate::watch::{check_json, check_tsv};

gannet::record! {
    /// A row with a column of every kind.
    pub struct Everything in "everything" {
        /// A string, first, where a `#` would make a comment.
        text: Vec<u8>,
        /// A time.
        ts: Timestamp,
        /// A connection.
        conn: Option<ConnTag>,
        /// Text that may be unset.
        maybe: Option<String>,
        /// A date.
        date: Date,
        /// A length of time.
        interval: Option<Interval>,
        /// A double.
        double: f64,
        /// A count.
        count: u64,
        /// An integer.
        int: i64,
        /// A truth.
        truth: Option<bool>,
        /// A port.
        port: Port,
        /// Addresses.
        addresses: Vector<IpAddr>,
        /// Strings.
        strings: Set<Vec<u8>>,
        /// Doubles.
        doubles: Option<Vector<f64>>,
    } extra {
        /// Beyond Zeek's.
        more: Option<Vec<u8>>,
    }
}

/// What formats rows under the same options, made once: it is slow to make.
struct Shape {
    tsv: Formatter,
    json: Formatter,
    columns: Vec<&'static str>,
}

thread_local! {
    /// By the two bits of options.
    static SHAPES: RefCell<[Shape; 4]> = RefCell::new([0, 1, 2, 3].map(Shape::new));
    static ROW: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Shape {
    fn new(options: u8) -> Self {
        let with = |format| {
            let all = Options::new(format).with_extras(options & 1 != 0);
            if options & 2 == 0 {
                return all;
            }
            let limits =
                RowLimits { string_bytes: 5, elements: 3, total_string_bytes: 20, total_elements: 5 };
            all.with_limits("everything", limits)
        };
        let tsv = with(Format::Tsv);
        let columns = columns(Everything::STREAM, &tsv).iter().map(|column| column.name).collect();
        Self { tsv: Formatter::new(tsv), json: Formatter::new(with(Format::Json)), columns }
    }

    /// Formats the record as both, and checks the rows.
    fn check(&mut self, record: &Everything, limited: bool, row: &mut Vec<u8>) {
        let meta = Meta::new(Key::at(record.ts), record.conn.as_ref());
        row.clear();
        row.extend_from_slice(b"before");
        let cut = self.tsv.row(&meta, record, row);
        check_tsv(row.strip_prefix(b"before").expect("what was there stays"), self.columns.len());
        row.clear();
        let again = self.json.row(&meta, record, row);
        assert_eq!(cut, again, "both formats cut alike");
        check_json(row);
        let Ok(Value::Object(object)) = serde_json::from_slice(row) else { panic!("no object") };
        check_values(&object, record, limited);
        for name in object.keys() {
            assert!(self.columns.contains(&name.as_str()), "{name}");
        }
    }
}

/// Formats the row.
pub fn run(data: &[u8]) {
    let mut cursor = Cursor::new(data);
    let options = cursor.u8() & 3;
    let record = everything(&mut cursor);
    assert!(record.stream().name == "everything");
    ROW.with_borrow_mut(|row| {
        SHAPES.with_borrow_mut(|shapes| {
            if let Some(shape) = shapes.get_mut(usize::from(options)) {
                shape.check(&record, options & 2 != 0, row);
            }
        });
    });
}

fn check_values(object: &serde_json::Map<String, Value>, record: &Everything, limited: bool) {
    assert_eq!(object["count"], Value::from(record.count));
    assert_eq!(object["int"], Value::from(record.int));
    assert_eq!(object.get("truth").and_then(Value::as_bool), record.truth);
    assert_eq!(object.contains_key("maybe"), record.maybe.is_some());
    if !limited {
        assert_eq!(object["addresses"].as_array().map(Vec::len), Some(record.addresses.0.len().min(100)));
        if record.text.iter().all(|b| matches!(b, b' '..=b'~')) && record.text.len() <= 4096 {
            assert_eq!(object["text"].as_str().map(str::as_bytes), Some(record.text.as_slice()));
        }
    }
}

fn text(cursor: &mut Cursor<'_>) -> Vec<u8> {
    // Lengths that reach the limit of a column come from few bytes too.
    match cursor.u8() {
        255 => b"long".repeat(1100),
        length => cursor.take(length.into()).to_vec(),
    }
}

fn address(cursor: &mut Cursor<'_>) -> IpAddr {
    match cursor.u8() & 3 {
        0 => Ipv4Addr::from(cursor.u32()).into(),
        1 => Ipv6Addr::from(u128::from(cursor.u64())).into(),
        2 => Ipv4Addr::from(cursor.u32()).to_ipv6_mapped().into(),
        _ => Ipv6Addr::from(u128::from(cursor.u64()) << 64 | u128::from(cursor.u64())).into(),
    }
}

fn maybe<T>(cursor: &mut Cursor<'_>, make: impl Fn(&mut Cursor<'_>) -> T) -> Option<T> {
    (cursor.u8() & 1 == 1).then(|| make(cursor))
}

fn many<T>(cursor: &mut Cursor<'_>, make: impl Fn(&mut Cursor<'_>) -> T) -> Vec<T> {
    (0..cursor.u8()).map(|_| make(cursor)).collect()
}

fn tag(cursor: &mut Cursor<'_>) -> ConnTag {
    ConnTag {
        uid: maybe(cursor, |c| Uid { high: c.u32(), low: c.u64() }),
        orig_h: address(cursor),
        orig_p: cursor.u16(),
        resp_h: address(cursor),
        resp_p: cursor.u16(),
        ip_proto: cursor.u8(),
    }
}

fn everything(cursor: &mut Cursor<'_>) -> Everything {
    Everything {
        text: text(cursor),
        ts: Timestamp::from_nanos(cursor.u64() as i64),
        conn: maybe(cursor, tag),
        maybe: maybe(cursor, |c| String::from_utf8_lossy(&text(c)).into_owned()),
        date: Date(cursor.u64() as i64),
        interval: maybe(cursor, |c| Interval::from_nanos(c.u64() as i64)),
        double: f64::from_bits(cursor.u64()),
        count: cursor.u64(),
        int: cursor.u64() as i64,
        truth: maybe(cursor, |c| c.u8() & 1 == 1),
        port: Port(cursor.u16()),
        addresses: Vector(many(cursor, address)),
        strings: Set(many(cursor, text)),
        doubles: maybe(cursor, |c| Vector(many(c, |c| f64::from_bits(c.u64())))),
        more: maybe(cursor, text),
    }
}
