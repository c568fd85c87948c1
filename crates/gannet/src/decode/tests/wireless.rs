//! IEEE 802.11: data frames, radiotap, and frames that hold several others.

use super::{outcome, run, see};
use crate::base::packet::LinkType;
use crate::testing::{Ip, Lab, Rows, arp, udp, v4, v6};

const IEEE802_11: LinkType = LinkType(105);
const RADIOTAP: LinkType = LinkType(127);

const FOUR: &str = "udp 10.0.0.1:7 10.0.0.2:9";
const SIX: &str = "udp 2001:db8::1:7 2001:db8::2:9";
const SNAP: [u8; 6] = [0xaa, 0xaa, 3, 0, 0, 0];

/// First bytes of a data frame, without and with QoS.
const DATA: u8 = 0x08;
const QOS: u8 = 0x88;

fn four() -> Ip {
    v4(17, &udp((7, 9), b"0123456789"))
}

fn six() -> Ip {
    v6(17, &udp((7, 9), b"0123456789"))
}

fn snap(ethertype: u16, payload: &[u8]) -> Vec<u8> {
    [&SNAP, ethertype.to_be_bytes().as_slice(), payload].concat()
}

fn packet(packet: &Ip) -> Vec<u8> {
    snap(if packet.src.is_ipv4() { 0x0800 } else { 0x86dd }, &packet.bytes())
}

/// A frame: its first two bytes, what is behind its 24 bytes.
fn frame(kind: u8, flags: u8, rest: &[u8]) -> Vec<u8> {
    [&[kind, flags], [0; 22].as_slice(), rest].concat()
}

/// A frame of several.
fn aggregate(parts: &[Vec<u8>]) -> Vec<u8> {
    frame(QOS, 1, &[&[0x80, 0], parts.concat().as_slice()].concat())
}

fn part(body: &[u8]) -> Vec<u8> {
    [&[0; 12], (body.len() as u16).to_be_bytes().as_slice(), body].concat()
}

/// A part with the padding that Zeek expects behind it: as many bytes as its length is beyond a multiple of four.
fn padded(body: &[u8]) -> Vec<u8> {
    [part(body), vec![0; body.len() % 4]].concat()
}

fn radiotap(present: [u8; 4], fields: &[u8], frame: &[u8]) -> Vec<u8> {
    let length = (8 + fields.len() as u16).to_le_bytes();
    [&[0, 0], length.as_slice(), &present, fields, frame].concat()
}

fn check(link: LinkType, rows: &[(&str, Vec<u8>, &str)]) {
    for (rule, bytes, expected) in rows {
        assert_eq!(see(link, bytes), *expected, "{rule}");
    }
}

/// The same inside GRE, where no filter comes before.
fn unfiltered(frame: &[u8]) -> String {
    let rows = run(crate::testing::RAW, &v4(47, &[&[0, 0, 0x82, 0], frame].concat()).bytes(), 9999, true);
    outcome(&rows).replace("_in_tunnel", "")
}

#[test]
fn data_frames() {
    let (four, six) = (packet(&four()), packet(&six()));
    let with_qos = |flags: u8, rest: &[u8]| frame(QOS, flags, &[&[0, 0], rest].concat());
    check(
        IEEE802_11,
        &[
            ("IPv4", frame(DATA, 1, &four), FOUR),
            ("IPv6", frame(DATA, 2, &six), SIX),
            ("between stations", frame(DATA, 0, &four), FOUR),
            ("four addresses", frame(DATA, 3, &[&[0; 6], four.as_slice()].concat()), FOUR),
            ("QoS", with_qos(1, &four), FOUR),
            ("QoS and four addresses", frame(QOS, 3, &[&[0; 8], four.as_slice()].concat()), FOUR),
            ("ARP", frame(DATA, 1, &snap(0x0806, &arp())), "nothing"),
            ("ARP, cut", frame(DATA, 1, &snap(0x0806, &arp()[..20])), "; truncated_ARP/ARP"),
            ("another type", frame(DATA, 1, &snap(0x888e, &four)), "nothing"),
            (
                "no SNAP",
                frame(DATA, 1, &[&[0x42, 0x42, 3, 0, 0, 0, 8, 0], four.as_slice()].concat()),
                "nothing",
            ),
            (
                "another organisation",
                frame(DATA, 1, &[&[0xaa, 0xaa, 3, 0, 0, 1, 8, 0], four.as_slice()].concat()),
                "nothing",
            ),
            ("management", frame(0x80, 0, &four), "nothing"),
            ("control", frame(0xb4, 0, &four), "nothing"),
            ("of no data", frame(0x48, 1, &four), "nothing"),
            ("QoS of no data", frame(0xc8, 1, &four), "nothing"),
            ("protected, with QoS", with_qos(0x41, &four), "nothing"),
            ("protected, without QoS: taken for plain", frame(DATA, 0x41, &four), FOUR),
            (
                "a short management frame",
                frame(0x80, 0, &[])[..24].to_vec(),
                "; truncated_802_11_header/IEEE802_11",
            ),
            ("a short control frame", vec![0xb4, 0, 0, 0], "; truncated_802_11_header/IEEE802_11"),
            ("a byte of one", vec![0x80], "; truncated_802_11_header/IEEE802_11"),
        ],
    );
}

/// A data frame that ends before its EtherType never gets through the filter that looks for that; in a tunnel there is no
/// filter.
#[test]
fn short_data_frames() {
    let truncated = "; truncated_802_11_header/IEEE802_11";
    let llc = "; truncated_802_11_llc_header/IEEE802_11";
    for (rule, bytes, inside) in [
        ("24 bytes", frame(DATA, 1, &[]), truncated),
        ("a byte of LLC", frame(DATA, 1, &[0xaa]), llc),
        ("seven bytes of LLC", frame(DATA, 1, &SNAP), llc),
        ("30 bytes with four addresses", frame(DATA, 3, &[0; 6]), truncated),
        ("24 bytes with QoS", frame(QOS, 1, &[]), truncated),
        ("26 bytes with QoS", frame(QOS, 1, &[0, 0]), truncated),
        ("27 bytes with QoS", frame(QOS, 1, &[0, 0, 0xaa]), llc),
        ("QoS and four addresses", frame(QOS, 3, &[0; 8]), truncated),
    ] {
        assert_eq!(unfiltered(&bytes), inside, "{rule}");
        assert_eq!(see(IEEE802_11, &bytes), "nothing", "{rule}");
        assert_eq!(see(RADIOTAP, &radiotap([0; 4], &[], &bytes)), "nothing", "{rule}");
    }
    check(
        IEEE802_11,
        &[
            ("the filter does not know of four addresses", frame(DATA, 3, &[0; 8]), llc),
            ("32 bytes", frame(DATA, 1, &snap(0x0800, &[])), "; truncated_IP/IP"),
        ],
    );
}

#[test]
fn radiotap_headers() {
    let frame = frame(DATA, 1, &packet(&four()));
    let qos = |pad: usize| self::frame(QOS, 1, &[vec![0; 2 + pad], packet(&four())].concat());
    let short = |rest: usize| self::frame(QOS, 1, &vec![0; 2 + rest]);
    check(
        RADIOTAP,
        &[
            ("a header", radiotap([0; 4], &[], &frame), FOUR),
            ("with fields", radiotap([2, 0, 0, 0], &[0; 12], &frame), FOUR),
            ("management", radiotap([0; 4], &[], &self::frame(0x80, 0, &[1])), "nothing"),
            ("three bytes are not seen", vec![0, 0, 8], "nothing"),
            ("nor is a header alone", radiotap([0; 4], &[], &[]), "nothing"),
            ("nor one that says it is longer", radiotap([0; 4], &[], &frame)[..7].to_vec(), "nothing"),
            (
                "a short control frame is",
                radiotap([0; 4], &[], &[0xb4, 0]),
                "; truncated_802_11_header/IEEE802_11",
            ),
            ("a length of zero: the header is the frame", [&[8, 1, 0, 0], &frame[4..]].concat(), FOUR),
            ("QoS", radiotap([0; 4], &[], &qos(0)), FOUR),
            ("QoS, with flags", radiotap([2, 0, 0, 0], &[0], &qos(0)), FOUR),
            ("enough for a type", radiotap([2, 0, 0, 0], &[0], &short(8)), "nothing"),
            ("not if the header is padded", radiotap([2, 0, 0, 0], &[0x20], &[0x88, 1]), "nothing"),
            ("QoS, flags behind a clock", radiotap([3, 0, 0, 0], &[0; 9], &qos(0)), FOUR),
            ("QoS, flags cut", radiotap([3, 0, 0, 0], &[], &short(0)[..6]), "nothing"),
            ("QoS, more bits", radiotap([2, 0, 0, 0x80], &[0; 5], &qos(0)), FOUR),
        ],
    );
}

/// Runs one frame and gives its weirds with their addresses.
fn weirds(rows: &Rows) -> Vec<String> {
    let text = |weird: &crate::events::Weird| match &weird.conn {
        Some(tag) => format!("{} {} {}", weird.name, tag.orig_h, tag.resp_h),
        None => weird.name.clone(),
    };
    rows.weirds().map(text).collect()
}

#[test]
fn frames_of_several() {
    let other = packet(&v4(17, &udp((8, 9), b"01234567")));
    let (four, six) = (packet(&four()), packet(&six()));
    assert_eq!((four.len() % 4, six.len() % 4, other.len() % 4), (2, 2, 0));
    let both = format!("{FOUR} | udp 10.0.0.1:8 10.0.0.2:9");
    check(
        IEEE802_11,
        &[
            ("one", aggregate(&[part(&four)]), FOUR),
            ("the last one is not padded", aggregate(&[padded(&four), part(&other)]), &both),
            ("but may be", aggregate(&[padded(&four), padded(&other)]), &both),
            (
                "three",
                aggregate(&[padded(&other), padded(&four), part(&six)]),
                &format!("udp 10.0.0.1:8 10.0.0.2:9 | {FOUR} | {SIX}"),
            ),
            ("ARP among them", aggregate(&[padded(&snap(0x0806, &arp())), part(&four)]), FOUR),
            (
                "a part without header",
                aggregate(&[vec![0; 13]]),
                "; truncated_802_11_amsdu_header/IEEE802_11",
            ),
            (
                "a part that is cut",
                aggregate(&[part(&four)[..50].to_vec()]),
                "; truncated_802_11_amsdu_packet/IEEE802_11",
            ),
            ("protected", frame(QOS, 0x41, &[&[0x80, 0], part(&four).as_slice()].concat()), "nothing"),
        ],
    );
}

/// The first bad part is the last that is looked at. What is said after a packet was seen is said of its addresses.
#[test]
fn frames_of_several_that_are_bad() {
    let (good, other) = (packet(&four()), packet(&six()));
    let one = |parts: &[Vec<u8>]| {
        let mut lab = Lab::on(IEEE802_11);
        lab.bytes(1.0, &aggregate(parts));
        lab.finish()
    };
    const INVALID: &str = "invalid_802_11_amsdu_inner_packet";
    let bad: &[(&str, Vec<u8>, &[&str])] = &[
        ("no SNAP", vec![0x42; 40], &[]),
        ("another type", snap(0x888e, &[0; 20]), &[]),
        ("too short", SNAP.to_vec(), &["truncated_802_11_llc_header"]),
        ("ARP that is cut", snap(0x0806, &arp()[..20]), &["truncated_ARP"]),
        ("no IP", snap(0x0800, &[0x90; 40]), &["unknown_ip_version"]),
        ("GRE that is cut", packet(&v4(47, &[0; 3])), &["truncated_GRE"]),
        ("a packet in a packet that does not fit", packet(&v4(4, &[0x45; 30])), &["truncated_inner_IP"]),
        ("a datagram without header", packet(&v4(17, &[0; 3])), &["truncated_header"]),
        ("no next header", packet(&v4(59, &[])), &["ipv6_no_next"]),
    ];
    for (rule, body, expected) in bad {
        let rows = one(&[padded(body), part(&other)]);
        assert_eq!(rows.conns.len(), 0, "{rule}: nothing behind it is looked at");
        let names: Vec<&str> = rows.weirds().map(|weird| weird.name.as_str()).collect();
        assert_eq!(names, [expected, [INVALID].as_slice()].concat(), "{rule}");
        let rows = one(&[padded(&good), padded(body), part(&other)]);
        assert_eq!(rows.conns.len(), 1, "{rule}");
        let last = weirds(&rows).pop();
        assert_eq!(last, Some(format!("{INVALID} 10.0.0.1 10.0.0.2")), "{rule}: of the packet before");
    }
    let rows = one(&[padded(&good), vec![0; 4]]);
    assert_eq!(
        weirds(&rows),
        ["truncated_802_11_amsdu_header 10.0.0.1 10.0.0.2"],
        "a frame check sequence behind it"
    );
    let rows = one(&[padded(&good), part(&good)[..40].to_vec()]);
    assert_eq!(weirds(&rows), ["truncated_802_11_amsdu_packet 10.0.0.1 10.0.0.2"]);
    let rows = one(&[padded(&packet(&v4(17, &udp((7, 9), b"")))), padded(&packet(&four().back()))]);
    assert_eq!((rows.conns.len(), rows.weirds().count()), (2, 0), "good ones are no reason to stop");
}

/// Good as far as its own headers tell: these do not stop the rest.
#[test]
fn parts_that_are_good_enough() {
    let fragment = Ip { id: 3, ..v4(17, &udp((1, 2), &[0; 100])) }.fragments(64)[0].clone();
    let bad_sum = Ip {
        body: {
            let mut body = four().sealed_body();
            body[6] ^= 1;
            body
        },
        ..v4(17, &[])
    };
    for body in [
        packet(&fragment),
        packet(&bad_sum),
        packet(&v4(17, &udp((1, 4789), &[0; 3]))),
        packet(&v4(47, &[&[0, 0, 8, 0], [0x90; 30].as_slice()].concat())),
        packet(&v4(2, &[0; 8])),
        packet(&v4(132, &[0; 8])),
        packet(&v6(50, &[0; 8])),
    ] {
        let mut lab = Lab::on(IEEE802_11);
        lab.bytes(1.0, &aggregate(&[padded(&body), part(&packet(&six()))]));
        let rows = lab.finish();
        assert!(rows.ends().ends_with(SIX), "{}", rows.ends());
        assert!(!rows.names().contains("amsdu"), "{}", rows.names());
    }
}
