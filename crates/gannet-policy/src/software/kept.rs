//! Programs that are known, and in the next run, too.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

use super::version::Version;
use crate::day::DAY;
use crate::memory::{Reader, Writer};
use crate::table::Table;

/// Hosts whose software is remembered.
pub(super) const MAX_HOSTS: usize = 100_000;
/// Programs that are remembered of one host: others replace the first by name.
pub(super) const MAX_PROGRAMS: usize = 200;

/// Programs of a host, by name, with the version that was seen last.
pub(super) type Programs = BTreeMap<Box<[u8]>, Last>;

/// A version, and what its program was.
#[derive(Clone)]
pub(super) struct Last {
    pub(super) kind: Cow<'static, str>,
    pub(super) version: Version,
}

/// Writes what is known.
pub(super) fn write(hosts: &Table<IpAddr, Programs>) -> impl FnOnce(&mut Writer) {
    |to| {
        hosts.write(to, |to, host, programs| {
            to.host(*host);
            to.number(programs.len() as u64);
            for (name, Last { kind, version: Version { numbers, addl } }) in programs {
                to.bytes(name);
                to.bytes(kind.as_bytes());
                for number in numbers {
                    to.number(u64::from(number.is_some()));
                    to.number(number.unwrap_or_default());
                }
                to.number(u64::from(addl.is_some()));
                to.bytes(addl.as_deref().unwrap_or_default());
            }
        });
    }
}

/// What was written.
pub(super) fn read(from: &mut Reader<'_>) -> Option<Table<IpAddr, Programs>> {
    let mut hosts = Table::new(MAX_HOSTS, DAY);
    hosts.read(from, |from| {
        let host = from.host()?;
        let count = from.number().filter(|count| *count <= MAX_PROGRAMS as u64)?;
        let programs = (0..count).map(|_| program(from)).collect::<Option<_>>()?;
        Some((host, programs))
    })?;
    Some(hosts)
}

fn program(from: &mut Reader<'_>) -> Option<(Box<[u8]>, Last)> {
    let name = from.bytes()?.into();
    let kind = Cow::Owned(std::str::from_utf8(from.bytes()?).ok()?.to_owned());
    let mut numbers = [None; 4];
    for place in &mut numbers {
        let set = from.number()? == 1;
        *place = from.number().map(|number| set.then_some(number))?;
    }
    let set = from.number()? == 1;
    let addl = from.bytes()?;
    Some((name, Last { kind, version: Version { numbers, addl: set.then(|| addl.into()) } }))
}
