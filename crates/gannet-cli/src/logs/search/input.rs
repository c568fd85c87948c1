//! What is searched: files, which threads take a block or, where they are packed, a whole one.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use gannet_logs::{LogBlock, LogFile, LogReader, ReadError};

/// A part of the work. Numbers go up with the order of the output.
pub(super) enum Part {
    /// Some rows.
    Block(u64, LogBlock),
    /// A whole file, or a part of one, to be unpacked by who took it.
    File(u64, LogReader),
}

/// All that is left to do.
pub(super) struct Input(Mutex<State>);

struct State {
    files: VecDeque<LogFile>,
    /// Parts of a file in Parquet that are left.
    parts: VecDeque<LogReader>,
    open: Option<LogReader>,
    next: u64,
}

impl Input {
    pub(super) fn new(files: Vec<LogFile>) -> Self {
        Self(Mutex::new(State { files: files.into(), parts: VecDeque::new(), open: None, next: 0 }))
    }

    /// The next part; nothing when all are taken.
    ///
    /// # Errors
    /// A file that cannot be read. The rest can be taken on.
    pub(super) fn take(&self) -> Result<Option<Part>, ReadError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(reader) = &mut state.open {
                match reader.next_block() {
                    Ok(Some(block)) => {
                        state.next += 1;
                        return Ok(Some(Part::Block(state.next - 1, block)));
                    }
                    Ok(None) => state.open = None,
                    Err(error) => {
                        state.open = None;
                        return Err(error);
                    }
                }
            }
            if let Some(part) = state.parts.pop_front() {
                state.next += 1;
                return Ok(Some(Part::File(state.next - 1, part)));
            }
            let Some(file) = state.files.pop_front() else { return Ok(None) };
            let reader = LogReader::open(&file.path)?;
            if reader.known_shape().is_some() {
                state.parts = reader.split().into();
                continue;
            }
            let ends = |end: &str| file.path.to_string_lossy().ends_with(end);
            if ends(".gz") || ends(".zst") {
                state.next += 1;
                return Ok(Some(Part::File(state.next - 1, reader)));
            }
            state.open = Some(reader);
        }
    }
}
