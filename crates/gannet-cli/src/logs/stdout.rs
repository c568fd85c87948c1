//! Standard output, where somebody may have seen enough.

use std::io::{self, ErrorKind, Write};

/// What was to be done, unless who reads standard output has seen enough, such as `head`, which is no error.
///
/// # Errors
/// Any other error.
pub(super) fn unless_closed(result: io::Result<()>) -> io::Result<bool> {
    match result {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        other => other.map(|()| true),
    }
}

/// Writes it all; false if nobody wants more.
///
/// # Errors
/// If standard output cannot be written.
pub(super) fn write(bytes: &[u8]) -> io::Result<bool> {
    let mut out = io::stdout().lock();
    unless_closed(out.write_all(bytes).and_then(|()| out.flush()))
}
