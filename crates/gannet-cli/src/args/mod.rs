//! The command line, and the configuration file behind it.

mod fill;
mod line;
mod live;
mod task;
#[cfg(test)]
mod tests;

pub(crate) use line::{Args, SchemaArgs};
pub(crate) use task::{Task, parse};
