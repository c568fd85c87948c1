//! What an earlier run left, moved out of the way.

use std::io::ErrorKind;
use std::path::Path;

use super::error::{Action, Context, LogError};
use super::place::Place;
use crate::format::calendar_text;

/// Names that are tried for one file of the same second.
const MOST_TRIES: u32 = 10_000;
/// A file that is made and removed, to see whether that works.
const PROBE: &str = ".probe.log.partial";

/// Whether files can be made in a directory.
pub(super) fn probe(place: &Place, dir: &Path) -> Result<(), LogError> {
    let path = dir.join(PROBE);
    place.create(PROBE).context(Action::Create, &path)?;
    place.remove(PROBE).context(Action::Remove, &path)
}

/// Gives a file a name of its own, by the time of its last change; the file need not be there. A log without a row goes: a
/// run that cannot write, such as on a full disk, would leave some more each time it is started anew.
pub(super) fn move_aside(place: &Place, dir: &Path, name: &str) -> Result<(), LogError> {
    let path = dir.join(name);
    let Some(changed) = place.changed(name).context(Action::MoveAside, &path)? else { return Ok(()) };
    if place.is_without_rows(name) {
        return place.remove(name).context(Action::Remove, &path);
    }
    let time = calendar_text(changed);
    let (stem, extension) = name.rsplit_once('.').map_or((name, None), |(stem, end)| (stem, Some(end)));
    let mut free = (0..MOST_TRIES).map(|n| {
        let number = if n == 0 { String::new() } else { format!("-{n}") };
        let end = extension.map_or(String::new(), |end| format!(".{end}"));
        format!("{stem}.{time}{number}{end}")
    });
    let Some(free) = free.find(|name| !place.has(name)) else {
        return Err(std::io::Error::from(ErrorKind::AlreadyExists)).context(Action::MoveAside, &path);
    };
    place.rename(name, &free).context(Action::MoveAside, &path)
}
