//! The policies that there are, and the choice among them.

use std::error::Error;
use std::fmt;

use gannet::events::LogStream;

use crate::policy::Policy;
use crate::{certificates, known_certs, known_hosts, known_modbus, known_services, software};

/// All policies, by name.
pub const REGISTRY: &[&Policy] = &[
    &certificates::POLICY,
    &known_certs::POLICY,
    &known_hosts::POLICY,
    &known_modbus::POLICY,
    &known_services::POLICY,
    &software::POLICY,
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

/// The policies of these names, each once and in the order of [`REGISTRY`]; [`LOCAL`] stands for all of its set.
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
    Ok(REGISTRY.iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(policy, _)| *policy).collect())
}

/// The logs of all policies, without those that are the engine's.
pub fn streams() -> impl Iterator<Item = &'static LogStream> {
    let of = |policy: &&'static Policy| {
        let taken = policy.fold.taken;
        policy.logs().iter().filter(move |log| !taken.iter().any(|taken| taken.name == log.name))
    };
    REGISTRY.iter().flat_map(of).copied()
}
