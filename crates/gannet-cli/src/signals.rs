//! ^C and its like: the first ends the run and keeps what was analysed, the second ends the program at once. A live run
//! also takes a signal to reload and one to report.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::flag;

/// Exit status of a run that was stopped by a signal, as a shell gives it for ^C.
pub(crate) const INTERRUPTED: u8 = 130;

/// Whether the user wants the run to end.
pub(crate) struct Interrupt {
    asked: Arc<AtomicBool>,
    /// The next signal ends the program at once: nothing is analysed yet, or it is the second one.
    abrupt: Arc<AtomicBool>,
}

impl Interrupt {
    /// Takes the signals over that end a run on captures.
    ///
    /// # Errors
    /// If the system refuses.
    pub(crate) fn install() -> io::Result<Self> {
        Self::on(&[SIGINT, SIGTERM, SIGHUP])
    }

    fn on(signals: &[i32]) -> io::Result<Self> {
        let interrupt = Self { asked: Arc::default(), abrupt: Arc::new(AtomicBool::new(true)) };
        for &signal in signals {
            // In this order: the first signal must not see what it sets itself.
            let status = i32::from(INTERRUPTED);
            flag::register_conditional_shutdown(signal, status, Arc::clone(&interrupt.abrupt))?;
            flag::register(signal, Arc::clone(&interrupt.abrupt))?;
            flag::register(signal, Arc::clone(&interrupt.asked))?;
        }
        Ok(interrupt)
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

/// What a live run is asked for.
pub(crate) struct Signals {
    /// SIGTERM and SIGINT.
    pub(crate) interrupt: Interrupt,
    reload: Arc<AtomicBool>,
    report: Arc<AtomicBool>,
}

impl Signals {
    /// Takes the signals of a live run over.
    ///
    /// # Errors
    /// If the system refuses.
    pub(crate) fn install() -> io::Result<Self> {
        let interrupt = Interrupt::on(&[SIGINT, SIGTERM])?;
        let signals = Self { interrupt, reload: Arc::default(), report: Arc::default() };
        flag::register(SIGHUP, Arc::clone(&signals.reload))?;
        flag::register(SIGUSR1, Arc::clone(&signals.report))?;
        Ok(signals)
    }

    /// Whether SIGHUP came since the last call.
    pub(crate) fn reload(&self) -> bool {
        self.reload.swap(false, Ordering::Relaxed)
    }

    /// Whether SIGUSR1 came since the last call.
    pub(crate) fn report(&self) -> bool {
        self.report.swap(false, Ordering::Relaxed)
    }
}
