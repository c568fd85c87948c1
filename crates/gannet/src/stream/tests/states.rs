//! The state machine of an end, and what a connection's states are called.

use super::check;

#[test]
fn nothing_seen_yet() {
    check(&[
        ("SYN", "1 > S", "S0 S -/- 1/0", ""),
        ("SYN+ACK", "1 > SA ack=5000", "OTH H -/- 1/0", "connection_originator_SYN_ack"),
        ("SYN answered", "1 > S; 2 < SA", "S1 Sh 0/0 1/1", ""),
        (
            "answered with a wrong number",
            "1 > S; 2 < SA ack+100",
            "S1 ShG 100/0 1/1 missed 100",
            "bad_SYN_ack",
        ),
        ("SYN from both, with one number", "1 > S; 2 < S seq=1000", "S1 Ss 0/0 1/1", "simultaneous_open"),
        ("FIN", "1 > FA", "SH F -/- 1/0", ""),
        ("RST", "1 > R", "OTH R -/- 1/0", ""),
        ("RST in answer to a SYN", "1 > S; 2 < RA", "REJ Sr 0/0 1/1", ""),
        ("an early ACK leaves it unseen", "1 > S; 2 < A", "S0 Sa 0/0 1/1", ""),
        ("early data does not", "1 > S; 2 < A 5", "OTH Sd 0/5 1/1", ""),
        ("data", "1 > A 10", "OTH D -/- 1/0", ""),
        ("data, and an ACK", "1 > A 10; 2 < A", "OTH Da 10/0 1/1", ""),
        ("FIN in answer to data", "1 > A 10; 2 < FA", "SHR Df 10/0 1/1", ""),
        ("FIN in answer to a SYN", "1 > S; 2 < FA", "S3 Sf 0/0 1/1", ""),
        (
            "SYN not seen well, the answer is",
            "1 > S bad; 2 < SA seq=0; 3 > A",
            "S1 ChA 0/0 1/1",
            "bad_TCP_checksum",
        ),
    ]);
}

#[test]
fn after_a_syn() {
    check(&[
        ("SYN again", "1 > S; 2 > S seq=1000", "S0 S 0/0 2/0", ""),
        ("and with an ACK", "1 > S; 2 > SA seq=1000", "S0 S 0/0 2/0", "repeated_SYN_with_ack"),
        ("FIN", "1 > S; 2 > FA", "SH SF 0/0 2/0", "inappropriate_FIN"),
        ("RST", "1 > S; 2 > R", "RSTOS0 SR 0/0 2/0", ""),
        ("payload", "1 > S; 2 > P 10", "S0 SD 10/0 2/0", "data_before_established"),
        (
            "payload, and an ACK of what was not seen",
            "1 > S; 2 > A 10",
            "S0 SD 10/0 2/0",
            "possible_split_routing data_before_established",
        ),
        (
            "SYN+ACK, then a RST in answer",
            "1 > SA ack=5000; 2 < R",
            "REJ Hr 0/0 1/1",
            "connection_originator_SYN_ack",
        ),
    ]);
}

#[test]
fn established() {
    check(&[
        ("nothing more", "H; ", "S1 ShA 0/0 2/1", ""),
        ("data both ways", "H; 2 > A 10; 3 < A 20; 4 > A", "S1 ShADd 10/20 4/2", ""),
        ("FIN of the originator", "H; 2 > FA", "S2 ShAF 0/0 3/1", ""),
        ("FIN of the responder", "H; 2 < FA", "S3 ShAf 0/0 2/2", ""),
        ("both", "H; 2 > FA; 3 < FA; 4 > A", "SF ShAFf 0/0 4/2", ""),
        ("RST of the originator", "H; 2 > A 1; 3 > R", "RSTO ShADR 1/0 4/1", ""),
        ("RST of the responder", "H; 2 < R", "RSTR ShAr 0/0 2/2", ""),
        ("the same SYN again", "H; 2 > S seq=1000", "S1 ShA 0/0 3/1", ""),
        (
            "the same SYN again, after data",
            "H; 2 > A 10; 3 > S seq=1000",
            "S1 ShAD 0/0 4/1",
            "SYN_inside_connection",
        ),
        ("another SYN+ACK", "H; 2 < SA seq=7000", "S1 ShA 0/0 2/2", "SYN_seq_jump"),
        (
            "another SYN+ACK, after data",
            "H; 2 < A 5; 3 < SA seq=7000",
            "S1 ShAd 0/0 2/3",
            "SYN_inside_connection SYN_seq_jump",
        ),
        (
            "picked up late, then its SYN",
            "1 > A 10; 2 > S seq=999",
            "S0 DS 0/0 2/0",
            "SYN_inside_connection SYN_after_partial",
        ),
        ("picked up late, both FINs", "1 > A 5; 2 < A 5; 3 > FA; 4 < FA; 5 > A", "SF DdFfA 5/5 3/2", ""),
    ]);
}

#[test]
fn closed_and_reset() {
    check(&[
        ("SYN after a FIN", "H; 2 < FA; 3 < SA seq=5000", "S3 ShAf 0/0 2/3", "SYN_after_close"),
        ("a FIN further on", "H; 2 > FA; 3 > FA seq+5", "S2 ShAFF 6/0 4/1", "FIN_advanced_last_seq"),
        ("the FIN again", "H; 2 > FA; 3 > FA seq-1", "S2 ShAF 0/0 4/1", ""),
        ("RST after a FIN", "H; 2 > FA; 3 > R", "RSTO ShAFR 0/0 4/1", ""),
        ("RST after both FINs", "H; 2 > FA; 3 < FA; 4 > R", "SF ShAFfR 0/0 4/2", ""),
        ("FIN, RST, and the other FIN", "H; 2 > FA; 3 > R; 4 < FA", "SF ShAFRf 0/0 4/2", ""),
        ("SYN+ACK after a RST", "H; 2 < R; 3 < SA seq=5000", "RSTR ShAr 0/0 2/3", "SYN_after_reset"),
        ("data after a RST", "H; 2 > R; 3 > A 10", "RSTO ShARD 0/0 4/1", "data_after_reset"),
        ("FIN after a RST", "H; 2 > R; 3 > FA", "RSTO ShARF 0/0 4/1", ""),
    ]);
}

#[test]
fn names_of_pairs_of_states() {
    check(&[
        ("RESET both, nothing said", "H; 2 > R; 3 < R", "REJ ShARr 0/0 3/2", ""),
        ("RESET both, something said", "H; 2 > A 5; 3 > R; 4 < R", "RSTR ShADRr 5/0 4/2", ""),
        ("RESET after PARTIAL", "1 > A 10; 2 < R", "RSTRH Dr 10/0 1/1", ""),
        ("RSTOS0 whatever the other side's letters", "1 > S; 2 < A; 3 > R", "RSTOS0 SaR 0/0 2/1", ""),
        ("not with an ACK in between", "1 > S; 2 > A; 3 > R", "OTH SAR 0/0 3/0", "possible_split_routing"),
        ("RESET, PARTIAL", "1 > A 5; 2 < A 5; 3 > R", "OTH DdR 5/5 2/1", ""),
        ("CLOSED, PARTIAL", "1 > A 5; 2 < A 5; 3 > FA", "SH DdF 5/5 2/1", ""),
        ("PARTIAL, CLOSED", "1 > A 5; 2 < A 5; 3 < FA", "SHR Ddf 5/5 1/2", ""),
        ("PARTIAL, PARTIAL", "1 > A 5; 2 < A 5", "OTH Dd 5/5 1/1", ""),
    ]);
}

#[test]
fn flags_that_do_not_go_together() {
    check(&[
        ("SYN and RST", "1 > SR", "OTH Q -/- 1/0", "TCP_christmas"),
        ("SYN and URG", "1 > SU", "S0 S -/- 1/0", "baroque_SYN"),
        ("SYN and FIN", "1 > SF", "SH Q -/- 1/0", ""),
        ("FIN and RST", "H; 2 > FRA", "RSTO ShAI 0/0 3/1", ""),
        ("all three", "1 > SFR", "OTH I -/- 1/0", "TCP_christmas"),
    ]);
}

#[test]
fn sizes() {
    check(&[
        ("sequence numbers count, seen or not", "H; 2 > A 10 lost; 3 > A 10", "S1 ShAD 20/0 3/1", ""),
        ("what was acknowledged counts", "H; 2 < A ack+50", "S1 ShAaG 50/0 2/2 missed 50", ""),
        ("an unseen side has none", "1 > A 10; 2 > A 10 ack+500", "OTH D 20/0 2/0", ""),
        ("its own first segment overrides", "1 > A 10 ack=9000; 2 < A 10 seq=7000", "OTH Dd 10/10 1/1", ""),
        ("a FIN is no byte", "H; 2 > FA 10; 3 < A", "S2 ShAFa 10/0 3/2", ""),
        ("a SYN's payload is", "1 > S 5; 2 < SA", "S1 STh 5/0 1/1", "SYN_with_data"),
        ("number 0 without a SYN", "1 > A 10 seq=0; 2 > A 10 seq=10", "OTH D 0/0 2/0", ""),
        (
            "none where the numbers begin anew after they wrapped",
            "1 > S; 2 < A 19 seq=0; 3 > A ack=19; 4 < SA seq=0; 5 > A ack=1",
            "OTH SdAh 0/- 3/2",
            "SYN_inside_connection SYN_seq_jump",
        ),
        (
            "but where they begin anew without that",
            "1 > S; 2 < A 19 seq=7; 3 > A ack=26; 4 < SA seq=7; 5 > A ack=8",
            "OTH SdAh 0/0 3/2",
            "SYN_inside_connection SYN_seq_jump",
        ),
        ("an ACK of more than was sent, then a RST", "1 > S; 2 < A ack+100; 3 > R", "RSTOS0 SaR 0/0 2/1", ""),
    ]);
}

#[test]
fn numbers_out_of_place() {
    check(&[
        ("below the start", "H; 2 > A 10 seq=900", "S1 ShADT 0/0 3/1", "TCP_seq_underflow_or_misorder"),
        ("not said of a RST", "H; 2 > R seq=900", "RSTO ShAR 0/0 3/1", ""),
        ("an ACK below the start", "H; 2 < A ack=900", "S1 ShAa 0/0 2/2", "TCP_ack_underflow_or_misorder"),
        ("a RST too far off", "H; 2 > R seq+2000000", "RSTO ShAR 0/0 3/1", ""),
        ("a RST not too far off", "H; 2 > R seq+1000000", "RSTO ShAR 1000000/0 3/1", ""),
        (
            "an ACK of 0 far off is no size, but a gap",
            "1 > S seq=4292967000; 2 < SA; 3 < A ack=0",
            "S1 ShaG 0/0 1/2 missed 2000295",
            "",
        ),
        ("ACKs in a RST raise nothing", "H; 2 < RA ack+50", "RSTR ShAr 0/0 2/2", ""),
    ]);
}

#[test]
fn storms() {
    let mut text = super::OPEN.to_owned();
    for i in 0..1001 {
        text += &format!("{} > FA seq=1001;", 2.0 + f64::from(i) * 0.001);
    }
    assert_eq!(crate::testing::play(&text).names(), "FIN_storm");
    let slow: String = (0..1001).map(|i| format!("{} > FA seq=1001;", 2.0 + f64::from(i) * 1.5)).collect();
    assert!(!crate::testing::play(&(super::OPEN.to_owned() + &slow)).names().contains("storm"));
    let resets = text.replace("FA", "R");
    assert_eq!(crate::testing::play(&resets).names(), "RST_storm");
}

#[test]
fn windows() {
    check(&[
        ("none", "H; 2 < A win=0", "S1 ShAaw 0/0 2/2", ""),
        ("none, with data", "H; 2 < A 5 win=0", "S1 ShAdw 0/5 2/2", ""),
        ("none in a RST", "H; 2 < R win=0", "RSTR ShAr 0/0 2/2", ""),
        ("none after the peer's FIN", "H; 2 > FA; 3 < A win=0", "S2 ShAFa 0/0 3/2", ""),
        ("drawn back", "H; 2 > A win=100", "S1 ShA 0/0 3/1", "window_recision"),
        ("used up", "H; 2 < A 100; 3 > A win=8092", "S1 ShAd 0/100 3/2", ""),
        (
            "drawn back below the scale",
            "1 > S ws=2; 2 < SA ws=2; 3 > A win=1000; 4 < A 3; 5 > A win=999",
            "S1 ShAd 0/3 3/2",
            "",
        ),
        ("scale out of range", "1 > S ws=15; 2 < SA ws=0", "S1 Sh 0/0 1/1", "TCP_scale_range"),
        ("scale in range", "1 > S ws=14; 2 < SA ws=0", "S1 Sh 0/0 1/1", ""),
    ]);
    let rows = crate::testing::play("1 > S ws=200; 2 < SA ws=0");
    assert_eq!(rows.weird_names(), "TCP_scale_range/TCP(200)");
}

#[test]
fn sources_of_weirds() {
    let rows = crate::testing::play("1 > S; 2 > A; 3 < SA; 4 < SA seq=7000; 5 > A win=1");
    let names = "possible_split_routing SYN_seq_jump window_recision";
    assert_eq!(rows.weird_names(), names, "the connection's own have none");
    let uid = rows.conns[0].conn.uid;
    assert!(rows.weirds().all(|weird| weird.conn.unwrap().uid == uid));
}

/// However far off its number is, a FIN behind nothing but a SYN is believed: what is before it is pending, and the close waits.
#[test]
fn a_fin_far_off() {
    let underflow = "TCP_seq_underflow_or_misorder";
    check(&[
        ("near", "H; 2 > FA; 3 < FA; 30 < A", "SF ShAFf 0/0 3/2 | OTH A -/- 1/0", ""),
        (
            "near 2^31",
            "H; 2 > FA seq=2000000000; 3 < FA ack=1001; 30 < A ack=1001",
            "SF ShAFfa 1999998999/0 3/3",
            "",
        ),
        (
            "beyond",
            "H; 2 > FA seq=3000000000; 3 < FA ack=1001; 30 < A ack=1001",
            "SF ShAFfa 2999998999/0 3/3",
            underflow,
        ),
        (
            "numbered 0",
            "H; 2 > FA seq=0; 3 < FA ack=1001; 30 < A ack=1001",
            "SF ShAFfa 4294966295/0 3/3",
            underflow,
        ),
    ]);
}
