//! Packet filter expressions: compiled by libpcap, one program per link type, run by a small machine of our own.
//!
//! The machine is classic BPF. libpcap's own, behind the `pcap` crate, takes the captured length for the length on
//! the wire, so that `greater 1000` misses packets that were cut by the snap length.

use std::error::Error;
use std::fmt;
use std::ops::Range;

use pcap::{Capture, Linktype};

use super::bpf::{self, Instruction};
use super::link;
use crate::base::packet::{LinkType, PacketFlags, PacketMeta};

/// An expression that libpcap does not compile.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FilterError {
    /// The expression.
    pub expression: String,
    /// The link type it was compiled for.
    pub link: LinkType,
    /// What libpcap says.
    pub message: String,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expression, link, message } = self;
        write!(f, "the packet filter \"{expression}\" does not compile for link type {}: {message}", link.0)
    }
}

impl Error for FilterError {}

/// A packet filter. Cloning is cheap enough for one per worker.
///
/// Off an interface, the kernel takes the outer VLAN tag out of a packet before a filter sees it. So `tcp port 80` matches
/// packets with a tag there, as it does with other tools, and not in a file. An expression that names `vlan` is for
/// packets as they are on the wire.
///
/// An expression means different bytes on different link types, so it is compiled for each one as it turns up. Packets
/// of a link type that it does not compile for do not match; [`Filter::failures`] names those.
#[derive(Clone, Debug)]
pub struct Filter {
    expression: String,
    programs: Vec<(LinkType, Option<Program>)>,
    failures: Vec<FilterError>,
    names_tags: bool,
    /// A packet without its tag; of the length of the longest so far.
    untagged: Vec<u8>,
}

/// Where a VLAN tag is in an Ethernet frame, and how long it is (IEEE 802.1Q, 9.5).
const TAG: Range<usize> = 12..16;

impl Filter {
    /// Compiles an expression for Ethernet, in pcap-filter(7) syntax, to see that it is one.
    ///
    /// # Errors
    ///
    /// libpcap does not compile it.
    pub fn compile(expression: &str) -> Result<Self, FilterError> {
        let program = Program::compile(expression, link::ETHERNET)?;
        Ok(Self {
            expression: expression.to_owned(),
            programs: vec![(link::ETHERNET, Some(program))],
            failures: Vec::new(),
            names_tags: names_tags(expression),
            untagged: Vec::new(),
        })
    }

    /// The expression as it was given.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// Link types that packets had and the expression does not compile for.
    pub fn failures(&self) -> &[FilterError] {
        &self.failures
    }

    /// Whether a packet of this link type matches: `bytes` were captured of `wire` bytes.
    pub fn matches(&mut self, link: LinkType, wire: u32, bytes: &[u8]) -> bool {
        let known = self.programs.iter().position(|(known, _)| *known == link);
        let index = known.unwrap_or_else(|| self.add(link));
        match self.programs.get(index) {
            Some((_, Some(program))) => program.accepts(wire, bytes),
            _ => false,
        }
    }

    /// Whether a packet matches as its source tells of it: without the tag that the kernel had taken out.
    pub(crate) fn matches_packet(&mut self, meta: &PacketMeta, bytes: &[u8]) -> bool {
        let restored = meta.link == link::ETHERNET && meta.flags.has(PacketFlags::TAG_RESTORED);
        if !restored || self.names_tags {
            return self.matches(meta.link, meta.wire, bytes);
        }
        let (Some(head), Some(rest)) = (bytes.get(..TAG.start), bytes.get(TAG.end..)) else { return false };
        let mut untagged = std::mem::take(&mut self.untagged);
        untagged.clear();
        untagged.extend_from_slice(head);
        untagged.extend_from_slice(rest);
        let matches = self.matches(meta.link, meta.wire.saturating_sub(TAG.len() as u32), &untagged);
        self.untagged = untagged;
        matches
    }

    /// Whether the expression names VLAN tags, so that it is for packets that have theirs.
    #[cfg(all(feature = "afpacket", target_os = "linux"))]
    pub(crate) fn names_tags(&self) -> bool {
        self.names_tags
    }

    /// The instructions for packets of this link type, for a machine elsewhere.
    #[cfg(all(feature = "afpacket", target_os = "linux"))]
    pub(crate) fn instructions(&self, link: LinkType) -> Result<Vec<Instruction>, FilterError> {
        match self.programs.iter().find(|(known, _)| *known == link) {
            Some((_, Some(program))) => Ok(program.instructions.clone()),
            _ => Program::compile(&self.expression, link).map(|program| program.instructions),
        }
    }

    #[cold]
    fn add(&mut self, link: LinkType) -> usize {
        let program =
            Program::compile(&self.expression, link).map_err(|error| self.failures.push(error)).ok();
        self.programs.push((link, program));
        self.programs.len() - 1
    }
}

#[derive(Clone, Debug)]
struct Program {
    instructions: Vec<Instruction>,
}

impl Program {
    fn compile(expression: &str, link: LinkType) -> Result<Self, FilterError> {
        let failed = |message: String| FilterError { expression: expression.to_owned(), link, message };
        if expression.contains('\0') {
            return Err(failed("a NUL byte".to_owned()));
        }
        let dead = Capture::dead(Linktype(i32::from(link.0))).map_err(|error| failed(error.to_string()))?;
        let program = dead.compile(expression, true).map_err(|error| failed(message(error)))?;
        let instructions = program.get_instructions().iter().map(|i| instruction(&i.to_string())).collect();
        match instructions {
            Some(instructions) => Ok(Self { instructions }),
            None => Err(failed("an instruction that cannot be read".to_owned())),
        }
    }

    /// Runs the program. A load beyond the captured bytes rejects the packet, as does anything unknown.
    fn accepts(&self, wire: u32, bytes: &[u8]) -> bool {
        bpf::run(&self.instructions, wire, bytes).unwrap_or(0) != 0
    }
}

/// Whether `vlan` is one of an expression's words.
fn names_tags(expression: &str) -> bool {
    expression.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == "vlan")
}

/// libpcap's words, without what the crate puts around them.
fn message(error: pcap::Error) -> String {
    match error {
        pcap::Error::PcapError(message) => message,
        other => other.to_string(),
    }
}

/// An instruction as libpcap dumps it: four numbers.
fn instruction(text: &str) -> Option<Instruction> {
    let mut words = text.split(' ');
    let code = words.next()?.parse().ok()?;
    let if_true = words.next()?.parse().ok()?;
    let if_false = words.next()?.parse().ok()?;
    let k = words.next()?.parse().ok()?;
    Some(Instruction { code, if_true, if_false, k })
}
