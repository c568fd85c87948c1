//! The Gregorian calendar, also for years before it.

/// Days from 1970 to the first of a month, which is counted from zero and may be any number; years that do not
/// fit are not looked for.
#[must_use]
pub fn days(year: i64, month: i64) -> i64 {
    let year = year + month.div_euclid(12);
    let month = month.rem_euclid(12);
    // The year begins with March, so that the leap day is its last.
    let (year, month) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day = (153 * month + 2) / 5;
    era * 146_097 + year * 365 + year / 4 - year / 100 + day - 719_468
}
