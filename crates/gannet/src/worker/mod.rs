//! What belongs to one thread and every stage needs: clock and order, the way out for records, timers, budgets, counters
//! and history.

pub(crate) mod budget;
mod clocked;
pub(crate) mod core;
pub(crate) mod history;
pub(crate) mod moment;
pub(crate) mod state;
pub(crate) mod stats;
mod telling;
#[cfg(test)]
mod tests;
pub(crate) mod timer;
pub(crate) mod undecoded;
mod weird;
