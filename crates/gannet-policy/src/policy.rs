//! What a policy is.

use gannet::events::{FoldDescriptor, Label, LogStream};

use crate::settings::Setting;

/// A policy, as data.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Policy {
    /// Its name, which no other one has.
    pub name: &'static str,
    /// What it tells.
    pub doc: &'static str,
    /// How it works, and the records that it emits.
    pub fold: &'static FoldDescriptor,
    /// The tag that it gives rows of others.
    pub label: Option<&'static Label>,
    /// The types of notices that it raises. Where it runs, the policy of notices does.
    pub raises: &'static [&'static str],
    /// What can be set of it ([`Settings`](crate::settings::Settings)).
    pub settings: &'static [&'static Setting],
    /// Whether it keeps what it knows for the next run ([`Memory`](crate::memory::Memory)).
    pub keeps: bool,
    /// Whether Zeek's own `local.zeek` has it.
    pub local: bool,
}

impl Policy {
    /// A policy that is called like its fold.
    pub(crate) const fn new(doc: &'static str, fold: &'static FoldDescriptor) -> Self {
        Self {
            name: fold.name,
            doc,
            fold,
            label: None,
            raises: &[],
            settings: &[],
            keeps: false,
            local: false,
        }
    }

    /// One that raises notices of these types.
    pub(crate) const fn raises(mut self, types: &'static [&'static str]) -> Self {
        self.raises = types;
        self
    }

    /// One of which these can be set.
    pub(crate) const fn set_by(mut self, settings: &'static [&'static Setting]) -> Self {
        self.settings = settings;
        self
    }

    /// One that keeps what it knows for the next run.
    pub(crate) const fn keeps(mut self) -> Self {
        self.keeps = true;
        self
    }

    /// One that gives rows a tag.
    pub(crate) const fn labels(mut self, label: &'static Label) -> Self {
        self.label = Some(label);
        self
    }

    /// One that Zeek's own `local.zeek` has.
    pub(crate) const fn local(mut self) -> Self {
        self.local = true;
        self
    }

    /// The logs that it writes.
    pub const fn logs(&self) -> &'static [&'static LogStream] {
        self.fold.records
    }
}
