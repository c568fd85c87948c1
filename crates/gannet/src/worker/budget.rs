//! What is given up when a limit is reached: counted each time, and told now and then; and the books that tell when.

use crate::base::shard::PerShard;
use crate::base::time::{Interval, Timestamp};

/// Time in which a shard tells once of each kind.
const TELL_EVERY: Interval = Interval::from_secs(600);

/// Declares what limits give up: for each its counter, its weird, and what is said of it at the end of a run.
macro_rules! shed {
    ($( $(#[doc = $doc:literal])+ $kind:ident: $field:ident, $weird:expr, $says:literal; )*) => {
        /// What a limit gave up.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Shed {
            $( $(#[doc = $doc])+ $kind, )*
        }

        /// How often limits gave something up.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Shedding {
            $( $(#[doc = $doc])+ pub $field: u64, )*
        }

        impl Shed {
            /// All kinds.
            pub const ALL: &[Self] = &[$( Self::$kind, )*];

            /// What its counter is called.
            pub const fn counter(self) -> &'static str {
                match self {
                    $( Self::$kind => stringify!($field), )*
                }
            }

            /// Name of the weird that tells of it, if one does.
            pub const fn weird(self) -> Option<&'static str> {
                match self {
                    $( Self::$kind => $weird, )*
                }
            }

            /// What is said of it, behind the number.
            pub const fn says(self) -> &'static str {
                match self {
                    $( Self::$kind => $says, )*
                }
            }
        }

        impl Shedding {
            /// How often this was given up.
            pub const fn of(&self, what: Shed) -> u64 {
                match what {
                    $( Shed::$kind => self.$field, )*
                }
            }

            pub(crate) fn count(&mut self, what: Shed) {
                *match what {
                    $( Shed::$kind => &mut self.$field, )*
                } += 1;
            }

            /// Adds what another engine gave up.
            pub(crate) fn add(&mut self, other: &Self) {
                $( self.$field += other.$field; )*
            }
        }
    };
}

shed! {
    /// A connection: it made no row.
    Connection: connections, Some("connections_shed"),
        "connections were given up, without a row: too many at once";
    /// Any of them, for a limit of all shards together.
    Brake: brakes, Some("memory_brake"),
        "times a limit for all shards together acted: rows may depend on the number of workers";
    /// An incomplete datagram.
    Fragments: datagrams, Some("fragments_shed"), "incomplete datagrams were given up: too many at once";
    /// A direction of a connection whose bytes waited for a hole to be filled.
    Reassembly: directions, Some("reassembly_shed"),
        "directions of connections were given up: too many bytes out of order";
    /// A file: it ended early.
    File: files, Some("files_shed"), "files were given up early: too many at once, or too many bytes out of order";
    /// The unpacking of a file's content for who listens to it.
    Unpacking: unpackings, None, "files were not unpacked to their end: too much memory, or too much in them";
    /// An item for a fold ([`Fold`](crate::events::Fold)) that held too much already.
    Item: items, None, "items were given up on their way between shards: what puts them together held too much memory";
    /// An analyzer of a connection.
    Analyzer: analyzers, Some("analyzers_shed"), "analyzers were given up: they held too much memory";
}

const KINDS: usize = Shed::ALL.len();

/// When each shard told of each kind last.
pub(crate) struct Told(PerShard<[Timestamp; KINDS]>);

impl Default for Told {
    fn default() -> Self {
        Self(PerShard::new([Timestamp::ZERO; KINDS]))
    }
}

impl Told {
    /// Whether it is time to tell; if so, it is told now.
    pub(super) fn again(&mut self, what: Shed, shard: u16, now: Timestamp) -> bool {
        let place = self.0.get_mut(shard).and_then(|kinds| kinds.get_mut(what as usize));
        let Some(last) = place.filter(|last| **last == Timestamp::ZERO || now - **last >= TELL_EVERY) else {
            return false;
        };
        *last = now;
        true
    }
}

/// Whether there is room for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// There is.
    Enough,
    /// The shard is full.
    Full,
    /// All shards together hold too much.
    Brake,
}

/// Memory that what is in a shard shares.
pub(crate) struct ShardBudget {
    limit: usize,
    brake: usize,
    held: PerShard<usize>,
    all: usize,
}

impl ShardBudget {
    /// A limit for each shard, and one for all shards of this engine together.
    pub(crate) fn new(limit: usize, brake: usize) -> Self {
        Self { limit, brake, held: PerShard::new(0), all: 0 }
    }

    /// Takes over other limits.
    pub(crate) fn reconfigure(&mut self, limit: usize, brake: usize) {
        (self.limit, self.brake) = (limit, brake);
    }

    /// Bytes of all shards.
    pub(crate) fn held(&self) -> usize {
        self.all
    }

    /// Something holds `after` bytes where it held `before`. What holds less than before has room in any case.
    pub(crate) fn change(&mut self, shard: u16, before: usize, after: usize) -> Room {
        let Some(held) = self.held.get_mut(shard) else { return Room::Enough };
        *held = (*held + after).saturating_sub(before);
        self.all = (self.all + after).saturating_sub(before);
        if after <= before { Room::Enough } else { self.room(shard) }
    }

    /// Whether what a shard holds is within the limits.
    pub(crate) fn room(&self, shard: u16) -> Room {
        let held = *self.held.get(shard);
        if held > self.limit {
            Room::Full
        } else if self.all > self.brake {
            Room::Brake
        } else {
            Room::Enough
        }
    }
}
