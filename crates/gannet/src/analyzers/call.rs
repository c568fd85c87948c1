//! A call on its way to an analyzer: the connection, the way out, and the stage.

use super::analyzer::{Estate, Scene};
use super::stage::Stage;
use super::terms::Doubt;
use crate::base::time::Timestamp;
use crate::worker::core::Core;
use crate::worker::state::Out;

/// What a call needs of its surroundings.
pub(crate) struct Call<'a> {
    pub(crate) scene: Scene<'a>,
    pub(crate) stage: &'a mut Stage,
}

impl<'a> Call<'a> {
    pub(crate) fn new(
        (core, estate): (&'a mut Core, &'a mut Estate),
        out: Out<'a>,
        stage: &'a mut Stage,
        doubt: Doubt,
        ts: Timestamp,
    ) -> Self {
        Self { scene: Scene { core, out, estate, doubt, ts }, stage }
    }

    pub(super) fn core(&mut self) -> &mut Core {
        self.scene.core
    }
}
