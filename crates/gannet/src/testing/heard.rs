//! What comes out of an analyzer that has one log of its own, or none.

use std::marker::PhantomData;

use super::tap::{Sees, weird_text};
use crate::analyzers::record::AnalyzerFailure;
use crate::base::time::Timestamp;
use crate::events::{Event, Weird};
use crate::flow::Conn;

/// How the rows of a log are shown.
pub(crate) trait Log {
    /// The row and its time, if the event is one.
    fn row(event: &Event<'_>) -> Option<(Timestamp, String)>;
}

/// No log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoLog;

impl Log for NoLog {
    fn row(_event: &Event<'_>) -> Option<(Timestamp, String)> {
        None
    }
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard<L> {
    pub(crate) rows: Vec<String>,
    /// The millisecond of each row.
    pub(crate) times: Vec<i64>,
    /// Reasons of failures.
    pub(crate) failures: Vec<String>,
    pub(crate) weirds: Vec<String>,
    /// Names of each connection.
    pub(crate) services: Vec<String>,
    log: PhantomData<L>,
}

impl<L> Default for Heard<L> {
    fn default() -> Self {
        let (rows, times, failures, weirds, services) = Default::default();
        Self { rows, times, failures, weirds, services, log: PhantomData }
    }
}

impl<L: Log> Sees for Heard<L> {
    fn event(&mut self, event: Event<'_>) {
        if let Some((ts, row)) = L::row(&event) {
            self.times.push(ts.nanos() / 1_000_000);
            self.rows.push(row);
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(failure.failure_reason.clone());
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird_text(weird));
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}
