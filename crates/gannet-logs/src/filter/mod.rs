//! Filters: which rows of a log are written, with which columns, under which names and to which file.
//!
//! A log without a filter is written as it is. As soon as it has filters, they alone say what becomes of its rows: each makes a
//! row of its own of a record that it wants.

mod error;
mod family;
mod path;
mod pool;
mod resolve;
mod rows;
mod set;
mod spec;
#[cfg(test)]
mod tests;

pub use error::FilterError;
pub(crate) use family::Families;
pub use rows::FilterRows;
pub use set::Filters;
pub use spec::FilterSpec;
