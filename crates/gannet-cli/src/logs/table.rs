//! A log as one table: a file of Parquet, or a table of a SQLite database.

use std::io;
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use gannet::capture::shown;
use gannet::events::Kind;
use gannet_logs::{LogBlock, LogReader, LogRow, LogShape, Wanted};

use super::faults::Faults;

/// What went wrong.
enum Failed {
    Read(anyhow::Error),
    Write(io::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

impl Failed {
    /// The same, with the name of what could not be written.
    fn of(self, path: &Path) -> anyhow::Error {
        match self {
            Self::Read(error) => error,
            Self::Write(error) => anyhow!("{}: cannot be written: {error}", shown(path)),
        }
    }
}

/// The rows of a log that are written to one table.
struct Rows<'a> {
    first: LogBlock,
    reader: &'a mut LogReader,
    faults: &'a mut Faults,
}

impl<'a> Rows<'a> {
    /// All rows of a log.
    ///
    /// # Errors
    /// A log that cannot be read, or has no rows.
    fn new(reader: &'a mut LogReader, faults: &'a mut Faults) -> Result<Self> {
        match reader.next_block()? {
            Some(first) => Ok(Self { first, reader, faults }),
            None => bail!("there are no rows: nothing says which columns there would be"),
        }
    }

    fn shape(&self) -> &LogShape {
        &self.first.shape
    }

    /// Names and types of the columns.
    fn columns(&self) -> Vec<(String, Kind)> {
        self.shape().columns.iter().map(|column| (column.name.clone(), column.kind)).collect()
    }

    /// Writes each row.
    fn each(self, mut write: impl FnMut(&LogRow<'_>) -> io::Result<()>) -> Result<(), Failed> {
        let shape = self.first.shape.clone();
        let mut next = Some(self.first);
        while let Some(block) = next {
            if block.shape.columns != shape.columns {
                let (file, line) = (&block.file, block.first_line);
                let what = "rows with other columns begin: expected one header";
                return Err(Failed::Read(anyhow!("{file}, line {line}: {what}")));
            }
            let mut done = Ok(());
            block.each(&Wanted::all(&block.shape), &mut |row, line| {
                let row = row.and_then(|row| {
                    done = write(row);
                    // A value that is none of its column's type is unset, and told of.
                    row.check(&block.file, line)
                });
                if let Err(error) = row {
                    self.faults.note(&error);
                }
                done.is_ok()
            });
            done?;
            next = self.reader.next_block().map_err(|error| Failed::Read(error.into()))?;
        }
        Ok(())
    }
}

fn borrowed(columns: &[(String, Kind)]) -> Vec<(&str, Kind)> {
    columns.iter().map(|(name, kind)| (name.as_str(), *kind)).collect()
}

/// Writes all rows of a log as a file of Parquet.
///
/// # Errors
/// A log that cannot be read, or whose columns change on the way; a file that cannot be written.
#[cfg(feature = "parquet")]
pub(super) fn parquet(reader: &mut LogReader, path: &Path, faults: &mut Faults) -> Result<()> {
    let write = |rows: Rows<'_>| {
        let file = io::BufWriter::new(std::fs::File::create(path)?);
        let columns = rows.columns();
        let mut log = gannet_logs::ParquetLog::new(file, &rows.shape().path, &borrowed(&columns))?;
        rows.each(|row| log.row(row))?;
        Ok(log.finish().map(|_| ())?)
    };
    write(Rows::new(reader, faults)?).map_err(|failed: Failed| failed.of(path))
}

/// Adds all rows of a log to a database, as a table of its name.
///
/// # Errors
/// A log that cannot be read, or whose columns change on the way; a table that is there already, a database that cannot be written.
#[cfg(feature = "sqlite")]
pub(super) fn sqlite(reader: &mut LogReader, path: &Path, faults: &mut Faults) -> Result<()> {
    let write = |rows: Rows<'_>| {
        let (columns, log) = (rows.columns(), rows.shape().path.clone());
        let mut file = gannet_logs::SqliteFile::open(path)?;
        file.add(&log, &borrowed(&columns), |table| rows.each(|row| table.row(row))).map(|_| ())
    };
    write(Rows::new(reader, faults)?).map_err(|failed: Failed| failed.of(path))
}
