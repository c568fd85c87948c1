//! Which analyzers run in an engine: those that somebody listens to.

use super::{Attached, Descriptor, Detection, Start, Transport};
use crate::events::Stream;
use crate::files::FileInfo;
use crate::flow::{Conn, Wants};

/// The analyzers of one engine, sorted by how a connection finds them.
#[derive(Debug)]
pub(crate) struct Active {
    ports: Vec<(Transport, u16, &'static Descriptor)>,
    probes: Vec<&'static Descriptor>,
    /// Whether connections are reported, so that every service has to be found out.
    conn: bool,
    wanted: Vec<&'static Descriptor>,
}

impl Active {
    /// `files` says whether anybody cares for files, so that whoever carries them has to run.
    pub(crate) fn new(registry: &[&'static Descriptor], wants: &Wants, files: bool) -> Self {
        let listened = |s: &&'static Stream| wants.has(s) || files && s.name == FileInfo::STREAM.name;
        let conn = wants.has(Conn::STREAM);
        let wanted: Vec<_> = registry.iter().copied().filter(|d| d.records.iter().any(listened)).collect();
        let is_wanted =
            |d: &&'static Descriptor| wanted.iter().any(|w: &&'static Descriptor| std::ptr::eq(*w, *d));
        let running: Vec<_> = registry.iter().copied().filter(|d| conn || is_wanted(d)).collect();
        let mut active = Self { ports: Vec::new(), probes: Vec::new(), conn, wanted };
        for descriptor in running {
            active
                .ports
                .extend(descriptor.ports.iter().map(|(transport, port)| (*transport, *port, descriptor)));
            if descriptor.probe.is_some() {
                active.probes.push(descriptor);
            }
        }
        active
    }

    /// Whether one of those that somebody listens to carries files: its own records name them.
    pub(crate) fn carries_files(&self) -> bool {
        let carries = |d: &&'static Descriptor| d.records.iter().any(|s| s.name == FileInfo::STREAM.name);
        self.wanted.iter().any(carries)
    }

    /// Whether a confirmed analyzer still has something to do.
    pub(crate) fn keep(&self, descriptor: &'static Descriptor) -> bool {
        (descriptor.shapes && self.conn) || self.wanted.iter().any(|wanted| std::ptr::eq(*wanted, descriptor))
    }

    /// The analyzers that a connection's port calls for.
    pub(crate) fn by_port(&self, start: Start) -> Vec<Attached> {
        let mut attached = Vec::new();
        for (transport, port, descriptor) in &self.ports {
            if *transport == start.transport && *port == start.resp_port {
                attached.reserve_exact(1);
                attached.push(Attached::new(descriptor, attached.len() as u8, start));
            }
        }
        attached
    }

    /// Detection by content, unless nobody could be detected. An analyzer with ports is looked for on the transports of
    /// those alone.
    pub(crate) fn detection(&self, start: Start) -> Option<Box<Detection>> {
        let carried = |d: &&'static Descriptor| {
            d.ports.is_empty() || d.ports.iter().any(|(transport, _)| *transport == start.transport)
        };
        let candidates: Vec<_> = self.probes.iter().copied().filter(carried).collect();
        (!candidates.is_empty()).then(|| Box::new(Detection::new(candidates, start)))
    }
}
