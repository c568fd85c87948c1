//! DHCP on messages made here.

mod messages;
mod transactions;

use super::parse::{COOKIE, HEAD};

/// A message, by its parts.
#[derive(Clone, Copy)]
struct Packet<'a> {
    transaction: u32,
    your: [u8; 4],
    hardware: [u8; 16],
    cookie: u32,
    options: &'a [(u8, &'a [u8])],
}

/// A hardware address as the header has it.
const HARDWARE: [u8; 16] = [2, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// A message of a kind, with these options behind it.
fn packet<'a>(transaction: u32, options: &'a [(u8, &'a [u8])]) -> Packet<'a> {
    Packet { transaction, your: [0; 4], hardware: HARDWARE, cookie: COOKIE, options }
}

impl Packet<'_> {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![1, 1, 6, 0];
        bytes.extend(self.transaction.to_be_bytes());
        bytes.extend([0; 8]);
        bytes.extend(self.your);
        bytes.extend([0; 8]);
        bytes.extend(self.hardware);
        bytes.resize(HEAD, 0);
        bytes.extend(self.cookie.to_be_bytes());
        for (code, value) in self.options {
            bytes.extend([*code, value.len() as u8]);
            bytes.extend(*value);
        }
        bytes.push(255);
        bytes
    }
}
