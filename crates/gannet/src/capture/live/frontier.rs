//! How far a live source's clock has come: forward only, unless the system's clock is set back.

use crate::base::time::{Interval, Timestamp};

/// The system's clock goes back so far only when it is set.
const SET_BACK: Interval = Interval::from_secs(10);

/// What a source tells of its clock.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frontier {
    told: Timestamp,
    wall: Timestamp,
    /// The system's clock was set back, and packets from before may still be there.
    set_back: bool,
}

impl Frontier {
    /// How far it has come, as last told.
    pub(super) fn told(&self) -> Timestamp {
        self.told
    }

    /// The system's clock is `wall`; of all the source's rings, the one that is behind has come to `earliest` and the one
    /// that is ahead to `latest`. Returns whether the clock goes back with this: the system's was set back, and the rings
    /// have given all that is from before.
    pub(super) fn update(&mut self, wall: Timestamp, (earliest, latest): (Timestamp, Timestamp)) -> bool {
        self.set_back |= wall + SET_BACK < self.wall;
        self.wall = wall;
        if self.set_back && latest <= wall {
            self.set_back = false;
            let back = earliest + SET_BACK < self.told;
            self.told = if back { earliest } else { self.told.max(earliest) };
            return back;
        }
        self.told = self.told.max(earliest);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_parts(seconds, 0)
    }

    #[test]
    fn it_goes_back_when_the_clock_was_set_and_no_packet_is_from_before() {
        let mut frontier = Frontier::default();
        // Wall clock, what the rings have come to, what is told, and whether it goes back.
        let steps = [
            (1000, (999, 999), 999, false),
            (1001, (1000, 1001), 1000, false),
            // Behind by a little: nothing that a clock that is steered would not do.
            (995, (994, 994), 1000, false),
            (1002, (1001, 1001), 1001, false),
            // Set back, with a packet of before in one ring.
            (500, (499, 1001), 1001, false),
            (501, (500, 1001), 1001, false),
            (502, (501, 501), 501, true),
            (503, (502, 502), 502, false),
            // Set forward.
            (2000, (1999, 1999), 1999, false),
        ];
        for (wall, (earliest, latest), told, back) in steps {
            assert_eq!(frontier.update(at(wall), (at(earliest), at(latest))), back, "{wall}");
            assert_eq!(frontier.told(), at(told), "{wall}");
        }
    }

    /// A card's clock may be ahead of the system's for good.
    #[test]
    fn packets_of_another_clock_do_not_set_it_back() {
        let mut frontier = Frontier::default();
        for wall in 1000..1100 {
            // Now the packets' own time, and now the system's, as none are there.
            let time = if wall % 2 == 0 { wall + 37 } else { wall - 1 };
            assert!(!frontier.update(at(wall), (at(time), at(time))), "{wall}");
        }
        assert_eq!(frontier.told(), at(1098 + 37));
    }
}
