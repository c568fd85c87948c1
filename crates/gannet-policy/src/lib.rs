//! Policies: what a network is, by what its packets show.
//!
//! A policy is a fold over the one order of all records ([`gannet::events::Fold`]): on the worker it looks at records and
//! leaves small observations, and behind the merge it takes those in order, keeps tables with limits, and emits records of its
//! own. So what it says does not depend on the number of workers, and nothing here is shared between threads.
//!
//! [`REGISTRY`] has all of them. A run has those that [`ConfigBuilder::folds`](gannet::ConfigBuilder::folds) is given:
//!
//! ```
//! use gannet::{Config, Engine, events::{Event, Meta}};
//!
//! let policies = gannet_policy::select(["known_hosts"])?;
//! let config = Config::builder().folds(policies.iter().map(|policy| policy.fold)).build()?;
//! let mut hosts = 0;
//! let count = &mut |_: &Meta<'_>, event: Event<'_>| {
//!     hosts += usize::from(event.record.stream().name == "known_hosts");
//! };
//! Engine::new(config).finish(count);
//! assert_eq!(hosts, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod capture_loss;
pub mod certificates;
mod day;
pub mod expiring_certs;
pub mod ftp_guessing;
pub mod ftp_site_exec;
mod guessing;
pub mod intel;
pub mod known_certs;
pub mod known_hosts;
pub mod known_modbus;
pub mod known_services;
pub mod little_traffic;
mod measure;
pub mod memory;
mod names;
pub mod notice;
pub mod packet_filter;
mod policy;
mod recent;
mod registry;
pub mod scan;
mod schedule;
pub mod settings;
pub mod software;
pub mod sql_injection;
pub mod ssh_guessing;
mod summary;
mod table;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod weak_keys;
pub mod weird_activity;

pub use policy::Policy;
pub use registry::{LOCAL, REGISTRY, UnknownPolicy, notices, select, streams};
