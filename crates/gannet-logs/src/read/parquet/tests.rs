//! Columns that are there in both ways, rows that are passed over.

use std::fs::File;

use gannet::events::{OwnedValue, Value};
use gannet_query::{Need, Row};

use crate::columnar::ParquetLog;
use crate::read::LogReader;
use crate::read::row::Wanted;
use gannet::events::Kind;

/// More rows than a group has.
const ROWS: u64 = 150_000;

/// A row: a number, a text of which there are so many that a dictionary cannot hold them, a word, a truth, a list.
struct Numbered(u64, String);

impl Numbered {
    fn new(number: u64) -> Self {
        // First the same few, then ever new ones.
        let text = if number < 40_000 { format!("few {}", number % 7) } else { format!("{number:0>60}") };
        Self(number, text)
    }
}

const WORDS: [&[u8]; 3] = [b"dns", b"", b"http"];

struct Words(u64);

impl gannet::events::List for Words {
    fn count(&self) -> usize {
        self.0 as usize
    }

    fn each(&self, f: &mut dyn FnMut(Value<'_>)) {
        (0..self.0 as usize).for_each(|index| f(Value::Text(WORDS[index])));
    }
}

const LISTS: [Words; 3] = [Words(0), Words(1), Words(3)];

impl Row for Numbered {
    fn value(&self, index: usize) -> Value<'_> {
        match index {
            _ if self.0 % 5 == index as u64 => Value::Unset,
            0 => Value::Count(self.0),
            1 => Value::Text(self.1.as_bytes()),
            2 => Value::Enum(["a", "b"][(self.0 % 2) as usize]),
            3 => Value::Bool(self.0.is_multiple_of(3)),
            _ => Value::List(&LISTS[(self.0 % 3) as usize]),
        }
    }
}

fn file(name: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("gannet-parquet-{}-{name}", std::process::id()));
    let columns = [
        ("number", Kind::Count),
        ("text", Kind::Text),
        ("word", Kind::Enum),
        ("truth", Kind::Bool),
        ("list", Kind::Vector(&Kind::Text)),
    ];
    let mut log = ParquetLog::new(File::create(&path).unwrap(), "x", &columns).unwrap();
    for number in 0..ROWS {
        log.row(&Numbered::new(number)).unwrap();
    }
    log.finish().unwrap();
    path
}

/// Numbers of all rows that are read, each of which is as it was written.
fn numbers(reader: &mut LogReader, places: &[usize]) -> Vec<u64> {
    let mut numbers = Vec::new();
    while let Some(block) = reader.next_block().unwrap() {
        let codes = block.codes(2).filter(|_| places.contains(&2));
        let mut first: Option<(usize, OwnedValue)> = None;
        block.each(&Wanted::new(&block.shape, places.to_vec()), &mut |row, line| {
            let (row, number) = (row.unwrap(), line - 1);
            for place in 0..5 {
                let wanted = Numbered::new(number);
                let wanted: OwnedValue = match (places.contains(&place), wanted.value(place)) {
                    (false, _) => Value::Unset.into(),
                    // A name of a column of texts comes back as text.
                    (true, Value::Enum(name)) => Value::Text(name.as_bytes()).into(),
                    (true, value) => value.into(),
                };
                assert_eq!(OwnedValue::from(row.value(place)), wanted, "row {number}, column {place}");
            }
            row.check("f", line).unwrap();
            if let Some(codes) = &codes {
                let code = codes.code((line - block.first_line) as usize);
                assert!(code < codes.count());
                let value = OwnedValue::from(row.value(2));
                let (known, same) = first.get_or_insert((code, value.clone()));
                assert_eq!(*known == code, *same == value, "row {number}");
            }
            numbers.push(number);
            true
        });
    }
    numbers
}

#[test]
fn every_row_comes_back_whichever_columns_are_wanted() {
    let path = file("all");
    for places in [&[0, 1, 2, 3, 4][..], &[1], &[4, 2], &[3, 0]] {
        let mut reader = LogReader::open(&path).unwrap();
        reader.select(places);
        assert!(numbers(&mut reader, places).into_iter().eq(0..ROWS), "{places:?}");
    }
    // In parts, of which each knows the numbers of its rows.
    let parts = LogReader::open(&path).unwrap().split();
    assert_eq!(parts.len(), 2);
    let all: Vec<u64> = parts.into_iter().flat_map(|mut part| numbers(&mut part, &[0, 1, 2, 3, 4])).collect();
    assert!(all.into_iter().eq(0..ROWS));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn rows_that_cannot_have_what_is_needed_are_passed_over() {
    let path = file("needs");
    let read = |needs: &[(usize, Need)]| {
        let mut reader = LogReader::open(&path).unwrap();
        reader.require(needs);
        numbers(&mut reader, &[0, 1, 2, 3, 4])
    };
    let text = |text: &str| (1, Need::OneOf(vec![text.as_bytes().to_vec()]));
    // In the second group alone, and there the last rows.
    let found = read(&[(0, Need::Between(140_000, i128::MAX))]);
    assert_eq!((found.first(), found.last()), (Some(&131_072), Some(&(ROWS - 1))));
    assert!(read(&[(0, Need::Between(200_000, 300_000))]).is_empty());
    assert_eq!(read(&[(0, Need::Between(131_071, 131_072))]).len() as u64, ROWS);
    // The blocks of one row alone, of both kinds of values.
    for number in [0, 39_999, 40_002, 131_070, 149_999] {
        let wanted = Numbered::new(number).1;
        let found = read(&[text(&wanted)]);
        assert!(found.contains(&number), "{number}");
        if number > 40_000 {
            assert!(found.len() <= super::ROWS, "{number}: {}", found.len());
        }
    }
    assert!(read(&[text("no such text")]).is_empty());
    assert!(read(&[text("few 1"), (0, Need::Between(140_000, i128::MAX))]).is_empty());
    std::fs::remove_file(path).unwrap();
}
