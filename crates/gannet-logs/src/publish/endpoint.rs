//! Endpoints: where a subscriber listens, or where it finds the publisher.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::KeepAlive;

/// Time that a connection may take to be made.
const PATIENCE: Duration = Duration::from_secs(2);

/// Milliseconds for which the other side of a connection may be silent when it should answer.
#[cfg(target_os = "linux")]
const SILENCE: u32 = 60_000;
/// Addresses of a host that are tried.
const MOST_ADDRESSES: usize = 4;

/// An endpoint of ZeroMQ: `tcp://host:port`, `ipc:///path`.
///
/// The publisher connects to it, as the Bro ZeroMQ log writer does; behind an `@`, as in `@tcp://127.0.0.1:5556`, or with a `*` for
/// the host, it waits there for subscribers instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    address: Address,
    listens: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Address {
    Tcp(String),
    Ipc(PathBuf),
}

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            "expected an endpoint such as tcp://127.0.0.1:5556 or ipc:///run/subscriber, with @ before it to wait \
             there for subscribers"
                .to_owned()
        };
        let (listens, rest) = text.strip_prefix('@').map_or((false, text), |rest| (true, rest));
        if let Some(path) = rest.strip_prefix("ipc://").filter(|path| !path.is_empty()) {
            return Ok(Self { address: Address::Ipc(path.into()), listens });
        }
        let address = rest.strip_prefix("tcp://").ok_or_else(wrong)?;
        let any = address.strip_prefix("*:");
        let address = any.map_or_else(|| address.to_owned(), |port| format!("0.0.0.0:{port}"));
        if !host_and_port(&address) {
            return Err(wrong());
        }
        Ok(Self { address: Address::Tcp(address), listens: listens || any.is_some() })
    }
}

/// Whether these are a host, by its name or address, and a port.
pub(super) fn host_and_port(address: &str) -> bool {
    address.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty() && host != "*" && port.parse::<u16>().is_ok_and(|port| port > 0)
    })
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = if self.listens { "@" } else { "" };
        match &self.address {
            Address::Tcp(address) => write!(f, "{at}tcp://{address}"),
            Address::Ipc(path) => write!(f, "{at}ipc://{}", path.display()),
        }
    }
}

impl Endpoint {
    /// Where somebody listens, `host:port`.
    pub(super) fn tcp(address: &str) -> Self {
        Self { address: Address::Tcp(address.to_owned()), listens: false }
    }

    /// Waits for subscribers, if it does.
    ///
    /// # Errors
    /// If it cannot be had, such as when another process has it.
    pub(super) fn listen(&self) -> io::Result<Option<Listener>> {
        if !self.listens {
            return Ok(None);
        }
        let listener = match &self.address {
            Address::Tcp(address) => Listener::Tcp(TcpListener::bind(address)?),
            Address::Ipc(path) => {
                remove_dead(path)?;
                Listener::Ipc(UnixListener::bind(path)?, path.clone())
            }
        };
        match &listener {
            Listener::Tcp(listener) => listener.set_nonblocking(true)?,
            Listener::Ipc(listener, _) => listener.set_nonblocking(true)?,
        }
        Ok(Some(listener))
    }

    /// Connects to the subscriber.
    ///
    /// # Errors
    /// If there is none.
    pub(super) fn connect(&self) -> io::Result<Wire> {
        let wire = match &self.address {
            Address::Tcp(address) => Wire::Tcp(connect(address)?),
            Address::Ipc(path) => Wire::Ipc(UnixStream::connect(path)?),
        };
        wire.prepare()?;
        Ok(wire)
    }
}

/// Connects to the first of a host's addresses where somebody listens.
fn connect(address: &str) -> io::Result<TcpStream> {
    let mut last = io::ErrorKind::NotFound.into();
    for address in address.to_socket_addrs()?.take(MOST_ADDRESSES) {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            // Where nobody listens, a socket of this host can by chance meet itself.
            Ok(stream) if stream.local_addr().is_ok_and(|own| own == address) => {
                last = io::ErrorKind::ConnectionRefused.into();
            }
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Removes a socket that a dead process left; nothing else is removed.
fn remove_dead(path: &Path) -> io::Result<()> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_socket());
    let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    if is_socket && UnixStream::connect(path).err().is_some_and(refused) {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// Where subscribers come in.
pub(super) enum Listener {
    Tcp(TcpListener),
    Ipc(UnixListener, PathBuf),
}

impl Listener {
    /// The next one that is there, and its name.
    pub(super) fn accept(&self) -> io::Result<(Wire, String)> {
        let (wire, name) = match self {
            Self::Tcp(listener) => {
                let (stream, address) = listener.accept()?;
                (Wire::Tcp(stream), address.to_string())
            }
            Self::Ipc(listener, _) => (Wire::Ipc(listener.accept()?.0), "local".to_owned()),
        };
        wire.prepare()?;
        Ok((wire, name))
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(listener) => listener.as_fd(),
            Self::Ipc(listener, _) => listener.as_fd(),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Self::Ipc(_, path) = self {
            let _gone = fs::remove_file(path);
        }
    }
}

/// Has the system give a connection up whose other side does not answer, after a minute and not after many.
fn give_up_in_time(stream: &TcpStream) -> io::Result<()> {
    setsockopt(stream, KeepAlive, &true)?;
    #[cfg(target_os = "linux")]
    {
        setsockopt(stream, nix::sys::socket::sockopt::TcpUserTimeout, &SILENCE)?;
        setsockopt(stream, nix::sys::socket::sockopt::TcpKeepIdle, &(SILENCE / 2_000))?;
        setsockopt(stream, nix::sys::socket::sockopt::TcpKeepInterval, &(SILENCE / 8_000))?;
    }
    Ok(())
}

/// A connection, on which nothing is waited for.
pub(super) enum Wire {
    Tcp(TcpStream),
    Ipc(UnixStream),
}

impl Wire {
    fn prepare(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => {
                stream.set_nodelay(true)?;
                give_up_in_time(stream)?;
                stream.set_nonblocking(true)
            }
            Self::Ipc(stream) => stream.set_nonblocking(true),
        }
    }

    pub(super) fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(bytes),
            Self::Ipc(stream) => stream.read(bytes),
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Ipc(stream) => stream.write(bytes),
        }
    }
}

impl AsFd for Wire {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(stream) => stream.as_fd(),
            Self::Ipc(stream) => stream.as_fd(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_read_and_shown() {
        for (text, shown, listens) in [
            ("tcp://localhost:5556", "tcp://localhost:5556", false),
            ("@tcp://[::1]:5556", "@tcp://[::1]:5556", true),
            ("tcp://*:5556", "@tcp://0.0.0.0:5556", true),
            ("ipc:///run/x", "ipc:///run/x", false),
            ("@ipc:///run/x", "@ipc:///run/x", true),
        ] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!((endpoint.to_string().as_str(), endpoint.listens), (shown, listens), "{text}");
        }
        for text in [
            "",
            "localhost:5556",
            "tcp://",
            "tcp://localhost",
            "tcp://x:99999",
            "tcp://:1",
            "udp://x:1",
            "ipc://",
        ] {
            assert!(text.parse::<Endpoint>().is_err(), "{text}");
        }
    }
}
