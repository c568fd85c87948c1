//! What an analyzer left with its connection speaks at the end.

use super::analyzer::{Context, Left, Standing};
use super::brood::Children;
use super::call::Call;
use super::near::{MAX_NESTING, Near};
use super::terms::Start;
use crate::base::direction::Transport;

impl Left {
    /// The connection is over: the last chance to emit.
    pub(super) fn finish(self, call: &mut Call<'_>) {
        let start = Start::new(Transport::Tcp, 0, 0);
        let mut children = Children::default();
        let mut near = Near {
            stage: &mut *call.stage,
            children: &mut children,
            start,
            name: self.descriptor.name,
            nesting: MAX_NESTING,
        };
        let mut cx = Context {
            descriptor: self.descriptor,
            id: 0,
            start: &start,
            scene: call.scene.again(),
            standing: &mut Standing::default(),
            around: &mut near,
        };
        self.state.finish(&mut cx);
    }
}
