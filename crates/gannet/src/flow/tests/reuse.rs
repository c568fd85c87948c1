//! A key that is used again: when a SYN begins a new connection, and what is said of the old one.

use crate::testing::play;

#[test]
fn a_syn_on_a_key_in_use() {
    let handshake = "10 > S; 10.1 < SA; 10.2 > A";
    let closed = format!("{handshake}; 11 > FA; 11.1 < FA; 11.2 > A");
    let reset = format!("{handshake}; 11 < R");
    let rows: &[(&str, String, usize, &str)] = &[
        ("the same SYN again", "10 > S; 11 > S seq=1000".into(), 1, ""),
        ("the same SYN in an open connection", format!("{handshake}; 11 > S seq=1000"), 1, ""),
        ("another one, not answered", "10 > S; 11 > S seq=9000".into(), 2, "SYN_seq_jump"),
        ("another one, answered", format!("{handshake}; 11 > S seq=9000"), 2, "active_connection_reuse"),
        ("one of the other side is another one", "10 > S; 11 < S".into(), 2, "SYN_seq_jump"),
        (
            "after a close, another number",
            format!("{closed}; 12 > S seq=9000"),
            2,
            "premature_connection_reuse",
        ),
        (
            "after a close, the same number",
            format!("{closed}; 12 > S seq=1000"),
            2,
            "premature_connection_reuse",
        ),
        ("after five seconds it is gone", format!("{closed}; 17 > S seq=9000"), 2, ""),
        ("after a RST, whatever the number", format!("{reset}; 12 > S seq=1000"), 2, ""),
        (
            "half closed",
            format!("{handshake}; 11 > FA; 11.1 < A; 12 > S seq=9000"),
            2,
            "active_connection_reuse",
        ),
        ("a RST to each SYN", "10 > S; 10.1 < RA; 11 > S seq=1000; 11.1 < RA".into(), 2, ""),
        (
            "a SYN with a broken header length",
            format!("{closed}; 12 > S seq=9000 off=4"),
            1,
            "bad_TCP_header_len",
        ),
        ("an ACK after a close is no new one", format!("{closed}; 12 > A"), 1, ""),
        (
            "SYN+ACK of the other side, originator known",
            "10 > S; 10.1 < SA; 10.2 < SA seq=7000".into(),
            1,
            "SYN_inside_connection SYN_seq_jump",
        ),
    ];
    for (rule, text, count, weirds) in rows {
        let rows = play(text);
        let raised = rows.names();
        if rule.starts_with("SYN+ACK") {
            assert!(raised.contains("SYN_seq_jump"), "{rule}: {raised}");
        } else {
            assert_eq!(raised, *weirds, "{rule}");
        }
        assert_eq!(rows.conns.len(), *count, "{rule}");
    }
}

#[test]
fn the_old_row_is_written_at_the_syn() {
    let rows = play("10 > S; 10.1 < SA; 10.2 > A; 11 > S seq=9000; 11.1 < SA seq=100; 11.2 > A");
    assert_eq!(rows.summary(), "S1 ShA 0/0 2/1 | S1 ShA 0/0 2/1");
    assert_eq!(rows.keys[1].now, crate::testing::at(11.0));
    let (a, b) = (rows.conns[0].conn, rows.conns[1].conn);
    assert_ne!(a.uid, b.uid);
    assert_eq!((a.orig_h, a.orig_p), (b.orig_h, b.orig_p));
}

#[test]
fn births_at_the_same_time_have_their_own_ids() {
    let rows = play("10 > S seq=1; 10 > S seq=2; 10 > S seq=3");
    let mut ids: Vec<_> = rows.conns.iter().map(|conn| conn.conn.uid).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[test]
fn ids_are_a_function_of_the_connection() {
    let text = "10 > S; 10.1 < SA; 10.2 > A; 11 > S seq=9000";
    let ids = |rows: crate::testing::Rows| rows.conns.iter().map(|conn| conn.conn.uid).collect::<Vec<_>>();
    assert_eq!(ids(play(text)), ids(play(text)));
    let earlier = format!("5 > S seq=77 ; {text}");
    assert_eq!(ids(play(&earlier))[1..], ids(play(text))[..], "what came before does not matter");
}
