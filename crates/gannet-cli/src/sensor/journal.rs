//! What the program says of itself while it runs: on standard error, and in `reporter.log`.

use std::time::{SystemTime, UNIX_EPOCH};

use gannet::Timestamp;
use gannet::events::{Enum, Record, Stream};
use gannet_logs::{Formatter, LogDir, LogError, LogSink, Reporter, level};

use crate::args::Args;
use crate::report;
use crate::terminal::say;

/// The clock on the wall.
pub(crate) fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// The logs, and the voice of the program.
pub(crate) struct Journal {
    pub(crate) sink: LogSink,
    formatter: Formatter,
    /// The logs that are wanted; all if empty.
    wanted: Vec<&'static Stream>,
    quiet: bool,
}

impl Journal {
    /// Writes into a directory.
    pub(crate) fn new(dir: LogDir, args: &Args) -> Self {
        let mut journal = Self {
            sink: LogSink::new(dir),
            formatter: Formatter::new(args.options()),
            wanted: Vec::new(),
            quiet: false,
        };
        journal.follow(args);
        journal
    }

    /// Takes over other options, as far as they can change.
    pub(crate) fn follow(&mut self, args: &Args) {
        self.wanted.clone_from(&args.logs);
        self.quiet = args.quiet;
    }

    /// Whether rows of a log are wanted.
    pub(crate) fn wants(&self, stream: &Stream) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|wanted| wanted.name == stream.name)
    }

    /// A row of the program's own, with the time of now.
    pub(crate) fn row(&mut self, stream: &'static Stream, record: &dyn Record) {
        if self.wants(stream) {
            let now = wall();
            let row = report::format(&mut self.formatter, now, record);
            self.sink.row(stream, now, &row);
        }
    }

    /// Something that is good to know.
    pub(crate) fn info(&mut self, text: &str) {
        if !self.quiet {
            say(&format!("gannet: {text}"));
        }
        self.report(level::INFO, text);
    }

    /// Something for the log alone.
    pub(crate) fn note(&mut self, text: &str) {
        self.report(level::INFO, text);
    }

    /// Something that costs packets or rows.
    pub(crate) fn warn(&mut self, text: &str) {
        crate::terminal::warn(text);
        self.report(level::WARNING, text);
    }

    /// Something that failed; the run goes on.
    pub(crate) fn error(&mut self, text: &str) {
        say(&format!("gannet: error: {text}"));
        self.report(level::ERROR, text);
    }

    fn report(&mut self, level: Enum, text: &str) {
        let row = Reporter { ts: wall(), level, message: text.to_owned(), location: None };
        self.row(Reporter::STREAM, &row);
    }

    /// The directory, to be finished.
    ///
    /// # Errors
    /// The first error that writing met.
    pub(crate) fn into_dir(self) -> Result<LogDir, LogError> {
        self.sink.into_dir()
    }
}
