//! From the engine's events to files: a mapper for each worker, and the ordered edge behind them.

use gannet::events::{Event, LogStream, Meta, Suppress, Weird};
use gannet::{Mapper, Ordered, Outbox, Timestamp};

use crate::records::zeek_name;
use crate::{Cut, Dedup, Formatter, LogDir, LogError, Options, Written};

/// Formats the records of one worker.
pub struct LogMapper {
    formatter: Formatter,
    weirds: bool,
}

impl LogMapper {
    /// A mapper for one worker.
    pub fn new(options: Options) -> Self {
        Self { formatter: Formatter::new(options), weirds: true }
    }

    /// Whether it tells of cut rows by weirds; a run that does not listen to weirds wants none of these either.
    #[must_use]
    pub fn with_weirds(mut self, weirds: bool) -> Self {
        self.weirds = weirds;
        self
    }

    /// What was cut from a row is worth a row of its own.
    #[cold]
    fn tell(
        &mut self,
        cut: Cut,
        meta: &Meta<'_>,
        stream: &'static LogStream,
        out: &mut Outbox<&'static LogStream>,
    ) {
        for name in cut.weirds() {
            let weird = Weird::net(meta.now, name, &zeek_name(stream.name));
            let meta = Meta { conn: None, once: &[], ..*meta };
            let limits = Suppress::of_net(name);
            out.push_limited(meta.key, limits.once(), Weird::STREAM, |buffer| {
                let _short = self.formatter.row(&meta, &weird, buffer);
            });
        }
    }
}

impl Mapper for LogMapper {
    type Item = &'static LogStream;

    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>, out: &mut Outbox<Self::Item>) {
        let stream = event.record.stream();
        let mut cut = Cut::default();
        out.push(meta, stream, |buffer| cut = self.formatter.row(meta, event.record, buffer));
        if self.weirds && cut != Cut::default() {
            self.tell(cut, meta, stream, out);
        }
    }
}

/// Writes rows in the order in which they come, less those that a limit forbids.
pub struct LogSink {
    dir: LogDir,
    dedup: Dedup,
    failed: Option<LogError>,
}

impl LogSink {
    /// A sink that writes to a directory.
    pub fn new(dir: LogDir) -> Self {
        Self { dir, dedup: Dedup::new(), failed: None }
    }

    /// One row. An error is kept for [`Self::into_dir`]; rows after it are dropped.
    pub fn record(&mut self, record: Ordered<'_, &'static LogStream>) {
        if self.failed.is_some()
            || (!record.once.is_empty() && !self.dedup.admit(record.key.now, record.once))
        {
            return;
        }
        self.failed = self.dir.write(record.item, record.key.now, record.bytes, 1).err();
    }

    /// A row that no worker made, such as one about the run itself. An error is kept, as for [`Self::record`].
    pub fn row(&mut self, stream: &'static LogStream, now: Timestamp, row: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.dir.write(stream, now, row, 1).err();
        }
    }

    /// Makes the rows so far readable. An error is kept, as for [`Self::record`].
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
