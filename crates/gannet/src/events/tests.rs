//! Weirds: actions, sampling, and which repeats make no row. Ids as text.

use super::weird::{Action, Sampler, action};
use super::{Uid, Weird};
use crate::base::time::Timestamp;
use crate::testing::{Ip, Lab, Rows, Script, at, play, tcp, udp, v4};

#[test]
fn actions() {
    let names = |text: &'static str| text.split_whitespace();
    let ignored = "unsolicited_SYN_response FIN_after_reset spontaneous_FIN spontaneous_RST";
    assert!(names(ignored).all(|name| action(name) == Action::Ignore));
    let notices = "FIN_storm SYN_after_partial successful_RPC_reply_to_invalid_request";
    assert!(names(notices).all(|name| action(name) == Action::NoticePerOrig));
    let per_conn = "simultaneous_open FTP_max_command_length_exceeded FTP_too_many_pending_commands FTP_user_too_long \
                    FTP_reply_msg_too_long FTP_arg_too_long FTP_password_too_long smtp_mail_transaction_invalid \
                    smtp_excessive_invalid_mail_transactions smb_tree_connect_andx_response_without_tree";
    assert!(names(per_conn).all(|name| action(name) == Action::LogPerConn));
    let per_orig = "bad_IP_checksum bad_TCP_checksum bad_UDP_checksum bad_ICMP_checksum connection_originator_SYN_ack \
                    SYN_with_data UDP_datagram_length_mismatch excessively_small_fragment fragment_inconsistency \
                    fragment_overlap fragment_size_inconsistency DNS_label_forward_compress_offset \
                    DNS_label_len_gt_name_len DNS_label_len_gt_pkt DNS_label_too_long bad_RPC excess_RPC \
                    originator_RPC_reply partial_RPC responder_RPC_call SSH_max_packet_length_exceeded \
                    SSH_max_string_length_exceeded";
    assert!(names(per_orig).all(|name| action(name) == Action::LogPerOrig));
    assert!(
        names("truncated_IP window_recision data_before_established no_such_name")
            .all(|name| action(name) == Action::Log)
    );
}

#[test]
fn the_first_25_and_each_thousandth() {
    let mut sampler = Sampler::default();
    let passed: Vec<u32> = (1..=3100).filter(|_| sampler.pass(at(5.0))).collect();
    let expected: Vec<u32> = (1..=25).chain([1025, 2025, 3025]).collect();
    assert_eq!(passed, expected);
}

#[test]
fn sampling_begins_again_after_ten_minutes() {
    let mut sampler = Sampler::default();
    (0..26).for_each(|_| {
        sampler.pass(at(100.0));
    });
    assert!(!sampler.pass(at(700.0)));
    assert!(sampler.pass(at(700.1)), "ten minutes from the 26th");
    let passed = (0..100).filter(|_| sampler.pass(at(701.0))).count();
    assert_eq!(passed, 24);
}

/// Truncated datagrams between two hosts: a weird of the pair.
fn pair(seconds: f64, from: &str, to: &str, lab: &mut Lab) {
    lab.packet(seconds, &Ip { body: udp((1, 2), &[])[..7].to_vec(), ..v4(17, &[]) }.between(from, to));
}

fn times(rows: &Rows) -> Vec<f64> {
    rows.weirds().map(|weird| weird.ts.nanos() as f64 / 1e9).collect()
}

#[test]
fn repeats_within_ten_minutes() {
    let mut lab = Lab::new();
    for seconds in [10.0, 20.0, 609.0, 611.0, 1000.0] {
        lab.bytes(seconds, &[0x90; 40]);
    }
    assert_eq!(times(&lab.finish()), [10.0, 611.0], "a name, for the whole run");
    let mut lab = Lab::new();
    pair(10.0, "10.0.0.1", "10.0.0.2", &mut lab);
    pair(11.0, "10.0.0.1", "10.0.0.2", &mut lab);
    pair(12.0, "10.0.0.2", "10.0.0.1", &mut lab);
    pair(13.0, "10.0.0.1", "10.0.0.3", &mut lab);
    pair(700.0, "10.0.0.1", "10.0.0.2", &mut lab);
    assert_eq!(times(&lab.finish()), [10.0, 12.0, 13.0, 700.0], "a name and a pair in its direction");
}

#[test]
fn a_key_that_is_used_again_is_the_same_connection_here() {
    let text =
        "10 > S; 10.1 < SA; 10.2 > A; 11 > A win=1; 12 > S seq=9000; 12.1 < SA; 12.2 > A; 13 > A win=1";
    let rows = play(text);
    assert_eq!(rows.names(), "window_recision active_connection_reuse");
    assert_eq!(rows.all_weirds().filter(|weird| weird.name == "window_recision").count(), 2);
}

#[test]
fn checksums_once_a_day_for_each_originator() {
    let mut lab = Lab::new();
    let bad = |from: &str| {
        let packet = v4(6, &tcp((1, 2), 0, 0, 2, &[])).between(from, "10.0.0.9");
        let mut body = packet.sealed_body();
        body[16] ^= 1;
        Ip { body, ..packet }
    };
    for (seconds, from) in
        [(10.0, "10.0.0.1"), (1000.0, "10.0.0.1"), (1001.0, "10.0.0.2"), (87_000.0, "10.0.0.1")]
    {
        lab.packet(seconds, &bad(from));
    }
    assert_eq!(times(&lab.finish()), [10.0, 1001.0, 87_000.0]);
}

#[test]
fn names_once_a_day_for_each_connection() {
    let mut lab = Lab::new();
    let script = Script::default();
    for start in [10.0, 1000.0, 87_000.0] {
        script.feed(&format!("{start} > S; {} < S seq=1000", start + 1.0), &mut lab);
    }
    let rows = lab.finish();
    assert_eq!(
        (rows.names().as_str(), times(&rows)),
        ("simultaneous_open simultaneous_open", vec![11.0, 87_001.0])
    );
}

#[test]
fn ignored_ones_make_no_row_but_count() {
    let rows = play("1 > R; 10 > FA");
    assert_eq!((rows.all_weirds().count(), rows.stats.weirds), (0, 2));
    let mut lab = Lab::with(|config| config.wanted = Some(vec!["conn"]));
    lab.bytes(1.0, &[0x90; 40]);
    let rows = lab.finish();
    assert_eq!((rows.all_weirds().count(), rows.stats.weirds), (0, 1), "nobody listens");
}

#[test]
fn columns() {
    let rows = play("1 > A 10; 2 > S seq=999");
    let weirds: Vec<&Weird> = rows.weirds().collect();
    assert_eq!((weirds[0].notice, weirds[1].notice, weirds[0].peer), (false, true, "zeek"));
    assert_eq!((weirds[0].addl.as_deref(), weirds[0].ts), (None, at(2.0)));
}

#[test]
fn ids_as_text() {
    let text = |high, low| Uid { high, low }.to_string();
    assert_eq!(text(0, 0), "C00");
    assert_eq!(text(61, 62), "CZ01", "least significant digit first");
    assert_eq!(text(u32::MAX, u64::MAX).len(), 1 + 6 + 11);
}

#[test]
fn times_keep_their_order() {
    assert!(Timestamp::ZERO < at(0.000_001) && at(1e9) < Timestamp::MAX);
    assert_eq!(Timestamp::from_parts(-1, 500_000_000).seconds(), -1);
    assert_eq!(Timestamp::from_parts(i64::MAX, 0), Timestamp::MAX);
}
