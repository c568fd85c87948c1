//! Messages by another program.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::spec::Program;
use super::way::Outcome;

/// Time between two looks at the program.
const LOOK: Duration = Duration::from_millis(20);
/// Bytes of what it says that are kept.
const MOST_SAID: usize = 300;

/// Hands a message to a program on its standard input. It has to be done by then.
pub(super) fn run(program: &Program, message: &[u8], until: Instant) -> Outcome {
    let Some((path, arguments)) = program.split_first() else {
        return Outcome::Never("there is no program".to_owned());
    };
    let mut command = Command::new(path);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    // A group of its own, so that ^C is not for it, and all of it can be ended.
    let spawned = command.process_group(0).spawn();
    let ended = spawned.and_then(|child| Running { child, message, said: Vec::new() }.end(until));
    match ended {
        Ok((status, _)) if status.success() => Outcome::Sent,
        Ok((status, said)) => Outcome::Later(format!("{path}: {status}{said}")),
        Err(error) => Outcome::Later(format!("{path}: {error}")),
    }
}

/// A program at work.
struct Running<'a> {
    child: Child,
    /// What it has not taken yet.
    message: &'a [u8],
    /// What it said of errors.
    said: Vec<u8>,
}

impl Running<'_> {
    /// Waits for its end: how it ended, and what it said.
    fn end(mut self, until: Instant) -> io::Result<(ExitStatus, String)> {
        let watched = self.watch(until);
        if watched.is_err() {
            let _gone = i32::try_from(self.child.id()).map(|id| killpg(Pid::from_raw(id), Signal::SIGKILL));
            self.child.wait()?;
        }
        watched.map(|status| (status, shown(&self.said)))
    }

    fn watch(&mut self, until: Instant) -> io::Result<ExitStatus> {
        let mut input = self.child.stdin.take();
        let mut errors = self.child.stderr.take();
        input.iter().try_for_each(do_not_wait)?;
        errors.iter().try_for_each(do_not_wait)?;
        loop {
            let ended = self.child.try_wait()?;
            if !self.feed(input.as_mut()) {
                input = None;
            }
            self.hear(errors.as_mut());
            match ended {
                Some(status) => return Ok(status),
                None if Instant::now() >= until => {
                    return Err(io::Error::new(ErrorKind::TimedOut, "it takes too long"));
                }
                None => thread::sleep(LOOK),
            }
        }
    }

    /// Hands over what the program takes; whether there is more. One that does not want the rest is its own judge.
    fn feed(&mut self, input: Option<&mut impl Write>) -> bool {
        let Some(input) = input else { return false };
        while !self.message.is_empty() {
            match input.write(self.message) {
                Ok(n) => self.message = self.message.get(n..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
        }
        false
    }

    /// Takes what the program says, so that it does not have to wait; the beginning is kept.
    fn hear(&mut self, errors: Option<&mut impl Read>) {
        let Some(errors) = errors else { return };
        let mut piece = [0; 1024];
        // One that talks without an end is looked at again later.
        for _ in 0..64 {
            let Ok(n @ 1..) = errors.read(&mut piece) else { return };
            let room = MOST_SAID.saturating_sub(self.said.len());
            self.said.extend(piece.iter().take(n.min(room)));
        }
    }
}

fn do_not_wait(pipe: &impl AsFd) -> io::Result<()> {
    let flags = fcntl(pipe, FcntlArg::F_GETFL).map(OFlag::from_bits_retain)?;
    fcntl(pipe, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}

/// The first line of what it said.
fn shown(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let line: String = line.chars().filter(|c| !c.is_control()).collect();
    if line.is_empty() { line } else { format!(": {line}") }
}
