//! Lists of indicators that change while a run goes on: a thread looks at their files, and reads them again.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use gannet_policy::intel::Lists;

use super::journal::Journal;
use crate::args::{IntelArgs, Stamps};

/// Time between two looks at the files.
const EVERY: Duration = Duration::from_secs(5);

/// Something to tell.
enum Told {
    Info(String),
    Warning(String),
}

/// The thread's other end. It ends when this does.
pub(super) struct Lookout {
    told: Receiver<Told>,
    _goes_on: Sender<()>,
}

impl Lookout {
    /// Reads the files that the options name, and begins to look at them. Nothing if none is named.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(super) fn begin(args: &IntelArgs, journal: &mut Journal) -> anyhow::Result<Option<Self>> {
        let Some(lists) = args.lists() else { return Ok(None) };
        let loaded = args.load().map_err(anyhow::Error::msg)?;
        loaded.faults.iter().for_each(|fault| journal.warn(&fault.to_string()));
        journal.note(&loaded.says());
        let read = loaded.stamps.clone();
        lists.replace(loaded.store);
        let (tell, told) = channel();
        let (goes_on, over) = channel();
        let files = Files { args: args.clone(), lists, seen: read.clone(), read };
        let look = move || files.look(&tell, &over);
        thread::Builder::new().name("intel".to_owned()).spawn(look)?;
        Ok(Some(Self { told, _goes_on: goes_on }))
    }

    /// Tells what there is to tell.
    pub(super) fn tell(&self, journal: &mut Journal) {
        for told in self.told.try_iter() {
            match told {
                Told::Info(text) => journal.info(&text),
                Told::Warning(text) => journal.warn(&text),
            }
        }
    }
}

/// The files, as the thread has them.
struct Files {
    args: IntelArgs,
    lists: Arc<Lists>,
    /// What they were like at the last look, and when they were read.
    seen: Stamps,
    read: Stamps,
}

impl Files {
    fn look(mut self, tell: &Sender<Told>, over: &Receiver<()>) {
        while over.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
            for told in self.turn() {
                // Nobody listens when the run is over.
                let _over = tell.send(told);
            }
        }
    }

    /// One look. A file that is being written is read when it has been the same for two of them.
    fn turn(&mut self) -> Vec<Told> {
        let now = self.args.stamps();
        let still = std::mem::replace(&mut self.seen, now.clone()) == now;
        if now == self.read || !still || !self.lists.is_settled() {
            return Vec::new();
        }
        self.read = now;
        match self.args.load() {
            Ok(loaded) => {
                let mut told: Vec<Told> =
                    loaded.faults.iter().map(|fault| Told::Warning(fault.to_string())).collect();
                told.push(Told::Info(loaded.says()));
                self.lists.replace(loaded.store);
                told
            }
            Err(why) => vec![Told::Warning(format!("the lists stay as they are: {why}"))],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const HEAD: &str = "#fields\tindicator\tindicator_type\tmeta.source\n";

    fn texts(told: Vec<Told>) -> Vec<String> {
        let text = |told| match told {
            Told::Info(text) | Told::Warning(text) => text,
        };
        told.into_iter().map(text).collect()
    }

    #[test]
    fn files_are_read_again_when_they_have_changed_and_are_still() {
        let path = std::env::temp_dir().join(format!("gannet-lists-{}", std::process::id()));
        fs::write(&path, format!("{HEAD}a\tIntel::DOMAIN\tus\n")).unwrap();
        let args = IntelArgs::of(vec![path.clone()]);
        let loaded = args.load().unwrap();
        let lists = Lists::new(Default::default(), loaded.store);
        let read = loaded.stamps;
        let mut files = Files { args, lists, seen: read.clone(), read };
        assert!(files.turn().is_empty());
        fs::write(&path, format!("{HEAD}a\tIntel::DOMAIN\tus\nb\tIntel::DOMAIN\tus\nc\n")).unwrap();
        assert!(files.turn().is_empty(), "it may be being written");
        let told = texts(files.turn());
        assert_eq!(told[0], format!("{}:4: it has fewer fields than there are columns", path.display()));
        assert!(told[1].starts_with("intel: 2 items of 1 file, "), "{told:?}");
        assert!(files.turn().is_empty() && !files.lists.is_settled());
        // These have to wait until the last ones are in force, which nobody sees to here.
        fs::write(&path, HEAD).unwrap();
        assert!(files.turn().is_empty() && files.turn().is_empty() && files.turn().is_empty());
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_file_that_is_gone_is_told_once() {
        let path = std::env::temp_dir().join(format!("gannet-lists-gone-{}", std::process::id()));
        fs::write(&path, HEAD).unwrap();
        let args = IntelArgs::of(vec![path.clone()]);
        let read = args.stamps();
        let lists = Lists::new(Default::default(), Default::default());
        let mut files = Files { args, lists, seen: read.clone(), read };
        fs::remove_file(&path).unwrap();
        assert!(files.turn().is_empty());
        let told = texts(files.turn());
        assert!(told.len() == 1 && told[0].starts_with("the lists stay as they are: "), "{told:?}");
        assert!(files.turn().is_empty() && files.lists.is_settled());
        assert!(files.args.load().is_err());
    }
}
