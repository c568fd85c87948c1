//! A pipe, read by a thread of its own, so that whoever waits for its bytes can look up from time to time.

use std::io::{self, Read};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

/// Bytes of one read.
const CHUNK: usize = 64 * 1024;
/// Chunks that may wait; then the writer of the pipe has to.
const CHUNKS: usize = 16;
/// How long to wait for bytes at a time.
const PATIENCE: Duration = Duration::from_millis(20);

/// Bytes, and how many of them count.
type Chunk = (Vec<u8>, usize);

/// Reads what a thread reads ahead. When nothing comes for a while, reading fails with `WouldBlock` and can be tried again.
///
/// The thread ends with the pipe. If this is dropped before, it ends when the next bytes come.
pub(crate) struct Pipe {
    chunks: Receiver<io::Result<Chunk>>,
    back: Sender<Vec<u8>>,
    current: Chunk,
    at: usize,
}

impl Pipe {
    /// Starts reading.
    ///
    /// # Errors
    /// If there can be no thread.
    pub(crate) fn new(mut from: impl Read + Send + 'static) -> io::Result<Self> {
        let (sender, chunks) = bounded(CHUNKS);
        let (back, used) = bounded::<Vec<u8>>(CHUNKS);
        std::thread::Builder::new().name("pipe".to_owned()).spawn(move || {
            loop {
                let mut bytes = used.try_recv().unwrap_or_else(|_| vec![0; CHUNK]);
                let read = match from.read(&mut bytes) {
                    Ok(0) => return,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    read => read.map(|n| (bytes, n)),
                };
                let failed = read.is_err();
                if sender.send(read).is_err() || failed {
                    return;
                }
            }
        })?;
        Ok(Self { chunks, back, current: (Vec::new(), 0), at: 0 })
    }
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.current.1 {
            let next = match self.chunks.recv_timeout(PATIENCE) {
                Ok(chunk) => chunk?,
                Err(RecvTimeoutError::Timeout) => return Err(io::ErrorKind::WouldBlock.into()),
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            };
            let (used, _) = std::mem::replace(&mut self.current, next);
            // The first one has no room: reading into it would look like the end.
            if !used.is_empty() {
                let _full = self.back.try_send(used).is_err();
            }
            self.at = 0;
        }
        let n = self.current.0.get(self.at..self.current.1).unwrap_or_default().read(buffer)?;
        self.at += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a byte at a time, and waits long before each.
    struct Slow(u8);

    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            assert!(!buffer.is_empty());
            std::thread::sleep(PATIENCE * 2);
            self.0 += 1;
            buffer[0] = self.0;
            Ok(usize::from(self.0 <= 20))
        }
    }

    #[test]
    fn all_bytes_arrive_and_waiting_can_be_left() {
        let mut pipe = Pipe::new(Slow(0)).expect("a thread");
        let (mut bytes, mut waits) = (Vec::new(), 0);
        loop {
            let mut buffer = [0; 16];
            match pipe.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => bytes.extend_from_slice(&buffer[..n]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => waits += 1,
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(bytes, (1..=20).collect::<Vec<u8>>());
        assert!(waits > 0);
    }

    /// Fails after some bytes.
    struct Broken(bool);

    impl Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if std::mem::replace(&mut self.0, true) {
                return Err(io::ErrorKind::InvalidData.into());
            }
            buffer.fill(7);
            Ok(buffer.len())
        }
    }

    #[test]
    fn an_error_comes_after_the_bytes_before_it() {
        let mut pipe = Pipe::new(Broken(false)).expect("a thread");
        let mut bytes = Vec::new();
        let error = loop {
            let mut buffer = [0; 1000];
            match pipe.read(&mut buffer) {
                Ok(n) => bytes.extend_from_slice(&buffer[..n]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert_eq!(bytes.len(), CHUNK);
    }
}
