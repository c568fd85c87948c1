//! Which analyzers run in an engine: those that somebody listens to.

use super::analyzer::Descriptor;
use super::terms::Start;
use crate::base::direction::{Direction, Pair, Transport};
use crate::events::LogStream;
use crate::files::FileInfo;
use crate::worker::state::Wants;

/// A set of the analyzers that are found by content.
pub(crate) type Mask = u128;
/// Analyzers that are looked for by content; more than a mask has bits are not.
const MAX_PROBES: usize = Mask::BITS as usize;
/// Values of a byte.
const BYTES: usize = 1 << u8::BITS;

/// The analyzers of one engine, sorted by how a connection finds them.
#[derive(Debug)]
pub(crate) struct Active {
    ports: Vec<(Transport, u16, &'static Descriptor)>,
    probes: Vec<&'static Descriptor>,
    /// Those whose probe may find something where a direction begins with a byte.
    firsts: Pair<Vec<Mask>>,
    /// Those that may be looked for on TCP and on UDP, as bits.
    carried: [Mask; 2],
    /// All that may run.
    registry: Vec<&'static Descriptor>,
}

impl Active {
    /// `files` says whether anybody cares for files, so that whoever carries them has to run.
    pub(crate) fn new(registry: Vec<&'static Descriptor>, wants: &Wants, files: bool) -> Self {
        let all = wants.all_analyzers();
        let mut active = Self {
            ports: Vec::new(),
            probes: Vec::new(),
            firsts: Pair { orig: vec![0; BYTES], resp: vec![0; BYTES] },
            carried: [0; 2],
            registry: Vec::new(),
        };
        for descriptor in registry.iter().copied() {
            let runs = all || is_heard(descriptor, wants, files);
            // One that does not run has its bit all the same: a connection's bits mean the same under another configuration.
            if descriptor.probe.is_some() && active.probes.len() < MAX_PROBES {
                active.note_probe(descriptor, runs);
            }
            if runs {
                let ports = descriptor.ports.iter();
                active.ports.extend(ports.map(|(transport, port)| (*transport, *port, descriptor)));
            }
        }
        active.registry = registry;
        active
    }

    /// Other records are wanted.
    pub(crate) fn reconfigure(&mut self, wants: &Wants, files: bool) {
        *self = Self::new(std::mem::take(&mut self.registry), wants, files);
    }

    /// The analyzer with this name.
    pub(crate) fn find(&self, name: &str) -> Option<&'static Descriptor> {
        self.registry.iter().copied().find(|descriptor| descriptor.name == name)
    }

    /// Whether one of those whose own records somebody listens to carries files: they name them.
    pub(crate) fn carries_files(&self, wants: &Wants) -> bool {
        let carries = |d: &&'static Descriptor| d.records.iter().any(|s| s.name == FileInfo::STREAM.name);
        self.registry.iter().copied().filter(carries).any(|descriptor| wants.any(descriptor.records))
    }

    /// An analyzer with ports is looked for on the transports of those alone.
    fn note_probe(&mut self, descriptor: &'static Descriptor, runs: bool) {
        let bit = 1 << self.probes.len();
        for (carried, transport) in self.carried.iter_mut().zip([Transport::Tcp, Transport::Udp]) {
            let carries =
                descriptor.ports.is_empty() || descriptor.ports.iter().any(|(on, _)| *on == transport);
            if runs && carries {
                *carried |= bit;
            }
        }
        for (firsts, dir) in
            [(&mut self.firsts.orig, Direction::Orig), (&mut self.firsts.resp, Direction::Resp)]
        {
            note_first(firsts, descriptor, dir, bit);
        }
        self.probes.push(descriptor);
    }

    /// Those that may find something in what the two sides begin with.
    pub(super) fn asked(&self, orig: &[u8], resp: &[u8]) -> Mask {
        if orig.is_empty() && resp.is_empty() {
            return Mask::MAX;
        }
        let of = |firsts: &[Mask], bytes: &[u8]| {
            bytes.first().and_then(|byte| firsts.get(usize::from(*byte))).copied().unwrap_or_default()
        };
        of(&self.firsts.orig, orig) | of(&self.firsts.resp, resp)
    }

    /// The analyzers with a probe; their places are the bits of a [`Mask`].
    pub(crate) fn probes(&self) -> &[&'static Descriptor] {
        &self.probes
    }

    pub(super) fn candidates(&self, transport: Transport) -> Mask {
        let [tcp, udp] = self.carried;
        match transport {
            Transport::Tcp => tcp,
            Transport::Udp => udp,
        }
    }

    /// Whether anything would be attached to a connection, or looked for.
    pub(crate) fn concerns(&self, start: Start) -> bool {
        self.candidates(start.transport) != 0 || self.ports.iter().any(|port| is_of(port, start))
    }

    /// The analyzers that a connection's port calls for.
    pub(super) fn by_port(&self, start: Start) -> Vec<&'static Descriptor> {
        self.ports.iter().filter(|port| is_of(port, start)).map(|(_, _, descriptor)| *descriptor).collect()
    }
}

/// Sets a descriptor's bit for each byte with which what it looks for may begin in a direction.
fn note_first(firsts: &mut [Mask], descriptor: &Descriptor, dir: Direction, bit: Mask) {
    let Some((orig, resp)) = descriptor.first else {
        firsts.iter_mut().for_each(|mask| *mask |= bit);
        return;
    };
    let bytes = if dir == Direction::Orig { orig } else { resp };
    for byte in bytes {
        if let Some(mask) = firsts.get_mut(usize::from(*byte)) {
            *mask |= bit;
        }
    }
}

/// Whether somebody listens to what an analyzer emits, or to what others do that depends on it.
fn is_heard(descriptor: &Descriptor, wants: &Wants, files: bool) -> bool {
    let listened = |s: &&'static LogStream| wants.has(s) || files && s.name == FileInfo::STREAM.name;
    let shows = descriptor.carries || descriptor.shapes;
    shows && (files || !wants.is_empty()) || descriptor.records.iter().any(listened)
}

fn is_of((transport, port, _): &(Transport, u16, &'static Descriptor), start: Start) -> bool {
    *transport == start.transport && *port == start.resp_port
}
