//! The shortest way: one kind of record of some captures, for a closure.

use std::path::Path;

use super::Engine;
use super::config::Config;
use super::error::RunError;
use super::run::{Control, Reader};
use crate::capture::{Batch, Files};
use crate::engine::summary::Summary;
use crate::events::{Event, Logged, Meta};

/// Reads captures to their end, and calls `each` with every record of one kind, in order and without repeats.
///
/// Everything happens on the caller's thread. [`run`](crate::run) does the same on several.
///
/// ```no_run
/// gannet::each(&["capture.pcap"], |conn: &gannet::flow::Conn| println!("{:?}", conn.service))?;
/// # Ok::<(), gannet::RunError>(())
/// ```
///
/// # Errors
/// If a capture cannot be read. The records before that have been handed on.
pub fn each<R: Logged>(captures: &[impl AsRef<Path>], mut each: impl FnMut(&R)) -> Result<Summary, RunError> {
    let mut source = match Files::open(captures) {
        Ok(source) => source,
        Err(error) => return RunError::check(Err(error), None, Summary::default()),
    };
    let config = Config { wanted: Some(vec![R::LOG.name]), ..Config::default() };
    let mut go_on = |_: &super::Headway<'_>| Control::Continue;
    let mut reader = Reader::new(&config, &mut source, &mut go_on);
    let mut engine = Engine::new(config.clone());
    let mut subscriber = |_: &Meta<'_>, event: Event<'_>| event.get::<R>().into_iter().for_each(&mut each);
    let mut batch = Batch::default();
    let read = loop {
        match reader.next(&mut batch) {
            Ok(true) => engine.limited(&mut subscriber, |engine, h| engine.batch(&batch, None, h)),
            Ok(false) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    RunError::check(read, None, engine.finish(&mut subscriber))
}
