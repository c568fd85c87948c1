//! The thread that writes: files are made under a name aside, and get their own when they are whole.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::Ordering;

use gannet_logs::Place;

use super::way::{Counts, Task};

/// Files that are open at once; with more, the one that has been open longest is closed until more comes for it.
const MAX_OPEN: usize = 256;

/// A file that is being written.
struct Growing {
    name: String,
    /// None while it is closed.
    file: Option<File>,
}

/// What the thread has.
pub(super) struct Keeper<'a> {
    place: Place,
    counts: &'a Counts,
    growing: HashMap<u64, Growing>,
    /// Those that are open, as long as that is known.
    open: VecDeque<u64>,
}

/// The name of a file that is not whole yet.
fn aside(name: &str) -> String {
    format!(".{name}.part")
}

impl<'a> Keeper<'a> {
    pub(super) fn new(place: Place, counts: &'a Counts) -> Self {
        Self { place, counts, growing: HashMap::new(), open: VecDeque::new() }
    }

    /// Does what comes, until nobody sends any more; what is not whole then goes.
    pub(super) fn work(mut self, tasks: impl Iterator<Item = Task>) {
        for task in tasks {
            self.task(task);
        }
        for (_, growing) in std::mem::take(&mut self.growing) {
            self.drop_aside(&growing);
        }
    }

    fn task(&mut self, task: Task) {
        let (id, done) = match task {
            Task::Begin(id, name) => (id, self.begin(id, name)),
            Task::Data(id, bytes) => (id, self.with(id, |file| file.write_all(&bytes))),
            Task::Hole(id, length) => (id, self.with(id, |file| hole(file, length))),
            Task::End(id) => (id, self.end(id)),
            Task::Abort(id) => {
                if let Some(growing) = self.growing.remove(&id) {
                    self.drop_aside(&growing);
                }
                return;
            }
        };
        if done.is_err() {
            self.counts.failed.fetch_add(1, Ordering::Relaxed);
            if let Some(growing) = self.growing.remove(&id) {
                self.drop_aside(&growing);
            }
        }
    }

    fn begin(&mut self, id: u64, name: String) -> io::Result<()> {
        let file = self.place.create(aside(&name))?;
        self.growing.insert(id, Growing { name, file: Some(file) });
        self.opened(id);
        Ok(())
    }

    /// One more is open; the oldest is closed if there are many.
    fn opened(&mut self, id: u64) {
        self.open.push_back(id);
        while self.open.len() > MAX_OPEN {
            if let Some(oldest) = self.open.pop_front()
                && let Some(growing) = self.growing.get_mut(&oldest)
            {
                growing.file = None;
            }
        }
    }

    /// Works on a file, which is opened again if need be. One that has failed is left out.
    fn with(&mut self, id: u64, work: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
        let Some(growing) = self.growing.get_mut(&id) else { return Ok(()) };
        if let Some(file) = &mut growing.file {
            return work(file);
        }
        let mut file = self.place.append(aside(&growing.name))?;
        let done = work(&mut file);
        growing.file = Some(file);
        self.opened(id);
        done
    }

    fn end(&mut self, id: u64) -> io::Result<()> {
        let Some(Growing { name, file }) = self.growing.remove(&id) else { return Ok(()) };
        self.open.retain(|open| *open != id);
        drop(file);
        let renamed = self.place.rename(&aside(&name), &name);
        if renamed.is_ok() {
            self.counts.files.fetch_add(1, Ordering::Relaxed);
        } else {
            let _gone = self.place.remove(aside(&name));
        }
        renamed
    }

    fn drop_aside(&self, growing: &Growing) {
        let _gone = self.place.remove(aside(&growing.name));
    }
}

/// Bytes that were never seen are zero, and take no room where the system knows holes.
fn hole(file: &File, length: u64) -> io::Result<()> {
    file.set_len(file.metadata()?.len().saturating_add(length))
}
