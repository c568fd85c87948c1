//! Shared parsers, each alone: what they give, under every cut, and that no bytes do harm.

mod asn1;
mod bencode;
mod body;
mod codings;
mod lines;
mod mail;
mod mime;
mod multipart;

/// Bytes as text.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every way to cut bytes into two pieces, and one byte at a time.
fn cuts(bytes: &[u8]) -> Vec<Vec<&[u8]>> {
    let two = (0..=bytes.len()).map(|at| vec![&bytes[..at], &bytes[at..]]);
    two.chain([bytes.chunks(1).collect()]).collect()
}
