//! Hardware addresses (IEEE 802), of the two hosts that a frame is between.

/// The addresses of a frame, or of the ends of a connection by its first frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Macs {
    pub(crate) orig: [u8; 6],
    pub(crate) resp: [u8; 6],
}

impl Macs {
    /// Those of an Ethernet frame, whose sender is taken for the originator; none if it is cut before its end.
    pub(crate) fn of_ethernet(frame: &[u8]) -> Option<Self> {
        let [a, b, c, d, e, f, rest @ ..] = frame.first_chunk::<12>()?;
        Some(Self { orig: *rest, resp: [*a, *b, *c, *d, *e, *f] })
    }

    /// Originator and responder change places.
    pub(crate) fn flip(&mut self) {
        std::mem::swap(&mut self.orig, &mut self.resp);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sender_comes_second_in_a_frame() {
        let frame = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 8, 0];
        let mut macs = Macs::of_ethernet(&frame).unwrap();
        assert_eq!((macs.orig, macs.resp), ([7, 8, 9, 10, 11, 12], [1, 2, 3, 4, 5, 6]));
        macs.flip();
        assert_eq!(macs.orig, [1, 2, 3, 4, 5, 6]);
        assert_eq!(Macs::of_ethernet(&frame[..11]), None);
    }
}
