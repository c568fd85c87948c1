//! What an earlier run left, moved out of the way.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use gannet::Timestamp;

use super::error::{Action, Context, LogError};
use crate::format::calendar_text;

/// Names that are tried for one file of the same second.
const MOST_TRIES: u32 = 10_000;
/// A file that is made and removed, to see whether that works.
const PROBE: &str = ".probe.log.partial";

/// Whether files can be made in a directory.
pub(super) fn probe(dir: &Path) -> Result<(), LogError> {
    let path = dir.join(PROBE);
    File::create(&path).context(Action::Create, &path)?;
    fs::remove_file(&path).context(Action::Remove, &path)
}

/// Gives a file a name of its own, by the time of its last change; the file need not be there.
pub(super) fn move_aside(dir: &Path, name: &str) -> Result<(), LogError> {
    let path = dir.join(name);
    let meta = match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        other => other.context(Action::MoveAside, &path)?,
    };
    let time = calendar_text(since_1970(meta.modified().context(Action::MoveAside, &path)?));
    let (stem, extension) = name.rsplit_once('.').map_or((name, None), |(stem, end)| (stem, Some(end)));
    let free = (0..MOST_TRIES).map(|n| {
        let number = if n == 0 { String::new() } else { format!("-{n}") };
        let end = extension.map_or(String::new(), |end| format!(".{end}"));
        dir.join(format!("{stem}.{time}{number}{end}"))
    });
    let free: Option<PathBuf> = free.into_iter().find(|path| fs::symlink_metadata(path).is_err());
    let Some(free) = free else {
        return Err(std::io::Error::from(ErrorKind::AlreadyExists)).context(Action::MoveAside, &path);
    };
    fs::rename(&path, free).context(Action::MoveAside, &path)
}

fn since_1970(time: SystemTime) -> Timestamp {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_parts(i64::try_from(since.as_secs()).unwrap_or_default(), 0)
}
