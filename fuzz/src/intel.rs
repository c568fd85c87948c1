//! Files of indicators: any bytes are read, in pieces of any size alike, within bounds.
//!
//! Input: bytes of a piece, then a file.

use std::io::{BufReader, Read};

use gannet_policy::intel::{Fault, Loading, Store};

/// What a list without items holds.
const HELD: usize = 1 << 17;

/// Files by hand.
pub const SEEDS: [&[u8]; 4] = [
    b"\x07#fields\tindicator\tindicator_type\tmeta.source\nevil.example\tIntel::DOMAIN\tus\n1.2.3.4\tIntel::ADDR\tus\n",
    b"\x01# more\n#fields\tmeta.source\tindicator_type\tindicator\tmeta.desc\tmeta.remove\tmeta.do_notice\nus\tIntel::SUBNET\t2001:db8::/32\t-\tF\tT\r\n",
    b"\x20#fields\tindicator\tindicator_type\tmeta.source\tmeta.if_in\tmeta.whitelist\na\\x09b\tIntel::FILE_NAME\tus\tSMB::IN_FILE_NAME\t1\n-\t-\n",
    b"\xff#fields\tindicator\n#fields\tindicator\tindicator_type\tmeta.source\n::ffff:10.0.0.0/104\tIntel::SUBNET\tus\nx\tIntel::URL\tus",
];

/// A file that comes in pieces.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let most = self.1.min(into.len());
        self.0.read(&mut into[..most])
    }
}

/// Reads a file.
///
/// # Panics
/// If it matters in which pieces it comes, a file that is read twice has other items, or too much is held.
pub fn run(data: &[u8]) {
    let Some((piece, file)) = data.split_first() else { return };
    let piece = usize::from(*piece).max(1);
    let (store, faults) = read(file, 1 << 16, 1);
    let (by_pieces, same) = read(file, piece, 1);
    assert_eq!((store.len(), &faults), (by_pieces.len(), &same), "in pieces of {piece}");
    let (twice, _) = read(file, 1 << 16, 2);
    assert_eq!(store.len(), twice.len(), "the same file again has the same items");
    let lines = file.split(|byte| *byte == b'\n').count();
    assert!(
        store.len() + faults.iter().filter(|fault| fault.line.is_some()).count() <= lines,
        "of {lines} lines"
    );
    assert!(store.held() < HELD + 64 * file.len(), "held {}", store.held());
}

/// The items of a file that is read so often, in pieces of so many bytes.
fn read(file: &[u8], piece: usize, times: usize) -> (Store, Vec<Fault>) {
    let mut loading = Loading::new();
    for _ in 0..times {
        let mut from = BufReader::with_capacity(piece, Pieces(file, piece));
        loading.read("file", 0, &mut from).expect("bytes in memory");
    }
    loading.finish()
}
