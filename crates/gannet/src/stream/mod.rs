//! TCP: two endpoints, the state of each, and their bytes put in order with memory bounded.

mod bytes;
mod close;
mod delivery;
mod early;
mod endpoint;
mod notes;
mod reassembly;
mod segment;
mod state;
mod tcp;
#[cfg(test)]
mod tests;

pub(crate) use delivery::Delivery;
pub(crate) use state::ATTEMPT_DELAY;
pub(crate) use tcp::{LINGER, Segment, Syn, Tcp};
