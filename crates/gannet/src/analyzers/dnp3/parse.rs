//! Link frames (clause 9): a header of ten bytes, and blocks of sixteen bytes of user data, each with a checksum behind it.
//! The first byte of user data is the transport octet (clause 8).

/// What a frame begins with.
const MAGIC: [u8; 2] = [0x05, 0x64];
/// Bytes of the link header without its checksum.
const LINK: usize = 8;
/// Bytes of a checksum.
const CHECKSUM: usize = 2;
/// Bytes of user data in a block; the last one may have fewer.
const BLOCK: usize = 16;
/// What the length of a frame counts of the header: control, destination, source.
const COUNTED: u8 = 5;
/// Bytes of a frame with the most user data: 250 bytes in 16 blocks.
pub(super) const MAX_FRAME: usize = LINK + CHECKSUM + 250 + 16 * CHECKSUM;
/// Bytes from which on a frame is looked at: the link header with its checksum, and the transport octet.
pub(super) const HEADER: usize = LINK + CHECKSUM + 1;

/// What the header of a frame says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    /// Bytes from the control octet on, without checksums (9.2.4.1.2).
    length: u8,
    /// Direction, function and flow of the link (9.2.4.1.3).
    control: u8,
    /// Whether this is the first and the last frame of a fragment, and a number (8.2.1).
    transport: u8,
}

impl Link {
    pub(super) fn of(head: &[u8; HEADER]) -> Self {
        let [_, _, length, control, .., transport] = *head;
        Self { length, control, transport }
    }

    /// Whether it carries no user data: the link itself speaks.
    pub(super) fn is_bare(&self) -> bool {
        self.length == COUNTED
    }

    /// Whether the length does not even count the header.
    pub(super) fn is_too_short(&self) -> bool {
        self.length < COUNTED
    }

    pub(super) fn is_from_master(&self) -> bool {
        self.control & 0x80 != 0
    }

    pub(super) fn is_first(&self) -> bool {
        self.transport & 0x40 != 0
    }

    pub(super) fn is_last(&self) -> bool {
        self.transport & 0x80 != 0
    }

    /// Bytes of the whole frame.
    pub(super) fn frame_len(&self) -> usize {
        let data = usize::from(self.length.saturating_sub(COUNTED));
        LINK + CHECKSUM + data + data.div_ceil(BLOCK) * CHECKSUM
    }
}

/// A block is not what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Damage;

/// The checksum of a run of bytes (9.2.4.2).
pub(super) fn checksum(bytes: &[u8]) -> [u8; CHECKSUM] {
    let bit = |crc: u16, _| if crc & 1 == 1 { (crc >> 1) ^ 0xa6bc } else { crc >> 1 };
    let crc = bytes.iter().fold(0_u16, |crc, byte| (0..8).fold(crc ^ u16::from(*byte), bit));
    (!crc).to_le_bytes()
}

pub(super) fn has_magic(head: &[u8; HEADER]) -> bool {
    head.starts_with(&MAGIC)
}

pub(super) fn is_header_intact(head: &[u8; HEADER]) -> bool {
    head.split_at_checked(LINK).is_some_and(|(link, behind)| behind.starts_with(&checksum(link)))
}

/// The bytes of a fragment in each block of a frame, without the transport octet.
pub(super) fn blocks(frame: &[u8]) -> impl Iterator<Item = Result<&[u8], Damage>> {
    let data = frame.get(LINK + CHECKSUM..).unwrap_or_default();
    data.chunks(BLOCK + CHECKSUM).enumerate().map(|(at, block)| {
        let (data, sum) = block.split_at_checked(block.len().saturating_sub(CHECKSUM)).ok_or(Damage)?;
        if sum != checksum(data) {
            return Err(Damage);
        }
        Ok(data.get(usize::from(at == 0)..).unwrap_or_default())
    })
}
