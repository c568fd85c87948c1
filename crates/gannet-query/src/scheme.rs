//! The columns that a predicate may name.

use gannet::events::{Kind, LogStream};

/// How alike a name that there is not and a column must be, for the one to be taken for the other.
const ALIKE: f64 = 0.75;

/// The columns of a log, by their places.
#[derive(Clone, Debug)]
pub struct Scheme {
    name: String,
    columns: Vec<(String, Kind)>,
}

impl Scheme {
    /// The columns of a log of this name, in their order.
    pub fn new<N: Into<String>>(name: &str, columns: impl IntoIterator<Item = (N, Kind)>) -> Self {
        let columns = columns.into_iter().map(|(name, kind)| (name.into(), kind)).collect();
        Self { name: name.to_owned(), columns }
    }

    /// The columns of the engine's records, by the places that [`Record::get`](gannet::events::Record::get) takes.
    pub fn of(stream: &LogStream) -> Self {
        Self::new(stream.name, stream.columns().iter().map(|column| (column.name, column.kind)))
    }

    /// The log's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Name and type of each column.
    pub fn columns(&self) -> &[(String, Kind)] {
        &self.columns
    }

    /// Place and type of a column.
    pub fn find(&self, name: &str) -> Option<(usize, Kind)> {
        let place = self.columns.iter().position(|(column, _)| column == name)?;
        self.columns.get(place).map(|(_, kind)| (place, *kind))
    }

    /// The column that was perhaps meant.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        let names = || self.columns.iter().map(|(column, _)| column.as_str());
        let tail =
            |column: &&str| column.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case(name));
        let alike = names().map(|column| (strsim::jaro_winkler(name, column), column));
        let best =
            || alike.max_by(|(one, _), (other, _)| one.total_cmp(other)).filter(|best| best.0 >= ALIKE);
        names().find(tail).or_else(|| best().map(|(_, column)| column))
    }

    /// What to say when there is no such column.
    pub fn missing(&self, name: &str) -> String {
        let there_is_none = format!("{} has no column {name}", self.name);
        match self.nearest(name) {
            Some(meant) => format!("{there_is_none}; did you mean {meant}?"),
            None => there_is_none,
        }
    }
}
