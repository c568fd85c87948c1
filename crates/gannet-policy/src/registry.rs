//! The policies that there are, and the choice among them.

use std::error::Error;
use std::fmt;

use gannet::events::LogStream;

use crate::policy::Policy;
use crate::{
    capture_loss, certificates, expiring_certs, ftp_guessing, ftp_site_exec, intel, known_certs, known_hosts,
    known_modbus, known_services, little_traffic, notice, packet_filter, scan, software, sql_injection,
    ssh_guessing, weak_keys, weird_activity,
};

/// All policies, by name.
pub const REGISTRY: &[&Policy] = &[
    &capture_loss::POLICY,
    &certificates::POLICY,
    &expiring_certs::POLICY,
    &ftp_guessing::POLICY,
    &ftp_site_exec::POLICY,
    &intel::POLICY,
    &known_certs::POLICY,
    &known_hosts::POLICY,
    &known_modbus::POLICY,
    &known_services::POLICY,
    &little_traffic::POLICY,
    &notice::POLICY,
    &packet_filter::POLICY,
    &scan::POLICY,
    &software::POLICY,
    &sql_injection::POLICY,
    &ssh_guessing::POLICY,
    &weak_keys::POLICY,
    &weird_activity::POLICY,
];

/// The name of the set of those that Zeek's own `local.zeek` has.
pub const LOCAL: &str = "local";

/// There is no policy of that name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownPolicy {
    /// The name.
    pub name: String,
}

impl fmt::Display for UnknownPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = REGISTRY.iter().map(|policy| policy.name).collect();
        write!(f, "there is no policy {}: expected {LOCAL}, {}", self.name, names.join(", "))
    }
}

impl Error for UnknownPolicy {}

/// The policies of these names, each once and in the order of [`REGISTRY`]; [`LOCAL`] stands for all of its set. Where one raises
/// notices, the policy of notices is there too.
///
/// # Errors
/// A name that there is not.
pub fn select<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Vec<&'static Policy>, UnknownPolicy> {
    let mut chosen = vec![false; REGISTRY.len()];
    for name in names {
        let mut found = false;
        for (policy, chosen) in REGISTRY.iter().zip(&mut chosen) {
            if policy.name == name || policy.local && name == LOCAL {
                (*chosen, found) = (true, true);
            }
        }
        if !found {
            return Err(UnknownPolicy { name: name.to_owned() });
        }
    }
    let raised = REGISTRY.iter().zip(&chosen).any(|(policy, chosen)| *chosen && !policy.raises.is_empty());
    if let Some(notices) =
        REGISTRY.iter().position(|policy| policy.name == notice::POLICY.name).filter(|_| raised)
        && let Some(chosen) = chosen.get_mut(notices)
    {
        *chosen = true;
    }
    Ok(REGISTRY.iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(policy, _)| *policy).collect())
}

/// The types of notices that there are, each once.
pub fn notices() -> Vec<&'static str> {
    let mut types: Vec<&str> = REGISTRY.iter().flat_map(|policy| policy.raises).copied().collect();
    types.sort_unstable();
    types.dedup();
    types
}

/// The logs of all policies, without those that are the engine's.
pub fn streams() -> impl Iterator<Item = &'static LogStream> {
    let of = |policy: &&'static Policy| {
        let taken = policy.fold.taken;
        policy.logs().iter().filter(move |log| !taken.iter().any(|taken| taken.name == log.name))
    };
    REGISTRY.iter().flat_map(of).copied()
}
