//! `gannet doctor`: what of a host and its interfaces keeps a sensor from seeing all packets, and the command that mends it.

mod disk;
mod finding;
mod host;
mod interface;
mod show;
mod system;
#[cfg(test)]
mod tests;

use gannet::capture::live::adapter;

use self::finding::{Finding, State};
use self::system::System;
use crate::args::DoctorArgs;

/// Looks at everything; what to print, and whether all is well.
pub(crate) fn examine(args: &DoctorArgs) -> (String, bool) {
    let system = System::real();
    let mut findings = host::findings(&system);
    findings.extend(disk::findings(&args.log_dir));
    let names = if args.interfaces.is_empty() { interface::names(&system) } else { args.interfaces.clone() };
    if names.is_empty() {
        findings.push(Finding::new(
            "interfaces",
            "there",
            State::Unknown,
            "none but the loopback one".to_owned(),
        ));
    }
    for name in &names {
        findings.extend(interface::findings(&system, name, adapter(name)));
    }
    let is_well = findings.iter().all(|finding| finding.state != State::Mend);
    let text = if args.json { show::json(&findings) } else { show::text(&findings) };
    (text, is_well)
}
