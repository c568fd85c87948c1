//! ^C and its like: the first ends the run and keeps what was analysed, the second ends the program at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use crate::INTERRUPTED;

/// Whether the user wants the run to end.
pub(crate) struct Interrupt {
    asked: Arc<AtomicBool>,
    /// The next signal ends the program at once: nothing is analysed yet, or it is the second one.
    abrupt: Arc<AtomicBool>,
}

impl Interrupt {
    /// Takes the signals over.
    ///
    /// # Errors
    /// If the system refuses.
    pub(crate) fn install() -> io::Result<Self> {
        let interrupt = Self { asked: Arc::default(), abrupt: Arc::new(AtomicBool::new(true)) };
        for signal in [SIGINT, SIGTERM, SIGHUP] {
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
