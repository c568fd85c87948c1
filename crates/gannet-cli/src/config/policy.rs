//! `[policy.NAME]`: what is set of policies, by the kinds that they say.

use std::fmt;
use std::path::Path;

use gannet_policy::settings::{Hosts, Kind, Range, Setting, Settings, Value};
use gannet_policy::{Policy, REGISTRY};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::value;

/// Bytes of a file that a setting names.
const MOST_BYTES: u64 = 16 << 20;

/// What is set of each policy that is named.
pub(super) fn tables<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<(&'static Policy, Settings)>, D::Error> {
    from.deserialize_map(All)
}

/// What there is to be said of a key that is not known; what was perhaps meant is found in it.
fn unknown<E: Error>(key: &str, known: impl Iterator<Item = &'static str>) -> E {
    let known: Vec<String> = known.map(|name| format!("`{name}`")).collect();
    E::custom(format!("unknown field `{key}`, expected one of {}", known.join(", ")))
}

/// All tables.
struct All;

impl<'de> Visitor<'de> for All {
    type Value = Vec<(&'static Policy, Settings)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a part for each policy, such as [policy.scan]")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let can_be_set = || REGISTRY.iter().filter(|policy| !policy.settings.is_empty());
            let policy = can_be_set().find(|policy| policy.name == name);
            let policy = policy.ok_or_else(|| unknown(&name, can_be_set().map(|policy| policy.name)))?;
            all.push((*policy, map.next_value_seed(One(policy))?));
        }
        Ok(all)
    }
}

/// The table of a policy.
struct One(&'static Policy);

impl<'de> DeserializeSeed<'de> for One {
    type Value = Settings;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Settings, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for One {
    type Value = Settings;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "what is set of {}", self.0.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Settings, A::Error> {
        let mut settings = Settings::default();
        while let Some(key) = map.next_key::<String>()? {
            let setting = self.0.settings.iter().find(|setting| setting.name == key);
            let names = self.0.settings.iter().map(|setting| setting.name);
            let setting = setting.ok_or_else(|| unknown(&key, names))?;
            settings.set(setting, map.next_value_seed(Set(setting))?);
        }
        Ok(settings)
    }
}

/// The value of a setting.
struct Set(&'static Setting);

impl<'de> DeserializeSeed<'de> for Set {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        let set = match self.0.kind {
            Kind::Count(_) => value::count(from)?.map(Value::Count),
            Kind::Percent(_) => Some(Value::Percent(percent(from)?)),
            Kind::Time(_) => value::age(from)?.map(Value::Time),
            Kind::Hosts(_) => Some(Value::Hosts(hosts(from)?)),
            Kind::Names => Some(Value::Names(Vec::deserialize(from)?)),
            Kind::Ranges => {
                let ranges = Vec::<RangeTable>::deserialize(from)?;
                Some(Value::Ranges(ranges.into_iter().map(Into::into).collect()))
            }
            Kind::File => Some(certificates(from)?),
            _ => None,
        };
        set.ok_or_else(|| D::Error::custom("it cannot be set"))
    }
}

fn percent<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let percent = f64::deserialize(from)?;
    let wrong = || D::Error::custom("expected a share above 0 and up to 100, in percent");
    Some(percent).filter(|percent| *percent > 0.0 && *percent <= 100.0).ok_or_else(wrong)
}

fn hosts<'de, D: Deserializer<'de>>(from: D) -> Result<Hosts, D::Error> {
    let text = String::deserialize(from)?;
    let found = Hosts::NAMED.iter().find(|(name, _)| *name == text).map(|(_, hosts)| *hosts);
    found.ok_or_else(|| D::Error::custom(format!("\"{text}\": expected local, remote or all")))
}

/// A file with certificates.
fn certificates<'de, D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
    let path = String::deserialize(from)?;
    let wrong = |why: String| D::Error::custom(format!("\"{path}\": {why}"));
    let text = value::text(Path::new(&path), MOST_BYTES).map_err(|error| wrong(error.to_string()))?;
    match gannet_policy::certificates::Roots::pem(&text).count() {
        0 => Err(wrong("expected certificates as PEM".to_owned())),
        _ => Ok(Value::File(path, text)),
    }
}

/// Versions of a program.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RangeTable {
    name: String,
    #[serde(default)]
    min: Option<String>,
    max: String,
}

impl From<RangeTable> for Range {
    fn from(RangeTable { name, min, max }: RangeTable) -> Self {
        Self::new(name, min, max)
    }
}
