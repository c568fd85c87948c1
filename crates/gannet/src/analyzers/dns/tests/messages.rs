//! Headers, questions, and every type of record with its text and its faults.

use super::*;

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

/// RFC 9460, appendix D, and RFC 8659, section 4; shown by request.
#[test]
fn in_presentation_form() {
    let binding = |priority: u16, target: &str, parameters: &[u8]| {
        [priority.to_be_bytes().to_vec(), wire(target), parameters.to_vec()].concat()
    };
    let protocols = b"\0\0\0\x04\0\x01\0\x04\0\x01\0\x06\x02h2\x02h3\0\x02\0\0";
    let both = [&protocols[..], b"\0\x03\0\x02\x01\xbb\0\x04\0\x08\xc0\0\x02\x01\xc0\0\x02\x02"].concat();
    let six = [&b"\0\x05\0\x03abc\0\x06\0\x10\x20\x01\x0d\xb8"[..], &[0; 11], &[1]].concat();
    let reserved = "weird DNS_SVCB_key_reserved_or_invalid()";
    for (kind, data, expected) in [
        (64, binding(0, "foo.example.com", b""), "= SVCB 0 foo.example.com".to_owned()),
        (65, binding(1, "", b""), "= HTTPS 1 .".to_owned()),
        (
            65,
            binding(1, "", &both),
            "= HTTPS 1 . mandatory=alpn,ipv4hint alpn=h2,h3 no-default-alpn port=443 ipv4hint=192.0.2.1,192.0.2.2"
                .to_owned(),
        ),
        (64, binding(16, "a", &six), "= SVCB 16 a ech=YWJj ipv6hint=2001:db8::1".to_owned()),
        (
            64,
            binding(1, "a", b"\0\x07\0\x06/q{?d}"),
            format!("{reserved}|= SVCB 1 a dohpath=/q{{?d}}"),
        ),
        (
            64,
            binding(1, "a", b"\x02\x9b\0\x08hello\xd2qo"),
            format!("{reserved}|= SVCB 1 a key667=hello\\210qo"),
        ),
        (64, binding(1, "a", b"\0\x01\0\x08\x03f\\b\x03o,o"), "= SVCB 1 a alpn=f\\\\b,o\\,o".to_owned()),
        (
            64,
            binding(1, "a", b"\0\x03\0\x03abc"),
            "weird DNS_SVCB_port_length_invalid()|= SVCB 1 a key3=abc".to_owned(),
        ),
        (257, b"\0\x05issueca1.example.net".to_vec(), "= CAA 0 issue \"ca1.example.net\"".to_owned()),
        (257, b"\x80\x03tbs\"x\"".to_vec(), "= CAA 128 tbs \"\\\"x\\\"\"".to_owned()),
        (257, b"\0\x05issue".to_vec(), "= CAA 0 issue \"\"".to_owned()),
        (257, b"\0\x09issue".to_vec(), String::new()),
        (257, b"\0".to_vec(), String::new()),
        (13, b"\x01a\x01b".to_vec(), String::new()),
    ] {
        assert_eq!(answer_by(Setting { more: true, ..PLAIN }, kind, &data), expected, "{kind} {data:?}");
        assert!(!answer(kind, &data).contains("= "), "{kind} {data:?}: not asked for");
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
