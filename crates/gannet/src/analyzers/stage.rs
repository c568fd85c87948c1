//! The state of this stage in one engine: who runs, the open files, and what analyzers wish of the stage to the left.

use super::active::Active;
use super::analyzer::{Descriptor, Wish};
use crate::base::settings::Settings;
use crate::files::{Digests, Files, Interests};
use crate::worker::state::Wants;

/// Most wishes of one packet or timer; those beyond it are dropped.
const MAX_WISHES: usize = 1024;

/// Analyzers and files of one engine.
pub(crate) struct Stage {
    pub(crate) active: Active,
    pub(crate) files: Files,
    pub(super) digests: Digests,
    wishes: Vec<Wish>,
}

impl Stage {
    pub(crate) fn new(
        settings: &Settings,
        wants: &Wants,
        registry: Vec<&'static Descriptor>,
        mut interests: Interests,
    ) -> Self {
        let active = Active::new(registry, wants, interests.any);
        interests.any |= active.carries_files(wants);
        let files = Files::new(settings.hasher(1), settings, interests);
        Self { active, files, digests: Digests::new(&settings.hasher(9)), wishes: Vec::new() }
    }

    /// Takes over other settings. What connections have been attached to stays.
    pub(crate) fn reconfigure(&mut self, settings: &Settings, wants: &Wants, mut interests: Interests) {
        self.active.reconfigure(wants, interests.any);
        interests.any |= self.active.carries_files(wants);
        self.files.reconfigure(settings, interests);
    }

    pub(super) fn wish(&mut self, wish: Wish) {
        if self.wishes.len() < MAX_WISHES {
            self.wishes.push(wish);
        }
    }

    /// What is wished for; nearly always nothing.
    pub(crate) fn take_wishes(&mut self) -> Option<Vec<Wish>> {
        (!self.wishes.is_empty()).then(|| std::mem::take(&mut self.wishes))
    }
}
