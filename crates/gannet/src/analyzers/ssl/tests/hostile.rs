//! Cuts, other bytes, and other segments.

use proptest::prelude::*;

use super::*;
use crate::testing::{changed, every_cut};

/// Conversations of every kind.
fn conversations() -> Vec<Vec<(Side, Vec<u8>)>> {
    let old = [0x80, 0x1c, 1, 3, 3, 0, 3, 0, 0, 0, 16, 0, 0, 0x2f];
    let old = [old.as_slice(), &[9; 16]].concat();
    let again = vec![(Client, old), (Server, handshake(&[Hello::default().server(), message(14, &[])]))];
    vec![full(), again]
}

/// What does not depend on segments, of a conversation in segments of these sizes.
fn lasting(steps: &[(Side, Vec<u8>)], sizes: &[usize]) -> Seen {
    Seen { conns: Vec::new(), ..cut(steps, sizes) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn segments_do_not_matter(sizes in proptest::collection::vec(1usize..900, 1..12)) {
        for steps in conversations() {
            prop_assert_eq!(lasting(&steps, &sizes), lasting(&steps, &[usize::MAX]));
        }
    }

    #[test]
    fn records_do_not_matter(sizes in proptest::collection::vec(1usize..400, 1..8)) {
        // The same messages in other records.
        let Hello { .. } = Hello::default();
        let hello = Hello::with(&[server_name("www.example.org")]).client();
        let answer = [Hello::default().server(), certificates(&[leaf().bytes()]), message(14, &[])].concat();
        let split = |bytes: &[u8]| {
            let mut sizes = sizes.iter().cycle();
            let (mut rest, mut records) = (bytes, Vec::new());
            while !rest.is_empty() {
                let (now, behind) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
                records.extend(record(22, now));
                rest = behind;
            }
            records
        };
        let pieces = converse(&[(Client, split(&hello)), (Server, split(&answer))]);
        let whole = converse(&[(Client, record(22, &hello)), (Server, record(22, &answer))]);
        prop_assert_eq!(pieces, whole);
    }

    #[test]
    fn other_bytes_do_no_harm(at in any::<proptest::sample::Index>(), byte in any::<u8>()) {
        for steps in conversations() {
            converse(&changed(&steps, at, byte));
        }
    }
}

#[test]
fn cuts() {
    for steps in conversations() {
        for cut in every_cut(&steps, if cfg!(debug_assertions) { 7 } else { 1 }) {
            assert!(converse(&cut).rows.len() <= 1);
        }
    }
}

/// A message that announces more than is kept passes unread; reading fails when more came than anybody keeps.
#[test]
fn long_messages_pass() {
    let rows = |announced: usize, sent: usize| {
        let mut tap = Tap::open(443);
        tap.send(Client, &handshake(&[Hello::default().client()]));
        let header = [&[11][..], &(announced as u32).to_be_bytes()[1..]].concat();
        tap.send(Server, &record(22, &header));
        for chunk in vec![7; sent].chunks(16_000) {
            tap.send(Server, &record(22, chunk));
        }
        tap.send(Server, &record(21, &[2, 40]));
        let seen = tap.finish();
        (seen.rows[0].clone(), seen.failures)
    };
    let history =
        |row: &str| row.split(' ').find(|word| word.starts_with('C')).unwrap_or_default().to_owned();
    let long = 2_000_000;
    for (announced, sent, letters) in [
        (long, 0, "Cl"),
        (long, long - 1, "Cl"),
        (long, long, "Cxl"),
        (0xff_ffff, 10 << 20, "Cl"),
        // The row is over, and so much was said that nobody is told of the failure.
        (0xff_ffff, (10 << 20) + 20_000, "C"),
    ] {
        let (row, failures) = rows(announced, sent);
        assert_eq!((history(&row).as_str(), failures.len()), (letters, 0), "{announced} {sent}: {row}");
    }
}

#[test]
fn what_is_held_is_known() {
    use crate::analyzers::ssl::fingerprint::Carrier;
    use crate::analyzers::ssl::session::Session;
    let mut session = Session::new(Carrier::Tcp);
    assert_eq!(session.held(), 0);
    session.partial.orig = Vec::with_capacity(5000);
    assert_eq!(session.held(), 5000);
}
