//! Standard output and standard error, whoever may have closed them.

use std::io::{self, ErrorKind, Write};

/// Writes to standard output. A reader that has seen enough, such as `head`, is no error.
///
/// # Errors
/// If standard output cannot be written.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Writes a line to standard error. There is nobody to tell if that fails.
pub(crate) fn say(line: &str) {
    let _unheard = writeln!(io::stderr().lock(), "{line}");
}

/// Writes a warning to standard error.
pub(crate) fn warn(what: &str) {
    say(&format!("gannet: warning: {what}"));
}
