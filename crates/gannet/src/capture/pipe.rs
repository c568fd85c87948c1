//! A pipe, read by a thread of its own, so that whoever waits for its bytes can look up from time to time.

use std::io::{self, Read};
use std::time::Duration;

use crossbeam::channel::{Receiver, RecvTimeoutError, Sender, bounded};

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
            let _full = self.back.try_send(used).is_err();
            self.at = 0;
        }
        let n = self.current.0.get(self.at..self.current.1).unwrap_or_default().read(buffer)?;
        self.at += n;
        Ok(n)
    }
}
