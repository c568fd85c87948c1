//! One log on its way into the archive. Each step can be the last one that a process does, and the next process goes on from there.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use super::Archive;
use super::mend::mend;
use super::name::Target;
use super::pack::Compression;
#[cfg(feature = "parquet")]
use super::parquet::convert;
use super::queue::{Queue, Stage, Waiting};
use crate::dir::{Action, Context, LogError, Place};

/// Logs of one name and period in the archive.
const MOST_ALIKE: u32 = 100_000;

/// What came of a log.
#[derive(Clone, Debug, Default)]
pub(super) struct Done {
    /// Bytes that were cut off its end, with what is to be said of it.
    pub(super) torn: Option<u64>,
    /// Bytes of the log, and of its file in the archive; none if it was there already or had no row.
    pub(super) packed: Option<(u64, u64)>,
    /// Rows that could not be read, and are not in Parquet.
    pub(super) unreadable: u64,
}

/// What has a name in the archive.
enum Look {
    /// Nothing.
    Free,
    /// Something else than the log.
    Taken,
    /// The log.
    Same,
}

/// Where logs come from and go to.
pub(super) struct Way<'a> {
    pub(super) queue: &'a Queue,
    /// Path of the queue, for messages.
    pub(super) from: PathBuf,
    pub(super) archive: &'a Archive,
    /// The number of the spool.
    pub(super) spool: u64,
}

impl Way<'_> {
    /// Takes one log all the way.
    ///
    /// # Errors
    /// The step that failed: the log waits as it is.
    pub(super) fn go(&self, waiting: &Waiting) -> Result<Done, LogError> {
        let mut done = Done::default();
        let mut waiting = waiting.clone();
        if waiting.stage == Stage::Left {
            let path = self.from.join(waiting.name());
            let mended = self.mend(&waiting).context(Action::Mend, &path)?;
            done.torn = (mended.torn > 0).then_some(mended.torn);
            if mended.empty {
                self.queue.place().remove(waiting.name()).context(Action::Remove, &path)?;
                return Ok(done);
            }
            waiting = self.queue.to_stage(&waiting, Stage::Closed).context(Action::Mend, &path)?;
        }
        let target = Target::of(&waiting, self.archive.compression);
        let path = self.archive.to.join(&target.day).join(target.name(0));
        done.packed = self.pack(&waiting, &target).context(Action::Pack, &path)?;
        #[cfg(feature = "parquet")]
        if let Some(parquet) = &self.archive.parquet {
            let log = self.queue.place().plain(&waiting.name(), false);
            let written = log.and_then(|log| convert(parquet, &waiting, log, self.spool));
            done.unreadable = written.context(Action::Pack, &parquet.to)?;
        }
        // From here on it is in the archive, name and all.
        let name = waiting.name();
        self.queue.place().remove(&name).context(Action::Remove, &self.from.join(name))?;
        Ok(done)
    }

    fn mend(&self, waiting: &Waiting) -> io::Result<super::mend::Mended> {
        let mut file = self.queue.place().plain(&waiting.name(), true)?;
        mend(&mut file, &waiting.to)
    }

    /// Packs a log under the first name that is free. If the archive has it already, there is nothing to do: a process was
    /// killed before it could remove what it had packed.
    fn pack(&self, waiting: &Waiting, target: &Target) -> io::Result<Option<(u64, u64)>> {
        let day = Place::open(&self.archive.to)?.folder(&target.day)?;
        let mut packed = None;
        for number in 0..MOST_ALIKE {
            match self.look(&day, target, number, waiting)? {
                Look::Free => {}
                Look::Taken => continue,
                Look::Same => return Ok(None),
            }
            let name = target.name(number);
            let aside = target.aside(self.spool);
            let sizes = match packed {
                Some(sizes) => sizes,
                None => *packed.insert(self.write(&day, &aside, waiting)?),
            };
            match day.rename_to_free(&aside, &name) {
                Ok(()) => {
                    day.settle();
                    return Ok(Some(sizes));
                }
                // Another spool has the same archive, and was quicker.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    /// What has a name in the archive, however it is compressed: the run before may have packed in another way.
    fn look(&self, day: &Place, target: &Target, number: u32, waiting: &Waiting) -> io::Result<Look> {
        let mut found = Look::Free;
        for compression in Compression::ALL {
            let name = target.with(compression).name(number);
            if !day.has(&name) {
                continue;
            }
            found = Look::Taken;
            // What is no plain file, or gone by now, is not ours.
            let Ok(packed) = day.plain(&name, false) else { continue };
            let plain = self.queue.place().plain(&waiting.name(), false)?;
            if compression.same(&packed, &plain)? {
                return Ok(Look::Same);
            }
        }
        Ok(found)
    }

    /// Packs a log into a file that is on the disk when this is over.
    fn write(&self, day: &Place, aside: &str, waiting: &Waiting) -> io::Result<(u64, u64)> {
        let from = self.queue.place().plain(&waiting.name(), false)?;
        let to = day.create(aside)?;
        let packed = self.archive.compression.pack(&from, &to).and_then(|bytes| {
            to.sync_all()?;
            Ok((bytes, to.metadata()?.len()))
        });
        if packed.is_err() {
            // A full disk needs the room.
            let _stays = day.remove(aside);
        }
        packed
    }
}
