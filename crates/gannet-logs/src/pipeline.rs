//! From the engine's events to files: a subscriber for each worker, and the ordered edge behind them.

use gannet::events::{Event, LogStream, Meta, Subscriber, Suppress, Weird};
use gannet::{Entry, Output, Timestamp};

use crate::filter::Families;
use crate::records::zeek_name;
use crate::{
    Cut, EndpointStatus, FilterRows, Filters, Format, LogDir, LogError, Options, Publishers, RowStream,
    Written,
};

/// Formats the records of one worker, and leaves them as rows.
pub struct LogRows {
    rows: FilterRows,
    output: Output<&'static LogStream>,
    weirds: bool,
}

impl LogRows {
    /// The rows of one worker, which go out there.
    pub fn new(options: Options, output: Output<&'static LogStream>) -> Self {
        Self::filtered(Filters::default(), options, output)
    }

    /// The same, as many and with such columns as filters want them.
    pub fn filtered(filters: Filters, options: Options, output: Output<&'static LogStream>) -> Self {
        Self { rows: FilterRows::new(filters, options), output, weirds: true }
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
            let Self { rows, output, .. } = self;
            rows.rows(&meta, &weird, &mut |stream, row| {
                output.push(&meta, stream, |buffer| {
                    let _short = row(buffer);
                });
            });
        }
    }
}

impl Subscriber for LogRows {
    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>) {
        let stream = event.record.stream();
        let mut cut = Cut::default();
        let Self { rows, output, .. } = self;
        rows.rows(meta, event.record, &mut |stream, row| {
            output.push(meta, stream, |buffer| cut = cut.and(row(buffer)));
        });
        if self.weirds && cut != Cut::default() {
            self.tell(cut, meta, stream);
        }
    }
}

/// Writes rows in the order in which they come: to the logs of a directory, or all into one stream.
pub struct LogSink {
    place: Place,
    publishers: Option<(Publishers, Options)>,
    families: Families,
    failed: Option<LogError>,
}

/// Where rows go.
enum Place {
    Dir(Box<LogDir>),
    Stream(RowStream),
}

impl LogSink {
    /// A sink that writes to a directory.
    pub fn new(dir: LogDir) -> Self {
        Self {
            place: Place::Dir(Box::new(dir)),
            publishers: None,
            families: Families::default(),
            failed: None,
        }
    }

    /// A sink that writes everything into one stream.
    pub fn stream(stream: RowStream) -> Self {
        Self { place: Place::Stream(stream), publishers: None, families: Families::default(), failed: None }
    }

    /// The same, with rows going to subscribers, too. The options are those that rows are made with: rows of columns are followed
    /// by rows in JSON where that is wanted ([`Options::with_copies`]).
    #[must_use]
    pub fn publishing(mut self, publishers: Publishers, options: Options) -> Self {
        self.publishers = Some((publishers, options));
        self
    }

    /// How the endpoints of subscribers stand.
    pub fn published(&self) -> Vec<EndpointStatus> {
        self.publishers.as_ref().map(|(publishers, _)| publishers.status()).unwrap_or_default()
    }

    /// One row. An error is kept for [`Self::finish`]; rows after it are dropped.
    pub fn entry(&mut self, entry: &Entry<&'static LogStream>) {
        self.row(entry.item, entry.key.now, &entry.bytes);
    }

    /// A row that no worker made, such as one about the run itself. An error is kept, as for [`Self::entry`].
    pub fn row(&mut self, stream: &'static LogStream, now: Timestamp, row: &[u8]) {
        let (to, row) = self.families.place(stream, row);
        let row = match &mut self.publishers {
            Some((publishers, options)) => publish(publishers, options, (to, now), row),
            None => row,
        };
        if self.failed.is_none() {
            let stream = to;
            let written = match &mut self.place {
                Place::Dir(dir) => dir.write(stream, now, row, 1),
                Place::Stream(out) => out.write(stream, row),
            };
            self.failed = written.err();
        }
    }

    /// Makes the rows so far readable. An error is kept, as for [`Self::entry`].
    pub fn flush(&mut self) {
        if self.failed.is_none() {
            let flushed = match &mut self.place {
                Place::Dir(dir) => dir.flush(),
                Place::Stream(out) => out.flush(),
            };
            self.failed = flushed.err();
        }
    }

    /// It is this time on the wall ([`LogDir::turn`]). An error is kept, as for [`Self::entry`].
    pub fn turn(&mut self, now: Timestamp) {
        self.with_dir(|dir| dir.turn(now));
    }

    /// Lets somebody else have the logs so far ([`LogDir::reopen`]). An error is kept, as for [`Self::entry`].
    pub fn reopen(&mut self, now: Timestamp) {
        self.with_dir(|dir| dir.reopen(now));
    }

    fn with_dir(&mut self, act: impl FnOnce(&mut LogDir) -> Result<(), LogError>) {
        if let Place::Dir(dir) = &mut self.place
            && self.failed.is_none()
        {
            self.failed = act(dir).err();
        }
    }

    /// Whether writing has failed.
    pub fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Rows so far.
    pub fn summary(&self) -> Written {
        match &self.place {
            Place::Dir(dir) => dir.summary(),
            Place::Stream(out) => out.summary(),
        }
    }

    /// The directory, if the rows go to one.
    pub fn dir(&self) -> Option<&LogDir> {
        match &self.place {
            Place::Dir(dir) => Some(dir),
            Place::Stream(_) => None,
        }
    }

    /// Ends the logs of a run that saw everything, at `close` ([`LogDir::finish`]).
    ///
    /// # Errors
    /// The first error that writing met.
    pub fn finish(self, close: Timestamp) -> Result<Written, LogError> {
        let (place, published) = self.checked()?;
        let written = match place {
            Place::Dir(dir) => dir.finish(close),
            Place::Stream(mut out) => out.flush().map(|()| out.summary()),
        };
        written.map(|written| Written { published, ..written })
    }

    /// Ends the logs of a run that was stopped when it had come to `at` ([`LogDir::interrupt`]).
    ///
    /// # Errors
    /// The first error that writing met.
    pub fn interrupt(self, at: Timestamp) -> Result<Written, LogError> {
        let (place, published) = self.checked()?;
        let written = match place {
            Place::Dir(dir) => dir.interrupt(at),
            Place::Stream(mut out) => out.flush().map(|()| out.summary()),
        };
        written.map(|written| Written { published, ..written })
    }

    /// Where rows go, if nothing has failed, and how the endpoints stood at their end.
    fn checked(self) -> Result<(Place, Vec<EndpointStatus>), LogError> {
        let published = self.publishers.map(|(publishers, _)| publishers.finish()).unwrap_or_default();
        match self.failed {
            Some(error) => Err(error),
            None => Ok((self.place, published)),
        }
    }
}

/// Sends a row to whoever wants it; what is left is for the log.
fn publish<'a>(
    publishers: &mut Publishers,
    options: &Options,
    (stream, now): (&'static LogStream, Timestamp),
    row: &'a [u8],
) -> &'a [u8] {
    let (row, json) = match options.format {
        Format::Json => (row, row),
        // Whether a row is copied depends on the records that it is made from.
        Format::Tsv if options.is_copied(stream.origin()) => {
            let end = row.iter().position(|byte| *byte == b'\n').map_or(row.len(), |end| end + 1);
            row.split_at_checked(end).unwrap_or((row, &[]))
        }
        Format::Tsv => return row,
    };
    publishers.publish(stream, now, json);
    row
}
