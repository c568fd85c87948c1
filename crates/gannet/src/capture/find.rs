//! From the paths on a command line to a list of files.

use std::fs;
use std::path::{Path, PathBuf};

use super::SourceError;

/// A file to read.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    /// Bytes on disk; none for a pipe.
    pub(crate) size: Option<u64>,
    /// The index of the directory on the command line that it was found in; such a file need not be a capture.
    pub(crate) within: Option<usize>,
}

/// Whether standard input is meant, even where a file or directory has that name.
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Files in the order of the command line; those of a directory, and of the ones below it, sorted by name.
///
/// Symbolic links to files are followed, links to directories are not (they may lead in a circle), and what is neither
/// file nor directory is left alone unless it is named itself.
pub(crate) fn expand(paths: &[PathBuf]) -> Result<Vec<Found>, SourceError> {
    if paths.is_empty() {
        return Err(SourceError::NoFiles);
    }
    let mut found = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        if is_stdin(path) {
            found.push(Found { path: path.clone(), size: None, within: None });
            continue;
        }
        let meta = fs::metadata(path).map_err(|source| open_error(path, source))?;
        if meta.is_dir() {
            walk(path, index, &mut found)?;
        } else {
            let size = meta.is_file().then_some(meta.len());
            found.push(Found { path: path.clone(), size, within: None });
        }
    }
    Ok(found)
}

fn walk(directory: &Path, index: usize, found: &mut Vec<Found>) -> Result<(), SourceError> {
    // Depth first; the stack holds what is still to visit, the next one last.
    let mut stack = vec![(directory.to_owned(), true)];
    while let Some((path, is_directory)) = stack.pop() {
        if !is_directory {
            match fs::metadata(&path) {
                Ok(meta) if meta.is_file() => {
                    found.push(Found { path, size: Some(meta.len()), within: Some(index) });
                }
                _ => {}
            }
            continue;
        }
        let mut entries = Vec::new();
        for entry in fs::read_dir(&path).map_err(|source| open_error(&path, source))? {
            let entry = entry.map_err(|source| open_error(&path, source))?;
            let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
            entries.push((entry.path(), is_directory));
        }
        entries.sort_unstable_by(|a, b| b.0.cmp(&a.0));
        stack.append(&mut entries);
    }
    Ok(())
}

fn open_error(path: &Path, source: std::io::Error) -> SourceError {
    SourceError::Open { path: path.to_owned(), source }
}
