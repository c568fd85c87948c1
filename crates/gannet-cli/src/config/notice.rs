//! `[[notice]]`: what is done with notices.

use gannet::Interval;
use gannet_policy::notice::{Action, RuleSpec};
use serde::Deserialize;

use super::value;

/// One rule.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct NoticeTable {
    #[serde(rename = "type", deserialize_with = "value::notices")]
    types: Vec<String>,
    #[serde(rename = "where")]
    condition: Option<String>,
    #[serde(deserialize_with = "value::actions")]
    actions: Option<Vec<Action>>,
    #[serde(deserialize_with = "value::quiet_time")]
    suppress_for: Option<Interval>,
}

impl From<NoticeTable> for RuleSpec {
    fn from(table: NoticeTable) -> Self {
        let mut spec = Self::default();
        spec.types = table.types;
        spec.condition = table.condition;
        spec.actions = table.actions;
        spec.suppress_for = table.suppress_for;
        spec
    }
}
