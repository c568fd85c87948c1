//! Rows of two logs, in any order, matched with each other.

use std::collections::{BTreeMap, HashMap};

use super::field::Field;
use super::ids::Ids;
use super::load::Log;

/// Rows that are paired with the one most like them, of each side.
const PAIRED: (usize, usize) = (200, 400);

/// Two rows that differ, or one that has no other: what was wanted, what was found.
pub(super) type Pair = (Option<Vec<Field>>, Option<Vec<Field>>);

/// How two logs agree.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub(super) name: String,
    pub(super) wanted: usize,
    pub(super) found: usize,
    pub(super) equal: usize,
    pub(super) same: bool,
    /// What differs: columns, or rows and logs that one side has alone; how often.
    pub(super) differs: BTreeMap<String, usize>,
    pub(super) columns: Vec<String>,
    /// Rows that differ: what was wanted, what was found.
    pub(super) pairs: Vec<Pair>,
}

/// Compares two logs; `both` says that there are both.
pub(super) fn compare(
    name: &str,
    (wanted, wanted_ids): (&Log, &Ids),
    (found, found_ids): (&Log, &Ids),
    both: bool,
    ignore: &[String],
) -> Compared {
    let mut compared = Compared {
        name: name.to_owned(),
        wanted: wanted.rows.len(),
        found: found.rows.len(),
        columns: wanted.columns.clone(),
        ..Compared::default()
    };
    if !both {
        compared.same = wanted.rows.is_empty() && found.rows.is_empty();
        let which = if wanted.columns.is_empty() { "<log extra>" } else { "<log missing>" };
        compared.differs.insert(which.to_owned(), 1);
        return compared;
    }
    let ignored = |column: &String| {
        ignore.iter().any(|name| *name == format!("{name_of}.{column}", name_of = compared.name))
    };
    let lost = wanted.columns.iter().filter(|column| found.find(column).is_none() && !ignored(column));
    let lost: Vec<String> = lost.map(|column| format!("<no column> {column}")).collect();
    let rows = |log: &Log, ids: &Ids| -> Vec<Vec<Field>> {
        let field = |row: &Vec<Field>, column: &String| match ignored(column) {
            true => Field::Unset,
            false => canonical(name, column, ids.replaced(name, column, log.value(row, column))),
        };
        log.rows.iter().map(|row| wanted.columns.iter().map(|column| field(row, column)).collect()).collect()
    };
    let (left, right) = (rows(wanted, wanted_ids), rows(found, found_ids));
    let (equal, left, right) = matched(left, right);
    compared.equal = equal;
    compared.same = left.is_empty() && right.is_empty() && lost.is_empty();
    lost.into_iter().for_each(|column| *compared.differs.entry(column).or_default() += 1);
    compared.pairs = nearest(left, right);
    let Compared { pairs, differs, columns, .. } = &mut compared;
    for pair in pairs {
        match pair {
            (Some(one), Some(other)) => {
                let unequal = columns.iter().zip(one.iter().zip(other)).filter(|(_, (a, b))| !a.agrees(b));
                unequal.for_each(|(column, _)| *differs.entry(column.clone()).or_default() += 1);
            }
            (Some(_), None) => *differs.entry("<missing row>".to_owned()).or_default() += 1,
            _ => *differs.entry("<extra row>".to_owned()).or_default() += 1,
        }
    }
    compared
}

/// What Zeek's own parsers say of an error stands for any parse error.
fn canonical(log: &str, column: &str, field: Field) -> Field {
    if log != "analyzer" || !column.starts_with("failure_") {
        return field;
    }
    let Field::Text(text) = &field else { return field };
    let of_source = [".spicy:", ".pac:"].iter().any(|end| {
        let at = memchr::memmem::find(text, end.as_bytes()).map(|at| at + end.len());
        at.and_then(|at| text.get(at)).is_some_and(u8::is_ascii_digit)
    });
    if of_source || text.starts_with(b"parse error") || text.starts_with(b"Binpac exception") {
        return Field::Text(b"<parse error>".to_vec());
    }
    field
}

/// All of a row but its numbers, which need not be exactly the same.
fn key(row: &[Field]) -> Vec<u8> {
    let mut key = Vec::new();
    for field in row {
        match field {
            Field::Unset | Field::Number(_) => key.push(u8::from(*field == Field::Unset)),
            Field::Text(text) => {
                key.push(2);
                key.extend_from_slice(&text.len().to_le_bytes());
                key.extend_from_slice(text);
            }
            Field::List(elements) => {
                key.push(3);
                key.extend_from_slice(&elements.len().to_le_bytes());
                for element in elements {
                    key.extend_from_slice(&element.len().to_le_bytes());
                    key.extend_from_slice(element);
                }
            }
        }
    }
    key
}

fn agree(one: &[Field], other: &[Field]) -> bool {
    one.iter().zip(other).all(|(one, other)| one.agrees(other))
}

/// Rows that are equal: how many; and those that are left of each side.
fn matched(left: Vec<Vec<Field>>, right: Vec<Vec<Field>>) -> (usize, Vec<Vec<Field>>, Vec<Vec<Field>>) {
    let mut pool: HashMap<Vec<u8>, Vec<(usize, Vec<Field>)>> = HashMap::new();
    for (number, row) in right.into_iter().enumerate() {
        pool.entry(key(&row)).or_default().push((number, row));
    }
    let mut equal = 0;
    let mut rest = Vec::new();
    for row in left {
        let rows = pool.get_mut(&key(&row));
        let place = rows.as_ref().and_then(|rows| rows.iter().position(|(_, other)| agree(&row, other)));
        match (rows, place) {
            (Some(rows), Some(place)) => {
                rows.remove(place);
                equal += 1;
            }
            _ => rest.push(row),
        }
    }
    let mut others: Vec<(usize, Vec<Field>)> = pool.into_values().flatten().collect();
    others.sort_by_key(|(number, _)| *number);
    (equal, rest, others.into_iter().map(|(_, row)| row).collect())
}

/// Each row with the one that is most like it.
fn nearest(left: Vec<Vec<Field>>, mut right: Vec<Vec<Field>>) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for row in left.into_iter().take(PAIRED.0) {
        let like =
            |other: &Vec<Field>| row.iter().zip(other).filter(|(one, other)| one.agrees(other)).count();
        let scores = right.iter().take(PAIRED.1).map(like).enumerate();
        // The first of those that are most alike.
        let best = scores.fold(None, |best: Option<(usize, usize)>, (place, score)| match best {
            Some((_, most)) if most >= score => best,
            _ => Some((place, score)),
        });
        match best.filter(|(_, score)| *score >= (row.len() / 3).max(2)) {
            Some((place, _)) => pairs.push((Some(row), Some(right.remove(place)))),
            None => pairs.push((Some(row), None)),
        }
    }
    pairs.extend(right.into_iter().map(|row| (None, Some(row))));
    pairs
}
