//! What the system says of an interface, and waiting for packets of a handle.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::AsRawFd;
#[cfg(target_os = "linux")]
use std::os::fd::{FromRawFd, OwnedFd};
use std::ptr;
use std::time::Duration;

use pcap::{Active, Capture};

/// How an interface is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// Its number, which another one of the same name does not have; 0 where there is none.
    index: u32,
    up: bool,
    /// It stands for all of them, and is always there.
    any: bool,
}

impl State {
    pub(super) fn is_there(self) -> bool {
        self.any || self.index != 0
    }

    pub(super) fn is_up(self) -> bool {
        self.any || self.up
    }

    pub(super) fn is_same(self, other: Self) -> bool {
        self.any == other.any && self.index == other.index
    }
}

/// The state of an interface, in the network that this thread is in.
pub(super) fn state_of(name: &str) -> State {
    if name == "any" {
        return State { index: 0, up: true, any: true };
    }
    let index = CString::new(name).map_or(0, |name| {
        // SAFETY: the name is a C string that lives through the call.
        unsafe { libc::if_nametoindex(name.as_ptr()) }
    });
    State { index, up: index != 0 && is_up(name), any: false }
}

/// Whether one of the interface's addresses says that it is up; each interface of Linux and of the BSDs has at least the one
/// of its link layer.
fn is_up(name: &str) -> bool {
    let mut list: *mut libc::ifaddrs = ptr::null_mut();
    // SAFETY: the call writes a list to the place that it is given, or fails.
    if unsafe { libc::getifaddrs(&raw mut list) } != 0 {
        return false;
    }
    let (mut at, mut up) = (list, false);
    // SAFETY: `at` is null or an element of the list, which is not freed yet; its name is a C string.
    while let Some(element) = unsafe { at.as_ref() } {
        // SAFETY: as above.
        let its = unsafe { CStr::from_ptr(element.ifa_name) };
        up |= its.to_bytes() == name.as_bytes() && element.ifa_flags & libc::IFF_UP as libc::c_uint != 0;
        at = element.ifa_next;
    }
    // SAFETY: the list came from `getifaddrs`, and nothing of it is used any more.
    unsafe { libc::freeifaddrs(list) };
    up
}

/// Whether this process has the right to read interfaces; also true where that cannot be told.
#[cfg(target_os = "linux")]
pub(super) fn may_capture() -> bool {
    // SAFETY: takes integers only.
    let fd = unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) };
    if fd < 0 {
        return io::Error::last_os_error().kind() != io::ErrorKind::PermissionDenied;
    }
    // SAFETY: the descriptor was opened just now and has no other owner.
    drop(unsafe { OwnedFd::from_raw_fd(fd) });
    true
}

/// The same where it hangs on a device.
#[cfg(not(target_os = "linux"))]
pub(super) fn may_capture() -> bool {
    let refused =
        |path| std::fs::File::open(path).is_err_and(|e| e.kind() == io::ErrorKind::PermissionDenied);
    !["/dev/bpf", "/dev/bpf0"].into_iter().any(refused)
}

/// Waits for packets, so long at most; without a handle, just so long.
pub(super) fn wait(capture: Option<&Capture<Active>>, most: Duration) {
    let Some(capture) = capture else { return std::thread::sleep(most) };
    let mut poll = libc::pollfd { fd: capture.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    let milliseconds = i32::try_from(most.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: `poll` is one element, and lives through the call.
    let ready = unsafe { libc::poll(&raw mut poll, 1, milliseconds) };
    if ready > 0 && poll.revents & libc::POLLIN == 0 {
        // An error of the handle is there at once and again, such as while the interface is down.
        std::thread::sleep(most / 5);
    }
}
