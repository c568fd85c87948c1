//! JSON Schema of the logs, from the columns that the records declare.

use std::fmt::Write;

use gannet::events::{Column, Kind, LogStream};

use crate::docs::one_line;
use crate::format::{columns, kind_text, quote};
use crate::options::Options;

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema of one log's JSON rows, with the columns of these options.
pub fn schema(stream: &LogStream, options: &Options) -> String {
    let mut out = format!("{{\n  \"$schema\": \"{DIALECT}\",\n");
    body(stream, options, "  ", &mut out);
    out.push_str("}\n");
    out
}

/// One document for several logs: the schema of the rows of `conn.log` is at `#/$defs/conn`.
pub fn schemas(streams: &[&'static LogStream], options: &Options) -> String {
    let mut out =
        format!("{{\n  \"$schema\": \"{DIALECT}\",\n  \"title\": \"Logs of Gannet\",\n  \"$defs\": {{");
    for (i, stream) in streams.iter().enumerate() {
        out.push_str(if i > 0 { ",\n" } else { "\n" });
        let _ = writeln!(out, "    {}: {{", quoted(stream.name));
        body(stream, options, "      ", &mut out);
        out.push_str("    }");
    }
    out.push_str("\n  }\n}\n");
    out
}

/// The members of one log's schema, each line behind `indent`.
fn body(stream: &LogStream, options: &Options, indent: &str, out: &mut String) {
    let columns = columns(stream, options);
    let _ = writeln!(out, "{indent}\"title\": {},", quoted(stream.name));
    let _ = writeln!(out, "{indent}\"description\": {},", quoted(&one_line(stream.doc)));
    let _ = writeln!(out, "{indent}\"type\": \"object\",\n{indent}\"properties\": {{");
    for (i, column) in columns.iter().enumerate() {
        let comma = if i + 1 < columns.len() { "," } else { "" };
        let _ = writeln!(out, "{indent}  {}: {}{comma}", quoted(column.name), property(column));
    }
    let required: Vec<_> =
        columns.iter().filter(|column| !column.optional).map(|column| quoted(column.name)).collect();
    let _ = writeln!(out, "{indent}}},\n{indent}\"required\": [{}],", required.join(", "));
    let _ = writeln!(out, "{indent}\"additionalProperties\": false");
}

fn property(column: &Column) -> String {
    let extra = if column.extra { ", \"x-extra\": true" } else { "" };
    format!(
        "{{\"description\": {}, {}, \"x-type\": {}{extra}}}",
        quoted(&one_line(column.doc)),
        constraint(column.kind),
        quoted(&kind_text(column.kind)),
    )
}

/// What JSON values a type allows.
fn constraint(kind: Kind) -> String {
    match kind {
        Kind::Time | Kind::Interval => r#""type": "number""#.to_owned(),
        // What is not finite has no number in JSON.
        Kind::Double => r#""type": ["number", "null"]"#.to_owned(),
        Kind::Count => r#""type": "integer", "minimum": 0"#.to_owned(),
        Kind::Int => r#""type": "integer""#.to_owned(),
        Kind::Bool => r#""type": "boolean""#.to_owned(),
        Kind::Port => r#""type": "integer", "minimum": 0, "maximum": 65535"#.to_owned(),
        Kind::Addr => r#""type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]"#.to_owned(),
        Kind::Enum | Kind::Text => r#""type": "string""#.to_owned(),
        Kind::Set(element) => format!(r#""type": "array", "items": {{{}}}"#, constraint(*element)),
        Kind::Vector(element) => format!(
            r#""type": "array", "items": {{"anyOf": [{{{}}}, {{"type": "null"}}]}}"#,
            constraint(*element)
        ),
    }
}

fn quoted(text: &str) -> String {
    let mut out = Vec::new();
    quote(text, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests;
