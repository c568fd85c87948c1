//! `[[filter]]`: what becomes of the rows of a log.

use std::collections::BTreeMap;

use gannet_logs::FilterSpec;
use serde::Deserialize;

/// One filter.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct FilterTable {
    log: String,
    off: bool,
    path: Option<String>,
    columns: Vec<String>,
    without: Vec<String>,
    rename: BTreeMap<String, String>,
    #[serde(rename = "where")]
    condition: Option<String>,
    files: Option<usize>,
}

impl From<FilterTable> for FilterSpec {
    fn from(table: FilterTable) -> Self {
        let mut spec = Self::new(&table.log);
        spec.off = table.off;
        spec.path = table.path;
        spec.columns = table.columns;
        spec.without = table.without;
        spec.rename = table.rename.into_iter().collect();
        spec.condition = table.condition;
        spec.files = table.files;
        spec
    }
}
