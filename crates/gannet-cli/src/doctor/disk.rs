//! The folder of the logs.

use std::path::Path;

use nix::sys::statvfs::statvfs;

use super::finding::{Finding, State};
use crate::human::{bytes, printable};

/// Share of a disk that should be free, in percent, and bytes that are enough whatever the share.
const FREE: u64 = 10;
const ENOUGH: u64 = 100 << 30;

/// What may keep logs from being written.
pub(super) fn findings(dir: &Path) -> Vec<Finding> {
    let of = printable(dir.as_os_str().as_encoded_bytes());
    // A folder that is not there yet will be made on the disk of the first one above it that is.
    let there = dir.ancestors().find(|folder| folder.exists());
    let there = there.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match statvfs(there) {
        Ok(disk) => {
            let unit = disk.fragment_size();
            let space = |blocks: u64| blocks.saturating_mul(unit);
            let (free, all) = (space(disk.blocks_available()), space(disk.blocks()));
            let inodes = (disk.files_available(), disk.files());
            vec![room(&of, free, all), files(&of, inodes)].into_iter().flatten().collect()
        }
        Err(error) => {
            let found = format!("cannot be looked at: {error}");
            vec![Finding::new(&of, "disk", State::Unknown, found)]
        }
    }
}

pub(super) fn room(of: &str, free: u64, all: u64) -> Option<Finding> {
    let good = free >= ENOUGH || free / FREE >= all / 100;
    let found = format!("{} of {} free", bytes(free), bytes(all));
    let why =
        "A full disk stops the logs until there is room; rows that cannot wait are given up, and counted.";
    let mend = "let old logs go: gannet --archive DIR --keep 30d --keep-free 10G".to_owned();
    Some(Finding::judged(of, "disk", good, State::Mend, found).because(why, mend))
}

fn files(of: &str, (free, all): (u64, u64)) -> Option<Finding> {
    // Some file systems have no fixed number of them.
    (all > 0).then(|| {
        let good = free / FREE >= all / 100;
        let why = "Without free inodes no file can be made, however much room there is.";
        let mend = format!("look for many small files: find {of} -xdev -type f | wc -l");
        Finding::judged(of, "files", good, State::Mend, format!("{free} of {all} inodes free"))
            .because(why, mend)
    })
}
