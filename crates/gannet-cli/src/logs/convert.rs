//! `gannet convert`: a log in another format.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::{Result, anyhow};
use gannet::capture::shown;
use gannet_logs::{Format, LogReader, RowWriter, Wanted};

use super::faults::Faults;
use super::stdout::unless_closed;
use crate::analyse::Outcome;
use crate::args::ConvertArgs;

/// Converts a log.
///
/// # Errors
/// A log that cannot be read, a file that cannot be written.
pub(crate) fn convert(args: &ConvertArgs) -> Result<Outcome> {
    let mut reader = if args.from == Path::new("-") {
        LogReader::from_reader(io::stdin(), "standard input", args.log.as_deref().unwrap_or_default())?
    } else {
        match &args.log {
            Some(log) => LogReader::open_as(&args.from, log)?,
            None => LogReader::open(&args.from)?,
        }
    };
    let mut faults = Faults::default();
    let written = match &args.to {
        None => unless_closed(rows(args, &mut reader, &mut io::stdout().lock(), &mut faults)?)?,
        Some(path) => {
            #[cfg(feature = "parquet")]
            if args.parquet {
                super::table::parquet(&mut reader, path, &mut faults)?;
                return Ok(if faults.end() { Outcome::Amiss } else { Outcome::Complete });
            }
            #[cfg(feature = "sqlite")]
            if args.sqlite {
                super::table::sqlite(&mut reader, path, &mut faults)?;
                return Ok(if faults.end() { Outcome::Amiss } else { Outcome::Complete });
            }
            let wrong = |error: io::Error| anyhow!("{}: cannot be written: {error}", shown(path));
            let mut file = BufWriter::new(File::create(path).map_err(wrong)?);
            rows(args, &mut reader, &mut file, &mut faults)?.and_then(|()| file.flush()).map_err(wrong)?;
            true
        }
    };
    Ok(if faults.end() && written { Outcome::Amiss } else { Outcome::Complete })
}

/// Writes all rows; the inner error is that of writing.
fn rows(
    args: &ConvertArgs,
    reader: &mut LogReader,
    to: &mut dyn Write,
    faults: &mut Faults,
) -> Result<io::Result<()>> {
    let mut header = Vec::new();
    let mut out = Vec::new();
    while let Some(block) = reader.next_block()? {
        let shape = &block.shape;
        let format = match (args.json, args.tsv, shape.format) {
            (true, ..) | (false, false, Format::Tsv) => Format::Json,
            (false, true, _) | (false, false, Format::Json) => Format::Tsv,
        };
        // `_path` is the name of a TSV log, and no column.
        let is_column = |place: &usize| {
            let name = shape.columns.get(*place).map(|column| column.name.as_str());
            format == Format::Json || name != Some("_path")
        };
        let places: Vec<usize> = (0..shape.columns.len()).filter(is_column).collect();
        let writer = RowWriter::new(format, shape, &places);
        let mut own = Vec::new();
        writer.header(&shape.path, b"", &mut own);
        if own != header {
            out.extend_from_slice(&own);
            header = own;
        }
        block.each(&Wanted::new(shape, places), &mut |row, line| {
            let start = out.len();
            let written = row.and_then(|row| {
                writer.row(row, &mut out);
                row.check(&block.file, line)
            });
            if let Err(error) = written {
                out.truncate(start);
                faults.note(&error);
            }
            true
        });
        if let Err(error) = to.write_all(&out) {
            return Ok(Err(error));
        }
        out.clear();
    }
    Ok(to.flush())
}
