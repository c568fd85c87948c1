//! Unpacking the content of a file on its way to who listens to it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::desk::Desk;
use super::file::File;
use super::unpack::{PIECE, Step};
use crate::events::Piece;
use crate::worker::budget::Shed;

impl File {
    /// Unpacks bytes that are next, and shows what comes out.
    pub(super) fn unpack(&mut self, mut bytes: &[u8], desk: &mut Desk<'_, '_>) {
        let mut piece = [0; PIECE];
        loop {
            let Some(unpacker) = &mut self.unpacker else { return };
            let at = unpacker.expansion.given;
            let room = desk.cabinet.budget().room_to_unpack(self.shard, unpacker.charged);
            let mut step = Step::Done;
            let result =
                catch_unwind(AssertUnwindSafe(|| step = unpacker.step(&mut bytes, &mut piece, room)));
            let survived = desk.survived(result);
            match step {
                Step::Bytes(made) if survived => {
                    let made = piece.get(..made).unwrap_or_default();
                    unpacker.look(made);
                    self.tell(Piece::Bytes(at, made), desk);
                }
                Step::Hungry if survived => break,
                step => {
                    if matches!(step, Step::TooMuch) {
                        desk.out.shed(Shed::Unpacking, self.shard, None);
                    }
                    unpacker.stop();
                    break;
                }
            }
        }
        self.charge_unpacking(desk);
    }

    /// Nothing more can be unpacked: bytes are missing, or the file is over. Whether all was.
    pub(super) fn stop_unpacking(&mut self, desk: &mut Desk<'_, '_>) -> bool {
        let Some(unpacker) = &mut self.unpacker else { return true };
        unpacker.stop();
        let over = unpacker.over;
        self.charge_unpacking(desk);
        over
    }

    /// The file is gone.
    pub(super) fn drop_unpacker(&mut self, desk: &mut Desk<'_, '_>) {
        if let Some(unpacker) = self.unpacker.take() {
            desk.cabinet.budget().unpacking_changed(self.shard, unpacker.charged, 0);
        }
    }

    fn charge_unpacking(&mut self, desk: &mut Desk<'_, '_>) {
        if let Some(unpacker) = &mut self.unpacker {
            let held = unpacker.held();
            let before = std::mem::replace(&mut unpacker.charged, held);
            desk.cabinet.budget().unpacking_changed(self.shard, before, held);
        }
    }
}
