//! A log that a run could not close: what is torn is cut off, and the last line is written.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// Bytes that are read at once.
const BLOCK: usize = 128 * 1024;
/// A line that closes a log is not longer.
const MOST_CLOSE: u64 = 64;
const CLOSE: &[u8] = b"#close\t";

/// What became of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mended {
    /// Bytes behind the last whole line.
    pub(super) torn: u64,
    /// Whether there is no row in it.
    pub(super) empty: bool,
}

/// Cuts what is behind the last whole line, and closes a log with a header; `to` is the end of its period as a header says it.
/// To do it again changes nothing.
///
/// # Errors
/// If the file cannot be read or written.
pub(super) fn mend(file: &mut File, to: &str) -> io::Result<Mended> {
    let found = look(file)?;
    let torn = file.metadata()?.len().saturating_sub(found.whole);
    if torn > 0 {
        file.set_len(found.whole)?;
    }
    if found.header && found.rows && !is_closed(file, found.whole)? {
        file.seek(SeekFrom::Start(found.whole))?;
        file.write_all(&[CLOSE, to.as_bytes(), b"\n"].concat())?;
    }
    Ok(Mended { torn, empty: !found.rows })
}

/// What is in a file.
#[derive(Default)]
struct Found {
    /// Bytes up to the end of the last whole line.
    whole: u64,
    /// Whether it begins with a header.
    header: bool,
    /// Whether a whole line is none of a header.
    rows: bool,
}

/// Reads a file to its last whole line. A row has no zero byte; a disk that lost its power leaves some in the place of what it did
/// not come to write.
fn look(file: &mut File) -> io::Result<Found> {
    let mut found = Found::default();
    let (mut block, mut at, mut first) = (vec![0; BLOCK], 0_u64, None);
    file.seek(SeekFrom::Start(0))?;
    loop {
        let bytes = file.read(&mut block)?;
        let read = block.get(..bytes).unwrap_or_default();
        let sound = read.split(|byte| *byte == 0).next().unwrap_or_default();
        found.header |= at == 0 && sound.starts_with(b"#");
        for line in sound.split_inclusive(|byte| *byte == b'\n') {
            let begins = *first.get_or_insert_with(|| line.first().copied().unwrap_or_default());
            at += line.len() as u64;
            if line.ends_with(b"\n") {
                found.whole = at;
                found.rows |= begins != b'#';
                first = None;
            }
        }
        if bytes == 0 || sound.len() < bytes {
            return Ok(found);
        }
    }
}

/// Whether the last line says when the log was closed.
fn is_closed(file: &mut File, len: u64) -> io::Result<bool> {
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(len.saturating_sub(MOST_CLOSE)))?;
    file.take(MOST_CLOSE).read_to_end(&mut tail)?;
    let line = tail.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(line.starts_with(CLOSE))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn mended(text: &[u8]) -> (Mended, Vec<u8>) {
        let path = std::env::temp_dir().join(format!("gannet-mend-{}-{}", std::process::id(), text.len()));
        fs::write(&path, text).unwrap();
        let mut file = File::options().read(true).write(true).open(&path).unwrap();
        let first = mend(&mut file, "2026-11-20-15-00-00").unwrap();
        let once = fs::read(&path).unwrap();
        let second = mend(&mut file, "2026-11-20-15-00-00").unwrap();
        assert_eq!(second, Mended { torn: 0, ..first }, "a second time there is nothing to do");
        assert_eq!(fs::read(&path).unwrap(), once);
        fs::remove_file(&path).unwrap();
        (first, once)
    }

    #[test]
    fn torn_lines_are_cut_and_logs_are_closed() {
        let close = "#close\t2026-11-20-15-00-00\n";
        let cases: [(&str, u64, &str); 7] = [
            ("#fields\ta\nrow\nro", 2, "#fields\ta\nrow\n#close\t2026-11-20-15-00-00\n"),
            ("#fields\ta\nrow\n", 0, "#fields\ta\nrow\n#close\t2026-11-20-15-00-00\n"),
            ("#fields\ta\nrow\n#clo", 4, "#fields\ta\nrow\n#close\t2026-11-20-15-00-00\n"),
            ("#fields\ta\nrow\n#close\tX\n", 0, "#fields\ta\nrow\n#close\tX\n"),
            ("{\"a\":1}\n{\"a\":", 5, "{\"a\":1}\n"),
            ("{\"a\":1}\n", 0, "{\"a\":1}\n"),
            ("{\"a\":1}\n{\"a\"\0\0\0\n\0\0\0\0", 12, "{\"a\":1}\n"),
        ];
        for (text, torn, expected) in cases {
            let (mended, after) = mended(text.as_bytes());
            assert_eq!(mended, Mended { torn, empty: false }, "{text:?}");
            assert_eq!(String::from_utf8_lossy(&after), expected, "{text:?}");
        }
        assert_eq!(close.len(), 27);
    }

    #[test]
    fn what_has_no_row_is_empty() {
        for text in ["", "#separ", "#fields\ta\n", "#fields\ta\nro", "{\"a\":", "\0\0\0\0\0\0\0\0\0\0\0\0\0"]
        {
            assert!(mended(text.as_bytes()).0.empty, "{text:?}");
        }
    }

    #[test]
    fn long_files_and_long_lines() {
        let mut text = b"#fields\ta\n".to_vec();
        for _ in 0..3 {
            text.extend(vec![b'x'; BLOCK + 7]);
            text.push(b'\n');
        }
        let whole = text.len();
        text.extend(vec![b'y'; BLOCK * 2]);
        let (mended, after) = mended(&text);
        assert_eq!(mended, Mended { torn: BLOCK as u64 * 2, empty: false });
        assert_eq!(after.get(..whole), text.get(..whole));
        assert!(after.ends_with(b"\n#close\t2026-11-20-15-00-00\n"));
    }
}
