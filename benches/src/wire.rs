//! Packets made by hand: Ethernet, IPv4, TCP or UDP, checksums left at zero.

/// Address and port of an end.
pub type End = (u32, u16);

fn frame(proto: u8, from: End, to: End, transport: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    let length = (20 + 4 + transport.len() + payload.len()) as u16;
    frame.extend_from_slice(&[0x45, 0]);
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(&[0, 0, 0x40, 0, 64, proto, 0, 0]);
    frame.extend_from_slice(&from.0.to_be_bytes());
    frame.extend_from_slice(&to.0.to_be_bytes());
    frame.extend_from_slice(&from.1.to_be_bytes());
    frame.extend_from_slice(&to.1.to_be_bytes());
    frame.extend_from_slice(transport);
    frame.extend_from_slice(payload);
    frame
}

/// A UDP datagram.
pub fn udp(from: End, to: End, payload: &[u8]) -> Vec<u8> {
    let [high, low] = (8 + payload.len() as u16).to_be_bytes();
    frame(17, from, to, &[high, low, 0, 0], payload)
}

/// A TCP segment: sequence and acknowledgement numbers, and flags.
pub fn tcp(from: End, to: End, seq: u32, ack: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut rest = Vec::with_capacity(16);
    rest.extend_from_slice(&seq.to_be_bytes());
    rest.extend_from_slice(&ack.to_be_bytes());
    rest.extend_from_slice(&[0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    frame(6, from, to, &rest, payload)
}
