//! Live capture: interfaces of this host as packet sources, one source for each worker.

#[cfg(all(feature = "afpacket", target_os = "linux"))]
mod adapter;
#[cfg(any(feature = "libpcap", all(feature = "afpacket", target_os = "linux")))]
mod frontier;
mod options;
#[cfg(feature = "libpcap")]
mod pcap;
#[cfg(all(feature = "afpacket", target_os = "linux"))]
mod ring;

use super::{PacketSource, Refusal, SourceError};

#[cfg(all(feature = "afpacket", target_os = "linux"))]
pub use adapter::{Adapter, adapter};
pub use options::{Interface, LiveOptions};

/// Opens the interfaces: one source for each worker.
///
/// # Errors
/// An interface that is not there, that may not be opened, or that cannot be read in this way.
pub fn open(options: &LiveOptions) -> Result<Vec<Box<dyn PacketSource>>, SourceError> {
    if options.interfaces.is_empty() {
        return Err(refused("", "none was named"));
    }
    #[cfg(feature = "libpcap")]
    if options.interfaces.iter().any(|interface| matches!(interface, Interface::Pcap(_))) {
        return pcap::open(options);
    }
    #[cfg(all(feature = "afpacket", target_os = "linux"))]
    {
        let ring = |interface: &Interface| match interface {
            Interface::Ring(name) => Some(name.clone()),
            Interface::Pcap(_) => None,
        };
        if let Some(names) = options.interfaces.iter().map(ring).collect::<Option<Vec<_>>>() {
            return ring::open(&names, options);
        }
    }
    let name = options.interfaces.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Err(refused(&name, "this build cannot read interfaces in this way"))
}

fn refused(name: &str, what: &str) -> SourceError {
    SourceError::Interface { name: name.to_owned(), why: Refusal::Request(what.to_owned()) }
}
