//! Keeps the packets that a source gives: a pcapng file beside the analysis, to be replayed and compared.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

#[cfg(feature = "libpcap")]
use super::Filter;
use super::pcapng::write::{Packet, enhanced_packet, interface_block, section_header};
use super::{Batch, Filled, PacketSource, SourceError, SourceEvent, SourceStatus, What};
use crate::base::packet::{LinkType, PacketMeta};
use crate::base::shown::shown;
use crate::base::time::Timestamp;

/// Bytes that wait to be written; more are written at once.
const BUFFER: usize = 256 * 1024;
/// Interface blocks of a file; packets of more interfaces and link types are not kept, and counted.
const MOST_INTERFACES: usize = 1024;

/// A source whose packets are written to a pcapng file as they pass.
///
/// Times are kept to the nanosecond, and what the kernel said of checksums too, so that a replay of the file gives the same
/// records. Times before 1970 are written as 1970. A file that cannot be written any more, as on a full disk, is cut behind
/// its last whole packet and does not stop the source: [`PacketSource::take_events`] tells of it once, and
/// [`SourceStatus::unrecorded`] counts what is not kept.
pub struct Recorder {
    source: Box<dyn PacketSource>,
    path: PathBuf,
    /// None once writing has failed.
    file: Option<File>,
    /// Whole blocks that wait to be written.
    buffer: Vec<u8>,
    /// Packets among them.
    waiting: u64,
    /// Bytes in the file.
    written: u64,
    /// The interface blocks so far; their places are their ids.
    interfaces: Vec<(u16, LinkType)>,
    recorded: u64,
    unrecorded: u64,
    /// Time of the last packet.
    last: Timestamp,
    events: Vec<SourceEvent>,
}

impl Recorder {
    /// Makes the file. A plain file that is there makes room for it; links are not followed, and pipes not waited for.
    ///
    /// # Errors
    ///
    /// The file cannot be made.
    pub fn create(source: Box<dyn PacketSource>, path: impl Into<PathBuf>) -> Result<Self, SourceError> {
        let path = path.into();
        match create(&path) {
            Ok(file) => Ok(Self::to(source, path, file)),
            Err(source) => Err(SourceError::Create { path, source }),
        }
    }

    /// Writes to a file that the caller has made; `path` is what it is called.
    pub fn to(source: Box<dyn PacketSource>, path: impl Into<PathBuf>, file: File) -> Self {
        let path = path.into();
        let mut buffer = Vec::with_capacity(BUFFER + BUFFER / 4);
        section_header(&mut buffer);
        Self {
            source,
            path,
            file: Some(file),
            buffer,
            waiting: 0,
            written: 0,
            interfaces: Vec::new(),
            recorded: 0,
            unrecorded: 0,
            last: Timestamp::ZERO,
            events: Vec::new(),
        }
    }

    /// A recorder around each of several sources, one file each: see [`Self::paths`].
    ///
    /// # Errors
    ///
    /// A file cannot be made.
    pub fn each(
        sources: Vec<Box<dyn PacketSource>>,
        path: &Path,
    ) -> Result<Vec<Box<dyn PacketSource>>, SourceError> {
        Self::each_by(sources, path, create)
    }

    /// The same with files that the caller makes.
    ///
    /// # Errors
    ///
    /// A file cannot be made.
    pub fn each_by(
        sources: Vec<Box<dyn PacketSource>>,
        path: &Path,
        mut create: impl FnMut(&Path) -> io::Result<File>,
    ) -> Result<Vec<Box<dyn PacketSource>>, SourceError> {
        let paths = Self::paths(path, sources.len());
        let recorder = |(inner, path): (_, PathBuf)| match create(&path) {
            Ok(file) => Ok(Box::new(Self::to(inner, path, file)) as Box<dyn PacketSource>),
            Err(source) => Err(SourceError::Create { path, source }),
        };
        sources.into_iter().zip(paths).map(recorder).collect()
    }

    /// The files of so many sources: the path itself for one, and otherwise `.0`, `.1` and so on in front of its extension,
    /// as in `seen.0.pcapng`.
    pub fn paths(path: &Path, sources: usize) -> Vec<PathBuf> {
        if sources == 1 {
            return vec![path.to_owned()];
        }
        let numbered = |number: usize| {
            let mut name = path.file_stem().unwrap_or_default().to_owned();
            name.push(format!(".{number}"));
            if let Some(extension) = path.extension() {
                name.push(".");
                name.push(extension);
            }
            path.with_file_name(name)
        };
        (0..sources).map(numbered).collect()
    }

    /// Puts a packet into the buffer.
    fn keep(&mut self, packet: &PacketMeta, bytes: &[u8]) {
        if self.file.is_none() {
            self.unrecorded += 1;
            return;
        }
        let Some(interface) = self.interface(packet) else {
            self.unrecorded += 1;
            return;
        };
        let PacketMeta { ts, wire, flags, .. } = *packet;
        enhanced_packet(&mut self.buffer, &Packet { interface, ts, wire, flags, bytes });
        self.waiting += 1;
        if self.buffer.len() >= BUFFER {
            self.write();
        }
    }

    /// The id of a packet's interface in the file; one that is new gets its block.
    fn interface(&mut self, packet: &PacketMeta) -> Option<u32> {
        let wanted = (packet.interface, packet.link);
        let known = self.interfaces.iter().position(|known| *known == wanted);
        let id = match known {
            Some(id) => id,
            None if self.interfaces.len() >= MOST_INTERFACES => return None,
            None => {
                let status = self.source.status();
                let name =
                    status.rings.get(usize::from(packet.interface)).map(|ring| ring.interface.as_str());
                interface_block(&mut self.buffer, packet.link, name);
                self.interfaces.push(wanted);
                self.interfaces.len() - 1
            }
        };
        Some(id as u32)
    }

    /// Writes what waits.
    fn write(&mut self) {
        let Some(file) = &mut self.file else { return };
        let (written, result) = write_all(file, &self.buffer);
        match result {
            Ok(()) => self.recorded += self.waiting,
            Err(error) => {
                // What is there up to its last whole block can be read without a complaint.
                let (whole, packets) = whole_blocks(&self.buffer, written);
                let _cut_at_least_by_the_reader = file.set_len(self.written + whole as u64);
                self.recorded += packets;
                self.unrecorded += self.waiting.saturating_sub(packets);
                self.file = None;
                let what =
                    format!("packets are not recorded any more: cannot write {}: {error}", shown(&self.path));
                let status = self.source.status();
                let name = status.rings.first().map_or("", |ring| ring.interface.as_str());
                self.events.push(SourceEvent::new(self.last, name, What::Trouble(what)));
            }
        }
        self.written += written as u64;
        self.waiting = 0;
        self.buffer.clear();
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.write();
    }
}

impl PacketSource for Recorder {
    fn fill(&mut self, batch: &mut Batch, max: usize) -> Result<Filled, SourceError> {
        let filled = self.source.fill(batch, max)?;
        match filled {
            Filled::Packets => {
                for packet in &batch.packets {
                    self.keep(packet, batch.bytes(packet));
                }
                self.last = batch.packets.last().map_or(self.last, |packet| packet.ts);
            }
            // Nothing else to do: whoever looks at the file sees what was seen so far.
            Filled::Idle | Filled::End => self.write(),
        }
        Ok(filled)
    }

    fn status(&self) -> SourceStatus {
        let (recorded, unrecorded) = (self.recorded + self.waiting, self.unrecorded);
        SourceStatus { recorded, unrecorded, ..self.source.status() }
    }

    fn take_events(&mut self) -> Vec<SourceEvent> {
        let mut events = self.source.take_events();
        events.append(&mut self.events);
        events
    }

    #[cfg(feature = "libpcap")]
    fn set_filter(&mut self, filter: Option<&Filter>) -> Result<(), SourceError> {
        self.source.set_filter(filter)
    }

    fn stop(&mut self) {
        self.source.stop();
    }
}

/// Makes a file in the place of a plain file. Devices are written to, and nothing else is touched.
fn create(path: &Path) -> io::Result<File> {
    match fs::symlink_metadata(path).map(|meta| meta.file_type()) {
        Ok(kind) if kind.is_char_device() => return File::options().write(true).open(path),
        Ok(kind) if kind.is_file() => fs::remove_file(path)?,
        _ => {}
    }
    File::create_new(path)
}

/// Writes all bytes, and tells how many went out if that fails.
fn write_all(file: &mut File, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        match file.write(rest) {
            Ok(0) => return (at, Err(io::ErrorKind::WriteZero.into())),
            Ok(n) => at += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (at, Err(error)),
        }
    }
    (at, Ok(()))
}

/// Bytes of the whole blocks among the first ones of a buffer of blocks, and packets in them.
fn whole_blocks(buffer: &[u8], written: usize) -> (usize, u64) {
    let (mut at, mut packets) = (0, 0);
    while let Some(&[kind, _, _, _, a, b, c, d, ..]) = buffer.get(at..written) {
        let length = u32::from_le_bytes([a, b, c, d]) as usize;
        if length == 0 || at + length > written {
            break;
        }
        at += length;
        packets += u64::from(kind == super::pcapng::write::ENHANCED);
    }
    (at, packets)
}
