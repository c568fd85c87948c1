//! What is on a list of indicators: `intel.log`, and notices where an item asks for them.
//!
//! Files of indicators have Zeek's format ([`Loading`]). They become one [`Store`] of so many bytes an item, whatever the length
//! of its text, which nothing changes and all workers share. A worker looks up what its records say, and what may be on a list
//! crosses; behind the merge it is held against the list that is in force at that point of the order ([`Lists`]).
//!
//! ```
//! use gannet::Config;
//! use gannet_policy::intel::{Lists, Loading, POLICY, Settings};
//!
//! let file = "#fields\tindicator\tindicator_type\tmeta.source\nevil.example\tIntel::DOMAIN\tus\n";
//! let mut loading = Loading::new();
//! loading.read("indicators", 0, &mut file.as_bytes())?;
//! let (store, faults) = loading.finish();
//! assert_eq!((store.len(), faults.len()), (1, 0));
//! let lists = Lists::new(Settings::default(), store);
//! let config = Config::builder().folds([POLICY.fold]).give(POLICY.fold, lists.given()).build()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod fold;
mod hit;
mod kind;
mod lists;
mod read;
mod record;
mod seen;
mod sought;
mod store;
mod table;
#[cfg(test)]
mod tests;

use gannet::analyzers::dns::Dns;
use gannet::analyzers::http::Http;
use gannet::analyzers::smtp::Smtp;
use gannet::analyzers::ssh::Ssh;
use gannet::analyzers::ssl::Ssl;
use gannet::events::{Established, FoldDescriptor, Presented, Secured};
use gannet::files::FileInfo;
use gannet::files::x509::X509;

use self::fold::{Matches, NOTICE};
pub use self::lists::{Lists, Settings};
pub use self::read::{Fault, Loading};
pub use self::record::Intel;
pub use self::store::Store;
use crate::day::SWEEP;
use crate::notice;
use crate::policy::Policy;

/// The policy.
pub const POLICY: Policy =
    Policy::new("What was seen and is on a list of indicators, of which it is given files", &FOLD)
        .raises(&[NOTICE]);

static FOLD: FoldDescriptor = FoldDescriptor::new("intel", &[Intel::STREAM], || Box::new(Matches::new(None)))
    .given(|given| Box::new(Matches::new(Some(given))))
    .every(SWEEP)
    .watches(
        &[
            Established::STREAM,
            Dns::STREAM,
            Http::STREAM,
            Ssl::STREAM,
            Secured::STREAM,
            Presented::STREAM,
            X509::STREAM,
            FileInfo::STREAM,
            Smtp::STREAM,
            Ssh::STREAM,
        ],
        |_, _| None,
    )
    .watches_given(seen::look)
    .tells(&notice::FOLD);
