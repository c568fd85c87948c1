//! The command line, and the configuration file behind it.

mod archive;
#[cfg(target_os = "linux")]
mod doctor;
mod fill;
mod filters;
mod help;
mod input;
mod line;
mod live;
mod logs;
mod publish;
mod task;
#[cfg(test)]
mod tests;

#[cfg(target_os = "linux")]
pub(crate) use doctor::DoctorArgs;
pub(crate) use input::InputArgs;
pub(crate) use line::{Args, SchemaArgs, SummaryArgs};
pub(crate) use logs::{CatArgs, ConvertArgs, CutArgs, DiffArgs, SearchArgs, Where};
pub(crate) use task::{Task, completions, man, parse};
