//! When logs are closed by the clock: at full intervals, counted from midnight (UTC).

use gannet::{Interval, Timestamp};

const DAY: i64 = 86_400_000_000_000;

/// The period that a moment is in: it begins at a full interval after midnight, and ends at the next one or at midnight. So the
/// last one of a day is shorter where the interval does not divide a day. UTC has no hour twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) begins: Timestamp,
    pub(crate) ends: Timestamp,
}

impl Period {
    /// Of an interval between a second and a day; others count as the nearest of these.
    pub(crate) fn of(at: Timestamp, every: Interval) -> Self {
        let every = every.nanos().clamp(1_000_000_000, DAY);
        let at = at.nanos();
        let midnight = at - at.rem_euclid(DAY);
        let begins = at - (at - midnight).rem_euclid(every);
        let ends = begins.saturating_add(every).min(midnight.saturating_add(DAY));
        Self { begins: Timestamp::from_nanos(begins), ends: Timestamp::from_nanos(ends) }
    }

    /// Whether it is over at this time, or never was: the clock may have been set back to before it began.
    pub(crate) fn is_over(self, at: Timestamp) -> bool {
        at >= self.ends || at < self.begins
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar_text;

    fn period(at: i64, every: i64) -> (String, String) {
        let period = Period::of(Timestamp::from_parts(at, 5), Interval::from_secs(every));
        (calendar_text(period.begins), calendar_text(period.ends))
    }

    #[test]
    fn periods_are_full_intervals_of_a_day() {
        // 2026-11-20 14:23:11
        let at = 1_795_184_591;
        let cases = [
            (3600, "2026-11-20-14-00-00", "2026-11-20-15-00-00"),
            (86_400, "2026-11-20-00-00-00", "2026-11-21-00-00-00"),
            (900, "2026-11-20-14-15-00", "2026-11-20-14-30-00"),
            (7 * 3600, "2026-11-20-14-00-00", "2026-11-20-21-00-00"),
            (10 * 86_400, "2026-11-20-00-00-00", "2026-11-21-00-00-00"),
            (0, "2026-11-20-14-23-11", "2026-11-20-14-23-12"),
        ];
        for (every, begins, ends) in cases {
            assert_eq!(period(at, every), (begins.to_owned(), ends.to_owned()), "{every}");
        }
    }

    #[test]
    fn the_last_period_of_a_day_is_shorter_where_the_interval_does_not_divide_it() {
        let evening = 1_795_184_591 + 8 * 3600;
        assert_eq!(period(evening, 7 * 3600).1, "2026-11-21-00-00-00");
        assert_eq!(period(evening, 7 * 3600).0, "2026-11-20-21-00-00");
        assert_eq!(period(evening + 7200, 7 * 3600).0, "2026-11-21-00-00-00");
    }

    /// In 2026 the clocks of Europe go back on 25 October at 01:00 UTC, and forward on 29 March.
    #[test]
    fn the_hour_that_local_time_has_twice_is_two_hours() {
        let one = 1_792_890_000;
        assert_eq!(period(one - 1800, 3600).0, "2026-10-25-00-00-00");
        assert_eq!(period(one + 1800, 3600).0, "2026-10-25-01-00-00");
    }

    #[test]
    fn a_clock_that_is_set_back_ends_a_period_too() {
        let at = Timestamp::from_parts(7200, 0);
        let period = Period::of(at, Interval::from_secs(3600));
        assert!(!period.is_over(at) && !period.is_over(Timestamp::from_parts(10_799, 0)));
        assert!(period.is_over(Timestamp::from_parts(10_800, 0)));
        assert!(period.is_over(Timestamp::from_parts(7199, 0)));
    }
}
