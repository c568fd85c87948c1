//! The record of this stage: analyzers that turned out to be wrong. Others have the same.

pub use crate::events::AnalyzerFailure;
