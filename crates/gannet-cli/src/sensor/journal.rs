//! What the program says of itself while it runs: on standard error, and in `reporter.log`.

use std::collections::VecDeque;
use std::io::IsTerminal;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use gannet::Timestamp;
use gannet::events::{Enum, LogStream, Record};
use gannet_logs::{FilterRows, LogSink, Reporter, level};

use crate::args::Args;
use crate::rows;
use crate::terminal::say;

/// Time in which the same warning is given once: each worker tells what happens to an interface.
const ONCE_IN: Duration = Duration::from_secs(2);
/// Warnings that are remembered for that.
const MOST_REMEMBERED: usize = 64;

/// The clock on the wall.
pub(crate) fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// The logs, and the voice of the program.
pub(crate) struct Journal {
    pub(crate) sink: LogSink,
    rows: FilterRows,
    /// The logs that are wanted; all if empty.
    wanted: Vec<&'static LogStream>,
    quiet: bool,
    /// Warnings of the last moments.
    recent: VecDeque<(Instant, String)>,
    /// Whether a line on a terminal shows how it stands, which a message has to overwrite.
    terminal: bool,
}

impl Journal {
    /// Writes into these logs.
    pub(crate) fn new(sink: LogSink, args: &Args) -> Self {
        let mut journal = Self {
            sink,
            rows: FilterRows::new(args.filters.clone(), args.options()),
            wanted: Vec::new(),
            quiet: false,
            recent: VecDeque::new(),
            terminal: std::io::stderr().is_terminal(),
        };
        journal.follow(args);
        journal
    }

    /// Takes over other options, as far as they can change.
    pub(crate) fn follow(&mut self, args: &Args) {
        self.wanted = args.wanted();
        self.quiet = args.quiet;
    }

    /// Whether rows of a log are wanted.
    pub(crate) fn wants(&self, stream: &LogStream) -> bool {
        // What a filter made of a log was wanted when it was made.
        self.wanted.is_empty()
            || stream.chosen_columns().is_some()
            || self.wanted.iter().any(|wanted| wanted.name == stream.name)
    }

    /// A row of the program's own, with the time of now.
    pub(crate) fn row(&mut self, stream: &'static LogStream, record: &dyn Record) {
        if self.wants(stream) {
            let now = wall();
            rows::write(&mut self.rows, &mut self.sink, now, record);
        }
    }

    /// Something that is good to know.
    pub(crate) fn info(&mut self, text: &str) {
        if !self.quiet {
            self.say(&format!("gannet: {text}"));
        }
        self.report(level::INFO, text);
    }

    /// Something for the log alone.
    pub(crate) fn note(&mut self, text: &str) {
        self.report(level::INFO, text);
    }

    /// Something that costs packets or rows.
    pub(crate) fn warn(&mut self, text: &str) {
        self.say(&format!("gannet: warning: {text}"));
        self.report(level::WARNING, text);
    }

    /// The same, but not again within a moment.
    pub(crate) fn warn_once(&mut self, text: &str) {
        let now = Instant::now();
        self.recent.retain(|(at, _)| now.saturating_duration_since(*at) < ONCE_IN);
        if self.recent.iter().any(|(_, known)| known == text) {
            return;
        }
        if self.recent.len() == MOST_REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back((now, text.to_owned()));
        self.warn(text);
    }

    /// Something that failed; the run goes on.
    pub(crate) fn error(&mut self, text: &str) {
        self.say(&format!("gannet: error: {text}"));
        self.report(level::ERROR, text);
    }

    /// A line on standard error.
    pub(crate) fn say(&self, line: &str) {
        say(&format!("{}{line}", if self.terminal { "\r\x1b[2K" } else { "" }));
    }

    fn report(&mut self, level: Enum, text: &str) {
        let row = Reporter { ts: wall(), level, message: text.to_owned(), location: None };
        self.row(Reporter::STREAM, &row);
    }

    /// The logs, to be finished.
    pub(crate) fn into_sink(self) -> LogSink {
        self.sink
    }
}
