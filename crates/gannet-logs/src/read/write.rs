//! Rows that were read, written again: as TSV or JSON, with the columns that are wanted.

use gannet::events::{Value, Visitor};
use gannet_query::Row;

use super::row::LogRow;
use super::shape::{LogColumn, LogShape};
use crate::format::{Unlimited, cell, json_row, kind_text, tsv_row};
use crate::options::Format;

/// Writes rows of one log in one format.
pub struct RowWriter {
    format: Format,
    columns: Vec<LogColumn>,
    /// Places in the rows that are read.
    places: Vec<usize>,
    shown: Unlimited,
}

impl RowWriter {
    /// Writes these columns of a log.
    pub fn new(format: Format, shape: &LogShape, places: &[usize]) -> Self {
        let columns: Vec<LogColumn> =
            places.iter().filter_map(|place| shape.columns.get(*place).cloned()).collect();
        Self::with(format, columns, places)
    }

    /// Writes all columns of `like` from rows of another shape, which has them at these places, or beyond its last one not.
    pub fn like(format: Format, like: &LogShape, places: &[usize]) -> Self {
        Self::with(format, like.columns.clone(), places)
    }

    fn with(format: Format, columns: Vec<LogColumn>, places: &[usize]) -> Self {
        let shown = Unlimited::new(columns.iter().map(|column| column.name.as_str()));
        Self { format, columns, places: places.to_vec(), shown }
    }

    /// The lines before the first row; nothing for JSON.
    pub fn header(&self, path: &str, more: &[u8], out: &mut Vec<u8>) {
        if self.format == Format::Json {
            return;
        }
        out.extend_from_slice(
            b"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t",
        );
        cell(Value::Text(path.as_bytes()), out);
        out.push(b'\n');
        out.extend_from_slice(more);
        for (word, text) in [("#fields", 0), ("#types", 1)] {
            out.extend_from_slice(word.as_bytes());
            for column in &self.columns {
                out.push(b'\t');
                // What a header with another separator may hold would be two columns here.
                let kind = &column.kind_name;
                let plain = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_graphic());
                match text {
                    0 => cell(Value::Text(column.name.as_bytes()), out),
                    _ if plain => out.extend_from_slice(kind.as_bytes()),
                    _ => out.extend_from_slice(kind_text(column.kind).as_bytes()),
                }
            }
            out.push(b'\n');
        }
    }

    /// One row.
    pub fn row(&self, row: &LogRow<'_>, out: &mut Vec<u8>) {
        let each =
            |visitor: &mut dyn Visitor| self.places.iter().for_each(|place| visitor.value(row.value(*place)));
        match self.format {
            Format::Tsv => tsv_row(&self.shown, each, out),
            Format::Json => json_row(&self.shown, each, out),
        }
    }
}
