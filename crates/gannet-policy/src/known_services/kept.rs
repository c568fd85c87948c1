//! Services that are known, and in the next run, too.

use super::candidate::{Endpoint, Proto};
use crate::day::DAY;
use crate::memory::{Reader, Writer};
use crate::names::{NameSet, Names};
use crate::table::Table;

/// Services that are remembered.
pub(super) const MAX_SERVICES: usize = 200_000;

/// Services, and the names that each has.
pub(super) type Services = Table<Endpoint, NameSet>;

/// Writes what is known: names and not their numbers, which are others in each run.
pub(super) fn write(services: &Services, names: &Names) -> impl FnOnce(&mut Writer) {
    |to| {
        services.write(to, |to, at, set| {
            to.host(at.host);
            to.number(u64::from(at.port));
            to.number(u64::from(at.proto == Proto::Tcp));
            let all: Vec<&str> = names.of(*set).collect();
            to.number(all.len() as u64);
            all.iter().for_each(|name| to.bytes(name.as_bytes()));
        });
    }
}

/// What was written.
pub(super) fn read(from: &mut Reader<'_>) -> Option<(Services, Names)> {
    let (mut services, mut names) = (Table::new(MAX_SERVICES, DAY), Names::default());
    services.read(from, |from| {
        let (host, port) = (from.host()?, u16::try_from(from.number()?).ok()?);
        let proto = if from.number()? == 1 { Proto::Tcp } else { Proto::Udp };
        let mut set = 0;
        for _ in 0..from.number()? {
            set |= names.bit(std::str::from_utf8(from.bytes()?).ok()?)?;
        }
        Some((Endpoint { host, port, proto }, set))
    })?;
    Some((services, names))
}
