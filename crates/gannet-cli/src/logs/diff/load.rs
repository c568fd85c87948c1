//! The logs of a folder, all of their rows at once.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use gannet::capture::shown;
use gannet::events::Kind;
use gannet_logs::{LogReader, Wanted, find_logs};
use gannet_query::Row;

use super::field::Field;
use crate::logs::faults::Faults;

/// A log: its columns, and its rows.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Field>>,
}

impl Log {
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// The value of a row.
    pub(super) fn value<'r>(&self, row: &'r [Field], name: &str) -> &'r Field {
        self.find(name).and_then(|place| row.get(place)).unwrap_or(&Field::Unset)
    }
}

/// All logs of a folder by their names. Rows of several files of one log come together.
pub(super) fn load(folder: &Path, faults: &mut Faults) -> Result<BTreeMap<String, Log>> {
    if !folder.is_dir() {
        bail!("{} is no folder: expected a folder of logs", shown(folder));
    }
    let mut logs: BTreeMap<String, Log> = BTreeMap::new();
    for file in find_logs(&[folder.to_owned()]).context("cannot look for logs")? {
        let log = logs.entry(file.log.clone()).or_default();
        let mut reader = LogReader::open(&file.path)?;
        while let Some(block) = reader.next_block()? {
            for column in &block.shape.columns {
                if log.find(&column.name).is_none() {
                    log.columns.push(column.name.clone());
                    log.rows.iter_mut().for_each(|row| row.push(Field::Unset));
                }
            }
            let places: Vec<Option<usize>> = log.columns.iter().map(|name| block.shape.find(name)).collect();
            let is_set =
                |place: usize| matches!(block.shape.columns.get(place).map(|c| c.kind), Some(Kind::Set(_)));
            block.each(&Wanted::all(&block.shape), &mut |row, line| {
                let taken = row.and_then(|row| {
                    let field = |place: &Option<usize>| match place {
                        Some(place) => Field::of(row.value(*place), is_set(*place)),
                        None => Field::Unset,
                    };
                    let fields = places.iter().map(field).collect();
                    row.check(&block.file, line).map(|()| fields)
                });
                match taken {
                    Ok(fields) => log.rows.push(fields),
                    Err(error) => faults.note(&error),
                }
                true
            });
        }
    }
    Ok(logs)
}
