//! Any bytes as a log: read without a panic, in bounds; what it gives can be written and read again, and says the same.

use std::io::Cursor as Bytes;

use gannet::events::OwnedValue;
use gannet_logs::{Format, LogReader, LogRow, RowWriter, Wanted};
use gannet_query::Row;

use crate::cursor::Cursor;

/// Logs to begin with.
pub const SEEDS: [&str; 6] = [
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#open\t2026-11-20-14-00-00\n\
     #fields\tts\tuid\tid.orig_h\tn\ti\td\tb\tp\ts\tset\tvec\n\
     #types\ttime\tstring\taddr\tcount\tint\tdouble\tbool\tport\tenum\tset[string]\tvector[interval]\n\
     1300475167.096535\tC1\t10.0.0.1\t7\t-7\t2.5\tT\t443\ttcp\ta\\x2c,b\\\\\t1.5,-\n\
     -\t-\t-\t-\t-\t-\t-\t-\t(empty)\t(empty)\t-\n#close\t2026-11-20-15-00-00\n",
    "#fields\ta\n#types\tstring\nx\n#fields\tb\tc\n#types\tcount\ttime\n1\t253402300799.0\n",
    "#separator |\n#unset_field|?\n#fields|a|b\n#types|addr|interval\n::1|-0.000001\n?|1e-06\n",
    "{\"_path\":\"conn\",\"ts\":1300475167.096535,\"uid\":\"C\\u00e9\\\\xff\",\"id.orig_h\":\"::1\",\"tunnel_parents\":[\"a\",null]}\n",
    "{\"a\":{\"b\":[1,2.5,true]},\"t\":\"2026-11-20T14:00:00Z\",\"l\":[]}\n{\"a\":\"x\",\"z\":false}\n",
    "{\"ts\":\"2026-11-20T14:00:00.5Z\",\"query\":\"\\ud83d\\ude00\\t\"}\nnone\n",
];

/// Most rows of an input that are written again.
const ROWS: usize = 200;

fn values(row: &LogRow<'_>, columns: usize) -> Vec<OwnedValue> {
    (0..columns).map(|place| row.value(place).into()).collect()
}

/// The values of all rows that are sound.
fn read(bytes: &[u8], mut each: impl FnMut(&LogRow<'_>, Vec<OwnedValue>)) {
    let Ok(mut reader) = LogReader::from_reader(Bytes::new(bytes.to_vec()), "input", "conn") else { return };
    let mut rows = 0;
    let mut lines = 0;
    while let Ok(Some(block)) = reader.next_block() {
        assert!(block.first_line > lines, "lines go up");
        let wanted = Wanted::all(&block.shape);
        block.each(&wanted, &mut |row, line| {
            assert!(line >= block.first_line);
            lines = line;
            rows += 1;
            match row {
                Ok(row) => {
                    let values = values(row, block.shape.columns.len());
                    match row.check("input", line) {
                        Ok(()) => each(row, values),
                        Err(error) => assert_eq!(error.line(), Some(line)),
                    }
                }
                Err(error) => assert_eq!(error.line(), Some(line)),
            }
            rows < ROWS
        });
    }
}

/// Reads the log, writes it as TSV, and reads that.
pub fn run(data: &[u8]) {
    let mut cursor = Cursor::new(data);
    let json = cursor.u8() & 1 == 1;
    let bytes = cursor.take(usize::MAX);
    let (mut again, mut header) = (Vec::new(), Vec::new());
    let mut all: Vec<Vec<OwnedValue>> = Vec::new();
    read(bytes, |row, values| {
        let places: Vec<usize> = (0..values.len()).collect();
        let writer = RowWriter::new(Format::Tsv, row.shape(), &places);
        let mut own = Vec::new();
        writer.header(&row.shape().path, b"", &mut own);
        if values.is_empty() {
            return;
        }
        if own != header {
            again.extend_from_slice(&own);
            header = own;
        }
        writer.row(row, &mut again);
        if json {
            let mut object = Vec::new();
            RowWriter::new(Format::Json, row.shape(), &places).row(row, &mut object);
            assert!(
                serde_json::from_slice::<serde_json::Value>(&object).is_ok(),
                "{}",
                String::from_utf8_lossy(&object)
            );
        }
        all.push(values);
    });
    let mut back = Vec::new();
    read(&again, |_, values| back.push(values));
    assert_eq!(all.len(), back.len(), "{}", String::from_utf8_lossy(&again));
    for (one, other) in all.iter().zip(&back) {
        assert_eq!(one.len(), other.len());
        for (one, other) in one.iter().zip(other) {
            check(one, other);
        }
    }
}

/// TSV keeps microseconds, and six digits of a double; a list with one unset element is an unset list there.
fn check(one: &OwnedValue, other: &OwnedValue) {
    let same = match (one, other) {
        (OwnedValue::Time(one), OwnedValue::Time(other)) => (one.nanos() - other.nanos()).abs() < 1_000,
        (OwnedValue::Interval(one), OwnedValue::Interval(other)) => {
            one.nanos().abs_diff(other.nanos()) < 1_000
        }
        (OwnedValue::Time(_) | OwnedValue::Interval(_) | OwnedValue::Double(_), _) => true,
        (OwnedValue::List(one), OwnedValue::List(other)) if one.len() == other.len() => {
            one.iter().zip(other).for_each(|(one, other)| check(one, other));
            true
        }
        (OwnedValue::List(_), _) => true,
        (one, other) => one == other,
    };
    assert!(same, "{one:?} {other:?}");
}
