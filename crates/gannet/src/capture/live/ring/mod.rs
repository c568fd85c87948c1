//! Interfaces of Linux through rings that are shared with the kernel (AF_PACKET with TPACKET_V3).
//!
//! Each worker has a ring on each interface. The kernel spreads the packets over the workers' rings by the hash of
//! [`crate::balance`], fills blocks with them, and gives a block out when it is full or [`map::RETIRE`] milliseconds old.
//! Packets are read where the kernel wrote them; a block goes back when the last batch on it is gone.

mod asm;
mod group;
mod map;
mod packet;
mod pair;
mod program;
mod reader;
mod source;
mod sys;
#[cfg(test)]
mod tests;
mod tunnel;
mod writer;

use std::sync::Arc;

use super::LiveOptions;
use crate::capture::{PacketSource, SourceError};
use group::{Group, Opened};
use source::{Port, RingSource};

/// Opens a source for each worker, which reads its ring of each of the interfaces.
///
/// # Errors
/// An interface that is not there, that may not be opened, or is of a kind that cannot be read so.
pub(super) fn open(
    names: &[String],
    options: &LiveOptions,
) -> Result<Vec<Box<dyn PacketSource>>, SourceError> {
    let workers = options.workers.max(1);
    let mut ports: Vec<Vec<Port>> = (0..workers).map(|_| Vec::new()).collect();
    let mut troubles = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let group = Arc::new(Group::new(name, number as u16, options));
        let Opened { readers, troubles: told } = group.open()?;
        troubles.extend(told.into_iter().map(|trouble| (name.clone(), trouble)));
        for (ports, reader) in ports.iter_mut().zip(readers) {
            ports.push(Port::new(Arc::clone(&group), reader));
        }
    }
    let source = |(worker, ports)| {
        // The first worker speaks for all of them.
        let troubles = if worker == 0 { std::mem::take(&mut troubles) } else { Vec::new() };
        Box::new(RingSource::new(worker, ports, troubles)) as Box<dyn PacketSource>
    };
    Ok(ports.into_iter().enumerate().map(source).collect())
}
