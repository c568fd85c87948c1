//! A few threads that answer HTTP requests for one page, whoever asks.
//!
//! Each thread has one connection at a time and gives it a second, so that what a slow or hostile client can take is
//! bounded: these threads, and a few kilobytes. Servers that are to be had start a thread for each connection, or
//! read without a limit of time.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// Connections at once; more wait in the kernel.
const THREADS: usize = 3;
/// Time for a request, and for the answer to be taken.
const TIME: Duration = Duration::from_secs(1);
/// Most bytes of a request.
const MOST_REQUEST: usize = 8192;
/// Bytes written at once: a client that does not read is noticed after each.
const PIECE: usize = 16 * 1024;

/// Answers `GET path` with what `page` makes, of a type.
///
/// # Errors
/// If no thread can be had.
pub(super) fn serve(
    listener: TcpListener,
    path: &'static str,
    content_type: &'static str,
    page: impl Fn() -> String + Send + Sync + 'static,
) -> io::Result<()> {
    let page = Arc::new(page);
    for number in 0..THREADS {
        let (listener, page) = (listener.try_clone()?, Arc::clone(&page));
        let site = Site { path, content_type };
        thread::Builder::new().name(format!("metrics-{number}")).spawn(move || {
            loop {
                match listener.accept() {
                    Ok((stream, _)) => {
                        let _gone = site.answer(stream, &*page);
                    }
                    // Too many files are open, or the like: later, perhaps.
                    Err(_) => thread::sleep(TIME),
                }
            }
        })?;
    }
    Ok(())
}

struct Site {
    path: &'static str,
    content_type: &'static str,
}

impl Site {
    fn answer(&self, mut stream: TcpStream, page: &dyn Fn() -> String) -> io::Result<()> {
        let until = Instant::now() + TIME;
        let Some(request) = read_request(&mut stream, until)? else { return Ok(()) };
        let (status, body) = match self.judge(&request) {
            Ok(()) => ("200 OK", page()),
            Err(status) => (status, format!("{status}\n")),
        };
        let kind = if status.starts_with("200") { self.content_type } else { "text/plain; charset=utf-8" };
        let mut answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        if !request.starts_with(b"HEAD ") {
            answer.push_str(&body);
        }
        write(&mut stream, answer.as_bytes(), Instant::now() + TIME)
    }

    /// Whether the page is asked for.
    fn judge(&self, request: &[u8]) -> Result<(), &'static str> {
        let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
        let mut words = line.split(|byte| *byte == b' ');
        let (method, target, version) = (words.next(), words.next(), words.next());
        let path = target.and_then(|target| target.split(|byte| *byte == b'?').next());
        match (method, version) {
            (Some(b"GET" | b"HEAD"), Some(version)) if version.starts_with(b"HTTP/1.") => {
                if path == Some(self.path.as_bytes()) { Ok(()) } else { Err("404 Not Found") }
            }
            (Some(_), Some(version)) if version.starts_with(b"HTTP/") => Err("405 Method Not Allowed"),
            _ => Err("400 Bad Request"),
        }
    }
}

/// The head of a request, if it comes in time.
fn read_request(stream: &mut TcpStream, until: Instant) -> io::Result<Option<Vec<u8>>> {
    let mut request = Vec::new();
    let mut piece = [0; 1024];
    while request.len() < MOST_REQUEST {
        stream.set_read_timeout(Some(left(until)?))?;
        let n = stream.read(&mut piece)?;
        if n == 0 {
            return Ok(None);
        }
        request.extend_from_slice(piece.get(..n).unwrap_or_default());
        if request.windows(4).any(|end| end == b"\r\n\r\n") {
            return Ok(Some(request));
        }
    }
    Ok(None)
}

fn write(stream: &mut TcpStream, bytes: &[u8], until: Instant) -> io::Result<()> {
    for piece in bytes.chunks(PIECE) {
        stream.set_write_timeout(Some(left(until)?))?;
        stream.write_all(piece)?;
    }
    Ok(())
}

/// The time that is left.
fn left(until: Instant) -> io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
}
