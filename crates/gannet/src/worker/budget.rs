//! What is given up when a limit is reached: counted each time, and told now and then; and the books that tell when.

use std::sync::atomic::Ordering;

use crate::base::limits::{Bounds, Total};
use crate::base::shard::{PerShard, SHARDS};
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
                self.count_many(what, 1);
            }

            pub(crate) fn count_many(&mut self, what: Shed, count: u64) {
                *match what {
                    $( Shed::$kind => &mut self.$field, )*
                } += count;
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
    /// A packet that was found in a tunnel off the wire, on its way to the worker of its own addresses.
    Handed: handed, None, "packets in tunnels were given up: too many on their way to another worker";
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
    /// All shards together hold too much, and this one more than its share.
    Brake,
}

/// Bytes by which what an engine holds changes before the others learn of it.
const STEP: usize = 64 * 1024;

/// Memory that what is in a shard shares, and all shards of all engines of a run.
pub(crate) struct ShardBudget {
    limits: Bounds,
    held: PerShard<usize>,
    /// Bytes of all shards of this engine.
    own: usize,
    /// Bytes of all engines, as far as they have told.
    total: Total,
    /// What this one told.
    told: usize,
}

impl ShardBudget {
    /// Limits, and what the engines of the run hold together.
    pub(crate) fn new(limits: Bounds, total: &Total) -> Self {
        Self { limits, held: PerShard::new(0), own: 0, total: Total::clone(total), told: 0 }
    }

    /// Takes over other limits.
    pub(crate) fn reconfigure(&mut self, limits: Bounds) {
        self.limits = limits;
    }

    /// Bytes of all shards of this engine.
    pub(crate) fn held(&self) -> usize {
        self.own
    }

    /// Something holds `after` bytes where it held `before`. What holds less than before has room in any case.
    pub(crate) fn change(&mut self, shard: u16, before: usize, after: usize) -> Room {
        let Some(held) = self.held.get_mut(shard) else { return Room::Enough };
        *held = (*held + after).saturating_sub(before);
        self.own = (self.own + after).saturating_sub(before);
        if self.own.abs_diff(self.told) >= STEP {
            self.tell();
        }
        if after <= before { Room::Enough } else { self.room(shard) }
    }

    /// Tells the other engines of the run. No order is needed: a sum comes out right in any.
    fn tell(&mut self) {
        self.total.fetch_add(self.own.wrapping_sub(self.told), Ordering::Relaxed);
        self.told = self.own;
    }

    /// Bytes of all engines of the run.
    fn all(&self) -> usize {
        self.total.load(Ordering::Relaxed).wrapping_sub(self.told).wrapping_add(self.own)
    }

    fn of(&self, shard: u16) -> usize {
        *self.held.get(shard)
    }

    /// What a shard may hold when all together hold too much.
    fn share(&self) -> usize {
        self.limits.whole / usize::from(SHARDS)
    }

    /// Whether what a shard holds is within the limits.
    pub(crate) fn room(&self, shard: u16) -> Room {
        let (held, whole) = (self.of(shard), self.limits.whole);
        if held > self.limits.shard {
            return Room::Full;
        }
        let all = self.all();
        if all > whole && (held > self.share() || all > whole + whole / 8) {
            Room::Brake
        } else {
            Room::Enough
        }
    }

    /// Whether all is within its limits, so that nobody has to give anything up.
    #[inline]
    pub(crate) fn is_easy(&self, shard: u16) -> bool {
        self.of(shard) <= self.limits.shard && self.all() <= self.limits.whole
    }

    /// The shard that has to give something up because this one got more, and why: itself, or the one of this engine that
    /// holds most.
    pub(crate) fn payer(&self, shard: u16) -> Option<(u16, Room)> {
        let room = self.room(shard);
        if room != Room::Enough {
            return Some((shard, room));
        }
        if self.all() <= self.limits.whole {
            return None;
        }
        let (most, payer) =
            self.held.changed().map(|(shard, held)| (*held, shard)).max_by_key(|(held, _)| *held)?;
        (most > self.share()).then_some((payer, Room::Brake))
    }

    /// Bytes that something in a shard may hold which holds `held` by now.
    pub(crate) fn left(&self, shard: u16, held: usize) -> usize {
        let others = self.of(shard).saturating_sub(held);
        let of_whole = self.limits.whole.saturating_sub(self.all().saturating_sub(held));
        self.limits.shard.saturating_sub(others).min(of_whole.max(self.share().saturating_sub(others)))
    }
}

impl Drop for ShardBudget {
    fn drop(&mut self) {
        self.own = 0;
        self.tell();
    }
}
