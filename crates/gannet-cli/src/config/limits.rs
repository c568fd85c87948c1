//! `[limits]`: what may be held at once. One line for each limit; its name is that of the engine's.

use gannet::Limits;
use serde::Deserialize;

/// The keys, and how they get into the engine's limits.
macro_rules! limits {
    ($($field:ident: $kind:ty = $parse:literal),* $(,)?) => {
        /// What a file says of the limits.
        #[derive(Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
        pub(crate) struct LimitValues {
            $(#[serde(deserialize_with = $parse)] $field: Option<$kind>,)*
        }

        impl LimitValues {
            /// Sets the limits that are named.
            pub(crate) fn apply(&self, limits: &mut Limits) {
                $(if let Some(value) = self.$field {
                    limits.$field = value;
                })*
            }

            /// The names of the limits that differ.
            #[cfg(test)]
            pub(super) fn differing(one: &Limits, other: &Limits) -> Vec<&'static str> {
                let mut names = Vec::new();
                $(if one.$field != other.$field {
                    names.push(stringify!($field));
                })*
                names
            }
        }
    };
}

limits! {
    flows_per_shard: u32 = "super::value::count",
    half_open_bytes: usize = "super::value::size",
    half_open_bytes_per_shard: usize = "super::value::size",
    connection_bytes: usize = "super::value::size",
    connection_bytes_per_shard: usize = "super::value::size",
    analyzer_bytes: usize = "super::value::size",
    reassembly_bytes: usize = "super::value::size",
    reassembly_per_shard: usize = "super::value::size",
    fragment_bytes: usize = "super::value::size",
    fragment_bytes_per_shard: usize = "super::value::size",
    files_per_shard: u32 = "super::value::count",
    file_bytes: usize = "super::value::size",
    file_bytes_per_shard: usize = "super::value::size",
    unpacking_bytes: usize = "super::value::size",
    unpacking_per_shard: usize = "super::value::size",
}
