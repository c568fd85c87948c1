//! Masters and slaves of Modbus: `known_modbus.log`.

#[cfg(test)]
mod tests;

use std::any::Any;
use std::net::IpAddr;

use gannet::Timestamp;
use gannet::analyzers::modbus::Modbus;
use gannet::events::{Enum, Event, Fold, FoldDescriptor, FoldOutput, Meta, Observation};

use crate::day::{DAY, SWEEP, Sweeps};
use crate::policy::Policy;
use crate::table::Table;

/// Devices that are remembered.
const MAX_DEVICES: usize = 100_000;
const MASTER: Enum = Enum("Known::MODBUS_MASTER");
const SLAVE: Enum = Enum("Known::MODBUS_SLAVE");

/// The policy.
pub const POLICY: Policy = Policy::new("Masters and slaves of Modbus, each once a day", &FOLD);

static FOLD: FoldDescriptor =
    FoldDescriptor::new("known_modbus", &[KnownModbus::STREAM], || Box::new(Devices::default()))
        .every(SWEEP)
        .watches(&[Modbus::STREAM], observe);

gannet::record! {
    /// One row a day for each host, local or not, that speaks Modbus: as master or as slave.
    pub struct KnownModbus in "known_modbus" {
        /// When it was seen.
        ts: Timestamp,
        /// Its address.
        host: IpAddr,
        /// What it is: Known::MODBUS_MASTER or Known::MODBUS_SLAVE.
        device_type: Enum,
    }
}

/// The master and the slave of a message.
struct Pair(IpAddr, IpAddr);

fn observe(_: &Meta<'_>, event: Event<'_>) -> Option<Observation> {
    let conn = event.get::<Modbus>()?.conn;
    Some(Box::new(Pair(conn.orig_h, conn.resp_h)))
}

/// The devices that were seen within a day; whether each was a master.
struct Devices {
    devices: Table<(IpAddr, bool), ()>,
    sweeps: Sweeps,
}

impl Default for Devices {
    fn default() -> Self {
        Self { devices: Table::new(MAX_DEVICES, DAY), sweeps: Sweeps::default() }
    }
}

impl Fold for Devices {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        let Ok(pair) = item.downcast::<Pair>() else { return };
        let ts = out.now();
        for (host, is_master) in [(pair.0, true), (pair.1, false)] {
            if self.devices.get_mut(&(host, is_master)).is_none() {
                let gone = self.devices.insert((host, is_master), (), self.sweeps.born(ts));
                out.gave_up(u64::from(gone.is_some()));
                let device_type = if is_master { MASTER } else { SLAVE };
                out.emit(None, &KnownModbus { ts, host, device_type }, &[]);
            }
        }
    }

    fn advance(&mut self, out: &mut FoldOutput<'_>) {
        if self.sweeps.due(out.now()) {
            self.devices.sweep(out.now(), |()| ());
        }
    }

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        self.advance(out);
    }

    fn held(&self) -> usize {
        self.devices.held()
    }
}
