//! What a user can set of policies: numbers, times, lists, each with the default that Zeek has.

use std::sync::LazyLock;

use gannet::Interval;
use gannet::events::Given;

use crate::memory::Memory;

/// One thing that can be set of a policy.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Setting {
    /// Its name, which no other one of the policy has.
    pub name: &'static str,
    /// What it says.
    pub doc: &'static str,
    /// What it can be set to, and what holds unless somebody sets it.
    pub kind: Kind,
}

/// What something can be set to, with the default if that is not nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// A number above zero.
    Count(u64),
    /// A share, in percent.
    Percent(f64),
    /// A time of a second or more.
    Time(Interval),
    /// Whose hosts are told of.
    Hosts(Hosts),
    /// Names.
    Names,
    /// Versions of programs.
    Ranges,
    /// A file.
    File,
}

/// A value, as one is set.
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
    /// A file: its path and its text.
    File(String, String),
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
#[non_exhaustive]
pub struct Range {
    /// The program's name.
    pub name: String,
    /// The first version.
    pub min: Option<String>,
    /// The last version.
    pub max: String,
}

impl Range {
    /// Versions of this program.
    pub const fn new(name: String, min: Option<String>, max: String) -> Self {
        Self { name, min, max }
    }
}

impl Kind {
    /// Whether a value is what holds anyway.
    fn is_default(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Count(one), Value::Count(other)) => one == *other,
            (Self::Percent(one), Value::Percent(other)) => one == *other,
            (Self::Time(one), Value::Time(other)) => one == *other,
            (Self::Hosts(one), Value::Hosts(other)) => one == *other,
            _ => false,
        }
    }
}

impl Setting {
    /// A setting of this kind.
    pub(crate) const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, doc, kind }
    }
}

/// What a user has set of one policy. A run gives it to the policy's fold
/// ([`ConfigBuilder::give`](gannet::ConfigBuilder::give)).
#[derive(Clone, Debug, Default)]
pub struct Settings {
    set: Vec<(&'static str, Value)>,
    memory: Memory,
}

/// What the policy remembers is not set.
impl PartialEq for Settings {
    fn eq(&self, other: &Self) -> bool {
        self.set == other.set
    }
}

impl Settings {
    /// Sets one of a policy's, in the place of what was set before.
    pub fn set(&mut self, setting: &Setting, value: Value) {
        self.set.retain(|(name, _)| *name != setting.name);
        if !setting.kind.is_default(&value) {
            self.set.push((setting.name, value));
        }
    }

    /// Files that are named, each with its text.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.set.iter().filter_map(|(_, value)| match value {
            Value::File(path, text) => Some((path.as_str(), text.as_str())),
            _ => None,
        })
    }

    /// Whether all is as it is by default.
    pub fn is_default(&self) -> bool {
        self.set.is_empty()
    }

    /// The policy keeps what it knows there.
    pub fn remember_by(&mut self, memory: Memory) {
        self.memory = memory;
    }

    /// Where it keeps what it knows.
    pub(crate) fn memory(&self) -> Memory {
        self.memory.clone()
    }

    /// Those that a fold is given; the defaults if it is given none.
    pub(crate) fn of(given: &Given) -> &Self {
        static NONE: LazyLock<Settings> = LazyLock::new(Settings::default);
        given.downcast_ref::<Self>().unwrap_or(&NONE)
    }

    fn value(&self, setting: &Setting) -> Option<&Value> {
        self.set.iter().find(|(name, _)| *name == setting.name).map(|(_, value)| value)
    }

    /// A number.
    pub(crate) fn count(&self, setting: &Setting) -> u64 {
        match (self.value(setting), setting.kind) {
            (Some(Value::Count(count)), _) => *count,
            (_, Kind::Count(count)) => count,
            _ => 0,
        }
    }

    /// The same, as a size.
    pub(crate) fn size(&self, setting: &Setting) -> usize {
        usize::try_from(self.count(setting)).unwrap_or(usize::MAX)
    }

    /// A share, in percent.
    pub(crate) fn percent(&self, setting: &Setting) -> f64 {
        match (self.value(setting), setting.kind) {
            (Some(Value::Percent(percent)), _) => *percent,
            (_, Kind::Percent(percent)) => percent,
            _ => 0.0,
        }
    }

    /// A time.
    pub(crate) fn time(&self, setting: &Setting) -> Interval {
        match (self.value(setting), setting.kind) {
            (Some(Value::Time(time)), _) => *time,
            (_, Kind::Time(time)) => time,
            _ => Interval::ZERO,
        }
    }

    /// Whose hosts.
    pub(crate) fn hosts(&self, setting: &Setting) -> Hosts {
        match (self.value(setting), setting.kind) {
            (Some(Value::Hosts(hosts)), _) => *hosts,
            (_, Kind::Hosts(hosts)) => hosts,
            _ => Hosts::Local,
        }
    }

    /// Names.
    pub(crate) fn names(&self, setting: &Setting) -> &[String] {
        match self.value(setting) {
            Some(Value::Names(names)) => names,
            _ => &[],
        }
    }

    /// Versions.
    pub(crate) fn ranges(&self, setting: &Setting) -> &[Range] {
        match self.value(setting) {
            Some(Value::Ranges(ranges)) => ranges,
            _ => &[],
        }
    }

    /// The text of a file.
    pub(crate) fn file(&self, setting: &Setting) -> &str {
        match self.value(setting) {
            Some(Value::File(_, text)) => text,
            _ => "",
        }
    }
}
