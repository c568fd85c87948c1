//! Archived logs as Parquet, in the folders that other programs know: `log=conn/date=2026-11-20/hour=14/sensor=NAME/`.
//!
//! The name of a file has the times of the log and a hash of it: to write it again changes nothing, and no two logs share one.

use std::fs::File;
use std::hash::Hasher;
use std::io::{self, BufWriter, Read, Seek, SeekFrom};
use std::path::PathBuf;

use gannet::events::Kind;
use siphasher::sip::SipHasher13;

use super::expire::Tree;
use super::queue::Waiting;
use crate::columnar::ParquetLog;
use crate::dir::Place;
use crate::read::{LogReader, Wanted};

/// Bytes that are read at once.
const BLOCK: usize = 128 * 1024;
/// What names end in.
const ENDING: &str = ".parquet";
/// The longest name of a sensor.
const MOST_NAME: usize = 64;

/// Where archived logs go as Parquet, too.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParquetArchive {
    /// The directory that has a folder for each log.
    pub to: PathBuf,
    /// Name of the sensor; what cannot stand in the name of a file is `_` there.
    pub sensor: String,
}

impl ParquetArchive {
    /// Files of this sensor, in that directory.
    pub fn new(to: impl Into<PathBuf>, sensor: &str) -> Self {
        let safe = |c: char| if c.is_ascii_alphanumeric() || "_-.".contains(c) { c } else { '_' };
        let sensor: String = sensor.chars().take(MOST_NAME).map(safe).collect();
        Self { to: to.into(), sensor: if sensor.is_empty() { "_".to_owned() } else { sensor } }
    }
}

/// What is expired of Parquet.
const BY_HOUR: Tree = Tree {
    folders: &[
        |name| name.starts_with("log="),
        |name| name.starts_with("date="),
        |name| name.starts_with("hour="),
        |name| name.starts_with("sensor="),
    ],
    is_file: |name| name.ends_with(ENDING) && !name.starts_with('.'),
};

/// The trees, and that of Parquet behind them, if there is one yet.
pub(super) fn with_tree(
    mut trees: Vec<(Place, Tree)>,
    parquet: Option<&ParquetArchive>,
) -> Vec<(Place, Tree)> {
    let place = parquet.and_then(|parquet| Place::open(&parquet.to).ok());
    trees.extend(place.map(|place| (place, BY_HOUR)));
    trees
}

/// Writes a log as Parquet, unless it is there already. Rows that could not be read, which are left out.
///
/// # Errors
/// If the log cannot be read, or the file not be written.
pub(super) fn convert(
    parquet: &ParquetArchive,
    waiting: &Waiting,
    mut log: File,
    spool: u64,
) -> io::Result<u64> {
    let (date, clock) = waiting.from.split_at_checked(10).unwrap_or_default();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (from, to) = (digits(clock), digits(waiting.to.get(10..).unwrap_or_default()));
    let hour = from.get(..2).unwrap_or("00");
    std::fs::create_dir_all(&parquet.to)?;
    let mut place = Place::open(&parquet.to)?;
    for folder in [
        format!("log={}", waiting.log),
        format!("date={date}"),
        format!("hour={hour}"),
        format!("sensor={}", parquet.sensor),
    ] {
        place = place.folder(&folder)?;
    }
    let name = format!("{from}-{to}-{:016x}{ENDING}", hash(&mut log)?);
    if place.has(&name) {
        return Ok(0);
    }
    let aside = format!(".{name}.{spool:x}.partial");
    let file = place.create(&aside)?;
    let written = write(log, waiting, &file).and_then(|wrong| {
        file.sync_all()?;
        place.rename(&aside, &name)?;
        place.settle();
        Ok(wrong)
    });
    if written.is_err() {
        // A full disk needs the room.
        let _stays = place.remove(&aside);
    }
    written
}

/// A hash of all that is in a file, by a key that never changes.
fn hash(file: &mut File) -> io::Result<u64> {
    let (mut hasher, mut block) = (SipHasher13::new(), vec![0; BLOCK]);
    file.seek(SeekFrom::Start(0))?;
    loop {
        let bytes = file.read(&mut block)?;
        if bytes == 0 {
            file.seek(SeekFrom::Start(0))?;
            return Ok(hasher.finish());
        }
        hasher.write(block.get(..bytes).unwrap_or_default());
    }
}

/// Writes all rows of a log; how many could not be read. Where reading comes to its end, the rest is one of these.
fn write(log: File, waiting: &Waiting, to: &File) -> io::Result<u64> {
    let Ok(mut reader) = LogReader::from_reader(log, &waiting.name(), &waiting.log) else { return Ok(1) };
    let mut parquet: Option<ParquetLog<BufWriter<&File>>> = None;
    let (mut wrong, mut done) = (0, Ok(()));
    loop {
        let block = match reader.next_block() {
            Ok(Some(block)) => block,
            Ok(None) => break,
            Err(_) => {
                wrong += 1;
                break;
            }
        };
        let parquet = match &mut parquet {
            Some(parquet) => parquet,
            None => {
                let columns: Vec<(&str, Kind)> =
                    block.shape.columns.iter().map(|column| (column.name.as_str(), column.kind)).collect();
                parquet.insert(ParquetLog::new(BufWriter::with_capacity(BLOCK, to), &waiting.log, &columns)?)
            }
        };
        block.each(&Wanted::all(&block.shape), &mut |row, _| {
            match row {
                Ok(row) => done = parquet.row(row),
                Err(_) => wrong += 1,
            }
            done.is_ok()
        });
        std::mem::replace(&mut done, Ok(()))?;
    }
    parquet.map_or(Ok(0), ParquetLog::finish).map(|_| wrong)
}
