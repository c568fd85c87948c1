//! `gannet cut` on rows that are no lines of columns, of JSON or Parquet: their columns as TSV has them.

use anyhow::Result;
use gannet_logs::{Format, LogReader, LogShape, RowWriter, Wanted};

use super::faults::Faults;
use super::stdout;
use super::when::Calendar;
use crate::args::CutArgs;

/// Columns of rows.
pub(super) struct RowCut<'a> {
    args: &'a CutArgs,
    between: &'a [u8],
    /// Whether names are printed first, and whether without `#fields`.
    names: Option<bool>,
}

impl<'a> RowCut<'a> {
    pub(super) fn new(args: &'a CutArgs, between: &'a [u8]) -> Self {
        Self { args, between, names: None }
    }

    /// Prints the names of the columns first.
    pub(super) fn with_names(&mut self, wanted: bool, alone: bool) {
        self.names = wanted.then_some(alone);
    }

    /// Names of the columns that are printed, and their places.
    fn choose(&self, shape: &LogShape) -> Vec<(String, Option<usize>)> {
        let all = || shape.columns.iter().map(|column| column.name.clone());
        let names: Vec<String> = match (self.args.columns.as_slice(), self.args.without) {
            ([], _) => all().collect(),
            (named, true) => all().filter(|name| !named.contains(name)).collect(),
            (named, false) => named.to_vec(),
        };
        names.into_iter().map(|name| (name.clone(), shape.find(&name))).collect()
    }

    /// Prints all rows; false if nobody wants more.
    ///
    /// # Errors
    /// A stream that cannot be read.
    pub(super) fn run(&mut self, mut reader: LogReader, mut calendar: Option<&mut Calendar>) -> Result<bool> {
        if let Some(shape) = reader.known_shape() {
            let places: Vec<usize> = self.choose(&shape).iter().filter_map(|(_, place)| *place).collect();
            reader.select(&places);
        }
        let mut faults = Faults::default();
        let (mut out, mut cell) = (Vec::new(), Vec::new());
        while let Some(block) = reader.next_block()? {
            let columns = self.choose(&block.shape);
            if let Some(alone) = self.names.take() {
                self.print_names(&columns, alone, &mut out);
            }
            let wanted = Wanted::new(&block.shape, columns.iter().filter_map(|(_, place)| *place));
            let writer = |place: &usize| RowWriter::new(Format::Tsv, &block.shape, &[*place]);
            let writers: Vec<_> =
                columns.iter().map(|(_, place)| place.as_ref().map(|at| (*at, writer(at)))).collect();
            block.each(&wanted, &mut |row, line| {
                let row = match row.and_then(|row| row.check(&block.file, line).map(|()| row)) {
                    Ok(row) => row,
                    Err(error) => {
                        faults.note(&error);
                        return true;
                    }
                };
                for (index, writer) in writers.iter().enumerate() {
                    out.extend_from_slice(if index > 0 { self.between } else { b"" });
                    let Some((place, writer)) = writer else { continue };
                    cell.clear();
                    writer.row(row, &mut cell);
                    let text = cell.strip_suffix(b"\n").unwrap_or(&cell);
                    let is_time =
                        block.shape.columns.get(*place).is_some_and(|column| column.kind_name == "time");
                    let by_calendar = match calendar.as_deref_mut().filter(|_| is_time) {
                        Some(calendar) => calendar.of_value(text),
                        None => None,
                    };
                    out.extend_from_slice(by_calendar.unwrap_or(text));
                }
                out.push(b'\n');
                true
            });
            if !stdout::write(&out)? {
                return Ok(false);
            }
            out.clear();
        }
        faults.end();
        Ok(true)
    }

    fn print_names(&self, columns: &[(String, Option<usize>)], alone: bool, out: &mut Vec<u8>) {
        out.extend_from_slice(if alone { b"" } else { b"#fields" });
        for (index, (name, _)) in columns.iter().enumerate() {
            out.extend_from_slice(if index > 0 || !alone { self.between } else { b"" });
            out.extend_from_slice(name.as_bytes());
        }
        out.push(b'\n');
    }
}
