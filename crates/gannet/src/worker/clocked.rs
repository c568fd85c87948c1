//! What is known of the folds that are told of the time.

use crate::base::time::Interval;
use crate::events::fold::FoldDescriptor;

/// The folds that are told of the time.
#[derive(Default)]
pub(crate) struct Clocked {
    /// Each with whether it was told already.
    pub(super) folds: Vec<(&'static FoldDescriptor, bool)>,
    /// The packet whose time they were told last, and whose acknowledgements are still to come.
    pub(super) at: Option<u64>,
    /// Acknowledgements of which nobody was told, by what there was of them when somebody was.
    pub(super) told: (u64, u64),
}

impl FoldDescriptor {
    /// The time until it is told again, if it was told before or not.
    pub(crate) fn interval(&self, told: bool) -> Interval {
        let lead = self.lead.filter(|_| !told);
        lead.or(self.period).unwrap_or_default()
    }
}
