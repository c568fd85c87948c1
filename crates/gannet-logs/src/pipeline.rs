//! From the engine's events to files: a subscriber for each worker, and the ordered edge behind them.

use gannet::events::{Event, LogStream, Meta, Subscriber, Suppress, Weird};
use gannet::{Entry, Output, Timestamp};

use crate::records::zeek_name;
use crate::{Cut, Formatter, LogDir, LogError, Options, Written};

/// Formats the records of one worker, and leaves them as rows.
pub struct LogRows {
    formatter: Formatter,
    output: Output<&'static LogStream>,
    weirds: bool,
}

impl LogRows {
    /// The rows of one worker, which go out there.
    pub fn new(options: Options, output: Output<&'static LogStream>) -> Self {
        Self { formatter: Formatter::new(options), output, weirds: true }
    }

    /// Whether it tells of cut rows by weirds; a run that does not listen to weirds wants none of these either.
    #[must_use]
    pub fn with_weirds(mut self, weirds: bool) -> Self {
        self.weirds = weirds;
        self
    }

    /// What was cut from a row is worth a row of its own.
    #[cold]
    fn tell(&mut self, cut: Cut, meta: &Meta<'_>, stream: &'static LogStream) {
        for name in cut.weirds() {
            let weird = Weird::net(meta.now, name, &zeek_name(stream.name));
            let suppress = Suppress::of_net(name);
            let meta = meta.own(&suppress);
            self.output.push(&meta, Weird::STREAM, |buffer| {
                let _short = self.formatter.row(&meta, &weird, buffer);
            });
        }
    }
}

impl Subscriber for LogRows {
    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>) {
        let stream = event.record.stream();
        let mut cut = Cut::default();
        self.output.push(meta, stream, |buffer| cut = self.formatter.row(meta, event.record, buffer));
        if self.weirds && cut != Cut::default() {
            self.tell(cut, meta, stream);
        }
    }
}

/// Writes rows in the order in which they come.
pub struct LogSink {
    dir: LogDir,
    failed: Option<LogError>,
}

impl LogSink {
    /// A sink that writes to a directory.
    pub fn new(dir: LogDir) -> Self {
        Self { dir, failed: None }
    }

    /// One row. An error is kept for [`Self::into_dir`]; rows after it are dropped.
    pub fn entry(&mut self, entry: &Entry<&'static LogStream>) {
        self.row(entry.item, entry.key.now, &entry.bytes);
    }

    /// A row that no worker made, such as one about the run itself. An error is kept, as for [`Self::entry`].
    pub fn row(&mut self, stream: &'static LogStream, now: Timestamp, row: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.dir.write(stream, now, row, 1).err();
        }
    }

    /// Makes the rows so far readable. An error is kept, as for [`Self::entry`].
    pub fn flush(&mut self) {
        if self.failed.is_none() {
            self.failed = self.dir.flush().err();
        }
    }

    /// Whether writing has failed.
    pub fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Rows so far.
    pub fn summary(&self) -> Written {
        self.dir.summary()
    }

    /// The directory, to be finished.
    ///
    /// # Errors
    /// The first error that writing met.
    pub fn into_dir(self) -> Result<LogDir, LogError> {
        match self.failed {
            Some(error) => Err(error),
            None => Ok(self.dir),
        }
    }
}
