//! Which process holds a lock, as far as the system tells: on Linux.

use std::fmt;
use std::fs;

/// A process.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Holder {
    pid: u32,
    /// What it runs.
    name: Option<String>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {}", self.pid)?;
        match &self.name {
            Some(name) => write!(f, " ({})", gannet::capture::shown(name.as_str())),
            None => Ok(()),
        }
    }
}

/// The process that holds a lock on the directory of this inode.
pub(super) fn of(inode: u64) -> Option<Holder> {
    let pid = find(&fs::read_to_string("/proc/locks").ok()?, inode)?;
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok();
    Some(Holder { pid, name: name.map(|name| name.trim_end().to_owned()) })
}

/// Looks a lock up among lines as `1: FLOCK  ADVISORY  WRITE 708 08:01:13548 0 EOF`. The device is not compared, for some file
/// systems give another number here than to those who ask for a file's.
fn find(locks: &str, inode: u64) -> Option<u32> {
    locks.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        let (kind, pid) = (words.next()?, words.nth(2)?);
        let held = words.next()?.rsplit(':').next()?.parse::<u64>();
        (kind == "FLOCK" && held == Ok(inode)).then(|| pid.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_found_by_its_inode() {
        let locks = "1: POSIX  ADVISORY  WRITE 11 08:01:4711 0 EOF\n2: FLOCK  ADVISORY  WRITE 12 00:2f:4712 0 EOF\n\
                     2: -> FLOCK  ADVISORY  WRITE 13 00:2f:4711 0 EOF\n3: FLOCK  ADVISORY  WRITE 14 00:2f:4711 0 EOF\n";
        assert_eq!(find(locks, 4711), Some(14));
        assert_eq!(find(locks, 4712), Some(12));
        assert_eq!(find(locks, 1), None);
        assert_eq!(find("nonsense\n1: FLOCK\n", 1), None);
    }

    #[test]
    fn a_holder_is_shown_with_what_it_runs() {
        let holder = |name: Option<&str>| Holder { pid: 7, name: name.map(str::to_owned) }.to_string();
        assert_eq!(holder(Some("gannet")), "process 7 (gannet)");
        assert_eq!(holder(Some("a\u{1b}b")), "process 7 (a\\x1bb)");
        assert_eq!(holder(None), "process 7");
    }
}
