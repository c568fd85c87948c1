//! Probes on what real clients and servers say first, with other bytes in front: none finds anything in what does not begin as
//! its descriptor says, for it is not asked there.

use std::collections::HashSet;

use gannet::analyzers::{Descriptor, Likeness, REGISTRY, Sample, Transport};

use crate::support::captures::{all_testdata, packets};

/// Packets of one capture that are looked at, and bytes of a payload.
const PACKETS: usize = 400;
const BYTES: usize = 300;

/// What a TCP segment or datagram in IPv4 carries, if this is one.
fn payload(frame: &[u8]) -> Option<(Transport, &[u8])> {
    let ip = frame.get(14..).filter(|ip| ip.first().is_some_and(|first| first >> 4 == 4))?;
    let rest = ip.get(usize::from(ip[0] & 0xf) * 4..)?;
    let (transport, headers) = match ip.get(9)? {
        6 => (Transport::Tcp, usize::from(rest.get(12)? >> 4) * 4),
        17 => (Transport::Udp, 8),
        _ => return None,
    };
    let bytes = rest.get(headers..).filter(|bytes| !bytes.is_empty())?;
    Some((transport, &bytes[..bytes.len().min(BYTES)]))
}

/// Whether a probe does not find its protocol in this from each side, and to both.
fn finds_nothing(
    descriptor: &Descriptor,
    transport: Transport,
    orig: Option<&[u8]>,
    resp: Option<&[u8]>,
) -> bool {
    let Some(probe) = descriptor.probe else { return true };
    let (orig, resp) = (orig.unwrap_or_default(), resp.unwrap_or_default());
    let mut samples = vec![Sample::new(transport, orig, resp)];
    if transport == Transport::Udp {
        for (orig, resp, answers) in [(orig, &[][..], resp), (&[][..], resp, orig)] {
            let mut sample = Sample::new(transport, orig, resp);
            sample.answers = answers;
            samples.push(sample);
        }
    }
    samples.iter().all(|sample| probe(sample) != Likeness::Match)
}

#[test]
fn no_probe_finds_anything_in_what_begins_otherwise_than_it_says() {
    let mut seen = HashSet::new();
    let mut looked = 0_u64;
    for capture in all_testdata() {
        for packet in packets(&capture, PACKETS) {
            let Some((transport, bytes)) = payload(&packet.bytes) else { continue };
            if !seen.insert((transport == Transport::Tcp, bytes[..bytes.len().min(24)].to_vec())) {
                continue;
            }
            let mut bytes = bytes.to_vec();
            let real = bytes[0];
            for descriptor in REGISTRY {
                let Some((orig, resp)) = descriptor.first else { continue };
                // With its own first byte, and with every one that is a bit away from those that the probe takes.
                let near = orig.iter().chain(resp).flat_map(|byte| (0..8).map(move |bit| byte ^ (1 << bit)));
                for first in near.chain([real, 0, 0xff]) {
                    bytes[0] = first;
                    let from_orig = (!orig.contains(&first)).then_some(&bytes[..]);
                    let from_resp = (!resp.contains(&first)).then_some(&bytes[..]);
                    looked += 1;
                    assert!(
                        finds_nothing(descriptor, transport, from_orig, None)
                            && finds_nothing(descriptor, transport, None, from_resp)
                            && finds_nothing(descriptor, transport, from_orig, from_resp),
                        "{} looks at {:02x?} in {}",
                        descriptor.name,
                        &bytes[..bytes.len().min(40)],
                        capture.display()
                    );
                }
            }
        }
    }
    assert!(looked > 100_000, "only {looked}");
}
