//! What policies know, from one run to the next: a file for each in one folder.
//!
//! A file is written aside, by a thread of its own, and takes the place of the one before when it is whole. It has a line that says
//! what it is, what the policy wrote, and a number of sixteen bytes by which damage is found. One that cannot be read is told of, and
//! has another name from then on.

use std::fs::File;
use std::hash::Hasher;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use gannet::Config;
use gannet::capture::shown;
use gannet_logs::Place;
use gannet_policy::memory::{Memory, VERSION};
use gannet_policy::{Policy, notice};
use nix::fcntl::OFlag;
use siphasher::sip128::{Hasher128, SipHasher24};

use super::journal::wall;
use crate::args::Args;

/// Bytes of a file; what policies remember has limits that are far below.
const MOST_BYTES: u64 = 128 << 20;
/// Files that may wait to be written; what comes then is not kept this time.
const MOST_WAITING: usize = 16;
/// Time that the end of a run takes for what waits.
const LINGER: Duration = Duration::from_secs(10);
/// Messages that are kept until somebody says them.
const MOST_MESSAGES: usize = 100;

/// What a thread is asked to do.
enum Task {
    Keep(&'static str, Vec<u8>),
    End,
}

/// What went wrong, until somebody says it.
type Messages = Arc<Mutex<Vec<String>>>;

/// The folder, at work.
pub(super) struct State {
    tasks: SyncSender<Task>,
    over: Receiver<()>,
    messages: Messages,
}

impl State {
    /// Gives the policies that run what they knew, and keeps what they will know. Nothing if no folder is named.
    ///
    /// # Errors
    /// A folder that cannot be made or opened.
    pub(super) fn open(args: &Args, config: Config) -> Result<(Config, Option<Self>)> {
        let Some(dir) = &args.state else { return Ok((config, None)) };
        let wrong = || format!("cannot keep what policies know in {}", shown(dir));
        std::fs::create_dir_all(dir).with_context(wrong)?;
        let place = Place::open(dir).with_context(wrong)?;
        place.lock().with_context(wrong)?;
        let (tasks, todo) = sync_channel(MOST_WAITING);
        let (tell, over) = sync_channel(1);
        let messages = Messages::default();
        let folder = Arc::new(Folder { place, path: dir.clone(), messages: Arc::clone(&messages) });
        let mut config = config.rebuild();
        for policy in args.policies().into_iter().filter(|policy| policy.keeps) {
            let memory = folder.memory(policy, &tasks);
            if policy.name == notice::POLICY.name {
                args.rules.remember_by(memory);
            } else {
                let mut settings = args.settings_of(policy);
                settings.remember_by(memory);
                config.give(policy.fold, Arc::new(settings));
            }
        }
        thread::Builder::new().name("state".to_owned()).spawn(move || {
            while let Ok(Task::Keep(name, known)) = todo.recv() {
                folder.keep(name, &known);
            }
            // Nobody listens when that took too long.
            let _over = tell.send(());
        })?;
        Ok((config.build()?, Some(Self { tasks, over, messages })))
    }

    /// What went wrong since the last call.
    pub(super) fn trouble(&self) -> Vec<String> {
        std::mem::take(&mut *self.messages.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// It is over: what waits is written. What went wrong.
    pub(super) fn end(self) -> Vec<String> {
        let asked = self.tasks.send(Task::End).is_ok();
        let late = asked && self.over.recv_timeout(LINGER) == Err(RecvTimeoutError::Timeout);
        let mut told = self.trouble();
        told.extend(late.then(|| "what policies know could not be kept: it takes too long".to_owned()));
        told
    }
}

/// The folder.
struct Folder {
    place: Place,
    path: PathBuf,
    messages: Messages,
}

impl Folder {
    /// Where a policy keeps what it knows.
    fn memory(self: &Arc<Self>, policy: &'static Policy, tasks: &SyncSender<Task>) -> Memory {
        let name = policy.name;
        let before = match read(&self.path.join(file(name)), name) {
            Ok(before) => before,
            Err(error) => {
                self.set_aside(name, &error.to_string());
                None
            }
        };
        let (tasks, folder) = (tasks.clone(), Arc::clone(self));
        let full = Arc::clone(self);
        let keep = move |known| {
            if tasks.try_send(Task::Keep(name, known)).is_err() {
                full.say(format!("what {name} knows is not kept this time: the disk is too slow"));
            }
        };
        Memory::new(before, wall(), keep, move || folder.set_aside(name, "it is of another form"))
    }

    fn say(&self, text: String) {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if messages.len() < MOST_MESSAGES {
            messages.push(text);
        }
    }

    /// Gives a file another name, so that nobody reads it again.
    fn set_aside(&self, name: &str, why: &str) {
        let (from, to) = (file(name), format!("{name}.state.broken"));
        let done = match self.place.rename(&from, &to) {
            Ok(()) => format!("it is {to} now"),
            Err(error) => format!("it stays, for {error}"),
        };
        self.say(format!("what {name} knew cannot be used: {why}; {done}"));
    }

    fn keep(&self, name: &str, known: &[u8]) {
        let aside = format!("{name}.state.new");
        let written = self.place.create(&aside).and_then(|mut file| {
            let mut whole = head(name).into_bytes();
            whole.extend_from_slice(known);
            let sum = sum(&whole);
            file.write_all(&whole)?;
            file.write_all(&sum)?;
            file.sync_all()
        });
        if let Err(error) = written.and_then(|()| self.place.rename(&aside, &file(name))) {
            self.say(format!("what {name} knows cannot be kept in {}: {error}", shown(&self.path)));
        }
    }
}

fn file(name: &str) -> String {
    format!("{name}.state")
}

/// The first line of a file.
fn head(name: &str) -> String {
    format!("gannet state {VERSION} {name}\n")
}

/// A number by which damage is found; it keeps nobody from writing what they want.
fn sum(bytes: &[u8]) -> [u8; 16] {
    let mut hasher = SipHasher24::new();
    hasher.write(bytes);
    hasher.finish128().as_bytes()
}

/// What a file has, if there is one.
fn read(path: &Path, name: &str) -> io::Result<Option<Vec<u8>>> {
    let flags = (OFlag::O_NONBLOCK | OFlag::O_NOFOLLOW).bits();
    let file = match File::options().read(true).custom_flags(flags).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no plain file"));
    }
    let mut whole = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut whole)?;
    if whole.len() as u64 > MOST_BYTES {
        return Err(io::Error::other(format!("it has more than {MOST_BYTES} bytes")));
    }
    let Some((rest, found)) = whole.split_last_chunk::<16>() else {
        return Err(io::Error::other("it is cut"));
    };
    if !whole.starts_with(head(name).as_bytes()) {
        return Err(io::Error::other("it is of another version"));
    }
    if sum(rest) != *found {
        return Err(io::Error::other("it is damaged"));
    }
    Ok(rest.get(head(name).len()..).map(<[u8]>::to_vec))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_damaged_is_told_of_and_set_aside() {
        let dir = std::env::temp_dir().join(format!("gannet-state-{}", std::process::id()));
        let _none = std::fs::remove_dir_all(&dir);
        std::fs::create_dir(&dir).unwrap();
        let path = dir.join("known_hosts.state");
        let (tasks, _todo) = sync_channel(1);
        let messages = Messages::default();
        let place = Place::open(&dir).unwrap();
        let folder = Arc::new(Folder { place, path: dir.clone(), messages: Arc::clone(&messages) });
        let told = || messages.lock().unwrap().drain(..).collect::<Vec<_>>();
        let policy = &gannet_policy::known_hosts::POLICY;
        assert_eq!(read(&path, policy.name).unwrap(), None);
        folder.keep(policy.name, b"hosts");
        assert_eq!(read(&path, policy.name).unwrap().as_deref(), Some(b"hosts".as_slice()));
        let _memory = folder.memory(policy, &tasks);
        assert!(told().is_empty());
        let whole = std::fs::read(&path).unwrap();
        let mut damaged = whole.clone();
        damaged[whole.len() - 18] ^= 1;
        let other = String::from_utf8_lossy(&whole[..16]).replace(&VERSION.to_string(), "9").into_bytes();
        let cases: [(&[u8], &str); 4] = [
            (&damaged, "it is damaged"),
            (&whole[..10], "it is cut"),
            (&whole[..whole.len() - 1], "it is damaged"),
            (&[other.as_slice(), &whole[16..]].concat(), "it is of another version"),
        ];
        for (bytes, why) in cases {
            std::fs::write(&path, bytes).unwrap();
            let _memory = folder.memory(policy, &tasks);
            assert_eq!(
                told(),
                [format!("what known_hosts knew cannot be used: {why}; it is known_hosts.state.broken now")]
            );
            assert!(!path.exists() && dir.join("known_hosts.state.broken").exists());
        }
        // No link is followed, and no pipe is waited for.
        std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
        let _memory = folder.memory(policy, &tasks);
        assert_eq!(told().len(), 1);
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let _memory = folder.memory(policy, &tasks);
        assert!(told()[0].contains("it is no plain file"));
        std::fs::remove_dir_all(&dir).unwrap();
        folder.keep(policy.name, b"hosts");
        assert!(told()[0].starts_with("what known_hosts knows cannot be kept in "));
    }
}
