//! A conversation in lines, over TCP and within a time.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// Bytes of a line, and of what is read ahead.
const MOST_LINE: usize = 4096;

/// A connection that has to have come to its end by some time.
pub(super) struct Talk {
    stream: TcpStream,
    until: Instant,
    /// What was read and is no line yet.
    read: Vec<u8>,
}

impl Talk {
    /// Connects to `HOST:PORT`, one address after the other.
    pub(super) fn with(endpoint: &str, until: Instant) -> io::Result<Self> {
        let mut error = io::Error::new(ErrorKind::NotFound, "it has no address");
        for address in endpoint.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, left(until)?) {
                Ok(stream) => return Ok(Self { stream, until, read: Vec::new() }),
                Err(refused) => error = refused,
            }
        }
        Err(error)
    }

    /// Says something.
    pub(super) fn say(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            self.stream.set_write_timeout(Some(left(self.until)?))?;
            match self.stream.write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(n) => bytes = bytes.get(n..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(late(error)),
            }
        }
        Ok(())
    }

    /// The next line of the other side, without its end.
    pub(super) fn line(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.read.drain(..=end).collect();
                while line.last().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
                    line.pop();
                }
                return Ok(line);
            }
            if self.read.len() > MOST_LINE {
                return Err(io::Error::new(ErrorKind::InvalidData, "it says too much"));
            }
            let mut piece = [0; MOST_LINE];
            self.stream.set_read_timeout(Some(left(self.until)?))?;
            match self.stream.read(&mut piece) {
                Ok(0) => return Err(io::Error::new(ErrorKind::UnexpectedEof, "it hung up")),
                Ok(n) => self.read.extend_from_slice(piece.get(..n).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(late(error)),
            }
        }
    }
}

/// The time that is left.
fn left(until: Instant) -> io::Result<Duration> {
    let time = until.saturating_duration_since(Instant::now());
    if time.is_zero() { Err(io::Error::new(ErrorKind::TimedOut, "it takes too long")) } else { Ok(time) }
}

/// A system says in two ways that the time is over, and neither is for people.
fn late(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            io::Error::new(ErrorKind::TimedOut, "it takes too long")
        }
        _ => error,
    }
}
