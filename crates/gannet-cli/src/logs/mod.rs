//! The commands that read logs.

mod cat;
mod convert;
mod cut;
mod diff;
mod faults;
mod row_cut;
mod search;
mod stdout;
#[cfg(any(feature = "parquet", feature = "sqlite"))]
mod table;
mod when;

use std::io;
use std::path::PathBuf;

use anyhow::{Result, bail};
use gannet_logs::LogFile;

use crate::args::Where;

pub(crate) use cat::cat;
pub(crate) use convert::convert;
pub(crate) use cut::cut;
pub(crate) use diff::diff;
pub(crate) use search::search;

/// The logs of the paths that are named, or of the current directory.
///
/// # Errors
/// A folder that cannot be read; no log at all.
fn find(place: &Where, find_logs: impl Fn(&[PathBuf]) -> io::Result<Vec<LogFile>>) -> Result<Vec<LogFile>> {
    let here = [PathBuf::from(".")];
    let paths = if place.paths.is_empty() { here.as_slice() } else { place.paths.as_slice() };
    let mut files = find_logs(paths)?;
    files.retain(|file| place.logs.is_empty() || place.logs.contains(&file.log));
    if files.is_empty() {
        let which = if place.logs.is_empty() { String::new() } else { format!(" {}", place.logs.join(", ")) };
        bail!("no log{which} was found: expected files such as conn.log or conn.log.gz");
    }
    Ok(files)
}
