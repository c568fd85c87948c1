//! The unconsumed tail: however a stream is cut, an analyzer is shown the same units.

use proptest::prelude::*;
use proptest::sample::Index;

use super::kit::{LENGTHS, LINES, told};
use crate::analyzers::Descriptor;
use crate::base::direction::Direction;
use crate::testing::{CLIENT, Lab, Rows, SERVER, Seen, take_seen, tcp, v4};

const SYN: u8 = 2;
const ACK: u8 = 0x10;

/// Feeds a stream of the client's in these chunks; the rows.
fn feed(descriptor: &'static Descriptor, chunks: &[&[u8]]) -> Rows {
    let mut lab = Lab::with(|config| config.analyzers = vec![descriptor]);
    lab.packet(1.0, &v4(6, &tcp((CLIENT, SERVER), 0, 0, SYN, &[])));
    lab.packet(1.1, &v4(6, &tcp((SERVER, CLIENT), 0, 1, SYN | ACK, &[])).back());
    let mut seq = 1;
    for chunk in chunks {
        lab.packet(2.0, &v4(6, &tcp((CLIENT, SERVER), seq, 1, ACK, chunk)));
        seq += chunk.len() as u32;
        lab.packet(2.0, &v4(6, &tcp((SERVER, CLIENT), 1, seq, ACK, &[])).back());
    }
    lab.finish()
}

/// The units that the analyzer of this name was shown, and how many bytes it was shown in vain.
fn units(name: &str) -> (Vec<Vec<u8>>, u64) {
    let (mut units, mut vain) = (Vec::new(), 0);
    for (who, seen) in take_seen() {
        match seen {
            Seen::Data(Direction::Orig, bytes) if who == name => units.push(bytes),
            Seen::Gap(_, len) if who != name => vain += len,
            _ => {}
        }
    }
    (units, vain)
}

fn cut<'a>(bytes: &'a [u8], places: &[Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = places.iter().map(|place| place.index(bytes.len())).collect();
    at.extend([0, bytes.len()]);
    at.sort_unstable();
    at.dedup();
    at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

fn places() -> impl Strategy<Value = Vec<Index>> {
    prop::collection::vec(any::<Index>(), 0..20)
}

proptest! {
    #![proptest_config(crate::testing::cases(100))]

    #[test]
    fn lines(lines in prop::collection::vec("[a-z]{0,60}", 1..20), places in places()) {
        let expected: Vec<Vec<u8>> = lines.iter().map(|line| format!("{line}\n").into_bytes()).collect();
        let bytes = expected.concat();
        feed(&LINES, &cut(&bytes, &places));
        prop_assert_eq!(units("lines").0, expected);
    }

    #[test]
    fn lengths(sizes in prop::collection::vec(0usize..200, 1..20), places in places()) {
        let unit = |size: &usize| [&(*size as u16).to_be_bytes()[..], &vec![7; *size]].concat();
        let expected: Vec<Vec<u8>> = sizes.iter().map(unit).collect();
        let bytes = expected.concat();
        feed(&LENGTHS, &cut(&bytes, &places));
        prop_assert_eq!(units("lengths").0, expected);
    }

    #[test]
    fn skipped_bodies(sizes in prop::collection::vec((0usize..300, any::<bool>()), 1..20), places in places()) {
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for (size, skipped) in sizes {
            let field = if skipped { 0x8000 + size } else { size.min(200) } as u16;
            let start = bytes.len();
            bytes.extend(field.to_be_bytes());
            let head = bytes.len();
            bytes.extend(vec![9; if skipped { size } else { size.min(200) }]);
            expected.push(bytes[start..if skipped { head } else { bytes.len() }].to_vec());
        }
        feed(&LENGTHS, &cut(&bytes, &places));
        prop_assert_eq!(units("lengths").0, expected);
    }
}

#[test]
fn waiting_for_a_byte_is_linear() {
    // Lines of 64 bytes, a byte at a time: each line is shown to the analyzer at its first byte and when it is whole.
    let bytes = [vec![b'x'; 63], vec![b'\n']].concat().repeat(50);
    let chunks: Vec<&[u8]> = bytes.chunks(1).collect();
    feed(&LINES, &chunks);
    let (lines, vain) = units("lines");
    assert_eq!(lines.len(), 50);
    assert!(vain <= 50, "{vain} bytes shown in vain");
}

#[test]
fn a_line_that_is_too_long() {
    for (size, survives) in [(1, false), (7, false), (70, false), (300, true)] {
        let bytes = [b"ab\n".to_vec(), vec![b'x'; 150], b"\ncd\n".to_vec()].concat();
        let chunks: Vec<&[u8]> = bytes.chunks(size).collect();
        feed(&LINES, &chunks);
        let text = told();
        // Whole in one chunk it is no tail, and nobody waits for it.
        assert!(text.starts_with("lines:>ab") || text.contains(" lines:>ab"), "{size}: {text}");
        assert_eq!(text.contains(">cd"), survives, "{size}: {text}");
    }
}

#[test]
fn a_unit_beyond_the_limit_is_a_violation() {
    let bytes = [&[1u8, 1][..], &[0; 257], &[0, 1, 5]].concat();
    let chunks: Vec<&[u8]> = bytes.chunks(1).collect();
    feed(&LENGTHS, &chunks);
    assert_eq!(units("lengths").0, Vec::<Vec<u8>>::new());
    feed(&LENGTHS, &[&bytes]);
    assert_eq!(units("lengths").0.len(), 2, "what comes at once is not kept");
}

#[test]
fn the_tail_is_given_at_the_end() {
    feed(&LINES, &[b"ab\ncd"]);
    assert!(told().contains("lines:>.cd"));
}
