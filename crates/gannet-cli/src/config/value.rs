//! Values in a configuration file: in the words of the command line, so that both are read by the same code.

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use clap::ValueEnum;
use gannet::capture::Filter;
use gannet::capture::live::Interface;
use gannet::events::LogStream;
use gannet::files::hash;
use gannet::flow::LocalNets;
use gannet::{Decap, Interval};
use gannet_logs::{Compression, Endpoint, Facility, Syslog};
use gannet_policy::notice::Action;
use nix::fcntl::OFlag;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::extract::Kind;
use crate::notify::{Address, Limits, Url};
use crate::values::{self, Cpus, Spread, SummaryForm};

/// A string or a whole number, as text.
struct Words(String);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Words;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a whole number")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Words, E> {
                Ok(Words(text.to_owned()))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Words, E> {
                Ok(Words(number.to_string()))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Words, E> {
                Ok(Words(number.to_string()))
            }
        }
        from.deserialize_any(Text)
    }
}

/// A value by the parser of the command line.
fn parsed<'de, D: Deserializer<'de>, T, E: fmt::Display>(
    from: D,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, D::Error> {
    let Words(text) = Words::deserialize(from)?;
    parse(&text).map(Some).map_err(|error| D::Error::custom(format!("\"{text}\": {error}")))
}

/// A list by the parser of the command line, which takes its elements with commas between them.
fn list<'de, D: Deserializer<'de>, T, E: fmt::Display>(
    from: D,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    if texts.is_empty() {
        return Ok(None);
    }
    parse(&texts.join(",")).map(Some).map_err(D::Error::custom)
}

pub(super) fn interfaces<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Interface>, D::Error> {
    let names = Vec::<String>::deserialize(from)?;
    names.iter().map(|name| name.parse().map_err(D::Error::custom)).collect()
}

pub(super) fn kinds<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Kind>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    texts.iter().map(|text| Kind::parse(text).map_err(D::Error::custom)).collect()
}

pub(super) fn decap<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Decap>, D::Error> {
    let tunnels = Vec::<String>::deserialize(from)?;
    let decap =
        |text: &String| text.parse().map_err(|error| D::Error::custom(format!("\"{text}\": {error}")));
    tunnels.iter().map(decap).collect()
}

pub(super) fn ages<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Interval>, D::Error> {
    let ages = Vec::<String>::deserialize(from)?;
    let age =
        |text: &String| values::age(text).map_err(|error| D::Error::custom(format!("\"{text}\": {error}")));
    ages.iter().map(age).collect()
}

pub(super) fn policies<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let names = Vec::<String>::deserialize(from)?;
    let policy = |name: &String| {
        values::policy(name).map_err(|error| D::Error::custom(format!("\"{name}\": {error}")))
    };
    names.iter().map(policy).collect()
}

/// One type of notices, or several.
pub(super) fn notices<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(serde::Deserialize)]
    #[serde(untagged, expecting = "expected a type of notices, or a list of them")]
    enum Types {
        One(String),
        Some(Vec<String>),
    }
    let types = match Types::deserialize(from)? {
        Types::One(one) => vec![one],
        Types::Some(types) if types.is_empty() => return Err(D::Error::custom("expected a type at least")),
        Types::Some(types) => types,
    };
    let known = |name: &String| {
        values::notice(name).map_err(|error| D::Error::custom(format!("\"{name}\": {error}")))
    };
    types.iter().map(known).collect()
}

/// What is done with a notice: a list, or nothing of it by `none`.
pub(super) fn actions<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<Action>>, D::Error> {
    const NONE: &str = "none";
    let names = Vec::<String>::deserialize(from)?;
    if names == [NONE] {
        return Ok(Some(Vec::new()));
    }
    let action = |name: &String| {
        let known = || Action::ALL.map(Action::name).join(", ");
        let wrong = || D::Error::custom(format!("\"{name}\": expected some of {}, or {NONE} alone", known()));
        Action::ALL.into_iter().find(|action| action.name() == name).ok_or_else(wrong)
    };
    let actions = names.iter().map(action).collect::<Result<Vec<_>, _>>()?;
    if actions.is_empty() {
        return Err(D::Error::custom(format!("expected an action at least, or {NONE}")));
    }
    Ok(Some(actions))
}

/// An age, or 0.
pub(super) fn quiet_time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Interval>, D::Error> {
    parsed(from, |text| if text == "0" { Ok(Interval::ZERO) } else { values::age(text) })
}

pub(super) fn address<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Address>, D::Error> {
    parsed(from, str::parse)
}

pub(super) fn addresses<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Address>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    let address =
        |text: &String| text.parse().map_err(|error| D::Error::custom(format!("\"{text}\": {error}")));
    texts.iter().map(address).collect()
}

pub(super) fn url<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Url>, D::Error> {
    parsed(from, str::parse)
}

/// `HOST:PORT`
pub(super) fn endpoint_of_tcp<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    parsed(from, |text| {
        let sound = text.rsplit_once(':').is_some_and(|(host, port)| {
            let host_sound = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic());
            host_sound && port.parse::<u16>().is_ok_and(|port| port > 0)
        });
        sound.then(|| text.to_owned()).ok_or("expected a host and a port, such as 127.0.0.1:25")
    })
}

/// This host's name.
pub(super) fn host() -> String {
    values::host_name()
}

/// How much goes a way.
pub(super) fn limits(per_minute: usize, queue: Option<usize>, time: Option<Duration>) -> Limits {
    let (queue, time) = (queue.unwrap_or(1 << 20), time.unwrap_or(Duration::from_secs(30)));
    Limits { per_minute, queue, time }
}

pub(super) fn streams<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<&'static LogStream>, D::Error> {
    let names = Vec::<String>::deserialize(from)?;
    let stream = |name: &String| {
        values::stream(name).map_err(|error| D::Error::custom(format!("\"{name}\": {error}")))
    };
    names.iter().map(stream).collect()
}

/// An empty text is no filter.
pub(super) fn filter<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Filter>, D::Error> {
    let text = String::deserialize(from)?;
    let filter = (!text.is_empty()).then(|| Filter::compile(&text)).transpose();
    filter.map_err(|error| D::Error::custom(format!("\"{text}\": {error}")))
}

pub(super) fn size<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    parsed(from, values::size)
}

pub(super) fn ring_size<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    parsed(from, values::ring_size)
}

pub(super) fn socket<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SocketAddr>, D::Error> {
    parsed(from, values::socket)
}

/// A number above zero.
pub(super) fn count<'de, D: Deserializer<'de>, T: TryFrom<u64>>(from: D) -> Result<Option<T>, D::Error> {
    let wrong = || D::Error::custom("expected a number above zero, and not beyond the limit's own size");
    let number = u64::deserialize(from)?;
    match T::try_from(number) {
        Ok(number_fits) if number > 0 => Ok(Some(number_fits)),
        _ => Err(wrong()),
    }
}

pub(super) fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    parsed(from, values::duration)
}

pub(super) fn wait<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Interval>, D::Error> {
    parsed(from, values::wait)
}

pub(super) fn rotation<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Interval>, D::Error> {
    parsed(from, values::rotation)
}

pub(super) fn age<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Interval>, D::Error> {
    parsed(from, values::age)
}

pub(super) fn compression<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Compression>, D::Error> {
    parsed(from, values::compression)
}

pub(super) fn endpoint<'de, D: Deserializer<'de>>(from: D) -> Result<Endpoint, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(|error| D::Error::custom(format!("\"{text}\": {error}")))
}

pub(super) fn receiver<'de, D: Deserializer<'de>>(from: D) -> Result<Syslog, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(|error| D::Error::custom(format!("\"{text}\": {error}")))
}

pub(super) fn facility<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Facility>, D::Error> {
    parsed(from, str::parse)
}

pub(super) fn workers<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    parsed(from, values::workers)
}

pub(super) fn cpus<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Cpus>, D::Error> {
    parsed(from, values::cpus)
}

pub(super) fn balance<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Spread>, D::Error> {
    parsed(from, values::spread)
}

pub(super) fn summary<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SummaryForm>, D::Error> {
    parsed(from, |text| SummaryForm::from_str(text, false).map_err(|_| "expected text or json"))
}

pub(super) fn local_nets<'de, D: Deserializer<'de>>(from: D) -> Result<Option<LocalNets>, D::Error> {
    list(from, LocalNets::parse)
}

pub(super) fn hashes<'de, D: Deserializer<'de>>(from: D) -> Result<Option<hash::Wanted>, D::Error> {
    list(from, hash::Wanted::parse)
}

/// The text of a plain file; nothing else is read, for that may have no end, or wait for somebody.
pub(super) fn text(path: &Path, most: u64) -> io::Result<String> {
    let file = fs::File::options().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("expected a plain file"));
    }
    let mut text = String::new();
    file.take(most + 1).read_to_string(&mut text)?;
    if text.len() as u64 > most {
        return Err(io::Error::other(format!("it has more than {most} bytes")));
    }
    Ok(text)
}
