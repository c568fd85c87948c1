//! How far logs agree, as it is printed.

use std::cmp::Reverse;
use std::io;

use super::compare::{Compared, Pair};
use super::field::Field;
use crate::args::DiffArgs;
use crate::logs::stdout;

/// What differs most, of each log.
const MOST_NAMED: usize = 5;

fn share(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

fn most(log: &Compared) -> usize {
    log.wanted.max(log.found)
}

/// Prints the comparison.
///
/// # Errors
/// If standard output cannot be written.
pub(super) fn print(args: &DiffArgs, all: &[Compared]) -> io::Result<()> {
    let text = if args.json { json(all) } else { text(args.show, all) };
    stdout::write(text.as_bytes()).map(|_| ())
}

fn text(show: usize, all: &[Compared]) -> String {
    let mut out = String::new();
    for log in all {
        for pair in log.pairs.iter().take(show) {
            out.push_str(&format!("  {}: {}\n", log.name, pair_text(log, pair)));
        }
    }
    out.push_str(&format!(
        "{:<22} {:>8} {:>8} {:>8} {:>8}  differs in\n",
        "log", "wanted", "found", "equal", "rows"
    ));
    for log in all {
        let mut differs: Vec<(&String, &usize)> = log.differs.iter().collect();
        differs.sort_by_key(|(name, times)| (Reverse(**times), *name));
        let named: Vec<String> =
            differs.iter().take(MOST_NAMED).map(|(name, times)| format!("{name} x{times}")).collect();
        let percent = share(log.equal, most(log));
        let line = format!(
            "{:<22} {:>8} {:>8} {:>8} {percent:>7.2}%  {}",
            log.name,
            log.wanted,
            log.found,
            log.equal,
            named.join(", ")
        );
        out.push_str(line.trim_end());
        out.push('\n');
    }
    let (equal, rows) = sums(all);
    let same = all.iter().filter(|log| log.same).count();
    out.push_str(&format!(
        "rows equal {:.2}% ({equal} of {rows}); logs identical {same} of {}\n",
        share(equal, rows),
        all.len()
    ));
    out
}

fn sums(all: &[Compared]) -> (usize, usize) {
    (all.iter().map(|log| log.equal).sum(), all.iter().map(most).sum())
}

fn pair_text(log: &Compared, pair: &Pair) -> String {
    let set = |row: &[Field]| {
        let named = log.columns.iter().zip(row).filter(|(_, field)| **field != Field::Unset);
        named.map(|(name, field)| format!("{name}={field}")).collect::<Vec<_>>().join(" ")
    };
    match pair {
        (Some(wanted), Some(found)) => {
            let both = log.columns.iter().zip(wanted.iter().zip(found)).filter(|(_, (a, b))| !a.agrees(b));
            both.map(|(name, (a, b))| format!("{name}: wanted {a}, found {b}")).collect::<Vec<_>>().join("; ")
        }
        (Some(row), None) => format!("missing: {}", set(row)),
        (None, Some(row)) => format!("extra: {}", set(row)),
        (None, None) => String::new(),
    }
}

fn json(all: &[Compared]) -> String {
    let log = |log: &Compared| {
        serde_json::json!({
            "log": log.name, "wanted": log.wanted, "found": log.found, "equal": log.equal,
            "same": log.same, "differs": log.differs,
        })
    };
    let (equal, rows) = sums(all);
    let logs: Vec<_> = all.iter().map(log).collect();
    format!("{}\n", serde_json::json!({ "rows": rows, "equal": equal, "logs": logs }))
}
