//! What was found.

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// As it should be.
    Good,
    /// It may matter.
    Look,
    /// It costs packets, or more than it need.
    Mend,
    /// It cannot be seen from here.
    Unknown,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// What has it: the host, a folder, an interface.
    pub(super) of: String,
    /// What was looked at.
    pub(super) what: &'static str,
    pub(super) state: State,
    /// How it is.
    pub(super) found: String,
    /// Why it matters; empty where all is well.
    pub(super) why: &'static str,
    /// The command that mends it.
    pub(super) mend: Option<String>,
}

impl Finding {
    pub(super) fn new(of: &str, what: &'static str, state: State, found: String) -> Self {
        Self { of: of.to_owned(), what, state, found, why: "", mend: None }
    }

    /// Good if `good`, else as `bad` says.
    pub(super) fn judged(of: &str, what: &'static str, good: bool, bad: State, found: String) -> Self {
        Self::new(of, what, if good { State::Good } else { bad }, found)
    }

    /// Why it matters, and what mends it; nothing of it where all is well.
    pub(super) fn because(mut self, why: &'static str, mend: impl Into<Option<String>>) -> Self {
        if self.state != State::Good {
            self.why = why;
            self.mend = mend.into();
        }
        self
    }
}
