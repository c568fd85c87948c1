//! What is asked of the kernel: a packet socket and its options, the state of interfaces, waiting.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_uint, c_ulong};
use std::io;
use std::os::fd::{FromRawFd, RawFd};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use afpacket::sync::RawPacketStream;
use libc::{SOL_PACKET, SOL_SOCKET, socklen_t};

use crate::capture::bpf::Instruction;

/// Types whose every bit pattern is a value, and which have no padding: fit to be handed to the kernel and back as bytes.
///
/// # Safety
/// An implementation promises that.
unsafe trait Plain: Copy {}
// SAFETY: integers.
unsafe impl Plain for c_int {}
// SAFETY: integers.
unsafe impl Plain for c_uint {}
// SAFETY: a struct of 32-bit integers.
unsafe impl Plain for libc::tpacket_req3 {}
// SAFETY: a struct of 32-bit integers.
unsafe impl Plain for libc::tpacket_stats_v3 {}

/// A packet socket. The `afpacket` crate closes it when this is dropped; its `Clone` and `into_raw_fd` would close it too,
/// and are not used.
#[derive(Debug)]
pub(super) struct Socket {
    stream: Mutex<RawPacketStream>,
    fd: RawFd,
}

/// How an interface is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Up,
    Down,
    Gone,
}

/// What is asked of an interface.
#[derive(Clone, Copy)]
#[repr(u64)]
#[allow(clippy::unnecessary_cast, reason = "the constants have another type with other C libraries")]
enum Question {
    Index = libc::SIOCGIFINDEX as u64,
    Name = libc::SIOCGIFNAME as u64,
    Hardware = libc::SIOCGIFHWADDR as u64,
    Flags = libc::SIOCGIFFLAGS as u64,
}

impl Socket {
    /// A socket that sees nothing until it is bound: with protocol 0 no stray packet of another interface gets in.
    pub(super) fn new() -> io::Result<Self> {
        // SAFETY: takes integers only.
        let fd = unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor was opened just now and has no other owner.
        let stream = unsafe { RawPacketStream::from_raw_fd(fd) };
        Ok(Self { stream: Mutex::new(stream), fd })
    }

    /// Memory that can be mapped, in the place of a socket.
    #[cfg(test)]
    pub(super) fn stand_in(length: usize) -> io::Result<Self> {
        // SAFETY: the name is a C string, and the rest are integers.
        let fd = unsafe { libc::memfd_create(c"ring".as_ptr(), libc::MFD_CLOEXEC) };
        // SAFETY: takes integers only.
        if fd < 0 || unsafe { libc::ftruncate(fd, length as libc::off_t) } != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor was opened just now and has no other owner.
        let stream = unsafe { RawPacketStream::from_raw_fd(fd) };
        Ok(Self { stream: Mutex::new(stream), fd })
    }

    fn stream(&self) -> std::sync::MutexGuard<'_, RawPacketStream> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts to see the packets of an interface, whose name [`check_name`] has passed.
    pub(super) fn bind(&self, name: &str) -> io::Result<()> {
        self.stream().bind(name)
    }

    /// Has the interface show packets that are not for this host, as long as the socket is open.
    pub(super) fn promiscuous(&self, name: &str) -> io::Result<()> {
        self.stream().set_promisc(name, true)
    }

    /// Sets or takes away the filter; a new one takes the place of an old one at once.
    pub(super) fn filter(&self, program: Option<&[Instruction]>) -> io::Result<()> {
        match program {
            Some(program) => {
                let program = program.iter().map(|i| (i.code, i.if_true, i.if_false, i.k)).collect();
                self.stream().set_bpf_filter(program)
            }
            None => match self.set(SOL_SOCKET, libc::SO_DETACH_FILTER, &0) {
                // There was none.
                Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
                other => other,
            },
        }
    }

    fn set<T: Plain>(&self, level: c_int, option: c_int, value: &T) -> io::Result<()> {
        let length = size_of::<T>() as socklen_t;
        // SAFETY: the pointer and the length are those of `value`, which lives during the call.
        let result =
            unsafe { libc::setsockopt(self.fd, level, option, std::ptr::from_ref(value).cast(), length) };
        if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    fn get<T: Plain>(&self, level: c_int, option: c_int, mut value: T) -> io::Result<T> {
        let mut length = size_of::<T>() as socklen_t;
        // SAFETY: the kernel writes at most `length` bytes to `value`, and every bit pattern is a value of a plain type.
        let result = unsafe {
            libc::getsockopt(self.fd, level, option, std::ptr::from_mut(&mut value).cast(), &raw mut length)
        };
        if result == 0 { Ok(value) } else { Err(io::Error::last_os_error()) }
    }

    /// Asks for the third version of the ring, and for `reserve` free bytes in front of each packet.
    pub(super) fn version_and_reserve(&self, reserve: c_uint) -> io::Result<()> {
        self.set(SOL_PACKET, libc::PACKET_VERSION, &(libc::tpacket_versions::TPACKET_V3 as c_int))?;
        self.set(SOL_PACKET, libc::PACKET_RESERVE, &reserve)
    }

    /// Makes the ring.
    pub(super) fn ring(&self, request: &libc::tpacket_req3) -> io::Result<()> {
        self.set(SOL_PACKET, libc::PACKET_RX_RING, request)
    }

    /// Asks for the network card's own timestamps in the ring.
    pub(super) fn hardware_time(&self) -> io::Result<()> {
        self.set(SOL_PACKET, libc::PACKET_TIMESTAMP, &(libc::SOF_TIMESTAMPING_RAW_HARDWARE as c_int))
    }

    /// Has the network card make timestamps of all packets that it receives.
    pub(super) fn make_hardware_time(&self, name: &str) -> io::Result<()> {
        let mut config = libc::hwtstamp_config {
            flags: 0,
            tx_type: libc::HWTSTAMP_TX_OFF as c_int,
            rx_filter: libc::HWTSTAMP_FILTER_ALL as c_int,
        };
        let mut request = named(name);
        request.ifr_ifru.ifru_data = std::ptr::from_mut(&mut config).cast();
        // SAFETY: the request is about one `hwtstamp_config`, which `config` is and which lives until after the call.
        unsafe { self.ioctl(libc::SIOCSHWTSTAMP, &mut request) }
    }

    /// Joins a group of sockets that share the packets of their interface, and gives the group's id back. Without an id a
    /// new group is made, with an id that nobody else has.
    pub(super) fn join(&self, id: Option<u16>, mode: c_uint) -> io::Result<u16> {
        let kind = if id.is_some() { mode } else { mode | libc::PACKET_FANOUT_FLAG_UNIQUEID };
        self.set(SOL_PACKET, libc::PACKET_FANOUT, &(c_uint::from(id.unwrap_or(0)) | kind << 16))?;
        self.get(SOL_PACKET, libc::PACKET_FANOUT, 0_u32).map(|value| value as u16)
    }

    /// Gives the group the program that says which member a packet is for.
    pub(super) fn spread_by(&self, program: &[Instruction]) -> io::Result<()> {
        let mut code: Vec<libc::sock_filter> = program
            .iter()
            .map(|i| libc::sock_filter { code: i.code, jt: i.if_true, jf: i.if_false, k: i.k })
            .collect();
        let program = libc::sock_fprog { len: code.len() as u16, filter: code.as_mut_ptr() };
        // SAFETY: the kernel reads `len` instructions at `filter`, and `code` lives until after the call.
        let result = unsafe {
            libc::setsockopt(
                self.fd,
                SOL_PACKET,
                libc::PACKET_FANOUT_DATA,
                std::ptr::from_ref(&program).cast(),
                size_of::<libc::sock_fprog>() as socklen_t,
            )
        };
        if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// Packets that the socket has seen, dropped ones included, and those that it dropped; both since the last call.
    pub(super) fn statistics(&self) -> io::Result<(u64, u64)> {
        let none = libc::tpacket_stats_v3 { tp_packets: 0, tp_drops: 0, tp_freeze_q_cnt: 0 };
        let stats = self.get(SOL_PACKET, libc::PACKET_STATISTICS, none)?;
        Ok((stats.tp_packets.into(), stats.tp_drops.into()))
    }

    /// The error that waits at the socket, which is then forgotten.
    pub(super) fn take_error(&self) -> Option<io::Error> {
        match self.get(SOL_SOCKET, libc::SO_ERROR, 0_i32) {
            Ok(0) => None,
            Ok(code) => Some(io::Error::from_raw_os_error(code)),
            Err(error) => Some(error),
        }
    }

    /// The ring's memory in this process.
    pub(super) fn map(&self, length: usize) -> io::Result<std::ptr::NonNull<u8>> {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: asks for a fresh mapping at an address that the kernel chooses.
        let base = unsafe { libc::mmap(std::ptr::null_mut(), length, access, libc::MAP_SHARED, self.fd, 0) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        std::ptr::NonNull::new(base.cast()).ok_or_else(|| io::Error::other("mapped at address zero"))
    }

    /// Asks something about an interface.
    ///
    /// # Safety
    /// The request reads and writes one `ifreq`. If it follows a pointer in there, that points to a value of the request's kind
    /// that may be read and written and is not referred to otherwise until the call returns.
    unsafe fn ioctl(&self, what: c_ulong, request: &mut libc::ifreq) -> io::Result<()> {
        // SAFETY: the caller's promise.
        let result = unsafe { libc::ioctl(self.fd, what as _, std::ptr::from_mut(request)) };
        if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// The answer to a question about an interface that follows no pointer.
    fn ask(&self, question: Question, request: &mut libc::ifreq) -> io::Result<()> {
        // SAFETY: each of these requests reads and writes one `ifreq`, whose fields are numbers and names.
        unsafe { self.ioctl(question as c_ulong, request) }
    }

    /// Number of the interface of that name, where this socket is.
    pub(super) fn index_of(&self, name: &str) -> io::Result<c_int> {
        let mut request = named(name);
        self.ask(Question::Index, &mut request)?;
        // SAFETY: the kernel has filled in this field.
        Ok(unsafe { request.ifr_ifru.ifru_ifindex })
    }

    /// Number of the interface that the socket is bound to: the system takes it away when the interface goes, even if another
    /// one gets its number.
    fn bound(&self) -> io::Result<c_int> {
        // SAFETY: all zeros are a value of this struct of integers and an array of them.
        let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
        let mut length = size_of::<libc::sockaddr_ll>() as socklen_t;
        // SAFETY: the kernel writes at most `length` bytes to `address`, and every bit pattern is a value of it.
        let result =
            unsafe { libc::getsockname(self.fd, std::ptr::from_mut(&mut address).cast(), &raw mut length) };
        if result == 0 { Ok(address.sll_ifindex) } else { Err(io::Error::last_os_error()) }
    }

    /// Whether the socket shows the interface of that number, and no other one has its name now.
    pub(super) fn shows(&self, index: c_int, name: &str) -> bool {
        self.bound().is_ok_and(|bound| bound == index) && self.index_of(name).map_or(true, |now| now == index)
    }

    /// Kind of hardware (`ARPHRD_…`) of the interface.
    pub(super) fn hardware(&self, name: &str) -> io::Result<u16> {
        let mut request = named(name);
        self.ask(Question::Hardware, &mut request)?;
        // SAFETY: the kernel has filled in this field.
        Ok(unsafe { request.ifr_ifru.ifru_hwaddr.sa_family })
    }

    /// How the interface of that number is, whatever its name is by now.
    pub(super) fn state_of(&self, index: c_int) -> State {
        let mut request = named("");
        request.ifr_ifru.ifru_ifindex = index;
        if self.ask(Question::Name, &mut request).is_err() || self.ask(Question::Flags, &mut request).is_err()
        {
            return State::Gone;
        }
        // SAFETY: the kernel has filled in this field.
        let flags = unsafe { request.ifr_ifru.ifru_flags };
        if c_int::from(flags) & libc::IFF_UP != 0 { State::Up } else { State::Down }
    }
}

/// Whether a name can be one of an interface: the system allows 15 bytes.
pub(super) fn check_name(name: &str) -> bool {
    !name.is_empty() && name.len() < libc::IFNAMSIZ && !name.contains(['\0', '/'])
}

/// A request about the interface of that name.
fn named(name: &str) -> libc::ifreq {
    let mut request = libc::ifreq {
        ifr_name: [0; libc::IFNAMSIZ],
        ifr_ifru: libc::__c_anonymous_ifr_ifru { ifru_data: std::ptr::null_mut() },
    };
    // The last byte stays zero.
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes().take(libc::IFNAMSIZ - 1)) {
        *to = from as libc::c_char;
    }
    request
}

/// Waits until one of the sockets has something to say, for `time` (less than a second) at most. Tells whether one has an
/// error.
pub(super) fn wait<'s>(sockets: impl Iterator<Item = &'s Socket>, time: Duration) -> bool {
    let poll = |socket: &Socket| libc::pollfd { fd: socket.fd, events: libc::POLLIN, revents: 0 };
    let mut polls: Vec<_> = sockets.map(poll).collect();
    let time = libc::timespec { tv_sec: 0, tv_nsec: time.subsec_nanos().into() };
    // SAFETY: the pointer and the count are those of `polls`; `time` lives during the call; there is no signal mask.
    let ready =
        unsafe { libc::ppoll(polls.as_mut_ptr(), polls.len() as _, &raw const time, std::ptr::null()) };
    ready > 0 && polls.iter().any(|poll| poll.revents & libc::POLLERR != 0)
}

/// Gives a mapping back.
///
/// # Safety
/// The mapping was made by [`Socket::map`] with this length, and nothing refers to it any more.
pub(super) unsafe fn unmap(base: std::ptr::NonNull<u8>, length: usize) {
    // SAFETY: the caller's promise.
    unsafe { libc::munmap(base.as_ptr().cast(), length) };
}
