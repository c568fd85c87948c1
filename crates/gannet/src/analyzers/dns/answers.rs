//! The data of resource records, and the text that stands for each in a row.

use std::io::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::parse::{Parser, Rr, Stop};
use super::presentation;
use crate::base::cursor::Cursor;

/// Bytes of text that are kept of one record; the rest of it is cut.
const MAX_TEXT: usize = 64 * 1024;

type Read = Result<(), Stop>;

mod kind {
    pub(super) const A: u16 = 1;
    pub(super) const NS: u16 = 2;
    pub(super) const CNAME: u16 = 5;
    pub(super) const SOA: u16 = 6;
    pub(super) const WKS: u16 = 11;
    pub(super) const PTR: u16 = 12;
    pub(super) const HINFO: u16 = 13;
    pub(super) const MX: u16 = 15;
    pub(super) const TXT: u16 = 16;
    pub(super) const AAAA: u16 = 28;
    pub(super) const LOC: u16 = 29;
    /// NetBIOS name service.
    pub(super) const NB: u16 = 32;
    pub(super) const SRV: u16 = 33;
    pub(super) const NAPTR: u16 = 35;
    pub(super) const A6: u16 = 38;
    pub(super) const OPT: u16 = 41;
    pub(super) const DS: u16 = 43;
    pub(super) const SSHFP: u16 = 44;
    pub(super) const RRSIG: u16 = 46;
    pub(super) const NSEC: u16 = 47;
    pub(super) const DNSKEY: u16 = 48;
    pub(super) const NSEC3: u16 = 50;
    pub(super) const NSEC3PARAM: u16 = 51;
    pub(super) const SVCB: u16 = 64;
    pub(super) const HTTPS: u16 = 65;
    pub(super) const SPF: u16 = 99;
    pub(super) const TKEY: u16 = 249;
    pub(super) const TSIG: u16 = 250;
    pub(super) const CAA: u16 = 257;
    /// BIND's private record for the state of its signing.
    pub(super) const BIND_SIGNING: u16 = 65534;
}

impl<'a> Parser<'a, '_> {
    /// Reads a record's data. What is left unread is taken for the next record, as it is for every reader of logs.
    pub(super) fn data(&mut self, rr: &Rr) -> Read {
        match rr.kind {
            kind::A => self.ipv4(rr),
            kind::AAAA | kind::A6 => self.ipv6(rr),
            kind::NS | kind::CNAME | kind::PTR => self.target(rr, 0),
            kind::MX => self.target(rr, 1),
            kind::SRV if self.setting.netbios_responder => Ok(()),
            kind::SRV => self.target(rr, 3),
            kind::SOA => self.soa(rr),
            kind::TXT => self.strings(rr, "TXT"),
            kind::SPF => self.strings(rr, "SPF"),
            kind::NAPTR => self.naptr(rr),
            kind::SSHFP => self.sshfp(rr),
            kind::LOC => self.loc(rr),
            kind::RRSIG => self.rrsig(rr),
            kind::DNSKEY => self.dnskey(rr),
            kind::DS => self.ds(rr),
            kind::NSEC => self.nsec(rr),
            kind::NSEC3 => self.nsec3(rr),
            kind::NSEC3PARAM => self.nsec3param(rr),
            kind::BIND_SIGNING => self.bind_signing(rr),
            kind::SVCB | kind::HTTPS => self.service_binding(rr),
            kind::OPT => self.options(),
            kind::TSIG => self.tsig(),
            kind::WKS => {
                self.accept(rr, Vec::new());
                Ok(())
            }
            kind::CAA if self.setting.more => {
                let data = self.cursor.take(rr.length)?;
                if let Some(text) = presentation::authority(data) {
                    self.accept(rr, text);
                }
                Ok(())
            }
            kind::HINFO | kind::CAA | kind::TKEY | kind::NB => {
                self.cursor.take(rr.length)?;
                Ok(())
            }
            _ => self.unknown(rr),
        }
    }

    fn unknown(&mut self, rr: &Rr) -> Read {
        self.accept(rr, format!("<unknown type={}>", rr.kind).into_bytes());
        self.sink.weird("DNS_RR_unknown_type", &rr.kind.to_string());
        self.cursor.take(rr.length)?;
        Ok(())
    }

    fn ipv4(&mut self, rr: &Rr) -> Read {
        let Some(bits) = self.cursor.u32().ok().filter(|_| rr.length == 4) else {
            self.sink.weird("DNS_RR_bad_length", "");
            return Err(Stop);
        };
        let address = Ipv4Addr::from(bits);
        let mut text = self.address_text("A", "255.255.255.255".len());
        push_ipv4(&mut text, address);
        self.accept(rr, text);
        Ok(())
    }

    fn ipv6(&mut self, rr: &Rr) -> Read {
        // Its length is not looked at; words that the message has no room for are 0.
        let mut word = || u128::from(self.cursor.u32().unwrap_or(0));
        let bits = (0..4).fold(0, |bits, _| bits << 32 | word());
        let name = if rr.kind == kind::AAAA { "AAAA" } else { "A6" };
        let mut text = self.address_text(name, "2001:db8:1111:2222:3333:4444:5555:6666".len() + 1);
        push_ipv6(&mut text, Ipv6Addr::from(bits));
        self.accept(rr, text);
        Ok(())
    }

    /// An empty text for an address; in updates, its beginning.
    fn address_text(&self, name: &str, room: usize) -> Vec<u8> {
        if !self.is_update() {
            return Vec::with_capacity(room);
        }
        let mut text = name.as_bytes().to_vec();
        text.push(b' ');
        text.extend_from_slice(self.owner.text());
        text.push(b' ');
        text
    }

    /// A name behind some 16-bit numbers.
    fn target(&mut self, rr: &Rr, numbers: usize) -> Read {
        let start = self.cursor.at();
        for _ in 0..numbers {
            // One that is cut moves nothing: what there is of it is taken for the name.
            let _cut = self.cursor.u16();
        }
        self.read_name(true);
        self.check_length(rr, start);
        self.accept(rr, self.name.text().to_vec());
        Ok(())
    }

    fn soa(&mut self, rr: &Rr) -> Read {
        let start = self.cursor.at();
        self.read_name(true);
        let server = self.name.text().to_vec();
        self.read_name(true);
        self.cursor.take(20)?;
        self.check_length(rr, start);
        self.accept(rr, server);
        Ok(())
    }

    fn check_length(&mut self, rr: &Rr, start: usize) {
        if self.cursor.at() - start != rr.length {
            self.sink.weird("DNS_RR_length_mismatch", "");
        }
    }

    /// The next character string (RFC 1035, section 3.3) of the `left` bytes of a record.
    fn character_string(&mut self, left: &mut usize) -> Option<&'a [u8]> {
        *left = left.checked_sub(1)?;
        let length = usize::from(self.cursor.u8().ok()?);
        let Some(behind) = left.checked_sub(length) else {
            self.sink.weird("DNS_TXT_char_str_past_rdlen", "");
            return None;
        };
        *left = behind;
        self.cursor.take(length).ok()
    }

    fn strings(&mut self, rr: &Rr, name: &str) -> Read {
        let mut left = rr.length;
        let mut text = Vec::new();
        while let Some(string) = self.character_string(&mut left) {
            if text.len() >= MAX_TEXT {
                continue;
            }
            if !text.is_empty() {
                text.push(b' ');
            }
            let _ = write!(text, "{name} {} ", string.len());
            text.extend_from_slice(string);
        }
        self.accept(rr, text);
        if left == 0 { Ok(()) } else { Err(Stop) }
    }

    fn naptr(&mut self, rr: &Rr) -> Read {
        let (order, preference) = (self.cursor.u16(), self.cursor.u16());
        let mut left = rr.length.saturating_sub(4);
        let (Ok(order), Ok(preference), 1..) = (order, preference, left) else {
            self.sink.violation("DNS_NAPTR_too_short");
            return Err(Stop);
        };
        let mut text = format!("NAPTR {order} {preference}").into_bytes();
        let mut sound = true;
        let mut regexp = 0;
        for _ in 0..3 {
            let string = self.character_string(&mut left);
            sound &= string.is_some();
            let string = string.unwrap_or_default();
            regexp = string.len();
            text.push(b' ');
            text.extend_from_slice(string);
        }
        self.read_name(false);
        if !sound {
            self.sink.violation("DNS_NAPTR_RR_too_short");
            return Err(Stop);
        }
        let replacement = self.name.text();
        if regexp > 0 && !replacement.is_empty() {
            text.push(b' ');
        }
        text.extend_from_slice(replacement);
        self.accept(rr, text);
        Ok(())
    }

    fn sshfp(&mut self, rr: &Rr) -> Read {
        self.cursor.u16()?;
        let fingerprint = self.cursor.up_to(rr.length.saturating_sub(2));
        let mut text = b"SSHFP: ".to_vec();
        for byte in fingerprint.iter().take(MAX_TEXT / 2) {
            text.extend([byte >> 4, byte & 15].map(hex_digit));
        }
        self.accept(rr, text);
        Ok(())
    }

    fn loc(&mut self, rr: &Rr) -> Read {
        if self.cursor.missing(15) > 0 {
            return Err(Stop);
        }
        let [version, size, horizontal, vertical] = *self.cursor.array()?;
        for _ in 0..3 {
            // The last one may be cut, and then stays.
            let _cut = self.cursor.u32();
        }
        if version != 0 {
            self.sink.weird("DNS_LOC_version_unrecognized", &version.to_string());
        }
        self.accept(rr, format!("LOC:  {size} {horizontal} {vertical}").into_bytes());
        Ok(())
    }

    fn bind_signing(&mut self, rr: &Rr) -> Read {
        self.cursor.take(5)?;
        self.accept(rr, b"BIND9 signing signal".to_vec());
        Ok(())
    }

    /// A signature of the message itself (RFC 8945); never shown. Its parts that are cut are passed over one by one.
    fn tsig(&mut self) -> Read {
        self.read_name(true);
        let cursor = &mut self.cursor;
        let _time = (cursor.u32(), cursor.u16());
        let _fudge = cursor.u16();
        counted(cursor);
        let _id_and_error = (cursor.u16(), cursor.u16());
        counted(cursor);
        Ok(())
    }
}

/// Skips bytes behind their 16-bit length, or as many as there are.
fn counted(cursor: &mut Cursor<'_>) {
    if let Ok(length) = cursor.u16() {
        cursor.up_to(usize::from(length));
    }
}

fn hex_digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 }
}

fn push_ipv4(text: &mut Vec<u8>, address: Ipv4Addr) {
    for (at, octet) in address.octets().into_iter().enumerate() {
        if at > 0 {
            text.push(b'.');
        }
        if octet >= 100 {
            text.push(b'0' + octet / 100);
        }
        if octet >= 10 {
            text.push(b'0' + octet / 10 % 10);
        }
        text.push(b'0' + octet % 10);
    }
}

/// As logs show addresses: mapped ones as IPv4, compatible and translated ones with dots at their end.
fn push_ipv6(text: &mut Vec<u8>, address: Ipv6Addr) {
    let [.., high, low] = address.segments();
    let dotted = Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, ..] => push_ipv4(text, dotted),
        [0, 0, 0, 0, 0, 0, 1..=0xffff, _] => {
            text.extend_from_slice(b"::");
            push_ipv4(text, dotted);
        }
        [0, 0, 0, 0, 0xffff, 0, ..] => {
            text.extend_from_slice(b"::ffff:0:");
            push_ipv4(text, dotted);
        }
        _ => {
            let _ = write!(text, "{address}");
        }
    }
}
