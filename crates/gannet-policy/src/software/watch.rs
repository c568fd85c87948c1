//! Versions of which somebody is told: vulnerable ones, and changes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

use gannet::Timestamp;

use super::version::{Program, Version};
use crate::notice::Raise;
use crate::settings::Range;

pub(super) const VULNERABLE_VERSION: &str = "Software::Vulnerable_Version";
pub(super) const VERSION_CHANGE: &str = "Software::Software_Version_Change";

/// The first version and the last one.
type Ends = (Option<Version>, Version);

/// What the user wants to be told of.
#[derive(Default)]
pub(super) struct Watched {
    vulnerable: BTreeMap<Vec<u8>, Vec<Ends>>,
    changes: Vec<Vec<u8>>,
}

impl Watched {
    pub(super) fn new(ranges: &[Range], changes: &[String]) -> Self {
        let mut vulnerable: BTreeMap<Vec<u8>, Vec<Ends>> = BTreeMap::new();
        for Range { name, min, max } in ranges {
            let ends = (min.as_deref().map(Version::alone), Version::alone(max));
            vulnerable.entry(name.clone().into_bytes()).or_default().push(ends);
        }
        Self { vulnerable, changes: changes.iter().map(|name| name.clone().into_bytes()).collect() }
    }

    /// What there is to tell of a program that is new, or was that before.
    pub(super) fn look(
        &self,
        host: IpAddr,
        program: &Program,
        before: Option<(Cow<'static, str>, Version)>,
        now: Timestamp,
    ) -> Vec<Raise> {
        let Program { name, version } = program;
        let named = format!("{} {}", String::from_utf8_lossy(name), version.shown());
        let mut raised = Vec::new();
        if let Some((kind, before)) = before.filter(|_| self.changes.contains(name)) {
            let text = format!(
                "{:.6} {} '{}' version changed from {} to {}",
                now.nanos() as f64 / 1e9,
                kind,
                String::from_utf8_lossy(name),
                before.shown(),
                version.shown()
            );
            raised.push(Raise::new(VERSION_CHANGE, text).more(named.clone()).src(host));
        }
        let within = |(min, max): &Ends| {
            min.as_ref().is_none_or(|min| version.cmp(min).is_ge()) && version.cmp(max).is_le()
        };
        if self.vulnerable.get(name).is_some_and(|ranges| ranges.iter().any(within)) {
            let text = format!("{host} is running {named} which is vulnerable.");
            raised.push(Raise::new(VULNERABLE_VERSION, text).more(named).src(host));
        }
        raised
    }

    /// Bytes of memory.
    pub(super) fn held(&self) -> usize {
        let ranges =
            self.vulnerable.iter().map(|(name, ends)| name.len() + ends.capacity() * size_of::<Ends>());
        ranges.sum::<usize>() + self.changes.iter().map(Vec::len).sum::<usize>()
    }
}
