//! A filter as a user writes it.

/// What a filter does, in the user's words. All but the log may be left out.
///
/// ```
/// use gannet_logs::{FilterSpec, Filters, Options, Saved, streams};
///
/// let mut spec = FilterSpec::new("http");
/// spec.path = Some("http-{id.resp_p}".to_owned());
/// spec.condition = Some(r#"method == "POST""#.to_owned());
/// spec.without = vec!["user_agent".to_owned()];
/// assert!(Filters::new(&[spec], &streams(), &Saved::default(), &Options::default()).is_ok());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FilterSpec {
    /// The log whose rows it takes.
    pub log: String,
    /// Nothing of the log is written; the rest of the filter then means nothing.
    pub off: bool,
    /// The name of the log to write, such as `web` or `http-{id.resp_p}`, where values take the place of columns in
    /// braces; the same as the log if left out.
    pub path: Option<String>,
    /// Only these columns; all if empty.
    pub columns: Vec<String>,
    /// All but these columns.
    pub without: Vec<String>,
    /// Columns and the names that they are shown under.
    pub rename: Vec<(String, String)>,
    /// A predicate for the rows that are wanted.
    pub condition: Option<String>,
    /// Most files that a path with values makes; the rows of others go to one that ends with `rest`.
    pub files: Option<usize>,
}

impl FilterSpec {
    /// A filter that changes nothing.
    pub fn new(log: &str) -> Self {
        Self { log: log.to_owned(), ..Self::default() }
    }
}
