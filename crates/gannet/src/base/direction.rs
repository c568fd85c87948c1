//! The two directions of a connection, and the transports that carry bytes in them.

/// One of the two directions of a connection.
///
/// Not `#[non_exhaustive]`: there are two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the originator to the responder.
    Orig,
    /// From the responder to the originator.
    Resp,
}

impl Direction {
    /// The opposite direction.
    pub const fn other(self) -> Self {
        match self {
            Self::Orig => Self::Resp,
            Self::Resp => Self::Orig,
        }
    }
}

/// The transports that carry analyzers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transport {
    /// A byte stream in each direction.
    Tcp,
    /// Datagrams; one call of `Analyzer::data` for each.
    Udp,
}

/// One of each for the two directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pair<T> {
    pub(crate) orig: T,
    pub(crate) resp: T,
}

impl<T> Pair<T> {
    pub(crate) fn of(&self, dir: Direction) -> &T {
        match dir {
            Direction::Orig => &self.orig,
            Direction::Resp => &self.resp,
        }
    }

    pub(crate) fn of_mut(&mut self, dir: Direction) -> &mut T {
        match dir {
            Direction::Orig => &mut self.orig,
            Direction::Resp => &mut self.resp,
        }
    }

    pub(crate) fn swap(&mut self) {
        std::mem::swap(&mut self.orig, &mut self.resp);
    }
}
