//! What is asked, and what that means for logs of one shape.

use std::sync::Arc;

use anyhow::{Result, bail};
use gannet::Timestamp;
use gannet::events::Kind;
use gannet_logs::{Format, LogShape, RowWriter, Saved, Wanted};
use gannet_query::{Need, Predicate, Query};

use crate::args::SearchArgs;

/// Columns that rows are grouped by at most.
const MAX_KEYS: usize = 16;

/// What is asked.
pub(super) struct Plan {
    query: Query,
    columns: Vec<String>,
    pub(super) by: Vec<String>,
    pub(super) sum: Vec<String>,
    pub(super) distinct: Vec<String>,
    /// Nanoseconds of a step in time.
    pub(super) every: Option<i64>,
    count: bool,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    json: bool,
}

/// The same for logs of one shape.
pub(super) struct Ready {
    pub(super) shape: Arc<LogShape>,
    pub(super) predicate: Predicate,
    /// What columns have to have for that.
    pub(super) needs: Vec<(usize, Need)>,
    pub(super) wanted: Wanted,
    pub(super) time: Option<usize>,
    pub(super) by: Vec<usize>,
    pub(super) sum: Vec<usize>,
    pub(super) distinct: Vec<usize>,
    /// How rows are printed; as they are if there is none.
    pub(super) writer: Option<RowWriter>,
    pub(super) header: Vec<u8>,
}

impl Plan {
    pub(super) fn new(args: &SearchArgs, query: Query) -> Result<Self> {
        if args.by.len() > MAX_KEYS {
            bail!("--by: expected {MAX_KEYS} columns at most");
        }
        let every = args.every.map(|step| i64::try_from(step.as_nanos()).unwrap_or(i64::MAX));
        let plan = Self {
            query,
            columns: args.columns.clone(),
            by: args.by.clone(),
            sum: args.sum.clone(),
            distinct: args.distinct.clone(),
            every,
            count: args.count,
            from: args.place.from,
            to: args.place.to,
            json: args.json,
        };
        if plan.groups() && !args.columns.is_empty() {
            bail!(
                "--columns prints rows, and --by, --every, --count, --sum and --distinct count them: expected one of both"
            );
        }
        if args.top.is_some() && !plan.groups() {
            bail!("--top is for groups: expected --by, or --limit for rows");
        }
        Ok(plan)
    }

    /// Whether rows are counted, and not printed.
    pub(super) fn groups(&self) -> bool {
        self.count
            || !self.by.is_empty()
            || self.every.is_some()
            || !self.sum.is_empty()
            || !self.distinct.is_empty()
    }

    /// Whether a time is wanted.
    pub(super) fn in_time(&self, time: i64) -> bool {
        self.from.is_none_or(|from| time >= from.nanos()) && self.to.is_none_or(|to| time < to.nanos())
    }

    /// What columns have to have for a row to be wanted.
    fn needs(&self, predicate: &Predicate, time: Option<usize>) -> Vec<(usize, Need)> {
        let mut needs = predicate.needs();
        if let Some(place) = time {
            let nanos = |time: Option<Timestamp>, none| time.map_or(none, |time| i128::from(time.nanos()));
            needs.push((place, Need::Between(nanos(self.from, i128::MIN), nanos(self.to, i128::MAX))));
        }
        needs
    }

    /// What it means for logs of this shape.
    ///
    /// # Errors
    /// What these logs have not.
    pub(super) fn ready(&self, shape: &Arc<LogShape>) -> Result<Ready, String> {
        let scheme = shape.scheme();
        let predicate = self.query.check(&scheme, &Saved::default()).map_err(|error| error.to_string())?;
        let find =
            |name: &String| scheme.find(name).map(|(place, _)| place).ok_or_else(|| scheme.missing(name));
        let all = |names: &[String]| names.iter().map(find).collect::<Result<Vec<usize>, String>>();
        let (by, sum, distinct) = (all(&self.by)?, all(&self.sum)?, all(&self.distinct)?);
        let kind = |place: &usize| shape.columns.get(*place).map_or(Kind::Text, |column| column.kind);
        if let Some((_, name)) = sum.iter().zip(&self.sum).find(|(place, _)| !is_number(kind(place))) {
            return Err(format!("--sum {name}: expected a column of numbers or lengths of time"));
        }
        let needs_time = self.from.is_some() || self.to.is_some() || self.every.is_some();
        let time = scheme.find("ts").filter(|(_, kind)| *kind == Kind::Time).map(|(place, _)| place);
        if needs_time && time.is_none() {
            return Err(format!("{} has no column ts of type time", scheme.name()));
        }
        let time = time.filter(|_| needs_time);
        let shown = if self.columns.is_empty() { Vec::new() } else { all(&self.columns)? };
        let mut wanted: Vec<usize> = predicate.columns().to_vec();
        wanted.extend(time.iter().chain(&by).chain(&sum).chain(&distinct).chain(&shown));
        let (writer, header) = self.writer(shape, &shown, &mut wanted);
        let wanted = Wanted::new(shape, wanted);
        let needs = self.needs(&predicate, time);
        Ok(Ready {
            shape: Arc::clone(shape),
            predicate,
            needs,
            wanted,
            time,
            by,
            sum,
            distinct,
            writer,
            header,
        })
    }

    /// How rows are printed, and what stands before them.
    fn writer(
        &self,
        shape: &LogShape,
        shown: &[usize],
        wanted: &mut Vec<usize>,
    ) -> (Option<RowWriter>, Vec<u8>) {
        let format = if self.json { Format::Json } else { shape.format };
        if self.groups() || (shown.is_empty() && shape.format == format && shape.lines) {
            return (None, shape.header.clone());
        }
        let places: Vec<usize> =
            if shown.is_empty() { (0..shape.columns.len()).collect() } else { shown.to_vec() };
        wanted.extend(&places);
        let writer = RowWriter::new(format, shape, &places);
        let mut header = Vec::new();
        writer.header(&shape.path, b"", &mut header);
        (Some(writer), header)
    }
}

fn is_number(kind: Kind) -> bool {
    matches!(kind, Kind::Count | Kind::Int | Kind::Double | Kind::Interval)
}
