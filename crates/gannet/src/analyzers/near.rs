//! What is around an analyzer while it is called: its children, the files, the registry, and the way to wishes.

use super::analyzer::{Around, Descriptor, Gift, Heir, Scene, Wish};
use super::brood::Children;
use super::call::Call;
use super::stage::Stage;
use super::terms::{Close, Start};
use super::tree::Inner;
use crate::base::direction::{Direction, Transport};
use crate::events::Fuid;
use crate::files::{Digests, FileId, Shelf};

/// Analyzers inside each other.
pub(super) const MAX_NESTING: u8 = 8;
/// Children of one analyzer on one connection.
const MAX_CHILDREN: usize = 256;

/// What is around an analyzer while it is called.
pub(super) struct Near<'a> {
    pub(super) stage: &'a mut Stage,
    pub(super) children: &'a mut Children<Inner>,
    pub(super) start: Start,
    pub(super) name: &'static str,
    pub(super) nesting: u8,
}

impl Around for Near<'_> {
    fn find(&self, name: &str) -> Option<&'static Descriptor> {
        self.stage.active.find(name)
    }

    fn shelf(&mut self) -> &mut dyn Shelf {
        &mut self.stage.files
    }

    fn digests(&mut self) -> &mut Digests {
        &mut self.stage.digests
    }

    fn look(&self, id: FileId) -> Option<(Fuid, Option<&'static str>)> {
        self.stage.files.info(id)
    }

    fn wish(&mut self, wish: Wish) {
        self.stage.wish(wish);
    }

    fn open(&mut self, scene: Scene<'_>, key: u64, (heir, transport): (Heir, Transport)) -> bool {
        let known = self.children.iter().any(|(other, _)| *other == key);
        if known || self.nesting >= MAX_NESTING || self.children.len() >= MAX_CHILDREN {
            return false;
        }
        let start = Start { transport, carrier: Some(self.name), ..self.start };
        self.with(scene, |children, nesting, call| {
            let child = Inner::new(heir, start, nesting + 1, call);
            children.push(key, child);
        });
        true
    }

    fn give(&mut self, scene: Scene<'_>, key: u64, dir: Direction, gift: Gift<'_>) {
        self.with(scene, |children, _, call| {
            let Some(child) = children.find(key) else { return };
            match gift {
                Gift::Bytes(bytes) => child.data(call, dir, bytes),
                Gift::Gap(len) => child.gap(call, dir, len),
                Gift::End => child.carrier_ends(call, dir),
                Gift::Reset => child.carrier_resets(call),
            }
        });
    }

    fn close_child(&mut self, scene: Scene<'_>, key: u64) {
        self.with(scene, |children, _, call| {
            if let Some(mut child) = children.remove(key) {
                child.tree.close(call, Close::Removed);
            }
        });
    }

    fn has_child(&self, key: u64) -> bool {
        self.children.iter().any(|(known, child)| *known == key && child.tree.alive())
    }
}

impl Near<'_> {
    /// Works on the children; if one of them made the sides change places, the others are told.
    fn with(&mut self, mut scene: Scene<'_>, work: impl FnOnce(&mut Children<Inner>, u8, &mut Call<'_>)) {
        let flips = scene.core.flips;
        let mut call = Call { scene: scene.again(), stage: &mut *self.stage };
        work(self.children, self.nesting, &mut call);
        if call.scene.core.flips != flips {
            self.children.iter_mut().for_each(|(_, child)| child.sync(&mut call));
        }
    }
}
