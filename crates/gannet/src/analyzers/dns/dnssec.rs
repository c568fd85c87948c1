//! The records of DNSSEC (RFC 4034, RFC 5155): their text is short, their faults are many.

use super::message::Sink;
use super::parse::{Parser, Rr, Stop};
use crate::base::cursor::Cursor;

type Read = Result<(), Stop>;

/// Weirds about the algorithm of a record's signature or key.
struct AlgorithmWeirds {
    not_recommended: &'static str,
    indirect: &'static str,
    private_dns: &'static str,
    private_oid: &'static str,
    unknown: &'static str,
}

static RRSIG: AlgorithmWeirds = AlgorithmWeirds {
    not_recommended: "DNSSEC_RRSIG_NotRecommended_ZoneSignAlgo",
    indirect: "DNSSEC_RRSIG_Indirect_ZoneSignAlgo",
    private_dns: "DNSSEC_RRSIG_PrivateDNS_ZoneSignAlgo",
    private_oid: "DNSSEC_RRSIG_PrivateOID_ZoneSignAlgo",
    unknown: "DNSSEC_RRSIG_unknown_ZoneSignAlgo",
};

static DNSKEY: AlgorithmWeirds = AlgorithmWeirds {
    not_recommended: "DNSSEC_DNSKEY_NotRecommended_ZoneSignAlgo",
    indirect: "DNSSEC_DNSKEY_Indirect_ZoneSignAlgo",
    private_dns: "DNSSEC_DNSKEY_PrivateDNS_ZoneSignAlgo",
    private_oid: "DNSSEC_DNSKEY_PrivateOID_ZoneSignAlgo",
    unknown: "DNSSEC_DNSKEY_unknown_ZoneSignAlgo",
};

impl AlgorithmWeirds {
    fn check(&self, algorithm: u8, sink: &mut dyn Sink) {
        let name = match algorithm {
            2..=8 | 10 | 12..=16 => return,
            1 => self.not_recommended,
            252 => self.indirect,
            253 => self.private_dns,
            254 => self.private_oid,
            _ => self.unknown,
        };
        sink.weird(name, &algorithm.to_string());
    }
}

impl Parser<'_, '_> {
    pub(super) fn rrsig(&mut self, rr: &Rr) -> Read {
        let covered = self.cursor.u16()?;
        let algorithm = self.cursor.u8()?;
        self.cursor.take(15)?;
        let start = self.cursor.at();
        self.read_name(true);
        let name_length = self.cursor.at() - start;
        self.cursor.up_to(rr.length.saturating_sub(18 + name_length));
        RRSIG.check(algorithm, self.sink);
        let mut text = format!("RRSIG {covered} ").into_bytes();
        match self.name.text() {
            [] => text.extend_from_slice(b"<Root>"),
            signer => text.extend_from_slice(signer),
        }
        self.accept(rr, text);
        Ok(())
    }

    pub(super) fn dnskey(&mut self, rr: &Rr) -> Read {
        let flags = self.cursor.u16()?;
        let (protocol, algorithm) = (self.cursor.u8()?, self.cursor.u8()?);
        self.cursor.up_to(rr.length.saturating_sub(4));
        if flags & !0x0181 != 0 {
            self.sink.weird("DNSSEC_DNSKEY_Invalid_Flag", &flags.to_string());
        }
        if flags & 0x0181 == 0x0181 {
            self.sink.weird("DNSSEC_DNSKEY_Revoked_KSK", &flags.to_string());
        }
        if protocol != 3 {
            self.sink.weird("DNSSEC_DNSKEY_Invalid_Protocol", &protocol.to_string());
        }
        DNSKEY.check(algorithm, self.sink);
        self.accept(rr, format!("DNSKEY {algorithm}").into_bytes());
        Ok(())
    }

    pub(super) fn ds(&mut self, rr: &Rr) -> Read {
        self.cursor.u16()?;
        let (algorithm, digest) = (self.cursor.u8()?, self.cursor.u8()?);
        self.cursor.up_to(rr.length.saturating_sub(4));
        match digest {
            0 => self.sink.weird("DNSSEC_DS_ReservedDigestType", "0"),
            1..=4 => {}
            _ => self.sink.weird("DNSSEC_DS_unknown_DigestType", &digest.to_string()),
        }
        self.accept(rr, format!("DS {algorithm} {digest}").into_bytes());
        Ok(())
    }

    pub(super) fn nsec(&mut self, rr: &Rr) -> Read {
        let start = self.cursor.at();
        self.read_name(true);
        let left = rr.length.saturating_sub(self.cursor.at() - start);
        bitmaps(&mut self.cursor, left, "DNSSEC_NSEC_bitmapLen0", self.sink);
        let text = [b"NSEC ", self.owner.text(), b" ", self.name.text()].concat();
        self.accept(rr, text);
        Ok(())
    }

    pub(super) fn nsec3(&mut self, rr: &Rr) -> Read {
        if self.cursor.missing(6) > 0 {
            return Err(Stop);
        }
        let start = self.cursor.at();
        self.cursor.take(4)?;
        for _ in 0..2 {
            counted(&mut self.cursor);
        }
        let left = rr.length.saturating_sub(self.cursor.at() - start);
        bitmaps(&mut self.cursor, left, "DNSSEC_NSEC3_bitmapLen0", self.sink);
        self.accept(rr, b"NSEC3".to_vec());
        Ok(())
    }

    pub(super) fn nsec3param(&mut self, rr: &Rr) -> Read {
        if self.cursor.missing(5) > 0 {
            return Err(Stop);
        }
        self.cursor.take(4)?;
        counted(&mut self.cursor);
        self.accept(rr, b"NSEC3PARAM".to_vec());
        Ok(())
    }
}

/// Skips bytes behind their 8-bit length, or as many as there are.
fn counted(cursor: &mut Cursor<'_>) {
    if let Ok(length) = cursor.u8() {
        cursor.up_to(usize::from(length));
    }
}

/// Skips the maps of types that a name has.
fn bitmaps(cursor: &mut Cursor<'_>, mut left: usize, empty: &'static str, sink: &mut dyn Sink) {
    while left > 0 && cursor.left() > 0 {
        // A last byte alone is an empty map of the first window.
        let [window, length] = cursor.array().copied().unwrap_or([0, 0]);
        if length == 0 {
            sink.weird(empty, &window.to_string());
            break;
        }
        cursor.up_to(usize::from(length));
        left = left.saturating_sub(2 + usize::from(length));
    }
}
