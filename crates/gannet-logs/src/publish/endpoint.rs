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

/// Time that a connection may take to be made.
const PATIENCE: Duration = Duration::from_secs(2);

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
        let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
        if host.is_empty() || port.parse::<u16>().is_err() {
            return Err(wrong());
        }
        let any = host == "*";
        let address = if any { format!("0.0.0.0:{port}") } else { address.to_owned() };
        Ok(Self { address: Address::Tcp(address), listens: listens || any })
    }
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
            Address::Tcp(address) => {
                let address = address.to_socket_addrs()?.next().ok_or(io::ErrorKind::NotFound)?;
                Wire::Tcp(TcpStream::connect_timeout(&address, PATIENCE)?)
            }
            Address::Ipc(path) => Wire::Ipc(UnixStream::connect(path)?),
        };
        wire.prepare()?;
        Ok(wire)
    }
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
