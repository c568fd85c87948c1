//! Where rows go.

use std::io::{ErrorKind, stdout};

use gannet_logs::{LogDir, LogError, LogSink, RowStream, Written};

use crate::args::Args;

/// The logs of a run on captures.
///
/// # Errors
/// A directory that cannot be made or read.
pub(crate) fn open(args: &Args) -> Result<LogSink, LogError> {
    if args.out_is_stream() {
        return Ok(stdout_rows());
    }
    Ok(LogSink::new(LogDir::open(args.out(), args.options())?))
}

/// All rows into standard output.
pub(crate) fn stdout_rows() -> LogSink {
    LogSink::stream(RowStream::new(stdout(), "standard output"))
}

/// What was written; nothing if whoever read the rows has seen enough, such as `head`, which is no error.
///
/// # Errors
/// Any other error.
pub(crate) fn unless_closed(written: Result<Written, LogError>) -> Result<Option<Written>, LogError> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(None),
        other => other.map(Some),
    }
}
