//! The kinds of records that there are.

use crate::analyzers::{self, AnalyzerFailure};
use crate::events::tunnel::Tunnel;
use crate::events::{LogStream, Reporter, Weird};
use crate::files::{self, FileInfo};
use crate::flow::{Conn, OpenConn};
use crate::worker::undecoded::Undecoded;

/// Every kind of record that the engine emits: those of connections, tunnels and files, then those of the analyzers of both.
pub fn streams() -> Vec<&'static LogStream> {
    let mut streams = vec![
        Conn::STREAM,
        OpenConn::STREAM,
        Tunnel::STREAM,
        Weird::STREAM,
        AnalyzerFailure::STREAM,
        FileInfo::STREAM,
        Reporter::STREAM,
        Undecoded::STREAM,
    ];
    let of_files = files::REGISTRY.iter().flat_map(|descriptor| descriptor.records);
    for stream in analyzers::REGISTRY.iter().flat_map(|descriptor| descriptor.records).chain(of_files) {
        if !stream.internal && !streams.iter().any(|known| known.name == stream.name) {
            streams.push(stream);
        }
    }
    streams
}
