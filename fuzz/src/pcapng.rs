//! Files of pcapng made block by block, and a small model of what has to be read from them: any blocks in both byte orders, with
//! options, resolutions and offsets of time, and with damage.
//!
//! Input: a byte whose lowest bit is the byte order of the first section, then blocks: a byte whose low three bits say what comes,
//! and what that needs. Any bytes as they are, the target `capture_file` has.

use bytes::Bytes;
use gannet::PacketSource;
use gannet::capture::{Batch, Files, Filled, PacketFlags};

use crate::cursor::Cursor;

/// Blocks after which an input has said enough.
const ENOUGH: usize = 200;
/// LINKTYPE numbers of interfaces, and the DLT that each is read as.
const LINKS: [(u16, u16); 8] =
    [(1, 1), (101, 12), (113, 113), (NFLOG, NFLOG), (249, 249), (279, 279), (0, 0), (0xffff, 0xffff)];
/// Its packets are changed as they are read: fields in the byte order of a host.
const NFLOG: u16 = 239;
const SNAPS: [u32; 8] = [0, 1, 40, 96, 65_535, 262_144, 1 << 31, u32::MAX];
const RESOLUTIONS: [u8; 16] =
    [0, 3, 6, 9, 10, 12, 18, 19, 0x80, 0x80 | 10, 0x80 | 20, 0x80 | 30, 0x80 | 63, 20, 0x80 | 64, 0xff];
/// Names, statistics, a journal, secrets, custom blocks of both kinds, and types that are nobody's.
const OTHERS: [u32; 8] = [4, 5, 9, 10, 0xbad, 0x4000_0bad, 7, 0x8000_0001];
/// Numbers at the ends of ranges: of bits, of nanoseconds, of seconds that a time can have.
const EXTREMES: [u64; 16] = [
    0,
    1,
    u64::MAX,
    u64::MAX - 1,
    1 << 63,
    (1 << 63) - 1,
    u32::MAX as u64,
    1 << 32,
    999_999_999,
    1_000_000_000,
    9_223_372_036,
    9_223_372_037,
    (-9_223_372_037_i64) as u64,
    7_258_118_400,
    7_258_118_400_000_000_000,
    9_223_372_036_854_775,
];

/// A packet as it has to come out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Packet {
    ts: i64,
    wire: u32,
    link: u16,
    /// Bits 9 to 11 of the option that tells of the packet.
    flags: u32,
    /// Left out where reading changes them.
    bytes: Vec<u8>,
}

struct Interface {
    link: u16,
    snap: u32,
    resolution: u8,
    offset: i64,
}

impl Interface {
    fn time(&self, units: u64) -> i64 {
        let (units, power) = (i128::from(units), u32::from(self.resolution & 0x7f));
        let nanos = match self.resolution {
            0x80.. => (units * 1_000_000_000) >> power,
            0..=9 => units * 10_i128.pow(9 - power),
            _ => units / 10_i128.pow(power - 9),
        };
        let nanos = nanos + i128::from(self.offset) * 1_000_000_000;
        nanos.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }
}

/// A file, and what is in it.
struct File {
    big_endian: bool,
    bytes: Vec<u8>,
    interfaces: Vec<Interface>,
    packets: Vec<Packet>,
    /// No block so far is damaged: all packets are known.
    sound: bool,
    /// Where the last block begins, and how many packets are before it.
    last: (usize, usize),
}

/// The file that an input describes.
pub fn file(data: &[u8]) -> Vec<u8> {
    File::new(data).bytes
}

/// Reads the file that the input describes.
pub fn run(data: &[u8]) {
    let File { bytes, packets, sound, .. } = File::new(data);
    let bytes = Bytes::from(bytes);
    let whole = read(&[&bytes], 64);
    assert!(whole.is_some() || !sound, "a sound file cannot be read");
    let whole = whole.unwrap_or_default();
    let known = whole.get(..packets.len()).unwrap_or(&whole);
    assert_eq!(known, packets.as_slice());
    assert!(!sound || whole.len() == packets.len(), "{} packets too many", whole.len() - packets.len());
    assert_eq!(read(&[&bytes], 1).unwrap_or_default(), whole, "one by one");
    let twice = read(&[&bytes, &bytes], 64).unwrap_or_default();
    assert_eq!(twice.len(), 2 * whole.len(), "merged with itself");
}

/// Packets of the captures, merged, so many at a time.
fn read(captures: &[&Bytes], max: usize) -> Option<Vec<Packet>> {
    let mut files = Files::from_memory(captures.iter().map(|bytes| ("input", Bytes::clone(bytes)))).ok()?;
    let (mut batch, mut packets) = (Batch::default(), Vec::new());
    while files.fill(&mut batch, max).expect("memory can be read") == Filled::Packets {
        packets.extend(batch.packets.iter().map(|packet| Packet {
            ts: packet.ts.nanos(),
            wire: packet.wire,
            link: packet.link.0,
            flags: word(packet.flags),
            bytes: if packet.link.0 == NFLOG { Vec::new() } else { batch.bytes(packet).to_vec() },
        }));
    }
    Some(packets)
}

fn word(flags: PacketFlags) -> u32 {
    u32::from(flags.has(PacketFlags::CHECKSUM_NOT_READY)) << 9
        | u32::from(flags.has(PacketFlags::CHECKSUM_VALID)) << 10
        | u32::from(flags.has(PacketFlags::SEGMENTATION_OFFLOADED)) << 11
}

/// A number: from the table of extremes, about now in microseconds, or any.
fn number(cursor: &mut Cursor<'_>) -> u64 {
    match cursor.u8() {
        pick @ 0..128 => EXTREMES.get(usize::from(pick) % EXTREMES.len()).copied().unwrap_or_default(),
        128..192 => 1_700_000_000_000_000 + u64::from(cursor.u16()),
        _ => cursor.u64(),
    }
}

fn padding(length: usize) -> &'static [u8] {
    &[0; 4][..length.next_multiple_of(4) - length]
}

impl File {
    fn new(data: &[u8]) -> Self {
        let mut cursor = Cursor::new(data);
        let mut file = Self {
            big_endian: false,
            bytes: Vec::new(),
            interfaces: Vec::new(),
            packets: Vec::new(),
            sound: true,
            last: (0, 0),
        };
        file.section(cursor.u8() << 3, &mut cursor);
        let mut blocks = 0;
        while blocks < ENOUGH
            && let Some(op) = cursor.op()
        {
            blocks += 1;
            match op & 7 {
                0 => file.enhanced(op, &mut cursor),
                1 => file.simple(&mut cursor),
                2 => file.obsolete(&mut cursor),
                3 => file.interface(op, &mut cursor),
                4 => file.section(op, &mut cursor),
                5 => {
                    let kind = OTHERS.get(usize::from(op >> 3 & 7)).copied().unwrap_or(5);
                    file.block(kind, cursor.run());
                }
                6 => file.damage(&mut cursor),
                _ => {
                    file.sound = false;
                    file.bytes.extend_from_slice(cursor.run());
                }
            }
        }
        file
    }

    fn u16(&self, value: u16) -> [u8; 2] {
        if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn u32(&self, value: u32) -> [u8; 4] {
        if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn u64(&self, value: u64) -> [u8; 8] {
        if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn block(&mut self, kind: u32, body: &[u8]) {
        self.last = (self.bytes.len(), self.packets.len());
        let padding = padding(body.len());
        let length = self.u32((12 + body.len() + padding.len()) as u32);
        let kind = self.u32(kind);
        for part in [&kind, &length, body, padding, &length] {
            self.bytes.extend_from_slice(part);
        }
    }

    fn option(&self, code: u16, value: &[u8], body: &mut Vec<u8>) {
        body.extend_from_slice(&self.u16(code));
        body.extend_from_slice(&self.u16(value.len() as u16));
        body.extend_from_slice(value);
        body.extend_from_slice(padding(value.len()));
    }

    /// A section: bit 3 is its byte order, bit 4 whether its length is told, bit 5 whether it has an option.
    fn section(&mut self, op: u8, cursor: &mut Cursor<'_>) {
        self.big_endian = op & 8 != 0;
        let length = if op & 16 != 0 { number(cursor) } else { u64::MAX };
        let mut body = [&self.u32(0x1a2b_3c4d)[..], &self.u16(1), &self.u16(0), &self.u64(length)].concat();
        if op & 32 != 0 {
            self.option(4, b"a program", &mut body);
        }
        self.block(0x0a0d_0d0a, &body);
        self.interfaces.clear();
    }

    /// An interface: bits 3 to 6 say whether there is a resolution, an offset, something else before them, and an end of options.
    fn interface(&mut self, op: u8, cursor: &mut Cursor<'_>) {
        let pick = cursor.u8();
        let (linktype, link) = LINKS.get(usize::from(pick & 7)).copied().unwrap_or((1, 1));
        let snap = SNAPS.get(usize::from(pick >> 3 & 7)).copied().unwrap_or(0);
        let mut body = [&self.u16(linktype)[..], &[0, 0], &self.u32(snap)].concat();
        let (mut resolution, mut offset) = (6, 0);
        if op & 32 != 0 {
            self.option(2, cursor.run(), &mut body);
        }
        if op & 8 != 0 {
            let pick = cursor.u8();
            resolution = RESOLUTIONS.get(usize::from(pick)).copied().unwrap_or(pick);
            self.option(9, &[resolution], &mut body);
            self.sound &= !matches!(resolution, 20..0x80 | 0xc0..);
        }
        if op & 16 != 0 {
            offset = number(cursor) as i64;
            self.option(14, &self.u64(offset as u64), &mut body);
        }
        if op & 64 != 0 {
            self.option(0, &[], &mut body);
        }
        self.block(1, &body);
        self.interfaces.push(Interface { link, snap, resolution, offset });
    }

    /// An interface for a packet, if there is one; a packet of another is no packet.
    fn pick(&mut self, pick: u8) -> u32 {
        let count = self.interfaces.len();
        self.sound &= count > 0;
        u32::from(pick) % count.max(1) as u32
    }

    fn expect(&mut self, interface: u32, units: u64, wire: u32, flags: u32, bytes: &[u8]) {
        let Some(of) = self.interfaces.get(interface as usize).filter(|_| self.sound) else { return };
        let bytes = if of.link == NFLOG { Vec::new() } else { bytes.to_vec() };
        self.packets.push(Packet { ts: of.time(units), wire, link: of.link, flags, bytes });
    }

    /// Bits 3 and 4 say whether it has flags, and an option before them.
    fn enhanced(&mut self, op: u8, cursor: &mut Cursor<'_>) {
        let (interface, units) = (self.pick(cursor.u8()), number(cursor));
        let bytes = cursor.take(usize::from(cursor.clone().u8()));
        let wire = bytes.len() as u32 + u32::from(cursor.u8());
        let mut body = self.timed(&self.u32(interface), units, wire, bytes);
        let mut flags = 0;
        if op & 16 != 0 {
            body.extend_from_slice(padding(body.len()));
            self.option(1, cursor.run(), &mut body);
        }
        if op & 8 != 0 {
            body.extend_from_slice(padding(body.len()));
            flags = cursor.u32();
            self.option(2, &self.u32(flags), &mut body);
        }
        self.block(6, &body);
        self.expect(interface, units, wire, flags & 0xe00, bytes);
    }

    fn obsolete(&mut self, cursor: &mut Cursor<'_>) {
        let (interface, units) = (self.pick(cursor.u8()), number(cursor));
        let bytes = cursor.take(usize::from(cursor.clone().u8()));
        let wire = bytes.len() as u32 + u32::from(cursor.u8());
        let first = [self.u16(interface as u16), self.u16(0xffff)].concat();
        let body = self.timed(&first, units, wire, bytes);
        self.block(2, &body);
        self.expect(interface, units, wire, 0, bytes);
    }

    fn timed(&self, first: &[u8], units: u64, wire: u32, bytes: &[u8]) -> Vec<u8> {
        let (high, low) = ((units >> 32) as u32, units as u32);
        let numbers = [high, low, bytes.len() as u32, wire].map(|number| self.u32(number)).concat();
        [first, &numbers, bytes].concat()
    }

    fn simple(&mut self, cursor: &mut Cursor<'_>) {
        self.pick(0);
        let bytes = cursor.take(usize::from(cursor.clone().u8()));
        let snap = self.interfaces.first().map_or(0, |first| first.snap);
        let captured = if snap == 0 { bytes.len() } else { bytes.len().min(snap as usize) };
        let body = [&self.u32(bytes.len() as u32), bytes.get(..captured).unwrap_or_default()].concat();
        self.block(3, &body);
        self.expect(0, 0, bytes.len() as u32, 0, bytes.get(..captured).unwrap_or_default());
    }

    /// Changes a word of the last block, which may be a packet no more.
    fn damage(&mut self, cursor: &mut Cursor<'_>) {
        let (start, packets) = self.last;
        let words = (self.bytes.len() - start) / 4;
        let at = start + usize::from(cursor.u8()) % words.max(1) * 4;
        let value = self.u32(number(cursor) as u32);
        if let Some(place) = self.bytes.get_mut(at..at + 4) {
            place.copy_from_slice(&value);
        }
        self.packets.truncate(packets);
        self.sound = false;
    }
}
