//! A reference of the logs, from the columns that the records declare.

use std::fmt::Write;

use gannet::events::LogStream;

use crate::format::{columns, kind_text};
use crate::options::Options;

/// Markdown with a table of columns for each log.
pub fn documentation(streams: &[&'static LogStream], options: &Options) -> String {
    let mut out = String::new();
    for stream in streams {
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = writeln!(out, "## {}.log\n\n{}\n", stream.name, one_line(stream.doc));
        out.push_str("| column | type | meaning |\n|---|---|---|\n");
        for column in columns(stream, options) {
            let optional = if column.optional { ", optional" } else { "" };
            let extra = if column.extra { ", extra" } else { "" };
            // A bar would end the cell.
            let doc = one_line(column.doc).replace('|', "\\|");
            let _ = writeln!(
                out,
                "| `{}` | `{}`{optional}{extra} | {doc} |",
                column.name,
                kind_text(column.kind)
            );
        }
    }
    out
}

/// A doc comment in one line: it comes as lines joined without their breaks.
pub fn one_line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}
