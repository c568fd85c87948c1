//! What a user can set of policies: numbers, times, lists, each with the default that Zeek has.

use std::any::Any;

use gannet::Interval;
use gannet::events::Given;

/// One thing that can be set of a policy.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Setting {
    /// Its name, which no other one of the policy has.
    pub name: &'static str,
    /// What it says.
    pub doc: &'static str,
    /// What holds unless somebody sets it; a value of the same kind is what it can be set to.
    pub default: Value,
}

/// A value, as one can be set.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A number above zero.
    Count(u64),
    /// A share, in percent.
    Percent(f64),
    /// A time of a second or more.
    Time(Interval),
    /// Whose hosts are told of.
    Hosts(Hosts),
    /// Names.
    Names(Vec<String>),
    /// Versions of programs.
    Ranges(Vec<Range>),
    /// The text of a file; none if it is empty.
    File(String),
}

/// Whose hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hosts {
    /// Those of the site's networks.
    Local,
    /// All others.
    Remote,
    /// All.
    All,
}

impl Hosts {
    /// By their names.
    pub const NAMED: [(&'static str, Self); 3] =
        [("local", Self::Local), ("remote", Self::Remote), ("all", Self::All)];

    /// Whether a host is one of these; `local` says whether it is of the site's networks, as far as it is known.
    pub(crate) const fn have(self, local: Option<bool>) -> bool {
        match self {
            Self::Local => matches!(local, Some(true)),
            Self::Remote => matches!(local, Some(false)),
            Self::All => true,
        }
    }
}

/// Versions of a program, as they name themselves: from one on, or from the first, to one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// The program's name.
    pub name: String,
    /// The first version.
    pub min: Option<String>,
    /// The last version.
    pub max: String,
}

impl Setting {
    /// A setting of this kind.
    pub(crate) const fn new(name: &'static str, default: Value, doc: &'static str) -> Self {
        Self { name, doc, default }
    }
}

/// What a user has set of one policy. A run gives it to the policy's fold
/// ([`ConfigBuilder::give`](gannet::ConfigBuilder::give)).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    set: Vec<(&'static str, Value)>,
}

impl Settings {
    /// Sets one of a policy's, in the place of what was set before.
    pub fn set(&mut self, setting: &'static Setting, value: Value) {
        self.set.retain(|(name, _)| *name != setting.name);
        self.set.push((setting.name, value));
    }

    /// Those that a fold is given; none if it is given none.
    pub(crate) fn of(given: &Given) -> Self {
        let given: &dyn Any = &**given;
        given.downcast_ref::<Self>().cloned().unwrap_or_default()
    }

    /// The same, to be looked at.
    pub(crate) fn in_given(given: &Given) -> &Self {
        static NONE: Settings = Settings { set: Vec::new() };
        given.downcast_ref::<Self>().unwrap_or(&NONE)
    }

    fn value<'a>(&'a self, setting: &'a Setting) -> &'a Value {
        self.set.iter().find(|(name, _)| *name == setting.name).map_or(&setting.default, |(_, value)| value)
    }

    /// A number.
    pub(crate) fn count(&self, setting: &Setting) -> u64 {
        match self.value(setting) {
            Value::Count(count) => *count,
            _ => 0,
        }
    }

    /// The same, as a size.
    pub(crate) fn size(&self, setting: &Setting) -> usize {
        usize::try_from(self.count(setting)).unwrap_or(usize::MAX)
    }

    /// A share, in percent.
    pub(crate) fn percent(&self, setting: &Setting) -> f64 {
        match self.value(setting) {
            Value::Percent(percent) => *percent,
            _ => 0.0,
        }
    }

    /// A time.
    pub(crate) fn time(&self, setting: &Setting) -> Interval {
        match self.value(setting) {
            Value::Time(time) => *time,
            _ => Interval::ZERO,
        }
    }

    /// Whose hosts.
    pub(crate) fn hosts(&self, setting: &Setting) -> Hosts {
        match self.value(setting) {
            Value::Hosts(hosts) => *hosts,
            _ => Hosts::Local,
        }
    }

    /// Names.
    pub(crate) fn names<'a>(&'a self, setting: &'a Setting) -> &'a [String] {
        match self.value(setting) {
            Value::Names(names) => names,
            _ => &[],
        }
    }

    /// Versions.
    pub(crate) fn ranges<'a>(&'a self, setting: &'a Setting) -> &'a [Range] {
        match self.value(setting) {
            Value::Ranges(ranges) => ranges,
            _ => &[],
        }
    }

    /// The text of a file.
    pub(crate) fn file<'a>(&'a self, setting: &'a Setting) -> &'a str {
        match self.value(setting) {
            Value::File(text) => text,
            _ => "",
        }
    }
}
