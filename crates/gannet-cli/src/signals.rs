//! ^C and its like: the first ends the run and keeps what was analysed, a second one ends the program at once. A live run
//! also takes signals to reload, to report, and to let somebody else have the logs.

use std::io::{self, ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::{flag, low_level};

/// Exit status of a run that was stopped by a signal, as a shell gives it for ^C.
pub(crate) const INTERRUPTED: u8 = 130;

/// Time after the first signal in which no other one ends the program.
const GRACE: Duration = Duration::from_secs(1);
/// Signals that are so close are one: `timeout`, shells and service managers signal a process, and then its group with it
/// in it.
const SAME: Duration = Duration::from_millis(200);

/// Whether the user wants the run to end.
pub(crate) struct Interrupt {
    asked: Arc<AtomicBool>,
    /// The next signal ends the program at once: nothing is analysed yet, or the first one is long ago.
    abrupt: Arc<AtomicBool>,
    /// Has a byte for each signal.
    signals: UnixStream,
}

impl Interrupt {
    /// Takes the signals over that end a run on captures.
    ///
    /// # Errors
    /// If the system refuses.
    pub(crate) fn install() -> io::Result<Self> {
        let interrupt = Self::on(&[SIGINT, SIGTERM, SIGHUP])?;
        interrupt.watch()?;
        Ok(interrupt)
    }

    fn on(signals: &[i32]) -> io::Result<Self> {
        let (signalled, to_thread) = UnixStream::pair()?;
        let interrupt =
            Self { asked: Arc::default(), abrupt: Arc::new(AtomicBool::new(true)), signals: signalled };
        for &signal in signals {
            // In this order: the first signal must not see what it sets itself.
            let status = i32::from(INTERRUPTED);
            flag::register_conditional_shutdown(signal, status, Arc::clone(&interrupt.abrupt))?;
            flag::register(signal, Arc::clone(&interrupt.asked))?;
            low_level::pipe::register(signal, to_thread.try_clone()?)?;
        }
        Ok(interrupt)
    }

    /// From now on a second signal counts, in a thread of its own: the run may be stuck.
    ///
    /// # Errors
    /// If no thread can be had.
    fn watch(&self) -> io::Result<()> {
        let (signals, abrupt) = (self.signals.try_clone()?, Arc::clone(&self.abrupt));
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            if again(signals).unwrap_or(false) {
                low_level::exit(i32::from(INTERRUPTED));
            }
            abrupt.store(true, Ordering::Relaxed);
        })?;
        Ok(())
    }

    /// There is something to be kept from now on.
    pub(crate) fn worth_keeping(&self) {
        if !self.asked() {
            self.abrupt.store(false, Ordering::Relaxed);
        }
    }

    /// Whether the run is to end.
    pub(crate) fn asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

/// Waits for the first signal, and for the time of grace behind it. Whether another one came in that time: it counts when the
/// time is over.
fn again(mut signals: UnixStream) -> io::Result<bool> {
    let mut byte = [0];
    signals.read_exact(&mut byte)?;
    let (first, mut again) = (Instant::now(), false);
    loop {
        let left = GRACE.saturating_sub(first.elapsed());
        if left.is_zero() {
            return Ok(again);
        }
        signals.set_read_timeout(Some(left))?;
        match signals.read_exact(&mut byte) {
            Ok(()) => again |= first.elapsed() > SAME,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
    }
}

/// What a live run is asked for.
pub(crate) struct Signals {
    /// SIGTERM and SIGINT.
    pub(crate) interrupt: Interrupt,
    reload: Arc<AtomicBool>,
    report: Arc<AtomicBool>,
    reopen: Arc<AtomicBool>,
}

impl Signals {
    /// Takes the signals of a live run over, without a thread: [`Self::watch`] starts it.
    ///
    /// # Errors
    /// If the system refuses.
    pub(crate) fn install() -> io::Result<Self> {
        let interrupt = Interrupt::on(&[SIGINT, SIGTERM])?;
        let signals =
            Self { interrupt, reload: Arc::default(), report: Arc::default(), reopen: Arc::default() };
        flag::register(SIGHUP, Arc::clone(&signals.reload))?;
        flag::register(SIGUSR1, Arc::clone(&signals.report))?;
        flag::register(SIGUSR2, Arc::clone(&signals.reopen))?;
        Ok(signals)
    }

    /// From now on a second signal counts.
    ///
    /// # Errors
    /// If no thread can be had.
    pub(crate) fn watch(&self) -> io::Result<()> {
        self.interrupt.watch()
    }

    /// Whether SIGHUP came since the last call.
    pub(crate) fn reload(&self) -> bool {
        self.reload.swap(false, Ordering::Relaxed)
    }

    /// Whether SIGUSR2 came since the last call.
    pub(crate) fn reopen(&self) -> bool {
        self.reopen.swap(false, Ordering::Relaxed)
    }

    /// Whether SIGUSR1 came since the last call.
    pub(crate) fn report(&self) -> bool {
        self.report.swap(false, Ordering::Relaxed)
    }
}
