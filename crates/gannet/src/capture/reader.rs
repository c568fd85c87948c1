//! One capture file: its bytes go into blocks, and its records are found there.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::block::Pool;
use super::input::{self, Input};
use super::pcap::{self, Pcap};
use super::pcapng::{self, Pcapng};
use super::scan::{Scan, Stop};
use super::{Block, Damage, DamageKind, SourceError, link};
use crate::base::packet::PacketMeta;
use crate::base::time::Timestamp;

/// What [`Reader::run`] gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    /// Packets; `later` if the run ended because the next packet's time has not come.
    Packets {
        /// The run ended at the limit.
        later: bool,
    },
    /// Nothing now.
    Idle,
    /// Nothing, and never again.
    End,
}

enum Format {
    Unknown,
    Pcap(Pcap),
    Pcapng(Pcapng),
}

/// Reads one file. It opens when it is first asked for packets.
pub(crate) struct Reader {
    path: PathBuf,
    /// The file, if it is in memory and not on disk.
    memory: Option<Bytes>,
    read: Arc<AtomicU64>,
    /// None before the file is opened, while it is suspended, and after its end.
    input: Option<Input>,
    format: Format,
    block: Block,
    /// Unread bytes of the block.
    at: usize,
    end: usize,
    /// Where the block begins in the (decompressed) capture.
    base: u64,
    /// Up to where the block's pseudo-headers have been put into the host's byte order.
    swapped: usize,
    /// A packet that was read ahead; it lies in the block.
    head: Option<PacketMeta>,
    /// A regular file without compression can be closed and opened again.
    seekable: bool,
    /// Nothing more comes from the input; with the reason if it is not the end of the file.
    over: Option<Option<String>>,
    done: bool,
    damage: Option<Damage>,
}

/// Room for more bytes in a block that nobody else holds.
enum Room {
    /// There was enough.
    Behind,
    /// The unread bytes were moved to the start.
    Moved,
}

/// What came of asking the input for more.
enum More {
    Bytes,
    End,
    Idle,
}

impl Reader {
    /// A reader of `path`, or of standard input for `-`, or of what is in memory under that name. Bytes read are added to
    /// `read`, as they are before decompression.
    pub(crate) fn new(path: PathBuf, memory: Option<Bytes>, read: &Arc<AtomicU64>) -> Self {
        Self {
            path,
            memory,
            read: Arc::clone(read),
            input: None,
            format: Format::Unknown,
            block: Block::default(),
            at: 0,
            end: 0,
            base: 0,
            swapped: 0,
            head: None,
            seekable: false,
            over: None,
            done: false,
            damage: None,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The block that the packets of the last run lie in.
    pub(crate) fn block(&self) -> &Block {
        &self.block
    }

    /// The packet read ahead by [`Self::peek`].
    pub(crate) fn head(&self) -> Option<&PacketMeta> {
        self.head.as_ref()
    }

    /// The packet read ahead has been used.
    pub(crate) fn take_head(&mut self) {
        self.head = None;
    }

    /// Whether a file descriptor is in use.
    pub(crate) fn is_open(&self) -> bool {
        self.input.is_some()
    }

    /// Whether it holds bytes or a descriptor that [`Self::suspend`] would set free.
    pub(crate) fn can_suspend(&self) -> bool {
        self.seekable && self.head.is_some() && (self.input.is_some() || self.at < self.end)
    }

    /// The damage met, if any; asked for once, when the reader has ended.
    pub(crate) fn take_damage(&mut self) -> Option<Damage> {
        self.damage.take()
    }

    /// Appends packets to `out` until it has `max`, or the next is later than `limit`, or the block ends: all packets
    /// of a run lie in [`Self::block`]. A packet read ahead comes first, whatever its time.
    pub(crate) fn run(
        &mut self,
        out: &mut Vec<PacketMeta>,
        max: usize,
        limit: Timestamp,
        pool: &mut Pool,
    ) -> Result<Run, SourceError> {
        out.extend(self.head.take());
        loop {
            match self.scan(out, max, limit) {
                Stop::Full => return Ok(Run::Packets { later: false }),
                Stop::Later => return Ok(Run::Packets { later: true }),
                Stop::More(_) | Stop::Malformed(_) if !out.is_empty() => {
                    return Ok(Run::Packets { later: false });
                }
                Stop::More(_) if self.done => return Ok(Run::End),
                Stop::More(need) => match self.more(need, pool)? {
                    More::Bytes => {}
                    More::Idle => return Ok(Run::Idle),
                    More::End => self.end(need),
                },
                Stop::Malformed(what) => self.damaged(DamageKind::Malformed, what),
            }
        }
    }

    /// Reads one packet ahead. [`Run::Packets`]: [`Self::head`] has it.
    pub(crate) fn peek(
        &mut self,
        scratch: &mut Vec<PacketMeta>,
        pool: &mut Pool,
    ) -> Result<Run, SourceError> {
        scratch.clear();
        let run = self.run(scratch, 1, Timestamp::MAX, pool)?;
        self.head = scratch.pop();
        Ok(run)
    }

    /// Opens the file and reads its header, without waiting for a packet.
    pub(crate) fn prepare(&mut self, pool: &mut Pool) -> Result<(), SourceError> {
        while matches!(self.format, Format::Unknown) && !self.done {
            match self.more(1, pool)? {
                More::Bytes => {}
                More::Idle => break,
                More::End => self.end(pcap::HEADER),
            }
        }
        Ok(())
    }

    /// Closes the file and drops its block; only the packet read ahead is kept. The next run opens it again.
    pub(crate) fn suspend(&mut self, pool: &mut Pool) {
        let Some(head) = self.head.as_mut() else { return };
        let range = head.at as usize..(head.at as usize).saturating_add(head.captured as usize);
        let bytes = self.block.bytes().get(range).unwrap_or_default().to_vec();
        head.at = 0;
        self.read.fetch_sub((self.end - self.at) as u64, Ordering::Relaxed);
        self.base += self.at as u64;
        self.base -= bytes.len() as u64;
        (self.at, self.end, self.swapped) = (bytes.len(), bytes.len(), bytes.len());
        pool.give(std::mem::replace(&mut self.block, Block::new(bytes)));
        self.input = None;
        self.over = None;
    }

    /// Gives the block back to the pool.
    pub(crate) fn close(&mut self, pool: &mut Pool) {
        self.input = None;
        pool.give(std::mem::take(&mut self.block));
    }

    fn scan(&mut self, out: &mut Vec<PacketMeta>, max: usize, limit: Timestamp) -> Stop {
        let bytes = self.block.bytes().get(..self.end).unwrap_or_default();
        let mut scan = Scan { bytes, at: self.at, out, max, limit };
        let stop = match &mut self.format {
            _ if self.done => Stop::More(0),
            Format::Unknown => Stop::More(1),
            Format::Pcap(pcap) => pcap.scan(&mut scan),
            Format::Pcapng(pcapng) => pcapng.scan(&mut scan),
        };
        self.at = scan.at;
        stop
    }

    /// The input is over, and the next record would have taken `need` bytes.
    fn end(&mut self, need: usize) {
        let there = self.end - self.at;
        match self.over.take().flatten() {
            Some(what) => self.damaged(DamageKind::Cut, what),
            None if there == 0 => self.done = true,
            None => {
                let what = format!("{there} bytes of a record that needs {need} or more");
                self.damaged(DamageKind::Cut, what);
            }
        }
    }

    fn damaged(&mut self, kind: DamageKind, what: String) {
        self.done = true;
        self.input = None;
        let offset = self.base + self.at as u64;
        self.damage = Some(Damage { path: self.path.clone(), offset, kind, what });
    }

    /// Reads on until `need` bytes are unread, or more of them are there than before.
    fn more(&mut self, need: usize, pool: &mut Pool) -> Result<More, SourceError> {
        if self.over.is_some() {
            return Ok(More::End);
        }
        if self.input.is_none() {
            self.open()?;
        }
        self.make_room(need, pool);
        let more = self.read_block()?;
        if matches!(self.format, Format::Unknown) {
            self.read_header()?;
        }
        self.swap_pseudo_headers();
        Ok(more)
    }

    fn open(&mut self) -> Result<(), SourceError> {
        let from = self.base + self.end as u64;
        let input = match (&self.format, &self.memory) {
            (Format::Unknown, None) => Input::open(&self.path, &self.read)?,
            (Format::Unknown, Some(bytes)) => Input::open_memory(&self.path, bytes, &self.read)?,
            (_, None) => Input::reopen(&self.path, from, &self.read)?,
            (_, Some(bytes)) => Input::reopen_memory(bytes, from, &self.read),
        };
        self.seekable = input.is_regular() && !input.compressed && !input.stdin;
        let first = matches!(self.format, Format::Unknown) && !input.is_broken();
        if first && !pcap::is_magic(input.magic()) && !pcapng::is_magic(input.magic()) {
            return Err(self.not_a_capture(input.magic(), input.compressed));
        }
        self.input = Some(input);
        Ok(())
    }

    fn not_a_capture(&self, magic: &[u8], compressed: bool) -> SourceError {
        use std::fmt::Write;
        let mut found =
            if compressed { "holds, compressed, what begins with" } else { "begins with" }.to_owned();
        for byte in magic {
            let _ = write!(found, " {byte:02x}");
        }
        if !magic.is_empty() && magic.iter().all(|byte| (0x20..0x7f).contains(byte)) {
            let _ = write!(found, " (\"{}\")", String::from_utf8_lossy(magic).escape_debug());
        }
        SourceError::NotCapture { path: self.path.clone(), found }
    }

    /// Reads the file header once it is there.
    fn read_header(&mut self) -> Result<(), SourceError> {
        let bytes = self.block.bytes().get(self.at..self.end).unwrap_or_default();
        if let Some(header) = bytes.first_chunk::<{ pcap::HEADER }>().filter(|_| pcap::is_magic(bytes)) {
            let unsupported = |what| SourceError::Unsupported { path: self.path.clone(), what };
            self.format = Format::Pcap(Pcap::new(header).map_err(unsupported)?);
            self.at += pcap::HEADER;
        } else if let Some(header) = bytes.first_chunk::<12>().filter(|_| pcapng::is_magic(bytes)) {
            if !pcapng::has_byte_order(header) {
                return Err(self.not_a_capture(header, false));
            }
            self.format = Format::Pcapng(Pcapng::new(header));
        }
        Ok(())
    }

    /// Makes room behind the unread bytes: in the same block if nobody else holds it, otherwise in another.
    fn make_room(&mut self, need: usize, pool: &mut Pool) {
        let unread = self.end - self.at;
        // A length on the wire is believed only as far as bytes arrive.
        let need = need.clamp(unread + 1, (unread * 2).max(pool.size()).max(unread + 1));
        let (at, end) = (self.at, self.end);
        let room = self.block.exclusive().and_then(|mut block| match block.len() {
            there if there > end && there - at >= need => Some(Room::Behind),
            there if there >= need.max(pool.size()) => {
                block.copy_within(at..end, 0);
                Some(Room::Moved)
            }
            _ => None,
        });
        match room {
            Some(Room::Behind) => return,
            Some(Room::Moved) => return self.moved(),
            None => {}
        }
        let small = self.input.as_ref().and_then(|input| input.small(pool.size() / 4));
        let mut fresh = match small {
            Some(size) if self.base == 0 && self.end == 0 => Block::zeroed(size.max(need)),
            _ => pool.take(need),
        };
        let rest = self.block.bytes().get(self.at..self.end).unwrap_or_default();
        if let Some(mut block) = fresh.exclusive()
            && let Some(to) = block.get_mut(..rest.len())
        {
            to.copy_from_slice(rest);
        }
        pool.give(std::mem::replace(&mut self.block, fresh));
        self.moved();
    }

    /// The unread bytes now stand at the start of the block.
    fn moved(&mut self) {
        self.base += self.at as u64;
        self.end -= self.at;
        self.swapped = self.swapped.saturating_sub(self.at);
        self.at = 0;
    }

    /// Fills the block from a regular file; takes what one read gives from anything else.
    fn read_block(&mut self) -> Result<More, SourceError> {
        let (Some(input), Some(mut block)) = (self.input.as_mut(), self.block.exclusive()) else {
            return Ok(More::End);
        };
        let before = self.end;
        while let Some(room) = block.get_mut(self.end..).filter(|room| !room.is_empty()) {
            match input.read(room) {
                Ok(0) => {
                    self.over = Some(None);
                    break;
                }
                Ok(n) => self.end += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted && input.is_regular() => continue,
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) =>
                {
                    return Ok(if self.end > before { More::Bytes } else { More::Idle });
                }
                Err(error) if input.compressed && input::is_damage(&error) => {
                    self.over = Some(Some(format!("the compressed stream cannot be read further: {error}")));
                    break;
                }
                Err(source) => {
                    let offset = self.base + self.end as u64;
                    return Err(SourceError::Read { path: self.path.clone(), offset, source });
                }
            }
            if !input.is_regular() {
                break;
            }
        }
        if self.over.is_some() {
            self.input = None;
        }
        Ok(if self.end > before { More::Bytes } else { More::End })
    }

    /// Puts pseudo-headers that were written in the other byte order into the host's, as libpcap does; each once. Where
    /// sections of both orders meet in a block, the order at its start decides whether it is looked at.
    fn swap_pseudo_headers(&mut self) {
        let mut format = match &self.format {
            Format::Pcap(pcap) if pcap.big_endian() => Format::Pcap(pcap.clone()),
            Format::Pcapng(pcapng) if pcapng.big_endian() => Format::Pcapng(pcapng.clone()),
            _ => return,
        };
        let Some(mut block) = self.block.exclusive() else { return };
        let mut at = self.at;
        let mut packet = Vec::new();
        loop {
            packet.clear();
            let bytes = block.get(..self.end).unwrap_or_default();
            let mut scan = Scan { bytes, at, out: &mut packet, max: 1, limit: Timestamp::MAX };
            let big_endian = match &mut format {
                Format::Unknown => return,
                Format::Pcap(pcap) => {
                    pcap.scan(&mut scan);
                    true
                }
                Format::Pcapng(pcapng) => {
                    pcapng.scan(&mut scan);
                    pcapng.big_endian()
                }
            };
            at = scan.at;
            let Some(packet) = packet.first() else { break };
            let start = packet.at as usize;
            if big_endian && start >= self.swapped && link::has_host_order(packet.link) {
                let range = start..start.saturating_add(packet.captured as usize);
                link::to_little_endian(block.get_mut(range).unwrap_or_default());
            }
        }
        self.swapped = at;
    }
}
