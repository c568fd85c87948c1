//! Logs as Parquet: columns of values, packed with Snappy, which DuckDB, Polars, pandas, ClickHouse and Spark read as they are.
//!
//! Times are timestamps of UTC with microseconds, addresses and names are text, sets and vectors are lists, lengths of time are seconds.
//! Columns that single values are looked up in (ids, addresses, names) have Bloom filters.

mod cells;
mod schema;
#[cfg(test)]
mod tests;
mod values;

use std::io::{self, Write};
use std::sync::Arc;

use ::parquet::file::writer::SerializedFileWriter;
use gannet::events::Kind;
use gannet_query::Row;

use cells::{Cells, MOST_ROWS};
pub(crate) use schema::{LOG_KEY, TYPES_KEY};
use schema::{failed, properties, schema};
pub(crate) use values::{Meaning, Texts, Values};

/// Bytes of values that are held until they are written.
const MOST_BYTES: usize = 32 << 20;

/// Writes rows as a file of Parquet.
pub struct ParquetLog<W: Write + Send> {
    to: SerializedFileWriter<W>,
    columns: Vec<Cells>,
    /// Rows that are held, and their bytes.
    held: usize,
    bytes: usize,
    rows: u64,
}

impl<W: Write + Send> ParquetLog<W> {
    /// A file of rows of a log with these columns.
    ///
    /// # Errors
    /// If it cannot be written, or columns have the same name.
    pub fn new(to: W, log: &str, columns: &[(&str, Kind)]) -> io::Result<Self> {
        let to = SerializedFileWriter::new(to, schema(columns)?, Arc::new(properties(log, columns)))
            .map_err(failed)?;
        let columns = columns.iter().map(|(_, kind)| Cells::of(*kind)).collect();
        Ok(Self { to, columns, held: 0, bytes: 0, rows: 0 })
    }

    /// Adds a row, which has a value for each column. One that is not of the column's type is unset.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn row(&mut self, row: &dyn Row) -> io::Result<()> {
        for (place, cells) in self.columns.iter_mut().enumerate() {
            self.bytes += cells.push(row.value(place));
        }
        self.held += 1;
        self.rows += 1;
        if self.held == MOST_ROWS || self.bytes >= MOST_BYTES {
            return self.write();
        }
        Ok(())
    }

    /// Writes the rows that are held, as a group of rows.
    fn write(&mut self) -> io::Result<()> {
        if self.held == 0 {
            return Ok(());
        }
        let mut group = self.to.next_row_group().map_err(failed)?;
        for cells in &mut self.columns {
            if let Some(column) = group.next_column().map_err(failed)? {
                cells.write(column).map_err(failed)?;
            }
        }
        group.close().map_err(failed)?;
        (self.held, self.bytes) = (0, 0);
        Ok(())
    }

    /// Writes what is left, and the end of the file. The number of rows.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn finish(mut self) -> io::Result<u64> {
        self.write()?;
        self.to.close().map_err(failed)?;
        Ok(self.rows)
    }
}
