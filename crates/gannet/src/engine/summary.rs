//! What an engine or a run has to say at its end.

use crate::worker::stats::Stats;

/// What an engine or a run has to say at its end.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Summary {
    /// Counters.
    pub stats: Stats,
    /// Link types that packets had and the packet filter does not compile for; those packets were filtered out.
    #[cfg(feature = "libpcap")]
    pub filter_failures: Vec<crate::capture::FilterError>,
}

impl Summary {
    /// Adds what another engine of the same run has to say.
    pub fn add(&mut self, other: Self) {
        self.stats.add(&other.stats);
        #[cfg(feature = "libpcap")]
        for failure in other.filter_failures {
            if !self.filter_failures.iter().any(|known| known.link == failure.link) {
                self.filter_failures.push(failure);
                self.filter_failures.sort_by_key(|failure| failure.link);
            }
        }
    }
}
