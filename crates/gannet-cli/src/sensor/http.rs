//! A few threads that answer HTTP requests for one page, whoever asks.
//!
//! Each thread waits for all its connections at once and gives each of them a second, so that a client that is slow, silent or
//! hostile keeps nobody waiting. What all of them can take is bounded: when a thread has as many connections as it may, the
//! oldest makes room. Servers that are to be had start a thread for each connection, or read without a limit of time.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// Threads that answer: while one makes a page for somebody, the other takes connections.
const THREADS: usize = 2;
/// Connections of each thread; more make room for each other.
const MOST_CONNECTIONS: usize = 100;
/// Time for a request, and for the answer to be taken.
const TIME: Duration = Duration::from_secs(1);
/// Time after which a connection is tried to be taken again, when the system had nothing left for it.
const PAUSE: Duration = Duration::from_millis(100);
/// Most bytes of a request.
const MOST_REQUEST: usize = 8192;

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
    listener.set_nonblocking(true)?;
    for number in 0..THREADS {
        let (listener, page) = (listener.try_clone()?, Arc::clone(&page));
        let site = Site { path, content_type };
        thread::Builder::new().name(format!("metrics-{number}")).spawn(move || {
            let mut clients = Vec::new();
            loop {
                site.turn(&listener, &mut clients, &*page);
            }
        })?;
    }
    Ok(())
}

struct Site {
    path: &'static str,
    content_type: &'static str,
}

/// A connection.
struct Client {
    stream: TcpStream,
    /// When its time is over.
    until: Instant,
    request: Vec<u8>,
    /// The answer once it is made, and how much of it is sent.
    answer: Option<(Vec<u8>, usize)>,
}

impl Site {
    /// Waits until there is something to do, and does it.
    fn turn(&self, listener: &TcpListener, clients: &mut Vec<Client>, page: &dyn Fn() -> String) {
        let now = Instant::now();
        clients.retain(|client| client.until > now);
        let (knocked, ready) = wait(listener, clients, now);
        let mut ready = ready.into_iter();
        clients
            .retain_mut(|client| !ready.next().unwrap_or(false) || self.go_on(client, page).unwrap_or(false));
        if knocked {
            admit(listener, clients);
        }
    }

    /// Takes what a client says, or sends it more of its answer; whether there is more to do.
    fn go_on(&self, client: &mut Client, page: &dyn Fn() -> String) -> io::Result<bool> {
        if client.answer.is_none() && client.hear()? {
            client.answer = Some((self.answer(&client.request, page), 0));
            client.until = Instant::now() + TIME;
        }
        client.tell()
    }

    fn answer(&self, request: &[u8], page: &dyn Fn() -> String) -> Vec<u8> {
        let (status, body) = match self.judge(request) {
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
        answer.into_bytes()
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

impl Client {
    /// Reads what is there; whether the request is whole.
    ///
    /// # Errors
    /// If the client is gone, or says too much.
    fn hear(&mut self) -> io::Result<bool> {
        let mut piece = [0; 1024];
        while self.request.len() < MOST_REQUEST {
            match self.stream.read(&mut piece) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(n) => self.request.extend_from_slice(piece.get(..n).unwrap_or_default()),
                Err(error) if is_later(&error) => return Ok(false),
                Err(error) => return Err(error),
            }
            if self.request.windows(4).any(|end| end == b"\r\n\r\n") {
                return Ok(true);
            }
        }
        Err(ErrorKind::InvalidData.into())
    }

    /// Sends what the client takes; whether there is more.
    fn tell(&mut self) -> io::Result<bool> {
        let Some((answer, sent)) = &mut self.answer else { return Ok(true) };
        while let Some(rest) = answer.get(*sent..).filter(|rest| !rest.is_empty()) {
            match self.stream.write(rest) {
                Ok(n) => *sent += n,
                Err(error) if is_later(&error) => return Ok(true),
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }
}

fn is_later(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// Waits for new connections and for those that are there, until the first one's time is over. Whether there is a new one, and
/// which ones there is something to do for.
fn wait(listener: &TcpListener, clients: &[Client], now: Instant) -> (bool, Vec<bool>) {
    let waits =
        |client: &Client| if client.answer.is_some() { PollFlags::POLLOUT } else { PollFlags::POLLIN };
    let mut polled = vec![PollFd::new(listener.as_fd(), PollFlags::POLLIN)];
    polled.extend(clients.iter().map(|client| PollFd::new(client.stream.as_fd(), waits(client))));
    let first = clients.iter().map(|client| client.until.saturating_duration_since(now)).min();
    // A millisecond more, lest it wakes up just before that.
    let time = first.map_or(PollTimeout::NONE, |time| {
        PollTimeout::try_from(time.as_millis() + 1).unwrap_or(PollTimeout::MAX)
    });
    if poll(&mut polled, time).is_err_and(|error| error != Errno::EINTR) {
        thread::sleep(PAUSE);
    }
    let mut ready = polled.iter().map(|one| one.any().unwrap_or(false));
    let knocked = ready.next().unwrap_or(false);
    (knocked, ready.collect())
}

/// Takes new connections in.
fn admit(listener: &TcpListener, clients: &mut Vec<Client>) {
    loop {
        match listener.accept() {
            Ok((stream, _)) if stream.set_nonblocking(true).is_ok() => {
                if clients.len() >= MOST_CONNECTIONS {
                    clients.remove(0);
                }
                let until = Instant::now() + TIME;
                clients.push(Client { stream, until, request: Vec::new(), answer: None });
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
            // Too many files are open, or the like: later, perhaps.
            Err(_) => {
                clients.drain(..clients.len().min(1));
                return thread::sleep(PAUSE);
            }
        }
    }
}
