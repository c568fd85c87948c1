//! Programs that are known in the next run.

use std::borrow::Cow;
use std::net::IpAddr;

use super::version::Version;
use super::{Last, MAX_HOSTS, MAX_PROGRAMS, Programs};
use crate::day::DAY;
use crate::memory::{Reader, Writer};
use crate::table::Table;

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
