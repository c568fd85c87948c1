//! Masters and slaves of Modbus: `known_modbus.log`.

#[cfg(test)]
mod tests;

use std::any::Any;
use std::net::IpAddr;

use gannet::Timestamp;
use gannet::analyzers::modbus::Modbus;
use gannet::events::{Enum, Event, Fold, FoldDescriptor, FoldOutput, Meta, Observation};

use crate::day::{DAY, SWEEP, Sweeps};
use crate::memory::{Keeper, Reader, Writer};
use crate::policy::Policy;
use crate::settings::Settings;
use crate::table::Table;

/// Devices that are remembered.
const MAX_DEVICES: usize = 100_000;
const MASTER: Enum = Enum("Known::MODBUS_MASTER");
const SLAVE: Enum = Enum("Known::MODBUS_SLAVE");

/// The policy.
pub const POLICY: Policy = Policy::new("Masters and slaves of Modbus, each once a day", &FOLD).keeps();

static FOLD: FoldDescriptor =
    FoldDescriptor::new("known_modbus", &[KnownModbus::STREAM], || Box::new(Devices::default()))
        .given(|given| Box::new(Devices::by(Settings::of(given))))
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
    devices: Known,
    sweeps: Sweeps,
    keeper: Keeper,
}

/// Hosts, and whether each is a master.
type Known = Table<(IpAddr, bool), ()>;

impl Default for Devices {
    fn default() -> Self {
        let devices = Table::new(MAX_DEVICES, DAY);
        Self { devices, sweeps: Sweeps::default(), keeper: Keeper::default() }
    }
}

impl Devices {
    fn by(settings: &Settings) -> Self {
        let memory = settings.memory();
        let read = |from: &mut Reader<'_>| {
            let mut devices = Table::new(MAX_DEVICES, DAY);
            devices.read(from, |from| Some(((from.host()?, from.number()? == 1), ())))?;
            Some(devices)
        };
        let recalled = memory.recall(read);
        let known = recalled.map_or_else(Self::default, |devices| Self { devices, ..Self::default() });
        Self { keeper: Keeper::new(memory), ..known }
    }
}

/// Writes what is known.
fn write(devices: &Known) -> impl FnOnce(&mut Writer) {
    |to| {
        devices.write(to, |to, (host, is_master), ()| {
            to.host(*host);
            to.number(u64::from(*is_master));
        });
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
            self.keeper.look(out.now(), write(&self.devices));
        }
    }

    fn finish(&mut self, _: &mut FoldOutput<'_>) {
        self.keeper.keep(write(&self.devices));
    }

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        self.advance(out);
    }

    fn held(&self) -> usize {
        self.devices.held()
    }
}
