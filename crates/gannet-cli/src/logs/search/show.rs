//! Groups as they are printed.

use std::cmp::Reverse;
use std::io;

use gannet_logs::json_quoted;
use gannet_query::calendar::Iso;

use super::plan::Plan;
use super::tally::{Group, Key, Sum, Tally};
use crate::args::SearchArgs;
use crate::logs::stdout;

/// Prints all groups, or those with most rows.
///
/// # Errors
/// If standard output cannot be written.
pub(super) fn print(args: &SearchArgs, plan: &Plan, tally: Tally) -> io::Result<()> {
    let mut groups = tally.into_groups();
    if groups.is_empty() && plan.by.is_empty() && plan.every.is_none() {
        let sums = vec![Sum::default(); plan.sum.len()];
        let distinct = plan.distinct.iter().map(|_| Default::default()).collect();
        groups.push(((0, Box::default()), Group { rows: 0, sums, distinct }));
    }
    // By number of rows, and of equal ones by name: the same in every run.
    groups.sort_by(|(one, a), (other, b)| (Reverse(a.rows), one).cmp(&(Reverse(b.rows), other)));
    groups.truncate(args.top.unwrap_or(usize::MAX));
    if plan.every.is_some() {
        groups.sort_by(|(one, a), (other, b)| {
            (one.0, Reverse(a.rows), &one.1).cmp(&(other.0, Reverse(b.rows), &other.1))
        });
    }
    let mut out = Vec::new();
    if args.json {
        groups.iter().for_each(|(key, group)| json(plan, key, group, &mut out));
    } else {
        out.extend_from_slice(names(plan).join("\t").as_bytes());
        out.push(b'\n');
        groups.iter().for_each(|(key, group)| tsv(plan, key, group, &mut out));
    }
    stdout::write(&out).map(|_| ())
}

/// Names of what is printed.
fn names(plan: &Plan) -> Vec<String> {
    let time = plan.every.iter().map(|_| "time".to_owned());
    let sums = plan.sum.iter().map(|name| format!("sum({name})"));
    let distinct = plan.distinct.iter().map(|name| format!("distinct({name})"));
    time.chain(plan.by.iter().cloned()).chain(["rows".to_owned()]).chain(sums).chain(distinct).collect()
}

/// A sum as text.
fn total(sum: &Sum) -> String {
    match (sum.nanos, sum.other) {
        (0, 0.0) => sum.whole.to_string(),
        (0, other) => format!("{}", other + sum.whole as f64),
        (nanos, _) => format!("{:.6}", nanos as f64 / 1e9),
    }
}

/// The numbers of a group.
fn numbers(group: &Group) -> impl Iterator<Item = String> {
    let sums = group.sums.iter().map(total);
    let distinct = group.distinct.iter().map(|set| set.len().to_string());
    std::iter::once(group.rows.to_string()).chain(sums).chain(distinct)
}

fn tsv(plan: &Plan, (step, values): &Key, group: &Group, out: &mut Vec<u8>) {
    if plan.every.is_some() {
        out.extend_from_slice(Iso(*step).to_string().as_bytes());
        out.push(b'\t');
    }
    if !plan.by.is_empty() {
        out.extend_from_slice(values);
        out.push(b'\t');
    }
    out.extend_from_slice(numbers(group).collect::<Vec<_>>().join("\t").as_bytes());
    out.push(b'\n');
}

fn json(plan: &Plan, (step, values): &Key, group: &Group, out: &mut Vec<u8>) {
    let time = plan.every.iter().map(|_| Some(format!("\"{}\"", Iso(*step))));
    let quoted = |value: &[u8]| match value {
        b"-" => None,
        value => {
            let mut text = Vec::new();
            json_quoted(value, &mut text);
            Some(String::from_utf8_lossy(&text).into_owned())
        }
    };
    let values = values.split(|byte| *byte == b'\t').take(plan.by.len()).map(quoted);
    let numbers = numbers(group).map(Some);
    let all = names(plan).into_iter().zip(time.chain(values).chain(numbers));
    out.push(b'{');
    for (index, (name, value)) in all.filter_map(|(name, value)| Some((name, value?))).enumerate() {
        out.extend_from_slice(if index > 0 { b"," } else { b"" });
        json_quoted(name.as_bytes(), out);
        out.push(b':');
        out.extend_from_slice(value.as_bytes());
    }
    out.extend_from_slice(b"}\n");
}
