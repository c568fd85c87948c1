//! Where rows go.

use std::io::{ErrorKind, stdout};

use anyhow::Result;
use gannet::capture::shown;
use gannet_logs::{EndpointStatus, LogDir, LogError, LogSink, RowStream, Written};

use crate::args::Args;
use crate::human::some;
use crate::streams::logs;

/// The logs of a run on captures.
///
/// # Errors
/// A directory that cannot be made or read.
pub(crate) fn open(args: &Args) -> Result<LogSink> {
    publishing(args, open_logs(args)?)
}

/// The same, with rows going to subscribers, too.
fn publishing(args: &Args, sink: LogSink) -> Result<LogSink> {
    Ok(match args.publish.start()? {
        Some(publishers) => sink.publishing(publishers, args.options()),
        None => sink,
    })
}

fn open_logs(args: &Args) -> Result<LogSink, LogError> {
    if args.out_is_stream() {
        return Ok(stdout_rows());
    }
    let dir = LogDir::open(args.out(), args.options())?;
    Ok(LogSink::new(match args.archiving() {
        Some(archiving) => dir.archived(archiving)?,
        None => dir,
    }))
}

/// The logs of a run without an end.
///
/// # Errors
/// A directory or an archive that cannot be made, read or written to.
pub(crate) fn open_live(args: &Args, explain: impl FnOnce(LogError) -> anyhow::Error) -> Result<LogSink> {
    publishing(args, open_live_logs(args).map_err(explain)?)
}

fn open_live_logs(args: &Args) -> Result<LogSink, LogError> {
    if args.out_is_stream() {
        return Ok(stdout_rows());
    }
    let (all, options) = (logs(), args.options());
    let names = all.iter().map(|stream| stream.name);
    let dir = match args.archiving() {
        Some(archiving) => LogDir::open_live_archived(args.out(), options, names, archiving),
        None => LogDir::open_live(args.out(), options, names),
    };
    dir.map(LogSink::new)
}

/// All rows into standard output.
pub(crate) fn stdout_rows() -> LogSink {
    LogSink::stream(RowStream::new(stdout(), "standard output"))
}

/// What was not sent to subscribers, for whom that is no failure of the run.
pub(crate) fn unsent(logs: &Written) -> impl Iterator<Item = String> {
    let lost = |status: &EndpointStatus| status.dropped + status.waiting();
    let text = move |status: &EndpointStatus| {
        let (lost, sent) = (lost(status), status.sent);
        let rows = some(lost, "row was", "rows were");
        format!("{}: {rows} not sent, {sent} were", shown(&status.endpoint))
    };
    logs.published.iter().filter(move |status| lost(status) > 0).map(text)
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
