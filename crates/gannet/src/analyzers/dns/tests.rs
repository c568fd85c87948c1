//! DNS on messages made here: names, records, faults, and which query belongs to which reply.

use std::net::{IpAddr, Ipv4Addr};

use proptest::prelude::*;

use super::names::{Cursor, Name, netbios};
use super::pairing::{Birth, Pairing, Row};
use super::parse::{Header, Outcome, Question, Setting, Sink, parse};
use super::record::Dns;
use super::tables;
use crate::events::{ConnTag, Enum};
use crate::time::Timestamp;

const QUERY: u16 = 0x0100;
const REPLY: u16 = 0x8400;
const UPDATE: u16 = 5 << 11;

const A: u16 = 1;
const CNAME: u16 = 5;
const TXT: u16 = 16;
const IN: u16 = 1;
const NONE: u16 = 254;
const ANY: u16 = 255;

/// A name on the wire, without compression; an empty text is the root.
fn wire(name: &str) -> Vec<u8> {
    let labels = name.split('.').filter(|label| !label.is_empty());
    let mut bytes: Vec<u8> =
        labels.flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat()).collect();
    bytes.push(0);
    bytes
}

fn words(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

fn header(id: u16, flags: u16, counts: [u16; 4]) -> Vec<u8> {
    words(&[&[id, flags], counts.as_slice()].concat())
}

fn question(name: &str, kind: u16) -> Vec<u8> {
    [wire(name), words(&[kind, IN])].concat()
}

fn rr(owner: &str, kind: u16, class: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let fixed = [words(&[kind, class]), ttl.to_be_bytes().to_vec(), words(&[data.len() as u16])];
    [wire(owner), fixed.concat(), data.to_vec()].concat()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Writes down what it is told.
#[derive(Default)]
struct Notes(Vec<String>);

impl Sink for Notes {
    fn weird(&mut self, name: &'static str, addl: &str) {
        self.0.push(format!("weird {name}({addl})"));
    }

    fn violation(&mut self, reason: &'static str) {
        self.0.push(format!("violation {reason}"));
    }

    fn confirm(&mut self) {
        self.0.push("confirm".into());
    }

    fn question(&mut self, _: &Header, question: &Question<'_>) {
        let Question { name, kind, class } = question;
        self.0.push(format!("{} {kind} {class}?", text(name)));
    }

    fn answer(&mut self, _: &Header, owner: &[u8], ttl: u32, answer: Vec<u8>) {
        self.0.push(format!("{} {ttl} = {}", text(owner), text(&answer)));
    }
}

const PLAIN: Setting = Setting { netbios: false, netbios_responder: false, datagram: true };
const NETBIOS: Setting = Setting { netbios: true, netbios_responder: true, datagram: true };

fn outcome(setting: Setting, message: &[u8]) -> (Outcome, Vec<String>) {
    let mut notes = Notes::default();
    let outcome = parse(message, &Header::read(message).unwrap(), setting, &mut notes);
    (outcome, notes.0)
}

fn notes(message: &[u8]) -> Vec<String> {
    outcome(PLAIN, message).1
}

/// What is noted of one answer; "|" between the notes, and the last one left out if it is "confirm".
fn answer(kind: u16, data: &[u8]) -> String {
    let message = [header(1, REPLY, [0, 1, 0, 0]), rr("Own.er", kind, IN, 60, data)].concat();
    let notes = notes(&message).join("|");
    notes.replace("own.er 60 = ", "= ").trim_end_matches("confirm").trim_end_matches('|').to_owned()
}

#[test]
fn header_bits() {
    let message = header(7, 0x8000 | 4 << 11 | 0x0400 | 0x0080 | 0x0030 | 3, [1, 2, 3, 4]);
    let header = Header::read(&message).unwrap();
    assert_eq!((header.id, header.opcode(), header.rcode(), header.reserved()), (7, 4, 3, 3));
    assert!(header.is_reply() && header.authoritative() && header.recursion_available());
    assert!(!header.truncated() && !header.recursion_desired() && !header.is_bare());
    assert_eq!(Header::read(&message[..11]), None);
}

#[test]
fn questions() {
    let message =
        [header(1, QUERY, [2, 0, 0, 1]), question("WWW.Example.ORG", A), question("", 255)].concat();
    assert_eq!(notes(&message), ["www.example.org 1 1?", " 255 1?", "confirm"]);
    assert_eq!(
        notes(&message[..message.len() - 1]),
        ["www.example.org 1 1?", "weird DNS_truncated_quest_too_short()"]
    );
    let many = [header(1, QUERY, [26, 0, 0, 0]), question("a", A)].concat();
    assert_eq!(notes(&many), ["violation DNS_Conn_count_too_large", "weird DNS_Conn_count_too_large()"]);
}

#[test]
fn authority_and_additional_are_not_read() {
    let message = [header(1, REPLY, [0, 0, 1, 1]), vec![0xff; 40]].concat();
    assert_eq!(notes(&message), ["confirm"]);
}

#[test]
fn queries_have_no_answers() {
    let message = [header(1, QUERY, [0, 1, 0, 0]), rr("a", A, IN, 1, &[1, 2, 3, 4])].concat();
    assert_eq!(notes(&message), ["confirm"]);
}

#[test]
fn address_records() {
    let six = |words: [u16; 8]| words.iter().flat_map(|w| w.to_be_bytes()).collect::<Vec<_>>();
    for (kind, data, expected) in [
        (A, vec![10, 0, 200, 99], "= 10.0.200.99"),
        (A, vec![1, 2, 3], "weird DNS_RR_bad_length()"),
        (28, six([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x42]), "= 2001:db8::42"),
        (28, six([0, 0, 0, 0, 0, 0, 0, 1]), "= ::1"),
        (28, six([0, 0, 0, 0, 0, 0xffff, 0x0102, 0x0304]), "= 1.2.3.4"),
        (28, six([0, 0, 0, 0, 0, 0, 0x0102, 0x0304]), "= ::1.2.3.4"),
        (28, six([0, 0, 0, 0, 0xffff, 0, 0x0102, 0x0304]), "= ::ffff:0:1.2.3.4"),
        (38, six([0x2001, 0xdb8, 0, 1, 0, 1, 0, 1]), "= 2001:db8:0:1:0:1:0:1"),
    ] {
        assert_eq!(answer(kind, &data), expected);
    }
}

#[test]
fn name_records() {
    let target = wire("Target.Example");
    for (kind, numbers) in [(2, 0), (CNAME, 0), (12, 0), (15, 1), (33, 3)] {
        let data = [vec![0; 2 * numbers], target.clone()].concat();
        assert_eq!(answer(kind, &data), "= target.example", "{kind}");
        let longer = [data, vec![0; 3]].concat();
        assert_eq!(answer(kind, &longer), "weird DNS_RR_length_mismatch()|= target.example", "{kind}");
    }
    let soa = [target, wire("admin"), vec![0; 20]].concat();
    assert_eq!(answer(6, &soa), "= target.example");
    assert_eq!(answer(6, &soa[..soa.len() - 1]), "");
}

#[test]
fn text_records() {
    for (kind, data, expected) in [
        (TXT, &b"\x03abc"[..], "= TXT 3 abc"),
        (TXT, b"\x01a\x00\x02b,", "= TXT 1 a TXT 0  TXT 2 b,"),
        (99, b"\x06v=spf1", "= SPF 6 v=spf1"),
        (TXT, b"\x01a\x09b", "weird DNS_TXT_char_str_past_rdlen()|= TXT 1 a"),
        (35, b"\0\x01\0\x02\x01u\x03sip\x02!!\0", "= NAPTR 1 2 u sip !!"),
        (35, b"\0\x01\0\x02\x01u\x03SIP\0\x01A\x01b\0", "= NAPTR 1 2 u SIP A.b"),
        (35, b"\0\x01\0\x02\x01u\x03sip\x02!!\x01A\0", "= NAPTR 1 2 u sip !! A"),
        (35, b"\0\x01\0\x02", "violation DNS_NAPTR_too_short"),
        (35, b"\0\x01\0\x02\x01u\x01s", "violation DNS_NAPTR_RR_too_short"),
        (44, b"\x01\x02\xab\x01", "= SSHFP: ab01"),
        (44, b"\x01", ""),
        (29, b"\0\x12\x16\x13\0\0\0\x01\0\0\0\x02\0\0\0\x03", "= LOC:  18 22 19"),
        (
            29,
            b"\x07\x12\x16\x13\0\0\0\x01\0\0\0\x02\0\0\0\x03",
            "weird DNS_LOC_version_unrecognized(7)|= LOC:  18 22 19",
        ),
        (29, b"\0\x12\x16\x13", ""),
        (65534, b"\x05\0\x01\0\x01", "= BIND9 signing signal"),
        (11, b"\x01", "= "),
    ] {
        assert_eq!(answer(kind, data), expected, "{kind} {data:?}");
    }
}

#[test]
fn records_that_are_not_shown() {
    for kind in [13, 32, 249, 257] {
        assert_eq!(answer(kind, &[9, 9]), "", "{kind}");
    }
    assert_eq!(answer(39, &[0]), "= <unknown type=39>|weird DNS_RR_unknown_type(39)");
    assert_eq!(answer(250, &[wire("hmac"), vec![0; 16]].concat()), "");
}

#[test]
fn dnssec_records() {
    let rrsig = |algorithm: u8| [vec![0, 48, algorithm], vec![0; 15], wire("Sig.ner"), vec![1; 9]].concat();
    let dnskey = |flags: u16, rest: [u8; 2]| [words(&[flags]), rest.to_vec(), vec![1; 5]].concat();
    for (kind, data, expected) in [
        (46, rrsig(8), "= RRSIG 48 sig.ner"),
        (46, rrsig(1), "weird DNSSEC_RRSIG_NotRecommended_ZoneSignAlgo(1)|= RRSIG 48 sig.ner"),
        (46, rrsig(252), "weird DNSSEC_RRSIG_Indirect_ZoneSignAlgo(252)|= RRSIG 48 sig.ner"),
        (46, rrsig(253), "weird DNSSEC_RRSIG_PrivateDNS_ZoneSignAlgo(253)|= RRSIG 48 sig.ner"),
        (46, rrsig(254), "weird DNSSEC_RRSIG_PrivateOID_ZoneSignAlgo(254)|= RRSIG 48 sig.ner"),
        (46, rrsig(9), "weird DNSSEC_RRSIG_unknown_ZoneSignAlgo(9)|= RRSIG 48 sig.ner"),
        (46, [vec![0, 1, 8], vec![0; 15], wire("")].concat(), "= RRSIG 1 <Root>"),
        (46, [vec![0, 1, 8], vec![0; 15], wire(""), vec![1]].concat(), "= RRSIG 1 <Root>"),
        (46, vec![0; 17], ""),
        (48, dnskey(0x0101, [3, 13]), "= DNSKEY 13"),
        (48, dnskey(0x0181, [3, 13]), "weird DNSSEC_DNSKEY_Revoked_KSK(385)|= DNSKEY 13"),
        (48, dnskey(0x0102, [3, 13]), "weird DNSSEC_DNSKEY_Invalid_Flag(258)|= DNSKEY 13"),
        (48, dnskey(0x0100, [4, 13]), "weird DNSSEC_DNSKEY_Invalid_Protocol(4)|= DNSKEY 13"),
        (48, dnskey(0x0100, [3, 0]), "weird DNSSEC_DNSKEY_unknown_ZoneSignAlgo(0)|= DNSKEY 0"),
        (48, vec![0; 3], ""),
        (43, vec![0, 1, 8, 2, 7, 7], "= DS 8 2"),
        (43, vec![0, 1, 8, 0, 7, 7], "weird DNSSEC_DS_ReservedDigestType(0)|= DS 8 0"),
        (43, vec![0, 1, 8, 5, 7, 7], "weird DNSSEC_DS_unknown_DigestType(5)|= DS 8 5"),
        (47, [wire("Next"), vec![0, 1, 0x40]].concat(), "= NSEC own.er next"),
        (47, [wire("n"), vec![3, 0]].concat(), "weird DNSSEC_NSEC_bitmapLen0(3)|= NSEC own.er n"),
        (50, vec![1, 0, 0, 1, 0, 1, 9, 0, 1, 0x40], "= NSEC3"),
        (50, vec![1, 0, 0, 1, 0, 1, 9, 4, 0], "weird DNSSEC_NSEC3_bitmapLen0(4)|= NSEC3"),
        (50, vec![1, 0, 0, 1, 0], ""),
        (51, vec![1, 0, 0, 1, 1, 9], "= NSEC3PARAM"),
        (51, vec![1, 0, 0, 1], ""),
    ] {
        assert_eq!(answer(kind, &data), expected, "{kind} {data:?}");
    }
}

#[test]
fn service_bindings() {
    let svcb = |parameters: &[u8]| [vec![0, 1], wire("t"), parameters.to_vec()].concat();
    for (data, weird) in [
        (svcb(b""), ""),
        (svcb(b"\0\x01\0\x06\x02h2\x02h3\0\x03\0\x02\x01\xbb"), ""),
        (svcb(b"\0\x01\0\x03\x02h2\0\x05\0\x01x\0\x04\0\x08aaaabbbb"), ""),
        (vec![0, 1], "DNS_SVCB_wrong_length()"),
        (svcb(b"\0\x01\0\x09\x02h2"), "DNS_SVCB_param_value_toobig(9 capped to 3)"),
        (svcb(b"\0\0\0\x01x"), "DNS_SVCB_mandatory_length_invalid()"),
        (svcb(b"\0\0\0\0"), "DNS_SVCB_mandatory_length_invalid()"),
        (svcb(b"\0\x01\0\x03\x03h2"), "DNS_SVCB_alpn_length_invalid()"),
        (svcb(b"\0\x01\0\x02\0\0"), "DNS_SVCB_alpn_length_invalid()"),
        (svcb(b"\0\x01\0\x04\x02h2\0"), "DNS_SVCB_alpn_length_invalid()"),
        (svcb(b"\0\x02\0\x01x"), "DNS_SVCB_nodefaultalpn_value()"),
        (svcb(b"\0\x03\0\x03abc"), "DNS_SVCB_port_length_invalid()"),
        (svcb(b"\0\x04\0\x03abc"), "DNS_SVCB_hint_length_invalid()"),
        (svcb(b"\0\x06\0\x04abcd"), "DNS_SVCB_hint_length_invalid()"),
        (svcb(b"\0\x07\0\x01x"), "DNS_SVCB_key_reserved_or_invalid()"),
        ([vec![0, 0], wire("t"), b"\0\x05\0\0".to_vec()].concat(), "DNS_SVCB_aliasmode_with_params()"),
    ] {
        let expected = if weird.is_empty() { String::new() } else { format!("weird {weird}") };
        assert_eq!(answer(64, &data), expected, "{data:?}");
        assert_eq!(answer(65, &data), expected, "{data:?}");
    }
}

#[test]
fn options() {
    for (data, weird) in [
        (&b"\0\x08\0\x07\0\x01\x18\0\x0a\0\0"[..], ""),
        (b"\0\x0a\0\x08cookieco", ""),
        (b"\0\x08\0\x04\0\x01\0\0", "EDNS_ECS_invalid_option_len()"),
        (b"\0\x08\0\x05\0\x01\x21\0\x0a", "EDNS_ECS_invalid_addr_v4_prefix(33 bits)"),
        (b"\0\x08\0\x05\0\x01\x18\0\x0a", "EDNS_ECS_invalid_addr_v4(need 24 bits, have 8 bits)"),
        (b"\0\x08\0\x05\0\x02\x81\0\x0a", "EDNS_ECS_invalid_addr_v6_prefix(129 bits)"),
        (b"\0\x08\0\x05\0\x02\x18\0\x0a", "EDNS_ECS_invalid_addr_v6(need 24 bits, have 8 bits)"),
        (b"\0\x08\0\x05\0\x09\xff\0\x0a", ""),
        (b"\0\x0b\0\0", "EDNS_TCP_Keepalive_In_UDP()"),
        (b"\0\x0b\0\x03abc", ""),
        (b"\0\x0a\0\x09abc", "EDNS_truncated_option()"),
        (b"\0\x0a\0", "EDNS_truncated_option()"),
    ] {
        let expected = if weird.is_empty() { String::new() } else { format!("weird {weird}") };
        assert_eq!(answer(41, data), expected, "{data:?}");
    }
}

#[test]
fn faults_that_end_a_message() {
    let base = [header(1, REPLY, [0, 2, 0, 0]), rr("a", A, IN, 1, &[1, 2, 3, 4])].concat();
    let first = "a 1 = 1.2.3.4";
    let with = |more: &[u8]| notes(&[&base, more].concat());
    assert_eq!(with(b""), [first, "weird DNS_truncated_ans_too_short()"]);
    assert_eq!(
        with(&rr("b", A, IN, 1, &[1, 2, 3, 4])[..14]),
        [first, "weird DNS_truncated_RR_rdlength_lt_len()"]
    );
    assert_eq!(with(&[rr("b", A, IN, 1, &[]), vec![0]].concat()), [first, "weird DNS_zero_rdlength()"]);
    // Without data at the message's end, the type decides.
    assert_eq!(with(&rr("b", CNAME, IN, 1, &[])), [first, "b 1 = ", "confirm"]);
}

#[test]
fn data_of_a_wks_record_is_read_as_the_next_record() {
    let wks = rr("a", 11, IN, 1, &[1, 2, 3, 4, 6, 0xff]);
    let message = [header(1, REPLY, [0, 2, 0, 0]), wks, rr("b", A, IN, 1, &[1, 2, 3, 4])].concat();
    let notes = notes(&message);
    assert_eq!(notes[0], "a 1 = ");
    assert!(!notes.contains(&"b 1 = 1.2.3.4".to_owned()), "{notes:?}");
}

#[test]
fn updates() {
    let zone = question("zone", 6);
    let update = |pre: &[u8], counts: [u16; 2], up: &[u8]| {
        let head = header(1, REPLY | UPDATE, [1, counts[0], counts[1], 0]);
        notes(&[&head, &zone, pre, up].concat())
    };
    for (class, kind, ttl, data, expected) in [
        (NONE, ANY, 0, &b""[..], "n 0 = pre: NameNotInUse n"),
        (ANY, ANY, 0, b"", "n 0 = pre: NameInUse n"),
        (NONE, A, 0, b"", "n 0 = pre: NoRRSet A n"),
        (ANY, 28, 0, b"", "n 0 = pre: RRSetExists AAAA n"),
        (IN, CNAME, 0, b"", "n 0 = pre: RRSetExists CNAME n"),
        (IN, CNAME, 7, b"", "weird DNS_dynamic_update_prereq_nonzero_ttl(7)"),
        (IN, CNAME, u32::MAX, b"", "weird DNS_dynamic_update_prereq_nonzero_ttl(-1)"),
        (3, CNAME, 0, b"", "weird DNS_dynamic_update_invalid_prereq()"),
    ] {
        assert_eq!(update(&rr("N", kind, class, ttl, data), [1, 0], b""), [expected, "confirm"]);
    }
    for (class, kind, ttl, data, expected) in [
        (ANY, ANY, 0, &b""[..], "n 0 = del: RRSet * n"),
        (ANY, 99, 0, b"", "n 0 = del: RRSet SPF"),
        (IN, A, 60, &[1, 2, 3, 4], "n 60 = add: A n 1.2.3.4"),
        (IN, 28, 60, &[0; 16], "n 60 = add: AAAA n ::"),
        (NONE, CNAME, 0, b"\x01t\0", "n 0 = add: t"),
        (IN, CNAME, 1, b"\x04del:\0", "n 1 = del:"),
    ] {
        assert_eq!(update(b"", [0, 1], &rr("N", kind, class, ttl, data)), [expected, "confirm"]);
    }
    let odd = rr("N", A, 3, 0, b"");
    assert_eq!(update(b"", [0, 1], &odd), ["weird DNS_dynamic_update_invalid_update()", "confirm"]);
}

#[test]
fn zones_of_updates() {
    let two = [header(1, UPDATE, [2, 0, 0, 0]), question("z", 6), question("z", 6)].concat();
    assert_eq!(outcome(PLAIN, &two), (Outcome::Ended, vec!["weird DNS_DU_invalid_zone_count(2)".into()]));
    let wrong = [header(1, UPDATE, [1, 0, 0, 0]), question("z", A)].concat();
    assert_eq!(outcome(PLAIN, &wrong), (Outcome::Dropped, vec!["weird DNS_DU_incorrect_zone_type()".into()]));
    // On the NetBIOS port the same number is a registration, which has a question.
    assert_eq!(outcome(NETBIOS, &wrong).1, ["z 1 1?", "confirm"]);
}

/// The name at the end of a message, with what was raised, and how far it reaches.
fn name_at(message: &[u8], at: usize, fold: bool, long: bool) -> (String, Vec<String>, usize) {
    let mut notes = Notes::default();
    let (mut name, mut cursor) = (Name::new(), Cursor::new(message, at));
    name.read(&mut cursor, fold, long, &mut notes);
    (text(name.text()), notes.0, cursor.at())
}

#[test]
fn names() {
    let weird = |name: &str| vec![format!("weird {name}()")];
    let long = [vec![70; 71], vec![0]].concat();
    for (message, at, expected, weirds, end) in [
        (b"\x03WwW\x01a\0.".to_vec(), 0, "www.a", vec![], 7),
        (b"\0.".to_vec(), 0, "", vec![], 1),
        (b"\x01a\0\x01B\xc0\0.".to_vec(), 3, "b.a", vec![], 7),
        (b"\0\x01B\xc0\0.".to_vec(), 1, "b", vec![], 5),
        (b"\x01a\0\x01b\xc0\x05.".to_vec(), 3, "b", weird("DNS_label_forward_compress_offset"), 7),
        (b"\x01a\0\x01b\xc0\x09.".to_vec(), 3, "b", weird("DNS_label_forward_compress_offset"), 7),
        (b"\x01a\x09bc".to_vec(), 0, "a", weird("DNS_label_len_gt_pkt"), 5),
        (b"\x01a\x09".to_vec(), 0, "a", vec![], 3),
        (b"\x01a\xc0".to_vec(), 0, "a", vec![], 3),
        (b"\x01a".to_vec(), 0, "a", vec![], 2),
        // What a pointer leads to ends where the pointer stands.
        (b"\x03abc\xc0\0.".to_vec(), 4, "abc", vec![], 6),
        (long.clone(), 0, "", weird("DNS_label_too_long"), 1),
    ] {
        assert_eq!(name_at(&message, at, true, false), (expected.into(), weirds, end), "{message:?}");
    }
    assert_eq!(name_at(&long, 0, false, true), ("F".repeat(70), vec![], 72));
    assert_eq!(name_at(b"\x01A\0\x01B\xc0\0.", 3, false, false).0, "B.a");
}

#[test]
fn long_names() {
    let labels = |count: usize| [[&[63][..], &[b'x'; 63]].concat().repeat(count), vec![0, 0]].concat();
    let (name, weirds, _) = name_at(&labels(4), 0, true, false);
    assert_eq!((name.len(), weirds), (255, vec!["weird DNS_NAME_too_long()".to_owned()]));
    let (name, weirds, end) = name_at(&labels(9), 0, true, false);
    assert_eq!((name.len(), end), (511, 8 * 64 + 1));
    assert_eq!(weirds, ["weird DNS_label_len_gt_name_len()", "weird DNS_NAME_too_long()"]);
}

#[test]
fn chains_of_pointers() {
    // Each pointer leads to the one before it.
    let chain = |length: usize| {
        let mut message = b"\x01a\0".to_vec();
        let mut target = 0u16;
        for _ in 0..length {
            let here = message.len() as u16;
            message.extend((0xc000 | target).to_be_bytes());
            target = here;
        }
        message.push(b'.');
        message
    };
    let read = |message: &[u8]| name_at(message, message.len() - 3, true, false);
    assert_eq!((read(&chain(20)).0.as_str(), read(&chain(20)).1.len()), ("a", 0));
    let (name, weirds, _) = read(&chain(21));
    assert_eq!(
        (name.as_str(), weirds),
        ("", vec!["weird DNS_max_compression_chain_depth_exceeded()".into()])
    );
}

fn encoded(name: &[u8; 16]) -> Vec<u8> {
    name.iter().flat_map(|byte| [b'A' + (byte >> 4), b'A' + (byte & 15)]).collect()
}

#[test]
fn netbios_names() {
    for (name, expected) in [
        (b"WORKGROUP      \x1d", Some(&b"WORKGROUP"[..])),
        (b"\x01\x02__MSBROWSE__\x02\x01", Some(b"\x01\x02__MSBROWSE__\x02")),
        (b"               \0", None),
        (b"*\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", Some(b"*")),
        (b"AB\x7fC            ", Some(b"AB")),
        (b"\x7fABC            ", None),
        (b"ABCDEFGHIJKLMNO ", Some(b"ABCDEFGHIJKLMNO")),
    ] {
        assert_eq!(netbios(&encoded(name)).as_deref(), expected);
        assert_eq!(netbios(&encoded(name).to_ascii_lowercase()).as_deref(), expected);
    }
    assert_eq!(netbios(b"workgroup"), None);
    assert_eq!(netbios(&[b'Q'; 32]), None);
}

#[test]
fn name_tables() {
    for (number, name) in [
        (1, "A"),
        (65, "HTTPS"),
        (54, "query-54"),
        (0, "query-0"),
        (66, "query-66"),
        (255, "*"),
        (65521, "INTEGRITY"),
    ] {
        assert_eq!(tables::type_name(number), name);
    }
    assert_eq!(tables::class_name(32769), "qclass-32769");
    assert_eq!((tables::code_name(8), tables::code_name(12)), ("NXRRSet".into(), "unassigned-12".into()));
    assert_eq!(
        (tables::opcode_name(3, false), tables::opcode_name(6, false)),
        ("opcode-3".into(), "dso".into())
    );
    assert_eq!(
        (tables::opcode_name(9, true), tables::opcode_name(6, true)),
        ("netbios-opcode-9".into(), "netbios-release".into())
    );
}

/// Feeds headers to a pairing; the rows that come out, as "id query rcode".
struct Desk {
    pairing: Pairing,
    now: i64,
    records: Vec<Dns>,
    netbios: bool,
}

impl Desk {
    fn new() -> Self {
        Self { pairing: Pairing::default(), now: 0, records: Vec::new(), netbios: false }
    }

    fn send(&mut self, message: &[u8]) -> &mut Self {
        self.now += 1;
        let now = Timestamp::from_parts(self.now, 0);
        let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let conn = ConnTag { uid: None, orig_h: host, orig_p: 1, resp_h: host, resp_p: 53, ip_proto: 17 };
        let birth = Birth { ts: now, conn, proto: Enum("udp") };
        let header = Header::read(message).unwrap();
        let records = &mut self.records;
        if header.is_tracked() {
            self.pairing.select(&header, self.netbios, &birth, &mut |row| records.push(row.clone()));
        }
        let setting = if self.netbios { NETBIOS } else { PLAIN };
        let mut filler = Filler { now, row: self.pairing.current(), netbios: self.netbios };
        if parse(message, &header, setting, &mut filler) == Outcome::Ended {
            self.pairing.end(&header, &mut |row| records.push(row.clone()));
        }
        self
    }

    fn finish(&mut self) -> &mut Self {
        let records = &mut self.records;
        self.pairing.flush(&mut |row| records.push(row.clone()));
        self
    }

    fn rows(&mut self) -> Vec<String> {
        let number = |n: Option<u64>| n.map_or("-".to_owned(), |n| n.to_string());
        let row = |r: Dns| {
            let query = r.query.map_or("-".to_owned(), |q| text(&q));
            format!("{} {query} {}", number(r.trans_id), number(r.rcode))
        };
        self.records.drain(..).map(row).collect()
    }
}

struct Filler<'a> {
    now: Timestamp,
    row: Option<&'a mut Row>,
    netbios: bool,
}

impl Sink for Filler<'_> {
    fn weird(&mut self, _: &'static str, _: &str) {}
    fn violation(&mut self, _: &'static str) {}
    fn confirm(&mut self) {}

    fn question(&mut self, header: &Header, question: &Question<'_>) {
        self.row.iter_mut().for_each(|row| row.question(header, question, self.netbios));
    }

    fn answer(&mut self, header: &Header, owner: &[u8], ttl: u32, text: Vec<u8>) {
        self.row.iter_mut().for_each(|row| row.answer(header, self.now, owner, ttl, text.clone()));
    }
}

fn ask(id: u16, name: &str) -> Vec<u8> {
    [header(id, QUERY, [1, 0, 0, 0]), question(name, A)].concat()
}

fn reply(id: u16, name: &str) -> Vec<u8> {
    [header(id, REPLY | 0x0280, [1, 1, 0, 0]), question(name, A), rr(name, A, IN, 60, &[1, 2, 3, 4])].concat()
}

fn refuse(id: u16, name: &str, rcode: u16, additional: u16) -> Vec<u8> {
    [header(id, REPLY | rcode, [1, 0, 0, additional]), question(name, A)].concat()
}

#[test]
fn a_pair_makes_a_row() {
    let mut desk = Desk::new();
    desk.send(&[header(7, QUERY | 0x0020, [1, 0, 0, 0]), question("A.example", 28)].concat());
    assert_eq!(desk.records.len(), 0);
    let two = [rr("a.example", CNAME, IN, 5, &wire("b")), rr("b", 28, IN, 6, &[0; 16])].concat();
    desk.send(&[header(7, REPLY | 0x0280, [1, 2, 0, 0]), question("a.example", 1), two].concat());
    let row = desk.records.pop().unwrap();
    assert_eq!((row.qtype, row.qtype_name.as_deref()), (Some(28), Some("AAAA")));
    assert_eq!((row.qclass_name.as_deref(), row.opcode_name.as_deref()), (Some("C_INTERNET"), Some("query")));
    assert_eq!((row.aa, row.tc, row.rd, row.ra, row.z, row.rejected), (true, false, true, true, 2, false));
    assert_eq!(row.answers.unwrap().0, [b"b".to_vec(), b"::".to_vec()]);
    assert_eq!(row.ttls.unwrap().0.iter().map(|ttl| ttl.nanos() / 1_000_000_000).collect::<Vec<_>>(), [5, 6]);
    assert_eq!(row.rtt.unwrap().nanos(), 1_000_000_000);
    assert_eq!(desk.finish().records.len(), 0);
}

#[test]
fn replies_without_answers() {
    let mut desk = Desk::new();
    // NXDOMAIN with nothing, NOERROR with nothing, NOERROR with an OPT, an error without a question.
    desk.send(&ask(1, "a")).send(&refuse(1, "a", 3, 0));
    desk.send(&ask(2, "b")).send(&refuse(2, "b", 0, 0));
    desk.send(&ask(3, "c")).send(&refuse(3, "c", 0, 1));
    desk.send(&ask(4, "d")).send(&header(4, REPLY | 5, [0, 0, 0, 0]));
    let rejected: Vec<_> = desk.records.iter().map(|row| row.rejected).collect();
    assert_eq!(rejected, [true, true, false, true]);
    assert!(desk.records.iter().all(|row| row.rtt.is_none() && !row.aa && row.answers.is_none()));
    assert_eq!(desk.records[0].rcode_name.as_deref(), Some("NXDOMAIN"));
}

#[test]
fn repeated_messages_make_rows_of_their_own() {
    let mut desk = Desk::new();
    desk.send(&ask(1, "a")).send(&ask(1, "a")).send(&reply(1, "a"));
    assert_eq!(desk.rows(), ["1 a 0"]);
    assert_eq!(desk.finish().rows(), ["1 a -"]);
    desk.send(&ask(2, "b")).send(&reply(2, "b")).send(&reply(2, "B"));
    assert_eq!(desk.rows(), ["2 b 0"]);
    desk.finish();
    let row = &desk.records[0];
    assert_eq!((row.rtt, row.qtype, row.z, row.rd, row.tc), (None, None, 0, false, false));
    assert!(row.aa && row.ra && row.answers.is_some());
    assert_eq!(desk.rows(), ["2 b 0"]);
}

#[test]
fn a_late_query_completes_a_reply() {
    let mut desk = Desk::new();
    desk.send(&reply(1, "a")).send(&reply(1, "b")).send(&ask(1, "c"));
    assert_eq!(desk.rows(), ["1 c 0"]);
    assert_eq!(desk.finish().rows(), ["1 b 0"]);
}

#[test]
fn the_first_place_is_refilled() {
    let mut desk = Desk::new();
    for (id, name) in [(1, "a"), (2, "b"), (3, "c"), (1, "d"), (2, "e")] {
        desk.send(&ask(id, name));
    }
    desk.send(&reply(3, "c")).send(&reply(1, "a"));
    assert_eq!(desk.rows(), ["3 c 0", "1 a 0"]);
    // The same id comes first, then any; what is left ends in order.
    desk.send(&reply(1, "d"));
    assert_eq!(desk.rows(), ["1 d 0"]);
    desk.send(&ask(9, "f")).send(&reply(8, "g"));
    assert_eq!(desk.finish().rows(), ["2 b -", "2 e -", "9 f -", "8 g 0"]);
}

#[test]
fn too_many_rows_are_given_up() {
    let mut desk = Desk::new();
    desk.send(&ask(0, "first"));
    for id in 1..=51 {
        desk.send(&ask(id, "a"));
    }
    assert_eq!(desk.records.len(), 0);
    desk.send(&ask(52, "b"));
    assert_eq!((desk.records.len(), desk.rows()[50].clone()), (51, "51 a -".to_owned()));
    assert_eq!(desk.finish().rows(), ["0 first -", "52 b -"]);
    desk.send(&ask(0, "first"));
    for _ in 1..=51 {
        desk.send(&ask(1, "a"));
    }
    assert_eq!(desk.records.len(), 0);
    desk.send(&ask(1, "b"));
    assert_eq!(desk.rows().len(), 51);
    assert_eq!(desk.finish().rows(), ["0 first -", "1 b -"]);
    for _ in 0..52 {
        desk.send(&reply(1, "a"));
    }
    assert_eq!(desk.rows().len(), 51);
}

#[test]
fn waiting_rows_are_bounded_by_bytes() {
    let mut desk = Desk::new();
    let long = [&[255][..], &[b'x'; 255]].concat().repeat(200);
    for id in 0..40 {
        desk.send(&[header(id, REPLY, [0, 1, 0, 0]), rr("a", TXT, IN, 1, &long)].concat());
        assert!(desk.pairing.held() < 1 << 21);
    }
    assert!(!desk.records.is_empty());
    desk.finish();
    assert_eq!(desk.records.len(), 40);
    assert!(desk.pairing.held() < 1 << 14);
}

#[test]
fn answers_of_a_row_are_bounded() {
    let answers = rr("", CNAME, IN, 1, &wire("a")).repeat(4000);
    let mut desk = Desk::new();
    desk.send(&[header(1, REPLY, [0, 4000, 0, 0]), answers].concat()).finish();
    assert_eq!(desk.records[0].answers.as_ref().unwrap().0.len(), 1000);
}

#[test]
fn netbios_rows() {
    let mut desk = Desk::new();
    desk.netbios = true;
    let name = text(&encoded(b"WORKGROUP      \0"));
    let message = |id, flags: u16| {
        let question = [wire(&name), words(&[33, IN])].concat();
        [header(id, flags, [1, 0, 0, 0]), question].concat()
    };
    desk.send(&message(1, 0)).send(&message(2, 6 << 11));
    assert_eq!(desk.records.len(), 0);
    // A reply of another operation marks the open row, which is written now and once more at the end.
    desk.send(&message(2, 0x8000 | 6 << 11));
    assert_eq!(desk.records[0].qtype_name.as_deref(), Some("NBSTAT"));
    assert_eq!(desk.records[0].opcode_name.as_deref(), Some("netbios-query"));
    assert!(desk.records[0].rejected);
    assert_eq!(desk.rows(), ["1 WORKGROUP -"]);
    desk.send(&message(1, 0x8000 | 5));
    assert_eq!(desk.rows(), ["1 WORKGROUP 5"]);
    // A flow of releases has no rows.
    desk.send(&message(3, 6 << 11)).send(&message(3, 0x8000 | 6 << 11));
    assert_eq!(desk.finish().rows().len(), 0);
    // A name that is none stays, in lower case.
    desk.send(&ask(4, "NoName"));
    assert_eq!(desk.finish().rows(), ["4 noname -"]);
}

#[test]
fn an_update_of_a_wrong_zone_never_ends() {
    let mut desk = Desk::new();
    let message = |flags| [header(1, UPDATE | flags, [1, 0, 0, 0]), question("z", A)].concat();
    desk.send(&message(0)).send(&message(REPLY));
    assert_eq!(desk.finish().rows().len(), 0);
}

/// A message with many kinds of records and pointers.
fn rich() -> Vec<u8> {
    let kinds = [1, 6, 11, 13, 15, 16, 28, 29, 32, 33, 35, 41, 43, 44, 46, 47, 48, 50, 51, 64, 99, 250, 257];
    let records: Vec<u8> =
        kinds.iter().flat_map(|kind| rr("a.b", *kind, IN, 9, b"\xc0\x0c\x01a\0")).collect();
    [header(1, REPLY, [1, kinds.len() as u16, 0, 0]), question("a", A), records].concat()
}

#[test]
fn every_cut_is_survived() {
    let message = rich();
    for flags in [REPLY, REPLY | UPDATE, QUERY] {
        for end in 12..message.len() {
            let mut cut = message[..end].to_vec();
            cut[2..4].copy_from_slice(&flags.to_be_bytes());
            for setting in [PLAIN, NETBIOS] {
                outcome(setting, &cut);
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(
        ids in proptest::collection::vec((0u16..3, any::<u16>(), any::<[u8; 4]>()), 1..20),
        body in proptest::collection::vec(any::<u8>(), 0..300),
        kind in 0u16..300,
    ) {
        let mut desk = Desk::new();
        for (id, flags, counts) in ids {
            let counts = counts.map(u16::from);
            desk.send(&[header(id, flags, counts), body.clone()].concat());
            desk.send(&[header(id, REPLY, [0, 1, 0, 0]), rr("a", kind, IN, 1, &body)].concat());
        }
        desk.finish();
    }
}
