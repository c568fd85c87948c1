//! A log as a file of Parquet.

use std::fs::File;
use std::io::{self, BufWriter};

use anyhow::{Result, bail};
use gannet::events::Kind;
use gannet_logs::{LogColumn, LogReader, ParquetLog, Wanted};

use super::faults::Faults;

/// Writes all rows of a log. `wrong` says that the file cannot be written.
///
/// # Errors
/// A log that cannot be read, or whose columns change on the way; a file that cannot be written.
pub(super) fn write(
    reader: &mut LogReader,
    file: BufWriter<File>,
    faults: &mut Faults,
    wrong: impl Fn(io::Error) -> anyhow::Error,
) -> Result<()> {
    let mut file = Some(file);
    let mut parquet: Option<(Vec<LogColumn>, ParquetLog<BufWriter<File>>)> = None;
    while let Some(block) = reader.next_block()? {
        let shape = &block.shape;
        if let Some(file) = file.take() {
            let columns: Vec<(&str, Kind)> =
                shape.columns.iter().map(|column| (column.name.as_str(), column.kind)).collect();
            let log = ParquetLog::new(file, &shape.path, &columns).map_err(&wrong)?;
            parquet = Some((shape.columns.clone(), log));
        }
        let Some((columns, log)) = &mut parquet else { break };
        if *columns != shape.columns {
            bail!(
                "{}, line {}: rows with other columns begin: expected one header",
                block.file,
                block.first_line
            );
        }
        let mut done = Ok(());
        block.each(&Wanted::all(shape), &mut |row, line| {
            match row {
                Ok(row) => {
                    done = log.row(row);
                    // A value that is none of its column's type is unset, and told of.
                    if let Err(error) = row.check(&block.file, line) {
                        faults.note(&error);
                    }
                }
                Err(error) => faults.note(&error),
            }
            done.is_ok()
        });
        done.map_err(&wrong)?;
    }
    match parquet {
        Some((_, log)) => log.finish().map(|_| ()).map_err(wrong),
        None => bail!("there are no rows: nothing says which columns the file would have"),
    }
}
