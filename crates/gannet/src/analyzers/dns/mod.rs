//! DNS.
use super::{Analyzer, Context, Descriptor, Direction, Progress, Start, Transport};

/// DNS.
pub static DNS: Descriptor = Descriptor {
    name: "dns",
    label: "DNS",
    doc: "",
    ports: &[(Transport::Udp, 53)],
    probe: None,
    records: &[],
    partial: true,
    shapes: true,
    max_tail: 65539,
    new: |_: &Start| Box::new(Stub),
};
struct Stub;
impl Analyzer for Stub {
    fn data(&mut self, _cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        Progress::Consumed(bytes.len())
    }
    fn held(&self) -> usize {
        0
    }
}
