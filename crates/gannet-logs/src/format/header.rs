//! The lines around the rows of a TSV log.

use gannet::Timestamp;
use gannet::events::{Kind, LogStream};

use super::column::columns;
use super::number;
use crate::options::{Format, Options};

/// Appends what comes before the first row: nothing for JSON.
///
/// `open` is shown in UTC; for a log made from a capture file it is capture time.
pub fn header(stream: &LogStream, options: &Options, open: Timestamp, out: &mut Vec<u8>) {
    if options.format == Format::Json {
        return;
    }
    out.extend_from_slice(
        b"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t",
    );
    out.extend_from_slice(stream.name.as_bytes());
    out.extend_from_slice(b"\n#open\t");
    number::calendar(open, out);
    let columns = columns(stream, options);
    out.extend_from_slice(b"\n#fields");
    for column in &columns {
        out.push(b'\t');
        out.extend_from_slice(column.name.as_bytes());
    }
    out.extend_from_slice(b"\n#types");
    for column in &columns {
        out.push(b'\t');
        kind_name(column.kind, out);
    }
    out.push(b'\n');
}

/// Appends what comes after the last row of a complete log: nothing for JSON.
pub fn footer(options: &Options, close: Timestamp, out: &mut Vec<u8>) {
    if options.format == Format::Tsv {
        out.extend_from_slice(b"#close\t");
        number::calendar(close, out);
        out.push(b'\n');
    }
}

/// `YYYY-MM-DD-HH-MM-SS`
pub fn calendar_text(at: Timestamp) -> String {
    let mut text = Vec::new();
    number::calendar(at, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// A type as the `#types` line names it.
pub fn kind_text(kind: Kind) -> String {
    let mut text = Vec::new();
    kind_name(kind, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

fn kind_name(kind: Kind, out: &mut Vec<u8>) {
    let (container, element) = match kind {
        Kind::Set(element) => ("set", element),
        Kind::Vector(element) => ("vector", element),
        scalar => return out.extend_from_slice(scalar_name(scalar).as_bytes()),
    };
    out.extend_from_slice(container.as_bytes());
    out.push(b'[');
    kind_name(*element, out);
    out.push(b']');
}

fn scalar_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Time => "time",
        Kind::Interval => "interval",
        Kind::Double => "double",
        Kind::Count => "count",
        Kind::Int => "int",
        Kind::Bool => "bool",
        Kind::Port => "port",
        Kind::Addr => "addr",
        Kind::Enum => "enum",
        Kind::Text | Kind::Set(_) | Kind::Vector(_) => "string",
    }
}
