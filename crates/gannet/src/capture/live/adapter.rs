//! What a network card and its driver do with packets before a capture sees them.
#![allow(unsafe_code)]

use std::ffi::c_char;
use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::AsRawFd;

/// What is set at an interface, by `ethtool`'s questions. What its driver does not tell is unset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Adapter {
    /// Packets of one stream are put together when they arrive (generic receive offload): longer ones than on the wire.
    pub generic_receive: Option<bool>,
    /// The same by the card (large receive offload).
    pub large_receive: Option<bool>,
    /// The card cuts long segments that this host sends: a capture sees them whole.
    pub segmentation: Option<bool>,
    /// The system cuts them, just before the card gets them.
    pub generic_segmentation: Option<bool>,
    /// The card works out checksums of packets that this host sends: a capture sees wrong ones.
    pub transmit_checksum: Option<bool>,
    /// The card takes the VLAN's tag off.
    pub vlan_stripped: Option<bool>,
    /// Packets that the card keeps until the system takes them, and how many it could.
    pub receive_ring: Option<(u32, u32)>,
    /// Queues that packets arrive in, and how many there could be.
    pub queues: Option<(u32, u32)>,
}

/// Questions of `ethtool` (`linux/ethtool.h`).
mod ask {
    pub(super) const RING: u32 = 0x10;
    pub(super) const TRANSMIT_CHECKSUM: u32 = 0x16;
    pub(super) const SEGMENTATION: u32 = 0x1e;
    pub(super) const GENERIC_SEGMENTATION: u32 = 0x23;
    pub(super) const FLAGS: u32 = 0x25;
    pub(super) const GENERIC_RECEIVE: u32 = 0x2b;
    pub(super) const CHANNELS: u32 = 0x3c;
}
/// Among the flags: large receive offload, and that the tag is taken off.
const LARGE_RECEIVE: u32 = 1 << 15;
const VLAN_STRIPPED: u32 = 1 << 8;

/// Numbers that an answer has, the question's first; all answers that are asked for are shorter.
const WORDS: usize = 16;

/// Asks what is set at an interface of this host.
///
/// # Errors
/// A name that no interface has, or no socket to ask by.
pub fn adapter(name: &str) -> io::Result<Adapter> {
    if name.is_empty() || name.len() >= libc::IFNAMSIZ || name.contains(['\0', '/']) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    let answer = |question| question_of(&socket, name, question);
    let gone = [libc::ENODEV, libc::ENXIO];
    if let Err(error) = answer(ask::GENERIC_RECEIVE)
        && error.raw_os_error().is_some_and(|code| gone.contains(&code))
    {
        return Err(error);
    }
    // The number behind the question is the answer.
    let value = |question| answer(question).ok().map(|[_, value, ..]| value);
    let flags = value(ask::FLAGS);
    let is_on = |question| value(question).map(|value| value != 0);
    let mut told = Adapter {
        generic_receive: is_on(ask::GENERIC_RECEIVE),
        large_receive: flags.map(|flags| flags & LARGE_RECEIVE != 0),
        segmentation: is_on(ask::SEGMENTATION),
        generic_segmentation: is_on(ask::GENERIC_SEGMENTATION),
        transmit_checksum: is_on(ask::TRANSMIT_CHECKSUM),
        vlan_stripped: flags.map(|flags| flags & VLAN_STRIPPED != 0),
        receive_ring: None,
        queues: None,
    };
    // struct ethtool_ringparam: the most of four rings, then what they have; that of received packets first.
    if let Ok([_, most, _, _, _, now, ..]) = answer(ask::RING) {
        told.receive_ring = Some((now, most)).filter(|_| most > 0);
    }
    // struct ethtool_channels: the most of four kinds, then what there is: received, sent, other, combined.
    if let Ok([_, most, _, _, most_both, now, _, _, now_both, ..]) = answer(ask::CHANNELS) {
        told.queues = Some((now + now_both, most.max(most_both))).filter(|(_, most)| *most > 0);
    }
    Ok(told)
}

/// The numbers of an answer.
fn question_of(socket: &UdpSocket, name: &str, question: u32) -> io::Result<[u32; WORDS]> {
    let mut words = [0; WORDS];
    words[0] = question;
    let mut request = libc::ifreq {
        ifr_name: [0; libc::IFNAMSIZ],
        ifr_ifru: libc::__c_anonymous_ifr_ifru { ifru_data: std::ptr::from_mut(&mut words).cast() },
    };
    // The last byte stays zero.
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes().take(libc::IFNAMSIZ - 1)) {
        *to = from as c_char;
    }
    // SAFETY: the request reads and writes one `ifreq`, and through the pointer in it a struct of 32-bit integers that begins with
    // the question. The structs of all questions in `ask` are at most 9 integers, and `words`, which nothing else refers to until
    // the call is over, has more.
    let result =
        unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCETHTOOL as _, std::ptr::from_mut(&mut request)) };
    if result == 0 { Ok(words) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_interface_tells_of_itself() {
        let told = adapter("lo").unwrap();
        // Linux has it on, and lets nobody turn the checksums off.
        assert!(told.generic_segmentation.is_some(), "{told:?}");
        assert_eq!(told.receive_ring, None);
    }

    #[test]
    fn what_is_no_interface_is_an_error() {
        for name in ["nothing-here", "", "a/b", "a-name-too-long-for-linux"] {
            assert!(adapter(name).is_err(), "{name}");
        }
    }
}
