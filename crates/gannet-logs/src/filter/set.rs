//! The filters of a run, which can change while it goes on.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gannet::events::LogStream;
use gannet_query::Saved;

use super::error::FilterError;
use super::pool::Pool;
use super::resolve::{Resolved, resolve};
use super::spec::FilterSpec;
use crate::options::Options;

/// All filters of a run. Clones are the same filters: those who make rows hold one each, and see it when they are replaced.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    pool: Pool,
    /// Goes up when filters are replaced: all that is looked at for each row.
    version: AtomicU64,
    now: Mutex<Arc<Resolved>>,
}

impl Filters {
    /// Filters of `logs`, which are all that there are, with these options.
    ///
    /// # Errors
    /// A filter that cannot be used.
    pub fn new(
        specs: &[FilterSpec],
        logs: &[&'static LogStream],
        saved: &Saved,
        options: &Options,
    ) -> Result<Self, FilterError> {
        let filters = Self::default();
        filters.replace(specs, logs, saved, options)?;
        Ok(filters)
    }

    /// Puts other filters in the place of these: rows of records from now on are made by them.
    ///
    /// # Errors
    /// A filter that cannot be used. Nothing is changed then.
    pub fn replace(
        &self,
        specs: &[FilterSpec],
        logs: &[&'static LogStream],
        saved: &Saved,
        options: &Options,
    ) -> Result<(), FilterError> {
        let resolved = resolve(specs, logs, saved, options, &self.shared.pool)?;
        let mut now = self.shared.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now = Arc::new(resolved);
        self.shared.version.fetch_add(1, Ordering::Release);
        Ok(())
    }

    /// Whether a log is switched off.
    pub fn is_off(&self, stream: &LogStream) -> bool {
        self.current().by_log.get(stream.name).is_some_and(Vec::is_empty)
    }

    pub(super) fn version(&self) -> u64 {
        self.shared.version.load(Ordering::Acquire)
    }

    pub(super) fn current(&self) -> Arc<Resolved> {
        Arc::clone(&self.shared.now.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
