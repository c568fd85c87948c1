//! The lists of a run, and how one takes the place of another.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use gannet::Interval;
use gannet::events::Given;

use super::store::Store;

/// How items are held against what is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// Whether the name of a host stands for those below it too.
    pub subdomains: bool,
    /// How long an item counts from when its file was last read because it had changed; for ever if unset.
    pub expire: Option<Interval>,
}

/// The lists of a run: what is in force, and what will be soon. All workers and what is behind the merge share it.
///
/// While one takes the place of another, workers look into both, and behind the merge there is one point of the order from
/// which on the new one counts: two seconds of the capture's clock after it was met there. By then every worker looks into it, for
/// none is so far ahead, unless it was held up for longer than the merge waits for it.
pub struct Lists {
    pub(super) settings: Settings,
    versions: ArcSwap<Versions>,
    /// The one that is in force behind the merge.
    reached: AtomicU64,
}

/// What workers look into.
pub(super) struct Versions {
    pub(super) number: u64,
    pub(super) newest: Arc<Store>,
    /// The one that may still be in force.
    pub(super) before: Option<Arc<Store>>,
}

impl Versions {
    /// Lists that are in force, or may be.
    pub(super) fn stores(&self) -> impl Iterator<Item = &Store> {
        self.before.iter().chain([&self.newest]).map(|store| &**store)
    }
}

impl std::fmt::Debug for Lists {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lists").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Lists {
    /// Those that are in force from the beginning.
    #[must_use]
    pub fn new(settings: Settings, store: Store) -> Arc<Self> {
        let versions = Versions { number: 0, newest: Arc::new(store), before: None };
        Arc::new(Self { settings, versions: ArcSwap::from_pointee(versions), reached: AtomicU64::new(0) })
    }

    /// What the policy is to be given.
    #[must_use]
    pub fn given(self: Arc<Self>) -> Given {
        self
    }

    /// Whether the newest ones are in force, so that others may take their place. Lets go of those that were in force before.
    pub fn is_settled(&self) -> bool {
        let versions = self.versions.load();
        let settled = versions.number == self.reached.load(Ordering::Acquire);
        if settled && versions.before.is_some() {
            let newest = versions.newest.clone();
            self.versions.store(Arc::new(Versions { number: versions.number, newest, before: None }));
        }
        settled
    }

    /// Others take the place of those that are in force, once these have settled; whether they do. One thread alone calls it.
    pub fn replace(&self, store: Store) -> bool {
        let settled = self.is_settled();
        if settled {
            let versions = self.versions.load();
            let before = Some(versions.newest.clone());
            let number = versions.number + 1;
            self.versions.store(Arc::new(Versions { number, newest: Arc::new(store), before }));
        }
        settled
    }

    /// What there is now.
    pub(super) fn versions(&self) -> arc_swap::Guard<Arc<Versions>> {
        self.versions.load()
    }

    /// The lists of this number are in force.
    pub(super) fn reach(&self, number: u64) {
        self.reached.store(number, Ordering::Release);
    }
}
