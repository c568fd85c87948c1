//! What a caller may choose about logs: their format, their columns, their limits.

use crate::publish::Publication;

/// How rows are written.
///
/// Not `#[non_exhaustive]`: whoever tells formats apart has to know of a new one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Tab-separated columns under a header that names and types them.
    #[default]
    Tsv,
    /// One JSON object a line.
    Json,
}

/// How much of a record a row may hold. What is over is cut, and [`Cut`] says so.
///
/// Not `#[non_exhaustive]`: the four limits are those that the log format knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowLimits {
    /// Bytes of one string, before escapes; elements of sets and vectors are strings too.
    pub string_bytes: usize,
    /// Elements of one set or vector.
    pub elements: usize,
    /// Bytes of all strings of a record together.
    pub total_string_bytes: usize,
    /// Elements of all sets and vectors of a record together.
    pub total_elements: usize,
}

impl Default for RowLimits {
    fn default() -> Self {
        DEFAULT_LIMITS
    }
}

const DEFAULT_LIMITS: RowLimits =
    RowLimits { string_bytes: 4096, elements: 100, total_string_bytes: 256_000, total_elements: 500 };

/// The streams whose limits differ, as Zeek's scripts set them.
const STREAM_LIMITS: [(&str, RowLimits); 2] = [
    ("http", RowLimits { string_bytes: usize::MAX, ..DEFAULT_LIMITS }),
    ("x509", RowLimits { elements: 500, total_elements: 1500, ..DEFAULT_LIMITS }),
];

/// What a row left out because of its [`RowLimits`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a cut is to be reported as a weird"]
pub struct Cut {
    /// A string was shortened.
    pub string: bool,
    /// A set or vector was shortened.
    pub container: bool,
}

impl Cut {
    /// What was left out of either of two rows.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { string: self.string || other.string, container: self.container || other.container }
    }

    /// Names of the weirds to raise, with Zeek's name of the stream as their detail.
    pub fn weirds(self) -> impl Iterator<Item = &'static str> {
        let string = self.string.then_some("log_string_field_truncated");
        let container = self.container.then_some("log_container_field_truncated");
        string.into_iter().chain(container)
    }
}

/// The choices for all the logs of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How rows are written.
    pub format: Format,
    /// Whether rows carry the columns beyond Zeek's.
    pub extras: bool,
    /// Whether JSON rows begin with `_path`, the name of their log: for rows of several logs in one stream.
    pub path: bool,
    /// Logs whose rows of columns are followed by the same rows in JSON, for [`Publishers`](crate::Publishers).
    copied: Vec<Publication>,
    limits: Vec<(String, RowLimits)>,
}

impl Default for Options {
    fn default() -> Self {
        Self::new(Format::default())
    }
}

impl Options {
    /// Everything in the given format, with the limits that Zeek sets.
    pub fn new(format: Format) -> Self {
        Self { format, extras: true, path: false, copied: Vec::new(), limits: Vec::new() }
    }

    /// Keeps or drops the columns beyond Zeek's.
    #[must_use]
    pub fn with_extras(mut self, extras: bool) -> Self {
        self.extras = extras;
        self
    }

    /// Begins JSON rows with `_path`, the name of their log, or leaves that out.
    #[must_use]
    pub fn with_path(mut self, path: bool) -> Self {
        self.path = path;
        self
    }

    /// Has a row of columns followed by a second line, the same in JSON, if its log goes to somebody: [`LogSink`](crate::LogSink)
    /// takes them apart again ([`LogSink::publishing`](crate::LogSink::publishing)).
    #[must_use]
    pub fn with_copies(mut self, publications: Vec<Publication>) -> Self {
        self.copied = publications;
        self
    }

    /// Whether a row that is made from the records of a log has a second line in JSON.
    pub(crate) fn is_copied(&self, log: &str) -> bool {
        self.format == Format::Tsv && self.copied.iter().any(|publication| publication.wants(log))
    }

    /// Sets the limits of one stream.
    #[must_use]
    pub fn with_limits(mut self, stream: &str, limits: RowLimits) -> Self {
        self.limits.push((stream.to_owned(), limits));
        self
    }

    /// The limits of a stream.
    pub fn limits(&self, stream: &str) -> RowLimits {
        let own = self.limits.iter().rev().find(|(name, _)| name == stream).map(|&(_, limits)| limits);
        let table = || STREAM_LIMITS.iter().find(|(name, _)| *name == stream).map(|&(_, limits)| limits);
        own.or_else(table).unwrap_or_default()
    }
}
