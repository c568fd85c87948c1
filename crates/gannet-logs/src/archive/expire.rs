//! What goes from the archive: the oldest first, by age, by the size of all, and by what is left of the disk.

use std::io;
use std::time::{Duration, SystemTime};

use super::name::{is_archived, is_day};
use crate::dir::Place;

/// How long archived logs are kept. All that is set holds; a log's age counts from when it was archived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expiry {
    /// Age at which a log goes.
    pub age: Option<Duration>,
    /// Bytes of all archived logs together.
    pub bytes: Option<u64>,
    /// Bytes of the file system that are to stay free.
    pub free: Option<u64>,
}

impl Expiry {
    /// Whether anything is ever removed.
    pub(super) fn acts(self) -> bool {
        self != Self::default()
    }
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Expired {
    pub(super) files: u64,
    pub(super) bytes: u64,
}

/// A tree of archived files: what its folders are called at each depth, and its files.
#[derive(Clone, Copy)]
pub(super) struct Tree {
    pub(super) folders: &'static [fn(&str) -> bool],
    pub(super) is_file: fn(&str) -> bool,
}

/// Logs by day.
pub(super) const BY_DAY: Tree = Tree { folders: &[is_day], is_file: is_archived };

/// A file in an archive.
struct Archived {
    since: SystemTime,
    /// The number of its tree, and the folders on the way to it.
    tree: usize,
    way: Vec<String>,
    name: String,
    bytes: u64,
}

/// Removes what is too old or too much. Only what has a name of an archive's goes, and folders that are empty then. What is to stay free is
/// looked for on the disk of the first tree.
///
/// # Errors
/// If an archive cannot be read, or something that is to go stays.
pub(super) fn expire(trees: &[(Place, Tree)], expiry: Expiry, now: SystemTime) -> io::Result<Expired> {
    let (mut expired, mut all) = (Expired::default(), Vec::new());
    for (number, (place, tree)) in trees.iter().enumerate() {
        list(place, *tree, &mut Vec::new(), number, &mut all)?;
    }
    all.sort_unstable_by(|one, other| (one.since, &one.name).cmp(&(other.since, &other.name)));
    let mut held: u64 = all.iter().map(|file| file.bytes).sum();
    for file in all {
        let old = expiry.age.is_some_and(|age| now.duration_since(file.since).is_ok_and(|is| is > age));
        let much = expiry.bytes.is_some_and(|bytes| held > bytes);
        let is_short = |free| trees.first().is_some_and(|(place, _)| place.free().is_ok_and(|is| is < free));
        if !(old || much || expiry.free.is_some_and(is_short)) {
            break;
        }
        let Some((place, _)) = trees.get(file.tree) else { continue };
        remove(place, &file.way, &file.name)?;
        held = held.saturating_sub(file.bytes);
        expired.files += 1;
        expired.bytes += file.bytes;
    }
    Ok(expired)
}

/// Finds the files of a tree, of which no more than one folder at each depth is open.
fn list(
    place: &Place,
    tree: Tree,
    way: &mut Vec<String>,
    number: usize,
    all: &mut Vec<Archived>,
) -> io::Result<()> {
    let Some(is_folder) = tree.folders.get(way.len()) else {
        for name in place.files()?.into_iter().filter(|name| (tree.is_file)(name)) {
            // Somebody else may have been quicker.
            let Ok(meta) = place.plain(&name, false).and_then(|file| file.metadata()) else { continue };
            let since = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            all.push(Archived { since, tree: number, way: way.clone(), name, bytes: meta.len() });
        }
        return Ok(());
    };
    for name in place.folders()?.into_iter().filter(|name| is_folder(name)) {
        let Ok(folder) = place.enter(&name) else { continue };
        way.push(name);
        list(&folder, tree, way, number, all)?;
        way.pop();
    }
    Ok(())
}

/// Removes a file, and the folders on the way to it that are empty then.
fn remove(place: &Place, way: &[String], name: &str) -> io::Result<()> {
    let Some((first, rest)) = way.split_first() else { return place.remove(name) };
    remove(&place.enter(first)?, rest, name)?;
    // It stays if there is anything left in it.
    let _held = place.remove_folder(first);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::{Path, PathBuf};

    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + 1000 * DAY
    }

    /// Logs of ten days, 100 bytes each, and what else may lie there.
    fn archive(name: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("gannet-expire-{}-{name}", std::process::id()));
        let _old = fs::remove_dir_all(&root);
        for age in 1..=10_u32 {
            let day = root.join(format!("2026-11-{:02}", 11 - age));
            put(&day.join("conn.00:00:00-00:00:00.log.gz"), age);
        }
        put(&root.join("2026-11-01/notes.txt"), 100);
        put(&root.join("mine/conn.00:00:00-00:00:00.log.gz"), 100);
        put(&root.join("conn.log"), 100);
        std::os::unix::fs::symlink(root.join("mine"), root.join("2026-10-01")).unwrap();
        root
    }

    fn put(path: &Path, age: u32) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, [0; 100]).unwrap();
        let file = File::options().write(true).open(path).unwrap();
        file.set_modified(now() - age * DAY).unwrap();
    }

    fn left(root: &Path) -> usize {
        let days = fs::read_dir(root).unwrap().map(|entry| entry.unwrap());
        let days = days.filter(|entry| entry.file_type().unwrap().is_dir());
        days.map(|day| fs::read_dir(day.path()).unwrap().count()).sum()
    }

    #[test]
    fn the_oldest_go_first_and_nothing_else_does() {
        let cases = [
            (Expiry { age: Some(3 * DAY + DAY / 2), ..Expiry::default() }, 7),
            (Expiry { bytes: Some(450), ..Expiry::default() }, 6),
            (Expiry { bytes: Some(0), ..Expiry::default() }, 10),
            (Expiry { free: Some(0), ..Expiry::default() }, 0),
            (Expiry { free: Some(u64::MAX), ..Expiry::default() }, 10),
            (Expiry { age: Some(DAY * 9), bytes: Some(850), ..Expiry::default() }, 2),
        ];
        for (number, (expiry, files)) in cases.into_iter().enumerate() {
            let root = archive(&number.to_string());
            let expired = expire(&[(Place::open(&root).unwrap(), BY_DAY)], expiry, now()).unwrap();
            assert_eq!(expired, Expired { files, bytes: files * 100 }, "{expiry:?}");
            assert_eq!(left(&root), 12 - files as usize, "{expiry:?}");
            assert!(root.join("2026-11-01/notes.txt").exists() && root.join("conn.log").exists());
            assert!(root.join("mine/conn.00:00:00-00:00:00.log.gz").exists());
            assert_eq!(root.join("2026-11-02").exists(), files < 2, "an empty day goes");
            fs::remove_dir_all(&root).unwrap();
        }
    }

    #[test]
    fn a_clock_that_is_set_back_removes_nothing() {
        let root = archive("back");
        let expiry = Expiry { age: Some(DAY), ..Expiry::default() };
        let expired = expire(&[(Place::open(&root).unwrap(), BY_DAY)], expiry, now() - 100 * DAY).unwrap();
        assert_eq!(expired, Expired::default());
        fs::remove_dir_all(&root).unwrap();
    }
}
