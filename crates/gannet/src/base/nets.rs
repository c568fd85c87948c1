//! Local networks: which addresses belong to the site that is watched.

use crate::base::key::Addr;
use std::error::Error;
use std::fmt;
use std::net::IpAddr;

/// A set of networks.
#[derive(Clone, Debug)]
pub struct LocalNets {
    nets: Vec<(u128, u32)>,
}

/// A network that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetError(String);

impl fmt::Display for NetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected = "expected an address and a prefix length, such as 192.0.2.0/24 or 2001:db8::/32";
        write!(f, "\"{}\" is no network; {expected}", self.0)
    }
}

impl Error for NetError {}

/// Private, reserved and documentation space (the registries of RFC 6890): local unless the user says otherwise.
const PRIVATE: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/24",
    "239.0.0.0/8",
    "240.0.0.0/4",
    "255.255.255.255/32",
    "::/128",
    "::1/128",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:2::/48",
    "2001:db8::/32",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
];

impl Default for LocalNets {
    fn default() -> Self {
        let mut nets = Vec::new();
        for text in PRIVATE {
            if let Ok(net) = parse(text) {
                nets.push(net);
                if text.contains('.') {
                    nets.push(six_to_four(net));
                }
            }
        }
        Self { nets }
    }
}

impl LocalNets {
    /// Reads networks separated by commas or spaces.
    ///
    /// # Errors
    /// If one is no network.
    pub fn parse(text: &str) -> Result<Self, NetError> {
        let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
        Ok(Self { nets: parts.map(parse).collect::<Result<_, _>>()? })
    }

    /// Whether any network is known at all.
    pub fn is_empty(&self) -> bool {
        self.nets.is_empty()
    }

    /// Whether an address is in one of the networks.
    pub fn contains(&self, ip: IpAddr) -> bool {
        self.has(Addr::from(ip))
    }

    pub(crate) fn has(&self, addr: Addr) -> bool {
        self.nets.iter().any(|(net, shift)| *shift >= 128 || (addr.0 ^ net) >> shift == 0)
    }
}

/// The 6to4 image of an IPv4 network (RFC 3056): `2002:` and the 32 bits.
fn six_to_four((net, shift): (u128, u32)) -> (u128, u32) {
    ((0x2002u128 << 112) | (u128::from(net as u32) << 80), shift + 80)
}

fn parse(text: &str) -> Result<(u128, u32), NetError> {
    let error = || NetError(text.to_owned());
    let (ip, length) = match text.split_once('/') {
        Some((ip, length)) => (ip, Some(length.parse::<u32>().map_err(|_| error())?)),
        None => (text, None),
    };
    let ip: IpAddr = ip.parse().map_err(|_| error())?;
    let bits = if ip.is_ipv4() { 32 } else { 128 };
    let length = length.unwrap_or(bits);
    if length > bits {
        return Err(error());
    }
    Ok((Addr::from(ip).0, bits - length))
}
